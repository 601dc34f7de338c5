//! The words of a command, with the quotes around and inside them.

use crate::span::Span;

pub(super) fn find(text: &[u8], range: Span, byte: u8) -> Option<usize> {
    memchr::memchr(byte, range.of(text)).map(|i| range.start + i)
}

/// Where the quote that opened before `range` closes; the range's end if it does not.
pub(super) fn closing(text: &[u8], range: Span, quote: u8) -> usize {
    let mut at = range.start;
    while at < range.end {
        match text[at] {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote => return at,
            _ => {}
        }
        at += 1;
    }
    range.end
}

/// The words of a command: what stands between blanks and operators, with its quotes.
pub(super) fn words(text: &[u8], range: Span) -> Vec<Span> {
    let is_separator =
        |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>');
    let (mut out, mut at) = (Vec::new(), range.start);
    while at < range.end {
        if is_separator(text[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < range.end && !is_separator(text[at]) {
            match text[at] {
                quote @ (b'"' | b'\'') => at = closing(text, Span::new(at + 1, range.end), quote),
                // A substitution is one word with what stands around it.
                b'$' if text.get(at + 1) == Some(&b'(') => at = closing(text, Span::new(at + 2, range.end), b')'),
                b'\\' => at += 1,
                _ => {}
            }
            at += 1;
        }
        out.push(Span::new(start, at.min(range.end)));
        at = at.min(range.end);
    }
    out
}

/// The quoted parts of a word, without their quotes.
pub(super) fn quoted(text: &[u8], word: Span) -> Vec<Span> {
    let (mut out, mut at) = (Vec::new(), word.start);
    while at < word.end {
        if let quote @ (b'"' | b'\'') = text[at] {
            let close = closing(text, Span::new(at + 1, word.end), quote);
            out.push(Span::new(at + 1, close));
            at = close;
        }
        at += 1;
    }
    out
}

/// A word without its quotes, also those that are escaped (`\"`).
pub(super) fn unquoted(text: &[u8], word: Span) -> Span {
    let escaped = usize::from(matches!(word.of(text), [b'\\', b'"' | b'\'', ..]));
    let start = word.start + escaped;
    match text.get(start..word.end).and_then(<[u8]>::first) {
        Some(quote @ (b'"' | b'\'')) => {
            let close = memchr::memchr(*quote, &text[start + 1..word.end]).map_or(word.end, |i| start + 1 + i);
            Span::new(start + 1, (close - escaped.min(close - start - 1)).max(start + 1))
        }
        _ => word,
    }
}
