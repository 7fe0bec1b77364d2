//! What stands around every answer, as the flags say.

use bantam_core::body::sink::Sink;
use bantam_core::handler::Request;
use bantam_core::middleware::Middleware;
use bantam_core::middleware::access_log::{AccessLog, Format};
use bantam_core::middleware::auth::basic::Basic;
use bantam_core::middleware::compress::{Compress, Compressed};
use bantam_core::middleware::cors::Cors;
use bantam_core::middleware::rate_limit::{Quota, RateLimit, Table};
use bantam_core::middleware::request_id::RequestIds;
use bantam_core::middleware::security_fields::SecurityFields;
use bantam_transport_std::coders;
use bantam_transport_std::log::{Log, unix_millis};
use bantam_transport_std::passwords::{self, Passwords};

use crate::args::{LogFormat, Options, WrapOptions};
use crate::run::Failure;
use crate::say::say;

/// Sets of clients whose rates are kept: seven clients each, in 32 bytes.
const CLIENTS: usize = 4_096;

/// The middleware, each where it is asked for.
pub(crate) struct Chain<'c> {
    access_log: Option<AccessLog<'c>>,
    security: Option<SecurityFields<'static>>,
    cors: Option<Cors<'c>>,
    limit: Option<RateLimit<'static>>,
    auth: Option<Basic<Passwords>>,
    compress: Option<Compress<1>>,
}

/// What the options hold, as lists of the kind that middleware takes.
pub(crate) struct Lists<'o> {
    origins: Vec<&'o str>,
    skipped: Vec<&'o str>,
}

impl<'o> Lists<'o> {
    pub(crate) fn of(options: &'o Options) -> Self {
        let texts = |list: &'o [String]| list.iter().map(String::as_str).collect();
        Self { origins: texts(&options.wraps.cors), skipped: texts(&options.wraps.log_skip) }
    }
}

impl<'c> Chain<'c> {
    /// Makes what the options ask for, or says in one line why not.
    pub(crate) fn new(options: &Options, lists: &'c Lists<'_>, log: &'c Log) -> Result<Self, Failure> {
        let format = match options.log_format {
            LogFormat::Common => Some(Format::Common),
            LogFormat::Combined => Some(Format::Combined),
            LogFormat::Json => Some(Format::Json),
            LogFormat::Off => None,
        };
        let wraps = &options.wraps;
        let cors = cors(&lists.origins);
        Ok(Self {
            access_log: format
                .map(|format| AccessLog::new(format, log).with_clock(unix_millis).skip(&lists.skipped)),
            security: wraps.security_headers.then_some(SecurityFields::USUAL),
            limit: limit(wraps)?,
            auth: auth(wraps, cors.is_some())?,
            compress: wraps.compress.then(|| Compress::new([coders::zlib(4)])),
            cors,
        })
    }

    /// The links of the chain, the outermost first; `metrics` is that.
    pub(crate) fn links<'a, A, S>(
        &'a self,
        metrics: &'a dyn Middleware<A, S>,
    ) -> Vec<&'a dyn Middleware<A, S>>
    where
        S: Sink<A> + From<Compressed<S>>,
    {
        fn link<'a, A, S>(link: &'a Option<impl Middleware<A, S> + 'a>) -> Option<&'a dyn Middleware<A, S>> {
            link.as_ref().map(|link| link as _)
        }
        let links = [
            Some(metrics),
            link(&self.access_log),
            Some(&RequestIds as _),
            link(&self.security),
            link(&self.cors),
            link(&self.limit),
            link(&self.auth),
            link(&self.compress),
        ];
        links.into_iter().flatten().collect()
    }
}

/// Fields of answers that pages may read.
const EXPOSED: [&str; 6] =
    ["Content-Range", "ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"];

fn cors<'c>(origins: &'c [&'c str]) -> Option<Cors<'c>> {
    let cors = match origins {
        [] => return None,
        origins if origins.contains(&"*") => Cors::any(),
        origins => Cors::origins(origins),
    };
    Some(cors.any_request_field().expose(&EXPOSED).max_age(600))
}

fn limit(wraps: &WrapOptions) -> Result<Option<RateLimit<'static>>, Failure> {
    let Some(rate) = wraps.rate_limit else {
        return match wraps.rate_burst {
            None => Ok(None),
            Some(_) => Err(Failure::usage("--rate-burst counts for nothing without --rate-limit".to_owned())),
        };
    };
    let burst = wraps.rate_burst.map_or(rate.get().saturating_mul(10), core::num::NonZero::get);
    let quota = Quota::new(rate.get(), 1, burst).ok_or_else(|| {
        Failure::usage(format!("--rate-limit {rate} with --rate-burst {burst} is more than can be counted"))
    })?;
    // One for the life of the process.
    let clients: &'static Table<CLIENTS> = Box::leak(Box::new(Table::new(quota)));
    Ok(Some(RateLimit::new(clients)))
}

fn auth(wraps: &WrapOptions, has_cors: bool) -> Result<Option<Basic<Passwords>>, Failure> {
    let Some(file) = &wraps.auth_file else { return Ok(None) };
    let options = passwords::Options {
        warn: |message| say(format_args!("bantam: {message}\n")),
        ..passwords::Options::default()
    };
    let passwords = Passwords::open(file, options).map_err(|error| Failure::usage(error.to_string()))?;
    // Browsers ask what a page may send before they send a password along.
    Ok(Some(Basic::new("bantam", passwords).with_preflights(has_cors)))
}

/// Whether the request is for this path, as it was sent.
pub(crate) fn is_for(path: Option<&String>, request: &Request<'_>) -> bool {
    path.is_some_and(|path| path == request.path())
}
