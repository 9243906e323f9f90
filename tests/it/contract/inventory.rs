//! `inventory`: the same server once, whoever declares it; nothing secret, nothing left out.

use crate::common::{Tree, gaps, token};
use serde_json::{Value, json};

const FOUR: &[(&str, &str)] = &[
    (".mcp.json", r#"{ "mcpServers": { "docs": { "command": "npx", "args": ["-y", "@acme/docs@1.2.0"] } } }"#),
    (".cursor/mcp.json", r#"{ "mcpServers": { "Docs": { "command": "npx", "args": ["@acme/docs@1.2.0"] } } }"#),
    (
        ".vscode/mcp.json",
        r#"{ "servers": { "docs": { "command": "cmd", "args": ["/c", "npx", "-y", "@acme/docs@1.2.0"] } } }"#,
    ),
    (
        ".codex/config.toml",
        "[mcp_servers.docs]\nargs = [\"-y\", \"@acme/docs@1.2.0\"]\ncommand = \"npx\"\ndefault_tools_approval_mode = \"approve\"\n",
    ),
];

fn inventory(tree: &Tree, args: &[&str]) -> Value {
    let run = tree.picket(["inventory", "--format", "json"].iter().chain(args)).exits(0);
    let report = run.json();
    let schema: Value = serde_json::from_str(include_str!("../../../schema/inventory-v1.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{}", run.stdout);
    report
}

/// `target version transport approval` of every server.
fn servers(report: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let servers = report["servers"].as_array().unwrap().iter();
    servers
        .map(|server| {
            let launch = &server["launch"];
            let words = [&launch["target"], &launch["version"], &launch["transport"], &server["approval"]];
            words.map(word).join(" ")
        })
        .collect()
}

#[test]
fn the_same_server_in_four_clients_is_one_row_with_four_places() {
    let tree = Tree::of(FOUR);
    let report = inventory(&tree, &[]);
    assert_eq!(servers(&report), ["@acme/docs 1.2.0 stdio every-tool"]);
    let server = &report["servers"][0];
    assert_eq!(server["names"], json!(["Docs", "docs"]));
    let places: Vec<_> = server["places"].as_array().unwrap().iter().map(|place| &place["client"]).collect();
    assert_eq!(places, ["Claude Code", "Codex", "Cursor", "VS Code"]);
    let text = tree.picket(["inventory"]).exits(0).stdout;
    assert!(text.contains("docs (+1)") && text.contains("1 server in 4 places by 4 clients"), "{text}");
}

#[test]
fn what_differs_is_told_apart() {
    let tree = Tree::of(&[(
        ".mcp.json",
        r#"{ "mcpServers": {
            "a": { "command": "npx", "args": ["@acme/docs@1.2.0"] },
            "b": { "command": "npx", "args": ["@acme/docs@1.3.0"], "disabled": true },
            "c": { "command": "npx", "args": ["mcp-remote@0.1.30", "https://c.example.com/mcp"] },
            "d": { "command": "npx", "args": ["mcp-remote@0.1.30", "https://d.example.com/mcp"] },
            "e": { "type": "sse", "url": "https://e.example.com/events" },
            "f": { "url": "wss://f.example.com" },
            "h": { "command": "bash", "args": ["-c", "cd /srv && npx -y @acme/pg@1.0.0 postgresql://admin@db.example.com/x"] },
            "i": { "command": "uvx", "args": ["--from", "git+https://git.example.com/acme/x", "x"] },
            "g": { "command": "/opt/g/run", "args": ["--fast"], "autoApprove": ["list"] }
        } }"#,
    )]);
    let report = inventory(&tree, &[]);
    let expected = [
        "@acme/docs 1.2.0 stdio asks",
        "@acme/docs 1.3.0 stdio asks",
        "mcp-remote to https://c.example.com/mcp 0.1.30 stdio asks",
        "mcp-remote to https://d.example.com/mcp 0.1.30 stdio asks",
        "https://e.example.com/events - sse asks",
        "wss://f.example.com - websocket asks",
        "/opt/g/run --fast - stdio named-tools",
        "@acme/pg 1.0.0 stdio asks",
        "git+https://git.example.com/acme/x - stdio asks",
    ];
    assert_eq!(servers(&report), expected);
    assert_eq!(report["servers"][1]["places"][0]["enabled"], json!(false));
    assert!(tree.picket(["inventory"]).stdout.contains("switched off"));
}

#[test]
fn nothing_that_is_listed_is_secret() {
    let token = token(7);
    let config = json!({ "mcpServers": {
        format!("x{}", "\u{1b}[31m"): { "command": "/home/marta.k/run", "args": ["--token", token] },
        "y": { "url": format!("https://user:hunter2hunter2@y.example.com/mcp/{token}?api_key={token}") },
    } });
    // What cannot be read is named, and the name may be the secret.
    let broken = format!("{token}.mcpb");
    let tree = Tree::of(&[(".mcp.json", &config.to_string()), (&broken, "no archive")]);
    for args in [&["inventory"][..], &["inventory", "--format", "json"]] {
        let shown = tree.picket(args).exits(0).shown();
        for hidden in [token.as_str(), "hunter2", "marta.k", "\u{1b}"] {
            assert!(!shown.contains(hidden), "{hidden:?} in {shown}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let tree = Tree::new();
    tree.write("a.mcpb", "no archive");
    tree.write(".mcp.json", "{ \"mcpServers\": {, } }");
    let report = inventory(&tree, &[]);
    assert_eq!(gaps(&report), [".mcp.json unparsable", "a.mcpb unparsable"]);
    let text = tree.picket(["inventory"]).exits(0).stdout;
    assert!(text.contains("No server is declared") && text.contains("not examined: a.mcpb"), "{text}");
    tree.picket(["inventory", "nowhere"]).exits(3);
    tree.picket(["inventory", "--home", "x"]).exits(2);
}

#[test]
fn tools_of_source_are_listed() {
    let secret = token(7);
    let server = format!(
        "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP(\"a\")\n\n@mcp.tool()\ndef add(a: int, b: list[int] = []) -> int:\n    \"\"\"Adds with {secret}.\n\n    More.\"\"\"\n    return a\n"
    );
    let tree = Tree::of(&[
        ("src/server.py", &server),
        ("tests/test_server.py", "import mcp\n@mcp.tool()\ndef fake(): ..."),
        ("src/other.py", "@click.command()\ndef main(): ..."),
    ]);
    let report = inventory(&tree, &[]);
    assert_eq!(report["servers"], json!([]));
    let tools = report["tools"].as_array().unwrap();
    assert_eq!(tools.len(), 1);
    assert_eq!(
        (&tools[0]["path"], &tools[0]["line"], &tools[0]["kind"], &tools[0]["name"]),
        (&json!("src/server.py"), &json!(5), &json!("tool"), &json!("add"))
    );
    assert_eq!(
        tools[0]["parameters"],
        json!([
            { "name": "a", "type": "integer", "required": true },
            { "name": "b", "type": "integer[]", "required": false }
        ])
    );
    assert!(!report.to_string().contains(&secret), "{report}");
    let text = tree.picket(["inventory"]).exits(0).stdout;
    assert!(text.contains("add(a: integer, b?: integer[])") && text.contains("1 tool in source"), "{text}");
}
