//! Private keys in a text: PEM and PGP armour, also with its line ends escaped in one string, and PuTTY's own format.

use super::Span;

/// Bytes of armour that are looked at: twice the largest key in use.
const MAX_BODY: usize = 16 << 10;
/// Armour without so much Base64 in one piece is an illustration.
const LEAST_RUN: usize = 40;
/// Keys of one text that are told apart.
const MAX_KEYS: usize = 1_000;

/// The bodies of all private keys in `text`, without the armour lines, in order and without overlaps.
pub fn private_keys(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    if text.contains("PRIVATE KEY") {
        pem(text, &mut found);
    }
    if text.contains("Private-Lines:") {
        putty(text, &mut found);
    }
    found.sort();
    found
}

fn pem(text: &str, found: &mut Vec<Span>) {
    let mut at = 0;
    while let Some(begin) = text.get(at..).and_then(|rest| rest.find("-----BEGIN ")).map(|begin| at + begin + 11) {
        at = begin;
        let line = Span::new(begin, begin + 64).clamped(text).slice(text).unwrap_or_default();
        let Some((label, _)) = line.split_once("-----") else { continue };
        if !label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK") {
            continue;
        }
        let start = begin + label.len() + 5;
        let rest = Span::new(start, start + MAX_BODY).clamped(text).slice(text).unwrap_or_default();
        let body = Span::new(start, start + rest.find("-----").unwrap_or(rest.len()));
        at = body.end;
        if found.len() < MAX_KEYS && has_run(body.slice(text).unwrap_or_default()) {
            found.push(body);
        }
    }
}

fn putty(text: &str, found: &mut Vec<Span>) {
    for (at, _) in text.match_indices("Private-Lines:").take(MAX_KEYS) {
        let Some(start) = text.get(at..).and_then(|rest| rest.find('\n')).map(|end| at + end + 1) else { continue };
        let rest = Span::new(start, start + MAX_BODY).clamped(text).slice(text).unwrap_or_default();
        let body = Span::new(start, start + rest.find("Private-").unwrap_or(rest.len()));
        if has_run(body.slice(text).unwrap_or_default()) {
            found.push(body);
        }
    }
}

fn has_run(body: &str) -> bool {
    let is_other = |byte: &u8| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/' | b'=');
    body.as_bytes().split(is_other).any(|run| run.len() >= LEAST_RUN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bodies that are found, by their length.
    fn check(text: &str, expected: &[usize]) {
        let found: Vec<usize> = private_keys(text).iter().map(|span| span.len()).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn bodies_are_found_in_every_notation() {
        let line = "Q2".repeat(32);
        let armour = |label: &str, body: &str| format!("x -----BEGIN {label}-----{body}-----END {label}----- y");
        check(&armour("PRIVATE KEY", &format!("\n{line}\n")), &[66]);
        check(&armour("OPENSSH PRIVATE KEY", &format!("\\n{line}\\n{line}\\n")), &[134]);
        check(&armour("PGP PRIVATE KEY BLOCK", &format!("\nVersion: 1\n\n{line}\n")), &[78]);
        check(&format!("PuTTY-User-Key-File-3: a\nPrivate-Lines: 1\n{line}\nPrivate-MAC: 00"), &[65]);
        // Cut off by the end of the text.
        check(&format!("-----BEGIN PRIVATE KEY-----\n{line}"), &[65]);
    }

    #[test]
    fn armour_alone_and_public_keys_are_none() {
        check("if text.startswith('-----BEGIN PRIVATE KEY-----'): -----END PRIVATE KEY-----", &[]);
        check("-----BEGIN PRIVATE KEY-----\nMIIE...\n-----END PRIVATE KEY-----", &[]);
        check(&format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", "Q2".repeat(32)), &[]);
    }
}
