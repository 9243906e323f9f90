//! A file's name is let through by a list of what is bad, or by an expression that lets more through than it seems to.

use super::guards::{Guards, Role, function_text, has_any, text_of};
use super::paths::words;
use crate::lower::{ExprId, ExprKind, Op};
use crate::matcher::{Capture, Code, Match, Output, Subject};

pub(super) static ANCHORS: &[&[u8]] = &[
    b"'..'",
    b"\"..\"",
    b"'../'",
    b"\"../\"",
    b"re.match",
    b".match(",
    b"'.exe'",
    b"\".exe\"",
    b"'.bat'",
    b"\".bat\"",
    b"'.sh'",
    b"\".sh\"",
];
pub(super) const CAPTURES: &[&str] = &["what", "text"];

/// What makes sure of the place by itself.
const CONTAINS: &[&str] = &[
    "commonpath",
    "is_relative_to",
    "relative_to",
    "realpath",
    ".resolve(",
    "path.relative",
    "filepath.Rel",
    "startswith(",
    "startsWith(",
    "HasPrefix(",
    "basename",
    "IsLocal",
    "filepath.Base",
    "OpenInRoot",
    "secure_filename",
    "canonicalize",
    "isPathWithin",
    "is_within",
];

pub(super) fn run(subject: &Subject<'_>, _: &[usize], out: &mut Output) {
    let code = subject.code();
    let guards = Guards::new(code);
    let mut found: Vec<(ExprId, &str)> = Vec::new();
    for at in 0..code.module.exprs.len() {
        let id = ExprId(u32::try_from(at).unwrap_or(u32::MAX));
        if let ExprKind::Binary { op: Op::In, left, right } = code.module.kind(id) {
            if is_dots(code, left) && is_name(code, right) {
                found.extend(denies(code, &guards, id).then_some((id, DOTS)));
            } else if is_bad_list(code, right) && guards.role(id) == Role::Refused {
                found.push((id, ENDINGS));
            }
        }
    }
    for name in ["includes", "Contains", "contains", "indexOf"] {
        for call in code.calls_of(name) {
            let (text, part) = match (code.module.kind(call.callee), code.args(call.expr)) {
                (_, [text, part]) if name == "Contains" => (text.value, part.value),
                (ExprKind::Field { base, .. }, [part]) => (base, part.value),
                _ => continue,
            };
            if is_dots(code, part) && is_name(code, text) && denies(code, &guards, call.expr) {
                found.push((call.expr, DOTS));
            } else if is_bad_list(code, text) && guards.role(call.expr) == Role::Refused {
                found.push((call.expr, ENDINGS));
            }
        }
    }
    for name in ["replace", "replaceAll", "ReplaceAll"] {
        for call in code.calls_of(name) {
            let (text, part) = match (code.module.kind(call.callee), code.args(call.expr)) {
                (_, [text, part, _]) if name == "ReplaceAll" => (text.value, part.value),
                (ExprKind::Field { base, .. }, [part, with])
                    if code.module.constant(with.value).is_some_and(|it| it.is_empty()) =>
                {
                    (base, part.value)
                }
                _ => continue,
            };
            if is_dots(code, part) && is_name(code, text) && !has_any(function_text(code, call.expr), CONTAINS) {
                found.push((call.expr, REMOVED));
            }
        }
    }
    for name in ["endswith", "endsWith"] {
        for call in code.calls_of(name) {
            let Some(list) = code.args(call.expr).first().and_then(|arg| list_of(code, arg.value)) else { continue };
            if is_bad_list(code, list) && guards.role(call.expr) == Role::Refused {
                found.push((call.expr, ENDINGS));
            }
        }
    }
    for name in ["match", "test"] {
        for call in code.calls_of(name) {
            if leaks_at_the_end(code, &guards, call.expr, call.callee, &call.path) {
                found.push((call.expr, ANCHOR));
            }
        }
    }
    found.sort_by_key(|(id, _)| code.module.span(*id));
    found.dedup();
    for (id, what) in found {
        let span = code.module.span(id);
        let captures = vec![
            Capture::new("what", what),
            Capture::at("text", crate::matcher::code::captured(text_of(code, id)), span),
        ];
        out.push(Match { span: Some(span), captures, ..Match::default() });
    }
}

const DOTS: &str = "only looks for `..`";
const REMOVED: &str = "takes `..` out, and what is left may have it again";
const ENDINGS: &str = "refuses some endings and lets all others through";
const ANCHOR: &str = "lets a line break at the end through, because `$` stands before it";

fn is_dots(code: &Code<'_>, expr: ExprId) -> bool {
    match code.module.kind(expr) {
        ExprKind::Str { .. } => {
            code.module.string(expr).is_some_and(|text| matches!(&*text, ".." | "../" | "/.." | "..\\" | "/../"))
        }
        ExprKind::Regex(text) => matches!(text, "/\\.\\./g" | "/\\.\\.\\//g" | "/\\.\\./" | "/\\.\\.\\//"),
        _ => false,
    }
}

/// A file's name or a path that somebody gives.
fn is_name(code: &Code<'_>, expr: ExprId) -> bool {
    const WORDS: &[&str] = &["file", "filename", "filepath", "path", "name", "dir", "directory", "folder", "subpath"];
    const OTHER: &[&str] = &[
        "url", "uri", "route", "module", "branch", "ref", "range", "version", "import", "hostname", "host", "user",
        "username", "class",
    ];
    let Some(name) = code.called(expr) else { return false };
    let words = words(&name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let function = code.function_name(expr).unwrap_or_default().to_ascii_lowercase();
    let is_about_files = || function.contains("file") || function.contains("path");
    has(WORDS)
        && !has(OTHER)
        && (words.iter().any(|word| word != "name" && WORDS.contains(&word.as_str())) || is_about_files())
}

/// The test for `..` is all that there is.
fn denies(code: &Code<'_>, guards: &Guards<'_, '_>, test: ExprId) -> bool {
    // What an answer of `not (".." in name or …)` refuses is an answer, too.
    guards.role(test) == Role::Refused && !has_any(function_text(code, test), CONTAINS)
}

/// What the loop variable of `any(name.endswith(ending) for ending in LIST)` runs over, or the list itself.
fn list_of(code: &Code<'_>, expr: ExprId) -> Option<ExprId> {
    let module = &code.module;
    let value = module.value_of(expr);
    if matches!(module.kind(value), ExprKind::List(_)) {
        return Some(expr);
    }
    let binding = module.binding(expr)?;
    for definition in module.definitions(binding) {
        match definition {
            crate::lower::Definition::Part(source) => return Some(*source),
            // The parameter of a callback: what `.some` is called on.
            crate::lower::Definition::Param { function, .. } => {
                let call = code.parent(module.function(*function)?.expr?)?;
                let ExprKind::Call { callee, .. } = module.kind(call) else { return None };
                let ExprKind::Field { base, name: "some" } = module.kind(callee) else { return None };
                return Some(base);
            }
            _ => {}
        }
    }
    None
}

/// A written list of endings of programs.
fn is_bad_list(code: &Code<'_>, expr: ExprId) -> bool {
    const BAD: &[&str] = &[".exe", ".bat", ".cmd", ".sh", ".dll", ".com", ".scr", ".vbs", ".ps1", ".msi", ".pif"];
    const OTHER: &[&str] = &["binary", "ignore", "ignored", "skip", "text", "media", "archive"];
    let module = &code.module;
    if code.called(expr).is_some_and(|name| words(&name).iter().any(|word| OTHER.contains(&word.as_str()))) {
        return false;
    }
    let mut value = module.value_of(expr);
    // `new Set([…])`, `set((…))`
    if matches!(module.kind(value), ExprKind::Call { .. }) {
        let Some(first) = code.args(value).first() else { return false };
        value = module.value_of(first.value);
    }
    let ExprKind::List(list) = module.kind(value) else { return false };
    let elements = module.exprs_of(list);
    let is_bad = |id: &&ExprId| module.string(**id).is_some_and(|text| BAD.contains(&&*text));
    let is_ending = |id: &ExprId| module.string(*id).is_some_and(|text| text.starts_with('.'));
    elements.iter().take(64).filter(is_bad).count() >= 2 && elements.iter().take(64).all(is_ending)
}

/// `re.match` with a `$` at the end, where a file's name is judged.
fn leaks_at_the_end(code: &Code<'_>, guards: &Guards<'_, '_>, call: ExprId, callee: ExprId, path: &str) -> bool {
    let module = &code.module;
    let args = code.args(call);
    let (pattern, name) = match (path, args) {
        ("re.match", [pattern, name, ..]) => (pattern.value, name.value),
        ("re.compile().match", [name]) => {
            let ExprKind::Field { base, .. } = module.kind(callee) else { return false };
            let Some(pattern) = code.args(module.value_of(base)).first() else { return false };
            (pattern.value, name.value)
        }
        _ => return false,
    };
    let Some(text) = module.constant(pattern) else { return false };
    let has_end = text.ends_with('$') && !text.ends_with("\\$");
    has_end && is_name(code, name) && matches!(guards.role(call), Role::Required | Role::Returned | Role::Allowed)
}
