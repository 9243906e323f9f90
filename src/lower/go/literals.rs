//! Composite literals of Go.

use super::{Field, Kind, Tree, made};
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;

/// An entry of a literal: its key, as an expression and in the text, and its value.
struct Entry {
    key: Option<SyntaxId>,
    value: ExprId,
}

/// `{…}` inside of a literal, whose type is left out: an object if it has keys, else a list.
pub(super) fn untyped(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    // The body of a literal is read together with its type.
    if tree.field(id) == Field::Body {
        return Made::Nothing;
    }
    let entries = entries(tree, id);
    if entries.iter().any(|entry| entry.key.is_some()) {
        object(tree, id, &entries, true)
    } else {
        list(tree, id, &entries)
    }
}

/// `Type{…}`: a construction with named arguments, a list or an object.
pub(super) fn typed<'a>(tree: &mut Tree<'a>, id: SyntaxId) -> Made {
    let entries = tree.child(id, Field::Body).map(|body| entries(tree, body)).unwrap_or_default();
    match tree.child(id, Field::Type).map(|it| tree.kind(it)) {
        Some(Kind::MapType) => object(tree, id, &entries, false),
        Some(Kind::ArrayType | Kind::SliceType | Kind::ImplicitArrayType) => list(tree, id, &entries),
        _ => {
            let args: Vec<Arg<'a>> = entries
                .iter()
                .map(|entry| Arg {
                    name: entry.key.and_then(|key| plain(tree, key)).map(|it| it.0),
                    value: entry.value,
                })
                .collect();
            let callee = tree.expr_in_or_opaque(id, Field::Type);
            let args = tree.b.args(&args);
            made(tree, id, ExprKind::Call { callee, args, form: CallForm::New })
        }
    }
}

fn entries(tree: &mut Tree<'_>, body: SyntaxId) -> Vec<Entry> {
    let children: Vec<_> = tree.children(body).collect();
    let mut entries = Vec::with_capacity(children.len() / 2);
    for child in children {
        match tree.kind(child) {
            Kind::KeyedElement => {
                let key = tree.child(child, Field::Key);
                let value = tree.expr_in_or_opaque(child, Field::Value);
                entries.push(Entry { key, value });
            }
            _ => entries.extend(tree.expr(child).map(|value| Entry { key: None, value })),
        }
    }
    entries
}

fn list(tree: &mut Tree<'_>, id: SyntaxId, entries: &[Entry]) -> Made {
    let values: Vec<_> = entries.iter().map(|entry| entry.value).collect();
    let values = tree.b.exprs(&values);
    made(tree, id, ExprKind::List(values))
}

/// `has_fields`: names in front of colons are those of fields, not variables.
fn object<'a>(tree: &mut Tree<'a>, id: SyntaxId, entries: &[Entry], has_fields: bool) -> Made {
    let pairs: Vec<Pair<'a>> = entries
        .iter()
        .map(|entry| {
            let key = entry.key.and_then(|key| {
                let expr = tree.expr(key)?;
                let is_field = has_fields || matches!(tree.b.module.kind(expr), ExprKind::Str { .. });
                match plain(tree, key).filter(|_| is_field) {
                    Some((name, span)) => Some(Key::Plain(name, span)),
                    None => Some(Key::Computed(expr)),
                }
            });
            Pair { key, value: entry.value }
        })
        .collect();
    let pairs = tree.b.pairs(&pairs);
    made(tree, id, ExprKind::Object(pairs))
}

/// A name or a plain string as a key.
fn plain<'a>(tree: &Tree<'a>, key: SyntaxId) -> Option<(&'a str, crate::text::Span)> {
    let expr = tree.expr(key)?;
    match tree.b.module.kind(expr) {
        ExprKind::Name(name) => Some((name, tree.b.module.span(expr))),
        ExprKind::Str { content, .. } => Some((tree.b.text(content), content)),
        _ => None,
    }
}
