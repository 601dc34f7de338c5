//! Finds where any of some dozens of literals stands, at 7 to 14 GB/s a core.
//!
//! The literals are dealt to sixteen buckets. For a vector's worth of places at once, two table lookups a byte tell the
//! buckets that have a literal with these half-bytes there: an algorithm known as Teddy, from the regular expression
//! library Hyperscan. The `aho-corasick` crate has it too, for at most 64 literals and a fifth as fast with twelve more.
//! What passes is looked up. [`mod@deal`] keeps that rare.

mod deal;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use deal::{BUCKETS, Halves, deal};
use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch};

/// How many bytes of a literal are compared, and how many it has at most.
const LONGEST: usize = 4;

/// Bytes of the longest vector there is.
const WIDEST: usize = 64;

/// Above this many literals too much passes: one automaton (flat 0.5–0.7 GB/s) is faster.
const TOO_MANY: usize = 400;

/// How many places are collected before they are looked up.
const BATCH: usize = 256;

/// A compiled set of literals.
#[derive(Debug)]
pub(super) enum Prefilter {
    Vectors {
        level: Level,
        masks: Box<Masks>,
        literals: Literals,
    },
    /// Where the processor cannot look up bytes of vectors, and for many literals.
    Automaton(AhoCorasick),
}

/// For each byte that is compared and each half of the buckets: which of them have a literal with this half-byte there.
/// The table of sixteen is repeated to fill a vector.
#[derive(Debug)]
pub(super) struct Masks([[Lookup; BUCKETS / 8]; LONGEST]);

#[derive(Clone, Copy, Debug)]
struct Lookup {
    low: [u8; WIDEST],
    high: [u8; WIDEST],
}

/// Finds a literal by its first three bytes.
#[derive(Clone, Debug)]
pub(super) struct Literals {
    /// By the hash of the three bytes: one more than the place of the first literal in `list` that has it; 0 for none.
    first: Box<[u16; SLOTS]>,
    /// The literals, those of one hash together.
    list: Vec<Literal>,
}

/// Up to four bytes, compared at once.
#[derive(Clone, Copy, Debug)]
struct Literal {
    bytes: u32,
    /// The bits of the bytes that it has.
    mask: u32,
    /// The caller's number.
    number: u32,
}

/// The bits of the first three of four bytes: a literal has at least three.
const THREE_BYTES: u32 = 0x00ff_ffff;

/// How many hashes of three bytes there are.
const SLOTS: usize = 4096;

impl Prefilter {
    /// Compiles `needles` of three or four bytes, of which none may be the start of another.
    pub(super) fn new(needles: &[Vec<u8>]) -> Self {
        let level = Level::new();
        if needles.len() > TOO_MANY || !looks_up_bytes(level) {
            let automaton = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).prefilter(false).build(needles);
            if let Ok(automaton) = automaton {
                return Self::Automaton(automaton);
            }
        }
        Self::Vectors { level, masks: Box::new(Masks::new(&deal(needles))), literals: Literals::new(needles) }
    }

    /// Calls `visit(needle, offset)` for every place a literal stands at, also where it overlaps another.
    pub(super) fn each(&self, text: &[u8], mut visit: impl FnMut(usize, usize)) {
        match self {
            Self::Vectors { level, masks, literals } => {
                let (mut places, mut at) = ([0; BATCH], 0);
                while at < text.len() {
                    let count;
                    (at, count) = dispatch!(*level, simd => masks.pass(simd, text, at, &mut places));
                    for place in &places[..count] {
                        if let Some(needle) = literals.at(text, *place) {
                            visit(needle, *place);
                        }
                    }
                }
            }
            Self::Automaton(automaton) => {
                for hit in automaton.find_overlapping_iter(text) {
                    visit(hit.pattern().as_usize(), hit.start());
                }
            }
        }
    }
}

/// Whether a vector's bytes can be looked up in a table with one instruction.
fn looks_up_bytes(level: Level) -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return level.as_sse4_2().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    return !level.is_fallback();
}

impl Masks {
    fn new(buckets: &[[Halves; LONGEST]; BUCKETS]) -> Self {
        let mut lookups = [[Lookup { low: [0; WIDEST], high: [0; WIDEST] }; BUCKETS / 8]; LONGEST];
        for (number, bucket) in buckets.iter().enumerate() {
            for (compared, halves) in lookups.iter_mut().zip(bucket) {
                let lookup = &mut compared[number / 8];
                for lane in 0..WIDEST {
                    lookup.low[lane] |= u8::from(halves.low >> (lane % 16) & 1 == 1) << (number % 8);
                    lookup.high[lane] |= u8::from(halves.high >> (lane % 16) & 1 == 1) << (number % 8);
                }
            }
        }
        Self(lookups)
    }

    /// Collects places from byte `at` on where a literal may stand; some are past the end. Returns where to go on and
    /// how many there are.
    #[expect(clippy::inline_always, reason = "what is not inlined is compiled for the least of processors")]
    #[inline(always)]
    fn pass<S: Simd>(&self, simd: S, text: &[u8], mut at: usize, places: &mut [usize; BATCH]) -> (usize, usize) {
        let width = S::u8s::LEN;
        let mut tables = [[(S::u8s::splat(simd, 0), S::u8s::splat(simd, 0)); BUCKETS / 8]; LONGEST];
        for (vectors, lookups) in tables.iter_mut().zip(&self.0) {
            for (vectors, lookup) in vectors.iter_mut().zip(lookups) {
                vectors.0 = S::u8s::from_slice(simd, &lookup.low[..width]);
                vectors.1 = S::u8s::from_slice(simd, &lookup.high[..width]);
            }
        }
        let mut count = 0;
        while at + width + LONGEST <= text.len() {
            count = note(passing(simd, &tables, &text[at..]), at, places, count);
            at += width;
            if count > BATCH - 3 * WIDEST {
                return (at, count);
            }
        }
        let mut rest = [0; 2 * WIDEST + LONGEST];
        rest[..text.len() - at].copy_from_slice(&text[at..]);
        for start in [0, width] {
            count = note(passing(simd, &tables, &rest[start..]), at + start, places, count);
        }
        (text.len(), count)
    }
}

/// Where in the first vector of `text` some bucket lets a place through, a bit each.
#[expect(clippy::inline_always, reason = "what is not inlined is compiled for the least of processors")]
#[inline(always)]
fn passing<S: Simd>(simd: S, tables: &[[(S::u8s, S::u8s); BUCKETS / 8]; LONGEST], text: &[u8]) -> u64 {
    let (half, none) = (S::u8s::splat(simd, 15), S::u8s::splat(simd, 0));
    let [mut first, mut second] = [S::u8s::splat(simd, u8::MAX); BUCKETS / 8];
    for (skipped, [one, other]) in tables.iter().enumerate() {
        let bytes = S::u8s::from_slice(simd, &text[skipped..skipped + S::u8s::LEN]);
        let (low, high) = (bytes & half, bytes >> 4);
        first = first & one.0.swizzle_dyn_within_blocks(low) & one.1.swizzle_dyn_within_blocks(high);
        second = second & other.0.swizzle_dyn_within_blocks(low) & other.1.swizzle_dyn_within_blocks(high);
    }
    (!(first | second).simd_eq(none)).to_bitmask()
}

/// Adds the place of every bit, counted from `start`, behind the first `count` places. Returns how many there are then.
#[inline]
fn note(mut bits: u64, start: usize, places: &mut [usize; BATCH], mut count: usize) -> usize {
    while bits != 0 {
        places[count] = start + bits.trailing_zeros() as usize;
        count += 1;
        bits &= bits - 1;
    }
    count
}

impl Literals {
    fn new(needles: &[Vec<u8>]) -> Self {
        let mut list: Vec<Literal> =
            needles.iter().zip(0..).map(|(needle, number)| Literal::new(needle, number)).collect();
        list.sort_by_key(|literal| slot(literal.bytes));
        let mut first = Box::new([0; SLOTS]);
        for (place, literal) in list.iter().enumerate().rev() {
            first[slot(literal.bytes)] = u16::try_from(place + 1).unwrap_or(u16::MAX);
        }
        Self { first, list }
    }

    /// The literal that stands at byte `at` of `text`.
    fn at(&self, text: &[u8], at: usize) -> Option<usize> {
        let (bytes, there) = match text.get(at..)? {
            [a, b, c, d, ..] => (u32::from_le_bytes([*a, *b, *c, *d]), u32::MAX),
            [a, b, c] => (u32::from_le_bytes([*a, *b, *c, 0]), THREE_BYTES),
            _ => return None,
        };
        let hash = slot(bytes);
        let place = usize::from(self.first[hash]).checked_sub(1)?;
        let same = self.list[place..].iter().take_while(|literal| slot(literal.bytes) == hash);
        let stands = |literal: &&Literal| bytes & literal.mask == literal.bytes && literal.mask & !there == 0;
        same.into_iter().find(stands).map(|literal| literal.number as usize)
    }
}

impl Literal {
    fn new(needle: &[u8], number: u32) -> Self {
        let bytes = std::array::from_fn(|at| needle.get(at).copied().unwrap_or(0));
        let mask = std::array::from_fn(|at| if at < needle.len() { u8::MAX } else { 0 });
        Self { bytes: u32::from_le_bytes(bytes), mask: u32::from_le_bytes(mask), number }
    }
}

/// The hash of the first three of four bytes.
const fn slot(bytes: u32) -> usize {
    // The golden ratio, as Fibonacci hashing has it.
    ((bytes & THREE_BYTES).wrapping_mul(0x9E37_79B1) >> 20) as usize
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
        for count in [1, 7, 16, 17, 40, 90, 230, TOO_MANY + 1] {
            let needles: Vec<Vec<u8>> = (0..count)
                .map(|i| if i % 5 == 0 { format!("{i:03}").into_bytes() } else { format!("x{i:03}").into_bytes() })
                .collect();
            let text: String = (0..count).rev().map(|i| format!("x{i:03}y{i:03}xx{i:03}")).collect();
            let prefilter = Prefilter::new(&needles);
            for end in (0..text.len().min(200)).chain([text.len()]) {
                let mut hits = Vec::new();
                prefilter.each(&text.as_bytes()[..end], |needle, at| hits.push((at, needle)));
                hits.sort_unstable();
                assert_eq!(hits, naive(&needles, &text.as_bytes()[..end]), "{count} {end}");
            }
        }
    }

    #[test]
    fn every_processor_finds_the_same() {
        let needles: Vec<Vec<u8>> =
            ["sk-", "ghp_", "éa", "\0aé", "__s"].map(|needle| needle.as_bytes().to_vec()).to_vec();
        let text = "sk-ghp_éa\0aé__sk- ".repeat(40);
        let expected = naive(&needles, text.as_bytes());
        let Prefilter::Vectors { masks, literals, .. } = Prefilter::new(&needles) else { return };
        for level in levels() {
            let same = Prefilter::Vectors { level, masks: Box::new(Masks(masks.0)), literals: literals.clone() };
            let mut hits = Vec::new();
            same.each(text.as_bytes(), |needle, at| hits.push((at, needle)));
            assert_eq!(hits, expected, "{level:?}");
        }
    }

    fn levels() -> Vec<Level> {
        let best = Level::new();
        let mut levels = vec![best];
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(best.as_avx2().map(Level::Avx2));
            levels.extend(best.as_sse4_2().map(Level::Sse4_2));
            levels.extend(best.as_sse2().map(Level::Sse2));
        }
        levels
    }
}
