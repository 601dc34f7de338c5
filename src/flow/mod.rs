//! What only the whole repository can tell: whether anybody reads the name one file defines, and the reverse.
//!
//! A scan may cover many programs that have nothing to do with each other, so facts are joined by place. A file belongs
//! to the nearest directory above it that holds a package's manifest, else to its top directory below the scan's root.
//! What makes a finding (a client that reads another name) has to come from the same project, one above or one below.
//! What prevents one (somebody reads the name after all) may come from anywhere under the same top directory, and
//! from anywhere at all if the root itself is a package: there silence is the safer mistake.

mod files;
mod holding;
mod load;
mod reach;
mod sources;
mod trace;
mod weigh;

pub use files::{asks_files, settle_files};
pub use holding::weigh_by_version;
pub use load::module_files;
pub use sources::Sources;
pub use trace::{Fault, Stage, Step, Trace, trace};
pub use weigh::{is_weighed, weigh};

use crate::engine::{Fact, Pending, Question, Site};
use crate::finding::{Finding, Related};
use crate::rules::clients::clients;
use crate::rules::matcher::{NameFault, NameSite};
use crate::rules::names::{self, Classification};
use crate::source::{FileKind, RelPath};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::OnceCell;

/// Decides which of the `pending` findings hold, given what all files say. Linear in both.
pub fn settle(pending: Vec<Pending>, facts: &[(RelPath, Vec<Site>)]) -> Vec<Finding> {
    if pending.is_empty() {
        return Vec::new();
    }
    let world = World::new(&pending, facts);
    let mut seen = FxHashSet::default();
    let mut out = Vec::new();
    for wait in pending {
        let Some(because) = world.holds(&wait) else { continue };
        let mut finding = wait.finding;
        if !seen.insert((finding.path.clone(), finding.location.span, finding.rule.family)) {
            continue;
        }
        finding.related.extend(because);
        out.push(finding);
    }
    out
}

/// The parts of a repository that facts are joined by.
struct Map<'a> {
    root: &'a [u8],
    manifests: FxHashSet<&'a [u8]>,
}

impl<'a> Map<'a> {
    fn new(facts: &'a [(RelPath, Vec<Site>)]) -> Self {
        let manifests = facts
            .iter()
            .filter(|(_, sites)| sites.iter().any(|site| site.fact == Fact::Project))
            .map(|(path, _)| path.parent())
            .collect();
        let root = facts.iter().map(|(path, _)| path.parent()).reduce(common).unwrap_or_default();
        Self { root, manifests }
    }

    /// The project of a file in directory `dir`.
    fn project<'d>(&self, dir: &'d [u8]) -> &'d [u8] {
        above(dir)
            .take_while(|dir| dir.len() >= self.root.len())
            .find(|dir| self.manifests.contains(dir))
            .unwrap_or_else(|| self.top(dir))
    }

    /// The directory directly below the root that holds `dir`; the root itself for a file in it.
    fn top<'d>(&self, dir: &'d [u8]) -> &'d [u8] {
        if self.manifests.contains(self.root) || dir.len() <= self.root.len() {
            // The root, as a part of the directory.
            return &dir[..self.root.len().min(dir.len())];
        }
        let skip = if self.root.is_empty() { 0 } else { self.root.len() + 1 };
        dir[skip..].iter().position(|b| *b == b'/').map_or(dir, |i| &dir[..skip + i])
    }
}

/// `dir` and the directories above it, up to the empty one.
fn above(dir: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(dir), |dir| (!dir.is_empty()).then(|| parent(dir)))
}

fn parent(dir: &[u8]) -> &[u8] {
    dir.iter().rposition(|b| *b == b'/').map_or(&[], |i| &dir[..i])
}

/// Where one fact stands, by the directories it counts for.
#[derive(Default)]
struct Places<'a> {
    /// Projects that hold it.
    exact: FxHashMap<&'a [u8], (usize, &'a Site)>,
    /// Projects that hold it in themselves or below.
    below: FxHashMap<&'a [u8], (usize, &'a Site)>,
    /// Top directories that hold it.
    tops: FxHashSet<&'a [u8]>,
}

struct World<'a> {
    map: Map<'a>,
    facts: &'a [(RelPath, Vec<Site>)],
    places: FxHashMap<&'a Fact, Places<'a>>,
    /// Entries of env files that loaders look for.
    entries: Vec<(usize, &'a Site)>,
    /// Files by their path, made when first asked for.
    by_path: OnceCell<FxHashMap<&'a [u8], usize>>,
}

impl<'a> World<'a> {
    fn new(pending: &[Pending], facts: &'a [(RelPath, Vec<Site>)]) -> Self {
        let map = Map::new(facts);
        let wanted: FxHashSet<&str> = pending.iter().flat_map(|wait| [&*wait.name, &*wait.canonical]).collect();
        let is_wanted = |fact: &Fact| match fact {
            Fact::Define(name)
            | Fact::Read(name)
            | Fact::Named(name)
            | Fact::Mentioned(name)
            | Fact::Template(name) => wanted.contains(&**name) || name.ends_with("_KEY") || name.ends_with("_TOKEN"),
            Fact::Project
            | Fact::Package(_)
            | Fact::Module(_)
            | Fact::EnvFile
            | Fact::Load { .. }
            | Fact::LeftOut(_)
            | Fact::EnvEntry(_)
            | Fact::BuiltAtImport(_)
            | Fact::ImportsOwn(_)
            | Fact::Holds(_) => false,
            Fact::Provided(name) => wanted.contains(&**name),
            Fact::DefaultClient(_) | Fact::Client(_) | Fact::Reader | Fact::Loader => true,
        };
        let mut places: FxHashMap<&Fact, Places<'_>> = FxHashMap::default();
        let mut entries = Vec::new();
        let programs: Vec<bool> = facts.iter().map(|(path, sites)| !sites.is_empty() && is_program(path)).collect();
        for (file, (path, sites)) in facts.iter().enumerate() {
            let project = map.project(path.parent());
            let top = map.top(path.parent());
            let own = sites.iter().filter(|site| matches!(site.fact, Fact::EnvEntry(_)));
            entries.extend(own.map(|site| (file, site)));
            for site in sites.iter().filter(|site| is_wanted(&site.fact)) {
                let places = places.entry(&site.fact).or_default();
                places.tops.insert(top);
                // A program speaks only where no file does that is there for several.
                let take = |held: &mut (usize, &'a Site)| {
                    if programs[held.0] && !programs[file] {
                        *held = (file, site);
                    }
                };
                places.exact.entry(project).and_modify(take).or_insert((file, site));
                for dir in above(project).take_while(|dir| dir.len() >= map.root.len()) {
                    places.below.entry(dir).and_modify(take).or_insert((file, site));
                }
            }
        }
        Self { map, facts, places, entries, by_path: OnceCell::new() }
    }

    /// Where `fact` stands in the project of `wait`'s file, in one above it or in one below.
    fn near(&self, wait: &Pending, fact: &Fact) -> Option<(usize, &'a Site)> {
        let places = self.places.get(fact)?;
        let project = self.map.project(wait.finding.path.parent());
        places.below.get(project).copied().or_else(|| above(project).find_map(|dir| places.exact.get(dir).copied()))
    }

    fn by_path(&self) -> &FxHashMap<&'a [u8], usize> {
        self.by_path
            .get_or_init(|| self.facts.iter().enumerate().map(|(at, (path, _))| (path.as_bytes(), at)).collect())
    }

    /// Where `fact` stands in `wait`'s own file.
    fn within(&self, wait: &Pending, fact: &Fact) -> Option<(usize, &'a Site)> {
        let file = *self.by_path().get(wait.finding.path.as_bytes())?;
        self.facts[file].1.iter().find(|site| site.fact == *fact).map(|site| (file, site))
    }

    /// Whether `fact` stands anywhere it could matter.
    fn anywhere(&self, wait: &Pending, fact: &Fact) -> bool {
        let top = self.map.top(wait.finding.path.parent());
        self.places.get(fact).is_some_and(|places| {
            top == self.map.root || places.tops.contains(top) || places.tops.contains(self.map.root)
        })
    }

    fn is_defined(&self, wait: &Pending, name: &str) -> bool {
        self.anywhere(wait, &Fact::Define(name.into())) || self.anywhere(wait, &Fact::Template(name.into()))
    }

    /// Whether anything looks the variable `name` up or so much as speaks of it. `set NAME first` in a message says that
    /// some code reads the variable in a way that was not seen; to take it for none would make a false finding.
    fn is_named(&self, wait: &Pending, name: &str) -> bool {
        [Fact::Read, Fact::Named, Fact::Mentioned].into_iter().any(|fact| self.anywhere(wait, &fact(name.into())))
    }

    fn related(&self, (file, site): (usize, &Site), message: String) -> Option<Related> {
        let position = site.position?;
        Some(Related { path: self.facts[file].0.clone(), position, message })
    }

    /// Whether the finding holds, with the places that explain it.
    fn holds(&self, wait: &Pending) -> Option<Vec<Related>> {
        let name = &*wait.name;
        let is_read = || self.is_named(wait, name);
        let (fault, site) = match &wait.question {
            Question::Name(fault, site) => (*fault, *site),
            Question::NotLoaded => return self.is_never_loaded(wait),
            Question::ImportedBefore { modules, variable } => {
                return self.is_built_before(wait, modules, variable.as_deref());
            }
        };
        match (fault, site) {
            (NameFault::Padded, _) | (NameFault::Public, NameSite::Define) => Some(Vec::new()),
            (NameFault::Public, NameSite::Read) => (!self.is_defined(wait, name)).then(Vec::new),
            (NameFault::Misspelled, NameSite::Define) => (!is_read()).then(|| self.reader(wait)),
            (NameFault::Misspelled, NameSite::Read) => (!self.is_defined(wait, name)).then(|| self.definition(wait)),
            (NameFault::Alias, NameSite::Define) => (!is_read()).then(|| self.default_client(wait))?,
            (NameFault::Alias, NameSite::Read) => {
                let is_ambiguous = matches!(names::classify(name), Classification::Ambiguous(_));
                if self.is_defined(wait, name)
                    || is_ambiguous && self.near(wait, &Fact::Client("openai".into())).is_none()
                {
                    return None;
                }
                Some(self.definition(wait)).filter(|places| !places.is_empty())
            }
            (NameFault::Legacy, _) => {
                if is_read() || self.anywhere(wait, &Fact::Reader) {
                    return None;
                }
                let client = self.near(wait, &Fact::Client("openai".into()))?;
                Some(
                    self.related(client, format!("the client built here reads {}", wait.canonical))
                        .into_iter()
                        .collect(),
                )
            }
        }
    }

    /// Where the right name is defined for the file: by itself, or in its project or one above. What a program sets, it
    /// sets for itself; what is defined below a directory that is no project belongs to the projects there.
    fn definition(&self, wait: &Pending) -> Vec<Related> {
        let canonical = || wait.canonical.clone();
        let project = self.map.project(wait.finding.path.parent());
        let for_all = |fact: &Fact| {
            let places = self.places.get(fact)?;
            let below = self.map.manifests.contains(project).then(|| places.below.get(project)).flatten();
            let found = below.or_else(|| above(project).find_map(|dir| places.exact.get(dir)))?;
            Some(*found).filter(|place| !is_program(&self.facts[place.0].0))
        };
        let place = for_all(&Fact::Define(canonical()))
            .or_else(|| self.within(wait, &Fact::Define(canonical())))
            .or_else(|| for_all(&Fact::Template(canonical())));
        let related = place.and_then(|place| self.related(place, format!("{} is defined here", wait.canonical)));
        related.into_iter().collect()
    }

    /// Where the right name is read: by code, or by a client that is built without a key.
    fn reader(&self, wait: &Pending) -> Vec<Related> {
        let by_client = || {
            clients()
                .reading(&wait.canonical)
                .find_map(|client| self.near(wait, &Fact::DefaultClient(client.slug.as_str().into())))
        };
        let by_name = |fact: fn(Box<str>) -> Fact| self.near(wait, &fact(wait.canonical.clone()));
        let place = by_name(Fact::Read).or_else(by_client).or_else(|| by_name(Fact::Named));
        let related = place.and_then(|place| self.related(place, format!("{} is read here", wait.canonical)));
        related.into_iter().collect()
    }

    /// A client that is built without a key and does not read the name, where nothing defines a name it does read.
    fn default_client(&self, wait: &Pending) -> Option<Vec<Related>> {
        let name = &*wait.name;
        let is_shared = !matches!(names::classify(name), Classification::Alias(_) | Classification::Ambiguous(_));
        if is_shared {
            // Another SDK reads this name: it may be there for that one.
            let used =
                clients().reading(name).any(|client| self.anywhere(wait, &Fact::Client(client.slug.as_str().into())));
            if used || self.anywhere(wait, &Fact::Reader) {
                return None;
            }
        }
        let is_key = |name: &str| name.ends_with("_KEY") || name.ends_with("_TOKEN");
        let fits = |client: &&crate::rules::clients::Client| {
            client.reads(&wait.canonical)
                && !client.reads(name)
                && (!is_shared || client.ignores.iter().any(|own| own == name))
        };
        for client in clients().all().iter().filter(fits) {
            let Some(place) = self.near(wait, &Fact::DefaultClient(client.slug.as_str().into())) else { continue };
            let is_served = client
                .reads
                .iter()
                .filter(|read| **read == *wait.canonical || (is_key(&wait.canonical) && is_key(read)))
                .any(|read| self.near(wait, &Fact::Define(read.as_str().into())).is_some());
            if !is_served {
                let message = format!("the client built here reads {}", client.reads.join(", "));
                return Some(self.related(place, message).into_iter().collect());
            }
        }
        None
    }
}

/// Whether a file is a program, and the variables it sets are those of its own process.
fn is_program(path: &RelPath) -> bool {
    matches!(FileKind::of(path.as_bytes(), b""), FileKind::Python | FileKind::JavaScript | FileKind::Notebook)
}

/// The directory both `a` and `b` are in.
fn common<'a>(a: &'a [u8], b: &'a [u8]) -> &'a [u8] {
    above(a)
        .find(|dir| dir.is_empty() || b == *dir || (b.starts_with(dir) && b.get(dir.len()) == Some(&b'/')))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map<'a>(root: &'a str, manifests: &[&'a str]) -> Map<'a> {
        Map { root: root.as_bytes(), manifests: manifests.iter().map(|dir| dir.as_bytes()).collect() }
    }

    #[test]
    fn a_file_belongs_to_the_nearest_package_else_to_its_top_directory() {
        let packages = map("", &["web", "api/core"]);
        let project = |dir: &'static str| std::str::from_utf8(packages.project(dir.as_bytes())).unwrap();
        assert_eq!(project("web/src/app"), "web");
        assert_eq!(project("api/core/x"), "api/core");
        assert_eq!(project("api/other"), "api");
        assert_eq!(project(""), "");
        assert_eq!(map("", &[""]).project(b"src/app"), b"");
        assert_eq!(map("/tmp/x", &[]).project(b"/tmp/x/a/b"), b"/tmp/x/a");
        assert_eq!(map("/tmp/x", &["/tmp/x"]).top(b"/tmp/x/a/b"), b"/tmp/x");
    }

    #[test]
    fn the_root_is_what_all_directories_share() {
        assert_eq!(common(b"/tmp/x/a", b"/tmp/x/ab/c"), b"/tmp/x");
        assert_eq!(common(b"a/b", b"a"), b"a");
        assert_eq!(common(b"a", b"b"), b"");
    }
}
