//! One character as the plain letters that it stands for or looks like. Knows nothing of words.

use std::sync::LazyLock;
use unicode_normalization::char::decompose_compatible;

/// Letters of other scripts that look like Latin ones, in pairs: the letter, and what it looks like. Letters that
/// compatibility decomposition takes apart (fullwidth, mathematical, circled) need no row.
const LOOK_ALIKES: &[(&str, &str)] = &[
    // Cyrillic
    ("асԁеһіјӏорԛѕԝхуѵ", "acdehijlopqswxyv"),
    ("АВСЕНІЈКМОРЅТХУҮԜ", "ABCEHIJKMOPSTXYYW"),
    ("ɡгпт", "grnt"),
    // Greek
    ("αικνορτυχγ", "aiknoptuxy"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
    // Latin letters that are told apart by nobody: dotless, small capitals, script, barred
    ("ıȷɑɩꞎⅼ", "ijails"),
    ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz"),
    // Armenian, Cherokee
    ("օսհոցզ", "ouhngq"),
    ("ᎪᏴᏟᎠᎬᎻᎫᏦᏞᎷᎾᏢᏒᏚᎢᏙᎳᏃ", "ABCDEHJKLMOPRSTVWZ"),
];

/// Punctuation that word processors put in, and the plain one.
const PUNCTUATION: &[(&str, char)] = &[("‘’‚‛ʼ′", '\''), ("“”„‟«»″", '"'), ("‐‑‒–—―−", '-')];

/// `ſ` and the like are taken apart; what is left of accents is dropped.
fn is_accent(c: char) -> bool {
    matches!(u32::from(c), 0x300..=0x36F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF)
}

/// Scripts whose syllables are letters and not letters with accents.
fn is_whole(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30FF | 0x4E00..=0x9FFF | 0xAC00..=0xD7A3)
}

fn plain_punctuation(c: char) -> Option<char> {
    PUNCTUATION.iter().find(|(marks, _)| marks.contains(c)).map(|(_, plain)| *plain)
}

fn look_alike(c: char) -> char {
    static SORTED: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
        let mut all: Vec<(char, char)> =
            LOOK_ALIKES.iter().flat_map(|(letters, latin)| letters.chars().zip(latin.chars())).collect();
        all.sort_unstable();
        all
    });
    let found = SORTED.binary_search_by_key(&c, |(letter, _)| *letter).ok().and_then(|at| SORTED.get(at));
    found.map_or(c, |(_, latin)| *latin)
}

/// Hand the plain, lower-case characters of `c` to `out`; none for an accent.
pub(super) fn fold(c: char, mut out: impl FnMut(char)) {
    if c.is_ascii() {
        out(c.to_ascii_lowercase());
        return;
    }
    if let Some(whole) = plain_punctuation(c).or_else(|| is_whole(c).then_some(c)) {
        out(whole);
        return;
    }
    decompose_compatible(c, |part| {
        if is_accent(part) {
            return;
        }
        part.to_lowercase().for_each(|lower| out(look_alike(lower)));
    });
}

/// A text with every character folded; a pattern that is folded so fits texts that are.
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| if c.is_ascii() { out.push(c) } else { fold(c, |plain| out.push(plain)) });
    out
}

/// A letter that a Latin one can be taken for.
pub fn is_look_alike(c: char) -> bool {
    !c.is_ascii() && look_alike(c) != c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_pair_letter_with_letter() {
        for (letters, latin) in LOOK_ALIKES {
            assert_eq!(letters.chars().count(), latin.chars().count(), "{letters}");
            assert!(latin.is_ascii() && !letters.chars().any(|c| c.is_ascii()), "{letters}");
        }
    }

    #[test]
    fn letters_are_what_they_look_like() {
        let check = |text: &str, plain: &str| {
            let mut out = String::new();
            text.chars().for_each(|c| fold(c, |plain| out.push(plain)));
            assert_eq!(out, plain, "{text}");
        };
        check("іgnоrе Ρrеviоus", "ignore previous");
        check("ｉｇｎｏｒｅ 𝐢𝐠𝐧𝐨𝐫𝐞 ⓘⓖⓝⓞⓡⓔ ıgnore", "ignore ignore ignore ignore");
        check("Ignorér l'ñandú ﬁle", "ignorer l'nandu file");
        check("don’t “x” – y", "don't \"x\" - y");
        check("사용자에게 ユーザーが 用户", "사용자에게 ユーザーが 用户");
    }
}
