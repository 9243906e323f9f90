//! A URL counts as good because it can be taken apart.

use super::guards::{Guards, Role, function_text, has_any, text_of, text_of_function};
use crate::document::Language;
use crate::lower::{Block, ExprId, ExprKind, FunctionId, Op, StmtKind};
use crate::matcher::{Capture, Code, Match, Output, Subject};
use std::collections::HashSet;

pub(super) static ANCHORS: &[&[u8]] = &[b".netloc", b"new URL(", b"canParse", b"validators.url", b"url.Parse"];
pub(super) const CAPTURES: &[&str] = &["function"];

/// Something beyond that the URL has parts is asked.
const ASKS: &[&str] = &[
    ".scheme in",
    ".scheme not in",
    ".scheme ==",
    ".scheme !=",
    ".scheme.lower()",
    ".hostname",
    "startswith(",
    "startsWith(",
    ".protocol",
    ".host",
    ".origin",
    "HasPrefix(",
    ".Scheme",
    ".Host",
    "https:",
    "netloc in",
    "netloc not in",
    "netloc ==",
    "netloc !=",
    "netloc.",
    ".includes(",
    "schemes",
    "allowed",
];

pub(super) fn run(subject: &Subject<'_>, _: &[usize], out: &mut Output) {
    let code = subject.code();
    let guards = Guards::new(code);
    let mut found = match code.module.language {
        Language::Python => python(code, &guards),
        Language::JavaScript => javascript(code, &guards),
        Language::Go => go(code),
        _ => Vec::new(),
    };
    found.sort_by_key(|id| code.module.span(*id));
    let mut functions = HashSet::new();
    for id in found {
        let function = code.module.function_of(id);
        if functions.insert(function) && functions.len() < 200 && !is_asked_by_a_caller(code, id) {
            let captures = vec![Capture::new("function", code.function_name(id).unwrap_or("this code"))];
            out.push(Match { span: Some(code.module.span(id)), captures, ..Match::default() });
        }
    }
}

fn python(code: &Code<'_>, guards: &Guards<'_, '_>) -> Vec<ExprId> {
    let module = &code.module;
    let mut out = Vec::new();
    for at in 0..module.exprs.len() {
        let id = ExprId(u32::try_from(at).unwrap_or(u32::MAX));
        let ExprKind::Field { base, name: "netloc" } = module.kind(id) else { continue };
        let path = module.path(base);
        let is_parsed = path.ends_with("urlparse()") || path.ends_with("urlsplit()");
        if is_parsed && is_judgement(code, guards, id) && !has_any(function_text(code, id), ASKS) {
            out.push(whole_answer(code, id));
        }
    }
    for call in code.calls_of("url") {
        if call.path == "validators.url" && judges(guards, call.expr) && !has_any(function_text(code, call.expr), ASKS)
        {
            out.push(call.expr);
        }
    }
    out
}

fn judges(guards: &Guards<'_, '_>, expr: ExprId) -> bool {
    matches!(guards.role(expr), Role::Required | Role::Returned)
}

/// Whether the host of a URL is only asked to be there: not handed out, and not what a function that takes a URL apart needs.
fn is_judgement(code: &Code<'_>, guards: &Guards<'_, '_>, netloc: ExprId) -> bool {
    let whole = whole_answer(code, netloc);
    let has_scheme = text_of(code, whole).contains("scheme");
    let name = code.function_name(netloc).unwrap_or_default().to_ascii_lowercase();
    let is_named_so = has_any(&name, &["valid", "check", "is_", "verify", "ensure"]);
    let is_truth = match code.module.kind(whole) {
        ExprKind::Call { .. } | ExprKind::Unary { .. } => true,
        ExprKind::Binary { op, .. } => op == Op::And,
        _ => false,
    };
    match guards.role(netloc) {
        Role::Returned => is_truth && (has_scheme || is_named_so),
        Role::Required => has_scheme || is_named_so,
        _ => false,
    }
}

/// `all([…])` around one of its parts.
fn whole_answer(code: &Code<'_>, part: ExprId) -> ExprId {
    let is_whole = |id: &ExprId| {
        matches!(
            code.module.kind(*id),
            ExprKind::Call { .. } | ExprKind::Binary { .. } | ExprKind::List(_) | ExprKind::Unary { .. }
        )
    };
    code.around(part).take_while(is_whole).last().unwrap_or(part)
}

fn javascript(code: &Code<'_>, guards: &Guards<'_, '_>) -> Vec<ExprId> {
    let module = &code.module;
    let mut out = Vec::new();
    for (at, function) in module.functions.iter().enumerate() {
        for stmt in module.statements(function.body) {
            let StmtKind::Try { body, catches, .. } = stmt.kind else { continue };
            let mut statements = module.block(body);
            let (Some(first), Some(second), None) = (statements.next(), statements.next(), statements.next()) else {
                continue;
            };
            let StmtKind::Expr(expr) = first.kind else { continue };
            let says_no = module.catches(catches).iter().any(|catch| answers(code, catch.body, false));
            let says_yes = matches!(second.kind, StmtKind::Return(Some(value)) if module.truth(value) == Some(true));
            let made = match module.kind(expr) {
                ExprKind::Assign { value, .. } => value,
                _ => expr,
            };
            let ExprKind::Call { callee, .. } = module.kind(made) else { continue };
            let text = text_of_function(code, FunctionId(u32::try_from(at).unwrap_or(u32::MAX)));
            if says_no && says_yes && module.path(callee) == "URL" && !has_any(text, ASKS) {
                out.push(made);
            }
        }
    }
    for call in code.calls_of("canParse") {
        if call.path == "URL.canParse"
            && judges(guards, call.expr)
            && !is_callback(code, guards, call.expr)
            && !has_any(function_text(code, call.expr), ASKS)
        {
            out.push(call.expr);
        }
    }
    out
}

/// A condition of a schema says what form a text has; what is done with it stands elsewhere.
fn is_callback(code: &Code<'_>, guards: &Guards<'_, '_>, expr: ExprId) -> bool {
    guards.taken_by(code.module.function_of(expr)).is_some()
}

fn answers(code: &Code<'_>, block: Block, truth: bool) -> bool {
    let last = code.module.block(block).next_back();
    last.is_some_and(|stmt| match stmt.kind {
        StmtKind::Return(Some(value)) => code.module.truth(value) == Some(truth),
        _ => false,
    })
}

fn go(code: &Code<'_>) -> Vec<ExprId> {
    let module = &code.module;
    let mut out = Vec::new();
    for name in ["Parse", "ParseRequestURI"] {
        for call in code.calls_of(name).filter(|call| call.path.starts_with("net/url.")) {
            let Some(function) = module.function(module.function_of(call.expr)) else { continue };
            let text = function_text(code, call.expr);
            let answers = module.statements(function.body).any(|stmt| match stmt.kind {
                StmtKind::Return(Some(value)) => text_of(code, value).trim() == "err == nil",
                _ => false,
            });
            if answers && !has_any(text, ASKS) {
                out.push(call.expr);
            }
        }
    }
    out
}

/// A function of this file that asks this one asks for the scheme itself.
fn is_asked_by_a_caller(code: &Code<'_>, expr: ExprId) -> bool {
    let Some(name) = code.function_name(expr) else { return false };
    let own = code.module.function_of(expr);
    let calls = code.calls_of(name).filter(|call| code.module.function_of(call.expr) != own).take(16);
    calls.into_iter().any(|call| has_any(function_text(code, call.expr), ASKS))
}
