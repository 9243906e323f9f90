//! The engine through its public face: who speaks for a problem, identity of findings, evidence.

use crate::common::Tree;
use mcp_picket::engine::{Engine, Examined};
use mcp_picket::finding::Finding;
use mcp_picket::intake::Artifact;
use mcp_picket::rule::{Catalogue, Generated, Knowledge};
use std::collections::BTreeMap;
use std::sync::Arc;

fn page(id: &str, head: &str, matcher: &str) -> (String, Arc<str>, bool) {
    let text = format!(
        "# {id}\n\n```toml\n[rule]\nseverity = \"low\"\nconfidence = \"high\"\nsince = \"0.1.0\"\nmessage = \"found\"\n{head}\n[[match]]\n{matcher}\n```\n\nWhy.\n"
    );
    (format!("own/{id}.md"), Arc::from(text), false)
}

fn engine(pages: Vec<(String, Arc<str>, bool)>) -> Engine {
    let rules = Catalogue::from_pages(pages.into_iter()).unwrap().rules().to_vec();
    Engine::new(rules, Arc::new(Knowledge::embedded().unwrap()), BTreeMap::new()).unwrap()
}

fn examine(engine: &Engine, path: &str, text: &str) -> Examined {
    engine.examine(&Artifact::in_memory(path, text))
}

fn needle(class: &str) -> Vec<(String, Arc<str>, bool)> {
    vec![
        page(
            "strong",
            &format!("class = \"{class}\"\nsupersedes = [\"weak\"]"),
            "text = { anchors = [\"needle\"], regex = 'a needle' }",
        ),
        page("weak", &format!("class = \"{class}\""), "text = { anchors = [\"needle\"], regex = 'needle' }"),
        page("other", "", "text = { anchors = [\"needle\"], regex = 'needle' }"),
    ]
}

fn rules(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[test]
fn within_a_class_the_stronger_rule_speaks_alone_where_the_two_overlap() {
    let engine = engine(needle("c"));
    let out = examine(&engine, "a.txt", "a needle\nneedle");
    assert_eq!(rules(&out.findings), ["strong", "other", "other", "weak"]);
    assert_eq!(out.superseded, 1);
}

#[test]
fn the_stronger_rule_speaks_alone_about_a_whole_file_too() {
    let mode = "file = { files = [\"**\"], mode = \"0002\" }";
    let engine = engine(vec![
        page("weak", "class = \"c\"", mode),
        page("strong", "class = \"c\"\nsupersedes = [\"weak\"]", mode),
        page("other", "", mode),
    ]);
    let mut artifact = Artifact::in_memory("a.txt", "");
    artifact.meta.mode = Some(0o646);
    let out = engine.examine(&artifact);
    assert_eq!((rules(&out.findings), out.superseded), (vec!["other", "strong"], 1));
}

#[test]
fn what_gave_way_defeats_nothing_itself() {
    let wide = "text = { anchors = [\"b c\"], regex = 'b c' }";
    let pages = vec![
        page("strong", "class = \"c\"\nsupersedes = [\"weak\"]", "text = { anchors = [\"aa\"], regex = 'aa' }"),
        page("weak", "class = \"c\"", &format!("text = {{ anchors = [\"aa\"], regex = 'aa b' }}\n[[match]]\n{wide}")),
    ];
    let out = examine(&engine(pages), "a.txt", "aa b c");
    assert_eq!(rules(&out.findings), ["strong", "weak"]);
    assert_eq!((out.made, out.superseded), (3, 1));
}

#[test]
fn a_rule_that_matches_one_place_twice_says_it_once() {
    let twice = "text = { anchors = [\"needle\"], regex = 'needle' }\n[[match]]\ntext = { anchors = [\"nee\"], regex = 'a nee' }";
    let out = examine(&engine(vec![page("twice", "", twice)]), "a.txt", "a needle");
    assert_eq!((out.findings.len(), out.superseded), (1, 1));
}

fn secret_engine() -> (Engine, String, String) {
    let token = |seed| Knowledge::embedded().unwrap().tokens.get("npm-token").unwrap().generate(seed, Generated::Valid);
    (engine(vec![page("token", "", "text = { token = \"any\" }")]), token(1), token(2))
}

#[test]
fn a_fingerprint_survives_moving_reordering_reformatting_and_rotation() {
    let (engine, first, second) = secret_engine();
    let print = |text: &str| examine(&engine, "a/.mcp.json", text).findings[0].fingerprint.clone();
    let base =
        print(&format!("{{\"mcpServers\":{{\"x\":{{\"command\":\"c\",\"env\":{{\"A\":\"1\",\"T\":\"{first}\"}}}}}}}}"));
    for same in [
        format!(
            "// moved\n\n{{\"mcpServers\":{{\"x\":{{\"command\":\"c\",\"env\":{{\"A\":\"1\",\"T\":\"{first}\"}}}}}}}}"
        ),
        format!("{{\"mcpServers\":{{\"x\":{{\"env\":{{\"T\":\"{first}\",\"A\":\"1\"}},\"command\":\"c\"}}}}}}"),
        format!(
            "{{\n  \"mcpServers\": {{\n    \"x\": {{\n      \"command\": \"c\", \"env\": {{ \"A\": \"1\",\n \"T\": \"{first}\" }} }} }} }}"
        ),
        format!("{{\"mcpServers\":{{\"x\":{{\"command\":\"c\",\"env\":{{\"A\":\"1\",\"T\":\"{second}\"}}}}}}}}"),
    ] {
        assert_eq!(print(&same), base, "{same}");
    }
    let other = print(&format!("{{\"mcpServers\":{{\"y\":{{\"command\":\"c\",\"env\":{{\"T\":\"{first}\"}}}}}}}}"));
    assert_ne!(other, base, "another server is another finding");
}

#[test]
fn equal_findings_in_one_file_keep_apart_by_their_number() {
    let (engine, first, _) = secret_engine();
    let found = examine(&engine, "a.sh", &format!("run {first}\nrun {first}\n")).findings;
    assert_eq!(found.len(), 2);
    assert_ne!(found[0].fingerprint, found[1].fingerprint);
}

#[test]
fn a_fingerprint_does_not_depend_on_the_other_rules() {
    let (alone, first, _) = secret_engine();
    let server = page("any-server", "", "server = { command = { matches = '.' } }");
    let together = engine(vec![page("token", "", "text = { token = \"any\" }"), server]);
    let text = format!("{{\"mcpServers\":{{\"x\":{{\"command\":\"c\",\"args\":[\"{first}\"]}}}}}}");
    let print = |engine: &Engine| {
        let found = examine(engine, ".mcp.json", &text).findings;
        found.into_iter().find(|finding| finding.rule == "token").unwrap()
    };
    assert_eq!(print(&alone).fingerprint, print(&together).fingerprint);
    assert_eq!(print(&alone).pointer.as_deref(), Some("/mcpServers/x/args/0"));
}

#[test]
fn what_is_right_leaves_as_evidence() {
    let words = "server = { argument = \"package-without-version\" }\n[[match]]\nserver = { env = \"literal-secret\" }\n[[match]]\nserver = { url = \"plaintext-endpoint\" }";
    let engine = engine(vec![page("words", "", words)]);
    let text = r#"{"mcpServers":{
        "a":{"command":"npx","args":["-y","@acme/x@1.2.3"],"env":{"API_KEY":"${env:API_KEY}"}},
        "b":{"url":"https://mcp.example.com/mcp"},
        "c":{"url":"http://127.0.0.1:8765/mcp"}}}"#;
    let out = examine(&engine, ".cursor/mcp.json", text);
    assert!(out.findings.is_empty(), "{:?}", out.findings);
    let mut kinds: Vec<&str> = out.evidence.iter().map(|evidence| evidence.kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["encrypted-endpoint", "loopback-endpoint", "pinned-package", "secret-by-reference"]);
    assert!(out.evidence.iter().all(|evidence| evidence.region.is_some() && evidence.path == ".cursor/mcp.json"));
}

#[test]
fn a_value_is_pointed_at_in_every_format() {
    let engine = engine(vec![page("any", "", "server = { env = { name = '^T$' } }")]);
    for (path, text, pointer) in [
        (".mcp.json", "{\"mcpServers\":{\"x\":{\"command\":\"c\",\"env\":{\"T\":\"v\"}}}}", "/mcpServers/x/env/T"),
        (".codex/config.toml", "[mcp_servers.x]\ncommand = \"c\"\nenv = { T = \"v\" }\n", "/mcp_servers/x/env/T"),
        (
            ".codex/config.toml",
            "[mcp_servers.x]\ncommand = \"c\"\n[mcp_servers.x.env]\nT = 'v'\n",
            "/mcp_servers/x/env/T",
        ),
        ("goose/config.yaml", "extensions:\n  x:\n    cmd: c\n    envs:\n      T: v\n", "/extensions/x/envs/T"),
    ] {
        let found = examine(&engine, path, text).findings;
        let finding = &found[0];
        assert_eq!(finding.region.unwrap().span.slice(text), Some("v"), "{path}");
        assert_eq!(finding.pointer.as_deref(), Some(pointer), "{path}");
    }
}

#[test]
fn code_of_dependencies_is_judged_only_where_it_is_a_server() {
    let code = "import os\ndef f(x):\n    os.system('rm ' + x)\n";
    let server = format!("from mcp.server.fastmcp import FastMCP\n{code}");
    let files = [
        ("vendor/acme-1.0.dist-info/RECORD", ""),
        ("vendor/other-2.1.dist-info/RECORD", ""),
        ("vendor/acme/run.py", code),
        ("vendor/acme_mcp/server.py", server.as_str()),
        ("own/run.py", code),
    ];
    let tree = Tree::of(&files);
    let found = |root: &str| {
        let run = tree.picket(["scan", root, "--no-ignore", "--exit-zero", "--format", "json"]).exits(0).json();
        let findings = run["findings"].as_array().unwrap();
        let places = findings.iter().filter(|it| it["family"] == "code-execution").map(|it| it["path"].to_string());
        places.map(|path| path.trim_matches('"').to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("."), ["own/run.py", "vendor/acme_mcp/server.py"]);
    // What is named is meant.
    assert_eq!(found("vendor/acme"), ["vendor/acme/run.py"]);
}
