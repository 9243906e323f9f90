//! Token formats: the structure that a provider gives its tokens, checked part by part, with checksums.
//!
//! One description serves both ways: it recognises a token at an anchor, and it builds one for a rule case.

mod base64;
mod checksum;
mod class;
mod escape;
mod generate;
mod matching;
mod part;
mod placeholder;

pub use generate::Generated;
pub use matching::TokenMatch;

use super::super::diagnostic::Problems;
use super::super::table::TableReader;
use crate::text::Literals;
use class::Class;
use part::Part;
use std::collections::HashMap;
use std::sync::OnceLock;

/// Shortest literal that may wake the search.
const MIN_ANCHOR: usize = 3;

/// `{"` in base 64.
const OBJECT: &str = "eyJ";

/// All formats.
#[derive(Debug, Default)]
pub struct Tokens {
    pub formats: Vec<TokenFormat>,
    /// The anchors of all formats, built when a text first asks, with the format that each belongs to.
    search: OnceLock<Literals>,
    owners: Vec<usize>,
    /// The formats whose anchor begins with these bytes, in the order of the table.
    by_head: HashMap<[u8; MIN_ANCHOR], Vec<usize>>,
}

#[derive(Clone, Debug)]
pub struct TokenFormat {
    pub id: String,
    /// For people: `GitHub personal access token`.
    pub name: String,
    /// Leading characters that may be shown.
    pub visible: usize,
    /// Where the format is described.
    pub reference: String,
    pub example: String,
    pub near_miss: Vec<String>,
    /// Literals that wake the search, one of which every token holds: at its start, or behind the lead. Those with
    /// characters that URLs and JSON escape stand here in each way of writing.
    pub anchors: Vec<String>,
    /// Words, one of which stands near a token; empty if the format is distinct enough by itself.
    pub near: Vec<String>,
    /// Words that say of a token near them that it is meant for everybody.
    unless: Vec<String>,
    /// Random characters before the anchor.
    lead: Option<Lead>,
    /// From the anchor on.
    parts: Vec<Part>,
    /// CRC-32 of tokens that the provider itself publishes, for examples and emulators.
    published: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Lead {
    class: Class,
    min: usize,
    max: usize,
}

impl Tokens {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let formats = table.tables("format", problems).into_iter().filter_map(|row| TokenFormat::read(row, problems));
        Self::of(formats.collect())
    }

    fn of(formats: Vec<TokenFormat>) -> Self {
        let owners = formats.iter().enumerate().flat_map(|(at, format)| vec![at; format.anchors.len()]).collect();
        let mut by_head: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, format) in formats.iter().enumerate() {
            for head in format.anchors.iter().filter_map(|anchor| anchor.as_bytes().first_chunk()) {
                let owners = by_head.entry(*head).or_default();
                if owners.last() != Some(&at) {
                    owners.push(at);
                }
            }
        }
        Self { formats, search: OnceLock::new(), owners, by_head }
    }

    /// Those of the formats that `wanted` names, for use at known anchors.
    pub fn only(&self, wanted: impl Fn(&TokenFormat) -> bool) -> Self {
        Self::of(self.formats.iter().filter(|format| wanted(format)).cloned().collect())
    }

    pub fn get(&self, id: &str) -> Option<&TokenFormat> {
        self.formats.iter().find(|format| format.id == id)
    }

    /// The token whose anchor stands at `at`.
    pub fn at(&self, text: &str, at: usize) -> Option<TokenMatch<'_>> {
        let head = text.as_bytes().get(at..)?.first_chunk()?;
        let formats = self.by_head.get(head)?.iter().filter_map(|format| self.formats.get(*format));
        formats.into_iter().find_map(|format| format.matches_at(text, at))
    }

    /// All tokens in `text`, sorted, by plain search: for redaction and values, not for whole trees.
    pub fn find_all(&self, text: &str) -> Vec<TokenMatch<'_>> {
        self.search(text, TokenFormat::matches_at)
    }

    /// All tokens in `text` by their shape alone, whatever words stand near them: a part of a text lacks its
    /// neighbourhood, and what must not be shown is rather hidden once too often.
    pub fn find_shapes(&self, text: &str) -> Vec<TokenMatch<'_>> {
        self.search(text, TokenFormat::shape_at)
    }

    fn search<'a>(
        &'a self,
        text: &str,
        matches: impl Fn(&'a TokenFormat, &str, usize) -> Option<TokenMatch<'a>>,
    ) -> Vec<TokenMatch<'a>> {
        let anchors = || self.formats.iter().flat_map(|format| &format.anchors).map(String::as_bytes);
        let mut found = Vec::new();
        self.search.get_or_init(|| Literals::new(anchors())).find(text.as_bytes(), |anchor, at| {
            let Some(format) = self.owners.get(anchor).copied() else { return };
            let token = self.formats.get(format).and_then(|owner| matches(owner, text, at));
            found.extend(token.map(|token| (token, format)));
        });
        // Of two formats that fit one token, the earlier row speaks.
        found.sort_by_key(|(token, format)| (token.span.start, *format, std::cmp::Reverse(token.span.end)));
        found.dedup_by(|(later, _), (earlier, _)| earlier.span.overlaps(later.span));
        found.into_iter().map(|(token, _)| token).collect()
    }
}

impl TokenFormat {
    fn read(mut row: TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let id = row.required_str("id", problems)?.value.to_owned();
        let name = row.required_str("name", problems)?.value.to_owned();
        let reference = row.required_str("reference", problems)?.value.to_owned();
        let example = row.required_str("example", problems)?.value.to_owned();
        let near_miss = row.owned_strings("near_miss", problems);
        if near_miss.is_empty() {
            problems.add(row.span(), "`near_miss` is missing");
        }
        let near = row.owned_strings("near", problems);
        let unless = row.owned_strings("unless", problems);
        let visible = row.integer("visible", problems).and_then(|n| usize::try_from(n).ok());
        let published = row.owned_strings("published", problems);
        let published = published.iter().filter_map(|crc| u32::from_str_radix(crc, 16).ok()).collect();
        let parts = row.tables("parts", problems).into_iter().filter_map(|part| Part::read(part, problems));
        let mut parts: Vec<Part> = parts.collect();
        let lead = match parts.first() {
            Some(Part::Run { class, min, max }) => Some(Lead { class: *class, min: *min, max: *max }),
            _ => None,
        };
        if lead.is_some() {
            parts.remove(0);
        }
        // An object's base 64 begins with `{"`.
        let mut anchors = match (parts.first(), parts.get(1)) {
            (Some(Part::Literal(words)), Some(Part::Json(_))) => {
                words.iter().map(|word| format!("{word}{OBJECT}")).collect()
            }
            (Some(Part::Literal(words)), _) => words.clone(),
            (Some(Part::Json(_)), _) => vec![OBJECT.to_owned()],
            _ => Vec::new(),
        };
        if anchors.is_empty() || anchors.iter().any(|anchor| anchor.len() < MIN_ANCHOR) {
            problems.add(
                row.span(),
                "`parts` begins with a literal of three characters or more, or has one behind the first run",
            );
            return None;
        }
        row.finish(problems);
        let shortest = anchors.iter().map(String::len).min().unwrap_or(0);
        let visible = visible.unwrap_or(if lead.is_some() { 0 } else { shortest });
        let escaped: Vec<String> = anchors.iter().flat_map(|anchor| escape::escaped(anchor)).collect();
        anchors.extend(escaped);
        Some(Self { id, name, visible, reference, example, near_miss, anchors, near, unless, lead, parts, published })
    }

    fn all_parts(&self) -> impl Iterator<Item = Part> + '_ {
        let lead = self.lead.map(|lead| Part::Run { class: lead.class, min: lead.min, max: lead.max });
        lead.into_iter().chain(self.parts.iter().cloned())
    }

    /// The name with its article, for the middle of a sentence.
    pub fn described(&self) -> String {
        let article = if self.name.to_ascii_lowercase().starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} {}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Knowledge;
    use super::*;

    fn tokens() -> Tokens {
        Knowledge::embedded().unwrap().tokens
    }

    #[test]
    fn every_format_finds_its_own_tokens_and_none_that_is_off() {
        for format in &tokens().formats {
            for seed in 0..20 {
                let token = format.generate(seed, Generated::Valid);
                let near = format.near.first().map_or("", String::as_str);
                let found = |token: &str| {
                    let text = format!("{near} key = \"{token}\"\n");
                    let only = Tokens::of(vec![format.clone()]);
                    only.find_all(&text)
                        .iter()
                        .map(|found| found.span.slice(&text).unwrap().to_owned())
                        .collect::<Vec<_>>()
                };
                assert_eq!(found(&token), [token.as_str()], "{}", format.id);
                assert!(found(&format!("x{token}")).is_empty(), "{}: part of a longer word", format.id);
                for (what, token) in format.near_misses(seed) {
                    assert!(found(&token).is_empty(), "{} {what} {token}", format.id);
                }
            }
        }
    }

    #[test]
    fn tokens_are_found_behind_escapes_and_not_inside_words() {
        let tokens = tokens();
        let token = tokens.get("npm-token").unwrap().generate(1, Generated::Valid);
        for text in [format!("a\\n{token}"), format!("?t%3D{token}&x"), format!("//x:{token}@h"), format!("={token};")]
        {
            assert_eq!(tokens.find_all(&text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_word_nearby_is_asked_for_where_the_shape_is_weak() {
        let tokens = tokens();
        for format in tokens.formats.iter().filter(|format| !format.near.is_empty()) {
            let token = format.generate(3, Generated::Valid);
            assert!(tokens.find_all(&token).is_empty(), "{}", format.id);
            assert_eq!(tokens.find_shapes(&token).len(), 1, "{}", format.id);
        }
    }
}
