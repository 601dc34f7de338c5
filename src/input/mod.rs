//! Which texts are scanned: a walk over directories, a list of paths, standard input, git's index.

mod list;
mod walk;

pub use list::{read_list, read_stdin};
pub use walk::{WalkOptions, walk};

use crate::source::{RelPath, Skip};
use std::path::PathBuf;

/// A file to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path to open.
    pub path: PathBuf,
    /// The path to show, relative to the directory the command was started in.
    pub shown: RelPath,
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
    /// What is left out without being opened.
    pub skipped: Vec<(RelPath, Skip)>,
    /// What could not be listed, as inert text.
    pub errors: Vec<(RelPath, String)>,
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
