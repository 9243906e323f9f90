//! A text as a model takes it: hidden characters shown, look-alikes folded, references decoded once, white space
//! collapsed, spaced letters joined, in lower case. Every byte knows where in the file it comes from.
//!
//! Linear in the text, and the memory for one stretch of it is bounded. It judges nothing.

mod decode;
mod fold;
mod stretch;

pub use fold::{folded, is_look_alike};

use super::Span;

/// Characters that are normalised at once; what stands across the border is seen because stretches overlap.
const STRETCH: usize = 1 << 16;
const OVERLAP: usize = 1 << 10;

/// What stood between a reader and the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Veil {
    /// Characters that no editor shows.
    Tags,
    /// `&#105;`, `%69`.
    References,
    /// Letters of another script within a Latin word.
    LookAlikes,
    Base64,
    Hex,
    Rot13,
}

/// How white space is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaks {
    /// All of it is one space.
    Collapsed,
    /// Paragraphs, list items and headings stay on lines of their own.
    Kept,
}

/// A normalised stretch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Normal {
    pub text: String,
    segments: Vec<Segment>,
    /// Parts of `text` that a person does not read as they are, in order.
    veils: Vec<(Span, Veil)>,
    /// The whole was decoded.
    pub encoding: Option<Veil>,
}

/// From `at` on, either each byte comes from a byte of the file, or all come from one place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    at: usize,
    len: usize,
    source: Span,
}

impl Segment {
    fn is_verbatim(&self) -> bool {
        self.len == self.source.len()
    }
}

impl Normal {
    /// The place in the file of a part of the text.
    pub fn source(&self, part: Span) -> Span {
        let start = self.segment(part.start).map_or(0, |(segment, inside)| match segment.is_verbatim() {
            true => segment.source.start + inside,
            false => segment.source.start,
        });
        let last = part.end.max(part.start + 1) - 1;
        let end = self.segment(last).map_or(start, |(segment, inside)| match segment.is_verbatim() {
            true => segment.source.start + inside + 1,
            false => segment.source.end,
        });
        Span::new(start, end)
    }

    fn segment(&self, offset: usize) -> Option<(&Segment, usize)> {
        let next = self.segments.partition_point(|segment| segment.at <= offset);
        let segment = self.segments.get(next.checked_sub(1)?)?;
        Some((segment, (offset - segment.at).min(segment.len)))
    }

    /// What hides a part of the text, if most of that part is hidden.
    pub fn veil(&self, part: Span) -> Option<Veil> {
        if self.encoding.is_some() {
            return self.encoding;
        }
        let from = self.veils.partition_point(|(span, _)| span.end <= part.start);
        let inside = || self.veils.iter().skip(from).take_while(|(span, _)| span.start < part.end);
        let covered: usize = inside().map(|(span, _)| span.end.min(part.end) - span.start.max(part.start)).sum();
        // A word with one letter of another script is read as the word all the same.
        let is_tricked = |veil: &Veil| *veil == Veil::LookAlikes;
        let first = inside().map(|(_, veil)| *veil).find(|veil| !is_tricked(veil) || covered > 0)?;
        (is_tricked(&first) || 2 * covered >= part.len()).then_some(first)
    }

    /// One more character that stands at `source`.
    fn push(&mut self, c: char, source: Span, veil: Option<Veil>) {
        let (at, len) = (self.text.len(), c.len_utf8());
        self.text.push(c);
        if let Some(veil) = veil {
            match self.veils.last_mut().filter(|(span, last)| span.end == at && *last == veil) {
                Some((span, _)) => span.end += len,
                None => self.veils.push((Span::new(at, at + len), veil)),
            }
        }
        match self.segments.last_mut() {
            Some(last) if last.is_verbatim() && last.source.end == source.start && source.len() == len => {
                last.len += len;
                last.source.end = source.end;
            }
            // Many characters of one place: a ligature, a decoded run.
            Some(last) if last.source == source && !source.is_empty() => last.len += len,
            _ => self.segments.push(Segment { at, len, source }),
        }
    }
}

/// Normalise a text that comes as characters with their places. A text without end gives many stretches; behind each
/// stand those that were decoded out of it.
pub fn normalise(characters: impl Iterator<Item = (char, Span)>, breaks: Breaks) -> Vec<Normal> {
    let mut out = Vec::new();
    let mut units = Vec::new();
    let mut is_fresh = false;
    for (c, source) in characters {
        stretch::push(c, source, &mut units);
        is_fresh = true;
        if units.len() >= STRETCH {
            finish(&units, breaks, &mut out);
            units.drain(..units.len() - OVERLAP);
            is_fresh = false;
        }
    }
    if is_fresh {
        finish(&units, breaks, &mut out);
    }
    out
}

fn finish(units: &[stretch::Unit], breaks: Breaks, out: &mut Vec<Normal>) {
    let plain = stretch::settle(units, breaks);
    let rotated = decode::rot13(&plain);
    out.push(plain);
    out.extend(decode::runs(units));
    out.extend(rotated);
}

#[cfg(test)]
mod tests;
