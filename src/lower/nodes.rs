//! What all lowerings share: the flat tree with the kinds of one grammar, and what was made of each node so far.
//!
//! A lowering goes over the nodes twice. Forwards, it gives each node its scope. Backwards, it makes expressions and
//! statements: the parts of a node stand behind it, so they are made when their whole is.

use super::build::Builder;
use super::ir::*;
use super::syntax::{Children, ERROR, Grammar, Syntax, SyntaxId, parse};
use crate::document::Language;
use crate::text::Span;
use std::collections::HashMap;

/// What a node became.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    Nothing,
    Expr(ExprId),
    Stmt(StmtId),
    Block(Block),
}

/// A tree on its way to a module. `K` are the kinds of nodes of its grammar, `F` the fields.
pub(super) struct Nodes<'a, K: 'static, F: 'static> {
    pub b: Builder<'a>,
    pub syntax: Syntax,
    kinds: &'static [K],
    fields: &'static [F],
    scopes: Vec<ScopeId>,
    made: Vec<Made>,
    pub functions: HashMap<SyntaxId, FunctionId>,
    pub classes: HashMap<SyntaxId, ClassId>,
    /// Declared types of assignments.
    pub annotations: HashMap<ExprId, ExprId>,
}

impl<'a, K: Copy + Default, F: Copy + Default + PartialEq> Nodes<'a, K, F> {
    pub(super) fn new(
        grammar: Grammar,
        language: Language,
        text: &'a str,
        kinds: &'static [K],
        fields: &'static [F],
    ) -> Self {
        let syntax = parse(grammar, text);
        let mut b = Builder::new(language, text);
        b.module.is_cut = syntax.is_cut;
        b.module.first_error = syntax.first_error;
        let made = vec![Made::Nothing; syntax.len()];
        let scopes = vec![ScopeId(0); syntax.len()];
        Self {
            b,
            syntax,
            kinds,
            fields,
            scopes,
            made,
            functions: HashMap::new(),
            classes: HashMap::new(),
            annotations: HashMap::new(),
        }
    }

    pub(super) fn kind(&self, id: SyntaxId) -> K {
        self.kinds.get(usize::from(self.syntax.node(id).kind)).copied().unwrap_or_default()
    }

    pub(super) fn is_error(&self, id: SyntaxId) -> bool {
        self.syntax.node(id).kind == ERROR
    }

    pub(super) fn field(&self, id: SyntaxId) -> F {
        self.fields.get(usize::from(self.syntax.node(id).field)).copied().unwrap_or_default()
    }

    pub(super) fn span(&self, id: SyntaxId) -> Span {
        self.syntax.node(id).span()
    }

    pub(super) fn text(&self, id: SyntaxId) -> &'a str {
        self.b.text(self.span(id))
    }

    pub(super) fn children(&self, id: SyntaxId) -> Children<'_> {
        self.syntax.children(id)
    }

    /// The first child in a field.
    pub(super) fn child(&self, id: SyntaxId, field: F) -> Option<SyntaxId> {
        self.children(id).find(|child| self.field(*child) == field)
    }

    pub(super) fn scope(&self, id: SyntaxId) -> ScopeId {
        self.scopes.get(id).copied().unwrap_or(ScopeId(0))
    }

    /// Give every node its scope: `enter` says, for a node in a scope, which scope its subtree is in.
    pub(super) fn give_scopes(&mut self, mut enter: impl FnMut(&mut Self, SyntaxId, ScopeId) -> ScopeId) {
        let mut open: Vec<(usize, ScopeId)> = Vec::new();
        for id in 0..self.syntax.len() {
            while open.last().is_some_and(|(end, _)| *end <= id) {
                open.pop();
            }
            let around = open.last().map_or(ScopeId(0), |(_, scope)| *scope);
            if let Some(scope) = self.scopes.get_mut(id) {
                *scope = around;
            }
            let inside = enter(self, id, around);
            if inside != around {
                open.push((self.syntax.node(id).next as usize, inside));
            }
        }
    }

    /// Put a node into another scope than the one it stands in.
    pub(super) fn set_scope(&mut self, id: SyntaxId, scope: ScopeId) {
        if let Some(slot) = self.scopes.get_mut(id) {
            *slot = scope;
        }
    }

    /// Make something of every node, parts before wholes.
    pub(super) fn make(&mut self, mut of: impl FnMut(&mut Self, SyntaxId) -> Made) {
        for id in (0..self.syntax.len()).rev() {
            let made = of(self, id);
            self.set(id, made);
        }
    }

    pub(super) fn set(&mut self, id: SyntaxId, made: Made) {
        if let Some(slot) = self.made.get_mut(id) {
            *slot = made;
        }
    }

    pub(super) fn made(&self, id: SyntaxId) -> Made {
        self.made.get(id).copied().unwrap_or(Made::Nothing)
    }

    /// The expression that a node became, if it became one.
    pub(super) fn expr(&self, id: SyntaxId) -> Option<ExprId> {
        match self.made(id) {
            Made::Expr(expr) => Some(expr),
            _ => None,
        }
    }

    /// The expression of a node; an opaque one if it became none.
    pub(super) fn expr_or_opaque(&mut self, id: SyntaxId) -> ExprId {
        match self.expr(id) {
            Some(expr) => expr,
            None => self.new_expr(id, ExprKind::Opaque(List::default())),
        }
    }

    /// The expression in a field.
    pub(super) fn expr_in(&self, id: SyntaxId, field: F) -> Option<ExprId> {
        self.child(id, field).and_then(|child| self.expr(child))
    }

    pub(super) fn expr_in_or_opaque(&mut self, id: SyntaxId, field: F) -> ExprId {
        match self.child(id, field) {
            Some(child) => self.expr_or_opaque(child),
            None => self.new_expr(id, ExprKind::Opaque(List::default())),
        }
    }

    pub(super) fn block_in(&mut self, id: SyntaxId, field: F) -> Block {
        match self.child(id, field) {
            Some(child) => self.block_of(child),
            None => Block::default(),
        }
    }

    /// The statements of a node: a block's, or the one that it is.
    pub(super) fn block_of(&mut self, id: SyntaxId) -> Block {
        match self.made(id) {
            Made::Block(block) => block,
            Made::Stmt(stmt) => self.b.block(&[stmt]),
            Made::Expr(expr) => {
                let stmt = self.b.stmt(self.span(id), StmtKind::Expr(expr));
                self.b.block(&[stmt])
            }
            Made::Nothing => Block::default(),
        }
    }

    /// The expressions that the children of a node became, in order.
    pub(super) fn child_exprs(&self, id: SyntaxId) -> Vec<ExprId> {
        self.children(id).filter_map(|child| self.expr(child)).collect()
    }

    /// The children of a node as statements, in order.
    pub(super) fn child_block(&mut self, id: SyntaxId) -> Block {
        let children: Vec<_> = self.children(id).collect();
        let mut stmts = Vec::with_capacity(children.len());
        for child in children {
            match self.made(child) {
                Made::Stmt(stmt) => stmts.push(stmt),
                Made::Expr(expr) => stmts.push(self.b.stmt(self.span(child), StmtKind::Expr(expr))),
                Made::Block(block) => stmts.push(self.b.stmt(self.span(child), StmtKind::Block(block))),
                Made::Nothing => {}
            }
        }
        self.b.block(&stmts)
    }

    /// A node without a form of its own: its statements as a block, its expressions as parts of an opaque one.
    pub(super) fn opaque(&mut self, id: SyntaxId) -> Made {
        let mut exprs = Vec::new();
        let mut has_stmts = false;
        for child in self.children(id) {
            match self.made(child) {
                Made::Expr(expr) => exprs.push(expr),
                Made::Stmt(_) | Made::Block(_) => has_stmts = true,
                Made::Nothing => {}
            }
        }
        if has_stmts {
            return Made::Block(self.child_block(id));
        }
        match exprs.as_slice() {
            [] => Made::Nothing,
            parts => {
                let parts = self.b.exprs(parts);
                Made::Expr(self.new_expr(id, ExprKind::Opaque(parts)))
            }
        }
    }

    pub(super) fn new_expr(&mut self, id: SyntaxId, kind: ExprKind<'a>) -> ExprId {
        let (span, scope) = (self.span(id), self.scope(id));
        self.b.expr(span, scope, kind)
    }

    pub(super) fn new_stmt(&mut self, id: SyntaxId, kind: StmtKind) -> Made {
        Made::Stmt(self.b.stmt(self.span(id), kind))
    }
}

/// Declares the kinds of nodes, or the fields, of a grammar that a lowering tells apart; all others are `Other`.
/// A token without a name is written with a space in front.
macro_rules! names {
    ($name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(super) enum $name {
            #[default]
            Other,
            $($variant),*
        }

        impl $name {
            fn named(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    _ => Self::Other,
                }
            }
        }
    };
}
pub(super) use names;
