//! Commits, trees and tags, and how they hang together: enough to tell what is reachable, under which path, and from
//! which commit on, without reading an object twice.

use super::store::{Number, Store};
use super::traverse::Visit;
use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use gix_object::tree::EntryKind;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

/// A file's or folder's name, counted.
pub(super) type Name = u32;

/// A moment as git writes it: seconds since 1970 and the author's offset from UTC in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) seconds: i64,
    pub(super) offset: i32,
}

/// A commit.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    pub(super) tree: Number,
    pub(super) parents: Vec<Number>,
    pub(super) written: Moment,
}

/// An annotated tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    pub(super) target: Number,
    pub(super) written: Moment,
}

/// One entry of a tree. Links and commits of other repositories are none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) child: Number,
    /// The name, and in the highest bit whether the child is a tree: there are tens of millions of edges.
    named: u32,
}

/// The bit of an edge that tells a tree.
const TREE: u32 = 1 << 31;

impl Edge {
    const fn new(child: Number, name: Name, is_tree: bool) -> Self {
        Self { child, named: if is_tree { name | TREE } else { name } }
    }

    pub(super) const fn name(self) -> Name {
        self.named & !TREE
    }

    pub(super) const fn is_tree(self) -> bool {
        self.named & TREE != 0
    }
}

/// Edges of many trees in one piece: a vector for each would cost more than it holds.
#[derive(Default)]
struct Batch {
    trees: Vec<(Number, u32)>,
    edges: Vec<Edge>,
    commits: Vec<(Number, Commit)>,
    tags: Vec<(Number, Tag)>,
    /// Commits and tags in whose messages something was found.
    messages: Vec<(Number, Vec<u32>)>,
    /// Objects that are not what they should be.
    broken: Vec<Number>,
}

/// Edges a thread collects before it hands them over.
const BATCH: usize = 1 << 16;

/// What the threads fill together.
pub(super) struct Builder<'s> {
    store: &'s Store,
    inspect: &'s (dyn Fn(Kind, &[u8]) -> Vec<u32> + Sync),
    batches: Mutex<Vec<Batch>>,
    names: Mutex<Names>,
    /// Objects that others name and nobody has, numbered after the last one there is.
    missing: Mutex<FxHashMap<ObjectId, Number>>,
}

#[derive(Default)]
struct Names {
    numbers: FxHashMap<Box<[u8]>, Name>,
    list: Vec<Box<[u8]>>,
}

/// The skeleton of a repository.
#[derive(Default)]
pub(super) struct Graph {
    batches: Vec<Vec<Edge>>,
    /// Where the edges of a tree are: batch, first edge, number of edges.
    trees: FxHashMap<Number, (u32, u32, u32)>,
    pub(super) commits: FxHashMap<Number, Commit>,
    pub(super) tags: FxHashMap<Number, Tag>,
    /// Commits and tags in whose messages something was found, and what.
    pub(super) messages: FxHashMap<Number, Vec<u32>>,
    names: Vec<Box<[u8]>>,
    /// Missing objects by their numbers.
    pub(super) missing: FxHashMap<Number, ObjectId>,
    /// Objects that cannot be understood.
    pub(super) broken: Vec<Number>,
}

impl<'s> Builder<'s> {
    /// Looks at the messages of commits and tags with `inspect`.
    pub(super) fn new(store: &'s Store, inspect: &'s (dyn Fn(Kind, &[u8]) -> Vec<u32> + Sync)) -> Self {
        let (batches, names, missing) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { store, inspect, batches, names, missing }
    }

    /// What looks at the objects of one thread.
    pub(super) fn visitor(&self) -> Reader<'_, 's> {
        Reader { builder: self, own: Batch::default(), names: FxHashMap::default() }
    }

    /// The number of the object `id`, which may be missing.
    pub(super) fn number(&self, id: &oid) -> Number {
        self.store.number(id).unwrap_or_else(|| {
            let mut missing = self.missing.lock();
            let next = (self.store.len() + missing.len()) as Number;
            *missing.entry(id.to_owned()).or_insert(next)
        })
    }

    fn name(&self, name: &[u8]) -> Name {
        let mut names = self.names.lock();
        if let Some(number) = names.numbers.get(name) {
            return *number;
        }
        let number = names.list.len() as Name;
        names.list.push(name.into());
        names.numbers.insert(name.into(), number);
        number
    }

    /// What was collected, when all readers are gone.
    pub(super) fn finish(self) -> Graph {
        let mut graph = Graph { names: self.names.into_inner().list, ..Graph::default() };
        graph.missing = self.missing.into_inner().into_iter().map(|(id, number)| (number, id)).collect();
        for batch in self.batches.into_inner() {
            let (at, mut first) = (graph.batches.len() as u32, 0);
            for (tree, count) in batch.trees {
                graph.trees.insert(tree, (at, first, count));
                first += count;
            }
            graph.batches.push(batch.edges);
            graph.commits.extend(batch.commits);
            graph.tags.extend(batch.tags);
            graph.messages.extend(batch.messages);
            graph.broken.extend(batch.broken);
        }
        graph
    }
}

/// Reads the skeleton's objects on one thread.
pub(super) struct Reader<'b, 's> {
    builder: &'b Builder<'s>,
    own: Batch,
    /// Names this thread has seen.
    names: FxHashMap<Box<[u8]>, Name>,
}

impl Clone for Reader<'_, '_> {
    fn clone(&self) -> Self {
        self.builder.visitor()
    }
}

impl Drop for Reader<'_, '_> {
    fn drop(&mut self) {
        self.hand_over();
    }
}

impl Visit for Reader<'_, '_> {
    fn visit(&mut self, number: Number, kind: Kind, bytes: &[u8]) {
        let understood = match kind {
            Kind::Tree => self.tree(number, bytes),
            Kind::Commit => self.commit(number, bytes),
            Kind::Tag => self.tag(number, bytes),
            Kind::Blob => Some(()),
        };
        if understood.is_none() {
            self.own.broken.push(number);
        }
        if self.own.edges.len() >= BATCH {
            self.hand_over();
        }
    }

    fn pass_over(&mut self, _: Number) {}
}

impl Reader<'_, '_> {
    fn hand_over(&mut self) {
        let mut own = std::mem::take(&mut self.own);
        own.edges.shrink_to_fit();
        self.builder.batches.lock().push(own);
    }

    fn tree(&mut self, number: Number, bytes: &[u8]) -> Option<()> {
        let before = self.own.edges.len();
        let mut understood = Some(());
        for entry in gix_object::TreeRefIter::from_bytes(bytes, self.builder.store.hash) {
            let Ok(entry) = entry else {
                understood = None;
                break;
            };
            let is_tree = match entry.mode.kind() {
                EntryKind::Tree => true,
                EntryKind::Blob | EntryKind::BlobExecutable => false,
                EntryKind::Link | EntryKind::Commit => continue,
            };
            let text: &[u8] = entry.filename;
            let name = self.names.get(text).copied().unwrap_or_else(|| {
                let name = self.builder.name(text);
                self.names.insert(text.into(), name);
                name
            });
            self.own.edges.push(Edge::new(self.builder.number(entry.oid), name, is_tree));
        }
        self.own.trees.push((number, (self.own.edges.len() - before) as u32));
        understood
    }

    fn commit(&mut self, number: Number, bytes: &[u8]) -> Option<()> {
        let (head, message) = parts(bytes);
        let (mut tree, mut parents, mut written) = (None, Vec::new(), Moment::default());
        for (key, value) in head {
            match key {
                b"tree" if tree.is_none() => tree = Some(self.builder.number(&ObjectId::from_hex(value).ok()?)),
                b"parent" => parents.push(self.builder.number(&ObjectId::from_hex(value).ok()?)),
                b"author" => written = moment(value),
                _ => {}
            }
        }
        self.own.commits.push((number, Commit { tree: tree?, parents, written }));
        self.message(number, Kind::Commit, message);
        Some(())
    }

    fn tag(&mut self, number: Number, bytes: &[u8]) -> Option<()> {
        let (head, message) = parts(bytes);
        let (mut target, mut written) = (None, Moment::default());
        for (key, value) in head {
            match key {
                b"object" if target.is_none() => target = Some(self.builder.number(&ObjectId::from_hex(value).ok()?)),
                b"tagger" => written = moment(value),
                _ => {}
            }
        }
        self.own.tags.push((number, Tag { target: target?, written }));
        self.message(number, Kind::Tag, message);
        Some(())
    }

    fn message(&mut self, number: Number, kind: Kind, message: &[u8]) {
        let found = (self.builder.inspect)(kind, message);
        if !found.is_empty() {
            self.own.messages.push((number, found));
        }
    }
}

impl Graph {
    /// The entries of a tree; none if it is missing.
    pub(super) fn edges(&self, tree: Number) -> &[Edge] {
        let Some((batch, first, count)) = self.trees.get(&tree) else { return &[] };
        let first = *first as usize;
        &self.batches[*batch as usize][first..first + *count as usize]
    }

    /// Whether the object is a tree.
    pub(super) fn is_tree(&self, number: Number) -> bool {
        self.trees.contains_key(&number)
    }

    pub(super) fn name(&self, name: Name) -> &[u8] {
        &self.names[name as usize]
    }

    /// All names, in the order of their numbers.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.names.iter().map(|name| &**name)
    }

    /// What a tag stands for in the end; tags of tags are followed.
    pub(super) fn peeled(&self, mut number: Number) -> Number {
        // A chain cannot be longer than there are tags: an id cannot be known before its object is.
        while let Some(tag) = self.tags.get(&number) {
            number = tag.target;
        }
        number
    }
}

/// The lines of a commit's or tag's head as keys and values, and its message. What continues a line is left out.
fn parts(bytes: &[u8]) -> (impl Iterator<Item = (&[u8], &[u8])>, &[u8]) {
    let end = memchr::memmem::find(bytes, b"\n\n");
    let (head, message) = end.map_or((bytes, &b""[..]), |end| (&bytes[..end], &bytes[end + 2..]));
    let lines = head.split(|b| *b == b'\n').filter(|line| !line.starts_with(b" "));
    let pairs = lines.filter_map(|line| memchr::memchr(b' ', line).map(|at| (&line[..at], &line[at + 1..])));
    (pairs, message)
}

/// The message of a commit or tag.
pub(super) fn message(bytes: &[u8]) -> &[u8] {
    parts(bytes).1
}

/// The moment at the end of an author's line: `NAME <MAIL> SECONDS +HHMM`. A damaged one is the start of time.
fn moment(value: &[u8]) -> Moment {
    let after = memchr::memrchr(b'>', value).map_or(value, |at| &value[at + 1..]);
    let mut words = std::str::from_utf8(after).unwrap_or_default().split_ascii_whitespace();
    let seconds = words.next().and_then(|word| word.parse().ok()).unwrap_or_default();
    let zone: i32 = words.next().and_then(|word| word.parse().ok()).unwrap_or_default();
    Moment { seconds, offset: (zone / 100 * 60 + zone % 100) * 60 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_from_the_end() {
        assert_eq!(moment(b"A <b> c <d@e> 1700000000 +0130"), Moment { seconds: 1_700_000_000, offset: 5400 });
        assert_eq!(moment(b"A <b> -5 -0930").offset, -34_200);
        assert_eq!(moment(b"nobody"), Moment::default());
    }

    #[test]
    fn a_message_starts_behind_the_head() {
        assert_eq!(message(b"tree x\ngpgsig a\n b\n c\n\nsubject\n\nbody"), b"subject\n\nbody");
        assert_eq!(message(b"tree x"), b"");
    }
}
