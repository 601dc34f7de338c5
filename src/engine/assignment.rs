//! Values that are credentials, or stand for one, because of the name they are given to.

use super::context::{Context, Group, Match};
use super::token::random_part;
use crate::rules::matcher::{Assignment, ValueState, compile};
use crate::rules::{Rule, providers};
use crate::source::{FileKind, Role};
use crate::span::{Span, line_around};
use crate::syntax::assign;
use crate::text::placeholder::{self, ValueKind};
use crate::text::{name, randomness::Tier};
use regex::bytes::Regex;
use rustc_hash::FxHashMap;
use std::sync::{Arc, OnceLock};

/// The assignment rules of a run, by the names they ask for.
#[derive(Debug, Default)]
pub(super) struct AssignmentPlan {
    rules: Vec<AssignmentRule>,
    /// Names, letters and digits only, to rules.
    by_name: FxHashMap<String, Vec<usize>>,
    /// Rules for every name of a credential.
    unnamed: Vec<usize>,
}

/// An assignment rule with its expression, compiled on first use.
#[derive(Debug)]
pub(super) struct AssignmentRule {
    rule: Arc<Rule>,
    spec: Assignment,
    pattern: OnceLock<Option<Regex>>,
}

/// Words that say the value between a name and a hit belongs to something else.
const OTHER_THING: [&str; 10] =
    ["ID", "HASH", "SHA", "SHA256", "MD5", "DIGEST", "CHECKSUM", "COMMIT", "REVISION", "FINGERPRINT"];

impl AssignmentPlan {
    pub(super) fn add(&mut self, rule: Arc<Rule>, spec: &Assignment) {
        let own = spec.names.iter().map(String::as_str);
        let provider =
            rule.provider.as_deref().filter(|_| spec.names.is_empty()).and_then(|slug| providers().get(slug));
        let inherited = provider.into_iter().flat_map(|provider| provider.names.iter().map(String::as_str));
        let (at, mut is_named) = (self.rules.len(), false);
        for name in own.chain(inherited) {
            let rules = self.by_name.entry(name::squash(name.as_bytes())).or_default();
            if !rules.contains(&at) {
                rules.push(at);
            }
            is_named = true;
        }
        if !is_named {
            self.unnamed.push(at);
        }
        self.rules.push(AssignmentRule { rule, spec: spec.clone(), pattern: OnceLock::new() });
    }

    /// The rules for a variable with these words.
    fn of(&self, words: &name::Words) -> impl Iterator<Item = &AssignmentRule> {
        let named = words.tails().filter_map(|tail| self.by_name.get(tail)).flatten();
        named.chain(&self.unnamed).map(|at| &self.rules[*at])
    }
}

impl AssignmentRule {
    /// Looks for the rule's value on the rest of the line after the name that ends at `end`.
    fn shaped(&self, text: &[u8], end: usize) -> Option<Span> {
        let line = line_around(text, end);
        let pattern =
            self.pattern.get_or_init(|| self.spec.pattern.as_deref().and_then(|text| compile(text).ok())).as_ref()?;
        let window = &text[end..line.end.min(end + self.spec.reach + 512)];
        for hit in pattern.find_iter(window) {
            if hit.start() > self.spec.reach {
                return None;
            }
            let span = Span::new(end + hit.start(), end + hit.end());
            if !self.spec.alphabet.may_start(text, span.start) || !self.spec.alphabet.may_end(text, span.end) {
                continue;
            }
            if !joins(&text[end..span.start]) {
                return None;
            }
            let value = span.of(text);
            let random = random_part(pattern, value, self.spec.public);
            let written = placeholder::is_placeholder(&random, Tier::Weak);
            return (!written).then_some(span);
        }
        None
    }
}

/// Whether `gap`, the text between a name and a value, gives the one to the other.
fn joins(gap: &[u8]) -> bool {
    let operator = gap.iter().any(|b| matches!(b, b'=' | b':' | b',' | b'|' | b'>' | b' '));
    let another = gap
        .split(|b| !(b.is_ascii_alphanumeric() || *b == b'_' || *b == b'-'))
        .any(|word| name::words(word).last().is_some_and(|last| OTHER_THING.contains(&last.as_str())));
    operator && !another && !gap.windows(2).any(|pair| pair == b"==" || pair == b"!=")
}

/// Looks at the name that covers byte `at`, where part of a credential's name stands.
/// Returns the name's end, so that the next hit inside it can be passed over.
pub(super) fn at_name(cx: &mut Context<'_>, plan: &AssignmentPlan, at: usize) -> usize {
    let text = cx.text();
    if text[at..].starts_with(b"Bearer ") {
        at_bearer(cx, plan, at);
        return at + 7;
    }
    let span = assign::name_around(text, at);
    if cx.file.kind == FileKind::Lock {
        return span.end;
    }
    let mut words = std::mem::take(&mut cx.words);
    words.read(span.of(text));
    for rule in plan.of(&words) {
        match rule.spec.state {
            None => {
                if let Some(value) = rule.shaped(text, span.end) {
                    let mut found = Match::new(&rule.rule, value, Group::Value);
                    found.secret = Some((value, rule.spec.public));
                    found.name = Some(String::from_utf8_lossy(span.of(text)).into_owned());
                    cx.matches.push(found);
                }
            }
            Some(ValueState::Placeholder) => placeholder_at(cx, rule, span, &words),
        }
    }
    cx.words = words;
    span.end
}

/// A placeholder given to a vendor's variable, in a file where it will be used.
fn placeholder_at(cx: &mut Context<'_>, rule: &AssignmentRule, variable: Span, words: &name::Words) {
    let text = cx.text();
    let Some(provider) = providers().by_words(words) else { return };
    if !is_used(cx, variable.start) {
        return;
    }
    let Some(value) = assign::value_of(text, variable) else { return };
    // In code an unquoted word is another variable; elsewhere it is the value.
    let expression = matches!(
        cx.file.kind,
        FileKind::Python | FileKind::JavaScript | FileKind::C | FileKind::Code | FileKind::Notebook
    );
    if expression && value.quote.is_none() {
        return;
    }
    if value.quote.is_none() && cx.file.kind == FileKind::Yaml && text[variable.end..].starts_with(b"=") {
        return;
    }
    // A value that is a variable's name refers to it: `key: OPENAI_API_KEY` of a secret, a list of names to look up.
    let refers = names_variable(value.span.of(text));
    if !refers && placeholder::classify(value.span.of(text)) == ValueKind::Placeholder {
        let mut found = Match::new(&rule.rule, value.span, Group::Value);
        found.provider = Some(Arc::from(provider.slug.as_str()));
        found.name = Some(String::from_utf8_lossy(variable.of(text)).into_owned());
        cx.matches.push(found);
    }
}

/// `Authorization: Bearer YOUR_API_KEY`, sent to a vendor named nearby.
fn at_bearer(cx: &mut Context<'_>, plan: &AssignmentPlan, at: usize) {
    let text = cx.text();
    let start = at + b"Bearer ".len();
    let length = text[start..]
        .iter()
        .take(256)
        .take_while(|b| !matches!(b, b'"' | b'\'' | b'`' | b'\n' | b'\r' | b'\\' | b' '))
        .count();
    let value = Span::new(start, start + length);
    // `f"Bearer {key}"`: the value is filled in when the program runs.
    let filled_in = value.of(text).contains(&b'{') || value.of(text).contains(&b'%');
    if filled_in || !is_used(cx, at) || placeholder::classify(value.of(text)) != ValueKind::Placeholder {
        return;
    }
    let around = &text[at.saturating_sub(512)..text.len().min(at + 512)];
    let Some(provider) = providers().by_host(around) else { return };
    for rule in plan.rules.iter().filter(|rule| rule.spec.state == Some(ValueState::Placeholder)) {
        let mut found = Match::new(&rule.rule, value, Group::Value);
        found.provider = Some(Arc::from(provider.slug.as_str()));
        found.name = Some("Authorization".to_owned());
        cx.matches.push(found);
    }
}

/// Whether a value is the name of a vendor's variable or header, not a text that asks for its value.
fn names_variable(value: &[u8]) -> bool {
    let asks =
        |word: &String| matches!(word.as_str(), "YOUR" | "MY" | "THE" | "ENTER" | "INSERT" | "PASTE" | "REPLACE");
    providers().by_variable(value).is_some() && !name::words(value).iter().any(asks)
}

/// Whether Python text ends inside a string of triple quotes: documentation, nearly always.
fn in_docstring(before: &[u8]) -> bool {
    [&b"\"\"\""[..], b"'''"].iter().any(|quotes| memchr::memmem::find_iter(before, quotes).count() % 2 == 1)
}

/// Whether what stands at byte `at` takes part in something that runs: no template, documentation, test or comment.
fn is_used(cx: &Context<'_>, at: usize) -> bool {
    if cx.file.role != Role::Live || assign::is_commented(cx.text(), at) {
        return false;
    }
    match cx.file.kind {
        FileKind::Prose | FileKind::Lock | FileKind::Text => false,
        FileKind::Python => !in_docstring(&cx.text()[..at]),
        _ => true,
    }
}
