//! One instruction's line: the parts of its physical lines, put together.

use crate::span::Span;

/// A logical line, with the place in the file each part of it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    bytes: Vec<u8>,
    /// Where each part starts: in `bytes`, and in the file.
    parts: Vec<(usize, usize)>,
}

impl Joined {
    /// Appends the bytes of `text` that `span` covers.
    pub(super) fn push(&mut self, text: &[u8], span: Span) {
        self.parts.push((self.bytes.len(), span.start));
        self.bytes.extend_from_slice(span.of(text));
    }

    /// The logical line.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of the file that `span` of the logical line came from. What stands between two parts (the escape
    /// character, comments) is inside.
    pub fn source(&self, span: Span) -> Span {
        let start = self.offset(span.start);
        let end = if span.is_empty() { start } else { self.offset(span.end - 1) + 1 };
        Span::new(start, end.max(start))
    }

    fn offset(&self, at: usize) -> usize {
        let part = self.parts.partition_point(|(start, _)| *start <= at).saturating_sub(1);
        self.parts.get(part).map_or(at, |(start, source)| source + (at - start))
    }
}
