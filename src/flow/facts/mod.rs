//! What checks prove: of a value at a moment, of what a function gives back, of what a predicate says.

mod addresses;
mod language;
mod origins;
mod package;

use crate::flow::charset::{Charset, kinds_of_prefix, prefix_of_pattern};
use crate::flow::graph::{Atom, Call, CallId, CondId, FunId, Graph, Node, NodeId, Operand, Test};
use crate::flow::maps::{HashMap, HashSet};
use crate::flow::paths::{ANY, Path};
use crate::flow::project::{At, CallAt, Fun, Project, Thing};
use crate::flow::state::*;
use crate::rule::{GuardWhen, Kinds};
use crate::text::Span;
use addresses::{calls, marks, unconfigured};
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

/// A call of a file, and the part that a value has in it.
type Question = (usize, CallId, Operand);

/// The value that a call is asked about.
#[derive(Clone, Copy, Debug)]
struct About {
    via: Via,
    path: Path,
    depth: u32,
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
            Test::Told { call, on, holds } => self.told((file, call, on), holds, About { via, path, depth }),
            Test::Returned { call, on } => self.came_back((file, call, on), About { via, path, depth }),
        }
    }

    /// The result of a call counts as true, or as false.
    fn told(&self, (file, id, on): Question, holds: bool, about: About) -> State {
        let About { via, path, .. } = about;
        let graph = self.project.graph(file);
        let Some(call) = graph.call(id) else { return State::default() };
        let mut out = State::default();
        if path.is_empty() {
            out = out.and(self.told_by_language(file, call, on, holds, via));
            let when = if holds { GuardWhen::True } else { GuardWhen::False };
            out = out.and(self.told_by_library(file, id, on, when, via));
        }
        let asked = if holds { Asked::True } else { Asked::False };
        out.and(self.told_by_package((file, id, on), asked, about))
    }

    fn came_back(&self, (file, id, on): Question, about: About) -> State {
        let About { via, path, .. } = about;
        let mut out = State::default();
        if path.is_empty() {
            out = self.told_by_library(file, id, on, GuardWhen::Returns, via);
        }
        out.and(self.told_by_package((file, id, on), Asked::Returned, about))
    }

    /// Whether a moment comes only where the server has no folder, list or key configured: a variable of the module or an
    /// attribute is not there. What a function does then is what its operator chose.
    pub(crate) fn is_unconfigured(&self, file: usize, moment: u32) -> bool {
        let of_file = self.unconfigured.get(file).map_or(&[][..], Vec::as_slice);
        of_file.iter().any(|(from, to)| *from <= moment && moment < *to)
    }
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
