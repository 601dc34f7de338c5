//! Requests that are sent again although the vendor refused the key: it will be refused again.

use super::{File, Found};
use crate::rules::clients::clients;
use crate::rules::matcher::FlowFault;
use crate::span::Span;
use crate::syntax::code::{Branch, Call, Form, Reference, Value};

/// Libraries that call a function again.
const LIBRARIES: [&str; 5] = ["tenacity.", "backoff.", "retry.", "retrying.", "stamina."];

/// How many calls of such libraries are looked at.
const MOST_CALLS: usize = 200;

pub(super) fn judge(file: &File<'_>, found: &mut Found) {
    let calls = library_calls(file);
    let uses_sdk = file.code.imports.iter().any(|import| clients().is_inside(&import.path));
    for reference in file.code.references.iter().filter(|reference| is_refusal(reference)) {
        let span = reference.span();
        if calls.iter().any(|call| decides(file, call, span)) {
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
    answers_of_errors(file, found);
    let has_list = memchr::memmem::find(file.text, b"status_forcelist").is_some();
    for reference in file.code.references.iter().filter(|_| has_list) {
        let calls = reference.parts.iter().filter_map(|part| file.code.call(part));
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
        if !uses_sdk || !key.contains("retry") || key.contains("not") {
            continue;
        }
        let value = file.code.given(pair);
        let text = file.of(value.span);
        let refusal = [&b"401"[..], b"AuthenticationError"].iter().find_map(|word| memchr::memmem::find(text, word));
        if !text.contains(&b'!')
            && let Some(at) = refusal
        {
            let start = value.span.start + at;
            found.add(FlowFault::RefusalRetried, Span::new(start, start + 3), "401", "");
        }
    }
}

/// `catch (error) { error.response.status }` around a call of openai's package for Node.
fn answers_of_errors(file: &File<'_>, found: &mut Found) {
    let inside = |span: Span| {
        let first = file.code.references.partition_point(|reference| reference.start < span.start);
        file.code.references[first..].iter().take_while(move |reference| reference.start < span.end)
    };
    for branch in &file.code.branches {
        let Some(tried) = branch.tried else { continue };
        let is_call = |reference: &Reference| {
            reference.is_known && reference.path.starts_with("openai.") && reference.path.ends_with("()")
        };
        if !inside(tried).any(is_call) {
            continue;
        }
        let condition = file.of(branch.condition);
        let skip = condition.iter().take_while(|b| !b.is_ascii_alphanumeric() && **b != b'_').count();
        let length = condition[skip..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let name = &condition[skip..skip + length];
        for reference in inside(branch.body).filter(|reference| !reference.is_known && length > 0) {
            let rest = reference.path.as_bytes().strip_prefix(name).unwrap_or_default();
            let [first, ..] = &reference.parts[..] else { continue };
            if rest.starts_with(b".response.status") || rest.starts_with(b".response.data") {
                let end = reference.parts.get(1).unwrap_or(first).end;
                found.add(FlowFault::AnswerOfError, Span::new(reference.start, end), shown_path(reference), "");
            }
        }
    }
}

fn shown_path(reference: &Reference) -> String {
    let end = reference.parts.get(1).map_or(reference.path.len(), |part| part.path_end);
    reference.path[..end].to_owned()
}

fn is_401(file: &File<'_>, value: &Value) -> bool {
    matches!(value.form, Form::Word) && file.of(value.span) == b"401"
}

/// `openai.AuthenticationError`
fn is_refusal(reference: &Reference) -> bool {
    let is_one = |error| reference.path.strip_suffix(error).is_some_and(|module| module.ends_with('.'));
    reference.is_known
        && (is_one("AuthenticationError") || is_one("PermissionDeniedError"))
        && clients().is_inside(&reference.path)
}

fn shown(reference: &Reference) -> String {
    reference.path.rsplit('.').next().unwrap_or_default().to_owned()
}

/// A call of a library that calls functions again: its brackets, and its arguments.
struct LibraryCall<'a> {
    span: Span,
    call: &'a Call,
}

fn library_calls<'a>(file: &File<'a>) -> Vec<LibraryCall<'a>> {
    let references = file.code.references.iter().filter(|reference| {
        let path = reference.path.as_str();
        let is_library = LIBRARIES.iter().any(|library| path.starts_with(library));
        reference.is_known && is_library && !path.contains("_not_") && !path.contains("unless")
    });
    let calls = references.flat_map(|reference| {
        let starts = std::iter::once(reference.head_end).chain(reference.parts.iter().map(|part| part.end));
        let calls = starts.zip(&reference.parts);
        calls.filter_map(|(start, part)| {
            Some(LibraryCall { span: Span::new(start, part.end), call: file.code.call(part)? })
        })
    });
    calls.take(MOST_CALLS).collect()
}

/// Whether `span` is an argument that says when to call again.
fn decides(file: &File<'_>, library: &LibraryCall<'_>, span: Span) -> bool {
    // `giveup=lambda error: isinstance(error, AuthenticationError)` is the right thing.
    let ends = library.call.named.iter().any(|argument| {
        argument.value.span.contains(span) && matches!(file.of(argument.name), b"giveup" | b"stop" | b"reraise")
    });
    let before = Span::new(span.start.saturating_sub(200).max(library.span.start), span.start);
    let line = file.of(before).rsplit(|b| *b == b'\n').next().unwrap_or_default();
    library.span.contains(span) && !ends && memchr::memmem::find(line, b"not").is_none()
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
