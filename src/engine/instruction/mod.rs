//! Dockerfile instructions that put credentials into an image, or give a variable another value than it seems.

mod copied;
mod persisted;

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
    let dockerfile = cx.dockerfile();
    // Earlier stages do not become part of the image.
    let last_stage = dockerfile.instructions.iter().map(|instruction| instruction.stage).max().unwrap_or_default();
    let mut stage = Stage::default();
    let mut names: FxHashSet<Vec<u8>> = FxHashSet::default();
    for instruction in &dockerfile.instructions {
        if instruction.name == "FROM" {
            let words = words_of(instruction);
            let is_own = words.first().is_none_or(|base| names.contains(base) || base.contains(&b'$'));
            stage = Stage { is_based_on: is_own, ..Stage::default() };
            names.extend(words.into_iter().nth(2));
        }
        for (rule, spec) in &rules {
            if spec.names.contains(&instruction.name) {
                look(cx, rule, spec.value, instruction, &known, &stage);
            }
        }
        if matches!(instruction.name.as_str(), "COPY" | "ADD") && instruction.stage == last_stage {
            for source in copied::sources(instruction) {
                let name = source.of(instruction.line.bytes());
                if !copied::is_secret_file(name) {
                    let span = instruction.line.source(source);
                    env_file::copied(plan, cx, span, &String::from_utf8_lossy(name));
                }
            }
        }
        let defined = || instruction.pairs.iter().map(|pair| pair.name.clone());
        match instruction.name.as_str() {
            "ARG" => stage.arguments.extend(defined()),
            "ENV" => stage.variables.extend(defined()),
            _ => {}
        }
    }
}

/// What the stage at hand has defined so far.
#[derive(Default)]
struct Stage {
    /// Its build arguments.
    arguments: FxHashSet<String>,
    /// Its variables.
    variables: FxHashSet<String>,
    /// Whether it goes on from another stage of the file, whose variables it has, or from an image an argument names.
    is_based_on: bool,
}

/// The words of a `FROM`: the image, `AS`, the name of the stage.
fn words_of(from: &Instruction) -> Vec<Vec<u8>> {
    let bytes = from.arguments.of(from.line.bytes());
    bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(<[u8]>::to_ascii_lowercase).collect()
}

fn look(
    cx: &mut Context<'_>,
    rule: &Arc<Rule>,
    wanted: InstructionValue,
    instruction: &Instruction,
    known: &Known,
    stage: &Stage,
) {
    let pairs = &instruction.pairs;
    match wanted {
        InstructionValue::Literal if matches!(instruction.name.as_str(), "ENV" | "ARG" | "LABEL") => {
            for (pair, value) in pairs.iter().filter_map(|pair| Some((pair, pair.value.as_ref()?))) {
                if let Some(secret) = in_value(cx.text(), known, pair, value) {
                    leak::report(cx, rule, &pair.name, secret);
                }
            }
            // `ENV NAME= key`: the builder refuses the file, and the key is in it all the same.
            for pair in pairs.iter().filter(|pair| pair.value.is_none()) {
                if let Some(secret) = known.inside(pair.key).next() {
                    leak::report(cx, rule, &instruction.name, secret);
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
                if let Some(found) = from_argument(cx.text(), rule, pair, known, &stage.arguments) {
                    cx.matches.push(found);
                }
            }
        }
        InstructionValue::SecretFile => {
            for file in copied::secret_files(instruction) {
                let span = instruction.line.source(file);
                let name = String::from_utf8_lossy(file.of(instruction.line.bytes())).into_owned();
                cx.matches.push(named(rule, span, Group::Form, &name));
            }
        }
        InstructionValue::Unexpanded => {
            for (pair, value) in pairs.iter().filter_map(|pair| Some((pair, pair.value.as_ref()?))) {
                if leak::is_credential_name(&pair.name) && is_unexpanded(cx.text(), value) {
                    cx.matches.push(named(rule, value.raw, Group::Form, &pair.name));
                }
            }
        }
        InstructionValue::Undefined if instruction.on_build || instruction.stage == 0 => {}
        InstructionValue::Undefined => {
            for (pair, value) in pairs.iter().filter_map(|pair| Some((pair, pair.value.as_ref()?))) {
                if let Some(variable) = undefined(cx.text(), pair, value, stage) {
                    let mut found = named(rule, value.span, Group::Form, &pair.name);
                    found.canonical = Some(variable);
                    cx.matches.push(found);
                }
            }
        }
        InstructionValue::Persisted => {
            for (name, span) in persisted::secrets(instruction, &stage.arguments) {
                cx.matches.push(named(rule, instruction.line.source(span), Group::Form, &name));
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
    let mut found: Vec<(&str, Secret)> =
        known.inside(instruction.span).map(|secret| (instruction.name.as_str(), secret)).collect();
    let is_copy = matches!(instruction.name.as_str(), "COPY" | "ADD");
    // Of the words of an `ADD` only an address gives something to a name.
    if !is_copy || memchr::memmem::find(arguments.of(bytes), b"://").is_some() {
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
            leak::report(cx, rule, name, secret);
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

/// Whether a value is a variable in single quotes, or one whose `$` is escaped: the text itself is the value.
fn is_unexpanded(text: &[u8], value: &Value) -> bool {
    let raw = value.raw.of(text);
    let is_quoted = raw.starts_with(b"'") && raw.ends_with(b"'");
    let is_escaped = raw.iter().take_while(|b| **b == b'"').count() < 2
        && matches!(raw.strip_prefix(b"\"").unwrap_or(raw), [b'\\' | b'`', b'$', ..]);
    (is_quoted || is_escaped) && whole_variable(&value.text).is_some()
}

/// The variable that is all of a value.
fn whole_variable(value: &[u8]) -> Option<&str> {
    let name = variables(value).next()?;
    let is_whole = value.len() == name.len() + 1 || value.len() == name.len() + 3 && value.ends_with(b"}");
    is_whole.then_some(name)
}

/// The variable a credential is given that is never defined: the value is empty.
fn undefined(text: &[u8], pair: &Pair, value: &Value, stage: &Stage) -> Option<String> {
    let name = whole_variable(&value.text)?;
    let is_defined = stage.is_based_on || stage.arguments.contains(name) || stage.variables.contains(name);
    // A base image may define a variable of another name.
    let is_expected = leak::is_credential_name(&pair.name) && leak::is_credential_name(name);
    (is_expected && !is_defined && !is_unexpanded(text, value)).then(|| name.to_owned())
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
