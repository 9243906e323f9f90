//! Byte offset → line and column, in constant time for any line length.

use super::Span;

/// Bytes between two checkpoints of the character count. A column costs at most this many bytes of counting.
const BLOCK: usize = 512;

/// A 1-based line and column; the column counts Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
    /// The column in UTF-16 code units, as editors and SARIF count; a byte order mark takes no column here.
    pub utf16_column: usize,
}

/// Where the lines of one text begin, and how many characters stand before every block of bytes.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
    characters: Vec<usize>,
    /// Characters of two UTF-16 units before every block; empty for the usual text that has none.
    astral: Vec<usize>,
    has_mark: bool,
    len: usize,
}

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        starts.extend(bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1));
        let characters = running_sum(bytes, count_characters);
        let has_astral = bytes.iter().any(|byte| *byte >= ASTRAL);
        let astral = if has_astral { running_sum(bytes, count_astral) } else { Vec::new() };
        Self { starts, characters, astral, has_mark: text.starts_with('\u{FEFF}'), len: bytes.len() }
    }

    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// The 0-based line that holds `offset`.
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The bytes of a 0-based line without its line terminator; the empty span at the end for a line past the last.
    pub fn line_span(&self, text: &str, line: usize) -> Span {
        let Some(&start) = self.starts.get(line) else { return Span::at(self.len) };
        let mut end = self.starts.get(line + 1).map_or(self.len, |next| next - 1);
        if end > start && text.as_bytes().get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        Span::new(start, end)
    }

    /// The line and column of `offset`, which must lie on a character boundary of the indexed text.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(self.len);
        let line = self.line_of(offset);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let between = |sums: &[usize], count: fn(&[u8]) -> usize| {
            before(text, offset, sums, count) - before(text, start, sums, count)
        };
        let column = between(&self.characters, count_characters);
        let astral = if self.astral.is_empty() { 0 } else { between(&self.astral, count_astral) };
        let mark = usize::from(self.has_mark && line == 0 && offset > 0);
        Position { line: line + 1, column: column + 1, utf16_column: column + astral + 1 - mark }
    }
}

/// What `count` finds in all of `bytes` before each block.
fn running_sum(bytes: &[u8], count: fn(&[u8]) -> usize) -> Vec<usize> {
    let mut seen = 0;
    let sum = |block: &[u8]| {
        let before = seen;
        seen += count(block);
        before
    };
    bytes.chunks(BLOCK).map(sum).collect()
}

/// What `count` finds before `offset`, from the sums before each block.
fn before(text: &str, offset: usize, sums: &[usize], count: fn(&[u8]) -> usize) -> usize {
    let block = offset / BLOCK;
    match sums.get(block) {
        Some(known) => known + count(text.as_bytes().get(block * BLOCK..offset).unwrap_or_default()),
        // The offset is the end of a text whose length is a multiple of the block.
        None => count(text.as_bytes()),
    }
}

/// Characters that begin in `bytes`: all bytes but the UTF-8 continuation bytes.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

/// The first byte of a character that takes two UTF-16 units is not below this one.
const ASTRAL: u8 = 0xF0;

fn count_astral(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte >= ASTRAL).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, offset: usize, line: usize, column: usize) {
        let found = LineIndex::new(text).position(text, offset);
        assert_eq!((found.line, found.column), (line, column), "offset {offset}");
    }

    /// Mixed from what columns depend on: one to four bytes, line ends, and long lines that cross the blocks.
    fn texts() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            3 => "[ -~]{0,40}",
            2 => "[äß€字]{0,20}",
            2 => "[\u{1F600}-\u{1F64F}\u{10FFFF}]{0,20}",
            1 => Just("\r\n".to_owned()),
            1 => Just("\n".to_owned()),
            1 => Just("\r".to_owned()),
            1 => Just("x".repeat(BLOCK - 1)),
        ];
        (any::<bool>(), prop::collection::vec(part, 0..40))
            .prop_map(|(mark, parts)| format!("{}{}", if mark { "\u{FEFF}" } else { "" }, parts.concat()))
    }

    proptest! {
        #[test]
        fn utf16_columns_are_those_of_the_encoded_line(text in texts(), at in 0usize..4_000) {
            let offset = Span::at(at).clamped(&text).start;
            let found = LineIndex::new(&text).position(&text, offset);
            let before = &text[..offset];
            let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
            prop_assert_eq!(found.line, before.matches('\n').count() + 1);
            prop_assert_eq!(found.column, line.chars().count() + 1);
            let without_mark = if line.len() == offset { line.trim_start_matches('\u{FEFF}') } else { line };
            prop_assert_eq!(found.utf16_column, without_mark.encode_utf16().count() + 1);
        }
    }

    #[test]
    fn positions_count_characters_and_lines() {
        check("", 0, 1, 1);
        check("ab\ncd", 3, 2, 1);
        check("ä€b", 5, 1, 3);
        check("a\r\nb", 3, 2, 1);
        check("a\n", 2, 2, 1);
    }

    #[test]
    fn a_long_line_is_counted_through_checkpoints() {
        let text = format!("{}€x", "ä".repeat(10_000));
        check(&text, 20_000, 1, 10_001);
        check(&text, 20_003, 1, 10_002);
        let whole = "x".repeat(BLOCK * 2);
        check(&whole, BLOCK * 2, 1, BLOCK * 2 + 1);
    }

    #[test]
    fn line_spans_leave_the_terminator_out() {
        let text = "one\r\ntwo\n";
        let index = LineIndex::new(text);
        assert_eq!(index.line_span(text, 0).slice(text), Some("one"));
        assert_eq!(index.line_span(text, 1).slice(text), Some("two"));
        assert_eq!(index.line_span(text, 2).slice(text), Some(""));
        assert_eq!(index.line_span(text, 9).slice(text), Some(""));
    }
}
