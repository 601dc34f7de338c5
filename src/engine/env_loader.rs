//! Who loads env files: calls and commands that the loaders table knows, and hints that somebody does.

use super::context::{Context, Fact};
use super::plan::Plan;
use crate::rules::loaders::{Evidence, hints, loaders};
use crate::source::FileKind;
use crate::span::line_around;
use memchr::memmem;

/// Lines a command may be continued from.
const CONTINUED: usize = 16;

/// Emits that something besides the program itself loads env files: a runner, a framework, a script, a manifest.
pub(super) fn hint(cx: &mut Context<'_>) {
    if is_hint(cx) {
        cx.sites.push((Fact::Loader, 0));
    }
}

fn is_hint(cx: &Context<'_>) -> bool {
    let (text, name) = (cx.text(), cx.file.path.file_name());
    let has = |bytes: &[u8], part: &String| memmem::find(bytes, part.as_bytes()).is_some();
    let is_candidate = match cx.file.kind {
        kind if kind.has_expressions() => return false,
        FileKind::Shell | FileKind::Compose | FileKind::Dockerfile | FileKind::Ci | FileKind::Config => true,
        FileKind::Json => matches!(name, b"launch.json" | b"settings.json" | b"devcontainer.json" | b"deno.json"),
        FileKind::Prose => name.to_ascii_lowercase().starts_with(b"readme"),
        _ => false,
    };
    if name == b"package.json" {
        return hints().tools.iter().any(|tool| has(text, tool));
    }
    let loads = || {
        memmem::find_iter(text, b".env").any(|at| {
            let line = line_around(text, at).of(text).to_ascii_lowercase();
            hints().ways.iter().any(|way| has(&line, way))
        })
    };
    is_candidate && loads() || hints().files.iter().any(|own| own.as_bytes() == name)
}

/// Emits which loaders the file uses. Code is looked at only where it deals with the environment or an SDK, as far as
/// the rules of `plan` tell.
pub(super) fn scan(plan: &Plan, cx: &mut Context<'_>, module: bool) {
    let (text, kind) = (cx.text(), cx.file.kind);
    let is_code = matches!(kind, FileKind::Python | FileKind::JavaScript | FileKind::Notebook);
    let commands = match kind {
        FileKind::Compose | FileKind::Shell | FileKind::Ci | FileKind::Dockerfile => true,
        FileKind::Config => cx.file.path.file_name().ends_with(b".service"),
        FileKind::Json => {
            cx.file.path.file_name() == b"package.json" || memmem::find(text, b"environmentFiles").is_some()
        }
        FileKind::Yaml => cx.file.path.file_name().starts_with(b"Taskfile"),
        _ => is_code && (module || !cx.sites.is_empty() || !plan.reports_names()),
    };
    if !commands {
        return;
    }
    for loader in loaders() {
        let hit = loader.evidence.iter().filter(|evidence| evidence.kinds.contains(&kind)).find_map(|evidence| {
            memmem::find_iter(text, evidence.needle.as_bytes()).find(|at| holds(cx, *at, evidence)).map(|at| {
                (at + evidence.needle.len() - evidence.needle.trim_start().len(), at + evidence.needle.len(), evidence)
            })
        });
        if let Some((at, end, evidence)) = hit {
            let file = loaded(text, at, end, evidence);
            cx.sites.push((Fact::Load { loader: loader.slug.as_str().into(), file }, at));
        }
    }
}

fn holds(cx: &Context<'_>, at: usize, evidence: &Evidence) -> bool {
    let text = cx.text();
    if cx.lines.is_commented(at) {
        return false;
    }
    let mut line = cx.lines.around(at);
    for _ in 0..CONTINUED {
        let Some(end) = line.start.checked_sub(1).filter(|end| text[..*end].trim_ascii_end().ends_with(b"\\")) else {
            break;
        };
        line.start = line_around(text, end).start;
    }
    let has = |bytes: &[u8], part: &str| memmem::find(bytes, part.as_bytes()).is_some();
    (evidence.with.is_empty() || evidence.with.iter().any(|part| has(line.of(text), part)))
        && evidence.beside.as_ref().is_none_or(|part| has(text, part))
}

/// The path of the env file that stands in the evidence or behind it, as it is written.
fn loaded(text: &[u8], at: usize, end: usize, evidence: &Evidence) -> Option<Box<str>> {
    let is_path = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/');
    let own = evidence.needle.trim().rsplit([' ', '/']).next().filter(|word| word.starts_with(".env"));
    let from = own.map_or(end, |word| end - word.len());
    let gap = text[from.max(at)..].iter().take_while(|b| b" \t=:-('\"\r\n[".contains(b)).count();
    let path = &text[from + gap..];
    // `env_file: *name`
    let path = path.strip_prefix(b"*").map_or(path, |alias| anchored(text, alias));
    let path = &path[..path.iter().take(256).take_while(|b| is_path(b)).count()];
    let path = path.strip_prefix(b"./").unwrap_or(path);
    let name = path.rsplit(|b| *b == b'/').next()?;
    (FileKind::of(name, b"") == FileKind::Env).then(|| String::from_utf8_lossy(path).into())
}

/// What stands behind the anchor that the text at the start of `alias` names: the list of files, which a reader of
/// entries passes over.
fn anchored<'a>(text: &'a [u8], alias: &[u8]) -> &'a [u8] {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let length = alias.iter().take_while(|b| is_name(b)).count();
    let anchor = [b"&", &alias[..length]].concat();
    let after = memmem::find_iter(text, &anchor).map(|at| &text[at + anchor.len()..]);
    let rest = after.into_iter().find(|rest| !rest.first().is_some_and(is_name)).unwrap_or_default();
    rest.trim_ascii_start().strip_prefix(b"-").unwrap_or(rest).trim_ascii_start()
}
