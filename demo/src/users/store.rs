//! The store: users in an array behind a lock.

use spin::mutex::SpinMutex;

/// Most users.
pub(crate) const CAPACITY: usize = 16;

/// Text of a user: at most 64 bytes.
pub(crate) type Text = heapless::String<64>;

/// What waits for the lock does where threads can be asked to give way: its holder may be one of them.
#[cfg(feature = "std")]
type Relax = spin::Yield;
#[cfg(not(feature = "std"))]
type Relax = spin::Spin;

#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) name: Text,
    pub(crate) email: Text,
}

/// Why the store did not do what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    EmailExists,
    Unknown,
}

/// All users. Nothing is awaited while the lock is held, and no interrupt handler takes it; on a device, where one thread
/// runs all handlers, it is always free.
#[derive(Debug)]
pub(crate) struct Store {
    inner: SpinMutex<Inner, Relax>,
}

#[derive(Debug)]
struct Inner {
    users: heapless::Vec<User, CAPACITY>,
    /// Numbers are never given twice, so that a link leads to no other user than it did.
    last: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}

impl Store {
    pub(crate) const fn new() -> Self {
        Self { inner: SpinMutex::new(Inner { users: heapless::Vec::new(), last: 0 }) }
    }

    /// Does something with all users.
    pub(crate) fn with_all<T>(&self, look: impl FnOnce(&[User]) -> T) -> T {
        look(&self.inner.lock().users)
    }

    pub(crate) fn get(&self, id: u32) -> Result<User, Refused> {
        self.inner.lock().users.iter().find(|user| user.id == id).cloned().ok_or(Refused::Unknown)
    }

    pub(crate) fn add(&self, name: Text, email: Text) -> Result<User, Refused> {
        let mut inner = self.inner.lock();
        if inner.has_email(&email, None) {
            return Err(Refused::EmailExists);
        }
        let id = inner.last.checked_add(1).ok_or(Refused::Full)?;
        let user = User { id, name, email };
        inner.users.push(user.clone()).map_err(|_| Refused::Full)?;
        inner.last = id;
        Ok(user)
    }

    /// Changes what is given of a user.
    pub(crate) fn change(&self, id: u32, name: Option<Text>, email: Option<Text>) -> Result<User, Refused> {
        let mut inner = self.inner.lock();
        if !inner.users.iter().any(|user| user.id == id) {
            return Err(Refused::Unknown);
        }
        if email.as_ref().is_some_and(|email| inner.has_email(email, Some(id))) {
            return Err(Refused::EmailExists);
        }
        let user = inner.users.iter_mut().find(|user| user.id == id).ok_or(Refused::Unknown)?;
        user.name = name.unwrap_or_else(|| user.name.clone());
        user.email = email.unwrap_or_else(|| user.email.clone());
        Ok(user.clone())
    }

    pub(crate) fn remove(&self, id: u32) -> Result<(), Refused> {
        let users = &mut self.inner.lock().users;
        let place = users.iter().position(|user| user.id == id).ok_or(Refused::Unknown)?;
        users.remove(place);
        Ok(())
    }
}

impl Inner {
    /// Whether another user has this address. No known host tells addresses apart by case.
    fn has_email(&self, email: &str, except: Option<u32>) -> bool {
        let mut others = self.users.iter().filter(|user| Some(user.id) != except);
        others.any(|user| user.email.eq_ignore_ascii_case(email))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::format;

    use super::{CAPACITY, Refused, Store, Text};

    fn text(text: &str) -> Text {
        Text::try_from(text).expect("it fits")
    }

    #[test]
    fn numbers_are_given_once() {
        let store = Store::new();
        for round in 1..=40 {
            let user = store.add(text("a"), text("a@b")).expect("room");
            assert_eq!(user.id, round);
            assert_eq!(store.remove(round), Ok(()));
            assert_eq!(store.remove(round), Err(Refused::Unknown));
            assert_eq!(store.get(round).err(), Some(Refused::Unknown));
        }
        store.inner.lock().last = u32::MAX;
        assert_eq!(store.add(text("a"), text("a@b")).err(), Some(Refused::Full));
    }

    #[test]
    fn a_refusal_changes_nothing() {
        let store = Store::new();
        for number in 0..CAPACITY {
            store.add(text("a"), text(&format!("{number}@b"))).expect("room");
        }
        assert_eq!(store.add(text("a"), text("another@b")).err(), Some(Refused::Full));
        assert_eq!(store.add(text("a"), text("3@B")).err(), Some(Refused::EmailExists), "said first");
        assert_eq!(store.change(1, Some(text("b")), Some(text("3@b"))).err(), Some(Refused::EmailExists));
        assert_eq!(store.get(1).map(|user| user.name), Ok(text("a")));
        assert_eq!(
            store.change(1, None, Some(text("0@B"))).map(|user| user.email),
            Ok(text("0@B")),
            "its own"
        );
        assert_eq!(store.change(99, None, None).err(), Some(Refused::Unknown));
        assert_eq!(store.with_all(<[_]>::len), CAPACITY);
        assert_eq!(store.remove(4), Ok(()));
        assert_eq!(store.add(text("a"), text("3@b")).map(|user| user.id), Ok(17));
    }

    #[test]
    fn threads_take_turns() {
        let store = Store::new();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let store = &store;
                scope.spawn(move || {
                    for round in 0..200 {
                        let user = store.add(text("a"), text(&format!("{thread}-{round}@b"))).expect("room");
                        assert_eq!(store.remove(user.id), Ok(()));
                    }
                });
            }
        });
        assert_eq!(store.inner.lock().last, 800);
        assert!(store.with_all(<[_]>::is_empty));
    }
}
