//! What names are given.

use super::Path;
use super::lexer::{Kind, Tokens};
use smallvec::SmallVec;

/// What a name is given.
#[derive(Clone, Debug)]
pub(super) enum Given {
    /// Something imported.
    Import(Path),
    /// The value of a chain, by its number.
    Chain(usize),
    /// An instance of the class a chain names, by the chain's number: from a type annotation.
    Instance(usize),
    /// The value of a chain; where that leads nowhere, an instance of the class another chain names.
    Declared(usize, usize),
    /// A member of a chain's value: from a destructuring pattern.
    Member(usize, Path),
    /// One item after the other of a chain's value: from a loop.
    Item(usize),
    /// What a chain is up to one of its parts: from a callback that is given it.
    Before(usize, usize),
    /// A function, by the number its front end gave it.
    Function(usize),
    /// What a function gives back: from a property.
    Result(usize),
    /// Nothing yet: `None`, a declaration without a value.
    Nothing,
    /// Anything else.
    Unknown,
}

/// Most names are given one value.
pub(super) type Bindings = SmallVec<[Binding; 1]>;

#[derive(Clone, Debug)]
pub(super) struct Binding {
    /// The token it stands at.
    pub(super) at: usize,
    pub(super) value: Given,
    /// The tokens of the value.
    pub(super) tokens: Option<(usize, usize)>,
    /// Whether it only holds when something failed (`except ImportError: openai = Fake()`).
    pub(super) is_fallback: bool,
}

impl Binding {
    pub(super) const fn is_nothing(&self) -> bool {
        matches!(self.value, Given::Nothing)
    }
}

/// The only value a name is ever given.
pub(super) fn only(bindings: &[Binding]) -> Option<&Binding> {
    let mut set = bindings.iter().filter(|binding| !binding.is_nothing());
    set.next().filter(|_| set.next().is_none())
}

/// Whether the value that starts at token `i` and ends before token `end` is nothing yet.
pub(super) fn is_nothing(tokens: &Tokens<'_>, i: usize, end: usize) -> bool {
    end == i + 1
        && tokens.all.get(i).is_some_and(|token| token.kind == Kind::Name)
        && matches!(tokens.bytes(i), b"None" | b"null" | b"undefined")
}
