//! The hash by which GitHub's code scanning knows a line again when others move: `primaryLocationLineHash`.
//!
//! The algorithm is that of its upload action (github/codeql-action, `src/fingerprints.ts`): a rolling hash over the 100
//! UTF-16 units from the start of the line on, blanks and tabs left out, every line end as one line feed, `0xFFFF` for
//! the end of the file and zeros behind it, modulo 2^64; `:n` numbers the lines of a file that share a hash.
//!
//! Here it is made of the text with secrets masked at their width: a hash over a line with a weak password would tell
//! the password to whoever tries enough of them. For a file that holds nothing sensitive and is valid UTF-8, the value
//! is the one that the action computes.

use super::Sensitive;
use std::collections::{BTreeMap, BTreeSet};

/// Units that a hash covers.
const WINDOW: usize = 100;
const FACTOR: u64 = 37;
const END_OF_FILE: u16 = 0xFFFF;
const MASK: u16 = b'*' as u16;
const LINE_FEED: u16 = b'\n' as u16;

/// The hashes of the 1-based `lines` of `text`, where they exist. `sensitive` is sorted and holds no overlaps.
pub fn line_hashes(text: &str, sensitive: &[Sensitive], lines: &BTreeSet<usize>) -> BTreeMap<usize, String> {
    let Some(last) = lines.last().copied() else { return BTreeMap::new() };
    let mut wanted: BTreeMap<usize, u64> = BTreeMap::new();
    roll(text, sensitive, last, |line, hash| {
        if lines.contains(&line) {
            wanted.insert(line, hash);
        }
    });
    // A second pass counts equal lines, so that memory grows with the findings and not with the lines of the file.
    let mut counts: BTreeMap<u64, usize> = wanted.values().map(|hash| (*hash, 0)).collect();
    let mut out = BTreeMap::new();
    roll(text, sensitive, last, |line, hash| {
        let Some(count) = counts.get_mut(&hash) else { return };
        *count += 1;
        if lines.contains(&line) {
            out.insert(line, format!("{hash:x}:{count}"));
        }
    });
    out
}

/// Tell `found` the hash of every line up to `last`.
fn roll(text: &str, sensitive: &[Sensitive], last: usize, found: impl FnMut(usize, u64)) {
    let mut roller = Roller {
        window: [0; WINDOW],
        starts: [0; WINDOW],
        at: 0,
        hash: 0,
        oldest: (0..WINDOW).fold(1u64, |power, _| power.wrapping_mul(FACTOR)),
        line: 0,
        last,
        at_start: true,
        found,
    };
    let mut after_return = false;
    for unit in units(text, sensitive) {
        let skipped = matches!(unit, 0x20 | 0x09) || (after_return && unit == LINE_FEED);
        after_return = !skipped && unit == 0x0D;
        if !skipped && !roller.take(if after_return { LINE_FEED } else { unit }) {
            return;
        }
    }
    roller.take(END_OF_FILE);
    (0..WINDOW).for_each(|_| roller.push(0));
}

struct Roller<F> {
    window: [u16; WINDOW],
    /// The line that begins at this place of the window, or 0.
    starts: [usize; WINDOW],
    at: usize,
    hash: u64,
    /// The weight of the unit that leaves the window.
    oldest: u64,
    line: usize,
    last: usize,
    at_start: bool,
    found: F,
}

impl<F: FnMut(usize, u64)> Roller<F> {
    /// Returns whether any line that is asked for may still come.
    fn take(&mut self, unit: u16) -> bool {
        let told = self.tell();
        if self.at_start {
            self.line += 1;
            if let Some(start) = self.starts.get_mut(self.at) {
                *start = self.line;
            }
        }
        self.at_start = unit == LINE_FEED;
        self.roll(unit);
        told < self.last
    }

    fn push(&mut self, unit: u16) {
        self.tell();
        self.roll(unit);
    }

    /// The window is full again: the line that began here is complete. Returns its number, or 0.
    fn tell(&mut self) -> usize {
        let line = self.starts.get_mut(self.at).map_or(0, std::mem::take);
        if line > 0 {
            (self.found)(line, self.hash);
        }
        line
    }

    fn roll(&mut self, unit: u16) {
        let Some(slot) = self.window.get_mut(self.at) else { return };
        let leaving = std::mem::replace(slot, unit);
        self.hash = FACTOR
            .wrapping_mul(self.hash)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.oldest.wrapping_mul(u64::from(leaving)));
        self.at = (self.at + 1) % WINDOW;
    }
}

/// The UTF-16 units of `text`, each character of a sensitive part behind its visible prefix as one asterisk. Line ends
/// stay, so that lines keep their numbers.
fn units<'a>(text: &'a str, sensitive: &'a [Sensitive]) -> impl Iterator<Item = u16> + 'a {
    let mut parts = sensitive.iter().peekable();
    let mut seen = 0;
    text.char_indices().flat_map(move |(at, c)| {
        while parts.next_if(|part| part.span.end <= at).is_some() {
            seen = 0;
        }
        let mut encoded = [0; 2];
        let masked = parts.peek().is_some_and(|part| {
            let inside = part.span.contains_offset(at);
            seen += usize::from(inside);
            inside && seen > part.visible && !matches!(c, '\n' | '\r')
        });
        let count = if masked {
            encoded = [MASK, 0];
            1
        } else {
            c.encode_utf16(&mut encoded).len()
        };
        encoded.into_iter().take(count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Mask, Span};

    fn hashes(text: &str, sensitive: &[Sensitive]) -> Vec<String> {
        line_hashes(text, sensitive, &(1..=30).collect()).into_values().collect()
    }

    /// The values are those that the tests of the upload action expect.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(hashes(text, &[]), expected, "{text:?}");
    }

    #[test]
    fn known_answers() {
        check("", &["c129715d7a2bc9a3:1"]);
        let letters = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        check(" a\nb\n  \t\tc\n d", &letters);
        check(
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
            &[
                "8b7cf3e952e7aeb2:1",
                "b1ae1287ec4718d9:1",
                "bff680108adb0fcc:1",
                "c6805c5e1288b612:1",
                "b86d3392aea1be30:1",
                "e6ceba753e1a442:1",
            ],
        );
    }

    #[test]
    fn known_answers_for_every_line_end() {
        let expected = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        check(" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", &expected);
        check(" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", &expected);
        check(" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", &expected);
        check(" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", &expected);
    }

    #[test]
    fn known_answers_for_equal_lines() {
        check(
            &"Lorem ipsum dolor sit amet.\n".repeat(10),
            &[
                "a7f2ff13bc495cf2:1",
                "a7f2ff13bc495cf2:2",
                "a7f2ff13bc495cf2:3",
                "a7f2ff13bc495cf2:4",
                "a7f2ff13bc495cf2:5",
                "a7f2ff13bc495cf2:6",
                "a7f2ff1481e87703:1",
                "a9cf91f7bbf1862b:1",
                "55ec222b86bcae53:1",
                "cc97dc7b1d7d8f7b:1",
                "c129715d7a2bc9a3:1",
            ],
        );
    }

    #[test]
    fn some_lines_are_as_all_lines() {
        let text = "Lorem ipsum dolor sit amet.\n".repeat(200);
        let some = line_hashes(&text, &[], &BTreeSet::from([3, 150, 201, 202]));
        assert_eq!(some.keys().copied().collect::<Vec<_>>(), [3, 150, 201]);
        assert_eq!(some.get(&3).map(String::as_str), Some("a7f2ff13bc495cf2:3"));
        assert_eq!(some.get(&150).map(String::as_str), Some("a7f2ff13bc495cf2:150"));
        assert_eq!(some.get(&201).map(String::as_str), Some("c129715d7a2bc9a3:1"));
    }

    #[test]
    fn a_secret_changes_nothing_but_by_its_length() {
        let with = |secret: &str| {
            let text = format!("a = 1\npassword = {secret}\nb = 2\n");
            let span = Span::new(17, 17 + secret.len());
            hashes(&text, &[Sensitive { span, visible: 0, mask: Mask::Secret }])
        };
        assert_eq!(with("hunter2"), with("abcdefg"));
        assert_eq!(with("hunter2"), hashes("a = 1\npassword = *******\nb = 2\n", &[]));
        assert_eq!(with("hun\r\n2").len(), with("hunter2").len() + 1);
    }

    #[test]
    fn units_are_those_of_utf16() {
        let all: Vec<u16> = units("a\u{1F600}ä", &[]).collect();
        assert_eq!(all, "a\u{1F600}ä".encode_utf16().collect::<Vec<_>>());
    }
}
