//! `keylint explain FILE:LINE`: why a line is, or is not, reported.

use super::args::{Args, CheckArgs, Command};
use super::check;
use crate::config::Settings;
use crate::engine::{Plan, Trace, trace};
use crate::finding::Finding;
use crate::input::{Entry, Inputs};
use crate::rules::{Confidence, RuleSet};
use crate::run::{Outcome, Session};
use crate::source::{self, FileKind, RelPath, Role, SourceFile};
use crate::text::sanitize::{printable, printable_str};
use clap::Parser as _;
use miette::{IntoDiagnostic as _, Result, miette};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The answer for line `line` of the file at `path`, with the rule files below `dirs` besides keylint's own.
pub(super) fn text(path: &str, line: usize, dirs: &[PathBuf]) -> Result<String> {
    let cwd = super::scan::current_dir()?;
    let args = check_args(path, dirs)?;
    let (settings, rules) = check::settings(&args, &cwd)?;
    // A run from here knows what git ignores; a file that is named is read in any case.
    let mut entries = check::inputs(&args, &settings)?.listed(&settings).entries;
    let full = Path::new(path).canonicalize().into_diagnostic()?;
    let is_below = cwd.canonicalize().is_ok_and(|cwd| full.starts_with(cwd));
    let folder = if is_below { Some(Path::new(".")) } else { full.parent() };
    let around = check_args(&folder.unwrap_or(&full).to_string_lossy(), dirs)?;
    let around = check::inputs(&around, &settings)?.listed(&settings);
    let is_it = |entry: &Entry| {
        let path = entry.path.to_path();
        path.file_name() == full.file_name() && path.canonicalize().is_ok_and(|other| other == full)
    };
    let listed = around.entries.iter().find(|entry| is_it(entry));
    for entry in &mut entries {
        entry.ignored = listed.is_some_and(|listed| listed.ignored);
    }
    let outcome = Session::new(&settings, &rules).check(inputs(&entries));
    if outcome.files == 0 {
        let mut reasons = outcome.skipped.iter().map(|(_, reason)| reason.as_str().to_owned());
        let reason = reasons.next().or_else(|| outcome.errors.first().map(|(_, reason)| reason.clone()));
        let reason = reason.unwrap_or_else(|| "the configuration excludes it".to_owned());
        return Ok(format!("{}:{line} is not scanned: {reason}\n", printable_str(path)));
    }
    let bytes = std::fs::read(path).map_err(|error| miette!("cannot read {}: {error}", printable_str(path)))?;
    let Some((decoded, encoding)) = source::decode(&bytes, bytes.len().min(8192)) else {
        return Err(miette!("{} is no text", printable_str(path)));
    };
    let rel = RelPath::new(Path::new(path));
    let (kind, role) = source::identify(rel.as_bytes(), &decoded);
    let file = SourceFile { path: &rel, kind, role, text: &decoded, encoding, ignored: false };
    let Some(trace) = trace(&Plan::new(&rules, |_| true), &file, line) else {
        return Err(miette!("{} has no line {line}", printable_str(path)));
    };
    let mut out = format!("{}:{line}  {}\n{}\n", printable_str(path), read_as(kind, role), trace.line.text);
    if listed.is_none() {
        out.push_str(
            "\nA run without its name leaves the file out: git ignores it, or the configuration excludes it.\n",
        );
    }
    let levels = levels(&settings, &rules, outcome, &entries, line);
    for (why, findings) in &levels {
        for finding in findings {
            describe(&mut out, why, finding);
        }
    }
    silent(&mut out, &trace, &levels);
    out.push_str("\nRules that compare files (env-name) saw this file only.\n");
    Ok(out)
}

fn inputs(entries: &[Entry]) -> Inputs {
    Inputs { entries: entries.to_vec(), ..Inputs::default() }
}

/// The arguments of a check of this one path.
fn check_args(path: &str, dirs: &[PathBuf]) -> Result<CheckArgs> {
    let mut words: Vec<OsString> = vec!["keylint".into(), "check".into(), "--threads=1".into()];
    words.extend(dirs.iter().map(|dir| [OsString::from("--rules="), dir.into()].into_iter().collect()));
    words.extend(["--".into(), path.into()]);
    match Args::try_parse_from(words).into_diagnostic()?.command {
        Command::Check(args) => Ok(args),
        _ => Err(miette!("cannot check {}", printable_str(path))),
    }
}

/// What was found on the line, by what stopped its being reported; empty for what is reported.
type Levels = Vec<(&'static str, Vec<Finding>)>;

/// Checks the file again and again, each time with one reason less not to report something.
fn levels(settings: &Settings, rules: &RuleSet, reported: Outcome, entries: &[Entry], line: usize) -> Levels {
    let heard = Settings { inline: false, ..settings.clone() };
    let renewed = Settings { baseline: None, ..heard.clone() };
    let allowed = Settings { allow: Vec::new(), ..renewed.clone() };
    let complete =
        Settings { select: Vec::new(), ignore: Vec::new(), min_confidence: Confidence::Low, ..allowed.clone() };
    let check = |settings: &Settings, entries: &[Entry]| Session::new(settings, rules).check(inputs(entries));
    let kept: Vec<Entry> = entries.iter().map(|entry| Entry { ignored: false, ..entry.clone() }).collect();
    let outcomes = [
        ("", reported),
        ("a comment allows it", check(&heard, entries)),
        ("the baseline accepts it", check(&renewed, entries)),
        ("the configuration allows it here", check(&allowed, entries)),
        ("the configuration leaves the rule out", check(&complete, entries)),
        ("git ignores the file, and there a key may stand", check(&complete, &kept)),
    ];
    let mut seen = Vec::new();
    let mut levels = Vec::new();
    for (why, outcome) in outcomes {
        let lines = |finding: &Finding| finding.location.start.line..=finding.location.end.line;
        let here = outcome.findings.into_iter().filter(|finding| lines(finding).contains(&line));
        let new: Vec<Finding> = here.filter(|f| !seen.contains(&(f.rule.id.clone(), f.location.span))).collect();
        seen.extend(new.iter().map(|finding| (finding.rule.id.clone(), finding.location.span)));
        // Without the comments, those that allow nothing are findings of their own.
        levels.push((why, new.into_iter().filter(|f| why.is_empty() || f.rule.id != "unused-allow").collect()));
    }
    levels
}

fn describe(out: &mut String, why: &str, finding: &Finding) {
    let (rule, severity) = (&finding.rule.id, finding.severity);
    let _ = match why {
        "" => write!(out, "\nreported: {severity}[{rule}] at column {}\n", finding.location.start.column),
        why => write!(out, "\nnot reported, {why}: {severity}[{rule}] at column {}\n", finding.location.start.column),
    };
    let _ = writeln!(out, "  {}", printable_str(&finding.message));
    if let Some(secret) = &finding.secret {
        let _ = writeln!(out, "  {secret}");
    }
    for also in &finding.also {
        let _ = writeln!(out, "  speaks for {} too, which found the same value", also.rule);
    }
}

/// The rules that had something to look at and said nothing.
fn silent(out: &mut String, trace: &Trace, levels: &Levels) {
    let findings = || levels.iter().flat_map(|(_, findings)| findings);
    let spoke =
        |id: &str| findings().any(|finding| finding.rule.id == id || finding.also.iter().any(|also| &*also.rule == id));
    let mut is_first = true;
    for candidate in trace.candidates.iter().filter(|candidate| !spoke(&candidate.rule.id)) {
        if is_first {
            out.push_str("\nlooked and said nothing:\n");
            is_first = false;
        }
        let stopped = candidate.stopped.unwrap_or("another rule speaks about the same value");
        let _ = writeln!(out, "  {} at column {} ({}): {stopped}", candidate.rule.id, candidate.column, candidate.what);
    }
    for name in &trace.other_names {
        let _ = writeln!(
            out,
            "\n{name} is no credential's name: such a name ends in a word like KEY, TOKEN or PASSWORD, and no word of it \
                 says otherwise (PUBLIC, PATH, HASH)."
        );
    }
    if is_first && trace.other_names.is_empty() && findings().next().is_none() {
        out.push_str("\nNo rule that goes by a key's prefix or a credential's name had anything to look at.\n");
    }
}

/// What the file is for keylint.
fn read_as(kind: FileKind, role: Role) -> String {
    let role = match role {
        Role::Live => "in use",
        Role::Template => "a template",
        Role::Documentation => "documentation",
        Role::Test => "a test",
    };
    format!("(read as {}, {role})", printable(format!("{kind:?}").to_lowercase().as_bytes()))
}
