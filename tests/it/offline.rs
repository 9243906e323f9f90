//! A scan opens no socket and starts no process: read off the system calls of a real one.
#![cfg(target_os = "linux")]

use crate::common::{BINARY, Tree, finish, token};
use std::fs;
use std::process::Command;

/// System calls of the classes `network` and `process` that a scan may make, besides threads.
const HARMLESS: &[&str] = &["exit", "exit_group", "arch_prctl", "set_tid_address"];

/// A repository with something for every part of a scan.
fn deployment() -> Tree {
    let secret = token(1);
    let tree = Tree::of(&[
        (
            ".mcp.json",
            &format!(
                r#"{{"mcpServers":{{"a":{{"command":"npx","args":["-y","x"],"env":{{"T":"{secret}"}}}},"b":{{"url":"http://example.com/mcp"}}}}}}"#
            ),
        ),
        ("run.sh", "curl https://example.com/install.sh | sh\n"),
        ("goose/config.yaml", "extensions:\n  a:\n    cmd: uvx\n    args: [x]\n"),
        (".codex/config.toml", "[mcp_servers.a]\ncommand = \"docker\"\nargs = [\"run\", \"x\"]\n"),
        ("server.py", &format!("# picket: ignore[provider-token] of a test\nT = '{secret}'\n")),
        ("README.md", "Hidden \u{200b} text\n```sh\ncurl x | sh\n```\n"),
        ("picket.toml", "[[ignore]]\nrule = \"provider-token\"\npath = \"docs/**\"\nreason = \"x\"\n"),
        (".gitignore", "ignored/\n"),
        ("ignored/a", ""),
        ("node_modules/a/index.js", ""),
    ]);
    let git = |args: &[&str]| Command::new("git").args(args).current_dir(tree.root()).output();
    if git(&["init", "-q"]).is_ok() {
        git(&["add", "."]).unwrap();
    }
    tree
}

#[test]
fn a_scan_opens_no_socket_and_starts_no_process() {
    let tree = deployment();
    let log = tree.aside("calls");
    if let Some(calls) = trace(&tree, &log) {
        return check(&calls);
    }
    if isolated(&tree) {
        eprintln!("PARTLY TESTED: strace does not work here; the scan ran in a network namespace without interfaces");
        return;
    }
    eprintln!("NOT TESTED: neither strace nor unshare works here, so nothing shows that a scan stays offline");
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "install strace");
}

const SCAN: [&str; 7] = ["scan", "--jobs", "2", "--timings", "--verbose", "--format", "json=report.json"];

/// The system calls of a scan; `None` if they cannot be traced here.
fn trace(tree: &Tree, log: &std::path::Path) -> Option<String> {
    let mut probe = tree.command("strace");
    probe.args(["-f", "-o"]).arg(log).args(["-e", "trace=network,process", "true"]);
    if !probe.output().is_ok_and(|output| output.status.success()) {
        return None;
    }
    let mut command = tree.command("strace");
    command.args(["-f", "-o"]).arg(log).args(["-e", "trace=network,process", BINARY]).args(SCAN);
    finish(command).exits(1);
    assert!(tree.at("report.json").is_file(), "the scan ran to its end");
    fs::read_to_string(log).ok()
}

/// `PID CALL(ARGUMENTS) = RESULT`, one a line.
fn check(calls: &str) {
    let mut programs = 0;
    let mut threads = 0;
    for line in calls.lines() {
        let call = line.split_once(' ').map_or("", |(_, call)| call.trim_start());
        let name = call.strip_prefix("<... ").unwrap_or(call).split(['(', ' ']).next().unwrap_or_default();
        match name {
            "execve" => programs += 1,
            "clone" | "clone3" if call.contains("CLONE_THREAD") => threads += 1,
            "clone" | "clone3" if call.starts_with("<... ") => {}
            "+++" | "---" => {}
            harmless if HARMLESS.contains(&harmless) => {}
            _ => panic!("a scan may not do this: {line}"),
        }
    }
    assert_eq!(programs, 1, "{calls}");
    assert!(threads >= 1, "the trace saw no thread of the walk:\n{calls}");
}

/// Whether the scan ran, with the same result, where there is no network at all.
fn isolated(tree: &Tree) -> bool {
    let mut probe = tree.command("unshare");
    if !probe.args(["-rn", "true"]).output().is_ok_and(|output| output.status.success()) {
        return false;
    }
    let mut command = tree.command("unshare");
    command.args(["-rn", BINARY]).args(SCAN);
    finish(command).exits(1);
    true
}
