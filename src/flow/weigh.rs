//! How bad a defect of an env file is follows from who loads the file, where the repository tells.

use super::{Map, above};
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

/// Sets the severity of every finding about a defect that loaders read differently: an error where one of those in
/// use misreads it, a note where all of them read it as meant. Without a known loader the rule's own severity stays.
pub fn weigh<'f>(findings: impl Iterator<Item = &'f mut Finding>, facts: &[(RelPath, Vec<Site>)]) {
    let uses = uses(facts);
    if uses.is_empty() {
        return;
    }
    let map = Map::new(facts);
    let index = Index::new(&map, &uses);
    for finding in findings.filter(|finding| finding.readers != Readers::default()) {
        // What the place itself has made worse stays so.
        if finding.severity != finding.rule.severity {
            continue;
        }
        let path = finding.path.clone();
        let first = |slugs: &[&'static str]| index.first(&map, &path, slugs).map(|at| &uses[at]);
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

/// Which env files a loader loads that is used in a file at `user`, for the file written there as `file`.
pub(super) enum Reach<'a> {
    /// All that are near this project.
    Near(&'a [u8]),
    /// Every file of this name: where a path leads that leaves the directory is not followed.
    Called(&'a [u8]),
    /// The files at these paths: a command may be run from any directory above its script.
    At(Vec<Vec<u8>>),
}

impl<'a> Reach<'a> {
    pub(super) fn new(map: &Map<'a>, user: &'a RelPath, file: Option<&'a str>) -> Self {
        let Some(file) = file else { return Self::Near(map.project(user.parent())) };
        if file.starts_with("..") || file.starts_with('/') {
            return Self::Called(file.as_bytes().rsplit(|b| *b == b'/').next().unwrap_or_default());
        }
        let at =
            |dir: &[u8]| if dir.is_empty() { file.as_bytes().to_vec() } else { [dir, b"/", file.as_bytes()].concat() };
        Self::At(above(user.parent()).map(at).collect())
    }
}

/// The first use of each loader that reaches an env file, by what it is reached by. Asking takes no longer the more
/// uses there are.
#[derive(Default)]
struct Index<'a> {
    /// By the user's project.
    projects: FxHashMap<(&'a [u8], &'static str), usize>,
    /// By every directory above the user's project.
    below: FxHashMap<(&'a [u8], &'static str), usize>,
    names: FxHashMap<(&'a [u8], &'static str), usize>,
    paths: FxHashMap<&'static str, FxHashMap<Vec<u8>, usize>>,
}

impl<'a> Index<'a> {
    fn new(map: &Map<'a>, uses: &[Use<'a>]) -> Self {
        let mut index = Self::default();
        for (at, own) in uses.iter().enumerate() {
            let slug = own.loader.slug.as_str();
            match Reach::new(map, own.path, own.file) {
                Reach::Near(project) => {
                    index.projects.entry((project, slug)).or_insert(at);
                    for dir in above(project) {
                        index.below.entry((dir, slug)).or_insert(at);
                    }
                }
                Reach::Called(name) => _ = index.names.entry((name, slug)).or_insert(at),
                Reach::At(paths) => {
                    let known = index.paths.entry(slug).or_default();
                    for path in paths {
                        known.entry(path).or_insert(at);
                    }
                }
            }
        }
        index
    }

    /// The first use of one of `slugs` that reaches the file at `path`.
    fn first(&self, map: &Map<'_>, path: &RelPath, slugs: &[&'static str]) -> Option<usize> {
        let project = map.project(path.parent());
        let of = |slug: &'static str| {
            let near = above(project).filter_map(move |dir| self.projects.get(&(dir, slug)));
            let below = self.below.get(&(project, slug));
            let named = self.names.get(&(path.file_name(), slug));
            let at = self.paths.get(slug).and_then(|paths| paths.get(path.as_bytes()));
            near.chain(below).chain(named).chain(at).copied().min()
        };
        slugs.iter().filter_map(|slug| of(slug)).min()
    }
}
