//! Texts on one line: commands and addresses in files no reader takes apart.

use super::context::{Context, Group, Match};
use super::plan::Plan;
use crate::rules::Rule;
use crate::rules::matcher::{Matcher, Phrase, compile};
use crate::source::FileKind;
use crate::span::{Span, line_around};
use crate::syntax::code::Source;
use regex::bytes::Regex;
use rustc_hash::FxHashMap;
use std::sync::{Arc, OnceLock};

/// How long a line may be that is looked at (bytes): nobody writes commands longer than that.
const LONGEST_LINE: usize = 16 * 1024;

/// How many lines that continue each other are looked at.
const LONGEST_COMMAND: usize = 60;

/// The phrase rules of a run, by the kinds of file they look at.
#[derive(Debug, Default)]
pub(super) struct PhrasePlan {
    rules: Vec<(Arc<Rule>, OnceLock<Option<Regex>>)>,
    by_kind: FxHashMap<FileKind, Vec<usize>>,
}

impl PhrasePlan {
    pub(super) fn new(all: &[Arc<Rule>]) -> Self {
        let mut plan = Self::default();
        for rule in all {
            let Matcher::Phrase(spec) = &rule.matcher else { continue };
            for kind in &spec.kinds {
                plan.by_kind.entry(*kind).or_default().push(plan.rules.len());
            }
            plan.rules.push((rule.clone(), OnceLock::new()));
        }
        plan
    }

    /// What rules look for in programs, whatever else these do.
    pub(super) fn in_programs(&self) -> impl Iterator<Item = &String> {
        let rules = self.by_kind.get(&FileKind::Python).into_iter().flatten().map(|number| &self.rules[*number].0);
        rules.flat_map(|rule| match &rule.matcher {
            Matcher::Phrase(spec) => spec.literals.as_slice(),
            _ => &[],
        })
    }
}

/// Reports the phrases of a file. `is_read`: whether the file is read as code.
pub(super) fn scan(plan: &Plan, cx: &mut Context<'_>, is_read: bool) {
    let kind = cx.file.kind;
    let is_program =
        matches!(kind, FileKind::Python | FileKind::JavaScript | FileKind::Notebook | FileKind::Html | FileKind::Code);
    if is_program && !is_read {
        return;
    }
    // Of a page the scripts are looked at.
    let text = cx.text();
    let page = (kind == FileKind::Html).then(|| Source::new(text, kind)).flatten();
    let is_run = |at: usize| page.as_ref().is_none_or(|page| page.text()[at] == text[at]);
    for number in plan.phrases.by_kind.get(&kind).into_iter().flatten() {
        let (rule, compiled) = &plan.phrases.rules[*number];
        let Matcher::Phrase(spec) = &rule.matcher else { continue };
        let mut end = 0;
        for at in places(cx.text(), spec) {
            let line = line_around(cx.text(), at);
            if at < end || cx.lines.is_commented(at) || !is_run(at) {
                continue;
            }
            end = line.end;
            if line.len() > LONGEST_LINE {
                continue;
            }
            let compiled = compiled.get_or_init(|| compile(&spec.pattern()).ok());
            if let Some(pattern) = compiled {
                in_line(cx, rule, spec, pattern, line);
            }
        }
    }
}

fn places(text: &[u8], spec: &Phrase) -> Vec<usize> {
    let mut out: Vec<usize> =
        spec.literals.iter().flat_map(|literal| memchr::memmem::find_iter(text, literal.as_bytes())).collect();
    out.sort_unstable();
    out
}

fn in_line(cx: &mut Context<'_>, rule: &Arc<Rule>, spec: &Phrase, pattern: &Regex, line: Span) {
    let text = cx.text();
    let Some(found) = pattern.captures(line.of(text)) else { return };
    let Some(it) = found.name("it").or_else(|| found.get(0)) else { return };
    let span = Span::new(line.start + it.start(), line.start + it.end());
    if !spec.near.is_empty() {
        let command = command(text, line).of(text);
        if !spec.near.iter().any(|near| memchr::memmem::find(command, near.as_bytes()).is_some()) {
            return;
        }
    }
    let mut matched = Match::new(rule, span, Group::Use);
    matched.name = Some(String::from_utf8_lossy(found.name("name").unwrap_or(it).as_bytes()).into_owned());
    cx.matches.push(matched);
}

/// The lines around `line` that continue each other.
fn command(text: &[u8], line: Span) -> Span {
    let goes_on = |line: Span| {
        let bytes = line.of(text).trim_ascii_end();
        bytes.ends_with(b"\\") || bytes.ends_with(b"\\\",") || bytes.ends_with(b"`")
    };
    let mut all = line;
    for _ in 0..LONGEST_COMMAND {
        let Some(before) = all.start.checked_sub(1).map(|end| line_around(text, end)) else { break };
        if !goes_on(before) {
            break;
        }
        all.start = before.start;
    }
    let mut last = line;
    for _ in 0..LONGEST_COMMAND {
        if !goes_on(last) || last.end + 1 >= text.len() {
            break;
        }
        last = line_around(text, last.end + 1);
        all.end = last.end;
    }
    all
}
