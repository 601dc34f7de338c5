//! Python's expressions: chains, and the names that are given values.

use super::super::Role;
use super::super::given::{Given, is_nothing};
use super::super::lexer::{Kind, Tokens};
use super::super::scope::ScopeKind;
use super::{Reader, is_keyword};

/// How many names of `a, b = …` are given values of their own.
const MOST_NAMES: usize = 16;

/// How many tokens of a lambda are looked at, brackets counting as one.
const LONGEST_LAMBDA: usize = 1000;

impl Reader<'_> {
    /// Finds the chains between two tokens, and the names they are given to.
    pub(super) fn expressions(&mut self, start: usize, end: usize, scope: usize, role: Role) {
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
        } else if let Some(value) = self.annotated(start, scope) {
            self.bind(scope, start, value, None);
        }
        // The lambdas around the token: where each ends, and its scope.
        let (outer, mut lambdas) = (scope, Vec::new());
        // The word before a name that was given what stands before it.
        let mut named = None;
        while i < end {
            if !self.out.tokens.is_name(i) {
                i += 1;
                continue;
            }
            if named == Some(i) {
                i += 2;
                continue;
            }
            while lambdas.last().is_some_and(|(last, _)| *last <= i) {
                lambdas.pop();
            }
            let scope = lambdas.last().map_or(outer, |(_, scope)| *scope);
            let tokens = &self.out.tokens;
            if !self.starts_chain(i, target_end) {
                if tokens.is_word(i, b"lambda") {
                    lambdas.push(self.lambda(i, end, scope));
                } else if tokens.is_word(i, b"as") && tokens.is_name(i + 1) {
                    self.bind(scope, i + 1, Given::Unknown, None);
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
                self.out.chains[chain].given = Some((target_end, end));
            }
            if let Some(name) = walrus {
                let value_end = self.out.tokens.after(name + 2);
                let value = if self.out.tokens.is_name(name + 2) {
                    let value = self.out.chain(scope, name + 2, false);
                    Given::Chain(value)
                } else {
                    Given::Unknown
                };
                let value_end = match &value {
                    Given::Chain(chain) => self.out.chains[*chain].next,
                    _ => value_end,
                };
                self.bind(scope, name, value, Some((name + 2, value_end)));
            } else if self.out.tokens.is_word(next, b"as") && self.out.tokens.is_name(next + 1) && role == Role::Read {
                // `with OpenAI() as client`
                self.bind(scope, next + 1, Given::Chain(chain), None);
                named = Some(next);
            }
            i += 1;
        }
    }

    /// Opens the scope of the lambda at token `i` and binds its parameters; returns the token that ends it, and the
    /// scope.
    fn lambda(&mut self, i: usize, end: usize, outer: usize) -> (usize, usize) {
        let scope = self.out.open_scope(ScopeKind::Function, outer);
        let stop = end.min(i + LONGEST_LAMBDA);
        let (mut at, mut is_parameter) = (i + 1, true);
        while at < stop && !self.out.tokens.is(at, b":") {
            if is_parameter && self.out.tokens.is_name(at) {
                let name = self.out.tokens.bytes(at);
                self.out.bind(scope, name, at, Given::Unknown);
            }
            let tokens = &self.out.tokens;
            is_parameter = [&b","[..], b"*", b"**"].iter().any(|op| tokens.is(at, op));
            at = tokens.after(at);
        }
        let tokens = &self.out.tokens;
        while at < stop && ![&b","[..], b")", b"]", b"}"].iter().any(|op| tokens.is(at, op)) {
            at = tokens.after(at);
        }
        (at, scope)
    }

    /// Whether token `i` is the first name of a chain.
    fn starts_chain(&self, i: usize, after_targets: usize) -> bool {
        let tokens = &self.out.tokens;
        let is_member = i > 0 && tokens.is(i - 1, b".");
        // `{value=}` in a formatted string is none.
        let is_argument = tokens.is(i + 1, b"=") && i >= after_targets && !tokens.is(i + 2, b"}");
        tokens.is_name(i) && !is_member && !is_argument && !is_keyword(tokens.bytes(i))
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
        let mut value = self.assigned_value(value_start, end, scope);
        // `client: OpenAI = field(default_factory=OpenAI)`
        if let [start] = targets
            && let Some(Given::Instance(class)) = self.annotated(*start, scope)
        {
            value = match value {
                Given::Chain(chain) => Given::Declared(chain, class),
                Given::Unknown => Given::Instance(class),
                other => other,
            };
        }
        let given = Some((value_start, end));
        for &start in targets {
            let tokens = &self.out.tokens;
            let word = tokens.bytes(start);
            if !tokens.is_name(start) {
                self.unknown_names(start, scope);
            } else if matches!(word, b"self" | b"cls") && tokens.is(start + 1, b".") {
                let after = start + 3;
                if tokens.is_name(start + 2) && (tokens.is(after, b"=") || tokens.is(after, b":")) {
                    let name = tokens.bytes(start + 2);
                    self.out.bind_attribute(scope, name, start + 2, value.clone(), given);
                }
            } else if tokens.is(start + 1, b"=") || tokens.is(start + 1, b":") {
                self.bind(scope, start, value.clone(), given);
            } else if tokens.is(start + 1, b",") {
                self.names(start, value_start, end, scope);
            }
        }
    }

    /// `name: Type`: an instance of that.
    fn annotated(&mut self, start: usize, scope: usize) -> Option<Given> {
        let tokens = &self.out.tokens;
        let is_name = |i: usize| tokens.is_name(i) && !is_keyword(tokens.bytes(i));
        if !tokens.is(start + 1, b":") || !is_name(start) || !is_name(start + 2) {
            return None;
        }
        let chain = self.out.chain(scope, start + 2, false);
        let next = self.out.chains[chain].next;
        let ends = self.ends(next) || self.out.tokens.is(next, b"=") || self.out.tokens.is(next, b"|");
        ends.then_some(Given::Instance(chain))
    }

    /// `a, b = c, d`: each name gets its value, if there are as many of them.
    fn names(&mut self, start: usize, value_start: usize, end: usize, scope: usize) {
        let mut names = Vec::new();
        let mut i = start;
        while self.out.tokens.is_name(i) && names.len() < MOST_NAMES {
            names.push(i);
            i += 1 + usize::from(self.out.tokens.is(i + 1, b","));
        }
        let mut values = Vec::new();
        let mut from = value_start;
        let mut at = value_start;
        while at < end && values.len() <= names.len() {
            if self.out.tokens.is(at, b",") {
                values.push((from, at));
                from = at + 1;
            }
            at = self.out.tokens.after(at);
        }
        values.push((from, end));
        if values.len() != names.len() || !self.out.tokens.is(i, b"=") {
            self.unknown_names(start, scope);
            return;
        }
        for (name, (from, to)) in names.into_iter().zip(values) {
            let value = self.assigned_value(from, to, scope);
            self.bind(scope, name, value, Some((from, to)));
        }
    }

    /// The names from `start` to the next `=` get an unknown value.
    fn unknown_names(&mut self, start: usize, scope: usize) {
        let mut i = start;
        while i < self.out.tokens.len() && !self.out.tokens.is(i, b"=") {
            let tokens = &self.out.tokens;
            let is_member = i > 0 && tokens.is(i - 1, b".");
            if tokens.is_name(i) && !is_member && !tokens.is(i + 1, b".") && !tokens.is(i + 1, b"[") {
                self.bind(scope, i, Given::Unknown, None);
            }
            i += 1;
        }
    }

    /// The value between two tokens, if it is a chain: also the last of `a or b`, and `b` of `b if c else d`.
    fn assigned_value(&mut self, start: usize, end: usize, scope: usize) -> Given {
        let value = self.last_value(start, end, scope);
        if let Given::Chain(chain) = value {
            self.out.chains[chain].role = Role::Alias;
        }
        value
    }

    /// The same, of a value no name is given to.
    pub(super) fn last_value(&mut self, start: usize, end: usize, scope: usize) -> Given {
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
            return Given::Nothing;
        }
        if !tokens.is_name(from) || is_keyword(tokens.bytes(from)) {
            return Given::Unknown;
        }
        let chain = self.out.chain(scope, from, false);
        if self.out.chains[chain].next == to { Given::Chain(chain) } else { Given::Unknown }
    }

    /// `for a, b in …` binds its names.
    fn loop_names(&mut self, start: usize, end: usize, scope: usize) {
        let Some(first) = (start..end.min(start + 2)).find(|i| self.out.tokens.is_word(*i, b"for")) else { return };
        let last = end.min(first + 32);
        let within = (first + 1..last).find(|i| self.out.tokens.is_word(*i, b"in")).unwrap_or(last);
        let is_variable = |tokens: &Tokens<'_>, i: usize| tokens.is_name(i) && !tokens.is(i + 1, b".");
        for i in first + 1..within {
            if is_variable(&self.out.tokens, i) && !self.out.tokens.is(i - 1, b".") {
                let item = self.item(first + 1, i, within, scope).map_or(Given::Unknown, Given::Item);
                self.bind(scope, i, item, None);
            }
        }
    }

    /// The chain whose items the name at token `name` is given, one after the other: `for name in chain`,
    /// `for i, name in enumerate(chain)`. The names start at token `first`, `in` is token `within`.
    fn item(&mut self, first: usize, name: usize, within: usize, scope: usize) -> Option<usize> {
        let tokens = &self.out.tokens;
        let counts = tokens.is_word(within + 1, b"enumerate") && tokens.is(within + 2, b"(");
        let of = within + if counts { 3 } else { 1 };
        let is_item = if counts {
            name == first + 2 && within == name + 1 && tokens.is(first + 1, b",")
        } else {
            name == first && within == name + 1
        };
        if !is_item || !tokens.is_name(of) || is_keyword(tokens.bytes(of)) {
            return None;
        }
        let chain = self.out.chain(scope, of, false);
        let (tokens, next) = (&self.out.tokens, self.out.chains[chain].next);
        let ends = [&b":"[..], b")", b"]", b"}", b","].iter().any(|op| tokens.is(next, op));
        (ends || tokens.is_word(next, b"if") || tokens.is_word(next, b"for")).then_some(chain)
    }
}
