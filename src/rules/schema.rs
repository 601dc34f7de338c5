//! The head of a rule file: what the rule is called, how bad its fault is and what it matches.

use super::matcher::Matcher;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A group of rules; also the folder under `rules/` its files stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// A credential, or a placeholder for one, where it should not be.
    Secret,
    /// An env file some loader reads in another way than its author.
    Dotenv,
    /// A variable name nobody reads or nobody defines.
    EnvName,
    /// A credential baked into an image, manifest or pipeline.
    Deploy,
    /// A deprecated or removed SDK pattern.
    Sdk,
    /// A flow that cannot work.
    Flow,
}

impl Family {
    /// All families, in the order of reports.
    pub const ALL: [Self; 6] = [Self::Secret, Self::Dotenv, Self::EnvName, Self::Deploy, Self::Sdk, Self::Flow];

    /// The name in rule files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Dotenv => "dotenv",
            Self::EnvName => "env-name",
            Self::Deploy => "deploy",
            Self::Sdk => "sdk",
            Self::Flow => "flow",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; fails nothing by default.
    Note,
    /// Fails somewhere, or soon.
    Warning,
    /// A leaked credential, or a program that cannot work.
    Error,
}

impl Severity {
    /// The name in rule files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How sure keylint is of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It may be something else.
    Low,
    /// It is most likely right.
    Medium,
    /// A shape, marker or grammar proves it.
    High,
}

impl Confidence {
    /// The name in rule files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Why a key fails or leaks: stable names for programs that read reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Somebody who can read the file can use the key.
    LeakedKey,
    /// The text that stands for a key was never replaced by one.
    Placeholder,
    /// Quotes become part of the value.
    QuotedValue,
    /// A blank becomes part of the value or of the name.
    Whitespace,
    /// An invisible character becomes part of the value or of the name.
    HiddenCharacter,
    /// Punctuation or a comment becomes part of the value.
    ExtraText,
    /// The line is not an assignment for the loaders that read it.
    Syntax,
    /// The value is missing.
    EmptyValue,
    /// The name is not the one that is looked up.
    WrongName,
    /// Nothing defines the variable.
    NotDefined,
    /// The file that defines the variable is never loaded.
    NotLoaded,
    /// The variable is set after it was read.
    SetTooLate,
    /// The key was cut off, mistyped or pasted twice.
    MalformedKey,
    /// The key goes to another vendor.
    WrongProvider,
    /// The key belongs to another account or project.
    WrongAccount,
    /// The header has another form than the server asks for.
    WrongScheme,
    /// The SDK removed, ignores or discourages the pattern.
    DeprecatedSdk,
    /// An allow comment has nothing to allow.
    UnusedAllow,
}

impl Cause {
    /// The name in rule files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeakedKey => "leaked-key",
            Self::Placeholder => "placeholder",
            Self::QuotedValue => "quoted-value",
            Self::Whitespace => "whitespace",
            Self::HiddenCharacter => "hidden-character",
            Self::ExtraText => "extra-text",
            Self::Syntax => "syntax",
            Self::EmptyValue => "empty-value",
            Self::WrongName => "wrong-name",
            Self::NotDefined => "not-defined",
            Self::NotLoaded => "not-loaded",
            Self::SetTooLate => "set-too-late",
            Self::MalformedKey => "malformed-key",
            Self::WrongProvider => "wrong-provider",
            Self::WrongAccount => "wrong-account",
            Self::WrongScheme => "wrong-scheme",
            Self::DeprecatedSdk => "deprecated-sdk",
            Self::UnusedAllow => "unused-allow",
        }
    }
}

/// How far a fix may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// `--fix` applies it.
    Safe,
    /// `--unsafe-fixes` applies it.
    Unsafe,
    /// It is only shown.
    DisplayOnly,
}

impl Applicability {
    /// The name in rule files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::DisplayOnly => "display-only",
        }
    }
}

/// The `[fix]` table of a rule file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FixSpec {
    /// What it does, as an order: "Remove the blank". `{name}` and `{canonical}` are filled in.
    pub title: String,
    /// Whether it may be applied without being looked at.
    pub applicability: Applicability,
}

/// Everything in a rule file before its `[docs]` table: all the engine needs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleHead {
    /// The name used everywhere; equal to the file's stem, kebab-case, reads well after "allow".
    #[schemars(regex(pattern = "^[a-z0-9-]+$"))]
    pub id: String,
    /// The family; equal to the file's folder.
    pub family: Family,
    /// One line: what is wrong.
    pub title: String,
    /// How bad it is unless the place says otherwise.
    pub severity: Severity,
    /// How sure a hit is.
    pub confidence: Confidence,
    /// Why the key fails or leaks.
    pub cause: Cause,
    /// Whose credential it is: a slug of the providers table.
    #[serde(default)]
    pub provider: Option<String>,
    /// The version of keylint that had it first.
    pub since: String,
    /// Names it had before.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What a finding says; the title if absent. `{name}`, `{canonical}`, `{provider}`, `{answer}` (what the provider's
    /// API answers to a key it does not know) and `{shutdown}` (of a retired model, the day) are filled in.
    #[serde(default)]
    pub message: Option<String>,
    /// What it matches.
    #[serde(rename = "match")]
    pub matcher: Matcher,
    /// How it can be mended.
    #[serde(default)]
    pub fix: Option<FixSpec>,
}
