//! Calls that do harm with what they are given, by the tables.

use super::graph::{Arg, Call, CallId, NO_NAME, Node, NodeId};
use super::paths::{Path, hash};
use super::project::{CallAt, Project};
use crate::rule::{Is, Kinds, Place, SinkRow, When};
use crate::text::Span;

/// A call that does harm.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    pub file: usize,
    pub call: CallId,
    pub kind: Kinds,
    pub span: Span,
    /// As it is written.
    pub callee: String,
    /// As the tables name it.
    pub path: String,
    pub does: String,
    /// Whether the first element of the vector that it gets is the program.
    pub has_program: bool,
}

/// A value that a sink gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub node: NodeId,
    pub path: Path,
    /// It is a list of arguments.
    pub is_vector: bool,
}

/// Programs that run what stands behind `-c`.
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ash", "ksh", "fish", "cmd", "powershell", "pwsh"];

/// Whether an element of an argument vector is an option whose value is the next element.
pub(crate) fn is_option(text: &str) -> bool {
    text.starts_with('-') && !text.contains('=') && text.len() > 1
}

/// Whether an argument vector hands its third part to a shell: what kind of sink that part is.
pub(crate) fn interpreter(program: Option<&str>, flag: Option<&str>) -> Option<Kinds> {
    let flag = flag?;
    if !matches!(flag, "-c" | "-lc" | "-ic" | "/c" | "/C" | "-Command" | "-e" | "--eval" | "-p") {
        return None;
    }
    let program = program.unwrap_or("sh");
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".exe").to_ascii_lowercase();
    if SHELLS.contains(&name.as_str()) {
        return matches!(flag, "-c" | "-lc" | "-ic" | "/c" | "/C" | "-Command").then_some(Kinds::COMMAND);
    }
    let is_language = ["python", "node", "ruby", "perl", "php", "deno", "bun"].iter().any(|it| name.starts_with(it));
    (is_language && matches!(flag, "-c" | "-e" | "--eval" | "-p")).then_some(Kinds::EVAL)
}

/// The sinks that a call is, with what each gets.
pub(crate) fn sinks_of(project: &Project<'_>, at: CallAt) -> Vec<(Sink, Vec<Given>)> {
    let (Some(call), Some(targets), Some(table)) = (project.call(at), project.targets(at), project.table(at.file)) else {
        return Vec::new();
    };
    // What the package says itself counts more than what a name looks like.
    if !targets.functions.is_empty() && targets.paths.iter().all(|path| path.starts_with('?')) {
        return Vec::new();
    }
    let graph = project.graph(at.file);
    let args = graph.args_of(call);
    let mut out: Vec<(Sink, Vec<Given>)> = Vec::new();
    for path in &targets.paths {
        for row in table.sinks_of(path) {
            if !row.when.iter().all(|when| holds(project, at, call, when)) || out.iter().any(|(sink, _)| sink.kind == row.kind) {
                continue;
            }
            let given: Vec<Given> = given(project, at, row);
            if !given.is_empty() {
                out.push((sink(project, at, call, row, path), given));
            }
        }
    }
    // `anything(["sh", "-c", text])`
    if !out.iter().any(|(sink, _)| sink.kind == Kinds::COMMAND || sink.kind == Kinds::ARGV) {
        for arg in args {
            let Node::List(run) = graph.get(arg.value) else { continue };
            let [program, flag, text, ..] = graph.list(run) else { continue };
            if let Some(kind @ Kinds::COMMAND) = interpreter(graph.constant(*program), graph.constant(*flag))
                && graph.constant(*program).is_some()
            {
                let path = targets.paths.first().cloned().unwrap_or_default();
                let row = SinkRow { kind, calls: Default::default(), place: Place::default(), when: Vec::new(), has_program: false, does: "hands it to a shell".to_owned() };
                let given = Given { node: *text, path: Path::default(), is_vector: false };
                out.push((sink(project, at, call, &row, &path), vec![given]));
            }
        }
    }
    out
}

fn sink(project: &Project<'_>, at: CallAt, call: &Call, row: &SinkRow, path: &str) -> Sink {
    let graph = project.graph(at.file);
    let name = graph.text(call.name);
    let callee = match name.is_empty() {
        true => path.to_owned(),
        false => name.to_owned(),
    };
    Sink { file: at.file, call: at.id, kind: row.kind, span: call.span, callee, path: path.to_owned(), does: row.does.clone(), has_program: row.has_program }
}

fn entry_path(place: &Place) -> Path {
    place.entry.iter().rev().fold(Path::default(), |path, name| path.inside(hash(name)))
}

fn given(project: &Project<'_>, at: CallAt, row: &SinkRow) -> Vec<Given> {
    let graph = project.graph(at.file);
    let Some(call) = graph.call(at.id) else { return Vec::new() };
    let args = graph.args_of(call);
    let path = entry_path(&row.place);
    let is_vector = row.kind == Kinds::ARGV;
    let mut out: Vec<Given> = Vec::new();
    let mut add = |node: NodeId, path: Path| {
        if !out.iter().any(|it| it.node == node && it.path == path) {
            out.push(Given { node, path, is_vector });
        }
    };
    if row.place.is_all {
        let mut before: Option<&str> = None;
        for arg in args {
            let constant = graph.constant(arg.value);
            match graph.get(arg.value) {
                Node::Spread(inner) if is_vector => out.push(Given { node: inner, path, is_vector }),
                Node::Spread(inner) => out.push(Given { node: inner, path: path.inside(super::paths::ANY), is_vector }),
                // Each is an element of the vector that they are together.
                Node::List(_) | Node::With { .. } if is_vector => out.push(Given { node: arg.value, path, is_vector }),
                _ if is_vector && before == Some("--") => break,
                _ if is_vector && before.is_some_and(is_option) => {}
                _ => out.push(Given { node: arg.value, path, is_vector: false }),
            }
            if constant == Some("--") && is_vector {
                break;
            }
            before = constant;
        }
        return out;
    }
    if row.place.is_receiver
        && let Some(receiver) = call.receiver
    {
        add(receiver, path);
    }
    if let Some(keyword) = &row.place.keyword
        && let Some(arg) = args.iter().find(|arg| arg.name != NO_NAME && graph.text(arg.name) == keyword)
    {
        add(arg.value, path);
    }
    for position in &row.place.positions {
        let mut positional = args.iter().filter(|arg| arg.name == NO_NAME);
        let nth = positional.nth(*position as usize);
        match nth {
            Some(arg) => match graph.get(arg.value) {
                Node::Spread(inner) => add(inner, path.inside(super::paths::ANY)),
                _ => add(arg.value, path),
            },
            None => {
                // `f(*values)`
                let spread = args.iter().find_map(|arg| match graph.get(arg.value) {
                    Node::Spread(inner) if arg.name == NO_NAME => Some(inner),
                    _ => None,
                });
                if let Some(inner) = spread {
                    add(inner, path.inside(super::paths::ANY));
                }
            }
        }
    }
    out
}

/// The values of an argument, or of an entry of it.
fn values(project: &Project<'_>, at: CallAt, call: &Call, place: &Place) -> Vec<(usize, NodeId)> {
    let graph = project.graph(at.file);
    let args: &[Arg] = graph.args_of(call);
    let mut found: Vec<(usize, NodeId)> = Vec::new();
    if let Some(keyword) = &place.keyword {
        found.extend(args.iter().filter(|arg| arg.name != NO_NAME && graph.text(arg.name) == keyword).map(|arg| (at.file, arg.value)));
    }
    for position in &place.positions {
        found.extend(args.iter().filter(|arg| arg.name == NO_NAME).nth(*position as usize).map(|arg| (at.file, arg.value)));
    }
    if place.entry.is_empty() {
        return found;
    }
    let mut out = Vec::new();
    for (file, node) in found {
        out.extend(project.entry_values(super::project::At { file, node }, &place.entry));
    }
    out
}

fn holds(project: &Project<'_>, at: CallAt, call: &Call, when: &When) -> bool {
    let values = values(project, at, call, &when.place);
    let graph = |file: usize| project.graph(file);
    let is = |(file, node): &(usize, NodeId)| match (graph(*file).get(*node), &when.is) {
        (Node::Truth(truth), Is::True) => truth,
        (Node::Truth(truth), Is::False) => !truth,
        (Node::Text(text), Is::True) => !graph(*file).text(text).is_empty(),
        (Node::Text(text), Is::Text(wanted)) => graph(*file).text(text) == wanted,
        _ => false,
    };
    match when.is {
        Is::Set => !values.is_empty(),
        Is::Unset => values.is_empty(),
        // What is not given is false.
        Is::False => values.is_empty() || values.iter().any(is),
        Is::True | Is::Text(_) => values.iter().any(is),
    }
}
