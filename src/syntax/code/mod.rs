//! What code says about the packages it imports: which symbols it imports, and where and how it uses them.
//!
//! A front end (`python`, `javascript`) turns a text into [`Code`]; the engine's rules ask only that. A front end
//! made from a real parser can take the place of these tolerant readers without any change above.

mod guard;
mod javascript;
mod lexer;
mod notebook;
mod python;
mod scope;

use crate::source::FileKind;
use crate::span::Span;

pub use crate::rules::matcher::Language;
pub use guard::is_guarded;

/// What one file says about the packages it imports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// The language it is written in.
    pub language: Option<Language>,
    /// Every symbol that is imported, in the order of the text.
    pub imports: Vec<Import>,
    /// Every use of a name that leads back to an import.
    pub references: Vec<Reference>,
}

/// An imported module, or an imported member of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The symbol from its package on: `openai`, `openai.error.RateLimitError`.
    pub path: String,
    /// Where the symbol's name stands.
    pub span: Span,
    /// Whether it is a member named after its module, which is the import before: `from module import member`.
    pub is_member: bool,
}

/// A chain of members, calls and subscripts whose first name leads back to an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What the chain is, from the package on: `openai.OpenAI().chat.completions.create()[choices]`. The default
    /// export of a JavaScript package is the package itself; an object made from it is `openai.default()`.
    pub path: String,
    /// How many bytes of `path` the first name stands for.
    pub root: usize,
    /// Whether the first name was imported (and not assigned).
    pub imported: bool,
    /// Where the chain starts (bytes).
    pub start: usize,
    /// Where its first name ends (bytes).
    pub head_end: usize,
    /// The rest of the chain.
    pub parts: Vec<Part>,
    /// What is done with the chain.
    pub role: Role,
    /// The text it is given, if it is given a literal one.
    pub value: Option<Span>,
}

/// A member, call or subscript of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Bytes of the reference's path up to here.
    pub path_end: usize,
    /// Where it ends in the text (bytes).
    pub end: usize,
    /// Its arguments, if it is a call.
    pub call: Option<Call>,
}

/// The arguments of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Whether it is `new …`.
    pub is_new: bool,
    /// Keyword arguments; in JavaScript the keys of an object given as first argument.
    pub named: Vec<Argument>,
    /// Whether arguments may be hidden in `**kwargs`, `...options` or a variable.
    pub is_open: bool,
}

/// A named argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: Span,
    /// The text it is given, if it is given a literal one.
    pub value: Option<Span>,
}

/// What is done with a chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It is read or called.
    #[default]
    Read,
    /// It is assigned to.
    Assign,
    /// A plain other name is made for it: `x = openai.ChatCompletion`.
    Alias,
    /// It is what an `except` clause catches.
    Except,
}

/// Reads `text` if its kind is one a front end knows.
pub fn read(text: &[u8], kind: FileKind) -> Option<Code> {
    match kind {
        FileKind::Python => Some(python::read(text)),
        FileKind::JavaScript => Some(javascript::read(text)),
        FileKind::Notebook => {
            let cells = notebook::Cells::new(text);
            let mut code = python::read(&cells.code);
            code.map_offsets(|at, is_end| cells.original(at, is_end));
            Some(code)
        }
        _ => None,
    }
}

impl Code {
    /// Moves every span; `map(offset, is_end)`.
    fn map_offsets(&mut self, map: impl Fn(usize, bool) -> usize) {
        let span = |span: &mut Span| *span = Span::new(map(span.start, false), map(span.end, true));
        for import in &mut self.imports {
            span(&mut import.span);
        }
        for reference in &mut self.references {
            reference.start = map(reference.start, false);
            reference.head_end = map(reference.head_end, true);
            reference.value.as_mut().map(span);
            for part in &mut reference.parts {
                part.end = map(part.end, true);
                for argument in part.call.iter_mut().flat_map(|call| &mut call.named) {
                    span(&mut argument.name);
                    argument.value.as_mut().map(span);
                }
            }
        }
    }
}

/// Reads texts made of `words`, which `|` separates: whatever they say, every place lies inside them.
#[cfg(test)]
fn any_text_is_read(read: fn(&[u8]) -> Code, words: &'static str) {
    use proptest::prelude::*;
    let word = proptest::sample::select(words.split('|').collect::<Vec<_>>());
    proptest!(|(words in proptest::collection::vec(word, 0..80))| {
        let text = words.join(" ");
        for reference in read(text.as_bytes()).references {
            prop_assert!(reference.start < reference.head_end && reference.head_end <= text.len());
        }
    });
}
