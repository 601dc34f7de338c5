//! What is set or loaded too late.

use super::origin::{is_vendors, variable_set};
use super::{File, Found};
use crate::engine::context::{Context, Fact, Group, Match, PendingMatch, Question};
use crate::engine::plan::Plan;
use crate::rules::clients::clients;
use crate::rules::matcher::{FlowFault, Matcher};
use crate::rules::names::{Classification, classify};
use crate::source::{FileKind, Role as FileRole};
use crate::span::Span;
use crate::syntax::code::{Branch, Code, Import, Language, Reference, Role, Source};

/// Calls that load an env file into the environment.
const LOADS: [&str; 9] = [
    "dotenv.load_dotenv()",
    "dotenv.main.load_dotenv()",
    "load_dotenv()",
    "dotenv.config()",
    "dotenv.configDotenv()",
    "dotenv-flow.config()",
    "process.loadEnvFile()",
    "environ.Env.read_env()",
    "environs.Env().read_env()",
];

/// Whether `path` starts with the first name of `load`.
fn is_start(load: &str, path: &str) -> bool {
    path.as_bytes().first() == load.as_bytes().first() && path.starts_with(load)
}

/// Modules whose import loads an env file, or that read env files themselves.
const READING_MODULES: [&str; 19] = [
    "dotenv",
    "dotenv-flow",
    "dotenv-expand",
    "@dotenvx/dotenvx",
    "decouple",
    "environs",
    "environ",
    "dynaconf",
    "pydantic_settings",
    "starlette.config",
    "flask",
    "chainlit",
    "litellm",
    "crewai",
    "prefect",
    "env-cmd",
    "@nestjs/config",
    "next",
    "vite",
];

/// An env file is loaded.
struct Load {
    span: Span,
    frame: usize,
    /// Whether it is an import that runs before the rest of the file.
    is_hoisted: bool,
}

fn loads(file: &File<'_>) -> Vec<Load> {
    let mut out = Vec::new();
    for import in &file.code.imports {
        if matches!(import.path.as_str(), "dotenv/config" | "dotenv-flow/config" | "dotenv-expand/config") {
            out.push(Load { span: import.span, frame: import.frame, is_hoisted: import.is_hoisted });
        }
    }
    for reference in &file.code.references {
        let required = reference.path == "dotenv/config";
        if !required && !LOADS.iter().any(|load| is_start(load, &reference.path)) {
            continue;
        }
        let call = reference.parts.iter().find(|part| LOADS.contains(&&reference.path[..part.path_end]));
        let end = call.map(|part| part.end).or_else(|| required.then(|| reference.span().end));
        if let Some(end) = end {
            let span = Span::new(reference.start, end);
            out.push(Load { span, frame: reference.frame, is_hoisted: false });
        }
    }
    out.sort_by_key(|load| (!load.is_hoisted, load.span));
    out
}

/// The variables `reference` sets.
fn writes<'a>(reference: &'a Reference, file: &File<'a>) -> Vec<&'a str> {
    let text = |span: Span| std::str::from_utf8(file.of(span)).ok();
    let one = match reference.path.as_str() {
        "os.environ.update()" | "Object.assign()" => {
            let of_other = reference.path == "Object.assign()"
                && !file.of(reference.span()).starts_with(b"Object.assign(process.env");
            if of_other {
                return Vec::new();
            }
            let within = file.code.pairs.iter().filter(|pair| reference.span().contains(pair.key));
            let named = file.code.last_call(reference).into_iter().flat_map(|call| &call.named);
            return within.map(|pair| pair.key).chain(named.map(|one| one.name)).filter_map(text).collect();
        }
        "os.environ.setdefault()" | "os.putenv()" | "Deno.env.set()" => {
            file.code.last_call(reference).and_then(|call| text(call.positional.first()?.text()?))
        }
        _ => variable_set(reference),
    };
    one.into_iter().collect()
}

pub(super) fn judge(file: &File<'_>, found: &mut Found) {
    for reference in &file.code.references {
        for name in writes(reference, file) {
            set_late(file, reference, name, found);
        }
    }
    let loads = loads(file);
    let Some(first) = loads.first().filter(|load| !load.is_hoisted) else { return };
    if let Some(variable) = built_before(file, first) {
        found.add(FlowFault::LoadedAfterClient, first.span, variable, "");
    } else if let Some(name) = read_before(file, first) {
        found.add(FlowFault::LoadedAfterRead, first.span, name, "");
    }
}

/// Reports the variable `name` if it is set by `reference` after a client that reads it was built.
fn set_late(file: &File<'_>, reference: &Reference, name: &str, found: &mut Found) {
    let built = file.clients.iter().find(|client| {
        client.is_default
            && client.frame == reference.frame
            && client.span.end <= reference.start
            && client.kind.reads(name)
    });
    let Some(client) = built else { return };
    let rebuilt =
        file.clients.iter().any(|other| other.kind.slug == client.kind.slug && other.span.start > reference.start);
    if !rebuilt {
        found.add(FlowFault::SetAfterClient, reference.span(), name, "");
    }
}

/// The variable a client built before the load looks up.
fn built_before<'a>(file: &File<'a>, load: &Load) -> Option<&'a str> {
    let is_before = |span: Span, frame: usize| frame == load.frame && span.start < load.span.start;
    let built = file.clients.iter().find(|client| client.is_default && is_before(client.span, client.frame));
    if let Some(client) = built {
        let rebuilt = file.clients.iter().any(|other| {
            other.kind.slug == client.kind.slug && other.frame == load.frame && other.span.start > load.span.start
        });
        return client.kind.reads.first().map(String::as_str).filter(|_| !rebuilt);
    }
    // openai before 1.0 reads the variable when it is imported.
    let old = ["openai.ChatCompletion.", "openai.Completion.", "openai.Embedding."];
    let is_old = file.code.references.iter().any(|r| r.is_known && old.iter().any(|call| r.path.starts_with(call)));
    let is_set = file.code.references.iter().any(|r| r.role == Role::Assign && r.path.starts_with("openai.api_key"));
    let imported = file.code.imports.iter().any(|i| i.path == "openai" && is_before(i.span, i.frame));
    (is_old && !is_set && imported).then_some("OPENAI_API_KEY")
}

/// The variable of a vendor that is looked up before the load, and not again after it.
fn read_before<'a>(file: &File<'a>, load: &Load) -> Option<&'a str> {
    let reads = || {
        file.code.references.iter().filter(|reference| reference.frame == load.frame).filter_map(|reference| {
            let read = file.origins.env_at(reference).filter(|read| is_vendors(read.name))?;
            Some((reference, read.name))
        })
    };
    let (_, name) = reads().find(|(reference, _)| {
        let span = reference.span();
        span.start < load.span.start && !file.code.branches.iter().any(|branch| branch.condition.contains(span))
    })?;
    let again = reads().any(|(reference, other)| other == name && reference.start > load.span.start);
    (!again).then_some(name)
}

/// Leaves what other files have to decide, and what they may want to know, with `cx`.
pub(super) fn waits(plan: &Plan, source: &Source<'_>, file: &File<'_>, cx: &mut Context<'_>) {
    let loads = loads(file);
    let first = loads.first();
    let imports_reader = file.code.imports.iter().any(|import| {
        let package = import.path.split(['.', '/']).next().unwrap_or_default();
        READING_MODULES.contains(&import.path.as_str()) || READING_MODULES.contains(&package)
    });
    if first.is_some() || imports_reader {
        cx.sites.push((Fact::Loader, 0));
    }
    let before_load = |span: Span| first.is_none_or(|load| !load.is_hoisted && span.start < load.span.start);
    let apart = apart(file.code);
    let is_apart = |span: Span| apart.iter().any(|body| body.contains(span));
    let built = file
        .clients
        .iter()
        .find(|client| client.is_default && client.frame == 0 && !is_apart(client.span) && before_load(client.span));
    let read = file.code.references.iter().find_map(|reference| {
        let read = file.origins.env_at(reference).filter(|read| is_vendors(read.name))?;
        // Bundlers, Bun and Deno have ways of their own.
        let is_plain = reference.path.starts_with("os.") || reference.path.starts_with("process.");
        (is_plain && classify(read.name) != Classification::Public).then_some((reference, read.name))
    });
    let read_at_import = read.filter(|(reference, _)| {
        let span = reference.span();
        let is_condition = file.code.branches.iter().any(|branch| branch.condition.contains(span));
        reference.frame == 0 && !is_condition && !is_apart(span) && before_load(span)
    });
    let by_client = built.into_iter().flat_map(|client| client.kind.reads.iter().map(|name| (client.span, &**name)));
    let by_read = read_at_import.filter(|_| built.is_none()).map(|(reference, name)| (reference.span(), name));
    for (span, name) in by_client.chain(by_read) {
        cx.sites.push((Fact::BuiltAtImport(name.into()), source.original(span).start));
    }
    let imports = own_imports(file.code, &apart, first);
    for import in &imports {
        let at = if import.is_hoisted { 0 } else { source.original(import.span).start };
        cx.sites.push((Fact::ImportsOwn(import.path.as_str().into()), at));
    }
    if cx.file.role != FileRole::Live {
        return;
    }
    set_after_import(plan, source, file, &apart, cx);
    if let Some(load) = first.filter(|load| load.frame == 0) {
        let modules = paths(imports);
        if !modules.is_empty() {
            let question = Question::ImportedBefore { modules, variable: None };
            wait(plan, cx, FlowFault::LoadedAfterClient, source.original(load.span), "dotenv", &question);
        }
        return;
    }
    let by_client = file.clients.iter().find(|client| client.is_default);
    let place = match (read, by_client) {
        (Some((reference, name)), _) => Some((reference.span(), name.to_owned())),
        (None, Some(client)) => client.kind.reads.first().map(|name| (client.span, name.clone())),
        _ => None,
    };
    if let Some((span, name)) = place.filter(|_| !imports_reader) {
        wait(plan, cx, FlowFault::NotLoaded, source.original(span), &name, &Question::NotLoaded);
    }
}

/// Leaves with `cx` the variables that are set after a module of the project was imported that may look for them.
fn set_after_import(plan: &Plan, source: &Source<'_>, file: &File<'_>, apart: &[Span], cx: &mut Context<'_>) {
    /// Variables of one file that are looked at.
    const MOST: usize = 8;
    let mut seen = Vec::new();
    for reference in file.code.references.iter().filter(|reference| reference.frame == 0) {
        for name in writes(reference, file).into_iter().filter(|name| is_vendors(name)) {
            let span = reference.span();
            if seen.contains(&name) || seen.len() == MOST {
                continue;
            }
            seen.push(name);
            let at = Load { span, frame: 0, is_hoisted: false };
            let modules = paths(own_imports(file.code, apart, Some(&at)));
            if !modules.is_empty() {
                let question = Question::ImportedBefore { modules, variable: Some(name.into()) };
                wait(plan, cx, FlowFault::SetAfterClient, source.original(span), name, &question);
            }
        }
    }
}

/// The modules that a text of this kind imports when it is imported itself, as they are written.
pub fn own_modules(kind: FileKind, text: &[u8]) -> Vec<Box<str>> {
    let Some(source) = Source::new(text, kind) else { return Vec::new() };
    let code = source.read();
    paths(own_imports(&code, &apart(&code), None))
}

fn paths(imports: Vec<&Import>) -> Vec<Box<str>> {
    imports.into_iter().map(|import| import.path.as_str().into()).collect()
}

/// The modules that may be the project's and run before `load`, but for those imported in one of the blocks `apart`.
fn own_imports<'a>(code: &'a Code<'_>, apart: &[Span], load: Option<&Load>) -> Vec<&'a Import> {
    let runs_before = |import: &&'a Import| {
        let is_before =
            load.is_none_or(|load| import.span.start < load.span.start || import.is_hoisted && !load.is_hoisted);
        import.frame == 0 && is_before && !apart.iter().any(|body| body.contains(import.span))
    };
    let own = code.own_imports.iter().filter(runs_before);
    // Which absolute module of Python belongs to the project only its files tell; a member may be a module.
    let absolute = code.imports.iter().filter(|_| code.language == Language::Python).filter(runs_before);
    own.chain(absolute.filter(|import| !clients().is_inside(&import.path))).collect()
}

/// The blocks that only run where the file is started as a program, or never: `if __name__ == "__main__":`,
/// `if TYPE_CHECKING:`.
fn apart(code: &Code<'_>) -> Vec<Span> {
    /// How many are kept.
    const MOST: usize = 32;
    let words = [&b"__name__"[..], b"TYPE_CHECKING", b"require.main", b"import.meta.main"];
    let is_question = |branch: &&Branch| {
        let condition = code.text_of(branch.condition);
        words.iter().any(|word| memchr::memmem::find(condition, word).is_some())
    };
    code.branches.iter().filter(is_question).map(|branch| branch.body).take(MOST).collect()
}

fn wait(plan: &Plan, cx: &mut Context<'_>, kind: FlowFault, span: Span, name: &str, question: &Question) {
    let rules = plan.matching(|matcher| match matcher {
        Matcher::Flow(spec) if spec.fault == kind => Some(()),
        _ => None,
    });
    for (rule, ()) in rules {
        let mut matched = Match::new(rule, span, Group::Use);
        matched.name = Some(name.to_owned());
        let question = question.clone();
        cx.pending.push(PendingMatch { matched, also: Vec::new(), name: name.into(), canonical: "".into(), question });
    }
}
