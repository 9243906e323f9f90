//! Annotations for GitHub Actions: workflow commands in the log of a step, for runs that may not upload anything.
//!
//! GitHub shows ten annotations of a level for each step. The most severe are annotated, and the last line says how
//! many are not; nothing is ever only dropped.

use super::Report;
use super::upload::{Problem, Upload, and_more, by_severity, gap_text, standing};
use crate::finding::{Region, Severity, Status};
use crate::text::escape_controls;
use std::cmp::Reverse;
use std::io::{self, BufWriter, Write};

/// Annotations of one level that a step may show.
const SHOWN: usize = 10;
/// Gaps that are listed in the log.
const GAPS: usize = 100;

/// Write `report` as workflow commands.
///
/// # Errors
/// If `out` refuses to take it.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let upload = Upload::of(report);
    let mut problems: Vec<&Problem<'_>> = upload.new.iter().collect();
    problems.sort_by_key(|one| Reverse((one.first.severity, one.first.confidence)));
    let mut hidden = 0;
    for level in ["error", "warning", "notice"] {
        // The last line is a notice too.
        let room = if level == "notice" { SHOWN - 1 } else { SHOWN };
        let of_level = || problems.iter().filter(|one| level_of(one.first.severity) == level);
        for problem in of_level().take(room) {
            writeln!(out, "{}", annotation(level, problem))?;
        }
        hidden += of_level().skip(room).map(|one| 1 + one.others.len()).sum::<usize>();
    }
    gaps(report, &mut out)?;
    writeln!(out, "::notice title=mcp-picket::{}", data(&closing(report, &upload, hidden)))?;
    out.flush()
}

fn level_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    }
}

fn annotation(level: &str, problem: &Problem<'_>) -> String {
    let finding = problem.first;
    let title = property(&format!("{} [{}]", finding.rule, finding.severity));
    let mut message = format!("{}{}", finding.message, and_more(problem));
    if let Some(fix) = &finding.fix {
        message.push_str("\nFix: ");
        message.push_str(&fix.description);
    }
    let (path, region) = standing(&finding.path, finding.region);
    format!("::{level} file={}{},title={title}::{}", property(path), place(region), data(&message))
}

/// Columns are for one line only: GitHub refuses an annotation that has both columns and several lines.
fn place(region: Option<Region>) -> String {
    let Some(region) = region else { return ",line=1".to_owned() };
    let (start, end) = (region.start, region.end);
    if start.line == end.line {
        let (first, last) = (start.utf16_column, end.utf16_column);
        format!(",line={},endLine={},col={first},endColumn={last}", start.line, end.line)
    } else {
        format!(",line={},endLine={}", start.line, end.line)
    }
}

/// What was not examined, folded in the log. No row may be taken for a command, wherever a file's name puts `::`.
fn gaps(report: &Report, out: &mut impl Write) -> io::Result<()> {
    if report.gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "::group::mcp-picket: {} not examined", rows(report.gaps.len()))?;
    for gap in report.gaps.iter().take(GAPS) {
        writeln!(out, "{}", escape_controls(&gap_text(gap)).replace("##[", "## ["))?;
    }
    if let Some(more @ 1..) = report.gaps.len().checked_sub(GAPS) {
        writeln!(out, "and {more} more; the text and JSON reports have them all")?;
    }
    writeln!(out, "::endgroup::")
}

fn rows(number: usize) -> String {
    if number == 1 { "1 file or tree".to_owned() } else { format!("{number} files or trees") }
}

fn closing(report: &Report, upload: &Upload<'_>, hidden: usize) -> String {
    let count = |is: fn(&Status) -> bool| report.findings.iter().filter(|finding| is(&finding.status)).count();
    let new = count(|status| *status == Status::New);
    let mut parts = vec![match new {
        0 => format!("no new findings in {} files", report.scanned.files),
        1 => format!("1 new finding ({})", by_severity(report)),
        _ => format!("{new} new findings ({})", by_severity(report)),
    }];
    if hidden > 0 {
        parts.push(format!("{hidden} of them not annotated, because a step shows {SHOWN} of a level"));
    }
    parts.extend(upload.left_out());
    for (number, what) in [
        (count(|status| matches!(status, Status::Suppressed(_))), "suppressed"),
        (count(|status| *status == Status::Baseline), "known from the baseline"),
        (report.tally.cut, "left out by a limit or by confidence"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    if !report.gaps.is_empty() {
        parts.push(format!("{} not examined, listed in the log", rows(report.gaps.len())));
    }
    parts.join("; ")
}

/// The message of a command. What has been escaped once for people stays as it is.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(escape_controls).collect();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_feature_has_its_line() {
        insta::assert_snapshot!(text(&sample::everything()), @r#"
    ::error file=src/server.py,line=9,endLine=9,col=21,endColumn=29,title=untrusted-input-in-shell [critical]::argument `host` of tool `ping` reaches `os.popen`
    ::error file=.mcp.json,line=6,endLine=6,col=33,endColumn=60,title=secret-in-client-config [high]::`GITHUB_TOKEN` of server `files` is written into the configuration%0AFix: Replace the value by `${GITHUB_TOKEN}` and revoke the token
    ::notice file=.mcp.json,line=5,endLine=5,col=23,endColumn=41,title=unpinned-package [low]::`@acme/server-files` is started without a version (and 1 more in this file)
    ::group::mcp-picket: 5 files or trees not examined
    not examined: assets (binary, 31 files)
    not examined: data/dump.json (too-large): 40 MB, the limit is 8 MB
    not examined: node_modules (vendored, 1204 files)
    not examined: target (ignored)
    not examined: vendor/mcp.json (unparsable): expected `,` in line 3
    ::endgroup::
    ::notice title=mcp-picket::5 new findings (critical 1, high 1, medium 1, low 2); 2 findings outside the current directory are not in this report; the text and JSON reports have them; 1 suppressed; 1 known from the baseline; 3 left out by a limit or by confidence; 5 files or trees not examined, listed in the log
    "#);
    }

    #[test]
    fn nothing_found_is_one_line() {
        assert_eq!(text(&sample::report(Vec::new())), "::notice title=mcp-picket::no new findings in 120 files\n");
    }

    #[test]
    fn a_step_shows_ten_of_a_level_and_the_rest_is_counted() {
        let many = |number: usize, severity| {
            (0..number).map(move |n| sample::bare("a-rule", severity, &format!("{n}.json"), "m"))
        };
        let findings = many(13, Severity::High).chain(many(12, Severity::Low)).chain(many(1, Severity::Critical));
        let text = text(&sample::report(findings.collect()));
        let count = |level: &str| text.matches(&format!("::{level} ")).count();
        assert_eq!((count("error"), count("warning"), count("notice")), (10, 0, 10));
        assert!(text.starts_with("::error file=0.json,line=1,title=a-rule [critical]::m\n"), "{text}");
        assert!(text.contains("26 new findings") && text.contains("; 7 of them not annotated"), "{text}");
    }

    #[test]
    fn no_name_or_message_ends_a_command_or_begins_one() {
        let hostile = "a:b,c%d\n::error::x\r##[error]y\u{1b}[2J";
        let mut report = sample::report(vec![sample::bare(hostile, Severity::High, hostile, hostile)]);
        report.gaps = vec![sample::gap(hostile, crate::finding::GapReason::TooLarge, hostile, None)];
        let text = text(&report);
        assert_eq!(text.lines().count(), 5, "{text}");
        let file = "file=a%3Ab%2Cc%25d%0A%3A%3Aerror%3A%3Ax\\r##[error]y\\u{1b}[2J,line=1,";
        assert!(text.contains(file), "{text}");
        let row = text.lines().find(|line| line.starts_with("not examined")).unwrap();
        assert!(!row.contains("##["), "{row}");
    }
}
