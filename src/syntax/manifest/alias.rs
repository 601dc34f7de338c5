//! Anchors of YAML and what refers to them. Nothing is expanded: an alias stands for the span its anchor marks, and a
//! collection is told once who uses it, however often that is.

use super::{Entry, Reader, Syntax};
use crate::span::Span;
use rustc_hash::FxHashMap;

/// The anchors of a text so far. A name that is given again means the newer one, as in YAML.
#[derive(Default)]
pub(super) struct Anchors<'a> {
    by_name: FxHashMap<&'a [u8], Target>,
    collections: Vec<Collection<'a>>,
}

/// What an anchor marks.
#[derive(Clone, Copy)]
enum Target {
    Scalar(Span),
    Collection(usize),
}

/// A mapping or list with an anchor.
#[derive(Default)]
struct Collection<'a> {
    /// The numbers of the entries that stand directly in it.
    children: Vec<usize>,
    /// The keys that are given it by alias or merge, [`MOST_USERS`] of them.
    users: Vec<&'a str>,
    /// The collections that are merged into it.
    merged: Vec<usize>,
}

/// How many keys with different names a collection is lent to.
const MOST_USERS: usize = 4;

impl<'a> Collection<'a> {
    /// Notes that `user` uses it; returns whether that is news.
    fn lend_to(&mut self, user: &'a str) -> bool {
        let is_new = self.users.len() < MOST_USERS && !self.users.contains(&user);
        if is_new {
            self.users.push(user);
        }
        is_new
    }
}

/// What an alias stands for.
pub(super) enum Alias {
    Scalar(Span),
    /// A collection; whose key uses it is noted.
    Collection,
}

impl<'a> Anchors<'a> {
    /// The anchor at `name` marks the scalar at `value`.
    pub(super) fn mark(&mut self, text: &'a [u8], name: Span, value: Span) {
        self.by_name.insert(name.of(text), Target::Scalar(value));
    }

    /// The anchor at `name` marks a collection that starts here; returns its number.
    pub(super) fn open(&mut self, text: &'a [u8], name: Span) -> usize {
        self.collections.push(Collection::default());
        self.by_name.insert(name.of(text), Target::Collection(self.collections.len() - 1));
        self.collections.len() - 1
    }

    /// Entry number `entry` stands directly in collection number `collection`.
    pub(super) fn add(&mut self, collection: usize, entry: usize) {
        self.collections[collection].children.push(entry);
    }

    /// Adds the entries of the collections that are used elsewhere once more, as those of the key that uses them.
    pub(super) fn lend(&mut self, out: &mut Vec<Entry<'a>>) {
        let mut used: Vec<(usize, &str)> = Vec::new();
        for (number, collection) in self.collections.iter().enumerate() {
            used.extend(collection.users.iter().map(|user| (number, *user)));
        }
        while let Some((number, user)) = used.pop() {
            for at in 0..self.collections[number].merged.len() {
                let inner = self.collections[number].merged[at];
                if self.collections[inner].lend_to(user) {
                    used.push((inner, user));
                }
            }
        }
        for Collection { children, users, .. } in &self.collections {
            for (child, user) in children.iter().flat_map(|child| users.iter().map(move |user| (*child, *user))) {
                if out[child].owner != Some(user) {
                    out.push(Entry { owner: Some(user), ..out[child] });
                }
            }
        }
    }
}

impl<'a> Reader<'a> {
    /// What the alias at `at` stands for, where it is the value of `key` or an item, and where the text goes on.
    pub(super) fn alias(&mut self, key: Option<&'a str>, at: usize, end: usize) -> Option<(Alias, usize)> {
        let name = self.text[at..end].strip_prefix(b"*").filter(|_| self.syntax == Syntax::Colon)?;
        let length = name.iter().take_while(|b| !matches!(b, b' ' | b'\t' | b',' | b']' | b'}')).count();
        let next = at + 1 + length;
        let alias = match *self.anchors.by_name.get(&name[..length])? {
            Target::Scalar(value) => Alias::Scalar(value),
            Target::Collection(number) => {
                self.lend_to(key, number);
                Alias::Collection
            }
        };
        Some((alias, next))
    }

    /// Collection number `number` is given to `key`, or is an item where there is none; `<<` merges it into the mapping
    /// at hand.
    fn lend_to(&mut self, key: Option<&'a str>, number: usize) {
        const MERGE: &str = "<<";
        let mut levels = self.state.levels.iter().rev();
        let own = levels.next();
        let owner = own.and_then(|level| level.owner);
        let (user, into) = match key {
            Some(MERGE) => (owner, own.and_then(|level| level.anchor)),
            Some(key) => (Some(key), None),
            // `<<: [*a, *b]`
            None if owner == Some(MERGE) => {
                let outer = levels.next();
                (outer.and_then(|level| level.owner), outer.and_then(|level| level.anchor))
            }
            None => (owner, None),
        };
        if let Some(into) = into.filter(|into| *into != number) {
            self.anchors.collections[into].merged.push(number);
        }
        if let Some(user) = user {
            self.anchors.collections[number].lend_to(user);
        }
    }
}
