//! `keylint explain FILE:LINE` says which guard stopped what, and never shows a secret.

use crate::support::{Scratch, key};
use keylint::text::random::Generator;

fn drawn(set: &str, length: usize) -> String {
    Generator::new("explain").string(set, length).unwrap()
}

/// The answer for the first line of a file with this text.
fn explained(path: &str, text: &str) -> String {
    let scratch = Scratch::new();
    scratch.write(path, text);
    scratch.keylint(&["explain", &format!("{path}:1")]).ok().out
}

#[test]
fn each_guard_is_named() {
    let hex = drawn("hex", 32);
    let k = key("guards");
    for (path, text, parts) in [
        ("a.py", format!("k = \"{k}\"\n"), ["reported: error[openai-project-key]", "sk-proj-… (164 characters"]),
        (
            "a.log",
            format!("task-{hex}\n"),
            ["openai-compatible-key", "the character before it belongs to the same word"],
        ),
        (
            "a.txt",
            format!("xai-{}\n", drawn("alnum", 81)),
            ["xai-key", "the character behind it belongs to the same word"],
        ),
        ("a.txt", "sk-proj-none\n".to_owned(), ["openai-project-key", "does not have the form"]),
        ("a.md", format!("ghp_{}\n", drawn("alnum", 36)), ["github-token", "its checksum does not hold"]),
        ("a.ini", "k = AKIAIOSFODNN7EXAMPLE\n".to_owned(), ["aws-access-key-id", "a published sample"]),
        (".env.example", "GROQ_API_KEY=your-key\n".to_owned(), ["placeholder-credential", "a template"]),
        ("tests/a.py", "GROQ_API_KEY = \"your-key\"\n".to_owned(), ["placeholder-credential", "the file is a test"]),
        ("a.py", "# GROQ_API_KEY = \"your-key\"\n".to_owned(), ["placeholder-credential", "stands in a comment"]),
        ("a.py", "GROQ_API_KEY = \"not-needed\"\n".to_owned(), ["placeholder-credential", "local servers expect"]),
        ("a.yaml", "X_SECRET: ${X}\n".to_owned(), ["named-secret", "refers to something else"]),
        ("a.py", "X_SECRET = \"disabled\"\n".to_owned(), ["named-secret", "a setting, a path"]),
        ("a.py", format!("MISTRAL_API_KEY_HASH = \"{hex}\"\n"), ["MISTRAL_API_KEY_HASH is no credential's name", ""]),
        ("a.py", format!("x(MISTRAL_API_KEY, commit=\"{hex}\")\n"), ["mistral-key", "gives it to something else"]),
        ("a.py", "pass\n".to_owned(), ["No rule that goes by", ""]),
    ] {
        let out = explained(path, &text);
        assert!(parts.iter().all(|part| out.contains(part)), "{parts:?} of {text}: {out}");
        assert!(!out.contains(&k[8..40]) && !out.contains(&hex), "{out}");
    }
}

#[test]
fn what_users_decided_is_named() {
    let k = key("decided");
    let scratch = Scratch::repository();
    scratch.write(".gitignore", ".env\nbuild/\n");
    scratch.write(".env", format!("OPENAI_API_KEY={k}\n"));
    scratch.write("build/a.py", format!("k = \"{k}\"\n"));
    scratch.write("comment.py", format!("k = \"{k}\"  # keylint: allow openai-project-key -- revoked\n"));
    scratch.write("left-out.py", format!("JWT_SECRET = \"{}\"\n", drawn("alnum", 40)));
    scratch.write("samples/a.py", format!("k = \"{k}\"\n"));
    scratch.write(
        "keylint.toml",
        "ignore = [\"named-secret\"]\n[[allow]]\npaths = [\"samples/**\"]\nrules = [\"secret\"]\nreason = \"x\"\n",
    );
    for (place, part) in [
        (".env:1", "not reported, git ignores the file"),
        ("build/a.py:1", "A run without its name leaves the file out"),
        ("comment.py:1", "not reported, a comment allows it: error[openai-project-key]"),
        ("left-out.py:1", "not reported, the configuration leaves the rule out: note[named-secret]"),
        ("samples/a.py:1:5", "not reported, the configuration allows it here: error[openai-project-key]"),
    ] {
        let out = scratch.keylint(&["explain", place]).ok().out;
        assert!(out.contains(part), "{place}: {out}");
        assert!(!out.contains(&k[8..40]), "{out}");
    }
}

#[test]
fn the_rule_that_speaks_is_named() {
    let k = key("overlap");
    let scratch = Scratch::new();
    scratch.write("Dockerfile", format!("FROM scratch\nENV OPENAI_API_KEY={k}\n"));
    let out = scratch.keylint(&["explain", "Dockerfile:2"]).ok().out;
    assert!(out.contains("[dockerfile-env-secret]"), "{out}");
    assert!(out.contains("speaks for openai-project-key too"), "{out}");
}

#[test]
fn places_that_do_not_exist_are_errors() {
    let scratch = Scratch::new();
    scratch.write("a.py", "pass\n");
    assert!(scratch.keylint(&["explain", "a.py:9"]).code(2).err.contains("no line 9"));
    scratch.keylint(&["explain", "b.py:1"]).code(2);
}
