//! The routes of [`app`](super::super::app), known by heart, and what a server answers in their place (RFC 9110 §7.4, §9,
//! §15.5, §15.6).

use super::super::app::{LARGE, SMALL};
use super::super::script::Setup;
use super::head::Head;

/// Who answers.
pub(super) enum Route {
    /// The handler answers with a digest of head and content.
    Digest,
    /// With the text itself.
    Text,
    /// With this.
    Fixed(u16, &'static [u8]),
    /// With an error.
    Fails(u16),
    /// With a digest that begins with this parameter, decoded.
    Param(String),
}

/// How the route wants content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// All of it before the handler runs, or a refusal.
    Whole,
    /// The same where it fits; the handler's source reads it otherwise.
    WhileItFits,
    /// The handler's source reads it.
    Streamed,
    /// The handler has a source that does not read it.
    LeftBySource,
    /// The handler answers without reading it.
    Left,
    /// It is thrown away before the handler runs.
    Discarded,
    /// A sink reads it before the handler runs.
    Sink,
}

/// Who answers, how it wants the content, and whether it closes; or a status without a handler.
pub(super) fn route(head: &Head, setup: &Setup) -> Result<(Route, Delivery, bool), u16> {
    const ANY: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    const GET: &[&str] = &["GET", "HEAD"];
    let method = head.method.as_str();
    if !ANY.contains(&method) && method != "TRACE" {
        return Err(501); // CONNECT too: there are no tunnels
    }
    if head.target.is_https {
        return Err(421); // RFC 9110 §7.4
    }
    if head.target.is_server {
        return Err(204);
    }
    let path = head.target.path.as_str();
    let plain = |route, delivery| (route, delivery, false);
    let (methods, found) = match path {
        "/digest" => (ANY, plain(Route::Digest, Delivery::Whole)),
        "/echo" | "/chunks" | "/waits" => (ANY, plain(Route::Text, Delivery::Whole)),
        "/stream" | "/sized-stream" => (ANY, plain(Route::Text, Delivery::Streamed)),
        "/either" => (ANY, plain(Route::Text, Delivery::WhileItFits)),
        "/discarded" => (ANY, plain(Route::Digest, Delivery::Discarded)),
        "/unread" => (ANY, plain(Route::Digest, Delivery::Left)),
        "/unread-stream" | "/unread-waits" => (ANY, plain(Route::Text, Delivery::LeftBySource)),
        "/sink" => (&["POST", "PUT"][..], plain(Route::Digest, Delivery::Sink)),
        "/refusing" => (&["POST"][..], plain(Route::Fails(403), Delivery::Sink)),
        "/static" => (GET, plain(Route::Fixed(200, SMALL), Delivery::Whole)),
        "/large-static" => (GET, plain(Route::Fixed(200, LARGE), Delivery::Whole)),
        "/nothing" => (GET, plain(Route::Fixed(204, b""), Delivery::Whole)),
        "/not-modified" => (GET, plain(Route::Fixed(304, b""), Delivery::Whole)),
        "/reset-content" => (GET, plain(Route::Fixed(205, b""), Delivery::Whole)),
        "/error" => (ANY, plain(Route::Fails(409), Delivery::Whole)),
        "/close" => (ANY, (Route::Digest, Delivery::Whole, true)),
        "/outgrows" => (GET, plain(Route::Fails(500), Delivery::Whole)),
        _ => {
            let value = match (path.strip_prefix("/param/"), path.strip_prefix("/rest/")) {
                (Some(value), _) if !value.is_empty() && !value.contains('/') => value,
                (_, Some(value)) => value,
                _ => return Err(404),
            };
            // A path that is decoded needs room beside the answer, which has three quarters of the buffer.
            let space = setup.transmit - setup.transmit / 4;
            let route = match path.contains('%') && path.len() > space / 2 {
                true => Route::Fails(414),
                false => Route::Param(value.to_owned()),
            };
            (GET, plain(route, Delivery::Whole))
        }
    };
    match methods.contains(&method) {
        true => Ok(found),
        false if method == "OPTIONS" => Err(204),
        false => Err(405),
    }
}
