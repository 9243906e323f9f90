//! Functions that are handed to a library, which calls them: `map(f, list)`, `asyncio.to_thread(f, x)`.

use super::graph::{Arg, Call, NO_NAME, NodeId};
use super::paths::Path;
use super::project::{At, CallAt, Fun, Project, Targets, Thing};
use crate::lower::ParamKind;
use crate::rule::{Form, PropagatorRow};

/// A function of the package that a library calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Callback {
    pub fun: Fun,
    /// The position at which it is given.
    position: u32,
    /// Whether what it gives back is what the call of the library gives.
    pub is_direct: bool,
}

/// Functions of the package that a call of a library will call.
pub(crate) fn of_call(project: &Project<'_>, file: usize, call: &Call, targets: &Targets) -> Vec<Callback> {
    let Some(row) = row_of(project, file, targets) else { return Vec::new() };
    let is_direct = row.form == Form::Same && !row.from_receiver;
    let mut out = Vec::new();
    for position in &row.callbacks {
        // `Thread(target=f, args=(x,))`
        let arg =
            positional(project, file, call).nth(*position as usize).or_else(|| named(project, file, call, "target"));
        for thing in arg.map(|arg| project.things(At { file, node: arg.value })).iter().flat_map(|things| things.iter())
        {
            if let Thing::Function(fun) = thing {
                out.push(Callback { fun: *fun, position: *position, is_direct });
            }
        }
    }
    out
}

/// What such a function gets as its parameter; `None` if it is called by the package itself.
pub(crate) fn given(project: &Project<'_>, at: CallAt, fun: Fun, index: u32) -> Option<Vec<(NodeId, Path)>> {
    let targets = project.targets(at)?;
    let callback = targets.callbacks.iter().find(|it| it.fun == fun)?;
    if targets.functions.contains(&fun) {
        return None;
    }
    let row = row_of(project, at.file, targets)?;
    let call = project.call(at)?;
    let params = project.function(fun)?.params.iter().take(index as usize);
    let index = params.filter(|it| it.kind != ParamKind::Receiver).count();
    Some(match row.form {
        Form::Elements => elements(project, at.file, call, row, index),
        _ if row.from_receiver => call.receiver.into_iter().filter(|_| index == 0).map(whole).collect(),
        _ => following(project, at, fun, callback.position, index),
    })
}

fn row_of<'p>(project: &Project<'p>, file: usize, targets: &Targets) -> Option<&'p PropagatorRow> {
    let table = project.table(file)?;
    targets.paths.iter().find_map(|path| table.propagator_of(path)).filter(|row| !row.callbacks.is_empty())
}

fn positional<'p>(project: &Project<'p>, file: usize, call: &Call) -> impl Iterator<Item = &'p Arg> {
    project.graph(file).args_of(call).iter().filter(|arg| arg.name == NO_NAME)
}

fn named<'p>(project: &Project<'p>, file: usize, call: &Call, name: &str) -> Option<&'p Arg> {
    let graph = project.graph(file);
    graph.args_of(call).iter().find(|arg| arg.name != NO_NAME && graph.text(arg.name) == name)
}

fn whole(node: NodeId) -> (NodeId, Path) {
    (node, Path::default())
}

/// Each element in turn; a function that sums up gets what it gave before it.
fn elements(project: &Project<'_>, file: usize, call: &Call, row: &PropagatorRow, index: usize) -> Vec<(NodeId, Path)> {
    let sums_up = project.graph(file).text(call.name).starts_with("reduce");
    if index > usize::from(sums_up) {
        return Vec::new();
    }
    let receiver = call.receiver.filter(|_| row.from_receiver);
    let is_meant = |at: usize| match &row.from {
        None => !row.callbacks.iter().any(|callback| *callback as usize == at),
        Some(positions) => positions.iter().any(|position| *position as usize == at),
    };
    let args = positional(project, file, call).enumerate().filter(|(at, _)| is_meant(*at));
    let nodes = receiver.into_iter().chain(args.map(|(_, arg)| arg.value));
    nodes.map(|node| (node, Path::of(""))).collect()
}

/// The arguments that stand behind the function.
fn following(project: &Project<'_>, at: CallAt, fun: Fun, position: u32, index: usize) -> Vec<(NodeId, Path)> {
    let Some(call) = project.call(at) else { return Vec::new() };
    let own = project.graph(fun.file);
    let params = project.function(fun).map_or(&[][..], |it| it.params.as_slice());
    let param = params.iter().filter(|it| it.kind != ParamKind::Receiver).nth(index);
    let name = param.map_or("", |it| own.text(it.name));
    let behind = || positional(project, at.file, call).nth(position as usize + 1 + index);
    let one = named(project, at.file, call, name).or_else(behind).map(|arg| whole(arg.value));
    let listed = || named(project, at.file, call, "args").map(|arg| (arg.value, Path::of(&index.to_string())));
    one.or_else(listed).into_iter().collect()
}
