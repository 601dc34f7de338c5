//! Which variables the clients of SDKs read when they are built without a key.

use super::tables::shipped;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use std::sync::{LazyLock, OnceLock};

/// A client, or a function that builds one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its name among clients; for a vendor's own SDK the vendor's slug.
    pub slug: String,
    /// Modules it is imported from.
    pub modules: Vec<String>,
    /// What is called to build or use it.
    pub calls: Vec<String>,
    /// Variables it reads, the one it reads first in front.
    pub reads: Vec<String>,
    /// Variables people set for it and it does not read, though another SDK does.
    pub ignores: Vec<String>,
    /// Whether its first argument is the key, also without a name.
    #[serde(default)]
    pub key_first: bool,
}

/// The clients table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clients {
    /// Modules that read variables of many vendors.
    pub readers: Vec<String>,
    client: Vec<Client>,
    #[serde(skip)]
    all_modules: OnceLock<FxHashSet<String>>,
    #[serde(skip)]
    constructors: OnceLock<FxHashMap<String, Vec<usize>>>,
}

/// The clients table shipped with keylint (`rules/tables/env-clients.toml`), parsed when first asked for.
pub fn clients() -> &'static Clients {
    static TABLE: LazyLock<Clients> =
        LazyLock::new(|| shipped(include_str!(concat!(env!("OUT_DIR"), "/env-clients.json"))));
    &TABLE
}

impl Clients {
    /// The modules of all clients and readers.
    pub fn modules(&self) -> impl Iterator<Item = &String> {
        self.client.iter().flat_map(|client| &client.modules).chain(&self.readers)
    }

    /// The clients whose module is named at byte `at` of `text`; readers of many vendors' variables are none.
    pub fn named_at<'a>(&'a self, text: &'a [u8], at: usize) -> impl Iterator<Item = &'a Client> {
        let is_name = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let starts =
            move |module: &String| text[at..].starts_with(module.as_bytes()) && !is_name(text.get(at + module.len()));
        let is_whole = !is_name(at.checked_sub(1).and_then(|before| text.get(before)));
        self.client.iter().filter(move |client| is_whole && client.modules.iter().any(starts))
    }

    /// Whether a client, or a reader of many vendors' variables, is imported from the module `name`.
    pub fn is_module(&self, name: &str) -> bool {
        self.all_modules.get_or_init(|| self.modules().cloned().collect()).contains(name)
    }

    /// Whether `path` leads into one of those modules, or into the package one belongs to: `openai.types.Batch`.
    pub fn is_inside(&self, path: &str) -> bool {
        self.is_module(path) || path.split('.').next().is_some_and(|package| self.is_module(package))
    }

    /// All clients.
    pub fn all(&self) -> &[Client] {
        &self.client
    }

    /// The client whose constructor `path` names: `openai.OpenAI()`, `groq-sdk.default()`.
    pub fn built_by(&self, path: &str) -> Option<&Client> {
        let (module, class) = path.strip_suffix("()")?.rsplit_once('.')?;
        let is_of = |own: &String| {
            module.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if class == "default" {
            let is_client = !module.starts_with("@ai-sdk");
            return self.client.iter().find(|client| is_client && client.modules.iter().any(is_of));
        }
        let named = self.constructors().get(class)?;
        named.iter().map(|i| &self.client[*i]).find(|client| client.modules.iter().any(is_of))
    }

    /// What builds clients, without its module, and the clients: functions that only use one are left out.
    fn constructors(&self) -> &FxHashMap<String, Vec<usize>> {
        self.constructors.get_or_init(|| {
            let mut index: FxHashMap<String, Vec<usize>> = FxHashMap::default();
            for (i, client) in self.client.iter().enumerate() {
                let names = client.calls.iter().map(|call| call.rsplit('.').next().unwrap_or(call));
                let builds = |name: &&str| {
                    name.starts_with("create")
                        || matches!(*name, "configure" | "init" | "login")
                        || name.starts_with(|c: char| c.is_uppercase())
                };
                for name in names.filter(builds) {
                    index.entry(name.to_owned()).or_default().push(i);
                }
            }
            index
        })
    }

    /// The clients that read the variable `name`.
    pub fn reading<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Client> {
        self.client.iter().filter(move |client| client.reads(name))
    }

    /// The clients that people give the variable `name` in vain.
    pub fn ignoring<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Client> {
        self.client.iter().filter(move |client| client.ignores.iter().any(|other| other == name))
    }
}

impl Client {
    /// Whether it reads the variable `name`.
    pub fn reads(&self, name: &str) -> bool {
        self.reads.iter().any(|own| own == name)
    }

    /// Whether one of `modules` is one it is imported from.
    pub fn is_of(&self, modules: &[&str]) -> bool {
        self.modules.iter().any(|own| modules.contains(&own.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_the_client() {
        let slug = |path: &str| clients().built_by(path).map(|client| client.slug.as_str());
        assert_eq!(slug("openai.OpenAI()"), Some("openai"));
        assert_eq!(slug("openai.default()"), Some("openai"));
        assert_eq!(slug("openai.AzureOpenAI()"), Some("azure-openai"));
        assert_eq!(slug("@anthropic-ai/sdk.default()"), Some("anthropic"));
        assert_eq!(slug("google.genai.Client()"), Some("gemini"));
        assert_eq!(slug("langchain_openai.chat_models.ChatOpenAI()"), Some("langchain-openai"));
        assert_eq!(slug("google.generativeai.configure()"), Some("google-generativeai"));
        assert_eq!(slug("@mistralai/mistralai.default()"), Some("mistral"));
        assert_eq!(slug("@ai-sdk/mistral.default()"), None);
        assert_eq!(slug("wandb.login()"), Some("wandb"));
        assert_eq!(slug("openai.chat.completions.create()"), None);
    }

    #[test]
    fn every_client_reads_something_it_does_not_ignore() {
        for client in clients().all() {
            assert!(!client.reads.is_empty() && !client.calls.is_empty() && !client.modules.is_empty());
            assert!(client.ignores.iter().all(|name| !client.reads(name)), "{}", client.slug);
        }
    }
}
