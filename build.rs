//! Collects the rule files and tables below `rules/` into what is compiled into the binary.
//!
//! What is read at every start is turned into JSON: that parses several times faster than TOML.

#![expect(clippy::expect_used, reason = "a build that cannot read its own rules has to stop")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("rules");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let text = fs::read_to_string(&file).expect("rule files are UTF-8");
        let name = file.strip_prefix(&root).expect("below rules").display().to_string().replace('\\', "/");
        if let Some(table) = name.strip_prefix("tables/") {
            fs::write(out.join(table).with_extension("json"), json(&name, &text)).expect("OUT_DIR is writable");
            continue;
        }
        let docs = text.find("\n[docs]").map_or(text.len(), |i| i + 1);
        let head = json(&name, &text[..docs]);
        writeln!(
            list,
            "Builtin {{ path: {name:?}, text: include_str!({:?}), docs: {docs}, head: {head:?} }},",
            file.display().to_string()
        )
        .expect("a String");
    }
    list.push(']');
    fs::write(out.join("rules.rs"), list).expect("OUT_DIR is writable");
}

/// The TOML `text` as JSON.
fn json(name: &str, text: &str) -> String {
    let value: toml::Table = toml::from_str(text).unwrap_or_else(|error| panic!("rules/{name}: {error}"));
    serde_json::to_string(&value).expect("TOML without dates is JSON")
}

/// All TOML files below `dir`.
fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("rules/ is readable") {
        let path = entry.expect("rules/ is readable").path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
}
