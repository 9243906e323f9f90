//! A path is compared with a folder while symbolic links are still in it, and is then used.

use super::guards::{Guards, function_text, has_any, text_of};
use super::paths::{is_file_access, touches_files};
use super::prefix::{asks_for_folder, is_unresolved, prefix_tests};
use crate::lower::{BindingId, ExprId, ExprKind, FunctionId, StmtKind};
use crate::matcher::{Capture, Code, Match, Output, Subject};
use std::collections::HashSet;

pub(super) static ANCHORS: &[&[u8]] = &[
    b"startswith",
    b"startsWith",
    b"HasPrefix",
    b"commonpath",
    b"is_relative_to",
    b"relpath",
    b"relative(",
    b"filepath.Rel",
];
pub(super) const CAPTURES: &[&str] = &["path"];

/// Checks of one file that are looked at.
const MAX_CHECKS: usize = 200;

/// One of these in a file says that links were thought of.
const RESOLVES: &[&str] = &[
    "realpath",
    "EvalSymlinks",
    "canonicalize",
    "O_NOFOLLOW",
    "openat2",
    "OpenRoot",
    "OpenInRoot",
    "lstat",
    "islink",
    "is_symlink",
    "isSymbolicLink",
    "readlink",
    "follow_symlinks",
    "cap_std",
];

pub(super) fn run(subject: &Subject<'_>, _: &[usize], out: &mut Output) {
    let code = subject.code();
    if has_any(code.module.text, RESOLVES) || !touches_files(code) {
        return;
    }
    let guards = Guards::new(code);
    let mut functions = HashSet::new();
    for (check, path) in checks(code, &guards) {
        let function = code.module.function_of(check);
        if is_unresolved(code, path) && is_used(code, check, path, function) && functions.insert(function) {
            let captures =
                vec![Capture::at("path", crate::matcher::code::captured(text_of(code, path)), code.module.span(path))];
            out.push(Match { span: Some(code.module.span(check)), captures, ..Match::default() });
        }
    }
}

/// Calls that ask whether a path lies in a folder, and the path.
fn checks(code: &Code<'_>, guards: &Guards<'_, '_>) -> Vec<(ExprId, ExprId)> {
    let mut out = Vec::new();
    for test in prefix_tests(code) {
        if asks_for_folder(code, guards, &test, true) {
            out.push((test.call, test.path));
        }
    }
    for call in code.calls_of("commonpath") {
        let Some(first) = code.args(call.expr).first() else { continue };
        if let ExprKind::List(list) = code.module.kind(code.module.value_of(first.value)) {
            // The folder is among them; the path is what was made from something that came in.
            let elements = code.module.exprs_of(list).iter().copied();
            out.extend(elements.filter(|id| !is_folder(code, *id)).take(1).map(|path| (call.expr, path)));
        }
    }
    for call in code.calls_of("is_relative_to") {
        if let ExprKind::Field { base, .. } = code.module.kind(call.callee) {
            out.push((call.expr, base));
        }
    }
    for (name, at) in [("relative", 1), ("Rel", 1), ("relpath", 0)] {
        for call in code.calls_of(name).filter(|call| call.path.contains("path")) {
            let asks = has_any(
                function_text(code, call.expr),
                &["startswith(\"..", "startswith('..", "startsWith(\"..", "startsWith('..", "HasPrefix("],
            );
            if let (true, Some(path)) = (asks, code.args(call.expr).get(at)) {
                out.push((call.expr, path.value));
            }
        }
    }
    out.sort_by_key(|(check, _)| code.module.span(*check));
    out.truncate(MAX_CHECKS);
    out
}

fn is_folder(code: &Code<'_>, expr: ExprId) -> bool {
    code.module.is_constant(expr) || code.called(expr).is_some_and(|name| super::paths::is_folder_named(&name))
}

/// Whether the path that was looked at is used behind that: opened, or handed out as good.
fn is_used(code: &Code<'_>, check: ExprId, path: ExprId, function: FunctionId) -> bool {
    let module = &code.module;
    let Some(binding) = module.binding(path) else { return false };
    let behind = module.span(check).start;
    let accesses = code.all_calls().iter().filter(|call| is_file_access(&call.path));
    let mut here = accesses.filter(|call| module.function_of(call.expr) == function);
    if here.any(|call| module.span(call.expr).end > behind && mentions(code, call.expr, binding)) {
        return true;
    }
    // `validate_path`: what it was given counts as good from there on.
    let Some(function) = module.function(function) else { return false };
    let name = function.name.unwrap_or_default().to_ascii_lowercase();
    let is_validator = ["valid", "safe", "check", "allowed", "within", "inside", "resolve", "secure"]
        .iter()
        .any(|it| name.contains(it));
    let hands_out = module.statements(function.body).any(|stmt| match stmt.kind {
        StmtKind::Return(Some(value)) if stmt.span.end > behind => {
            is_validator || module.binding(value) == Some(binding)
        }
        _ => false,
    });
    hands_out && opens_files(code)
}

/// A file that only compares names is no place to follow links.
fn opens_files(code: &Code<'_>) -> bool {
    code.all_calls().iter().any(|call| is_file_access(&call.path))
}

/// Whether a name is a part of an expression.
pub(super) fn mentions(code: &Code<'_>, expr: ExprId, binding: BindingId) -> bool {
    let mut open = vec![expr];
    let mut steps = 0;
    while let Some(id) = open.pop() {
        steps += 1;
        if steps > 300 {
            return false;
        }
        if matches!(code.module.kind(id), ExprKind::Name(_)) && code.module.binding(id) == Some(binding) {
            return true;
        }
        code.module.parts(id, |part| open.push(part));
    }
    false
}
