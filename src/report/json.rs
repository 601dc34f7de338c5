//! `--format json`: one document, the contract for programs.

use super::inert;
use crate::finding::{Also, Commit, Edit, Finding, Fix, Fixed, Origin, Provenance, Related};
use crate::policy::Suppressed;
use crate::rules::Severity;
use crate::run::Outcome;
use crate::source::RelPath;
use base64::Engine as _;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// The version of the document's form.
const VERSION: u32 = 1;

pub(super) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let mut document = frame(outcome);
    document["findings"] = outcome.findings.iter().map(finding).collect();
    inert::write_json(&document, out)
}

/// Everything but the findings.
pub(super) fn frame(outcome: &Outcome) -> Value {
    let skipped: Vec<Value> =
        outcome.skipped.iter().map(|(path, reason)| with_path(path, json!({"reason": reason.as_str()}))).collect();
    let unfixed = outcome.unfixed.iter().map(|(path, reason)| (path, format!("not fixed: {reason}")));
    let errors: Vec<Value> = outcome
        .errors
        .iter()
        .map(|(path, reason)| (path, reason.clone()))
        .chain(unfixed)
        .map(|(path, message)| with_path(path, json!({"message": message})))
        .collect();
    let mut frame = json!({
        "version": VERSION,
        "tool": {"name": "keylint", "version": env!("CARGO_PKG_VERSION")},
        "complete": outcome.is_complete(),
        "suppressed": suppressed(outcome),
        "fixed": outcome.fixed.iter().map(fixed).collect::<Vec<_>>(),
        "skipped": skipped,
        "errors": errors,
        "summary": {
            "files": outcome.files,
            "bytes": outcome.bytes,
            "elapsed_ms": outcome.elapsed.as_millis() as u64,
            "errors": outcome.count(Severity::Error),
            "warnings": outcome.count(Severity::Warning),
            "notes": outcome.count(Severity::Note),
        },
    });
    if let Some(commits) = outcome.commits {
        frame["summary"]["commits"] = Value::from(commits);
    }
    frame
}

/// How many findings are not reported, and why.
pub(super) fn suppressed(outcome: &Outcome) -> Value {
    let Suppressed { inline, baseline, config, unchanged } = outcome.suppressed;
    let mut object = json!({"inline": inline, "baseline": baseline, "config": config});
    if unchanged > 0 {
        object["unchanged"] = Value::from(unchanged);
    }
    if !outcome.unused_entries.is_empty() {
        object["baseline_unused"] = Value::from(outcome.unused_entries.len());
    }
    object
}

/// One finding as the contract has it.
pub(super) fn finding(finding: &Finding) -> Value {
    let place = &finding.location;
    with_path(
        &finding.path,
        json!({
            "rule": finding.rule.id,
            "family": finding.rule.family,
            "severity": finding.severity,
            "confidence": finding.confidence,
            "cause": finding.rule.cause,
            "also": finding.also.iter().map(also).collect::<Vec<_>>(),
            "provider": finding.provider.as_deref(),
            "line": place.start.line,
            "column": place.start.column,
            "end_line": place.end.line,
            "end_column": place.end.column,
            "start_byte": place.span.start,
            "end_byte": place.span.end,
            "message": finding.message,
            "help": finding.help,
            "secret": finding.secret,
            "related": finding.related.iter().map(related).collect::<Vec<_>>(),
            "fingerprint": finding.fingerprint,
            "fix": finding.fix.as_ref().map(fix),
            "commit": finding.provenance.as_deref().map(provenance),
        }),
    )
}

/// Where a finding of history came from. Its paths are relative to the root of the repository.
pub(super) fn provenance(from: &Provenance) -> Value {
    let commit = |commit: &Commit| json!({"id": commit.id, "date": commit.date});
    json!({
        "origin": match from.origin {
            Origin::File => "file",
            Origin::CommitMessage => "commit-message",
            Origin::TagMessage => "tag-message",
        },
        "object": from.object,
        "introduced": from.introduced.as_ref().map(commit),
        "removed": from.removed.as_ref().map(commit),
        "in_head": from.in_head,
        "paths": from.paths.iter().map(RelPath::lossy).collect::<Vec<_>>(),
        "path_count": from.path_count,
        "refs": from.refs,
        "ref_count": from.ref_count,
    })
}

fn also(also: &Also) -> Value {
    json!({"rule": &*also.rule, "family": also.family})
}

fn related(related: &Related) -> Value {
    with_path(
        &related.path,
        json!({"line": related.position.line, "column": related.position.column, "message": related.message}),
    )
}

fn fix(fix: &Fix) -> Value {
    let edits: Vec<Value> = fix.edits.iter().map(edit).collect();
    let mut out = json!({"title": fix.title, "applicability": fix.applicability, "edits": edits});
    if fix.encoding.is_some() {
        // The only encoding a fix writes.
        out["encoding"] = Value::from("utf-8");
    }
    out
}

fn edit(edit: &Edit) -> Value {
    json!({"start_byte": edit.span.start, "end_byte": edit.span.end, "insert": edit.insert})
}

fn fixed(fixed: &Fixed) -> Value {
    let object = json!({"rule": fixed.rule.id, "line": fixed.position.line, "column": fixed.position.column,
        "title": fixed.title});
    with_path(&fixed.path, object)
}

/// Adds `path`, and `path_bytes` in base64 where the path is not UTF-8.
fn with_path(path: &RelPath, value: Value) -> Value {
    let mut object = match value {
        Value::Object(object) => object,
        other => Map::from_iter([("value".to_owned(), other)]),
    };
    object.insert("path".to_owned(), Value::String(path.lossy()));
    if path.as_utf8().is_none() {
        let bytes = base64::engine::general_purpose::STANDARD.encode(path.as_bytes());
        object.insert("path_bytes".to_owned(), Value::String(bytes));
    }
    Value::Object(object)
}
