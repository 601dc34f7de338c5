//! Words of an instruction: separated by blanks outside quotes, as `BuildKit`'s `parseWords` does it.

use crate::span::Span;

/// The words of `bytes` inside `range`, quotes and escape characters still in them.
pub(super) fn words(bytes: &[u8], range: Span, escape: u8) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = range.start;
    while at < range.end {
        if bytes[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let end = word_end(bytes, Span::new(at, range.end), escape);
        out.push(Span::new(at, end));
        at = end;
    }
    out
}

/// Where the word that starts `range` ends.
pub(super) fn word_end(bytes: &[u8], range: Span, escape: u8) -> usize {
    let mut quote = None;
    let mut at = range.start;
    while at < range.end {
        let byte = bytes[at];
        match quote {
            None if byte.is_ascii_whitespace() => break,
            None if byte == b'"' || byte == b'\'' => quote = Some(byte),
            Some(open) if byte == open => quote = None,
            // Nothing is escaped inside single quotes.
            _ if byte == escape && quote != Some(b'\'') => at += 1,
            _ => {}
        }
        at += 1;
    }
    at.min(range.end)
}

/// `word` without its quotes and escape characters, as the builder stores it. Variables stay as they are.
pub(super) fn unquote(word: &[u8], escape: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    let mut quote = None;
    let mut at = 0;
    while at < word.len() {
        let byte = word[at];
        match quote {
            None if byte == b'"' || byte == b'\'' => quote = Some(byte),
            Some(open) if byte == open => quote = None,
            _ if byte == escape && quote != Some(b'\'') => {
                if let Some(next) = word.get(at + 1) {
                    // Inside double quotes only these lose their escape character.
                    if quote.is_some() && !(matches!(next, b'"' | b'$') || *next == escape) {
                        out.push(byte);
                    }
                    out.push(*next);
                }
                at += 1;
            }
            _ => out.push(byte),
        }
        at += 1;
    }
    out
}

/// The part of a word inside its quotes, if they enclose all of it.
pub(super) fn inner(bytes: &[u8], word: Span) -> Span {
    match word.of(bytes) {
        [open @ (b'"' | b'\''), middle @ .., close] if open == close && !middle.contains(open) => {
            Span::new(word.start + 1, word.end - 1)
        }
        _ => word,
    }
}
