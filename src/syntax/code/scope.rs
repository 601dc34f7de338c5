//! Scopes, the names bound in them, and what a chain of members leads back to.
//!
//! Names resolve to what an import brought in, over assignments (`chat = openai.ChatCompletion`, `self.client =
//! OpenAI()`). A name that is also bound to something unknown (a parameter, a loop variable, another value) in the
//! scope that would decide resolves to nothing: silence is better than a wrong finding.

use super::lexer::{Kind, Tokens};
use super::{Argument, Call, Code, Import, Part, Reference, Role};
use crate::span::Span;
use rustc_hash::FxHashMap;

/// Longest path followed (bytes); it also ends circles such as `x = x.next`.
const LONGEST_PATH: usize = 160;

/// How many assignments a name is followed over.
const MOST_HOPS: usize = 6;

/// How deep scopes nest; deeper blocks belong to the scope around them. It bounds every walk outwards.
const DEEPEST_SCOPE: usize = 100;

/// How many named arguments of one call are kept.
const MOST_ARGUMENTS: usize = 200;

/// How many bindings of one name are looked at.
const MOST_BINDINGS: usize = 16;

/// What kind of scope a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Module,
    /// Its names are seen by inner scopes.
    Function,
    /// Its names are not seen by inner scopes, only through `self` and `this`.
    Class,
}

#[derive(Debug)]
struct Scope<'a> {
    kind: ScopeKind,
    parent: usize,
    depth: usize,
    names: FxHashMap<&'a [u8], Vec<Binding>>,
    /// `self.name = …` inside a class.
    attributes: FxHashMap<&'a [u8], Vec<Binding>>,
}

/// What a name is given.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Something imported.
    Import(String),
    /// The value of a chain, by its number.
    Chain(usize),
    /// An instance of the class a chain names, by the chain's number: from a type annotation.
    Instance(usize),
    /// A member of a chain's value: from a destructuring pattern.
    Member(usize, String),
    /// Nothing yet: `None`, a declaration without a value.
    Nothing,
    /// Anything else.
    Unknown,
}

#[derive(Clone, Debug)]
struct Binding {
    /// The token it stands at.
    at: usize,
    value: Value,
    /// Whether it only holds when something failed (`except ImportError: openai = Fake()`).
    is_fallback: bool,
}

/// A part of a chain as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum RawPart {
    Member {
        name: Span,
    },
    /// `["key"]`, or any other subscript.
    Subscript {
        key: Option<Span>,
        end: usize,
    },
    /// Tokens of the opening and closing bracket.
    Call {
        open: usize,
        close: usize,
    },
}

/// A chain as it is written.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) scope: usize,
    /// The token of its first name.
    pub(super) at: usize,
    /// The token it starts with: a bracket in `(await x.y()).z`.
    first: usize,
    /// The token after it.
    pub(super) next: usize,
    pub(super) parts: Vec<RawPart>,
    pub(super) role: Role,
    pub(super) is_new: bool,
    pub(super) value: Option<Span>,
}

/// All a front end collects from one text.
pub(super) struct Collector<'a> {
    pub(super) tokens: Tokens<'a>,
    scopes: Vec<Scope<'a>>,
    pub(super) chains: Vec<Chain>,
    pub(super) imports: Vec<Import>,
    /// Token to chain: each chain is read once.
    read: FxHashMap<usize, usize>,
}

/// What is known about where a chain leads.
#[derive(Clone, Debug)]
enum Known {
    Unseen,
    Nowhere,
    Path(String),
}

/// A resolved chain or name.
struct Resolved {
    path: String,
    imported: bool,
}

impl<'a> Collector<'a> {
    pub(super) fn new(tokens: Tokens<'a>) -> Self {
        let mut new =
            Self { tokens, scopes: Vec::new(), chains: Vec::new(), imports: Vec::new(), read: FxHashMap::default() };
        new.open_scope(ScopeKind::Module, 0);
        new
    }

    /// Opens a scope inside `parent`; the first one is its own parent.
    pub(super) fn open_scope(&mut self, kind: ScopeKind, parent: usize) -> usize {
        let depth = self.scopes.get(parent).map_or(0, |scope| scope.depth + 1);
        if depth > DEEPEST_SCOPE {
            return parent;
        }
        let (names, attributes) = (FxHashMap::default(), FxHashMap::default());
        self.scopes.push(Scope { kind, parent, depth, names, attributes });
        self.scopes.len() - 1
    }

    pub(super) fn bind(&mut self, scope: usize, name: &'a [u8], at: usize, value: Value) {
        self.scopes[scope].names.entry(name).or_default().push(Binding { at, value, is_fallback: false });
    }

    /// Marks the last binding of `name` as second best.
    pub(super) fn is_fallback(&mut self, scope: usize, name: &[u8]) {
        if let Some(last) = self.scopes[scope].names.get_mut(name).and_then(|bindings| bindings.last_mut()) {
            last.is_fallback = true;
        }
    }

    /// Binds `name` in the innermost scope from `scope` on that knows it, else in the module's.
    pub(super) fn rebind(&mut self, scope: usize, name: &'a [u8], at: usize, value: Value) {
        let mut here = scope;
        while here != 0 && !self.scopes[here].names.contains_key(name) {
            here = self.scopes[here].parent;
        }
        self.bind(here, name, at, value);
    }

    /// Binds `self.name` of the class around `scope`.
    pub(super) fn bind_attribute(&mut self, scope: usize, name: &'a [u8], at: usize, value: Value) {
        if let Some(class) = self.class_of(scope) {
            self.scopes[class].attributes.entry(name).or_default().push(Binding { at, value, is_fallback: false });
        }
    }

    pub(super) fn is_class(&self, scope: usize) -> bool {
        self.scopes[scope].kind == ScopeKind::Class
    }

    /// An import that gives the name at token `at` the value `bound`.
    pub(super) fn import(&mut self, scope: usize, at: usize, import: Import, bound: String) {
        self.imports.push(import);
        let name = self.tokens.bytes(at);
        self.bind(scope, name, at, Value::Import(bound));
    }

    fn class_of(&self, scope: usize) -> Option<usize> {
        let mut here = scope;
        loop {
            if self.scopes[here].kind == ScopeKind::Class {
                return Some(here);
            }
            if here == 0 {
                return None;
            }
            here = self.scopes[here].parent;
        }
    }

    /// Reads the chain that starts at name token `at` and returns its number.
    pub(super) fn chain(&mut self, scope: usize, at: usize, is_new: bool) -> usize {
        if let Some(known) = self.read.get(&at) {
            return *known;
        }
        let tokens = &self.tokens;
        let mut parts = Vec::new();
        let (mut first, mut next) = (at, at + 1);
        loop {
            if tokens.is(next, b"!") && (tokens.is(next + 1, b".") || tokens.is(next + 1, b"[")) {
                next += 1;
            }
            let optional = usize::from(tokens.is(next, b"?.") && !tokens.is_name(next + 1));
            if (tokens.is(next, b".") || tokens.is(next, b"?.")) && tokens.is_name(next + 1) {
                parts.push(RawPart::Member { name: tokens.all[next + 1].span });
                next += 2;
            } else if let Some(close) = tokens.partner(next + optional).filter(|close| *close > next + optional) {
                let open = next + optional;
                if tokens.is(open, b"(") {
                    parts.push(RawPart::Call { open, close });
                } else if tokens.is(open, b"[") {
                    let key = if close == open + 2 { tokens.inner(open + 1) } else { None };
                    parts.push(RawPart::Subscript { key, end: tokens.all[close].span.end });
                } else {
                    break;
                }
                next = close + 1;
            } else {
                // `(await x.y()).z`: the bracket around the whole chain is passed.
                let awaited = first > 0 && (tokens.is_word(first - 1, b"await") || tokens.is_word(first - 1, b"new"));
                let before = first.wrapping_sub(1 + usize::from(awaited));
                if tokens.is(next, b")") && tokens.partner(next) == Some(before) && !is_call_bracket(tokens, before) {
                    first = before;
                    next += 1;
                } else {
                    break;
                }
            }
        }
        self.read.insert(at, self.chains.len());
        self.chains.push(Chain { scope, at, first, next, parts, role: Role::Read, is_new, value: None });
        self.chains.len() - 1
    }

    /// The span of the chain's first name.
    fn head(&self, chain: &Chain) -> Span {
        self.tokens.all[chain.at].span
    }

    /// Resolves every chain.
    pub(super) fn finish(mut self) -> Code {
        let mut memo = vec![Known::Unseen; self.chains.len()];
        let mut references = Vec::new();
        for i in 0..self.chains.len() {
            if let Some(reference) = self.reference(i, &mut memo) {
                references.push(reference);
            }
        }
        references.sort_by_key(|reference| reference.start);
        let imports = std::mem::take(&mut self.imports);
        Code { language: None, imports, references }
    }

    fn reference(&self, number: usize, memo: &mut [Known]) -> Option<Reference> {
        let chain = &self.chains[number];
        let (root, skip) = self.root(chain, memo, 0)?;
        let mut path = root.path;
        let root_length = path.len();
        let mut parts = Vec::with_capacity(chain.parts.len());
        for (i, part) in chain.parts.iter().enumerate().skip(skip) {
            if !self.append(&mut path, part) {
                break;
            }
            let call = match *part {
                RawPart::Call { open, close } => {
                    let is_new = chain.is_new && !chain.parts[..i].iter().any(|p| matches!(p, RawPart::Call { .. }));
                    Some(self.call(open, close, is_new))
                }
                _ => None,
            };
            parts.push(Part { path_end: path.len(), end: self.part_end(part), call });
        }
        if parts.is_empty() && !root.imported {
            return None;
        }
        let head = self.head(chain);
        let head_end = skip.checked_sub(1).map_or(head.end, |last| self.part_end(&chain.parts[last]));
        Some(Reference {
            path,
            root: root_length,
            imported: root.imported,
            start: self.tokens.all[chain.first].span.start,
            head_end,
            parts,
            role: chain.role,
            value: chain.value,
        })
    }

    fn part_end(&self, part: &RawPart) -> usize {
        match *part {
            RawPart::Member { name } => name.end,
            RawPart::Subscript { end, .. } => end,
            RawPart::Call { close, .. } => self.tokens.all[close].span.end,
        }
    }

    /// Adds a part to a path; refuses what would make it too long.
    fn append(&self, path: &mut String, part: &RawPart) -> bool {
        let text = |span: Span| String::from_utf8_lossy(span.of(self.tokens.text));
        match *part {
            RawPart::Member { name } => {
                // A compiled or namespace import's `.default` is the default export itself.
                if name.of(self.tokens.text) != b"default" {
                    path.push('.');
                    path.push_str(&text(name));
                }
            }
            RawPart::Subscript { key, .. } => {
                path.push('[');
                path.push_str(&key.map(text).unwrap_or_default());
                path.push(']');
            }
            RawPart::Call { .. } => {
                *path = called(std::mem::take(path));
            }
        }
        path.len() <= LONGEST_PATH
    }

    /// The whole path of a chain.
    fn chain_path(&self, number: usize, memo: &mut [Known], hops: usize) -> Option<String> {
        match &memo[number] {
            Known::Unseen => {}
            Known::Nowhere => return None,
            Known::Path(path) => return Some(path.clone()),
        }
        // While it is being resolved it leads nowhere: that ends circles.
        memo[number] = Known::Nowhere;
        let chain = &self.chains[number];
        let found = self.root(chain, memo, hops).and_then(|(root, skip)| {
            let mut path = root.path;
            chain.parts[skip..].iter().all(|part| self.append(&mut path, part)).then_some(path)
        });
        if let Some(path) = &found {
            memo[number] = Known::Path(path.clone());
        }
        found
    }

    /// What the first name of a chain leads back to, and how many parts belong to that.
    fn root(&self, chain: &Chain, memo: &mut [Known], hops: usize) -> Option<(Resolved, usize)> {
        if hops > MOST_HOPS {
            return None;
        }
        let name = self.head(chain).of(self.tokens.text);
        if matches!(name, b"self" | b"cls" | b"this") {
            let RawPart::Member { name } = chain.parts.first()? else { return None };
            let class = &self.scopes[self.class_of(chain.scope)?];
            let name = name.of(self.tokens.text);
            let bindings = class.attributes.get(name).or_else(|| class.names.get(name))?;
            return Some((self.agreed(bindings, memo, hops)?, 1));
        }
        if let Some(module) = self.dynamic_import(name, &chain.parts, 0) {
            return Some((Resolved { path: module, imported: true }, 1));
        }
        let found = self.name(name, chain, memo, hops)?;
        if found.path == "importlib"
            && let Some(RawPart::Member { name }) = chain.parts.first()
            && name.of(self.tokens.text) == b"import_module"
            && let Some(module) = self.dynamic_import(b"__import__", &chain.parts, 1)
        {
            return Some((Resolved { path: module, imported: true }, 2));
        }
        Some((found, 0))
    }

    /// `require("openai")`, `import("openai")`, `__import__("openai")`: the module that part `i` asks for.
    fn dynamic_import(&self, name: &[u8], parts: &[RawPart], i: usize) -> Option<String> {
        if !matches!(name, b"require" | b"import" | b"__import__") {
            return None;
        }
        let Some(RawPart::Call { open, close }) = parts.get(i) else { return None };
        let text = if *close >= open + 2 { self.tokens.inner(open + 1) } else { None }?;
        module_name(text.of(self.tokens.text))
    }

    fn name(&self, name: &[u8], chain: &Chain, memo: &mut [Known], hops: usize) -> Option<Resolved> {
        let mut here = chain.scope;
        loop {
            let scope = &self.scopes[here];
            let visible = here == chain.scope || scope.kind != ScopeKind::Class;
            if visible && let Some(bindings) = scope.names.get(name) {
                if here != chain.scope {
                    return self.agreed(bindings, memo, hops);
                }
                // In its own scope the last binding before the chain counts.
                let before = bindings.partition_point(|binding| binding.at < chain.at);
                let earlier = bindings[..before].iter().rev().take(MOST_BINDINGS).filter(|b| !b.is_nothing());
                let mut bound = false;
                for binding in earlier {
                    let value = self.value(&binding.value, memo, hops);
                    if value.is_some() || !binding.is_fallback {
                        return value;
                    }
                    bound = true;
                }
                return if bound { None } else { self.agreed(bindings, memo, hops) };
            }
            if here == 0 {
                return None;
            }
            here = scope.parent;
        }
    }

    /// The value of a name that is bound in several places: the last one, if all lead somewhere.
    fn agreed(&self, bindings: &[Binding], memo: &mut [Known], hops: usize) -> Option<Resolved> {
        let mut found = None;
        for binding in bindings.iter().filter(|b| !b.is_nothing()).take(MOST_BINDINGS) {
            match self.value(&binding.value, memo, hops) {
                Some(value) => found = Some(value),
                None if binding.is_fallback => {}
                None => return None,
            }
        }
        found
    }

    fn value(&self, value: &Value, memo: &mut [Known], hops: usize) -> Option<Resolved> {
        let (path, imported) = match value {
            Value::Import(path) => (path.clone(), true),
            Value::Chain(number) => (self.chain_path(*number, memo, hops + 1)?, false),
            Value::Instance(number) => (called(self.chain_path(*number, memo, hops + 1)?), false),
            Value::Member(number, name) if name == "default" => (self.chain_path(*number, memo, hops + 1)?, true),
            Value::Member(number, name) => (self.chain_path(*number, memo, hops + 1)? + "." + name, true),
            Value::Nothing | Value::Unknown => return None,
        };
        Some(Resolved { path, imported })
    }

    /// The arguments between two brackets.
    fn call(&self, open: usize, close: usize, is_new: bool) -> Call {
        let tokens = &self.tokens;
        let mut call = Call { is_new, ..Call::default() };
        let braces = tokens.is(open + 1, b"{");
        let (mut i, close) = match tokens.partner(open + 1) {
            Some(end) if braces => (open + 2, end),
            _ => (open + 1, close),
        };
        let (separator, word): (&[u8], bool) = if braces { (b":", true) } else { (b"=", false) };
        while i < close && call.named.len() < MOST_ARGUMENTS {
            let start = i;
            while i < close && !tokens.is(i, b",") {
                i = tokens.after(i);
            }
            let name =
                tokens.inner(start).filter(|_| word).or_else(|| tokens.is_name(start).then(|| tokens.all[start].span));
            let alone = i == start + 1;
            match name {
                Some(name) if tokens.is(start + 1, separator) => {
                    let value = if i == start + 3 { tokens.inner(start + 2) } else { None };
                    call.named.push(Argument { name, value });
                }
                Some(name) if word && alone => call.named.push(Argument { name, value: None }),
                // A variable given where options are expected.
                Some(_) if alone && !braces => call.is_open = true,
                _ if tokens.is(start, b"**") || tokens.is(start, b"...") => call.is_open = true,
                _ => {}
            }
            i += 1;
        }
        call
    }
}

impl Binding {
    const fn is_nothing(&self) -> bool {
        matches!(self.value, Value::Nothing)
    }
}

/// The path of what a call of `path` gives.
fn called(mut path: String) -> String {
    if !path.contains('.') && !path.contains('(') {
        path.push_str(".default");
    }
    path.push_str("()");
    path
}

/// Whether the bracket at `open` holds the arguments of a call.
fn is_call_bracket(tokens: &Tokens<'_>, open: usize) -> bool {
    open.checked_sub(1).is_some_and(|before| {
        tokens.is(before, b")")
            || tokens.is(before, b"]")
            || tokens.is_name(before)
                && !matches!(tokens.bytes(before), b"await" | b"return" | b"in" | b"of" | b"yield")
    })
}

/// The package a module specifier names, without registry and version: `npm:openai@4.2.0` is `openai`. A relative
/// specifier names none.
pub(super) fn module_name(specifier: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(specifier).ok()?;
    let text = text.strip_prefix("npm:").or_else(|| text.strip_prefix("https://esm.sh/")).unwrap_or(text);
    let version = text.get(1..).and_then(|rest| rest.find('@')).map_or(text.len(), |at| at + 1);
    let (name, rest) = text.split_at(version);
    let deep = rest.find('/').map_or("", |at| &rest[at..]);
    (!name.is_empty() && !name.starts_with(['.', '/']) && text.len() < LONGEST_PATH).then(|| format!("{name}{deep}"))
}

/// Whether the value that starts at token `i` and ends before token `end` is nothing yet.
pub(super) fn is_nothing(tokens: &Tokens<'_>, i: usize, end: usize) -> bool {
    end == i + 1
        && tokens.all.get(i).is_some_and(|token| token.kind == Kind::Name)
        && matches!(tokens.bytes(i), b"None" | b"null" | b"undefined")
}
