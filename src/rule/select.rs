//! Which rules run: by id, by family, by status.

use super::{Rule, Status};

/// One word of `--select`, `--ignore` or the policy: a rule id, an alias of one, or a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(pub String);

impl Selector {
    pub fn names(&self, rule: &Rule) -> bool {
        self.0 == rule.id || self.0 == rule.family || rule.aliases.contains(&self.0)
    }
}

/// A choice of rules. Without `select`, all stable rules run; a rule named by its id runs whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub select: Vec<Selector>,
    pub ignore: Vec<Selector>,
}

impl Selection {
    pub fn only(id: &str) -> Self {
        Self { select: vec![Selector(id.to_owned())], ignore: Vec::new() }
    }

    pub fn includes(&self, rule: &Rule) -> bool {
        if self.ignore.iter().any(|selector| selector.names(rule)) {
            return false;
        }
        let by_id = self.select.iter().any(|selector| selector.0 == rule.id || rule.aliases.contains(&selector.0));
        let by_status = rule.status == Status::Stable;
        by_id || by_status && (self.select.is_empty() || self.select.iter().any(|selector| selector.names(rule)))
    }

    /// Words that name no rule and no family.
    pub fn unknown<'a>(&'a self, rules: &'a [Rule]) -> impl Iterator<Item = &'a Selector> {
        self.select.iter().chain(&self.ignore).filter(|selector| !rules.iter().any(|rule| selector.names(rule)))
    }
}
