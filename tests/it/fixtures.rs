//! Whole deployments: each `fixtures/*/expect.toml` names the rules it is about and every finding they make.
//!
//! A fixture is copied out of the repository first, with modes that the file says: a clone keeps none.

use mcp_picket::app::{Environment, ScanOptions, Standard, scan};
use mcp_picket::document::{Language, Tree, parse};
use mcp_picket::finding::Status;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What a fixture expects.
struct Expectation {
    /// Empty for all rules.
    rules: Vec<String>,
    /// `path:line rule`, sorted.
    findings: Vec<String>,
    modes: Vec<(String, u32)>,
}

fn expectation(path: &Path) -> Expectation {
    let source = fs::read_to_string(path).unwrap();
    let document = parse(Language::Toml, &source);
    assert!(document.notes.is_empty(), "{}: {:?}", path.display(), document.notes);
    let tree: Tree = document.tree.unwrap();
    let root = tree.roots()[0];
    let text = |node| tree.text(node).map(|text| text.decoded.clone());
    let rules = tree.get(root, "rules").unwrap();
    let rules = tree.array(rules).map_or_else(Vec::new, |items| items.iter().filter_map(|item| text(*item)).collect());
    let findings = tree.get(root, "finding").and_then(|list| tree.array(list)).unwrap_or_default();
    let mut findings: Vec<String> = findings
        .iter()
        .map(|entry| {
            let field = |key: &str| tree.get(*entry, key);
            let line = field("line").map(|node| match tree.value(node) {
                mcp_picket::document::Value::Number(line) => line.clone(),
                other => panic!("{other:?}"),
            });
            format!(
                "{}:{} {}",
                text(field("path").unwrap()).unwrap(),
                line.as_deref().unwrap_or("-"),
                text(field("rule").unwrap()).unwrap()
            )
        })
        .collect();
    findings.sort();
    let modes = tree.get(root, "modes").and_then(|table| tree.members(table)).unwrap_or_default();
    let modes = modes.iter().map(|m| (m.key.decoded.clone(), u32::from_str_radix(&text(m.value).unwrap(), 8).unwrap()));
    Expectation { rules, findings, modes: modes.collect() }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() != "expect.toml" {
            fs::copy(entry.path(), &target).unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

fn check(fixture: &Path) {
    let expected = expectation(&fixture.join("expect.toml"));
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("deployment");
    copy(fixture, &tree);
    for (path, mode) in &expected.modes {
        fs::set_permissions(tree.join(path), fs::Permissions::from_mode(*mode)).unwrap();
    }
    let environment = Environment::without_terminal(tree.clone(), jiff::civil::date(2026, 1, 1));
    let options =
        ScanOptions { paths: vec![PathBuf::from(".")], select: expected.rules.clone(), ..ScanOptions::default() };
    let mut out = Vec::new();
    let standard = Standard { out: &mut out, progress: &|| (), finished: &|| () };
    let report = scan(&options, &environment, standard).unwrap().report;
    let mut found: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.status == Status::New)
        .map(|finding| {
            let line = finding.region.map_or_else(|| "-".to_owned(), |region| region.start.line.to_string());
            format!("{}:{line} {}", finding.path, finding.rule)
        })
        .collect();
    found.sort();
    let only = |a: &[String], b: &[String]| a.iter().filter(|row| !b.contains(row)).cloned().collect::<Vec<_>>();
    assert_eq!(
        found,
        expected.findings,
        "{}\nunexpected: {:#?}\nmissing: {:#?}",
        fixture.display(),
        only(&found, &expected.findings),
        only(&expected.findings, &found)
    );
    assert_eq!(report.gaps, [], "{}", fixture.display());
}

#[test]
fn every_fixture_gives_exactly_its_findings() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut seen = 0;
    for entry in fs::read_dir(fixtures).unwrap() {
        check(&entry.unwrap().path());
        seen += 1;
    }
    assert!(seen >= 2);
}
