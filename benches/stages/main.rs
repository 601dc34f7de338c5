//! How long each stage of a scan takes: `cargo bench`. docs/benchmarks.md says what the stages are.
//!
//! `KEYLINT_BENCH_TREE` names the tree to scan; without it one is made in a temporary directory. All stages use the
//! same number of threads, and files that are in the system's cache.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a program for developers prints and stops")]

mod tree;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, Divan, black_box};
use keylint::config::Settings;
use keylint::engine::Plan;
use keylint::input::{self, Entry, Inputs};
use keylint::rules::RuleSet;
use keylint::run::{Outcome, Session};
use keylint::source::{FileKind, Reader, Text, identify};
use miette::{IntoDiagnostic as _, Result, ensure};
use rayon::prelude::*;
use std::path::PathBuf;
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

/// Names the tree to scan; a relative path starts in the package's directory.
const TREE: &str = "KEYLINT_BENCH_TREE";

/// At most about this much text (bytes) is held in memory for the prefilter; of a larger tree, every n-th file.
const IN_MEMORY: usize = 256 << 20;

/// How many texts a thread takes at a time.
const CHUNK: usize = 32;

/// How often the stages are run in turn for the ratios.
const ROUNDS: usize = 15;

/// What a scan should cost at most, in walks that read every file.
const GOAL: f64 = 2.0;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().expect("shipped rules load"));

/// As `keylint check --isolated --no-ignore`, on every core.
static SETTINGS: LazyLock<Settings> = LazyLock::new(|| Settings {
    respect_ignores: false,
    threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
    ..Settings::default()
});

static SUBJECT: OnceLock<Subject> = OnceLock::new();

fn main() -> Result<()> {
    let stages = Divan::default().sample_count(30).max_time(Duration::from_secs(20)).config_with_args();
    let made = tempfile::tempdir().into_diagnostic()?;
    let root = if let Some(dir) = std::env::var_os(TREE) {
        PathBuf::from(dir)
    } else {
        tree::write(made.path()).into_diagnostic()?;
        made.path().to_owned()
    };
    let subject = Subject::new(root)?;
    let subject = SUBJECT.get_or_init(|| subject);
    println!(
        "{} files, {:.1} MB of text; {} threads in every stage",
        subject.files,
        subject.bytes as f64 / 1e6,
        SETTINGS.threads
    );
    stages.main();
    // `cargo bench` as it stands; with a filter or an option the stages alone are wanted.
    if std::env::args_os().skip(1).eq(["--bench"]) {
        subject.print_ratios();
    }
    Ok(())
}

#[divan::bench(name = "1 walk")]
fn walk(bencher: Bencher<'_, '_>) {
    let subject = subject();
    bencher.counter(ItemsCount::new(subject.files)).bench(|| subject.walk());
}

#[divan::bench(name = "2 walk + read")]
fn walk_and_read(bencher: Bencher<'_, '_>) {
    let subject = subject();
    bencher.counter(BytesCount::new(subject.bytes)).bench(|| subject.walk_and_read());
}

#[divan::bench(name = "3 prefilter in memory")]
fn prefilter(bencher: Bencher<'_, '_>) {
    let subject = subject();
    bencher.counter(BytesCount::new(subject.bytes_in_memory())).bench(|| subject.prefilter());
}

#[divan::bench(name = "4 full check")]
fn full_check(bencher: Bencher<'_, '_>) {
    let subject = subject();
    bencher.counter(BytesCount::new(subject.bytes)).bench(|| subject.check());
}

fn subject() -> &'static Subject {
    SUBJECT.get().expect("set before the stages run")
}

/// The tree, and the compiled rules it is scanned with.
struct Subject {
    root: PathBuf,
    session: Session<'static>,
    plan: Plan,
    texts: Vec<(FileKind, Vec<u8>)>,
    files: usize,
    /// Bytes of text: what the walk that reads counts.
    bytes: usize,
}

impl Subject {
    fn new(root: PathBuf) -> Result<Self> {
        let session = Session::new(&SETTINGS, &RULES);
        let plan = Plan::new(&RULES, |_| true);
        let mut subject = Self { root, session, plan, texts: Vec::new(), files: 0, bytes: 0 };
        let mut entries = subject.inputs()?.listed(&SETTINGS).entries;
        // A walk's order is chance; the files that are taken should not be.
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        subject.files = entries.len();
        subject.bytes = subject.walk_and_read();
        ensure!(subject.bytes > 0, "no text in {}", subject.root.display());
        let mut reader = Reader::new(SETTINGS.max_file_size);
        for entry in entries.iter().step_by(subject.bytes.div_ceil(IN_MEMORY)) {
            each_text(&mut reader, entry, |text| {
                subject.texts.push((identify(entry.path.as_bytes(), text).0, text.to_vec()));
            });
        }
        Ok(subject)
    }

    fn bytes_in_memory(&self) -> usize {
        self.texts.iter().map(|(_, text)| text.len()).sum()
    }

    fn inputs(&self) -> Result<Inputs> {
        input::walk(std::slice::from_ref(&self.root), &SETTINGS).into_diagnostic()
    }

    fn walk(&self) -> Inputs {
        self.inputs().expect("the tree was there a moment ago").listed(&SETTINGS)
    }

    /// Opens, reads and closes every file as a scan does; returns the bytes of text.
    fn walk_and_read(&self) -> usize {
        let mut inputs = self.inputs().expect("the tree was there a moment ago");
        let shares = inputs.visit_tree(
            &SETTINGS,
            || (Reader::new(SETTINGS.max_file_size), 0),
            |(reader, bytes), entry| each_text(reader, &entry, |text| *bytes += black_box(text).len()),
        );
        shares.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Searches the texts in memory; returns the number of hits.
    fn prefilter(&self) -> usize {
        in_pool(|| self.texts.par_chunks(CHUNK).flatten().map(|(kind, text)| self.plan.count_hits(*kind, text)).sum())
    }

    fn check(&self) -> Outcome {
        self.session.check(self.inputs().expect("the tree was there a moment ago"))
    }

    /// The stages in turn, so that what else the machine does meets all of them alike.
    fn print_ratios(&self) {
        let in_memory = self.bytes as f64 / self.bytes_in_memory() as f64;
        let (mut to_floor, mut to_parts) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let floor = seconds(|| self.walk_and_read());
            let prefilter = seconds(|| self.prefilter()) * in_memory;
            let full = seconds(|| self.check());
            to_floor.push(full / floor);
            to_parts.push(full / (floor + prefilter));
        }
        println!("\nmedians of {ROUNDS} rounds, the stages in turn:");
        println!("full / (walk + read)              {:.2}  (goal {GOAL:.1})", median(&mut to_floor));
        println!("full / (walk + read + prefilter)  {:.2}", median(&mut to_parts));
    }
}

/// Calls `visit` with the text of a file, window by window if it is large; what a scan skips has none.
fn each_text(reader: &mut Reader, entry: &Entry, mut visit: impl FnMut(&[u8])) {
    match reader.read(&entry.path, entry.explicit) {
        Ok(Text::Whole(text, _)) => visit(&text),
        // A file that turns out too large on the way is left out by a scan as well.
        Ok(Text::Large(large)) => drop(reader.windows(large, |text, _, _| visit(text))),
        Err(_) => {}
    }
}

/// Runs `work` in a pool that is made for it, as every scan makes its own.
fn in_pool<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(SETTINGS.threads).build();
    pool.expect("threads can be started").install(work)
}

fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
