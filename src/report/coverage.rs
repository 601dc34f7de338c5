//! What was covered: the last lines of every report for people. "No findings" means nothing without them.

use super::inert;
use crate::rules::Severity;
use crate::run::Outcome;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many unread files are named.
const NAMED: usize = 10;

/// One line on what was covered: findings, files, bytes, time, what was left out and why.
pub fn coverage(outcome: &Outcome) -> String {
    let mut line = format!(
        "{} in {} ({}) in {}",
        found(outcome),
        plural(outcome.files, "file"),
        size(outcome.bytes),
        time(outcome.elapsed)
    );
    let mut skipped: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, reason) in &outcome.skipped {
        *skipped.entry(reason.as_str()).or_default() += 1;
    }
    if !skipped.is_empty() {
        let list: Vec<String> = skipped.iter().map(|(reason, count)| format!("{} {reason}", number(*count))).collect();
        // Writing to a String cannot fail.
        let _ = write!(line, "; skipped {}", list.join(", "));
    }
    let allowed = [
        (outcome.suppressed.inline, "by comment"),
        (outcome.suppressed.config, "by config"),
        (outcome.suppressed.baseline, "by baseline"),
    ];
    let list: Vec<String> = allowed
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, how)| format!("{} {how}", number(*count)))
        .collect();
    if !list.is_empty() {
        let _ = write!(line, "; allowed {}", list.join(", "));
    }
    if !outcome.is_complete() {
        let _ = write!(line, "; INCOMPLETE: {} not read", plural(outcome.errors.len(), "file"));
    }
    line
}

/// The files that should have been read and were not, each with the reason, as lines of inert text.
pub(super) fn unread(outcome: &Outcome) -> Vec<String> {
    let mut lines: Vec<String> = outcome
        .errors
        .iter()
        .take(NAMED)
        .map(|(path, reason)| format!("{}: {}", inert::path(path), inert::line(reason)))
        .collect();
    if outcome.errors.len() > NAMED {
        lines.push(format!("and {} more", number(outcome.errors.len() - NAMED)));
    }
    lines
}

/// `5 findings (3 errors, 2 warnings)`; what was found where nothing was scanned is not "no findings".
fn found(outcome: &Outcome) -> String {
    if outcome.findings.is_empty() {
        let nothing = outcome.files == 0 && !outcome.may_be_empty;
        return if nothing { "Nothing was scanned: no findings" } else { "No findings" }.to_owned();
    }
    let kinds = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let list: Vec<String> = kinds
        .iter()
        .map(|(severity, noun)| (outcome.count(*severity), noun))
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| plural(count, noun))
        .collect();
    format!("{} ({})", plural(outcome.findings.len(), "finding"), list.join(", "))
}

/// `1 file`, `2 files`.
pub(super) fn plural(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", number(count), if count == 1 { "" } else { "s" })
}

/// A number as people read it: `12,345`.
pub(super) fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
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

/// `84 ms`, `3.2 s`.
fn time(elapsed: std::time::Duration) -> String {
    if elapsed.as_secs() < 10 {
        format!("{} ms", number(elapsed.as_millis() as usize))
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{RelPath, Skip};

    #[test]
    fn every_gap_is_said() {
        let mut outcome = Outcome { files: 1204, bytes: 38_100_000, ..Outcome::default() };
        assert_eq!(coverage(&outcome), "No findings in 1,204 files (38.1 MB) in 0 ms");
        outcome.skipped = vec![(RelPath::from("a"), Skip::Binary), (RelPath::from("b"), Skip::Binary)];
        outcome.suppressed.inline = 1;
        outcome.errors = (0..12).map(|i| (RelPath::from(format!("e{i}").as_str()), "gone".to_owned())).collect();
        assert!(
            coverage(&outcome).ends_with("; skipped 2 binary; allowed 1 by comment; INCOMPLETE: 12 files not read")
        );
        let unread = unread(&outcome);
        assert_eq!((unread.len(), unread[0].as_str(), unread[10].as_str()), (11, "e0: gone", "and 2 more"));
        assert!(coverage(&Outcome::default()).starts_with("Nothing was scanned"));
    }

    #[test]
    fn numbers() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }
}
