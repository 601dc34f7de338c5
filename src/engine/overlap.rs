//! One place, one finding: where several rules hit the same value, the most specific one speaks.

use super::context::{Group, Match};
use crate::finding::{Also, Severity};
use crate::rules::{Cause, Confidence, Family, Matcher};
use crate::span::Span;

/// Merges matches about the same thing at the same place. Returns each winner with the rules it speaks for.
pub(super) fn merge(mut matches: Vec<Match>) -> Vec<(Match, Vec<Also>)> {
    matches.sort_by_key(place);
    let mut out: Vec<(Match, Vec<Also>)> = Vec::with_capacity(matches.len());
    let mut open: Vec<Match> = Vec::new();
    let mut end = 0;
    for found in matches {
        let span = about(&found);
        let together = open.last().is_some_and(|last| last.group == found.group)
            && span.start < end.max(1)
            && mergeable(found.group);
        if !together {
            out.extend(speak(std::mem::take(&mut open)));
            end = 0;
        }
        end = end.max(span.end.max(span.start + 1));
        open.push(found);
    }
    out.extend(speak(open));
    out
}

/// Uses of an SDK are separate faults even where they overlap: a removed call with a removed parameter.
const fn mergeable(group: Group) -> bool {
    !matches!(group, Group::Use)
}

/// What a match is about: the credential where there is one, else the entry it belongs to, else the offending bytes.
fn about(found: &Match) -> Span {
    found.secret.map_or_else(|| found.entry.unwrap_or(found.span), |(span, _)| span)
}

fn place(found: &Match) -> (u8, Span) {
    (found.group as u8, about(found))
}

fn speak(mut open: Vec<Match>) -> Option<(Match, Vec<Also>)> {
    let best = open.iter().enumerate().max_by(|(i, a), (j, b)| rank(a).cmp(&rank(b)).then(j.cmp(i)))?.0;
    let mut winner = open.swap_remove(best);
    if winner.group == Group::Form && winner.fix.is_none() {
        // A step towards a sound entry, if not the one that mends the worst of it.
        winner.fix = open.iter().filter_map(|other| other.fix.clone()).min_by_key(|fix| fix.applicability);
    }
    let mut also: Vec<Also> = Vec::new();
    for other in open {
        let entry = Also { rule: other.rule.id.as_str().into(), family: other.rule.family };
        if other.rule.id != winner.rule.id && !also.contains(&entry) {
            also.push(entry);
        }
    }
    also.sort_by(|a, b| a.rule.cmp(&b.rule));
    Some((winner, also))
}

/// How specific a match is. A construct that leaks (an image's `ENV`) says more than the key in it; why a key fails
/// says more than that it stands there; a shape proved by a vendor's prefix says more than a name; a longer value more
/// than a part of it, and a vendor's rule more than one for several.
fn rank(found: &Match) -> (u8, Confidence, u8, usize, Severity, bool) {
    let family = match found.rule.family {
        Family::Flow => 3,
        Family::Deploy => 2,
        Family::Secret if matches!(found.rule.cause, Cause::LeakedKey | Cause::Placeholder) => 0,
        _ => 1,
    };
    let matcher = match found.rule.matcher {
        Matcher::Token(_) => 2,
        Matcher::Assignment(_) => 1,
        _ => 0,
    };
    let severity = found.severity.unwrap_or(found.rule.severity);
    if found.group == Group::Form {
        // Among the defects of one entry the worst speaks, and of those the one that is mended most safely.
        let safety = found.fix.as_ref().map_or(0, |fix| 3 - fix.applicability as u8);
        return (severity as u8, found.rule.confidence, safety, 0, severity, false);
    }
    (family, found.rule.confidence, matcher, about(found).len(), severity, found.rule.provider.is_some())
}
