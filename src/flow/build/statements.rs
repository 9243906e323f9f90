//! Statements in the order in which they run.

use super::{Builder, MAX_DEPTH};
use crate::flow::graph::{Atom, Exit, Node, NodeId, Test};
use crate::lower::{Block, ExprId, ExprKind, Stmt, StmtKind};
use crate::text::Span;

/// How a block ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// What is behind it runs.
    Falls,
    /// It leaves the loop or the switch around it.
    Leaves,
    /// It leaves the function.
    Returns,
}

impl End {
    fn falls(self) -> bool {
        self == Self::Falls
    }

    /// The end of one of two ways.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Falls, _) | (_, Self::Falls) => Self::Falls,
            (Self::Leaves, _) | (_, Self::Leaves) => Self::Leaves,
            _ => Self::Returns,
        }
    }
}

/// Functions that do not come back, by path.
const FINAL: &[&str] = &["process.exit", "sys.exit", "os._exit", "exit", "quit", "os.abort", "process.abort"];

impl Builder<'_, '_> {
    pub(super) fn block(&mut self, block: Block) -> End {
        if self.depth > MAX_DEPTH {
            self.graph.is_cut = true;
            return End::Falls;
        }
        self.depth += 1;
        let stmts: Vec<Stmt> = self.module.block(block).collect();
        let mut end = End::Falls;
        for stmt in stmts {
            if !self.step() {
                break;
            }
            end = self.statement(stmt);
            if !end.falls() {
                break;
            }
        }
        self.depth -= 1;
        end
    }

    fn statement(&mut self, stmt: Stmt) -> End {
        match stmt.kind {
            StmtKind::Expr(expr) => {
                self.eval(expr);
                if self.is_final(expr) { End::Returns } else { End::Falls }
            }
            StmtKind::Return(value) => {
                self.exit(value, stmt.span);
                End::Returns
            }
            StmtKind::Throw(value) => {
                if let Some(value) = value {
                    self.eval(value);
                }
                End::Returns
            }
            StmtKind::If { condition, then, otherwise } => self.conditional(condition, then, otherwise),
            StmtKind::Loop { target, source, body } => self.looped(target, source, body),
            StmtKind::Try { body, catches, finally } => {
                let mark = self.conditions();
                let written = self.environment.mark();
                let end = self.block(body);
                let catches: Vec<_> = self.module.catches(catches).to_vec();
                let known = self.forget(mark);
                let mut is_kept = end.falls();
                let mut ends = end;
                let after = self.environment.take_back(written);
                for (binding, value) in &after {
                    if let Some(value) = value {
                        self.environment.set(*binding, *value);
                    }
                }
                for catch in catches {
                    let inner = self.conditions();
                    let before = self.environment.mark();
                    if let Some(name) = catch.name {
                        let caught = self.unknown();
                        self.assign(name, caught);
                    }
                    let caught = self.block(catch.body);
                    self.forget(inner);
                    is_kept &= !caught.falls();
                    let changed = self.environment.take_back(before);
                    if caught.falls() {
                        for (binding, value) in changed {
                            let old = self.environment.get(binding);
                            let both: Vec<NodeId> = [old, value].into_iter().flatten().collect();
                            let both = self.choice(&both, stmt.span);
                            self.environment.set(binding, both);
                        }
                    }
                    ends = ends.or(caught);
                }
                if is_kept {
                    known.into_iter().for_each(|atom| self.know(atom));
                }
                match self.block(finally) {
                    End::Falls => ends,
                    other => other,
                }
            }
            StmtKind::With { value, target, body } => {
                let node = self.eval(value);
                if let Some(target) = target {
                    self.assign(target, node);
                }
                self.block(body)
            }
            StmtKind::Switch { subject, cases } => self.switch(subject, self.module.cases(cases).to_vec(), stmt.span),
            StmtKind::Block(block) => self.block(block),
            StmtKind::Assert(condition) => {
                self.eval(condition);
                self.learn(condition, true);
                End::Falls
            }
            StmtKind::Leave => End::Leaves,
        }
    }

    fn is_final(&self, expr: ExprId) -> bool {
        match self.module.kind(expr) {
            ExprKind::Call { callee, .. } => match self.module.kind(callee) {
                ExprKind::Name(name) => FINAL.contains(&name),
                ExprKind::Field { name: "exit" | "_exit" | "abort", .. } => {
                    FINAL.contains(&self.module.path(callee).as_str())
                }
                _ => false,
            },
            ExprKind::Await(inner) => self.is_final(inner),
            _ => false,
        }
    }

    pub(super) fn exit(&mut self, value: Option<ExprId>, span: Span) {
        let node = value.map(|value| self.eval(value));
        let at = self.tick();
        let mut exit =
            Exit { at, value: node, span, truth: None, when_true: Default::default(), when_false: Default::default() };
        if let Some(value) = value {
            exit.truth = match self.module.kind(value) {
                ExprKind::Bool(truth) => Some(truth),
                ExprKind::Null => Some(false),
                _ => None,
            };
            let from = self.graph.tests.len();
            let atoms = self.atoms(value, true);
            self.graph.tests.extend(atoms);
            exit.when_true = self.run_of(from);
            let from = self.graph.tests.len();
            let atoms = self.atoms(value, false);
            self.graph.tests.extend(atoms);
            exit.when_false = self.run_of(from);
        }
        let function = self.function.index();
        if let Some(it) = self.graph.functions.get_mut(function)
            && it.exits.len() < 256
        {
            it.exits.push(exit);
        }
    }

    fn conditional(&mut self, condition: ExprId, then: Block, otherwise: Block) -> End {
        self.eval(condition);
        let mark = self.conditions();
        let written = self.environment.mark();
        let asked = self.learn(condition, true);
        let then_end = self.block(then);
        let then_known = self.forget(mark);
        let in_then = self.environment.take_back(written);
        self.learn(condition, false);
        let else_end = self.block(otherwise);
        let else_known = if then_end.falls() { self.forget(mark) } else { Vec::new() };
        let in_else = self.environment.take_back(written);
        let span = self.module.span(condition);
        match (then_end.falls(), else_end.falls()) {
            (true, false) => {
                then_known.into_iter().for_each(|atom| self.know(atom));
                self.set_all(in_then);
            }
            (false, true) => self.set_all(in_else),
            (true, true) => {
                // What holds wherever the value is there at all, holds of it: `if (x) check(x)`.
                if let [Atom { subject, test: Test::Truthy }] = asked.as_slice() {
                    let of_subject =
                        then_known.iter().filter(|atom| atom.subject == *subject && atom.test != Test::Truthy);
                    of_subject.copied().collect::<Vec<_>>().into_iter().for_each(|atom| self.know(atom));
                }
                // What both branches make sure of.
                let both: Vec<Atom> = then_known.iter().filter(|atom| else_known.contains(atom)).copied().collect();
                both.into_iter().for_each(|atom| self.know(atom));
                self.merge(in_then, in_else, span);
            }
            (false, false) => self.set_all(in_else),
        }
        then_end.or(else_end)
    }

    fn set_all(&mut self, changed: Vec<(crate::lower::BindingId, Option<NodeId>)>) {
        for (binding, value) in changed {
            if let Some(value) = value {
                self.environment.set(binding, value);
            }
        }
    }

    /// What names hold behind two branches.
    fn merge(
        &mut self,
        one: Vec<(crate::lower::BindingId, Option<NodeId>)>,
        other: Vec<(crate::lower::BindingId, Option<NodeId>)>,
        span: Span,
    ) {
        let mut names: Vec<_> = one.iter().chain(&other).map(|(binding, _)| *binding).collect();
        names.sort_unstable();
        names.dedup();
        let of = |list: &[(crate::lower::BindingId, Option<NodeId>)], binding| {
            list.binary_search_by_key(&binding, |(it, _)| *it)
                .ok()
                .and_then(|at| list.get(at))
                .and_then(|(_, value)| *value)
        };
        for binding in names {
            let before = self.environment.get(binding);
            let sides = [of(&one, binding).or(before), of(&other, binding).or(before)];
            let both: Vec<NodeId> = sides.into_iter().flatten().collect();
            let value = self.choice(&both, span);
            self.environment.set(binding, value);
        }
    }

    fn looped(&mut self, target: Option<ExprId>, source: Option<ExprId>, body: Block) -> End {
        let source_node = source.map(|source| self.eval(source));
        let mark = self.conditions();
        let written = self.environment.mark();
        let span = source.map_or(Span::at(0), |source| self.module.span(source));
        self.loops += 1;
        let kept = (self.graph.calls.len(), self.graph.conds.len());
        self.once(target, source, source_node, body);
        self.forget(mark);
        let changed = self.environment.take_back(written);
        self.merge(changed.clone(), Vec::new(), span);
        // What one round leaves for the next is seen in a second one; the first is only looked at for that.
        let carries = changed.iter().any(|(binding, _)| self.environment.get(*binding).is_some());
        if carries && self.loops <= 2 {
            self.drop_since(kept);
            let written = self.environment.mark();
            self.once(target, source, source_node, body);
            self.forget(mark);
            let changed = self.environment.take_back(written);
            self.merge(changed, Vec::new(), span);
        }
        self.loops -= 1;
        End::Falls
    }

    fn once(&mut self, target: Option<ExprId>, source: Option<ExprId>, node: Option<NodeId>, body: Block) {
        match (target, source) {
            (Some(target), Some(source)) => {
                let element = self.element_of(source, node.unwrap_or(NodeId(0)));
                self.assign(target, element);
            }
            (None, Some(source)) => {
                self.learn(source, true);
            }
            _ => {}
        }
        self.block(body);
    }

    /// Forget the calls and conditions of a walk that is done again.
    fn drop_since(&mut self, (calls, conds): (usize, usize)) {
        // Nodes of dropped calls stay; nothing leads to them.
        for call in self.graph.calls.iter_mut().skip(calls) {
            call.at = 0;
        }
        for cond in self.graph.conds.iter_mut().skip(conds) {
            cond.to = cond.from;
        }
    }

    fn switch(&mut self, subject: ExprId, cases: Vec<crate::lower::Case>, span: Span) -> End {
        let node = self.eval(subject);
        let written = self.environment.mark();
        let mark = self.conditions();
        let mut ends: Option<End> = None;
        let mut merged: Vec<Vec<(crate::lower::BindingId, Option<NodeId>)>> = Vec::new();
        let mut has_default = false;
        let mut waiting: Vec<ExprId> = Vec::new();
        for case in cases {
            let tests: Vec<ExprId> = self.module.exprs_of(case.tests).to_vec();
            has_default |= tests.is_empty();
            waiting.extend(tests);
            if self.module.block(case.body).next().is_none() {
                continue;
            }
            let asked: Vec<NodeId> = waiting.drain(..).take(64).map(|test| self.eval(test)).collect();
            match asked.as_slice() {
                [] => {}
                // `switch (true)`
                _ if matches!(self.module.kind(subject), ExprKind::Bool(true)) => {}
                [only] => self.know(Atom { subject: node, test: Test::Equals(*only) }),
                several => {
                    let list = self.list(several.to_vec(), span);
                    self.know(Atom { subject: node, test: Test::In(list) });
                }
            }
            let end = self.block(case.body);
            self.forget(mark);
            let changed = self.environment.take_back(written);
            let end = if end == End::Leaves { End::Falls } else { end };
            if end.falls() {
                merged.push(changed);
            }
            ends = Some(ends.map_or(end, |known| known.or(end)));
        }
        let mut all = Vec::new();
        for changed in merged {
            all = if all.is_empty() { changed } else { self.both(all, changed, span) };
        }
        self.merge(all, Vec::new(), span);
        if has_default { ends.unwrap_or(End::Falls) } else { End::Falls }
    }

    fn both(
        &mut self,
        one: Vec<(crate::lower::BindingId, Option<NodeId>)>,
        other: Vec<(crate::lower::BindingId, Option<NodeId>)>,
        span: Span,
    ) -> Vec<(crate::lower::BindingId, Option<NodeId>)> {
        let mut out = one;
        for (binding, value) in other {
            match out.iter_mut().find(|(it, _)| *it == binding) {
                Some(slot) => {
                    let values: Vec<NodeId> = [slot.1, value].into_iter().flatten().collect();
                    slot.1 = Some(self.choice(&values, span));
                }
                None => out.push((binding, value)),
            }
        }
        out.sort_by_key(|(binding, _)| *binding);
        out
    }

    /// An element of what a loop goes through.
    pub(super) fn element_of(&mut self, source: ExprId, node: NodeId) -> NodeId {
        let span = self.module.span(source);
        self.node(Node::Element(node), span)
    }
}
