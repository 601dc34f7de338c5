//! Credentials on their way from a variable or file to the vendor, as far as one file's code tells.
//!
//! `origin` says what a value comes from. `client` judges what clients are built with, `key` the values given as keys,
//! `unfilled` finds placeholders among them, `header` judges the headers of hand-written requests, `order` what is set or
//! loaded too late, `sink` what is shown to others, `retry` what is tried again in vain. What needs other files waits for
//! the join over all of them.

mod client;
mod header;
mod key;
mod order;
mod origin;
mod retry;
mod sink;
mod unfilled;

use super::assignment;
use super::context::{Context, Group, Match};
use super::plan::Plan;
use crate::finding::Severity;
use crate::rules::clients::clients;
use crate::rules::matcher::{FlowFault, Language, Matcher};
use crate::source::Role;
use crate::span::Span;
use crate::syntax::code::{Code, Reference, Source, Value};
use client::Client;
pub use order::own_modules;
pub(super) use origin::{Origins, variable_set};
use rustc_hash::FxHashSet;
use unfilled::Literal;

/// What of faults may stand in a file that imports an SDK and handles no key.
pub(super) const OWN_WORDS: [&[u8]; 5] =
    [b"AuthenticationError", b"PermissionDeniedError", b"401", b".response", b"organization"];

/// Reports what the file does with credentials.
pub(super) fn scan(plan: &Plan, source: &Source<'_>, code: &Code, cx: &mut Context<'_>) {
    if plan.matching(|matcher| matches!(matcher, Matcher::Flow(_)).then_some(())).next().is_none() {
        return;
    }
    let origins = Origins::new(source.text(), code);
    let mut found = Found::default();
    let file = File { text: source.text(), code, origins: &origins, clients: client::all(source.text(), code) };
    client::judge(&file, &mut found);
    key::judge(&file, &mut found);
    header::judge(&file, &mut found);
    order::judge(&file, &mut found);
    retry::judge(&file, &mut found);
    sink::judge(&file, cx.file.path.file_name(), &mut found);
    unfilled::judge(&file, &mut found);
    for fault in &found.faults {
        report(plan, source, cx, fault);
    }
    for Literal { span, name, vendor, is_placeholder } in found.literals {
        let span = source.original(span);
        if is_placeholder {
            assignment::placeholder(cx, plan, span, &name, vendor);
        } else {
            assignment::key_of(cx, plan, span, &name, vendor);
        }
    }
    order::waits(plan, source, &file, cx);
}

/// A file's code with what was made out about it.
struct File<'a> {
    text: &'a [u8],
    code: &'a Code<'a>,
    origins: &'a Origins<'a>,
    clients: Vec<Client<'a>>,
}

impl<'a> File<'a> {
    fn is_python(&self) -> bool {
        self.code.language == Language::Python
    }

    /// The bytes of `span`.
    fn of(&self, span: Span) -> &'a [u8] {
        span.of(self.text)
    }

    fn reference(&self, number: usize) -> &'a Reference {
        &self.code.references[number]
    }

    /// The values that are given to SDKs as keys: arguments of their functions called `api_key` and the like, settings
    /// of their modules, and vendors' variables that are set.
    fn keys(&self) -> Vec<(String, &'a Value)> {
        let mut out = Vec::new();
        for reference in &self.code.references {
            let calls = reference.parts.iter().filter(|part| reference.is_known && part.is_call());
            let calls = calls.filter(|part| takes_key(&reference.path[..part.path_end]));
            for call in calls.filter_map(|part| self.code.call(part)) {
                let named = call.named.iter().filter(|argument| is_key_name(self.of(argument.name)));
                out.extend(
                    named.map(|argument| {
                        (String::from_utf8_lossy(self.of(argument.name)).into_owned(), &argument.value)
                    }),
                );
            }
            let is_setting = reference.is_known && client::is_key_setting(&reference.path);
            if (is_setting || origin::variable_set(reference).is_some_and(origin::is_vendors))
                && let Some(value) = self.code.assigned(reference)
            {
                out.push((reference.path.to_string(), value));
            }
        }
        out
    }

    /// Whether `span` is only reached where a condition was put on the variable `name`.
    fn is_checked(&self, span: Span, name: &str) -> bool {
        self.code.branches.iter().any(|branch| {
            branch.body.contains(span) && memchr::memmem::find(self.of(branch.condition), name.as_bytes()).is_some()
        })
    }

    /// Whether some condition of the file asks for `variable`.
    fn names_in_condition(&self, variable: &[u8]) -> bool {
        self.code.branches.iter().any(|branch| memchr::memmem::find(self.of(branch.condition), variable).is_some())
    }
}

/// Whether an SDK's function of this path may take a key: what its package has at the top, and all of openai's.
fn takes_key(path: &str) -> bool {
    let package = path.split('.').next().unwrap_or_default();
    let is_top = path.matches('.').count() == 1 || package == "openai";
    clients().built_by(path).is_some() || is_top && clients().is_module(package)
}

/// Whether an argument of this name takes a key.
fn is_key_name(name: &[u8]) -> bool {
    if !name.last().is_some_and(|last| matches!(last, b'y' | b'Y' | b'n' | b'N')) {
        return false;
    }
    let name = crate::text::name::squash(name);
    name.ends_with("APIKEY") && name != "XAPIKEY" || matches!(name.as_str(), "APITOKEN" | "HFTOKEN")
}

/// A fault that was made out.
struct Fault {
    kind: FlowFault,
    span: Span,
    name: String,
    canonical: String,
    /// A severity other than the rule's.
    severity: Option<Severity>,
    /// Whether it is about a literal value, which other rules may judge as well.
    is_value: bool,
}

/// The faults of a file.
#[derive(Default)]
struct Found {
    faults: Vec<Fault>,
    /// Texts that are given to clients as keys.
    literals: Vec<Literal>,
    seen: FxHashSet<(FlowFault, Span)>,
}

impl Found {
    /// Adds a fault; each place is said once.
    fn add(&mut self, kind: FlowFault, span: Span, name: impl Into<String>, canonical: impl Into<String>) {
        self.add_with(kind, span, name, canonical, |_| {});
    }

    /// Adds a fault of which there is more to say.
    fn add_with(
        &mut self,
        kind: FlowFault,
        span: Span,
        name: impl Into<String>,
        canonical: impl Into<String>,
        more: impl FnOnce(&mut Fault),
    ) {
        if self.seen.insert((kind, span)) {
            let (name, canonical) = (name.into(), canonical.into());
            let mut fault = Fault { kind, span, name, canonical, severity: None, is_value: false };
            more(&mut fault);
            self.faults.push(fault);
        }
    }
}

fn report(plan: &Plan, source: &Source<'_>, cx: &mut Context<'_>, fault: &Fault) {
    // What tests do with made-up keys is meant.
    if cx.file.role == Role::Test && !matches!(fault.kind, FlowFault::Logged | FlowFault::SentToBrowser) {
        return;
    }
    let rules = plan.matching(|matcher| match matcher {
        Matcher::Flow(spec) if spec.fault == fault.kind => Some(spec.since.is_some()),
        _ => None,
    });
    for (rule, dated) in rules {
        let group = if fault.is_value { Group::Value } else { Group::Use };
        let mut found = Match::new(rule, source.original(fault.span), group);
        found.dated = dated;
        found.name = Some(fault.name.clone());
        found.canonical = Some(fault.canonical.clone());
        found.dated = dated;
        found.severity = match cx.file.role {
            Role::Test => Some(Severity::Note),
            _ => fault.severity,
        };
        cx.matches.push(found);
    }
}
