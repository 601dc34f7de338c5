//! `[match.phrase]`: a text on one line, commented lines left out.

use crate::rules::models;
use crate::source::FileKind;
use schemars::JsonSchema;
use serde::Deserialize;
use std::borrow::Cow;

/// A text in files of some kinds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Phrase {
    /// The kinds of file. Programs are only looked at where they use an SDK, a vendor's variable or a header for a key, or,
    /// in Python, JavaScript and notebooks, where a literal of a rule for Python stands.
    pub kinds: Vec<FileKind>,
    /// Literals one of which stands in every match: lines without them are not looked at.
    pub literals: Vec<String>,
    /// Regular expression of the line from its start on; the group `it` is what a finding points at, `name` fills
    /// `{name}`.
    pub pattern: String,
    /// The vendor whose models that are shut down `{models}` in the pattern stands for, by its slug; `{shutdown}` in the
    /// message is the day.
    #[serde(default)]
    pub retired_models: Option<String>,
    /// Texts one of which has to stand in the same command, over lines that are continued by a backslash.
    #[serde(default)]
    pub near: Vec<String>,
}

impl Phrase {
    /// The regular expression, with the names of models in it.
    pub fn pattern(&self) -> Cow<'_, str> {
        let models = self.retired_models.as_deref().and_then(models::retired);
        models.map_or(Cow::Borrowed(&self.pattern), |models| models.fill(&self.pattern))
    }
}
