//! What the matchers hand to each other while one file is scanned.

use super::hosts::Hosts;
use crate::finding::{Also, Finding, Fix, Readers, Severity};
use crate::rules::Rule;
use crate::rules::matcher::{NameFault, NameSite, Registry};
use crate::source::SourceFile;
use crate::span::{Position, Span};
use crate::syntax::code::{self, Grounds};
use crate::syntax::dockerfile::{self, Dockerfile};
use crate::syntax::dotenv::{self, Document};
use crate::syntax::line::LineCursor;
use crate::syntax::requirement::Dialect;
use crate::text::secret::Secret;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// A rule's hit in the file at hand, before it becomes a finding.
#[derive(Clone, Debug)]
pub struct Match {
    /// The rule.
    pub rule: Arc<Rule>,
    /// The offending bytes.
    pub span: Span,
    /// A severity other than the rule's.
    pub severity: Option<Severity>,
    /// The vendor, if the place tells it.
    pub provider: Option<Arc<str>>,
    /// The credential at stake: its bytes, and how many of them are the same for every key of its kind.
    pub secret: Option<(Span, usize)>,
    /// What the credential's bytes stand for, where they are encoded: the same secret has the same id in every form.
    pub decoded: Option<Secret>,
    /// Fills `{name}` in the rule's message: the variable, symbol or instruction.
    pub name: Option<String>,
    /// Fills `{canonical}`: the name or symbol to use instead.
    pub canonical: Option<String>,
    /// A message other than the rule's.
    pub message: Option<String>,
    /// How to mend it.
    pub fix: Option<Fix>,
    /// What the known loaders make of the entry of an env file, where they differ.
    pub readers: Readers,
    /// Whether versions of the package before the rule's `since` do what the code asks.
    pub dated: bool,
    /// The entry of an env file it belongs to: defects of one entry make one finding.
    pub entry: Option<Span>,
    /// Matches with the same group are about the same value: one finding is made of them.
    pub group: Group,
}

/// What a match is about: matches on overlapping spans are merged only if they are about the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The value of a credential.
    Value,
    /// The form of a line or entry.
    Form,
    /// The name of a variable.
    Name,
    /// A use of an SDK.
    Use,
}

impl Match {
    /// A plain match of `rule` on `span`.
    pub fn new(rule: &Arc<Rule>, span: Span, group: Group) -> Self {
        Self {
            rule: rule.clone(),
            span,
            severity: None,
            provider: rule.provider.as_deref().map(Arc::from),
            secret: None,
            decoded: None,
            name: None,
            canonical: None,
            message: None,
            fix: None,
            readers: Readers::default(),
            dated: false,
            entry: None,
            group,
        }
    }
}

/// Something a file says that matters for findings in other files. Values are never kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    /// A variable is defined: in an env file, a Dockerfile, a manifest.
    Define(Box<str>),
    /// A variable is looked up.
    Read(Box<str>),
    /// A variable is named where it may be looked up by other means: a field, a list of names, a call's argument.
    Named(Box<str>),
    /// A variable is named in the text of a message. That is no look-up, and yet a hint that there is one: it keeps
    /// findings back and explains none.
    Mentioned(Box<str>),
    /// A client of this vendor's SDK is built without a key of its own: it reads the vendor's variable.
    DefaultClient(Box<str>),
    /// A template lists the variable for people to fill in.
    Template(Box<str>),
    /// A client of this kind is built, with a key of its own or without.
    Client(Box<str>),
    /// A library is used that reads variables of many vendors, old names among them.
    Reader,
    /// The file's directory is the root of a package.
    Project,
    /// The file says that the package around it is published under this name.
    Package(Box<str>),
    /// The file is the module of this name, which is also an SDK's: `openai.py`, `openai/__init__.py`.
    Module(Box<str>),
    /// The file is an env file that holds a credential.
    EnvFile,
    /// An env file is loaded.
    Load {
        /// The loader's slug.
        loader: Box<str>,
        /// The file's path as it is written there, if it is.
        file: Option<Box<str>>,
    },
    /// The file is a `.dockerignore`; this is its text.
    LeftOut(Box<str>),
    /// An env file that loaders look for defines the variable.
    EnvEntry(Box<str>),
    /// The variable is defined by something that hands it to programs: a manifest, a script.
    Provided(Box<str>),
    /// Something loads env files.
    Loader,
    /// The file looks for this variable when it is imported, by itself or by building a client without a key.
    BuiltAtImport(Box<str>),
    /// The file imports a module of its project before it does anything else; the path as it is written.
    ImportsOwn(Box<str>),
    /// The project around the file holds a package in these versions.
    Holds(Holding),
}

/// A package a project holds, and in which versions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Holding {
    /// Where the package comes from.
    pub registry: Registry,
    /// Its name as rules spell it.
    pub package: Box<str>,
    /// The version of a lock file; the range of a requirement, as it is written.
    pub range: Box<str>,
    /// How the range is read.
    pub dialect: Dialect,
    /// Whether a lock file says so: the version is exact.
    pub locked: bool,
}

/// A fact and where it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The fact.
    pub fact: Fact,
    /// Where, if the matcher said so.
    pub position: Option<Position>,
}

/// A finding that only holds if the rest of the repository says so.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The finding.
    pub finding: Finding,
    /// The variable it is about.
    pub name: Box<str>,
    /// The name it was probably meant to be.
    pub canonical: Box<str>,
    /// What has to be asked.
    pub question: Question,
}

/// What only the rest of the repository can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether a name with this fault at this place is read, or defined, by others.
    Name(NameFault, NameSite),
    /// Whether an env file defines the variable and nothing loads it.
    NotLoaded,
    /// Whether a module of the project looks for a variable when it is imported.
    ImportedBefore {
        /// The modules that are imported first; each as its path is written: `./client.mjs`, `.client`, `app.client`.
        modules: Vec<Box<str>>,
        /// The variable; any, if an env file brings it.
        variable: Option<Box<str>>,
    },
}

/// A finding about an env file that only holds if git, or another file, says so.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The finding.
    pub finding: Finding,
    /// The state of an env file that makes it hold.
    pub state: crate::rules::matcher::EnvFileState,
    /// The file, directory or variable it is about.
    pub subject: Box<str>,
}

/// The file at hand and what was found in it so far.
pub(super) struct Context<'a> {
    pub(super) file: &'a SourceFile<'a>,
    pub(super) lines: LineCursor<'a>,
    /// Where `"""` and where `'''` stand, looked for when first asked.
    triple_quotes: OnceCell<[Vec<usize>; 2]>,
    /// Where backticks stand that nothing escapes, looked for when first asked.
    backticks: OnceCell<Vec<usize>>,
    /// The here-documents of a script that people read, looked for when first asked.
    shown: OnceCell<Vec<Span>>,
    /// The lines of code of a notebook, looked for when first asked.
    notebook: OnceCell<Vec<Span>>,
    /// What the bytes of a program stand in, if it was read as code and names variables.
    pub(super) grounds: Option<Grounds>,
    /// The vendors' hosts, as far as they were asked for.
    pub(super) hosts: RefCell<Hosts<'a>>,
    dotenv: OnceCell<Rc<Document>>,
    dockerfile: OnceCell<Rc<Dockerfile>>,
    pub(super) matches: Vec<Match>,
    /// Facts with the byte they stand at.
    pub(super) sites: Vec<(Fact, usize)>,
    /// Names that may be names of variables; whether they are read is decided when all definitions are known.
    pub(super) mentions: Vec<Span>,
    /// Bytes no excerpt may show although no match calls them a secret.
    pub(super) masks: Vec<Span>,
    /// Matches of env-name rules; they wait for the other files.
    pub(super) pending: Vec<PendingMatch>,
    /// The words of the name that was looked at last: a buffer.
    pub(super) words: crate::text::name::Words,
    /// Matches of env-file rules; they wait for the repository.
    pub(super) waiting: Vec<WaitingMatch>,
}

/// A match of an env-file rule.
pub(super) struct WaitingMatch {
    pub(super) matched: Match,
    pub(super) state: crate::rules::matcher::EnvFileState,
    pub(super) subject: Box<str>,
}

/// A match that waits for the other files.
pub(super) struct PendingMatch {
    pub(super) matched: Match,
    /// The rules it speaks for.
    pub(super) also: Vec<Also>,
    pub(super) name: Box<str>,
    pub(super) canonical: Box<str>,
    pub(super) question: Question,
}

impl<'a> Context<'a> {
    pub(super) fn new(file: &'a SourceFile<'a>) -> Self {
        Self {
            file,
            lines: LineCursor::new(file.text),
            triple_quotes: OnceCell::new(),
            backticks: OnceCell::new(),
            shown: OnceCell::new(),
            notebook: OnceCell::new(),
            grounds: None,
            hosts: RefCell::new(Hosts::new(file.text)),
            dotenv: OnceCell::new(),
            dockerfile: OnceCell::new(),
            matches: Vec::new(),
            masks: Vec::new(),
            sites: Vec::new(),
            mentions: Vec::new(),
            pending: Vec::new(),
            words: crate::text::name::Words::default(),
            waiting: Vec::new(),
        }
    }

    pub(super) fn text(&self) -> &'a [u8] {
        self.file.text
    }

    /// The text read as an env file; read once for all who ask.
    pub(super) fn dotenv(&self) -> Rc<Document> {
        self.dotenv.get_or_init(|| Rc::new(dotenv::parse(self.file.text))).clone()
    }

    /// The text read as a Dockerfile; read once for all who ask.
    pub(super) fn dockerfile(&self) -> Rc<Dockerfile> {
        self.dockerfile.get_or_init(|| Rc::new(dockerfile::parse(self.file.text))).clone()
    }

    /// Whether byte `at` of a Python text stands inside a string of triple quotes: documentation, nearly always.
    pub(super) fn in_docstring(&self, at: usize) -> bool {
        let quotes = self.triple_quotes.get_or_init(|| {
            [&b"\"\"\""[..], b"'''"].map(|quotes| memchr::memmem::find_iter(self.file.text, quotes).collect())
        });
        quotes.iter().any(|starts| starts.partition_point(|start| start + 3 <= at) % 2 == 1)
    }

    /// Whether byte `at` of a notebook stands in a line of code that is no comment: the rest is text and what was
    /// printed.
    pub(super) fn in_cell(&self, at: usize) -> bool {
        /// How far before a place its line of code may start, in bytes.
        const REACH: usize = 4096;
        let strings = self.notebook.get_or_init(|| code::lines_of_code(self.file.text));
        let string = strings.partition_point(|string| string.end < at);
        strings.get(string).filter(|string| string.start <= at).is_some_and(|string| {
            let before = &self.file.text[string.start.max(at.saturating_sub(REACH))..at];
            // A string may hold one line or a whole cell.
            let line = memchr::memmem::rfind(before, b"\\n").map_or(before, |end| &before[end + 2..]);
            !line.trim_ascii_start().starts_with(b"#")
        })
    }

    /// Whether byte `at` of a script stands in a here-document that is only printed.
    pub(super) fn in_shown_document(&self, at: usize) -> bool {
        let shown = self.shown.get_or_init(|| crate::syntax::shell::shown_documents(self.file.text));
        let next = shown.partition_point(|document| document.end <= at);
        shown.get(next).is_some_and(|document| document.start <= at)
    }

    /// Whether byte `at` stands inside a string in backticks: a snippet that is shown, nearly always.
    pub(super) fn in_raw_string(&self, at: usize) -> bool {
        let ticks = self.backticks.get_or_init(|| {
            let text = self.file.text;
            memchr::memchr_iter(b'`', text).filter(|at| *at == 0 || text[at - 1] != b'\\').collect()
        });
        ticks.partition_point(|tick| *tick < at) % 2 == 1
    }
}
