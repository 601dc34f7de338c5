//! Files that cannot be read, or are gone when they are: said in every format, never taken for clean.

use crate::support::{Scratch, key};
use keylint::config::Settings;
use keylint::input::{Entry, Inputs};
use keylint::rules::RuleSet;
use keylint::run::Session;
use keylint::source::RelPath;

const FORMATS: [&str; 6] = ["human", "concise", "json", "jsonl", "sarif", "github"];

/// A regular file whose reading fails for everybody.
#[cfg(target_os = "linux")]
const UNREADABLE: &str = "/proc/self/mem";

#[cfg(target_os = "linux")]
#[test]
fn every_format_names_what_could_not_be_read() {
    let scratch = Scratch::new();
    scratch.write("clean.py", "x = 1\n");
    scratch.write("leak.py", format!("k = \"{}\"\n", key("unreadable")));
    for format in FORMATS {
        for (file, code) in [("clean.py", 3), ("leak.py", 1)] {
            let run = scratch.keylint(&["check", "--format", format, file, UNREADABLE]).code(code);
            let last = run.out.lines().last().unwrap();
            let said = match format {
                "json" => run.json()["complete"] == false,
                "jsonl" => serde_json::from_str::<serde_json::Value>(last).unwrap()["complete"] == false,
                "sarif" => run.json()["runs"][0]["invocations"][0]["executionSuccessful"] == false,
                _ => run.out.contains("INCOMPLETE: 1 file not read"),
            };
            assert!(said, "{format}, {file}: {}", run.out);
            assert!(run.out.contains("Input/output error"), "{format}, {file}: {}", run.out);
            assert_eq!(run.out.contains("openai-project-key"), code == 1, "{format}: {}", run.out);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_option_makes_an_incomplete_run_clean() {
    let scratch = Scratch::new();
    scratch.write("clean.py", "x = 1\n");
    for option in ["-q", "--exit-zero", "--fail-on=never", "--no-ignore"] {
        scratch.keylint(&["check", option, "clean.py", UNREADABLE]).code(3);
    }
    scratch.keylint(&["check", UNREADABLE]).code(3);
}

#[test]
fn a_path_that_is_not_there_stops_the_run() {
    let scratch = Scratch::new();
    scratch.write("leak.py", format!("k = \"{}\"\n", key("missing")));
    for args in [&["leak.py", "gone.py"][..], &["--files-from", "list"], &["--stdin-filename", "a.py", "-", "gone.py"]]
    {
        scratch.write("list", "leak.py\ngone.py\n");
        for format in FORMATS {
            let run = scratch.keylint(&[&["check", "--format", format], args].concat()).code(2);
            assert!(run.out.is_empty() && run.err.contains("gone.py"), "{format}: {}{}", run.out, run.err);
        }
    }
}

#[test]
fn a_file_that_vanished_is_an_error_only_if_it_was_asked_for() {
    let scratch = Scratch::new();
    let (rules, settings) = (RuleSet::builtin().unwrap(), Settings::default());
    let session = Session::new(&settings, &rules);
    for explicit in [true, false] {
        let entry = Entry { path: RelPath::new(&scratch.path("gone.py")), ignored: false, explicit };
        let outcome = session.check(Inputs { entries: vec![entry], ..Inputs::default() });
        assert_eq!((outcome.is_complete(), outcome.files), (!explicit, 0));
        assert_eq!((outcome.errors.len(), outcome.skipped.len()), (usize::from(explicit), usize::from(!explicit)));
    }
}

#[test]
fn a_nul_in_an_env_file_is_a_fault_of_its_line() {
    let scratch = Scratch::new();
    scratch.write(".env", "A=1\nOPENAI_API_KEY=a\0b\nGROQ_API_KEY= x\n");
    scratch.write("a.txt", "a\0b");
    let run = scratch.keylint(&["check", "--format", "json", "--select", "dotenv"]).code(1);
    let lines: Vec<_> = run.places();
    assert!(lines.iter().any(|place| place.starts_with(".env:2:17 hidden-character")), "{lines:?}");
    assert!(lines.iter().any(|place| place.starts_with(".env:3:")), "{lines:?}");
    assert_eq!(run.json()["skipped"][0]["reason"], "binary");
}
