//! Ways to give a variable a value that give it another one, or none.

use crate::engine::context::{Context, Group, Match};
use crate::engine::leak;
use crate::finding::{Edit, Fix, Severity};
use crate::rules::Rule;
use crate::rules::matcher::ManifestValue;
use crate::span::Span;
use crate::syntax::manifest::Entry;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// The fault `form` of an entry, if it has it.
pub(super) fn fault(text: &[u8], rule: &Arc<Rule>, form: ManifestValue, entry: &Entry) -> Option<Match> {
    if entry.in_block {
        return None;
    }
    match form {
        ManifestValue::QuotedItem | ManifestValue::SpacedItem => item(text, rule, form, entry),
        ManifestValue::BadExpression => {
            let is_bad = entry.key != "if" && is_bad_expression(entry.value.of(text));
            is_bad.then(|| named(rule, entry.value, &entry.key))
        }
        ManifestValue::Substitution => {
            let value = entry.value.of(text);
            let command = value.strip_prefix(b"$(").and_then(|rest| rest.split(|b| *b == b')').next());
            let runs = command.is_some_and(|command| command.contains(&b' ')) && super::is_variable(&entry.key);
            runs.then(|| named(rule, entry.value, &entry.key))
        }
        _ => None,
    }
}

fn named(rule: &Arc<Rule>, span: Span, name: &str) -> Match {
    let mut found = Match::new(rule, span, Group::Form);
    found.name = Some(name.to_owned());
    found
}

/// A list item `NAME=value` with quotes or blanks at the equals sign. YAML takes it as one text, so they stay.
fn item(text: &[u8], rule: &Arc<Rule>, form: ManifestValue, entry: &Entry) -> Option<Match> {
    let (start, bytes) = (entry.value.start, entry.value.of(text));
    let is_quoted = start > 0 && matches!(text[start - 1], b'"' | b'\'');
    let is_name = |name: &[u8]| {
        name.first().is_some_and(|b| b.is_ascii_uppercase() || *b == b'_')
            && name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
    };
    let equals = memchr::memchr(b'=', bytes)?;
    let name = bytes[..equals].trim_ascii_end();
    if !entry.key.is_empty() || !is_name(name) {
        return None;
    }
    let name_text = String::from_utf8_lossy(name).into_owned();
    let (span, edits) = if form == ManifestValue::QuotedItem {
        let [open @ (b'"' | b'\''), middle @ .., close] = &bytes[equals + 1..] else { return None };
        if is_quoted || open != close {
            return None;
        }
        let value = Span::new(start + equals + 1, entry.value.end);
        // Without its quotes such a text would be something else in YAML.
        let is_plain = !middle.iter().any(|b| matches!(b, b'#' | b':' | b'"' | b'\'' | b'\\' | b','));
        let cut = |at: usize| Edit { span: Span::new(at, at + 1), insert: String::new() };
        (value, if is_plain { vec![cut(value.start), cut(value.end - 1)] } else { Vec::new() })
    } else {
        let after = bytes[equals + 1..].iter().take_while(|b| **b == b' ').count();
        let span = Span::new(start + name.len(), start + equals + 1 + after);
        if span.len() == 1 || span.end == entry.value.end {
            return None;
        }
        (span, vec![Edit { span, insert: "=".to_owned() }])
    };
    let mut found = named(rule, span, &name_text);
    if leak::is_credential_name(&name_text) {
        found.severity = Some(Severity::Error);
    }
    found.fix = rule
        .fix
        .as_ref()
        .filter(|_| !edits.is_empty())
        .map(|spec| Fix::new(spec.title.clone(), spec.applicability, edits));
    Some(found)
}

/// Whether a value was meant to be an expression of GitHub Actions that reads a secret and is none.
fn is_bad_expression(value: &[u8]) -> bool {
    let inside = |open: &[u8], close: &[u8]| {
        value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).map(<[u8]>::trim_ascii)
    };
    let is_read = |expression: &[u8], context: &[u8]| {
        expression.strip_prefix(context).is_some_and(|name| {
            !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        })
    };
    if let Some(expression) = inside(b"${{", b"}}") {
        return is_read(expression, b"secret.");
    }
    let wrong = inside(b"${", b"}").or_else(|| inside(b"{{", b"}}")).or_else(|| inside(b"$(", b")")).unwrap_or(value);
    is_read(wrong, b"secrets.")
}

/// `toJSON(secrets)`: every secret of the repository at once.
pub(super) fn all_secrets(cx: &mut Context<'_>, rule: &Arc<Rule>) {
    let text = cx.text();
    let lower = text.to_ascii_lowercase();
    for at in memchr::memmem::find_iter(&lower, b"tojson(") {
        let argument = lower[at + 7..].trim_ascii_start();
        let is_all = argument.strip_prefix(b"secrets").is_some_and(|rest| rest.trim_ascii_start().starts_with(b")"));
        if is_all && !super::is_commented(text, at) {
            let end = at + memchr::memchr(b')', &text[at..]).unwrap_or(0) + 1;
            cx.matches.push(Match::new(rule, Span::new(at, end), Group::Form));
        }
    }
}

/// A credential in base64 that ends in a line end: `echo key | base64`.
pub(super) fn line_end(text: &[u8], rule: &Arc<Rule>, entry: &Entry) -> Option<Match> {
    let value = entry.value.of(text);
    if value.len() > 4096 || !value.len().is_multiple_of(4) || !leak::is_credential_name(&entry.key) {
        return None;
    }
    let decoded = STANDARD.decode(value).ok()?;
    let one_line = decoded.strip_suffix(b"\n").is_some_and(|line| !line.is_empty() && !line.contains(&b'\n'));
    one_line.then(|| named(rule, entry.value, &entry.key))
}
