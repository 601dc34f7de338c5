//! `keylint baseline`.

use super::args::{BaselineArgs, BaselineCommand, BaselineScanArgs};
use super::scan;
use crate::baseline::{Baseline, Import, Place, Status};
use crate::config::{ConfigFile, Settings};
use crate::finding::Finding;
use crate::input::{self, Progress, Scope};
use crate::report::plural;
use crate::rules::RuleSet;
use crate::run::{Outcome, Session};
use crate::source::RelPath;
use crate::text::sanitize;
use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};
use rustc_hash::FxHashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The baseline where nobody names one.
const NAME: &str = ".keylint-baseline";

pub(super) fn run(args: &BaselineArgs) -> Result<u8> {
    let cwd = super::scan::current_dir()?;
    match &args.command {
        BaselineCommand::Create(args) => {
            let (file, settings, rules) = prepare(args, &cwd)?;
            if file.symlink_metadata().is_ok() {
                let shown = RelPath::new(&file).printable();
                return Err(miette!("{shown} is there already: `keylint baseline update` adds what it lacks"));
            }
            let found = search(args, &settings, &rules, &cwd)?;
            let code = write(Baseline::empty(Place::new(&cwd, &file)), &file, args, &found)?;
            let shown = RelPath::new(file.strip_prefix(&cwd).unwrap_or(&file)).printable();
            super::tell(&format!("`--baseline {shown}` or, in keylint.toml, `baseline = \"{shown}\"` makes it count"));
            Ok(code)
        }
        BaselineCommand::Update(args) => {
            let (file, settings, rules) = prepare(args, &cwd)?;
            let baseline = Baseline::open(&file, Place::new(&cwd, &file))?;
            write(baseline, &file, args, &search(args, &settings, &rules, &cwd)?)
        }
        BaselineCommand::Import { from, scan } => {
            let (file, settings, rules) = prepare(scan, &cwd)?;
            let place = Place::new(&cwd, &file);
            let known = file.symlink_metadata().is_ok();
            let baseline = if known { Baseline::open(&file, place)? } else { Baseline::empty(place) };
            import(baseline, &file, from, scan, &search(scan, &settings, &rules, &cwd)?)
        }
        BaselineCommand::Prune(args) => {
            let (file, mut settings, rules) = prepare(args, &cwd)?;
            let mut baseline = Baseline::open(&file, Place::new(&cwd, &file))?;
            settings.baseline = Some(Arc::new(baseline.clone()));
            let found = search(args, &settings, &rules, &cwd)?;
            if !found.is_complete {
                return Err(miette!("what was not read may hold what entries are about: nothing is removed"));
            }
            let removed = baseline.retain(|entry| !found.unused.contains(&entry.id));
            baseline.write(&file)?;
            super::tell(&format!("{} removed, {} left", entries(removed), entries(baseline.entries().len())));
            Ok(0)
        }
        BaselineCommand::List { baseline } => {
            let file = baseline.clone().map_or_else(|| configured(&cwd), Ok)?;
            let baseline = Baseline::open(&file, Place::new(&cwd, &file))?;
            let shown = |text: &str| sanitize::printable_str(text);
            let lines = baseline.entries().into_iter().map(|entry| {
                let reason =
                    if entry.reason.is_empty() { String::new() } else { format!(": {}", shown(&entry.reason)) };
                format!(
                    "{} {} [{}] {}{reason}\n",
                    shown(&entry.id),
                    shown(&entry.path),
                    shown(&entry.rule),
                    entry.status.as_str()
                )
            });
            super::print(&lines.collect::<String>()).into_diagnostic()?;
            Ok(0)
        }
    }
}

/// What a search came to.
struct Found {
    findings: Vec<Finding>,
    /// Ids of the entries that accept nothing any more.
    unused: FxHashSet<String>,
    is_complete: bool,
}

/// The baseline's file, and settings that accept nothing.
fn prepare(args: &BaselineScanArgs, cwd: &Path) -> Result<(PathBuf, Settings, RuleSet)> {
    let (mut settings, rules) = scan::scan_settings(&args.scan, cwd, cwd)?;
    settings.respect_ignores = !args.no_ignore;
    let file = settings.baseline_file.take().unwrap_or_else(|| cwd.join(NAME));
    Ok((file, settings, rules))
}

/// The baseline the configuration names.
fn configured(cwd: &Path) -> Result<PathBuf> {
    let (mut settings, mut rules) = (Settings::default(), RuleSet::builtin()?);
    if let Some(file) = ConfigFile::find(cwd)? {
        file.apply(&mut settings, &mut rules, cwd)?;
    }
    Ok(settings.baseline_file.unwrap_or_else(|| cwd.join(NAME)))
}

/// All findings of today, and of every day if the user wants them.
fn search(args: &BaselineScanArgs, settings: &Settings, rules: &RuleSet, cwd: &Path) -> Result<Found> {
    let inputs = input::walk(&args.paths, settings).into_diagnostic()?;
    let mut outcomes: Vec<Outcome> = vec![Session::new(settings, rules).check(inputs)];
    let mut findings = std::mem::take(&mut outcomes[0].findings);
    if args.history {
        let session = Session::for_history(settings, rules);
        let mut old = session.history(None, &Scope::default(), &Progress::default()).into_diagnostic()?;
        // Paths of commits start at the root.
        let root = input::root(None).into_diagnostic()?;
        for finding in &mut old.findings {
            let full = root.join(finding.path.to_path());
            finding.path = RelPath::new(full.strip_prefix(cwd).unwrap_or(&full));
        }
        findings.append(&mut old.findings);
        outcomes.push(old);
    }
    let errors = outcomes.iter().flat_map(|outcome| &outcome.errors);
    for (path, reason) in errors {
        super::tell(&format!("not read: {}: {reason}", path.printable()));
    }
    let unused = outcomes.iter().flat_map(|outcome| outcome.unused_entries.iter().cloned()).collect();
    Ok(Found { findings, unused, is_complete: outcomes.iter().all(Outcome::is_complete) })
}

fn write(mut baseline: Baseline, file: &Path, args: &BaselineScanArgs, found: &Found) -> Result<u8> {
    let mut added = 0;
    for finding in &found.findings {
        added += usize::from(baseline.add(finding, args.status, &args.reason));
    }
    finish(&baseline, file, added, found)
}

fn import(mut baseline: Baseline, file: &Path, from: &Path, args: &BaselineScanArgs, found: &Found) -> Result<u8> {
    let shown = RelPath::new(from).printable();
    let text = std::fs::read(from).into_diagnostic().wrap_err_with(|| format!("cannot read {shown}"))?;
    let import = Import::parse(&String::from_utf8_lossy(&text)).into_diagnostic().wrap_err_with(|| shown.clone())?;
    let name = from.file_name().map(|name| RelPath::new(Path::new(name)).printable()).unwrap_or_default();
    let mut added = 0;
    for finding in &found.findings {
        let Some(status) = baseline.imports(&import, finding) else { continue };
        let status = if args.status == Status::Accepted { status } else { args.status };
        let reason = if args.reason.is_empty() { format!("imported from {name}") } else { args.reason.clone() };
        added += usize::from(baseline.add(finding, status, &reason));
    }
    super::tell(&format!("{shown} accepts {}", plural(import.len(), "place")));
    finish(&baseline, file, added, found)
}

/// Writes the baseline and says what is in it.
fn finish(baseline: &Baseline, file: &Path, added: usize, found: &Found) -> Result<u8> {
    baseline.write(file)?;
    let (count, shown) = (baseline.entries().len(), RelPath::new(file).printable());
    super::tell(&format!("{shown}: {} added, {} in all", entries(added), entries(count)));
    Ok(if found.is_complete { 0 } else { super::INCOMPLETE })
}

fn entries(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}
