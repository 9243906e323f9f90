//! A check for numbers that lets booleans, infinity and what is no number through.

use super::guards::{Guards, Role, function_text, has_any, text_of};
use super::server::is_server;
use crate::document::Language;
use crate::lower::{ExprId, ExprKind, FunctionId, Op, UnaryOp};
use crate::matcher::{Capture, Code, Match, Output, Subject};

pub(super) static ANCHORS: &[&[u8]] = &[b"isinstance(", b"float(", b"typeof"];
pub(super) const CAPTURES: &[&str] = &["text", "through"];

const KNOWS: &[&str] = &[
    "isfinite",
    "isnan",
    "isinf",
    ", bool",
    "(bool",
    "is bool",
    "Decimal",
    "isFinite",
    "isNaN",
    "NaN",
    "isInteger",
    "isSafeInteger",
    "Infinity",
    "nan_to_num",
];

pub(super) fn run(subject: &Subject<'_>, _: &[usize], out: &mut Output) {
    let code = subject.code();
    let mut found = Vec::new();
    match code.module.language {
        Language::Python => {
            let guards = Guards::new(code);
            instances(code, &guards, &mut found);
            if is_server(code) {
                conversions(code, &mut found);
            }
        }
        Language::JavaScript => types(code, &Guards::new(code), &mut found),
        _ => {}
    }
    found.sort_by_key(|(id, _)| code.module.span(*id));
    for (id, through) in found {
        let captures = vec![
            Capture::new("text", crate::matcher::code::captured(text_of(code, id))),
            Capture::new("through", through),
        ];
        out.push(Match { span: Some(code.module.span(id)), captures, ..Match::default() });
    }
}

/// `isinstance(x, (int, float))` where the function refuses what is none.
fn instances(code: &Code<'_>, guards: &Guards<'_, '_>, found: &mut Vec<(ExprId, &'static str)>) {
    for call in code.calls_of("isinstance") {
        let [_, types] = code.args(call.expr) else { continue };
        let Some(has_int) = number_types(code, types.value) else { continue };
        let decides = matches!(guards.role(call.expr), Role::Required | Role::Returned);
        if decides && !has_any(function_text(code, call.expr), KNOWS) {
            found.push((call.expr, if has_int { "`True`, `nan` and `inf`" } else { "`nan` and `inf`" }));
        }
    }
}

/// Whether types are those of floating numbers and of nothing else, and whether whole numbers are among them.
fn number_types(code: &Code<'_>, types: ExprId) -> Option<bool> {
    let module = &code.module;
    let mut open = vec![module.value_of(types)];
    let (mut has_float, mut has_int) = (false, false);
    let mut steps = 0;
    while let Some(id) = open.pop() {
        steps += 1;
        match module.kind(id) {
            _ if steps > 16 => return None,
            ExprKind::List(list) => open.extend(module.exprs_of(list)),
            ExprKind::Binary { left, right, .. } => open.extend([left, right]),
            _ => match module.path(id).as_str() {
                "float" => has_float = true,
                "int" => has_int = true,
                "numbers.Number" | "numbers.Real" => (has_float, has_int) = (true, true),
                _ => return None,
            },
        }
    }
    has_float.then_some(has_int)
}

/// `[float(x) for x in text.split(",")]`
fn conversions(code: &Code<'_>, found: &mut Vec<(ExprId, &'static str)>) {
    let module = &code.module;
    for call in code.calls_of("float").filter(|call| call.path == "float") {
        let around = code.around(call.expr).take(4);
        let source = around.into_iter().find_map(|id| match module.kind(id) {
            ExprKind::Comprehension { source, .. } => Some(source),
            _ => None,
        });
        let is_split = source.is_some_and(|source| is_split(code, source));
        if is_split && !has_any(function_text(code, call.expr), KNOWS) {
            found.push((call.expr, "`nan` and `inf`"));
        }
    }
    for call in code.calls_of("map").filter(|call| call.path == "map") {
        if let [function, source] = code.args(call.expr)
            && module.path(function.value) == "float"
            && is_split(code, source.value)
            && !has_any(function_text(code, call.expr), KNOWS)
        {
            found.push((call.expr, "`nan` and `inf`"));
        }
    }
}

fn is_split(code: &Code<'_>, source: ExprId) -> bool {
    let value = code.module.value_of(source);
    match code.module.kind(value) {
        ExprKind::Call { callee, .. } => matches!(code.module.kind(callee), ExprKind::Field { name: "split", .. }),
        _ => false,
    }
}

/// `values.every(x => typeof x === "number")`, and the type of what was just made a number.
fn types(code: &Code<'_>, guards: &Guards<'_, '_>, found: &mut Vec<(ExprId, &'static str)>) {
    let module = &code.module;
    for at in 0..module.exprs.len() {
        let id = ExprId(u32::try_from(at).unwrap_or(u32::MAX));
        let ExprKind::Binary { op: op @ (Op::Equal | Op::NotEqual), left, right } = module.kind(id) else { continue };
        let ExprKind::Unary { op: UnaryOp::TypeOf, operand } = module.kind(left) else { continue };
        if module.string(right).as_deref() != Some("number") {
            continue;
        }
        let function = module.function_of(id);
        let is_of_all = guards.taken_by(function).filter(|call| {
            let ExprKind::Call { callee, .. } = module.kind(*call) else { return false };
            matches!(
                (module.kind(callee), op),
                (ExprKind::Field { name: "every", .. }, Op::Equal)
                    | (ExprKind::Field { name: "some", .. }, Op::NotEqual)
            )
        });
        let decides = |expr: ExprId, is_negated: bool| match guards.role(expr) {
            Role::Required | Role::Returned => !is_negated,
            Role::Refused => is_negated,
            _ => false,
        };
        let is_checked = match is_of_all {
            Some(call) if function != FunctionId(0) => {
                decides(call, op == Op::NotEqual) && !has_any(function_text(code, call), KNOWS)
            }
            _ => {
                is_converted(code, operand)
                    && decides(id, op == Op::NotEqual)
                    && !has_any(function_text(code, id), KNOWS)
            }
        };
        if is_checked {
            found.push((id, "`NaN` and `Infinity`"));
        }
    }
}

/// Whether a value comes from `Number(…)` or `parseFloat(…)`, whose result always has the type of numbers.
fn is_converted(code: &Code<'_>, expr: ExprId) -> bool {
    let value = code.module.value_of(expr);
    match code.module.kind(value) {
        ExprKind::Call { callee, .. } => {
            matches!(
                code.module.path(callee).as_str(),
                "Number" | "parseFloat" | "parseInt" | "Number.parseFloat" | "Number.parseInt"
            )
        }
        _ => false,
    }
}
