//! Comments that allow a finding: keylint's own, and the markers of other scanners.

use crate::span::{LineIndex, Span};

/// One of keylint's own comments: `keylint: allow RULE[, RULE] -- reason`, `keylint: allow-file RULE -- reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// The rules or families it allows.
    pub rules: Vec<String>,
    /// Whether it speaks for the whole file.
    pub whole_file: bool,
    /// The text after `--`.
    pub reason: Option<String>,
    /// The line it stands on, from 1. It speaks for this line and the next.
    pub line: usize,
    /// Whether nothing but the comment stands on the line.
    pub is_alone: bool,
    /// The comment, from the marker to the last rule.
    pub span: Span,
}

/// The longest comment that is read, in bytes: a line of minified code can be as long as its file.
const LONGEST: usize = 2_000;

/// Markers of other scanners that allow a secret on their line.
const PEER_MARKERS: [&[u8]; 7] = [
    b"gitleaks:allow",
    b"betterleaks:allow",
    b"pragma: allowlist secret",
    b"pragma: whitelist secret",
    b"nosec",
    b"trufflehog:ignore",
    b"ggignore",
];

/// Reads the comment whose marker `keylint:` starts at byte `start` of `text`.
pub fn parse(text: &[u8], start: usize, lines: &LineIndex) -> Option<Allow> {
    let line = lines.line_span(text, start);
    let head = &text[start..line.end.min(start + LONGEST)];
    // What is no UTF-8 after the names does not matter.
    let body = head.utf8_chunks().next()?.valid().strip_prefix("keylint:")?;
    let trimmed = body.trim_start();
    let (rest, whole_file) = match trimmed.strip_prefix("allow-file") {
        Some(rest) => (rest, true),
        None => (trimmed.strip_prefix("allow")?, false),
    };
    if !rest.starts_with([' ', '\t']) {
        return None;
    }
    let (list, reason) = match rest.split_once(" --") {
        Some((list, reason)) if reason.starts_with([' ', '\t']) => (list, Some(reason)),
        _ => (rest, None),
    };
    let mut rules = Vec::new();
    let mut end = body.len() - trimmed.len();
    for part in list.split(',') {
        // A comment's own closing mark (`*/`, `-->`) ends the list.
        let word: String = part
            .trim_start()
            .chars()
            .take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')
            .collect();
        let word = word.trim_end_matches('-');
        if word.is_empty() {
            break;
        }
        let offset = part.as_ptr() as usize - body.as_ptr() as usize + (part.len() - part.trim_start().len());
        end = offset + word.len();
        rules.push(word.to_owned());
        if part.trim() != word {
            break;
        }
    }
    if rules.is_empty() {
        return None;
    }
    let reason = reason.map(|text| text.trim_end_matches("*/").trim_end_matches("-->").trim().to_owned());
    Some(Allow {
        rules,
        whole_file,
        reason: reason.filter(|text| !text.is_empty()),
        line: lines.position(text, start).line,
        is_alone: !text[line.start..start].iter().any(u8::is_ascii_alphanumeric),
        span: Span::new(start, start + "keylint:".len() + end),
    })
}

/// The marker of another scanner on `line`.
pub fn peer_marker(line: &[u8]) -> Option<&'static str> {
    PEER_MARKERS.iter().find(|marker| memchr::memmem::find(line, marker).is_some()).map(|marker| {
        // The markers are ASCII.
        std::str::from_utf8(marker).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(text: &str) -> Option<Allow> {
        let start = text.find("keylint:").unwrap();
        parse(text.as_bytes(), start, &LineIndex::new(text.as_bytes()))
    }

    #[test]
    fn comments_in_any_syntax() {
        let one = allow("x\ny # keylint: allow openai-key, dotenv -- test key\n").unwrap();
        assert_eq!(one.rules, ["openai-key", "dotenv"]);
        assert_eq!((one.line, one.whole_file, one.reason.as_deref()), (2, false, Some("test key")));
        let html = allow("<!-- keylint: allow-file secret -- sample --> <b>").unwrap();
        assert_eq!((html.rules, html.whole_file), (vec!["secret".to_owned()], true));
        assert_eq!(allow("/* keylint: allow a-b */").unwrap().rules, ["a-b"]);
        assert!(!one.is_alone && html.is_alone);
        assert_eq!(allow("keylint: allowed"), None);
        assert_eq!(allow("keylint: allow"), None);
    }

    #[test]
    fn the_span_ends_with_the_last_rule() {
        let text = "# keylint: allow a, b -- why";
        assert_eq!(allow(text).unwrap().span.of(text.as_bytes()), b"keylint: allow a, b");
    }
}
