//! `--format concise`: a line for each finding, as compilers print them.

use super::{ReportContext, coverage};
use crate::run::Outcome;
use std::io::{self, Write};

pub(super) fn write(outcome: &Outcome, _context: ReportContext<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in &outcome.findings {
        let at = finding.location.start;
        write!(
            out,
            "{}:{}:{}: {} [{}] {}",
            finding.path.printable(),
            at.line,
            at.column,
            finding.severity,
            finding.rule.id,
            finding.message
        )?;
        match &finding.secret {
            Some(secret) => writeln!(out, ": {secret}")?,
            None => writeln!(out)?,
        }
    }
    for (path, reason) in &outcome.errors {
        writeln!(out, "{}: not scanned: {reason}", path.printable())?;
    }
    writeln!(out, "{}", coverage(outcome))
}
