//! How bad a defect of an env file is follows from who loads the file, where the repository tells.

use super::{Map, above};
use crate::engine::{Fact, Site};
use crate::finding::{Finding, Readers, Related, Severity};
use crate::rules::Matcher;
use crate::rules::loaders::{Loader, loader};
use crate::source::RelPath;

/// A loader and the place that shows its use.
struct Use<'a> {
    loader: &'static Loader,
    file: Option<&'a str>,
    path: &'a RelPath,
    site: &'a Site,
}

/// Sets the severity of every finding about a defect that loaders read differently: an error where one of those in
/// use misreads it, a note where all of them read it as meant. Without a known loader the rule's own severity stays.
pub fn weigh<'f>(findings: impl Iterator<Item = &'f mut Finding>, facts: &[(RelPath, Vec<Site>)]) {
    let uses = uses(facts);
    if uses.is_empty() {
        return;
    }
    let map = Map::new(facts);
    for finding in findings.filter(|finding| finding.readers != Readers::default()) {
        // What the place itself has made worse stays so.
        if finding.severity != finding.rule.severity {
            continue;
        }
        let near = uses.iter().filter(|own| is_loaded(&map, own.path, own.file, &finding.path));
        let near: Vec<&Use<'_>> = near.collect();
        let first = |slugs: &[&str]| near.iter().copied().find(|own| slugs.contains(&own.loader.slug.as_str()));
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

/// Whether a loader used in the file at `user`, for the env file written there as `file`, loads the one at `path`: a
/// command may be run from any directory above its script.
pub(super) fn is_loaded<'a>(map: &Map<'a>, user: &'a RelPath, file: Option<&str>, path: &'a RelPath) -> bool {
    let Some(file) = file else { return map.is_near(user.parent(), path.parent()) };
    if file.starts_with("..") || file.starts_with('/') {
        return file.as_bytes().rsplit(|b| *b == b'/').next() == Some(path.file_name());
    }
    above(user.parent()).any(|dir| {
        let inside = if dir.is_empty() { Some(path.as_bytes()) } else { path.as_bytes().strip_prefix(dir) };
        inside.is_some_and(|inside| inside.strip_prefix(b"/").unwrap_or(inside) == file.as_bytes())
    })
}
