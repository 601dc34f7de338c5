//! Which texts are scanned: a walk over directories, a list of paths, standard input, git's index.

mod blobs;
mod changes;
mod history;
mod hooks;
mod index;
mod list;
mod staged;
mod tracking;
mod walk;

pub use changes::{Changes, Lines};
pub use history::{History, Inspect, Origins, Progress, Reading, Scope, root};
pub use hooks::{hooks, top};
pub use index::rest_of_index;
pub use list::{read_list, read_stdin};
pub use staged::{Staged, staged};
pub use tracking::tracking;
pub use walk::{Tree, walk};

use crate::config::Settings;
use crate::source::{RelPath, Skip, Tracking};
use rustc_hash::FxHashMap;

/// A file to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path, relative to the directory the command was started in.
    pub path: RelPath,
    /// Whether git ignores the file.
    pub ignored: bool,
    /// Whether the user named it: what cannot be read of it is missing from the scan.
    pub explicit: bool,
}

/// The files of a run, and what was passed over on the way to them.
#[derive(Debug, Default)]
pub struct Inputs {
    /// Files to open, in no particular order, each once.
    pub entries: Vec<Entry>,
    /// Directories whose files are to be opened as well.
    pub tree: Option<Tree>,
    /// Texts that are already in memory: standard input, git blobs.
    pub texts: Vec<(RelPath, Vec<u8>)>,
    /// What is left out without being opened.
    pub skipped: Vec<(RelPath, Skip)>,
    /// What could not be listed, as inert text.
    pub errors: Vec<(RelPath, String)>,
    /// What git makes of the texts in memory.
    pub tracking: FxHashMap<RelPath, Tracking>,
    /// Whether it is right that there is nothing to scan.
    pub may_be_empty: bool,
    /// The current directory as seen from the root of the repository, with a slash at its end; empty also where no
    /// path leads out of it.
    pub prefix: Vec<u8>,
}

impl Inputs {
    /// Leaves out what the settings exclude. A walk has done so with what it found itself.
    pub fn exclude(&mut self, settings: &Settings) {
        if settings.exclude.is_none() {
            return;
        }
        let Self { entries, texts, skipped, .. } = self;
        let mut keep = |path: &RelPath| {
            let excluded = settings.excludes(path);
            if excluded {
                skipped.push((path.clone(), Skip::Excluded));
            }
            !excluded
        };
        entries.retain(|entry| !(entry.explicit || entry.ignored) || keep(&entry.path));
        texts.retain(|(path, _)| keep(path));
    }

    /// The same with the tree listed: all its files are among the entries.
    #[must_use]
    pub fn listed(mut self, settings: &Settings) -> Self {
        let lists = self.visit_tree(settings, Vec::new, Vec::push);
        self.entries.extend(lists.into_iter().flatten());
        self
    }

    /// Walks the tree, if there is one: calls `visit` for every file, in no particular order, on as many threads as the
    /// settings say, each with a `state` of its own. Returns these states. Env files that git ignores come after all
    /// others: they join the entries.
    pub fn visit_tree<S: Send>(
        &mut self,
        settings: &Settings,
        state: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, Entry) + Sync,
    ) -> Vec<S> {
        let Some(tree) = self.tree.take() else { return Vec::new() };
        let (mut rest, states) = tree.visit(state, visit);
        rest.exclude(settings);
        self.entries.append(&mut rest.entries);
        self.skipped.append(&mut rest.skipped);
        self.errors.append(&mut rest.errors);
        states
    }
}

/// Why a run cannot start.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A path the user named does not exist.
    #[error("no such file or directory: {0}")]
    Missing(String),
    /// A path the user named is a device, socket or pipe.
    #[error("not a regular file: {0} (use `-` to read standard input)")]
    NotRegular(String),
    /// A list of paths or standard input cannot be read.
    #[error("cannot read {what}")]
    Io {
        /// What was read.
        what: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// Git could not answer.
    #[error("git: {0}")]
    Git(String),
}

/// `path`, seen from the directory `prefix` (`a/b/`), as it is below the repository's root.
pub fn rooted(path: &RelPath, prefix: &[u8]) -> RelPath {
    staged::rooted(path.as_bytes(), prefix)
}

/// `path` below the repository's root as seen from the directory `prefix` (`a/b/`).
pub fn relative(path: &RelPath, prefix: &[u8]) -> RelPath {
    staged::relative(path.as_bytes(), prefix)
}
