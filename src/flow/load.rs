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

    /// Whether one of `modules`, or one they import, looks for `variable`, or for any, when it is imported, and none that
    /// runs before brings it.
    pub(super) fn is_built_before(
        &self,
        wait: &Pending,
        modules: &[Box<str>],
        variable: Option<&str>,
    ) -> Option<Vec<Related>> {
        let looks_for = |name: &str| variable.is_none_or(|variable| variable == name);
        let brings = |site: &Site| match &site.fact {
            Fact::Loader => true,
            Fact::Define(name) => variable == Some(name),
            _ => false,
        };
        let mut seen = FxHashSet::default();
        // What is to be done, the next last: look at what a file imports, then at itself.
        let start = self.files(wait.finding.path.parent(), modules.iter().map(|module| &**module));
        let mut open: Vec<(usize, bool)> = start.into_iter().rev().map(|file| (file, false)).collect();
        while let Some((file, is_next)) = open.pop() {
            let (path, sites) = &self.facts[file];
            if !is_next {
                if path != &wait.finding.path && seen.len() < MOST_MODULES && seen.insert(file) {
                    open.push((file, true));
                    // What a module imports after it has set the variable is in time.
                    let is_set = |site: &&Site| matches!(&site.fact, Fact::Define(name) if variable == Some(name));
                    let set = sites.iter().find(is_set).and_then(|site| site.position);
                    let before =
                        sites.iter().filter(|site| set.is_none_or(|set| site.position.is_none_or(|at| at < set)));
                    let inner = self.files(path.parent(), before.filter_map(own_import));
                    open.extend(inner.into_iter().rev().map(|file| (file, false)));
                }
                continue;
            }
            let is_read = |site: &&Site| matches!(&site.fact, Fact::BuiltAtImport(name) if looks_for(name));
            if let Some(site) = sites.iter().find(is_read) {
                let message = "this looks for the key before that".to_owned();
                return Some(self.related((file, site), message).into_iter().collect());
            }
            // A module that loads the file itself, or sets the variable, is in time.
            if sites.iter().any(brings) {
                return None;
            }
        }
        None
    }

    /// The files the modules of these names stand in, as seen from directory `dir`.
    fn files<'m>(&self, dir: &[u8], modules: impl Iterator<Item = &'m str>) -> Vec<usize> {
        let by_path = self.by_path();
        let paths = modules.flat_map(|module| module_files(dir, module));
        paths.filter_map(|path| by_path.get(path.as_slice()).copied()).collect()
    }
}

fn own_import(site: &Site) -> Option<&str> {
    match &site.fact {
        Fact::ImportsOwn(path) => Some(path),
        _ => None,
    }
}

/// The paths of files the module written as `module` in directory `dir` may stand in.
pub fn module_files(dir: &[u8], module: &str) -> Vec<Vec<u8>> {
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
        let all = module_files(dir.as_bytes(), module);
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
