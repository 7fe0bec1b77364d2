//! Who is there: credentials that a handler asks for itself (RFC 9110 §11).

use bantam_core::middleware::auth::basic::{self, CredentialsError};
use bantam_core::middleware::auth::bearer;
use bantam_core::middleware::auth::challenge::Challenge;
use bantam_core::middleware::auth::compare::is_same;
use bantam_core::prelude::*;

use crate::json::Object;
use crate::{App, Streams};

static BASIC: Challenge = Challenge::basic("Fake Realm");
static BEARER: Challenge = Challenge::bearer("Fake Realm");

/// `/basic-auth/:user/:password`: lets in who sends these two (RFC 7617).
pub(crate) fn basic(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let (user, password): (&str, &str) = (request.param("user")?, request.param("password")?);
    let mut space = [0; basic::SPACE];
    let sent = match basic::credentials(request, &mut space) {
        Ok(sent) => sent,
        Err(error) => return BASIC.answer(response, error),
    };
    // Both are compared whatever the first says.
    let is_right =
        is_same(sent.user().as_bytes(), user.as_bytes()) & is_same(sent.password(), password.as_bytes());
    if is_right {
        authenticated("user", user, response)
    } else {
        BASIC.answer(response, CredentialsError::Wrong)
    }
}

/// `/bearer`: shows the token of the request (RFC 6750 §2.1), whatever it is.
pub(crate) fn bearer(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    match bearer::token(request) {
        Ok(token) => authenticated("token", token, response),
        Err(error) => BEARER.answer(response, error),
    }
}

/// `{"authenticated":true,…}`
fn authenticated(name: &str, value: &str, response: &mut Response<'_, Streams>) -> Outcome {
    response.no_store();
    let mut out = response.writer("application/json");
    let _ = write(&mut out, name, value); // what fails is kept
    out.finish()
}

fn write(out: &mut dyn core::fmt::Write, name: &str, value: &str) -> core::fmt::Result {
    let mut object = Object::begin(out)?;
    object.member("authenticated")?.write_str("true")?;
    object.text(name, value)?;
    object.end()
}
