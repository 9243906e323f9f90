//! Checksums inside tokens, as their providers describe them. Only those whose algorithm is public.

use super::class::BECH32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checksum {
    /// CRC-32 of what stands between the first literal and here, six digits of base 62. GitHub, npm.
    Crc32Base62,
    /// CRC-32 of the whole token up to here, seven digits of base 36. Routable tokens of GitLab.
    Crc32Base36,
    /// CRC-32 of the token up to the `_` before the checksum, little-endian, eight hexadecimal digits. Grafana.
    Crc32Hex,
    /// The six check characters of Bech32 (BIP 173), upper case. age.
    Bech32,
}

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LOWER_DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

impl Checksum {
    pub(super) const NAMES: &'static [(&'static str, Self)] = &[
        ("crc32-base62", Self::Crc32Base62),
        ("crc32-base36", Self::Crc32Base36),
        ("crc32-hex", Self::Crc32Hex),
        ("bech32", Self::Bech32),
    ];

    pub(super) fn length(self) -> usize {
        match self {
            Self::Crc32Base62 | Self::Bech32 => 6,
            Self::Crc32Base36 => 7,
            Self::Crc32Hex => 8,
        }
    }

    /// The checksum of a token that begins with `token`; its first literal has `literal` bytes.
    pub(super) fn of(self, token: &[u8], literal: usize) -> Vec<u8> {
        match self {
            Self::Crc32Base62 => {
                digits(crc32fast::hash(token.get(literal..).unwrap_or_default()), DIGITS, self.length())
            }
            Self::Crc32Base36 => digits(crc32fast::hash(token), LOWER_DIGITS, self.length()),
            Self::Crc32Hex => {
                let payload = token.strip_suffix(b"_").unwrap_or(token);
                crc32fast::hash(payload)
                    .to_le_bytes()
                    .iter()
                    .flat_map(|byte| format!("{byte:02x}").into_bytes())
                    .collect()
            }
            Self::Bech32 => bech32(token),
        }
    }
}

/// `number` in the base of `alphabet`, zero-padded.
fn digits(number: u32, alphabet: &[u8], length: usize) -> Vec<u8> {
    let mut rest = number as usize;
    let mut digits = vec![b'0'; length];
    for digit in digits.iter_mut().rev() {
        *digit = alphabet.get(rest % alphabet.len()).copied().unwrap_or(b'0');
        rest /= alphabet.len();
    }
    digits
}

/// `PREFIX1DATA` in upper case: the six characters that follow.
fn bech32(token: &[u8]) -> Vec<u8> {
    let Some(split) = token.iter().rposition(|byte| *byte == b'1') else { return Vec::new() };
    let prefix: Vec<u8> = token.get(..split).unwrap_or_default().to_ascii_lowercase();
    let data = token.get(split + 1..).unwrap_or_default();
    let values = prefix.iter().map(|byte| byte >> 5).chain([0]).chain(prefix.iter().map(|byte| byte & 31));
    let data = data.iter().map(|byte| value_of(*byte));
    let remainder = values.chain(data).chain([0; 6]).fold(1_u32, polymod) ^ 1;
    (0..6_u32).map(|at| BECH32.get((remainder >> (5 * (5 - at)) & 31) as usize).copied().unwrap_or(b'Q')).collect()
}

fn value_of(byte: u8) -> u8 {
    BECH32.iter().position(|held| *held == byte).and_then(|at| u8::try_from(at).ok()).unwrap_or(0)
}

fn polymod(sum: u32, value: u8) -> u32 {
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let top = sum >> 25;
    let shifted = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
    GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(shifted, |sum, (_, term)| sum ^ term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_vector_of_the_standard() {
        // BIP 173, first valid string: `A12UEL5L`, prefix `a` and no data.
        assert_eq!(bech32(b"A1"), b"2UEL5L");
        // The second: a long prefix in lower case, data `q`-free.
        assert_eq!(bech32(b"ABCDEF1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"), b"MQQQXW");
    }

    #[test]
    fn a_number_is_padded() {
        assert_eq!(digits(1, DIGITS, 6), b"000001");
        assert_eq!(digits(u32::MAX, LOWER_DIGITS, 7), b"1z141z3");
    }
}
