//! Which declaration each name means: scopes of Python, JavaScript, Go and Rust, as far as they agree.

use super::build::{Declaration, Outer};
use super::ir::*;
use crate::document::Language;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Names are interned once, so that looking one up in a scope hashes two numbers.
type Numbers<T> = HashMap<u64, T, BuildHasherDefault<Mixed>>;

/// One multiplication: keys are small numbers of our own making, never an attacker's.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 32;
    }
}

pub(super) fn bind<'a>(
    module: &mut Module<'a>,
    mut declarations: Vec<Declaration<'a>>,
    assignments: &[Declaration<'a>],
    outer: &[(ScopeId, &'a str, Outer)],
) {
    declarations.sort_by_key(|declaration| declaration.at);
    let mut symbols: HashMap<&'a str, u32> = HashMap::new();
    let mut symbol = |name: &'a str| {
        let next = u32::try_from(symbols.len()).unwrap_or(u32::MAX);
        *symbols.entry(name).or_insert(next)
    };
    let key = |scope: ScopeId, symbol: u32| u64::from(scope.0) << 32 | u64::from(symbol);
    let taken: Numbers<Outer> = outer.iter().map(|(scope, name, outer)| (key(*scope, symbol(name)), *outer)).collect();
    let mut found: Numbers<BindingId> = Numbers::default();
    let mut definitions: Vec<(usize, BindingId, Definition<'a>)> = Vec::with_capacity(declarations.len());
    for declaration in declarations {
        let named = symbol(declaration.name);
        let mut scope = declaration.scope;
        match taken.get(&key(scope, named)) {
            Some(Outer::Module) => scope = ScopeId(0),
            Some(Outer::Enclosing) => scope = enclosing(module, scope),
            None => {}
        }
        let next = BindingId(u32::try_from(module.bindings.len()).unwrap_or(u32::MAX));
        let id = *found.entry(key(scope, named)).or_insert(next);
        if id == next {
            module.bindings.push(Binding { name: declaration.name, scope, definitions: Vec::new() });
        }
        definitions.push((declaration.at, id, declaration.definition));
    }
    for assignment in assignments {
        let named = symbol(assignment.name);
        let id = match declared(module, assignment.scope, |scope| found.get(&key(scope, named)).copied()) {
            Some(id) => id,
            None => {
                // Nothing declares it: it is a name of the module's.
                let id = BindingId(u32::try_from(module.bindings.len()).unwrap_or(u32::MAX));
                found.insert(key(ScopeId(0), named), id);
                module.bindings.push(Binding { name: assignment.name, scope: ScopeId(0), definitions: Vec::new() });
                id
            }
        };
        definitions.push((assignment.at, id, assignment.definition));
    }
    if !assignments.is_empty() {
        definitions.sort_by_key(|(at, ..)| *at);
    }
    for (_, id, definition) in definitions {
        if let Some(binding) = module.bindings.get_mut(id.index()) {
            binding.definitions.push(definition);
        }
    }
    // Python does not see the names of a class from inside of its methods.
    let hides_classes = module.language == Language::Python;
    module.binding_of = (0..module.exprs.len())
        .map(|at| {
            let id = ExprId(u32::try_from(at).unwrap_or(u32::MAX));
            let ExprKind::Name(name) = module.kind(id) else { return None };
            let named = *symbols.get(name)?;
            let mut scope = Some(module.scope_of(id));
            let mut is_inside_function = false;
            let mut steps = 0;
            while let Some(id) = scope {
                let here = module.scopes.get(id.index())?;
                let is_hidden = hides_classes && is_inside_function && matches!(here.kind, ScopeKind::Class(_));
                if !is_hidden && let Some(binding) = found.get(&key(id, named)) {
                    return Some(*binding);
                }
                is_inside_function |= matches!(here.kind, ScopeKind::Function(_));
                scope = here.parent;
                steps += 1;
                if steps > MAX_SCOPES {
                    return found.get(&key(ScopeId(0), named)).copied();
                }
            }
            None
        })
        .collect();
}

/// What `binding` says of the innermost scope for which it says something.
fn declared(module: &Module<'_>, scope: ScopeId, binding: impl Fn(ScopeId) -> Option<BindingId>) -> Option<BindingId> {
    let mut next = Some(scope);
    for _ in 0..MAX_SCOPES {
        let id = next?;
        if let Some(found) = binding(id) {
            return Some(found);
        }
        next = module.scopes.get(id.index()).and_then(|scope| scope.parent);
    }
    binding(ScopeId(0))
}

/// Scopes inside of scopes that are looked through for one name.
const MAX_SCOPES: usize = 64;

/// The function around the one that `scope` is.
fn enclosing(module: &Module<'_>, scope: ScopeId) -> ScopeId {
    let mut next = module.scopes.get(scope.index()).and_then(|scope| scope.parent);
    for _ in 0..MAX_SCOPES {
        let Some(id) = next else { break };
        match module.scopes.get(id.index()) {
            Some(Scope { kind: ScopeKind::Function(_), .. }) => return id,
            Some(scope) => next = scope.parent,
            None => break,
        }
    }
    ScopeId(0)
}
