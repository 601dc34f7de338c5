//! Finds where any of some dozens of literals stands, at several GB/s a core.
//!
//! The literals are searched with Teddy, a vector algorithm that compares the first bytes of all of them at once. It
//! deals them to buckets and tells bytes apart by their half-bytes only, so a bucket whose members differ lets through
//! much text that is none of them. [`deal`] therefore puts similar literals together: for 63 literals on the Linux
//! source that is 6.7 instead of 4.5 GB/s a core.

use super::rarity::{byte_commonness, commonness};
use aho_corasick::packed::{Config, MatchKind, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, Span};

/// Most literals in one Teddy group; with more it refuses to be built.
const GROUP: usize = 64;

/// Up to this many literals Teddy has eight buckets, above it sixteen.
const SLIM: usize = 32;

/// Above this many literals one automaton (flat 0.5–0.7 GB/s) beats ever more Teddy groups.
const TOO_MANY: usize = 400;

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
        // Literals of three bytes shorten the compared part of their whole group: they get one of their own.
        let (mut short, mut long): (Vec<usize>, Vec<usize>) = (0..needles.len()).partition(|&i| needles[i].len() <= 3);
        let mut groups = Vec::new();
        if needles.len() > TOO_MANY {
            groups.push(Group::new(needles, &(0..needles.len()).collect::<Vec<_>>()));
            return Self { groups };
        }
        // One full group and a small one are faster than two half full ones. The literals told best by their first three
        // bytes go to the short ones.
        let room = SLIM.saturating_sub(short.len());
        if long.len() > GROUP && long.len() - GROUP <= room {
            long.sort_by_key(|&i| commonness(&needles[i][..3]));
            short.extend(long.drain(..long.len() - GROUP));
        }
        for ids in [short, long] {
            let size = ids.len().div_ceil(ids.len().div_ceil(GROUP).max(1)).max(1);
            groups.extend(ids.chunks(size).map(|ids| Group::new(needles, ids)));
        }
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

/// Half-bytes of a bucket's members at one position, as bit sets.
#[derive(Clone, Copy, Default)]
struct Halves {
    low: u16,
    high: u16,
}

impl Halves {
    const fn with(self, byte: u8) -> Self {
        Self { low: self.low | 1 << (byte & 15), high: self.high | 1 << (byte >> 4) }
    }

    /// How much ordinary text these half-bytes let through, in parts of 10,000.
    fn passes(self) -> f64 {
        let sum = |high: u8| -> u32 {
            let lows = (0..16).filter(|low| self.low >> low & 1 == 1);
            lows.map(|low| byte_commonness(high << 4 | low)).sum()
        };
        f64::from((2..8).filter(|high| self.high >> high & 1 == 1).map(sum).sum::<u32>())
    }
}

/// Orders `ids` so that Teddy, which deals literals to its buckets in turn, puts similar ones into one bucket.
///
/// Each literal goes where it adds least to the text that passes; the literals that pass most by themselves first.
fn deal(needles: &[Vec<u8>], ids: &[usize]) -> Vec<usize> {
    let count = if ids.len() > SLIM { 16 } else { 8 };
    let room = ids.len().div_ceil(count);
    let compared = ids.iter().map(|&i| needles[i].len().min(4)).min().unwrap_or(0);
    let cost = |halves: &[Halves; 4]| halves[..compared].iter().map(|half| half.passes() / 1e4).product::<f64>();
    let add = |mut halves: [Halves; 4], needle: &[u8]| {
        for (half, byte) in halves.iter_mut().zip(needle) {
            *half = half.with(*byte);
        }
        halves
    };
    let mut order: Vec<(f64, usize)> = ids.iter().map(|&i| (cost(&add(Default::default(), &needles[i])), i)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut buckets: Vec<(f64, [Halves; 4], Vec<usize>)> = vec![(0.0, Default::default(), Vec::new()); count];
    for (_, i) in order {
        let grown = buckets.iter().enumerate().filter(|(_, bucket)| bucket.2.len() < room).map(|(at, bucket)| {
            let halves = add(bucket.1, &needles[i]);
            let cost = cost(&halves);
            (cost - bucket.0, at, cost, halves)
        });
        if let Some((_, at, cost, halves)) = grown.min_by(|a, b| a.0.total_cmp(&b.0)) {
            buckets[at].0 = cost;
            buckets[at].1 = halves;
            buckets[at].2.push(i);
        }
    }
    // A turn visits every bucket once, so the fuller ones come first: a gap would shift the rest.
    buckets.sort_by_key(|bucket| std::cmp::Reverse(bucket.2.len()));
    (0..room).flat_map(|turn| buckets.iter().filter_map(move |bucket| bucket.2.get(turn).copied())).collect()
}

impl Group {
    fn new(needles: &[Vec<u8>], ids: &[usize]) -> Self {
        let ids = deal(needles, ids);
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
