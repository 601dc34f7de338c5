//! Reports: what each form looks like, and what must never be in any.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod hostile;
mod looks;
mod program;
mod sarif;

use keylint::config::Settings;
use keylint::finding::{Also, Applicability, Edit, Family, Fix, Related, Severity};
use keylint::report::{self, ReportContext, ReportFormat};
use keylint::rules::RuleSet;
use keylint::run::{Outcome, Session};
use keylint::source::{RelPath, Skip};
use keylint::span::{Position, Span};
use keylint::text::random::Generator;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

/// Every form.
const FORMATS: [ReportFormat; 6] = [
    ReportFormat::Human,
    ReportFormat::Concise,
    ReportFormat::Json,
    ReportFormat::Jsonl,
    ReportFormat::Sarif,
    ReportFormat::Github,
];

/// A rule of the tests' own: what the shipped rules say may change.
const RULE: &str = r#"
id = "test-key"
family = "secret"
title = "Test key in a file"
severity = "error"
confidence = "high"
cause = "leaked-key"
since = "0.1.0"

[match.token]
anchors = ["tk-test-"]
pattern = 'tk-test-(?<random>[A-Za-z0-9]{64})'

[docs]
why = "Whoever can read the file can use the key. The vendor disables keys it finds in public; then every call answers 401."
remedy = "Revoke the key, create another one, and read it from the environment or from a secret manager: see [the page](1) and `TEST_API_KEY`."
references = ["https://example.com/keys"]
"#;

/// The rules of the tests.
static RULES: LazyLock<RuleSet> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("test-key.toml"), RULE).unwrap();
    let mut rules = RuleSet::default();
    rules.add_dir(dir.path()).unwrap();
    rules
});

/// A key of the test vendor.
fn key(seed: &str) -> String {
    format!("tk-test-{}", Generator::new(seed).string("alnum", 64).unwrap())
}

/// Scans texts with the tests' rule.
fn scan(texts: &[(RelPath, Vec<u8>)]) -> Outcome {
    let settings = Settings { threads: 1, ..Settings::default() };
    let mut outcome = Session::new(&settings, &RULES).check_texts(texts);
    outcome.elapsed = Duration::from_millis(84);
    outcome
}

fn text(path: &str, text: String) -> (RelPath, Vec<u8>) {
    (RelPath::from(path), text.into_bytes())
}

/// A run with everything a report can show.
fn fixture() -> (Outcome, Vec<String>) {
    let keys: Vec<String> = (0..4).map(|i| key(&format!("report {i}"))).collect();
    let mut outcome = scan(&[
        text("app/client.py", format!("import os\n\n\nclient.api_key = \"{}\"\n", keys[0])),
        text("deploy/.env", format!("# live\nTEST_API_KEY={}\n", keys[0])),
        text("docs/a b%#?é.md", format!("é🔑字 the key is {} and more text {}\r\n", keys[1], "word ".repeat(30))),
        text("web/min.js", format!("{}\"{}\"{}", "x".repeat(100_000), keys[2], "y".repeat(100_000))),
        text("web/tab.js", format!("\t\tuse(\"{}\", \"{}\")\n", keys[3], keys[1])),
        text("web/clean.js", "let a = 1;\n".to_owned()),
    ]);
    assert_eq!(outcome.findings.len(), 6);
    let first = &mut outcome.findings[0];
    first.related.push(Related {
        path: RelPath::from("compose.yaml"),
        position: Position { line: 7, column: 7, column_utf16: 7 },
        message: "read here".to_owned(),
    });
    first.also.push(Also { rule: "other-rule".into(), family: Family::Deploy });
    let edit = Edit { span: Span::new(30, 40), insert: "os.environ[\"TEST_API_KEY\"]".to_owned() };
    first.fix = Some(Fix::new("Read TEST_API_KEY".to_owned(), Applicability::Unsafe, vec![edit]));
    let plain = &mut outcome.findings[4];
    plain.severity = Severity::Warning;
    plain.secret = None;
    "A message that is long enough to take more than one line of a terminal of eighty columns"
        .clone_into(&mut plain.message);
    outcome.findings[3].severity = Severity::Note;
    outcome.suppressed.inline = 2;
    outcome.skipped.push((RelPath::from("logo.png"), Skip::Binary));
    outcome.errors.push((RelPath::from("deploy/secret.env"), "Permission denied".to_owned()));
    (outcome, keys)
}

/// How a report is shown.
#[derive(Clone, Copy, Debug)]
struct Shown {
    color: bool,
    unicode: bool,
    width: usize,
}

const PLAIN: Shown = Shown { color: false, unicode: true, width: 80 };

fn render(format: ReportFormat, outcome: &Outcome, shown: Shown) -> String {
    let Shown { color, unicode, width } = shown;
    let mut out = Vec::new();
    report::write(format, outcome, ReportContext { rules: &RULES, color, unicode, width }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A path of any bytes.
#[cfg(unix)]
fn raw_path(bytes: &[u8]) -> RelPath {
    use std::os::unix::ffi::OsStrExt as _;
    RelPath::new(Path::new(std::ffi::OsStr::from_bytes(bytes)))
}

/// A path of any bytes.
#[cfg(not(unix))]
fn raw_path(bytes: &[u8]) -> RelPath {
    RelPath::new(Path::new(&*String::from_utf8_lossy(bytes)))
}
