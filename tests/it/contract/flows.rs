//! Rows of flows that a policy adds: they find, they silence, and they do not count where the tree is not believed.

use crate::common::Tree;

const PAGE: &str = "# Text of a tool is run\n\n```toml\n[rule]\nseverity = \"high\"\nconfidence = \"high\"\nsince = \"0.1.0\"\n\
                    message = \"{entry} reaches `{callee}`, which {does}\"\n\n[[match]]\nflow = { sink = [\"command\"] }\n```\n\nWhy.\n";

const HEAD: &str = "from mcp.server.fastmcp import FastMCP\nfrom house import run, clean, check, load\nimport os\n\n\
                    mcp = FastMCP('a')\n\n@mcp.tool()\ndef go(word: str):\n";

const SINK: &str = "[[flow.sink]]\nlanguage = \"python\"\nkind = \"command\"\ncall = [\"house.run\"]\nargument = 0\ndoes = \"runs it at home\"\n";
const SANITIZER: &str = "[[flow.sanitizer]]\ncall = [\"house.clean\"]\nfor = [\"command\"]\n";
const GUARD: &str = "[[flow.guard]]\ncall = [\"house.check\"]\nsubject = 0\nwhen = \"returns\"\nfor = [\"command\"]\n";
const PROPAGATOR: &str = "[[flow.propagator]]\ncall = [\"house.load\"]\nfrom = [0]\n";
const SOURCE: &str =
    "[[flow.source]]\nkind = \"remote\"\nglobal = [\"house.message\"]\nsays = \"a message of the house\"\n";

fn tree(body: &str, policy: &str) -> Tree {
    let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
    let tree = Tree::of(&[("server.py", &format!("{HEAD}{body}")), ("picket.toml", policy)]);
    tree.page("own-runs", PAGE);
    tree
}

fn messages(tree: &Tree, args: &[&str]) -> Vec<String> {
    let run = tree.own(&[&["--format", "json", "--exit-zero"][..], args].concat()).exits(0);
    let findings = run.json()["findings"].as_array().cloned().unwrap_or_default();
    findings.iter().map(|it| it["message"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_sink_of_the_policy_is_found_unless_the_tree_is_not_believed() {
    let tree = tree("run('ls ' + word)", SINK);
    assert_eq!(messages(&tree, &[]), ["tool \"go\", parameter \"word\", reaches `run`, which runs it at home"]);
    assert!(messages(&tree, &["--untrusted"]).is_empty());
    // A policy that the user names is his own.
    assert_eq!(messages(&tree, &["--untrusted", "--config", "picket.toml"]).len(), 1);
}

#[test]
fn what_the_policy_knows_to_be_harmless_is_silent() {
    for (body, policy) in
        [("os.system('ls ' + clean(word))", SANITIZER), ("check(word)\nos.system('ls ' + word)", GUARD)]
    {
        let silent = tree(body, policy);
        assert!(messages(&silent, &[]).is_empty(), "{body}");
        // What the package's own tree says of it is not believed.
        let unknown = messages(&silent, &["--untrusted"]);
        assert_eq!(unknown.len(), usize::from(policy == GUARD), "{body}");
        assert_eq!(
            messages(&tree(&body.replace("clean(word)", "word").replace("check(word)", "pass"), policy), &[]).len(),
            1
        );
    }
}

#[test]
fn what_the_policy_says_of_a_library_is_followed() {
    let body = "os.system('ls ' + load(word))";
    assert!(messages(&tree(body, ""), &[]).is_empty());
    assert_eq!(messages(&tree(body, PROPAGATOR), &[]).len(), 1);
    let body = "import house\nos.system('ls ' + house.message.text)";
    assert!(messages(&tree(body, ""), &[]).is_empty());
    let found = messages(&tree(body, SOURCE), &[]);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("a message of the house"), "{}", found[0]);
}
