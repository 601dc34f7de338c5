//! A scratch directory with the program in it.

use assert_cmd::Command;
use keylint::text::random::Generator;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A key with the shape of a real one, made when the test runs.
pub(crate) fn key(seed: &str) -> String {
    let mut random = Generator::new(seed);
    let mut part = || random.string("alnum", 74).unwrap();
    format!("sk-proj-{}T3BlbkFJ{}", part(), part())
}

/// A directory that goes away with the test.
pub(crate) struct Scratch {
    pub(crate) dir: TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: impl AsRef<Path>, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A program that runs here with nothing of the caller's git, colours or width in its environment.
    pub(crate) fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.dir.path());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("GIT_") || text.starts_with("PRE_COMMIT") {
                command.env_remove(name);
            }
        }
        for name in ["NO_COLOR", "COLUMNS", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR"] {
            command.env_remove(name);
        }
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "n")
            .env("GIT_AUTHOR_EMAIL", "n@example.org")
            .env("GIT_COMMITTER_NAME", "n")
            .env("GIT_COMMITTER_EMAIL", "n@example.org");
        command
    }

    pub(crate) fn keylint(&self, args: &[&str]) -> Run {
        self.run_keylint(args, b"")
    }

    pub(crate) fn run_keylint(&self, args: &[&str], stdin: &[u8]) -> Run {
        let mut command = self.program(env!("CARGO_BIN_EXE_keylint"));
        let output =
            command.args(args).write_stdin(stdin.to_vec()).timeout(std::time::Duration::from_secs(60)).output();
        Run::new(output.unwrap())
    }

    pub(crate) fn git(&self, args: &[&str]) -> Run {
        Run::new(self.program("git").args(args).output().unwrap())
    }

    /// Makes the directory a repository.
    pub(crate) fn repository() -> Self {
        let scratch = Self::new();
        scratch.git(&["init", "-q", "-b", "main"]).ok();
        scratch
    }
}

/// What a program said.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<std::process::Output> for Run {
    fn from(output: std::process::Output) -> Self {
        Self::new(output)
    }
}

impl Run {
    fn new(output: std::process::Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("reports are UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Fails the test unless the program ended with `code`.
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    pub(crate) fn ok(self) -> Self {
        self.code(0)
    }

    /// The report as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }

    /// `path:line:column rule` of each finding.
    pub(crate) fn places(&self) -> Vec<String> {
        let report = self.json();
        let findings = report["findings"].as_array().unwrap().iter();
        findings.map(|f| format!("{}:{}:{} {}", text(&f["path"]), f["line"], f["column"], text(&f["rule"]))).collect()
    }
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap()
}
