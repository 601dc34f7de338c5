//! Collects the rule files below `rules/` into one table that is compiled into the binary.

#![expect(clippy::expect_used, reason = "a build that cannot read its own rules has to stop")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("rules");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let text = fs::read_to_string(&file).expect("rule files are UTF-8");
        let docs = text.find("\n[docs]").map_or(text.len(), |i| i + 1);
        let name = file.strip_prefix(&root).expect("below rules").display().to_string().replace('\\', "/");
        writeln!(table, "({name:?}, include_str!({:?}), {docs}),", file.display().to_string()).expect("a String");
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("rules.rs");
    fs::write(out, table).expect("OUT_DIR is writable");
}

/// All rule files below `dir`; the shared tables are no rules.
fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("rules/ is readable") {
        let path = entry.expect("rules/ is readable").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "tables") {
                println!("cargo::rerun-if-changed={}", path.display());
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
}
