//! Directories: everything git would not ignore, hidden files included, `.git` never.

use super::{Entry, InputError, Inputs};
use crate::config::Settings;
use crate::source::{FileKind, RelPath, Skip, path_from_bytes};
use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::fs::FileType;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files whose presence makes a directory a place where an env file usually stands.
const PROJECT_FILES: [&str; 14] = [
    ".gitignore",
    "package.json",
    "requirements.txt",
    "pyproject.toml",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
    "Dockerfile",
    "go.mod",
    "Cargo.toml",
    "Gemfile",
    "composer.json",
    "manage.py",
];

/// Collects the files below `roots`.
///
/// Symbolic links are not followed. Env files that git ignores are collected too, marked so: their shape decides
/// whether the key in them works.
///
/// # Errors
/// A root that does not exist or is no file or directory.
pub fn walk(roots: &[PathBuf], settings: &Settings) -> Result<Inputs, InputError> {
    let mut inputs = Inputs::default();
    let mut builder: Option<WalkBuilder> = None;
    for root in roots {
        let shown = || RelPath::new(root).printable();
        let kind = match std::fs::metadata(root) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(InputError::Missing(shown())),
            Err(source) => return Err(InputError::Io { what: shown(), source }),
        };
        if kind.is_file() {
            inputs.entries.push(explicit(root));
        } else if kind.is_dir() {
            builder.get_or_insert_with(WalkBuilder::empty).add(root);
        } else {
            return Err(InputError::NotRegular(shown()));
        }
    }
    if let Some(mut builder) = builder {
        builder.standard_filters(settings.respect_ignores).hidden(false).require_git(false).threads(settings.threads);
        let (exclude, excluded) = (settings.exclude.clone(), Arc::new(Mutex::new(Vec::new())));
        let list = excluded.clone();
        builder.filter_entry(move |entry| {
            if entry.depth() == 0 {
                return true;
            }
            let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
            let leave_out = exclude.as_ref().is_some_and(|globs| globs.is_match(entry.path(), is_dir));
            if leave_out {
                list.lock().push(RelPath::new(entry.path()));
            }
            !leave_out && entry.file_name() != ".git"
        });
        let found = Mutex::new(inputs);
        builder.build_parallel().visit(&mut CollectorBuilder { found: &found });
        inputs = found.into_inner();
        let mut excluded = excluded.lock();
        inputs.skipped.extend(excluded.drain(..).map(|path| (path, Skip::Excluded)));
        if settings.respect_ignores {
            add_ignored_env_files(&mut inputs);
        }
    }
    inputs.exclude(settings);
    if roots.len() > 1 {
        let mut seen = FxHashSet::default();
        inputs.entries.retain(|entry| seen.insert(entry.path.clone()));
    }
    Ok(inputs)
}

/// The entry of a file the user named.
fn explicit(path: &Path) -> Entry {
    Entry { path: RelPath::new(path), ignored: false, explicit: true }
}

/// Collects one thread's share and hands it over when the thread ends.
struct Collector<'s> {
    found: &'s Mutex<Inputs>,
    own: Inputs,
}

struct CollectorBuilder<'s> {
    found: &'s Mutex<Inputs>,
}

impl<'s> ParallelVisitorBuilder<'s> for CollectorBuilder<'s> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new(Collector { found: self.found, own: Inputs::default() })
    }
}

impl ParallelVisitor for Collector<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        match entry {
            Ok(entry) => self.add(&entry),
            Err(error) => self.own.errors.push(describe(&error)),
        }
        WalkState::Continue
    }
}

impl Collector<'_> {
    fn add(&mut self, entry: &DirEntry) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() {
            return;
        }
        let path = RelPath::new(entry.path());
        if kind.is_file() {
            self.own.entries.push(Entry { path, ignored: false, explicit: false });
        } else {
            self.own.skipped.push((path, skip_of(kind)));
        }
    }
}

impl Drop for Collector<'_> {
    fn drop(&mut self) {
        let mut found = self.found.lock();
        found.entries.append(&mut self.own.entries);
        found.skipped.append(&mut self.own.skipped);
        found.errors.append(&mut self.own.errors);
    }
}

fn skip_of(kind: FileType) -> Skip {
    if kind.is_symlink() { Skip::Symlink } else { Skip::Special }
}

/// The path and the message of a walk error.
fn describe(error: &ignore::Error) -> (RelPath, String) {
    let mut inner = error;
    let mut path = RelPath::from("");
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = RelPath::new(at);
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            other => return (path, crate::text::sanitize::printable_str(&other.to_string())),
        }
    }
}

/// Adds env files that git ignores, from the directories in which projects have them.
fn add_ignored_env_files(inputs: &mut Inputs) {
    let mut known: FxHashMap<&[u8], FxHashSet<&[u8]>> = FxHashMap::default();
    let mut projects: FxHashSet<&[u8]> = FxHashSet::default();
    for entry in &inputs.entries {
        let (dir, name) = (entry.path.parent(), entry.path.file_name());
        let is_env = name.windows(3).any(|w| w.eq_ignore_ascii_case(b"env")) && is_env_file(&entry.path);
        if is_env {
            known.entry(dir).or_default().insert(name);
        }
        if is_env || PROJECT_FILES.iter().any(|file| name == file.as_bytes()) {
            projects.insert(dir);
        }
    }
    let mut ignored = Vec::new();
    for dir in projects {
        let path = path_from_bytes(dir);
        let Ok(list) = std::fs::read_dir(if dir.is_empty() { Path::new(".") } else { &path }) else { continue };
        for file in list.flatten() {
            let name = file.file_name();
            let is_known = known.get(dir).is_some_and(|names| names.contains(name.as_encoded_bytes()));
            let shown = RelPath::new(&path.join(&name));
            if !is_known && is_env_file(&shown) && file.file_type().is_ok_and(|kind| kind.is_file()) {
                ignored.push(Entry { path: shown, ignored: true, explicit: false });
            }
        }
    }
    inputs.entries.append(&mut ignored);
}

fn is_env_file(path: &RelPath) -> bool {
    FileKind::of(path.file_name(), b"") == FileKind::Env
}
