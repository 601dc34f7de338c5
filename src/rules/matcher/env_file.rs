//! `[match.env-file]`: what becomes of an env file as a whole.

use schemars::JsonSchema;
use serde::Deserialize;

/// An env file with credentials in this state.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EnvFile {
    /// The state that makes a finding.
    pub state: EnvFileState,
}

/// What can become of an env file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnvFileState {
    /// Git has it in its index.
    Tracked,
    /// Git neither has it nor ignores it.
    NotIgnored,
    /// A Dockerfile copies its directory and no `.dockerignore` leaves it out.
    Copied,
    /// The template lists a credential that code looks up and the file beside it lacks.
    Incomplete,
}
