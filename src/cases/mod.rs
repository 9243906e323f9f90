//! Runs the cases of rule pages: the flagged ones must be found exactly at their marks, the accepted ones not at all,
//! and fixes must mend what they touch without breaking anything else.
//!
//! Used by `cargo test` for the embedded pages and by `rules test` for those of users.

mod build;
mod marks;
mod tokens;

use crate::engine::{Engine, Outcome};
use crate::finding::{Change, Finding, Safety, Severity, Status};
use crate::fix;
use crate::rule::{CaseKind, Catalogue, Diagnostic, Knowledge, PageCase, Problems, Prose, Rule, Selection};
use crate::text::{Span, is_hidden};
use crate::triage::{Policy, Triage};
use build::{CaseFile, Expected};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The day on which cases run: dates in pages are before or after it.
const TODAY: Date = jiff::civil::date(2026, 1, 1);
/// Cases of each kind that a page has at least.
const LEAST: usize = 2;

/// What running one page gave.
#[derive(Debug)]
pub struct PageReport {
    pub rule: String,
    pub cases: usize,
    pub failures: Vec<Diagnostic>,
}

/// Runs pages against a catalogue.
#[derive(Debug)]
pub struct Runner<'a> {
    pub catalogue: &'a Catalogue,
    pub knowledge: Arc<Knowledge>,
}

impl Runner<'_> {
    /// Check the form of a page and run all its cases, with no rule but its own.
    pub fn page(&self, rule: &Rule) -> PageReport {
        let mut problems = Problems::default();
        let source = &rule.front.source;
        check_characters(source, &self.knowledge, &mut problems);
        let prose = Prose::parse(source, &mut problems);
        if prose.help.is_empty() {
            problems.add_unplaced("the page does not say why (the first paragraph after the rule)");
        }
        if prose.fix.is_empty() {
            problems.add_unplaced("the page does not say what to do (`## Fix`)");
        }
        for kind in [CaseKind::Flagged, CaseKind::Accepted] {
            let count = prose.cases.iter().filter(|case| case.kind == kind).count();
            if count < LEAST {
                problems.add_unplaced(format!("a page has at least {LEAST} cases under {kind:?}; this has {count}"));
            }
        }
        match self.engine(rule) {
            Ok(engine) => prose.cases.iter().for_each(|case| self.case(rule, &engine, case, &mut problems)),
            Err(found) => found.into_iter().for_each(|d| match d.span {
                Some(span) => problems.add(span, d.message),
                None => problems.add_unplaced(d.message),
            }),
        }
        PageReport { rule: rule.id.clone(), cases: prose.cases.len(), failures: rule.diagnostics(problems) }
    }

    /// Pages about suppressions need the rules that are suppressed; all others run alone.
    fn engine(&self, rule: &Rule) -> Result<Engine, Vec<Diagnostic>> {
        let is_reported = rule.matches.iter().any(|spec| spec.matcher == "reported");
        let only = Selection::only(&rule.id);
        let rules =
            self.catalogue.rules().iter().filter(|other| is_reported || only.includes(other)).cloned().collect();
        Engine::new(rules, Arc::clone(&self.knowledge), BTreeMap::new())
    }

    fn case(&self, rule: &Rule, engine: &Engine, case: &PageCase, problems: &mut Problems) {
        let mut own = Problems::default();
        let files = build::files(case, &self.knowledge, &mut own);
        if own.is_empty() {
            self.judge(rule, engine, case, &files, &mut own);
        }
        problems.add_all(own, &case.name);
    }

    fn judge(&self, rule: &Rule, engine: &Engine, case: &PageCase, files: &[CaseFile], problems: &mut Problems) {
        let findings = match self.findings(rule, engine, files) {
            Ok(findings) => findings,
            Err(message) => {
                problems.add(case.span, message);
                return;
            }
        };
        let expected: usize = files.iter().map(|file| file.expected.len()).sum();
        match case.kind {
            CaseKind::Flagged if expected == 0 => {
                problems.add(case.span, "a flagged case has a mark or `finding=file`")
            }
            CaseKind::Accepted if expected > 0 || files.iter().any(|file| !file.sources.is_empty()) => {
                problems.add(case.span, "an accepted case has no mark")
            }
            _ => {}
        }
        for file in files {
            compare(file, &findings, problems);
        }
        compare_sources(files, &findings, problems);
        check_redaction(files, &findings, case.span, problems);
        if case.kind == CaseKind::Flagged && rule.fix.is_some() {
            self.check_fix(rule, engine, case, files, &findings, problems);
        }
    }

    /// What the rule finds in the files, after triage.
    fn findings(&self, rule: &Rule, engine: &Engine, files: &[CaseFile]) -> Result<Vec<Finding>, String> {
        let examined: Vec<_> =
            files.iter().filter(|file| !file.is_policy).map(|file| engine.examine(&file.artifact)).collect();
        let outcome: Outcome = engine.conclude(examined);
        if let Some(gap) = outcome.gaps.iter().find(|gap| gap.reason == crate::finding::GapReason::Internal) {
            return Err(format!("{}: {}", gap.path, gap.detail));
        }
        let policy = match files.iter().find(|file| file.is_policy) {
            None => Policy::default(),
            Some(file) => Policy::parse(&file.artifact.path, file.text(), engine.redactor())
                .map_err(|found| found.into_iter().map(|d| d.message).collect::<Vec<_>>().join("; "))?,
        };
        let ran: BTreeSet<String> = engine.planned().iter().map(|plan| plan.rule.id.clone()).collect();
        let triage = Triage {
            policy: &policy,
            catalogue: self.catalogue,
            ran: &ran,
            today: TODAY,
            redactor: engine.redactor(),
            honour_comments: true,
            is_whole: true,
            all_rules: true,
        };
        let mut findings = triage.run(outcome.findings, &outcome.ignores).findings;
        findings.retain(|finding| finding.rule == rule.id && finding.status == Status::New);
        Ok(findings)
    }

    /// Apply the fix of every finding: nothing of the rule is left, and where the page shows the result, it is that.
    fn check_fix(
        &self,
        rule: &Rule,
        engine: &Engine,
        case: &PageCase,
        files: &[CaseFile],
        findings: &[Finding],
        problems: &mut Problems,
    ) {
        let mut after: Vec<CaseFile> = Vec::new();
        for file in files {
            let own = findings.iter().filter(|finding| finding.path == file.artifact.path);
            let fixed = match fix::apply(file.text(), own, Safety::Unsafe) {
                Ok(fixed) => fixed,
                Err(error) => {
                    problems.add(file.span, format!("the fix does not fit: {error}"));
                    return;
                }
            };
            if let Some(wanted) = file.fixed.as_ref().filter(|wanted| **wanted != fixed.text) {
                problems.add(file.span, format!("the fix gives {:?}, the page shows {wanted:?}", fixed.text));
            }
            after.push(file.with(&fixed));
        }
        let has_fix = findings.iter().any(|finding| finding.fix.is_some());
        match self.findings(rule, engine, &after) {
            Ok(left) if has_fix => {
                let unfixed = findings.iter().filter(|finding| finding.fix.is_none()).count();
                if left.len() > unfixed {
                    problems.add(case.span, format!("after the fix there are still {} findings", left.len()));
                }
            }
            Ok(_) => {}
            Err(message) => problems.add(case.span, message),
        }
    }
}

/// The findings of a file are exactly those that its marks say.
fn compare(file: &CaseFile, findings: &[Finding], problems: &mut Problems) {
    let mut missing: Vec<&Expected> = file.expected.iter().collect();
    for finding in findings.iter().filter(|finding| finding.path == file.artifact.path) {
        let span = finding.region.map(|region| region.span);
        match missing.iter().position(|expected| expected.span == span) {
            Some(at) => {
                missing.remove(at);
            }
            None => {
                let found = span.and_then(|span| span.slice(file.text())).unwrap_or("the file itself");
                problems.add(file.span, format!("unexpected finding on {found:?}: {}", finding.message));
            }
        }
        if let Some(severity) = file.severity.filter(|severity| *severity != finding.severity) {
            problems.add(file.span, format!("the severity is {}, expected {severity}", finding.severity));
        }
    }
    for expected in missing {
        let shown = expected.span.and_then(|span| span.slice(file.text())).unwrap_or("the file itself");
        problems.add(file.span, format!("no finding on {shown:?}"));
    }
}

/// Where a case marks sources, every trace begins at one of them, and every one begins a trace.
fn compare_sources(files: &[CaseFile], findings: &[Finding], problems: &mut Problems) {
    let mut missing: BTreeSet<(&str, Span)> =
        files.iter().flat_map(|file| file.sources.iter().map(|span| (file.artifact.path.as_str(), *span))).collect();
    if missing.is_empty() {
        return;
    }
    let wanted = missing.clone();
    for finding in findings {
        let first = finding.trace.as_ref().and_then(|trace| trace.first());
        let Some(file) = files.iter().find(|file| file.artifact.path == finding.path) else { continue };
        let Some((path, span)) = first.and_then(|step| Some((step.path.as_str(), step.region?.span))) else {
            problems.add(file.span, format!("no trace with the finding: {}", finding.message));
            continue;
        };
        missing.remove(&(path, span));
        if !wanted.contains(&(path, span)) {
            let source = files.iter().find(|file| file.artifact.path == path).map_or("", CaseFile::text);
            let shown = span.slice(source).unwrap_or_default();
            problems.add(file.span, format!("the trace begins at {shown:?} of {path}: {}", finding.message));
        }
    }
    for (path, span) in missing {
        if let Some(file) = files.iter().find(|file| file.artifact.path == path) {
            problems.add(file.span, format!("no trace begins at {:?}", span.slice(file.text()).unwrap_or_default()));
        }
    }
}

/// Nothing that a generator built as a secret, and no raw control character, is in what a finding says.
fn check_redaction(files: &[CaseFile], findings: &[Finding], span: Span, problems: &mut Problems) {
    let secrets: Vec<&String> = files.iter().flat_map(|file| &file.secrets).collect();
    for finding in findings {
        let excerpt = finding.excerpt.as_ref().map_or("", |excerpt| excerpt.text.as_str());
        let pointer = finding.pointer.as_deref().unwrap_or_default();
        let fix = finding.fix.as_ref().map_or("", |fix| fix.description.as_str());
        let edits = finding.fix.iter().flat_map(|fix| &fix.changes).filter_map(|change| match change {
            Change::Text { edit, .. } => Some(edit.text.as_str()),
            Change::Mode(_) => None,
        });
        for said in [finding.message.as_str(), finding.path.as_str(), pointer, excerpt, fix].into_iter().chain(edits) {
            if secrets.iter().any(|secret| said.contains(secret.as_str())) {
                problems.add(span, format!("the finding shows a secret: {said:?}"));
            }
            if said.chars().any(|c| is_hidden(c) && c != '\n') {
                problems.add(span, format!("the finding shows a raw control character: {said:?}"));
            }
        }
    }
}

/// A page holds no raw control or format character and no token-shaped string: generators stand for them.
fn check_characters(source: &str, knowledge: &Knowledge, problems: &mut Problems) {
    for (at, c) in source.char_indices().filter(|(_, c)| is_hidden(*c) && *c != '\n') {
        let span = Span::new(at, at + c.len_utf8());
        problems.add(span, format!("a raw U+{:04X}; write ‹u+{:04X}›", u32::from(c), u32::from(c)));
    }
    for token in knowledge.tokens.find_all(source) {
        problems.add(token.span, format!("a token-shaped string; write ‹token:{}›", token.format.id));
    }
}

/// What a fence's `severity=` asserts.
fn severity(text: &str) -> Result<Severity, String> {
    text.parse()
}

/// Run every page of a catalogue that `wanted` names.
pub fn run_pages(catalogue: &Catalogue, knowledge: &Arc<Knowledge>, wanted: impl Fn(&Rule) -> bool) -> Vec<PageReport> {
    let runner = Runner { catalogue, knowledge: Arc::clone(knowledge) };
    catalogue.rules().iter().filter(|rule| wanted(rule)).map(|rule| runner.page(rule)).collect()
}
