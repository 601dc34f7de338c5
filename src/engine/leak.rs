//! Whether a value in a Dockerfile or manifest is a credential in plain text.

use super::context::{Context, Group, Match};
use crate::rules::{Confidence, Rule, providers};
use crate::source::Role;
use crate::span::Span;
use crate::syntax::shell::{self, Given};
use crate::text::placeholder::{self, ValueKind};
use crate::text::{name, setting};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// A credential: its bytes, and how many of them are the same for every key of its kind.
pub(super) type Secret = (Span, usize);

/// Longest value judged by its name alone, in bytes; longer ones are files, and judging them takes more than linear time.
const LONGEST: usize = 2048;

/// The credentials that other rules know by their shape.
pub(super) struct Known {
    /// Sorted, none overlapping another.
    secrets: Vec<Secret>,
    /// Whether a telling name makes a credential out of a value without a known shape.
    trusts_names: bool,
}

impl Known {
    /// Those found in the file so far.
    pub(super) fn new(cx: &Context<'_>) -> Self {
        let found = cx.matches.iter().filter(|found| found.group == Group::Value);
        // What is told by its name alone is judged here again, by the place it stands in.
        let shaped = found.filter(|found| found.rule.confidence > Confidence::Low);
        let mut secrets: Vec<Secret> = shaped.filter_map(|found| found.secret).collect();
        secrets.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
        let mut end = 0;
        secrets.retain(|(span, _)| {
            let is_new = span.start >= end;
            end = end.max(span.end);
            is_new
        });
        Self { secrets, trusts_names: cx.file.role == Role::Live }
    }

    /// As [`Known::new`], in a manifest: `template.yaml` is what SAM deploys, `_helpers.tpl` a part of a chart.
    pub(super) fn of_manifest(cx: &Context<'_>) -> Self {
        let name = cx.file.path.file_name();
        let is_template = name.starts_with(b"template.") || name.ends_with(b".tpl");
        let known = Self::new(cx);
        Self { trusts_names: known.trusts_names || is_template, ..known }
    }

    /// Those that stand wholly inside `span`.
    pub(super) fn inside(&self, span: Span) -> impl Iterator<Item = Secret> + '_ {
        let first = self.secrets.partition_point(|(secret, _)| secret.start < span.start);
        self.secrets[first..].iter().copied().take_while(move |(secret, _)| secret.end <= span.end)
    }

    /// The credential in the value at `span`, which is given to `name`.
    pub(super) fn given(&self, text: &[u8], name: &str, span: Span) -> Option<Secret> {
        if let Some(secret) = self.inside(span).next() {
            return Some(secret);
        }
        let value = literal(text, span);
        if is_credential_name(name) && self.is_secret(value.of(text)) {
            return Some((value, 0));
        }
        if let Some(value) = authorization(text, name, value).filter(|value| self.is_secret(value.of(text))) {
            return Some((value, 0));
        }
        if name == "auth" && registry_password(value.of(text)).is_some_and(|password| self.is_secret(&password)) {
            return Some((value, 0));
        }
        shell::urls(text, span)
            .into_iter()
            .map(|given| given.value)
            .find(|value| self.is_secret(value.of(text)))
            .map(|v| (v, 0))
    }

    /// Whether a value without a known shape, given to something that holds credentials, is one.
    fn is_secret(&self, value: &[u8]) -> bool {
        self.trusts_names
            && value.len() <= LONGEST
            // `((name))` of Concourse and BOSH
            && !value.starts_with(b"((")
            && placeholder::classify(value) == ValueKind::Literal
            && !setting::is_setting(value)
    }

    /// Whether `given`, whose value is `value`, is a credential because of where it stands.
    pub(super) fn is_given(&self, given: &Given<'_>, value: &[u8]) -> bool {
        (given.is_credential || is_credential_name(given.name)) && self.is_secret(value)
    }
}

/// Whether `value`, given to `name`, is a credential although no rule knows its shape.
pub(super) fn is_named_secret(cx: &Context<'_>, name: &str, value: &[u8]) -> bool {
    let known = Known { secrets: Vec::new(), trusts_names: cx.file.role == Role::Live };
    let value = value.trim_ascii();
    is_credential_name(name) && value.is_ascii() && known.is_secret(value)
}

/// Whether something of this name holds a credential.
pub(super) fn is_credential_name(name: &str) -> bool {
    // What charts call the name of a Secret.
    let is_reference = name.ends_with("existingSecret") || name.ends_with("existing_secret");
    !is_reference && name::is_credential(name.as_bytes())
        || providers().by_variable(name.as_bytes()).is_some()
        // Properties of cloud resources and of Redis.
        || ["secret_string", "SecretString", "requirepass", "masterauth"].contains(&name)
}

/// What follows the scheme in the value of an `Authorization` header.
fn authorization(text: &[u8], name: &str, value: Span) -> Option<Span> {
    let is_header = name.len() >= 13 && name.as_bytes()[name.len() - 13..].eq_ignore_ascii_case(b"authorization");
    let blank = memchr::memchr(b' ', value.of(text)).filter(|_| is_header)?;
    let scheme = value.of(text)[..blank].to_ascii_lowercase();
    let rest = Span::new(value.start + blank + 1, value.end);
    matches!(scheme.as_slice(), b"bearer" | b"token" | b"basic").then_some(rest)
}

/// The password in the `auth` of a registry, which is `user:password` in base64.
pub(super) fn registry_password(value: &[u8]) -> Option<Vec<u8>> {
    let decoded = (value.len() <= LONGEST).then(|| STANDARD.decode(value).ok())??;
    let colon = memchr::memchr(b':', &decoded)?;
    decoded.is_ascii().then(|| decoded[colon + 1..].to_vec())
}

/// What is used of the value at `span`: the literal that stands for a variable without a value, else all of it.
pub(super) fn literal(text: &[u8], mut span: Span) -> Span {
    loop {
        let value = span.of(text);
        if value.starts_with(b"{{") || value.starts_with(b"${{") {
            return default(text, span).unwrap_or(span);
        }
        let Some(inside) = value.strip_prefix(b"${").and_then(|rest| rest.strip_suffix(b"}")) else { return span };
        let Some(name) = inside.iter().position(|b| !(b.is_ascii_alphanumeric() || *b == b'_')) else { return span };
        let length = match &inside[name..] {
            // `${NAME:-v}`, `${NAME:+v}`, `${NAME:=v}`
            [b':', b'-' | b'+' | b'=', ..] => 2,
            [b'-' | b'+' | b'=', ..] => 1,
            // `${localEnv:NAME:v}`
            [b':', rest @ ..] if matches!(&inside[..name], b"localEnv" | b"containerEnv") => {
                let Some(colon) = memchr::memchr(b':', rest) else { return span };
                colon + 2
            }
            // `${env:NAME, 'v'}`
            [b':', ..] => return last_quoted(text, span, |before| before.ends_with(b",")).unwrap_or(span),
            _ => return span,
        };
        span = Span::new(span.start + 2 + name + length, span.end - 1);
    }
}

/// The literal in an expression that a template engine or pipeline evaluates: `{{ .Values.key | default "v" }}`,
/// `${{ secrets.KEY || 'v' }}`, `{{ "v" | b64enc }}`.
fn default(text: &[u8], span: Span) -> Option<Span> {
    let is_default = |before: &[u8]| [&b"default"[..], b"||", b"&&"].iter().any(|word| before.ends_with(word));
    let is_first = |before: &[u8]| matches!(before, b"{{" | b"{{-");
    // What other filters make of a text is not the text.
    let is_kept = |literal: &Span| {
        let rest = text[literal.end + 1..span.end].trim_ascii_start();
        let filter = rest.strip_prefix(b"|").map(<[u8]>::trim_ascii_start);
        filter.is_none_or(|filter| filter.starts_with(b"b64enc") || filter.starts_with(b"quote"))
    };
    last_quoted(text, span, is_default).or_else(|| last_quoted(text, span, is_first).filter(is_kept))
}

/// The last quoted text in `span` that stands behind what `is_wanted` asks for.
fn last_quoted(text: &[u8], span: Span, is_wanted: impl Fn(&[u8]) -> bool) -> Option<Span> {
    let (mut at, mut last) = (span.start, None);
    let end = span.end.min(span.start + LONGEST);
    while let Some(open) = memchr::memchr2(b'"', b'\'', &text[at..end]).map(|i| at + i) {
        let close = memchr::memchr(text[open], &text[open + 1..end]).map(|i| open + 1 + i)?;
        if is_wanted(text[span.start..open].trim_ascii_end()) {
            last = Some(Span::new(open + 1, close));
        }
        at = close + 1;
    }
    last
}

/// Reports that `secret` stands where `rule` says it must not, given to `name`.
pub(super) fn report(cx: &mut Context<'_>, rule: &Arc<Rule>, name: &str, secret: Secret) {
    let mut found = Match::new(rule, secret.0, Group::Value);
    found.secret = Some(secret);
    if found.provider.is_none() {
        found.provider = providers().by_variable(name.as_bytes()).map(|provider| Arc::from(provider.slug.as_str()));
    }
    found.name = Some(name.to_owned());
    cx.matches.push(found);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fallback_is_what_counts() {
        for (value, used) in [
            ("${A:-x}", "x"),
            ("${A-x}", "x"),
            ("${A:-${B:-y}}", "y"),
            ("${A:-}", ""),
            ("${A:+x}", "x"),
            ("${env:A, 'x'}", "x"),
            ("${env:A, ''}", ""),
            ("${localEnv:A:x}", "x"),
            ("${localEnv:A}", "${localEnv:A}"),
            ("${{ secrets.A || 'x' }}", "x"),
            ("${{ a == 'x' }}", "${{ a == 'x' }}"),
            ("{{ .Values.a | default \"x\" | quote }}", "x"),
            ("{{ \"x\" | b64enc }}", "x"),
            ("{{ \"x\" | vault }}", "{{ \"x\" | vault }}"),
            ("{{ required \"x\" .Values.a }}", "{{ required \"x\" .Values.a }}"),
            ("${A}", "${A}"),
            ("${A:?x}", "${A:?x}"),
            ("x", "x"),
        ] {
            let span = literal(value.as_bytes(), Span::new(0, value.len()));
            assert_eq!(&value[span.range()], used, "{value}");
        }
    }
}
