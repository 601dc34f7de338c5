//! The line a place stands on. A file may be one long line with many places of interest: each line is looked for once.

use crate::span::{Span, line_around};
use std::cell::Cell;

/// What starts a comment that is all of its line.
const COMMENT_STARTS: [&[u8]; 9] = [b"#", b"//", b"/*", b"* ", b";", b"<!--", b"--", b"%", b"REM "];

/// What starts a comment behind other text.
const COMMENT_MIDDLES: [&[u8]; 2] = [b" # ", b" // "];

/// The lines of one text. Asking for places in the order of the text takes linear time in all.
#[derive(Debug)]
pub struct LineCursor<'a> {
    text: &'a [u8],
    last: Cell<Option<Line>>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    span: Span,
    /// The byte after the line's first comment mark, if it was looked for.
    comment: Option<usize>,
}

impl<'a> LineCursor<'a> {
    /// The lines of `text`.
    pub const fn new(text: &'a [u8]) -> Self {
        Self { text, last: Cell::new(None) }
    }

    /// The line around byte `at`, without its line end.
    pub fn around(&self, at: usize) -> Span {
        self.line(at).span
    }

    /// Whether the line that holds byte `at` is a comment up to there, in any usual syntax.
    pub fn is_commented(&self, at: usize) -> bool {
        let line = self.line(at);
        let comment = line.comment.unwrap_or_else(|| first_comment(self.text, line.span));
        self.last.set(Some(Line { comment: Some(comment), ..line }));
        comment <= at
    }

    fn line(&self, at: usize) -> Line {
        match self.last.get() {
            Some(line) if line.span.start <= at && at <= line.span.end => line,
            _ => {
                let line = Line { span: line_around(self.text, at), comment: None };
                self.last.set(Some(line));
                line
            }
        }
    }
}

/// The byte after the first comment mark of `line`; the largest number if it has none.
fn first_comment(text: &[u8], line: Span) -> usize {
    let code = line.of(text).trim_ascii_start();
    let start = line.end - code.len();
    let whole = COMMENT_STARTS.iter().filter(|mark| code.starts_with(mark)).map(|mark| start + mark.len());
    let behind = COMMENT_MIDDLES.iter().filter_map(|mark| Some(start + memchr::memmem::find(code, mark)? + mark.len()));
    whole.chain(behind).min().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_start_at_their_marks() {
        for (text, commented) in [
            ("# KEY", true),
            ("  // KEY", true),
            (" * KEY", true),
            ("a # KEY", true),
            ("a // b KEY", true),
            ("a #KEY", false),
            ("https://x KEY", false),
            ("KEY # c", false),
            ("KEY\n# c", false),
            ("# c\nKEY", false),
        ] {
            let lines = LineCursor::new(text.as_bytes());
            assert_eq!(lines.is_commented(text.find("KEY").unwrap()), commented, "{text}");
        }
    }

    #[test]
    fn a_line_is_looked_for_once() {
        let lines = LineCursor::new(b"a b c # d\ne");
        let known = Line { span: Span::new(0, 9), comment: Some(2) };
        lines.last.set(Some(known));
        assert!(lines.is_commented(4), "what is known of the line is not asked again");
        lines.around(10);
        assert!(!lines.is_commented(4));
    }

    #[test]
    fn lines_are_those_of_a_fresh_look() {
        let text = b"a\nbc # d\r\n\r\ne\rf # g\n";
        let lines = LineCursor::new(text);
        for at in (0..=text.len()).chain((0..=text.len()).rev()) {
            assert_eq!(lines.around(at), line_around(text, at), "{at}");
            assert_eq!(lines.is_commented(at), LineCursor::new(text).is_commented(at), "{at}");
        }
    }
}
