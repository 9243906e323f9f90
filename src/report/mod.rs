//! What a scan is turned into for people and machines: one module per format, all from the same [`Report`].
//!
//! Formats decide nothing: findings arrive sorted, redacted and with their status, and no format reads a file again.

pub mod github;
pub mod gitlab;
mod group;
pub mod inventory;
pub mod json;
pub mod junit;
pub mod sarif;
pub mod text;
mod upload;
mod visible;

#[cfg(test)]
mod sample;

use crate::finding::{Confidence, Evidence, Finding, Gap, Severity, Status};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that a format may show.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub tool_version: String,
    pub scanned: Scanned,
    pub gaps: Vec<Gap>,
    /// Sorted, of every status; each member of a group is a finding of its own.
    pub findings: Vec<Finding>,
    pub tally: Tally,
    /// By rule id, for the rules of the findings.
    pub rules: BTreeMap<String, RuleInfo>,
    /// Every rule there is, by id, whether it ran or not.
    pub catalogue: Vec<RuleCard>,
    pub evidence: Vec<Evidence>,
    pub honoured: Honoured,
    /// Whether SARIF leaves suppressed findings out. Code scanning does not read why a result is suppressed, and shows it
    /// as an open alert.
    pub omit_suppressed: bool,
    /// What the process will end with.
    pub exit_code: u8,
}

/// How much was examined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    pub files: u64,
    pub bytes: u64,
    /// Rules that ran.
    pub rules: usize,
}

/// What became of the findings that were made: those that are neither superseded nor cut are in the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub found: usize,
    /// Dropped for a stronger finding of their class.
    pub superseded: usize,
    /// Dropped by a limit.
    pub cut: usize,
}

/// What a rule page says to the person who has a finding of it. Markdown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleInfo {
    pub title: String,
    /// The first paragraph.
    pub why: String,
    /// The text under `## Fix`.
    pub fix: String,
}

/// A rule as a list of all rules names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCard {
    pub id: String,
    pub family: String,
    pub title: String,
    /// What the page says, or the policy instead.
    pub severity: Severity,
    pub confidence: Confidence,
    pub cwe: Vec<u64>,
    pub owasp_mcp: Vec<String>,
    /// Whether it ran in this scan.
    pub ran: bool,
    /// Where its page is in this tool's repository; `None` for a user's own.
    pub page: Option<String>,
    /// The whole page. Its words are read by formats that show them only: most scans need none.
    pub source: Arc<str>,
}

/// How many of the scanned tree's own suppressions were honoured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Honoured {
    pub inline_ignores: usize,
    pub policy_ignores: usize,
    /// The tree was not trusted: none were honoured.
    pub untrusted: bool,
}

/// The report in numbers. The severities count new findings only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub new: usize,
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    pub low: usize,
    pub suppressed: usize,
    pub baseline: usize,
    /// Rows in the list of gaps, not files.
    pub gaps: usize,
}

impl Report {
    pub fn summary(&self) -> Summary {
        let mut sum = Summary { gaps: self.gaps.len(), ..Summary::default() };
        for finding in &self.findings {
            match finding.status {
                Status::New => sum.count_new(finding.severity),
                Status::Baseline => sum.baseline += 1,
                Status::Suppressed(_) => sum.suppressed += 1,
            }
        }
        sum
    }
}

impl Summary {
    fn count_new(&mut self, severity: Severity) {
        self.new += 1;
        *match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
        } += 1;
    }
}
