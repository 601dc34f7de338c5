//! `keylint check`.

use super::args::CheckArgs;
use crate::config::Settings;
use crate::finding::Applicability;
use crate::fix::{self, Repair};
use crate::input::{self, Inputs};
use crate::report::{self, plural};
use crate::rules::RuleSet;
use crate::run::{Outcome, Scans, Session};
use crate::source::RelPath;
use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Stands for standard input among the paths.
const STDIN: &str = "-";

pub(super) fn run(args: &CheckArgs) -> Result<u8> {
    let cwd = super::scan::current_dir()?;
    let (settings, rules) = settings(args, &cwd)?;
    let session = Session::new(&settings, &rules);
    let asked = change(args)?;
    let (inputs, changes) = match &asked {
        Asked::Files => (inputs(args, &settings)?, None),
        Asked::Since(rev) => {
            // A wrong name is told before anything is read.
            let changes = input::Changes::since(rev).into_diagnostic()?;
            (inputs(args, &settings)?, Some(changes))
        }
        Asked::Staged => staged(args, &settings)?,
    };
    let from_index = matches!(asked, Asked::Staged) && inputs.entries.is_empty() && inputs.tree.is_none();
    let mut scans = session.scan(inputs);
    if from_index {
        hear_rest(&session, &mut scans, changes.as_ref(), &settings, args.run.scan.verbose)?;
    }
    let mut outcome = if args.fix || args.diff {
        let repair = repair(args, &session, scans.clone())?;
        if args.diff {
            show(args, &repair)?;
            session.settle(scans)
        } else {
            repair.write(fix::replace)
        }
    } else {
        session.settle(scans)
    };
    if let Some(changes) = changes {
        outcome.keep_changed(&changes).into_diagnostic()?;
    }
    if !args.diff {
        super::scan::report(&args.run, &outcome, &rules)?;
    }
    if args.run.scan.verbose {
        super::scan::tell_skipped(&outcome);
    }
    let code = outcome.exit_code(settings.fail_on);
    if outcome.files == 0 && code == super::CANNOT_START {
        super::tell(&nothing_scanned(args, &outcome));
    }
    // The program ends here: to give back a few thousand small pieces of memory would take a tenth of a short run.
    std::mem::forget((session, outcome));
    std::mem::forget(rules);
    Ok(if code == super::FOUND && args.run.exit_zero { 0 } else { code })
}

/// The fixes the user asked for, applied in memory.
fn repair<'s>(args: &CheckArgs, session: &'s Session<'s>, scans: Scans) -> Result<Repair<'s>> {
    if args.paths.iter().any(|path| path == Path::new(STDIN)) {
        return Err(miette!("fixes are for files on disk: leave `-` out, or leave --fix and --diff out"));
    }
    let most = if args.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    Ok(Repair::new(session, scans, |_, fix| fix.applicability <= most, |_, open| fix::read(open)))
}

/// Prints what the fixes would change.
fn show(args: &CheckArgs, repair: &Repair<'_>) -> Result<()> {
    let changes: Vec<_> = repair.changes().collect();
    let mut out = BufWriter::new(std::io::stdout().lock());
    report::write_diff(&changes, args.run.show_secrets, &mut out)
        .into_diagnostic()
        .wrap_err("cannot write the diff to standard output")?;
    for (path, reason) in repair.refused() {
        super::tell(&format!("{} cannot be fixed: it {reason}", path.printable()));
    }
    let files = changes.len();
    super::tell(&format!("would fix {} in {}", plural(repair.count(), "finding"), plural(files, "file")));
    Ok(())
}

/// Command line over configuration file over defaults.
pub(super) fn settings(args: &CheckArgs, cwd: &Path) -> Result<(Settings, RuleSet)> {
    let (mut settings, rules) = super::scan::settings(&args.run, &start(args, cwd), cwd)?;
    settings.respect_ignores = !args.no_ignore;
    Ok((settings, rules))
}

/// Where the search for a configuration starts: the deepest directory that holds all paths.
fn start(args: &CheckArgs, cwd: &Path) -> PathBuf {
    let mut dirs =
        args.paths.iter().chain(args.stdin_filename.as_ref()).filter(|path| *path != Path::new(STDIN)).map(|path| {
            let full = cwd.join(path);
            // What is no directory, or does not exist, stands in one.
            let dir = if full.is_dir() { full } else { full.parent().map(Path::to_owned).unwrap_or(full) };
            dir.canonicalize().unwrap_or_else(|_| cwd.to_owned())
        });
    let Some(first) = dirs.next().filter(|_| !args.staged) else { return cwd.to_owned() };
    dirs.fold(first, |common, dir| {
        common.ancestors().find(|ancestor| dir.starts_with(ancestor)).unwrap_or(&common).to_owned()
    })
}

pub(super) fn inputs(args: &CheckArgs, settings: &Settings) -> Result<Inputs> {
    let wants_stdin = args.paths.iter().any(|path| path == Path::new(STDIN));
    if args.stdin_filename.is_some() && !wants_stdin {
        return Err(miette!("--stdin-filename names the text on standard input: add `-` to read it"));
    }
    let mut roots: Vec<PathBuf> = args.paths.iter().filter(|path| *path != Path::new(STDIN)).cloned().collect();
    if let Some(list) = &args.files_from {
        if wants_stdin && list == Path::new(STDIN) {
            return Err(miette!("standard input cannot be the list of paths and a text to lint"));
        }
        roots.extend(input::read_list(list, args.null_separated).into_diagnostic()?);
    } else if roots.is_empty() && !wants_stdin {
        roots.push(PathBuf::from("."));
    }
    let mut inputs = input::walk(&roots, settings).into_diagnostic()?;
    if wants_stdin {
        let name = args.stdin_filename.as_deref().unwrap_or_else(|| Path::new("stdin"));
        inputs.texts.push((RelPath::new(name), input::read_stdin().into_diagnostic()?));
        inputs.exclude(settings);
    }
    Ok(inputs)
}

/// What the user asks about.
enum Asked {
    /// Files on disk.
    Files,
    /// Lines of files on disk that came since a commit.
    Since(String),
    /// What the next commit will hold.
    Staged,
}

fn change(args: &CheckArgs) -> Result<Asked> {
    if let Some(rev) = &args.since {
        return Ok(Asked::Since(rev.clone()));
    }
    if !args.staged {
        return Ok(Asked::Files);
    }
    if args.paths.iter().any(|path| path == Path::new(STDIN)) {
        return Err(miette!("--staged reads git's index, not standard input: leave `-` out"));
    }
    // `pre-commit run --from-ref … --to-ref …` asks its hooks about commits, not about what is staged.
    let from = std::env::var("PRE_COMMIT_FROM_REF").ok().filter(|rev| is_pre_commit() && !rev.is_empty());
    Ok(from.map_or(Asked::Staged, Asked::Since))
}

fn is_pre_commit() -> bool {
    std::env::var_os("PRE_COMMIT").is_some_and(|value| value == "1")
}

fn staged(args: &CheckArgs, settings: &Settings) -> Result<(Inputs, Option<input::Changes>)> {
    let input::Staged { mut inputs, changes } = input::staged(&args.paths, settings.max_file_size).into_diagnostic()?;
    if changes.is_empty() && is_pre_commit() {
        // pre-commit runs no hook for an empty commit: this is `pre-commit run --all-files`.
        super::tell("nothing is staged: all files are checked");
        return Ok((self::inputs(args, settings)?, None));
    }
    if changes.is_empty() {
        super::tell("nothing is staged");
    }
    inputs.exclude(settings);
    Ok((inputs, (!args.whole_file).then_some(changes)))
}

/// Reads the rest of the index if what is staged depends on it: a short look at most commits stays short.
fn hear_rest(
    session: &Session<'_>,
    scans: &mut Scans,
    changes: Option<&input::Changes>,
    settings: &Settings,
    verbose: bool,
) -> Result<()> {
    // Lines that did not change are not reported, whatever other files say.
    if !scans.is_undecided(changes).into_diagnostic()? {
        return Ok(());
    }
    let known: BTreeSet<RelPath> = scans.paths().cloned().collect();
    let wanted = |path: &RelPath| !known.contains(path) && !settings.excludes(path);
    let mut rest = Inputs::default();
    let take = |texts: &[_]| session.hear(scans, texts);
    let count = input::rest_of_index(wanted, &mut rest, take).into_diagnostic()?;
    scans.add_errors(rest.errors);
    if verbose {
        super::tell(&format!("read for what it says about staged files: {}", plural(count, "file")));
    }
    Ok(())
}

/// Why a run over no file is no all-clear.
fn nothing_scanned(args: &CheckArgs, outcome: &Outcome) -> String {
    let paths: Vec<String> = args.paths.iter().map(|path| RelPath::new(path).printable()).collect();
    let place = match paths.as_slice() {
        _ if args.files_from.is_some() => "in the list of paths".to_owned(),
        [] => "in the current directory".to_owned(),
        [path] if path.is_empty() => "in the current directory".to_owned(),
        [path] => format!("in {path}"),
        paths => format!("in {} paths", paths.len()),
    };
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, reason) in &outcome.skipped {
        *reasons.entry(reason.as_str()).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let skipped = if reasons.is_empty() { String::new() } else { format!(" (skipped: {})", reasons.join(", ")) };
    format!("nothing was scanned: no file to check {place}{skipped}")
}
