//! What has the shape of a token and is none: values that people make up to show where a token goes.
//!
//! Real tokens are random. Every test here is so unlikely for random characters that a true token is not lost.

use crate::text::Literals;
use std::sync::LazyLock;

/// Words that people write into made-up tokens; in lower case.
const WORDS: &[&str] = &[
    "example",
    "xxxx",
    "your_",
    "your-",
    "yourapi",
    "yourtoken",
    "yourkey",
    "yoursecret",
    "placeholder",
    "changeme",
    "changeit",
    "dummy",
    "sample",
    "redacted",
    "replace",
    "notreal",
    "not-real",
    "not_real",
    "goeshere",
    "goes-here",
    "goes_here",
    "foobar",
    "deadbeef",
    "mytoken",
    "mysecret",
    "fakekey",
    "faketoken",
    "fake-",
    "fake_",
    "testtest",
    "key-here",
    "key_here",
    "token-here",
    "token_here",
    "secret-here",
    "secret_here",
];

static SAYS: LazyLock<Literals> = LazyLock::new(|| Literals::new(WORDS.iter().copied()));

/// Whether `token`, whose first `known` characters are the provider's, is made up.
pub(super) fn is_placeholder(token: &[u8], known: usize) -> bool {
    let mut says = false;
    SAYS.find(&token.to_ascii_lowercase(), |_, _| says = true);
    if says {
        return true;
    }
    let tail = token.get(known..).unwrap_or_default();
    is_repeated(tail)
        || is_counted(tail)
        || is_of_few(token.get(token.len() / 4..).unwrap_or_default())
        || is_of_one_kind(tail)
}

/// `aaaaaa`, or a whole body that says one thing again and again.
pub(super) fn is_repeated(tail: &[u8]) -> bool {
    let same = |window: &[u8]| window.iter().all(|byte| Some(byte) == window.first());
    let has_period = |period: usize| {
        let later = tail.get(period..).unwrap_or_default();
        later.iter().zip(tail).all(|(later, earlier)| later == earlier)
    };
    // Long bodies are often encoded structures, with zeros in them.
    let length = if tail.len() > 100 { 16 } else { 6 };
    tail.windows(length).any(same) || tail.len() >= 16 && (1..=tail.len().min(64) / 2).any(has_period)
}

/// `1234567`, `abcdefg`, `gfedcba`, and the same in turns: `a1b2c3d4e5`.
fn is_counted(tail: &[u8]) -> bool {
    let follows = |low: u8, high: u8| {
        let (low, high) = (low.to_ascii_lowercase(), high.to_ascii_lowercase());
        high.is_ascii_alphanumeric() && (low.checked_add(1) == Some(high) || (low, high) == (b'9', b'0'))
    };
    let (mut up, mut down, mut in_turns) = (0, 0, 0);
    let count = |run: &mut usize, goes_on: bool| *run = if goes_on { *run + 1 } else { 0 };
    for (at, one) in tail.iter().enumerate() {
        let (Some(next), later) = (tail.get(at + 1), tail.get(at + 2)) else { break };
        count(&mut up, follows(*one, *next));
        count(&mut down, follows(*next, *one));
        count(&mut in_turns, later.is_some_and(|later| follows(*one, *later)));
        if up >= 7 || down >= 7 || in_turns >= 7 {
            return true;
        }
    }
    false
}

/// Few different characters.
fn is_of_few(tail: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in tail {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    let different = seen.iter().filter(|seen| **seen).count();
    different < (tail.len() / 4).clamp(4, 10)
}

/// Words with or without separators: lower-case letters only, or upper-case ones. Too short a body can be so by chance.
fn is_of_one_kind(tail: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| usize::from(tail.iter().any(test));
    tail.len() > 16 && has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase) + has(u8::is_ascii_digit) < 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_make_up() {
        for made_up in [
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "key-a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6",
            "glpat-this-is-not-my-token",
            "pul-0123456789abcdef0123456789abcdef01234567",
            "hvs.q7Zkq7Zkq7Zkq7Zkq7Zkq7Zk",
        ] {
            let known = made_up.find(['-', '_', '.']).map_or(4, |at| at + 1);
            assert!(is_placeholder(made_up.as_bytes(), known), "{made_up}");
        }
    }
}
