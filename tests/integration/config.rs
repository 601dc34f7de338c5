//! Configuration files, and what users allow.

use crate::support::{Scratch, key};

const JSON: [&str; 3] = ["check", "--format", "json"];

fn leaky() -> Scratch {
    let scratch = Scratch::repository();
    scratch.write("src/a.py", format!("k = \"{}\"\n", key("config")));
    scratch.write("vendor/b.py", format!("k = \"{}\"\n", key("vendor")));
    scratch
}

#[test]
fn files_are_left_out_and_counted() {
    let repo = leaky();
    repo.write("keylint.toml", "exclude = ['/vendor/']\n");
    let run = repo.keylint(&JSON).code(1);
    assert_eq!(run.places(), ["src/a.py:1:6 openai-project-key"]);
    assert_eq!(run.json()["skipped"], serde_json::json!([{"path": "vendor", "reason": "excluded"}]));
    // Named by a hook, a file is left out as well; that nothing is left is no all-clear.
    let run = repo.keylint(&["vendor/b.py"]).code(2);
    assert!(run.err.contains("nothing was scanned") && run.err.contains("1 excluded"), "{}", run.err);
    assert_eq!(repo.keylint(&["check", "--format", "json", "--isolated"]).code(1).places().len(), 2);
}

#[test]
fn allowed_findings_are_counted() {
    let repo = leaky();
    repo.write(".keylint.toml", "[[allow]]\npaths = ['vendor/**']\nrules = ['secret']\nreason = 'samples'\n");
    let run = repo.keylint(&JSON).code(1);
    assert_eq!((run.places().len(), &run.json()["suppressed"]["config"]), (1, &serde_json::json!(1)));
}

#[test]
fn the_command_line_wins() {
    let repo = leaky();
    repo.write("pyproject.toml", "[tool.keylint]\nignore = ['secret']\nfail-on = 'never'\n");
    assert_eq!(repo.keylint(&JSON).ok().places().len(), 0);
    repo.write("other.toml", "fail-on = 'never'\n");
    assert_eq!(repo.keylint(&["check", "--format", "json", "--config", "other.toml"]).ok().places().len(), 2);
    repo.keylint(&["check", "--ignore", "dotenv", "--fail-on", "error"]).code(1);
}

#[test]
fn a_mistake_is_exit_2_with_a_frame() {
    let repo = leaky();
    repo.write("keylint.toml", "ignore = [\"secrets\"]\n");
    let run = repo.keylint(&[]).code(2);
    assert!(run.err.contains("keylint.toml:1:11") && run.err.contains("did you mean `secret`"), "{}", run.err);
    assert_eq!(run.out, "");
    repo.write("keylint.toml", "colour = true\n");
    assert!(repo.keylint(&[]).code(2).err.contains("unknown field"));
    repo.write("keylint.toml", "select = [] # \u{1b}[2J\n");
    let run = repo.keylint(&[]).code(2);
    assert!(!run.err.contains('\u{1b}'), "{}", run.err);
    repo.keylint(&["--isolated", "--select", "nonsense"]).code(2);
}

#[cfg(unix)]
#[test]
fn nothing_outside_the_repository_is_read() {
    let outside = Scratch::new();
    outside.write("keylint.toml", "select = ['somebody elses text']\n");
    let repo = leaky();
    std::os::unix::fs::symlink(outside.path("keylint.toml"), repo.path("keylint.toml")).unwrap();
    let run = repo.keylint(&[]).code(2);
    assert!(!run.err.contains("somebody"), "{}", run.err);
    std::fs::remove_file(repo.path("keylint.toml")).unwrap();
    repo.write("keylint.toml", format!("rules = ['{}']\n", outside.dir.path().display()));
    repo.keylint(&[]).code(2);
}

#[test]
fn comments_allow_one_place() {
    let scratch = Scratch::new();
    let (one, two) = (key("one"), key("two"));
    // At the end of a line that needs it, a comment says nothing about the next line.
    scratch.write("a.py", format!("a = \"{one}\"  # keylint: allow secret -- x\nb = \"{two}\"\n"));
    let run = scratch.keylint(&JSON).code(1);
    assert_eq!(run.places(), ["a.py:2:6 openai-project-key"]);
    assert_eq!(run.json()["suppressed"]["inline"], 1);
    scratch.write("a.py", format!("client = OpenAI(  # keylint: allow openai-project-key\n  \"{one}\")\n"));
    scratch.keylint(&JSON).ok();
    scratch.keylint(&["check", "--no-inline"]).code(1);
    scratch.write("a.py", format!("a = \"{one}\"  # gitleaks:allow\nb = \"{two}\"  # pragma: allowlist secret\n"));
    assert_eq!(scratch.keylint(&JSON).ok().json()["suppressed"]["inline"], 2);
}

#[test]
fn only_comments_of_rules_that_ran_can_be_idle() {
    let scratch = Scratch::new();
    scratch.write("a.py", "x = 1  # keylint: allow openai-project-key -- gone\n");
    assert_eq!(scratch.keylint(&JSON).ok().places(), ["a.py:1:10 unused-allow"]);
    assert!(scratch.keylint(&["check", "--format", "json", "--ignore", "openai-project-key"]).ok().places().is_empty());
    assert!(scratch.keylint(&["check", "--format", "json", "--no-inline"]).ok().places().is_empty());
    scratch
        .write("a.py", "# keylint: allow unused-allow -- soon\nx = 1  # keylint: allow openai-project-key -- gone\n");
    assert!(scratch.keylint(&JSON).ok().places().is_empty());
}
