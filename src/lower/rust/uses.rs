//! What `use` brings into a scope.

use super::{Field, Kind, State, Tree};
use crate::lower::ir::*;
use crate::lower::syntax::SyntaxId;
use crate::text::Span;

/// A scope that there is not: names of crates are declared by no file.
const NOWHERE: ScopeId = ScopeId(u32::MAX);

impl<'a> State<'a> {
    pub(super) fn use_declaration(&mut self, tree: &mut Tree<'a>, id: SyntaxId, scope: ScopeId) {
        let Some(argument) = tree.child(id, Field::Argument) else { return };
        let is_public = tree.children(id).any(|child| tree.kind(child) == Kind::Visibility);
        // Parts of the tree with the segments in front of them.
        let mut open: Vec<(SyntaxId, Vec<Span>)> = vec![(argument, Vec::new())];
        while let Some((node, mut prefix)) = open.pop() {
            match tree.kind(node) {
                Kind::ScopedUseList => {
                    if let Some(path) = tree.child(node, Field::Path) {
                        push_segments(tree, path, &mut prefix);
                    }
                    if let Some(list) = tree.child(node, Field::List) {
                        open.push((list, prefix));
                    }
                }
                Kind::UseList => {
                    let parts = tree.children(node).filter(|child| is_part(tree.kind(*child)));
                    open.extend(parts.map(|child| (child, prefix.clone())));
                }
                Kind::UseAs => {
                    if let (Some(path), Some(alias)) = (tree.child(node, Field::Path), tree.child(node, Field::Alias)) {
                        push_segments(tree, path, &mut prefix);
                        let name = tree.text(alias);
                        self.import(tree, scope, (name, tree.span(alias)), &prefix, is_public);
                    }
                }
                Kind::Identifier | Kind::ScopedIdentifier | Kind::SelfValue | Kind::Crate | Kind::Super => {
                    push_segments(tree, node, &mut prefix);
                    if let Some(last) = prefix.last().copied() {
                        let name = tree.b.text(last);
                        self.import(tree, scope, (name, last), &prefix, is_public);
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn extern_crate(&mut self, tree: &mut Tree<'a>, id: SyntaxId, scope: ScopeId) {
        let (Some(name), alias) = (tree.child(id, Field::Name), tree.child(id, Field::Alias)) else { return };
        let bound = alias.unwrap_or(name);
        let prefix = [tree.span(name)];
        self.import(tree, scope, (tree.text(bound), tree.span(bound)), &prefix, false);
    }

    fn import(
        &mut self,
        tree: &mut Tree<'a>,
        scope: ScopeId,
        (name, at): (&'a str, Span),
        segments: &[Span],
        is_public: bool,
    ) {
        let (Some(first), Some(last)) = (segments.first().copied(), segments.last().copied()) else { return };
        // `use anyhow::anyhow`: the crate is called the same, and macros have names of their own.
        if name == "_" || name == "self" || (segments.len() == 2 && tree.b.text(first) == name) {
            return;
        }
        let whole = Span::new(first.start, last.end);
        let is_one_text = |segments: &[Span]| {
            segments.windows(2).all(|pair| match pair {
                [one, next] => tree.b.text(Span::new(one.end, next.start)) == "::",
                _ => false,
            })
        };
        let parent = segments.split_last().map(|it| it.1).unwrap_or_default();
        let definition = if is_one_text(segments) && segments.len() == 1 {
            Definition::Import { module: tree.b.text(whole), name: None, span: whole }
        } else if is_one_text(parent) {
            let end = parent.last().map_or(first.end, |it| it.end);
            let module = tree.b.text(Span::new(first.start, end));
            let name = tree.b.text(last);
            Definition::Import { module, name: Some(name), span: last }
        } else {
            // The path lies in several places: it is put together of its segments.
            let mut path: Option<ExprId> = None;
            for segment in segments {
                let text = tree.b.text(*segment);
                path = Some(match path {
                    None => tree.b.expr(*segment, NOWHERE, ExprKind::Name(text)),
                    Some(base) => tree.b.expr(*segment, scope, ExprKind::Field { base, name: text }),
                });
            }
            match path {
                Some(path) => Definition::Value(path),
                None => return,
            }
        };
        self.blocks.note(scope, name);
        tree.b.declare(scope, name, at.start, definition);
        if let Definition::Import { module, name: imported, .. } = definition
            && is_public
            && scope == ScopeId(0)
        {
            tree.b.export(name, Exported::From { module, name: imported });
        }
    }
}

fn is_part(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ScopedUseList
            | Kind::UseList
            | Kind::UseAs
            | Kind::Identifier
            | Kind::ScopedIdentifier
            | Kind::SelfValue
            | Kind::Crate
            | Kind::Super
    )
}

/// The segments of a path, in order. `self` at the end of a path is the path.
fn push_segments(tree: &Tree<'_>, path: SyntaxId, segments: &mut Vec<Span>) {
    let end = tree.syntax.node(path).next as usize;
    for id in path..end {
        match tree.kind(id) {
            Kind::SelfValue if !segments.is_empty() => {}
            Kind::Identifier | Kind::Crate | Kind::Super | Kind::SelfValue => segments.push(tree.span(id)),
            _ => {}
        }
    }
}
