//! Models that are shut down: one dated table for all rules that look for their names.

use super::tables::shipped;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Models that were shut down together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retired {
    /// A slug of the providers table.
    vendor: String,
    /// The day, `2024-01-04`.
    shutdown: String,
    /// What to use instead.
    replacement: String,
    /// What they are asked for by.
    names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The day of the list's state: what is shut down later is still there.
    as_of: String,
    retired: Vec<Retired>,
}

/// The models of one vendor.
#[derive(Debug, Default)]
pub struct Models {
    /// Name to replacement.
    pub replacements: BTreeMap<String, String>,
    shutdowns: FxHashMap<String, String>,
}

/// The models `vendor` has shut down (`rules/tables/retired-models.toml`, parsed when first asked for); `None` for a
/// vendor the table does not have.
pub fn retired(vendor: &str) -> Option<&'static Models> {
    static TABLE: LazyLock<FxHashMap<String, Models>> = LazyLock::new(|| by_vendor(file()));
    TABLE.get(vendor)
}

fn by_vendor(file: File) -> FxHashMap<String, Models> {
    let mut table: FxHashMap<String, Models> = FxHashMap::default();
    for group in file.retired.into_iter().filter(|group| group.shutdown <= file.as_of) {
        let own = table.entry(group.vendor).or_default();
        for name in group.names {
            own.shutdowns.insert(name.clone(), group.shutdown.clone());
            own.replacements.insert(name, group.replacement.clone());
        }
    }
    table
}

fn file() -> File {
    shipped(include_str!(concat!(env!("OUT_DIR"), "/retired-models.json")))
}

impl Models {
    /// The day `model` was shut down, `2024-01-04`.
    pub fn shutdown(&self, model: &str) -> Option<&str> {
        self.shutdowns.get(model).map(String::as_str)
    }

    /// `pattern` with `{models}` replaced by a regular expression of all names, longer ones first.
    pub fn fill<'a>(&self, pattern: &'a str) -> Cow<'a, str> {
        if !pattern.contains(PLACE) {
            return Cow::Borrowed(pattern);
        }
        let mut names: Vec<String> = self.replacements.keys().map(|name| regex::escape(name)).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        Cow::Owned(pattern.replace(PLACE, &names.join("|")))
    }
}

/// What a pattern says for the names of models.
const PLACE: &str = "{models}";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::providers;

    #[test]
    fn every_model_is_named_once_and_not_replaced_by_another_that_is_gone() {
        let file = file();
        let is_day = |text: &str| text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let all: Vec<&String> = file.retired.iter().flat_map(|group| &group.names).collect();
        for group in &file.retired {
            assert!(providers().get(&group.vendor).is_some(), "{}", group.vendor);
            assert!(is_day(&group.shutdown) && is_day(&file.as_of), "{}", group.shutdown);
            assert!(!all.contains(&&group.replacement), "{}", group.replacement);
        }
        for (i, name) in all.iter().enumerate() {
            assert!(!all[..i].contains(name), "{name}");
        }
    }

    #[test]
    fn what_is_shut_down_after_the_list_was_made_is_still_there() {
        let group = |shutdown: &str, name: &str| Retired {
            vendor: "v".into(),
            shutdown: shutdown.into(),
            replacement: "new".into(),
            names: vec![name.into()],
        };
        let retired = vec![group("2026-11-21", "gone"), group("2026-12-01", "announced")];
        let table = by_vendor(File { as_of: "2026-11-21".into(), retired });
        assert_eq!(table["v"].replacements.keys().collect::<Vec<_>>(), ["gone"]);
    }

    #[test]
    fn a_model_has_its_date() {
        let openai = retired("openai").unwrap();
        assert_eq!(openai.shutdown("text-davinci-003"), Some("2024-01-04"));
        assert_eq!(openai.shutdown("text-davinci"), None);
        assert!(openai.fill("^({models})$").contains(r"|gpt\-4|"));
        assert!(retired("nobody").is_none());
    }
}
