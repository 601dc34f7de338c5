//! Token alphabets: a token ends where its alphabet ends, whatever delimiter follows.

use schemars::JsonSchema;
use serde::Deserialize;

/// The characters a token is made of. Neither neighbour of a token may belong to its alphabet: that is what keeps
/// `task-…` from being read as `sk-…`, and what finds a key before `}`, `&`, `|`, a backtick or CJK text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Alphabet {
    /// `0-9 a-f A-F`
    Hex,
    /// `0-9 A-Z a-z`
    Alnum,
    /// `0-9 A-Z a-z _`: a programming identifier.
    Identifier,
    /// `0-9 A-Z a-z _ -`
    Base64url,
    /// `0-9 A-Z a-z + /`
    Base64,
    /// Base64url and the dot that joins segments.
    Dotted,
}

impl Alphabet {
    /// Whether `byte` belongs to the alphabet. Only ASCII does: CJK text, emoji and curly quotes are boundaries.
    pub const fn contains(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Identifier => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Base64url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
        }
    }

    /// Whether a token of this alphabet may start at byte `at` of `text`.
    ///
    /// A letter that belongs to an escape sequence (`\n`, `%3D`, `\u003d`) is no neighbour, nor is the dot of
    /// `process.env.`: dots join what stands inside a token.
    pub fn may_start(self, text: &[u8], at: usize) -> bool {
        let Some(&left) = at.checked_sub(1).and_then(|i| text.get(i)) else { return true };
        !self.contains(left) || left == b'.' || ends_escape(&text[..at])
    }

    /// Whether a token of this alphabet may end before byte `at` of `text`. A dot that joins nothing ends a sentence.
    pub fn may_end(self, text: &[u8], at: usize) -> bool {
        match text.get(at) {
            Some(b'.') => text.get(at + 1).is_none_or(|next| !self.contains(*next)) || !self.contains(b'.'),
            right => right.is_none_or(|right| !self.contains(*right)),
        }
    }
}

/// Whether `text` ends in an escape sequence of a string (`\n`, `\r`, `\t`, `\x22`), a URL (`%3D`) or JSON (`\u003d`), or in the
/// operator of a shell's default (`${NAME:-`).
fn ends_escape(text: &[u8]) -> bool {
    match text {
        [rest @ .., b'\\', b'n' | b'r' | b't'] => {
            // An escaped backslash before the letter is text, not an escape: `C:\\new`.
            rest.iter().rev().take_while(|b| **b == b'\\').count() % 2 == 0
        }
        [.., b'\\', b'x', a, b] | [.., b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => true,
        [.., b':', b'-'] => true,
        [.., b'\\', b'u', a, b, c, d] => [a, b, c, d].iter().all(|x| x.is_ascii_hexdigit()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries() {
        let starts =
            |text: &str, needle: &str| Alphabet::Base64url.may_start(text.as_bytes(), text.find(needle).unwrap());
        assert!(starts("sk-1", "sk-"));
        assert!(starts("=sk-1", "sk-"));
        assert!(starts("钥sk-1", "sk-"));
        assert!(starts(r"a\nsk-1", "sk-"));
        assert!(starts("key%3Dsk-1", "sk-"));
        assert!(starts(r"key\u003dsk-1", "sk-"));
        assert!(starts(r"\x22sk-1\x22", "sk-"));
        assert!(starts("${KEY:-sk-1}", "sk-"));
        assert!(!starts(r"C:\\nsk-1", "sk-"));
        let dotted = |text: &str, at| Alphabet::Dotted.may_start(text.as_bytes(), at);
        assert!(dotted("process.env.glpat-1", 12));
        assert!(!dotted("aglpat-1", 1));
        let ends = |text: &str| Alphabet::Dotted.may_end(text.as_bytes(), 1);
        assert!(ends("1") && ends("1.") && ends("1. Then") && !ends("1.a") && !ends("12"));
        assert!(!starts("task-1", "sk-"));
        assert!(!starts("a-sk-1", "sk-"));
        assert!(!starts("_sk-1", "sk-"));
    }
}
