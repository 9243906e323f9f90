//! What checks prove: of a value at a moment, of what a function gives back, of what a predicate says.

use super::charset::{Charset, kinds_of_prefix, prefix_of_pattern};
use super::graph::{Atom, Call, CallId, CondId, FunId, Graph, Node, NodeId, Operand, Test};
use super::paths::{ANY, Path};
use super::project::{At, CallAt, Fun, Project, Thing};
use super::state::*;
use crate::flow::maps::{HashMap, HashSet};
use crate::rule::{GuardWhen, Kinds};
use crate::text::Span;
use std::cell::{Cell, RefCell};

/// Functions behind functions that are asked for what they check.
const MAX_DEPTH: u32 = 12;
/// Values made of a value that a check on them is looked for.
const MAX_DERIVED: u32 = 6;
/// Conditions that are looked at for one value.
const MAX_CONDS: usize = 256;

/// How a value that was checked was made of the one that is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Via {
    /// A path was resolved.
    resolved: bool,
    /// It is the way from another folder to it.
    relative: bool,
    /// The longest common path with others.
    common: bool,
    /// The last part of a path.
    basename: bool,
    /// A part of a URL.
    host: bool,
    scheme: bool,
    /// Something else of it: parts, an element.
    partial: bool,
}

#[derive(Debug)]
pub(crate) struct Facts<'s, 'p> {
    pub project: &'s Project<'p>,
    /// Conditions on what was made of a value, by file and value.
    derived: Vec<HashMap<NodeId, Vec<(CondId, Via)>>>,
    tells: RefCell<HashMap<(Fun, u32, Path, Asked), State>>,
    open: RefCell<HashSet<(Fun, u32, Path, Asked)>>,
    pub steps: Cell<u64>,
    /// By file: what checks of addresses have.
    marks: Vec<Vec<Mark>>,
    addresses: RefCell<HashMap<Fun, bool>>,
    /// By file: the calls of each function.
    calls: Vec<HashMap<FunId, Vec<CallId>>>,
    /// By file: from when to when something that the operator configures is not there.
    unconfigured: Vec<Vec<(u32, u32)>>,
}

/// What a function is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    /// That it came back.
    Returned,
    True,
    False,
}

impl<'s, 'p> Facts<'s, 'p> {
    pub(crate) fn new(project: &'s Project<'p>) -> Self {
        let mut out = Self {
            project,
            derived: Vec::new(),
            tells: RefCell::default(),
            open: RefCell::default(),
            steps: Cell::new(0),
            marks: project.files.iter().map(|file| marks(&file.graph)).collect(),
            addresses: RefCell::default(),
            calls: project.files.iter().map(|file| calls(&file.graph)).collect(),
            unconfigured: project.files.iter().map(|file| unconfigured(&file.graph)).collect(),
        };
        out.derived = (0..project.files.len()).map(|file| out.derive(file)).collect();
        out
    }

    /// A check on what was made of a value is one on the value.
    fn derive(&self, file: usize) -> HashMap<NodeId, Vec<(CondId, Via)>> {
        let graph = self.project.graph(file);
        let mut out: HashMap<NodeId, Vec<(CondId, Via)>> = HashMap::default();
        let mut known: HashMap<NodeId, Vec<(NodeId, Via)>> = HashMap::default();
        for (id, cond) in graph.conds.iter().enumerate() {
            if cond.to <= cond.from {
                continue;
            }
            let origins = known.entry(cond.atom.subject).or_insert_with(|| self.origins(file, cond.atom.subject));
            for (node, via) in origins.iter() {
                out.entry(*node).or_default().push((CondId::of(id), *via));
            }
        }
        out
    }

    /// The values of which a value is made in a way that keeps what is checked.
    fn origins(&self, file: usize, node: NodeId) -> Vec<(NodeId, Via)> {
        let graph = self.project.graph(file);
        let mut out: Vec<(NodeId, Via)> = Vec::new();
        let mut open = vec![(node, Via::default(), 0)];
        while let Some((at, via, depth)) = open.pop() {
            if depth > MAX_DERIVED || out.len() > 32 {
                continue;
            }
            if depth > 0 {
                out.push((at, via));
            }
            match graph.get(at) {
                Node::Call(id) => self.origins_of_call(file, id, via, depth, &mut open),
                Node::Field { base, name } => match graph.text(name) {
                    "hostname" | "host" | "netloc" => open.push((base, Via { host: true, ..via }, depth + 1)),
                    "protocol" | "scheme" => open.push((base, Via { scheme: true, ..via }, depth + 1)),
                    "origin" | "href" | "length" => {}
                    _ => {}
                },
                Node::Element(base) => open.push((base, Via { partial: true, ..via }, depth + 1)),
                Node::Choice(run) if run.len <= 4 => {
                    graph.list(run).iter().for_each(|part| open.push((*part, via, depth + 1)));
                }
                // `path + sep`
                Node::Concat(run) if run.len <= 3 => {
                    let parts = graph.list(run);
                    let is_foreign = |part: &&NodeId| !matches!(graph.get(**part), Node::Text(_));
                    let others: Vec<&NodeId> = parts.iter().filter(is_foreign).collect();
                    // The last part of a joined path is what is checked.
                    if let Some(last) = others.last() {
                        open.push((**last, via, depth + 1));
                    }
                }
                _ => {}
            }
        }
        out
    }

    fn origins_of_call(&self, file: usize, id: CallId, via: Via, depth: u32, open: &mut Vec<(NodeId, Via, u32)>) {
        let graph = self.project.graph(file);
        let Some(call) = graph.call(id) else { return };
        let Some(targets) = self.project.targets(CallAt { file, id }) else { return };
        let name = graph.text(call.name);
        let args = graph.args_of(call);
        let args_with = |via: Via, open: &mut Vec<(NodeId, Via, u32)>| {
            for arg in args {
                match graph.get(arg.value) {
                    Node::List(run) => open.extend(graph.list(run).iter().map(|item| (*item, via, depth + 1))),
                    Node::Spread(inner) => open.push((inner, via, depth + 1)),
                    _ => open.push((arg.value, via, depth + 1)),
                }
            }
        };
        match name {
            "relative" => return args_with(Via { relative: true, ..via }, open),
            "commonpath" | "commonprefix" => return args_with(Via { common: true, ..via }, open),
            "basename" => return args_with(Via { basename: true, ..via }, open),
            name if is_resolving(name) => {
                let via = Via { resolved: true, ..via };
                args_with(via, open);
                if let Some(receiver) = call.receiver {
                    open.push((receiver, via, depth + 1));
                }
                return;
            }
            // `new URL(x).hostname` after a lookup of its address.
            "lookup" | "resolve4" | "resolve6" | "getaddrinfo" | "gethostbyname" | "ip_address" | "parse"
                if via.host || name != "parse" =>
            {
                return args_with(via, open);
            }
            _ => {}
        }
        for path in &targets.paths {
            let Some(row) = self.project.table(file).and_then(|table| table.propagator_of(path)) else { continue };
            if !row.keeps {
                continue;
            }
            if row.from_receiver
                && let Some(receiver) = call.receiver
            {
                open.push((receiver, via, depth + 1));
            }
            match &row.from {
                None => args_with(via, open),
                Some(positions) => {
                    for arg in positions.iter().filter_map(|at| args.get(*at as usize)) {
                        open.push((arg.value, via, depth + 1));
                    }
                }
            }
            return;
        }
        // Plain texts made of a text: what is checked on the one holds for the other.
        if let Some(receiver) = call.receiver
            && matches!(
                name,
                "toLowerCase"
                    | "toUpperCase"
                    | "trim"
                    | "toString"
                    | "lower"
                    | "upper"
                    | "strip"
                    | "casefold"
                    | "lstrip"
                    | "rstrip"
                    | "joinpath"
                    | "expanduser"
                    | "as_posix"
                    | "decode"
                    | "encode"
            )
        {
            open.push((receiver, via, depth + 1));
            if name == "joinpath" {
                args_with(via, open);
            }
            return;
        }
        if matches!(
            name,
            "String"
                | "str"
                | "URL"
                | "urlparse"
                | "urlsplit"
                | "Path"
                | "PurePath"
                | "PurePosixPath"
                | "join"
                | "fspath"
                | "fileURLToPath"
        ) {
            args_with(via, open);
            return;
        }
        // A function of the package that only hands on what it was given.
        for function in &targets.functions {
            let Some(it) = self.project.function(*function) else { continue };
            if it.exits.len() > 12 {
                continue;
            }
            for (index, _) in it.params.iter().enumerate() {
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                let own = self.project.graph(function.file);
                let Some(param) = own.known(Node::Param { function: function.id, index }) else { continue };
                for value in it.exits.iter().filter_map(|exit| exit.value) {
                    let found = self.shallow_origins(function.file, value, param);
                    if let Some(inner) = found {
                        for (node, path) in self.project.given(CallAt { file, id }, *function, index) {
                            if path.is_empty() {
                                open.push((node, merge(via, inner), depth + 2));
                            }
                        }
                    }
                }
            }
        }
    }

    /// How a value is made of `wanted`, by resolving and cleaning only.
    fn shallow_origins(&self, file: usize, node: NodeId, wanted: NodeId) -> Option<Via> {
        let graph = self.project.graph(file);
        let mut open = vec![(node, Via::default(), 0)];
        while let Some((at, via, depth)) = open.pop() {
            if at == wanted {
                return Some(via);
            }
            if depth > 8 {
                continue;
            }
            match graph.get(at) {
                Node::Concat(run) if run.len <= 4 => {
                    graph.list(run).iter().for_each(|part| open.push((*part, via, depth + 1)))
                }
                Node::Choice(run) if run.len <= 8 => {
                    graph.list(run).iter().for_each(|part| open.push((*part, via, depth + 1)))
                }
                Node::Call(id) => {
                    let Some(call) = graph.call(id) else { continue };
                    let is_resolving = matches!(
                        graph.text(call.name),
                        "resolve"
                            | "realpath"
                            | "realpathSync"
                            | "normalize"
                            | "normpath"
                            | "abspath"
                            | "join"
                            | "expanduser"
                            | "trim"
                            | "strip"
                            | "lower"
                            | "toLowerCase"
                            | "Path"
                            | "String"
                            | "str"
                            | "URL"
                    );
                    if matches!(graph.text(call.name), "replace" | "replaceAll" | "slice" | "substring" | "toUpperCase")
                    {
                        open.extend(call.receiver.map(|receiver| (receiver, via, depth + 1)));
                    } else if is_resolving {
                        let via = Via { resolved: via.resolved || graph.text(call.name).contains("e"), ..via };
                        graph.args_of(call).iter().for_each(|arg| open.push((arg.value, via, depth + 1)));
                        open.extend(call.receiver.map(|receiver| (receiver, via, depth + 1)));
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// What is known of a value, or of what `path` names of it, at a moment.
    pub(crate) fn at(&self, at: At, path: Path, moment: u32) -> State {
        self.known(at, path, moment, 0)
    }

    fn known(&self, at: At, path: Path, moment: u32, depth: u32) -> State {
        let graph = self.project.graph(at.file);
        let mut out = State::default();
        let is_in_force =
            |id: &CondId| graph.conds.get(id.index()).is_some_and(|cond| cond.from <= moment && moment < cond.to);
        let direct = graph.conds_of.get(&at.node).into_iter().flatten();
        for id in direct.filter(|id| is_in_force(id)).take(MAX_CONDS) {
            if let Some(cond) = graph.conds.get(id.index()) {
                out = out.and(self.proves(at.file, cond.atom, Via::default(), path, depth));
            }
        }
        if path.is_empty()
            && let Some(derived) = self.derived.get(at.file).and_then(|it| it.get(&at.node))
        {
            for (id, via) in derived.iter().filter(|(id, _)| is_in_force(id)).take(MAX_CONDS) {
                if let Some(cond) = graph.conds.get(id.index()) {
                    out = out.and(self.proves(at.file, cond.atom, *via, path, depth));
                }
            }
        }
        out
    }

    /// What an atom tells of the value that it is about, or of what that was made of.
    fn proves(&self, file: usize, atom: Atom, via: Via, path: Path, depth: u32) -> State {
        self.steps.set(self.steps.get() + 1);
        let graph = self.project.graph(file);
        let via = Via { resolved: via.resolved || self.is_resolved(file, atom.subject), ..via };
        if !path.is_empty() && !matches!(atom.test, Test::Told { .. } | Test::Returned { .. }) {
            return State::default();
        }
        match atom.test {
            Test::IsPlain => State::safe(Kinds::ALL),
            Test::Truthy => State::default(),
            // What is not there does nothing.
            Test::Falsy if via == Via::default() => State::safe(Kinds::ALL),
            Test::Falsy => State::default(),
            Test::Equals(other) => self.equal(file, atom.subject, other, via),
            Test::In(set) => self.member(file, set, via),
            Test::Differs(_) | Test::NotIn(_) => match via {
                // A name on a list of forbidden ones.
                Via { relative: false, common: false, .. } => State::flag(WEAK_LIST),
                _ => State::default(),
            },
            Test::Lacks(part) => self.lacks(file, part),
            Test::Holds(_) => State::default(),
            Test::Either(one, other) => {
                let one = graph
                    .tests
                    .get(one.index())
                    .map_or(State::default(), |it| self.proves(file, *it, via, path, depth));
                let other = graph
                    .tests
                    .get(other.index())
                    .map_or(State::default(), |it| self.proves(file, *it, via, path, depth));
                one.or(other)
            }
            Test::Told { call, on, holds } => self.told(file, call, on, holds, via, path, depth),
            Test::Returned { call, on } => self.came_back(file, call, on, via, path, depth),
        }
    }

    /// Whether a value is a path that was resolved.
    fn is_resolved(&self, file: usize, node: NodeId) -> bool {
        let graph = self.project.graph(file);
        let mut open = vec![(node, 0)];
        while let Some((at, depth)) = open.pop() {
            match graph.get(at) {
                Node::Call(id) => {
                    let Some(call) = graph.call(id) else { continue };
                    if is_resolving(graph.text(call.name)) {
                        return true;
                    }
                    let targets = self.project.targets(CallAt { file, id });
                    for fun in targets.map_or(&[][..], |it| it.functions.as_slice()) {
                        let exits = self.project.function(*fun).map_or(&[][..], |it| it.exits.as_slice());
                        let values = exits.iter().filter_map(|exit| exit.value);
                        if depth == 0
                            && exits.len() <= 4
                            && values.into_iter().any(|value| self.calls_resolve(fun.file, value))
                        {
                            return true;
                        }
                    }
                }
                Node::Choice(run) if depth < 3 => {
                    open.extend(graph.list(run).iter().take(4).map(|part| (*part, depth + 1)))
                }
                _ => {}
            }
        }
        false
    }

    fn calls_resolve(&self, file: usize, node: NodeId) -> bool {
        let graph = self.project.graph(file);
        match graph.get(node) {
            Node::Call(id) => graph.call(id).is_some_and(|call| is_resolving(graph.text(call.name))),
            Node::Choice(run) => graph.list(run).iter().any(|part| matches!(graph.get(*part), Node::Call(id) if graph.call(id).is_some_and(|call| is_resolving(graph.text(call.name))))),
            _ => false,
        }
    }

    fn equal(&self, file: usize, subject: NodeId, other: NodeId, via: Via) -> State {
        let graph = self.project.graph(file);
        if via.host {
            return State::safe(Kinds::URL);
        }
        if via.scheme {
            return State::safe(Kinds::OPEN);
        }
        if via.common {
            return State::safe(Kinds::FILE);
        }
        if via.basename {
            // `basename(x) === x`
            return match graph.get(subject) {
                Node::Call(id) => {
                    let same =
                        graph.call(id).is_some_and(|call| graph.args_of(call).iter().any(|arg| arg.value == other));
                    if same { State::safe(Kinds::FILE) } else { State::default() }
                }
                _ => State::default(),
            };
        }
        if via.partial {
            return State::default();
        }
        match graph.get(other) {
            Node::Text(_) | Node::Plain | Node::Truth(_) => State::safe(Kinds::ALL),
            // The folder itself, beside what is below of it.
            _ if via.resolved => State::safe(Kinds::FILE),
            _ => State::default(),
        }
    }

    /// Membership in a set, a list or the keys of a map that the server has.
    fn member(&self, file: usize, set: NodeId, via: Via) -> State {
        let graph = self.project.graph(file);
        if via.relative || via.basename {
            return State::default();
        }
        let kinds = match via {
            Via { host: true, .. } => Kinds::URL,
            Via { scheme: true, .. } => Kinds::OPEN,
            Via { partial: true, .. } => return State::default(),
            _ => Kinds::ALL,
        };
        match graph.get(set) {
            // `"ab" in text` is no list.
            Node::Text(_) | Node::Concat(_) | Node::Plain | Node::Truth(_) => State::default(),
            Node::Field { name, .. } if graph.text(name) == "parents" => State::safe(Kinds::FILE),
            _ => State::safe(kinds),
        }
    }

    /// A text does not stand in it.
    fn lacks(&self, file: usize, part: NodeId) -> State {
        match self.project.text(At { file, node: part }).as_deref() {
            Some("..") => State::flag(NO_DOTS | WEAK_LIST),
            Some("/") => State::flag(NO_SLASH | WEAK_LIST),
            Some("../" | "..\\") => State::flag(WEAK_LIST),
            Some("\0") | None => State::default(),
            Some(_) => State::flag(WEAK_LIST),
        }
    }

    /// The result of a call counts as true, or as false.
    fn told(&self, file: usize, id: CallId, on: Operand, holds: bool, via: Via, path: Path, depth: u32) -> State {
        let graph = self.project.graph(file);
        let Some(call) = graph.call(id) else { return State::default() };
        let mut out = State::default();
        if path.is_empty() {
            out = out.and(self.told_by_language(file, call, on, holds, via));
            let when = if holds { GuardWhen::True } else { GuardWhen::False };
            out = out.and(self.told_by_library(file, id, on, when, via));
        }
        let asked = if holds { Asked::True } else { Asked::False };
        out.and(self.told_by_package(file, id, on, asked, via, path, depth))
    }

    fn came_back(&self, file: usize, id: CallId, on: Operand, via: Via, path: Path, depth: u32) -> State {
        let mut out = State::default();
        if path.is_empty() {
            out = self.told_by_library(file, id, on, GuardWhen::Returns, via);
        }
        out.and(self.told_by_package(file, id, on, Asked::Returned, via, path, depth))
    }

    /// Checks that the language has: patterns, prefixes, membership, types.
    fn told_by_language(&self, file: usize, call: &Call, on: Operand, holds: bool, via: Via) -> State {
        let graph = self.project.graph(file);
        let args = graph.args_of(call);
        let arg = |at: usize| args.get(at).map(|arg| At { file, node: arg.value });
        let receiver = call.receiver.map(|node| At { file, node });
        match (graph.text(call.name), on) {
            // `pattern.test(x)`, `PATTERN.match(x)`
            ("test" | "exec" | "match" | "fullmatch" | "search", Operand::Arg(0)) => {
                let full = graph.text(call.name) == "fullmatch";
                let from_start = graph.text(call.name) == "match";
                self.matched_any(receiver, full, from_start, holds, via)
            }
            // `re.match(pattern, x)`
            ("match" | "fullmatch" | "search", Operand::Arg(1)) => {
                let full = graph.text(call.name) == "fullmatch";
                self.matched_any(arg(0), full, graph.text(call.name) == "match", holds, via)
            }
            // `x.match(pattern)`
            ("match" | "search", Operand::Receiver) => self.matched_any(arg(0), false, false, holds, via),
            ("startsWith" | "startswith", Operand::Receiver) => {
                let Some(prefix) = arg(0) else { return State::default() };
                self.begins(prefix, holds, via)
            }
            (
                "includes" | "has" | "contains" | "hasOwnProperty" | "hasOwn" | "indexOf" | "__contains__",
                Operand::Arg(at),
            ) if holds => {
                let set = if graph.text(call.name) == "hasOwn" && at == 1 {
                    args.first().map(|it| it.value)
                } else {
                    call.receiver
                };
                match set {
                    Some(set) if !self.is_text(At { file, node: set }) => self.member(file, set, via),
                    _ => State::default(),
                }
            }
            ("includes" | "contains" | "indexOf" | "__contains__", Operand::Receiver) if !holds => match arg(0) {
                Some(part) => self.lacks(file, part.node),
                None => State::default(),
            },
            ("includes" | "has", Operand::Arg(_)) => State::flag(WEAK_LIST),
            ("isAbsolute" | "isabs" | "is_absolute", _) if !holds => match via.relative {
                true => State::default(),
                false => State::flag(NOT_ABSOLUTE),
            },
            ("isNaN", _) if !holds => State::safe(Kinds::ALL),
            ("isInteger" | "isFinite" | "isSafeInteger", _) if holds => State::safe(Kinds::ALL),
            ("isdigit" | "isnumeric" | "isdecimal", Operand::Receiver) if holds => State::safe(Kinds::ALL),
            ("isinstance", Operand::Arg(0)) if holds => {
                let Some(types) = arg(1) else { return State::default() };
                let list = match self.project.node(types) {
                    Node::List(run) => graph.list(run).to_vec(),
                    _ => vec![types.node],
                };
                let is_plain = |node: &NodeId| matches!(graph.get(*node), Node::Global(name) if matches!(graph.text(name), "int" | "float" | "bool"));
                if !list.is_empty() && list.iter().all(is_plain) { State::safe(Kinds::ALL) } else { State::default() }
            }
            _ => State::default(),
        }
    }

    fn is_text(&self, at: At) -> bool {
        let things = self.project.things(at);
        !things.is_empty() && things.iter().all(|thing| matches!(thing, Thing::External(path) if path == "str"))
    }

    /// One of the patterns that a value may be matches.
    fn matched_any(&self, at: Option<At>, full: bool, from_start: bool, holds: bool, via: Via) -> State {
        let Some(at) = at else { return State::default() };
        let patterns = match self.project.node(at) {
            // One of a list that is written out.
            Node::Element(list) => {
                let mut list = At { file: at.file, node: list };
                for _ in 0..4 {
                    match self.project.one_step(list) {
                        Some(next) => list = next,
                        None => break,
                    }
                }
                let graph = self.project.graph(list.file);
                match graph.get(list.node) {
                    Node::List(run) => graph
                        .list(run)
                        .iter()
                        .filter_map(|node| self.project.pattern(At { file: list.file, node: *node }))
                        .collect(),
                    _ => Vec::new(),
                }
            }
            _ => self.project.pattern(at).into_iter().collect::<Vec<_>>(),
        };
        let mut all: Option<State> = None;
        for pattern in patterns {
            let told = self.matched(Some(pattern), full, from_start, holds, via);
            all = Some(all.map_or(told, |known| if holds { known.or(told) } else { known.and(told) }));
        }
        all.unwrap_or_default()
    }

    fn matched(&self, pattern: Option<(String, bool)>, full: bool, from_start: bool, holds: bool, via: Via) -> State {
        let Some((pattern, is_wide)) = pattern else { return State::default() };
        if holds {
            if via.partial || via.relative {
                return State::default();
            }
            let charset = match is_wide && !full {
                true => None,
                false => Charset::of_pattern(&pattern, full, from_start),
            };
            let mut out = State::default();
            match charset {
                Some(charset) => {
                    out.safe = charset.kinds();
                    if charset.has_no_dots() {
                        out.flags |= NO_DOTS;
                    }
                    if out.safe == Kinds::default() {
                        out.flags |= WEAK_PATTERN;
                    }
                }
                None => out.flags |= WEAK_PATTERN,
            }
            out.safe = out.safe | kinds_of_prefix(&prefix_of_pattern(&pattern));
            if via.host {
                out = State::safe(Kinds::URL);
            }
            if via.scheme {
                out = State::safe(Kinds::OPEN);
            }
            return out;
        }
        // What is refused if it is found.
        if via.host {
            return State::flag(WEAK_LIST);
        }
        if pattern.contains(r"\.\.") && !pattern.contains('^') {
            let is_bare = pattern == r"\.\." || pattern.split('|').any(|part| part == r"\.\.");
            return State::flag(if is_bare { NO_DOTS | WEAK_LIST } else { WEAK_LIST });
        }
        match Charset::found_by(&pattern) {
            Some(found) => {
                let left = found.without();
                let kinds = left.kinds();
                let mut out = State::safe(kinds);
                if kinds == Kinds::default() {
                    out.flags |= WEAK_LIST;
                }
                out
            }
            None => State::flag(WEAK_LIST),
        }
    }

    fn begins(&self, prefix: At, holds: bool, via: Via) -> State {
        let graph = self.project.graph(prefix.file);
        let text = self.project.text(prefix);
        if !holds {
            return match text.as_deref() {
                Some("..") if via.relative => State::safe(Kinds::FILE),
                Some("-" | "--") if !via.partial => State { safe: Kinds::ARGV, flags: 0, quote: 0 },
                Some("/") => State::flag(NOT_ABSOLUTE),
                Some(_) => State::flag(WEAK_LIST),
                None => State::default(),
            };
        }
        if via.relative || via.basename {
            return State::default();
        }
        if let Some(text) = &text {
            let not_option =
                if text.starts_with('-') || text.is_empty() || via.partial { Kinds::default() } else { Kinds::ARGV };
            if text.contains("://") {
                return State::safe(kinds_of_prefix(text) | not_option);
            }
            if not_option != Kinds::default() && !text.starts_with(['/', '.', '~']) && !via.scheme {
                return State::safe(not_option);
            }
            if via.scheme {
                return State::safe(Kinds::OPEN);
            }
        }
        // A folder of the server's.
        let ends = match graph.get(prefix.node) {
            Node::Concat(run) => graph.list(run).last().copied(),
            Node::Text(_) => Some(prefix.node),
            _ => None,
        };
        let has_end = ends.is_some_and(|end| match graph.get(end) {
            Node::Text(name) => graph.text(name).ends_with(['/', '\\']),
            // `path.sep`, `os.sep`
            _ => {
                let things = self.project.things(At { file: prefix.file, node: end });
                things.iter().any(|thing| matches!(thing, Thing::External(path) if path.ends_with(".sep")))
            }
        });
        match (has_end, via.resolved) {
            (true, true) => State::safe(Kinds::FILE),
            (true, false) => State::flag(WEAK_UNRESOLVED),
            (false, _) => State::flag(WEAK_PREFIX),
        }
    }

    /// What the tables know of a call of a library.
    fn told_by_library(&self, file: usize, id: CallId, on: Operand, when: GuardWhen, via: Via) -> State {
        let (Some(table), Some(targets)) = (self.project.table(file), self.project.targets(CallAt { file, id })) else {
            return State::default();
        };
        let mut out = State::default();
        for path in &targets.paths {
            for row in table.guards_of(path).filter(|row| row.when == when) {
                let is_subject = match row.subject {
                    None => on == Operand::Receiver,
                    Some(at) => on == Operand::Arg(at),
                };
                if !is_subject || via.partial {
                    continue;
                }
                // A check of a host says nothing of a whole URL.
                if row.is_of_host != via.host {
                    continue;
                }
                out = out.and(State::safe(row.kinds));
            }
        }
        out
    }

    /// What functions of the package make sure of: what all that may be called do.
    fn told_by_package(
        &self,
        file: usize,
        id: CallId,
        on: Operand,
        asked: Asked,
        via: Via,
        path: Path,
        depth: u32,
    ) -> State {
        let at = CallAt { file, id };
        let Some(targets) = self.project.targets(at) else { return State::default() };
        if targets.answering().next().is_none() || depth > MAX_DEPTH || (via.partial && !via.host) {
            return State::default();
        }
        let graph = self.project.graph(file);
        let Some(call) = graph.call(id) else { return State::default() };
        let node = match on {
            Operand::Receiver => return State::default(),
            Operand::Arg(at) => match graph.args_of(call).get(at as usize) {
                Some(arg) => arg.value,
                None => return State::default(),
            },
        };
        let mut all: Option<State> = None;
        for function in targets.answering() {
            let count = self.project.function(function).map_or(0, |it| it.params.len());
            let mut told = State::default();
            for index in (0..count).filter_map(|index| u32::try_from(index).ok()) {
                for (value, given) in self.project.given(at, function, index) {
                    let wanted = match value == node {
                        true => match given.is_empty() {
                            true => Some(path),
                            false => None,
                        },
                        false => None,
                    };
                    if let Some(wanted) = wanted {
                        told = told.and(self.makes_sure(function, index, wanted, asked, depth + 1));
                    }
                }
            }
            all = Some(all.map_or(told, |known| known.or(told)));
        }
        let told = all.unwrap_or_default();
        // A check on the host of a URL is one on where it leads; of nothing else.
        match via {
            Via { host: true, .. } => {
                let url =
                    if told.safe.has(Kinds::URL) || told.safe == Kinds::ALL { Kinds::URL } else { Kinds::default() };
                State { safe: url, ..told }
            }
            Via { scheme: true, .. } => {
                State { safe: if told.safe != Kinds::default() { Kinds::OPEN } else { Kinds::default() }, ..told }
            }
            Via { relative: true, .. } | Via { common: true, .. } => State::default(),
            _ => told,
        }
    }

    /// What is known of a parameter of a function once it came back, or came back with true or false.
    pub(crate) fn makes_sure(&self, fun: Fun, index: u32, path: Path, asked: Asked, depth: u32) -> State {
        let key = (fun, index, path, asked);
        if let Some(known) = self.tells.borrow().get(&key) {
            return *known;
        }
        if depth > MAX_DEPTH || !self.open.borrow_mut().insert(key) {
            return State::default();
        }
        let out = self.ask(fun, index, path, asked, depth);
        self.open.borrow_mut().remove(&key);
        self.tells.borrow_mut().insert(key, out);
        out
    }

    fn ask(&self, fun: Fun, index: u32, path: Path, asked: Asked, depth: u32) -> State {
        let Some(function) = self.project.function(fun) else { return State::default() };
        let graph = self.project.graph(fun.file);
        let Some(param) = graph.known(Node::Param { function: fun.id, index }) else { return State::default() };
        // The value itself, and everything that it may be a part of.
        let mut values = vec![(param, path)];
        let mut node = param;
        let mut rest = path;
        while let Some(first) = rest.first() {
            if first == ANY {
                break;
            }
            let Some(name) = self.project.name_of(fun.file, first) else { break };
            let Some(inner) = graph.known(Node::Field { base: node, name }) else { break };
            node = inner;
            rest = rest.rest();
            values.push((node, rest));
        }
        if rest.first() == Some(ANY)
            && rest.rest().is_empty()
            && let Some(inner) = graph.known(Node::Element(node))
        {
            values.push((inner, Path::default()));
        }
        let mut all: Option<State> = None;
        for exit in &function.exits {
            let skips = match (asked, exit.truth) {
                (Asked::True, Some(truth)) => !truth,
                (Asked::False, Some(truth)) => truth,
                _ => false,
            };
            if skips || self.is_unrestricted(fun, index, exit.at) {
                continue;
            }
            let mut here = State::default();
            for (node, path) in &values {
                here = here.and(self.known(At { file: fun.file, node: *node }, *path, exit.at, depth + 1));
            }
            let tests = match asked {
                Asked::Returned => &[][..],
                Asked::True => graph.tests(exit.when_true),
                Asked::False => graph.tests(exit.when_false),
            };
            for atom in tests {
                for (node, path) in &values {
                    if atom.subject == *node {
                        here = here.and(self.proves(fun.file, *atom, Via::default(), *path, depth + 1));
                    } else if path.is_empty() {
                        for (origin, via) in self.origins(fun.file, atom.subject) {
                            if origin == *node {
                                here = here.and(self.proves(fun.file, *atom, via, *path, depth + 1));
                            }
                        }
                    }
                }
            }
            all = Some(all.map_or(here, |known| known.or(here)));
        }
        let out = all.unwrap_or_default();
        // Whether a URL may be fetched: addresses that are looked at one by one.
        let is_predicate = function.exits.iter().any(|exit| exit.truth.is_some() || exit.when_true.len > 0);
        if !out.safe.has(Kinds::URL) && (asked == Asked::Returned) != is_predicate && self.checks_addresses(fun, 0) {
            return State { safe: out.safe | Kinds::URL, ..out };
        }
        out
    }

    /// Whether a way out is taken only where the server has no restriction configured: something else that the check is
    /// made against is not there.
    fn is_unrestricted(&self, fun: Fun, index: u32, moment: u32) -> bool {
        let graph = self.project.graph(fun.file);
        let Some(function) = graph.function(fun.id) else { return false };
        (0..function.params.len()).filter_map(|at| u32::try_from(at).ok()).filter(|at| *at != index).any(|at| {
            let Some(param) = graph.known(Node::Param { function: fun.id, index: at }) else { return false };
            graph.conds_of.get(&param).into_iter().flatten().any(|id| {
                graph
                    .conds
                    .get(id.index())
                    .is_some_and(|cond| cond.atom.test == Test::Falsy && cond.from <= moment && moment < cond.to)
            })
        })
    }

    /// Whether a moment comes only where the server has no folder, list or key configured: a variable of the module or an
    /// attribute is not there. What a function does then is what its operator chose.
    pub(crate) fn is_unconfigured(&self, file: usize, moment: u32) -> bool {
        let of_file = self.unconfigured.get(file).map_or(&[][..], Vec::as_slice);
        of_file.iter().any(|(from, to)| *from <= moment && moment < *to)
    }

    /// Whether a function looks at addresses as a guard against requests into the own network does: it names private
    /// ranges, or asks a library for them; itself, or in what it calls.
    fn checks_addresses(&self, fun: Fun, depth: u32) -> bool {
        if let Some(known) = self.addresses.borrow().get(&fun) {
            return *known;
        }
        let Some(function) = self.project.function(fun) else { return false };
        let (mut ranges, mut seen_host) = (0, false);
        let of_file = self.marks.get(fun.file).map_or(&[][..], Vec::as_slice);
        let first = of_file.partition_point(|mark| mark.span.start < function.span.start);
        for mark in of_file.iter().skip(first).take_while(|mark| mark.span.start < function.span.end) {
            ranges += mark.ranges;
            seen_host |= mark.is_host;
        }
        let graph = self.project.graph(fun.file);
        seen_host |= function.params.iter().any(|param| is_host(graph.text(param.name)));
        let mut out = ranges >= 3 && seen_host;
        // A circle of calls asks itself.
        self.addresses.borrow_mut().insert(fun, out);
        if !out && depth < 3 {
            let calls = self.calls.get(fun.file).and_then(|calls| calls.get(&fun.id));
            out = calls.into_iter().flatten().take(64).any(|id| {
                let targets = self.project.targets(CallAt { file: fun.file, id: *id });
                let functions = targets.map_or(&[][..], |it| it.functions.as_slice());
                functions.iter().filter(|it| **it != fun).any(|it| self.checks_addresses(*it, depth + 1))
            });
            self.addresses.borrow_mut().insert(fun, out);
        }
        out
    }
}

fn calls(graph: &Graph) -> HashMap<FunId, Vec<CallId>> {
    let mut out: HashMap<FunId, Vec<CallId>> = HashMap::default();
    for (id, call) in graph.calls.iter().enumerate().filter(|(_, call)| call.at > 0) {
        out.entry(call.function).or_default().push(CallId::of(id));
    }
    out
}

/// When a variable of the module, an attribute or a variable of the environment is known not to be there.
fn unconfigured(graph: &Graph) -> Vec<(u32, u32)> {
    let is_configured = |node: NodeId| match graph.get(node) {
        Node::Variable(_) | Node::Attribute { .. } | Node::Import { .. } => true,
        Node::Call(id) => {
            graph.call(id).is_some_and(|call| matches!(graph.text(call.path), "os.getenv" | "os.environ.get"))
        }
        Node::Field { base, .. } => {
            matches!(graph.get(base), Node::Import { .. } | Node::Attribute { .. } | Node::Variable(_))
        }
        _ => false,
    };
    let absent = graph.conds.iter().filter(|cond| cond.atom.test == Test::Falsy && is_configured(cond.atom.subject));
    absent.map(|cond| (cond.from, cond.to)).collect()
}

/// A value that a check of addresses has.
#[derive(Clone, Copy, Debug)]
struct Mark {
    span: Span,
    /// How many private ranges it names.
    ranges: usize,
    /// It is about a host.
    is_host: bool,
}

/// The marks of a file, in the order of its text.
fn marks(graph: &Graph) -> Vec<Mark> {
    const PRIVATE: &[&str] =
        &["127.", "10.", "192.168", "169.254", "172.", "localhost", "::1", "fc00", "fe80", "0.0.0.0", "metadata"];
    let mut out = Vec::new();
    for (at, node) in graph.nodes.iter().enumerate() {
        let (ranges, is_host) = match node {
            Node::Field { name, .. } => match graph.text(*name) {
                "is_private" | "is_global" | "is_loopback" | "is_link_local" | "is_reserved" => (3, false),
                "hostname" | "netloc" | "host" => (0, true),
                _ => continue,
            },
            Node::Text(name) | Node::Regex(name) => {
                let text = graph.text(*name);
                if text.len() > 300 {
                    continue;
                }
                let plain = text.replace('\\', "");
                (PRIVATE.iter().filter(|range| plain.contains(**range)).count().min(4), false)
            }
            _ => continue,
        };
        if ranges > 0 || is_host {
            out.push(Mark { span: graph.span(NodeId::of(at)), ranges, is_host });
        }
    }
    out.sort_by_key(|mark| mark.span);
    out
}

fn is_host(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["host", "ip", "addr"].iter().any(|word| name.contains(word))
}

/// Functions that make a path one without `..`.
fn is_resolving(name: &str) -> bool {
    matches!(
        name,
        "resolve"
            | "realpath"
            | "realpathSync"
            | "normalize"
            | "normpath"
            | "abspath"
            | "native"
            | "canonicalize"
            | "absolute"
    )
}

fn merge(one: Via, other: Via) -> Via {
    Via {
        resolved: one.resolved || other.resolved,
        relative: one.relative || other.relative,
        common: one.common || other.common,
        basename: one.basename || other.basename,
        host: one.host || other.host,
        scheme: one.scheme || other.scheme,
        partial: one.partial || other.partial,
    }
}
