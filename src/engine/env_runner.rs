//! Whether something other than the program itself loads env files: a runner, a framework, a script, a manifest.

use super::context::{Context, Fact};
use crate::source::FileKind;
use memchr::memmem;

/// Tools that load env files by themselves, as `package.json` names them.
const TOOLS: [&[u8]; 21] = [
    b"\"next\"",
    b"\"vite\"",
    b"react-scripts",
    b"\"nuxt\"",
    b"\"astro\"",
    b"@sveltejs/kit",
    b"\"gatsby\"",
    b"\"expo\"",
    b"@remix-run",
    b"@nestjs/config",
    b"\"wrangler\"",
    b"\"vercel\"",
    b"netlify",
    b"dotenv",
    b"env-cmd",
    b"env-file",
    b"bun ",
    b"bunx",
    b"vite-node",
    b"\"vitest\"",
    b"@adonisjs",
];

/// Files that are only there for a tool that loads `.env`.
const OWN_FILES: [&[u8]; 5] = [b".envrc", b"Procfile", b"Pipfile", b"bunfig.toml", b"langgraph.json"];

/// What stands on a line that loads an env file, besides its name.
const WAYS: [&[u8]; 15] = [
    b"env-file",
    b"env_file",
    b"envfile",
    b"source ",
    b". ",
    b"include",
    b"export",
    b"set -a",
    b"xargs",
    b"cat ",
    b"environmentfile",
    b"dotenv",
    b"direnv",
    b"env:",
    b"env =",
];

/// Emits that the file loads env files.
pub(super) fn scan(cx: &mut Context<'_>) {
    if loads(cx) {
        cx.sites.push((Fact::Loader, 0));
    }
}

fn loads(cx: &Context<'_>) -> bool {
    let (text, name) = (cx.text(), cx.file.path.file_name());
    if OWN_FILES.contains(&name) {
        return true;
    }
    if name == b"package.json" {
        return TOOLS.iter().any(|tool| memmem::find(text, tool).is_some());
    }
    let is_candidate = match cx.file.kind {
        FileKind::Shell | FileKind::Compose | FileKind::Dockerfile | FileKind::Ci | FileKind::Config => true,
        FileKind::Json => matches!(name, b"launch.json" | b"settings.json" | b"devcontainer.json" | b"deno.json"),
        FileKind::Prose => name.to_ascii_lowercase().starts_with(b"readme"),
        _ => false,
    };
    is_candidate
        && memmem::find_iter(text, b".env").any(|at| {
            let line = crate::span::line_around(text, at).of(text).to_ascii_lowercase();
            WAYS.iter().any(|way| memmem::find(&line, way).is_some())
        })
}
