//! The `[match.…]` table of a rule file: one struct for each way a rule can look at a repository.
//!
//! Adding a rule is data. Adding a *kind* of matcher is a struct here and its code in `engine`.

mod assignment;
mod code;
mod env_entry;
mod env_file;
mod env_name;
mod flow;
mod instruction;
mod manifest;
mod phrase;
mod pin;
mod token;

pub use assignment::{Assignment, ValueState};
pub use code::{Code, Language, Since, Usage};
pub use env_entry::{Defect, EntryNames, EnvEntry};
pub use env_file::{EnvFile, EnvFileState};
pub use env_name::{EnvName, NameFault, NameSite};
pub use flow::{Flow, FlowFault};
pub use instruction::{Instruction, InstructionValue};
pub use manifest::{Manifest, ManifestFormat, ManifestValue};
pub use phrase::Phrase;
pub use pin::{Pin, Registry};
pub use token::{Owner, Token};

use schemars::JsonSchema;
use serde::Deserialize;

/// What a rule matches.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Matcher {
    /// A value whose shape gives it away wherever it stands.
    Token(Token),
    /// A value given to a telling name.
    Assignment(Assignment),
    /// An entry of an env file.
    EnvEntry(EnvEntry),
    /// What becomes of an env file as a whole.
    EnvFile(EnvFile),
    /// The name of a variable.
    EnvName(EnvName),
    /// A Dockerfile instruction.
    Instruction(Instruction),
    /// A credential in the configuration of a container, pipeline or platform.
    Manifest(Manifest),
    /// A use of an SDK in code.
    Code(Code),
    /// A credential on its way to the vendor.
    Flow(Flow),
    /// A text on one line.
    Phrase(Phrase),
    /// The version of a package a project asks for.
    Pin(Pin),
    /// An allow comment that allows nothing.
    UnusedAllow {},
}

impl Matcher {
    /// Since which version of a package what the rule finds is wrong, and where the package comes from.
    pub fn since(&self) -> Option<(Registry, &Since)> {
        match self {
            Self::Code(code) => Some((code.registry(), code.since.as_deref()?)),
            Self::Flow(flow) => Some((Registry::Npm, flow.since.as_ref()?)),
            _ => None,
        }
    }

    /// The vendors whose models that are shut down it looks for.
    pub fn retired_models(&self) -> &[String] {
        match self {
            Self::Code(code) => &code.retired_models,
            Self::Phrase(phrase) => phrase.retired_models.as_slice(),
            _ => &[],
        }
    }
}

/// Checks what the schema cannot say.
///
/// # Errors
/// One sentence about the first thing that is wrong.
pub(super) fn check(head: &super::RuleHead) -> Result<(), String> {
    let kebab =
        |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !kebab(&head.id) {
        return Err(format!("id `{}` is not kebab-case", head.id));
    }
    if let Some(provider) = &head.provider
        && super::providers().get(provider).is_none()
    {
        return Err(format!("provider `{provider}` is not in the providers table"));
    }
    if let Some(vendor) = head.matcher.retired_models().iter().find(|vendor| super::models::retired(vendor).is_none()) {
        return Err(format!("vendor `{vendor}` is not in the table of retired models"));
    }
    if head.matcher.since().is_some_and(|(_, since)| since.packages.is_empty()) {
        return Err("`since` needs `packages`".to_owned());
    }
    match &head.matcher {
        Matcher::Token(token) => {
            if let Some(anchor) = token.anchors.iter().find(|anchor| anchor.len() < 3) {
                return Err(format!("anchor `{anchor}` is shorter than three bytes: it would match everywhere"));
            }
            if token.anchors.is_empty() {
                return Err("a token needs an anchor".to_owned());
            }
            pattern(&token.pattern)?;
            token.except.as_deref().map_or(Ok(()), pattern)
        }
        Matcher::Assignment(assignment) => match (&assignment.pattern, assignment.state) {
            (Some(text), None) => pattern(text),
            (None, Some(_)) => Ok(()),
            _ => Err("an assignment needs either `pattern` or `state`".to_owned()),
        },
        Matcher::Code(code) if code.members.is_empty() || code.usage.is_empty() || code.languages.is_empty() => {
            Err("code needs `languages`, `members` and `usage`".to_owned())
        }
        Matcher::Phrase(phrase) if phrase.literals.is_empty() => Err("a phrase needs `literals`".to_owned()),
        Matcher::Phrase(phrase) => pattern(&phrase.pattern()),
        Matcher::Pin(pin) if pin.packages.is_empty() => Err("a pin needs `packages`".to_owned()),
        _ => Ok(()),
    }
}

/// Compiles a pattern the way the engine does.
///
/// # Errors
/// What the regular expression engine says about it.
pub fn compile(pattern: &str) -> Result<regex::bytes::Regex, regex::Error> {
    regex::bytes::RegexBuilder::new(pattern).unicode(false).size_limit(1 << 20).build()
}

fn pattern(text: &str) -> Result<(), String> {
    // Compiling at load would cost every start; the parser alone finds nearly every mistake.
    regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(text)
        .map(|_| ())
        .map_err(|error| format!("pattern: {error}"))
}
