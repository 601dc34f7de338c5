//! `--format concise`: a line for each finding, as compilers print them.

use super::{coverage, inert};
use crate::run::Outcome;
use std::io::{self, Write};

pub(super) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    for finding in &outcome.findings {
        let at = finding.location.start;
        write!(
            out,
            "{}:{}:{}: {} [{}] {}",
            inert::path(&finding.path),
            at.line,
            at.column,
            finding.severity,
            inert::line(&finding.rule.id),
            inert::prose(&finding.message)
        )?;
        match &finding.secret {
            Some(secret) => writeln!(out, ": {}", inert::line(&secret.to_string()))?,
            None => writeln!(out)?,
        }
    }
    for (path, reason) in &outcome.errors {
        writeln!(out, "{}: not scanned: {}", inert::path(path), inert::line(reason))?;
    }
    for (path, reason) in &outcome.unfixed {
        writeln!(out, "{}: not fixed: {}", inert::path(path), inert::line(reason))?;
    }
    writeln!(out, "{}", coverage(outcome))
}
