//! `--format github`: workflow commands, which GitHub shows as annotations on the lines of a pull request.
//! Source of the form and its escapes: actions/toolkit, `core/command.ts`.

use super::{coverage, history, inert};
use crate::finding::{Finding, Severity};
use crate::run::Outcome;
use crate::source::RelPath;
use crate::text::sanitize;
use std::io::{self, Write};

pub(super) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    for finding in &outcome.findings {
        writeln!(out, "{}", annotation(finding))?;
    }
    for (path, reason) in &outcome.errors {
        writeln!(out, "::error file={},title=not scanned::{}", file(path), data(&inert::line(reason)))?;
    }
    for (path, reason) in &outcome.unfixed {
        writeln!(out, "::error file={},title=not fixed::{}", file(path), data(&inert::line(reason)))?;
    }
    writeln!(out, "{}", coverage(outcome))
}

fn annotation(finding: &Finding) -> String {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let (start, end) = (finding.location.start, finding.location.end);
    // The runner drops columns, with a complaint, where the lines differ.
    let columns =
        if start.line == end.line { format!("col={},endColumn={},", start.column, end.column) } else { String::new() };
    let secret = finding.secret.as_ref().map(|secret| format!(": {secret}")).unwrap_or_default();
    let mut text = inert::prose(&format!("{}{secret}", finding.message));
    if let Some(from) = &finding.provenance {
        text = format!("{text}, {}", history::origin(from));
    }
    let help = inert::prose(&finding.help);
    if !help.is_empty() {
        text.push_str("\nhelp: ");
        text.push_str(&help);
    }
    format!(
        "::{command} file={},line={},endLine={},{columns}title={}::{}",
        file(&finding.path),
        start.line,
        end.line,
        property(&inert::line(&format!("keylint {}", finding.rule.id))),
        data(&text)
    )
}

/// The value of a command. GitHub reads back what went in.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which a comma or a colon would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A path as a property. Line ends have escapes of their own here; other hidden characters are made visible.
fn file(path: &RelPath) -> String {
    let mut text = String::new();
    for chunk in path.as_bytes().utf8_chunks() {
        for (at, ch) in chunk.valid().char_indices() {
            match ch {
                '\r' | '\n' => text.push(ch),
                '#' if inert::is_order(&chunk.valid()[at..]) => text.push_str(inert::HASH),
                ch => sanitize::push(&mut text, ch),
            }
        }
        text.push_str(&sanitize::printable(chunk.invalid()));
    }
    property(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_back() {
        let encoded = file(&RelPath::from("a,b:c%0A\r\n.py"));
        assert_eq!(encoded, "a%2Cb%3Ac%250A%0D%0A.py");
        let decoded = encoded.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
        assert_eq!(decoded.replace("%25", "%"), "a,b:c%0A\r\n.py");
    }
}
