//! Credentials in the configuration of containers, pipelines and platforms.

mod commands;
mod encoded;
mod form;
mod format;
mod replacement;
mod uses;

use super::context::{Context, Match};
use super::leak::{self, Known};
use super::plan::Plan;
use crate::rules::Rule;
use crate::rules::matcher::{Manifest as Spec, ManifestFormat, ManifestValue, Matcher};
use crate::source::FileKind;
use crate::span::Span;
use crate::syntax::manifest::{self, Entry, Syntax};
use std::ops::Range;
use std::sync::Arc;

/// Whether a file is read as the configuration of something.
pub(super) fn is_manifest(kind: FileKind, path: &[u8], head: &[u8]) -> bool {
    format::format_of(kind, path, head).is_some()
}

pub(super) fn scan(plan: &Plan, cx: &mut Context<'_>) {
    let path = cx.file.path.as_bytes();
    let Some(format) = format::format_of(cx.file.kind, path, cx.text()) else { return };
    let rules: Vec<(&Arc<Rule>, &Spec)> = plan
        .matching(|matcher| match matcher {
            Matcher::Manifest(spec) if spec.formats.contains(&format) => Some(spec),
            _ => None,
        })
        .collect();
    let text = cx.text();
    let known = Known::of_manifest(cx);
    if format == ManifestFormat::Command {
        let has_tool = commands::names_tool(text);
        for (rule, spec) in rules {
            commands::scan(cx, rule, spec.value, &known, has_tool);
        }
        return;
    }
    let syntax = format::syntax_of(cx.file.kind, path);
    // What looks like the end of a document may stand in a here-document there.
    let whole = (syntax == Syntax::Equals).then(|| manifest::entries(text, Span::new(0, text.len()), syntax));
    for (rule, _) in rules.iter().filter(|(_, spec)| spec.value == ManifestValue::AllSecrets) {
        form::all_secrets(cx, rule);
    }
    for part in documents(text) {
        let kind = kind_of(&text[part.clone()]);
        if format == ManifestFormat::Kubernetes && is_sealed(kind) {
            continue;
        }
        let read;
        let own = if let Some(whole) = &whole {
            slice(whole, &part)
        } else {
            read = manifest::entries(text, Span::new(part.start, part.end), syntax);
            &read[..]
        };
        // What stands under `data:` of a Secret is base64; raw text there is refused by the cluster.
        let data = match kind {
            b"Secret" => section(text, &part, b"data"),
            b"ConfigMap" => section(text, &part, b"binaryData"),
            _ => part.end..part.end,
        };
        for (rule, spec) in &rules {
            match spec.value {
                ManifestValue::Literal => literals(cx, rule, &known, own, &part, &data),
                ManifestValue::Encoded => {
                    // The objects of a List stand deeper, each with a kind of its own: there only shapes decide.
                    let is_list =
                        kind == b"List" && memchr::memmem::find(&text[part.clone()], b"kind: Secret").is_some();
                    for entry in if is_list { own } else { slice(own, &data) } {
                        encoded::credential(plan, cx, rule, entry, !is_list);
                    }
                }
                ManifestValue::EncodedLine | ManifestValue::EncodedTwice | ManifestValue::NotEncoded => {
                    for entry in slice(own, &data) {
                        cx.matches.extend(encoded::fault(cx, rule, spec.value, entry, &known));
                    }
                }
                // Asked of the whole file.
                ManifestValue::AllSecrets => {}
                ManifestValue::BuildArgument => {
                    let is_compose = format == ManifestFormat::Compose;
                    for entry in own {
                        commands::build_arguments(cx, rule, entry, &known, is_compose);
                    }
                }
                ManifestValue::Printed
                | ManifestValue::PrintedPlain
                | ManifestValue::EchoedLine
                | ManifestValue::EncodedLiteral => {
                    for entry in own {
                        uses::find(cx, rule, spec.value, entry.value, true);
                    }
                }
                form => {
                    let faults = own.iter().filter_map(|entry| form::fault(cx, rule, form, entry));
                    let faults: Vec<Match> = faults.collect();
                    cx.matches.extend(faults);
                }
            }
        }
    }
}

/// The entries whose value starts inside `range`.
fn slice<'a, 't>(entries: &'a [Entry<'t>], range: &Range<usize>) -> &'a [Entry<'t>] {
    let first = entries.partition_point(|entry| entry.value.start < range.start);
    let end = entries.partition_point(|entry| entry.value.start < range.end);
    &entries[first..end.max(first)]
}

/// The part of a document that belongs to its top-level `key`; empty if there is none.
fn section(text: &[u8], document: &Range<usize>, key: &[u8]) -> Range<usize> {
    let body = &text[document.clone()];
    if body.trim_ascii_start().starts_with(b"{") {
        let quoted = [b"\"", key, b"\""].concat();
        let Some(start) = memchr::memmem::find(body, &quoted) else { return document.end..document.end };
        let end = memchr::memchr(b'}', &body[start..]).map_or(body.len(), |i| start + i);
        return document.start + start..document.start + end;
    }
    let mut at = document.start;
    let mut start = None;
    for line in body.split_inclusive(|b| *b == b'\n') {
        if start.is_none() {
            start = line.strip_prefix(key).is_some_and(|rest| rest.starts_with(b":")).then_some(at);
        } else if !matches!(line.first(), Some(b' ' | b'\t' | b'#' | b'\n' | b'\r' | b'{')) {
            return start.unwrap_or(at)..at;
        }
        at += line.len();
    }
    start.unwrap_or(at)..at
}

/// Names that programs read from the environment.
fn is_variable(key: &str) -> bool {
    key.contains('_') && key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// The YAML documents of a text.
fn documents(text: &[u8]) -> Vec<Range<usize>> {
    let mut starts: Vec<usize> = memchr::memmem::find_iter(text, b"\n---").map(|at| at + 1).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([text.len() + 1]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end.min(text.len())).collect()
}

fn kind_of(document: &[u8]) -> &[u8] {
    if document.trim_ascii_start().starts_with(b"{") {
        let rest = memchr::memmem::find(document, b"\"kind\"").map_or(&b""[..], |at| &document[at + 6..]);
        return rest.split(|b| *b == b'"').nth(1).unwrap_or_default();
    }
    let value = format::line_value(document, b"kind:").unwrap_or_default();
    let word = value.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let quoted = [&b"\""[..], b"'"].iter().find_map(|quote| word.strip_prefix(*quote)?.strip_suffix(*quote));
    quoted.unwrap_or(word)
}

/// Objects whose values are encrypted, or point to a secret store.
fn is_sealed(kind: &[u8]) -> bool {
    [&b"Sealed"[..], b"External", b"ClusterExternal", b"PushSecret", b"SecretProviderClass", b"Vault", b"Sops"]
        .iter()
        .any(|start| kind.starts_with(start))
        || kind == b"CustomResourceDefinition"
}

/// Credentials in plain text: known shapes anywhere but in comments, others by the name they are given to.
fn literals(
    cx: &mut Context<'_>,
    rule: &Arc<Rule>,
    known: &Known,
    entries: &[Entry<'_>],
    part: &Range<usize>,
    data: &Range<usize>,
) {
    let text = cx.text();
    let is_code = format::is_code(cx.file.kind, cx.file.path.as_bytes());
    // In HCL and Groovy a value without quotes is an expression.
    let is_text = |entry: &Entry<'_>, value: Span| !is_code || entry.in_block || is_quoted(text, value.start);
    let mut found: Vec<(&str, leak::Secret)> = Vec::new();
    for entry in entries {
        let value = entry.value.of(text);
        // What a template gives to an encoder is plain text.
        if data.contains(&entry.value.start) && !value.starts_with(b"{{") || value.is_empty() {
            continue;
        }
        if is_reference(entry) {
            continue;
        }
        let start = found.len();
        if !entry.key.is_empty() {
            found.extend(known.given(text, entry.key, entry.value).map(|secret| (entry.key, secret)));
        }
        if commands::may_give(value) {
            commands::given(text, entry.value, known, &mut found);
        }
        let mut at = start;
        while at < found.len() {
            if is_text(entry, found[at].1.0) {
                at += 1;
            } else {
                found.swap_remove(at);
            }
        }
    }
    let outside = known.inside(Span::new(part.start, part.end));
    found.extend(outside.filter(|(span, _)| !is_commented(text, span.start)).map(|secret| ("", secret)));
    report_once(cx, rule, found);
}

/// How far before a value a comment mark is looked for, in bytes: a file may be one long line with many values.
const COMMENT_REACH: usize = 512;

/// Whether byte `at` stands in a comment.
fn is_commented(text: &[u8], at: usize) -> bool {
    let near = &text[at.saturating_sub(COMMENT_REACH)..at];
    let before = memchr::memrchr(b'\n', near).map_or(near, |end| &near[end + 1..]);
    let line = before.trim_ascii_start();
    line.starts_with(b"#") || line.starts_with(b"//") || memchr::memmem::find(before, b" # ").is_some()
}

/// Whether byte `at` stands inside quotes, as far as its line tells.
fn is_quoted(text: &[u8], at: usize) -> bool {
    let near = &text[at.saturating_sub(COMMENT_REACH)..at];
    let before = memchr::memrchr(b'\n', near).map_or(near, |end| &near[end + 1..]);
    let mut quote = 0;
    for byte in before {
        match byte {
            b'"' | b'\'' if quote == 0 => quote = *byte,
            byte if *byte == quote => quote = 0,
            _ => {}
        }
    }
    quote != 0
}

/// Whether a value names a secret kept elsewhere: `token: {from_secret: name}`, `secrets-manager: {TOKEN: path}`.
fn is_reference(entry: &Entry<'_>) -> bool {
    matches!(entry.key, "from_secret" | "secretName" | "existingSecret" | "credentialsId" | "secretId")
        || matches!(entry.owner, Some("secrets-manager" | "parameter-store"))
}

/// Reports what was found; a value found twice is reported once, with its name if it has one.
fn report_once(cx: &mut Context<'_>, rule: &Arc<Rule>, mut found: Vec<(&str, leak::Secret)>) {
    // `environment="OPENAI_API_KEY=…"`: the name closest to the value says most.
    let rank = |name: &str| (name.is_empty(), !leak::is_credential_name(name));
    if found.is_empty() {
        return;
    }
    found.sort_by_cached_key(|(name, (span, public))| (span.start, std::cmp::Reverse(*public), rank(name)));
    let text = cx.text();
    let is_script = cx.file.kind == FileKind::Shell;
    let in_file = if is_script { "" } else { replacement::in_file(cx) };
    let mut last: Option<Span> = None;
    for (name, secret) in found {
        if last.is_none_or(|last| !last.overlaps(secret.0)) {
            last = Some(secret.0);
            let instead = if is_script { replacement::in_command(text, secret.0.start) } else { in_file };
            leak::report(cx, rule, if name.is_empty() { "A key" } else { name }, secret);
            if let Some(found) = cx.matches.last_mut() {
                found.canonical = Some(replacement::with_name(instead, name));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_split_at_their_marks() {
        assert_eq!(documents(b"a\n---\nb\n---\n"), [0..2, 2..8, 8..12]);
        assert_eq!(documents(b"").len(), 1);
    }
}
