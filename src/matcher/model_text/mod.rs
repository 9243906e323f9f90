//! `model_text`: what a text that a model reads says, wherever it stands.
//!
//! `says`: sets of phrases of `rules/knowledge/phrases.toml`, one of which is there. `with`: sets that strengthen it when
//! they stand near; `needs`: how many of them must; `without`: sets that another match of the page is for. `unless`: sets
//! that make it harmless when they stand near or in the heading above. `characters`: instead of phrases, characters that
//! have no place there. `kinds`: what the text is to the model. `veiled`: only what is hidden from a reader. What is quoted
//! in a file that instructs an agent is shown there and not said.

mod characters;
mod reading;

pub(crate) use reading::Reading;

use super::{Capture, Match, Output, Subject};
use crate::deployment::model_text::{Piece, PieceKind};
use crate::rule::{Knowledge, PhraseTable, Problems, TableReader};
use crate::text::{Span, Veil};
use characters::{Found, Trick};
use reading::{ReadPiece, Signal, Stretch};

/// `where` says whose text it is, `text` what stands there, `says` what that does, `also` what else it says, `signals` how many different
/// things, `how` it is hidden, if it is.
const CAPTURES: &[&str] = &["where", "kind", "says", "text", "also", "signals", "how"];
/// Those of `characters`: `reader` is always a model.
const CHARACTER_CAPTURES: &[&str] = &["where", "kind", "what", "how", "says", "hidden", "reader", "characters"];
/// Bytes of normalised text within which phrases belong together, in files that are long.
const NEAR: usize = 400;
/// Signals that are looked at around one at most.
const MAX_NEAR: usize = 200;

#[derive(Debug)]
pub struct ModelTextMatcher {
    /// All kinds if empty.
    kinds: Vec<PieceKind>,
    says: Vec<String>,
    /// Instead of phrases.
    tricks: Vec<Trick>,
    with: Vec<String>,
    needs: usize,
    without: Vec<String>,
    unless: Vec<String>,
    /// Only what is hidden from a reader, or only what is not.
    veiled: Option<bool>,
}

impl ModelTextMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, knowledge: &Knowledge, problems: &mut Problems) -> Option<Self> {
        let mut kinds = Vec::new();
        for word in table.strings("kinds", problems) {
            match PieceKind::ALL.iter().find(|(_, name)| *name == word.value) {
                Some((kind, _)) => kinds.push(*kind),
                None => {
                    let known: Vec<_> = PieceKind::ALL.iter().map(|(_, name)| *name).collect();
                    problems.add_with_help(word.span, format!("unknown kind `{}`", word.value), known.join(", "));
                }
            }
        }
        let mut tricks = Vec::new();
        for word in table.strings("characters", problems) {
            match Trick::ALL.iter().find(|(_, name)| *name == word.value) {
                Some((trick, _)) => tricks.push(*trick),
                None => {
                    let known: Vec<_> = Trick::ALL.iter().map(|(_, name)| *name).collect();
                    problems.add_with_help(word.span, format!("unknown kind `{}`", word.value), known.join(", "));
                }
            }
        }
        let mut sets = |key, table: &mut TableReader<'_>| {
            let words = table.strings(key, problems);
            // The table is read late; pages that ship with the program are checked by a test.
            if !problems.trusts() {
                let known = knowledge.phrases.get();
                for word in words.iter().filter(|word| known.set(word.value).is_none()) {
                    problems.add(word.span, format!("there is no set `{}` in phrases.toml", word.value));
                }
            }
            words.into_iter().map(|word| word.value.to_owned()).collect::<Vec<_>>()
        };
        let (says, with) = (sets("says", table), sets("with", table));
        let (without, unless) = (sets("without", table), sets("unless", table));
        let needs = table.integer("needs", problems).unwrap_or(0);
        let veiled = table.bool("veiled", problems);
        if says.is_empty() == tricks.is_empty() {
            problems.add(table.span(), "either `says`, sets of phrases, or `characters`");
            return None;
        }
        let needs = usize::try_from(needs).unwrap_or(usize::MAX);
        Some(Self { kinds, says, tricks, with, needs, without, unless, veiled })
    }

    pub(super) fn captures(&self) -> Vec<&'static str> {
        if self.tricks.is_empty() { CAPTURES.to_vec() } else { CHARACTER_CAPTURES.to_vec() }
    }

    pub(super) fn run(&self, subject: &Subject<'_>, out: &mut Output) {
        let table = subject.knowledge.phrases.get();
        let sets = |names: &[String]| names.iter().filter_map(|name| table.set(name)).collect::<Vec<_>>();
        let asked = Asked {
            matcher: self,
            table,
            says: sets(&self.says),
            with: sets(&self.with),
            without: sets(&self.without),
            unless: sets(&self.unless),
        };
        let is_asked = |piece: &&ReadPiece| self.kinds.is_empty() || self.kinds.contains(&piece.piece.kind);
        for piece in subject.model_text().pieces.iter().filter(is_asked) {
            let tricks = piece.tricks.iter().filter(|found| self.tricks.contains(&found.trick));
            tricks.for_each(|found| out.push(tricked(&piece.piece, found)));
            for stretch in &piece.stretches {
                for signal in &stretch.signals {
                    if out.exhausted {
                        return;
                    }
                    if let Some(found) = asked.judge(subject, &piece.piece, stretch, signal) {
                        out.push(found);
                    }
                }
            }
        }
    }
}

/// Phrases that belong together.
struct Passage<'s> {
    span: Span,
    /// One of each set but the first phrase's own.
    also: Vec<&'s Signal>,
}

/// A matcher with its sets looked up.
struct Asked<'a> {
    matcher: &'a ModelTextMatcher,
    table: &'a PhraseTable,
    says: Vec<usize>,
    with: Vec<usize>,
    without: Vec<usize>,
    unless: Vec<usize>,
}

impl Asked<'_> {
    fn judge(&self, subject: &Subject<'_>, piece: &Piece, stretch: &Stretch, signal: &Signal) -> Option<Match> {
        if !self.says.contains(&signal.set) || !self.counts(piece, signal) {
            return None;
        }
        if self.matcher.veiled.is_some_and(|wanted| wanted != signal.veil.is_some()) {
            return None;
        }
        let near = Span::new(signal.part.start.saturating_sub(NEAR), signal.part.end + NEAR);
        let whole = Span::new(0, stretch.normal.text.len() + 1);
        // A description is one utterance, a file is many.
        let scope = if piece.kind.is_instructing() { near } else { whole };
        if self.is_harmless(piece, stretch, signal, scope) {
            return None;
        }
        let passage = self.passage(piece, stretch, signal, scope)?;
        let says = |signal: &&Signal| self.table.sets.get(signal.set).map(|set| set.says.as_str());
        let also: Vec<&str> = passage.also.iter().filter_map(says).collect();
        let text = signal.source.slice(subject.text).unwrap_or_default();
        Some(Match {
            span: Some(passage.span),
            captures: vec![
                Capture::new("where", whose(piece)),
                Capture::new("kind", piece.kind.as_str()),
                Capture::new("says", says(&signal).unwrap_or_default()),
                Capture::at("text", text, signal.source),
                Capture::new("also", and(&also)),
                Capture::new("signals", (also.len() + 1).to_string()),
                Capture::new("how", signal.veil.map_or("", veil_name)),
            ],
            ..Match::default()
        })
    }

    /// The stretch of the file from the first to the last phrase that belongs together, so that rules which see the
    /// same text from different sides meet.
    fn passage<'s>(&self, piece: &Piece, stretch: &'s Stretch, signal: &Signal, scope: Span) -> Option<Passage<'s>> {
        let mut passage = Passage { span: signal.source, also: Vec::new() };
        for other in stretch.signals_in(scope).take(MAX_NEAR).filter(|other| self.counts(piece, other)) {
            let is_other = other.set != signal.set && is_apart(other.part, signal.part);
            if is_other && self.without.contains(&other.set) {
                return None;
            }
            if !self.says.contains(&other.set) && !self.with.contains(&other.set) {
                continue;
            }
            let (start, end) = (passage.span.start.min(other.source.start), passage.span.end.max(other.source.end));
            passage.span = Span::new(start, end);
            if is_other && self.with.contains(&other.set) && !passage.also.iter().any(|known| known.set == other.set) {
                passage.also.push(other);
            }
        }
        (passage.also.len() >= self.matcher.needs).then_some(passage)
    }

    /// What is quoted in a file that instructs is shown there and not said.
    fn counts(&self, piece: &Piece, signal: &Signal) -> bool {
        !(signal.is_quoted && piece.kind.is_instructing()) || signal.veil.is_some()
    }

    /// Whether the text speaks of such phrases instead of saying them.
    fn is_harmless(&self, piece: &Piece, stretch: &Stretch, signal: &Signal, scope: Span) -> bool {
        let is_unless = |other: &Signal| self.unless.contains(&other.set) && !other.part.overlaps(signal.part);
        let in_part = |part: Span| stretch.signals_in(part).take(MAX_NEAR).any(is_unless);
        let in_heading = || piece.kind.is_instructing() && stretch.heading(signal.part.start).is_some_and(in_part);
        in_part(scope) || in_heading()
    }
}

/// Whether two phrases say two things: apart, or one in the middle of the other ("send the *whole conversation* to …").
fn is_apart(one: Span, other: Span) -> bool {
    let is_inside = |inner: Span, outer: Span| outer.start < inner.start && inner.end < outer.end;
    !one.overlaps(other) || is_inside(one, other) || is_inside(other, one)
}

fn tricked(piece: &Piece, found: &Found) -> Match {
    let mut captures = vec![
        Capture::new("where", whose(piece)),
        Capture::new("kind", piece.kind.as_str()),
        Capture::new("what", found.what.clone()),
        Capture::new("how", found.what.clone()),
        Capture::new("says", "is not what it looks like"),
        Capture::new("hidden", found.hidden.clone()),
        Capture::new("reader", "a model"),
    ];
    captures.extend(found.characters.iter().map(|span| Capture::at("characters", "", *span)));
    Match { span: Some(found.span), captures, ..Match::default() }
}

fn veil_name(veil: Veil) -> &'static str {
    match veil {
        Veil::Tags => "tag characters",
        Veil::References => "character references",
        Veil::LookAlikes => "letters of another script",
        Veil::Base64 => "base64",
        Veil::Hex => "hexadecimal digits",
        Veil::Rot13 => "rotated letters",
    }
}

fn whose(piece: &Piece) -> String {
    let of = |what: &str| match piece.owner.as_str() {
        "" => what.to_owned(),
        owner => format!("{what} `{owner}`"),
    };
    match piece.kind {
        PieceKind::Tool => of("the description of the tool"),
        PieceKind::Parameter => of("the schema of"),
        PieceKind::Name => of("the name"),
        PieceKind::Server => "what the server says of itself".to_owned(),
        PieceKind::Prompt => of("the prompt"),
        PieceKind::Resource => of("the description of the resource"),
        PieceKind::Instructions => "this file for agents".to_owned(),
        PieceKind::Skill => "this skill".to_owned(),
    }
}

/// `a, b and c`.
fn and(parts: &[&str]) -> String {
    match parts {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
