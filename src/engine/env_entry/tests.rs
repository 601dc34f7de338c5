use crate::engine::{FileReport, Plan, scan};
use crate::rules::RuleSet;
use crate::source::{Encoding, RelPath, SourceFile, decode, identify};
use crate::text::random::Generator;

fn report(path: &str, bytes: &[u8]) -> FileReport {
    let plan = Plan::new(&RuleSet::builtin().unwrap(), |_| true);
    let (text, encoding) = decode(bytes, 8192).unwrap();
    let name = RelPath::from(path);
    let (kind, role) = identify(path.as_bytes(), &text);
    scan(&plan, &SourceFile { path: &name, kind, role, text: &text, encoding, ignored: false }, false)
}

fn value() -> String {
    Generator::new("env entry").string("alnum", 14).unwrap()
}

fn rules(path: &str, text: &str) -> Vec<String> {
    report(path, text.as_bytes()).findings.into_iter().map(|(finding, _)| finding.rule.id.clone()).collect()
}

#[test]
fn several_defects_of_one_entry_are_one_finding() {
    let found = report(".env", format!("export ACME_API_KEY = \"{}\" # prod\n", value()).as_bytes()).findings;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0.rule.id, "space-around-equals");
    assert_eq!(found[0].0.also.len(), 3);
}

#[test]
fn no_excerpt_or_message_shows_a_value() {
    let mut random = Generator::new("masks");
    for form in [
        "ACME_API_KEY=\"V\"",
        "ACME_API_KEY=\"\"V\"\"",
        "ACME_API_KEY='V'x",
        "ACME_API_KEY=“V”",
        "ACME_API_KEY=V ",
        "ACME_API_KEY: V",
        "ACME_API_KEY V",
        "ACME_API_KEY=\nV",
        "ACME_API_KEY=\"V\n\"",
        "- OPENAI_API_KEY=V",
        "DB_PASSWORD='V",
        "PORT=1HF_TOKEN=V",
        "ACME_API_KEY=V // V",
        "ACME_API_KEY=\u{200b}V",
        "{\"OPENAI_API_KEY\": \"V\"}",
    ] {
        // Lower-case words pass every test for randomness: only the masks hide them.
        for value in [random.string("alnum", 12).unwrap(), "hunter2swordfish9".to_owned()] {
            let text = form.replace('V', &value);
            let found = report(".env", text.as_bytes()).findings;
            assert!(!found.is_empty(), "{form}");
            for (finding, _) in found {
                let edits = finding.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.insert.as_str());
                for shown in [&*finding.excerpt.text, &finding.message, &finding.help].into_iter().chain(edits) {
                    assert!(!shown.contains(&value), "{form}: {shown}");
                }
            }
        }
    }
}

#[test]
fn templates_keep_their_placeholders() {
    for text in ["OPENAI_API_KEY=\n", "OPENAI_API_KEY=\"\"\n", "OPENAI_API_KEY=<your key> # here\n", "K_TOKEN=`x`\n"] {
        assert_eq!(rules(".env.example", text), [""; 0], "{text}");
        assert_eq!(rules("tests/fixtures/.env", text), [""; 0], "{text}");
    }
}

#[test]
fn a_utf16_file_is_one_finding() {
    let bytes: Vec<u8> =
        format!("ACME_API_KEY = \"{}\"\n", value()).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let found = report(".env", &bytes).findings;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0.rule.id, "utf16-env-file");
    let fix = found[0].0.fix.as_ref().unwrap();
    assert_eq!((fix.edits.len(), fix.encoding), (0, Some(Encoding::Utf8)));
}
