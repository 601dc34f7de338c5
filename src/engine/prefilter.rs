//! Finds where any of some dozens of literals stands, at a few GB/s a core.
//!
//! The literals are searched with Teddy, a vector algorithm that compares the first bytes of all of them at once and
//! puts similar ones into one of eight buckets. It slows down when its buckets hold literals that resemble ordinary
//! text, so three things are done for it: a long literal is represented by its rarest four bytes, literals are sorted
//! so that a bucket's members resemble each other, and a group holds at most [`GROUP`] of them.

use aho_corasick::packed::{Config, MatchKind, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, Span};

/// Literals in one Teddy group: two for each of its eight buckets. Measured on the Linux source: 16 literals run at
/// 14 GB/s, 32 at 7 GB/s and 48 at 5.5 GB/s a core.
const GROUP: usize = 16;

/// Above this many literals one automaton (flat 0.5–0.7 GB/s) beats ever more Teddy groups.
const TOO_MANY: usize = 200;

/// A compiled set of literals.
#[derive(Debug)]
pub(super) struct Prefilter {
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    /// `None` where the processor or the number of literals rules Teddy out.
    teddy: Option<Searcher>,
    fallback: Option<AhoCorasick>,
    /// The caller's number for each literal of the group.
    ids: Vec<usize>,
}

impl Prefilter {
    /// Compiles `needles`, of which none may be the start of another.
    pub(super) fn new(needles: &[Vec<u8>]) -> Self {
        let mut order: Vec<usize> = (0..needles.len()).collect();
        // Literals of three bytes shorten the compared prefix of their whole group: they get one of their own.
        order.sort_by_key(|&i| (needles[i].len() > 3, bucket_key(&needles[i])));
        let short = order.iter().filter(|&&i| needles[i].len() <= 3).count();
        let (short, long) = order.split_at(short);
        let size = if needles.len() > TOO_MANY { usize::MAX } else { GROUP };
        let groups = short
            .chunks(size)
            .chain(long.chunks(balanced(long.len(), size)))
            .filter(|ids| !ids.is_empty())
            .map(|ids| Group::new(needles, ids))
            .collect();
        Self { groups }
    }

    /// Calls `visit(needle, offset)` for every place a literal stands at, also where it overlaps another.
    /// Places come in order within one group of literals, not over all.
    pub(super) fn each(&self, text: &[u8], mut visit: impl FnMut(usize, usize)) {
        for group in &self.groups {
            let mut at = 0;
            while let Some((needle, start)) = group.find(text, at) {
                visit(needle, start);
                at = start + 1;
            }
        }
    }
}

/// The size of equal groups that hold at most `limit` of `count` literals.
fn balanced(count: usize, limit: usize) -> usize {
    if limit == usize::MAX { usize::MAX } else { count.div_ceil(count.div_ceil(limit).max(1)).max(1) }
}

/// Teddy tells bytes apart by their half-bytes: literals that agree in those of their first bytes disturb it least.
fn bucket_key(needle: &[u8]) -> [u8; 4] {
    let low = |i: usize| needle.get(i).map_or(0, |b| b & 15);
    [low(0), low(1), low(2), low(3)]
}

impl Group {
    fn new(needles: &[Vec<u8>], sorted: &[usize]) -> Self {
        // Teddy deals literals to its eight buckets in turn; neighbours in `sorted` have to land in the same one.
        let per_bucket = sorted.len().div_ceil(8).max(1);
        let mut ids: Vec<usize> = Vec::with_capacity(sorted.len());
        for turn in 0..per_bucket {
            ids.extend(sorted.chunks(per_bucket).filter_map(|bucket| bucket.get(turn)));
        }
        let literals = || ids.iter().map(|&i| needles[i].as_slice());
        let teddy = Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(literals()).build();
        let fallback = if teddy.is_none() {
            AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).prefilter(false).build(literals()).ok()
        } else {
            None
        };
        Self { teddy, fallback, ids }
    }

    fn find(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let span = Span { start: at, end: text.len() };
        if at >= text.len() {
            return None;
        }
        let hit = match (&self.teddy, &self.fallback) {
            (Some(teddy), _) => teddy.find_in(text, span),
            (None, Some(automaton)) => automaton.find(Input::new(text).span(span)),
            (None, None) => None,
        }?;
        Some((self.ids[hit.pattern().as_usize()], hit.start()))
    }
}

/// The part of `anchor` to search for: all of it, or from its rarest four bytes on. Returns its offset.
///
/// The text around the hit is compared with the whole anchor afterwards, so any part would be right.
pub(super) fn rarest_part(anchor: &[u8]) -> usize {
    if anchor.len() <= 4 {
        return 0;
    }
    (0..=anchor.len() - 4)
        .min_by_key(|&i| anchor[i..i + 4].iter().map(|b| u32::from(commonness(*b))).sum::<u32>())
        .unwrap_or(0)
}

/// How common a byte is in source code, from 0 (rare) to 9. Coarse on purpose; counted on the Linux 6.1 source.
const fn commonness(byte: u8) -> u8 {
    match byte {
        b' ' | b'e' | b't' => 9,
        b'i' | b'r' | b'n' | b's' | b'a' | b'o' | b'_' => 8,
        b'd' | b'c' | b'l' | b'u' | b'p' => 7,
        b'f' | b'm' | b'0' | b'-' | b'*' => 6,
        b'g' | b'h' | b'b' | b'v' | b'.' | b'/' => 5,
        b'E' | b'T' | b'R' | b'S' | b'A' | b'I' | b'N' | b'O' | b'C' | b'D' | b'1' | b'2' | b'x' | b'w' | b'k'
        | b'y' => 4,
        b'L' | b'P' | b'M' | b'U' | b'F' | b'3' | b'4' | b'8' => 3,
        b'5' | b'6' | b'7' | b'9' | b'G' | b'B' | b'H' | b'q' => 2,
        b'K' | b'V' | b'W' | b'X' | b'Y' | b'j' | b'z' => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(needles: &[Vec<u8>], text: &[u8]) -> Vec<(usize, usize)> {
        let mut hits: Vec<_> = (0..text.len())
            .flat_map(|at| {
                (0..needles.len()).filter(move |&i| text[at..].starts_with(&needles[i])).map(move |i| (at, i))
            })
            .collect();
        hits.sort_unstable();
        hits
    }

    #[test]
    fn every_place_is_found_whatever_the_number_of_needles() {
        for count in [1, 7, 16, 17, 40, 90, 230] {
            let needles: Vec<Vec<u8>> = (0..count)
                .map(|i| if i % 5 == 0 { format!("{i:03}").into_bytes() } else { format!("x{i:03}y").into_bytes() })
                .collect();
            let text: String = (0..count).rev().map(|i| format!("x{i:03}y{i:03}xx{i:03}")).collect();
            let mut hits = Vec::new();
            Prefilter::new(&needles).each(text.as_bytes(), |needle, at| hits.push((at, needle)));
            hits.sort_unstable();
            assert_eq!(hits, naive(&needles, text.as_bytes()), "{count}");
        }
    }
}
