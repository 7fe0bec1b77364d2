//! What stands around every answer.

use core::num::NonZeroU32;
use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::values::{absolute_path, origin};

/// The middleware that a user can ask for.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Around every answer")]
pub(crate) struct WrapOptions {
    /// Let pages of these origins read answers, such as `https://example.com`; separated by commas, or * for all
    #[arg(long, global = true, value_name = "ORIGINS", env = "BANTAM_CORS", value_delimiter = ',',
          value_parser = origin)]
    pub(crate) cors: Vec<String>,

    /// Compress answers for who accepts that
    #[arg(long, global = true, value_name = "true|false", env = "BANTAM_COMPRESS", num_args = 0..=1,
          require_equals = true, default_value = "false", default_missing_value = "true",
          hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub(crate) compress: bool,

    /// Most requests a second of one client, on average; more are answered 429 [default: no bound]
    #[arg(long, global = true, value_name = "N", env = "BANTAM_RATE_LIMIT")]
    pub(crate) rate_limit: Option<NonZeroU32>,

    /// Most requests of one client at once [default: ten times the rate]
    #[arg(long, global = true, value_name = "N", env = "BANTAM_RATE_BURST", requires = "rate_limit")]
    pub(crate) rate_burst: Option<NonZeroU32>,

    /// Ask for a name and a password of this file, as htpasswd -B writes it
    #[arg(long, global = true, value_name = "FILE", env = "BANTAM_AUTH_FILE")]
    pub(crate) auth_file: Option<PathBuf>,

    /// Send fields that keep browsers from guessing types, framing pages and telling addresses
    #[arg(long, global = true, value_name = "true|false", env = "BANTAM_SECURITY_HEADERS", num_args = 0..=1,
          require_equals = true, default_value = "true", default_missing_value = "true",
          hide_possible_values = true, action = ArgAction::Set)]
    pub(crate) security_headers: bool,

    /// Answer this path with metrics in Prometheus' text format, such as /metrics [default: none; the demo has /metrics]
    #[arg(long, global = true, value_name = "PATH", env = "BANTAM_METRICS", value_parser = absolute_path)]
    pub(crate) metrics: Option<String>,

    /// Answer this path, and /live and /ready below it, with the state of the server [default: none; the demo has
    /// /health]
    #[arg(long, global = true, value_name = "PATH", env = "BANTAM_HEALTH", value_parser = absolute_path)]
    pub(crate) health: Option<String>,

    /// Leave requests of these paths out of the access log; separated by commas
    #[arg(long, global = true, value_name = "PATHS", env = "BANTAM_LOG_SKIP", value_delimiter = ',',
          value_parser = absolute_path)]
    pub(crate) log_skip: Vec<String>,
}
