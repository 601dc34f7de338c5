//! The program as its users run it, and properties of the library that need whole trees.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "helpers of tests are tests")]

mod baseline;
mod cli;
mod commands;
mod config;
mod differential;
mod engine;
mod explain;
mod fix;
mod history;
mod history_shapes;
mod index;
mod init;
mod large;
mod layers;
mod loaders;
mod pre_commit;
mod report;
mod rule_schema;
mod secrets;
mod since;
mod staged;
mod support;
mod trace;
mod tracking;
mod unreadable;
