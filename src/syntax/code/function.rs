//! What functions of the same file give back: `def client(): return OpenAI()`.

use super::chain::{Chain, RawPart};
use super::given::Given;
use super::scope::{Collector, Known, MOST_BINDINGS, Resolved};
use smallvec::SmallVec;

/// What is known about a function's results.
#[derive(Debug, Default)]
pub(super) struct Function {
    /// What its signature says.
    annotated: Option<Given>,
    /// What follows each `return`.
    returned: SmallVec<[Given; 1]>,
}

impl Collector<'_> {
    /// Function `function`, by the number its front end gave it, returns `value`.
    pub(super) fn returns(&mut self, function: usize, value: Given) {
        self.functions.entry(function).or_default().returned.push(value);
    }

    /// The signature of function `function` says that it returns `value`.
    pub(super) fn promises(&mut self, function: usize, value: Given) {
        self.functions.entry(function).or_default().annotated = Some(value);
    }

    /// What the call gives that `chain` starts with, and how many parts belong to that.
    pub(super) fn call_result(&self, chain: &Chain, memo: &mut [Known], hops: usize) -> Option<(Resolved, usize)> {
        let is_method = matches!(self.head(chain).of(self.tokens.text), b"self" | b"cls" | b"this");
        let at = usize::from(is_method);
        let Some(RawPart::Call { .. }) = self.parts(chain).get(at) else { return None };
        let Given::Function(function) = self.binding(chain)?.value else { return None };
        Some((self.result(function, memo, hops)?, at + 1))
    }

    /// What function `function` gives back: what its signature says, else what all its `return`s lead to.
    pub(super) fn result(&self, function: usize, memo: &mut [Known], hops: usize) -> Option<Resolved> {
        let Function { annotated, returned } = self.functions.get(&function)?;
        let promised = annotated.as_ref().and_then(|value| self.leads_to(value, memo, hops + 1));
        if promised.is_some() {
            return promised;
        }
        let mut found = None;
        for value in returned.iter().filter(|value| !matches!(value, Given::Nothing)).take(MOST_BINDINGS) {
            found = Some(self.leads_to(value, memo, hops + 1)?);
        }
        found
    }
}
