//! `[match.env-entry]`: an entry of an env file that loaders read differently.

use schemars::JsonSchema;
use serde::Deserialize;

/// An entry with one of these defects.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EnvEntry {
    /// Any of these makes a finding.
    pub defects: Vec<Defect>,
    /// Whose entries are looked at.
    #[serde(default)]
    pub names: EntryNames,
    /// Whether template files (`.env.example`) are looked at too.
    #[serde(default)]
    pub templates: bool,
}

/// Which entries a rule looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EntryNames {
    /// Those whose name says they hold a credential, and those whose value has a credential's shape.
    #[default]
    Credential,
    /// All.
    Any,
}

/// What can be wrong with an entry of an env file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Defect {
    /// `NAME ="…"`: a blank before `=`.
    SpaceBeforeEquals,
    /// `NAME= …`: a blank after `=`.
    SpaceAfterEquals,
    /// `NAME=value `: a blank at the end of an unquoted value.
    TrailingSpace,
    /// `NAME=" value"`: a blank inside the quotes, at an edge.
    InnerEdgeSpace,
    /// `NAME=sk-1 23`: a blank inside the value.
    InnerSpace,
    /// `NAME="value"`: balanced double or single quotes.
    Quoted,
    /// ``NAME=`value` ``: backticks.
    Backticks,
    /// An opening quote without a closing one, or the reverse.
    UnbalancedQuote,
    /// Quotes inside quotes.
    NestedQuotes,
    /// Typographic quotes.
    SmartQuotes,
    /// Text after the closing quote.
    TextAfterQuote,
    /// A no-break space, zero-width character, byte order mark or control character in the value.
    HiddenInValue,
    /// The same in the name.
    HiddenInName,
    /// `NAME: value`.
    Colon,
    /// `NAME=<value>`, `[value]` or `{value}`: the template's brackets were kept.
    Brackets,
    /// `NAME=value,` or `NAME=value;`.
    TrailingPunctuation,
    /// `NAME=NAME=value`.
    RepeatedName,
    /// `NAME value`.
    MissingEquals,
    /// `=value`.
    MissingName,
    /// `NAME=value # comment`.
    InlineComment,
    /// `export NAME=value`.
    Export,
    /// `NAME=Bearer value`.
    BearerPrefix,
    /// `NAME=` where a credential belongs.
    Empty,
    /// `NAME-WITH-DASH=value`, `NAME WITH BLANK=value`.
    InvalidName,
    /// The file is UTF-16.
    Utf16,
    /// The file starts with a UTF-8 byte order mark.
    ByteOrderMark,
    /// The file is neither UTF-8 nor UTF-16.
    NotUtf8,
    /// A visible character outside ASCII in the value: a dash, a letter of another script.
    NonAscii,
    /// `NAME=&quot;value&quot;`, `NAME=%22value%22`.
    HtmlEntity,
    /// `NAME==value`.
    DoubleEquals,
    /// `NAME=value // comment`, with `//`, `;` or `--`.
    ForeignComment,
    /// `NAME=value#text`.
    HashGlued,
    /// `"NAME": "value",`
    JsonLine,
    /// `set NAME=value`, `$env:NAME = "value"`.
    ShellSyntax,
    /// `name=value` where the vendor's variable is in upper case.
    LowercaseName,
    /// `NAME=value OTHER=value`.
    TwoOnLine,
    /// `OTHER=1NAME=value`: the end of a line got lost.
    GluedLines,
    /// `NAME=val`, and the rest of the value on the next line.
    WrappedValue,
    /// `NAME=`, and the value on the next line.
    ValueOnNextLine,
    /// A line end inside the quotes.
    MultiLine,
    /// A name defined twice.
    Duplicate,
    /// A line that is no assignment and no comment, above an entry.
    JunkLine,
    /// Blanks before the name.
    Indented,
    /// `$` inside a value.
    Dollar,
    /// `NAME=${NAME}`, or a reference to a variable the file does not define.
    UnresolvedReference,
    /// `NAME=$(command)`.
    CommandSubstitution,
    /// A backslash inside a value.
    Backslash,
    /// A carriage return without a line feed at the end of a line, or two before it.
    CarriageReturn,
}
