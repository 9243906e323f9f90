//! What holds for every lowered text, whatever it is.

use mcp_picket::document::Language;
use mcp_picket::lower::{ExprId, ExprKind, lower};

pub fn check(language: Language, path: &str, data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let module = lower(language, path, &text);
    for (at, expr) in module.exprs.iter().enumerate() {
        assert!(expr.span.slice(&text).is_some(), "a place between characters or behind the end");
        let id = ExprId(u32::try_from(at).expect("fewer expressions than bytes"));
        module.parts(id, |part| assert!(part < id, "a part behind its whole"));
    }
    for call in module.calls.iter().take(1_000) {
        if let ExprKind::Call { callee, .. } = module.kind(*call) {
            module.path(callee);
        }
        module.constant(*call);
        module.is_constant(*call);
    }
    for function in &module.functions {
        module.statements(function.body).count();
    }
}
