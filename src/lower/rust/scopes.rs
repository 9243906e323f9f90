//! The way forwards through a file of Rust: scopes, imports, and what stands above items.

use super::{Field, Kind, State, Tree};
use crate::lower::blocks::Again;
use crate::lower::ir::*;
use crate::lower::syntax::SyntaxId;
use crate::text::Span;

/// Doc comments and attributes on the way to their item.
#[derive(Debug, Default)]
pub(super) struct Pending {
    doc: Option<Span>,
    attributes: Vec<SyntaxId>,
    /// The end of the last one: what is inside of it is no item.
    until: SyntaxId,
}

impl<'a> State<'a> {
    /// The scope inside of a node.
    pub(super) fn enter(&mut self, tree: &mut Tree<'a>, id: SyntaxId, around: ScopeId) -> ScopeId {
        let scope = match self.outside.remove(&id) {
            Some(outside) => outside,
            None => self.blocks.scope(around, id),
        };
        if scope != around {
            tree.set_scope(id, scope);
        }
        let kind = tree.kind(id);
        if id >= self.pending.until {
            self.above(tree, id, kind);
        }
        let span = tree.span(id);
        match kind {
            Kind::Function | Kind::FunctionSignature | Kind::Closure | Kind::AsyncBlock => {
                return self.enter_function(tree, id, scope);
            }
            Kind::Struct | Kind::Enum | Kind::Union | Kind::Impl | Kind::Trait => {
                return self.enter_class(tree, id, scope);
            }
            Kind::Block if self.bodies.contains(&id) => {}
            Kind::Block | Kind::If | Kind::While | Kind::Mod => return tree.b.scope(scope, ScopeKind::Block, span),
            Kind::For | Kind::MatchArm => {
                let inside = tree.b.scope(scope, ScopeKind::Block, span);
                if let Some(value) = tree.child(id, Field::Value).filter(|_| kind == Kind::For) {
                    self.outside.insert(value, scope);
                }
                for name in tree.child(id, Field::Pattern).map(|it| names(tree, it)).unwrap_or_default() {
                    self.blocks.note(inside, name);
                }
                return inside;
            }
            Kind::Let | Kind::LetCondition => {
                let names = tree.child(id, Field::Pattern).map(|it| names(tree, it)).unwrap_or_default();
                let end = tree.syntax.node(id).next as usize;
                let inside = self.blocks.declare(&mut tree.b, (around, scope), end, &names, Again::New);
                if inside != scope {
                    self.declared_in.insert(id, inside);
                }
            }
            Kind::Const | Kind::Static => {
                if let Some(name) = tree.child(id, Field::Name) {
                    self.blocks.note(scope, tree.text(name));
                }
            }
            Kind::Parameters | Kind::ClosureParameters => {
                for name in names(tree, id) {
                    self.blocks.note(scope, name);
                }
            }
            Kind::Use => self.use_declaration(tree, id, scope),
            Kind::ExternCrate => self.extern_crate(tree, id, scope),
            _ => {}
        }
        scope
    }

    fn enter_function(&mut self, tree: &mut Tree<'a>, id: SyntaxId, scope: ScopeId) -> ScopeId {
        let span = tree.span(id);
        let function = tree.b.function(scope, span);
        tree.functions.insert(id, function);
        let is_method = matches!(tree.kind(id), Kind::Function | Kind::FunctionSignature);
        let class = tree.b.module.scopes.get(scope.index()).and_then(|it| match it.kind {
            ScopeKind::Class(class) if is_method => Some(class),
            _ => None,
        });
        if let Some(it) = tree.b.module.functions.get_mut(function.index()) {
            it.class = class;
        }
        if let Some(class) = class.and_then(|class| tree.b.module.classes.get_mut(class.index())) {
            class.methods.push(function);
        }
        let body = match tree.kind(id) {
            Kind::AsyncBlock => tree.children(id).find(|child| tree.kind(*child) == Kind::Block),
            _ => tree.child(id, Field::Body).filter(|body| tree.kind(*body) == Kind::Block),
        };
        self.bodies.extend(body);
        tree.b.module.function(function).map_or(scope, |it| it.scope)
    }

    /// A type and what is implemented for it are one class.
    fn enter_class(&mut self, tree: &mut Tree<'a>, id: SyntaxId, scope: ScopeId) -> ScopeId {
        let is_impl = tree.kind(id) == Kind::Impl;
        let named = tree.child(id, if is_impl { Field::Type } else { Field::Name }).and_then(|named| {
            let end = tree.syntax.node(named).next as usize;
            (named..end).find(|it| tree.kind(*it) == Kind::TypeIdentifier)
        });
        let name = named.map(|named| tree.text(named));
        let known = name.and_then(|name| self.types.get(&(scope, name)).copied());
        let span = tree.span(id);
        let class = match known {
            Some(class) => class,
            None => {
                let class = tree.b.class(scope, span);
                if let Some(name) = name {
                    self.types.insert((scope, name), class);
                }
                class
            }
        };
        tree.classes.insert(id, class);
        if let Some(it) = tree.b.module.classes.get_mut(class.index()) {
            it.name = name;
            if !is_impl {
                it.span = span;
            }
        }
        tree.b.module.class(class).map_or(scope, |it| it.scope)
    }

    /// Keep what stands above items, and give it to the item that comes.
    fn above(&mut self, tree: &Tree<'a>, id: SyntaxId, kind: Kind) {
        let span = tree.span(id);
        let next = tree.syntax.node(id).next as usize;
        match kind {
            Kind::LineComment | Kind::BlockComment => {
                let text = tree.text(id);
                if text.starts_with("///") || text.starts_with("/**") {
                    let trimmed = text.trim_end().len();
                    let start = self.pending.doc.map_or(span.start, |doc| doc.start);
                    self.pending.doc = Some(Span::new(start, span.start + trimmed));
                }
                self.pending.until = next;
            }
            Kind::AttributeItem => {
                self.pending.attributes.push(id);
                self.pending.until = next;
            }
            _ => {
                let doc = self.pending.doc.take();
                let is_item = matches!(
                    kind,
                    Kind::Function
                        | Kind::FunctionSignature
                        | Kind::Struct
                        | Kind::Enum
                        | Kind::Union
                        | Kind::Impl
                        | Kind::Trait
                        | Kind::FieldDeclaration
                        | Kind::EnumVariant
                );
                if is_item {
                    self.docs.extend(doc.map(|doc| (id, doc)));
                    self.attribute_of.extend(self.pending.attributes.drain(..).map(|attribute| (attribute, id)));
                }
                self.pending.attributes.clear();
            }
        }
    }
}

/// The names that a pattern declares, and those of parameters. What begins with a capital is a constant.
fn names<'a>(tree: &Tree<'a>, pattern: SyntaxId) -> Vec<&'a str> {
    let end = tree.syntax.node(pattern).next as usize;
    let mut names = Vec::new();
    let mut at = pattern;
    while at < end {
        let next = tree.syntax.node(at).next as usize;
        at = match tree.kind(at) {
            Kind::ScopedIdentifier | Kind::TokenTree | Kind::Block => next.max(at + 1),
            _ if tree.field(at) == Field::Type => next.max(at + 1),
            Kind::Identifier | Kind::ShorthandField => {
                let name = tree.text(at);
                if is_variable(name) {
                    names.push(name);
                }
                at + 1
            }
            _ => at + 1,
        };
    }
    names
}

pub(super) fn is_variable(name: &str) -> bool {
    name != "_" && name.chars().next().is_some_and(|first| first == '_' || first.is_lowercase())
}
