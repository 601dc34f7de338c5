//! `[match.manifest]`: configuration of containers, pipelines and platforms.

use serde::Deserialize;

/// A credential in a file of one of these formats.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// The formats looked at.
    pub formats: Vec<ManifestFormat>,
    /// How the credential is written.
    pub value: ManifestValue,
}

/// What a configuration file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestFormat {
    /// A compose file.
    Compose,
    /// A pipeline: GitHub Actions, GitLab, `CircleCI`, Azure, Buildkite, Cloud Build, Jenkins, pre-commit.
    Ci,
    /// Kubernetes objects, Helm templates of them included.
    Kubernetes,
    /// Other deployments: Terraform, serverless, `CloudFormation`, ECS, App Engine, Fly, Netlify, systemd, …
    Platform,
}

/// How a credential is written in a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestValue {
    /// In plain text.
    Literal,
    /// In base64, under `data:` of a Kubernetes Secret.
    Encoded,
}
