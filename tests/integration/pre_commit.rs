//! The real `pre-commit` runs the real program in real commits.

use crate::support::{Run, Scratch, key};

/// A repository with our hook installed; `None`, with the reason printed, where `pre-commit` is missing.
fn hooked() -> Option<Scratch> {
    let repo = Scratch::repository();
    if repo.program("pre-commit").arg("--version").output().is_err() {
        eprintln!("skipped: the program `pre-commit` is not installed");
        return None;
    }
    let hook = format!(
        "repos:\n- repo: local\n  hooks:\n  - id: keylint\n    name: keylint\n    language: system\n    \
         pass_filenames: false\n    entry: {} check --staged\n",
        env!("CARGO_BIN_EXE_keylint")
    );
    repo.write(".pre-commit-config.yaml", hook);
    repo.write("a.py", "import os\n");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "first"]).ok();
    let home = repo.path(".git/home");
    repo.program("pre-commit").env("PRE_COMMIT_HOME", home).arg("install").assert().success();
    Some(repo)
}

fn commit(repo: &Scratch, args: &[&str]) -> Run {
    let mut command = repo.program("git");
    command.env("PRE_COMMIT_HOME", repo.path(".git/home")).args(["commit", "-m", "x"]).args(args);
    Run::from(command.output().unwrap())
}

fn leak(seed: &str) -> String {
    format!("key = \"{}\"\n", key(seed))
}

#[test]
fn a_commit_with_a_key_is_refused_and_a_clean_one_passes() {
    let Some(repo) = hooked() else { return };
    repo.write("b.py", leak("commit"));
    repo.git(&["add", "b.py"]).ok();
    let refused = commit(&repo, &[]).code(1);
    let said = format!("{}{}", refused.out, refused.err);
    assert!(said.contains("openai-project-key") && !said.contains(&key("commit")[8..40]), "{said}");
    repo.write("b.py", "key = read()\n");
    repo.git(&["add", "b.py"]).ok();
    commit(&repo, &[]).ok();
}

#[test]
fn a_partially_staged_file_is_judged_by_its_staged_text() {
    let Some(repo) = hooked() else { return };
    repo.write("a.py", "import sys\n");
    repo.git(&["add", "a.py"]).ok();
    repo.write("a.py", leak("disk"));
    commit(&repo, &[]).ok();
    repo.git(&["add", "a.py"]).ok();
    repo.write("a.py", "import sys\n");
    commit(&repo, &[]).code(1);
}

#[test]
fn commit_all_and_commit_path_have_an_index_of_their_own() {
    let Some(repo) = hooked() else { return };
    repo.write("a.py", leak("all"));
    commit(&repo, &["-a"]).code(1);
    commit(&repo, &["a.py"]).code(1);
    // The key stays on disk only: what is committed is clean.
    repo.write("c.py", "pass\n");
    repo.git(&["add", "c.py"]).ok();
    commit(&repo, &["c.py"]).ok();
    repo.write("a.py", "import json\n");
    commit(&repo, &["-a"]).ok();
}

#[test]
fn the_manifest_is_valid() {
    let Some(repo) = hooked() else { return };
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml");
    repo.program("pre-commit").args(["validate-manifest", manifest]).assert().success();
}
