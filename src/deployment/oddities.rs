//! What real configurations look like that no documentation shows: every oddity met is read, every decoy is silent.

use super::{Server, Transport, read};
use crate::document::{Document, Language, NoteKind, parse};
use crate::rule::{Knowledge, ValueKind};
use std::sync::LazyLock;

static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::embedded().unwrap());

struct Reading {
    document: Document,
    servers: Vec<Server>,
    clients: Vec<String>,
}

fn reading(place: &str, content: &str) -> Reading {
    let document = parse(Language::detect(place, content), content);
    let files = read(place, &document, content, &KNOWLEDGE).files;
    let clients = files.iter().filter(|file| !file.servers.is_empty()).map(|file| file.client.id.clone()).collect();
    Reading { document, clients, servers: files.into_iter().flat_map(|file| file.servers).collect() }
}

fn names(place: &str, content: &str) -> Vec<String> {
    reading(place, content).servers.into_iter().map(|server| server.name.decoded).collect()
}

fn one(place: &str, content: &str) -> Server {
    let mut servers = reading(place, content).servers;
    assert_eq!(servers.len(), 1, "{content}");
    servers.remove(0)
}

fn package(place: &str, content: &str) -> String {
    one(place, content).launch.package.map_or_else(String::new, |package| package.name)
}

fn notes(reading: &Reading) -> Vec<NoteKind> {
    reading.document.notes.iter().map(|note| note.kind).collect()
}

#[test]
fn comments_and_trailing_commas_are_read_over() {
    let text =
        "{\n  // \"x\": { \"command\": \"no\" },\n  \"servers\": { /* a */ \"a\": { \"command\": \"a\", }, },\n}\n";
    let found = reading(".vscode/mcp.json", text);
    assert_eq!((found.servers.len(), notes(&found)), (1, vec![]));
    let text = "{ \"mcp\": { \"a\": { \"type\": \"local\", \"command\": [\"npx\", \"-y\", \"@a/b\",], }, } // end\n}";
    assert_eq!(package("opencode.jsonc", text), "@a/b");
}

#[test]
fn a_file_of_nothing_but_comments_holds_no_server() {
    let server = "    \"a\": { \"command\": \"npx\", \"args\": [\"-y\", \"@a/b\"] },\n";
    let commented: String = server.lines().cycle().take(300).map(|line| format!("// {line}\n")).collect();
    for place in ["claude_desktop_config.json", ".mcp.json"] {
        assert_eq!(names(place, &format!("{{\n  \"mcpServers\": {{\n{commented}  }}\n}}\n")), [""; 0]);
        assert_eq!(names(place, &commented), [""; 0]);
    }
}

#[test]
fn two_documents_in_one_file_are_both_read() {
    let text = r#"{ "mcpServers": { "a": { "command": "a" } } }
{ "mcpServers": { "a": { "command": "b" } } }"#;
    let found = reading(".cursor/mcp.json", text);
    assert_eq!((found.servers.len(), notes(&found)), (2, vec![NoteKind::SecondDocument]));
    assert_eq!(names("config.yaml", "mcpServers: {a: {command: a}}\n---\nmcpServers: {a: {command: b}}\n"), ["a", "a"]);
}

#[test]
fn what_stands_before_a_mistake_is_read_and_the_mistake_is_noted() {
    let text = "{ \"mcpServers\": {\n \"a\": { \"command\": \"a\" }\n \"b\": { \"command\": \"b\" }\n} }";
    let found = reading(".mcp.json", text);
    assert_eq!(found.servers[0].name.decoded, "a");
    assert!(notes(&found).contains(&NoteKind::Broken));
}

#[test]
fn bytes_that_are_no_content_move_no_span() {
    let plain =
        "{\n\t\"mcpServers\": {\n\t\t\"ключ 🔑\": {\n\t\t\t\"command\": \"C:\\\\工具\\\\run.exe\"\n\t\t}\n\t}\n}";
    for text in [
        plain.to_owned(),
        plain.replace('\n', "\r\n"),
        format!("\u{feff}{plain}"),
        plain.replace('\t', "    "),
        format!("{plain}\n\n"),
    ] {
        let server = one(".mcp.json", &text);
        assert_eq!(server.name.span.slice(&text), Some("ключ 🔑"));
        let command = server.command.unwrap();
        assert_eq!((command.as_str(), command.span().slice(&text)), (r"C:\工具\run.exe", Some(r"C:\\工具\\run.exe")));
    }
}

#[test]
fn the_order_of_keys_is_free() {
    let toml = "[mcp_servers.x.env]\nLEVEL = \"1\"\n\n[other]\na = 1\n\n[mcp_servers.x]\nargs = [\"-y\", \"@a/b\"]\ncommand = \"npx\"\n";
    let server = one(".codex/config.toml", toml);
    assert_eq!((server.env.len(), server.args.len()), (1, 2));
    let json = r#"{"mcpServers":{"x":{"disabled":false,"env":{"A":"1"},"args":["-y","@a/b"],"command":"npx"}}}"#;
    assert_eq!(package(".config/mcphub/servers.json", json), "@a/b");
}

#[test]
fn a_command_is_written_in_many_ways() {
    for (place, text) in [
        ("opencode.json", r#"{"mcp":{"x":{"type":"local","command":["npx","-y","@a/b"]}}}"#),
        (".zed/settings.json", r#"{"context_servers":{"x":{"command":{"path":"npx","args":["-y","@a/b"]}}}}"#),
        (".zed/settings.json", r#"{"context_servers":{"x":{"source":"custom","command":"npx","args":["-y","@a/b"]}}}"#),
        ("goose/config.yaml", "extensions:\n  x:\n    cmd: npx\n    args: [-y, '@a/b']\n    envs: {A: '1'}\n"),
        (".mcp.json", r#"{"mcpServers":{"x":{"command":"npx -y @a/b"}}}"#),
        (".mcp.json", r#"{"mcpServers":{"x":{"command":"/opt/homebrew/bin/npx","args":["-y","@a/b"]}}}"#),
        (".mcp.json", r#"{"mcpServers":{"x":{"command":"C:\\Program Files\\nodejs\\npx.cmd","args":["-y","@a/b"]}}}"#),
        (".mcp.json", r#"{"mcpServers":{"x":{"command":"cmd","args":["/c","npx","-y","@a/b"]}}}"#),
        (
            ".cline/mcp.json",
            r#"{"mcpServers":{"x":{"transport":{"type":"stdio","command":"npx","args":["-y","@a/b"]}}}}"#,
        ),
        (".mcp.json", r#"{"mcpServers":{"x":{"command":"npx","args":["--package=@a/b","-c","b"]}}}"#),
        (".mcp.json", r#"{"mcpServers":{"x":{"command":"npx","args":["-p","@a/b","b"]}}}"#),
        (".mcp.json", r#"{"mcpServers":{"x":{"command":"npx","args":["@a/b"]}}}"#),
    ] {
        assert_eq!(package(place, text), "@a/b", "{text}");
    }
    for args in [r#""--from","pkg","run""#, r#""--python","3.12","pkg""#, r#""--from=pkg","run""#, r#""pkg==1.0""#] {
        let text = format!(r#"{{"mcpServers":{{"x":{{"command":"uvx","args":[{args}]}}}}}}"#);
        assert_eq!(package(".mcp.json", &text), "pkg", "{text}");
    }
    let text = r#"{"mcpServers":{"x":{"command":"uv","args":["tool","run","pkg"]}}}"#;
    assert_eq!(package(".mcp.json", text), "pkg");
    for (args, expected) in [
        (r#""-y","mcp-remote","https://a.example.com/mcp""#, "mcp-remote"),
        (r#""-y","@smithery/cli","run","@acme/files","--key","abc""#, "@smithery/cli"),
        (r#""@anaisbetts/mcp-installer","@acme/files""#, "@anaisbetts/mcp-installer"),
    ] {
        let text = format!(r#"{{"mcpServers":{{"x":{{"command":"npx","args":[{args}]}}}}}}"#);
        assert_eq!(package(".mcp.json", &text), expected, "{text}");
    }
}

#[test]
fn a_script_may_stand_in_the_arguments() {
    let text = r#"{"mcpServers":{"x":{"command":"bash","args":["-c","set -e\ncd /srv\nexec npx -y @a/b"]}}}"#;
    let script = one(".mcp.json", text).launch.script.unwrap();
    assert_eq!(script.text, "set -e\ncd /srv\nexec npx -y @a/b");
}

#[test]
fn names_are_free_text() {
    let entry = r#"{"command":"x"}"#;
    let expected = ["github.com/acme/files", "My Files", "_option1_docker", "文件", "a~b", ""];
    let members: Vec<String> = expected.iter().map(|name| format!("{name:?}:{entry}")).collect();
    let text = format!(r#"{{"mcpServers":{{"_comment":"use one","_doc":{{"note":"x"}},{}}}}}"#, members.join(","));
    let found = reading("cline_mcp_settings.json", &text);
    let names: Vec<&str> = found.servers.iter().map(|server| server.name.decoded.as_str()).collect();
    assert_eq!(names, expected);
    assert_eq!(found.servers[0].pointer, "/mcpServers/github.com~1acme~1files");
}

#[test]
fn a_name_that_is_there_twice_is_two_servers() {
    let text = r#"{"mcpServers":{"check":{"command":"x"},"check":{"command":"y"}}}"#;
    let found = reading("claude_desktop_config.json", text);
    let commands: Vec<&str> = found.servers.iter().filter_map(|s| Some(s.command.as_ref()?.as_str())).collect();
    assert_eq!((commands, notes(&found)), (vec!["x", "y"], vec![NoteKind::DuplicateKey]));
}

#[test]
fn words_that_mean_something_else_are_no_servers() {
    for (place, text) in [
        (".gemini/settings.json", r#"{"mcp":{"allowed":["a"],"serverCommand":"x"}}"#),
        (".qwen/settings.json", r#"{"mcp":{"excluded":["a"]}}"#),
        ("librechat.yaml", "interface:\n  mcpServers:\n    use: true\n    create: false\n"),
        (
            ".devcontainer/devcontainer.json",
            r#"{"extensions":["a.b"],"customizations":{"vscode":{"extensions":["a.b"]}}}"#,
        ),
        (".devcontainer/devcontainer.json", r#"{"features":{"x":{"url":"https://a.example.com"}}}"#),
        (
            ".codex/config.toml",
            "[projects.\"/home/x\"]\ntrust_level = \"trusted\"\n[model_providers.a]\nurl = \"https://a\"\n",
        ),
        ("openapi/mcp.json", r#"{"openapi":"3.0.0","servers":[{"url":"https://a.example.com","description":"x"}]}"#),
        (".mcp.json", r#"{"openapi":"3.0.0","servers":[{"url":"https://a.example.com"}]}"#),
        ("api.yaml", "openapi: 3.0.0\nservers:\n  - url: https://a.example.com\n"),
        ("src/i18n/locales/de/mcp.json", r#"{"mcpServers":{"title":"Server","command":"Befehl","url":"Adresse"}}"#),
        ("attributes/mcp.json", r#"{"key":"mcp.tool.name","type":"string","example":"x"}"#),
        ("db/server.json", r#"{"posts":[{"id":1}],"packages":[{"url":"https://a.example.com"}],"name":"demo"}"#),
        ("manifest.json", r#"{"manifest_version":3,"name":"x","server":"a","background":{"service_worker":"b.js"}}"#),
        ("manifest.json", r#"{"name":"x","start_url":"/","server":{"mcp_config":{"command":"x"}}}"#),
        ("catalog.yaml", "registry:\n  a:\n    ref: ''\n"),
        ("catalog.yaml", "items:\n  - image: a.png\n    url: https://a.example.com\n"),
        ("deploy/config.toml", "[servers.a]\ncommand = \"x\"\nurl = \"https://a\"\n[mcp]\nurl = \"https://a\"\n"),
        ("config.yaml", "extensions:\n  a:\n    cmd: x\nservers:\n  a:\n    url: https://a\n"),
        ("config.json", r#"{"servers":{"a":{"url":"https://a.example.com"}},"mcp":{"url":"https://b"}}"#),
        (".claude/settings.json", r#"{"statusLine":{"type":"command","command":"x"},"sandbox":{"url":"https://a"}}"#),
        (
            ".claude-plugin/plugin.json",
            r#"{"name":"x","author":{"name":"a","url":"https://a"},"mcpServers":"./x.json"}"#,
        ),
        (".vscode/settings.json", r#"{"rest-client.environmentVariables":{"x":{"url":"https://a"}}}"#),
        ("fastmcp.json", r#"{"deployment":{"env":{"A":"1"}}}"#),
        ("kilo.json", r#"{"mcp":{"a":{"enabled":false}}}"#),
        (".github/agents/a.md", "# Not front matter\n\nmcp-servers:\n  a:\n    command: x\n"),
        (
            "mcp-schema.json",
            r#"{"properties":{"mcpServers":{"type":"object","additionalProperties":{"command":"x"}}}}"#,
        ),
    ] {
        assert_eq!(names(place, text), [""; 0], "{place} {text}");
    }
}

#[test]
fn a_selection_of_tools_is_no_approval() {
    let text = r#"{"mcpServers":{"x":{"type":"local","command":"x","tools":["*"]}}}"#;
    assert!(one(".copilot/mcp-config.json", text).approvals.is_empty());
}

#[test]
fn what_several_clients_read_belongs_to_one() {
    let map = r#"{"mcpServers":{"x":{"command":"x"}}}"#;
    for (place, text, client) in [
        (".mcp.json", map, "claude-code"),
        (".mcp.json", r#"{"servers":{"x":{"command":"x"}}}"#, "visual-studio"),
        (".warp/.mcp.json", map, "warp"),
        (".agents/plugins/a/.mcp.json", map, "goose"),
        ("~/.cline/data/settings/cline_mcp_settings.json", map, "cline-cli"),
        (".codeium/windsurf/mcp_config.json", map, "windsurf"),
        (".gemini/antigravity/mcp_config.json", map, "antigravity"),
        ("some/mcp_config.json", map, "generic"),
    ] {
        assert_eq!(reading(place, text).clients, [client], "{place}");
    }
    let both = r#"{"mcpServers":{"x":{"command":"x"}},"servers":{"y":{"command":"y"}}}"#;
    let found = reading(".mcp.json", both);
    assert_eq!((found.servers.len(), found.clients.len()), (2, 2));
}

#[test]
fn elements_of_lists_are_called_by_their_id_too() {
    let text = r#"{"mcpServers":[{"id":"a","command":"x"},{"name":"b","id":"c","command":"y"}]}"#;
    assert_eq!(names("gemini-extension.json", text), ["a", "b"]);
}

#[test]
fn beside_an_image_the_command_is_what_the_container_gets() {
    let text = "registry:\n  a:\n    type: server\n    image: acme/a:1.0\n    command: [--transport, stdio]\n";
    let server = one("~/.docker/mcp/catalogs/x.yaml", text);
    assert!(server.command.is_none());
    assert_eq!(server.args.iter().map(super::Value::as_str).collect::<Vec<_>>(), ["--transport", "stdio"]);
    assert_eq!(server.launch.package.unwrap().name, "acme/a");
}

#[test]
fn what_is_switched_off_says_so() {
    for (place, text, expected) in [
        ("cline_mcp_settings.json", r#"{"mcpServers":{"x":{"command":"x","disabled":true}}}"#, false),
        ("opencode.json", r#"{"mcp":{"x":{"command":["x"],"enabled":false}}}"#, false),
        (".codex/config.toml", "[mcp_servers.x]\ncommand = \"x\"\nenabled = false\n", false),
        (".cursor/mcp.json", r#"{"mcpServers":{"x":{"command":"x","disabled":false}}}"#, true),
    ] {
        assert_eq!(one(place, text).enabled, expected, "{text}");
    }
}

#[test]
fn transports_are_called_many_things() {
    for (fields, expected) in [
        (r#""command":"x""#, Transport::Stdio),
        (r#""type":"local","command":"x""#, Transport::Stdio),
        (r#""type":"streamable-http","url":"https://a/mcp""#, Transport::Http),
        (r#""type":"streamableHttp","url":"https://a/mcp""#, Transport::Http),
        (r#""transport":"streamable_http","url":"https://a/mcp""#, Transport::Http),
        (r#""type":"remote","url":"https://a/mcp""#, Transport::Http),
        (r#""httpUrl":"https://a/mcp""#, Transport::Http),
        (r#""serverUrl":"https://a/sse""#, Transport::Sse),
        (r#""transportType":"sse","url":"https://a/mcp""#, Transport::Sse),
        (r#""ws_url":"wss://a/mcp""#, Transport::WebSocket),
    ] {
        let text = format!(r#"{{"mcpServers":{{"x":{{{fields}}}}}}}"#);
        assert_eq!(one("mcp.json", &text).transport, expected, "{fields}");
    }
}

#[test]
fn the_variables_of_every_client_are_references() {
    let values = &KNOWLEDGE.values;
    for value in [
        "${TOKEN}",
        "${TOKEN:-none}",
        "${TOKEN:?missing}",
        "Bearer ${TOKEN}",
        "$TOKEN",
        "%TOKEN%",
        "${env:TOKEN}",
        "{env:TOKEN}",
        "{file:~/.token}",
        "${file:/run/token}",
        "${input:token}",
        "${{ secrets.TOKEN }}",
        "${{ inputs.TOKEN }}",
        "${user_config.token}",
        "${workspaceFolder}/x",
        "${userHome}/x",
        "${pathSeparator}",
        "${workspaceFolderBasename}",
        "${/}",
        "${CLAUDE_PLUGIN_ROOT}/x",
        "${CLAUDE_PLUGIN_DATA}",
        "${CLAUDE_PROJECT_DIR}",
        "${extensionPath}${/}x",
        "${__dirname}/x",
        "${HOME}/x",
        "${DESKTOP}",
        "{token}",
        "{{server.token}}",
        "{{USER_TOKEN}}",
        "$(op read op://vault/item/field)",
        "op://vault/item/field",
        "$COPILOT_MCP_TOKEN",
        "${COPILOT_MCP_TOKEN}",
        "${arguments.x}",
        "{secret}",
    ] {
        assert_eq!(values.kind(value), ValueKind::Reference, "{value}");
    }
    for value in
        ["YOUR_API_KEY", "your-token", "<placeholder>", "/path/to/file", "xxxx", "ghp_xxxxxxxxxxxx", "AKIA...", ""]
    {
        assert_ne!(values.kind(value), ValueKind::Literal, "{value}");
    }
}

#[test]
fn names_that_sound_secret_and_are_not_are_known() {
    let values = &KNOWLEDGE.values;
    for name in
        ["MAX_OUTPUT_TOKENS", "DEFAULT_MINIMUM_TOKENS", "project_ref", "GOOGLE_CLIENT_ID", "STRIPE_PUBLISHABLE_KEY"]
    {
        assert!(!values.is_credential_name(name), "{name}");
    }
    assert!(
        values.is_credential_name("GITHUB_TOKEN") && values.is_generic_user("user") && values.is_generic_user("you")
    );
}

#[test]
fn settings_in_an_unknown_place_say_whose_they_are() {
    let settings = |place: &str, content: &str| {
        let document = parse(Language::detect(place, content), content);
        let files = read(place, &document, content, &KNOWLEDGE).files;
        files.into_iter().filter(|file| file.has_settings).map(|file| file.client.id.clone()).collect::<Vec<_>>()
    };
    let claude =
        r#"{ "$schema": "https://json.schemastore.org/claude-code-settings.json", "permissions": { "allow": [] } }"#;
    assert_eq!(settings("dotfiles/claude/settings.json", claude), ["claude-code"]);
    assert_eq!(settings("settings.json", "{ \"$schema\": \"https://example.com/other.json\" }"), [""; 0]);
    assert_eq!(settings("notes.json", "{ \"see\": \"claude-code-settings\" }"), [""; 0]);
}
