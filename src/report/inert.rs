//! Foreign text (paths, messages, excerpts) on its way into a line of output: nothing in it can move a cursor, end a
//! line, or give an order to a CI runner that reads the log.

use crate::source::RelPath;
use crate::text::sanitize;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// `text` as inert text for a line: hidden characters are escaped, and so are runners' orders wherever they stand.
pub(super) fn line(text: &str) -> String {
    defuse(&sanitize::printable_str(text))
}

/// `text` (a rule's prose, wrapped as its author liked) as inert text in one line.
pub(super) fn prose(text: &str) -> String {
    line(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `path` as inert text that may stand at the start of a line.
pub(super) fn path(path: &RelPath) -> String {
    let shown = defuse(&path.printable());
    // GitHub takes a line whose first characters after blanks are `::` for an order; the second may be the colon
    // that follows the path.
    match shown.trim_start().chars().next() {
        Some(':') | None => format!("./{shown}"),
        Some(_) => shown,
    }
}

/// Whether `text` starts with an order of Azure Pipelines or `TeamCity`, or an old one of GitHub: `##[`, `##vso[`,
/// `##teamcity[`. The first two runners look for it anywhere in a line.
pub(super) fn is_order(text: &str) -> bool {
    text.strip_prefix("##")
        .is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('['))
}

/// Stands for the first `#` of an order.
pub(super) const HASH: &str = "\\u{23}";

fn defuse(text: &str) -> String {
    if !text.contains("##") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + HASH.len());
    for (at, ch) in text.char_indices() {
        if ch == '#' && is_order(&text[at..]) {
            out.push_str(HASH);
        } else {
            out.push(ch);
        }
    }
    out
}

/// Writes compact JSON whose strings hold no raw control, invisible or bidirectional character and no runner's order.
/// A parser reads the same text as from any other JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct InertJson;

impl Formatter for InertJson {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut from = 0;
        for (at, ch) in fragment.char_indices() {
            let is_inert = !sanitize::is_hidden(ch) && (ch != '#' || !fragment[at + 1..].starts_with('#'));
            if is_inert {
                continue;
            }
            writer.write_all(&fragment.as_bytes()[from..at])?;
            for unit in ch.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            from = at + ch.len_utf8();
        }
        writer.write_all(&fragment.as_bytes()[from..])
    }
}

/// Writes `value` as one line of inert JSON.
pub(super) fn write_json(value: &serde_json::Value, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, InertJson);
    serde::Serialize::serialize(value, &mut serializer)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_broken() {
        assert_eq!(line("a ##vso[x] ###[y] ## [z]"), "a \\u{23}#vso[x] #\\u{23}#[y] ## [z]");
        assert_eq!(path(&RelPath::from("::error file=x::y")), "./::error file=x::y");
        assert_eq!(path(&RelPath::from(" :")), "./ :");
        assert_eq!(path(&RelPath::from("a\n::b")), "a\\n::b");
    }

    #[test]
    fn json_reads_back() {
        let value = serde_json::json!({"a": "##vso[x]\u{202e}\u{7f}\u{9b}\u{e0001}\u{1b}é"});
        let mut out = Vec::new();
        write_json(&value, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains("##") && !text.trim_end().chars().any(sanitize::is_hidden), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
