//! What a string literal means: its characters, each with the bytes that spell it.

use crate::document::Language;
use crate::text::Span;
use std::borrow::Cow;

/// The characters of the text between the quotes of a literal of `language`, with their places in `text`.
///
/// Backslashes are escapes unless `is_raw`. An escape that the language does not know stands for itself.
pub fn characters<'a>(
    text: &'a str,
    content: Span,
    is_raw: bool,
    language: Language,
) -> impl Iterator<Item = (char, Span)> + 'a {
    let raw = content.slice(text).unwrap_or_default();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = raw.get(at..)?;
            let first = rest.chars().next()?;
            let (made, len) =
                if first == '\\' && !is_raw { escape(rest, language) } else { (Some(first), first.len_utf8()) };
            let span = Span::new(content.start + at, content.start + at + len);
            at += len;
            if let Some(made) = made {
                return Some((made, span));
            }
        }
    })
}

/// The text that a literal means.
pub fn cooked<'a>(text: &'a str, content: Span, is_raw: bool, language: Language) -> Cow<'a, str> {
    let raw = content.slice(text).unwrap_or_default();
    if is_raw || !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(characters(text, content, is_raw, language).map(|(made, _)| made).collect())
}

/// The character that the escape at the start of `rest` makes, and its length. A continued line makes none.
fn escape(rest: &str, language: Language) -> (Option<char>, usize) {
    let bytes = rest.as_bytes();
    let Some(kind) = rest.chars().nth(1) else { return (Some('\\'), 1) };
    let simple = |made| (Some(made), 2);
    match kind {
        'n' => simple('\n'),
        't' => simple('\t'),
        'r' => simple('\r'),
        'a' if language != Language::JavaScript => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'v' => simple('\u{b}'),
        'e' if language == Language::Shell => simple('\u{1b}'),
        '\\' | '\'' | '"' | '`' | '/' => simple(kind),
        '$' if language == Language::JavaScript => simple('$'),
        '\n' => (None, 2),
        '\r' => (None, if bytes.get(2) == Some(&b'\n') { 3 } else { 2 }),
        'x' => hexadecimal(rest, 2, 2),
        'u' if bytes.get(2) == Some(&b'{') => braced(rest),
        'u' => surrogates(rest),
        'U' => hexadecimal(rest, 2, 8),
        '0'..='7' => {
            let digits =
                rest.get(1..).map_or(0, |rest| rest.bytes().take(3).take_while(|it| matches!(it, b'0'..=b'7')).count());
            let value = rest.get(1..1 + digits).and_then(|digits| u32::from_str_radix(digits, 8).ok());
            (value.and_then(char::from_u32), 1 + digits)
        }
        _ => (Some('\\'), 1),
    }
}

fn hexadecimal(rest: &str, from: usize, digits: usize) -> (Option<char>, usize) {
    let value = rest.get(from..from + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match value.and_then(char::from_u32) {
        Some(made) => (Some(made), from + digits),
        None => (Some('\\'), 1),
    }
}

fn braced(rest: &str) -> (Option<char>, usize) {
    let end = rest.bytes().take(12).position(|byte| byte == b'}');
    let value = end.and_then(|end| rest.get(3..end)).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match (value.and_then(char::from_u32), end) {
        (Some(made), Some(end)) => (Some(made), end + 1),
        _ => (Some('\\'), 1),
    }
}

/// `\uXXXX`, and two of them that are one character.
fn surrogates(rest: &str) -> (Option<char>, usize) {
    let unit = |from: usize| rest.get(from..from + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match (unit(2), rest.get(6..8), unit(8)) {
        (Some(high @ 0xd800..0xdc00), Some("\\u"), Some(low @ 0xdc00..0xe000)) => {
            (char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
        }
        _ => hexadecimal(rest, 2, 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_what_the_languages_say() {
        let check = |raw: &str, language, expected: &str| {
            assert_eq!(cooked(raw, Span::new(0, raw.len()), false, language), expected, "{raw}");
        };
        check(r"a\n\x41\u0042\101", Language::Python, "a\nABA");
        check(r"\u{1F600}\ud83d\ude00\$", Language::JavaScript, "😀😀$");
        check("one\\\n two", Language::Python, "one two");
        check(r"\d+\.", Language::Python, r"\d+\.");
        check(r"\U0001F600\", Language::Python, "😀\\");
        assert_eq!(cooked(r"\n", Span::new(0, 2), true, Language::Python), r"\n");
    }

    #[test]
    fn characters_know_where_they_are_spelled() {
        let text = r#"x = "a\u200bé""#;
        let content = Span::new(5, text.len() - 1);
        let found: Vec<_> = characters(text, content, false, Language::JavaScript).collect();
        let spelled: Vec<_> = found.iter().map(|(made, span)| (*made, span.slice(text).unwrap())).collect();
        assert_eq!(spelled, [('a', "a"), ('\u{200b}', r"\u200b"), ('é', "é")]);
    }
}
