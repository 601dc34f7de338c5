//! Values that are credentials, or stand for one, because of the name they are given to.

use super::context::{Context, Group, Match};
use super::key_form::{self, Fault};
use super::plan::Plan;
use super::token::random_part;
use crate::rules::matcher::{Assignment, ValueState, compile};
use crate::rules::{Provider, Rule, providers};
use crate::source::{FileKind, Role};
use crate::span::{Span, line_around};
use crate::syntax::assign::{self, Value};
use crate::syntax::shell;
use crate::text::placeholder::{self, ValueKind};
use crate::text::{name, randomness::Tier, setting};
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
    fn is_named(&self, tails: &[String]) -> bool {
        if self.names.is_empty() {
            return true;
        }
        tails.iter().any(|tail| self.names.contains(tail))
    }

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
    let mut tails = Vec::new();
    let mut tail = String::new();
    for word in name::words(span.of(text)).iter().rev() {
        tail.insert_str(0, word);
        tails.push(tail.clone());
    }
    let found_before = cx.matches.len();
    for rule in plan.assignments.iter().filter(|rule| rule.spec.state.is_none() && rule.is_named(&tails)) {
        if let Some(value) = rule.shaped(text, span.end) {
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
        for rule in stated().filter(|rule| rule.is_named(&tails)) {
            if is_known && matches!(rule.spec.state, Some(ValueState::Random | ValueState::Placeholder)) {
                continue;
            }
            cx.matches.extend(rule.stated(cx, plan, &given));
        }
    }
    span.end
}

/// A value that a telling name is given in a place where it is used.
struct Given<'a> {
    variable: &'a [u8],
    /// Whether the name says that the value is a credential.
    is_credential: bool,
    /// The vendor the variable belongs to.
    provider: Option<&'static Provider>,
    value: Value,
}

impl<'a> Given<'a> {
    /// What `variable` is given, if its name is a credential's or `is_named` by a rule.
    fn to(cx: &Context<'a>, variable: Span, is_named: impl Fn() -> bool) -> Option<Self> {
        let text = cx.text();
        let name = variable.of(text);
        let provider = providers().by_variable(name);
        let is_credential = provider.is_some() || name::is_credential(name);
        if !is_credential && !is_named() || !is_used(cx, variable.start) {
            return None;
        }
        let value = assign::value_of(text, variable)?;
        // In code an unquoted word is another variable; elsewhere it is the value.
        let expression =
            matches!(cx.file.kind, FileKind::Python | FileKind::JavaScript | FileKind::Code | FileKind::Notebook);
        if value.quote.is_none()
            && (expression || cx.file.kind == FileKind::Yaml && text[variable.end..].starts_with(b"="))
        {
            return None;
        }
        Some(Self { variable: name, is_credential, provider, value })
    }
}

impl AssignmentRule {
    /// The rule's match on a value that is in its state.
    fn stated(&self, cx: &Context<'_>, plan: &Plan, given: &Given<'_>) -> Option<Match> {
        let value = given.value.span.of(cx.text());
        let mut found = Match::new(&self.rule, given.value.span, Group::Value);
        found.name = Some(String::from_utf8_lossy(given.variable).into_owned());
        found.provider = given.provider.map(|provider| Arc::from(provider.slug.as_str()));
        match self.spec.state? {
            ValueState::Placeholder => {
                // A value that is a variable's name refers to it: `key: OPENAI_API_KEY` of a secret, a list of names.
                let is_placeholder = given.provider.is_some()
                    && !names_variable(value)
                    && placeholder::classify(value) == ValueKind::Placeholder
                    // `live` and `secret` stand in the prefixes of real keys.
                    && !key_form::holds(&plan.tokens, value);
                return is_placeholder.then_some(found);
            }
            ValueState::Malformed => {
                let owner = given.provider.map(|provider| provider.slug.as_str());
                let (rule, public, fault) = key_form::damaged(&plan.tokens, value, owner)?;
                found.secret = Some((given.value.span, public));
                found.provider = rule.rule().provider.as_deref().map(Arc::from);
                found.message = Some(damage(given.variable, fault, found.provider.as_deref()));
            }
            ValueState::WrongProvider => {
                let slug = given.provider.filter(|own| self.spec.variables.contains(&own.slug))?.slug.as_str();
                let (rule, public) = key_form::whole(&plan.tokens, value)?;
                let owner = rule.rule().provider.as_deref()?;
                if owner == slug || !self.spec.keys.iter().any(|key| key == owner) || names_server(cx.text()) {
                    return None;
                }
                found.secret = Some((given.value.span, public));
                found.canonical = providers().get(owner).map(|provider| provider.title.clone());
            }
            ValueState::Random => {
                let least = if name::is_password(given.variable) { LEAST_PASSWORD } else { LEAST_TOKEN };
                // The id of a key opens nothing without the key.
                let is_id = name::words(given.variable).last().is_some_and(|last| last == "ID");
                let is_drawn = given.is_credential && !is_id && placeholder::is_drawn(value, least);
                if !is_drawn || key_form::holds(&plan.tokens, value) || is_open(cx.text()) {
                    return None;
                }
                found.secret = Some((given.value.span, 0));
            }
            ValueState::UrlPassword => {
                found.span = url_password(cx.text(), given.value.span)?;
                found.secret = Some((found.span, 0));
            }
        }
        Some(found)
    }
}

/// The least lengths, in bytes, of a random value that is worth a note: below 20 characters chance makes text of 1 % of
/// them, and text of it. Passwords are shorter, and are taken for what their name says.
const LEAST_TOKEN: usize = 20;
const LEAST_PASSWORD: usize = 10;

/// Whether what a text gives to its names may be read by anybody: ciphertext, or the keys of Algolia's search, which
/// browsers send.
fn is_open(text: &[u8]) -> bool {
    [&b"SealedSecret"[..], b"encryptedData", b"sops:", b"\"sops\"", b"docsearch", b"algolia", b"indexName"]
        .iter()
        .any(|word| memchr::memmem::find(text, word).is_some())
}

/// The password of the URL at `span`, if it opens something on another machine and is none everybody knows.
fn url_password(text: &[u8], span: Span) -> Option<Span> {
    let password = shell::urls(text, span).into_iter().next()?.value;
    let user = text[span.start..password.start].strip_suffix(b":")?.rsplit(|b| *b == b'/').next()?;
    let host = text[password.end..span.end].strip_prefix(b"@")?;
    let host = host.split(|b| matches!(b, b'/' | b':' | b'?' | b',')).next().unwrap_or_default();
    let is_remote = host.contains(&b'.')
        && ![&b"127."[..], b"0.0.0.0", b"10.", b"192.168."].iter().any(|net| host.starts_with(net))
        && ![&b".local"[..], b".internal", b".example", b".test", b".invalid", b"example.com", b"example.org"]
            .iter()
            .any(|end| host.ends_with(end));
    let value = password.of(text);
    let is_known = value == user || value.len() < 6 || setting::is_setting(value);
    (is_remote && !is_known && placeholder::classify(value) == ValueKind::Literal).then_some(password)
}

/// Whether a text tells a client to talk to another server than its vendor's: then another key may be right.
fn names_server(text: &[u8]) -> bool {
    [
        &b"BASE_URL"[..],
        b"base_url",
        b"baseURL",
        b"baseUrl",
        b"API_BASE",
        b"api_base",
        b"basePath",
        b"ENDPOINT",
        b"endpoint",
    ]
    .iter()
    .any(|word| memchr::memmem::find(text, word).is_some())
}

/// The sentence about a damaged key: what is wrong with it and which answer that brings.
fn damage(variable: &[u8], fault: Fault, provider: Option<&str>) -> String {
    let name = crate::text::sanitize::printable(variable);
    let provider = provider.and_then(|slug| providers().get(slug));
    let (title, answer) = provider.map_or(("", "401 Unauthorized"), |p| (p.title.as_str(), p.answer.as_str()));
    let what = match fault {
        Fault::Twice => format!("holds one {title} key twice in a row"),
        Fault::CutOff { has, needs } => {
            format!("holds a cut-off {title} key: {has} characters, where the shortest has {needs}")
        }
        Fault::Unequal { before, behind } => format!(
            "holds a damaged {title} key: {before} characters before its marker and {behind} behind it should be as many"
        ),
        Fault::NoMarker => format!("holds a damaged {title} key: the marker inside every such key is missing"),
        Fault::Checksum => format!("holds a mistyped {title} key: its checksum does not hold"),
    };
    format!("{name} {what}; {title} answers {answer}")
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
    if filled_in || !is_used(cx, at) {
        return;
    }
    let sent = Value { span: value, quote: None };
    let given = Given { variable: b"Authorization", is_credential: true, provider: None, value: sent };
    for rule in plan.assignments.iter().filter(|rule| rule.spec.state == Some(ValueState::Malformed)) {
        cx.matches.extend(rule.stated(cx, plan, &given));
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
