//! JavaScript's import statements, and `require`.

use super::super::Import;
use super::super::chain::module_name;
use super::super::given::Given;
use super::{LONGEST_LIST, Reader};

impl Reader<'_> {
    /// `import X, { A as B } from "m"`, `import * as X from "m"`, `import X = require("m")`, `import "m"`
    pub(super) fn import(&mut self, i: usize) -> usize {
        let scope = self.scope();
        let mut names: Vec<(usize, usize)> = Vec::new(); // Imported name (0: the module), local name.
        let mut at = i + 1;
        let is_type = self.out.tokens.is_word(at, b"type") && !self.is(at + 1, b",") && self.bytes(at + 1) != b"from";
        at += usize::from(is_type);
        let mut in_braces = false;
        while at < i + LONGEST_LIST && at < self.out.tokens.len() && self.out.tokens.inner(at).is_none() {
            if self.is(at, b"{") {
                in_braces = true;
            } else if self.is(at, b"}") {
                in_braces = false;
            } else if self.is(at, b"*") && self.out.tokens.is_word(at + 1, b"as") {
                names.push((0, at + 2));
                at += 2;
            } else if self.is(at, b"=") {
                if let Some(&(_, local)) = names.last() {
                    let value = self.value(at + 1);
                    let name = self.bytes(local);
                    self.out.bind(scope, name, local, value);
                }
                return at + 1;
            } else if self.is_name(at) && in_braces {
                if self.bytes(at) == b"type" && self.is_name(at + 1) && self.bytes(at + 1) != b"as" {
                    at += 1;
                }
                let renamed = self.out.tokens.is_word(at + 1, b"as") && self.is_name(at + 2);
                let local = if renamed { at + 2 } else { at };
                names.push((at, local));
                at = local;
            } else if self.is_name(at) && self.bytes(at) != b"from" {
                names.push((0, at));
            } else if !self.is(at, b",") && !self.is_name(at) {
                return i + 1;
            }
            at += 1;
        }
        let Some(inner) = self.out.tokens.inner(at) else { return i + 1 };
        let module = module_name(inner.of(self.out.tokens.text));
        let frame = self.out.frame(scope);
        let written = || String::from_utf8_lossy(inner.of(self.out.tokens.text)).into_owned();
        let path = module.clone().unwrap_or_else(written);
        let import = Import { path, span: inner, is_member: false, frame, is_hoisted: true };
        if module.is_some() {
            self.out.imports.push(import);
        } else if !is_type {
            self.out.own_imports.push(import);
        }
        for (imported, local) in names {
            let name = self.bytes(local);
            let Some(module) = &module else {
                self.out.bind(scope, name, local, Given::Unknown);
                continue;
            };
            let path = match self.bytes(imported) {
                _ if imported == 0 => module.clone(),
                b"default" => module.clone(),
                member => format!("{module}.{}", String::from_utf8_lossy(member)),
            };
            if imported == 0 {
                self.out.bind(scope, name, local, Given::Import(path.into()));
            } else {
                let span = self.out.tokens.all[imported].span;
                let import = Import { path: path.clone(), span, is_member: true, frame, is_hoisted: true };
                self.out.import(scope, local, import, path.into());
            }
        }
        at + 1
    }

    /// `export * from "./m"`: the word at token `i` stands in no import.
    pub(super) fn export_from(&mut self, i: usize) {
        let Some(inner) = self.out.tokens.inner(i + 1) else { return };
        if inner.of(self.out.tokens.text).starts_with(b".") {
            let path = String::from_utf8_lossy(inner.of(self.out.tokens.text)).into_owned();
            let frame = self.out.frame(self.scope());
            self.out.own_imports.push(Import { path, span: inner, is_member: false, frame, is_hoisted: true });
        }
    }

    /// The module a chain asks for, if it is `require("…")` or `import("…")` and no more.
    pub(super) fn required(&self, chain: usize) -> Option<String> {
        let chain = &self.out.chains[chain];
        let is_load = matches!(self.bytes(chain.at), b"require" | b"import");
        let inner = self.out.tokens.inner(chain.at + 2).filter(|_| is_load && chain.parts.len() == 1)?;
        module_name(inner.of(self.out.tokens.text))
    }
}
