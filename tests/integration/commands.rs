//! The commands around `check`.

use crate::support::Scratch;

#[test]
fn a_rules_page_shows_no_random_text() {
    let run = Scratch::new().keylint(&["explain", "openai-project-key"]).ok();
    for part in ["Why", "What to do", "sk-proj-…", "^^^^", "allow openai-project-key --", "https://"] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    let run = Scratch::new().keylint(&["explain", "openai-projct-key"]).code(2);
    assert!(run.err.contains("openai-project-key"), "{}", run.err);
}

#[test]
fn rules_are_listed() {
    let run = Scratch::new().keylint(&["rules"]).ok();
    assert!(run.out.contains("openai-project-key"));
    let run = Scratch::new().keylint(&["rules", "list", "--format", "json"]).ok();
    assert!(run.json().as_array().unwrap().iter().any(|rule| rule["id"] == "unused-allow"));
}

#[test]
fn examples_of_a_users_rule_are_run() {
    let scratch = Scratch::new();
    let rule = |marked: &str| {
        format!(
            "id = \"acme-key\"\nfamily = \"secret\"\ntitle = \"Acme key\"\nseverity = \"error\"\nconfidence = \"high\"\n\
             cause = \"leaked-key\"\nsince = \"1\"\n[match.token]\nanchors = [\"acme_\"]\n\
             pattern = 'acme_(?<random>[a-z0-9]{{32}})'\n\n[docs]\nwhy = \"x\"\nremedy = \"x\"\n\n[[example]]\n\
             name = \"one\"\npath = \"a.py\"\ntext = 'k = \"{marked}\"'\n"
        )
    };
    scratch.write("rules/acme-key.toml", rule("«acme_{{lower:32}}»"));
    let run = scratch.keylint(&["rules", "test", "rules"]).ok();
    assert!(run.out.contains("1 rules, 1 examples, 0 failed"), "{}", run.out);
    scratch.write("rules/acme-key.toml", rule("acme_{{lower:32}}"));
    let run = scratch.keylint(&["rules", "test", "rules"]).code(1);
    assert!(run.out.contains("FAILED acme-key / one"), "{}", run.out);
    scratch.write("rules/acme-key.toml", "id = 3\n");
    scratch.keylint(&["rules", "test", "rules"]).code(2);
    std::fs::remove_file(scratch.path("rules/acme-key.toml")).unwrap();
    scratch.keylint(&["rules", "test", "rules"]).code(2);
}

#[test]
fn completions_are_printed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(Scratch::new().keylint(&["completions", shell]).ok().out.contains("staged"), "{shell}");
    }
}

#[test]
fn the_rules_pages_are_up_to_date() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");
    let run = Scratch::new().keylint(&["rules", "docs", "--check", docs]);
    assert_eq!(run.code, Some(0), "run `keylint rules docs docs`:\n{}", run.err);
}

#[test]
fn stale_pages_are_told() {
    let scratch = Scratch::new();
    scratch.keylint(&["rules", "docs", "--check", "d"]).code(1);
    scratch.keylint(&["rules", "docs", "d"]).ok();
    scratch.keylint(&["rules", "docs", "--check", "d"]).ok();
    scratch.write("d/rules/gone.md", "x");
    scratch.keylint(&["rules", "docs", "--check", "d"]).code(1);
}

#[test]
fn the_tests_of_an_unpacked_package_are_its_own_source() {
    let scratch = Scratch::new();
    scratch.write("one/llama_index-0.9.dist-info/METADATA", "Metadata-Version: 2.1\nName: llama-index\n");
    scratch.write("one/tests/test_a.py", "from llama_index import Document\n");
    // Where several packages are installed, what stands beside them belongs to none.
    scratch.write("many/llama_index-0.9.dist-info/METADATA", "Metadata-Version: 2.1\nName: llama-index\n");
    scratch.write("many/other-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: other\n");
    scratch.write("many/llama_index/a.py", "from llama_index import Document\n");
    scratch.write("many/app.py", "from llama_index import Document\n");
    let report = scratch.keylint(&["--format", "json"]).json();
    let paths: Vec<&str> = report["findings"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["many/app.py"]);
}
