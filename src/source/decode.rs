//! From bytes to text.

use super::{FileKind, RelPath};
use encoding_rs::{UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// How a file's text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 or plain ASCII.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// UTF-16, little endian.
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
    /// No UTF-8: a single-byte encoding such as Latin-1. The bytes are kept as they are.
    SingleByte,
}

/// Decodes `bytes` if they are UTF-16 (with a byte order mark, or told by the position of their NUL bytes).
///
/// Returns `None` for binary data: a NUL byte among the first `probe` bytes of something that is not UTF-16.
/// The text borrows `bytes` unless it had to be decoded.
pub fn decode(bytes: &[u8], probe: usize) -> Option<(Cow<'_, [u8]>, Encoding)> {
    let head = &bytes[..bytes.len().min(probe)];
    let has_nul = memchr::memchr(0, head).is_some();
    if let Some(encoding) = utf16(head, has_nul) {
        let (decoder, name) = match encoding {
            Encoding::Utf16Be => (UTF_16BE, Encoding::Utf16Be),
            _ => (UTF_16LE, Encoding::Utf16Le),
        };
        let (text, _) = decoder.decode_with_bom_removal(bytes);
        return Some((Cow::Owned(text.into_owned().into_bytes()), name));
    }
    if has_nul {
        return None;
    }
    let encoding = if bytes.starts_with(crate::span::UTF8_BOM) { Encoding::Utf8Bom } else { Encoding::Utf8 };
    Some((Cow::Borrowed(bytes), encoding))
}

/// How many bytes are looked at to tell binary data (git looks at the same number).
pub(super) const BINARY_PROBE: usize = 8192;

/// Decodes the file at `path`, or its first bytes; `None` for binary data. A NUL byte in an env file is a fault of one
/// of its values.
pub fn decode_file<'b>(path: &RelPath, bytes: &'b [u8]) -> Option<(Cow<'b, [u8]>, Encoding)> {
    let is_env_file = || FileKind::of(path.as_bytes(), &[]) == FileKind::Env;
    decode(bytes, BINARY_PROBE).or_else(|| is_env_file().then_some((Cow::Borrowed(bytes), Encoding::Utf8)))
}

/// Tells UTF-16 by its byte order mark, or by NUL bytes that stand on one side of most pairs and never on the other.
fn utf16(head: &[u8], has_nul: bool) -> Option<Encoding> {
    match head {
        [0xff, 0xfe, 0, 0, ..] => return None, // UTF-32
        [0xff, 0xfe, ..] => return Some(Encoding::Utf16Le),
        [0xfe, 0xff, ..] => return Some(Encoding::Utf16Be),
        _ => {}
    }
    let pairs = head.len() / 2;
    if pairs < 4 || !has_nul {
        return None;
    }
    let even = head.chunks_exact(2).filter(|pair| pair[0] == 0).count();
    let odd = head.chunks_exact(2).filter(|pair| pair[1] == 0).count();
    // Text in a Latin script has a NUL in nearly every pair, always on the same side.
    if even == 0 && odd * 10 >= pairs * 7 {
        Some(Encoding::Utf16Le)
    } else if odd == 0 && even * 10 >= pairs * 7 {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_with_and_without_mark() {
        let le: Vec<u8> = "NAME=value\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "NAME=value\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, expected) in [
            (le.clone(), Encoding::Utf16Le),
            (be.clone(), Encoding::Utf16Be),
            ([&[0xff, 0xfe][..], &le].concat(), Encoding::Utf16Le),
            ([&[0xfe, 0xff][..], &be].concat(), Encoding::Utf16Be),
        ] {
            let (text, encoding) = decode(&bytes, 8192).unwrap();
            assert_eq!((&*text, encoding), (&b"NAME=value\n"[..], expected));
        }
    }

    #[test]
    fn binary_is_told_early() {
        assert!(decode(b"\x7fELF\0\0\x01\x02 text", 8192).is_none());
        assert!(decode(b"caf\xe9 = 1", 8192).is_some());
    }
}
