//! What code says about the packages it imports and about credentials: which symbols it imports, where and how it uses
//! them, what they are given, and what happens where an error is caught.
//!
//! A front end (`python`, `javascript`) turns a text into [`Code`]; the engine's rules ask only that. A front end
//! made from a real parser can take the place of these tolerant readers without any change above.

mod chain;
mod dynamic;
mod function;
mod given;
mod ground;
mod guard;
mod javascript;
mod later;
mod lexer;
mod markup;
mod notebook;
mod pairs;
mod python;
mod scope;
mod value;

use crate::source::FileKind;
use crate::span::Span;
use compact_str::CompactString as Path;
use later::{Expressions, Later};

pub use crate::rules::matcher::Language;
pub use chain::is_from_network;
pub use ground::{Ground, Grounds};
pub use guard::is_guarded;
pub use notebook::lines_of_code;
pub use value::{Form, Value};

/// What one file says. Arguments and values are read when they are asked for: most never are.
#[derive(Debug)]
pub struct Code<'a> {
    /// The language it is written in.
    pub language: Language,
    /// Every symbol that is imported from a package, in the order of the text.
    pub imports: Vec<Import>,
    /// Every module of the project itself that is imported, by the relative path it is written with.
    pub own_imports: Vec<Import>,
    /// Every chain of members, in the order of the text.
    pub references: Vec<Reference>,
    /// Every key of a dictionary or object that is given a value.
    pub pairs: Vec<Pair>,
    /// What is done under a condition or after an error.
    pub branches: Vec<Branch>,
    expressions: Expressions<'a>,
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
    /// The function it stands in; 0 outside of all.
    pub frame: usize,
    /// Whether it runs before everything else in the file: JavaScript's `import` statement.
    pub is_hoisted: bool,
}

/// A chain of members, calls and subscripts.
#[derive(Debug)]
pub struct Reference {
    /// What the chain is, from the package on: `openai.OpenAI().chat.completions.create()[choices]`. The default
    /// export of a JavaScript package is the package itself; an object made from it is `openai.default()`.
    pub path: Path,
    /// Whether the first name leads back to an import or a name of the language. Otherwise `path` is the chain as it
    /// is written.
    pub is_known: bool,
    /// How many bytes of `path` the first name stands for.
    pub root: usize,
    /// Whether the first name was imported (and not assigned).
    pub imported: bool,
    /// Whether it is a name in a pattern that takes a member out of a value: `const { data } = call()`.
    pub is_taken: bool,
    /// Where the chain starts (bytes).
    pub start: usize,
    /// Where its first name ends (bytes).
    pub head_end: usize,
    /// The rest of the chain.
    pub parts: Vec<Part>,
    /// What is done with the chain.
    pub role: Role,
    /// What it is assigned: [`Code::assigned`].
    value: Option<Later<Value>>,
    /// The function it stands in; 0 outside of all.
    pub frame: usize,
}

/// A member, call or subscript of a chain.
#[derive(Debug)]
pub struct Part {
    /// Bytes of the reference's path up to here.
    pub path_end: usize,
    /// Where the chain up to here starts in the text (bytes): before the bracket of `(await x.y()).z` for `z`.
    pub start: usize,
    /// Where it ends in the text (bytes).
    pub end: usize,
    /// Whether it is a call with `new`.
    pub is_new: bool,
    /// Its arguments, if it is a call: [`Code::call`].
    call: Option<Later<Call>>,
}

/// The arguments of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Arguments without a name.
    pub positional: Vec<Value>,
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
    /// What it is given.
    pub value: Value,
}

/// A key of a dictionary or object, and its value.
#[derive(Debug)]
pub struct Pair {
    /// The key, without its quotes.
    pub key: Span,
    /// What it is given: [`Code::given`].
    value: Later<Value>,
    /// The calls it is an argument of, the innermost first; their brackets and what is in between.
    pub calls: Vec<Span>,
}

/// What is done under a condition, or after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The condition, or the errors that are caught.
    pub condition: Span,
    /// What is done.
    pub body: Span,
    /// What was tried before, where an error is caught in JavaScript.
    pub tried: Option<Span>,
    /// Whether it stands in a loop that tries again: one without an end, or one that counts.
    pub in_loop: bool,
    /// Whether it always leaves the loop: it returns, raises or ends the program.
    pub leaves: bool,
    /// Whether it waits or goes on with the loop.
    pub repeats: bool,
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
    /// It is raised or thrown.
    Raise,
}

/// A text to be read as code, with what leads from its code back into the file.
pub struct Source<'t> {
    text: &'t [u8],
    language: Language,
    inside: Inside,
}

/// Where the code stands in a text.
enum Inside {
    /// It is the text.
    All,
    /// In the cells of a notebook.
    Cells(notebook::Cells),
    /// In the scripts of a page; each byte stands where it does in the text.
    Scripts(Vec<u8>),
}

impl<'t> Source<'t> {
    /// Prepares `text`, if its kind is one a front end knows.
    pub fn new(text: &'t [u8], kind: FileKind) -> Option<Self> {
        let (language, inside) = match kind {
            FileKind::Python => (Language::Python, Inside::All),
            FileKind::Notebook => (Language::Python, Inside::Cells(notebook::Cells::new(text))),
            FileKind::JavaScript if !markup::is_component(text) => (Language::JavaScript, Inside::All),
            FileKind::JavaScript | FileKind::Html => (Language::JavaScript, Inside::Scripts(markup::scripts(text))),
            _ => return None,
        };
        Some(Self { text, language, inside })
    }

    /// The language of the code.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The code: spans of [`Code`] count in it.
    pub fn text(&self) -> &[u8] {
        match &self.inside {
            Inside::All => self.text,
            Inside::Cells(cells) => &cells.code,
            Inside::Scripts(code) => code,
        }
    }

    /// What the code says.
    pub fn read(&self) -> Code<'_> {
        match self.language {
            Language::JavaScript => javascript::read(self.text()),
            Language::Python => python::read(self.text()),
        }
    }

    /// Where `span` of the code stands in the file.
    pub fn original(&self, span: Span) -> Span {
        match &self.inside {
            Inside::Cells(cells) => Span::new(cells.original(span.start, false), cells.original(span.end, true)),
            Inside::All | Inside::Scripts(_) => span,
        }
    }
}

impl Reference {
    /// The bytes from the chain's start to its end.
    pub fn span(&self) -> Span {
        Span::new(self.start, self.parts.last().map_or(self.head_end, |part| part.end))
    }
}

impl Part {
    /// Whether it is a call.
    pub const fn is_call(&self) -> bool {
        self.call.is_some()
    }
}

impl Call {
    /// What the argument called `name` is given in `text`.
    pub fn argument(&self, text: &[u8], name: &str) -> Option<&Value> {
        self.named.iter().find(|argument| argument.name.of(text) == name.as_bytes()).map(|argument| &argument.value)
    }
}

/// Reads texts made of `words`, which `|` separates: whatever they say, every place lies inside them.
#[cfg(test)]
fn any_text_is_read(read: fn(&[u8]) -> Code<'_>, words: &'static str) {
    use proptest::prelude::*;
    let word = proptest::sample::select(words.split('|').collect::<Vec<_>>());
    proptest!(|(words in proptest::collection::vec(word, 0..80))| {
        let text = words.join(" ");
        let code = read(text.as_bytes());
        for reference in &code.references {
            prop_assert!(reference.start < reference.head_end && reference.head_end <= text.len());
            let values = reference.parts.iter().filter_map(|part| code.call(part)).flat_map(|call| &call.positional);
            for value in values.chain(code.assigned(reference)) {
                prop_assert!(value.span.end <= text.len());
            }
        }
    });
}
