//! Every occurrence of every one of some hundred literals, in one pass over a text. Knows nothing of who asks for them.
//!
//! One window of three bytes stands for each literal: the one that is least common in source text. A table over hashed
//! windows says in a few instructions a byte whether a literal may stand there; only then it is compared. Unlike an
//! automaton, which has a state for every byte of every literal, the hot part of the table fits the nearest cache,
//! and it takes microseconds to build.

/// Bytes of a window.
const WIDTH: usize = 3;
/// Windows that one load of eight bytes holds.
const STEP: usize = 8 - WIDTH + 1;
/// Hashes of windows.
const HASHES: usize = 1 << 16;

/// A set of literals, ready to search with.
pub struct Literals {
    literals: Vec<Vec<u8>>,
    /// By the hash of a window: 0 if it stands for no literal, else the number of a bucket. Windows share buckets when
    /// their hashes are one, or when there are more of them than numbers.
    table: Box<[u8; HASHES]>,
    buckets: Vec<Vec<Candidate>>,
}

/// A literal that is there if its window is.
#[derive(Clone, Copy)]
struct Candidate {
    literal: usize,
    /// Where in the literal the window begins.
    window: usize,
    /// The window itself, or as much of it as the literal has, and which bits of the text are compared with it.
    bytes: u64,
    mask: u64,
}

impl std::fmt::Debug for Literals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.literals.iter().map(|literal| String::from_utf8_lossy(literal))).finish()
    }
}

impl Literals {
    /// Empty literals are never found.
    pub fn new(literals: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let literals: Vec<Vec<u8>> = literals.into_iter().map(Into::into).collect();
        let mut out = Self {
            literals: Vec::new(),
            table: Box::new([0; HASHES]),
            buckets: vec![Vec::new(); usize::from(u8::MAX)],
        };
        let mut next = 0;
        for (literal, bytes) in literals.iter().enumerate() {
            let Some((at, window)) = rarest_window(bytes) else { continue };
            let bits = 8 * window.len();
            let candidate = Candidate { literal, window: at, bytes: number(window), mask: (1 << bits) - 1 };
            // A short literal goes on in many ways.
            for rest in 0..1_u64 << (8 * WIDTH - bits) {
                let hash = usize::try_from(hashes(candidate.bytes | rest << bits)).unwrap_or(0) % HASHES;
                let Some(entry) = out.table.get_mut(hash) else { continue };
                if *entry == 0 {
                    *entry = next + 1;
                    next = (next + 1) % u8::MAX;
                }
                let Some(bucket) = out.buckets.get_mut(usize::from(*entry - 1)) else { continue };
                if bucket.last().is_none_or(|last| last.literal != literal) {
                    bucket.push(candidate);
                }
            }
        }
        out.literals = literals;
        out
    }

    /// Tell `found` of every occurrence: the literal's number and where it begins. Roughly in the order of the text: no
    /// occurrence comes behind one that begins further on by the length of the longest literal or more.
    pub fn find(&self, bytes: &[u8], mut found: impl FnMut(usize, usize)) {
        let mut at = 0;
        while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            let block = u64::from_le_bytes(*block);
            let hashes = hashes(block);
            let any = (0..STEP).fold(0, |any, window| any | self.bucket_of(hashes >> (8 * window)));
            if any != 0 {
                (0..STEP).for_each(|window| self.verify(bytes, at + window, block >> (8 * window), &mut found));
            }
            at += STEP;
        }
        // The last windows, and those that reach beyond the end.
        let rest = bytes.get(at..).unwrap_or_default();
        let block = number(rest);
        (0..rest.len()).for_each(|window| self.verify(bytes, at + window, block >> (8 * window), &mut found));
    }

    /// Of the hash in the lowest bits.
    fn bucket_of(&self, hash: u64) -> u8 {
        usize::try_from(hash).ok().and_then(|hash| self.table.get(hash % HASHES)).copied().unwrap_or(0)
    }

    /// Compare the literals that may have the `window` that stands at `at`.
    #[inline]
    fn verify(&self, bytes: &[u8], at: usize, window: u64, found: &mut impl FnMut(usize, usize)) {
        let Some(bucket) = usize::from(self.bucket_of(hashes(window))).checked_sub(1) else { return };
        let candidates = self.buckets.get(bucket).into_iter().flatten();
        for candidate in candidates.filter(|candidate| window & candidate.mask == candidate.bytes) {
            let (Some(start), Some(literal)) = (at.checked_sub(candidate.window), self.literals.get(candidate.literal))
            else {
                continue;
            };
            if bytes.get(start..).is_some_and(|text| text.starts_with(literal)) {
                found(candidate.literal, start);
            }
        }
    }
}

/// The hashes of all windows in a block: that of the window which begins at a byte is in the sixteen bits from there on,
/// and depends on the window's bytes alone.
fn hashes(block: u64) -> u64 {
    block ^ block >> 5 ^ block >> 8
}

/// Up to eight bytes as a number, the first one lowest.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The least common window of a literal and where it begins; all of a literal that is shorter.
fn rarest_window(literal: &[u8]) -> Option<(usize, &[u8])> {
    let frequency = |window: &[u8]| window.iter().map(|byte| frequency(*byte)).sum::<u32>();
    let whole = Some((0, literal)).filter(|_| !literal.is_empty());
    literal.windows(WIDTH).enumerate().min_by_key(|(_, window)| frequency(window)).or(whole)
}

/// How common a byte is in source text, in rough steps.
fn frequency(byte: u8) -> u32 {
    match byte {
        b' ' | b'e' | b't' | b'a' | b'o' | b'n' | b'i' | b's' | b'r' => 8,
        b'l' | b'c' | b'd' | b'u' | b'p' | b'm' | b'f' | b'h' => 6,
        b'g' | b'b' | b'y' | b'v' | b'w' | b'x' | b'k' | b'_' | b'A' => 4,
        b'\n' | b'.' | b',' | b'(' | b')' | b'"' | b'\'' => 4,
        b'a'..=b'z' | b'0'..=b'9' | b'-' | b'/' | b':' | b'=' | b';' => 3,
        b'B'..=b'Z' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(literals: &[Vec<u8>], text: &[u8]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        Literals::new(literals.to_vec()).find(text, |literal, at| found.push((literal, at)));
        found.sort_unstable();
        found
    }

    fn by_plain_search(literals: &[Vec<u8>], text: &[u8]) -> Vec<(usize, usize)> {
        let at = |literal: &Vec<u8>| {
            (0..text.len()).filter(|at| !literal.is_empty() && text[*at..].starts_with(literal)).collect::<Vec<_>>()
        };
        literals
            .iter()
            .enumerate()
            .flat_map(|(number, literal)| at(literal).into_iter().map(move |at| (number, at)))
            .collect()
    }

    #[test]
    fn more_literals_than_buckets_are_all_found() {
        let literals: Vec<Vec<u8>> = (0..2_000).map(|number| format!("<{number:x}>").into_bytes()).collect();
        let text = literals.concat();
        assert_eq!(found(&literals, &text), by_plain_search(&literals, &text));
    }

    #[test]
    fn a_literal_is_found_at_the_very_end() {
        for length in 0..20 {
            let text = [vec![b'.'; length], b"ab".to_vec()].concat();
            assert_eq!(found(&[b"ab".to_vec(), b"b".to_vec()], &text), [(0, length), (1, length + 1)]);
        }
    }

    proptest! {
        #[test]
        fn the_same_as_a_plain_search(
            literals in prop::collection::vec(prop::collection::vec(97_u8..100, 0..6), 0..6),
            text in prop::collection::vec(97_u8..101, 0..60),
        ) {
            prop_assert_eq!(found(&literals, &text), by_plain_search(&literals, &text));
        }
    }
}
