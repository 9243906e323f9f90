//! Functions, types, constants and attributes of Rust.

use super::{Field, Kind, State, Tree, made};
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;

impl<'a> State<'a> {
    pub(super) fn function(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let Some(function) = tree.functions.get(&id).copied() else { return Made::Nothing };
        let scope = tree.b.module.function(function).map_or(ScopeId(0), |it| it.scope);
        let params = self.params(tree, id, function, scope);
        let returns = tree.expr_in(id, Field::ReturnType);
        let body = self.body(tree, id);
        let name = tree.child(id, Field::Name).map(|name| (tree.text(name), tree.span(name)));
        let expr = tree.new_expr(id, ExprKind::Function(function));
        if let Some((name, span)) = name {
            let around = tree.scope(id);
            let is_free = tree.b.module.function(function).is_none_or(|it| it.class.is_none());
            if is_free {
                tree.b.declare(around, name, span.start, Definition::Function(function));
                if around == ScopeId(0) {
                    tree.b.export(name, Exported::Value(expr));
                }
            }
        }
        if let Some(it) = tree.b.module.functions.get_mut(function.index()) {
            it.name = name.map(|name| name.0);
            it.name_span = name.map_or(it.span, |name| name.1);
            it.is_static = it.class.is_some() && !params.iter().any(|param| param.kind == ParamKind::Receiver);
            it.params = params;
            it.body = body;
            it.returns = returns;
            it.doc_comment = self.docs.get(&id).copied();
            it.expr = Some(expr);
        }
        Made::Expr(expr)
    }

    fn params(&mut self, tree: &mut Tree<'a>, id: SyntaxId, function: FunctionId, scope: ScopeId) -> Vec<Param<'a>> {
        let mut params = Vec::new();
        let Some(list) = tree.child(id, Field::Parameters) else { return params };
        let children: Vec<_> = tree.children(list).collect();
        for child in children {
            let kind = match tree.kind(child) {
                Kind::SelfParameter => ParamKind::Receiver,
                Kind::AttributeItem => continue,
                _ => ParamKind::Normal,
            };
            let (target, annotation) = match tree.kind(child) {
                Kind::SelfParameter => (
                    tree.children(child).find(|it| tree.kind(*it) == Kind::SelfValue).and_then(|it| tree.expr(it)),
                    None,
                ),
                Kind::Parameter => (tree.expr_in(child, Field::Pattern), tree.expr_in(child, Field::Type)),
                _ => (tree.expr(child), None),
            };
            let Some(target) = target else { continue };
            let (name, kind) = match tree.b.module.kind(target) {
                ExprKind::Name(name) => (Some(name), kind),
                ExprKind::This => (Some("self"), ParamKind::Receiver),
                _ => (None, kind),
            };
            let index = u32::try_from(params.len()).unwrap_or(u32::MAX);
            self.declare_pattern(tree, scope, target, Definition::Param { function, index });
            let span = tree.b.module.span(target);
            params.push(Param { name, span, target, annotation, default: None, kind });
        }
        params
    }

    /// The statements of a function; what it ends with is what it returns.
    fn body(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Block {
        let body = match tree.kind(id) {
            Kind::AsyncBlock => tree.children(id).find(|child| tree.kind(*child) == Kind::Block),
            _ => tree.child(id, Field::Body),
        };
        let Some(body) = body else { return Block::default() };
        if tree.kind(body) == Kind::Block {
            return tree.block_of(body);
        }
        let mut stmts = self.hoisted(tree, body, None);
        match (tree.made(body), self.value(tree, body)) {
            (_, Some(value)) => {
                let span = tree.span(body);
                stmts.push(tree.b.stmt(span, StmtKind::Return(Some(value))));
            }
            (Made::Stmt(stmt), None) if !stmts.contains(&stmt) => stmts.push(stmt),
            _ => {}
        }
        tree.b.block(&stmts)
    }

    /// A type, or what is implemented for one.
    pub(super) fn class(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let Some(class) = tree.classes.get(&id).copied() else { return Made::Nothing };
        let kind = tree.kind(id);
        let fields = self.fields(tree, id);
        for field in &fields {
            if let Some(annotation) = field.annotation {
                let definition = Definition::Typed(annotation);
                tree.b.module.attributes.push(Attribute { class, name: field.name, definition });
            }
        }
        let base = tree.expr_in(id, Field::Trait);
        let expr = tree.new_expr(id, ExprKind::Class(class));
        let name = tree.child(id, Field::Name).filter(|_| kind != Kind::Impl);
        if let Some(name) = name {
            let (text, at, around) = (tree.text(name), tree.span(name).start, tree.scope(id));
            tree.b.declare(around, text, at, Definition::Class(class));
            if around == ScopeId(0) {
                tree.b.export(text, Exported::Value(expr));
            }
        }
        if let Some(it) = tree.b.module.classes.get_mut(class.index()) {
            it.bases.extend(base);
            if kind != Kind::Impl {
                it.fields = fields;
                it.expr = Some(expr);
                it.doc_comment = self.docs.get(&id).copied();
            } else if it.expr.is_none() {
                it.expr = Some(expr);
            }
        }
        Made::Expr(expr)
    }

    fn fields(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Vec<FieldDecl<'a>> {
        let mut fields = Vec::new();
        let Some(body) = tree.child(id, Field::Body) else { return fields };
        let children: Vec<_> = tree.children(body).collect();
        for child in children {
            if !matches!(tree.kind(child), Kind::FieldDeclaration | Kind::EnumVariant) {
                continue;
            }
            let Some(name) = tree.child(child, Field::Name) else { continue };
            let mut decorators = self.decorators.remove(&child).unwrap_or_default();
            decorators.reverse();
            let decorators = tree.b.exprs(&decorators);
            fields.push(FieldDecl {
                name: tree.text(name),
                span: tree.span(name),
                annotation: tree.expr_in(child, Field::Type),
                value: self.value_in(tree, child),
                doc_comment: self.docs.get(&child).copied(),
                decorators,
            });
        }
        fields
    }

    fn value_in(&self, tree: &Tree<'a>, id: SyntaxId) -> Option<ExprId> {
        tree.child(id, Field::Value).and_then(|value| self.value(tree, value))
    }

    /// `const` and `static`.
    pub(super) fn constant(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let (Some(name), Some(value)) = (tree.child(id, Field::Name), self.value_in(tree, id)) else {
            return Made::Nothing;
        };
        let target = tree.expr_or_opaque(name);
        let (text, at, scope) = (tree.text(name), tree.span(name).start, tree.scope(id));
        tree.b.declare(scope, text, at, Definition::Value(value));
        if let Some(annotation) = tree.expr_in(id, Field::Type) {
            tree.b.declare(scope, text, at, Definition::Typed(annotation));
        }
        if scope == ScopeId(0) {
            tree.b.export(text, Exported::Value(value));
        }
        made(tree, id, ExprKind::Assign { target, value, op: None })
    }

    pub(super) fn attribute_item(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let attribute = tree.children(id).find(|child| tree.kind(*child) == Kind::Attribute);
        if let (Some(expr), Some(item)) = (attribute.and_then(|it| tree.expr(it)), self.attribute_of.get(&id)) {
            self.decorators.entry(*item).or_default().push(expr);
        }
        Made::Nothing
    }

    /// `name`, `name(arguments)`, `name = value`.
    pub(super) fn attribute(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let tokens = tree.child(id, Field::Arguments);
        let value = tree.child(id, Field::Value);
        let callee = tree
            .children(id)
            .find(|child| Some(*child) != tokens && Some(*child) != value && tree.expr(*child).is_some());
        let Some(callee) = callee.and_then(|it| tree.expr(it)) else { return Made::Nothing };
        let args: Vec<Arg<'a>> = match (tokens, value) {
            (Some(tokens), _) => self.arguments(tokens),
            (None, Some(value)) => self.value(tree, value).into_iter().map(|value| Arg { name: None, value }).collect(),
            (None, None) => return Made::Expr(callee),
        };
        let args = tree.b.args(&args);
        made(tree, id, ExprKind::Call { callee, args, form: CallForm::Macro })
    }

    /// Join what lies apart: attributes and their items, fields and what is written to them.
    pub(super) fn finish(mut self, tree: &mut Tree<'a>) {
        let mut decorators: Vec<_> = std::mem::take(&mut self.decorators).into_iter().collect();
        decorators.sort_unstable_by_key(|it| it.0);
        for (id, mut exprs) in decorators {
            exprs.reverse();
            let module = &mut tree.b.module;
            let function = tree.functions.get(&id).and_then(|it| module.functions.get_mut(it.index()));
            if let Some(function) = function {
                function.decorators = exprs;
            } else if let Some(class) = tree.classes.get(&id).and_then(|it| module.classes.get_mut(it.index())) {
                class.decorators.extend(exprs);
            }
        }
        for (base, name, definition) in std::mem::take(&mut self.written).into_iter().rev() {
            let class = tree.b.module.scopes_around(base).take(64).find_map(|scope| match scope.kind {
                ScopeKind::Class(class) => Some(class),
                _ => None,
            });
            if let Some(class) = class {
                tree.b.module.attributes.push(Attribute { class, name, definition });
            }
        }
        self.blocks.finish(&mut tree.b);
    }
}
