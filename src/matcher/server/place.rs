//! What a condition of `server` is about: one value of a declaration, and what a word says of it.

use crate::deployment::{Entry, Server};
use crate::document::Text;
use crate::matcher::Capture;
use crate::rule::Knowledge;
use crate::text::{Sensitive, Span};

/// The parts of a server declaration that a condition may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Command,
    Argument,
    Env,
    Header,
    Url,
    Cwd,
    EnvFile,
    Credential,
    Approval,
    Name,
    /// Any of command, argument, env, header, url, cwd, env-file.
    Value,
}

pub(super) const FIELDS: &[(&str, Field)] = &[
    ("command", Field::Command),
    ("argument", Field::Argument),
    ("env", Field::Env),
    ("header", Field::Header),
    ("url", Field::Url),
    ("cwd", Field::Cwd),
    ("env-file", Field::EnvFile),
    ("credential", Field::Credential),
    ("approval", Field::Approval),
    ("name", Field::Name),
    ("value", Field::Value),
];

/// One value of a server with what leads to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldPlace<'a> {
    pub field: Field,
    pub value: &'a Text,
    pub pointer: &'a str,
    /// Name of the variable, header or field.
    pub key: Option<&'a Text>,
    /// Index among the arguments.
    pub index: Option<usize>,
    /// For approvals: everything is approved.
    pub all: bool,
}

/// The values of a server that a field names.
pub(super) fn places(server: &Server, field: Field) -> impl Iterator<Item = FieldPlace<'_>> {
    let mut out = Vec::new();
    let wants = |one: Field, is_value: bool| field == one || is_value && field == Field::Value;
    let mut push = |field: Field, value, pointer, key, index| {
        out.push(FieldPlace { field, value, pointer, key, index, all: false });
    };
    for (one, value) in [
        (Field::Command, &server.command),
        (Field::Url, &server.url),
        (Field::Cwd, &server.cwd),
        (Field::EnvFile, &server.env_file),
    ] {
        if let Some(value) = value.as_ref().filter(|_| wants(one, true)) {
            push(one, &value.text, value.pointer.as_str(), None, None);
        }
    }
    if wants(Field::Argument, true) {
        for (at, value) in server.args.iter().enumerate() {
            push(Field::Argument, &value.text, value.pointer.as_str(), None, Some(at));
        }
    }
    let entries: [(Field, &Vec<Entry>, bool); 3] = [
        (Field::Env, &server.env, true),
        (Field::Header, &server.headers, true),
        (Field::Credential, &server.credentials, false),
    ];
    for (one, entries, is_value) in entries {
        for entry in entries.iter().filter(|_| wants(one, is_value)) {
            push(one, &entry.value.text, entry.value.pointer.as_str(), Some(&entry.name), None);
        }
    }
    if field == Field::Name {
        push(Field::Name, &server.name, server.pointer.as_str(), None, None);
    }
    if field == Field::Approval {
        for approval in &server.approvals {
            let (value, pointer) = (&approval.value.text, approval.value.pointer.as_str());
            out.push(FieldPlace { field, value, pointer, key: None, index: None, all: approval.all });
        }
    }
    out.into_iter()
}

/// A word that a page may use.
#[derive(Debug)]
pub struct Word {
    pub name: &'static str,
    /// What it says of a value.
    pub help: &'static str,
    /// Names that it fills in besides those of every server match.
    pub captures: &'static [&'static str],
    pub(super) test: fn(&Place<'_>) -> Verdict,
}

/// A value in its server.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub server: &'a Server,
    pub source: &'a str,
    pub knowledge: &'a Knowledge,
    pub field: FieldPlace<'a>,
}

/// What a word says.
#[derive(Debug)]
pub(super) enum Verdict {
    No,
    /// The opposite was proved.
    Proof {
        kind: &'static str,
        value: String,
    },
    Hit(Hit),
}

/// Where in the value, and what about it.
#[derive(Debug, Default)]
pub(super) struct Hit {
    /// The part of the source that is meant; the whole value if `None`.
    pub part: Option<Span>,
    pub captures: Vec<Capture>,
    pub sensitive: Vec<Sensitive>,
}

impl Verdict {
    pub(super) fn hit(captures: Vec<Capture>) -> Self {
        Self::Hit(Hit { captures, ..Hit::default() })
    }

    pub(super) fn proof(kind: &'static str, value: impl Into<String>) -> Self {
        Self::Proof { kind, value: value.into() }
    }
}

impl Place<'_> {
    pub(super) fn text(&self) -> &str {
        &self.field.value.decoded
    }

    /// Where this command or argument stands in the launch line; `None` for wrappers and other fields.
    pub(super) fn position(&self) -> Option<usize> {
        let launch = &self.server.launch;
        match (self.field.field, self.field.index) {
            // The line is what is left of the words when wrappers are gone from their beginning.
            (Field::Argument, Some(index)) => (launch.line.len() + index).checked_sub(self.server.args.len()),
            (Field::Command, _) => {
                launch.line.first().is_some_and(|word| word.pointer == self.field.pointer).then_some(0)
            }
            _ => None,
        }
    }

    /// The source of a byte range of the value's text.
    pub(super) fn part(&self, range: Span) -> Span {
        self.field.value.source_span(self.source, range)
    }
}
