//! The way forwards through a file of Go: scopes, imports, and the comments above declarations.

use super::{Field, Kind, State, Tree};
use crate::lower::blocks::Again;
use crate::lower::ir::*;
use crate::lower::syntax::SyntaxId;
use crate::text::Span;

impl<'a> State<'a> {
    /// The scope inside of a node.
    pub(super) fn enter(&mut self, tree: &mut Tree<'a>, id: SyntaxId, around: ScopeId) -> ScopeId {
        let scope = self.blocks.scope(around, id);
        if scope != around {
            tree.set_scope(id, scope);
        }
        let span = tree.span(id);
        match tree.kind(id) {
            Kind::Comment => self.comment(tree, span),
            Kind::ImportSpec => self.import(tree, id),
            Kind::FunctionDeclaration | Kind::MethodDeclaration | Kind::FunctionLiteral => {
                self.doc(tree, id, span);
                let function = tree.b.function(scope, span);
                tree.functions.insert(id, function);
                self.bodies.extend(tree.child(id, Field::Body));
                return tree.b.module.function(function).map_or(scope, |it| it.scope);
            }
            Kind::StructType | Kind::InterfaceType => {
                let class = tree.b.class(scope, span);
                tree.classes.insert(id, class);
                return tree.b.module.class(class).map_or(scope, |it| it.scope);
            }
            Kind::Block if self.bodies.contains(&id) => {}
            Kind::Block
            | Kind::If
            | Kind::For
            | Kind::ExpressionSwitch
            | Kind::TypeSwitch
            | Kind::ExpressionCase
            | Kind::DefaultCase
            | Kind::TypeCase
            | Kind::CommunicationCase => return tree.b.scope(scope, ScopeKind::Block, span),
            Kind::ShortVar | Kind::RangeClause | Kind::Receive
                if tree.children(id).any(|child| tree.kind(child) == Kind::Define) =>
            {
                let list = tree.child(id, Field::Left);
                let names = list.map(|list| names(tree, list)).unwrap_or_default();
                self.declare(tree, id, (around, scope), &names);
            }
            Kind::VarSpec | Kind::ConstSpec => {
                let names = names(tree, id);
                self.declare(tree, id, (around, scope), &names);
            }
            Kind::ParameterDeclaration | Kind::VariadicParameter => {
                for name in names(tree, id) {
                    self.blocks.note(scope, name);
                }
            }
            Kind::TypeSpec | Kind::TypeAlias | Kind::FieldDeclaration => self.doc(tree, id, span),
            _ => {}
        }
        scope
    }

    fn declare(&mut self, tree: &mut Tree<'a>, id: SyntaxId, at: (ScopeId, ScopeId), names: &[&'a str]) {
        let end = tree.syntax.node(id).next as usize;
        let inside = self.blocks.declare(&mut tree.b, at, end, names, Again::Same);
        if inside != at.1 {
            self.declared_in.insert(id, inside);
        }
    }

    /// A comment, which goes on with the one before if it stands right below.
    fn comment(&mut self, tree: &Tree<'a>, span: Span) {
        let goes_on = self.comment.filter(|before| is_above(tree, *before, span, &[]));
        let start = goes_on.map_or(span.start, |before| before.start);
        // What stands behind code says nothing about what follows.
        let is_first = goes_on.is_some() || begins_line(tree.b.module.text, span.start);
        self.comment = is_first.then(|| Span::new(start, span.end));
    }

    fn doc(&mut self, tree: &Tree<'a>, id: SyntaxId, span: Span) {
        if let Some(comment) = self.comment.filter(|comment| is_above(tree, *comment, span, &["type"])) {
            self.docs.insert(id, comment);
        }
    }
}

/// Whether `comment` stands right above `below`, with nothing but `words` between.
fn is_above(tree: &Tree<'_>, comment: Span, below: Span, words: &[&str]) -> bool {
    if below.start < comment.end || below.start - comment.end > 256 {
        return false;
    }
    let between = tree.b.text(Span::new(comment.end, below.start));
    let word = between.trim();
    between.bytes().filter(|byte| *byte == b'\n').count() <= 1 && (word.is_empty() || words.contains(&word))
}

fn begins_line(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    before.trim_end_matches([' ', '\t']).chars().next_back().is_none_or(|last| last == '\n')
}

/// The names among the direct children of a node.
fn names<'a>(tree: &Tree<'a>, id: SyntaxId) -> Vec<&'a str> {
    let names = tree.children(id).filter(|child| tree.kind(*child) == Kind::Identifier);
    names.map(|child| tree.text(child)).filter(|name| *name != "_").collect()
}
