//! What the tests of several lowerings ask.

use super::{ExprKind, Module};

/// What every call calls, as written and by its path.
pub(super) fn called<'a>(module: &Module<'a>) -> Vec<(&'a str, String)> {
    let callee = |call: &super::ExprId| {
        let ExprKind::Call { callee, .. } = module.kind(*call) else { panic!("a call") };
        (module.span(callee).slice(module.text).unwrap_or_default(), module.path(callee))
    };
    module.calls.iter().map(callee).collect()
}
