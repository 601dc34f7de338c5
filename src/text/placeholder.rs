//! Words and shapes people write where a credential belongs.

use super::randomness::{self, Tier};
use super::setting;

/// Words that make a segment a placeholder wherever they stand in it. Matched without regard to case.
const WORDS_ANYWHERE: [&str; 25] = [
    "abc123",
    "your",
    "xxxx",
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "replace",
    "dummy",
    "sample",
    "redacted",
    "invalid",
    "goes-here",
    "fill-me",
    "fill_me",
    "fill-in",
    "fill_in",
    "foobar",
    "deadbeef",
    "password",
    "openai",
    "anthropic",
    "secret-key",
    "api-key",
];

/// The words that stand by chance in no token long enough to have a strong prefix.
const WORDS_STRONG: [&str; 12] = [
    "xxxx",
    "example",
    "placeholder",
    "changeme",
    "redacted",
    "helloworld",
    "your-",
    "your_",
    "insert-",
    "replace-",
    "goes-here",
    "goes_here",
];

/// What published samples start with whose end people change: AWS's pair of keys (`…EXAMPLE`, `…SECRETS`), the UUID of
/// documentation.
const PUBLISHED: [&str; 3] = ["iosfodnn7", "wjalrxutnfemi", "123e4567-e89b-12d3"];

/// Short words: only as a whole part between `-`, `_`, `.` or the ends, or they would stand in random text.
const WORDS_PART: [&str; 22] = [
    "fake", "test", "demo", "mock", "stub", "todo", "my", "the", "here", "key", "token", "secret", "foo", "bar", "abc",
    "apikey", "insert", "enter", "paste", "put", "real", "live",
];

/// How long a value in brackets is at least, in bytes, that was put there in place of a placeholder.
const LEAST_INSIDE: usize = 20;

/// Words of a text that asks for a credential. Others may stand in a password made of words.
const WORDS_ASKING: [&str; 9] = ["my", "key", "token", "secret", "here", "insert", "enter", "paste", "put"];

/// From this many bytes on a value is judged by words that are in no random text.
const LONG: usize = 64;

/// Whole values that stand for "no key" with a local or keyless server.
const LOCAL_DUMMIES: [&str; 14] = [
    "empty",
    "none",
    "null",
    "nil",
    "undefined",
    "ollama",
    "lm-studio",
    "lmstudio",
    "not-needed",
    "not_needed",
    "no-key",
    "na",
    "n/a",
    "local",
];

/// Words that say a value was made to stand in for a credential nobody will ask for.
const DOUBLES: [&str; 7] = ["fake", "dummy", "mock", "mocked", "stub", "unused", "noop"];

/// What the value of a field is, where a form or a list of fields is described.
const LABELS: [&str; 10] =
    ["password", "secret", "token", "key", "api-key", "api_key", "apikey", "api key", "access token", "string"];

/// Whether the random part of a token is no secret: masked, a placeholder word, or written by a person.
pub fn is_placeholder(segment: &[u8], tier: Tier) -> bool {
    is_template(segment) || has_placeholder_word(segment, tier) || randomness::written(segment, tier).is_some()
}

/// Masks and templates: characters no key consists of.
fn is_template(segment: &[u8]) -> bool {
    segment.iter().any(|b| matches!(b, b'*' | b'<' | b'>' | b'{' | b'}' | b'$' | b' ' | b'[' | b']'))
        || memchr::memmem::find(segment, b"...").is_some()
        || memchr::memmem::find(segment, "…".as_bytes()).is_some()
}

fn has_placeholder_word(segment: &[u8], tier: Tier) -> bool {
    let lower = segment.to_ascii_lowercase();
    let holds = |word: &&str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    if PUBLISHED.iter().any(holds) {
        return true;
    }
    match tier {
        Tier::Strong => WORDS_STRONG.iter().any(holds),
        Tier::Weak => {
            WORDS_ANYWHERE.iter().any(holds)
                || lower.split(|b| matches!(b, b'-' | b'_' | b'.')).any(|part| {
                    // `test123`
                    let digits = part.iter().rev().take_while(|b| b.is_ascii_digit()).count();
                    let letters = &part[..part.len() - digits];
                    WORDS_PART
                        .iter()
                        .any(|word| word.as_bytes() == part || word.len() > 2 && word.as_bytes() == letters)
                })
        }
    }
}

/// Words written together, one of which says what belongs there: `MyCloudflareApiToken`, `ChooseSecretKeyHere`.
fn is_phrase(segment: &[u8]) -> bool {
    if !segment.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    let words: Vec<_> = segment.chunk_by(|_, next| next.is_ascii_lowercase()).collect();
    words.len() > 2
        && words.iter().all(|word| word.len() > 1 || *word == b"A")
        && words.iter().any(|word| WORDS_ASKING.iter().any(|part| word.eq_ignore_ascii_case(part.as_bytes())))
}

/// Whether a value says that it stands in for a credential on purpose (`fake-key`, `dummy`). `demo` is what libraries
/// call the key of the server they let people try them with.
pub fn is_double(value: &[u8]) -> bool {
    has_part(value, &DOUBLES) || value.eq_ignore_ascii_case(b"demo")
}

/// As [`is_double`]; where tests are run, `test-key` says so too.
pub fn is_test_double(value: &[u8]) -> bool {
    is_double(value) || has_part(value, &["test", "testing", "ci"])
}

fn has_part(value: &[u8], words: &[&str]) -> bool {
    value
        .split(|b| !b.is_ascii_alphanumeric())
        .any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word.as_bytes())))
}

/// Whether a value asks its reader to put something else in its place.
pub fn asks(value: &[u8]) -> bool {
    const ASKING: [&str; 11] =
        ["your", "here", "replace", "insert", "paste", "enter", "changeme", "change-me", "change_me", "xxxx", "<"];
    let lower = value.to_ascii_lowercase();
    ASKING.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

/// Whether a value names the kind of a field instead of filling it.
pub fn is_label(value: &[u8]) -> bool {
    LABELS.iter().any(|label| value.eq_ignore_ascii_case(label.as_bytes()))
}

/// What the value given to a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// Nothing, or only quotes.
    Empty,
    /// A reference to a variable, secret store or template expression.
    Reference,
    /// A dummy that a local or keyless server expects (`EMPTY`, `ollama`).
    LocalDummy,
    /// Text that has to be replaced before anything works.
    Placeholder,
    /// Anything else: it may be a credential.
    Literal,
}

/// Tells what `value` (without its quotes) is, when it is given to a variable that holds a credential.
pub fn classify(value: &[u8]) -> ValueKind {
    let value = value.trim_ascii();
    if value.is_empty() {
        return ValueKind::Empty;
    }
    if is_reference(value) {
        return ValueKind::Reference;
    }
    let lower = value.to_ascii_lowercase();
    if LOCAL_DUMMIES.iter().any(|word| word.as_bytes() == lower)
        || [&b"no-key-required"[..], b"not-needed", b"not-required", b"token-abc123"].iter().any(|w| lower.ends_with(w))
    {
        return ValueKind::LocalDummy;
    }
    if is_placeholder_value(value, &lower) { ValueKind::Placeholder } else { ValueKind::Literal }
}

/// Whether a value points somewhere else instead of being the credential.
pub fn is_reference(value: &[u8]) -> bool {
    let starts = [
        "$",
        "{{",
        "%(",
        "!ref",
        "!sub",
        "!getatt",
        "!vault",
        "secrets.",
        "vault:",
        "op://",
        "ref+",
        "arn:",
        "projects/",
        "env:",
        "env.",
        "env(",
        "process.env",
        "os.environ",
        "os.getenv",
        "file:",
        "enc[",
        "import.meta.env",
        "var.",
        "data.",
        "local.",
        "ssm:",
        "keyring:",
        "<path:",
        "@microsoft.keyvault",
        "!!",
        "&",
        "credentials(",
        "/run/",
        "/etc/",
        "/var/",
        "/home/",
        "/opt/",
        "/mnt/",
        "/secrets/",
        "./",
        "../",
        "~/",
    ];
    let lower = value.to_ascii_lowercase();
    starts.iter().any(|start| lower.starts_with(start.as_bytes()))
        || is_store_path(value)
        // The mark of a YAML block: the value stands below.
        || matches!(value, b">" | b">-" | b">+" | b"|" | b"|-" | b"|+")
        || (lower.len() > 2 && lower.starts_with(b"%") && lower.ends_with(b"%"))
        || memchr::memmem::find(&lower, b"{{").is_some()
        || memchr::memmem::find(&lower, b"${").is_some()
        || memchr::memmem::find(&lower, b"$(").is_some()
}

/// `/prod/openai/api_key`, `openai-key:latest`: where a secret store keeps it.
fn is_store_path(value: &[u8]) -> bool {
    let is_part = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
    let is_path = value.starts_with(b"/")
        && value.len() <= 128
        && value[1..].split(|b| *b == b'/').all(|part| !part.is_empty() && part.iter().all(is_part))
        && value[1..].contains(&b'/');
    is_path || value.strip_suffix(b":latest").is_some_and(|name| !name.is_empty() && name.iter().all(is_part))
}

fn is_placeholder_value(value: &[u8], lower: &[u8]) -> bool {
    let body = strip_public_prefix(lower);
    let wrapped = matches!((body.first(), body.last()), (Some(b'<'), Some(b'>')) | (Some(b'['), Some(b']')));
    // The brackets of a template stayed around a value that was filled in.
    if let [b'<' | b'[' | b'{', inside @ .., b'>' | b']' | b'}'] = value
        && is_drawn(inside, LEAST_INSIDE)
    {
        return false;
    }
    if wrapped || is_template(value) && !value.contains(&b' ') || body.len() > 2 && body.iter().all(|b| *b == b'x') {
        return true;
    }
    let words: [&[u8]; 7] = [b"todo", b"tbd", b"fixme", b"change", b"not-set", b"not_set", b"unset"];
    // No vendor's key is a number.
    let is_number = (3..=12).contains(&body.len()) && body.iter().all(u8::is_ascii_digit);
    if words.contains(&body) || is_number || is_instruction(lower) {
        return true;
    }
    if body.contains(&b' ') {
        return false;
    }
    // In a long random text short words stand by chance.
    let tier = if body.len() < LONG { Tier::Weak } else { Tier::Strong };
    if is_phrase(value) || has_placeholder_word(body, tier) {
        return true;
    }
    // In lower case a random value has too few different characters to look random.
    let judged = drawn_part(&value[value.len() - body.len()..]);
    // What starts so is an encoded object: it repeats itself and is no placeholder.
    !value.starts_with(b"eyJ") && judged.len() >= 8 && randomness::written(&judged, Tier::Strong).is_some()
}

/// What of a value may have been drawn at random. A long part decides alone: beside its labels (`lsv2_pt_`) hexadecimal
/// text would look written. The parts of a UUID are short: they are joined, since separators make an alphabet look
/// larger than what is drawn from it.
pub fn drawn_part(value: &[u8]) -> Vec<u8> {
    let parts = value.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')));
    let longest = parts.max_by_key(|part| part.len()).unwrap_or(value);
    if longest.len() >= 16 {
        return longest.to_vec();
    }
    value.iter().copied().filter(u8::is_ascii_alphanumeric).collect()
}

/// Whether a value that has no vendor's shape looks drawn at random, so that it can hardly be anything but a secret:
/// letters and digits, long, and nothing a person would write. `least` is the least length in bytes.
pub fn is_drawn(value: &[u8], least: usize) -> bool {
    const LONGEST: usize = 512;
    (least..=LONGEST).contains(&value.len())
        && value.iter().all(u8::is_ascii_graphic)
        && (value.iter().any(u8::is_ascii_digit) || is_long_in_both_cases(value))
        && value.iter().any(u8::is_ascii_alphabetic)
        && classify(value) == ValueKind::Literal
        && !setting::is_setting(value)
        && randomness::written(&drawn_part(value), Tier::Weak).is_none()
}

/// Whether letters of both cases are as many as hardly ever come without a digit where digits are drawn as well.
fn is_long_in_both_cases(value: &[u8]) -> bool {
    const LEAST: usize = 24;
    value.len() >= LEAST
        && value.iter().all(u8::is_ascii_alphabetic)
        && value.iter().any(u8::is_ascii_uppercase)
        && value.iter().any(u8::is_ascii_lowercase)
}

/// Whether `value` is a UUID in its usual spelling.
pub fn is_uuid(value: &[u8]) -> bool {
    let parts = || value.split(|b| *b == b'-');
    value.len() == 36 && parts().map(<[u8]>::len).eq([8, 4, 4, 4, 12]) && parts().flatten().all(u8::is_ascii_hexdigit)
}

/// A short sentence that tells the reader to put a key here.
fn is_instruction(lower: &[u8]) -> bool {
    [
        "enter your",
        "paste your",
        "insert your",
        "put your",
        "add your",
        "replace with",
        "replace me",
        "your ",
        "to-be-",
        "to_be_",
    ]
    .iter()
    .any(|start| lower.starts_with(start.as_bytes()))
}

/// Removes the prefixes that say only which vendor's key belongs here.
fn strip_public_prefix(lower: &[u8]) -> &[u8] {
    for prefix in [
        "sk-proj-",
        "sk-svcacct-",
        "sk-admin-",
        "sk-ant-api03-",
        "sk-ant-",
        "sk-or-v1-",
        "sk-",
        "sk_",
        "hf_",
        "ghp_",
        "gsk_",
    ] {
        if let Some(rest) = lower.strip_prefix(prefix.as_bytes()) {
            return rest;
        }
    }
    lower
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_random_value_is_no_placeholder() {
        let mut random = crate::text::random::Generator::new("literal");
        for _ in 0..50 {
            let value = format!("sk-ant-api03-{}AA", random.string("b64url", 93).unwrap());
            assert_eq!(classify(value.as_bytes()), ValueKind::Literal, "{value}");
            let joined =
                format!("{}-my-{}", random.string("b64url", 60).unwrap(), random.string("b64url", 60).unwrap());
            assert_eq!(classify(joined.as_bytes()), ValueKind::Literal, "{joined}");
            let mut hex = |length| random.string("hex", length).unwrap();
            let value = format!("{}-{}-{}:{}", hex(8), hex(4), hex(12), hex(32));
            assert_eq!(classify(value.as_bytes()), ValueKind::Literal, "{value}");
            let kept = format!("{{{}}}", hex(32));
            assert_eq!(classify(kept.as_bytes()), ValueKind::Literal, "{kept}");
        }
    }

    #[test]
    fn values_are_told_apart() {
        let kind = |value: &str| classify(value.as_bytes());
        for value in [
            "YOUR_OPENAI_API_KEY",
            "sk-YOUR_API_KEY",
            "<your key>",
            "[YOUR_KEY]",
            "changeme",
            "CHANGE_ME",
            "TODO",
            "sk-...",
            "sk-xxxxxxxxxxxx",
            "your-key",
            "api_key_here",
            "PASTE_KEY_HERE",
            "hf_YOUR_TOKEN",
            "xxx",
            "sk-<your key>",
            "sk-test1234",
            "fill_me_in",
            "to-be-filled",
            "not-set",
            "12345",
            "Enter your OpenAI key",
            "sk-invalid-key-for-demo",
            "sk-12345678",
            "my-secret-key",
            "MyCloudflareApiToken",
            "ThisIsAVerySecretString",
            "********",
        ] {
            assert_eq!(kind(value), ValueKind::Placeholder, "{value}");
        }
        for value in [
            "/prod/openai/api_key",
            "openai-key:latest",
            ">-",
            "${KEY}",
            "$KEY",
            "{{ vault.key }}",
            "%KEY%",
            "secrets.KEY",
            "op://v/i/f",
        ] {
            assert_eq!(kind(value), ValueKind::Reference, "{value}");
        }
        assert!(
            is_double(b"fake-api-key") && is_double(b"Demo") && !is_double(b"test-key") && is_test_double(b"test-key")
        );
        assert!(asks(b"YOUR-KEY") && asks(b"sk-xxxx") && !asks(b"sk-...") && !asks(b"********"));
        assert!(is_label(b"Password") && !is_label(b"your-key"));
        assert_eq!(kind("  "), ValueKind::Empty);
        assert_eq!(kind("EMPTY"), ValueKind::LocalDummy);
        assert_eq!(kind("sk-no-key-required"), ValueKind::LocalDummy);
        assert_eq!(kind("gpt-4o"), ValueKind::Literal);
        assert_eq!(kind("{your-key}"), ValueKind::Placeholder);
        assert_eq!(kind("eyJhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhIjoxfQ"), ValueKind::Literal);
    }
}
