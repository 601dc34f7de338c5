//! What a text has to hold for the rules about a module to find something in it: most modules of a large package import an
//! SDK and do nothing with it that a rule asks for.

use crate::rules::matcher::Code as Spec;
use aho_corasick::AhoCorasick;
use rustc_hash::FxHashSet;
use std::collections::BTreeSet;

/// Of these, one stands in every text in which some rule finds something.
#[derive(Debug)]
pub(super) struct Words {
    /// Names of members and arguments; `None` if no rule asks for any.
    names: Option<AhoCorasick>,
    /// What arguments are given: whole literal texts.
    values: FxHashSet<String>,
    /// The longest of the values, in bytes.
    longest: usize,
}

impl Words {
    /// `None` if some rule waits for nothing that could be looked for.
    pub(super) fn new<'a>(specs: impl Iterator<Item = &'a Spec>) -> Option<Self> {
        let (by_value, by_name): (Vec<&Spec>, Vec<&Spec>) = specs.partition(|spec| spec.wants_values());
        let names: BTreeSet<String> = by_name.into_iter().flat_map(words).collect();
        let names = if names.is_empty() { None } else { Some(AhoCorasick::new(names).ok()?) };
        let values: FxHashSet<String> = by_value.into_iter().flat_map(Spec::wanted_values).map(str::to_owned).collect();
        let longest = values.iter().map(String::len).max().unwrap_or(0);
        Some(Self { names, values, longest })
    }

    pub(super) fn stand_in(&self, text: &[u8]) -> bool {
        self.names.as_ref().is_some_and(|names| names.is_match(text)) || self.has_value(text)
    }

    /// Whether a value stands between quotes, alone or behind a vendor's name: `"gpt-4"`, `"openai/gpt-4"`.
    fn has_value(&self, text: &[u8]) -> bool {
        /// How long a vendor's name may be, in bytes.
        const VENDOR: usize = 32;
        if self.values.is_empty() {
            return false;
        }
        let is_value = |text: &[u8]| std::str::from_utf8(text).is_ok_and(|text| self.values.contains(text));
        let mut start = 0;
        memchr::memchr3_iter(b'"', b'\'', b'`', text).any(|end| {
            let quoted = &text[start..end];
            start = end + 1;
            if quoted.len() > self.longest + VENDOR {
                return false;
            }
            // In a notebook quotes are escaped.
            let quoted = quoted.strip_suffix(b"\\").unwrap_or(quoted);
            is_value(quoted) || memchr::memchr2_iter(b'/', b':', quoted).any(|joint| is_value(&quoted[joint + 1..]))
        })
    }
}

/// Names of which one stands in every text in which a rule that asks for no values finds something.
fn words(spec: &Spec) -> Vec<String> {
    if !spec.arguments.is_empty() {
        return spec.arguments.keys().cloned().collect();
    }
    let of_module = |module: &str| {
        // `from google import generativeai`
        let last = module.rsplit('.').next().unwrap_or(module);
        let of_path = |path: &str| {
            if path.ends_with('*') {
                return last.to_owned();
            }
            // The default export goes by any name.
            let names = path[module.len()..].split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let names = names.filter(|name| !name.is_empty() && *name != "default");
            names.max_by_key(|name| name.len()).unwrap_or(last).to_owned()
        };
        spec.paths_in(module).map(|(path, _)| of_path(&path)).collect::<Vec<_>>()
    };
    spec.modules().flat_map(of_module).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Matcher, RuleSet};

    #[test]
    fn a_value_counts_where_it_is_all_of_a_text() {
        let rules = RuleSet::builtin().unwrap();
        let specs = rules.iter().filter_map(|rule| match &rule.matcher {
            Matcher::Code(spec) if spec.wants_values() => Some(spec),
            _ => None,
        });
        let words = Words::new(specs).unwrap();
        for (text, stands) in [
            ("model = \"claude-2.1\"", true),
            ("model='anthropic/claude-2.1'", true),
            ("\\\"claude-2.1\\\"", true),
            ("`anthropic:claude-2.1`", true),
            ("model = \"claude-2.10\"", false),
            ("claude-2.1", false),
            ("", false),
        ] {
            assert_eq!(words.stand_in(text.as_bytes()), stands, "{text}");
        }
    }
}
