//! Names of variables, headers and configuration keys, whatever their spelling convention.

/// The words of a name, in a buffer that can be used for the next name.
#[derive(Debug, Default)]
pub struct Words {
    /// Letters and digits in upper case.
    letters: String,
    /// Where each word starts in them.
    starts: Vec<usize>,
}

impl Words {
    /// Takes the words of `name`: `openaiApiKey`, `OPENAI_API_KEY`, `openai-api-key` and `openai.apiKey` all give
    /// `OPENAI API KEY`.
    pub fn read(&mut self, name: &[u8]) {
        self.letters.clear();
        self.letters.reserve(name.len());
        self.starts.clear();
        let mut previous = 0u8;
        for (i, &byte) in name.iter().enumerate() {
            if byte.is_ascii_alphanumeric() {
                let next_is_lower = name.get(i + 1).is_some_and(u8::is_ascii_lowercase);
                let hump = byte.is_ascii_uppercase()
                    && (previous.is_ascii_lowercase()
                        || previous.is_ascii_digit() && next_is_lower
                        || previous.is_ascii_uppercase() && next_is_lower);
                if hump || !previous.is_ascii_alphanumeric() {
                    self.starts.push(self.letters.len());
                }
                self.letters.push(char::from(byte.to_ascii_uppercase()));
            }
            previous = byte;
        }
    }

    /// The last word, the last two words joined, and so on to all of them.
    pub fn tails(&self) -> impl Iterator<Item = &str> {
        self.starts.iter().rev().map(|start| &self.letters[*start..])
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let ends = self.starts.iter().skip(1).copied().chain([self.letters.len()]);
        self.starts.iter().zip(ends).map(|(start, end)| &self.letters[*start..end])
    }
}

/// Splits a name into upper-case words, as [`Words`] does.
pub fn words(name: &[u8]) -> Vec<String> {
    let mut words = Words::default();
    words.read(name);
    words.iter().map(str::to_owned).collect()
}

/// All letters and digits of a name in upper case, separators gone: `openai-api-key` gives `OPENAIAPIKEY`.
pub fn squash(name: &[u8]) -> String {
    name.iter().filter(|b| b.is_ascii_alphanumeric()).map(|b| char::from(b.to_ascii_uppercase())).collect()
}

/// Whether the name's last words spell `canonical`, as in `MYAPP_OPENAI_API_KEY` or `self.openai_api_key`.
pub fn ends_with(name: &[u8], canonical: &str) -> bool {
    let wanted = squash(canonical.as_bytes());
    let mut words = Words::default();
    words.read(name);
    words.tails().any(|tail| tail == wanted)
}

/// Words that end the name of a credential.
const CREDENTIAL_ENDS: [&str; 14] = [
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PWD",
    "PSW",
    "PASS",
    "PASSPHRASE",
    "APIKEY",
    "CREDENTIALS",
    "CREDENTIAL",
    "PAT",
    "JWT",
    "BEARER",
];

/// Words that make a following `KEY` a credential.
const KEY_OWNERS: [&str; 20] = [
    "API",
    "ACCESS",
    "SECRET",
    "PRIVATE",
    "AUTH",
    "MASTER",
    "ENCRYPTION",
    "SIGNING",
    "ADMIN",
    "SERVICE",
    "LICENSE",
    "ACCOUNT",
    "DECRYPTION",
    "HMAC",
    "JWT",
    "SESSION",
    "SUBSCRIPTION",
    "CONSUMER",
    "DEPLOY",
    "APP",
];

/// Ends of names whose words were written together: `PGPASSWORD`, `SYSTEM_ACCESSTOKEN`.
const JOINED_ENDS: [&str; 12] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PGPASS",
    "APIKEY",
    "APITOKEN",
    "AUTHTOKEN",
    "ACCESSTOKEN",
    "SECRETKEY",
    "ACCESSKEY",
    "PRIVATEKEY",
    "CLIENTSECRET",
];

/// Last words that tell which of several credentials it is: `OPENAI_API_KEY_PROD`, `GROQ_API_KEY_2`.
const ENVIRONMENTS: [&str; 12] = [
    "PROD",
    "PRODUCTION",
    "DEV",
    "DEVELOPMENT",
    "STAGING",
    "STAGE",
    "TEST",
    "LIVE",
    "OLD",
    "NEW",
    "BACKUP",
    "FALLBACK",
];

/// Words that say a name holds something about a credential, or something public, but not the credential.
const NOT_CREDENTIAL: [&str; 58] = [
    "PUBLIC",
    "PUBLISHABLE",
    "STOREFRONT",
    "FILE",
    "PATH",
    "DIR",
    "URL",
    "URI",
    "ENDPOINT",
    "HOST",
    "HEADER",
    "NAME",
    "TYPE",
    "TTL",
    "EXPIRY",
    "EXPIRES",
    "LENGTH",
    "MIN",
    "MAX",
    "COUNT",
    "VERSION",
    "ALGORITHM",
    "ISSUER",
    "AUDIENCE",
    "REALM",
    "PROVIDER",
    "STORE",
    "BACKEND",
    "POLICY",
    "ENABLED",
    "DISABLED",
    "ENABLE",
    "DISABLE",
    "HIDE",
    "ROTATION",
    "REF",
    "ARN",
    "PREFIX",
    "SUFFIX",
    "SOCK",
    "TOKENIZER",
    "TOKENIZERS",
    "HASH",
    "SHA",
    "SHA256",
    "DIGEST",
    "FINGERPRINT",
    "HASHED",
    "ENCRYPTED",
    "CHECKSUM",
    "ANON",
    "SITE",
    "PARTITION",
    "SORT",
    "CACHE",
    "PRIMARY",
    "FOREIGN",
    "USE",
];

/// Whether a variable of this name holds a credential, judged by its words: the name must *end* in a credential word
/// (`…_API_KEY`, `…_TOKEN`, `clientSecret`), not merely contain one, and none of its words may say otherwise
/// (`…_KEY_PATH`, `PUBLIC_KEY`, `TOKENIZERS_PARALLELISM`, `MAX_TOKENS`).
pub fn is_credential(name: &[u8]) -> bool {
    if !has_stem(name) {
        return false;
    }
    let mut words = Words::default();
    words.read(name);
    words.is_credential()
}

/// Whether one of the stems that the name of every credential has stands in `name`: most names are ruled out by it.
fn has_stem(name: &[u8]) -> bool {
    name.windows(3).any(|part| {
        let part = [part[0] | 0x20, part[1] | 0x20, part[2] | 0x20];
        matches!(&part, b"key" | b"tok" | b"sec" | b"pas" | b"pwd" | b"psw" | b"cre" | b"pat" | b"jwt" | b"bea")
    })
}

impl Words {
    /// As [`is_credential`].
    pub fn is_credential(&self) -> bool {
        let words: Vec<&str> = self.iter().collect();
        let mut words = words.as_slice();
        let is_variant = |word: &str| ENVIRONMENTS.contains(&word) || word.bytes().all(|b| b.is_ascii_digit());
        while let [rest @ .., last] = words
            && !rest.is_empty()
            && is_variant(last)
        {
            words = rest;
        }
        let Some(last) = words.last() else { return false };
        let is_one = match words {
            [.., kind, "TOKEN"] if is_vocabulary(kind) => false,
            [.., last] if CREDENTIAL_ENDS.contains(last) => true,
            [.., owner, "KEY"] => KEY_OWNERS.contains(owner) || is_vendor(owner),
            [.., owner, "KEY", "ID"] => *owner == "ACCESS",
            [.., owner, "KEY", "BASE"] => *owner == "SECRET",
            [.., owner, "API", "KEYS"] => is_vendor(owner),
            _ => JOINED_ENDS.iter().any(|end| last.ends_with(end)),
        };
        is_one && !words.iter().any(|word| NOT_CREDENTIAL.contains(word))
    }
}

/// Whether a variable of this name holds a password: text a person chose or can type.
pub fn is_password(name: &[u8]) -> bool {
    words(name).last().is_some_and(|last| {
        last.ends_with("PASSWORD") || matches!(last.as_str(), "PASSWD" | "PWD" | "PASS" | "PSW" | "PASSPHRASE")
    })
}

/// `EOS_TOKEN`, `PAD_TOKEN` and their like: tokens of a language model's vocabulary, and what says where to go on.
fn is_vocabulary(word: &str) -> bool {
    matches!(
        word,
        "EOS"
            | "BOS"
            | "PAD"
            | "UNK"
            | "SEP"
            | "CLS"
            | "MASK"
            | "STOP"
            | "NEXT"
            | "PAGE"
            | "CONTINUATION"
            | "CSRF"
            | "XSRF"
            | "SYNC"
            | "CURSOR"
            | "RESUME"
            | "CONTINUE"
            | "DELTA"
            | "PREVIOUS"
            | "IDEMPOTENCY"
    )
}

/// First words of provider names whose plain `…_KEY` is a credential.
fn is_vendor(word: &str) -> bool {
    matches!(
        word,
        "OPENAI"
            | "AI"
            | "ANTHROPIC"
            | "CLAUDE"
            | "GEMINI"
            | "GROQ"
            | "MISTRAL"
            | "COHERE"
            | "CHATGPT"
            | "GPT"
            | "XAI"
            | "GROK"
            | "DEEPSEEK"
            | "OPENROUTER"
            | "REPLICATE"
            | "PINECONE"
            | "TAVILY"
            | "LANGSMITH"
            | "WANDB"
            | "TOGETHER"
            | "FIREWORKS"
            | "PERPLEXITY"
            | "PPLX"
            | "ELEVENLABS"
            | "DEEPGRAM"
            | "STRIPE"
            | "SERPAPI"
            | "STABILITY"
            | "AZURE"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_every_spelling() {
        for name in ["openaiApiKey", "OPENAI_API_KEY", "openai-api-key", "openai.apiKey", "OpenaiAPIKey"] {
            assert_eq!(words(name.as_bytes()), ["OPENAI", "API", "KEY"], "{name}");
        }
        assert_eq!(words(b"OpenAIApiKey"), ["OPEN", "AI", "API", "KEY"]);
    }

    #[test]
    fn a_canonical_name_stands_at_the_end() {
        let ends = |name: &str, canonical: &str| ends_with(name.as_bytes(), canonical);
        assert!(ends("openAIApiKey", "OPENAI_API_KEY"));
        assert!(ends("self.openai_api_key", "OPENAI_API_KEY"));
        assert!(ends("data-openai-api-key", "OPENAI_API_KEY"));
        assert!(ends("hugging.face.hub.token", "HUGGING_FACE_HUB_TOKEN"));
        assert!(!ends("openai_api_key_sha256", "OPENAI_API_KEY"));
        assert!(!ends("NOTOPENAI_API_KEY", "OPENAI_API_KEY"));
    }

    #[test]
    fn credential_words_have_a_stem() {
        for word in CREDENTIAL_ENDS.iter().chain(&JOINED_ENDS).chain(&["KEY"]) {
            assert!(has_stem(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn credential_names() {
        for name in [
            "OPENAI_API_KEY",
            "clientSecret",
            "GITHUB_TOKEN",
            "REGISTRY_PSW",
            "openai.apiKey",
            "AWS_ACCESS_KEY_ID",
            "OPENAI_KEY",
            "NPM_TOKEN",
            "SMTP_PASS",
            "SIGNING_PASSPHRASE",
            "PGPASSWORD",
            "SYSTEM_ACCESSTOKEN",
            "SECRET_KEY_BASE",
            "OPENAI_API_KEY_PROD",
            "GROQ_API_KEY_2",
            "_authToken",
            "x-api-key",
        ] {
            assert!(is_credential(name.as_bytes()), "{name}");
        }
        for name in [
            "PUBLIC_KEY",
            "JWT_PUBLIC_KEY_PATH",
            "TOKENIZERS_PARALLELISM",
            "MAX_TOKENS",
            "KEYBOARD",
            "MONKEY",
            "PRIMARY_KEY",
            "OPENAI_API_KEY_FILE",
            "AUTH_ENABLED",
            "EOS_TOKEN",
            "SSH_AUTH_SOCK",
            "NEXT_PUBLIC_KEY",
            "COMPASS",
            "BYPASS",
            "TOKEN_1_NAME",
            "GPG_KEY",
            "GOPRIVATE",
        ] {
            assert!(!is_credential(name.as_bytes()), "{name}");
        }
    }
}
