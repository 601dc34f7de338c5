//! Tokens are found wherever they stand: at every alignment, and on both sides of the border of two windows.

use keylint::config::Settings;
use keylint::input::{Entry, Inputs};
use keylint::rules::RuleSet;
use keylint::run::Session;
use keylint::source::{RelPath, WINDOW, WINDOW_OVERLAP};
use keylint::text::random::Generator;

fn key(random: &mut Generator) -> String {
    let half = |random: &mut Generator| random.string("alnum", 20).unwrap();
    format!("sk-{}T3Blbk{}{}", half(random), "FJ", half(random))
}

#[test]
fn a_token_is_found_at_every_alignment() {
    let (rules, settings) = (RuleSet::builtin().unwrap(), Settings::default());
    let session = Session::new(&settings, &rules);
    let mut random = Generator::new("alignment");
    for before in 0..130 {
        let text = format!("{}{} x", " ".repeat(before), key(&mut random));
        let outcome = session.check_texts(&[(RelPath::from("a.txt"), text.into_bytes())]);
        let found: Vec<(&str, usize)> =
            outcome.findings.iter().map(|f| (f.rule.id.as_str(), f.location.span.start)).collect();
        assert_eq!(found, [("openai-legacy-key", before)], "{before} bytes before the token");
    }
}

/// A quadratic step would take minutes here.
#[test]
fn twenty_thousand_findings_take_linear_time() {
    const COUNT: usize = 20_000;
    let (rules, settings) = (RuleSet::builtin().unwrap(), Settings::default());
    let session = Session::new(&settings, &rules);
    let check = |path: &str, text: String| session.check_texts(&[(RelPath::from(path), text.into_bytes())]);
    let mut random = Generator::new("many");
    let mut tokens = |between: &str| (0..COUNT).map(|_| key(&mut random) + between).collect::<String>();
    // A few in a thousand random texts do not look random.
    let nearly_all = COUNT * 99 / 100..=COUNT;
    let line = check("a.txt", tokens("é"));
    assert!(nearly_all.contains(&line.findings.len()), "{}", line.findings.len());
    assert!(line.findings.iter().all(|finding| finding.location.start.column % 52 == 1));
    for (between, end) in [
        (" ", "# gitleaks:allow"),
        (" # keylint: allow openai-legacy-key\n", ""),
        (" # keylint: allow-file openai-legacy-key\n", ""),
    ] {
        let allowed = check("a.txt", tokens(between) + end);
        let shown: Vec<&str> = allowed.findings.iter().map(|finding| finding.rule.id.as_str()).collect();
        assert!(!shown.contains(&"openai-legacy-key"), "{between:?}");
        assert!(nearly_all.contains(&allowed.suppressed.inline), "{between:?}");
    }
    let names = check("a.py", "a = os.environ[\"OPENAI_API_KYE\"] ".repeat(COUNT));
    assert_eq!(names.findings.len(), COUNT);
}

/// A reader that follows each alias, or each level from the start, would not come back.
#[test]
fn manifests_meant_to_hang_a_reader_are_read_to_the_end() {
    let (rules, settings) = (RuleSet::builtin().unwrap(), Settings::default());
    let session = Session::new(&settings, &rules);
    let mut random = Generator::new("hostile");
    let deep: String = (0..1900).map(|depth| " ".repeat(depth) + "a:\n").collect();
    let aliases: String = (1..64).map(|i| format!("a{i}: &a{i} [{}]\n", format!("*a{},", i - 1).repeat(9))).collect();
    let maps: String = (1..2000).map(|i| format!("m{i}: &m{i}\n  <<: [*m{}, *m{i}, *m1]\n", i - 1)).collect();
    let hostile = [
        deep,
        format!("m0: &m0 {{K: x}}\n{maps}services:\n  x:\n    environment: {{<<: *m1999}}\n"),
        "a: &a {b: *a}\n".repeat(20_000),
        format!("a: &a\n{}c: *a\n", "  k: v\n".repeat(20_000)) + &"d: *a\n".repeat(20_000),
        "k: &".repeat(20_000) + "\n" + &"*a ".repeat(20_000) + "\n",
        "? ".repeat(10_000) + "\n" + &"- ".repeat(10_000) + "\n",
        "FROM a\n".repeat(100_000),
        "ARG A=$A$A$A$A\nARG B=${C:-${A}}\nARG C=${B:-${C}}\nENV A=$B$C\n".repeat(2000),
        format!("ENV A={}x{}\n", "${A:-".repeat(10_000), "}".repeat(10_000)),
        "RUN <<A <<B <<C\n".repeat(2000),
        "RUN a \\\n# b\n\n".repeat(20_000),
        format!("services: {}1{}\n", "{a: ".repeat(10_000), "}".repeat(10_000)),
        format!("a0: &a0 [x]\n{aliases}services:\n  x:\n    environment: *a63\n"),
        "kind: Secret\ndata:\n  TOKEN: c29tZXRoaW5n\n---\n".repeat(40_000),
        "kind: Secret\nstringData:\n  KEY: \"unclosed\n\t- : :\n  [}{\n".to_owned(),
    ];
    for path in ["docker-compose.yaml", "k8s/app.yaml", ".github/workflows/a.yml", "main.tf", "Dockerfile", "run.sh"] {
        for text in &hostile {
            let (start, text) = (text.chars().take(40).collect::<String>(), format!("{text}# {}\n", key(&mut random)));
            let outcome = session.check_texts(&[(RelPath::from(path), text.into_bytes())]);
            let is_key = |rule: &str| rule == "openai-legacy-key";
            let mut all = outcome.findings.iter();
            let found = all.any(|one| is_key(&one.rule.id) || one.also.iter().any(|also| is_key(&also.rule)));
            assert!(found && outcome.is_complete(), "{path}: {start:?}");
        }
    }
}

#[test]
fn a_token_at_the_border_of_two_windows_is_found_once() {
    let (rules, settings) = (RuleSet::builtin().unwrap(), Settings::default());
    let session = Session::new(&settings, &rules);
    let mut random = Generator::new("border");
    let dir = tempfile::tempdir().unwrap();
    let half = WINDOW_OVERLAP / 2;
    for border in [WINDOW - WINDOW_OVERLAP, WINDOW - half, WINDOW] {
        for start in [border - 52, border - 30, border - 1, border, border + 1] {
            let path = dir.path().join("large.txt");
            let mut text = vec![b'.'; WINDOW + WINDOW_OVERLAP * 3];
            let token = key(&mut random);
            text[start - 1] = b'\n';
            text[start..start + token.len()].copy_from_slice(token.as_bytes());
            std::fs::write(&path, &text).unwrap();
            let entry = Entry { path: RelPath::new(&path), ignored: false, explicit: true };
            let outcome = session.check(Inputs { entries: vec![entry], ..Inputs::default() });
            let found: Vec<(usize, usize, usize)> = outcome
                .findings
                .iter()
                .map(|f| (f.location.span.start, f.location.start.line, f.location.start.column))
                .collect();
            assert_eq!(found, [(start, 2, 1)], "token at {start}");
        }
    }
}
