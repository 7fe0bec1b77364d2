//! The text of a password file: which user has which hash.

use core::fmt;
use core::str::from_utf8;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bcrypt::HashParts;

use super::memo::Memo;

/// What a file says.
#[derive(Debug)]
pub(super) struct Users {
    /// The text it was read from.
    pub(super) text: Vec<u8>,
    users: HashMap<String, User>,
    /// A hash that no password is known for, and that costs what the dearest of the file costs.
    pub(super) nobody: String,
}

#[derive(Debug)]
pub(super) struct User {
    pub(super) hash: String,
    pub(super) memo: Memo,
    line: usize,
}

/// Why a line is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// No colon between user and hash.
    NoColon,
    /// Nothing before the colon.
    NoUser,
    /// A user with a control character or a byte order mark, or that is not UTF-8: no request can name it.
    User,
    /// A user that stands on an earlier line.
    Duplicate {
        /// Which, from 1.
        first: usize,
    },
    /// A hash by MD5.
    Md5,
    /// A hash by SHA-1.
    Sha1,
    /// A hash by one of the `crypt` functions that is not bcrypt.
    Crypt,
    /// `$2x$`: by a bcrypt with a fault, under which other passwords fit too.
    Faulty,
    /// A password as it is, or something unknown.
    Plain,
    /// What begins like a bcrypt hash and is none.
    Bcrypt,
    /// A cost outside 4 to 17: what `htpasswd` makes. More would take minutes for each guess.
    Cost,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::NoColon => "there is no colon between user and hash",
            Self::NoUser => "there is no user before the colon",
            Self::User => "the user has a control character or a byte order mark, or is not UTF-8",
            Self::Duplicate { first } => {
                return write!(f, "the user stands on line {first} already; remove one of them");
            }
            Self::Md5 => "MD5 is too fast to keep a password secret",
            Self::Sha1 => "SHA-1 is too fast to keep a password secret",
            Self::Crypt => "crypt hashes other than bcrypt are not read",
            Self::Faulty => "`$2x$` marks hashes of a faulty bcrypt",
            Self::Plain => "a plain password or a hash of unknown kind is not read",
            Self::Bcrypt => "the bcrypt hash is malformed",
            Self::Cost => "the cost of the bcrypt hash is outside 4 to 17",
        };
        f.write_str(what)?;
        f.write_str("; make the line anew with `htpasswd -B FILE USER`")
    }
}

impl Users {
    /// Reads the text of a file. Errors carry the number of the line, from 1.
    pub(super) fn read(text: Vec<u8>) -> Result<Self, (usize, Mistake)> {
        let mut users = HashMap::new();
        let mut highest = 4;
        for (line, number) in text.split(|&byte| byte == b'\n').zip(1..) {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.starts_with(b"#") || line.trim_ascii().is_empty() {
                continue;
            }
            let (name, hash, cost) = entry(line).map_err(|mistake| (number, mistake))?;
            match users.entry(name.to_owned()) {
                Entry::Occupied(earlier) => {
                    let User { line: first, .. } = *earlier.get();
                    return Err((number, Mistake::Duplicate { first }));
                }
                Entry::Vacant(place) => {
                    place.insert(User { hash: hash.to_owned(), memo: Memo::default(), line: number });
                }
            }
            highest = highest.max(cost);
        }
        let nobody = format!("$2y${highest:02}${}", ".".repeat(53));
        Ok(Self { text, users, nobody })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    pub(super) fn get(&self, user: &str) -> Option<&User> {
        self.users.get(user)
    }
}

/// `user ":" hash`, and the hash's cost.
fn entry(line: &[u8]) -> Result<(&str, &str, u32), Mistake> {
    let colon = line.iter().position(|&byte| byte == b':').ok_or(Mistake::NoColon)?;
    let (user, hash) = (&line[..colon], &line[colon + 1..]);
    let user = from_utf8(user).map_err(|_| Mistake::User)?;
    if user.is_empty() {
        return Err(Mistake::NoUser);
    }
    if user.starts_with('\u{feff}') || user.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(Mistake::User);
    }
    let cost = match hash {
        [b'$', b'2', b'a' | b'b' | b'y', b'$', tens @ b'0'..=b'9', ones @ b'0'..=b'9', b'$', ..] => {
            u32::from(tens - b'0') * 10 + u32::from(ones - b'0')
        }
        _ => return Err(kind(hash)),
    };
    let hash = from_utf8(hash).map_err(|_| Mistake::Bcrypt)?;
    hash.parse::<HashParts>().map_err(|_| Mistake::Bcrypt)?;
    match cost {
        4..=17 => Ok((user, hash, cost)),
        _ => Err(Mistake::Cost),
    }
}

/// What stands where a bcrypt hash should.
fn kind(hash: &[u8]) -> Mistake {
    let is_crypt = |byte: &u8| byte.is_ascii_alphanumeric() || b"./".contains(byte);
    match hash {
        [b'$', b'2', b'x', b'$', ..] => Mistake::Faulty,
        [b'$', b'2', ..] => Mistake::Bcrypt,
        _ if hash.starts_with(b"$apr1$") || hash.starts_with(b"$1$") => Mistake::Md5,
        _ if hash.starts_with(b"{SHA}") || hash.starts_with(b"{SSHA}") => Mistake::Sha1,
        [b'$', ..] => Mistake::Crypt,
        _ if hash.len() == 13 && hash.iter().all(is_crypt) => Mistake::Crypt,
        _ => Mistake::Plain,
    }
}

#[cfg(test)]
mod tests;
