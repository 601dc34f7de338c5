//! Keys that cannot work: cut off, mistyped, pasted twice, or another vendor's.
//!
//! Everything is told from the token rules: a text with the prefix of one that is no whole token of it is damaged. Only
//! texts that are meant as a key are looked at, and a prefix that several vendors share says nothing.

use super::token::{Guard, TokenRule};
use crate::rules::matcher::Token;
use crate::text::placeholder::{self, ValueKind};
use crate::text::randomness::{self, Tier};

/// The least length, in bytes, of what follows the prefix: less says nothing about being random.
const LEAST: usize = 12;

/// The least length, in bytes, of a prefix that says without its variable's name whose key it is.
const TELLING: usize = 5;

/// What is wrong with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The same key stands there twice.
    Twice,
    /// It is shorter than any the vendor issues: has and needs, in characters.
    CutOff { has: usize, needs: usize },
    /// The characters before and behind the marker should be as many.
    Unequal { before: usize, behind: usize },
    /// The marker inside every key of the kind is missing.
    NoMarker,
    /// The checksum does not hold.
    Checksum,
}

/// A damaged key: its rule, the length of its prefix in bytes, and what is wrong with it.
pub(super) type Damaged<'a> = (&'a TokenRule, usize, Fault);

/// What is wrong with `value`, given to a variable of the vendor `owner`, or of no vendor in particular.
pub(super) fn damaged<'a>(tokens: &'a [TokenRule], value: &[u8], owner: Option<&str>) -> Option<Damaged<'a>> {
    let (rule, prefix) = kind(tokens, value)?;
    match owner {
        Some(owner) if rule.rule().provider.as_deref() != Some(owner) => return None,
        None if prefix < TELLING => return None,
        _ => {}
    }
    let body = &value[prefix..];
    if body.len() < LEAST || !value.iter().all(|byte| rule.spec().alphabet.contains(*byte)) {
        return None;
    }
    let fault = fault(rule, value, prefix, is_shared(tokens, rule, &value[..prefix]))?;
    if fault != Fault::Twice {
        let marker = rule.spec().marker.as_deref().unwrap_or_default();
        let random = without(body, marker.as_bytes());
        let is_written = randomness::written(&placeholder::drawn_part(&random), Tier::Weak).is_some();
        if is_written || placeholder::classify(value) == ValueKind::Placeholder {
            return None;
        }
    }
    Some((rule, prefix, fault))
}

/// The rule whose whole token `value` is.
pub(super) fn whole<'a>(tokens: &'a [TokenRule], value: &[u8]) -> Option<(&'a TokenRule, usize)> {
    // Of rules with one prefix, the one with a marker knows whose key it is.
    anchors(tokens, value)
        .filter(|(rule, prefix)| rule.at(value, 0, *prefix).is_some_and(|hit| hit.span.end == value.len()))
        .max_by_key(|(rule, prefix)| (*prefix, rule.spec().marker.is_some()))
}

/// Whether a token stands anywhere in `value`.
pub(super) fn holds(tokens: &[TokenRule], value: &[u8]) -> bool {
    tokens.iter().any(|rule| {
        rule.spec()
            .anchors
            .iter()
            .any(|anchor| memchr::memmem::find_iter(value, anchor).any(|at| rule.at(value, at, anchor.len()).is_some()))
    })
}

/// The vendor whose keys alone start as `value` does.
pub(super) fn owner_of_prefix<'a>(tokens: &'a [TokenRule], value: &[u8]) -> Option<&'a str> {
    let (rule, prefix) = kind(tokens, value)?;
    rule.rule().provider.as_deref().filter(|_| !is_shared(tokens, rule, &value[..prefix]))
}

/// The token rule with the longest prefix that `value` starts with.
fn kind<'a>(tokens: &'a [TokenRule], value: &[u8]) -> Option<(&'a TokenRule, usize)> {
    // Of rules with one prefix, the one with a marker says most about a damaged key.
    anchors(tokens, value).max_by_key(|(rule, prefix)| (*prefix, rule.spec().marker.is_some()))
}

fn anchors<'a>(tokens: &'a [TokenRule], value: &[u8]) -> impl Iterator<Item = (&'a TokenRule, usize)> {
    tokens.iter().flat_map(move |rule| {
        let anchors = rule.spec().anchors.iter().filter(|anchor| value.starts_with(anchor.as_bytes()));
        anchors.map(move |anchor| (rule, anchor.len()))
    })
}

/// Whether a rule of another vendor starts its tokens with `prefix` too.
fn is_shared(tokens: &[TokenRule], rule: &TokenRule, prefix: &[u8]) -> bool {
    anchors(tokens, prefix)
        .any(|(other, length)| length == prefix.len() && other.rule().provider != rule.rule().provider)
}

fn fault(rule: &TokenRule, value: &[u8], prefix: usize, is_shared: bool) -> Option<Fault> {
    let spec = rule.spec();
    let (first, second) = value.split_at(value.len() / 2);
    if first == second && rule.at(first, 0, prefix).is_some_and(|hit| hit.span.end == first.len()) {
        return Some(Fault::Twice);
    }
    let judged = rule.judge(value, 0, prefix);
    if let Some(marker) = spec.marker.as_deref() {
        let Some(at) = memchr::memmem::find(&value[prefix..], marker.as_bytes()) else {
            let shortest = shortest(spec, value);
            return (!is_shared).then(|| cut_off(value, shortest).unwrap_or(Fault::NoMarker));
        };
        // A service account's name stands between prefix and key, so the first half cannot be measured.
        let is_named = !spec.issued.is_empty() && issued(spec, value).is_none();
        let behind = value.len() - prefix - at - marker.len();
        return (!is_named && at != behind).then_some(Fault::Unequal { before: at, behind });
    }
    if is_shared {
        return None;
    }
    match judged {
        Err(Guard::Checksum) => Some(Fault::Checksum),
        Err(Guard::Pattern) => cut_off(value, shortest(spec, value)),
        _ => None,
    }
}

fn cut_off(value: &[u8], needs: usize) -> Option<Fault> {
    (value.len() < needs).then_some(Fault::CutOff { has: value.len(), needs })
}

/// The shortest token that starts as `value` does.
fn shortest(spec: &Token, value: &[u8]) -> usize {
    issued(spec, value).and_then(|lengths| lengths.iter().min().copied()).unwrap_or_else(|| {
        let parsed = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(&spec.pattern);
        parsed.ok().and_then(|pattern| pattern.properties().minimum_len()).unwrap_or(0)
    })
}

/// The lengths the vendor issues of tokens that start as `value` does.
fn issued<'a>(spec: &'a Token, value: &[u8]) -> Option<&'a Vec<usize>> {
    spec.issued.iter().find(|(prefix, _)| value.starts_with(prefix.as_bytes())).map(|(_, lengths)| lengths)
}

/// `text` with the first `part` taken out.
fn without(text: &[u8], part: &[u8]) -> Vec<u8> {
    memchr::memmem::find(text, part)
        .map_or_else(|| text.to_vec(), |at| [&text[..at], &text[at + part.len()..]].concat())
}
