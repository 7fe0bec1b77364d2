//! Who is there: the challenges of RFC 9110 §11.

use bantam_core::prelude::*;

use crate::json::Object;
use crate::{App, Streams};

/// `/bearer`: shows the token of the request (RFC 6750 §2.1), whatever it is.
pub(crate) fn bearer(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let Some(token) = request.field("Authorization").and_then(bearer_token) else {
        return response.status(Status::UNAUTHORIZED).field("WWW-Authenticate", "Bearer").empty();
    };
    response.no_store();
    let mut out = response.writer("application/json");
    let _ = authenticated(&mut out, "token", token); // what fails is kept
    out.finish()
}

/// `{"authenticated":true,…}`
fn authenticated(out: &mut dyn core::fmt::Write, name: &str, value: &str) -> core::fmt::Result {
    let mut object = Object::begin(out)?;
    object.member("authenticated")?.write_str("true")?;
    object.text(name, value)?;
    object.end()
}

/// `"Bearer" 1*SP b64token`, the scheme in any case.
fn bearer_token(credentials: &str) -> Option<&str> {
    let (scheme, rest) = credentials.split_once(' ')?;
    let token = rest.trim_start_matches(' ');
    let body = token.trim_end_matches('=');
    let is_token68 = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    let is_good = scheme.eq_ignore_ascii_case("Bearer") && !body.is_empty() && body.bytes().all(is_token68);
    is_good.then_some(token)
}

#[cfg(test)]
mod tests {
    use super::bearer_token;

    #[test]
    fn tokens_are_read_by_their_grammar() {
        for (credentials, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("BEARER  a.b-c_d~e+f/0==", Some("a.b-c_d~e+f/0==")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Bearer ==", None),
            ("Bearer a=b", None),
            ("Bearer a b", None),
            ("Bearer \"a\"", None),
            ("Bearer\tabc", None),
            ("Bearerabc", None),
            ("Basic abc", None),
            ("", None),
        ] {
            assert_eq!(bearer_token(credentials), token, "{credentials}");
        }
    }
}
