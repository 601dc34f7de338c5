//! Keys in headers: `Authorization: Bearer …`, `Authorization: Token …`, `api-key: …`. The header says that a key is
//! sent, the nearest host of a vendor whose it is.

use super::assignment::placeholder;
use super::context::Context;
use super::given::Given;
use super::in_use::unused;
use super::plan::Plan;
use super::token::near;
use crate::rules::Provider;
use crate::rules::matcher::ValueState;
use crate::span::Span;
use crate::syntax::assign;
use crate::text::placeholder::{self, ValueKind};

/// How far behind a header's name its value may start, and how long the value may be, in bytes.
const REACH: usize = 64;
const LONGEST: usize = 256;

/// What stands before the key in the value of a header, besides `Bearer`.
const SCHEMES: [&[u8]; 4] = [b"token", b"key", b"api-key", b"apikey"];

/// `Authorization: Bearer KEY`: looks at the key behind byte `at`, where `Bearer ` stands.
pub(super) fn at_bearer(cx: &mut Context<'_>, plan: &Plan, at: usize) {
    sent(cx, plan, Span::new(at, at + b"Bearer".len()), at + b"Bearer ".len());
}

/// `Authorization: Token KEY`, `authorization: KEY`: looks at the key given to the header whose name covers byte `at`.
pub(super) fn at_authorization(cx: &mut Context<'_>, plan: &Plan, at: usize) {
    let text = cx.text();
    let name = assign::name_around(text, at);
    let is_header = name.of(text).to_ascii_lowercase().ends_with(b"authorization");
    let Some(start) = value_start(&text[name.end..text.len().min(name.end + REACH + LONGEST)]).filter(|_| is_header)
    else {
        return;
    };
    sent(cx, plan, name, name.end + start);
}

/// Where the key starts behind the name of a header, of which `rest` is what follows; `None` where none is given.
fn value_start(rest: &[u8]) -> Option<usize> {
    let line = &rest[..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
    let is_joint = |b: &&u8| matches!(b, b'"' | b'\'' | b'`' | b']' | b')' | b' ' | b'\\' | b'=' | b':' | b',' | b'>');
    let skip = |at: usize| at + line[at..].iter().take_while(is_joint).count();
    let mut at = skip(0);
    // `{"key": "Authorization", "value": "…"}`
    if line[at..].starts_with(b"value") {
        at = skip(at + b"value".len());
    }
    let gives = line[..at].iter().any(|b| matches!(b, b'=' | b':' | b','));
    let word = line[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    let scheme = line[at..at + word].to_ascii_lowercase();
    if SCHEMES.contains(&scheme.as_slice()) && line.get(at + word) == Some(&b' ') {
        at += word + 1;
    } else if line.get(at + word) == Some(&b' ') {
        // `Bearer` has its own way in; other schemes carry no key.
        return None;
    }
    (gives && at < line.len() && at <= REACH).then_some(at)
}

/// Looks at what stands from byte `start` on in a header that is called, or starts with, `name`.
fn sent(cx: &mut Context<'_>, plan: &Plan, name: Span, start: usize) {
    let text = cx.text();
    let is_end = |b: &u8| matches!(b, b'"' | b'\'' | b'`' | b'\n' | b'\r' | b'\\' | b' ');
    let rest = &text[start..text.len().min(start + LONGEST)];
    let value = Span::new(start, start + rest.iter().position(is_end).unwrap_or(rest.len()));
    // `f"Bearer {key}"`: the value is filled in when the program runs.
    let filled_in = value.of(text).iter().any(|b| matches!(b, b'{' | b'%' | b'$'));
    if filled_in || value.is_empty() {
        return;
    }
    let vendor = vendor_near(cx, value);
    if let Some(vendor) = vendor
        && at_vendor(cx, plan, vendor, "Authorization", name)
    {
        return;
    }
    if unused(cx, start).is_some() {
        return;
    }
    let given = Given { variable: b"Authorization", name_end: name.end, is_credential: true, provider: None, value };
    for rule in plan.assignments.in_state(&[ValueState::Malformed, ValueState::Random]) {
        cx.matches.extend(given.matched(cx, plan, rule));
    }
    if let Some(vendor) = vendor.filter(|_| placeholder::classify(value.of(text)) == ValueKind::Placeholder) {
        placeholder(cx, plan, value, "Authorization", vendor);
    }
}

/// Looks for a key of `vendor`'s own form behind `name`, which any vendor may use; says whether there is one.
pub(super) fn at_vendor(cx: &mut Context<'_>, plan: &Plan, vendor: &Provider, shown: &str, name: Span) -> bool {
    let text = cx.text();
    let before = cx.matches.len();
    for rule in plan.assignments.of_vendor(&vendor.slug) {
        if let Ok(value) = rule.shaped(text, cx.lines.around(name.end), name.end) {
            cx.matches.push(rule.matched(value, Some(shown.to_owned())));
        }
    }
    cx.matches.len() > before
}

/// The vendor whose host stands nearest to `value`, on its line or, if none does there, a few lines away.
pub(super) fn vendor_near(cx: &Context<'_>, value: Span) -> Option<&'static Provider> {
    let (text, line) = (cx.text(), cx.lines.around(value.start));
    let around = near(text, line, value);
    let own = Span::new(line.start.max(around.start), line.end.min(around.end));
    let mut hosts = cx.hosts.borrow_mut();
    // All of it at once, then none of it is searched twice.
    let nearest = hosts.nearest(around, value.start)?;
    Some(hosts.nearest(own, value.start).unwrap_or(nearest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_header_gives_its_key() {
        for (rest, key) in [
            (": Token k1\"", Some("k1\"")),
            ("\": \"Key k1\"", Some("k1\"")),
            ("', 'k1')", Some("k1')")),
            (": Bearer k1", None),
            (": Basic k1", None),
            ("\",\"value\":\"Api-Key k1\"", Some("k1\"")),
            ("\"] = \"k1\"", Some("k1\"")),
            (" header", None),
            (":\nk1", None),
            ("", None),
        ] {
            assert_eq!(value_start(rest.as_bytes()).map(|at| &rest[at..]), key, "{rest}");
        }
    }
}
