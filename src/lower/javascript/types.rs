//! TypeScript's types, as expressions where they say what an instance is, and its declarations of types.

use super::expressions::plain_key;
use super::kinds::{Field, Kind};
use super::{Lowering, Tree};
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;

impl<'a> Lowering<'a> {
    pub(super) fn type_expression(&mut self, tree: &mut Tree<'a>, id: SyntaxId, kind: Kind) -> Option<Made> {
        let made = match kind {
            Kind::TypeAnnotation | Kind::ParenthesizedType | Kind::ReadonlyType | Kind::LiteralType => {
                return Some(tree.first_expr(id).map_or(Made::Nothing, Made::Expr));
            }
            Kind::PredefinedType => ExprKind::Name(tree.text(id)),
            Kind::NestedTypeIdentifier => {
                let [module, name] = tree.pick(id, [Field::Module, Field::Name]);
                let base = tree.expr_or(module, id);
                ExprKind::Field { base, name: name.map_or("", |name| tree.text(name)) }
            }
            Kind::GenericType => {
                let [name, arguments] = tree.pick(id, [Field::Name, Field::TypeArguments]);
                let base = tree.expr_or(name, id);
                ExprKind::Index { base, index: tree.expr_or(arguments, id) }
            }
            Kind::TypeArguments => {
                let mut exprs = tree.children(id).filter_map(|child| tree.expr(child));
                let (first, second) = (exprs.next(), exprs.next());
                drop(exprs);
                match (first, second) {
                    (Some(only), None) => return Some(Made::Expr(only)),
                    (None, _) => return Some(Made::Nothing),
                    _ => ExprKind::List(self.child_list(tree, id)),
                }
            }
            Kind::UnionType => return Some(alternatives(tree, id, Op::Or)),
            Kind::IntersectionType => return Some(alternatives(tree, id, Op::Other)),
            Kind::ArrayType => {
                let index = tree.first_expr(id);
                let base = tree.new_expr(id, ExprKind::Name("Array"));
                match index {
                    Some(index) => ExprKind::Index { base, index },
                    None => return Some(Made::Expr(base)),
                }
            }
            Kind::TupleType => ExprKind::List(self.child_list(tree, id)),
            Kind::TypeQuery => match tree.first_expr(id) {
                Some(operand) => ExprKind::Unary { op: UnaryOp::TypeOf, operand },
                None => return Some(Made::Nothing),
            },
            Kind::LookupType => {
                let exprs = tree.child_exprs(id);
                match exprs.as_slice() {
                    [base, index] => ExprKind::Index { base: *base, index: *index },
                    _ => return None,
                }
            }
            Kind::ObjectType | Kind::InterfaceBody => {
                let mut pairs = std::mem::take(&mut self.pairs);
                let mut next = tree.after(id, None);
                while let Some(child) = next {
                    next = tree.after(id, next);
                    let [name] = tree.pick(child, [Field::Name]);
                    let key = name.and_then(|name| plain_key(tree, name));
                    if let (Some(key), Kind::PropertySignature | Kind::MethodSignature) = (key, tree.kind(child)) {
                        let value = tree.expr_or_opaque(child);
                        pairs.push(Pair { key: Some(key), value });
                    }
                }
                let list = tree.b.pairs(&pairs);
                pairs.clear();
                self.pairs = pairs;
                ExprKind::Object(list)
            }
            Kind::PropertySignature => {
                let [annotation] = tree.pick(id, [Field::Type]);
                let made = annotation.and_then(|annotation| tree.expr(annotation));
                return Some(made.map_or(Made::Nothing, Made::Expr));
            }
            Kind::MethodSignature => return Some(Made::Nothing),
            _ => return None,
        };
        Some(Made::Expr(tree.new_expr(id, made)))
    }

    /// An interface, and an alias of an object type, has fields like a class. Another alias is its type.
    pub(super) fn type_declaration(&mut self, tree: &mut Tree<'a>, id: SyntaxId, kind: Kind) -> Made {
        let Some(class) = tree.classes.get(&id).copied() else { return tree.opaque(id) };
        let [name, body, value] = tree.pick(id, [Field::Name, Field::Body, Field::Value]);
        let Some(name) = name else { return Made::Nothing };
        let mut bases = Vec::new();
        let mut fields = Vec::new();
        if kind == Kind::Interface {
            for clause in tree.children(id).filter(|child| tree.kind(*child) == Kind::ExtendsType) {
                bases.extend(tree.child_exprs(clause));
            }
            if let Some(body) = body {
                self.fields(tree, body, &mut fields);
            }
        }
        let mut definition = Definition::Class(class);
        if let Some(value) = value {
            // From the left to the right, what is joined in the order of the text.
            match tree.kind(value) {
                Kind::ObjectType => self.fields(tree, value, &mut fields),
                Kind::IntersectionType => self.joined(tree, value, &mut bases, &mut fields),
                _ => {
                    if let Some(value) = tree.expr(value) {
                        definition = Definition::Value(value);
                    }
                }
            }
        }
        let text = tree.text(name);
        if let Some(it) = tree.b.module.classes.get_mut(class.index()) {
            it.name = Some(text);
            it.bases = bases;
            it.fields = fields;
        }
        self.declare_weakly(tree, id, name, definition);
        Made::Nothing
    }

    fn joined(&mut self, tree: &Tree<'a>, id: SyntaxId, bases: &mut Vec<ExprId>, fields: &mut Vec<FieldDecl<'a>>) {
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            match tree.kind(id) {
                Kind::IntersectionType => {
                    let mut children: Vec<_> = tree.children(id).collect();
                    children.reverse();
                    open.extend(children);
                }
                Kind::ObjectType => self.fields(tree, id, fields),
                _ => bases.extend(tree.expr(id)),
            }
        }
    }

    fn fields(&mut self, tree: &Tree<'a>, body: SyntaxId, fields: &mut Vec<FieldDecl<'a>>) {
        for child in tree.children(body) {
            if !matches!(tree.kind(child), Kind::PropertySignature | Kind::MethodSignature) {
                continue;
            }
            let [name] = tree.pick(child, [Field::Name]);
            let Some(Key::Plain(name, span)) = name.and_then(|name| plain_key(tree, name)) else { continue };
            fields.push(FieldDecl {
                name,
                span,
                annotation: tree.expr(child),
                value: None,
                doc_comment: self.docs.get(&child).copied(),
                decorators: List::default(),
            });
        }
    }
}

/// `A | B`, `A & B`.
fn alternatives(tree: &mut Tree<'_>, id: SyntaxId, op: Op) -> Made {
    let mut all: Option<ExprId> = None;
    let mut next = tree.after(id, None);
    while let Some(child) = next {
        next = tree.after(id, next);
        let Some(right) = tree.expr(child) else { continue };
        all = Some(match all {
            Some(left) => tree.new_expr(id, ExprKind::Binary { op, left, right }),
            None => right,
        });
    }
    all.map_or(Made::Nothing, Made::Expr)
}
