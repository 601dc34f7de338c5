//! Checksums some vendors put into their tokens: a right one proves a token, a wrong one a typo or an invention.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Deserialize;

/// The checksum schemes known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Checksum {
    /// The last six characters are the CRC-32 of the body before them, in base 62 (digits, upper, lower case).
    /// Source: GitHub's "Behind GitHub's new authentication token formats"; recomputed on published samples of
    /// GitHub, npm and Vercel tokens.
    Crc32Base62,
    /// What stands before the first dot is base64url of a JSON object that names an algorithm, as the header of every
    /// JSON Web Token does (RFC 7515); and what follows does not give the token the role `anon`, whose tokens Supabase
    /// publishes.
    Jwt,
}

impl Checksum {
    /// Whether `token`, whose first `prefix` bytes are not summed, carries the right checksum.
    pub fn holds(self, token: &[u8], prefix: usize) -> bool {
        match self {
            Self::Crc32Base62 => {
                let Some(body) = token.get(prefix..).filter(|body| body.len() > 6) else { return false };
                let (summed, sum) = body.split_at(body.len() - 6);
                base62(crc32fast::hash(summed)) == sum
            }
            Self::Jwt => {
                let mut parts = token.split(|b| *b == b'.').map(|part| BASE64_URL_SAFE_NO_PAD.decode(part));
                let mut next = || parts.next().and_then(Result::ok).unwrap_or_default();
                let (header, claims) = (next(), next());
                serde_json::from_slice::<JwtHeader>(&header).is_ok()
                    && !serde_json::from_slice::<JwtClaims>(&claims).is_ok_and(|claims| claims.role == "anon")
            }
        }
    }
}

/// The text of `body` followed by its CRC-32 in base 62, as generators need it.
pub fn with_crc32(body: &str) -> String {
    body.to_owned() + &String::from_utf8_lossy(&base62(crc32fast::hash(body.as_bytes())))
}

/// What every header of a JSON Web Token holds.
#[derive(Deserialize)]
struct JwtHeader {
    #[serde(rename = "alg")]
    _algorithm: String,
}

/// What of a JSON Web Token's claims says that it is public.
#[derive(Deserialize)]
struct JwtClaims {
    role: String,
}

/// `value` in base 62, six characters, leading zeros kept.
fn base62(mut value: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = [b'0'; 6];
    for place in out.iter_mut().rev() {
        *place = DIGITS[(value % 62) as usize];
        value /= 62;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_checksum_holds_and_a_typo_breaks_it() {
        let token = with_crc32("abcdefghijklmnopqrstuvwxyz0123");
        assert!(Checksum::Crc32Base62.holds(token.as_bytes(), 0));
        let typo = token.replacen('a', "b", 1);
        assert!(!Checksum::Crc32Base62.holds(typo.as_bytes(), 0));
        assert!(!Checksum::Crc32Base62.holds(b"abc", 0));
    }

    #[test]
    fn header_of_a_token() {
        let holds = |header: &str| {
            let token = BASE64_URL_SAFE_NO_PAD.encode(header) + ".e30.x";
            Checksum::Jwt.holds(token.as_bytes(), 0)
        };
        assert!(holds(r#"{"alg":"HS256","typ":"JWT"}"#));
        assert!(!holds("{\"alg\":\"HS256\",\u{12}typ\":\"JWT\"}"));
        assert!(!holds(r#"{"sub":"1"}"#));
    }

    #[test]
    fn base62_of_known_values() {
        assert_eq!(&base62(0), b"000000");
        assert_eq!(&base62(61), b"00000z");
        assert_eq!(&base62(62), b"000010");
    }
}
