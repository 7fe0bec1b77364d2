//! `/api/users`: what an application does that keeps something. The store has a fixed capacity, in the application's
//! own memory.

mod store;

use core::fmt;

use bantam_core::prelude::*;
use serde::{Deserialize, Serialize};

pub(crate) use self::store::Store;
use self::store::{Refused, Text, User};
use crate::json::check::check;
use crate::{App, Streams};

/// Space for the longest string with escapes in what is sent.
const ESCAPED: usize = 256;

/// What is sent of a user. Other members are passed over.
#[derive(Deserialize)]
struct Sent {
    name: Option<Given>,
    email: Option<Given>,
}

/// A string, or the knowledge that it does not fit: the client is told which one it was.
struct Given(Result<Text, ()>);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Given;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<Given, E> {
                Ok(Given(Text::try_from(text).map_err(drop)))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl Sent {
    /// # Errors
    /// 415 when the content is not JSON; 400 with what is wrong, and where.
    fn read(request: &Request<'_>) -> Result<Self, Failure> {
        const MALFORMED: Failure = Failure::new(Status::BAD_REQUEST, "the content is no JSON");
        let sent = request.json(&mut [0; ESCAPED])?;
        // What is passed over was hardly looked at.
        let checked = check(request.body());
        checked.map_err(|at| MALFORMED.at(u32::try_from(at).unwrap_or(u32::MAX)))?;
        Ok(sent)
    }

    /// # Errors
    /// 400 when the name cannot be one; it is `None` where none was sent.
    fn name(&self) -> Result<Option<Text>, Failure> {
        const EMPTY: Failure = Failure::new(Status::BAD_REQUEST, "name is empty");
        const LONG: Failure = Failure::new(Status::BAD_REQUEST, "name is longer than 64 bytes");
        self.name.as_ref().map(|name| text(name, EMPTY, LONG)).transpose()
    }

    /// # Errors
    /// 400 when the address cannot be one; it is `None` where none was sent.
    fn email(&self) -> Result<Option<Text>, Failure> {
        const EMPTY: Failure = Failure::new(Status::BAD_REQUEST, "email is empty");
        const LONG: Failure = Failure::new(Status::BAD_REQUEST, "email is longer than 64 bytes");
        const NO_ADDRESS: Failure =
            Failure::new(Status::BAD_REQUEST, "email has not the form of an address, name@host");
        let Some(email) = self.email.as_ref().map(|email| text(email, EMPTY, LONG)).transpose()? else {
            return Ok(None);
        };
        // RFC 5321 allows more and less; that mail arrives is the only proof.
        let is_address = email.rsplit_once('@').is_some_and(|(local, host)| {
            let is_odd = |character: char| character.is_whitespace() || character.is_control();
            !local.is_empty() && !host.is_empty() && !email.contains(is_odd)
        });
        if is_address { Ok(Some(email)) } else { Err(NO_ADDRESS) }
    }

    /// # Errors
    /// 400 when one of both is missing, or cannot be what it is.
    fn both(&self) -> Result<(Text, Text), Failure> {
        const NO_NAME: Failure = Failure::new(Status::BAD_REQUEST, "name is missing");
        const NO_EMAIL: Failure = Failure::new(Status::BAD_REQUEST, "email is missing");
        Ok((self.name()?.ok_or(NO_NAME)?, self.email()?.ok_or(NO_EMAIL)?))
    }
}

fn text(given: &Given, empty: Failure, long: Failure) -> Result<Text, Failure> {
    let text = given.0.clone().map_err(|()| long)?;
    if text.trim().is_empty() { Err(empty) } else { Ok(text) }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Full => Self::new(Status::INSUFFICIENT_STORAGE, "there is no room for another user"),
            Refused::EmailExists => Self::new(Status::CONFLICT, "another user has this email"),
            Refused::Unknown => Self::new(Status::NOT_FOUND, "there is no such user"),
        }
    }
}

/// `GET /api/users`
pub(crate) fn list(app: &App, _: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    response.no_store();
    app.users.with_all(|users| response.json(users))
}

/// `POST /api/users`
pub(crate) fn create(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let (name, email) = Sent::read(request)?.both()?;
    let user = app.users.add(name, email)?;
    let id = user.id;
    response.status(Status::CREATED).field_display("Location", format_args!("/api/users/{id}"));
    show(&user, response)
}

/// `GET /api/users/:id`
pub(crate) fn read(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    show(&app.users.get(request.param("id")?)?, response)
}

/// `PUT /api/users/:id`: replaces a user. It does not make one: the store gives the numbers.
pub(crate) fn replace(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let id = request.param("id")?;
    let (name, email) = Sent::read(request)?.both()?;
    show(&app.users.change(id, Some(name), Some(email))?, response)
}

/// `PATCH /api/users/:id`: changes what is sent, and leaves the rest (RFC 7396).
pub(crate) fn change(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let id = request.param("id")?;
    let sent = Sent::read(request)?;
    show(&app.users.change(id, sent.name()?, sent.email()?)?, response)
}

/// `DELETE /api/users/:id`
pub(crate) fn delete(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    app.users.remove(request.param("id")?)?;
    response.no_content()
}

fn show(user: &User, response: &mut Response<'_, Streams>) -> Outcome {
    #[derive(Serialize)]
    struct Shown<'u> {
        id: u32,
        name: &'u str,
        email: &'u str,
    }
    response.no_store().json(&Shown { id: user.id, name: &user.name, email: &user.email })
}
