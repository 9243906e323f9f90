//! SARIF 2.1.0, as GitHub's code scanning takes it whole and editors show it: a stable list of all rules, results with
//! every number a viewer asks for, and what was not examined as notifications.
//!
//! The only module that knows serde-sarif. Whatever is written here may be uploaded: paths are relative to the current
//! directory, and what stands outside it is counted and left out.

mod help;
mod notices;
mod place;
mod results;
mod rules;
mod shapes;
mod taxonomies;

use super::upload::Upload;
use super::{Report, visible};
use results::Results;
use serde_json::{Value, json};
use serde_sarif::sarif::{Invocation, Run, RunAutomationDetails, Sarif, Tool, ToolComponent};
use shapes::bag;
use std::collections::BTreeMap;
use std::io::{self, Write};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Where the tool is at home; pages of rules are below it.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
/// Results of one file. Code scanning keeps the 5,000 most severe of a run.
const MAX_RESULTS: usize = 5_000;

/// Write `report` as one SARIF log with one run.
///
/// # Errors
/// If `out` refuses to take it.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    visible::write(&log(report, MAX_RESULTS), out)
}

fn log(report: &Report, limit: usize) -> Sarif {
    let upload = Upload::of(report);
    let results = Results::of(report, &upload, limit);
    let mut run = Run::builder().tool(Tool::builder().driver(driver(report)).build()).build();
    run.taxonomies = Some(taxonomies::all(&report.catalogue));
    run.invocations = Some(vec![invocation(report, &upload, &results)]);
    run.properties = Some(bag(&[], tally(report, &upload, &results)));
    run.results = Some(results.results);
    // `<category>/`: whoever uploads several kinds of runs names them apart.
    run.automation_details = Some(RunAutomationDetails::builder().id("mcp-picket/").build());
    run.column_kind = Some(json!("utf16CodeUnits"));
    run.default_encoding = Some("utf-8".to_owned());
    run.original_uri_base_ids = Some(BTreeMap::from([(place::ROOT.to_owned(), place::root())]));
    Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build()
}

fn driver(report: &Report) -> ToolComponent {
    let mut driver = ToolComponent::builder().name("mcp-picket").build();
    driver.semantic_version = Some(report.tool_version.clone());
    driver.information_uri = Some(REPOSITORY.to_owned());
    driver.rules = Some(rules::all(&report.catalogue));
    driver.notifications = Some(notices::descriptors());
    driver.supported_taxonomies = Some(taxonomies::references());
    driver
}

fn invocation(report: &Report, upload: &Upload<'_>, results: &Results) -> Invocation {
    // 70 is a failure of this tool; findings are none.
    let mut invocation = Invocation::builder().execution_successful(report.exit_code != 70).build();
    invocation.exit_code = Some(i64::from(report.exit_code));
    invocation.tool_execution_notifications = Some(notices::all(report, upload, results));
    invocation
}

/// What became of every finding, so that nothing can be lost on the way.
fn tally(report: &Report, upload: &Upload<'_>, results: &Results) -> BTreeMap<String, Value> {
    let tally = json!({
        "found": report.tally.found,
        "superseded": report.tally.superseded,
        "cut": report.tally.cut,
        "reported": report.findings.len(),
        "outside": upload.outside,
        "grouped": results.grouped,
        "beyond-limit": results.beyond_limit,
        "suppressed-omitted": results.omitted,
        "results": results.results.len(),
    });
    let scanned = json!({
        "files": report.scanned.files, "bytes": report.scanned.bytes, "rules": report.scanned.rules,
    });
    BTreeMap::from([("tally".to_owned(), tally), ("scanned".to_owned(), scanned)])
}

#[cfg(test)]
mod tests;
