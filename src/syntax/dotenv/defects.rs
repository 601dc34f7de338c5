//! What is wrong with one entry, judged by its bytes alone. Which of it matters depends on whose entry it is and is
//! the engine's to say. What each loader makes of each form was measured on 39 loaders.

use super::{Entry, Operator, Prefix, is_blank, is_identifier, trimmed};
use crate::rules::matcher::Defect;
use crate::rules::providers;
use crate::span::Span;
use crate::text::sanitize::is_hidden;

/// Every defect of `entry`, with the bytes it is about, in the order of the bytes' meaning: name, operator, value.
pub fn defects(entry: &Entry, text: &[u8]) -> Vec<(Defect, Span)> {
    let mut found = Vec::new();
    before_value(entry, text, &mut found);
    if entry.value.is_empty() && trimmed(text, entry.tail).is_empty() {
        let at = if entry.open.is_empty() { entry.name } else { Span::new(entry.open.start, entry.close.end) };
        if entry.operator != Operator::Missing && !entry.is_unclosed() {
            found.push((Defect::Empty, at));
        }
        if entry.is_unclosed() {
            found.push((Defect::UnbalancedQuote, entry.open));
        }
        return found;
    }
    hidden(entry, text, &mut found);
    quotes(entry, text, &mut found);
    around_value(entry, text, &mut found);
    inside_value(entry, text, &mut found);
    found
}

/// Whether every loader takes `value` as it is, without quotes. Source: the character table of the 39 loaders.
pub fn is_plain(value: &[u8]) -> bool {
    !value.is_empty()
        && value.iter().all(|b| {
            b.is_ascii_alphanumeric()
                || matches!(b, b'_' | b'.' | b'/' | b'+' | b'=' | b':' | b'@' | b'%' | b',' | b'-')
        })
}

fn before_value(entry: &Entry, text: &[u8], found: &mut Vec<(Defect, Span)>) {
    let name = entry.name.of(text);
    if !entry.indent.is_empty() {
        found.push((Defect::Indented, entry.indent));
    }
    match entry.prefix_kind {
        Prefix::Export => found.push((Defect::Export, entry.prefix)),
        Prefix::Set | Prefix::PowerShell => found.push((Defect::ShellSyntax, entry.prefix)),
        Prefix::Quote => found.push((Defect::JsonLine, entry.name)),
        Prefix::None => {}
    }
    if name.is_empty() {
        found.push((Defect::MissingName, entry.operator_span));
    } else if !name.is_ascii() || name.iter().any(u8::is_ascii_control) {
        found.push((Defect::HiddenInName, entry.name));
    } else if name[0].is_ascii_digit() || !name.iter().all(|b| is_identifier(*b)) {
        found.push((Defect::InvalidName, entry.name));
    } else if name.iter().any(u8::is_ascii_lowercase) {
        found.push((Defect::LowercaseName, entry.name));
    }
    match entry.operator {
        Operator::Colon if entry.prefix_kind != Prefix::Quote => found.push((Defect::Colon, entry.operator_span)),
        Operator::Missing => found.push((Defect::MissingEquals, entry.name)),
        Operator::Equals if matches!(entry.prefix_kind, Prefix::None | Prefix::Export) => {
            if entry.operator_span.start > entry.name.end {
                found.push((Defect::SpaceBeforeEquals, Span::new(entry.name.end, entry.operator_span.start)));
            }
            if entry.separator.end > entry.operator_span.end {
                found.push((Defect::SpaceAfterEquals, Span::new(entry.operator_span.end, entry.separator.end)));
            }
        }
        Operator::Equals | Operator::Colon => {}
    }
}

/// The hidden characters of the value, each with an escape sequence it starts.
pub(super) fn hidden_spans(text: &[u8], span: Span) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = span.start;
    for chunk in span.of(text).utf8_chunks() {
        for ch in chunk.valid().chars() {
            let width = ch.len_utf8();
            if is_hidden(ch) && !matches!(ch, '\t' | '\n' | '\r') {
                let more = if ch == '\x1b' { escape_length(&text[at + 1..span.end]) } else { 0 };
                out.push(Span::new(at, at + width + more));
            }
            at += width;
        }
        at += chunk.invalid().len();
    }
    out
}

/// Length of the rest of a terminal's escape sequence: `[0m`.
fn escape_length(rest: &[u8]) -> usize {
    if rest.first() != Some(&b'[') {
        return 0;
    }
    let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit() || **b == b';').count();
    if rest.get(1 + digits).is_some_and(u8::is_ascii_alphabetic) { digits + 2 } else { 0 }
}

fn hidden(entry: &Entry, text: &[u8], found: &mut Vec<(Defect, Span)>) {
    if let Some(first) = hidden_spans(text, entry.raw()).first() {
        found.push((Defect::HiddenInValue, *first));
    }
    let mut at = entry.value.start;
    for chunk in entry.value.of(text).utf8_chunks() {
        for ch in chunk.valid().chars() {
            if !ch.is_ascii() && !is_hidden(ch) && smart_quote(ch).is_none() {
                found.push((Defect::NonAscii, Span::new(at, at + ch.len_utf8())));
                return;
            }
            at += ch.len_utf8();
        }
        at += chunk.invalid().len();
    }
}

/// The plain quote a typographic one stands for.
pub(super) const fn smart_quote(ch: char) -> Option<char> {
    match ch {
        '\u{201c}'..='\u{201f}' | '«' | '»' | '\u{2033}' | '\u{ff02}' => Some('"'),
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{ff07}' | '\u{b4}' => Some('\''),
        _ => None,
    }
}

fn quotes(entry: &Entry, text: &[u8], found: &mut Vec<(Defect, Span)>) {
    let value = entry.value.of(text);
    let tail = trimmed(text, entry.tail);
    let raw = trimmed(text, entry.raw());
    let is_quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\'' | b'`'));
    let smart = String::from_utf8_lossy(value);
    if [smart.chars().next(), smart.chars().next_back()].into_iter().flatten().any(|ch| smart_quote(ch).is_some()) {
        found.push((Defect::SmartQuotes, entry.value));
    }
    if entry.is_unclosed() {
        found.push((Defect::UnbalancedQuote, raw));
        return;
    }
    if entry.open.is_empty() {
        let escaped = value.starts_with(b"\\\"") || value.starts_with(b"\\'");
        if escaped {
            found.push((Defect::NestedQuotes, raw));
        } else if is_quote(value.last()) {
            found.push((Defect::UnbalancedQuote, raw));
        }
        return;
    }
    let doubled = value.is_empty() && is_quote(tail.of(text).last());
    let inner = value.len() > 1 && is_quote(value.first()) && is_quote(value.last());
    let escaped = value.starts_with(b"\\\"") || value.starts_with(b"\\'");
    if doubled || inner || escaped {
        found.push((Defect::NestedQuotes, raw));
    } else if !tail.is_empty() {
        found.push((Defect::TextAfterQuote, tail));
    } else if entry.quote(text) == Some(b'`') {
        found.push((Defect::Backticks, raw));
    } else {
        found.push((Defect::Quoted, raw));
    }
    if is_blank(value.first().copied().unwrap_or(0)) || is_blank(value.last().copied().unwrap_or(0)) {
        found.push((Defect::InnerEdgeSpace, raw));
    }
    if value.iter().any(|b| matches!(b, b'\n' | b'\r')) {
        found.push((Defect::MultiLine, Span::new(entry.open.start, entry.close.end)));
    }
}

fn around_value(entry: &Entry, text: &[u8], found: &mut Vec<(Defect, Span)>) {
    let value = entry.value.of(text);
    let unquoted = entry.open.is_empty();
    if unquoted && entry.comment.is_empty() && !entry.tail.is_empty() {
        found.push((Defect::TrailingSpace, entry.tail));
    }
    if !entry.comment.is_empty() {
        found.push((Defect::InlineComment, entry.comment));
    }
    let wrapped = [(b'<', b'>'), (b'[', b']'), (b'{', b'}'), (b'(', b')')];
    if let [first, inner @ .., last] = value
        && wrapped.contains(&(*first, *last))
        && is_plain(inner)
    {
        found.push((Defect::Brackets, entry.value));
    }
    let lower = value[..value.len().min(8)].to_ascii_lowercase();
    if lower.starts_with(b"bearer ") {
        found.push((Defect::BearerPrefix, Span::new(entry.value.start, entry.value.start + 7)));
    }
    if [&b"&quot;"[..], b"&#34;", b"&#39;", b"&apos;", b"%22", b"%27"].iter().any(|code| lower.starts_with(code)) {
        found.push((Defect::HtmlEntity, entry.value));
    } else if unquoted && matches!(value.last(), Some(b',' | b';')) {
        found.push((Defect::TrailingPunctuation, Span::new(entry.value.end - 1, entry.value.end)));
    }
}

fn inside_value(entry: &Entry, text: &[u8], found: &mut Vec<(Defect, Span)>) {
    let value = entry.value.of(text);
    let start = entry.value.start;
    if value.first() == Some(&b'=') && entry.operator == Operator::Equals {
        found.push((Defect::DoubleEquals, Span::new(start, start + 1)));
    } else if let Some((defect, span)) = second_assignment(entry, text) {
        found.push((defect, span));
        return;
    }
    if value.starts_with(b"$(") || entry.quote(text).is_none() && value.starts_with(b"`") {
        found.push((Defect::CommandSubstitution, entry.value));
    } else if let Some(at) = memchr::memchr(b'$', value)
        && value.get(at + 1).is_some_and(|b| is_identifier(*b) || matches!(b, b'{' | b'('))
    {
        found.push((Defect::Dollar, Span::new(start + at, start + at + 1)));
    }
    if let Some(at) = memchr::memchr(b'\\', value) {
        found.push((Defect::Backslash, Span::new(start + at, start + at + 1)));
    }
    if entry.open.is_empty() && memchr::memchr(b'#', value).is_some() {
        let at = memchr::memchr(b'#', value).unwrap_or(0);
        found.push((Defect::HashGlued, Span::new(start + at, entry.value.end)));
    }
    let foreign = [&b" // "[..], b" ; ", b" -- "];
    if let Some(at) = foreign.iter().filter_map(|mark| memchr::memmem::find(value, mark)).min() {
        found.push((Defect::ForeignComment, Span::new(start + at + 1, entry.value.end)));
        return;
    }
    let inner = value.trim_ascii();
    let bearer = found.iter().any(|(defect, _)| *defect == Defect::BearerPrefix);
    if let Some(at) = inner.iter().position(|b| is_blank(*b))
        && !bearer
        && !inner.contains(&b'\n')
    {
        let offset = value.iter().take_while(|b| b.is_ascii_whitespace()).count();
        found.push((Defect::InnerSpace, Span::new(start + offset + at, start + offset + at + 1)));
    }
}

/// A second assignment inside the value: after a blank, the entry's own name again, or glued to the end of a value.
pub(super) fn second_assignment(entry: &Entry, text: &[u8]) -> Option<(Defect, Span)> {
    let value = entry.value.of(text);
    let start = entry.value.start;
    let equals = memchr::memchr(b'=', value)?;
    let name = value[..equals].iter().rev().take_while(|b| is_identifier(**b)).count();
    let before = &value[..equals - name];
    let name = &value[equals - name..equals];
    if before.is_empty() || before == b"export " {
        let own = name == entry.name.of(text) || providers().by_variable(name).is_some();
        if own && !name.is_empty() {
            return Some((Defect::RepeatedName, Span::new(start, start + equals + 1)));
        }
    }
    let upper = name.len() > 1 && name[0].is_ascii_alphabetic() && !name.iter().any(u8::is_ascii_lowercase);
    if upper && before.last().is_some_and(|b| is_blank(*b) || *b == b';') && entry.open.is_empty() {
        return Some((Defect::TwoOnLine, Span::new(start + equals - name.len(), entry.value.end)));
    }
    let glued = name_at_end(name)?;
    (glued < name.len() && entry.open.is_empty())
        .then(|| (Defect::GluedLines, Span::new(start + equals - glued, entry.value.end)))
}

/// Length of the longest variable of a known vendor that `text` ends in, letter by letter.
pub fn name_at_end(text: &[u8]) -> Option<usize> {
    let names = providers().all().iter().flat_map(|provider| &provider.names);
    names.map(String::as_bytes).filter(|name| text.ends_with(name)).map(<[u8]>::len).max()
}
