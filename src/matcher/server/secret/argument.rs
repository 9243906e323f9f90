//! Credentials on a command line: behind a flag, in an assignment, in a header, in a script.

use super::{Found, Named, judge};
use crate::matcher::server::place::Place;
use crate::rule::ValueKind;
use crate::text::Span;

/// `--api-key VALUE`, `--api-key=VALUE`, `-e NAME=VALUE`, `--header "Name: value"`.
pub(super) fn named<'a>(place: &'a Place<'_>, index: usize) -> Option<Named<'a>> {
    let text = place.text();
    let before = before(place, index);
    let behind =
        |name: &'a str, value: &'a str| Named { name, value, range: Span::new(text.len() - value.len(), text.len()) };
    if let Some((name, value)) = split_header(text).filter(|_| before.is_none_or(is_header_flag)) {
        return Some(behind(name, value));
    }
    if let Some((name, value)) = text.split_once('=').filter(|(name, _)| is_name(name)) {
        if let Some((name, value)) = split_header(value).filter(|_| is_header_flag(name)) {
            return Some(behind(name, value));
        }
        let assigned = value.split_once('=').filter(|(inner, _)| is_env_flag(name) && is_name(inner));
        let (name, value) = assigned.unwrap_or((name, value));
        return Some(behind(name.trim_start_matches('-'), value));
    }
    let flag = before.filter(|flag| flag.starts_with('-') && flag.len() > 2 && !flag.contains('='))?;
    // `--token-file x` and the like end in another word, so they are no credential's name.
    (!text.starts_with('-')).then(|| behind(flag.trim_start_matches('-'), text))
}

fn before<'a>(place: &'a Place<'_>, index: usize) -> Option<&'a str> {
    index.checked_sub(1).and_then(|at| place.server.args.get(at)).map(crate::deployment::Value::as_str)
}

/// The value of a flag that is known to take a credential, whatever its name says.
pub(super) fn of_service(place: &Place<'_>, index: usize) -> Option<Found> {
    let package = place.server.launch.package.as_ref()?;
    let flags = place.knowledge.services.flags.iter().filter(|flag| flag.package == package.name);
    let text = place.text();
    for flag in flags {
        let value = match text.strip_prefix(flag.flag.as_str()) {
            Some(rest) => rest.strip_prefix('=').unwrap_or_default(),
            None if before(place, index) == Some(flag.flag.as_str()) => text,
            None => continue,
        };
        if value.len() >= 16 && place.knowledge.values.kind(value) == ValueKind::Literal {
            let range = Span::new(text.len() - value.len(), text.len());
            return Some(Found::new(range, format!("a key of {} in `{}`", flag.service, flag.flag)));
        }
    }
    None
}

/// `NAME=VALUE` and `--name VALUE` among the words of a shell's script.
pub(super) fn in_script(place: &Place<'_>) -> Option<Found> {
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
        let found = match word.split_once('=') {
            Some((name, value)) if is_name(name) => {
                let range = Span::new(range.end - value.len(), range.end);
                judge(Named { name: name.trim_start_matches('-'), value, range }, place.knowledge)
            }
            _ => flag.take().and_then(|name| judge(Named { name, value: word, range }, place.knowledge)),
        };
        if found.is_some() {
            return found;
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

fn is_env_flag(flag: &str) -> bool {
    matches!(flag, "-e" | "--env" | "--set-env" | "--build-arg")
}

/// `Name: value` of a header, for names that headers have.
fn split_header(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(':')?;
    (is_name(name) && name.starts_with(|c: char| c.is_ascii_alphabetic()) && !value.starts_with("//"))
        .then_some((name, value))
}
