//! Tables that several rules share: vendors, the names of their variables and their hosts.

use crate::span::Span;
use crate::text::name;
use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::{LazyLock, OnceLock};

/// A vendor of credentials.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The name used in rules and reports.
    pub slug: String,
    /// The name people know.
    pub title: String,
    /// Names of variables that hold its key, the one its SDK reads first.
    #[serde(default)]
    pub names: Vec<String>,
    /// Hosts that take its key.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The header that takes its key, in small letters, where only one does: `authorization` (with `Bearer`),
    /// `x-api-key`.
    #[serde(default)]
    pub header: Option<String>,
    /// What its API answers to a key it does not know: status and text.
    #[serde(default = "unauthorized")]
    pub answer: String,
}

fn unauthorized() -> String {
    "401 Unauthorized".to_owned()
}

/// By how many letters at its end most names are ruled out.
const END: usize = 3;

/// The providers table.
#[derive(Debug)]
pub struct Providers {
    all: Vec<Provider>,
    by_slug: FxHashMap<String, usize>,
    /// Squashed variable name to provider.
    by_name: FxHashMap<String, usize>,
    /// How those names end.
    ends: Vec<[u8; END]>,
    /// The length of the longest host, in bytes.
    longest_host: usize,
    /// All hosts, and the provider of each; compiled when first asked for.
    hosts: OnceLock<(Option<AhoCorasick>, Vec<usize>)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<Provider>,
}

/// Reads a table that is compiled into the program.
#[expect(clippy::expect_used, reason = "tests load every table")]
pub(super) fn shipped<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("a table below rules/tables fits its schema")
}

/// The providers table shipped with keylint (`rules/tables/providers.toml`), parsed when first asked for.
pub fn providers() -> &'static Providers {
    static TABLE: LazyLock<Providers> = LazyLock::new(|| {
        Providers::new(shipped::<File>(include_str!(concat!(env!("OUT_DIR"), "/providers.json"))).provider)
    });
    &TABLE
}

impl Providers {
    fn new(all: Vec<Provider>) -> Self {
        let by_slug = all.iter().enumerate().map(|(i, provider)| (provider.slug.clone(), i)).collect();
        let mut by_name = FxHashMap::default();
        for (i, provider) in all.iter().enumerate() {
            for name in &provider.names {
                by_name.entry(name::squash(name.as_bytes())).or_insert(i);
            }
        }
        let mut ends: Vec<_> = by_name.keys().filter_map(|name| name.as_bytes().last_chunk().copied()).collect();
        ends.sort_unstable();
        ends.dedup();
        let longest_host = all.iter().flat_map(|provider| &provider.hosts).map(String::len).max().unwrap_or(0);
        Self { by_slug, by_name, ends, longest_host, hosts: OnceLock::new(), all }
    }

    /// The provider with this slug.
    pub fn get(&self, slug: &str) -> Option<&Provider> {
        self.by_slug.get(slug).map(|i| &self.all[*i])
    }

    /// All providers.
    pub fn all(&self) -> &[Provider] {
        &self.all
    }

    /// The provider one of whose names the variable `name` ends in, whatever the spelling.
    pub fn by_variable(&self, name: &[u8]) -> Option<&Provider> {
        let mut letters = name.iter().rev().filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase);
        let (last, middle, first) = (letters.next()?, letters.next()?, letters.next()?);
        if !self.ends.contains(&[first, middle, last]) {
            return None;
        }
        let mut words = name::Words::default();
        words.read(name);
        self.by_words(&words)
    }

    /// As [`Providers::by_variable`], for a name whose words are known.
    pub fn by_words(&self, words: &name::Words) -> Option<&Provider> {
        // The longest tail wins: AZURE_OPENAI_API_KEY is Azure's, not OpenAI's.
        words.tails().filter_map(|tail| self.by_name.get(tail)).last().map(|i| &self.all[*i])
    }

    /// The provider whose host stands first in `text`.
    pub fn by_host(&self, text: &[u8]) -> Option<&Provider> {
        self.hosts_in(text).next().map(|(provider, _)| provider)
    }

    /// The length of the longest host, in bytes.
    pub const fn longest_host(&self) -> usize {
        self.longest_host
    }

    /// The vendors' hosts in `text`: whose each is, and where it stands.
    pub fn hosts_in<'a, 't>(&'a self, text: &'t [u8]) -> impl Iterator<Item = (&'a Provider, Span)> + use<'a, 't> {
        let (hosts, owners) = self.hosts.get_or_init(|| {
            let owned = self.all.iter().enumerate().flat_map(|(i, own)| own.hosts.iter().map(move |host| (host, i)));
            let (hosts, owners): (Vec<_>, Vec<_>) = owned.unzip();
            let searched = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(hosts);
            (searched.ok(), owners)
        });
        let hits = hosts.iter().flat_map(move |hosts| hosts.find_iter(text));
        hits.map(|hit| (&self.all[owners[hit.pattern().as_usize()]], Span::new(hit.start(), hit.end())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_tells_its_vendor() {
        let vendor = |name: &str| providers().by_variable(name.as_bytes()).map(|p| p.slug.as_str());
        assert_eq!(vendor("OPENAI_API_KEY"), Some("openai"));
        assert_eq!(vendor("AZURE_OPENAI_API_KEY"), Some("azure-openai"));
        assert_eq!(vendor("settings.deepseekApiKey"), Some("deepseek"));
        assert_eq!(vendor("API_KEY"), None);
    }

    #[test]
    fn a_host_tells_its_vendor() {
        let text = b"base_url='https://api.deepseek.com/v1'";
        assert_eq!(providers().by_host(text).unwrap().slug, "deepseek");
    }
}
