//! Places that name a variable and do not look it up there: whether they may lead to a look-up, or only tell people
//! of the variable.
//!
//! `require("NAME")`, a list of names and a field lead to one; `raise ValueError("NAME is missing")` does not.

use super::context::Context;
use crate::source::FileKind;
use crate::span::Span;
use crate::syntax::code::{Ground, Grounds};

/// How far around a name the string it stands in is looked for where no lexer knows the language, in bytes.
const REACH: usize = 256;

/// The places of one file.
pub(super) struct Places<'a> {
    text: &'a [u8],
    kind: FileKind,
    /// Made when first asked for, unless the file was read as code before.
    grounds: Option<Grounds>,
}

impl<'a> Places<'a> {
    pub(super) fn new(cx: &mut Context<'a>) -> Self {
        Self { text: cx.text(), kind: cx.file.kind, grounds: cx.grounds.take() }
    }

    /// Whether the name at `span` stands among the words of a text for people.
    pub(super) fn is_message(&mut self, span: Span) -> bool {
        let text = self.text;
        // `$NAME`, `${NAME}`, `%NAME%`, `secrets.NAME`, `docker run -e NAME`
        let before = &text[span.start.saturating_sub(REACH)..span.start];
        let is_handed_on = matches!(before, [.., b'$' | b'%' | b'.' | b'!'])
            || before.ends_with(b"${")
            || [&b" -e "[..], b" --env "].iter().any(|option| before.ends_with(option));
        if is_handed_on {
            return false;
        }
        match self.kind {
            FileKind::Python | FileKind::JavaScript | FileKind::Notebook => match self.ground(span.start) {
                Ground::Word => false,
                Ground::Text(inner) => is_among_words(text, inner, span),
                Ground::Other => true,
            },
            FileKind::Shell | FileKind::C | FileKind::Code | FileKind::Dockerfile | FileKind::Json => {
                string_around(text, span).is_some_and(|inner| is_among_words(text, inner, span))
            }
            _ => is_among_words(text, behind_key(text, line_around(text, span), span), span),
        }
    }

    fn ground(&mut self, at: usize) -> Ground {
        if self.grounds.is_none() {
            self.grounds = Grounds::new(self.text, self.kind);
        }
        self.grounds.as_ref().map_or(Ground::Word, |grounds| grounds.at(at))
    }
}

/// The part of the line of `span` that is within reach.
fn line_around(text: &[u8], span: Span) -> Span {
    let from = span.start.saturating_sub(REACH);
    let to = text.len().min(span.end + REACH);
    let start = memchr::memrchr(b'\n', &text[from..span.start]).map_or(from, |at| from + at + 1);
    let end = memchr::memchr(b'\n', &text[span.end..to]).map_or(to, |at| span.end + at);
    Span::new(start, end)
}

/// The part of `line` behind the key that `span` is a value of: `key: …`, `key = …`.
fn behind_key(text: &[u8], line: Span, span: Span) -> Span {
    let before = &text[line.start..span.start];
    let key = before.iter().position(|byte| matches!(byte, b':' | b'='));
    Span::new(line.start + key.map_or(0, |length| length + 1), line.end)
}

/// What the string around `span` says, if the quotes on its line tell that there is one. A line that starts out of
/// reach does not tell.
fn string_around(text: &[u8], span: Span) -> Option<Span> {
    let line = line_around(text, span);
    if line.start > 0 && text[line.start - 1] != b'\n' {
        return None;
    }
    let mut open = None;
    let mut at = line.start;
    while at < span.start {
        match (text[at], open) {
            (b'\\', _) => at += 1,
            (quote @ (b'"' | b'\'' | b'`'), None) => open = Some((quote, at + 1)),
            (byte, Some((quote, _))) if byte == quote => open = None,
            _ => {}
        }
        at += 1;
    }
    let (quote, start) = open?;
    let rest = &text[span.end..line.end];
    let end = rest.iter().position(|byte| *byte == quote).map_or(line.end, |length| span.end + length);
    Some(Span::new(start, end))
}

/// Whether what stands at `inner` is a text of words, the name at `span` among them. A list of names has no others, and
/// what touches the name belongs to it: `os.environ/NAME`.
fn is_among_words(text: &[u8], inner: Span, span: Span) -> bool {
    let from = inner.start.max(span.start.saturating_sub(REACH)).min(span.start);
    let to = inner.end.min(span.end + REACH).max(span.end);
    let (before, after) = (&text[from..span.start], &text[span.end..to]);
    // `NAME: …`
    if matches!(after, [b':', b' ', ..] | [b':']) {
        return true;
    }
    let has_word = |part: &[u8]| part.split(u8::is_ascii_whitespace).any(is_word);
    let apart_before = before.iter().rposition(u8::is_ascii_whitespace).map_or(&before[..0], |at| &before[..at]);
    let apart_after = after.iter().position(u8::is_ascii_whitespace).map_or(&after[..0], |at| &after[at..]);
    has_word(apart_before) || has_word(apart_after)
}

/// Whether `token` is a word of a language people speak.
fn is_word(token: &[u8]) -> bool {
    let word = token.trim_ascii_start();
    let word = match word {
        [b'"' | b'\'' | b'`' | b'(', rest @ ..] => rest,
        word => word,
    };
    let letters = word.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let rest = &word[letters..];
    letters >= 2
        && word[1..letters].iter().all(u8::is_ascii_lowercase)
        && rest.iter().all(|b| b",.:;!?)'\"`".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Encoding, RelPath, Role, SourceFile};

    fn is_message(kind: FileKind, text: &str) -> bool {
        let path = RelPath::from("x");
        let file = SourceFile {
            path: &path,
            kind,
            role: Role::Live,
            text: text.as_bytes(),
            encoding: Encoding::Utf8,
            ignored: false,
        };
        let start = text.find("ACME_KEY").unwrap();
        Places::new(&mut Context::new(&file)).is_message(Span::new(start, start + 8))
    }

    #[test]
    fn words_around_a_name_make_a_message() {
        use FileKind::{Ci, Code, Config, Dockerfile, JavaScript, Json, Notebook, Python, Shell, Text, Yaml};
        for (kind, text) in [
            (Python, "pytest.skip(\"set ACME_KEY\")"),
            (Python, "raise ValueError('ACME_KEY is missing')"),
            (Python, "raise ValueError(f'{x}: missing `ACME_KEY`.')"),
            (Python, "\"\"\"Runs it.\n\nNeeds:\n    ACME_KEY in the environment.\n\"\"\""),
            (Python, "print(f\"ACME_KEY: {key}\")"),
            (Python, "x = 1 #ACME_KEY"),
            (JavaScript, "throw new Error(`Please set ACME_KEY, or ${other}`)"),
            (JavaScript, "/*\n needs ACME_KEY\n*/"),
            (Notebook, "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"print('no ACME_KEY')\"]}]}"),
            (Code, "log.Fatal(\"ACME_KEY is not set\")"),
            (Code, "panic!(\"{}: it\\\"s \\\" ACME_KEY here\", x)"),
            (Shell, "echo \"ACME_KEY missing\" >&2"),
            (Json, "{\"description\": \"Your ACME_KEY.\"}"),
            (Yaml, "description: the value of ACME_KEY"),
            (Text, "Then set ACME_KEY."),
        ] {
            assert!(is_message(kind, text), "{text}");
        }
        for (kind, text) in [
            (Python, "key = require_env(\"ACME_KEY\")"),
            (Python, "NAMES = ['A', 'ACME_KEY']"),
            (Python, "names = 'A_KEY ACME_KEY'.split()"),
            (Python, "class Settings: ACME_KEY: str"),
            (Python, "raise ValueError(f'no {ACME_KEY} here')"),
            (Python, "run(f'docker run -e ACME_KEY image')"),
            (Python, "run('curl --header \"X: $ACME_KEY\" https://h')"),
            (JavaScript, "const schema = { ACME_KEY: z.string() }"),
            (JavaScript, "a = `key is ${ACME_KEY}`"),
            (Code, "key := get(\"ACME_KEY\")"),
            (Code, "key = Settings.ACME_KEY // it is here"),
            (Shell, "unset ACME_KEY"),
            (Dockerfile, "RUN --mount=type=secret,id=ACME_KEY true"),
            (Json, "{\"passThroughEnv\": [\"CI\", \"ACME_KEY\"]}"),
            (Ci, "  key: ${{ secrets.ACME_KEY }}"),
            (Yaml, "      api_key: os.environ/ACME_KEY"),
            (Yaml, "  - ACME_KEY"),
            (Yaml, "  - name: ACME_KEY"),
            (Config, "passenv = ACME_KEY"),
        ] {
            assert!(!is_message(kind, text), "{text}");
        }
    }

    #[test]
    fn a_long_line_is_not_looked_through() {
        let text = format!("a = \"{}set ACME_KEY\"", "x ".repeat(1000));
        assert!(!is_message(FileKind::Code, &text));
    }
}
