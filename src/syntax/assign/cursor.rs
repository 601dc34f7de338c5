//! What stands between a name and its value, step by step: closing quotes, an operator or a call, a type, wrappers.

use super::{LONGEST_OPENING, LONGEST_VALUE, Value};
use crate::span::Span;
use crate::text::name;

/// What calls start with that give a value to the thing they name.
const GIVING: [&str; 6] = ["SET", "WITH", "PUT", "ADD", "USE", "CONFIGURE"];

/// What methods start with that ask for the thing they name, or do something else with it.
const ASKING: [&str; 30] = [
    "GET", "FETCH", "FIND", "LOAD", "READ", "LOOKUP", "RESOLVE", "HAS", "IS", "CHECK", "VERIFY", "VALIDATE", "DECODE",
    "ENCODE", "PARSE", "HASH", "CREATE", "MAKE", "GENERATE", "NEW", "DELETE", "REMOVE", "REVOKE", "RESET", "REQUIRE",
    "EXPECT", "COMPARE", "MATCHES", "REFRESH", "REQUEST",
];

/// Functions that keep the text they are given.
const KEEPING: [&[u8]; 12] = [
    b"Field",
    b"SecretStr",
    b"SecretBytes",
    b"Secret",
    b"SecretString",
    b"String",
    b"str",
    b"from",
    b"of",
    b"Some",
    b"AzureKeyCredential",
    b"ApiKeyCredential",
];

/// How many such calls stand around each other.
const DEEPEST_WRAPPING: usize = 3;

/// A place in the text behind a name.
pub(super) struct Cursor<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
}

impl Cursor<'_> {
    fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn skip_while(&mut self, test: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&test) {
            self.at += 1;
        }
    }

    pub(super) fn skip_blanks(&mut self) {
        self.skip_while(|b| b == b' ' || b == b'\t');
    }

    /// Quotes and brackets that close around a name: `"NAME"]`, `\"NAME\"`, `` `NAME` ``.
    pub(super) fn skip_closers(&mut self) {
        self.skip_while(|b| matches!(b, b'"' | b'\'' | b'`' | b']' | b')' | b'\\' | b'*' | b' ' | b'\t'));
    }

    pub(super) fn operator(&mut self) -> Option<&'static [u8]> {
        const OPERATORS: [&[u8]; 16] = [
            b":=", b"=>", b"??=", b"?=", b"||=", b"??", b"||", b"=", b":", b",", b"|", b"or ", b"is ", b"to ", b"-eq ",
            b">",
        ];
        if [&b"=="[..], b"!=", b"=~", b"::"].iter().any(|comparison| self.rest().starts_with(comparison)) {
            return None;
        }
        let operator = OPERATORS.iter().find(|operator| self.rest().starts_with(operator))?;
        self.at += operator.len();
        Some(operator)
    }

    /// Whether a call, or a C++ initializer, gives a text to the name as its only argument: `.apiKey("value")`,
    /// `set_token("value")`, `new Credential("value")`, `key{"value"}`. Other calls look something up, or check it.
    pub(super) fn is_argument(&self, before: &[u8], name: &[u8]) -> bool {
        let is_text = |open| matches!(self.rest(), [first, b'"' | b'\'' | b'`', ..] if *first == open);
        let function = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
        let is_method = before.ends_with(b".") || before.ends_with(b"new ") || function.len() < name.len();
        let gives = || {
            let words = name::words(function);
            let verb = words.first().map(String::as_str).unwrap_or_default();
            GIVING.contains(&verb) || is_method && !ASKING.contains(&verb)
        };
        is_text(b'(') && gives() || is_text(b'{')
    }

    /// Whether a text follows behind a blank where a definition has no operator: `#define NAME "value"`,
    /// `(def name "value")`, `@name "value"`; or anything behind an option: `--name value`.
    pub(super) fn is_defined(&self, before: &[u8]) -> bool {
        let blanks = self.rest().iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let next = self.rest().get(blanks).filter(|_| blanks > 0);
        let ends = |words: &[&[u8]]| words.iter().any(|word| before.ends_with(word));
        match next {
            Some(b'"' | b'\'') if ends(&[b"#define ", b"(def ", b"(setq ", b"set $", b"@"]) => true,
            Some(next) => (before.ends_with(b" --") || before == b"--") && !matches!(next, b'-' | b'=' | b'<' | b'|'),
            None => false,
        }
    }

    /// Whether the value stands on the next line.
    pub(super) fn is_continued(&self) -> bool {
        let rest = &self.rest()[..self.rest().len().min(LONGEST_OPENING)];
        let line = memchr::memchr(b'\n', rest).map(|end| &rest[..end]);
        line.is_some_and(|line| line.trim_ascii().iter().all(|b| matches!(b, b'(' | b'>' | b'|' | b'-')))
    }

    /// Goes to the value on the next line. Returns whether it is a block of YAML, where it needs no quotes.
    pub(super) fn skip_to_next_line(&mut self) -> bool {
        let is_block = matches!(self.peek(), Some(b'>' | b'|'));
        self.skip_while(|b| b != b'\n');
        self.skip_while(|b| b.is_ascii_whitespace());
        is_block
    }

    /// Calls around a text that keep it: `Field("value")`, `SecretStr("value")`, `new String("value")`.
    pub(super) fn skip_wrappers(&mut self) {
        self.skip_label();
        let mut probe = Cursor { text: self.text, at: self.at };
        for _ in 0..DEEPEST_WRAPPING {
            if probe.rest().starts_with(b"new ") {
                probe.at += 4;
            }
            let ahead = probe.ahead(probe.at);
            let length = ahead.iter().take_while(|b| b.is_ascii_alphanumeric() || b"_.:".contains(b)).count();
            let function = ahead[..length].rsplit(|b| matches!(b, b'.' | b':')).next().unwrap_or_default();
            if ahead.get(length) != Some(&b'(') || !KEEPING.contains(&function) {
                return;
            }
            probe.at += length + 1;
            probe.skip_label();
            if matches!(probe.peek(), Some(b'"' | b'\'')) {
                self.at = probe.at;
                return;
            }
        }
    }

    /// The name of an argument that is what is taken if there is nothing else: `defaultValue: "value"`.
    fn skip_label(&mut self) {
        const LABELS: [&[u8]; 6] =
            [b"default=", b"value=", b"default:", b"defaultValue:", b"default_value=", b"or_else="];
        if let Some(label) = LABELS.iter().find(|label| self.rest().starts_with(label)) {
            self.at += label.len();
            self.skip_blanks();
        }
    }

    pub(super) fn skip_type(&mut self) {
        let is_word = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
        // `&str`, `&'static str`
        let ahead = self.ahead(self.at);
        let borrowed =
            [&b"&'static "[..], b"&"].iter().find(|mark| ahead.starts_with(mark)).map_or(0, |mark| mark.len());
        let word = borrowed + ahead[borrowed..].iter().take_while(is_word).count();
        if word == 0 {
            return;
        }
        let mut probe = Cursor { text: self.text, at: self.at + word };
        probe.skip_blanks();
        if probe.rest().starts_with(b"=") && !probe.rest().starts_with(b"==") && !probe.rest().starts_with(b"=>") {
            probe.at += 1;
            probe.skip_blanks();
            // `key: Y2hhbmdlbWU=`: nothing is given, the sign fills up base64.
            if probe.peek().is_some_and(|b| b != b'#') {
                self.at = probe.at;
            }
        }
    }

    pub(super) fn value(&mut self) -> Option<Value> {
        // String prefixes (`f"…"`, `r'…'`, `$"…"`) and YAML tags.
        while let [b'f' | b'r' | b'b' | b'u' | b'R' | b'F' | b'@', b'"' | b'\'', ..] = self.rest() {
            self.at += 1;
        }
        // A text of another language in a text: `"\"value\""`.
        if self.rest().starts_with(b"\"\\\"") {
            self.at += 1;
        }
        // `apiKey={"value"}`
        if let [b'{', quote @ (b'"' | b'\'' | b'`'), inside @ ..] = self.rest()
            && memchr::memchr(*quote, &inside[..inside.len().min(LONGEST_VALUE)])
                .is_some_and(|close| inside.get(close + 1) == Some(&b'}'))
        {
            self.at += 1;
        }
        let escaped = usize::from(self.rest().starts_with(b"\\\"") || self.rest().starts_with(b"\\'"));
        let quote = self.text.get(self.at + escaped).copied().filter(|b| matches!(b, b'"' | b'\'' | b'`'));
        if let Some(quote) = quote {
            let start = self.at + escaped + 1;
            let close = memchr::memchr(quote, self.ahead(start))? + start;
            return Some(Value { span: Span::new(start, close - escaped.min(close - start)), quote: Some(quote) });
        }
        let is_end = |b: &u8| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'`' | b',' | b';' | b'&' | b'|' | b'\\');
        let ahead = self.ahead(self.at);
        let length = ahead.iter().position(is_end).unwrap_or(ahead.len());
        (1..=LONGEST_VALUE)
            .contains(&length)
            .then_some(Value { span: Span::new(self.at, self.at + length), quote: None })
    }

    /// As many bytes from `start` on as a value and what ends it can take.
    fn ahead(&self, start: usize) -> &[u8] {
        &self.text[start..self.text.len().min(start + LONGEST_VALUE + 1)]
    }
}
