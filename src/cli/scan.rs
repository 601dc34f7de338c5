//! What every command that scans has in common: from arguments to settings, from an outcome to a report.

use super::args::{RunArgs, ScanArgs};
use super::terminal::Terminal;
use crate::baseline::{Baseline, Place};
use crate::config::{self, ConfigFile, Settings, parse_size, resolve};
use crate::report::{self, ReportContext};
use crate::rules::RuleSet;
use crate::run::Outcome;
use crate::source::RelPath;
use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The current directory.
pub(super) fn current_dir() -> Result<PathBuf> {
    std::env::current_dir().map_err(|error| miette!("the current directory cannot be used: {error}"))
}

/// Command line over configuration file over defaults. The configuration is looked for from `start` on; paths to match
/// later are relative to `cwd`.
pub(super) fn settings(args: &RunArgs, start: &Path, cwd: &Path) -> Result<(Settings, RuleSet)> {
    let (mut settings, rules) = scan_settings(&args.scan, start, cwd)?;
    open_baseline(&mut settings, cwd)?;
    settings.show_secrets = args.show_secrets;
    if let Some(fail_on) = args.fail_on {
        settings.fail_on = fail_on.severity();
    }
    Ok((settings, rules))
}

/// Reads the baseline that `settings` name.
pub(super) fn open_baseline(settings: &mut Settings, cwd: &Path) -> Result<()> {
    if let Some(path) = &settings.baseline_file {
        settings.baseline = Some(Arc::new(Baseline::open(path, Place::new(cwd, path))?));
    }
    Ok(())
}

/// The same for a command that reports no findings.
pub(super) fn scan_settings(args: &ScanArgs, start: &Path, cwd: &Path) -> Result<(Settings, RuleSet)> {
    let mut settings = Settings::default();
    let mut rules = RuleSet::builtin()?;
    for dir in &args.rules {
        rules.add_dir(dir)?;
    }
    let file = match &args.config {
        _ if args.isolated => None,
        Some(path) => Some(ConfigFile::open(path, cwd)?),
        None => ConfigFile::find(start)?,
    };
    if let Some(file) = file {
        file.apply(&mut settings, &mut rules, cwd)?;
        if args.verbose {
            super::tell(&format!("configuration: {}", RelPath::new(file.path()).printable()));
        }
    }
    for (list, own) in [(&args.select, &mut settings.select), (&args.ignore, &mut settings.ignore)] {
        if !list.is_empty() {
            *own = list.iter().map(|name| resolve(name, &rules)).collect::<Result<_, config::UnknownName>>()?;
        }
    }
    settings.inline &= !args.no_inline;
    if let Some(path) = &args.baseline {
        settings.baseline_file = Some(path.clone());
    }
    // More threads than cores only cost memory.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    settings.threads = args.threads.min(cores);
    if let Some(confidence) = args.min_confidence {
        settings.min_confidence = confidence.into();
    }
    if let Some(size) = &args.max_file_size {
        settings.max_file_size =
            parse_size(size).ok_or_else(|| miette!("--max-file-size: `{size}` is no size like 500kB or 20MB"))?;
    }
    Ok((settings, rules))
}

/// Prints the report, unless the user wants none.
pub(super) fn report(args: &RunArgs, outcome: &Outcome, rules: &RuleSet) -> Result<()> {
    if args.quiet {
        return Ok(());
    }
    let Terminal { color, unicode, width } = Terminal::of_stdout(args.color);
    let context = ReportContext { rules, color, unicode, width };
    let mut out = BufWriter::new(std::io::stdout().lock());
    report::write(args.format, outcome, context, &mut out)
        .into_diagnostic()
        .wrap_err("cannot write the report to standard output")
}

/// Names what was left out, and why.
pub(super) fn tell_skipped(outcome: &Outcome) {
    for (path, reason) in &outcome.skipped {
        super::tell(&format!("skipped {}: {}", path.printable(), reason.as_str()));
    }
}
