//! All rules: those compiled in and those a user brings.

use super::diagnostic::{Diagnostic, Problems};
use super::page::Rule;
use std::collections::BTreeMap;
use std::sync::Arc;

#[allow(unreachable_pub, reason = "generated")]
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/pages.rs"));
}

/// Paths below `rules/` and texts of the pages that are compiled in.
pub fn embedded_pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    embedded::PAGES.iter().copied()
}

pub(super) fn embedded_knowledge() -> impl Iterator<Item = (&'static str, &'static str)> {
    embedded::KNOWLEDGE.iter().copied()
}

/// Rules, sorted by id.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    rules: Vec<Rule>,
}

impl Catalogue {
    /// The rules that are compiled in, and `user` pages (path, text) after them.
    ///
    /// # Errors
    /// All mistakes of all pages. A user page may not take the id of another.
    pub fn load(user: &[(String, String)]) -> Result<Self, Vec<Diagnostic>> {
        let embedded = embedded_pages().map(|(path, text)| (format!("rules/{path}"), Arc::from(text), true));
        let user = user.iter().map(|(path, text)| (path.clone(), Arc::from(text.as_str()), false));
        Self::from_pages(embedded.chain(user))
    }

    /// Only the given pages: path, text, whether it is compiled in.
    ///
    /// # Errors
    /// All mistakes of all pages.
    pub fn from_pages(pages: impl Iterator<Item = (String, Arc<str>, bool)>) -> Result<Self, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        for (path, source, is_embedded) in pages {
            let rule = match Rule::parse(&path, &source, is_embedded) {
                Ok(rule) => rule,
                Err(found) => {
                    diagnostics.extend(found);
                    continue;
                }
            };
            let mut problems = Problems::default();
            for name in std::iter::once(&rule.id).chain(&rule.aliases) {
                if let Some(other) = taken.insert(name.clone(), path.clone()) {
                    problems.add_unplaced(format!("the id `{name}` is taken by {other}"));
                }
            }
            diagnostics.extend(problems.in_file(&path, &source));
            rules.insert(rule.id.clone(), rule);
        }
        for rule in rules.values() {
            diagnostics.extend(check_superseded(rule, &rules));
        }
        if diagnostics.is_empty() { Ok(Self { rules: rules.into_values().collect() }) } else { Err(diagnostics) }
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with this id or former id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        let exact = self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok().and_then(|at| self.rules.get(at));
        exact.or_else(|| self.rules.iter().find(|rule| rule.aliases.iter().any(|alias| alias == id)))
    }
}

/// What a rule supersedes exists and is of its class.
fn check_superseded(rule: &Rule, rules: &BTreeMap<String, Rule>) -> Vec<Diagnostic> {
    let mut problems = Problems::default();
    for id in &rule.supersedes {
        match rules.get(id) {
            None => problems.add_unplaced(format!("`supersedes` names `{id}`, which is no rule")),
            Some(other) if other.class != rule.class => {
                problems.add_unplaced(format!("`supersedes` names `{id}`, which is of another class"));
            }
            Some(_) => {}
        }
    }
    rule.diagnostics(problems)
}
