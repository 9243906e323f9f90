//! Puts a [`Module`] together: the arena, its pools, scopes and declarations. Every lowering uses it in the same way.
//!
//! First the scopes are opened in the order of the text ([`Builder::scope`]); then expressions and statements are made,
//! parts before wholes, in whatever order the lowering has; [`Builder::finish`] binds the names.

use super::bind::bind;
use super::ir::*;
use super::walk::slice;
use crate::document::Language;
use crate::text::Span;

#[derive(Debug)]
pub(super) struct Builder<'a> {
    pub module: Module<'a>,
    pub declarations: Vec<Declaration<'a>>,
    /// Values that names get which something else declares, where a declaration is not an assignment.
    pub assignments: Vec<Declaration<'a>>,
    /// Names that a scope takes from further out: `global`, `nonlocal`.
    pub outer: Vec<(ScopeId, &'a str, Outer)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outer {
    Module,
    Enclosing,
}

/// A name that is declared in a scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declaration<'a> {
    pub scope: ScopeId,
    pub name: &'a str,
    /// Where in the text, for the order.
    pub at: usize,
    pub definition: Definition<'a>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(language: Language, text: &'a str) -> Self {
        let span = Span::new(0, text.len());
        let scope = Scope { parent: None, kind: ScopeKind::Function(FunctionId(0)), span };
        let module = Module {
            language,
            text,
            exprs: Vec::new(),
            scope_of: Vec::new(),
            functions: vec![Function::new(span, ScopeId(0))],
            classes: Vec::new(),
            scopes: vec![scope],
            bindings: Vec::new(),
            binding_of: Vec::new(),
            exports: Vec::new(),
            calls: Vec::new(),
            comments: Vec::new(),
            stmts: Vec::new(),
            stmt_pool: Vec::new(),
            catch_pool: Vec::new(),
            case_pool: Vec::new(),
            expr_pool: Vec::new(),
            arg_pool: Vec::new(),
            pair_pool: Vec::new(),
            attributes: Vec::new(),
            written: Vec::new(),
            externals: Vec::new(),
            first_error: None,
            is_cut: false,
        };
        Self { module, declarations: Vec::new(), assignments: Vec::new(), outer: Vec::new() }
    }

    pub(super) fn text(&self, span: Span) -> &'a str {
        span.slice(self.module.text).unwrap_or_default()
    }

    pub(super) fn scope(&mut self, parent: ScopeId, kind: ScopeKind, span: Span) -> ScopeId {
        self.module.scopes.push(Scope { parent: Some(parent), kind, span });
        ScopeId(number(self.module.scopes.len() - 1))
    }

    /// A function with a scope of its own; its parts are filled in later.
    pub(super) fn function(&mut self, parent: ScopeId, span: Span) -> FunctionId {
        let id = FunctionId(number(self.module.functions.len()));
        let scope = self.scope(parent, ScopeKind::Function(id), span);
        self.module.functions.push(Function::new(span, scope));
        id
    }

    pub(super) fn class(&mut self, parent: ScopeId, span: Span) -> ClassId {
        let id = ClassId(number(self.module.classes.len()));
        let scope = self.scope(parent, ScopeKind::Class(id), span);
        self.module.classes.push(Class {
            name: None,
            span,
            scope,
            bases: Vec::new(),
            decorators: Vec::new(),
            docstring: None,
            doc_comment: None,
            body: Block::default(),
            methods: Vec::new(),
            fields: Vec::new(),
            expr: None,
        });
        id
    }

    pub(super) fn expr(&mut self, span: Span, scope: ScopeId, kind: ExprKind<'a>) -> ExprId {
        let id = ExprId(number(self.module.exprs.len()));
        if let ExprKind::Call { .. } = kind {
            self.module.calls.push(id);
        }
        self.module.exprs.push(Expr { span, kind });
        self.module.scope_of.push(scope);
        id
    }

    pub(super) fn stmt(&mut self, span: Span, kind: StmtKind) -> StmtId {
        let id = StmtId(number(self.module.stmts.len()));
        self.module.stmts.push(Stmt { span, kind });
        id
    }

    pub(super) fn block(&mut self, stmts: &[StmtId]) -> Block {
        Block(pooled(&mut self.module.stmt_pool, stmts))
    }

    pub(super) fn stmts_of(&self, block: Block) -> &[StmtId] {
        slice(&self.module.stmt_pool, block.0)
    }

    pub(super) fn exprs(&mut self, exprs: &[ExprId]) -> List {
        pooled(&mut self.module.expr_pool, exprs)
    }

    pub(super) fn args(&mut self, args: &[Arg<'a>]) -> List {
        pooled(&mut self.module.arg_pool, args)
    }

    pub(super) fn pairs(&mut self, pairs: &[Pair<'a>]) -> List {
        pooled(&mut self.module.pair_pool, pairs)
    }

    pub(super) fn catches(&mut self, catches: &[Catch]) -> List {
        pooled(&mut self.module.catch_pool, catches)
    }

    pub(super) fn cases(&mut self, cases: &[Case]) -> List {
        pooled(&mut self.module.case_pool, cases)
    }

    pub(super) fn declare(&mut self, scope: ScopeId, name: &'a str, at: usize, definition: Definition<'a>) {
        self.declarations.push(Declaration { scope, name, at, definition });
    }

    /// Declare every name of an assignment target. A plain name gets `whole`; the names of a pattern get the field or
    /// element of `value` that they take, made here where it can be said, else a part of it.
    pub(super) fn declare_target(&mut self, scope: ScopeId, target: ExprId, whole: Definition<'a>) {
        if let ExprKind::Name(name) = self.module.kind(target) {
            let at = self.module.span(target).start;
            self.declare(scope, name, at, whole);
            return;
        }
        let mut found = Vec::new();
        self.targets(scope, target, whole, &mut found);
        self.declarations.append(&mut found);
    }

    /// The names of an assignment target get their values; scopes further out may declare them.
    pub(super) fn assign_target(&mut self, scope: ScopeId, target: ExprId, whole: Definition<'a>) {
        let mut found = Vec::new();
        self.targets(scope, target, whole, &mut found);
        self.assignments.append(&mut found);
    }

    fn targets(&mut self, scope: ScopeId, target: ExprId, whole: Definition<'a>, found: &mut Vec<Declaration<'a>>) {
        let value = match whole {
            Definition::Value(value) => Some(value),
            Definition::Part(value) => Some(value),
            _ => None,
        };
        // Patterns inside of patterns, from the outside; `whole` says what the pattern as such gets.
        let mut open = vec![(target, whole, 0_u32)];
        while let Some((target, definition, depth)) = open.pop() {
            let expr = self.module.expr(target);
            let at = expr.span.start;
            match expr.kind {
                ExprKind::Name(name) => found.push(Declaration { scope, name, at, definition }),
                ExprKind::Assign { target: inner, .. } => {
                    // A default: the name may be either.
                    let definition = match definition {
                        Definition::Value(value) => Definition::Part(value),
                        other => other,
                    };
                    open.push((inner, definition, depth));
                }
                ExprKind::Spread(inner) => {
                    let definition = value.map_or(definition, Definition::Part);
                    open.push((inner, definition, depth));
                }
                ExprKind::List(list) => {
                    let part = part_of(definition);
                    let elements: Vec<_> = self.module.exprs_of(list).to_vec();
                    open.extend(elements.into_iter().map(|element| (element, part, depth + 1)));
                }
                ExprKind::Object(list) => {
                    let pairs: Vec<_> = self.module.pairs(list).to_vec();
                    for pair in pairs {
                        let definition = match (definition, pair.key) {
                            (Definition::Value(base), Some(Key::Plain(name, span))) if depth < MAX_PATTERN => {
                                let scope = self.module.scope_of(base);
                                Definition::Value(self.expr(span, scope, ExprKind::Field { base, name }))
                            }
                            _ => part_of(definition),
                        };
                        open.push((pair.value, definition, depth + 1));
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn export(&mut self, name: &'a str, value: Exported<'a>) {
        self.module.exports.push(Export { name, value });
    }

    /// Bind the names and hand the module over.
    pub(super) fn finish(mut self) -> Module<'a> {
        self.module.calls.sort_by_key(|id| {
            let span = self.module.exprs.get(id.index()).map_or(Span::at(0), |expr| expr.span);
            (span.start, std::cmp::Reverse(span.end))
        });
        self.module.comments.sort_unstable();
        self.module.attributes.sort_by(|one, other| (one.class, one.name).cmp(&(other.class, other.name)));
        bind(&mut self.module, self.declarations, &self.assignments, &self.outer);
        self.module
    }
}

/// Patterns inside of patterns for which the field is said exactly.
const MAX_PATTERN: u32 = 16;

fn part_of(definition: Definition<'_>) -> Definition<'_> {
    match definition {
        Definition::Value(value) => Definition::Part(value),
        other => other,
    }
}

impl Function<'_> {
    fn new(span: Span, scope: ScopeId) -> Self {
        Self {
            name: None,
            span,
            name_span: span,
            scope,
            params: Vec::new(),
            body: Block::default(),
            decorators: Vec::new(),
            returns: None,
            docstring: None,
            doc_comment: None,
            class: None,
            expr: None,
            is_static: false,
        }
    }
}

fn pooled<T: Copy>(pool: &mut Vec<T>, items: &[T]) -> List {
    let list = List { start: number(pool.len()), len: number(items.len()) };
    pool.extend_from_slice(items);
    list
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
