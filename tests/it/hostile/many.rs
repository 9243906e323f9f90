//! Very many findings, files and directories.

use super::{found, report, scan};
use crate::common::{TOKEN_RULE, Tree, gaps, tokens};

#[test]
fn ten_thousand_findings_are_reported() {
    let tree = Tree::new();
    let lines: String = tokens(1_000).iter().map(|token| format!("A={token}\n")).collect();
    (0..10).for_each(|file| tree.write(format!("{file}.env"), &lines));
    let args = ["--select", TOKEN_RULE];
    assert_eq!(found(&report(&tree, &args), TOKEN_RULE), 10_000);
    assert!(scan(&tree, &args).stdout.contains("10,000 new findings"));
    assert_eq!(scan(&tree, &["--select", TOKEN_RULE, "--quiet"]).stdout.lines().count(), 10_000);
}

#[test]
fn findings_beyond_the_limit_are_dropped_and_told() {
    let tree = Tree::new();
    let lines = "curl\n".repeat(1_000);
    (0..60).for_each(|file| tree.write(format!("{file:02}.sh"), &lines));
    // The last file holds the only finding that matters; it is kept.
    tree.write("z.env", format!("A={}\n", tokens(1)[0]));
    let report = report(&tree, &["--select", "own,provider-token"]);
    assert_eq!((found(&report, "own-code"), found(&report, TOKEN_RULE)), (49_999, 1));
    assert_eq!(gaps(&report), [". budget"]);
    assert_eq!(report["gaps"][0]["detail"], "10001 more findings; the 50000 most severe are in the report");
}

#[test]
fn deep_directories_are_walked() {
    let tree = Tree::new();
    let path = format!("{}.env", "d/".repeat(500));
    tree.write(&path, format!("A={}\n", tokens(1)[0]));
    let report = report(&tree, &["--select", TOKEN_RULE]);
    assert_eq!((found(&report, TOKEN_RULE), gaps(&report)), (1, vec![]));
    assert_eq!(report["findings"][0]["path"], path.as_str());
}

#[test]
fn many_files_are_walked() {
    let tree = Tree::new();
    (0..20_000).for_each(|file| tree.write(format!("{}/{file}", file % 7), ""));
    assert_eq!(report(&tree, &[])["scanned"]["files"], 20_000);
    let broken = "{ \"mcpServers\": {";
    (0..2_000).for_each(|file| tree.write(format!("{file}/.mcp.json"), broken));
    assert_eq!(gaps(&report(&tree, &[])).len(), 2_000);
    scan(&tree, &["--verbose"]);
}
