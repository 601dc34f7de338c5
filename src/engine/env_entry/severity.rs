//! Which defects matter for which entries, and how much: from what 39 loaders were seen to do.

use super::Holds;
use crate::finding::{Readers, Severity};
use crate::rules::loaders::{Reference, loaders};
use crate::rules::matcher::Defect;
use crate::rules::providers;
use crate::span::{Span, line_around};
use crate::syntax::dotenv::{self, Entry, Reading, is_plain};
use crate::text::name;
use crate::text::placeholder::{self, ValueKind};

/// Whether `defect` of an entry that holds a credential is worth a finding.
pub(super) fn matters(defect: Defect, entry: &Entry, text: &[u8], holds: Holds, kind: ValueKind) -> bool {
    let value = entry.value.of(text);
    let key = holds == Holds::Key;
    if value.starts_with(b"encrypted:") {
        // dotenvx writes such values, with quotes, and reads them itself.
        return false;
    }
    match defect {
        // A password may hold any of these, and quotes are then needed.
        Defect::InnerSpace
        | Defect::NonAscii
        | Defect::HashGlued
        | Defect::Dollar
        | Defect::Backslash
        | Defect::TrailingPunctuation
        | Defect::ForeignComment
        | Defect::BearerPrefix
        | Defect::DoubleEquals
        | Defect::MultiLine
        | Defect::HtmlEntity => {
            key && is_used(defect, kind) && !(defect == Defect::MultiLine && is_document(value)) && !is_list(value)
        }
        Defect::Brackets => {
            let inner = &value[1..value.len() - 1];
            // `<PrivateKey>` says what belongs there.
            key && placeholder::classify(inner) == ValueKind::Literal && !name::is_credential(inner)
        }
        // Of `""value""` the part between the first two quotes is empty.
        Defect::NestedQuotes => matches!(kind, ValueKind::Literal | ValueKind::Empty),
        Defect::Quoted | Defect::InnerEdgeSpace => {
            kind == ValueKind::Literal && (key && !is_document(value) || is_plain(value))
        }
        Defect::Backticks => kind == ValueKind::Literal,
        Defect::TrailingSpace | Defect::InlineComment | Defect::Export | Defect::Indented => is_used(defect, kind),
        Defect::Empty => is_needed(entry.name.of(text)),
        Defect::LowercaseName => is_vendors(entry.name, text),
        Defect::MissingName => false,
        _ => true,
    }
}

/// Whether what the entry is given will be sent as it is.
fn is_used(defect: Defect, kind: ValueKind) -> bool {
    match kind {
        ValueKind::Literal => true,
        // A dollar sign makes any text look like a template.
        ValueKind::Placeholder => matches!(defect, Defect::NonAscii | Defect::Dollar),
        ValueKind::Reference => defect == Defect::HtmlEntity,
        ValueKind::Empty | ValueKind::LocalDummy => false,
    }
}

/// Whether a value is a document of several lines: a PEM key, JSON.
fn is_document(value: &[u8]) -> bool {
    value.starts_with(b"-----BEGIN") || matches!(value.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Whether a value is a list or a sentence, not one key.
fn is_list(value: &[u8]) -> bool {
    memchr::memchr_iter(b',', &value[..value.len().saturating_sub(1)]).next().is_some()
        || value.split(u8::is_ascii_whitespace).filter(|word| word.len() > 1).count() > 5
}

/// Whether an SDK gives up when the variable is empty: a vendor's own, or any `…_API_KEY`.
fn is_needed(variable: &[u8]) -> bool {
    let words = name::words(variable);
    providers().by_variable(variable).is_some()
        || matches!(words.as_slice(), [.., api, key] if api == "API" && key == "KEY")
}

/// Whether the name in upper case is exactly a vendor's variable.
fn is_vendors(variable: Span, text: &[u8]) -> bool {
    let upper = variable.of(text).to_ascii_uppercase();
    providers().by_variable(&upper).is_some_and(|provider| provider.names.iter().any(|name| name.as_bytes() == upper))
}

/// Whether a defect is one that some loaders read as it is meant, and that says nothing but that: how bad it is depends
/// on who loads the file.
pub(super) const fn divides(defect: Defect) -> bool {
    matches!(
        defect,
        Defect::Quoted
            | Defect::TrailingSpace
            | Defect::SpaceBeforeEquals
            | Defect::SpaceAfterEquals
            | Defect::InlineComment
            | Defect::Export
            | Defect::Indented
            | Defect::Dollar
    )
}

/// What each known loader makes of the entry, if they differ.
pub(super) fn readers(entry: &Entry, text: &[u8]) -> Readers {
    let (line, name, meant) = (entry.span().of(text), entry.name.of(text), entry.value.of(text).trim_ascii());
    let dollar = memchr::memchr(b'$', meant).is_some();
    let mut readers = Readers::default();
    if memchr::memchr2(b'\n', b'\r', line).is_some() {
        return readers;
    }
    for loader in loaders() {
        match dotenv::read(&loader.reads, line, name) {
            Reading::Value(value) if value == meant => readers.right.push(&loader.slug),
            // What a reference is replaced by is not what was meant to stand there.
            Reading::Unsure if !(dollar && loader.reads.expands == Reference::Dollar) => {}
            _ => readers.wrong.push(&loader.slug),
        }
    }
    if readers.right.is_empty() || readers.wrong.is_empty() { Readers::default() } else { readers }
}

/// The severity of a defect at `span` if it is not its rule's. Compose keeps a tab and the comment behind it, Node 20 a
/// tab at the end: with a tab nearly every loader is wrong. A name alone means something to docker run: pass the
/// caller's variable on.
pub(super) fn severity(defect: Defect, span: Span, text: &[u8]) -> Option<Severity> {
    if defect == Defect::MissingEquals {
        let rest = Span::new(span.end, line_around(text, span.end).end);
        return rest.of(text).trim_ascii().is_empty().then_some(Severity::Warning);
    }
    let tab = match defect {
        Defect::ForeignComment => true,
        Defect::TrailingSpace => span.of(text).contains(&b'\t'),
        Defect::InlineComment => span.start.checked_sub(1).is_some_and(|before| text[before] == b'\t'),
        _ => false,
    };
    tab.then_some(Severity::Error)
}
