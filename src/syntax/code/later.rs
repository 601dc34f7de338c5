//! Arguments and values, read when somebody asks for them.

use super::scope::Collector;
use super::{Call, Code, Pair, Part, Reference, Value};
use std::cell::OnceCell;

/// Something between two tokens that may be read later.
#[derive(Debug)]
pub(super) struct Later<T> {
    from: usize,
    to: usize,
    read: OnceCell<Box<T>>,
}

impl<T> Later<T> {
    /// What stands between tokens `from` and `to`; for a call these are its brackets.
    pub(super) const fn new(from: usize, to: usize) -> Self {
        Self { from, to, read: OnceCell::new() }
    }
}

/// What expressions are read from.
#[derive(Debug)]
pub(super) struct Expressions<'a> {
    pub(super) collected: Collector<'a>,
    /// The place of each chain among the references.
    pub(super) numbers: Vec<usize>,
}

impl Expressions<'_> {
    fn value<'v>(&self, later: &'v Later<Value>) -> &'v Value {
        later.read.get_or_init(|| Box::new(self.collected.value(later.from, later.to, &self.numbers, 0)))
    }
}

impl Code<'_> {
    /// The arguments of `part`, if it is a call.
    pub fn call<'v>(&self, part: &'v Part) -> Option<&'v Call> {
        let later = part.call.as_ref()?;
        let Expressions { collected, numbers } = &self.expressions;
        Some(later.read.get_or_init(|| Box::new(collected.call(later.from, later.to, numbers))))
    }

    /// The arguments of the call `reference` ends with.
    pub fn last_call<'v>(&self, reference: &'v Reference) -> Option<&'v Call> {
        self.call(reference.parts.last()?)
    }

    /// The bytes of `span`.
    pub fn text_of(&self, span: crate::span::Span) -> &[u8] {
        span.of(self.expressions.collected.tokens.text)
    }

    /// What `reference` is assigned.
    pub fn assigned<'v>(&self, reference: &'v Reference) -> Option<&'v Value> {
        Some(self.expressions.value(reference.value.as_ref()?))
    }

    /// What a key is given.
    pub fn given<'v>(&self, pair: &'v Pair) -> &'v Value {
        self.expressions.value(&pair.value)
    }
}
