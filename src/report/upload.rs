//! What may stand in a file that is made to be uploaded, and how it is counted: findings inside the current directory,
//! each group once. Reports for the person at the machine, text and JSON, show everything.

use super::Report;
use crate::finding::{Finding, Gap, Region, Severity, Status};
use std::cmp::Reverse;

/// The findings of a report as uploadable files show them, in the report's order.
pub(super) struct Upload<'a> {
    pub new: Vec<Problem<'a>>,
    /// Suppressed, or known from the baseline.
    pub settled: Vec<&'a Finding>,
    /// Findings that are left out because they are not in the repository.
    pub outside: usize,
}

/// A finding, or the group that it speaks for.
#[derive(Clone)]
pub(super) struct Problem<'a> {
    /// The first of the most severe.
    pub first: &'a Finding,
    pub others: Vec<&'a Finding>,
}

impl<'a> Upload<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let (inside, outside): (Vec<_>, Vec<_>) = report.findings.iter().partition(|finding| is_inside(&finding.path));
        let (new, settled): (Vec<_>, Vec<_>) = inside.into_iter().partition(|finding| finding.status == Status::New);
        Self { new: fold(new), settled, outside: outside.len() }
    }

    /// What to say about the findings that are left out; `None` if there are none.
    pub(super) fn left_out(&self) -> Option<String> {
        let (findings, are, them) = match self.outside {
            0 => return None,
            1 => ("1 finding".to_owned(), "is", "it"),
            number => (format!("{number} findings"), "are", "them"),
        };
        Some(format!(
            "{findings} outside the current directory {are} not in this report; the text and JSON reports have {them}"
        ))
    }
}

/// One problem for each group of a rule, where its first member stands.
fn fold<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Problem<'a>> {
    super::group::fold(findings).into_iter().filter_map(lead).collect()
}

fn lead(mut members: Vec<&Finding>) -> Option<Problem<'_>> {
    let (at, _) = members.iter().enumerate().min_by_key(|(at, finding)| (Reverse(finding.severity), *at))?;
    Some(Problem { first: members.remove(at), others: members })
}

/// Whether a path leads to something below the current directory: not home, not absolute, not upwards, not a server.
pub(super) fn is_inside(path: &str) -> bool {
    let has_drive = matches!(path.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    let is_home = path == "~" || path.starts_with("~/");
    let goes_up = path.split('/').any(|part| part == "..");
    !(path.is_empty() || path.starts_with(['/', '\\']) || has_drive || is_home || goes_up || path.contains("://"))
}

/// Where something stands as a repository knows it: what is inside a bundle (`x.mcpb!/manifest.json`) stands at its
/// beginning, since no reader of such reports looks into one.
pub(super) fn standing(path: &str, region: Option<Region>) -> (&str, Option<Region>) {
    let is_bundle = |file: &str| file.ends_with(".mcpb") || file.ends_with(".dxt");
    match path.split_once("!/").filter(|(file, _)| is_bundle(&file.to_ascii_lowercase())) {
        Some((file, _)) => (file, None),
        None => (path, region),
    }
}

/// Why something was not examined, in one line. What stands outside is not named.
pub(super) fn gap_text(gap: &Gap) -> String {
    let files = match gap.files {
        Some(files) if files > 1 => format!(", {files} files"),
        _ => String::new(),
    };
    match (is_inside(&gap.path), gap.detail.as_str()) {
        (false, _) => format!("not examined: something outside the current directory ({}{files})", gap.reason),
        (true, "") => format!("not examined: {} ({}{files})", gap.path, gap.reason),
        (true, detail) => format!("not examined: {} ({}{files}): {detail}", gap.path, gap.reason),
    }
}

/// ` (and 3 more in this file)`
pub(super) fn and_more(problem: &Problem<'_>) -> String {
    match problem.others.len() {
        0 => String::new(),
        more => format!(" (and {more} more in this file)"),
    }
}

/// `critical 1, high 2, medium 0, low 4`
pub(super) fn by_severity(report: &Report) -> String {
    let count = |severity: Severity| {
        let is_of = |finding: &&Finding| finding.status == Status::New && finding.severity == severity;
        format!("{severity} {}", report.findings.iter().filter(is_of).count())
    };
    Severity::ALL.iter().rev().map(|severity| count(*severity)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn only_what_is_below_the_current_directory_is_inside() {
        for path in ["a", ".mcp.json", "a/b~/c", "~x", "a..b", "...", "src/home/x", "a:b"] {
            assert!(is_inside(path), "{path}");
        }
        for path in ["", "~", "~/a", "/a", "C:/a", r"\\host\a", "..", "../a", "a/../../b", "mcp://server/tools"] {
            assert!(!is_inside(path), "{path}");
        }
    }

    #[test]
    fn a_group_is_one_problem_and_its_most_severe_member_speaks() {
        let mut loud = sample::unpinned("@acme/web@latest");
        loud.severity = Severity::High;
        let report = sample::report(vec![
            sample::unpinned("@acme/server-files"),
            sample::injection(),
            loud,
            sample::unpinned("@acme/mail"),
            sample::mode(),
            sample::suppressed(),
        ]);
        let upload = Upload::of(&report);
        let shown: Vec<_> = upload.new.iter().map(|one| (one.first.message.as_str(), one.others.len())).collect();
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0], ("`@acme/web@latest` is started without a version", 2));
        assert_eq!((upload.settled.len(), upload.outside), (1, 1));
        let said = "1 finding outside the current directory is not in this report; the text and JSON reports have it";
        assert_eq!(upload.left_out().as_deref(), Some(said));
    }

    #[test]
    fn what_is_in_a_bundle_stands_at_its_beginning() {
        let check = |path, expected: &str| assert_eq!(standing(path, None).0, expected);
        check("a/x.mcpb!/manifest.json", "a/x.mcpb");
        check("a/X.DXT!/server/a.js", "a/X.DXT");
        check("a!/b.json", "a!/b.json");
    }

    #[test]
    fn a_gap_outside_is_not_named() {
        let gap = sample::gap("~/secret/x", crate::finding::GapReason::TooLarge, "~/secret", Some(1));
        assert!(!gap_text(&gap).contains("secret"));
    }
}
