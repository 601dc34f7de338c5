//! The program and what it writes to: a reader that goes away, a device that is full.

use assert_cmd::Command;
use keylint::text::random::Generator;
use std::process::{Command as Process, Stdio};
use tempfile::TempDir;

/// A folder with `count` keys of different values, each in a file of its own.
fn keys(count: usize) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..count {
        let mut random = Generator::new(&format!("program {i}"));
        let mut part = || random.string("alnum", 74).unwrap();
        let text = format!("key = \"sk-proj-{}T3BlbkFJ{}\"\n", part(), part());
        std::fs::write(dir.path().join(format!("f{i:03}.py")), text).unwrap();
    }
    dir
}

fn keylint(dir: &TempDir) -> Process {
    let mut command = Process::new(env!("CARGO_BIN_EXE_keylint"));
    command.current_dir(dir.path()).env_remove("NO_COLOR").env_remove("FORCE_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

#[test]
fn a_closed_pipe_is_no_error() {
    let dir = keys(400);
    for format in ["human", "concise", "json", "jsonl", "sarif", "github"] {
        let mut command = keylint(&dir);
        command.args(["--format", format]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_said() {
    let dir = keys(1);
    for format in ["human", "json"] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = keylint(&dir).args(["--format", format]).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{format}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("cannot write the report"), "{format}: {stderr}");
    }
}

#[test]
fn no_format_changes_the_exit_code() {
    let (found, clean) = (keys(1), keys(0));
    std::fs::write(clean.path().join("a.py"), "x = 1\n").unwrap();
    for format in ["human", "concise", "json", "jsonl", "sarif", "github"] {
        for (dir, code) in [(&found, 1), (&clean, 0)] {
            let mut command = Command::from_std(keylint(dir));
            command.args(["--format", format]).assert().code(code).stderr("");
        }
    }
}

#[test]
fn colors_are_decided_by_the_user() {
    let dir = keys(1);
    let escapes = |command: &mut Process| command.output().unwrap().stdout.contains(&0x1b);
    assert!(!escapes(&mut keylint(&dir)));
    assert!(escapes(keylint(&dir).args(["--color", "always"])));
    assert!(escapes(keylint(&dir).env("FORCE_COLOR", "1")));
    assert!(!escapes(keylint(&dir).env("FORCE_COLOR", "1").env("NO_COLOR", "1")));
    assert!(!escapes(keylint(&dir).args(["--color", "never"]).env("FORCE_COLOR", "1")));
    for format in ["concise", "json", "jsonl", "sarif", "github"] {
        assert!(!escapes(keylint(&dir).args(["--color", "always", "--format", format])), "{format}");
    }
}
