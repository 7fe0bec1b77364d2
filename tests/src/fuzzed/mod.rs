//! What the fuzz targets assert: a file a target, each with a `check` that takes any bytes and panics when a promise
//! does not hold. They run on the stable compiler too, where `tests/behaviour/corpus.rs` feeds them every file of `fuzz/corpus`.
//!
//! | file | question it answers |
//! |---|---|
//! | `head` | is a head read the same however it is cut, and as its grammar says? |
//! | `fields` | do field values mean what a naive reader takes them for? |
//! | `chunked` | where does a body end, and what is its content? |
//! | `target` | which targets are accepted, and what do routes and handlers see of them? |
//! | `connection` | does a whole conversation depend on how it is cut, and does it end? |
//! | `proxy` | who has connected to a gateway, by the header that it sends first? |
//! | `response` | does a client read what a handler built? |
//! | `conditional` | what do entity tags and dates make of a request? |
//! | `differential` | do we frame a conversation as `hyper` and `httparse` do? |
//! | `dice` | where is an input cut? (drawn from the input, so that corpus files are plain text) |
//! | `naive` | how would the grammar be read by somebody who does not care about speed? |
//! | `hyper_server` | what does `hyper` make of a conversation? |

pub mod chunked;
pub mod conditional;
pub mod connection;
pub mod dice;
pub mod differential;
pub mod fields;
pub mod head;
mod hyper_server;
mod naive;
pub mod proxy;
mod range;
pub mod response;
pub mod target;

/// What a target checks.
pub type Check = fn(&[u8]);

/// Every target by the name of its file, its wrapper in `fuzz/fuzz_targets` and its folder in `fuzz/corpus`.
pub const TARGETS: [(&str, Check); 9] = [
    ("chunked", chunked::check),
    ("conditional", conditional::check),
    ("connection", connection::check),
    ("differential", differential::check),
    ("fields", fields::check),
    ("head", head::check),
    ("proxy", proxy::check),
    ("response", response::check),
    ("target", target::check),
];
