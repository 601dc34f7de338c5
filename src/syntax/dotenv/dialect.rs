//! What a loader makes of a line of an env file.
//!
//! One line at a time, also where a loader goes on: a quote that is left open takes the next lines in python-dotenv and
//! npm dotenv, and here costs its own. What follows from escapes and references is left open.
//! `tests/integration/differential.rs` names every such difference and holds everything else equal to the loaders.

use super::{is_blank, is_identifier, starts_wide_blank};
use crate::rules::loaders::{Colon, Comment, Dialect, Odd, Reference, Trim};

/// What a loader makes of a line that defines a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It gives the variable this value.
    Value(Vec<u8>),
    /// It does not define the variable.
    Missing,
    /// It refuses the file.
    Refused,
    /// That depends on more than the line.
    Unsure,
}

/// What a loader of this `dialect` makes of `line` (without its end) for the variable `name`.
pub fn read(dialect: &Dialect, line: &[u8], name: &[u8]) -> Reading {
    let mut line = line;
    if line.first().is_some_and(|b| is_blank(*b)) {
        if !dialect.indent {
            return Reading::Missing;
        }
        line = trim_start(line);
    }
    if dialect.export
        && let Some(rest) = line.strip_prefix(b"export").filter(|rest| rest.first().is_some_and(|b| is_blank(*b)))
    {
        line = if dialect.trim == Trim::None { &rest[1..] } else { trim_start(rest) };
    }
    let is_end = |at: &usize| match line[*at] {
        b'=' => true,
        b':' => match dialect.colon {
            Colon::None => false,
            Colon::Spaced => starts_blank(&line[at + 1..], dialect.trim),
            Colon::Any => true,
        },
        _ => false,
    };
    let has_blank = |text: &[u8]| text.iter().any(|b| is_blank(*b));
    let Some(end) = (0..line.len()).find(is_end) else {
        let spaced = has_blank(line) && dialect.spaced_name == Odd::Refuse;
        return odd(if spaced { Odd::Refuse } else { dialect.no_equals }, line);
    };
    let (own, value) = (&line[..end], &line[end + 1..]);
    if has_blank(own) && dialect.spaced_name != Odd::Ignore {
        return odd(dialect.spaced_name, value);
    }
    let own = own.trim_ascii_end();
    let own = match own {
        [b'\'', inner @ .., b'\''] if dialect.quoted_name => inner,
        own => own,
    };
    if !own.iter().all(|b| is_identifier(*b)) {
        return odd(dialect.bad_name, value);
    }
    if own != name {
        return Reading::Missing;
    }
    value_of(dialect, value)
}

fn odd(what: Odd, raw: &[u8]) -> Reading {
    match what {
        Odd::Lose => Reading::Missing,
        Odd::Refuse => Reading::Refused,
        Odd::Raw => Reading::Value(raw.to_vec()),
        Odd::Ignore | Odd::Join | Odd::Outer | Odd::Bare | Odd::Unsure => Reading::Unsure,
    }
}

fn value_of(dialect: &Dialect, raw: &[u8]) -> Reading {
    let trimmed = match dialect.trim {
        Trim::None => raw,
        Trim::Start => trim_start(raw),
        Trim::Both => trim_start(raw).trim_ascii_end(),
        Trim::Unicode => trim_unicode(raw),
    };
    let glued = !starts_blank(raw, dialect.trim);
    if dialect.words && !glued && !trimmed.is_empty() && trimmed[0] != b'#' {
        return Reading::Missing;
    }
    let quote = trimmed.first().copied().filter(|b| dialect.quotes.as_bytes().contains(b));
    let expands = match dialect.expands {
        Reference::None => false,
        Reference::Dollar => quote != Some(b'\'') && memchr::memchr(b'$', trimmed).is_some(),
        Reference::Brace => memchr::memmem::find(trimmed, b"${").is_some(),
    };
    if expands || dialect.trim != Trim::None && memchr::memchr(b'\\', trimmed).is_some() {
        return Reading::Unsure;
    }
    match quote {
        Some(quote) => quoted(dialect, trimmed, quote),
        None => bare(dialect, first_line(trimmed), glued),
    }
}

fn quoted(dialect: &Dialect, raw: &[u8], quote: u8) -> Reading {
    let bare = || match bare(dialect, first_line(raw), true) {
        Reading::Value(value) => Reading::Value(without_outer(&value).to_vec()),
        other => other,
    };
    let Some(close) = raw[1..].iter().position(|b| *b == quote).map(|at| at + 1) else {
        return if dialect.open_quote == Odd::Bare { bare() } else { odd(dialect.open_quote, raw) };
    };
    let (inner, rest) = (&raw[1..close], &raw[close + 1..]);
    if matches!(inner.first(), Some(b'"' | b'\'')) {
        // Some take off both pairs.
        return Reading::Unsure;
    }
    let behind = if dialect.trim == Trim::None { rest } else { trim_start(rest) };
    let is_comment = behind.first() == Some(&b'#') && dialect.comment_behind_quote;
    // To a shell, what touches the quote belongs to the word.
    if behind.is_empty() || is_comment && !(dialect.words && rest[0] == b'#') {
        return Reading::Value(inner.to_vec());
    }
    match dialect.behind_quote {
        Odd::Ignore => Reading::Value(inner.to_vec()),
        Odd::Join => Reading::Value([inner, behind].concat()),
        Odd::Outer => Reading::Value(without_outer(raw).to_vec()),
        Odd::Bare => bare(),
        other => odd(other, raw),
    }
}

/// `text` without its first and last quote, if they are alike.
fn without_outer(text: &[u8]) -> &[u8] {
    match text {
        [first @ (b'"' | b'\'' | b'`'), inner @ .., last] if first == last => inner,
        _ => text,
    }
}

fn bare(dialect: &Dialect, raw: &[u8], glued: bool) -> Reading {
    let starts = |at: &usize| match dialect.comment {
        Comment::None => false,
        Comment::Blank => {
            if *at == 0 {
                !glued
            } else {
                is_blank(raw[at - 1])
            }
        }
        Comment::Space => *at > 0 && raw[at - 1] == b' ',
        Comment::Hash => true,
    };
    let end = memchr::memchr_iter(b'#', raw).find(starts).unwrap_or(raw.len());
    let value = match dialect.trim {
        Trim::Both => raw[..end].trim_ascii_end(),
        Trim::Unicode => trim_unicode(&raw[..end]),
        Trim::None | Trim::Start => &raw[..end],
    };
    if dialect.words {
        let is_sign = |b: &u8| matches!(b, b'&' | b';' | b'|' | b'<' | b'>' | b'(' | b')' | b'"' | b'\'' | b'`');
        if value.iter().any(is_sign) {
            return Reading::Unsure;
        }
        if value.iter().any(|b| is_blank(*b)) {
            return Reading::Missing;
        }
    }
    if value.iter().any(|b| is_blank(*b)) && dialect.spaced_value != Odd::Raw {
        return odd(dialect.spaced_value, value);
    }
    Reading::Value(value.to_vec())
}

/// Where a value without quotes ends.
fn first_line(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr2(b'\n', b'\r', text).unwrap_or(text.len())]
}

/// Whether `text` starts with a blank; where blanks outside ASCII are taken off, they count.
fn starts_blank(text: &[u8], trim: Trim) -> bool {
    text.first().is_some_and(|b| is_blank(*b)) || trim == Trim::Unicode && starts_wide_blank(text)
}

fn trim_unicode(text: &[u8]) -> &[u8] {
    std::str::from_utf8(text).map_or_else(|_| text.trim_ascii(), |text| text.trim().as_bytes())
}

fn trim_start(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|b| is_blank(**b)).count()..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::loaders::loaders;
    use crate::text::random::Generator;

    /// What the real loaders answered for each form; `N` stands for the name and `K` for the key.
    const RECORDED: &str = include_str!("../../../tests/fixtures/dotenv/recorded.jsonl");

    /// How many answers are the loaders' own and how many are left open; any other fails the test.
    fn compare(rows: &str) -> (usize, usize) {
        let key = Generator::new("dialects").string("lower", 20).unwrap();
        let (mut same, mut unsure, mut wrong) = (0, 0, Vec::new());
        for line in rows.lines() {
            let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
            let fill = |text: &str| text.replace('K', &key);
            let form = fill(row["form"].as_str().unwrap());
            for loader in loaders() {
                let Some(recorded) = row.get(&loader.slug).and_then(|value| value.as_str()) else { continue };
                let wanted = match recorded {
                    "missing" => Reading::Missing,
                    "refused" => Reading::Refused,
                    value => Reading::Value(fill(&value[1..]).into_bytes()),
                };
                match read(&loader.reads, form.as_bytes(), b"N") {
                    Reading::Unsure => unsure += 1,
                    reading if reading == wanted => same += 1,
                    reading => wrong.push(format!("{}: {form:?}: {reading:?}, not {wanted:?}", loader.slug)),
                }
            }
        }
        assert!(wrong.is_empty(), "{same} right, {unsure} unsure, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
        (same, unsure)
    }

    #[test]
    fn every_dialect_answers_as_its_loader_did() {
        let (same, unsure) = compare(RECORDED);
        assert!(same > 800 && unsure < 50, "{same} right, {unsure} unsure");
    }
}
