//! Values that stand in for one that is missing: `options.host || "x"`, `secret ?? "x"`, `settings.get("host", "x")`,
//! `if not secret: secret = "x"`. What stands in for a variable of the environment is asked of `environment`.

use super::environment::is_environment;
use super::source::{Named, NamedKind};
use crate::lower::{ExprId, ExprKind, Module, Op, StmtKind, UnaryOp};
use crate::text::Span;

pub(super) fn fallbacks<'a>(module: &Module<'a>, out: &mut Vec<Named<'a>>) {
    for (at, expr) in module.exprs.iter().enumerate() {
        let id = ExprId(u32::try_from(at).unwrap_or(u32::MAX));
        let found = match expr.kind {
            ExprKind::Binary { op: Op::Or | Op::Nullish, left, right } => named(module, left).map(|it| (it, right)),
            ExprKind::Call { callee, args, .. } => looked_up(module, callee, args),
            _ => None,
        };
        if let Some(((name, name_span), value)) = found {
            let span = module.span(id);
            out.push(Named { kind: NamedKind::Fallback, name, name_span, value, owner: None, span });
        }
    }
    for function in &module.functions {
        for stmt in module.statements(function.body) {
            let StmtKind::If { condition, then, .. } = stmt.kind else { continue };
            let Some(missing) = missing(module, condition) else { continue };
            let wanted = module.span(missing).slice(module.text);
            for inner in module.block(then).take(4) {
                if let StmtKind::Expr(assigned) = inner.kind
                    && let ExprKind::Assign { target, value, op: None } = module.kind(assigned)
                    && module.span(target).slice(module.text) == wanted
                    && let Some((name, name_span)) = named(module, target)
                {
                    let span = module.span(assigned);
                    out.push(Named { kind: NamedKind::Fallback, name, name_span, value, owner: None, span });
                }
            }
        }
    }
}

/// What a condition says is missing: `not x`, `x is None`, `x == ""`.
fn missing(module: &Module<'_>, condition: ExprId) -> Option<ExprId> {
    match module.kind(condition) {
        ExprKind::Unary { op: UnaryOp::Not, operand } => Some(operand),
        ExprKind::Binary { op: Op::Equal, left, right } => match module.kind(right) {
            ExprKind::Null => Some(left),
            ExprKind::Str { content, .. } if content.is_empty() => Some(left),
            _ => None,
        },
        _ => None,
    }
}

/// The last name of something, with its place.
fn named<'a>(module: &Module<'a>, id: ExprId) -> Option<(&'a str, Span)> {
    let span = module.span(id);
    match module.kind(id) {
        ExprKind::Name(name) => Some((name, span)),
        ExprKind::Field { base, name } if !is_environment(&module.path(base)) => Some((name, span)),
        ExprKind::Index { base, index } => match module.kind(index) {
            ExprKind::Str { content, .. } if !is_environment(&module.path(base)) => {
                content.slice(module.text).map(|name| (name, content))
            }
            _ => None,
        },
        _ => None,
    }
}

/// `settings.get("host", value)`, `getattr(settings, "host", value)`.
fn looked_up<'a>(module: &Module<'a>, callee: ExprId, args: crate::lower::List) -> Option<((&'a str, Span), ExprId)> {
    let args = module.args(args);
    let (key, value) = match (module.kind(callee), args) {
        (ExprKind::Field { base, name: "get" | "pop" }, [key, value]) if !is_environment(&module.path(base)) => {
            (key, value)
        }
        (ExprKind::Name("getattr"), [_, key, value]) => (key, value),
        _ => return None,
    };
    let ExprKind::Str { content, .. } = module.kind(key.value) else { return None };
    let is_plain = key.name.is_none() && matches!(value.name, None | Some("default"));
    content.slice(module.text).filter(|_| is_plain).map(|name| ((name, content), value.value))
}
