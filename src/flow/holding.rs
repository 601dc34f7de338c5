//! How bad a use of an SDK is follows from the version its project holds, where the repository tells.

use super::above;
use crate::engine::{Fact, Holding, Site};
use crate::finding::{Finding, Related, Severity};
use crate::source::RelPath;
use crate::syntax::requirement;
use rustc_hash::FxHashMap;
use std::fmt::Write as _;

/// A version and the place that tells it.
struct Held<'a> {
    holding: &'a Holding,
    path: &'a RelPath,
    site: &'a Site,
}

impl Held<'_> {
    fn is_below(&self, version: &str) -> bool {
        requirement::is_below(&self.holding.range, self.holding.dialect, version)
    }

    /// What the place says: `poetry.lock locks openai 0.28.1`.
    fn says(&self) -> String {
        let Holding { package, range, locked, .. } = self.holding;
        let path = self.path.printable();
        // `openai==0.28`, `openai ^3.3.0`
        let gap = if range.starts_with(['=', '<', '>', '!']) || range.starts_with("~=") { "" } else { " " };
        let verb = if *locked { "locks" } else { "asks for" };
        format!("{path} {verb} {package}{gap}{range}")
    }
}

/// Makes a note of every finding about something the project's version of the package still has: it breaks at the
/// upgrade. What a notebook installs itself decides for it; else the nearest directory above the file where a manifest or
/// lock file names the package, by its lock file if there is one. What is unknown or newer stays as bad as it is.
pub fn weigh_by_version<'f>(findings: impl Iterator<Item = &'f mut Finding>, facts: &[(RelPath, Vec<Site>)]) {
    let mut by_dir: FxHashMap<&[u8], Vec<Held<'_>>> = FxHashMap::default();
    let mut by_notebook: FxHashMap<&RelPath, Vec<Held<'_>>> = FxHashMap::default();
    for (path, sites) in facts {
        for site in sites {
            if let Fact::Holds(holding) = &site.fact {
                let held = Held { holding, path, site };
                if path.as_bytes().ends_with(b".ipynb") {
                    by_notebook.entry(path).or_default().push(held);
                } else {
                    by_dir.entry(path.parent()).or_default().push(held);
                }
            }
        }
    }
    if by_dir.is_empty() && by_notebook.is_empty() {
        return;
    }
    for finding in findings.filter(|finding| finding.dated) {
        let rule = finding.rule.clone();
        let Some((registry, since)) = rule.matcher.since() else { continue };
        let is_of = |held: &&Held<'_>| {
            held.holding.registry == registry && since.packages.iter().any(|name| **name == *held.holding.package)
        };
        let dirs = above(finding.path.parent()).filter_map(|dir| by_dir.get(dir));
        let named = by_notebook.get(&finding.path).into_iter().chain(dirs).find_map(|held| {
            let all: Vec<&Held<'_>> = held.iter().filter(is_of).collect();
            (!all.is_empty()).then_some(all)
        });
        let Some(mut named) = named else { continue };
        if named.iter().any(|held| held.holding.locked) {
            named.retain(|held| held.holding.locked);
        }
        let newer = named.iter().find(|held| !held.is_below(&since.version));
        let Some(shown) = newer.or(named.first()) else { continue };
        if newer.is_none() {
            finding.severity = Severity::Note;
            let _ = write!(finding.message, "; {}: it breaks at the upgrade to {}", shown.says(), since.version);
            // The new form does not work with the old version.
            finding.fix = None;
        } else if shown.holding.locked {
            let _ = write!(finding.message, "; {}", shown.says());
        } else {
            continue;
        }
        if let Some(position) = shown.site.position {
            finding.related.push(Related {
                path: shown.path.clone(),
                position,
                message: "the version stands here".into(),
            });
        }
    }
}
