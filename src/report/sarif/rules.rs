//! All rules, in the order of their ids, whether they ran or not: code scanning keeps what it knows of a rule only as
//! long as uploads name it.

use super::shapes::{bag, multiformat, shortened};
use super::taxonomies::Relations;
use super::{REPOSITORY, help};
use crate::finding::Severity;
use crate::report::RuleCard;
use serde_json::{Value, json};
use serde_sarif::sarif::{PropertyBag, ReportingConfiguration, ReportingDescriptor};
use std::collections::BTreeMap;

/// Tags that code scanning keeps.
const MAX_TAGS: usize = 10;
/// Characters of a name that code scanning takes.
const MAX_NAME: usize = 255;
/// Characters of the one-line description that code scanning takes.
const MAX_TITLE: usize = 1_024;

pub(super) fn all(rules: &[RuleCard]) -> Vec<ReportingDescriptor> {
    let relations = Relations::of(rules);
    rules.iter().map(|rule| descriptor(rule, &relations)).collect()
}

fn descriptor(rule: &RuleCard, relations: &Relations) -> ReportingDescriptor {
    let words = help::of(rule);
    let mut out = ReportingDescriptor::builder().id(rule.id.as_str()).build();
    out.name = Some(shortened(&pascal_case(&rule.id), MAX_NAME));
    out.short_description = Some(multiformat(shortened(&rule.title, MAX_TITLE)));
    out.full_description = Some(multiformat(words.description));
    let mut help = multiformat(words.text);
    help.markdown = Some(words.markdown);
    out.help = Some(help);
    out.help_uri = rule.page.as_ref().map(|page| format!("{REPOSITORY}/blob/main/{page}"));
    let mut configuration = ReportingConfiguration::builder().enabled(rule.ran).build();
    configuration.level = Some(json!(level(rule.severity)));
    configuration.rank = Some(rank(rule.severity));
    out.default_configuration = Some(configuration);
    let relationships = relations.relationships(rule);
    out.relationships = (!relationships.is_empty()).then_some(relationships);
    out.properties = Some(properties(rule));
    out
}

fn properties(rule: &RuleCard) -> PropertyBag {
    let mut tags: Vec<String> = Vec::new();
    let fixed = ["security".to_owned(), "mcp".to_owned(), rule.family.clone()];
    let cwe = rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}"));
    let owasp = rule.owasp_mcp.iter().map(|id| format!("owasp-mcp/{id}"));
    for tag in fixed.into_iter().chain(cwe).chain(owasp) {
        if !tags.contains(&tag) && tags.len() < MAX_TAGS {
            tags.push(tag);
        }
    }
    let problem = match rule.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "recommendation",
    };
    let properties: [(&str, Value); 3] = [
        ("security-severity", json!(format!("{:.1}", rank(rule.severity) / 10.0))),
        ("precision", json!(rule.confidence.as_str())),
        ("problem.severity", json!(problem)),
    ];
    bag(&tags, properties.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<BTreeMap<_, _>>())
}

pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// 0 to 100; a tenth of it is the `security-severity`.
pub(super) fn rank(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 95.0,
        Severity::High => 80.0,
        Severity::Medium => 55.0,
        Severity::Low => 25.0,
    }
}

/// `secret-in-client-config` → `SecretInClientConfig`
fn pascal_case(id: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    id.split('-').map(word).collect()
}
