//! Statements, and the declarations of variables.

use super::kinds::{Field, Kind};
use super::{Lowering, Tree};
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;

impl<'a> Lowering<'a> {
    pub(super) fn statement(&mut self, tree: &mut Tree<'a>, id: SyntaxId, kind: Kind) -> Option<Made> {
        let made = match kind {
            Kind::Program | Kind::Block => return Some(Made::Block(self.block(tree, id))),
            Kind::ExpressionStatement => return Some(self.expression_statement(tree, id)),
            Kind::VariableDeclaration | Kind::LexicalDeclaration | Kind::Using => {
                return Some(self.variables(tree, id, kind));
            }
            Kind::Declarator => {
                let [name, value] = tree.pick(id, [Field::Name, Field::Value]);
                let target = tree.expr_or(name, id);
                let Some(value) = value else { return Some(Made::Expr(target)) };
                let value = tree.expr_or_opaque(value);
                return Some(Made::Expr(tree.new_expr(id, ExprKind::Assign { target, value, op: None })));
            }
            Kind::Return | Kind::Throw => return Some(self.leave_with(tree, id, kind)),
            Kind::Break | Kind::Continue => StmtKind::Leave,
            Kind::If => {
                let [condition, then, otherwise] =
                    tree.pick(id, [Field::Condition, Field::Consequence, Field::Alternative]);
                let condition = tree.expr_or(condition, id);
                let then = then.map_or(Block::default(), |then| tree.block_of(then));
                let otherwise = otherwise.map_or(Block::default(), |otherwise| tree.block_of(otherwise));
                StmtKind::If { condition, then, otherwise }
            }
            Kind::Else | Kind::Labeled => {
                let body = tree.children(id).find(|child| tree.made(*child) != Made::Nothing);
                return Some(body.map_or(Made::Nothing, |body| Made::Block(tree.block_of(body))));
            }
            Kind::Finally => {
                let [body] = tree.pick(id, [Field::Body]);
                return Some(body.map_or(Made::Nothing, |body| tree.made(body)));
            }
            Kind::While | Kind::Do => {
                let [condition, body] = tree.pick(id, [Field::Condition, Field::Body]);
                let source = condition.and_then(|condition| tree.expr(condition));
                let body = body.map_or(Block::default(), |body| tree.block_of(body));
                StmtKind::Loop { target: None, source, body }
            }
            Kind::For => return Some(self.for_loop(tree, id)),
            Kind::ForIn => self.for_in(tree, id),
            Kind::Switch => self.switch(tree, id),
            Kind::SwitchCase | Kind::SwitchDefault => return Some(Made::Block(self.block(tree, id))),
            Kind::Try => self.try_statement(tree, id),
            Kind::With => {
                let [object, body] = tree.pick(id, [Field::Object, Field::Body]);
                let value = tree.expr_or(object, id);
                let body = body.map_or(Block::default(), |body| tree.block_of(body));
                StmtKind::With { value, target: None, body }
            }
            _ => return None,
        };
        Some(tree.new_stmt(id, made))
    }

    /// The statements of a node, in order. What one statement became several for stands among them.
    pub(super) fn block(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Block {
        let is_case = matches!(tree.kind(id), Kind::SwitchCase | Kind::SwitchDefault);
        let mut stmts = std::mem::take(&mut self.stmts);
        let mut next = tree.after(id, None);
        while let Some(child) = next {
            next = tree.after(id, next);
            if is_case && tree.field(child) == Field::Value {
                continue;
            }
            match tree.made(child) {
                Made::Stmt(stmt) => stmts.push(stmt),
                Made::Expr(expr) => stmts.push(tree.b.stmt(tree.span(child), StmtKind::Expr(expr))),
                Made::Block(block) if tree.kind(child) == Kind::Block => {
                    stmts.push(tree.b.stmt(tree.span(child), StmtKind::Block(block)));
                }
                Made::Block(block) => stmts.extend_from_slice(tree.b.stmts_of(block)),
                Made::Nothing => {}
            }
        }
        let block = tree.b.block(&stmts);
        stmts.clear();
        self.stmts = stmts;
        block
    }

    fn expression_statement(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let Some(child) = tree.children(id).find(|child| tree.made(*child) != Made::Nothing) else {
            return Made::Nothing;
        };
        match (tree.kind(child), tree.made(child)) {
            (Kind::Sequence, _) => self.sequence_statements(tree, child, None),
            (_, Made::Expr(expr)) => tree.new_stmt(id, StmtKind::Expr(expr)),
            // A namespace of TypeScript stands here.
            (_, made) => made,
        }
    }

    /// `a(), b(), return c()`: each part is a statement.
    fn sequence_statements(&mut self, tree: &mut Tree<'a>, id: SyntaxId, last: Option<(SyntaxId, Kind)>) -> Made {
        let mut stmts = std::mem::take(&mut self.stmts);
        let mut next = tree.after(id, None);
        let mut before: Option<(SyntaxId, ExprId)> = None;
        while let Some(child) = next {
            next = tree.after(id, next);
            let Some(expr) = tree.expr(child) else { continue };
            if let Some((child, expr)) = before.replace((child, expr)) {
                stmts.push(tree.b.stmt(tree.span(child), StmtKind::Expr(expr)));
            }
        }
        if let Some((child, expr)) = before {
            let (at, kind) = match last {
                Some((at, Kind::Throw)) => (at, StmtKind::Throw(Some(expr))),
                Some((at, _)) => (at, StmtKind::Return(Some(expr))),
                None => (child, StmtKind::Expr(expr)),
            };
            stmts.push(tree.b.stmt(tree.span(at), kind));
        }
        let block = tree.b.block(&stmts);
        stmts.clear();
        self.stmts = stmts;
        Made::Block(block)
    }

    fn leave_with(&mut self, tree: &mut Tree<'a>, id: SyntaxId, kind: Kind) -> Made {
        let child = tree.children(id).find(|child| tree.expr(*child).is_some());
        let expr = child.and_then(|child| tree.expr(child));
        match child {
            Some(child) if tree.kind(child) == Kind::Sequence => {
                self.sequence_statements(tree, child, Some((id, kind)))
            }
            _ if kind == Kind::Throw => tree.new_stmt(id, StmtKind::Throw(expr)),
            _ => tree.new_stmt(id, StmtKind::Return(expr)),
        }
    }

    /// `var`, `let`, `const`, `using`: a statement for each variable.
    fn variables(&mut self, tree: &mut Tree<'a>, id: SyntaxId, kind: Kind) -> Made {
        let here = tree.scope(id);
        let scope = if kind == Kind::VariableDeclaration { self.function_scope(here) } else { here };
        let mut stmts = std::mem::take(&mut self.stmts);
        let mut next = tree.after(id, None);
        while let Some(child) = next {
            next = tree.after(id, next);
            if tree.kind(child) != Kind::Declarator {
                continue;
            }
            let Some(expr) = tree.expr(child) else { continue };
            let annotation = tree.pick(child, [Field::Type])[0].and_then(|annotation| tree.expr(annotation));
            match tree.b.module.kind(expr) {
                ExprKind::Assign { target, value, .. } => {
                    if let Expr { span, kind: ExprKind::Name(name) } = tree.b.module.expr(target) {
                        super::expressions::name_function(tree, value, name, span);
                    }
                    tree.b.declare_target(scope, target, Definition::Value(value));
                    if let Some(annotation) = annotation {
                        tree.b.declare_target(scope, target, Definition::Typed(annotation));
                    }
                }
                _ => {
                    let definition = match annotation {
                        Some(annotation) => Definition::Typed(annotation),
                        None => Definition::Value(tree.new_expr(child, ExprKind::Null)),
                    };
                    tree.b.declare_target(scope, expr, definition);
                }
            }
            stmts.push(tree.b.stmt(tree.span(child), StmtKind::Expr(expr)));
        }
        let made = match stmts.as_slice() {
            [only] => Made::Stmt(*only),
            all => Made::Block(tree.b.block(all)),
        };
        stmts.clear();
        self.stmts = stmts;
        made
    }

    fn for_loop(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let [first, condition, increment, body] =
            tree.pick(id, [Field::Initializer, Field::Condition, Field::Increment, Field::Body]);
        let source = condition.and_then(|condition| match tree.made(condition) {
            Made::Expr(expr) => Some(expr),
            // An expression statement in some versions of the grammar.
            Made::Stmt(_) | Made::Block(_) => tree.first_expr(condition),
            Made::Nothing => None,
        });
        let mut body = body.map_or(Block::default(), |body| tree.block_of(body));
        if let Some(increment) = increment.filter(|it| tree.made(*it) != Made::Nothing) {
            let mut stmts = tree.b.stmts_of(body).to_vec();
            let step = tree.block_of(increment);
            stmts.extend_from_slice(tree.b.stmts_of(step));
            body = tree.b.block(&stmts);
        }
        let Made::Stmt(repeat) = tree.new_stmt(id, StmtKind::Loop { target: None, source, body }) else {
            return Made::Nothing;
        };
        let mut stmts = Vec::new();
        if let Some(first) = first {
            let block = tree.block_of(first);
            stmts.extend_from_slice(tree.b.stmts_of(block));
        }
        stmts.push(repeat);
        match stmts.as_slice() {
            [only] => Made::Stmt(*only),
            all => Made::Block(tree.b.block(all)),
        }
    }

    fn for_in(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> StmtKind {
        let [kind, left, right, body] = tree.pick(id, [Field::Kind, Field::Left, Field::Right, Field::Body]);
        let target = tree.expr_or(left, id);
        let source = tree.expr_or(right, id);
        // The loop has a scope of its own, in which its parts stand.
        let inside = left.map_or_else(|| tree.scope(id), |left| tree.scope(left));
        match kind.map(|kind| tree.text(kind)) {
            Some("var") => tree.b.declare_target(self.function_scope(inside), target, Definition::Part(source)),
            Some(_) => tree.b.declare_target(inside, target, Definition::Part(source)),
            None => tree.b.assign_target(inside, target, Definition::Part(source)),
        }
        let body = body.map_or(Block::default(), |body| tree.block_of(body));
        StmtKind::Loop { target: Some(target), source: Some(source), body }
    }

    fn switch(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> StmtKind {
        let [value, body] = tree.pick(id, [Field::Value, Field::Body]);
        let subject = tree.expr_or(value, id);
        let mut cases = Vec::new();
        let mut next = body.and_then(|body| tree.after(body, None));
        while let (Some(child), Some(body)) = (next, body) {
            next = tree.after(body, next);
            let Made::Block(block) = tree.made(child) else { continue };
            let [test] = tree.pick(child, [Field::Value]);
            let tests = match test.and_then(|test| tree.expr(test)) {
                Some(test) => tree.b.exprs(&[test]),
                None => List::default(),
            };
            cases.push(Case { tests, body: block });
        }
        StmtKind::Switch { subject, cases: tree.b.cases(&cases) }
    }

    fn try_statement(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> StmtKind {
        let [body, handler, finalizer] = tree.pick(id, [Field::Body, Field::Handler, Field::Finalizer]);
        let body = body.map_or(Block::default(), |body| tree.block_of(body));
        let finally = finalizer.map_or(Block::default(), |finalizer| tree.block_of(finalizer));
        let mut catches = List::default();
        if let Some(handler) = handler {
            let [parameter, body] = tree.pick(handler, [Field::Parameter, Field::Body]);
            let name = parameter.and_then(|parameter| tree.expr(parameter));
            if let (Some(name), Some(parameter)) = (name, parameter) {
                let scope = tree.scope(parameter);
                tree.b.declare_target(scope, name, Definition::Caught);
            }
            let body = body.map_or(Block::default(), |body| tree.block_of(body));
            catches = tree.b.catches(&[Catch { span: tree.span(handler), types: None, name, body }]);
        }
        StmtKind::Try { body, catches, finally }
    }
}
