//! Uses of SDKs: one reading of the file for all rules, one look-up for each step of each chain.

mod words;

use super::address::Elsewhere;
use super::context::{Context, Group, Match};
use super::flow;
use super::plan::Plan;
use crate::finding::{Edit, Fix, Severity};
use crate::rules::matcher::{Code as Spec, Language, Usage};
use crate::rules::{Matcher, Rule};
use crate::source::{FileKind, Role as FileRole};
use crate::span::Span;
use crate::syntax::code::{self, Argument, Call, Code, Grounds, Part, Reference, Role, Source};
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use words::Words;

/// The code rules of a run, by the paths they look for.
#[derive(Debug, Default)]
pub(super) struct CodePlan {
    rules: Vec<Arc<Rule>>,
    /// For each language, path to the rules that ask for it and what each says to use instead. A class of any module
    /// is there as `.Class`.
    paths: FxHashMap<Language, Paths>,
    /// For each module, what its rules wait for.
    modules: BTreeMap<String, Module>,
}

type Paths = FxHashMap<String, Vec<(usize, String)>>;

/// A module that rules are about.
#[derive(Debug, Default)]
struct Module {
    rules: Vec<usize>,
    /// What none of them finds anything without.
    words: OnceLock<Option<Words>>,
}

/// How a rule names any module.
const ANY_MODULE: &str = "*";

impl CodePlan {
    pub(super) fn new(all: &[Arc<Rule>]) -> Self {
        let mut plan = Self::default();
        for rule in all {
            let Matcher::Code(spec) = &rule.matcher else { continue };
            for (path, instead) in spec.paths() {
                let path = path.strip_prefix(ANY_MODULE).unwrap_or(&path);
                for language in &spec.languages {
                    let entry = plan.paths.entry(*language).or_default().entry(path.to_owned()).or_default();
                    entry.push((plan.rules.len(), instead.to_owned()));
                }
            }
            for module in spec.modules() {
                plan.modules.entry(module.to_owned()).or_default().rules.push(plan.rules.len());
            }
            plan.rules.push(rule.clone());
        }
        plan
    }

    /// The packages without whose name a file is not read as code.
    pub(super) fn modules(&self) -> impl Iterator<Item = &String> {
        self.modules.keys().filter(|module| *module != ANY_MODULE)
    }

    /// The last names of modules inside others, which `from google import generativeai` brings in.
    pub(super) fn inner_modules(&self) -> impl Iterator<Item = &str> {
        self.modules().filter_map(|module| Some(module.rsplit_once('.')?.1))
    }

    /// Whether some rule about `module` asks for more than the values of arguments: a model's name says nothing of keys.
    pub(super) fn is_sdk(&self, module: &[u8]) -> bool {
        self.named(module).flat_map(|module| self.specs(module)).any(|spec| !spec.wants_values())
    }

    /// What the rules about `module` ask for.
    fn specs(&self, module: &Module) -> impl Iterator<Item = &Spec> {
        let rules = module.rules.iter().map(|rule| &self.rules[*rule].matcher);
        rules.filter_map(|matcher| if let Matcher::Code(spec) = matcher { Some(spec) } else { None })
    }

    /// The modules that an import may call `module`.
    fn named(&self, module: &[u8]) -> impl Iterator<Item = &Module> {
        let is_it = move |name: &str| {
            name.as_bytes() == module || name.rsplit_once('.').is_some_and(|(_, last)| last.as_bytes() == module)
        };
        self.modules.iter().filter(move |(name, _)| is_it(name)).map(|(_, module)| module)
    }

    /// Whether `text`, which imports `module`, has a word that some rule about the module waits for.
    pub(super) fn is_used(&self, module: &[u8], text: &[u8]) -> bool {
        self.named(module).chain(self.modules.get(ANY_MODULE)).any(|module| {
            let words = module.words.get_or_init(|| Words::new(self.specs(module)));
            words.as_ref().is_none_or(|words| words.stand_in(text))
        })
    }
}

/// One step of a chain, from its first name to its whole.
struct Step<'a> {
    path: &'a str,
    /// Its bytes.
    span: Span,
    is_head: bool,
    /// Whether nothing follows.
    is_last: bool,
    /// The call that follows.
    call: Option<&'a Part>,
}

impl Step<'_> {
    /// The path rules know the step by: a module that is called is its default export.
    fn symbol(&self, language: Language) -> Cow<'_, str> {
        if language == Language::JavaScript && self.call.is_some() && !self.path.contains('.') {
            Cow::Owned(format!("{}.default", self.path))
        } else {
            Cow::Borrowed(self.path)
        }
    }
}

/// Reports what the file's code does with the packages it imports.
pub(super) fn scan(plan: &Plan, cx: &mut Context<'_>) {
    let Some(source) = code::Source::new(cx.text(), cx.file.kind) else { return };
    let code = source.read();
    let first = cx.matches.len();
    let own = plan.code();
    if let Some(paths) = own.paths.get(&code.language) {
        let (elsewhere, texts) = (FxHashMap::default(), FxHashSet::default());
        Scan { plan: own, paths, source: &source, code: &code, elsewhere, texts, cx }.all();
    }
    if cx.file.kind == FileKind::Python {
        let (text, mut index) = (cx.text(), 0);
        cx.matches.retain(|found| {
            index += 1;
            index <= first || !code::is_guarded(text, found.span.start, found.name.as_deref().unwrap_or_default())
        });
    }
    flow::scan(plan, &source, &code, cx);
    if !cx.mentions.is_empty() {
        cx.grounds = Some(Grounds::of(&code, &source));
    }
}

struct Scan<'a, 'c, 't> {
    plan: &'a CodePlan,
    paths: &'a Paths,
    source: &'c Source<'t>,
    code: &'c Code<'c>,
    /// Who sends requests to others than a vendor, by the rule that asks and the vendor.
    elsewhere: FxHashMap<(*const Rule, &'a str), Elsewhere<'c>>,
    /// The texts that were reported, by rule and place.
    texts: FxHashSet<(*const Rule, usize)>,
    cx: &'c mut Context<'t>,
}

impl<'a> Scan<'a, '_, '_> {
    fn rules_for(&self, path: &str) -> impl Iterator<Item = (&'a Arc<Rule>, &'a Spec, &'a str)> + use<'a> {
        let plan = self.plan;
        let found = self.paths.get(path).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(move |(rule, instead)| {
            let rule = &plan.rules[*rule];
            let Matcher::Code(spec) = &rule.matcher else { return None };
            Some((rule, spec, instead.as_str()))
        })
    }

    fn all(mut self) {
        let code = self.code;
        self.imports();
        for reference in code.references.iter().filter(|reference| reference.is_known) {
            self.reference(reference);
        }
    }

    /// The rules about a class that is called at `step`, whatever module it was imported from.
    fn rules_for_class(
        &self,
        path: &str,
        step: &Step<'_>,
    ) -> impl Iterator<Item = (&'a Arc<Rule>, &'a Spec, &'a str)> + use<'a> {
        let is_class = step.call.is_some() && !path.contains('(');
        let name = path.rfind('.').filter(|_| is_class).map(|dot| &path[dot..]);
        name.map(|name| self.rules_for(name)).into_iter().flatten()
    }

    /// The rules about what is imported as `whole`, a part of which is `path`.
    fn rules_for_import(
        &self,
        path: &str,
        whole: &str,
    ) -> impl Iterator<Item = (&'a Arc<Rule>, &'a Spec, &'a str)> + use<'a> {
        let (owner, name) = path.rsplit_once('.').unwrap_or((path, ""));
        let is_class = name.starts_with(|first: char| first.is_ascii_uppercase());
        let any = [("*", !name.is_empty() && !name.starts_with("__")), ("[A-Z]*", is_class)];
        let any: Vec<_> = any
            .into_iter()
            .filter(|(_, fits)| *fits)
            .flat_map(|(pattern, _)| self.rules_for(&format!("{owner}.{pattern}")))
            .filter(|(_, spec, _)| !spec.keeps(whole))
            .collect();
        self.rules_for(path).chain(any)
    }

    fn imports(&mut self) {
        // `from openai.error import Timeout` is one finding: what was said of the module is not said of its members.
        let mut said: Vec<*const Rule> = Vec::new();
        // The module of the statement, where its line ends, and the findings about members on other lines.
        let mut module = Span::new(0, 0);
        let mut line_end = usize::MAX;
        let mut listed: Vec<(*const Rule, usize)> = Vec::new();
        for import in &self.code.imports {
            if !import.is_member {
                said.clear();
                listed.clear();
                module = import.span;
                line_end =
                    memchr::memchr(b'\n', &self.source.text()[module.end..]).map_or(usize::MAX, |at| module.end + at);
            }
            let ends = import.path.match_indices('.').map(|(at, _)| at).chain([import.path.len()]);
            let mut own: Vec<*const Rule> = Vec::new();
            for path in ends.collect::<Vec<_>>().into_iter().rev().map(|end| &import.path[..end]) {
                for (rule, spec, instead) in self.rules_for_import(path, &import.path) {
                    let id = Arc::as_ptr(rule);
                    if !spec.usage.contains(&Usage::Import) || said.contains(&id) || own.contains(&id) {
                        continue;
                    }
                    own.push(id);
                    let dated = spec.was_there(path);
                    if !import.is_member || import.span.start < line_end {
                        self.report(rule, import.span, path, instead, dated);
                    } else if let Some((_, at)) = listed.iter().find(|(other, _)| *other == id) {
                        let found = &mut self.cx.matches[*at];
                        found.list(path, instead);
                        found.dated &= dated;
                    } else {
                        listed.push((id, self.cx.matches.len()));
                        self.report(rule, module, path, instead, dated);
                    }
                }
            }
            if !import.is_member {
                said = own;
            }
        }
    }

    fn reference(&mut self, reference: &Reference) {
        let first = self.cx.matches.len();
        let count = reference.parts.len();
        let call_after = |i: usize| reference.parts.get(i).filter(|part| part.is_call());
        let head = Step {
            path: &reference.path[..reference.root],
            span: Span::new(reference.parts.first().map_or(reference.start, |part| part.start), reference.head_end),
            is_head: true,
            is_last: count == 0,
            call: call_after(0),
        };
        if reference.imported || reference.is_taken || head.call.is_some() {
            self.step(reference, &head);
        }
        for (i, part) in reference.parts.iter().enumerate() {
            let step = Step {
                path: &reference.path[..part.path_end],
                span: Span::new(part.start, part.end),
                is_head: false,
                is_last: i + 1 == count,
                call: call_after(i + 1),
            };
            self.step(reference, &step);
        }
        // Where `openai.error` and `openai.error.Timeout` are both known, the longer one is said.
        let matches = &mut self.cx.matches;
        for i in (first..matches.len()).rev() {
            let longer = matches[i + 1..]
                .iter()
                .any(|other| Arc::ptr_eq(&other.rule, &matches[i].rule) && other.span.contains(matches[i].span));
            if longer {
                matches.remove(i);
            }
        }
    }

    fn step(&mut self, reference: &Reference, step: &Step<'_>) {
        let path = step.symbol(self.code.language);
        for (rule, spec, instead) in self.rules_for(&path).chain(self.rules_for_class(&path, step)) {
            // `chat = openai.ChatCompletion` was reported where the name was made; its uses are the same fault.
            let said = !(reference.imported || reference.is_taken)
                && spec.arguments.is_empty()
                && !spec.wants_values()
                && self.rules_for(&reference.path[..reference.root]).any(|(other, ..)| Arc::ptr_eq(other, rule));
            if said {
                continue;
            }
            if !spec.usage.iter().any(|usage| is_used(*usage, reference, step)) {
                continue;
            }
            if !spec.values.is_empty() {
                let value = self.assigned(reference);
                if !value.is_some_and(|value| spec.values.iter().any(|wanted| wanted.as_bytes() == value)) {
                    continue;
                }
            }
            if let Some(value) = self.assigned(reference)
                && spec.unless_values.iter().any(|other| other.as_bytes() == value)
            {
                continue;
            }
            if spec.arguments.is_empty() && !spec.wants_values() {
                self.report(rule, step.span, &path, instead, spec.was_there(&path));
            } else if let Some(call) = step.call.and_then(|part| self.code.call(part)) {
                if spec.wants_values() {
                    self.values(rule, spec, reference, call);
                } else {
                    self.arguments(rule, spec, call, spec.was_there(&path));
                }
            }
        }
    }

    /// Whether `reference` sends its request to somebody else than `vendor`.
    fn goes_elsewhere(&mut self, rule: &Arc<Rule>, spec: &Spec, reference: &Reference, vendor: &'a str) -> bool {
        let (text, code) = (self.source.text(), self.code);
        let read = || Elsewhere::of(text, code, spec, vendor);
        self.elsewhere.entry((Arc::as_ptr(rule), vendor)).or_insert_with(read).has(text, code, reference, vendor)
    }

    /// The literal text a chain is assigned, also over a name.
    fn assigned(&self, reference: &Reference) -> Option<&[u8]> {
        let text = self.source.text();
        let value = flow::Origins::new(text, self.code).follow(self.code.assigned(reference)?);
        Some(value.text()?.of(text))
    }

    /// `dated`: whether older versions do what the code asks.
    fn report(&mut self, rule: &Arc<Rule>, span: Span, path: &str, instead: &str, dated: bool) {
        let mut found = Match::new(rule, self.source.original(span), Group::Use);
        found.name = Some(shown(path));
        found.canonical = Some(instead.to_owned());
        found.dated = dated;
        self.cx.matches.push(found);
    }

    /// Reports the texts that arguments of `call` are given and `spec` asks for.
    fn values(&mut self, rule: &'a Arc<Rule>, spec: &'a Spec, reference: &Reference, call: &Call) {
        let text = self.source.text();
        let code = self.code;
        // `MODEL = "…"`: the text is reported, once for all calls.
        let literal = |value| flow::Origins::new(text, code).follow(value).text();
        let name = |argument: &Argument| std::str::from_utf8(argument.name.of(text)).unwrap_or_default();
        let is_vendor = |value| {
            literal(value).is_some_and(|span| spec.vendor_names.iter().any(|name| name.as_bytes() == span.of(text)))
        };
        let says_vendor = |argument: &Argument| spec.vendor_arguments.iter().any(|other| other == name(argument));
        if call.named.iter().any(|argument| says_vendor(argument) && !is_vendor(&argument.value)) {
            return;
        }
        let named = call.named.iter().filter(|argument| spec.arguments.contains_key(name(argument)));
        let first = call.positional.first().filter(|_| spec.first_argument);
        for span in named.map(|argument| &argument.value).chain(first).filter_map(literal) {
            let value = String::from_utf8_lossy(span.of(text));
            let Some(wanted) = spec.wanted(&value) else { continue };
            let vendor = wanted.vendor.or(rule.provider.as_deref()).unwrap_or_default();
            let span = self.source.original(span);
            if spec.own_address && self.goes_elsewhere(rule, spec, reference, vendor)
                || !self.texts.insert((Arc::as_ptr(rule), span.start))
            {
                continue;
            }
            let mut found = Match::new(rule, span, Group::Use);
            (found.name, found.canonical) = (Some(wanted.name.to_owned()), Some(wanted.instead.to_owned()));
            if wanted.vendor.is_some() {
                found.provider = Some(vendor.into());
            }
            // What a test names mostly goes to a mock.
            found.severity = (self.cx.file.role == FileRole::Test).then_some(Severity::Note);
            self.cx.matches.push(found);
        }
    }

    /// Reports the named arguments of `call` that `spec` asks for. `dated`: whether older versions know them.
    fn arguments(&mut self, rule: &Arc<Rule>, spec: &Spec, call: &Call, dated: bool) {
        let text = self.source.text();
        for argument in &call.named {
            let name = String::from_utf8_lossy(argument.name.of(text));
            let Some(instead) = spec.arguments.get(&*name) else { continue };
            let name_span = self.source.original(argument.name);
            let mut found = Match::new(rule, name_span, Group::Use);
            // Two arguments of one name would be a mistake of another kind.
            let taken = call.named.iter().any(|other| other.name.of(text) == instead.as_bytes());
            let shorthand = self.code.language == Language::JavaScript
                && !text[argument.name.end..].trim_ascii_start().starts_with(b":");
            let is_name = instead.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if is_name && !taken && !shorthand {
                found.fix = rule.fix.as_ref().map(|fix| {
                    let title = fix.title.replace("{name}", &name).replace("{canonical}", instead);
                    Fix::new(title, fix.applicability, vec![Edit { span: name_span, insert: instead.clone() }])
                });
            }
            found.name = Some(name.into_owned());
            found.canonical = Some(instead.clone());
            found.dated = dated;
            self.cx.matches.push(found);
        }
    }
}

/// Whether a chain uses the symbol at `step` in this way.
fn is_used(usage: Usage, reference: &Reference, step: &Step<'_>) -> bool {
    match usage {
        Usage::Import => false,
        Usage::Assign => step.is_last && !step.is_head && reference.role == Role::Assign,
        Usage::Except => step.is_last && reference.role == Role::Except,
        Usage::Construct => step.call.is_some_and(|call| call.is_new),
        Usage::Call => step.call.is_some(),
        Usage::Whole => step.is_last && !step.is_head && matches!(reference.role, Role::Read | Role::Except),
        Usage::Read => (!step.is_head || reference.is_taken) && !(step.is_last && reference.role == Role::Assign),
    }
}

impl Match {
    /// Names one more member of the module the match is about: `module.{A, B}`.
    fn list(&mut self, path: &str, instead: &str) {
        /// Members named; the rest is left to the reader.
        const MOST: usize = 4;
        let (Some(name), Some(canonical), Some((module, member))) =
            (&mut self.name, &mut self.canonical, path.rsplit_once('.'))
        else {
            return;
        };
        match name.strip_suffix('}') {
            Some(list) if list.matches(", ").count() + 1 < MOST => *name = format!("{list}, {member}}}"),
            Some(list) if !list.ends_with('…') => *name = format!("{list}, …}}"),
            Some(_) => {}
            None => {
                let first = name.strip_prefix(module).map_or(name.as_str(), |rest| rest.trim_start_matches('.'));
                *name = format!("{module}.{{{first}, {member}}}");
            }
        }
        if !canonical.split(", ").any(|known| known == instead) {
            *canonical = format!("{canonical}, {instead}");
        }
    }
}

/// A path as a reader knows it: an instance is called a client.
fn shown(path: &str) -> String {
    match path.find("()") {
        Some(instance) => format!("client{}", &path[instance + 2..]),
        None => path.to_owned(),
    }
}
