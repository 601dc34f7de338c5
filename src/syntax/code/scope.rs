//! Scopes, the names bound in them, and what a chain of members leads back to.
//!
//! Names resolve to what an import brought in, over assignments (`chat = openai.ChatCompletion`, `self.client =
//! OpenAI()`). A name that is also bound to something unknown (a parameter, a loop variable, another value) in the
//! scope that would decide resolves to nothing: silence is better than a wrong finding.

use super::chain::{Chain, LONGEST_PATH, RawPart, called, is_builtin};
use super::function::Function;
use super::given::{Binding, Bindings, Given, only};
use super::later::{Expressions, Later};
use super::lexer::Tokens;
use super::{Branch, Code, Import, Language, Pair, Part, Path, Reference, Role};
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// How many assignments a name is followed over.
const MOST_HOPS: usize = 6;

/// How deep scopes nest; deeper blocks belong to the scope around them. It bounds every walk outwards.
const DEEPEST_SCOPE: usize = 100;

/// How many bindings of one name are looked at.
pub(super) const MOST_BINDINGS: usize = 16;

/// How many values are looked into before the rest of a file is given up: what a name was given is read again at each
/// of its uses.
const MOST_VALUES: usize = 200_000;

/// How many branches of one file are kept.
const MOST_BRANCHES: usize = 5000;

/// What describes a field of a class and is not its value.
const FIELDS: [&str; 4] = ["dataclasses.field()", "pydantic.Field()", "attr.ib()", "attrs.field()"];

/// What kind of scope a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Module,
    /// Its names are seen by inner scopes.
    Function,
    /// Its names are not seen by inner scopes, only through `self` and `this`.
    Class,
    /// A block of the function around it.
    Block,
}

#[derive(Debug)]
pub(super) struct Scope<'a> {
    kind: ScopeKind,
    parent: usize,
    depth: usize,
    /// The function or class it belongs to, by its scope; 0 for the module.
    frame: usize,
    names: FxHashMap<&'a [u8], Bindings>,
    /// `self.name = …` inside a class.
    attributes: FxHashMap<&'a [u8], Bindings>,
}

/// All a front end collects from one text.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    pub(super) tokens: Tokens<'a>,
    scopes: Vec<Scope<'a>>,
    pub(super) chains: Vec<Chain>,
    /// The parts of all chains, one chain after the other.
    pub(super) parts: Vec<RawPart>,
    /// For each part the token its chain up to there starts with.
    pub(super) part_starts: Vec<usize>,
    pub(super) imports: Vec<Import>,
    pub(super) own_imports: Vec<Import>,
    pub(super) branches: Vec<Branch>,
    pub(super) functions: FxHashMap<usize, Function>,
    /// Token to chain: each chain is read once.
    pub(super) read: FxHashMap<usize, usize>,
    /// How many more values may be looked into.
    pub(super) budget: Cell<usize>,
}

/// What is known about where a chain leads.
#[derive(Clone, Debug)]
pub(super) enum Known {
    Unseen,
    Nowhere,
    Path(Path),
}

/// A resolved chain or name.
pub(super) struct Resolved {
    path: Path,
    imported: bool,
    /// Whether the last member of the path is taken here, by `getattr` or `setattr`.
    takes: bool,
}

impl Resolved {
    const fn new(path: Path, imported: bool) -> Self {
        Self { path, imported, takes: false }
    }
}

impl<'a> Collector<'a> {
    pub(super) fn new(tokens: Tokens<'a>) -> Self {
        let mut new = Self {
            tokens,
            scopes: Vec::new(),
            chains: Vec::new(),
            parts: Vec::new(),
            part_starts: Vec::new(),
            imports: Vec::new(),
            own_imports: Vec::new(),
            branches: Vec::new(),
            functions: FxHashMap::default(),
            read: FxHashMap::default(),
            budget: Cell::new(MOST_VALUES),
        };
        new.open_scope(ScopeKind::Module, 0);
        new
    }

    /// Opens a scope inside `parent`; the first one is its own parent.
    pub(super) fn open_scope(&mut self, kind: ScopeKind, parent: usize) -> usize {
        let depth = self.scopes.get(parent).map_or(0, |scope| scope.depth + 1);
        if depth > DEEPEST_SCOPE {
            return parent;
        }
        let frame = match kind {
            ScopeKind::Block => self.frame(parent),
            _ => self.scopes.len(),
        };
        let (names, attributes) = (FxHashMap::default(), FxHashMap::default());
        self.scopes.push(Scope { kind, parent, depth, frame, names, attributes });
        self.scopes.len() - 1
    }

    /// The function `scope` belongs to.
    pub(super) fn frame(&self, scope: usize) -> usize {
        self.scopes[scope].frame
    }

    pub(super) fn bind(&mut self, scope: usize, name: &'a [u8], at: usize, value: Given) {
        self.bind_tokens(scope, name, at, value, None);
    }

    /// Binds `name` to a value with its tokens.
    pub(super) fn bind_tokens(
        &mut self,
        scope: usize,
        name: &'a [u8],
        at: usize,
        value: Given,
        tokens: Option<(usize, usize)>,
    ) {
        self.scopes[scope].names.entry(name).or_default().push(Binding { at, value, tokens, is_fallback: false });
    }

    /// Notes a branch.
    pub(super) fn branch(&mut self, branch: Branch) {
        if self.branches.len() < MOST_BRANCHES {
            self.branches.push(branch);
        }
    }

    /// Marks the last binding of `name` as second best.
    pub(super) fn is_fallback(&mut self, scope: usize, name: &[u8]) {
        if let Some(last) = self.scopes[scope].names.get_mut(name).and_then(|bindings| bindings.last_mut()) {
            last.is_fallback = true;
        }
    }

    /// The innermost scope from `scope` on that knows `name`, else the module's.
    pub(super) fn scope_of(&self, scope: usize, name: &[u8]) -> usize {
        let mut here = scope;
        while here != 0 && !self.scopes[here].names.contains_key(name) {
            here = self.scopes[here].parent;
        }
        here
    }

    /// Binds `self.name` of the class around `scope`.
    pub(super) fn bind_attribute(
        &mut self,
        scope: usize,
        name: &'a [u8],
        at: usize,
        value: Given,
        tokens: Option<(usize, usize)>,
    ) {
        if let Some(class) = self.class_of(scope) {
            let bindings = self.scopes[class].attributes.entry(name).or_default();
            bindings.push(Binding { at, value, tokens, is_fallback: false });
        }
    }

    pub(super) fn is_class(&self, scope: usize) -> bool {
        self.scopes[scope].kind == ScopeKind::Class
    }

    /// An import that gives the name at token `at` the value `bound`.
    pub(super) fn import(&mut self, scope: usize, at: usize, import: Import, bound: Path) {
        self.imports.push(import);
        let name = self.tokens.bytes(at);
        self.bind(scope, name, at, Given::Import(bound));
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

    /// Resolves every chain.
    pub(super) fn finish(mut self, language: Language) -> Code<'a> {
        let mut memo = vec![Known::Unseen; self.chains.len()];
        let mut order: Vec<usize> = (0..self.chains.len()).collect();
        order.sort_by_key(|number| self.tokens.all[self.chains[*number].first].span.start);
        let mut numbers = vec![0; order.len()];
        for (place, number) in order.iter().enumerate() {
            numbers[*number] = place;
        }
        let references = order.iter().map(|number| self.reference(*number, &mut memo)).collect();
        let pairs: Vec<Pair> = self.pairs();
        self.load_own();
        Code {
            language,
            imports: std::mem::take(&mut self.imports),
            own_imports: std::mem::take(&mut self.own_imports),
            references,
            pairs,
            branches: std::mem::take(&mut self.branches),
            expressions: Expressions { collected: self, numbers },
        }
    }

    fn reference(&self, number: usize, memo: &mut [Known]) -> Reference {
        let chain = &self.chains[number];
        let head = self.head(chain);
        let found = self.root(chain, memo, 0);
        let is_known = found.is_some();
        let written = || Path::from_utf8_lossy(head.of(self.tokens.text));
        let (root, skip) = found.unwrap_or_else(|| (Resolved::new(written(), false), 0));
        let mut path = root.path;
        let mut root_length = path.len();
        let raw = self.parts(chain);
        let mut parts = Vec::with_capacity(raw.len());
        let (mut role, mut given) = (chain.role, chain.given);
        if root.takes {
            root_length = path.rfind('.').unwrap_or(root_length);
            let (start, end) = (self.tokens.all[chain.first].span.start, self.part_end(&raw[skip - 1]));
            parts.push(Part { path_end: path.len(), start, end, is_new: false, call: None });
            if let Some(value) = self.attribute(chain).and_then(|attribute| attribute.given) {
                (role, given) = (Role::Assign, Some(value));
            }
        }
        for (i, part) in raw.iter().enumerate().skip(skip) {
            if !self.append(&mut path, part, is_known) {
                break;
            }
            let call = match *part {
                RawPart::Call { open, close } => Some(Later::new(open, close)),
                _ => None,
            };
            let is_call = |part: &RawPart| matches!(part, RawPart::Call { .. });
            let is_first = |from| raw.get(from..i).is_some_and(|before| !before.iter().any(is_call));
            let is_new = is_call(part) && chain.new_from.is_some_and(is_first);
            let start = self.tokens.all[self.part_starts[chain.parts.start + i]].span.start;
            parts.push(Part { path_end: path.len(), start, end: self.part_end(part), is_new, call });
        }
        let head_end = skip.checked_sub(1).map_or(head.end, |last| self.part_end(&raw[last]));
        Reference {
            path,
            is_known,
            root: root_length,
            imported: root.imported,
            is_taken: chain.is_taken,
            start: self.tokens.all[chain.first].span.start,
            head_end,
            parts,
            role,
            value: given.map(|(start, end)| Later::new(start, end)),
            frame: self.frame(chain.scope),
        }
    }

    /// The whole path of a chain.
    fn chain_path(&self, number: usize, memo: &mut [Known], hops: usize) -> Option<Path> {
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
            self.parts(chain)[skip..].iter().all(|part| self.append(&mut path, part, true)).then_some(path)
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
        self.named(chain, memo, hops).or_else(|| self.call_result(chain, memo, hops))
    }

    /// The same where the name itself leads somewhere, not what it gives when it is called.
    fn named(&self, chain: &Chain, memo: &mut [Known], hops: usize) -> Option<(Resolved, usize)> {
        let name = self.head(chain).of(self.tokens.text);
        if matches!(name, b"self" | b"cls" | b"this") {
            let RawPart::Member { name } = self.parts(chain).first()? else { return None };
            let class = &self.scopes[self.class_of(chain.scope)?];
            let name = name.of(self.tokens.text);
            let bindings = class.attributes.get(name).or_else(|| class.names.get(name))?;
            return Some((self.agreed(bindings, memo, hops)?, 1));
        }
        if let Some(module) = self.dynamic_import(name, self.parts(chain), 0) {
            return Some((Resolved::new(module.into(), true), 1));
        }
        if let Some(attribute) = self.attribute(chain)
            && !self.is_bound(chain)
        {
            let path = self.chain_path(attribute.of, memo, hops + 1)?;
            let imported = !path.contains('(');
            let path = path + "." + &String::from_utf8_lossy(attribute.name.of(self.tokens.text));
            return (path.len() <= LONGEST_PATH).then_some((Resolved { path, imported, takes: true }, 1));
        }
        if is_builtin(name) && !self.is_bound(chain) {
            return Some((Resolved::new(Path::from_utf8_lossy(name), true), 0));
        }
        let found = self.name(name, chain, memo, hops)?;
        Some(match self.imported_by(&found.path, self.parts(chain)) {
            Some((module, parts)) => (Resolved::new(module.into(), true), parts),
            None => (found, 0),
        })
    }

    /// What the name at the head of `chain` was given last, where one place decides that.
    pub(super) fn binding(&self, chain: &Chain) -> Option<&Binding> {
        let name = self.head(chain).of(self.tokens.text);
        if matches!(name, b"self" | b"cls" | b"this") {
            let RawPart::Member { name } = self.parts(chain).first()? else { return None };
            let class = &self.scopes[self.class_of(chain.scope)?];
            let name = name.of(self.tokens.text);
            let bindings = class.attributes.get(name).or_else(|| class.names.get(name))?;
            return only(bindings);
        }
        let mut here = chain.scope;
        loop {
            let scope = &self.scopes[here];
            let visible = here == chain.scope || scope.kind != ScopeKind::Class;
            if visible && let Some(bindings) = scope.names.get(name) {
                if scope.frame != self.frame(chain.scope) {
                    return only(bindings);
                }
                let before = bindings.partition_point(|binding| binding.at < chain.at);
                return bindings[..before].iter().rev().find(|binding| !binding.is_nothing());
            }
            if here == 0 {
                return None;
            }
            here = scope.parent;
        }
    }

    /// Whether some scope around `chain` binds its first name.
    fn is_bound(&self, chain: &Chain) -> bool {
        let name = self.head(chain).of(self.tokens.text);
        self.scopes[self.scope_of(chain.scope, name)].names.contains_key(name)
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
                    let value = self.leads_to(&binding.value, memo, hops);
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
            match self.leads_to(&binding.value, memo, hops) {
                Some(value) => found = Some(value),
                None if binding.is_fallback => {}
                None => return None,
            }
        }
        found
    }

    pub(super) fn leads_to(&self, value: &Given, memo: &mut [Known], hops: usize) -> Option<Resolved> {
        let (path, imported) = match value {
            Given::Import(path) => (path.clone(), true),
            Given::Chain(number) => (self.chain_path(*number, memo, hops + 1)?, false),
            Given::Instance(number) => (called(self.chain_path(*number, memo, hops + 1)?), false),
            Given::Declared(number, class) => {
                let value = self.chain_path(*number, memo, hops + 1).filter(|path| !FIELDS.contains(&path.as_str()));
                (value.or_else(|| self.chain_path(*class, memo, hops + 1).map(called))?, false)
            }
            Given::Member(number, name) if name == "default" => (self.chain_path(*number, memo, hops + 1)?, true),
            Given::Member(number, name) => {
                let of = self.chain_path(*number, memo, hops + 1)?;
                // A member of a module, not of what a call gave.
                let imported = !of.contains('(');
                (of + "." + name, imported)
            }
            Given::Item(number) => (self.chain_path(*number, memo, hops + 1)? + "[]", false),
            Given::Before(number, end) => {
                let (root, skip) = self.root(&self.chains[*number], memo, hops + 1)?;
                let mut path = root.path;
                let parts = self.parts(&self.chains[*number]).get(skip..*end)?;
                (parts.iter().all(|part| self.append(&mut path, part, true)).then_some(path)?, false)
            }
            Given::Result(function) => return self.result(*function, memo, hops),
            Given::Function(_) | Given::Nothing | Given::Unknown => return None,
        };
        Some(Resolved::new(path, imported))
    }
}
