//! `keylint check --since REV`: what a pull request brings.

use crate::support::{Run, Scratch, key};

fn leak(seed: &str) -> String {
    format!("key = \"{}\"\n", key(seed))
}

fn since(repo: &Scratch, rev: &str, args: &[&str]) -> Run {
    repo.keylint(&[&["check", "--format", "json", "--since", rev], args].concat())
}

/// A branch beside `main` with an old key in it.
fn branched() -> Scratch {
    let repo = Scratch::repository();
    repo.write("a.py", leak("old"));
    repo.write("sub/b.py", "1\n");
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "x"]).ok();
    repo.git(&["checkout", "-qb", "topic"]).ok();
    repo
}

#[test]
fn only_lines_of_the_branch_count() {
    let repo = branched();
    repo.write("a.py", format!("import os\n{}", leak("old")));
    repo.git(&["commit", "-qam", "touch"]).ok();
    let run = since(&repo, "main", &[]).ok();
    assert_eq!(run.json()["suppressed"]["unchanged"], 1);
    repo.write("a.py", format!("import os\n{}{}", leak("old"), leak("new")));
    assert_eq!(since(&repo, "main", &[]).code(1).places(), ["a.py:3:8 openai-project-key"]);
    repo.git(&["commit", "-qam", "leak"]).ok();
    assert_eq!(since(&repo, "main", &[]).code(1).places(), ["a.py:3:8 openai-project-key"]);
    since(&repo, "HEAD", &[]).ok();
    repo.keylint(&["check", "--diff-base", "HEAD"]).ok();
    // What main got meanwhile is not the branch's.
    repo.git(&["checkout", "-q", "main"]).ok();
    repo.write("c.py", leak("on main"));
    repo.git(&["add", "."]).ok();
    repo.git(&["commit", "-qm", "y"]).ok();
    repo.git(&["checkout", "-q", "topic"]).ok();
    assert_eq!(since(&repo, "main", &[]).code(1).places(), ["a.py:3:8 openai-project-key"]);
}

#[test]
fn a_file_git_does_not_know_is_new_however_it_is_called() {
    let repo = branched();
    repo.write("sub/new.py", leak("untracked"));
    let expected = |path: &str| vec![format!("{path}:1:8 openai-project-key")];
    assert_eq!(since(&repo, "main", &[]).code(1).places(), expected("sub/new.py"));
    assert_eq!(since(&repo, "main", &["./sub/"]).code(1).places(), expected("sub/new.py"));
    let full = repo.path("sub/new.py");
    let full = full.to_str().unwrap();
    assert_eq!(since(&repo, "main", &[full]).code(1).places(), expected(full));
    let mut command = repo.program(env!("CARGO_BIN_EXE_keylint"));
    command.current_dir(repo.path("sub")).args(["check", "--format", "json", "--since", "main", ".."]);
    assert_eq!(Run::from(command.output().unwrap()).code(1).places(), expected("../sub/new.py"));
}

#[test]
fn what_cannot_be_compared_is_no_all_clear() {
    let repo = branched();
    for rev in ["nowhere", "--output=pwned", "HEAD:a.py"] {
        let run = repo.keylint(&["check", &format!("--since={rev}")]).code(2);
        assert!(run.err.contains("names no commit"), "{}", run.err);
    }
    assert!(!repo.path("pwned").exists());
    repo.git(&["checkout", "-q", "--orphan", "lone"]).ok();
    repo.git(&["commit", "-qm", "z"]).ok();
    let run = repo.keylint(&["check", "--since", "main"]).code(2);
    assert!(run.err.contains("no common ancestor"), "{}", run.err);
    let none = Scratch::new();
    none.write("a.py", "1\n");
    let run = none.keylint(&["check", "--since", "main"]).code(2);
    assert!(run.err.contains("not a git repository"), "{}", run.err);
}

#[test]
fn no_filter_of_the_repository_is_run() {
    let repo = branched();
    let touch = format!("touch {}", repo.path("pwned").display());
    repo.write(".gitattributes", "a.py filter=evil\nsub/b.py filter=a.long=one\n");
    for driver in ["evil", "a.long=one"] {
        for kind in ["clean", "smudge", "process"] {
            repo.git(&["config", &format!("filter.{driver}.{kind}"), &touch]).ok();
        }
        repo.git(&["config", &format!("filter.{driver}.required"), "true"]).ok();
    }
    // Of the same size, so that git has to compare the texts.
    repo.write("a.py", leak("new"));
    repo.write("sub/b.py", "2\n");
    assert_eq!(since(&repo, "main", &[]).code(1).places(), ["a.py:1:8 openai-project-key"]);
    assert!(!repo.path("pwned").exists());
}
