//! Every example of every shipped rule file is a test of its own, and every rule file is checked as a whole.

#![expect(clippy::expect_used, reason = "a test stops where it cannot go on")]

use keylint::rules::{Family, Rule, RuleDocs, RuleSet};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;
use std::sync::Arc;

fn main() {
    let rules = Arc::new(RuleSet::builtin().expect("shipped rule files fit the schema"));
    let mut trials = Vec::new();
    for rule in rules.iter() {
        let whole = rule.clone();
        trials.push(Trial::test(format!("{}::file", rule.id), move || check_file(&whole)));
        for (i, example) in rule.examples().iter().enumerate() {
            let (rules, rule) = (rules.clone(), rule.clone());
            trials.push(Trial::test(format!("{}::{}", rule.id, example.name), move || {
                keylint::selftest::run_example(&rules, &rule, &rule.examples()[i]).map_err(Failed::from)
            }));
        }
    }
    trials.push(Trial::test("at least 30 rules", {
        let count = rules.iter().count();
        move || if count >= 30 { Ok(()) } else { Err(format!("only {count} rules").into()) }
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Whoever has a failing program looks for what he sees. Rules that explain one have to say it, and rules about env files
/// which of the many loaders fail.
fn check_symptom(rule: &Rule, docs: &RuleDocs) -> Result<(), Failed> {
    /// What programs, vendors and leaks show: errors of Python and Node, answers of servers, states of a file.
    const SEEN: [&str; 17] = [
        "401",
        "403",
        "404",
        "Error",
        "Removed",
        "Warning",
        "warning",
        "redentials",
        "undefined",
        "wrong host",
        "refuse",
        "The key in",
        "not a valid",
        "not found",
        "***",
        "for strangers",
        "No error",
    ];
    const LOADERS: [&str; 14] = [
        "loader",
        "python-dotenv",
        "dotenvy",
        "docker",
        "kubectl",
        "Compose",
        "systemd",
        "Node",
        "shell",
        "openai",
        "SDK",
        "Python",
        "git",
        "client",
    ];
    if !matches!(rule.family, Family::Sdk | Family::Flow | Family::EnvName | Family::Dotenv) {
        return Ok(());
    }
    let length = docs.symptom.chars().count();
    if !(5..=160).contains(&length) || !SEEN.iter().any(|seen| docs.symptom.contains(seen)) {
        return Err(format!("docs.symptom does not say what is seen: {:?}", docs.symptom).into());
    }
    let text = format!("{} {}", rule.message.as_deref().unwrap_or_default(), docs.why);
    if rule.family == Family::Dotenv && !LOADERS.iter().any(|loader| text.contains(loader)) {
        return Err("neither the message nor docs.why names who reads it wrongly".into());
    }
    Ok(())
}

/// What the schema cannot say about a shipped rule file.
fn check_file(rule: &Rule) -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let path = root.join(rule.family.as_str()).join(format!("{}.toml", rule.id));
    if !path.is_file() {
        return Err(format!("{} does not exist: id and folder do not fit", path.display()).into());
    }
    // The checks a user's rule goes through when it is loaded.
    let mut alone = RuleSet::default();
    alone.add_dir(&path).map_err(|error| format!("{:?}", miette::Report::new(error)))?;
    let page = rule.page().map_err(|error| error.to_string())?;
    for (what, text) in [("docs.why", &page.docs.why), ("docs.remedy", &page.docs.remedy)] {
        let length = text.chars().count();
        if length == 0 || length > 400 {
            return Err(format!("{what} has {length} characters; 1 to 400 are right").into());
        }
    }
    check_symptom(rule, &page.docs)?;
    let positives = page.examples.iter().filter(|example| example.is_positive()).count();
    let negatives = page.examples.len() - positives;
    if positives < 2 || negatives < 2 {
        return Err(format!("{positives} positive and {negatives} negative examples; two of each are needed").into());
    }
    let mut names: Vec<&str> = page.examples.iter().map(|example| example.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("two examples have one name".into());
    }
    for bad in ["no-", "avoid-", "disallow-"] {
        if rule.id.starts_with(bad) {
            return Err(format!("`{}` does not read well after \"allow\"", rule.id).into());
        }
    }
    Ok(())
}
