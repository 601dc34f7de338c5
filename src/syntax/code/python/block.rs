//! Python's blocks: which scope a line is in, and what is done where an error is caught or a condition holds.

use super::super::Branch;
use super::Reader;
use crate::span::Span;

/// A block that is open.
pub(super) struct Block {
    /// Indentation of its header.
    pub(super) indent: usize,
    pub(super) scope: usize,
    /// Whether it only runs when something failed, or as the other way: what it binds is second best.
    pub(super) is_fallback: bool,
    /// Whether it is a loop that tries again: `while`, `for _ in range(…)`.
    is_loop: bool,
    /// The tokens of its condition and the first of its body, if it is a branch.
    branch: Option<(usize, usize)>,
    ends: Ends,
}

/// What a block does with the loop around it.
#[derive(Clone, Copy, Default)]
struct Ends {
    /// It leaves: `raise`, `return`, `break`, the end of the program.
    leaves: bool,
    /// Something in it waits or goes on with the loop.
    repeats: bool,
}

/// Calls that end the program.
const EXITS: [&[u8]; 6] = [b"exit", b"_exit", b"quit", b"abort", b"fail", b"skip"];

impl Block {
    /// The block of a function or class.
    pub(super) const fn definition(indent: usize, scope: usize) -> Self {
        Self {
            indent,
            scope,
            is_fallback: false,
            is_loop: false,
            branch: None,
            ends: Ends { leaves: false, repeats: false },
        }
    }
}

impl Reader<'_> {
    /// Opens the block whose first word is token `word` and whose header ends before token `end`.
    pub(super) fn open_block(&mut self, word: usize, end: usize, indent: usize) {
        let tokens = &self.out.tokens;
        let mut block = Block::definition(indent, self.scope());
        let inherited = self.open.last().is_some_and(|outer| outer.is_fallback);
        match tokens.bytes(word) {
            b"except" => (block.is_fallback, block.branch) = (true, Some((word + 1, end))),
            b"else" => block.is_fallback = true,
            b"if" | b"elif" => block.branch = Some((word + 1, end)),
            b"while" => (block.is_fallback, block.is_loop) = (inherited, true),
            b"for" => {
                let counts = (word..end).any(|i| tokens.is_word(i, b"range") || tokens.is_word(i, b"count"));
                (block.is_fallback, block.is_loop) = (inherited, counts);
            }
            b"with" => block.is_fallback = inherited,
            _ => {}
        }
        self.open.push(block);
    }

    /// Notes on the open blocks what the statement between two tokens does.
    pub(super) fn leaves_or_repeats(&mut self, start: usize, end: usize) {
        let tokens = &self.out.tokens;
        let is_exit = |i: usize| EXITS.contains(&tokens.bytes(i)) && tokens.is(i + 1, b"(");
        let first = tokens.bytes(start);
        let leaves = matches!(first, b"raise" | b"return" | b"break") || (start..end.min(start + 8)).any(is_exit);
        let waits = (start..end).any(|i| tokens.is_word(i, b"sleep"));
        if leaves && let Some(block) = self.open.last_mut() {
            block.ends.leaves = true;
        }
        if waits || first == b"continue" {
            for block in self.open.iter_mut().rev().take(4) {
                block.ends.repeats = true;
            }
        }
    }

    /// Closes the blocks a line with `indent` columns is not in; token `end` ends them.
    pub(super) fn close(&mut self, indent: usize, end: usize) {
        while self.open.last().is_some_and(|block| block.indent >= indent) {
            let Some(block) = self.open.pop() else { return };
            let Some((condition, body)) = block.branch else { continue };
            let in_loop = self.open.iter().rev().take_while(|outer| outer.scope == block.scope).any(|b| b.is_loop);
            let tokens = &self.out.tokens;
            let span = |from: usize, to: usize| {
                let first = tokens.all.get(from).map_or(tokens.text.len(), |token| token.span.start);
                let last = to.checked_sub(1).and_then(|i| tokens.all.get(i)).map_or(first, |token| token.span.end);
                Span::new(first, last.max(first))
            };
            let branch = Branch {
                condition: span(condition, body),
                body: span(body, end),
                tried: None,
                in_loop,
                leaves: block.ends.leaves,
                repeats: block.ends.repeats,
            };
            self.out.branch(branch);
        }
    }
}
