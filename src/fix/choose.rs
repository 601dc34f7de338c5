//! Which fixes of a round are applied together.

use super::Edits;
use crate::finding::{Edit, Finding, Fix};
use crate::source::RelPath;
use std::collections::BTreeMap;

/// The edits of every fix that overlaps no other taken before it, by file and in the order of their spans, and those
/// fixes. A fix is taken as a whole or left for the next round. Two may replace the same bytes by the same: a name that
/// two definitions of it take along.
pub(super) fn choose<'a>(
    fixes: impl Iterator<Item = (&'a Finding, &'a Fix)>,
) -> (BTreeMap<RelPath, Edits>, Vec<(&'a Finding, &'a Fix)>) {
    let mut taken: BTreeMap<RelPath, Edits> = BTreeMap::new();
    let mut chosen = Vec::new();
    for (finding, fix) in fixes {
        let own = taken.entry(finding.path.clone()).or_default();
        let is_taken = |edit: &Edit| !edit.span.is_empty() && own.0.contains(edit);
        let is_free = |edit: &Edit| own.0.iter().all(|other| !other.span.overlaps(edit.span));
        // Spans mean nothing once the encoding has changed.
        let alone = own.1.is_none() && (fix.encoding.is_none() || own.0.is_empty());
        let edits: Vec<Edit> = fix.edits.iter().filter(|edit| !is_taken(edit)).cloned().collect();
        if !(alone && edits.iter().all(is_free)) {
            continue;
        }
        own.0.extend(edits);
        own.1 = fix.encoding;
        chosen.push((finding, fix));
    }
    for (edits, _) in taken.values_mut() {
        edits.sort_by_key(|edit| edit.span);
    }
    (taken, chosen)
}
