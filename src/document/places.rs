//! Offset → value: where the scalars and keys of a tree stand. Built at once for the whole tree, because a hostile file
//! has a million values and a thousand findings.

use super::{Node, NodeId, Tree, Value};
use crate::text::Span;

/// A collection and which of its children.
type Step = (NodeId, usize);

/// Everything that holds nothing itself, in the order of the text; no two overlap.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    leaves: Vec<Leaf>,
    /// By node: how it is reached.
    steps: Vec<Option<Step>>,
}

/// A scalar, a key, or an empty collection.
#[derive(Clone, Debug)]
struct Leaf {
    span: Span,
    step: Option<Step>,
    is_string: bool,
}

impl Places {
    pub(super) fn of(tree: &Tree) -> Self {
        let mut places = Self { leaves: Vec::new(), steps: vec![None; tree.len()] };
        for (id, node) in tree.nodes() {
            for (at, (child, key)) in children(node).enumerate() {
                if let Some(step) = places.steps.get_mut(child.index()) {
                    *step = Some((id, at));
                }
                places.leaves.extend(key.map(|span| Leaf { span, step: Some((id, at)), is_string: false }));
            }
        }
        for (id, node) in tree.nodes().filter(|(_, node)| children(node).next().is_none()) {
            let step = places.step(id);
            if step.is_some() || tree.roots().contains(&id) {
                places.leaves.push(Leaf { span: node.span, step, is_string: matches!(node.value, Value::String(_)) });
            }
        }
        places.leaves.sort_by_key(|leaf| leaf.span);
        places
    }

    fn step(&self, node: NodeId) -> Option<Step> {
        self.steps.get(node.index()).copied().flatten()
    }

    pub(super) fn in_string(&self, offset: usize) -> bool {
        let next = self.leaves.partition_point(|leaf| leaf.span.start <= offset);
        let leaf = next.checked_sub(1).and_then(|at| self.leaves.get(at));
        leaf.is_some_and(|leaf| leaf.is_string && leaf.span.contains_offset(offset))
    }

    /// The steps to the innermost value or key at `offset`, the last one first; `None` outside all values.
    pub(super) fn path_at(&self, tree: &Tree, offset: usize) -> Option<Vec<Step>> {
        let next = self.leaves.partition_point(|leaf| leaf.span.start <= offset);
        let neighbours = [next.checked_sub(1), Some(next)];
        let neighbours = neighbours.into_iter().flatten().filter_map(|at| self.leaves.get(at));
        // Between two leaves, the innermost collection holds one of them.
        neighbours.filter_map(|leaf| self.climb(tree, leaf, offset)).max_by_key(Vec::len)
    }

    fn climb(&self, tree: &Tree, leaf: &Leaf, offset: usize) -> Option<Vec<Step>> {
        let mut holds = leaf.span.contains_offset(offset);
        let mut at = leaf.step;
        let mut path = Vec::new();
        // A parent is pushed after its children, so this ends.
        while let Some((parent, child)) = at {
            if holds {
                path.push((parent, child));
            } else {
                holds = tree.node(parent).span.contains_offset(offset);
            }
            at = self.step(parent);
        }
        holds.then_some(path)
    }
}

/// The children of a node with the places of their keys.
fn children(node: &Node) -> impl Iterator<Item = (NodeId, Option<Span>)> {
    let (items, members) = match &node.value {
        Value::Array(items) => (items.as_slice(), &[][..]),
        Value::Object(members) => (&[][..], members.as_slice()),
        _ => (&[][..], &[][..]),
    };
    let items = items.iter().map(|item| (*item, None));
    items.chain(members.iter().map(|member| (member.value, Some(member.key.span))))
}

#[cfg(test)]
mod tests {
    use crate::document::{Language, parse};

    /// The pointer at the one `^` in `marked`, which is not part of the text.
    fn check(language: Language, marked: &str, expected: Option<&str>, in_string: bool) {
        let at = marked.find('^').unwrap();
        let tree = parse(language, &marked.replace('^', "")).tree.unwrap();
        assert_eq!((tree.pointer_at(at).as_deref(), tree.in_string(at)), (expected, in_string), "{marked}");
    }

    #[test]
    fn the_innermost_value_or_key_is_found() {
        check(Language::Json, r#"{"a": [1, "^x"], "b": {}}"#, Some("/a/1"), true);
        check(Language::Json, r#"{"a": [1, "x"], "^b": {}}"#, Some("/b"), false);
        check(Language::Json, r#"{"a": [1, "x"], "b": ^{}}"#, Some("/b"), false);
        check(Language::Json, r#"{"a": [1, "x" /* ^ */ ], "b": {}}"#, Some("/a"), false);
        check(Language::Json, r#"{"a": [[1] ^, 2]}"#, Some("/a"), false);
        check(Language::Json, r#"{"a": 1} ^ "#, None, false);
        check(Language::Json, r#"{"a": 1} {"a/b": "^x"}"#, Some("/a~1b"), true);
        check(Language::Yaml, "a: &k {b: x}\nc:\n  - *k\n  - d: ^y\n", Some("/c/1/d"), true);
        check(Language::Toml, "[a]\nx = 1\n[b]\ny = '^2'\n[a.c]\nz = '3'\n", Some("/b/y"), true);
        check(Language::Toml, "[a]\nx = 1\n[b]\ny = '2'\n[a.c]\nz = '^3'\n", Some("/a/c/z"), true);
    }
}
