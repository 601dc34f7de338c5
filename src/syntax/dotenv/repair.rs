//! Edits that bring an entry to the one form every loader reads alike, `NAME=value`. They delete bytes around the
//! value and never write the value itself.

use super::defects::{hidden_spans, is_plain, smart_quote};
use super::{Entry, Line, Operator, is_blank};
use crate::rules::matcher::Defect;
use crate::span::Span;

/// The edits that mend `defect` of `entry`: what to replace and with what, in order. `None` where no edit is known to
/// give the same value to every loader.
pub fn repair(defect: Defect, entry: &Entry, text: &[u8]) -> Option<Vec<(Span, String)>> {
    let delete = |spans: Vec<Span>| -> Option<Vec<(Span, String)>> {
        let edits: Vec<_> = spans.into_iter().filter(|s| !s.is_empty()).map(|s| (s, String::new())).collect();
        (!edits.is_empty()).then_some(edits)
    };
    match defect {
        Defect::SpaceBeforeEquals | Defect::SpaceAfterEquals => delete(vec![
            Span::new(entry.name.end, entry.operator_span.start),
            Span::new(entry.operator_span.end, entry.separator.end),
        ]),
        Defect::TrailingSpace => delete(vec![entry.tail]),
        Defect::Indented => delete(vec![entry.indent]),
        Defect::Export => delete(vec![entry.prefix]),
        Defect::HiddenInName => {
            let hidden = hidden_spans(text, entry.name);
            let rest: usize = hidden.iter().map(|span| span.len()).sum();
            let ascii = entry.name.of(text).iter().filter(|b| b.is_ascii() && !b.is_ascii_control()).count();
            (rest + ascii == entry.name.len()).then(|| delete(hidden)).flatten()
        }
        Defect::HiddenInValue => delete(hidden_spans(text, entry.raw())),
        Defect::InlineComment => move_comment(entry, text),
        Defect::Colon | Defect::JsonLine | Defect::MissingEquals | Defect::ShellSyntax => {
            let core = core(text, entry)?;
            if entry.operator == Operator::Missing && entry.value.is_empty() {
                return None;
            }
            let before = Span::new(entry.indent.start, entry.name.start);
            let mut edits = vec![
                (before, String::new()),
                (Span::new(entry.name.end, core.start), "=".to_owned()),
                (Span::new(core.end, entry.tail.end), String::new()),
            ];
            edits.retain(|(span, insert)| !span.is_empty() || !insert.is_empty());
            Some(edits)
        }
        Defect::Quoted
        | Defect::Backticks
        | Defect::NestedQuotes
        | Defect::UnbalancedQuote
        | Defect::SmartQuotes
        | Defect::TextAfterQuote
        | Defect::TrailingPunctuation
        | Defect::Brackets
        | Defect::BearerPrefix
        | Defect::HtmlEntity
        | Defect::DoubleEquals
        | Defect::RepeatedName
        | Defect::InnerEdgeSpace => {
            let core = core(text, entry)?;
            delete(vec![Span::new(entry.raw().start, core.start), Span::new(core.end, closing_edge(entry, text))])
        }
        _ => None,
    }
}

/// The edits that make every carriage return without a line feed a line feed, and drop it where one follows anyway.
pub fn line_feeds(text: &[u8]) -> Vec<(Span, String)> {
    memchr::memchr_iter(b'\r', text)
        .filter(|at| text.get(at + 1) != Some(&b'\n'))
        .map(|at| {
            let doubled = text[at + 1..].starts_with(b"\r\n");
            (Span::new(at, at + 1), if doubled { String::new() } else { "\n".to_owned() })
        })
        .collect()
}

/// Where the part behind the value ends: blanks before a comment stay, or the comment would become part of the value.
fn closing_edge(entry: &Entry, text: &[u8]) -> usize {
    if entry.comment.is_empty() {
        return entry.tail.end;
    }
    let tail = entry.tail.of(text);
    entry.tail.end - tail.iter().rev().take_while(|b| is_blank(**b)).count()
}

/// What a person would call the value: the raw text without quotes, brackets, punctuation and labels around it.
/// `None` unless that is plain text of some length.
fn core(text: &[u8], entry: &Entry) -> Option<Span> {
    let mut span = entry.raw();
    // A comment that touches the closing quote would touch the value afterwards.
    if !entry.comment.is_empty() && !entry.tail.of(text).last().is_some_and(|b| is_blank(*b)) {
        return None;
    }
    loop {
        let before = span;
        let bytes = span.of(text);
        span.start += leading(bytes, entry.name.of(text));
        span.end -= trailing(span.of(text));
        if span == before {
            break;
        }
    }
    (span.len() >= 8 && is_plain(span.of(text))).then_some(span)
}

const WRAPPERS: [&[u8]; 6] = [b"&quot;", b"&#34;", b"&#39;", b"&apos;", b"%22", b"%27"];

fn leading(bytes: &[u8], name: &[u8]) -> usize {
    let Some(first) = bytes.first() else { return 0 };
    if matches!(first, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b'<' | b'[' | b'{' | b'(' | b'=') {
        return 1;
    }
    if let Some(code) = WRAPPERS.iter().find(|code| bytes.starts_with(code)) {
        return code.len();
    }
    if bytes.len() > 7 && bytes[..7].eq_ignore_ascii_case(b"bearer ") {
        return 7;
    }
    if let Some(rest) = bytes.strip_prefix(name).filter(|_| !name.is_empty())
        && rest.first() == Some(&b'=')
    {
        return name.len() + 1;
    }
    let head = &bytes[..bytes.len().min(4)];
    let first = head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    first.filter(|ch| smart_quote(*ch).is_some()).map_or(0, char::len_utf8)
}

fn trailing(bytes: &[u8]) -> usize {
    let Some(last) = bytes.last() else { return 0 };
    if let Some(code) = WRAPPERS.iter().find(|code| bytes.ends_with(code)) {
        return code.len();
    }
    if matches!(
        last,
        b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b'>' | b']' | b'}' | b')' | b',' | b';' | b'\n' | b'\r'
    ) {
        return 1;
    }
    (2..=3)
        .filter_map(|width| Some((width, std::str::from_utf8(bytes.get(bytes.len().checked_sub(width)?..)?).ok()?)))
        .find(|(_, text)| text.chars().count() == 1 && text.chars().all(|ch| smart_quote(ch).is_some()))
        .map_or(0, |(width, _)| width)
}

/// Puts the comment on a line of its own above the entry. Not where the comment may hold a key.
fn move_comment(entry: &Entry, text: &[u8]) -> Option<Vec<(Span, String)>> {
    let comment = std::str::from_utf8(entry.comment.of(text)).ok()?.trim_end();
    let one_line = !entry.value.of(text).contains(&b'\n') && !entry.value.of(text).contains(&b'\r');
    let wordy = comment.split_whitespace().all(|word| word.len() < 16);
    if !one_line || !wordy {
        return None;
    }
    let end =
        if entry.end.is_empty() { "\n".to_owned() } else { String::from_utf8_lossy(entry.end.of(text)).into_owned() };
    let tail = entry.tail.of(text);
    let from = entry.tail.end - tail.iter().rev().take_while(|b| is_blank(**b)).count();
    Some(vec![
        (Span::new(entry.indent.start, entry.indent.start), format!("{comment}{end}")),
        (Span::new(from, entry.comment.end), String::new()),
    ])
}

impl Line {
    /// The only word on the line, if it could be the rest of a value that was cut: token characters, with a digit or
    /// both cases.
    pub fn lone_token(&self, text: &[u8]) -> Option<Span> {
        let span = super::trimmed(text, self.content);
        let bytes = span.of(text);
        let token = bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b'+'));
        let mixed = bytes.iter().any(u8::is_ascii_digit)
            || bytes.iter().any(u8::is_ascii_lowercase) && bytes.iter().any(u8::is_ascii_uppercase);
        (bytes.len() >= 6 && token && mixed).then_some(span)
    }
}
