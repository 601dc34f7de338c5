//! Byte ranges inside one text, and the line and column a byte stands on.

use std::cell::Cell;
use std::ops::Range;

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

/// Where the lines of a text start. Built only for a text that has a finding.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
    /// The place asked for last, and its position.
    last: Cell<Option<(usize, Position)>>,
}

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
        Self { starts, last: Cell::new(None) }
    }

    /// The line (from 0) that byte `offset` stands on.
    fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    /// The position of byte `offset` of `text`, which must be the text that was indexed.
    pub fn position(&self, text: &[u8], offset: usize) -> Position {
        let line = self.line_of(offset);
        let mut start = self.starts[line];
        if start == 0 && text.starts_with(UTF8_BOM) {
            start = UTF8_BOM.len().min(offset);
        }
        // Places come in their order: columns are counted on from the one before on the same line.
        let (from, known) = match self.last.get() {
            Some((from, known)) if known.line == line + 1 && (start..=offset).contains(&from) => (from, known),
            _ => (start, Position { line: line + 1, column: 1, column_utf16: 1 }),
        };
        let (scalars, utf16) = count_columns(&text[from..offset.min(text.len())]);
        let here =
            Position { line: line + 1, column: known.column + scalars, column_utf16: known.column_utf16 + utf16 };
        // Only between characters does counting go on as it would from the start.
        if text.get(offset).is_none_or(u8::is_ascii) {
            self.last.set(Some((offset.min(text.len()), here)));
        }
        here
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

/// Length of `bytes` in Unicode scalars and in UTF-16 code units; each byte that is not UTF-8 counts as one.
fn count_columns(bytes: &[u8]) -> (usize, usize) {
    let (mut scalars, mut utf16) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        for ch in chunk.valid().chars() {
            scalars += 1;
            utf16 += ch.len_utf16();
        }
        scalars += chunk.invalid().len();
        utf16 += chunk.invalid().len();
    }
    (scalars, utf16)
}

/// How far a line is looked at on either side of a place, in bytes: a file may be one line, and looking at all of it for
/// each of its places would take time in the square of its length.
const LINE_REACH: usize = 8 << 10;

/// The line around `at` (a byte of `text`), without its line end, found without an index; of a long line what stands
/// near `at`.
pub fn line_around(text: &[u8], at: usize) -> Span {
    let at = at.min(text.len());
    let (from, to) = (at.saturating_sub(LINE_REACH), text.len().min(at + LINE_REACH));
    let start = memchr::memrchr2(b'\n', b'\r', &text[from..at]).map_or(from, |i| from + i + 1);
    let end = memchr::memchr2(b'\n', b'\r', &text[at..to]).map_or(to, |i| at + i);
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
    fn positions_do_not_depend_on_what_was_asked_before() {
        let text = "\u{feff}aé🔑b\nc钥\r\n\u{301}d🔑e".as_bytes();
        let text = [text, b"\xff\xf0\x9fx", text].concat();
        let index = LineIndex::new(&text);
        for offset in (0..=text.len()).chain((0..text.len()).rev().step_by(3)).chain(0..text.len()) {
            assert_eq!(index.position(&text, offset), LineIndex::new(&text).position(&text, offset), "{offset}");
        }
    }

    #[test]
    fn of_a_long_line_what_is_near_is_looked_at() {
        let text = [b"a".repeat(LINE_REACH * 2), b"\nb\n".to_vec()].concat();
        assert_eq!(line_around(&text, 10), Span::new(0, 10 + LINE_REACH));
        assert_eq!(line_around(&text, LINE_REACH * 2 + 1).of(&text), b"b");
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let text = b"\xef\xbb\xbfNAME=1";
        assert_eq!(LineIndex::new(text).position(text, 3).column, 1);
    }

    #[test]
    fn invalid_bytes_take_one_column_each() {
        let text = b"\xff\xfeab";
        assert_eq!(LineIndex::new(text).position(text, 3).column, 4);
    }
}
