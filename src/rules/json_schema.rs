//! The JSON Schema of a rule file, for editors: made of the types that read the file, with their documentation.

use super::docs::Page;
use super::schema::RuleHead;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

/// A rule of keylint.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a rule file is read in two parts; only its schema is one")]
struct RuleFile {
    #[schemars(flatten)]
    head: RuleHead,
    #[schemars(flatten)]
    page: Page,
}

/// The JSON Schema of a rule file. Draft 7 is the newest one that the common TOML plugins know.
pub fn json_schema() -> serde_json::Value {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<RuleFile>().to_value()
}
