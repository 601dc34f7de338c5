//! What the commands of a pipeline or script do with the secrets in their variables.

use super::super::context::Context;
use super::super::leak;
use super::form::named;
use crate::finding::Severity;
use crate::rules::Rule;
use crate::rules::matcher::ManifestValue;
use crate::span::Span;
use crate::syntax::shell::uses::{Command, Pipeline, Reference, pipelines, references, shown_by_program};
use std::sync::Arc;

/// Finds in the commands at `span` what `value` asks for. With `shown` the output of commands is seen by others.
pub(super) fn find(cx: &mut Context<'_>, rule: &Arc<Rule>, value: ManifestValue, span: Span, shown: bool) {
    let text = cx.text();
    let words: &[&[u8]] = match value {
        ManifestValue::Printed | ManifestValue::PrintedPlain => &[b"echo", b"print", b"Write-", b"console.log"],
        _ => &[b"base64"],
    };
    if !words.iter().any(|word| memchr::memmem::find(span.of(text), word).is_some()) {
        return;
    }
    // `sh 'echo …'` in Groovy, `bash -c "…"`.
    let inside = script(text, span);
    for pipeline in pipelines(text, inside.unwrap_or(span)) {
        let found = match value {
            ManifestValue::Printed => printed(text, &pipeline),
            // What is shown in another form has no severity of its own.
            ManifestValue::PrintedPlain => printed(text, &pipeline).filter(|(_, severity)| severity.is_some()),
            ManifestValue::EchoedLine => echoed(text, &pipeline, shown).map(|one| (one, None)),
            _ => encoded(text, &pipeline).map(|one| (one, None)),
        };
        if let Some((reference, severity)) = found {
            let mut found = named(rule, reference.span, &reference.name);
            found.severity = severity;
            cx.matches.push(found);
        }
    }
}

/// The script that a step hands to a shell in quotes.
fn script(text: &[u8], span: Span) -> Option<Span> {
    let bytes = span.of(text);
    let quote = memchr::memchr2(b'"', b'\'', bytes)?;
    let program = bytes[..quote].trim_ascii();
    let is_shell = [&b"sh"[..], b"bat", b"powershell", b"pwsh", b"sh -c", b"bash -c"].contains(&program);
    let end = memchr::memrchr(bytes[quote], bytes).filter(|end| *end > quote)?;
    is_shell.then(|| Span::new(span.start + quote + 1, span.start + end))
}

/// The secret a command is given as text.
fn secret(text: &[u8], command: &Command) -> Option<Reference> {
    let all = command.arguments().iter().flat_map(|word| references(text, *word));
    all.into_iter().find(|reference| leak::is_credential_name(&reference.name))
}

fn is_echo(text: &[u8], command: &Command) -> bool {
    matches!(command.program(text), b"echo" | b"printf" | b"Write-Host" | b"Write-Output")
}

fn is_base64(text: &[u8], command: &Command) -> bool {
    let decodes = [&b"-d"[..], b"-D", b"--decode", b"-di"].iter().any(|flag| command.has(text, flag));
    command.program(text) == b"base64" && !decodes
}

/// Where the log shows a secret: as it is, which runners mask, or in another form, which they do not.
fn printed(text: &[u8], pipeline: &Pipeline) -> Option<(Reference, Option<Severity>)> {
    let [first, rest @ ..] = pipeline.commands.as_slice() else { return None };
    if pipeline.is_captured || pipeline.commands.iter().any(|command| command.output.is_some()) {
        return None;
    }
    if matches!(first.program(text), b"python" | b"python3" | b"node" | b"ruby") {
        let shown = first.arguments().iter().find_map(|word| shown_by_program(text, *word))?;
        return leak::is_credential_name(&shown.name).then_some((shown, Some(Severity::Warning)));
    }
    if first.program(text) == b"printenv" && rest.is_empty() {
        let span = *first.arguments().first()?;
        let name = String::from_utf8_lossy(span.of(text)).into_owned();
        return leak::is_credential_name(&name).then_some((Reference { name, span }, Some(Severity::Warning)));
    }
    if !is_echo(text, first) {
        return None;
    }
    let reference = secret(text, first)?;
    // Commands to the runner (`::add-mask::`, `##vso[…]`) are not printed.
    let is_command = first.arguments().iter().any(|word| {
        let word = word.of(text);
        memchr::memmem::find(word, b"::add-mask::").is_some() || memchr::memmem::find(word, b"##vso[").is_some()
    });
    if is_command {
        return None;
    }
    let recodes = |command: &Command| {
        is_base64(text, command)
            || matches!(command.program(text), b"sed" | b"rev" | b"tr" | b"xxd" | b"od" | b"hexdump" | b"cut" | b"fold")
            || command.program(text) == b"openssl" && command.has(text, b"base64")
    };
    let shows = |command: &Command| recodes(command) || matches!(command.program(text), b"cat" | b"tee" | b"head");
    let is_part = memchr::memchr(b':', reference.span.of(text))
        .is_some_and(|at| reference.span.of(text).get(at + 1).is_some_and(u8::is_ascii_digit));
    if !rest.iter().all(shows) {
        return None;
    }
    let is_recoded = is_part || rest.iter().any(recodes);
    Some((reference, (!is_recoded).then_some(Severity::Warning)))
}

/// `echo $KEY | base64`: the line end is encoded too. What is shown in a log is another fault.
fn echoed(text: &[u8], pipeline: &Pipeline, shown: bool) -> Option<Reference> {
    let [first, rest @ ..] = pipeline.commands.as_slice() else { return None };
    let is_kept = pipeline.is_captured || pipeline.commands.iter().any(|command| command.output.is_some());
    let is_bare = first.program(text) == b"echo"
        && !first.arguments().first().is_some_and(|word| {
            let word = word.of(text);
            word.starts_with(b"-") && word.contains(&b'n')
        });
    let reference = secret(text, first).filter(|_| is_bare && (is_kept || !shown))?;
    rest.first().is_some_and(|next| is_base64(text, next)).then_some(reference)
}

/// `--from-literal=KEY=$(… | base64)`: kubectl encodes the value once more.
fn encoded(text: &[u8], pipeline: &Pipeline) -> Option<Reference> {
    let command = pipeline.commands.first()?;
    let literal = command.arguments().iter().position(|word| word.of(text).starts_with(b"--from-literal"))?;
    command.arguments()[literal..].iter().find_map(|word| {
        let bytes = word.of(text);
        let start = memchr::memmem::find(bytes, b"$(")?;
        let inside = Span::new(word.start + start + 2, word.end);
        let is_encoded = pipelines(text, inside).iter().any(|one| one.commands.iter().any(|one| is_base64(text, one)));
        let head = &bytes[..start];
        let name = head.strip_prefix(b"--from-literal=").unwrap_or(head);
        let name = String::from_utf8_lossy(name.split(|b| *b == b'=').next().unwrap_or_default()).into_owned();
        let name = name.trim_matches(['"', '\'']).to_owned();
        is_encoded.then(|| Reference { name, span: Span::new(word.start + start, word.end) })
    })
}
