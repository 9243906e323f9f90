//! Invisible and direction-changing characters, told from the uses that scripts and emoji have for them.
//!
//! Where a model reads (client configurations, agent instruction files) every kind counts. In source and other files
//! only those count that have no use there: direction overrides and isolates, and tag characters.

use super::super::{Capture, MAX_MATCHES, Match, Output, Subject};
use crate::deployment::is_candidate;
use crate::deployment::model_text::instruction_kind;
use crate::document::Language;
use crate::text::Span;

/// The first bytes of all characters that are looked for, in UTF-8.
pub(super) static ANCHORS: &[&[u8]] = &[
    b"\xE2\x80\x8B",
    b"\xE2\x80\x8E",
    b"\xE2\x80\x8F",
    b"\xE2\x80\xAA",
    b"\xE2\x80\xAB",
    b"\xE2\x80\xAC",
    b"\xE2\x80\xAD",
    b"\xE2\x80\xAE",
    b"\xE2\x81\xA0",
    b"\xE2\x81\xA1",
    b"\xE2\x81\xA2",
    b"\xE2\x81\xA3",
    b"\xE2\x81\xA4",
    b"\xE2\x81\xA6",
    b"\xE2\x81\xA7",
    b"\xE2\x81\xA8",
    b"\xE2\x81\xA9",
    b"\xE1\xA0\x8E",
    b"\xF3\xA0\x80",
    b"\xF3\xA0\x81",
    b"\xF3\xA0\x84",
    b"\xF3\xA0\x85",
    b"\xF3\xA0\x86",
    b"\xF3\xA0\x87",
];

/// Bytes on either side of a run that are looked at: what it is closed by, which script stands around it.
const NEAR: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// U+E0000–E007F: ASCII that nobody sees.
    Tag,
    /// Overrides, embeddings, isolates: text is shown in another order than it is read.
    Direction,
    /// Zero width, or nothing at all.
    ZeroWidth,
    /// Variation selectors, which can carry bytes when they stand in a row.
    Selector,
}

impl Kind {
    fn of(c: char) -> Option<Self> {
        match u32::from(c) {
            0xE0000..=0xE007F => Some(Self::Tag),
            0x202A..=0x202E | 0x2066..=0x2069 => Some(Self::Direction),
            0x200B | 0x200E | 0x200F | 0x2060..=0x2064 | 0x180E => Some(Self::ZeroWidth),
            0xE0100..=0xE01EF => Some(Self::Selector),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Direction => "direction-changing",
            Self::ZeroWidth => "zero-width",
            Self::Selector => "variation-selector",
        }
    }
}

/// Languages in which an override or a tag has no use.
fn is_code(language: Language) -> bool {
    !matches!(language, Language::Plain | Language::Html)
}

pub(super) fn run(subject: &Subject<'_>, hits: &[usize], out: &mut Output) {
    let is_config = subject.is_candidate()
        && is_candidate(&subject.artifact.place, subject.language, false, &subject.knowledge.clients)
        || !subject.clients().is_empty();
    let all = is_config || instruction_kind(&subject.artifact.place).is_some();
    if !all && !is_code(subject.language) {
        return;
    }
    let mut done = 0;
    for hit in hits.iter().copied() {
        if out.exhausted {
            return;
        }
        if hit < done {
            continue;
        }
        let Some(run) = run_at(subject.text, hit) else { continue };
        done = run.span.end;
        // What closes an override belongs to it, and by itself changes nothing.
        if !is_closing(run.single) && run.counts(subject.text, all) {
            out.push(run.describe(subject.text, all));
        }
    }
}

/// Hidden characters in a text that a model reads, with words for a message.
pub(in crate::matcher) struct HiddenRun {
    pub span: Span,
    pub what: String,
    pub hidden: String,
    /// The run, and what closes it.
    pub characters: Vec<Span>,
}

/// The runs in a text that a model reads, one more than [`MAX_MATCHES`] at most.
pub(in crate::matcher) fn runs(text: &str) -> Vec<HiddenRun> {
    let mut out = Vec::new();
    let mut done = 0;
    for (at, c) in text.char_indices() {
        if at < done || Kind::of(c).is_none() {
            continue;
        }
        let Some(run) = run_at(text, at) else { continue };
        done = run.span.end;
        if !is_closing(run.single) && run.counts(text, true) && out.len() <= MAX_MATCHES {
            let (what, hidden) = (run.what(), run.hidden());
            out.push(HiddenRun { span: run.span, what, hidden, characters: run.characters(text) });
        }
    }
    out
}

fn is_closing(c: char) -> bool {
    matches!(c, '\u{202C}' | '\u{2069}')
}

/// Neighbouring hidden characters; joiners between them belong to the run.
struct Run {
    span: Span,
    kind: Kind,
    count: usize,
    tags: String,
    single: char,
}

fn run_at(text: &str, at: usize) -> Option<Run> {
    let rest = text.get(at..)?;
    let single = rest.chars().next()?;
    let kind = Kind::of(single)?;
    let mut run = Run { span: Span::at(at), kind, count: 0, tags: String::new(), single };
    for c in rest.chars() {
        let Some(next) = Kind::of(c) else { break };
        // The strongest kind names the run.
        if next == Kind::Tag || next == Kind::Direction && run.kind != Kind::Tag {
            run.kind = next;
        }
        run.tags
            .extend(char::from_u32(u32::from(c).wrapping_sub(0xE0000)).filter(|c| c.is_ascii_graphic() || *c == ' '));
        run.count += 1;
        run.span.end += c.len_utf8();
    }
    Some(run)
}

impl Run {
    /// `all`: the file is read by a model.
    fn counts(&self, text: &str, all: bool) -> bool {
        match self.kind {
            Kind::Tag => !self.is_flag(text),
            Kind::Direction => !self.is_named(text) && (all || !self.is_balanced(text)),
            Kind::ZeroWidth => {
                all && !self.is_named(text) && !self.is_before_fence(text) && !self.is_in_right_to_left_text(text)
            }
            Kind::Selector => self.count >= 2,
        }
    }

    /// The flags of regions (England, Texas) are a black flag with the region's code in tags.
    fn is_flag(&self, text: &str) -> bool {
        let is_code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        self.before(text) == Some('\u{1F3F4}') && (3..=6).contains(&self.tags.len()) && self.tags.bytes().all(is_code)
    }

    fn before(&self, text: &str) -> Option<char> {
        text.get(..self.span.start)?.chars().next_back()
    }

    /// The character by itself between quotes or brackets: a program that looks for it, a text that speaks of it. There
    /// is nothing that it could put into another order.
    fn is_named(&self, text: &str) -> bool {
        let after = text.get(self.span.end..).and_then(|after| after.chars().next());
        let is_edge = |c: Option<char>| matches!(c, Some('"' | '\'' | '`' | '[' | ']' | '-' | '/'));
        self.count == 1 && is_edge(self.before(text)) && is_edge(after)
    }

    /// How people show a fence inside a fence.
    fn is_before_fence(&self, text: &str) -> bool {
        self.count == 1 && text.get(self.span.end..).is_some_and(|after| after.starts_with("```"))
    }

    /// In text of a right-to-left script marks and pairs of isolates are ordinary typography.
    fn is_in_right_to_left_text(&self, text: &str) -> bool {
        let before = Span::new(self.span.start.saturating_sub(NEAR), self.span.start).clamped(text);
        let line = before.slice(text).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let around = Span::new(before.start + line, self.span.end + NEAR).clamped(text);
        let near = around.slice(text).unwrap_or_default();
        near.chars().any(|c| matches!(u32::from(c), 0x590..=0x8FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC))
    }

    /// Embeddings and isolates that are closed on their own line, beside text that needs them.
    fn is_balanced(&self, text: &str) -> bool {
        let overrides = matches!(self.single, '\u{202D}' | '\u{202E}');
        // What goes from left to right already stays as it is, up to the closing character.
        let rest = Span::new(self.span.end, self.span.end + NEAR).clamped(text).slice(text).unwrap_or_default();
        let is_closed = || rest.split('\n').next().is_some_and(|line| line.contains(is_closing));
        let changes_nothing = || matches!(self.single, '\u{202A}' | '\u{2066}' | '\u{2068}') && is_closed();
        !overrides && (self.is_in_right_to_left_text(text) || changes_nothing())
    }

    /// The run, and what closes it on the same line.
    fn characters(&self, text: &str) -> Vec<Span> {
        let mut out = vec![self.span];
        if self.kind == Kind::Direction {
            let rest = Span::new(self.span.end, self.span.end + NEAR).clamped(text);
            let line = rest.slice(text).and_then(|rest| rest.split('\n').next()).unwrap_or_default();
            let closing = line.char_indices().filter(|(_, c)| is_closing(*c)).take(self.count);
            out.extend(closing.map(|(at, c)| Span::new(at, at + c.len_utf8()).shifted(self.span.end)));
        }
        out
    }

    fn what(&self) -> String {
        if self.count == 1 {
            format!("a {} character (U+{:04X})", self.kind.name(), u32::from(self.single))
        } else {
            format!("{} {} characters in a row", self.count, self.kind.name())
        }
    }

    fn hidden(&self) -> String {
        if self.tags.is_empty() { String::new() } else { format!(", which spell `{}`", shorten(&self.tags)) }
    }

    /// `all`: the file is read by a model.
    fn describe(&self, text: &str, all: bool) -> Match {
        let mut captures = vec![
            Capture::new("what", self.what()),
            Capture::new("hidden", self.hidden()),
            Capture::new("reader", if all { "a model" } else { "a reviewer" }),
        ];
        captures.extend(self.characters(text).into_iter().map(|span| Capture::at("characters", "", span)));
        Match { span: Some(self.span), captures, ..Match::default() }
    }
}

fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    if text.chars().count() <= SHOWN { text.to_owned() } else { text.chars().take(SHOWN).chain(['…']).collect() }
}
