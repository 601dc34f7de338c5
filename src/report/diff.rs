//! `--diff`: what the fixes would change, as a unified diff without context. Values are masked: it is for people, not
//! for `patch`.

use super::inert;
use crate::engine::masks;
use crate::fix::{Change, Version};
use crate::source::{Encoding, FileKind};
use crate::span::Span;
use crate::syntax::{assign, dotenv};
use crate::text::placeholder::{self, ValueKind};
use crate::text::{name, sanitize};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::io::{self, Write};

/// Stands for what is not shown.
const MASK: char = '…';

/// Writes the diff of `changes`. With `reveal` nothing is masked.
///
/// # Errors
/// `out` cannot be written to. A closed pipe is no error: the reader has seen enough.
pub fn write_diff(changes: &[Change], reveal: bool, out: &mut dyn Write) -> io::Result<()> {
    let result = changes.iter().try_for_each(|change| write_file(change, reveal, out));
    match result.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn write_file(change: &Change, reveal: bool, out: &mut dyn Write) -> io::Result<()> {
    let path = inert::path(&change.path);
    writeln!(out, "--- {path}\n+++ {path}")?;
    let (from, to) = (change.before.encoding, change.after.encoding);
    if from != to && title(from) != title(to) {
        writeln!(out, "@@ {} to {} @@", title(from), title(to))?;
    }
    let kind = FileKind::of(change.path.as_bytes(), &change.before.text());
    let (old, new) = (Side::new(&change.before, kind, reveal), Side::new(&change.after, kind, reveal));
    for op in capture_diff_slices(Algorithm::Myers, &old.texts(), &new.texts()) {
        let (old_lines, new_lines) = match op {
            DiffOp::Equal { .. } => continue,
            other => (other.old_range(), other.new_range()),
        };
        writeln!(out, "@@ -{} +{} @@", range(&old_lines), range(&new_lines))?;
        // A value that is plain afterwards had around it what is not: that may be shown.
        let plain = new_lines.clone().all(|line| new.is_plain(line));
        for line in old_lines {
            writeln!(out, "-{}", old.shown(line, plain))?;
        }
        for line in new_lines {
            writeln!(out, "+{}", new.shown(line, false))?;
        }
    }
    Ok(())
}

fn title(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 | Encoding::Utf8Bom => "UTF-8",
        Encoding::Utf16Le | Encoding::Utf16Be => "UTF-16",
        Encoding::SingleByte => "a single-byte encoding",
    }
}

/// `start,count` as unified diffs have it.
fn range(lines: &std::ops::Range<usize>) -> String {
    match lines.len() {
        1 => (lines.start + 1).to_string(),
        0 => format!("{},0", lines.start),
        count => format!("{},{count}", lines.start + 1),
    }
}

/// One version of a file, by lines.
struct Side {
    text: Vec<u8>,
    /// The lines with their ends.
    lines: Vec<Span>,
    kind: FileKind,
    secrets: Vec<(Span, usize)>,
    /// Values of env files.
    values: Vec<Span>,
    reveal: bool,
}

impl Side {
    fn new(version: &Version, kind: FileKind, reveal: bool) -> Self {
        let text = version.text();
        let mut values = Vec::new();
        if kind == FileKind::Env {
            for item in dotenv::parse(&text).items {
                match item {
                    dotenv::Item::Entry(entry) if is_shown(entry.value.of(&text)) => {}
                    dotenv::Item::Entry(entry) => values.push(given(&entry, &text)),
                    dotenv::Item::Junk(line) => values.push(line.content),
                    dotenv::Item::Comment(_) | dotenv::Item::Blank(_) => {}
                }
            }
        }
        Self { lines: lines(&text), text, kind, secrets: version.secrets.clone(), values, reveal }
    }

    fn texts(&self) -> Vec<&[u8]> {
        self.lines.iter().map(|line| line.of(&self.text)).collect()
    }

    /// Whether the values on the line hold nothing but token characters.
    fn is_plain(&self, line: usize) -> bool {
        let line = self.lines[line];
        self.values.iter().filter(|value| value.overlaps(line)).all(|value| dotenv::is_plain(value.of(&self.text)))
    }

    /// The line as it may be shown. With `odd`, characters of values that belong to no token are shown too.
    fn shown(&self, line: usize, odd: bool) -> String {
        let line = self.lines[line];
        let masks = if self.reveal { Vec::new() } else { self.masks(line) };
        let (mut out, mut at) = (String::new(), line.start);
        for chunk in line.of(&self.text).utf8_chunks() {
            for ch in chunk.valid().chars() {
                let hidden = masks.iter().any(|mask| mask.start <= at && at < mask.end);
                let plain = ch.is_ascii_alphanumeric() || "_./+=:@%,-".contains(ch);
                if hidden && (plain || !odd) {
                    if !out.ends_with(MASK) {
                        out.push(MASK);
                    }
                } else if !(ch == '\n' || ch == '\r' && self.text.get(at + 1) == Some(&b'\n')) {
                    sanitize::push(&mut out, ch);
                }
                at += ch.len_utf8();
            }
            if !chunk.invalid().is_empty() {
                out.push_str(&sanitize::printable(chunk.invalid()));
                at += chunk.invalid().len();
            }
        }
        inert::line(&out)
    }

    fn masks(&self, line: Span) -> Vec<Span> {
        let mut out = masks(&self.text, line, &self.secrets);
        out.extend(self.values.iter().filter(|value| value.overlaps(line)));
        if self.kind != FileKind::Env {
            out.extend(self.assigned(line));
        }
        out
    }

    /// What the line gives to names of credentials.
    fn assigned(&self, line: Span) -> Vec<Span> {
        let mut out = Vec::new();
        let mut at = line.start;
        while at < line.end {
            let span = assign::name_around(&self.text, at);
            if span.is_empty() || span.end <= at {
                at += 1;
                continue;
            }
            let value =
                name::is_credential(span.of(&self.text)).then(|| assign::value_of(&self.text, line, span)).flatten();
            out.extend(value.map(|value| value.span).filter(|value| !is_shown(value.of(&self.text))));
            at = span.end;
        }
        out
    }
}

/// What an entry gives to its name: the value with its quotes, and with what follows them.
fn given(entry: &dotenv::Entry, text: &[u8]) -> Span {
    let blank = entry.tail.of(text).iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
    Span::new(entry.open.start, entry.tail.end - blank)
}

/// Whether a value is none to hide.
fn is_shown(value: &[u8]) -> bool {
    matches!(placeholder::classify(value), ValueKind::Empty | ValueKind::Reference)
}

/// The lines of `text` with their ends: LF, CRLF or CR.
fn lines(text: &[u8]) -> Vec<Span> {
    let (mut out, mut start) = (Vec::new(), 0);
    for at in memchr::memchr2_iter(b'\n', b'\r', text) {
        if text[at] == b'\r' && text.get(at + 1) == Some(&b'\n') {
            continue;
        }
        out.push(Span::new(start, at + 1));
        start = at + 1;
    }
    if start < text.len() {
        out.push(Span::new(start, text.len()));
    }
    out
}
