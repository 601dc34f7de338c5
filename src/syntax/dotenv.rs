//! Env files, byte by byte: every byte of the file belongs to exactly one piece of one item, nothing is refused, and
//! a broken line costs no more than itself. Loaders disagree about most lines; [`defects()`] says where.

mod defects;
mod dialect;
mod repair;
#[cfg(test)]
mod tests;

pub use defects::{defects, is_plain, name_at_end};
pub use dialect::{Reading, read};
pub use repair::{in_utf8, line_feeds, lookalike, repair, trust};

use crate::span::{Span, UTF8_BOM};

/// A parsed env file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The byte order mark at the start of the file; empty if there is none.
    pub bom: Span,
    /// The lines, in order. An entry with a value of several lines is one item.
    pub items: Vec<Item>,
}

/// A line of an env file, or several that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A name and its value.
    Entry(Entry),
    /// A line that starts with `#`.
    Comment(Line),
    /// A line of blanks.
    Blank(Line),
    /// A line that is nothing of that kind.
    Junk(Line),
}

/// A line and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Everything before the line end.
    pub content: Span,
    /// LF, CRLF or CR; empty at the end of the file.
    pub end: Span,
}

/// What joins a name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equals,
    /// `:` or `:=`
    Colon,
    /// Nothing but blanks.
    Missing,
}

/// What stands before a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// Nothing.
    None,
    /// `export `
    Export,
    /// `set `, as in a batch file.
    Set,
    /// `$env:`, as in PowerShell.
    PowerShell,
    /// The quote of `"NAME"`, with an `export` before it if there is one.
    Quote,
}

/// A name and its value. The pieces follow each other without gaps; those that are absent are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Blanks before everything else.
    pub indent: Span,
    /// What stands before the name.
    pub prefix: Span,
    /// Its kind.
    pub prefix_kind: Prefix,
    /// The name, without blanks around it.
    pub name: Span,
    /// From the name to the value: the operator with its blanks.
    pub separator: Span,
    /// The operator inside the separator; empty if it is missing.
    pub operator_span: Span,
    /// Which operator it is.
    pub operator: Operator,
    /// The opening quote.
    pub open: Span,
    /// The value: inside the quotes, else without blanks and comment.
    pub value: Span,
    /// The closing quote.
    pub close: Span,
    /// What stands between the value and the comment.
    pub tail: Span,
    /// The comment on the value's line, from `#` on.
    pub comment: Span,
    /// The line end.
    pub end: Span,
}

impl Entry {
    /// All pieces in order.
    pub const fn pieces(&self) -> [Span; 10] {
        [
            self.indent,
            self.prefix,
            self.name,
            self.separator,
            self.open,
            self.value,
            self.close,
            self.tail,
            self.comment,
            self.end,
        ]
    }

    /// The whole entry without its line end.
    pub const fn span(&self) -> Span {
        Span::new(self.indent.start, self.end.start)
    }

    /// Everything given to the name: quotes, value and what follows it, up to the comment.
    pub const fn raw(&self) -> Span {
        Span::new(self.open.start, self.tail.end)
    }

    /// The quote the value starts with.
    pub fn quote(&self, text: &[u8]) -> Option<u8> {
        self.open.of(text).first().copied()
    }

    /// Whether an opening quote has no closing one.
    pub const fn is_unclosed(&self) -> bool {
        !self.open.is_empty() && self.close.is_empty()
    }
}

impl Item {
    /// Its bytes with the line end.
    pub const fn span(&self) -> Span {
        match self {
            Self::Entry(entry) => Span::new(entry.indent.start, entry.end.end),
            Self::Comment(line) | Self::Blank(line) | Self::Junk(line) => Span::new(line.content.start, line.end.end),
        }
    }
}

impl Document {
    /// The entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.items.iter().filter_map(|item| match item {
            Item::Entry(entry) => Some(entry),
            _ => None,
        })
    }
}

/// Parses `text`, whatever it is.
pub fn parse(text: &[u8]) -> Document {
    let bom = Span::new(0, if text.starts_with(UTF8_BOM) { UTF8_BOM.len() } else { 0 });
    let mut parser = Parser { text, spent: [false; 3] };
    let mut items = Vec::new();
    let mut at = bom.end;
    while at < text.len() {
        let item = parser.item(line_at(text, at));
        at = item.span().end;
        items.push(item);
    }
    Document { bom, items }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Whether `text` starts with a blank of any alphabet.
fn starts_wide_blank(text: &[u8]) -> bool {
    let start = text[..text.len().min(4)].utf8_chunks().next();
    start.and_then(|chunk| chunk.valid().chars().next()).is_some_and(char::is_whitespace)
}

const fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn line_at(text: &[u8], start: usize) -> Line {
    let stop = memchr::memchr2(b'\n', b'\r', &text[start..]).map_or(text.len(), |i| start + i);
    let length = match &text[stop..] {
        [b'\r', b'\n', ..] => 2,
        [_, ..] => 1,
        [] => 0,
    };
    Line { content: Span::new(start, stop), end: Span::new(stop, stop + length) }
}

/// The span without blanks at its ends.
fn trimmed(text: &[u8], span: Span) -> Span {
    let start = span.start + span.of(text).iter().take_while(|b| is_blank(**b)).count();
    let back = text[start..span.end].iter().rev().take_while(|b| is_blank(**b)).count();
    Span::new(start, span.end - back)
}

/// A name, the separator after it, and the operator inside that.
struct Head {
    name: Span,
    operator: Operator,
    operator_span: Span,
}

struct Parser<'a> {
    text: &'a [u8],
    /// For each kind of quote whether the rest of the file is known to hold none that closes: keeps the search linear.
    spent: [bool; 3],
}

impl Parser<'_> {
    fn item(&mut self, line: Line) -> Item {
        match trimmed(self.text, line.content).of(self.text).first() {
            None => Item::Blank(line),
            Some(b'#') => Item::Comment(line),
            Some(_) => self.entry(line).map_or(Item::Junk(line), Item::Entry),
        }
    }

    fn entry(&mut self, line: Line) -> Option<Entry> {
        let start = trimmed(self.text, line.content).start;
        let indent = Span::new(line.content.start, start);
        let (prefix_kind, length) = self.prefix(Span::new(start, line.content.end));
        let prefix = Span::new(start, start + length);
        let head = self.head(Span::new(prefix.end, line.content.end), prefix_kind)?;
        let mut entry = Entry {
            indent,
            prefix: Span::new(prefix.start, head.name.start),
            prefix_kind,
            name: head.name,
            separator: Span::new(head.name.end, head.operator_span.end),
            operator_span: head.operator_span,
            operator: head.operator,
            open: Span::new(head.operator_span.end, head.operator_span.end),
            value: Span::new(head.operator_span.end, head.operator_span.end),
            close: Span::new(head.operator_span.end, head.operator_span.end),
            tail: Span::new(head.operator_span.end, line.content.end),
            comment: Span::new(line.content.end, line.content.end),
            end: line.end,
        };
        let given = trimmed(self.text, Span::new(head.operator_span.end, line.content.end));
        if !given.is_empty() {
            entry.separator.end = given.start;
            self.value(&mut entry, given, line);
        }
        Some(entry)
    }

    fn prefix(&self, rest: Span) -> (Prefix, usize) {
        let bytes = rest.of(self.text);
        let word = |word: &[u8]| {
            bytes.len() > word.len()
                && bytes[..word.len()].eq_ignore_ascii_case(word)
                && bytes.get(word.len()).is_some_and(|b| is_blank(*b))
        };
        let blanks = |from: usize| from + bytes[from..].iter().take_while(|b| is_blank(**b)).count();
        // `export = x` names a variable.
        let named = |from: usize| bytes.get(from).is_some_and(|b| !matches!(b, b'=' | b':'));
        if bytes.starts_with(b"export") && word(b"export") && named(blanks(6)) {
            let name = blanks(6);
            let is_quoted = matches!(bytes.get(name), Some(b'"' | b'\''));
            if is_quoted { (Prefix::Quote, name + 1) } else { (Prefix::Export, name) }
        } else if word(b"set") && named(blanks(3)) && memchr::memchr(b'=', bytes).is_some() {
            (Prefix::Set, blanks(3))
        } else if bytes.len() > 5 && bytes[..5].eq_ignore_ascii_case(b"$env:") {
            (Prefix::PowerShell, 5)
        } else if matches!(bytes.first(), Some(b'"' | b'\'')) {
            (Prefix::Quote, 1)
        } else {
            (Prefix::None, 0)
        }
    }

    fn head(&self, rest: Span, prefix: Prefix) -> Option<Head> {
        let text = self.text;
        let bytes = rest.of(text);
        if prefix == Prefix::Quote {
            let close = rest.start + memchr::memchr(text[rest.start - 1], bytes)?;
            let operator = trimmed(text, Span::new(close + 1, rest.end)).start;
            let kind = match text.get(operator).filter(|_| operator < rest.end)? {
                b'=' => Operator::Equals,
                b':' => Operator::Colon,
                _ => return None,
            };
            let operator_span = Span::new(operator, operator + 1);
            return Some(Head { name: Span::new(rest.start, close), operator: kind, operator_span });
        }
        let equals = memchr::memchr(b'=', bytes);
        if let Some(colon) = memchr::memchr(b':', &bytes[..equals.unwrap_or(bytes.len())]) {
            let name = trimmed(text, Span::new(rest.start, rest.start + colon));
            let named = !name.is_empty()
                && name.of(text).iter().all(|b| is_identifier(*b) || matches!(b, b'-' | b'.'))
                && name.of(text).iter().any(u8::is_ascii_alphabetic);
            let next = bytes.get(colon + 1);
            let ends = |b: &u8| is_blank(*b) || matches!(b, b'=' | b'"' | b'\'');
            if named && (equals.is_none() || next.is_none_or(ends) || starts_wide_blank(&bytes[colon + 1..])) {
                let length = if next == Some(&b'=') { 2 } else { 1 };
                let operator_span = Span::new(rest.start + colon, rest.start + colon + length);
                return Some(Head { name, operator: Operator::Colon, operator_span });
            }
        }
        let Some(equals) = equals else { return self.without_operator(rest) };
        let at = rest.start + equals;
        let name = trimmed(text, Span::new(rest.start, at));
        let first = name.of(text).first();
        let plausible = match first {
            // `=======` is a conflict's.
            None => !text[at..].starts_with(b"=="),
            Some(b) => is_identifier(*b) || *b >= 0x80,
        };
        if !plausible || memchr::memchr(b'#', name.of(text)).is_some() {
            return None;
        }
        let name = if name.is_empty() { Span::new(rest.start, rest.start) } else { name };
        Some(Head { name, operator: Operator::Equals, operator_span: Span::new(at, at + 1) })
    }

    /// `NAME value` and a `NAME` alone; prose is neither.
    fn without_operator(&self, rest: Span) -> Option<Head> {
        let line = trimmed(self.text, rest);
        let bytes = line.of(self.text);
        let length = bytes.iter().take_while(|b| is_identifier(**b)).count();
        let (name, after) = bytes.split_at(length);
        let upper = name.iter().any(u8::is_ascii_uppercase) && !name.iter().any(u8::is_ascii_lowercase);
        let named = name.first().is_some_and(|b| !b.is_ascii_digit()) && upper && name.contains(&b'_');
        let words = after.split(|b| is_blank(*b)).filter(|word| !word.is_empty()).count();
        let apart = after.first().is_none_or(|b| is_blank(*b));
        if !(named && apart && words <= 1) {
            return None;
        }
        let name = Span::new(line.start, line.start + length);
        Some(Head { name, operator: Operator::Missing, operator_span: Span::new(name.end, name.end) })
    }

    fn value(&mut self, entry: &mut Entry, given: Span, line: Line) {
        let text = self.text;
        let empty = |at: usize| Span::new(at, at);
        let quote = text[given.start];
        if !matches!(quote, b'"' | b'\'' | b'`') {
            let glued = given.start == entry.operator_span.end;
            let comment = comment_in(text, given, glued);
            if comment == Some(given.start) {
                entry.separator.end = entry.operator_span.end;
                entry.tail = Span::new(entry.operator_span.end, given.start);
                entry.comment = Span::new(given.start, line.content.end);
                return;
            }
            entry.open = empty(given.start);
            entry.comment = Span::new(comment.unwrap_or(line.content.end), line.content.end);
            entry.value = trimmed(text, Span::new(given.start, comment.unwrap_or(given.end)));
            entry.value = Span::new(given.start, entry.value.end.max(given.start));
            entry.close = empty(entry.value.end);
            entry.tail = Span::new(entry.value.end, entry.comment.start);
            return;
        }
        entry.open = Span::new(given.start, given.start + 1);
        let here = closing(text, Span::new(given.start + 1, given.end), quote).map(|at| (at, line));
        let Some((close, last)) = here.or_else(|| self.closed_below(line, quote)) else {
            entry.value = Span::new(entry.open.end, given.end);
            entry.close = empty(given.end);
            entry.tail = Span::new(given.end, line.content.end);
            return;
        };
        entry.value = Span::new(entry.open.end, close);
        entry.close = Span::new(close, close + 1);
        let after = Span::new(close + 1, last.content.end);
        let comment = memchr::memchr(b'#', after.of(text)).map_or(after.end, |i| after.start + i);
        entry.tail = Span::new(after.start, comment);
        entry.comment = Span::new(comment, after.end);
        entry.end = last.end;
    }

    /// The closing quote on a line below `line`, if what stands between can be a value: no entry starts there, and
    /// nothing but a comment follows the quote.
    fn closed_below(&mut self, line: Line, quote: u8) -> Option<(usize, Line)> {
        let kind = match quote {
            b'"' => 0,
            b'\'' => 1,
            _ => 2,
        };
        if self.spent[kind] {
            return None;
        }
        let mut at = line.end.end;
        while at < self.text.len() {
            let below = line_at(self.text, at);
            if looks_like_entry(below.content.of(self.text)) {
                return None;
            }
            if let Some(close) = closing(self.text, below.content, quote) {
                let rest = trimmed(self.text, Span::new(close + 1, below.content.end)).of(self.text);
                return (matches!(rest, [] | [b'#', ..] | [b',' | b';'])).then_some((close, below));
            }
            at = below.end.end;
        }
        self.spent[kind] = true;
        None
    }
}

/// Where a comment starts inside an unquoted value: a `#` after a blank.
fn comment_in(text: &[u8], given: Span, glued: bool) -> Option<usize> {
    let bytes = given.of(text);
    memchr::memchr_iter(b'#', bytes)
        .find(|i| if *i == 0 { !glued } else { is_blank(bytes[i - 1]) })
        .map(|i| given.start + i)
}

/// The first `quote` in `span` that no backslash escapes; only double quotes know escapes.
fn closing(text: &[u8], span: Span, quote: u8) -> Option<usize> {
    if quote != b'"' {
        return memchr::memchr(quote, span.of(text)).map(|i| span.start + i);
    }
    let mut at = span.start;
    while let Some(i) = memchr::memchr2(b'"', b'\\', &text[at.min(span.end)..span.end]) {
        if text[at + i] == b'"' {
            return Some(at + i);
        }
        at += i + 2;
    }
    None
}

/// Whether a line inside an open quote is more likely the next entry. The last line of base64 text ends in `=` too.
fn looks_like_entry(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let line = match line.strip_prefix(b"export") {
        Some(rest) if rest.first().is_some_and(|b| is_blank(*b)) => rest.trim_ascii_start(),
        _ => line,
    };
    let length = line.iter().take_while(|b| is_identifier(**b)).count();
    if length == 0 || line[0].is_ascii_digit() {
        return false;
    }
    match line[length..].trim_ascii_start() {
        [b'=', rest @ ..] => !matches!(rest, [] | [b'=']) || line[..length].contains(&b'_'),
        _ => false,
    }
}
