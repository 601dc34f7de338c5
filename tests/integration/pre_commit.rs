//! The real `pre-commit` runs the real program in real commits.

use crate::support::{Run, Scratch, key};

/// A repository with the hooks `ids` of our own manifest installed; `None`, with the reason printed, where `pre-commit`
/// is missing. The program that was built stands in for the one a hook would build.
fn hooked_with(ids: &[&str], stages: &[&str]) -> Option<Scratch> {
    let repo = Scratch::repository();
    if repo.program("pre-commit").arg("--version").output().is_err() {
        eprintln!("skipped: the program `pre-commit` is not installed");
        return None;
    }
    let hooks = repo.path(".git/hook-repository");
    std::fs::create_dir(&hooks).unwrap();
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml")).unwrap();
    let manifest = manifest.replace("language: rust", "language: system");
    let program = env!("CARGO_BIN_EXE_keylint");
    let manifest = manifest.replace("entry: keylint", &format!("entry: {program}"));
    std::fs::write(hooks.join(".pre-commit-hooks.yaml"), manifest).unwrap();
    let git = |args: &[&str]| Run::from(repo.program("git").current_dir(&hooks).args(args).output().unwrap()).ok();
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "hooks"]);
    let rev = git(&["rev-parse", "HEAD"]).out.trim().to_owned();
    let ids: String = ids.iter().map(|id| format!("  - id: {id}\n")).collect();
    let config = format!("repos:\n- repo: {}\n  rev: {rev}\n  hooks:\n{ids}", hooks.display());
    repo.write(".pre-commit-config.yaml", config);
    repo.write("a.py", "import os\n");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "first"]).ok();
    for stage in stages {
        let mut install = repo.program("pre-commit");
        install.env("PRE_COMMIT_HOME", repo.path(".git/home")).args(["install", "-t", stage]).assert().success();
    }
    Some(repo)
}

fn hooked() -> Option<Scratch> {
    hooked_with(&["keylint"], &["pre-commit"])
}

fn pre_commit(repo: &Scratch, args: &[&str]) -> Run {
    let mut command = repo.program("pre-commit");
    Run::from(command.env("PRE_COMMIT_HOME", repo.path(".git/home")).args(args).output().unwrap())
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
fn a_commit_answers_for_its_own_lines() {
    let Some(repo) = hooked() else { return };
    repo.write("old.py", leak("old"));
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "before the hook", "--no-verify"]).ok();
    repo.write("old.py", format!("{}x = 1\n", leak("old")));
    commit(&repo, &["-a"]).ok();
    repo.write("old.py", format!("{}x = 1\n{}", leak("old"), leak("new")));
    commit(&repo, &["-a"]).code(1);
    repo.git(&["checkout", "-q", "old.py"]).ok();
    // Only a deletion: there is nothing to judge.
    repo.git(&["rm", "-q", "a.py"]).ok();
    commit(&repo, &[]).ok();
    // Nothing is staged, and everything is asked about.
    let all = pre_commit(&repo, &["run", "--all-files"]).code(1);
    assert!(all.out.contains("old.py") && all.out.contains("all files are checked"), "{}", all.out);
    let range = pre_commit(&repo, &["run", "--from-ref", "HEAD~1", "--to-ref", "HEAD"]);
    assert!(!range.out.contains("openai-project-key"), "{}", range.out);
}

#[test]
fn files_are_read_from_disk_by_the_hook_for_files() {
    let Some(repo) = hooked_with(&["keylint-files"], &["pre-commit"]) else { return };
    repo.write("b.py", leak("file"));
    repo.git(&["add", "."]).ok();
    pre_commit(&repo, &["run", "--files", "a.py"]).ok();
    pre_commit(&repo, &["run", "--files", "a.py", "b.py"]).code(1);
}

#[test]
fn a_push_answers_for_all_its_commits() {
    let Some(repo) = hooked_with(&["keylint-push"], &["pre-push"]) else { return };
    let remote = Scratch::new();
    remote.git(&["init", "-q", "--bare", "-b", "main"]).ok();
    repo.git(&["remote", "add", "origin", remote.dir.path().to_str().unwrap()]).ok();
    let push = |args: &[&str]| {
        let mut command = repo.program("git");
        command.env("PRE_COMMIT_HOME", repo.path(".git/home")).args(["push", "-q", "origin"]).args(args);
        Run::from(command.output().unwrap())
    };
    push(&["main"]).ok();
    repo.write("a.py", leak("pushed"));
    repo.git(&["commit", "-qam", "leak"]).ok();
    repo.write("a.py", "import os\n");
    repo.git(&["commit", "-qam", "clean again"]).ok();
    let refused = push(&["main"]).code(1);
    assert!(format!("{}{}", refused.out, refused.err).contains("openai-project-key"), "{}", refused.err);
    push(&["main:refs/heads/new"]).code(1);
    repo.git(&["reset", "-q", "--hard", "origin/main"]).ok();
    repo.write("a.py", "import sys\n");
    repo.git(&["commit", "-qam", "harmless"]).ok();
    push(&["main"]).ok();
    push(&["main:refs/heads/new"]).ok();
    push(&[":refs/heads/new"]).ok();
}

#[test]
fn gits_own_push_hook_is_understood() {
    let repo = Scratch::repository();
    repo.write("a.py", "1\n");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "1"]).ok();
    repo.write("a.py", leak("plain hook"));
    repo.git(&["commit", "-qam", "2"]).ok();
    let id = |name: &str| repo.git(&["rev-parse", name]).ok().out.trim().to_owned();
    let (old, new, zeros, unknown) = (id("HEAD~1"), id("HEAD"), "0".repeat(40), "7".repeat(40));
    for (local, remote, code) in
        [(&new, &old, 1), (&old, &zeros, 0), (&new, &zeros, 1), (&new, &unknown, 1), (&new, &new, 0), (&zeros, &old, 0)]
    {
        let lines = format!("refs/heads/main {local} refs/heads/main {remote}\n");
        repo.run_keylint(&["history", "--pre-push"], lines.as_bytes()).code(code);
    }
    repo.run_keylint(&["history", "--pre-push"], b"nonsense\n").code(2);
}

#[test]
fn the_manifest_is_valid() {
    let Some(repo) = hooked() else { return };
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml");
    repo.program("pre-commit").args(["validate-manifest", manifest]).assert().success();
}
