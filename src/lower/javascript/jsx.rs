//! Elements of JSX: a call of the tag, with the attributes as named arguments and the children behind them.

use super::kinds::{Field, Kind};
use super::{Lowering, Tree};
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;

impl<'a> Lowering<'a> {
    pub(super) fn element(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
        let opening = match tree.kind(id) {
            Kind::JsxElement => tree.pick(id, [Field::OpenTag])[0],
            _ => Some(id),
        };
        let mut args = std::mem::take(&mut self.args);
        let name = opening.and_then(|opening| tree.pick(opening, [Field::Name])[0]);
        let callee = tree.expr_or(name, id);
        if let Some(opening) = opening {
            for child in tree.children(opening).filter(|child| tree.field(*child) == Field::Attribute) {
                let Some(value) = tree.expr(child) else { continue };
                let name = match tree.kind(child) {
                    Kind::JsxAttribute => tree.children(child).next().map(|name| tree.text(name)),
                    _ => None,
                };
                args.push(Arg { name, value });
            }
        }
        if tree.kind(id) == Kind::JsxElement {
            let inner = tree.children(id).filter_map(|child| tree.expr(child));
            args.extend(inner.map(|value| Arg { name: None, value }));
        }
        let list = tree.b.args(&args);
        args.clear();
        self.args = args;
        ExprKind::Call { callee, args: list, form: CallForm::Call }
    }
}

/// The value of an attribute; one without is true. Names of namespaces are names.
pub(super) fn attribute(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    if tree.kind(id) == Kind::JsxNamespaceName {
        return match tree.field(id) {
            Field::Name => {
                let name = tree.text(id);
                Made::Expr(tree.new_expr(id, ExprKind::Name(name)))
            }
            _ => Made::Nothing,
        };
    }
    let value = tree.children(id).skip(1).find_map(|child| tree.expr(child));
    match value {
        Some(value) => Made::Expr(value),
        None => Made::Expr(tree.new_expr(id, ExprKind::Bool(true))),
    }
}
