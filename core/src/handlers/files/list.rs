//! Answering with what a folder holds: for people as a page, for programs as JSON.

use super::accept::prefers_json;
use super::answer::KEPT_FREE;
use super::order::{Order, is_said};
use super::path::RelativePath;
use super::root::Directory;
use super::{FileStream, Files, entries, json, listing};
use crate::handler::{Failure, Outcome, Request};
use crate::handlers::representation::weigh;
use crate::message::precondition::{Validators, Verdict};
use crate::message::status::Status;
use crate::response::Response;

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

impl Files {
    /// Lists `folder`, which `path` names as it was sent and `name` decoded.
    pub(super) fn list<S: From<FileStream>>(
        &self,
        folder: Directory,
        path: &str,
        mut name: RelativePath<'_>,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
    ) -> Outcome {
        let mut entries = entries::read(&self.root, folder, &mut name, self.has_hidden_files)?;
        match weigh(request, &Validators::new(None, None)) {
            Verdict::PreconditionFailed => {
                return Err(Failure::new(Status::PRECONDITION_FAILED, ""));
            }
            Verdict::NotModified => {
                return response.vary("Accept").no_store().status(Status::NOT_MODIFIED).empty();
            }
            Verdict::Proceed => {}
        }
        let order = Order::of(request);
        order.sort(&mut entries.entries);
        response.no_store().vary("Accept").set_field("X-Content-Type-Options", "nosniff");
        let is_json = match request.query_value("format") {
            Some(_) => is_said(request, "format", "json"),
            None => prefers_json(request.field_values("Accept")),
        };
        let (media_type, document) = if is_json {
            if entries.has_more {
                response.set_field("X-Truncated", "true"); // an array has no place to say so
            }
            (JSON, json::array(&entries))
        } else {
            response.set_field("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
            (HTML, listing::page(request.path(), path, &entries, order))
        };
        let document = document.into_bytes();
        let length = document.len();
        let mut writer = response.writer(media_type);
        if writer.space().len() >= length.saturating_add(KEPT_FREE) {
            writer.write_bytes(&document);
            return writer.finish();
        }
        response.stream(media_type, Some(length as u64), FileStream::memory(document))
    }
}
