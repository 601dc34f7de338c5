//! Reading a text without running it: every result carries the bytes it came from.

pub mod allow;
pub mod assign;
pub mod code;
pub mod dockerfile;
pub mod dotenv;
pub mod line;
pub mod lock;
pub mod manifest;
pub mod requirement;
pub mod shell;
