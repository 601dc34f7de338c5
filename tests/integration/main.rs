//! The program as its users run it, and properties of the library that need whole trees.

mod layers;
mod report;
