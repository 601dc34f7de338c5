//! The one place where text from files, paths and git becomes text for a terminal, a log or a report.

use std::fmt::Write as _;

/// `bytes` as inert, printable text: control, bidirectional and invisible characters are written as escapes
/// (`\n`, `\u{202e}`), and bytes that are not UTF-8 as `\xff`.
pub fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for ch in chunk.valid().chars() {
            push(&mut out, ch);
        }
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Like [`printable`], for text that already is UTF-8.
pub fn printable_str(text: &str) -> String {
    printable(text.as_bytes())
}

/// Appends one character in its inert form.
pub fn push(out: &mut String, ch: char) {
    match ch {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        ch if is_hidden(ch) => {
            let _ = write!(out, "\\u{{{:x}}}", ch as u32);
        }
        ch => out.push(ch),
    }
}

/// `text` with every character that is hidden or acts on a terminal replaced by a visible one of as many bytes, so that
/// offsets stay right. Line ends and tabs stay.
pub fn same_length(text: &str) -> String {
    let visible = |ch: char| match ch {
        '\n' | '\t' => ch,
        ch if !is_hidden(ch) => ch,
        ch => match ch.len_utf8() {
            1 => '?',
            2 => '¿',
            3 => '\u{fffd}',
            _ => '🚫',
        },
    };
    text.chars().map(visible).collect()
}

/// Whether a character shows nothing or changes how its neighbours are shown: controls, bidirectional marks,
/// zero-width characters, unusual blanks, variation selectors and tags. Source: Unicode categories Cc, Cf and Zs
/// without U+0020, and the line and paragraph separators.
pub const fn is_hidden(ch: char) -> bool {
    matches!(ch,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}'
        | '\u{6dd}' | '\u{70f}' | '\u{115f}' | '\u{1160}' | '\u{1680}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
        | '\u{2800}' | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_inert() {
        assert_eq!(printable(b"a\nb\x1b[31m\xff"), "a\\nb\\u{1b}[31m\\xff");
        assert_eq!(printable_str("x\u{202e}yp.\u{200b}"), "x\\u{202e}yp.\\u{200b}");
        assert_eq!(printable_str("é🔑 ok"), "é🔑 ok");
        let hostile = "a\x1b[2J\u{a0}\u{202e}\u{e0041}\n";
        assert_eq!(same_length(hostile), "a?[2J¿\u{fffd}🚫\n");
        assert_eq!(same_length(hostile).len(), hostile.len());
    }
}
