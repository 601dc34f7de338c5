//! Configuration files read line by line: YAML above all, and JSON, TOML, HCL and INI as far as they look alike.
//!
//! No parser: a broken file is read as well as a whole one, and every value keeps its place. Known are `key: value`,
//! list items, flow collections on one line, block scalars, anchors and tags, and `name:`/`value:` pairs.

use crate::span::Span;
use std::rc::Rc;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key it is given to; empty for a list item.
    pub key: String,
    /// The value without its quotes.
    pub value: Span,
    /// Whether it is a line of a block scalar, most likely of a script or an embedded file.
    pub in_block: bool,
    /// The key of the collection or block it stands in, as far as that is known.
    pub owner: Option<Rc<str>>,
}

/// How keys are given their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `key: value`: YAML and JSON.
    Colon,
    /// `key = value` too, in blocks with labels: TOML, INI, HCL, Groovy, systemd units.
    Equals,
}

/// The entries of `text`, in their order.
pub fn entries(text: &[u8], syntax: Syntax) -> Vec<Entry> {
    let mut reader = Reader { text, syntax, out: Vec::new(), state: State::default(), in_block: false };
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
            if !open.is_end(body.of(text), blanks) {
                reader.block_line(open, body, blanks);
                continue;
            }
            let is_read = matches!(open.end, BlockEnd::Column(_));
            block = None;
            if !is_read {
                continue;
            }
        }
        if body.of(text).starts_with(b"#") || body.of(text).starts_with(b"//") {
            continue;
        }
        block = reader.line(body, blanks).or_else(|| reader.quotes(body));
    }
    // A value may stand before the name it is given to.
    reader.end_pending();
    reader.out.sort_by_key(|entry| entry.value.start);
    reader.out
}

/// A block scalar or here-document.
struct Block {
    key: Rc<str>,
    end: BlockEnd,
    lines: usize,
    /// What is read of its lines, as those of a file of their own.
    inner: State,
}

/// Where a block ends.
enum BlockEnd {
    /// At a line that does not start behind this column.
    Column(usize),
    /// At a line that starts with this mark.
    Mark(Vec<u8>),
    /// At a line with these quotes.
    Quotes(&'static [u8]),
}

/// The longest key, in bytes, that other values may belong to.
const LONGEST_OWNER: usize = 256;

impl Block {
    fn is_end(&self, body: &[u8], column: usize) -> bool {
        match &self.end {
            BlockEnd::Column(opened) => column <= *opened,
            BlockEnd::Mark(mark) => body.starts_with(mark),
            BlockEnd::Quotes(quotes) => memchr::memmem::find(body, quotes).is_some(),
        }
    }
}

/// One collection that is open.
#[derive(Default)]
struct Level {
    /// The column its keys stand in; of a flow collection that of its line.
    column: usize,
    /// Whether it is a flow collection, which ends with its bracket.
    is_flow: bool,
    /// The key whose value it is.
    owner: Option<Rc<str>>,
    /// The `name:` and the `value:` of the mapping at hand.
    name: Option<String>,
    value: Option<Span>,
}

/// Where the reader is.
#[derive(Default)]
struct State {
    levels: Vec<Level>,
    /// How many of them are flow collections.
    depth: usize,
    column: usize,
    /// The last key without a value behind it, or the label of an HCL block, and where it ends: what comes is theirs.
    pending: Option<(Rc<str>, usize)>,
    /// The item before, if it is an option: `"--api-key", "…"`; and the column it stands in.
    flag: Option<(String, usize)>,
}

struct Reader<'a> {
    text: &'a [u8],
    syntax: Syntax,
    out: Vec<Entry>,
    state: State,
    in_block: bool,
}

impl Reader<'_> {
    fn block_line(&mut self, block: &mut Block, body: Span, column: usize) {
        block.lines += 1;
        if block.lines == 1 {
            // A block of one line is the value itself.
            self.given(&block.key, body, false);
        } else {
            let owner = Some(block.key.clone());
            self.out.push(Entry { key: String::new(), value: body, in_block: true, owner });
        }
        // It may be a file inside the file: YAML, JSON or the like.
        if matches!(body.of(self.text).first(), Some(b'#')) {
            return;
        }
        std::mem::swap(&mut self.state, &mut block.inner);
        self.in_block = true;
        self.line(body, column);
        self.in_block = false;
        std::mem::swap(&mut self.state, &mut block.inner);
    }

    /// The text in triple quotes that `body` opens.
    fn quotes(&self, body: Span) -> Option<Block> {
        if self.syntax != Syntax::Equals {
            return None;
        }
        let quotes: [&'static [u8]; 2] = [b"\"\"\"", b"'''"];
        let is_open = |quotes: &&'static [u8]| memchr::memmem::find_iter(body.of(self.text), quotes).count() % 2 == 1;
        let quotes = quotes.into_iter().find(is_open)?;
        Some(Block { key: Rc::default(), end: BlockEnd::Quotes(quotes), lines: 1, inner: State::default() })
    }

    /// Reads one line; returns the block scalar it opens.
    fn line(&mut self, body: Span, indent: usize) -> Option<Block> {
        let (mut at, mut column) = (body.start, indent);
        let mut is_item = false;
        while self.text[at..body.end].starts_with(b"- ") {
            let blanks = self.text[at + 1..body.end].iter().take_while(|b| **b == b' ').count();
            at += 1 + blanks;
            column += 1 + blanks;
            is_item = true;
        }
        // A bracket that was never closed ends with its block.
        if indent == 0 && self.text[body.start].is_ascii_alphabetic() {
            self.state = State::default();
        }
        if self.state.depth == 0 {
            self.enter(column, is_item);
        }
        self.state.column = column;
        // `- |`
        if is_item && is_block_mark(&self.text[at..body.end]) {
            return Some(Block {
                key: Rc::default(),
                end: BlockEnd::Column(indent),
                lines: 0,
                inner: State::default(),
            });
        }
        while at < body.end {
            match self.text[at] {
                b' ' | b'\t' | b',' | b';' => at += 1,
                b'{' | b'[' => {
                    self.open();
                    at += 1;
                }
                b'(' if self.syntax == Syntax::Equals => {
                    self.open();
                    at += 1;
                }
                b'}' | b']' | b')' => {
                    self.close();
                    at += 1;
                }
                b'#' => break,
                _ => match self.item(at, body.end) {
                    Next::At(next) => at = next.max(at + 1),
                    Next::Block(key, end) => {
                        let end = end.unwrap_or(BlockEnd::Column(indent));
                        return Some(Block { key: key.into(), end, lines: 0, inner: State::default() });
                    }
                },
            }
        }
        None
    }

    /// Goes to the block mapping whose keys stand in `column`.
    fn enter(&mut self, column: usize, is_item: bool) {
        let state = &mut self.state;
        while state.levels.last().is_some_and(|level| level.column > column) {
            state.levels.pop();
        }
        if state.levels.last().is_none_or(|level| level.column < column) {
            let owner = state.pending.take().map(|(key, _)| key);
            state.levels.push(Level { column, owner, ..Level::default() });
        } else if is_item && let Some(level) = state.levels.last_mut() {
            // Another item of the same list.
            (level.name, level.value) = (None, None);
        }
        self.end_pending();
        let state = &mut self.state;
        if state.flag.as_ref().is_some_and(|(_, flagged)| *flagged != column) {
            state.flag = None;
        }
    }

    fn open(&mut self) {
        let state = &mut self.state;
        let owner = state.pending.take().map(|(key, _)| key);
        state.levels.push(Level { column: state.column, is_flow: true, owner, ..Level::default() });
        state.depth += 1;
        state.flag = None;
    }

    fn close(&mut self) {
        let state = &mut self.state;
        if state.depth > 0 {
            state.depth -= 1;
            while state.levels.pop().is_some_and(|level| !level.is_flow) {}
        }
        state.flag = None;
        self.end_pending();
    }

    /// A key that nothing followed has an empty value.
    fn end_pending(&mut self) {
        if let Some((key, end)) = self.state.pending.take() {
            self.push(&key, Span::new(end, end), false);
        }
    }

    /// A key with its value, or a list item.
    fn item(&mut self, at: usize, end: usize) -> Next {
        let at = self.skip_marks(at, end);
        if self.syntax == Syntax::Equals {
            return self.assignment(at, end).unwrap_or_else(|| {
                let is_quoted = matches!(self.text[at], b'"' | b'\'');
                let (value, next) = if is_quoted {
                    self.scalar(at, end)
                } else {
                    let next = self.text_end(at, end);
                    (Span::new(at, next), next)
                };
                self.single(value);
                Next::At(next)
            });
        }
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
        // `- curl -H "Name: value"` without quotes around it: refused, and meant as one text.
        let is_command = scalar.start == at && scalar.of(self.text).contains(&b' ') && self.state.depth == 0;
        if is_command && memchr::memchr2(b'"', b'\'', scalar.of(self.text)).is_some() {
            self.single(Span::new(at, end));
            return Next::At(end);
        }
        let key = String::from_utf8_lossy(scalar.of(self.text)).into_owned();
        next += after + 1;
        next += self.text[next..end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        next = self.skip_marks(next, end);
        self.value(key, next, end)
    }

    /// `key = value`, the labels of a block, a call: what HCL, TOML, INI and Groovy have beside `key: value`.
    fn assignment(&mut self, at: usize, end: usize) -> Option<Next> {
        let text = self.text;
        let is_quoted = matches!(text[at], b'"' | b'\'');
        let (mut key, mut next) = if is_quoted { self.scalar(at, end) } else { self.word(at, end) };
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
                    let key = String::from_utf8_lossy(key.of(text)).into_owned();
                    return Some(self.value(key, next + 1 + blanks, end));
                }
                [b':', rest @ ..] if matches!(rest.first(), None | Some(b' ' | b'\t')) => {
                    let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
                    let key = String::from_utf8_lossy(key.of(text)).into_owned();
                    return Some(self.value(key, next + 1 + blanks, end));
                }
                [b'{' | b'(', ..] => {
                    self.owner(&String::from_utf8_lossy(key.of(text)), next);
                    return Some(Next::At(next));
                }
                [b'"', ..] if !is_quoted => (key, next) = self.scalar(next, end),
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

    /// Where a text that is no assignment ends: at a bracket, comma or comment outside quotes.
    fn text_end(&self, at: usize, end: usize) -> usize {
        let text = self.text;
        let (mut i, mut quote) = (at, 0);
        while i < end {
            match text[i] {
                b'\\' => i += 1,
                byte @ (b'"' | b'\'') if quote == 0 => quote = byte,
                byte if byte == quote => quote = 0,
                b',' | b'{' | b'}' | b'[' | b']' | b'(' | b')' | b'#' if quote == 0 && i > at => break,
                _ => {}
            }
            i += 1;
        }
        i.min(end)
    }

    /// The word at `at`: a name, with what joins its parts.
    fn word(&self, at: usize, end: usize) -> (Span, usize) {
        let is_part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/');
        let length = self.text[at..end].iter().take_while(is_part).count();
        (Span::new(at, at + length), at + length)
    }

    /// The value at `at` of `key`.
    fn value(&mut self, key: String, at: usize, end: usize) -> Next {
        let rest = &self.text[at..end];
        self.state.flag = None;
        match rest.first() {
            None | Some(b'{' | b'[' | b'#') if !rest.starts_with(b"{{") => {
                self.owner(&key, at);
                Next::At(at)
            }
            _ if is_block_mark(rest) => Next::Block(key, None),
            Some(b'<') if self.syntax == Syntax::Equals && rest.starts_with(b"<<") => {
                let mark = rest[2..].strip_prefix(b"-").unwrap_or(&rest[2..]).trim_ascii();
                if mark.is_empty() { Next::At(end) } else { Next::Block(key, Some(BlockEnd::Mark(mark.to_vec()))) }
            }
            _ => {
                if self.syntax == Syntax::Equals {
                    let (word, after) = self.word(at, end);
                    if !word.is_empty() && self.text.get(after) == Some(&b'(') && after < end {
                        self.owner(&key, after);
                        return Next::At(after);
                    }
                }
                let (value, next) = self.scalar(at, end);
                self.given(&key, value, true);
                Next::At(next)
            }
        }
    }

    /// What comes next belongs to `key`.
    fn owner(&mut self, key: &str, end: usize) {
        self.state.pending = (key.len() <= LONGEST_OWNER).then(|| (Rc::from(key), end));
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
        let is_flow = self.state.depth > 0;
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
                b',' | b'}' | b']' if is_flow && braces == 0 => break,
                b')' if is_flow && self.syntax == Syntax::Equals => break,
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
        match self.state.flag.take() {
            Some((flag, _)) => self.push(&flag, value, false),
            None => self.push("", value, false),
        }
        let bytes = value.of(self.text);
        if bytes.starts_with(b"--") && !bytes.contains(&b'=') && !bytes.contains(&b' ') {
            self.state.flag = Some((String::from_utf8_lossy(&bytes[2..]).into_owned(), self.state.column));
        }
    }

    /// A value of `key`; with `pairs` it may be the name that another value is given to.
    fn given(&mut self, key: &str, value: Span, pairs: bool) {
        let is_name = matches!(key, "name" | "Name" | "key" | "option_name");
        let is_value = matches!(key, "value" | "Value");
        let is_default = matches!(key, "default" | "Default" | "defaultValue");
        let text = self.text;
        let Some(level) = self.state.levels.last_mut() else { return self.push(key, value, false) };
        if is_name && pairs {
            level.name = Some(String::from_utf8_lossy(value.of(text)).into_owned());
        }
        if is_value || is_default {
            level.value = Some(value);
        }
        let named = if is_name || is_value || is_default { level.name.clone().zip(level.value) } else { None };
        if let Some((name, value)) = named {
            (level.name, level.value) = (None, None);
            self.push(&name, value, false);
            return;
        }
        // `DB_PASSWORD: {value: …}`, `variable "db_password" { default = … }`
        match level.owner.clone().filter(|_| is_value || is_default) {
            Some(owner) => self.push(&owner, value, false),
            None => self.push(key, value, false),
        }
    }

    fn push(&mut self, key: &str, value: Span, in_block: bool) {
        // Lines of a block are there already.
        if self.in_block && key.is_empty() {
            return;
        }
        let in_block = in_block || self.in_block;
        let owner = self.state.levels.last().and_then(|level| level.owner.clone());
        self.out.push(Entry { key: key.to_owned(), value, in_block, owner });
    }
}

/// Whether a value is the mark of a block scalar: `|`, `>-`, `|2 # comment`.
fn is_block_mark(value: &[u8]) -> bool {
    matches!(value.first(), Some(b'|' | b'>')) && (value.len() <= 4 || value.contains(&b'#'))
}

enum Next {
    At(usize),
    /// A block, and where it ends if its column does not say so.
    Block(String, Option<BlockEnd>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The keys given the value `v1`.
    fn keys(text: &str) -> Vec<String> {
        let is_wanted = |entry: &Entry| &text[entry.value.range()] == "v1";
        entries(text.as_bytes(), Syntax::Colon).into_iter().filter(is_wanted).map(|entry| entry.key).collect()
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
            "K:\n  description: a\n  value: v1",
            "K: {value: v1}",
            "K:\n  Default: v1",
            "- name: K\n  from:\n    a: b\n  value: v1",
            "a: |\n  b:\n    K: v1\n",
            "a: |\n  - name: K\n    value: v1\n",
        ] {
            assert_eq!(keys(text).last().map(String::as_str), Some("K"), "{text}");
        }
        assert_eq!(keys("# K: v1"), [""; 0]);
        assert_eq!(keys("A: ${{ x, v1 }}"), [""; 0]);
        assert_eq!(keys("- name: K\n- value: v1"), ["value"]);
        assert_eq!(keys("run: |\n  a\n  v1"), [""]);
    }

    proptest! {
        #[test]
        fn never_panics(text in "(K|: |- |\"|'|\\{|\\}|\\[|\\]|,|\n|  |\t|#|\\||&a |!x |\\$|=|--k|name: |value: |é|\r\n|\\\\){0,40}") {
            for syntax in [Syntax::Colon, Syntax::Equals] {
                let all = entries(text.as_bytes(), syntax);
                prop_assert!(all.is_sorted_by_key(|entry| entry.value.start));
                prop_assert!(all.iter().all(|entry| entry.value.end <= text.len()));
            }
        }
    }
}
