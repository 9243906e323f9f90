//! Tools that are declared in one place and handled in another: which part of a dispatcher is for which tool.

use super::Input;
use super::code::{Code, Literal};
use super::data::{self, Data};
use super::model::{Body, Handler, HandlerKind};
use super::schema::{Additional, Known};
use crate::lower::{Block, ExprId, ExprKind, FunctionId, Key, Op, StmtKind};
use std::collections::BTreeMap;

/// Where the code for a name is.
pub(super) type Arms = BTreeMap<String, Body>;

/// Names that one arm is for.
const MAX_NAMES: usize = 64;

/// Read the schema of a tool into its handler.
pub(super) fn declare(code: &Code<'_, '_>, schema: ExprId, handler: &mut Handler) {
    let value = code.literal(schema);
    let read = data::schema_of(value, value, 0, &code.budget);
    handler.input = match read.known {
        Known::Unknown => Input::Unknown,
        _ if read.additional == Additional::Anything => Input::Open,
        Known::Typed => Input::Declared,
        Known::Undeclared | Known::Anything => Input::Missing,
    };
    handler.parameters = read.properties;
}

/// Give tools without a body the arm of a dispatcher, or the function of a map, that is for their name.
pub(super) fn give(code: &Code<'_, '_>, handlers: &mut [Handler]) {
    let is_open = |it: &Handler| it.kind == HandlerKind::Tool && it.body == Body::Elsewhere && !it.name().is_empty();
    if !handlers.iter().any(is_open) {
        return;
    }
    let mut arms = Arms::new();
    let dispatchers: Vec<FunctionId> =
        handlers.iter().filter(|it| it.kind == HandlerKind::Dispatcher).filter_map(|it| it.body.function()).collect();
    for function in dispatchers {
        of_function(code, function, &mut arms);
    }
    let names: std::collections::BTreeSet<&str> = handlers.iter().filter(|it| is_open(it)).map(Handler::name).collect();
    of_maps(code, &names, &mut arms);
    for handler in handlers.iter_mut().filter(|it| is_open(it)) {
        if let Some(body) = arms.get(handler.name()) {
            handler.body = *body;
            handler.tainted = body.function().map(|function| code.inputs(function)).unwrap_or_default();
        }
    }
}

/// The arms of one dispatcher: `match name`, `switch (name)`, `if name == "x"`.
fn of_function(code: &Code<'_, '_>, function: FunctionId, arms: &mut Arms) {
    let Some(it) = code.module.function(function) else { return };
    let mut add = |name: String, block: Block| {
        arms.entry(name).or_insert(Body::Arm { function, block });
    };
    for stmt in code.module.statements(it.body) {
        match stmt.kind {
            StmtKind::Switch { cases, .. } => {
                // A case without a body falls through to the next.
                let mut waiting: Vec<String> = Vec::new();
                for case in code.module.cases(cases) {
                    let tests = code.module.exprs_of(case.tests).iter();
                    waiting.extend(tests.take(MAX_NAMES).filter_map(|test| Some(code.name(*test)?.text)));
                    if case.body != Block::default() && code.module.block(case.body).next().is_some() {
                        waiting.drain(..).for_each(|name| add(name, case.body));
                    }
                }
            }
            StmtKind::If { condition, then, .. } => {
                names_asked(code, condition).into_iter().for_each(|name| add(name, then));
            }
            _ => {}
        }
    }
}

/// The names with which a condition compares: `name == "x"`, `name in ("x", "y")`, either of several.
fn names_asked(code: &Code<'_, '_>, condition: ExprId) -> Vec<String> {
    let mut out = Vec::new();
    let mut open = vec![condition];
    let mut steps = 0;
    while let Some(id) = open.pop() {
        steps += 1;
        if steps > MAX_NAMES {
            break;
        }
        let ExprKind::Binary { op, left, right } = code.module.kind(id) else { continue };
        match op {
            Op::Or | Op::And => open.extend([left, right]),
            Op::Equal => {
                let constant = |id: ExprId| code.name(id).map(|name| name.text);
                out.extend(constant(right).or_else(|| constant(left)));
            }
            Op::In => {
                let items = code.literal(right).items().unwrap_or_default();
                out.extend(
                    items.into_iter().take(MAX_NAMES).filter_map(|item: Literal<'_, '_>| Some(item.text()?.text)),
                );
            }
            _ => {}
        }
    }
    out
}

/// Maps from names to functions: `{"x": handle_x}`.
fn of_maps(code: &Code<'_, '_>, names: &std::collections::BTreeSet<&str>, arms: &mut Arms) {
    for expr in &code.module.exprs {
        let ExprKind::Object(list) = expr.kind else { continue };
        for pair in code.module.pairs(list) {
            let name = match pair.key {
                Some(Key::Plain(name, _)) if names.contains(name) => name.to_owned(),
                Some(Key::Computed(key)) => match code.name(key) {
                    Some(name) if names.contains(name.text.as_str()) => name.text,
                    _ => continue,
                },
                _ => continue,
            };
            if let Some(function) = code.function(pair.value) {
                arms.entry(name).or_insert(Body::Function(function));
            }
        }
    }
}
