//! Files that lie beside themselves in compressed form: which of them a client is sent.

use super::Files;
use super::opened::{Facts, Opened};
use super::path::RelativePath;
use super::root::Node;
use crate::handler::Request;
use crate::message::content_coding::{Choice, choose};
use crate::time::Instant;

/// A file in compressed form.
pub(super) struct Coded {
    pub(super) coding: &'static str,
    pub(super) opened: Opened,
}

/// Content codings (RFC 9110 §8.4.1), best first where a client takes them alike, and what files in them are called.
const CODINGS: [(&str, &[u8]); 3] = [("br", b".br"), ("zstd", b".zst"), ("gzip", b".gz")];

/// The form of the file at `name` that the client wants most and that is there. Nothing is opened for a client that
/// takes only the plain form. What cannot be opened, for whatever reason, is as if it were not there: there is the plain
/// file.
pub(super) fn open(
    files: &Files,
    name: &mut RelativePath<'_>,
    plain: &Facts,
    request: &Request<'_>,
) -> Option<Coded> {
    let accepted = request.field_values("Accept-Encoding");
    let mut offered = CODINGS.map(|(coding, _)| coding);
    let mut count = offered.len();
    while let Choice::Coded(place) = choose(accepted.clone(), offered.get(..count)?) {
        let coding = *offered.get(place)?;
        let (_, suffix) = CODINGS.iter().find(|(known, _)| *known == coding)?;
        if let Some(opened) = open_sibling(files, name, suffix, plain, request.now()) {
            return Some(Coded { coding, opened });
        }
        offered.get_mut(place..count)?.rotate_left(1);
        count = count.saturating_sub(1);
    }
    None
}

/// Whole seconds are compared, since a folder that is copied or unpacked may have its files a little out of order.
fn open_sibling(
    files: &Files,
    name: &mut RelativePath<'_>,
    suffix: &[u8],
    plain: &Facts,
    now: Instant,
) -> Option<Opened> {
    let seconds = |facts: &Facts| facts.modified.as_secs();
    match files.open_node(&mut name.with_suffix(suffix)?, now) {
        Ok(Node::File(opened)) if seconds(&opened.facts) >= seconds(plain) => Some(opened),
        _ => None,
    }
}
