//! Generators in cases: `‹token:id›`, `‹u+200B›`, `‹xE9›`, `‹repeat:TEXT:N›`, `‹tags:TEXT›`, `‹eof›` stand for what must
//! not stand in a page.

use crate::rule::{Generated, Knowledge};

/// A text with its generators replaced, and the secrets that were built for it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    pub bytes: Vec<u8>,
    pub secrets: Vec<String>,
}

/// Longest text that `‹repeat:…›` builds.
const MAX_REPEAT: usize = 1 << 20;

/// Replace the generators of `source`. `seed` tells the tokens of different cases apart.
///
/// # Errors
/// If a generator is unknown or not closed.
pub(super) fn expand(source: &str, seed: u64, knowledge: &Knowledge) -> Result<Expanded, String> {
    let mut out = Expanded::default();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once('‹') {
        out.bytes.extend_from_slice(before.as_bytes());
        let (generator, tail) = after.split_once('›').ok_or("a `‹` is never closed")?;
        if generator == "eof" {
            // The text ends here, without the newline that a fence always has.
            return Ok(out);
        }
        one(generator, seed, knowledge, &mut out)?;
        rest = tail;
    }
    out.bytes.extend_from_slice(rest.as_bytes());
    Ok(out)
}

fn one(generator: &str, seed: u64, knowledge: &Knowledge, out: &mut Expanded) -> Result<(), String> {
    if let Some(name) = generator.strip_prefix("token:") {
        let token = token(name, seed + out.secrets.len() as u64, knowledge)?;
        out.bytes.extend_from_slice(token.as_bytes());
        out.secrets.push(token);
    } else if let Some(code) = generator.strip_prefix("u+") {
        let c = u32::from_str_radix(code, 16)
            .ok()
            .and_then(char::from_u32)
            .ok_or_else(|| format!("`u+{code}` is no character"))?;
        out.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    } else if let Some(rest) = generator.strip_prefix("repeat:") {
        let (text, count) = rest.rsplit_once(':').ok_or("`repeat:TEXT:N` needs a count")?;
        let count: usize = count.parse().map_err(|_| "`repeat:TEXT:N` needs a count")?;
        if text.len().saturating_mul(count) > MAX_REPEAT {
            return Err(format!("`{generator}` is too long"));
        }
        out.bytes.extend_from_slice(text.repeat(count).as_bytes());
    } else if let Some(text) = generator.strip_prefix("tags:") {
        let tags = text.chars().filter(char::is_ascii).filter_map(|c| char::from_u32(0xE0000 + u32::from(c)));
        out.bytes.extend_from_slice(tags.collect::<String>().as_bytes());
    } else if let Some(byte) = generator.strip_prefix('x').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
        out.bytes.push(byte);
    } else {
        return Err(format!("unknown generator `{generator}`"));
    }
    Ok(())
}

/// `github-pat`, or `github-pat!checksum` for its near miss.
fn token(name: &str, seed: u64, knowledge: &Knowledge) -> Result<String, String> {
    let (id, wanted) = match name.split_once('!') {
        None => (name, Generated::Valid),
        Some((id, "checksum")) => (id, Generated::BadChecksum),
        Some((id, "short")) => (id, Generated::Short),
        Some((id, "placeholder")) => (id, Generated::Placeholder),
        Some((_, other)) => return Err(format!("`!{other}` is none of checksum, short, placeholder")),
    };
    let format = knowledge.tokens.get(id).ok_or_else(|| format!("there is no token format `{id}`"))?;
    Ok(format.generate(seed, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Result<Vec<u8>, String> {
        expand(source, 0, &Knowledge::embedded().unwrap()).map(|expanded| expanded.bytes)
    }

    #[test]
    fn generators_expand() {
        assert_eq!(text("a‹u+200B›b").unwrap(), "a\u{200b}b".as_bytes());
        assert_eq!(text("‹xE9›‹repeat:ab:3›").unwrap(), b"\xE9ababab");
        assert_eq!(text("a‹eof›\n").unwrap(), b"a");
        assert_eq!(text("‹tags:Hi›").unwrap(), "\u{E0048}\u{E0069}".as_bytes());
        assert_eq!(text("‹token:npm-token›").unwrap().len(), 40);
    }

    #[test]
    fn unknown_generators_are_refused() {
        for bad in ["‹what›", "‹token:none›", "‹token:npm-token!maybe›", "‹open", "‹repeat:a:9999999›"]
        {
            assert!(text(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_row_of_the_token_table_takes_its_example_and_leaves_its_near_misses() {
        let knowledge = Knowledge::embedded().unwrap();
        for format in &knowledge.tokens.formats {
            for seed in 0..20 {
                let found = |source: &str| {
                    let expanded = expand(source, seed, &knowledge).unwrap();
                    let text = String::from_utf8(expanded.bytes).unwrap();
                    knowledge.tokens.find_all(&text).iter().map(|token| token.format.id.clone()).collect::<Vec<_>>()
                };
                assert_eq!(found(&format.example), std::slice::from_ref(&format.id), "{}", format.example);
                for near_miss in &format.near_miss {
                    assert!(found(near_miss).is_empty(), "{near_miss}");
                }
            }
        }
    }
}
