//! Functions of a server's own that register what they are given: `const tool = (name, shape, run) => server.tool(…)`.

use super::super::code::{Call, Code};
use super::Registration;
use crate::lower::{Definition, ExprId, ExprKind, FunctionId, ScopeKind};
use std::collections::BTreeMap;

/// Wrappers by their function, with what they register in terms of their parameters.
#[derive(Debug, Default)]
pub(super) struct Wrappers {
    all: BTreeMap<FunctionId, Registration>,
}

impl Wrappers {
    /// Whether a registration is that of a wrapper: its name is a parameter of the function around it.
    pub(super) fn of(&mut self, code: &Code<'_, '_>, registration: Registration) -> bool {
        let Some((function, _)) = registration.name.and_then(|name| parameter(code, name)) else { return false };
        self.all.entry(function).or_insert(registration);
        true
    }

    /// Every call of a wrapper, with what it registers.
    pub(super) fn uses<'m, 'a>(&self, code: &'m Code<'m, 'a>) -> Vec<(Call<'m, 'a>, Registration)> {
        if self.all.is_empty() {
            return Vec::new();
        }
        let mut out = Vec::new();
        for id in &code.module.calls {
            let Some(call) = code.call(*id) else { continue };
            let is_direct = matches!(code.module.kind(call.callee), ExprKind::Name(_) | ExprKind::Field { .. });
            let Some(function) = is_direct.then(|| code.function(call.callee)).flatten() else { continue };
            let Some(registration) = self.all.get(&function) else { continue };
            out.push((call, filled(code, function, *registration, &call)));
        }
        out
    }
}

/// A registration with the arguments of one call in place of the parameters.
fn filled(code: &Code<'_, '_>, wrapper: FunctionId, it: Registration, call: &Call<'_, '_>) -> Registration {
    let fill = |part: Option<ExprId>| {
        let part = part?;
        match parameter(code, part) {
            Some((function, index)) if function == wrapper => call.positional(index as usize),
            _ => Some(part),
        }
    };
    let callback = fill(it.callback);
    // A callback around the one that is given: the code is that of the call's last function.
    let given = call.args.iter().rev().map(|arg| arg.value).find(|arg| code.function(*arg).is_some());
    Registration {
        kind: it.kind,
        name: fill(it.name),
        title: fill(it.title),
        description: fill(it.description),
        schema: fill(it.schema),
        annotations: fill(it.annotations),
        callback: given.or(callback),
    }
}

/// The function and index of a parameter that a name is.
fn parameter(code: &Code<'_, '_>, id: ExprId) -> Option<(FunctionId, u32)> {
    let ExprKind::Name(_) = code.module.kind(id) else { return None };
    match code.module.definition(code.module.binding(id)?)? {
        Definition::Param { function, index } => {
            // Only of a function around it: anything else would be another's parameter.
            let around = |scope: crate::lower::Scope| scope.kind == ScopeKind::Function(function);
            code.module.scopes_around(id).any(around).then_some((function, index))
        }
        _ => None,
    }
}
