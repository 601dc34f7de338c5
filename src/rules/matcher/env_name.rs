//! `[match.env-name]`: the name of a variable.

use schemars::JsonSchema;
use serde::Deserialize;

/// A name with this fault at one of these places.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EnvName {
    /// What is wrong with the name.
    pub fault: NameFault,
    /// Where the name stands.
    pub at: Vec<NameSite>,
}

/// What can be wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NameFault {
    /// A slip of the keyboard away from a name an SDK reads.
    Misspelled,
    /// Another name for the same thing, which the SDK does not read.
    Alias,
    /// A name an older SDK read and the current one ignores.
    Legacy,
    /// A blank inside the name that is looked up: `getenv("NAME ")`.
    Padded,
    /// A prefix that makes a bundler put the value into the browser's code.
    Public,
}

/// Where a name stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NameSite {
    /// An env file, a Dockerfile or a manifest defines it.
    Define,
    /// Code looks it up.
    Read,
}
