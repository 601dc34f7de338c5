//! Python: statements are told by their first word and by indentation.

use super::lexer::{Kind, Tokens};
use super::scope::{Collector, ScopeKind, Value, is_nothing};
use super::{Code, Import, Language, Role};
use crate::span::Span;
use rustc_hash::FxHashSet;

/// Words that are no names.
const KEYWORDS: [&[u8]; 35] = [
    b"and",
    b"as",
    b"assert",
    b"async",
    b"await",
    b"break",
    b"class",
    b"continue",
    b"def",
    b"del",
    b"elif",
    b"else",
    b"except",
    b"finally",
    b"for",
    b"from",
    b"global",
    b"if",
    b"import",
    b"in",
    b"is",
    b"lambda",
    b"nonlocal",
    b"not",
    b"or",
    b"pass",
    b"raise",
    b"return",
    b"try",
    b"while",
    b"with",
    b"yield",
    b"None",
    b"True",
    b"False",
];

/// Words that start a block; a statement may follow their colon on the same line.
const BLOCK_WORDS: [&[u8]; 11] =
    [b"if", b"elif", b"else", b"for", b"while", b"try", b"except", b"finally", b"with", b"def", b"class"];

/// What a Python text says.
pub(super) fn read(text: &[u8]) -> Code {
    let mut reader = Reader {
        out: Collector::new(Tokens::new(text, Language::Python)),
        open: Vec::new(),
        globals: FxHashSet::default(),
    };
    reader.run();
    let mut code = reader.out.finish();
    code.language = Some(Language::Python);
    code
}

/// A block that is open.
struct Block {
    /// Indentation of its header.
    indent: usize,
    scope: usize,
    /// Whether it only runs when something failed, or as the other way: what it binds is second best.
    is_fallback: bool,
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
                while self.open.last().is_some_and(|block| block.indent >= indent) {
                    self.open.pop();
                }
                i += 1;
                continue;
            }
            let end = self.statement_end(i);
            self.statement(i, end, indent);
            i = end.max(i + 1);
        }
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
            word => {
                let role = if word == b"except" { Role::Except } else { Role::Read };
                if matches!(word, b"except" | b"else" | b"try" | b"if" | b"finally" | b"elif") {
                    let is_fallback = matches!(word, b"except" | b"else");
                    self.open.push(Block { indent, scope: self.scope(), is_fallback });
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
                self.bring(i + 1, Import { path: path.clone(), span, is_member: false }, path);
                i += 2;
            } else {
                // `import a.b` binds `a`.
                let package = path.split('.').next().unwrap_or_default().to_owned();
                self.bring(start, Import { path, span, is_member: false }, package);
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
        if !relative {
            self.out.imports.push(Import { path: module.clone(), span: module_span, is_member: false });
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
                self.bind(scope, name, Value::Unknown);
            } else {
                self.bring(name, Import { path: path.clone(), span, is_member: true }, path);
            }
            i = name + 1;
        }
    }

    fn path(&self, start: usize, end: usize) -> String {
        (start..end).map(|i| String::from_utf8_lossy(self.out.tokens.bytes(i))).collect()
    }

    /// An import whose value (`bound`) the name at token `name` gets.
    fn bring(&mut self, name: usize, import: Import, bound: String) {
        let scope = self.scope();
        self.out.import(scope, name, import, bound);
    }

    fn bind(&mut self, scope: usize, name: usize, value: Value) {
        let bytes = self.out.tokens.bytes(name);
        let is_fallback = self.open.last().is_some_and(|block| block.is_fallback);
        let scope = if self.globals.contains(&(scope, bytes)) { 0 } else { scope };
        self.out.bind(scope, bytes, name, value);
        if is_fallback {
            self.out.is_fallback(scope, bytes);
        }
    }

    /// `def name(parameters) -> type:` or `class name(bases):`
    fn definition(&mut self, word: usize, end: usize, indent: usize) {
        let outer = self.scope();
        let is_class = self.out.tokens.is_word(word, b"class");
        self.bind(outer, word + 1, Value::Unknown);
        let kind = if is_class { ScopeKind::Class } else { ScopeKind::Function };
        let scope = self.out.open_scope(kind, outer);
        self.open.push(Block { indent, scope, is_fallback: false });
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
            let mut value = Value::Unknown;
            if self.out.tokens.is(name + 1, b":") && self.out.tokens.is_name(name + 2) {
                let chain = self.out.chain(outer, name + 2, false);
                let next = self.out.chains[chain].next;
                if next >= i || self.out.tokens.is(next, b"=") || self.out.tokens.is(next, b"|") {
                    value = Value::Instance(chain);
                }
                self.expressions(next, i, outer, Role::Read);
            } else {
                self.expressions(name + 1, i, outer, Role::Read);
            }
            let bytes = self.out.tokens.bytes(name);
            self.out.bind(scope, bytes, name, value);
            i += 1;
        }
        self.expressions(close + 1, end, outer, Role::Read);
    }

    /// Finds the chains between two tokens, and the names they are given to.
    fn expressions(&mut self, start: usize, end: usize, scope: usize, role: Role) {
        let mut i = start;
        let mut at_start = true;
        let is_for = self.out.tokens.is_word(start, b"for") || self.out.tokens.is_word(start + 1, b"for");
        if is_for {
            self.loop_names(start, end, scope);
        }
        // Assignments stand outside of brackets: `a = b = value`.
        let mut targets: Vec<usize> = Vec::new();
        let mut target_end = start;
        while at_start {
            let Some(equals) = self.next_equals(target_end, end) else { break };
            targets.push(target_end);
            target_end = equals + 1;
            at_start = target_end < end;
        }
        if !targets.is_empty() {
            self.assign(&targets, target_end, end, scope);
        }
        while i < end {
            let tokens = &self.out.tokens;
            if !self.starts_chain(i, target_end) {
                if tokens.is_word(i, b"as") && tokens.is_name(i + 1) {
                    self.bind(scope, i + 1, Value::Unknown);
                } else if tokens.is_word(i, b"for") && !is_for {
                    self.loop_names(i, end, scope);
                }
                i += 1;
                continue;
            }
            let walrus = tokens.is(i + 1, b":=").then_some(i);
            let chain = self.out.chain(scope, i, false);
            let next = self.out.chains[chain].next;
            if self.out.chains[chain].role == Role::Read {
                self.out.chains[chain].role = role;
            }
            if i < target_end && self.out.tokens.is(next, b"=") {
                self.out.chains[chain].role = Role::Assign;
                self.out.chains[chain].value =
                    self.out.tokens.inner(target_end).filter(|_| target_end + 1 == end || self.ends(target_end + 1));
            }
            if let Some(name) = walrus {
                let value = if self.out.tokens.is_name(name + 2) {
                    let value = self.out.chain(scope, name + 2, false);
                    Value::Chain(value)
                } else {
                    Value::Unknown
                };
                self.bind(scope, name, value);
            } else if self.out.tokens.is_word(next, b"as") && self.out.tokens.is_name(next + 1) && role == Role::Read {
                // `with OpenAI() as client`
                self.bind(scope, next + 1, Value::Chain(chain));
                i = next + 2;
                continue;
            }
            i += 1;
        }
    }

    /// Whether token `i` is the first name of a chain.
    fn starts_chain(&self, i: usize, after_targets: usize) -> bool {
        let tokens = &self.out.tokens;
        let is_member = i > 0 && tokens.is(i - 1, b".");
        let is_argument = tokens.is(i + 1, b"=") && i >= after_targets;
        tokens.is_name(i) && !is_member && !is_argument && !KEYWORDS.contains(&tokens.bytes(i))
    }

    fn ends(&self, i: usize) -> bool {
        i >= self.out.tokens.len()
            || matches!(self.out.tokens.all[i].kind, Kind::Newline(_))
            || self.out.tokens.is(i, b";")
    }

    /// The `=` of an assignment between two tokens.
    fn next_equals(&self, start: usize, end: usize) -> Option<usize> {
        let tokens = &self.out.tokens;
        let mut i = start;
        while i < end {
            if tokens.is(i, b"=") {
                return Some(i);
            }
            if tokens.is_word(i, b"lambda") {
                return None;
            }
            i = tokens.after(i);
        }
        None
    }

    /// `a = b.c = [d, e] = value`
    fn assign(&mut self, targets: &[usize], value_start: usize, end: usize, scope: usize) {
        let value = self.assigned_value(value_start, end, scope);
        for &start in targets {
            let tokens = &self.out.tokens;
            let word = tokens.bytes(start);
            if !tokens.is_name(start) {
                self.unknown_names(start, scope);
            } else if matches!(word, b"self" | b"cls") && tokens.is(start + 1, b".") {
                let after = start + 3;
                if tokens.is_name(start + 2) && (tokens.is(after, b"=") || tokens.is(after, b":")) {
                    let name = tokens.bytes(start + 2);
                    self.out.bind_attribute(scope, name, start + 2, value.clone());
                }
            } else if tokens.is(start + 1, b"=") || tokens.is(start + 1, b":") {
                self.bind(scope, start, value.clone());
            } else if tokens.is(start + 1, b",") {
                self.unknown_names(start, scope);
            }
        }
    }

    /// The names from `start` to the next `=` get an unknown value.
    fn unknown_names(&mut self, start: usize, scope: usize) {
        let mut i = start;
        while i < self.out.tokens.len() && !self.out.tokens.is(i, b"=") {
            let tokens = &self.out.tokens;
            let is_member = i > 0 && tokens.is(i - 1, b".");
            if tokens.is_name(i) && !is_member && !tokens.is(i + 1, b".") && !tokens.is(i + 1, b"[") {
                self.bind(scope, i, Value::Unknown);
            }
            i += 1;
        }
    }

    /// The value between two tokens, if it is a chain: also the last of `a or b`, and `b` of `b if c else d`.
    fn assigned_value(&mut self, start: usize, end: usize, scope: usize) -> Value {
        let tokens = &self.out.tokens;
        let (mut from, mut to) = (start, end);
        while to > start && (tokens.is(to - 1, b";") || self.ends(to - 1)) {
            to -= 1;
        }
        let mut i = start;
        while i < to {
            if tokens.is_word(i, b"or") {
                from = i + 1;
            } else if tokens.is_word(i, b"if") {
                to = i;
                break;
            }
            i = tokens.after(i);
        }
        if tokens.is_word(from, b"await") {
            from += 1;
        }
        if is_nothing(tokens, from, to) {
            return Value::Nothing;
        }
        if !tokens.is_name(from) || KEYWORDS.contains(&tokens.bytes(from)) {
            return Value::Unknown;
        }
        let chain = self.out.chain(scope, from, false);
        let known = &mut self.out.chains[chain];
        if known.next != to {
            return Value::Unknown;
        }
        known.role = Role::Alias;
        Value::Chain(chain)
    }

    /// `for a, b in …` binds its names.
    fn loop_names(&mut self, start: usize, end: usize, scope: usize) {
        let Some(first) = (start..end.min(start + 2)).find(|i| self.out.tokens.is_word(*i, b"for")) else { return };
        for i in first + 1..end.min(first + 32) {
            if self.out.tokens.is_word(i, b"in") {
                break;
            }
            if self.out.tokens.is_name(i) && !self.out.tokens.is(i + 1, b".") && !self.out.tokens.is(i - 1, b".") {
                self.bind(scope, i, Value::Unknown);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::code::Reference;

    fn paths(text: &str) -> Vec<String> {
        let code = read(text.as_bytes());
        code.references.into_iter().filter(|r| !r.parts.is_empty()).map(|r| r.path).collect()
    }

    #[test]
    fn imports() {
        let code = read(b"import a.b as c, d\nfrom e.f import (g as h,\n  i)\nfrom .j import k\nfrom l import *\n");
        let all: Vec<&str> = code.imports.iter().map(|import| import.path.as_str()).collect();
        assert_eq!(all, ["a.b", "d", "e.f", "e.f.g", "e.f.i", "l"]);
        assert_eq!(paths("import a.b as c, d\nc.x\nd.y\na.z"), ["a.b.x", "d.y"]);
        assert_eq!(paths("import a.b\na.b.x"), ["a.b.x"]);
        assert_eq!(paths("from e import g as h\nh.x()\ng.y()"), ["e.g.x()"]);
        assert_eq!(paths("from .e import g\ng.x()\nfrom . import a\na.b"), [""; 0]);
        assert_eq!(paths("import importlib\nm = importlib.import_module('a')\nm.b"), ["a.b"]);
    }

    #[test]
    fn values_are_followed() {
        assert_eq!(paths("import a\nx = a.B\ny = x()\ny.c(d=1)"), ["a.B", "a.B()", "a.B().c()"]);
        assert_eq!(paths("from a import B\nwith B() as c:\n    c.d"), ["a.B()", "a.B().d"]);
        assert_eq!(paths("from a import B\ndef f(c: B, d: int = 1):\n    c.x\n    d.y"), ["a.B().x"]);
        assert_eq!(paths("import a\nclass C:\n  def f(self):\n    self.m = a\n  def g(self):\n    self.m.n"), ["a.n"]);
        assert_eq!(paths("import a\nx = y or a.B()\nx.c"), ["a.B()", "a.B().c"]);
        assert_eq!(paths("import a\nx = (await a.b())['c']\n"), ["a.b()[c]"]);
    }

    #[test]
    fn other_things_of_the_same_name_are_silent() {
        for text in [
            "a = 1\na.b",
            "import a\ndef f(a):\n    a.b",
            "import a\nfor a in x:\n    a.b",
            "import a\na = wrap(a)\na.b",
            "x.a.b\nimport a",
            "def f():\n    import a\na.b",
            "x = x.y\nx.z",
            "x = y\ny = x\nx.z",
        ] {
            assert_eq!(paths(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_fallback_hides_nothing() {
        assert_eq!(paths("try:\n    import a\nexcept ImportError:\n    a = None\na.b"), ["a.b"]);
        assert_eq!(paths("try:\n    import a\nexcept ImportError:\n    a = object()\na.b"), ["a.b"]);
        assert_eq!(paths("def f():\n    global c\n    c = a.B()\nimport a\nc = None\nc.d"), ["a.B()", "a.B().d"]);
    }

    #[test]
    fn what_is_done_with_it() {
        let code = read(b"import a\na.b = 'v'\na.c(d='w', **k)\ntry: pass\nexcept (a.E, a.F) as e: a.g\nh = a.i\n");
        let role = |r: &Reference| (r.path.clone(), r.role);
        let roles: Vec<_> = code.references.iter().map(role).collect();
        let expected = [
            ("a.b", Role::Assign),
            ("a.c()", Role::Read),
            ("a.E", Role::Except),
            ("a.F", Role::Except),
            ("a.g", Role::Read),
            ("a.i", Role::Alias),
        ];
        assert_eq!(roles, expected.map(|(path, role)| (path.to_owned(), role)));
        let call = code.references[1].parts[1].call.clone().unwrap();
        assert!(call.is_open && call.named.len() == 1 && code.references[0].value.is_some());
    }

    #[test]
    fn hostile_texts_take_linear_time() {
        let start = std::time::Instant::now();
        for part in [
            "(",
            "x=x.a\n",
            "if a: ",
            "def f(a, b=",
            "f'{",
            "a.b",
            "a=",
            "class A:\n",
            "lambda a:",
            "x, = ",
            "[a for a in ",
        ] {
            read(part.repeat(20_000).as_bytes());
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }

    #[test]
    fn any_text_is_read() {
        let words = "import|from|a|b|as|self|def|class|with|for|in|=|.|(|)|[|]|,|:|\n|\n    |lambda|f'{|}'|\
                     or|if|else|except|None|*| |:=|global";
        super::super::any_text_is_read(read, words);
    }
}
