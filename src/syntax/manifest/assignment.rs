//! What HCL, TOML, INI and Groovy have beside `key: value`.

use super::state::{Block, BlockEnd};
use super::{Next, Reader, Syntax, name};
use crate::span::Span;

impl<'a> Reader<'a> {
    /// `key = value`, the labels of a block, a call.
    pub(super) fn assignment(&mut self, at: usize, end: usize) -> Option<Next<'a>> {
        let text = self.text;
        let is_quoted = matches!(text[at], b'"' | b'\'');
        let (mut key, mut next) = if is_quoted { self.scalar(at, end, true) } else { self.word(at, end) };
        if key.is_empty() {
            return None;
        }
        // `variable "name" {`, `def name = …`, `param name string = …`
        let is_typed = matches!(key.of(text), b"param" | b"output");
        let mut words = 0;
        loop {
            next += text[next..end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
            match &text[next..end] {
                [b'=', b'=' | b'~', ..] | [] => return None,
                [b'=', rest @ ..] => {
                    let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'>')).count();
                    return Some(self.value(name(text, key), None, next + 1 + blanks, end));
                }
                [b':', rest @ ..] if matches!(rest.first(), None | Some(b' ' | b'\t')) => {
                    let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                    return Some(self.value(name(text, key), None, next + 1 + blanks, end));
                }
                [b'{' | b'(', ..] => {
                    self.owner(name(text, key), None, next);
                    return Some(Next::At(next));
                }
                [b'"', ..] if !is_quoted => (key, next) = self.scalar(next, end, true),
                [first, ..] if first.is_ascii_alphabetic() && !is_quoted => {
                    let (word, after) = self.word(next, end);
                    words += 1;
                    if !is_typed || words == 1 {
                        key = word;
                    }
                    next = after;
                }
                _ => return None,
            }
        }
    }

    /// The text in triple quotes that `body` opens.
    pub(super) fn quotes(&self, body: Span) -> Option<Block<'a>> {
        if self.syntax != Syntax::Equals {
            return None;
        }
        let quotes: [&'static [u8]; 2] = [b"\"\"\"", b"'''"];
        let is_open = |quotes: &&'static [u8]| memchr::memmem::find_iter(body.of(self.text), quotes).count() % 2 == 1;
        let quotes = quotes.into_iter().find(is_open)?;
        Some(Block { lines: 1, ..Block::new("", None, BlockEnd::Quotes(quotes)) })
    }
}
