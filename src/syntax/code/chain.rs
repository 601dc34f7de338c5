//! Chains of members, calls and subscripts: how they are written, and the path that names them.

use super::lexer::Tokens;
use super::scope::Collector;
use super::{Path, Role};
use crate::span::Span;
use std::ops::Range;

/// Longest path followed (bytes); it also ends circles such as `x = x.next`.
pub(super) const LONGEST_PATH: usize = 160;

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
    pub(super) first: usize,
    /// The token after it.
    pub(super) next: usize,
    /// Its parts, among those of all chains.
    pub(super) parts: Range<usize>,
    pub(super) role: Role,
    /// Its part from which on the first call is one with `new`.
    pub(super) new_from: Option<usize>,
    /// Whether it is a name in a pattern that takes a member out of another chain's value.
    pub(super) is_taken: bool,
    /// The tokens of what it is assigned.
    pub(super) given: Option<(usize, usize)>,
}

impl Collector<'_> {
    /// Reads the chain that starts at name token `at` and returns its number.
    pub(super) fn chain(&mut self, scope: usize, at: usize, is_new: bool) -> usize {
        if let Some(known) = self.read.get(&at) {
            return *known;
        }
        let tokens = &self.tokens;
        let (parts, starts) = (&mut self.parts, &mut self.part_starts);
        let from = parts.len();
        let (mut first, mut next) = (at, at + 1);
        let mut new_from = is_new.then_some(0);
        loop {
            starts.resize(parts.len(), first);
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
                    // `new (require("openai").OpenAI)()`
                    if first > 0 && tokens.is_word(first - 1, b"new") {
                        new_from = Some(parts.len() - from);
                    }
                } else {
                    break;
                }
            }
        }
        starts.resize(parts.len(), first);
        let raises = ["raise", "throw"].map(str::as_bytes);
        let before = first.wrapping_sub(1 + usize::from(new_from.is_some()));
        let role = if raises.iter().any(|word| tokens.is_word(before, word)) { Role::Raise } else { Role::Read };
        self.read.insert(at, self.chains.len());
        let parts = from..self.parts.len();
        self.chains.push(Chain { scope, at, first, next, parts, role, new_from, is_taken: false, given: None });
        self.chains.len() - 1
    }

    /// The parts of `chain`.
    pub(super) fn parts(&self, chain: &Chain) -> &[RawPart] {
        &self.parts[chain.parts.clone()]
    }

    /// The span of the chain's first name.
    pub(super) fn head(&self, chain: &Chain) -> Span {
        self.tokens.all[chain.at].span
    }

    pub(super) fn part_end(&self, part: &RawPart) -> usize {
        match *part {
            RawPart::Member { name } => name.end,
            RawPart::Subscript { end, .. } => end,
            RawPart::Call { close, .. } => self.tokens.all[close].span.end,
        }
    }

    /// Adds a part to a path; refuses what would make it too long. A call of a package is one of its default export.
    pub(super) fn append(&self, path: &mut Path, part: &RawPart, is_known: bool) -> bool {
        let text = |span: Span| String::from_utf8_lossy(span.of(self.tokens.text));
        match *part {
            RawPart::Member { name } => {
                // A compiled or namespace import's `.default` is the default export itself; `client.with_options(…)` is
                // a client of the same kind.
                if !matches!(name.of(self.tokens.text), b"default" | WITH_OPTIONS) {
                    path.push('.');
                    path.push_str(&text(name));
                }
            }
            RawPart::Subscript { key, .. } => {
                path.push('[');
                path.push_str(&key.map(text).unwrap_or_default());
                path.push(']');
            }
            RawPart::Call { open, .. } if open > 0 && self.tokens.bytes(open - 1) == WITH_OPTIONS => {}
            RawPart::Call { .. } => {
                if is_known {
                    *path = called(std::mem::take(path));
                } else {
                    path.push_str("()");
                }
            }
        }
        path.len() <= LONGEST_PATH
    }
}

/// How clients of SDKs are copied with other settings.
const WITH_OPTIONS: &[u8] = b"with_options";

/// The path of what a call of `path` gives.
pub(super) fn called(mut path: Path) -> Path {
    if !path.contains('.') && !path.contains('(') && !is_builtin(path.as_bytes()) {
        path.push_str(".default");
    }
    path.push_str("()");
    path
}

/// Whether this is one of the names of the two languages that are no imports, by which credentials go in and out.
pub(super) const fn is_builtin(name: &[u8]) -> bool {
    matches!(
        name,
        b"print"
            | b"open"
            | b"str"
            | b"repr"
            | b"len"
            | b"bool"
            | b"process"
            | b"console"
            | b"fetch"
            | b"String"
            | b"Deno"
            | b"Bun"
            | b"JSON"
            | b"Response"
            | b"Boolean"
            | b"Headers"
    )
}

/// Whether the bracket at `open` holds the arguments of a call.
fn is_call_bracket(tokens: &Tokens<'_>, open: usize) -> bool {
    open.checked_sub(1).is_some_and(|before| {
        tokens.is(before, b")")
            || tokens.is(before, b"]")
            || tokens.is_name(before)
                && !matches!(tokens.bytes(before), b"await" | b"return" | b"in" | b"new" | b"of" | b"yield")
    })
}

/// What a module specifier starts with that says where the package comes from.
const REGISTRIES: [&str; 7] = [
    "npm:",
    "https://esm.sh/",
    "https://cdn.jsdelivr.net/npm/",
    "https://unpkg.com/",
    "https://esm.run/",
    "https://cdn.skypack.dev/",
    "https://jspm.dev/npm:",
];

/// Whether `before` ends with what says where the package comes from whose name follows.
pub fn is_from_network(before: &[u8]) -> bool {
    REGISTRIES.iter().any(|registry| before.ends_with(registry.as_bytes()))
}

/// The package a module specifier names, without registry and version: `npm:openai@4.2.0` is `openai`. A relative
/// specifier names none.
pub(super) fn module_name(specifier: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(specifier).ok()?;
    let text = REGISTRIES.iter().find_map(|registry| text.strip_prefix(registry)).unwrap_or(text);
    let text = text.strip_suffix("/+esm").unwrap_or_else(|| text.split('?').next().unwrap_or(text));
    let version = text.get(1..).and_then(|rest| rest.find('@')).map_or(text.len(), |at| at + 1);
    let (name, rest) = text.split_at(version);
    let deep = rest.find('/').map_or("", |at| &rest[at..]);
    (!name.is_empty() && !name.starts_with(['.', '/']) && text.len() < LONGEST_PATH).then(|| format!("{name}{deep}"))
}
