//! Python: statements are told by their first word and by indentation.

mod block;
mod expression;
#[cfg(test)]
mod tests;

use super::given::Given;
use super::lexer::{Kind, Tokens};
use super::scope::{Collector, ScopeKind};
use super::{Code, Import, Language, Role};
use crate::span::Span;
use block::Block;
use rustc_hash::FxHashSet;

/// Whether a word is no name.
fn is_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"and"
            | b"as"
            | b"assert"
            | b"async"
            | b"await"
            | b"break"
            | b"class"
            | b"continue"
            | b"def"
            | b"del"
            | b"elif"
            | b"else"
            | b"except"
            | b"finally"
            | b"for"
            | b"from"
            | b"global"
            | b"if"
            | b"import"
            | b"in"
            | b"is"
            | b"lambda"
            | b"nonlocal"
            | b"not"
            | b"or"
            | b"pass"
            | b"raise"
            | b"return"
            | b"try"
            | b"while"
            | b"with"
            | b"yield"
            | b"None"
            | b"True"
            | b"False"
    )
}

/// Words that start a block; a statement may follow their colon on the same line.
const BLOCK_WORDS: [&[u8]; 11] =
    [b"if", b"elif", b"else", b"for", b"while", b"try", b"except", b"finally", b"with", b"def", b"class"];

/// What a Python text says.
pub(super) fn read(text: &[u8]) -> Code<'_> {
    let mut reader = Reader {
        out: Collector::new(Tokens::new(text, Language::Python)),
        open: Vec::new(),
        globals: FxHashSet::default(),
    };
    reader.run();
    reader.out.finish(Language::Python)
}

struct Reader<'a> {
    out: Collector<'a>,
    open: Vec<Block>,
    /// Names a function gives to the module's scope, with the function's scope.
    globals: FxHashSet<(usize, &'a [u8])>,
}

impl Reader<'_> {
    fn run(&mut self) {
        let mut i = 0;
        let mut indent = 0;
        while i < self.out.tokens.len() {
            if let Kind::Newline(columns) = self.out.tokens.all[i].kind {
                indent = columns;
                self.close(indent, i);
                i += 1;
                continue;
            }
            let end = self.statement_end(i);
            self.leaves_or_repeats(i, end);
            self.statement(i, end, indent);
            i = end.max(i + 1);
        }
        self.close(0, self.out.tokens.len());
    }

    fn scope(&self) -> usize {
        self.open.last().map_or(0, |block| block.scope)
    }

    /// The token after the statement at `i`: its line end, semicolon, or the token after its block's colon.
    fn statement_end(&self, i: usize) -> usize {
        let tokens = &self.out.tokens;
        let first = i + usize::from(tokens.is_word(i, b"async"));
        let is_block = tokens.is_name(first) && BLOCK_WORDS.contains(&tokens.bytes(first));
        let mut at = i;
        let mut lambda = 0usize;
        while at < tokens.len() {
            match tokens.all[at].kind {
                Kind::Newline(_) => return at,
                Kind::Op if tokens.is(at, b";") => return at + 1,
                Kind::Op if is_block && tokens.is(at, b":") && lambda == 0 => return at + 1,
                Kind::Op if tokens.is(at, b":") => lambda = lambda.saturating_sub(1),
                Kind::Name if tokens.is_word(at, b"lambda") => lambda += 1,
                _ => {}
            }
            at = tokens.after(at);
        }
        tokens.len()
    }

    fn statement(&mut self, i: usize, end: usize, indent: usize) {
        let tokens = &self.out.tokens;
        let first = i + usize::from(tokens.is_word(i, b"async"));
        match tokens.bytes(first) {
            b"import" if tokens.is_name(first) => self.import(first + 1, end),
            b"from" if tokens.is_name(first) => self.import_from(first + 1, end),
            b"def" | b"class" if tokens.is_name(first + 1) => self.definition(first, end, indent),
            b"global" => {
                let scope = self.scope();
                for name in first + 1..end {
                    if tokens.is_name(name) {
                        self.globals.insert((scope, tokens.bytes(name)));
                    }
                }
            }
            b"return" => {
                let scope = self.scope();
                let value = self.last_value(first + 1, end, scope);
                self.out.returns(self.out.frame(scope), value);
                self.expressions(i, end, scope, Role::Read);
            }
            word => {
                let role = if word == b"except" { Role::Except } else { Role::Read };
                if BLOCK_WORDS.contains(&word) {
                    self.open_block(first, end, indent);
                }
                self.expressions(i, end, self.scope(), role);
            }
        }
    }

    /// `a.b as c, d`
    fn import(&mut self, mut i: usize, end: usize) {
        while i < end && self.out.tokens.is_name(i) {
            let start = i;
            while self.out.tokens.is(i + 1, b".") && self.out.tokens.is_name(i + 2) {
                i += 2;
            }
            let span = Span::new(self.out.tokens.all[start].span.start, self.out.tokens.all[i].span.end);
            let path = self.path(start, i + 1);
            i += 1;
            if self.out.tokens.is_word(i, b"as") {
                self.bring(i + 1, self.imported(path.clone(), span, false), path);
                i += 2;
            } else {
                // `import a.b` binds `a`.
                let package = path.split('.').next().unwrap_or_default().to_owned();
                self.bring(start, self.imported(path, span, false), package);
            }
            if !self.out.tokens.is(i, b",") {
                break;
            }
            i += 1;
        }
    }

    /// `a.b import c as d, e`
    fn import_from(&mut self, start: usize, end: usize) {
        let tokens = &self.out.tokens;
        let Some(import) = (start..end).find(|i| tokens.is_word(*i, b"import")) else { return };
        let relative = !tokens.is_name(start);
        let module = if relative { String::new() } else { self.path(start, import) };
        let module_span = Span::new(tokens.all[start].span.start, tokens.all[import - 1].span.end);
        let import_of_module = self.imported(self.path(start, import), module_span, false);
        if relative {
            self.out.own_imports.push(import_of_module);
        } else {
            self.out.imports.push(import_of_module);
        }
        let mut i = import + 1;
        while i < end {
            let tokens = &self.out.tokens;
            if !tokens.is_name(i) {
                i += 1;
                continue;
            }
            let name = if tokens.is_word(i + 1, b"as") { i + 2 } else { i };
            let (path, span) = (format!("{module}.{}", String::from_utf8_lossy(tokens.bytes(i))), tokens.all[i].span);
            if relative {
                let scope = self.scope();
                // `from . import clients`, `from .llm import clients`
                let written = String::from_utf8_lossy(module_span.of(tokens.text));
                let own = format!("{}{path}", written.strip_suffix('.').unwrap_or(&written));
                self.out.own_imports.push(self.imported(own, span, true));
                self.bind(scope, name, Given::Unknown, None);
            } else {
                self.bring(name, self.imported(path.clone(), span, true), path);
            }
            i = name + 1;
        }
    }

    fn path(&self, start: usize, end: usize) -> String {
        (start..end).map(|i| String::from_utf8_lossy(self.out.tokens.bytes(i))).collect()
    }

    fn imported(&self, path: String, span: Span, is_member: bool) -> Import {
        Import { path, span, is_member, frame: self.out.frame(self.scope()), is_hoisted: false }
    }

    /// An import whose value (`bound`) the name at token `name` gets.
    fn bring(&mut self, name: usize, import: Import, bound: String) {
        let scope = self.scope();
        self.out.import(scope, name, import, bound.into());
    }

    fn bind(&mut self, scope: usize, name: usize, value: Given, given: Option<(usize, usize)>) {
        let bytes = self.out.tokens.bytes(name);
        let is_fallback = self.open.last().is_some_and(|block| block.is_fallback);
        let scope = if self.globals.contains(&(scope, bytes)) { 0 } else { scope };
        self.out.bind_tokens(scope, bytes, name, value, given);
        if is_fallback {
            self.out.is_fallback(scope, bytes);
        }
    }

    /// `def name(parameters) -> type:` or `class name(bases):`
    fn definition(&mut self, word: usize, end: usize, indent: usize) {
        let outer = self.scope();
        let is_class = self.out.tokens.is_word(word, b"class");
        let kind = if is_class { ScopeKind::Class } else { ScopeKind::Function };
        let scope = self.out.open_scope(kind, outer);
        let given = match is_class {
            true => Given::Unknown,
            false if self.is_property(word) => Given::Result(scope),
            false => Given::Function(scope),
        };
        self.bind(outer, word + 1, given, None);
        self.open.push(Block::definition(indent, scope));
        let open = word + 2;
        let close = self.out.tokens.partner(open).filter(|close| *close > open && !is_class);
        let Some(close) = close else {
            self.expressions(open, end, outer, Role::Read);
            return;
        };
        let mut i = open + 1;
        while i < close {
            while self.out.tokens.is(i, b"*") || self.out.tokens.is(i, b"**") {
                i += 1;
            }
            let name = i;
            while i < close && !self.out.tokens.is(i, b",") {
                i = self.out.tokens.after(i);
            }
            if !self.out.tokens.is_name(name) {
                i += 1;
                continue;
            }
            let mut value = Given::Unknown;
            if self.out.tokens.is(name + 1, b":") && self.out.tokens.is_name(name + 2) {
                let chain = self.out.chain(outer, name + 2, false);
                let next = self.out.chains[chain].next;
                if next >= i || self.out.tokens.is(next, b"=") || self.out.tokens.is(next, b"|") {
                    value = Given::Instance(chain);
                }
                self.expressions(next, i, outer, Role::Read);
            } else {
                self.expressions(name + 1, i, outer, Role::Read);
            }
            let bytes = self.out.tokens.bytes(name);
            self.out.bind(scope, bytes, name, value);
            i += 1;
        }
        if self.out.tokens.is(close + 1, b"->") && self.out.tokens.is_name(close + 2) {
            let chain = self.out.chain(outer, close + 2, false);
            let next = self.out.chains[chain].next;
            if self.out.tokens.is(next, b":") || self.out.tokens.is(next, b"|") {
                self.out.promises(scope, Given::Instance(chain));
            }
        }
        self.expressions(close + 1, end, outer, Role::Read);
    }

    /// Whether the definition at token `word` stands below `@property`.
    fn is_property(&self, word: usize) -> bool {
        let tokens = &self.out.tokens;
        let line_end = word - usize::from(word > 0 && tokens.is_word(word - 1, b"async"));
        let Some(last) = line_end.checked_sub(2) else { return false };
        let is_named = matches!(tokens.bytes(last), b"property" | b"cached_property");
        let before = last.wrapping_sub(1);
        is_named && (tokens.is(before, b"@") || tokens.is(before, b".") && tokens.is(last.wrapping_sub(3), b"@"))
    }
}
