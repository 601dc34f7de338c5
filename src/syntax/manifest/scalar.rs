//! Where a key or a value ends.

use super::{Reader, Syntax};
use crate::span::Span;

impl Reader<'_> {
    /// Goes past anchors and tags; returns the anchor's name.
    pub(super) fn skip_marks(&self, mut at: usize, end: usize) -> (usize, Option<Span>) {
        let is_yaml = self.syntax == Syntax::Colon;
        let mut anchor = None;
        while at < end && matches!(self.text[at], b'&' | b'!') {
            let word = self.text[at..end].iter().take_while(|b| **b != b' ').count();
            let is_last = at + word == end && !is_yaml;
            match &self.text[at..at + word] {
                [b'&', ..] if !is_last => anchor = Some(Span::new(at + 1, at + word)).filter(|_| is_yaml),
                [b'!', b'!', ..] | b"!" if !is_last => {}
                _ => break,
            }
            at += word;
            at += self.text[at..end].iter().take_while(|b| **b == b' ').count();
        }
        (at, anchor)
    }

    /// The scalar at `at`, and where the text goes on after it. A key ends at its colon.
    pub(super) fn scalar(&self, at: usize, end: usize, may_be_key: bool) -> (Span, usize) {
        let text = self.text;
        if let Some(quote @ (b'"' | b'\'')) = text[at..end].first() {
            let mut close = at + 1;
            while close < end && text[close] != *quote {
                close += if text[close] == b'\\' && *quote == b'"' { 2 } else { 1 };
            }
            let close = close.min(end);
            return (Span::new(at + 1, close), (close + 1).min(end));
        }
        let is_flow = self.state.depth > 0;
        let is_comment = |hash: usize| hash > at && matches!(text[hash - 1], b' ' | b'\t');
        if !is_flow && !may_be_key {
            let mut hashes = memchr::memchr_iter(b'#', &text[at..end]).map(|i| at + i);
            let close = hashes.find(|hash| is_comment(*hash)).unwrap_or(end);
            return (Span::new(at, at + text[at..close].trim_ascii_end().len()), close);
        }
        let (mut i, mut braces) = (at, 0_usize);
        while i < end {
            match text[i] {
                b'{' | b'('
                    if i > at && matches!(text[i - 1], b'$' | b'{' | b'(') || text[i..end].starts_with(b"{{") =>
                {
                    braces += 1;
                }
                b'}' | b')' if braces > 0 => braces -= 1,
                b':' if may_be_key
                    && braces == 0
                    && matches!(text.get(i + 1), None | Some(b' ' | b'\t' | b'\r' | b'\n')) =>
                {
                    break;
                }
                b'#' if is_comment(i) => break,
                b',' | b'}' | b']' if is_flow && braces == 0 => break,
                b')' if is_flow && self.syntax == Syntax::Equals => break,
                _ => {}
            }
            i += 1;
        }
        (Span::new(at, at + text[at..i].trim_ascii_end().len()), i)
    }

    /// The word at `at`: a name, with what joins its parts.
    pub(super) fn word(&self, at: usize, end: usize) -> (Span, usize) {
        let is_part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/');
        let length = self.text[at..end].iter().take_while(is_part).count();
        (Span::new(at, at + length), at + length)
    }

    /// Where a text that is no assignment ends: at a bracket, comma or comment outside quotes.
    pub(super) fn text_end(&self, at: usize, end: usize) -> usize {
        let text = self.text;
        let (mut i, mut quote) = (at, 0);
        while i < end {
            match text[i] {
                b'\\' => i += 1,
                byte @ (b'"' | b'\'') if quote == 0 => quote = byte,
                byte if byte == quote => quote = 0,
                b',' | b'{' | b'}' | b'[' | b']' | b'(' | b')' | b'#' if quote == 0 && i > at => break,
                _ => {}
            }
            i += 1;
        }
        i.min(end)
    }
}

/// Whether a value is the mark of a block scalar: `|`, `>-`, `|2 # comment`.
pub(super) fn is_block_mark(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'|' | b'>')) && (value.len() <= 4 || value.contains(&b'#'))
}
