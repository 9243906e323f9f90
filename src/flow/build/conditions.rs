//! What a condition tells of values where it holds, and where it does not.

use super::Builder;
use crate::flow::graph::{Arg, Atom, CallId, NameId, Node, NodeId, Operand, Test, TestId};
use crate::lower::{Definition, ExprId, ExprKind, Op, UnaryOp};
use crate::text::Span;

/// Conditions inside of conditions.
const MAX_DEPTH: u32 = 24;
const MAX_ATOMS: usize = 64;

impl Builder<'_, '_> {
    /// From now on a condition holds, or does not. Returns what that tells.
    pub(super) fn learn(&mut self, condition: ExprId, holds: bool) -> Vec<Atom> {
        let atoms = self.atoms(condition, holds);
        atoms.iter().for_each(|atom| self.know(*atom));
        atoms
    }

    /// What is known if a condition holds, or does not. Its parts were met before.
    pub(super) fn atoms(&mut self, condition: ExprId, holds: bool) -> Vec<Atom> {
        let mut out = Vec::new();
        self.add(condition, holds, 0, &mut out);
        out.truncate(MAX_ATOMS);
        out
    }

    fn add(&mut self, id: ExprId, holds: bool, depth: u32, out: &mut Vec<Atom>) {
        if depth > MAX_DEPTH || out.len() > MAX_ATOMS || !self.step() {
            return;
        }
        match self.module.kind(id) {
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.add(operand, !holds, depth + 1, out),
            ExprKind::Await(inner) => self.add(inner, holds, depth + 1, out),
            ExprKind::Binary { op: op @ (Op::And | Op::Or), left, right } => {
                if (op == Op::And) == holds {
                    self.add(left, holds, depth + 1, out);
                    self.add(right, holds, depth + 1, out);
                } else {
                    self.either(left, right, holds, depth, out);
                }
            }
            ExprKind::Binary { op, left, right } => self.compared(op, left, right, holds, depth, out),
            ExprKind::Call { callee, args, .. } => {
                let node = self.value(id);
                if let Node::Call(call) = self.graph.get(node) {
                    self.told(call, holds, out);
                }
                // `list.some(test)`, `any(test for …)`
                let name = match self.module.kind(callee) {
                    ExprKind::Field { name, .. } | ExprKind::Name(name) => name,
                    _ => return,
                };
                let is_told = match name {
                    "some" | "any" => true,
                    "every" | "all" => holds,
                    "Boolean" | "bool" => true,
                    _ => false,
                };
                let Some(first) = self.module.args(args).first().map(|arg| arg.value) else { return };
                if !is_told {
                    return;
                }
                match self.module.kind(first) {
                    ExprKind::Comprehension { element, .. } => self.add(element, holds, depth + 1, out),
                    ExprKind::Function(function) => {
                        let told = self.told_by_callback(crate::flow::graph::FunId(function.0), holds);
                        out.extend(told);
                    }
                    _ if matches!(name, "Boolean" | "bool") => self.add(first, holds, depth + 1, out),
                    _ => {}
                }
            }
            ExprKind::Assign { target, value, op: None } => {
                self.add(value, holds, depth + 1, out);
                if holds {
                    let subject = self.value(target);
                    out.push(Atom { subject, test: Test::Truthy });
                }
            }
            ExprKind::Name(_) => {
                let subject = self.value(id);
                out.push(Atom { subject, test: if holds { Test::Truthy } else { Test::Falsy } });
                if let Some(binding) = self.module.binding(id)
                    && let [Definition::Value(value)] | [Definition::Value(value), Definition::Typed(_)] =
                        self.module.definitions(binding)
                {
                    self.add(*value, holds, depth + 1, out);
                }
            }
            ExprKind::Conditional { .. } => {}
            _ => {
                let subject = self.value(id);
                out.push(Atom { subject, test: if holds { Test::Truthy } else { Test::Falsy } });
            }
        }
    }

    /// One of two holds: what both tell of the same value.
    fn either(&mut self, left: ExprId, right: ExprId, holds: bool, depth: u32, out: &mut Vec<Atom>) {
        let (mut one, mut other) = (Vec::new(), Vec::new());
        self.add(left, holds, depth + 1, &mut one);
        self.add(right, holds, depth + 1, &mut other);
        for first in one.iter().take(8) {
            for second in other.iter().filter(|it| it.subject == first.subject).take(4) {
                let ids = (self.test(*first), self.test(*second));
                out.push(Atom { subject: first.subject, test: Test::Either(ids.0, ids.1) });
            }
        }
    }

    /// What is known if a function that is asked for each element gave true, or false: on every way out that it may have
    /// taken.
    fn told_by_callback(&mut self, function: crate::flow::graph::FunId, holds: bool) -> Vec<Atom> {
        let Some(it) = self.graph.function(function) else { return Vec::new() };
        let (exits, (first, last)) = (it.exits.clone(), it.conds);
        let mut all: Option<Vec<Atom>> = None;
        for exit in exits.iter().take(8) {
            if exit.truth.is_some_and(|truth| truth != holds) {
                continue;
            }
            let conds = self.graph.conds.get(first as usize..last as usize).unwrap_or_default();
            let in_force = conds.iter().filter(|cond| cond.from <= exit.at && exit.at < cond.to);
            let mut here: Vec<Atom> = in_force.map(|cond| cond.atom).take(MAX_ATOMS).collect();
            here.extend(self.graph.tests(if holds { exit.when_true } else { exit.when_false }));
            all = Some(match all {
                None => here,
                Some(known) => {
                    let mut both = Vec::new();
                    for one in known.iter().take(16) {
                        for other in here.iter().filter(|other| other.subject == one.subject).take(4) {
                            let ids = (self.test(*one), self.test(*other));
                            both.push(Atom { subject: one.subject, test: Test::Either(ids.0, ids.1) });
                        }
                    }
                    both
                }
            });
        }
        all.unwrap_or_default()
    }

    fn test(&mut self, atom: Atom) -> TestId {
        self.graph.tests.push(atom);
        TestId::of(self.graph.tests.len() - 1)
    }

    fn compared(&mut self, op: Op, left: ExprId, right: ExprId, holds: bool, depth: u32, out: &mut Vec<Atom>) {
        let (one, other) = (self.value(left), self.value(right));
        match op {
            Op::Equal | Op::NotEqual => {
                let is_equal = (op == Op::Equal) == holds;
                for (tested, constant) in [(left, right), (right, left)] {
                    match self.module.kind(constant) {
                        // `x === null`, `re.match(…) is None`, `list.indexOf(x) === -1`, `check(x) === false`
                        ExprKind::Null | ExprKind::Bool(false) => return self.add(tested, !is_equal, depth + 1, out),
                        ExprKind::Bool(true) => return self.add(tested, is_equal, depth + 1, out),
                        ExprKind::Unary { op: UnaryOp::Negative, .. } => {
                            return self.add(tested, !is_equal, depth + 1, out);
                        }
                        ExprKind::Str { .. } => {
                            // `typeof x === "number"`
                            if let ExprKind::Unary { op: UnaryOp::TypeOf, operand } = self.module.kind(tested) {
                                let kind = self.module.string(constant).unwrap_or_default();
                                if is_equal && matches!(kind.as_ref(), "number" | "boolean" | "bigint") {
                                    let subject = self.value(operand);
                                    out.push(Atom { subject, test: Test::IsPlain });
                                }
                                return;
                            }
                        }
                        _ => {}
                    }
                }
                let test = |other| if is_equal { Test::Equals(other) } else { Test::Differs(other) };
                out.push(Atom { subject: one, test: test(other) });
                out.push(Atom { subject: other, test: test(one) });
            }
            Op::In | Op::NotIn => {
                let is_in = (op == Op::In) == holds;
                out.push(Atom { subject: one, test: if is_in { Test::In(other) } else { Test::NotIn(other) } });
                out.push(Atom { subject: other, test: if is_in { Test::Holds(one) } else { Test::Lacks(one) } });
            }
            // `list.indexOf(x) >= 0`, `> -1`
            Op::Greater | Op::GreaterEqual | Op::Less | Op::LessEqual => {
                if let ExprKind::Call { .. } = self.module.kind(left)
                    && matches!(self.module.kind(right), ExprKind::Number("0") | ExprKind::Unary { .. })
                {
                    let is_there = matches!(op, Op::Greater | Op::GreaterEqual) == holds;
                    self.add(left, is_there, depth + 1, out);
                }
            }
            _ => {}
        }
    }

    /// The result of a call counts as true, or as false.
    fn told(&mut self, call: CallId, holds: bool, out: &mut Vec<Atom>) {
        let Some(it) = self.graph.call(call).cloned() else { return };
        if let Some(subject) = it.receiver {
            out.push(Atom { subject, test: Test::Told { call, on: Operand::Receiver, holds } });
        }
        let args: Vec<Arg> = self.graph.args_of(&it).to_vec();
        for (at, arg) in (0..).zip(args).take(8) {
            out.push(Atom { subject: arg.value, test: Test::Told { call, on: Operand::Arg(at), holds } });
        }
    }

    /// A call came back: if it is one that throws, that tells something.
    pub(super) fn came_back(&mut self, call: CallId, receiver: Option<NodeId>, args: &[(NameId, NodeId, Span)]) {
        let is_value = |graph: &crate::flow::graph::Graph, node: NodeId| {
            !matches!(
                graph.get(node),
                Node::Unknown
                    | Node::Plain
                    | Node::Truth(_)
                    | Node::Text(_)
                    | Node::Regex(_)
                    | Node::Function(_)
                    | Node::Class(_)
                    | Node::Global(_)
                    | Node::Import { .. }
            )
        };
        if let Some(subject) = receiver.filter(|it| is_value(&self.graph, *it)) {
            self.know(Atom { subject, test: Test::Returned { call, on: Operand::Receiver } });
        }
        for (at, (_, subject, _)) in (0..).zip(args).take(8) {
            if is_value(&self.graph, *subject) {
                self.know(Atom { subject: *subject, test: Test::Returned { call, on: Operand::Arg(at) } });
            }
            // `check({ path })`: what stands in an object that is written where it is given.
            if let Node::Object(run) = self.graph.get(*subject) {
                let inner: Vec<NodeId> = self.graph.pairs(run).map(|(_, value)| value).take(16).collect();
                for value in inner.into_iter().filter(|it| is_value(&self.graph, *it)).collect::<Vec<_>>() {
                    self.know(Atom { subject: value, test: Test::Returned { call, on: Operand::Arg(at) } });
                }
            }
        }
    }
}
