//! The scripts of a page or of a component (Vue, Svelte, Astro): what stands around them is no code.

use memchr::memmem;

/// Words in the tag of a script that is data or another language.
const NO_CODE: [&[u8]; 4] = [b"json", b"importmap", b"template", b"python"];

/// How long a tag may be (bytes).
const LONGEST_TAG: usize = 1024;

/// Whether a text of JavaScript's kind is a component: no program starts with a tag or a line of dashes.
pub(super) fn is_component(text: &[u8]) -> bool {
    let start = text.strip_prefix(crate::span::UTF8_BOM).unwrap_or(text).trim_ascii_start();
    start.starts_with(b"<") || start.starts_with(b"---")
}

/// The scripts of `text`, each byte where it stands in the text; everything else is blank lines.
pub(super) fn scripts(text: &[u8]) -> Vec<u8> {
    let mut out = vec![b'\n'; text.len()];
    let mut at = 0;
    // A browser keeps what stands in a template as it is: its scripts do not run.
    let mut templates = 0_usize;
    let start = text.len() - text.trim_ascii_start().len();
    // What Astro runs on the server stands between two lines of dashes.
    if text[start..].starts_with(b"---")
        && let Some(length) = memmem::find(&text[start + 3..], b"\n---")
    {
        at = start + 3 + length;
        out[start + 3..at].copy_from_slice(&text[start + 3..at]);
    }
    while let Some(open) = memchr::memchr(b'<', &text[at..]).map(|i| at + i) {
        let rest = &text[open..];
        at = open + 1;
        if rest.starts_with(b"<!--") {
            at = memmem::find(rest, b"-->").map_or(text.len(), |length| open + length);
        } else if is_tag(rest, b"<template") {
            let tag = tag_length(rest).map_or(&rest[..0], |length| &rest[..length]);
            // What a shadow root is made of is part of the page.
            let is_kept = !tag.ends_with(b"/>") && memmem::find(tag, b"shadowrootmode").is_none();
            templates += usize::from(is_kept);
        } else if is_tag(rest, b"</template") {
            templates = templates.saturating_sub(1);
        } else if is_tag(rest, b"<script") {
            let Some(length) = tag_length(rest) else { continue };
            let (tag, inside) = (&rest[..length], open + length);
            let end = memmem::find(&text[inside..], b"</script").map_or(text.len(), |length| inside + length);
            if templates == 0 && !NO_CODE.iter().any(|word| memmem::find(tag, word).is_some()) {
                out[inside..end].copy_from_slice(&text[inside..end]);
            }
            at = end;
        }
    }
    out
}

/// Whether `text` starts with the tag `start`, written in small letters without what ends it.
fn is_tag(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(start))
        && text.get(start.len()).is_some_and(|b| b.is_ascii_whitespace() || *b == b'>')
}

/// How many bytes the tag at the start of `rest` has: `>` may stand in a quoted value.
fn tag_length(rest: &[u8]) -> Option<usize> {
    let mut quote = None;
    rest.iter()
        .take(LONGEST_TAG)
        .position(|byte| {
            match (quote, byte) {
                (None, b'"' | b'\'') => quote = Some(*byte),
                (Some(open), byte) if open == *byte => quote = None,
                _ => {}
            }
            quote.is_none() && *byte == b'>'
        })
        .map(|last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        let out = scripts(text.as_bytes());
        assert_eq!(out.len(), text.len());
        String::from_utf8(out).unwrap().split('\n').filter(|line| !line.is_empty()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn only_scripts_are_code() {
        assert_eq!(code("<p>a()</p><script setup lang=\"ts\">b()</script><script>c()</script>d"), "b()|c()");
        assert_eq!(code("<!-- <script>a()</script> --><SCRIPT data-x='>'>b()</script>"), "b()");
        assert_eq!(code("<script type=\"importmap\">{}</script><script src=x></script>"), "");
        assert_eq!(code("---\nconst a = 1;\n---\n<p>{a}</p>"), "const a = 1;");
        assert_eq!(code("<scripts>a</scripts><script>b"), "b");
    }

    #[test]
    fn what_a_template_holds_is_not_run() {
        assert_eq!(code("<template><script>a()</script></template><script>b()</script>"), "b()");
        assert_eq!(
            code("<TEMPLATE id=x><template>y</template><script>a()</script></TEMPLATE><script>b()</script>"),
            "b()"
        );
        assert_eq!(code("<template shadowrootmode=open><script>a()</script></template>"), "a()");
        assert_eq!(code("<template #x /><script>a('<template>')</script><script>b()</script>"), "a('<template>')|b()");
    }

    #[test]
    fn components_are_told_by_their_start() {
        for text in ["<template>", "\n<script>", "---\na", "\u{feff}<!-- x -->"] {
            assert!(is_component(text.as_bytes()), "{text}");
        }
        for text in ["import a from 'b'", "// <script>", "a < b"] {
            assert!(!is_component(text.as_bytes()), "{text}");
        }
    }
}
