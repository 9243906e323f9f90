//! Phrases of texts that models read, in sets: what each set says, and how that is said in the languages of the world.
//!
//! Expressions are matched against normalised text and are folded as it is, so that they may be written with accents.

use super::super::diagnostic::Problems;
use super::super::expression::Expression;
use super::super::table::{Spanned, TableReader};
use crate::text::{Literals, folded};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The table, read when somebody asks.
#[derive(Debug, Default)]
pub struct Phrases(OnceLock<PhraseTable>);

impl Phrases {
    pub fn get(&self) -> &PhraseTable {
        self.0.get_or_init(|| super::read("phrases.toml", true, PhraseTable::read).table)
    }
}

/// All rows.
#[derive(Debug, Default)]
pub struct PhraseTable {
    pub sets: Vec<PhraseSet>,
    pub phrases: Vec<Phrase>,
    pub examples: Vec<PhraseExample>,
    /// By literal: the phrases that it wakes.
    wakes: Vec<Vec<usize>>,
    literals: OnceLock<Literals>,
    anchors: Vec<Vec<u8>>,
}

/// Phrases that say one thing.
#[derive(Debug)]
pub struct PhraseSet {
    pub name: String,
    /// What they say, for a message: `hides something from the user`.
    pub says: String,
}

#[derive(Debug)]
pub struct Phrase {
    /// Index of its set.
    pub set: usize,
    pub regex: Expression,
}

/// One row's self-test.
#[derive(Debug)]
pub struct PhraseExample {
    pub set: String,
    pub text: String,
    pub expected: bool,
}

impl PhraseTable {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let mut out = Self::default();
        for mut row in table.tables("set", problems) {
            let mut text = |key| row.required_str(key, problems).map_or("", |text| text.value).to_owned();
            let set = PhraseSet { name: text("name"), says: text("says") };
            row.finish(problems);
            out.sets.push(set);
        }
        let mut by_anchor: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for mut row in table.tables("phrase", problems) {
            let set = row.required_str("set", problems);
            row.required_str("language", problems);
            let anchors = row.owned_strings("anchors", problems);
            if anchors.is_empty() {
                problems.add(row.span(), "`anchors` is missing");
            }
            let regex = row.required_str("regex", problems);
            let mut examples = Vec::new();
            for (key, expected) in [("example", true), ("near_miss", false)] {
                let texts = row.owned_strings(key, problems);
                if texts.is_empty() {
                    problems.add(row.span(), format!("`{key}` is missing"));
                }
                examples.extend(texts.into_iter().map(|text| (text, expected)));
            }
            row.finish(problems);
            let (Some(name), Some(regex)) = (set, regex) else { continue };
            let Some(set) = out.sets.iter().position(|set| set.name == name.value) else {
                problems.add(name.span, format!("there is no set `{}`", name.value));
                continue;
            };
            // The text is ASCII where these words are, and boundaries of ASCII words are much cheaper.
            let plain = folded(regex.value).replace(r"\b", r"(?-u:\b)");
            let Some(regex) = Expression::read(Spanned { value: &plain, span: regex.span }, problems) else { continue };
            for anchor in anchors {
                by_anchor.entry(folded(&anchor)).or_default().push(out.phrases.len());
            }
            out.phrases.push(Phrase { set, regex });
            let example = |(text, expected)| PhraseExample { set: name.value.to_owned(), text, expected };
            out.examples.extend(examples.into_iter().map(example));
        }
        for (anchor, phrases) in by_anchor {
            out.anchors.push(anchor.into_bytes());
            out.wakes.push(phrases);
        }
        out
    }

    pub fn set(&self, name: &str) -> Option<usize> {
        self.sets.iter().position(|set| set.name == name)
    }

    /// Tell of every literal in a normalised text that wakes a phrase: the phrase's index, and where the literal stands.
    pub fn wake(&self, text: &str, mut woken: impl FnMut(usize, usize)) {
        let literals = self.literals.get_or_init(|| Literals::new(self.anchors.iter().cloned()));
        literals.find(text.as_bytes(), |literal, at| {
            self.wakes.get(literal).into_iter().flatten().for_each(|phrase| woken(*phrase, at));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::Knowledge;
    use crate::text::{Breaks, Span, normalise};

    #[test]
    fn every_row_takes_its_examples_and_leaves_its_near_misses() {
        Knowledge::check_expressions().unwrap();
        let knowledge = Knowledge::embedded().unwrap();
        let table = knowledge.phrases.get();
        assert!(table.examples.len() > 100);
        let mut wrong = Vec::new();
        for example in &table.examples {
            let characters = example.text.char_indices().map(|(at, c)| (c, Span::new(at, at + c.len_utf8())));
            let plain = normalise(characters, Breaks::Kept).swap_remove(0).text;
            let mut found = false;
            table.wake(&plain, |phrase, _| {
                let phrase = &table.phrases[phrase];
                found |= table.sets[phrase.set].name == example.set && phrase.regex.is_match(&plain);
            });
            if found != example.expected {
                wrong.push(format!("{}: {} ({plain})", example.set, example.text));
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    }
}
