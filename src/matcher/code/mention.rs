//! What a file speaks of: the names that it uses, and the texts that it asks for. Not what it writes: keys of objects,
//! elements of lists, and headers that are set on the way out say nothing of what is looked at on the way in.

use crate::lower::{ExprId, ExprKind, Module};

/// A text that is longer, or has a space in it, is a sentence.
const MAX_TEXT: usize = 64;

/// Methods whose first argument is the name of something that is written.
const WRITERS: &[&str] = &[
    "set",
    "append",
    "setHeader",
    "set_header",
    "add_header",
    "Set",
    "Add",
    "insert",
    "setdefault",
    "update",
    "writeHead",
    "SetHeader",
    "with_header",
    "withHeader",
];

/// Names of variables, fields, functions and keywords that stand in an expression, and texts that are an argument, an
/// index, a side of a comparison or a value that stands in for another; sorted, each once.
pub(super) fn mentions<'a>(module: &Module<'a>) -> Vec<&'a str> {
    let mut written = vec![false; module.exprs.len()];
    let mut asked = vec![false; module.exprs.len()];
    let mark = |marks: &mut Vec<bool>, id: ExprId| marks.get_mut(id.index()).into_iter().for_each(|slot| *slot = true);
    let mut out = Vec::new();
    for expr in &module.exprs {
        match expr.kind {
            ExprKind::Assign { target, value, .. } => {
                mark(&mut written, target);
                mark(&mut asked, value);
                if let ExprKind::Index { index, .. } = module.kind(target) {
                    mark(&mut written, index);
                }
            }
            ExprKind::Index { index, .. } => mark(&mut asked, index),
            ExprKind::Binary { left, right, .. } => {
                mark(&mut asked, left);
                mark(&mut asked, right);
            }
            ExprKind::Call { callee, args, .. } => {
                let is_writer = matches!(module.kind(callee), ExprKind::Field { name, .. } if WRITERS.contains(&name));
                for arg in module.args(args) {
                    out.extend(arg.name);
                    if !is_writer {
                        mark(&mut asked, arg.value);
                    }
                }
            }
            _ => {}
        }
    }
    for param in module.functions.iter().flat_map(|function| &function.params) {
        param.default.into_iter().for_each(|default| mark(&mut asked, default));
    }
    let is = |marks: &[bool], at: usize| marks.get(at).copied().unwrap_or(false);
    for (at, expr) in module.exprs.iter().enumerate() {
        match expr.kind {
            ExprKind::Name(name) => out.push(name),
            ExprKind::Field { name, .. } if !is(&written, at) => out.push(name),
            ExprKind::Str { content, .. } if is(&asked, at) && !is(&written, at) && content.len() <= MAX_TEXT => {
                out.extend(content.slice(module.text).filter(|text| !text.contains(' ')));
            }
            _ => {}
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}
