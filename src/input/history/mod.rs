//! Everything a repository ever held: the objects behind its refs, tags, stashes and notes, each looked at once.
//!
//! Packs are read through the tree of their deltas (`gix`), which costs a fraction of asking for each object. Commits and
//! trees come first: they tell which blobs belong to the commits in question, and what each is called. Where something
//! came from is worked out only for what was found.

mod graph;
mod provenance;
mod reach;
mod repository;
mod store;
mod traverse;

use super::InputError;
use crate::finding::{Commit, Origin, Provenance};
use crate::source::RelPath;
use gix_object::Kind;
use graph::{Builder, Graph, Moment};
use parking_lot::Mutex;
use provenance::{Place, Question};
use reach::Reach;
use repository::{Ref, Repository};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Number, Store};
use traverse::{How, Part, Slot, Visit};

/// How many refs, and how many paths, are named for a finding.
const NAMED: usize = 20;

/// The path of a commit's message.
const COMMIT_MESSAGE: &str = "commit message";

/// The path of a tag's message.
const TAG_MESSAGE: &str = "tag message";

/// Which commits are looked at; all that refs hold by default.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Leave out what this commit holds.
    pub since: Option<String>,
    /// `A..B`: what B holds and no A does.
    pub ranges: Vec<String>,
    /// Whether the ranges are those of a push: A may be a commit that only the remote has.
    pub pushed: bool,
    /// Only what this branch, tag or commit holds.
    pub branch: Option<String>,
}

impl Scope {
    /// Whether all commits are looked at.
    pub fn is_all(&self) -> bool {
        self.since.is_none() && self.ranges.is_empty() && self.branch.is_none() && !self.pushed
    }
}

/// Looks at one text under its path and says what it found, as numbers that are the same for the same thing.
pub type Inspect<'a> = dyn Fn(&RelPath, &[u8]) -> Vec<u32> + Sync + 'a;

/// How far the reading is.
#[derive(Debug, Default)]
pub struct Progress {
    /// Objects that were read.
    pub done: AtomicU64,
    /// Objects there are; 0 as long as that is not known.
    pub total: AtomicU64,
}

/// How history is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Number of threads; 0 leaves the choice to the machine.
    pub threads: usize,
    /// Larger blobs (bytes) are passed over; 0 means no limit.
    pub max_size: u64,
    /// Is kept up to date.
    pub progress: &'a Progress,
}

/// The commits in question, with all that is in them.
pub struct History {
    repository: Repository,
    store: Store,
    layouts: Vec<Vec<Slot>>,
    graph: Graph,
    reach: Reach,
    refs: Vec<Ref>,
    /// What the refs point to.
    targets: Vec<Number>,
    head: Option<Number>,
    /// What was found in which blob.
    found: FxHashMap<Number, Vec<u32>>,
    /// What could not be read, as inert text, with what mends it.
    pub problems: Vec<(RelPath, String)>,
    /// Paths of blobs that are too large.
    pub too_large: Vec<RelPath>,
}

/// Something that was found, and where it came from.
#[derive(Debug)]
pub struct Origins {
    /// What was found: a number `Inspect` gave.
    pub value: u32,
    /// The path it stands at, or the name for a message.
    pub path: RelPath,
    /// The text to show it in.
    text: Number,
    /// Where it came from.
    pub provenance: Provenance,
}

impl Origins {
    /// Whether both are shown in one text under one path, which the same commit brought.
    pub fn same_text(&self, other: &Self) -> bool {
        (&self.path, self.text) == (&other.path, other.text)
            && self.provenance.introduced == other.provenance.introduced
    }
}

/// The root of the work tree of `dir`, or of the current directory; of a bare repository its own directory.
///
/// # Errors
/// There is no repository, or git refuses to read it.
pub fn root(dir: Option<&Path>) -> Result<PathBuf, InputError> {
    Repository::root(dir)
}

impl History {
    /// Opens the repository of `dir`, or of the current directory, and reads its commits, trees and tags.
    ///
    /// # Errors
    /// There is no repository, git refuses to read it, or `scope` names no commit.
    pub fn open(
        dir: Option<&Path>,
        scope: &Scope,
        reading: Reading<'_>,
        inspect: &Inspect<'_>,
    ) -> Result<Self, InputError> {
        let repository = Repository::open(dir)?;
        let refs = repository.refs()?;
        let (starts, hidden) = repository.ends(scope, &refs)?;
        let mut problems = Vec::new();
        let store = Store::open(&repository.objects, repository.hash, &mut problems);
        reading.progress.total.store(store.len() as u64, Ordering::Relaxed);
        let layouts: Vec<Vec<Slot>> = store.packs.iter().map(traverse::layout).collect();
        let names = [RelPath::from(COMMIT_MESSAGE), RelPath::from(TAG_MESSAGE)];
        let in_message = |kind, text: &[u8]| inspect(&names[usize::from(kind == Kind::Tag)], text);
        let builder = Builder::new(&store, &in_message);
        let (mut broken, numbers) = {
            let visitor = builder.visitor();
            let broken = traverse::each(&store, &layouts, Part::Skeleton, how(reading), &visitor);
            let number = |id: &gix_hash::ObjectId| builder.number(id);
            let list = |refs: &[Ref]| refs.iter().map(|one| number(&one.target)).collect::<Vec<_>>();
            (
                broken,
                (list(&starts), hidden.iter().map(number).collect::<Vec<_>>(), list(&refs), {
                    repository.shallow.iter().map(number).collect::<Vec<_>>()
                }),
            )
        };
        let graph = builder.finish();
        broken.extend(&graph.broken);
        let (starts, hidden, targets, shallow) = numbers;
        let reach = Reach::new(&graph, store.len(), &starts, &hidden, &shallow);
        let head = refs.first().filter(|first| first.name == "HEAD").map(|_| targets[0]);
        let mut history = Self {
            repository,
            store,
            layouts,
            graph,
            reach,
            refs,
            targets,
            head,
            found: FxHashMap::default(),
            problems,
            too_large: Vec::new(),
        };
        history.say_what_is_missing(&broken);
        Ok(history)
    }

    fn say_what_is_missing(&mut self, broken: &[Number]) {
        let place = || self.repository.shown.clone();
        let count = |n: usize, noun: &str| if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") };
        if !self.repository.shallow.is_empty() {
            let commits = count(self.reach.commits.len(), "commit");
            let reason =
                format!("the clone is shallow, only {commits} can be seen: `git fetch --unshallow` brings the rest");
            self.problems.push((place(), reason));
        }
        if !self.reach.missing.is_empty() {
            let objects = count(self.reach.missing.len(), "object");
            let reason = if self.repository.is_partial || self.store.is_partial {
                format!(
                    "the clone is partial and lacks {objects}: `git fetch --refetch --no-filter --tags` brings them"
                )
            } else {
                format!("the repository lacks {objects}: `git fsck --full` names them, a fresh clone has them")
            };
            self.problems.push((place(), reason));
        }
        self.say_broken(broken);
    }

    fn say_broken(&mut self, broken: &[Number]) {
        let ids: Vec<String> = broken.iter().take(3).map(|number| self.store.id(*number).to_string()).collect();
        if !ids.is_empty() {
            let more = if broken.len() > ids.len() {
                format!(" and {} more", broken.len() - ids.len())
            } else {
                String::new()
            };
            let list = ids.join(", ");
            let reason = format!(
                "cannot read {list}{more} in full: `git fsck --full` checks the repository, a fresh clone has them whole"
            );
            self.problems.push((self.repository.shown.clone(), reason));
        }
    }

    /// The number of commits in question.
    pub fn commits(&self) -> usize {
        self.reach.commits.len()
    }

    /// Whether the repository has no commit at all.
    pub fn is_empty(&self) -> bool {
        self.graph.commits.is_empty()
    }

    /// Looks at every blob of the commits in question.
    pub fn blobs(&mut self, reading: Reading<'_>, inspect: &Inspect<'_>) {
        let shared = Shared { history: self, inspect, found: Mutex::default(), large: Mutex::default() };
        let broken = traverse::each(&self.store, &self.layouts, Part::Blobs, how(reading), &Blobs { shared: &shared });
        let found = shared.found.into_inner();
        let large = shared.large.into_inner();
        self.found.extend(found);
        self.too_large.extend(large);
        let broken: Vec<Number> = broken.into_iter().filter(|number| self.reach.has(*number)).collect();
        self.say_broken(&broken);
    }

    /// Where all that was found came from, in the order of paths.
    pub fn origins(&self) -> Vec<Origins> {
        let question = Question {
            graph: &self.graph,
            reach: &self.reach,
            found: &self.found,
            head: self.head,
            refs: &self.targets,
        };
        let traced = provenance::trace(&question);
        let mut paths: FxHashMap<u32, Vec<RelPath>> = FxHashMap::default();
        for place in &traced.places {
            paths.entry(place.value).or_default().push(self.path(place));
        }
        for list in paths.values_mut() {
            list.sort();
            list.dedup();
        }
        let others = |place: &Place| paths.get(&place.value).map_or(&[][..], Vec::as_slice);
        let commit = |at: Option<(Moment, Number)>| at.map(|(written, number)| self.commit(written, number));
        let origins = traced.places.iter().map(|place| {
            let holding = traced.refs.get(&place.value).map_or(&[][..], Vec::as_slice);
            let names = holding.iter().map(|at| self.refs[*at].name.as_str());
            // What HEAD stands for is in the list under its own name.
            let refs: Vec<&str> = names.filter(|name| *name != "HEAD" || holding.len() == 1).collect();
            Origins {
                value: place.value,
                path: self.path(place),
                text: place.object,
                provenance: Provenance {
                    origin: self.origin(place),
                    object: self.store.id(place.object).to_string(),
                    introduced: commit(place.introduced),
                    removed: commit(place.removed),
                    in_head: traced.in_head.contains(&place.value),
                    paths: others(place).iter().take(NAMED).cloned().collect(),
                    path_count: others(place).len(),
                    ref_count: refs.len(),
                    refs: refs.into_iter().take(NAMED).map(str::to_owned).collect(),
                },
            }
        });
        let mut origins: Vec<Origins> = origins.collect();
        origins.sort_by(|a, b| (&a.path, a.text, a.value).cmp(&(&b.path, b.text, b.value)));
        origins
    }

    /// The text that shows what was found.
    ///
    /// # Errors
    /// Why it cannot be read, as inert text.
    pub fn text(&self, origins: &Origins) -> Result<Vec<u8>, String> {
        let (kind, bytes) = self.store.read(origins.text, 0)?;
        let bytes = bytes.unwrap_or_default();
        Ok(if kind == Kind::Blob { bytes } else { graph::message(&bytes).to_vec() })
    }

    /// The texts that stood at the path of `origins` in the commits just outside the scope.
    pub fn older_texts(&self, origins: &Origins) -> Vec<Vec<u8>> {
        let Some(commit) = origins.provenance.introduced.as_ref() else { return Vec::new() };
        let Ok(id) = gix_hash::ObjectId::from_hex(commit.id.as_bytes()) else { return Vec::new() };
        let commit = self.store.number(&id).and_then(|number| self.graph.commits.get(&number));
        let parents = commit.into_iter().flat_map(|commit| &commit.parents).filter(|parent| self.reach.hides(**parent));
        let trees = parents.filter_map(|parent| self.graph.commits.get(parent)).map(|parent| parent.tree);
        let names: Vec<&[u8]> = origins.path.as_bytes().split(|b| *b == b'/').collect();
        let blobs = trees.filter_map(|tree| {
            names.iter().try_fold(tree, |tree, name| {
                let edges = self.graph.edges(tree).iter();
                edges.into_iter().find(|edge| self.graph.name(edge.name()) == *name).map(|edge| edge.child)
            })
        });
        let texts =
            blobs.filter(|blob| (*blob as usize) < self.store.len()).filter_map(|blob| self.store.read(blob, 0).ok());
        texts.filter_map(|(kind, bytes)| bytes.filter(|_| kind == Kind::Blob)).collect()
    }

    fn path(&self, place: &Place) -> RelPath {
        match &place.path {
            Some(path) if path.is_empty() => RelPath::from(self.store.id(place.object).to_string().as_str()),
            Some(path) => RelPath::from_bytes(path),
            None if self.graph.tags.contains_key(&place.object) => RelPath::from(TAG_MESSAGE),
            None => RelPath::from(COMMIT_MESSAGE),
        }
    }

    fn origin(&self, place: &Place) -> Origin {
        match &place.path {
            Some(_) => Origin::File,
            None if self.graph.tags.contains_key(&place.object) => Origin::TagMessage,
            None => Origin::CommitMessage,
        }
    }

    fn commit(&self, written: Moment, number: Number) -> Commit {
        let time = gix_object::date::Time { seconds: written.seconds, offset: written.offset };
        let date = time.format(gix_object::date::time::format::ISO8601_STRICT).ok();
        Commit { id: self.store.id(number).to_string(), date }
    }
}

fn how(reading: Reading<'_>) -> How<'_> {
    How { threads: reading.threads, max_size: reading.max_size, done: &reading.progress.done }
}

/// What the threads that look at blobs share.
struct Shared<'a> {
    history: &'a History,
    inspect: &'a Inspect<'a>,
    found: Mutex<Vec<(Number, Vec<u32>)>>,
    large: Mutex<Vec<RelPath>>,
}

struct Blobs<'a> {
    shared: &'a Shared<'a>,
}

impl Clone for Blobs<'_> {
    fn clone(&self) -> Self {
        Self { shared: self.shared }
    }
}

impl Blobs<'_> {
    fn path(&self, number: Number) -> RelPath {
        let history = self.shared.history;
        RelPath::from_bytes(&history.reach.path(&history.graph, number))
    }
}

impl Visit for Blobs<'_> {
    fn visit(&mut self, number: Number, _: Kind, bytes: &[u8]) {
        if !self.shared.history.reach.has(number) {
            return;
        }
        let found = (self.shared.inspect)(&self.path(number), bytes);
        if !found.is_empty() {
            self.shared.found.lock().push((number, found));
        }
    }

    fn pass_over(&mut self, number: Number) {
        if self.shared.history.reach.has(number) {
            self.shared.large.lock().push(self.path(number));
        }
    }
}
