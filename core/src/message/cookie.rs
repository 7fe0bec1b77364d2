//! Cookies (RFC 6265): reading the `Cookie` field and writing `Set-Cookie`.

use super::date::Date;
use crate::bytes::class::is_token;
use crate::bytes::number::Decimal;
use core::fmt;

/// The names and values in one `Cookie` field value, in their order (RFC 6265 §4.2.1).
///
/// Members are split at `;` and lose the blanks around them; a member without `=` or with an empty name is passed over.
/// Quotes around a value are part of it, as for the browser that stored them.
///
/// ```
/// use bantam_core::message::cookie::pairs;
/// assert!(pairs("theme=dark; id=42").eq([("theme", "dark"), ("id", "42")]));
/// ```
pub fn pairs(value: &str) -> impl Iterator<Item = (&str, &str)> + Clone {
    value.split(';').filter_map(|member| {
        let (name, value) = member.split_once('=')?;
        let name = without_blanks(name);
        (!name.is_empty()).then_some((name, without_blanks(value)))
    })
}

/// A `Set-Cookie` field value (RFC 6265 §4.1), which [`fmt::Display`] writes.
///
/// ```
/// use bantam_core::message::cookie::{SameSite, SetCookie};
/// let cookie = SetCookie::new("id", "42").path("/").max_age(3600).http_only().same_site(SameSite::Lax);
/// assert!(cookie.is_valid());
/// assert_eq!(cookie.to_string(), "id=42; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct SetCookie<'c> {
    name: &'c str,
    value: &'c str,
    path: Option<&'c str>,
    domain: Option<&'c str>,
    max_age: Option<u32>,
    expires: Option<u64>,
    secure: bool,
    http_only: bool,
    same_site: Option<SameSite>,
    partitioned: bool,
}

/// Which requests from other sites carry a cookie (RFC 6265bis §4.1.2.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SameSite {
    /// None of them.
    Strict,
    /// Those that navigate to the site by a safe method.
    Lax,
    /// All of them; browsers accept it only together with [`SetCookie::secure`].
    None,
}

impl<'c> SetCookie<'c> {
    /// A cookie that lasts as long as the browser's session.
    pub const fn new(name: &'c str, value: &'c str) -> Self {
        Self {
            name,
            value,
            path: None,
            domain: None,
            max_age: None,
            expires: None,
            secure: false,
            http_only: false,
            same_site: None,
            partitioned: false,
        }
    }

    /// A cookie that makes the browser forget the one of this name; path and domain have to be those it was set with.
    pub const fn removal(name: &'c str) -> Self {
        Self::new(name, "").max_age(0).expires(0)
    }

    /// Sends the cookie for this path and those beneath it (RFC 6265 §5.2.4).
    pub const fn path(self, path: &'c str) -> Self {
        Self { path: Some(path), ..self }
    }

    /// Sends the cookie to this host and those beneath it (RFC 6265 §5.2.3).
    pub const fn domain(self, domain: &'c str) -> Self {
        Self { domain: Some(domain), ..self }
    }

    /// Keeps the cookie for so many seconds; 0 removes it (RFC 6265 §5.2.2).
    pub const fn max_age(self, seconds: u32) -> Self {
        Self { max_age: Some(seconds), ..self }
    }

    /// Keeps the cookie until this instant in seconds since 1970 (RFC 6265 §5.2.1); a Max-Age takes precedence.
    pub const fn expires(self, unix_seconds: u64) -> Self {
        Self { expires: Some(unix_seconds), ..self }
    }

    /// Sends the cookie over secure channels only (RFC 6265 §5.2.5).
    pub const fn secure(self) -> Self {
        Self { secure: true, ..self }
    }

    /// Hides the cookie from scripts (RFC 6265 §5.2.6).
    pub const fn http_only(self) -> Self {
        Self { http_only: true, ..self }
    }

    /// Limits which requests from other sites carry the cookie (RFC 6265bis §4.1.2.7).
    pub const fn same_site(self, same_site: SameSite) -> Self {
        Self { same_site: Some(same_site), ..self }
    }

    /// Keeps a cookie apart for each site that embeds this one (CHIPS); browsers accept it only together with
    /// [`SetCookie::secure`].
    pub const fn partitioned(self) -> Self {
        Self { partitioned: true, ..self }
    }

    /// Whether the field value reads back as what was put in: the name is a token, and value and attributes hold
    /// only `cookie-octet` (RFC 6265 §4.1.1), the value perhaps within quotes.
    ///
    /// So no `;` starts an attribute and no line break a field. Writing does not ask this; who sends the cookie must.
    pub fn is_valid(&self) -> bool {
        let value =
            self.value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(self.value);
        is_token(self.name.as_bytes())
            && [Some(value), self.path, self.domain].into_iter().flatten().all(is_cookie_octets)
    }
}

impl fmt::Display for SetCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut put = |name: &str, value: &str| {
            f.write_str(name)?;
            f.write_str(value)
        };
        put(self.name, "=")?;
        put(self.value, "")?;
        if let Some(path) = self.path {
            put("; Path=", path)?;
        }
        if let Some(domain) = self.domain {
            put("; Domain=", domain)?;
        }
        if let Some(seconds) = self.max_age {
            put("; Max-Age=", Decimal::new(u64::from(seconds)).as_str())?;
        }
        if let Some(seconds) = self.expires {
            put("; Expires=", Date::from_unix(seconds).as_str())?;
        }
        if self.secure {
            put("; Secure", "")?;
        }
        if self.http_only {
            put("; HttpOnly", "")?;
        }
        match self.same_site {
            Some(SameSite::Strict) => put("; SameSite=", "Strict")?,
            Some(SameSite::Lax) => put("; SameSite=", "Lax")?,
            Some(SameSite::None) => put("; SameSite=", "None")?,
            None => {}
        }
        if self.partitioned {
            put("; Partitioned", "")?;
        }
        Ok(())
    }
}

fn without_blanks(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// `*cookie-octet`: visible ASCII without quote, comma, semicolon and backslash
fn is_cookie_octets(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\'))
}

#[cfg(test)]
mod tests;
