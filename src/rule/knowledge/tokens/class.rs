//! Which characters a run of a token is made of. Bytes of ASCII only.

/// A set of characters that a provider draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Digits,
    LowerHex,
    UpperHex,
    /// Hexadecimal digits of both cases.
    Hex,
    /// Upper-case letters and `2` to `7`.
    Base32,
    /// The data characters of Bech32, upper case.
    Bech32,
    Alphanumeric,
    LowerAlphanumeric,
    UpperAlphanumeric,
    Letters,
    /// Letters, digits, `+`, `/`.
    Base64,
    /// Letters, digits, `-`, `_`.
    Base64Url,
    /// Letters, digits, `_`.
    Word,
    /// Letters, digits, `-`.
    Hyphenated,
    /// Letters, digits, `-`, `_`, `.`, `~`.
    Unreserved,
}

/// The order of the characters is their value.
pub(super) const BECH32: &[u8; 32] = b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";

impl Class {
    pub(super) const NAMES: &'static [(&'static str, Self)] = &[
        ("digits", Self::Digits),
        ("lower-hex", Self::LowerHex),
        ("upper-hex", Self::UpperHex),
        ("hex", Self::Hex),
        ("base32", Self::Base32),
        ("bech32", Self::Bech32),
        ("alphanumeric", Self::Alphanumeric),
        ("lower-alphanumeric", Self::LowerAlphanumeric),
        ("upper-alphanumeric", Self::UpperAlphanumeric),
        ("letters", Self::Letters),
        ("base64", Self::Base64),
        ("base64url", Self::Base64Url),
        ("word", Self::Word),
        ("hyphenated", Self::Hyphenated),
        ("unreserved", Self::Unreserved),
    ];

    pub(super) fn holds(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::LowerHex => byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'),
            Self::UpperHex => byte.is_ascii_digit() || matches!(byte, b'A'..=b'F'),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Base32 => byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'),
            Self::Bech32 => BECH32.contains(&byte),
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::LowerAlphanumeric => byte.is_ascii_digit() || byte.is_ascii_lowercase(),
            Self::UpperAlphanumeric => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            Self::Letters => byte.is_ascii_alphabetic(),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'),
            Self::Base64Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Hyphenated => byte.is_ascii_alphanumeric() || byte == b'-',
            Self::Unreserved => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'),
        }
    }

    pub(super) fn alphabet(self) -> Vec<u8> {
        (b'!'..=b'~').filter(|byte| self.holds(*byte)).collect()
    }

    /// A character that the class does not have, as near to it as there is one.
    pub(super) fn foreign(self) -> u8 {
        b"gGz-_.!".iter().copied().find(|byte| !self.holds(*byte)).unwrap_or(b'!')
    }
}
