//! How bad a defect of an env file is follows from who loads the file, where the repository tells.

use super::Map;
use super::reach::Loads;
use crate::engine::{Fact, Site};
use crate::finding::{Finding, Readers, Related, Severity};
use crate::rules::Matcher;
use crate::rules::loaders::{Loader, loader};
use crate::source::RelPath;
use rustc_hash::FxHashMap;

/// A loader and the place that shows its use.
struct Use<'a> {
    loader: &'static Loader,
    file: Option<&'a str>,
    path: &'a RelPath,
    site: &'a Site,
}

/// The first use of each loader, by its slug.
type FirstUses = FxHashMap<&'static str, usize>;

/// Sets the severity of every finding about a defect that loaders read differently: an error where one of those in
/// use misreads it, a note where all of them read it as meant. Without a known loader the rule's own severity stays.
pub fn weigh<'f>(findings: impl Iterator<Item = &'f mut Finding>, facts: &[(RelPath, Vec<Site>)]) {
    let uses = uses(facts);
    if uses.is_empty() {
        return;
    }
    let map = Map::new(facts);
    let mut loads: Loads<'_, FirstUses> = Loads::default();
    for (at, own) in uses.iter().enumerate() {
        loads.add(&map, own.path, own.file, |first| _ = first.entry(&own.loader.slug).or_insert(at));
    }
    for finding in findings.filter(|finding| finding.readers != Readers::default()) {
        // What the place itself has made worse stays so.
        if finding.severity != finding.rule.severity {
            continue;
        }
        let first = |slugs: &[&'static str]| {
            let of_path = loads.of(&map, &finding.path);
            let at = of_path.flat_map(|first| slugs.iter().filter_map(|slug| first.get(slug))).min()?;
            Some(&uses[*at])
        };
        let (wrong, right) = (first(&finding.readers.wrong), first(&finding.readers.right));
        let (shown, says) = match (wrong, right) {
            (Some(own), _) => (own, "loads env files here and takes the value in another way than it is meant"),
            (None, Some(own)) => (own, "loads env files here and reads the value as it is meant"),
            (None, None) => continue,
        };
        finding.severity = if wrong.is_none() { Severity::Note } else { Severity::Error };
        if let Some(position) = shown.site.position {
            let message = format!("{} {says}", shown.loader.title);
            finding.related.push(Related { path: shown.path.clone(), position, message });
        }
    }
}

/// Whether other files have a say in how bad `finding` is, or whether it is one.
pub fn is_weighed(finding: &Finding) -> bool {
    finding.readers != Readers::default() || finding.dated || matches!(finding.rule.matcher, Matcher::Code(_))
}

fn uses(facts: &[(RelPath, Vec<Site>)]) -> Vec<Use<'_>> {
    let sites = facts.iter().flat_map(|(path, sites)| sites.iter().map(move |site| (path, site)));
    let uses = sites.filter_map(|(path, site)| match &site.fact {
        Fact::Load { loader: slug, file } => Some(Use { loader: loader(slug)?, file: file.as_deref(), path, site }),
        _ => None,
    });
    uses.collect()
}
