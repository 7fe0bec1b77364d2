//! What serving takes, whatever is served.

use core::num::NonZeroUsize;
use core::time::Duration;
use std::path::PathBuf;

use bantam_core::limits::Limits;
use clap::{ArgAction, Args, ValueEnum};

use super::files::FileOptions;
use super::listen::ListenOptions;
use super::load::LoadOptions;
use super::tap::TapOptions;
use super::values::{host, port, seconds, workers};
use super::wraps::WrapOptions;

/// What both commands take.
#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// Name or address to listen on
    #[arg(long, global = true, default_value = "127.0.0.1", env = "BANTAM_HOST", value_parser = host)]
    pub(crate) host: String,

    /// Port to listen on; 0 picks a free one
    #[arg(short, long, global = true, default_value = "8080", env = "BANTAM_PORT", value_parser = port)]
    pub(crate) port: u16,

    /// Threads that serve connections [default: one for each processor]
    #[arg(short, long, global = true, value_name = "N", env = "BANTAM_WORKERS", value_parser = workers)]
    pub(crate) workers: Option<NonZeroUsize>,

    /// Form of the access log
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Common, env = "BANTAM_LOG_FORMAT")]
    pub(crate) log_format: LogFormat,

    /// Write the access log to the end of this file, which is opened anew on SIGHUP [default: standard output]
    #[arg(long, global = true, value_name = "FILE", env = "BANTAM_LOG_FILE")]
    pub(crate) log_file: Option<PathBuf>,

    /// Most connections at a time; --over-cap says what becomes of more
    #[arg(long, global = true, value_name = "N", default_value_t = 16_384, env = "BANTAM_MAX_CONNECTIONS",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_connections: u32,

    /// Most requests on one connection; 0 for no bound
    #[arg(long, global = true, value_name = "N", default_value_t = 0, env = "BANTAM_MAX_REQUESTS")]
    pub(crate) max_requests: u32,

    /// Most bytes of content in one request [default: no bound]
    #[arg(long, global = true, value_name = "BYTES", env = "BANTAM_MAX_CONTENT")]
    pub(crate) max_content: Option<u64>,

    /// Longest time for a request's head to arrive, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value = "10", env = "BANTAM_HEAD_TIMEOUT",
          value_parser = seconds)]
    pub(crate) head_timeout: Duration,

    /// Longest silence between requests, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value = "15", env = "BANTAM_IDLE_TIMEOUT",
          value_parser = seconds)]
    pub(crate) idle_timeout: Duration,

    /// Slowest transfer of content, either way, in bytes per second after the first ten seconds; with 0 only pauses of
    /// more than ten seconds end a transfer
    #[arg(long, global = true, value_name = "BYTES", default_value_t = 1_024, env = "BANTAM_MIN_RATE")]
    pub(crate) min_rate: u32,

    /// Longest time for connections to end after SIGTERM or SIGINT, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value = "20", env = "BANTAM_DRAIN_TIMEOUT",
          value_parser = seconds)]
    pub(crate) drain_timeout: Duration,

    /// Hand fields with an underscore in their name to the application; gateways confuse them with hyphens, so they are
    /// hidden otherwise
    #[arg(long, global = true, value_name = "true|false", env = "BANTAM_UNDERSCORED_FIELDS", num_args = 0..=1,
          require_equals = true, default_value = "false", default_missing_value = "true",
          hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub(crate) underscored_fields: bool,

    /// Print on standard error what each connection makes of the bytes it receives, as `explain` does, with the
    /// connection's number before each line; slow, and shows what users send
    #[arg(long, global = true, value_name = "true|false", env = "BANTAM_TRACE", num_args = 0..=1,
          require_equals = true, default_value = "false", default_missing_value = "true",
          hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub(crate) trace: bool,

    /// Read options from this TOML file, whose keys are the names of flags
    #[arg(long, global = true, value_name = "FILE", env = "BANTAM_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) listening: ListenOptions,

    #[command(flatten)]
    pub(crate) load: LoadOptions,

    #[command(flatten)]
    pub(crate) tap: TapOptions,

    #[command(flatten)]
    pub(crate) files: FileOptions,

    #[command(flatten)]
    pub(crate) wraps: WrapOptions,
}

/// Form of the access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Common Log Format
    Common,
    /// The same with Referer and User-Agent
    Combined,
    /// One JSON object a line
    Json,
    /// None
    Off,
}

impl Options {
    /// The limits of connections.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::DEFAULT;
        limits.requests = self.max_requests;
        limits.content = self.max_content.unwrap_or(limits.content);
        limits.head = self.head_timeout;
        limits.idle = self.idle_timeout;
        limits.content_rate.bytes_per_second = self.min_rate;
        limits.transmit_rate.bytes_per_second = self.min_rate;
        self.load.limit(&mut limits);
        limits
    }
}
