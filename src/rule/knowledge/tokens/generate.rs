//! Building tokens for tests: true ones, and those that differ in one respect.

use super::TokenFormat;
use super::base64;
use super::class::Class;
use super::part::{JsonPart, Part};

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

/// What is changed where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    None,
    Checksum,
    Same,
    /// One character is missing from this part.
    Short(usize),
    /// One character in the middle of this part is of another class.
    Foreign(usize),
}

impl TokenFormat {
    /// Build a token of this format; `seed` makes it another one, and the same one each time.
    pub fn generate(&self, seed: u64, wanted: Generated) -> String {
        let change = match wanted {
            Generated::Valid => Change::None,
            Generated::BadChecksum => Change::Checksum,
            Generated::Placeholder => Change::Same,
            Generated::Short => Change::Short(0),
        };
        self.build(seed, change)
    }

    /// Tokens that differ from a true one in one respect, each with the name of the respect: one for every part.
    pub fn near_misses(&self, seed: u64) -> Vec<(String, String)> {
        let runs = self.all_parts().filter(|part| matches!(part, Part::Run { .. })).count();
        let mut changes = vec![Change::Same];
        changes.extend((0..runs).flat_map(|run| [Change::Short(run), Change::Foreign(run)]));
        if self.has_checksum() {
            changes.push(Change::Checksum);
        }
        changes.into_iter().map(|change| (format!("{change:?}"), self.build(seed, change))).collect()
    }

    /// Whether a part of it is computed from the others.
    pub fn has_checksum(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Checksum(_)))
    }

    fn build(&self, seed: u64, change: Change) -> String {
        let mut random = Random(seed ^ 0x9E37_79B9_7F4A_7C15);
        let mut out = String::new();
        let (mut run, mut literal) = (0, 0);
        for part in self.all_parts() {
            match part {
                Part::Literal(words) => {
                    let pick = usize::try_from(seed % words.len().max(1) as u64).unwrap_or(0);
                    out.push_str(words.get(pick).map_or("", String::as_str));
                    literal = if literal == 0 { out.len() } else { literal };
                }
                Part::Run { class, min, max } => {
                    // Near misses start from the shortest form, so that nothing else of it can be a token.
                    let more = if change == Change::None { random.below((max - min).min(12) + 1) } else { 0 };
                    let length = if change == Change::Short(run) { min.saturating_sub(1) } else { min + more };
                    let foreign = (change == Change::Foreign(run)).then_some(length / 2);
                    characters(&mut out, class, length, foreign, change == Change::Same, &mut random);
                    run += 1;
                }
                Part::Checksum(checksum) => {
                    let mut digits = checksum.of(out.as_bytes(), literal);
                    if let Some(last) = digits.last_mut().filter(|_| change == Change::Checksum) {
                        *last = if *last == b'2' { b'3' } else { b'2' };
                    }
                    out.extend(digits.into_iter().map(char::from));
                }
                Part::Json(json) => out.push_str(&object(&json, change == Change::Same, &mut random)),
            }
        }
        out
    }
}

fn characters(
    out: &mut String,
    class: Class,
    length: usize,
    foreign: Option<usize>,
    is_same: bool,
    random: &mut Random,
) {
    let alphabet = class.alphabet();
    let same = alphabet.last().copied().unwrap_or(b'x');
    for at in 0..length {
        let pick = random.below(alphabet.len());
        let byte = if foreign == Some(at) {
            class.foreign()
        } else if is_same {
            same
        } else {
            alphabet.get(pick).copied().unwrap_or(b'x')
        };
        out.push(char::from(byte));
    }
}

/// An object with the members that the part asks for, as the format writes it.
fn object(json: &JsonPart, is_same: bool, random: &mut Random) -> String {
    let members = json.with.iter().map(|member| {
        let mut value = String::new();
        match &member.value {
            Some(given) => value.push_str(given),
            None => characters(&mut value, Class::Alphanumeric, 24, None, is_same, random),
        }
        format!("{:?}:{value:?}", member.name)
    });
    let encoded = base64::encode(format!("{{{}}}", members.collect::<Vec<_>>().join(",")).as_bytes());
    if json.class == Class::Base64 { encoded.replace('-', "+").replace('_', "/") } else { encoded }
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
