//! `[match.pin]`: the version of a package a project asks for.

use schemars::JsonSchema;
use serde::Deserialize;

/// A requirement whose versions are all below `below`, or any requirement at all of a package nobody maintains.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pin {
    /// Where the package comes from.
    pub registry: Registry,
    /// Its names.
    pub packages: Vec<String>,
    /// The first version that is not meant. Left out: every version is.
    #[serde(default)]
    pub below: Option<String>,
    /// What to ask for instead (fills `{canonical}`).
    pub instead: String,
}

/// Where packages come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Registry {
    /// Python's.
    Pypi,
    /// JavaScript's.
    Npm,
}
