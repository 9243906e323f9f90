//! Parsed document → server declarations, through the table of client formats.

use super::{Approval, ClientFile, Entry, Launch, Server, Value};
use crate::document::{Document, Language, NodeId, Quote, Text, Tree, Value as Data, push_token};
use crate::rule::{Client, Clients, FileRole, Knowledge};
use std::cell::Cell;

/// Values that one server entry may have; what is beyond is not a configuration that a person wrote.
const MAX_VALUES: usize = 4_096;
/// Values of all server entries of one file. YAML aliases can name one large entry a million times.
const MAX_SERVER_VALUES: usize = 200_000;
/// Bytes of text that count as one value.
const BYTES_PER_VALUE: usize = 256;

/// Whether a file may declare servers or hold a client's settings: by its place, or because its text holds the name
/// of a server map (`has_marker`, found by the caller's prefilter).
pub fn is_candidate(place: &str, language: Language, has_marker: bool, clients: &Clients) -> bool {
    language.is_data()
        && (clients.knows(place) || has_marker && matches!(language, Language::Json | Language::Yaml | Language::Toml))
}

/// What the clients read in one file.
#[derive(Debug, Default)]
pub struct ClientFiles<'k> {
    pub files: Vec<ClientFile<'k>>,
    /// There are more servers than are read.
    pub cut: bool,
}

/// What each client reads in the file. A file that only looks like a configuration gives nothing.
pub fn read<'k>(place: &str, document: &Document, source: &str, knowledge: &'k Knowledge) -> ClientFiles<'k> {
    let Some(tree) = &document.tree else { return ClientFiles::default() };
    let clients = &knowledge.clients;
    let mut files: Vec<ClientFile<'k>> = Vec::new();
    let reader = Reader { tree, source, knowledge, left: Cell::new(MAX_SERVER_VALUES), cut: Cell::new(false) };
    let owners = clients.at(place);
    for (client, role) in owners.iter().filter(|(client, _)| !client.is_fallback()) {
        if client.language.is_some_and(|language| language != document.language) {
            continue;
        }
        let at = match files.iter().position(|file| file.client.id == client.id) {
            Some(at) => at,
            None => {
                files.push(reader.file(client));
                files.len() - 1
            }
        };
        let Some(file) = files.get_mut(at) else { continue };
        match role {
            FileRole::Settings => file.has_settings = true,
            FileRole::Servers => file.servers = reader.servers(client, &client.servers),
        }
    }
    // Names that only MCP clients use count wherever they stand, if no client of that place found a server.
    if files.iter().all(|file| file.servers.is_empty()) {
        for client in clients.clients.iter().filter(|client| client.is_fallback()) {
            let is_here = owners.iter().any(|(owner, _)| owner.id == client.id);
            let pointers = if is_here { &client.servers } else { &client.servers_anywhere };
            files.push(ClientFile { servers: reader.servers(client, pointers), ..reader.file(client) });
        }
    }
    files.retain(|file| file.has_settings || !file.servers.is_empty());
    ClientFiles { files, cut: reader.cut.get() }
}

struct Reader<'a> {
    tree: &'a Tree,
    source: &'a str,
    knowledge: &'a Knowledge,
    /// Values that may still be read.
    left: Cell<usize>,
    cut: Cell<bool>,
}

impl Reader<'_> {
    fn file<'k>(&self, client: &'k Client) -> ClientFile<'k> {
        ClientFile { client, has_settings: false, roots: self.tree.roots().to_vec(), servers: Vec::new() }
    }

    fn servers(&self, client: &Client, pointers: &[String]) -> Vec<Server> {
        for root in self.tree.roots() {
            for pointer in pointers {
                let maps = self.tree.select(*root, pointer);
                let found: Vec<Server> = maps.iter().flat_map(|map| self.map(client, &map.pointer, map.node)).collect();
                if !found.is_empty() {
                    return found;
                }
            }
            if client.bare_map {
                let found = self.map(client, "", *root);
                if !found.is_empty() {
                    return found;
                }
            }
        }
        Vec::new()
    }

    /// The servers of one map, or of a list of named entries. Nothing, if none of its entries is one.
    fn map(&self, client: &Client, pointer: &str, node: NodeId) -> Vec<Server> {
        let mut out = Vec::new();
        for member in self.tree.members(node).unwrap_or_default() {
            if !self.affords(pointer.len() + member.key.decoded.len(), member.value) {
                return out;
            }
            if self.is_server(client, member.value) {
                out.push(self.server(&member.key, push_token(pointer, &member.key.decoded), member.value));
            }
        }
        for (at, item) in self.tree.array(node).unwrap_or_default().iter().enumerate() {
            if !self.affords(pointer.len(), *item) {
                return out;
            }
            let name = self.tree.get(*item, "name").and_then(|name| self.tree.text(name));
            if let Some(name) = name.filter(|_| self.is_server(client, *item)) {
                out.push(self.server(name, push_token(pointer, &at.to_string()), *item));
            }
        }
        out
    }

    /// Whether the entry may still be read; what it costs is counted. Each of its values repeats its pointer.
    fn affords(&self, pointer: usize, node: NodeId) -> bool {
        let held = |node: NodeId| match self.tree.value(node) {
            Data::Array(items) => items.len().min(MAX_VALUES),
            Data::Object(members) => members.len().min(MAX_VALUES),
            Data::String(text) => text.decoded.len() / BYTES_PER_VALUE,
            _ => 0,
        };
        let members = self.tree.members(node).unwrap_or_default();
        let values = 1 + members.iter().map(|member| 1 + held(member.value)).sum::<usize>();
        let left = self.left.get().checked_sub(values.saturating_mul(1 + pointer / BYTES_PER_VALUE));
        self.left.set(left.unwrap_or(0));
        self.cut.set(self.cut.get() || left.is_none());
        left.is_some()
    }

    /// An object with a command or an address, of the type that these have.
    fn is_server(&self, client: &Client, node: NodeId) -> bool {
        let fields = &self.knowledge.clients.fields;
        let has = |name: &String| {
            self.tree.get(node, name).is_some_and(|value| match self.tree.value(value) {
                Data::String(text) => !text.decoded.is_empty(),
                Data::Array(items) => !items.is_empty(),
                Data::Object(_) => self.tree.get(value, "path").is_some(),
                _ => false,
            })
        };
        let has_any = |name: &String| self.tree.get(node, name).is_some();
        fields.command.iter().chain(&fields.url).any(has) || client.entry_keys.iter().any(has_any)
    }

    fn server(&self, name: &Text, pointer: String, node: NodeId) -> Server {
        let fields = &self.knowledge.clients.fields;
        let field = |names: &[String]| {
            names.iter().find_map(|name| Some((push_token(&pointer, name), self.tree.get(node, name)?)))
        };
        let single = |names: &[String]| field(names).and_then(|(pointer, node)| self.scalar(&pointer, node));
        let mut command = None;
        let mut args = Vec::new();
        if let Some((at, value)) = field(&fields.command) {
            self.command(&at, value, &mut command, &mut args);
        }
        if let Some((at, value)) = field(&fields.args) {
            args.extend(self.list(&at, value));
        }
        let entries = |names: &[String]| field(names).map_or_else(Vec::new, |(at, node)| self.entries(&at, node));
        let credentials = fields.credential.iter().filter_map(|name| {
            let member = self.tree.member(node, name)?;
            Some(Entry { name: member.key.clone(), value: self.scalar(&push_token(&pointer, name), member.value)? })
        });
        let off =
            |key: &str, value: bool| self.tree.get(node, key).and_then(|node| self.tree.bool(node)) == Some(value);
        Server {
            name: name.clone(),
            url: single(&fields.url),
            env: entries(&fields.env),
            headers: entries(&fields.headers),
            cwd: single(&fields.cwd),
            env_file: single(&fields.env_file),
            credentials: credentials.collect(),
            approvals: self.approvals(&pointer, node),
            enabled: !off("disabled", true) && !off("enabled", false),
            launch: Launch::understand(command.as_ref(), &args, self.source, &self.knowledge.launchers),
            command,
            args,
            pointer,
        }
    }

    /// A command is a string, a list of words, or an object with a path and arguments.
    fn command(&self, pointer: &str, node: NodeId, command: &mut Option<Value>, args: &mut Vec<Value>) {
        match self.tree.value(node) {
            Data::Array(_) => {
                let mut words = self.list(pointer, node).into_iter();
                *command = words.next();
                args.extend(words);
            }
            Data::Object(_) => {
                let part = |key: &str| Some((push_token(pointer, key), self.tree.get(node, key)?));
                *command = part("path").and_then(|(at, node)| self.scalar(&at, node));
                args.extend(part("args").map_or_else(Vec::new, |(at, node)| self.list(&at, node)));
            }
            _ => *command = self.scalar(pointer, node),
        }
    }

    fn list(&self, pointer: &str, node: NodeId) -> Vec<Value> {
        let items = self.tree.array(node).unwrap_or_default();
        let value = |(at, item): (usize, &NodeId)| self.scalar(&push_token(pointer, &at.to_string()), *item);
        items.iter().take(MAX_VALUES).enumerate().filter_map(value).collect()
    }

    fn entries(&self, pointer: &str, node: NodeId) -> Vec<Entry> {
        let members = self.tree.members(node).unwrap_or_default().iter().take(MAX_VALUES);
        let entry = |member: &crate::document::Member| {
            let value = self.scalar(&push_token(pointer, &member.key.decoded), member.value)?;
            Some(Entry { name: member.key.clone(), value })
        };
        members.filter_map(entry).collect()
    }

    fn approvals(&self, pointer: &str, node: NodeId) -> Vec<Approval> {
        let mut out = Vec::new();
        for key in &self.knowledge.clients.approvals {
            for selected in self.tree.select(node, &key.pointer) {
                let at = format!("{pointer}{}", selected.pointer);
                if key.values.is_empty() {
                    let tools = self.list(&at, selected.node);
                    out.extend(tools.into_iter().map(|value| Approval { all: value.as_str() == "*", value }));
                    continue;
                }
                let value =
                    self.scalar(&at, selected.node).filter(|value| key.values.iter().any(|v| v == value.as_str()));
                let Some(mut value) = value else { continue };
                let tool = wildcard(&key.pointer, &selected.pointer);
                let all = tool.is_none();
                // The value only says yes; the name of the tool is what is approved.
                value.text.decoded = tool.unwrap_or(value.text.decoded);
                out.push(Approval { value, all });
            }
        }
        out
    }

    /// A string, number or boolean as text.
    fn scalar(&self, pointer: &str, node: NodeId) -> Option<Value> {
        let verbatim = |decoded: String| Text { decoded, span: self.tree.node(node).span, quote: Quote::Verbatim };
        let text = match self.tree.value(node) {
            Data::String(text) => text.clone(),
            Data::Number(digits) => verbatim(digits.clone()),
            Data::Bool(value) => verbatim(value.to_string()),
            _ => return None,
        };
        Some(Value { text, pointer: pointer.to_owned() })
    }
}

/// The token of `pointer` that stands where `pattern` has its `*`.
fn wildcard(pattern: &str, pointer: &str) -> Option<String> {
    let (_, token) = pattern.split('/').zip(pointer.split('/')).find(|(segment, _)| *segment == "*")?;
    Some(token.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    fn servers(place: &str, content: &str) -> Vec<Server> {
        let knowledge = Knowledge::embedded().unwrap();
        let document = parse(Language::detect(place, content), content);
        read(place, &document, content, &knowledge).files.into_iter().flat_map(|file| file.servers).collect()
    }

    #[test]
    fn every_client_reads_its_example_and_leaves_its_near_miss() {
        for client in &Knowledge::embedded().unwrap().clients.clients {
            for example in &client.examples {
                let found = servers(&example.path, &example.content);
                assert_eq!(found.len() as u64, example.servers, "{}: {}", client.id, example.content);
            }
        }
    }

    #[test]
    fn the_shapes_of_a_command_are_one() {
        for (place, content) in [
            ("opencode.json", r#"{"mcp":{"x":{"type":"local","command":["npx","-y","@a/b"]}}}"#),
            (".zed/settings.json", r#"{"context_servers":{"x":{"command":{"path":"npx","args":["-y","@a/b"]}}}}"#),
            (".mcp.json", r#"{"mcpServers":{"x":{"args":["-y","@a/b"],"command":"npx"}}}"#),
            (".mcp.json", r#"{"x":{"command":"npx -y @a/b"}}"#),
            (".codex/config.toml", "[mcp_servers.x]\nargs = [\"-y\", \"@a/b\"]\ncommand = \"npx\"\n"),
        ] {
            let found = servers(place, content);
            let package = found[0].launch.package.as_ref().unwrap();
            assert_eq!((package.name.as_str(), package.span.slice(content)), ("@a/b", Some("@a/b")), "{place}");
        }
    }

    #[test]
    fn decoys_hold_no_server() {
        for (place, content) in [
            ("locales/mcp.json", r#"{"servers":{"none":"No servers"}}"#),
            ("x/package.json", r#"{"contributes":{"mcpServers":[]}}"#),
            (".gemini/settings.json", r#"{"mcp":{"allowed":["a"]}}"#),
            ("librechat.yaml", "interface:\n  mcpServers:\n    use: true\n"),
            (".mcp.json", "// { \"mcpServers\": { \"a\": { \"command\": \"x\" } } }\n"),
            (".mcp.json", r#"{"$schema":"https://example.com","description":"x"}"#),
        ] {
            assert!(servers(place, content).is_empty(), "{place}");
        }
    }

    #[test]
    fn duplicate_servers_are_all_seen() {
        let found =
            servers("claude_desktop_config.json", r#"{"mcpServers":{"a":{"command":"x"},"a":{"command":"y"}}}"#);
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn approvals_are_normalised() {
        let found = servers(
            ".mcp.json",
            r#"{"mcpServers":{"a":{"command":"x","autoApprove":["*","get"]},"b":{"command":"x","trust":true},"c":{"command":"x","trust":false}}}"#,
        );
        let all: Vec<Vec<bool>> = found.iter().map(|server| server.approvals.iter().map(|a| a.all).collect()).collect();
        assert_eq!(all, [vec![true, false], vec![true], vec![]]);
        let one = "[mcp_servers.a]\ncommand = \"x\"\n[mcp_servers.a.tools.drop_table]\napproval_mode = \"approve\"\n";
        let found = servers(".codex/config.toml", one);
        assert_eq!((found[0].approvals[0].value.as_str(), found[0].approvals[0].all), ("drop_table", false));
    }
}
