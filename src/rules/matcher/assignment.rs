//! `[match.assignment]`: a value given to a telling name.

use crate::text::alphabet::Alphabet;
use schemars::JsonSchema;
use serde::Deserialize;

/// A value that is a credential, or should be one, only because of the name it is given to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Assignment {
    /// Names in `UPPER_SNAKE` form. A name matches in every spelling (`openaiApiKey`, `x.openai-api-key`) if it
    /// *ends* in one of these. Left out: the names of the rule's provider, or of every provider if it has none.
    #[serde(default)]
    pub names: Vec<String>,
    /// Regular expression of the value, which may stand anywhere on the rest of the line (up to `reach` bytes).
    #[serde(default)]
    pub pattern: Option<String>,
    /// What the value has to be, for rules that ask for no shape.
    #[serde(default)]
    pub state: Option<ValueState>,
    /// The characters neither neighbour of the value may be.
    #[serde(default = "base64url")]
    pub alphabet: Alphabet,
    /// How many bytes after the name the value may start.
    #[serde(default = "reach")]
    pub reach: usize,
    /// How many bytes of the value are the same for every key of this kind.
    #[serde(default)]
    pub public: usize,
    /// For `wrong-provider`: slugs of the vendors whose variables are looked at.
    #[serde(default)]
    pub variables: Vec<String>,
    /// For `wrong-provider`: slugs of the vendors whose keys do not belong into those variables.
    #[serde(default)]
    pub keys: Vec<String>,
}

/// What a value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueState {
    /// A text that stands for a credential, in a place where it will be used.
    Placeholder,
    /// A key that was cut off, mistyped or pasted twice: it has the prefix of a token rule, but is no such token.
    Malformed,
    /// A whole key of another vendor than the variable's.
    WrongProvider,
    /// A value that looks drawn at random, of no vendor's shape.
    Random,
    /// A URL with a password for a host of the network.
    UrlPassword,
}

const fn base64url() -> Alphabet {
    Alphabet::Base64url
}

const fn reach() -> usize {
    96
}
