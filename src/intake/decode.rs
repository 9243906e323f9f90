//! Bytes → text, in linear time. Knows nothing of files or formats.

use super::{Artifact, Encoding, Kind, Meta, Source};
use crate::finding::{Gap, GapReason};

/// Bytes at the start of a file in which a NUL means that it is no text.
pub(super) const SNIFFED: usize = 8 * 1024;
/// Detail of the gap for files that are no text.
pub(super) const BINARY: &str = "binary files";

/// What an invalid byte stands as: one byte, so that offsets still count the bytes of the file.
const SUBSTITUTE: char = '\u{1A}';

/// The artifact of a file whose content came another way, such as standard input: `path` as it is shown, `place` as it
/// is classified.
///
/// # Errors
/// A [`GapReason::Binary`] gap if the bytes are no text.
pub fn from_bytes(path: &str, place: &str, bytes: Vec<u8>) -> Result<Artifact, Gap> {
    if is_binary(&bytes) {
        let detail = BINARY.to_owned();
        return Err(Gap { path: path.to_owned(), reason: GapReason::Binary, detail, files: Some(1) });
    }
    let meta = Meta { bytes: bytes.len() as u64, ..Meta::default() };
    Ok(Artifact { path: path.to_owned(), place: place.to_owned(), kind: Kind::Text(decode(bytes)), meta })
}

/// Whether a file that starts with `head` is no text.
pub(super) fn is_binary(head: &[u8]) -> bool {
    let head = head.get(..SNIFFED).unwrap_or(head);
    match utf16(head) {
        // What looks like UTF-16 and starts with a NUL is UTF-32.
        Some((_, units)) => units.starts_with(&[0, 0]),
        None => head.contains(&0),
    }
}

/// The text of `bytes`, which must not be [`is_binary`]. UTF-8 is not copied.
pub(super) fn decode(bytes: Vec<u8>) -> Source {
    if let Some((unit, units)) = utf16(&bytes) {
        return Source { text: decode_utf16(unit, units), encoding: Encoding::Utf16 };
    }
    match String::from_utf8(bytes) {
        Ok(text) => Source { text, encoding: Encoding::Utf8 },
        Err(error) => Source { text: substitute_invalid(error.as_bytes()), encoding: Encoding::Lossy },
    }
}

type Unit = fn([u8; 2]) -> u16;

/// How to read the code units after a UTF-16 byte order mark, and those units.
fn utf16(bytes: &[u8]) -> Option<(Unit, &[u8])> {
    match bytes {
        [0xFF, 0xFE, units @ ..] => Some((u16::from_le_bytes, units)),
        [0xFE, 0xFF, units @ ..] => Some((u16::from_be_bytes, units)),
        _ => None,
    }
}

fn decode_utf16(unit: Unit, bytes: &[u8]) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    // The mark stays the first character, as it does in UTF-8.
    let mut text = String::with_capacity(bytes.len());
    text.push('\u{FEFF}');
    let decoded = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)));
    text.extend(decoded.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

fn substitute_invalid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| SUBSTITUTE));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(bytes: &[u8], text: &str, encoding: Encoding) {
        let artifact = from_bytes("a", "/a", bytes.to_vec()).expect("no gap");
        let source = artifact.source().expect("text");
        assert_eq!((source.text.as_str(), source.encoding), (text, encoding));
    }

    #[test]
    fn each_encoding_is_recognised() {
        check(b"", "", Encoding::Utf8);
        check("\u{FEFF}ä".as_bytes(), "\u{FEFF}ä", Encoding::Utf8);
        check(b"\xFF\xFEh\0i\0", "\u{FEFF}hi", Encoding::Utf16);
        check(b"\xFE\xFF\0h\0i", "\u{FEFF}hi", Encoding::Utf16);
        check(b"\xFF\xFE\x3D\xD8\x00\xDE", "\u{FEFF}\u{1F600}", Encoding::Utf16);
    }

    #[test]
    fn broken_utf16_keeps_its_place() {
        check(b"\xFF\xFE\x00\xD8a\0", "\u{FEFF}\u{FFFD}a", Encoding::Utf16);
        check(b"\xFF\xFEa\0b", "\u{FEFF}a\u{FFFD}", Encoding::Utf16);
        check(b"\xFF\xFE", "\u{FEFF}", Encoding::Utf16);
    }

    #[test]
    fn invalid_bytes_keep_all_offsets() {
        check(b"a\xFFb\xE2\x82c\xC3", "a\x1Ab\x1A\x1Ac\x1A", Encoding::Lossy);
        check(b"\xED\xA0\x80!", "\x1A\x1A\x1A!", Encoding::Lossy);
    }

    #[test]
    fn a_nul_near_the_start_is_no_text() {
        let gap = from_bytes("a", "/a", b"MZ\0".to_vec()).expect_err("a gap");
        assert_eq!((gap.reason, gap.files), (GapReason::Binary, Some(1)));
        assert!(from_bytes("a", "/a", b"\xFF\xFE\0\0h\0\0\0".to_vec()).is_err(), "UTF-32");
        let mut late = vec![b'a'; SNIFFED];
        late.push(0);
        assert!(from_bytes("a", "/a", late).is_ok());
    }

    proptest! {
        #[test]
        fn lossy_text_is_as_long_as_its_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let source = decode(bytes.clone());
            prop_assert!(source.encoding == Encoding::Utf16 || source.text.len() == bytes.len());
        }
    }
}
