//! `keylint explain`.

use super::args::ExplainArgs;
use super::page;
use crate::config;
use crate::rules::{Family, RuleSet};
use miette::{IntoDiagnostic as _, Result};

pub(super) fn run(args: &ExplainArgs) -> Result<u8> {
    let mut rules = RuleSet::builtin()?;
    for dir in &args.rules {
        rules.add_dir(dir)?;
    }
    let name = config::resolve(&args.rule, &rules)?;
    let text = if let Some(rule) = rules.get(&name) {
        page::terminal(rule)
    } else {
        let family = Family::ALL.iter().find(|family| family.as_str() == name);
        let members: Vec<_> = rules.iter().filter(|rule| Some(&rule.family) == family).collect();
        format!("`{name}` is a family of {} rules:\n{}", members.len(), page::list(&members))
    };
    super::print(&text).into_diagnostic()?;
    Ok(0)
}
