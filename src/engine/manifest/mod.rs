//! Credentials in the configuration of containers, pipelines and platforms.

mod form;

use super::context::{Context, Group, Match};
use super::leak::{self, Known};
use super::plan::{Plan, Target};
use crate::rules::Rule;
use crate::rules::matcher::{Manifest as Spec, ManifestFormat, ManifestValue, Matcher};
use crate::source::FileKind;
use crate::span::Span;
use crate::syntax::manifest::{self, Entry};
use crate::syntax::shell;
use crate::text::secret::Secret;
use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

pub(super) fn scan(plan: &Plan, cx: &mut Context<'_>) {
    let Some(format) = format_of(cx.file.kind, cx.file.path.as_bytes(), cx.text()) else { return };
    let rules: Vec<(&Arc<Rule>, &Spec)> = plan
        .matching(|matcher| match matcher {
            Matcher::Manifest(spec) if spec.formats.contains(&format) => Some(spec),
            _ => None,
        })
        .collect();
    let text = cx.text();
    let known = Known::new(cx);
    if format == ManifestFormat::Command {
        for (rule, _) in rules {
            commands(cx, rule, &known);
        }
        return;
    }
    let entries = manifest::entries(text);
    for part in documents(text) {
        let kind = kind_of(&text[part.clone()]);
        if format == ManifestFormat::Kubernetes && is_sealed(kind) {
            continue;
        }
        let own = slice(&entries, &part);
        // What stands under `data:` of a Secret is base64; raw text there is refused by the cluster.
        let data = if kind == b"Secret" { section(text, &part, b"data:") } else { part.end..part.end };
        for (rule, spec) in &rules {
            match spec.value {
                ManifestValue::Literal => literals(cx, rule, &known, own, &part, &data),
                ManifestValue::Encoded => {
                    // The objects of a List stand deeper, each with a kind of its own: there only shapes decide.
                    let is_list =
                        kind == b"List" && memchr::memmem::find(&text[part.clone()], b"kind: Secret").is_some();
                    for entry in if is_list { own } else { slice(own, &data) } {
                        encoded(plan, cx, rule, entry, !is_list);
                    }
                }
                ManifestValue::EncodedLine => {
                    cx.matches.extend(slice(own, &data).iter().filter_map(|entry| form::line_end(text, rule, entry)));
                }
                ManifestValue::AllSecrets => form::all_secrets(cx, rule),
                form => {
                    let faults = own.iter().filter_map(|entry| form::fault(text, rule, form, entry));
                    cx.matches.extend(faults);
                }
            }
        }
    }
}

/// The entries whose value starts inside `range`.
fn slice<'a>(entries: &'a [Entry], range: &Range<usize>) -> &'a [Entry] {
    let first = entries.partition_point(|entry| entry.value.start < range.start);
    let end = entries.partition_point(|entry| entry.value.start < range.end);
    &entries[first..end.max(first)]
}

/// The part of a document that belongs to its top-level `key`; empty if there is none.
fn section(text: &[u8], document: &Range<usize>, key: &[u8]) -> Range<usize> {
    let mut at = document.start;
    let mut start = None;
    for line in text[document.clone()].split_inclusive(|b| *b == b'\n') {
        if start.is_none() {
            start = line.starts_with(key).then_some(at);
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

/// How far into a file the word that tells its format is looked for, in bytes: large ones are data.
const HEAD: usize = 64 << 10;

/// What a file is the configuration of.
fn format_of(kind: FileKind, path: &[u8], text: &[u8]) -> Option<ManifestFormat> {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let name = std::str::from_utf8(name).unwrap_or_default();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let has = |needle: &[u8]| memchr::memmem::find(&text[..text.len().min(HEAD)], needle).is_some();
    let is_platform = match kind {
        FileKind::Compose => return Some(ManifestFormat::Compose),
        FileKind::Ci => return Some(ManifestFormat::Ci),
        FileKind::Yaml => {
            let pipelines = [
                "action",
                "appveyor",
                ".appveyor",
                "bitbucket-pipelines",
                "buildspec",
                "cloudbuild",
                "codemagic",
                ".drone",
                ".pre-commit-config",
                ".travis",
                ".woodpecker",
                "azure-pipeline",
            ];
            if pipelines.contains(&stem) {
                return Some(ManifestFormat::Ci);
            }
            if line_value(text, b"kind:").is_some() && line_value(text, b"apiVersion:").is_some() {
                return Some(ManifestFormat::Kubernetes);
            }
            matches!(stem, "serverless" | "render" | "skaffold" | "values" | "docker-cloud" | "kustomization")
                || stem.starts_with("values-")
                || stem.starts_with("values.")
                || stem == "app" && line_value(text, b"runtime:").is_some()
                || has(b"AWSTemplateFormatVersion")
                || has(b"Type: AWS::")
        }
        FileKind::Shell => return Some(ManifestFormat::Command),
        FileKind::Json if name == "package.json" => return Some(ManifestFormat::Command),
        FileKind::Json => {
            matches!(stem, "devcontainer" | ".devcontainer" | "vercel" | "wrangler" | "now")
                || has(b"\"containerDefinitions\"")
                || has(b"AWSTemplateFormatVersion")
        }
        FileKind::Config => {
            matches!(name, "fly.toml" | "netlify.toml" | "wrangler.toml")
                || matches!(extension, "service" | "tfvars")
                || name.starts_with("supervisor")
        }
        FileKind::Code => matches!(extension, "tf" | "hcl"),
        FileKind::Text => {
            if stem == "jenkinsfile" || extension == "jenkinsfile" {
                return Some(ManifestFormat::Ci);
            }
            matches!(extension, "tfvars" | "nomad" | "container")
        }
        _ => false,
    };
    is_platform.then_some(ManifestFormat::Platform)
}

/// The rest of the first line that starts with `key`, which ends in a colon.
fn line_value<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let at = memchr::memmem::find_iter(text, key).find(|at| *at == 0 || matches!(text[at - 1], b'\n' | b'\xbf'))?;
    let line = crate::span::line_around(text, at);
    Some(text[(at + key.len()).min(line.end)..line.end].trim_ascii())
}

/// The YAML documents of a text.
fn documents(text: &[u8]) -> Vec<Range<usize>> {
    let mut starts: Vec<usize> = memchr::memmem::find_iter(text, b"\n---").map(|at| at + 1).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([text.len() + 1]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end.min(text.len())).collect()
}

fn kind_of(document: &[u8]) -> &[u8] {
    line_value(document, b"kind:").unwrap_or_default()
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
    entries: &[Entry],
    part: &Range<usize>,
    data: &Range<usize>,
) {
    let text = cx.text();
    let is_code = matches!(cx.file.kind, FileKind::Code | FileKind::Text);
    // In HCL and Groovy a value without quotes is an expression.
    let is_text = |value: Span| !is_code || value.start > 0 && matches!(text[value.start - 1], b'"' | b'\'');
    let mut found: Vec<(String, leak::Secret)> = Vec::new();
    for entry in entries.iter().filter(|entry| !data.contains(&entry.value.start)) {
        if !entry.key.is_empty() && is_text(entry.value) {
            found.extend(known.given(text, &entry.key, entry.value).map(|secret| (entry.key.clone(), secret)));
        }
        given(text, entry.value, known, &mut found);
    }
    found.retain(|(_, (span, _))| is_text(*span));
    let outside = known.inside(Span::new(part.start, part.end));
    found.extend(outside.filter(|(span, _)| !is_commented(text, span.start)).map(|secret| (String::new(), secret)));
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

/// Programs whose commands carry what a container or service will see, with the words that make them do it.
const TOOLS: [&[u8]; 18] = [
    b"docker run",
    b"docker exec",
    b"docker build",
    b"docker create",
    b"docker login",
    b"docker service",
    b"docker compose",
    b"docker-compose",
    b"docker buildx",
    b"podman ",
    b"nerdctl ",
    b"kubectl ",
    b"helm ",
    b"gcloud ",
    b"heroku config",
    b"flyctl ",
    b"fly secrets",
    b"aws lambda",
];

/// Credentials in commands that start or configure containers and services.
fn commands(cx: &mut Context<'_>, rule: &Arc<Rule>, known: &Known) {
    static TOOL: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let text = cx.text();
    let Some(tool) = TOOL.get_or_init(|| AhoCorasick::new(TOOLS).ok()) else { return };
    if !tool.is_match(text) {
        return;
    }
    let mut found: Vec<(String, leak::Secret)> = Vec::new();
    let mut start = 0;
    while start < text.len() {
        // A command goes on where its line ends in a backslash.
        let mut end = start;
        loop {
            end += memchr::memchr(b'\n', &text[end..]).unwrap_or(text.len() - end);
            if end >= text.len() || !text[start..end].trim_ascii_end().ends_with(b"\\") {
                break;
            }
            end += 1;
        }
        let line = Span::new(start, end);
        start = end + 1;
        if line.of(text).trim_ascii_start().starts_with(b"#") {
            continue;
        }
        if let Some(tool) = tool.find(line.of(text)) {
            let command = Span::new(line.start + tool.start(), line.end);
            found.extend(known.inside(command).map(|secret| (String::new(), secret)));
            given(text, command, known, &mut found);
        }
    }
    report_once(cx, rule, found);
}

/// Adds the credentials given to names in the command at `span`.
fn given(text: &[u8], span: Span, known: &Known, found: &mut Vec<(String, leak::Secret)>) {
    for given in shell::given(text, span) {
        let value = leak::literal(text, given.value);
        if let Some(secret) = known.inside(value).next() {
            found.push((given.name, secret));
        } else if known.is_given(&given, value.of(text)) {
            found.push((given.name, (value, 0)));
        }
    }
}

/// Reports what was found; a value found twice is reported once, with its name if it has one.
fn report_once(cx: &mut Context<'_>, rule: &Arc<Rule>, mut found: Vec<(String, leak::Secret)>) {
    found.sort_by_key(|(name, (span, public))| (span.start, std::cmp::Reverse(*public), name.is_empty()));
    let mut last: Option<Span> = None;
    for (name, secret) in found {
        if last.is_none_or(|last| !last.overlaps(secret.0)) {
            last = Some(secret.0);
            leak::report(cx, rule, if name.is_empty() { "A key" } else { &name }, secret);
        }
    }
}

/// A credential in base64: one of a known shape or, if `by_name`, any that is given to a telling name.
fn encoded(plan: &Plan, cx: &mut Context<'_>, rule: &Arc<Rule>, entry: &Entry, by_name: bool) {
    let value = entry.value.of(cx.text());
    if value.len() < 8 || value.len() > 1 << 16 || !value.len().is_multiple_of(4) {
        return;
    }
    let Ok(decoded) = STANDARD.decode(value) else { return };
    let (mut by_shape, mut stands_for): (Vec<Arc<Rule>>, Option<Secret>) = (Vec::new(), None);
    let search = plan.everywhere();
    search.prefilter.each(&decoded, |needle, at| {
        for target in &search.targets[needle] {
            if let Target::Token { rule, anchor, .. } = target
                && let Some(start) = target.start(&decoded, at)
                && let Some(hit) = plan.tokens[*rule].at(&decoded, start, anchor.len())
            {
                stands_for.get_or_insert_with(|| Secret::new(hit.span.of(&decoded), hit.public));
                by_shape.push(plan.tokens[*rule].rule().clone());
            }
        }
    });
    if by_shape.is_empty() && !(by_name && leak::is_named_secret(cx, &entry.key, &decoded)) {
        return;
    }
    let secret = (entry.value, 0);
    leak::report(cx, rule, &entry.key, secret);
    if let Some(reported) = cx.matches.last_mut() {
        reported.decoded.clone_from(&stands_for);
    }
    for token in by_shape {
        let mut found = Match::new(&token, entry.value, Group::Value);
        found.secret = Some(secret);
        found.decoded.clone_from(&stands_for);
        cx.matches.push(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_name_and_text() {
        let format = |path: &str, text: &str| {
            format_of(FileKind::of(path.as_bytes(), text.as_bytes()), path.as_bytes(), text.as_bytes())
        };
        assert_eq!(format("k8s/a.yaml", "apiVersion: v1\nkind: Pod\n"), Some(ManifestFormat::Kubernetes));
        assert_eq!(format("conf/a.yaml", "kind: of\n"), None);
        assert_eq!(format("compose.yml", ""), Some(ManifestFormat::Compose));
        assert_eq!(format(".travis.yml", ""), Some(ManifestFormat::Ci));
        assert_eq!(format("Jenkinsfile", ""), Some(ManifestFormat::Ci));
        assert_eq!(format("infra/main.tf", ""), Some(ManifestFormat::Platform));
        assert_eq!(format("package.json", "{}"), Some(ManifestFormat::Command));
        assert_eq!(format("tsconfig.json", "{}"), None);
    }

    #[test]
    fn documents_are_split_at_their_marks() {
        assert_eq!(documents(b"a\n---\nb\n---\n"), [0..2, 2..8, 8..12]);
        assert_eq!(documents(b"").len(), 1);
    }
}
