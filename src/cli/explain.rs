//! `keylint explain`.

use super::args::ExplainArgs;
use super::{explain_line, page};
use crate::config;
use crate::rules::{Family, RuleSet};
use miette::{IntoDiagnostic as _, Result};

pub(super) fn run(args: &ExplainArgs) -> Result<u8> {
    if let Some((path, line)) = place(&args.subject) {
        super::print(&explain_line::text(path, line, &args.rules)?).into_diagnostic()?;
        return Ok(0);
    }
    let mut rules = RuleSet::builtin()?;
    for dir in &args.rules {
        rules.add_dir(dir)?;
    }
    let name = config::resolve(&args.subject, &rules)?;
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

/// The file and the line (from 1) of `FILE:LINE` or `FILE:LINE:COLUMN`, as reports write places.
fn place(subject: &str) -> Option<(&str, usize)> {
    let (rest, last) = subject.rsplit_once(':')?;
    let last: usize = last.parse().ok()?;
    let of_column = rest.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse().ok()?)));
    Some(of_column.unwrap_or((rest, last))).filter(|(_, line)| *line > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_from_rules() {
        assert_eq!(place("a/b.py:3"), Some(("a/b.py", 3)));
        assert_eq!(place("a/b.py:3:14"), Some(("a/b.py", 3)));
        assert_eq!(place("C:\\a.py:3"), Some(("C:\\a.py", 3)));
        assert_eq!(place("openai-project-key"), None);
        assert_eq!(place("a.py:0"), None);
    }
}
