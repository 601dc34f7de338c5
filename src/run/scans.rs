//! What the scan of all files came to, before it is decided what of it is reported.

use crate::engine::{FileReport, Site};
use crate::finding::Finding;
use crate::flow;
use crate::input::{Changes, Entry, InputError, Lines};
use crate::source::{ReadError, RelPath, Skip, Tracking};
use rustc_hash::FxHashMap;

/// The file that makes a directory a package of Python.
pub(super) const PACKAGE: &[u8] = b"__init__.py";

/// What all files of a run hold, before it is decided what of it is reported.
#[derive(Clone, Default)]
pub struct Scans {
    /// The files, but for those that are only counted.
    pub(super) files: Vec<File>,
    /// Those that are only counted.
    pub(super) clean: Clean,
    /// What files outside the run say about those in it.
    pub(super) witnesses: Vec<(RelPath, Vec<Site>)>,
    pub(super) skipped: Vec<(RelPath, Skip)>,
    pub(super) errors: Vec<(RelPath, String)>,
    /// What git makes of env files that hold credentials.
    pub(super) tracking: FxHashMap<RelPath, Tracking>,
    pub(super) may_be_empty: bool,
    /// Whether the files are the whole repository.
    pub(super) whole: bool,
    /// See [`prefix`](crate::input::Inputs::prefix).
    pub(super) prefix: Vec<u8>,
}

/// One file of a run.
#[derive(Clone)]
pub(super) struct File {
    pub(super) entry: Entry,
    /// Whether it can be opened: not a text in memory.
    pub(super) on_disk: bool,
    pub(super) scanned: Scanned,
}

/// Files of a tree that nothing more is to be known about.
#[derive(Clone, Copy, Default)]
pub(super) struct Clean {
    pub(super) files: usize,
    pub(super) bytes: u64,
}

/// What one thread keeps of the files of a tree.
#[derive(Default)]
pub(super) struct Share {
    pub(super) files: Vec<File>,
    pub(super) clean: Clean,
}

/// What the scan of one entry came to.
#[derive(Clone)]
pub(super) enum Scanned {
    /// `None` where there is nothing to report, as in most files.
    Done {
        bytes: u64,
        report: Option<Box<FileReport>>,
        /// What the report leaves out, if it does.
        gap: Option<&'static str>,
    },
    Skipped(Skip),
    Failed(String),
}

impl Scans {
    /// What the files say that matters for other files.
    pub fn facts(&self) -> Vec<(RelPath, Vec<Site>)> {
        let reports = self.files.iter().filter_map(|file| Some((file, file.report()?)));
        let speak = reports.filter(|(_, report)| !report.facts.is_empty());
        speak.map(|(file, report)| (file.entry.path.clone(), report.facts.clone())).collect()
    }

    /// Takes in what git makes of a file.
    pub fn track(&mut self, path: RelPath, tracking: Tracking) {
        self.tracking.insert(path, tracking);
    }

    /// Whether other files have a say in a finding on a line that `changes` brings; on any line, if there are none.
    ///
    /// # Errors
    /// Git cannot show the texts before the change.
    pub fn is_undecided(&self, changes: Option<&Changes>) -> Result<bool, InputError> {
        let Some(changes) = changes else { return Ok(self.undecided().next().is_some()) };
        let lines = changes.lines(self.undecided().map(|finding| &finding.path))?;
        Ok(self.undecided().any(|finding| is_brought(finding, &lines)))
    }

    fn undecided(&self) -> impl Iterator<Item = &Finding> {
        self.files.iter().filter_map(File::report).flat_map(|report| {
            let found = report.findings.iter().map(|(finding, _)| finding).filter(|finding| flow::is_weighed(finding));
            let waiting = report.waiting.iter().filter(|wait| flow::asks_files(wait)).map(|wait| &wait.finding);
            found.chain(report.pending.iter().map(|wait| &wait.finding)).chain(waiting)
        })
    }

    /// The files of the run that were to be read, if none of them is in a tree.
    pub fn paths(&self) -> impl Iterator<Item = &RelPath> {
        self.files.iter().map(|file| &file.entry.path).chain(self.errors.iter().map(|(path, _)| path))
    }

    /// Takes in what could not be read on behalf of others.
    pub fn add_errors(&mut self, errors: Vec<(RelPath, String)>) {
        self.errors.extend(errors);
    }

    /// The number of the file at `path`.
    pub fn find(&self, path: &RelPath) -> Option<usize> {
        self.files.iter().position(|file| file.entry.path == *path)
    }
}

impl Clean {
    pub(super) fn add(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
    }
}

impl Share {
    /// Counts `file`, and keeps it if somebody may ask for it; with `by_name`, somebody asks which files were read.
    pub(super) fn add(&mut self, file: File, by_name: bool) {
        match file.scanned {
            // What tells a package from a directory is asked for in `python_packages`.
            Scanned::Done { bytes, report: None, gap: None } if !by_name && file.entry.path.file_name() != PACKAGE => {
                self.clean.add(Clean { files: 1, bytes });
            }
            _ => self.files.push(file),
        }
    }
}

impl File {
    pub(super) fn report(&self) -> Option<&FileReport> {
        match &self.scanned {
            Scanned::Done { report, .. } => report.as_deref(),
            _ => None,
        }
    }
}

/// Whether a change brings a line of `finding`.
pub(super) fn is_brought(finding: &Finding, lines: &FxHashMap<RelPath, Lines>) -> bool {
    let place = &finding.location;
    lines.get(&finding.path).is_some_and(|lines| lines.touch(place.start.line..=place.end.line))
}

impl Scanned {
    pub(super) fn done(bytes: u64, report: FileReport) -> Self {
        Self::Done { bytes, report: (!report.is_empty()).then(|| Box::new(report)), gap: None }
    }
}

impl From<ReadError> for Scanned {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Skipped(reason) => Self::Skipped(reason),
            ReadError::Io(error) => Self::Failed(crate::text::sanitize::printable_str(&error.to_string())),
        }
    }
}
