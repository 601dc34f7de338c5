//! Which loaders of env files misread what, and how a repository shows that it uses them.

use super::matcher::Defect;
use crate::source::FileKind;
use serde::Deserialize;
use std::sync::OnceLock;

/// A program or library that loads env files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loader {
    /// Its name among loaders.
    pub slug: String,
    /// The name people know.
    pub title: String,
    /// Defects it reads in another way than the author meant, of those that some loader reads as meant.
    pub misreads: Vec<Defect>,
    /// What shows that it is used; any of it.
    pub evidence: Vec<Evidence>,
}

/// Text that shows the use of a loader.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The kinds of file it counts in.
    pub kinds: Vec<FileKind>,
    /// The text. The file that is loaded follows it.
    pub needle: String,
    /// One of these has to stand on the same line, which a backslash continues.
    #[serde(default)]
    pub with: Vec<String>,
    /// This has to stand in the same file.
    #[serde(default)]
    pub beside: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    loader: Vec<Loader>,
}

/// The loaders table shipped with keylint (`rules/tables/dotenv-loaders.toml`), parsed when first asked for.
///
/// # Panics
/// Never on a released build: a test loads the table.
#[expect(clippy::expect_used, reason = "the table is compiled in and a test loads it")]
pub fn loaders() -> &'static [Loader] {
    static TABLE: OnceLock<File> = OnceLock::new();
    let text = include_str!("../../rules/tables/dotenv-loaders.toml");
    &TABLE.get_or_init(|| toml::from_str(text).expect("rules/tables/dotenv-loaders.toml fits its schema")).loader
}

/// The loader with this slug.
pub fn loader(slug: &str) -> Option<&'static Loader> {
    loaders().iter().find(|loader| loader.slug == slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loader_leaves_evidence() {
        for loader in loaders() {
            assert!(!loader.evidence.is_empty(), "{}", loader.slug);
            assert!(loader.evidence.iter().all(|evidence| !evidence.kinds.is_empty()), "{}", loader.slug);
        }
        assert!(loader("docker-run").unwrap().misreads.contains(&Defect::Quoted));
        assert!(loader("python-dotenv").unwrap().misreads.is_empty());
    }
}
