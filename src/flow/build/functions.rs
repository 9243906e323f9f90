//! Functions, their parameters, classes.

use super::{Builder, MAX_DEPTH};
use crate::flow::graph::{Class, Decorator, FunId, Function, NO_NAME, Node, NodeId, Param, TypeId};
use crate::lower::{ClassId, ExprId, ExprKind, FunctionId, ParamKind, StmtKind};
use crate::text::Span;

/// Methods of collections that call a function with an element.
const WITH_ELEMENTS: &[&str] = &["map", "forEach", "filter", "find", "findIndex", "some", "every", "flatMap", "each"];
/// Methods that call a function with the value itself.
const WITH_VALUE: &[&str] = &["then", "tap", "pipe", "andThen"];

impl Builder<'_, '_> {
    /// The frames of all functions, before any is walked through.
    pub(super) fn declare_functions(&mut self) {
        for function in &self.module.functions {
            let name = function.name.unwrap_or_default();
            let name = self.graph.name(name);
            let params = function
                .params
                .iter()
                .map(|param| Param {
                    name: self.graph.name(param.name.unwrap_or_default()),
                    span: param.span,
                    kind: param.kind,
                    annotation: None,
                    annotation_path: NO_NAME,
                })
                .collect();
            self.graph.functions.push(Function {
                name,
                span: function.span,
                class: function.class.map(|class| TypeId(class.0)),
                params,
                exits: Vec::new(),
                decorators: Vec::new(),
                parent: FunId(0),
                conds: (0, 0),
            });
        }
    }

    pub(super) fn declare_classes(&mut self) {
        for class in &self.module.classes {
            let methods = class.methods.iter().map(|it| FunId(it.0)).collect();
            self.graph.classes.push(Class { bases: Vec::new(), methods, fields: Vec::new() });
        }
    }

    /// The value that names a type: a name of this file, of another, or nothing.
    fn type_node(&mut self, annotation: ExprId) -> NodeId {
        let bare = self.module.bare_type(annotation);
        let bare = match self.module.kind(bare) {
            ExprKind::Index { base, .. } => base,
            _ => bare,
        };
        match self.module.kind(bare) {
            ExprKind::Name(_) | ExprKind::Field { .. } => self.eval(bare),
            // A type that is written as a text, because it is declared further down.
            ExprKind::Str { .. } => {
                let name = self.module.string(bare).unwrap_or_default();
                let known = self.module.bindings.iter().position(|it| it.scope.0 == 0 && it.name == name);
                match known {
                    Some(at) => {
                        let id = crate::lower::BindingId(u32::try_from(at).unwrap_or(u32::MAX));
                        self.read(id, self.module.span(bare))
                    }
                    None => self.unknown(),
                }
            }
            _ => self.unknown(),
        }
    }

    /// Walk through a function where it stands.
    pub(super) fn function_at(&mut self, id: FunctionId) {
        let Some(function) = self.module.function(id) else { return };
        let Some(done) = self.done.get_mut(id.index()) else { return };
        if *done && self.loops == 0 {
            return;
        }
        *done = true;
        if self.depth > MAX_DEPTH {
            self.graph.is_cut = true;
            return;
        }
        self.depth += 1;
        let (outer, outer_loops) = (self.function, self.loops);
        self.function = FunId(id.0);
        self.loops = 0;
        let written = self.environment.mark();
        let mark = self.conditions();
        let first = NodeId::of(self.graph.conds.len()).0;
        let mut decorators = Vec::new();
        for decorator in &function.decorators {
            let (callee, first) = match self.module.kind(*decorator) {
                ExprKind::Call { callee, args, .. } => (callee, self.module.args(args).first().map(|arg| arg.value)),
                _ => (*decorator, None),
            };
            let path = self.module.path(callee);
            let first = first.and_then(|first| self.module.string(first)).unwrap_or_default();
            decorators.push(Decorator { path: self.graph.name(&path), first: self.graph.name(&first) });
        }
        let params = function.params.clone();
        for (index, param) in params.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let annotation = param.annotation.map(|annotation| self.type_node(annotation));
            let annotation_path = match param.annotation {
                Some(annotation) => {
                    let path = self.module.path(self.module.bare_type(annotation));
                    self.graph.name(&path)
                }
                None => NO_NAME,
            };
            if let Some(slot) =
                self.graph.functions.get_mut(id.index()).and_then(|it| it.params.get_mut(index as usize))
            {
                slot.annotation = annotation;
                slot.annotation_path = annotation_path;
            }
            if param.kind == ParamKind::Receiver {
                continue;
            }
            let node = match self.bound.get(&(id, index)) {
                Some(node) => *node,
                None => self.node(Node::Param { function: FunId(id.0), index }, param.span),
            };
            self.assign(param.target, node);
            // `constructor(private client: Client)` declares a field, too.
            if let (Some(name), Some(class)) = (param.name, function.class)
                && function.name == Some("constructor")
                && self.module.attribute(class, name).is_some()
            {
                let name = self.name(name);
                let is_written = self.graph.attributes.contains_key(&(TypeId(class.0), name));
                if !is_written {
                    self.store_attribute(TypeId(class.0), name, node, param.span);
                }
            }
        }
        if let Some(it) = self.graph.functions.get_mut(id.index()) {
            it.decorators = decorators;
            it.parent = outer;
            it.exits.clear();
        }
        let end = self.block(function.body);
        if end == super::statements::End::Falls {
            self.exit(None, Span::at(function.span.end));
        }
        self.forget(mark);
        let last = NodeId::of(self.graph.conds.len()).0;
        if let Some(it) = self.graph.functions.get_mut(id.index()) {
            it.conds = (first, last);
        }
        self.environment.take_back(written);
        self.function = outer;
        self.loops = outer_loops;
        self.depth -= 1;
    }

    /// Walk through what a class declares.
    pub(super) fn class_at(&mut self, id: ClassId) {
        let Some(class) = self.module.class(id) else { return };
        if self.depth > MAX_DEPTH {
            self.graph.is_cut = true;
            return;
        }
        let type_id = TypeId(id.0);
        let bases: Vec<NodeId> = class.bases.iter().map(|base| self.type_node(*base)).collect();
        let mut fields = Vec::new();
        for field in class.fields.clone() {
            let name = self.name(field.name);
            let annotation = field.annotation.map(|annotation| self.type_node(annotation));
            fields.push((name, annotation));
        }
        if let Some(it) = self.graph.classes.get_mut(id.index()) {
            it.bases = bases;
            it.fields = fields;
        }
        let stmts: Vec<_> = self.module.block(class.body).collect();
        for stmt in stmts {
            let StmtKind::Expr(expr) = stmt.kind else { continue };
            let (target, value) = match self.module.kind(expr) {
                ExprKind::Assign { target, value, op: None } => (Some(target), value),
                _ => (None, expr),
            };
            let node = self.eval(value);
            if let Some(target) = target
                && let ExprKind::Name(name) | ExprKind::Field { name, .. } = self.module.kind(target)
                && !matches!(self.graph.get(node), Node::Function(_))
            {
                let name = self.name(name);
                self.store_attribute(type_id, name, node, stmt.span);
            }
        }
        for field in class.fields.clone() {
            if let Some(value) = field.value {
                let node = self.eval(value);
                let name = self.name(field.name);
                if !matches!(self.graph.get(node), Node::Function(_)) || !class.methods.is_empty() {
                    self.store_attribute(type_id, name, node, field.span);
                }
            }
        }
        for method in class.methods.clone() {
            self.function_at(method);
        }
    }

    /// What the functions among the arguments of a call are called with.
    pub(super) fn bind_callbacks(&mut self, id: ExprId) {
        let ExprKind::Call { callee, args, .. } = self.module.kind(id) else { return };
        let ExprKind::Field { base, name } = self.module.kind(callee) else { return };
        let span = self.module.span(id);
        let receiver = self.value(base);
        // `lodash.map(list, f)`: what a library calls with what, the tables say.
        if matches!(self.graph.get(receiver), Node::Import { .. }) {
            return;
        }
        let node = if WITH_ELEMENTS.contains(&name) {
            self.node(Node::Element(receiver), span)
        } else if WITH_VALUE.contains(&name) {
            receiver
        } else {
            return;
        };
        for arg in self.module.args(args).to_vec() {
            if let ExprKind::Function(function) = self.module.kind(arg.value) {
                self.bound.insert((function, 0), node);
            }
        }
    }
}
