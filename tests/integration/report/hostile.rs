//! Names and texts that would move a cursor, forge a line or order a CI runner about, and secrets.

use super::{FORMATS, PLAIN, Shown, fixture, key, raw_path, render, scan};
use keylint::report::ReportFormat;
use keylint::run::Outcome;
use keylint::text::sanitize::is_hidden;
use proptest::prelude::*;

/// Pieces hostile names and texts are made of.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&'static [u8]> = vec![
        b"\n",
        b"\r",
        b"\t",
        b"\x1b[31m",
        b"\x1b]0;x\x07",
        b"\x7f",
        b"\xc2\x9b",
        b"\xff",
        b"\xe2\x80\xae",
        b"\xe2\x80\x8b",
        b"\xf0\x9f\x94\x91",
        b"\xe5\xad\x97",
        b"::error file=x::y",
        b"##[error]",
        b"##vso[task.complete]",
        b"###",
        b"##teamcity[x]",
        b"[a](1)",
        b"{0}",
        b"\"",
        b"\\",
        b"%0A",
        b",",
        b":",
        b" ",
        b"<b>",
        b"]]>",
        b"#",
    ];
    let piece = prop_oneof![
        proptest::sample::select(pieces).prop_map(<[u8]>::to_vec),
        "[ -~]{1,3}".prop_map(String::into_bytes)
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// `text` without the sequences that only change colours.
fn without_sgr(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let body = part.strip_prefix('[').and_then(|part| part.split_once('m'));
        let (numbers, rest) = body.unwrap_or_else(|| panic!("not a colour: {part:?}"));
        assert!(numbers.chars().all(|c| c.is_ascii_digit() || c == ';'), "not a colour: {part:?}");
        out.push_str(rest);
    }
    out
}

/// What holds for every report on every outcome.
fn assert_inert(format: ReportFormat, outcome: &Outcome, shown: Shown) {
    let text = render(format, outcome, shown);
    assert!(shown.color || !text.contains('\u{1b}'));
    let text = without_sgr(&text);
    let ours = match format {
        ReportFormat::Github => outcome.findings.len() + outcome.errors.len(),
        _ => 0,
    };
    let bad: Vec<char> = text.chars().filter(|ch| *ch != '\n' && is_hidden(*ch)).collect();
    assert!(bad.is_empty(), "{format:?}: {bad:?} in {text:?}");
    let orders = text.lines().filter(|line| line.trim_start().starts_with("::")).count();
    assert_eq!(orders, ours, "{format:?}: {text}");
    for order in ["##[", "##vso[", "##teamcity["] {
        assert!(!text.contains(order), "{format:?}: {text}");
    }
    match format {
        ReportFormat::Json | ReportFormat::Sarif => assert_eq!(text.lines().count(), 1),
        ReportFormat::Jsonl => assert_eq!(text.lines().count(), outcome.findings.len() + 1),
        ReportFormat::Concise | ReportFormat::Github => {
            assert_eq!(text.lines().count(), outcome.findings.len() + outcome.errors.len() + 1);
        }
        ReportFormat::Human => {}
    }
    if matches!(format, ReportFormat::Json | ReportFormat::Sarif | ReportFormat::Jsonl) {
        for line in text.lines() {
            serde_json::from_str::<serde_json::Value>(line).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reports_are_inert(name in hostile(), before in hostile(), after in hostile(), why in hostile(), wide in 0_usize..120) {
        let key = key("hostile");
        let content = [&before[..], b" ", key.as_bytes(), b" ", &after[..]].concat();
        let mut outcome = scan(&[(raw_path(&name), content)]);
        prop_assert_eq!(outcome.findings.len(), 1);
        let foreign = String::from_utf8_lossy(&why).into_owned();
        let finding = &mut outcome.findings[0];
        finding.message.clone_from(&foreign);
        finding.help.clone_from(&foreign);
        finding.related.push(keylint::finding::Related {
            path: raw_path(&why),
            position: finding.location.start,
            message: foreign.clone(),
        });
        outcome.errors.push((raw_path(&why), foreign));
        for format in FORMATS {
            for (color, unicode) in [(false, true), (true, true), (false, false)] {
                assert_inert(format, &outcome, Shown { color, unicode, width: wide });
            }
            let text = render(format, &outcome, PLAIN);
            let random = &key["tk-test-".len()..];
            prop_assert!(random.as_bytes().windows(8).all(|part| !text.contains(std::str::from_utf8(part).unwrap())));
        }
        let json: serde_json::Value = serde_json::from_str(&render(ReportFormat::Json, &outcome, PLAIN)).unwrap();
        let path = outcome.findings[0].path.lossy();
        prop_assert_eq!(json["findings"][0]["path"].as_str(), Some(&*path));
    }
}

#[test]
fn no_report_holds_four_characters_of_a_secret() {
    let (outcome, keys) = fixture();
    for format in FORMATS {
        let text = render(format, &outcome, PLAIN);
        for key in &keys {
            for part in key.as_bytes()["tk-test-".len()..].windows(4) {
                let part = std::str::from_utf8(part).unwrap();
                assert!(!text.contains(part), "{format:?} holds {part}");
            }
        }
    }
}

#[test]
fn a_place_past_column_65535_is_shown() {
    for at in [65_530, 65_536, 199_900] {
        let mut line = "x".repeat(200_000);
        line.replace_range(at..at + 80, &format!("    {}    ", key("far")));
        let outcome = scan(&[(raw_path(b"min.js"), line.into_bytes())]);
        assert_eq!(outcome.findings.len(), 1);
        for format in FORMATS {
            let text = render(format, &outcome, Shown { color: true, ..PLAIN });
            assert!(text.len() < 6_000, "{format:?}: {} bytes", text.len());
        }
        let text = render(ReportFormat::Human, &outcome, PLAIN);
        assert!(text.contains(&format!("min.js:1:{}]", at + 5)), "{text}");
    }
}
