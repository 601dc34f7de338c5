//! Tokens of Python and JavaScript: names, operators and texts; comments are gone, what strings say is one token.
//!
//! The lexer accepts anything. What is unfinished ends with its line (a string) or with the file (a block), so a
//! broken place costs the lines around it and no more. Time is linear in the text.

use super::Language;
use crate::span::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier or keyword.
    Name,
    /// A string; the span inside its quotes.
    Text(Span),
    /// A number.
    Number,
    /// An operator or bracket.
    Op,
    /// The end of a logical line (Python); the indentation of the next one in columns, a tab counting to eight.
    Newline(usize),
}

/// A token and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// The tokens of a text.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    pub(super) text: &'a [u8],
    pub(super) all: Vec<Token>,
    /// For each bracket the token that closes or opens it.
    partner: Vec<u32>,
}

const NO_PARTNER: u32 = u32::MAX;

/// Operators of more than one byte, the longest first.
const OPERATORS: [&[u8]; 34] = [
    b"**=", b"//=", b"...", b"===", b"!==", b"??=", b"||=", b"&&=", b">>=", b"<<=", b"==", b"!=", b"<=", b">=", b"->",
    b"=>", b":=", b"+=", b"-=", b"*=", b"/=", b"%=", b"&=", b"|=", b"^=", b"@=", b"**", b"//", b"&&", b"||", b"??",
    b"?.", b"++", b"--",
];

/// Words after which `/` starts a regular expression.
const BEFORE_REGEX: [&[u8]; 9] = [b"return", b"typeof", b"case", b"in", b"of", b"delete", b"void", b"do", b"else"];

/// Words that start a statement and nothing else: an open bracket before them was never closed.
const STATEMENT_WORDS: [&[u8]; 8] = [b"def", b"class", b"import", b"return", b"while", b"try", b"except", b"raise"];

/// Longest regular expression looked for (bytes).
const LONGEST_REGEX: usize = 1024;

const fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$' || byte >= 0x80
}

const fn is_name_byte(byte: u8) -> bool {
    is_name_start(byte) || byte.is_ascii_digit()
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a [u8], language: Language) -> Self {
        let python = language == Language::Python;
        let mut lexer =
            Lexer { text, at: 0, python, out: Vec::with_capacity(text.len() / 4), depth: 0, templates: Vec::new() };
        lexer.run();
        let all = lexer.out;
        let partner = partners(text, &all);
        Self { text, all, partner }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The bytes of token `i`; none past the end.
    pub(super) fn bytes(&self, i: usize) -> &'a [u8] {
        self.all.get(i).map_or(b"", |token| &self.text[token.span.range()])
    }

    /// Whether token `i` is the operator `op`.
    pub(super) fn is(&self, i: usize, op: &[u8]) -> bool {
        // Asked for every token many times over: lengths and first bytes settle nearly all.
        self.all.get(i).is_some_and(|token| {
            let here = &self.text[token.span.range()];
            token.kind == Kind::Op && here.len() == op.len() && here.first() == op.first() && here == op
        })
    }

    /// Whether token `i` is the word `word`.
    pub(super) fn is_word(&self, i: usize, word: &[u8]) -> bool {
        self.all.get(i).is_some_and(|token| {
            let here = &self.text[token.span.range()];
            here.len() == word.len() && here.first() == word.first() && token.kind == Kind::Name && here == word
        })
    }

    pub(super) fn is_name(&self, i: usize) -> bool {
        self.all.get(i).is_some_and(|token| token.kind == Kind::Name)
    }

    /// The inside of token `i`, if it is a string.
    pub(super) fn inner(&self, i: usize) -> Option<Span> {
        match self.all.get(i)?.kind {
            Kind::Text(inner) => Some(inner),
            _ => None,
        }
    }

    /// The bracket that belongs to bracket `i`.
    pub(super) fn partner(&self, i: usize) -> Option<usize> {
        self.partner.get(i).filter(|other| **other != NO_PARTNER).map(|other| *other as usize)
    }

    /// The token after `i` on the same level: past the partner of an opening bracket.
    pub(super) fn after(&self, i: usize) -> usize {
        self.partner(i).filter(|close| *close > i).unwrap_or(i) + 1
    }
}

/// Pairs the brackets. One without a partner is passed over.
fn partners(text: &[u8], all: &[Token]) -> Vec<u32> {
    let mut partner = vec![NO_PARTNER; all.len()];
    let mut open: Vec<(usize, u8)> = Vec::new();
    for (i, token) in all.iter().enumerate() {
        match token.kind {
            Kind::Newline(_) => open.clear(),
            Kind::Op => {
                let close = match &text[token.span.range()] {
                    b"(" => b')',
                    b"[" => b']',
                    b"{" | b"${" => b'}',
                    b")" | b"]" | b"}" => {
                        let byte = text[token.span.start];
                        // An opening bracket nobody closed is given up where an outer one is closed. Only a few are
                        // looked through, so that a file full of them stays cheap.
                        let near = open.len().saturating_sub(8);
                        if let Some(k) = open[near..].iter().rposition(|(_, close)| *close == byte) {
                            let (j, _) = open[near + k];
                            open.truncate(near + k);
                            (partner[i], partner[j]) = (j as u32, i as u32);
                        }
                        continue;
                    }
                    _ => continue,
                };
                open.push((i, close));
            }
            _ => {}
        }
    }
    partner
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    python: bool,
    out: Vec<Token>,
    /// Open brackets (Python), to tell line ends inside them.
    depth: usize,
    /// Open braces inside each template placeholder.
    templates: Vec<usize>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        if self.text.starts_with(crate::span::UTF8_BOM) {
            self.at = crate::span::UTF8_BOM.len();
        }
        if self.python {
            self.newline(self.at);
        }
        while let Some(&byte) = self.text.get(self.at) {
            self.step(byte);
        }
    }

    fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        self.out.push(Token { kind, span: Span::new(start, end) });
        self.at = end;
    }

    fn step(&mut self, byte: u8) {
        let start = self.at;
        match byte {
            b'\n' | b'\r' if self.python => self.line_end(),
            b'\\' => self.at += if self.rest().starts_with(b"\\\r\n") { 3 } else { 2 },
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c => self.at += 1,
            _ if self.rest().starts_with(if self.python { b"#" } else { b"//" }) => {
                self.at += memchr::memchr2(b'\n', b'\r', self.rest()).unwrap_or(self.rest().len());
            }
            b'/' if !self.python && self.rest().starts_with(b"/*") => {
                let end = memchr::memmem::find(&self.rest()[2..], b"*/").map(|i| i + 4);
                self.at += end.unwrap_or(self.rest().len());
            }
            b'"' | b'\'' => self.string(start),
            b'`' if !self.python => {
                self.at += 1;
                self.template(start);
            }
            b'/' if !self.python && self.regex_may_start() => match self.regex_end() {
                Some(end) => self.push(Kind::Number, start, end),
                None => self.push(Kind::Op, start, start + 1),
            },
            _ if is_name_start(byte) => {
                let end = start + self.rest().iter().take_while(|b| is_name_byte(**b)).count();
                let quoted = self.python
                    && end - start <= 3
                    && matches!(self.text.get(end), Some(b'"' | b'\''))
                    && self.text[start..end].iter().all(|b| b"rRbBuUfFtT".contains(b));
                if quoted {
                    self.at = end;
                    self.string(start);
                } else {
                    self.push(Kind::Name, start, end);
                }
            }
            _ if byte.is_ascii_digit() => {
                let length = self.rest().iter().take_while(|b| is_name_byte(**b) || **b == b'.').count();
                self.push(Kind::Number, start, start + length);
            }
            _ => self.operator(byte),
        }
    }

    fn operator(&mut self, byte: u8) {
        let start = self.at;
        let may_be_long = self.text.get(start + 1).is_some_and(|next| b"=*/.&|?<>+-".contains(next));
        let long = if may_be_long { OPERATORS.iter().find(|op| self.rest().starts_with(op)) } else { None };
        let length = long.map_or(1, |op| op.len());
        match byte {
            b'(' | b'[' | b'{' => self.depth += 1,
            b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.push(Kind::Op, start, start + length);
        match (byte, self.templates.last_mut()) {
            (b'{', Some(open)) => *open += 1,
            (b'}', Some(0)) => {
                self.templates.pop();
                self.template(self.at);
            }
            (b'}', Some(open)) => *open -= 1,
            _ => {}
        }
    }

    fn line_end(&mut self) {
        let end = self.at;
        self.at += if self.rest().starts_with(b"\r\n") { 2 } else { 1 };
        if self.depth > 0 {
            let line = self.rest().trim_ascii_start();
            let word = line.iter().take_while(|b| is_name_byte(**b)).count();
            let rest_of_word = line.get(word).copied();
            let starts = STATEMENT_WORDS.contains(&&line[..word]) && matches!(rest_of_word, Some(b' ' | b':' | b'\n'));
            if !starts || self.text.get(end.wrapping_sub(1)) == Some(&b'\\') {
                return;
            }
            self.depth = 0;
        }
        self.newline(end);
    }

    /// Ends a logical line at `end`; the next one starts at the lexer's place. Empty lines are no lines.
    fn newline(&mut self, end: usize) {
        loop {
            let mut indent = 0;
            while let Some(byte) = self.text.get(self.at) {
                match byte {
                    b' ' => indent += 1,
                    b'\t' => indent = indent / 8 * 8 + 8,
                    _ => break,
                }
                self.at += 1;
            }
            match self.text.get(self.at) {
                Some(b'\n' | b'\r' | 0x0c) => self.at += 1,
                Some(b'#') => {
                    self.at += memchr::memchr2(b'\n', b'\r', self.rest()).unwrap_or(self.rest().len());
                }
                _ => {
                    self.out.push(Token { kind: Kind::Newline(indent), span: Span::new(end, end) });
                    return;
                }
            }
        }
    }

    /// A string whose first quote is at the lexer's place; its token starts at `start` (the prefix).
    fn string(&mut self, start: usize) {
        let formatted = self.python && self.text[start..self.at].iter().any(|b| b"fFtT".contains(b));
        let (inside, close, end) = self.string_ends();
        let placeholder = if formatted { memchr::memchr(b'{', &self.text[inside..close]) } else { None };
        let Some(first) = placeholder else {
            self.push(Kind::Text(Span::new(inside, close)), start, end);
            return;
        };
        self.push(Kind::Text(Span::new(inside, inside + first)), start, inside + first);
        self.placeholders(inside + first, close);
        let rest = self.at.min(close);
        self.push(Kind::Text(Span::new(rest, close)), rest, end);
    }

    /// The code in the braces of a formatted string. Quotes nest at most four deep, so this stays linear.
    fn placeholders(&mut self, mut at: usize, close: usize) {
        while let Some(open) = memchr::memchr(b'{', &self.text[at..close]).map(|i| at + i) {
            if self.text.get(open + 1) == Some(&b'{') {
                at = (open + 2).min(close);
                continue;
            }
            let mut depth = 0usize;
            let end = self.text[open..close].iter().position(|byte| {
                depth = match byte {
                    b'{' => depth + 1,
                    b'}' => depth - 1,
                    _ => depth,
                };
                depth == 0
            });
            let Some(end) = end.map(|length| open + length) else { return };
            self.push(Kind::Op, open, open + 1);
            let out = std::mem::take(&mut self.out);
            let mut inner =
                Lexer { text: &self.text[..end], at: open + 1, python: true, out, depth: 1, templates: Vec::new() };
            while let Some(&byte) = inner.text.get(inner.at) {
                inner.step(byte);
            }
            self.out = inner.out;
            self.push(Kind::Op, end, end + 1);
            at = end + 1;
        }
    }

    /// Where the inside of the string at the lexer's place starts and ends, and where the string ends.
    fn string_ends(&self) -> (usize, usize, usize) {
        let quote = self.text[self.at];
        let triple = [quote; 3];
        if self.python && self.rest().starts_with(&triple) {
            let inside = self.at + 3;
            let mut close = inside;
            while close < self.text.len() && !self.text[close..].starts_with(&triple) {
                close += if self.text[close] == b'\\' { 2 } else { 1 };
            }
            let close = close.min(self.text.len());
            return (inside, close, (close + 3).min(self.text.len()));
        }
        let inside = self.at + 1;
        let mut close = inside;
        while let Some(&byte) = self.text.get(close) {
            match byte {
                b'\\' => close += 1,
                b'\n' | b'\r' => break,
                byte if byte == quote => break,
                _ => {}
            }
            close += 1;
        }
        let close = close.min(self.text.len());
        (inside, close, close + usize::from(self.text.get(close) == Some(&quote)))
    }

    /// The text of a template from the lexer's place to its end or to its next placeholder.
    fn template(&mut self, start: usize) {
        let inside = self.at;
        let mut at = inside;
        while at < self.text.len() {
            match self.text[at] {
                b'\\' => at += 2,
                b'`' => {
                    self.push(Kind::Text(Span::new(inside, at)), start, at + 1);
                    return;
                }
                b'$' if self.text.get(at + 1) == Some(&b'{') => {
                    self.push(Kind::Text(Span::new(inside, at)), start, at);
                    self.push(Kind::Op, at, at + 2);
                    self.templates.push(0);
                    return;
                }
                _ => at += 1,
            }
        }
        let end = self.text.len();
        self.push(Kind::Text(Span::new(inside.min(end), end)), start.min(end), end);
    }

    fn regex_may_start(&self) -> bool {
        let Some(last) = self.out.last() else { return true };
        let bytes = &self.text[last.span.range()];
        match last.kind {
            Kind::Name => BEFORE_REGEX.contains(&bytes),
            Kind::Op => !matches!(bytes, b")" | b"]" | b"}" | b"<"),
            _ => false,
        }
    }

    fn regex_end(&self) -> Option<usize> {
        let mut in_class = false;
        let mut i = 1;
        let window = &self.rest()[..self.rest().len().min(LONGEST_REGEX)];
        while let Some(byte) = window.get(i) {
            match byte {
                b'\n' | b'\r' => return None,
                b'\\' => i += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    let flags = window[i + 1..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
                    return Some(self.at + i + 1 + flags);
                }
                _ => {}
            }
            i += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str, language: Language) -> Vec<&str> {
        let tokens = Tokens::new(text.as_bytes(), language);
        let names = tokens.all.iter().filter(|token| token.kind == Kind::Name);
        names.map(|token| &text[token.span.range()]).collect()
    }

    #[test]
    fn python_masks_what_is_no_code() {
        let text = "a # b\n'''c\nd''' e\nf'g' rb\"h\\\"i\" j 'k\nl";
        assert_eq!(words(text, Language::Python), ["a", "e", "j", "l"]);
        assert_eq!(words("f'a{b.c!r}{{d}}' f\"{e['f']:{g}}\"", Language::Python), ["b", "c", "r", "e", "g"]);
    }

    #[test]
    fn javascript_masks_what_is_no_code() {
        let text = "a // b\n/* c */ d `e ${f({g: `h`})} i` = /j'/.k (l / m / n) \"o\" p\n<p>don't</p>\nq";
        assert_eq!(words(text, Language::JavaScript), ["a", "d", "f", "g", "k", "l", "m", "n", "p", "p", "don", "q"]);
    }

    #[test]
    fn an_unclosed_bracket_ends_with_the_next_statement() {
        let tokens = Tokens::new(b"x = f(1,\ndef g():\n    y\n", Language::Python);
        let lines: Vec<Kind> = tokens.all.iter().map(|t| t.kind).filter(|k| matches!(k, Kind::Newline(_))).collect();
        assert_eq!(lines, [Kind::Newline(0), Kind::Newline(0), Kind::Newline(4), Kind::Newline(0)]);
    }

    proptest! {
        #[test]
        fn any_bytes_give_ordered_tokens(text in proptest::collection::vec(
            proptest::sample::select(b"abf\n \t'\"`\\/*#(){}[]$.,=:;?<\xc3\xa91".to_vec()), 0..200)) {
            for language in [Language::Python, Language::JavaScript] {
                let tokens = Tokens::new(&text, language);
                let mut end = 0;
                for token in &tokens.all {
                    prop_assert!(token.span.start >= end && token.span.end >= token.span.start);
                    prop_assert!(token.span.end <= text.len());
                    end = token.span.end;
                }
            }
        }
    }
}
