//! From one text to what is wrong with it. No input or output happens here: a text comes in, a report goes out.
//!
//! `plan` compiles the rules once. `prefilter` finds the places worth looking at. `token`, `assignment`, `env_entry`,
//! `instruction`, `manifest`, `code`, `flow`, `phrase`, `pin` and `env_name` look at them, one module for each kind of
//! matcher. `scan` runs them over a file and turns their matches into findings.

mod address;
mod assignment;
mod code;
mod context;
mod env_client;
mod env_define;
mod env_entry;
mod env_file;
mod env_loader;
mod env_mention;
mod env_name;
mod env_way;
mod excerpt;
mod explain;
mod flow;
mod given;
mod holding;
mod hosts;
mod in_use;
mod instruction;
mod key_form;
mod leak;
mod login;
mod manifest;
#[cfg(test)]
mod naive;
mod overlap;
mod own_server;
mod phrase;
mod pin;
mod plan;
mod prefilter;
mod rarity;
mod scan;
mod sent;
mod token;
mod window;

pub use context::{Fact, Holding, Match, Pending, Question, Site, Waiting};
pub use excerpt::masks;
pub use explain::{Candidate, Trace, trace};
pub use flow::own_modules;
pub use plan::Plan;
pub use scan::{FileReport, scan};
pub use window::{LargeScan, is_structured};
