//! Parsed document → server declarations, through the table of client formats.

use super::entry::{Entries, MAX_VALUES};
use super::{ClientFile, Server};
use crate::document::{Document, Language, NodeId, Quote, Selected, Text, Tree, Value as Data, push_token};
use crate::rule::{Client, Clients, FileRole, Knowledge, Requirement};
use crate::text::Span;
use std::cell::Cell;
use std::collections::BTreeSet;

/// Values of all server entries of one file. YAML aliases can name one large entry a million times.
const MAX_SERVER_VALUES: usize = 200_000;
/// Bytes of text that count as one value.
const BYTES_PER_VALUE: usize = 256;

/// Whether a file may declare servers or hold a client's settings: by its place, or because its text holds the name
/// of a server map (`has_marker`, found by the caller's prefilter).
pub fn is_candidate(place: &str, language: Language, has_marker: bool, clients: &Clients) -> bool {
    match language {
        // An agent's file: the data stands in its front matter.
        Language::Markdown => clients.knows(place),
        Language::Json | Language::Yaml | Language::Toml => has_marker || clients.knows(place),
        language => language.is_data() && clients.knows(place),
    }
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
    let name = place.rsplit('/').next().unwrap_or(place);
    let reader = Reader {
        entries: Entries { tree, source, knowledge },
        stem: name.split('.').find(|part| !part.is_empty()).unwrap_or(name),
        left: Cell::new(MAX_SERVER_VALUES),
        cut: Cell::new(false),
    };
    let mut owners = clients.at(place);
    if owners.is_empty() {
        owners.extend(reader.by_schema(clients));
    }
    for (client, role) in owners.iter().filter(|(client, _)| !client.is_fallback()) {
        if client.language.is_some_and(|language| language != document.language) || !reader.is_meant(client) {
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
    keep_each_once(&mut files);
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

/// What several clients read in one file belongs to the first of them, or each of its problems would be told twice.
fn keep_each_once(files: &mut [ClientFile<'_>]) {
    if files.iter().filter(|file| !file.servers.is_empty()).count() < 2 {
        return;
    }
    let mut seen = BTreeSet::new();
    for file in files {
        file.servers.retain(|server| !seen.contains(&(server.pointer.clone(), server.name.span)));
        seen.extend(file.servers.iter().map(|server| (server.pointer.clone(), server.name.span)));
    }
}

struct Reader<'a> {
    entries: Entries<'a>,
    /// Name of the file without its extension: what a manifest without a name is called.
    stem: &'a str,
    /// Values that may still be read.
    left: Cell<usize>,
    cut: Cell<bool>,
}

impl Reader<'_> {
    fn tree(&self) -> &Tree {
        self.entries.tree
    }

    /// The client whose settings the file says it holds, wherever it lies.
    fn by_schema<'k>(&self, clients: &'k Clients) -> Option<(&'k Client, FileRole)> {
        let root = self.tree().roots().first()?;
        let schema = self.tree().text(self.tree().get(*root, "$schema")?)?;
        let says = |client: &&Client| client.schemas.iter().any(|part| schema.decoded.contains(part.as_str()));
        Some((clients.clients.iter().find(says)?, FileRole::Settings))
    }

    fn file<'k>(&self, client: &'k Client) -> ClientFile<'k> {
        ClientFile { client, has_settings: false, roots: self.tree().roots().to_vec(), servers: Vec::new() }
    }

    /// Whether the file is one of this client's, not just one of that name.
    fn is_meant(&self, client: &Client) -> bool {
        let tree = self.tree();
        let holds = |requirement: &Requirement, root: NodeId| {
            tree.select(root, &requirement.pointer).iter().any(|found| {
                let text = tree.text(found.node).map_or("", |text| text.decoded.as_str());
                text.contains(&requirement.contains)
            })
        };
        client.requires.is_empty()
            || client.requires.iter().any(|one| tree.roots().iter().any(|root| holds(one, *root)))
    }

    fn servers(&self, client: &Client, pointers: &[String]) -> Vec<Server> {
        let mut out = Vec::new();
        for root in self.tree().roots() {
            let mut has_map = false;
            for pointer in pointers {
                for map in self.tree().select(*root, pointer) {
                    has_map = true;
                    self.map(client, &map.pointer, map.node, &mut out);
                }
            }
            for pointer in &client.single {
                for one in self.tree().select(*root, pointer) {
                    self.single(client, *root, &one, &mut out);
                }
            }
            if client.bare_map && !has_map {
                self.map(client, "", *root, &mut out);
            }
        }
        out
    }

    /// The servers of one map, or of a list of servers. Nothing, if none of its entries is one.
    fn map(&self, client: &Client, pointer: &str, node: NodeId, out: &mut Vec<Server>) {
        for member in self.tree().members(node).unwrap_or_default() {
            if !self.affords(pointer.len() + member.key.decoded.len(), member.value) {
                return;
            }
            if self.is_server(client, member.value) {
                out.push(self.entries.server(&member.key, push_token(pointer, &member.key.decoded), member.value));
            }
        }
        for (at, item) in self.tree().array(node).unwrap_or_default().iter().enumerate() {
            if !self.affords(pointer.len(), *item) {
                return;
            }
            self.item(client, push_token(pointer, &at.to_string()), *item, out);
        }
    }

    /// An element of a list: an entry with a name or id in it, `{ name: entry }`, or an address by itself.
    fn item(&self, client: &Client, pointer: String, item: NodeId, out: &mut Vec<Server>) {
        let tree = self.tree();
        let whole = tree.node(item).span;
        if self.is_server(client, item) {
            let named = ["name", "id"].iter().find_map(|key| tree.text(tree.get(item, key)?)).cloned();
            if let Some(name) = named.or_else(|| client.unnamed.then(|| self.entries.called(item, whole))) {
                out.push(self.entries.server(&name, pointer, item));
            }
        } else if let Some([member]) = tree.members(item)
            && self.is_server(client, member.value)
        {
            out.push(self.entries.server(&member.key, push_token(&pointer, &member.key.decoded), member.value));
        } else if let Some(text) = tree.text(item).filter(|text| client.unnamed && text.decoded.contains("://")) {
            out.push(self.entries.address(text, pointer));
        }
    }

    /// A value that is a server by itself. Its name stands beside it, or is that of the file.
    fn single(&self, client: &Client, root: NodeId, one: &Selected<'_>, out: &mut Vec<Server>) {
        if !self.is_server(client, one.node) || !self.affords(one.pointer.len(), one.node) {
            return;
        }
        let name = self.tree().get(root, "name").and_then(|name| self.tree().text(name)).cloned();
        let span = self.tree().node(one.node).span;
        let name = name.unwrap_or_else(|| Text {
            decoded: self.stem.to_owned(),
            span: Span::at(span.start),
            quote: Quote::Verbatim,
        });
        out.push(self.entries.server(&name, one.pointer.clone(), one.node));
    }

    /// Whether the entry may still be read; what it costs is counted. Each of its values repeats its pointer.
    fn affords(&self, pointer: usize, node: NodeId) -> bool {
        let held = |node: NodeId| match self.tree().value(node) {
            Data::Array(items) => items.len().min(MAX_VALUES),
            Data::Object(members) => members.len().min(MAX_VALUES),
            Data::String(text) => text.decoded.len() / BYTES_PER_VALUE,
            _ => 0,
        };
        let members = self.tree().members(node).unwrap_or_default();
        let values = 1 + members.iter().map(|member| 1 + held(member.value)).sum::<usize>();
        let left = self.left.get().checked_sub(values.saturating_mul(1 + pointer / BYTES_PER_VALUE));
        self.left.set(left.unwrap_or(0));
        self.cut.set(self.cut.get() || left.is_none());
        left.is_some()
    }

    /// An object with a command or an address, of the type that these have.
    fn is_server(&self, client: &Client, node: NodeId) -> bool {
        let fields = &self.entries.knowledge.clients.fields;
        let tree = self.tree();
        let has = |name: &String| {
            self.entries.field(node, name).is_some_and(|(_, member)| match tree.value(member.value) {
                Data::String(text) => !text.decoded.is_empty(),
                Data::Array(items) => !items.is_empty(),
                Data::Object(_) => tree.get(member.value, "path").is_some(),
                _ => false,
            })
        };
        let has_any = |name: &String| tree.get(node, name).is_some();
        fields.command.iter().chain(&fields.url).any(has) || client.entry_keys.iter().any(has_any)
    }
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

    /// A server on one line: its name, and the package, address or command behind it.
    fn reading(server: &Server) -> String {
        let package = server.launch.package.as_ref().map(|package| match &package.version {
            Some(version) => format!("{}@{version}", package.name),
            None => package.name.clone(),
        });
        let value = |value: &Option<super::super::Value>| value.as_ref().map(|value| value.as_str().to_owned());
        let target = package.or_else(|| value(&server.url)).or_else(|| value(&server.command)).unwrap_or_default();
        format!("{} {target}", server.name.decoded).trim_end().to_owned()
    }

    #[test]
    fn every_client_reads_its_example_and_leaves_its_near_miss() {
        for client in &Knowledge::embedded().unwrap().clients.clients {
            for example in &client.examples {
                let found = servers(&example.path, &example.content);
                let reads: Vec<String> = found.iter().map(reading).collect();
                assert_eq!(reads, example.reads, "{}: {}", client.id, example.content);
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
