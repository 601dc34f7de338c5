use super::*;
use crate::config::Settings;
use crate::finding::Applicability;
use crate::rules::RuleSet;
use crate::syntax::dotenv;
use crate::text::random::Generator;
use proptest::prelude::*;
use std::sync::LazyLock;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().unwrap());

/// The files after their fixes, and how many there were.
fn fixed(files: &[(&str, Vec<u8>)], most: Applicability) -> (Vec<Vec<u8>>, usize) {
    let settings = Settings { threads: 1, ..Settings::default() };
    let session = Session::new(&settings, &RULES);
    let texts: Vec<(RelPath, Vec<u8>)> =
        files.iter().map(|(path, bytes)| (RelPath::from(*path), bytes.clone())).collect();
    let read = |path: &RelPath, _: &Path| Ok(texts.iter().find(|(own, _)| own == path).unwrap().1.clone());
    let repair = Repair::new(&session, session.scan_texts(&texts), |_, fix| fix.applicability <= most, read);
    assert_eq!(repair.refused().next(), None);
    let changes: Vec<Change> = repair.changes().collect();
    let now = texts.iter().map(|(path, bytes)| {
        changes
            .iter()
            .find(|change| change.path == *path)
            .map_or_else(|| bytes.clone(), |change| change.after.bytes.clone())
    });
    (now.collect(), repair.count())
}

fn env(text: &str) -> String {
    let (now, _) = fixed(&[(".env", text.as_bytes().to_vec())], Applicability::Safe);
    String::from_utf8(now[0].clone()).unwrap()
}

fn value() -> String {
    Generator::new("fixes").string("alnum", 24).unwrap()
}

#[test]
fn what_a_fix_uncovers_is_fixed_too() {
    let value = value();
    assert_eq!(
        env(&format!("X=1\n  ACME_API_KEY = \"'{value}'\" ; # c\n")),
        format!("X=1\n# c\nACME_API_KEY={value}\n")
    );
}

#[test]
fn an_unsafe_fix_waits_for_leave() {
    let text = format!("OPENIA_API_KEY={}\n", value());
    assert_eq!(env(&text), text);
    let (now, count) = fixed(&[(".env", text.clone().into_bytes())], Applicability::Unsafe);
    assert_eq!((now[0].clone(), count), (text.replace("OPENIA", "OPENAI").into_bytes(), 1));
}

#[test]
fn what_users_allowed_stays() {
    let text = format!("# keylint: allow quoted-env-value -- docs\nACME_API_KEY=\"{}\"\n", value());
    assert_eq!(env(&text), text);
}

fn utf16(text: &str, mark: bool, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(text.encode_utf16()).flat_map(unit).collect()
}

#[test]
fn an_encoding_is_kept() {
    let before = "# prüfen 🔑\nkey = os.environ[\"OPENIA_API_KEY\"]\r\n";
    let after = before.replace("OPENIA", "OPENAI");
    for unit in [u16::to_le_bytes, u16::to_be_bytes] {
        for mark in [true, false] {
            let (now, _) = fixed(&[("app.py", utf16(before, mark, unit))], Applicability::Unsafe);
            assert!(now[0] == utf16(&after, mark, unit), "mark {mark}");
        }
    }
    let latin1 = |text: &str| text.replace('🔑', "").chars().map(|ch| u8::try_from(ch as u32).unwrap()).collect();
    let (now, _) = fixed(&[("app.py", latin1(before))], Applicability::Unsafe);
    assert_eq!(now[0], latin1(&after) as Vec<u8>);
}

#[test]
fn another_encoding_is_written_where_that_is_the_fix() {
    let value = value();
    let bytes = utf16(&format!("# prüfen\r\nACME_API_KEY = '{value}'\r\n"), true, u16::to_le_bytes);
    let (now, _) = fixed(&[(".env", bytes)], Applicability::Safe);
    assert_eq!(now[0], format!("# prüfen\r\nACME_API_KEY={value}\r\n").into_bytes());
}

#[test]
fn text_that_was_lost_in_decoding_is_left_alone() {
    let mut bytes = utf16("key = os.environ[\"OPENIA_API_KEY\"]\n", true, u16::to_le_bytes);
    bytes.extend(0xd800_u16.to_le_bytes());
    let version = Version { bytes, encoding: Encoding::Utf16Le, secrets: Vec::new() };
    let edit = Edit { span: Span::new(0, 3), insert: "k".to_owned() };
    assert_eq!(bytes::apply(&version, &[edit], None), None);
}

#[test]
fn a_fix_is_taken_as_a_whole_or_not_at_all() {
    let text = format!("ACME_API_KEY=\"{}\"\n", value());
    let settings = Settings { threads: 1, ..Settings::default() };
    let session = Session::new(&settings, &RULES);
    let findings = session.check_texts(&[(RelPath::from(".env"), text.into_bytes())]).findings;
    let finding = &findings[0];
    let edit = |start, end| Edit { span: Span::new(start, end), insert: String::new() };
    let fix = |edits: &[Edit]| Fix::new(String::new(), Applicability::Safe, edits.to_vec());
    let fixes = [fix(&[edit(0, 2), edit(8, 9)]), fix(&[edit(1, 3), edit(20, 22)]), fix(&[edit(2, 4)])];
    let (edits, chosen) = choose(fixes.iter().map(|fix| (finding, fix)));
    assert_eq!(chosen.len(), 2);
    assert_eq!(edits[&finding.path].0, [edit(0, 2), edit(2, 4), edit(8, 9)]);
}

#[test]
fn a_file_that_changed_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let open = dir.path().join(".env");
    std::fs::write(&open, "old").unwrap();
    let version = |bytes: &[u8]| Version { bytes: bytes.to_vec(), encoding: Encoding::Utf8, secrets: Vec::new() };
    let change = |before: &[u8]| Change {
        path: RelPath::from(".env"),
        open: open.clone(),
        before: version(before),
        after: version(b"new"),
    };
    assert_eq!(replace(&change(b"other")), Err("changed since it was read".to_owned()));
    assert_eq!(std::fs::read(&open).unwrap(), b"old");
    assert_eq!(replace(&change(b"old")), Ok(()));
    assert_eq!(std::fs::read(&open).unwrap(), b"new");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no unfinished file is left");
}

/// Forms of an entry; `V` stands for a value.
const FORMS: [&str; 26] = [
    "N=V",
    "N = V",
    "N= \"V\"",
    "N=V \t",
    "N='V'",
    "N=`V`",
    "N=\"V",
    "N='\"V\"'",
    "N=\"\"V\"\"",
    "N=\u{201c}V\u{201d}",
    "N=\"V\";",
    "N=\u{200b}V\u{a0}",
    "N\u{200b}=V",
    "N: V",
    "\"N\": \"V\",",
    "N=<V>",
    "N=V;",
    "N=N=V",
    "N==V",
    "$env:N = \"V\"",
    "set N=V",
    "  N=V",
    "N=Bearer V",
    "N=&quot;V&quot;",
    "N=\" V \"",
    "N=\"V\" # note",
];

/// Lines nothing is wrong with, or nothing that a safe fix may touch.
const OTHERS: [&str; 8] = [
    "# don't commit",
    "",
    "APP_NAME='My App'",
    "PORT = 80",
    "export DEBUG=\"1\"",
    "DB_PASSWORD=\"a b#c$d\"",
    "NOTE=caf\u{e9}  ",
    "URL=https://h/?a=1&b=2 # docs",
];

/// An env file: its lines, which of them hold a key, and how they end.
fn files() -> impl Strategy<Value = (Vec<(bool, usize)>, &'static str)> {
    let line = prop_oneof![(Just(true), 0..FORMS.len()), (Just(false), 0..OTHERS.len())];
    (prop::collection::vec(line, 1..12), prop::sample::select(vec!["\n", "\r\n"]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn fixing_ends_in_plain_entries_and_touches_nothing_else((lines, end) in files()) {
        let mut random = Generator::new("files");
        let (mut text, mut wanted) = (String::new(), String::new());
        for (i, (is_key, which)) in lines.iter().enumerate() {
            if *is_key {
                let (name, value) = (format!("ACME{i}_API_KEY"), random.string("alnum", 24).unwrap());
                let form = FORMS[*which];
                text += &form.replace('N', &name).replace('V', &value);
                if let Some((_, note)) = form.split_once('#') {
                    wanted.extend(["#", note, end]);
                }
                wanted.extend([&name, "=", &value]);
            } else {
                text += OTHERS[*which];
                wanted += OTHERS[*which];
            }
            text += end;
            wanted += end;
        }
        let (once, _) = fixed(&[(".env", text.clone().into_bytes())], Applicability::Safe);
        let once = String::from_utf8(once[0].clone()).unwrap();
        prop_assert_eq!(&once, &wanted, "{}", text);
        let (twice, count) = fixed(&[(".env", once.clone().into_bytes())], Applicability::Safe);
        prop_assert_eq!((twice[0].as_slice(), count), (once.as_bytes(), 0));
    }

    #[test]
    fn any_file_is_fixed_for_good(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40)) {
        let bytes = pieces.concat();
        let (once, _) = fixed(&[(".env", bytes)], Applicability::Unsafe);
        let (twice, count) = fixed(&[(".env", once[0].clone())], Applicability::Unsafe);
        prop_assert_eq!(&once, &twice);
        prop_assert_eq!(count, 0);
    }

    #[test]
    fn a_fix_edits_what_its_finding_is_about(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40)) {
        let text = pieces.concat();
        let settings = Settings { threads: 1, ..Settings::default() };
        let findings = Session::new(&settings, &RULES).check_texts(&[(RelPath::from(".env"), text.clone())]).findings;
        let document = dotenv::parse(&text);
        let of_file = [dotenv::line_feeds(&text), dotenv::in_utf8(&text)].concat();
        for finding in &findings {
            let Some(fix) = &finding.fix else { continue };
            let own = document.entries().find(|entry| entry.span().contains(finding.location.span));
            // With its line end and the blanks behind it: a value that goes on below is joined.
            let blanks = |at: usize| text[at..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
            let joined = |own: &dotenv::Entry| Span::new(own.span().start, own.end.end + blanks(own.end.end));
            let about = own.map_or(finding.location.span, joined);
            for edit in &fix.edits {
                // How lines end and what bytes mean is said once for the whole file.
                let is_of_file = of_file.iter().any(|(span, insert)| (*span, insert) == (edit.span, &edit.insert));
                prop_assert!(is_of_file || about.contains(edit.span), "{}: {:?} of {:?}", finding.rule.id, edit, about);
            }
        }
    }
}

/// What env files are made of.
const PIECES: [&[u8]; 27] = [
    b"OPENAI_API_KEY",
    b"OPENIA_API_KEY",
    b"=",
    b":",
    b"\"",
    b"'",
    b"`",
    b" ",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b" # ",
    b"\\",
    b"export ",
    b"$env:",
    b"set ",
    b"\xef\xbb\xbf",
    b"\xe9",
    b"\xe2\x80\x9c",
    b"Kd8sLwq0Zx7VbTnM",
    b"Bearer ",
    b"&quot;",
    b"<",
    b">",
    b"\x1b[0m",
    b"\xc2\xa0",
];
