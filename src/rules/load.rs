//! Loading rule files: the ones inside the binary, and a user's own.

use super::matcher;
use super::rule::Rule;
use super::schema::RuleHead;
use miette::{Diagnostic, NamedSource, SourceSpan};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A rule file shipped with keylint.
struct Builtin {
    /// Its path below `rules/`.
    path: &'static str,
    text: &'static str,
    /// The byte where `[docs]` starts.
    docs: usize,
    /// What stands before that, as JSON.
    head: &'static str,
}

/// Written by `build.rs`.
const BUILTIN: &[Builtin] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// A rule file that cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum RuleError {
    /// It is no TOML, or not the TOML of a rule.
    #[error("{message}")]
    #[diagnostic(
        code(keylint::rule_file),
        help(
            "`keylint rules schema` prints every key a rule can have; `keylint explain RULE` shows a rule that works"
        )
    )]
    Syntax {
        /// What is wrong.
        message: String,
        /// The file's text.
        #[source_code]
        source_code: NamedSource<String>,
        /// Where in it.
        #[label("here")]
        span: Option<SourceSpan>,
    },
    /// It cannot be read.
    #[error("cannot read rule file {}", path.display())]
    #[diagnostic(code(keylint::rule_file))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Two rules have one name.
    #[error("rule `{id}` is defined twice: a rule's id and aliases must be unique")]
    #[diagnostic(code(keylint::rule_file))]
    Duplicate {
        /// The name.
        id: String,
    },
}

/// All rules of a run.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Arc<Rule>>,
    by_name: FxHashMap<String, usize>,
}

impl RuleSet {
    /// The rules shipped with keylint.
    ///
    /// # Errors
    /// A rule file that does not fit the schema; a test keeps that from being shipped.
    pub fn builtin() -> Result<Self, RuleError> {
        let mut set = Self::default();
        for builtin in BUILTIN {
            let (head, tail) = builtin.text.split_at(builtin.docs);
            // Our own rules were checked by the tests. What is wrong with one is told from its TOML.
            let rule = match serde_json::from_str(builtin.head) {
                Ok(parsed) => Rule::new(parsed, Cow::Borrowed(tail), true),
                Err(_) => parse(builtin.path, head, tail.to_owned())?,
            };
            set.add(rule)?;
        }
        Ok(set)
    }

    /// Adds every `.toml` file below `dir`, in the order of their paths, or the one file `dir` names.
    ///
    /// # Errors
    /// An unreadable file, one that does not fit the schema, or a name that is already taken.
    pub fn add_dir(&mut self, dir: &Path) -> Result<(), RuleError> {
        for entry in walkdir::WalkDir::new(dir).sort_by_file_name() {
            let entry = entry.map_err(|error| RuleError::Io {
                path: error.path().unwrap_or(dir).to_owned(),
                source: error.into(),
            })?;
            let path = entry.path();
            if entry.file_type().is_dir() || path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            if !is_regular_below(path, dir) {
                let source = std::io::Error::other("not a regular file, or a link that leaves the folder");
                return Err(RuleError::Io { path: path.to_owned(), source });
            }
            let text =
                std::fs::read_to_string(path).map_err(|source| RuleError::Io { path: path.to_owned(), source })?;
            let docs = docs_start(&text);
            let tail = text[docs..].to_owned();
            self.add(parse(&path.display().to_string(), &text[..docs], tail)?)?;
        }
        Ok(())
    }

    /// Adds those of keylint's own rules whose ids are not taken yet: the rules of a folder, with ours around them.
    ///
    /// # Errors
    /// As [`RuleSet::builtin`].
    pub fn add_missing_builtin(&mut self) -> Result<(), RuleError> {
        for rule in Self::builtin()?.rules {
            if !std::iter::once(&rule.id).chain(&rule.aliases).any(|name| self.by_name.contains_key(name)) {
                for name in std::iter::once(&rule.id).chain(&rule.aliases) {
                    self.by_name.insert(name.clone(), self.rules.len());
                }
                self.rules.push(rule);
            }
        }
        Ok(())
    }

    fn add(&mut self, rule: Rule) -> Result<(), RuleError> {
        let at = self.rules.len();
        for name in std::iter::once(&rule.id).chain(&rule.aliases) {
            if self.by_name.insert(name.clone(), at).is_some() {
                return Err(RuleError::Duplicate { id: name.clone() });
            }
        }
        self.rules.push(Arc::new(rule));
        Ok(())
    }

    /// All rules, in the order they were loaded.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Rule>> {
        self.rules.iter()
    }

    /// The rule with this id or alias.
    pub fn get(&self, name: &str) -> Option<&Arc<Rule>> {
        self.by_name.get(name).map(|at| &self.rules[*at])
    }
}

impl<'a> IntoIterator for &'a RuleSet {
    type Item = &'a Arc<Rule>;
    type IntoIter = std::slice::Iter<'a, Arc<Rule>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Whether `path` is a regular file that stands below `dir` when links are followed: a pipe would block the run, a link
/// out of a repository would show what is elsewhere.
fn is_regular_below(path: &Path, dir: &Path) -> bool {
    let inside =
        || path.canonicalize().ok().zip(dir.canonicalize().ok()).is_some_and(|(path, dir)| path.starts_with(dir));
    path.metadata().is_ok_and(|metadata| metadata.is_file()) && inside()
}

/// The byte at which the line `[docs]` starts; the text's length if there is none. `build.rs` does the same.
fn docs_start(text: &str) -> usize {
    if text.starts_with("[docs]") { 0 } else { text.find("\n[docs]").map_or(text.len(), |i| i + 1) }
}

/// Reads and checks the rule file whose text is `head` and, from `[docs]` on, `tail`.
fn parse(path: &str, head: &str, tail: String) -> Result<Rule, RuleError> {
    let text = format!("{head}{tail}");
    let syntax = |error: &toml::de::Error, offset: usize| RuleError::Syntax {
        message: error.message().to_owned(),
        span: error.span().map(|span| SourceSpan::from((span.start + offset, span.len()))),
        source_code: NamedSource::new(path, text.clone()),
    };
    let parsed: RuleHead = toml::from_str(head).map_err(|error| syntax(&error, 0))?;
    if let Err(message) = matcher::check(&parsed) {
        return Err(RuleError::Syntax { message, source_code: NamedSource::new(path, text), span: None });
    }
    let rule = Rule::new(parsed, Cow::Owned(tail), false);
    match rule.page() {
        Ok(_) => Ok(rule),
        Err(error) => Err(syntax(&error, head.len())),
    }
}
