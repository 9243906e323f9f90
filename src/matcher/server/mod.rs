//! `server`: conditions on normalised server declarations.
//!
//! `server = { command = WORD, argument = { is = WORD, capture = "x" } }`: all fields must hold; the last one (or the one
//! with `capture`) is where the finding points. The words are in [`words`].

mod place;
mod secret;
mod words;

use super::{Capture, Match, Output, Proof, Subject};
use crate::deployment::{ClientFile, Server};
use crate::rule::{Expression, Knowledge, Problems, TableReader};
pub use place::Word;
use place::{FIELDS, Field, FieldPlace, Place, Verdict, places};
pub(super) use secret::is_url_password;
pub use words::WORDS;

#[derive(Debug)]
pub struct ServerMatcher {
    clients: Vec<String>,
    remote: Option<bool>,
    enabled: Option<bool>,
    /// Whether the file is a person's own configuration.
    user_level: Option<bool>,
    conditions: Vec<Condition>,
    /// The condition that the finding points at.
    subject: usize,
}

#[derive(Debug)]
struct Condition {
    field: Field,
    words: Vec<&'static Word>,
    matches: Option<Expression>,
    /// Values that are none, whatever else holds.
    except: Option<Expression>,
    name: Option<Expression>,
    capture: Option<String>,
}

impl ServerMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, knowledge: &Knowledge, problems: &mut Problems) -> Option<Self> {
        let clients = table.strings("client", problems);
        for client in clients.iter().filter(|client| knowledge.clients.get(client.value).is_none()) {
            problems.add(client.span, format!("there is no client `{}` in clients.toml", client.value));
        }
        let remote = table.str("transport", problems).and_then(|text| match text.value {
            "stdio" => Some(false),
            "remote" => Some(true),
            other => {
                problems.add(text.span, format!("`{other}` is none of stdio, remote"));
                None
            }
        });
        let enabled = table.bool("enabled", problems);
        let user_level = table.bool("user-level", problems);
        let mut conditions = Vec::new();
        // In the order of the page: the last condition is the one that the finding points at.
        let order: Vec<&str> = table.keys().map(|key| key.value).collect();
        for (name, field) in FIELDS {
            if let Some(condition) = Condition::read(table, name, *field, problems) {
                conditions.push((order.iter().position(|key| key == name), condition));
            }
        }
        conditions.sort_by_key(|(at, _)| *at);
        let conditions: Vec<Condition> = conditions.into_iter().map(|(_, condition)| condition).collect();
        if conditions.is_empty() {
            let known: Vec<_> = FIELDS.iter().map(|(name, _)| *name).collect();
            problems.add_with_help(table.span(), "`server` needs a condition", known.join(", "));
            return None;
        }
        let captured = conditions.iter().position(|condition| condition.capture.is_some());
        let subject = captured.unwrap_or(conditions.len() - 1);
        let clients = clients.iter().map(|client| client.value.to_owned()).collect();
        Some(Self { clients, remote, enabled, user_level, conditions, subject })
    }

    pub(super) fn captures(&self) -> Vec<&str> {
        let mut names = vec!["server", "client", "reference", "value", "key", "setting"];
        if let Some(subject) = self.conditions.get(self.subject) {
            names.extend(subject.capture.as_deref());
            // Only what every word fills in may be relied upon.
            let mut words = subject.words.iter();
            if let Some(first) = words.next() {
                let common = |name: &&&str| subject.words.iter().all(|word| word.captures.contains(name));
                names.extend(first.captures.iter().filter(common));
            }
        }
        names
    }

    pub(super) fn run(&self, subject: &Subject<'_>, out: &mut Output) {
        let artifact = subject.artifact;
        let is_own = || crate::deployment::is_user_level(&artifact.place, artifact.meta.in_work_tree);
        if self.user_level.is_some_and(|own| own != is_own()) {
            return;
        }
        let files = subject.clients().iter();
        for file in files.filter(|file| self.clients.is_empty() || self.clients.contains(&file.client.id)) {
            for server in &file.servers {
                let fits_remote = self.remote.is_none_or(|remote| server.is_remote() == remote);
                if fits_remote && self.enabled.is_none_or(|enabled| server.enabled == enabled) {
                    self.judge(subject, file, server, out);
                }
            }
        }
    }

    fn judge(&self, subject: &Subject<'_>, file: &ClientFile<'_>, server: &Server, out: &mut Output) {
        let gates = self.conditions.iter().enumerate().filter(|(at, _)| *at != self.subject);
        for (_, gate) in gates {
            if !places(server, gate.field).any(|place| matches!(gate.test(subject, server, &place), Verdict::Hit(_))) {
                return;
            }
        }
        let Some(condition) = self.conditions.get(self.subject) else { return };
        for place in places(server, condition.field) {
            match condition.test(subject, server, &place) {
                Verdict::No => {}
                Verdict::Proof { kind, value } => {
                    out.proofs.push(Proof { kind, span: Some(place.value.span), value });
                }
                Verdict::Hit(mut hit) => {
                    let span = hit.part.unwrap_or(place.value.span);
                    let mut captures = vec![
                        Capture::at("server", server.name.decoded.clone(), server.name.span),
                        Capture::new("client", file.client.name.clone()),
                        Capture::new("reference", file.client.reference.clone()),
                        Capture::at("value", place.value.decoded.clone(), place.value.span),
                        Capture::new("key", place.key.map_or("", |key| key.decoded.as_str())),
                        // As `setting` calls it, so that a page may ask both.
                        Capture::new("setting", setting_name(place)),
                    ];
                    captures.append(&mut hit.captures);
                    if let Some(name) = &condition.capture
                        && !captures.iter().any(|capture| capture.name == *name)
                    {
                        let text = span.slice(subject.text).unwrap_or_default();
                        captures.push(Capture::at(name, text, span));
                    }
                    out.push(Match {
                        span: Some(span),
                        pointer: Some(place.pointer.to_owned()),
                        captures,
                        sensitive: hit.sensitive,
                    });
                }
            }
        }
    }
}

/// What the value is the value of: a variable, a header, an option, a field.
fn setting_name(place: FieldPlace<'_>) -> String {
    let last = || place.pointer.rsplit('/').find(|token| token.parse::<usize>().is_err()).unwrap_or_default();
    let option = || place.value.decoded.split_once('=').map(|(name, _)| name).filter(|name| name.starts_with('-'));
    match place.key {
        Some(key) => key.decoded.clone(),
        None => option().unwrap_or_else(last).to_owned(),
    }
}

/// Whether any server of a file is given a credential by value.
pub(super) fn holds_secret(subject: &Subject<'_>) -> bool {
    let fields = [Field::Env, Field::Header, Field::Argument, Field::Url, Field::Credential];
    subject.clients().iter().flat_map(|file| &file.servers).any(|server| {
        fields.into_iter().flat_map(|field| places(server, field)).any(|field| {
            let place = Place { server, source: subject.text, knowledge: subject.knowledge, field };
            matches!(secret::literal_secret(&place), Verdict::Hit(_))
        })
    })
}

impl Condition {
    /// A word, or a table of `is`, `matches`, `except`, `name`, `capture`.
    fn read(table: &mut TableReader<'_>, key: &'static str, field: Field, problems: &mut Problems) -> Option<Self> {
        if !table.has(key) {
            // Asked for all the same, so that it is listed among the known keys.
            table.node(key);
            return None;
        }
        let node = table.node(key)?;
        let mut words = Vec::new();
        let mut word = |text: &str, span, problems: &mut Problems| match WORDS.iter().find(|word| word.name == text) {
            Some(word) => words.push(word),
            None => {
                let known: Vec<_> = WORDS.iter().map(|word| word.name).collect();
                problems.add_with_help(span, format!("unknown word `{text}`"), format!("words: {}", known.join(", ")));
            }
        };
        if let Some(text) = table.tree().text(node) {
            word(&text.decoded, text.span.shifted(table.offset()), problems);
            return Some(Self { field, words, matches: None, except: None, name: None, capture: None });
        }
        let mut inner = table.table(key, problems)?;
        for text in inner.strings("is", problems) {
            word(text.value, text.span, problems);
        }
        let matches = inner.expression("matches", problems);
        let except = inner.expression("except", problems);
        let name = inner.expression("name", problems);
        let capture = inner.str("capture", problems).map(|text| text.value.to_owned());
        if words.is_empty() && matches.is_none() && name.is_none() {
            problems.add(inner.span(), "a condition needs `is`, `matches` or `name`");
        }
        inner.finish(problems);
        Some(Self { field, words, matches, except, name, capture })
    }

    fn test(&self, subject: &Subject<'_>, server: &Server, place: &FieldPlace<'_>) -> Verdict {
        if self.name.as_ref().is_some_and(|regex| !place.key.is_some_and(|key| regex.is_match(&key.decoded))) {
            return Verdict::No;
        }
        if self.matches.as_ref().is_some_and(|regex| !regex.is_match(&place.value.decoded))
            || self.except.as_ref().is_some_and(|regex| regex.is_match(&place.value.decoded))
        {
            return Verdict::No;
        }
        if self.words.is_empty() {
            return Verdict::hit(Vec::new());
        }
        let place = Place { server, source: subject.text, knowledge: subject.knowledge, field: *place };
        let mut best = Verdict::No;
        for word in &self.words {
            match (word.test)(&place) {
                hit @ Verdict::Hit(_) => return hit,
                proof @ Verdict::Proof { .. } => best = proof,
                Verdict::No => {}
            }
        }
        best
    }
}
