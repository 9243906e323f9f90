//! The search backwards: from what a sink gets to where that comes from, through variables, calls, fields and files.
//!
//! What a function gives back is worked out once for each part that is asked for, and used wherever it is called; what a
//! parameter leads to is handed to the callers. Neither has a fixed depth: both end where nothing new is found, or where
//! the budget ends.

use super::facts::Facts;
use super::graph::{Call, Node, NodeId, Run};
use super::paths::{ANY, Path, hash};
use super::project::{At, CallAt, Fun, Project, Thing};
use super::sinks::{Sink, handed_to, interpreter, is_option, sinks_of};
use super::sources::{Entered, Sources, state_of};
use super::state::*;
use crate::flow::maps::{HashMap, HashSet};
use crate::rule::{Form, Kinds};
use crate::text::Span;
use std::collections::VecDeque;
use std::rc::Rc;

/// Values looked at for one package, and for each of its bytes.
const MIN_STEPS: u64 = 2_000_000;
/// Values looked at for one sink.
const STEPS_PER_SINK: u64 = 150_000;
/// Origins of one sink that are told.
const MAX_FLOWS_PER_SINK: usize = 24;

/// A way from a source to a sink.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub sink: Sink,
    pub entered: Entered,
    pub state: State,
    /// From the source to the sink.
    pub hops: Vec<Hop>,
}

/// A place on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    pub file: usize,
    pub span: Span,
    pub note: String,
    /// Text is put together here.
    pub is_built: bool,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    at: At,
    path: Path,
    state: State,
    moment: u32,
    step: u32,
}

/// How a value came from the one before it, seen from the sink.
#[derive(Clone, Copy, Debug)]
struct Step {
    previous: u32,
    file: usize,
    span: Span,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Sink,
    /// Handed to a function as an argument.
    Passed(CallAt),
    /// Made by a function of the package.
    Made(CallAt),
    GivenBack,
    Built,
    Stored,
}

/// What a function gives back is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Returned {
    fun: Fun,
    index: u32,
    path: Path,
    state: State,
    /// Where the function gives it back.
    exit: (usize, Span),
}

/// One search: for a sink, or for what a function gives back.
#[derive(Debug)]
struct Walk {
    items: Vec<Item>,
    goal: Goal,
    seen: HashSet<(At, Path, State, u32)>,
    found: Vec<Returned>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    Sink(usize),
    Returns(Fun, Path),
}

/// What a visit needs before it can go on.
enum Need {
    Nothing,
    Returns(Fun, Path),
}

#[derive(Debug)]
pub(crate) struct Search<'s, 'p> {
    project: &'s Project<'p>,
    facts: &'s Facts<'s, 'p>,
    sources: &'s Sources,
    sinks: Vec<Sink>,
    steps: Vec<Step>,
    returns: HashMap<(Fun, Path), Option<Rc<Vec<Returned>>>>,
    /// Parameters that were handed to their callers, per sink.
    handed: HashSet<(Fun, u32, Path, State)>,
    queue: VecDeque<Item>,
    flows: Vec<Flow>,
    spent: u64,
    spent_here: u64,
    budget: u64,
    pub is_cut: bool,
}

impl<'s, 'p> Search<'s, 'p> {
    pub(crate) fn new(facts: &'s Facts<'s, 'p>, sources: &'s Sources, bytes: usize) -> Self {
        Self {
            project: facts.project,
            facts,
            sources,
            sinks: Vec::new(),
            steps: Vec::new(),
            returns: HashMap::default(),
            handed: HashSet::default(),
            queue: VecDeque::new(),
            flows: Vec::new(),
            spent: 0,
            spent_here: 0,
            budget: MIN_STEPS.max(bytes as u64 * 20),
            is_cut: false,
        }
    }

    /// Search from every sink for which `wants` asks.
    pub(crate) fn run(mut self, wants: Kinds) -> (Vec<Flow>, bool) {
        for file in 0..self.project.files.len() {
            let count = self.project.graph(file).calls.len();
            for id in 0..count {
                let at = CallAt { file, id: super::graph::CallId::of(id) };
                if self.project.call(at).is_none_or(|call| call.at == 0) {
                    continue;
                }
                for (sink, given) in sinks_of(self.project, at) {
                    let of_vector = Kinds::COMMAND | Kinds::PROGRAM | Kinds::EVAL | Kinds::ARGV;
                    if !wants.has(sink.kind) && !(sink.kind == Kinds::ARGV && wants.has(of_vector)) {
                        continue;
                    }
                    let moment = self.project.call(at).map_or(0, |call| call.at);
                    let kind = sink.kind;
                    let number = self.sinks.len();
                    let span = sink.span;
                    self.sinks.push(sink);
                    let step = self.step(None, file, span, What::Sink);
                    let items = given
                        .into_iter()
                        .map(|given| Item {
                            at: At { file, node: given.node },
                            path: given.path,
                            state: if given.is_vector && kind == Kinds::ARGV {
                                State::flag(VECTOR)
                            } else {
                                State::default()
                            },
                            moment,
                            step,
                        })
                        .collect();
                    self.search(number, items);
                }
            }
        }
        (self.flows, self.is_cut)
    }

    fn step(&mut self, previous: Option<u32>, file: usize, span: Span, what: What) -> u32 {
        let id = u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
        self.steps.push(Step { previous: previous.unwrap_or(u32::MAX), file, span, what });
        id
    }

    fn search(&mut self, sink: usize, items: Vec<Item>) {
        self.handed.clear();
        self.queue.clear();
        self.spent_here = 0;
        self.steps.truncate(self.steps.len());
        self.queue.extend(items);
        let mut walk = Walk { items: Vec::new(), goal: Goal::Sink(sink), seen: HashSet::default(), found: Vec::new() };
        // Nearest first, so that the first way that is found is the shortest.
        while let Some(item) = self.queue.pop_front() {
            walk.items.push(item);
            walk = self.walk(walk);
            if self.spent > self.budget || self.spent_here > STEPS_PER_SINK {
                self.is_cut = true;
                break;
            }
        }
    }

    /// Go through what a walk has left, and through what it needs of functions on the way.
    fn walk(&mut self, walk: Walk) -> Walk {
        let mut waiting: Vec<Walk> = Vec::new();
        let mut walk = walk;
        loop {
            match self.go_on(&mut walk) {
                Need::Nothing => {
                    if let Goal::Returns(fun, path) = walk.goal {
                        self.returns.insert((fun, path), Some(Rc::new(std::mem::take(&mut walk.found))));
                    }
                    match waiting.pop() {
                        Some(next) => walk = next,
                        None => return walk,
                    }
                }
                Need::Returns(fun, path) => {
                    self.returns.insert((fun, path), None);
                    let mut items = self.exits(fun, path);
                    for (item, span) in &mut items {
                        item.step = self.step(None, fun.file, *span, What::GivenBack);
                    }
                    let items = items.into_iter().map(|(item, _)| item).collect();
                    let next =
                        Walk { items, goal: Goal::Returns(fun, path), seen: HashSet::default(), found: Vec::new() };
                    waiting.push(std::mem::replace(&mut walk, next));
                }
            }
        }
    }

    /// Visit what is left, until nothing is or something else is needed first.
    fn go_on(&mut self, walk: &mut Walk) -> Need {
        while let Some(item) = walk.items.pop() {
            self.spent += 1;
            self.spent_here += 1;
            if self.spent > self.budget || self.spent_here > STEPS_PER_SINK {
                self.is_cut = true;
                walk.items.clear();
                break;
            }
            if let need @ Need::Returns(..) = self.visit(item, walk) {
                walk.items.push(item);
                return need;
            }
        }
        Need::Nothing
    }

    fn exits(&self, fun: Fun, path: Path) -> Vec<(Item, Span)> {
        let exits = self.project.function(fun).map_or(&[][..], |it| it.exits.as_slice());
        let item = |exit: &super::graph::Exit| {
            let node = exit.value?;
            let item = Item {
                at: At { file: fun.file, node },
                path,
                state: State::default(),
                moment: exit.at,
                step: u32::MAX,
            };
            Some((item, exit.span))
        };
        let is_one_of_several = exits.iter().filter(|exit| exit.value.is_some()).count() > 1;
        let is_open = |exit: &&super::graph::Exit| is_one_of_several && self.facts.is_unconfigured(fun.file, exit.at);
        exits.iter().filter(|exit| !is_open(exit)).filter_map(item).collect()
    }

    fn kind(&self, walk: &Walk) -> Option<Kinds> {
        match walk.goal {
            Goal::Sink(sink) => self.sinks.get(sink).map(|sink| sink.kind),
            Goal::Returns(..) => None,
        }
    }

    fn is_done(&self, state: State, walk: &Walk) -> bool {
        match self.kind(walk) {
            Some(kind) => !state.has(VECTOR) && state.is_safe(kind),
            None => state.safe == Kinds::ALL,
        }
    }

    fn visit(&mut self, item: Item, walk: &mut Walk) -> Need {
        let At { file, node } = item.at;
        let mut item = item;
        if walk.seen.contains(&(item.at, item.path, item.state, item.moment)) {
            // Whoever waits for what a call gives comes by twice.
            if !matches!(self.project.node(item.at), Node::Call(_)) {
                return Need::Nothing;
            }
        }
        let before = item;
        if !item.state.has(VECTOR) {
            item.state = item.state.and(self.facts.at(item.at, item.path, item.moment));
        }
        if self.is_done(item.state, walk) {
            return Need::Nothing;
        }
        let graph = self.project.graph(file);
        if let Node::Call(id) = graph.get(node)
            && let Some(need) = self.needs(CallAt { file, id }, item, walk)
        {
            return need;
        }
        if !walk.seen.insert((before.at, before.path, before.state, before.moment)) {
            return Need::Nothing;
        }
        let go = |walk: &mut Walk, node: NodeId, path: Path, state: State| {
            walk.items.push(Item { at: At { file, node }, path, state, ..item });
        };
        match graph.get(node) {
            Node::Unknown
            | Node::Text(_)
            | Node::Regex(_)
            | Node::Plain
            | Node::Truth(_)
            | Node::Function(_)
            | Node::Class(_) => {}
            Node::Choice(run) => graph.list(run).iter().rev().for_each(|part| go(walk, *part, item.path, item.state)),
            Node::Field { base, name } => {
                let text = graph.text(name);
                if matches!(text, "length" | "size") {
                    return Need::Nothing;
                }
                // What a check says of a URL or a path holds for its text and for the folder that it lies in.
                if matches!(text, "href" | "parent" | "parents") {
                    go(walk, base, item.path, item.state);
                    return Need::Nothing;
                }
                if self.from_global(item, walk) {
                    return Need::Nothing;
                }
                // A value of another file.
                let things = self.project.things(At { file, node: base });
                let mut is_module = false;
                for thing in things.iter() {
                    if let Thing::Module(target) = thing {
                        is_module = true;
                        if let Some(value) = self.project.export(*target, text, 0) {
                            walk.items.push(Item { at: value, moment: u32::MAX - 1, ..item });
                        }
                    }
                    if let Thing::Instance(class) | Thing::Class(class) = thing {
                        self.attribute(*class, text, item, walk);
                    }
                }
                let state = item.state.and(State::safe(self.sanitized(item.at)));
                if !is_module && !self.is_done(state, walk) {
                    go(walk, base, item.path.inside(hash(text)), state);
                }
            }
            Node::Element(base) => {
                if item.state.has(VECTOR) {
                    go(walk, base, item.path.inside(ANY), item.state);
                } else {
                    go(walk, base, item.path.inside(ANY), item.state);
                }
            }
            Node::With { base, name, value } => {
                if item.state.has(VECTOR) && item.path.is_empty() {
                    self.vector(item, walk);
                    return Need::Nothing;
                }
                // What is added to a list is never its first element, which is the program.
                let is_whole = item.path.first().is_none_or(|first| first == hash("0"));
                let is_first = matches!(graph.get(base), Node::List(run) if run.len == 0);
                if name == super::graph::NO_NAME && is_whole && !is_first && self.kind(walk) == Some(Kinds::PROGRAM) {
                    go(walk, base, item.path, item.state);
                    return Need::Nothing;
                }
                // What is written to a part of a URL behind its host leads nowhere else.
                let is_behind_host = matches!(graph.text(name), "searchParams" | "search" | "hash" | "pathname");
                if is_behind_host && self.kind(walk) == Some(Kinds::URL) {
                    go(walk, base, item.path, item.state);
                    return Need::Nothing;
                }
                let is_element = name == super::graph::NO_NAME;
                let inner = match graph.get(value) {
                    Node::Spread(inner) => (inner, item.path),
                    _ => (value, item.path.rest()),
                };
                match item.path.first() {
                    None => {
                        go(walk, base, item.path, item.state);
                        go(walk, inner.0, item.path, item.state);
                    }
                    Some(first) => {
                        let is_it = is_element || first == ANY || first == hash(graph.text(name));
                        if is_it {
                            go(walk, inner.0, inner.1, item.state);
                        }
                        if is_element || first == ANY || !is_it {
                            go(walk, base, item.path, item.state);
                        }
                    }
                }
            }
            Node::Object(run) => {
                for (name, value) in graph.pairs(run) {
                    if let Node::Spread(inner) = graph.get(value) {
                        go(walk, inner, item.path, item.state);
                        continue;
                    }
                    match item.path.first() {
                        None => go(walk, value, item.path, item.state),
                        Some(first)
                            if first == ANY || name == super::graph::NO_NAME || first == hash(graph.text(name)) =>
                        {
                            go(walk, value, item.path.rest(), item.state);
                        }
                        Some(_) => {}
                    }
                }
            }
            Node::List(run) => {
                if item.state.has(VECTOR) && item.path.is_empty() {
                    self.vector(item, walk);
                    return Need::Nothing;
                }
                let is_program = item.path.is_empty() && self.kind(walk) == Some(Kinds::PROGRAM);
                for (at, value) in graph.list(run).iter().enumerate().take(if is_program { 1 } else { usize::MAX }) {
                    match graph.get(*value) {
                        Node::Spread(inner) => go(walk, inner, item.path, item.state),
                        _ => match item.path.first() {
                            None => go(walk, *value, item.path, item.state),
                            Some(ANY) => go(walk, *value, item.path.rest(), item.state),
                            Some(first) if first == hash(&at.to_string()) => {
                                go(walk, *value, item.path.rest(), item.state);
                                break;
                            }
                            Some(_) => {}
                        },
                    }
                }
            }
            Node::Spread(inner) => go(walk, inner, item.path.inside(ANY), item.state),
            Node::Concat(run) => self.built(item, run, walk),
            Node::Variable(binding) => {
                for store in graph.stores.get(&binding).into_iter().flatten() {
                    walk.items.push(Item { at: At { file, node: store.value }, moment: store.at, ..item });
                }
            }
            Node::Attribute { class, name } => {
                self.attribute(super::project::Type { file, id: class }, graph.text(name), item, walk);
            }
            Node::Import { .. } => {
                if self.from_global(item, walk) {
                    return Need::Nothing;
                }
                if let Some(value) = self.project.imported_value(item.at) {
                    walk.items.push(Item { at: value, moment: u32::MAX - 1, ..item });
                }
            }
            Node::Global(_) => {
                self.from_global(item, walk);
            }
            Node::This(_) => {}
            Node::Param { function, index } => self.parameter(Fun { file, id: function }, index, item, walk),
            Node::Call(id) => self.call(CallAt { file, id }, item, walk),
        }
        Need::Nothing
    }

    /// For which sinks a part of something is harmless: the name of a path.
    fn sanitized(&self, at: At) -> Kinds {
        let Some(table) = self.project.table(at.file) else { return Kinds::default() };
        let things = self.project.things(at);
        let paths = things.iter().filter_map(|thing| match thing {
            Thing::External(path) => Some(path),
            _ => None,
        });
        paths.flat_map(|path| table.sanitizers_of(path)).fold(Kinds::default(), |all, row| all | row.kinds)
    }

    /// A thing of a library that is foreign by itself.
    fn from_global(&mut self, item: Item, walk: &mut Walk) -> bool {
        let Goal::Sink(sink) = walk.goal else { return false };
        for thing in self.project.things(item.at).iter() {
            let Thing::External(path) = thing else { continue };
            let Some(entry) = self.sources.global(path) else { continue };
            let span = self.project.graph(item.at.file).span(item.at.node);
            let parameter = path.rsplit('.').next().unwrap_or_default().trim_end_matches("()").to_owned();
            let entered = Entered {
                kind: entry.kind,
                tool: String::new(),
                parameter,
                says: entry.says.clone(),
                span,
                file: item.at.file,
                state: State::default(),
            };
            self.arrived(sink, entered, item);
            return true;
        }
        false
    }

    /// What is written to an attribute of a class, anywhere.
    fn attribute(&mut self, class: super::project::Type, name: &str, item: Item, walk: &mut Walk) {
        let graph = self.project.graph(class.file);
        let Some(id) = graph.named(name) else { return };
        for store in graph.attributes.get(&(class.id, id)).into_iter().flatten() {
            let step = match walk.goal {
                Goal::Sink(_) => self.step(Some(item.step), class.file, store.span, What::Stored),
                Goal::Returns(..) => item.step,
            };
            walk.items.push(Item { at: At { file: class.file, node: store.value }, moment: store.at, step, ..item });
        }
    }

    /// Text that is put together: what stands around a part decides what it can do.
    fn built(&mut self, item: Item, run: Run, walk: &mut Walk) {
        let file = item.at.file;
        let graph = self.project.graph(file);
        let parts = graph.list(run).to_vec();
        let step = match walk.goal {
            Goal::Sink(_) => self.step(Some(item.step), file, graph.span(item.at.node), What::Built),
            Goal::Returns(..) => item.step,
        };
        // A text where a vector is asked for is split at its blanks.
        let item = match item.state.has(VECTOR) {
            true => Item { state: split(item.state), ..item },
            false => item,
        };
        let is_outermost = !item.state.has(EMBEDDED) || item.state.flags & NOT_START == 0;
        let mut text = String::new();
        let mut has_unknown = false;
        let mut after_unknown = String::new();
        let mut is_host_fixed = false;
        for (at, part) in parts.iter().enumerate() {
            let constant = self.project.text(At { file, node: *part });
            if let Some(constant) = &constant {
                text.push_str(constant);
                after_unknown.push_str(constant);
                continue;
            }
            let mut state = item.state.and(State::flag(EMBEDDED));
            let next = parts.get(at + 1).and_then(|part| graph.constant(*part)).unwrap_or_default();
            if let Some(quote) = open_quote(&text) {
                state.quote = quote;
            } else if !text.is_empty() {
                state.quote = 0;
            }
            let _ = next;
            let is_start = if item.state.has(SPLIT) {
                (text.is_empty() && !has_unknown) || after_unknown.ends_with(|c: char| c.is_whitespace())
            } else {
                at == 0 || (!has_unknown && text.starts_with('-') && !text.contains('='))
            };
            if !is_start {
                state.flags |= NOT_START;
            }
            let is_below_host = super::charset::kinds_of_prefix(&text).has(Kinds::URL) && !has_unknown;
            let is_behind_base = has_unknown && after_unknown.contains(['/', '?', '#', '=', '&']);
            let is_behind_unknown = has_unknown && after_unknown.is_empty() && text.is_empty();
            // `/path/…` of a server that is set elsewhere.
            let is_local = text.starts_with('/') && text.len() > 1 && !text.starts_with("//");
            if is_outermost && super::charset::kinds_of_prefix(&text).has(Kinds::OPEN) {
                state.safe = state.safe | Kinds::OPEN;
            }
            is_host_fixed |= is_below_host || is_behind_base || is_behind_unknown || is_local;
            if is_outermost && is_host_fixed {
                state.flags |= HOST_FIXED;
            }
            if at > 0 {
                state.flags |= BELOW;
            }
            walk.items.push(Item { at: At { file, node: *part }, path: Path::default(), state, step, ..item });
            has_unknown = true;
            after_unknown.clear();
        }
    }

    /// An argument vector: each element on its own, with what stands before it.
    fn vector(&mut self, item: Item, walk: &mut Walk) {
        let file = item.at.file;
        let graph = self.project.graph(file);
        let mut list: Vec<(NodeId, bool)> = Vec::new();
        let mut open = vec![(item.at.node, 0)];
        // Innermost first: `base` comes before what was added.
        while let Some((node, depth)) = open.pop() {
            match graph.get(node) {
                Node::With { base, value, .. } if depth < 200 => {
                    match graph.get(value) {
                        Node::Spread(inner) => match graph.get(inner) {
                            Node::List(run) => list.extend(graph.list(run).iter().rev().map(|it| (*it, false))),
                            _ => list.push((inner, true)),
                        },
                        _ => list.push((value, false)),
                    }
                    open.push((base, depth + 1));
                }
                Node::List(run) => {
                    for value in graph.list(run).iter().rev() {
                        match graph.get(*value) {
                            Node::Spread(inner) => match graph.get(inner) {
                                Node::List(run) => list.extend(graph.list(run).iter().rev().map(|it| (*it, false))),
                                _ => list.push((inner, true)),
                            },
                            _ => list.push((*value, false)),
                        }
                    }
                }
                _ => list.push((node, true)),
            }
        }
        list.reverse();
        let Goal::Sink(sink) = walk.goal else {
            // What a function gives back: its elements, as a list.
            for (node, is_list) in list {
                let state =
                    if is_list { item.state } else { State { flags: item.state.flags & !VECTOR, ..item.state } };
                walk.items.push(Item { at: At { file, node }, state, ..item });
            }
            return;
        };
        let text = |(node, is_list): &(NodeId, bool)| match is_list {
            true => None,
            false => self.project.text(At { file, node: *node }).or_else(|| self.own_interpreter(file, *node)),
        };
        let texts: Vec<Option<String>> = list.iter().map(text).collect();
        let has_program = self.sinks.get(sink).is_some_and(|sink| sink.has_program) && !item.state.has(BEHIND);
        let mut may_be_option = true;
        for (at, (node, is_list)) in list.iter().enumerate() {
            let at_node = At { file, node: *node };
            let before = at.checked_sub(1).and_then(|at| texts.get(at)?.as_deref());
            may_be_option &= before != Some("--");
            if *is_list {
                if !may_be_option {
                    continue;
                }
                let behind = if at > 0 { BEHIND } else { 0 };
                walk.items.push(Item { at: at_node, state: item.state.and(State::flag(behind)), ..item });
                continue;
            }
            let value = Item { at: at_node, state: State { flags: item.state.flags & !VECTOR, ..item.state }, ..item };
            let kind = before.filter(|text| is_option(text)).and_then(|flag| match program_before(&texts, at) {
                Program::Named(name) => interpreter(Some(name), Some(flag)),
                Program::First if has_program => interpreter(None, Some(flag)),
                Program::Elsewhere if !has_program => interpreter(Some(&self.program_of(sink)?), Some(flag)),
                _ => None,
            });
            let kind = kind.or_else(|| (at == 0 && has_program).then_some(Kinds::PROGRAM));
            match kind {
                Some(kind) => self.turn_to(kind, sink, value),
                // The value of an option is no option.
                None if !may_be_option || before.is_some_and(is_option) => {}
                None => walk.items.push(value),
            }
        }
    }

    /// The interpreter that runs the server itself.
    fn own_interpreter(&self, file: usize, node: NodeId) -> Option<String> {
        let things = self.project.things(At { file, node });
        things.iter().find_map(|thing| match thing {
            Thing::External(path) if path == "sys.executable" => Some("python".to_owned()),
            Thing::External(path) if path == "process.execPath" => Some("node".to_owned()),
            _ => None,
        })
    }

    /// The program that a call names beside the vector.
    fn program_of(&self, sink: usize) -> Option<String> {
        let sink = self.sinks.get(sink)?;
        let graph = self.project.graph(sink.file);
        let first = graph.args_of(graph.call(sink.call)?).first()?;
        self.project.text(At { file: sink.file, node: first.value })
    }

    /// Search on for another kind of sink in the same call.
    fn turn_to(&mut self, kind: Kinds, sink: usize, item: Item) {
        let Some(known) = self.sinks.get(sink).cloned() else { return };
        let does = handed_to(kind);
        let other = self.sinks.iter().position(|it| it.file == known.file && it.call == known.call && it.kind == kind);
        let number = match other {
            Some(number) => number,
            None => {
                self.sinks.push(Sink { kind, does: does.to_owned(), ..known });
                self.sinks.len() - 1
            }
        };
        // A small search inside of the other one; it hands to callers as every search does.
        let (handed, queue) = (std::mem::take(&mut self.handed), std::mem::take(&mut self.queue));
        let spent = self.spent_here;
        self.search(number, vec![item]);
        self.spent_here = spent;
        (self.handed, self.queue) = (handed, queue);
    }

    /// A parameter: an entry point, or what callers give.
    fn parameter(&mut self, fun: Fun, index: u32, item: Item, walk: &mut Walk) {
        let sink = match walk.goal {
            Goal::Returns(..) => {
                let exit =
                    self.steps.get(item.step as usize).map_or((fun.file, Span::at(0)), |step| (step.file, step.span));
                let found = Returned { fun, index, path: item.path, state: item.state, exit };
                let is_known = |it: &Returned| Returned { exit, ..*it } == found;
                if walk.found.len() < 256 && !walk.found.iter().any(is_known) {
                    walk.found.push(found);
                }
                return;
            }
            Goal::Sink(sink) => sink,
        };
        if !self.handed.insert((fun, index, item.path, item.state)) {
            return;
        }
        let tool = self.tool_asked(item);
        if let Some(entered) = self.sources.at(self.project, fun, index, item.path, tool.as_deref()) {
            self.arrived(sink, entered, item);
        }
        let Some(callers) = self.project.callers.get(&fun) else { return };
        for call in callers.iter().take(400) {
            let Some(it) = self.project.call(*call) else { continue };
            for (node, given) in self.project.given(*call, fun, index) {
                let Some(path) = item.path.through(given) else { continue };
                let step = self.step(Some(item.step), call.file, it.span, What::Passed(*call));
                let mut state = item.state;
                // One of the arguments that a rest parameter takes together is an element.
                if given.is_under() && item.path.is_empty() {
                    state.flags &= !VECTOR;
                }
                self.queue.push_back(Item { at: At { file: call.file, node }, path, state, moment: it.at, step });
            }
        }
    }

    /// The tool that a dispatcher was asked for where the way passes: what its name was compared with.
    fn tool_asked(&self, item: Item) -> Option<String> {
        let graph = self.project.graph(item.at.file);
        if let (Some(step), Some(file)) = (self.steps.get(item.step as usize), self.project.files.get(item.at.file))
            && step.file == item.at.file
        {
            let arms = file.arms.iter().zip(&file.handlers);
            let mut around = arms.filter(|(arm, _)| arm.is_some_and(|arm| arm.contains(step.span)));
            if let Some((_, handler)) = around.next() {
                return Some(handler.name().to_owned());
            }
        }
        let is_tool = |text: &str| self.sources.tools.binary_search_by(|it| it.as_str().cmp(text)).is_ok();
        let in_force = graph.conds.iter().filter(|cond| cond.from <= item.moment && item.moment < cond.to);
        let mut found = None;
        for cond in in_force {
            let others = match cond.atom.test {
                super::graph::Test::Equals(other) => vec![other],
                super::graph::Test::In(other) => match graph.get(other) {
                    Node::List(run) => graph.list(run).to_vec(),
                    _ => Vec::new(),
                },
                _ => continue,
            };
            let mut texts = others.into_iter().filter_map(|node| self.project.text(At { file: item.at.file, node }));
            if let Some(text) = texts.find(|text| is_tool(text)) {
                found = Some(text);
            }
        }
        found
    }

    /// A way was found.
    fn arrived(&mut self, sink: usize, entered: Entered, item: Item) {
        let Some(it) = self.sinks.get(sink).cloned() else { return };
        let state = item.state.and(entered.state);
        if state.is_safe(it.kind) || (it.kind == Kinds::QUERY && !state.has(EMBEDDED)) {
            return;
        }
        // A whole vector with its program is a command by design; which program it is, is another question.
        let is_all = state.has(VECTOR | SPLIT) && !state.has(EMBEDDED) && !state.has(BEHIND);
        if it.kind == Kinds::ARGV && it.has_program && is_all {
            return;
        }
        let same = self
            .flows
            .iter()
            .filter(|flow| flow.sink.file == it.file && flow.sink.call == it.call && flow.sink.kind == it.kind);
        let mut count = 0;
        for flow in same {
            count += 1;
            if flow.entered.tool == entered.tool
                && flow.entered.parameter == entered.parameter
                && flow.entered.kind == entered.kind
            {
                return;
            }
        }
        if count >= MAX_FLOWS_PER_SINK {
            return;
        }
        let hops = self.hops(&it, &entered, item.step);
        self.flows.push(Flow { sink: it, entered, state, hops });
    }

    /// The way from the source to the sink, in phrases.
    fn hops(&self, sink: &Sink, entered: &Entered, step: u32) -> Vec<Hop> {
        let mut out = vec![Hop { file: entered.file, span: entered.span, note: source_note(entered), is_built: false }];
        let mut at = step;
        while let Some(step) = self.steps.get(at as usize) {
            let note = match step.what {
                What::Sink => format!("`{}` {}", sink.callee, sink.does),
                What::Passed(call) => format!("it is passed to `{}`", self.callee(call)),
                What::Made(call) => format!("it goes through `{}`", self.callee(call)),
                What::GivenBack => "it is given back".to_owned(),
                What::Built => "it is put into a text".to_owned(),
                What::Stored => "it is kept".to_owned(),
            };
            let is_built = matches!(step.what, What::Built);
            let hop = Hop { file: step.file, span: step.span, note, is_built };
            if out.last() != Some(&hop) {
                out.push(hop);
            }
            at = step.previous;
        }
        out
    }

    fn callee(&self, at: CallAt) -> String {
        let graph = self.project.graph(at.file);
        self.project.call(at).map_or_else(String::new, |call| graph.text(call.name).to_owned())
    }

    /// Whether a call has to wait until it is known what a function gives back.
    fn needs(&self, at: CallAt, item: Item, _walk: &Walk) -> Option<Need> {
        let targets = self.project.targets(at)?;
        if !targets.classes.is_empty() {
            return None;
        }
        let missing = targets.answering().find(|fun| !self.returns.contains_key(&(*fun, item.path)));
        missing.map(|fun| Need::Returns(fun, item.path))
    }

    fn call(&mut self, at: CallAt, item: Item, walk: &mut Walk) {
        let (Some(call), Some(targets)) = (self.project.call(at), self.project.targets(at)) else { return };
        if call.at == 0 {
            return;
        }
        let file = at.file;
        if self.parsed(at, call, item, walk) {
            return;
        }
        if !targets.classes.is_empty() {
            self.instance(at, item, walk);
            return;
        }
        for fun in targets.answering() {
            let Some(Some(returned)) = self.returns.get(&(fun, item.path)).cloned() else { continue };
            for it in returned.iter() {
                let state = item.state.and(it.state);
                if self.is_done(state, walk) {
                    continue;
                }
                if it.fun != fun {
                    // Of a function around it.
                    let graph = self.project.graph(it.fun.file);
                    if let Some(node) = graph.known(Node::Param { function: it.fun.id, index: it.index }) {
                        walk.items.push(Item {
                            at: At { file: it.fun.file, node },
                            path: it.path,
                            state,
                            moment: 0,
                            ..item
                        });
                    }
                    continue;
                }
                for (node, given) in self.project.given(at, fun, it.index) {
                    let Some(path) = it.path.through(given) else { continue };
                    let step = match walk.goal {
                        Goal::Sink(_) => {
                            let given = self.step(Some(item.step), it.exit.0, it.exit.1, What::GivenBack);
                            self.step(Some(given), file, call.span, What::Made(at))
                        }
                        Goal::Returns(..) => item.step,
                    };
                    walk.items.push(Item { at: At { file, node }, path, state, moment: call.at, step });
                }
            }
        }
        if targets.answering().next().is_none() {
            self.library(at, call, item, walk);
        }
    }

    /// A field of an instance that is made here.
    fn instance(&mut self, at: CallAt, item: Item, walk: &mut Walk) {
        let Some(targets) = self.project.targets(at) else { return };
        let Some(call) = self.project.call(at) else { return };
        let graph = self.project.graph(at.file);
        let Some(first) = item.path.first() else { return };
        for class in &targets.classes {
            let own = self.project.graph(class.file);
            let name = self.project.name_of(class.file, first);
            if let Some(name) = name {
                self.attribute(*class, own.text(name), item, walk);
            }
            if !targets.functions.is_empty() {
                continue;
            }
            // A class of data: its arguments are its fields.
            let mut state = item.state;
            if let Some(class_node) = own.known(Node::Class(class.id))
                && let Some(schema) = own.schemas.get(&class_node)
                && let Some(field) = schema.properties.iter().find(|it| hash(&it.name.text) == first)
            {
                state = state.and(state_of(&field.schema));
            }
            for arg in graph.args_of(call) {
                let moved = match graph.get(arg.value) {
                    Node::Spread(inner) => Some((inner, item.path)),
                    _ if arg.name != super::graph::NO_NAME && hash(graph.text(arg.name)) == first => {
                        Some((arg.value, item.path.rest()))
                    }
                    _ => None,
                };
                if let Some((node, path)) = moved {
                    walk.items.push(Item { at: At { file: at.file, node }, path, state, moment: call.at, ..item });
                }
            }
        }
    }

    /// What a schema checked: `Schema.parse(x)`, `Model.model_validate(x)`.
    fn parsed(&mut self, at: CallAt, call: &Call, item: Item, walk: &mut Walk) -> bool {
        let graph = self.project.graph(at.file);
        let name = graph.text(call.name);
        if !matches!(
            name,
            "parse"
                | "parseAsync"
                | "safeParse"
                | "safeParseAsync"
                | "model_validate"
                | "parse_obj"
                | "validate_python"
        ) {
            return false;
        }
        let Some(receiver) = call.receiver else { return false };
        let Some(arg) = graph.args_of(call).first() else { return false };
        let mut path = item.path;
        if name.starts_with("safeParse") && path.first() == Some(hash("data")) {
            path = path.rest();
        }
        let mut state = item.state;
        if let Some(schema) = self.project.schema(At { file: at.file, node: receiver }) {
            let mut inner = schema.innermost();
            for name in path.names() {
                match inner.properties.iter().find(|it| hash(&it.name.text) == *name) {
                    Some(property) => inner = &property.schema,
                    None => inner = inner.innermost(),
                }
            }
            if !path.is_empty() {
                state = state.and(state_of(inner));
            }
        } else if name == "parse" && matches!(graph.get(receiver), Node::Global(name) if graph.text(name) == "JSON") {
            return false;
        }
        if !self.is_done(state, walk) {
            walk.items.push(Item { at: At { file: at.file, node: arg.value }, path, state, moment: call.at, ..item });
        }
        true
    }

    /// A call of a library: what it gives is made of what it was given, as far as the tables say so.
    fn library(&mut self, at: CallAt, call: &Call, item: Item, walk: &mut Walk) {
        let file = at.file;
        let graph = self.project.graph(file);
        let (Some(targets), Some(table)) = (self.project.targets(at), self.project.table(file)) else { return };
        if self.from_global(item, walk) {
            return;
        }
        let args = graph.args_of(call);
        let mut state = item.state;
        let name = graph.text(call.name);
        let mut sanitizer = None;
        for row in targets.paths.iter().flat_map(|path| table.sanitizers_of(path)) {
            state.safe = state.safe | row.kinds;
            sanitizer = Some(row);
        }
        if let Some(cleaned) = self.cleaned(file, call, state) {
            state = cleaned;
        }
        if self.is_done(state, walk) {
            return;
        }
        let go = |walk: &mut Walk, node: NodeId, path: Path, state: State| {
            walk.items.push(Item { at: At { file, node }, path, state, moment: call.at, ..item });
        };
        if let Some(row) = targets.paths.iter().find_map(|path| table.propagator_of(path)) {
            if state.has(VECTOR) && row.form == Form::Elements && name.contains("split") {
                state = split(state);
            }
            let path = match row.form {
                Form::Same => item.path,
                Form::Elements => item.path.rest().inside(ANY),
                Form::Text | Form::Path => Path::default(),
            };
            if row.from_receiver
                && let Some(receiver) = call.receiver
            {
                go(walk, receiver, path, state);
            }
            for (position, arg) in args.iter().enumerate() {
                let position = u32::try_from(position).unwrap_or(u32::MAX);
                if row.from.as_ref().is_some_and(|positions| !positions.contains(&position)) {
                    continue;
                }
                let mut state = state;
                if matches!(row.form, Form::Path | Form::Text) && args.len() > 1 {
                    state.flags |= EMBEDDED;
                    if position > 0 {
                        state.flags |= NOT_START;
                        if !row.is_absolute {
                            state.flags |= BELOW;
                        }
                        if row.form == Form::Text {
                            state.flags |= BELOW;
                        }
                    }
                }
                match graph.get(arg.value) {
                    Node::Spread(inner) => go(walk, inner, path.inside(ANY), state),
                    _ => go(walk, arg.value, path, state),
                }
            }
            // `new URL(path, base)`
            return;
        }
        // What is harmless here may do harm there.
        if let Some(row) = sanitizer {
            let receiver = call.receiver.filter(|_| row.place.is_receiver);
            let positions = (0..).zip(args).filter(|(at, _)| row.place.is_all || row.place.positions.contains(at));
            for node in receiver.into_iter().chain(positions.map(|(_, arg)| arg.value)) {
                go(walk, node, Path::default(), State { flags: state.flags & !VECTOR, ..state });
            }
            return;
        }
        let Some(receiver) = call.receiver else { return };
        if is_answer(name) || self.is_namespace(file, receiver) {
            return;
        }
        let first = args.first().map(|arg| arg.value);
        match (name, first) {
            ("get" | "pop" | "setdefault" | "at" | "getAll" | "getlist", Some(key)) => {
                let key = graph.constant(key).map_or(ANY, hash);
                go(walk, receiver, item.path.inside(key), state);
            }
            ("split" | "rsplit" | "splitlines" | "partition" | "rpartition" | "match" | "findall", _) => {
                let state = if state.has(VECTOR) { split(state) } else { state };
                go(walk, receiver, Path::default(), state);
            }
            ("map" | "flatMap", _) => self.mapped(file, call, receiver, item, state, walk),
            (
                "filter" | "slice" | "sort" | "reverse" | "concat" | "flat" | "copy" | "model_dump" | "dict" | "toJSON"
                | "items" | "values" | "keys" | "then" | "catch" | "finally" | "find" | "shift",
                _,
            ) => {
                let path = match name {
                    "find" | "shift" => item.path.inside(ANY),
                    _ => item.path,
                };
                go(walk, receiver, path, state);
                if name == "then" {
                    self.mapped(file, call, receiver, item, state, walk);
                }
            }
            _ => {
                state.flags &= !VECTOR;
                go(walk, receiver, Path::default(), state);
            }
        }
    }

    /// What a function makes of each element.
    fn mapped(&mut self, file: usize, call: &Call, receiver: NodeId, item: Item, state: State, walk: &mut Walk) {
        let graph = self.project.graph(file);
        let mut is_known = false;
        for arg in graph.args_of(call).iter().take(1) {
            for thing in self.project.things(At { file, node: arg.value }).iter() {
                let Thing::Function(fun) = thing else { continue };
                is_known = true;
                let path = if graph.text(call.name) == "then" { item.path } else { item.path.rest() };
                let exits = self.project.function(*fun).map_or(&[][..], |it| it.exits.as_slice());
                for exit in exits {
                    if let Some(node) = exit.value {
                        let state = State { flags: state.flags & !VECTOR, ..state };
                        walk.items.push(Item { at: At { file: fun.file, node }, path, state, moment: exit.at, ..item });
                    }
                }
            }
        }
        if !is_known {
            walk.items.push(Item { at: At { file, node: receiver }, path: item.path, state, moment: call.at, ..item });
        }
    }

    /// What a replacement leaves: characters that are taken out, quotes that are escaped.
    fn cleaned(&self, file: usize, call: &Call, state: State) -> Option<State> {
        let graph = self.project.graph(file);
        let args = graph.args_of(call);
        let is_sub = matches!(graph.text(call.name), "sub" | "subn");
        if !is_sub && !matches!(graph.text(call.name), "replace" | "replaceAll" | "translate") {
            return None;
        }
        let (pattern, with) = (args.first()?.value, args.get(1)?.value);
        let with = self.project.text(At { file, node: with })?;
        let regex = match graph.get(pattern) {
            Node::Regex(name) => {
                let (body, flags) = graph.text(name).strip_prefix('/')?.rsplit_once('/')?;
                // Only the first of them.
                if !flags.contains('g') {
                    return None;
                }
                Some(body.to_owned())
            }
            Node::Text(name) if is_sub => Some(graph.text(name).to_owned()),
            _ => None,
        };
        let mut out = state;
        let literal = match (&regex, graph.get(pattern)) {
            (None, Node::Text(name)) => graph.text(name).to_owned(),
            (Some(body), _) => body.replace('\\', ""),
            _ => return None,
        };
        // What closes a quote is known here; which quote stands around it, where the text is put together.
        if literal == "'" && matches!(with.as_str(), "'\\''" | "'\"'\"'" | "'\\\\''") {
            out.flags |= CLOSED_SHELL;
        }
        for (quote, closed, escaped) in [
            ('"', CLOSED_DOUBLE, ESCAPED_DOUBLE),
            ('\'', CLOSED_SINGLE, ESCAPED_SINGLE),
            ('`', CLOSED_BACK, CLOSED_BACK),
        ] {
            if literal == quote.to_string() && with == format!("{quote}{quote}") {
                out.flags |= closed;
            }
            if literal.contains(quote) && with.starts_with('\\') {
                out.flags |= escaped;
            }
        }
        let has_sign = literal == "\\" || regex.as_ref().is_some_and(|body| body.contains("\\\\"));
        if has_sign && with.starts_with('\\') {
            out.flags |= ESCAPED_SIGN;
        }
        if escapes_something(&with) {
            out.flags |= WEAK_QUOTES;
        }
        if let Some(body) = &regex
            && let Some(left) = super::charset::Charset::left_by(body)
        {
            let is_harmless = with.chars().all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c));
            if is_harmless {
                let kinds = left.kinds();
                out.safe = out.safe | kinds;
                if kinds == Kinds::default() {
                    out.flags |= WEAK_LIST;
                }
            } else if with.starts_with('\\') {
                // Everything but a few characters is escaped.
                let kinds = left.kinds();
                out.safe = out.safe | Kinds(kinds.0 & (Kinds::COMMAND | Kinds::QUERY).0);
            }
        }
        Some(out)
    }

    /// Whether a value is a module or a thing of a library, so that what its methods give is not made of it.
    fn is_namespace(&self, file: usize, node: NodeId) -> bool {
        let graph = self.project.graph(file);
        match graph.get(node) {
            Node::Global(_) | Node::Import { .. } | Node::Class(_) | Node::Function(_) => true,
            _ => {
                let things = self.project.things(At { file, node });
                !things.is_empty()
                    && things.iter().all(|thing| match thing {
                        Thing::External(path) => {
                            !matches!(path.as_str(), "str" | "list" | "dict") && !path.contains("()")
                        }
                        Thing::Module(_) | Thing::Class(_) | Thing::Function(_) => true,
                        _ => false,
                    })
            }
        }
    }
}

/// Which program the element before an argument is an option of.
enum Program<'t> {
    Named(&'t str),
    /// The first element, which is not known.
    First,
    Unknown,
    /// It does not stand in the vector.
    Elsewhere,
}

fn program_before(texts: &[Option<String>], at: usize) -> Program<'_> {
    let before = texts.get(..at.saturating_sub(1)).unwrap_or_default();
    let mut before = before.iter().enumerate().rev();
    match before.find(|(_, text)| !text.as_deref().is_some_and(is_option)) {
        Some((_, Some(name))) => Program::Named(name),
        Some((0, None)) => Program::First,
        Some((_, None)) => Program::Unknown,
        None => Program::Elsewhere,
    }
}

/// A vector that is made of a text.
fn split(state: State) -> State {
    State { flags: (state.flags & !VECTOR) | SPLIT, ..state }
}

/// Methods that answer a question, with a number or a truth value.
fn is_answer(name: &str) -> bool {
    matches!(
        name,
        "includes"
            | "startsWith"
            | "endsWith"
            | "indexOf"
            | "lastIndexOf"
            | "test"
            | "search"
            | "has"
            | "some"
            | "every"
            | "localeCompare"
            | "charCodeAt"
            | "codePointAt"
            | "startswith"
            | "endswith"
            | "index"
            | "rindex"
            | "count"
            | "isdigit"
            | "isalnum"
            | "isalpha"
            | "isnumeric"
            | "isidentifier"
            | "isspace"
            | "exists"
            | "is_file"
            | "is_dir"
            | "stat"
            | "findIndex"
            | "push"
            | "forEach"
            | "hasOwnProperty"
    )
}

fn escapes_something(with: &str) -> bool {
    with.starts_with('\\') || with.contains("''")
}

/// The quote that is open at the end of a text.
fn open_quote(text: &str) -> Option<u8> {
    let mut open = None;
    let mut is_escaped = false;
    for byte in text.bytes() {
        if is_escaped {
            is_escaped = false;
            continue;
        }
        match (byte, open) {
            (b'\\', _) => is_escaped = true,
            (b'\'' | b'"' | b'`', None) => open = Some(byte),
            (byte, Some(quote)) if byte == quote => open = None,
            _ => {}
        }
    }
    open
}

fn source_note(entered: &Entered) -> String {
    match (entered.tool.is_empty(), entered.says.is_empty()) {
        (false, _) => format!("{} `{}` is sent `{}`", entered.kind.as_str(), entered.tool, entered.parameter),
        (true, true) => format!("a {} is sent `{}`", entered.kind.as_str(), entered.parameter),
        (true, false) => format!("`{}` comes with {}", entered.parameter, entered.says),
    }
}
