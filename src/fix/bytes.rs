//! From edits of a text to edits of the bytes it is written in.

use super::Version;
use crate::finding::Edit;
use crate::source::{Encoding, decode};
use crate::span::Span;

/// The bytes of `file` with `edits`, which are in order, applied to its text, written in `to` or as they were. Every
/// byte outside the edits stays. `None` where that cannot be promised: text that does not survive being decoded.
pub(super) fn apply(file: &Version, edits: &[Edit], to: Option<Encoding>) -> Option<Vec<u8>> {
    let (text, encoding) = decode(&file.bytes, file.bytes.len())?;
    let wanted = splice(&text, edits.iter().map(|edit| (edit.span, edit.insert.clone().into_bytes())))?;
    let out = match (encoding, to) {
        (_, Some(Encoding::Utf8)) => wanted.clone(),
        (_, Some(_)) => return None,
        (Encoding::Utf16Le | Encoding::Utf16Be, None) => {
            splice(&file.bytes, in_utf16(&file.bytes, &text, encoding, edits)?.into_iter())?
        }
        (_, None) => wanted.clone(),
    };
    let (seen, _) = decode(&out, out.len())?;
    (*seen == *wanted).then_some(out)
}

/// `bytes` with the spans replaced. `None` if they overlap or reach past the end.
fn splice(bytes: &[u8], edits: impl Iterator<Item = (Span, Vec<u8>)>) -> Option<Vec<u8>> {
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    for (span, insert) in edits {
        out.extend_from_slice(bytes.get(at..span.start)?);
        out.extend_from_slice(&insert);
        at = span.end.max(span.start);
    }
    out.extend_from_slice(bytes.get(at..)?);
    Some(out)
}

fn utf16(text: &str, encoding: Encoding) -> Vec<u8> {
    let bytes = if encoding == Encoding::Utf16Be { u16::to_be_bytes } else { u16::to_le_bytes };
    text.encode_utf16().flat_map(bytes).collect()
}

/// `edits` of `text`, moved to where its characters stand in the UTF-16 of `raw`. `None` if `text`, written again, is
/// not what stands there.
fn in_utf16(raw: &[u8], text: &[u8], encoding: Encoding, edits: &[Edit]) -> Option<Vec<(Span, Vec<u8>)>> {
    let text = std::str::from_utf8(text).ok()?;
    let mark = if matches!(raw, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) { 2 } else { 0 };
    if utf16(text, encoding) != raw[mark..] {
        return None;
    }
    let (mut seen, mut units) = (0, 0);
    let mut at = |to: usize| -> Option<usize> {
        units += text.get(seen..to)?.encode_utf16().count();
        seen = to;
        Some(mark + 2 * units)
    };
    let moved = edits.iter().map(|edit| {
        let span = Span::new(at(edit.span.start)?, at(edit.span.end)?);
        Some((span, utf16(&edit.insert, encoding)))
    });
    moved.collect()
}
