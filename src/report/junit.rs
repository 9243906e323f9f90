//! JUnit XML, as CI systems read it: one suite for each family, one failed test for each problem, and a passed test for
//! each rule that ran and found nothing, so that a clean run is no empty file.
//!
//! A test is called by what stays the same when lines move (rule, path, pointer), because CI systems follow a test by
//! its name. What was not examined, suppressed, or known from a baseline is a skipped test with the reason.

use super::Report;
use super::upload::{Problem, Upload, and_more, gap_text};
use crate::finding::{Finding, GapReason, Status};
use crate::text::is_hidden;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

const TOOL: &str = "mcp-picket";

/// Write `report`.
///
/// # Errors
/// If `out` refuses to take it.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let upload = Upload::of(report);
    let mut suites = families(report, &upload);
    suites.insert("not-examined", not_examined(report, &upload));
    suites.retain(|_, suite| suite.tests > 0);
    let sum = |count: fn(&Suite) -> usize| suites.values().map(count).sum::<usize>();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let total = counts(sum(|suite| suite.tests), sum(|s| s.failures), sum(|s| s.errors), sum(|s| s.skipped));
    let _ = writeln!(text, "<testsuites name=\"{TOOL}\" {total} time=\"0\">");
    for (name, suite) in &suites {
        let counts = counts(suite.tests, suite.failures, suite.errors, suite.skipped);
        let _ = writeln!(text, "  <testsuite name=\"{TOOL}.{}\" {counts} time=\"0\">", escape(name));
        text.push_str(&suite.cases);
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn counts(tests: usize, failures: usize, errors: usize, skipped: usize) -> String {
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
}

#[derive(Default)]
struct Suite {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    cases: String,
    /// How often a name was given within a class.
    names: BTreeMap<(String, String), usize>,
}

impl Suite {
    /// Add a test; `inside` is the element that says why it did not pass.
    fn case(&mut self, class: &str, name: &str, finding: Option<&Finding>, inside: &str) {
        self.tests += 1;
        let number = self.names.entry((class.to_owned(), name.to_owned())).or_insert(0);
        *number += 1;
        let name = if *number > 1 { format!("{name} ({number})") } else { name.to_owned() };
        let place = finding.map_or_else(String::new, |finding| {
            let line = finding.region.map_or(1, |region| region.start.line);
            format!(" file=\"{}\" line=\"{line}\"", escape(&finding.path))
        });
        let (class, name) = (escape(class), escape(&name));
        let head = format!("    <testcase classname=\"{TOOL}.{class}\" name=\"{name}\"{place} time=\"0\"");
        let _ = match inside {
            "" => writeln!(self.cases, "{head}/>"),
            inside => writeln!(self.cases, "{head}>\n      {inside}\n    </testcase>"),
        };
    }

    fn skip(&mut self, class: &str, name: &str, finding: Option<&Finding>, why: &str) {
        self.skipped += 1;
        self.case(class, name, finding, &format!("<skipped message=\"{}\"/>", escape(why)));
    }
}

fn families<'a>(report: &'a Report, upload: &Upload<'a>) -> BTreeMap<&'a str, Suite> {
    let mut problems: BTreeMap<&str, Vec<&Problem<'_>>> = BTreeMap::new();
    for problem in &upload.new {
        problems.entry(&problem.first.rule).or_default().push(problem);
    }
    let ran = report.catalogue.iter().filter(|rule| rule.ran).map(|rule| (rule.family.as_str(), rule.id.as_str()));
    let found = report.findings.iter().map(|finding| (finding.family.as_str(), finding.rule.as_str()));
    let rules: BTreeSet<(&str, &str)> = ran.chain(found).collect();
    // Findings outside the current directory are no tests, and yet their rule has not passed.
    let new = report.findings.iter().filter(|finding| finding.status == Status::New);
    let failed: BTreeSet<&str> = new.map(|finding| finding.rule.as_str()).collect();
    let mut suites: BTreeMap<&str, Suite> = BTreeMap::new();
    for (family, rule) in rules {
        let suite = suites.entry(family).or_default();
        let class = format!("{family}.{rule}");
        let found = problems.remove(rule).unwrap_or_default();
        if !failed.contains(rule) {
            suite.case(&class, "no findings", None, "");
        }
        for problem in found {
            suite.failures += 1;
            suite.case(&class, &name(problem.first), Some(problem.first), &failure(report, problem));
        }
    }
    for finding in &upload.settled {
        let suite = suites.entry(&finding.family).or_default();
        let why = match &finding.status {
            Status::Suppressed(by) => format!("suppressed in {}: {}", by.origin, by.reason),
            _ => "known from the baseline".to_owned(),
        };
        suite.skip(&format!("{}.{}", finding.family, finding.rule), &name(finding), Some(finding), &why);
    }
    suites
}

/// Path and pointer: no line, which moves.
fn name(finding: &Finding) -> String {
    match &finding.pointer {
        Some(pointer) => format!("{}#{pointer}", finding.path),
        None => finding.path.clone(),
    }
}

fn failure(report: &Report, problem: &Problem<'_>) -> String {
    let finding = problem.first;
    let mut body = match finding.region {
        Some(region) => format!("{}:{}:{}\n", finding.path, region.start.line, region.start.column),
        None => format!("{}\n", finding.path),
    };
    if let Some(excerpt) = &finding.excerpt {
        let _ = writeln!(body, "\n{}", excerpt.focus_text());
    }
    if let Some(info) = report.rules.get(&finding.rule) {
        for part in [&info.why, &info.fix] {
            if !part.is_empty() {
                let _ = writeln!(body, "\n{part}");
            }
        }
    }
    for other in &problem.others {
        let line = other.region.map_or(1, |region| region.start.line);
        let _ = writeln!(body, "\nline {line}: {}", other.message);
    }
    let _ = write!(body, "\nfingerprint {}", finding.fingerprint);
    let message = escape(&format!("{}{}", finding.message, and_more(problem)));
    format!("<failure type=\"{}\" message=\"{message}\">{}</failure>", finding.severity, escape_lines(&body))
}

fn not_examined(report: &Report, upload: &Upload<'_>) -> Suite {
    let mut suite = Suite::default();
    for gap in &report.gaps {
        let name = if super::upload::is_inside(&gap.path) { gap.path.as_str() } else { "outside" };
        let class = format!("not-examined.{}", gap.reason);
        if gap.reason == GapReason::Internal {
            suite.errors += 1;
            let inside = format!("<error type=\"{}\" message=\"{}\"/>", gap.reason, escape(&gap_text(gap)));
            suite.case(&class, name, None, &inside);
        } else {
            suite.skip(&class, name, None, &gap_text(gap));
        }
    }
    if let Some(said) = upload.left_out() {
        suite.skip("not-examined.outside", "findings", None, &said);
    }
    if report.tally.cut > 0 {
        let said = format!("{} findings are left out by a limit or by confidence", report.tally.cut);
        suite.skip("not-examined.cut", "findings", None, &said);
    }
    suite
}

/// For an attribute: one line, and no character that XML forbids or a terminal acts on.
fn escape(text: &str) -> String {
    escape_lines(text).replace('\n', "&#10;")
}

fn escape_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            // Controls and noncharacters, which XML cannot hold at all, are among the hidden ones.
            c if is_hidden(c) || matches!(u32::from(c) & 0xFFFF, 0xFFFE | 0xFFFF) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::report::{RuleCard, sample};

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_feature_is_a_test() {
        insta::assert_snapshot!(text(&sample::everything()), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="mcp-picket" tests="11" failures="3" errors="0" skipped="8" time="0">
      <testsuite name="mcp-picket.config" tests="4" failures="3" errors="0" skipped="1" time="0">
        <testcase classname="mcp-picket.config.secret-in-client-config" name=".mcp.json#/mcpServers/files/env/GITHUB_TOKEN" file=".mcp.json" line="6" time="0">
          <failure type="high" message="`GITHUB_TOKEN` of server `files` is written into the configuration">.mcp.json:6:33

          &quot;env&quot;: { &quot;GITHUB_TOKEN&quot;: &quot;***************************&quot; }

    Client configurations are copied, committed and synchronised. A token in one is soon in places that nobody watches.

    Use a reference.

    fingerprint 10eb3f3e8a77a179823bb6e846e7bbd8</failure>
        </testcase>
        <testcase classname="mcp-picket.config.unpinned-package" name=".mcp.json" file=".mcp.json" line="5" time="0">
          <failure type="low" message="`@acme/server-files` is started without a version (and 1 more in this file)">.mcp.json:5:23

          &quot;args&quot;: [&quot;-y&quot;, &quot;@acme/server-files&quot;],

    `npx -y pkg` downloads and runs whatever the registry serves at start-up time.

    Pin the exact version: `pkg@1.2.3`.

    line 8: `@acme/web@latest` is started without a version

    fingerprint 23e2e4d473967cd932a140fb29c408d0</failure>
        </testcase>
        <testcase classname="mcp-picket.config.untrusted-input-in-shell" name="src/server.py" file="src/server.py" line="9" time="0">
          <failure type="critical" message="argument `host` of tool `ping` reaches `os.popen`">src/server.py:9:21

        return os.popen(command).read()

    What a model sends is written by whoever wrote the text that it read. A shell runs every command in it. And so on.

    Pass the arguments as a list, without a shell:

    ```python
    subprocess.run([&quot;ping&quot;, &quot;-c&quot;, &quot;1&quot;, host])
    ```

    fingerprint 33485f17a18429020f2b1eefca54525b</failure>
        </testcase>
        <testcase classname="mcp-picket.config.unpinned-package" name=".mcp.json (2)" file=".mcp.json" line="9" time="0">
          <skipped message="suppressed in .mcp.json:4: pinned by the mirror"/>
        </testcase>
      </testsuite>
      <testsuite name="mcp-picket.not-examined" tests="7" failures="0" errors="0" skipped="7" time="0">
        <testcase classname="mcp-picket.not-examined.binary" name="assets" time="0">
          <skipped message="not examined: assets (binary, 31 files)"/>
        </testcase>
        <testcase classname="mcp-picket.not-examined.too-large" name="data/dump.json" time="0">
          <skipped message="not examined: data/dump.json (too-large): 40 MB, the limit is 8 MB"/>
        </testcase>
        <testcase classname="mcp-picket.not-examined.vendored" name="node_modules" time="0">
          <skipped message="not examined: node_modules (vendored, 1204 files)"/>
        </testcase>
        <testcase classname="mcp-picket.not-examined.ignored" name="target" time="0">
          <skipped message="not examined: target (ignored)"/>
        </testcase>
        <testcase classname="mcp-picket.not-examined.unparsable" name="vendor/mcp.json" time="0">
          <skipped message="not examined: vendor/mcp.json (unparsable): expected `,` in line 3"/>
        </testcase>
        <testcase classname="mcp-picket.not-examined.outside" name="findings" time="0">
          <skipped message="2 findings outside the current directory are not in this report; the text and JSON reports have them"/>
        </testcase>
        <testcase classname="mcp-picket.not-examined.cut" name="findings" time="0">
          <skipped message="3 findings are left out by a limit or by confidence"/>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    }

    #[test]
    fn rules_that_found_nothing_pass() {
        let mut report = sample::report(Vec::new());
        let rule = sample::card("a-rule", Severity::High);
        report.catalogue = vec![rule.clone(), RuleCard { id: "another".to_owned(), ran: false, ..rule }];
        let text = text(&report);
        assert_eq!((text.matches("<testcase").count(), text.matches("</testcase>").count()), (1, 0), "{text}");
        assert!(text.contains("<testsuites name=\"mcp-picket\" tests=\"1\" failures=\"0\""), "{text}");
    }

    #[test]
    fn equal_names_are_numbered() {
        let text = text(&sample::report(vec![sample::injection(), sample::injection()]));
        assert!(text.contains("name=\"src/server.py\"") && text.contains("name=\"src/server.py (2)\""), "{text}");
    }

    #[test]
    fn nothing_leaves_its_attribute_or_element() {
        let hostile = "\"><&]]>\n\u{0}\u{1b}\u{202e}\u{ffff}\u{1fffe}'";
        let text = text(&sample::report(vec![sample::bare(hostile, Severity::High, hostile, hostile)]));
        let escaped = "&quot;&gt;&lt;&amp;]]&gt;&#10;\\u{0}\\u{1b}\\u{202e}\\u{ffff}\\u{1fffe}'";
        assert!(text.contains(&format!("message=\"{escaped}\"")), "{text}");
        assert!(!text.chars().any(|c| c != '\n' && is_hidden(c)));
    }
}
