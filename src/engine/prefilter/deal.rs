//! Which literals share a bucket: those that together let little ordinary text through.

use super::LONGEST;
use crate::engine::rarity::{byte_frequency, pair_frequency};
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// How many buckets there are: a bit each in two bytes.
pub(super) const BUCKETS: usize = 16;

/// Half-bytes of a bucket's members at one position, as bit sets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Halves {
    pub(super) low: u16,
    pub(super) high: u16,
}

impl Halves {
    const ALL: Self = Self { low: u16::MAX, high: u16::MAX };

    const fn with(self, byte: u8) -> Self {
        Self { low: self.low | 1 << (byte & 15), high: self.high | 1 << (byte >> 4) }
    }
}

/// The characters ordinary text is made of, as far as it is counted.
const PRINTABLE: RangeInclusive<u8> = b' '..=b'~';

/// How often a byte of text stands after another one, in a part of 1; a row for each printable character.
static AFTER: LazyLock<Vec<[f32; 95]>> = LazyLock::new(|| {
    let row = |first| {
        let mut row = [0.0; 95];
        for (cell, second) in row.iter_mut().zip(PRINTABLE) {
            *cell = pair_frequency(first, second);
        }
        let sum: f32 = row.iter().sum();
        row.map(|cell| cell / sum)
    };
    PRINTABLE.map(row).collect()
});

/// Deals `needles` to buckets, each where it adds least to the text that passes; those that pass most by themselves
/// first. Returns what the buckets let through.
pub(super) fn deal(needles: &[Vec<u8>]) -> [[Halves; LONGEST]; BUCKETS] {
    let alone = |needle: &Vec<u8>| passes(&with(Default::default(), needle));
    let mut order: Vec<(f32, &Vec<u8>)> = needles.iter().map(|needle| (alone(needle), needle)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut buckets = [[Halves::default(); LONGEST]; BUCKETS];
    let mut costs = [0.0; BUCKETS];
    for (_, needle) in order {
        let mut grown = buckets.map(|bucket| with(bucket, needle));
        let mut likely: [usize; BUCKETS] = std::array::from_fn(|at| at);
        likely.sort_by_cached_key(|at| breadth(&grown[*at]) - breadth(&buckets[*at]));
        let costs_of = |at: usize| (at, passes(&grown[at]));
        let best = likely[..TRIED].iter().map(|at| costs_of(*at));
        if let Some((at, cost)) = best.min_by(|a, b| (a.1 - costs[a.0]).total_cmp(&(b.1 - costs[b.0]))) {
            std::mem::swap(&mut buckets[at], &mut grown[at]);
            costs[at] = cost;
        }
    }
    buckets
}

/// In how many buckets a literal is tried: those whose half-bytes it adds least to. With all sixteen a third less passes
/// (a place in 101 instead of 68 bytes of JavaScript), and every start of the program takes a millisecond more.
const TRIED: usize = 4;

fn with(bucket: [Halves; LONGEST], needle: &[u8]) -> [Halves; LONGEST] {
    std::array::from_fn(|at| needle.get(at).map_or(Halves::ALL, |byte| bucket[at].with(*byte)))
}

/// How many texts a bucket lets through, common or not.
fn breadth(bucket: &[Halves; LONGEST]) -> u64 {
    bucket.iter().map(|halves| u64::from(halves.low.count_ones() * halves.high.count_ones())).product()
}

/// How much ordinary text a bucket lets through, in a part of 1: a byte depends on the one before it.
fn passes(bucket: &[Halves; LONGEST]) -> f32 {
    let mut reached = Members::of(bucket[0]);
    for (byte, part) in reached.bytes.iter().zip(&mut reached.parts).take(reached.count) {
        *part = byte_frequency(*byte);
    }
    for halves in bucket[1..].iter().filter(|halves| halves.low != u16::MAX) {
        let mut next = Members::of(*halves);
        for (before, part) in reached.bytes.iter().zip(&reached.parts).take(reached.count) {
            let after = &AFTER[usize::from(before - b' ')];
            for (byte, sum) in next.bytes.iter().zip(&mut next.parts).take(next.count) {
                *sum += part * after[usize::from(byte - b' ')];
            }
        }
        reached = next;
    }
    reached.parts[..reached.count].iter().sum()
}

/// The printable characters among some half-bytes, and how often each is reached.
struct Members {
    bytes: [u8; 96],
    parts: [f32; 96],
    count: usize,
}

impl Members {
    fn of(halves: Halves) -> Self {
        let mut members = Self { bytes: [b' '; 96], parts: [0.0; 96], count: 0 };
        for high in (2..8).filter(|high| halves.high >> high & 1 == 1) {
            for low in (0..16).filter(|low| halves.low >> low & 1 == 1) {
                let byte = high << 4 | low;
                if PRINTABLE.contains(&byte) {
                    members.bytes[members.count] = byte;
                    members.count += 1;
                }
            }
        }
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_literals_share_a_bucket() {
        let needles: Vec<Vec<u8>> = (b'a'..=b'z').map(|byte| vec![b'g', b'h', byte, b'_']).collect();
        let buckets = deal(&needles);
        let passing: f32 = buckets.iter().map(passes).sum();
        assert!(passing > 0.0 && passing < 1e-4, "{passing}");
        for needle in &needles {
            assert!(buckets.iter().any(|bucket| breadth(&with(*bucket, needle)) == breadth(bucket)));
        }
    }
}
