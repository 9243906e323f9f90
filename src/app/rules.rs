//! `rules`: list, explain, test.

use super::Failure;
use crate::cases::{PageReport, run_pages};
use crate::engine;
use crate::intake;
use crate::rule::{Catalogue, Knowledge, Problems, Prose, Rule};
use crate::text::Redactor;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The rules of a run and what they share.
#[derive(Debug)]
pub struct RuleSet {
    pub catalogue: Catalogue,
    pub knowledge: Arc<Knowledge>,
}

/// The embedded rules and those of `dirs`.
///
/// # Errors
/// A directory that cannot be read, or mistakes in pages with their places.
pub fn load_rules(dirs: &[PathBuf]) -> Result<RuleSet, Failure> {
    load_rules_with(dirs, Arc::new(Knowledge::embedded().map_err(Failure::Rules)?))
}

pub(super) fn load_rules_with(dirs: &[PathBuf], knowledge: Arc<Knowledge>) -> Result<RuleSet, Failure> {
    let mut user = Vec::new();
    for dir in dirs {
        if !dir.is_dir() {
            return Err(Failure::Missing(format!("{}: no such directory of rules", dir.display())));
        }
        user.extend(intake::read_pages(dir).map_err(|error| Failure::Unreadable(error.to_string()))?);
    }
    Ok(RuleSet { catalogue: Catalogue::load(&user).map_err(Failure::Rules)?, knowledge })
}

/// Hides what no message may hold, for messages from outside a scan.
pub fn redactor() -> Redactor {
    Knowledge::embedded().map_or_else(|_| Redactor::new(Vec::new()), |knowledge| engine::redactor(&Arc::new(knowledge)))
}

/// A rule as `rules list` and `rules explain` print it in JSON.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    id: &'a str,
    family: &'a str,
    title: &'a str,
    severity: &'a str,
    confidence: &'a str,
    status: &'a str,
    since: &'a str,
    cwe: &'a [u64],
    owasp_mcp: &'a [String],
    checklist: &'a [String],
    aliases: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    references: Option<Vec<String>>,
}

impl<'a> Entry<'a> {
    fn of(rule: &'a Rule) -> Self {
        Self {
            id: &rule.id,
            family: &rule.family,
            title: &rule.title,
            severity: rule.severity.as_str(),
            confidence: rule.confidence.as_str(),
            status: rule.status.as_str(),
            since: &rule.since,
            cwe: &rule.cwe,
            owasp_mcp: &rule.owasp_mcp,
            checklist: &rule.checklist,
            aliases: &rule.aliases,
            help: None,
            fix: None,
            references: None,
        }
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).map_or_else(|error| error.to_string(), |text| text + "\n")
}

/// All rules, one a line, or as a JSON array.
pub fn list(rules: &RuleSet, as_json: bool) -> String {
    let rules = rules.catalogue.rules();
    if as_json {
        return json(&rules.iter().map(Entry::of).collect::<Vec<_>>());
    }
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let family = rules.iter().map(|rule| rule.family.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        let _ = writeln!(out, "{:<width$}  {:<family$}  {:<8}  {}", rule.id, rule.family, rule.severity, rule.title);
    }
    out
}

/// One rule's page in words, or as JSON.
///
/// # Errors
/// If there is no such rule.
pub fn explain(rules: &RuleSet, id: &str, as_json: bool) -> Result<String, Failure> {
    let Some(rule) = rules.catalogue.get(id) else {
        let help = crate::rule::suggestion(id, rules.catalogue.rules().iter().map(|rule| rule.id.as_str()));
        let help = help.unwrap_or_else(|| "`mcp-picket rules list` names them all".to_owned());
        return Err(Failure::Usage(format!("there is no rule `{id}`; {help}")));
    };
    let prose = Prose::parse(&rule.front.source, &mut Problems::default());
    if as_json {
        let (help, fix, references) = (Some(prose.help), Some(prose.fix), Some(prose.references));
        return Ok(json(&Entry { help, fix, references, ..Entry::of(rule) }));
    }
    let mut out = format!("{}\n{}\n\n", rule.title, "=".repeat(rule.title.chars().count()));
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(out, "{name:<12}{value}");
        }
    };
    fact("rule", format!("{} ({})", rule.id, rule.family));
    fact("severity", format!("{}, confidence {}", rule.severity, rule.confidence));
    fact("status", format!("{} since {}", rule.status.as_str(), rule.since));
    fact("weakness", rule.cwe.iter().map(|id| format!("CWE-{id}")).collect::<Vec<_>>().join(", "));
    fact("owasp mcp", rule.owasp_mcp.join(", "));
    let _ = write!(out, "\n{}\n\nFix\n---\n\n{}\n", prose.help, prose.fix);
    if !prose.references.is_empty() {
        let _ = write!(out, "\nReferences\n----------\n\n");
        prose.references.iter().for_each(|reference| {
            let _ = writeln!(out, "- {reference}");
        });
    }
    Ok(out)
}

/// What `rules test` found.
#[derive(Debug)]
pub struct TestedRules {
    pub pages: Vec<PageReport>,
}

/// Run the cases of the pages in `dir`, together with the embedded rules that they may refer to.
///
/// # Errors
/// A directory that cannot be read, or pages that do not load.
pub fn test_rules(dir: &Path) -> Result<TestedRules, Failure> {
    let rules = load_rules(&[dir.to_path_buf()])?;
    let is_own = |rule: &Rule| !rule.front.is_embedded;
    let pages = run_pages(&rules.catalogue, &rules.knowledge, is_own);
    if pages.is_empty() {
        return Err(Failure::Usage(format!("{}: there is no rule page (`<family>/<rule>.md`)", dir.display())));
    }
    Ok(TestedRules { pages })
}

impl TestedRules {
    pub fn has_failed(&self) -> bool {
        self.pages.iter().any(|page| !page.failures.is_empty())
    }

    /// One line a page, or a JSON array.
    pub fn render(&self, as_json: bool) -> String {
        #[derive(Serialize)]
        struct Row<'a> {
            rule: &'a str,
            cases: usize,
            failures: Vec<&'a str>,
        }
        if as_json {
            let rows: Vec<Row<'_>> = self
                .pages
                .iter()
                .map(|page| Row {
                    rule: &page.rule,
                    cases: page.cases,
                    failures: page.failures.iter().map(|d| d.message.as_str()).collect(),
                })
                .collect();
            return json(&rows);
        }
        let mut out = String::new();
        for page in &self.pages {
            let verdict = if page.failures.is_empty() { "ok" } else { "FAILED" };
            let _ = writeln!(out, "{:<8}{} ({} cases)", verdict, page.rule, page.cases);
        }
        let failed = self.pages.iter().filter(|page| !page.failures.is_empty()).count();
        let _ = writeln!(out, "{} pages passed, {failed} failed", self.pages.len() - failed);
        out
    }
}
