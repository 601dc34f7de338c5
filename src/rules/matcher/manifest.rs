//! `[match.manifest]`: configuration of containers, pipelines and platforms.

use schemars::JsonSchema;
use serde::Deserialize;

/// A credential, or a faulty way to give one, in a file of one of these formats.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// The formats looked at.
    pub formats: Vec<ManifestFormat>,
    /// How it is written.
    pub value: ManifestValue,
}

/// What a configuration file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestFormat {
    /// A compose file.
    Compose,
    /// A pipeline: GitHub Actions, GitLab, `CircleCI`, Azure, Buildkite, Cloud Build, Jenkins, pre-commit.
    Ci,
    /// Kubernetes objects, Helm templates of them included.
    Kubernetes,
    /// Commands in scripts, makefiles and `package.json` that start or configure containers and services.
    Command,
    /// Other deployments: Terraform, serverless, `CloudFormation`, ECS, App Engine, Fly, Netlify, systemd, …
    Platform,
}

/// How a credential is written in a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestValue {
    /// In plain text.
    Literal,
    /// In base64, under `data:` of a Kubernetes Secret.
    Encoded,
    /// Not at all: `- NAME="value"` in a list, where the quotes become part of the value.
    QuotedItem,
    /// Not at all: `- NAME =value` in a list, where the blank becomes part of the name or value.
    SpacedItem,
    /// Not at all: `${{ secret.NAME }}`, `secrets.NAME`, `${ secrets.NAME }`, which give nothing or the text itself.
    BadExpression,
    /// All secrets at once, printed into a log or a variable: `toJSON(secrets)`.
    AllSecrets,
    /// Not at all: `$(command)`, which nothing runs.
    Substitution,
    /// In base64, with a line end behind it.
    EncodedLine,
    /// In base64 twice, under `data:` of a Kubernetes Secret.
    EncodedTwice,
    /// Not in base64, where a Kubernetes Secret wants base64.
    NotEncoded,
    /// In base64 that a command makes, where the tool that gets it encodes once more.
    EncodedLiteral,
    /// By a command that encodes the line end of `echo` too.
    EchoedLine,
    /// By name: a build argument, which stays in the image's history whatever its value.
    BuildArgument,
    /// A variable that a step prints or encodes into the log.
    Printed,
    /// A variable that a step prints as it is.
    PrintedPlain,
    /// Not at all: `$$NAME`, which is the text `$NAME`.
    DoubledDollar,
    /// Not at all: `$NAME` where nothing expands variables.
    Unexpanded,
    /// Not at all: `'"${{ … }}"'`, where the inner quotes become part of the value.
    ExtraQuotes,
}
