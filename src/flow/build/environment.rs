//! What names hold at a moment, and what is known there; both can be taken back to where a branch began.

use super::Builder;
use crate::flow::graph::{Atom, Cond, CondId, FunId, Node, NodeId};
use crate::lower::{BindingId, Definition, FunctionId, ScopeKind};
use crate::text::Span;

#[derive(Debug, Default)]
pub(super) struct Environment {
    values: Vec<Option<NodeId>>,
    journal: Vec<(BindingId, Option<NodeId>)>,
    /// Conditions in force.
    pub(super) active: Vec<CondId>,
}

impl Environment {
    pub(super) fn new(bindings: usize) -> Self {
        Self { values: vec![None; bindings], ..Self::default() }
    }

    pub(super) fn get(&self, binding: BindingId) -> Option<NodeId> {
        self.values.get(binding.index()).copied().flatten()
    }

    pub(super) fn set(&mut self, binding: BindingId, value: NodeId) {
        if let Some(slot) = self.values.get_mut(binding.index()) {
            self.journal.push((binding, *slot));
            *slot = Some(value);
        }
    }

    pub(super) fn mark(&self) -> usize {
        self.journal.len()
    }

    /// The names that were written since a mark with what they hold now, taken back.
    pub(super) fn take_back(&mut self, mark: usize) -> Vec<(BindingId, Option<NodeId>)> {
        let mut changed: Vec<(BindingId, Option<NodeId>)> = Vec::new();
        while self.journal.len() > mark {
            let Some((binding, before)) = self.journal.pop() else { break };
            if let Some(slot) = self.values.get_mut(binding.index()) {
                changed.push((binding, *slot));
                *slot = before;
            }
        }
        // Of several writes of one name the last counts; it was taken back first.
        let mut seen = crate::flow::maps::HashSet::default();
        changed.retain(|(binding, _)| seen.insert(*binding));
        changed.sort_by_key(|(binding, _)| *binding);
        changed
    }
}

impl Builder<'_, '_> {
    /// What a name holds.
    pub(super) fn read(&mut self, binding: BindingId, span: Span) -> NodeId {
        let is_shared = self.shared.get(binding.index()).copied().unwrap_or(false);
        if is_shared && self.owner(binding) != self.function {
            return self.node(Node::Variable(binding.0), span);
        }
        if let Some(value) = self.environment.get(binding) {
            return value;
        }
        match self.module.definition(binding) {
            Some(Definition::Import { module, name, .. }) => {
                let module = self.name(module);
                let name = name.map_or(crate::flow::graph::NO_NAME, |name| self.graph.name(name));
                self.node(Node::Import { module, name }, span)
            }
            Some(Definition::Function(function)) => self.node(Node::Function(FunId(function.0)), span),
            Some(Definition::Class(class)) => self.node(Node::Class(crate::flow::graph::TypeId(class.0)), span),
            _ => self.node(Node::Variable(binding.0), span),
        }
    }

    pub(super) fn write(&mut self, binding: BindingId, value: NodeId, span: Span) {
        self.environment.set(binding, value);
        self.store(binding, value, span);
    }

    /// The function whose variable it is.
    fn owner(&self, binding: BindingId) -> FunId {
        let scope = self.module.bindings.get(binding.index()).map(|it| it.scope);
        let mut at = scope.and_then(|id| self.module.scopes.get(id.index()));
        for _ in 0..64 {
            match at.map(|scope| scope.kind) {
                Some(ScopeKind::Function(function)) => return FunId(function.0),
                None => break,
                _ => at = at.and_then(|scope| scope.parent).and_then(|id| self.module.scopes.get(id.index())),
            }
        }
        FunId(0)
    }

    /// Variables whose value in another function than their own depends on when that function runs.
    pub(super) fn shared_variables(&self) -> Vec<bool> {
        let all = self.module.bindings.iter().enumerate();
        all.map(|(at, binding)| {
            let owner = self.owner(BindingId(u32::try_from(at).unwrap_or(u32::MAX)));
            let writes = binding.definitions.iter().filter_map(|it| match it {
                Definition::Value(expr) | Definition::Changed(expr) | Definition::Part(expr) => Some(*expr),
                _ => None,
            });
            let mut count = 0;
            for expr in writes.take(32) {
                count += 1;
                let function = match self.module.kind(expr) {
                    // The function that is written stands in the scope around itself.
                    crate::lower::ExprKind::Function(_) => FunctionId(owner.0),
                    _ => self.module.function_of(expr),
                };
                if FunId(function.0) != owner {
                    return true;
                }
            }
            count > 1
        })
        .collect()
    }

    pub(super) fn conditions(&self) -> usize {
        self.environment.active.len()
    }

    /// From now on it is known.
    pub(super) fn know(&mut self, atom: Atom) {
        if self.graph.conds.len() > 400_000 {
            self.graph.is_cut = true;
            return;
        }
        let from = self.tick();
        let id = CondId::of(self.graph.conds.len());
        self.graph.conds.push(Cond { atom, from, to: u32::MAX });
        self.environment.active.push(id);
    }

    /// From now on what was learned since a mark is not known any more. Returns what it was.
    pub(super) fn forget(&mut self, mark: usize) -> Vec<Atom> {
        let now = self.tick();
        let mut out = Vec::new();
        while self.environment.active.len() > mark {
            let Some(id) = self.environment.active.pop() else { break };
            if let Some(cond) = self.graph.conds.get_mut(id.index()) {
                cond.to = now;
                out.push(cond.atom);
            }
        }
        out.reverse();
        out
    }
}
