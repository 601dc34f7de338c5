//! Which clients of a file send their requests to somebody else than the SDK's vendor.

use super::flow::variable_set;
use crate::rules::matcher::Code as Spec;
use crate::rules::providers;
use crate::span::Span;
use crate::syntax::code::{Argument, Call, Code, Form, Reference, Role, Value};
use crate::text::name;

/// How far before a client the name it is given to is looked for, in bytes.
const NAME_REACH: usize = 200;

/// Whether a setting of this name is an address.
pub(super) fn is_address(name: &[u8]) -> bool {
    let name = name::squash(name);
    ["BASEURL", "APIBASE", "APIURL", "AZUREENDPOINT", "ENDPOINT", "BASEPATH"].iter().any(|end| name.ends_with(end))
}

/// The clients of one file, and the settings of one module, that leave the vendor's own address.
#[derive(Debug)]
pub(super) struct Elsewhere<'t> {
    /// The names such clients are given to: `client`, `self.client`.
    names: Vec<&'t [u8]>,
    /// Whether the module itself, or every client of the file, is told where to go.
    everywhere: bool,
}

impl<'t> Elsewhere<'t> {
    /// Reads what `code`, written as `text`, says of the addresses of the modules of `spec`, where `vendor` is meant to
    /// answer.
    pub(super) fn of(text: &'t [u8], code: &Code<'_>, spec: &Spec, vendor: &str) -> Self {
        let mut names = Vec::new();
        let mut everywhere = false;
        for reference in &code.references {
            everywhere |= variable_set(reference).is_some_and(|name| is_address(name.as_bytes()))
                || spec.modules().any(|module| is_module_setting(text, code, reference, module, vendor));
            let leaves = |call: &Call| goes_elsewhere(text, call, vendor);
            if reference.is_known && reference.parts.iter().filter_map(|part| code.call(part)).any(leaves) {
                names.extend(given_to(text, reference.start));
            }
        }
        names.sort_unstable();
        Self { names, everywhere }
    }

    /// Whether what `reference` calls goes somewhere else.
    pub(super) fn has(&self, text: &[u8], code: &Code<'_>, reference: &Reference, vendor: &str) -> bool {
        let written = Span::new(reference.start, reference.span().end).of(text);
        let starts = written.iter().enumerate().filter(|(_, b)| matches!(b, b'.' | b'(' | b'[' | b'?'));
        // `self.client.chat` starts with the client's name at its second mark.
        let is_named = |end: usize| self.names.binary_search(&&written[..end]).is_ok();
        self.everywhere
            || starts.take(3).any(|(end, _)| is_named(end))
            || reference.parts.iter().filter_map(|part| code.call(part)).any(|call| goes_elsewhere(text, call, vendor))
    }
}

/// Whether a client built by `call` is told an address that is not the vendor's, as far as the code says.
fn goes_elsewhere(text: &[u8], call: &Call, vendor: &str) -> bool {
    call.named.iter().any(|Argument { name, value }| {
        let name = name.of(text);
        name == b"configuration"
            || is_address(name) && is_elsewhere(text, value, vendor)
            || name::squash(name).ends_with("OPTIONS") && holds_address(value.span.of(text))
    })
}

/// Whether settings that are given together have an address among them: `httpOptions: { baseUrl: … }`.
fn holds_address(settings: &[u8]) -> bool {
    /// How much of them is looked at, in bytes: such settings are few, and each may hold calls with settings of their own.
    const LONGEST: usize = 1024;
    let settings = name::squash(&settings[..settings.len().min(LONGEST)]);
    ["BASEURL", "ENDPOINT"].iter().any(|word| settings.contains(word))
}

fn is_elsewhere(text: &[u8], value: &Value, vendor: &str) -> bool {
    match value.text() {
        Some(span) => providers().by_host(span.of(text)).is_none_or(|host| host.slug != vendor),
        None => value.form != Form::Nothing,
    }
}

/// `openai.api_base = …`, `openai.api_type = "azure"`
fn is_module_setting(text: &[u8], code: &Code<'_>, reference: &Reference, module: &str, vendor: &str) -> bool {
    let setting = reference.path.strip_prefix(module).and_then(|rest| rest.strip_prefix('.'));
    let Some(setting) = setting.filter(|_| reference.role == Role::Assign) else { return false };
    let leaves = || code.assigned(reference).is_some_and(|value| is_elsewhere(text, value, vendor));
    setting == "api_type" || is_address(setting.as_bytes()) && leaves()
}

/// The name that what starts at byte `at` is assigned to: `self.client = `, `const client = new `.
fn given_to(text: &[u8], at: usize) -> Option<&[u8]> {
    let before = text[at.saturating_sub(NAME_REACH)..at].trim_ascii_end();
    let before = before.strip_suffix(b"new").unwrap_or(before).trim_ascii_end();
    let before = before.strip_suffix(b"=")?.trim_ascii_end();
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$');
    let start = before.iter().rposition(|b| !is_name(b)).map_or(0, |at| at + 1);
    Some(&before[start..]).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_a_client_is_given_to() {
        for (text, name) in [
            ("client = X", Some(&b"client"[..])),
            ("  self.llm = X", Some(b"self.llm")),
            ("const a = new X", Some(b"a")),
            ("f(X", None),
            ("if a == X", None),
        ] {
            assert_eq!(given_to(text.as_bytes(), text.len() - 1), name, "{text}");
        }
    }
}
