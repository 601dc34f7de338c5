use super::*;
use proptest::prelude::*;

/// `NAME key=value …` of every instruction; `?` stands for no value.
fn show(text: &str) -> Vec<String> {
    parse(text.as_bytes())
        .instructions
        .iter()
        .map(|instruction| {
            let pairs = instruction.pairs.iter().map(|pair| {
                let value = pair.value.as_ref().map_or("?".into(), |value| String::from_utf8_lossy(&value.text));
                format!(" {}={value}", pair.name)
            });
            format!("{}{}", instruction.name, pairs.collect::<String>())
        })
        .collect()
}

fn first(text: &str) -> Instruction {
    parse(text.as_bytes()).instructions.remove(0)
}

#[test]
fn both_forms_of_env() {
    assert_eq!(show("ENV A=1 B=\"x y\" C='$D' D=a\\ b"), ["ENV A=1 B=x y C=$D D=a b"]);
    assert_eq!(show("env A the rest of it "), ["ENV A=the rest of it"]);
    assert_eq!(show("ENV A = 1"), ["ENV A== 1"]);
    assert_eq!(show("ENV A=pre\"mid dle\"post B="), ["ENV A=premid dlepost B="]);
    assert_eq!(show("ENV A=1 B"), ["ENV A=1 B=?"]);
    assert_eq!(show("ENV A"), ["ENV A=?"]);
    assert_eq!(show("ENV A v # note"), ["ENV A=v # note"]);
    assert_eq!(show("ENV A=1 # note"), ["ENV A=1 #=? note=?"]);
}

#[test]
fn arguments_and_labels() {
    assert_eq!(show("ARG A\nARG B=2 C\nLABEL \"a.b\"=\"c d\" e=f"), ["ARG A=?", "ARG B=2 C=?", "LABEL a.b=c d e=f"]);
    assert_eq!(show("ONBUILD arg T=1\nonbuild\tENV K v"), ["ARG T=1", "ENV K=v"]);
    assert!(first("ONBUILD ARG T=1").on_build);
}

#[test]
fn lines_are_continued() {
    let text = "ENV A=1 \\\n  # comment\n\n  B=2 \\  \r\n\tC=3\nENV D=4\\\\\nENV E=5";
    assert_eq!(show(text), ["ENV A=1 B=2 C=3", "ENV D=4\\", "ENV E=5"]);
    let pairs = first(text).pairs;
    assert_eq!(pairs[1].key.of(text.as_bytes()), b"B");
    assert_eq!(pairs[2].value.as_ref().unwrap().span.of(text.as_bytes()), b"3");
    assert_eq!(show("ENV A=x\\\ny"), ["ENV A=xy"]);
    assert_eq!(show("ENV A=1 \\"), ["ENV A=1"]);
}

#[test]
fn the_escape_character_is_a_directive() {
    let text = "# syntax=docker/dockerfile:1\n# escape = `\nENV A=c:\\ `\n  B=2";
    assert_eq!(show(text), ["ENV A=c:\\ B=2"]);
    assert_eq!(show("# note\n# escape=`\nENV A=1 `\n"), ["ENV A=1 `=?"]);
    assert_eq!(show("\u{feff}#escape=`\nENV A=1 `\nB=2"), ["ENV A=1 B=2"]);
}

#[test]
fn here_documents() {
    let text = "RUN <<EOF cat <<-'B' > f\nENV A=1\nEOF\n\tx $Y\n\tB\nENV C=2\n";
    let file = parse(text.as_bytes());
    let run = &file.instructions[0];
    let bodies: Vec<&[u8]> = run.heredocs.iter().map(|doc| doc.body.of(text.as_bytes())).collect();
    assert_eq!(bodies, [&b"ENV A=1\n"[..], b"\tx $Y\n"]);
    assert!(!run.heredocs[0].is_quoted && run.heredocs[1].is_quoted);
    assert_eq!(show(text)[1], "ENV C=2");
    // None in JSON form, in other instructions, for `<<<`, in mid-word or without an end.
    for text in ["RUN [\"cat <<EOF\"]", "ENV X=<<EOF", "RUN cat <<<EOF", "RUN a<<EOF", "RUN cat <<EOF"] {
        assert_eq!(show(&format!("{text}\nENV A=1")).len(), 2, "{text}");
    }
    assert_eq!(show("ONBUILD COPY <<E /f\nENV A=1\nE\nENV B=2"), ["COPY", "ENV B=2"]);
}

#[test]
fn flags_and_stages() {
    let text = "ARG V=1\nFROM a AS b\nRUN --mount=type=secret,id=k --network=none make\nFROM b\nHEALTHCHECK --retries=3 CMD curl x";
    let file = parse(text.as_bytes()).instructions;
    assert_eq!(file.iter().map(|i| i.stage).collect::<Vec<_>>(), [0, 1, 1, 2, 2]);
    assert_eq!(file[2].flags.len(), 2);
    assert_eq!(file[2].arguments.of(file[2].line.bytes()), b"make");
    assert_eq!(file[4].arguments.of(file[4].line.bytes()), b"curl x");
}

#[test]
fn a_huge_file_takes_linear_time() {
    let text = "FROM a AS b\nARG A=$B\nARG B=$A\nRUN cat <<X\n".repeat(100_000);
    assert_eq!(parse(text.as_bytes()).instructions.len(), 400_000);
}

proptest! {
    #[test]
    fn never_panics_and_keeps_places(text in "(FROM |ENV |RUN |COPY |ARG |ONBUILD |A=|\"|'|\\\\|\n|\r\n|<<|E|-| |#|`|escape=|\\[|é|\t){0,40}") {
        let file = parse(text.as_bytes());
        for instruction in &file.instructions {
            prop_assert!(instruction.span.end <= text.len());
            for pair in &instruction.pairs {
                prop_assert!(instruction.span.contains(pair.key));
                if let Some(value) = &pair.value {
                    prop_assert!(value.raw.contains(value.span) && instruction.span.contains(value.raw));
                }
            }
        }
    }

    #[test]
    fn any_bytes(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        parse(&text);
    }
}
