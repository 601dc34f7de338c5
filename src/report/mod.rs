//! Reports: the outcome of a run in the forms people and programs read.

mod concise;
mod coverage;
mod diff;
mod frame;
mod github;
mod history;
mod human;
mod inert;
mod json;
mod jsonl;
mod sarif;
mod trace;

pub use coverage::{coverage, plural};
pub use diff::write_diff;
pub use trace::{TraceFormat, write_trace};

use crate::rules::RuleSet;
use crate::run::Outcome;
use std::io::{self, Write};

/// The forms a report can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// A frame for each finding, with its reason and remedy.
    Human,
    /// A line for each finding.
    Concise,
    /// One JSON document.
    Json,
    /// A JSON object a line: the findings, then a summary.
    Jsonl,
    /// SARIF 2.1.0, as code scanning services take it.
    Sarif,
    /// GitHub workflow commands: annotations in a pull request.
    Github,
}

/// What a reporter may use besides the outcome.
#[derive(Clone, Copy, Debug)]
pub struct ReportContext<'a> {
    /// All rules of the run.
    pub rules: &'a RuleSet,
    /// Whether to use colours.
    pub color: bool,
    /// Whether the reader's terminal shows more than ASCII.
    pub unicode: bool,
    /// Width of the terminal in columns.
    pub width: usize,
}

/// Writes `outcome` to `out` in one form.
///
/// # Errors
/// `out` cannot be written to. A closed pipe is no error: the reader has seen enough.
pub fn write(
    format: ReportFormat,
    outcome: &Outcome,
    context: ReportContext<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let result = match format {
        ReportFormat::Human => human::write(outcome, context, out),
        ReportFormat::Concise => concise::write(outcome, out),
        ReportFormat::Json => json::write(outcome, out),
        ReportFormat::Jsonl => jsonl::write(outcome, out),
        ReportFormat::Sarif => sarif::write(outcome, out),
        ReportFormat::Github => github::write(outcome, out),
    };
    match result.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
