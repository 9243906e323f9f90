//! Tools that are declared in one place and handled in another: which part of a dispatcher is for which tool.

use super::code::{Code, Literal};
use super::data::{self, Data};
use super::model::{Body, Handler, HandlerKind};
use crate::lower::{Block, ExprId, ExprKind, FunctionId, Key, Op, StmtKind};
use std::collections::{BTreeMap, BTreeSet};

/// Where the code for a name is.
pub(super) type Arms = BTreeMap<String, Body>;

/// Names that one arm is for.
const MAX_NAMES: usize = 64;

/// Read the schema of a tool into its handler.
pub(super) fn declare(code: &Code<'_, '_>, schema: ExprId, handler: &mut Handler) {
    let value = code.literal(schema);
    handler.declare(data::schema_of(value, value, 0, &code.budget));
}

/// Give tools without a body the arm of a dispatcher, or the function of a map, that is for their name.
pub(super) fn give(code: &Code<'_, '_>, handlers: &mut [Handler]) {
    if !handlers.iter().any(is_open) {
        return;
    }
    let mut arms = Arms::new();
    let dispatchers: Vec<FunctionId> =
        handlers.iter().filter(|it| it.kind == HandlerKind::Dispatcher).filter_map(|it| it.body.function()).collect();
    for function in &dispatchers {
        of_function(code, *function, &mut arms);
    }
    // One tool needs no question for its name.
    if let ([function], [only]) = (dispatchers.as_slice(), open_names(handlers).as_slice())
        && arms.is_empty()
    {
        arms.insert((*only).to_owned(), Body::Function(*function));
    }
    let names: BTreeSet<&str> = open_names(handlers).into_iter().collect();
    of_maps(code, &names, &mut arms);
    for handler in handlers.iter_mut().filter(|it| is_open(it)) {
        if let Some(body) = arms.get(handler.name()) {
            handler.body = *body;
            handler.tainted = body.function().map(|function| code.inputs(function)).unwrap_or_default();
        }
    }
}

fn is_open(handler: &Handler) -> bool {
    handler.kind == HandlerKind::Tool && handler.body == Body::Elsewhere && !handler.name().is_empty()
}

fn open_names(handlers: &[Handler]) -> Vec<&str> {
    handlers.iter().filter(|it| is_open(it)).map(Handler::name).collect()
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
fn of_maps(code: &Code<'_, '_>, names: &BTreeSet<&str>, arms: &mut Arms) {
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
