//! The texts for a model of one file, normalised, with every phrase in them. Worked out once for all rules.

use super::characters::{self, Found};
use crate::deployment::model_text::{Piece, PieceKind, Pieces};
use crate::document::Language;
use crate::rule::PhraseTable;
use crate::text::{Breaks, Normal, Span, Veil, normalise};
use std::collections::BTreeMap;

/// Bytes of normalised text around an anchor that its expression sees.
const BEFORE: usize = 256;
const AFTER: usize = 512;
/// Phrases that are kept of one file at most.
const MAX_SIGNALS: usize = 5_000;
/// Characters that have no place there, kept of one file at most.
const MAX_TRICKS: usize = 10_000;
/// Bytes before a phrase in which a heading is looked for.
const HEADING: usize = 6_000;
/// Bytes of a line on either side of a phrase in which quotes are looked for.
const QUOTED: usize = 300;

/// What a model reads in one file.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub pieces: Vec<ReadPiece>,
    /// There was more than is read.
    pub is_cut: bool,
}

#[derive(Debug)]
pub(crate) struct ReadPiece {
    pub piece: Piece,
    pub stretches: Vec<Stretch>,
    pub tricks: Vec<Found>,
}

/// A normalised stretch with what it says.
#[derive(Debug)]
pub(crate) struct Stretch {
    pub normal: Normal,
    /// In the order of the text.
    pub signals: Vec<Signal>,
}

/// A phrase in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signal {
    pub set: usize,
    /// Where it stands in the normalised text, and in the file.
    pub part: Span,
    pub source: Span,
    pub veil: Option<Veil>,
    /// Between quotes or backticks, or in a quoted block.
    pub is_quoted: bool,
}

impl Reading {
    pub(crate) fn of(pieces: Pieces, text: &str, language: Language, phrases: &PhraseTable) -> Self {
        let mut out = Self { pieces: Vec::new(), is_cut: pieces.cut };
        let mut left = MAX_SIGNALS;
        let mut odd = MAX_TRICKS;
        for piece in pieces.pieces {
            let breaks = if piece.kind.is_instructing() { Breaks::Kept } else { Breaks::Collapsed };
            let mut stretches = Vec::new();
            if piece.kind != PieceKind::Name {
                for normal in normalise(piece.characters(text, language), breaks) {
                    let signals = signals(&normal, phrases, left);
                    left -= signals.len();
                    stretches.push(Stretch { normal, signals });
                }
            }
            let tricks = if odd > 0 { characters::find(&piece, text, language) } else { Vec::new() };
            odd = odd.saturating_sub(tricks.len());
            out.pieces.push(ReadPiece { piece, stretches, tricks });
        }
        out.is_cut |= left == 0 || odd == 0;
        out
    }
}

/// All phrases of a text, `limit` at most.
fn signals(normal: &Normal, phrases: &PhraseTable, limit: usize) -> Vec<Signal> {
    let text = normal.text.as_str();
    // For each phrase the windows around its anchors, put together where they touch.
    let mut windows: BTreeMap<usize, Vec<Span>> = BTreeMap::new();
    phrases.wake(text, |phrase, at| {
        let window = Span::new(at.saturating_sub(BEFORE), at + AFTER);
        let of_phrase = windows.entry(phrase).or_default();
        match of_phrase.last_mut().filter(|last| window.start <= last.end && window.end >= last.start) {
            Some(last) => *last = Span::new(last.start.min(window.start), last.end.max(window.end)),
            None => of_phrase.push(window),
        }
    });
    let mut out = Vec::new();
    for (phrase, windows) in windows {
        let Some(phrase) = phrases.phrases.get(phrase) else { continue };
        for window in windows {
            let window = window.clamped(text);
            let inside = window.slice(text).unwrap_or_default();
            for found in phrase.regex.matches(inside).filter_map(|found| found.whole()) {
                if out.len() >= limit {
                    break;
                }
                let part = found.span.shifted(window.start);
                out.push(Signal {
                    set: phrase.set,
                    part,
                    source: normal.source(part),
                    veil: normal.veil(part),
                    is_quoted: is_quoted(text, part),
                });
            }
        }
    }
    out.sort_by_key(|signal| (signal.part, signal.set));
    out.dedup_by_key(|signal| (signal.part, signal.set));
    out
}

/// Whether a phrase stands between quotes or backticks on its line, or in a block that is quoted.
fn is_quoted(text: &str, part: Span) -> bool {
    let before = Span::new(part.start.saturating_sub(QUOTED), part.start).clamped(text);
    let after = Span::new(part.end, part.end + QUOTED).clamped(text);
    let before = before.slice(text).unwrap_or_default();
    let before = before.rsplit('\n').next().unwrap_or(before);
    let after = after.slice(text).and_then(|after| after.split('\n').next()).unwrap_or_default();
    let is_between = |quote: char| before.matches(quote).count() % 2 == 1 && after.contains(quote);
    let opens = || before.rfind(" '").or(before.starts_with('\'').then_some(0));
    let is_in_single = || {
        opens().is_some_and(|at| before.get(at + 2..).is_some_and(|rest| !rest.contains('\''))) && after.contains('\'')
    };
    ['"', '`'].into_iter().any(is_between)
        || is_in_single()
        || before.trim_start().starts_with('>')
        || before.contains(" > ")
}

impl Stretch {
    /// The heading above a place, as a line of the normalised text.
    pub(crate) fn heading(&self, at: usize) -> Option<Span> {
        let text = self.normal.text.as_str();
        let window = Span::new(at.saturating_sub(HEADING), at).clamped(text);
        let before = window.slice(text)?;
        let start = match before.rfind("\n#") {
            Some(found) => window.start + found + 1,
            None if window.start == 0 && before.starts_with('#') => 0,
            None => return None,
        };
        let len = text.get(start..)?.find('\n').unwrap_or(text.len() - start);
        Some(Span::new(start, start + len))
    }

    /// The phrases that begin in a part of the text.
    pub(crate) fn signals_in(&self, part: Span) -> impl Iterator<Item = &Signal> {
        let from = self.signals.partition_point(|signal| signal.part.start < part.start);
        self.signals.iter().skip(from).take_while(move |signal| signal.part.start < part.end)
    }
}
