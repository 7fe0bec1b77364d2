//! From an open file to an answer: its validators, the part that is asked for, its content.

use alloc::boxed::Box;

use super::opened::{Bytes, Opened};
use super::path::RelativePath;
use super::stream::FileStream;
use super::validators::Version;
use super::{Files, UNREADABLE, coded};
use crate::handler::{Outcome, Request};
use crate::handlers::representation::{Representation, Selection};
use crate::message::media_type;
use crate::message::method::Method;
use crate::response::Response;

/// Content up to this size is read at once, in bytes: the answer is then known to be whole before it begins, and
/// middleware can see it.
const COPIED: u64 = 4_096;
/// Bytes of the transmit buffer that such content leaves to the field lines that middleware may add behind it.
pub(super) const KEPT_FREE: usize = 256;

/// Bytes of an open file that are to be sent.
pub(super) struct Piece {
    pub(super) bytes: Bytes,
    pub(super) start: u64,
    pub(super) length: u64,
}

impl Files {
    /// Answers with a file, which is at `name`; with this `Cache-Control` field, or the one for its path.
    pub(super) fn send<S: From<FileStream>>(
        &self,
        opened: Opened,
        name: &mut RelativePath<'_>,
        cache_control: Option<&str>,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
    ) -> Outcome {
        let media_type = self.media_type_of(name.as_bytes());
        let cache_control = cache_control.unwrap_or_else(|| self.cache_control_of(name.as_bytes()));
        if !cache_control.is_empty() {
            response.set_field("Cache-Control", cache_control);
        }
        let (mut opened, mut coding) = (opened, "");
        if self.has_precompressed {
            response.vary("Accept-Encoding");
            if let Some(coded) = coded::open(self, name, &opened.facts, request) {
                (opened, coding) = (coded.opened, coded.coding);
            }
        }
        let Opened { facts, bytes } = opened;
        let version = Version::of(&facts, coding);
        let representation = Representation {
            etag: version.entity_tag(),
            modified: Some(version.modified()),
            length: Some(facts.length),
            content_type: media_type,
        };
        let selection = representation.select_parts(request, response);
        if let Selection::Answered = selection {
            if self.has_precompressed {
                response.vary("Accept-Encoding"); // a 412 or 416 begins anew
            }
            return Ok(());
        }
        response.set_field("X-Content-Type-Options", "nosniff");
        if !coding.is_empty() {
            response.set_field("Content-Encoding", coding);
        }
        let (start, length) = match selection {
            Selection::Part(span) => (span.start(), span.len()),
            Selection::Parts(parts) => {
                let length = parts.len();
                let stream = FileStream::parts(bytes, parts.map(Box::from));
                return response.stream(parts.media_type(), Some(length), stream);
            }
            Selection::Whole | Selection::Answered => (0, facts.length),
        };
        send_piece(Piece { bytes, start, length }, media_type, request, response)
    }

    /// The media type of a file of this name.
    pub(super) fn media_type_of(&self, name: &[u8]) -> &str {
        let extension = media_type::extension(name).unwrap_or_default();
        let known = self
            .media_types
            .iter()
            .find(|(known, _)| !extension.is_empty() && known.as_bytes().eq_ignore_ascii_case(extension));
        known.map_or_else(|| media_type::by_extension(name), |(_, media_type)| media_type)
    }
}

/// Answers with these bytes: at once when they are few, and as a stream otherwise.
pub(super) fn send_piece<S: From<FileStream>>(
    piece: Piece,
    media_type: &str,
    request: &Request<'_>,
    response: &mut Response<'_, S>,
) -> Outcome {
    let Piece { bytes, start, length } = piece;
    if length <= COPIED && request.method() != Some(Method::Head) {
        let mut writer = response.writer(media_type);
        let length = length as usize;
        if let Some((space, free)) = writer.space().split_at_mut_checked(length)
            && free.len() >= KEPT_FREE
        {
            if !bytes.fill(space, start) {
                return Err(UNREADABLE);
            }
            writer.advance(length);
            return writer.finish();
        }
    }
    response.stream(media_type, Some(length), FileStream::file(bytes, start, length))
}
