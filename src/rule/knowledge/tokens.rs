//! Token formats: the structure that a provider gives its tokens, checked part by part, with checksums.
//!
//! One description serves both ways: it recognises a token at an anchor, and it builds one for a rule case.

use super::super::diagnostic::Problems;
use super::super::table::TableReader;
use crate::text::Span;
use aho_corasick::AhoCorasick;

/// All formats.
#[derive(Debug, Default)]
pub struct Tokens {
    pub formats: Vec<TokenFormat>,
    /// The anchors of all formats, with the format that each belongs to.
    search: Option<AhoCorasick>,
    owners: Vec<usize>,
}

#[derive(Clone, Debug)]
pub struct TokenFormat {
    pub id: String,
    /// For people: `GitHub personal access token`.
    pub name: String,
    /// Leading characters that may be shown.
    pub visible: usize,
    /// Where the format is described.
    pub reference: String,
    pub example: String,
    pub near_miss: Vec<String>,
    /// What the match begins with, one of them.
    pub anchors: Vec<String>,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Literal(Vec<String>),
    Run {
        class: Class,
        min: usize,
        max: usize,
    },
    /// CRC-32 of everything between the first literal and here, in base 62, zero-padded to six digits.
    Crc32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Digits,
    LowerHex,
    Base32,
    Alphanumeric,
    LowerAlphanumeric,
    Letters,
    /// Letters, digits, `-`, `_`.
    Base64Url,
    /// Letters, digits, `_`.
    Word,
}

impl Class {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("digits", Self::Digits),
        ("lower-hex", Self::LowerHex),
        ("base32", Self::Base32),
        ("alphanumeric", Self::Alphanumeric),
        ("lower-alphanumeric", Self::LowerAlphanumeric),
        ("letters", Self::Letters),
        ("base64url", Self::Base64Url),
        ("word", Self::Word),
    ];

    fn holds(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::LowerHex => byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'),
            Self::Base32 => byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::LowerAlphanumeric => byte.is_ascii_digit() || byte.is_ascii_lowercase(),
            Self::Letters => byte.is_ascii_alphabetic(),
            Self::Base64Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_',
        }
    }

    fn alphabet(self) -> Vec<u8> {
        (b'!'..=b'~').filter(|byte| self.holds(*byte)).collect()
    }
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token that was found.
#[derive(Clone, Copy, Debug)]
pub struct TokenMatch<'a> {
    pub format: &'a TokenFormat,
    pub span: Span,
}

/// Which token a case wants: a true one, or one that differs in one respect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generated {
    Valid,
    /// One character of the checksum is wrong.
    BadChecksum,
    /// One character is missing from the shortest form.
    Short,
    /// Every random character is the same: a placeholder.
    Placeholder,
}

impl Tokens {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let formats = table.tables("format", problems).into_iter().filter_map(|row| TokenFormat::read(row, problems));
        let formats: Vec<TokenFormat> = formats.collect();
        let anchors = formats.iter().flat_map(|format| &format.anchors);
        let search = AhoCorasick::new(anchors).map_err(|error| problems.add(table.span(), error.to_string())).ok();
        let owners = formats.iter().enumerate().flat_map(|(at, format)| vec![at; format.anchors.len()]);
        Self { owners: owners.collect(), search, formats }
    }

    pub fn get(&self, id: &str) -> Option<&TokenFormat> {
        self.formats.iter().find(|format| format.id == id)
    }

    /// All tokens in `text`, sorted, by plain search: for redaction and values, not for whole trees.
    pub fn find_all(&self, text: &str) -> Vec<TokenMatch<'_>> {
        let hits = self.search.iter().flat_map(|search| search.find_overlapping_iter(text));
        let token = |hit: aho_corasick::Match| {
            let format = self.formats.get(*self.owners.get(hit.pattern().as_usize())?)?;
            format.matches_at(text, hit.start())
        };
        let mut found: Vec<TokenMatch<'_>> = hits.filter_map(token).collect();
        found.sort_by_key(|token| (token.span.start, std::cmp::Reverse(token.span.end)));
        found.dedup_by(|later, earlier| earlier.span.overlaps(later.span));
        found
    }
}

impl TokenFormat {
    fn read(mut row: TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let id = row.required_str("id", problems)?.value.to_owned();
        let name = row.required_str("name", problems)?.value.to_owned();
        let reference = row.required_str("reference", problems)?.value.to_owned();
        let example = row.required_str("example", problems)?.value.to_owned();
        let near_miss = row.owned_strings("near_miss", problems);
        if near_miss.is_empty() {
            problems.add(row.span(), "`near_miss` is missing");
        }
        let visible = row.integer("visible", problems);
        let parts =
            row.tables("parts", problems).into_iter().filter_map(|part| Part::read(part, problems)).collect::<Vec<_>>();
        let Some(Part::Literal(anchors)) = parts.first().cloned() else {
            problems.add(row.span(), "`parts` begins with a literal: it anchors the search");
            return None;
        };
        row.finish(problems);
        let shortest = anchors.iter().map(String::len).min().unwrap_or(0);
        let visible = visible.and_then(|n| usize::try_from(n).ok()).unwrap_or(shortest);
        Some(Self { id, name, visible, reference, example, near_miss, anchors, parts })
    }

    /// The name with its article, for the middle of a sentence.
    pub fn described(&self) -> String {
        let article = if self.name.to_ascii_lowercase().starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} {}", self.name)
    }

    /// The token that begins at `at`, if one does: every part fits, nothing of the same kind stands before or after
    /// it, the checksum is right, and the random part is no placeholder.
    pub fn matches_at(&self, text: &str, at: usize) -> Option<TokenMatch<'_>> {
        let bytes = text.as_bytes();
        let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied();
        if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !escaped_before(bytes, at) {
            return None;
        }
        let end = self.match_parts(bytes, at)?;
        let body = bytes.get(at..end)?;
        (!is_placeholder(body)).then_some(TokenMatch { format: self, span: Span::new(at, end) })
    }

    fn match_parts(&self, bytes: &[u8], start: usize) -> Option<usize> {
        let body = start
            + self
                .anchors
                .iter()
                .filter(|a| bytes.get(start..).is_some_and(|rest| rest.starts_with(a.as_bytes())))
                .map(String::len)
                .max()?;
        // A stack of choices instead of recursion: (part, offset, how many bytes the run took).
        let mut pending: Vec<(usize, usize)> = vec![(1, body)];
        let mut steps = 0;
        while let Some((part, at)) = pending.pop() {
            steps += 1;
            if steps > 2_000 {
                return None;
            }
            let Some(spec) = self.parts.get(part) else {
                if self.ends_cleanly(bytes, at) {
                    return Some(at);
                }
                continue;
            };
            match spec {
                Part::Literal(words) => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    let fitting = words.iter().filter(|word| rest.starts_with(word.as_bytes()));
                    pending.extend(fitting.map(|word| (part + 1, at + word.len())));
                }
                Part::Run { class, min, max } => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    let longest = rest.iter().take(*max).take_while(|byte| class.holds(**byte)).count();
                    // Longest last, so that it is tried first.
                    pending.extend((*min..=longest).map(|taken| (part + 1, at + taken)));
                }
                Part::Crc32 => {
                    let payload = bytes.get(body..at).unwrap_or_default();
                    if bytes.get(at..at + 6) == Some(&crc32_base62(payload)) {
                        pending.push((part + 1, at + 6));
                    }
                }
            }
        }
        None
    }

    /// Whether the token ends at `at`: what follows would not belong to it.
    fn ends_cleanly(&self, bytes: &[u8], at: usize) -> bool {
        let class = self.parts.iter().rev().find_map(|part| match part {
            Part::Run { class, .. } => Some(*class),
            Part::Crc32 => Some(Class::Alphanumeric),
            Part::Literal(_) => None,
        });
        let next = bytes.get(at).copied();
        !next.is_some_and(|byte| class.unwrap_or(Class::Word).holds(byte) || byte.is_ascii_alphanumeric())
    }

    /// Build a token of this format; `seed` makes it another one, and the same one each time.
    pub fn generate(&self, seed: u64, wanted: Generated) -> String {
        let mut random = Random(seed ^ 0x9E37_79B9_7F4A_7C15);
        let mut out = String::new();
        let mut body = 0;
        for (at, part) in self.parts.iter().enumerate() {
            match part {
                Part::Literal(words) => out.push_str(words.first().map_or("", String::as_str)),
                Part::Run { class, min, .. } => {
                    let is_first_run = !self.parts.iter().take(at).any(|part| matches!(part, Part::Run { .. }));
                    let length = if wanted == Generated::Short && is_first_run { min.saturating_sub(1) } else { *min };
                    let alphabet = class.alphabet();
                    let same = alphabet.last().copied().unwrap_or(b'x');
                    for _ in 0..length {
                        let pick = random.below(alphabet.len());
                        let byte = if wanted == Generated::Placeholder {
                            same
                        } else {
                            alphabet.get(pick).copied().unwrap_or(b'x')
                        };
                        out.push(char::from(byte));
                    }
                }
                Part::Crc32 => {
                    let mut digits = crc32_base62(out.as_bytes().get(body..).unwrap_or_default());
                    if wanted == Generated::BadChecksum {
                        digits[5] = if digits[5] == b'0' { b'1' } else { b'0' };
                    }
                    out.extend(digits.map(char::from));
                }
            }
            if at == 0 {
                body = out.len();
            }
        }
        out
    }
}

impl Part {
    /// `{ literal = "ghp_" }`, `{ run = "alphanumeric", length = 36 }`, `{ run = …, length = [20, 40] }`, `{ crc32 = true }`.
    fn read(mut part: TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let literal = part.owned_strings("literal", problems);
        let run = part.str("run", problems);
        let length = part.integers("length", problems);
        let crc = part.bool("crc32", problems);
        let span = part.span();
        part.finish(problems);
        if !literal.is_empty() {
            return Some(Self::Literal(literal));
        }
        if crc == Some(true) {
            return Some(Self::Crc32);
        }
        let run = run?;
        let Some((_, class)) = Class::NAMES.iter().find(|(name, _)| *name == run.value) else {
            let known: Vec<_> = Class::NAMES.iter().map(|(name, _)| *name).collect();
            problems.add_with_help(run.span, format!("unknown class `{}`", run.value), known.join(", "));
            return None;
        };
        let bounds: Vec<usize> = length.iter().filter_map(|n| usize::try_from(*n).ok()).collect();
        let (Some(min), Some(max)) = (bounds.first(), bounds.last()) else {
            problems.add(span, "a run has a `length`: a number or [least, most]");
            return None;
        };
        Some(Self::Run { class: *class, min: *min, max: (*max).min(4096) })
    }
}

/// Whether the character before `at` ends an escape such as `\n` or `%3D`, not a word.
fn escaped_before(bytes: &[u8], at: usize) -> bool {
    let back = |by: usize| at.checked_sub(by).and_then(|i| bytes.get(i)).copied();
    let control = matches!(back(1), Some(b'n' | b't' | b'r')) && back(2) == Some(b'\\');
    let percent = back(3) == Some(b'%') && [back(2), back(1)].iter().flatten().all(u8::is_ascii_hexdigit);
    control || percent
}

/// Real tokens are random. A body of few different characters, or one that counts up, or that says it is an example,
/// is a placeholder.
fn is_placeholder(token: &[u8]) -> bool {
    let lower = token.to_ascii_lowercase();
    let says = |word: &[u8]| lower.windows(word.len()).any(|window| window == word);
    if [&b"example"[..], b"xxxx", b"your_", b"your-", b"placeholder", b"1234567890", b"abcdefghij", b"changeme"]
        .iter()
        .any(|word| says(word))
    {
        return true;
    }
    if token.windows(6).any(|window| window.iter().all(|byte| Some(byte) == window.first())) {
        return true;
    }
    let tail = token.get(token.len() / 4..).unwrap_or_default();
    let mut seen = [false; 256];
    for byte in tail {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    let different = seen.iter().filter(|seen| **seen).count();
    different < (tail.len() / 4).clamp(4, 10)
}

fn crc32_base62(payload: &[u8]) -> [u8; 6] {
    let mut rest = crc32fast::hash(payload) as usize;
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62.get(rest % 62).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits
}

/// SplitMix64: enough to make case tokens that look random and are the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Knowledge;
    use super::*;

    fn tokens() -> Tokens {
        Knowledge::embedded().unwrap().tokens
    }

    #[test]
    fn every_format_finds_its_own_tokens_and_none_that_is_off() {
        for format in &tokens().formats {
            for seed in 0..200 {
                let token = format.generate(seed, Generated::Valid);
                let text = format!("key = \"{token}\"\n");
                let found = format.matches_at(&text, 7);
                assert_eq!(found.map(|f| f.span), Some(Span::new(7, 7 + token.len())), "{} {token}", format.id);
                let joined = format!("x{token}");
                assert!(format.matches_at(&joined, 1).is_none(), "{}: part of a longer word", format.id);
                for off in [Generated::Short, Generated::Placeholder] {
                    let token = format.generate(seed, off);
                    assert!(format.matches_at(&token, 0).is_none(), "{} {off:?} {token}", format.id);
                }
                if format.parts.iter().any(|part| matches!(part, Part::Crc32)) {
                    let token = format.generate(seed, Generated::BadChecksum);
                    assert!(format.matches_at(&token, 0).is_none(), "{} {token}", format.id);
                }
            }
        }
    }

    #[test]
    fn tokens_are_found_behind_escapes_and_not_inside_words() {
        let tokens = tokens();
        let token = tokens.get("npm-token").unwrap().generate(1, Generated::Valid);
        for text in [format!("a\\n{token}"), format!("?t%3D{token}&x"), format!("//x:{token}@h"), format!("={token};")]
        {
            assert_eq!(tokens.find_all(&text).len(), 1, "{text}");
        }
    }
}
