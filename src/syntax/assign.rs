//! Names and the values they are given, in any language: `NAME=value`, `name: "value"`, `getenv("NAME", "value")`,
//! `process.env.NAME ?? "value"`, `| NAME | value |`, `NAME is value`.

use crate::span::{Span, line_around};

/// Bytes of a name: identifiers, and what joins their words in headers, attributes and configuration keys.
const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Longest name looked at, in bytes.
const LONGEST_NAME: usize = 128;

/// The name that covers byte `at` of `text`.
pub fn name_around(text: &[u8], at: usize) -> Span {
    let left = text[at.saturating_sub(LONGEST_NAME)..at].iter().rev().take_while(|b| is_name_byte(**b)).count();
    let right = text[at..].iter().take(LONGEST_NAME).take_while(|b| is_name_byte(**b)).count();
    let mut span = Span::new(at - left, at + right);
    // The letter of an escape sequence (`\nNAME=`) is no part of the name.
    if span.start > 0
        && text[span.start - 1] == b'\\'
        && span.len() > 1
        && matches!(text[span.start], b'n' | b'r' | b't')
    {
        span.start += 1;
    }
    while span.end > span.start && matches!(text[span.end - 1], b'.' | b'-') {
        span.end -= 1;
    }
    while span.start < span.end && matches!(text[span.start], b'.' | b'-') {
        span.start += 1;
    }
    span
}

/// How far back the start of a line is looked for, in bytes.
const LONGEST_LINE: usize = 1024;

/// A value given to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The value without its quotes.
    pub span: Span,
    /// The quote around it, if any.
    pub quote: Option<u8>,
}

/// The value given to `name` in `text`, on the same line.
///
/// A comma gives a value only to the first argument of a call (`getenv("NAME", "value")`); elsewhere it separates the
/// items of a list.
pub fn value_of(text: &[u8], name: Span) -> Option<Value> {
    let line = line_around(text, name.end);
    let mut rest = Cursor { text: &text[..line.end], at: name.end };
    rest.skip_closers();
    if rest.operator()? == b"," && !is_first_argument(&text[line.start..name.start]) {
        return None;
    }
    rest.skip_blanks();
    // `apiKey: string = …`: what follows a colon may be a type.
    rest.skip_type();
    rest.value()
}

/// Whether what follows `before` is the first argument of a call, up to its quotes.
fn is_first_argument(before: &[u8]) -> bool {
    before.iter().rev().find(|b| !matches!(b, b'"' | b'\'' | b'`' | b'\\' | b' ')) == Some(&b'(')
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_while(&mut self, test: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&test) {
            self.at += 1;
        }
    }

    fn skip_blanks(&mut self) {
        self.skip_while(|b| b == b' ' || b == b'\t');
    }

    /// Quotes and brackets that close around a name: `"NAME"]`, `\"NAME\"`, `` `NAME` ``.
    fn skip_closers(&mut self) {
        self.skip_while(|b| matches!(b, b'"' | b'\'' | b'`' | b']' | b')' | b'\\' | b'*' | b' ' | b'\t'));
    }

    fn operator(&mut self) -> Option<&'static [u8]> {
        const OPERATORS: [&[u8]; 15] =
            [b":=", b"=>", b"??=", b"||=", b"??", b"||", b"=", b":", b",", b"|", b"or ", b"is ", b"to ", b"-eq ", b">"];
        if [&b"=="[..], b"!=", b"=~", b"::"].iter().any(|comparison| self.rest().starts_with(comparison)) {
            return None;
        }
        let operator = OPERATORS.iter().find(|operator| self.rest().starts_with(operator))?;
        self.at += operator.len();
        Some(operator)
    }

    fn skip_type(&mut self) {
        let word = self.rest().iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        if word == 0 {
            return;
        }
        let mut probe = Cursor { text: self.text, at: self.at + word };
        probe.skip_blanks();
        if probe.rest().starts_with(b"=") && !probe.rest().starts_with(b"==") && !probe.rest().starts_with(b"=>") {
            probe.at += 1;
            probe.skip_blanks();
            self.at = probe.at;
        }
    }

    fn value(&mut self) -> Option<Value> {
        // String prefixes (`f"…"`, `r'…'`, `$"…"`) and YAML tags.
        while let [b'f' | b'r' | b'b' | b'u' | b'R' | b'F' | b'@', b'"' | b'\'', ..] = self.rest() {
            self.at += 1;
        }
        let escaped = usize::from(self.rest().starts_with(b"\\\"") || self.rest().starts_with(b"\\'"));
        let quote = self.text.get(self.at + escaped).copied().filter(|b| matches!(b, b'"' | b'\'' | b'`'));
        if let Some(quote) = quote {
            let start = self.at + escaped + 1;
            let close = memchr::memchr(quote, &self.text[start..])? + start;
            return Some(Value { span: Span::new(start, close - escaped.min(close - start)), quote: Some(quote) });
        }
        let start = self.at;
        self.skip_while(|b| !matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'`' | b',' | b';' | b'&' | b'|' | b'\\'));
        (self.at > start).then_some(Value { span: Span::new(start, self.at), quote: None })
    }
}

/// Whether the line that holds byte `at` is a comment up to there, in any usual syntax.
pub fn is_commented(text: &[u8], at: usize) -> bool {
    // A line longer than that is generated; nobody comments on it.
    let before = &text[at.saturating_sub(LONGEST_LINE)..at];
    let before = memchr::memrchr2(b'\n', b'\r', before).map_or(before, |end| &before[end + 1..]).trim_ascii_start();
    [&b"#"[..], b"//", b"/*", b"* ", b";", b"<!--", b"--", b"%", b"REM "].iter().any(|mark| before.starts_with(mark))
        || memchr::memmem::find(before, b" # ").is_some()
        || memchr::memmem::find(before, b" // ").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<&str> {
        let at = text.find("KEY").or_else(|| text.find("Key")).unwrap();
        let name = name_around(text.as_bytes(), at);
        let value = value_of(text.as_bytes(), name)?;
        Some(&text[value.span.range()])
    }

    #[test]
    fn values_in_many_languages() {
        for text in [
            "KEY=v1",
            "export KEY=\"v1\"",
            "KEY = 'v1'  # c",
            "\"KEY\": \"v1\",",
            "os.environ[\"KEY\"] = \"v1\"",
            "getenv(\"KEY\", \"v1\")",
            "process.env.KEY ?? 'v1'",
            "process.env.KEY || `v1`",
            "| KEY | v1 |",
            "const apiKey: string = \"v1\";",
            "'API_KEY' => 'v1'",
            "{\\\"KEY\\\":\\\"v1\\\"}",
            "- KEY is `v1` (x)",
            "t.Setenv(\"KEY\", `v1`)",
            "?key=1&KEY=v1&x=2",
            "$env:KEY = \"v1\"",
            "x\\nKEY=v1\\nY",
        ] {
            assert_eq!(value(text), Some("v1"), "{text}");
        }
        assert_eq!(value("if KEY == 'v1'"), None);
        assert_eq!(value("KEY"), None);
        assert_eq!(value("[\"KEY\", \"v1\"]"), None);
        assert_eq!(value("std::KEY::v1"), None);
    }

    #[test]
    fn names() {
        let name = |text: &str| {
            let at = text.find("KEY").unwrap();
            text[name_around(text.as_bytes(), at).range()].to_owned()
        };
        assert_eq!(name("a\\nOPENAI_KEY=1"), "OPENAI_KEY");
        assert_eq!(name("<div data-openai-KEY=\"\">"), "data-openai-KEY");
        assert_eq!(name("self.KEY."), "self.KEY");
    }
}
