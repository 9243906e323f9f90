//! Characters that have no place in a text for a model: hidden ones, those that steer a terminal, padding that moves text
//! out of sight, letters of another script within a word. Looked for in what the literals mean, so that `\u200b` counts.

use super::super::MAX_MATCHES;
use super::super::native::invisible;
use crate::deployment::model_text::Piece;
use crate::document::Language;
use crate::text::{Span, is_look_alike};

/// Spaces in a row, and line breaks in a row, behind which text is out of sight.
const SPACES: usize = 200;
const LINES: usize = 40;
/// Tricks of one kind that are kept of one piece: one more than a rule may report of a file.
const MOST: usize = MAX_MATCHES + 1;
/// Characters of an escape sequence at most.
const SEQUENCE: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trick {
    /// Tags, direction changes, zero width, selectors.
    Hidden,
    /// Escape sequences and other control characters.
    Control,
    /// Text behind more white space than a screen shows.
    Padding,
    /// A Latin word with letters of another script.
    LookAlikes,
}

impl Trick {
    pub(super) const ALL: &'static [(Self, &'static str)] = &[
        (Self::Hidden, "hidden"),
        (Self::Control, "control"),
        (Self::Padding, "padding"),
        (Self::LookAlikes, "look-alikes"),
    ];
}

/// A trick in a piece.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub trick: Trick,
    /// In the file.
    pub span: Span,
    /// What it is, for a message.
    pub what: String,
    /// What it says, if hidden characters spell something.
    pub hidden: String,
    /// The characters to remove.
    pub characters: Vec<Span>,
}

/// The tricks of a piece.
pub(super) fn find(piece: &Piece, text: &str, language: Language) -> Vec<Found> {
    // Almost every piece is plain, and is asked only this.
    let is_odd = |c: char| !c.is_ascii() || c.is_ascii_control() && !matches!(c, '\n' | '\t' | '\r');
    let mut spaces = 0;
    let mut lines = 0;
    let mut is_plain = true;
    for (c, _) in piece.characters(text, language) {
        spaces = if c.is_whitespace() { spaces + 1 } else { 0 };
        lines = if c.is_whitespace() { lines + usize::from(c == '\n') } else { 0 };
        is_plain &= !is_odd(c) && spaces < SPACES && lines < LINES;
        if !is_plain {
            return Meant::of(piece, text, language).find(piece);
        }
    }
    Vec::new()
}

/// What the literals of a piece mean, with the way back to the file.
struct Meant {
    text: String,
    /// By character: where it stands in `text`, and in the file.
    places: Vec<(usize, Span)>,
}

impl Meant {
    fn of(piece: &Piece, text: &str, language: Language) -> Self {
        let mut out = Self { text: String::new(), places: Vec::new() };
        for (c, span) in piece.characters(text, language) {
            out.places.push((out.text.len(), span));
            out.text.push(c);
        }
        out
    }

    /// The place in the file of a part of the text.
    fn source(&self, part: Span) -> Span {
        let place = |offset: usize| {
            let next = self.places.partition_point(|(at, _)| *at <= offset);
            next.checked_sub(1).and_then(|at| self.places.get(at)).map_or(Span::at(0), |(_, span)| *span)
        };
        Span::new(place(part.start).start, place(part.end.max(part.start + 1) - 1).end)
    }

    fn find(&self, piece: &Piece) -> Vec<Found> {
        let mut out = Vec::new();
        for run in invisible::runs(&self.text) {
            out.push(Found {
                trick: Trick::Hidden,
                span: self.source(run.span),
                what: run.what,
                hidden: run.hidden,
                characters: run.characters.into_iter().map(|span| self.source(span)).collect(),
            });
        }
        let found = |trick, part: Span, what: String| {
            let span = self.source(part);
            Found { trick, span, what, hidden: String::new(), characters: vec![span] }
        };
        out.extend(controls(&self.text).into_iter().map(|(part, what)| found(Trick::Control, part, what)));
        if !piece.kind.is_instructing() {
            out.extend(padding(&self.text).into_iter().map(|(part, what)| found(Trick::Padding, part, what)));
            out.extend(mixed(&self.text).into_iter().map(|(part, what)| found(Trick::LookAlikes, part, what)));
        }
        out
    }
}

/// Escape sequences as a whole, and other control characters.
fn controls(text: &str) -> Vec<(Span, String)> {
    let mut out: Vec<(Span, String)> = Vec::new();
    let mut done = 0;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let previous = std::mem::replace(&mut before, c);
        // Text that was decoded as Latin-1 by mistake is full of 8-bit controls, each behind another odd character.
        let is_control = match c {
            '\u{9b}' | '\u{9d}' => previous.is_ascii(),
            _ => c.is_ascii_control() && !matches!(c, '\n' | '\t' | '\r'),
        };
        if !is_control || at < done {
            continue;
        }
        if out.len() >= MOST {
            break;
        }
        let (end, what) = match c {
            '\u{1b}' | '\u{9b}' | '\u{9d}' => sequence(text, at, c),
            _ => (at + c.len_utf8(), format!("a control character (U+{:04X})", u32::from(c))),
        };
        out.push((Span::new(at, end), what));
        done = end;
    }
    out
}

/// Where the sequence at `at` ends, and what it does.
fn sequence(text: &str, at: usize, first: char) -> (usize, String) {
    let body = at + first.len_utf8();
    let rest = text.get(body..).unwrap_or_default();
    let (kind, rest) = match (first, rest.chars().next()) {
        ('\u{9b}', _) => ('[', rest),
        ('\u{9d}', _) => (']', rest),
        (_, Some(kind @ ('[' | ']'))) => (kind, rest.get(1..).unwrap_or_default()),
        (_, Some(kind)) => (kind, rest),
        (_, None) => (' ', rest),
    };
    let start = text.len() - rest.len();
    let is_end = |c: char| match kind {
        '[' => matches!(c, '@'..='~'),
        _ => matches!(c, '\u{7}' | '\u{1b}' | '\u{9c}'),
    };
    let end = rest.char_indices().take(SEQUENCE).find(|(_, c)| is_end(*c));
    let (len, last) = end.map_or((0, ' '), |(len, c)| (len + c.len_utf8(), c));
    let parameters = rest.get(..len.saturating_sub(last.len_utf8())).unwrap_or_default();
    let what = match (kind, last) {
        ('[', 'm') if parameters.split(';').any(|it| it == "8") => "an escape sequence that conceals text",
        ('[', 'm') => "an escape sequence that colours text",
        ('[', 'J' | 'K') => "an escape sequence that erases what was shown",
        ('[', 'A'..='H' | 'f' | 's' | 'u' | 'S' | 'T') => "an escape sequence that moves the cursor",
        (']', _) if parameters.starts_with("52") => "an escape sequence that writes to the clipboard",
        (']', _) if parameters.starts_with('8') => "an escape sequence that puts a link behind text",
        _ => "an escape sequence",
    };
    (start + len, what.to_owned())
}

/// White space that moves the text behind it out of sight.
fn padding(text: &str) -> Vec<(Span, String)> {
    let mut out = Vec::new();
    let (mut start, mut count, mut lines) = (0, 0, 0);
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            start = if count == 0 { at } else { start };
            count += 1;
            lines += usize::from(c == '\n');
            continue;
        }
        if lines >= LINES {
            out.push((Span::new(start, at), format!("{lines} line breaks in a row, with text behind them")));
        } else if count >= SPACES && lines * 80 < count {
            out.push((Span::new(start, at), format!("{count} spaces in a row, with text behind them")));
        }
        (count, lines) = (0, 0);
        if out.len() >= MOST {
            break;
        }
    }
    out
}

/// Words of Latin letters and letters that look like them.
fn mixed(text: &str) -> Vec<(Span, String)> {
    let mut out = Vec::new();
    let mut word = Span::at(0);
    let judge = |word: Span, out: &mut Vec<(Span, String)>| {
        let letters = word.slice(text).unwrap_or_default();
        let latin = letters.chars().filter(char::is_ascii_alphabetic).count();
        let foreign = letters.chars().filter(|c| !c.is_ascii());
        if latin >= 2 && out.len() < MOST && letters.chars().any(is_look_alike) && foreign.clone().all(is_look_alike) {
            let codes: Vec<String> = foreign.take(3).map(|c| format!("U+{:04X}", u32::from(c))).collect();
            out.push((word, format!("letters of another script in a Latin word ({})", codes.join(", "))));
        }
    };
    for (at, c) in text.char_indices() {
        if c.is_alphabetic() {
            word = if word.end == at && !word.is_empty() { word } else { Span::at(at) };
            word.end = at + c.len_utf8();
        } else if !word.is_empty() {
            judge(word, &mut out);
            word = Span::at(at);
        }
    }
    if !word.is_empty() {
        judge(word, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_found_whole_and_say_what_they_do() {
        let check = |text: &str, expected: &[(&str, &str)]| {
            let found = controls(text);
            let found: Vec<_> = found.iter().map(|(span, what)| (span.slice(text).unwrap(), what.as_str())).collect();
            assert_eq!(found, expected);
        };
        check(
            "ok\u{1b}[8mx\u{1b}[0m",
            &[
                ("\u{1b}[8m", "an escape sequence that conceals text"),
                ("\u{1b}[0m", "an escape sequence that colours text"),
            ],
        );
        check("\u{1b}]52;c;eA==\u{7}", &[("\u{1b}]52;c;eA==\u{7}", "an escape sequence that writes to the clipboard")]);
        check("a\u{8}b\tc\r\n", &[("\u{8}", "a control character (U+0008)")]);
        check("â\u{9d}Œ \u{85}", &[]);
        check("\u{1b}", &[("\u{1b}", "an escape sequence")]);
    }

    #[test]
    fn words_of_two_scripts_are_found() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<_> = mixed(text).iter().map(|(span, _)| span.slice(text).unwrap().to_owned()).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("reаd_file the fіle.", &["reаd", "fіle"]);
        check("вода naïve μs Δt kΩ MCP-сервер", &[]);
    }
}
