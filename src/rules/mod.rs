//! Rules are data: one TOML file each, shipped inside the binary, with their documentation and their examples.

pub mod clients;
mod docs;
pub mod example;
mod json_schema;
mod load;
pub mod loaders;
pub mod matcher;
pub mod models;
pub mod names;
mod rule;
mod schema;
mod tables;

pub use docs::RuleDocs;
pub use json_schema::json_schema;
pub use load::{RuleError, RuleSet};
pub use matcher::Matcher;
pub use rule::Rule;
pub use schema::{Applicability, Cause, Confidence, Family, FixSpec, RuleHead, Severity};
pub use tables::{Provider, Providers, providers};
