//! Where the reader is: the collections and blocks that are open.

use crate::span::Span;

/// A block scalar or here-document.
pub(super) struct Block<'a> {
    pub(super) key: &'a str,
    /// The name of its anchor.
    pub(super) anchor: Option<Span>,
    pub(super) end: BlockEnd<'a>,
    pub(super) lines: usize,
    /// What is read of its lines, as those of a file of their own.
    pub(super) inner: State<'a>,
}

/// Where a block ends.
pub(super) enum BlockEnd<'a> {
    /// At a line that does not start behind this column.
    Column(usize),
    /// At a line that starts with this mark.
    Mark(&'a [u8]),
    /// At a line with these quotes.
    Quotes(&'static [u8]),
}

impl<'a> Block<'a> {
    pub(super) fn new(key: &'a str, anchor: Option<Span>, end: BlockEnd<'a>) -> Self {
        Self { key, anchor, end, lines: 0, inner: State::default() }
    }

    pub(super) fn is_end(&self, body: &[u8], column: usize) -> bool {
        match &self.end {
            BlockEnd::Column(opened) => column <= *opened,
            BlockEnd::Mark(mark) => body.starts_with(mark),
            BlockEnd::Quotes(quotes) => memchr::memmem::find(body, quotes).is_some(),
        }
    }
}

/// One collection that is open.
#[derive(Clone, Copy, Default)]
pub(super) struct Level<'a> {
    /// The column its keys stand in; of a flow collection that of its line.
    pub(super) column: usize,
    /// Whether it is a flow collection, which ends with its bracket.
    pub(super) is_flow: bool,
    /// The key whose value it is.
    pub(super) owner: Option<&'a str>,
    /// The number of its anchor.
    pub(super) anchor: Option<usize>,
    /// The `name:` and the `value:` of the mapping at hand.
    pub(super) name: Option<&'a str>,
    pub(super) value: Option<Span>,
}

/// A key that waits for its value.
#[derive(Clone, Copy)]
pub(super) struct Pending<'a> {
    pub(super) key: &'a str,
    /// Where it ends.
    pub(super) end: usize,
    /// The name of its value's anchor.
    pub(super) anchor: Option<Span>,
}

/// Where the reader is.
#[derive(Default)]
pub(super) struct State<'a> {
    pub(super) levels: Vec<Level<'a>>,
    /// How many of them are flow collections.
    pub(super) depth: usize,
    pub(super) column: usize,
    /// The last key without a value behind it, or the label of an HCL block: what comes is theirs.
    pub(super) pending: Option<Pending<'a>>,
    /// The key of the line before, if nothing of what it is given was read yet.
    pub(super) fresh: Option<Pending<'a>>,
    /// The item before, if it is an option: `"--api-key", "…"`; and the column it stands in.
    pub(super) flag: Option<(&'a str, usize)>,
}
