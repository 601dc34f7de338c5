//! Manifests larger than a window: read whole, to the last line.

use crate::support::{Scratch, key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keylint::source::LARGEST_WHOLE;
use keylint::text::random::Generator;

/// Ten megabytes.
const SIZE: usize = 10_000_000;

/// A text of [`SIZE`] bytes with one of `parts` at its start, one in the middle and one at the end, and the rule and
/// the line of each.
fn large(parts: [(&str, &str); 3], filler: impl Fn(usize) -> String) -> (String, Vec<(String, u64)>) {
    let (mut text, mut expected) = (String::with_capacity(SIZE + 1000), Vec::new());
    for (number, (rule, part)) in parts.into_iter().enumerate() {
        let mut count = 0;
        while text.len() < number * SIZE / 2 {
            text += &filler(number << 20 | count);
            count += 1;
        }
        // The value stands on the last line of its part.
        text += part;
        expected.push((rule.to_owned(), text.lines().count() as u64));
    }
    (text, expected)
}

fn found(scratch: &Scratch, path: &str) -> Vec<(String, u64)> {
    let report = scratch.keylint(&["check", "--format", "json", path]).code(1).json();
    assert_eq!(report["complete"], true);
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|one| (one["rule"].as_str().unwrap().to_owned(), one["line"].as_u64().unwrap())).collect()
}

#[test]
fn kubernetes_objects_are_found_wherever_they_stand() {
    let scratch = Scratch::new();
    let word = Generator::new("large").string("alnum", 24).unwrap();
    let object =
        |kind: &str, value: &str| format!("---\napiVersion: v1\nkind: {kind}\ndata:\n  DB_PASSWORD: {value}\n");
    let (secret, map) = (object("Secret", &STANDARD.encode(&word)), object("ConfigMap", &word));
    let (encoded, plain) = ("kubernetes-secret-data", "kubernetes-env-secret");
    let (text, expected) = large([(encoded, &secret), (plain, &map), (encoded, &secret)], |i| {
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map-{i}\ndata:\n  size: \"{i}\"\n")
    });
    scratch.write("all.yaml", text);
    assert_eq!(found(&scratch, "all.yaml"), expected);
}

#[test]
fn services_are_found_wherever_they_stand() {
    let scratch = Scratch::new();
    let map = format!("  leak:\n    environment:\n      MODE: a\n      OPENAI_API_KEY: {}\n", key("large"));
    let word = Generator::new("large").string("alnum", 24).unwrap();
    let list = format!("  word:\n    environment:\n      - DB_PASSWORD={word}\n");
    let head = format!("services:\n{map}");
    let rule = "compose-env-secret";
    let (text, expected) = large([(rule, &head), (rule, &list), (rule, &map)], |i| {
        format!("  service-{i}:\n    image: registry.example.org/app:{i}\n    environment:\n      - PORT={i}\n")
    });
    scratch.write("compose.yaml", text);
    assert_eq!(found(&scratch, "compose.yaml"), expected);
}

#[test]
fn what_cannot_be_read_whole_is_said() {
    let scratch = Scratch::new();
    let text = format!("services:\n  a:\n    environment:\n      K: {}\n{}", key("sparse"), "#\n".repeat(1 << 12));
    scratch.write("compose.yaml", text);
    let file = std::fs::File::options().write(true).open(scratch.path("compose.yaml")).unwrap();
    file.set_len(LARGEST_WHOLE as u64 + 1).unwrap();
    let run = scratch.keylint(&["check", "--max-file-size", "0", "--format", "json", "."]).code(1);
    let report = run.json();
    assert_eq!((&report["complete"], &report["findings"][0]["rule"]), (&false.into(), &"openai-project-key".into()));
    assert!(run.out.contains("not read as what it configures"), "{}", run.out);
    let run = scratch.keylint(&["check", "--format", "json", "."]).code(2);
    assert!(run.out.contains("too-large"), "{}", run.out);
}
