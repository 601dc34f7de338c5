//! Configuration files read line by line: YAML above all, and JSON, TOML, HCL and INI as far as they look alike.
//!
//! No parser: a broken file is read as well as a whole one, and every value keeps its place. Known are `key: value`,
//! list items, flow collections, block scalars, tags, anchors and aliases, and `name:`/`value:` pairs.

mod alias;
mod assignment;
mod scalar;
mod state;
#[cfg(test)]
mod tests;

use crate::span::Span;
use alias::{Alias, Anchors};
use scalar::is_block_mark;
use state::{Block, BlockEnd, Level, Pending, State};

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The key it is given to, up to its first byte that is not UTF-8; empty for a list item.
    pub key: &'a str,
    /// The value without its quotes.
    pub value: Span,
    /// Whether it is a line of a block scalar, most likely of a script or an embedded file.
    pub in_block: bool,
    /// The key of the collection or block it stands in, as far as that is known; where a collection is used by alias,
    /// there is an entry for each key that uses it.
    pub owner: Option<&'a str>,
}

/// How keys are given their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `key: value`: YAML and JSON.
    Colon,
    /// `key = value` too, in blocks with labels: TOML, INI, HCL, Groovy, systemd units.
    Equals,
}

/// The entries in bytes `range` of `text`, in their order. It should be a whole file, or a whole document of YAML.
pub fn entries(text: &[u8], range: Span, syntax: Syntax) -> Vec<Entry<'_>> {
    let (state, anchors) = (State::default(), Anchors::default());
    let mut reader = Reader { text, syntax, out: Vec::new(), state, anchors, in_block: false };
    let mut block: Option<Block> = None;
    let mut start = range.start;
    while start < range.end {
        let end = memchr::memchr(b'\n', &text[start..range.end]).map_or(range.end, |i| start + i);
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
    let Reader { mut anchors, mut out, .. } = reader;
    anchors.lend(&mut out);
    out.sort_by_key(|entry| entry.value.start);
    out
}

/// The longest key, in bytes, that other values may belong to.
const LONGEST_OWNER: usize = 256;

struct Reader<'a> {
    text: &'a [u8],
    syntax: Syntax,
    out: Vec<Entry<'a>>,
    state: State<'a>,
    anchors: Anchors<'a>,
    in_block: bool,
}

impl<'a> Reader<'a> {
    fn block_line(&mut self, block: &mut Block<'a>, body: Span, column: usize) {
        block.lines += 1;
        // A block of one line is the value itself; as an item it is a script.
        if block.lines == 1 && !block.key.is_empty() {
            self.mark(block.anchor, body);
            self.given(block.key, body, false);
        } else {
            self.out.push(Entry { key: "", value: body, in_block: true, owner: Some(block.key) });
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

    /// Reads one line; returns the block scalar it opens.
    fn line(&mut self, body: Span, indent: usize) -> Option<Block<'a>> {
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
            return Some(Block::new("", None, BlockEnd::Column(indent)));
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
                    Next::Block(key, anchor, end) => {
                        return Some(Block::new(key, anchor, end.unwrap_or(BlockEnd::Column(indent))));
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
        state.fresh = None;
        if state.levels.last().is_none_or(|level| level.column < column) {
            let key = state.pending.take();
            state.fresh = key.filter(|_| !is_item);
            self.push_level(key, Level { column, ..Level::default() });
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
        let key = self.state.pending.take();
        let column = self.state.column;
        self.push_level(key, Level { column, is_flow: true, ..Level::default() });
        self.state.depth += 1;
        (self.state.flag, self.state.fresh) = (None, None);
    }

    /// Opens the collection that `key` is given.
    fn push_level(&mut self, key: Option<Pending<'a>>, level: Level<'a>) {
        let anchor = key.and_then(|key| key.anchor).map(|name| self.anchors.open(self.text, name));
        self.state.levels.push(Level { owner: key.map(|key| key.key), anchor, ..level });
    }

    /// The scalar at `value` has the anchor `name`, if there is one.
    fn mark(&mut self, name: Option<Span>, value: Span) {
        if let Some(name) = name {
            self.anchors.mark(self.text, name, value);
        }
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
        if let Some(Pending { key, end, .. }) = self.state.pending.take() {
            self.push(key, Span::new(end, end), false);
        }
    }

    /// A key with its value, or a list item.
    fn item(&mut self, at: usize, end: usize) -> Next<'a> {
        let (at, anchor) = self.skip_marks(at, end);
        if at == end {
            return Next::At(end);
        }
        if let Some((alias, next)) = self.alias(None, at, end) {
            if let Alias::Scalar(value) = alias {
                self.single(value);
            }
            return Next::At(next);
        }
        if self.syntax == Syntax::Equals {
            return self.assignment(at, end).unwrap_or_else(|| {
                let is_quoted = matches!(self.text[at], b'"' | b'\'');
                let (value, next) = if is_quoted {
                    self.scalar(at, end, true)
                } else {
                    let next = self.text_end(at, end);
                    (Span::new(at, next), next)
                };
                self.single(value);
                Next::At(next)
            });
        }
        let (scalar, mut next) = self.scalar(at, end, true);
        let after = self.text[next..end].iter().take_while(|b| **b == b' ').count();
        let is_key = self.text.get(next + after) == Some(&b':')
            && next + after < end
            && (matches!(self.text.get(next + after + 1), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
                || self.text.get(at) == Some(&b'"'));
        if !is_key {
            self.mark(anchor, scalar);
            self.single(scalar);
            return Next::At(next);
        }
        // `- curl -H "Name: value"` without quotes around it: refused, and meant as one text.
        let is_command = scalar.start == at && scalar.of(self.text).contains(&b' ') && self.state.depth == 0;
        if is_command && memchr::memchr2(b'"', b'\'', scalar.of(self.text)).is_some() {
            self.single(Span::new(at, end));
            return Next::At(end);
        }
        let key = name(self.text, scalar);
        next += after + 1;
        next += self.text[next..end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let (next, anchor) = self.skip_marks(next, end);
        self.value(key, anchor, next, end)
    }

    /// The value at `at` of `key`, with its anchor.
    fn value(&mut self, key: &'a str, anchor: Option<Span>, at: usize, end: usize) -> Next<'a> {
        let rest = &self.text[at..end];
        (self.state.flag, self.state.fresh) = (None, None);
        match rest.first() {
            None | Some(b'{' | b'[' | b'#') if !rest.starts_with(b"{{") => {
                self.owner(key, anchor, at);
                Next::At(at)
            }
            _ if is_block_mark(rest) => Next::Block(key, anchor, None),
            Some(b'<') if self.syntax == Syntax::Equals && rest.starts_with(b"<<") => {
                let mark = rest[2..].strip_prefix(b"-").unwrap_or(&rest[2..]).trim_ascii();
                if mark.is_empty() { Next::At(end) } else { Next::Block(key, None, Some(BlockEnd::Mark(mark))) }
            }
            _ => {
                if self.syntax == Syntax::Equals {
                    let (word, after) = self.word(at, end);
                    if !word.is_empty() && self.text.get(after) == Some(&b'(') && after < end {
                        self.owner(key, None, after);
                        return Next::At(after);
                    }
                }
                if let Some((alias, next)) = self.alias(Some(key), at, end) {
                    if let Alias::Scalar(value) = alias {
                        self.given(key, value, true);
                    }
                    return Next::At(next);
                }
                // `run: curl -H "Name: value"` is refused, and meant as one text.
                let may_be_key = self.syntax == Syntax::Equals || self.state.depth > 0;
                let (value, next) = self.scalar(at, end, may_be_key);
                self.mark(anchor, value);
                self.given(key, value, true);
                Next::At(next)
            }
        }
    }

    /// What comes next belongs to `key`.
    fn owner(&mut self, key: &'a str, anchor: Option<Span>, end: usize) {
        self.state.pending = (key.len() <= LONGEST_OWNER).then_some(Pending { key, end, anchor });
    }

    /// A list item, or a line that is no YAML.
    fn single(&mut self, value: Span) {
        if value.is_empty() {
            return;
        }
        // A value may stand on the line behind its key.
        let state = &mut self.state;
        let key = if self.syntax == Syntax::Colon { state.pending.take().or(state.fresh.take()) } else { None };
        if let Some(Pending { key, anchor, .. }) = key {
            if state.depth == 0 {
                // It is no collection.
                state.levels.pop();
            }
            self.mark(anchor, value);
            self.given(key, value, true);
            return;
        }
        match self.state.flag.take() {
            Some((flag, _)) => self.push(flag, value, false),
            None => self.push("", value, false),
        }
        let bytes = value.of(self.text);
        if bytes.starts_with(b"--") && !bytes.contains(&b'=') && !bytes.contains(&b' ') {
            self.state.flag = Some((name(self.text, Span::new(value.start + 2, value.end)), self.state.column));
        }
    }

    /// A value of `key`; with `pairs` it may be the name that another value is given to.
    fn given(&mut self, key: &'a str, value: Span, pairs: bool) {
        let is_name = matches!(key, "name" | "Name" | "key" | "option_name");
        let is_value = matches!(key, "value" | "Value");
        let is_default = matches!(key, "default" | "Default" | "defaultValue");
        let text = self.text;
        let Some(level) = self.state.levels.last_mut() else { return self.push(key, value, false) };
        if is_name && pairs {
            level.name = Some(name(text, value));
        }
        if is_value || is_default {
            level.value = Some(value);
        }
        let named = if is_name || is_value || is_default { level.name.zip(level.value) } else { None };
        if let Some((name, value)) = named {
            (level.name, level.value) = (None, None);
            self.push(name, value, false);
            return;
        }
        // `DB_PASSWORD: {value: …}`, `variable "db_password" { default = … }`
        match level.owner.filter(|_| is_value || is_default) {
            Some(owner) => self.push(owner, value, false),
            None => self.push(key, value, false),
        }
    }

    fn push(&mut self, key: &'a str, value: Span, in_block: bool) {
        // Lines of a block are there already.
        if self.in_block && key.is_empty() {
            return;
        }
        let in_block = in_block || self.in_block;
        let level = self.state.levels.last();
        let owner = level.and_then(|level| level.owner);
        if let Some(collection) = level.and_then(|level| level.anchor) {
            self.anchors.add(collection, self.out.len());
        }
        self.out.push(Entry { key, value, in_block, owner });
    }
}

/// The key at `span`, up to its first byte that is not UTF-8.
fn name(text: &[u8], span: Span) -> &str {
    let key = span.of(text);
    let valid = std::str::from_utf8(key).map_or_else(|error| error.valid_up_to(), str::len);
    std::str::from_utf8(&key[..valid]).unwrap_or_default()
}

enum Next<'a> {
    At(usize),
    /// A block with its anchor, and where it ends if its column does not say so.
    Block(&'a str, Option<Span>, Option<BlockEnd<'a>>),
}
