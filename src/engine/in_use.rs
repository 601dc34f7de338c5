//! Whether a placeholder stands where it will be used, or where people read it: in documentation, an example, a
//! comment, or text that a program shows.

use super::context::Context;
use super::given::is_login_file;
use super::manifest;
use crate::source::{FileKind, RelPath, Role};
use crate::span::Span;
use memchr::memmem;

/// Directories whose files show readers how to do something.
const SHOWN: [&[u8]; 12] = [
    b"doc",
    b"docs",
    b"documentation",
    b"example",
    b"examples",
    b"sample",
    b"samples",
    b"snippets",
    b"cookbook",
    b"cookbooks",
    b"tutorial",
    b"tutorials",
];

/// What a line starts with that only shows its text.
const PRINTS: [&[u8]; 9] =
    [b"echo ", b"printf ", b"print(", b"print ", b"console.", b"Write-", b"raise ", b"throw ", b"fmt.Print"];

/// Why what stands at byte `at` takes no part in anything that runs; `None` if it does.
pub(super) fn unused(cx: &Context<'_>, at: usize) -> Option<&'static str> {
    let (text, path) = (cx.text(), cx.file.path.as_bytes());
    match cx.file.role {
        Role::Template => return Some("the file is a template to be filled in"),
        Role::Documentation => return Some("the file is documentation"),
        Role::Test => return Some("the file is a test"),
        Role::Live => {}
    }
    // A script is there to be run wherever it stands.
    if cx.file.kind != FileKind::Shell && is_shown(path) {
        return Some("the file stands among documentation or examples");
    }
    if cx.lines.is_commented(at) && !is_statement(cx.file.kind, path, cx.lines.around(at).of(text)) {
        return Some("it stands in a comment");
    }
    let has_raw_strings = cx.file.kind == FileKind::JavaScript || path.ends_with(b".go");
    match cx.file.kind {
        FileKind::Text if is_configuration(cx.file.path, text) => None,
        FileKind::Prose | FileKind::Lock | FileKind::Text | FileKind::Html => Some("files of this kind are not run"),
        FileKind::Yaml | FileKind::Json => {
            if cx.file.kind == FileKind::Yaml && is_rails_test(path, text, at) {
                return Some("it stands in the section for tests");
            }
            describes_api(path, text).then_some("the file describes an interface: its values are examples")
        }
        FileKind::Shell if cx.in_shown_document(at) => Some("it stands in a text that is shown"),
        FileKind::Python if cx.in_docstring(at) => Some("it stands in a docstring"),
        FileKind::Notebook if !cx.in_cell(at) => Some("it stands in a comment, a text or an output of the notebook"),
        _ if has_raw_strings && cx.in_raw_string(at) => Some("it stands in a text that is shown or written"),
        kind if kind.is_code() && is_printed(text, cx.lines.around(at), at) => Some("the line only shows it"),
        _ => None,
    }
}

/// Whether a file whose kind has no name of its own configures something: pipelines, logins, requests to send.
fn is_configuration(path: &RelPath, text: &[u8]) -> bool {
    let (dir, name) = (path.parent(), path.file_name());
    let extension = name.rsplit(|b| *b == b'.').next().unwrap_or_default();
    is_login_file(name)
        || matches!(name, b"crontab" | b".pgpass")
        || dir.ends_with(b"cron.d")
        || matches!(extension, b"config" | b"csproj" | b"props" | b"http" | b"rest" | b"bru" | b"xcconfig")
        || manifest::is_manifest(FileKind::Text, path.as_bytes(), text)
}

/// Whether a line that starts as comments of other languages do is none: a definition in C, the address of a registry
/// that npm's configuration gives a token (`//registry.npmjs.org/:_authToken=…`).
fn is_statement(kind: FileKind, path: &[u8], line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    kind == FileKind::C && line.starts_with(b"#define ") || path.ends_with(b"npmrc") && line.starts_with(b"//")
}

/// Whether byte `at` stands in the section that Rails reads where tests run: `test:` in `config/secrets.yml`.
fn is_rails_test(path: &[u8], text: &[u8], at: usize) -> bool {
    /// How far before a value its section may start, in bytes.
    const REACH: usize = 4096;
    let is_settings = [&b"config/secrets.yml"[..], b"config/database.yml"].iter().any(|file| path.ends_with(file));
    if !is_settings {
        return false;
    }
    let before = &text[at.saturating_sub(REACH)..at];
    let is_section = |line: &&[u8]| line.first().is_some_and(u8::is_ascii_alphabetic);
    // What the value's own line starts with is its name.
    let section = before.split(|b| *b == b'\n').rev().skip(1).find(is_section);
    section.is_some_and(|line| line.starts_with(b"test:"))
}

fn is_shown(path: &[u8]) -> bool {
    let mut parts = path.rsplit(|b| *b == b'/');
    parts.next();
    parts.any(|dir| SHOWN.iter().any(|shown| dir.eq_ignore_ascii_case(shown)))
}

/// How far before a value the attribute may start that shows it in an empty field, in bytes.
const HINT_REACH: usize = 160;

/// Whether the line only shows what stands at byte `at`, or quotes a command or some code there.
fn is_printed(text: &[u8], line: Span, at: usize) -> bool {
    let start = text[line.start..at].trim_ascii_start();
    // `echo "KEY=…" >> .env` writes it.
    let writes = text[at..line.end].contains(&b'>');
    let prints = !writes && PRINTS.iter().any(|word| start.starts_with(word));
    let quoted = start.iter().rposition(|b| matches!(b, b'"' | b'\'' | b'`'));
    let in_backticks = || memchr::memchr_iter(b'`', start).count() % 2 == 1;
    let is_command =
        |quote: usize| start[quote] == b'`' && in_backticks() || memmem::find(&start[quote..], b"export ").is_some();
    let near = &start[start.len().saturating_sub(HINT_REACH)..];
    let is_hint = [&b"placeholder="[..], b"placeholder: "].iter().any(|word| memmem::find(near, word).is_some());
    prints || is_hint || quoted.is_some_and(is_command) || is_told(start)
}

/// Whether code stands between escaped quotes in a text of words: `"Call set(key=\"NAME\", value=\"your-key\")"`.
fn is_told(start: &[u8]) -> bool {
    let Some(escaped) = memmem::find(start, b"\\\"") else { return false };
    let told = start[..escaped].splitn(2, |b| *b == b'"').nth(1).unwrap_or_default();
    let is_word = |word: &[u8]| word.len() > 2 && word.iter().all(u8::is_ascii_alphabetic);
    told.split(u8::is_ascii_whitespace).any(is_word)
}

/// Whether a file describes an interface (`OpenAPI`, a module of Ansible): the values in it are examples.
fn describes_api(path: &[u8], text: &[u8]) -> bool {
    let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default().to_ascii_lowercase();
    let head = &text[..text.len().min(1024)];
    if head.starts_with(b"DOCUMENTATION:") || memmem::find(head, b"\nDOCUMENTATION:").is_some() {
        return true;
    }
    [&b"openapi"[..], b"swagger"].iter().any(|word| {
        let is_key = |at: usize| matches!(head.get(at + word.len()), Some(b':' | b'"'));
        memmem::find(&name, word).is_some() || memmem::find_iter(head, word).any(is_key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_shown() {
        let printed = |line: &str| is_printed(line.as_bytes(), Span::new(0, line.len()), line.find("KEY").unwrap());
        assert!(printed("  print(\"set KEY='x'\")"));
        assert!(printed("code: 'export KEY=\"x\"',"));
        assert!(printed("echo \"KEY=x\""));
        assert!(!printed("echo \"KEY=x\" >> .env"));
        assert!(!printed("export KEY=x"));
        assert!(printed("- add \\`KEY=x\\` to the file"));
        assert!(!printed("D=`pwd`; KEY=x"));
        assert!(printed("\"2. Configure it: set(key=\\\"KEY\\\", value=\\\"x\\\")\""));
        assert!(printed("placeholder={token || \"KEY\"}"));
        assert!(!printed("body = \"{\\\"KEY\\\": \\\"x\\\"}\""));
    }

    #[test]
    fn descriptions_of_interfaces() {
        assert!(describes_api(b"api/openapi.snapshot.json", b"{}"));
        assert!(describes_api(b"spec.yaml", b"openapi: 3.1.0\n"));
        assert!(describes_api(b"spec.json", b"{\"swagger\": \"2.0\"}"));
        assert!(describes_api(b"modules/user.yml", b"---\nDOCUMENTATION:\n  module: user\n"));
        assert!(!describes_api(b"config.yaml", b"client: openapi-client\n"));
    }
}
