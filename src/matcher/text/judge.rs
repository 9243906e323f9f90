//! `is` of the matcher `text`: what a group of an expression must be, in words. Documented here and nowhere else. The
//! judgement itself is in the table of values.

use crate::rule::{Found, Knowledge, Problems, TableReader, ValueKind};
use crate::text::{Mask, Sensitive};

/// What a page may ask of a group. `name` is the text of the group of that name, empty if there is none.
#[derive(Debug)]
pub(super) struct Judge {
    name: &'static str,
    /// Whether a group that passes is hidden in every output.
    is_sensitive: bool,
    test: fn(&Asked<'_>) -> bool,
}

/// One group, and what the others hold.
struct Asked<'a> {
    value: &'a str,
    found: &'a Found<'a>,
    knowledge: &'a Knowledge,
}

impl Asked<'_> {
    fn group(&self, name: &str) -> &str {
        self.found.name(name).map_or("", |group| group.text)
    }

    fn is_of_provider(&self) -> bool {
        !self.knowledge.tokens.find_all(self.value).is_empty()
    }
}

static JUDGES: &[Judge] = &[
    // The name of a credential.
    Judge {
        name: "credential-name",
        is_sensitive: false,
        test: |asked| asked.knowledge.values.is_credential_name(asked.value),
    },
    // No reference, placeholder, path, number or empty value.
    Judge {
        name: "literal",
        is_sensitive: true,
        test: |asked| asked.knowledge.values.kind(asked.value) == ValueKind::Literal,
    },
    // The credential that the group `name` speaks of, and no token of a known provider, of which another rule speaks.
    Judge {
        name: "assigned-secret",
        is_sensitive: true,
        test: |asked| {
            asked.knowledge.values.is_assigned_secret(asked.group("name"), asked.value) && !asked.is_of_provider()
        },
    },
    // What the secret called `name` becomes when nobody sets it, and lets in whoever has read the file.
    Judge {
        name: "insecure-default",
        is_sensitive: true,
        test: |asked| {
            asked.knowledge.values.is_insecure_default(asked.group("name"), asked.value) && !asked.is_of_provider()
        },
    },
    // What everybody tries first, behind the `name` of a secret that lets in whoever knows it.
    Judge {
        name: "weak-secret",
        is_sensitive: true,
        test: |asked| {
            asked.knowledge.values.is_lock_name(asked.group("name")) && asked.knowledge.values.is_weak(asked.value)
        },
    },
    // The password of the groups `user` and `host` of a URL; the databases of development machines are none.
    Judge {
        name: "url-password",
        is_sensitive: true,
        test: |asked| {
            crate::matcher::server::is_url_password(
                asked.group("user"),
                asked.value,
                asked.group("host"),
                asked.knowledge,
            )
        },
    },
    // The user name of somebody, as opposed to that of a service or a placeholder.
    Judge { name: "person", is_sensitive: false, test: |asked| !asked.knowledge.values.is_generic_user(asked.value) },
];

/// Which judge speaks of which group.
#[derive(Debug, Default)]
pub(super) struct Judges(Vec<(String, &'static Judge)>);

impl Judges {
    pub(super) fn read(table: &mut TableReader<'_>, groups: &[String], problems: &mut Problems) -> Self {
        let Some(inner) = table.table("is", problems) else { return Self::default() };
        let mut judges = Vec::new();
        for key in inner.keys().collect::<Vec<_>>() {
            if !groups.iter().any(|group| group == key.value) {
                problems.add(key.span, format!("the expression has no group `{}`", key.value));
            }
            let Some(word) = inner.text_under(key.value, problems) else { continue };
            match JUDGES.iter().find(|judge| judge.name == word.value) {
                Some(judge) => judges.push((key.value.to_owned(), judge)),
                None => {
                    let known: Vec<_> = JUDGES.iter().map(|judge| judge.name).collect();
                    let help = format!("words: {}", known.join(", "));
                    problems.add_with_help(word.span, format!("unknown word `{}`", word.value), help);
                }
            }
        }
        Self(judges)
    }

    /// The parts of the match that are secret, if every group is what it must be. `offset`: where the text begins that
    /// was searched.
    pub(super) fn judge(&self, found: &Found<'_>, offset: usize, knowledge: &Knowledge) -> Option<Vec<Sensitive>> {
        let mut sensitive = Vec::new();
        for (group, judge) in &self.0 {
            let group = found.name(group)?;
            if !(judge.test)(&Asked { value: group.text, found, knowledge }) {
                return None;
            }
            if judge.is_sensitive {
                let span = group.span.shifted(offset);
                sensitive.push(Sensitive { span, visible: 0, mask: Mask::Secret });
            }
        }
        Some(sensitive)
    }
}
