//! Exit codes, inputs of every shape, and the same report for any number of threads.

use crate::support::{Scratch, key};

const JSON: [&str; 3] = ["check", "--format", "json"];

fn leak(seed: &str) -> String {
    format!("k = \"{}\"\n", key(seed))
}

#[test]
fn exit_codes() {
    let scratch = Scratch::new();
    scratch.write("clean.py", "x = 1\n");
    scratch.keylint(&[]).ok();
    scratch.write("leak.py", leak("codes"));
    scratch.keylint(&[]).code(1);
    scratch.keylint(&["check", "."]).code(1);
    scratch.keylint(&["--fail-on", "never"]).ok();
    scratch.keylint(&["--exit-zero"]).ok();
    assert_eq!(scratch.keylint(&["-q"]).code(1).out, "");
    for usage in [
        &["--nonsense"] as &[&str],
        &["missing.py"],
        &["--max-file-size", "big"],
        &["--select", "nonsense"],
        &["--stdin-filename", "a.py"],
        &["-0"],
        &["--staged", "--files-from", "x"],
        &["--files-from", "missing"],
        &["--config", "missing.toml"],
        &["--rules", "missing"],
    ] {
        let run = scratch.keylint(usage).code(2);
        assert!(run.out.is_empty() && !run.err.is_empty(), "{usage:?}: {}", run.out);
    }
}

#[test]
fn nothing_scanned_is_no_all_clear() {
    let scratch = Scratch::new();
    let run = scratch.keylint(&[]).code(2);
    assert!(run.err.contains("nothing was scanned"), "{}", run.err);
    scratch.write("image.bin", b"\0\0\0");
    let run = scratch.keylint(&[]).code(2);
    assert!(run.err.contains("1 binary"), "{}", run.err);
    scratch.run_keylint(&["--files-from", "-"], b"").code(2);
}

#[test]
fn no_report_holds_a_key() {
    let scratch = Scratch::new();
    scratch.write("a.py", leak("canary"));
    for format in ["human", "concise", "json"] {
        let run = scratch.keylint(&["-v", "--format", format]).code(1);
        let canary = &key("canary")[8..24];
        assert!(!run.out.contains(canary) && !run.err.contains(canary), "{format}");
    }
}

#[test]
fn repeated_options_are_accepted() {
    let scratch = Scratch::new();
    scratch.write("a.py", leak("twice"));
    let run = scratch.keylint(&[
        "check",
        "--format",
        "concise",
        "--format",
        "json",
        "-q",
        "-q",
        "--no-ignore",
        "--no-ignore",
    ]);
    run.code(1);
    let run =
        scratch.keylint(&["check", "--format", "json", "-j1", "-j2", "--fail-on", "note", "--fail-on", "never"]).ok();
    assert_eq!(run.places().len(), 1);
    let lists = ["check", "--format", "json", "--ignore", "dotenv", "--ignore", "secret"];
    let run = scratch.keylint(&lists).ok();
    assert!(run.places().is_empty());
}

#[test]
fn lists_and_standard_input_work_together() {
    let scratch = Scratch::new();
    scratch.write("a.py", leak("a"));
    scratch.write("list", "a.py\r\n\n");
    let args = ["check", "--format", "json", "--files-from", "list", "--stdin-filename", "in.py", "-"];
    let run = scratch.run_keylint(&args, leak("in").as_bytes()).code(1);
    assert_eq!(run.places(), ["a.py:1:6 openai-project-key", "in.py:1:6 openai-project-key"]);
    let run = scratch.run_keylint(&["check", "--format", "json", "--files-from", "-", "-0"], b"a.py\0").code(1);
    assert_eq!(run.places().len(), 1);
    scratch.run_keylint(&["--files-from", "-", "-"], b"").code(2);
    let run = scratch.run_keylint(&JSON, leak("never read").as_bytes()).code(1);
    assert_eq!(run.places().len(), 1);
}

#[test]
fn binary_and_large_files_are_counted() {
    let scratch = Scratch::new();
    scratch.write("a.bin", b"\0\x01\x02");
    scratch.write("big.txt", vec![b'x'; 3000]);
    scratch.write("large.txt", vec![b'x'; 300_000]);
    scratch.write("ok.py", "x = 1\n");
    let run = scratch.keylint(&["check", "--format", "json", "--max-file-size", "100kB"]).ok();
    assert_eq!(
        run.json()["skipped"],
        serde_json::json!([{"path": "a.bin", "reason": "binary"}, {"path": "large.txt", "reason": "too-large"}])
    );
    let run = scratch.keylint(&["-v", "--max-file-size", "100kB"]).ok();
    assert!(run.err.contains("skipped large.txt: too-large"), "{}", run.err);
}

#[test]
fn utf16_is_read() {
    let scratch = Scratch::new();
    let wide: Vec<u8> = format!("\u{feff}x\r\n{}", leak("wide")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    scratch.write("a.ps1", wide);
    assert_eq!(scratch.keylint(&JSON).code(1).places(), ["a.ps1:2:6 openai-project-key"]);
}

#[test]
fn a_key_deep_in_an_endless_line() {
    let scratch = Scratch::new();
    let mut text = b"first\n".to_vec();
    text.resize(20_000_006, b'x');
    text.push(b'"');
    text.extend(key("deep").bytes());
    text.push(b'"');
    text.resize(30_000_000, b'y');
    scratch.write("a.js", text);
    scratch.keylint(&[]).code(2);
    let run = scratch.keylint(&["check", "--format", "json", "--max-file-size", "0"]).code(1);
    assert_eq!(run.places(), ["a.js:2:20000002 openai-project-key"]);
    assert_eq!(run.json()["findings"][0]["start_byte"], 20_000_007);
    scratch.keylint(&["--max-file-size", "0"]).code(1);
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let scratch = Scratch::new();
    for i in 0..200 {
        scratch.write(format!("d{}/f{i}.py", i % 7), format!("# {i}\n{}", leak(&format!("file {}", i / 2))));
    }
    let report = |threads: &str| {
        let out = scratch.keylint(&["check", "--format", "json", threads]).code(1).out;
        let at = out.find("\"elapsed_ms\":").unwrap();
        let end = out[at..].find([',', '}']).unwrap();
        format!("{}{}", &out[..at], &out[at + end..])
    };
    let one = report("-j1");
    assert_eq!(one, report("-j2"));
    assert_eq!(one, report("-j8"));
}

#[test]
fn an_ignored_env_file_is_where_a_key_belongs() {
    let repo = Scratch::repository();
    repo.write(".gitignore", ".env\n");
    repo.write(".env", format!("OPENAI_API_KEY={}\n", key("env")));
    let run = repo.keylint(&JSON).ok();
    assert!(run.places().is_empty() && run.json()["summary"]["files"] == 2, "{}", run.out);
    repo.write(".gitignore", "\n");
    repo.keylint(&JSON).code(1);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;

    #[test]
    fn names_are_inert() {
        let scratch = Scratch::new();
        for name in [b"a\n::error::b.py".as_slice(), b"esc\x1b[2J.py", b"bad\xff.py", b"-rf", b"\xe2\x80\xaegp.py"] {
            scratch.write(OsStr::from_bytes(name), leak("names"));
        }
        for (format, orders) in [("human", 0), ("concise", 0), ("json", 0), ("jsonl", 0), ("sarif", 0), ("github", 5)] {
            let run = scratch.keylint(&["check", "-v", "--format", format]).code(1);
            for text in [&run.out, &run.err] {
                assert!(!text.contains(['\u{1b}', '\u{202e}']), "{format}: {text}");
            }
            let of_a_runner: Vec<&str> = run.out.lines().filter(|line| line.starts_with("::")).collect();
            assert_eq!(of_a_runner.len(), orders, "{format}: {}", run.out);
            assert!(of_a_runner.iter().all(|line| line.starts_with("::error file=")), "{}", run.out);
        }
        let report = scratch.keylint(&JSON).code(1).json();
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 5);
        let bytes: Vec<&str> = findings.iter().filter_map(|finding| finding["path_bytes"].as_str()).collect();
        assert_eq!(bytes, ["YmFk/y5weQ=="]);
        assert_eq!(
            scratch.run_keylint(&["check", "--format", "json", "--files-from", "-"], b"-rf\n").code(1).places().len(),
            1
        );
    }

    #[test]
    fn links_are_not_followed() {
        let scratch = Scratch::new();
        scratch.write("x.py", leak("links"));
        symlink(".", scratch.path("loop")).unwrap();
        symlink("b", scratch.path("a")).unwrap();
        symlink("a", scratch.path("b")).unwrap();
        symlink("/etc/passwd", scratch.path("p")).unwrap();
        assert_eq!(scratch.keylint(&JSON).code(1).places(), ["x.py:1:6 openai-project-key"]);
    }

    #[test]
    fn a_pipe_is_never_opened() {
        let scratch = Scratch::new();
        assert!(Command::new("mkfifo").arg(scratch.path("pipe")).status().unwrap().success());
        scratch.write("ok.py", "x = 1\n");
        let run = scratch.keylint(&JSON).ok();
        assert_eq!(run.json()["skipped"], serde_json::json!([{"path": "pipe", "reason": "special-file"}]));
        let run = scratch.keylint(&["pipe"]).code(2);
        assert!(run.err.contains("not a regular file"), "{}", run.err);
        scratch.keylint(&["/dev/zero"]).code(2);
        assert!(Command::new("mkfifo").arg(scratch.path("keylint.toml")).status().unwrap().success());
        scratch.keylint(&[]).code(2);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let scratch = Scratch::new();
        scratch.write("ok.py", "x = 1\n");
        scratch.write("closed.py", leak("closed"));
        scratch.write("dir/a.py", leak("dir"));
        let mode = |name: &str, mode| {
            std::fs::set_permissions(scratch.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode("closed.py", 0o000);
        mode("dir", 0o000);
        mode(".", 0o755);
        // Root reads everything: the program has to run as somebody else.
        let is_root = std::fs::read(scratch.path("closed.py")).is_ok();
        // The built program may stand where only root gets to.
        let binary = scratch.path("dir.bin");
        std::fs::copy(env!("CARGO_BIN_EXE_keylint"), &binary).unwrap();
        let mut command = if is_root { scratch.program("setpriv") } else { scratch.program(&binary) };
        if is_root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&binary);
        }
        let output = command.args(JSON).output();
        mode("dir", 0o755);
        match output {
            Ok(output) if output.status.code() != Some(127) && output.status.code() != Some(126) => {
                let text = String::from_utf8(output.stdout).unwrap();
                assert_eq!(output.status.code(), Some(3), "{text}{}", String::from_utf8_lossy(&output.stderr));
                assert!(
                    text.contains("closed.py") && text.contains("dir") && text.contains(r#""complete":false"#),
                    "{text}"
                );
            }
            _ => eprintln!("skipped: nobody but root can run the program here"),
        }
    }

    #[test]
    fn a_closed_pipe_is_no_failure_and_a_full_disk_is() {
        let scratch = Scratch::new();
        scratch.write("ok.py", "x = 1\n");
        if let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") {
            let mut command = Command::new(env!("CARGO_BIN_EXE_keylint"));
            let status = command.current_dir(scratch.dir.path()).stdout(full).status().unwrap();
            assert_eq!(status.code(), Some(2));
        }
    }
}
