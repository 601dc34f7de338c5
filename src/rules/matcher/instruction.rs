//! `[match.instruction]`: a Dockerfile instruction.

use schemars::JsonSchema;
use serde::Deserialize;

/// Something in one of these instructions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Instruction {
    /// Instruction words in upper case; `ONBUILD` ones count too.
    pub names: Vec<String>,
    /// What has to stand in it.
    pub value: InstructionValue,
}

/// What stands in an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InstructionValue {
    /// A credential in plain text: in the value of a pair (`ENV`, `ARG`, `LABEL`), or anywhere in the command and its
    /// here-documents (all other instructions).
    Literal,
    /// A build argument (`ENV KEY=$KEY` after `ARG KEY`).
    BuildArgument,
    /// No value at all (`ARG KEY`).
    Missing,
    /// A file whose only purpose is to hold credentials (`COPY .env .`).
    SecretFile,
    /// A value that starts with the equals sign (`ENV KEY = value`).
    Equals,
    /// A value with a comment in it (`ENV KEY value # comment`).
    Comment,
    /// A variable that nothing expands (`ENV KEY='$KEY'`).
    Unexpanded,
    /// A variable that neither this stage nor what it is built on defines (`ENV KEY=$KEY` without `ARG KEY`).
    Undefined,
    /// A mounted secret, or a build argument that is one, which the command writes into the layer.
    Persisted,
}
