//! Which names of environment variables SDKs read, and what a name nobody reads was probably meant to be.
//!
//! A whole-name distance takes `GH_TOKEN` for `HF_TOKEN` and `OPENAI_API_KEY_2` for a slip. Names are therefore
//! compared word by word, with limits by the word's length, and real words are never taken for slips.

use super::tables::shipped;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use std::cell::RefCell;
use std::sync::LazyLock;

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classification {
    /// An SDK reads it.
    Canonical,
    /// An older SDK read it; the current one reads this name instead.
    Legacy(&'static str),
    /// A bundler puts this credential into the browser's code.
    Public,
    /// Some package reads it: never a slip.
    Known,
    /// A canonical name in other letter case or with `-` or `.`.
    Case(&'static str),
    /// Another name for the credential that goes by this one.
    Alias(&'static str),
    /// An alias of this name, or a name of something else altogether.
    Ambiguous(&'static str),
    /// A canonical name with a suffix: another variable on purpose.
    Variant,
    /// A slip of the keyboard away from this name.
    Typo(&'static str),
    /// A known name behind a prefix of one's own.
    Namespaced,
    /// Nothing known.
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    public_prefixes: Vec<String>,
    public_words: FxHashSet<String>,
    credential_words: FxHashSet<String>,
    suffixes: FxHashSet<String>,
    ambiguous: FxHashSet<String>,
    exact_words: FxHashSet<String>,
    short_words: FxHashSet<String>,
    stop_words: FxHashSet<String>,
    vendor: Vec<Vendor>,
    legacy: Vec<Legacy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vendor {
    key: String,
    names: Vec<String>,
    brands: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Legacy {
    name: String,
    canonical: String,
    rename: bool,
}

struct Table {
    file: File,
    canonical: Vec<Canonical>,
    by_name: FxHashMap<String, usize>,
    brands: Vec<Brand>,
    /// Words of canonical names and brands.
    own_words: FxHashSet<String>,
    known: FxHashSet<&'static str>,
    /// Words of known names: a word that is one of them is no slip.
    known_words: FxHashSet<&'static str>,
}

struct Canonical {
    name: String,
    words: Vec<String>,
    /// The name without separators.
    letters: String,
    counts: Counts,
}

struct Brand {
    name: String,
    words: Vec<String>,
    /// The name of the vendor's key.
    key: String,
}

/// How often each letter stands in a word: what two words differ by at least is seen without comparing them.
#[derive(Clone, Copy)]
struct Counts([u8; 26]);

impl Counts {
    fn of(word: &str) -> Self {
        let mut counts = [0u8; 26];
        for byte in word.bytes().filter(u8::is_ascii_uppercase) {
            let count = &mut counts[usize::from(byte - b'A')];
            *count = count.saturating_add(1);
        }
        Self(counts)
    }

    /// A wrong letter changes two counts by one, any other slip one at most.
    fn may_be_within(self, other: Self, slips: usize) -> bool {
        self.0.iter().zip(other.0).map(|(a, b)| usize::from(a.abs_diff(b))).sum::<usize>() <= 2 * slips
    }
}

/// Longest name looked at, in bytes: the longest canonical one has 30.
const LONGEST: usize = 64;

/// Names a thread remembers; code repeats its names.
const REMEMBERED: usize = 8192;

fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        let file: File = shipped(include_str!(concat!(env!("OUT_DIR"), "/env-names.json")));
        let known: FxHashSet<&str> = include_str!("../../rules/tables/known-names.txt").lines().collect();
        let known_words = known.iter().flat_map(|name| name.split('_')).collect();
        let words = |name: &str| name.split('_').map(str::to_owned).collect::<Vec<_>>();
        let names = file.vendor.iter().flat_map(|vendor| std::iter::once(&vendor.key).chain(&vendor.names));
        let canonical: Vec<Canonical> = names
            .map(|name| {
                let letters = name.replace('_', "");
                Canonical { name: name.clone(), words: words(name), counts: Counts::of(&letters), letters }
            })
            .collect();
        let brand =
            |vendor: &Vendor, name: &String| Brand { name: name.clone(), words: words(name), key: vendor.key.clone() };
        let brands: Vec<Brand> =
            file.vendor.iter().flat_map(|vendor| vendor.brands.iter().map(|name| brand(vendor, name))).collect();
        let own_words = canonical.iter().flat_map(|name| &name.words);
        let own_words = own_words.chain(brands.iter().flat_map(|brand| &brand.words)).cloned().collect();
        let mut by_name = FxHashMap::default();
        for (at, name) in canonical.iter().enumerate() {
            by_name.entry(name.name.clone()).or_insert(at);
        }
        Table { file, canonical, by_name, brands, own_words, known, known_words }
    });
    &TABLE
}

/// Whether a rename mends the legacy name `name`: the value keeps its meaning.
pub fn is_renamed(name: &str) -> bool {
    table().file.legacy.iter().find(|legacy| legacy.name == name).is_none_or(|legacy| legacy.rename)
}

/// Tells what the variable name `name` is.
pub fn classify(name: &str) -> Classification {
    thread_local! {
        static SEEN: RefCell<FxHashMap<Box<str>, Classification>> = RefCell::default();
    }
    if name.len() > LONGEST || name.len() < 4 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
    {
        return Classification::None;
    }
    SEEN.with_borrow_mut(|seen| {
        if let Some(known) = seen.get(name) {
            return *known;
        }
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        let class = table().classify(name);
        seen.insert(name.into(), class);
        class
    })
}

impl Table {
    /// The first of these that holds.
    fn classify(&'static self, name: &str) -> Classification {
        if self.by_name.contains_key(name) {
            return Classification::Canonical;
        }
        if let Some(legacy) = self.file.legacy.iter().find(|legacy| legacy.name == name) {
            return Classification::Legacy(&legacy.canonical);
        }
        if let Some(tail) = self.file.public_prefixes.iter().find_map(|prefix| name.strip_prefix(prefix.as_str())) {
            return if self.is_leak(tail) { Classification::Public } else { Classification::None };
        }
        if self.known.contains(name) {
            return Classification::Known;
        }
        if name.bytes().any(|b| b.is_ascii_lowercase() || b == b'-' || b == b'.') {
            let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
            let canonical = self.by_name.get(&upper).map(|at| &self.canonical[*at]);
            return canonical.map_or(Classification::None, |canonical| Classification::Case(&canonical.name));
        }
        self.classify_upper(name)
    }

    fn classify_upper(&'static self, name: &str) -> Classification {
        let all: Vec<&str> = name.split('_').collect();
        let words: Vec<&str> = all.iter().copied().filter(|word| !word.is_empty()).collect();
        let letters = words.concat();
        if let Some(right) = self.canonical.iter().find(|right| right.letters == letters) {
            // `OPENAI__API_KEY` is a slip, `OPENAI_APIKEY` a habit.
            let is_slip = all.len() != words.len() && right.words.iter().eq(words.iter());
            return if is_slip { Classification::Typo(&right.name) } else { Classification::Alias(&right.name) };
        }
        if let Some(key) = self.credential(&words) {
            return Classification::Alias(key);
        }
        if self.file.ambiguous.contains(name) {
            return Classification::Ambiguous("OPENAI_API_KEY");
        }
        if self.is_variant(&words) {
            return Classification::Variant;
        }
        if let Some(canonical) = self.misspelled(&all) {
            return Classification::Typo(canonical);
        }
        if self.is_namespaced(&words) {
            return Classification::Namespaced;
        }
        self.squashed(&words, &letters).map_or(Classification::None, Classification::Typo)
    }

    fn is_stop(&self, word: &str) -> bool {
        self.file.stop_words.contains(word) || self.known_words.contains(word)
    }

    /// The key of the vendor whose brand stands next to nothing but credential words in `words`.
    fn credential(&'static self, words: &[&str]) -> Option<&'static str> {
        self.brands
            .iter()
            .filter(|brand| {
                let (first, last) = words.split_at(brand.words.len().min(words.len()));
                let (before, end) = words.split_at(words.len().saturating_sub(brand.words.len()));
                let rest = if brand.words.iter().eq(first) {
                    last
                } else if brand.words.iter().eq(end) {
                    before
                } else {
                    return false;
                };
                self.are_credential_words(rest)
            })
            .max_by_key(|brand| brand.name.len())
            .map(|brand| brand.key.as_str())
    }

    fn are_credential_words(&self, words: &[&str]) -> bool {
        !words.is_empty() && words.iter().all(|word| self.file.credential_words.contains(*word))
    }

    /// Whether what stands behind a public prefix is a credential that is not meant for browsers.
    fn is_leak(&'static self, tail: &str) -> bool {
        let words: Vec<&str> = tail.split('_').collect();
        let is_credential = |word: &str| matches!(word, "KEY" | "KEYS" | "APIKEY" | "TOKEN" | "SECRET");
        let meant = || self.misspelled(&words).and_then(|name| name.rsplit('_').next());
        let ends = words.last().is_some_and(|word| is_credential(word) || meant().is_some_and(is_credential));
        // A key of Google's that is called nothing but that is a Maps or Firebase key as often as not.
        if !ends || tail == "GOOGLE_API_KEY" || words.iter().any(|word| self.file.public_words.contains(*word)) {
            return false;
        }
        self.credential(&words).is_some()
            || matches!(
                self.classify(tail),
                Classification::Canonical | Classification::Alias(_) | Classification::Typo(_)
            )
    }

    fn is_variant(&'static self, words: &[&str]) -> bool {
        let is_suffix = |word: &str| self.file.suffixes.contains(word) || word.bytes().all(|b| b.is_ascii_digit());
        let mut base = words;
        while let Some((last, rest)) = base.split_last() {
            // `…_KEY2`
            let numbered = last.trim_end_matches(|c: char| c.is_ascii_digit());
            let is_numbered = numbered.len() < last.len() && self.is_base(&[rest, &[numbered]].concat());
            if is_numbered || (is_suffix(last) && self.is_base(rest)) {
                return true;
            }
            if !is_suffix(last) {
                return false;
            }
            base = rest;
        }
        false
    }

    fn is_base(&'static self, words: &[&str]) -> bool {
        let name = words.join("_");
        self.known.contains(name.as_str()) || self.by_name.contains_key(&name) || self.credential(words).is_some()
    }

    fn is_namespaced(&'static self, words: &[&str]) -> bool {
        (1..words.len().saturating_sub(1)).any(|at| {
            let tail = &words[at..];
            self.credential(tail).is_some() || (tail.len() >= 3 && self.is_base(tail))
        })
    }

    /// The canonical name of as many words whose words are each the same or misspelt, at the least cost.
    fn misspelled(&'static self, words: &[&str]) -> Option<&'static str> {
        let fitting = self.canonical.iter().filter(|right| right.words.len() == words.len());
        let near = fitting.filter_map(|right| Some((self.cost(words, &right.words)?, &right.name)));
        near.min().map(|(_, name)| name.as_str())
    }

    fn cost(&self, words: &[&str], canonical: &[String]) -> Option<usize> {
        let (mut total, mut changed) = (0, 0);
        for (word, right) in words.iter().zip(canonical) {
            if word == right {
                continue;
            }
            changed += 1;
            let limit = self.limit(right);
            if changed > 2 || word.len().abs_diff(right.len()) > limit || self.is_stop(word) || has_digit(word) {
                return None;
            }
            let distance = strsim::osa_distance(word, right);
            total += distance;
            if distance > limit || total > 3 {
                return None;
            }
        }
        Some(total)
    }

    /// How many slips (a wrong, missing, doubled or swapped letter) a word may have, by its length.
    fn limit(&self, word: &str) -> usize {
        if self.file.exact_words.contains(word) {
            return 0;
        }
        match word.len() {
            0..=2 => 0,
            3 => usize::from(self.file.short_words.contains(word)),
            4..=7 => 1,
            _ => 2,
        }
    }

    /// Other separators and a letter wrong, or a misspelt vendor before credential words.
    fn squashed(&'static self, words: &[&str], letters: &str) -> Option<&'static str> {
        if words.len() < 2 || words.iter().any(|word| has_digit(word)) {
            return None;
        }
        let is_credential = |word: &str| self.file.credential_words.contains(word);
        let stopped =
            words.iter().any(|word| self.is_stop(word) && !is_credential(word) && !self.own_words.contains(*word));
        if !stopped {
            let counts = Counts::of(letters);
            let near = self.canonical.iter().filter_map(|right| {
                let limit = if right.letters.len() < 14 { 1 } else { 2 };
                // A short vendor word has to be there as it is.
                let vendor = &right.words[0];
                let starts = self.limit(vendor) > 0 || letters.starts_with(vendor.as_str());
                if !starts || !counts.may_be_within(right.counts, limit) {
                    return None;
                }
                let distance = strsim::osa_distance(&right.letters, letters);
                (distance <= limit).then_some((distance, right.words.len() == words.len(), &right.name))
            });
            // With as many words the word-wise comparison has already said no.
            if let Some((_, same_words, name)) = near.min() {
                return (!same_words).then_some(name);
            }
        }
        let (first, rest) = words.split_first()?;
        if self.is_stop(first) || !self.are_credential_words(rest) {
            return None;
        }
        self.brands
            .iter()
            .filter(|brand| brand.name.len() >= 5 && brand.words.len() == 1)
            .filter(|brand| first.len().abs_diff(brand.name.len()) <= self.limit(&brand.name))
            .map(|brand| (strsim::osa_distance(first, &brand.name), brand))
            .filter(|(distance, brand)| *distance <= self.limit(&brand.name))
            .min_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.name.cmp(&right.name)))
            .map(|(_, brand)| brand.key.as_str())
    }
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of one of the lists of `tests/fixtures/env-names/`.
    macro_rules! list {
        ($name:literal) => {
            include_str!(concat!("../../tests/fixtures/env-names/", $name, ".txt")).lines()
        };
    }

    #[test]
    fn slips_are_seen() {
        let missed: Vec<&str> =
            list!("misspelled").filter(|name| !matches!(classify(name), Classification::Typo(_))).collect();
        assert!(missed.len() <= 4, "{missed:?}");
    }

    #[test]
    fn what_resembles_a_name_is_left_alone() {
        let quiet = |name: &&str| {
            !matches!(
                classify(name),
                Classification::Typo(_)
                    | Classification::Ambiguous(_)
                    | Classification::Case(_)
                    | Classification::Public
            ) && (*name == "AZURE_OPENAI_KEY" || !matches!(classify(name), Classification::Alias(_)))
        };
        let loud: Vec<_> = list!("silent").filter(|name| !quiet(name)).map(|name| (name, classify(name))).collect();
        assert!(loud.is_empty(), "{loud:?}");
        let known = include_str!("../../rules/tables/known-names.txt").lines();
        let wrong: Vec<_> = known.filter(|name| matches!(classify(name), Classification::Typo(_))).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn habits_are_aliases() {
        let other: Vec<_> = list!("alias")
            .map(|name| (name, classify(name)))
            .filter(|(_, c)| !matches!(c, Classification::Alias(_)))
            .collect();
        assert_eq!(other, [("OPENROUTER_KEY", Classification::Known)]);
        assert_eq!(classify("OPENAPI_KEY"), Classification::Ambiguous("OPENAI_API_KEY"));
        assert_eq!(classify("CLAUDE_KEY"), Classification::Alias("ANTHROPIC_API_KEY"));
        assert_eq!(classify("openai_api_key"), Classification::Case("OPENAI_API_KEY"));
        assert_eq!(classify("OPENAI_ORGANIZATION"), Classification::Legacy("OPENAI_ORG_ID"));
        assert_eq!(classify("MYAPP_OPENAI_API_KEY"), Classification::Namespaced);
        assert_eq!(classify("OPENAI_API_KEY_2"), Classification::Variant);
    }

    #[test]
    fn browsers_get_credentials_only_by_mistake() {
        let missed: Vec<_> = list!("public").filter(|name| classify(name) != Classification::Public).collect();
        assert!(missed.is_empty(), "{missed:?}");
        let wrong: Vec<_> = list!("public-by-design").filter(|name| classify(name) == Classification::Public).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        assert_eq!(classify("NEXT_PUBLIC_OPENAI_API_KYE"), Classification::Public);
        assert_eq!(classify("NEXT_PUBLIC_OPENAI_BASE_URL"), Classification::None);
    }

    #[test]
    fn one_slip_never_leads_to_another_name() {
        let (mut seen, mut all) = (0, 0);
        for right in table().canonical.iter().map(|right| &right.name) {
            for wrong in slips(right) {
                match classify(&wrong) {
                    Classification::Typo(target) => {
                        assert_eq!(target, right, "{wrong}");
                        seen += 1;
                    }
                    Classification::Legacy(target) => panic!("{wrong} is {target}'s old name"),
                    _ => {}
                }
                all += 1;
            }
        }
        assert!(seen * 100 > all * 70, "{seen} of {all}");
    }

    /// Every name one deletion, doubling or swap of letters away from `name`.
    fn slips(name: &str) -> Vec<String> {
        let bytes: Vec<char> = name.chars().collect();
        let mut out = Vec::new();
        for at in 0..bytes.len() {
            let mut gone = bytes.clone();
            gone.remove(at);
            out.push(gone);
            let mut twice = bytes.clone();
            twice.insert(at, bytes[at]);
            out.push(twice);
            if at + 1 < bytes.len() {
                let mut swapped = bytes.clone();
                swapped.swap(at, at + 1);
                out.push(swapped);
            }
            let mut other = bytes.clone();
            other[at] = 'W';
            out.push(other);
        }
        out.into_iter().map(|chars| chars.into_iter().collect()).filter(|slip: &String| slip != name).collect()
    }
}
