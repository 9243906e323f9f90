//! Byte offset → line and column, in constant time for any line length.

use super::Span;

/// Bytes between two checkpoints of the character count. A column costs at most this many bytes of counting.
const BLOCK: usize = 512;

/// A 1-based line and column; the column counts Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// Where the lines of one text begin, and how many characters stand before every block of bytes.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
    characters: Vec<usize>,
    len: usize,
}

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        starts.extend(bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1));
        let mut characters = Vec::with_capacity(bytes.len() / BLOCK + 1);
        let mut seen = 0;
        for block in bytes.chunks(BLOCK) {
            characters.push(seen);
            seen += count_characters(block);
        }
        Self { starts, characters, len: bytes.len() }
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
        let column = self.characters_before(text, offset) - self.characters_before(text, start);
        Position { line: line + 1, column: column + 1 }
    }

    fn characters_before(&self, text: &str, offset: usize) -> usize {
        let block = offset / BLOCK;
        let known = self.characters.get(block).copied();
        let from = known.map_or(0, |_| block * BLOCK);
        let bytes = text.as_bytes().get(from..offset).unwrap_or_default();
        match known {
            Some(known) => known + count_characters(bytes),
            // The offset is the end of a text whose length is a multiple of the block.
            None => count_characters(text.as_bytes()),
        }
    }
}

/// Characters that begin in `bytes`: all bytes but the UTF-8 continuation bytes.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, offset: usize, line: usize, column: usize) {
        assert_eq!(LineIndex::new(text).position(text, offset), Position { line, column }, "offset {offset}");
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
