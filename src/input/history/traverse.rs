//! Every object of a store, inflated once: packs through the tree of their deltas, each base before what is built on it.

use super::store::{Number, Pack, Store};
use gix_object::Kind;
use gix_pack::cache::delta::Tree;
use gix_pack::cache::delta::traverse::{Context, Options};
use gix_pack::data::EntryRange;
use gix_pack::data::entry::Header;
use gix_utils::progress::Discard;
use parking_lot::Mutex;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Which objects are asked for. Deltas are built on objects of their own kind, so that either part is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Commits, trees and tags.
    Skeleton,
    /// File contents.
    Blobs,
}

/// Looks at objects on one thread; each further thread gets a clone.
pub(super) trait Visit: Clone + Send {
    /// Takes an object and its content.
    fn visit(&mut self, number: Number, kind: Kind, bytes: &[u8]);

    /// Takes a blob that was not read because of its size.
    fn pass_over(&mut self, number: Number);
}

/// How a traversal is done.
#[derive(Clone, Copy)]
pub(super) struct How<'a> {
    /// Number of threads; 0 leaves the choice to the machine.
    pub(super) threads: usize,
    /// Larger blobs (bytes) are passed over; 0 means no limit.
    pub(super) max_size: u64,
    /// Counts the objects that were visited.
    pub(super) done: &'a AtomicU64,
}

/// Where an object of a pack starts, and what it is.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    offset: u64,
    number: Number,
    /// `None` where the chain of deltas has no end.
    kind: Option<Kind>,
    /// Whether its bytes are those the pack was written with.
    is_intact: bool,
}

impl Slot {
    fn is_of(self, part: Part) -> bool {
        self.kind.is_some_and(|kind| (kind == Kind::Blob) == (part == Part::Blobs))
    }
}

/// The objects of a pack in the order of their offsets.
pub(super) fn layout(pack: &Pack) -> Vec<Slot> {
    let count = pack.index.num_objects();
    let mut slots: Vec<Slot> = (0..count)
        .map(|at| Slot {
            offset: pack.index.pack_offset_at_index(at),
            number: pack.first + at,
            kind: None,
            is_intact: true,
        })
        .collect();
    slots.sort_unstable_by_key(|slot| slot.offset);
    let ends: Vec<u64> = slots.iter().skip(1).map(|slot| slot.offset).chain([pack.data.pack_end() as u64]).collect();
    slots
        .par_iter_mut()
        .zip(ends)
        .for_each(|(slot, end)| slot.is_intact = pack.is_intact(slot.number, slot.offset..end));
    let mut waiting: Vec<(usize, usize)> = Vec::new();
    for at in 0..slots.len() {
        let offset = slots[at].offset;
        // gix refuses offsets past the end only after it has sliced.
        if offset >= pack.data.pack_end() as u64 {
            continue;
        }
        let Ok(entry) = pack.data.entry(offset) else { continue };
        let base = match entry.header {
            Header::OfsDelta { base_distance } => Header::verified_base_pack_offset(offset, base_distance),
            Header::RefDelta { base_id } => pack.offset(&base_id),
            other => {
                slots[at].kind = other.as_kind();
                continue;
            }
        };
        let base = base.and_then(|base| slots.binary_search_by_key(&base, |slot| slot.offset).ok());
        match base {
            Some(base) if slots[base].kind.is_some() => slots[at].kind = slots[base].kind,
            Some(base) => waiting.push((at, base)),
            None => {}
        }
    }
    // A base may stand behind what is built on it: then its kind is known only now.
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|(at, base)| {
            slots[*at].kind = slots[*base].kind;
            slots[*at].kind.is_none()
        });
        if waiting.len() == before {
            break;
        }
    }
    slots
}

/// Visits each object of `part` once. Returns those that could not be read, and those that were read from damaged bytes.
pub(super) fn each<V: Visit + Sync>(
    store: &Store,
    layouts: &[Vec<Slot>],
    part: Part,
    how: How<'_>,
    visitor: &V,
) -> Vec<Number> {
    let mut broken = Vec::new();
    for (pack, slots) in store.packs.iter().zip(layouts) {
        let first = slots.first().copied();
        let slots: Vec<Slot> = slots.iter().filter(|slot| slot.is_of(part)).copied().collect();
        if slots.is_empty() {
            continue;
        }
        broken.extend(slots.iter().filter(|slot| !slot.is_intact).map(|slot| slot.number));
        let seen: Vec<AtomicBool> =
            std::iter::repeat_with(AtomicBool::default).take(pack.index.num_objects() as usize).collect();
        if traverse(store, pack, (first, &slots), how, visitor, &seen).is_err() {
            // One damaged object ends a traversal: the others are read one by one.
            let left = slots.iter().filter(|slot| !seen[(slot.number - pack.first) as usize].load(Ordering::Relaxed));
            let mut visitor = visitor.clone();
            for slot in left {
                match pack.read(slot.offset) {
                    Ok((kind, bytes)) => deliver(store, how, &mut visitor, slot.number, kind, &bytes),
                    Err(_) => broken.push(slot.number),
                }
            }
        }
    }
    broken.extend(each_loose(store, part, how, visitor));
    if part == Part::Skeleton {
        let unknown = layouts.iter().flatten().filter(|slot| slot.kind.is_none());
        broken.extend(unknown.map(|slot| slot.number));
    }
    broken.retain(|number| !store.is_copy(*number));
    broken.sort_unstable();
    broken.dedup();
    broken
}

fn traverse<V: Visit>(
    store: &Store,
    pack: &Pack,
    (first, slots): (Option<Slot>, &[Slot]),
    how: How<'_>,
    visitor: &V,
    seen: &[AtomicBool],
) -> Result<(), ()> {
    let go_on = AtomicBool::new(false);
    let resolve = |id: &gix_hash::oid| Ok(pack.offset(id));
    // gix takes the first offset for that of the pack's first entry, whatever it is: that one goes along, unnamed.
    let first = first.filter(|first| slots.first().is_some_and(|own| own.offset != first.offset));
    let first = first.map(|first| (first.offset, None));
    let tree = Tree::from_offsets_in_pack(
        pack.data.path(),
        first.into_iter().chain(slots.iter().map(|slot| (slot.offset, Some(slot.number)))),
        &|slot: &(u64, Option<Number>)| slot.0,
        &resolve,
        &mut Discard,
        &go_on,
        store.hash,
    )
    .map_err(|_| ())?;
    let mut visitor = visitor.clone();
    let inspect =
        move |slot: &mut (u64, Option<Number>), _: &dyn gix_utils::progress::Progress, context: Context<'_>| {
            let Some(number) = slot.1 else { return Ok(()) };
            seen[(number - pack.first) as usize].store(true, Ordering::Relaxed);
            if let Some(kind) = context.entry.header.as_kind() {
                deliver(store, how, &mut visitor, number, kind, context.decompressed);
            }
            Ok(())
        };
    let options = Options {
        object_progress: Box::new(Discard),
        size_progress: &mut Discard,
        thread_limit: (how.threads > 0).then_some(how.threads),
        should_interrupt: &go_on,
        object_hash: store.hash,
        alloc_limit_bytes: None,
    };
    tree.traverse(slice, &pack.data, pack.data.pack_end() as u64, inspect, options).map(|_| ()).map_err(|_| ())
}

fn slice(range: EntryRange, data: &gix_pack::data::File) -> Option<&[u8]> {
    data.entry_slice(range)
}

fn deliver<V: Visit>(store: &Store, how: How<'_>, visitor: &mut V, number: Number, kind: Kind, bytes: &[u8]) {
    if !store.is_copy(number) {
        visitor.visit(number, kind, bytes);
    }
    how.done.fetch_add(1, Ordering::Relaxed);
}

fn each_loose<V: Visit + Sync>(store: &Store, part: Part, how: How<'_>, visitor: &V) -> Vec<Number> {
    let broken = Mutex::new(Vec::new());
    let numbers: Vec<Number> = store.loose().filter(|number| !store.is_copy(*number)).collect();
    numbers.par_chunks(64).for_each(|chunk| {
        let mut own = visitor.clone();
        for number in chunk {
            match store.read(*number, how.max_size) {
                Ok((kind, Some(bytes))) if (kind == Kind::Blob) == (part == Part::Blobs) => {
                    deliver(store, how, &mut own, *number, kind, &bytes);
                }
                Ok((_, None)) if part == Part::Blobs => own.pass_over(*number),
                Err(_) if part == Part::Skeleton => broken.lock().push(*number),
                Ok(_) | Err(_) => {}
            }
        }
    });
    broken.lock().clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::process::Command;

    #[derive(Clone)]
    struct Count<'a>(&'a AtomicU64);

    impl Visit for Count<'_> {
        fn visit(&mut self, _: Number, _: Kind, _: &[u8]) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn pass_over(&mut self, _: Number) {}
    }

    fn git(dir: &Path, args: &[&str]) {
        let mut git = Command::new("git");
        git.current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null").args(["-c", "user.name=n", "-c", "user.email=n@n"]);
        for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"] {
            git.env_remove(name);
        }
        assert!(git.args(args).status().unwrap().success(), "git {args:?}");
    }

    #[test]
    fn each_part_of_a_pack_has_a_delta_tree_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q"]);
        for version in 0..12 {
            let text: String = (0..200).map(|line| format!("line {line} of {}\n", line / 20 * version)).collect();
            std::fs::write(dir.path().join("a"), text).unwrap();
            git(dir.path(), &["add", "."]);
            git(dir.path(), &["commit", "-q", "-m", "x"]);
        }
        git(dir.path(), &["repack", "-q", "-a", "-d", "-f"]);
        let mut problems = Vec::new();
        let store = Store::open(&[dir.path().join(".git/objects")], gix_hash::Kind::Sha1, &mut problems);
        assert_eq!((store.packs.len(), problems.len()), (1, 0));
        let slots = layout(&store.packs[0]);
        for (part, expected) in [(Part::Skeleton, 24), (Part::Blobs, 12)] {
            let (count, done) = (AtomicU64::new(0), AtomicU64::new(0));
            let how = How { threads: 2, max_size: 0, done: &done };
            let own: Vec<Slot> = slots.iter().filter(|slot| slot.is_of(part)).copied().collect();
            let seen: Vec<AtomicBool> = std::iter::repeat_with(AtomicBool::default).take(slots.len()).collect();
            let first = slots.first().copied();
            traverse(&store, &store.packs[0], (first, &own), how, &Count(&count), &seen).unwrap();
            assert_eq!(count.into_inner(), expected, "{part:?}");
        }
    }
}
