//! The page at `/`.

use bantam_core::handlers::assets::Asset;
use bantam_core::prelude::*;

use crate::statics::EDITED;
use crate::{App, Streams};

static PAGE: Asset =
    Asset::new("index.html", "text/html; charset=utf-8", include_bytes!("../assets/welcome.html"), EDITED);

pub(crate) fn page(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    PAGE.serve(request, response)
}
