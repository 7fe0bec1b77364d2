//! The command line of bantam.

mod args;
mod banner;
mod chain;
mod config;
mod demo;
mod descriptors;
mod explain;
mod listen;
mod manager;
mod run;
mod say;
mod serve;
#[cfg(target_os = "linux")]
mod tap;
mod trace;

use std::process::ExitCode;

use self::args::Command;

fn main() -> ExitCode {
    let arguments = match args::parse() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let outcome = match &arguments.command {
        Command::Serve { root } => serve::serve(root, &arguments.options).map(|()| ExitCode::SUCCESS),
        Command::Demo { root } => demo::demo(root.as_deref(), &arguments.options).map(|()| ExitCode::SUCCESS),
        Command::Explain { file, json, split } => explain::explain(file, *json, *split, &arguments.options),
    };
    outcome.unwrap_or_else(|failure| failure.report())
}
