//! The words about credentials: is this value one, and which part of it? Names and values are judged by the table of
//! values; here is only where in a server declaration they stand.

mod argument;
mod inner;
mod url;

use super::place::{Field, FieldPlace, Hit, Place, Verdict};
use crate::matcher::Capture;
use crate::rule::{Knowledge, ValueKind};
use crate::text::{Mask, Sensitive, Span};
pub(in crate::matcher) use url::is_url_password;

/// A secret inside a value, and what it is called in a message.
struct Found {
    range: Span,
    what: String,
    visible: usize,
}

impl Found {
    fn new(range: Span, what: impl Into<String>) -> Self {
        Self { range, what: what.into(), visible: 0 }
    }

    fn hit(self, place: &Place<'_>) -> Verdict {
        let part = place.part(self.range);
        Verdict::Hit(Hit {
            part: Some(part),
            captures: vec![Capture::new("what", self.what)],
            sensitive: vec![Sensitive { span: part, visible: self.visible, mask: Mask::Secret }],
        })
    }
}

/// A name and the value behind it, `range` of the whole value.
#[derive(Clone, Copy, Debug)]
struct Named<'a> {
    name: &'a str,
    value: &'a str,
    range: Span,
}

pub(super) fn literal_secret(place: &Place<'_>) -> Verdict {
    if let Some(found) = find(place) {
        return found.hit(place);
    }
    let is_reference = place.knowledge.values.is_reference(place.text());
    match place.field.key {
        Some(key) if is_reference && place.knowledge.values.is_credential_name(&key.decoded) => {
            Verdict::proof("secret-by-reference", key.decoded.clone())
        }
        _ => Verdict::No,
    }
}

/// A password that everybody tries first: in a URL, or behind the name of a secret that is checked against.
pub(super) fn weak_credential(place: &Place<'_>) -> Verdict {
    let values = &place.knowledge.values;
    let text = place.text();
    if let Some((name, range)) = url::weak_password(text, values) {
        return weak(place, name, range);
    }
    let named = match place.field {
        FieldPlace { field: Field::Argument, index: Some(index), .. } => argument::named(place, index),
        FieldPlace { key: Some(key), .. } => {
            Some(Named { name: &key.decoded, value: text, range: Span::new(0, text.len()) })
        }
        _ => None,
    };
    match named.filter(|named| values.is_lock_name(named.name) && values.is_weak(named.value)) {
        Some(named) => weak(place, named.name.trim_start_matches('-').to_owned(), named.range),
        None => Verdict::No,
    }
}

fn weak(place: &Place<'_>, name: String, range: Span) -> Verdict {
    let part = place.part(range);
    Verdict::Hit(Hit {
        part: Some(part),
        captures: vec![Capture::new("name", name)],
        sensitive: vec![Sensitive { span: part, visible: 0, mask: Mask::Secret }],
    })
}

/// A credential by reference in the query of a URL, where logs, proxies and histories have it.
pub(super) fn credential_in_query(place: &Place<'_>) -> Verdict {
    let values = &place.knowledge.values;
    let found = url::query(place.text()).find(|named| {
        let name = named.name.to_ascii_lowercase();
        (values.is_credential_name(named.name) || name == "key") && values.is_reference(named.value)
    });
    match found {
        Some(named) => {
            let what = format!("`{}` is sent `{}` in its URL", place.server.name.decoded, named.name);
            by_reference(place, named.range, what)
        }
        None => Verdict::No,
    }
}

fn by_reference(place: &Place<'_>, range: Span, what: String) -> Verdict {
    let captures = vec![Capture::new("what", what)];
    Verdict::Hit(Hit { part: Some(place.part(range)), captures, ..Hit::default() })
}

/// Random letters and digits where credentials stand, behind a name that leaves open what they are.
pub(super) fn random_value(place: &Place<'_>) -> Verdict {
    let values = &place.knowledge.values;
    let text = place.text();
    let named = match place.field {
        FieldPlace { field: Field::Argument, index: Some(index), .. } => argument::named(place, index),
        FieldPlace { key: Some(key), .. } => {
            Some(Named { name: &key.decoded, value: text, range: Span::new(0, text.len()) })
        }
        _ => None,
    };
    match named.filter(|named| values.is_ambiguous_name(named.name) && values.is_random(named.value)) {
        Some(named) if find(place).is_none() => {
            Found::new(named.range, format!("`{}`", named.name.trim_start_matches('-'))).hit(place)
        }
        _ => Verdict::No,
    }
}

fn find(place: &Place<'_>) -> Option<Found> {
    by_format(place).or_else(|| by_place(place))
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
    let knowledge = place.knowledge;
    let anywhere = || url::find(text, knowledge).or_else(|| inner::find(text, knowledge));
    match place.field {
        FieldPlace { field: Field::Env | Field::Header | Field::Credential, key: Some(key), .. } => {
            judge(Named { name: &key.decoded, value: text, range: whole }, knowledge).or_else(anywhere)
        }
        FieldPlace { field: Field::Argument, index: Some(index), .. } => {
            let named = argument::named(place, index).and_then(|named| judge(named, knowledge));
            named
                .or_else(|| argument::of_service(place, index))
                .or_else(anywhere)
                .or_else(|| argument::in_script(place))
        }
        FieldPlace { field: Field::Url, .. } => url::find(text, knowledge),
        _ => None,
    }
}

/// A value behind a credential's name, without the scheme before it and the quotes around it.
fn judge(named: Named<'_>, knowledge: &Knowledge) -> Option<Found> {
    let Named { name, value, range } = named;
    let values = &knowledge.values;
    if name.to_ascii_lowercase().ends_with("cookie") {
        return in_cookie(named, knowledge);
    }
    let trimmed = value.trim_start().trim_start_matches(['"', '\'']);
    let scheme = ["Bearer ", "bearer ", "Basic ", "basic ", "Token ", "token ", "ApiKey ", "Api-Key "]
        .iter()
        .find_map(|scheme| trimmed.strip_prefix(scheme).map(|rest| (*scheme, rest)));
    let rest = scheme.map_or(trimmed, |(_, rest)| rest).trim_start();
    let start = range.start + value.len() - rest.len();
    let secret = rest.trim_end().trim_end_matches(['"', '\'']);
    let is_basic = scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("basic "))
        && secret.len() >= 8
        && secret.len() % 4 == 0
        && values.kind(secret) == ValueKind::Literal;
    let is_secret = values.is_secret(name, secret) || is_basic && values.is_credential_name(name);
    let name = name.trim_start_matches('-');
    is_secret.then(|| Found::new(Span::new(start, start + secret.len()), format!("a literal secret in `{name}`")))
}

/// The longest literal of `session=…; theme=dark`.
fn in_cookie(named: Named<'_>, knowledge: &Knowledge) -> Option<Found> {
    let mut at = named.range.start;
    let mut found: Option<Span> = None;
    for pair in named.value.split(';') {
        let end = at + pair.len();
        let value = pair.split_once('=').map_or("", |(_, value)| value).trim();
        let start = end - pair.trim_start().len().min(value.len());
        let is_long = value.len() >= 16 && value.bytes().any(|byte| byte.is_ascii_digit());
        if is_long && knowledge.values.kind(value) == ValueKind::Literal {
            found =
                found.filter(|longest| longest.len() >= value.len()).or(Some(Span::new(start, start + value.len())));
        }
        at = end + 1;
    }
    found.map(|range| Found::new(range, format!("a literal secret in `{}`", named.name)))
}
