//! Patterns of Rust as targets of assignments.

use super::scopes::is_variable;
use super::{Field, Kind, State, Tree, first, made};
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;

impl<'a> State<'a> {
    pub(super) fn pattern(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        match tree.kind(id) {
            Kind::TuplePattern | Kind::SlicePattern | Kind::OrPattern | Kind::CapturedPattern => {
                let parts = tree.child_exprs(id);
                list(tree, id, &parts)
            }
            // `Some(x)` is as good as `x`; what is in `Err(x)` is another thing than what was meant.
            Kind::TupleStructPattern => {
                let callee = tree.child(id, Field::Type);
                let parts: Vec<_> =
                    tree.children(id).filter(|child| Some(*child) != callee).filter_map(|it| tree.expr(it)).collect();
                let is_error = callee.is_some_and(|it| tree.text(it) == "Err");
                match parts.as_slice() {
                    [only] if !is_error => Made::Expr(*only),
                    parts => list(tree, id, parts),
                }
            }
            Kind::StructPattern => {
                let children: Vec<_> = tree.children(id).collect();
                let mut pairs = Vec::new();
                for child in children {
                    if tree.kind(child) != Kind::FieldPattern {
                        continue;
                    }
                    let name = tree.child(child, Field::Name);
                    if let (Some(name), Some(value)) = (name, tree.expr(child)) {
                        let key = Some(Key::Plain(tree.text(name), tree.span(name)));
                        pairs.push(Pair { key, value });
                    }
                }
                let pairs = tree.b.pairs(&pairs);
                made(tree, id, ExprKind::Object(pairs))
            }
            Kind::FieldPattern => {
                let inner = tree.expr_in(id, Field::Pattern).or_else(|| tree.expr_in(id, Field::Name));
                inner.map_or(Made::Nothing, Made::Expr)
            }
            Kind::MatchPattern => {
                let condition = tree.child(id, Field::Condition);
                let inner = tree.children(id).filter(|child| Some(*child) != condition);
                inner.map(|it| tree.made(it)).find(|made| *made != Made::Nothing).unwrap_or(Made::Nothing)
            }
            _ => first(tree, id),
        }
    }

    /// Declare the names of a pattern. Constants and variants that it compares with are none.
    pub(super) fn declare_pattern(
        &self,
        tree: &mut Tree<'a>,
        scope: ScopeId,
        target: ExprId,
        definition: Definition<'a>,
    ) {
        match tree.b.module.kind(target) {
            ExprKind::Name(name) if !is_variable(name) => {}
            _ => tree.b.declare_target(scope, target, definition),
        }
    }
}

fn list(tree: &mut Tree<'_>, id: SyntaxId, parts: &[ExprId]) -> Made {
    let parts = tree.b.exprs(parts);
    made(tree, id, ExprKind::List(parts))
}
