//! What git makes of a file.

use schemars::JsonSchema;
use serde::Deserialize;

/// What git makes of a file in one of its work trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tracking {
    /// The next commit has it.
    Tracked,
    /// Git leaves it alone.
    Ignored,
    /// The next `git add .` takes it.
    Loose,
}
