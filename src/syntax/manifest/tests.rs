//! What the reader makes of each way to give a key a value.

use super::*;
use proptest::prelude::*;

/// The keys given the value `v1`.
fn keys(text: &str) -> Vec<String> {
    let is_wanted = |entry: &Entry| &text[entry.value.range()] == "v1";
    entries(text.as_bytes(), Syntax::Colon).into_iter().filter(is_wanted).map(|entry| entry.key).collect()
}

#[test]
fn values_of_keys() {
    for text in [
        "K: v1",
        "  - K: v1",
        "\"K\": 'v1' # note",
        "K: !!str \"v1\"",
        "K: &anchor v1",
        "env: {A: b, K: v1}",
        "env: {K: \"v1\", A: b}",
        "- name: K\n  value: v1",
        "- value: v1\n  name: K",
        "- {name: A, value: b}\n- {name: K, value: v1}",
        "[{name: A, value: b},\n {name: K, value: v1}]",
        "- name: K\n  value: |\n    v1\nA: b",
        "K: >-\n  v1\n",
        "{\"name\": \"K\", \"value\": \"v1\"}",
        "\"K\":\"v1\",",
        "K: v1\n\tx: y",
        "args: [\"--K\", \"v1\"]",
        "- --K\n- v1",
        "K:\n  description: a\n  value: v1",
        "K: {value: v1}",
        "K:\n  Default: v1",
        "- name: K\n  from:\n    a: b\n  value: v1",
        "a: |\n  b:\n    K: v1\n",
        "a: |\n  - name: K\n    value: v1\n",
    ] {
        assert_eq!(keys(text).last().map(String::as_str), Some("K"), "{text}");
    }
    assert_eq!(keys("# K: v1"), [""; 0]);
    assert_eq!(keys("A: ${{ x, v1 }}"), [""; 0]);
    assert_eq!(keys("- name: K\n- value: v1"), ["value"]);
    assert_eq!(keys("run: |\n  a\n  v1"), [""]);
}

proptest! {
    #[test]
    fn never_panics(text in "(K|: |- |\"|'|\\{|\\}|\\[|\\]|,|\n|  |\t|#|\\||&a |!x |\\$|=|--k|name: |value: |é|\r\n|\\\\){0,40}") {
        for syntax in [Syntax::Colon, Syntax::Equals] {
            let all = entries(text.as_bytes(), syntax);
            prop_assert!(all.is_sorted_by_key(|entry| entry.value.start));
            prop_assert!(all.iter().all(|entry| entry.value.end <= text.len()));
        }
    }
}
