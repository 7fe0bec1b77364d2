//! Users and passwords of a file, as `htpasswd -B` writes it.
//!
//! ```text
//! ann:$2y$10$… (60 characters of bcrypt)
//! # a comment; empty lines are passed over
//! bob:$2y$10$…
//! ```
//!
//! | file | question it answers |
//! |---|---|
//! | `file` | what does the text of the file say? |
//! | `memo` | which passwords were right a moment ago? |
//! | `gate` | how many may compute at a time? |
//! | `error` | what can be wrong with the file? |
//!
//! # What a request costs
//!
//! bcrypt is slow on purpose: tens of milliseconds at cost 10 and twice as much for each cost more, on the thread that serves the connection. A password that
//! was right is remembered for [`Options::remembered`], and costs a hash of its bytes then; wrong ones are not
//! remembered, so that nobody's guesses push out what others need. At most [`Options::runs`] runs happen at a time, half
//! of the processors by default: the other workers go on with what costs less, and who comes too many is answered 503
//! with `Retry-After`, right passwords among them unless they are remembered. Waiting would take those workers
//! too. An unknown user costs a run as a known one does, at the highest cost of the file: where the file has several
//! costs, users of the lower ones can be told from unknown ones by the time. `htpasswd` makes cost 5 unless told
//! otherwise by `-C`; 10 or more is of use.
//!
//! # What a change costs
//!
//! The file is looked at, and read again when it has changed, at most once a second, by the request that happens to come.
//! While the new text is bad, the users of the old one stay, and [`Options::warn`] is told once. What was
//! remembered is forgotten with the old text.

mod error;
mod file;
mod gate;
mod memo;

use core::fmt;
use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, TryLockError};
use std::thread;
use std::time::{Instant, SystemTime};

use bantam_core::middleware::auth::Verdict;
use bantam_core::middleware::auth::basic::Verify;

use self::file::Users;
use self::gate::Gate;
use self::memo::Marker;

pub use self::error::{PasswordsError, Problem};
pub use self::file::Mistake;

/// Most bytes of a file: some ten thousand users.
const LARGEST: u64 = 1 << 20;

/// The least time between two looks at the file.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// A file that was written less than this before it was read may be written again without its time showing it: clocks of
/// file systems are coarse, up to two seconds on FAT.
const UNSETTLED: Duration = Duration::from_secs(3);

/// How passwords are verified.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most runs of bcrypt at a time; half of the processors by default, and one at least. With as many as there are
    /// workers, a flood of wrong passwords stops the server.
    pub runs: NonZeroUsize,
    /// How long a right password is remembered; five minutes by default, and not at all when zero.
    pub remembered: Duration,
    /// Told when a changed file cannot be used; writes to standard error by default. It must not block.
    pub warn: fn(fmt::Arguments<'_>),
}

impl Default for Options {
    fn default() -> Self {
        let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            runs: NonZeroUsize::new(processors.get() / 2).unwrap_or(NonZeroUsize::MIN),
            remembered: Duration::from_secs(300),
            warn: |message| {
                // Somebody who has closed standard error does not want to know.
                let _ = writeln!(io::stderr(), "bantam: {message}");
            },
        }
    }
}

/// The users of a file, to verify passwords by.
///
/// ```no_run
/// use bantam_core::middleware::auth::basic::Basic;
/// use bantam_core::prelude::*;
/// use bantam_transport_std::passwords::{Options, Passwords};
///
/// # static ROUTES: Router<(), 1> = Router::new([get("/", |(), _, response| response.text("hello"))]);
/// let passwords = Passwords::open("/etc/bantam/users", Options::default())?;
/// let door = Basic::new("members only", passwords);
/// let chain: [&dyn Middleware<()>; 1] = [&door];
/// let service = Service::new(&(), &ROUTES).with_middleware(&chain);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Passwords {
    path: PathBuf,
    options: Options,
    users: RwLock<Arc<Users>>,
    watch: Mutex<Watch>,
    gate: Gate,
    marker: Marker,
    runs: AtomicUsize,
}

/// What is known of the file.
#[derive(Debug)]
struct Watch {
    looked: Instant,
    /// As which it was read; `None` when it has to be read again in any case.
    stamp: Option<Stamp>,
    /// What was said of it last.
    complaint: String,
}

/// What changes when a file does.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    /// Device, number, and time of change to the nanosecond, which no program can set back.
    #[cfg(unix)]
    identity: (u64, u64, i64, i64),
}

impl Passwords {
    /// Reads the users of this file.
    ///
    /// # Errors
    /// When it cannot be read, or a line of it is refused, or it has no user.
    pub fn open(path: impl Into<PathBuf>, options: Options) -> Result<Self, PasswordsError> {
        let path = path.into();
        let (users, stamp) = load(&path, SystemTime::now())?;
        Ok(Self {
            watch: Mutex::new(Watch { looked: Instant::now(), stamp, complaint: String::new() }),
            users: RwLock::new(Arc::new(users)),
            gate: Gate::new(options.runs),
            marker: Marker::default(),
            runs: AtomicUsize::new(0),
            path,
            options,
        })
    }

    /// Says whether this is the user's password. bcrypt reads the first 72 bytes of a password, as `htpasswd` does when it
    /// makes a hash.
    #[must_use]
    pub fn verify(&self, user: &str, password: &[u8]) -> Verdict {
        self.verify_at(user, password, Instant::now())
    }

    /// How many runs of bcrypt there were, for metrics; it wraps around.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }

    fn verify_at(&self, user: &str, password: &[u8], now: Instant) -> Verdict {
        self.look(now);
        // bcrypt repeats a password and the NUL behind it until 72 bytes are full: `a`, NUL, `a` would pass for `a`.
        if password.contains(&0) {
            return Verdict::Refused;
        }
        let users = Arc::clone(&self.users.read().unwrap_or_else(PoisonError::into_inner));
        let known = users.get(user);
        let hash = known.map_or(&users.nobody, |user| &user.hash);
        let mark = self.marker.mark(user, password, hash);
        if known.is_some_and(|user| user.memo.knows(&mark, now, self.options.remembered)) {
            return Verdict::Accepted;
        }
        let Some(_inside) = self.gate.enter() else { return Verdict::Busy };
        self.runs.fetch_add(1, Ordering::Relaxed);
        // It compares in constant time. A hash that it cannot read was refused with its file.
        let is_right = bcrypt::verify(password, hash).unwrap_or(false);
        match known {
            Some(user) if is_right => {
                user.memo.remember(mark, now);
                Verdict::Accepted
            }
            _ => Verdict::Refused,
        }
    }

    /// Reads the file again when it is time to look and it has changed.
    fn look(&self, now: Instant) {
        let mut watch = match self.watch.try_lock() {
            Ok(watch) => watch,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return, // somebody else looks
        };
        if now.saturating_duration_since(watch.looked) < BETWEEN_LOOKS {
            return;
        }
        watch.looked = now;
        let stamp = fs::metadata(&self.path).ok().map(|metadata| Stamp::of(&metadata));
        if stamp.is_some() && stamp == watch.stamp {
            watch.complaint.clear(); // what was complained of is gone
            return;
        }
        match load(&self.path, SystemTime::now()) {
            Ok((users, stamp)) => {
                watch.stamp = stamp;
                watch.complaint.clear();
                let mut current = self.users.write().unwrap_or_else(PoisonError::into_inner);
                // The same text again is no reason to forget who was right.
                if current.text != users.text {
                    *current = Arc::new(users);
                }
            }
            Err(error) => {
                let complaint = error.to_string();
                if complaint != watch.complaint {
                    (self.options.warn)(format_args!("{complaint}; the users before stay"));
                    watch.complaint = complaint;
                }
            }
        }
    }
}

impl<A> Verify<A> for Passwords {
    fn verify(&self, _: &A, user: &str, password: &[u8]) -> Verdict {
        Self::verify(self, user, password)
    }
}

impl<A> Verify<A> for &Passwords {
    fn verify(&self, _: &A, user: &str, password: &[u8]) -> Verdict {
        Passwords::verify(self, user, password)
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            #[cfg(unix)]
            identity: {
                use std::os::unix::fs::MetadataExt as _;
                (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
            },
        }
    }

    /// Whether a later change would show.
    fn is_settled(&self, now: SystemTime) -> bool {
        let age = self.modified.and_then(|modified| now.duration_since(modified).ok());
        age.is_some_and(|age| age >= UNSETTLED)
    }
}

/// The users of the file, and its stamp where that can be trusted.
fn load(path: &Path, now: SystemTime) -> Result<(Users, Option<Stamp>), PasswordsError> {
    let fail = |problem| PasswordsError { path: path.to_owned(), problem };
    let read = || {
        let file = File::open(path)?;
        // Before the text: what is written meanwhile shows at the next look.
        let stamp = Stamp::of(&file.metadata()?);
        let mut text = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut text)?;
        Ok((text, stamp))
    };
    let (text, stamp) = read().map_err(|error| fail(Problem::Read(error)))?;
    if text.len() as u64 > LARGEST {
        return Err(fail(Problem::TooLarge));
    }
    let users = Users::read(text).map_err(|(line, mistake)| fail(Problem::Line { line, mistake }))?;
    if users.is_empty() {
        return Err(fail(Problem::NoUsers));
    }
    Ok((users, Some(stamp).filter(|stamp| stamp.is_settled(now))))
}

#[cfg(test)]
mod tests;
