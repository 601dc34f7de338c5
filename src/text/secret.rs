//! A secret as the outside may know it. The type holds no character of the secret part, so no sink can print it.

use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;

/// What keylint remembers of a secret: its public prefix, its length and a short id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Secret {
    /// First eight hexadecimal digits of a keyed digest: the same value has the same id everywhere.
    pub id: String,
    /// The part of the value that every key of its kind shares (`sk-proj-`).
    pub prefix: String,
    /// Length of the whole value in characters.
    pub length: usize,
}

impl Secret {
    /// Describes `value`, whose first `public` bytes are the same for every key of its kind.
    pub fn new(value: &[u8], public: usize) -> Self {
        let public = public.min(value.len());
        Self {
            id: digest("secret-id", &[value])[..8].to_owned(),
            prefix: super::sanitize::printable(&value[..public]),
            length: String::from_utf8_lossy(value).chars().count(),
        }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}… ({} characters, id {})", self.prefix, self.length, self.id)
    }
}

/// A keyed digest over `parts` for one `purpose`, 32 hexadecimal digits (128 bits). Parts are length-prefixed, so
/// `["ab", "c"]` and `["a", "bc"]` differ; purposes are separated, so a fingerprint tells nothing about a secret id.
pub fn digest(purpose: &str, parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"keylint digest v1\0");
    hash.update(purpose.as_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_only_the_public_part() {
        let secret = Secret::new(b"sk-proj-abcdef", 8);
        assert_eq!(secret.prefix, "sk-proj-");
        assert_eq!(secret.length, 14);
        assert!(!format!("{secret} {secret:?}").contains("abc"));
        assert_eq!(secret.id, Secret::new(b"sk-proj-abcdef", 3).id);
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(digest("x", &[b"ab", b"c"]), digest("x", &[b"a", b"bc"]));
        assert_ne!(digest("x", &[b"ab"]), digest("y", &[b"ab"]));
    }
}
