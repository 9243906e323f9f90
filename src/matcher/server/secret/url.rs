//! Credentials in a URL: a password before the host, a key in the query, the path itself where it is all that a service
//! asks for.

use super::{Found, Named, judge};
use crate::deployment::HostKind;
use crate::rule::{Knowledge, ValueKind, Values};
use crate::text::Span;

/// URLs of one value that are looked at.
const MAX_URLS: usize = 32;

/// The first credential in a URL of `text`.
pub(super) fn find(text: &str, knowledge: &Knowledge) -> Option<Found> {
    if let Some(found) = knowledge.services.find(text).into_iter().next() {
        return Some(Found::new(found.span, format!("a URL of {} that is a key itself", found.service)));
    }
    text.match_indices("://").take(MAX_URLS).find_map(|(at, _)| {
        let start = at + 3;
        let rest = text.get(start..)?;
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '>')).unwrap_or(rest.len());
        let url = rest.get(..end)?;
        in_authority(url, start, knowledge).or_else(|| in_query(url, start, knowledge))
    })
}

/// `user:password@host`, `token@host`.
fn in_authority(url: &str, start: usize, knowledge: &Knowledge) -> Option<Found> {
    let authority = url.split(['/', '?', '#']).next().unwrap_or_default();
    let (credentials, host) = authority.rsplit_once('@')?;
    match credentials.split_once(':') {
        Some((user, password)) if is_url_password(user, password, host, knowledge) => {
            let start = start + user.len() + 1;
            Some(Found::new(Span::new(start, start + password.len()), "a password in a URL"))
        }
        // The key of a Sentry address is there to be shipped.
        None if knowledge.values.is_random(credentials) && !host.contains("sentry") => {
            Some(Found::new(Span::new(start, start + credentials.len()), "a token in a URL"))
        }
        _ => None,
    }
}

/// The parameters of the first URL of `text`.
pub(super) fn query(text: &str) -> impl Iterator<Item = Named<'_>> {
    let start = text.find('?').map_or(text.len(), |at| at + 1);
    let query = text.get(start..).unwrap_or_default().split('#').next().unwrap_or_default();
    let mut next = start;
    query.split('&').filter_map(move |pair| {
        let at = next;
        next += pair.len() + 1;
        let (name, value) = pair.split_once('=')?;
        let start = at + name.len() + 1;
        Some(Named { name, value, range: Span::new(start, start + value.len()) })
    })
}

fn in_query(url: &str, start: usize, knowledge: &Knowledge) -> Option<Found> {
    query(url).find_map(|named| {
        let is_key = matches!(named.name, "key" | "sig" | "signature");
        let name = if is_key { "api_key" } else { named.name };
        judge(Named { name, range: named.range.shifted(start), ..named }, knowledge)
    })
}

/// The first password of a URL in `text` that everybody tries first, with whose it is: `postgres@localhost`.
pub(super) fn weak_password(text: &str, values: &Values) -> Option<(String, Span)> {
    text.match_indices("://").take(MAX_URLS).find_map(|(at, _)| {
        let start = at + 3;
        let authority = text.get(start..)?.split(['/', '?', '#', '"', '\'', ' ']).next()?;
        let (credentials, host) = authority.rsplit_once('@')?;
        let (user, password) = credentials.split_once(':')?;
        let is_known = values.is_weak(password) || user.len() > 2 && user == password;
        let is_meant = is_known && !values.is_reference(user) && !is_pattern(user, password) && !is_nowhere(host);
        let start = start + user.len() + 1;
        is_meant.then(|| (format!("{user}@{host}"), Span::new(start, start + password.len())))
    })
}

/// `user:password@host` of manuals.
fn is_pattern(user: &str, password: &str) -> bool {
    let names_itself = |word: &str, names: &[&str]| {
        let word = word.trim_start_matches(['<', '[', '{']).to_ascii_lowercase();
        names.iter().any(|name| word.starts_with(name))
    };
    names_itself(user, &["user", "name", "login", "your", "my", "foo"])
        && names_itself(password, &["pass", "pw", "secret", "your", "my", "bar"])
}

fn is_nowhere(host: &str) -> bool {
    let host = host.split(':').next().unwrap_or_default();
    matches!(HostKind::of(host), HostKind::Unknown) || matches!(host, "host" | "hostname" | "example.com" | "server")
}

/// Whether the password of a URL is one that somebody else should not have.
pub(in crate::matcher) fn is_url_password(user: &str, password: &str, host: &str, knowledge: &Knowledge) -> bool {
    let values = &knowledge.values;
    if !(3..=256).contains(&password.len()) || values.kind(password) != ValueKind::Literal || values.is_reference(user)
    {
        return false;
    }
    let host = host.split(':').next().unwrap_or_default();
    // `postgres:postgres@localhost`: the database of a development machine, known to everybody and reachable by nobody.
    let is_near = matches!(HostKind::of(host), HostKind::Loopback | HostKind::Private);
    let (lower_user, lower) = (user.to_ascii_lowercase(), password.to_ascii_lowercase());
    let is_named = ["pass", "secret", "dev", "test", "local", "change"].iter().any(|word| lower.contains(word));
    let is_guess = is_named || user.len() > 2 && lower.contains(&lower_user) || values.is_weak(password);
    // The word for a password, in one of many languages, stands for one on any host.
    let stem = lower.trim_start_matches(['<', '[', '{']);
    let is_word = [
        "password",
        "passwd",
        "dbpass",
        "passwort",
        "contraseña",
        "senha",
        "şifre",
        "mot_de_passe",
        "motdepasse",
        "wachtwoord",
        "密码",
        "你的密码",
        "パスワード",
        "비밀번호",
        "пароль",
        "super_secret",
        "secret_pw",
        "mypass",
    ]
    .iter()
    .any(|word| stem.starts_with(word));
    !(is_near && is_guess || is_word || is_pattern(user, password) || is_nowhere(host))
}
