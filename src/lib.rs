//! keylint: a static lint and secret scanner for repositories that says why the key does not work.
//!
//! Layers, bottom to top (a module imports only from lower ones; `tests/layers.rs` holds it):
//! `span`, `text` → `source` → `rules`, `syntax` → `finding` → `baseline`, `engine` → `config` → `policy`, `flow` → `input` →
//! `run` → `fix`, `report` → `cli`. `docs/architecture.md` tells what each is for.

pub mod baseline;
pub mod cli;
pub mod config;
pub mod engine;
pub mod finding;
pub mod fix;
pub mod flow;
pub mod input;
pub mod policy;
pub mod report;
pub mod rules;
pub mod run;
pub mod selftest;
pub mod source;
pub mod span;
pub mod syntax;
pub mod text;
