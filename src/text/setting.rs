//! Values that configure something: what a telling name may be given without being given a credential.

use super::randomness::{self, Tier};

/// Whether `value` is a switch, a number, a path, an address without a password, or plain words. Such a value is no
/// credential worth the name, whatever it is given to (`AUTH_TOKEN=required`, `API_KEY=/run/secrets/key`).
pub fn is_setting(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    value.len() < 4
        || value.contains(&b' ')
        || is_quantity(value)
        || is_path(value)
        || is_address(value)
        || is_words(value)
        || is_public(value)
        || is_call(value)
        // `\K.+` of a regular expression.
        || value.iter().filter(|b| b.is_ascii_alphanumeric()).count() < 4
}

/// `1024`, `1.5`, `30d`, `512MiB`, `10.0.0.0/8`.
fn is_quantity(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b'_' | b':' | b'/')).count();
    value[0].is_ascii_digit() && value.len() - digits <= 3 && value[digits..].iter().all(u8::is_ascii_alphabetic)
}

fn is_path(value: &[u8]) -> bool {
    [&b"/"[..], b"./", b"../", b"~/", b"file:"].iter().any(|start| value.starts_with(start))
        || matches!(value, [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
        || [&b".pem"[..], b".key", b".crt", b".cer", b".json", b".txt", b".env", b".yaml", b".yml", b".pub", b".jks"]
            .iter()
            .any(|end| value.ends_with(end))
}

/// `getToken(request)` of a program, or its start.
fn is_call(value: &[u8]) -> bool {
    let value = value.strip_suffix(b";").unwrap_or(value);
    memchr::memchr(b'(', value).is_some_and(|open| {
        open >= 3
            && value[..open].iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'.' | b'_'))
            && (value.ends_with(b")") || value.len() - open <= 2)
    })
}

/// A URL without a password, or a bare host name.
fn is_address(value: &[u8]) -> bool {
    if let Some(scheme) = memchr::memmem::find(value, b"://") {
        let rest = &value[scheme + 3..];
        let authority = rest.split(|b| matches!(b, b'/' | b'?' | b'#')).next().unwrap_or_default();
        return !authority.contains(&b'@');
    }
    let host = value.split(|b| *b == b':').next().unwrap_or_default();
    let labels: Vec<&[u8]> = host.split(|b| *b == b'.').collect();
    labels.len() > 1
        && labels.last().is_some_and(|last| (2..=10).contains(&last.len()) && last.iter().all(u8::is_ascii_lowercase))
        && labels.iter().all(|label| {
            !label.is_empty()
                && label.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
        })
}

/// Words of letters, joined by `-`, `_` or `.`: names of things, switches, passwords everybody knows. Between other
/// words a short number, or a word with one (`v2`), is one too.
fn is_words(value: &[u8]) -> bool {
    let is_joined = value.iter().any(|b| matches!(b, b'-' | b'_' | b'.'));
    let is_word = |part: &[u8]| {
        // `k8s`, `s3`, `v2b1`
        if is_joined && part.len() <= 4 && part.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
            return true;
        }
        let digits = part.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let letters = &part[..part.len() - digits];
        let tail = letters.get(1..).unwrap_or_default();
        (digits == 0 || is_joined && digits <= if letters.is_empty() { 4 } else { 2 })
            && letters.iter().all(u8::is_ascii_alphabetic)
            && (tail.iter().all(u8::is_ascii_lowercase) || letters.iter().all(u8::is_ascii_uppercase))
    };
    let parts = || value.split(|b| matches!(b, b'-' | b'_' | b'.'));
    is_two_words(value)
        || parts().all(is_word)
            && (parts().all(|part| part.len() <= 12) || randomness::written(value, Tier::Weak).is_some())
}

/// `AzureArtifacts`: two words of letters, each with a capital.
fn is_two_words(value: &[u8]) -> bool {
    let capitals: Vec<usize> = (0..value.len()).filter(|i| value[*i].is_ascii_uppercase()).collect();
    let [0, second] = capitals[..] else { return false };
    second >= 3
        && value.len() - second >= 3
        && value.len() <= 24
        && value.iter().all(u8::is_ascii_alphabetic)
        && [&value[..second], &value[second..]].iter().all(|word| randomness::written(word, Tier::Weak).is_some())
}

/// Public keys and certificates, and the keys vendors make for browsers (Stripe, Clerk, Mapbox, `PostHog`, Supabase,
/// Langfuse).
fn is_public(value: &[u8]) -> bool {
    const STARTS: [&[u8]; 10] = [
        b"ssh-",
        b"ecdsa-",
        b"-----BEGIN PUBLIC",
        b"-----BEGIN CERTIFICATE",
        b"sha256:",
        b"pk_",
        b"pk.eyJ",
        b"phc_",
        b"sb_publishable_",
        b"pk-lf-",
    ];
    STARTS.iter().any(|start| value.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::Generator;

    #[test]
    fn settings_are_no_credentials() {
        for value in [
            "true",
            "required",
            "1024",
            "1h",
            "512MiB",
            "/run/secrets/key",
            "./key.pem",
            "C:\\keys\\a",
            "https://auth.corp.internal/token",
            "vault.corp.internal:8200",
            "basic-auth",
            "HEADER",
            "postgres",
            "letsencrypt-prod-account-key",
            "chat-keys-v2",
            "tls-wildcard-2026",
            "ssh-ed25519 AAAA",
            "two words",
            "etcd-cluster-k8s",
            "AzureArtifacts",
            "\\K.+",
            "getAuthToken(req)",
            "header.split('",
        ] {
            assert!(is_setting(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn random_text_is_no_setting() {
        let mut random = Generator::new("setting");
        for (set, length) in [("alnum", 16), ("hex", 32), ("b64url", 40), ("letters", 16), ("lower", 20)] {
            for _ in 0..50 {
                let value = random.string(set, length).unwrap();
                assert!(!is_setting(value.as_bytes()), "{value}");
            }
        }
        assert!(!is_setting(b"postgres://app:x7@db/x"));
    }
}
