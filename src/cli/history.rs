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
    let cwd = super::scan::current_dir()?;
    // Paths of commits start at the repository's root, and so do the patterns they are matched with.
    let root = input::root(args.dir.as_deref()).into_diagnostic()?;
    let root = cwd.join(root);
    let (settings, rules) = super::scan::settings(&args.run, &root, &root)?;
    let session = Session::for_history(&settings, &rules);
    let scope = if args.pre_push {
        pushed()?
    } else {
        let ranges = args.range.iter().cloned().collect();
        Scope { since: args.since.clone(), ranges, branch: args.branch.clone(), pushed: false }
    };
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

/// What a push brings.
fn pushed() -> Result<Scope> {
    let mut scope = Scope { pushed: true, ..Scope::default() };
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if variable("PRE_COMMIT").is_some() {
        match (variable("PRE_COMMIT_FROM_REF"), variable("PRE_COMMIT_TO_REF")) {
            (Some(from), Some(to)) => scope.ranges.push(format!("{from}..{to}")),
            // A push of commits without a parent the remote could have.
            _ => scope.branch = Some(variable("PRE_COMMIT_LOCAL_BRANCH").unwrap_or_else(|| "HEAD".to_owned())),
        }
        return Ok(scope);
    }
    // `LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID`, a line for each ref.
    let lines = input::read_stdin().into_diagnostic()?;
    for line in String::from_utf8_lossy(&lines).lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, remote] = words.as_slice() else {
            return Err(miette!("standard input is not what git writes to a pre-push hook"));
        };
        scope.ranges.push(format!("{remote}..{local}"));
    }
    Ok(scope)
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
