//! All artifacts together: order, sums.

use super::Engine;
use super::examine::{Examined, Spent};
use crate::finding::{Evidence, Finding, Gap, InlineIgnore};

/// What a scan found before anybody asked for silence.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Sorted by path, place and rule.
    pub findings: Vec<Finding>,
    pub superseded: usize,
    pub evidence: Vec<Evidence>,
    pub gaps: Vec<Gap>,
    pub ignores: Vec<InlineIgnore>,
    pub spent: Spent,
}

impl Engine {
    /// Put the artifacts together. The order in which they were examined does not matter.
    pub fn conclude(&self, examined: Vec<Examined>) -> Outcome {
        let mut out = Outcome::default();
        for one in examined {
            out.findings.extend(one.findings);
            out.superseded += one.superseded;
            out.evidence.extend(one.evidence);
            out.gaps.extend(one.gaps);
            out.ignores.extend(one.ignores);
            out.spent.add(one.spent);
        }
        sort_findings(&mut out.findings);
        out.evidence.sort();
        out.evidence.dedup();
        out.ignores.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        out
    }
}

/// The order of every report: path, place, rule.
pub(crate) fn sort_findings(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let span = |finding: &Finding| finding.region.map(|region| region.span);
        (&a.path, span(a), &a.rule, &a.fingerprint).cmp(&(&b.path, span(b), &b.rule, &b.fingerprint))
    });
}

impl Spent {
    fn add(&mut self, other: Self) {
        self.prefilter += other.prefilter;
        self.matching += other.matching;
        self.reporting += other.reporting;
        self.bytes += other.bytes;
        self.matched_bytes += other.matched_bytes;
    }
}
