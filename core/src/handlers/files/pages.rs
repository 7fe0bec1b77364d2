//! Files that answer for others: the fallback for pages that are not there, and pages for failures.

use super::accept::wants_page;
use super::answer::{Piece, send_piece};
use super::path::{PATH_MAX, RelativePath};
use super::root::Node;
use super::{FileStream, Files, NOT_FOUND, Text};
use crate::handler::{Outcome, Request};
use crate::response::Response;

/// What answers for pages that are not there.
#[derive(Debug)]
pub(super) struct Fallback {
    pub(super) name: Text,
    pub(super) cache_control: Text,
}

impl Files {
    /// Answers for `name`, where nothing is.
    pub(super) fn fall_back<S: From<FileStream>>(
        &self,
        name: RelativePath<'_>,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
    ) -> Outcome {
        let Some(fallback) = &self.fallback else { return Err(NOT_FOUND) };
        let last = name.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        if last.contains(&b'.') {
            return Err(NOT_FOUND);
        }
        if !wants_page(request.field_values("Accept")) {
            // Caches are not to give this answer to someone who wants the page.
            response.fail(NOT_FOUND);
            response.vary("Accept");
            return Ok(());
        }
        let mut name = name.replaced_by(&fallback.name).ok_or(NOT_FOUND)?;
        let Node::File(opened) = self.open_node(&mut name, request.now())? else { return Err(NOT_FOUND) };
        response.vary("Accept");
        self.send(opened, &mut name, Some(&fallback.cache_control), request, response)
    }

    /// Puts the page of a failure into its place.
    pub(super) fn replace_failure<S: From<FileStream>>(
        &self,
        outcome: Outcome,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
    ) -> Outcome {
        let status = outcome.map_or_else(|failure| failure.status(), |()| response.current_status());
        let Some((_, page)) = self.error_pages.iter().find(|(wanted, _)| status == *wanted) else {
            return outcome;
        };
        if !status.is_error() || response.error().is_some() {
            return outcome;
        }
        let mut space = [0; PATH_MAX];
        let name = RelativePath::of_name(page, &mut space);
        let Some(Ok(Some(opened))) = name.map(|mut name| self.open_file(&mut name, request.now())) else {
            return outcome;
        };
        if let Err(failure) = outcome {
            response.fail(failure);
        }
        response.set_field("X-Content-Type-Options", "nosniff");
        let piece = Piece { bytes: opened.bytes, start: 0, length: opened.facts.length };
        send_piece(piece, self.media_type_of(page.as_bytes()), request, response)
    }
}
