//! Edits that bring an entry to the one form every loader reads alike, `NAME=value`. They delete bytes around the
//! value and never write the value itself.

use super::defects::{hidden_spans, is_plain, second_assignment, smart_quote};
use super::{Entry, Line, Operator, is_blank, is_identifier, line_at};
use crate::rules::matcher::Defect;
use crate::rules::{Applicability, providers};
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
        Defect::ForeignComment => move_foreign_comment(entry, text),
        Defect::NonAscii => in_ascii(entry, text).map(|(edits, _)| edits),
        Defect::Backslash => without_escape(entry, text),
        Defect::InnerSpace | Defect::MultiLine => joined(entry, text),
        Defect::TwoOnLine | Defect::GluedLines => on_two_lines(entry, text),
        Defect::WrappedValue | Defect::ValueOnNextLine => joined_below(entry, text),
        Defect::LowercaseName | Defect::InvalidName => renamed(entry, text),
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

/// How far the edits for `defect` may be trusted at best: whether what they make of the entry is sure to be what its
/// author meant.
pub fn trust(defect: Defect, entry: &Entry, text: &[u8]) -> Applicability {
    match defect {
        Defect::InnerSpace
        | Defect::MultiLine
        | Defect::TwoOnLine
        | Defect::GluedLines
        | Defect::WrappedValue
        | Defect::ValueOnNextLine
        | Defect::LowercaseName
        | Defect::InvalidName
        | Defect::NotUtf8 => Applicability::Unsafe,
        Defect::NonAscii => in_ascii(entry, text).map_or(Applicability::DisplayOnly, |(_, trust)| trust),
        _ => Applicability::Safe,
    }
}

/// The edits that write every byte which is no UTF-8 as the character it is in Windows-1252.
pub fn in_utf8(text: &[u8]) -> Vec<(Span, String)> {
    let (mut out, mut at) = (Vec::new(), 0);
    for chunk in text.utf8_chunks() {
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            let (written, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(chunk.invalid());
            out.push((Span::new(at, at + chunk.invalid().len()), written.into_owned()));
            at += chunk.invalid().len();
        }
    }
    out
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
    if !one_line || !is_prose(comment) {
        return None;
    }
    let end = line_end(entry, text);
    let tail = entry.tail.of(text);
    let from = entry.tail.end - tail.iter().rev().take_while(|b| is_blank(**b)).count();
    Some(vec![
        (Span::new(entry.indent.start, entry.indent.start), format!("{comment}{end}")),
        (Span::new(from, entry.comment.end), String::new()),
    ])
}

/// The same for text behind `//`, `;` or `--`, which no loader takes for a comment: it becomes one.
fn move_foreign_comment(entry: &Entry, text: &[u8]) -> Option<Vec<(Span, String)>> {
    let value = entry.value.of(text);
    let (at, length) =
        [" // ", " ; ", " -- "].iter().filter_map(|mark| Some((find(value, mark)?, mark.len()))).min()?;
    let key = value[..at].trim_ascii_end();
    let comment = std::str::from_utf8(&value[at + length..]).ok()?.trim();
    if !(entry.open.is_empty() && entry.comment.is_empty() && key.len() >= 8 && is_plain(key) && is_prose(comment)) {
        return None;
    }
    let start = Span::new(entry.indent.start, entry.indent.start);
    let rest = Span::new(entry.value.start + key.len(), entry.tail.end);
    Some(vec![(start, format!("# {comment}{}", line_end(entry, text))), (rest, String::new())])
}

/// Whether a comment holds words and short numbers only, nothing that could be a credential.
fn is_prose(comment: &str) -> bool {
    comment.split(|c: char| !c.is_alphanumeric()).all(|word| {
        let tail = word.get(1..).unwrap_or_default();
        word.len() < 7 || word.len() < 16 && tail.chars().all(|c| c.is_lowercase() || !c.is_ascii())
    })
}

fn find(text: &[u8], part: &str) -> Option<usize> {
    memchr::memmem::find(text, part.as_bytes())
}

/// The line end of the entry, for a line that is put before or behind it.
fn line_end(entry: &Entry, text: &[u8]) -> String {
    if entry.end.is_empty() { "\n".to_owned() } else { String::from_utf8_lossy(entry.end.of(text)).into_owned() }
}

/// The value with the ASCII characters that its other characters were meant to be. Dashes are sure, letters of other
/// scripts that look alike are not; a long dash may have been two.
fn in_ascii(entry: &Entry, text: &[u8]) -> Option<(Vec<(Span, String)>, Applicability)> {
    let value = std::str::from_utf8(entry.value.of(text)).ok()?;
    let (mut edits, mut trust) = (Vec::new(), Applicability::Safe);
    let mut plain = String::new();
    for (at, ch) in value.char_indices() {
        if ch.is_ascii() {
            plain.push(ch);
            continue;
        }
        let meant = match ch {
            '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{ff0d}' => '-',
            _ => {
                trust = Applicability::Unsafe;
                lookalike(ch)?
            }
        };
        plain.push(meant);
        let start = entry.value.start + at;
        edits.push((Span::new(start, start + ch.len_utf8()), meant.to_string()));
    }
    (is_plain(plain.as_bytes()) && !edits.is_empty()).then_some((edits, trust))
}

/// The Latin letter that a Cyrillic or Greek one looks like.
pub fn lookalike(ch: char) -> Option<char> {
    let others = "АВЕКМНОРСТХІЅЈΑΒΕΖΗΙΚΜΝΟΡΤΥΧаеорсухіѕј".chars();
    others.zip("ABEKMHOPCTXISJABEZHIKMNOPTYXaeopcyxisj".chars()).find(|(other, _)| *other == ch).map(|(_, latin)| latin)
}

/// Without the `\n` that was copied with the value from source code.
fn without_escape(entry: &Entry, text: &[u8]) -> Option<Vec<(Span, String)>> {
    let mut key = entry.value.of(text);
    while let Some(rest) = key.strip_suffix(b"\\n").or_else(|| key.strip_suffix(b"\\r")) {
        key = rest;
    }
    let escapes = Span::new(entry.value.start + key.len(), entry.value.end);
    (key.len() >= 8 && is_plain(key) && !escapes.is_empty()).then(|| vec![(escapes, String::new())])
}

/// The value without the blanks and line ends inside it.
fn joined(entry: &Entry, text: &[u8]) -> Option<Vec<(Span, String)>> {
    let value = entry.value.of(text);
    let words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    if !words.clone().all(is_plain) || words.map(<[u8]>::len).sum::<usize>() < 8 {
        return None;
    }
    let (mut edits, mut at) = (Vec::new(), 0);
    while let Some(start) = value[at..].iter().position(u8::is_ascii_whitespace).map(|i| at + i) {
        at = start + value[start..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        edits.push((Span::new(entry.value.start + start, entry.value.start + at), String::new()));
    }
    (!edits.is_empty()).then_some(edits)
}

/// The second assignment of the line on a line of its own.
fn on_two_lines(entry: &Entry, text: &[u8]) -> Option<Vec<(Span, String)>> {
    let (_, second) = second_assignment(entry, text)?;
    let before = &text[entry.value.start..second.start];
    let gap = before.iter().rev().take_while(|b| is_blank(**b) || **b == b';').count();
    Some(vec![(Span::new(second.start - gap, second.start), line_end(entry, text))])
}

/// The value and the rest of it on the next line in one.
fn joined_below(entry: &Entry, text: &[u8]) -> Option<Vec<(Span, String)>> {
    if !entry.open.is_empty() || !entry.comment.is_empty() || entry.end.is_empty() {
        return None;
    }
    let rest = line_at(text, entry.end.end).lone_token(text)?;
    Some(vec![(Span::new(entry.value.end, rest.start), String::new())])
}

/// The entry under the variable of a vendor that its name was meant to be.
fn renamed(entry: &Entry, text: &[u8]) -> Option<Vec<(Span, String)>> {
    let name = entry.name.of(text);
    let meant: Vec<u8> = name.iter().map(|b| if is_identifier(*b) { b.to_ascii_uppercase() } else { b'_' }).collect();
    let provider = providers().by_variable(&meant)?;
    let meant = String::from_utf8(meant).ok()?;
    (provider.names.contains(&meant) && meant.as_bytes() != name).then(|| vec![(entry.name, meant)])
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
