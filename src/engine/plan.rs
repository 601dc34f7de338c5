//! The rules of a run, compiled: which literals to look for, and what to do where one stands.

use super::assignment::AssignmentPlan;
use super::code::CodePlan;
use super::phrase::PhrasePlan;
use super::prefilter::Prefilter;
use super::rarity;
use super::token::TokenRule;
use crate::rules::clients::clients;
use crate::rules::{Matcher, Rule, RuleSet};
use crate::source::FileKind;
use rustc_hash::FxHashMap;
use std::sync::{Arc, OnceLock};

/// What to do where a literal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Try token rule `rule` at the anchor, which starts `back` bytes before the hit.
    Token { rule: usize, anchor: Box<[u8]>, back: usize },
    /// A name of a credential may stand here: look at what it is given.
    Name { word: &'static [u8], back: usize },
    /// The header `Authorization` may stand here.
    Authorization { back: usize },
    /// The name of a password, or of a credential of no vendor in particular, may end here.
    SecretName { word: &'static [u8], back: usize },
    /// An address that may hold a password starts here.
    Address { word: &'static [u8], back: usize },
    /// A client is built here with a text as its first argument.
    Client { word: &'static [u8], back: usize },
    /// The environment is read here.
    EnvRead { word: &'static [u8], back: usize },
    /// An SDK is named here: the file may import it.
    Module { word: Box<[u8]>, back: usize, use_of: Import },
    /// A literal that a rule about texts on one line looks for in programs.
    Phrase { word: Box<[u8]>, back: usize },
    /// One of our own comments stands here.
    Allow { back: usize },
}

/// What it takes to know how an SDK is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Import {
    /// The file is read as code: rules ask for what it does with the module.
    Code,
    /// The file's calls are looked at: the module's clients read the environment.
    Client,
    /// The file is read as code: the module loads env files, or is named where one is.
    Loader,
}

/// What rules do with names of variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum NameUse {
    Ignored,
    /// They ask what is done with the variables.
    Followed,
    /// They report the names.
    Reported,
}

/// Literals that are looked for together, and what to do at each.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) prefilter: Prefilter,
    pub(super) targets: Vec<Vec<Target>>,
}

impl Search {
    fn new(wanted: Vec<(Vec<u8>, Target)>) -> Self {
        let (needles, targets) = choose(wanted);
        Self { prefilter: Prefilter::new(&needles), targets }
    }
}

/// The comment keylint looks for.
pub(super) const ALLOW_MARKER: &[u8] = b"keylint:";

/// How many bytes of a literal are searched for: as many as Teddy compares at once.
const NEEDLE: usize = 4;

/// How many bytes of one at least.
const SHORTEST: usize = 3;

/// How much more common (in units of [`rarity::commonness`]) a needle may be for each literal it saves a needle of its
/// own: 6 is a factor of 16. Found when a needle cost 1 % of the speed; it costs less now, a hit in 10 kB hardly anything.
const SHARING: i64 = 6;

/// Parts of names of credentials, in the casings people use. Every name rules ask for holds one of them.
pub(super) const NAME_WORDS: [&[u8]; 19] = [
    b"_KEY",
    b"_TOKEN",
    b"api_key",
    b"api-key",
    // Headers: `Api-Key`, `X-API-Key`, `Ocp-Apim-Subscription-Key`.
    b"-Key",
    b"API-KEY",
    b"apiKey",
    b"ApiKey",
    b"apikey",
    b"access_key",
    b"AccessKey",
    b"_token",
    // `botToken`
    b"otToken",
    b"Bearer ",
    b"OPENAI_",
    b"openai_",
    b"SECRET",
    b"PASSWORD",
    // `_URL` and `_URI`: a needle of three bytes for both.
    b"_UR",
];

/// What names of passwords and of other credentials end in, where people write them in configuration and in programs.
/// They are common in code that handles no secret: only a name that ends so and is given something is looked at.
pub(super) const SECRET_WORDS: [&[u8]; 22] = [
    b"assword",
    b"asswd",
    b"PASSWD",
    b"assphrase",
    b"ecret",
    b"oken",
    b"redential",
    b"redentials",
    b"_key",
    b"-key",
    b"Key",
    b"api.key",
    b"access.key",
    b"openai.key",
    b"key_base",
    b"_PAT",
    // Without the sign it would stop at every `_path`.
    b"_pat=",
    b"_pass",
    b"_PASS",
    b"_pwd",
    b"_PWD",
    b"TOKEN",
];

/// How addresses start that are given a password. What follows, `//`, would share a needle that all addresses have.
pub(super) const ADDRESSES: [&[u8]; 9] =
    [b"postgres:", b"postgresql:", b"mysql:", b"mongodb:", b"mongodb+srv:", b"redis:", b"rediss:", b"amqp:", b"amqps:"];

/// How languages that keylint does not read as code build a client with its key: `Vendor::Client.new("…")`,
/// `vendor.NewClient("…")`, `Vendor::client('…')`.
pub(super) const CLIENT_CALLS: [&[u8]; 4] = [b"lient(\"", b"lient('", b"lient.new(\"", b"lient.new('"];

/// The header that takes most keys, in the casings people use.
pub(super) const AUTHORIZATION: &[u8] = b"uthorization";

/// How programs read their environment, in the languages whose readers keylint knows.
const READ_WORDS: [&[u8]; 9] = [
    b"getenv",
    b"environ",
    b"process.env",
    b"ENV[",
    b"ENV.fetch",
    b"Getenv",
    b"env::var",
    b"import.meta.env",
    b"env.get",
];

/// What programs that load env files name; its needle is the one of `getenv`.
const LOADER: &str = "dotenv";

/// The compiled rules of a run.
#[derive(Debug)]
pub struct Plan {
    /// Every active rule.
    pub(super) rules: Vec<Arc<Rule>>,
    pub(super) tokens: Vec<TokenRule>,
    pub(super) assignments: AssignmentPlan,
    code: OnceLock<CodePlan>,
    pub(super) phrases: PhrasePlan,
    /// Whether some rule asks for what code does.
    reads_code: bool,
    /// The literals of all rules for every file, and what to do at each.
    wanted: Vec<(Vec<u8>, Target)>,
    /// What is looked for in every file.
    everywhere: OnceLock<Search>,
    /// The same, and names of credentials that belong to no vendor.
    settings: OnceLock<Search>,
    /// The same, and how programs read their environment.
    readers: OnceLock<Search>,
    /// The same, and how other languages build clients.
    sources: OnceLock<Search>,
    /// As `readers`, and the SDKs: what is looked for in the languages keylint reads as code.
    programs: OnceLock<Search>,
    names: NameUse,
    /// Whether some rule looks at what names are given.
    reads_names: bool,
    /// Whether the names of all credentials are noted, not only of those that rules know.
    pub(crate) traces: bool,
    /// How long a token can get (bytes): what two windows of a large file have to share.
    pub(super) longest_token: usize,
}

impl Plan {
    /// Compiles the rules of `set` that `is_active` accepts.
    pub fn new(set: &RuleSet, is_active: impl Fn(&Rule) -> bool) -> Self {
        let rules: Vec<Arc<Rule>> = set.iter().filter(|rule| is_active(rule)).cloned().collect();
        let mut wanted: Vec<(Vec<u8>, Target)> = vec![(ALLOW_MARKER.to_vec(), Target::Allow { back: 0 })];
        let (mut tokens, mut assignments) = (Vec::new(), AssignmentPlan::default());
        let (mut reads_names, mut names) = (false, NameUse::Ignored);
        for rule in &rules {
            match &rule.matcher {
                Matcher::Token(spec) => {
                    for anchor in &spec.anchors {
                        let anchor = anchor.as_bytes();
                        let target = Target::Token { rule: tokens.len(), anchor: anchor.into(), back: 0 };
                        wanted.push((anchor.to_vec(), target));
                    }
                    tokens.push(TokenRule::new(rule.clone(), spec));
                }
                Matcher::Assignment(spec) => {
                    assignments.add(rule.clone(), spec);
                    reads_names = true;
                }
                Matcher::EnvName(_) => names = NameUse::Reported,
                Matcher::Flow(_) => names = names.max(NameUse::Followed),
                Matcher::Code(_)
                | Matcher::EnvEntry(_)
                | Matcher::EnvFile(_)
                | Matcher::Instruction(_)
                | Matcher::Manifest(_)
                | Matcher::Phrase(_)
                | Matcher::Pin(_)
                | Matcher::UnusedAllow {} => {}
            }
        }
        let phrases = PhrasePlan::new(&rules);
        let asks = |rule: &Arc<Rule>| matches!(rule.matcher, Matcher::Code(_) | Matcher::Flow(_) | Matcher::Phrase(_));
        let reads_code = rules.iter().any(asks);
        if reads_names || names != NameUse::Ignored {
            wanted.extend(NAME_WORDS.map(|word| (word.to_vec(), Target::Name { word, back: 0 })));
        }
        if reads_names {
            wanted.push((AUTHORIZATION.to_vec(), Target::Authorization { back: 0 }));
        }
        let longest_token = tokens.iter().map(|token| token.spec().window).max().unwrap_or(0);
        Self {
            rules,
            tokens,
            assignments,
            code: OnceLock::new(),
            phrases,
            reads_names,
            reads_code,
            wanted,
            everywhere: OnceLock::new(),
            settings: OnceLock::new(),
            readers: OnceLock::new(),
            sources: OnceLock::new(),
            programs: OnceLock::new(),
            names,
            traces: false,
            longest_token,
        }
    }

    /// The active rules whose matcher `pick` accepts, with what it returns.
    pub(super) fn matching<'a, T>(
        &'a self,
        pick: impl Fn(&'a Matcher) -> Option<T> + 'a,
    ) -> impl Iterator<Item = (&'a Arc<Rule>, T)> + 'a {
        self.rules.iter().filter_map(move |rule| Some((rule, pick(&rule.matcher)?)))
    }

    /// Whether rules report names of variables.
    pub(super) fn reports_names(&self) -> bool {
        self.names == NameUse::Reported
    }

    /// The rules that ask for uses of SDKs.
    pub(super) fn code(&self) -> &CodePlan {
        self.code.get_or_init(|| CodePlan::new(&self.rules))
    }

    /// Whether some rule asks for what code does.
    pub(super) const fn reads_code(&self) -> bool {
        self.reads_code
    }

    /// What to look for in every text.
    pub(super) fn everywhere(&self) -> &Search {
        self.everywhere.get_or_init(|| Search::new(self.wanted.clone()))
    }

    /// How often the prefilter stops in `text`, a file of this kind: all a scan does before a rule looks at anything.
    /// `cargo bench` times it alone.
    pub fn count_hits(&self, kind: FileKind, text: &[u8]) -> usize {
        let mut count = 0;
        self.search(kind).prefilter.each(text, |_, _| count += 1);
        count
    }

    /// What to look for in a file of this kind.
    pub(super) fn search(&self, kind: FileKind) -> &Search {
        match kind {
            FileKind::Python | FileKind::JavaScript | FileKind::Notebook | FileKind::Html => {
                self.programs.get_or_init(|| Search::new(self.in_programs()))
            }
            // C reads its environment by `getenv("NAME")` alone, which the name gives away.
            FileKind::C | FileKind::Prose | FileKind::Lock => self.everywhere(),
            FileKind::Code => self.sources.get_or_init(|| Search::new(self.in_sources())),
            FileKind::Json => self.settings.get_or_init(|| Search::new(self.in_settings())),
            _ => self.readers.get_or_init(|| Search::new(self.in_readers())),
        }
    }

    fn in_readers(&self) -> Vec<(Vec<u8>, Target)> {
        let words = (self.names != NameUse::Ignored).then_some(READ_WORDS).into_iter().flatten();
        let words = words.map(|word| (word.to_vec(), Target::EnvRead { word, back: 0 }));
        self.in_settings().into_iter().chain(words).collect()
    }

    fn in_sources(&self) -> Vec<(Vec<u8>, Target)> {
        let words = self.reads_names.then_some(CLIENT_CALLS).into_iter().flatten();
        let words = words.map(|word| (word.to_vec(), Target::Client { word, back: 0 }));
        self.in_readers().into_iter().chain(words).collect()
    }

    fn in_settings(&self) -> Vec<(Vec<u8>, Target)> {
        let mut out = self.wanted.clone();
        if self.reads_names {
            out.extend(SECRET_WORDS.map(|word| (word.to_vec(), Target::SecretName { word, back: 0 })));
            out.extend(ADDRESSES.map(|word| (word.to_vec(), Target::Address { word, back: 0 })));
        }
        out
    }

    fn in_programs(&self) -> Vec<(Vec<u8>, Target)> {
        let module = |module: &str, use_of| {
            let word = module.as_bytes();
            (word.to_vec(), Target::Module { word: word.into(), back: 0, use_of })
        };
        let mut out = self.in_readers();
        out.extend(self.code().modules().map(|name| module(name, Import::Code)));
        out.extend(self.code().inner_modules().map(|name| module(name, Import::Code)));
        // They hold the name of a module, whose needle does for them as well.
        out.extend(self.phrases.in_programs().map(|literal| {
            let word = literal.as_bytes();
            (word.to_vec(), Target::Phrase { word: word.into(), back: 0 })
        }));
        if self.names != NameUse::Ignored {
            out.extend(clients().modules().map(|name| module(name, Import::Client)));
        }
        if self.rules.iter().any(|rule| matches!(rule.matcher, Matcher::Flow(_))) {
            out.push(module(LOADER, Import::Loader));
        }
        out
    }
}

/// Chooses what to search for: a needle for each literal, shared where that is possible, and the targets of each
/// needle. No needle starts with another, so that the prefilter reports each place once.
///
/// A literal of three or four bytes is its own needle. A longer one is represented by a needle that is already there
/// and stands in it, or else by its rarest four bytes; the target compares the whole literal at the hit.
fn choose(mut wanted: Vec<(Vec<u8>, Target)>) -> (Vec<Vec<u8>>, Vec<Vec<Target>>) {
    wanted.sort_by(|a, b| (a.0.len(), &a.0).cmp(&(b.0.len(), &b.0)));
    let (literals, wanted): (Vec<Vec<u8>>, Vec<Target>) = wanted.into_iter().unzip();
    // How many literals hold these bytes.
    let mut sharers: FxHashMap<&[u8], i64> = FxHashMap::default();
    let mut parts = Vec::new();
    for literal in &literals {
        parts.clear();
        parts.extend(literal.windows(NEEDLE.min(literal.len())));
        parts.sort_unstable();
        parts.dedup();
        for part in &parts {
            *sharers.entry(part).or_default() += 1;
        }
    }
    let mut needles: Vec<Vec<u8>> = Vec::new();
    let mut targets: Vec<Vec<Target>> = Vec::new();
    let mut numbers: FxHashMap<&[u8], usize> = FxHashMap::default();
    for (literal, target) in literals.iter().zip(wanted) {
        let needle_at = |back: usize| {
            let mut parts = (SHORTEST..=NEEDLE).filter_map(|length| literal.get(back..back + length));
            parts.find_map(|part| numbers.get(part)).map(|number| (back, *number))
        };
        let (back, needle) = if let Some(shared) = (0..literal.len()).find_map(needle_at) {
            shared
        } else {
            let part = |back: usize| &literal[back..literal.len().min(back + NEEDLE)];
            let sharers = |part: &[u8]| sharers.get(part).copied().unwrap_or(1);
            let back = (0..=literal.len().saturating_sub(NEEDLE))
                .min_by_key(|&back| i64::from(rarity::commonness(part(back))) - SHARING * sharers(part(back)))
                .unwrap_or(0);
            numbers.insert(part(back), needles.len());
            needles.push(part(back).to_vec());
            targets.push(Vec::new());
            (back, needles.len() - 1)
        };
        let target = target.shifted(back);
        if !targets[needle].contains(&target) {
            targets[needle].push(target);
        }
    }
    (needles, targets)
}

impl Target {
    /// The same target, reached from a needle that stands `by` bytes into its literal.
    fn shifted(self, by: usize) -> Self {
        match self {
            Self::Token { rule, anchor, .. } => Self::Token { rule, anchor, back: by },
            Self::Name { word, .. } => Self::Name { word, back: by },
            Self::EnvRead { word, .. } => Self::EnvRead { word, back: by },
            Self::SecretName { word, .. } => Self::SecretName { word, back: by },
            Self::Address { word, .. } => Self::Address { word, back: by },
            Self::Client { word, .. } => Self::Client { word, back: by },
            Self::Module { word, use_of, .. } => Self::Module { word, back: by, use_of },
            Self::Authorization { .. } => Self::Authorization { back: by },
            Self::Phrase { word, .. } => Self::Phrase { word, back: by },
            Self::Allow { .. } => Self::Allow { back: by },
        }
    }

    /// Where the target's whole literal starts if it stands at a hit at `at` in `text`.
    pub(super) fn start(&self, text: &[u8], at: usize) -> Option<usize> {
        let (literal, back): (&[u8], usize) = match self {
            Self::Token { anchor, back, .. } => (anchor, *back),
            Self::Name { word, back }
            | Self::EnvRead { word, back }
            | Self::SecretName { word, back }
            | Self::Address { word, back }
            | Self::Client { word, back } => (word, *back),
            Self::Module { word, back, .. } | Self::Phrase { word, back } => (word, *back),
            Self::Authorization { back } => (AUTHORIZATION, *back),
            Self::Allow { back } => (ALLOW_MARKER, *back),
        };
        let start = at.checked_sub(back)?;
        text[start..].starts_with(literal).then_some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needles_are_shared_where_possible() {
        let target = |rule, anchor: &str, back| Target::Token { rule, anchor: anchor.as_bytes().into(), back };
        let wanted = |rule, anchor: &str| (anchor.as_bytes().to_vec(), target(rule, anchor, 0));
        let (needles, targets) = choose(vec![
            wanted(0, "sk-proj-"),
            wanted(1, "sk-"),
            wanted(2, "tgp_v1_"),
            wanted(3, "dop_v1_"),
            wanted(4, "sk-"),
        ]);
        assert_eq!(needles, [b"sk-".to_vec(), b"_v1_".to_vec()]);
        assert_eq!(targets[0], [target(1, "sk-", 0), target(4, "sk-", 0), target(0, "sk-proj-", 0)]);
        assert_eq!(targets[1], [target(3, "dop_v1_", 3), target(2, "tgp_v1_", 3)]);
    }

    #[test]
    fn hits_are_counted_where_the_kind_is_searched_for_them() {
        let plan = Plan::new(&RuleSet::builtin().unwrap(), |_| true);
        let count = |kind, text: &str| plan.count_hits(kind, text.as_bytes());
        assert_eq!(count(FileKind::Code, "plain words"), 0);
        let read = "os.Getenv(name)";
        assert_eq!((count(FileKind::Prose, read), count(FileKind::Code, read)), (0, 1));
    }

    #[test]
    fn the_loader_needs_no_needle_of_its_own() {
        let count = |without: &str| {
            let plan = Plan::new(&RuleSet::builtin().unwrap(), |rule| rule.family.as_str() != without);
            Search::new(plan.in_programs()).targets.len()
        };
        assert_eq!(count("flow"), count("none"));
    }

    #[test]
    fn phrases_in_programs_need_no_needle_of_their_own() {
        let plan = Plan::new(&RuleSet::builtin().unwrap(), |_| true);
        let mut wanted = plan.in_programs();
        let count = Search::new(wanted.clone()).targets.len();
        wanted.retain(|(_, target)| !matches!(target, Target::Phrase { .. }));
        assert_eq!(count, Search::new(wanted).targets.len());
    }

    #[test]
    fn needles_stay_few() {
        let plan = Plan::new(&RuleSet::builtin().unwrap(), |_| true);
        let count = plan.everywhere().targets.len();
        assert!(count <= 80, "{count} needles: see docs/benchmarks.md on what each costs");
    }
}
