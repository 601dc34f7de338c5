//! Headers of hand-written requests.

use super::origin::{is_vendors, lead};
use super::{File, Found};
use crate::rules::matcher::FlowFault;
use crate::rules::{Provider, providers};
use crate::span::Span;
use crate::syntax::code::{Form, Role, Value};
use rustc_hash::FxHashSet;

/// How long a call may be whose address is looked for (bytes).
const LONGEST_CALL: usize = 8192;

/// A header that is given a value.
struct Header<'a> {
    /// In small letters.
    name: String,
    value: &'a Value,
    /// The vendor the request goes to, as the call tells.
    to: Option<&'static Provider>,
    /// The only vendor the file names.
    only: Option<&'static Provider>,
}

impl Header<'_> {
    /// The vendor the header is for: the one that is called, else the one whose key it is, else the only one named.
    fn vendor(&self, of_key: Option<&'static Provider>) -> Option<&'static Provider> {
        self.to.or(of_key).or(self.only)
    }
}

pub(super) fn judge(file: &File<'_>, found: &mut Found) {
    for header in headers(file) {
        if header.name == "authorization" {
            authorization(file, &header, found);
        } else {
            other(file, &header, found);
        }
        not_filled_in(file, &header, found);
    }
}

fn is_header(name: &str) -> bool {
    matches!(name, "authorization" | "x-api-key" | "api-key")
}

fn headers<'a>(file: &File<'a>) -> Vec<Header<'a>> {
    let mut out = Vec::new();
    let mut add = |key: Span, value: &dyn Fn() -> Option<&'a Value>, calls: &[Span]| {
        let name = file.of(key);
        if !matches!(name.len(), 7 | 9 | 13) {
            return;
        }
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        if is_header(&name)
            && let Some(value) = value()
        {
            let near = calls.iter().filter(|call| call.len() <= LONGEST_CALL);
            let near = near.into_iter().find_map(|call| providers().by_host(file.of(*call)));
            out.push(Header { name, value, to: near, only: None });
        }
    };
    for pair in &file.code.pairs {
        add(pair.key, &|| Some(file.code.given(pair)), &pair.calls);
    }
    for reference in &file.code.references {
        // `headers["Authorization"] = …`, `headers.Authorization = …`
        let Some(last) = reference.parts.last() else { continue };
        let before = reference.parts.iter().rev().nth(1).map_or(reference.head_end, |part| part.end);
        if reference.role == Role::Assign && !last.is_call() {
            let text = file.of(Span::new(before, last.end));
            let skip = text.iter().take_while(|b| !b.is_ascii_alphanumeric()).count();
            let length = text[skip..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
            add(Span::new(before + skip, before + skip + length), &|| file.code.assigned(reference), &[]);
        }
        // `headers.set("Authorization", …)`
        if last.is_call()
            && starts_with_header(file.of(Span::new(before, last.end)))
            && let Some([name, value]) = file.code.call(last).map(|call| &call.positional[..])
            && let Some(key) = name.text()
        {
            add(key, &|| Some(value), &[reference.span()]);
        }
    }
    if !out.is_empty() {
        let only = only_vendor(file);
        for header in &mut out {
            header.only = only;
        }
    }
    out
}

/// Whether the arguments in the brackets at the start of `call` may start with a header's name.
fn starts_with_header(call: &[u8]) -> bool {
    let first = call.strip_prefix(b"(").unwrap_or(call).trim_ascii_start();
    matches!(first, [b'"' | b'\'' | b'`', b'A' | b'a' | b'X' | b'x', ..])
}

/// The vendor all addresses in the file belong to.
fn only_vendor(file: &File<'_>) -> Option<&'static Provider> {
    let mut seen = FxHashSet::default();
    let named = providers().all().iter().filter(|provider| {
        provider.hosts.iter().any(|host| memchr::memmem::find(file.text, host.as_bytes()).is_some())
    });
    let mut last = None;
    for provider in named {
        seen.insert(provider.slug.as_str());
        last = Some(provider);
    }
    last.filter(|_| seen.len() == 1)
}

/// The vendor of the variable in a header, and the variable.
fn variable<'a>(file: &File<'a>, value: &'a Value) -> Option<(&'static Provider, String)> {
    let name = file.origins.credential(value)?;
    let vendor = is_vendors(&name).then(|| providers().by_variable(name.as_bytes())).flatten()?;
    Some((vendor, name))
}

fn authorization(file: &File<'_>, header: &Header<'_>, found: &mut Found) {
    for one in header.value.alternatives() {
        let value = file.origins.follow(one);
        let key = variable(file, value);
        let vendor = header.vendor(key.as_ref().map(|(vendor, _)| *vendor));
        let name = key.as_ref().map_or_else(String::new, |(_, name)| name.clone());
        let wants = vendor.and_then(|vendor| vendor.header.as_deref());
        let lead = lead(value).map(|span| file.of(span));
        let scheme = lead.map(<[u8]>::trim_ascii_start);
        let is_bearer = scheme.is_some_and(|text| text.len() >= 6 && text[..6].eq_ignore_ascii_case(b"bearer"));
        if is_bearer {
            let rest = &scheme.unwrap_or_default()[6..];
            if wants == Some("authorization") && joins_key(value, rest) {
                found.add(FlowFault::BearerMissing, one.span, name, "");
            } else if twice(file, value, rest) {
                found.add(FlowFault::BearerTwice, one.span, name, "");
            } else if let (Some(wanted), Some((owner, _))) = (wants.filter(|wanted| *wanted != "authorization"), &key) {
                // A token of another kind than the key goes into this header.
                // Azure's newer paths take keys behind `Bearer` too.
                let is_newer = wanted == "api-key" && memchr::memmem::find(file.text, b"/v1/").is_some();
                let is_own = vendor.is_some_and(|vendor| vendor.slug == owner.slug);
                if name.contains("KEY") && is_own && !is_newer {
                    found.add(FlowFault::OtherHeader, one.span, name, wanted);
                }
            } else if file.is_python()
                && let Form::Formatted(_, parts) = &value.form
            {
                let missing = parts.iter().find_map(|part| {
                    let read = file.origins.env_at(file.origins.reference(part)?)?;
                    let may_miss = !read.is_strict && read.default.is_none() && read.rest.is_empty();
                    (may_miss && is_vendors(read.name) && !file.is_checked(part.span, read.name)).then_some(read.name)
                });
                if let Some(variable) = missing {
                    found.add(FlowFault::TextOfMissing, one.span, variable, "");
                }
            }
            continue;
        }
        let is_plain = match &value.form {
            Form::Chain(..) | Form::Members(..) => true,
            Form::Formatted(lead, parts) => lead.is_empty() && parts.len() == 1,
            _ => false,
        };
        let fits = header.to.is_none_or(|to| to.header.as_deref() == Some("authorization"));
        if wants == Some("authorization") && key.is_some() && fits {
            if is_plain {
                found.add(FlowFault::BearerMissing, one.span, name, "");
            } else if scheme.is_some_and(|text| {
                [&b"token "[..], b"api-key ", b"apikey ", b"key ", b"basic "]
                    .iter()
                    .any(|word| text.len() >= word.len() && text[..word.len()].eq_ignore_ascii_case(word))
            }) && vendor.is_none_or(|vendor| vendor.slug != "replicate")
            {
                found.add(FlowFault::OtherHeader, one.span, name, "Authorization: Bearer");
            }
        }
    }
}

/// Whether a key follows the word at once: `"Bearer" + key`, `f"Bearer{key}"`.
fn joins_key(value: &Value, rest: &[u8]) -> bool {
    rest.is_empty() && matches!(&value.form, Form::Formatted(_, parts) | Form::Sum(parts) if !parts.is_empty())
}

/// Whether what follows `Bearer` starts with it as well.
fn twice(file: &File<'_>, value: &Value, rest: &[u8]) -> bool {
    let starts = |text: &[u8]| text.len() >= 7 && text[..7].eq_ignore_ascii_case(b"bearer ");
    if starts(rest.trim_ascii_start()) {
        return true;
    }
    let first = match &value.form {
        Form::Formatted(_, parts) => parts.first(),
        Form::Sum(parts) => parts.get(1),
        _ => None,
    };
    rest.trim_ascii().is_empty()
        && first.and_then(|part| lead(file.origins.follow(part))).is_some_and(|lead| starts(file.of(lead)))
}

/// `x-api-key` and `api-key` for a vendor that takes its key in another header.
fn other(file: &File<'_>, header: &Header<'_>, found: &mut Found) {
    let key = variable(file, header.value);
    let Some(vendor) = header.vendor(key.as_ref().map(|(vendor, _)| *vendor)) else { return };
    let Some(wanted) = vendor.header.as_deref().filter(|wanted| *wanted != header.name) else { return };
    if let Some((owner, name)) = key
        && owner.slug == vendor.slug
    {
        let wanted = if wanted == "authorization" { "Authorization: Bearer" } else { wanted };
        found.add(FlowFault::OtherHeader, header.value.span, name, wanted);
    }
}

/// `"Bearer {key}"` without `f`, `"Bearer ${key}"` in plain quotes.
fn not_filled_in(file: &File<'_>, header: &Header<'_>, found: &mut Found) {
    let value = file.origins.follow(header.value);
    let Some(span) = value.text() else { return };
    let text = file.of(span);
    let is_bearer = text.len() >= 7 && text[..7].eq_ignore_ascii_case(b"bearer ");
    let body = if is_bearer { &text[7..] } else { text }.trim_ascii();
    let inside = body
        .strip_prefix(b"${")
        .or_else(|| body.strip_prefix(b"{"))
        .and_then(|rest| rest.strip_suffix(b"}"))
        .or_else(|| body.strip_prefix(b"$"));
    let Some(inside) = inside.filter(|inside| !inside.is_empty()) else { return };
    let is_code =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'(' | b')' | b'[' | b']' | b'"' | b'\'');
    let plain = body.starts_with(b"{") && inside.iter().any(|b| matches!(b, b'{' | b'}'));
    // What a name stands for may be filled in later; what is written into the request is sent.
    let is_sent = std::ptr::eq(value, header.value) && header.to.is_some();
    let formats = body.starts_with(b"{")
        && !is_sent
        && (!file.is_python() || memchr::memmem::find(file.text, b".format").is_some());
    let last = inside.rsplit(|b| !(b.is_ascii_alphanumeric() || *b == b'_')).find(|word| !word.is_empty());
    let names_vendor = last.is_some_and(|word| is_vendors(&String::from_utf8_lossy(word)));
    if inside.iter().all(is_code) && !plain && !formats && (header.to.or(header.only).is_some() || names_vendor) {
        found.add_with(FlowFault::HeaderNotFilledIn, span, String::from_utf8_lossy(inside), "", |fault| {
            fault.is_value = true;
        });
    }
}
