//! What a byte of a program stands in: code, what a string says, or neither.

use super::lexer::{Kind, Tokens};
use super::{Code, Source};
use crate::source::FileKind;
use crate::span::Span;

/// What a place stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A word of the code.
    Word,
    /// A string, or a part of a formatted one; the span of what it says.
    Text(Span),
    /// A comment, or what is no code at all: the prose of a notebook.
    Other,
}

/// The words and strings of a program, in the order of the text.
#[derive(Debug)]
pub struct Grounds(Vec<(Span, Ground)>);

impl Grounds {
    /// Reads `text`, if its kind is one a front end knows.
    pub fn new(text: &[u8], kind: FileKind) -> Option<Self> {
        let source = Source::new(text, kind)?;
        Some(Self::among(&Tokens::new(source.text(), source.language()), &source))
    }

    /// Those of `code`, which was read from `source`.
    pub fn of(code: &Code<'_>, source: &Source<'_>) -> Self {
        Self::among(&code.expressions.collected.tokens, source)
    }

    fn among(tokens: &Tokens<'_>, source: &Source<'_>) -> Self {
        let ground = |kind| match kind {
            Kind::Name => Some(Ground::Word),
            Kind::Text(inner) => Some(Ground::Text(source.original(inner))),
            _ => None,
        };
        let all = tokens.all.iter().filter_map(|token| Some((source.original(token.span), ground(token.kind)?)));
        Self(all.collect())
    }

    /// What byte `at` of the text stands in.
    pub fn at(&self, at: usize) -> Ground {
        let next = self.0.partition_point(|(span, _)| span.start <= at);
        let before = next.checked_sub(1).and_then(|i| self.0.get(i));
        before.filter(|(span, _)| at < span.end).map_or(Ground::Other, |(_, ground)| *ground)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stands_in_code_or_in_what_a_string_says() {
        let ground = |text: &str, kind| {
            let grounds = Grounds::new(text.as_bytes(), kind).unwrap();
            match grounds.at(text.find('K').unwrap()) {
                Ground::Text(span) => format!("text {}", &text[span.range()]),
                other => format!("{other:?}"),
            }
        };
        for (text, expected) in [
            ("a = K", "Word"),
            ("a = \"set K\"", "text set K"),
            ("\"\"\"Needs\nK\n\"\"\"", "text Needs\nK\n"),
            ("f\"{K} x\"", "Word"),
            ("f\"{x} K\"", "text  K"),
            ("a = 1 #K", "Other"),
        ] {
            assert_eq!(ground(text, FileKind::Python), expected, "{text}");
        }
        for (text, expected) in
            [("a.K", "Word"), ("`x ${K}`", "Word"), ("`K ${x}`", "text K "), ("/* a\n K */", "Other")]
        {
            assert_eq!(ground(text, FileKind::JavaScript), expected, "{text}");
        }
        let notebook = |cell: &str, line: &str| {
            format!("{{\"cells\": [{{\"cell_type\": \"{cell}\", \"source\": [\"{line}\"]}}]}}")
        };
        assert_eq!(ground(&notebook("code", "a = \\\"K b\\\""), FileKind::Notebook), "text K b");
        assert_eq!(ground(&notebook("markdown", "Set K"), FileKind::Notebook), "Other");
        assert!(Grounds::new(b"K", FileKind::Shell).is_none());
    }
}
