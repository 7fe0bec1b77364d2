//! Content that a form has sent, read where it lies.

use super::{Failure, Request};
use crate::message::percent::{self, Pairs};
use crate::message::status::Status;

impl<'r> Request<'r> {
    /// The pairs of `application/x-www-form-urlencoded` content, decoded as they are read.
    ///
    /// ```
    /// use bantam_core::prelude::*;
    /// fn sign(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    ///     let mut space = [0; 64];
    ///     let name = request.form()?.value("name").and_then(|name| name.to_str_in(&mut space));
    ///     response.text(name.ok_or(Failure::new(Status::BAD_REQUEST, "name is missing, or longer than 64 bytes"))?)
    /// }
    /// static ROUTES: Router<(), 1> = Router::new([post("/guests", sign)]);
    /// ```
    ///
    /// # Errors
    /// 415 when the content is of another type; 400 with the place when it has a malformed percent-encoding.
    pub fn form(&self) -> Result<Pairs<'r>, Failure> {
        const OTHER_TYPE: Failure = Failure::new(
            Status::UNSUPPORTED_MEDIA_TYPE,
            "the content is not application/x-www-form-urlencoded",
        );
        if !self.has_content_type("application/x-www-form-urlencoded") {
            return Err(OTHER_TYPE);
        }
        percent::is_well_formed(self.body()).map_err(|error| {
            let failure = Failure::new(Status::BAD_REQUEST, "the form has a malformed percent-encoding");
            failure.at(u32::try_from(error.at()).unwrap_or(u32::MAX))
        })?;
        Ok(Pairs::new(self.body()))
    }

    /// Whether the content says that it is of this type, with any parameters (RFC 9110 §8.3.1).
    #[must_use]
    pub fn has_content_type(&self, media_type: &str) -> bool {
        self.essence().is_some_and(|essence| essence.eq_ignore_ascii_case(media_type))
    }

    /// The content's media type without its parameters.
    pub(crate) fn essence(&self) -> Option<&'r str> {
        self.field("Content-Type").and_then(|value| value.split(';').next()).map(str::trim_ascii)
    }
}

#[cfg(test)]
mod tests;
