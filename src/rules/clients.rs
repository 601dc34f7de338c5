//! Which variables the clients of SDKs read when they are built without a key.

use super::tables::shipped;
use rustc_hash::FxHashSet;
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
}

/// The clients table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clients {
    /// Modules that read variables of many vendors.
    pub readers: Vec<String>,
    client: Vec<Client>,
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

    /// Whether a client, or a reader of many vendors' variables, is imported from the module `name`.
    pub fn is_module(&self, name: &str) -> bool {
        static MODULES: OnceLock<FxHashSet<String>> = OnceLock::new();
        let modules = MODULES.get_or_init(|| self.modules().cloned().collect());
        modules.contains(name)
    }

    /// All clients.
    pub fn all(&self) -> &[Client] {
        &self.client
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
    fn every_client_reads_something_it_does_not_ignore() {
        for client in clients().all() {
            assert!(!client.reads.is_empty() && !client.calls.is_empty() && !client.modules.is_empty());
            assert!(client.ignores.iter().all(|name| !client.reads(name)), "{}", client.slug);
        }
    }
}
