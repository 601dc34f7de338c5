//! Dockerfile instructions that put credentials into an image, or give a variable another value than it seems.

use super::context::{Context, Group, Match};
use super::env_file;
use super::leak::{self, Known, Secret};
use super::plan::Plan;
use crate::finding::{Edit, Fix};
use crate::rules::matcher::{Instruction as Spec, InstructionValue, Matcher};
use crate::rules::{Rule, providers};
use crate::source::FileKind;
use crate::span::Span;
use crate::syntax::dockerfile::{Instruction, Pair, Value};
use crate::syntax::shell;
use rustc_hash::FxHashSet;
use std::sync::Arc;

pub(super) fn scan(plan: &Plan, cx: &mut Context<'_>) {
    if cx.file.kind != FileKind::Dockerfile {
        return;
    }
    let rules: Vec<(&Arc<Rule>, &Spec)> = plan
        .matching(|matcher| match matcher {
            Matcher::Instruction(spec) => Some(spec),
            _ => None,
        })
        .collect();
    let known = Known::new(cx);
    // The build arguments of the stage at hand.
    let mut arguments: FxHashSet<String> = FxHashSet::default();
    let dockerfile = cx.dockerfile();
    // Earlier stages do not become part of the image.
    let last_stage = dockerfile.instructions.iter().map(|instruction| instruction.stage).max().unwrap_or_default();
    for instruction in &dockerfile.instructions {
        if instruction.name == "FROM" {
            arguments.clear();
        }
        for (rule, spec) in &rules {
            if spec.names.contains(&instruction.name) {
                look(cx, rule, spec.value, instruction, &known, &arguments);
            }
        }
        if matches!(instruction.name.as_str(), "COPY" | "ADD") && instruction.stage == last_stage {
            for source in sources(instruction) {
                let name = source.of(instruction.line.bytes());
                if !is_secret_file(name) {
                    let span = instruction.line.source(source);
                    env_file::copied(plan, cx, span, &String::from_utf8_lossy(name));
                }
            }
        }
        if instruction.name == "ARG" {
            arguments.extend(instruction.pairs.iter().map(|pair| pair.name.clone()));
        }
    }
}

fn look(
    cx: &mut Context<'_>,
    rule: &Arc<Rule>,
    wanted: InstructionValue,
    instruction: &Instruction,
    known: &Known,
    arguments: &FxHashSet<String>,
) {
    let pairs = &instruction.pairs;
    match wanted {
        InstructionValue::Literal if matches!(instruction.name.as_str(), "ENV" | "ARG" | "LABEL") => {
            for (pair, value) in pairs.iter().filter_map(|pair| Some((pair, pair.value.as_ref()?))) {
                if let Some(secret) = in_value(cx.text(), known, pair, value) {
                    leak::report(cx, rule, &pair.name, secret);
                }
            }
        }
        InstructionValue::Literal => in_command(cx, rule, instruction, known),
        InstructionValue::Missing => {
            for pair in pairs.iter().filter(|pair| pair.value.is_none() && leak::is_credential_name(&pair.name)) {
                cx.matches.push(named(rule, pair.key, Group::Name, &pair.name));
            }
        }
        InstructionValue::BuildArgument => {
            for pair in pairs {
                if let Some(found) = from_argument(cx.text(), rule, pair, known, arguments) {
                    cx.matches.push(found);
                }
            }
        }
        InstructionValue::SecretFile => {
            for file in sources(instruction) {
                if !is_secret_file(file.of(instruction.line.bytes())) {
                    continue;
                }
                let span = instruction.line.source(file);
                let name = String::from_utf8_lossy(file.of(instruction.line.bytes())).into_owned();
                cx.matches.push(named(rule, span, Group::Form, &name));
            }
        }
        InstructionValue::Equals => {
            for (pair, value) in legacy(pairs).filter(|(_, value)| value.text.starts_with(b"=")) {
                let found = spaced(cx.text(), rule, pair, value);
                cx.matches.push(found);
            }
        }
        InstructionValue::Comment => {
            for (pair, value) in legacy(pairs) {
                if let Some(at) = comment(value.raw.of(cx.text())) {
                    let span = Span::new(value.raw.start + at, value.raw.end);
                    let mut found = named(rule, span, Group::Form, &pair.name);
                    // The blanks before it go too.
                    let blanks = cx.text()[..span.start].iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
                    found.fix = fix(rule, Span::new(span.start - blanks, span.end), "");
                    cx.matches.push(found);
                }
            }
        }
    }
}

fn named(rule: &Arc<Rule>, span: Span, group: Group, name: &str) -> Match {
    let mut found = Match::new(rule, span, group);
    if found.provider.is_none() {
        found.provider = providers().by_variable(name.as_bytes()).map(|provider| Arc::from(provider.slug.as_str()));
    }
    found.name = Some(name.to_owned());
    found
}

fn fix(rule: &Arc<Rule>, span: Span, insert: &str) -> Option<Fix> {
    let spec = rule.fix.as_ref()?;
    let edits = vec![Edit { span, insert: insert.to_owned() }];
    Some(Fix::new(spec.title.clone(), spec.applicability, edits))
}

/// The credential in the value of a pair.
fn in_value(text: &[u8], known: &Known, pair: &Pair, value: &Value) -> Option<Secret> {
    let mut span = value.span;
    if pair.is_legacy {
        // What the author meant: `ENV K = v # note` is a mistake of form and a leak all the same.
        if let Some(at) = comment(span.of(text)) {
            span.end = span.start + at;
        }
        let cut = span.of(text).iter().take_while(|b| matches!(b, b'=' | b' ' | b'\t')).count();
        span.start += cut;
        span.end = span.start + span.of(text).trim_ascii_end().len();
    }
    known.given(text, &pair.name, span)
}

/// The credentials in a command, file or health check, here-documents included.
fn in_command(cx: &mut Context<'_>, rule: &Arc<Rule>, instruction: &Instruction, known: &Known) {
    let text = cx.text();
    let (line, arguments) = (&instruction.line, instruction.arguments);
    let bytes = line.bytes();
    let mut found: Vec<(String, Secret)> =
        known.inside(instruction.span).map(|secret| (instruction.name.clone(), secret)).collect();
    if !matches!(instruction.name.as_str(), "COPY" | "ADD") {
        let read = if instruction.is_json { shell::given_in_json } else { shell::given };
        for given in read(bytes, arguments) {
            let value = leak::literal(bytes, given.value);
            if known.is_given(&given, value.of(bytes)) {
                found.push((given.name, (line.source(value), 0)));
            }
        }
    }
    for document in &instruction.heredocs {
        for given in shell::given(text, document.body) {
            let value = leak::literal(text, given.value);
            if known.is_given(&given, value.of(text)) {
                found.push((given.name, (value, 0)));
            }
        }
    }
    // A known shape comes first; what is read twice, or is a part of it, is reported once.
    let mut seen: Vec<Span> = Vec::new();
    found.sort_by_key(|(_, (span, public))| (span.start, std::cmp::Reverse(*public)));
    for (name, secret) in found {
        if seen.last().is_none_or(|last| !last.overlaps(secret.0)) {
            seen.push(secret.0);
            leak::report(cx, rule, &name, secret);
        }
    }
}

/// `ENV K=$A` where `A` is a build argument and one of the two names is a credential's.
fn from_argument(
    text: &[u8],
    rule: &Arc<Rule>,
    pair: &Pair,
    known: &Known,
    arguments: &FxHashSet<String>,
) -> Option<Match> {
    let value = pair.value.as_ref()?;
    // In single quotes nothing is expanded; with a literal fallback the literal is the worse leak.
    if value.raw.of(text).starts_with(b"'") || in_value(text, known, pair, value).is_some() {
        return None;
    }
    let argument = variables(&value.text).find(|variable| {
        arguments.contains(*variable) && (leak::is_credential_name(&pair.name) || leak::is_credential_name(variable))
    })?;
    let mut found = named(rule, value.span, Group::Value, &pair.name);
    found.canonical = Some(argument.to_owned());
    Some(found)
}

/// The variables a value is made of: `$A`, `${A}`, `${A:-x}`.
fn variables(value: &[u8]) -> impl Iterator<Item = &str> {
    memchr::memchr_iter(b'$', value).filter_map(|at| {
        let rest = &value[at + 1..];
        let rest = rest.strip_prefix(b"{").unwrap_or(rest);
        let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        std::str::from_utf8(&rest[..length]).ok().filter(|name| !name.is_empty())
    })
}

fn legacy(pairs: &[Pair]) -> impl Iterator<Item = (&Pair, &Value)> {
    pairs.iter().filter(|pair| pair.is_legacy).filter_map(|pair| Some((pair, pair.value.as_ref()?)))
}

/// `ENV K = v`: the value starts with the equals sign.
fn spaced(text: &[u8], rule: &Arc<Rule>, pair: &Pair, value: &Value) -> Match {
    let mut found = named(rule, value.raw, Group::Form, &pair.name);
    let blanks = value.raw.of(text)[1..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let rest = Span::new(value.raw.start + 1 + blanks, value.raw.end);
    // A value of several words would need quotes.
    if !rest.is_empty() && !rest.of(text).iter().any(u8::is_ascii_whitespace) {
        found.fix = fix(rule, Span::new(pair.key.end, rest.start), "=");
    }
    found
}

/// Where a `# comment` starts in the value of `ENV K v # comment`.
fn comment(value: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'#', value).find(|at| {
        let before = at.checked_sub(1).map(|i| value[i]);
        let after = value.get(at + 1);
        matches!(before, Some(b' ' | b'\t')) && matches!(after, None | Some(b' ' | b'\t'))
    })
}

/// The sources of a `COPY` or `ADD` in the build's context (bytes of the logical line).
fn sources(instruction: &Instruction) -> Vec<Span> {
    let bytes = instruction.line.bytes();
    if instruction.flags.iter().any(|flag| flag.of(bytes).starts_with(b"--from=")) {
        return Vec::new();
    }
    let mut words = Vec::new();
    let mut at = instruction.arguments.start;
    let separates = |b: &u8| b.is_ascii_whitespace() || (instruction.is_json && *b == b',');
    for word in instruction.arguments.of(bytes).split(separates) {
        let is_mark = |b: &&u8| matches!(b, b'"' | b'\'' | b'[' | b']');
        let lead = word.iter().take_while(is_mark).count();
        let tail = word[lead..].iter().rev().take_while(is_mark).count();
        if lead + tail < word.len() {
            words.push(Span::new(at + lead, at + word.len() - tail));
        }
        at += word.len() + 1;
    }
    words.pop();
    words
}

/// Files whose only purpose is to hold credentials.
fn is_secret_file(path: &[u8]) -> bool {
    let lower = path.to_ascii_lowercase();
    let Ok(path) = std::str::from_utf8(&lower) else { return false };
    let name = path.rsplit('/').next().unwrap_or_default();
    let template = name.split(['.', '-', '_']).any(|part| {
        matches!(
            part,
            "example" | "sample" | "template" | "dist" | "defaults" | "tmpl" | "pub" | "schema" | "vault" | "enc"
        )
    });
    let is_env = name == ".env" || name.starts_with(".env.") || name == ".env*";
    let is_key = matches!(
        name,
        "id_rsa"
            | "id_ed25519"
            | "id_ecdsa"
            | "id_dsa"
            | ".netrc"
            | "_netrc"
            | ".pypirc"
            | ".git-credentials"
            | ".pgpass"
            | ".htpasswd"
            | "kubeconfig"
            | "credentials.json"
            | "service-account.json"
            | "service_account.json"
            | "serviceaccount.json"
            | "service-account-key.json"
            | "application_default_credentials.json"
    );
    let is_place = [".aws/credentials", ".docker/config.json", ".kube/config"].iter().any(|end| path.ends_with(end));
    let ends = [".p12", ".pfx", ".ppk", ".key"].iter().any(|end| name.ends_with(end));
    !template && (is_env || is_key || is_place || ends)
}
