//! Findings that users accepted: a file of ids that hold no text of the findings and no place that moves.
//!
//! JSON Lines, sorted by path, rule and id, so that two branches' entries merge line by line. An id is a digest over
//! rule, path and value: it survives a move inside the file, and dies with the value.

mod import;

pub use import::{Import, ImportError};

use crate::finding::Finding;
use crate::source::{RelPath, decode};
use crate::text::sanitize;
use crate::text::secret::digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

/// What a baseline starts with: a file without it is none.
const HEAD: &str = r#"{"keylint-baseline":1}"#;

/// The largest baseline that is read, in bytes.
const MAX_SIZE: u64 = 256 << 20;

/// Why a finding is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is right, and lived with.
    Accepted,
    /// The key does not work any more.
    Revoked,
    /// It is wrong.
    FalsePositive,
    /// The key was made for a test.
    Test,
}

impl Status {
    /// The name in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Revoked => "revoked",
            Self::FalsePositive => "false-positive",
            Self::Test => "test",
        }
    }
}

/// One accepted finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The digest that stands for it.
    pub id: String,
    /// The rule, for people.
    pub rule: String,
    /// The file, for people, from the root of the repository.
    pub path: String,
    /// Why it is accepted.
    pub status: Status,
    /// The same in words.
    #[serde(default)]
    pub reason: String,
    /// Whether only the history of the repository held it when it was accepted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub history: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde asks for")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// Where paths start: an id holds a file's path from the root of its repository, wherever the command was started.
#[derive(Clone, Debug)]
pub struct Place {
    cwd: PathBuf,
    root: PathBuf,
}

impl Place {
    /// The place of the baseline `file` for a command that was started in `cwd`: the root is that of the file's
    /// repository, or of the command's, or `cwd`.
    pub fn new(cwd: &Path, file: &Path) -> Self {
        let cwd = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
        let folder = cwd.join(file).parent().and_then(|dir| dir.canonicalize().ok());
        let roots = folder.iter().chain([&cwd]).find_map(|dir| repository(dir).map(Path::to_owned));
        Self { root: roots.unwrap_or_else(|| cwd.clone()), cwd }
    }

    /// The path from the root.
    fn inside(&self, path: &RelPath) -> RelPath {
        let mut full = PathBuf::new();
        for part in self.cwd.join(path.to_path()).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    full.pop();
                }
                part => full.push(part),
            }
        }
        full.strip_prefix(&self.root).map_or_else(|_| path.clone(), RelPath::new)
    }
}

/// The root of the repository `dir` stands in.
fn repository(dir: &Path) -> Option<&Path> {
    dir.ancestors().find(|dir| dir.join(".git").symlink_metadata().is_ok())
}

/// A baseline that cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum BaselineError {
    /// The file cannot be read or written.
    #[error("cannot {what} the baseline {path}")]
    #[diagnostic(code(keylint::baseline), help("`keylint baseline create` writes one"))]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file, as inert text.
        path: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A line is no entry.
    #[error("{path}, line {line}: {reason}")]
    #[diagnostic(code(keylint::baseline))]
    Broken {
        /// The file, as inert text.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, as inert text.
        reason: String,
    },
}

/// Accepted findings.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// By id; the file's order is made when it is written.
    entries: BTreeMap<String, Entry>,
    place: Place,
}

impl Baseline {
    /// One that accepts nothing.
    pub fn empty(place: Place) -> Self {
        Self { entries: BTreeMap::new(), place }
    }

    /// Reads the file at `path`, in any of the encodings people's shells write.
    ///
    /// # Errors
    /// The file cannot be read, or some line of it is no entry. A broken baseline is never an empty one.
    pub fn open(path: &Path, place: Place) -> Result<Self, BaselineError> {
        let shown = || RelPath::new(path).printable();
        let failed = |source| BaselineError::Io { what: "read", path: shown(), source };
        let broken = |line, reason: String| BaselineError::Broken { path: shown(), line, reason };
        if path.metadata().map_err(failed)?.len() > MAX_SIZE {
            return Err(broken(1, "the file is larger than 256 MB".to_owned()));
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        let text = decode(&bytes, bytes.len().min(8192)).map(|(text, _)| text.into_owned());
        let text = text.and_then(|text| String::from_utf8(text).ok());
        let text = text.ok_or_else(|| broken(1, "the file is no text".to_owned()))?;
        let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        if lines.next().is_none_or(|(_, head)| head.trim_end() != HEAD) {
            return Err(broken(1, format!("a baseline of this version starts with {HEAD}")));
        }
        let mut entries = BTreeMap::new();
        for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            // Two branches that both made a baseline: a union merge keeps both heads.
            if line.trim_end() == HEAD {
                continue;
            }
            let conflict = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark));
            let entry: Entry = serde_json::from_str(line).map_err(|_| {
                let reason = if conflict { "a merge conflict is not resolved" } else { "this is no entry" };
                broken(at + 1, reason.to_owned())
            })?;
            entries.insert(entry.id.clone(), entry);
        }
        Ok(Self { entries, place })
    }

    /// Writes the file at `path`, at once: a reader sees the old entries or the new ones.
    ///
    /// # Errors
    /// The system refuses.
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        let failed = |source| BaselineError::Io { what: "write", path: RelPath::new(path).printable(), source };
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".keylint-").suffix(".tmp").tempfile_in(dir).map_err(failed)?;
        let mut text = format!("{HEAD}\n");
        for entry in self.entries() {
            let line = serde_json::to_string(entry).map_err(|error| failed(error.into()))?;
            text.push_str(&line);
            text.push('\n');
        }
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        readable_by_all(file.path()).map_err(failed)?;
        file.persist(path).map(drop).map_err(|error| failed(error.error))
    }

    /// The entries in the order of the file.
    pub fn entries(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.values().collect();
        entries.sort_by(|a, b| (&a.path, &a.rule, &a.id).cmp(&(&b.path, &b.rule, &b.id)));
        entries
    }

    /// The id of a finding.
    pub fn id(&self, finding: &Finding) -> String {
        let path = self.place.inside(&finding.path);
        digest("baseline", &[finding.rule.id.as_bytes(), path.as_bytes(), finding.value_id.as_bytes()])
    }

    /// The id of the entry that accepts `finding`.
    pub fn accepts(&self, finding: &Finding) -> Option<&str> {
        self.entries.get(&self.id(finding)).map(|entry| entry.id.as_str())
    }

    /// Accepts `finding`; whether it was not accepted before.
    pub fn add(&mut self, finding: &Finding, status: Status, reason: &str) -> bool {
        let id = self.id(finding);
        let path = self.path(&finding.path);
        let (rule, reason, history) = (finding.rule.id.clone(), reason.to_owned(), finding.provenance.is_some());
        let is_new = !self.entries.contains_key(&id);
        self.entries.entry(id.clone()).or_insert(Entry { id, rule, path, status, reason, history });
        is_new
    }

    /// Whether the entry's file is gone from disk.
    pub fn is_gone(&self, entry: &Entry) -> bool {
        self.place.root.join(&entry.path).symlink_metadata().is_err()
    }

    /// The path of a file as entries have it.
    pub fn path(&self, path: &RelPath) -> String {
        sanitize::printable(self.place.inside(path).as_bytes())
    }

    /// Drops what `keep` refuses; how many entries that were.
    pub fn retain(&mut self, mut keep: impl FnMut(&Entry) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(|_, entry| keep(entry));
        before - self.entries.len()
    }

    /// Whether another scanner's `import` accepts `finding`.
    pub fn imports(&self, import: &Import, finding: &Finding) -> Option<Status> {
        import.accepts(&self.place.inside(&finding.path), finding.location.start.line)
    }
}

/// A temporary file is its owner's alone; a baseline is part of the repository.
#[cfg(unix)]
fn readable_by_all(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &Path) -> io::Result<()> {
    Ok(())
}
