//! Cookies that are shown, set and removed.

use bantam_core::message::percent::Decoded;
use bantam_core::prelude::*;

use crate::describe::{self, MEMBERS, Shape};
use crate::{App, Streams};

/// Longest name and value of a cookie that is set here, in bytes.
const NAME: usize = 128;
const VALUE: usize = 1_024;

const REFUSED: Failure = Failure::new(Status::BAD_REQUEST, "a cookie cannot have this name or value");

/// `/cookies`: what the client sends.
pub(crate) fn show(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    describe::answer(Shape::Cookies, request, response)
}

/// `/cookies/set?name=value`
pub(crate) fn set(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    each(request, |name, value| {
        let mut space = [0; VALUE];
        let value = value.to_str_in(&mut space).ok_or(REFUSED)?;
        response.cookie(&SetCookie::new(name, value).path("/"));
        Ok(())
    })?;
    show_them(response)
}

/// `/cookies/set/:name/:value`
pub(crate) fn set_one(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    response.cookie(&SetCookie::new(request.param("name")?, request.param("value")?).path("/"));
    show_them(response)
}

/// `/cookies/delete?name`
pub(crate) fn delete(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    each(request, |name, _| {
        response.cookie(&SetCookie::removal(name).path("/"));
        Ok(())
    })?;
    show_them(response)
}

/// Does something with each member of the query.
fn each(
    request: &Request<'_>,
    mut apply: impl FnMut(&str, Decoded<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    request.query_pairs().enumerate().try_for_each(|(at, (name, value))| {
        let mut space = [0; NAME];
        let name = name.to_str_in(&mut space).filter(|_| at < MEMBERS).ok_or(REFUSED)?;
        apply(name, value)
    })
}

fn show_them(response: &mut Response<'_, Streams>) -> Outcome {
    response.redirect(Status::FOUND, "/cookies").map_err(|_| REFUSED)
}
