//! Names in languages with blocks: what a later declaration of the same name hides, and which declaration an assignment
//! writes to.

use super::build::{Builder, Declaration};
use super::ir::*;
use super::syntax::SyntaxId;
use std::collections::HashSet;

/// Scopes that are looked through for one name.
const MAX_SCOPES: usize = 64;

/// The blocks of one text on the way forwards, and the assignments that wait until all declarations are known.
#[derive(Debug, Default)]
pub(super) struct Blocks<'a> {
    declared: HashSet<(ScopeId, &'a str)>,
    /// By scope: the scope that the rest of the block is in since a declaration hid something.
    tails: Vec<Option<Tail>>,
    assigned: Vec<Declaration<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct Tail {
    now: ScopeId,
    /// From this node on it is another one.
    next: Option<(SyntaxId, ScopeId)>,
}

/// How a language declares a name for the second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// In the same block it is the same variable.
    Same,
    /// It is always a new one.
    New,
}

impl<'a> Blocks<'a> {
    /// The scope of node `id`, which stands in the block `around`.
    pub(super) fn scope(&mut self, around: ScopeId, id: SyntaxId) -> ScopeId {
        let Some(Some(tail)) = self.tails.get_mut(around.index()) else { return around };
        if let Some((from, next)) = tail.next
            && id >= from
        {
            *tail = Tail { now: next, next: None };
        }
        tail.now
    }

    /// A name that is declared in a scope.
    pub(super) fn note(&mut self, scope: ScopeId, name: &'a str) {
        self.declared.insert((scope, name));
    }

    /// Names that are declared in the block `around`, now at `scope`, from node `end` on. Where they hide others, what
    /// stands before them goes on meaning those: the rest of the block gets a scope of its own. Returns the scope of the
    /// names.
    pub(super) fn declare(
        &mut self,
        b: &mut Builder<'a>,
        (around, scope): (ScopeId, ScopeId),
        end: SyntaxId,
        names: &[&'a str],
        again: Again,
    ) -> ScopeId {
        let hides = names.iter().any(|name| self.hides(b, around, scope, name, again));
        let mut inside = scope;
        if hides {
            let span = b.module.scopes.get(scope.index()).map_or(b.module.scopes.first(), Some).map(|it| it.span);
            inside = b.scope(scope, ScopeKind::Block, span.unwrap_or_default());
            if self.tails.len() <= around.index() {
                self.tails.resize(around.index() + 1, None);
            }
            if let Some(tail) = self.tails.get_mut(around.index()) {
                *tail = Some(Tail { now: scope, next: Some((end, inside)) });
            }
        }
        for name in names {
            self.note(inside, name);
        }
        inside
    }

    fn hides(&self, b: &Builder<'a>, around: ScopeId, scope: ScopeId, name: &'a str, again: Again) -> bool {
        let mut next = Some(scope);
        let mut is_same_block = true;
        for _ in 0..MAX_SCOPES {
            let Some(id) = next else { return false };
            if self.declared.contains(&(id, name)) {
                return again == Again::New || !is_same_block;
            }
            is_same_block &= id != around;
            next = b.module.scopes.get(id.index()).and_then(|it| it.parent);
        }
        false
    }

    /// An assignment to a name that is declared elsewhere.
    pub(super) fn assign(&mut self, assigned: Declaration<'a>) {
        self.assigned.push(assigned);
    }

    /// Give the assignments to the declarations that they write to. What the file does not declare stays undeclared.
    pub(super) fn finish(self, b: &mut Builder<'a>) {
        if self.assigned.is_empty() {
            return;
        }
        let declared: HashSet<(ScopeId, &str)> = b.declarations.iter().map(|it| (it.scope, it.name)).collect();
        for assigned in self.assigned {
            let mut next = Some(assigned.scope);
            for _ in 0..MAX_SCOPES {
                let Some(scope) = next else { break };
                if declared.contains(&(scope, assigned.name)) {
                    b.declarations.push(Declaration { scope, ..assigned });
                    break;
                }
                next = b.module.scopes.get(scope.index()).and_then(|it| it.parent);
            }
        }
    }
}

/// The functions around an expression, from the inside.
pub(super) fn functions_around<'m, 'a>(module: &'m Module<'a>, id: ExprId) -> impl Iterator<Item = &'m Function<'a>> {
    module.scopes_around(id).take(MAX_SCOPES).filter_map(|scope| match scope.kind {
        ScopeKind::Function(function) => module.function(function),
        _ => None,
    })
}
