//! Was this segment drawn at random, or written by a person?
//!
//! A secret is random; a placeholder, a slug or a class name is not. Each test asks how likely a random string of
//! the same alphabet and length would look this regular, so the thresholds do not depend on the length. How often it
//! errs is measured by `tests/accuracy.rs`; docs/accuracy.md has the figures beside those of Shannon entropy.

use super::bigrams;

/// How much the pattern around the segment already proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// A prefix with a marker, an exact length or a checksum: only clear placeholders are rejected.
    Strong,
    /// A short prefix or a telling name: the segment itself has to look random.
    Weak,
}

/// Why a segment is not random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Runs, counts up or down, or alternates: `abcdef…`, `a1b2c3…`.
    Sequence,
    /// The same part again and again: `abcabcabc`.
    Repeat,
    /// Neighbouring keys of a keyboard: `qwertyuiop`.
    Keyboard,
    /// Far fewer different characters than chance gives: `xxxxxxxx`.
    FewCharacters,
    /// Letters follow each other as in English: `some-long-slug`.
    Text,
}

/// A false positive rate of 1 in 100,000 per test. Tuned on synthetic strings of other seeds than the ones measured.
const UNLIKELY: f64 = 1e-5;

/// How many standard deviations too few distinct characters are; same source as [`UNLIKELY`].
const DISTINCT_Z: f64 = -6.0;

/// One in how many pairs of keys has to be adjacent before a text counts as typed along the keyboard.
const KEYBOARD_SHARE: usize = 3;

/// Mean bits a pair in favour of text above which a segment is text: without and with a digit in it.
const TEXT_BITS: (f64, f64) = (-0.55, -0.20);

/// Tells whether `segment` was written by a person; `None` means it looks random.
///
/// `segment` is the random part only: prefix, marker and separators removed by the caller.
pub fn written(segment: &[u8], tier: Tier) -> Option<Written> {
    let set = CharSet::of(segment);
    if too_likely_sequence(segment, &set) || has_long_run(segment, &set) {
        return Some(Written::Sequence);
    }
    if repeats(segment, &set) {
        return Some(Written::Repeat);
    }
    if follows_keyboard(segment, &set) {
        return Some(Written::Keyboard);
    }
    if few_characters(segment, &set) {
        return Some(Written::FewCharacters);
    }
    (tier == Tier::Weak && reads_as_text(segment, &set)).then_some(Written::Text)
}

/// The smallest usual alphabet a segment fits in, and the chance rates that go with it.
struct CharSet {
    size: f64,
    /// Chance that two characters in a row are equal or one step apart.
    step: f64,
    /// Chance that two characters in a row are neighbours on a keyboard.
    keyboard: f64,
    letter: f64,
    digit: f64,
}

impl CharSet {
    fn of(segment: &[u8]) -> Self {
        let all = |test: fn(&u8) -> bool| segment.iter().all(test);
        let one_case = all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            || all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let (size, step, keyboard, letters) = if all(u8::is_ascii_hexdigit) {
            (16.0, 0.19, 0.09, 6.0)
        } else if all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')) {
            (32.0, 0.10, 0.05, 26.0)
        } else if one_case {
            (36.0, 0.085, 0.06, 26.0)
        } else if all(u8::is_ascii_alphabetic) {
            (52.0, 0.12, 0.065, 52.0)
        } else if all(u8::is_ascii_alphanumeric) {
            (62.0, 0.093, 0.065, 52.0)
        } else {
            (64.0, 0.09, 0.06, 52.0)
        };
        let digits = match size as u32 {
            52 => 0.0,
            32 => 6.0,
            _ => 10.0,
        };
        Self { size, step, keyboard, letter: letters / size, digit: digits / size }
    }
}

fn too_likely_sequence(segment: &[u8], set: &CharSet) -> bool {
    (1..=2).any(|lag| {
        let pairs = segment.len().saturating_sub(lag);
        let steps = (0..pairs).filter(|&i| is_step(segment[i], segment[i + lag])).count();
        upper_tail(pairs, steps, set.step) < UNLIKELY
    })
}

/// Whether a part counts up or down for longer than chance does, whatever stands around it: `sk-…123456…`.
fn has_long_run(segment: &[u8], set: &CharSet) -> bool {
    // Letters are compared without their case: where both occur, twice as many go on.
    let next = if set.size > 36.0 { 2.0 / set.size } else { 1.0 / set.size };
    [1, -1].into_iter().any(|direction| {
        let (mut run, mut longest) = (0, 0);
        for pair in segment.windows(2) {
            run = if goes_on(pair[0], pair[1], direction) { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        2.0 * segment.len() as f64 * next.powi(longest) < UNLIKELY
    })
}

/// Whether `b` follows `a` among the digits or among the letters, upwards or downwards.
fn goes_on(a: u8, b: u8, direction: i16) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    let same_kind = (a.is_ascii_digit() && b.is_ascii_digit()) || (a.is_ascii_lowercase() && b.is_ascii_lowercase());
    same_kind && i16::from(b) - i16::from(a) == direction || direction == 1 && (a, b) == (b'9', b'0')
}

/// Equal, or one up or down among digits or among letters, and the usual ways to go on (9 to 0 or a, f or z to 0 or a).
fn is_step(a: u8, b: u8) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    let same_kind = (a.is_ascii_digit() && b.is_ascii_digit()) || (a.is_ascii_lowercase() && b.is_ascii_lowercase());
    (same_kind && a.abs_diff(b) <= 1)
        || matches!((a, b), (b'9' | b'z', b'0' | b'a') | (b'f', b'0'))
        || (a == b && !a.is_ascii_alphanumeric())
}

fn repeats(segment: &[u8], set: &CharSet) -> bool {
    let n = segment.len();
    let tests = (n / 2).max(1) as f64;
    (1..=n / 2).any(|period| {
        let pairs = n - period;
        let same = (0..pairs).filter(|&i| segment[i] == segment[i + period]).count();
        upper_tail(pairs, same, 1.0 / set.size) * tests < UNLIKELY
    })
}

fn follows_keyboard(segment: &[u8], set: &CharSet) -> bool {
    let pairs = segment.len().saturating_sub(1);
    let near = segment.windows(2).filter(|w| are_keys_adjacent(w[0], w[1])).count();
    // Pairs share characters, so that chance strays further than the binomial tail says: of 148 random characters the
    // tail alone rejects 0.3 %. Who slides over the keys leaves more than a third of the pairs adjacent.
    near * KEYBOARD_SHARE > pairs && upper_tail(pairs, near, set.keyboard) < UNLIKELY
}

/// Whether two keys are neighbours in a row or a column of a US keyboard.
fn are_keys_adjacent(a: u8, b: u8) -> bool {
    const LINES: [&[u8]; 14] = [
        b"1234567890",
        b"qwertyuiop",
        b"asdfghjkl",
        b"zxcvbnm",
        b"1qaz",
        b"2wsx",
        b"3edc",
        b"4rfv",
        b"5tgb",
        b"6yhn",
        b"7ujm",
        b"8ik",
        b"9ol",
        b"0p",
    ];
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    LINES.iter().any(|line| line.windows(2).any(|w| (w[0] == a && w[1] == b) || (w[0] == b && w[1] == a)))
}

fn few_characters(segment: &[u8], set: &CharSet) -> bool {
    let mut seen = [false; 256];
    for byte in segment {
        seen[usize::from(*byte)] = true;
    }
    let distinct = seen.iter().filter(|s| **s).count() as f64;
    let (a, n) = (set.size, segment.len() as f64);
    let absent = (1.0 - 1.0 / a).powf(n);
    let both_absent = (1.0 - 2.0 / a).powf(n);
    let mean = a * (1.0 - absent);
    let variance = a * (a - 1.0) * both_absent + a * absent - (a * absent).powi(2);
    variance > 0.0 && (distinct - mean) / variance.sqrt() < DISTINCT_Z
}

fn reads_as_text(segment: &[u8], set: &CharSet) -> bool {
    if segment.len() < 2 {
        return true;
    }
    let (no_digit, with_digit) = TEXT_BITS;
    let limit = if segment.iter().any(u8::is_ascii_digit) { with_digit } else { no_digit };
    let mut score = text_bits(segment, set);
    if segment.len() >= 32 {
        let (first, second) = segment.split_at(segment.len() / 2);
        score = score.min(text_bits(first, set)).min(text_bits(second, set));
    }
    score > limit
}

/// Mean over neighbouring pairs of log2 P(pair in text) − log2 P(pair at random), in bits.
fn text_bits(segment: &[u8], set: &CharSet) -> f64 {
    let both_cases = segment.iter().any(u8::is_ascii_lowercase) && segment.iter().any(u8::is_ascii_uppercase);
    let total: f64 = segment.windows(2).map(|pair| pair_bits(pair[0], pair[1], both_cases, set)).sum();
    total / segment.len().saturating_sub(1).max(1) as f64
}

fn pair_bits(a: u8, b: u8, both_cases: bool, set: &CharSet) -> f64 {
    let (digit, letter) = (set.digit.max(1.0 / 64.0), set.letter);
    if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() {
        return letter_bits(a, b, both_cases) + (0.86 / letter).log2();
    }
    if !b.is_ascii_alphanumeric() {
        let in_text = if a.is_ascii_alphanumeric() { 0.10 } else { 0.004 };
        return f64::log2(in_text / (2.0 / 64.0));
    }
    if !a.is_ascii_alphanumeric() {
        return if b.is_ascii_digit() { f64::log2(0.12 / (10.0 / 64.0)) } else { f64::log2(0.85 / (52.0 / 64.0)) };
    }
    match (a.is_ascii_digit(), b.is_ascii_digit()) {
        (true, true) => (0.65 / digit).log2(),
        (true, false) => (0.12 / letter).log2(),
        _ => (0.03 / digit).log2(),
    }
}

fn letter_bits(a: u8, b: u8, both_cases: bool) -> f64 {
    let index = |c: u8| usize::from(c.to_ascii_lowercase() - b'a');
    let bits = f64::from(bigrams::TABLE[index(a)][index(b)]) / 4.0;
    let (bits, case) = match (a.is_ascii_uppercase(), b.is_ascii_uppercase()) {
        (false, false) => (bits, 0.88),
        (true, true) => (bits.max(0.0) / 2.0, 0.40),
        (true, false) => (bits, 0.55),
        (false, true) => (0.0, 0.14),
    };
    if both_cases { bits + f64::log2(case / 0.5) } else { bits }
}

/// P(X ≥ `hits`) for `trials` draws with chance `p` each.
fn upper_tail(trials: usize, hits: usize, p: f64) -> f64 {
    if hits == 0 {
        return 1.0;
    }
    if hits > trials {
        return 0.0;
    }
    // The first term in logarithms (large factorials), the following ones by their ratio.
    let mut log_term = 0.0;
    for k in 0..hits {
        log_term += (((trials - k) as f64) / ((k + 1) as f64)).ln() + p.ln();
    }
    log_term += ((trials - hits) as f64) * (1.0 - p).ln();
    let mut term = log_term.exp();
    let mut tail = 0.0;
    for k in hits..=trials {
        tail += term;
        term *= ((trials - k) as f64) / ((k + 1) as f64) * p / (1.0 - p);
        if term < 1e-18 {
            break;
        }
    }
    tail.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::Generator;

    #[test]
    fn tails_match_known_values() {
        assert!((upper_tail(10, 1, 0.5) - (1.0 - 0.5f64.powi(10))).abs() < 1e-12);
        assert!((upper_tail(4, 4, 0.1) - 1e-4).abs() < 1e-12);
        assert!((upper_tail(3, 0, 0.3) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_people_write_is_not_random() {
        for text in [
            "abcdefghijklmnopqrstuvwxyz123456",
            "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "1234567890abcdef1234567890abcdef",
            "qwertyuiopasdfghjklzxcvbnmqwerty",
            "abc123def456ghi789jkl012mno345pqr678stu901vwx2",
            "some-long-benign-phrase-without-meaning",
            "estimator-background-color-primary",
            "telecom-announces-new-ai-model-partnership",
            "Qz7Lm2Xw1234567Kd9Rt4Yb8Vn3Hs6Jp0Gf5CqWe",
            "Qz7Lm2XwAbCdEfGhKd9Rt4Yb8Vn3Hs6Jp0Gf5CqWe",
            "8e41c07f3b9876543210d52a",
        ] {
            assert!(written(text.as_bytes(), Tier::Weak).is_some(), "{text}");
        }
    }

    /// The rates the module's head claims, with a margin for another seed.
    #[test]
    fn random_segments_pass() {
        let mut random = Generator::new("randomness");
        for (set, length, tier) in [
            ("hex", 32, Tier::Weak),
            ("alnum", 20, Tier::Weak),
            ("alnum", 48, Tier::Weak),
            ("b64url", 93, Tier::Weak),
            ("letters", 34, Tier::Weak),
            ("lower", 48, Tier::Weak),
            ("base32", 16, Tier::Strong),
        ] {
            let lost =
                (0..2000).filter(|_| written(random.string(set, length).unwrap().as_bytes(), tier).is_some()).count();
            assert!(lost <= 30, "{set}×{length}: {lost} of 2000 lost");
        }
    }
}
