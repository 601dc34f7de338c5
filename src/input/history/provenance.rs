//! Where what was found came from: the commits that brought and removed it, the refs that still hold it.
//!
//! Only trees on the way to what was found are looked at, and of two versions of one only what differs.

use super::graph::{Edge, Graph, Moment, Name};
use super::reach::Reach;
use super::store::Number;
use rustc_hash::{FxHashMap, FxHashSet};

/// A value that was found, counted.
pub(super) type Value = u32;

/// A path, counted.
type PathId = u32;

/// The path of a repository's root.
const ROOT: PathId = 0;

/// A value at a path, or in a message, over all of history.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) value: Value,
    /// The path; `None` for a message.
    pub(super) path: Option<Vec<u8>>,
    /// The text it is first found in.
    pub(super) object: Number,
    /// The oldest commit that has it and none of whose parents has it.
    pub(super) introduced: Option<(Moment, Number)>,
    /// The newest commit that took it away, unless `HEAD` has it.
    pub(super) removed: Option<(Moment, Number)>,
}

/// What is known about values, whatever their paths.
pub(super) struct Provenance {
    pub(super) places: Vec<Place>,
    /// Values in the files of `HEAD`.
    pub(super) in_head: FxHashSet<Value>,
    /// For each value the refs, by their place in the list, whose commits hold it.
    pub(super) refs: FxHashMap<Value, Vec<usize>>,
}

/// What is wanted from where.
pub(super) struct Question<'a> {
    pub(super) graph: &'a Graph,
    pub(super) reach: &'a Reach,
    /// What was found in which blob.
    pub(super) found: &'a FxHashMap<Number, Vec<Value>>,
    pub(super) head: Option<Number>,
    /// What the refs point to.
    pub(super) refs: &'a [Number],
}

/// A file that differs between two trees.
struct Change {
    path: PathId,
    old: Option<Number>,
    new: Option<Number>,
}

struct Walk<'a> {
    question: &'a Question<'a>,
    /// Of each tree that leads to something found, the entries that do, by their names.
    hits: FxHashMap<Number, Vec<Edge>>,
    /// Paths by the one above and the last name.
    paths: FxHashMap<(PathId, Name), PathId>,
    path_list: Vec<(PathId, Name)>,
    places: FxHashMap<(PathId, Value), Place>,
    /// What each commit brings.
    brought: FxHashMap<Number, Vec<Value>>,
}

/// Answers `question`.
pub(super) fn trace(question: &Question<'_>) -> Provenance {
    let mut walk = Walk {
        question,
        hits: hits(question),
        paths: FxHashMap::default(),
        path_list: vec![(ROOT, 0)],
        places: FxHashMap::default(),
        brought: FxHashMap::default(),
    };
    for commit in &question.reach.commits {
        walk.commit(*commit);
    }
    for root in &question.reach.roots {
        walk.root(*root);
    }
    let mut in_head = FxHashSet::default();
    let head = question.head.and_then(|head| question.graph.commits.get(&head)).map(|commit| commit.tree);
    for (path, value, _) in walk.contents(head) {
        in_head.insert(value);
        if let Some(place) = walk.places.get_mut(&(path, value)) {
            place.removed = None;
        }
    }
    let mut places: Vec<Place> = Vec::with_capacity(walk.places.len());
    for ((path, _), mut place) in std::mem::take(&mut walk.places) {
        place.path = Some(walk.path(path));
        places.push(place);
    }
    places.extend(walk.messages());
    let refs = walk.refs();
    Provenance { places, in_head, refs }
}

/// Finds the trees that lead to what was found.
fn hits(question: &Question<'_>) -> FxHashMap<Number, Vec<Edge>> {
    let Question { graph, reach, found, .. } = question;
    let mut out: FxHashMap<Number, Vec<Edge>> = FxHashMap::default();
    let mut seen = FxHashSet::default();
    let tops = reach.commits.iter().filter_map(|commit| graph.commits.get(commit)).map(|commit| commit.tree);
    for top in tops.chain(reach.roots.iter().copied()) {
        if found.is_empty() || !reach.has(top) || !seen.insert(top) {
            continue;
        }
        let mut stack = vec![(top, 0)];
        while let Some((tree, at)) = stack.last_mut() {
            let edges = graph.edges(*tree);
            if let Some(edge) = edges.get(*at) {
                *at += 1;
                if edge.is_tree() && reach.has(edge.child) && seen.insert(edge.child) {
                    stack.push((edge.child, 0));
                }
                continue;
            }
            let leads = |edge: &&Edge| {
                if edge.is_tree() { out.contains_key(&edge.child) } else { found.contains_key(&edge.child) }
            };
            let mut own: Vec<Edge> = edges.iter().filter(leads).copied().collect();
            if !own.is_empty() {
                own.sort_by_key(|edge| edge.name());
                out.insert(*tree, own);
            }
            stack.pop();
        }
    }
    out
}

impl Walk<'_> {
    fn commit(&mut self, number: Number) {
        let Some(commit) = self.question.graph.commits.get(&number) else { return };
        let (tree, at) = (commit.tree, (commit.written, number));
        // Parents a shallow clone lacks have nothing.
        let parents: Vec<Option<Number>> = commit
            .parents
            .iter()
            .map(|parent| self.question.graph.commits.get(parent).map(|parent| parent.tree))
            .collect();
        let changes: Vec<Vec<Change>> = match parents.as_slice() {
            [] => vec![self.changes(None, Some(tree))],
            parents => parents.iter().map(|parent| self.changes(*parent, Some(tree))).collect(),
        };
        let (mut brought, mut removed) = self.difference(&changes[0]);
        for more in &changes[1..] {
            let (other_brought, other_removed) = self.difference(more);
            brought.retain(|key, _| other_brought.contains_key(key));
            removed.retain(|key, _| other_removed.contains_key(key));
        }
        for ((path, value), object) in brought {
            self.brought.entry(number).or_default().push(value);
            let place = Place { value, path: None, object, introduced: Some(at), removed: None };
            let known = self.places.entry((path, value)).or_insert_with(|| place.clone());
            if known.introduced.is_none_or(|known| at < known) {
                (known.introduced, known.object) = (place.introduced, object);
            }
        }
        for ((path, value), object) in removed {
            let place = Place { value, path: None, object, introduced: None, removed: None };
            let known = self.places.entry((path, value)).or_insert(place);
            known.removed = known.removed.max(Some(at));
        }
    }

    /// A tree or blob that a ref names itself.
    fn root(&mut self, root: Number) {
        let own = if self.question.graph.is_tree(root) {
            self.contents(Some(root))
        } else {
            let values = self.question.found.get(&root).into_iter().flatten();
            values.map(|value| (ROOT, *value, root)).collect()
        };
        for (path, value, object) in own {
            let place = Place { value, path: None, object, introduced: None, removed: None };
            self.places.entry((path, value)).or_insert(place);
        }
    }

    /// All values in the files of a tree.
    fn contents(&mut self, tree: Option<Number>) -> Vec<(PathId, Value, Number)> {
        let changes = self.changes(None, tree);
        let (brought, _) = self.difference(&changes);
        brought.into_iter().map(|((path, value), object)| (path, value, object)).collect()
    }

    /// The values that changes bring and take away, each with the text it stands or stood in.
    #[expect(clippy::type_complexity, reason = "two maps of one form")]
    fn difference(
        &self,
        changes: &[Change],
    ) -> (FxHashMap<(PathId, Value), Number>, FxHashMap<(PathId, Value), Number>) {
        let values = |blob: Option<Number>| {
            let list = blob.and_then(|blob| self.question.found.get(&blob)).map_or(&[][..], Vec::as_slice);
            list.iter().map(move |value| (*value, blob.unwrap_or_default()))
        };
        let (mut brought, mut removed) = (FxHashMap::default(), FxHashMap::default());
        for change in changes {
            let has = |blob: Option<Number>, value: Value| values(blob).any(|(other, _)| other == value);
            let new = values(change.new).filter(|(value, _)| !has(change.old, *value));
            brought.extend(new.map(|(value, blob)| ((change.path, value), blob)));
            let old = values(change.old).filter(|(value, _)| !has(change.new, *value));
            removed.extend(old.map(|(value, blob)| ((change.path, value), blob)));
        }
        (brought, removed)
    }

    /// The files that differ between two trees, of those in which something was found.
    fn changes(&mut self, old: Option<Number>, new: Option<Number>) -> Vec<Change> {
        let mut out = Vec::new();
        let mut stack = vec![(old, new, ROOT)];
        while let Some((old, new, above)) = stack.pop() {
            if old == new {
                continue;
            }
            let list = |tree: Option<Number>| tree.and_then(|tree| self.hits.get(&tree)).cloned().unwrap_or_default();
            let (old, new) = (list(old), list(new));
            let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
            loop {
                let name = match (old.peek(), new.peek()) {
                    (Some(old), Some(new)) => old.name().min(new.name()),
                    (Some(one), None) | (None, Some(one)) => one.name(),
                    (None, None) => break,
                };
                let before = old.next_if(|edge| edge.name() == name);
                let after = new.next_if(|edge| edge.name() == name);
                if before.map(|edge| edge.child) == after.map(|edge| edge.child) {
                    continue;
                }
                let path = self.path_id(above, name);
                let child =
                    |edge: Option<&Edge>, is_tree| edge.filter(|edge| edge.is_tree() == is_tree).map(|edge| edge.child);
                let trees = (child(before, true), child(after, true));
                if trees != (None, None) {
                    stack.push((trees.0, trees.1, path));
                }
                let blobs = (child(before, false), child(after, false));
                if blobs != (None, None) {
                    out.push(Change { path, old: blobs.0, new: blobs.1 });
                }
            }
        }
        out
    }

    fn path_id(&mut self, above: PathId, name: Name) -> PathId {
        let next = self.path_list.len() as PathId;
        let id = *self.paths.entry((above, name)).or_insert(next);
        if id == next {
            self.path_list.push((above, name));
        }
        id
    }

    fn path(&self, mut path: PathId) -> Vec<u8> {
        let mut names = Vec::new();
        while path != ROOT {
            let (above, name) = self.path_list[path as usize];
            names.push(self.question.graph.name(name));
            path = above;
        }
        names.reverse();
        names.join(&b'/')
    }

    /// What was found in messages, each value in the oldest one.
    fn messages(&mut self) -> Vec<Place> {
        let Question { graph, reach, .. } = self.question;
        let mut out: FxHashMap<(Value, bool), Place> = FxHashMap::default();
        let commits = reach.commits.iter().filter_map(|number| Some((*number, graph.commits.get(number)?.written)));
        let tags = reach.tags.iter().filter_map(|number| Some((*number, graph.tags.get(number)?.written)));
        for (number, written) in commits.chain(tags) {
            let is_tag = graph.tags.contains_key(&number);
            for value in graph.messages.get(&number).into_iter().flatten() {
                self.brought.entry(number).or_default().push(*value);
                let introduced = Some((written, number));
                let place = Place { value: *value, path: None, object: number, introduced, removed: None };
                let known = out.entry((*value, is_tag)).or_insert_with(|| place.clone());
                if introduced < known.introduced {
                    *known = place;
                }
            }
        }
        out.into_values().collect()
    }

    /// The refs whose commits hold each value. A commit holds what it brings and what its parents hold.
    fn refs(&self) -> FxHashMap<Value, Vec<usize>> {
        let Question { graph, reach, refs, .. } = self.question;
        let mut values: Vec<Value> = self.brought.values().flatten().copied().collect();
        values.sort_unstable();
        values.dedup();
        let column: FxHashMap<Value, usize> = values.iter().enumerate().map(|(at, value)| (*value, at)).collect();
        let order = parents_first(graph, reach);
        let row: FxHashMap<Number, usize> = order.iter().enumerate().map(|(at, commit)| (*commit, at)).collect();
        let mut out: FxHashMap<Value, Vec<usize>> = FxHashMap::default();
        // So many values at a time: a bit for each value and commit.
        for part in values.chunks(64) {
            let first = column[&part[0]];
            let brought_by = |number: &Number| {
                let own = self.brought.get(number).into_iter().flatten();
                let own = own.filter_map(|value| column[value].checked_sub(first).filter(|at| *at < part.len()));
                own.fold(0_u64, |bits, at| bits | 1 << at)
            };
            let mut held = vec![0_u64; order.len()];
            for (at, number) in order.iter().enumerate() {
                let mut bits = brought_by(number);
                for parent in graph.commits.get(number).into_iter().flat_map(|commit| &commit.parents) {
                    bits |= row.get(parent).map_or(0, |at| held[*at]);
                }
                held[at] = bits;
            }
            for (at, target) in refs.iter().enumerate() {
                let mut bits = row.get(&graph.peeled(*target)).map_or(0, |at| held[*at]);
                // The messages of tags on the way.
                let mut tag = *target;
                while let Some(next) = graph.tags.get(&tag) {
                    bits |= brought_by(&tag);
                    tag = next.target;
                }
                while bits != 0 {
                    out.entry(part[bits.trailing_zeros() as usize]).or_default().push(at);
                    bits &= bits - 1;
                }
            }
        }
        out
    }
}

/// The commits in question, each after its parents.
fn parents_first(graph: &Graph, reach: &Reach) -> Vec<Number> {
    let (mut order, mut seen) = (Vec::with_capacity(reach.commits.len()), FxHashSet::default());
    for start in &reach.commits {
        if !seen.insert(*start) {
            continue;
        }
        let mut stack = vec![(*start, 0)];
        while let Some((number, at)) = stack.last_mut() {
            let parent = graph.commits.get(number).and_then(|commit| commit.parents.get(*at));
            *at += 1;
            match parent {
                Some(parent) if reach.has(*parent) && seen.insert(*parent) => stack.push((*parent, 0)),
                Some(_) => {}
                None => {
                    order.push(*number);
                    stack.pop();
                }
            }
        }
    }
    order
}
