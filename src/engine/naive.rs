//! The engine against a scan that takes no short cut: every token rule's pattern is tried at every byte of a text,
//! without needles, sharing or windows. Both have to find the same tokens.

use super::context::Context;
use super::plan::Plan;
use super::scan::{Marks, hits};
use crate::rules::matcher::compile;
use crate::rules::{Matcher, RuleSet};
use crate::source::{Encoding, FileKind, RelPath, Role, SourceFile};
use crate::span::Span;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{RngSeed, TestRunner};
use regex::bytes::Regex;
use std::cell::Cell;
use std::collections::BTreeSet;

/// What every file of the test is; rules may leave some kinds out.
const KIND: FileKind = FileKind::Config;

type Found = BTreeSet<(String, Span)>;

/// The tokens the engine finds, before matches on one value are merged.
fn engine(plan: &Plan, text: &[u8]) -> Found {
    let path = RelPath::from("a.toml");
    let file = SourceFile { path: &path, kind: KIND, role: Role::Live, text, encoding: Encoding::Utf8, ignored: false };
    let mut cx = Context::new(&file);
    hits(plan, &mut cx, &mut Marks::default(), 0..text.len() + 1);
    let tokens = cx.matches.into_iter().filter(|found| matches!(found.rule.matcher, Matcher::Token(_)));
    tokens.map(|found| (found.rule.id.clone(), found.span)).collect()
}

/// The same without a prefilter. `patterns` are those of the plan's token rules.
fn naive(plan: &Plan, patterns: &[Regex], text: &[u8]) -> Found {
    let mut found = Found::new();
    for (rule, pattern) in plan.tokens.iter().zip(patterns) {
        for start in (0..text.len()).filter(|start| pattern.is_match(&text[*start..])) {
            let anchors: Vec<&String> =
                rule.spec().anchors.iter().filter(|anchor| text[start..].starts_with(anchor.as_bytes())).collect();
            assert!(!anchors.is_empty(), "{}: a match that starts with no anchor", rule.rule().id);
            let ends = anchors.iter().filter_map(|anchor| rule.at(text, start, anchor.len()));
            found.extend(ends.map(|hit| (rule.rule().id.clone(), hit.span)));
        }
        if rule.spec().not_in.contains(&KIND) {
            found.retain(|(id, _)| *id != rule.rule().id);
        }
    }
    found
}

/// What texts are made of: the examples' files and the tokens in them.
struct Material {
    files: Vec<String>,
    tokens: Vec<String>,
    anchors: Vec<String>,
}

impl Material {
    fn new(rules: &RuleSet) -> Self {
        let (mut files, mut tokens, mut anchors) = (Vec::new(), Vec::new(), Vec::new());
        for rule in rules {
            let Matcher::Token(spec) = &rule.matcher else { continue };
            anchors.extend(spec.anchors.clone());
            for file in rule.examples().iter().flat_map(|example| example.expand(&rule.id).unwrap()) {
                let marked = file.marks.iter().filter_map(|mark| file.text.get(mark.range()));
                tokens.extend(marked.filter(|token| token.len() < 1000).map(str::to_owned));
                if file.text.len() < 1000 {
                    files.push(file.text);
                }
            }
        }
        Self { files, tokens, anchors }
    }

    /// One piece of a text.
    fn piece(&self) -> impl Strategy<Value = String> + use<> {
        const BETWEEN: [&str; 36] = [
            "", "", " ", "\n", "\r\n", "\t", "\"", "'", "`", "=", ":", ",", ";", "|", "&", "?", "/", "\\", "\\n",
            "\\\"", "%3D", "\\u003d", "(", ")", "{", "}", "<", ">", "_", "-", ".", "0", "a", "\u{feff}", "\0", "+",
        ];
        const SCRIPTS: [&str; 10] = ["é", "钥匙", "🔑", "ключ", "مفتاح", "מפתח", "キー", "e\u{301}", "\u{200b}", "ſ"];
        let token = select(self.tokens.clone());
        let anchor = select(self.anchors.clone());
        let cut = (token.clone(), any::<Index>())
            .prop_map(|(token, at)| token.chars().take(at.index(token.chars().count())).collect::<String>());
        let changed = (token.clone(), any::<Index>(), select(vec!['A', 'z', '0', '-', '_', '+', '.', 'é', ' ']))
            .prop_map(|(token, at, with)| {
                let at = at.index(token.chars().count());
                token.chars().enumerate().map(|(i, ch)| if i == at { with } else { ch }).collect::<String>()
            });
        prop_oneof![
            4 => token,
            2 => cut,
            2 => changed,
            1 => select(self.files.clone()),
            2 => anchor.clone(),
            1 => (anchor, 2..6usize).prop_map(|(anchor, times)| anchor.repeat(times)),
            8 => select(BETWEEN.to_vec()).prop_map(str::to_owned),
            1 => select(SCRIPTS.to_vec()).prop_map(str::to_owned),
        ]
    }
}

#[test]
fn the_engine_finds_what_a_naive_scan_finds() {
    let rules = RuleSet::builtin().unwrap();
    let plan = Plan::new(&rules, |_| true);
    let patterns: Vec<Regex> =
        plan.tokens.iter().map(|rule| compile(&format!("^(?:{})", rule.spec().pattern)).unwrap()).collect();
    let config = ProptestConfig {
        cases: 6000,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let texts = proptest::collection::vec(Material::new(&rules).piece(), 1..12);
    let count = Cell::new(0);
    let result = TestRunner::new(config).run(&texts, |pieces| {
        let text = pieces.concat();
        let found = engine(&plan, text.as_bytes());
        count.set(count.get() + found.len());
        prop_assert_eq!(found, naive(&plan, &patterns, text.as_bytes()), "{:?}", text);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(count.get() > 100, "the texts hold {} tokens only", count.get());
}
