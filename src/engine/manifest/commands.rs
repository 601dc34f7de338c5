//! Commands that start or configure containers and services, in scripts and inside manifests.

use super::super::context::{Context, Group};
use super::super::leak::{self, Known};
use super::{report_once, uses};
use crate::rules::Rule;
use crate::rules::matcher::ManifestValue;
use crate::span::Span;
use crate::syntax::manifest::Entry;
use crate::syntax::shell::{self, uses as reads};
use crate::text::placeholder;
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::{Arc, OnceLock};

/// Programs whose commands carry what a container or service will see, with the words that make them do it.
const TOOLS: &[&[u8]] = &[
    b"docker run",
    b"docker exec",
    b"docker build",
    b"docker create",
    b"docker login",
    b"docker service",
    b"docker compose",
    b"docker container",
    b"docker image",
    b"docker stack",
    b"docker-compose",
    b"docker buildx",
    b"podman ",
    b"nerdctl ",
    b"buildah ",
    b"kubectl ",
    b"oc create",
    b"oc set",
    b"helm ",
    b"helmfile ",
    b"gcloud ",
    b"aws lambda",
    b"aws configure",
    b"aws ssm",
    b"aws secretsmanager",
    b"aws ecs",
    b"az login",
    b"az webapp",
    b"az functionapp",
    b"az container",
    b"az keyvault",
    b"heroku config",
    b"flyctl ",
    b"fly secrets",
    b"fly deploy",
    b"vercel ",
    b"railway ",
    b"netlify ",
    b"wrangler ",
    b"doctl ",
    b"gh secret",
    b"eb setenv",
    b"cf set-env",
    b"supabase secrets",
    b"modal secret",
    b"terraform ",
    b"pulumi ",
    b"dokku ",
    b"vault kv",
    b"vault login",
    b"ansible",
    b"npm config",
    b"huggingface-cli ",
    b"hf auth",
    b"wandb login",
];

/// Whether `text` holds a tool's name.
pub(super) fn names_tool(text: &[u8]) -> bool {
    static TOOL: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    // Of the kinds of match only this one is found by a vector algorithm.
    let build = || AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(TOOLS).ok();
    TOOL.get_or_init(build).as_ref().is_some_and(|tool| tool.is_match(text))
}

/// Whether `text` may hold a command of curl that logs in: `curl -u user:password`.
fn logs_in(text: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    has(b"curl") && (has(b" -u") || has(b" --user"))
}

/// Looks at the commands of a script that hold a tool's name. `has_tool`: whether any does.
pub(super) fn scan(cx: &mut Context<'_>, rule: &Arc<Rule>, value: ManifestValue, known: &Known, has_tool: bool) {
    let text = cx.text();
    let is_piped = value == ManifestValue::EchoedLine;
    let has_login = value == ManifestValue::Literal && logs_in(text);
    let is_wanted = |line: &[u8]| match value {
        ManifestValue::EchoedLine => memchr::memmem::find(line, b"base64").is_some(),
        _ => has_tool && names_tool(line) || has_login && logs_in(line),
    };
    if !(if is_piped { is_wanted(text) } else { has_tool || has_login }) {
        return;
    }
    let mut found: Vec<(&str, leak::Secret)> = Vec::new();
    let mut start = 0;
    while start < text.len() {
        // A command goes on where its line ends in a backslash.
        let mut end = start;
        loop {
            end += memchr::memchr(b'\n', &text[end..]).unwrap_or(text.len() - end);
            if end >= text.len() || !matches!(text[start..end].trim_ascii_end().last(), Some(b'\\' | b'`')) {
                break;
            }
            end += 1;
        }
        let line = Span::new(start, end);
        start = end + 1;
        if line.of(text).trim_ascii_start().starts_with(b"#") || !is_wanted(line.of(text)) {
            continue;
        }
        match value {
            ManifestValue::BuildArgument => arguments(cx, rule, line, known),
            ManifestValue::Literal if has_login && !names_tool(line.of(text)) => {
                logins(text, line, known, &mut found);
            }
            ManifestValue::Literal => {
                found.extend(known.inside(line).map(|secret| ("", secret)));
                given(text, line, known, &mut found);
            }
            _ => uses::find(cx, rule, value, line, !is_piped),
        }
    }
    report_once(cx, rule, found);
}

/// Whether something may be given to a name in `value`: there are two words, or a sign that joins a name with its value.
/// Most values of a manifest are one word, or one expression of a template.
pub(super) fn may_give(value: &[u8]) -> bool {
    let is_expression = value.starts_with(b"{{") && value.ends_with(b"}}");
    let joins = |b: &u8| matches!(b, b'=' | b':' | b'"') || !is_expression && b.is_ascii_whitespace();
    value.iter().any(joins)
}

/// Adds the credentials given to names in the command at `span`.
pub(super) fn given<'a>(text: &'a [u8], span: Span, known: &Known, found: &mut Vec<(&'a str, leak::Secret)>) {
    for given in shell::given(text, span) {
        let value = leak::literal(text, given.value);
        if let Some(secret) = known.inside(value).next() {
            found.push((given.name, secret));
        } else if known.is_given(&given, value.of(text)) {
            found.push((given.name, (value, 0)));
        }
    }
}

/// Adds the passwords that curl is given in the command at `span`: most are of test servers, so only those count that
/// look drawn at random.
fn logins<'a>(text: &'a [u8], span: Span, known: &Known, found: &mut Vec<(&'a str, leak::Secret)>) {
    /// The least length of such a password, in bytes.
    const LEAST: usize = 10;
    for given in shell::given(text, span).into_iter().filter(|given| given.is_credential && given.name == "password") {
        let value = leak::literal(text, given.value);
        let is_other = known.inside(value).next().is_some();
        if !is_other && known.is_given(&given, value.of(text)) && placeholder::is_drawn(value.of(text), LEAST) {
            found.push((given.name, (value, 0)));
        }
    }
}

/// The build arguments that are credentials, in a command at `span`.
fn arguments(cx: &mut Context<'_>, rule: &Arc<Rule>, span: Span, known: &Known) {
    for (name, value) in reads::build_arguments(cx.text(), span) {
        argument(cx, rule, name, value, known);
    }
}

/// Reports a build argument, unless its value is a credential in plain text: then that is what is said about it.
fn argument(cx: &mut Context<'_>, rule: &Arc<Rule>, name: Span, value: Option<Span>, known: &Known) {
    let text = cx.text();
    let argument = String::from_utf8_lossy(name.of(text)).into_owned();
    let is_literal = value.is_some_and(|value| known.given(text, &argument, value).is_some());
    if leak::is_credential_name(&argument) && !is_literal {
        let mut found = super::form::named(rule, name, &argument);
        found.group = Group::Name;
        cx.matches.push(found);
    }
}

/// The build arguments that `entry` passes: in a command, or under `args:` and `build-args:`.
pub(super) fn build_arguments(
    cx: &mut Context<'_>,
    rule: &Arc<Rule>,
    entry: &Entry<'_>,
    known: &Known,
    is_compose: bool,
) {
    let text = cx.text();
    let owner = entry.owner.unwrap_or_default();
    let is_list = |name: &str| matches!(name, "args" | "build-args" | "build_args" | "buildArgs");
    if entry.key.is_empty() && is_list(owner) || is_list(entry.key) || entry.key == "build-arg" {
        let is_part = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
        let length = entry.value.of(text).iter().take_while(is_part).count();
        let name = Span::new(entry.value.start, entry.value.start + length);
        let rest = Span::new(name.end, entry.value.end);
        let is_pair = rest.is_empty() || rest.of(text).starts_with(b"=");
        // Kubernetes and pipelines have other lists of this name.
        if is_pair && (owner != "args" || is_compose || !rest.is_empty()) {
            let value = (!rest.is_empty()).then(|| Span::new(rest.start + 1, rest.end));
            argument(cx, rule, name, value, known);
        }
    } else if owner == "args" && is_compose && !entry.key.is_empty() && !entry.in_block {
        let length = entry.key.len();
        // The key stands somewhere before its value, on the same line.
        let line = crate::span::line_around(text, entry.value.start).start;
        let before = &text[line.max(entry.value.start.saturating_sub(length + 16))..entry.value.start];
        if let Some(at) = memchr::memmem::rfind(before, entry.key.as_bytes()) {
            let start = entry.value.start - before.len() + at;
            argument(cx, rule, Span::new(start, start + length), Some(entry.value), known);
        }
    } else if memchr::memmem::find(entry.value.of(text), b"--build-arg").is_some() {
        arguments(cx, rule, entry.value, known);
    }
}
