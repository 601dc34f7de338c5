//! The rules of a run, compiled: which literals to look for, and what to do where one stands.

use super::assignment::AssignmentRule;
use super::code::CodePlan;
use super::prefilter::{Prefilter, rarest_part};
use super::token::TokenRule;
use crate::rules::{Matcher, Rule, RuleSet};
use std::sync::Arc;

/// What to do where a literal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Try token rule `rule` at the anchor, which starts `back` bytes before the hit.
    Token { rule: usize, anchor: Box<[u8]>, back: usize },
    /// A name of a credential may stand here: look at what it is given.
    Name { word: &'static [u8], back: usize },
    /// The environment is read here.
    EnvRead { word: &'static [u8], back: usize },
    /// An SDK module is named here: the file is worth being read as code.
    Module { word: Box<[u8]>, back: usize },
    /// One of our own comments stands here.
    Allow { back: usize },
}

/// The comment keylint looks for.
pub(super) const ALLOW_MARKER: &[u8] = b"keylint:";

/// Parts of names of credentials, in the casings people use. Every name rules ask for holds one of them.
const NAME_WORDS: [&[u8]; 14] = [
    b"_KEY",
    b"_TOKEN",
    b"_SECRET",
    b"api_key",
    b"api-key",
    b"apiKey",
    b"ApiKey",
    b"apikey",
    b"access_key",
    b"AccessKey",
    b"_token",
    b"APIKey",
    b"API-K",
    b"Bearer ",
];

/// How programs read their environment, in the languages whose readers keylint knows.
const READ_WORDS: [&[u8]; 8] =
    [b"getenv", b"environ", b"process.env", b"ENV[", b"Getenv", b"env::var", b"import.meta.env", b"env.get"];

/// The compiled rules of a run.
#[derive(Debug)]
pub struct Plan {
    /// Every active rule.
    pub(super) rules: Vec<Arc<Rule>>,
    pub(super) tokens: Vec<TokenRule>,
    pub(super) assignments: Vec<AssignmentRule>,
    pub(super) code: CodePlan,
    pub(super) prefilter: Prefilter,
    /// What to do at each needle of the prefilter.
    pub(super) targets: Vec<Vec<Target>>,
    /// How long a token can get (bytes): what two windows of a large file have to share.
    pub(super) longest_token: usize,
}

impl Plan {
    /// Compiles the rules of `set` that `is_active` accepts.
    pub fn new(set: &RuleSet, is_active: impl Fn(&Rule) -> bool) -> Self {
        let rules: Vec<Arc<Rule>> = set.iter().filter(|rule| is_active(rule)).cloned().collect();
        let mut anchors: Vec<(Vec<u8>, Target)> = Vec::new();
        let (mut tokens, mut assignments) = (Vec::new(), Vec::new());
        let mut reads_names = false;
        for rule in &rules {
            match &rule.matcher {
                Matcher::Token(spec) => {
                    for anchor in &spec.anchors {
                        let anchor = anchor.as_bytes();
                        let back = rarest_part(anchor);
                        let target = Target::Token { rule: tokens.len(), anchor: anchor.into(), back };
                        anchors.push((anchor[back..].to_vec(), target));
                    }
                    tokens.push(TokenRule::new(rule.clone(), spec));
                }
                Matcher::Assignment(spec) => {
                    assignments.push(AssignmentRule::new(rule.clone(), spec));
                    reads_names = true;
                }
                Matcher::EnvName(_) => reads_names = true,
                Matcher::Code(_) | Matcher::EnvEntry(_) | Matcher::Instruction(_) | Matcher::UnusedAllow {} => {}
            }
        }
        let code = CodePlan::new(&rules);
        for module in code.modules() {
            let word = module.as_bytes();
            let back = rarest_part(word);
            anchors.push((word[back..].to_vec(), Target::Module { word: word.into(), back }));
        }
        let allow = rarest_part(ALLOW_MARKER);
        anchors.push((ALLOW_MARKER[allow..].to_vec(), Target::Allow { back: allow }));
        if reads_names {
            for word in NAME_WORDS {
                let back = rarest_part(word);
                anchors.push((word[back..].to_vec(), Target::Name { word, back }));
            }
            for word in READ_WORDS {
                let back = rarest_part(word);
                anchors.push((word[back..].to_vec(), Target::EnvRead { word, back }));
            }
        }
        let (needles, targets) = merge(anchors);
        let longest_token = tokens.iter().map(|token| token.spec().window).max().unwrap_or(0);
        Self { prefilter: Prefilter::new(&needles), rules, tokens, assignments, code, targets, longest_token }
    }

    /// The active rules whose matcher `pick` accepts, with what it returns.
    pub(super) fn matching<'a, T>(
        &'a self,
        pick: impl Fn(&'a Matcher) -> Option<T> + 'a,
    ) -> impl Iterator<Item = (&'a Arc<Rule>, T)> + 'a {
        self.rules.iter().filter_map(move |rule| Some((rule, pick(&rule.matcher)?)))
    }

    /// How many literals the prefilter searches for.
    pub fn needle_count(&self) -> usize {
        self.targets.len()
    }
}

/// Makes one needle of several anchors where one starts the other: the prefilter reports each place once, and the
/// shorter needle's targets look for themselves which anchor stands there.
fn merge(mut anchors: Vec<(Vec<u8>, Target)>) -> (Vec<Vec<u8>>, Vec<Vec<Target>>) {
    anchors.sort_by(|a, b| a.0.cmp(&b.0));
    let mut needles: Vec<Vec<u8>> = Vec::new();
    let mut targets: Vec<Vec<Target>> = Vec::new();
    for (needle, target) in anchors {
        // Sorted, so a needle that starts this one is the last that was kept.
        match needles.last() {
            Some(last) if needle.starts_with(last) => {
                if let Some(list) = targets.last_mut()
                    && !list.contains(&target)
                {
                    list.push(target);
                }
            }
            _ => {
                needles.push(needle);
                targets.push(vec![target]);
            }
        }
    }
    (needles, targets)
}

impl Target {
    /// Where the target's whole literal starts if it stands at a hit at `at` in `text`.
    pub(super) fn start(&self, text: &[u8], at: usize) -> Option<usize> {
        let (literal, back): (&[u8], usize) = match self {
            Self::Token { anchor, back, .. } => (anchor, *back),
            Self::Name { word, back } | Self::EnvRead { word, back } => (word, *back),
            Self::Module { word, back } => (word, *back),
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
    fn needles_that_start_each_other_become_one() {
        let target = |rule| Target::Token { rule, anchor: b"x".as_slice().into(), back: 0 };
        let (needles, targets) = merge(vec![
            (b"sk-proj-".to_vec(), target(0)),
            (b"sk-".to_vec(), target(1)),
            (b"hf_".to_vec(), target(2)),
            (b"sk-".to_vec(), target(3)),
        ]);
        assert_eq!(needles, [b"hf_", b"sk-"]);
        assert_eq!(targets, [vec![target(2)], vec![target(1), target(3), target(0)]]);
    }
}
