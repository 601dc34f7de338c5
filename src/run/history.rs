//! The run over a repository's history: what leaked in any version of any file, and where that came from.

use super::{Outcome, Scanned, Session};
use crate::baseline::Entry;
use crate::config::Settings;
use crate::engine::{FileReport, Plan};
use crate::finding::{Finding, Provenance};
use crate::input::{History, InputError, Origins, Progress, Reading, Scope};
use crate::policy::{Policy, Reason, Verdict};
use crate::rules::{Family, RuleSet};
use crate::source::{RelPath, Skip};
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// What the threads of a run note.
#[derive(Default)]
struct Notes {
    /// Numbers of values.
    values: FxHashMap<String, u32>,
    /// Values that some version of a file allows.
    allowed: FxHashMap<(RelPath, u32), Reason>,
    /// Entries of the baseline that accepted something.
    used: FxHashSet<String>,
    /// Files left out.
    skipped: FxHashSet<(RelPath, Skip)>,
    errors: Vec<(RelPath, String)>,
}

impl Notes {
    fn number(&mut self, value: &str) -> u32 {
        let next = self.values.len() as u32;
        *self.values.entry(value.to_owned()).or_insert(next)
    }
}

impl<'a> Session<'a> {
    /// A session that looks for leaks only: what else is wrong with a file that is gone does not matter any more.
    pub fn for_history(settings: &'a Settings, rules: &'a RuleSet) -> Self {
        // A rule that says more about a value may speak for one that knows less.
        let finds_values = |family| matches!(family, Family::Secret | Family::Deploy);
        let plan = Plan::new(rules, |rule| settings.is_active(rule) && finds_values(rule.family));
        Self { settings, rules, plan, whole: Mutex::new(()), started: Instant::now() }
    }

    /// Scans the history of the repository of `dir`, or of the current directory.
    ///
    /// # Errors
    /// There is no repository, git refuses to read it, or `scope` names no commit.
    pub fn history(&self, dir: Option<&Path>, scope: &Scope, progress: &Progress) -> Result<Outcome, InputError> {
        let (threads, max_size) = (self.settings.threads, self.settings.max_file_size);
        let reading = Reading { threads, max_size, progress };
        let notes = Mutex::new(Notes::default());
        let (files, bytes) = (AtomicUsize::new(0), AtomicU64::new(0));
        let in_message = |path: &RelPath, text: &[u8]| self.inspect(path, text, &notes).1;
        let mut history = History::open(dir, scope, reading, &in_message)?;
        history.blobs(reading, &|path, text| {
            let (scanned, values) = self.inspect(path, text, &notes);
            if let Some(size) = scanned {
                files.fetch_add(1, Ordering::Relaxed);
                bytes.fetch_add(size, Ordering::Relaxed);
            }
            values
        });
        let notes = notes.into_inner();
        let mut outcome = Outcome {
            commits: Some(history.commits()),
            files: files.into_inner(),
            bytes: bytes.into_inner(),
            may_be_empty: !history.is_empty(),
            ..Outcome::default()
        };
        self.report(&history, &notes, &mut outcome);
        if scope.is_all()
            && let Some(baseline) = &self.settings.baseline
        {
            let idle = |entry: &&Entry| entry.history && !notes.used.contains(&entry.id);
            outcome.unused_entries =
                baseline.entries().into_iter().filter(idle).map(|entry| entry.id.clone()).collect();
        }
        outcome.errors.append(&mut history.problems);
        outcome.errors.extend(notes.errors);
        outcome.skipped.extend(notes.skipped);
        outcome.skipped.extend(history.too_large.drain(..).map(|path| (path, Skip::TooLarge)));
        outcome.findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        outcome.skipped.sort();
        outcome.errors.sort();
        outcome.elapsed = self.started.elapsed();
        Ok(outcome)
    }

    /// Scans one text: its size in bytes if it was one, and the numbers of the values that leak in it.
    fn inspect(&self, path: &RelPath, text: &[u8], notes: &Mutex<Notes>) -> (Option<u64>, Vec<u32>) {
        if self.settings.excludes(path) {
            notes.lock().skipped.insert((path.clone(), Skip::Excluded));
            return (None, Vec::new());
        }
        let (size, report) = match self.scan_bytes(path, text, false) {
            Scanned::Done { bytes, report, .. } => (bytes, report),
            Scanned::Skipped(reason) => {
                notes.lock().skipped.insert((path.clone(), reason));
                return (None, Vec::new());
            }
            Scanned::Failed(reason) => {
                notes.lock().errors.push((path.clone(), reason));
                return (None, Vec::new());
            }
        };
        let Some(report) = report else { return (Some(size), Vec::new()) };
        let (leaks, verdict) = self.leaks(path, *report);
        if leaks.is_empty() {
            return (Some(size), Vec::new());
        }
        let mut notes = notes.lock();
        let mut values: Vec<u32> = leaks.iter().map(|value| notes.number(value)).collect();
        values.sort_unstable();
        values.dedup();
        notes.used.extend(verdict.used);
        for (value, reason) in verdict.allowed {
            // The same value may stand there twice, once without a comment.
            if !verdict.kept.iter().any(|finding| finding.value_id == value) {
                let number = notes.number(&value);
                notes.allowed.insert((path.clone(), number), reason);
            }
        }
        (Some(size), values)
    }

    /// The leaks of one text: all values, and what is reported of them.
    fn leaks(&self, path: &RelPath, mut report: FileReport) -> (Vec<String>, Verdict) {
        report.findings.retain(|(finding, _)| finding.is_leak());
        let values: Vec<String> = report.findings.iter().map(|(finding, _)| finding.value_id.clone()).collect();
        if values.is_empty() {
            return (values, Verdict::default());
        }
        let mut policy = Policy::new(self.settings, self.rules);
        // Whether a comment was of use is for the newest version to say.
        policy.add_file(path, report.allows.into_iter().map(|(allow, _)| (allow, None)).collect());
        (values, policy.apply(report.findings, false))
    }

    /// Turns what was found into findings, each in the oldest text that has it.
    fn report(&self, history: &History, notes: &Notes, outcome: &mut Outcome) {
        let names: FxHashMap<u32, &str> = notes.values.iter().map(|(name, number)| (*number, name.as_str())).collect();
        let origins = history.origins();
        for group in origins.chunk_by(Origins::same_text) {
            let [first, ..] = group else { continue };
            let path = &first.path;
            let text = match history.text(first) {
                Ok(text) => text,
                Err(reason) => {
                    outcome.errors.push((path.clone(), reason));
                    continue;
                }
            };
            let Scanned::Done { report: Some(report), .. } = self.scan_bytes(path, &text, false) else { continue };
            let (_, verdict) = self.leaks(path, *report);
            let older: FxHashSet<String> = self.older_values(history, first);
            for one in group {
                let Some(name) = names.get(&one.value).filter(|name| !older.contains(**name)) else { continue };
                let here = || verdict.allowed.iter().find(|(value, _)| value == name).map(|(_, reason)| *reason);
                // What one version allows, all do.
                if let Some(reason) = notes.allowed.get(&(path.clone(), one.value)).copied().or_else(here) {
                    outcome.suppressed.add(reason);
                } else if let Some(finding) = verdict.kept.iter().find(|finding| finding.value_id == **name) {
                    outcome.findings.push(with(finding.clone(), one.provenance.clone()));
                }
            }
        }
    }

    /// What leaked at the same path in the commits just outside the scope: that is nothing new.
    fn older_values(&self, history: &History, origins: &Origins) -> FxHashSet<String> {
        let texts = history.older_texts(origins);
        let scanned = texts.iter().map(|text| self.scan_bytes(&origins.path, text, false));
        let reports = scanned.filter_map(|scanned| match scanned {
            Scanned::Done { report, .. } => report,
            _ => None,
        });
        reports.flat_map(|report| self.leaks(&origins.path, *report).0).collect()
    }
}

fn with(mut finding: Finding, provenance: Provenance) -> Finding {
    // The text is not on disk.
    finding.fix = None;
    finding.provenance = Some(Box::new(provenance));
    finding
}
