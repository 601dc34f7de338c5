//! Dockerfiles: a reader that keeps every byte's place and never gives up.
//!
//! The grammar is `BuildKit`'s (`frontend/dockerfile/parser`, read and run on 2026-11-21), with one difference: where
//! the builder refuses a file (an unknown instruction, a pair without `=`, a here-document without an end) this reader
//! goes on with the next line, because a key below the mistake leaks all the same.

mod joined;
mod word;

pub use joined::Joined;

use crate::span::{Span, UTF8_BOM};

/// A Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// Its instructions, in their order.
    pub instructions: Vec<Instruction>,
}

/// One instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instruction {
    /// Its word in upper case; of `ONBUILD RUN …` the second one.
    pub name: String,
    /// Whether it stands behind `ONBUILD`.
    pub on_build: bool,
    /// All its bytes in the file, here-documents included.
    pub span: Span,
    /// How many `FROM`s stand before it, itself included: 0 is the part before the first stage.
    pub stage: usize,
    /// The logical line.
    pub line: Joined,
    /// Words like `--mount=…` behind the name (bytes of the logical line).
    pub flags: Vec<Span>,
    /// What follows them (bytes of the logical line).
    pub arguments: Span,
    /// Whether the arguments are a JSON list of strings.
    pub is_json: bool,
    /// Keys and values of `ENV`, `ARG` and `LABEL`.
    pub pairs: Vec<Pair>,
    /// Here-documents of `RUN`, `COPY` and `ADD`.
    pub heredocs: Vec<Heredoc>,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The key without quotes.
    pub name: String,
    /// The key in the file.
    pub key: Span,
    /// The value, unless there is not even an `=`.
    pub value: Option<Value>,
    /// Whether it was written without `=`: `ENV KEY the rest of the line`.
    pub is_legacy: bool,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Its bytes in the file, quotes included.
    pub raw: Span,
    /// Its bytes in the file, without the quotes that enclose all of it.
    pub span: Span,
    /// What the builder makes of it before it expands variables.
    pub text: Vec<u8>,
}

/// A here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it.
    pub word: Vec<u8>,
    /// Whether that word is quoted, so that nothing inside is expanded.
    pub is_quoted: bool,
    /// Its lines in the file.
    pub body: Span,
}

/// How many here-documents without an end are searched for to the end of the file before no more are: each costs a
/// pass over the rest.
const UNTERMINATED: usize = 8;

/// Reads a Dockerfile.
pub fn parse(text: &[u8]) -> Dockerfile {
    let at = if text.starts_with(UTF8_BOM) { UTF8_BOM.len() } else { 0 };
    let mut reader = Reader { text, at, escape: b'\\', unterminated: 0 };
    reader.directives();
    let mut out = Dockerfile::default();
    let mut stage = 0;
    while let Some(line) = reader.line() {
        let line = reader.trim_start(line);
        if line.is_empty() || text[line.start] == b'#' {
            continue;
        }
        let mut instruction = reader.instruction(line);
        if instruction.name == "FROM" && !instruction.on_build {
            stage += 1;
        }
        instruction.stage = stage;
        out.instructions.push(instruction);
    }
    out
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    escape: u8,
    unterminated: usize,
}

impl Reader<'_> {
    /// The next physical line, without its end.
    fn line(&mut self) -> Option<Span> {
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.at;
        let end = memchr::memchr(b'\n', &self.text[start..]).map_or(self.text.len(), |i| start + i);
        self.at = end + 1;
        let cut = usize::from(end > start && self.text[end - 1] == b'\r');
        Some(Span::new(start, end - cut))
    }

    fn trim_start(&self, line: Span) -> Span {
        let blanks = line.of(self.text).iter().take_while(|b| b.is_ascii_whitespace()).count();
        Span::new(line.start + blanks, line.end)
    }

    /// `# escape=` and its like: only the lines at the very top count.
    fn directives(&mut self) {
        loop {
            let start = self.at;
            let directive = self.line().and_then(|line| {
                let (name, value) = split_once(line.of(self.text).trim_ascii().strip_prefix(b"#")?, b'=')?;
                Some((name.trim_ascii().to_ascii_lowercase(), value.trim_ascii()))
            });
            match directive {
                Some((name, value)) if name == b"escape" => {
                    if let [escape @ (b'\\' | b'`')] = value {
                        self.escape = *escape;
                    }
                }
                Some((name, _)) if matches!(name.as_slice(), b"syntax" | b"check") => {}
                _ => {
                    self.at = start;
                    return;
                }
            }
        }
    }

    /// The part of `line` before its continuation mark, if it ends in one.
    fn continued(&self, line: Span) -> Option<Span> {
        let bytes = line.of(self.text);
        let blanks = bytes.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let kept = bytes[..bytes.len() - blanks].strip_suffix(&[self.escape])?;
        // Two escape characters are one that was escaped.
        (kept.last() != Some(&self.escape)).then(|| Span::new(line.start, line.start + kept.len()))
    }

    fn instruction(&mut self, first: Span) -> Instruction {
        let mut line = Joined::default();
        let mut part = first;
        let mut end = first.end;
        while let Some(kept) = self.continued(part) {
            line.push(self.text, kept);
            // Comments and empty lines inside a continuation are left out and do not end it.
            let next = loop {
                let Some(next) = self.line() else { break None };
                let body = self.trim_start(next);
                if !body.is_empty() && self.text[body.start] != b'#' {
                    break Some(next);
                }
            };
            part = next.unwrap_or(Span::new(self.text.len(), self.text.len()));
            end = part.end;
            if next.is_none() {
                break;
            }
        }
        line.push(self.text, part);
        let mut out = Instruction { span: Span::new(first.start, end), line, ..Instruction::default() };
        self.head(&mut out);
        if matches!(out.name.as_str(), "ENV" | "ARG" | "LABEL") {
            out.pairs = self.pairs(&out);
        }
        if matches!(out.name.as_str(), "RUN" | "COPY" | "ADD") && !out.is_json {
            self.heredocs(&mut out);
        }
        out
    }

    /// Name, flags and arguments.
    fn head(&self, out: &mut Instruction) {
        let bytes = out.line.bytes();
        let skip = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            at
        };
        let mut at = 0;
        loop {
            at = skip(at);
            let length = bytes[at..].iter().take_while(|b| !b.is_ascii_whitespace()).count();
            out.name = String::from_utf8_lossy(&bytes[at..at + length.min(32)]).to_ascii_uppercase();
            at += length;
            if out.name != "ONBUILD" {
                break;
            }
            out.on_build = true;
        }
        let mut flags = Vec::new();
        loop {
            at = skip(at);
            if !bytes[at..].starts_with(b"--") {
                break;
            }
            let end = word::word_end(bytes, Span::new(at, bytes.len()), self.escape);
            flags.push(Span::new(at, end));
            at = end;
        }
        // `HEALTHCHECK --interval=1m CMD …`: what counts is the command.
        if out.name == "HEALTHCHECK" && bytes[at..].get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"CMD")) {
            at = skip(at + 3);
        }
        let arguments = Span::new(at, at + bytes[at..].trim_ascii_end().len());
        let is_json =
            bytes.get(at) == Some(&b'[') && serde_json::from_slice::<Vec<String>>(arguments.of(bytes)).is_ok();
        (out.flags, out.arguments, out.is_json) = (flags, arguments, is_json);
    }

    fn pairs(&self, instruction: &Instruction) -> Vec<Pair> {
        let (line, range) = (&instruction.line, instruction.arguments);
        let bytes = line.bytes();
        let words = word::words(bytes, range, self.escape);
        let Some(first) = words.first() else { return Vec::new() };
        if instruction.name != "ARG" && !first.of(bytes).contains(&b'=') {
            let rest = Span::new(words.get(1).map_or(first.end, |next| next.start), range.end.max(first.end));
            let value = (words.len() > 1).then_some(rest);
            return vec![self.pair(line, *first, value, true)];
        }
        words
            .iter()
            .map(|word| match split_once(word.of(bytes), b'=') {
                Some((key, _)) => {
                    let at = word.start + key.len();
                    self.pair(line, Span::new(word.start, at), Some(Span::new(at + 1, word.end)), false)
                }
                None => self.pair(line, *word, None, false),
            })
            .collect()
    }

    /// A pair whose key and value are these bytes of the logical line.
    fn pair(&self, line: &Joined, key: Span, value: Option<Span>, is_legacy: bool) -> Pair {
        let bytes = line.bytes();
        Pair {
            name: String::from_utf8_lossy(&word::unquote(key.of(bytes), self.escape)).into_owned(),
            key: line.source(key),
            value: value.map(|span| Value {
                raw: line.source(span),
                span: line.source(word::inner(bytes, span)),
                text: word::unquote(span.of(bytes), self.escape),
            }),
            is_legacy,
        }
    }

    /// Reads the here-documents whose words stand in the line; `<<<` and a `<<` in mid-word open none.
    fn heredocs(&mut self, out: &mut Instruction) {
        let bytes = out.line.bytes();
        let mut found = Vec::new();
        for word in word::words(bytes, out.arguments, self.escape) {
            let digits = word.of(bytes).iter().take_while(|b| b.is_ascii_digit()).count();
            let Some(rest) = word.of(bytes)[digits..].strip_prefix(b"<<") else { continue };
            let (rest, strips_tabs) = rest.strip_prefix(b"-").map_or((rest, false), |rest| (rest, true));
            if rest.is_empty() || rest.contains(&b'<') {
                continue;
            }
            let name = word::unquote(rest, self.escape);
            found.push((name.len() != rest.len(), strips_tabs, name));
        }
        for (is_quoted, strips_tabs, word) in found {
            if self.unterminated >= UNTERMINATED {
                return;
            }
            let start = self.at;
            let Some(end) = self.heredoc_end(&word, strips_tabs) else {
                self.unterminated += 1;
                self.at = start;
                return;
            };
            out.span.end = self.at.min(self.text.len());
            out.heredocs.push(Heredoc { word, is_quoted, body: Span::new(start, end) });
        }
    }

    /// Goes past the line that consists of `word`; returns where that line starts.
    fn heredoc_end(&mut self, word: &[u8], strips_tabs: bool) -> Option<usize> {
        loop {
            let start = self.at;
            let line = self.line()?.of(self.text);
            let tabs = if strips_tabs { line.iter().take_while(|b| **b == b'\t').count() } else { 0 };
            if &line[tabs..] == word {
                return Some(start);
            }
        }
    }
}

fn split_once(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(separator, bytes)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

#[cfg(test)]
mod tests;
