//! Modules and members that are named by a text: `require("openai")`, `importlib.import_module("openai")`,
//! `getattr(openai, "ChatCompletion")`, `setattr(openai, "api_base", …)`.

use super::Import;
use super::chain::{Chain, RawPart, module_name};
use super::scope::Collector;
use crate::span::Span;

/// A member that is taken or set by its name.
pub(super) struct Attribute {
    /// The chain whose member it is, by its number.
    pub(super) of: usize,
    pub(super) name: Span,
    /// The tokens of what it is set to.
    pub(super) given: Option<(usize, usize)>,
}

impl Collector<'_> {
    /// `require("openai")`, `import("openai")`, `__import__("openai")`: the text that part `i` asks for.
    pub(super) fn asked_for(&self, name: &[u8], parts: &[RawPart], i: usize) -> Option<Span> {
        if !matches!(name, b"require" | b"import" | b"__import__") {
            return None;
        }
        let Some(RawPart::Call { open, close }) = parts.get(i) else { return None };
        // `import_module(name="openai")`
        let is_named = self.tokens.is_word(open + 1, b"name") && self.tokens.is(open + 2, b"=");
        let text = open + if is_named { 3 } else { 1 };
        if *close > text { self.tokens.inner(text) } else { None }
    }

    /// The module a dynamic import asks for.
    pub(super) fn dynamic_import(&self, name: &[u8], parts: &[RawPart], i: usize) -> Option<String> {
        module_name(self.asked_for(name, parts, i)?.of(self.tokens.text))
    }

    /// The module that what leads to `path` asks for, and how many of the `parts` behind it say so.
    pub(super) fn imported_by(&self, path: &str, parts: &[RawPart]) -> Option<(String, usize)> {
        let at = match (path, parts.first()?) {
            ("importlib.import_module", _) => 0,
            ("importlib", RawPart::Member { name }) if name.of(self.tokens.text) == b"import_module" => 1,
            _ => return None,
        };
        Some((self.dynamic_import(b"__import__", parts, at)?, at + 1))
    }

    /// Adds `require("./x")` and `import("./x")` to the project's own imports.
    pub(super) fn load_own(&mut self) {
        for chain in &self.chains {
            let name = self.head(chain).of(self.tokens.text);
            let Some(span) = self.asked_for(name, self.parts(chain), 0) else { continue };
            if span.of(self.tokens.text).starts_with(b".") {
                let path = String::from_utf8_lossy(span.of(self.tokens.text)).into_owned();
                let frame = self.frame(chain.scope);
                self.own_imports.push(Import { path, span, is_member: false, frame, is_hoisted: false });
            }
        }
        self.own_imports.sort_by_key(|import| import.span);
    }

    /// The member that `chain` takes with `getattr` or sets with `setattr`. Where a default is given, the member may be
    /// missing.
    pub(super) fn attribute(&self, chain: &Chain) -> Option<Attribute> {
        let sets = match self.head(chain).of(self.tokens.text) {
            b"getattr" => false,
            b"setattr" => true,
            _ => return None,
        };
        let Some(&RawPart::Call { open, close }) = self.parts(chain).first() else { return None };
        let of = *self.read.get(&(open + 1))?;
        let comma = self.chains[of].next;
        let name = self.tokens.inner(comma + 1).filter(|_| self.tokens.is(comma, b","))?;
        let end = comma + 2;
        let fits = if sets { self.tokens.is(end, b",") } else { end == close };
        let is_name = name.of(self.tokens.text).iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
        (fits && is_name).then_some(Attribute { of, name, given: sets.then_some((end + 1, close)) })
    }
}
