//! `keylint init`: what it writes works, and what is there stays.

use crate::support::{Run, Scratch, key};
use std::path::Path;

fn read(scratch: &Scratch, name: &str) -> String {
    std::fs::read_to_string(scratch.path(name)).unwrap()
}

/// Runs with the program that was built on the `PATH`, as a hook finds it.
fn on_path(scratch: &Scratch, program: &str, args: &[&str]) -> Run {
    let own = Path::new(env!("CARGO_BIN_EXE_keylint")).parent().unwrap().to_owned();
    let old = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths([own].into_iter().chain(std::env::split_paths(&old))).unwrap();
    Run::from(scratch.program(program).env("PATH", path).args(args).output().unwrap())
}

fn leak(seed: &str) -> String {
    format!("key = \"{}\"\n", key(seed))
}

#[test]
fn the_configuration_says_what_holds_anyway() {
    let scratch = Scratch::new();
    let run = scratch.keylint(&["init"]).ok();
    assert_eq!(run.out, "wrote keylint.toml\n");
    let text = read(&scratch, "keylint.toml");
    assert!(text.lines().all(|line| line.is_empty() || line.starts_with('#')), "{text}");
    scratch.write("a.py", "x = 1\n");
    scratch.write("lint/keylint/none.md", "x\n");
    scratch.keylint(&[]).ok();
    // Every key that stands there as a comment is one.
    let is_key = |line: &&str| line.starts_with("# [[") || line.contains(" = ");
    let keys: Vec<&str> = text.lines().filter(is_key).map(|line| line.trim_start_matches("# ")).collect();
    assert!(keys.len() > 10, "{keys:?}");
    let keys: Vec<&str> = keys.into_iter().filter(|key| !key.starts_with("baseline")).collect();
    scratch.write("keylint.toml", keys.join("\n"));
    scratch.keylint(&[]).ok();
}

#[test]
fn what_is_there_stays() {
    let repo = Scratch::repository();
    repo.write(".pre-commit-config.yaml", "repos: []\n");
    let run = repo.keylint(&["init", "--pre-commit", "--github", "--gitlab"]).ok();
    assert_eq!(run.out, "wrote keylint.toml\nwrote .github/workflows/keylint.yml\nwrote .gitlab-ci.yml\n");
    assert!(run.err.contains("left as it is: .pre-commit-config.yaml"), "{}", run.err);
    assert!(run.err.contains("entry: keylint check --staged"), "{}", run.err);
    assert_eq!(read(&repo, ".pre-commit-config.yaml"), "repos: []\n");
    assert!(read(&repo, ".github/workflows/keylint.yml").contains("run: keylint check"));
    let again = repo.keylint(&["init", "--github"]).code(2);
    assert!(again.out.is_empty() && again.err.contains("left as it is: keylint.toml"), "{}", again.err);
    for name in [".keylint.toml", "pyproject.toml"] {
        let repo = Scratch::repository();
        repo.write(name, if name == "pyproject.toml" { "[tool.keylint]\n" } else { "" });
        let run = repo.keylint(&["init"]).code(2);
        assert!(run.err.contains(&format!("left as it is: {name}")), "{}", run.err);
        assert!(!repo.path("keylint.toml").exists());
    }
}

#[test]
fn everything_goes_to_the_root() {
    let repo = Scratch::repository();
    std::fs::create_dir_all(repo.path("a/b")).unwrap();
    let mut command = repo.program(env!("CARGO_BIN_EXE_keylint"));
    command.current_dir(repo.path("a/b")).args(["init", "--github", "--git-hook"]).assert().success();
    for name in ["keylint.toml", ".github/workflows/keylint.yml", ".git/hooks/pre-commit"] {
        assert!(repo.path(name).exists(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let (repo, outside) = (Scratch::repository(), Scratch::new());
    std::os::unix::fs::symlink(outside.dir.path(), repo.path(".github")).unwrap();
    std::os::unix::fs::symlink(outside.path("planted"), repo.path("keylint.toml")).unwrap();
    repo.keylint(&["init", "--github"]).code(2);
    assert_eq!(std::fs::read_dir(outside.dir.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn the_hook_refuses_a_key_wherever_git_looks_for_hooks() {
    let shared = Scratch::new();
    for (place, hook) in [
        (None, ".git/hooks/pre-commit".to_owned()),
        (Some("tools/hooks"), "tools/hooks/pre-commit".to_owned()),
        (shared.dir.path().to_str(), shared.path("pre-commit").display().to_string()),
    ] {
        let repo = Scratch::repository();
        if let Some(place) = place {
            repo.git(&["config", "core.hooksPath", place]).ok();
        }
        let run = repo.keylint(&["init", "--git-hook"]).ok();
        assert!(run.out.contains(&format!("wrote {hook}\n")), "{}", run.out);
        assert_eq!(run.err.contains("serves every work tree"), hook.starts_with('/'), "{}", run.err);
        repo.write("a.py", leak("hook"));
        repo.git(&["add", "a.py"]).ok();
        let refused = on_path(&repo, "git", &["commit", "-m", "x"]).code(1);
        assert!(format!("{}{}", refused.out, refused.err).contains("openai-project-key"));
        repo.write("a.py", "key = read()\n");
        repo.git(&["add", "a.py"]).ok();
        on_path(&repo, "git", &["commit", "-m", "x"]).ok();
        let again = repo.keylint(&["init", "--git-hook"]).code(2);
        assert!(again.err.contains("left as it is"), "{}", again.err);
    }
}

#[cfg(unix)]
#[test]
fn a_hook_of_somebody_else_stays_and_is_not_run() {
    use std::os::unix::fs::PermissionsExt;
    let repo = Scratch::repository();
    let hook = format!("#!/bin/sh\ntouch {}\n", repo.path("pwned").display());
    repo.write(".git/hooks/pre-commit", &hook);
    std::fs::set_permissions(repo.path(".git/hooks/pre-commit"), PermissionsExt::from_mode(0o755)).unwrap();
    repo.git(&["config", "core.fsmonitor", &format!("touch {}", repo.path("pwned").display())]).ok();
    let run = repo.keylint(&["init", "--git-hook"]).ok();
    assert!(run.err.contains("take this over") && run.err.contains("exec keylint check --staged"), "{}", run.err);
    assert_eq!(read(&repo, ".git/hooks/pre-commit"), hook);
    assert!(!repo.path("pwned").exists());
    Scratch::new().keylint(&["init", "--git-hook"]).code(2);
}

#[test]
fn pre_commit_runs_what_is_written() {
    let repo = Scratch::repository();
    if repo.program("pre-commit").arg("--version").output().is_err() {
        eprintln!("skipped: the program `pre-commit` is not installed");
        return;
    }
    repo.keylint(&["init", "--pre-commit"]).ok();
    repo.write("a.py", leak("pre-commit"));
    repo.git(&["add", "."]).ok();
    let home = repo.path(".git/home").display().to_string();
    let run = on_path(&repo, "env", &[&format!("PRE_COMMIT_HOME={home}"), "pre-commit", "run"]).code(1);
    assert!(run.out.contains("openai-project-key"), "{}", run.out);
}
