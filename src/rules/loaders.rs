//! Which loaders of env files misread what, and how a repository shows that it uses them.

use super::tables::shipped;
use crate::source::FileKind;
use serde::Deserialize;
use std::sync::LazyLock;

/// A program or library that loads env files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loader {
    /// Its name among loaders.
    pub slug: String,
    /// The name people know.
    pub title: String,
    /// How it reads a line.
    pub reads: Dialect,
    /// What shows that it is used; any of it.
    pub evidence: Vec<Evidence>,
}

/// How a loader reads a line of an env file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "each is a habit of its own")]
pub struct Dialect {
    /// The quotes it takes off.
    pub quotes: String,
    /// What starts a comment behind a value without quotes.
    pub comment: Comment,
    /// What it makes of text behind a closing quote.
    pub behind_quote: Odd,
    /// Whether a comment may follow a closing quote.
    pub comment_behind_quote: bool,
    /// What it makes of a quote without its partner.
    pub open_quote: Odd,
    /// At which ends of a value it takes blanks off.
    pub trim: Trim,
    /// What it makes of a blank inside a value without quotes.
    pub spaced_value: Odd,
    /// What it makes of a blank next to the name.
    pub spaced_name: Odd,
    /// What it makes of a line without an equals sign.
    pub no_equals: Odd,
    /// What it makes of a name that no shell accepts.
    pub bad_name: Odd,
    /// Where it takes `:` for `=`.
    pub colon: Colon,
    /// Whether it knows `export`.
    pub export: bool,
    /// Whether it takes blanks before the name off.
    pub indent: bool,
    /// Whether a line is a command: blanks end a word, and signs have a meaning.
    pub words: bool,
    /// What starts a reference to another variable.
    pub expands: Reference,
    /// Whether it takes single quotes off a name.
    pub quoted_name: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            quotes: String::new(),
            comment: Comment::None,
            behind_quote: Odd::Raw,
            comment_behind_quote: true,
            open_quote: Odd::Raw,
            trim: Trim::Both,
            spaced_value: Odd::Raw,
            spaced_name: Odd::Ignore,
            no_equals: Odd::Lose,
            bad_name: Odd::Lose,
            colon: Colon::None,
            export: false,
            indent: true,
            words: false,
            expands: Reference::None,
            quoted_name: false,
        }
    }
}

/// What starts a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comment {
    /// Nothing does.
    None,
    /// `#` behind a blank.
    Blank,
    /// `#` behind a space, not a tab.
    Space,
    /// Any `#`.
    Hash,
}

/// What starts a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reference {
    /// Nothing does.
    None,
    /// `$`, outside single quotes.
    Dollar,
    /// `${`, everywhere.
    Brace,
}

/// Where `:` stands for `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colon {
    /// Nowhere.
    None,
    /// Before a blank.
    Spaced,
    /// Everywhere.
    Any,
}

/// At which ends blanks are taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trim {
    /// Neither.
    None,
    /// The start.
    Start,
    /// Both, and also blanks outside ASCII.
    Unicode,
    /// Both.
    Both,
}

/// What a loader makes of something odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Odd {
    /// The variable is not defined.
    Lose,
    /// The file is refused.
    Refuse,
    /// The value is kept as it is written.
    Raw,
    /// The odd part is left out.
    Ignore,
    /// The odd part is added to the value.
    Join,
    /// The first and the last quote go, if they are alike.
    Outer,
    /// It is read as if it had no quotes; then the first and the last go, if they are alike.
    Bare,
    /// It depends on more than the line.
    Unsure,
}

/// Text that shows the use of a loader.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The kinds of file it counts in.
    pub kinds: Vec<FileKind>,
    /// The text. The file that is loaded follows it.
    pub needle: String,
    /// One of these has to stand on the same line, which a backslash continues.
    #[serde(default)]
    pub with: Vec<String>,
    /// This has to stand in the same file.
    #[serde(default)]
    pub beside: Option<String>,
}

/// What says that something loads env files, whoever does it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hints {
    /// Names of files that are only there for a tool that loads `.env`.
    pub files: Vec<String>,
    /// Tools that load env files by themselves, as `package.json` names them.
    pub tools: Vec<String>,
    /// What stands on a line that loads an env file, besides its name; in small letters.
    pub ways: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    hints: Hints,
    loader: Vec<Loader>,
}

/// The table shipped with keylint (`rules/tables/dotenv-loaders.toml`), parsed when first asked for.
fn table() -> &'static File {
    static TABLE: LazyLock<File> =
        LazyLock::new(|| shipped(include_str!(concat!(env!("OUT_DIR"), "/dotenv-loaders.json"))));
    &TABLE
}

/// The loaders keylint knows.
pub fn loaders() -> &'static [Loader] {
    &table().loader
}

/// What says that something loads env files.
pub fn hints() -> &'static Hints {
    &table().hints
}

/// The loader with this slug.
pub fn loader(slug: &str) -> Option<&'static Loader> {
    loaders().iter().find(|loader| loader.slug == slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loader_leaves_evidence() {
        for loader in loaders() {
            assert!(!loader.evidence.is_empty(), "{}", loader.slug);
            assert!(loader.evidence.iter().all(|evidence| !evidence.kinds.is_empty()), "{}", loader.slug);
        }
        assert_eq!(loader("docker-run").unwrap().reads.quotes, "");
        assert_eq!(loader("npm-dotenv").unwrap().reads.quotes, "\"'`");
    }
}
