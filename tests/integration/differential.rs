//! Ten thousand generated env files, read by python-dotenv and npm dotenv and by keylint's dialects of them.
//!
//! The loaders run where `.ci/run` puts them (`target/loaders`); where they are not, their recorded answers stand in and
//! the test says so. `KEYLINT_RECORD=1 cargo test --test integration differential` writes the record anew.

use keylint::rules::loaders::loader;
use keylint::syntax::dotenv::{Reading, parse, read};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

const FILES: usize = 10_000;

/// What the loaders answered.
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/dotenv/generated.jsonl");

/// Prints the version, then a line for each file: what it defines.
const PYTHON: &str = r"
import importlib.metadata, json, logging, pathlib, sys
from dotenv import dotenv_values
logging.disable(logging.CRITICAL)
print(importlib.metadata.version('python-dotenv'))
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    print(json.dumps(dict(dotenv_values(path))))
";
const NODE: &str = r"
const fs = require('fs'), path = require('path');
const dotenv = require(process.argv[2] + '/node_modules/dotenv');
const lines = [require(process.argv[2] + '/node_modules/dotenv/package.json').version];
for (const name of fs.readdirSync(process.argv[1]).sort())
  lines.push(JSON.stringify(dotenv.parse(fs.readFileSync(path.join(process.argv[1], name), 'utf8'))));
console.log(lines.join('\n'));
";

/// Numbers that are the same on every machine (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

/// An env file: entries in all sorts of forms, each part drawn on its own, between lines that are none.
fn file(number: u64) -> String {
    let mut numbers = Numbers(number);
    let end = numbers.one(&["\n", "\n", "\n", "\n", "\r\n", "\r"]);
    let mut text = numbers.one(&["", "", "", "", "", "", "", "", "", "\u{feff}"]).to_owned();
    for _ in 0..=numbers.below(5) {
        if numbers.below(5) == 0 {
            text += numbers.one(&[
                "",
                "  ",
                "# note",
                "# it's",
                "  # \"x",
                "words and words",
                "A",
                "=v",
                "[s]",
                "// x",
                "{",
                "---",
                "\u{0}",
            ]);
        } else {
            text += numbers.one(&["", "", "", "", "  ", "\t", "export ", "export   ", "export\t", "  export "]);
            text += numbers
                .one(&["A", "B", "C", "A_1", "A", "B", "C", "D", "a", "1A", "A.B", "A-B", "A B", "'A'", "\"B\""]);
            text += numbers.one(&["=", "=", "=", "=", "=", "=", " = ", "= ", " =", "=\t", "\t=", ": ", ":", "==", ""]);
            text += numbers.one(&[
                "", "", "", "", "", "\"", "\"", "'", "'", "`", "\"\"", "'\"", " '", "<", "#", "Bearer ", "\u{a0}",
                "\u{201c}",
            ]);
            text += numbers.one(&[
                "v",
                "v",
                "v",
                "v w",
                " v",
                "v ",
                "v#x",
                "v;",
                "",
                "v=w",
                "v\"w",
                "v'w",
                "v\tw",
                "v\\nw",
                "v\\w",
                "v$w",
                "${A}",
                "$A",
                "\u{e9}",
                "v\u{0}w",
                "v\u{200b}",
            ]);
            let line = numbers.one(&["", "", "", "", "", "", "", "", "|w", "|B=w"]).replace('|', end);
            text += &line;
            text += numbers.one(&["", "", "", "", "", "\"", "\"", "'", "'", "`", "\"'", ">", "\" ", "\u{201d}", "\\"]);
            text += numbers.one(&[
                "", "", "", "", "", " ", "\t", "  ", " # x", "\t# x", "# x", "#x", ";", ",", "x", " x", "\u{a0}",
                " # it's", " # \"x\"", "\u{b}",
            ]);
        }
        text += end;
    }
    if numbers.below(4) == 0 {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    text
}

/// What one loader made of each file: values by name, null for a name without one.
type Answers = Vec<Map<String, Value>>;

/// The lines `command` prints: the version of the loader and its answers.
fn asked(mut command: Command) -> Option<(String, Answers)> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
    let version = lines.next()?.to_owned();
    let answers = lines.filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect();
    Some((version, answers))
}

fn installed(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/loaders").join(part)
}

fn python(dir: &Path) -> Option<(String, Answers)> {
    let mut command = Command::new(installed("python/bin/python3"));
    command.args(["-X", "utf8", "-c", PYTHON]).arg(dir).env_clear();
    asked(command)
}

fn node(dir: &Path) -> Option<(String, Answers)> {
    let mut command = Command::new("node");
    command.args(["-e", NODE]).arg(dir).arg(installed("node"));
    asked(command)
}

/// A loader under test.
struct Subject {
    /// Its name among keylint's loaders.
    slug: &'static str,
    /// The version the record is of.
    version: &'static str,
    /// Asks it, if it is installed.
    ask: fn(&Path) -> Option<(String, Answers)>,
}

const SUBJECTS: [Subject; 2] = [
    Subject { slug: "python-dotenv", version: "1.2.4", ask: python },
    Subject { slug: "npm-dotenv", version: "18.0.10", ask: node },
];

/// Where keylint means to differ: it keeps the lines of a broken entry apart, so that each credential in them is
/// judged by its own line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Divergence {
    /// A quote that its line leaves open takes the lines up to the next quote of its kind.
    QuoteRunsOn,
    /// keylint takes the lines of a quoted value together, also where the loader knows no such quote or name.
    LinesTogether,
    /// A name alone takes its earlier value away in python-dotenv.
    NameAlone,
    /// npm dotenv joins a line that starts with `=` to the name above it, and a line below `NAME:` to that.
    TwoLines,
}

/// The parts of `text` where keylint means to differ from the loader.
fn divergences(slug: &str, text: &str) -> Vec<(Divergence, Range<usize>)> {
    let (npm, bytes) = (slug == "npm-dotenv", text.as_bytes());
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let line_end = |at: usize| bytes[at..].iter().position(is_break).map_or(bytes.len(), |length| at + length);
    let is_comment_or_nothing = |rest: &str| rest.trim().is_empty() || rest.trim_start().starts_with('#');
    let mut out = Vec::new();
    // Where the last line that is not blank starts, if it is a name alone or with a colon.
    let (mut above, mut at) = (None, 0);
    while at < bytes.len() {
        let end = line_end(at);
        let line = &text[at..end];
        let given = line.trim_start_matches('\u{feff}').trim_start();
        if npm
            && let Some((start, colon)) = above
            && (colon || given.starts_with('='))
            && !given.is_empty()
        {
            out.push((Divergence::TwoLines, start..end));
        }
        let after = given.strip_prefix("export").map(str::trim_start).filter(|after| after.len() + 6 < given.len());
        let given = after.unwrap_or(given);
        let stop = given.find(if npm { &['=', ':'][..] } else { &['='][..] });
        let has_name = |stop: &usize| {
            let name = given[..*stop].trim_end();
            !name.is_empty()
                && name.chars().all(|ch| {
                    if npm { ch.is_alphanumeric() || "_.-".contains(ch) } else { !ch.is_whitespace() && ch != '#' }
                })
        };
        let value = stop.filter(has_name).map(|stop| &given[stop + 1..]);
        let quote = value.and_then(|value| value.trim_start().chars().next()).filter(|quote| "'\"`".contains(*quote));
        let mut next = end + usize::from(end < bytes.len());
        if let (Some(quote), Some(value)) = (quote.filter(|quote| npm || *quote != '`'), value)
            && let start = end - value.trim_start().len() + 1
            && let Some(close) = closing(bytes, start, quote as u8)
            && close > end
            && (!npm || is_comment_or_nothing(&text[close + 1..line_end(close)]))
        {
            out.push((Divergence::QuoteRunsOn, at..line_end(close)));
            next = line_end(close) + usize::from(line_end(close) < bytes.len());
            above = None;
        } else if !given.is_empty() {
            let name = given.strip_suffix(':').unwrap_or(given).trim_end();
            let name = name.rsplit(char::is_whitespace).next().unwrap_or_default();
            above = is_word(name).then_some((at, given.ends_with(':')));
        }
        at = next;
    }
    if npm && let Some((start, true)) = above {
        out.push((Divergence::TwoLines, start..bytes.len()));
    }
    out
}

/// The first `quote` from `at` on that no backslash escapes.
fn closing(text: &[u8], mut at: usize, quote: u8) -> Option<usize> {
    while at < text.len() {
        match text[at] {
            b'\\' if text.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return Some(at),
            _ => at += 1,
        }
    }
    None
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// All that may be a name in `text`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|ch: char| !ch.is_ascii_alphanumeric() && ch != '_')
}

/// How the answers of one loader and keylint's compare.
#[derive(Default)]
struct Tally {
    same: usize,
    /// Left open by keylint: references and escapes depend on more than the line.
    unsure: usize,
    divergent: BTreeMap<Divergence, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, slug: &str, text: &str, answer: &Map<String, Value>) {
        let (dialect, bytes) = (&loader(slug).unwrap().reads, text.as_bytes());
        let apart = divergences(slug, text);
        let mut own: BTreeMap<&str, (Reading, &str)> = BTreeMap::new();
        let mut skipped: BTreeSet<&str> = BTreeSet::new();
        for (divergence, range) in &apart {
            *self.divergent.entry(*divergence).or_default() += 1;
            skipped.extend(words(&text[range.clone()]));
        }
        let document = parse(bytes);
        for entry in document.entries() {
            let (start, end) = (entry.span().start, entry.span().end);
            if apart.iter().any(|(_, range)| range.start <= start && end <= range.end) {
                continue;
            }
            let text = &text[entry.span().range()];
            if let Some((_, below)) = text.split_once(['\n', '\r']) {
                *self.divergent.entry(Divergence::LinesTogether).or_default() += 1;
                skipped.extend(words(below));
            }
        }
        for entry in document.entries() {
            let (name, line) = (&text[entry.name.range()], &text[entry.span().range()]);
            match read(dialect, line.as_bytes(), name.as_bytes()) {
                Reading::Missing => {}
                reading => _ = own.insert(name, (reading, line)),
            }
        }
        // Names that no shell accepts are nobody's variable; how they are read is not modelled.
        let names: BTreeSet<&str> = own.keys().copied().chain(answer.keys().map(String::as_str)).collect();
        for name in names.into_iter().filter(|name| is_word(name) && !skipped.contains(name)) {
            if slug == "python-dotenv" && answer.get(name) == Some(&Value::Null) && own.contains_key(name) {
                *self.divergent.entry(Divergence::NameAlone).or_default() += 1;
                continue;
            }
            let theirs = answer.get(name).and_then(Value::as_str);
            match (own.get(name), theirs) {
                (Some((Reading::Unsure, line)), _) if is_open(line) => self.unsure += 1,
                (Some((Reading::Value(value), _)), Some(theirs)) if value == theirs.as_bytes() => self.same += 1,
                (None, None) => self.same += 1,
                (own, theirs) => self.wrong.push(format!("{name}: {text:?}: {own:?}, not {theirs:?}")),
            }
        }
    }
}

/// Whether what a loader makes of `line` may depend on more than the line: escapes, references, nested quotes.
fn is_open(line: &str) -> bool {
    line.contains(['\\', '$']) || ["\"\"", "\"'", "'\"", "''"].iter().any(|quotes| line.contains(quotes))
}

/// One line a file: what python-dotenv defines, and what npm dotenv does if that differs.
fn recorded() -> [Answers; 2] {
    let record = std::fs::read_to_string(RECORD).unwrap();
    let row = |line: &str| -> [Map<String, Value>; 2] {
        let mut answers = line.split('\t').map(|answer| serde_json::from_str::<Map<_, _>>(answer).unwrap());
        let first = answers.next().unwrap();
        [first.clone(), answers.next().unwrap_or(first)]
    };
    let (first, second) = record.lines().map(row).map(|[first, second]| (first, second)).unzip();
    [first, second]
}

fn write_record(answers: &[Answers; 2]) {
    let mut out = String::new();
    for (first, second) in answers[0].iter().zip(&answers[1]) {
        out += &json!(first).to_string();
        if first != second {
            write!(out, "\t{}", json!(second)).unwrap();
        }
        out.push('\n');
    }
    std::fs::write(RECORD, out).unwrap();
}

#[test]
fn ten_thousand_files_are_read_as_their_loaders_read_them() {
    let texts: Vec<String> = (0..FILES as u64).map(file).collect();
    let dir = tempfile::tempdir().unwrap();
    for (number, text) in texts.iter().enumerate() {
        std::fs::write(dir.path().join(format!("{number:05}")), text).unwrap();
    }
    let asked = SUBJECTS.map(|subject| (subject.ask)(dir.path()).filter(|(version, _)| version == subject.version));
    if std::env::var_os("KEYLINT_RECORD").is_some() {
        let answers = asked.clone().map(|asked| asked.expect("both loaders have to be installed").1);
        write_record(&answers);
    }
    for ((subject, asked), recorded) in SUBJECTS.iter().zip(asked).zip(recorded()) {
        let Subject { slug, version, .. } = subject;
        let (how, answers) = match asked {
            Some((_, answers)) => {
                assert!(answers == recorded, "the record of {slug} is not of these files");
                ("run", answers)
            }
            None => ("is NOT INSTALLED: its recorded answers stand in", recorded),
        };
        assert_eq!(answers.len(), FILES);
        let mut tally = Tally::default();
        for (text, answer) in texts.iter().zip(&answers) {
            tally.add(slug, text, answer);
        }
        let Tally { same, unsure, divergent, wrong } = tally;
        // Past the harness, which keeps what a test prints that passes.
        let says = format!("{slug} {version} {how}: {same} entries alike, {unsure} left open, {divergent:?}\n");
        std::io::stderr().write_all(says.as_bytes()).unwrap();
        assert!(wrong.is_empty(), "{slug}: {} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
        assert!(same > FILES / 2 && unsure * 4 < same, "{slug}: {same} alike, {unsure} left open");
        let own = if *slug == "npm-dotenv" { Divergence::TwoLines } else { Divergence::NameAlone };
        assert!(
            divergent.keys().eq(&[Divergence::QuoteRunsOn, Divergence::LinesTogether, own]),
            "{slug}: {divergent:?}"
        );
    }
}
