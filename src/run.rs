//! The run: inputs → scan in parallel → what only the whole repository tells → what users allowed → outcome.

use crate::config::Settings;
use crate::engine::{FileReport, LargeScan, Pending, Plan, Site, scan};
use crate::finding::{Finding, Severity};
use crate::input::{Entry, Inputs};
use crate::policy::{Policy, Suppressed};
use crate::rules::RuleSet;
use crate::source::{ReadError, Reader, RelPath, Skip, SourceFile, Text};
use crate::{flow, source};
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Up to this many files one thread is faster than starting a pool.
const SMALL_RUN: usize = 8;

/// Files a thread takes at a time.
const CHUNK: usize = 32;

/// What a run came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What is wrong, in the order of reports.
    pub findings: Vec<Finding>,
    /// How many findings users allowed.
    pub suppressed: Suppressed,
    /// Files left out on purpose.
    pub skipped: Vec<(RelPath, Skip)>,
    /// Files that should have been scanned and were not, with the reason as inert text.
    pub errors: Vec<(RelPath, String)>,
    /// Number of files scanned.
    pub files: usize,
    /// Bytes scanned.
    pub bytes: u64,
    /// Wall time from the first input to the last finding.
    pub elapsed: Duration,
    /// Whether it is right that no file was scanned.
    pub may_be_empty: bool,
}

/// What the scan of one entry came to.
enum Scanned {
    /// `None` where there is nothing to report, as in most files.
    Done {
        bytes: u64,
        report: Option<Box<FileReport>>,
    },
    Skipped(Skip),
    Failed(String),
}

/// A run that is set up.
pub struct Session<'a> {
    settings: &'a Settings,
    rules: &'a RuleSet,
    plan: Plan,
    started: Instant,
}

impl<'a> Session<'a> {
    /// Compiles the rules of `rules` that `settings` leave active.
    pub fn new(settings: &'a Settings, rules: &'a RuleSet) -> Self {
        Self { settings, rules, plan: Plan::new(rules, |rule| settings.is_active(rule)), started: Instant::now() }
    }

    /// Scans files on disk and texts in memory.
    pub fn check(&self, inputs: Inputs) -> Outcome {
        let Inputs { entries, texts, skipped, errors, may_be_empty } = inputs;
        let whole = texts.is_empty() && !entries.iter().any(|entry| entry.explicit);
        let mut scanned = self.in_parallel(
            &entries,
            || Reader::new(self.settings.max_file_size),
            |reader, entry| self.scan_entry(reader, entry),
        );
        scanned.extend(self.in_parallel(&texts, || (), |(), (path, bytes)| self.scan_bytes(path, bytes)));
        let mut outcome = Outcome { skipped, errors, may_be_empty, ..Outcome::default() };
        let paths = entries.into_iter().map(|entry| (entry.path, entry.explicit));
        let paths = paths.chain(texts.into_iter().map(|(path, _)| (path, true)));
        self.settle(paths.zip(scanned), whole, &mut outcome);
        outcome
    }

    /// Scans texts that are the whole repository: the files of an example.
    pub fn check_texts(&self, texts: &[(RelPath, Vec<u8>)]) -> Outcome {
        let scanned = self.in_parallel(texts, || (), |(), (path, bytes)| self.scan_bytes(path, bytes));
        let mut outcome = Outcome::default();
        self.settle(texts.iter().map(|(path, _)| (path.clone(), true)).zip(scanned), true, &mut outcome);
        outcome
    }

    /// Applies `work` to every item, in order of the items, on as many threads as the settings say. Each thread has
    /// a state of its own.
    fn in_parallel<I: Sync, S: Send>(
        &self,
        items: &[I],
        state: impl Fn() -> S + Sync + Send,
        work: impl Fn(&mut S, &I) -> Scanned + Sync + Send,
    ) -> Vec<Scanned> {
        if items.len() <= SMALL_RUN || self.settings.threads == 1 {
            let mut state = state();
            return items.iter().map(|item| work(&mut state, item)).collect();
        }
        // States go from chunk to chunk: rayon's own per-job states would allocate a buffer for every split.
        let idle = Mutex::new(Vec::new());
        let parallel = || {
            let chunks = items.par_chunks(CHUNK).map(|chunk| {
                let mut own = lock(&idle).pop().unwrap_or_else(&state);
                let done: Vec<Scanned> = chunk.iter().map(|item| work(&mut own, item)).collect();
                lock(&idle).push(own);
                done
            });
            chunks.collect::<Vec<_>>()
        };
        let chunks = match rayon::ThreadPoolBuilder::new().num_threads(self.settings.threads).build() {
            Ok(pool) => pool.install(parallel),
            Err(_) => parallel(),
        };
        chunks.into_iter().flatten().collect()
    }

    fn scan_entry(&self, reader: &mut Reader, entry: &Entry) -> Scanned {
        self.guarded(|| {
            let large = match reader.read(&entry.path, entry.explicit) {
                Ok(Text::Whole(text, encoding)) => return self.scan_text(&entry.path, &text, encoding, entry.ignored),
                Ok(Text::Large(large)) => large,
                Err(error) => return error.into(),
            };
            let mut scan = LargeScan::new(&self.plan, &entry.path, entry.ignored, self.settings.show_secrets);
            match reader.windows(large, |text, offset, is_last| scan.window(text, offset, is_last)) {
                Ok(bytes) => Scanned::done(bytes, scan.finish()),
                Err(error) => error.into(),
            }
        })
    }

    fn scan_bytes(&self, path: &RelPath, bytes: &[u8]) -> Scanned {
        if self.settings.max_file_size > 0 && bytes.len() as u64 > self.settings.max_file_size {
            return Scanned::Skipped(Skip::TooLarge);
        }
        self.guarded(|| match source::decode(bytes, bytes.len().min(8192)) {
            Some((text, encoding)) => self.scan_text(path, &text, encoding, false),
            None => Scanned::Skipped(Skip::Binary),
        })
    }

    fn scan_text(&self, path: &RelPath, text: &[u8], encoding: source::Encoding, ignored: bool) -> Scanned {
        let (kind, role) = source::identify(path.as_bytes(), text);
        let file = SourceFile { path, kind, role, text, encoding, ignored };
        Scanned::done(text.len() as u64, scan(&self.plan, &file, self.settings.show_secrets))
    }

    /// A panic is a bug in keylint, not in the file: it is caught, named, and the other files go on.
    #[expect(clippy::unused_self, reason = "belongs to the session's way of scanning")]
    fn guarded(&self, work: impl FnOnce() -> Scanned) -> Scanned {
        catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|_| Scanned::Failed("internal error while scanning this file; please report it".to_owned()))
    }

    /// Joins the files' reports.
    fn settle(&self, scanned: impl Iterator<Item = ((RelPath, bool), Scanned)>, whole: bool, outcome: &mut Outcome) {
        let (mut pending, mut facts): (Vec<Pending>, Vec<(RelPath, Vec<Site>)>) = (Vec::new(), Vec::new());
        let (mut found, mut policy) = (Vec::new(), Policy::new(self.settings, self.rules));
        for ((path, explicit), scanned) in scanned {
            match scanned {
                Scanned::Done { bytes, report } => {
                    outcome.files += 1;
                    outcome.bytes += bytes;
                    let Some(report) = report else { continue };
                    found.extend(report.findings);
                    pending.extend(report.pending);
                    if !report.facts.is_empty() {
                        facts.push((path.clone(), report.facts));
                    }
                    policy.add_file(&path, report.allows);
                }
                Scanned::Skipped(Skip::Vanished) if explicit => {
                    outcome.errors.push((path, "vanished before it was read".to_owned()));
                }
                Scanned::Skipped(reason) => outcome.skipped.push((path, reason)),
                Scanned::Failed(reason) => outcome.errors.push((path, reason)),
            }
        }
        let sources = flow::Sources::new(&facts);
        found.retain(|(finding, _)| !sources.hold(finding));
        found.extend(flow::settle(pending, &facts).into_iter().map(|finding| (finding, None)));
        (outcome.findings, outcome.suppressed) = policy.apply(found, whole);
        outcome.findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        outcome.skipped.sort();
        outcome.errors.sort();
        outcome.elapsed = self.started.elapsed();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Scanned {
    fn done(bytes: u64, report: FileReport) -> Self {
        Self::Done { bytes, report: (!report.is_empty()).then(|| Box::new(report)) }
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

impl Outcome {
    /// Whether everything asked for was scanned or left out by a rule the user can see.
    pub fn is_complete(&self) -> bool {
        self.errors.is_empty()
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
