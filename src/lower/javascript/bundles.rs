//! What bundlers make of modules from outside: functions in a table, by number or name, that do nothing but load one.

use crate::lower::ir::*;
use std::borrow::Cow;

/// For each entry of a bundle's table that only hands on a module from outside: its number or name, and the module.
pub(super) fn externals<'a>(module: &Module<'a>) -> Vec<(Cow<'a, str>, &'a str)> {
    let mut found: Vec<(Cow<'a, str>, &'a str)> = Vec::new();
    for pair in &module.pair_pool {
        if let Some(Key::Plain(key, _)) = pair.key
            && let Some(name) = handed_on(module, pair.value)
        {
            found.push((Cow::Borrowed(key), name));
        }
    }
    for expr in &module.exprs {
        let ExprKind::List(list) = expr.kind else { continue };
        for (index, element) in module.exprs_of(list).iter().enumerate() {
            if let Some(name) = handed_on(module, *element) {
                found.push((Cow::Owned(index.to_string()), name));
            }
        }
    }
    found.sort_unstable();
    found
}

/// The module for `function (module) { module.exports = require("module") }`.
fn handed_on<'a>(module: &Module<'a>, value: ExprId) -> Option<&'a str> {
    let ExprKind::Function(function) = module.kind(value) else { return None };
    let function = module.function(function)?;
    let first = function.params.first()?.name?;
    if function.body.0.len > 2 {
        return None;
    }
    let last = module.block(function.body).next_back()?;
    let (StmtKind::Expr(expr) | StmtKind::Return(Some(expr))) = last.kind else { return None };
    let ExprKind::Assign { target, value, op: None } = module.kind(expr) else { return None };
    let ExprKind::Field { base, name: "exports" } = module.kind(target) else { return None };
    let ExprKind::Call { callee, args, .. } = module.kind(value) else { return None };
    let (ExprKind::Name(base), ExprKind::Name(callee)) = (module.kind(base), module.kind(callee)) else { return None };
    if base != first || !callee.ends_with("require") {
        return None;
    }
    match module.kind(module.args(args).first()?.value) {
        ExprKind::Str { content, .. } => content.slice(module.text),
        _ => None,
    }
}
