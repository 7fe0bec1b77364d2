//! Fields that tell browsers to be careful: on every answer, refusals and errors included, unless it has its own.

use super::{Middleware, Next};
use crate::body::sink::Sink;
use crate::bytes::class::is_const_token;
use crate::handler::Request;
use crate::response::Response;

/// Adds fields to every answer that has none of their names.
///
/// ```
/// use bantam_core::middleware::security_fields::SecurityFields;
/// use bantam_core::prelude::*;
///
/// static USUAL: SecurityFields<'_> = SecurityFields::USUAL;
/// static STRICT: SecurityFields<'_> = SecurityFields::new(&[
///     ("X-Content-Type-Options", "nosniff"),
///     ("Content-Security-Policy", "default-src 'self'"),
///     ("Strict-Transport-Security", "max-age=31536000"), // where all of the host speaks https, for ever
/// ]);
/// static CHAIN: [&dyn Middleware<()>; 1] = [&USUAL];
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SecurityFields<'f> {
    fields: &'f [(&'f str, &'f str)],
}

impl<'f> SecurityFields<'f> {
    /// What hardly any site is broken by: types are not guessed (`X-Content-Type-Options`), pages of other origins do
    /// not frame these (`X-Frame-Options`), and other origins do not learn which page led to them (`Referrer-Policy`).
    /// `Strict-Transport-Security` is left to who ends TLS; browsers pass over it without.
    pub const USUAL: SecurityFields<'static> = SecurityFields {
        fields: &[
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "SAMEORIGIN"),
            ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ],
    };

    /// These fields, by name and value.
    ///
    /// # Panics
    /// When a name is no token; in a `static`, it does not compile. A value with a control byte is answered 500, as it
    /// is anywhere.
    #[must_use]
    pub const fn new(fields: &'f [(&'f str, &'f str)]) -> Self {
        let mut rest = fields;
        while let [(name, _), behind @ ..] = rest {
            assert!(is_const_token(name.as_bytes()), "a field name is a token");
            rest = behind;
        }
        Self { fields }
    }
}

impl<A, S: Sink<A>> Middleware<A, S> for SecurityFields<'_> {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        next.run(app, request, response);
        response.fields_where_missing(self.fields);
    }
}

#[cfg(test)]
mod tests;
