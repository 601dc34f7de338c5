//! The line a finding stands on, as it may be shown: secrets masked, hostile characters inert, long lines cut.

use crate::finding::Excerpt;
use crate::span::Span;
use crate::text::randomness::{self, Tier};
use crate::text::{name, sanitize};

/// How many bytes of the line are shown before and after the finding.
const BEFORE: usize = 60;
const AFTER: usize = 80;

/// The longest part of the finding itself that is shown, in bytes.
const LONGEST: usize = 100;

/// Stands for what is not shown.
const MASK: char = '…';

/// The credentials of a text, ready to be asked for those near a place.
pub(super) struct Secrets {
    /// Span and public bytes of each, in the order of the text.
    all: Vec<(Span, usize)>,
    /// The largest end of a span up to and with this one.
    ends: Vec<usize>,
}

impl Secrets {
    pub(super) fn new(mut all: Vec<(Span, usize)>) -> Self {
        all.sort_unstable_by_key(|(span, public)| (span.start, std::cmp::Reverse(span.end), *public));
        // What stands in the masked part of another one changes nothing.
        let mut mask = Span::default();
        all.retain(|(span, public)| {
            let is_new = !mask.contains(*span);
            if is_new && span.end > mask.end {
                mask = Span::new(span.start + public.min(&span.len()), span.end);
            }
            is_new
        });
        let ends = all.iter().scan(0, |end, (span, _)| {
            *end = span.end.max(*end);
            Some(*end)
        });
        Self { ends: ends.collect(), all }
    }

    /// All of them, but for what stands in the masked part of another one.
    pub(super) fn into_vec(self) -> Vec<(Span, usize)> {
        self.all
    }

    /// Those that may share a byte with `view`.
    fn near(&self, view: Span) -> &[(Span, usize)] {
        let first = self.ends.partition_point(|end| *end < view.start);
        let last = self.all.partition_point(|(span, _)| span.start <= view.end);
        &self.all[first..last.max(first)]
    }
}

/// Builds the excerpt of `span` in `text`, which starts on `line`. `secrets` are the credentials found in the text.
/// With `reveal` nothing is masked.
pub(super) fn excerpt(text: &[u8], line: Span, span: Span, secrets: &Secrets, reveal: bool) -> Excerpt {
    let from = snap(text, line.start.max(span.start.saturating_sub(BEFORE)), line);
    // A masked secret takes one character, however long it is.
    let is_masked = !reveal && secrets.near(span).iter().any(|(secret, _)| secret.contains(span));
    let longest = if is_masked { span.len() } else { LONGEST };
    let shown_end = span.end.min(span.start + longest).min(line.end.max(span.start));
    let to = snap(text, line.end.min(shown_end + AFTER), line);
    let view = Span::new(from, to.max(from));
    let masks = if reveal { Vec::new() } else { masks(text, view, secrets.near(view)) };
    let mut out = String::new();
    if view.start > line.start {
        out.push(MASK);
    }
    let (mut start, mut end) = (None, None);
    let mut at = view.start;
    while at < view.end {
        if at >= span.start && start.is_none() {
            start = Some(out.len());
        }
        if at >= span.end && end.is_none() {
            end = Some(out.len());
        }
        if let Some(mask) = masks.iter().find(|mask| mask.contains(Span::new(at, at + 1))) {
            // Neighbours share a mask, unless the second is what is marked.
            if !out.ends_with(MASK) || start == Some(out.len()) {
                out.push(MASK);
            }
            if span.end > at && span.end < mask.end && end.is_none() {
                end = Some(out.len());
            }
            if span.start > at && span.start < mask.end && start.is_none() {
                start = Some(out.len() - MASK.len_utf8());
            }
            at = mask.end.min(view.end);
            continue;
        }
        let width = char_width(&text[at..view.end]);
        if text[at] == b'\t' {
            out.push(' ');
        } else {
            out.push_str(&sanitize::printable(&text[at..at + width]));
        }
        at += width;
    }
    let start = start.unwrap_or(out.len());
    let end = end.unwrap_or(out.len()).max(start);
    if view.end < line.end && !out.ends_with(MASK) {
        out.push(MASK);
    }
    Excerpt { text: out, highlight: start..end }
}

/// The bytes of `view` that must not be shown: the secret parts of known credentials, and whatever else looks like
/// one. The second part is a safety net: a password no rule knows may stand on the same line.
pub fn masks(text: &[u8], view: Span, secrets: &[(Span, usize)]) -> Vec<Span> {
    let mut masks: Vec<Span> = secrets
        .iter()
        .map(|(span, public)| Span::new(span.start + public.min(&span.len()), span.end))
        .filter(|mask| mask.overlaps(view) && !mask.is_empty())
        .collect();
    // A run may reach past the view: look at it whole.
    let wide = Span::new(view.start.saturating_sub(512), text.len().min(view.end + 512));
    let mut at = wide.start;
    while at < wide.end {
        let run = token_run(&text[at..wide.end]);
        if run >= 12 {
            let span = Span::new(at, at + run);
            if span.overlaps(view) && looks_secret(span.of(text)) {
                // What a vendor's prefix says is public.
                let public =
                    text[at..at + run.min(12)].iter().rposition(|b| matches!(b, b'-' | b'_')).map_or(0, |i| i + 1);
                let public = if randomness_free(&text[at..at + public]) { public } else { 0 };
                masks.push(Span::new(at + public, at + run));
            }
        }
        at += run.max(1);
    }
    masks.extend(url_password(text, view));
    masks.sort();
    masks
}

/// How many bytes at the start of `text` may belong to one token. `=` pads the end of one; before more of it, as in
/// `NAME=value`, it ends the name.
fn token_run(text: &[u8]) -> usize {
    let goes_on = |at: &usize| is_token_byte(text[*at]) && !(*at > 0 && text[at - 1] == b'=' && text[*at] != b'=');
    (0..text.len()).take_while(goes_on).count()
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=')
}

/// Whether a run of token characters could be a secret: long, with a digit or mixed case, and not written as text.
fn looks_secret(run: &[u8]) -> bool {
    let run = run.trim_ascii();
    let mixed = run.iter().any(u8::is_ascii_digit)
        || run.iter().any(u8::is_ascii_lowercase) && run.iter().any(u8::is_ascii_uppercase);
    let longest = run.split(|b| !b.is_ascii_alphanumeric()).map(<[u8]>::len).max().unwrap_or(0);
    mixed && longest >= 10 && randomness::written(run, Tier::Weak).is_none()
}

/// Whether a short prefix is made of lower-case words: `sk-proj-`, `ghp_`.
fn randomness_free(prefix: &[u8]) -> bool {
    !prefix.is_empty()
        && prefix.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_'))
        && name::words(prefix).iter().all(|word| word.len() <= 8)
}

/// The password of `scheme://user:password@host`.
fn url_password(text: &[u8], view: Span) -> Vec<Span> {
    let mut out = Vec::new();
    for scheme in memchr::memmem::find_iter(view.of(text), b"://") {
        let start = view.start + scheme + 3;
        let authority =
            text[start..].iter().take(256).take_while(|b| !matches!(b, b'/' | b' ' | b'"' | b'\'' | b'\n')).count();
        let authority = &text[start..start + authority];
        if let (Some(at), Some(colon)) = (authority.iter().rposition(|b| *b == b'@'), memchr::memchr(b':', authority))
            && colon < at
        {
            out.push(Span::new(start + colon + 1, start + at));
        }
    }
    out
}

/// The nearest start of a character at or before `at`.
fn snap(text: &[u8], mut at: usize, line: Span) -> usize {
    while at > line.start && at < line.end && text[at] & 0xc0 == 0x80 {
        at -= 1;
    }
    at
}

/// Length in bytes of the character `text` starts with; 1 for a byte that is not UTF-8.
fn char_width(text: &[u8]) -> usize {
    let head = &text[..text.len().min(4)];
    head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()).map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::line_around;

    fn excerpt(text: &[u8], span: Span, secrets: &[(Span, usize)], reveal: bool) -> Excerpt {
        let line = line_around(text, span.start);
        super::excerpt(text, line, span, &Secrets::new(secrets.to_vec()), reveal)
    }

    #[test]
    fn secrets_are_masked_and_the_place_is_kept() {
        let text = b"x = 1\nkey = \"sk-proj-AbCdEf0123456789\" # c\n";
        let span = Span::new(13, 37);
        let shown = excerpt(text, span, &[(span, 8)], false);
        assert_eq!(shown.text, "key = \"sk-proj-…\" # c");
        assert_eq!(&shown.text[shown.highlight], "sk-proj-…");
    }

    #[test]
    fn what_no_rule_knows_is_masked_too() {
        let text = b"a: Zk39xQpLw81mNv5RtYb2 url postgres://bob:hunter2@db/x";
        let shown = excerpt(text, Span::new(0, 1), &[], false);
        assert_eq!(shown.text, "a: … url postgres://bob:…@db/x");
    }

    #[test]
    fn the_name_before_a_secret_is_kept() {
        let text = b"ENV OPENAI_API_KEY=sk-proj-AbCdEf0123456789Gh x=Zk39xQpLw81mNv5RtYb2==";
        let span = Span::new(19, 45);
        let shown = excerpt(text, span, &[(span, 8)], false);
        assert_eq!(shown.text, "ENV OPENAI_API_KEY=sk-proj-… x=…");
    }

    #[test]
    fn what_follows_a_long_secret_is_shown() {
        let text = format!("key = \"sk-proj-{}\", organization = 1", "Ab1".repeat(200));
        let span = Span::new(7, 615);
        let shown = excerpt(text.as_bytes(), span, &[(span, 8)], false);
        assert_eq!(shown.text, "key = \"sk-proj-…\", organization = 1");
        assert_eq!(&shown.text[shown.highlight], "sk-proj-…");
    }

    #[test]
    fn cut_masks_are_one() {
        let part = "Ab1".repeat(100);
        let text = format!("f(sk-proj-{part}, sk-proj-{part}, 1)");
        let (one, two) = (Span::new(2, 310), Span::new(312, 620));
        let secrets = [(one, 8), (two, 8)];
        assert_eq!(excerpt(text.as_bytes(), one, &secrets, false).text, "f(sk-proj-…, sk-proj-…");
        let shown = excerpt(text.as_bytes(), two, &secrets, false);
        assert_eq!(shown.text, "…, sk-proj-…, 1)");
        assert_eq!(&shown.text[shown.highlight], "sk-proj-…");
    }

    #[test]
    fn only_secrets_near_the_place_are_looked_at() {
        let small = |i: usize| (Span::new(i * 50, i * 50 + 40), 4);
        let secrets = Secrets::new((0..20_000).rev().map(small).collect());
        assert_eq!(secrets.near(Span::new(500_000, 500_140)), [small(10_000), small(10_001), small(10_002)]);
        let whole = (Span::new(0, 1_000_000), 0);
        let nested = Secrets::new((0..20_000).map(small).chain([whole]).collect());
        assert_eq!(nested.near(Span::new(500_000, 500_140)), [whole]);
    }

    #[test]
    fn a_long_line_is_cut_on_both_sides() {
        let text = format!("{}KEY{}", "é".repeat(5000), "y ".repeat(5000));
        let at = text.find("KEY").unwrap();
        let shown = excerpt(text.as_bytes(), Span::new(at, at + 3), &[], false);
        assert!(shown.text.chars().count() < 250);
        assert_eq!(&shown.text[shown.highlight], "KEY");
    }

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        let shown = excerpt(b"\x1b[31mKEY\xff", Span::new(5, 8), &[], false);
        assert_eq!(shown.text, "\\u{1b}[31mKEY\\xff");
        assert_eq!(&shown.text[shown.highlight], "KEY");
    }
}
