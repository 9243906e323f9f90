//! One pass over the bytes of a file for all literals of all rules. Most files hold none and are done with here.

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use std::collections::BTreeMap;

/// Offsets that one slot remembers in one file at most.
const MAX_HITS: usize = 20_000;
/// Literals of one automaton at most, while there are few. Up to here a vectorised search finds the candidates, several
/// times faster than the automaton alone; as many passes of that kind as below are cheaper than one without.
const MAX_LITERALS: usize = 48;
const MAX_PASSES: usize = 3;

/// Slots before this one are the engine's own: they ask whether a literal is there at all, so their hits are not cut
/// but left out.
pub(super) const OWN_SLOTS: usize = 2;

/// Finds every occurrence of every literal and says which slots it wakes.
#[derive(Debug)]
pub(super) struct Prefilter {
    passes: Vec<Pass>,
    slots: usize,
}

/// One automaton over some of the literals.
#[derive(Debug)]
struct Pass {
    automaton: AhoCorasick,
    /// By pattern: the slots that wake on it, each with the literal that must really stand there.
    wakes: Vec<Vec<Wake>>,
}

#[derive(Debug)]
struct Wake {
    slot: usize,
    literal: Vec<u8>,
}

/// The offsets at which each slot's literals stand, in order.
#[derive(Debug, Default)]
pub(super) struct Hits {
    by_slot: Vec<Vec<usize>>,
    /// A slot had more hits than are kept.
    pub cut: bool,
}

impl Hits {
    pub(super) fn of(&self, slot: usize) -> &[usize] {
        self.by_slot.get(slot).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_slot.is_empty()
    }

    fn push(&mut self, slot: usize, offset: usize, slots: usize) {
        if self.by_slot.is_empty() {
            self.by_slot.resize(slots, Vec::new());
        }
        let Some(offsets) = self.by_slot.get_mut(slot) else { return };
        if offsets.last() == Some(&offset) {
            return;
        }
        if offsets.len() < MAX_HITS {
            offsets.push(offset);
        } else {
            self.cut |= slot >= OWN_SLOTS;
        }
    }
}

impl Prefilter {
    /// `literals`: for each slot, what wakes it.
    pub(super) fn new(literals: &[Vec<Vec<u8>>]) -> Self {
        let mut by_literal: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (slot, literals) in literals.iter().enumerate() {
            for literal in literals.iter().filter(|literal| !literal.is_empty()) {
                by_literal.entry(literal).or_default().push(slot);
            }
        }
        // A literal that begins with another needs no pattern of its own: wherever it stands, the shorter one does.
        // Sorted order puts it right behind; and no two patterns can then begin at one offset.
        let mut patterns: Vec<(&[u8], Vec<Wake>)> = Vec::new();
        for (literal, slots) in by_literal {
            let is_covered = patterns.last().is_some_and(|(last, _)| literal.starts_with(last));
            if !is_covered {
                patterns.push((literal, Vec::new()));
            }
            if let Some((_, wakes)) = patterns.last_mut() {
                wakes.extend(slots.into_iter().map(|slot| Wake { slot, literal: literal.to_vec() }));
            }
        }
        // Literals beyond ASCII are found by their few first bytes, which most files do not have at all.
        let first_beyond = patterns.partition_point(|(literal, _)| literal.first().is_some_and(u8::is_ascii));
        let beyond = patterns.split_off(first_beyond);
        let mut passes: Vec<Pass> = Vec::new();
        let most = if patterns.len() > MAX_PASSES * MAX_LITERALS { patterns.len() } else { MAX_LITERALS };
        while !patterns.is_empty() {
            let rest = patterns.split_off(patterns.len().min(most));
            passes.extend(Pass::new(std::mem::replace(&mut patterns, rest)));
        }
        passes.extend(Pass::new(beyond));
        Self { passes, slots: literals.len() }
    }

    pub(super) fn scan(&self, bytes: &[u8]) -> Hits {
        let mut hits = Hits::default();
        for pass in &self.passes {
            pass.scan(bytes, self.slots, &mut hits);
        }
        if self.passes.len() > 1 {
            hits.by_slot.iter_mut().for_each(|offsets| offsets.sort_unstable());
        }
        hits
    }
}

impl Pass {
    fn new(patterns: Vec<(&[u8], Vec<Wake>)>) -> Option<Self> {
        let (literals, wakes): (Vec<&[u8]>, Vec<Vec<Wake>>) = patterns.into_iter().unzip();
        if literals.is_empty() {
            return None;
        }
        let mut builder = AhoCorasick::builder();
        builder.kind(Some(AhoCorasickKind::DFA)).match_kind(MatchKind::LeftmostFirst);
        Some(Self { automaton: builder.build(&literals).ok()?, wakes })
    }

    fn scan(&self, bytes: &[u8], slots: usize, hits: &mut Hits) {
        let mut from = 0;
        while let Some(found) = self.automaton.find(Input::new(bytes).range(from..)) {
            // The next may begin inside this one.
            from = found.start() + 1;
            let rest = bytes.get(found.start()..).unwrap_or_default();
            for wake in self.wakes.get(found.pattern().as_usize()).into_iter().flatten() {
                if rest.starts_with(&wake.literal) {
                    hits.push(wake.slot, found.start(), slots);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn literals(slots: &[&[&str]]) -> Vec<Vec<Vec<u8>>> {
        slots.iter().map(|slot| slot.iter().map(|text| text.as_bytes().to_vec()).collect()).collect()
    }

    #[test]
    fn overlapping_and_nested_literals_are_all_found() {
        let filter = Prefilter::new(&literals(&[&["sk-"], &["sk-ant-"], &["ant-x"], &["zz"]]));
        let hits = filter.scan(b"a sk-ant-x sk-b");
        assert_eq!((hits.of(0), hits.of(1), hits.of(2), hits.of(3)), (&[2, 11][..], &[2][..], &[5][..], &[][..]));
    }

    #[test]
    fn a_text_without_literals_allocates_nothing() {
        assert!(Prefilter::new(&literals(&[&["needle"]])).scan(b"hay hay hay").is_empty());
        assert!(Prefilter::new(&[]).scan(b"hay").is_empty());
    }

    proptest! {
        #[test]
        fn the_same_hits_as_a_plain_search(
            slots in prop::collection::vec(prop::collection::vec("[ab]{1,3}", 0..3), 0..5),
            text in "[abc]{0,30}",
        ) {
            let literals: Vec<Vec<Vec<u8>>> =
                slots.iter().map(|slot| slot.iter().map(|text| text.as_bytes().to_vec()).collect()).collect();
            let hits = Prefilter::new(&literals).scan(text.as_bytes());
            for (slot, words) in slots.iter().enumerate() {
                let starts = |at: &usize| words.iter().any(|word| text[*at..].starts_with(word.as_str()));
                let expected: Vec<usize> = (0..text.len()).filter(starts).collect();
                prop_assert_eq!(hits.of(slot), &expected[..]);
            }
        }
    }
}
