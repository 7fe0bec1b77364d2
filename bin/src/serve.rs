//! `bantam serve`: the files of a folder.

use std::fs;
use std::path::{Component, Path};
use std::thread;

use bantam_core::body::file::FilePart;
use bantam_core::handlers::files::{CacheRule, FileStream, Files};
use bantam_core::handlers::health::{self, Check, Findings, Monitor};
use bantam_core::middleware::compress::Compressed;
use bantam_core::middleware::metrics::{self, Metrics, MetricsText};
use bantam_core::prelude::*;

use crate::args::{FileOptions, Named, Options, Page};
use crate::chain::is_for;
use crate::descriptors;
use crate::run::{Failure, run};
use crate::say::plain;

static ROUTES: Router<Served, 1, Streams> = Router::new([get("/*path", answer)]);
static METRICS: Metrics<1> = Metrics::new();

/// A folder, and the paths that answer something else.
struct Served {
    files: Files,
    metrics: Option<String>,
    /// Of the whole, of liveness and of readiness.
    health: Option<[String; 3]>,
    /// What the probes tell of.
    monitor: Option<Monitor>,
}

fn answer(served: &Served, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    if is_for(served.metrics.as_ref(), request) {
        return metrics::serve(&METRICS, &ROUTES, request, response);
    }
    if let (Some([full, live, ready]), Some(monitor)) = (&served.health, &served.monitor) {
        match request.path() {
            path if path == full => return health::full(monitor, request, response),
            path if path == live => return health::live(served, request, response),
            path if path == ready => return health::ready(monitor, request, response),
            _ => {}
        }
    }
    served.files.serve(request.raw_param("path").unwrap_or_default(), request, response)
}

/// What flows.
enum Streams {
    File(FileStream),
    Metrics(MetricsText),
    Compressed(Compressed<Self>),
}

impl Source<Served> for Streams {
    fn pull(&mut self, served: &Served, pull: &mut Pull<'_>) -> Pulled {
        match self {
            Self::File(file) => file.pull(served, pull),
            Self::Metrics(text) => text.pull(served, pull),
            Self::Compressed(content) => content.pull(served, pull),
        }
    }

    fn reads_content(&self) -> bool {
        false
    }

    fn file(&mut self) -> Option<FilePart<'_>> {
        match self {
            Self::File(file) => Source::<Served>::file(file),
            Self::Metrics(_) | Self::Compressed(_) => None,
        }
    }
}

impl Sink<Served> for Streams {}

impl From<FileStream> for Streams {
    fn from(file: FileStream) -> Self {
        Self::File(file)
    }
}

impl From<MetricsText> for Streams {
    fn from(text: MetricsText) -> Self {
        Self::Metrics(text)
    }
}

impl From<Compressed<Self>> for Streams {
    fn from(content: Compressed<Self>) -> Self {
        Self::Compressed(content)
    }
}

/// Serves the folder `root`.
pub(crate) fn serve(root: &Path, options: &Options) -> Result<(), Failure> {
    let files = open(root, &options.files)?;
    let shown = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let health = options.wraps.health.as_ref().map(|path| {
        let below = path.trim_end_matches('/');
        [path.clone(), format!("{below}/live"), format!("{below}/ready")]
    });
    let monitor = health.is_some().then(|| monitor(root)).transpose()?;
    let served = Served { files, metrics: options.wraps.metrics.clone(), health, monitor };
    run(&format!("serves {}", shown.display()), &served, &ROUTES, &METRICS, options)
}

/// Looks from time to time whether the folder can still be read, beside the workers: a disk that hangs then fails a
/// probe, and keeps none of them.
pub(crate) fn monitor(root: &Path) -> Result<Monitor, Failure> {
    let root = root.to_owned();
    let check = Check::new("folder", move || match fs::read_dir(&root) {
        Ok(_) => Ok(()),
        Err(error) => Err(plain(&error)),
    });
    let monitor = Monitor::start(vec![check])
        .map_err(|error| Failure::system(format!("cannot start the checks: {error}")))?;
    // Who waits for the line that says where it listens asks at once, and should not find it unready.
    for _ in 0..100 {
        let mut is_well = true;
        monitor.for_each(Instant::ZERO, &mut |_, finding| is_well &= finding.is_well);
        if is_well {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(monitor)
}

/// Opens a folder, or says in one line why not.
pub(crate) fn open(root: &Path, options: &FileOptions) -> Result<Files, Failure> {
    let files = Files::open(root).map_err(|error| {
        Failure::usage(format!("cannot serve the folder {}: {}", root.display(), plain(&error)))
    })?;
    let rules: Vec<_> = options
        .cache_control
        .iter()
        .map(|Named { name, value }| CacheRule::new(name.clone(), value.clone()))
        .collect();
    let types = options.mime.iter().map(|Named { name, value }| (name.clone(), value.clone()));
    let mut files = files
        .with_index_names(options.index.iter().cloned())
        .with_listing(options.listing)
        .with_hidden_files(options.hidden)
        .with_precompressed(options.precompressed)
        .with_open_files(descriptors::kept(options), options.file_cache)
        .with_media_types(types)
        .with_cache_rules(rules);
    if let Some(page) = &options.spa {
        files = files.with_fallback(name_in(root, "--spa", page)?);
    }
    for Page { status, file } in &options.error_page {
        files = files.with_error_page(*status, name_in(root, "--error-page", file)?);
    }
    Ok(files)
}

/// The name of a file below `root`, for which a slash in front counts for nothing.
fn name_in(root: &Path, flag: &str, name: &str) -> Result<String, Failure> {
    let name = name.trim_start_matches('/');
    let is_below = !Path::new(name).components().any(|part| part == Component::ParentDir);
    match is_below && root.join(name).is_file() {
        true => Ok(name.to_owned()),
        false => Err(Failure::usage(format!("{flag}: there is no file {name} in {}", root.display()))),
    }
}
