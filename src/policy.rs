//! What users decided about findings: allow comments, other scanners' markers, the configuration's `[[allow]]`.

use crate::config::{PathAllow, Settings, known_name};
use crate::finding::Finding;
use crate::rules::{Family, Rule, RuleSet};
use crate::source::RelPath;
use crate::syntax::allow::Allow;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::RangeInclusive;

/// How many findings were not reported, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suppressed {
    /// By a comment in the file.
    pub inline: usize,
    /// By the baseline.
    pub baseline: usize,
    /// By the configuration.
    pub config: usize,
    /// Because a change that was asked about does not bring their lines.
    pub unchanged: usize,
}

/// Why a finding is not reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A comment in the file.
    Inline,
    /// An entry of the baseline.
    Baseline,
    /// The configuration.
    Config,
}

impl Suppressed {
    /// Counts one finding more.
    pub const fn add(&mut self, reason: Reason) {
        match reason {
            Reason::Inline => self.inline += 1,
            Reason::Baseline => self.baseline += 1,
            Reason::Config => self.config += 1,
        }
    }
}

/// A finding, and the marker of another scanner on its line.
pub type Marked = (Finding, Option<&'static str>);

/// Decides which findings of a run are reported.
pub struct Policy<'a> {
    settings: &'a Settings,
    rules: &'a RuleSet,
    comments: FxHashMap<RelPath, FileComments>,
    suppressed: Suppressed,
    /// The values of findings that are not reported.
    allowed: Vec<(String, Reason)>,
    /// Entries of the baseline that accepted something.
    used: FxHashSet<String>,
}

/// What a policy decided.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The findings to report.
    pub kept: Vec<Finding>,
    /// How many others there were.
    pub suppressed: Suppressed,
    /// The values of the others (`Finding::value_id`), and why they are not reported.
    pub allowed: Vec<(String, Reason)>,
    /// Entries of the baseline that accepted something.
    pub used: FxHashSet<String>,
}

/// The comments of one file.
#[derive(Default)]
struct FileComments {
    /// Those that speak for all of it.
    whole: Vec<Comment>,
    /// Their names, each with whether it allowed something.
    whole_names: FxHashMap<String, bool>,
    /// The others, in the order of their lines.
    by_line: Vec<Comment>,
}

/// One of keylint's own comments.
struct Comment {
    allow: Allow,
    /// Ids of rules and names of families, each with whether it allowed something.
    names: Vec<(String, bool)>,
    /// What the comment becomes if it allows nothing.
    unused: Option<Finding>,
    /// Whether it allowed something on its own line.
    used_here: bool,
}

impl<'a> Policy<'a> {
    /// The policy of a run.
    pub fn new(settings: &'a Settings, rules: &'a RuleSet) -> Self {
        let (comments, suppressed, used) = (FxHashMap::default(), Suppressed::default(), FxHashSet::default());
        Self { settings, rules, comments, suppressed, allowed: Vec::new(), used }
    }

    /// Takes the comments of the file at `path`, each with the finding it becomes if it allows nothing.
    pub fn add_file(&mut self, path: &RelPath, allows: Vec<(Allow, Option<Finding>)>) {
        if !self.settings.inline || allows.is_empty() {
            return;
        }
        let rules = self.rules;
        let comments = allows.into_iter().map(|(allow, unused)| {
            let names = allow.rules.iter().map(|name| (known_name(name, rules).unwrap_or(name).to_owned(), false));
            Comment { names: names.collect(), allow, unused, used_here: false }
        });
        let (whole, by_line): (Vec<_>, Vec<_>) = comments.partition(|comment| comment.allow.whole_file);
        let own = self.comments.entry(path.clone()).or_default();
        own.whole_names.extend(whole.iter().flat_map(|comment| comment.names.iter().cloned()));
        own.whole.extend(whole);
        own.by_line.extend(by_line);
        own.by_line.sort_by_key(|comment| comment.allow.line);
    }

    /// The findings to report, and how many were allowed. Comments that allow nothing are reported as well; without
    /// `whole`, the run did not see the whole repository, and comments about several files are left alone.
    pub fn apply(mut self, found: Vec<Marked>, whole: bool) -> Verdict {
        let mut allowed: Vec<bool> =
            found.iter().map(|(finding, marker)| self.here(finding, marker.is_some())).collect();
        for ((finding, _), allowed) in found.iter().zip(&mut allowed) {
            *allowed = *allowed || self.above(finding);
        }
        let mut kept = Vec::with_capacity(found.len());
        for ((finding, _), allowed) in found.into_iter().zip(allowed) {
            if allowed {
                self.drop(finding, Reason::Inline);
            } else {
                self.keep(finding, &mut kept);
            }
        }
        for finding in self.unused(whole) {
            self.keep(finding, &mut kept);
        }
        Verdict { kept, suppressed: self.suppressed, allowed: self.allowed, used: self.used }
    }

    fn keep(&mut self, finding: Finding, kept: &mut Vec<Finding>) {
        if self.settings.allow.iter().any(|allow| allow.allows(&finding)) {
            self.drop(finding, Reason::Config);
        } else if let Some(id) = self.settings.baseline.as_ref().and_then(|baseline| baseline.accepts(&finding)) {
            self.used.insert(id.to_owned());
            self.drop(finding, Reason::Baseline);
        } else {
            kept.push(finding);
        }
    }

    fn drop(&mut self, finding: Finding, reason: Reason) {
        self.suppressed.add(reason);
        self.allowed.push((finding.value_id, reason));
    }

    /// Whether a comment for the whole file, or on one of the finding's lines, allows it, or another scanner's marker.
    fn here(&mut self, finding: &Finding, has_marker: bool) -> bool {
        let lines = finding.location.start.line..=finding.location.end.line;
        let mut allowed = self.settings.inline && has_marker && peer_marker_counts(finding);
        let Some(comments) = self.comments.get_mut(&finding.path) else { return allowed };
        for name in names_of(finding) {
            if let Some(used) = comments.whole_names.get_mut(name) {
                (*used, allowed) = (true, true);
            }
        }
        for comment in on_lines(&mut comments.by_line, lines) {
            if comment.names(finding) {
                comment.used_here = true;
                allowed = true;
            }
        }
        allowed
    }

    /// Whether a comment on the line before the finding allows it. One at the end of a line that allowed something
    /// there does not speak for the next line too: the next key would slip through.
    fn above(&mut self, finding: &Finding) -> bool {
        let mut allowed = false;
        let Some(comments) = self.comments.get_mut(&finding.path) else { return false };
        let line = finding.location.start.line - 1;
        for comment in on_lines(&mut comments.by_line, line..=line) {
            if (comment.allow.is_alone || !comment.used_here) && comment.names(finding) {
                allowed = true;
            }
        }
        allowed
    }

    /// Findings about comments that allow nothing.
    fn unused(&mut self, whole: bool) -> Vec<Finding> {
        let mut out = Vec::new();
        for mut comments in std::mem::take(&mut self.comments).into_values() {
            for (name, used) in comments.whole.iter_mut().flat_map(|comment| &mut comment.names) {
                *used = comments.whole_names.get(name).copied().unwrap_or_default();
            }
            // What the comments themselves allow, by name and line; no line is the whole file.
            let speaks: FxHashSet<(String, Option<usize>)> = comments
                .whole
                .iter()
                .map(|comment| (comment, None))
                .chain(comments.by_line.iter().map(|comment| (comment, Some(comment.allow.line))))
                .flat_map(|(comment, line)| comment.names.iter().map(move |(name, _)| (name.clone(), line)))
                .collect();
            for comment in comments.whole.into_iter().chain(comments.by_line) {
                let Some(mut finding) = comment.unused else { continue };
                let own = &finding.rule.id;
                let idle: Vec<&str> = comment
                    .names
                    .iter()
                    .filter(|(name, used)| !used && name != own && self.was_tried(name, whole))
                    .map(|(name, _)| name.as_str())
                    .collect();
                if idle.is_empty() {
                    continue;
                }
                finding.message = self.complaint(&idle);
                let line = comment.allow.line;
                let allowed =
                    [None, Some(line), Some(line - 1)].into_iter().any(|at| speaks.contains(&(own.clone(), at)));
                if allowed {
                    self.suppressed.inline += 1;
                } else {
                    out.push(finding);
                }
            }
        }
        out
    }

    fn complaint(&self, idle: &[&str]) -> String {
        if let [name] = idle
            && known_name(name, self.rules).is_none()
        {
            return format!("This comment allows nothing: no rule or family is called `{name}`");
        }
        let list: Vec<String> = idle.iter().map(|name| format!("`{name}`")).collect();
        format!("This comment allows nothing: there is no finding of {} here", list.join(" or "))
    }

    /// Whether the run would have found what a comment with this name allows.
    fn was_tried(&self, name: &str, whole: bool) -> bool {
        let sees = |rule: &Rule| {
            let needs_all = matches!(rule.family, Family::EnvName | Family::Flow);
            self.settings.is_active(rule) && (whole || !needs_all)
        };
        match self.rules.get(name) {
            Some(rule) => sees(rule),
            None => match Family::ALL.iter().find(|family| family.as_str() == name) {
                Some(family) => {
                    let mut own = self.rules.iter().filter(|rule| rule.family == *family).peekable();
                    own.peek().is_some() && own.all(|rule| sees(rule))
                }
                // Nobody's name: it never allows anything.
                None => true,
            },
        }
    }
}

/// Those of `comments`, which stand in the order of their lines, that stand on `lines`.
fn on_lines(comments: &mut [Comment], lines: RangeInclusive<usize>) -> &mut [Comment] {
    let first = comments.partition_point(|comment| comment.allow.line < *lines.start());
    let end = comments.partition_point(|comment| comment.allow.line <= *lines.end());
    &mut comments[first..end.max(first)]
}

impl Comment {
    /// Whether the comment names the finding's rule, or one it speaks for; remembers that it was of use.
    fn names(&mut self, finding: &Finding) -> bool {
        let mut named = false;
        for (name, used) in &mut self.names {
            if speaks_of(name, finding) {
                *used = true;
                named = true;
            }
        }
        named
    }
}

impl PathAllow {
    fn allows(&self, finding: &Finding) -> bool {
        self.rules.iter().any(|name| speaks_of(name, finding)) && self.paths.is_match(&finding.path.to_path(), false)
    }
}

/// The rules and families a finding speaks for, its own first.
fn names_of(finding: &Finding) -> impl Iterator<Item = &str> {
    let also = finding.also.iter().flat_map(|also| [&*also.rule, also.family.as_str()]);
    [&*finding.rule.id, finding.rule.family.as_str()].into_iter().chain(also)
}

/// Whether `name` is the finding's rule or family, or one of those it speaks for.
fn speaks_of(name: &str, finding: &Finding) -> bool {
    names_of(finding).any(|own| own == name)
}

/// Whether the marker of another scanner on the finding's line speaks for it: such markers are about secrets.
fn peer_marker_counts(finding: &Finding) -> bool {
    matches!(finding.rule.family, Family::Secret | Family::Deploy)
}
