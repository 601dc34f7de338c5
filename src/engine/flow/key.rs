//! Values that are given as keys: nothing, the wrong text, or the right one with something around it.

use super::origin::{EnvRead, is_vendors, lead, variable_set};
use super::{File, Found};
use crate::finding::Severity;
use crate::rules::matcher::FlowFault;
use crate::rules::providers;
use crate::span::Span;
use crate::syntax::code::{Form, Reference, Role, Value};

/// Ways to read a whole file or a program's output.
const READERS: [&str; 12] = [
    ".read()",
    ".read_text()",
    ".readline()",
    ".readlines()[]",
    ".readFileSync()",
    ".readFile()",
    ".readTextFileSync()",
    ".readTextFile()",
    ".check_output()",
    ".run().stdout",
    ".execSync()",
    ".getoutput()",
];

pub(super) fn judge(file: &File<'_>, found: &mut Found) {
    for (name, value) in file.keys() {
        for one in value.alternatives() {
            given(file, &name, one, found);
        }
    }
    for client in &file.clients {
        let Some((_, value)) = client.key else { continue };
        nothing(file, client.call, value, &client.kind.reads[0], found);
    }
    for reference in &file.code.references {
        look_up(file, reference, found);
        text_of_missing(file, reference, found);
        set(file, reference, found);
        lost_export(file, reference, found);
    }
}

/// A value given to something called a key.
fn given(file: &File<'_>, name: &str, value: &Value, found: &mut Found) {
    let origin = file.origins.follow(value);
    let lead = lead(origin).map(|span| (span, file.of(span)));
    if let Some((span, text)) = lead
        && text.len() >= 7
        && text[..7].eq_ignore_ascii_case(b"bearer ")
    {
        let is_literal = origin.text().is_some();
        found.add_with(FlowFault::BearerInKey, if is_literal { span } else { origin.span }, name, "", |fault| {
            fault.is_value = is_literal;
        });
        return;
    }
    match &origin.form {
        Form::Text if is_variable_name(file.of(origin.span)) => {
            found.add_with(
                FlowFault::NameAsKey,
                origin.span,
                String::from_utf8_lossy(file.of(origin.span)),
                "",
                |fault| fault.is_value = true,
            );
        }
        Form::Formatted(_, parts) => {
            if let Some(read) = parts.iter().find_map(|part| missing(file, part)) {
                found.add(FlowFault::TextOfMissing, origin.span, read.name, "");
            }
        }
        // In Python nothing cannot be added to a text.
        Form::Sum(parts) if !file.is_python() => {
            if let Some(read) = parts.iter().find_map(|part| missing(file, part)) {
                found.add(FlowFault::TextOfMissing, origin.span, read.name, "");
            }
        }
        Form::Text if name.starts_with("openai.") && file.of(origin.span).trim_ascii().is_empty() => {
            found.add(FlowFault::EmptyKey, place(file, origin.span), "OPENAI_API_KEY", "");
        }
        Form::Chain(..) | Form::Members(..) => line_end(file, name, origin, found),
        _ => {}
    }
}

/// `OPENAI_API_KEY`, `$OPENAI_API_KEY`, `process.env.OPENAI_API_KEY`, `os.environ['OPENAI_API_KEY']` as a text.
fn is_variable_name(text: &[u8]) -> bool {
    let looked_up = [&b"os.environ["[..], b"os.environ.get(", b"os.getenv("];
    if let Some(name) = looked_up.iter().find_map(|way| text.strip_prefix(*way)) {
        let end = name.iter().rposition(|b| !b"'\")]".contains(b)).map_or(0, |last| last + 1);
        return name[..end]
            .strip_prefix(b"'")
            .or_else(|| name[..end].strip_prefix(b"\""))
            .is_some_and(is_variable_name);
    }
    let text = text.strip_prefix(b"$").unwrap_or(text);
    let text = text.strip_prefix(b"{").and_then(|text| text.strip_suffix(b"}")).unwrap_or(text);
    let text =
        [&b"process.env."[..], b"import.meta.env."].iter().find_map(|way| text.strip_prefix(*way)).unwrap_or(text);
    let shouts = text.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    shouts && providers().by_variable(text).is_some_and(|provider| provider.names.iter().any(|n| n.as_bytes() == text))
}

/// The look-up `value` is, written down on the spot, if the variable may be missing.
fn missing<'a>(file: &File<'a>, value: &'a Value) -> Option<EnvRead<'a>> {
    let Form::Chain(number, _) = value.form else { return None };
    let read = file.origins.env_at(file.reference(number))?;
    let may_miss = !read.is_strict && read.default.is_none() && read.rest.is_empty();
    (may_miss && is_vendors(read.name) && !file.is_checked(value.span, read.name)).then_some(read)
}

/// `str(os.getenv("NAME"))`
fn text_of_missing(file: &File<'_>, reference: &Reference, found: &mut Found) {
    let is_text =
        matches!(reference.path.as_str(), "str()" | "String()" | "repr()" | "str().strip()" | "String().trim()");
    let Some(call) = reference.parts.first().filter(|_| is_text).and_then(|part| file.code.call(part)) else { return };
    if let Some(read) = call.positional.first().and_then(|value| missing(file, value)) {
        found.add(FlowFault::TextOfMissing, reference.span(), read.name, "");
    }
}

/// A client's key that is nothing.
fn nothing(file: &File<'_>, call: &crate::syntax::code::Call, value: &Value, variable: &str, found: &mut Found) {
    let is_local = || {
        let addresses = call.named.iter().filter(|argument| {
            let name = crate::text::name::squash(file.of(argument.name));
            name.ends_with("BASEURL") || name.ends_with("APIBASE") || name.ends_with("ENDPOINT")
        });
        addresses.count() > 0
    };
    if value.form == Form::Nothing && !is_local() {
        found.add(FlowFault::NoKey, value.span, variable, "");
    }
    let origin = file.origins.follow(value);
    if origin.text().is_some_and(|text| file.of(text).trim_ascii().is_empty()) && !is_local() {
        found.add(FlowFault::EmptyKey, place(file, origin.span), variable, "");
    }
}

/// An empty text with its quotes.
fn place(file: &File<'_>, span: Span) -> Span {
    let quoted = Span::new(span.start.saturating_sub(1), (span.end + 1).min(file.text.len()));
    if span.is_empty() { quoted } else { span }
}

/// `os.getenv("sk-…")`
fn look_up(file: &File<'_>, reference: &Reference, found: &mut Found) {
    let Some(read) = file.origins.env_at(reference) else { return };
    let prefixes = ["sk-", "gsk_", "AIza", "hf_", "xai-", "r8_", "pplx-", "sess-", "nvapi-", "ghp_"];
    if prefixes.iter().any(|prefix| read.name.starts_with(prefix)) && read.name.len() >= 12 {
        // The key itself is masked by the rule that knows its shape; the place is the look-up's.
        let offset = memchr::memmem::find(file.of(reference.span()), read.name.as_bytes()).unwrap_or(0);
        let start = reference.start + offset;
        found.add_with(FlowFault::KeyAsName, Span::new(start, start + read.name.len()), "", "", |fault| {
            fault.is_value = true;
        });
    }
}

/// `os.environ["NAME"] = …`
fn set(file: &File<'_>, reference: &Reference, found: &mut Found) {
    let Some(name) = variable_set(reference).filter(|name| is_vendors(name)) else { return };
    let Some(value) = file.code.assigned(reference) else { return };
    match value.form {
        Form::Text if file.of(value.span).trim_ascii().is_empty() => {
            found.add(FlowFault::EmptyKey, place(file, value.span), name, "");
        }
        Form::Nothing => found.add(FlowFault::EmptyKey, value.span, name, ""),
        Form::Chain(number, _) => {
            let Some(read) = file.origins.env(value) else { return };
            let given = file.reference(number);
            // `if key:`, `if not key: raise` before it
            let is_checked = || given.parts.is_empty() && file.names_in_condition(file.of(given.span()));
            if read.name == name && !read.is_strict && read.default.is_none() && read.rest.is_empty() && !is_checked() {
                found.add(FlowFault::SetToItself, reference.span(), name, "");
            }
        }
        _ => {}
    }
}

/// A key read from a file with the end of its line.
fn line_end(file: &File<'_>, name: &str, value: &Value, found: &mut Found) {
    let mut origin = value;
    if let Form::Members(of, rest) = &value.form {
        if cuts(&String::from_utf8_lossy(file.of(*rest))) {
            return;
        }
        origin = file.origins.follow(of);
    }
    let Some(reference) = file.origins.reference(origin) else { return };
    let path = reference.path.as_str();
    let Some(end) = READERS.iter().filter_map(|reader| path.find(reader).map(|at| at + reader.len())).min() else {
        return;
    };
    let is_file = path.starts_with("open()")
        || path.starts_with("pathlib.")
        || path.starts_with("subprocess.")
        || path.starts_with("io.open()")
        || ["fs", "node:fs", "fs/promises", "node:fs/promises", "child_process", "node:child_process"]
            .iter()
            .any(|module| path.strip_prefix(module).is_some_and(|rest| rest.starts_with('.')))
        || path.starts_with("Deno.");
    if is_file && reference.is_known && matches!(&path[end..], "" | ".decode()" | ".toString()") {
        // fetch cuts it off, which newer packages for Node use.
        let severity = (!file.is_python()).then_some(Severity::Note);
        found.add_with(FlowFault::LineEndKept, reference.span(), name, "", |fault| fault.severity = severity);
    }
}

/// Whether members cut the end of a line off.
fn cuts(rest: &str) -> bool {
    ["strip", "trim", "split", "["].iter().any(|word| rest.contains(word))
}

/// `os.system("export NAME=…")`
fn lost_export(file: &File<'_>, reference: &Reference, found: &mut Found) {
    let runs = [
        "os.system()",
        "subprocess.run()",
        "subprocess.call()",
        "subprocess.check_call()",
        "subprocess.check_output()",
        "subprocess.Popen()",
        "os.popen()",
    ];
    let js = [".execSync()", ".exec()", ".spawnSync()"];
    let is_run = runs.contains(&reference.path.as_str())
        || js.iter().any(|end| reference.path.ends_with(end)) && reference.path.contains("child_process");
    if !is_run || reference.role == Role::Assign {
        return;
    }
    let Some(value) = file.code.last_call(reference).and_then(|call| call.positional.first()) else { return };
    let Some(span) = lead(value) else { return };
    let text = file.of(span).trim_ascii_start();
    let Some(rest) = text.strip_prefix(b"export ").or_else(|| text.strip_prefix(b"set ")) else { return };
    let name = rest.trim_ascii_start().iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let goes_on = file.of(value.span).iter().any(|b| matches!(b, b'&' | b';' | b'|'));
    if name > 0 && !goes_on {
        let name = String::from_utf8_lossy(&rest.trim_ascii_start()[..name]).into_owned();
        found.add(FlowFault::LostExport, value.span, name, "");
    }
}
