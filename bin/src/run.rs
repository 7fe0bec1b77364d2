//! From options to a running server; the same for every application.

use std::process::ExitCode;

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::middleware::compress::Compressed;
use bantam_core::middleware::metrics::{Counter, Metrics};
use bantam_core::route::table::Router;
use bantam_core::service::Service;
use bantam_transport_std::log::{Log, Target};
use bantam_transport_std::{Config, Server};

use crate::args::{LogFormat, Options, TapOptions};
use crate::banner;
use crate::chain::{Chain, Lists};
use crate::descriptors;
use crate::listen;
use crate::manager;
use crate::say::{plain, say};
#[cfg(target_os = "linux")]
use crate::tap::Behind;
use crate::trace::Trace;

/// Why the program ends before its time: one line that says what to do, and an exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// The user can mend it: a flag, a folder, a port.
    pub(crate) fn usage(message: String) -> Self {
        Self { message, code: 2 }
    }

    /// The system is at fault.
    pub(crate) fn system(message: String) -> Self {
        Self { message, code: 1 }
    }

    pub(crate) fn report(self) -> ExitCode {
        say(format_args!("bantam: {}\n", self.message));
        ExitCode::from(self.code)
    }
}

/// Serves `app` with the middleware that every command has, until a signal ends it. `title` says what is served.
pub(crate) fn run<A, S, const N: usize>(
    title: &str,
    app: &A,
    router: &Router<A, N, S>,
    metrics: &'static Metrics<N>,
    options: &Options,
) -> Result<(), Failure>
where
    A: Sync,
    S: Source<A> + Sink<A> + From<Compressed<S>> + Send,
{
    let connections = descriptors::connections(options.max_connections, descriptors::kept(&options.files));
    if let Some(mistake) = options.load.mistake().or_else(|| options.listening.mistake().map(Into::into)) {
        return Err(Failure::usage(mistake));
    }
    let host = Host::of(options, connections)?;
    let log = log(options, metrics.log_dropped())?;
    let lists = Lists::of(options);
    let chain = Chain::new(options, &lists, &log)?;
    let links = chain.links(metrics);
    let service = Service::new(app, router)
        .with_limits(options.limits())
        .with_server(concat!("bantam/", env!("CARGO_PKG_VERSION")))
        .with_seed(seed())
        .with_underscored_fields(options.underscored_fields)
        .with_connections(metrics.connections())
        .with_middleware(&links);
    let networks = options.listening.networks();
    let proxies = options.listening.proxies(&networks);
    let service = match &proxies {
        Some(proxies) => service.with_gateways(proxies),
        None => service,
    };
    let trace = Trace::new(options.underscored_fields);
    let service = if options.trace { service.with_watch(&trace) } else { service };

    if connections < options.max_connections && options.tap.tap.is_none() {
        say(format_args!(
            "bantam: room for {connections} connections: raise the limit of open files for more\n"
        ));
    }
    say(format_args!("bantam {} {title}\n{}", env!("CARGO_PKG_VERSION"), banner::routes(service.routes())));
    let outcome = host.run(&service);
    log.finish();
    outcome
}

/// What the server runs on.
enum Host {
    Sockets(Box<Server>),
    #[cfg(target_os = "linux")]
    Tap(Box<Behind>),
}

impl Host {
    /// Takes hold of what is needed to listen, and of signals.
    fn of(options: &Options, connections: u32) -> Result<Self, Failure> {
        let TapOptions { tap, ip, gateway, dhcp } = &options.tap;
        let Some(name) = tap else {
            if !ip.is_empty() || !gateway.is_empty() || *dhcp {
                return Err(Failure::usage(
                    "--ip, --gateway and --dhcp are for a TAP device: name it with --tap".into(),
                ));
            }
            let server = bind(options, connections)?;
            server
                .shutdown()
                .on_signals_telling(|| manager::tell(manager::stopping))
                .map_err(|error| Failure::system(format!("cannot watch signals: {error}")))?;
            return Ok(Self::Sockets(Box::new(server)));
        };
        if let Some(flag) = options.listening.is_for_sockets().or_else(|| options.load.is_for_sockets()) {
            return Err(Failure::usage(format!("{flag} is for sockets, and counts for nothing with --tap")));
        }
        #[cfg(target_os = "linux")]
        return Behind::open(name, options).map(|behind| Self::Tap(Box::new(behind)));
        #[cfg(not(target_os = "linux"))]
        return Err(Failure::usage(format!(
            "--tap {name}: TAP devices are for Linux; --host serves over sockets"
        )));
    }

    /// Serves, and says where.
    fn run<A, S>(self, service: &Service<'_, A, S>) -> Result<(), Failure>
    where
        A: Sync,
        S: Source<A> + Sink<A> + Send,
    {
        match self {
            Self::Sockets(server) => {
                server
                    .endpoints()
                    .for_each(|endpoint| say(format_args!("{}\n", banner::listening(endpoint))));
                manager::watch(&server.shutdown());
                manager::tell(manager::ready);
                server.run(service).map_err(|error| Failure::system(format!("the server failed: {error}")))
            }
            #[cfg(target_os = "linux")]
            Self::Tap(server) => server.run(service),
        }
    }
}

/// Starts the log where it is to go. SIGHUP ends the process as ever unless there is a file to be opened anew.
fn log(options: &Options, dropped: &'static Counter) -> Result<Log, Failure> {
    let warn = |message: core::fmt::Arguments<'_>| say(format_args!("bantam: {message}\n"));
    let file = options.log_file.as_ref().filter(|_| options.log_format != LogFormat::Off);
    let Some(file) = file else {
        return Log::start(Target::StandardOutput, warn, Some(dropped))
            .map_err(|error| Failure::system(format!("cannot start the access log: {error}")));
    };
    let log = Log::start(Target::File(file.clone()), warn, Some(dropped)).map_err(|error| {
        Failure::usage(format!("cannot write the access log {}: {}", file.display(), plain(&error)))
    })?;
    #[cfg(unix)]
    log.reopen_on_hangup().map_err(|error| Failure::system(format!("cannot watch signals: {error}")))?;
    Ok(log)
}

fn bind(options: &Options, connections: u32) -> Result<Server, Failure> {
    let (drain, delay) = (options.drain_timeout, options.listening.shutdown_delay);
    let mut config = Config { connections, drain, delay, ..Config::default() };
    config.workers = options.workers.unwrap_or(config.workers);
    options.load.configure(&mut config);
    Server::listen(listen::listeners(options)?, config)
        .map_err(|error| Failure::usage(format!("cannot listen: {}", plain(&error))))
}

/// Differs each time the program starts, so that request ids do.
pub(crate) fn seed() -> u64 {
    use core::hash::{BuildHasher, Hasher};
    // The standard library takes its keys from the system's random numbers.
    std::hash::RandomState::new().build_hasher().finish()
}
