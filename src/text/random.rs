//! Deterministic random strings for examples and tests, so that no secret-looking text stands in the repository.

use sha2::{Digest, Sha256};

/// A stream of random bytes derived from a name: the same name gives the same strings on every machine.
pub struct Generator {
    seed: [u8; 32],
    counter: u64,
    pool: Vec<u8>,
}

impl Generator {
    /// A generator named `seed`.
    pub fn new(seed: &str) -> Self {
        Self { seed: Sha256::digest(seed.as_bytes()).into(), counter: 0, pool: Vec::new() }
    }

    fn byte(&mut self) -> u8 {
        if let Some(byte) = self.pool.pop() {
            return byte;
        }
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.counter.to_le_bytes());
        self.counter += 1;
        self.pool = hash.finalize().to_vec();
        self.byte()
    }

    /// A number below `limit` (at most 256), each equally likely.
    pub fn below(&mut self, limit: usize) -> usize {
        let fair = 256 / limit * limit;
        loop {
            let byte = usize::from(self.byte());
            if byte < fair {
                return byte % limit;
            }
        }
    }

    /// `length` characters drawn from the set called `set` (`alnum`, `hex`, `b64url`, …); `None` if there is none.
    pub fn string(&mut self, set: &str, length: usize) -> Option<String> {
        let chars = charset(set)?;
        Some((0..length).map(|_| char::from(chars[self.below(chars.len())])).collect())
    }
}

/// The characters of a named set.
pub fn charset(name: &str) -> Option<&'static [u8]> {
    Some(match name {
        "digits" => b"0123456789",
        "hex" => b"0123456789abcdef",
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "bech32" => b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        "upper" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "lower" => b"abcdefghijklmnopqrstuvwxyz0123456789",
        "letters" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "alnum" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "word" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_",
        "b64url" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        "b64" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "x" => b"x",
        _ => return None,
    })
}
