//! `set`: a value that is given to a name: an argument by keyword, an entry of an object, an attribute, a variable, a
//! field, a parameter's default.

use super::callee::Callees;
use super::source::{Code, Named, NamedKind};
use super::talk::{Said, Talk};
use super::value::ValueTest;
use super::{Scope, captured};
use crate::matcher::{Capture, Match, Output, Subject};
use crate::rule::{Expression, Problems, TableReader};
use crate::text::{Mask, Sensitive};

pub(super) const CAPTURES: &[&str] = &["name", "setting", "what", "value", "text", "function", "noted"];

#[derive(Debug)]
pub struct SetMatcher {
    scope: Scope,
    names: Vec<String>,
    /// Instead of names; needs `anchors`.
    name: Option<Expression>,
    anchors: Vec<Vec<u8>>,
    kinds: Vec<NamedKind>,
    /// What the keyword's call calls, what the attribute belongs to.
    of: Callees,
    value: ValueTest,
    /// The value must be a secret that the name speaks of; it is hidden in every output.
    is_secret: bool,
    /// The name must be that of a secret that lets in whoever knows it, and the value one that everybody tries first.
    is_weak: bool,
    with_in_file: Callees,
    talk: Talk,
    /// What it stands in must be handed back by the function.
    is_returned: bool,
    points_at_value: bool,
}

const KINDS: &[(&str, NamedKind)] = &[
    ("keyword", NamedKind::Keyword),
    ("entry", NamedKind::Entry),
    ("attribute", NamedKind::Attribute),
    ("variable", NamedKind::Variable),
    ("field", NamedKind::Field),
    ("default", NamedKind::Default),
    ("fallback", NamedKind::Fallback),
    ("returned", NamedKind::Returned),
];

impl SetMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let scope = Scope::read(table, problems);
        let names = table.owned_strings("name", problems);
        let name = table.expression("name-matches", problems);
        let anchors = table.owned_strings("anchors", problems).into_iter().map(String::into_bytes).collect::<Vec<_>>();
        if names.is_empty() == name.is_none() {
            problems.add(table.span(), "`set` needs `name`, or `name-matches` with `anchors`");
            return None;
        }
        if name.is_some() && anchors.is_empty() {
            problems.add(table.span(), "`anchors` is missing: literals, one of which every match holds");
        }
        let mut kinds = Vec::new();
        for text in table.strings("kind", problems) {
            match KINDS.iter().find(|(word, _)| *word == text.value) {
                Some((_, kind)) => kinds.push(*kind),
                None => {
                    let known: Vec<_> = KINDS.iter().map(|(word, _)| *word).collect();
                    problems.add_with_help(text.span, format!("unknown kind `{}`", text.value), known.join(", "));
                }
            }
        }
        let of = Callees::read(table, "of", problems);
        let with_in_file = Callees::read(table, "with-in-file", problems);
        let talk = Talk::read(table, problems);
        let is_returned = table.bool("handed-back", problems) == Some(true);
        let points_at_value = table.str("points-at", problems).is_some_and(|text| text.value == "value");
        let (value, also) = ValueTest::read(table, &["assigned-secret", "weak-secret"], problems);
        let is_secret = also.contains(&"assigned-secret");
        let is_weak = also.contains(&"weak-secret");
        if value.is_empty() && also.is_empty() {
            problems.add(table.span(), "`set` needs `is`, `matches`, `named` or `path`");
        }
        Some(Self {
            scope,
            names,
            name,
            anchors,
            kinds,
            of,
            value,
            is_secret,
            is_weak,
            with_in_file,
            talk,
            is_returned,
            points_at_value,
        })
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(super) fn anchors(&self) -> Vec<Vec<u8>> {
        if self.name.is_some() {
            return self.anchors.clone();
        }
        self.names.iter().map(|name| name.clone().into_bytes()).collect()
    }

    pub(super) fn run(&self, subject: &Subject<'_>, code: &Code<'_>, out: &mut Output) {
        let said = Said::default();
        for named in code.named() {
            let is_named = match &self.name {
                Some(regex) => regex.is_match(named.name),
                None => self.names.iter().any(|name| name == named.name),
            };
            if is_named && self.fits(subject, code, named, &said) {
                out.push(self.found(code, named, &said));
            }
        }
    }

    fn fits(&self, subject: &Subject<'_>, code: &Code<'_>, named: &Named<'_>, said: &Said) -> bool {
        // These are only meant where they are asked for: what they are may be anything.
        let is_any = self.kinds.is_empty() && !matches!(named.kind, NamedKind::Fallback | NamedKind::Returned);
        if !is_any && !self.kinds.contains(&named.kind) {
            return false;
        }
        if !self.of.is_empty() {
            let path = named.owner.map(|owner| match code.module.kind(owner) {
                crate::lower::ExprKind::Call { callee, .. } if named.kind == NamedKind::Keyword => {
                    code.module.path(callee)
                }
                // An entry of an object that is an argument belongs to the call.
                crate::lower::ExprKind::Object(_) => {
                    code.parent(owner).map_or_else(String::new, |call| match code.module.kind(call) {
                        crate::lower::ExprKind::Call { callee, .. } => code.module.path(callee),
                        _ => String::new(),
                    })
                }
                _ => code.module.path(owner),
            });
            if !path.is_some_and(|path| self.of.fits(&path)) {
                return false;
            }
        }
        if self.is_secret && !is_secret(subject, code, named) {
            return false;
        }
        if self.is_weak && !is_weak(subject, code, named) {
            return false;
        }
        self.value.holds(code, named.value, subject.knowledge)
            && self.talk.holds(code, said)
            && (!self.is_returned || code.is_handed_back(named.value))
            && (self.with_in_file.is_empty() || code.all_calls().iter().any(|call| self.with_in_file.fits(&call.path)))
    }

    fn found(&self, code: &Code<'_>, named: &Named<'_>, said: &Said) -> Match {
        let value = code.module.span(named.value);
        let constant = code.module.constant(named.value).unwrap_or_default();
        let is_hidden = self.is_secret || self.is_weak;
        let shown = |text: &str| if is_hidden { String::new() } else { captured(text) };
        let captures = vec![
            Capture::at("name", named.name, named.name_span),
            // As `shell` and `server` call it, so that a page may ask all of them.
            Capture::new("setting", named.name),
            Capture::new("what", shown(named.span.slice(code.module.text).unwrap_or_default())),
            Capture::at("value", shown(value.slice(code.module.text).unwrap_or_default()), value),
            Capture::new("text", shown(&constant)),
            Capture::new("function", code.function_name(named.value).unwrap_or("this module")),
            Capture::new("noted", self.talk.noted(code, said)),
        ];
        let span = if self.points_at_value || is_hidden { value } else { named.span };
        let sensitive = Sensitive { span: value, visible: 0, mask: Mask::Secret };
        let sensitive = if is_hidden { vec![sensitive] } else { Vec::new() };
        Match { span: Some(span), captures, sensitive, ..Match::default() }
    }
}

/// Whether a text begins as keys of well-known providers do and goes on with digits and letters. In a program such a value is
/// used, however made up it looks.
fn looks_issued(text: &str) -> bool {
    const STEMS: &[&str] =
        &["sk-", "sk_", "pk_live_", "ghp_", "gho_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AIza", "AKIA", "eyJ"];
    let rest = STEMS.iter().find_map(|stem| text.strip_prefix(stem)).unwrap_or_default();
    let has = |test: fn(&u8) -> bool| rest.bytes().any(|byte| test(&byte));
    let is_key = rest.len() >= 12 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let lower = rest.to_ascii_lowercase();
    let is_word = ["your", "here", "xxx", "example", "placeholder", "test", "fake", "dummy", "..."];
    is_key
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && !is_word.iter().any(|word| lower.contains(word))
}

/// Whether a literal stands here that is the credential which the name speaks of, and no token of a known provider, of
/// which another rule speaks.
fn is_secret(subject: &Subject<'_>, code: &Code<'_>, named: &Named<'_>) -> bool {
    let knowledge = subject.knowledge;
    code.module.string(named.value).is_some_and(|text| {
        let is_secret = knowledge.values.is_assigned_secret(named.name, &text)
            || knowledge.values.is_credential_name(named.name) && looks_issued(&text);
        is_secret && knowledge.tokens.find_all(&text).is_empty()
    })
}

fn is_weak(subject: &Subject<'_>, code: &Code<'_>, named: &Named<'_>) -> bool {
    let values = &subject.knowledge.values;
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    code.module.string(named.value).is_some_and(|text| {
        // `SECRET = "secret"` names a kind of something.
        let is_label = named.kind != NamedKind::Fallback && letters(named.name) == letters(&text);
        !is_label
            && values.is_lock_name(named.name)
            && values.is_insecure_default(named.name, &text)
            && values.is_weak(&text)
    })
}
