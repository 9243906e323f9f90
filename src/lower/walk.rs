//! Looking around in a [`Module`]: what an id stands for, what is around it and inside of it.

use super::ir::*;
use crate::text::Span;

impl<'a> Module<'a> {
    pub fn expr(&self, id: ExprId) -> Expr<'a> {
        let none = Expr { span: Span::at(0), kind: ExprKind::Opaque(List::default()) };
        self.exprs.get(id.index()).copied().unwrap_or(none)
    }

    pub fn kind(&self, id: ExprId) -> ExprKind<'a> {
        self.expr(id).kind
    }

    pub fn span(&self, id: ExprId) -> Span {
        self.expr(id).span
    }

    /// The scope in which an expression stands.
    pub fn scope_of(&self, id: ExprId) -> ScopeId {
        self.scope_of.get(id.index()).copied().unwrap_or(ScopeId(0))
    }

    pub fn exprs_of(&self, list: List) -> &[ExprId] {
        slice(&self.expr_pool, list)
    }

    pub fn args(&self, list: List) -> &[Arg<'a>] {
        slice(&self.arg_pool, list)
    }

    pub fn pairs(&self, list: List) -> &[Pair<'a>] {
        slice(&self.pair_pool, list)
    }

    pub fn catches(&self, list: List) -> &[Catch] {
        slice(&self.catch_pool, list)
    }

    pub fn cases(&self, list: List) -> &[Case] {
        slice(&self.case_pool, list)
    }

    /// The statements of a block, in order.
    pub fn block(&self, block: Block) -> impl DoubleEndedIterator<Item = Stmt> + '_ {
        slice(&self.stmt_pool, block.0).iter().filter_map(|id| self.stmts.get(id.index()).copied())
    }

    /// The blocks right inside of a statement, in the order of the text.
    pub fn blocks_of(&self, stmt: Stmt) -> Vec<Block> {
        match stmt.kind {
            StmtKind::If { then, otherwise, .. } => vec![then, otherwise],
            StmtKind::Loop { body, .. } | StmtKind::With { body, .. } | StmtKind::Block(body) => vec![body],
            StmtKind::Try { body, catches, finally } => {
                let caught = self.catches(catches).iter().map(|catch| catch.body);
                std::iter::once(body).chain(caught).chain([finally]).collect()
            }
            StmtKind::Switch { cases, .. } => self.cases(cases).iter().map(|case| case.body).collect(),
            StmtKind::Expr(_) | StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Assert(_) | StmtKind::Leave => {
                Vec::new()
            }
        }
    }

    /// All statements of a block and of the blocks inside, those of nested functions left out, in the order of the text.
    pub fn statements(&self, block: Block) -> Statements<'_, 'a> {
        Statements { module: self, open: self.block(block).rev().collect() }
    }

    pub fn function(&self, id: FunctionId) -> Option<&Function<'a>> {
        self.functions.get(id.index())
    }

    pub fn class(&self, id: ClassId) -> Option<&Class<'a>> {
        self.classes.get(id.index())
    }

    /// The scopes around an expression, from the inside.
    pub fn scopes_around(&self, id: ExprId) -> impl Iterator<Item = Scope> + '_ {
        let first = self.scopes.get(self.scope_of(id).index()).copied();
        std::iter::successors(first, |scope| scope.parent.and_then(|id| self.scopes.get(id.index()).copied()))
    }

    /// The function in which an expression stands; 0 is the module.
    pub fn function_of(&self, id: ExprId) -> FunctionId {
        let mut scopes = self.scopes_around(id);
        scopes
            .find_map(|scope| match scope.kind {
                ScopeKind::Function(function) => Some(function),
                _ => None,
            })
            .unwrap_or(FunctionId(0))
    }

    /// The direct parts of an expression, in order.
    pub fn parts(&self, id: ExprId, mut visit: impl FnMut(ExprId)) {
        match self.kind(id) {
            ExprKind::Field { base, .. } => visit(base),
            ExprKind::Index { base, index } => [base, index].into_iter().for_each(visit),
            ExprKind::Call { callee, args, .. } => {
                visit(callee);
                self.args(args).iter().for_each(|arg| visit(arg.value));
            }
            ExprKind::Concat(list) | ExprKind::List(list) | ExprKind::Opaque(list) => {
                self.exprs_of(list).iter().copied().for_each(visit);
            }
            ExprKind::Object(list) => {
                for pair in self.pairs(list) {
                    if let Some(Key::Computed(key)) = pair.key {
                        visit(key);
                    }
                    visit(pair.value);
                }
            }
            ExprKind::Binary { left, right, .. } => [left, right].into_iter().for_each(visit),
            ExprKind::Assign { target, value, .. } => [target, value].into_iter().for_each(visit),
            ExprKind::Unary { operand, .. } => visit(operand),
            ExprKind::Spread(part) | ExprKind::Await(part) | ExprKind::Yield(part) => visit(part),
            ExprKind::Conditional { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().for_each(visit);
            }
            ExprKind::Comprehension { target, source, element } => {
                [target, source, element].into_iter().for_each(visit);
            }
            ExprKind::Str { .. }
            | ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Regex(_)
            | ExprKind::Name(_)
            | ExprKind::This
            | ExprKind::Function(_)
            | ExprKind::Class(_) => {}
        }
    }
}

/// See [`Module::statements`].
#[derive(Debug)]
pub struct Statements<'m, 'a> {
    module: &'m Module<'a>,
    open: Vec<Stmt>,
}

impl Iterator for Statements<'_, '_> {
    type Item = Stmt;

    fn next(&mut self) -> Option<Stmt> {
        let stmt = self.open.pop()?;
        let blocks = self.module.blocks_of(stmt);
        blocks.into_iter().rev().for_each(|block| self.open.extend(self.module.block(block).rev()));
        Some(stmt)
    }
}

pub(super) fn slice<T>(pool: &[T], list: List) -> &[T] {
    let start = list.start as usize;
    pool.get(start..start + list.len as usize).unwrap_or_default()
}
