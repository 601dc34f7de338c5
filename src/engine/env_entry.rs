//! Env files: the entries some loader reads in another way than their author.

mod severity;
#[cfg(test)]
mod tests;

use super::context::{Context, Group, Match};
use super::env_file;
use super::plan::Plan;
use crate::finding::{Applicability, Edit, Fix, Severity};
use crate::rules::matcher::{Defect, EntryNames, EnvEntry};
use crate::rules::{Matcher, Rule, providers};
use crate::source::{Encoding, FileKind, Role};
use crate::span::{Span, UTF8_BOM};
use crate::syntax::dotenv::{self, Entry, Item, Line, Operator, Prefix};
use crate::text::placeholder::{self, ValueKind};
use crate::text::{name, sanitize};
use rustc_hash::{FxHashMap, FxHashSet};
use severity::{divides, matters, readers, severity};
use std::borrow::Cow;
use std::sync::Arc;

/// What an entry holds, as far as its name and the shape of its value tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// A key or token: text without blanks, quotes or signs.
    Key,
    /// A password or secret, in which any character is possible.
    Secret,
    /// Something else.
    Other,
}

/// What a defect belongs to.
#[derive(Clone, Copy)]
enum About<'a> {
    /// The file, or a line that is no entry.
    File,
    /// An entry that holds a credential.
    Credential(&'a Entry),
    /// Another entry.
    Other(&'a Entry),
}

/// The file at hand with the rules for it.
struct Env<'a> {
    rules: Vec<(&'a Arc<Rule>, &'a EnvEntry)>,
    text: &'a [u8],
    /// Whether the file is filled in before it is used, or used by tests only.
    template: bool,
    /// The keys known by their shape, in order.
    tokens: Vec<Span>,
}

/// Runs the env-entry rules of `plan` over an env file.
pub(super) fn scan(plan: &Plan, cx: &mut Context<'_>) {
    if cx.file.kind != FileKind::Env {
        return;
    }
    let rules = plan.matching(|matcher| match matcher {
        Matcher::EnvEntry(spec) => Some(spec),
        _ => None,
    });
    let values = cx.matches.iter().filter(|found| found.group == Group::Value);
    let mut tokens: Vec<Span> = values.filter_map(|found| found.secret).map(|(span, _)| span).collect();
    tokens.sort_unstable();
    let env = Env { rules: rules.collect(), text: cx.text(), template: is_template(cx), tokens };
    let document = cx.dotenv();
    let holds: Vec<Holds> = document.items.iter().map(|item| held(env.text, item, &env.tokens)).collect();
    let last_credential = holds.iter().rposition(|holds| *holds != Holds::Other);
    env.file(cx, &document, last_credential.is_some());
    if matches!(cx.file.encoding, Encoding::Utf16Le | Encoding::Utf16Be) {
        // Nothing in it is read at all; and edits would not fit its bytes.
        return;
    }
    env.file_state(plan, cx, &document, &holds);
    let mut seen: FxHashMap<&[u8], Span> = FxHashMap::default();
    let defined: FxHashSet<&[u8]> = document.entries().map(|entry| entry.name.of(env.text)).collect();
    let mut in_junk = false;
    for (i, item) in document.items.iter().enumerate() {
        let was_junk = std::mem::replace(&mut in_junk, matches!(item, Item::Junk(_)));
        match item {
            Item::Entry(entry) if holds[i] != Holds::Other => {
                let next = document.items.get(i + 1);
                env.credential(cx, entry, holds[i], next, &defined);
                if let Some(first) = seen.insert(entry.name.of(env.text), entry.value) {
                    let same = first.of(env.text) == entry.value.of(env.text);
                    let severity = if same { Severity::Warning } else { Severity::Error };
                    env.report(cx, Defect::Duplicate, entry.name, About::Credential(entry), Some(severity));
                }
            }
            Item::Entry(entry) if entry.is_unclosed() && last_credential.is_some_and(|last| last > i) => {
                env.report(cx, Defect::UnbalancedQuote, entry.raw(), About::Other(entry), None);
            }
            Item::Entry(entry) if is_setting_lost(entry) && last_credential.is_some_and(|last| last > i) => {
                env.report(cx, Defect::JunkLine, entry.span(), About::File, None);
            }
            Item::Junk(line) => {
                let above = i.checked_sub(1);
                let rest = above.is_some_and(|above| is_rest(env.text, &document.items[above], holds[above], line));
                let breaks = last_credential.is_some_and(|last| last > i) && !was_junk;
                if !rest && (breaks || is_assignment(line.content.of(env.text))) {
                    cx.masks.push(line.content);
                    let conflict = is_conflict(line.content.of(env.text)).then_some(Severity::Error);
                    env.report(cx, Defect::JunkLine, line.content, About::File, conflict);
                }
            }
            _ => {}
        }
    }
}

/// Whether strict loaders stop at the entry as at a line of prose.
fn is_setting_lost(entry: &Entry) -> bool {
    entry.operator != Operator::Equals && entry.prefix_kind == Prefix::None && !entry.value.is_empty()
}

/// Whether a line that is no entry gives a vendor's variable a value all the same: a list item, an object.
fn is_assignment(line: &[u8]) -> bool {
    let mut words = line.split(|b| !(b.is_ascii_alphanumeric() || *b == b'_')).filter(|word| !word.is_empty());
    let operator = line.iter().any(|b| matches!(b, b'=' | b':'));
    operator && words.any(|word| word.contains(&b'_') && providers().by_variable(word).is_some())
}

/// Whether the line was left by a merge that did not succeed.
fn is_conflict(line: &[u8]) -> bool {
    [&b"<<<<<<< "[..], b"=======", b">>>>>>> "].iter().any(|mark| line.starts_with(mark))
}

/// `name` with the Cyrillic and Greek letters that look like Latin ones replaced by these.
fn without_lookalikes(name: &[u8]) -> Vec<u8> {
    let latin = |ch: char| dotenv::lookalike(ch).unwrap_or(ch);
    String::from_utf8_lossy(name).chars().map(latin).collect::<String>().into_bytes()
}

/// Whether the file is a template, or the profile of tests: values in it are not used to reach a vendor.
fn is_template(cx: &Context<'_>) -> bool {
    let path = cx.file.path.as_bytes().to_ascii_lowercase();
    let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let profile = name.split(|b| matches!(b, b'.' | b'-' | b'_')).any(|part| matches!(part, b"test" | b"ci"));
    matches!(cx.file.role, Role::Template | Role::Test) || profile
}

/// What the entry holds.
fn held(text: &[u8], item: &Item, tokens: &[Span]) -> Holds {
    let Item::Entry(entry) = item else { return Holds::Other };
    let variable = match entry.name.of(text) {
        plain if plain.is_ascii() => Cow::Borrowed(plain),
        other => Cow::Owned(without_lookalikes(other)),
    };
    let variable = &*variable;
    let is_name = name::is_credential(variable);
    let shaped = || tokens_in(tokens, entry).iter().any(|token| is_bare(text, *token));
    let glued = || dotenv::defects(entry, text).iter().any(|(defect, _)| *defect == Defect::GluedLines);
    if variable.starts_with(b"DOTENV_") {
        // dotenvx and dotenv-vault write these themselves, quotes and all.
        Holds::Other
    } else if is_name && is_password(variable) {
        Holds::Secret
    } else if is_name || providers().by_variable(variable).is_some() || shaped() || glued() {
        Holds::Key
    } else {
        Holds::Other
    }
}

/// Those of `tokens`, which are sorted, that start inside `entry`.
fn tokens_in<'a>(tokens: &'a [Span], entry: &Entry) -> &'a [Span] {
    let first = tokens.partition_point(|token| token.start < entry.span().start);
    let count = tokens[first..].partition_point(|token| token.start < entry.span().end);
    &tokens[first..first + count]
}

/// Whether a variable of this name holds text that people choose: any character may belong to it.
fn is_password(variable: &[u8]) -> bool {
    let last = name::words(variable).pop().unwrap_or_default();
    matches!(last.as_str(), "PASSWORD" | "PASSWD" | "PWD" | "PASS" | "PSW" | "PASSPHRASE" | "SECRET")
}

/// Whether a key stands by itself, not inside a URL or a longer text.
fn is_bare(text: &[u8], span: Span) -> bool {
    let before = span.start.checked_sub(1).and_then(|i| text.get(i));
    before.is_none_or(|b| matches!(b, b'=' | b':' | b' ' | b'\t' | b'"' | b'\'' | b'`' | b'<' | b'[') || *b >= 0x80)
}

/// Whether `line` is the rest of the value above it.
fn is_rest(text: &[u8], above: &Item, holds: Holds, line: &Line) -> bool {
    let Item::Entry(entry) = above else { return false };
    let cut = entry.open.is_empty() && entry.comment.is_empty() && dotenv::is_plain(entry.value.of(text));
    holds == Holds::Key && (cut || entry.value.is_empty()) && line.lone_token(text).is_some()
}

impl<'a> About<'a> {
    const fn entry(self) -> Option<&'a Entry> {
        match self {
            Self::File => None,
            Self::Credential(entry) | Self::Other(entry) => Some(entry),
        }
    }
}

impl Env<'_> {
    /// What is wrong with the file as a whole.
    fn file(&self, cx: &mut Context<'_>, document: &dotenv::Document, has_credential: bool) {
        let first = document.items.iter().find(|item| matches!(item, Item::Entry(_))).map(Item::span);
        match (cx.file.encoding, first) {
            (Encoding::Utf16Le | Encoding::Utf16Be, Some(first)) => {
                let line = crate::span::line_around(self.text, first.start);
                self.report(cx, Defect::Utf16, line, About::File, None);
                cx.masks.extend(document.entries().map(|entry| entry.value));
                return;
            }
            _ if !document.bom.is_empty() && has_credential => {
                self.report(cx, Defect::ByteOrderMark, document.bom, About::File, None);
            }
            _ => {}
        }
        let alone = |end: Span| end.of(self.text) == b"\r";
        let ends = document.entries().map(|entry| entry.end).filter(|end| alone(*end));
        if let Some(first) = ends.min().filter(|_| has_credential) {
            self.report(cx, Defect::CarriageReturn, first, About::File, None);
        }
        let mut at = 0;
        for chunk in self.text.utf8_chunks() {
            at += chunk.valid().len();
            if !chunk.invalid().is_empty() && has_credential {
                self.report(cx, Defect::NotUtf8, Span::new(at, at + chunk.invalid().len()), About::File, None);
                return;
            }
        }
    }

    /// What matters about the file as a whole: the first credential it holds, or those a template lists.
    fn file_state(&self, plan: &Plan, cx: &mut Context<'_>, document: &dotenv::Document, holds: &[Holds]) {
        let items = document.items.iter().zip(holds).filter(|(_, holds)| **holds != Holds::Other);
        for entry in items.filter_map(|(item, _)| if let Item::Entry(entry) = item { Some(entry) } else { None }) {
            if cx.file.role == Role::Template {
                env_file::listed(plan, cx, entry.name);
            } else if !self.template && placeholder::classify(entry.value.of(self.text)) == ValueKind::Literal {
                env_file::holds(plan, cx, entry.name);
                return;
            }
        }
    }

    /// The defects of an entry that holds a credential.
    fn credential(
        &self,
        cx: &mut Context<'_>,
        entry: &Entry,
        holds: Holds,
        next: Option<&Item>,
        defined: &FxHashSet<&[u8]>,
    ) {
        let value = entry.value.of(self.text);
        let shown = tokens_in(&self.tokens, entry).iter().any(|token| token.contains(entry.value));
        if !shown {
            // Text behind an empty pair of quotes may be the key as well.
            cx.masks.push(Span::new(entry.value.start, entry.tail.end.max(entry.value.end)));
        }
        let kind = placeholder::classify(value);
        let below = match next {
            Some(Item::Junk(line)) if is_rest(self.text, &Item::Entry(entry.clone()), holds, line) => {
                line.lone_token(self.text)
            }
            _ => None,
        };
        if let Some(token) = below {
            cx.masks.push(token);
            if value.is_empty() {
                self.report(cx, Defect::ValueOnNextLine, entry.name, About::Credential(entry), None);
            } else if kind == ValueKind::Literal {
                self.report(cx, Defect::WrappedValue, token, About::Credential(entry), None);
            }
            return;
        }
        if kind == ValueKind::Reference && entry.quote(self.text) != Some(b'\'') {
            self.reference(cx, entry, defined);
        }
        for (defect, span) in dotenv::defects(entry, self.text) {
            if matters(defect, entry, self.text, holds, kind) {
                self.report(cx, defect, span, About::Credential(entry), severity(defect, span, self.text));
            }
        }
    }

    /// A value that is nothing but a reference to a variable.
    fn reference(&self, cx: &mut Context<'_>, entry: &Entry, defined: &FxHashSet<&[u8]>) {
        let value = entry.value.of(self.text);
        let Some(rest) = value.strip_prefix(b"$") else { return };
        let braced = rest.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
        let wanted = braced.unwrap_or(rest);
        if wanted.is_empty() || !wanted.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_') {
            return;
        }
        let own = wanted == entry.name.of(self.text);
        if own || !defined.contains(wanted) {
            let severity = if own { Severity::Error } else { Severity::Warning };
            self.report(cx, Defect::UnresolvedReference, entry.value, About::Credential(entry), Some(severity));
        }
    }

    /// Reports `defect` with every rule that asks for it.
    fn report(&self, cx: &mut Context<'_>, defect: Defect, span: Span, about: About<'_>, severity: Option<Severity>) {
        let entry = about.entry();
        for (rule, spec) in &self.rules {
            let wanted = spec.defects.contains(&defect)
                && (spec.templates || !self.template)
                && (matches!(about, About::Credential(_)) || spec.names == EntryNames::Any);
            if !wanted {
                continue;
            }
            let mut found = Match::new(rule, span, Group::Form);
            found.severity = severity;
            found.entry = entry.map(Entry::span);
            if let Some(entry) = entry {
                let variable = entry.name.of(self.text);
                found.name = Some(String::from_utf8_lossy(variable).into_owned());
                found.provider = providers().by_variable(variable).map(|provider| Arc::from(provider.slug.as_str()));
            }
            found.readers =
                entry.filter(|_| divides(defect)).map(|entry| readers(entry, self.text)).unwrap_or_default();
            found.message = self.message(defect, span, entry);
            found.fix = self.fix(rule, defect, entry);
            cx.matches.push(found);
        }
    }

    /// A message that names the character or the variables at stake; else the rule's own speaks.
    fn message(&self, defect: Defect, span: Span, entry: Option<&Entry>) -> Option<String> {
        let variable = entry.map(|entry| sanitize::printable(entry.name.of(self.text))).unwrap_or_default();
        let text = String::from_utf8_lossy(span.of(self.text));
        match defect {
            Defect::HiddenInValue | Defect::NonAscii => {
                let code = text.chars().next()? as u32;
                Some(format!(
                    "U+{code:04X} in the value of {variable} is sent with the key: Python raises UnicodeEncodeError or \"Connection error.\", others get 401."
                ))
            }
            _ => None,
        }
    }

    fn fix(&self, rule: &Arc<Rule>, defect: Defect, entry: Option<&Entry>) -> Option<Fix> {
        let spec = rule.fix.as_ref()?;
        let (edits, trust) = match (defect, entry) {
            (Defect::Utf16, _) => (Vec::new(), Applicability::Safe),
            (Defect::ByteOrderMark, _) => (vec![(Span::new(0, UTF8_BOM.len()), String::new())], Applicability::Safe),
            (Defect::CarriageReturn, _) => (dotenv::line_feeds(self.text), Applicability::Safe),
            (Defect::NotUtf8, _) => (dotenv::in_utf8(self.text), Applicability::Unsafe),
            // Such a quote may be the password's own.
            (Defect::UnbalancedQuote | Defect::NestedQuotes | Defect::TextAfterQuote, Some(entry))
                if is_password(entry.name.of(self.text)) =>
            {
                return None;
            }
            (_, Some(entry)) => (dotenv::repair(defect, entry, self.text)?, dotenv::trust(defect, entry, self.text)),
            _ => return None,
        };
        let variable = entry.map(|entry| sanitize::printable(entry.name.of(self.text))).unwrap_or_default();
        let edits = edits.into_iter().map(|(span, insert)| Edit { span, insert }).collect();
        let title = spec.title.replace("{name}", &variable);
        let encoding = (defect == Defect::Utf16).then_some(Encoding::Utf8);
        Some(Fix { encoding, ..Fix::new(title, spec.applicability.max(trust), edits) })
    }
}
