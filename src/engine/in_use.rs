//! Whether a placeholder stands where it will be used, or where people read it: in documentation, an example, a
//! comment, or text that a program shows.

use super::context::Context;
use crate::source::{FileKind, Role};
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

/// Whether what stands at byte `at` takes part in something that runs.
pub(super) fn is_used(cx: &Context<'_>, at: usize) -> bool {
    let (text, path) = (cx.text(), cx.file.path.as_bytes());
    // A script is there to be run wherever it stands.
    let shown = cx.file.kind != FileKind::Shell && is_shown(path);
    if cx.file.role != Role::Live || cx.lines.is_commented(at) || shown {
        return false;
    }
    let line = cx.lines.around(at);
    match cx.file.kind {
        FileKind::Prose | FileKind::Lock | FileKind::Text => false,
        FileKind::Python => !cx.in_docstring(at) && !is_printed(text, line, at),
        FileKind::JavaScript => !cx.in_raw_string(at) && !is_printed(text, line, at),
        FileKind::Code if path.ends_with(b".go") => !cx.in_raw_string(at) && !is_printed(text, line, at),
        FileKind::Code | FileKind::Notebook | FileKind::Shell => !is_printed(text, line, at),
        FileKind::Yaml | FileKind::Json => !describes_api(path, text),
        _ => true,
    }
}

fn is_shown(path: &[u8]) -> bool {
    let mut parts = path.rsplit(|b| *b == b'/');
    parts.next();
    parts.any(|dir| SHOWN.iter().any(|shown| dir.eq_ignore_ascii_case(shown)))
}

/// Whether the line only shows what stands at byte `at`, or quotes a shell command there.
fn is_printed(text: &[u8], line: Span, at: usize) -> bool {
    let start = text[line.start..at].trim_ascii_start();
    // `echo "KEY=…" >> .env` writes it.
    let writes = text[at..line.end].contains(&b'>');
    let prints = !writes && PRINTS.iter().any(|word| start.starts_with(word));
    let quoted = start.iter().rposition(|b| matches!(b, b'"' | b'\'' | b'`'));
    prints || quoted.is_some_and(|quote| memmem::find(&start[quote..], b"export ").is_some())
}

/// Whether a file describes an interface (`OpenAPI`): the values in it are examples.
fn describes_api(path: &[u8], text: &[u8]) -> bool {
    let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default().to_ascii_lowercase();
    let head = &text[..text.len().min(1024)];
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
    }

    #[test]
    fn descriptions_of_interfaces() {
        assert!(describes_api(b"api/openapi.snapshot.json", b"{}"));
        assert!(describes_api(b"spec.yaml", b"openapi: 3.1.0\n"));
        assert!(describes_api(b"spec.json", b"{\"swagger\": \"2.0\"}"));
        assert!(!describes_api(b"config.yaml", b"client: openapi-client\n"));
    }
}
