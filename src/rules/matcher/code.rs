//! `[match.code]`: a use of an SDK in code.

use serde::Deserialize;

/// A use of a module's members.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Code {
    /// The languages looked at.
    pub languages: Vec<Language>,
    /// The module as it is imported: `openai`.
    pub module: String,
    /// Members of it, dotted: `ChatCompletion.create`, `api_key`.
    #[serde(default)]
    pub members: Vec<String>,
    /// How the member is used.
    pub usage: Usage,
}

/// A language code rules know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Python and notebooks.
    Python,
    /// JavaScript and TypeScript.
    JavaScript,
}

/// How a member is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Usage {
    /// `module.member(…)`
    Call,
    /// `module.member = …`
    Assign,
    /// `import module.member`, `from module import member`
    Import,
    /// `new member(…)` of an imported class.
    Construct,
    /// Any reference.
    Any,
}
