//! SARIF 2.1.0: every property GitHub code scanning requires, and the form of those it shows. Source: the SARIF 2.1.0
//! schema and GitHub's page "SARIF support for code scanning".

use super::{PLAIN, RelPath, fixture, key, raw_path, render, scan};
use keylint::report::ReportFormat;
use keylint::run::Outcome;
use keylint::span::LineIndex;
use serde_json::Value;
use std::collections::BTreeSet;

fn sarif(outcome: &Outcome) -> Value {
    serde_json::from_str(&render(ReportFormat::Sarif, outcome, PLAIN)).unwrap()
}

/// A text that is there and not longer than `most` characters.
fn assert_text(value: &Value, most: usize) {
    let length = value.as_str().unwrap_or_else(|| panic!("{value} is no text")).chars().count();
    assert!((1..=most).contains(&length), "{value}");
}

/// The bytes a percent-encoded reference stands for.
fn decoded(uri: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), uri.as_bytes());
    while let [first, tail @ ..] = rest {
        assert!(first.is_ascii_alphanumeric() || b"-._~/%".contains(first), "{uri}");
        if *first == b'%' {
            out.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
            rest = &tail[2..];
        } else {
            out.push(*first);
            rest = tail;
        }
    }
    out
}

fn assert_place(place: &Value, path: &RelPath) {
    let uri = place["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
    assert_eq!(decoded(uri), path.as_bytes());
}

fn assert_keys(object: &Value, allowed: &[&str]) {
    for key in object.as_object().unwrap().keys() {
        assert!(allowed.contains(&key.as_str()), "unknown property {key} of {object}");
    }
}

/// Checks the whole document against the outcome it reports.
fn assert_valid(document: &Value, outcome: &Outcome) {
    assert_keys(document, &["$schema", "version", "runs"]);
    assert!(document["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    assert_eq!(document["version"], "2.1.0");
    let [run] = document["runs"].as_array().unwrap().as_slice() else { panic!("one run") };
    assert_keys(run, &["tool", "automationDetails", "columnKind", "invocations", "results"]);
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert!(run["automationDetails"]["id"].as_str().unwrap().starts_with("keylint/"));
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "keylint");
    assert_eq!(driver["semanticVersion"], env!("CARGO_PKG_VERSION"));
    let rules = driver["rules"].as_array().unwrap();
    rules.iter().for_each(assert_rule);
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let found: BTreeSet<&str> = outcome.findings.iter().map(|finding| finding.rule.id.as_str()).collect();
    assert_eq!((ids, rules.len()), (found.clone(), found.len()), "each rule with a finding, once");

    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), outcome.findings.len());
    for (result, finding) in results.iter().zip(&outcome.findings) {
        let known = ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints", "relatedLocations"];
        assert_keys(result, &known);
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["ruleId"], finding.rule.id.as_str());
        assert_eq!(result["level"], finding.severity.as_str());
        assert_text(&result["message"]["text"], 10_000);
        let [place] = result["locations"].as_array().unwrap().as_slice() else { panic!("one place") };
        assert_place(place, &finding.path);
        let region = &place["physicalLocation"]["region"];
        assert_keys(region, &["startLine", "startColumn", "endLine", "endColumn"]);
        let number = |name: &str| region[name].as_u64().unwrap() as usize;
        let (start, end) = (finding.location.start, finding.location.end);
        assert_eq!((number("startLine"), number("startColumn")), (start.line, start.column_utf16));
        assert_eq!((number("endLine"), number("endColumn")), (end.line, end.column_utf16));
        assert!(number("startLine") >= 1 && number("startColumn") >= 1);
        assert!((number("endLine"), number("endColumn")) >= (number("startLine"), number("startColumn")));
        assert_keys(&result["partialFingerprints"], &["keylint/v1"]);
        assert_eq!(result["partialFingerprints"]["keylint/v1"], finding.fingerprint.as_str());
        let related = result.get("relatedLocations").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        assert_eq!(related.len(), finding.related.len());
        for (place, expected) in related.iter().zip(&finding.related) {
            assert_place(place, &expected.path);
            assert!(place["physicalLocation"]["region"]["startLine"].as_u64().unwrap() >= 1);
            assert_text(&place["message"]["text"], 10_000);
        }
    }

    let [invocation] = run["invocations"].as_array().unwrap().as_slice() else { panic!("one invocation") };
    assert_eq!(invocation["executionSuccessful"], outcome.is_complete());
    let unread = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(unread.len(), outcome.errors.len());
    for (notification, (path, _)) in unread.iter().zip(&outcome.errors) {
        assert_eq!(notification["level"], "error");
        assert_text(&notification["message"]["text"], 10_000);
        assert_place(&notification["locations"][0], path);
    }
}

fn assert_rule(rule: &Value) {
    let known = ["id", "shortDescription", "fullDescription", "help", "helpUri", "defaultConfiguration", "properties"];
    assert_keys(rule, &known);
    assert_text(&rule["id"], 255);
    for text in [&rule["shortDescription"], &rule["fullDescription"], &rule["help"]] {
        assert_text(&text["text"], 1024);
    }
    assert_text(&rule["help"]["markdown"], 4096);
    assert!(rule.get("helpUri").is_none_or(|uri| uri.as_str().unwrap().starts_with("https://")));
    assert!(["error", "warning", "note"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
    let properties = &rule["properties"];
    let tags = properties["tags"].as_array().unwrap();
    assert!((1..=20).contains(&tags.len()) && tags.iter().all(Value::is_string));
    assert!(["very-high", "high", "medium", "low"].contains(&properties["precision"].as_str().unwrap()));
    let severity: f64 = properties["security-severity"].as_str().unwrap().parse().unwrap();
    assert!((0.1..=10.0).contains(&severity));
}

#[test]
fn everything_a_report_can_show() {
    let (outcome, _) = fixture();
    let document = sarif(&outcome);
    assert_valid(&document, &outcome);
    // Links and placeholders are text of ours, not SARIF's.
    assert_eq!(document["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"], "https://example.com/keys");
}

#[test]
fn nothing_found() {
    let outcome = scan(&[(RelPath::from("a"), b"x".to_vec())]);
    assert_valid(&sarif(&outcome), &outcome);
}

#[test]
fn columns_are_utf16_and_names_are_any_bytes() {
    let key = key("utf16");
    let line = format!("a\r\n🔑é字 {key}\r\n");
    let wide: Vec<u8> = line.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let names: [&[u8]; 7] = [b"a b", b"\xc3\xa9%20", b"q?#f", b"c:d", b"\xff\xfe", b"nl\nx", b"..[x](1)"];
    for text in [line.as_bytes(), &wide] {
        let texts: Vec<_> = names.iter().map(|name| (raw_path(name), text.to_vec())).collect();
        let outcome = scan(&texts);
        assert_eq!(outcome.findings.len(), names.len());
        let document = sarif(&outcome);
        assert_valid(&document, &outcome);
        let region = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
        assert_eq!((&region["startLine"], &region["startColumn"]), (&Value::from(2), &Value::from(6)));
    }
    let at = LineIndex::new(line.as_bytes()).position(line.as_bytes(), line.find("tk-").unwrap());
    assert_eq!((at.column, at.column_utf16), (5, 6));
}

#[test]
fn thousands_of_results() {
    let texts: Vec<_> = (0..6000).map(|i| (RelPath::from(format!("d/{i}").as_str()), key("m").into_bytes())).collect();
    let outcome = scan(&texts);
    assert_valid(&sarif(&outcome), &outcome);
}
