//! `bantam serve`: the files of a folder.

use std::path::Path;

use bantam_core::handlers::files::{FileStream, Files};
use bantam_core::prelude::*;

use crate::args::Options;
use crate::run::{Failure, run};
use crate::say::plain;

static ROUTES: Router<Files, 1, FileStream> = Router::new([get("/*path", file)]);

fn file(files: &Files, request: &Request<'_>, response: &mut Response<'_, FileStream>) -> Outcome {
    files.serve(request.raw_param("path").unwrap_or_default(), request, response)
}

/// Serves the folder `root`.
pub(crate) fn serve(root: &Path, options: &Options) -> Result<(), Failure> {
    let files = open(root)?;
    let shown = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    run(&format!("serves {}", shown.display()), &files, &ROUTES, options)
}

/// Opens a folder, or says in one line why not.
pub(crate) fn open(root: &Path) -> Result<Files, Failure> {
    Files::open(root).map_err(|error| {
        Failure::usage(format!("cannot serve the folder {}: {}", root.display(), plain(&error)))
    })
}
