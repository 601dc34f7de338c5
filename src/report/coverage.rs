//! What was covered: the last lines of every report for people. "No findings" means nothing without them.

use super::inert;
use crate::rules::Severity;
use crate::run::Outcome;
use crate::source::RelPath;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many files or fixes are named.
const NAMED: usize = 10;

/// One line on what was covered: findings, files, bytes, time, what was left out and why.
pub fn coverage(outcome: &Outcome) -> String {
    let (files, bytes) = (outcome.files, size(outcome.bytes));
    let seen = match outcome.commits {
        Some(commits) => format!("{} ({bytes}) of {}", plural(files, "blob"), plural(commits, "commit")),
        None => format!("{} ({bytes})", plural(files, "file")),
    };
    let mut line = format!("{} in {seen} in {}", found(outcome), time(outcome.elapsed));
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
    if outcome.suppressed.unchanged > 0 {
        let count = plural(outcome.suppressed.unchanged, "finding");
        let _ = write!(line, "; {count} on lines that did not change");
    }
    if !outcome.unused_entries.is_empty() {
        let count = number(outcome.unused_entries.len());
        let _ = write!(line, "; {count} in the baseline without a finding (`keylint baseline prune` removes them)");
    }
    if !outcome.fixed.is_empty() {
        let _ = write!(line, "; fixed {}", number(outcome.fixed.len()));
    }
    let gaps: Vec<String> = [(&outcome.errors, "not read"), (&outcome.unfixed, "not fixed")]
        .iter()
        .filter(|(files, _)| !files.is_empty())
        .map(|(files, what)| {
            format!("{} {what}", plural(files.len(), if outcome.commits.is_some() { "part" } else { "file" }))
        })
        .collect();
    if !gaps.is_empty() {
        let _ = write!(line, "; INCOMPLETE: {}", gaps.join(", "));
    }
    line
}

/// `files` with the reason of each, as lines of inert text; only the first of many.
pub(super) fn reasons(files: &[(RelPath, String)]) -> Vec<String> {
    let lines = files.iter().map(|(path, reason)| format!("{}: {}", inert::path(path), inert::line(reason)));
    first(lines, files.len())
}

/// What was mended, as lines of inert text; only the first of many.
pub(super) fn mended(outcome: &Outcome) -> Vec<String> {
    let lines = outcome.fixed.iter().map(|fixed| {
        let (path, title) = (inert::path(&fixed.path), inert::prose(&fixed.title));
        format!("{path}:{}: {title} [{}]", fixed.position.line, inert::line(&fixed.rule.id))
    });
    first(lines, outcome.fixed.len())
}

fn first(lines: impl Iterator<Item = String>, count: usize) -> Vec<String> {
    let mut lines: Vec<String> = lines.take(NAMED).collect();
    if count > NAMED {
        lines.push(format!("and {} more", number(count - NAMED)));
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
pub fn plural(count: usize, noun: &str) -> String {
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
    use crate::source::Skip;

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
        let unread = reasons(&outcome.errors);
        assert_eq!((unread.len(), unread[0].as_str(), unread[10].as_str()), (11, "e0: gone", "and 2 more"));
        assert!(coverage(&Outcome::default()).starts_with("Nothing was scanned"));
    }

    #[test]
    fn numbers() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }
}
