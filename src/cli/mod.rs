//! The command line: from arguments to settings, from an outcome to an exit code.

mod args;
mod baseline;
mod check;
mod completions;
mod docs;
mod explain;
mod explain_line;
mod history;
mod init;
mod page;
mod rules;
mod scan;
mod terminal;
mod trace;

use clap::Parser as _;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// The exit code for what a command found wrong.
const FOUND: u8 = 1;

/// The exit code for a run that could not start: usage, configuration, a rule file, a missing path.
const CANNOT_START: u8 = 2;

/// The exit code for a run that did not get to its end.
const INCOMPLETE: u8 = 3;

/// Runs the program on the process's own arguments.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        // The panic's own message may quote the text that was scanned.
        let place = panic.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        tell(&format!("internal error{place}; please report it"));
    }));
    let args = args::Args::parse_from(args::with_default_command(std::env::args_os()));
    let result = catch_unwind(AssertUnwindSafe(|| match args.command {
        args::Command::Check(args) => check::run(&args),
        args::Command::History(args) => history::run(&args),
        args::Command::Baseline(args) => baseline::run(&args),
        args::Command::Explain(args) => explain::run(&args),
        args::Command::Rules(args) => rules::run(args),
        args::Command::Trace(args) => trace::run(&args),
        args::Command::Init(args) => init::run(&args),
        args::Command::Completions(args) => completions::run(&args),
    }));
    match result {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(report)) => {
            // Nothing is left to do if standard error is closed.
            let _ = writeln!(anstream::stderr(), "{report:?}");
            ExitCode::from(CANNOT_START)
        }
        Err(_) => ExitCode::from(INCOMPLETE),
    }
}

/// One line for the person at the terminal; `text` is inert already.
fn tell(text: &str) {
    // Nothing is left to do if standard error is closed.
    let _ = writeln!(io::stderr(), "keylint: {text}");
}

/// Writes `text` to standard output. A closed pipe is no error: the reader has seen enough.
fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
