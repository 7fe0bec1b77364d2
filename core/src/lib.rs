//! A small, strict HTTP/1.1 server without I/O: the protocol, a router, middleware and handlers, in fixed memory.
//!
//! This crate takes bytes and the time, and gives bytes and what it waits for. What differs between a desktop and a
//! microcontroller sits in a transport. It is `no_std`, allocates nothing, and does not panic on input. It is safe code
//! but for two calls that let the parser use the vector instructions of x86-64.
//!
//! # An application
//!
//! Handlers are plain functions over shared state; routes are a `static` table, checked while the program compiles.
//!
//! ```
//! use bantam_core::prelude::*;
//!
//! struct App {
//!     everyone: &'static str,
//! }
//!
//! fn greet(app: &App, request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
//!     let name = request.param("name").unwrap_or(app.everyone);
//!     response.field("Cache-Control", "no-store").format("text/plain", format_args!("hello {name}"))
//! }
//!
//! static ROUTES: Router<App, 2> = Router::new([get("/hello", greet), get("/hello/:name", greet)]);
//!
//! // A transport does what follows with bytes from a socket; here they are in memory.
//! use bantam_core::connection::{Connection, Storage};
//! let (app, now) = (App { everyone: "everyone" }, Instant::ZERO);
//! let service = Service::new(&app, &ROUTES);
//! let mut storage: Storage<NoStream, 1024, 1024, 16> = Storage::new();
//! let mut connection = Connection::new(0, None, now);
//! let mut lent = connection.lend(&service, storage.lend(), None);
//!
//! let request = b"GET /hello/world HTTP/1.1\r\nHost: example.com\r\n\r\n";
//! lent.receive_space()[..request.len()].copy_from_slice(request);
//! lent.handle_received(request.len(), now);
//! lent.run_handler(now, || now);
//! assert!(lent.poll_transmit().starts_with(b"HTTP/1.1 200 OK\r\n"));
//! assert!(lent.poll_transmit().ends_with(b"\r\n\r\nhello world"));
//! ```
//!
//! # The walk of a request
//!
//! A reader who follows one request meets the code in this order:
//!
//! | step | where | what happens |
//! |---|---|---|
//! | accept | the transport | a [`connection::Connection`] is made: less than 256 bytes, no buffers |
//! | bytes in | [`connection::Lent::handle_received`] | buffers are lent, bytes arrive in any pieces |
//! | head | [`parse::head`] → [`parse::request_line`] → [`parse::target`] → [`parse::field_line`] | a head is read, line by line, nothing twice |
//! | body length | [`framing::body_length`] | none, sized or chunked: RFC 9112 §6.3 in one function |
//! | route | [`route::table`] → [`route::params`] | static before parameter before wildcard |
//! | content | [`body::decode`] → [`body::sink`] | whole in the buffer, pushed to a sink, or left for a source |
//! | around | [`middleware`] | a chain of functions around the handler; each sees one response for each request |
//! | answer | yours, a [`handler::Handler`] | fills a [`response::Response`] |
//! | bytes out | [`body::encode`] → [`connection::Lent::poll_transmit`] | status line, fields, content; streamed from a [`body::source`] |
//! | again, close | [`connection::state`] | one pure function over phases and events |
//!
//! # Time and limits
//!
//! Every wait has a deadline and every size a limit; they are in [`limits::Limits`], with their units, their reasons and
//! the status that is answered.
//!
//! # Features
//!
//! All are additive, and none changes what is there without it. What there is in words, such as `Status::reason`, is there
//! in any case; without `reasons` the connection does not send it.
//!
//! | feature | adds |
//! |---|---|
//! | `content`, a default | content of requests; without it, a request that announces any is answered 413, and its connection closed |
//! | `dates`, a default | `Date` in answers, where the transport knows the wall clock |
//! | `gateways`, a default | `Service::with_gateways` and `Connection::with_proxy_header` |
//! | `ipv6`, a default | peers may have IPv6 addresses; without it only those of IPv4 are kept |
//! | `middleware`, a default | `Service::with_middleware` and `Service::with_connections` |
//! | `reasons`, a default | words in answers: the phrase of a status, and what is wrong with a request that is refused; the same are refused without them, by a bare status |
//! | `json` | `Response::json` and `Request::json`, by `serde` and `serde-json-core`, without an allocator |
//! | `explain` | `explain`: what a connection makes of the bytes it receives, told as values while it does so |
//! | `defmt` | log lines through `defmt` |
//! | `alloc` | the allocator, for what builds on it: today that is `std` alone |
//! | `std` | `handlers::files`: the files of a folder; `handlers::health::Monitor`: checks on threads; `middleware::compress` and `middleware::cache`; brings `alloc` |
//! | `gzip` | gzip for `middleware::compress`, by `miniz_oxide`; brings `std` |
//! | `embed` | `embed`: for build scripts, a folder as the source text of [`handlers::assets`]; brings `gzip` |

#![no_std]
// One file has some, for one kind of processor: bytes/scan/sse2.rs says why.
#![cfg_attr(
    not(all(target_arch = "x86_64", target_feature = "sse2", not(bantam_words))),
    forbid(unsafe_code)
)]
#![deny(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects,
        clippy::std_instead_of_alloc,
        clippy::type_complexity
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod body;
pub mod bytes;
pub mod connection;
pub mod drivers;
#[cfg(feature = "embed")]
pub mod embed;
#[cfg(feature = "explain")]
pub mod explain;
pub mod framing;
pub mod gateways;
pub mod handler;
pub mod handlers;
pub mod limits;
pub mod message;
pub mod middleware;
pub mod parse;
pub mod prelude;
pub mod response;
pub mod route;
pub mod service;
pub mod time;
