//! CWE and the OWASP MCP Top 10 as taxonomies, with the entries that rules refer to.

use super::shapes::{multiformat, number};
use crate::report::RuleCard;
use serde_sarif::sarif::{
    ReportingDescriptor, ReportingDescriptorReference, ReportingDescriptorRelationship, ToolComponent,
    ToolComponentReference,
};
use std::collections::BTreeSet;

const CWE: &str = "CWE";
const OWASP: &str = "OWASP MCP Top 10";

/// The edition of 2025, v0.1: <https://owasp.org/www-project-mcp-top-10/>.
const OWASP_TITLES: &[(&str, &str)] = &[
    ("MCP01", "Token Mismanagement & Secret Exposure"),
    ("MCP02", "Privilege Escalation via Scope Creep"),
    ("MCP03", "Tool Poisoning"),
    ("MCP04", "Software Supply Chain Attacks & Dependency Tampering"),
    ("MCP05", "Command Injection & Execution"),
    ("MCP06", "Intent Flow Subversion"),
    ("MCP07", "Insufficient Authentication & Authorization"),
    ("MCP08", "Lack of Audit and Telemetry"),
    ("MCP09", "Shadow MCP Servers"),
    ("MCP10", "Context Injection & Over-Sharing"),
];

/// Entries that the rules name, sorted, so that an index means the same everywhere.
fn weaknesses(rules: &[RuleCard]) -> Vec<u64> {
    let all: BTreeSet<u64> = rules.iter().flat_map(|rule| rule.cwe.iter().copied()).collect();
    all.into_iter().collect()
}

fn risks(rules: &[RuleCard]) -> Vec<&str> {
    let all: BTreeSet<&str> = rules.iter().flat_map(|rule| rule.owasp_mcp.iter().map(String::as_str)).collect();
    all.into_iter().collect()
}

/// `run.taxonomies`, in the order of [`references`].
pub(super) fn all(rules: &[RuleCard]) -> Vec<ToolComponent> {
    let cwe = weaknesses(rules).into_iter().map(|number| {
        let mut taxon = ReportingDescriptor::builder().id(format!("CWE-{number}")).build();
        taxon.help_uri = Some(format!("https://cwe.mitre.org/data/definitions/{number}.html"));
        taxon
    });
    let owasp = risks(rules).into_iter().map(|id| {
        let mut taxon = ReportingDescriptor::builder().id(id).build();
        let title = OWASP_TITLES.iter().find(|(known, _)| *known == id).map(|(_, title)| *title);
        taxon.short_description = title.map(multiformat);
        taxon
    });
    let taxonomy = |name: &str, organization: &str, uri: &str, about: &str, taxa: Vec<ReportingDescriptor>| {
        let mut taxonomy = ToolComponent::builder().name(name).build();
        taxonomy.organization = Some(organization.to_owned());
        taxonomy.information_uri = Some(uri.to_owned());
        taxonomy.short_description = Some(multiformat(about));
        taxonomy.is_comprehensive = Some(false);
        taxonomy.taxa = Some(taxa);
        taxonomy
    };
    vec![
        taxonomy(CWE, "MITRE", "https://cwe.mitre.org/", "Common Weakness Enumeration", cwe.collect()),
        taxonomy(
            OWASP,
            "OWASP",
            "https://owasp.org/www-project-mcp-top-10/",
            "The ten most important risks of MCP deployments",
            owasp.collect(),
        ),
    ]
}

pub(super) fn references() -> Vec<ToolComponentReference> {
    let reference =
        |(index, name): (usize, &str)| ToolComponentReference::builder().name(name).index(number(index)).build();
    [CWE, OWASP].into_iter().enumerate().map(reference).collect()
}

/// What a rule is about, in both taxonomies.
pub(super) struct Relations {
    weaknesses: Vec<u64>,
    risks: Vec<String>,
}

impl Relations {
    pub(super) fn of(rules: &[RuleCard]) -> Self {
        Self { weaknesses: weaknesses(rules), risks: risks(rules).into_iter().map(str::to_owned).collect() }
    }

    pub(super) fn relationships(&self, rule: &RuleCard) -> Vec<ReportingDescriptorRelationship> {
        let cwe =
            rule.cwe.iter().filter_map(|id| Some((CWE, format!("CWE-{id}"), self.weaknesses.binary_search(id).ok()?)));
        let owasp =
            rule.owasp_mcp.iter().filter_map(|id| Some((OWASP, id.clone(), self.risks.binary_search(id).ok()?)));
        let relate = |(name, id, index): (&str, String, usize)| {
            let taxonomy = references().into_iter().find(|reference| reference.name.as_deref() == Some(name));
            let mut target = ReportingDescriptorReference::builder().id(id).index(number(index)).build();
            target.tool_component = taxonomy;
            let mut relationship = ReportingDescriptorRelationship::builder().target(target).build();
            relationship.kinds = Some(vec!["relevant".to_owned()]);
            relationship
        };
        cwe.chain(owasp).map(relate).collect()
    }
}
