//! What a value comes from: a variable, a client's attribute, a file; followed over names, wrappers and formatting.

use crate::rules::providers;
use crate::span::Span;
use crate::syntax::code::{Code, Form, Reference, Role, Value};
use crate::text::name;

/// How deep values are followed.
const DEEPEST: usize = 12;

/// What follows a value and leaves it a credential.
const KEEPING: [&str; 15] = [
    ".strip()",
    ".rstrip()",
    ".lstrip()",
    ".trim()",
    ".trimEnd()",
    ".trimStart()",
    ".encode()",
    ".decode()",
    ".toString()",
    ".get_secret_value()",
    ".replace()",
    ".lower()",
    ".upper()",
    ".value",
    ".String()",
];

/// How paths of what holds the environment start.
const ENVIRONMENTS: [&str; 7] = ["os.", "environ", "getenv", "process.", "import.meta", "Deno.", "Bun."];

/// A look-up of a variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct EnvRead<'a> {
    pub(super) name: &'a str,
    /// What is taken if the variable is missing.
    pub(super) default: Option<&'a Value>,
    /// Whether a missing variable raises an error.
    pub(super) is_strict: bool,
    /// What follows the look-up.
    pub(super) rest: &'a str,
}

/// What a file's values come from.
pub(in crate::engine) struct Origins<'a> {
    pub(super) text: &'a [u8],
    pub(super) code: &'a Code<'a>,
}

impl<'a> Origins<'a> {
    pub(in crate::engine) const fn new(text: &'a [u8], code: &'a Code<'a>) -> Self {
        Self { text, code }
    }

    /// The look-up `reference` is.
    pub(super) fn env_at(&self, reference: &'a Reference) -> Option<EnvRead<'a>> {
        if reference.role == Role::Assign || !ENVIRONMENTS.iter().any(|start| reference.path.starts_with(start)) {
            return None;
        }
        let mut before = &reference.path[..reference.root];
        for part in &reference.parts {
            let path = &reference.path[..part.path_end];
            let rest = &reference.path[part.path_end..];
            let found = |name, default, is_strict| Some(EnvRead { name, default, is_strict, rest });
            let own = path.get(before.len()..).unwrap_or_default();
            if part.is_call() {
                let is_lookup = ["os.getenv()", "os.environ.get()", "environ.get()", "getenv()", "Deno.env.get()"];
                if is_lookup.contains(&path) {
                    let call = self.code.call(part)?;
                    let name = self.literal(call.positional.first()?)?;
                    return found(name, call.positional.get(1).or_else(|| call.argument(self.text, "default")), false);
                }
            } else if matches!(before, "os.environ" | "environ") {
                if let Some(name) = own.strip_prefix('[').and_then(|own| own.strip_suffix(']')) {
                    return found(name, None, true).filter(|_| !name.is_empty());
                }
            } else if matches!(before, "process.env" | "import.meta.env" | "Bun.env") {
                let name = own.trim_matches(['.', '[', ']', '?', '!']);
                return found(name, None, false).filter(|_| !name.is_empty() && name != "get");
            }
            before = path;
        }
        None
    }

    fn literal(&self, value: &Value) -> Option<&'a str> {
        std::str::from_utf8(value.text()?.of(self.text)).ok()
    }

    /// What the name in front of a chain was given, and what follows it in the chain.
    fn through(&self, value: &'a Value) -> Option<(&'a Value, &'a str)> {
        let Form::Chain(number, Some(base)) = &value.form else { return None };
        let reference = &self.code.references[*number];
        let mut rest = reference.path.get(reference.root..)?;
        if !reference.is_known && matches!(&reference.path[..reference.root], "self" | "this" | "cls") {
            let skip = reference.parts.first()?.path_end;
            rest = reference.path.get(skip..)?;
        }
        Some((base, rest))
    }

    /// The value a plain name stands for.
    pub(in crate::engine) fn follow(&self, mut value: &'a Value) -> &'a Value {
        for _ in 0..DEEPEST {
            match self.through(value) {
                Some((base, "")) => value = base,
                _ => break,
            }
        }
        value
    }

    /// The look-up `value` is, over names.
    pub(super) fn env(&self, value: &'a Value) -> Option<EnvRead<'a>> {
        let mut value = value;
        let mut after = "";
        for _ in 0..DEEPEST {
            if let Form::Chain(number, _) = value.form
                && let Some(mut read) = self.env_at(&self.code.references[number])
            {
                if !after.is_empty() {
                    read.rest = after;
                }
                return Some(read);
            }
            if let Form::Members(of, rest) = &value.form {
                after = std::str::from_utf8(rest.of(self.text)).ok()?;
                value = of;
                continue;
            }
            if let Form::Any(all) = &value.form {
                return all.iter().find_map(|one| self.env(one));
            }
            let (base, rest) = self.through(value)?;
            if !rest.is_empty() {
                after = rest;
            }
            value = base;
        }
        None
    }

    /// The reference a value is, if it is a chain.
    pub(super) fn reference(&self, value: &Value) -> Option<&'a Reference> {
        match value.form {
            Form::Chain(number, _) => Some(&self.code.references[number]),
            _ => None,
        }
    }

    /// The argument of a call that only makes a text of it.
    pub(super) fn wrapped(&self, reference: &'a Reference) -> Option<&'a Value> {
        let is_text = ["str()", "repr()", "String()", "JSON.stringify()", "json.dumps()", "dict()"];
        if !is_text.contains(&reference.path.as_str()) {
            return None;
        }
        self.code.last_call(reference)?.positional.first()
    }

    /// The name of the credential whose text `value` holds, wholly or in part.
    pub(super) fn credential(&self, value: &'a Value) -> Option<String> {
        self.credential_within(value, 0)
    }

    fn credential_within(&self, value: &'a Value, depth: usize) -> Option<String> {
        if depth > DEEPEST {
            return None;
        }
        let inside = |value: &'a Value| self.credential_within(value, depth + 1);
        match &value.form {
            Form::Chain(number, _) => {
                let reference = &self.code.references[*number];
                if let Some(read) = self.env_at(reference) {
                    return (is_secret(read.name) && keeps(read.rest)).then(|| read.name.to_owned());
                }
                if reference.is_known && is_key_attribute(&reference.path) {
                    return Some(reference.path.rsplit('.').next().unwrap_or_default().to_owned());
                }
                if let Some((base, rest)) = self.through(value)
                    && (keeps(rest) || picks(rest, base))
                {
                    return inside(base);
                }
                self.wrapped(reference).and_then(inside)
            }
            Form::Members(of, rest) => {
                let rest = std::str::from_utf8(rest.of(self.text)).ok()?;
                if keeps(&emptied(rest)) { inside(of) } else { None }
            }
            Form::Formatted(_, parts) | Form::Any(parts) | Form::Sum(parts) | Form::List(parts) => {
                parts.iter().find_map(inside)
            }
            Form::Text | Form::Nothing | Form::Word | Form::Test | Form::Other => None,
        }
    }
}

/// Whether members leave a credential what it is.
fn keeps(rest: &str) -> bool {
    let mut rest = rest;
    while !rest.is_empty() {
        let Some(next) = KEEPING.iter().find_map(|part| rest.strip_prefix(part)) else { return false };
        rest = next;
    }
    true
}

/// Whether `rest` takes an item out of the list or object `base`: which one is not told, so it must be one of keys.
fn picks(rest: &str, base: &Value) -> bool {
    let is_member = rest.starts_with(['[', '.']) && !rest[1..].contains(['.', '[', '(']);
    matches!(base.form, Form::List(_)) && is_member && super::is_key_name(rest.trim_matches(['[', ']', '.']).as_bytes())
}

/// `.strip("\n")` as `.strip()`.
fn emptied(rest: &str) -> String {
    let mut out = String::new();
    let mut depth = 0usize;
    for c in rest.chars() {
        depth = depth.saturating_sub(usize::from(c == ')'));
        if depth == 0 {
            out.push(c);
        }
        depth += usize::from(c == '(');
    }
    out.trim_matches(['!', ' ']).to_owned()
}

/// Whether a variable of this name holds what nobody else may see.
fn is_secret(variable: &str) -> bool {
    let last = variable.rsplit('_').next().unwrap_or_default();
    let is_key = ["KEY", "APIKEY", "TOKEN", "SECRET", "PASSWORD", "PAT"].contains(&last);
    is_vendors(variable) || is_key && name::is_credential(variable.as_bytes())
}

/// `client.api_key`, `openai.api_key`.
fn is_key_attribute(path: &str) -> bool {
    let Some((owner, member)) = path.rsplit_once('.') else { return false };
    let is_client = crate::rules::clients::clients().built_by(owner).is_some();
    matches!(member, "api_key" | "apiKey") && (is_client || owner == "openai")
}

/// Whether a vendor's key stands in a variable of this name.
pub(super) fn is_vendors(name: &str) -> bool {
    let judged = providers().by_variable(name.as_bytes()).is_some_and(|provider| !provider.hosts.is_empty());
    judged && name::is_credential(name.as_bytes())
}

/// The variable `reference` sets.
pub(in crate::engine) fn variable_set(reference: &Reference) -> Option<&str> {
    // A name that was given a variable's value, and is now given another one, leaves the environment alone.
    if reference.role != Role::Assign || reference.root == reference.path.len() {
        return None;
    }
    let path = reference.path.as_str();
    let name = path
        .strip_prefix("os.environ[")
        .or_else(|| path.strip_prefix("environ["))
        .or_else(|| path.strip_prefix("process.env["))
        .and_then(|rest| rest.strip_suffix(']'))
        .or_else(|| path.strip_prefix("process.env."))?;
    (!name.is_empty() && !name.contains(['.', '['])).then_some(name)
}

/// The bytes a value's literal beginning has.
pub(super) fn lead(value: &Value) -> Option<Span> {
    match &value.form {
        Form::Text => Some(value.span),
        Form::Formatted(lead, _) => Some(*lead),
        Form::Sum(parts) => lead(parts.first()?),
        _ => None,
    }
}
