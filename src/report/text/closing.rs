//! The end of the report: what was not examined, the verdict, what was honoured, what to do next.

use super::layout::{count, hang, pack, paragraph, size, thousands, width, wrap};
use super::{Ink, Style, location, tag};
use crate::finding::{Finding, Gap, GapReason, Severity, Status};
use crate::report::{Report, Summary};
use crate::text::escape_controls;

/// Failures that are listed by path, unless verbose.
const FAILURES: usize = 10;

pub(super) fn render(report: &Report, style: Style) -> String {
    let (choices, mut failures): (Vec<&Gap>, Vec<&Gap>) = report.gaps.iter().partition(|gap| gap.reason.is_by_choice());
    // What failed in this tool or in a configuration comes before what was merely too large.
    failures.sort_by_key(|gap| std::cmp::Reverse(gap.reason));
    let parts = [
        if style.verbose { not_counted(report, style) } else { String::new() },
        format!("{}{}", skipped(&choices, style), failed(&failures, style)),
        format!("{}{}{}", verdict(report, &failures, style), remarks(report, style), next(report, style)),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// One line for each finding that is known or suppressed.
fn not_counted(report: &Report, style: Style) -> String {
    report.findings.iter().filter_map(|finding| not_counted_line(finding, style)).collect()
}

fn not_counted_line(finding: &Finding, style: Style) -> Option<String> {
    let (word, why) = match &finding.status {
        Status::New => return None,
        Status::Baseline => ("baseline", String::new()),
        Status::Suppressed(by) => {
            let until = by.until.as_ref().map(|day| format!(" until {day}")).unwrap_or_default();
            let why = format!(": {} ({} at {}{until})", by.reason, by.kind.as_str(), by.origin);
            ("suppressed", escape_controls(&why))
        }
    };
    let place = location(&finding.path, finding.region);
    Some(format!("{} {} {place}{why}\n", style.paint(Ink::Faint, word), tag(finding)))
}

fn skipped(gaps: &[&Gap], style: Style) -> String {
    let phrases: Vec<String> = GapReason::ALL.iter().flat_map(|reason| phrases(gaps, *reason)).collect();
    let mut out = listed("not examined: ", &phrases, style);
    if style.verbose {
        gaps.iter().for_each(|gap| row(&mut out, gap, style));
    }
    out
}

/// `2 vendored trees (1,204 files)`, `31 binary files`
fn phrases(gaps: &[&Gap], reason: GapReason) -> Vec<String> {
    let rows = || gaps.iter().filter(|gap| gap.reason == reason);
    let noun = match reason {
        GapReason::Symlink => "symbolic link".to_owned(),
        _ => format!("{reason} file"),
    };
    let is_tree = |gap: &Gap| match reason {
        GapReason::Ignored | GapReason::Vendored | GapReason::Generated => gap.files != Some(1),
        _ => false,
    };
    let (mut files, mut trees, mut within, mut counted) = (0_u64, 0_u64, 0_u64, true);
    for gap in rows() {
        if is_tree(gap) {
            trees += 1;
            within = within.saturating_add(gap.files.unwrap_or(0));
            counted &= gap.files.is_some();
        } else {
            files = files.saturating_add(gap.files.unwrap_or(1));
        }
    }
    let more = if counted { "" } else { "at least " };
    let inside = if within > 0 { format!(" ({more}{})", count(within, "file")) } else { String::new() };
    let mut out = Vec::new();
    if trees > 0 {
        out.push(format!("{}{inside}", count(trees, &format!("{reason} tree"))));
    }
    if files > 0 {
        out.push(count(files, &noun));
    }
    out
}

fn failed(gaps: &[&Gap], style: Style) -> String {
    let by_reason = GapReason::ALL.iter().rev().filter_map(|reason| {
        let rows = gaps.iter().filter(|gap| gap.reason == *reason).count();
        (rows > 0).then(|| format!("{} {}", thousands(rows as u64), words(*reason)))
    });
    let mut out = listed("not fully examined: ", &by_reason.collect::<Vec<_>>(), style);
    let limit = if style.verbose { gaps.len() } else { FAILURES };
    gaps.iter().take(limit).for_each(|gap| row(&mut out, gap, style));
    if gaps.len() > limit {
        out.push_str(&format!("  {} {} more\n", style.ellipsis(), thousands((gaps.len() - limit) as u64)));
    }
    out
}

fn listed(lead: &str, phrases: &[String], style: Style) -> String {
    let mut out = String::new();
    let lines = pack(phrases, ", ", style.columns().saturating_sub(lead.len() + 1));
    let last = lines.len().saturating_sub(1);
    let ended = lines.into_iter().enumerate().map(|(at, line)| if at < last { line + "," } else { line });
    hang(&mut out, &style.paint(Ink::Strong, lead), lead.len(), &ended.collect::<Vec<_>>());
    out
}

/// `path: too large (40 MB, the limit is 8 MB)`
fn row(out: &mut String, gap: &Gap, style: Style) {
    let files = gap.files.filter(|files| *files > 1).map(|files| count(files, "file"));
    let detail = if gap.detail.is_empty() { files.unwrap_or_default() } else { escape_controls(&gap.detail) };
    let path = if gap.path.is_empty() { String::new() } else { format!("{}: ", escape_controls(&gap.path)) };
    let detail = if detail.is_empty() { detail } else { format!(" ({detail})") };
    let lines = wrap(&format!("{path}{}{detail}", words(gap.reason)), style.columns().saturating_sub(4));
    hang(out, "  ", 4, &lines);
}

fn words(reason: GapReason) -> &'static str {
    match reason {
        GapReason::TooLarge => "too large",
        GapReason::Budget => "ended at a limit",
        GapReason::Internal => "failed inside this tool",
        other => other.as_str(),
    }
}

fn verdict(report: &Report, failures: &[&Gap], style: Style) -> String {
    let sum = report.summary();
    let scanned = report.scanned;
    let judgement = judgement(report, &sum, failures);
    let superseded = if style.verbose { report.tally.superseded } else { 0 };
    let others = [(sum.suppressed, "suppressed"), (sum.baseline, "in the baseline"), (superseded, "superseded")];
    let others = others.into_iter().filter(|(number, _)| *number > 0);
    let mut rest: Vec<String> = others.map(|(number, what)| format!("{} {what}", thousands(number as u64))).collect();
    let (files, rules) = (count(scanned.files, "file"), count(scanned.rules as u64, "rule"));
    rest.push(format!("scanned {files} ({}) with {rules}", size(scanned.bytes)));
    let ink = match worst(report) {
        Some(finding) => Ink::Severity(finding.severity),
        None if failures.is_empty() && scanned.files > 0 && report.tally.cut == 0 => Ink::Good,
        None => Ink::Strong,
    };
    let tail = rest.join(style.separator());
    let fits = width(&judgement) + width(style.separator()) + width(&tail) <= style.columns();
    let (between, tail) = match fits {
        true => (style.separator(), tail),
        false => ("\n", pack(&rest, style.separator(), style.columns()).join("\n")),
    };
    format!("{}{between}{tail}\n", style.paint(ink, &judgement))
}

/// Never `no findings` alone where something failed or was dropped: absence was not seen.
fn judgement(report: &Report, sum: &Summary, failures: &[&Gap]) -> String {
    if sum.new > 0 {
        let counts = [
            (sum.critical, Severity::Critical),
            (sum.high, Severity::High),
            (sum.medium, Severity::Medium),
            (sum.low, Severity::Low),
        ];
        let counts = counts.into_iter().filter(|(number, _)| *number > 0);
        let counts: Vec<String> = counts.map(|(number, name)| format!("{} {name}", thousands(number as u64))).collect();
        return format!("{}: {}", count(sum.new as u64, "new finding"), counts.join(", "));
    }
    if report.tally.cut > 0 {
        return "no new findings shown".to_owned();
    }
    if report.scanned.files == 0 {
        return "nothing was examined".to_owned();
    }
    let what = if sum.suppressed + sum.baseline > 0 { "no new findings" } else { "no findings" };
    let partial = if failures.is_empty() { "" } else { " in what was examined" };
    format!("{what}{partial}")
}

fn remarks(report: &Report, style: Style) -> String {
    let mut out = String::new();
    let mut say = |text: String| paragraph(&mut out, "", &text, style.columns());
    if report.tally.cut > 0 {
        say(format!(
            "left out: {}, below the confidence asked for or beyond what a report holds",
            count(report.tally.cut as u64, "more finding")
        ));
    }
    let honoured = report.honoured;
    if honoured.untrusted {
        say("untrusted: the tree's own ignores, policy and baseline were not honoured".to_owned());
    }
    let ignores = [(honoured.inline_ignores, "inline ignore"), (honoured.policy_ignores, "policy ignore")];
    let ignores = ignores.into_iter().filter(|(number, _)| *number > 0);
    let ignores: Vec<String> = ignores.map(|(number, noun)| count(number as u64, noun)).collect();
    if !ignores.is_empty() {
        say(format!("honoured from the tree: {}", ignores.join(", ")));
    }
    out
}

fn next(report: &Report, style: Style) -> String {
    worst(report).map_or_else(String::new, |finding| {
        let command = format!("mcp-picket rules explain {}", escape_controls(&finding.rule));
        format!("next: {}\n", style.paint(Ink::Strong, &command))
    })
}

/// The first of the most severe new findings.
fn worst(report: &Report) -> Option<&Finding> {
    let new = report.findings.iter().filter(|finding| finding.status == Status::New);
    new.min_by_key(|finding| std::cmp::Reverse(finding.severity))
}
