//! Configuration files: where they are looked for, what may stand in them, and what is wrong with one.

use super::{FailOn, Globs, PathAllow, Settings, globs, parse_size, resolve};
use crate::rules::{Confidence, RuleError, RuleSet};
use crate::source::RelPath;
use crate::text::sanitize;
use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Spanned;

/// Names of configuration files, the first one in a directory counts.
const NAMES: [&str; 3] = ["keylint.toml", ".keylint.toml", PYPROJECT];

/// Holds a configuration only if it has a table `[tool.keylint]`.
const PYPROJECT: &str = "pyproject.toml";

/// The largest configuration file that is read, in bytes.
const MAX_SIZE: u64 = 1_000_000;

/// The longest line of a configuration file that is shown, in bytes.
const MAX_LINE: usize = 2_000;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ConfigError {
    /// Something in the file is wrong.
    #[error("{message}")]
    #[diagnostic(code(keylint::config))]
    Invalid {
        /// What is wrong.
        message: String,
        /// How to mend it.
        #[help]
        help: Option<String>,
        /// The file's text.
        #[source_code]
        source_code: Option<Arc<NamedSource<String>>>,
        /// Where in it.
        #[label("here")]
        span: Option<SourceSpan>,
    },
    /// The file cannot be read.
    #[error("cannot read the configuration {path}")]
    #[diagnostic(code(keylint::config))]
    Io {
        /// The file, as inert text.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A rule file it names is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Rule(#[from] RuleError),
}

/// The keys of a configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Table {
    #[serde(rename = "$schema")]
    _schema: Option<String>,
    select: Vec<Spanned<String>>,
    ignore: Vec<Spanned<String>>,
    fail_on: Option<FailOn>,
    min_confidence: Option<Confidence>,
    max_file_size: Option<Spanned<toml::Value>>,
    exclude: Vec<Spanned<String>>,
    rules: Vec<Spanned<String>>,
    inline: Option<bool>,
    allow: Vec<AllowTable>,
    baseline: Option<Spanned<String>>,
}

/// `[[allow]]`: findings that are right and wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AllowTable {
    paths: Vec<Spanned<String>>,
    rules: Vec<Spanned<String>>,
    #[serde(rename = "reason", default)]
    _reason: Option<String>,
}

#[derive(Deserialize)]
struct Pyproject {
    tool: Option<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    keylint: Option<Table>,
}

/// A configuration file that was read.
#[derive(Debug)]
pub struct ConfigFile {
    /// The file.
    path: PathBuf,
    text: String,
    table: Table,
    /// The directory its paths are relative to, absolute.
    base: PathBuf,
    /// What it may name files in: the repository, or the directory itself outside of one.
    fence: PathBuf,
}

impl ConfigFile {
    /// The nearest configuration from the directory `start` up to the root of its repository. Outside a repository
    /// only `start` itself is looked at: a file somebody else planted further up must not silence anything.
    ///
    /// # Errors
    /// The file cannot be read, or is no configuration.
    pub fn find(start: &Path) -> Result<Option<Self>, ConfigError> {
        let Ok(start) = start.canonicalize() else { return Ok(None) };
        let root = repository(&start);
        let fence = root.unwrap_or(&start);
        for dir in start.ancestors() {
            for name in NAMES {
                let path = dir.join(name);
                let Ok(metadata) = path.symlink_metadata() else { continue };
                if metadata.is_symlink() && !path.canonicalize().is_ok_and(|target| target.starts_with(fence)) {
                    return Err(problem(format!("{} is a link that leaves the repository", shown(&path))));
                }
                if metadata.is_dir() {
                    continue;
                }
                if let Some(file) = Self::load(path, dir.to_owned(), fence.to_owned())? {
                    return Ok(Some(file));
                }
            }
            if dir == fence {
                break;
            }
        }
        Ok(None)
    }

    /// The configuration in the file at `path`, with paths relative to the current directory `cwd`.
    ///
    /// # Errors
    /// The file cannot be read, or is no configuration.
    pub fn open(path: &Path, cwd: &Path) -> Result<Self, ConfigError> {
        let fence = repository(cwd).unwrap_or(cwd).to_owned();
        Self::load(path.to_owned(), cwd.to_owned(), fence)?
            .ok_or_else(|| problem(format!("{} has no table [tool.keylint]", shown(path))))
    }

    /// Reads a file; `None` if it is a `pyproject.toml` without our table.
    fn load(path: PathBuf, base: PathBuf, fence: PathBuf) -> Result<Option<Self>, ConfigError> {
        let failed = |source| ConfigError::Io { path: shown(&path), source };
        let metadata = path.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(problem(format!("{} is not a regular file", shown(&path))));
        }
        let is_pyproject = path.file_name().is_some_and(|name| name == PYPROJECT);
        if metadata.len() > MAX_SIZE {
            return Err(problem(format!("{} is larger than 1 MB", shown(&path))));
        }
        let bytes = std::fs::read(&path).map_err(failed)?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text),
            Err(error) if is_pyproject && !has_table(&String::from_utf8_lossy(error.as_bytes())) => return Ok(None),
            Err(_) => return Err(problem(format!("{} is not UTF-8", shown(&path)))),
        };
        let parsed = if is_pyproject {
            toml::from_str::<Pyproject>(&text).map(|project| project.tool.and_then(|tool| tool.keylint))
        } else {
            toml::from_str::<Table>(&text).map(Some)
        };
        match parsed {
            Ok(table) => Ok(table.map(|table| Self { path, text, table, base, fence })),
            // Somebody else's fault in somebody else's file.
            Err(_) if is_pyproject && !has_table(&text) => Ok(None),
            Err(error) => Err(invalid(&path, &text, error.message(), None, error.span())),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts what the file says into `settings`, and the rules it names into `rules`. Paths to match later are relative
    /// to `cwd`.
    ///
    /// # Errors
    /// An unknown rule, a wrong pattern or size, a rule file outside the repository or one that does not load.
    pub fn apply(&self, settings: &mut Settings, rules: &mut RuleSet, cwd: &Path) -> Result<(), ConfigError> {
        for dir in &self.table.rules {
            rules.add_dir(&self.inside(dir)?)?;
        }
        settings.select = self.names(&self.table.select, rules)?;
        settings.ignore = self.names(&self.table.ignore, rules)?;
        if let Some(fail_on) = self.table.fail_on {
            settings.fail_on = fail_on.severity();
        }
        if let Some(confidence) = self.table.min_confidence {
            settings.min_confidence = confidence;
        }
        if let Some(inline) = self.table.inline {
            settings.inline = inline;
        }
        if let Some(size) = &self.table.max_file_size {
            settings.max_file_size = match size.get_ref() {
                toml::Value::Integer(bytes) => u64::try_from(*bytes).ok(),
                toml::Value::String(text) => parse_size(text),
                _ => None,
            }
            .ok_or_else(|| self.invalid(size, "this is no size like 500000, \"500kB\" or \"20MB\"", None))?;
        }
        if !self.table.exclude.is_empty() {
            settings.exclude = Some(Arc::new(self.globs(&self.table.exclude, cwd)?));
        }
        if let Some(path) = &self.table.baseline {
            let full = globs::normal(&self.base.join(path.get_ref()));
            // One that does not exist yet is in no other place than its folder.
            let real = full.canonicalize().unwrap_or_else(|_| full.clone());
            if !(full.starts_with(&self.fence) && real.starts_with(&self.fence)) {
                let help = "name it with --baseline on the command line to use it anyway".to_owned();
                return Err(self.invalid(
                    path,
                    "a configuration may only name a baseline inside its repository",
                    Some(help),
                ));
            }
            settings.baseline_file = Some(full);
        }
        for allow in &self.table.allow {
            let paths = self.globs(&allow.paths, cwd)?;
            settings.allow.push(PathAllow { paths, rules: self.names(&allow.rules, rules)? });
        }
        Ok(())
    }

    fn names(&self, names: &[Spanned<String>], rules: &RuleSet) -> Result<Vec<String>, ConfigError> {
        let resolved = names.iter().map(|name| {
            resolve(name.get_ref(), rules).map_err(|error| self.invalid(name, &error.to_string(), error.hint))
        });
        resolved.collect()
    }

    fn globs(&self, patterns: &[Spanned<String>], cwd: &Path) -> Result<Globs, ConfigError> {
        Globs::new(&self.base, cwd, patterns.iter().map(|pattern| pattern.get_ref().as_str())).map_err(
            |(at, message)| {
                let message = format!("wrong pattern: {message}");
                match patterns.get(at) {
                    Some(pattern) => self.invalid(pattern, &message, None),
                    None => problem(message),
                }
            },
        )
    }

    /// The path of a rule file or folder, if it stands inside the repository.
    fn inside(&self, path: &Spanned<String>) -> Result<PathBuf, ConfigError> {
        let full = globs::normal(&self.base.join(path.get_ref()));
        let real = full.canonicalize().map_err(|_| self.invalid(path, "no such file or directory", None))?;
        if full.starts_with(&self.fence) && real.starts_with(&self.fence) {
            return Ok(real);
        }
        let help = "name it with --rules on the command line to use it anyway".to_owned();
        Err(self.invalid(path, "a configuration may only name rule files inside its repository", Some(help)))
    }

    fn invalid<T>(&self, at: &Spanned<T>, message: &str, help: Option<String>) -> ConfigError {
        invalid(&self.path, &self.text, message, help, Some(at.span()))
    }
}

/// The root of the repository `dir` stands in.
fn repository(dir: &Path) -> Option<&Path> {
    dir.ancestors().find(|dir| dir.join(".git").symlink_metadata().is_ok())
}

/// Whether a text that is no TOML seems to have our table.
fn has_table(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().trim_start_matches('[').trim_start().starts_with("tool.keylint"))
}

fn shown(path: &Path) -> String {
    RelPath::new(path).printable()
}

fn problem(message: String) -> ConfigError {
    ConfigError::Invalid { message, help: None, source_code: None, span: None }
}

fn invalid(
    path: &Path,
    text: &str,
    message: &str,
    help: Option<String>,
    span: Option<std::ops::Range<usize>>,
) -> ConfigError {
    let message = sanitize::printable_str(message);
    // The frame cannot cut lines: a file with an endless one is only named.
    if text.lines().any(|line| line.len() > MAX_LINE) {
        return problem(format!("{}: {message}", shown(path)));
    }
    let source_code = Some(Arc::new(NamedSource::new(shown(path), sanitize::same_length(text))));
    ConfigError::Invalid {
        message,
        help,
        source_code,
        span: span.map(|span| SourceSpan::from((span.start, span.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn apply(dir: &Path) -> Result<Settings, ConfigError> {
        let mut settings = Settings::default();
        let mut rules = RuleSet::builtin().unwrap();
        if let Some(file) = ConfigFile::find(dir)? {
            file.apply(&mut settings, &mut rules, &dir.canonicalize().unwrap())?;
        }
        Ok(settings)
    }

    #[test]
    fn the_nearest_file_inside_the_repository_counts() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("repo/a/b");
        fs::create_dir_all(&inner).unwrap();
        fs::create_dir(dir.path().join("repo/.git")).unwrap();
        fs::write(dir.path().join("keylint.toml"), "this is no toml").unwrap();
        assert_eq!(apply(&inner).unwrap().select, Vec::<String>::new());
        fs::write(dir.path().join("repo/.keylint.toml"), "select = ['secret']\nfail-on = 'never'").unwrap();
        let settings = apply(&inner).unwrap();
        assert_eq!((settings.select, settings.fail_on), (vec!["secret".to_owned()], None));
        fs::write(dir.path().join("repo/a/pyproject.toml"), "[tool.other]\nx = 1").unwrap();
        assert_eq!(apply(&inner).unwrap().fail_on, None);
        fs::write(dir.path().join("repo/a/pyproject.toml"), "[tool.keylint]\nmax-file-size = '1kB'").unwrap();
        assert_eq!(apply(&inner).unwrap().max_file_size, 1000);
    }

    #[test]
    fn mistakes_are_shown_where_they_stand() {
        let dir = tempfile::tempdir().unwrap();
        for (text, part, message) in [
            ("selct = []", "selct", "unknown field"),
            ("ignore = ['secrets']", "'secrets'", "no rule or family"),
            ("max-file-size = true", "true", "no size"),
            ("exclude = ['a', '[z-a]']", "'[z-a]'", "wrong pattern"),
            ("rules = ['..']", "'..'", "inside its repository"),
            ("[[allow]]\npaths = ['a']\nrules = ['b']", "'b'", "no rule or family"),
        ] {
            fs::write(dir.path().join("keylint.toml"), text).unwrap();
            match apply(dir.path()) {
                Err(ConfigError::Invalid { message: said, span: Some(span), .. }) => {
                    assert!(said.contains(message), "{text}: {said}");
                    assert_eq!(&text[span.offset()..span.offset() + span.len()], part);
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_broken_pyproject_counts_only_with_our_table() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("pyproject.toml"), "[tool.black\nx = 1").unwrap();
        assert!(apply(dir.path()).is_ok());
        fs::write(dir.path().join("pyproject.toml"), "[tool.black\nx = 1\n[tool.keylint]\n").unwrap();
        assert!(apply(dir.path()).is_err());
    }
}
