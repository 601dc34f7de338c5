//! Env files: whether anything loads them, and whether it does so before the clients are built.

use super::{World, above, parent};
use crate::engine::{Fact, Pending, Site};
use crate::finding::Related;
use rustc_hash::FxHashSet;

/// How many modules are followed from one file.
const MOST_MODULES: usize = 64;

/// Endings a JavaScript module may be written without.
const ENDINGS: [&str; 14] = [
    "",
    ".ts",
    ".tsx",
    ".js",
    ".jsx",
    ".mjs",
    ".cjs",
    ".mts",
    ".cts",
    "/index.ts",
    "/index.tsx",
    "/index.js",
    "/index.mjs",
    "/index.cjs",
];

/// What the import of modules does first.
enum First<'w> {
    /// This file builds a client, or looks up its key, here.
    Built(usize, &'w Site),
    /// An env file is loaded.
    Loaded,
}

impl World<'_> {
    /// Whether an env file beside or above the file defines the variable, and nothing loads it or sets the variable
    /// in another way. Only a project with a manifest says enough about how it is run.
    pub(super) fn is_never_loaded(&self, wait: &Pending) -> Option<Vec<Related>> {
        let project = self.map.project(wait.finding.path.parent());
        if !self.map.manifests.contains(project)
            || self.anywhere(wait, &Fact::Loader)
            || self.anywhere(wait, &Fact::Provided(wait.name.clone()))
        {
            return None;
        }
        let wanted = Fact::EnvEntry(wait.name.clone());
        let own = wait.finding.path.parent();
        let entry = self
            .entries
            .iter()
            .find(|(file, site)| site.fact == wanted && above(own).any(|dir| dir == self.facts[*file].0.parent()));
        Some(self.related(*entry?, format!("{} is defined here", wait.name)).into_iter().collect())
    }

    /// Whether one of `modules`, or one they import, builds a client when it is imported, before one of them loads an
    /// env file.
    pub(super) fn is_built_before(&self, wait: &Pending, modules: &[Box<str>]) -> Option<Vec<Related>> {
        let mut seen = FxHashSet::default();
        let files = self.files(wait.finding.path.parent(), modules.iter().map(|module| &**module));
        let First::Built(file, site) = files.into_iter().find_map(|file| self.runs_first(file, &mut seen))? else {
            return None;
        };
        let message = "this looks for the key before the env file is loaded".to_owned();
        Some(self.related((file, site), message).into_iter().collect())
    }

    /// What importing the file does first, if either. What a module imports runs before its own lines.
    fn runs_first(&self, file: usize, seen: &mut FxHashSet<usize>) -> Option<First<'_>> {
        if seen.len() >= MOST_MODULES || !seen.insert(file) {
            return None;
        }
        let (path, sites) = &self.facts[file];
        let imported = self.files(path.parent(), sites.iter().filter_map(own_import));
        if let Some(first) = imported.into_iter().find_map(|file| self.runs_first(file, seen)) {
            return Some(first);
        }
        if let Some(site) = sites.iter().find(|site| site.fact == Fact::BuiltAtImport) {
            return Some(First::Built(file, site));
        }
        sites.iter().any(|site| site.fact == Fact::Loader).then_some(First::Loaded)
    }

    /// The files the modules of these names stand in, as seen from directory `dir`.
    fn files<'m>(&self, dir: &[u8], modules: impl Iterator<Item = &'m str>) -> Vec<usize> {
        let by_path = self.by_path();
        let paths = modules.flat_map(|module| candidates(dir, module));
        paths.filter_map(|path| by_path.get(path.as_slice()).copied()).collect()
    }
}

fn own_import(site: &Site) -> Option<&str> {
    match &site.fact {
        Fact::ImportsOwn(path) => Some(path),
        _ => None,
    }
}

/// The paths of files the module written as `module` may stand in.
fn candidates(dir: &[u8], module: &str) -> Vec<Vec<u8>> {
    if module.starts_with("./") || module.starts_with("../") {
        let path = joined(dir, module.as_bytes());
        // TypeScript names the file that will be made.
        let source = path.strip_suffix(b".js").or_else(|| path.strip_suffix(b".mjs")).unwrap_or(&path).to_vec();
        let written = ENDINGS.iter().map(|ending| [&path, ending.as_bytes()].concat());
        return written
            .chain([".ts", ".tsx", ".mts"].iter().map(|ending| [&source, ending.as_bytes()].concat()))
            .collect();
    }
    let dots = module.bytes().take_while(|b| *b == b'.').count();
    let tail = module[dots..].replace('.', "/");
    let python = |dir: &[u8]| {
        [".py", "/__init__.py"].map(|ending| joined(dir, [tail.as_bytes(), ending.as_bytes()].concat().as_slice()))
    };
    match dots {
        0 => above(dir).flat_map(python).collect(),
        _ => above(dir).nth(dots - 1).map(python).into_iter().flatten().collect(),
    }
}

/// `path` as seen from `dir`, without `.` and `..`.
fn joined(dir: &[u8], path: &[u8]) -> Vec<u8> {
    let mut out = dir.to_vec();
    for part in path.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => out.truncate(parent(&out).len()),
            part => {
                if !out.is_empty() {
                    out.push(b'/');
                }
                out.extend_from_slice(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(dir: &str, module: &str) -> Vec<String> {
        let all = candidates(dir.as_bytes(), module);
        all.into_iter().map(|path| String::from_utf8(path).unwrap()).collect()
    }

    #[test]
    fn modules_stand_in_files() {
        assert!(paths("src", "./client.mjs").contains(&"src/client.mjs".to_owned()));
        assert!(paths("src/a", "../client").contains(&"src/client.ts".to_owned()));
        assert!(paths("src", "./client.js").contains(&"src/client.ts".to_owned()));
        assert_eq!(paths("app", ".client"), ["app/client.py", "app/client/__init__.py"]);
        assert_eq!(paths("app/web", "..client"), ["app/client.py", "app/client/__init__.py"]);
        assert_eq!(
            paths("app", "app.client"),
            ["app/app/client.py", "app/app/client/__init__.py", "app/client.py", "app/client/__init__.py"]
        );
    }
}
