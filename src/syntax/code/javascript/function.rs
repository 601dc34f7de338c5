//! JavaScript's functions: which name is one, and what it returns. A function is known by the bracket its parameters
//! stand in.

use super::super::Role;
use super::super::given::Given;
use super::Reader;

impl Reader<'_> {
    /// The function written at token `i`: `function () {…}`, `async (a) => …`.
    pub(super) fn function_at(&self, i: usize) -> Option<usize> {
        let start = i + usize::from(self.out.tokens.is_word(i, b"async"));
        let is_written = self.out.tokens.is_word(start, b"function");
        let open = start + usize::from(is_written);
        let open = open + usize::from(is_written && self.is_name(open));
        let close = self.out.tokens.partner(open).filter(|close| *close > open && self.is(open, b"("))?;
        let is_arrow = || {
            let typed = self.is(close + 1, b":");
            self.is(close + 1, b"=>") || typed && (close + 2..close + 12).any(|at| self.is(at, b"=>"))
        };
        (is_written || is_arrow()).then_some(open)
    }

    /// The method of a class whose name is token `i`, where it is written: `client() {…}`, `get client() {…}`.
    pub(super) fn method_at(&self, i: usize, next: usize) -> Option<Given> {
        let is_body = self.is(next, b"{") || self.is(next, b":");
        if !self.is(i + 1, b"(") || !is_body {
            return None;
        }
        let is_getter = i > 0 && self.out.tokens.is_word(i - 1, b"get");
        Some(if is_getter { Given::Result(i + 1) } else { Given::Function(i + 1) })
    }

    /// Notes what follows the `return` at token `i`.
    pub(super) fn note_return(&mut self, i: usize) {
        let function = self.functions.get(&self.out.frame(self.scope())).copied();
        if let Some(function) = function {
            self.returns(function, i + 1);
        }
    }

    /// The function returns what starts at token `i`.
    pub(super) fn returns(&mut self, function: usize, i: usize) {
        let value = self.value(i);
        // No name is given to it.
        if let Given::Chain(chain) = value {
            self.out.chains[chain].role = Role::Read;
        }
        self.out.returns(function, value);
    }
}
