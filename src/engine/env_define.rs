//! Where files other than code define variables: env files, manifests, Dockerfiles, shell scripts.

use super::context::Context;
use crate::source::FileKind;
use crate::span::Span;
use crate::syntax::dotenv::Operator;
use crate::syntax::shell;
use crate::text::placeholder::{self, ValueKind};

/// The names of the variables the file defines, in the order of the text.
pub(super) fn names(cx: &Context<'_>) -> Vec<Span> {
    match cx.file.kind {
        FileKind::Env => in_env_file(cx),
        FileKind::Dockerfile => in_dockerfile(cx),
        FileKind::Compose | FileKind::Ci | FileKind::Yaml | FileKind::Config | FileKind::Json | FileKind::Shell => {
            let mut out = Vec::new();
            each_line(cx.text(), cx.file.kind, |span| out.push(span));
            out
        }
        _ => Vec::new(),
    }
}

fn in_env_file(cx: &Context<'_>) -> Vec<Span> {
    let document = cx.dotenv();
    let entries = document.entries().filter(|entry| entry.operator != Operator::Missing);
    entries.map(|entry| entry.name).filter(|name| !name.is_empty()).collect()
}

/// What `ENV` and `ARG` define, and what the commands of other instructions set for themselves.
fn in_dockerfile(cx: &Context<'_>) -> Vec<Span> {
    let mut out = Vec::new();
    for instruction in &cx.dockerfile().instructions {
        if matches!(instruction.name.as_str(), "ENV" | "ARG") {
            out.extend(instruction.pairs.iter().map(|pair| pair.key));
            continue;
        }
        let line = &instruction.line;
        out.extend(shell::assigned(line.bytes(), instruction.arguments).map(|name| line.source(name)));
        out.extend(instruction.heredocs.iter().flat_map(|document| shell::assigned(cx.text(), document.body)));
    }
    out
}

fn each_line(text: &[u8], kind: FileKind, mut visit: impl FnMut(Span)) {
    let mut start = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    while start < text.len() {
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |length| start + length + 1);
        in_line(&text[start..end], kind, |from, to| visit(Span::new(start + from, start + to)));
        start = end;
    }
}

fn in_line(line: &[u8], kind: FileKind, mut visit: impl FnMut(usize, usize)) {
    let mut at = Reader { line, at: 0 };
    at.blanks();
    if line[at.at..].starts_with(b"#") {
        return;
    }
    match kind {
        FileKind::Shell => at.words(&[b"export ", b"set ", b"local ", b"readonly ", b"declare "]),
        FileKind::Config => at.words(&[b"Environment="]),
        FileKind::Compose | FileKind::Ci | FileKind::Yaml => {
            at.words(&[b"- "]);
            if at.opens_collection() {
                return at.collection(visit);
            }
            // `- name: X` and `value: …` in Kubernetes, `- key: X` on Render.
            if at.word(b"name:") || at.word(b"key:") {
                at.blanks();
                at.quote();
                if let Some((from, to)) = at.name() {
                    visit(from, to);
                }
                return;
            }
        }
        FileKind::Json => {
            // Objects may stand on one line.
            while let Some(quote) = memchr::memchr(b'"', &line[at.at..]) {
                at.at += quote + 1;
                let Some((from, to)) = at.name() else { continue };
                if at.quote() {
                    at.blanks();
                    if line.get(at.at) == Some(&b':') {
                        visit(from, to);
                    }
                }
            }
            return;
        }
        _ => {}
    }
    at.quote();
    let Some((from, to)) = at.name() else { return };
    at.quote();
    at.blanks();
    let next = line.get(at.at).copied();
    let listed = kind == FileKind::Compose && matches!(next, None | Some(b'\n' | b'\r'));
    let assigned = match kind {
        FileKind::Shell => next == Some(b'=') && at.at == to,
        FileKind::Compose | FileKind::Ci | FileKind::Yaml => matches!(next, Some(b'=' | b':')),
        _ => next == Some(b'='),
    };
    if assigned || listed {
        visit(from, to);
    }
    if matches!(kind, FileKind::Compose | FileKind::Ci | FileKind::Yaml) && next == Some(b':') {
        at.at += 1;
        at.blanks();
        if at.word(b"&") {
            at.name();
            at.blanks();
        }
        if at.opens_collection() {
            at.collection(visit);
        }
    }
}

/// Whether what a JSON key is given is a text for people, as in a list of translations. `rest`: what follows the key's
/// name.
pub(super) fn is_sentence(rest: &[u8]) -> bool {
    /// The longest text looked at, in bytes: a longer one is none that a variable is set to.
    const LONGEST: usize = 1024;
    let given = rest[..rest.len().min(LONGEST)].strip_prefix(b"\"").map(<[u8]>::trim_ascii_start);
    let given = given.and_then(|rest| rest.strip_prefix(b":")).map(<[u8]>::trim_ascii_start);
    let Some(text) = given.and_then(|rest| rest.strip_prefix(b"\"")) else { return false };
    let text = &text[..memchr::memchr(b'"', text).unwrap_or(text.len())];
    text.trim_ascii().contains(&b' ') && placeholder::classify(text) == ValueKind::Literal
}

struct Reader<'a> {
    line: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        while matches!(self.line.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &[u8]) -> bool {
        let is_here = self.line[self.at..].starts_with(word);
        if is_here {
            self.at += word.len();
        }
        is_here
    }

    /// Skips one of `words` and the blanks after it.
    fn words(&mut self, words: &[&[u8]]) {
        if words.iter().any(|word| self.word(word)) {
            self.blanks();
        }
    }

    fn opens_collection(&self) -> bool {
        matches!(self.line[self.at..], [b'{' | b'[', ref rest @ ..] if !rest.starts_with(b"{"))
    }

    /// The names in a collection on one line: `{A: b}`, `["A=b"]`, `{name: A, value: b}`.
    fn collection(&mut self, mut visit: impl FnMut(usize, usize)) {
        while let Some(mark) = self.line[self.at..].iter().position(|b| matches!(b, b'{' | b'[' | b',')) {
            self.at += mark + 1;
            self.blanks();
            let is_named = self.word(b"name:") || self.word(b"key:");
            self.blanks();
            self.quote();
            let Some((from, to)) = self.name() else { continue };
            self.quote();
            if is_named || matches!(self.line.get(self.at), Some(b':' | b'=')) {
                visit(from, to);
            }
        }
    }

    fn quote(&mut self) -> bool {
        let is_here = matches!(self.line.get(self.at), Some(b'"' | b'\''));
        self.at += usize::from(is_here);
        is_here
    }

    fn name(&mut self) -> Option<(usize, usize)> {
        let rest = &self.line[self.at..];
        let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')).count();
        let from = self.at;
        self.at += length;
        (length > 0).then_some((from, self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Encoding, RelPath, Role, SourceFile};

    fn names(kind: FileKind, text: &str) -> Vec<&str> {
        let (path, bytes) = (RelPath::from("x"), text.as_bytes());
        let (role, encoding) = (Role::Live, Encoding::Utf8);
        let file = SourceFile { path: &path, kind, role, text: bytes, encoding, ignored: false };
        super::names(&Context::new(&file)).into_iter().map(|span| &text[span.range()]).collect()
    }

    #[test]
    fn every_kind_of_file_has_its_way_to_define() {
        assert_eq!(names(FileKind::Env, "# A_B=1\nexport C_D = x\nE_F: y\n"), ["C_D", "E_F"]);
        assert_eq!(names(FileKind::Compose, "  - A_B=1\n  - C_D\n  E_F: ${E_F}\n"), ["A_B", "C_D", "E_F"]);
        let flow =
            "environment: {A_B: 1, \"C_D\": 2}\nx: &e [\"E_F=3\", G_H]\n- {name: I_J, value: x}\nrun: ${{ a }}\n";
        let expected = ["environment", "A_B", "C_D", "x", "E_F", "I_J", "value", "run"];
        assert_eq!(names(FileKind::Compose, flow), expected);
        assert_eq!(names(FileKind::Yaml, "- name: A_B\n  value: x\n"), ["A_B", "value"]);
        let dockerfile = "FROM x\nENV A_B=1 C_D=\"2 X=3\" \\\n    E_F=3\nARG G_H\nENV I_J x\nRUN K_L=1 a && \\\n M_N=2 b <<E\n\
                          O_P=3\nE\n";
        assert_eq!(names(FileKind::Dockerfile, dockerfile), ["A_B", "C_D", "E_F", "G_H", "I_J", "K_L", "M_N", "O_P"]);
        assert_eq!(names(FileKind::Config, "[env]\nA_B = 'x'\nEnvironment=\"C_D=1\"\n"), ["A_B", "C_D"]);
        assert_eq!(names(FileKind::Json, "{\"A_B\": 1,\n\"C_D\" : \"E_F\"}"), ["A_B", "C_D"]);
        assert_eq!(names(FileKind::Shell, "export A_B=1\nC_D=2 run\n[ x = y ]\n"), ["A_B", "C_D"]);
        assert_eq!(names(FileKind::Python, "A_B = 1"), [""; 0]);
    }
}
