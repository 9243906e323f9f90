//! The text of an exception goes back to whoever called the tool. Traces of the way through the code are looked for
//! elsewhere.

use super::guards::{has_any, text_of};
use super::server::is_server;
use crate::document::Language;
use crate::lower::{Block, Catch, Definition, ExprId, ExprKind, StmtKind};
use crate::matcher::{Capture, Code, Match, Output, Subject};
use std::collections::HashSet;

pub(super) static ANCHORS: &[&[u8]] = &[b"except", b"catch", b"NewToolResultError"];
pub(super) const CAPTURES: &[&str] = &["function", "kind", "text"];

/// How much is known of what was caught: `any`, `own` (a class of this file), `narrow` (what servers raise to say that an
/// input is wrong), `library`, `value` (an error of Go, to which every function that hands it on has said something).
type Kind = &'static str;

/// Classes whose text is written for the caller.
const NARROW: &[&str] = &[
    "ValueError",
    "ValidationError",
    "ToolError",
    "McpError",
    "MCPError",
    "HTTPException",
    "ZodError",
    "TypeError",
    "KeyError",
    "InvalidInputError",
    "JSONDecodeError",
    "SyntaxError",
    "UrlElicitationRequiredError",
    "NotImplementedError",
    "IndexError",
    "UnicodeDecodeError",
];

pub(super) fn run(subject: &Subject<'_>, _: &[usize], out: &mut Output) {
    let code = subject.code();
    if !is_server(code) {
        return;
    }
    let mut found: Vec<(ExprId, Kind)> = Vec::new();
    if code.module.language == Language::Go {
        results_of_go(code, &mut found);
    }
    for function in &code.module.functions {
        for stmt in code.module.statements(function.body) {
            let StmtKind::Try { catches, .. } = stmt.kind else { continue };
            for catch in code.module.catches(catches) {
                in_catch(code, &subject.artifact.place, catch, &mut found);
            }
        }
    }
    found.sort_by_key(|(id, _)| code.module.span(*id));
    let mut seen = HashSet::new();
    for (id, kind) in found {
        if seen.insert(id) {
            let span = code.module.span(id);
            let captures = vec![
                Capture::new("function", code.function_name(id).unwrap_or("this code")),
                Capture::new("kind", kind),
                Capture::at("text", crate::matcher::code::captured(text_of(code, id)), span),
            ];
            out.push(Match { span: Some(span), captures, ..Match::default() });
        }
    }
}

fn in_catch(code: &Code<'_>, place: &str, catch: &Catch, found: &mut Vec<(ExprId, Kind)>) {
    let module = &code.module;
    let caught = kind_of(code, place, catch.types);
    let narrowed = narrowed(code, catch.body);
    for stmt in module.statements(catch.body) {
        let given = match stmt.kind {
            StmtKind::Return(Some(value)) => Some(value),
            StmtKind::Throw(Some(value)) if is_told(code, value) => Some(value),
            StmtKind::Expr(value) => match module.kind(value) {
                ExprKind::Yield(inner) => Some(inner),
                _ if is_response(code, value) => Some(value),
                _ => None,
            },
            _ => None,
        };
        let Some(told) = given.and_then(|given| spilled(code, given)) else { continue };
        let is_narrowed = narrowed.iter().any(|block| block.0 <= stmt.span.start && stmt.span.end <= block.1);
        let kind = if is_narrowed && caught == "any" { "narrow" } else { caught };
        found.push((told, kind));
    }
}

/// The places in a catch clause where more is known of what was caught: behind `if (error instanceof …)`.
fn narrowed(code: &Code<'_>, body: Block) -> Vec<(usize, usize)> {
    let module = &code.module;
    let mut out = Vec::new();
    for stmt in module.statements(body) {
        if let StmtKind::If { condition, then, .. } = stmt.kind {
            let text = text_of(code, condition);
            let is_narrow = (text.contains("instanceof") && NARROW.iter().any(|name| text.contains(name)))
                || text.contains("isinstance") && NARROW.iter().any(|name| text.contains(name));
            let ends = module.block(then).next().zip(module.block(then).next_back());
            if let (true, Some((first, last))) = (is_narrow && out.len() < 32, ends) {
                out.push((first.span.start, last.span.end));
            }
        }
    }
    out
}

fn kind_of(code: &Code<'_>, place: &str, types: Option<ExprId>) -> Kind {
    let Some(types) = types else { return "any" };
    let all = match code.module.kind(types) {
        ExprKind::List(list) => code.module.exprs_of(list).to_vec(),
        _ => vec![types],
    };
    let mut kind = "narrow";
    for one in all.into_iter().take(16) {
        let path = code.module.path(one);
        let name = path.rsplit(['.', '#', '?']).next().unwrap_or_default();
        match name {
            "Exception" | "BaseException" | "OSError" | "IOError" | "RuntimeError" | "Error" | "EnvironmentError" => {
                return "any";
            }
            _ if NARROW.contains(&name) => {}
            _ if path.starts_with(['#', '.']) || is_of_package(place, &path) => {
                kind = if kind == "narrow" { "own" } else { kind }
            }
            _ => kind = "library",
        }
    }
    kind
}

/// Whether something is imported from the package that the file itself lies in.
fn is_of_package(place: &str, path: &str) -> bool {
    let package = path.split('.').next().unwrap_or_default();
    path.contains('.') && place.split('/').rev().skip(1).any(|folder| folder == package)
}

/// An exception whose text the caller is told.
fn is_told(code: &Code<'_>, value: ExprId) -> bool {
    let ExprKind::Call { callee, .. } = code.module.kind(value) else { return false };
    let path = code.module.path(callee);
    let name = path.rsplit(['.', '#', '?']).next().unwrap_or_default();
    matches!(
        name,
        "ToolError" | "McpError" | "MCPError" | "ResourceError" | "PromptError" | "HTTPException" | "UserError"
    )
}

/// `res.status(500).json(…)`, `reply.send(…)`.
fn is_response(code: &Code<'_>, value: ExprId) -> bool {
    let value = match code.module.kind(value) {
        ExprKind::Await(inner) => inner,
        _ => value,
    };
    let ExprKind::Call { callee, .. } = code.module.kind(value) else { return false };
    let ExprKind::Field { name: "json" | "send" | "end", .. } = code.module.kind(callee) else { return false };
    let path = code.module.path(callee);
    let first = path.trim_start_matches(['?', '#']).split(['.', '(']).next().unwrap_or_default();
    matches!(first, "res" | "response" | "reply" | "resp")
}

/// Whether what `value` writes may be what `answer` says: in the same catch clause, or behind all of them.
fn is_said_of(code: &Code<'_>, value: ExprId, answer: ExprId) -> bool {
    let (written, said) = (code.catch_of(value), code.catch_of(answer));
    written.is_some() && (said.is_none() || said == written)
}

/// The part of an expression that is the text of what was caught.
fn spilled(code: &Code<'_>, expr: ExprId) -> Option<ExprId> {
    let module = &code.module;
    // What is open, how many names deep, and the part of the answer that it stands in.
    let mut open = vec![(expr, 0, None)];
    let mut steps = 0;
    while let Some((id, depth, place)) = open.pop() {
        steps += 1;
        if steps > 600 {
            return None;
        }
        let is_written = depth == 0 && is_text(code, id);
        let place = place.or(is_written.then_some(id));
        let found = place.unwrap_or(id);
        match module.kind(id) {
            ExprKind::Name(_) => {
                let definitions = module.binding(id).map_or(&[][..], |binding| module.definitions(binding));
                for definition in definitions.iter().take(8) {
                    match definition {
                        // The exception itself is no text yet: `return error` and `{ error }` say nothing.
                        Definition::Caught if place.is_some() => return Some(found),
                        // Only what the same clause writes, or any clause if it is said behind all of them: another
                        // one's text is no part of this answer.
                        Definition::Value(value) if depth < 4 && is_said_of(code, *value, id) => {
                            let is_alias = matches!(module.kind(*value), ExprKind::Name(_));
                            open.push((*value, depth + 1, if is_alias { place } else { Some(found) }));
                        }
                        _ => {}
                    }
                }
            }
            ExprKind::Field { base, name } => {
                if is_telling(name) {
                    open.push((base, depth, place));
                }
            }
            ExprKind::Index { base, .. } => open.push((base, depth, place)),
            ExprKind::Call { callee, .. } => {
                let path = module.path(callee);
                let name = path.rsplit(['.', '#', '?']).next().unwrap_or_default();
                if is_silent(&path, name) {
                    continue;
                }
                let hands_on = is_writer(name);
                for arg in code.args(id) {
                    // A function that gets the exception itself may do anything with it.
                    let is_bare =
                        matches!(module.kind(arg.value), ExprKind::Name(_)) && is_caught_itself(code, arg.value);
                    match (is_bare, hands_on) {
                        (false, _) => open.push((arg.value, depth, place)),
                        (true, true) => open.push((arg.value, depth, place.or(Some(arg.value)))),
                        (true, false) => {}
                    }
                }
                if let ExprKind::Field { base, name } = module.kind(callee)
                    && (is_telling(name)
                        || matches!(
                            name,
                            "toString"
                                | "format"
                                | "join"
                                | "strip"
                                | "trim"
                                | "slice"
                                | "substring"
                                | "json"
                                | "errors"
                        ))
                {
                    open.push((base, depth, place));
                }
            }
            ExprKind::Conditional { then, otherwise, .. } => {
                open.extend([(otherwise, depth, place), (then, depth, place)]);
            }
            ExprKind::Binary { op, left, right } => {
                use crate::lower::Op;
                if matches!(op, Op::Add | Op::Remainder | Op::Or | Op::Nullish) {
                    open.extend([(right, depth, place), (left, depth, place)]);
                }
            }
            ExprKind::Comprehension { source, .. } => open.push((source, depth, place)),
            ExprKind::Unary { .. } | ExprKind::Function(_) | ExprKind::Class(_) => {}
            _ => {
                let mut parts = Vec::new();
                module.parts(id, |part| parts.push(part));
                open.extend(parts.into_iter().rev().map(|part| (part, depth, place)));
            }
        }
    }
    None
}

/// Where text is made: the outermost such place is what the caller gets.
fn is_text(code: &Code<'_>, id: ExprId) -> bool {
    match code.module.kind(id) {
        ExprKind::Concat(_) | ExprKind::Binary { .. } => true,
        ExprKind::Field { name, .. } => is_telling(name),
        ExprKind::Call { callee, .. } => match code.module.kind(callee) {
            ExprKind::Name(name) => matches!(name, "str" | "repr" | "String" | "format"),
            ExprKind::Field { name, .. } => {
                matches!(name, "format" | "stringify" | "dumps" | "toString" | "join")
            }
            _ => false,
        },
        _ => false,
    }
}

fn is_caught_itself(code: &Code<'_>, name: ExprId) -> bool {
    let definitions = code.module.binding(name).map_or(&[][..], |binding| code.module.definitions(binding));
    definitions.iter().any(|it| matches!(it, Definition::Caught))
}

/// What of an exception is its text.
fn is_telling(name: &str) -> bool {
    matches!(
        name,
        "message"
            | "msg"
            | "args"
            | "stderr"
            | "stdout"
            | "output"
            | "detail"
            | "details"
            | "strerror"
            | "description"
            | "text"
            | "response"
            | "data"
            | "body"
            | "errors"
            | "issues"
    )
}

/// Calls that write an exception as text, or carry it to the caller.
fn is_writer(name: &str) -> bool {
    matches!(
        name,
        "str"
            | "repr"
            | "String"
            | "format"
            | "stringify"
            | "inspect"
            | "format_exception"
            | "format_exc"
            | "print_exc"
            | "dumps"
            | "NewToolResultErrorFromErr"
            | "text"
            | "NewToolResultError"
    ) || name.ends_with("Error") && name.starts_with(|c: char| c.is_ascii_uppercase())
        || name.ends_with("Exception")
}

/// Calls that say nothing of the text: the kind of an exception, and what is only logged.
fn is_silent(path: &str, name: &str) -> bool {
    matches!(name, "type" | "isinstance" | "hasattr" | "len" | "bool" | "hash" | "id")
        || has_any(
            &path.to_ascii_lowercase(),
            &[
                "traceback.",
                "logger",
                "logging",
                "log.",
                "console.",
                "ctx.error",
                "ctx.info",
                "sentry",
                "captureexception",
            ],
        )
}

/// `mcp.NewToolResultError(err.Error())`, and with the error in a format.
fn results_of_go(code: &Code<'_>, found: &mut Vec<(ExprId, Kind)>) {
    let module = &code.module;
    for name in ["NewToolResultError", "NewToolResultErrorFromErr", "NewToolResultErrorf"] {
        for call in code.calls_of(name) {
            let mut open: Vec<ExprId> = code.args(call.expr).iter().map(|arg| arg.value).collect();
            let mut steps = 0;
            while let Some(id) = open.pop() {
                steps += 1;
                if steps > 100 {
                    break;
                }
                if matches!(module.kind(id), ExprKind::Name("err" | "error")) {
                    found.push((call.expr, "value"));
                    break;
                }
                module.parts(id, |part| open.push(part));
            }
        }
    }
}
