//! Columns of a terminal: how wide a text is, how it is wrapped and cut, how numbers are written.

use crate::text::{Span, escape_controls};
use unicode_width::UnicodeWidthChar;

/// Columns that a text takes, character by character: miette counts so too, with slightly older tables.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The words of `text` in lines of at most `columns`. A longer word stands alone and stays whole: a cut path or address
/// cannot be copied. Control characters are escaped.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split_whitespace().map(escape_controls) {
        let wide = width(&word);
        match lines.last_mut() {
            Some(line) if used + 1 + wide <= columns => {
                line.push(' ');
                line.push_str(&word);
                used += 1 + wide;
            }
            _ => {
                lines.push(word);
                used = wide;
            }
        }
    }
    lines
}

/// Add `text` behind `lead` (of one column per character), wrapped, with further lines under its beginning.
pub(super) fn paragraph(out: &mut String, lead: &str, text: &str, columns: usize) {
    let indent = width(lead);
    hang(out, lead, indent, &wrap(text, columns.saturating_sub(indent)));
}

/// Add `lines`, the first behind `lead`, the others behind `indent` blanks.
pub(super) fn hang(out: &mut String, lead: &str, indent: usize, lines: &[String]) {
    for (number, line) in lines.iter().enumerate() {
        if number == 0 {
            out.push_str(lead);
        } else if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
        }
        out.push_str(line);
        out.push('\n');
    }
}

/// Join `parts` with `separator` into lines of at most `columns`; a part is never broken.
pub(super) fn pack(parts: &[String], separator: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if width(line) + width(separator) + width(part) <= columns => {
                line.push_str(separator);
                line.push_str(part);
            }
            _ => lines.push(part.clone()),
        }
    }
    lines
}

/// Cut `line` to `columns` with `mark` where something is missing, so that `part` stays visible, or at least begins
/// inside. Returns what is shown, and where in it the bytes of `part` are.
pub(super) fn crop(line: &str, part: Span, columns: usize, mark: &str) -> (String, Span) {
    let total = width(line);
    if total <= columns {
        return (line.to_owned(), part);
    }
    let from = first_column(line, part, total, columns, width(mark));
    let mut out = String::with_capacity(line.len());
    let mut room = columns;
    if from > 0 {
        out.push_str(mark);
        room = room.saturating_sub(width(mark));
    }
    if total - from > room {
        room = room.saturating_sub(width(mark));
    }
    let (mut start, mut end) = (None, None);
    let (mut column, mut used) = (0, 0);
    for (at, c) in line.char_indices() {
        start = start.or((at >= part.start).then_some(out.len()));
        end = end.or((at >= part.end).then_some(out.len()));
        let wide = char_width(c);
        let before = column < from || (wide == 0 && used == 0);
        column += wide;
        if before {
            continue;
        }
        if used + wide > room {
            break;
        }
        used += wide;
        out.push(c);
    }
    let shown = out.len();
    if from + used < total {
        out.push_str(mark);
    }
    // A part that goes on behind the cut covers the mark too; one that begins there points at it.
    let part = Span::new(start.unwrap_or(shown), end.unwrap_or(out.len()));
    (out, part)
}

/// The first column that is shown: as far left as the part allows, with some of what stands before it.
fn first_column(line: &str, part: Span, total: usize, columns: usize, mark: usize) -> usize {
    let start = width(line.get(..part.start).unwrap_or_default());
    let long = width(part.slice(line).unwrap_or_default()).max(1);
    if start + long + mark <= columns {
        return 0;
    }
    let spare = columns.saturating_sub(2 * mark + long);
    let lead = spare.min(columns / 4).max(2);
    let latest = (total + mark).saturating_sub(columns);
    start.saturating_sub(lead).min(latest)
}

/// `1 file`, `1,204 files`
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    match noun.strip_suffix('y') {
        Some(stem) if number != 1 => format!("{} {stem}ies", thousands(number)),
        _ => format!("{} {noun}{plural}", thousands(number)),
    }
}

pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `512 B`, `1.2 kB`, `34 MB`: decimal units, two significant digits below ten.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes.saturating_add(50) / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths = (tenths + 500) / 1000;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", thousands((tenths + 5) / 10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_wrapped_and_never_cut() {
        assert_eq!(wrap("one two  three\nfour", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("a https://example.invalid/x b", 9), ["a", "https://example.invalid/x", "b"]);
        assert_eq!(wrap("宽字 宽字", 8), ["宽字", "宽字"]);
    }

    #[test]
    fn a_cut_keeps_the_part() {
        let check = |line: &str, part: (usize, usize), columns: usize, expected: &str, label: &str| {
            let (shown, span) = crop(line, Span::new(part.0, part.1), columns, "…");
            assert_eq!((shown.as_str(), span.slice(&shown)), (expected, Some(label)));
        };
        check("short", (0, 5), 10, "short", "short");
        check("0123456789abcdef", (0, 2), 8, "0123456…", "01");
        check("0123456789abcdef", (14, 16), 8, "…9abcdef", "ef");
        check("0123456789abcdef", (8, 9), 8, "…6789ab…", "8");
        check("0123456789abcdef", (2, 14), 8, "0123456…", "23456…");
        check("字字字字字字", (6, 9), 7, "字字字…", "字");
        check("字字字字字字", (12, 15), 7, "…字字字", "字");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [count(1, "file"), count(1204, "file"), count(2, "policy entry")],
            ["1 file", "1,204 files", "2 policy entries"]
        );
        assert_eq!(
            [size(0), size(999), size(1000), size(1_249_000), size(999_960), size(34_400_000)],
            ["0 B", "999 B", "1.0 kB", "1.2 MB", "1.0 MB", "34 MB"]
        );
        assert_eq!(size(u64::MAX), "18,446,744 TB");
    }

    proptest! {
        #[test]
        fn any_cut_fits_and_keeps_its_part_on_characters(
            line in "\\PC{0,80}", a in 0usize..200, b in 0usize..200, columns in 10usize..60,
        ) {
            let part = Span::new(a, b).clamped(&line);
            let (shown, span) = crop(&line, part, columns, "…");
            prop_assert!(width(&shown) <= columns, "{shown:?}");
            prop_assert!(span.slice(&shown).is_some());
        }
    }
}
