//! One pass over the bytes of a file for the literals of all rules that can apply to its language. Most files hold none
//! and are done with here.

use crate::document::Language;
use crate::text::Literals;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Offsets that one slot remembers in one file at most.
const MAX_HITS: usize = 20_000;

/// What wakes somebody.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    pub literals: Vec<Vec<u8>>,
    /// Only in files of these languages; in all if empty.
    pub languages: Vec<Language>,
    /// It only asks whether a literal is there at all, so that one hit is enough.
    pub once: bool,
}

/// Finds every occurrence of every literal and says which slots it wakes.
#[derive(Debug)]
pub(super) struct Prefilter {
    slots: Vec<Slot>,
    /// By language, as in [`Language::ALL`]: which of the searches below.
    by_language: Vec<usize>,
    /// One search for all languages in which the same slots are awake, built when the first such file comes.
    searches: Vec<Search>,
}

#[derive(Debug)]
struct Search {
    /// Slots that look for something.
    slots: Vec<usize>,
    /// Bytes of the longest literal.
    longest: usize,
    built: OnceLock<Built>,
}

#[derive(Debug)]
struct Built {
    literals: Literals,
    /// By literal: the slots that wake on it.
    wakes: Vec<Vec<usize>>,
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

    fn push(&mut self, at: usize, offset: usize, search: &Search, slots: &[Slot]) {
        if self.by_slot.is_empty() {
            self.by_slot.resize(slots.len(), Vec::new());
        }
        let Some((offsets, slot)) = self.by_slot.get_mut(at).zip(slots.get(at)) else { return };
        if slot.once && !offsets.is_empty() {
            return;
        }
        offsets.push(offset);
        // They come almost in order, so what is far behind will not be among the first.
        let enough = MAX_HITS + search.longest;
        if offsets.len() >= 2 * enough {
            settle(offsets);
            offsets.truncate(enough);
        }
    }

    /// Into the order of the text, each once, and not too many.
    fn settle(&mut self) {
        for offsets in &mut self.by_slot {
            settle(offsets);
            self.cut |= offsets.len() > MAX_HITS;
            offsets.truncate(MAX_HITS);
        }
    }
}

fn settle(offsets: &mut Vec<usize>) {
    offsets.sort_unstable();
    offsets.dedup();
}

impl Prefilter {
    pub(super) fn new(slots: Vec<Slot>) -> Self {
        let mut searches: Vec<Search> = Vec::new();
        let mut by_language = Vec::with_capacity(Language::ALL.len());
        for (language, _) in Language::ALL {
            let awake = |slot: &Slot| slot.languages.is_empty() || slot.languages.contains(language);
            let awake: Vec<usize> = (0..).zip(&slots).filter(|(_, slot)| awake(slot)).map(|(at, _)| at).collect();
            let known = searches.iter().position(|search| search.slots == awake);
            by_language.push(known.unwrap_or(searches.len()));
            if known.is_none() {
                let literals = awake.iter().filter_map(|at| slots.get(*at)).flat_map(|slot| &slot.literals);
                let longest = literals.map(Vec::len).max().unwrap_or(0);
                searches.push(Search { slots: awake, longest, built: OnceLock::new() });
            }
        }
        Self { slots, by_language, searches }
    }

    pub(super) fn scan(&self, bytes: &[u8], language: Language) -> Hits {
        let mut hits = Hits::default();
        let at = Language::ALL.iter().position(|(known, _)| *known == language);
        let search = at.and_then(|at| self.searches.get(*self.by_language.get(at)?));
        let Some(search) = search.filter(|_| !bytes.is_empty()) else { return hits };
        let built = search.built.get_or_init(|| Built::new(&self.slots, &search.slots));
        built.literals.find(bytes, |literal, offset| {
            let slots = built.wakes.get(literal).into_iter().flatten();
            slots.for_each(|slot| hits.push(*slot, offset, search, &self.slots));
        });
        hits.settle();
        hits
    }
}

impl Built {
    fn new(slots: &[Slot], awake: &[usize]) -> Self {
        let mut by_literal: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (at, slot) in awake.iter().filter_map(|at| Some((*at, slots.get(*at)?))) {
            for literal in &slot.literals {
                by_literal.entry(literal).or_default().push(at);
            }
        }
        let (literals, wakes): (Vec<&[u8]>, Vec<Vec<usize>>) = by_literal.into_iter().unzip();
        Self { literals: Literals::new(literals), wakes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filter(slots: &[&[&str]]) -> Prefilter {
        let literals = |slot: &[&str]| slot.iter().map(|text| text.as_bytes().to_vec()).collect();
        Prefilter::new(slots.iter().map(|slot| Slot { literals: literals(slot), ..Slot::default() }).collect())
    }

    #[test]
    fn overlapping_and_nested_literals_are_all_found() {
        let filter = filter(&[&["sk-"], &["sk-ant-"], &["ant-x"], &["zz"]]);
        let hits = filter.scan(b"a sk-ant-x sk-b", Language::Plain);
        assert_eq!((hits.of(0), hits.of(1), hits.of(2), hits.of(3)), (&[2, 11][..], &[2][..], &[5][..], &[][..]));
    }

    #[test]
    fn a_text_without_literals_allocates_nothing() {
        assert!(filter(&[&["needle"]]).scan(b"hay hay hay", Language::Plain).is_empty());
        assert!(filter(&[]).scan(b"hay", Language::Plain).is_empty());
    }

    #[test]
    fn a_literal_wakes_nobody_in_other_languages() {
        let slot = |languages: &[Language]| Slot {
            literals: vec![b"needle".to_vec()],
            languages: languages.to_vec(),
            once: false,
        };
        let filter = Prefilter::new(vec![slot(&[]), slot(&[Language::Json, Language::Yaml])]);
        let hits = |language| {
            let hits = filter.scan(b"a needle", language);
            (hits.of(0).len(), hits.of(1).len())
        };
        assert_eq!((hits(Language::Yaml), hits(Language::Rust)), ((1, 1), (1, 0)));
        assert_eq!(filter.searches.len(), 2);
    }

    #[test]
    fn the_first_hits_are_kept_and_the_cut_is_told() {
        let filter = filter(&[&["ab", "abc", "b"], &["none"]]);
        let text = "abc".repeat(MAX_HITS);
        let hits = filter.scan(text.as_bytes(), Language::Plain);
        let expected: Vec<usize> = (0..MAX_HITS / 2).flat_map(|at| [3 * at, 3 * at + 1]).collect();
        assert!(hits.cut && hits.of(0) == expected);
    }

    #[test]
    fn who_asks_once_gets_one_hit_and_no_cut() {
        let once = Slot { literals: vec![b"own".to_vec()], once: true, ..Slot::default() };
        let hits = Prefilter::new(vec![once]).scan("own".repeat(MAX_HITS + 1).as_bytes(), Language::Plain);
        assert_eq!((hits.of(0), hits.cut), (&[0][..], false));
    }

    proptest! {
        #[test]
        fn the_same_hits_as_a_plain_search(
            slots in prop::collection::vec(prop::collection::vec("[ab]{1,3}", 0..3), 0..5),
            text in "[abc]{0,30}",
        ) {
            let literal = |slot: &Vec<String>| slot.iter().map(|text| text.as_bytes().to_vec()).collect();
            let filter = Prefilter::new(
                slots.iter().map(|slot| Slot { literals: literal(slot), ..Slot::default() }).collect(),
            );
            let hits = filter.scan(text.as_bytes(), Language::Plain);
            for (slot, words) in slots.iter().enumerate() {
                let starts = |at: &usize| words.iter().any(|word| text[*at..].starts_with(word.as_str()));
                let expected: Vec<usize> = (0..text.len()).filter(starts).collect();
                prop_assert_eq!(hits.of(slot), &expected[..]);
            }
        }
    }
}
