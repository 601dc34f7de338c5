//! What a run came to, and the exit code that says so.

use super::scans::is_brought;
use crate::finding::{Finding, Fixed, Severity};
use crate::input::{Changes, InputError};
use crate::policy::Suppressed;
use crate::source::{RelPath, Skip};
use std::time::Duration;

/// What a run came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What is wrong, in the order of reports.
    pub findings: Vec<Finding>,
    /// How many findings users allowed.
    pub suppressed: Suppressed,
    /// Ids of the entries of the baseline that accept nothing any more, as far as the run can tell.
    pub unused_entries: Vec<String>,
    /// Files left out on purpose.
    pub skipped: Vec<(RelPath, Skip)>,
    /// Files that should have been scanned and were not, with the reason as inert text.
    pub errors: Vec<(RelPath, String)>,
    /// Number of files scanned.
    pub files: usize,
    /// Commits whose files and messages were scanned, if it was the history of a repository.
    pub commits: Option<usize>,
    /// Bytes scanned.
    pub bytes: u64,
    /// Wall time from the first input to the last finding.
    pub elapsed: Duration,
    /// Whether it is right that no file was scanned.
    pub may_be_empty: bool,
    /// What was mended before.
    pub fixed: Vec<Fixed>,
    /// Files that should have been mended and were not, with the reason as inert text.
    pub unfixed: Vec<(RelPath, String)>,
}

impl Outcome {
    /// Whether everything asked for was scanned, or left out by a rule the user can see, and mended.
    pub fn is_complete(&self) -> bool {
        self.errors.is_empty() && self.unfixed.is_empty()
    }

    /// Leaves out findings on lines that `changes` does not bring.
    ///
    /// # Errors
    /// Git cannot show the texts before the change.
    pub fn keep_changed(&mut self, changes: &Changes) -> Result<(), InputError> {
        let lines = changes.lines(self.findings.iter().map(|finding| &finding.path))?;
        let before = self.findings.len();
        self.findings.retain(|finding| is_brought(finding, &lines));
        self.suppressed.unchanged += before - self.findings.len();
        Ok(())
    }

    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The process's exit code: 1 findings at or above `fail_on`, 3 incomplete, 2 nothing was scanned, 0 otherwise.
    pub fn exit_code(&self, fail_on: Option<Severity>) -> u8 {
        if fail_on.is_some_and(|least| self.findings.iter().any(|finding| finding.severity >= least)) {
            1
        } else if !self.is_complete() {
            3
        } else if self.files == 0 && !self.may_be_empty {
            2
        } else {
            0
        }
    }
}
