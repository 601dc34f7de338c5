//! Python code that runs only with the version of a package it was written for, or never.
//!
//! Both arms of such code stand in the file on purpose: what the old arm uses is no mistake.

use crate::span::{Span, line_around};

/// How far above a place its branches are looked for, in bytes.
const REACH: usize = 32 * 1024;

/// Whether `symbol` at byte `at` stands in a branch of a version check (`if is_openai_v1(): … else: …`), after one that
/// left the function, or is tried before something else of its package takes its place.
pub fn is_guarded(text: &[u8], at: usize, symbol: &str) -> bool {
    if is_tried(text, at, symbol) {
        return true;
    }
    let own = line_around(text, at);
    let start = own.start.saturating_sub(REACH);
    let is_import = starts_with_any(own.of(text), &[b"import ", b"from "]);
    if is_import && is_replaced(text, own.start, indent(own.of(text))) {
        return true;
    }
    let mut level = indent(own.of(text));
    // Whether the arms of the statement above belong to the branch the place is in, and whether a branch between
    // here and there leaves.
    let (mut in_arm, mut leaves) = (false, false);
    for line in text[start..own.start].split(|b| *b == b'\n').rev() {
        let words = line.trim_ascii();
        if words.is_empty() || words[0] == b'#' {
            continue;
        }
        let depth = indent(line);
        if depth > level {
            leaves |= starts_with_any(words, &[b"return", b"raise"]);
            continue;
        }
        let checks = is_version_check(words) || asks_for_member(words, symbol);
        if checks && (depth < level || in_arm || leaves) {
            return true;
        }
        let is_arm = starts_with_any(words, &[b"else", b"elif "]);
        if depth < level {
            (level, in_arm) = (depth, is_arm);
        } else {
            in_arm &= is_arm;
        }
        leaves = false;
    }
    false
}

/// Whether byte `at` stands in a `try` whose handler uses something else of the package `symbol` belongs to:
/// `except Exception: ERRORS = (openai.RateLimitError,)`.
fn is_tried(text: &[u8], at: usize, symbol: &str) -> bool {
    let mut ends = symbol.match_indices('.').map(|(at, _)| at).chain([symbol.len()]);
    let (Some(package), Some(member)) = (ends.next(), ends.next()) else { return false };
    let (package, member) = (&symbol.as_bytes()[..=package], &symbol.as_bytes()[..member]);
    let own = line_around(text, at);
    let (mut start, mut level) = (own.start, indent(own.of(text)));
    while let Some(head) = head_above(text, start, level) {
        (start, level) = (head.start, indent(head.of(text)));
        let words = head.of(text).trim_ascii();
        if starts_with_any(words, &[b"def ", b"async def ", b"class "]) {
            return false;
        }
        if words.starts_with(b"try") {
            let is_inside = |line: &&[u8]| line.trim_ascii().is_empty() || indent(line) > level;
            let near = &text[start..text.len().min(start + 2 * REACH)];
            let mut after = near.split(|b| *b == b'\n').skip(1).skip_while(is_inside);
            let catches = after.next().is_some_and(|line| catches_missing(line.trim_ascii()));
            let (mut replaces, mut repeats) = (false, false);
            for line in after.take_while(is_inside) {
                replaces |= has(line, package);
                repeats |= has(line, member);
            }
            return catches && replaces && !repeats;
        }
    }
    false
}

/// Whether a clause catches what a missing member raises.
fn catches_missing(line: &[u8]) -> bool {
    let errors: [&[u8]; 4] = [b"ImportError", b"ModuleNotFoundError", b"AttributeError", b"except Exception"];
    line.starts_with(b"except") && (line == b"except:" || errors.iter().any(|error| has(line, error)))
}

/// Whether the import at `start` stands in an arm of `try … except ImportError` whose other arm imports too, or in a
/// statement that does.
fn is_replaced(text: &[u8], mut start: usize, mut level: usize) -> bool {
    while let Some(head) = head_above(text, start, level) {
        (start, level) = (head.start, indent(head.of(text)));
        let words = head.of(text).trim_ascii();
        let is_inside = |line: &&[u8]| line.trim_ascii().is_empty() || indent(line) > level;
        let imports = |line: &[u8]| starts_with_any(line, &[b"import ", b"from "]);
        let below = || text[start..].split(|b| *b == b'\n').skip(1);
        if words.starts_with(b"try") {
            let mut after = below().skip_while(is_inside);
            if after.next().is_some_and(|line| is_import_error(line.trim_ascii()))
                && after.take_while(is_inside).any(imports)
            {
                return true;
            }
        } else if is_import_error(words) {
            let above = text[..start].split(|b| *b == b'\n').rev().skip(1);
            if above.take_while(is_inside).any(imports) {
                return true;
            }
        } else {
            return false;
        }
    }
    false
}

/// The nearest line above byte `start` that is indented by less than `level`.
fn head_above(text: &[u8], start: usize, level: usize) -> Option<Span> {
    let mut end = start;
    while end > 0 && start - end < REACH {
        let line = line_around(text, end - 1);
        if !line.of(text).trim_ascii().is_empty() && indent(line.of(text)) < level {
            return Some(line);
        }
        end = line.start;
    }
    None
}

fn is_import_error(line: &[u8]) -> bool {
    line.starts_with(b"except") && (has(line, b"ImportError") || has(line, b"ModuleNotFoundError"))
}

/// Whether a line asks for a version: `if is_openai_v1():`, `if IS_LEGACY_OPENAI:`, `if version.parse(openai.__version__)
/// < …`. The version of an interface (`api_version`) is a setting. What only type checkers read is never run.
fn is_version_check(line: &[u8]) -> bool {
    starts_with_any(line, &[b"if ", b"elif "])
        && line.split(|b| !(b.is_ascii_alphanumeric() || *b == b'_')).any(|word| {
            let word = word.to_ascii_lowercase();
            has(&word, b"version") && !has(&word, b"api_version")
                || word.ends_with(b"_v1")
                || word.ends_with(b"_v0")
                || has(&word, b"legacy")
                || word == b"type_checking"
        })
}

/// Whether a line asks what the package of `symbol` has: `if hasattr(openai, "OpenAI"):`.
fn asks_for_member(line: &[u8], symbol: &str) -> bool {
    let package = symbol.split('.').next().unwrap_or_default();
    let asked = memchr::memmem::find(line, b"hasattr(").map(|at| &line[at + b"hasattr(".len()..]);
    let rest = asked.and_then(|asked| asked.strip_prefix(package.as_bytes()));
    starts_with_any(line, &[b"if ", b"elif "]) && rest.is_some_and(|rest| rest.starts_with(b","))
}

fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

fn starts_with_any(line: &[u8], words: &[&[u8]]) -> bool {
    let line = line.trim_ascii_start();
    words.iter().any(|word| line.starts_with(word))
}

fn has(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(text: &str) -> bool {
        is_guarded(text.as_bytes(), text.find("OLD").unwrap(), "sdk.OLD")
    }

    #[test]
    fn both_branches_of_a_version_check() {
        for text in [
            "if is_openai_v1():\n    new()\nelse:\n    x = OLD\n",
            "if hasattr(sdk, 'New'):\n    new()\nelse:\n    x = OLD\n",
            "if not is_openai_v1():\n    x = OLD\n",
            "if TYPE_CHECKING:\n    import OLD\n",
            "if IS_LEGACY_OPENAI:\n    x = OLD()\nelse:\n    x = new()\n",
            "def f():\n    if openai.__version__ >= '1':\n        a()\n\n    elif b:\n        c()\n    else:\n        with d:\n            OLD()\n",
            "def f():\n    if is_openai_v1():\n        return g(\n            1,\n        )\n    h()\n    return OLD()\n",
        ] {
            assert!(guarded(text), "{text}");
        }
        for text in [
            "if is_openai_v1():\n    new()\nOLD()\n",
            "if api_version:\n    OLD()\n",
            "def f():\n    if is_v1():\n        return 1\n\ndef g():\n    OLD()\n",
            "if url.endswith('/v1'):\n    OLD()\n",
        ] {
            assert!(!guarded(text), "{text}");
        }
    }

    #[test]
    fn what_is_tried_before_its_successor() {
        for text in [
            "try:\n    import OLD\n    E = (\n        sdk.OLD.A,\n    )\nexcept Exception:\n    E = (sdk.New,)\n",
            "try:\n    a = OLD.b\nexcept AttributeError:\n    a = sdk.new\n",
            "if OPENAI_LEGACY:\n    OLD()\nelse:\n    new()\n",
        ] {
            assert!(guarded(text), "{text}");
        }
        for text in [
            "try:\n    E = OLD.a\nexcept Exception:\n    E = (sdk.OLD.a,)\n",
            "try:\n    OLD.call()\nexcept Exception as e:\n    log(e)\n",
            "try:\n    OLD.call()\nexcept ValueError:\n    sdk.new()\n",
            "try:\n    def f():\n        OLD()\nexcept Exception:\n    sdk.new()\n",
        ] {
            assert!(!guarded(text), "{text}");
        }
    }

    #[test]
    fn an_import_that_another_one_replaces() {
        for text in [
            "try:\n    from new import A\nexcept ImportError:\n    from OLD import A\n",
            "try:\n    from OLD import A\nexcept ImportError:\n    # newer\n    from new import A\n",
            "try:\n    from new import (\n        A,\n    )\nexcept ImportError:\n    try:\n        import OLD\n    except ImportError:\n        A = None\n",
        ] {
            assert!(guarded(text), "{text}");
        }
        for text in [
            "try:\n    import OLD\nexcept ImportError:\n    raise\n",
            "try:\n    from a import b\n    OLD.call()\nexcept ImportError:\n    import c\n",
        ] {
            assert!(!guarded(text), "{text}");
        }
    }
}
