//! Secrets that a build step writes into its layer although they were handed to it safely, or as a build argument.

use super::super::leak;
use crate::span::Span;
use crate::syntax::dockerfile::Instruction;
use crate::syntax::shell::uses::{Command, pipelines, references};
use rustc_hash::FxHashSet;

/// The secrets `instruction` keeps: names, and bytes of the logical line.
pub(super) fn secrets(instruction: &Instruction, arguments: &FxHashSet<String>) -> Vec<(String, Span)> {
    let bytes = instruction.line.bytes();
    let mut mounts = Mounts::default();
    for flag in &instruction.flags {
        mounts.read(flag.of(bytes));
    }
    let is_secret =
        |name: &str| mounts.names.contains(name) || arguments.contains(name) && leak::is_credential_name(name);
    if instruction.name == "LABEL" {
        let all = references(bytes, instruction.arguments).into_iter().filter(|one| is_secret(&one.name));
        return all.map(|one| (one.name, one.span)).collect();
    }
    // What is written to a file system of this step only, is gone with it.
    if instruction.is_json
        || mounts.is_temporary
        || mounts.names.is_empty() && mounts.paths.is_empty() && arguments.is_empty()
    {
        return Vec::new();
    }
    let all = pipelines(bytes, instruction.arguments);
    let removed: FxHashSet<&[u8]> = all
        .iter()
        .flat_map(|pipeline| &pipeline.commands)
        .filter(|command| command.program(bytes) == b"rm")
        .flat_map(|command| command.arguments().iter().map(|word| file_name(word.of(bytes))))
        .collect();
    let mut out = Vec::new();
    for pipeline in all.iter().filter(|pipeline| !pipeline.is_captured) {
        let tee = pipeline.commands.iter().find(|command| command.program(bytes) == b"tee");
        let tee = tee.and_then(|command| command.arguments().iter().find(|word| !word.of(bytes).starts_with(b"-")));
        for command in &pipeline.commands {
            let output = command.output.as_ref().or(tee);
            let target = if writes(bytes, command) { output.copied() } else { None };
            let is_kept = target.is_some_and(|file| is_kept(file.of(bytes), &removed))
                || is_copy(bytes, command, &mounts, &removed)
                || is_setting(bytes, command) && removed.is_empty();
            if !is_kept {
                continue;
            }
            out.extend(command.arguments().iter().find_map(|word| {
                let variable = references(bytes, *word).into_iter().find(|one| is_secret(&one.name));
                variable.map(|one| (one.name, one.span)).or_else(|| mounts.path_in(bytes, *word))
            }));
        }
        // `tee file < /run/secrets/key`
        if let Some(file) = tee.filter(|file| is_kept(file.of(bytes), &removed))
            && out.is_empty()
        {
            let command = Span::new(pipeline.commands[0].words.first().map_or(0, |word| word.start), file.end);
            let rest = Span::new(command.start, instruction.arguments.end);
            out.extend(mounts.path_in(bytes, rest));
        }
    }
    out
}

fn file_name(path: &[u8]) -> &[u8] {
    let path = path.trim_ascii();
    let is_mark = |b: &u8| matches!(b, b'"' | b'\'');
    let end = path.iter().rposition(|b| !is_mark(b)).map_or(0, |i| i + 1);
    path[..end].rsplit(|b| *b == b'/').next().unwrap_or_default()
}

/// Whether a file stays in the layer.
fn is_kept(file: &[u8], removed: &FxHashSet<&[u8]>) -> bool {
    !file.starts_with(b"/dev/") && !file.starts_with(b"/run/") && !removed.contains(file_name(file))
}

/// Programs whose output is what they are given.
fn writes(bytes: &[u8], command: &Command) -> bool {
    matches!(command.program(bytes), b"echo" | b"printf" | b"cat" | b"base64" | b"envsubst")
}

/// `cp /run/secrets/key /app/key`
fn is_copy(bytes: &[u8], command: &Command, mounts: &Mounts, removed: &FxHashSet<&[u8]>) -> bool {
    let is_copy = matches!(command.program(bytes), b"cp" | b"mv" | b"install");
    let Some((target, sources)) = command.arguments().split_last() else { return false };
    is_copy && is_kept(target.of(bytes), removed) && sources.iter().any(|word| mounts.path_in(bytes, *word).is_some())
}

/// Commands that write what they are given to a file of settings.
fn is_setting(bytes: &[u8], command: &Command) -> bool {
    let words: Vec<&[u8]> = command.arguments().iter().take(2).map(|word| word.of(bytes)).collect();
    match command.program(bytes) {
        b"git" => words == [&b"config"[..], b"--global"] || words == [&b"config"[..], b"--system"],
        b"npm" | b"yarn" | b"pnpm" | b"pip" | b"pip3" => {
            words == [&b"config"[..], b"set"] || words.first() == Some(&&b"set"[..])
        }
        b"poetry" => words.first() == Some(&&b"config"[..]),
        b"aws" => words == [&b"configure"[..], b"set"],
        _ => false,
    }
}

/// The secrets mounted for one step.
#[derive(Default)]
struct Mounts {
    /// Variables.
    names: FxHashSet<String>,
    /// Files.
    paths: Vec<Vec<u8>>,
    /// Whether a file system in memory is mounted too.
    is_temporary: bool,
}

impl Mounts {
    fn read(&mut self, flag: &[u8]) {
        let Some(options) = flag.strip_prefix(b"--mount=") else { return };
        let field = |names: &[&[u8]]| {
            options.split(|b| *b == b',').find_map(|part| {
                let equals = memchr::memchr(b'=', part)?;
                names.contains(&&part[..equals]).then(|| &part[equals + 1..])
            })
        };
        match field(&[b"type"]) {
            Some(b"secret") => {
                let variable = field(&[b"env"]);
                if let Some(name) = variable {
                    self.names.insert(String::from_utf8_lossy(name).into_owned());
                }
                let id = || field(&[b"id", b"src", b"source"]).map(|id| [b"/run/secrets/", id].concat());
                let target = field(&[b"target", b"dst", b"destination"]).map(<[u8]>::to_vec);
                self.paths.extend(target.or_else(|| id().filter(|_| variable.is_none())));
            }
            Some(b"tmpfs") => self.is_temporary = true,
            _ => {}
        }
    }

    /// Where the file of a secret is named in `word`.
    fn path_in(&self, bytes: &[u8], word: Span) -> Option<(String, Span)> {
        // In single quotes nothing is run.
        if bytes.get(word.start) == Some(&b'\'') {
            return None;
        }
        self.paths.iter().find_map(|path| {
            let at = word.start + memchr::memmem::find(word.of(bytes), path)?;
            let name = String::from_utf8_lossy(file_name(path)).into_owned();
            Some((name, Span::new(at, at + path.len())))
        })
    }
}
