//! `--format sarif`: SARIF 2.1.0, with what GitHub code scanning requires and shows.

use super::{history, inert, json};
use crate::finding::{Confidence, Family, Finding, Related, Severity};
use crate::rules::Rule;
use crate::run::Outcome;
use crate::source::RelPath;
use crate::span::Position;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;

/// Where the schema of the format stands.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The longest text GitHub takes for a rule's descriptions, in characters.
const LONGEST: usize = 1024;

pub(super) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    inert::write_json(&document(outcome), out)
}

fn document(outcome: &Outcome) -> Value {
    let mut rules: Vec<&Arc<Rule>> = outcome.findings.iter().map(|finding| &finding.rule).collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules.dedup_by(|a, b| a.id == b.id);
    let index: FxHashMap<&str, usize> = rules.iter().enumerate().map(|(i, rule)| (rule.id.as_str(), i)).collect();
    let results: Vec<Value> = outcome.findings.iter().map(|finding| result(finding, &index)).collect();
    let unread = outcome.errors.iter().map(|(path, reason)| notification(path, "not scanned", reason));
    let unfixed = outcome.unfixed.iter().map(|(path, reason)| notification(path, "not fixed", reason));
    let unread: Vec<Value> = unread.chain(unfixed).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "keylint",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            // Two uploads of one category replace each other: the category names the kind of scan.
            "automationDetails": {"id": if outcome.commits.is_some() { "keylint/history" } else { "keylint/check" }},
            "columnKind": "utf16CodeUnits",
            "invocations": [{
                "executionSuccessful": outcome.is_complete(),
                "toolExecutionNotifications": unread,
                "properties": {"suppressed": json::suppressed(outcome)},
            }],
            "results": results,
        }],
    })
}

fn descriptor(rule: &Rule) -> Value {
    let docs = rule.docs();
    let title = inert::prose(&rule.title);
    // Both texts must not be empty; a user's rule may lack either.
    let or_title = |text: &str| if text.trim().is_empty() { title.clone() } else { shortened(&inert::prose(text)) };
    let (why, remedy) = (or_title(&docs.why), or_title(&docs.remedy));
    let mut markdown = format!("{}\n\n**Remedy:** {}", escaped(&why), escaped(&remedy));
    let links: Vec<String> = docs.references.iter().filter_map(|url| web_address(url)).collect();
    for url in &links {
        // Writing to a String cannot fail.
        let _ = write!(markdown, "\n\n<{url}>");
    }
    let mut tags = vec![rule.family.as_str(), rule.cause.as_str()];
    if matches!(rule.family, Family::Secret | Family::Deploy) {
        tags.insert(0, "security");
    }
    let mut object = json!({
        "id": rule.id,
        "shortDescription": {"text": shortened(&title)},
        "fullDescription": {"text": why},
        "help": {"text": remedy, "markdown": markdown},
        "defaultConfiguration": {"level": rule.severity.as_str()},
        "properties": {
            "tags": tags,
            "precision": match rule.confidence {
                Confidence::High => "high",
                Confidence::Medium => "medium",
                Confidence::Low => "low",
            },
            "problem.severity": match rule.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "recommendation",
            },
            "security-severity": match rule.severity {
                Severity::Error => "8.5",
                Severity::Warning => "5.5",
                Severity::Note => "2.5",
            },
        },
    });
    if let Some(url) = links.first() {
        object["helpUri"] = Value::from(url.as_str());
    }
    object
}

fn result(finding: &Finding, index: &FxHashMap<&str, usize>) -> Value {
    let secret = finding.secret.as_ref().map(|secret| format!(": {secret}")).unwrap_or_default();
    let from = finding.provenance.as_deref();
    let origin = from.map(|from| format!(", {}", history::origin(from))).unwrap_or_default();
    let mut object = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": index.get(finding.rule.id.as_str()),
        "level": finding.severity.as_str(),
        "message": {"text": plain(&inert::prose(&format!("{}{secret}{origin}", finding.message)))},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&finding.path)},
            "region": region(finding.location.start, finding.location.end),
        }}],
        "partialFingerprints": {"keylint/v1": finding.fingerprint},
    });
    if let Some(from) = from {
        object["properties"] = json!({"commit": json::provenance(from)});
    }
    if !finding.related.is_empty() {
        object["relatedLocations"] = finding.related.iter().enumerate().map(|(i, place)| related(i, place)).collect();
    }
    object
}

fn related(i: usize, place: &Related) -> Value {
    json!({
        "id": i + 1,
        "message": {"text": plain(&inert::prose(&place.message))},
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&place.path)},
            "region": {"startLine": place.position.line, "startColumn": place.position.column_utf16},
        },
    })
}

/// Lines and UTF-16 columns from 1; the end column is one past the last character.
fn region(start: Position, end: Position) -> Value {
    json!({
        "startLine": start.line,
        "startColumn": start.column_utf16,
        "endLine": end.line,
        "endColumn": end.column_utf16,
    })
}

fn notification(path: &RelPath, what: &str, reason: &str) -> Value {
    json!({
        "level": "error",
        "message": {"text": plain(&inert::line(&format!("{what}: {reason}")))},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(path)}}}],
    })
}

/// The path as a relative reference. Every byte but the unreserved ones of RFC 3986 and `/` is escaped, so that no
/// viewer takes a `:` for the end of a scheme or a `#` for a fragment. A path given as an absolute one stays so.
fn uri(path: &RelPath) -> String {
    let bytes = path.as_bytes();
    let absolute = bytes.starts_with(b"/");
    let drive = matches!(bytes, [letter, b':', b'/', ..] if cfg!(windows) && letter.is_ascii_alphabetic());
    let mut out = match (absolute, drive) {
        (true, _) => "file://".to_owned(),
        (_, true) => "file:///".to_owned(),
        _ => String::new(),
    };
    for (at, byte) in bytes.iter().enumerate() {
        let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/');
        if is_plain || (drive && at == 1) {
            out.push(char::from(*byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A message without links (`[text](1)`) and placeholders (`{0}`) of SARIF's own.
fn plain(text: &str) -> String {
    let linked = text.contains("](");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(ch) = rest.next() {
        match ch {
            '[' | ']' if linked => out.extend(['\\', ch]),
            '{' if rest.peek().is_some_and(char::is_ascii_digit) => out.push_str("{{"),
            ch => out.push(ch),
        }
    }
    out
}

/// Prose as Markdown: code between backquotes stays code, and nothing else in it is taken for Markdown or HTML.
fn escaped(text: &str) -> String {
    let paired = text.matches('`').count().is_multiple_of(2);
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for ch in text.chars() {
        if ch == '`' && paired {
            in_code = !in_code;
        } else if !in_code && matches!(ch, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~') {
            out.push('\\');
        }
        out.push(ch);
        if ch == '@' && !in_code {
            // Keeps GitHub from notifying whoever has the name that follows.
            out.push_str("&#8288;");
        }
    }
    out
}

/// `text` cut to what GitHub takes.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST - 1) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// `url` if it is an address of the web and nothing else.
fn web_address(url: &str) -> Option<String> {
    let fits = url.starts_with("https://") && url.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"`\\^{}|".contains(&b));
    fits.then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_relative_reference() {
        assert_eq!(uri(&RelPath::from("a b/é%#?:.py")), "a%20b/%C3%A9%25%23%3F%3A.py");
        assert_eq!(uri(&RelPath::from("../x")), "../x");
        assert_eq!(uri(&RelPath::from("/tmp/x y")), "file:///tmp/x%20y");
    }

    #[test]
    fn messages_are_plain() {
        assert_eq!(plain("a [b](1) {0} ${X}"), "a \\[b\\](1) {{0} ${X}");
        assert_eq!(plain("name[0]"), "name[0]");
        assert_eq!(escaped("a_b `c_d` @e"), "a\\_b `c_d` @&#8288;e");
        assert_eq!(escaped("`<b>"), "\\`\\<b\\>");
        assert_eq!(shortened(&"x".repeat(2000)).chars().count(), LONGEST);
    }
}
