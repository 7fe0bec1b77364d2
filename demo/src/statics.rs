//! `/static`: the files of a folder where there is one, else assets in the program's image.

use bantam_core::handlers::assets::{self, Asset};
use bantam_core::prelude::*;

use crate::{App, Streams};

/// When the assets were last edited: 23 November 2026.
pub(crate) const EDITED: u64 = 1_795_392_000;

static ASSETS: [Asset; 2] = [
    Asset::new("hello.txt", "text/plain; charset=utf-8", include_bytes!("../assets/hello.txt"), EDITED),
    Asset::new("bantam.svg", "image/svg+xml; charset=utf-8", include_bytes!("../assets/bantam.svg"), EDITED),
];

pub(crate) fn file(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    #[cfg(feature = "std")]
    if let Some(files) = &app.files {
        let path = request.raw_param("path").unwrap_or_default();
        return files.serve(path, request, response);
    }
    let _ = app;
    match request.param("path")? {
        "" => index(response),
        name => assets::find(&ASSETS, name)?.serve(request, response),
    }
}

/// Relative links in the folder's page need the slash.
pub(crate) fn redirect(_: &App, _: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    response.redirect(Status::MOVED_PERMANENTLY, "/static/")
}

fn index(response: &mut Response<'_, Streams>) -> Outcome {
    let mut page = response.writer("text/html; charset=utf-8");
    page.write_bytes(b"<!doctype html><title>/static/</title><h1>/static/</h1><ul>");
    for asset in &ASSETS {
        let name = asset.name().as_bytes();
        page.write_bytes(b"<li><a href=\"").write_bytes(name).write_bytes(b"\">").write_bytes(name);
        page.write_bytes(b"</a></li>");
    }
    page.write_bytes(b"</ul>");
    page.finish()
}
