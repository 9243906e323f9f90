//! All artifacts together: order, sums.

use super::Engine;
use super::examine::{Examined, Spent};
use super::flows::{Part, Reader};
use crate::finding::{Evidence, Finding, Gap, InlineIgnore, Status};
use std::cmp::Ordering;

/// Findings of one scan at most. A hostile tree of a few megabytes holds a million.
pub const MAX_FINDINGS: usize = 50_000;

/// What a scan found before anybody asked for silence.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Sorted by path, place and rule.
    pub findings: Vec<Finding>,
    /// Matches that were made, whatever became of them.
    pub made: usize,
    pub superseded: usize,
    /// Findings beyond [`MAX_FINDINGS`].
    pub dropped: usize,
    pub evidence: Vec<Evidence>,
    pub gaps: Vec<Gap>,
    pub ignores: Vec<InlineIgnore>,
    pub spent: Spent,
}

/// Puts the artifacts together. The order in which they come does not matter. The number of findings is bounded; the
/// rest grows with the number of files, by at most what one file may give.
#[derive(Debug, Default)]
pub struct Collector {
    outcome: Outcome,
    flows: Vec<Part>,
}

impl Collector {
    pub fn add(&mut self, one: Examined) {
        let out = &mut self.outcome;
        if !one.flow.is_empty() {
            self.flows.push(one.flow);
        }
        out.findings.extend(one.findings);
        out.made += one.made;
        out.superseded += one.superseded;
        out.evidence.extend(one.evidence);
        out.gaps.extend(one.gaps);
        out.ignores.extend(one.ignores);
        out.spent.add(one.spent);
        if out.findings.len() >= 2 * MAX_FINDINGS {
            out.dropped += keep_most_severe(&mut out.findings);
        }
    }

    /// Search for flows in all that came, and sort.
    pub fn finish(mut self, engine: &Engine, reader: Reader<'_>) -> Outcome {
        let flows = engine.find_flows(std::mem::take(&mut self.flows), reader);
        let superseded = engine.give_way_to_flows(&mut self.outcome.findings, &flows.findings);
        self.add(flows);
        let mut out = self.outcome;
        out.superseded += superseded;
        out.dropped += keep_most_severe(&mut out.findings);
        sort_findings(&mut out.findings);
        out.evidence.sort();
        out.evidence.dedup();
        out.ignores.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        out
    }
}

impl Engine {
    /// Put the artifacts together.
    pub fn conclude(&self, examined: Vec<Examined>) -> Outcome {
        let mut collector = Collector::default();
        examined.into_iter().for_each(|one| collector.add(one));
        collector.finish(self, &|_| None)
    }
}

/// Leave the [`MAX_FINDINGS`] that matter most, whatever their order; returns how many went.
pub(crate) fn keep_most_severe(findings: &mut Vec<Finding>) -> usize {
    let dropped = findings.len().saturating_sub(MAX_FINDINGS);
    if dropped > 0 {
        let weight = |finding: &Finding| (finding.status == Status::New, finding.severity);
        findings.select_nth_unstable_by(MAX_FINDINGS, |a, b| weight(b).cmp(&weight(a)).then_with(|| order(a, b)));
        findings.truncate(MAX_FINDINGS);
    }
    dropped
}

/// The order of every report: path, place, rule.
pub(crate) fn sort_findings(findings: &mut [Finding]) {
    findings.sort_by(order);
}

fn order(a: &Finding, b: &Finding) -> Ordering {
    let span = |finding: &Finding| finding.region.map(|region| region.span);
    (&a.path, span(a), &a.rule, &a.fingerprint).cmp(&(&b.path, span(b), &b.rule, &b.fingerprint))
}

impl Spent {
    fn add(&mut self, other: Self) {
        self.prefilter += other.prefilter;
        self.lowering += other.lowering;
        self.matching += other.matching;
        self.reporting += other.reporting;
        self.bytes += other.bytes;
        self.matched_bytes += other.matched_bytes;
        self.lowered_bytes += other.lowered_bytes;
        self.flows += other.flows;
        self.flow_bytes += other.flow_bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::rule::Knowledge;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn finding(number: usize) -> Finding {
        let severity = if number.is_multiple_of(1_000) { Severity::High } else { Severity::Low };
        Finding { severity, ..Finding::blank(&format!("{number:08}")) }
    }

    #[test]
    fn too_many_findings_leave_the_most_severe_whatever_their_order() {
        let engine = Engine::new(Vec::new(), Arc::new(Knowledge::embedded().unwrap()), BTreeMap::new()).unwrap();
        let total = 3 * MAX_FINDINGS;
        let collect = |numbers: &mut dyn Iterator<Item = usize>| {
            let mut collector = Collector::default();
            numbers.for_each(|n| collector.add(Examined { findings: vec![finding(n)], ..Examined::default() }));
            let outcome = collector.finish(&engine, &|_| None);
            assert_eq!((outcome.findings.len(), outcome.dropped), (MAX_FINDINGS, total - MAX_FINDINGS));
            outcome.findings
        };
        let forwards = collect(&mut (0..total));
        assert_eq!(forwards.iter().filter(|finding| finding.severity == Severity::High).count(), total / 1_000);
        assert!(forwards == collect(&mut (0..total).rev()));
    }
}
