//! The objects of a repository: packs, loose files and those of alternates, each under one number.

use crate::source::RelPath;
use crate::text::sanitize;
use gix_hash::{Kind as Hash, ObjectId, oid};
use gix_object::Kind;
use gix_pack::data::EntryRange;
use gix_pack::data::decode::entry::ResolvedBase;
use gix_pack::{cache, data, index};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

/// An object, counted through all packs and loose files.
pub(super) type Number = u32;

/// All objects of a repository.
pub(super) struct Store {
    pub(super) hash: Hash,
    pub(super) packs: Vec<Pack>,
    /// Loose objects, and the directory each is in.
    loose: Vec<(ObjectId, usize)>,
    /// The number of the first loose object.
    first_loose: Number,
    directories: Vec<PathBuf>,
    /// Numbers by the first eight bytes of the id.
    numbers: FxHashMap<u64, Number>,
    /// Copies of objects that have another number.
    copies: FxHashSet<Number>,
    /// Whether a pack was fetched without what a filter left out.
    pub(super) is_partial: bool,
}

/// A pack and its index.
pub(super) struct Pack {
    pub(super) data: data::File,
    pub(super) index: index::File,
    /// The number of the object that comes first in the index.
    pub(super) first: Number,
}

impl Store {
    /// Opens all packs, and lists all loose objects, of `directories` and of what they borrow from. Adds what is
    /// wrong with them to `problems`.
    pub(super) fn open(directories: &[PathBuf], hash: Hash, problems: &mut Vec<(RelPath, String)>) -> Self {
        let directories = with_alternates(directories, problems);
        let mut store = Self {
            hash,
            packs: Vec::new(),
            loose: Vec::new(),
            first_loose: 0,
            directories,
            numbers: FxHashMap::default(),
            copies: FxHashSet::default(),
            is_partial: false,
        };
        let mut count: Number = 0;
        let indexes: Vec<PathBuf> = store.directories.iter().flat_map(|dir| indexes(dir)).collect();
        for path in indexes {
            store.is_partial |= path.with_extension("promisor").exists();
            match open_pack(&path, hash) {
                Ok((index, data)) => {
                    let Some(next) = count.checked_add(index.num_objects()) else {
                        problems.push((RelPath::new(&path), "there are too many objects".to_owned()));
                        continue;
                    };
                    store.packs.push(Pack { data, index, first: count });
                    count = next;
                }
                Err(reason) => problems.push((RelPath::new(&path), reason)),
            }
        }
        store.first_loose = count;
        for (number, dir) in store.directories.iter().enumerate() {
            store.loose.extend(loose_ids(dir, hash).into_iter().map(|id| (id, number)));
        }
        store.loose.truncate((u32::MAX / 2).saturating_sub(count) as usize);
        store.number_all(problems);
        store
    }

    fn number_all(&mut self, problems: &mut Vec<(RelPath, String)>) {
        self.numbers.reserve(self.len());
        for number in 0..self.len() as Number {
            let id = self.id(number);
            if let Some(known) = self.numbers.insert(prefix(&id), number) {
                if self.id(known) == id {
                    self.copies.insert(number);
                } else {
                    let reason = format!("object {id} shares the first 16 digits with another one: it is left out");
                    problems.push((RelPath::from(".git"), reason));
                }
                self.numbers.insert(prefix(&id), known);
            }
        }
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> usize {
        self.first_loose as usize + self.loose.len()
    }

    /// The numbers of loose objects.
    pub(super) fn loose(&self) -> std::ops::Range<Number> {
        self.first_loose..self.len() as Number
    }

    /// The number of the object `id`, if the repository has it.
    pub(super) fn number(&self, id: &oid) -> Option<Number> {
        self.numbers.get(&prefix(id)).copied()
    }

    /// Whether the object is there under another number too, which stands for it.
    pub(super) fn is_copy(&self, number: Number) -> bool {
        !self.copies.is_empty() && self.copies.contains(&number)
    }

    pub(super) fn id(&self, number: Number) -> ObjectId {
        match self.pack(number) {
            Some(pack) => pack.index.oid_at_index(number - pack.first).to_owned(),
            None => self.loose[(number - self.first_loose) as usize].0,
        }
    }

    fn pack(&self, number: Number) -> Option<&Pack> {
        let at = self.packs.partition_point(|pack| pack.first + pack.index.num_objects() <= number);
        self.packs.get(at)
    }

    /// Reads one object, of which blobs larger than `max_size` bytes are `None`; 0 means no limit.
    ///
    /// # Errors
    /// Why it cannot be read, as inert text.
    pub(super) fn read(&self, number: Number, max_size: u64) -> Result<(Kind, Option<Vec<u8>>), String> {
        match self.pack(number) {
            Some(pack) => pack.read(pack.index.pack_offset_at_index(number - pack.first)).map(|(kind, bytes)| {
                let fits = kind != Kind::Blob || max_size == 0 || bytes.len() as u64 <= max_size;
                (kind, fits.then_some(bytes))
            }),
            None => self.read_loose(number, max_size),
        }
    }

    fn read_loose(&self, number: Number, max_size: u64) -> Result<(Kind, Option<Vec<u8>>), String> {
        let (id, dir) = &self.loose[(number - self.first_loose) as usize];
        let hex = id.to_string();
        let path = self.directories[*dir].join(&hex[..2]).join(&hex[2..]);
        let packed = fs::read(path).map_err(|error| error.to_string())?;
        let mut inflate = gix_zlib::Inflate::default();
        let mut head = [0; 128];
        let (_, used, filled) = inflate.once(&packed, &mut head).map_err(|error| inert(&error))?;
        let (kind, size, start) = gix_object::decode::loose_header(&head[..filled]).map_err(|error| inert(&error))?;
        if kind == Kind::Blob && max_size > 0 && size > max_size {
            return Ok((kind, None));
        }
        // No deflated text grows more than 1032 times: a larger size is a lie that would only cost memory.
        if start > filled || size > (packed.len() as u64 + 1).saturating_mul(1032) {
            return Err("its size is wrong".to_owned());
        }
        let mut bytes = Vec::new();
        let rest = packed.get(used..).unwrap_or_default();
        let size = size as usize;
        if size < filled - start {
            return Err("its size is wrong".to_owned());
        }
        inflate.rest(rest, &head[..filled], start, &mut bytes, size).map_err(|error| inert(&error))?;
        if bytes.len() == size { Ok((kind, Some(bytes))) } else { Err("it is cut off".to_owned()) }
    }
}

impl Pack {
    /// Reads the object that starts at byte `offset`, through its chain of deltas.
    pub(super) fn read(&self, offset: data::Offset) -> Result<(Kind, Vec<u8>), String> {
        let mut bytes = Vec::new();
        let resolve = |id: &oid, _: &mut Vec<u8>| match self.offset(id) {
            Some(offset) => self.data.entry(offset).map(|entry| Some(ResolvedBase::InPack(entry))),
            None => Ok(None),
        };
        let mut inflate = gix_zlib::Inflate::default();
        let entry = self.data.entry(offset).map_err(|error| inert(&error))?;
        let decoded = self.data.decode_entry(entry, &mut bytes, &mut inflate, &resolve, &mut cache::Never);
        decoded.map(|outcome| (outcome.kind, bytes)).map_err(|error| inert(&error))
    }

    /// Whether the bytes at `range` have the checksum that the index notes for `number`. An index of version 1 notes
    /// none: then they pass.
    pub(super) fn is_intact(&self, number: Number, range: EntryRange) -> bool {
        let noted = self.index.crc32_at_index(number - self.first);
        noted.is_none_or(|noted| self.data.entry_slice(range).map(crc32fast::hash) == Some(noted))
    }

    /// Where the object `id` starts, if it is in this pack.
    pub(super) fn offset(&self, id: &oid) -> Option<data::Offset> {
        self.index.lookup(id).map(|at| self.index.pack_offset_at_index(at))
    }
}

/// The first eight bytes of an id. Two of ten million objects share them with a probability of 3 in a million.
fn prefix(id: &oid) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&id.as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

pub(super) fn inert(error: &impl std::fmt::Display) -> String {
    sanitize::printable_str(&error.to_string())
}

/// `directories` and those they borrow objects from, each once.
fn with_alternates(directories: &[PathBuf], problems: &mut Vec<(RelPath, String)>) -> Vec<PathBuf> {
    let mut queue: VecDeque<PathBuf> = directories.iter().cloned().collect();
    let (mut seen, mut out) = (FxHashSet::default(), Vec::new());
    while let Some(dir) = queue.pop_front() {
        let Ok(real) = dir.canonicalize() else {
            let reason = "objects are borrowed from here, and it does not exist: `git fsck` names what is missing";
            problems.push((RelPath::new(&dir), reason.to_owned()));
            continue;
        };
        if !seen.insert(real) {
            continue;
        }
        let list = fs::read(dir.join("info/alternates")).unwrap_or_default();
        for line in list.split(|b| *b == b'\n').filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
            queue.push_back(dir.join(crate::source::path_from_bytes(line)));
        }
        out.push(dir);
    }
    out
}

/// The indexes of packs in a directory of objects, in the order of their names.
fn indexes(dir: &Path) -> Vec<PathBuf> {
    let list = fs::read_dir(dir.join("pack")).into_iter().flatten().flatten().map(|file| file.path());
    let mut out: Vec<PathBuf> = list.filter(|path| path.extension().is_some_and(|kind| kind == "idx")).collect();
    out.sort();
    out
}

fn open_pack(path: &Path, hash: Hash) -> Result<(index::File, data::File), String> {
    let mend = "`git fsck --full` checks it, a fresh clone has it whole";
    let index = index::File::at(path, hash).map_err(|error| format!("{}; {mend}", inert(&error)))?;
    let data =
        data::File::at(path.with_extension("pack"), hash).map_err(|error| format!("{}; {mend}", inert(&error)))?;
    if data.data_len() < 12 + hash.len_in_bytes() {
        return Err(format!("the pack is cut off; {mend}"));
    }
    Ok((index, data))
}

/// The loose objects in a directory of objects, in the order of their ids.
fn loose_ids(dir: &Path, hash: Hash) -> Vec<ObjectId> {
    let mut out = Vec::new();
    for first in 0..=u8::MAX {
        let head = format!("{first:02x}");
        for file in fs::read_dir(dir.join(&head)).into_iter().flatten().flatten() {
            let name = file.file_name();
            let hex = [head.as_bytes(), name.as_encoded_bytes()].concat();
            if hex.len() == hash.len_in_hex() {
                out.extend(ObjectId::from_hex(&hex).ok());
            }
        }
    }
    out.sort();
    out
}
