//! What a run is to do, resolved: command line over configuration file over defaults. Past this point nothing reads
//! either.

mod file;
mod globs;
mod names;

pub use file::{ConfigError, ConfigFile};
pub use globs::Globs;
pub use names::{UnknownName, known_name, resolve};

use crate::baseline::Baseline;
use crate::rules::{Confidence, Family, Rule, Severity};
use crate::source::RelPath;
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::Arc;

/// Settings of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Rules or families to run; all if empty.
    pub select: Vec<String>,
    /// Rules or families not to run.
    pub ignore: Vec<String>,
    /// The least severity that fails the run; `None` fails never.
    pub fail_on: Option<Severity>,
    /// The least confidence that is reported.
    pub min_confidence: Confidence,
    /// Whether allow comments count.
    pub inline: bool,
    /// Whether ignore files count.
    pub respect_ignores: bool,
    /// Files larger than this many bytes are skipped; 0 means no limit.
    pub max_file_size: u64,
    /// Number of threads; 0 leaves the choice to the machine.
    pub threads: usize,
    /// Whether reports may show secrets.
    pub show_secrets: bool,
    /// Files that are left out.
    pub exclude: Option<Arc<Globs>>,
    /// Findings the configuration allows.
    pub allow: Vec<PathAllow>,
    /// The file of the baseline.
    pub baseline_file: Option<PathBuf>,
    /// Findings users accepted.
    pub baseline: Option<Arc<Baseline>>,
}

/// Rules whose findings the configuration allows in some files.
#[derive(Clone, Debug)]
pub struct PathAllow {
    /// The files.
    pub paths: Globs,
    /// Ids of rules, or families.
    pub rules: Vec<String>,
}

/// The least severity that fails a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Errors only.
    Error,
    /// Warnings and errors.
    Warning,
    /// Everything.
    Note,
    /// Nothing.
    Never,
}

impl FailOn {
    /// The severity, or `None` if nothing fails a run.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }
}

/// The default of `--max-file-size`, in bytes.
pub const MAX_FILE_SIZE: u64 = 20_000_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            select: Vec::new(),
            ignore: Vec::new(),
            fail_on: Some(Severity::Warning),
            min_confidence: Confidence::Low,
            inline: true,
            respect_ignores: true,
            max_file_size: MAX_FILE_SIZE,
            threads: 0,
            show_secrets: false,
            exclude: None,
            allow: Vec::new(),
            baseline_file: None,
            baseline: None,
        }
    }
}

impl Settings {
    /// Whether `rule` takes part in the run.
    pub fn is_active(&self, rule: &Rule) -> bool {
        let named = |list: &[String]| list.iter().any(|name| matches_rule(name, &rule.id, rule.family));
        (self.select.is_empty() || named(&self.select))
            && !named(&self.ignore)
            && rule.confidence >= self.min_confidence
    }

    /// Whether the file at `path` is left out.
    pub fn excludes(&self, path: &RelPath) -> bool {
        self.exclude.as_ref().is_some_and(|globs| globs.is_match(&path.to_path(), false))
    }
}

/// Whether `name`, written by a user, means the rule `id` of `family`.
pub fn matches_rule(name: &str, id: &str, family: Family) -> bool {
    name == id || name == family.as_str()
}

/// Parses a number of bytes with an optional unit: `500kB`, `20 MB`, `1MiB`.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(parse_size("20MB"), Some(20_000_000));
        assert_eq!(parse_size("1 MiB"), Some(1 << 20));
        assert_eq!(parse_size("0"), Some(0));
        assert_eq!(parse_size("x"), None);
        assert_eq!(parse_size("99999999999GB"), None);
    }
}
