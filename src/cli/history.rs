//! `keylint history`.

use super::args::HistoryArgs;
use crate::input::{self, Progress, Scope};
use crate::run::Session;
use miette::{IntoDiagnostic as _, Result, miette};
use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often the progress is shown.
const TICK: Duration = Duration::from_millis(200);

pub(super) fn run(args: &HistoryArgs) -> Result<u8> {
    let cwd = std::env::current_dir().map_err(|error| miette!("the current directory cannot be used: {error}"))?;
    // Paths of commits start at the repository's root, and so do the patterns they are matched with.
    let root = input::root(args.dir.as_deref()).into_diagnostic()?;
    let root = cwd.join(root);
    let (settings, rules) = super::scan::settings(&args.run, &root, &root)?;
    let session = Session::for_history(&settings, &rules);
    let scope = Scope { since: args.since.clone(), range: args.range.clone(), branch: args.branch.clone() };
    let progress = Progress::default();
    let over = AtomicBool::new(false);
    let outcome = std::thread::scope(|threads| {
        if !args.run.quiet && std::io::stderr().is_terminal() {
            threads.spawn(|| show(&progress, &over));
        }
        let outcome = session.history(args.dir.as_deref(), &scope, &progress);
        over.store(true, Ordering::Relaxed);
        outcome
    })
    .into_diagnostic()?;
    super::scan::report(&args.run, &outcome, &rules)?;
    if args.run.scan.verbose {
        super::scan::tell_skipped(&outcome);
    }
    if outcome.commits == Some(0) {
        let what = if outcome.may_be_empty { "no commit is in question" } else { "the repository has no commit" };
        super::tell(&format!("nothing was scanned: {what}"));
    }
    let code = outcome.exit_code(settings.fail_on);
    Ok(if code == super::FOUND && args.run.exit_zero { 0 } else { code })
}

/// Shows how far the reading is, on a line that is gone when it is over.
fn show(progress: &Progress, over: &AtomicBool) {
    let mut err = std::io::stderr();
    while !over.load(Ordering::Relaxed) {
        std::thread::sleep(TICK);
        let (done, total) = (progress.done.load(Ordering::Relaxed), progress.total.load(Ordering::Relaxed));
        if let Some(percent) = (done * 100).checked_div(total) {
            // Nothing is left to do if standard error is closed.
            let _ = write!(err, "\rreading history: {} %", percent.min(100));
        }
    }
    let _ = write!(err, "\r\u{1b}[K");
}
