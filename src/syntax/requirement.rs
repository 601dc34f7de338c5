//! Versions of packages a project asks for: lists of requirements, package manifests, `pip install` commands.
//!
//! No resolver: a requirement is a name, and the text after it that says which versions will do.

use super::line::LineCursor;
use crate::rules::matcher::Registry;
use crate::span::{Span, line_around};

/// How a file writes down what it requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A requirement a line: `requirements.txt`.
    Lines,
    /// Requirements in quotes, or as keys whose value is the range: `pyproject.toml`, `Pipfile`, `setup.py`.
    Strings,
    /// A list under `dependencies:` for conda and pip: `environment.yml`.
    Conda,
    /// `"name": "range"`: `package.json`.
    Npm,
    /// Arguments of an installer: `pip install name==1.2`.
    Command,
    /// A module specifier with a registry: `npm:name@1.2`.
    Specifier,
}

/// How ranges are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `==1.2`, `<2`, `~=1.2`; also `^1.2` and a bare `1.2` (poetry).
    Python,
    /// `=1.2` stands for `1.2.*`.
    Conda,
    /// `^1.2`, `~1.2`, `1.x`, `1 - 2`, `||`.
    Npm,
}

impl Dialect {
    /// Where packages are from whose ranges are written so.
    pub const fn registry(self) -> Registry {
        match self {
            Self::Python | Self::Conda => Registry::Pypi,
            Self::Npm => Registry::Npm,
        }
    }
}

/// A package that is required, and in which versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The name, its extras, the range: what a finding points at.
    pub whole: Span,
    /// The range; empty if any version will do.
    pub range: Span,
    /// How it is read.
    pub dialect: Dialect,
}

/// How far a requirement and what tells it is one reach to each side of its name (bytes).
const REACH: usize = 512;

/// Words that install what follows them on the line.
const INSTALLERS: [&[u8]; 9] = [
    b"pip install",
    b"pip3 install",
    b"uv add",
    b"poetry add",
    b"conda install",
    b"mamba install",
    b"npm install",
    b"npm i ",
    b"yarn add",
];

/// Bytes of a package's name.
const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'@')
}

/// Whether `text` holds a command that installs something.
pub fn installs(text: &[u8]) -> bool {
    INSTALLERS.iter().any(|word| memchr::memmem::find(text, word).is_some())
}

/// The places where `text`, written in `form`, requires the package `name`. Case and the separators `-`, `_` and `.`
/// make no difference in Python's names.
pub fn find(text: &[u8], form: Form, name: &str) -> Vec<Requirement> {
    let first = name.as_bytes().first().copied().unwrap_or_default();
    let lines = LineCursor::new(text);
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), text)
        .filter(|at| is_name(text, *at, name))
        .filter_map(|at| {
            // Minified files are one line: no requirement is longer than its neighbourhood.
            let line = lines.around(at);
            let near = Span::new(line.start.max(at.saturating_sub(REACH)), line.end.min(at + REACH));
            requirement(text, form, near, at, name.len())
        })
        .collect()
}

fn is_name(text: &[u8], at: usize, name: &str) -> bool {
    let plain = |byte: u8| if matches!(byte, b'_' | b'.') { b'-' } else { byte.to_ascii_lowercase() };
    let found = text.get(at..at + name.len());
    let before = at.checked_sub(1).map_or(b'\n', |i| text[i]);
    let is_specifier = matches!(text[..at], [.., b'm', b':'] | [.., b's', b'h', b'/']);
    found.is_some_and(|found| found.iter().zip(name.bytes()).all(|(a, b)| plain(*a) == plain(b)))
        && (!is_name_byte(before) || is_specifier)
}

fn requirement(text: &[u8], form: Form, line: Span, at: usize, length: usize) -> Option<Requirement> {
    let before = &text[line.start..at];
    // A line of a notebook starts with a quote.
    let words = before.trim_ascii_start();
    if words.strip_prefix(b"\"").unwrap_or(words).starts_with(b"#") || before.windows(2).any(|pair| pair == b" #") {
        return None;
    }
    let mut end = at + length;
    let mut dialect = Dialect::Python;
    let rest = |at: usize| &text[at..line.end];
    if rest(end).starts_with(b"[") {
        end += memchr::memchr(b']', rest(end))? + 1;
    }
    let quote = before.last().copied().filter(|b| matches!(b, b'"' | b'\''));
    let range = match form {
        Form::Lines => {
            if !before.trim_ascii().is_empty() {
                return None;
            }
            range(text, end, line.end)?
        }
        Form::Strings => {
            if let Some(value) = keyed(rest(end), quote) {
                if value.is_empty() { Span::new(end, end) } else { shifted(value, end) }
            } else if quote.is_some() || before.trim_ascii().is_empty() {
                range(text, end, line.end)?
            } else {
                return None;
            }
        }
        Form::Conda => {
            let item = before.trim_ascii();
            if !(item == b"-" || item.ends_with(b"::") && item.starts_with(b"-")) && quote.is_none() {
                return None;
            }
            dialect = Dialect::Conda;
            range(text, end, line.end)?
        }
        Form::Npm => {
            dialect = Dialect::Npm;
            quote?;
            let value = keyed(rest(end), quote)?;
            let mut value = shifted(value, end);
            if value.of(text).starts_with(b"npm:") {
                let version = memchr::memrchr(b'@', value.of(text))?;
                value.start += version + 1;
            }
            if !is_range(value.of(text)) {
                return None;
            }
            value
        }
        Form::Command => {
            let lower = before.to_ascii_lowercase();
            let has = |word: &[u8]| memchr::memmem::find(&lower, word).is_some();
            let continued = || is_continued(text, line.start);
            if !INSTALLERS.iter().any(|word| has(word)) && !continued() {
                return None;
            }
            if rest(end).starts_with(b"@") {
                dialect = Dialect::Npm;
                end += 1;
            } else if has(b"conda ") || has(b"mamba ") {
                dialect = Dialect::Conda;
            }
            range(text, end, line.end)?
        }
        Form::Specifier => {
            dialect = Dialect::Npm;
            if !(before.ends_with(b"npm:") || before.ends_with(b"esm.sh/")) || !rest(end).starts_with(b"@") {
                return None;
            }
            range(text, end + 1, line.end)?
        }
    };
    Some(Requirement { whole: Span::new(at, range.end.max(end)), range, dialect })
}

fn shifted(span: Span, by: usize) -> Span {
    Span::new(span.start + by, span.end + by)
}

/// Whether the line at `start` continues an installer's command on the lines before it.
fn is_continued(text: &[u8], start: usize) -> bool {
    let mut start = start;
    for _ in 0..30 {
        let Some(before) = text[..start].strip_suffix(b"\n") else { return false };
        let line = line_around(text, before.len().saturating_sub(1));
        let bytes = line.of(text);
        if !bytes.trim_ascii_end().ends_with(b"\\") {
            return false;
        }
        if INSTALLERS.iter().any(|word| memchr::memmem::find(bytes, word).is_some()) {
            return true;
        }
        start = line.start;
    }
    false
}

/// The value of the key that `rest` follows: `= "…"`, `: "…"`, `= {version = "…"}`; empty if it names no version.
/// `None` if it is no key. Spans count from `rest`.
fn keyed(rest: &[u8], quote: Option<u8>) -> Option<Span> {
    let mut at = 0;
    if let Some(quote) = quote {
        if rest.first() != Some(&quote) {
            return None;
        }
        at = 1;
    }
    let blanks = |at: usize| at + rest[at..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    at = blanks(at);
    if !matches!(rest.get(at), Some(b'=' | b':')) || rest.get(at + 1) == Some(&b'=') {
        return None;
    }
    at = blanks(at + 1);
    if rest.get(at) == Some(&b'{') {
        let Some(version) = memchr::memmem::find(&rest[at..], b"version") else { return Some(Span::new(at, at)) };
        let Some(quote) = memchr::memchr2(b'"', b'\'', &rest[at + version..]) else { return Some(Span::new(at, at)) };
        at += version + quote;
        if rest.get(at + 1) == Some(&b':') {
            at = memchr::memchr(b'"', &rest[at + 1..]).map_or(at, |i| at + 1 + i);
        }
    }
    let open = rest.get(at).copied().filter(|b| matches!(b, b'"' | b'\''))?;
    let length = memchr::memchr(open, &rest[at + 1..])?;
    Some(Span::new(at + 1, at + 1 + length))
}

/// The range that starts at byte `at`: operators and versions up to what cannot belong to them. `None` if the name
/// goes on or something else than a range follows.
fn range(text: &[u8], at: usize, end: usize) -> Option<Span> {
    let rest = &text[at..end];
    let blanks = rest.iter().take_while(|b| **b == b' ').count();
    let is_range_byte =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'<' | b'>' | b'~' | b'!' | b'^' | b'.' | b'*' | b'+');
    match rest.get(blanks) {
        Some(b'=' | b'<' | b'>' | b'~' | b'!' | b'^') => {}
        Some(b'0'..=b'9') if blanks == 0 && at > 0 && text[at - 1] == b'@' => {}
        Some(b) if blanks == 0 && is_name_byte(*b) => return None,
        _ => return Some(Span::new(at, at)),
    }
    let mut stop = blanks;
    loop {
        stop += rest[stop..].iter().take_while(|b| is_range_byte(b)).count();
        // `>= 0.27, < 1`
        let gap = rest[stop..].iter().take_while(|b| matches!(b, b' ' | b',')).count();
        let joined = rest[stop..stop + gap].contains(&b',') || stop > 0 && matches!(rest[stop - 1], b'=' | b'<' | b'>');
        if gap == 0 || !joined || !rest.get(stop + gap).is_some_and(is_range_byte) {
            break;
        }
        stop += gap;
    }
    Some(Span::new(at + blanks, at + stop))
}

/// Whether a text can be a range at all: no path or address.
fn is_range(value: &[u8]) -> bool {
    matches!(value, b"latest" | b"next" | b"*" | b"x")
        || value.first().is_some_and(|b| b.is_ascii_digit() || matches!(b, b'^' | b'~' | b'<' | b'>' | b'=' | b'v'))
            && !value.iter().any(|b| matches!(b, b':' | b'/'))
}

/// Whether every version `range` admits is below `bound`. A range that says nothing about its upper end is not.
pub fn is_below(range: &str, dialect: Dialect, bound: &str) -> bool {
    let bound = numbers(bound);
    range.split("||").all(|alternative| {
        let alternative = alternative.trim();
        if dialect == Dialect::Npm
            && let Some((_, last)) = alternative.split_once(" - ")
        {
            return upper("<=", last, dialect).is_some_and(|end| end.is_below(&bound));
        }
        clauses(alternative)
            .iter()
            .any(|(operator, version)| upper(operator, version, dialect).is_some_and(|end| end.is_below(&bound)))
    })
}

/// The operators and versions of a range.
fn clauses(range: &str) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    let mut rest = range.trim();
    while !rest.is_empty() {
        let version = rest.find(|c: char| !"=<>~!^ ".contains(c)).unwrap_or(rest.len());
        let (operator, after) = rest.split_at(version);
        let end = after.find(|c: char| ",=<>~!^ ".contains(c)).unwrap_or(after.len());
        out.push((operator.trim(), &after[..end]));
        rest = after[end..].trim_start_matches([',', ' ']);
    }
    out
}

/// Where a range ends.
struct End {
    version: Vec<u64>,
    /// Whether the version itself belongs to the range.
    included: bool,
}

impl End {
    fn is_below(&self, bound: &[u64]) -> bool {
        let part = |version: &[u64], i: usize| version.get(i).copied().unwrap_or(0);
        let length = self.version.len().max(bound.len());
        let order = (0..length).map(|i| part(&self.version, i).cmp(&part(bound, i))).find(|order| order.is_ne());
        order.map_or(!self.included, std::cmp::Ordering::is_lt)
    }
}

/// The upper end of one clause.
fn upper(operator: &str, version: &str, dialect: Dialect) -> Option<End> {
    let mut parts = numbers(version);
    if parts.is_empty() {
        return None;
    }
    let open = version.ends_with(['*', 'x', 'X']);
    let up_to = |version: Vec<u64>| Some(End { version, included: false });
    let exactly = |version: Vec<u64>| Some(End { version, included: true });
    match operator {
        "<" => up_to(parts),
        "<=" => exactly(parts),
        "^" => {
            let i = parts.iter().position(|part| *part > 0).unwrap_or(parts.len() - 1);
            parts.truncate(i + 1);
            up_to(next(parts))
        }
        "~=" => {
            parts.truncate(parts.len().saturating_sub(1).max(1));
            up_to(next(parts))
        }
        "~" => {
            parts.truncate(2);
            up_to(next(parts))
        }
        "" | "=" | "==" | "===" => {
            let prefix = match dialect {
                Dialect::Python => open,
                Dialect::Conda => open || operator == "=",
                Dialect::Npm => open || parts.len() < 3,
            };
            if prefix { up_to(next(parts)) } else { exactly(parts) }
        }
        _ => None,
    }
}

/// The first version after all that start with `parts`.
fn next(mut parts: Vec<u64>) -> Vec<u64> {
    if let Some(last) = parts.last_mut() {
        *last = last.saturating_add(1);
    }
    parts
}

/// The numbers of a version, up to what is none: `0.27.8rc1` is 0, 27, 8.
fn numbers(version: &str) -> Vec<u64> {
    let version = version.trim().trim_start_matches(['v', '=']);
    let mut out = Vec::new();
    for part in version.split('.') {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let Ok(number) = part[..digits].parse() else { break };
        out.push(number);
        if digits < part.len() {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_end_where_their_grammar_says() {
        use Dialect::{Conda, Npm, Python};
        for (range, dialect, bound, expected) in [
            ("==0.28.1", Python, "1", true),
            ("==0.*", Python, "1", true),
            ("<1", Python, "1", true),
            ("<1.0.0", Python, "1", true),
            ("<=0.28", Python, "1", true),
            ("<=1", Python, "1", false),
            ("~=0.27", Python, "1", true),
            ("~=0.27.8", Python, "1", true),
            (">=0.27, <1.0", Python, "1", true),
            (">=0.27", Python, "1", false),
            (">=0.27,<2", Python, "1", false),
            ("!=0.28", Python, "1", false),
            ("", Python, "1", false),
            ("*", Python, "1", false),
            ("^0.27.8", Python, "1", true),
            ("^0", Python, "1", true),
            ("^1.3", Python, "1", false),
            ("~0.27", Python, "1", true),
            ("0.28.1", Python, "1", true),
            ("==0.9.48", Python, "0.10", true),
            ("==0.10.1", Python, "0.10", false),
            ("==0.28.0rc1", Python, "1", true),
            ("=0.28", Conda, "1", true),
            ("^3.2.1", Npm, "4", true),
            ("3", Npm, "4", true),
            ("3.x", Npm, "4", true),
            ("~3.3", Npm, "4", true),
            (">=3 <4", Npm, "4", true),
            ("3.0.0 - 3.9.9", Npm, "4", true),
            ("^3 || ^4", Npm, "4", false),
            ("^4.2.0", Npm, "4", false),
            (">=3", Npm, "4", false),
            ("latest", Npm, "4", false),
        ] {
            assert_eq!(is_below(range, dialect, bound), expected, "{range} below {bound}");
        }
    }

    fn ranges(form: Form, text: &str, name: &str) -> Vec<&'static str> {
        let found = find(text.as_bytes(), form, name);
        found.iter().map(|one| &*Box::leak(text[one.range.range()].to_owned().into_boxed_str())).collect()
    }

    #[test]
    fn every_form_names_its_requirements() {
        assert_eq!(
            ranges(
                Form::Lines,
                "openai==0.27 ; x\nOpenAI[d] >= 0.1, < 1  # c\nopenai-x==1\n#openai==1\nopenai\n",
                "openai"
            ),
            ["==0.27", ">= 0.1, < 1", ""]
        );
        assert_eq!(ranges(Form::Lines, "llama_index==0.9 --hash=sha256:1\n", "llama-index"), ["==0.9"]);
        assert_eq!(
            ranges(
                Form::Strings,
                "a = [\"openai<1\", 'openai']\nopenai = \"^0.27\"\nopenai = {version = \"0.2\"}\n",
                "openai"
            ),
            ["<1", "", "^0.27", "0.2"]
        );
        assert_eq!(ranges(Form::Conda, "- openai=0.28\n- conda-forge::openai\n- x: openai\n", "openai"), ["=0.28", ""]);
        assert_eq!(
            ranges(
                Form::Npm,
                "\"openai\": \"^3\",\n\"openai\": \"npm:openai@4.1\",\n\"k\": [\"openai\"],\n\"openai\": \"file:../x\"",
                "openai"
            ),
            ["^3", "4.1"]
        );
        assert_eq!(
            ranges(
                Form::Command,
                "RUN pip install -q 'openai<1' x \\\n   openai==0.2\nnpm i openai@3.1\necho openai==1\n",
                "openai"
            ),
            ["<1", "==0.2", "3.1"]
        );
        assert_eq!(ranges(Form::Specifier, "import x from 'npm:openai@3.3.0';", "openai"), ["3.3.0"]);
    }
}
