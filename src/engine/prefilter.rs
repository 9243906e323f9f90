//! One pass over the bytes of a file for all literals of all rules. Most files hold none and are done with here.

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use std::collections::BTreeMap;

/// Offsets that one slot remembers in one file at most.
const MAX_HITS: usize = 20_000;

/// Finds every occurrence of every literal and says which slots it wakes.
#[derive(Debug)]
pub(super) struct Prefilter {
    automaton: Option<AhoCorasick>,
    /// By pattern: the slots that wake on it, each with the literal that must really stand there.
    wakes: Vec<Vec<Wake>>,
    slots: usize,
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
        let mut patterns: Vec<&[u8]> = Vec::new();
        let mut wakes: Vec<Vec<Wake>> = Vec::new();
        for (literal, slots) in by_literal {
            if !patterns.last().is_some_and(|last| literal.starts_with(last)) {
                patterns.push(literal);
                wakes.push(Vec::new());
            }
            if let Some(wakes) = wakes.last_mut() {
                wakes.extend(slots.into_iter().map(|slot| Wake { slot, literal: literal.to_vec() }));
            }
        }
        let automaton = (!patterns.is_empty()).then(|| {
            AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::DFA))
                .match_kind(MatchKind::LeftmostFirst)
                .build(&patterns)
                .ok()
        });
        Self { automaton: automaton.flatten(), wakes, slots: literals.len() }
    }

    pub(super) fn scan(&self, bytes: &[u8]) -> Hits {
        let mut hits = Hits::default();
        let Some(automaton) = &self.automaton else { return hits };
        let mut from = 0;
        while let Some(found) = automaton.find(Input::new(bytes).range(from..)) {
            // The next may begin inside this one.
            from = found.start() + 1;
            let rest = bytes.get(found.start()..).unwrap_or_default();
            for wake in self.wakes.get(found.pattern().as_usize()).into_iter().flatten() {
                if !rest.starts_with(&wake.literal) {
                    continue;
                }
                if hits.by_slot.is_empty() {
                    hits.by_slot.resize(self.slots, Vec::new());
                }
                if let Some(offsets) = hits.by_slot.get_mut(wake.slot) {
                    if offsets.last() == Some(&found.start()) {
                        continue;
                    }
                    if offsets.len() < MAX_HITS {
                        offsets.push(found.start());
                    } else {
                        hits.cut = true;
                    }
                }
            }
        }
        hits
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
