//! What can be said about a short piece of text without knowing where it stands.

pub mod alphabet;
mod bigrams;
pub mod checksum;
pub mod name;
pub mod placeholder;
pub mod random;
pub mod randomness;
pub mod sanitize;
pub mod secret;
pub mod setting;
