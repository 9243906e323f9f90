//! Authentication that lets pass who shows nothing: a middleware that only notes a missing token and goes on, or that is
//! no check at all as long as nobody sets the secret.

use super::guards::{has_any, text_of};
use crate::document::Language;
use crate::lower::{Block, ExprId, ExprKind, Function, FunctionId, Op, Stmt, StmtKind, UnaryOp};
use crate::matcher::{Capture, Code, Match, Output, Subject};
use crate::text::Span;

pub(super) static ANCHORS: &[&[u8]] = &[
    b"call_next",
    b"next(",
    b"ServeHTTP",
    b"self.app(",
    b"_auth",
    b"Auth",
    b"_token",
    b"Token",
    b"_api_key",
    b"ApiKey",
    b"APIKey",
];
pub(super) const CAPTURES: &[&str] = &["function", "kind", "what"];

/// What stands where a request is refused.
const REFUSALS: &[&str] = &["401", "403", "raise ", "throw ", "Unauthorized", "Forbidden", "UNAUTHORIZED", "FORBIDDEN"];

/// Characters of a function that is more than a middleware.
const LONG: usize = 4_000;

/// Whose credential is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Caller,
    Server,
}

pub(super) fn run(subject: &Subject<'_>, _: &[usize], out: &mut Output) {
    let code = subject.code();
    for (at, function) in code.module.functions.iter().enumerate().skip(1) {
        let id = FunctionId(u32::try_from(at).unwrap_or(u32::MAX));
        let names = names_around(code, id);
        if !sounds_like_authentication(&names) && !is_middleware(code, id, function) {
            continue;
        }
        for stmt in code.module.statements(function.body) {
            let StmtKind::If { condition, then, otherwise } = stmt.kind else { continue };
            if let Some(kind) = judge(code, id, function, stmt, (condition, then, otherwise)) {
                let span = code.module.span(condition);
                let name = function.name.or_else(|| names.last().copied()).unwrap_or("this code");
                let captures = vec![
                    Capture::new("function", name),
                    Capture::new("kind", kind),
                    Capture::at("what", crate::matcher::code::captured(text_of(code, condition)), span),
                ];
                out.push(Match { span: Some(span), captures, ..Match::default() });
            }
        }
    }
}

/// The names of the functions and classes in which a function stands, from the outside.
fn names_around<'a>(code: &Code<'a>, function: FunctionId) -> Vec<&'a str> {
    let module = &code.module;
    let mut names = Vec::new();
    let mut at = function;
    for _ in 0..6 {
        let Some(here) = module.function(at) else { break };
        names.extend(here.name);
        names.extend(here.class.and_then(|class| module.classes.get(class.index())).and_then(|class| class.name));
        // What a function without a name is given to or assigned to says what it is for.
        let Some(expr) = here.expr else { break };
        if let Some(whole) = code.parent(expr)
            && let ExprKind::Assign { target, .. } = module.kind(whole)
            && let ExprKind::Name(name) = module.kind(target)
        {
            names.push(name);
        }
        at = module.function_of(expr);
        if at == FunctionId(0) {
            break;
        }
    }
    names.reverse();
    names
}

fn sounds_like_authentication(names: &[&str]) -> bool {
    names.iter().any(|name| {
        let lower = name.to_ascii_lowercase().replace('_', "");
        let is_about = has_any(
            &lower,
            &[
                "auth",
                "apikey",
                "bearer",
                "jwt",
                "checktoken",
                "verifytoken",
                "validatetoken",
                "requiretoken",
                "tokenmiddleware",
            ],
        );
        is_about && !has_any(&lower, &["author", "oauthcallback", "optional"])
            || lower.contains("authoriz") && !lower.contains("authorizationserver")
    })
}

/// A middleware without a telling name that looks at the header in which a token comes.
fn is_middleware(code: &Code<'_>, id: FunctionId, function: &Function<'_>) -> bool {
    let text = function.span.slice(code.module.text).unwrap_or_default();
    text.len() < LONG
        && has_any(&text.to_ascii_lowercase(), &["authorization", "x-api-key", "bearer "])
        && calls_on(code, id).next().is_some()
}

fn judge(
    code: &Code<'_>,
    id: FunctionId,
    function: &Function<'_>,
    stmt: Stmt,
    (condition, then, otherwise): (ExprId, Block, Block),
) -> Option<&'static str> {
    let module = &code.module;
    let Some(whose) = missing(code, condition) else {
        return asked_only_if_set(code, id, function, stmt, (condition, then, otherwise)).then_some("no-secret");
    };
    let body = function.span.slice(module.text).unwrap_or_default();
    let refuses = has_any(body, REFUSALS);
    if goes_on(code, id, then) {
        // Without a refusal there is no check that could be open.
        return refuses.then_some(match whose {
            Whose::Server => "no-secret",
            Whose::Caller => "no-token",
        });
    }
    if whose == Whose::Server {
        let is_maker = function.name.is_some_and(|name| {
            has_any(&name.to_ascii_lowercase(), &["default", "config", "setup", "init", "load", "save"])
        });
        let is_checker = !is_maker && (refuses || body.contains("return false") || body.contains("return False"));
        return (is_checker && answers_yes(code, then)).then_some("no-secret");
    }
    let is_noted = module.block(otherwise).next().is_none() && only_logs(code, then);
    let goes_on_after = || calls_on(code, id).any(|span| span.start >= stmt.span.end);
    (is_noted && !refuses && goes_on_after()).then_some("noted")
}

/// `if expected and given != expected: refuse`, behind which the request goes on: without the secret nobody is asked.
fn asked_only_if_set(
    code: &Code<'_>,
    id: FunctionId,
    function: &Function<'_>,
    stmt: Stmt,
    (condition, then, otherwise): (ExprId, Block, Block),
) -> bool {
    let module = &code.module;
    let ExprKind::Binary { op: Op::And, left, right } = module.kind(condition) else { return false };
    let is_set = match module.kind(left) {
        ExprKind::Binary { op: Op::NotEqual, left, right } => match module.kind(right) {
            ExprKind::Null => left,
            ExprKind::Str { content, .. } if content.is_empty() => left,
            _ => return false,
        },
        _ => left,
    };
    let is_compared = matches!(
        module.kind(right),
        ExprKind::Binary { op: Op::NotEqual, .. } | ExprKind::Unary { op: UnaryOp::Not, .. }
    ) && text_of(code, right).contains(text_of(code, is_set));
    if !is_compared || whose(code, is_set) != Some(Whose::Server) || module.block(otherwise).next().is_some() {
        return false;
    }
    let refusal = span_of(code, then).and_then(|span| span.slice(module.text)).unwrap_or_default();
    let body = function.span.slice(module.text).unwrap_or_default();
    let count = |text: &str| REFUSALS.iter().map(|word| text.matches(word).count()).sum::<usize>();
    // Another refusal may be the one for a missing secret.
    count(refusal) > 0 && count(body) == count(refusal) && calls_on(code, id).any(|span| span.start >= stmt.span.end)
}

/// Whose credential a condition says is missing, if it says nothing else.
fn missing(code: &Code<'_>, condition: ExprId) -> Option<Whose> {
    let module = &code.module;
    let mut open = vec![condition];
    let mut found = None;
    for _ in 0..16 {
        let Some(id) = open.pop() else { return found };
        let asked = match module.kind(id) {
            ExprKind::Binary { op: Op::And, left, right } => {
                open.extend([left, right]);
                continue;
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => operand,
            ExprKind::Binary { op: Op::Equal, left, right } => match module.kind(right) {
                ExprKind::Null => left,
                ExprKind::Str { content, .. } if content.is_empty() => left,
                _ => return None,
            },
            _ => return None,
        };
        let whose = whose(code, asked)?;
        // A caller's token that is missing decides, whatever else is.
        found = Some(if found == Some(Whose::Caller) { Whose::Caller } else { whose });
    }
    None
}

/// Whose credential an expression is, if it is one.
fn whose(code: &Code<'_>, expr: ExprId) -> Option<Whose> {
    let module = &code.module;
    let name = code.called(expr)?;
    let lower = name.to_ascii_lowercase();
    let is_credential = has_any(&lower, &["key", "token", "secret", "auth", "bearer", "credential", "password"])
        && !has_any(
            &lower,
            &[
                "enable", "disabled", "require", "mode", "type", "keys_", "keyword", "author", "server", "config",
                "client", "provider", "url", "endpoint", "settings", "store", "manager",
            ],
        );
    if !is_credential {
        return None;
    }
    let mut text = text_of(code, expr).to_owned();
    if let ExprKind::Name(_) = module.kind(expr) {
        let value = module.value_of(expr);
        if value != expr {
            text = text_of(code, value).to_owned();
        }
    }
    let text = text.to_ascii_lowercase();
    if has_any(&text, &["header", "request", "req.", "scope", "query", "cookie", "split(", "ctx.", "c.req"]) {
        return Some(Whose::Caller);
    }
    let is_shouted = name.bytes().all(|byte| !byte.is_ascii_lowercase());
    let is_configured = is_shouted
        || has_any(
            &text,
            &["environ", "getenv", "process.env", "settings", "config", "self.", "this.", "options", "opts."],
        )
        || has_any(&lower, &["expected", "configured", "required", "server", "valid", "secret", "master", "shared"]);
    if is_configured {
        return Some(Whose::Server);
    }
    has_any(&lower, &["auth", "token", "bearer", "provided", "incoming", "client"]).then_some(Whose::Caller)
}

/// Where a function hands the request on to what is behind it.
fn calls_on<'c>(code: &'c Code<'_>, id: FunctionId) -> impl Iterator<Item = Span> + 'c {
    let module = &code.module;
    let is_on = move |call: &&crate::matcher::Called| match module.kind(call.callee) {
        ExprKind::Name("call_next" | "next_") => true,
        // What a decorator wraps.
        ExprKind::Name("func" | "fn" | "f" | "handler" | "view" | "wrapped" | "original") => {
            !code.args(call.expr).is_empty()
        }
        ExprKind::Name("next") => module.language == Language::JavaScript && code.args(call.expr).is_empty(),
        ExprKind::Field { name: "ServeHTTP", .. } => true,
        ExprKind::Field { name: "app" | "_app", base } => module.is_self(base) && code.args(call.expr).len() == 3,
        _ => false,
    };
    code.all_calls()
        .iter()
        .filter(move |call| module.function_of(call.expr) == id)
        .filter(is_on)
        .map(move |call| module.span(call.expr))
}

fn goes_on(code: &Code<'_>, id: FunctionId, block: Block) -> bool {
    let module = &code.module;
    let Some(span) = span_of(code, block) else { return false };
    if calls_on(code, id).any(|call| span.contains(call)) {
        return true;
    }
    // `return next` of a function that makes a handler of one.
    module.block(block).any(|stmt| match stmt.kind {
        StmtKind::Return(Some(value)) => matches!(module.kind(value), ExprKind::Name("next" | "handler")),
        _ => false,
    })
}

/// `return`, `return True`, `return null`: what a check says of who may come in.
fn answers_yes(code: &Code<'_>, block: Block) -> bool {
    code.module.block(block).next_back().is_some_and(|stmt| match stmt.kind {
        StmtKind::Return(None) => code.module.language == Language::Python,
        StmtKind::Return(Some(value)) => code.module.truth(value) == Some(true),
        _ => false,
    })
}

fn only_logs(code: &Code<'_>, block: Block) -> bool {
    let module = &code.module;
    let mut count = 0;
    module.block(block).all(|stmt| {
        count += 1;
        let StmtKind::Expr(expr) = stmt.kind else { return false };
        let expr = if let ExprKind::Await(inner) = module.kind(expr) { inner } else { expr };
        let ExprKind::Call { callee, .. } = module.kind(expr) else { return false };
        has_any(&text_of(code, callee).to_ascii_lowercase(), &["log", "warn", "print", "debug", "info"])
    }) && count > 0
}

fn span_of(code: &Code<'_>, block: Block) -> Option<Span> {
    let mut stmts = code.module.block(block);
    let first = stmts.next()?;
    let last = stmts.next_back().unwrap_or(first);
    Some(Span::new(first.span.start, last.span.end))
}
