//! `keylint baseline`: accepted findings, the same ids in every mode.

use crate::support::{Run, Scratch, key};
use serde_json::Value;

const FILE: &str = ".keylint-baseline";

fn leak(seed: &str) -> String {
    format!("key = \"{}\"\n", key(seed))
}

fn repo() -> Scratch {
    let repo = Scratch::repository();
    repo.write("a.py", leak("a"));
    repo.write("sub/b.py", leak("b"));
    repo.write(".env", "OPENAI_API_KEY = \"x\"\n");
    repo
}

fn text(repo: &Scratch) -> String {
    std::fs::read_to_string(repo.path(FILE)).unwrap()
}

fn accepted(run: &Run) -> u64 {
    run.json()["suppressed"]["baseline"].as_u64().unwrap()
}

#[test]
fn what_is_accepted_is_not_reported_and_counted() {
    let repo = repo();
    repo.keylint(&["--format", "json"]).code(1);
    repo.keylint(&["baseline", "create", "--reason", "known"]).ok();
    repo.keylint(&["baseline", "create"]).code(2);
    let first = text(&repo);
    assert!(first.lines().skip(1).all(|line| line.contains("\"reason\":\"known\"")), "{first}");
    for part in key("a").as_bytes().chunks(12).skip(1) {
        assert!(!first.contains(std::str::from_utf8(part).unwrap()), "{first}");
    }
    repo.keylint(&["baseline", "create", "--baseline", "again", "--reason", "known"]).ok();
    assert_eq!(std::fs::read_to_string(repo.path("again")).unwrap(), first);
    std::fs::remove_file(repo.path("again")).unwrap();
    let entries = first.lines().count() as u64 - 1;
    let run = repo.keylint(&["--baseline", FILE, "--format", "json"]).ok();
    assert_eq!(accepted(&run), entries);
    for format in ["human", "concise", "github"] {
        let run = repo.keylint(&["--baseline", FILE, "--format", format]).ok();
        assert!(run.out.contains(&format!("allowed {entries} by baseline")), "{format}: {}", run.out);
    }
    for format in ["sarif", "jsonl"] {
        let run = repo.keylint(&["--baseline", FILE, "--format", format]).ok();
        assert!(run.out.contains(&format!("\"baseline\":{entries}")), "{format}: {}", run.out);
    }
    // A move changes nothing, a new value everything.
    repo.write("a.py", format!("import os\n\n\n{}", leak("a")));
    repo.keylint(&["--baseline", FILE]).ok();
    repo.write("a.py", leak("another"));
    let run = repo.keylint(&["--baseline", FILE, "--format", "json"]).code(1);
    assert_eq!(run.places(), ["a.py:1:8 openai-project-key"]);
    assert_eq!(run.json()["suppressed"]["baseline_unused"], 1);
    repo.keylint(&["baseline", "update", "--status", "test"]).ok();
    assert!(text(&repo).contains("\"status\":\"test\""));
    repo.keylint(&["--baseline", FILE]).ok();
    repo.keylint(&["baseline", "prune"]).ok();
    assert_eq!(text(&repo).lines().count() as u64, entries + 1);
    let listed = repo.keylint(&["baseline", "list"]).ok();
    assert!(listed.out.contains("sub/b.py [openai-project-key] accepted: known"), "{}", listed.out);
}

#[test]
fn ids_are_the_same_in_every_mode() {
    let repo = repo();
    // A secret's file in git is a finding of its own.
    repo.write(".gitignore", ".env\n");
    repo.keylint(&["baseline", "create"]).ok();
    repo.git(&["add", "-A"]).ok();
    let staged = repo.keylint(&["check", "--staged", "--baseline", FILE, "--format", "json"]).ok();
    assert!(accepted(&staged) >= 2);
    let stdin = ["check", "--stdin-filename", "a.py", "-", "--baseline", FILE, "--format", "json"];
    assert_eq!(accepted(&repo.run_keylint(&stdin, leak("a").as_bytes()).ok()), 1);
    repo.git(&["commit", "-qm", "x"]).ok();
    assert_eq!(accepted(&repo.keylint(&["history", "--baseline", FILE, "--format", "json"]).ok()), 2);
    let mut command = repo.program(env!("CARGO_BIN_EXE_keylint"));
    let below = command.current_dir(repo.path("sub")).args(["--baseline", "../.keylint-baseline", "--format", "json"]);
    assert_eq!(accepted(&Run::from(below.output().unwrap()).ok()), 1);
    // From outside, and through the configuration.
    repo.write("keylint.toml", format!("baseline = '{FILE}'\n"));
    let outside = Scratch::new();
    let root = repo.dir.path().to_str().unwrap();
    assert!(accepted(&outside.keylint(&[root, "--format", "json"]).ok()) >= 2);
    // What only the history holds.
    repo.git(&["rm", "-q", "a.py"]).ok();
    repo.write("c.py", leak("old"));
    repo.git(&["add", "-A"]).ok();
    repo.git(&["commit", "-qm", "y"]).ok();
    repo.git(&["rm", "-q", "c.py"]).ok();
    repo.git(&["commit", "-qm", "z"]).ok();
    repo.keylint(&["history"]).code(1);
    repo.keylint(&["baseline", "update", "--history"]).ok();
    repo.keylint(&["history"]).ok();
    // What was accepted in a file that is gone is of no use today, what was accepted in the history stays.
    let run = repo.keylint(&["--format", "json"]).ok();
    assert_eq!(run.json()["suppressed"]["baseline_unused"], 1);
    repo.keylint(&["baseline", "prune", "sub"]).ok();
    repo.keylint(&["history"]).code(1);
    repo.keylint(&["baseline", "update", "--history"]).ok();
    let kept = text(&repo);
    repo.keylint(&["baseline", "prune"]).ok();
    repo.keylint(&["baseline", "prune", "--history"]).ok();
    repo.keylint(&["history"]).ok();
    assert!(text(&repo) == kept && kept.contains("\"history\":true"), "{kept}");
}

#[test]
fn a_broken_baseline_is_never_an_empty_one() {
    let repo = repo();
    repo.keylint(&["baseline", "create"]).ok();
    let whole = text(&repo);
    let check = |bytes: &[u8]| {
        repo.write(FILE, bytes);
        repo.keylint(&["--baseline", FILE])
    };
    for (broken, said) in [
        (String::new(), "line 1"),
        ("{}\n".to_owned(), "line 1"),
        (whole.replace("\"id\"", "\"di\""), "line 2"),
        (whole.replacen('\n', "\n<<<<<<< ours\n", 1), "merge conflict"),
        (whole.trim_end().trim_end_matches('}').to_owned(), "no entry"),
        (whole.replace("accepted", "unknown"), "no entry"),
    ] {
        let run = check(broken.as_bytes()).code(2);
        assert!(run.err.contains(said), "{said}: {}", run.err);
    }
    check(&[0, 1, 2, 0]).code(2);
    check(whole.replace('\n', "\r\n").as_bytes()).ok();
    check(&[b"\xef\xbb\xbf", whole.as_bytes()].concat()).ok();
    let wide: Vec<u8> = format!("\u{feff}{whole}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&wide).ok();
    // A union merge: both heads, lines twice.
    check(format!("{whole}{whole}").as_bytes()).ok();
    std::fs::remove_file(repo.path(FILE)).unwrap();
    let run = repo.keylint(&["--baseline", FILE]).code(2);
    assert!(run.err.contains("keylint baseline create"), "{}", run.err);
    repo.keylint(&["baseline", "prune"]).code(2);
    repo.write("keylint.toml", "baseline = '../elsewhere'\n");
    let run = repo.keylint(&[]).code(2);
    assert!(run.err.contains("inside its repository"), "{}", run.err);
}

#[test]
fn other_scanners_decisions_are_taken_over() {
    let repo = repo();
    repo.write(".gitleaksignore", "# known\na.py:generic-api-key:1\nsub/b.py:generic-api-key:9\n");
    repo.keylint(&["baseline", "import", ".gitleaksignore"]).ok();
    let run = repo.keylint(&["--baseline", FILE, "--format", "json", "--select", "secret"]).code(1);
    assert_eq!((run.places(), accepted(&run)), (vec!["sub/b.py:1:8 openai-project-key".to_owned()], 1));
    let secrets = serde_json::json!({"version": "1.5.0", "results": {"sub/b.py": [
        {"type": "Secret Keyword", "hashed_secret": "0", "line_number": 1, "is_secret": false}]}});
    repo.write(".secrets.baseline", secrets.to_string());
    repo.keylint(&["baseline", "import", ".secrets.baseline"]).ok();
    let entries: Vec<Value> = text(&repo).lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    let status = |path: &str| entries.iter().find(|entry| entry["path"] == path).unwrap()["status"].clone();
    assert_eq!((status("a.py"), status("sub/b.py")), ("accepted".into(), "false-positive".into()));
    repo.keylint(&["--baseline", FILE, "--select", "secret"]).ok();
    repo.write("other", "a b c\n");
    repo.keylint(&["baseline", "import", "other"]).code(2);
}
