//! One span-keeping value for all data formats: an arena of nodes, so that deep or shared structure costs no recursion.

use super::places::Places;
use crate::text::Span;
use std::sync::OnceLock;

/// Bytes of a pointer that is worth showing. A hostile file has keys of megabytes, above a thousand findings.
pub const MAX_POINTER: usize = 4_096;

/// Index of a node in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The values of one file. JSON and YAML may hold several documents, hence several roots.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
    /// Worked out when somebody asks what stands at an offset.
    places: OnceLock<Places>,
}

#[derive(Clone, Debug)]
pub struct Node {
    /// The value as it stands in the text, quotes and brackets included.
    pub span: Span,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    /// As written.
    Number(String),
    String(Text),
    Array(Vec<NodeId>),
    /// In source order; duplicate keys are kept.
    Object(Vec<Member>),
    /// A YAML alias: the anchored node. Accessors follow it, walks over children do not, so aliases never multiply.
    Alias(NodeId),
}

#[derive(Clone, Debug)]
pub struct Member {
    pub key: Text,
    pub value: NodeId,
}

/// A string: its decoded text and where its content stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub decoded: String,
    /// The content without its quotes.
    pub span: Span,
    pub quote: Quote,
}

/// How the content of a string maps to its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Every decoded byte is a source byte.
    Verbatim,
    /// Backslash escapes as in JSON, TOML basic strings and YAML double quotes.
    Escaped,
    /// Neither: folded or re-indented blocks, doubled quotes. Only the whole content can be pointed at.
    Folded,
}

impl Text {
    /// The source bytes of `part`, a byte range of the decoded text. Falls back to the whole content where the two
    /// cannot be mapped.
    pub fn source_span(&self, source: &str, part: Span) -> Span {
        self.source_spans(source, &[part]).first().copied().unwrap_or(self.span)
    }

    /// Like [`Text::source_span`] for several parts, in their order and without overlaps, in one pass.
    pub fn source_spans(&self, source: &str, parts: &[Span]) -> Vec<Span> {
        let whole = || vec![self.span; parts.len()];
        let Some(raw) = self.span.slice(source) else { return whole() };
        if raw == self.decoded {
            return parts.iter().map(|part| part.shifted(self.span.start).clamped(source)).collect();
        }
        if self.quote != Quote::Escaped {
            return whole();
        }
        let bounds: Vec<usize> = parts.iter().flat_map(|part| [part.start, part.end]).collect();
        let Some(mapped) = map_escaped(raw, &bounds, self.decoded.len()) else { return whole() };
        let (pairs, _) = mapped.as_chunks::<2>();
        pairs.iter().map(|[start, end]| Span::new(*start, *end).shifted(self.span.start)).collect()
    }
}

/// Walk `raw` and find where the decoded offsets `bounds`, which ascend, come from; `None` if the walk does not add up
/// to `decoded_len`.
fn map_escaped(raw: &str, bounds: &[usize], decoded_len: usize) -> Option<Vec<usize>> {
    let bytes = raw.as_bytes();
    let (mut at, mut decoded) = (0, 0);
    let mut mapped = Vec::with_capacity(bounds.len());
    while at < bytes.len() {
        while bounds.get(mapped.len()).is_some_and(|bound| decoded >= *bound) {
            mapped.push(at);
        }
        let hex = |from: usize, digits: usize| u32::from_str_radix(raw.get(from..from + digits)?, 16).ok();
        let (taken, produced) = if bytes.get(at) == Some(&b'\\') {
            match bytes.get(at + 1)? {
                b'u' => {
                    let high = hex(at + 2, 4)?;
                    if (0xD800..0xDC00).contains(&high) && raw.get(at + 6..at + 8) == Some("\\u") {
                        (12, 4)
                    } else {
                        (6, char::from_u32(high).map_or(3, char::len_utf8))
                    }
                }
                b'U' => (10, char::from_u32(hex(at + 2, 8)?)?.len_utf8()),
                b'x' => (4, char::from_u32(hex(at + 2, 2)?)?.len_utf8()),
                b'N' | b'_' => (2, 2),
                b'L' | b'P' => (2, 3),
                _ => (2, 1),
            }
        } else {
            let c = raw.get(at..)?.chars().next()?;
            (c.len_utf8(), c.len_utf8())
        };
        at += taken;
        decoded += produced;
    }
    mapped.resize(bounds.len(), raw.len());
    (decoded == decoded_len).then_some(mapped)
}

impl Tree {
    /// Add a node; its children must be in the tree already.
    pub fn push(&mut self, span: Span, value: Value) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node { span, value });
        id
    }

    pub fn push_root(&mut self, root: NodeId) {
        self.roots.push(root);
    }

    /// Decode again what stands in `text` as it is, after the tree was built from one of the same places.
    pub(super) fn decode_again(&mut self, text: &str) {
        for node in &mut self.nodes {
            if let Value::String(value) = &mut node.value
                && value.quote == Quote::Verbatim
                && let Some(content) = value.span.slice(text)
            {
                content.clone_into(&mut value.decoded);
            }
        }
    }

    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every node, in the order in which they were finished: children before their parents.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(i, node)| (NodeId(u32::try_from(i).unwrap_or(u32::MAX)), node))
    }

    /// The node itself, aliases not followed.
    pub fn node(&self, id: NodeId) -> &Node {
        static NOTHING: Node = Node { span: Span { start: 0, end: 0 }, value: Value::Null };
        self.nodes.get(id.0 as usize).unwrap_or(&NOTHING)
    }

    /// The value behind a node, aliases followed. An alias points at a finished node, so this ends.
    pub fn value(&self, id: NodeId) -> &Value {
        let mut node = self.node(id);
        while let Value::Alias(target) = node.value {
            node = self.node(target);
        }
        &node.value
    }

    pub fn text(&self, id: NodeId) -> Option<&Text> {
        match self.value(id) {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn bool(&self, id: NodeId) -> Option<bool> {
        match self.value(id) {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub fn array(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.value(id) {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    pub fn members(&self, id: NodeId) -> Option<&[Member]> {
        match self.value(id) {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member named `key`; of duplicates the last, as most readers do. YAML merge keys (`<<`) are followed.
    pub fn member(&self, id: NodeId, key: &str) -> Option<&Member> {
        let mut at = id;
        for _ in 0..8 {
            let members = self.members(at)?;
            if let Some(found) = members.iter().rev().find(|member| member.key.decoded == key) {
                return Some(found);
            }
            at = members.iter().find(|member| member.key.decoded == "<<")?.value;
        }
        None
    }

    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.member(id, key).map(|member| member.value)
    }

    /// All nodes below `root` that a pointer pattern names, with their pointers. A segment `*` stands for every member
    /// or element; other segments are RFC 6901 tokens (`~1` is `/`, `~0` is `~`). `""` is the root itself.
    pub fn select(&self, root: NodeId, pattern: &str) -> Vec<Selected<'_>> {
        let mut found = vec![Selected { pointer: String::new(), key: None, node: root }];
        for segment in pattern.split('/').skip(1) {
            let mut next = Vec::new();
            for Selected { pointer, node, .. } in &found {
                if segment == "*" {
                    self.push_children(pointer, *node, &mut next);
                    continue;
                }
                let token = unescape_token(segment);
                if let Some(member) = self.member(*node, &token) {
                    let key = Some(&member.key);
                    next.push(Selected { pointer: push_token(pointer, &token), key, node: member.value });
                } else if let Some(item) = self.array(*node).and_then(|items| items.get(token.parse::<usize>().ok()?)) {
                    next.push(Selected { pointer: push_token(pointer, &token), key: None, node: *item });
                }
            }
            found = next;
        }
        found
    }

    fn places(&self) -> &Places {
        self.places.get_or_init(|| Places::of(self))
    }

    /// Whether a string value stands at `offset`.
    pub fn in_string(&self, offset: usize) -> bool {
        self.places().in_string(offset)
    }

    /// Pointer of the innermost value or key that stands at `offset`; `None` if it is longer than [`MAX_POINTER`].
    pub fn pointer_at(&self, offset: usize) -> Option<String> {
        let path = self.places().path_at(self, offset)?;
        path.iter().rev().try_fold(String::new(), |pointer, (parent, at)| match &self.node(*parent).value {
            Value::Object(members) => {
                let key = members.get(*at).map_or("", |member| member.key.decoded.as_str());
                (pointer.len() + key.len() < MAX_POINTER).then(|| push_token(&pointer, key))
            }
            _ => Some(push_token(&pointer, &at.to_string())),
        })
    }

    fn push_children<'a>(&'a self, pointer: &str, node: NodeId, out: &mut Vec<Selected<'a>>) {
        for member in self.members(node).unwrap_or_default() {
            let pointer = push_token(pointer, &member.key.decoded);
            out.push(Selected { pointer, key: Some(&member.key), node: member.value });
        }
        for (at, item) in self.array(node).unwrap_or_default().iter().enumerate() {
            out.push(Selected { pointer: push_token(pointer, &at.to_string()), key: None, node: *item });
        }
    }
}

/// A node that [`Tree::select`] found.
#[derive(Clone, Debug)]
pub struct Selected<'a> {
    /// RFC 6901 pointer from the root.
    pub pointer: String,
    /// The key that led here, if the parent is an object.
    pub key: Option<&'a Text>,
    pub node: NodeId,
}

/// `pointer` with one more token.
pub fn push_token(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

fn unescape_token(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str, decoded: &str, quote: Quote) -> Text {
        Text { decoded: decoded.to_owned(), span: Span::new(1, 1 + raw.len()), quote }
    }

    fn check(raw: &str, decoded: &str, part: Span, expected: &str) {
        let source = format!("\"{raw}\"");
        let mapped = text(raw, decoded, Quote::Escaped).source_span(&source, part);
        assert_eq!(mapped.slice(&source), Some(expected), "{raw}");
    }

    #[test]
    fn parts_of_escaped_strings_map_to_their_source() {
        check(r"C:\\Users\\x", r"C:\Users\x", Span::new(3, 8), "Users");
        check(r"\u00e4b", "äb", Span::new(2, 3), "b");
        check(r"\ud83d\ude00b", "😀b", Span::new(4, 5), "b");
        check("plain", "plain", Span::new(1, 3), "la");
    }

    #[test]
    fn a_string_that_cannot_be_mapped_is_pointed_at_whole() {
        let source = "'it''s'";
        let folded = text("it''s", "it's", Quote::Folded);
        assert_eq!(folded.source_span(source, Span::new(3, 4)).slice(source), Some("it''s"));
    }

    #[test]
    fn selection_follows_wildcards_aliases_and_escapes() {
        let mut tree = Tree::default();
        let leaf = tree.push(Span::at(0), Value::Bool(true));
        let alias = tree.push(Span::at(0), Value::Alias(leaf));
        let key = |name: &str| text("", name, Quote::Verbatim);
        let inner = tree.push(
            Span::at(0),
            Value::Object(vec![Member { key: key("a/b"), value: leaf }, Member { key: key("c"), value: alias }]),
        );
        let root = tree.push(Span::at(0), Value::Object(vec![Member { key: key("x"), value: inner }]));
        let pointers =
            |pattern: &str| -> Vec<String> { tree.select(root, pattern).into_iter().map(|s| s.pointer).collect() };
        assert_eq!(pointers("/x/*"), ["/x/a~1b", "/x/c"]);
        assert_eq!(pointers("/x/a~1b"), ["/x/a~1b"]);
        assert_eq!(pointers(""), [""]);
        assert_eq!(tree.bool(alias), Some(true));
    }
}
