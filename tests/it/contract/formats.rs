//! Every format says the same: no finding is lost in one, and each is what its readers expect.

use crate::code_scanning;
use crate::common::{FORMATS, Run, Tree, fields, token, write};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Panics unless `text` is a whole document of its format.
#[track_caller]
pub(super) fn check_form(format: &str, text: &str) {
    match format {
        "sarif" => code_scanning::check(&serde_json::from_str(text).unwrap()),
        "gitlab" => check_gitlab(&serde_json::from_str(text).unwrap()),
        "junit" => drop(elements(text)),
        "github" => check_github(text),
        "json" => drop(serde_json::from_str::<Value>(text).unwrap()),
        _ => {}
    }
}

#[track_caller]
fn check_gitlab(issues: &Value) {
    let mut prints = BTreeSet::new();
    for issue in issues.as_array().unwrap() {
        for field in ["description", "check_name", "fingerprint"] {
            assert!(!issue[field].as_str().unwrap().is_empty(), "{issue}");
        }
        let severity = issue["severity"].as_str().unwrap();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{issue}");
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(!path.starts_with(['/', '~']), "{issue}");
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1, "{issue}");
        assert!(prints.insert(issue["fingerprint"].as_str().unwrap()), "twice: {issue}");
    }
}

/// Commands and what is between the lines of a group; nothing else.
#[track_caller]
fn check_github(text: &str) {
    let mut is_in_group = false;
    for line in text.lines() {
        assert!(!line.contains("##["), "{line}");
        let Some(command) = line.strip_prefix("::") else {
            assert!(is_in_group, "{line}");
            continue;
        };
        let (head, _) = command.split_once("::").unwrap();
        let name = head.split(' ').next().unwrap();
        assert!(["error", "warning", "notice", "group", "endgroup"].contains(&name), "{line}");
        is_in_group = name == "group";
    }
    for level in ["error", "warning", "notice"] {
        assert!(text.matches(&format!("\n::{level} ")).count() <= 10);
    }
}

/// The opening tags of an XML document, which must be well-formed as far as tags, attributes and entities go.
#[track_caller]
fn elements(text: &str) -> Vec<String> {
    let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    let (mut open, mut out) = (Vec::new(), Vec::new());
    while let Some(at) = rest.find('<') {
        check_text(&rest[..at]);
        let (tag, after) = rest[at + 1..].split_once('>').unwrap();
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
            continue;
        }
        let inside = tag.strip_suffix('/').unwrap_or(tag);
        let quoted: Vec<&str> = inside.split('"').collect();
        assert_eq!(quoted.len() % 2, 1, "an open quote: {tag}");
        quoted.iter().for_each(|part| check_text(part));
        out.push(inside.to_owned());
        if inside.len() == tag.len() {
            open.push(inside.split(' ').next().unwrap());
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
    out
}

#[track_caller]
fn check_text(text: &str) {
    for (at, _) in text.match_indices('&') {
        let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&#10;"];
        assert!(entities.iter().any(|entity| text[at..].starts_with(entity)), "{text}");
    }
    assert!(!text.contains(['<', '\r']) && !text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            write(&target, fs::read(entry.path()).unwrap())
        }
    }
}

/// A deployment with most kinds of findings, two suppressed ones, one in the user's home, and gaps.
fn deployment() -> Tree {
    let tree = Tree::of(&[
        ("a.env", &format!("A={}\n# picket: ignore[provider-token] of a test\nB={}\n", token(1), token(2))),
        ("c.env", &format!("A={}\n", token(3))),
        ("large.txt", &"x".repeat(20_000)),
        ("image.png", "\0"),
        (
            "picket.toml",
            "[[ignore]]\nrule = \"provider-token\"\npath = \"c.env\"\nreason = \"why\"\nuntil = \"2999-01-01\"\n",
        ),
    ]);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/insecure"), &tree.at("."));
    fs::remove_file(tree.at("expect.toml")).unwrap();
    write(
        &tree.home().join(".cursor/mcp.json"),
        format!("{{\"mcpServers\":{{\"a\":{{\"env\":{{\"T\":\"{}\"}}}}}}}}", token(4)),
    );
    tree
}

fn scan(tree: &Tree, format: &str) -> Run {
    let user = tree.home().join(".cursor/mcp.json");
    tree.scan(&[".", user.to_str().unwrap(), "--max-file-size", "10000", "--format", format])
}

/// The number in ` (and 3 more in this file)`.
fn more(said: &str) -> usize {
    said.split_once(" (and ").map_or(0, |(_, rest)| rest.split(' ').next().unwrap().parse().unwrap())
}

#[test]
fn no_finding_is_lost_in_any_format() {
    let tree = deployment();
    let json = scan(&tree, "json").exits(1).json();
    let findings = json["findings"].as_array().unwrap();
    let is_outside = |finding: &&Value| finding["path"].as_str().unwrap().starts_with('~');
    let outside = findings.iter().filter(is_outside).count();
    let of = |status: &str| {
        let is_of = |finding: &&Value| finding["status"] == status && !is_outside(finding);
        findings.iter().filter(is_of).map(|finding| finding["fingerprint"].as_str().unwrap()).collect::<BTreeSet<_>>()
    };
    let (new, suppressed) = (of("new"), of("suppressed"));
    assert_eq!(new.len() + suppressed.len() + outside, findings.len());
    assert!(outside > 0 && suppressed.len() == 2 && json["gaps"].as_array().unwrap().len() == 2, "{json:#}");

    let log = scan(&tree, "sarif").exits(1).json();
    code_scanning::check(&log);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let mut told: Vec<&str> = Vec::new();
    for result in results {
        told.push(result["partialFingerprints"]["picket/v1"].as_str().unwrap());
        assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string(), "{result:#}");
        let related = result["relatedLocations"].as_array().into_iter().flatten();
        told.extend(related.filter_map(|place| place["properties"]["fingerprint"].as_str()));
    }
    assert_eq!(told.len(), new.len() + suppressed.len());
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), new.union(&suppressed).copied().collect());
    let kinds: Vec<_> = results.iter().filter_map(|result| result["suppressions"][0]["kind"].as_str()).collect();
    assert_eq!(kinds, ["inSource", "external"]);
    let notices = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notices.as_array().unwrap().len(), 3, "{notices:#}");

    let issues = scan(&tree, "gitlab").exits(1).json();
    check_gitlab(&issues);
    let issues = issues.as_array().unwrap().iter().filter(|issue| issue["check_name"] != "not-examined");
    let counted: usize = issues.map(|issue| 1 + more(issue["description"].as_str().unwrap())).sum();
    assert_eq!(counted, new.len());

    let suites = elements(&scan(&tree, "junit").exits(1).stdout);
    let failures = suites.iter().filter(|tag| tag.starts_with("failure "));
    assert_eq!(failures.map(|tag| 1 + more(tag)).sum::<usize>(), new.len());
    // The suppressed, the gaps, and those outside.
    assert_eq!(suites.iter().filter(|tag| tag.starts_with("skipped ")).count(), suppressed.len() + 2 + 1);

    let text = scan(&tree, "github").exits(1).stdout;
    check_github(&text);
    let annotated = text.lines().filter(|line| line.contains(" file=")).map(|line| 1 + more(line)).sum::<usize>();
    let closing = text.lines().last().unwrap();
    let unseen: usize = closing.split("; ").find_map(|part| part.split_once(" of them not")?.0.parse().ok()).unwrap();
    assert_eq!(annotated + unseen, new.len(), "{text}");
    assert!(closing.contains(&format!("{outside} finding")) && closing.contains("2 suppressed"), "{closing}");
    assert!(closing.contains("2 files or trees not examined"), "{closing}");
}

#[test]
fn suppressed_findings_can_be_left_out_of_sarif() {
    let tree = deployment();
    let log = tree.scan(&["--format", "sarif", "--omit-suppressed", "--exit-zero"]).exits(0).json();
    code_scanning::check(&log);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(!results.is_empty() && results.iter().all(|result| result.get("suppressions").is_none()));
    assert_eq!(log["runs"][0]["properties"]["tally"]["suppressed-omitted"], 2);
}

#[test]
fn exit_codes_are_the_same_in_every_format() {
    let found = Tree::of(&[(".env", &format!("A={}\n", token(1)))]);
    let clean = Tree::of(&[("a.txt", "nothing")]);
    for format in FORMATS {
        for (tree, args, code) in [
            (&found, &["--format", format][..], 1),
            (&found, &["--format", format, "--exit-zero"], 0),
            (&clean, &["--format", format], 0),
        ] {
            let run = tree.tokens(args).exits(code);
            assert!(!run.stdout.is_empty());
            check_form(format, &run.stdout);
        }
    }
}

#[test]
fn nothing_found_is_a_whole_report() {
    let tree = Tree::of(&[("a.txt", "nothing")]);
    let log = tree.scan(&["--format", "sarif"]).exits(0).json();
    code_scanning::check(&log);
    let run = &log["runs"][0];
    assert_eq!((&run["results"], &run["invocations"][0]["exitCode"]), (&serde_json::json!([]), &0.into()));
    assert_eq!(tree.scan(&["--format", "gitlab"]).exits(0).json(), serde_json::json!([]));
    let suites = elements(&tree.scan(&["--format", "junit"]).exits(0).stdout);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let enabled = rules.iter().filter(|rule| rule["defaultConfiguration"]["enabled"] == true).count();
    assert_eq!(suites.iter().filter(|tag| tag.starts_with("testcase ")).count(), enabled);
}

#[test]
fn all_rules_are_listed_whatever_runs() {
    let tree = Tree::of(&[(".env", &format!("A={}\n", token(1)))]);
    let rules = |args: &[&str]| {
        let log = tree.scan(&[&["--format", "sarif"], args].concat()).exits(1).json();
        code_scanning::check(&log);
        log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().clone()
    };
    let names = |rules: &[Value]| rules.iter().map(|rule| rule["id"].clone()).collect::<Vec<_>>();
    let on = |rules: &[Value]| rules.iter().filter(|rule| rule["defaultConfiguration"]["enabled"] == true).count();
    let (all, one) = (rules(&[]), rules(&["--select", "provider-token"]));
    assert_eq!(names(&all), names(&one));
    assert!(on(&all) > 1 && on(&one) == 1);
}

#[test]
fn columns_and_line_hashes_are_those_of_the_uploader() {
    let secret = token(1);
    let text = format!("\u{FEFF}# \u{1F600}\r\nx = \"\u{1F600}ä\" # {secret}\r\n");
    let tree = Tree::of(&[("a.py", &text)]);
    let log = tree.tokens(&["--format", "sarif"]).exits(1).json();
    code_scanning::check(&log);
    let region = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    let columns = [&region["startLine"], &region["startColumn"], &region["endColumn"]].map(|n| n.as_u64().unwrap());
    assert_eq!(columns, [2, 13, 13 + secret.len() as u64]);
    let json = tree.tokens(&["--format", "json"]).exits(1).json();
    assert_eq!(json["findings"][0]["region"]["start_column"], 12);
    assert!(json["findings"][0].get("line_hash").is_none() && fields(&json, "path") == ["a.py"]);
}

#[test]
fn a_fix_is_a_change_that_an_editor_can_make() {
    let tree =
        Tree::of(&[(".cursor/mcp.json", "{\"mcpServers\":{\"a\":{\"url\":\"http://tides.example.com/mcp\"}}}\n")]);
    let log = tree.scan(&["--format", "sarif", "--exit-zero"]).exits(0).json();
    code_scanning::check(&log);
    let fixes: Vec<&Value> =
        log["runs"][0]["results"].as_array().unwrap().iter().filter_map(|result| result.get("fixes")).collect();
    // The scheme gets one letter more.
    let change = &fixes.first().expect("a fix")[0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], ".cursor/mcp.json");
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "s");
}
