//! The way of a credential through a repository: defined → loaded → passed → read → client → host, and where it breaks.

use super::Map;
use super::reach::Loads;
use crate::engine::{Fact, Site};
use crate::finding::{Family, Finding};
use crate::rules::clients::clients;
use crate::rules::loaders::loader;
use crate::rules::names::{self, Classification};
use crate::rules::{Cause, Severity, providers};
use crate::source::{FileKind, RelPath};
use crate::span::Position;
use crate::text::name;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;

/// A station on the way, in the order of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// A template names it, to be filled in.
    Listed,
    /// An env file, or code that sets the variable.
    Defined,
    /// The env file is loaded.
    Loaded,
    /// A manifest, script or image hands the variable on.
    Passed,
    /// Code looks it up.
    Read,
    /// A client is built that uses it.
    Client,
    /// The host that takes the credential.
    Host,
}

impl Stage {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Defined => "defined",
            Self::Loaded => "loaded",
            Self::Passed => "passed",
            Self::Read => "read",
            Self::Client => "client",
            Self::Host => "host",
        }
    }
}

/// One place on the way.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which station it is.
    pub stage: Stage,
    /// The file; none for a host.
    pub path: Option<RelPath>,
    /// Where in it.
    pub position: Option<Position>,
    /// What is there.
    pub what: String,
    /// What is wrong there.
    pub faults: Vec<Fault>,
}

/// Why the way ends.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The rule that found it, if one did.
    pub rule: Option<String>,
    /// The cause.
    pub cause: Cause,
    /// What is wrong.
    pub message: String,
}

/// The way of one credential.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The variable.
    pub name: String,
    /// Whose credential it is.
    pub provider: Option<&'static str>,
    /// The places, in the order of the way, then of the files.
    pub steps: Vec<Step>,
    /// What is missing between the places.
    pub gaps: Vec<(Stage, Fault)>,
    /// Places in other files that only speak of the variable, in the text of a message; the first of each file.
    pub mentions: Vec<(RelPath, Option<Position>)>,
}

impl Trace {
    /// The first break: the stage and its fault.
    pub fn first_break(&self) -> Option<(Stage, &Fault)> {
        let steps = self.steps.iter().flat_map(|step| step.faults.iter().map(move |fault| (step.stage, fault)));
        steps.chain(self.gaps.iter().map(|(stage, fault)| (*stage, fault))).min_by_key(|(stage, _)| *stage)
    }
}

/// The ways of all credentials the `facts` name, or of `wanted` alone, in the order of their names.
pub fn trace(facts: &[(RelPath, Vec<Site>)], findings: &[Finding], wanted: Option<&str>) -> Vec<Trace> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (_, sites) in facts {
        for site in sites {
            match &site.fact {
                Fact::Define(own) | Fact::Read(own) | Fact::Template(own) if is_traced(own) => {
                    // A slip belongs to the way of the name that was meant.
                    names.insert(meant(own).filter(|_| wanted != Some(own)).unwrap_or(own));
                }
                // Any constant may be called `…_KEY`.
                Fact::Named(own) if wanted == Some(own) || providers().by_variable(own.as_bytes()).is_some() => {
                    names.insert(own);
                }
                Fact::Mentioned(own) if wanted == Some(own) => {
                    names.insert(own);
                }
                Fact::DefaultClient(slug) => {
                    let client = clients().all().iter().find(|client| client.slug == **slug);
                    names.extend(client.and_then(|client| client.reads.first()).map(String::as_str));
                }
                _ => {}
            }
        }
    }
    let world = World::new(facts, findings);
    let names = names.into_iter().filter(|name| wanted.is_none_or(|wanted| wanted == *name));
    names.map(|name| world.way(name)).collect()
}

fn is_traced(variable: &str) -> bool {
    name::is_credential(variable.as_bytes()) || providers().by_variable(variable.as_bytes()).is_some()
}

/// Everything by what a way asks for: many ways through many files stay as cheap as what they show.
struct World<'a> {
    facts: &'a [(RelPath, Vec<Site>)],
    map: Map<'a>,
    /// What speaks of a variable, in the order of the files.
    by_name: FxHashMap<&'a str, Vec<(usize, &'a Site)>>,
    by_path: FxHashMap<&'a RelPath, usize>,
    /// Findings that may break a way, by file and line.
    by_line: FxHashMap<(&'a RelPath, usize), Vec<&'a Finding>>,
    /// Where env files are loaded.
    loads: Loads<'a, Vec<(usize, &'a Site)>>,
}

impl<'a> World<'a> {
    fn new(facts: &'a [(RelPath, Vec<Site>)], findings: &'a [Finding]) -> Self {
        let map = Map::new(facts);
        let mut by_name: FxHashMap<&str, Vec<(usize, &Site)>> = FxHashMap::default();
        let mut loads = Loads::default();
        for (file, (path, sites)) in facts.iter().enumerate() {
            for site in sites {
                let mut speaks = |name| by_name.entry(name).or_default().push((file, site));
                match &site.fact {
                    Fact::Define(own) => {
                        speaks(own);
                        meant(own).into_iter().for_each(speaks);
                    }
                    Fact::Template(own) | Fact::Read(own) | Fact::Named(own) | Fact::Mentioned(own) => speaks(own),
                    Fact::DefaultClient(slug) => {
                        let of_slug = clients().all().iter().filter(|client| client.slug == **slug);
                        of_slug.flat_map(|client| &client.reads).for_each(|name| speaks(name));
                    }
                    Fact::Load { file: loaded, .. } => {
                        loads.add(&map, path, loaded.as_deref(), |places: &mut Vec<_>| places.push((file, site)));
                    }
                    _ => {}
                }
            }
        }
        let mut by_line: FxHashMap<_, Vec<&Finding>> = FxHashMap::default();
        for finding in findings.iter().filter(|finding| breaks(finding)) {
            by_line.entry((&finding.path, finding.location.start.line)).or_default().push(finding);
        }
        let by_path = facts.iter().enumerate().map(|(file, (path, _))| (path, file)).collect();
        Self { facts, map, by_name, by_path, by_line, loads }
    }

    fn way(&self, name: &str) -> Trace {
        let provider = providers().by_variable(name.as_bytes());
        let mut steps = Vec::new();
        let places = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        // `key = os.environ["KEY"]`: a look-up says more than the names around it.
        let is_read = |site: &Site| matches!(&site.fact, Fact::Read(own) if **own == *name);
        let readers: FxHashSet<usize> =
            places.iter().filter(|(_, site)| is_read(site)).map(|(file, _)| *file).collect();
        for &(file, site) in places {
            let path = &self.facts[file].0;
            if readers.contains(&file) && matches!(site.fact, Fact::Named(_)) {
                continue;
            }
            if let Some((stage, what)) = station(name, path, &site.fact) {
                let faults = self.faults(path, site.position);
                let (path, position) = (Some(path.clone()), site.position);
                steps.push(Step { stage, path, position, what, faults });
            }
        }
        self.add_clients(&mut steps);
        self.add_loaders(&mut steps);
        if steps.iter().any(|step| step.stage >= Stage::Read)
            && let Some(host) = provider.and_then(|provider| provider.hosts.first())
        {
            let what = host.trim_start_matches('.').to_owned();
            steps.push(Step { stage: Stage::Host, path: None, position: None, what, faults: Vec::new() });
        }
        steps.sort_by(|a, b| (a.stage, &a.path, a.position).cmp(&(b.stage, &b.path, b.position)));
        steps.dedup_by(|a, b| (a.stage, &a.path, a.position) == (b.stage, &b.path, b.position));
        let mentions = self.mentions(name, &steps);
        let gaps = gaps(name, &steps, !mentions.is_empty());
        Trace {
            name: name.to_owned(),
            provider: provider.map(|provider| provider.title.as_str()),
            steps,
            gaps,
            mentions,
        }
    }

    /// Where files that are no part of the way speak of the variable.
    fn mentions(&self, name: &str, steps: &[Step]) -> Vec<(RelPath, Option<Position>)> {
        let on_way: FxHashSet<&RelPath> = steps.iter().filter_map(|step| step.path.as_ref()).collect();
        let places = self.by_name.get(name).into_iter().flatten();
        let speaks = places.filter(|(_, site)| matches!(site.fact, Fact::Mentioned(_)));
        let mut out: Vec<_> = speaks.map(|(file, site)| (self.facts[*file].0.clone(), site.position)).collect();
        out.retain(|(path, _)| !on_way.contains(path));
        out.sort();
        out
    }

    /// What rules found on the line of a place.
    fn faults(&self, path: &RelPath, position: Option<Position>) -> Vec<Fault> {
        let found = position.and_then(|position| self.by_line.get(&(path, position.line)));
        let fault = |finding: &&Finding| Fault {
            rule: Some(finding.rule.id.clone()),
            cause: finding.rule.cause,
            message: finding.message.clone(),
        };
        found.into_iter().flatten().map(fault).collect()
    }

    /// Clients that are built in the files that look the variable up.
    fn add_clients(&self, steps: &mut Vec<Step>) {
        let readers = steps.iter().filter(|step| step.stage == Stage::Read).filter_map(|step| step.path.as_ref());
        let readers: BTreeSet<usize> = readers.filter_map(|path| self.by_path.get(path).copied()).collect();
        for (path, sites) in readers.into_iter().map(|file| &self.facts[file]) {
            for site in sites {
                if let Fact::Client(slug) = &site.fact {
                    let what = format!("a client of {slug} is built");
                    let (path, position) = (Some(path.clone()), site.position);
                    steps.push(Step { stage: Stage::Client, path, position, what, faults: Vec::new() });
                }
            }
        }
    }

    /// Loaders of the env files that define the variable.
    fn add_loaders(&self, steps: &mut Vec<Step>) {
        let files = steps.iter().filter(|step| is_env_file(step)).filter_map(|step| step.path.clone());
        let files: BTreeSet<RelPath> = files.collect();
        let mut lists = FxHashSet::default();
        let own = files.iter().flat_map(|path| self.loads.of(&self.map, path));
        for &(file, site) in own.filter(|list| lists.insert(list.as_ptr())).flatten() {
            let Fact::Load { loader: slug, .. } = &site.fact else { continue };
            let Some(loader) = loader(slug) else { continue };
            let what = format!("by {}", loader.title);
            let (path, position) = (Some(self.facts[file].0.clone()), site.position);
            steps.push(Step { stage: Stage::Loaded, path, position, what, faults: Vec::new() });
        }
    }
}

/// Whether what was found keeps a credential from working.
fn breaks(finding: &Finding) -> bool {
    let works = matches!(finding.rule.cause, Cause::LeakedKey | Cause::UnusedAllow);
    finding.severity > Severity::Note && !works && finding.rule.family != Family::Sdk
}

/// What a fact means for the variable `name`.
fn station(name: &str, path: &RelPath, fact: &Fact) -> Option<(Stage, String)> {
    let kind = FileKind::of(path.as_bytes(), b"");
    match fact {
        Fact::Define(own) => {
            let other = **own != *name;
            if other && meant(own) != Some(name) {
                return None;
            }
            let what = if other { format!("as {own}") } else { String::new() };
            let hands_on = !matches!(kind, FileKind::Env) && !kind.is_code() || kind == FileKind::Shell;
            Some((if hands_on { Stage::Passed } else { Stage::Defined }, what))
        }
        Fact::Template(own) if **own == *name => Some((Stage::Listed, "to be filled in".to_owned())),
        Fact::Read(own) | Fact::Named(own) if **own == *name && !matches!(kind, FileKind::Env) => {
            Some((Stage::Read, String::new()))
        }
        Fact::DefaultClient(slug) if clients().reading(name).any(|client| client.slug == **slug) => {
            Some((Stage::Client, format!("a client of {slug} is built without a key and reads the variable")))
        }
        _ => None,
    }
}

/// The name that `own` is a slip away from.
fn meant(own: &str) -> Option<&'static str> {
    match names::classify(own) {
        Classification::Typo(meant) | Classification::Case(meant) => Some(meant),
        _ => None,
    }
}

fn is_env_file(step: &Step) -> bool {
    let is_env = |path: &RelPath| FileKind::of(path.as_bytes(), b"") == FileKind::Env;
    step.stage == Stage::Defined && step.path.as_ref().is_some_and(is_env)
}

/// What is missing between the places. Where a message speaks of the variable, something looks it up.
fn gaps(name: &str, steps: &[Step], is_mentioned: bool) -> Vec<(Stage, Fault)> {
    let has = |stage: Stage| steps.iter().any(|step| step.stage == stage);
    let fault = |cause, message: String| Fault { rule: None, cause, message };
    let is_used = has(Stage::Read) || has(Stage::Client);
    let mut out = Vec::new();
    if is_used && ![Stage::Listed, Stage::Defined, Stage::Passed].into_iter().any(has) {
        out.push((Stage::Defined, fault(Cause::NotDefined, format!("nothing in the repository defines {name}"))));
    }
    let only_env_file = steps.iter().any(is_env_file) && !has(Stage::Passed);
    if is_used && only_env_file && !has(Stage::Loaded) {
        let message = "no loader of the file was found: load it, or export the variable".to_owned();
        out.push((Stage::Loaded, fault(Cause::NotLoaded, message)));
    }
    // What is passed on may be read by a program that is not in the repository.
    if !is_used && !is_mentioned && has(Stage::Defined) && !has(Stage::Passed) {
        out.push((Stage::Read, fault(Cause::WrongName, format!("nothing in the repository looks {name} up"))));
    }
    out
}
