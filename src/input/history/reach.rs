//! What can be reached from the refs, and under which path.

use super::graph::{Graph, Name};
use super::store::Number;
use crate::source::FileKind;
use rustc_hash::FxHashSet;
use std::collections::VecDeque;

/// Marks of objects.
const HIDDEN: u8 = 1;
const REACHED: u8 = 2;

/// Stands for "no object".
const NONE: Number = Number::MAX;

/// The objects of the commits in question.
pub(super) struct Reach {
    marks: Vec<u8>,
    /// The tree an object was first found in, and its name there.
    via: Vec<(Number, Name)>,
    /// How much a name tells about what is in the file.
    ranks: Vec<u8>,
    /// Commits, the newest of each ref first.
    pub(super) commits: Vec<Number>,
    /// Annotated tags.
    pub(super) tags: Vec<Number>,
    /// Trees and blobs that refs name themselves.
    pub(super) roots: Vec<Number>,
    /// Objects that should be there and are not.
    pub(super) missing: FxHashSet<Number>,
}

impl Reach {
    /// Marks all that is reached from `starts` and not from `hidden`. The parents of `shallow` commits are not missed.
    pub(super) fn new(graph: &Graph, len: usize, starts: &[Number], hidden: &[Number], shallow: &[Number]) -> Self {
        let len = len + graph.missing.len();
        let mut reach = Self {
            marks: vec![0; len],
            via: vec![(NONE, 0); len],
            ranks: graph.names().map(rank).collect(),
            commits: Vec::new(),
            tags: Vec::new(),
            roots: Vec::new(),
            missing: FxHashSet::default(),
        };
        let shallow: FxHashSet<Number> = shallow.iter().copied().collect();
        reach.walk(graph, hidden, HIDDEN, &shallow);
        reach.walk(graph, starts, REACHED, &shallow);
        reach
    }

    fn walk(&mut self, graph: &Graph, starts: &[Number], mark: u8, shallow: &FxHashSet<Number>) {
        let mut queue: VecDeque<Number> = starts.iter().copied().collect();
        while let Some(number) = queue.pop_front() {
            if self.marks[number as usize] != 0 {
                continue;
            }
            if let Some(commit) = graph.commits.get(&number) {
                self.marks[number as usize] = mark;
                if mark == REACHED {
                    self.commits.push(number);
                }
                if !shallow.contains(&number) {
                    queue.extend(&commit.parents);
                }
                self.walk_tree(graph, commit.tree, mark);
            } else if let Some(tag) = graph.tags.get(&number) {
                self.marks[number as usize] = mark;
                if mark == REACHED {
                    self.tags.push(number);
                }
                queue.push_back(tag.target);
            } else {
                if mark == REACHED && !graph.missing.contains_key(&number) {
                    self.roots.push(number);
                }
                self.walk_tree(graph, number, mark);
            }
        }
    }

    fn walk_tree(&mut self, graph: &Graph, root: Number, mark: u8) {
        let mut stack = Vec::new();
        if self.enter(graph, root, mark) {
            stack.push(root);
        }
        while let Some(tree) = stack.pop() {
            for edge in graph.edges(tree) {
                if self.enter(graph, edge.child, mark) {
                    self.via[edge.child as usize] = (tree, edge.name());
                    if edge.is_tree() {
                        stack.push(edge.child);
                    }
                } else if !edge.is_tree() {
                    self.rename(edge.child, tree, edge.name());
                }
            }
        }
    }

    /// Marks an object; whether it had no mark.
    fn enter(&mut self, graph: &Graph, number: Number, mark: u8) -> bool {
        let own = &mut self.marks[number as usize];
        if *own != 0 {
            return false;
        }
        *own = mark;
        // What is hidden was somebody else's to look at.
        if mark == REACHED && graph.missing.contains_key(&number) {
            self.missing.insert(number);
        }
        true
    }

    /// A blob has another name: the one that tells more about it counts.
    fn rename(&mut self, blob: Number, tree: Number, name: Name) {
        let known = self.via[blob as usize];
        if known.1 != name && known.0 != NONE && self.ranks[name as usize] > self.ranks[known.1 as usize] {
            self.via[blob as usize] = (tree, name);
        }
    }

    /// Whether the object is one of the commits in question, or in one of them.
    pub(super) fn has(&self, number: Number) -> bool {
        self.marks.get(number as usize) == Some(&REACHED)
    }

    /// Whether the object is part of what was left out.
    pub(super) fn hides(&self, number: Number) -> bool {
        self.marks.get(number as usize) == Some(&HIDDEN)
    }

    /// A path the object has in one of the commits; empty for one that a ref names itself.
    pub(super) fn path(&self, graph: &Graph, number: Number) -> Vec<u8> {
        let mut names = Vec::new();
        let (mut tree, mut name) = self.via[number as usize];
        while tree != NONE {
            names.push(graph.name(name));
            (tree, name) = self.via[tree as usize];
        }
        names.reverse();
        names.join(&b'/')
    }
}

/// How much a file's name tells about what is in it.
fn rank(name: &[u8]) -> u8 {
    match FileKind::of(name, b"") {
        FileKind::Env | FileKind::Dockerfile | FileKind::Compose => 2,
        FileKind::Prose | FileKind::Lock | FileKind::Text | FileKind::Html => 0,
        _ => 1,
    }
}
