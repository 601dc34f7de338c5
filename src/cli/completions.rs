//! `keylint completions`.

use super::args::{Args, CompletionsArgs};
use clap::CommandFactory as _;
use miette::{IntoDiagnostic as _, Result};

pub(super) fn run(args: &CompletionsArgs) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "keylint", &mut script);
    super::print(&String::from_utf8_lossy(&script)).into_diagnostic()?;
    Ok(0)
}
