//! Reports and where they go: files, standard output, terminals, pipes; help, manual and completions.

use crate::common::{BINARY, FORMATS, Tree, fields, finish, gaps, token, word_page};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::process::Stdio;

fn with_token() -> Tree {
    Tree::of(&[(".env", &format!("A={}\n", token(1)))])
}

/// Names in the scanned directory.
fn names(tree: &Tree) -> Vec<String> {
    let entries = fs::read_dir(tree.root()).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn several_reports_are_written_at_once() {
    let tree = with_token();
    let alone = tree.tokens(&["--format", "json"]).stdout;
    tree.write("r.json", "old");
    let run = tree.tokens(&["--format", "text", "--format", "json=r.json", "--format", "text=r.txt"]).exits(1);
    assert!(run.stdout.contains(".env:1:3"), "{}", run.stdout);
    assert_eq!(fs::read_to_string(tree.at("r.txt")).unwrap(), run.stdout);
    let written: Value = serde_json::from_str(&fs::read_to_string(tree.at("r.json")).unwrap()).unwrap();
    let alone: Value = serde_json::from_str(&alone).unwrap();
    assert_eq!(written["findings"], alone["findings"]);
    assert_eq!(names(&tree), [".env", "r.json", "r.txt"], "no temporary file is left");
}

#[test]
fn a_file_that_cannot_be_written_is_told_before_the_scan() {
    let tree = with_token();
    tree.write("old.json", "old");
    tree.write("dir/x", "");
    let mut refused = vec!["dir", "nowhere/r.json", "old.json/r.json"];
    // What refuses everybody, root included.
    refused.extend(["/proc/r.json", "/dev/null"].into_iter().filter(|_| cfg!(target_os = "linux")));
    for file in refused {
        // The other report would be written if the scan had run.
        let run =
            tree.tokens(&["--format", "json=old.json", "--format", &format!("json={file}"), "--verbose"]).exits(2);
        assert!(run.stderr.contains("cannot write"), "{file}: {}", run.stderr);
        assert_eq!((run.stdout.as_str(), fs::read_to_string(tree.at("old.json")).unwrap().as_str()), ("", "old"));
    }
    assert_eq!(names(&tree), [".env", "dir", "old.json"]);
}

#[test]
fn a_failed_run_leaves_the_old_report() {
    let tree = with_token();
    tree.write("old.json", "old");
    tree.tokens(&["nowhere", "--format", "json=old.json"]).exits(3);
    tree.write("picket.toml", "[rules\n");
    tree.tokens(&["--format", "json=old.json"]).exits(4);
    assert_eq!(fs::read_to_string(tree.at("old.json")).unwrap(), "old");
}

#[test]
fn a_report_with_everything_keeps_the_schema() {
    let secret = token(1);
    let tree = Tree::of(&[
        (".env", &format!("A={secret}\n# picket: ignore[provider-token] of a test\nB={}\n", token(2))),
        (".mcp.json", &format!("{{ \"mcpServers\": {{ \"a\": {{ \"env\": {{ \"T\": \"{secret}\" }} ")),
        (
            "picket.toml",
            "[[ignore]]\nrule = \"provider-token\"\npath = \"c.env\"\nreason = \"why\"\nuntil = \"2999-01-01\"\n",
        ),
        ("c.env", &format!("A={secret}\n")),
        ("node_modules/a.txt", ""),
        ("large.txt", &"x".repeat(5_000)),
    ]);
    let server = "severity = \"low\"\nmessage = \"{server}\"\ngroup = \"file\"";
    let page = crate::common::page("own-server", server, "server = { command = { matches = \".\" } }", "A=1", "A=2");
    tree.page("own-server", &page);
    let rules = tree.rules();
    let args = ["--rules", &rules, "--select", "provider-token,own", "--max-file-size", "1000", "--format", "json"];
    let report = tree.scan(&args).exits(1).json();
    let schema: Value = serde_json::from_str(include_str!("../../../schema/report-v1.schema.json")).unwrap();
    jsonschema::draft202012::new(&schema).unwrap().validate(&report).unwrap();
    let statuses = fields(&report, "status");
    assert_eq!((statuses.iter().filter(|s| **s == "suppressed").count(), statuses.len()), (2, 4), "{report:#}");
    assert_eq!(gaps(&report), [".mcp.json unparsable", "large.txt too-large", "node_modules vendored"]);
    assert_eq!(report["summary"]["gaps"], 3);
}

#[test]
fn standard_input_is_read_as_the_named_file() {
    let tree = Tree::new();
    let scan = |path: &str, input: &[u8]| {
        let mut command = tree.command(BINARY);
        command.args(["scan", "-", "--stdin-path", path, "--select", "provider-token", "--format", "json"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code().unwrap(), serde_json::from_slice::<Value>(&output.stdout).unwrap())
    };
    let (code, report) = scan(".mcp.json", format!("{{\"a\":\"{}\"}}", token(1)).as_bytes());
    assert_eq!((code, fields(&report, "path"), fields(&report, "pointer")), (1, vec![".mcp.json"], vec!["/a"]));
    assert_eq!(scan("a.txt", b"nothing").0, 0);
    let (code, report) = scan("a\u{1b}.bin", b"\x7fELF\0\0");
    assert_eq!((code, gaps(&report)), (0, vec!["a\\u{1b}.bin binary".to_owned()]));
}

#[test]
fn output_that_is_no_terminal_has_no_escapes() {
    let tree = with_token();
    for variable in ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"] {
        let mut command = tree.command(BINARY);
        command.args(["scan", "--select", "provider-token", "--verbose"]).env(variable, "1").env("TERM", "xterm");
        assert!(!finish(command).exits(1).shown().contains('\u{1b}'), "{variable}");
    }
}

#[test]
fn quiet_is_one_line_per_finding_and_timings_are_no_output() {
    let tree = Tree::of(&[(".env", &format!("A={}\nB={}\n", token(1), token(2)))]);
    let quiet = tree.tokens(&["--quiet"]).exits(1);
    assert_eq!((quiet.stdout.lines().count(), quiet.stderr.as_str()), (2, ""), "{}", quiet.stdout);
    let timed = tree.tokens(&["--quiet", "--timings"]).exits(1);
    assert_eq!(timed.stdout, quiet.stdout);
    assert!(timed.stderr.contains("load rules") && timed.stderr.contains("bytes"), "{}", timed.stderr);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let tree = Tree::of(&[("a.txt", &"prose_hit\n".repeat(900))]);
    tree.page("own-word", &word_page("own-word", "high", "prose_hit"));
    let rules = tree.rules();
    for format in FORMATS {
        let args = ["--format", format];
        let mut command = tree.command(BINARY);
        command.args(["scan", "--rules", &rules, "--select", "own"]).args(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdout.take().unwrap().read_exact(&mut [0; 10]).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(1), ""), "{args:?}");
    }
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let tree = Tree::new();
    for (args, expected) in [
        (&["--help"][..], "  70  internal error"),
        (&["scan", "--help"], "Examples:\n  mcp-picket scan"),
        (&["rules", "--help"], "Examples:\n  mcp-picket rules"),
        (&["completions", "--help"], "Example:\n  mcp-picket completions"),
    ] {
        let run = tree.picket(args).exits(0);
        assert!(run.stdout.contains(expected), "{args:?}: {}", run.stdout);
    }
    tree.picket([] as [&str; 0]).exits(2);
    let version = tree.picket(["--version"]).exits(0).stdout;
    assert_eq!(version, format!("mcp-picket {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_and_the_manual_print() {
    let tree = Tree::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = tree.picket(["completions", shell]).exits(0).stdout;
        assert!(script.contains("mcp-picket") && script.contains("strict-gaps"), "{shell}");
    }
    let manual = tree.picket(["man"]).exits(0).stdout;
    assert!(manual.contains(".TH mcp-picket 1") && manual.contains("scan"), "{manual}");
}

#[test]
fn a_report_is_not_examined_by_the_run_that_writes_it() {
    let tree = with_token();
    let args = ["--format", "json", "--format", "text=r.txt", "--format", "sarif=out/p.sarif"];
    tree.write("out/x", "");
    let first = tree.tokens(&args).exits(1);
    let second = tree.tokens(&args).exits(1);
    assert_eq!(fields(&second.json(), "path"), fields(&first.json(), "path"));
    assert_eq!(gaps(&second.json()), ["out/p.sarif ignored", "r.txt ignored"]);
}
