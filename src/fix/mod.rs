//! Mending what was found: the edits of findings, applied to the bytes of files until none is left.
//!
//! A round takes every fix that fits beside the others, applies it in memory and scans the changed files again; what
//! the first round uncovers the next one mends. Only the last bytes are written, each file at once: whoever reads it
//! sees the old text or the new one, and a file that changed in between is left alone.

mod bytes;
mod choose;
mod disk;
#[cfg(test)]
mod tests;

pub use disk::{read, replace};

use crate::finding::{Edit, Finding, Fix, Fixed};
use crate::run::{Outcome, Scans, Session};
use crate::source::{Encoding, RelPath, decode};
use crate::span::Span;
use choose::choose;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most rounds: an entry has a dozen defects at most, and every round mends one of each entry.
const ROUNDS: usize = 32;

/// A file and what becomes of it.
#[derive(Debug)]
pub struct Change {
    /// The file.
    pub path: RelPath,
    /// Where it is opened.
    pub open: PathBuf,
    /// Its bytes before and after.
    pub before: Version,
    /// Its bytes with all fixes applied.
    pub after: Version,
}

/// One version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The bytes as they stand in the file.
    pub bytes: Vec<u8>,
    /// How the text is written.
    pub encoding: Encoding,
    /// The credentials in the text: their spans, and how many bytes of each are public.
    pub secrets: Vec<(Span, usize)>,
}

impl Version {
    /// The text, decoded where it is UTF-16.
    pub fn text(&self) -> Vec<u8> {
        decode(&self.bytes, self.bytes.len()).map_or_else(Vec::new, |(text, _)| text.into_owned())
    }
}

/// The files of a run while they are mended.
pub struct Repair<'a> {
    session: &'a Session<'a>,
    scans: Scans,
    /// The files some fix is for, by their path.
    files: BTreeMap<RelPath, File>,
    /// Why a file cannot be mended, as inert text.
    refused: BTreeMap<RelPath, String>,
    fixed: Vec<Fixed>,
}

struct File {
    /// Its place among the scans.
    at: usize,
    open: PathBuf,
    before: Version,
    now: Version,
}

impl<'a> Repair<'a> {
    /// Applies the fixes `wanted` accepts, in memory. `read` gives the bytes of a file, or the reason why it is left
    /// alone, as inert text.
    pub fn new(
        session: &'a Session<'a>,
        scans: Scans,
        wanted: impl Fn(&Finding, &Fix) -> bool,
        read: impl Fn(&RelPath, &Path) -> Result<Vec<u8>, String>,
    ) -> Self {
        let mut repair = Self { session, scans, files: BTreeMap::new(), refused: BTreeMap::new(), fixed: Vec::new() };
        let mut rounds = 0;
        while rounds < ROUNDS {
            let outcome = session.settle(repair.scans.clone());
            let fixes = outcome.findings.iter().filter_map(|finding| Some((finding, finding.fix.as_ref()?)));
            let fixes: Vec<_> = fixes.filter(|(finding, fix)| wanted(finding, fix)).collect();
            // Edits have to come from the bytes they are applied to.
            if repair.load(&fixes, &read) {
                continue;
            }
            if !repair.apply(&fixes) {
                break;
            }
            rounds += 1;
        }
        repair
    }

    /// Takes in the files of `fixes` that are not known yet. Returns whether there were any.
    fn load(&mut self, fixes: &[(&Finding, &Fix)], read: &impl Fn(&RelPath, &Path) -> Result<Vec<u8>, String>) -> bool {
        let mut loaded = false;
        for path in fixes.iter().map(|(finding, _)| &finding.path) {
            if self.files.contains_key(path) || self.refused.contains_key(path) {
                continue;
            }
            loaded = true;
            let Some(at) = self.scans.find(path) else {
                self.refused.insert(path.clone(), "is no part of this run".to_owned());
                continue;
            };
            let open = path.to_path().into_owned();
            let version = read(path, &open).and_then(|bytes| self.version(at, bytes));
            match version {
                Ok(version) => {
                    self.files.insert(path.clone(), File { at, open, before: version.clone(), now: version });
                }
                Err(reason) => {
                    self.refused.insert(path.clone(), reason);
                }
            }
        }
        loaded
    }

    /// Scans `bytes` as the content of file `at`.
    fn version(&mut self, at: usize, bytes: Vec<u8>) -> Result<Version, String> {
        let Some((_, encoding)) = decode(&bytes, bytes.len()) else { return Err("is binary".to_owned()) };
        let secrets = self.session.scan_again(&mut self.scans, at, &bytes);
        Ok(Version { bytes, encoding, secrets })
    }

    /// Applies those of `fixes` that fit beside each other. Returns whether there was one.
    fn apply(&mut self, fixes: &[(&Finding, &Fix)]) -> bool {
        let allowed = fixes
            .iter()
            .copied()
            .filter(|(finding, _)| self.files.contains_key(&finding.path) && !self.refused.contains_key(&finding.path));
        let (edits, chosen) = choose(allowed);
        let mut changed = false;
        for (path, (edits, encoding)) in edits {
            let Some(file) = self.files.get(&path) else { continue };
            let (at, before) = (file.at, file.now.bytes.clone());
            let version = match bytes::apply(&file.now, &edits, encoding) {
                Some(after) if after != before => self.version(at, after),
                _ => Err("its encoding allows no edit".to_owned()),
            };
            match version {
                Ok(version) => {
                    if let Some(file) = self.files.get_mut(&path) {
                        file.now = version;
                    }
                    changed = true;
                }
                Err(reason) => {
                    self.session.scan_again(&mut self.scans, at, &before);
                    self.refused.insert(path, reason);
                }
            }
        }
        let refused = &self.refused;
        self.fixed.extend(chosen.into_iter().filter(|(f, _)| !refused.contains_key(&f.path)).map(|(finding, fix)| {
            Fixed {
                rule: finding.rule.clone(),
                path: finding.path.clone(),
                position: finding.location.start,
                title: fix.title.clone(),
            }
        }));
        changed
    }

    /// What became of the files: those that are not what they were.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        self.files.iter().filter(|(_, file)| file.before.bytes != file.now.bytes).map(|(path, file)| Change {
            path: path.clone(),
            open: file.open.clone(),
            before: file.before.clone(),
            after: file.now.clone(),
        })
    }

    /// How many findings were mended.
    pub fn count(&self) -> usize {
        self.fixed.len()
    }

    /// Files that cannot be mended, with the reason.
    pub fn refused(&self) -> impl Iterator<Item = (&RelPath, &str)> {
        self.refused.iter().map(|(path, reason)| (path, reason.as_str()))
    }

    /// Writes every change with `write`, and tells what is left.
    pub fn write(mut self, write: impl Fn(&Change) -> Result<(), String>) -> Outcome {
        for change in self.changes().collect::<Vec<_>>() {
            let Err(reason) = write(&change) else { continue };
            if let Some(file) = self.files.get(&change.path) {
                let (at, before) = (file.at, file.before.bytes.clone());
                self.session.scan_again(&mut self.scans, at, &before);
            }
            self.fixed.retain(|fixed| fixed.path != change.path);
            self.refused.insert(change.path, reason);
        }
        let mut outcome = self.session.settle(self.scans);
        outcome.fixed = self.fixed;
        outcome.unfixed = self.refused.into_iter().collect();
        outcome
    }
}

/// The edits of one file, and the encoding it is to have.
type Edits = (Vec<Edit>, Option<Encoding>);
