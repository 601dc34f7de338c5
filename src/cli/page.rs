//! A rule's page: in the terminal, and as Markdown.

use crate::rules::example::{Example, sketch};
use crate::rules::{Applicability, Rule};
use crate::text::sanitize::{printable_str, same_length};
use std::fmt::Write as _;
use std::sync::Arc;

/// How wide running text is set, in characters.
const WIDTH: usize = 80;

/// The page for a terminal.
pub(super) fn terminal(rule: &Rule) -> String {
    let docs = rule.docs();
    let mut out = format!("{}\n  {}\n\n", rule.id, printable_str(&rule.title));
    let _ = writeln!(out, "  {}", facts(rule).join(" · "));
    let sections = [("What you see", &docs.symptom), ("Why", &docs.why), ("What to do", &docs.remedy)];
    for (title, text) in sections.into_iter().filter(|(_, text)| !text.is_empty()) {
        let _ = write!(out, "\n{title}\n{}", wrap(&printable_str(text)));
    }
    if let Some(fix) = &rule.fix {
        let how = match fix.applicability {
            Applicability::Safe => "`keylint --fix` does it",
            Applicability::Unsafe => "`keylint --unsafe-fixes` does it",
            Applicability::DisplayOnly => "shown, never applied",
        };
        let _ = writeln!(out, "\nFix\n  {} ({how})", printable_str(&fix.title));
    }
    if let Some(example) = rule.examples().iter().find(|example| example.is_positive()) {
        let _ = write!(out, "\nExample: {}\n{}", printable_str(&example.name), underlined(example));
    }
    let _ = write!(out, "\nAllow\n  {}\n", allow_comment(rule));
    let _ = writeln!(out, "  or in keylint.toml: ignore = [\"{}\"]", rule.id);
    if !docs.references.is_empty() {
        out.push_str("\nReferences\n");
        for reference in &docs.references {
            let _ = writeln!(out, "  {}", printable_str(reference));
        }
    }
    out
}

/// One line for each rule.
pub(super) fn list(rules: &[&Arc<Rule>]) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        let (family, severity) = (rule.family.as_str(), rule.severity.as_str());
        let _ = writeln!(out, "{:width$}  {family:8}  {severity:7}  {}", rule.id, printable_str(&rule.title));
    }
    out
}

/// The page as Markdown.
pub(super) fn markdown(rule: &Rule) -> String {
    let docs = rule.docs();
    let mut out = format!("# {}\n\n{}.\n\n{}\n", rule.id, rule.title, facts(rule).join(" · "));
    let sections = [("What you see", &docs.symptom), ("Why", &docs.why), ("What to do", &docs.remedy)];
    for (title, text) in sections.into_iter().filter(|(_, text)| !text.is_empty()) {
        let _ = write!(out, "\n## {title}\n\n{text}\n");
    }
    if let Some(fix) = &rule.fix {
        let _ = write!(out, "\nFix ({}): {}.\n", fix.applicability.as_str(), fix.title);
    }
    for (title, is_positive) in [("Found", true), ("Not found", false)] {
        let examples: Vec<&Example> = rule.examples().iter().filter(|e| e.is_positive() == is_positive).collect();
        if examples.is_empty() {
            continue;
        }
        let _ = write!(out, "\n## {title}\n");
        for example in examples {
            let _ = write!(out, "\n{}:\n", example.name);
            for (path, text) in example.texts() {
                let text = underline(&sketch(text));
                let fence = if text.contains("```") { "~~~~" } else { "```" };
                let _ = write!(out, "\n{fence}text\n# {path}\n{text}{fence}\n");
            }
        }
    }
    let _ = write!(out, "\n## Allow\n\n```text\n{}\n```\n", allow_comment(rule));
    if !docs.references.is_empty() {
        out.push_str("\n## References\n\n");
        for reference in &docs.references {
            let _ = writeln!(out, "- <{reference}>");
        }
    }
    out
}

/// The table of all rules as Markdown.
pub(super) fn markdown_table(rules: &[&Arc<Rule>]) -> String {
    let mut out =
        "# Rules\n\n| rule | family | severity | confidence | what is wrong |\n|---|---|---|---|---|\n".to_owned();
    for rule in rules {
        let _ = writeln!(
            out,
            "| [{id}](rules/{id}.md) | {} | {} | {} | {} |",
            rule.family,
            rule.severity,
            rule.confidence.as_str(),
            rule.title.replace('|', "\\|"),
            id = rule.id
        );
    }
    out
}

fn facts(rule: &Rule) -> Vec<String> {
    let mut out = vec![
        format!("family {}", rule.family),
        rule.severity.to_string(),
        format!("confidence {}", rule.confidence.as_str()),
        format!("cause {}", rule.cause.as_str()),
    ];
    if let Some(fix) = &rule.fix {
        out.push(format!("fix {}", fix.applicability.as_str()));
    }
    out.push(format!("since {}", printable_str(&rule.since)));
    if !rule.aliases.is_empty() {
        out.push(format!("once called {}", rule.aliases.join(", ")));
    }
    out
}

fn allow_comment(rule: &Rule) -> String {
    // In two parts, or keylint would read it as a comment of this file.
    format!("# {} allow {} -- why it is right here", "keylint:", rule.id)
}

/// The files of an example, each line with marks followed by one that underlines them.
fn underlined(example: &Example) -> String {
    let mut out = String::new();
    for (path, text) in example.texts() {
        let _ = writeln!(out, "  {}", printable_str(path));
        for line in underline(&same_length(&sketch(text))).lines() {
            let _ = writeln!(out, "    {line}");
        }
    }
    out
}

/// Takes the marks «» out of `text` and draws a line of carets below every line that has some.
fn underline(text: &str) -> String {
    let mut out = String::new();
    let mut open = false;
    for line in text.lines() {
        let (mut plain, mut carets, mut end) = (String::new(), String::new(), 0);
        for ch in line.chars() {
            match ch {
                '«' => open = true,
                '»' => open = false,
                ch => {
                    plain.push(ch);
                    carets.push(if open { '^' } else { ' ' });
                    if open {
                        end = carets.len();
                    }
                }
            }
        }
        let _ = writeln!(out, "{plain}");
        if end > 0 {
            let _ = writeln!(out, "{}", &carets[..end]);
        }
    }
    out
}

/// `text` as indented lines of at most [`WIDTH`] characters.
fn wrap(text: &str) -> String {
    let mut out = String::new();
    let mut room = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count() + 1;
        if length > room {
            out.push_str(if out.is_empty() { " " } else { "\n " });
            room = WIDTH - 1;
        }
        room = room.saturating_sub(length);
        out.push(' ');
        out.push_str(word);
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_carets() {
        assert_eq!(underline("a=«b…c» d\ne"), "a=b…c d\n  ^^^\ne\n");
        assert_eq!(underline("x «one\ntwo» y"), "x one\n  ^^^\ntwo y\n^^^\n");
    }

    #[test]
    fn long_text_is_set_in_lines() {
        let text = wrap(&"word ".repeat(40));
        assert!(text.lines().count() > 2 && text.lines().all(|line| line.len() <= WIDTH + 2), "{text}");
    }
}
