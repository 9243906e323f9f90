//! A path is looked at and then opened by its name: what it names may have become something else in between. And a path
//! is looked at before it is asked whether it is an allowed one.

use super::guards::{Guards, has_any, text_of};
use super::links::mentions;
use super::prefix::{PrefixTest, asks_for_folder, prefix_tests};
use super::server::is_server;
use crate::lower::{BindingId, Definition, ExprId, ExprKind, FunctionId, StmtKind};
use crate::matcher::{Called, Capture, Code, Match, Output, Subject};
use std::collections::{HashMap, HashSet};

pub(super) static ANCHORS: &[&[u8]] =
    &[b"exists(", b"isfile(", b"is_file(", b"os.access(", b"existsSync(", b"accessSync(", b".access(", b"os.Stat("];
pub(super) const CAPTURES: &[&str] = &["callee", "path"];

const LOOKS: &[&str] = &[
    "os.path.exists",
    "os.path.isfile",
    "os.path.lexists",
    "os.access",
    "fs.existsSync",
    "fs.accessSync",
    "fs.access",
    "fs.promises.access",
    "fs/promises.access",
];
const LOOKING_METHODS: &[&str] = &["exists", "is_file"];

const OPENS: &[&str] = &[
    "open",
    "io.open",
    "os.open",
    "aiofiles.open",
    "fs.readFileSync",
    "fs.readFile",
    "fs.promises.readFile",
    "fs/promises.readFile",
    "fs.writeFileSync",
    "fs.writeFile",
    "fs.promises.writeFile",
    "fs/promises.writeFile",
    "fs.createReadStream",
    "fs.createWriteStream",
    "fs.openSync",
    "fs.unlinkSync",
    "fs.rmSync",
    "os.remove",
    "os.unlink",
    "shutil.rmtree",
    "shutil.copy",
    "shutil.move",
];
const OPENING_METHODS: &[&str] = &[".read_text", ".read_bytes", ".write_text", ".write_bytes", ".open", ".unlink"];

/// Calls of one function that are looked at.
const MAX_OPENS: usize = 64;

pub(super) fn run(subject: &Subject<'_>, _: &[usize], out: &mut Output) {
    let code = subject.code();
    let is_server = is_server(code);
    let module = &code.module;
    let opens = |path: &str| OPENS.contains(&path) || OPENING_METHODS.iter().any(|end| path.ends_with(end));
    let mut opening: HashMap<FunctionId, Vec<&Called>> = HashMap::new();
    for call in code.all_calls().iter().filter(|call| opens(&call.path)) {
        let here = opening.entry(module.function_of(call.expr)).or_default();
        if here.len() < MAX_OPENS {
            here.push(call);
        }
    }
    let guards = Guards::new(code);
    let mut compared: HashMap<FunctionId, Vec<PrefixTest>> = HashMap::new();
    for test in prefix_tests(code) {
        let here = compared.entry(module.function_of(test.call)).or_default();
        if here.len() < MAX_OPENS {
            here.push(test);
        }
    }
    let mut seen = HashSet::new();
    for function in &module.functions {
        for stmt in module.statements(function.body) {
            let StmtKind::If { condition, .. } = stmt.kind else { continue };
            let Some((look, callee, path)) = look_in(code, condition) else { continue };
            let Some(binding) = module.binding(path) else { continue };
            let here = module.function_of(look);
            let is_behind = |id: ExprId| module.span(id).start > module.span(look).end;
            let is_opened = opening.get(&here).into_iter().flatten().any(|call| {
                is_behind(call.expr)
                    && opened(code, call.expr, call.callee).is_some_and(|it| mentions(code, it, binding))
            });
            // Whether a file is there is told of every path, before the question which paths are allowed.
            let is_compared = compared.get(&here).into_iter().flatten().any(|test| {
                is_behind(test.call) && mentions(code, test.path, binding) && asks_for_folder(code, &guards, test, true)
            });
            let is_used = is_server && is_opened || is_compared;
            if is_used && comes_in(code, binding) && seen.insert((here, binding)) {
                let captures = vec![
                    Capture::at("callee", crate::matcher::code::captured(text_of(code, callee)), module.span(callee)),
                    Capture::at("path", crate::matcher::code::captured(text_of(code, path)), module.span(path)),
                ];
                out.push(Match { span: Some(module.span(look)), captures, ..Match::default() });
            }
        }
    }
}

/// The look at a path in a condition: the call, what it calls, the path.
fn look_in(code: &Code<'_>, condition: ExprId) -> Option<(ExprId, ExprId, ExprId)> {
    let module = &code.module;
    let mut open = vec![condition];
    let mut steps = 0;
    while let Some(id) = open.pop() {
        steps += 1;
        if steps > 64 {
            return None;
        }
        if let ExprKind::Call { callee, .. } = module.kind(id) {
            let path = module.path(callee);
            if LOOKS.contains(&path.as_str()) {
                return code.args(id).first().map(|arg| (id, callee, arg.value));
            }
            if let ExprKind::Field { base, name } = module.kind(callee)
                && LOOKING_METHODS.contains(&name)
                && code.args(id).is_empty()
            {
                return Some((id, callee, base));
            }
        }
        module.parts(id, |part| open.push(part));
    }
    None
}

/// What a call opens: its first argument, or what the method is of.
fn opened(code: &Code<'_>, call: ExprId, callee: ExprId) -> Option<ExprId> {
    match code.module.kind(callee) {
        ExprKind::Field { base, name }
            if OPENING_METHODS.iter().any(|method| method.ends_with(name))
                && code.module.binding(base).is_some_and(|it| !is_import(code, it)) =>
        {
            Some(base)
        }
        _ => code.args(call).first().map(|arg| arg.value),
    }
}

fn is_import(code: &Code<'_>, binding: BindingId) -> bool {
    code.module.definitions(binding).iter().any(|it| matches!(it, Definition::Import { .. }))
}

/// Whether a name is a parameter, or made of one: the path is not the server's own.
fn comes_in(code: &Code<'_>, binding: BindingId) -> bool {
    let module = &code.module;
    let mut open = vec![(binding, 0)];
    let mut steps = 0;
    while let Some((binding, depth)) = open.pop() {
        for definition in module.definitions(binding) {
            match definition {
                Definition::Param { function, index } => {
                    let param = module.function(*function).and_then(|it| it.params.get(*index as usize));
                    let name = param.and_then(|it| it.name).unwrap_or_default();
                    if !has_any(name, &["self", "cls", "config", "ctx", "context"]) {
                        return true;
                    }
                }
                Definition::Value(value) | Definition::Part(value) if depth < 4 => {
                    let mut parts = vec![*value];
                    while let Some(id) = parts.pop() {
                        steps += 1;
                        if steps > 200 {
                            return false;
                        }
                        if let Some(binding) = module.binding(id) {
                            open.push((binding, depth + 1));
                        }
                        module.parts(id, |part| parts.push(part));
                    }
                }
                _ => {}
            }
        }
    }
    false
}
