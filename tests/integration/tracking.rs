//! What git makes of env files, asked of a real git.

use crate::support::{Scratch, key};

fn rules(scratch: &Scratch, args: &[&str]) -> Vec<String> {
    let run = scratch.keylint(&[&["--select", "dotenv", "--format", "json"], args].concat());
    run.places()
}

fn env() -> String {
    format!("PORT=1\nOPENAI_API_KEY={}\n", key("tracking"))
}

#[test]
fn tracked_is_worse_than_not_ignored() {
    let scratch = Scratch::repository();
    scratch.write("a b/package.json", "{}");
    scratch.write("a b/.env", env());
    assert_eq!(rules(&scratch, &[]), ["a b/.env:2:1 env-file-not-ignored"]);
    scratch.write(".gitignore", ".env\n");
    assert!(rules(&scratch, &[]).is_empty());
    assert!(rules(&scratch, &["a b/.env"]).is_empty(), "also where the file is named");
    scratch.git(&["add", "-f", "a b/.env"]).ok();
    assert_eq!(rules(&scratch, &[]), ["a b/.env:2:1 tracked-env-file"]);
    assert_eq!(rules(&scratch, &["--staged"]), ["a b/.env:2:1 tracked-env-file"]);
    let secrets = scratch.keylint(&["--select", "secret", "--format", "json"]);
    assert_eq!(secrets.places(), ["a b/.env:2:16 openai-project-key"], "ignoring does not help a tracked file");
}

#[test]
fn a_line_that_looks_right_ignores_nothing() {
    let scratch = Scratch::repository();
    for (name, pattern) in
        [(".env", ".env # keys"), (".env", "\".env\""), ("api/.env", "/.env"), (".env.local", ".env")]
    {
        scratch.write(name, env());
        scratch.write(".gitignore", format!("{pattern}\n"));
        assert_eq!(rules(&scratch, &[name]), [format!("{name}:2:1 env-file-not-ignored")], "{pattern}");
    }
}

#[test]
fn each_repository_speaks_for_itself() {
    let scratch = Scratch::repository();
    scratch.write("inner/.env", env());
    scratch.program("git").args(["init", "-q", "inner"]).output().unwrap();
    scratch.program("git").args(["-C", "inner", "add", ".env"]).output().unwrap();
    assert_eq!(rules(&scratch, &[]), ["inner/.env:2:1 tracked-env-file"]);
    let outside = Scratch::new();
    outside.write(".env", env());
    assert!(rules(&outside, &[]).is_empty());
    outside.write(".git/HEAD", "nonsense");
    assert!(rules(&outside, &[]).is_empty(), "a repository git cannot read tells nothing");
}
