//! `bantam demo`: the demo application.

use std::path::Path;

use bantam_demo::{App, METRICS, ROUTES};

use crate::args::Options;
use crate::run::{Failure, run};
use crate::serve;

/// Serves the demo, with the files of `root` under `/static`.
pub(crate) fn demo(root: Option<&Path>, options: &Options) -> Result<(), Failure> {
    let app = match root {
        Some(root) => {
            App::new().with_files(serve::open(root, &options.files)?).with_monitor(serve::monitor(root)?)
        }
        None => App::new(),
    };
    run("serves the demo application", &app, &ROUTES, &METRICS, options)
}
