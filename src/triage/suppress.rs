//! Honour suppressions, and report those that do not hold.

use super::policy::{Policy, PolicyIgnore, Subject};
use crate::finding::{Finding, InlineIgnore, Region, Status, Suppression, SuppressionKind, fingerprint};
use crate::rule::{Catalogue, Rule};
use crate::text::{Excerpt, Redactor};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// What decides.
#[derive(Debug)]
pub struct Triage<'a> {
    pub policy: &'a Policy,
    pub catalogue: &'a Catalogue,
    /// Ids of the rules that ran. A suppression of one that did not run cannot be called useless.
    pub ran: &'a BTreeSet<String>,
    pub today: Date,
    /// The ids and reasons of suppressions are text of the tree like any other.
    pub redactor: &'a Redactor,
    /// Whether the tree's own comments count.
    pub honour_comments: bool,
    /// Whether the scan saw everything the policy speaks of.
    pub is_whole: bool,
    /// Whether no rule was deselected: only then can a fingerprint be called useless.
    pub all_rules: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Triaged {
    /// All findings with their status, and the findings about suppressions.
    pub findings: Vec<Finding>,
    /// How many of them are about suppressions.
    pub raised: usize,
    /// Suppressions that were honoured at least once.
    pub inline_honoured: usize,
    pub policy_honoured: usize,
}

/// Why a suppression is itself a finding; the words that pages raise by `reported = "…"`.
const WITHOUT_REASON: &str = "without-reason";
const EXPIRED: &str = "expired";
const UNKNOWN: &str = "unknown-rule";
const UNUSED: &str = "unused";

/// Where a suppression stands: path, region, window, line hash.
type Stands<'a> = (&'a str, Region, &'a Excerpt, &'a Option<String>);

impl Triage<'_> {
    /// `ignores` are sorted by path.
    pub fn run(&self, mut findings: Vec<Finding>, ignores: &[InlineIgnore]) -> Triaged {
        let ignores: &[InlineIgnore] = if self.honour_comments { ignores } else { &[] };
        // One comment may name several rules, and each of them may be useless on its own.
        let mut inline_used: BTreeSet<(usize, String)> = BTreeSet::new();
        let mut policy_used = vec![false; self.policy.ignores.len()];
        for finding in &mut findings {
            if let Some((at, ignore)) = self.inline(finding, ignores) {
                inline_used.insert((at, finding.rule.clone()));
                finding.status = Status::Suppressed(ignore);
            } else if let Some((at, ignore)) = self.by_policy(finding) {
                mark(&mut policy_used, at);
                finding.status = Status::Suppressed(ignore);
            }
        }
        let mut raised = Vec::new();
        for (at, ignore) in ignores.iter().enumerate() {
            let is_used = |id: &str| inline_used.contains(&(at, self.current(id).to_owned()));
            raised.extend(self.judge_inline(ignore, is_used));
        }
        // The policy may silence findings about comments; what is said of the policy itself stands.
        for finding in &mut raised {
            if let Some((at, ignore)) = self.by_policy(finding) {
                mark(&mut policy_used, at);
                finding.status = Status::Suppressed(ignore);
            }
        }
        for (ignore, used) in self.policy.ignores.iter().zip(&policy_used) {
            raised.extend(self.judge_policy(ignore, *used));
        }
        number(&mut raised);
        let inline_honoured = inline_used.iter().map(|(at, _)| at).collect::<BTreeSet<_>>().len();
        let policy_honoured = policy_used.iter().filter(|used| **used).count();
        let count = raised.len();
        findings.append(&mut raised);
        Triaged { inline_honoured, policy_honoured, raised: count, findings }
    }

    /// The id as the catalogue knows it: a former id is the same rule.
    fn current<'r>(&'r self, id: &'r str) -> &'r str {
        self.catalogue.get(id).map_or(id, |rule| rule.id.as_str())
    }

    fn inline(&self, finding: &Finding, ignores: &[InlineIgnore]) -> Option<(usize, Suppression)> {
        let lines = finding.region.map(|region| (region.start.line, region.end.line));
        let fits = |ignore: &InlineIgnore| {
            let names = ignore.rules.iter().any(|id| self.current(id) == finding.rule && ignore.covers(id, lines));
            names && !ignore.reason.is_empty()
        };
        // Sorted by path, so that a tree full of comments costs each finding only those of its own file.
        let from = ignores.partition_point(|ignore| ignore.path < finding.path);
        let own = ignores.iter().enumerate().skip(from).take_while(|(_, ignore)| ignore.path == finding.path);
        let (at, ignore) = own.into_iter().find(|(_, ignore)| fits(ignore))?;
        Some((
            at,
            Suppression {
                kind: if ignore.whole_file { SuppressionKind::File } else { SuppressionKind::Inline },
                reason: ignore.reason.clone(),
                until: None,
                origin: format!("{}:{}", ignore.path, ignore.line),
            },
        ))
    }

    fn by_policy(&self, finding: &Finding) -> Option<(usize, Suppression)> {
        let path = self.policy.relative(&finding.path);
        let fits = |ignore: &PolicyIgnore| {
            let names = match &ignore.subject {
                Subject::Fingerprint(wanted) => *wanted == finding.fingerprint,
                Subject::Rule { id, path: glob } => {
                    self.current(id) == finding.rule && glob.as_ref().is_none_or(|glob| glob.is_match(&path))
                }
            };
            names && !ignore.reason.is_empty() && !self.is_expired(ignore)
        };
        let at = self.policy.ignores.iter().position(fits)?;
        let ignore = self.policy.ignores.get(at)?;
        Some((
            at,
            Suppression {
                kind: SuppressionKind::Policy,
                reason: ignore.reason.clone(),
                until: ignore.until.map(|date| date.to_string()),
                origin: format!("{}:{}", self.policy.path, ignore.region.start.line),
            },
        ))
    }

    fn is_expired(&self, ignore: &PolicyIgnore) -> bool {
        ignore.until.is_some_and(|until| until < self.today)
    }

    fn judge_inline(&self, ignore: &InlineIgnore, is_used: impl Fn(&str) -> bool) -> Vec<Finding> {
        let place = (ignore.path.as_str(), ignore.region, &ignore.excerpt, &ignore.line_hash);
        if ignore.rules.is_empty() {
            return self.raise(UNKNOWN, "", "the comment names no rule".to_owned(), place).into_iter().collect();
        }
        let mut out = Vec::new();
        for id in ignore.rules.iter().collect::<BTreeSet<_>>() {
            let found = if self.catalogue.get(id).is_none() {
                self.raise(UNKNOWN, id, format!("there is no rule `{id}`"), place)
            } else if ignore.reason.is_empty() {
                self.raise(
                    WITHOUT_REASON,
                    id,
                    format!("the suppression of `{id}` gives no reason, so it does not count"),
                    place,
                )
            } else if !is_used(id) && self.ran.contains(self.current(id)) {
                self.raise(UNUSED, id, format!("nothing here is a finding of `{id}`"), place)
            } else {
                None
            };
            out.extend(found);
        }
        out
    }

    fn judge_policy(&self, ignore: &PolicyIgnore, used: bool) -> Option<Finding> {
        let place = (self.policy.path.as_str(), ignore.region, &ignore.excerpt, &ignore.line_hash);
        let (id, shown) = match &ignore.subject {
            Subject::Rule { id, .. } => (id.as_str(), format!("`{id}`")),
            Subject::Fingerprint(print) => ("", format!("the finding {print}")),
        };
        if !id.is_empty() && self.catalogue.get(id).is_none() {
            return self.raise(UNKNOWN, id, format!("there is no rule `{id}`"), place);
        }
        if ignore.reason.is_empty() {
            return self.raise(
                WITHOUT_REASON,
                id,
                format!("the suppression of {shown} gives no reason, so it does not count"),
                place,
            );
        }
        if let Some(until) = ignore.until.filter(|_| self.is_expired(ignore)) {
            return self.raise(EXPIRED, id, format!("{shown} was to be ignored until {until}"), place);
        }
        let ran = if id.is_empty() { self.all_rules } else { self.ran.contains(self.current(id)) };
        let is_unused = !used && self.is_whole && ran;
        is_unused.then(|| self.raise(UNUSED, id, format!("the entry for {shown} silences nothing"), place)).flatten()
    }

    /// A finding about a suppression, if the page that it belongs to runs.
    fn raise(&self, event: &str, rule: &str, detail: String, place: Stands<'_>) -> Option<Finding> {
        let raises =
            |page: &&Rule| page.matches.iter().any(|spec| spec.matcher == "reported" && page.word(spec) == Some(event));
        let page = self.catalogue.rules().iter().find(raises).filter(|page| self.ran.contains(&page.id))?;
        let (path, region, excerpt, line_hash) = place;
        let (detail, rule) = (self.redactor.inline(&detail), self.redactor.inline(rule));
        let message = page.message.fill(|name| match name {
            "detail" => Some(detail.clone()),
            "rule" => Some(rule.clone()),
            _ => None,
        });
        Some(Finding {
            rule: page.id.clone(),
            family: page.family.clone(),
            class: page.class.clone(),
            severity: self.policy.severities.get(&page.id).copied().unwrap_or(page.severity),
            confidence: page.confidence,
            title: page.title.clone(),
            fingerprint: fingerprint(&page.id, path, &rule, &detail, 0),
            message,
            path: path.to_owned(),
            region: Some(region),
            pointer: None,
            excerpt: Some(excerpt.clone()),
            group: None,
            trace: None,
            related: Vec::new(),
            fix: None,
            line_hash: line_hash.clone(),
            status: Status::New,
        })
    }
}

/// Equal findings of one file are told apart by their number, as all findings are.
fn number(raised: &mut [Finding]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for finding in raised {
        let ordinal = seen.entry(finding.fingerprint.clone()).or_default();
        if *ordinal > 0 {
            finding.fingerprint =
                fingerprint(&finding.rule, &finding.path, &finding.fingerprint, &finding.message, *ordinal);
        }
        *ordinal += 1;
    }
}

fn mark(used: &mut [bool], at: usize) {
    if let Some(used) = used.get_mut(at) {
        *used = true;
    }
}
