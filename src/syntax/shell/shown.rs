//! Here-documents that a script prints: what they say is meant for people.

use crate::span::{Span, line_around};

/// The bodies of the here-documents of a script that `cat` writes to the terminal, in the order of the text.
pub fn shown_documents(text: &[u8]) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let line = line_around(text, at);
        at = text.len().min(line.end + 1);
        let Some(word) = printed_until(line.of(text)) else { continue };
        let start = at;
        while at < text.len() && line_around(text, at).of(text).trim_ascii() != word {
            at = text.len().min(line_around(text, at).end + 1);
        }
        out.push(Span::new(start, at));
    }
    out
}

/// The word that ends the here-document of a command that does nothing but print it: `cat <<EOF`, `cat <<-'EOF' >&2`.
fn printed_until(line: &[u8]) -> Option<&[u8]> {
    let rest = line.trim_ascii().strip_prefix(b"cat")?.trim_ascii_start().strip_prefix(b"<<")?;
    let rest = rest.strip_suffix(b">&2").unwrap_or(rest).trim_ascii();
    let rest = rest.strip_prefix(b"-").unwrap_or(rest).trim_ascii_start();
    let quotes = |b: &u8| matches!(b, b'"' | b'\'' | b'\\');
    let start = rest.iter().position(|b| !quotes(b))?;
    let end = rest.iter().rposition(|b| !quotes(b))? + 1;
    let word = &rest[start..end];
    word.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_').then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_for_people() {
        let shown = |text: &str| -> Vec<String> {
            let spans = shown_documents(text.as_bytes());
            spans.into_iter().map(|span| text[span.range()].to_owned()).collect()
        };
        assert_eq!(shown("help() {\n  cat << EOF\na <<b\nEOF\n}\nx=1\n"), ["a <<b\n"]);
        assert_eq!(shown("cat <<-'USAGE' >&2\n\ta\n\tUSAGE\n"), ["\ta\n"]);
        assert_eq!(shown("cat <<EOF\na"), ["a"]);
        assert!(shown("cat <<EOF > .env\na\nEOF\n").is_empty());
        assert!(shown("cat > .env <<EOF\na\nEOF\n").is_empty());
        assert!(shown("cat <<EOF | sh\na\nEOF\n").is_empty());
        assert!(shown("sh <<EOF\na\nEOF\n").is_empty());
    }
}
