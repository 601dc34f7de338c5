//! `--format jsonl`: a line for each finding, then one for the run; each line is an object with a `type`.

use super::{inert, json};
use crate::run::Outcome;
use serde_json::Value;
use std::io::{self, Write};

pub(super) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    for finding in &outcome.findings {
        inert::write_json(&typed(json::finding(finding), "finding"), out)?;
    }
    inert::write_json(&typed(json::frame(outcome), "summary"), out)
}

fn typed(mut object: Value, kind: &str) -> Value {
    object["type"] = Value::from(kind);
    object
}
