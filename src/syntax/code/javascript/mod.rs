//! JavaScript and TypeScript: one walk over the tokens, with a scope for each pair of braces.

mod branch;
mod function;
mod import;
#[cfg(test)]
mod tests;
mod value;

use super::chain::RawPart;
use super::given::Given;
use super::lexer::Tokens;
use super::scope::{Collector, ScopeKind};
use super::{Code, Import, Language, Role};
use rustc_hash::FxHashMap;

/// Whether a word is no name.
fn is_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"await"
            | b"break"
            | b"case"
            | b"catch"
            | b"class"
            | b"const"
            | b"continue"
            | b"debugger"
            | b"delete"
            | b"do"
            | b"else"
            | b"export"
            | b"extends"
            | b"false"
            | b"finally"
            | b"for"
            | b"function"
            | b"if"
            | b"in"
            | b"instanceof"
            | b"let"
            | b"new"
            | b"null"
            | b"of"
            | b"return"
            | b"super"
            | b"switch"
            | b"throw"
            | b"true"
            | b"try"
            | b"typeof"
            | b"undefined"
            | b"var"
            | b"void"
            | b"while"
            | b"with"
            | b"yield"
            | b"async"
            | b"as"
            | b"from"
    )
}

/// Words before a bracket that are followed by a block and bind nothing.
const CONDITIONS: [&[u8]; 5] = [b"if", b"for", b"while", b"switch", b"with"];

/// How many tokens of a type are passed while looking for what follows it.
const LONGEST_TYPE: usize = 24;

/// How many tokens of an import or a pattern are looked at.
const LONGEST_LIST: usize = 600;

/// What a JavaScript or TypeScript text says.
pub(super) fn read(text: &[u8]) -> Code<'_> {
    let mut reader = Reader {
        out: Collector::new(Tokens::new(text, Language::JavaScript)),
        open: Vec::new(),
        parameters: FxHashMap::default(),
        results: FxHashMap::default(),
        bodies: FxHashMap::default(),
        functions: FxHashMap::default(),
        class: false,
    };
    let mut i = 0;
    while i < reader.out.tokens.len() {
        i = reader.step(i).max(i + 1);
    }
    reader.out.finish(Language::JavaScript)
}

/// A bracket that is open.
#[derive(Clone, Copy)]
struct Open {
    /// The token that closes it.
    close: usize,
    /// The scope inside.
    scope: usize,
    /// Whether it is the body of a loop that tries again: `while (…)`, `for (…; …; …)`.
    is_loop: bool,
}

struct Reader<'a> {
    out: Collector<'a>,
    open: Vec<Open>,
    /// Parameters of functions by the token their body starts at: token and value of each.
    parameters: FxHashMap<usize, Vec<(usize, Given)>>,
    /// What callbacks are given, by the bracket of the call they are an argument of: `x.then(callback)` gives it `x`.
    results: FxHashMap<usize, Given>,
    /// Functions by the token their body starts at.
    bodies: FxHashMap<usize, usize>,
    /// Functions by the scope of their body.
    functions: FxHashMap<usize, usize>,
    /// Whether the next block is a class's.
    class: bool,
}

impl<'a> Reader<'a> {
    fn scope(&self) -> usize {
        self.open.last().map_or(0, |open| open.scope)
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
        while self.open.last().is_some_and(|open| open.close <= i) {
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
            // `import("m")`, `import.meta.env`
            b"import" if self.is(i + 1, b"(") || self.is(i + 1, b".") => self.chain(i, false),
            b"import" => return self.import(i),
            b"const" | b"let" | b"var" => return self.declaration(i + 1),
            b"class" => {
                self.class = true;
                if self.is_name(i + 1) && self.bytes(i + 1) != b"extends" {
                    let name = self.bytes(i + 1);
                    self.out.bind(self.scope(), name, i + 1, Given::Unknown);
                    return i + 2;
                }
            }
            b"function" if self.is_name(i + 1) => {
                let name = self.bytes(i + 1);
                let given = self.function_at(i).map_or(Given::Unknown, Given::Function);
                self.out.bind(self.scope(), name, i + 1, given);
                return i + 2;
            }
            b"return" => self.note_return(i),
            b"from" => self.export_from(i),
            b"if" | b"catch" => self.branch(i),
            b"new" if self.is_name(i + 1) => {
                self.chain(i + 1, true);
                return i + 2;
            }
            word if !is_keyword(word) => {
                if self.is(i + 1, b"=>") {
                    self.parameters.insert(i + 2, vec![(i, self.result_for(i))]);
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
            self.open.push(Open { close, scope: self.scope(), is_loop: false });
            return;
        }
        let kind = if std::mem::take(&mut self.class) {
            ScopeKind::Class
        } else if self.parameters.contains_key(&i) && !self.is_body_of(i, &[b"catch"]) {
            ScopeKind::Function
        } else {
            ScopeKind::Block
        };
        let scope = self.out.open_scope(kind, self.scope());
        if let Some(function) = self.bodies.remove(&i).filter(|_| kind == ScopeKind::Function) {
            self.functions.insert(scope, function);
        }
        self.bind_parameters(scope, i);
        self.open.push(Open { close, scope, is_loop: self.tries_again(i) });
    }

    fn bind_parameters(&mut self, scope: usize, body: usize) {
        for (at, value) in self.parameters.remove(&body).unwrap_or_default() {
            let name = self.bytes(at);
            self.out.bind(scope, name, at, value);
        }
    }

    /// The body of an arrow function at token `body`: one without braces gets a scope as well.
    fn arrow(&mut self, body: usize) {
        if !self.is(body, b"{") {
            let close = self.expression_end(body);
            let scope = self.out.open_scope(ScopeKind::Function, self.scope());
            self.bind_parameters(scope, body);
            self.open.push(Open { close, scope, is_loop: false });
            if let Some(function) = self.bodies.remove(&body) {
                self.returns(function, body);
            }
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
        if let [(name, value @ Given::Unknown)] = &mut parameters[..]
            && *name == open + 1
        {
            *value = self.result_for(open);
        }
        if self.is(close + 1, b":") && self.is_name(close + 2) {
            let kind = self.out.chain(self.scope(), close + 2, false);
            if self.out.chains[kind].next == body {
                self.out.promises(open, Given::Instance(kind));
            }
        }
        let body = body + usize::from(is_arrow);
        self.parameters.insert(body, parameters);
        self.bodies.insert(body, open);
        if is_arrow {
            self.arrow(body);
        }
    }

    /// What a callback whose parameters start at token `start` is given: `x.then(async (result) => …)`.
    fn result_for(&self, start: usize) -> Given {
        let mut before = start.wrapping_sub(1);
        while ["async", "function"].iter().any(|word| self.out.tokens.is_word(before, word.as_bytes())) {
            before = before.wrapping_sub(1);
        }
        self.results.get(&before).cloned().unwrap_or(Given::Unknown)
    }

    fn parameter(&mut self, start: usize, end: usize, parameters: &mut Vec<(usize, Given)>) {
        if self.is(start, b"{") || self.is(start, b"[") {
            let close = self.out.tokens.partner(start).unwrap_or(end);
            for i in start + 1..close.min(start + LONGEST_LIST) {
                if self.is_name(i) {
                    parameters.push((i, Given::Unknown));
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
        let mut value = Given::Unknown;
        if self.is(typed, b":") && self.is_name(typed + 1) && typed + 1 < end {
            let chain = self.out.chain(self.scope(), typed + 1, false);
            if self.out.chains[chain].next >= end {
                value = Given::Instance(chain);
            }
        }
        if name > start && self.is_name(start) {
            // `private client: OpenAI` makes an attribute of it.
            let bytes = self.bytes(name);
            self.out.bind_attribute(self.scope(), bytes, name, value.clone(), None);
        }
        parameters.push((name, value));
    }

    /// Notes what the callbacks are given that are handed to `then` in a chain.
    fn note_results(&mut self, chain: usize) {
        // Of what comes after the first `then` nothing is known.
        let first = self.out.parts(&self.out.chains[chain]).windows(2).enumerate().find_map(|(at, pair)| match pair {
            [RawPart::Member { name }, RawPart::Call { open, .. }] if name.of(self.out.tokens.text) == b"then" => {
                Some((*open, Given::Before(chain, at)))
            }
            _ => None,
        });
        self.results.extend(first);
    }

    /// A chain at name token `i`, and what it is assigned.
    fn chain(&mut self, i: usize, is_new: bool) {
        let scope = self.scope();
        let chain = self.out.chain(scope, i, is_new);
        self.note_results(chain);
        let next = self.out.chains[chain].next;
        let name = self.bytes(i);
        let in_class = self.out.is_class(scope);
        if self.is(next, b"=") && !is_new {
            self.out.chains[chain].role = Role::Assign;
            let given = Some((next + 1, self.expression_end(next + 1)));
            self.out.chains[chain].given = given;
            let value = self.value(next + 1);
            if next == i + 1 {
                let scope = if in_class { scope } else { self.out.scope_of(scope, name) };
                self.out.bind_tokens(scope, name, i, value, given);
            } else if name == b"this" && next == i + 3 {
                let attribute = self.bytes(i + 2);
                self.out.bind_attribute(scope, attribute, i, value, given);
            }
        } else if in_class && next == i + 1 && self.is(next, b":") && self.is_name(next + 1) {
            let kind = self.out.chain(scope, next + 1, false);
            let after = self.out.chains[kind].next;
            let is_given = self.is(after, b"=");
            let value = if is_given { self.value(after + 1) } else { Given::Instance(kind) };
            let given = is_given.then(|| (after + 1, self.expression_end(after + 1)));
            self.out.bind_tokens(scope, name, i, value, given);
        } else if in_class && let Some(method) = self.method_at(i, next) {
            self.out.bind(scope, name, i, method);
        }
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
        let value = if has_value { self.value(equals + 1) } else { Given::Nothing };
        if pattern {
            self.pattern(i, &value);
        } else if self.is_name(i) {
            let name = self.bytes(i);
            let value = if self.out.tokens.is_word(i + 1, b"of") || self.out.tokens.is_word(i + 1, b"in") {
                Given::Unknown
            } else if has_value && let Some(function) = self.function_at(equals + 1) {
                Given::Function(function)
            } else {
                value
            };
            let given = has_value.then(|| (equals + 1, self.expression_end(equals + 1)));
            self.out.bind_tokens(scope, name, i, value, given);
        }
        if has_value { equals + 1 } else { i + 1 }
    }

    /// Binds the names of `{ a, b: c }` or `[a]`, which is given `value`.
    fn pattern(&mut self, open: usize, value: &Given) {
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
            let mut is_result = false;
            let value = match value {
                Given::Chain(chain) if self.is(open, b"{") => {
                    let member = String::from_utf8_lossy(member).into_owned();
                    let required = self.required(*chain);
                    is_result = required.is_none();
                    if let Some(module) = required
                        && member != "default"
                    {
                        let span = self.out.tokens.all[key].span;
                        let path = format!("{module}.{member}");
                        let frame = self.out.frame(scope);
                        self.out.imports.push(Import { path, span, is_member: false, frame, is_hoisted: false });
                    }
                    Given::Member(*chain, member.into())
                }
                _ => Given::Unknown,
            };
            // Taking a member out is a use of it; it stands behind its binding.
            self.out.bind(scope, name, if is_result { open } else { local }, value);
            if is_result {
                let taken = self.out.chain(scope, local, false);
                self.out.chains[taken].is_taken = true;
            }
        }
    }
}
