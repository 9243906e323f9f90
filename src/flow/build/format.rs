//! Text that is put together by a template or a separator.

use super::Builder;
use crate::flow::graph::{NO_NAME, NameId, Node, NodeId};
use crate::text::Span;

impl Builder<'_, '_> {
    /// `separator.join(list)`: the parts of the list with the separator between.
    pub(super) fn joined(&mut self, separator: NodeId, list: NodeId, span: Span) -> Option<NodeId> {
        let items = self.items(list, 0);
        let mut parts = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                parts.push(separator);
            }
            parts.push(item);
        }
        Some(self.concat(parts, span))
    }

    /// What a list holds, as far as it is written out; its elements as one where it is not.
    fn items(&mut self, list: NodeId, depth: u32) -> Vec<NodeId> {
        let span = self.graph.span(list);
        if depth > 24 {
            return vec![self.node(Node::Element(list), span)];
        }
        match self.graph.get(list) {
            Node::List(run) => {
                let items = self.graph.list(run).to_vec();
                let mut out = Vec::new();
                for item in items.into_iter().take(256) {
                    match self.graph.get(item) {
                        Node::Spread(inner) => out.extend(self.items(inner, depth + 1)),
                        _ => out.push(item),
                    }
                }
                out
            }
            Node::With { base, value, .. } => {
                let mut out = self.items(base, depth + 1);
                match self.graph.get(value) {
                    Node::Spread(inner) => out.extend(self.items(inner, depth + 1)),
                    _ => out.push(value),
                }
                out
            }
            Node::Choice(run) => {
                let lists = self.graph.list(run).to_vec();
                let mut out: Vec<NodeId> = Vec::new();
                for list in lists {
                    for item in self.items(list, depth + 1) {
                        if !out.contains(&item) {
                            out.push(item);
                        }
                    }
                }
                out
            }
            // `[a, b].filter(Boolean)`, `.map(String)`
            Node::Call(call) => {
                let call = self.graph.call(call).cloned();
                let kept = call.filter(|it| {
                    let is_callback =
                        |arg: &crate::flow::graph::Arg| matches!(self.graph.get(arg.value), Node::Function(_));
                    match self.graph.text(it.name) {
                        "filter" | "slice" | "reverse" | "sort" => true,
                        "map" => !self.graph.args_of(it).iter().any(is_callback),
                        _ => false,
                    }
                });
                match kept.and_then(|it| it.receiver) {
                    Some(receiver) => self.items(receiver, depth + 1),
                    None => vec![self.node(Node::Element(list), span)],
                }
            }
            _ => vec![self.node(Node::Element(list), span)],
        }
    }

    /// `"… %s …" % values` of Python.
    pub(super) fn formatted(&mut self, format: NodeId, values: NodeId, span: Span) -> NodeId {
        let Some(text) = self.graph.constant(format).map(str::to_owned) else {
            return self.node(Node::Plain, span);
        };
        let list = match self.graph.get(values) {
            Node::List(run) => self.graph.list(run).to_vec(),
            _ => vec![values],
        };
        let mut parts = Vec::new();
        let mut values_left = list.into_iter();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            parts.push(self.text_node(before, span));
            if let Some(after) = after.strip_prefix('%') {
                parts.push(self.text_node("%", span));
                rest = after;
                continue;
            }
            let (key, after) = match after.strip_prefix('(').and_then(|it| it.split_once(')')) {
                Some((key, after)) => (Some(key), after),
                None => (None, after),
            };
            let end = after.find(|c: char| c.is_ascii_alphabetic()).map_or(after.len(), |at| at + 1);
            let kind = after.get(..end).and_then(|it| it.chars().last());
            rest = after.get(end..).unwrap_or_default();
            let value = match key {
                Some(key) => {
                    let name = self.name(key);
                    Some(self.field(values, name, span))
                }
                None => values_left.next(),
            };
            match (kind, value) {
                (Some('s' | 'r' | 'a'), Some(value)) => parts.push(value),
                _ => parts.push(self.graph.node(Node::Plain, span)),
            }
        }
        parts.push(self.text_node(rest, span));
        self.concat(parts, span)
    }

    /// `"… {} …".format(values)` of Python.
    pub(super) fn filled(&mut self, format: NodeId, args: &[(NameId, NodeId, Span)], span: Span) -> Option<NodeId> {
        let Some(text) = self.graph.constant(format).map(str::to_owned) else {
            let mut parts = vec![format];
            parts.extend(args.iter().map(|(_, value, _)| *value));
            return Some(self.concat(parts, span));
        };
        let mut parts = Vec::new();
        let mut next = 0;
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            parts.push(self.text_node(before, span));
            if let Some(after) = after.strip_prefix('{') {
                rest = after;
                continue;
            }
            let Some((field, after)) = after.split_once('}') else { break };
            rest = after;
            let name = field.split([':', '!', '.', '[']).next().unwrap_or_default();
            let positional =
                |at: usize| args.iter().filter(|(name, ..)| *name == NO_NAME).nth(at).map(|(_, value, _)| *value);
            let value = if name.is_empty() {
                next += 1;
                positional(next - 1)
            } else if let Ok(at) = name.parse::<usize>() {
                positional(at)
            } else {
                let name = self.graph.named(name);
                name.and_then(|name| args.iter().find(|(it, ..)| *it == name)).map(|(_, value, _)| *value)
            };
            parts.push(value.unwrap_or(NodeId(0)));
        }
        parts.push(self.text_node(rest, span));
        Some(self.concat(parts, span))
    }
}
