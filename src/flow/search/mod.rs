//! The search backwards: from what a sink gets to where that comes from, through variables, calls, fields and files.
//!
//! What a function gives back is worked out once for each part that is asked for, and used wherever it is called; what a
//! parameter leads to is handed to the callers. Neither has a fixed depth: both end where nothing new is found, or where
//! the budget ends.

mod calls;
mod libraries;
mod texts;
mod trace;
mod visit;

use crate::flow::facts::Facts;
use crate::flow::graph::{Call, Node, NodeId, Run};
use crate::flow::maps::{HashMap, HashSet};
use crate::flow::paths::{ANY, Path, hash};
use crate::flow::project::{At, CallAt, Fun, Project, Thing};
use crate::flow::sinks::{Sink, handed_to, interpreter, is_option, sinks_of};
use crate::flow::sources::{Entered, Sources, state_of};
use crate::flow::state::*;
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
                let at = CallAt { file, id: crate::flow::graph::CallId::of(id) };
                if self.project.call(at).is_none_or(|call| call.at == 0) {
                    continue;
                }
                for (sink, given) in sinks_of(self.project, at) {
                    let of_vector = Kinds::COMMAND | Kinds::PROGRAM | Kinds::EVAL | Kinds::ARGV;
                    let is_wanted = wants.has(sink.kind) || (sink.kind == Kinds::ARGV && wants.has(of_vector));
                    if !is_wanted {
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
        let item = |exit: &crate::flow::graph::Exit| {
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
        let is_open =
            |exit: &&crate::flow::graph::Exit| is_one_of_several && self.facts.is_unconfigured(fun.file, exit.at);
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
