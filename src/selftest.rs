//! Runs the examples inside rule files through the whole scanner: what `keylint rules test` and our own tests do.

use crate::config::Settings;
use crate::finding::Finding;
use crate::fix::{Change, Repair};
use crate::rules::example::{Example, Expanded};
use crate::rules::{Rule, RuleSet};
use crate::run::Session;
use crate::source::RelPath;
use crate::span::Span;

/// Runs one example of `rule` with all rules of `rules`.
///
/// # Errors
/// What differs from the example's promise: a marked span that was not found, a finding nobody marked, another rule
/// that is not listed in `also`, a fix with another result.
pub fn run_example(rules: &RuleSet, rule: &Rule, example: &Example) -> Result<(), String> {
    let files = example.expand(&rule.id).map_err(|error| error.to_string())?;
    let settings = Settings { threads: 1, ..Settings::default() };
    let session = Session::new(&settings, rules);
    let texts = |files: &[Expanded]| -> Vec<(RelPath, Vec<u8>)> {
        files.iter().map(|file| (RelPath::from(file.path.as_str()), example.encoding.encode(&file.text))).collect()
    };
    let scan = |files: &[Expanded]| {
        let mut scans = session.scan_texts(&texts(files));
        for (path, tracking) in &example.git {
            scans.track(RelPath::from(path.as_str()), *tracking);
        }
        scans
    };
    let outcome = session.settle(scan(&files));
    if let Some((path, reason)) = outcome.errors.first() {
        return Err(format!("{}: {reason}", path.printable()));
    }
    for file in &files {
        let own: Vec<&Finding> = outcome
            .findings
            .iter()
            .filter(|f| f.path.as_bytes() == file.path.as_bytes() && f.rule.id == rule.id)
            .collect();
        compare(file, &own)?;
        own.iter().try_for_each(|finding| check_word(example, finding))?;
    }
    for finding in &outcome.findings {
        if finding.rule.id != rule.id && !example.also.contains(&finding.rule.id) {
            return Err(format!(
                "{}:{}: `{}` fires too; list it in `also` if that is right",
                finding.path.printable(),
                finding.location.start.line,
                finding.rule.id
            ));
        }
    }
    let fixed = example.expand_fixed(&rule.id).map_err(|error| error.to_string())?;
    if fixed.is_empty() {
        return Ok(());
    }
    let texts = texts(&files);
    let repair = Repair::new(
        &session,
        scan(&files),
        |finding, _| finding.rule.id == rule.id,
        |path, _| texts.iter().find(|(own, _)| own == path).map(|(_, bytes)| bytes.clone()).ok_or_else(String::new),
    );
    if let Some((path, reason)) = repair.refused().next() {
        return Err(format!("{} cannot be fixed: it {reason}", path.printable()));
    }
    let changes: Vec<Change> = repair.changes().collect();
    for Expanded { path, text, .. } in fixed {
        let change = changes.iter().find(|change| change.path.as_bytes() == path.as_bytes());
        let result = change.map(|change| String::from_utf8_lossy(&change.after.text()).into_owned());
        if result.as_ref() != Some(&text) {
            return Err(format!("{path}: the fix gives {result:?} instead of {text:?}"));
        }
    }
    match repair.write(|_| Ok(())).findings.iter().find(|finding| finding.rule.id == rule.id) {
        Some(finding) => Err(format!("after the fix line {} is still reported", finding.location.start.line)),
        None => Ok(()),
    }
}

/// Whether `finding` is as bad, and says what, the example promises.
fn check_word(example: &Example, finding: &Finding) -> Result<(), String> {
    let place = || format!("{}:{}", finding.path.printable(), finding.location.start.line);
    if let Some(severity) = example.severity.filter(|severity| *severity != finding.severity) {
        return Err(format!("{}: it is of severity {}, not {severity}", place(), finding.severity));
    }
    match &example.says {
        Some(says) if !finding.message.contains(says) => Err(format!("{}: it says {:?}", place(), finding.message)),
        _ => Ok(()),
    }
}

fn compare(file: &Expanded, own: &[&Finding]) -> Result<(), String> {
    let mut found: Vec<Span> = own.iter().map(|finding| finding.location.span).collect();
    found.sort();
    found.dedup();
    let show =
        |span: &Span| format!("{}..{} {:?}", span.start, span.end, file.text.get(span.range()).unwrap_or_default());
    if let Some(missing) = file.marks.iter().find(|mark| !found.contains(mark)) {
        let instead: Vec<String> = found.iter().map(show).collect();
        return Err(format!("{}: not found: {}; found: {instead:?}", file.path, show(missing)));
    }
    match found.iter().find(|span| !file.marks.contains(span)) {
        Some(extra) => Err(format!("{}: found but not marked: {}", file.path, show(extra))),
        None => Ok(()),
    }
}
