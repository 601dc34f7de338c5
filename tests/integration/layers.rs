//! A module imports only from lower layers.

use std::collections::BTreeMap;
use std::path::Path;

/// The layers, bottom to top; modules of one row may not import each other unless listed in an earlier row.
const LAYERS: [&[&str]; 14] = [
    &["span", "text"],
    &["source"],
    &["rules"],
    &["syntax"],
    &["finding"],
    &["baseline", "engine"],
    &["config"],
    &["policy", "flow"],
    &["input"],
    &["run"],
    &["fix"],
    &["report"],
    &["selftest"],
    &["cli"],
];

#[test]
fn modules_import_only_from_lower_layers() {
    let level: BTreeMap<&str, usize> =
        LAYERS.iter().enumerate().flat_map(|(i, row)| row.iter().map(move |module| (*module, i))).collect();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(&src) {
        let entry = entry.unwrap();
        if entry.path().extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let inside = entry.path().strip_prefix(&src).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if matches!(module, "lib" | "main") {
            continue;
        }
        let own = *level.get(module).unwrap_or_else(|| panic!("src/{module} has no layer: add it to LAYERS"));
        let text = std::fs::read_to_string(entry.path()).unwrap();
        for imported in imports(&text) {
            let other = level.get(imported.as_str()).unwrap_or_else(|| panic!("unknown module {imported}"));
            assert!(
                *other < own || imported == module || (*other == own && own == 0),
                "{}: `{module}` imports `{imported}`, which is not below it",
                inside.display()
            );
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} imports read: the reader is broken");
}

/// The top-level modules named after `crate::` anywhere in `text`, also inside `use crate::{…}`.
fn imports(text: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let mut out = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => out.push(word(std::mem::take(&mut item).trim())),
                    c if depth == 0 => item.push(c),
                    _ => {}
                }
            }
            out.push(word(item.trim()));
        } else {
            out.push(word(rest));
        }
    }
    out.retain(|name| !name.is_empty());
    out
}

#[test]
fn imports_are_read_in_every_form() {
    let text = "use crate::{flow, source::{A, B}};\nuse crate::span::Span;\nfn f() { crate::text::x() }";
    assert_eq!(imports(text), ["flow", "source", "span", "text"]);
}
