//! Findings about env files as a whole: what git, a Dockerfile or the file beside it makes of one.

use super::above;
use crate::engine::{Fact, Site, Waiting};
use crate::finding::{Finding, Related};
use crate::rules::clients::clients;
use crate::rules::matcher::EnvFileState;
use crate::source::{RelPath, Tracking};
use ignore::gitignore::GitignoreBuilder;
use rustc_hash::{FxHashMap, FxHashSet};

/// Decides which of the `waiting` findings hold, given what all files say and what git makes of those git knows.
pub fn settle_files(
    waiting: Vec<Waiting>,
    facts: &[(RelPath, Vec<Site>)],
    tracking: impl Fn(&RelPath) -> Option<Tracking>,
) -> Vec<Finding> {
    if waiting.is_empty() {
        return Vec::new();
    }
    let world = World::new(facts, &waiting);
    let mut seen = FxHashSet::default();
    let mut out = Vec::new();
    for wait in waiting {
        let state = tracking(&wait.finding.path);
        let because = match wait.state {
            EnvFileState::Tracked => (state == Some(Tracking::Tracked)).then(Vec::new),
            EnvFileState::NotIgnored => (state == Some(Tracking::Loose)).then(Vec::new),
            EnvFileState::Copied => world.copied(&wait),
            EnvFileState::Incomplete => world.incomplete(&wait),
        };
        let Some(because) = because else { continue };
        let mut finding = wait.finding;
        if seen.insert((finding.path.clone(), finding.location.span, finding.rule.id.clone())) {
            finding.related.extend(because);
            out.push(finding);
        }
    }
    out
}

/// Whether the answer to `wait` stands in other files; git alone knows the rest.
pub fn asks_files(wait: &Waiting) -> bool {
    matches!(wait.state, EnvFileState::Copied | EnvFileState::Incomplete)
}

struct World<'a> {
    facts: &'a [(RelPath, Vec<Site>)],
    /// Env files that hold credentials, with the first of them.
    env_files: Vec<(&'a RelPath, &'a Site)>,
    /// The `.env` of each directory, if it holds credentials.
    beside: FxHashMap<&'a [u8], (&'a RelPath, &'a Site)>,
    /// Those variables a template lists that something defines.
    defined: FxHashSet<&'a str>,
    /// The first file below each directory that looks one of them up, or builds a client of this kind without a key.
    places: FxHashMap<&'a str, FxHashMap<&'a [u8], (usize, &'a Site)>>,
    /// Texts of `.dockerignore` files by their path.
    left_out: FxHashMap<&'a [u8], &'a str>,
}

impl<'a> World<'a> {
    fn new(facts: &'a [(RelPath, Vec<Site>)], waiting: &[Waiting]) -> Self {
        let listed = waiting.iter().filter(|wait| wait.state == EnvFileState::Incomplete).map(|wait| &*wait.subject);
        let listed: FxHashSet<&str> = listed.collect();
        let slugs = listed.iter().flat_map(|name| clients().reading(name)).map(|client| client.slug.as_str());
        let slugs: FxHashSet<&str> = slugs.collect();
        let mut world = Self {
            facts,
            env_files: Vec::new(),
            beside: FxHashMap::default(),
            defined: FxHashSet::default(),
            places: FxHashMap::default(),
            left_out: FxHashMap::default(),
        };
        for (file, (path, sites)) in facts.iter().enumerate() {
            for site in sites {
                match &site.fact {
                    Fact::EnvFile => {
                        world.env_files.push((path, site));
                        if path.file_name() == b".env" {
                            world.beside.entry(path.parent()).or_insert((path, site));
                        }
                    }
                    Fact::Define(name) if listed.contains(&**name) => _ = world.defined.insert(name),
                    Fact::Read(name) | Fact::Named(name) if listed.contains(&**name) => {
                        world.add_place(name, path, (file, site));
                    }
                    Fact::DefaultClient(slug) if slugs.contains(&**slug) => {
                        world.add_place(slug, path, (file, site));
                    }
                    Fact::LeftOut(text) => {
                        world.left_out.insert(path.as_bytes(), text);
                    }
                    _ => {}
                }
            }
        }
        world
    }

    fn add_place(&mut self, key: &'a str, path: &'a RelPath, place: (usize, &'a Site)) {
        let places = self.places.entry(key).or_default();
        for dir in above(path.parent()) {
            places.entry(dir).or_insert(place);
        }
    }

    /// The env file that a `COPY` of a directory takes into the image. The build's context is taken to be the
    /// Dockerfile's directory.
    fn copied(&self, wait: &Waiting) -> Option<Vec<Related>> {
        let dockerfile = &wait.finding.path;
        let context = dockerfile.parent();
        let source = wait.subject.trim_start_matches("./").trim_matches('/');
        let source = if matches!(source, "." | "*") { "" } else { source };
        let ignored = self.ignored(dockerfile);
        let (path, site) = self.env_files.iter().find(|(path, _)| {
            inside(context, path.as_bytes()).is_some_and(|path| {
                inside(source.as_bytes(), path).is_some() && !ignored(&String::from_utf8_lossy(path))
            })
        })?;
        let position = site.position?;
        let message = "this file becomes a part of the image".to_owned();
        Some(vec![Related { path: (*path).clone(), position, message }])
    }

    /// Tells which paths of the build's context Docker leaves out: the Dockerfile's own list, else the context's.
    fn ignored(&self, dockerfile: &RelPath) -> impl Fn(&str) -> bool + use<> {
        let own = [dockerfile.as_bytes(), b".dockerignore"].concat();
        let dir = dockerfile.parent();
        let shared = if dir.is_empty() { b".dockerignore".to_vec() } else { [dir, b"/.dockerignore"].concat() };
        let list = self.left_out.get(own.as_slice()).or_else(|| self.left_out.get(shared.as_slice()));
        let mut patterns = GitignoreBuilder::new("");
        for line in list.map(|text| text.lines()).into_iter().flatten() {
            // Patterns are relative to the context, also those without a slash.
            let (not, pattern) = line.trim().strip_prefix('!').map_or(("", line.trim()), |rest| ("!", rest));
            if !pattern.is_empty() && !pattern.starts_with('#') {
                // A pattern Docker would refuse leaves nothing out.
                let _ =
                    patterns.add_line(None, &format!("{not}/{}", pattern.trim_start_matches("./").trim_matches('/')));
            }
        }
        let patterns = patterns.build();
        move |path| patterns.as_ref().is_ok_and(|list| list.matched_path_or_any_parents(path, false).is_ignore())
    }

    /// The env file beside the template that lacks a credential somebody looks up.
    fn incomplete(&self, wait: &Waiting) -> Option<Vec<Related>> {
        let (template, name) = (&wait.finding.path, &*wait.subject);
        let (path, site) = self.beside.get(template.parent())?;
        if self.defined.contains(name) {
            return None;
        }
        let by_client = clients().reading(name).filter_map(|client| self.places.get(client.slug.as_str()));
        let places = self.places.get(name).into_iter().chain(by_client);
        // The first in the order of the files.
        let first = places.filter_map(|below| below.get(template.parent())).min_by_key(|(file, _)| *file)?;
        let (reader, read) = (&self.facts[first.0].0, first.1);
        let related = |path: &RelPath, site: &Site, message: &str| {
            Some(Related { path: path.clone(), position: site.position?, message: message.to_owned() })
        };
        let places = [related(path, site, "this file lacks it"), related(reader, read, "it is looked up here")];
        Some(places.into_iter().flatten().collect())
    }
}

/// `path` as seen from the directory `dir` it is in.
fn inside<'p>(dir: &[u8], path: &'p [u8]) -> Option<&'p [u8]> {
    if dir.is_empty() { Some(path) } else { path.strip_prefix(dir)?.strip_prefix(b"/") }
}
