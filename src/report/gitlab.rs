//! GitLab's Code Quality report: an array of issues, each with a severity, a path and a line.
//!
//! The format has no place for anything else, so what was not examined is an issue of its own, of severity `info`.

use super::upload::{Problem, Upload, and_more, gap_text, standing};
use super::{Report, visible};
use crate::finding::{Severity, fingerprint};
use serde::Serialize;
use std::io::{self, Write};

/// `check_name` of what is about the report itself.
const NOT_EXAMINED: &str = "not-examined";
/// Where an issue stands that is about no file.
const NOWHERE: &str = ".";

#[derive(Serialize)]
struct Issue {
    #[serde(rename = "type")]
    kind: &'static str,
    description: String,
    check_name: String,
    categories: [&'static str; 1],
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// Write `report` for `artifacts:reports:codequality`.
///
/// # Errors
/// If `out` refuses to take it.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let upload = Upload::of(report);
    let mut issues: Vec<Issue> = upload.new.iter().map(issue).collect();
    issues.extend(notices(report, &upload));
    visible::write(&issues, out)
}

fn issue(problem: &Problem<'_>) -> Issue {
    let finding = problem.first;
    let (path, region) = standing(&finding.path, finding.region);
    let lines = region.map_or((1, 1), |region| (region.start.line, region.end.line));
    Issue {
        kind: "issue",
        description: format!("{}{}", finding.message, and_more(problem)),
        check_name: finding.rule.clone(),
        categories: ["Security"],
        fingerprint: finding.fingerprint.clone(),
        severity: severity(finding.severity),
        location: Location { path: path.to_owned(), lines: Lines { begin: lines.0, end: lines.1 } },
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
    }
}

/// Failures one by one. What was left out by choice is one issue with a constant fingerprint, so that a project with an
/// image is told once and not at every merge request.
fn notices(report: &Report, upload: &Upload<'_>) -> Vec<Issue> {
    let (chosen, failed): (Vec<_>, Vec<_>) = report.gaps.iter().partition(|gap| gap.reason.is_by_choice());
    let mut out: Vec<Issue> = failed
        .into_iter()
        .map(|gap| {
            let path = if super::upload::is_inside(&gap.path) { gap.path.as_str() } else { NOWHERE };
            notice(path, gap_text(gap), &[gap.path.as_str(), gap.reason.as_str(), gap.detail.as_str()].join("\n"))
        })
        .collect();
    if !chosen.is_empty() {
        let said = format!(
            "not examined by choice: {} files or trees (ignored, binary, third-party); the text and JSON reports list them",
            chosen.len()
        );
        out.push(notice(NOWHERE, said, "by choice"));
    }
    out.extend(upload.left_out().map(|said| notice(NOWHERE, said, "outside")));
    out
}

fn notice(path: &str, description: String, identity: &str) -> Issue {
    Issue {
        kind: "issue",
        description,
        check_name: NOT_EXAMINED.to_owned(),
        categories: ["Security"],
        fingerprint: fingerprint(NOT_EXAMINED, path, identity, "", 0),
        severity: "info",
        location: Location { path: path.to_owned(), lines: Lines { begin: 1, end: 1 } },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn read(report: &Report) -> Vec<Value> {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn an_issue_has_what_gitlab_asks_for() {
        let issues = read(&sample::report(vec![sample::secret()]));
        insta::assert_snapshot!(serde_json::to_string_pretty(&issues).unwrap(), @r#"
    [
      {
        "categories": [
          "Security"
        ],
        "check_name": "secret-in-client-config",
        "description": "`GITHUB_TOKEN` of server `files` is written into the configuration",
        "fingerprint": "10eb3f3e8a77a179823bb6e846e7bbd8",
        "location": {
          "lines": {
            "begin": 6,
            "end": 6
          },
          "path": ".mcp.json"
        },
        "severity": "critical",
        "type": "issue"
      }
    ]
    "#);
    }

    #[test]
    fn all_issues_are_told_apart_and_of_a_known_severity() {
        let issues = read(&sample::everything());
        let known = ["info", "minor", "major", "critical", "blocker"];
        let prints: BTreeSet<_> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(prints.len(), issues.len());
        for issue in &issues {
            assert!(known.contains(&issue["severity"].as_str().unwrap()), "{issue}");
            assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1, "{issue}");
        }
        let said: Vec<_> = issues.iter().map(|issue| issue["description"].as_str().unwrap()).collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
    argument `host` of tool `ping` reaches `os.popen`
    `GITHUB_TOKEN` of server `files` is written into the configuration
    `@acme/server-files` is started without a version (and 1 more in this file)
    not examined: data/dump.json (too-large): 40 MB, the limit is 8 MB
    not examined: vendor/mcp.json (unparsable): expected `,` in line 3
    not examined by choice: 3 files or trees (ignored, binary, third-party); the text and JSON reports list them
    2 findings outside the current directory are not in this report; the text and JSON reports have them
    "#);
    }

    #[test]
    fn nothing_found_is_an_empty_array() {
        assert_eq!(read(&sample::report(Vec::new())), Vec::<Value>::new());
    }
}
