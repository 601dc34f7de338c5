//! The JSON Schema of a rule file accepts what keylint accepts and says no where keylint does.

use crate::support::Scratch;
use jsonschema::Validator;
use serde_json::Value;
use std::path::Path;

fn schema() -> Value {
    Scratch::new().keylint(&["rules", "schema"]).ok().json()
}

/// What is wrong with a rule file, one line a fault.
fn faults(validator: &Validator, text: &str) -> Vec<String> {
    let file: Value = toml::from_str(text).unwrap();
    validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_shipped_rule_file_fits() {
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    let mut count = 0;
    for entry in walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")) {
        let path = entry.unwrap().into_path();
        let is_rule = path.extension().is_some_and(|extension| extension == "toml")
            && path.parent().is_some_and(|parent| !parent.ends_with("tables"));
        if is_rule {
            count += 1;
            let found = faults(&validator, &std::fs::read_to_string(&path).unwrap());
            assert!(found.is_empty(), "{}: {found:#?}", path.display());
        }
    }
    assert_eq!(count, keylint::rules::RuleSet::builtin().unwrap().iter().count());
}

#[test]
fn a_wrong_rule_file_does_not_fit() {
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    let right = "id = \"a-key\"\nfamily = \"secret\"\ntitle = \"t\"\nseverity = \"error\"\nconfidence = \"high\"\n\
                 cause = \"leaked-key\"\nsince = \"1\"\n[match.token]\nanchors = [\"a_k_\"]\npattern = 'a_k_[a-z]{32}'\n\
                 [docs]\nwhy = \"w\"\nremedy = \"r\"\n[[example]]\nname = \"n\"\npath = \"a\"\ntext = \"t\"\n";
    assert_eq!(faults(&validator, right), [""; 0]);
    for (part, instead) in [
        ("id = \"a-key\"", "id = \"A key\""),
        ("id = \"a-key\"", ""),
        ("family = \"secret\"", "family = \"secrets\""),
        ("since = \"1\"", "since = 1"),
        ("since = \"1\"", "since = \"1\"\nunknown = 1"),
        ("[match.token]", "[match.tokens]"),
        ("anchors = [\"a_k_\"]", "anchors = []"),
        ("anchors = [\"a_k_\"]", "anchors = [\"a_k_\"]\nalphabet = \"klingon\""),
        ("[docs]", "[document]"),
        ("remedy = \"r\"", ""),
        ("name = \"n\"", "name = \"n\"\nfile = 3"),
    ] {
        let wrong = right.replace(part, instead);
        assert_ne!(wrong, right, "{part}");
        assert!(!faults(&validator, &wrong).is_empty(), "{part} → {instead}");
        let scratch = Scratch::new();
        scratch.write("r/a-key.toml", &wrong);
        scratch.keylint(&["rules", "test", "r"]).code(2);
    }
}

#[test]
fn what_a_key_means_is_said() {
    let schema = schema();
    assert_eq!(schema["additionalProperties"], false);
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        assert!(definition["description"].is_string(), "{name}");
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            assert!(property["description"].is_string(), "{name}.{key}");
        }
    }
}
