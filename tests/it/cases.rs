//! The case runner itself: it accepts good pages, and says of every kind of bad one what is wrong with it.

use mcp_picket::cases::run_pages;
use mcp_picket::rule::{Catalogue, Knowledge};
use std::sync::Arc;

/// Load one page (with `more` beside it) and run its cases; every complaint, of loading or of running.
fn complaints(page: &str, more: &[&str]) -> Vec<String> {
    let pages =
        std::iter::once(("own/own-rule.md", page)).chain(more.iter().copied().map(|text| ("own/other-rule.md", text)));
    let pages = pages.map(|(path, text)| (path.to_owned(), Arc::from(text), false));
    let catalogue = match Catalogue::from_pages(pages) {
        Ok(catalogue) => catalogue,
        Err(found) => return found.into_iter().map(|d| d.message).collect(),
    };
    let knowledge = Arc::new(Knowledge::embedded().unwrap());
    let reports = run_pages(&catalogue, &knowledge, |rule| rule.id == "own-rule");
    reports.into_iter().flat_map(|report| report.failures).map(|d| d.message).collect()
}

/// A page with this rule table, these flagged and these accepted cases.
fn page(table: &str, flagged: &[&str], accepted: &[&str]) -> String {
    let cases = |cases: &[&str]| {
        cases.iter().enumerate().map(|(at, case)| format!("### case {at}\n{case}\n\n")).collect::<String>()
    };
    format!(
        "# A title\n\n```toml\n[rule]\nseverity = \"low\"\nconfidence = \"high\"\nsince = \"0.1.0\"\n{table}\n```\n\nWhy.\n\n## Fix\n\nThis.\n\n## Flagged\n\n{}## Accepted\n\n{}",
        cases(flagged),
        cases(accepted)
    )
}

const NEEDLE: &str = "message = \"found\"\n[[match]]\ntext = { anchors = [\"needle\"], regex = 'needle' }";
const FLAGGED: &[&str] = &["```text a.txt\nx «needle»\n```", "```text b.txt\n«needle»\n```"];
const ACCEPTED: &[&str] = &["```text a.txt\nneedl\n```", "```text a.txt\nneed le\n```"];

fn check(page: &str, complaint: &str) {
    let found = complaints(page, &[]);
    assert!(found.iter().any(|message| message.contains(complaint)), "expected {complaint:?}, found {found:#?}");
}

fn passes(page: &str) {
    let found = complaints(page, &[]);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_good_page_passes() {
    passes(&page(NEEDLE, FLAGGED, ACCEPTED));
}

#[test]
fn what_is_marked_must_be_found_and_nothing_else() {
    check(&page(NEEDLE, &["```text a.txt\n«x» needle\n```", FLAGGED[1]], ACCEPTED), "no finding on \"x\"");
    check(&page(NEEDLE, &["```text a.txt\n«x» needle\n```", FLAGGED[1]], ACCEPTED), "unexpected finding on \"needle\"");
    check(&page(NEEDLE, &["```text a.txt\nneedle\n```", FLAGGED[1]], ACCEPTED), "has a mark");
    check(&page(NEEDLE, FLAGGED, &["```text a.txt\nneedle\n```", ACCEPTED[1]]), "unexpected finding");
    check(&page(NEEDLE, FLAGGED, &["```text a.txt\n«needle»\n```", ACCEPTED[1]]), "an accepted case has no mark");
}

#[test]
fn a_trace_begins_where_its_source_is_marked() {
    let table = "message = \"found\"\n[[match]]\nflow = { sink = [\"eval\"] }";
    let case = |parameter: &str, sink: &str| {
        format!(
            "```python run.py\ndef run(text):\n    return {sink}\n```\n\n```python server.py\nfrom mcp.server.fastmcp import FastMCP\nfrom run import run\n\nmcp = FastMCP(\"s\")\n\n@mcp.tool()\ndef tool({parameter}):\n    return run(a)\n```"
        )
    };
    let good = case("a, b", "«eval(text)»");
    let accepted = case("a, b", "len(text)");
    let marked = |parameter: &str| page(table, &[&good, &case(parameter, "«eval(text)»")], &[&accepted, &accepted]);
    passes(&marked("«←a», b"));
    check(&marked("a, «←b»"), "the trace begins at \"a\" of server.py");
    check(&marked("a, «←b»"), "no trace begins at \"b\"");
    let wrong = case("«←a», b", "len(text)");
    check(&page(table, &[&good, &good], &[&accepted, &wrong]), "an accepted case has no mark");
    let traceless = "```text a.txt\n«needle» «←x»\n```";
    check(&page(NEEDLE, &[traceless, FLAGGED[1]], ACCEPTED), "no trace with the finding");
}

#[test]
fn a_page_has_cases_words_and_a_fix() {
    check(&page(NEEDLE, &FLAGGED[..1], ACCEPTED), "at least 2 cases under Flagged");
    check(&page(NEEDLE, FLAGGED, &[]), "at least 2 cases under Accepted");
    check(&page(NEEDLE, FLAGGED, ACCEPTED).replace("## Fix\n\nThis.\n", ""), "does not say what to do");
    check(&page(NEEDLE, FLAGGED, ACCEPTED).replace("Why.\n", ""), "does not say why");
    check(&page(NEEDLE, FLAGGED, ACCEPTED).replace("## Fix", "## Mend"), "unknown section `Mend`");
}

#[test]
fn mistakes_of_form_are_named() {
    let good = page(NEEDLE, FLAGGED, ACCEPTED);
    check(&good.replace("x «needle»\n```", "x «needle»"), "is the closing one missing?");
    check(&good.replace("a.txt\nx", "a.txt colour=red\nx"), "unknown word `colour=red`");
    check(&good.replace("x «needle»", "x «needle"), "never closed");
    check(&good.replace("Why.", "Why.\u{200b}"), "write ‹u+200B›");
    let token =
        Knowledge::embedded().unwrap().tokens.get("npm-token").unwrap().generate(7, mcp_picket::rule::Generated::Valid);
    check(&good.replace("Why.", &token), "write ‹token:npm-token›");
    check(&page(&NEEDLE.replace("found", "found {what}"), FLAGGED, ACCEPTED), "unknown name `what`");
    check(&page(&NEEDLE.replace("text =", "txt ="), FLAGGED, ACCEPTED), "unknown matcher `txt`");
    check(&page(&NEEDLE.replace("'needle'", "'needle('"), FLAGGED, ACCEPTED), "unclosed group");
    check(&page(&NEEDLE.replace("'needle'", "'needle[a-z]{0,60000}'"), FLAGGED, ACCEPTED), "size limit");
    check(&page(&NEEDLE.replace("anchors = [\"needle\"], ", ""), FLAGGED, ACCEPTED), "`anchors` is missing");
    check(&page(&format!("supersedes = [\"none\"]\nclass = \"c\"\n{NEEDLE}"), FLAGGED, ACCEPTED), "which is no rule");
}

#[test]
fn a_fix_must_mend_and_give_what_the_page_shows() {
    let fixed = |edit: &str, shown: &str| {
        let flagged = format!("```text a.txt\nx «needle»\n```\n```text a.txt fixed\n{shown}\n```");
        page(&format!("{NEEDLE}\n[fix]\nsafety = \"safe\"\nedit = {{ {edit} }}"), &[&flagged, FLAGGED[1]], ACCEPTED)
    };
    passes(&fixed("replace = \"pin\"", "x pin"));
    check(&fixed("replace = \"pin\"", "x needle"), "the page shows");
    check(&fixed("replace = \"needle \"", "x needle "), "after the fix there are still");
    check(&fixed("replace = \"a\", remove = true", "x"), "exactly one of");
}

#[test]
fn adjustments_are_asserted_by_the_fence() {
    let table = format!("{NEEDLE}\n[[adjust]]\nwhen = \"in-tests\"\nseverity = \"high\"");
    let flagged = |severity: &str| format!("```text tests/a.txt severity={severity}\n«needle»\n```");
    passes(&page(&table, &[&flagged("high"), FLAGGED[0]], ACCEPTED));
    check(&page(&table, &[&flagged("low"), FLAGGED[0]], ACCEPTED), "the severity is high, expected low");
}

#[test]
fn every_place_of_a_text_match_is_told_apart() {
    let table = |place: &str| NEEDLE.replace("regex =", &format!("where = \"{place}\", regex ="));
    let shell = "```shell a.sh\n#!/bin/sh\n# in_comment\nrun in_code 'in_string'\n```";
    let with = |word: &str| shell.replace(word, "«needle»");
    for (place, word) in [("code", "in_code"), ("comment", "in_comment"), ("string", "in_string")] {
        let others: Vec<String> = ["in_code", "in_comment", "in_string"]
            .iter()
            .filter(|other| **other != word)
            .map(|other| shell.replace(other, "needle"))
            .collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        passes(&page(&table(place), &[&with(word), &with(word)], &others));
    }
    let value = "```json a.json\n// needle\n{ \"needle\": \"a «needle»\" }\n```";
    passes(&page(&table("value"), &[value, value], ACCEPTED));
    let prose = "~~~markdown a.md\nThe «needle».\n```sh\nneedle\n```\n~~~";
    passes(&page(&table("prose"), &[prose, prose], ACCEPTED));
    let fence = "~~~markdown a.md\nThe needle.\n```sh\n«needle»\n```\n~~~";
    passes(&page(&table("code"), &[fence, fence], ACCEPTED));
}

#[test]
fn allow_lists_entropy_languages_and_groups_narrow_a_text_match() {
    let table = |more: &str, regex: &str| {
        format!("message = \"found\"\n[[match]]\ntext = {{ anchors = [\"key=\"], regex = '{regex}', {more} }}")
    };
    let group = table("span = \"value\", allow = ['^public']", "key=(?P<value>\\S+)");
    let flagged = &["```text a.txt\nkey=«private»\n```", "```text a.txt\nkey=«x»\n```"];
    passes(&page(&group, flagged, &["```text a.txt\nkey=public1\n```", "```text a.txt\nkey=\n```"]));
    let random = table("span = \"value\", entropy = \"3.5\"", "key=(?P<value>\\S+)");
    let flagged = &["```text a.txt\nkey=«q8Zr2Lw9Xk4Tb7Vn»\n```", "```text a.txt\nkey=«0a9b8c7d6e5f4g3h»\n```"];
    passes(&page(
        &random,
        flagged,
        &["```text a.txt\nkey=aaaaaaaaaaaaaaaa\n```", "```text a.txt\nkey=abababababababab\n```"],
    ));
    let yaml = table("languages = [\"yaml\"], files = [\"**/in/**\"]", "key=\\S+");
    let flagged = &["```yaml in/a.yaml\n«key=1»\n```", "```yaml x/in/b.yml\n«key=1»\n```"];
    passes(&page(&yaml, flagged, &["```yaml out/a.yaml\nkey=1\n```", "```text in/a.txt\nkey=1\n```"]));
}

#[test]
fn a_file_match_judges_modes_by_where_the_file_is() {
    let table = "message = \"{mode} {who}\"\n[[match]]\nfile = { files = [\"**/*.key\"], mode = \"0077\" }\n[fix]\nsafety = \"safe\"\nedit = { mode = \"0600\" }";
    passes(&page(
        table,
        &["```text a.key mode=0644 finding=file\nx\n```", "```text a.key mode=0620 tracked=false finding=file\nx\n```"],
        &[
            "```text a.key mode=0600\nx\n```",
            "```text a.key mode=0644 tracked=true\nx\n```",
            "```text a.txt mode=0666\nx\n```",
        ],
    ));
}

#[test]
fn a_file_match_judges_owners() {
    let table = "message = \"x\"\n[[match]]\nfile = { files = [\"**/*.sh\"], owner-other-than = [\"root\"] }";
    passes(&page(
        table,
        &["```shell a.sh owner=mcp:mcp finding=file\nx\n```", "```shell b.sh owner=www:root finding=file\nx\n```"],
        &["```shell a.sh owner=root:mcp\nx\n```", "```shell a.sh\nx\n```"],
    ));
}

#[test]
fn a_rule_supersedes_only_rules_of_its_class() {
    let strong = page(&format!("class = \"c\"\nsupersedes = [\"other-rule\"]\n{NEEDLE}"), FLAGGED, ACCEPTED)
        .replace("own-rule", "x");
    let weak = page(&format!("class = \"c\"\n{NEEDLE}"), FLAGGED, ACCEPTED);
    assert_eq!(complaints(&strong, &[&weak]), Vec::<String>::new());
    let alone = page(&format!("class = \"d\"\n{NEEDLE}"), FLAGGED, ACCEPTED);
    assert!(complaints(&strong, &[&alone])[0].contains("of another class"));
}
