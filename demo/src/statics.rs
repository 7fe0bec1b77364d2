//! `/static`: the files of a folder where there is one, else assets in the program's image.

use bantam_core::handlers::assets::Folder;
use bantam_core::prelude::*;

use crate::{App, Streams};

/// The folder `assets`, as the build script has found it.
pub(crate) static ASSETS: Folder = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

pub(crate) fn file(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    #[cfg(feature = "std")]
    if let Some(files) = &app.files {
        let path = request.raw_param("path").unwrap_or_default();
        return files.serve(path, request, response);
    }
    let _ = app;
    match request.param("path")? {
        "" => index(response),
        path => ASSETS.serve(path, request, response),
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
