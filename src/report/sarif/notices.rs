//! What was not examined, and what is not in the file: notifications of the tool, beside the results.

use super::MAX_RESULTS;
use super::place::file;
use super::results::Results;
use super::shapes::{message, multiformat, number, without_links};
use crate::finding::{Gap, GapReason};
use crate::report::Report;
use crate::report::upload::{Upload, gap_text};
use serde_json::json;
use serde_sarif::sarif::{Notification, ReportingDescriptor, ReportingDescriptorReference};

/// Gaps that have a notification of their own.
const MAX_GAPS: usize = 1_000;

/// Notices that are about findings, and what they say.
const OUTSIDE: (&str, &str) = ("findings-outside", "Findings that are not in the repository are left out");
const CUT: (&str, &str) = ("findings-cut", "Findings beyond a limit are left out");
const SUPPRESSED: (&str, &str) = ("findings-suppressed", "Suppressed findings are left out");
const MORE_GAPS: (&str, &str) = ("more-gaps", "More was not examined than is listed");

fn of_gap(reason: GapReason) -> String {
    format!("not-examined/{reason}")
}

/// All kinds of notifications, in an order that never changes.
pub(super) fn descriptors() -> Vec<ReportingDescriptor> {
    let about = |id: String, text: String| {
        let mut descriptor = ReportingDescriptor::builder().id(id).build();
        descriptor.short_description = Some(multiformat(text));
        descriptor
    };
    let gaps = GapReason::ALL.iter().map(|reason| about(of_gap(*reason), format!("Not examined: {reason}")));
    let others = [OUTSIDE, CUT, SUPPRESSED, MORE_GAPS].map(|(id, text)| about(id.to_owned(), text.to_owned()));
    gaps.chain(others).collect()
}

fn notice(id: String, level: &str, text: &str) -> Notification {
    let mut notice = Notification::builder().message(message(without_links(text))).build();
    let index = descriptors().iter().position(|descriptor| descriptor.id == id);
    let mut descriptor = ReportingDescriptorReference::builder().id(id).build();
    descriptor.index = index.map(number);
    notice.descriptor = Some(descriptor);
    notice.level = Some(json!(level));
    notice
}

pub(super) fn all(report: &Report, upload: &Upload<'_>, results: &Results) -> Vec<Notification> {
    let mut out: Vec<Notification> = Vec::new();
    if let Some(said) = upload.left_out() {
        out.push(notice(OUTSIDE.0.to_owned(), "warning", &said));
    }
    if results.beyond_limit > 0 {
        let said = format!(
            "{} more findings are not in this file, which holds the {MAX_RESULTS} most severe results that code scanning \
             keeps; the JSON report has them",
            results.beyond_limit
        );
        out.push(notice(CUT.0.to_owned(), "warning", &said));
    }
    if report.tally.cut > 0 {
        let said = format!("{} findings were left out by a limit or by their confidence", report.tally.cut);
        out.push(notice(CUT.0.to_owned(), "note", &said));
    }
    if results.omitted > 0 {
        let said = format!("{} suppressed findings are not in this file, as was asked for", results.omitted);
        out.push(notice(SUPPRESSED.0.to_owned(), "note", &said));
    }
    out.extend(report.gaps.iter().take(MAX_GAPS).map(gap));
    if let Some(more @ 1..) = report.gaps.len().checked_sub(MAX_GAPS) {
        let said = format!("{more} more files or trees were not examined; the text and JSON reports list them");
        out.push(notice(MORE_GAPS.0.to_owned(), "warning", &said));
    }
    out
}

fn gap(gap: &Gap) -> Notification {
    let level = match gap.reason {
        GapReason::Internal => "error",
        reason if reason.is_by_choice() => "note",
        _ => "warning",
    };
    let mut out = notice(of_gap(gap.reason), level, &gap_text(gap));
    out.locations = file(&gap.path, None).map(|location| vec![location]);
    out
}
