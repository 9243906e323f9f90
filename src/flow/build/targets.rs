//! Assignments: names, patterns, fields and elements that get a value.

use super::Builder;
use crate::flow::graph::{NO_NAME, NameId, Node, NodeId, Store, TypeId};
use crate::lower::{ExprId, ExprKind, Key, Op};
use crate::text::Span;

/// Patterns inside of patterns.
const MAX_PATTERN: u32 = 16;

impl Builder<'_, '_> {
    pub(super) fn assignment(&mut self, target: ExprId, value: ExprId, op: Option<Op>, span: Span) -> NodeId {
        let node = self.value(value);
        let node = match op {
            None => node,
            Some(op) => {
                let old = self.current(target);
                match op {
                    Op::Add => match (self.graph.get(old), self.graph.get(node)) {
                        (Node::List(_) | Node::With { .. }, _) | (_, Node::List(_)) => {
                            let spread = self.node(Node::Spread(node), span);
                            self.node(Node::With { base: old, name: NO_NAME, value: spread }, span)
                        }
                        _ => self.concat(vec![old, node], span),
                    },
                    Op::Or | Op::And | Op::Nullish => self.choice(&[old, node], span),
                    _ => {
                        let plain = self.node(Node::Plain, span);
                        self.choice(&[old, plain], span)
                    }
                }
            }
        };
        self.assign_at(target, node, span, 0);
        node
    }

    /// What a target holds before it is written.
    fn current(&mut self, target: ExprId) -> NodeId {
        let span = self.module.span(target);
        match self.module.kind(target) {
            ExprKind::Name(_) => match self.module.binding(target) {
                Some(binding) => self.read(binding, span),
                None => self.unknown(),
            },
            ExprKind::Field { base, name } => {
                let name = self.name(name);
                match self.module.class_of_self(base) {
                    Some(class) => self.node(Node::Attribute { class: TypeId(class.0), name }, span),
                    None => {
                        let base = self.value(base);
                        self.field(base, name, span)
                    }
                }
            }
            ExprKind::Index { base, .. } => {
                let base = self.value(base);
                self.node(Node::Element(base), span)
            }
            _ => self.unknown(),
        }
    }

    pub(super) fn assign(&mut self, target: ExprId, value: NodeId) {
        self.assign_at(target, value, self.module.span(target), 0);
    }

    fn assign_at(&mut self, target: ExprId, value: NodeId, span: Span, depth: u32) {
        if depth > MAX_PATTERN || !self.step() {
            return;
        }
        match self.module.kind(target) {
            ExprKind::Name(_) => {
                if let Some(binding) = self.module.binding(target) {
                    self.write(binding, value, span);
                }
            }
            // A default.
            ExprKind::Assign { target, value: default, .. } => {
                let default = match self.module.kind(default) {
                    ExprKind::Function(_) | ExprKind::Class(_) => self.unknown(),
                    _ => self.eval(default),
                };
                let both = self.choice(&[value, default], span);
                // The default matters only where it is not a plain value.
                let value = match self.graph.get(default) {
                    Node::Plain | Node::Truth(_) | Node::Text(_) | Node::Unknown => value,
                    _ => both,
                };
                self.assign_at(target, value, span, depth + 1);
            }
            ExprKind::Object(list) => {
                for pair in self.module.pairs(list).to_vec() {
                    let at = self.module.span(pair.value);
                    match pair.key {
                        Some(Key::Plain(name, _)) => {
                            let name = self.name(name);
                            let part = self.field(value, name, at);
                            self.assign_at(pair.value, part, at, depth + 1);
                        }
                        Some(Key::Computed(_)) => {
                            let part = self.node(Node::Element(value), at);
                            self.assign_at(pair.value, part, at, depth + 1);
                        }
                        None => self.assign_at(pair.value, value, at, depth + 1),
                    }
                }
            }
            ExprKind::List(list) => {
                let items = self.module.exprs_of(list).to_vec();
                let known = match self.graph.get(value) {
                    Node::List(run)
                        if !self.graph.list(run).iter().any(|it| matches!(self.graph.get(*it), Node::Spread(_))) =>
                    {
                        self.graph.list(run).to_vec()
                    }
                    _ => Vec::new(),
                };
                for (at, item) in items.into_iter().enumerate() {
                    let part = match (known.get(at), self.module.kind(item)) {
                        (Some(part), _) => *part,
                        (None, ExprKind::Spread(_)) => value,
                        (None, _) => {
                            let place = self.module.span(item);
                            let name = self.name(&at.to_string());
                            self.field(value, name, place)
                        }
                    };
                    self.assign_at(item, part, span, depth + 1);
                }
            }
            ExprKind::Spread(inner) => self.assign_at(inner, value, span, depth + 1),
            ExprKind::Field { base, name } => {
                let name = self.name(name);
                if let Some(class) = self.module.class_of_self(base) {
                    self.store_attribute(TypeId(class.0), name, value, span);
                    return;
                }
                let node = self.value(base);
                let with = self.node(Node::With { base: node, name, value }, span);
                self.write_back(base, with, span);
            }
            ExprKind::Index { base, index } => {
                let node = self.value(base);
                let name = match self.graph.constant(self.value(index)).map(str::to_owned) {
                    Some(key) => self.name(&key),
                    None => NO_NAME,
                };
                let with = self.node(Node::With { base: node, name, value }, span);
                self.write_back(base, with, span);
            }
            _ => {}
        }
    }

    pub(super) fn store_attribute(&mut self, class: TypeId, name: NameId, value: NodeId, span: Span) {
        let at = self.at;
        let stores = self.graph.attributes.entry((class, name)).or_default();
        if stores.len() < 32 && !stores.iter().any(|it| it.value == value) {
            stores.push(Store { value, at, span });
        }
    }
}
