use super::*;
use crate::rules::matcher::Defect;
use crate::text::random::Generator;
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn only(text: &str) -> Entry {
    parse(text.as_bytes()).entries().next().cloned().unwrap()
}

fn parts(text: &str) -> (String, String, String) {
    let entry = only(text);
    let show = |span: Span| String::from_utf8_lossy(span.of(text.as_bytes())).into_owned();
    (show(entry.name), show(entry.value), show(entry.comment))
}

#[test]
fn forms_of_one_entry() {
    for (text, value, comment) in [
        ("N=v", "v", ""),
        ("N = v ", "v", ""),
        ("export N=\"v\" # c", "v", "# c"),
        ("N='v'#c", "v", "#c"),
        ("N=v#c", "v#c", ""),
        ("N=v # c", "v", "# c"),
        ("N=v\t# c", "v", "# c"),
        ("N= # c", "", "# c"),
        ("N: v", "v", ""),
        ("\"N\": \"v\",", "v", ""),
        ("$env:N = \"v\"", "v", ""),
        ("set N=v", "v", ""),
        ("N=\"a\nb\"", "a\nb", ""),
        ("N=\"a\\\"b\"", "a\\\"b", ""),
    ] {
        assert_eq!(parts(text), ("N".to_owned(), value.to_owned(), comment.to_owned()), "{text}");
    }
    assert_eq!(parts("MY_KEY v"), ("MY_KEY".to_owned(), "v".to_owned(), String::new()));
}

#[test]
fn an_open_quote_costs_one_line() {
    let text = b"A=\"x\nN=k\nB=y\n";
    let names: Vec<_> = parse(text).entries().map(|entry| entry.name.of(text).to_vec()).collect();
    assert_eq!(names, [b"A", b"N", b"B"]);
}

#[test]
fn what_is_no_entry() {
    for text in ["// keys", "; x=1", "[openai]", "<<<<<<< HEAD", "=======", "some words here", "# a=b", "  "] {
        assert_eq!(parse(text.as_bytes()).entries().count(), 0, "{text}");
    }
}

#[test]
fn defects_of_forms() {
    for (text, expected) in [
        ("N=v", vec![]),
        ("N =v", vec![Defect::SpaceBeforeEquals]),
        ("N= v", vec![Defect::SpaceAfterEquals]),
        ("N=v ", vec![Defect::TrailingSpace]),
        ("N=\"v\"", vec![Defect::Quoted]),
        ("N=`v`", vec![Defect::Backticks]),
        ("N=\"v", vec![Defect::UnbalancedQuote]),
        ("N=v'", vec![Defect::UnbalancedQuote]),
        ("N=\"v'", vec![Defect::UnbalancedQuote]),
        ("N='\"v\"'", vec![Defect::NestedQuotes]),
        ("N=\"\"v\"\"", vec![Defect::NestedQuotes]),
        ("N=\"v\";", vec![Defect::TextAfterQuote]),
        ("N=“v”", vec![Defect::SmartQuotes]),
        ("N=\u{200b}v", vec![Defect::HiddenInValue]),
        ("N=v\u{1b}[0m", vec![Defect::HiddenInValue]),
        ("N\u{a0}=v", vec![Defect::HiddenInName]),
        ("N=a–b", vec![Defect::NonAscii]),
        ("N: v", vec![Defect::Colon]),
        ("\"N\": \"v\",", vec![Defect::JsonLine, Defect::TextAfterQuote]),
        ("N=<v>", vec![Defect::Brackets]),
        ("N=v;", vec![Defect::TrailingPunctuation]),
        ("N=N=v", vec![Defect::RepeatedName]),
        ("N==v", vec![Defect::DoubleEquals]),
        ("A_B v", vec![Defect::MissingEquals]),
        ("=v", vec![Defect::MissingName]),
        ("N=v # c", vec![Defect::InlineComment]),
        ("N=v // c", vec![Defect::ForeignComment]),
        ("N=v#c", vec![Defect::HashGlued]),
        ("export N=v", vec![Defect::Export]),
        ("set N=v", vec![Defect::ShellSyntax]),
        ("N=Bearer v", vec![Defect::BearerPrefix]),
        ("N=", vec![Defect::Empty]),
        ("N=''", vec![Defect::Empty]),
        ("A-B=v", vec![Defect::InvalidName]),
        ("n=v", vec![Defect::LowercaseName]),
        ("N=a b", vec![Defect::InnerSpace]),
        ("N=\" v\"", vec![Defect::Quoted, Defect::InnerEdgeSpace]),
        ("N=v DEBUG=1", vec![Defect::TwoOnLine]),
        ("N=1HF_TOKEN=v", vec![Defect::GluedLines]),
        ("N=a$b", vec![Defect::Dollar]),
        ("N=$(x)", vec![Defect::CommandSubstitution]),
        ("N=a\\n", vec![Defect::Backslash]),
        ("N=\"a\nb\"", vec![Defect::Quoted, Defect::MultiLine]),
        (" N=v", vec![Defect::Indented]),
        ("N=&quot;v&quot;", vec![Defect::HtmlEntity]),
    ] {
        let found: Vec<_> = defects(&only(text), text.as_bytes()).into_iter().map(|(defect, _)| defect).collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

/// Applies the repairs of one entry after another until none is left.
fn repaired(mut text: Vec<u8>) -> Vec<u8> {
    for _ in 0..8 {
        let document = parse(&text);
        let entry = document.entries().next().unwrap();
        let found = defects(entry, &text);
        let Some(edits) = found.into_iter().find_map(|(defect, _)| repair(defect, entry, &text)) else { break };
        for (span, insert) in edits.into_iter().rev() {
            text.splice(span.range(), insert.into_bytes());
        }
    }
    text
}

#[test]
fn repairs_end_in_the_form_every_loader_reads() {
    let forms = [
        "N=V",
        "N = V",
        "N= V",
        "N=V \t",
        "N=\"V\"",
        "N='V'",
        "N=`V`",
        "N=\"V",
        "N=V'",
        "N=\"V'",
        "N='\"V\"'",
        "N=\"\"V\"\"",
        "N=\\\"V\\\"",
        "N=“V”",
        "N=\"V\";",
        "N='V',",
        "N=\u{200b}V\u{a0}",
        "N=V\u{1b}[0m",
        "N\u{200b}=V",
        "N: V",
        "N:V",
        "\"N\": \"V\",",
        "N=<V>",
        "N=V;",
        "N=N=V",
        "N==V",
        "$env:N = \"V\"",
        "set N=V",
        "export N=V",
        "  N=V",
        "N=Bearer V",
        "N=&quot;V&quot;",
        "N=%22V%22",
        "N=\" V \"",
        "  export N = \"'V'\" ;",
    ];
    let value = Generator::new("repairs").string("alnum", 14).unwrap();
    for form in forms {
        for end in ["\n", "\r\n", ""] {
            let text = format!("{}{end}", form.replace('V', &value));
            let result = String::from_utf8(repaired(text.into_bytes())).unwrap();
            assert_eq!(result, format!("N={value}{end}"), "{form}");
        }
    }
    assert_eq!(repaired(b"N='plain.value' # c\n".to_vec()), b"# c\nN=plain.value\n");
}

#[test]
fn what_is_not_plain_is_left_alone() {
    for text in
        ["N=\"a b c d e f\"", "N=\"pa$$w0rdxx\"", "N=\"abc#defgh\"", "N=\"K\"xyz", "N=\"short\"", "N='a\"b\"cdefg'"]
    {
        assert_eq!(repaired(text.as_bytes().to_vec()), text.as_bytes(), "{text}");
    }
}

#[test]
fn a_large_open_quote_takes_linear_time() {
    let mut text = b"A=\"".to_vec();
    text.resize(10 << 20, b'x');
    let lines = b"a-b='x\nc.d=`y\ne-f=\"z\nwords and words\n".repeat(200_000);
    for text in [text, lines, b"=\"\\\n".repeat(2_000_000)] {
        let start = Instant::now();
        assert!(!parse(&text).items.is_empty());
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}

/// Files made of the pieces that matter to the parser.
fn files() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"OPENAI_API_KEY",
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
        b"#",
        b"\\",
        b"export ",
        b"$env:",
        b"set ",
        b"\xef\xbb\xbf",
        b"\xe9",
        b"\xe2\x80\x9c",
        b"$",
        b"sk-1",
        b"Bearer ",
        b"&quot;",
        b"<",
        b">",
        b";",
        b"\x1b[0m",
        b"\xc2\xa0",
        b"\0",
    ];
    let piece = prop::sample::select(pieces);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn hold(text: &[u8]) {
    let document = parse(text);
    let mut at = document.bom.end;
    for item in &document.items {
        assert_eq!(item.span().start, at);
        if let Item::Entry(entry) = item {
            for piece in entry.pieces() {
                assert_eq!(piece.start, at, "{entry:?}");
                assert!(piece.start <= piece.end);
                at = piece.end;
            }
            for (_, span) in defects(entry, text) {
                assert!(span.start <= span.end && entry.span().contains(span), "{span:?} {entry:?}");
            }
            for (defect, _) in defects(entry, text) {
                let mut last = 0;
                for (span, _) in repair(defect, entry, text).unwrap_or_default() {
                    assert!(span.start >= last && entry.span().contains(span), "{defect:?} {span:?} {entry:?}");
                    last = span.end;
                }
            }
        }
        at = item.span().end;
    }
    assert_eq!(at, text.len());
    assert_eq!(printed(&document, text), text);
}

/// The text as its pieces spell it.
fn printed(document: &Document, text: &[u8]) -> Vec<u8> {
    let mut out = document.bom.of(text).to_vec();
    for item in &document.items {
        match item {
            Item::Entry(entry) => entry.pieces().iter().for_each(|piece| out.extend_from_slice(piece.of(text))),
            Item::Comment(line) | Item::Blank(line) | Item::Junk(line) => {
                out.extend_from_slice(line.content.of(text));
                out.extend_from_slice(line.end.of(text));
            }
        }
    }
    out
}

proptest! {
    #[test]
    fn any_bytes_are_kept(text in prop::collection::vec(any::<u8>(), 0..200)) {
        hold(&text);
    }

    #[test]
    fn likely_bytes_are_kept(text in files()) {
        hold(&text);
    }
}
