//! Texts inside of texts: runs of base64 and hexadecimal digits that are text, and letters rotated by thirteen.

use super::stretch::{Unit, push, settle};
use super::{Breaks, Normal, Veil};
use crate::text::Span;

/// Characters of a run at least; shorter ones say nothing.
const RUN: usize = 32;
/// Shares of a decoded run that are printable, in a hundred.
const PRINTABLE: usize = 95;
/// What texts about instructions hold when they are rotated: `instruction`, `ignore`, `disregard`, `tell the`.
const ROTATED: &[&str] = &["vafgehpgvba", "vtaber ", "qvfertneq", "gryy gur"];

/// What the encoded runs of a stretch say: one text for each encoding.
pub(super) fn runs(units: &[Unit]) -> Vec<Normal> {
    let mut base64 = Vec::new();
    let mut hex = Vec::new();
    let mut at = 0;
    while at < units.len() {
        let rest = units.get(at..).unwrap_or_default();
        let len = rest.iter().take_while(|unit| is_base64(unit.c)).count();
        let run = rest.get(..len).unwrap_or_default();
        let ends = || Some(Span::new(run.first()?.source.start, run.last()?.source.end));
        if len >= RUN
            && let Some(source) = ends()
        {
            if run.iter().all(|unit| unit.c.is_ascii_hexdigit()) {
                add(&from_hex(run), source, &mut hex);
            } else {
                add(&from_base64(run), source, &mut base64);
            }
        }
        at += len.max(1);
    }
    [(base64, Veil::Base64), (hex, Veil::Hex)]
        .into_iter()
        .filter(|(units, _)| !units.is_empty())
        .map(|(units, veil)| Normal { encoding: Some(veil), ..settle(&units, Breaks::Kept) })
        .collect()
}

/// The same text with its letters rotated, if that makes words of it.
pub(super) fn rot13(plain: &Normal) -> Option<Normal> {
    if !ROTATED.iter().any(|word| plain.text.contains(word)) {
        return None;
    }
    let rotate = |c: char| match c {
        'a'..='m' => char::from_u32(u32::from(c) + 13).unwrap_or(c),
        'n'..='z' => char::from_u32(u32::from(c) - 13).unwrap_or(c),
        _ => c,
    };
    let text = plain.text.chars().map(rotate).collect();
    Some(Normal { text, encoding: Some(Veil::Rot13), ..plain.clone() })
}

/// The decoded bytes, if they are text; all of it stands where the run does.
fn add(bytes: &[u8], source: Span, out: &mut Vec<Unit>) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let total = text.chars().count();
    let printable = text.chars().filter(|c| !c.is_control() || c.is_whitespace()).count();
    if total == 0 || printable * 100 < total * PRINTABLE || !text.trim().contains(char::is_whitespace) {
        return;
    }
    text.chars().chain(std::iter::once('\n')).for_each(|c| push(c, source, out));
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=')
}

fn from_base64(run: &[Unit]) -> Vec<u8> {
    let mut out = Vec::with_capacity(run.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for unit in run {
        let value = match unit.c {
            'A'..='Z' => u32::from(unit.c) - 65,
            'a'..='z' => u32::from(unit.c) - 71,
            '0'..='9' => u32::from(unit.c) + 4,
            '+' | '-' => 62,
            '/' | '_' => 63,
            _ => break,
        };
        bits = bits << 6 | value;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xFF).unwrap_or(0));
            bits &= (1 << count) - 1;
        }
    }
    out
}

fn from_hex(run: &[Unit]) -> Vec<u8> {
    let (pairs, _) = run.as_chunks::<2>();
    let digit = |unit: &Unit| unit.c.to_digit(16).unwrap_or(0);
    pairs.iter().map(|[high, low]| u8::try_from(digit(high) * 16 + digit(low)).unwrap_or(0)).collect()
}
