//! Lists of tools, prompts and resources in data files: answers of servers that somebody kept, manifests of bundles,
//! definitions for a model's interface.

use super::{MAX_OWNER, Part, Piece, PieceKind, Pieces};
use crate::document::{Member, NodeId, Tree, Value};
use std::collections::BTreeSet;

/// Literals, one of which every list holds.
pub const LIST_MARKERS: &[&str] = &[
    "inputSchema",
    "input_schema",
    "\"parameters\"",
    "\"tools\"",
    "tools:",
    "\"prompts\"",
    "\"resources\"",
    "serverInfo",
];

/// Keys under which a tool keeps the schema of its parameters.
const SCHEMAS: &[&str] = &["inputSchema", "input_schema", "parameters", "outputSchema"];
/// Strings of a schema that a model reads.
const SCHEMA_TEXTS: &[&str] =
    &["description", "title", "default", "const", "$comment", "pattern", "markdownDescription"];
/// Lists of strings of a schema.
const SCHEMA_LISTS: &[&str] = &["enum", "examples"];

/// What a model reads of the lists in a tree.
pub fn pieces_of_lists(tree: &Tree, out: &mut Pieces) {
    let mut done = BTreeSet::new();
    for (id, node) in tree.nodes() {
        let Value::Object(members) = &node.value else { continue };
        // A tool by its form, wherever it stands.
        if SCHEMAS.iter().any(|key| is_schema(tree, members, key)) && done.insert(id) {
            item(tree, id, PieceKind::Tool, out);
        }
        let is_handshake = || members.iter().any(is_of_handshake);
        let mut handshake = None;
        for member in members {
            let kind = match member.key.decoded.as_str() {
                "tools" => PieceKind::Tool,
                "prompts" => PieceKind::Prompt,
                "resources" | "resourceTemplates" => PieceKind::Resource,
                "instructions" if *handshake.get_or_insert_with(is_handshake) => {
                    text(tree, member.value, PieceKind::Server, "", out);
                    continue;
                }
                _ => continue,
            };
            for entry in tree.array(member.value).unwrap_or_default() {
                if done.insert(*entry) {
                    item(tree, *entry, kind, out);
                }
            }
        }
    }
}

fn is_of_handshake(member: &Member) -> bool {
    matches!(member.key.decoded.as_str(), "serverInfo" | "protocolVersion" | "capabilities")
}

fn is_schema(tree: &Tree, members: &[Member], key: &str) -> bool {
    let schema = members.iter().find(|member| member.key.decoded == key).map(|member| member.value);
    schema.and_then(|schema| tree.members(schema)).is_some_and(|schema| {
        schema.iter().any(|member| matches!(member.key.decoded.as_str(), "properties" | "type" | "$schema"))
    })
}

/// A tool, prompt or resource: its own texts and those of its schema. What has no name is none.
fn item(tree: &Tree, id: NodeId, kind: PieceKind, out: &mut Pieces) {
    let Value::Object(members) = &tree.node(id).value else { return };
    let Some(name) = tree.get(id, "name").and_then(|name| tree.text(name)) else { return };
    out.push(Piece::new(PieceKind::Name, &name.decoded, Part::of_text(name)));
    for member in members {
        match member.key.decoded.as_str() {
            "description" | "title" | "text" => text(tree, member.value, kind, &name.decoded, out),
            "arguments" | "annotations" | "messages" => walk(tree, member.value, kind, &name.decoded, out),
            key if SCHEMAS.contains(&key) => walk(tree, member.value, PieceKind::Parameter, &name.decoded, out),
            _ => {}
        }
    }
}

fn text(tree: &Tree, node: NodeId, kind: PieceKind, owner: &str, out: &mut Pieces) {
    if let Value::String(text) = &tree.node(node).value {
        out.push(Piece::new(kind, owner, Part::of_text(text)));
    }
}

/// All texts below a schema. Aliases are not followed, so that nothing is walked twice.
fn walk(tree: &Tree, root: NodeId, kind: PieceKind, owner: &str, out: &mut Pieces) {
    let mut open = vec![(root, short(owner))];
    while let Some((node, owner)) = open.pop() {
        if out.cut {
            return;
        }
        match &tree.node(node).value {
            Value::Array(items) => open.extend(items.iter().map(|item| (*item, owner.clone()))),
            Value::Object(members) => {
                for member in members {
                    let key = member.key.decoded.as_str();
                    let is_nested = matches!(tree.node(member.value).value, Value::Object(_) | Value::Array(_));
                    if SCHEMA_LISTS.contains(&key) {
                        let items = tree.array(member.value).unwrap_or_default();
                        items.iter().for_each(|item| text(tree, *item, kind, &owner, out));
                    } else if key == "properties" {
                        for property in tree.members(member.value).unwrap_or_default() {
                            let name = &property.key;
                            out.push(Piece::new(PieceKind::Name, &name.decoded, Part::of_text(name)));
                            open.push((property.value, short(&name.decoded)));
                        }
                    } else if is_nested {
                        open.push((member.value, owner.clone()));
                    } else if SCHEMA_TEXTS.contains(&key) || key == "text" {
                        text(tree, member.value, kind, &owner, out);
                    }
                }
            }
            _ => {}
        }
    }
}

fn short(owner: &str) -> String {
    owner.chars().take(MAX_OWNER).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Language, parse};

    fn check(language: Language, text: &str, expected: &[(&str, &str, &str)]) {
        let document = parse(language, text);
        let mut pieces = Pieces::default();
        pieces_of_lists(document.tree.as_ref().unwrap(), &mut pieces);
        let read = |piece: &Piece| piece.characters(text, language).map(|(c, _)| c).collect::<String>();
        let found: Vec<_> =
            pieces.pieces.iter().map(|piece| (piece.kind.as_str(), piece.owner.clone(), read(piece))).collect();
        let found: Vec<_> = found.iter().map(|(kind, owner, text)| (*kind, owner.as_str(), text.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn tools_are_found_by_their_form_and_by_their_list() {
        check(
            Language::Json,
            r#"{"result": {"tools": [{"name": "add", "description": "Adds\u0020two.", "inputSchema": {"type": "object",
                "properties": {"a": {"type": "string", "description": "First", "enum": ["x"]}}}}]}}"#,
            &[
                ("name", "add", "add"),
                ("tool", "add", "Adds two."),
                ("name", "a", "a"),
                ("parameter", "a", "First"),
                ("parameter", "a", "x"),
            ],
        );
        check(
            Language::Json,
            r#"{"type": "function", "function": {"name": "f", "description": "D", "parameters": {"type": "object"}}}"#,
            &[("name", "f", "f"), ("tool", "f", "D")],
        );
        check(
            Language::Yaml,
            "tools:\n  - name: f\n    description: >\n      One\n      two.\n",
            &[("name", "f", "f"), ("tool", "f", "One\n      two.")],
        );
        check(Language::Json, r#"{"serverInfo": {}, "instructions": "Do."}"#, &[("server", "", "Do.")]);
        check(Language::Json, r#"{"name": "x", "description": "D", "parameters": ["a"], "tools": ["b"]}"#, &[]);
    }
}
