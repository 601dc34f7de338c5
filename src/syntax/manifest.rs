//! Configuration files read line by line: YAML above all, and JSON, TOML, HCL and INI as far as they look alike.
//!
//! No parser: a broken file is read as well as a whole one, and every value keeps its place. Known are `key: value`,
//! list items, flow collections on one line, block scalars, anchors and tags, and `name:`/`value:` pairs.

use crate::span::Span;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key it is given to; empty for a list item.
    pub key: String,
    /// The value without its quotes.
    pub value: Span,
    /// Whether it is a line of a block scalar, most likely of a script or an embedded file.
    pub in_block: bool,
    /// The column of its key (bytes from 0).
    pub column: usize,
}

/// The entries of `text`, in their order.
pub fn entries(text: &[u8]) -> Vec<Entry> {
    let mut reader = Reader { text, out: Vec::new(), depth: 0, column: 0, name: None, value: None, flag: None };
    let mut block: Option<Block> = None;
    let mut start = 0;
    while start < text.len() {
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |i| start + i);
        let line = Span::new(start, start + text[start..end].trim_ascii_end().len());
        let blanks = line.of(text).iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        start = end + 1;
        if blanks == line.len() {
            continue;
        }
        let body = Span::new(line.start + blanks, line.end);
        if let Some(open) = &mut block {
            if blanks > open.column {
                reader.block_line(open, body);
                continue;
            }
            block = None;
        }
        if body.of(text).starts_with(b"#") || body.of(text).starts_with(b"//") {
            continue;
        }
        block = reader.line(body, blanks);
    }
    reader.out
}

/// A block scalar.
struct Block {
    key: String,
    /// The column of the line it was opened on.
    column: usize,
    lines: usize,
}

struct Reader<'a> {
    text: &'a [u8],
    out: Vec<Entry>,
    /// How many flow collections are open; they may go over several lines.
    depth: usize,
    column: usize,
    /// The `name:` and the `value:` of the mapping at hand.
    name: Option<String>,
    value: Option<Span>,
    /// The item before, if it is an option: `"--api-key", "…"`.
    flag: Option<String>,
}

impl Reader<'_> {
    fn block_line(&mut self, block: &mut Block, body: Span) {
        block.lines += 1;
        if block.lines == 1 {
            // A block of one line is the value itself.
            self.given(&block.key, body, false);
        } else {
            self.push("", body, true);
        }
    }

    /// Reads one line; returns the block scalar it opens.
    fn line(&mut self, body: Span, indent: usize) -> Option<Block> {
        let (mut at, mut column) = (body.start, indent);
        while self.text[at..body.end].starts_with(b"- ") {
            let blanks = self.text[at + 1..body.end].iter().take_while(|b| **b == b' ').count();
            at += 1 + blanks;
            column += 1 + blanks;
            self.new_mapping();
            self.flag = None;
        }
        if column != self.column && self.depth == 0 {
            self.new_mapping();
        }
        self.column = column;
        while at < body.end {
            match self.text[at] {
                b' ' | b'\t' | b',' => at += 1,
                b'{' | b'[' => {
                    self.depth += 1;
                    self.new_mapping();
                    at += 1;
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.new_mapping();
                    self.flag = None;
                    at += 1;
                }
                b'#' => break,
                _ => match self.item(at, body.end) {
                    Next::At(next) => at = next.max(at + 1),
                    Next::Block(key) => return Some(Block { key, column: indent, lines: 0 }),
                },
            }
        }
        None
    }

    fn new_mapping(&mut self) {
        (self.name, self.value) = (None, None);
    }

    /// A key with its value, or a list item.
    fn item(&mut self, at: usize, end: usize) -> Next {
        let at = self.skip_marks(at, end);
        let (scalar, mut next) = self.scalar(at, end);
        let after = self.text[next..end].iter().take_while(|b| **b == b' ').count();
        let is_key = self.text.get(next + after) == Some(&b':')
            && next + after < end
            && (matches!(self.text.get(next + after + 1), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
                || self.text.get(at) == Some(&b'"'));
        if !is_key {
            self.single(scalar);
            return Next::At(next);
        }
        let key = String::from_utf8_lossy(scalar.of(self.text)).into_owned();
        self.flag = None;
        next += after + 1;
        next += self.text[next..end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        next = self.skip_marks(next, end);
        match self.text[next..end].first() {
            None | Some(b'{' | b'[' | b'#') if !self.text[next..end].starts_with(b"{{") => Next::At(next),
            Some(b'|' | b'>') if end - next <= 4 || self.text[next..end].contains(&b'#') => Next::Block(key),
            _ => {
                let (value, next) = self.scalar(next, end);
                self.given(&key, value, true);
                Next::At(next)
            }
        }
    }

    /// Goes past anchors and tags.
    fn skip_marks(&self, mut at: usize, end: usize) -> usize {
        while at < end && matches!(self.text[at], b'&' | b'!') {
            let word = self.text[at..end].iter().take_while(|b| **b != b' ').count();
            if at + word == end || !matches!(&self.text[at..at + word], [b'&', ..] | [b'!', b'!', ..] | b"!") {
                break;
            }
            at += word;
            at += self.text[at..end].iter().take_while(|b| **b == b' ').count();
        }
        at
    }

    /// The scalar at `at`, and where the text goes on after it.
    fn scalar(&self, at: usize, end: usize) -> (Span, usize) {
        let text = self.text;
        if let Some(quote @ (b'"' | b'\'')) = text[at..end].first() {
            let mut close = at + 1;
            while close < end && text[close] != *quote {
                close += if text[close] == b'\\' && *quote == b'"' { 2 } else { 1 };
            }
            let close = close.min(end);
            return (Span::new(at + 1, close), (close + 1).min(end));
        }
        let (mut i, mut braces) = (at, 0_usize);
        while i < end {
            match text[i] {
                b'{' | b'('
                    if i > at && matches!(text[i - 1], b'$' | b'{' | b'(') || text[i..end].starts_with(b"{{") =>
                {
                    braces += 1;
                }
                b'}' | b')' if braces > 0 => braces -= 1,
                b':' if braces == 0 && matches!(text.get(i + 1), None | Some(b' ' | b'\t' | b'\r' | b'\n')) => break,
                b'#' if i > at && matches!(text[i - 1], b' ' | b'\t') => break,
                b',' | b'}' | b']' if self.depth > 0 && braces == 0 => break,
                _ => {}
            }
            i += 1;
        }
        (Span::new(at, at + text[at..i].trim_ascii_end().len()), i)
    }

    /// A list item, or a line that is no YAML.
    fn single(&mut self, value: Span) {
        if value.is_empty() {
            return;
        }
        match self.flag.take() {
            Some(flag) => self.push(&flag, value, false),
            None => self.push("", value, false),
        }
        let bytes = value.of(self.text);
        if bytes.starts_with(b"--") && !bytes.contains(&b'=') && !bytes.contains(&b' ') {
            self.flag = Some(String::from_utf8_lossy(&bytes[2..]).into_owned());
        }
    }

    fn given(&mut self, key: &str, value: Span, pairs: bool) {
        match key {
            "name" | "Name" | "key" if pairs => {
                self.name = Some(String::from_utf8_lossy(value.of(self.text)).into_owned());
            }
            "value" | "Value" | "default" => self.value = Some(value),
            _ => {}
        }
        if let (Some(name), Some(value)) = (&self.name, self.value)
            && matches!(key, "name" | "Name" | "key" | "value" | "Value")
        {
            let name = name.clone();
            self.push(&name, value, false);
            self.new_mapping();
        } else {
            self.push(key, value, false);
        }
    }

    fn push(&mut self, key: &str, value: Span, in_block: bool) {
        self.out.push(Entry { key: key.to_owned(), value, in_block, column: self.column });
    }
}

enum Next {
    At(usize),
    Block(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The keys given the value `v1`.
    fn keys(text: &str) -> Vec<String> {
        let is_wanted = |entry: &Entry| &text[entry.value.range()] == "v1";
        entries(text.as_bytes()).into_iter().filter(is_wanted).map(|entry| entry.key).collect()
    }

    #[test]
    fn values_of_keys() {
        for text in [
            "K: v1",
            "  - K: v1",
            "\"K\": 'v1' # note",
            "K: !!str \"v1\"",
            "K: &anchor v1",
            "env: {A: b, K: v1}",
            "env: {K: \"v1\", A: b}",
            "- name: K\n  value: v1",
            "- value: v1\n  name: K",
            "- {name: A, value: b}\n- {name: K, value: v1}",
            "[{name: A, value: b},\n {name: K, value: v1}]",
            "- name: K\n  value: |\n    v1\nA: b",
            "K: >-\n  v1\n",
            "{\"name\": \"K\", \"value\": \"v1\"}",
            "\"K\":\"v1\",",
            "K: v1\n\tx: y",
            "args: [\"--K\", \"v1\"]",
            "- --K\n- v1",
        ] {
            let expected = if text.starts_with("- --K") { "" } else { "K" };
            assert_eq!(keys(text).last().map(String::as_str), Some(expected), "{text}");
        }
        assert_eq!(keys("# K: v1"), [""; 0]);
        assert_eq!(keys("A: ${{ x, v1 }}"), [""; 0]);
        assert_eq!(keys("- name: K\n- value: v1"), ["value"]);
        assert_eq!(keys("run: |\n  a\n  v1"), [""]);
    }

    proptest! {
        #[test]
        fn never_panics(text in "(K|: |- |\"|'|\\{|\\}|\\[|\\]|,|\n|  |\t|#|\\||&a |!x |\\$|=|--k|name: |value: |é|\r\n|\\\\){0,40}") {
            for entry in entries(text.as_bytes()) {
                prop_assert!(entry.value.end <= text.len());
            }
        }
    }
}
