//! What keylint reports: a fault, where it stands, what follows from it and how to mend it.

use crate::rules::{Cause, Rule};
use crate::source::{Encoding, RelPath};
use crate::span::{Position, Span};
use crate::text::secret::Secret;
use std::sync::Arc;

pub use crate::rules::{Applicability, Confidence, Family, Severity};

/// One fault at one place.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that found it.
    pub rule: Arc<Rule>,
    /// How bad it is here; a rule's own severity unless its consumers say otherwise.
    pub severity: Severity,
    /// How sure keylint is.
    pub confidence: Confidence,
    /// Whose credential it is, by the providers table's slug.
    pub provider: Option<Arc<str>>,
    /// The file.
    pub path: RelPath,
    /// The place of the offending value.
    pub location: Location,
    /// One sentence: what is wrong here.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The credential involved, without its text.
    pub secret: Option<Secret>,
    /// Other places that belong to the fault.
    pub related: Vec<Related>,
    /// Other rules that hit the same value.
    pub also: Vec<Also>,
    /// The same for the same fault wherever it moves inside its file.
    pub fingerprint: String,
    /// The same for the same value under the same rule, whatever its file.
    pub value_id: String,
    /// How it can be mended.
    pub fix: Option<Fix>,
    /// What the known loaders make of the entry of an env file, where they differ.
    pub readers: Readers,
    /// Whether versions of the package before the rule's `since` do what the code asks.
    pub dated: bool,
    /// The line it stands on, masked.
    pub excerpt: Excerpt,
    /// Where it came from, if it was found in the history of a repository.
    pub provenance: Option<Box<Provenance>>,
}

/// Where something in the history of a repository came from. Names of refs are inert text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// What held it.
    pub origin: Origin,
    /// The id of the blob, commit or tag that the finding is shown in.
    pub object: String,
    /// The oldest commit that has it at this path while none of its parents has it.
    pub introduced: Option<Commit>,
    /// The newest commit that took it from this path, where it is gone.
    pub removed: Option<Commit>,
    /// Whether a file of `HEAD` has it.
    pub in_head: bool,
    /// Paths it ever stood at; the first of many.
    pub paths: Vec<RelPath>,
    /// At how many paths it ever stood.
    pub path_count: usize,
    /// Refs whose commits hold it; the first of many.
    pub refs: Vec<String>,
    /// How many refs hold it.
    pub ref_count: usize,
}

/// What held a finding of history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file of a commit.
    File,
    /// The message of a commit.
    CommitMessage,
    /// The message of an annotated tag.
    TagMessage,
}

/// A commit, or the tag whose message it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// When its author wrote it, in RFC 3339; `None` for a year nobody lives in.
    pub date: Option<String>,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// Bytes in the file's text.
    pub span: Span,
    /// Where the span starts.
    pub start: Position,
    /// Where the span ends (one past its last character).
    pub end: Position,
}

/// A place that explains a finding.
#[derive(Clone, Debug)]
pub struct Related {
    /// The file.
    pub path: RelPath,
    /// Where in it.
    pub position: Position,
    /// What is there.
    pub message: String,
}

/// Another rule that hit the same value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Also {
    /// Its id.
    pub rule: Arc<str>,
    /// Its family.
    pub family: Family,
}

/// A change that mends a finding.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What it does, as an order: "Remove the blank".
    pub title: String,
    /// Whether it may be applied without being looked at.
    pub applicability: Applicability,
    /// The edits, in the order of their spans, none overlapping another.
    pub edits: Vec<Edit>,
    /// The encoding the whole file has to be written in.
    pub encoding: Option<Encoding>,
}

impl Fix {
    /// A change of the finding's own file.
    pub fn new(title: String, applicability: Applicability, edits: Vec<Edit>) -> Self {
        Self { title, applicability, edits, encoding: None }
    }
}

/// Loaders of env files, by their slugs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// Those that read the value as it is meant.
    pub right: Vec<&'static str>,
    /// Those that do not.
    pub wrong: Vec<&'static str>,
}

/// A finding that was mended.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// The rule that found it.
    pub rule: Arc<Rule>,
    /// The file.
    pub path: RelPath,
    /// Where it stood when it was mended.
    pub position: Position,
    /// What was done.
    pub title: String,
}

/// A replacement of some bytes of the finding's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes to replace.
    pub span: Span,
    /// What to put there; never a secret.
    pub insert: String,
}

/// One line of a file as it may be shown: inert characters only, secrets masked, a window around the place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The text.
    pub text: String,
    /// The bytes of `text` that stand for the finding's span.
    pub highlight: std::ops::Range<usize>,
}

impl Finding {
    /// Whether it is a secret that whoever reads the text can use.
    pub fn is_leak(&self) -> bool {
        matches!(self.rule.family, Family::Secret | Family::Deploy)
            && self.rule.cause == Cause::LeakedKey
            && self.secret.is_some()
    }

    /// Gives the files it names the paths that `rename` makes of theirs.
    pub fn rename(&mut self, rename: impl Fn(&RelPath) -> RelPath) {
        self.path = rename(&self.path);
        for place in &mut self.related {
            place.path = rename(&place.path);
        }
    }

    /// The order of a report: path, offset, rule.
    pub fn sort_key(&self) -> (&[u8], usize, usize, &str) {
        (self.path.as_bytes(), self.location.span.start, self.location.span.end, &self.rule.id)
    }
}
