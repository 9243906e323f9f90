//! Authentication that lets pass who shows nothing: a middleware that only notes a missing token and goes on, or that is
//! no check at all as long as nobody sets the secret.

use super::guards::{has_any, text_of};
use crate::document::Language;
use crate::lower::{Block, ExprId, ExprKind, Function, FunctionId, Op, Stmt, StmtKind, UnaryOp};
use crate::matcher::{Capture, Code, Match, Output, Subject};
use crate::text::Span;
use std::collections::HashMap;

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

/// Characters of a function that is more than a middleware.
const LONG: usize = 8_000;

/// Whose credential is missing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Caller,
    Server,
}

/// A function that may be asking who comes in.
struct Door<'c, 'a> {
    code: &'c Code<'a>,
    function: &'c Function<'a>,
    body: &'a str,
    /// How often it says that a request is refused.
    refusals: usize,
    /// Where it hands the request on to what is behind it.
    ways_on: &'c [Span],
}

/// Whose condition it is, what runs where it holds, and where it does not.
#[derive(Clone, Copy)]
struct Branch {
    condition: ExprId,
    then: Block,
    otherwise: Block,
    end: usize,
}

pub(super) fn run(subject: &Subject<'_>, _: &[usize], out: &mut Output) {
    let code = subject.code();
    let ways_on = ways_on(code);
    for (at, function) in code.module.functions.iter().enumerate().skip(1) {
        let id = FunctionId(u32::try_from(at).unwrap_or(u32::MAX));
        let body = function.span.slice(code.module.text).unwrap_or_default();
        if body.len() > LONG {
            continue;
        }
        let ways_on = ways_on.get(&id).map_or(&[][..], Vec::as_slice);
        let names = names_around(code, id);
        // A middleware without a telling name looks at the header in which a token comes.
        let looks_at_header = || has_any(&body.to_ascii_lowercase(), &["authorization", "x-api-key", "bearer "]);
        if !sounds_like_authentication(&names) && (ways_on.is_empty() || !looks_at_header()) {
            continue;
        }
        let door = Door { code, function, body, refusals: refusals(body), ways_on };
        for stmt in code.module.statements(function.body) {
            let StmtKind::If { condition, then, otherwise } = stmt.kind else { continue };
            let branch = Branch { condition, then, otherwise, end: stmt.span.end };
            if let Some(kind) = door.judge(branch) {
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

/// Where the functions of a file hand a request on.
fn ways_on(code: &Code<'_>) -> HashMap<FunctionId, Vec<Span>> {
    let module = &code.module;
    let mut out: HashMap<FunctionId, Vec<Span>> = HashMap::new();
    for call in code.all_calls() {
        let is_way = match module.kind(call.callee) {
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
        if is_way {
            out.entry(module.function_of(call.expr)).or_default().push(module.span(call.expr));
        }
    }
    out
}

fn refusals(text: &str) -> usize {
    const WORDS: &[&str] =
        &["401", "403", "raise ", "throw ", "Unauthorized", "Forbidden", "UNAUTHORIZED", "FORBIDDEN"];
    WORDS.iter().map(|word| text.matches(word).count()).sum()
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

impl Door<'_, '_> {
    fn judge(&self, branch: Branch) -> Option<&'static str> {
        let module = &self.code.module;
        let Some(whose) = missing(self.code, branch.condition) else {
            return self.asks_only_if_set(branch).then_some("no-secret");
        };
        if self.goes_on(branch.then) {
            // Without a refusal there is no check that could be open.
            return (self.refusals > 0).then_some(match whose {
                Whose::Server => "no-secret",
                Whose::Caller => "no-token",
            });
        }
        if whose == Whose::Server {
            let is_maker = self.function.name.is_some_and(|name| {
                has_any(&name.to_ascii_lowercase(), &["default", "config", "setup", "init", "load", "save"])
            });
            let says_no = self.refusals > 0 || has_any(self.body, &["return false", "return False"]);
            return (!is_maker && says_no && answers_yes(self.code, branch.then)).then_some("no-secret");
        }
        let is_noted = module.block(branch.otherwise).next().is_none() && only_logs(self.code, branch.then);
        (is_noted && self.refusals == 0 && self.goes_on_after(branch)).then_some("noted")
    }

    /// `if expected and given != expected: refuse`, behind which the request goes on: without the secret nobody is asked.
    fn asks_only_if_set(&self, branch: Branch) -> bool {
        let module = &self.code.module;
        let ExprKind::Binary { op: Op::And, left, right } = module.kind(branch.condition) else { return false };
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
        ) && text_of(self.code, right).contains(text_of(self.code, is_set));
        if !is_compared
            || whose(self.code, is_set) != Some(Whose::Server)
            || module.block(branch.otherwise).next().is_some()
        {
            return false;
        }
        let refusal = span_of(self.code, branch.then).and_then(|span| span.slice(module.text)).unwrap_or_default();
        // Another refusal may be the one for a missing secret.
        let here = refusals(refusal);
        here > 0 && self.refusals == here && self.goes_on_after(branch)
    }

    fn goes_on_after(&self, branch: Branch) -> bool {
        self.ways_on.iter().any(|span| span.start >= branch.end)
    }

    fn goes_on(&self, block: Block) -> bool {
        let module = &self.code.module;
        let Some(span) = span_of(self.code, block) else { return false };
        // `return next` of a function that makes a handler of one.
        let is_handler = |stmt: Stmt| match stmt.kind {
            StmtKind::Return(Some(value)) => matches!(module.kind(value), ExprKind::Name("next" | "handler")),
            _ => false,
        };
        self.ways_on.iter().any(|way| span.contains(*way)) || module.block(block).any(is_handler)
    }
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
    let value = if let ExprKind::Name(_) = module.kind(expr) { module.value_of(expr) } else { expr };
    let text = text_of(code, value).chars().take(400).collect::<String>().to_ascii_lowercase();
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
