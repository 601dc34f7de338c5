//! Classes of vendors' SDKs that read their key from the environment unless they are given one.

use super::matcher::Language;
use serde::Deserialize;
use std::sync::OnceLock;

/// A vendor's client classes in one language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The language.
    pub language: Language,
    /// Whose clients they are: a slug of the providers table.
    pub provider: String,
    /// The classes, from the package on.
    pub symbols: Vec<String>,
    /// Arguments that give the key, or take its place.
    pub key: Vec<String>,
}

impl Client {
    /// The packages the classes are imported from.
    pub fn modules(&self) -> impl Iterator<Item = &str> {
        self.symbols.iter().filter_map(|symbol| Some(symbol.rsplit_once('.')?.0))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    client: Vec<Client>,
}

/// The clients table shipped with keylint (`rules/tables/clients.toml`).
///
/// # Panics
/// Never on a released build: a test loads the table.
#[expect(clippy::expect_used, reason = "the table is compiled in and a test loads it")]
pub fn clients() -> &'static [Client] {
    static TABLE: OnceLock<Vec<Client>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let text = include_str!("../../rules/tables/clients.toml");
        toml::from_str::<File>(text).expect("rules/tables/clients.toml fits its schema").client
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_has_a_known_vendor() {
        for client in clients() {
            assert!(crate::rules::providers().get(&client.provider).is_some(), "{}", client.provider);
            assert_eq!(client.modules().count(), client.symbols.len());
        }
    }
}
