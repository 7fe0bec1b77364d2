//! The command line of bantam.

mod args;
mod banner;
mod config;
mod demo;
mod descriptors;
mod log;
mod run;
mod say;
mod serve;

use std::process::ExitCode;

use self::args::Command;

fn main() -> ExitCode {
    let arguments = match args::parse() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let outcome = match &arguments.command {
        Command::Serve { root } => serve::serve(root, &arguments.options),
        Command::Demo { root } => demo::demo(root.as_deref(), &arguments.options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
