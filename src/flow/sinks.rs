//! Calls that do harm with what they are given, by the tables.

use super::graph::{Arg, Call, CallId, Graph, NO_NAME, Node, NodeId};
use super::paths::{Path, hash};
use super::project::{At, CallAt, Project, Thing};
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
    /// What kind of sink gets it, if that is not the kind of the row.
    pub kind: Option<Kinds>,
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
    let (Some(call), Some(targets), Some(table)) = (project.call(at), project.targets(at), project.table(at.file))
    else {
        return Vec::new();
    };
    // What the package says itself counts more than what a name looks like.
    if !targets.functions.is_empty() && targets.paths.iter().all(|path| path.starts_with('?')) {
        return Vec::new();
    }
    let mut out: Vec<(Sink, Vec<Given>)> = Vec::new();
    for path in &targets.paths {
        for row in table.sinks_of(path) {
            if !row.when.iter().all(|when| holds(project, at, call, when)) {
                continue;
            }
            for given in given(project, at, row) {
                let kind = given.kind.unwrap_or(row.kind);
                let does = if given.kind.is_some() { handed_to(kind) } else { row.does.as_str() };
                let found = Sink { has_program: row.has_program, ..sink(project, at, call, kind, path, does) };
                add(&mut out, found, given);
            }
        }
    }
    // In a shell, the program and its arguments are one text.
    if out.iter().any(|(sink, _)| sink.kind == Kinds::COMMAND) {
        out.retain(|(sink, _)| !(Kinds::PROGRAM | Kinds::ARGV).has(sink.kind));
    }
    if !out.iter().any(|(sink, _)| (Kinds::COMMAND | Kinds::ARGV).has(sink.kind)) {
        let path = targets.paths.first().map_or("", String::as_str);
        let found = handed_to_shell(project, at, call);
        out.extend(
            found.map(|given| (sink(project, at, call, Kinds::COMMAND, path, handed_to(Kinds::COMMAND)), vec![given])),
        );
    }
    out
}

/// One sink for each kind, with all that it gets.
fn add(out: &mut Vec<(Sink, Vec<Given>)>, sink: Sink, given: Given) {
    let Some((known, all)) = out.iter_mut().find(|(known, _)| known.kind == sink.kind) else {
        return out.push((sink, vec![given]));
    };
    known.has_program |= sink.has_program;
    if !all.iter().any(|it| it.node == given.node && it.path == given.path) {
        all.push(given);
    }
}

/// `anything(["sh", "-c", text])`
fn handed_to_shell(project: &Project<'_>, at: CallAt, call: &Call) -> Option<Given> {
    let graph = project.graph(at.file);
    graph.args_of(call).iter().find_map(|arg| {
        let Node::List(run) = graph.get(arg.value) else { return None };
        let [program, flag, text, ..] = graph.list(run) else { return None };
        let program = graph.constant(*program)?;
        let kind = interpreter(Some(program), graph.constant(*flag))?;
        (kind == Kinds::COMMAND).then_some(Given { node: *text, path: Path::default(), is_vector: false, kind: None })
    })
}

/// What a program does with an argument that it interprets.
pub(crate) fn handed_to(kind: Kinds) -> &'static str {
    match kind {
        Kinds::COMMAND => "hands it to a shell",
        Kinds::EVAL => "hands it to an interpreter",
        _ => "runs the program that it names",
    }
}

fn sink(project: &Project<'_>, at: CallAt, call: &Call, kind: Kinds, path: &str, does: &str) -> Sink {
    let graph = project.graph(at.file);
    let name = graph.text(call.name);
    let callee = if name.is_empty() { path } else { name }.to_owned();
    let (path, does) = (path.to_owned(), does.to_owned());
    Sink { file: at.file, call: at.id, kind, span: call.span, callee, path, does, has_program: false }
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
    if is_vector && (row.place.is_all || row.place.positions.len() > 1) {
        return elements(graph, args, row.place.positions.first().copied().unwrap_or(0) as usize, path);
    }
    // Of `run(*vector)` only the first is the program.
    let is_first = row.kind == Kinds::PROGRAM && row.place.positions == [0];
    let element = if is_first { hash("0") } else { super::paths::ANY };
    let mut out: Vec<Given> = Vec::new();
    let mut add = |node: NodeId| {
        let given = match graph.get(node) {
            Node::Spread(inner) => Given { node: inner, path: path.inside(element), is_vector, kind: None },
            _ => Given { node, path, is_vector, kind: None },
        };
        out.push(given);
    };
    if row.place.is_all {
        args.iter().for_each(|arg| add(arg.value));
        return out;
    }
    if row.place.is_receiver {
        call.receiver.into_iter().for_each(&mut add);
    }
    if let Some(keyword) = &row.place.keyword {
        args.iter().filter(|arg| arg.name != NO_NAME && graph.text(arg.name) == keyword).for_each(|arg| add(arg.value));
    }
    let positional = || args.iter().filter(|arg| arg.name == NO_NAME);
    // `f(*values)`
    let spread = || positional().find(|arg| matches!(graph.get(arg.value), Node::Spread(_)));
    for position in &row.place.positions {
        positional().nth(*position as usize).or_else(spread).into_iter().for_each(|arg| add(arg.value));
    }
    if is_text(row.kind) && path.is_empty() {
        out.retain(|given| !is_object(project, At { file: at.file, node: given.node }));
    }
    out
}

/// Arguments that are a vector together: each that the program could take for an option, or runs.
fn elements(graph: &Graph, args: &[Arg], first: usize, path: Path) -> Vec<Given> {
    let mut out = Vec::new();
    let constants: Vec<Option<&str>> = args.iter().map(|arg| graph.constant(arg.value)).collect();
    let constant = |at: Option<usize>| at.and_then(|at| constants.get(at).copied().flatten());
    let mut is_open = true;
    for (at, arg) in args.iter().enumerate().skip(first).filter(|(_, arg)| arg.name == NO_NAME) {
        let (before, program) = (constant(at.checked_sub(1)), constant(at.checked_sub(2)));
        is_open &= before != Some("--");
        let run = program.and_then(|program| interpreter(Some(program), before));
        match graph.get(arg.value) {
            Node::Spread(_) | Node::List(_) | Node::With { .. } if !is_open => {}
            Node::Spread(node) => out.push(Given { node, path, is_vector: true, kind: None }),
            Node::List(_) | Node::With { .. } => out.push(Given { node: arg.value, path, is_vector: true, kind: None }),
            _ if run.is_some() => out.push(Given { node: arg.value, path, is_vector: false, kind: run }),
            _ if !is_open || before.is_some_and(is_option) => {}
            _ => out.push(Given { node: arg.value, path, is_vector: false, kind: None }),
        }
    }
    out
}

/// Whether sinks of a kind get a text, so that an object is not what they get: its entries have rows of their own.
fn is_text(kind: Kinds) -> bool {
    let texts = Kinds::COMMAND | Kinds::PROGRAM | Kinds::EVAL | Kinds::FILE | Kinds::URL | Kinds::OPEN | Kinds::QUERY;
    texts.has(kind)
}

/// Whether a value is nothing but an object that is written out.
fn is_object(project: &Project<'_>, at: At) -> bool {
    let things = project.things(at);
    let is_one = |thing: &Thing| match thing {
        Thing::Object(at) => matches!(project.node(*at), Node::Object(_) | Node::With { .. }),
        _ => false,
    };
    !things.is_empty() && things.iter().all(is_one)
}

/// The values of an argument, or of an entry of it.
fn values(project: &Project<'_>, at: CallAt, call: &Call, place: &Place) -> Vec<(usize, NodeId)> {
    let graph = project.graph(at.file);
    let args: &[Arg] = graph.args_of(call);
    let mut found: Vec<(usize, NodeId)> = Vec::new();
    if let Some(keyword) = &place.keyword {
        found.extend(
            args.iter()
                .filter(|arg| arg.name != NO_NAME && graph.text(arg.name) == keyword)
                .map(|arg| (at.file, arg.value)),
        );
    }
    for position in &place.positions {
        found.extend(
            args.iter().filter(|arg| arg.name == NO_NAME).nth(*position as usize).map(|arg| (at.file, arg.value)),
        );
    }
    if place.entry.is_empty() {
        return found;
    }
    let mut out = Vec::new();
    for (file, node) in found {
        out.extend(project.entry_values(At { file, node }, &place.entry));
    }
    out
}

fn holds(project: &Project<'_>, at: CallAt, call: &Call, when: &When) -> bool {
    let values = values(project, at, call, &when.place);
    let graph = |file: usize| project.graph(file);
    let is_named = |file: usize, node: NodeId, wanted: &str| {
        let things = project.things(At { file, node });
        things.iter().any(|thing| matches!(thing, Thing::External(path) if path == wanted))
    };
    let is = |(file, node): &(usize, NodeId)| match (graph(*file).get(*node), &when.is) {
        (Node::Truth(truth), Is::True) => truth,
        (Node::Truth(truth), Is::False) => !truth,
        (Node::Text(text), Is::True) => !graph(*file).text(text).is_empty(),
        (Node::Text(text), Is::Text(wanted)) => graph(*file).text(text) == wanted,
        // `yaml.Loader`
        (_, Is::Text(wanted)) => is_named(*file, *node, wanted),
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
