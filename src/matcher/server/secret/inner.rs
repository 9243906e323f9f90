//! Credentials inside of a value that is a small document itself: JSON in a string, a connection string, a PEM block.

use super::{Found, Named, judge};
use crate::rule::Knowledge;
use crate::text::{Span, private_keys};
use regex::Regex;
use std::sync::LazyLock;

/// Members and pairs of one value that are looked at.
const MAX_PAIRS: usize = 256;

pub(super) fn find(text: &str, knowledge: &Knowledge) -> Option<Found> {
    // With its armour, at which another rule points.
    let whole = |body: Span| {
        let armour = text.get(..body.start).and_then(|before| before.rfind("-----BEGIN"));
        Span::new(armour.unwrap_or(body.start), body.end)
    };
    let key = private_keys(text).into_iter().next().map(|body| Found::new(whole(body), "a private key"));
    key.or_else(|| in_json(text, knowledge)).or_else(|| in_connection_string(text, knowledge))
}

/// `{"apiKey": "…"}`, also with its quotes escaped once more. Not parsed: what does not parse is passed on all the same.
fn in_json(text: &str, knowledge: &Knowledge) -> Option<Found> {
    static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let pair = r#"["'](?P<name>[A-Za-z_][A-Za-z0-9_.-]{0,60})\\{0,3}["'](?-u:\s){0,8}:(?-u:\s){0,8}\\{0,3}["'](?P<value>[^"'\\\n]{1,512})"#;
        Regex::new(pair).ok()
    });
    if !text.contains('{') {
        return None;
    }
    let pairs = PAIR.iter().flat_map(|regex| regex.captures_iter(text)).take(MAX_PAIRS);
    pairs.filter_map(|captures| captures.name("name").zip(captures.name("value"))).find_map(|(name, value)| {
        let range = Span::new(value.start(), value.end());
        judge(Named { name: name.as_str(), value: value.as_str(), range }, knowledge)
    })
}

/// `Server=db;User Id=app;Password=…`, `AccountName=a;AccountKey=…`.
fn in_connection_string(text: &str, knowledge: &Knowledge) -> Option<Found> {
    if text.bytes().filter(|byte| *byte == b';').count() == 0 {
        return None;
    }
    let mut at = 0;
    for pair in text.split(';').take(MAX_PAIRS) {
        let start = at;
        at += pair.len() + 1;
        if let Some((name, value)) = pair.split_once('=') {
            let range = Span::new(start + pair.len() - value.len(), start + pair.len());
            if let Some(found) = judge(Named { name: name.trim(), value, range }, knowledge) {
                return Some(found);
            }
        }
    }
    None
}
