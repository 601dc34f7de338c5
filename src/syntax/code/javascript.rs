//! JavaScript and TypeScript: one walk over the tokens, with a scope for each pair of braces.

use super::lexer::Tokens;
use super::scope::{Collector, ScopeKind, Value, is_nothing, module_name};
use super::{Code, Import, Language, Role};
use rustc_hash::FxHashMap;

/// Words that are no names.
const KEYWORDS: [&[u8]; 40] = [
    b"await",
    b"break",
    b"case",
    b"catch",
    b"class",
    b"const",
    b"continue",
    b"debugger",
    b"delete",
    b"do",
    b"else",
    b"export",
    b"extends",
    b"false",
    b"finally",
    b"for",
    b"function",
    b"if",
    b"in",
    b"instanceof",
    b"let",
    b"new",
    b"null",
    b"of",
    b"return",
    b"super",
    b"switch",
    b"throw",
    b"true",
    b"try",
    b"typeof",
    b"undefined",
    b"var",
    b"void",
    b"while",
    b"with",
    b"yield",
    b"async",
    b"as",
    b"from",
];

/// Words before a bracket that are followed by a block and bind nothing.
const CONDITIONS: [&[u8]; 5] = [b"if", b"for", b"while", b"switch", b"with"];

/// How many tokens of a type are passed while looking for what follows it.
const LONGEST_TYPE: usize = 24;

/// How many tokens of an import or a pattern are looked at.
const LONGEST_LIST: usize = 600;

/// How many operands of `??` and `||` are looked at.
const MOST_ALTERNATIVES: usize = 4;

/// What a JavaScript or TypeScript text says.
pub(super) fn read(text: &[u8]) -> Code {
    let mut reader = Reader {
        out: Collector::new(Tokens::new(text, Language::JavaScript)),
        open: Vec::new(),
        parameters: FxHashMap::default(),
        class: false,
    };
    let mut i = 0;
    while i < reader.out.tokens.len() {
        i = reader.step(i).max(i + 1);
    }
    let mut code = reader.out.finish();
    code.language = Some(Language::JavaScript);
    code
}

struct Reader<'a> {
    out: Collector<'a>,
    /// Open brackets: the token that closes each, and the scope inside.
    open: Vec<(usize, usize)>,
    /// Parameters of functions by the token their body starts at: token and value of each.
    parameters: FxHashMap<usize, Vec<(usize, Value)>>,
    /// Whether the next block is a class's.
    class: bool,
}

impl<'a> Reader<'a> {
    fn scope(&self) -> usize {
        self.open.last().map_or(0, |(_, scope)| *scope)
    }

    fn bytes(&self, i: usize) -> &'a [u8] {
        self.out.tokens.bytes(i)
    }

    fn is(&self, i: usize, op: &[u8]) -> bool {
        self.out.tokens.is(i, op)
    }

    fn is_name(&self, i: usize) -> bool {
        self.out.tokens.is_name(i)
    }

    /// Looks at token `i`; returns the next one to look at.
    fn step(&mut self, i: usize) -> usize {
        while self.open.last().is_some_and(|(close, _)| *close <= i) {
            self.open.pop();
        }
        if !self.is_name(i) {
            self.bracket(i);
            return i + 1;
        }
        if i > 0 && (self.is(i - 1, b".") || self.is(i - 1, b"?.")) {
            return i + 1;
        }
        match self.bytes(i) {
            b"import" if self.is(i + 1, b"(") => self.chain(i, false),
            b"import" if !self.is(i + 1, b".") => return self.import(i),
            b"const" | b"let" | b"var" => return self.declaration(i + 1),
            b"class" => {
                self.class = true;
                if self.is_name(i + 1) && self.bytes(i + 1) != b"extends" {
                    let name = self.bytes(i + 1);
                    self.out.bind(self.scope(), name, i + 1, Value::Unknown);
                    return i + 2;
                }
            }
            b"function" if self.is_name(i + 1) => {
                let name = self.bytes(i + 1);
                self.out.bind(self.scope(), name, i + 1, Value::Unknown);
                return i + 2;
            }
            b"new" if self.is_name(i + 1) => {
                self.chain(i + 1, true);
                return i + 2;
            }
            word if !KEYWORDS.contains(&word) => {
                if self.is(i + 1, b"=>") {
                    self.parameters.insert(i + 2, vec![(i, Value::Unknown)]);
                    self.arrow(i + 2);
                    return i + 2;
                }
                self.chain(i, false);
            }
            _ => {}
        }
        i + 1
    }

    /// Opens the scope of a bracket.
    fn bracket(&mut self, i: usize) {
        let Some(close) = self.out.tokens.partner(i).filter(|close| *close > i) else { return };
        if !self.is(i, b"{") {
            if self.is(i, b"(") {
                self.function(i, close);
            }
            self.open.push((close, self.scope()));
            return;
        }
        let kind = if std::mem::take(&mut self.class) { ScopeKind::Class } else { ScopeKind::Function };
        let scope = self.out.open_scope(kind, self.scope());
        self.bind_parameters(scope, i);
        self.open.push((close, scope));
    }

    fn bind_parameters(&mut self, scope: usize, body: usize) {
        for (at, value) in self.parameters.remove(&body).unwrap_or_default() {
            let name = self.bytes(at);
            self.out.bind(scope, name, at, value);
        }
    }

    /// The body of an arrow function at token `body`: one without braces gets a scope that lasts as long as the
    /// brackets around it, which only hides names.
    fn arrow(&mut self, body: usize) {
        if !self.is(body, b"{") {
            let close = self.open.last().map_or(self.out.tokens.len(), |(close, _)| *close);
            let scope = self.out.open_scope(ScopeKind::Function, self.scope());
            self.bind_parameters(scope, body);
            self.open.push((close, scope));
        }
    }

    /// If the brackets hold a function's parameters, keeps those for its body.
    fn function(&mut self, open: usize, close: usize) {
        if open > 0 && self.is_name(open - 1) && CONDITIONS.contains(&self.bytes(open - 1)) {
            return;
        }
        let mut body = close + 1;
        if self.is(body, b":") {
            let end = body + LONGEST_TYPE;
            body += 1;
            while body < end && !self.is(body, b"{") && !self.is(body, b"=>") && !self.is(body, b";") {
                body = self.out.tokens.after(body);
            }
        }
        let is_arrow = self.is(body, b"=>");
        if !is_arrow && !self.is(body, b"{") {
            return;
        }
        let mut parameters = Vec::new();
        let mut i = open + 1;
        while i < close {
            let start = i;
            while i < close && !self.is(i, b",") {
                i = self.out.tokens.after(i);
            }
            self.parameter(start, i, &mut parameters);
            i += 1;
        }
        let body = body + usize::from(is_arrow);
        self.parameters.insert(body, parameters);
        if is_arrow {
            self.arrow(body);
        }
    }

    fn parameter(&mut self, start: usize, end: usize, parameters: &mut Vec<(usize, Value)>) {
        if self.is(start, b"{") || self.is(start, b"[") {
            let close = self.out.tokens.partner(start).unwrap_or(end);
            for i in start + 1..close.min(start + LONGEST_LIST) {
                if self.is_name(i) {
                    parameters.push((i, Value::Unknown));
                }
            }
            return;
        }
        let mut name = start;
        while self.is(name, b"...") || self.is_name(name + 1) && name + 1 < end {
            name += 1;
        }
        if !self.is_name(name) || name >= end {
            return;
        }
        let typed = name + 1 + usize::from(self.is(name + 1, b"?"));
        let mut value = Value::Unknown;
        if self.is(typed, b":") && self.is_name(typed + 1) && typed + 1 < end {
            let chain = self.out.chain(self.scope(), typed + 1, false);
            if self.out.chains[chain].next >= end {
                value = Value::Instance(chain);
            }
        }
        if name > start && self.is_name(start) {
            // `private client: OpenAI` makes an attribute of it.
            let bytes = self.bytes(name);
            self.out.bind_attribute(self.scope(), bytes, name, value.clone());
        }
        parameters.push((name, value));
    }

    /// A chain at name token `i`, and what it is assigned.
    fn chain(&mut self, i: usize, is_new: bool) {
        let scope = self.scope();
        let chain = self.out.chain(scope, i, is_new);
        let next = self.out.chains[chain].next;
        let name = self.bytes(i);
        let in_class = self.out.is_class(scope);
        if self.is(next, b"=") && !is_new {
            self.out.chains[chain].role = Role::Assign;
            let value_end = self.value_end(next + 2);
            self.out.chains[chain].value = self.out.tokens.inner(next + 1).filter(|_| value_end);
            let value = self.value(next + 1);
            if next == i + 1 && in_class {
                self.out.bind(scope, name, i, value);
            } else if next == i + 1 {
                self.out.rebind(scope, name, i, value);
            } else if name == b"this" && next == i + 3 {
                let attribute = self.bytes(i + 2);
                self.out.bind_attribute(scope, attribute, i, value);
            }
        } else if in_class && next == i + 1 && self.is(next, b":") && self.is_name(next + 1) {
            let kind = self.out.chain(scope, next + 1, false);
            let after = self.out.chains[kind].next;
            let value = if self.is(after, b"=") { self.value(after + 1) } else { Value::Instance(kind) };
            self.out.bind(scope, name, i, value);
        }
    }

    /// `import X, { A as B } from "m"`, `import * as X from "m"`, `import X = require("m")`, `import "m"`
    fn import(&mut self, i: usize) -> usize {
        let scope = self.scope();
        let mut names: Vec<(usize, usize)> = Vec::new(); // Imported name (0: the module), local name.
        let mut at = i + 1;
        if self.out.tokens.is_word(at, b"type") && !self.is(at + 1, b",") && self.bytes(at + 1) != b"from" {
            at += 1;
        }
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
        if let Some(module) = &module {
            self.out.imports.push(Import { path: module.clone(), span: inner, is_member: false });
        }
        for (imported, local) in names {
            let name = self.bytes(local);
            let Some(module) = &module else {
                self.out.bind(scope, name, local, Value::Unknown);
                continue;
            };
            let path = match self.bytes(imported) {
                _ if imported == 0 => module.clone(),
                b"default" => module.clone(),
                member => format!("{module}.{}", String::from_utf8_lossy(member)),
            };
            if imported == 0 {
                self.out.bind(scope, name, local, Value::Import(path));
            } else {
                let span = self.out.tokens.all[imported].span;
                self.out.import(scope, local, Import { path: path.clone(), span, is_member: true }, path);
            }
        }
        at + 1
    }

    /// What follows `const`, `let` or `var`. Returns the token to go on with: the first value.
    fn declaration(&mut self, i: usize) -> usize {
        let scope = self.scope();
        let pattern = self.is(i, b"{") || self.is(i, b"[");
        let mut equals = self.out.tokens.after(i);
        if self.is(equals, b"!") {
            equals += 1;
        }
        if self.is(equals, b":") {
            let end = equals + LONGEST_TYPE;
            while equals < end && !self.is(equals, b"=") && !self.is(equals, b";") {
                equals = self.out.tokens.after(equals);
            }
        }
        let has_value = self.is(equals, b"=");
        let value = if has_value { self.value(equals + 1) } else { Value::Nothing };
        if pattern {
            self.pattern(i, &value);
        } else if self.is_name(i) {
            let name = self.bytes(i);
            let value = if self.out.tokens.is_word(i + 1, b"of") || self.out.tokens.is_word(i + 1, b"in") {
                Value::Unknown
            } else {
                value
            };
            self.out.bind(scope, name, i, value);
        }
        if has_value { equals + 1 } else { i + 1 }
    }

    /// Binds the names of `{ a, b: c }` or `[a]`, which is given `value`.
    fn pattern(&mut self, open: usize, value: &Value) {
        let scope = self.scope();
        let Some(close) = self.out.tokens.partner(open) else { return };
        let mut i = open + 1;
        while i < close {
            let key = i;
            let local = if self.is(i + 1, b":") && self.is_name(i + 2) { i + 2 } else { i };
            while i < close && !self.is(i, b",") {
                i = self.out.tokens.after(i);
            }
            i += 1;
            if !self.is_name(key) {
                continue;
            }
            let (name, member) = (self.bytes(local), self.bytes(key));
            let value = match value {
                Value::Chain(chain) if self.is(open, b"{") => {
                    let member = String::from_utf8_lossy(member).into_owned();
                    if let Some(module) = self.required(*chain)
                        && member != "default"
                    {
                        let span = self.out.tokens.all[key].span;
                        self.out.imports.push(Import { path: format!("{module}.{member}"), span, is_member: false });
                    }
                    Value::Member(*chain, member)
                }
                _ => Value::Unknown,
            };
            self.out.bind(scope, name, local, value);
        }
    }

    /// The module a chain asks for, if it is `require("…")` or `import("…")` and no more.
    fn required(&self, chain: usize) -> Option<String> {
        let chain = &self.out.chains[chain];
        let is_load = matches!(self.bytes(chain.at), b"require" | b"import");
        let inner = self.out.tokens.inner(chain.at + 2).filter(|_| is_load && chain.parts.len() == 1)?;
        module_name(inner.of(self.out.tokens.text))
    }

    /// The value that starts at token `i`, if it is a chain; also the last of `a ?? b` and `a || b`.
    fn value(&mut self, i: usize) -> Value {
        let mut at = i;
        for _ in 0..MOST_ALTERNATIVES {
            match self.alternative(at) {
                Ok(value) => return value,
                Err(next) => at = next,
            }
        }
        Value::Unknown
    }

    /// The value that starts at token `i`, or where the next alternative starts.
    fn alternative(&mut self, i: usize) -> Result<Value, usize> {
        let mut at = i;
        let mut is_new = false;
        while at < i + 4 {
            if self.out.tokens.is_word(at, b"await") || self.is(at, b"(") {
                at += 1;
            } else if self.out.tokens.is_word(at, b"new") {
                is_new = true;
                at += 1;
            } else {
                break;
            }
        }
        if is_nothing(&self.out.tokens, at, at + 1) {
            return Ok(Value::Nothing);
        }
        let loads = self.bytes(at) == b"import" && self.is(at + 1, b"(");
        if !self.is_name(at) || KEYWORDS.contains(&self.bytes(at)) && !loads || self.is(at + 1, b"=>") {
            return Ok(Value::Unknown);
        }
        let chain = self.out.chain(self.scope(), at, is_new);
        let next = self.out.chains[chain].next;
        if self.is(next, b"??") || self.is(next, b"||") {
            return Err(next + 1);
        }
        if !self.value_end(next) {
            return Ok(Value::Unknown);
        }
        self.out.chains[chain].role = Role::Alias;
        Ok(Value::Chain(chain))
    }

    /// Whether a value may end before token `i`.
    fn value_end(&self, i: usize) -> bool {
        i >= self.out.tokens.len()
            || self.is_name(i) && !matches!(self.bytes(i), b"instanceof" | b"in")
            || [&b";"[..], b",", b")", b"]", b"}"].iter().any(|op| self.is(i, op))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let code = read(text.as_bytes());
        code.references.into_iter().filter(|r| !r.parts.is_empty()).map(|r| r.path).collect()
    }

    #[test]
    fn imports() {
        let text =
            "import A, { b as c, type D } from 'm';import * as n from \"npm:n@1/x\";import 'o';import e from './p';";
        let code = read(text.as_bytes());
        let all: Vec<&str> = code.imports.iter().map(|import| import.path.as_str()).collect();
        assert_eq!(all, ["m", "m.b", "m.D", "n/x", "o"]);
        assert_eq!(paths("import A, {b as c} from 'm'\nnew A()\nc.x; b.y"), ["m.default()", "m.b.x"]);
        assert_eq!(paths("import {default as A} from 'm'\nA.x()"), ["m.x()"]);
        assert_eq!(paths("import A from './m'\nA.x()"), [""; 0]);
        assert_eq!(paths("const { B: C } = require('m')\nnew C().d()"), ["m.B().d()"]);
        assert_eq!(paths("const m = require('m');\nm.default.x"), ["m.x"]);
        assert_eq!(paths("const { B } = await import('m');\nnew B()"), ["m.B()"]);
    }

    #[test]
    fn values_are_followed() {
        assert_eq!(paths("import A from 'm'\nlet x\nx = new A()\nx.y()"), ["m.default()", "m.default().y()"]);
        assert_eq!(paths("import A from 'm'\nconst x: A = y ?? new A();\nx.z"), ["m.default()", "m.default().z"]);
        assert_eq!(
            paths("import {A} from 'm'\nclass C { constructor(private a: A) {}\n f() { return this.a.b() } }"),
            ["m.A().b()"]
        );
        assert_eq!(paths("import A from 'm'\nconst f = async (c: A) => { c.d }\nc.e"), ["m.default().d"]);
    }

    #[test]
    fn other_things_of_the_same_name_are_silent() {
        for text in [
            "a.b()",
            "import a from 'm'; function f(a) { a.b() }",
            "import a from 'm'; const f = (a) => a.b()",
            "import a from 'm'; const f = a => a.b()",
            "import a from 'm'; f(({ a }) => { a.b() })",
            "import a from 'm'; try {} catch (a) { a.b() }",
            "import a from 'm'; { const a = 1; a.b() }",
        ] {
            assert_eq!(paths(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn hostile_texts_take_linear_time() {
        let start = std::time::Instant::now();
        for part in [
            "{",
            "(",
            "a=>",
            "import a ",
            "`${",
            "/[",
            "x=x.a;",
            "a??",
            "({a=",
            "function f(a=",
            "class{",
            "const {a:",
            "new ",
        ] {
            read(part.repeat(20_000).as_bytes());
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }

    #[test]
    fn any_text_is_read() {
        let words = "import|from|a|b|as|this|function|class|const|=>|=|.|(|)|[|]|,|:|;|{|}|new|await|require('m')|'m'|\
                     ??|?.|/|`|${|type|default";
        super::super::any_text_is_read(read, words);
    }
}
