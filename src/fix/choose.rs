//! Which fixes of a round are applied together.

use super::Edits;
use crate::finding::{Edit, Finding, Fix};
use crate::source::RelPath;
use std::collections::BTreeMap;

/// The edits of every fix that overlaps no other taken before it, by file and in the order of their spans, and those
/// fixes. A fix is taken as a whole or left for the next round.
pub(super) fn choose<'a>(
    fixes: impl Iterator<Item = (&'a Finding, &'a Fix)>,
) -> (BTreeMap<RelPath, Edits>, Vec<(&'a Finding, &'a Fix)>) {
    let mut taken: BTreeMap<RelPath, Edits> = BTreeMap::new();
    let mut chosen = Vec::new();
    for (finding, fix) in fixes {
        let own = fix.edits.iter().map(|edit| (&finding.path, edit));
        let edits: Vec<(&RelPath, &Edit)> = own.chain(fix.elsewhere.iter().map(|(path, edit)| (path, edit))).collect();
        let is_free = |(path, edit): &(&RelPath, &Edit)| {
            taken.get(*path).is_none_or(|(others, encoding)| {
                encoding.is_none() && others.iter().all(|other| !other.span.overlaps(edit.span))
            })
        };
        // Spans mean nothing once the encoding has changed.
        let alone = fix.encoding.is_none() || !taken.contains_key(&finding.path);
        if !(alone && edits.iter().all(is_free)) {
            continue;
        }
        for (path, edit) in edits {
            taken.entry(path.clone()).or_default().0.push(edit.clone());
        }
        taken.entry(finding.path.clone()).or_default().1 = fix.encoding;
        chosen.push((finding, fix));
    }
    for (edits, _) in taken.values_mut() {
        edits.sort_by_key(|edit| edit.span);
    }
    (taken, chosen)
}
