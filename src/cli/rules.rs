//! `keylint rules`: list them, run their examples, print their schema.

use super::args::{ListFormat, RulesArgs, RulesCommand};
use super::{docs, page};
use crate::rules::{Rule, RuleSet};
use crate::selftest;
use crate::source::RelPath;
use crate::text::sanitize::printable_str;
use miette::{IntoDiagnostic as _, Result, miette};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn run(args: RulesArgs) -> Result<u8> {
    match args.command.unwrap_or(RulesCommand::List { format: ListFormat::Human, rules: Vec::new() }) {
        RulesCommand::List { format, rules } => list(format, &rules),
        RulesCommand::Test { dir } => test(dir.as_deref()),
        RulesCommand::Schema => schema(),
        RulesCommand::Docs { check, dir } => docs::run(&dir, check),
    }
}

/// All rules in the order of families and ids.
pub(super) fn sorted(rules: &RuleSet) -> Vec<&Arc<Rule>> {
    let mut sorted: Vec<&Arc<Rule>> = rules.iter().collect();
    sorted.sort_by(|a, b| (a.family, &a.id).cmp(&(b.family, &b.id)));
    sorted
}

fn list(format: ListFormat, dirs: &[PathBuf]) -> Result<u8> {
    let mut rules = RuleSet::builtin()?;
    for dir in dirs {
        rules.add_dir(dir)?;
    }
    let text = match format {
        ListFormat::Human => page::list(&sorted(&rules)),
        ListFormat::Json => {
            let list: Vec<_> = sorted(&rules).into_iter().map(|rule| entry(rule)).collect();
            format!("{}\n", serde_json::Value::from(list))
        }
    };
    super::print(&text).into_diagnostic()?;
    Ok(0)
}

fn entry(rule: &Rule) -> serde_json::Value {
    serde_json::json!({
        "id": rule.id,
        "family": rule.family,
        "title": rule.title,
        "severity": rule.severity,
        "confidence": rule.confidence,
        "cause": rule.cause,
        "provider": rule.provider,
        "fix": rule.fix.as_ref().map(|fix| fix.applicability),
        "since": rule.since,
        "aliases": rule.aliases,
        "builtin": rule.is_builtin,
    })
}

fn schema() -> Result<u8> {
    let text = serde_json::to_string_pretty(&crate::rules::json_schema()).into_diagnostic()?;
    super::print(&format!("{text}\n")).into_diagnostic()?;
    Ok(0)
}

/// Runs the examples of the rules in `dir`, with keylint's own rules around them.
fn test(dir: Option<&Path>) -> Result<u8> {
    let mut rules = RuleSet::default();
    if let Some(dir) = dir {
        rules.add_dir(dir)?;
        if rules.iter().next().is_none() {
            return Err(miette!("no rule file in {}", RelPath::new(dir).printable()));
        }
    }
    rules.add_missing_builtin()?;
    let mut out = String::new();
    let (mut tested, mut examples, mut failed) = (0, 0, 0);
    for rule in rules.iter().filter(|rule| rule.is_builtin == dir.is_none()) {
        tested += 1;
        if rule.examples().is_empty() {
            let _ = writeln!(out, "warning: {} has no examples", rule.id);
        }
        for example in rule.examples() {
            examples += 1;
            if let Err(reason) = selftest::run_example(&rules, rule, example) {
                failed += 1;
                let name = printable_str(&example.name);
                let _ = writeln!(out, "FAILED {} / {name}: {}", rule.id, printable_str(&reason));
            }
        }
    }
    let _ = writeln!(out, "{tested} rules, {examples} examples, {failed} failed");
    super::print(&out).into_diagnostic()?;
    Ok(if failed > 0 { super::FOUND } else { 0 })
}
