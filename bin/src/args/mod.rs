//! Flags and their environment variables. A flag wins over its variable, a variable over the configuration file, the
//! file over the default.

mod files;
mod listen;
mod load;
mod options;
mod tap;
mod values;
mod wraps;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use self::files::FileOptions;
pub(crate) use self::listen::Place;
pub(crate) use self::options::{LogFormat, Options};
pub(crate) use self::tap::{Network, TapOptions};
pub(crate) use self::values::{Named, Page};
pub(crate) use self::wraps::WrapOptions;

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

#[cfg(test)]
mod tests;
