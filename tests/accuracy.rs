//! How often the test "drawn at random or written by a person" errs, measured on strings made here.
//!
//! `cargo test --test accuracy -- --nocapture` prints the table of docs/accuracy.md. Everything is derived from the seeds
//! below: the same strings, and the same figures, on every machine.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test prints what it measured")]

use keylint::text::placeholder::is_placeholder;
use keylint::text::random::Generator;
use keylint::text::randomness::Tier;

/// Strings of each kind.
const EACH: usize = 10_000;

/// The limit where no rule uses the weak tier for text of this kind.
const NEVER: usize = EACH;

/// Random text: alphabet and length of the random part, in characters, and how many of [`EACH`] may be lost in the weak
/// and in the strong tier.
///
/// The limits are twice what was measured with this seed (docs/accuracy.md) and at least 5, so that a harmless change
/// passes and one that loses keys does not.
const RANDOM: [(&str, usize, usize, usize); 16] = [
    ("hex", 20, 50, 5),
    ("hex", 32, 5, 5),
    ("hex", 40, 5, 5),
    ("hex", 64, 5, 5),
    ("base32", 16, NEVER, 6),
    ("lower", 32, 5, 5),
    ("lower", 48, 5, 5),
    ("letters", 34, 30, 10),
    ("alnum", 20, 52, 5),
    ("alnum", 24, 24, 5),
    ("alnum", 32, 5, 5),
    ("alnum", 48, 5, 5),
    ("alnum", 80, 5, 5),
    ("b64url", 43, 5, 5),
    ("b64url", 93, 12, 5),
    ("b64url", 148, 8, 6),
];

/// What people write: a name, how it is made, and how many of [`EACH`] may pass for random.
type Written = (&'static str, fn(&mut Generator) -> String, usize, usize);

/// The strong tier only knows templates and regular text: words stand behind no prefix with a marker or exact length.
const WRITTEN: [Written; 9] = [
    ("slug of words", slug, 5, NEVER),
    ("words and numbers", numbered, 5, NEVER),
    ("your key here", asked, 5, 5),
    ("runs of one character", run, 5, 5),
    ("counting up", sequence, 5, 5),
    ("part repeated", repeated, 5, 5),
    ("along the keyboard", keyboard, 5, 5),
    ("fake word and filler", filler, 5, NEVER),
    ("camel case", camel, 5, NEVER),
];

#[test]
fn random_text_is_kept() {
    println!("random text lost, of {EACH}     weak       strong     entropy 3.5");
    let mut random = Generator::new("accuracy");
    for (set, length, weak, strong) in RANDOM {
        let drawn: Vec<String> = (0..EACH).map(|_| random.string(set, length).unwrap()).collect();
        let lost = |tier| drawn.iter().filter(|text| is_placeholder(text.as_bytes(), tier)).count();
        let (in_weak, in_strong) = (lost(Tier::Weak), lost(Tier::Strong));
        let flat = percent(drawn.iter().filter(|text| !has_entropy(text)).count());
        println!("  {:26} {:8}   {:8}   {flat}", format!("{set} x {length}"), percent(in_weak), percent(in_strong));
        assert!(in_weak <= weak, "{set} x {length}, weak: {in_weak} lost, {weak} allowed");
        assert!(in_strong <= strong, "{set} x {length}, strong: {in_strong} lost, {strong} allowed");
    }
}

#[test]
fn written_text_is_rejected() {
    println!("written text kept, of {EACH}    weak       strong     entropy 3.5");
    let mut random = Generator::new("written");
    for (name, make, weak, strong) in WRITTEN {
        let texts: Vec<String> = (0..EACH).map(|_| make(&mut random)).collect();
        let kept = |tier| texts.iter().filter(|text| !is_placeholder(text.as_bytes(), tier)).count();
        let (in_weak, in_strong) = (kept(Tier::Weak), kept(Tier::Strong));
        let full = percent(texts.iter().filter(|text| has_entropy(text)).count());
        println!("  {name:26} {:8}   {:8}   {full}", percent(in_weak), percent(in_strong));
        assert!(in_weak <= weak, "{name}, weak: {weak} allowed, kept {in_weak}");
        assert!(in_strong <= strong, "{name}, strong: {strong} allowed, kept {in_strong}");
    }
}

/// What many scanners do instead: at least 3.5 bits a character of Shannon entropy make a secret.
fn has_entropy(text: &str) -> bool {
    let n = text.len() as f64;
    let bits: f64 = (0..=u8::MAX)
        .map(|byte| text.bytes().filter(|b| *b == byte).count() as f64 / n)
        .filter(|share| *share > 0.0)
        .map(|share| -share * share.log2())
        .sum();
    bits >= 3.5
}

fn percent(count: usize) -> String {
    format!("{:.2} %", count as f64 * 100.0 / EACH as f64)
}

/// Common words of English prose about software; none is a word the placeholder test knows.
const NOUNS: [&str; 48] = [
    "account", "backend", "bridge", "cluster", "company", "context", "customer", "database", "delivery", "engine",
    "feature", "gateway", "harbor", "history", "island", "journal", "kitchen", "language", "library", "machine",
    "manager", "message", "monitor", "network", "orange", "output", "partner", "pipeline", "platform", "process",
    "product", "project", "quarter", "record", "release", "request", "river", "scanner", "schedule", "server",
    "service", "session", "storage", "summer", "system", "travel", "window", "worker",
];

fn word(random: &mut Generator) -> &'static str {
    NOUNS[random.below(NOUNS.len())]
}

fn words(random: &mut Generator, count: usize, joint: &str) -> String {
    (0..count).map(|_| word(random)).collect::<Vec<_>>().join(joint)
}

fn slug(random: &mut Generator) -> String {
    let count = 3 + random.below(3);
    words(random, count, "-")
}

fn numbered(random: &mut Generator) -> String {
    format!("{}-{}-{}", words(random, 2, "_"), random.string("digits", 4).unwrap(), word(random))
}

fn asked(random: &mut Generator) -> String {
    let ask = ["your-{}-key", "your_{}_token_here", "replace-with-{}-key", "insert-your-{}-token", "{}-key-goes-here"];
    ask[random.below(ask.len())].replace("{}", word(random))
}

fn run(random: &mut Generator) -> String {
    random.string("alnum", 1).unwrap().repeat(16 + random.below(40))
}

fn sequence(random: &mut Generator) -> String {
    const COUNTS: [&str; 4] = [
        "0123456789abcdefghijklmnopqrstuvwxyz",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8",
        "abc123def456ghi789jkl012mno345pqr678",
    ];
    let count = COUNTS[random.below(COUNTS.len())];
    let start = random.below(8);
    count.chars().cycle().skip(start).take(20 + random.below(28)).collect()
}

fn repeated(random: &mut Generator) -> String {
    let length = 2 + random.below(5);
    let part = random.string("alnum", length).unwrap();
    part.chars().cycle().take(20 + random.below(28)).collect()
}

fn keyboard(random: &mut Generator) -> String {
    const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let mut out = String::new();
    while out.len() < 24 {
        out.push_str(ROWS[random.below(ROWS.len())]);
    }
    out.truncate(20 + random.below(12).min(out.len() - 20));
    out
}

fn filler(random: &mut Generator) -> String {
    const FAKES: [&str; 5] = ["fake", "test", "demo", "dummy", "mock"];
    let number = random.string("digits", 6).unwrap();
    format!("{}-{}-{number}", FAKES[random.below(FAKES.len())], word(random))
}

fn camel(random: &mut Generator) -> String {
    let count = 3 + random.below(2);
    (0..count)
        .map(|_| {
            let word = word(random);
            word[..1].to_uppercase() + &word[1..]
        })
        .collect()
}
