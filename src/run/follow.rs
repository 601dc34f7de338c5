//! The modules between one that loads an env file and those that build clients. Most have nothing to do with an SDK and
//! were not read as code: they are when somebody asks what they import.

use super::Session;
use super::scans::{File, Scanned, Scans};
use crate::engine::{Fact, Question, Site, own_modules};
use crate::flow;
use crate::source::{self, Reader, RelPath, Text};
use rustc_hash::{FxHashMap, FxHashSet};

/// How many modules of one run are looked at.
const MOST_MODULES: usize = 2000;

/// Where what is known about a file is kept, and where its text is.
#[derive(Clone, Copy)]
enum Place {
    /// A file of the run, by its number.
    File(usize),
    /// A text that only speaks about others; the number of what it says, if it says something.
    Witness(Option<usize>),
    /// A file of the tree of which nothing was kept.
    Tree,
}

impl Session<'_> {
    /// Notes what the modules import that run before a variable is set or an env file is loaded. `texts` are those of
    /// the run that stand in memory, or those of witnesses.
    pub(super) fn follow_imports(&self, scans: &mut Scans, texts: &[(RelPath, Vec<u8>)]) {
        let waits = scans.files.iter().filter_map(File::report).flat_map(|report| &report.pending);
        let asked = waits.filter_map(|wait| match &wait.question {
            Question::ImportedBefore { modules, .. } => Some((wait.finding.path.parent(), modules)),
            _ => None,
        });
        let mut open: Vec<(Vec<u8>, Box<str>)> =
            asked.flat_map(|(dir, modules)| modules.iter().map(|module| (dir.to_vec(), module.clone()))).collect();
        if open.is_empty() {
            return;
        }
        let in_memory: FxHashMap<RelPath, usize> =
            texts.iter().enumerate().map(|(at, (path, _))| (path.clone(), at)).collect();
        let mut places: FxHashMap<RelPath, Place> =
            in_memory.keys().map(|path| (path.clone(), Place::Witness(None))).collect();
        let witnesses = scans.witnesses.iter().enumerate();
        places.extend(witnesses.map(|(at, (path, _))| (path.clone(), Place::Witness(Some(at)))));
        let files = scans.files.iter().enumerate();
        places.extend(files.map(|(at, file)| (file.entry.path.clone(), Place::File(at))));
        let has_tree = scans.whole && texts.is_empty();
        let mut reader = Reader::new(self.settings.max_file_size);
        let mut looked_at = FxHashSet::default();
        let mut left = MOST_MODULES;
        while let Some((dir, module)) = open.pop() {
            for path in flow::module_files(&dir, &module) {
                let path = RelPath::from_bytes(&path);
                if left == 0 || !looked_at.insert(path.clone()) {
                    continue;
                }
                let place = match places.get(&path) {
                    Some(place) => *place,
                    None if has_tree && !self.settings.excludes(&path) => Place::Tree,
                    None => continue,
                };
                let modules = match known(scans, place) {
                    modules if !modules.is_empty() => modules,
                    _ => {
                        let text = in_memory.get(&path).map(|at| texts[*at].1.as_slice());
                        let Some(modules) = read(scans, place, &path, text, &mut reader) else { continue };
                        let sites = modules.iter().cloned().map(imports_own);
                        note(scans, place, &path, sites);
                        modules
                    }
                };
                left -= 1;
                open.extend(modules.into_iter().map(|module| (path.parent().to_vec(), module)));
            }
        }
    }
}

fn imports_own(module: Box<str>) -> Site {
    Site { fact: Fact::ImportsOwn(module), position: None }
}

/// What is known about the modules that a file imports.
fn known(scans: &Scans, place: Place) -> Vec<Box<str>> {
    let sites = match place {
        Place::File(at) => scans.files[at].report().map(|report| &report.facts),
        Place::Witness(at) => at.map(|at| &scans.witnesses[at].1),
        Place::Tree => None,
    };
    let imports = sites.into_iter().flatten().filter_map(|site| match &site.fact {
        Fact::ImportsOwn(module) => Some(module.clone()),
        _ => None,
    });
    imports.collect()
}

/// The modules that the file at `path` imports, as its text says; `None` if there is no such text.
fn read(
    scans: &Scans,
    place: Place,
    path: &RelPath,
    text: Option<&[u8]>,
    reader: &mut Reader,
) -> Option<Vec<Box<str>>> {
    let of = |text: &[u8]| own_modules(source::identify(path.as_bytes(), text).0, text);
    let follow = match place {
        _ if text.is_some() => return source::decode_file(path, text?).map(|(text, _)| of(&text)),
        Place::File(at) => scans.files[at].on_disk.then_some(scans.files[at].entry.explicit)?,
        Place::Tree => false,
        Place::Witness(_) => return None,
    };
    match reader.read(path, follow) {
        Ok(Text::Whole(text, _)) => Some(of(&text)),
        _ => None,
    }
}

/// Adds `sites` to what is known about the file at `path`.
fn note(scans: &mut Scans, place: Place, path: &RelPath, sites: impl Iterator<Item = Site>) {
    match place {
        Place::File(at) => {
            if let Scanned::Done { report, .. } = &mut scans.files[at].scanned {
                report.get_or_insert_default().facts.extend(sites);
            }
        }
        Place::Witness(Some(at)) => scans.witnesses[at].1.extend(sites),
        Place::Witness(None) | Place::Tree => scans.witnesses.push((path.clone(), sites.collect())),
    }
}
