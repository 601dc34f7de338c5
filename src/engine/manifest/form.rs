//! Ways to give a variable a value that give it another one, or none.

use crate::engine::context::{Context, Group, Match};
use crate::engine::leak;
use crate::finding::{Edit, Fix, Severity};
use crate::rules::Rule;
use crate::rules::matcher::ManifestValue;
use crate::span::Span;
use crate::syntax::manifest::Entry;
use std::sync::Arc;

/// The fault `form` of an entry, if it has it.
pub(super) fn fault(cx: &Context<'_>, rule: &Arc<Rule>, form: ManifestValue, entry: &Entry<'_>) -> Option<Match> {
    let text = cx.text();
    let value = entry.value.of(text);
    if form == ManifestValue::BadExpression
        && let Some(span) = singular(text, entry.value)
    {
        return Some(named(rule, span, if entry.key.is_empty() { "This command" } else { entry.key }));
    }
    if entry.in_block {
        return None;
    }
    let is_fault = match form {
        ManifestValue::QuotedItem | ManifestValue::SpacedItem => return item(text, rule, form, entry),
        ManifestValue::BadExpression => entry.key != "if" && is_bad_expression(value),
        ManifestValue::ExtraQuotes => is_quoted_expression(value),
        ManifestValue::Substitution => is_substitution(value) && super::is_variable(entry.key),
        ManifestValue::DoubledDollar => return doubled(text, rule, entry),
        ManifestValue::Unexpanded => return unexpanded(cx, rule, entry),
        _ => false,
    };
    is_fault.then(|| named(rule, entry.value, entry.key))
}

/// A match about the form of what is given to `name`.
pub(super) fn named(rule: &Arc<Rule>, span: Span, name: &str) -> Match {
    let mut found = Match::new(rule, span, Group::Form);
    found.name = Some(name.to_owned());
    found
}

/// `$(cat /run/secrets/key)` or the same in backticks.
fn is_substitution(value: &[u8]) -> bool {
    let command = value
        .strip_prefix(b"$(")
        .and_then(|rest| rest.split(|b| *b == b')').next())
        .or_else(|| value.strip_prefix(b"`").and_then(|rest| rest.strip_suffix(b"`")));
    command.is_some_and(|command| command.contains(&b' '))
}

/// The variable that is all of a value: `$NAME`, `${NAME}`.
fn variable(value: &[u8]) -> Option<&[u8]> {
    let rest = value.strip_prefix(b"$")?;
    let name = rest.strip_prefix(b"{").and_then(|name| name.strip_suffix(b"}")).unwrap_or(rest);
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    (!name.is_empty() && !name[0].is_ascii_digit() && name.iter().all(is_name)).then_some(name)
}

/// The name and the value of an entry: of a list item `NAME=value` those in its text.
fn pair<'a>(text: &'a [u8], entry: &Entry<'a>) -> (&'a str, Span) {
    let bytes = entry.value.of(text);
    match memchr::memchr(b'=', bytes).filter(|_| entry.key.is_empty() || entry.key == "Environment") {
        Some(equals) => {
            let name = std::str::from_utf8(&bytes[..equals]).unwrap_or_default();
            (name, Span::new(entry.value.start + equals + 1, entry.value.end))
        }
        None => (entry.key, entry.value),
    }
}

/// `NAME: $$OTHER` in a compose file: the container gets the text `$OTHER`.
fn doubled(text: &[u8], rule: &Arc<Rule>, entry: &Entry<'_>) -> Option<Match> {
    let (name, value) = pair(text, entry);
    let rest = value.of(text).strip_prefix(b"$")?;
    (leak::is_credential_name(name) && variable(rest).is_some()).then(|| named(rule, value, name))
}

/// `NAME: $OTHER` where nothing expands variables: `env:` of GitHub Actions, `environment:` of `CircleCI`,
/// `Environment=` of systemd.
fn unexpanded(cx: &Context<'_>, rule: &Arc<Rule>, entry: &Entry<'_>) -> Option<Match> {
    let path = cx.file.path.as_bytes();
    let has = |part: &[u8]| memchr::memmem::find(path, part).is_some();
    let owner = entry.owner.unwrap_or_default();
    let is_here = has(b".github/workflows/") && owner == "env"
        || has(b".circleci/") && owner == "environment"
        || entry.key == "Environment";
    let (name, value) = pair(cx.text(), entry);
    let is_fault = is_here && leak::is_credential_name(name) && variable(value.of(cx.text())).is_some();
    is_fault.then(|| named(rule, value, name))
}

/// A list item `NAME=value` with quotes or blanks at the equals sign. YAML takes it as one text, so they stay.
fn item(text: &[u8], rule: &Arc<Rule>, form: ManifestValue, entry: &Entry<'_>) -> Option<Match> {
    let (start, bytes) = (entry.value.start, entry.value.of(text));
    let is_quoted = start > 0 && matches!(text[start - 1], b'"' | b'\'');
    let is_name = |name: &[u8]| {
        name.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
            && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
            && (!name.iter().any(u8::is_ascii_lowercase)
                || std::str::from_utf8(name).is_ok_and(leak::is_credential_name))
    };
    let equals = memchr::memchr(b'=', bytes)?;
    let name = bytes[..equals].trim_ascii_end();
    if !entry.key.is_empty() || !is_name(name) {
        return None;
    }
    let name_text = String::from_utf8_lossy(name).into_owned();
    let (span, edits) = if form == ManifestValue::QuotedItem {
        let [open @ (b'"' | b'\''), middle @ .., close] = &bytes[equals + 1..] else { return None };
        // In a quoted item quotes of the other kind stay too.
        if is_quoted && text[start - 1] == *open || open != close {
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

/// `${{ secret.NAME }}` in a value.
fn singular(text: &[u8], value: Span) -> Option<Span> {
    const START: &[u8] = b"${{";
    memchr::memmem::find_iter(value.of(text), START).find_map(|at| {
        let start = value.start + at;
        let inside = &text[start + START.len()..value.end];
        let blanks = inside.iter().take_while(|b| **b == b' ').count();
        let name = inside[blanks..].strip_prefix(b"secret.")?;
        let length = name.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
        let rest = &name[length..];
        let after = rest.iter().take_while(|b| **b == b' ').count();
        let end = start + START.len() + blanks + b"secret.".len() + length + after + 2;
        rest[after..].starts_with(b"}}").then(|| Span::new(start, end))
    })
}

/// Whether a value was meant to be an expression of GitHub Actions that reads a secret and is none.
fn is_bad_expression(value: &[u8]) -> bool {
    let inside = |open: &[u8], close: &[u8]| {
        value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).map(<[u8]>::trim_ascii)
    };
    let is_read = |expression: &[u8]| {
        expression.strip_prefix(b"secrets.").is_some_and(|name| {
            !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        })
    };
    if let Some(expression) = inside(b"${{", b"}}") {
        // No secret can have a hyphen in its name.
        return is_read(expression) && expression.contains(&b'-');
    }
    let wrong = inside(b"$ {{", b"}}")
        .or_else(|| inside(b"${{", b"}"))
        .or_else(|| inside(b"${", b"}"))
        .or_else(|| inside(b"{{", b"}}"))
        .or_else(|| inside(b"$(", b")"))
        .or_else(|| value.strip_prefix(b"$"))
        .unwrap_or(value);
    is_read(wrong)
}

/// `"${{ secrets.NAME }}"` with its quotes inside the value.
fn is_quoted_expression(value: &[u8]) -> bool {
    let [open @ (b'"' | b'\''), expression @ .., close] = value else { return false };
    let expression = expression.trim_ascii();
    open == close
        && expression.starts_with(b"${{")
        && expression.ends_with(b"}}")
        && memchr::memmem::find(expression, b"secrets.").is_some()
        && memchr::memmem::find_iter(expression, b"${{").count() == 1
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
