//! Which package a module's name means: an SDK, its own source, or a module of the repository that only has its name.

use super::{Map, above, parent};
use crate::engine::{Fact, Site};
use crate::finding::Finding;
use crate::rules::Matcher;
use crate::source::RelPath;
use rustc_hash::FxHashMap;

/// Tells which findings are about an SDK's name and not about a use of the SDK. In its own source, old names are
/// defined, deprecated and tested, not used by mistake. Where the repository has a module of that name itself,
/// Python imports that one.
pub struct Sources<'a> {
    /// Made where there are such modules.
    map: Option<Map<'a>>,
    /// Directories, each with the package it is the source of, spelt as the module it is imported by.
    packages: Vec<(Vec<u8>, String)>,
    /// Modules with an SDK's name, each with the directory that has to be on Python's path.
    modules: Vec<Module<'a>>,
}

struct Module<'a> {
    name: &'a str,
    base: &'a [u8],
}

impl<'a> Sources<'a> {
    /// The packages and modules the files' `facts` name. `is_python_package` tells which directories are packages.
    pub fn new(facts: &'a [(RelPath, Vec<Site>)], is_python_package: impl Fn(&[u8]) -> bool) -> Self {
        let sites = || facts.iter().flat_map(|(path, sites)| sites.iter().map(move |site| (path, &site.fact)));
        let named = || {
            sites().filter_map(|(path, fact)| if let Fact::Package(name) = fact { Some((path, name)) } else { None })
        };
        // `site-packages/openai-1.0.dist-info/METADATA` speaks of `site-packages/openai`; where no other package is
        // installed beside it, of an unpacked wheel with its tests.
        let mut installed: FxHashMap<&[u8], usize> = FxHashMap::default();
        for (path, _) in named().filter(|(path, _)| path.file_name() == b"METADATA") {
            *installed.entry(parent(path.parent())).or_default() += 1;
        }
        let packages = named().map(|(path, name)| {
            let module = name.to_ascii_lowercase().replace(['-', '.'], "_");
            let above = parent(path.parent());
            let dir = match path.file_name() {
                b"METADATA" if installed.get(above) == Some(&1) => above.to_vec(),
                b"METADATA" => {
                    let slash: &[u8] = if above.is_empty() { b"" } else { b"/" };
                    [above, slash, module.as_bytes()].concat()
                }
                _ => path.parent().to_vec(),
            };
            (dir, module)
        });
        let packages: Vec<_> = packages.collect();
        let modules = sites().filter_map(|(path, fact)| {
            let Fact::Module(name) = fact else { return None };
            let is_package = path.file_name() == b"__init__.py";
            let base = if is_package { parent(path.parent()) } else { path.parent() };
            let is_root = !is_python_package(base) && !is_source(&packages, name, path);
            is_root.then_some(Module { name, base })
        });
        let modules: Vec<_> = modules.collect();
        Self { map: (!modules.is_empty()).then(|| Map::new(facts)), packages, modules }
    }

    /// Whether `finding` is about a name and not about the SDK.
    pub fn hold(&self, finding: &Finding) -> bool {
        let Matcher::Code(spec) = &finding.rule.matcher else { return false };
        spec.modules().any(|module| {
            is_source(&self.packages, &module.replace('.', "_"), &finding.path)
                || self.is_shadowed(module, &finding.path)
        })
    }

    /// Whether a file at `path` that imports `name` gets a module of the repository: one in the root of its project or
    /// in the directory `src` there. Others are parts of packages, which nobody imports by their last name.
    fn is_shadowed(&self, name: &str, path: &RelPath) -> bool {
        let is_python = [&b".py"[..], b".ipynb"].iter().any(|end| path.as_bytes().ends_with(end));
        let Some(map) = self.map.as_ref().filter(|_| is_python) else { return false };
        let project = map.project(path.parent());
        let is_known = map.manifests.contains(project);
        self.modules.iter().filter(|module| module.name == name).any(|Module { base, .. }| {
            above(map.root).any(|dir| dir == *base) || is_known && (*base == project || is_src(base, project))
        })
    }
}

/// Whether the file at `path` is part of the source of the package that is imported as `module`.
fn is_source(packages: &[(Vec<u8>, String)], module: &str, path: &RelPath) -> bool {
    packages.iter().any(|(dir, package)| {
        let is_module = *package == module || package.strip_suffix("_core") == Some(module);
        let path = path.as_bytes();
        is_module && (dir.is_empty() || path.starts_with(dir) && path.get(dir.len()) == Some(&b'/'))
    })
}

/// Whether `dir` is the directory `src` of `project`.
fn is_src(dir: &[u8], project: &[u8]) -> bool {
    dir.strip_suffix(b"src").is_some_and(|above| above.strip_suffix(b"/").unwrap_or(above) == project)
}
