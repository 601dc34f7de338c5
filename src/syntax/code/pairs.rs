//! Keys of dictionaries and objects with what they are given.

use super::Pair;
use super::later::Later;
use super::lexer::Kind;
use super::scope::Collector;
use crate::span::Span;

/// How many calls around a pair are noted.
const MOST_CALLS: usize = 4;

impl Collector<'_> {
    /// Every `key: value` in braces. `numbers`: the place of each chain among the references.
    pub(super) fn pairs(&self) -> Vec<Pair> {
        let tokens = &self.tokens;
        let mut out = Vec::new();
        // The brackets that are open: their tokens.
        let mut open: Vec<usize> = Vec::new();
        for i in 0..tokens.len() {
            if tokens.all[i].kind != Kind::Op {
                continue;
            }
            if tokens.partner(i).is_some_and(|close| close > i) {
                open.push(i);
            } else if tokens.partner(i).is_some() {
                open.pop();
            }
            let Some(&brace) = open.last() else { continue };
            if !tokens.is(i, b":") || !tokens.is(brace, b"{") || i < brace + 2 {
                continue;
            }
            let key = i - 1;
            let starts = key == brace + 1 || tokens.is(key - 1, b",") || tokens.is(key - 1, b"{");
            let Some(name) = tokens.inner(key).or_else(|| tokens.is_name(key).then(|| tokens.all[key].span)) else {
                continue;
            };
            let Some(close) = tokens.partner(brace).filter(|_| starts) else { continue };
            let mut end = i + 1;
            while end < close && !tokens.is(end, b",") {
                end = tokens.after(end);
            }
            let calls = open.iter().rev().filter(|bracket| tokens.is(**bracket, b"(")).take(MOST_CALLS);
            let calls = calls.filter_map(|bracket| {
                let close = tokens.partner(*bracket)?;
                Some(Span::new(tokens.all[*bracket].span.start, tokens.all[close].span.end))
            });
            let calls = calls.collect();
            out.push(Pair { key: name, value: Later::new(i + 1, end.min(close)), calls });
        }
        out
    }
}
