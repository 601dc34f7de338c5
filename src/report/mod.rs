//! Reports: the outcome of a run in the forms people and programs read.

mod concise;
mod json;

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
}

/// What a reporter may use besides the outcome.
#[derive(Clone, Copy, Debug)]
pub struct ReportContext<'a> {
    /// All rules of the run.
    pub rules: &'a RuleSet,
    /// Whether to use colours.
    pub color: bool,
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
        ReportFormat::Human | ReportFormat::Concise => concise::write(outcome, context, out),
        ReportFormat::Json => json::write(outcome, out),
    };
    match result.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// One line on what was covered: files, bytes, time, what was left out and why.
pub fn coverage(outcome: &Outcome) -> String {
    use std::collections::BTreeMap;
    let mut skipped: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, reason) in &outcome.skipped {
        *skipped.entry(reason.as_str()).or_default() += 1;
    }
    let mut line = format!(
        "{} in {} ({}) in {} ms",
        plural(outcome.findings.len(), "finding"),
        plural(outcome.files, "file"),
        size(outcome.bytes),
        outcome.elapsed.as_millis()
    );
    if !skipped.is_empty() {
        let list: Vec<String> = skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        line.push_str(&format!("; skipped {}", list.join(", ")));
    }
    let allowed = [
        (outcome.suppressed.inline, "by comment"),
        (outcome.suppressed.config, "by config"),
        (outcome.suppressed.baseline, "by baseline"),
    ];
    let list: Vec<String> =
        allowed.iter().filter(|(count, _)| *count > 0).map(|(count, how)| format!("{count} {how}")).collect();
    if !list.is_empty() {
        line.push_str(&format!("; allowed {}", list.join(", ")));
    }
    if !outcome.is_complete() {
        line.push_str(&format!("; INCOMPLETE: {} not read", plural(outcome.errors.len(), "file")));
    }
    line
}

/// `1 file`, `2 files`.
fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A number of bytes in the unit people read: `12 B`, `3.4 kB`, `5.6 MB`.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}
