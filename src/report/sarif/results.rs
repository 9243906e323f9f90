//! Findings as results. A group is one result at its most severe member; the others are related locations, each with
//! its fingerprint.

use super::place::{artifact, file, location, region, step};
use super::rules::{level, rank};
use super::shapes::{bag, message, number, without_links};
use crate::finding::{Change, Finding, Fix, Place, Status, Suppression, SuppressionKind};
use crate::report::Report;
use crate::report::upload::{Problem, Upload, is_inside};
use serde_json::{Value, json};
use serde_sarif::sarif::{
    self, ArtifactChange, ArtifactContent, CodeFlow, Location, Message, Replacement, ResultLevel, ThreadFlow,
    ThreadFlowLocation,
};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Related locations that a message names; all are in the list.
const NAMED: usize = 10;
/// Steps of a trace. Code scanning keeps 1,000 of a result.
const STEPS: usize = 1_000;

/// The results of a file, and what they stand for.
pub(super) struct Results {
    pub results: Vec<sarif::Result>,
    /// Findings that another result speaks for.
    pub grouped: usize,
    /// Findings that are left out for their number.
    pub beyond_limit: usize,
    /// Suppressed findings that are left out because nobody wants them.
    pub omitted: usize,
}

impl Results {
    /// At most `limit` results: new ones first, then by severity, confidence, path and line. No rule has a limit of its
    /// own: a rule that finds much is low, and the two-hundredth leaked secret is as bad as the first.
    pub(super) fn of(report: &Report, upload: &Upload<'_>, limit: usize) -> Self {
        let is_shown =
            |finding: &&&Finding| !(report.omit_suppressed && matches!(finding.status, Status::Suppressed(_)));
        let settled: Vec<_> = upload.settled.iter().filter(is_shown).collect();
        let omitted = upload.settled.len() - settled.len();
        let settled = settled.into_iter().map(|first| Problem { first, others: Vec::new() });
        let mut chosen: Vec<Problem<'_>> = upload.new.iter().cloned().chain(settled).collect();
        chosen.sort_by_key(|one| {
            let finding = one.first;
            (finding.status != Status::New, Reverse((finding.severity, finding.confidence)))
        });
        let beyond = chosen.split_off(limit.min(chosen.len()));
        // In the order of every report, so that two files differ where the findings do.
        chosen.sort_by(|a, b| place(a.first).cmp(&place(b.first)));
        let index: BTreeMap<&str, usize> =
            report.catalogue.iter().enumerate().map(|(at, rule)| (rule.id.as_str(), at)).collect();
        let has_baseline = report.findings.iter().any(|finding| finding.status == Status::Baseline);
        let result = |one: &Problem<'_>| {
            let mut out = result(one);
            out.rule_index = index.get(one.first.rule.as_str()).copied().map(number);
            out.baseline_state = baseline_state(&one.first.status).filter(|_| has_baseline);
            out
        };
        Self {
            results: chosen.iter().map(result).collect(),
            grouped: chosen.iter().map(|one| one.others.len()).sum(),
            beyond_limit: beyond.iter().map(|one| 1 + one.others.len()).sum(),
            omitted,
        }
    }
}

fn place(finding: &Finding) -> (&str, Option<crate::text::Span>, &str, &str) {
    (&finding.path, finding.region.map(|region| region.span), &finding.rule, &finding.fingerprint)
}

fn baseline_state(status: &Status) -> Option<Value> {
    match status {
        Status::New => Some(json!("new")),
        Status::Baseline => Some(json!("unchanged")),
        Status::Suppressed(_) => None,
    }
}

fn result(problem: &Problem<'_>) -> sarif::Result {
    let finding = problem.first;
    let related = related(problem);
    let mut out = sarif::Result::builder().message(said(finding, &related)).build();
    out.rule_id = Some(finding.rule.clone());
    out.level = Some(match level(finding.severity) {
        "error" => ResultLevel::Error,
        "warning" => ResultLevel::Warning,
        _ => ResultLevel::Note,
    });
    out.rank = Some(rank(finding.severity));
    out.locations = Some(vec![location(finding)]);
    let places: Vec<Location> = related.into_iter().map(|related| related.location).collect();
    out.related_locations = (!places.is_empty()).then_some(places);
    out.code_flows = finding.trace.as_deref().filter(|steps| !steps.is_empty()).map(|steps| vec![flow(steps)]);
    let mut prints = BTreeMap::from([("picket/v1".to_owned(), finding.fingerprint.clone())]);
    prints.extend(finding.line_hash.clone().map(|hash| ("primaryLocationLineHash".to_owned(), hash)));
    out.partial_fingerprints = Some(prints);
    out.fixes = finding.fix.as_ref().and_then(|fix| self::fix(fix, &finding.path)).map(|fix| vec![fix]);
    if let Status::Suppressed(by) = &finding.status {
        out.suppressions = Some(vec![suppression(by)]);
    }
    out.properties = Some(bag(&[], properties(problem)));
    out
}

fn properties(problem: &Problem<'_>) -> BTreeMap<String, Value> {
    let finding = problem.first;
    let mut out = BTreeMap::from([
        ("severity".to_owned(), json!(finding.severity.as_str())),
        ("confidence".to_owned(), json!(finding.confidence.as_str())),
    ]);
    // A changed mode is no replacement of text, which is all that SARIF can say of a fix.
    if let Some(fix) = &finding.fix {
        let fix = json!({ "applicability": fix.safety.as_str(), "description": fix.description });
        out.insert("fix".to_owned(), fix);
    }
    if !problem.others.is_empty() {
        out.insert("members".to_owned(), json!(1 + problem.others.len()));
    }
    out
}

/// A related location and how the message calls it.
struct Related {
    location: Location,
    name: String,
}

/// The other members of the group, then the other places of the finding.
fn related(problem: &Problem<'_>) -> Vec<Related> {
    let member = |finding: &&Finding| {
        let mut location = location(finding);
        location.message = Some(message(without_links(&finding.message)));
        let fingerprint = ("fingerprint".to_owned(), json!(finding.fingerprint));
        location.properties = Some(bag(&[], BTreeMap::from([fingerprint])));
        let line = finding.region.map_or(1, |region| region.start.line);
        Related { location, name: format!("line {line}") }
    };
    let other = |place: &Place| Related { location: step(place), name: name(place) };
    let places = problem.first.related.iter().filter(|place| is_inside(&place.path));
    let all = problem.others.iter().map(member).chain(places.map(other));
    let numbered = |(at, mut related): (usize, Related)| {
        related.location.id = Some(number(at + 1));
        related
    };
    all.enumerate().map(numbered).collect()
}

fn name(place: &Place) -> String {
    let name = match place.region {
        Some(region) => format!("{} line {}", place.path, region.start.line),
        None => place.path.clone(),
    };
    // Inside a link, brackets would end it.
    name.replace(['[', '\\'], "(").replace(']', ")")
}

/// The finding's message is a sentence, and as such the title of the alert.
fn said(finding: &Finding, related: &[Related]) -> Message {
    let mut text = without_links(finding.message.trim_end());
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    let links: Vec<String> =
        related.iter().take(NAMED).enumerate().map(|(at, one)| format!("[{}]({})", one.name, at + 1)).collect();
    if !links.is_empty() {
        text.push_str(&format!(" Also: {}", links.join(", ")));
        match related.len().saturating_sub(NAMED) {
            0 => text.push('.'),
            more => text.push_str(&format!(" and {more} more.")),
        }
    }
    message(text)
}

/// From source to sink. Of a very long one the beginning and the end.
fn flow(steps: &[Place]) -> CodeFlow {
    let left_out = steps.len().saturating_sub(STEPS);
    let shown =
        steps.iter().enumerate().filter(|(at, _)| left_out == 0 || *at < STEPS / 2 || *at >= STEPS / 2 + left_out);
    let locations: Vec<ThreadFlowLocation> = shown
        .map(|(at, place)| {
            let mut step = ThreadFlowLocation::builder().location(step(place)).build();
            step.execution_order = Some(number(at + 1));
            step
        })
        .collect();
    let mut flow = CodeFlow::builder().thread_flows(vec![ThreadFlow::builder().locations(locations).build()]).build();
    flow.message = (left_out > 0).then(|| message(format!("{left_out} steps in the middle are left out.")));
    flow
}

/// A fix whose changes are replacements of text.
fn fix(fix: &Fix, path: &str) -> Option<sarif::Fix> {
    let replacement = |change: &Change| match change {
        Change::Text { edit, region: replaced } => {
            let mut out = Replacement::builder().deleted_region(region(*replaced)).build();
            out.inserted_content = Some(ArtifactContent::builder().text(edit.text.as_str()).build());
            Some(out)
        }
        Change::Mode(_) => None,
    };
    let replacements: Vec<Replacement> = fix.changes.iter().filter_map(replacement).collect();
    if replacements.is_empty() {
        return None;
    }
    let change = ArtifactChange::builder().artifact_location(artifact(path)).replacements(replacements).build();
    let mut out = sarif::Fix::builder().artifact_changes(vec![change]).build();
    out.description = Some(message(without_links(&fix.description)));
    Some(out)
}

fn suppression(by: &Suppression) -> sarif::Suppression {
    let kind = match by.kind {
        SuppressionKind::Inline | SuppressionKind::File => "inSource",
        SuppressionKind::Policy => "external",
    };
    let mut out = sarif::Suppression::builder().kind(json!(kind)).build();
    out.status = Some(json!("accepted"));
    out.justification = Some(by.reason.clone());
    let (path, line) = by.origin.rsplit_once(':').unwrap_or((&by.origin, ""));
    out.location = file(path, line.parse().ok());
    let until = by.until.as_ref().map(|until| ("until".to_owned(), json!(until)));
    out.properties = until.map(|until| bag(&[], BTreeMap::from([until])));
    out
}
