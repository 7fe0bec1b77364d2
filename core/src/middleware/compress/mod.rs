//! Content codings on the fly: gzip, and whatever other [`Coder`] is offered (RFC 9110 §8.4, §12.5.3).
//!
//! ```
//! use bantam_core::middleware::compress::{Coding, Compress, Compressed};
//! use bantam_core::prelude::*;
//!
//! # #[cfg(feature = "gzip")]
//! static COMPRESS: Compress<1> = Compress::new([Coding::gzip(4)]);
//!
//! /// The application's streams have one variant more.
//! enum Streams {
//!     Numbers(u32),
//!     Compressed(Compressed<Streams>),
//! }
//!
//! impl From<Compressed<Streams>> for Streams {
//!     fn from(compressed: Compressed<Streams>) -> Self {
//!         Self::Compressed(compressed)
//!     }
//! }
//!
//! impl Source<()> for Streams {
//!     fn pull(&mut self, app: &(), pull: &mut Pull<'_>) -> Pulled {
//!         match self {
//!             Self::Compressed(compressed) => compressed.pull(app, pull),
//!             Self::Numbers(left) => {
//!                 pull.space()[0] = b'0';
//!                 *left -= 1;
//!                 if *left == 0 { Pulled::Last(1) } else { Pulled::Bytes(1) }
//!             }
//!         }
//!     }
//! }
//!
//! impl Sink<()> for Streams {}
//!
//! # #[cfg(feature = "gzip")]
//! static CHAIN: [&dyn Middleware<(), Streams>; 1] = [&COMPRESS];
//! ```
//!
//! # What is done
//!
//! | answer | what becomes of it |
//! |---|---|
//! | buffered; static up to 256 KiB | coded whole, with `Content-Length`; left alone when that saves nothing |
//! | streamed; static beyond that | coded as it flows, in chunks, or up to the close for HTTP/1.0; flushed whenever its source waits |
//! | to HEAD | the fields that GET would have, without `Content-Length`: only coding would tell it (RFC 9110 §9.3.2) |
//! | 304 | `Vary` and a weak `ETag` |
//!
//! A `Vary: Accept-Encoding` stands on every answer that could have been coded, also where it was not. An `ETag` that is
//! strong becomes weak when the content is coded, since it no longer stands for one sequence of bytes (RFC 9110 §8.8.1);
//! `If-None-Match` compares weakly, so handlers that know the strong tag answer 304 to the weak one. `Accept-Ranges` goes.
//!
//! Left alone are answers of other types, of less than the minimum, 204, 205, 206 and 304, those with `Content-Encoding`,
//! `Content-Range`, `Cache-Control: no-transform`, or a digest of their content (RFC 9530).
//!
//! A client that takes none of the codings nor the plain content (`identity;q=0`) gets the plain content: RFC 9110 §12.5.3
//! lets a server choose between that and 406, and the handler has run by then, so that 406 would deny what was done. The
//! same holds for content that is too small for a client that refuses it plain.
//!
//! # BREACH
//!
//! The length of a coded answer tells how much its parts have in common. A page with a secret, such as a token
//! against forged requests, that also repeats what an attacker can put into the request, gives the secret away letter by
//! letter, whatever encryption is around it. Such answers must not be coded: leave them out by [`Compress::with_skip`], or let
//! their handlers say `Cache-Control: no-transform`.

mod coder;
mod coding;
#[cfg(feature = "gzip")]
mod crc32;
#[cfg(feature = "gzip")]
mod gzip;
mod media;
mod source;

pub use self::coder::{Coded, Coder, CoderError, Flush};
pub use self::coding::Coding;
pub use self::media::DEFAULT_TYPES;
pub use self::source::Compressed;

use self::coding::Lent;
use super::{Middleware, Next};
use crate::body::sink::Sink;
use crate::handler::Request;
use crate::message::content_coding::{Choice, choose};
use crate::message::media_type;
use crate::message::method::Method;
use crate::message::status::Status;
use crate::parse::list;
use crate::response::{Body, Response};

/// Static content up to this size is coded whole, which gives it a length; it is held in memory meanwhile.
const WHOLE_STATIC: usize = 262_144;

/// Room left for fields when coded content is put into the transmit buffer.
const FIELD_ROOM: usize = 1_024;

/// Longest entity tag that is made weak; a longer one is left out.
const LONGEST_TAG: usize = 256;

/// Codes the content of answers, by what the client accepts. The module's page tells the rules.
#[derive(Debug)]
pub struct Compress<const N: usize> {
    codings: [Coding; N],
    minimum: u64,
    types: &'static [&'static str],
    skip: Option<fn(&Request<'_>) -> bool>,
}

impl<const N: usize> Compress<N> {
    /// Offers these codings, the best first: it is taken where a client accepts several equally.
    #[must_use]
    pub const fn new(codings: [Coding; N]) -> Self {
        Self { codings, minimum: 1_024, types: DEFAULT_TYPES, skip: None }
    }

    /// Leaves content of fewer bytes alone, where the length is known; 1,024 otherwise. Below that an answer fits a packet
    /// or two either way.
    #[must_use]
    pub const fn with_minimum(mut self, bytes: u64) -> Self {
        self.minimum = bytes;
        self
    }

    /// Codes these media types instead of [`DEFAULT_TYPES`]. `text/*` and `*+json` stand for all that begin or end
    /// so. `text/event-stream` is coded only where it is named in full: such answers last, and each would hold a coder.
    #[must_use]
    pub const fn with_types(mut self, types: &'static [&'static str]) -> Self {
        self.types = types;
        self
    }

    /// Leaves answers to requests alone of which this is true, for the sake of secrets (see the module's page) or of time.
    /// They have `Vary: Accept-Encoding` all the same; what else the predicate looks at, the handler must name there.
    #[must_use]
    pub const fn with_skip(mut self, skip: fn(&Request<'_>) -> bool) -> Self {
        self.skip = Some(skip);
        self
    }

    /// The codings.
    #[must_use]
    pub const fn codings(&self) -> &[Coding; N] {
        &self.codings
    }

    fn transform<S: From<Compressed<S>>>(&self, request: &Request<'_>, response: &mut Response<'_, S>) {
        if !self.is_negotiable(request, response) {
            return;
        }
        response.vary("Accept-Encoding");
        if self.skip.is_some_and(|skip| skip(request)) {
            return;
        }
        let names = core::array::from_fn::<_, N, _>(|place| self.codings.get(place).map_or("", Coding::name));
        let Choice::Coded(place) = choose(request.field_values("Accept-Encoding"), &names) else { return };
        let Some(coding) = self.codings.get(place) else { return };
        let status = response.current_status();
        if status == Status::NOT_MODIFIED {
            return weaken_tag(response);
        }
        let is_partial = status == Status::PARTIAL_CONTENT || response.field_value("Content-Range").is_some();
        let length = response.content_length();
        if is_partial
            || !status.allows_content()
            || status == Status::RESET_CONTENT
            || length.is_some_and(|length| length < self.minimum)
        {
            return;
        }
        if request.method() == Some(Method::Head) {
            response.replace_stream(None, Compressed::nothing());
        } else if !coding.lend().is_some_and(|coder| code(coder, response)) {
            return;
        }
        response.remove_field("Accept-Ranges").field("Content-Encoding", coding.name());
        weaken_tag(response);
    }

    /// Whether the answer depends on what the client accepts.
    fn is_negotiable<S>(&self, request: &Request<'_>, response: &Response<'_, S>) -> bool {
        let is_fixed = ["Content-Encoding", "Content-Digest", "Repr-Digest"];
        if is_fixed.iter().any(|name| response.field_value(name).is_some()) {
            return false;
        }
        let mut directives = response.field_values("Cache-Control").flat_map(list::members);
        if directives.any(|directive| directive.eq_ignore_ascii_case(b"no-transform")) {
            return false;
        }
        match response.field_value("Content-Type") {
            // Its parts have the type of the whole, as a 304 has; of both only the name of the target may tell.
            Some(parts) if parts.starts_with("multipart/byteranges") => self.is_named_so(request),
            Some(content_type) => media::is_listed(content_type, self.types),
            None => response.current_status() == Status::NOT_MODIFIED && self.is_named_so(request),
        }
    }

    /// Whether the target's name speaks for a type that is coded, or for none.
    fn is_named_so(&self, request: &Request<'_>) -> bool {
        let named = media_type::by_extension(request.path());
        named == media_type::OCTET_STREAM || media::is_listed(named, self.types)
    }
}

impl<A, S: Sink<A> + From<Compressed<S>>, const N: usize> Middleware<A, S> for Compress<N> {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        next.run(app, request, response);
        self.transform(request, response);
    }
}

/// Codes the content, or puts a source around it that will; false when that saves nothing.
fn code<S: From<Compressed<S>>>(mut coder: Lent, response: &mut Response<'_, S>) -> bool {
    let room = response.content_room().saturating_sub(FIELD_ROOM);
    let (content, fits) = match response.body() {
        Body::Buffered(bytes) => (bytes, true),
        Body::Static(bytes) if bytes.len() <= WHOLE_STATIC => (bytes, false),
        Body::Static(bytes) => {
            response.replace_stream(None, Compressed::of_static(bytes, coder));
            return true;
        }
        Body::Streamed(_) => {
            let Some((source, length)) = response.take_stream() else { return false };
            response.replace_stream(None, Compressed::of_source(source, length, coder));
            return true;
        }
    };
    let Some(engine) = coder.engine() else { return false };
    let (coding, space) = engine.parts(content.len().saturating_sub(1));
    let Some(length) = code_whole(coding, content, space) else { return false };
    if fits || length <= room {
        response.replace_body(space.get(..length).unwrap_or_default());
    } else {
        response.replace_stream(Some(length as u64), Compressed::of_coded(length, coder));
    }
    true
}

/// How many bytes the coded content has; `None` when `space` is too short for it.
fn code_whole(coder: &mut dyn Coder, mut content: &[u8], mut space: &mut [u8]) -> Option<usize> {
    let mut length = 0_usize;
    loop {
        let coded = coder.code(content, space, Flush::Finish).ok()?;
        length = length.saturating_add(coded.produced);
        if coded.done {
            return Some(length);
        }
        content = content.get(coded.consumed..)?;
        space = space.get_mut(coded.produced..)?;
        if space.is_empty() || (coded.consumed == 0 && coded.produced == 0) {
            return None;
        }
    }
}

/// Makes the entity tag weak, if there is one that is strong.
fn weaken_tag<S>(response: &mut Response<'_, S>) {
    let Some(tag) = response.field_value("ETag").filter(|tag| tag.starts_with('"')) else { return };
    let mut copy = [0; LONGEST_TAG];
    let length = tag.len();
    let copied = copy.get_mut(..length).map(|place| place.copy_from_slice(tag.as_bytes())).is_some();
    response.remove_field("ETag");
    if let Some(tag) = core::str::from_utf8(copy.get(..length).unwrap_or_default()).ok().filter(|_| copied) {
        response.field_display("ETag", format_args!("W/{tag}"));
    }
}
