//! Names of rules and families as users write them.

use crate::rules::{Family, RuleSet};
use miette::Diagnostic;

/// A name that is neither a rule's nor a family's.
#[derive(Debug, thiserror::Error, Diagnostic, PartialEq, Eq)]
#[error("no rule or family is called `{name}`")]
#[diagnostic(code(keylint::unknown_rule))]
pub struct UnknownName {
    /// The name, as inert text.
    pub name: String,
    /// What may have been meant.
    #[help]
    pub hint: Option<String>,
}

/// The id of the rule that `name` means, or the family's name; `None` if nothing has that name.
pub fn known_name<'a>(name: &'a str, rules: &'a RuleSet) -> Option<&'a str> {
    let family = || Family::ALL.iter().any(|family| family.as_str() == name).then_some(name);
    rules.get(name).map(|rule| rule.id.as_str()).or_else(family)
}

/// The same, with a guess at what was meant where nothing has that name.
///
/// # Errors
/// No rule, alias or family has that name.
pub fn resolve(name: &str, rules: &RuleSet) -> Result<String, UnknownName> {
    if let Some(known) = known_name(name, rules) {
        return Ok(known.to_owned());
    }
    let hint = nearest(name, rules).map_or_else(
        || "`keylint rules list` shows all of them".to_owned(),
        |near| format!("did you mean `{near}`? `keylint rules list` shows all of them"),
    );
    Err(UnknownName { name: crate::text::sanitize::printable_str(name), hint: Some(hint) })
}

/// The known name that differs least from `name`, if it differs little.
fn nearest<'a>(name: &str, rules: &'a RuleSet) -> Option<&'a str> {
    // A long name is no slip of the hand, and comparing it costs its length squared.
    if name.len() > 100 {
        return None;
    }
    let name = name.to_ascii_lowercase().replace('_', "-");
    let ids = rules.iter().flat_map(|rule| std::iter::once(&rule.id).chain(&rule.aliases)).map(String::as_str);
    let known = ids.chain(Family::ALL.iter().map(|family| family.as_str()));
    known
        .map(|known| (strsim::damerau_levenshtein(&name, known), known))
        .filter(|(distance, known)| *distance <= (known.len() / 3).max(2))
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_get_a_hint() {
        let rules = RuleSet::builtin().unwrap();
        assert_eq!(resolve("secret", &rules).unwrap(), "secret");
        let error = resolve("opnai-project-key", &rules).unwrap_err();
        assert!(error.hint.unwrap().contains("`openai-project-key`"));
        assert!(!resolve("zzzzzzzzzzzz", &rules).unwrap_err().hint.unwrap().contains("mean"));
        assert!(resolve("sec\u{1b}ret", &rules).unwrap_err().name.contains("\\u{1b}"));
    }
}
