//! Names and the values they are given, in any language: `NAME=value`, `name: "value"`, `getenv("NAME", "value")`,
//! `process.env.NAME ?? "value"`, `| NAME | value |`, `NAME is value`, `.name("value")`, and pairs: `name: NAME` over
//! `value: value`.

mod cursor;

use crate::span::{Span, line_around};
use cursor::Cursor;

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

/// A value given to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The value without its quotes.
    pub span: Span,
    /// The quote around it, or the `<` of the tag behind it, if any.
    pub quote: Option<u8>,
}

/// Longest value looked at, in bytes: what stands for a value is shorter.
const LONGEST_VALUE: usize = 4096;

/// The value given to `name` in `text`, on `line`, which holds the name.
///
/// A comma gives a value only to a name that is looked up or set (`getenv("NAME", "value")`); elsewhere it separates
/// the arguments of some call or the items of a list. A bar does it in a table, elsewhere it stands between types.
pub fn value_of(text: &[u8], line: Span, name: Span) -> Option<Value> {
    let before = &text[line.start..name.start];
    if before.ends_with(b"${") {
        return fallback(text, Span::new(name.end, line.end));
    }
    let mut rest = Cursor { text: &text[..line.end], at: name.end };
    if rest.is_defined(before) {
        rest.skip_blanks();
        return rest.value();
    }
    rest.skip_closers();
    // `$ENV{NAME} = …`
    if before.ends_with(b"ENV{") {
        rest.skip_while(|b| matches!(b, b'}' | b' '));
    }
    if rest.is_argument(before, name.of(text)) {
        rest.at += 1;
        let value = rest.value()?;
        // Nothing but a text is given.
        return text[..line.end].get(value.span.end + 1).is_some_and(|b| matches!(b, b')' | b'}')).then_some(value);
    }
    let operator = if is_set_by_command(before) { b" " } else { rest.operator()? };
    let gives = match operator {
        b"," => is_looked_up(before),
        b"|" => before.contains(&b'|'),
        // `<key>value</key>`; a blank on either side makes it a comparison or a redirection.
        b">" => {
            let quote = usize::from(matches!(text[name.end], b'"' | b'\''));
            rest.at == name.end + quote + 1 && rest.peek().is_some_and(|b| !matches!(b, b' ' | b'>'))
        }
        _ => true,
    };
    if !gives {
        return None;
    }
    rest.skip_blanks();
    // `apiKey: string = …`: what follows a colon may be a type.
    rest.skip_type();
    if rest.is_continued() {
        let is_block = rest.skip_to_next_line();
        return rest.value().filter(|value| is_block || value.quote.is_some());
    }
    rest.skip_wrappers();
    let mut value = rest.value()?;
    if operator == b">" {
        // Between tags blanks belong to the value.
        let length = memchr::memchr(b'<', &text[value.span.start..line.end.min(value.span.start + LONGEST_VALUE)])?;
        value = Value { span: Span::new(value.span.start, value.span.start + length), quote: Some(b'<') };
    }
    (value.quote.is_some() || !is_open(value.span.of(text))).then_some(value)
}

/// The word that stands for the value of a pair whose name ends at `end`, on its line or the next one:
/// `{"name": "NAME", "value": "…"}`, `<key>NAME</key>` over `<string>…</string>`, `variable "NAME" {` over `default = …`.
pub fn pair_word(text: &[u8], end: usize) -> Option<Span> {
    /// How far behind the name the word may stand, in bytes.
    const REACH: usize = 160;
    let window = &text[end..text.len().min(end + REACH)];
    let mut rest = window;
    let mut lines = 0;
    loop {
        let [byte, behind @ ..] = rest else { return None };
        match byte {
            b'"' | b'\'' | b'`' | b'\\' | b',' | b';' | b'{' | b')' | b' ' | b'\t' | b'\r' => rest = behind,
            b'\n' if lines == 0 => (lines, rest) = (1, behind),
            b'<' => rest = [&b"</key>"[..], b"</name>", b"<"].iter().find_map(|tag| rest.strip_prefix(*tag))?,
            _ => break,
        }
    }
    let start = end + window.len() - rest.len();
    let length = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    // What joins it to another word makes it another name.
    let is_whole = !rest.get(length).is_some_and(|b| matches!(b, b'_' | b'-' | b'.') || b.is_ascii_digit());
    let is_value = matches!(&rest[..length], b"value" | b"Value" | b"string" | b"default" | b"content");
    (is_whole && is_value && start > end + 1).then(|| Span::new(start, start + length))
}

/// Whether a name that ends at byte `end`, if it does, may be given a text there: a quick look before a long one.
/// With `quoted` only a text in quotes counts.
pub fn may_be_given(text: &[u8], end: usize, quoted: bool) -> bool {
    /// How far behind the name the value may start, in bytes.
    const REACH: usize = 64;
    let rest = &text[end..text.len().min(end + REACH)];
    let is_closer = |b: &&u8| matches!(b, b'"' | b'\'' | b']' | b'}' | b'\\' | b'*' | b' ' | b'\t');
    let (closers, behind) = rest.split_at(rest.iter().take_while(is_closer).count());
    let gives = match behind {
        [b'=', b'=' | b'~', ..] | [b':', b':', ..] => false,
        [b'=' | b':' | b'(' | b'{' | b'>' | b'|' | b'?', ..] => true,
        // `"name", "value"`, `name "value"`, `name value`
        _ => !closers.is_empty() && !behind.is_empty(),
    };
    gives && (!quoted || closers.len() > 1 || behind.iter().any(|b| matches!(b, b'"' | b'\'' | b'`')))
}

/// The word that follows the name that ends at byte `end` behind blanks: `password value`.
pub fn next_word(text: &[u8], end: usize) -> Option<Value> {
    let blanks = text[end..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let start = end + blanks;
    let length = text[start..].iter().take(LONGEST_VALUE).take_while(|b| b.is_ascii_graphic()).count();
    (blanks > 0 && length > 0).then(|| Value { span: Span::new(start, start + length), quote: None })
}

/// `line`, and the next one if what is given to the name that ends at byte `end` stands there: behind `name = (`,
/// `name: >-` or an operator that ends the line.
pub fn line_of_value(text: &[u8], line: Span, end: usize) -> Span {
    if line.end - end > LONGEST_OPENING {
        return line;
    }
    let rest = text[end..line.end].trim_ascii_end();
    let opens = rest.iter().all(|b| matches!(b, b'"' | b'\'' | b']' | b' ' | b':' | b'=' | b'(' | b'>' | b'|' | b'-'));
    let is_open = opens && rest.iter().any(|b| matches!(b, b'=' | b':'));
    if is_open && line.end + 1 < text.len() { Span::new(line.start, line_around(text, line.end + 1).end) } else { line }
}

/// What stands at most between a name and the end of its line where the value follows on the next one, in bytes.
const LONGEST_OPENING: usize = 16;

/// Whether `before` ends in a command that takes the name and the value as its arguments: `setx NAME value`.
fn is_set_by_command(before: &[u8]) -> bool {
    let before = before.trim_ascii_start();
    [&b"setx "[..], b"set -x ", b"set -gx ", b"set -Ux "].contains(&before)
}

/// Whether an unquoted value only opens or closes something that goes on elsewhere: a map, a list, a call.
fn is_open(value: &[u8]) -> bool {
    value.iter().all(|b| matches!(b, b'{' | b'}' | b'[' | b']' | b'(' | b')'))
}

/// The literal of `${NAME:-literal}`, which starts after the name.
fn fallback(text: &[u8], rest: Span) -> Option<Value> {
    let bytes = rest.of(text);
    let length = match bytes {
        [b':', b'-' | b'=', ..] => 2,
        // Spring's `${NAME:literal}`; the shell has parts of a text there, and messages.
        [b':', next, ..] if next.is_ascii_alphabetic() || matches!(next, b'<' | b'[') => 1,
        [b'-' | b'=', ..] => 1,
        _ => return None,
    };
    let start = rest.start + length;
    let length = memchr::memchr(b'}', &text[start..rest.end])?;
    let span = Span::new(start, start + length);
    let quote = span.of(text).first().copied().filter(|b| matches!(b, b'"' | b'\''));
    let is_quoted = quote.is_some_and(|quote| length > 1 && text[span.end - 1] == quote);
    let inner = if is_quoted { Span::new(span.start + 1, span.end - 1) } else { span };
    (!inner.is_empty()).then_some(Value { span: inner, quote: quote.filter(|_| is_quoted) })
}

/// Whether `before` ends in a call that looks up or sets the name that follows, as far as its opening quote.
fn is_looked_up(before: &[u8]) -> bool {
    // A field of an Android build.
    if [&b"buildConfigField"[..], b"resValue"].iter().any(|call| before.trim_ascii_start().starts_with(call)) {
        return true;
    }
    // `["--name", "value"]`
    if before.ends_with(b"\"--") || before.ends_with(b"'--") {
        return true;
    }
    let end = before.iter().rposition(|b| !matches!(b, b'"' | b'\'' | b'`' | b'\\' | b' ')).map_or(0, |i| i + 1);
    let Some(call) = before[..end].strip_suffix(b"(").filter(|_| end < before.len()) else { return false };
    let length = call.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let function = call[call.len() - length..].to_ascii_lowercase();
    [
        &b"env"[..],
        b"get",
        b"set",
        b"fetch",
        b"define",
        b"config",
        b"default",
        b"put",
        b"insert",
        b"add",
        b"append",
        b"header",
        b"param",
    ]
    .iter()
    .any(|part| memchr::memmem::find(&function, part).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<&str> {
        let at = text.find("KEY").or_else(|| text.find("Key")).unwrap();
        let name = name_around(text.as_bytes(), at);
        let value = value_of(text.as_bytes(), Span::new(0, text.len()), name)?;
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
            "test -n ${KEY:-v1}",
            "<KEY>v1</KEY>",
            "const KEY: &str = \"v1\";",
            "const KEY: &'static str = \"v1\";",
            "ENV.fetch(\"KEY\", \"v1\")",
            "define('KEY', 'v1');",
            "setx KEY \"v1\"",
            "set -gx KEY v1",
            "client.withApiKey(\"v1\")",
            "set_KEY(\"v1\")",
            "std::string KEY{\"v1\"};",
            "<Chat KEY={\"v1\"} />",
            "#define KEY \"v1\"",
            "run --KEY v1 --x 2",
            "[\"--KEY\", \"v1\"]",
            "KEY: str = Field(default=\"v1\", min=3)",
            "KEY = new String(\"v1\")",
            "fromEnvironment('KEY', defaultValue: 'v1')",
            "KEY: >-\n  v1",
            "KEY = (\n    \"v1\"\n)",
            "buildConfigField \"String\", \"KEY\", \"\\\"v1\\\"\"",
            "<string name=\"KEY\">v1</string>",
            "$ENV{KEY} = 'v1';",
            "key: ${KEY:v1}",
            "KEY ?= v1",
        ] {
            assert_eq!(value(text), Some("v1"), "{text}");
        }
        assert_eq!(value("KEY: djE="), Some("djE="));
        assert_eq!(value("KEY: djE=  # v1"), Some("djE="));
        assert_eq!(value("if KEY == 'v1'"), None);
        assert_eq!(value("client.getApiKey(\"v1\")"), None);
        assert_eq!(value("checkKey(\"v1\")"), None);
        assert_eq!(value("client.apiKey(\"v1\", id)"), None);
        assert_eq!(value("${KEY:?v1}"), None);
        assert_eq!(value("${KEY:0:4}"), None);
        assert_eq!(value("KEY:\n  name: v1"), None);
        assert_eq!(value("KEY <v1>"), None);
        assert_eq!(value("KEY"), None);
        assert_eq!(value("[\"KEY\", \"v1\"]"), None);
        assert_eq!(value("std::KEY::v1"), None);
        assert_eq!(value("\"KEY\": {"), None);
        assert_eq!(value("KEY = { type = \"v1\" }"), None);
        assert_eq!(value("check(user.KEY, \"v1\")"), None);
        assert_eq!(value("if name in (\"KEY\", \"v1\"):"), None);
        assert_eq!(value("type Name = \"KEY\" | \"v1\";"), None);
        assert_eq!(value("echo KEY=\"$KEY\" >> v1"), Some("$KEY"));
        assert_eq!(value("echo \"$KEY\" >> v1"), None);
        assert_eq!(value("KEY: ${KEY:-}"), Some("${KEY:-}"));
        assert_eq!(value("test -n \"${KEY:-}\" && v1"), None);
    }

    #[test]
    fn pairs() {
        let word = |text: &str| {
            let span = pair_word(text.as_bytes(), text.find("KEY").unwrap() + 3)?;
            Some(text[span.end..].to_owned())
        };
        for text in [
            "- name: KEY\n  value: v1",
            "{\"name\": \"KEY\", \"value\": v1",
            "<key>KEY</key>\n\t<string>: v1",
            "<add key=\"KEY\" value: v1",
            "variable \"KEY\" {\n  default: v1",
        ] {
            assert!(word(text).is_some_and(|rest| rest.ends_with(": v1")), "{text}");
        }
        for text in ["KEY: value", "name: KEY\nvalueFrom: v1", "name: KEY\n\nvalue: v1", "KEYvalue", "KEY, values"] {
            assert_eq!(word(text), None, "{text}");
        }
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
