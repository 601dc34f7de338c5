//! Credentials in base64 in Kubernetes objects, and what goes wrong when they are encoded.

use super::super::context::{Context, Group, Match};
use super::super::leak::{self, Known};
use super::super::plan::{Plan, Target};
use super::form::named;
use crate::rules::Rule;
use crate::rules::matcher::ManifestValue;
use crate::syntax::manifest::{Entry, Syntax, entries};
use crate::syntax::shell;
use crate::text::placeholder::{self, ValueKind};
use crate::text::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// Longest value decoded, in bytes.
const LONGEST: usize = 1 << 16;

fn decode(value: &[u8]) -> Option<Vec<u8>> {
    let is_one = (8..=LONGEST).contains(&value.len()) && value.len().is_multiple_of(4);
    is_one.then(|| STANDARD.decode(value).ok()).flatten()
}

/// A credential in base64: one of a known shape or, if `by_name`, any that is given to a telling name.
pub(super) fn credential(plan: &Plan, cx: &mut Context<'_>, rule: &Arc<Rule>, entry: &Entry<'_>, by_name: bool) {
    let Some(decoded) = decode(entry.value.of(cx.text())) else { return };
    // Another rule says more about it.
    if leak::is_credential_name(entry.key) && is_encoded(&decoded) {
        return;
    }
    let (mut by_shape, mut stands_for): (Vec<Arc<Rule>>, Option<Secret>) = (Vec::new(), None);
    let search = plan.everywhere();
    search.prefilter.each(&decoded, |needle, at| {
        for target in &search.targets[needle] {
            if let Target::Token { rule, anchor, .. } = target
                && let Some(start) = target.start(&decoded, at)
                && let Some(hit) = plan.tokens[*rule].at(&decoded, start, anchor.len())
            {
                stands_for.get_or_insert_with(|| Secret::new(hit.span.of(&decoded), hit.public));
                by_shape.push(plan.tokens[*rule].rule().clone());
            }
        }
    });
    if by_shape.is_empty() && !(by_name && (leak::is_named_secret(cx, entry.key, &decoded) || holds(cx, &decoded))) {
        return;
    }
    let secret = (entry.value, 0);
    leak::report(cx, rule, entry.key, secret);
    if let Some(reported) = cx.matches.last_mut() {
        reported.decoded.clone_from(&stands_for);
    }
    for token in by_shape {
        let mut found = Match::new(&token, entry.value, Group::Value);
        found.secret = Some(secret);
        found.decoded.clone_from(&stands_for);
        cx.matches.push(found);
    }
}

/// Whether a decoded value is a file or an address with a credential in it: an env file, JSON, YAML, a URL.
fn holds(cx: &Context<'_>, decoded: &[u8]) -> bool {
    if !decoded.is_ascii() {
        return false;
    }
    let all = crate::span::Span::new(0, decoded.len());
    let is_secret = |name: &str, value: &[u8]| leak::is_named_secret(cx, name, value);
    shell::given(decoded, all).iter().any(|given| {
        let name = if given.is_credential { "password" } else { given.name };
        is_secret(name, given.value.of(decoded))
    }) || entries(decoded, all, Syntax::Colon).iter().any(|entry| {
        let value = entry.value.of(decoded);
        is_secret(entry.key, value)
            || entry.key == "auth" && leak::registry_password(value).is_some_and(|one| is_secret("password", &one))
    })
}

/// What went wrong when the value was encoded, if it is given to a credential's name or is a known key.
pub(super) fn fault(
    cx: &Context<'_>,
    rule: &Arc<Rule>,
    form: ManifestValue,
    entry: &Entry<'_>,
    known: &Known,
) -> Option<Match> {
    let value = entry.value.of(cx.text());
    let is_credential = leak::is_credential_name(entry.key);
    let is_fault = match form {
        ManifestValue::NotEncoded => {
            let is_key = known.inside(entry.value).next().is_some();
            (is_key || is_credential && placeholder::classify(value) == ValueKind::Literal && !entry.in_block)
                && value.len() <= LONGEST
                && STANDARD.decode(value).is_err()
        }
        _ if !is_credential => false,
        ManifestValue::EncodedTwice => decode(value).is_some_and(|once| is_encoded(&once)),
        _ => decode(value).is_some_and(|decoded| {
            decoded.strip_suffix(b"\n").is_some_and(|line| !line.is_empty() && !line.contains(&b'\n'))
        }),
    };
    is_fault.then(|| {
        let mut found = named(rule, entry.value, entry.key);
        if form != ManifestValue::EncodedLine {
            found.group = Group::Value;
            found.secret = Some((entry.value, 0));
        }
        found
    })
}

/// Whether a text is base64 of another text.
fn is_encoded(text: &[u8]) -> bool {
    let inner = decode(text.trim_ascii());
    inner.is_some_and(|text| text.len() >= 6 && text.trim_ascii().iter().all(u8::is_ascii_graphic))
}
