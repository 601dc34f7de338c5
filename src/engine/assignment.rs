//! Values that are credentials, or stand for one, because of the name they are given to.

use super::context::{Context, Group, Match};
use super::given::Given;
use super::plan::Plan;
use super::token::random_part;
use crate::rules::matcher::{Assignment, ValueState, compile};
use crate::rules::{Confidence, Rule, providers};
use crate::source::{FileKind, Role};
use crate::span::{Span, line_around};
use crate::syntax::assign;
use crate::text::placeholder::{self, ValueKind};
use crate::text::{name, randomness::Tier};
use regex::bytes::Regex;
use std::sync::{Arc, OnceLock};

/// An assignment rule with its expression, compiled on first use.
#[derive(Debug)]
pub(super) struct AssignmentRule {
    rule: Arc<Rule>,
    spec: Assignment,
    /// The names, letters and digits only.
    names: Vec<String>,
    pattern: OnceLock<Option<Regex>>,
}

/// Words that say the value between a name and a hit belongs to something else.
const OTHER_THING: [&str; 10] =
    ["ID", "HASH", "SHA", "SHA256", "MD5", "DIGEST", "CHECKSUM", "COMMIT", "REVISION", "FINGERPRINT"];

impl AssignmentRule {
    pub(super) fn new(rule: Arc<Rule>, spec: &Assignment) -> Self {
        let own = spec.names.iter().map(String::as_str);
        let provider =
            rule.provider.as_deref().filter(|_| spec.names.is_empty()).and_then(|slug| providers().get(slug));
        let inherited = provider.into_iter().flat_map(|provider| provider.names.iter().map(String::as_str));
        let names = own.chain(inherited).map(|text| name::squash(text.as_bytes())).collect();
        Self { rule, spec: spec.clone(), names, pattern: OnceLock::new() }
    }

    /// Whether a variable whose tails (squashed, shortest first) are `tails` is one of the rule's.
    pub(super) fn is_named(&self, tails: &[String]) -> bool {
        if self.names.is_empty() {
            return true;
        }
        tails.iter().any(|tail| self.names.contains(tail))
    }

    pub(super) const fn rule(&self) -> &Arc<Rule> {
        &self.rule
    }

    pub(super) const fn spec(&self) -> &Assignment {
        &self.spec
    }

    /// Looks for the rule's value on the rest of the line after the name that ends at `end`; otherwise says why there
    /// is none.
    pub(super) fn shaped(&self, text: &[u8], end: usize) -> Result<Span, &'static str> {
        const NO_VALUE: &str = "no value of its form follows the name";
        let line = line_around(text, end);
        let pattern = self.pattern.get_or_init(|| self.spec.pattern.as_deref().and_then(|text| compile(text).ok()));
        let Some(pattern) = pattern else { return Err(NO_VALUE) };
        let window = &text[end..line.end.min(end + self.spec.reach + 512)];
        for hit in pattern.find_iter(window) {
            if hit.start() > self.spec.reach {
                return Err("the value stands too far behind the name");
            }
            let span = Span::new(end + hit.start(), end + hit.end());
            if !self.spec.alphabet.may_start(text, span.start) || !self.spec.alphabet.may_end(text, span.end) {
                continue;
            }
            if !joins(&text[end..span.start]) {
                return Err("what stands between name and value gives it to something else");
            }
            let value = span.of(text);
            let random = random_part(pattern, value, self.spec.public);
            let written = placeholder::is_placeholder(&random, Tier::Weak);
            return if written { Err("the value is a placeholder or written by a person") } else { Ok(span) };
        }
        Err(NO_VALUE)
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
pub(super) fn at_name(cx: &mut Context<'_>, plan: &Plan, at: usize) -> usize {
    let text = cx.text();
    if text[at..].starts_with(b"Bearer ") {
        at_bearer(cx, plan, at);
        return at + 7;
    }
    let span = assign::name_around(text, at);
    if cx.file.kind == FileKind::Lock {
        return span.end;
    }
    let tails = tails(span.of(text));
    let found_before = cx.matches.len();
    for rule in plan.assignments.iter().filter(|rule| rule.spec.state.is_none() && rule.is_named(&tails)) {
        if let Ok(value) = rule.shaped(text, span.end) {
            let mut found = Match::new(&rule.rule, value, Group::Value);
            found.secret = Some((value, rule.spec.public));
            found.name = Some(String::from_utf8_lossy(span.of(text)).into_owned());
            cx.matches.push(found);
        }
    }
    let stated = || plan.assignments.iter().filter(|rule| rule.spec.state.is_some());
    let is_named = || stated().any(|rule| !rule.names.is_empty() && rule.is_named(&tails));
    // A vendor's rule that knows the value says more than how it looks.
    let is_known = cx.matches.len() > found_before;
    if let Some(given) = Given::to(cx, span, is_named) {
        let says = |rule: &&AssignmentRule| {
            rule.is_named(&tails)
                && !(is_known && matches!(rule.spec.state, Some(ValueState::Random | ValueState::Placeholder)))
        };
        let mut found: Vec<Match> = stated().filter(says).filter_map(|rule| given.matched(cx, plan, rule)).collect();
        if found.iter().any(|found| found.rule.confidence > Confidence::Low) {
            found.retain(|found| found.rule.confidence > Confidence::Low);
        }
        // Dearest last: a comment or docstring is looked for from the start of the line or file.
        if !found.is_empty() && unused(cx, span.start).is_none() {
            cx.matches.extend(found);
        }
    }
    span.end
}

/// The tails of a name, its words joined, shortest first: `KEY`, `APIKEY`, `OPENAIAPIKEY`.
pub(super) fn tails(name: &[u8]) -> Vec<String> {
    let mut tail = String::new();
    let longer = |word: &String| {
        tail.insert_str(0, word);
        tail.clone()
    };
    name::words(name).iter().rev().map(longer).collect()
}

/// `Authorization: Bearer YOUR_API_KEY`, sent to a vendor named nearby.
fn at_bearer(cx: &mut Context<'_>, plan: &Plan, at: usize) {
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
    if filled_in || unused(cx, at).is_some() {
        return;
    }
    let given = Given { variable: b"Authorization", is_credential: true, provider: None, value };
    for rule in plan.assignments.iter().filter(|rule| rule.spec.state == Some(ValueState::Malformed)) {
        cx.matches.extend(given.matched(cx, plan, rule));
    }
    if placeholder::classify(value.of(text)) != ValueKind::Placeholder {
        return;
    }
    let around = &text[at.saturating_sub(512)..text.len().min(at + 512)];
    let Some(provider) = providers().by_host(around) else { return };
    for rule in plan.assignments.iter().filter(|rule| rule.spec.state == Some(ValueState::Placeholder)) {
        let mut found = Match::new(&rule.rule, value, Group::Value);
        found.provider = Some(Arc::from(provider.slug.as_str()));
        found.name = Some("Authorization".to_owned());
        cx.matches.push(found);
    }
}

/// Whether Python text ends inside a string of triple quotes: documentation, nearly always.
fn in_docstring(before: &[u8]) -> bool {
    [&b"\"\"\""[..], b"'''"].iter().any(|quotes| memchr::memmem::find_iter(before, quotes).count() % 2 == 1)
}

/// Why what stands at byte `at` takes no part in anything that runs: a template, documentation, a test, a comment.
pub(super) fn unused(cx: &Context<'_>, at: usize) -> Option<&'static str> {
    match cx.file.role {
        Role::Template => return Some("the file is a template to be filled in"),
        Role::Documentation => return Some("the file is documentation"),
        Role::Test => return Some("the file is a test"),
        Role::Live => {}
    }
    if assign::is_commented(cx.text(), at) {
        return Some("it stands in a comment");
    }
    match cx.file.kind {
        FileKind::Prose | FileKind::Lock | FileKind::Text => Some("files of this kind are not run"),
        FileKind::Python if in_docstring(&cx.text()[..at]) => Some("it stands in a docstring"),
        _ => None,
    }
}
