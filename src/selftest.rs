//! Runs the examples inside rule files through the whole scanner: what `keylint rules test` and our own tests do.

use crate::config::Settings;
use crate::finding::{Edit, Finding};
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
    let scan = |files: &[Expanded]| {
        let texts: Vec<(RelPath, Vec<u8>)> =
            files.iter().map(|file| (RelPath::from(file.path.as_str()), file.text.clone().into_bytes())).collect();
        session.check_texts(&texts)
    };
    let outcome = scan(&files);
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
    let Some(fixed) = example.expand_fixed(&rule.id).map_err(|error| error.to_string())? else { return Ok(()) };
    let [file] = files.as_slice() else { return Err("`fixed` needs an example with one file".to_owned()) };
    let own = |findings: &[Finding]| -> Vec<Edit> {
        let fixes = findings.iter().filter(|finding| finding.rule.id == rule.id).filter_map(|f| f.fix.as_ref());
        fixes.flat_map(|fix| fix.edits.clone()).collect()
    };
    let result = apply(&file.text, &own(&outcome.findings));
    if result != fixed {
        return Err(format!("the fix gives {result:?} instead of {fixed:?}"));
    }
    let again = Expanded { path: file.path.clone(), text: result, marks: Vec::new() };
    match scan(&[again]).findings.iter().find(|finding| finding.rule.id == rule.id) {
        Some(finding) => Err(format!("after the fix line {} is still reported", finding.location.start.line)),
        None => Ok(()),
    }
}

fn compare(file: &Expanded, own: &[&Finding]) -> Result<(), String> {
    let mut found: Vec<Span> = own.iter().map(|finding| finding.location.span).collect();
    found.sort();
    found.dedup();
    let show = |span: &Span| format!("{}..{} {:?}", span.start, span.end, &file.text[span.range()]);
    if let Some(missing) = file.marks.iter().find(|mark| !found.contains(mark)) {
        let instead: Vec<String> = found.iter().map(show).collect();
        return Err(format!("{}: not found: {}; found: {instead:?}", file.path, show(missing)));
    }
    match found.iter().find(|span| !file.marks.contains(span)) {
        Some(extra) => Err(format!("{}: found but not marked: {}", file.path, show(extra))),
        None => Ok(()),
    }
}

/// `text` with `edits` applied; of two that overlap the first counts.
fn apply(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let (mut out, mut at) = (String::new(), 0);
    for edit in edits {
        if edit.span.start < at {
            continue;
        }
        out.push_str(&text[at..edit.span.start]);
        out.push_str(&edit.insert);
        at = edit.span.end;
    }
    out.push_str(&text[at..]);
    out
}
