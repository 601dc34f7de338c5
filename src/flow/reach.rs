//! Which env files the loaders of a repository reach.

use super::{Map, above};
use crate::source::RelPath;
use rustc_hash::FxHashMap;

/// Which env files a loader loads that is used in a file at `user`, for the file written there as `file`.
enum Reach<'a> {
    /// All that are near this project.
    Near(&'a [u8]),
    /// Every file of this name: where a path leads that leaves the directory is not followed.
    Called(&'a [u8]),
    /// The files at these paths: a command may be run from any directory above its script.
    At(Vec<Vec<u8>>),
}

impl<'a> Reach<'a> {
    fn new(map: &Map<'a>, user: &'a RelPath, file: Option<&'a str>) -> Self {
        let Some(file) = file else { return Self::Near(map.project(user.parent())) };
        if file.starts_with("..") || file.starts_with('/') {
            return Self::Called(file.as_bytes().rsplit(|b| *b == b'/').next().unwrap_or_default());
        }
        let at =
            |dir: &[u8]| if dir.is_empty() { file.as_bytes().to_vec() } else { [dir, b"/", file.as_bytes()].concat() };
        Self::At(above(user.parent()).map(at).collect())
    }
}

/// Something about the uses of loaders, by what tells which env files they load. Asking takes no longer the more uses
/// there are.
#[derive(Default)]
pub(super) struct Loads<'a, T> {
    /// By the user's project.
    projects: FxHashMap<&'a [u8], T>,
    /// By every directory above the user's project, and by itself.
    below: FxHashMap<&'a [u8], T>,
    names: FxHashMap<&'a [u8], T>,
    paths: FxHashMap<Vec<u8>, T>,
}

impl<'a, T: Default> Loads<'a, T> {
    /// Calls `note` with what is known about the env files that a loader loads which is used at `user`.
    pub(super) fn add(&mut self, map: &Map<'a>, user: &'a RelPath, file: Option<&'a str>, note: impl Fn(&mut T)) {
        match Reach::new(map, user, file) {
            Reach::Near(project) => {
                note(self.projects.entry(project).or_default());
                above(project).for_each(|dir| note(self.below.entry(dir).or_default()));
            }
            Reach::Called(name) => note(self.names.entry(name).or_default()),
            Reach::At(paths) => paths.into_iter().for_each(|path| note(self.paths.entry(path).or_default())),
        }
    }

    /// What is known about the loads of the env file at `path`; files share it.
    pub(super) fn of<'s>(&'s self, map: &Map<'_>, path: &'s RelPath) -> impl Iterator<Item = &'s T> + 's {
        let project = map.project(path.parent());
        let near = above(project).filter_map(|dir| self.projects.get(dir));
        let others = [self.below.get(project), self.names.get(path.file_name()), self.paths.get(path.as_bytes())];
        near.chain(others.into_iter().flatten())
    }
}
