//! The command line: from arguments to settings, from an outcome to an exit code.

mod args;
mod check;
mod terminal;

use clap::Parser as _;
use std::io::Write as _;
use std::process::ExitCode;

/// The exit code for a run that could not start: usage, configuration, a rule file, a missing path.
const CANNOT_START: u8 = 2;

/// Runs the program on the process's own arguments.
pub fn main() -> ExitCode {
    let args = args::Args::parse_from(args::with_default_command(std::env::args_os()));
    let result = match args.command {
        args::Command::Check(check) => check::run(&check),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(report) => {
            // Nothing is left to do if standard error is closed.
            let _ = writeln!(anstream::stderr(), "{report:?}");
            ExitCode::from(CANNOT_START)
        }
    }
}
