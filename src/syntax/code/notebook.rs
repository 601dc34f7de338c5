//! The code of a Jupyter notebook: it stands in JSON strings, a list of lines for each cell.

use crate::span::Span;

/// The code of all code cells, and where each byte of it stands in the file.
pub(super) struct Cells {
    /// The cells' code, one after the other. All cells run in one module.
    pub(super) code: Vec<u8>,
    /// Places where the distance between code and file changes: offset in `code`, offset in the file.
    jumps: Vec<(usize, usize)>,
    /// Length of the file (bytes).
    length: usize,
}

/// The lines of code that run in a notebook: the insides of their JSON strings, in the order of the text.
pub fn lines_of_code(text: &[u8]) -> Vec<Span> {
    let mut out = Vec::new();
    each_cell(text, |lines| out.extend(lines.iter().map(|(start, end)| Span::new(*start, *end))));
    out
}

/// Calls `visit` with the lines of each code cell.
fn each_cell(text: &[u8], mut visit: impl FnMut(&[(usize, usize)])) {
    let mut reader = Reader { text, at: 0 };
    // Keys of one cell come in any order; `source` waits for the cell's end.
    let mut levels: Vec<Level> = Vec::new();
    let mut key: Option<(usize, usize)> = None;
    while let Some(byte) = reader.peek() {
        match byte {
            b'{' => levels.push(Level::default()),
            b'}' => {
                if let Some(level) = levels.pop().filter(|level| level.is_code) {
                    visit(&level.source);
                }
            }
            b'"' => {
                let string = reader.string();
                if reader.next_is_colon() {
                    key = Some(string);
                    continue;
                }
                let Some(level) = levels.last_mut() else { continue };
                match key.map(|(start, end)| &text[start..end]) {
                    Some(b"cell_type") => level.is_code = &text[string.0..string.1] == b"code",
                    Some(b"source") => level.source.push(string),
                    _ => {}
                }
                continue;
            }
            _ => {}
        }
        reader.at += 1;
    }
}

impl Cells {
    pub(super) fn new(text: &[u8]) -> Self {
        let mut cells = Self { code: Vec::new(), jumps: vec![(0, 0)], length: text.len() };
        each_cell(text, |lines| {
            let is_foreign = lines.first().is_some_and(|(start, end)| is_foreign(&text[*start..*end]));
            for (start, end) in lines.iter().filter(|_| !is_foreign) {
                cells.line(text, *start, *end);
            }
            cells.code.push(b'\n');
        });
        cells
    }

    /// Adds the text of the JSON string whose inside is `start..end`.
    fn line(&mut self, text: &[u8], start: usize, end: usize) {
        let magic = text[start..end].trim_ascii_start().first().is_some_and(|b| matches!(b, b'%' | b'!'));
        if magic {
            self.code.push(b'#');
        }
        self.jumps.push((self.code.len(), start));
        let mut at = start;
        while at < end {
            let plain = memchr::memchr(b'\\', &text[at..end]).unwrap_or(end - at);
            self.code.extend_from_slice(&text[at..at + plain]);
            at += plain;
            if at >= end {
                break;
            }
            let length = match text.get(at + 1) {
                Some(b'u') => 6,
                _ => 2,
            };
            match text.get(at + 1) {
                Some(b'n') => self.code.push(b'\n'),
                Some(b'r') => self.code.push(b'\r'),
                Some(b't') => self.code.push(b'\t'),
                Some(b'u') => {
                    let digits = text.get(at + 2..at + 6).and_then(|hex| std::str::from_utf8(hex).ok());
                    let code = digits.and_then(|hex| u32::from_str_radix(hex, 16).ok());
                    // One half of a surrogate pair stands in a string or comment: any letter will do.
                    let ch = code.and_then(char::from_u32).unwrap_or('x');
                    self.code.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Some(other) => self.code.push(*other),
                None => {}
            }
            at = (at + length).min(end);
            self.jumps.push((self.code.len(), at));
        }
    }

    /// Where byte `at` of the code stands in the file. The end of a span is looked up from the byte before it.
    pub(super) fn original(&self, at: usize, is_end: bool) -> usize {
        let probe = if is_end { at.saturating_sub(1) } else { at };
        let i = self.jumps.partition_point(|(code, _)| *code <= probe).saturating_sub(1);
        let (code, file) = self.jumps[i];
        (file + (at - code.min(at))).min(self.length)
    }
}

/// Whether a cell's first line says that another program reads the cell: `%%bash`.
fn is_foreign(first: &[u8]) -> bool {
    const OTHERS: [&[u8]; 14] = [
        b"bash",
        b"sh",
        b"script",
        b"system",
        b"sx",
        b"cmd",
        b"perl",
        b"ruby",
        b"html",
        b"javascript",
        b"js",
        b"latex",
        b"markdown",
        b"svg",
    ];
    let word = first.trim_ascii_start().strip_prefix(b"%%").unwrap_or_default();
    let length = word.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    OTHERS.contains(&&word[..length])
}

#[derive(Default)]
struct Level {
    is_code: bool,
    source: Vec<(usize, usize)>,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Passes the string at the reader's place; returns its inside.
    fn string(&mut self) -> (usize, usize) {
        let start = self.at + 1;
        let mut end = start;
        while let Some(&byte) = self.text.get(end) {
            match byte {
                b'\\' => end += 1,
                b'"' => break,
                _ => {}
            }
            end += 1;
        }
        let end = end.min(self.text.len());
        self.at = (end + 1).min(self.text.len());
        (start.min(end), end)
    }

    fn next_is_colon(&self) -> bool {
        self.text[self.at..].iter().find(|b| !b.is_ascii_whitespace()) == Some(&b':')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn code_points_back_into_the_file() {
        let text = r##"{"cells":[{"source":["# a\n"],"cell_type":"markdown"},
            {"source":["%pip x\n","b = \"\\n\u00e9\"; c"],"cell_type":"code","outputs":[{"text":["d"]}]}]}"##;
        let cells = Cells::new(text.as_bytes());
        assert_eq!(String::from_utf8_lossy(&cells.code), "#%pip x\nb = \"\\né\"; c\n");
        let at = memchr::memrchr(b'c', &cells.code).unwrap();
        let (start, end) = (cells.original(at, false), cells.original(at + 1, true));
        assert_eq!(&text[start..end], "c");
        assert!(text[end..].starts_with("\"],"));
        let lines = lines_of_code(text.as_bytes());
        assert_eq!(
            lines.iter().map(|line| &text[line.range()]).collect::<Vec<_>>(),
            ["%pip x\\n", r#"b = \"\\n\u00e9\"; c"#]
        );
    }

    #[test]
    fn cells_of_other_languages_are_no_code() {
        let cell = |first: &str| format!(r#"{{"cell_type":"code","source":["{first}\n","a = 1\n"]}}"#);
        let code = |first: &str| String::from_utf8(Cells::new(cell(first).as_bytes()).code).unwrap();
        assert_eq!(code("%%bash"), "\n");
        assert_eq!(code("%%script sh -x"), "\n");
        assert_eq!(code("%%time"), "#%%time\na = 1\n\n");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[\\[\\]{}:,\"\\\\nu0a source]{0,120}") {
            let cells = Cells::new(text.as_bytes());
            for at in 0..=cells.code.len() {
                prop_assert!(cells.original(at, true) <= text.len());
            }
        }
    }
}
