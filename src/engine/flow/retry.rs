//! Requests that are sent again although the vendor refused the key: it will be refused again.

use super::{File, Found};
use crate::rules::clients::clients;
use crate::rules::matcher::FlowFault;
use crate::span::Span;
use crate::syntax::code::{Branch, Form, Reference, Value};

/// Libraries that call a function again.
const LIBRARIES: [&str; 5] = ["tenacity.", "backoff.", "retry.", "retrying.", "stamina."];

pub(super) fn judge(file: &File<'_>, found: &mut Found) {
    let uses_sdk = file.code.imports.iter().any(|import| is_sdk(&import.path));
    for reference in file.code.references.iter().filter(|reference| is_refusal(reference)) {
        let span = reference.span();
        if in_library(file, span) {
            found.add(FlowFault::RefusalRetried, span, shown(reference), "");
            continue;
        }
        let around = file.code.branches.iter().filter(|branch| branch.condition.contains(span));
        if around.into_iter().any(|branch| retries(file, branch)) {
            found.add(FlowFault::RefusalRetried, span, shown(reference), "");
        }
    }
    if uses_sdk {
        for branch in &file.code.branches {
            let condition = file.of(branch.condition);
            if let Some(at) = memchr::memmem::find(condition, b"401")
                && memchr::memmem::find(condition, b"status").is_some()
                && retries(file, branch)
            {
                let start = branch.condition.start + at;
                found.add(FlowFault::RefusalRetried, Span::new(start, start + 3), "401", "");
            }
        }
    }
    for reference in &file.code.references {
        let calls = reference.parts.iter().filter_map(|part| part.call.as_ref());
        for argument in calls.flat_map(|call| &call.named) {
            if file.of(argument.name) == b"status_forcelist"
                && let Form::List(all) = &argument.value.form
                && let Some(value) = all.iter().find(|value| is_401(file, value))
            {
                found.add(FlowFault::RefusalRetried, value.span, "401", "");
            }
        }
    }
    for pair in &file.code.pairs {
        let key = String::from_utf8_lossy(file.of(pair.key)).to_ascii_lowercase();
        let text = file.of(pair.value.span);
        let decides = key.contains("retry") && !key.contains("not");
        let refusal = [&b"401"[..], b"AuthenticationError"].iter().find_map(|word| memchr::memmem::find(text, word));
        if decides
            && uses_sdk
            && !text.contains(&b'!')
            && let Some(at) = refusal
        {
            let start = pair.value.span.start + at;
            found.add(FlowFault::RefusalRetried, Span::new(start, start + 3), "401", "");
        }
    }
}

fn is_401(file: &File<'_>, value: &Value) -> bool {
    matches!(value.form, Form::Word) && file.of(value.span) == b"401"
}

fn is_sdk(path: &str) -> bool {
    let package = path.split('.').next().unwrap_or(path);
    clients().is_module(path) || clients().is_module(package)
}

/// `openai.AuthenticationError`
fn is_refusal(reference: &Reference) -> bool {
    let last = reference.path.rsplit('.').next();
    reference.is_known
        && matches!(last, Some("AuthenticationError" | "PermissionDeniedError"))
        && is_sdk(&reference.path)
}

fn shown(reference: &Reference) -> String {
    reference.path.rsplit('.').next().unwrap_or_default().to_owned()
}

/// Whether `span` is an argument of a function that says when to call again.
fn in_library(file: &File<'_>, span: Span) -> bool {
    let calls = file.code.references.iter().filter(|reference| {
        reference.is_known
            && LIBRARIES.iter().any(|library| reference.path.starts_with(library))
            && !reference.path.contains("_not_")
            && !reference.path.contains("unless")
    });
    calls
        .flat_map(|reference| {
            let starts = std::iter::once(reference.head_end).chain(reference.parts.iter().map(|part| part.end));
            starts.zip(&reference.parts).filter(|(_, part)| part.call.is_some())
        })
        .any(|(start, part)| {
            let is_inside = Span::new(start, part.end).contains(span);
            // `giveup=lambda error: isinstance(error, AuthenticationError)` is the right thing.
            let ends = part.call.iter().flat_map(|call| &call.named).any(|argument| {
                argument.value.span.contains(span) && matches!(file.of(argument.name), b"giveup" | b"stop" | b"reraise")
            });
            let negated = memchr::memrchr(b'\n', &file.text[..span.start])
                .is_some_and(|line| memchr::memmem::find(&file.text[line..span.start], b"not").is_some());
            is_inside && !ends && !negated
        })
}

/// Whether a branch goes on with its loop, and not with another key.
fn retries(file: &File<'_>, branch: &Branch) -> bool {
    let condition = file.of(branch.condition);
    let negated = [&b"!"[..], b"not "].iter().any(|word| memchr::memmem::find(condition, word).is_some());
    let body = file.of(branch.body).to_ascii_lowercase();
    let renews = [&b"key"[..], b"rotat", b"refresh", b"token", b"login", b"credential"]
        .iter()
        .any(|word| memchr::memmem::find(&body, word).is_some());
    branch.in_loop && branch.repeats && !branch.leaves && !negated && !renews
}
