//! What users decided about findings: allow comments, other scanners' markers.

use crate::config::matches_rule;
use crate::finding::Finding;
use crate::rules::Family;
use crate::source::RelPath;
use crate::syntax::allow::Allow;

/// How many findings were not reported, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suppressed {
    /// By a comment in the file.
    pub inline: usize,
    /// By the baseline.
    pub baseline: usize,
    /// By the configuration.
    pub config: usize,
}

/// The allow comments of one file, and which of them were used.
#[derive(Debug)]
pub struct FileAllows {
    /// The file.
    pub path: RelPath,
    allows: Vec<(Allow, bool)>,
}

impl FileAllows {
    /// The comments of the file at `path`, none used so far.
    pub fn new(path: RelPath, allows: Vec<Allow>) -> Self {
        Self { path, allows: allows.into_iter().map(|allow| (allow, false)).collect() }
    }

    /// Whether a comment allows `finding`: on its line, the line before, or any line of a value of several lines.
    pub fn allows(&mut self, finding: &Finding) -> bool {
        let (first, last) = (finding.location.start.line, finding.location.end.line);
        let mut allowed = false;
        for (allow, used) in &mut self.allows {
            let here = allow.whole_file || (allow.line + 1 >= first && allow.line <= last);
            let rules = std::iter::once((finding.rule.id.as_str(), finding.rule.family))
                .chain(finding.also.iter().map(|also| (also.rule.as_ref(), also.family)));
            let mut rules = rules.chain(finding.rule.aliases.iter().map(|alias| (alias.as_str(), finding.rule.family)));
            let named = rules.any(|(id, family)| allow.rules.iter().any(|name| matches_rule(name, id, family)));
            if here && named {
                *used = true;
                allowed = true;
            }
        }
        allowed
    }

    /// The comments that allowed nothing.
    pub fn unused(&self) -> impl Iterator<Item = &Allow> {
        self.allows.iter().filter(|(_, used)| !used).map(|(allow, _)| allow)
    }
}

/// Whether the marker of another scanner on the finding's line speaks for it: such markers are about secrets.
pub fn peer_marker_counts(finding: &Finding) -> bool {
    matches!(finding.rule.family, Family::Secret | Family::Deploy)
}
