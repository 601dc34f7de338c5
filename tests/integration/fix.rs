//! `--fix`, `--unsafe-fixes` and `--diff` as users run them.

use crate::support::{Scratch, key};
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

/// An entry that can be mended safely, and what it becomes.
fn entry(seed: &str) -> (String, String) {
    let key = key(seed);
    (format!("OPENAI_API_KEY = \"{key}\"\r\nX=1\r\n"), format!("OPENAI_API_KEY={key}\r\nX=1\r\n"))
}

#[test]
fn safe_fixes_are_written_and_the_rest_is_reported() {
    let scratch = Scratch::new();
    let (before, after) = entry("written");
    scratch.write("a/.env", format!("{before}OPENIA_BASE_URL=http://x/v1\n"));
    let run = scratch.keylint(&["--fix", "--format", "json"]).code(1);
    assert_eq!(fs::read_to_string(scratch.path("a/.env")).unwrap(), format!("{after}OPENIA_BASE_URL=http://x/v1\n"));
    let report = run.json();
    let fixed: Vec<&str> = report["fixed"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert_eq!(fixed, ["space-around-equals", "quoted-env-value"]);
    assert!(run.places().contains(&"a/.env:3:1 misspelled-env-name".to_owned()), "{:?}", run.places());
    let run = scratch.keylint(&["--fix", "--unsafe-fixes", "--ignore", "secret"]).ok();
    assert!(run.out.contains("fixed 1"), "{}", run.out);
    assert!(fs::read_to_string(scratch.path("a/.env")).unwrap().contains("\nOPENAI_BASE_URL=http://x/v1\n"));
}

#[test]
fn a_diff_shows_no_value_and_writes_nothing() {
    let scratch = Scratch::new();
    let (before, _) = entry("diff");
    scratch.write(".env", format!("{before}DB_TOKEN=\u{201c}hunter2hunter2\u{201d}\n"));
    scratch.write("run.py", "key = os.environ[\"OPENIA_API_KEY\"]  # password = \"hunter2hunter2\"\n");
    let before = fs::read(scratch.path(".env")).unwrap();
    let run = scratch.keylint(&["--diff", "--unsafe-fixes"]).code(1);
    assert_eq!(
        run.out,
        "--- .env\n+++ .env\n@@ -1 +1 @@\n-OPENAI_API_KEY = \"…\"\n+OPENAI_API_KEY=…\n@@ -3 +3 @@\n\
         -DB_TOKEN=“…”\n+DB_TOKEN=…\n--- run.py\n+++ run.py\n@@ -1 +1 @@\n\
         -key = os.environ[\"OPENIA_API_KEY\"]  # password = \"…\"\n\
         +key = os.environ[\"OPENAI_API_KEY\"]  # password = \"…\"\n"
    );
    assert!(run.err.contains("would fix 4 findings in 2 files"), "{}", run.err);
    assert_eq!(fs::read(scratch.path(".env")).unwrap(), before);
    scratch.write("clean/.env", "X=1\n");
    assert_eq!(scratch.keylint(&["--diff", "clean"]).ok().out, "");
}

#[test]
fn fixes_need_files() {
    let scratch = Scratch::repository();
    scratch.write(".env", "X=1\n");
    for args in [
        &["--fix", "--staged"][..],
        &["--diff", "--staged"],
        &["--unsafe-fixes"],
        &["--fix", "-"],
        &["--diff", "--stdin-filename", ".env", "-"],
    ] {
        let run = scratch.run_keylint(args, b"ACME_API_KEY = 1\n").code(2);
        assert!(run.err.contains("--fix") || run.err.contains("--diff"), "{}", run.err);
    }
}

#[cfg(unix)]
#[test]
fn mode_and_neighbours_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    let (before, after) = entry("mode");
    scratch.write(".env", before);
    fs::set_permissions(scratch.path(".env"), fs::Permissions::from_mode(0o640)).unwrap();
    scratch.keylint(&["--fix", "--ignore", "secret"]).ok();
    assert_eq!(fs::read_to_string(scratch.path(".env")).unwrap(), after);
    assert_eq!(fs::metadata(scratch.path(".env")).unwrap().permissions().mode() & 0o7777, 0o640);
    assert_eq!(fs::read_dir(scratch.dir.path()).unwrap().count(), 1);
}

/// What is said, and what leads to it.
#[cfg(unix)]
type Setup = (&'static str, fn(&Scratch));

#[cfg(unix)]
#[test]
fn what_must_not_be_replaced_is_left_and_said() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let (before, _) = entry("refused");
    let setups: [Setup; 3] = [
        ("is a symbolic link", |s| {
            fs::rename(s.path(".env"), s.path("real")).unwrap();
            symlink("real", s.path(".env")).unwrap();
        }),
        ("hard links", |s| fs::hard_link(s.path(".env"), s.path("second")).unwrap()),
        ("is read-only", |s| fs::set_permissions(s.path(".env"), fs::Permissions::from_mode(0o444)).unwrap()),
    ];
    for (reason, prepare) in setups {
        let scratch = Scratch::new();
        scratch.write(".env", &before);
        prepare(&scratch);
        let old = fs::read(scratch.path(".env")).unwrap();
        let run = scratch.keylint(&["--fix", "--fail-on", "never", ".env"]);
        assert_eq!(fs::read(scratch.path(".env")).unwrap(), old, "{reason}");
        let run = run.code(3);
        assert!(run.out.contains("INCOMPLETE: 1 file not fixed") && run.out.contains(reason), "{}", run.out);
    }
}

#[test]
fn a_killed_run_leaves_old_or_new_files() {
    let scratch = Scratch::new();
    let (before, after) = entry("killed");
    for i in 0..60 {
        scratch.write(format!("{i}/.env"), &before);
    }
    for round in 0..12 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_keylint"))
            .args(["--fix", "-q", "."])
            .current_dir(scratch.dir.path())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(round * 5));
        // It may be done already.
        let _ = child.kill();
        child.wait().unwrap();
        for i in 0..60 {
            let now = fs::read_to_string(scratch.path(format!("{i}/.env"))).unwrap();
            assert!(now == before || now == after, "round {round}: {} bytes", now.len());
        }
    }
    scratch.keylint(&["--fix", "--ignore", "secret"]).ok();
    let now = fs::read_to_string(scratch.path("59/.env")).unwrap();
    assert_eq!(now, after);
}

#[test]
fn a_rename_goes_through_the_whole_chain() {
    let scratch = Scratch::new();
    scratch.write(".env", "OPEN_AI_KEY=\n");
    scratch.write("Dockerfile", "FROM x\nARG OPEN_AI_KEY\nENV OPEN_AI_KEY=$OPEN_AI_KEY\n");
    scratch.write("compose.yaml", "services:\n  a:\n    environment:\n      - OPEN_AI_KEY=${OPEN_AI_KEY}\n");
    scratch.write("app.py", "from openai import OpenAI\nclient = OpenAI()\n");
    scratch.keylint(&["--fix", "--unsafe-fixes", "--select", "env-name"]).ok();
    let text = |path: &str| fs::read_to_string(scratch.path(path)).unwrap();
    assert_eq!(text(".env"), "OPENAI_API_KEY=\n");
    assert_eq!(text("Dockerfile"), "FROM x\nARG OPENAI_API_KEY\nENV OPENAI_API_KEY=$OPENAI_API_KEY\n");
    assert!(text("compose.yaml").ends_with("- OPENAI_API_KEY=${OPENAI_API_KEY}\n"), "{}", text("compose.yaml"));
}
