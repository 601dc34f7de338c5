//! `[match.code]`: a use of an SDK in code.

use super::Registry;
use crate::rules::models;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A use of a module's members.
///
/// Members are paths: `ChatCompletion.create`, `OpenAI().chat.completions.acreate` (a call gives an instance),
/// `OpenAI().models.list()[data]`. In JavaScript an object made from the default export is `default()`, and `/shims/node`
/// is a module inside the package.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Code {
    /// The languages looked at.
    pub languages: Vec<Language>,
    /// The module as it is imported: `openai`. `*` is any module: the members are classes that are called, and only
    /// files are looked at that something else makes a reason to read as code.
    pub module: String,
    /// Other modules that are searched for the same members.
    #[serde(default)]
    pub also_modules: Vec<String>,
    /// What the members belong to: paths each member is appended to. Left out: the module itself.
    #[serde(default)]
    pub of: Vec<String>,
    /// The members, with what to use instead (fills `{canonical}`; may be empty). Where they are imported, a last
    /// name `*` is any name, `[A-Z]*` any class.
    pub members: BTreeMap<String, String>,
    /// Members that `*` and `[A-Z]*` leave out, with all that is in them.
    #[serde(default)]
    pub kept: Vec<String>,
    /// How a member is used; any of these makes a finding.
    pub usage: Vec<Usage>,
    /// Named arguments, with what to use instead. With them a finding is about the argument of a call, not about
    /// the member that is called. The fix renames the argument.
    #[serde(default)]
    pub arguments: BTreeMap<String, String>,
    /// Literal texts the arguments have to be given, with what to use instead. With them a finding is about the text,
    /// also where a constant holds it; in tests it is a note.
    #[serde(default)]
    pub argument_values: BTreeMap<String, String>,
    /// The vendors whose models that are shut down are the `argument-values`, by their slugs; in the message `{shutdown}`
    /// is the day and `{provider}` the model's vendor.
    #[serde(default)]
    pub retired_models: Vec<String>,
    /// Whether the first argument without a name is looked at as those of `arguments` are.
    #[serde(default)]
    pub first_argument: bool,
    /// What may stand before a model's name, with `/` or `:` in between: `anthropic/claude-2.1`.
    #[serde(default)]
    pub vendor_names: Vec<String>,
    /// Named arguments that say who answers: a call that gives one anything but a text of `vendor-names` is left out.
    #[serde(default)]
    pub vendor_arguments: Vec<String>,
    /// Whether requests to other addresses than the vendor's own are left out, as far as the file's code tells.
    #[serde(default)]
    pub own_address: bool,
    /// Literal texts an assigned member has to be given.
    #[serde(default)]
    pub values: Vec<String>,
    /// Literal texts an assigned member must not be given.
    #[serde(default)]
    pub unless_values: Vec<String>,
    /// The version of the package the use is a fault from.
    #[serde(default)]
    pub since: Option<Box<Since>>,
}

/// A text that an argument was to be given, and was.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a, 'v> {
    /// The vendor whose model it names, by its slug.
    pub vendor: Option<&'a str>,
    /// The text, without a vendor's name before it.
    pub name: &'v str,
    /// What to use instead.
    pub instead: &'a str,
}

/// The version of a package a use is a fault from. A project that locks, or only admits, older ones gets a note that
/// says so.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Since {
    /// The version.
    pub version: String,
    /// The package, by each name it is required by: `llama-index`.
    pub packages: Vec<String>,
    /// The paths older versions had, each with all that is in it. Left out: all of the rule's.
    #[serde(default)]
    pub had: Vec<String>,
}

/// A language code rules know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Python and notebooks.
    Python,
    /// JavaScript and TypeScript.
    #[serde(rename = "javascript")]
    JavaScript,
}

/// How a member is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Usage {
    /// `module.member(…)`
    Call,
    /// `module.member = …`
    Assign,
    /// `import module.member`, `from module import member`
    Import,
    /// `new member(…)` of an imported class.
    Construct,
    /// It stands in an `except` clause.
    Except,
    /// It is read, called or passed on, whole or with what follows.
    Read,
    /// It is read as it is, with nothing after it, and not only given another name.
    Whole,
}

impl Code {
    /// Whether `path`, from the module on, is one of the members left out, or in one, or holds one.
    pub fn keeps(&self, path: &str) -> bool {
        let member = self.member(path);
        self.kept.iter().any(|kept| is_in(member, kept) || is_in(kept, member))
    }

    /// Whether `path`, from the module on, is there before the version the rule holds from.
    pub fn was_there(&self, path: &str) -> bool {
        let member = self.member(path);
        let had = |since: &Since| since.had.is_empty() || since.had.iter().any(|had| is_in(member, had));
        self.since.as_deref().is_some_and(had)
    }

    /// `path` without the module.
    fn member<'a>(&self, path: &'a str) -> &'a str {
        let in_module = |module: &str| path.strip_prefix(module).and_then(|rest| rest.strip_prefix('.'));
        self.modules().find_map(in_module).unwrap_or_default()
    }

    /// The modules the members belong to.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        [&self.module].into_iter().chain(&self.also_modules).map(String::as_str)
    }

    /// Whether only certain literal texts make an argument a finding.
    pub fn wants_values(&self) -> bool {
        !(self.argument_values.is_empty() && self.retired_models.is_empty())
    }

    /// The literal texts the arguments have to be given; none if any will do.
    pub fn wanted_values(&self) -> impl Iterator<Item = &str> {
        let models = self.retired_models.iter().filter_map(|vendor| models::retired(vendor));
        models.flat_map(|models| models.replacements.keys()).chain(self.argument_values.keys()).map(String::as_str)
    }

    /// What `value` is, if it is a text the arguments have to be given.
    pub fn wanted<'a, 'v>(&'a self, value: &'v str) -> Option<Wanted<'a, 'v>> {
        let without_vendor =
            |vendor: &String| value.strip_prefix(vendor.as_str()).and_then(|rest| rest.strip_prefix(['/', ':']));
        let name = self.vendor_names.iter().find_map(without_vendor).unwrap_or(value);
        let model = |vendor: &'a String| {
            let instead = models::retired(vendor)?.replacements.get(name)?;
            Some(Wanted { vendor: Some(vendor), name, instead })
        };
        let text = || self.argument_values.get(name).map(|instead| Wanted { vendor: None, name, instead });
        self.retired_models.iter().find_map(model).or_else(text)
    }

    /// Where the module's packages come from.
    pub fn registry(&self) -> Registry {
        if self.languages.contains(&Language::Python) { Registry::Pypi } else { Registry::Npm }
    }

    /// Every path the rule looks for, from the module on, with what to use instead.
    pub fn paths(&self) -> impl Iterator<Item = (String, &str)> {
        self.modules().flat_map(|module| self.paths_in(module))
    }

    /// The paths of one of its modules.
    pub fn paths_in(&self, module: &str) -> impl Iterator<Item = (String, &str)> {
        let own = [String::new()];
        let of = if self.of.is_empty() { own.to_vec() } else { self.of.clone() };
        of.into_iter().flat_map(move |owner| {
            self.members.iter().map(move |(member, instead)| {
                let mut path = module.to_owned();
                for part in [owner.as_str(), member.as_str()] {
                    if !part.is_empty() {
                        if !part.starts_with(['(', '[', '/']) {
                            path.push('.');
                        }
                        path.push_str(part);
                    }
                }
                (path, instead.as_str())
            })
        })
    }
}

/// Whether the path `inner` is `outer` or something in it.
fn is_in(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
