//! The `[docs]` table of a rule file and what follows it.

use super::example::Example;
use schemars::JsonSchema;
use serde::Deserialize;

/// Everything in a rule file from `[docs]` on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// The documentation.
    pub docs: RuleDocs,
    /// The examples: at least two positives and two negatives.
    #[serde(rename = "example", default)]
    pub examples: Vec<Example>,
}

/// What a rule's page says.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleDocs {
    /// What the user sees when it goes wrong: the error, the status, the wrong host, the key in a log.
    #[serde(default)]
    pub symptom: String,
    /// What goes wrong, and why.
    pub why: String,
    /// What to do, step by step, in one or two sentences.
    pub remedy: String,
    /// Where the facts come from.
    #[serde(default)]
    pub references: Vec<String>,
}
