//! The page at `/`.

use bantam_core::prelude::*;

use crate::statics::ASSETS;
use crate::{App, Streams};

pub(crate) fn page(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    ASSETS.serve("welcome.html", request, response)
}
