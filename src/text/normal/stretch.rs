//! A stretch of characters, made plain: one pass that shows and strips, one that decodes references, one that settles
//! white space and spaced letters.

use super::fold::{fold, is_look_alike};
use super::{Breaks, Normal, Veil};
use crate::text::Span;

/// Single letters in a row that are a word.
const SPACED: usize = 5;
/// White space between two words of spaced letters at most.
const GAP: usize = 8;
/// Characters of a reference at most: `&quot;`, `&#x10FFFF;`.
const REFERENCE: usize = 10;

/// A character before it is settled. Letters keep their case: base64 tells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    pub c: char,
    pub source: Span,
    pub veil: Option<Veil>,
}

/// Characters that show nothing and move nothing on.
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
        | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF9..=0xFFFB
        | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// Take one character in: tags are shown, what is invisible or controls a terminal is left out.
pub(super) fn push(c: char, source: Span, units: &mut Vec<Unit>) {
    let plain = |c| Unit { c, source, veil: None };
    if c.is_ascii() {
        if !c.is_ascii_control() || c.is_ascii_whitespace() {
            units.push(plain(c));
        }
        return;
    }
    if let 0xE0020..=0xE007E = u32::from(c) {
        let shown = u8::try_from(u32::from(c) - 0xE0000).map(char::from);
        units.extend(shown.map(|c| Unit { c, source, veil: Some(Veil::Tags) }));
    } else if !is_invisible(c) && !c.is_control() {
        units.push(plain(c));
    }
}

/// The settled text of `units`.
pub(super) fn settle(units: &[Unit], breaks: Breaks) -> Normal {
    let decoded = decoded(units);
    let mut out = Normal::default();
    let mut at = 0;
    let mut is_in_word = false;
    while let Some(unit) = decoded.get(at) {
        if unit.c.is_whitespace() {
            at = space(&decoded, at, breaks, &mut out);
            is_in_word = false;
            continue;
        }
        if !is_in_word
            && unit.c.is_alphabetic()
            && let Some(end) = spaced_word(&decoded, at)
        {
            join(decoded.get(at..end).unwrap_or_default(), &mut out);
            at = end;
            is_in_word = true;
            continue;
        }
        is_in_word = unit.c.is_alphanumeric();
        push_folded(unit, tricked(&decoded, at).or(unit.veil), &mut out);
        at += 1;
    }
    out
}

fn push_folded(unit: &Unit, veil: Option<Veil>, out: &mut Normal) {
    fold(unit.c, |c| out.push(c, unit.source, veil));
}

/// A letter that looks like a Latin one beside a Latin one.
fn tricked(units: &[Unit], at: usize) -> Option<Veil> {
    let unit = units.get(at)?;
    let is_latin = |at: Option<usize>| at.and_then(|at| units.get(at)).is_some_and(|unit| unit.c.is_ascii_alphabetic());
    let is_mixed = is_look_alike(unit.c) && (is_latin(at.checked_sub(1)) || is_latin(Some(at + 1)));
    is_mixed.then_some(Veil::LookAlikes)
}

/// White space from `at` on as one character; returns where it ends.
fn space(units: &[Unit], at: usize, breaks: Breaks, out: &mut Normal) -> usize {
    let run = units.get(at..).unwrap_or_default().iter().take_while(|unit| unit.c.is_whitespace()).count();
    let spaces = units.get(at..at + run).unwrap_or_default();
    let (Some(first), Some(last)) = (spaces.first(), spaces.last()) else { return at + 1 };
    let lines = spaces.iter().filter(|unit| unit.c == '\n').take(2).count();
    let next = units.get(at + run).map(|unit| unit.c);
    let is_break = breaks == Breaks::Kept && (lines > 1 || lines == 1 && next.is_some_and(|c| "-*#|>+•".contains(c)));
    let c = if is_break { '\n' } else { ' ' };
    out.push(c, Span::new(first.source.start, last.source.end), first.veil.filter(|_| run == 1));
    at + run
}

/// Where a word ends whose letters stand apart (`i g n o r e`, `i.g.n.o.r.e`), if one begins at `at`.
fn spaced_word(units: &[Unit], at: usize) -> Option<usize> {
    let c = |at: usize| units.get(at).map(|unit| unit.c);
    let is_single = |at: usize| c(at).is_some_and(char::is_alphabetic) && !c(at + 1).is_some_and(char::is_alphanumeric);
    if !is_single(at) {
        return None;
    }
    let (mut end, mut letters) = (at + 1, 1);
    loop {
        let gap = (0..GAP).take_while(|step| c(end + step).is_some_and(is_separator)).count();
        let is_space = gap == 1 || (0..gap).all(|step| c(end + step) == Some(' '));
        if gap == 0 || !is_space || !is_single(end + gap) {
            return (letters >= SPACED).then_some(end);
        }
        end += gap + 1;
        letters += 1;
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '.' | '-' | '_' | '*' | '·')
}

/// Spaced letters without what separates them; a wider gap is one space.
fn join(units: &[Unit], out: &mut Normal) {
    let mut gap = 0;
    for unit in units {
        if unit.c.is_alphabetic() {
            if gap > 1 {
                out.push(' ', Span::at(unit.source.start), None);
            }
            gap = 0;
            push_folded(unit, unit.veil, out);
        } else {
            gap += 1;
        }
    }
}

/// The units with entities and percent escapes decoded, once.
fn decoded(units: &[Unit]) -> Vec<Unit> {
    let mut out = Vec::with_capacity(units.len());
    let mut at = 0;
    while let Some(unit) = units.get(at) {
        let found = match unit.c {
            '&' => entity(units, at),
            '%' => percent(units, at),
            _ => None,
        };
        match found {
            Some((c, len)) => {
                let end = units.get(at + len - 1).map_or(unit.source.end, |last| last.source.end);
                out.push(Unit { c, source: Span::new(unit.source.start, end), veil: Some(Veil::References) });
                at += len;
            }
            None => {
                out.push(*unit);
                at += 1;
            }
        }
    }
    out
}

fn entity(units: &[Unit], at: usize) -> Option<(char, usize)> {
    let body = units.get(at + 1..)?;
    let len = body.iter().take(REFERENCE).position(|unit| unit.c == ';')?;
    let name: String = body.get(..len)?.iter().map(|unit| unit.c).collect();
    let c = match name.as_str() {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "lbrack" | "lsqb" => '[',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() || *c == '\n')?
        }
    };
    Some((c, len + 2))
}

/// `%69`. What is no ASCII stays, because it takes several escapes and spells no Latin letter.
fn percent(units: &[Unit], at: usize) -> Option<(char, usize)> {
    let digit = |at: usize| units.get(at).and_then(|unit| unit.c.to_digit(16));
    let code = digit(at + 1)? * 16 + digit(at + 2)?;
    let c = u8::try_from(code).ok().map(char::from).filter(|c| c.is_ascii_graphic() || matches!(c, ' ' | '\n'))?;
    Some((c, 3))
}
