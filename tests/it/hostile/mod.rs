//! Input that was made to break a scanner: the exit code is one of the contract's, nothing panics, no scan takes two
//! seconds or 500 MB, and what was not examined is a gap.
#![cfg(unix)]

mod content;
mod many;
mod names;
mod special;

use crate::common::{BINARY, Run, Tree, finish, page};
use serde_json::Value;
use std::time::Duration;

/// What the release build promises. Unoptimised code is up to ten times slower, on a machine that runs other tests.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 });

/// KiB of address space, which is never less than memory: 500 MB.
const SPACE: &str = "488281";

/// Own rules for every kind of matcher, so that each parser and each index is used whatever the embedded rules ask.
fn rules(tree: &Tree) {
    let low = "severity = \"low\"\nmessage = \"found\"";
    for (id, matches) in [
        ("own-value", "text = { regex = \"prose_hit\", anchors = [\"prose_hit\"], where = \"value\" }"),
        ("own-prose", "text = { regex = \"prose_hit\", anchors = [\"prose_hit\"], where = \"prose\" }"),
        ("own-code", "text = { regex = \"curl\", anchors = [\"curl\"], where = \"code\" }"),
        ("own-comment", "text = { regex = \"[a-z]+\", anchors = [\"/*\", \"# \", \"<!\"], where = \"comment\" }"),
        ("own-server", "server = { command = { matches = \"np\" } }"),
        ("own-setting", "setting = { pointer = \"/mcpServers/*\", matches = \"x\" }"),
        ("own-mode", "file = { files = [\"**/.env\"], mode = \"0002\" }"),
    ] {
        tree.page(id, &page(id, low, matches, "A=1", "A=2"));
    }
}

/// Scan with all rules, embedded and own, within the bounds.
#[track_caller]
fn scan(tree: &Tree, args: &[&str]) -> Run {
    rules(tree);
    let mut command = tree.command("sh");
    // Elsewhere than on Linux the shell cannot bound memory; time and panics are still checked.
    let limit = if cfg!(target_os = "linux") { format!("ulimit -v {SPACE} && ") } else { String::new() };
    command.args(["-c", &format!("{limit}exec \"$@\""), "sh", BINARY, "scan", "--rules", &tree.rules(), "--jobs", "2"]);
    command.args(args);
    let run = finish(command);
    assert!((0..=4).contains(&run.code), "exit code {}: {}", run.code, run.stderr);
    assert!(!run.stderr.contains("internal error"), "{}", run.stderr);
    assert!(run.wall <= PATIENCE, "took {:?}", run.wall);
    run
}

/// The same, as JSON.
#[track_caller]
fn report(tree: &Tree, args: &[&str]) -> Value {
    scan(tree, &[args, &["--format", "json"]].concat()).json()
}

/// The findings of one rule.
fn found(report: &Value, rule: &str) -> usize {
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == rule).count()
}
