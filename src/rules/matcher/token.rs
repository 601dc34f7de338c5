//! `[match.token]`: a value whose shape gives it away wherever it stands.

use crate::source::FileKind;
use crate::text::alphabet::Alphabet;
use crate::text::checksum::Checksum;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A token that starts with one of its anchors, matches its pattern and ends where its alphabet ends.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Token {
    /// Literals the token starts with, at least three bytes each. They are searched for; the pattern is only tried
    /// where one stands, so every text the pattern matches must start with one of them.
    #[schemars(length(min = 1))]
    pub anchors: Vec<String>,
    /// Regular expression (bytes, no Unicode classes) of the whole token. A group called `random` names the random
    /// part; otherwise it is what follows the anchor.
    pub pattern: String,
    /// The characters neither neighbour of the token may be.
    #[serde(default = "base64url")]
    pub alphabet: Alphabet,
    /// How many bytes after the anchor the pattern may see.
    #[serde(default = "window")]
    pub window: usize,
    /// Whether the random part has to look random by itself: for shapes that something else could have.
    #[serde(default)]
    pub weak: bool,
    /// Whether the random part is not judged at all (a private key's armour proves itself).
    #[serde(default)]
    pub unjudged: bool,
    /// Whether the random part is the base64 of a text, which repeats itself: what it stands for is judged instead.
    #[serde(default)]
    pub encoded: bool,
    /// The vendor's checksum; a token without the right one is not reported.
    #[serde(default)]
    pub checksum: Option<Checksum>,
    /// A literal that stands inside every token of the kind, with as many characters before it (after the prefix) as
    /// behind it. What lacks it, or has unequal sides, is no whole key.
    #[serde(default)]
    pub marker: Option<String>,
    /// Lengths in characters the vendor issues, by prefix, where the pattern takes more. A shorter text was cut off.
    #[serde(default)]
    pub issued: BTreeMap<String, Vec<usize>>,
    /// Regular expression of tokens that are published samples or public by design.
    #[serde(default)]
    pub except: Option<String>,
    /// Whether the vendor is told by the prefix or by what stands around the token.
    #[serde(default)]
    pub owner: Owner,
    /// The rule about values given to names that knows the secret which may follow as the next argument or column.
    #[serde(default)]
    pub secret_rule: Option<String>,
    /// Kinds of file the rule does not look at.
    #[serde(default)]
    pub not_in: Vec<FileKind>,
}

/// How a token's vendor is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The rule's `provider`.
    #[default]
    Rule,
    /// The variable's name, else a host nearby, else the rule's `provider`.
    Context,
}

const fn base64url() -> Alphabet {
    Alphabet::Base64url
}

const fn window() -> usize {
    512
}
