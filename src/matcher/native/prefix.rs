//! A folder's path as a string prefix, where the question is whether a file lies inside of the folder.

use super::guards::{Guards, Role, block_text, sides, text_of};
use super::paths::{
    Origin, ends_in_separator, is_absolute, is_folder_named, is_named_otherwise, is_path_named, origin, touches_files,
};
use crate::lower::{ExprId, ExprKind, Op};
use crate::matcher::{Capture, Code, Match, Output, Subject};

pub(super) static ANCHORS: &[&[u8]] = &[b"startswith", b"startsWith", b"HasPrefix", b"starts_with"];
pub(super) const CAPTURES: &[&str] = &["path", "folder"];

pub(super) fn run(subject: &Subject<'_>, _: &[usize], out: &mut Output) {
    let code = subject.code();
    let guards = Guards::new(code);
    let has_files = touches_files(code);
    for test in prefix_tests(code) {
        if is_containment(code, &guards, &test, has_files) {
            let capture = |name: &str, expr: ExprId| {
                Capture::at(name, crate::matcher::code::captured(text_of(code, expr)), code.module.span(expr))
            };
            let captures = vec![capture("path", test.path), capture("folder", test.folder)];
            out.push(Match { span: Some(code.module.span(test.call)), captures, ..Match::default() });
        }
    }
}

/// A test whether one text begins with another.
pub(super) struct PrefixTest {
    pub call: ExprId,
    pub path: ExprId,
    pub folder: ExprId,
}

/// All such tests of a file; one for each prefix where there are several.
pub(super) fn prefix_tests(code: &Code<'_>) -> Vec<PrefixTest> {
    let mut out = Vec::new();
    for name in ["startswith", "startsWith", "HasPrefix", "starts_with"] {
        for call in code.calls_of(name) {
            let args = code.args(call.expr);
            let (path, folder) = match (code.module.kind(call.callee), args) {
                (_, [path, folder]) if name == "HasPrefix" => (path.value, folder.value),
                (ExprKind::Field { base, .. }, [folder, ..]) if name != "HasPrefix" => (base, folder.value),
                _ => continue,
            };
            match code.module.kind(code.module.value_of(folder)) {
                ExprKind::List(list) => {
                    let folders = code.module.exprs_of(list).iter().take(16);
                    out.extend(folders.map(|folder| PrefixTest { call: call.expr, path, folder: *folder }));
                }
                _ => out.push(PrefixTest { call: call.expr, path, folder }),
            }
        }
    }
    out.sort_by_key(|test| (code.module.span(test.call), code.module.span(test.folder)));
    out.dedup_by_key(|test| test.call);
    out
}

/// Whether a test asks if a path lies in a folder, whatever the folder ends in.
pub(super) fn asks_for_folder(code: &Code<'_>, guards: &Guards<'_, '_>, test: &PrefixTest, has_files: bool) -> bool {
    let role = guards.role(test.call);
    if !role.lets_pass() || is_shortening(code, guards, test, role) {
        return false;
    }
    let made = origin(code, test.path);
    let is_made = made.is_some() && is_path_in_rust(code, test.path);
    let name = code.called(test.path).unwrap_or_default();
    if is_named_otherwise(&name) && !is_made {
        return false;
    }
    // A name alone says little: then the answer must decide whether the function goes on.
    if !is_made && !matches!(role, Role::Required | Role::Returned) {
        return false;
    }
    let is_path = is_made || is_path_named(&name);
    let folder = without_end(code, test.folder);
    if let Some(text) = code.module.constant(test.folder) {
        let is_folder = code.called(folder).is_some_and(|name| is_folder_named(&name));
        return is_absolute(&text) && (is_made || is_folder && is_path && has_files);
    }
    let named = code.called(folder).unwrap_or_default();
    if is_named_otherwise(&named) {
        return false;
    }
    let is_folder_made = origin(code, folder).is_some();
    is_path && (is_folder_made || is_folder_named(&named)) && (is_made || is_folder_made || has_files)
}

/// `base` in `base + os.sep` and `f"{base}/"`.
fn without_end(code: &Code<'_>, folder: ExprId) -> ExprId {
    match code.module.kind(folder) {
        ExprKind::Binary { op: Op::Add, left, .. } => left,
        ExprKind::Concat(list) => code.module.exprs_of(list).first().copied().unwrap_or(folder),
        _ => folder,
    }
}

fn is_containment(code: &Code<'_>, guards: &Guards<'_, '_>, test: &PrefixTest, has_files: bool) -> bool {
    !ends_in_separator(code, test.folder)
        && asks_for_folder(code, guards, test, has_files)
        && !has_second_look(code, guards, test)
}

/// `std::path::Path` compares whole parts; only its text does not.
fn is_path_in_rust(code: &Code<'_>, path: ExprId) -> bool {
    code.module.language != crate::document::Language::Rust
        || super::guards::has_any(text_of(code, code.module.value_of(path)), &["to_str", "to_string", "display"])
}

/// The character behind the prefix is looked at, or the path is compared in another way beside it.
fn has_second_look(code: &Code<'_>, guards: &Guards<'_, '_>, test: &PrefixTest) -> bool {
    let (before, after) = sides(code, test.call, guards.whole(test.call));
    const WORDS: &[&str] =
        &[".sep", "os.sep", "commonpath", "relative", "Separator", "[len(", ".length]", "charAt", "'/'", "\"/\""];
    super::guards::has_any(after, WORDS) || super::guards::has_any(before, &["commonpath", "relative"])
}

/// A path is only written shorter: `"~" + path[len(home):]`.
fn is_shortening(code: &Code<'_>, guards: &Guards<'_, '_>, test: &PrefixTest, role: Role) -> bool {
    const CUTS: &[&str] = &[
        "[len(",
        ".slice(",
        ".substring(",
        ".substr(",
        "removeprefix",
        "TrimPrefix",
        ".replace(",
        "strip_prefix",
        "relative",
        "relpath",
        "trim_start_matches",
        ".replacen(",
    ];
    if role != Role::Allowed {
        return false;
    }
    let then = guards.branch(test.call).map(|(then, _)| block_text(code, then));
    let then = then.unwrap_or_else(|| sides(code, test.call, guards.whole(test.call)).1);
    super::guards::has_any(then, CUTS)
}

/// Whether links are still in the path that is tested.
pub(super) fn is_unresolved(code: &Code<'_>, path: ExprId) -> bool {
    origin(code, path) == Some(Origin::Lexical)
}
