//! `keylint rules docs`: writes the rules' pages, or checks that they are up to date.

use super::{page, rules};
use crate::rules::RuleSet;
use crate::source::RelPath;
use miette::{IntoDiagnostic as _, Result, WrapErr as _};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) fn run(dir: &Path, check: bool) -> Result<u8> {
    let pages = pages(dir)?;
    let mut wrong: Vec<PathBuf> = Vec::new();
    for (path, text) in &pages {
        if fs::read_to_string(path).is_ok_and(|old| old == *text) {
            continue;
        }
        if !check {
            write(path, text)?;
        }
        wrong.push(path.clone());
    }
    let folder = dir.join("rules");
    for file in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let path = file.path();
        if path.extension().is_some_and(|extension| extension == "md") && !pages.contains_key(&path) {
            if !check {
                fs::remove_file(&path).into_diagnostic()?;
            }
            wrong.push(path);
        }
    }
    let what = if check { "not up to date" } else { "written" };
    for path in &wrong {
        super::tell(&format!("{what}: {}", RelPath::new(path).printable()));
    }
    Ok(if check && !wrong.is_empty() { super::FOUND } else { 0 })
}

/// Every page with the file it belongs into.
fn pages(dir: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let set = RuleSet::builtin()?;
    let all = rules::sorted(&set);
    let mut pages: BTreeMap<PathBuf, String> =
        all.iter().map(|rule| (dir.join("rules").join(format!("{}.md", rule.id)), page::markdown(rule))).collect();
    pages.insert(dir.join("rules.md"), page::markdown_table(&all));
    Ok(pages)
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).into_diagnostic()?;
    }
    fs::write(path, text).into_diagnostic().wrap_err_with(|| format!("cannot write {}", RelPath::new(path).printable()))
}
