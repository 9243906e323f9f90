//! The word `literal-secret`: is this value a credential, and which part of it?

use super::place::{Field, FieldPlace, Hit, Place, Verdict};
use crate::deployment::{Endpoint, HostKind};
use crate::matcher::Capture;
use crate::rule::{Knowledge, ValueKind};
use crate::text::{Mask, Sensitive, Span};

/// A secret inside a value, and what it is called in a message.
struct Found {
    range: Span,
    what: String,
    visible: usize,
}

pub(super) fn literal_secret(place: &Place<'_>) -> Verdict {
    let text = place.text();
    let found = by_format(place).or_else(|| by_place(place));
    if let Some(found) = found {
        let part = place.part(found.range);
        return Verdict::Hit(Hit {
            part: Some(part),
            captures: vec![Capture::new("what", found.what)],
            sensitive: vec![Sensitive { span: part, visible: found.visible, mask: Mask::Secret }],
        });
    }
    let is_reference = place.knowledge.values.is_reference(text);
    let is_named = place.field.key.is_some_and(|key| place.knowledge.values.is_credential_name(&key.decoded));
    if is_reference && is_named {
        return Verdict::Proof {
            kind: "secret-by-reference",
            value: place.field.key.map_or_else(String::new, |key| key.decoded.clone()),
        };
    }
    Verdict::No
}

/// A token of a known provider anywhere in the value.
fn by_format(place: &Place<'_>) -> Option<Found> {
    let token = place.knowledge.tokens.find_all(place.text()).into_iter().next()?;
    let name = place.field.key.map_or_else(String::new, |key| format!(" in `{}`", key.decoded));
    Some(Found {
        range: token.span,
        what: format!("{}{name}", token.format.described()),
        visible: token.format.visible,
    })
}

fn by_place(place: &Place<'_>) -> Option<Found> {
    let text = place.text();
    let whole = Span::new(0, text.len());
    let in_url = || in_url(text, whole, place.knowledge);
    match place.field {
        FieldPlace { field: Field::Env | Field::Header | Field::Credential, key: Some(key), .. } => {
            named(&key.decoded, text, whole, place.knowledge).or_else(in_url)
        }
        FieldPlace { field: Field::Argument, index: Some(index), .. } => {
            in_argument(place, index).or_else(in_url).or_else(|| in_script(place))
        }
        FieldPlace { field: Field::Url, .. } => in_url(),
        _ => None,
    }
}

/// A value behind a credential's name. `range` is where it stands in the whole value.
fn named(name: &str, value: &str, range: Span, knowledge: &Knowledge) -> Option<Found> {
    if !knowledge.values.is_credential_name(name) {
        return None;
    }
    let trimmed = value.trim_start();
    let scheme =
        ["Bearer ", "bearer ", "Basic ", "basic ", "Token ", "token "].iter().find_map(|s| trimmed.strip_prefix(s));
    let secret = scheme.unwrap_or(trimmed).trim();
    let start = value.len() - scheme.unwrap_or(trimmed).trim_start().len();
    let range = Span::new(range.start + start, range.start + start + secret.len());
    let is_literal = knowledge.values.kind(secret) == ValueKind::Literal;
    (is_literal && is_plausible(name, secret)).then(|| Found {
        range,
        what: format!("a literal secret in `{name}`"),
        visible: 0,
    })
}

/// Whether a literal can be what its name says. Words such as `none` or `oauth` stand behind credentials' names too.
fn is_plausible(name: &str, secret: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words = secret.split_whitespace().count();
    if lower.contains("mnemonic") || lower.contains("phrase") && !lower.contains("pass") {
        return words >= 12;
    }
    let is_password = ["pass", "pwd", "credential"].iter().any(|word| lower.contains(word));
    if is_password {
        return secret.len() >= 6 && words <= 4;
    }
    let has = |test: fn(&u8) -> bool| secret.as_bytes().iter().any(test);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    words == 1 && secret.len() >= 8 && (is_mixed || secret.len() >= 20 && !secret.contains('/'))
}

/// `--api-key VALUE`, `--api-key=VALUE`, `-e NAME=VALUE`, `--header "Name: value"`.
fn in_argument(place: &Place<'_>, index: usize) -> Option<Found> {
    let text = place.text();
    let before = index.checked_sub(1).and_then(|at| place.server.args.get(at)).map(crate::deployment::Value::as_str);
    if let Some((name, value)) = split_header(text).filter(|_| before.is_none_or(is_header_flag)) {
        let start = text.len() - value.len();
        return named(name, value, Span::new(start, text.len()), place.knowledge);
    }
    if let Some((name, value)) = text.split_once('=').filter(|(name, _)| is_name(name)) {
        let start = text.len() - value.len();
        let header = split_header(value).filter(|_| is_header_flag(name));
        if let Some((name, value)) = header {
            return named(name, value, Span::new(text.len() - value.len(), text.len()), place.knowledge);
        }
        return named(name.trim_start_matches('-'), value, Span::new(start, text.len()), place.knowledge);
    }
    let flag = before.filter(|flag| flag.starts_with("--") && !flag.contains('=') && !text.starts_with('-'))?;
    // `--token-file x` and the like end in another word, so they are no credential's name.
    named(flag.trim_start_matches('-'), text, Span::new(0, text.len()), place.knowledge)
}

/// `NAME=VALUE` and `--name VALUE` among the words of a shell's script.
fn in_script(place: &Place<'_>) -> Option<Found> {
    let script = place.server.launch.script.as_ref().filter(|script| script.pointer == place.field.pointer)?;
    let text = place.text();
    if script.text != text {
        return None;
    }
    let mut flag = None;
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let start = at;
        at += word.len();
        let word = word.trim_end();
        let range = Span::new(start, start + word.len());
        let named_here = match word.split_once('=') {
            Some((name, value)) if is_name(name) => {
                let value_range = Span::new(range.end - value.len(), range.end);
                named(name.trim_start_matches('-'), value.trim_matches(['"', '\'']), value_range, place.knowledge)
            }
            _ => flag.take().and_then(|flag: &str| named(flag, word, range, place.knowledge)),
        };
        if named_here.is_some() {
            return named_here;
        }
        flag = word.strip_prefix("--").filter(|name| is_name(name));
    }
    None
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn is_header_flag(flag: &str) -> bool {
    matches!(flag, "--header" | "-H" | "--headers")
}

/// `Name: value` of a header, for names that headers have.
fn split_header(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(':')?;
    (is_name(name) && name.starts_with(|c: char| c.is_ascii_alphabetic()) && !value.starts_with("//"))
        .then_some((name, value))
}

/// `user:password@host`, `?api_key=…`.
fn in_url(text: &str, range: Span, knowledge: &Knowledge) -> Option<Found> {
    let scheme_end = text.find("://")?;
    let rest = text.get(scheme_end + 3..)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((credentials, _)) = authority.rsplit_once('@')
        && let Some((user, password)) = credentials.split_once(':')
        && knowledge.values.kind(password) == ValueKind::Literal
        && !is_development_default(user, password, text)
    {
        let start = range.start + scheme_end + 3 + user.len() + 1;
        return Some(Found {
            range: Span::new(start, start + password.len()),
            what: "a password in a URL".to_owned(),
            visible: 0,
        });
    }
    let query_at = text.find('?')? + 1;
    let query = text.get(query_at..)?.split('#').next().unwrap_or_default();
    let mut at = query_at;
    for pair in query.split('&') {
        if let Some((name, value)) = pair.split_once('=') {
            let start = range.start + at + name.len() + 1;
            let is_key = matches!(name, "key" | "sig" | "signature");
            let name = if is_key { "api_key" } else { name };
            if let Some(found) = named(name, value, Span::new(start, start + value.len()), knowledge) {
                return Some(found);
            }
        }
        at += pair.len() + 1;
    }
    None
}

/// `postgres:postgres@localhost`: the database of a development machine, known to everybody and reachable by nobody.
fn is_development_default(user: &str, password: &str, url: &str) -> bool {
    let is_near =
        Endpoint::parse(url).is_some_and(|endpoint| matches!(endpoint.kind, HostKind::Loopback | HostKind::Private));
    is_near
        && (user == password
            || ["password", "postgres", "root", "secret", "admin", "mysql", "guest"].contains(&password))
}
