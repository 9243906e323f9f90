//! Lists of tools in data: what a server answered, a manifest, a snapshot that a test compares with.

use super::MAX_HANDLERS;
use super::data::{self, Budget, Data, Node};
use super::model::{Handler, HandlerKind};
use crate::document::Tree;

/// Every object of a document that describes a tool: a name beside an input schema, or an element of `tools` with a name
/// and a description.
pub(super) fn find(tree: &Tree) -> Vec<Handler> {
    let budget = Budget::new();
    let mut found = Vec::new();
    let mut open: Vec<(Node<'_>, bool)> = tree.roots().iter().rev().map(|id| (Node { tree, id: *id }, false)).collect();
    while let Some((node, is_listed)) = open.pop() {
        if found.len() >= MAX_HANDLERS {
            break;
        }
        if let Some(tool) = tool(node, is_listed, &budget) {
            found.push(tool);
            continue;
        }
        // An alias is looked at where it is anchored, so that aliases never multiply.
        if let Some(items) = node.own_items() {
            open.extend(items.into_iter().rev().map(|item| (item, is_listed)));
        }
        let members = node.own_members().into_iter().rev();
        open.extend(members.map(|(key, value)| (value, key == "tools")));
    }
    found
}

fn tool(node: Node<'_>, is_listed: bool, budget: &Budget) -> Option<Handler> {
    let name = node.member("name")?.text()?;
    let schema = node.member("inputSchema").or_else(|| node.member("input_schema")).filter(|it| it.is_object());
    let description = node.member("description").and_then(Data::text);
    if schema.is_none() && !(is_listed && description.is_some()) {
        return None;
    }
    let mut handler = Handler::new(HandlerKind::Tool, name.span()?, node.span());
    handler.name = Some(name);
    handler.description = description;
    let annotations = node.member("annotations").filter(|it| it.is_object());
    handler.title = node.member("title").or_else(|| annotations?.member("title")).and_then(Data::text);
    handler.has_annotations = annotations.is_some();
    handler.annotations = annotations.map(data::hints).unwrap_or_default();
    if let Some(schema) = schema {
        handler.declare(data::schema_of(schema, schema, 0, budget));
    }
    Some(handler)
}

#[cfg(test)]
mod tests {
    use super::super::testing::lines_of_data;
    use crate::document::Language;

    #[test]
    fn lists_of_tools_are_found_anywhere() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(lines_of_data(Language::Json, text), expected, "{text}");
        };
        check(
            r##"{"result": {"tools": [{"name": "a", "inputSchema": {"type": "object", "properties": {"x": {"$ref": "#/$defs/X"}}, "required": ["x"], "$defs": {"X": {"enum": ["p"], "type": "string"}}}}, {"name": "b", "description": "B"}]}}"##,
            &["tool a(x: enum!) elsewhere", "tool b() elsewhere"],
        );
        check(r#"{"name": "package", "description": "no tool", "tools": {"x": 1}}"#, &[]);
        check(r##"[{"name": "a", "inputSchema": {"$ref": "#"}}]"##, &["tool a() elsewhere"]);
        check(r#"{"name": "a", "inputSchema": {"type": ["string", "null"]}}"#, &["tool a() elsewhere"]);
    }
}
