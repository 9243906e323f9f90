//! Checks that libraries and functions of the package make.

use super::*;

impl<'s, 'p> Facts<'s, 'p> {
    /// What the tables know of a call of a library.
    pub(super) fn told_by_library(&self, file: usize, id: CallId, on: Operand, when: GuardWhen, via: Via) -> State {
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
    pub(super) fn told_by_package(&self, (file, id, on): Question, asked: Asked, about: About) -> State {
        let About { via, path, depth } = about;
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

    pub(super) fn ask(&self, fun: Fun, index: u32, path: Path, asked: Asked, depth: u32) -> State {
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
    pub(super) fn is_unrestricted(&self, fun: Fun, index: u32, moment: u32) -> bool {
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
}
