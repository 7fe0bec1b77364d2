//! Flags and their environment variables. A flag wins over its variable, a variable over the configuration file, the
//! file over the default.

use core::num::NonZeroUsize;
use core::time::Duration;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bantam_core::limits::Limits;
use clap::error::ErrorKind;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::config;
use crate::explain::{KEYS, Split};
use crate::say::{first_paragraph, say};

/// A small, strict HTTP/1.1 server.
#[derive(Debug, Parser)]
#[command(name = "bantam", version, about, max_term_width = 100, disable_help_subcommand = true)]
#[command(subcommand_required = false, arg_required_else_help = false)]
#[command(after_help = "Without a command, bantam serves the current folder.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: Options,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the files of a folder
    Serve {
        /// The folder
        #[arg(default_value = ".", env = "BANTAM_ROOT")]
        root: PathBuf,
    },
    /// Serve the demo application
    Demo {
        /// Serve the files of this folder under /static
        #[arg(long, value_name = "DIR", env = "BANTAM_ROOT")]
        root: Option<PathBuf>,
    },
    /// Explain raw requests: how they are framed, and which rule refuses them
    #[command(after_help = EXPLAIN_HELP, after_long_help = format!("{EXPLAIN_HELP}\n\n{KEYS}"))]
    Explain {
        /// The file with the bytes of one or more requests; - for standard input
        #[arg(default_value = "-")]
        file: PathBuf,
        /// Print JSON, one object a line; --help lists the keys
        #[arg(long)]
        json: bool,
        /// Feed the bytes in pieces of N, or in pieces of 1 to 32 with random:SEED
        #[arg(long, value_name = "N|random:SEED")]
        split: Option<Split>,
    },
}

const EXPLAIN_HELP: &str = "\
The bytes go to the connection that serves, with an application behind it that reads all content and answers 204 to \
every method and path. Of the other options these count: --max-content, --max-requests, --underscored-fields.

The exit code is 0 when all was accepted; 1 when something was refused, the input ends inside a request, or bytes \
behind the last request of the connection were not interpreted; also when the output is closed before that is known. It \
is 2 when the input cannot be read or the explanation not be written.";

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

    /// Most connections at a time; more wait
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

/// The command line, complete.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) command: Command,
    pub(crate) options: Options,
}

/// Reads the command line. What is not to be served is answered here: help, version, and one line for a mistake.
pub(crate) fn parse() -> Result<Arguments, ExitCode> {
    let mut command = definition();
    if let Some(file) = config::named(definition()) {
        command = config::read(command, &file).map_err(|message| {
            say(format_args!("bantam: {message}\n"));
            ExitCode::from(2)
        })?;
    }
    match from(command, std::env::args_os().collect()) {
        Ok(arguments) => Ok(arguments),
        Err(error) => Err(match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                // Somebody who closes the pipe has read enough.
                let _ = error.print();
                ExitCode::SUCCESS
            }
            _ => {
                say(format_args!("bantam: {}\n", one_line(&error)));
                ExitCode::from(2)
            }
        }),
    }
}

/// The command line as it is defined above; the help of `explain` is spared what only servers need.
fn definition() -> clap::Command {
    const COUNT: [&str; 4] = ["max_requests", "max_content", "underscored_fields", "config"];
    let command = Cli::command();
    let of_servers = command
        .get_arguments()
        .filter(|argument| argument.is_global_set() && !COUNT.contains(&argument.get_id().as_str()));
    let of_servers: Vec<_> = of_servers.map(|argument| argument.clone().global(false).hide(true)).collect();
    command.mut_subcommand("explain", |explain| explain.args(of_servers))
}

/// Reads `line` by the definition `command`; without a command it is `serve`.
fn from(command: clap::Command, mut line: Vec<OsString>) -> Result<Arguments, clap::Error> {
    let mut matches = command.clone().try_get_matches_from(&line)?;
    if matches.subcommand().is_none() {
        line.push("serve".into());
        matches = command.try_get_matches_from(&line)?;
    }
    let cli = Cli::from_arg_matches(&matches)?;
    Ok(Arguments { command: cli.command, options: cli.options })
}

/// Clap's message as one line, and where to read on.
fn one_line(error: &clap::Error) -> String {
    // Who names a folder without a command wants it served.
    let hint = match error.kind() {
        ErrorKind::InvalidSubcommand => "; a folder is served by `bantam serve FOLDER`",
        _ => "",
    };
    format!("{}{hint} (see --help)", first_paragraph(&error.to_string()))
}

/// A name or an address.
fn host(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("a name or an address is wanted".to_owned()) } else { Ok(text.to_owned()) }
}

/// A port number.
fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a number from 0 to 65535 is wanted".to_owned())
}

/// A number of threads.
fn workers(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|number: &NonZeroUsize| number.get() <= 1_024);
    number.ok_or_else(|| "a number from 1 to 1024 is wanted".to_owned())
}

/// Seconds, with a fraction if need be.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is wanted".to_owned())?;
    if !(0.001..=86_400.0).contains(&seconds) {
        return Err("between 0.001 and 86400 seconds are wanted".to_owned());
    }
    Ok(Duration::from_secs_f64(seconds))
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
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        definition().debug_assert();
    }

    #[test]
    fn every_flag_has_its_variable() {
        let command = Cli::command();
        for argument in command
            .get_arguments()
            .filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"))
        {
            let flag = argument.get_long().unwrap_or_default();
            let variable = format!("BANTAM_{}", flag.to_uppercase().replace('-', "_"));
            assert_eq!(
                argument.get_env().and_then(|name| name.to_str()),
                Some(variable.as_str()),
                "--{flag}"
            );
        }
    }

    fn parsed(line: &[&str]) -> Result<Arguments, String> {
        from(definition(), line.iter().map(OsString::from).collect()).map_err(|error| one_line(&error))
    }

    #[test]
    fn flags_stand_before_or_behind_the_command() {
        for line in [&["bantam", "-p", "9", "demo"], &["bantam", "demo", "-p", "9"]] {
            assert_eq!(parsed(line).map(|arguments| arguments.options.port), Ok(9), "{line:?}");
        }
    }

    #[test]
    fn without_a_command_the_current_folder_is_served() {
        let arguments = parsed(&["bantam", "-p", "9"]).expect("a command line");
        assert!(matches!(arguments.command, Command::Serve { root } if root.as_os_str() == "."));
        assert_eq!(arguments.options.port, 9);
    }

    #[test]
    fn a_mistake_is_one_line() {
        for line in [&["bantam", "--port", "x"][..], &["bantam", "--nope"], &["bantam", "--workers", "0"]] {
            let text = parsed(line).expect_err("a mistake");
            assert!(!text.contains('\n') && text.ends_with("(see --help)") && text.len() > 20, "{text}");
        }
    }

    #[test]
    fn seconds_have_bounds() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1_500)));
        for text in ["0", "-1", "x", "", "1e9", "NaN", "inf"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
