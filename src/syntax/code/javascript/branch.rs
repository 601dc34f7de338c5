//! JavaScript's `if` and `catch`: what is done where a condition holds or an error is caught.

use super::super::Branch;
use super::Reader;
use crate::span::Span;

/// Calls that end the program.
const EXITS: [&[u8]; 3] = [b"exit", b"abort", b"fail"];

/// Calls that wait.
const WAITS: [&[u8]; 5] = [b"sleep", b"delay", b"wait", b"setTimeout", b"backoff"];

/// How many tokens of a body are looked at.
const LONGEST_BODY: usize = 400;

impl Reader<'_> {
    /// Whether the brace at token `i` opens the body of one of `words` with a condition in brackets.
    pub(super) fn is_body_of(&self, i: usize, words: &[&[u8]]) -> bool {
        let close = i.wrapping_sub(1);
        self.is(close, b")")
            && self
                .out
                .tokens
                .partner(close)
                .and_then(|open| open.checked_sub(1))
                .is_some_and(|word| self.is_name(word) && words.contains(&self.bytes(word)))
    }

    /// Whether the brace at token `i` opens the body of a loop that counts or has no end.
    pub(super) fn tries_again(&self, i: usize) -> bool {
        if i > 0 && self.out.tokens.is_word(i - 1, b"do") || self.is_body_of(i, &[b"while"]) {
            return true;
        }
        let head = i.checked_sub(1).and_then(|close| Some((self.out.tokens.partner(close)?, close)));
        self.is_body_of(i, &[b"for"]) && head.is_some_and(|(open, close)| (open..close).any(|at| self.is(at, b";")))
    }

    /// Notes the branch whose word is token `i`.
    pub(super) fn branch(&mut self, i: usize) {
        let tokens = &self.out.tokens;
        let close = tokens.partner(i + 1).filter(|close| *close > i && self.is(i + 1, b"("));
        let body = close.map_or(i + 1, |close| close + 1);
        let end = match tokens.partner(body) {
            Some(end) if self.is(body, b"{") && end > body => end,
            _ => self.expression_end(body),
        };
        if body >= end || end > tokens.len() {
            return;
        }
        let frame = self.out.frame(self.scope());
        let around = self.open.iter().rev().take_while(|open| self.out.frame(open.scope) == frame);
        let in_loop = around.into_iter().any(|open| open.is_loop);
        let stop = end.min(body + LONGEST_BODY);
        let is_call = |at: usize, words: &[&[u8]]| words.contains(&tokens.bytes(at)) && tokens.is(at + 1, b"(");
        let repeats = (body..stop).any(|at| tokens.is_word(at, b"continue") || is_call(at, &WAITS));
        let mut leaves = false;
        let mut at = if self.is(body, b"{") { body + 1 } else { body };
        let mut is_start = true;
        while at < stop && !leaves {
            let word = tokens.bytes(at);
            leaves = is_start && matches!(word, b"throw" | b"return" | b"break") || is_call(at, &EXITS);
            // The body of another condition may not be run.
            if matches!(word, b"if" | b"for" | b"while") && self.is(at + 1, b"(") {
                at = tokens.after(at + 1);
                is_start = false;
                continue;
            }
            is_start = matches!(word, b";" | b"}") || self.is_name(at) || matches!(word, b")");
            at = tokens.after(at);
        }
        let span = |from: usize, to: usize| Span::new(tokens.all[from].span.start, tokens.all[to].span.end);
        let condition =
            close.map_or(Span::new(tokens.all[i].span.end, tokens.all[i].span.end), |close| span(i + 1, close));
        let body = span(body, end.min(tokens.len() - 1));
        let before = i.checked_sub(1).filter(|before| tokens.is_word(i, b"catch") && self.is(*before, b"}"));
        let tried = before.and_then(|close| Some(span(tokens.partner(close)?, close)));
        self.out.branch(Branch { condition, body, tried, in_loop, leaves, repeats });
    }
}
