//! Why a line is, or is not, reported: which rules had a candidate there, and what stopped each.
//!
//! Nothing of it runs in a scan. It asks the same matchers, which say why they were silent where a scan drops the answer.

use super::assignment::AssignmentRule;
use super::context::Context;
use super::excerpt::{self, Secrets};
use super::given::Given;
use super::in_use;
use super::key_form;
use super::plan::{NAME_WORDS, Plan, SECRET_WORDS};
use super::token::Guard;
use crate::finding::Excerpt;
use crate::rules::matcher::ValueState;
use crate::rules::{Rule, providers};
use crate::source::{FileKind, SourceFile};
use crate::span::{LineIndex, Span};
use crate::syntax::assign;
use crate::text::placeholder::{self, ValueKind};
use crate::text::{name, sanitize, setting};
use std::sync::Arc;

/// What the matchers say about one line.
#[derive(Debug)]
pub struct Trace {
    /// The line, masked.
    pub line: Excerpt,
    /// The rules that had something to look at, in the order of their places.
    pub candidates: Vec<Candidate>,
    /// Names that hold a part of a credential's name but are none, as inert text.
    pub other_names: Vec<String>,
}

/// A rule that had something to look at.
#[derive(Debug)]
pub struct Candidate {
    /// The rule.
    pub rule: Arc<Rule>,
    /// The column of what it looked at, in characters from 1.
    pub column: usize,
    /// What it looked at: a vendor's prefix or a name, as inert text.
    pub what: String,
    /// What stopped it; `None` if it matched.
    pub stopped: Option<&'static str>,
}

/// Asks the matchers of `plan` that go by a token's prefix or a credential's name about line `line` (from 1) of `file`;
/// `None` if there is no such line.
pub fn trace(plan: &Plan, file: &SourceFile<'_>, line: usize) -> Option<Trace> {
    let cx = Context::new(file);
    let lines = LineIndex::new(file.text);
    let span = lines.nth_line(file.text, line)?;
    let mut seen: Vec<(usize, Candidate)> = Vec::new();
    let mut secrets: Vec<(Span, usize)> = Vec::new();
    let mut add = |at: usize, rule: &Arc<Rule>, what: &[u8], stopped: Option<&'static str>| {
        let column = lines.position(file.text, at).column;
        let candidate = Candidate { rule: rule.clone(), column, what: sanitize::printable(what), stopped };
        seen.push((at, candidate));
    };
    for rule in &plan.tokens {
        for anchor in rule.spec().anchors.iter().map(String::as_bytes) {
            for at in memchr::memmem::find_iter(span.of(file.text), anchor).map(|at| span.start + at) {
                let stopped = match rule.judge(file.text, at, anchor.len()) {
                    Ok(_) if rule.spec().not_in.contains(&file.kind) => Some("it does not look at files of this kind"),
                    Ok(hit) => {
                        secrets.push((hit.span, hit.public));
                        None
                    }
                    Err(guard) => Some(token_guard(guard)),
                };
                add(at, rule.rule(), anchor, stopped);
            }
        }
    }
    let mut other_names = Vec::new();
    for variable in names(file, span) {
        let name = variable.of(file.text);
        if !name::is_credential(name) && providers().by_variable(name).is_none() {
            let shown = sanitize::printable(name);
            if !other_names.contains(&shown) {
                other_names.push(shown);
            }
        }
        let mut words = name::Words::default();
        words.read(name);
        for rule in plan.assignments.of(&words) {
            let stopped = match rule.spec().state {
                None => rule.shaped(file.text, span, variable.end).err(),
                Some(state) => stated(&cx, plan, rule, state, variable, &words),
            };
            if stopped != Some("") {
                add(variable.start, rule.rule(), name, stopped);
            }
        }
        // Whatever is given to a credential's name is masked, also what no rule reports.
        secrets.extend(assign::value_of(file.text, span, variable).map(|value| (value.span, 0)));
    }
    seen.sort_by(|(a, one), (b, other)| (a, &one.rule.id).cmp(&(b, &other.rule.id)));
    seen.dedup_by(|(a, one), (b, other)| a == b && one.rule.id == other.rule.id && one.stopped == other.stopped);
    let line = excerpt::excerpt(file.text, span, Span::new(span.start, span.start), &Secrets::new(secrets), false);
    Some(Trace { line, candidates: seen.into_iter().map(|(_, candidate)| candidate).collect(), other_names })
}

const fn token_guard(guard: Guard) -> &'static str {
    match guard {
        Guard::Before => "the character before it belongs to the same word",
        Guard::Pattern => "what follows does not have the form of such a key",
        Guard::After => "the character behind it belongs to the same word",
        Guard::Sample => "it is a published sample, or public by design",
        Guard::Written => "it is a placeholder, or written by a person",
        Guard::Checksum => "its checksum does not hold (of a JSON Web Token: its header): invented or mistyped",
    }
}

/// The names on the line at `span` that a scan would look at, each once.
fn names(file: &SourceFile<'_>, span: Span) -> Vec<Span> {
    if file.kind == FileKind::Lock {
        return Vec::new();
    }
    let words = NAME_WORDS.iter().chain(&SECRET_WORDS);
    let hits = words.flat_map(|word| memchr::memmem::find_iter(span.of(file.text), word));
    let mut names: Vec<Span> = hits.map(|at| assign::name_around(file.text, span.start + at)).collect();
    names.sort();
    names.dedup();
    names
}

/// What stopped a rule about the state of the value that `variable` is given; empty if nobody would expect it there.
fn stated(
    cx: &Context<'_>,
    plan: &Plan,
    rule: &AssignmentRule,
    state: ValueState,
    variable: Span,
    words: &name::Words,
) -> Option<&'static str> {
    let text = cx.text();
    let Some(given) = Given::to(cx, variable, words, true) else {
        let speaks = state == ValueState::Random && words.is_credential();
        return Some(if speaks { "the name is given no literal value on this line" } else { "" });
    };
    if given.matched(cx, plan, rule).is_some() {
        return in_use::unused(cx, variable.start);
    }
    let value = given.value.of(text);
    Some(match state {
        ValueState::Placeholder if given.provider.is_none() => "",
        ValueState::Placeholder => match placeholder::classify(value) {
            ValueKind::Literal => "the value is no placeholder",
            kind => no_secret(kind),
        },
        ValueState::Random if !given.is_credential => "",
        ValueState::Random => match placeholder::classify(value) {
            ValueKind::Literal if name::words(given.variable).last().is_some_and(|last| last == "ID") => "it is an id",
            ValueKind::Literal if setting::is_setting(value) => "the value is a setting, a path, an address or words",
            ValueKind::Literal if key_form::holds(&plan.tokens, value) => "a vendor's rule knows the value",
            ValueKind::Literal => "the value is too short, or too regular to be drawn at random",
            kind => no_secret(kind),
        },
        ValueState::UrlPassword if memchr::memmem::find(value, b"://").is_none() => "",
        ValueState::UrlPassword => "the value is no URL with a password for another machine",
        // Damage is the exception: that there is none needs no words.
        ValueState::Malformed | ValueState::WrongProvider => "",
    })
}

const fn no_secret(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Empty => "the value is empty",
        ValueKind::Reference => "the value refers to something else",
        ValueKind::LocalDummy => "the value is a dummy that local servers expect",
        ValueKind::Placeholder => "the value is a placeholder",
        ValueKind::Literal => "the value is a literal",
    }
}
