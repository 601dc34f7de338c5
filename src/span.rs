//! Byte ranges inside one text, and the line and column a byte stands on.

use std::ops::Range;
use std::sync::OnceLock;

/// A half-open byte range `[start, end)` of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte, counted from 0.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// A span from `start` up to, but without, `end` (bytes).
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the span covers no byte.
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Whether the two spans share a byte; two empty spans at one place share it too.
    pub const fn overlaps(self, other: Self) -> bool {
        (self.start < other.end && other.start < self.end)
            || (self.start == other.start && (self.is_empty() || other.is_empty()))
    }

    /// Whether `other` lies inside this span.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The span as an index range.
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// The bytes of `text` the span covers; what lies past the end of `text` is left out.
    pub fn of(self, text: &[u8]) -> &[u8] {
        let end = self.end.min(text.len());
        &text[self.start.min(end)..end]
    }
}

/// A place as people and editors count it: everything from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1; LF, CRLF and a lone CR end a line.
    pub line: usize,
    /// Column in Unicode scalars, from 1. A byte that is not UTF-8 counts as one.
    pub column: usize,
    /// Column in UTF-16 code units, from 1 (what SARIF asks for).
    pub column_utf16: usize,
}

impl Position {
    /// The position of byte `end` of `text`, without an index.
    pub fn of(text: &[u8], end: usize) -> Self {
        let before = &text[..end];
        if memchr::memchr(b'\r', before).is_some() {
            return LineIndex::new(text).position(text, end);
        }
        // Counting line ends is several times faster than looking for each.
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let (scalars, utf16) = count_columns(&before[start..]);
        Self { line: count(before, |b| b == b'\n') + 1, column: scalars + 1, column_utf16: utf16 + 1 }
    }

    /// The same place in a text of which this one is the part that starts at `base`.
    #[must_use]
    pub const fn within(self, base: Self) -> Self {
        let (column, utf16) = if self.line == 1 { (base.column - 1, base.column_utf16 - 1) } else { (0, 0) };
        Self { line: self.line + base.line - 1, column: self.column + column, column_utf16: self.column_utf16 + utf16 }
    }
}

/// How many bytes of `text` are `wanted`. A sum that fits into a byte is made of whole vectors at once.
fn count(text: &[u8], wanted: impl Fn(u8) -> bool) -> usize {
    text.chunks(255).map(|chunk| usize::from(chunk.iter().map(|b| u8::from(wanted(*b))).sum::<u8>())).sum()
}

/// Where the lines of a text start. Built only for a text that has a finding.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
    /// Columns inside long lines, in the order of the text; counted when a column of such a line is asked for.
    checkpoints: OnceLock<Vec<Checkpoint>>,
}

/// The columns before one byte of a long line.
#[derive(Debug)]
struct Checkpoint {
    offset: usize,
    scalars: usize,
    utf16: usize,
}

/// How far apart checkpoints are, in bytes; a shorter line has none.
const STEP: usize = 1024;

/// The UTF-8 byte order mark; it belongs to no column.
pub const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

impl LineIndex {
    /// Indexes `text`, one pass over its line ends.
    pub fn new(text: &[u8]) -> Self {
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', text) {
            if text[at] == b'\r' && text.get(at + 1) == Some(&b'\n') {
                continue;
            }
            starts.push(at + 1);
        }
        Self { starts, checkpoints: OnceLock::new() }
    }

    /// The line (from 0) that byte `offset` stands on.
    fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    /// The position of byte `offset` of `text`, which must be the text that was indexed.
    pub fn position(&self, text: &[u8], offset: usize) -> Position {
        let line = self.line_of(offset);
        let (mut start, mut before) = (self.first_column(text, line).min(offset), (0, 0));
        if offset - start > STEP {
            let checkpoints = self.checkpoints.get_or_init(|| self.checkpoints(text));
            let next = checkpoints.partition_point(|checkpoint| checkpoint.offset <= offset);
            if let Some(near) = checkpoints[..next].last().filter(|checkpoint| checkpoint.offset > start) {
                (start, before) = (near.offset, (near.scalars, near.utf16));
            }
        }
        let (scalars, utf16) = count_columns(&text[start..offset.min(text.len())]);
        Position { line: line + 1, column: before.0 + scalars + 1, column_utf16: before.1 + utf16 + 1 }
    }

    /// The byte that stands in the first column of `line` (from 0).
    fn first_column(&self, text: &[u8], line: usize) -> usize {
        if line == 0 && text.starts_with(UTF8_BOM) { UTF8_BOM.len() } else { self.starts[line] }
    }

    /// Counts the columns of every long line once.
    fn checkpoints(&self, text: &[u8]) -> Vec<Checkpoint> {
        let mut out = Vec::new();
        for line in 0..self.starts.len() {
            let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
            let mut at = Checkpoint { offset: self.first_column(text, line), scalars: 0, utf16: 0 };
            while at.offset + STEP < end {
                let next = character_start(text, at.offset + STEP);
                let (scalars, utf16) = count_columns(&text[at.offset..next]);
                at = Checkpoint { offset: next, scalars: at.scalars + scalars, utf16: at.utf16 + utf16 };
                out.push(Checkpoint { ..at });
            }
        }
        out
    }

    /// The span of the line that holds `offset`, without its line end.
    pub fn line_span(&self, text: &[u8], offset: usize) -> Span {
        let line = self.line_of(offset);
        let start = self.starts[line];
        let mut end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        while end > start && matches!(text[end - 1], b'\n' | b'\r') {
            end -= 1;
        }
        Span::new(start, end)
    }

    /// The span of line `line` (from 1) without its line end, if there is such a line.
    pub fn nth_line(&self, text: &[u8], line: usize) -> Option<Span> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        Some(self.line_span(text, start))
    }
}

/// The last byte at or before `at` that no character goes across. A character has three bytes after its first at most.
fn character_start(text: &[u8], at: usize) -> usize {
    let is_start = |at: &usize| text[*at] & 0xc0 != 0x80;
    (at.saturating_sub(3)..=at).rev().find(is_start).unwrap_or(at)
}

/// Length of `bytes` in Unicode scalars and in UTF-16 code units; each byte that is not UTF-8 counts as one.
fn count_columns(bytes: &[u8]) -> (usize, usize) {
    if bytes.is_ascii() {
        return (bytes.len(), bytes.len());
    }
    let in_valid = |valid: &str| {
        let starts = count(valid.as_bytes(), |b| b & 0xc0 != 0x80);
        // Four bytes in UTF-8 are two units in UTF-16.
        (starts, starts + count(valid.as_bytes(), |b| b >= 0xf0))
    };
    // Checking a text as a whole is several times faster than looking for what is not UTF-8 in it.
    if let Ok(valid) = std::str::from_utf8(bytes) {
        return in_valid(valid);
    }
    bytes.utf8_chunks().fold((0, 0), |(scalars, utf16), chunk| {
        let (own, own_utf16) = in_valid(chunk.valid());
        (scalars + own + chunk.invalid().len(), utf16 + own_utf16 + chunk.invalid().len())
    })
}

/// The line around `at` (a byte of `text`), without its line end, found without an index.
pub fn line_around(text: &[u8], at: usize) -> Span {
    let at = at.min(text.len());
    let start = memchr::memrchr2(b'\n', b'\r', &text[..at]).map_or(0, |i| i + 1);
    let end = memchr::memchr2(b'\n', b'\r', &text[at..]).map_or(text.len(), |i| at + i);
    Span::new(start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_like_an_editor() {
        let text = "ab\r\ncé🔑x\rz\n".as_bytes();
        let index = LineIndex::new(text);
        let at = |needle: &str| {
            let offset = memchr::memmem::find(text, needle.as_bytes()).unwrap();
            let p = index.position(text, offset);
            (p.line, p.column, p.column_utf16)
        };
        assert_eq!(at("b"), (1, 2, 2));
        assert_eq!(at("x"), (2, 4, 5));
        assert_eq!(at("z"), (3, 1, 1));
        assert_eq!(index.line_span(text, 5).of(text), "cé🔑x".as_bytes());
        assert_eq!(index.nth_line(text, 3).unwrap().of(text), b"z");
        assert_eq!(index.nth_line(text, 9), None);
    }

    #[test]
    fn positions_need_no_index() {
        for text in ["ab\r\ncé🔑x\rz\nend", "ab\ncé🔑x\n\nend"].map(str::as_bytes) {
            for end in 0..=text.len() {
                assert_eq!(Position::of(text, end), LineIndex::new(text).position(text, end), "{end}");
            }
        }
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let text = b"\xef\xbb\xbfNAME=1";
        assert_eq!(LineIndex::new(text).position(text, 3).column, 1);
    }

    /// Counting from the start of the line, as the definition says.
    fn counted(text: &[u8], offset: usize) -> Position {
        let line =
            text[..offset].split_inclusive(|b| *b == b'\n').count() + usize::from(text[..offset].ends_with(b"\n"));
        let start = memchr::memrchr(b'\n', &text[..offset]).map_or(0, |at| at + 1);
        let start = if start == 0 && text.starts_with(UTF8_BOM) { UTF8_BOM.len().min(offset) } else { start };
        let (scalars, utf16) = count_columns(&text[start..offset]);
        Position { line: line.max(1), column: scalars + 1, column_utf16: utf16 + 1 }
    }

    #[test]
    fn columns_of_long_lines_are_counted_once() {
        let mut text = UTF8_BOM.to_vec();
        for part in [&b"ab"[..], "é".as_bytes(), "🔑字".as_bytes(), b"\x80", b"\xf0\x9f", b"\xc3\xa9\x80\x80\x80\x80"]
        {
            text.extend(part.repeat(3 * STEP / part.len()));
            text.extend(b"\nshort\n");
            text.extend(part.repeat(STEP / part.len() + 2));
        }
        let index = LineIndex::new(&text);
        for offset in 0..=text.len() {
            assert_eq!(index.position(&text, offset), counted(&text, offset), "{offset}");
        }
        let checkpoints = index.checkpoints.get().unwrap();
        assert!(checkpoints.windows(2).all(|pair| pair[0].offset + STEP - 3 <= pair[1].offset));
    }

    #[test]
    fn invalid_bytes_take_one_column_each() {
        let text = b"\xff\xfeab";
        assert_eq!(LineIndex::new(text).position(text, 3).column, 4);
    }
}
