//! Directories: everything git would not ignore, hidden files included, `.git` never.

use super::{Entry, InputError, Inputs};
use crate::config::Settings;
use crate::source::{FileKind, RelPath, Skip, path_from_bytes};
use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};
use parking_lot::Mutex;
use rustc_hash::FxHashSet;
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

/// Up to this many files and directories are gone through by one thread. Threads take up to two milliseconds to start,
/// to sleep and to end, this many ordinary files half of one.
const FEW: usize = 32;

/// Takes `roots` apart: files the user named, and directories to walk.
///
/// Symbolic links are not followed. Env files that git ignores are found too, marked so: their shape decides whether
/// the key in them works.
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
    inputs.exclude(settings);
    let mut seen = FxHashSet::default();
    if roots.len() > 1 {
        inputs.entries.retain(|entry| seen.insert(entry.path.clone()));
    }
    if let Some(mut builder) = builder {
        builder.standard_filters(settings.respect_ignores).hidden(false).require_git(false).threads(settings.threads);
        let excluded = Arc::new(Mutex::new(Vec::new()));
        let (exclude, list) = (settings.exclude.clone(), excluded.clone());
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
        let seen = (roots.len() > 1).then(|| Mutex::new(seen));
        inputs.tree = Some(Tree { builder, excluded, seen, respect_ignores: settings.respect_ignores });
    }
    Ok(inputs)
}

/// The entry of a file the user named.
fn explicit(path: &Path) -> Entry {
    Entry { path: RelPath::new(path), ignored: false, explicit: true }
}

/// Directories that are listed while their files are looked at: nothing waits for the last of them.
pub struct Tree {
    builder: WalkBuilder,
    /// What the configuration leaves out, noted on the way.
    excluded: Arc<Mutex<Vec<RelPath>>>,
    /// The files there were so far, where roots may hold each other.
    seen: Option<Mutex<FxHashSet<RelPath>>>,
    respect_ignores: bool,
}

impl Tree {
    /// Calls `visit` for every file, each thread with a `state` of its own. Returns these states, and what was passed
    /// over; the entries among that are env files that git ignores.
    pub(super) fn visit<S: Send>(
        self,
        state: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, Entry) + Sync,
    ) -> (Inputs, Vec<S>) {
        let (found, states) = (Mutex::new(Found::default()), Mutex::new(Vec::new()));
        let mut threads = Threads { tree: &self, found: &found, states: &states, state: &state, visit: &visit };
        if let Some(few) = self.few() {
            let mut visitor = threads.build();
            for entry in few {
                visitor.visit(entry);
            }
        } else {
            self.builder.build_parallel().visit(&mut threads);
        }
        let Found { mut inputs, near_env } = found.into_inner();
        inputs.skipped.extend(self.excluded.lock().drain(..).map(|path| (path, Skip::Excluded)));
        if self.respect_ignores {
            inputs.entries = ignored_env_files(&near_env);
            if let Some(seen) = &self.seen {
                inputs.entries.retain(|entry| seen.lock().insert(entry.path.clone()));
            }
        }
        (inputs, states.into_inner())
    }

    /// Files, directories and errors, if they are so few that one thread is done before a second one could help.
    fn few(&self) -> Option<Vec<Result<DirEntry, ignore::Error>>> {
        let entries: Vec<_> = self.builder.build().take(FEW + 1).collect();
        if entries.len() > FEW {
            // All of it is walked again.
            self.excluded.lock().clear();
            return None;
        }
        Some(entries)
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tree").finish_non_exhaustive()
    }
}

/// What a walk comes across besides the files it hands out.
#[derive(Default)]
struct Found {
    inputs: Inputs,
    /// Env files, and files whose presence says that one may stand beside them.
    near_env: Vec<RelPath>,
}

/// Makes a thread's visitor.
struct Threads<'s, S, M, V> {
    tree: &'s Tree,
    found: &'s Mutex<Found>,
    states: &'s Mutex<Vec<S>>,
    state: &'s M,
    visit: &'s V,
}

/// Keeps one thread's share and hands it over when the thread ends.
struct Visitor<'s, S, V> {
    tree: &'s Tree,
    found: &'s Mutex<Found>,
    states: &'s Mutex<Vec<S>>,
    own: Found,
    /// `None` once it is handed over.
    state: Option<S>,
    visit: &'s V,
}

impl<'s, S, M, V> ParallelVisitorBuilder<'s> for Threads<'s, S, M, V>
where
    S: Send + 's,
    M: Fn() -> S + Sync,
    V: Fn(&mut S, Entry) + Sync,
{
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        let Self { tree, found, states, state, visit } = *self;
        Box::new(Visitor { tree, found, states, own: Found::default(), state: Some(state()), visit })
    }
}

impl<S: Send, V: Fn(&mut S, Entry) + Sync> ParallelVisitor for Visitor<'_, S, V> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        match entry {
            Ok(entry) => self.take(&entry),
            Err(error) => self.own.inputs.errors.push(describe(&error)),
        }
        WalkState::Continue
    }
}

impl<S, V: Fn(&mut S, Entry)> Visitor<'_, S, V> {
    fn take(&mut self, entry: &DirEntry) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() {
            return;
        }
        let path = RelPath::new(entry.path());
        if !kind.is_file() {
            self.own.inputs.skipped.push((path, skip_of(kind)));
            return;
        }
        if self.tree.seen.as_ref().is_some_and(|seen| !seen.lock().insert(path.clone())) {
            return;
        }
        if self.tree.respect_ignores && (is_env_file(&path) || is_project_file(&path)) {
            self.own.near_env.push(path.clone());
        }
        if let Some(state) = &mut self.state {
            (self.visit)(state, Entry { path, ignored: false, explicit: false });
        }
    }
}

impl<S, V> Drop for Visitor<'_, S, V> {
    fn drop(&mut self) {
        let mut found = self.found.lock();
        found.inputs.skipped.append(&mut self.own.inputs.skipped);
        found.inputs.errors.append(&mut self.own.inputs.errors);
        found.near_env.append(&mut self.own.near_env);
        self.states.lock().extend(self.state.take());
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

/// Env files that git ignores, from the directories in which projects have them: those of the files `near`.
fn ignored_env_files(near: &[RelPath]) -> Vec<Entry> {
    let known: FxHashSet<&RelPath> = near.iter().collect();
    let projects: FxHashSet<&[u8]> = near.iter().map(RelPath::parent).collect();
    let mut ignored = Vec::new();
    for dir in projects {
        let path = path_from_bytes(dir);
        let Ok(list) = std::fs::read_dir(if dir.is_empty() { Path::new(".") } else { &path }) else { continue };
        for file in list.flatten() {
            let shown = RelPath::new(&path.join(file.file_name()));
            if is_env_file(&shown) && !known.contains(&shown) && file.file_type().is_ok_and(|kind| kind.is_file()) {
                ignored.push(Entry { path: shown, ignored: true, explicit: false });
            }
        }
    }
    ignored
}

fn is_env_file(path: &RelPath) -> bool {
    let name = path.file_name();
    // Few names are worth a look at all that can be an env file's.
    name.windows(3).any(|part| part.eq_ignore_ascii_case(b"env")) && FileKind::of(name, b"") == FileKind::Env
}

fn is_project_file(path: &RelPath) -> bool {
    PROJECT_FILES.iter().any(|file| path.file_name() == file.as_bytes())
}
