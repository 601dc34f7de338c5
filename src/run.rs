//! The run: inputs → scan in parallel → what only the whole repository tells → what users allowed → outcome.

mod follow;
mod history;
mod outcome;
mod scans;

use crate::baseline;
use crate::config::Settings;
use crate::engine::{Fact, LargeScan, Pending, Plan, Site, Waiting, is_structured, scan};
use crate::input::{self, Entry, Inputs};
use crate::policy::{Marked, Policy};
use crate::rules::RuleSet;
use crate::source::{LargeFile, ReadError, Reader, RelPath, Skip, SourceFile, Text, Tracking};
use crate::span::Span;
use crate::{flow, source};
pub use outcome::Outcome;
use parking_lot::Mutex;
use rayon::prelude::*;
use rustc_hash::FxHashSet;
pub use scans::Scans;
use scans::{Clean, File, PACKAGE, Scanned, Share};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// Up to this many files one thread is faster than starting a pool.
const SMALL_RUN: usize = 32;

/// Files a thread takes at a time.
const CHUNK: usize = 8;

/// What is said about a manifest larger than [`source::LARGEST_WHOLE`].
const TOO_LARGE_TO_PARSE: &str = "larger than 64 MiB: searched for keys, not read as what it configures";

/// A run that is set up.
pub struct Session<'a> {
    settings: &'a Settings,
    rules: &'a RuleSet,
    plan: Plan,
    /// Held while a large file stands in memory whole: there is never more than one.
    whole: Mutex<()>,
    started: Instant,
}

impl<'a> Session<'a> {
    /// Compiles the rules of `rules` that `settings` leave active.
    pub fn new(settings: &'a Settings, rules: &'a RuleSet) -> Self {
        let plan = Plan::new(rules, |rule| settings.is_active(rule));
        Self { settings, rules, plan, whole: Mutex::new(()), started: Instant::now() }
    }

    /// A session that notes the way of every credential, not only of those that rules know.
    #[must_use]
    pub fn tracing(mut self) -> Self {
        self.plan.traces = true;
        self
    }

    /// Scans files on disk and texts in memory, and decides what is reported.
    pub fn check(&self, inputs: Inputs) -> Outcome {
        self.settle(self.scan(inputs))
    }

    /// Checks texts that are the whole repository: the files of an example.
    pub fn check_texts(&self, texts: &[(RelPath, Vec<u8>)]) -> Outcome {
        self.settle(self.scan_texts(texts))
    }

    /// Scans files on disk and texts in memory.
    pub fn scan(&self, mut inputs: Inputs) -> Scans {
        let reader = || Reader::new(self.settings.max_file_size);
        let whole = inputs.texts.is_empty() && !inputs.entries.iter().any(|entry| entry.explicit);
        let share = || (reader(), Share::default());
        let shares = inputs.visit_tree(self.settings, share, |(reader, share), entry| {
            let scanned = self.scan_entry(reader, &entry);
            share.add(File { entry, on_disk: true, scanned }, self.settings.baseline.is_some());
        });
        let Inputs { entries, tree: _, texts, skipped, errors, tracking, may_be_empty, prefix } = inputs;
        let mut scans = Scans { skipped, errors, tracking, may_be_empty, whole, prefix, ..Scans::default() };
        for (_, Share { mut files, clean }) in shares {
            scans.files.append(&mut files);
            scans.clean.add(clean);
        }
        let scanned = self.in_parallel(&entries, reader, |reader, entry| self.scan_entry(reader, entry));
        let on_disk = entries.into_iter().zip(scanned);
        scans.files.extend(on_disk.map(|(entry, scanned)| File { entry, on_disk: true, scanned }));
        scans.files.extend(self.scan_in_memory(&texts));
        self.ask_git(&mut scans);
        self.follow_imports(&mut scans, &texts);
        scans
    }

    /// Asks git about the env files that hold credentials. One that git tracks is no safe place, ignored or not.
    fn ask_git(&self, scans: &mut Scans) {
        let holds = |site: &Site| site.fact == Fact::EnvFile;
        let waits = |file: &&File| file.on_disk && file.report().is_some_and(|report| report.facts.iter().any(holds));
        let asked: Vec<_> = scans.files.iter().filter(waits).map(|file| &file.entry.path).collect();
        if asked.is_empty() {
            return;
        }
        let answers = input::tracking(&asked);
        for file in &mut scans.files {
            if file.entry.ignored && answers.get(&file.entry.path) == Some(&Tracking::Tracked) {
                file.entry.ignored = false;
                file.scanned = self.scan_entry(&mut Reader::new(self.settings.max_file_size), &file.entry);
            }
        }
        scans.tracking.extend(answers);
    }

    /// Scans texts that are the whole repository.
    pub fn scan_texts(&self, texts: &[(RelPath, Vec<u8>)]) -> Scans {
        let mut scans = Scans { files: self.scan_in_memory(texts), whole: true, ..Scans::default() };
        self.follow_imports(&mut scans, texts);
        scans
    }

    fn scan_in_memory(&self, texts: &[(RelPath, Vec<u8>)]) -> Vec<File> {
        let scanned = self.in_parallel(texts, || (), |(), (path, bytes)| self.scan_bytes(path, bytes, false));
        let entries = texts.iter().map(|(path, _)| Entry { path: path.clone(), ignored: false, explicit: true });
        entries.zip(scanned).map(|(entry, scanned)| File { entry, on_disk: false, scanned }).collect()
    }

    /// Scans file `at` of `scans` again, with `bytes` for its content. Returns the credentials in its text: their
    /// spans, and how many bytes of each are public.
    pub fn scan_again(&self, scans: &mut Scans, at: usize, bytes: &[u8]) -> Vec<(Span, usize)> {
        let file = &mut scans.files[at];
        file.scanned = self.scan_bytes(&file.entry.path, bytes, file.entry.ignored);
        file.report().map(|report| report.secrets.clone()).unwrap_or_default()
    }

    /// Lets `texts` tell what they know about the files of `scans`. What is wrong with them is not reported.
    pub fn hear(&self, scans: &mut Scans, texts: &[(RelPath, Vec<u8>)]) {
        let scanned = self.in_parallel(texts, || (), |(), (path, bytes)| self.scan_bytes(path, bytes, false));
        for ((path, _), scanned) in texts.iter().zip(scanned) {
            if let Scanned::Done { report: Some(report), .. } = scanned
                && !report.facts.is_empty()
            {
                scans.witnesses.push((path.clone(), report.facts));
            }
        }
        self.follow_imports(scans, texts);
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
            // Without the limit the last thread to end has up to a quarter of all files to itself.
            let chunks = items.par_chunks(CHUNK).with_max_len(1).map(|chunk| {
                let mut own = idle.lock().pop().unwrap_or_else(&state);
                let done: Vec<Scanned> = chunk.iter().map(|item| work(&mut own, item)).collect();
                idle.lock().push(own);
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
            self.scan_large(reader, large, entry).unwrap_or_else(Scanned::from)
        })
    }

    fn scan_large(&self, reader: &mut Reader, mut large: LargeFile, entry: &Entry) -> Result<Scanned, ReadError> {
        let is_structured = is_structured(&entry.path, reader.head());
        if is_structured {
            let _alone = self.whole.lock();
            if let Some(bytes) = reader.whole(&mut large)? {
                return Ok(self.scan_bytes(&entry.path, &bytes, entry.ignored));
            }
        }
        let mut scan = LargeScan::new(&self.plan, &entry.path, entry.ignored, self.settings.show_secrets);
        let bytes = reader.windows(large, |text, offset, is_last| scan.window(text, offset, is_last))?;
        let mut scanned = Scanned::done(bytes, scan.finish());
        if let Scanned::Done { gap, .. } = &mut scanned {
            *gap = is_structured.then_some(TOO_LARGE_TO_PARSE);
        }
        Ok(scanned)
    }

    fn scan_bytes(&self, path: &RelPath, bytes: &[u8], ignored: bool) -> Scanned {
        if self.settings.max_file_size > 0 && bytes.len() as u64 > self.settings.max_file_size {
            return Scanned::Skipped(Skip::TooLarge);
        }
        self.guarded(|| match source::decode_file(path, bytes) {
            Some((text, encoding)) => self.scan_text(path, &text, encoding, ignored),
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

    /// Joins the files' reports and decides what is reported.
    pub fn settle(&self, scans: Scans) -> Outcome {
        let Scans { files, clean, witnesses, skipped, errors, tracking, may_be_empty, whole, prefix } = scans;
        let Clean { files: count, bytes } = clean;
        let mut outcome = Outcome { files: count, bytes, skipped, errors, may_be_empty, ..Outcome::default() };
        let (mut pending, mut facts): (Vec<Pending>, Vec<(RelPath, Vec<Site>)>) = (Vec::new(), witnesses);
        let mut waiting = Vec::new();
        let (mut found, mut policy) = (Vec::new(), Policy::new(self.settings, self.rules));
        let python_packages = python_packages(&files, &prefix);
        let mut read = Vec::new();
        for File { entry: Entry { path, explicit, .. }, scanned, .. } in files {
            match scanned {
                Scanned::Done { bytes, report, gap } => {
                    outcome.files += 1;
                    outcome.bytes += bytes;
                    outcome.errors.extend(gap.map(|gap| (path.clone(), gap.to_owned())));
                    if self.settings.baseline.is_some() {
                        read.push(path.clone());
                    }
                    let Some(report) = report else { continue };
                    found.extend(report.findings);
                    pending.extend(report.pending);
                    waiting.extend(report.waiting);
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
        let asked = Asked { found, pending, waiting, facts, python_packages };
        let found = join(asked, &prefix, |path| tracking.get(path).copied());
        let verdict = policy.apply(found, whole);
        (outcome.findings, outcome.suppressed) = (verdict.kept, verdict.suppressed);
        if whole {
            outcome.unused_entries = self.unused_entries(&verdict.used, &read);
        }
        outcome.findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        outcome.skipped.sort();
        outcome.errors.sort();
        outcome.elapsed = self.started.elapsed();
        outcome
    }

    /// The entries of the baseline about files that were `read` or are gone, but for those that were `used`.
    fn unused_entries(&self, used: &FxHashSet<String>, read: &[RelPath]) -> Vec<String> {
        let Some(baseline) = &self.settings.baseline else { return Vec::new() };
        let read: FxHashSet<String> = read.iter().map(|path| baseline.path(path)).collect();
        let was_tried =
            |entry: &&baseline::Entry| self.rules.get(&entry.rule).is_none_or(|rule| self.settings.is_active(rule));
        let entries = baseline.entries().into_iter().filter(|entry| !entry.history && !used.contains(&entry.id));
        let idle = entries.filter(was_tried).filter(|entry| read.contains(&entry.path) || baseline.is_gone(entry));
        idle.map(|entry| entry.id.clone()).collect()
    }
}

/// What all files say, before they are asked about each other.
struct Asked {
    found: Vec<Marked>,
    pending: Vec<Pending>,
    waiting: Vec<Waiting>,
    facts: Vec<(RelPath, Vec<Site>)>,
    /// See [`python_packages`].
    python_packages: FxHashSet<Vec<u8>>,
}

/// The directories that are packages of Python, below the repository's root; only known where some module has the name
/// of an SDK.
fn python_packages(files: &[File], prefix: &[u8]) -> FxHashSet<Vec<u8>> {
    let is_module = |site: &Site| matches!(site.fact, Fact::Module(_));
    let mut reports = files.iter().filter_map(File::report);
    if !reports.any(|report| report.facts.iter().any(is_module)) {
        return FxHashSet::default();
    }
    let paths = files.iter().map(|file| &file.entry.path).filter(|path| path.file_name() == PACKAGE);
    if prefix.is_empty() {
        paths.map(|path| path.parent().to_vec()).collect()
    } else {
        paths.map(|path| input::rooted(path, prefix).parent().to_vec()).collect()
    }
}

/// The findings that hold, given what all files say. Paths are seen from the directory `prefix` of the repository.
fn join(asked: Asked, prefix: &[u8], tracking: impl Fn(&RelPath) -> Option<Tracking>) -> Vec<Marked> {
    let Asked { mut found, mut pending, mut waiting, mut facts, python_packages } = asked;
    // Directories tell which files belong together: a path that leads up tells less.
    if !prefix.is_empty() {
        for (path, _) in &mut facts {
            *path = input::rooted(path, prefix);
        }
        let findings = found.iter_mut().map(|(finding, _)| finding);
        let findings = findings.chain(pending.iter_mut().map(|wait| &mut wait.finding));
        for finding in findings.chain(waiting.iter_mut().map(|wait| &mut wait.finding)) {
            finding.rename(|path| input::rooted(path, prefix));
        }
    }
    let state = |path: &RelPath| match prefix {
        [] => tracking(path),
        prefix => tracking(&input::relative(path, prefix)),
    };
    let sources = flow::Sources::new(&facts, |dir| python_packages.contains(dir));
    found.retain(|(finding, _)| !sources.hold(finding));
    let about_files = flow::settle_files(waiting, &facts, state);
    found.extend(about_files.into_iter().map(|finding| (finding, None)));
    flow::weigh(found.iter_mut().map(|(finding, _)| finding), &facts);
    flow::weigh_by_version(found.iter_mut().map(|(finding, _)| finding), &facts);
    found.extend(flow::settle(pending, &facts).into_iter().map(|finding| (finding, None)));
    if !prefix.is_empty() {
        for (finding, _) in &mut found {
            finding.rename(|path| input::relative(path, prefix));
        }
    }
    found
}
