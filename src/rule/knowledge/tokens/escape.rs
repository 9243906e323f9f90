//! One character of a token as a file may write it: itself, or behind the escape of a URL or of JSON.

/// The character that begins at `at`, and how many bytes it takes there.
pub(super) fn character(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let first = *bytes.get(at)?;
    let written = match first {
        b'%' => hex(bytes, at + 1).map(|byte| (byte, 3)),
        b'\\' if bytes.get(at + 1) == Some(&b'/') => Some((b'/', 2)),
        b'\\' if bytes.get(at + 1..at + 4) == Some(b"u00") => hex(bytes, at + 4).map(|byte| (byte, 6)),
        _ => None,
    };
    Some(written.unwrap_or((first, 1)))
}

/// The character that ends before `at`, and how many bytes it takes there.
pub(super) fn character_before(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let last = *bytes.get(at.checked_sub(1)?)?;
    let escaped = [2, 3, 6].into_iter().find_map(|length| {
        let start = at.checked_sub(length)?;
        character(bytes, start).filter(|(_, taken)| *taken == length)
    });
    Some(escaped.unwrap_or((last, 1)))
}

/// How else a URL or JSON may write `word`: with its special characters escaped.
pub(super) fn escaped(word: &str) -> Vec<String> {
    let in_url = |c: char| if "+/=:@$".contains(c) { format!("%{:02X}", u32::from(c)) } else { c.to_string() };
    let in_url: String = word.chars().map(in_url).collect();
    let in_json = word.replace('/', "\\/").replace('+', "\\u002B");
    [in_url, in_json].into_iter().filter(|written| written != word).collect()
}

/// Whether the letter before `at` belongs to an escape such as `\n` or `%3D`, not to a word.
pub(super) fn ends_before(bytes: &[u8], at: usize) -> bool {
    let is_control = at.checked_sub(2).and_then(|start| bytes.get(start..at)).is_some_and(is_control);
    is_control || character_before(bytes, at).is_some_and(|(byte, length)| length > 1 && !is_word(byte))
}

/// `\n`, `\t`, `\r`.
pub(super) fn is_control(pair: &[u8]) -> bool {
    matches!(pair, [b'\\', b'n' | b't' | b'r'])
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn hex(bytes: &[u8], at: usize) -> Option<u8> {
    let digits = std::str::from_utf8(bytes.get(at..at + 2)?).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_one_character() {
        for (text, expected) in
            [("%2B", (b'+', 3)), ("\\/", (b'/', 2)), ("\\u003d", (b'=', 6)), ("%2", (b'%', 1)), ("a", (b'a', 1))]
        {
            assert_eq!(character(text.as_bytes(), 0), Some(expected), "{text}");
            if expected.1 > 1 {
                assert_eq!(character_before(text.as_bytes(), text.len()), Some(expected), "{text}");
            }
        }
        assert!(
            ends_before(b"a\\n", 3) && ends_before(b"k%3D", 4) && !ends_before(b"an", 2) && !ends_before(b"%41", 3)
        );
    }
}
