//! The program as its users run it, and properties of the library that need whole trees.

mod cli;
mod commands;
mod config;
mod layers;
mod pre_commit;
mod staged;
mod support;
