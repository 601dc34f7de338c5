//! One finding as a frame: the excerpt with a mark under the place, drawn by miette.
//!
//! The file's text never reaches miette: it scans a source from its start for every label, prints control characters
//! as they are and panics past column 65,535. It gets one short inert line, and is told which line that is.

use super::{history, inert};
use crate::finding::{Excerpt, Finding, Severity};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use std::fmt;
use std::ops::Range;

/// How frames are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Whether to use colours.
    pub(super) color: bool,
    /// Whether the terminal shows more than ASCII.
    pub(super) unicode: bool,
    /// Width in columns.
    pub(super) width: usize,
}

impl Style {
    /// `text` between a colour (a number of the SGR sequence) and its end.
    pub(super) fn paint(self, color: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{color}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// `text`, which is inert, in the characters of the terminal.
    pub(super) fn shown(self, text: &str) -> String {
        if self.unicode { text.to_owned() } else { text.chars().map(|ch| self.cell(ch)).collect() }
    }

    /// One character in those of the terminal.
    fn cell(self, ch: char) -> String {
        match ch {
            ch if self.unicode || ch.is_ascii() => ch.to_string(),
            '…' => "...".to_owned(),
            '’' => "'".to_owned(),
            '–' | '—' => "-".to_owned(),
            ch => format!("\\u{{{:x}}}", ch as u32),
        }
    }

    fn theme(self, severity: Severity) -> GraphicalTheme {
        let mut styles = if self.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
        styles.highlights = vec![match severity {
            Severity::Error => styles.error,
            Severity::Warning => styles.warning,
            Severity::Note => styles.advice,
        }];
        styles.link = styles.help;
        let mut characters = if self.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
        if self.unicode {
            "•".clone_into(&mut characters.advice);
        }
        GraphicalTheme { characters, styles }
    }

    /// Draws `finding`, without what follows from it.
    pub(super) fn frame(self, finding: &Finding) -> Result<String, fmt::Error> {
        let secret = finding.secret.as_ref().map(|secret| self.shown(&inert::line(&secret.to_string())));
        let at = finding.location.start;
        let gutter = at.line.to_string().len() + 4;
        let room = self.width.saturating_sub(gutter).max(24);
        let (text, highlight) = self.fit(&finding.excerpt, room, secret.as_deref().map_or(0, columns));
        let head = format!("{}[{}]", finding.severity, inert::line(&finding.rule.id));
        let message = self.shown(&inert::prose(&finding.message));
        let title = wrap(&format!("{head}: {message}"), self.width.saturating_sub(4)).join("\n");
        let help = wrap(&self.shown(&inert::prose(&finding.help)), self.width.saturating_sub(8)).join("\n");
        let view = View {
            // The head has no blank, so wrapping keeps it whole.
            title: title.replacen(&head, &self.paint("1", &head), 1),
            help: Some(help).filter(|help| !help.is_empty()),
            severity: finding.severity,
            label: LabeledSpan::new_primary_with_span(secret, (highlight.start, highlight.len())),
            source: Line { text, path: self.shown(&history::path(finding)), row: at.line, column: at.column },
        };
        let handler = GraphicalReportHandler::new_themed(self.theme(finding.severity))
            .with_width(self.width)
            .with_wrap_lines(false)
            .with_context_lines(0)
            .with_links(false)
            .without_syntax_highlighting();
        let mut out = String::new();
        handler.render_report(&mut out, &view)?;
        Ok(out)
    }

    /// The part of `excerpt` that fits into `room` columns with a label of `label` columns under it, and the bytes of
    /// it to mark.
    fn fit(self, excerpt: &Excerpt, room: usize, label: usize) -> (String, Range<usize>) {
        let text = excerpt.text.as_str();
        let part = |range: Range<usize>| -> Vec<String> {
            let base = range.start;
            let of = text.get(range).unwrap_or_default();
            of.char_indices()
                .map(|(at, ch)| match ch {
                    '#' if inert::is_order(&text[base + at..]) => inert::HASH.to_owned(),
                    ch => self.cell(ch),
                })
                .collect()
        };
        let (start, end) = (excerpt.highlight.start.min(text.len()), excerpt.highlight.end.min(text.len()));
        let (mut before, mut marked, mut after) = (part(0..start), part(start..end), part(end..text.len()));
        let more = self.cell('…');
        let total = |cells: &[String]| cells.iter().map(|cell| columns(cell)).sum::<usize>();
        let mark = room / 2;
        if total(&marked) > mark {
            cut_end(&mut marked, mark, &more);
        }
        let width = total(&marked).max(1);
        // The label starts under the middle of the mark, behind a hook of four columns.
        let left = room.saturating_sub(width + 2).min(room.saturating_sub(width / 2 + 4 + label)).max(6);
        if total(&before) > left {
            before.reverse();
            cut_end(&mut before, left, &more);
            before.reverse();
        }
        let right = room.saturating_sub(total(&before) + width);
        if total(&after) > right {
            cut_end(&mut after, right, &more);
        }
        let mut out = before.concat();
        let start = out.len();
        out.extend(marked);
        let end = out.len();
        out.extend(after);
        if start == out.len() {
            // Something must stand under the mark.
            out.push(' ');
        }
        (out, start..end)
    }
}

/// Cuts `cells` so that they and `more`, which is put behind them, take no more than `room` columns.
fn cut_end(cells: &mut Vec<String>, room: usize, more: &str) {
    let mut used = columns(more);
    let kept = cells
        .iter()
        .take_while(|cell| {
            used += columns(cell);
            used <= room
        })
        .count();
    cells.truncate(kept);
    if kept > 0 || columns(more) <= room {
        cells.push(more.to_owned());
    }
}

/// How many columns a terminal takes for `text`: two for East Asian wide characters and emoji. Source: the ranges of
/// Unicode's `EastAsianWidth.txt` that are W or F, joined where only unassigned characters stand between.
pub(super) fn columns(text: &str) -> usize {
    text.chars()
        .map(|ch| match ch {
            '\u{1100}'..='\u{115f}'
            | '\u{2e80}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe6f}'
            | '\u{ff00}'..='\u{ff60}'
            | '\u{ffe0}'..='\u{ffe6}'
            | '\u{1f300}'..='\u{1f64f}'
            | '\u{1f680}'..='\u{1faff}'
            | '\u{20000}'..='\u{3fffd}' => 2,
            _ => 1,
        })
        .sum()
}

/// `text` in lines of at most `width` columns, broken at blanks only: no name or address is torn apart.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let wide = columns(word);
        match lines.last_mut() {
            // A line of its own that starts with `::` would be an order for GitHub's runner.
            Some(line) if used + 1 + wide <= width || word.starts_with("::") => {
                line.push(' ');
                line.push_str(word);
                used += 1 + wide;
            }
            _ => {
                lines.push(word.to_owned());
                used = wide;
            }
        }
    }
    lines
}

/// A finding as miette sees it.
#[derive(Debug)]
struct View {
    title: String,
    help: Option<String>,
    severity: Severity,
    label: LabeledSpan,
    source: Line,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for View {}

impl Diagnostic for View {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label.clone())))
    }
}

/// The line of an excerpt, which says that it stands elsewhere.
#[derive(Debug)]
struct Line {
    text: String,
    path: String,
    row: usize,
    column: usize,
}

impl SourceCode for Line {
    fn read_span<'a>(
        &'a self,
        _span: &SourceSpan,
        _lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            self.row.saturating_sub(1),
            self.column.saturating_sub(1),
            1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { color: false, unicode: true, width: 80 };

    fn fit(text: &str, highlight: Range<usize>, room: usize, label: usize) -> (String, String) {
        let (text, range) = STYLE.fit(&Excerpt { text: text.to_owned(), highlight }, room, label);
        let marked = text[range].to_owned();
        (text, marked)
    }

    #[test]
    fn a_short_line_is_kept() {
        assert_eq!(fit("key = abc # x", 6..9, 60, 20), ("key = abc # x".to_owned(), "abc".to_owned()));
        assert_eq!(fit("", 0..0, 60, 0), (" ".to_owned(), String::new()));
        assert_eq!(fit("é", 9..12, 60, 0), ("é ".to_owned(), String::new()));
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let text = format!("{}KEY{}", "b".repeat(60), "a".repeat(80));
        let (line, marked) = fit(&text, 60..63, 50, 30);
        assert_eq!((columns(&line), marked.as_str()), (50, "KEY"));
        assert!(line.starts_with("…b") && line.ends_with("a…"), "{line}");
        let mark = line.find("KEY").map(|at| columns(&line[..at]));
        assert!(mark.unwrap() + 1 + 4 + 30 <= 50);
        let (line, _) = fit(&"字".repeat(80), 0..9, 50, 0);
        assert!(columns(&line) <= 50, "{line}");
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrap("set A_B-C now  please", 9), ["set A_B-C", "now", "please"]);
        assert_eq!(wrap("a b ::error x", 5), ["a b ::error", "x"]);
        assert_eq!(wrap("https://example.com/long x", 5), ["https://example.com/long", "x"]);
    }

    #[test]
    fn plain_terminals_get_ascii() {
        let style = Style { unicode: false, ..STYLE };
        assert_eq!(style.shown("sk-… é"), "sk-... \\u{e9}");
    }
}
