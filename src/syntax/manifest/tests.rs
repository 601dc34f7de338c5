//! What the reader makes of each way to give a key a value.

use super::*;
use proptest::prelude::*;

fn all(text: &str, syntax: Syntax) -> Vec<Entry<'_>> {
    entries(text.as_bytes(), Span::new(0, text.len()), syntax)
}

/// The keys given the value `v1`.
fn keys(text: &str) -> Vec<&str> {
    let is_wanted = |entry: &Entry<'_>| &text[entry.value.range()] == "v1";
    all(text, Syntax::Colon).into_iter().filter(is_wanted).map(|entry| entry.key).collect()
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
        assert_eq!(keys(text).last(), Some(&"K"), "{text}");
    }
    assert_eq!(keys("# K: v1"), [""; 0]);
    assert_eq!(keys("A: ${{ x, v1 }}"), [""; 0]);
    assert_eq!(keys("- name: K\n- value: v1"), ["value"]);
    assert_eq!(keys("run: |\n  a\n  v1"), [""]);
}

/// The keys and owners given the value `v1`.
fn owned(text: &str) -> Vec<(&str, &str)> {
    let all = all(text, Syntax::Colon).into_iter();
    let wanted = all.filter(|entry| &text[entry.value.range()] == "v1");
    wanted.map(|entry| (entry.key, entry.owner.unwrap_or_default())).collect()
}

#[test]
fn aliases_stand_for_what_they_name() {
    for text in [
        "a: &x v1\nK: *x",
        "a: &x v1 # note\nb: {K: *x, c: d}",
        "a: &x 'v1'\n- name: K\n  value: *x",
        "a: &x\n  v1\nK: *x # note",
        "a: &x |\n  v1\nK: *x",
        "- &x v1\n- K: *x",
        "a: &x old\na: &x v1\nK: *x",
        "--- &all\na: !!str &x v1\nargs: [--K, *x]",
    ] {
        assert!(keys(text).contains(&"K"), "{text}");
    }
    assert_eq!(keys("a: &x v1\nK: *y"), ["a"]);
    assert_eq!(all("a = &x v1\nK = *x", Syntax::Equals).len(), 2);
}

#[test]
fn collections_belong_to_the_keys_that_use_them() {
    for text in [
        "a: &x\n  K: v1\nb:\n  U: *x",
        "a: &x {K: v1}\nb: {U: *x}",
        "a: &x\n  K: v1\nb:\n  U:\n    <<: *x\n    c: d",
        "a: &x\n  K: v1\nb:\n  U:\n    <<: [*y, *x]",
        "a: &x\n  K: v1\nc: &y\n  <<: *x\nb:\n  U: {<<: *y}",
    ] {
        let used = |owner: &'static str| ("K", owner);
        let all = owned(text);
        assert_eq!((all.first(), all.last()), (Some(&used("a")), Some(&used("U"))), "{text}");
    }
    assert_eq!(owned("a: &x\n  - v1\nU: *x"), [("", "a"), ("", "U")]);
    // One that holds itself ends.
    assert_eq!(owned("a: &x\n  <<: *x\n  K: v1\n").len(), 1);
}

#[test]
fn a_value_may_stand_on_the_line_behind_its_key() {
    assert_eq!(keys("K:\n  v1\nA: b"), ["K"]);
    assert_eq!(keys("- name: K\n  value:\n    \"v1\"\n- name: A\n  value: b"), ["K"]);
    assert_eq!(keys("{\"K\":\n  \"v1\"}"), ["K"]);
    assert_eq!(keys("K:\n  - v1"), [""]);
    assert_eq!(keys("K:\n  [v1]"), [""]);
}

proptest! {
    #[test]
    fn never_panics(text in "(K|: |- |\"|'|\\{|\\}|\\[|\\]|,|\n|  |\t|#|\\||&a |\\*a|<<: |!x |\\$|=|--k|name: |value: |é|\r\n|\\\\){0,40}") {
        for syntax in [Syntax::Colon, Syntax::Equals] {
            let all = all(&text, syntax);
            prop_assert!(all.is_sorted_by_key(|entry| entry.value.start));
            prop_assert!(all.iter().all(|entry| entry.value.end <= text.len()));
        }
    }
}
