//! What a run is to do, resolved: command line over configuration file over defaults. Past this point nothing reads
//! either.

use crate::rules::{Confidence, Family, Rule, Severity};

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
}

/// Whether `name`, written by a user, means the rule `id` of `family`.
pub fn matches_rule(name: &str, id: &str, family: Family) -> bool {
    name == id || name == family.as_str()
}
