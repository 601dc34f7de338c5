//! `[match.flow]`: a credential on its way from a variable or file to the vendor, in Python, JavaScript and notebooks.

use super::Since;
use schemars::JsonSchema;
use serde::Deserialize;

/// A flow with this fault.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Flow {
    /// What is wrong with it.
    pub fault: FlowFault,
    /// The version of the npm package it is a fault from.
    #[serde(default)]
    pub since: Option<Since>,
}

/// What can be wrong on the way. `{name}` is the variable, argument or call; what `{canonical}` is, each says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlowFault {
    /// The variable is set after the client that reads it was built.
    SetAfterClient,
    /// The env file is loaded after a client that reads the environment was built.
    LoadedAfterClient,
    /// The env file is loaded after the variable was read.
    LoadedAfterRead,
    /// An env file defines the variable and nothing loads it.
    NotLoaded,
    /// The key is `None` or `null`.
    NoKey,
    /// The key is an empty text.
    EmptyKey,
    /// A variable that may be missing is made a text: `str(os.getenv("NAME"))`.
    TextOfMissing,
    /// The key starts with `Bearer`, which the SDK writes itself.
    BearerInKey,
    /// The name of a variable is given as the key.
    NameAsKey,
    /// A key is looked up as if it were the name of a variable.
    KeyAsName,
    /// The variable is set to what it is.
    SetToItself,
    /// The variable is set in a shell that ends at once.
    LostExport,
    /// The key is read from a file with the end of its line.
    LineEndKept,
    /// The key of one vendor goes to another; `{canonical}` is the other.
    OtherVendor,
    /// The key of OpenAI goes to Azure, or the reverse; `{canonical}` is the one it goes to.
    AzureMix,
    /// The organization or project is written into the code.
    AccountInCode,
    /// `Authorization` without `Bearer`, or without the blank after it.
    BearerMissing,
    /// `Authorization: Bearer Bearer …`
    BearerTwice,
    /// The header holds the name of a variable instead of its value.
    HeaderNotFilledIn,
    /// The vendor takes the key in another header; `{canonical}` is that header.
    OtherHeader,
    /// The key is printed or logged; `{canonical}` is the call that does it.
    Logged,
    /// The client is built in a browser.
    ClientInBrowser,
    /// The key is written into what browsers get.
    SentToBrowser,
    /// Browser code reads a variable only servers have.
    ServerVariableInBrowser,
    /// What was caught is read as an answer of axios, which openai's package for Node no longer uses.
    AnswerOfError,
    /// A request is sent again after the vendor refused the key.
    RefusalRetried,
}
