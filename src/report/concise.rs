//! `--format concise`: a line for each finding, as compilers print them.

use super::{coverage, history, inert};
use crate::run::Outcome;
use std::io::{self, Write};

pub(super) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    for finding in &outcome.findings {
        let at = finding.location.start;
        write!(
            out,
            "{}:{}:{}: {} [{}] {}",
            history::path(finding),
            at.line,
            at.column,
            finding.severity,
            inert::line(&finding.rule.id),
            inert::prose(&finding.message)
        )?;
        if let Some(secret) = &finding.secret {
            write!(out, ": {}", inert::line(&secret.to_string()))?;
        }
        if let Some(from) = &finding.provenance {
            write!(out, ", {}", history::origin(from))?;
        }
        writeln!(out)?;
    }
    for (path, reason) in &outcome.errors {
        writeln!(out, "{}: not scanned: {}", inert::path(path), inert::line(reason))?;
    }
    for (path, reason) in &outcome.unfixed {
        writeln!(out, "{}: not fixed: {}", inert::path(path), inert::line(reason))?;
    }
    writeln!(out, "{}", coverage(outcome))
}
