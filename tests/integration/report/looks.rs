//! What each form looks like, and what it says about large runs.

use super::{FORMATS, PLAIN, Shown, fixture, key, render, scan, text};
use keylint::report::ReportFormat;
use keylint::run::Outcome;

/// The report with what depends on keys and versions replaced.
fn scrubbed(format: ReportFormat, shown: Shown) -> String {
    let (outcome, _) = fixture();
    let mut text = render(format, &outcome, shown);
    for finding in &outcome.findings {
        text = text.replace(&finding.fingerprint, "[fingerprint]");
        if let Some(secret) = &finding.secret {
            text = text.replace(&secret.id, "[id]");
        }
    }
    text.replace(env!("CARGO_PKG_VERSION"), "[version]")
}

/// One JSON value a line, spread out for the reader of the snapshot.
fn pretty(text: &str) -> String {
    let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    text.lines().map(|line| serde_json::to_string_pretty(&value(line)).unwrap() + "\n").collect()
}

#[test]
fn human() {
    insta::assert_snapshot!(scrubbed(ReportFormat::Human, PLAIN));
}

#[test]
fn human_in_ascii_and_narrow() {
    insta::assert_snapshot!(scrubbed(ReportFormat::Human, Shown { unicode: false, width: 50, ..PLAIN }));
}

#[test]
fn human_in_color() {
    let text = scrubbed(ReportFormat::Human, Shown { color: true, ..PLAIN });
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn concise() {
    insta::assert_snapshot!(scrubbed(ReportFormat::Concise, PLAIN));
}

#[test]
fn github() {
    insta::assert_snapshot!(scrubbed(ReportFormat::Github, PLAIN));
}

#[test]
fn json() {
    insta::assert_snapshot!(pretty(&scrubbed(ReportFormat::Json, PLAIN)));
}

#[test]
fn jsonl() {
    insta::assert_snapshot!(scrubbed(ReportFormat::Jsonl, PLAIN));
}

#[test]
fn sarif() {
    insta::assert_snapshot!(pretty(&scrubbed(ReportFormat::Sarif, PLAIN)));
}

#[test]
fn a_frame_fits_its_width_and_marks_its_place() {
    let (outcome, _) = fixture();
    for width in [60, 80, 100, 120] {
        let text = render(ReportFormat::Human, &outcome, Shown { width, ..PLAIN });
        for line in text.lines() {
            // Only addresses may be longer, and the fixture has none; the last lines are left as they are.
            let is_last = line.contains("findings (");
            assert!(is_last || line.chars().count() <= width, "{width}: {line}");
        }
        let lines: Vec<&str> = text.lines().collect();
        for (line, marks) in lines.windows(2).filter_map(|pair| pair[1].contains('┬').then_some((pair[0], pair[1]))) {
            let column = |text: &str, at: usize| text[..at].chars().count();
            let place = column(line, line.find("tk-test-…").unwrap());
            let mark = column(marks, marks.find(['─', '┬']).unwrap());
            let wide = line[..line.find("tk-test-…").unwrap()].chars().filter(|c| matches!(c, '🔑' | '字')).count();
            assert_eq!(place + wide, mark, "{line}\n{marks}");
        }
    }
}

#[test]
fn any_width_will_do() {
    let (outcome, _) = fixture();
    for width in [0, 1, 40, 99_999, usize::MAX] {
        for unicode in [true, false] {
            render(ReportFormat::Human, &outcome, Shown { width, unicode, color: true });
        }
    }
}

#[test]
fn without_findings_the_coverage_is_still_said() {
    let outcome = scan(&[text("a.py", "x = 1\n".to_owned())]);
    for format in [ReportFormat::Human, ReportFormat::Concise, ReportFormat::Github] {
        assert_eq!(render(format, &outcome, PLAIN), "No findings in 1 file (6 B) in 84 ms\n");
    }
    for format in FORMATS {
        assert!(render(format, &Outcome::default(), PLAIN).ends_with('\n'));
    }
}

#[test]
fn a_thousand_frames_are_enough() {
    let texts: Vec<_> = (0..1100).map(|i| text(&format!("f{i:04}"), key(&format!("many {i}")))).collect();
    let outcome = scan(&texts);
    let total = outcome.findings.len();
    assert!(total > 1050);
    let report = render(ReportFormat::Human, &outcome, PLAIN);
    assert_eq!(report.matches("error[test-key]").count(), 1000);
    assert!(report.contains(&format!("\nand {} more findings (", total - 1000)), "{}", &report[report.len() - 300..]);
    assert!(report.contains(&format!("\n1,{0:03} findings (1,{0:03} errors) in 1,100 files", total - 1000)));
    assert_eq!(render(ReportFormat::Concise, &outcome, PLAIN).lines().count(), total + 1);
}

#[test]
fn one_secret_is_one_frame() {
    let texts: Vec<_> = (0..15).map(|i| text(&format!("f{i:02}"), key("same"))).collect();
    let report = render(ReportFormat::Human, &scan(&texts), PLAIN);
    assert_eq!(report.matches("error[test-key]").count(), 1);
    assert_eq!(report.matches("  also at f").count(), 10);
    assert!(report.contains("  also at 4 more places") && report.contains("15 findings"), "{report}");
}
