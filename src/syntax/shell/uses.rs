//! What commands do with variables: print them, encode them, write them to files, pass them to a build.

use super::words::unquoted;
use crate::span::Span;

/// How deep command substitutions are read.
const DEPTH: usize = 3;

/// Commands joined by pipes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pipeline {
    /// Its commands; never empty.
    pub commands: Vec<Command>,
    /// Whether it stands in `$(…)`, so that its output is not shown.
    pub is_captured: bool,
}

/// One command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its words with their quotes: program and arguments, without assignments and keywords before them.
    pub words: Vec<Span>,
    /// The file its output goes to.
    pub output: Option<Span>,
}

impl Command {
    /// The name of its program, without the directories.
    pub fn program<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        let word = self.words.first().map_or(&b""[..], |word| unquoted(text, *word).of(text));
        word.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }

    /// Its arguments.
    pub fn arguments(&self) -> &[Span] {
        self.words.get(1..).unwrap_or_default()
    }

    /// Whether one of its arguments is this word.
    pub fn has(&self, text: &[u8], argument: &[u8]) -> bool {
        self.arguments().iter().any(|word| word.of(text) == argument)
    }
}

/// A variable in a word, or an expression of a pipeline that reads a secret: `$NAME`, `${NAME}`, `${{ secrets.NAME }}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its name.
    pub name: String,
    /// All its bytes.
    pub span: Span,
}

/// The pipelines in bytes `range` of `text`, those in `$(…)` included.
pub fn pipelines(text: &[u8], range: Span) -> Vec<Pipeline> {
    let mut out = Vec::new();
    read(text, range, 0, &mut out);
    out
}

fn read(text: &[u8], range: Span, depth: usize, out: &mut Vec<Pipeline>) {
    let mut open = Open { text, pipeline: Pipeline { is_captured: depth > 0, ..Pipeline::default() }, to_file: false };
    let mut at = range.start;
    while at < range.end {
        match text[at] {
            b'\n' | b';' => open.end(out),
            b'&' if at == range.start || text[at - 1] != b'>' => open.end(out),
            b'|' if text.get(at + 1) == Some(&b'|') => {
                open.end(out);
                at += 1;
            }
            b'|' => open.pipeline.commands.push(Command::default()),
            b'>' => open.to_file = true,
            b' ' | b'\t' | b'\r' | b'(' | b')' | b'<' => {}
            b'\\' if matches!(text.get(at + 1), Some(b'\n' | b'\r')) => at += 1,
            _ => {
                let end = word_end(text, Span::new(at, range.end), depth, out);
                open.word(Span::new(at, end));
                at = end;
                continue;
            }
        }
        at += 1;
    }
    open.end(out);
}

/// The pipeline that is read.
struct Open<'a> {
    text: &'a [u8],
    pipeline: Pipeline,
    /// Whether the next word is a file.
    to_file: bool,
}

impl Open<'_> {
    fn word(&mut self, word: Span) {
        let text = self.text;
        if self.pipeline.commands.is_empty() {
            self.pipeline.commands.push(Command::default());
        }
        let Some(command) = self.pipeline.commands.last_mut() else { return };
        if std::mem::take(&mut self.to_file) {
            // `>&2` is shown too.
            if !word.of(text).starts_with(b"&") {
                command.output = Some(word);
            }
            return;
        }
        let bytes = word.of(text);
        let is_keyword = matches!(
            bytes,
            b"then"
                | b"do"
                | b"else"
                | b"if"
                | b"while"
                | b"sudo"
                | b"exec"
                | b"time"
                | b"!"
                | b"{"
                | b"env"
                | b"export"
        );
        let name = bytes.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let is_assignment = name > 0 && bytes.get(name) == Some(&b'=');
        // A number before `>` is no word.
        let is_channel = bytes.len() == 1 && bytes[0].is_ascii_digit() && text.get(word.end) == Some(&b'>');
        if !(is_channel || command.words.is_empty() && (is_keyword || is_assignment)) {
            let skip = usize::from(command.words.is_empty() && matches!(bytes[0], b'@' | b'-') && bytes.len() > 1);
            command.words.push(Span::new(word.start + skip, word.end));
        }
    }

    fn end(&mut self, out: &mut Vec<Pipeline>) {
        let is_captured = self.pipeline.is_captured;
        let next = Pipeline { is_captured, ..Pipeline::default() };
        let done = std::mem::replace(&mut self.pipeline, next);
        self.to_file = false;
        if done.commands.iter().any(|command| !command.words.is_empty()) {
            out.push(done);
        }
    }
}

/// Where the word that starts `range` ends. The commands of its substitutions are read on the way.
fn word_end(text: &[u8], range: Span, depth: usize, out: &mut Vec<Pipeline>) -> usize {
    let (mut at, mut quote) = (range.start, 0_u8);
    while at < range.end {
        match text[at] {
            b'\\' if quote != b'\'' => at += 1,
            byte @ (b'"' | b'\'') if quote == 0 => quote = byte,
            byte if byte == quote => quote = 0,
            b'$' if quote != b'\'' && text[at..range.end].starts_with(b"${{") => {
                at += expression_end(text, Span::new(at, range.end)) - 1;
            }
            b'$' if quote != b'\'' && text.get(at + 1) == Some(&b'(') => {
                let inside = Span::new((at + 2).min(range.end), range.end);
                let end = substitution_end(text, inside);
                if depth < DEPTH {
                    read(text, Span::new(inside.start, end), depth + 1, out);
                }
                at = end;
            }
            // `>&2`
            b'&' if at == range.start => {}
            byte if quote == 0
                && (byte.is_ascii_whitespace() || matches!(byte, b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')')) =>
            {
                break;
            }
            _ => {}
        }
        at += 1;
    }
    at.clamp(range.start + 1, range.end)
}

/// Longest expression of a pipeline, in bytes.
const LONGEST_EXPRESSION: usize = 1024;

/// The length of the expression `${{ … }}` that starts `range`; that of its first bytes if it has no end nearby.
fn expression_end(text: &[u8], range: Span) -> usize {
    let near = &range.of(text)[..range.len().min(LONGEST_EXPRESSION)];
    memchr::memmem::find(near, b"}}").map_or(3, |i| i + 2)
}

/// Where the substitution whose commands start `range` is closed; the range's end if it is not.
fn substitution_end(text: &[u8], range: Span) -> usize {
    let (mut at, mut open, mut quote) = (range.start, 1_usize, 0_u8);
    while at < range.end {
        match text[at] {
            b'\\' => at += 1,
            b'\'' if quote == 0 => quote = b'\'',
            b'\'' if quote == b'\'' => quote = 0,
            b'(' if quote == 0 => open += 1,
            b')' if quote == 0 => {
                open -= 1;
                if open == 0 {
                    return at;
                }
            }
            _ => {}
        }
        at += 1;
    }
    range.end
}

/// The variables a word is made of, as far as a shell or the pipeline expands them: not in single quotes, not escaped.
/// `${#NAME}` and `${NAME:+x}` tell something about the value, not the value.
pub fn references(text: &[u8], word: Span) -> Vec<Reference> {
    let (mut out, mut at, mut quote) = (Vec::new(), word.start, 0_u8);
    while at < word.end {
        match text[at] {
            b'\\' if quote != b'\'' => at += 1,
            byte @ (b'"' | b'\'') if quote == 0 => quote = byte,
            byte if byte == quote => quote = 0,
            // Expressions of a pipeline are replaced before any shell looks at quotes.
            b'$' if text[at..word.end].starts_with(b"${{") => {
                let length = expression_end(text, Span::new(at, word.end));
                let expression = text[at + 3..at + length].trim_ascii();
                let expression = expression.strip_suffix(b"}}").unwrap_or(expression).trim_ascii();
                if let Some(name) = expression.strip_prefix(b"secrets.")
                    && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
                {
                    let name = String::from_utf8_lossy(name).into_owned();
                    out.push(Reference { name, span: Span::new(at, at + length) });
                }
                at += length - 1;
            }
            b'$' if quote != b'\'' => {
                if let Some(reference) = variable(text, Span::new(at, word.end)) {
                    at = reference.span.end - 1;
                    out.push(reference);
                }
            }
            _ => {}
        }
        at += 1;
    }
    out
}

/// `$NAME`, `${NAME…}`, `$env:NAME` at the start of `range`.
fn variable(text: &[u8], range: Span) -> Option<Reference> {
    let mut start = range.start + 1;
    let is_braced = text.get(start) == Some(&b'{');
    start += usize::from(is_braced);
    if text.get(start..range.end)?.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"env:")) {
        start += 4;
    }
    let length = text[start..range.end].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let mut end = start + length;
    if length == 0 {
        return None;
    }
    if is_braced {
        let rest = &text[end..range.end];
        if rest.starts_with(b":+") || rest.starts_with(b"+") {
            return None;
        }
        end += rest.iter().take(256).position(|b| *b == b'}').map_or(0, |i| i + 1);
    }
    let name = String::from_utf8_lossy(&text[start..start + length]).into_owned();
    Some(Reference { name, span: Span::new(range.start, end) })
}

/// The name of a `--build-arg`, and its value unless only the name is passed.
pub type BuildArgument = (Span, Option<Span>);

/// The build arguments a command passes.
pub fn build_arguments(text: &[u8], range: Span) -> Vec<BuildArgument> {
    const FLAG: &[u8] = b"--build-arg";
    let mut out = Vec::new();
    for at in memchr::memmem::find_iter(range.of(text), FLAG) {
        let mut start = range.start + at + FLAG.len();
        // Between the flag and its argument: `=`, blanks, and the marks of a list in YAML or JSON.
        let gap = text[start..range.end]
            .iter()
            .take_while(|b| matches!(b, b'=' | b' ' | b'\t' | b'"' | b'\'' | b','))
            .count();
        start += gap;
        let is_part = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'_';
        let name = Span::new(start, start + text[start..range.end].iter().take_while(is_part).count());
        if gap == 0 || name.is_empty() {
            continue;
        }
        let value = (name.end < range.end && text[name.end] == b'=').then(|| {
            let rest = Span::new(name.end + 1, range.end);
            let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b',');
            let quoted = matches!(rest.of(text).first(), Some(b'"' | b'\''));
            let word = if quoted { unquoted(text, rest) } else { rest };
            let length = if quoted { word.len() } else { word.of(text).iter().take_while(|b| !is_end(b)).count() };
            Span::new(word.start, word.start + length)
        });
        out.push((name, value));
    }
    out
}

/// The name that `print(os.environ["NAME"])` or `console.log(process.env.NAME)` in `word` shows.
pub fn shown_by_program(text: &[u8], word: Span) -> Option<Reference> {
    const CALLS: [&[u8]; 5] = [
        b"print(os.environ[",
        b"print(os.getenv(",
        b"print(os.environ.get(",
        b"console.log(process.env.",
        b"puts ENV[",
    ];
    let bytes = word.of(text);
    CALLS.iter().find_map(|call| {
        let at = word.start + memchr::memmem::find(bytes, call)?;
        let mut start = at + call.len();
        while start < word.end && matches!(text[start], b'"' | b'\'' | b'\\') {
            start += 1;
        }
        let length = text[start..word.end].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let name = String::from_utf8_lossy(&text[start..start + length]).into_owned();
        (length > 0).then_some(Reference { name, span: Span::new(at, start + length) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn show(text: &str) -> Vec<String> {
        let bytes = text.as_bytes();
        let join = |pipeline: Pipeline| {
            let commands = pipeline.commands.iter().map(|command| {
                let words: Vec<&str> = command.words.iter().map(|word| &text[word.range()]).collect();
                let output = command.output.map(|word| format!(" > {}", &text[word.range()])).unwrap_or_default();
                words.join(" ") + &output
            });
            let mark = if pipeline.is_captured { "$" } else { "" };
            format!("{mark}{}", commands.collect::<Vec<_>>().join(" | "))
        };
        pipelines(bytes, Span::new(0, bytes.len())).into_iter().map(join).collect()
    }

    #[test]
    fn commands_are_split() {
        assert_eq!(show("A=1 echo \"$K;\" | base64 -w0 && b > f; c"), ["echo \"$K;\" | base64 -w0", "b > f", "c"]);
        assert_eq!(show("a 2>&1 >> f\nif x; then echo y; fi"), ["a > f", "x", "echo y", "fi"]);
        assert_eq!(show("K=$(echo -n \"$V\" | base64) run"), ["$echo -n \"$V\" | base64", "run"]);
        assert_eq!(show("a \\\n  b"), ["a b"]);
        assert_eq!(show("a $(b (c"), ["$b c", "a $(b (c"]);
    }

    #[test]
    fn references_are_what_is_expanded() {
        let names = |text: &str| {
            references(text.as_bytes(), Span::new(0, text.len())).into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(names("\"a $B ${C} ${D:-x} ${{ secrets.E }}\""), ["B", "C", "D", "E"]);
        assert_eq!(names("'$B ${{ secrets.E }}' \\$C ${#D} ${F:+x} ${{ secrets.G != '' }} $"), ["E"]);
        assert_eq!(names("$env:B"), ["B"]);
    }

    #[test]
    fn build_arguments_are_named() {
        let text =
            b"docker build --build-arg A --build-arg \"B=$C\" --build-arg=D=e --build-args x \"--build-arg\", \"F=g\"";
        let all = build_arguments(text, Span::new(0, text.len()));
        let show: Vec<(&[u8], Option<&[u8]>)> =
            all.iter().map(|(name, value)| (name.of(text), value.map(|value| value.of(text)))).collect();
        assert_eq!(show, [(&b"A"[..], None), (b"B", Some(&b"$C"[..])), (b"D", Some(b"e")), (b"F", Some(b"g"))]);
    }

    proptest! {
        #[test]
        fn never_panics(text in "(echo |\\$K|\\$\\{|\\$\\(|\\)|\\}|\"|'|\\\\|\n| |;|&|\\||>|<|é|--build-arg |A=){0,30}") {
            let all = Span::new(0, text.len());
            for pipeline in pipelines(text.as_bytes(), all) {
                for command in &pipeline.commands {
                    for word in &command.words {
                        references(text.as_bytes(), *word);
                        shown_by_program(text.as_bytes(), *word);
                    }
                }
            }
            build_arguments(text.as_bytes(), all);
        }
    }
}
