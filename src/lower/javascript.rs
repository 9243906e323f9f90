//! JavaScript and TypeScript, with JSX, to the common form. This file has the scopes and says who makes which node.

mod bundles;
mod declarations;
mod expressions;
mod jsx;
mod kinds;
mod modules;
mod statements;
mod types;

use super::build::Declaration;
use super::ir::*;
use super::nodes::{Made, Nodes};
use super::syntax::{Grammar, SyntaxId};
use crate::document::Language;
use crate::text::Span;
use kinds::{Field, Kind, tables};
use std::collections::{HashMap, HashSet};

type Tree<'a> = Nodes<'a, Kind, Field>;

pub(super) fn lower<'a>(path: &str, text: &'a str) -> Module<'a> {
    let grammar = grammar(path, text);
    let (kinds, fields) = tables(grammar);
    let mut tree = Tree::new(grammar, Language::JavaScript, text, kinds, fields);
    let mut lowering = Lowering::new();
    tree.give_scopes(|tree, id, around| lowering.enter(tree, id, around));
    tree.make(|tree, id| lowering.make(tree, id));
    lowering.finish(tree)
}

/// The dialect. Flow's types are read as TypeScript's, which they mostly are.
fn grammar(path: &str, text: &str) -> Grammar {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let head = text.get(..text.len().min(512)).unwrap_or_default();
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "ts" | "mts" | "cts" => Grammar::TypeScript,
        "tsx" => Grammar::Tsx,
        "js" | "mjs" | "cjs" | "jsx" if head.contains("@flow") => Grammar::Tsx,
        "js" | "mjs" | "cjs" | "jsx" => Grammar::JavaScript,
        _ if [".ts", ".mts", ".cts"].iter().any(|end| name.contains(&format!("{end}."))) => Grammar::TypeScript,
        _ if name.contains(".tsx.") => Grammar::Tsx,
        _ => match text.strip_prefix("#!").and_then(|rest| rest.lines().next()) {
            Some(first) if ["deno", "bun", "tsx", "ts-node"].iter().any(|it| first.contains(it)) => Grammar::TypeScript,
            _ => Grammar::JavaScript,
        },
    }
}

/// What is known beside the tree on the way.
struct Lowering<'a> {
    /// By scope: where `var` declares.
    function_scopes: Vec<ScopeId>,
    /// By scope: the class whose instance `this` is.
    owners: Vec<Option<ClassId>>,
    /// Functions' bodies, which need no scope of their own.
    bodies: HashSet<SyntaxId>,
    /// Types and signatures, which count only where no value has their name.
    weak: Vec<Declaration<'a>>,
    /// What is exported, with its place in the text. In CommonJS with the name that nothing in the file may declare.
    exports: Vec<(usize, Export<'a>, Option<ExprId>)>,
    /// What members are written to.
    written: Vec<ExprId>,
    doc: Doc,
    /// Doc comments of fields and signatures.
    docs: HashMap<SyntaxId, Span>,
    /// For lists that are on their way; always left empty.
    exprs: Vec<ExprId>,
    stmts: Vec<StmtId>,
    args: Vec<Arg<'a>>,
    pairs: Vec<Pair<'a>>,
}

/// A doc comment that waits for what it is above of.
#[derive(Default)]
struct Doc {
    comment: Option<Span>,
    /// Nodes before this one are passed over: a decorator.
    skip: SyntaxId,
}

impl<'a> Lowering<'a> {
    fn new() -> Self {
        Self {
            function_scopes: vec![ScopeId(0)],
            owners: vec![None],
            bodies: HashSet::new(),
            weak: Vec::new(),
            exports: Vec::new(),
            written: Vec::new(),
            doc: Doc::default(),
            docs: HashMap::new(),
            exprs: Vec::new(),
            stmts: Vec::new(),
            args: Vec::new(),
            pairs: Vec::new(),
        }
    }

    /// The scope inside of a node.
    fn enter(&mut self, tree: &mut Tree<'a>, id: SyntaxId, around: ScopeId) -> ScopeId {
        let kind = tree.kind(id);
        if kind == Kind::Other {
            return around;
        }
        if kind == Kind::Comment {
            let span = tree.span(id);
            tree.b.module.comments.push(span);
            let text = tree.b.text(span);
            self.doc = Doc { comment: (text.starts_with("/**") && text.len() > 5).then_some(span), skip: 0 };
            return around;
        }
        let doc = if self.doc.comment.is_some() { self.take_doc(tree, id, kind) } else { None };
        match kind {
            Kind::Function
            | Kind::FunctionExpression
            | Kind::GeneratorFunction
            | Kind::Generator
            | Kind::Arrow
            | Kind::Method
            | Kind::FunctionSignature
            | Kind::StaticBlock => self.enter_function(tree, id, around, doc),
            Kind::Class | Kind::ClassDeclaration | Kind::AbstractClass | Kind::Interface | Kind::TypeAlias => {
                self.enter_class(tree, id, around, doc)
            }
            Kind::Block if self.bodies.contains(&id) => around,
            Kind::Block | Kind::SwitchBody if has_declarations(tree, id) => self.open(tree, id, around),
            Kind::For | Kind::ForIn => self.open(tree, id, around),
            Kind::Catch => {
                let span = tree.span(id);
                let scope = tree.b.scope(around, ScopeKind::Catch, span);
                self.inherit(around);
                scope
            }
            _ => {
                if let Some(doc) = doc {
                    self.docs.insert(id, doc);
                }
                around
            }
        }
    }

    fn open(&mut self, tree: &mut Tree<'a>, id: SyntaxId, around: ScopeId) -> ScopeId {
        let span = tree.span(id);
        self.inherit(around);
        tree.b.scope(around, ScopeKind::Block, span)
    }

    /// A new scope that is no function.
    fn inherit(&mut self, around: ScopeId) {
        self.function_scopes.push(self.function_scope(around));
        self.owners.push(self.owner(around));
    }

    fn enter_function(&mut self, tree: &mut Tree<'a>, id: SyntaxId, around: ScopeId, doc: Option<Span>) -> ScopeId {
        let function = tree.b.function(around, tree.span(id));
        if let Some(body) = tree.child(id, Field::Body) {
            self.bodies.insert(body);
        }
        let class = match tree.b.module.scopes.get(around.index()).map(|scope| scope.kind) {
            Some(ScopeKind::Class(class)) if matches!(tree.kind(id), Kind::Method | Kind::StaticBlock) => Some(class),
            _ => None,
        };
        let mut scope = around;
        if let Some(it) = tree.b.module.functions.get_mut(function.index()) {
            it.class = class;
            it.doc_comment = doc;
            scope = it.scope;
        }
        self.function_scopes.push(scope);
        self.owners.push(self.owner(around));
        tree.functions.insert(id, function);
        scope
    }

    fn enter_class(&mut self, tree: &mut Tree<'a>, id: SyntaxId, around: ScopeId, doc: Option<Span>) -> ScopeId {
        let class = tree.b.class(around, tree.span(id));
        let mut scope = around;
        if let Some(it) = tree.b.module.classes.get_mut(class.index()) {
            it.doc_comment = doc;
            scope = it.scope;
        }
        self.function_scopes.push(scope);
        self.owners.push(Some(class));
        tree.classes.insert(id, class);
        scope
    }

    /// The waiting doc comment, if the node is what it documents. It waits on for what it only introduces, as `export`.
    fn take_doc(&mut self, tree: &Tree<'a>, id: SyntaxId, kind: Kind) -> Option<Span> {
        if id < self.doc.skip {
            return None;
        }
        match kind {
            Kind::Decorator => {
                self.doc.skip = tree.syntax.node(id).next as usize;
                None
            }
            Kind::Identifier | Kind::This if !matches!(tree.field(id), Field::Name | Field::Object | Field::Left) => {
                self.doc.comment.take()
            }
            Kind::Export
            | Kind::Ambient
            | Kind::LexicalDeclaration
            | Kind::VariableDeclaration
            | Kind::Declarator
            | Kind::ExpressionStatement
            | Kind::Assignment
            | Kind::Member
            | Kind::Pair
            | Kind::Identifier
            | Kind::PropertyIdentifier
            | Kind::This
            | Kind::Accessibility
            | Kind::Parenthesized
            | Kind::TypeAnnotation => {
                // The type of a variable is no introduction of its value, but its names are no functions either.
                if kind == Kind::TypeAnnotation {
                    self.doc.skip = tree.syntax.node(id).next as usize;
                }
                None
            }
            _ => self.doc.comment.take(),
        }
    }

    fn function_scope(&self, scope: ScopeId) -> ScopeId {
        self.function_scopes.get(scope.index()).copied().unwrap_or(ScopeId(0))
    }

    fn owner(&self, scope: ScopeId) -> Option<ClassId> {
        self.owners.get(scope.index()).copied().flatten()
    }

    /// What a node becomes; its parts are made.
    fn make(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let kind = tree.kind(id);
        match kind {
            Kind::Other => {
                if tree.syntax.node(id).next as usize == id + 1 {
                    return Made::Nothing;
                }
                tree.opaque(id)
            }
            Kind::Comment
            | Kind::PropertyIdentifier
            | Kind::FormalParameters
            | Kind::RequiredParameter
            | Kind::OptionalParameter
            | Kind::Accessibility
            | Kind::StringFragment
            | Kind::Escape
            | Kind::NamedImports
            | Kind::ImportSpecifier
            | Kind::NamespaceImport
            | Kind::ImportClause
            | Kind::ImportRequire
            | Kind::ExportClause
            | Kind::ExportSpecifier
            | Kind::NamespaceExport
            | Kind::JsxOpening
            | Kind::JsxClosing
            | Kind::JsxText
            | Kind::Static
            | Kind::EnumBody
            | Kind::EnumAssignment
            | Kind::TypeParameters
            | Kind::SwitchBody
            | Kind::Catch => Made::Nothing,
            _ => self
                .expression(tree, id, kind)
                .or_else(|| self.statement(tree, id, kind))
                .or_else(|| self.declaration(tree, id, kind))
                .or_else(|| self.type_expression(tree, id, kind))
                .unwrap_or_else(|| tree.opaque(id)),
        }
    }

    fn finish(mut self, mut tree: Tree<'a>) -> Module<'a> {
        let body = match tree.made(0) {
            Made::Block(block) => block,
            _ => Block::default(),
        };
        if let Some(module) = tree.b.module.functions.first_mut() {
            module.body = body;
        }
        self.declare_weak(&mut tree);
        let mut module = tree.b.finish();
        self.exports.sort_by_key(|(at, ..)| *at);
        for (_, export, root) in self.exports {
            if root.is_none_or(|root| module.binding(root).is_none()) {
                module.exports.push(export);
            }
        }
        module.written = self.written.into_iter().filter_map(|name| module.binding(name)).collect();
        module.written.sort_unstable();
        module.externals = bundles::externals(&module);
        module
    }

    /// Types have names of their own; here they count where nothing else has the name, and only once.
    fn declare_weak(&mut self, tree: &mut Tree<'a>) {
        if self.weak.is_empty() {
            return;
        }
        let mut taken: HashSet<(ScopeId, &'a str)> =
            tree.b.declarations.iter().map(|declaration| (declaration.scope, declaration.name)).collect();
        self.weak.sort_by_key(|declaration| declaration.at);
        for declaration in self.weak.drain(..) {
            if taken.insert((declaration.scope, declaration.name)) {
                tree.b.declarations.push(declaration);
            }
        }
    }
}

/// Whether a block declares names of its own. `var` is its function's.
fn has_declarations(tree: &Tree<'_>, id: SyntaxId) -> bool {
    if tree.kind(id) == Kind::SwitchBody {
        return true;
    }
    tree.children(id).any(|child| {
        matches!(
            tree.kind(child),
            Kind::LexicalDeclaration
                | Kind::Using
                | Kind::Function
                | Kind::GeneratorFunction
                | Kind::ClassDeclaration
                | Kind::AbstractClass
                | Kind::Interface
                | Kind::TypeAlias
                | Kind::Enum
                | Kind::Import
                | Kind::ImportAlias
                | Kind::Export
                | Kind::Ambient
        )
    })
}

#[cfg(test)]
mod tests;
