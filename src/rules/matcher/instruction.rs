//! `[match.instruction]`: a Dockerfile instruction.

use serde::Deserialize;

/// A key and value of one of these instructions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Instruction {
    /// Instruction words in upper case; `ONBUILD` ones count too.
    pub names: Vec<String>,
    /// What the value has to be.
    pub value: InstructionValue,
}

/// What the value of an instruction's key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstructionValue {
    /// A credential in plain text.
    Literal,
    /// A build argument (`ENV KEY=$KEY` after `ARG KEY`).
    BuildArgument,
    /// No value at all (`ARG KEY`).
    Missing,
}
