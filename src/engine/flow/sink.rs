//! Where keys are shown to others: logs, error messages, browsers.

use super::{File, Found};
use crate::rules::matcher::FlowFault;
use crate::rules::names::{Classification, classify};
use crate::span::Span;
use crate::syntax::code::{Form, Reference, Role, Value};

use super::origin::is_vendors;

/// Functions that show what they are given.
const SHOWING: [&str; 14] = [
    "sys.exit()",
    "print()",
    "pprint.pprint()",
    "pprint.pp()",
    "rich.print()",
    "sys.stdout.write()",
    "sys.stderr.write()",
    "click.echo()",
    "click.secho()",
    "typer.echo()",
    "warnings.warn()",
    "process.stdout.write()",
    "process.stderr.write()",
    "alert()",
];

/// Methods of loggers and consoles.
const LEVELS: [&str; 14] = [
    "debug",
    "info",
    "warning",
    "warn",
    "error",
    "critical",
    "exception",
    "log",
    "trace",
    "success",
    "fatal",
    "verbose",
    "dir",
    "table",
];

/// Packages whose functions log.
const LOGGERS: [&str; 5] = ["winston", "pino", "bunyan", "consola", "signale"];

/// Functions of web frameworks for Python that show a text to whoever opens the page.
const PAGES: [&str; 8] = ["write", "text", "code", "markdown", "info", "success", "warning", "error"];

pub(super) fn judge(file: &File<'_>, file_name: &[u8], found: &mut Found) {
    for reference in &file.code.references {
        if reference.role == Role::Raise {
            shown(file, reference, "an error message", found);
        } else if let Some(by) = shows(reference) {
            shown(file, reference, &by, found);
        } else if answers(reference) {
            sent(file, reference, found);
        }
    }
    if !file.is_python() {
        browser(file, file_name, found);
    }
}

/// The call that shows its arguments, as a reader knows it.
fn shows(reference: &Reference) -> Option<String> {
    let path = reference.path.strip_suffix("()").filter(|_| reference.role != Role::Assign)?;
    if SHOWING.contains(&reference.path.as_str()) {
        return Some(path.to_owned());
    }
    let (owner, method) = path.rsplit_once('.')?;
    // Most calls are of other methods.
    if !LEVELS.contains(&method) && !PAGES.contains(&method) && method != "print" {
        return None;
    }
    let owner = owner.rsplit('.').next().unwrap_or(owner).to_ascii_lowercase();
    let is_console = owner == "console" || path.starts_with("rich.console.");
    let is_logger = owner.contains("log") || is_console || LOGGERS.contains(&owner.as_str());
    let is_page = path.starts_with("streamlit.") && PAGES.contains(&method);
    let is_level = LEVELS.contains(&method) || is_console && method == "print";
    (is_page || is_logger && is_level).then(|| format!("{}.{method}", owner.trim_end_matches("()")))
}

fn arguments<'a>(file: &File<'a>, reference: &'a Reference) -> impl Iterator<Item = &'a Value> {
    let call = file.code.last_call(reference);
    call.into_iter().flat_map(|call| call.positional.iter().chain(call.named.iter().map(|argument| &argument.value)))
}

fn shown<'a>(file: &File<'a>, reference: &'a Reference, by: &str, found: &mut Found) {
    for value in arguments(file, reference) {
        if let Some(whole) = environment(file, value) {
            found.add(FlowFault::Logged, value.span, whole, by);
        } else if let Some(name) = file.origins.credential(value) {
            found.add(FlowFault::Logged, value.span, name, by);
            return;
        }
    }
}

/// All variables at once: `os.environ`, `process.env`, `dict(os.environ)`.
fn environment<'a>(file: &File<'a>, value: &'a Value) -> Option<&'a str> {
    let reference = file.origins.reference(value)?;
    let inside = file.origins.wrapped(reference).and_then(|value| file.origins.reference(value));
    let path = inside.unwrap_or(reference).path.as_str();
    matches!(path, "process.env" | "os.environ" | "os.environ.copy()").then_some(path)
}

/// Whether a call answers the request of a browser.
fn answers(reference: &Reference) -> bool {
    let path = reference.path.as_str();
    if matches!(path, "Response.json()" | "Response()" | "flask.jsonify()") {
        return true;
    }
    let head = path.split(['.', '(']).next().unwrap_or_default();
    let is_answer = matches!(head, "res" | "response" | "reply" | "ctx" | "c") || path.ends_with("NextResponse.json()");
    is_answer && [".json()", ".send()", ".end()"].iter().any(|end| path.ends_with(end))
}

fn sent<'a>(file: &File<'a>, reference: &'a Reference, found: &mut Found) {
    for value in arguments(file, reference) {
        if let Some(name) = environment(file, value).map(str::to_owned).or_else(|| file.origins.credential(value)) {
            found.add(FlowFault::SentToBrowser, value.span, name, "");
            return;
        }
    }
}

fn browser(file: &File<'_>, file_name: &[u8], found: &mut Found) {
    let stem = file_name.split(|b| *b == b'.').next().unwrap_or_default();
    let is_config = memchr::memmem::find(file_name, b".config.").is_some();
    for pair in &file.code.pairs {
        let key = file.of(pair.key);
        if key == b"dangerouslyAllowBrowser" {
            let value = file.code.given(pair);
            if matches!(value.form, Form::Word) && file.of(value.span) == b"true" {
                found.add(FlowFault::ClientInBrowser, pair.key, "dangerouslyAllowBrowser", "");
            }
        } else if key == b"props" || key == b"public" && stem == b"nuxt" {
            let value = file.code.given(pair);
            if matches!(value.form, Form::List(_))
                && let Some(name) = file.origins.credential(value)
            {
                found.add(FlowFault::SentToBrowser, value.span, name, "");
            }
        } else if is_config && matches!(stem, b"vite" | b"next" | b"webpack" | b"nuxt" | b"rsbuild") {
            let text = String::from_utf8_lossy(key);
            let name = text.rsplit('.').next().unwrap_or_default();
            let is_published = if stem == b"next" { *text == *name } else { text.contains("env.") };
            let value = file.code.given(pair);
            let is_set = file.origins.credential(value).is_some() || value.text().is_none();
            if is_published && is_set && is_vendors(name) && classify(name) != Classification::Public {
                found.add(FlowFault::SentToBrowser, pair.key, name, "");
            }
        }
    }
    server_variables(file, file_name, found);
}

/// Variables only servers have, in code that runs in browsers.
fn server_variables(file: &File<'_>, file_name: &[u8], found: &mut Found) {
    let start = file.text.trim_ascii_start();
    let is_client = start.starts_with(b"\"use client\"") || start.starts_with(b"'use client'");
    let is_markup = [&b".tsx"[..], b".jsx", b".vue", b".svelte"].iter().any(|end| file_name.ends_with(end));
    for reference in &file.code.references {
        let Some(read) = file.origins.env_at(reference) else { continue };
        let path = reference.path.as_str();
        let in_browser =
            is_client && path.starts_with("process.env") || is_markup && path.starts_with("import.meta.env");
        if in_browser && is_vendors(read.name) && classify(read.name) != Classification::Public {
            let end = reference.parts.iter().find(|part| reference.path[..part.path_end].ends_with(read.name));
            let span = Span::new(reference.start, end.map_or(reference.span().end, |part| part.end));
            found.add(FlowFault::ServerVariableInBrowser, span, read.name, "");
        }
    }
}
