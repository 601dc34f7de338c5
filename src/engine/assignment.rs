//! Values that are credentials, or stand for one, because of the name they are given to.

use super::context::{Context, Group, Match};
use super::given::Given;
use super::in_use::unused;
use super::key_form;
use super::plan::Plan;
use super::sent;
use super::token::random_part;
use crate::rules::matcher::{Assignment, ValueState, compile};
use crate::rules::{Confidence, Provider, Rule, providers};
use crate::source::FileKind;
use crate::span::Span;
use crate::syntax::assign;
use crate::text::placeholder;
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

    /// The rules for values in one of these states, whatever the name.
    pub(super) fn in_state(&self, states: &[ValueState]) -> impl Iterator<Item = &AssignmentRule> {
        self.rules.iter().filter(|rule| rule.spec.state.is_some_and(|state| states.contains(&state)))
    }

    /// The rules for a variable with these words.
    pub(super) fn of(&self, words: &name::Words) -> impl Iterator<Item = &AssignmentRule> {
        self.named(words).chain(self.unnamed())
    }

    /// The rules for every name of a credential.
    fn unnamed(&self) -> impl Iterator<Item = &AssignmentRule> {
        self.unnamed.iter().map(|at| &self.rules[*at])
    }

    /// The rules that know the form of a vendor's keys, and ask for no names but the vendor's.
    pub(super) fn of_vendor(&self, slug: &str) -> impl Iterator<Item = &AssignmentRule> {
        let is_own = move |rule: &&AssignmentRule| {
            rule.spec.pattern.is_some() && rule.spec.names.is_empty() && rule.rule.provider.as_deref() == Some(slug)
        };
        self.rules.iter().filter(is_own)
    }

    /// The rules that ask for a variable with these words by its name.
    fn named(&self, words: &name::Words) -> impl Iterator<Item = &AssignmentRule> {
        words.tails().filter_map(|tail| self.by_name.get(tail)).flatten().map(|at| &self.rules[*at])
    }
}

impl AssignmentRule {
    pub(super) const fn rule(&self) -> &Arc<Rule> {
        &self.rule
    }

    pub(super) const fn spec(&self) -> &Assignment {
        &self.spec
    }

    /// The match on a `value` of the rule's form that is given to what is shown as `name`.
    pub(super) fn matched(&self, value: Span, name: Option<String>) -> Match {
        let secret = Some((value, self.spec.public));
        Match { secret, name, ..Match::new(&self.rule, value, Group::Value) }
    }

    /// Whether all of `value` has the form the rule asks for, and looks drawn at random.
    fn is_whole(&self, value: &[u8]) -> bool {
        let Some(pattern) = self.compiled() else { return false };
        pattern.find(value).is_some_and(|hit| hit.range() == (0..value.len()))
            && !placeholder::is_placeholder(&random_part(pattern, value, self.spec.public), Tier::Weak)
    }

    fn compiled(&self) -> Option<&Regex> {
        self.pattern.get_or_init(|| self.spec.pattern.as_deref().and_then(|text| compile(text).ok())).as_ref()
    }

    /// Looks for the rule's value on the rest of `line` after the name that ends at `end`; otherwise says why there is
    /// none.
    pub(super) fn shaped(&self, text: &[u8], line: Span, end: usize) -> Result<Span, &'static str> {
        const NO_VALUE: &str = "no value of its form follows the name";
        let Some(pattern) = self.compiled() else { return Err(NO_VALUE) };
        let window = &text[end..value_end(text, line, end).min(end + self.spec.reach + 512)];
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

/// Where what is given to the name that ends at `end` may end: with its line, or with the next one if that holds the
/// value.
fn value_end(text: &[u8], line: Span, end: usize) -> usize {
    /// The longest next line that is looked at, in bytes.
    const LONGEST: usize = 512;
    let whole = assign::line_of_value(text, line, end);
    if whole.end > line.end {
        return whole.end.min(line.end + LONGEST);
    }
    let Some(word) = assign::pair_word(text, end).filter(|word| word.start > line.end) else { return line.end };
    let rest = &text[word.end..text.len().min(word.end + LONGEST)];
    word.end + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

/// The shortest of the forms vendors' keys have without a prefix, in bytes.
const SHORTEST: usize = 23;

/// Whether a run of characters as long as a key stands near byte `end`, where a name ends.
fn gives_run(text: &[u8], end: usize) -> bool {
    /// How far the name may be, in bytes.
    const REACH: usize = 160;
    let is_token = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
    text[end..text.len().min(end + REACH)].split(|b| !is_token(b)).any(|run| run.len() >= SHORTEST)
}

/// Whether `gap`, the text between a name and a value, gives the one to the other.
fn joins(gap: &[u8]) -> bool {
    let operator = gap.iter().any(|b| matches!(b, b'=' | b':' | b',' | b'|' | b'>' | b' '))
        // `.apiKey("value")`, `key{"value"}`
        || matches!(gap, [b'(' | b'{', b'"' | b'\'' | b'`'])
        // The colon of Chinese and Japanese text.
        || memchr::memmem::find(gap, "：".as_bytes()).is_some();
    let another = gap
        .split(|b| !(b.is_ascii_alphanumeric() || *b == b'_' || *b == b'-'))
        .any(|word| name::words(word).last().is_some_and(|last| OTHER_THING.contains(&last.as_str())));
    // A comment says something else; an address says where it is kept.
    let elsewhere =
        [&b" # "[..], b" // ", b"://", b"arn:"].iter().any(|mark| memchr::memmem::find(gap, mark).is_some());
    operator && !another && !elsewhere && !gap.windows(2).any(|pair| pair == b"==" || pair == b"!=")
}

/// Looks at the name that covers byte `at`, where part of a credential's name stands.
/// Returns the name's end, so that the next hit inside it can be passed over.
pub(super) fn at_name(cx: &mut Context<'_>, plan: &Plan, at: usize) -> usize {
    if cx.text()[at..].starts_with(b"Bearer ") {
        sent::at_bearer(cx, plan, at);
        return at + 7;
    }
    at_whole_name(cx, plan, at, false)
}

/// As [`at_name`], where the name is one of a secret that may have nothing to do with a vendor.
pub(super) fn at_secret_name(cx: &mut Context<'_>, plan: &Plan, at: usize) -> usize {
    at_whole_name(cx, plan, at, true)
}

fn at_whole_name(cx: &mut Context<'_>, plan: &Plan, at: usize, in_passing: bool) -> usize {
    let text = cx.text();
    let span = assign::name_around(text, at);
    if cx.file.kind != FileKind::Lock {
        let mut words = std::mem::take(&mut cx.words);
        words.read(span.of(text));
        look(cx, plan, span, &words, in_passing);
        cx.words = words;
    }
    span.end
}

/// Looks at what the name at `span`, whose words are `words`, is given. A vendor's host nearby says whose credential it
/// is if the name does not; `in_passing` that is asked only where a text is given.
fn look(cx: &mut Context<'_>, plan: &Plan, span: Span, words: &name::Words, in_passing: bool) {
    let text = cx.text();
    let found_before = cx.matches.len();
    let named: Vec<&AssignmentRule> = plan.assignments.named(words).collect();
    let asking = || named.iter().copied().chain(plan.assignments.unnamed());
    for rule in asking().filter(|rule| rule.spec.state.is_none()) {
        if let Ok(value) = rule.shaped(text, cx.lines.around(span.end), span.end) {
            let name = String::from_utf8_lossy(span.of(text)).into_owned();
            cx.matches.push(rule.matched(value, Some(name)));
        }
    }
    // A vendor's rule that knows the value says more than how it looks.
    let is_known = cx.matches.len() > found_before;
    let gives = |cx: &Context<'_>| {
        if in_passing {
            Given::to(cx, span, words, false).is_some_and(|given| given.value.len() >= SHORTEST)
        } else {
            gives_run(text, span.end)
        }
    };
    let is_nobodys = !is_known && providers().by_words(words).is_none() && words.is_credential();
    if is_nobodys && gives(cx) {
        let shown = String::from_utf8_lossy(span.of(text)).into_owned();
        let value = Span::new(span.end, span.end);
        if let Some(vendor) = sent::vendor_near(cx, value)
            && sent::at_vendor(cx, plan, vendor, &shown, span)
        {
            return;
        }
    }
    let is_named = named.iter().any(|rule| rule.spec.state.is_some());
    let Some(given) = Given::to(cx, span, words, is_named) else { return };
    let mut found: Vec<Match> = asking()
        .filter(|rule| !(is_known && matches!(rule.spec.state, Some(ValueState::Random | ValueState::Placeholder))))
        .filter_map(|rule| given.matched(cx, plan, rule))
        .collect();
    if found.iter().any(|found| found.rule.confidence > Confidence::Low) {
        found.retain(|found| found.rule.confidence > Confidence::Low);
    }
    if !found.is_empty() && unused(cx, span.start).is_none() {
        cx.matches.extend(found);
    }
}

/// Looks at the text that starts at byte `value`, which the client named around byte `at` is built with. The vendor is the
/// one whose name stands there: `Mistral::Client.new("…")`.
pub(super) fn at_client(cx: &mut Context<'_>, plan: &Plan, at: usize, value: usize) {
    /// The longest name and the longest key that are looked at, in bytes.
    const LONGEST_NAME: usize = 64;
    const LONGEST_KEY: usize = 128;
    let text = cx.text();
    let is_part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'.');
    let length = text[at.saturating_sub(LONGEST_NAME)..at].iter().rev().take_while(is_part).count();
    let name = Span::new(at - length, at + b"lient".len());
    let rest = &text[value..text.len().min(value + LONGEST_KEY)];
    let Some(end) = memchr::memchr2(b'"', b'\'', rest).filter(|_| !cx.lines.is_commented(at)) else { return };
    let value = Span::new(value, value + end);
    // The address of a server.
    if memchr::memmem::find(value.of(text), b"://").is_some() {
        return;
    }
    let words = name::words(name.of(text));
    // `ElevenLabs` is two words.
    let parts = (1..=2).flat_map(|count| words.windows(count).map(<[String]>::concat).collect::<Vec<_>>());
    let mut vendors = parts.filter_map(|part| providers().by_variable(format!("{part}_API_KEY").as_bytes()));
    let Some(vendor) = vendors.next() else { return };
    let before = cx.matches.len();
    key_of(cx, plan, value, &String::from_utf8_lossy(name.of(text)), vendor);
    if cx.matches.len() > before || unused(cx, value.start).is_some() {
        return;
    }
    let provider = Some(vendor);
    let given = Given { variable: name.of(text), name_end: name.end, is_credential: true, provider, value };
    // What else it is given may lead to a server that asks for no key.
    let is_alone = text[value.end + 1..].trim_ascii_start().starts_with(b")");
    let states = [ValueState::Malformed, ValueState::Random, ValueState::Placeholder];
    let states = if is_alone { &states[..] } else { &states[..2] };
    for rule in plan.assignments.in_state(states) {
        cx.matches.extend(given.matched(cx, plan, rule));
    }
}

/// Reports the secret, known by the rule called `id`, that follows what ends at byte `end`: `("id", "secret")`,
/// `id,secret`.
pub(super) fn at_pair(cx: &mut Context<'_>, plan: &Plan, id: &str, end: usize) {
    let text = cx.text();
    let is_joint = |b: &&u8| matches!(b, b'"' | b'\'' | b'`' | b',' | b' ');
    let joint = text[end..].iter().take_while(is_joint).count();
    if !text[end..end + joint].contains(&b',') {
        return;
    }
    let line = cx.lines.around(end);
    for other in plan.assignments.rules.iter().filter(|other| other.rule.id == id) {
        if let Ok(value) = other.shaped(text, line, end)
            && value.start == end + joint
        {
            cx.matches.push(other.matched(value, None));
        }
    }
}

/// Looks at the address that starts at byte `at`, whatever it is given to: where it holds a password, it is one.
pub(super) fn at_address(cx: &mut Context<'_>, plan: &Plan, at: usize) {
    /// The longest address that is looked at, in bytes.
    const LONGEST: usize = 1024;
    let text = cx.text();
    let rest = &text[at..text.len().min(at + LONGEST)];
    let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b'|');
    let end = at + rest.iter().position(is_end).unwrap_or(rest.len());
    let scheme = memchr::memchr(b':', rest).unwrap_or(0);
    if !rest[scheme..].starts_with(b"://") {
        return;
    }
    let (variable, value) = (&rest[..scheme], Span::new(at, end));
    // A program fills in what stands in braces.
    let is_filled_in = value.of(text).iter().any(|b| matches!(b, b'{' | b'}' | b'$' | b'(' | b')'))
        || memchr::memmem::find(value.of(text), b"%s").is_some();
    if !value.of(text).contains(&b'@') || is_filled_in {
        return;
    }
    let given = Given { variable, name_end: at, is_credential: true, provider: None, value };
    let states = [ValueState::UrlPassword, ValueState::Placeholder];
    let found: Vec<Match> =
        plan.assignments.in_state(&states).filter_map(|rule| given.matched(cx, plan, rule)).collect();
    if !found.is_empty() && unused(cx, at).is_none() {
        cx.matches.extend(found);
    }
}

/// Reports that the text at `value`, which a client is given as `name`, is a key of `vendor`'s, if it has their form.
pub(super) fn key_of(cx: &mut Context<'_>, plan: &Plan, value: Span, name: &str, vendor: &Provider) {
    for rule in plan.assignments.of_vendor(&vendor.slug) {
        if rule.is_whole(value.of(cx.text())) {
            cx.matches.push(rule.matched(value, Some(name.to_owned())));
        }
    }
}

/// Reports that the placeholder at `value`, given to `name`, is sent to `provider`.
pub(super) fn placeholder(cx: &mut Context<'_>, plan: &Plan, value: Span, name: &str, provider: &Provider) {
    if unused(cx, value.start).is_some() || key_form::holds(&plan.tokens, value.of(cx.text())) {
        return;
    }
    for rule in plan.assignments.in_state(&[ValueState::Placeholder]) {
        let mut found = Match::new(&rule.rule, value, Group::Value);
        found.provider = Some(Arc::from(provider.slug.as_str()));
        found.name = Some(name.to_owned());
        cx.matches.push(found);
    }
}
