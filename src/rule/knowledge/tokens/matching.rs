//! Recognising a token around an anchor. Bounded: every choice is a step, and steps are counted.

use super::TokenFormat;
use super::class::Class;
use super::escape::{character, character_before, ends_before, is_control, is_word};
use super::part::Part;
use super::placeholder::is_placeholder;
use crate::text::Span;

/// Choices that one anchor may cost.
const MAX_STEPS: usize = 2_000;
/// Bytes before and behind a token in which one of the format's words stands, if it asks for one.
const NEAR_BEFORE: usize = 256;
const NEAR_BEHIND: usize = 64;
/// Longest JSON object in base 64.
const MAX_JSON: usize = 4_096;

/// A token that was found.
#[derive(Clone, Copy, Debug)]
pub struct TokenMatch<'a> {
    pub format: &'a TokenFormat,
    pub span: Span,
}

impl TokenFormat {
    /// The token whose anchor stands at `at`, if there is one: every part fits, nothing of the same kind stands before
    /// or behind it, the checksum is right, the random part is no placeholder, and the words around it are those that
    /// the format asks for.
    pub fn matches_at(&self, text: &str, at: usize) -> Option<TokenMatch<'_>> {
        self.shape_at(text, at).filter(|token| self.fits_neighbourhood(text.as_bytes(), token.span))
    }

    /// Like [`TokenFormat::matches_at`], whatever stands around it.
    pub(super) fn shape_at(&self, text: &str, at: usize) -> Option<TokenMatch<'_>> {
        let bytes = text.as_bytes();
        let start = self.start(bytes, at)?;
        let end = self.match_parts(bytes, start, at)?;
        let span = Span::new(start, end);
        let token = written(bytes, span);
        let known = if self.lead.is_some() { 0 } else { self.visible.min(token.len()) };
        let is_made_up = is_placeholder(&token, known) || self.published.contains(&crc32fast::hash(&token));
        (!is_made_up).then_some(TokenMatch { format: self, span })
    }

    /// Where the token begins whose anchor stands at `at`.
    fn start(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let Some(lead) = self.lead else {
            let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied();
            return (!before.is_some_and(is_word) || ends_before(bytes, at)).then_some(at);
        };
        let (mut start, mut taken, mut first) = (at, 0, 0);
        while let Some((_, length)) = character_before(bytes, start).filter(|(byte, _)| lead.class.holds(*byte)) {
            (start, taken, first) = (start - length, taken + 1, length);
            if taken > lead.max + 1 {
                return None;
            }
        }
        // The letter of an escape such as `\n` is none of the token's.
        let letter = start.checked_sub(1).and_then(|before| bytes.get(before..=start));
        if first == 1 && letter.is_some_and(is_control) {
            (start, taken) = (start + 1, taken - 1);
        } else if character_before(bytes, start).is_some_and(|(byte, _)| is_word(byte)) && !ends_before(bytes, start) {
            return None;
        }
        (lead.min..=lead.max).contains(&taken).then_some(start)
    }

    fn match_parts(&self, bytes: &[u8], start: usize, anchor: usize) -> Option<usize> {
        let mut pending: Vec<(usize, usize)> = vec![(0, anchor)];
        // A stack of choices instead of recursion: (part, offset).
        let mut steps = 0;
        while let Some((part, at)) = pending.pop() {
            steps += 1;
            if steps > MAX_STEPS {
                return None;
            }
            match self.parts.get(part) {
                None if self.ends_cleanly(bytes, at) => return Some(at),
                None => {}
                Some(Part::Literal(words)) => {
                    let ends = words.iter().filter_map(|word| literal(bytes, at, word.as_bytes()));
                    pending.extend(ends.map(|end| (part + 1, end)));
                }
                Some(Part::Run { class, min, max }) => {
                    // Longest last, so that it is tried first.
                    let ends = ends(bytes, at, *class, *max);
                    pending.extend(ends.into_iter().skip(*min).map(|end| (part + 1, end)));
                }
                Some(Part::Checksum(checksum)) => {
                    let token = written(bytes, Span::new(start, at));
                    let literal = self.anchors.iter().filter(|anchor| token.starts_with(anchor.as_bytes()));
                    let expected = checksum.of(&token, literal.map(String::len).max().unwrap_or(0));
                    pending.extend(literal_of(bytes, at, &expected).map(|end| (part + 1, end)));
                }
                Some(Part::Json(json)) => {
                    let mut end = ends(bytes, at, json.class, MAX_JSON).last().copied().unwrap_or(at);
                    if json.fits(&written(bytes, Span::new(at, end))) {
                        while let Some((b'=', length)) = character(bytes, end) {
                            end += length;
                        }
                        pending.push((part + 1, end));
                    }
                }
            }
        }
        None
    }

    /// Whether the token ends at `at`: what follows would not belong to it.
    fn ends_cleanly(&self, bytes: &[u8], at: usize) -> bool {
        let class = self.parts.iter().rev().find_map(Part::class).unwrap_or(Class::Word);
        !character(bytes, at).is_some_and(|(byte, _)| class.holds(byte) || byte.is_ascii_alphanumeric())
    }

    fn fits_neighbourhood(&self, bytes: &[u8], token: Span) -> bool {
        let before = bytes.get(token.start.saturating_sub(NEAR_BEFORE)..token.start).unwrap_or_default();
        let behind = bytes.get(token.end..bytes.len().min(token.end + NEAR_BEHIND)).unwrap_or_default();
        let has = |around: &[u8], word: &str| {
            around.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
        };
        let any = |words: &[String]| words.iter().any(|word| has(before, word) || has(behind, word));
        (self.near.is_empty() || any(&self.near)) && !any(&self.unless)
    }
}

/// Where `word` ends that begins at `at`.
fn literal(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    word.iter().try_fold(at, |at, expected| {
        character(bytes, at).filter(|(byte, _)| byte == expected).map(|(_, length)| at + length)
    })
}

fn literal_of(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    literal(bytes, at, word).filter(|end| *end > at)
}

/// The offsets behind none, one, two, … characters of `class`, at most `max` of them.
fn ends(bytes: &[u8], at: usize, class: Class, max: usize) -> Vec<usize> {
    let mut ends = vec![at];
    let mut end = at;
    while ends.len() <= max {
        let Some((_, length)) = character(bytes, end).filter(|(byte, _)| class.holds(*byte)) else { break };
        end += length;
        ends.push(end);
    }
    ends
}

/// The characters of `span` without their escapes.
fn written(bytes: &[u8], span: Span) -> Vec<u8> {
    let bytes = bytes.get(..span.end).unwrap_or_default();
    let mut out = Vec::with_capacity(span.len());
    let mut at = span.start;
    while let Some((byte, length)) = character(bytes, at) {
        out.push(byte);
        at += length;
    }
    out
}
