//! Statements of Rust, which are expressions, too: what such a one is worth is kept beside it.

use super::{Field, Kind, State, Tree, made};
use crate::lower::build::Declaration;
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;

/// Arms of a `match` that are told apart in its value.
const MAX_ARMS: usize = 8;

impl<'a> State<'a> {
    pub(super) fn control(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        match tree.kind(id) {
            Kind::SourceFile | Kind::Block => self.block(tree, id),
            Kind::DeclarationList => Made::Block(tree.child_block(id)),
            Kind::Mod => {
                let block = tree.block_in(id, Field::Body);
                tree.new_stmt(id, StmtKind::Block(block))
            }
            Kind::Unsafe | Kind::ConstBlock | Kind::TryBlock | Kind::Else => {
                let inner = tree.children(id).find(|child| tree.made(*child) != Made::Nothing);
                let Some(inner) = inner else { return Made::Nothing };
                if let Some(value) = self.value(tree, inner) {
                    self.values.insert(id, value);
                }
                match tree.made(inner) {
                    // What stands in its place takes it.
                    Made::Block(block) if tree.kind(id) != Kind::Else => {
                        let made = tree.new_stmt(id, StmtKind::Block(block));
                        self.keep(id, made)
                    }
                    made => made,
                }
            }
            Kind::ExpressionStatement => self.expression_statement(tree, id),
            Kind::Let => self.let_declaration(tree, id),
            Kind::LetCondition => {
                let value = self.part(tree, id, Field::Value);
                let target = tree.expr_in_or_opaque(id, Field::Pattern);
                let scope = self.declared_in.get(&id).copied().unwrap_or(tree.scope(id));
                self.declare_pattern(tree, scope, target, Definition::Value(value));
                made(tree, id, ExprKind::Assign { target, value, op: None })
            }
            Kind::LetChain => {
                let parts = self.parts(tree, id);
                let joined = parts
                    .into_iter()
                    .reduce(|left, right| tree.new_expr(id, ExprKind::Binary { op: Op::And, left, right }));
                joined.map_or(Made::Nothing, Made::Expr)
            }
            Kind::If => {
                let condition = self.part(tree, id, Field::Condition);
                let then = tree.block_in(id, Field::Consequence);
                let otherwise = tree.block_in(id, Field::Alternative);
                let value = |state: &Self, field| tree.child(id, field).and_then(|child| state.value(tree, child));
                let (yes, no) = (value(self, Field::Consequence), value(self, Field::Alternative));
                if let (Some(then), Some(otherwise)) = (yes, no) {
                    let value = tree.new_expr(id, ExprKind::Conditional { condition, then, otherwise });
                    self.values.insert(id, value);
                }
                let made = tree.new_stmt(id, StmtKind::If { condition, then, otherwise });
                self.keep(id, made)
            }
            Kind::Match => self.match_expression(tree, id),
            Kind::Loop => {
                let body = tree.block_in(id, Field::Body);
                let made = tree.new_stmt(id, StmtKind::Loop { target: None, source: None, body });
                self.keep(id, made)
            }
            Kind::While => {
                let source = Some(self.part(tree, id, Field::Condition));
                let body = tree.block_in(id, Field::Body);
                let made = tree.new_stmt(id, StmtKind::Loop { target: None, source, body });
                self.keep(id, made)
            }
            Kind::For => {
                let source = self.part(tree, id, Field::Value);
                let target = tree.expr_in(id, Field::Pattern);
                if let (Some(target), Some(pattern)) = (target, tree.child(id, Field::Pattern)) {
                    let scope = tree.scope(pattern);
                    self.declare_pattern(tree, scope, target, Definition::Part(source));
                }
                let body = tree.block_in(id, Field::Body);
                let made = tree.new_stmt(id, StmtKind::Loop { target, source: Some(source), body });
                self.keep(id, made)
            }
            Kind::Return => {
                let value = self.inner(tree, id).and_then(|inner| self.value(tree, inner));
                let made = tree.new_stmt(id, StmtKind::Return(value));
                self.keep(id, made)
            }
            Kind::Break | Kind::Continue => {
                let made = tree.new_stmt(id, StmtKind::Leave);
                self.keep(id, made)
            }
            _ => match self.parts(tree, id).as_slice() {
                [] => tree.opaque(id),
                parts => {
                    let parts = tree.b.exprs(parts);
                    made(tree, id, ExprKind::Opaque(parts))
                }
            },
        }
    }

    /// A statement that may stand inside of an expression.
    fn keep(&mut self, id: SyntaxId, made: Made) -> Made {
        if let Made::Stmt(stmt) = made {
            self.loose.push((id, stmt));
        }
        made
    }

    /// The statements inside of the expressions of a node, in order, without that of `direct`.
    pub(super) fn hoisted(&mut self, tree: &Tree<'a>, id: SyntaxId, direct: Option<SyntaxId>) -> Vec<StmtId> {
        let end = tree.syntax.node(id).next as usize;
        let mut stmts = Vec::new();
        while let Some((at, stmt)) = self.loose.last().copied() {
            if at >= end {
                break;
            }
            self.loose.pop();
            if Some(at) != direct {
                stmts.push(stmt);
            }
        }
        stmts
    }

    /// A node as statements, behind those inside of its expressions.
    fn as_stmts(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Vec<StmtId> {
        let made = tree.made(id);
        let direct = matches!(made, Made::Stmt(_)).then_some(id);
        let mut stmts = self.hoisted(tree, id, direct);
        let span = tree.span(id);
        match made {
            Made::Stmt(stmt) => stmts.push(stmt),
            Made::Expr(expr) => stmts.push(tree.b.stmt(span, StmtKind::Expr(expr))),
            Made::Block(block) => stmts.push(tree.b.stmt(span, StmtKind::Block(block))),
            Made::Nothing => {}
        }
        stmts
    }

    fn one(&mut self, tree: &mut Tree<'a>, stmts: &[StmtId]) -> Made {
        match stmts {
            [] => Made::Nothing,
            [only] => Made::Stmt(*only),
            several => Made::Block(tree.b.block(several)),
        }
    }

    fn block(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let children: Vec<_> = tree.children(id).filter(|child| tree.made(*child) != Made::Nothing).collect();
        let is_body = self.bodies.contains(&id);
        let is_tail = |child: SyntaxId| match tree.kind(child) {
            Kind::ExpressionStatement => !tree.text(child).ends_with(';'),
            Kind::Let | Kind::Const | Kind::Static | Kind::Function | Kind::Mod => false,
            _ => true,
        };
        let tail = children.last().copied().filter(|child| tree.kind(id) == Kind::Block && is_tail(*child));
        let mut stmts = Vec::with_capacity(children.len());
        for child in children {
            let value = if Some(child) == tail { self.value(tree, child) } else { None };
            if let Some(value) = value {
                self.values.insert(id, value);
            }
            match (value, tree.made(child)) {
                (Some(value), Made::Expr(_)) if is_body => {
                    stmts.extend(self.hoisted(tree, child, None));
                    let span = tree.span(child);
                    stmts.push(tree.b.stmt(span, StmtKind::Return(Some(value))));
                }
                _ => {
                    stmts.extend(self.as_stmts(tree, child));
                    if let Some(value) = value.filter(|_| is_body) {
                        let span = tree.span(child);
                        stmts.push(tree.b.stmt(span, StmtKind::Return(Some(value))));
                    }
                }
            }
        }
        Made::Block(tree.b.block(&stmts))
    }

    fn expression_statement(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let Some(inner) = tree.children(id).find(|child| tree.made(*child) != Made::Nothing) else {
            return Made::Nothing;
        };
        if let Some(value) = self.value(tree, inner)
            && !tree.text(id).ends_with(';')
        {
            self.values.insert(id, value);
        }
        let stmts = self.as_stmts(tree, inner);
        self.one(tree, &stmts)
    }

    fn let_declaration(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let mut stmts = self.hoisted(tree, id, None);
        let Some(target) = tree.expr_in(id, Field::Pattern) else { return self.one(tree, &stmts) };
        let scope = self.declared_in.get(&id).copied().unwrap_or(tree.scope(id));
        let value = tree.child(id, Field::Value).and_then(|value| self.value(tree, value));
        let annotation = tree.expr_in(id, Field::Type);
        let definition = match value {
            Some(value) => Definition::Value(value),
            // Written to later.
            None => Definition::Value(tree.new_expr(id, ExprKind::Null)),
        };
        self.declare_pattern(tree, scope, target, definition);
        if let (ExprKind::Name(_), Some(annotation)) = (tree.b.module.kind(target), annotation) {
            self.declare_pattern(tree, scope, target, Definition::Typed(annotation));
        }
        let span = tree.span(id);
        if let Some(value) = value {
            let assign = tree.new_expr(id, ExprKind::Assign { target, value, op: None });
            stmts.push(tree.b.stmt(span, StmtKind::Expr(assign)));
            if tree.child(id, Field::Alternative).is_some() {
                let then = tree.block_in(id, Field::Alternative);
                let condition = tree.new_expr(id, ExprKind::Unary { op: UnaryOp::Not, operand: value });
                let otherwise = Block::default();
                stmts.push(tree.b.stmt(span, StmtKind::If { condition, then, otherwise }));
            }
        }
        self.one(tree, &stmts)
    }

    /// An arm as the block that it runs.
    pub(super) fn match_arm(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let Some(value) = tree.child(id, Field::Value) else { return Made::Nothing };
        if let Some(worth) = self.value(tree, value) {
            self.values.insert(id, worth);
        }
        let block = match tree.made(value) {
            Made::Block(block) => block,
            _ => {
                let stmts = self.as_stmts(tree, value);
                tree.b.block(&stmts)
            }
        };
        Made::Block(block)
    }

    fn match_expression(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let subject = self.part(tree, id, Field::Value);
        let arms: Vec<_> = match tree.child(id, Field::Body) {
            Some(body) => tree.children(body).filter(|child| tree.kind(*child) == Kind::MatchArm).collect(),
            None => Vec::new(),
        };
        let mut cases = Vec::with_capacity(arms.len());
        let mut values = Vec::new();
        for arm in arms {
            let pattern = tree.child(arm, Field::Pattern);
            let test = pattern.and_then(|pattern| tree.expr(pattern));
            if let (Some(pattern), Some(test)) = (pattern, test) {
                let scope = tree.scope(pattern);
                self.declare_pattern(tree, scope, test, Definition::Value(subject));
            }
            // `_` compares with nothing.
            let is_any = pattern.is_some_and(|pattern| tree.text(pattern) == "_");
            let tests: Vec<_> = test.into_iter().filter(|_| !is_any).collect();
            let tests = tree.b.exprs(&tests);
            let body = tree.block_of(arm);
            cases.push(Case { tests, body });
            values.extend(self.values.get(&arm));
        }
        if let Some(value) = self.one_of(tree, id, subject, &values) {
            self.values.insert(id, value);
        }
        let cases = tree.b.cases(&cases);
        let made = tree.new_stmt(id, StmtKind::Switch { subject, cases });
        self.keep(id, made)
    }

    /// One of several values.
    fn one_of(&mut self, tree: &mut Tree<'a>, id: SyntaxId, subject: ExprId, values: &[ExprId]) -> Option<ExprId> {
        if values.len() > MAX_ARMS {
            let parts = tree.b.exprs(values);
            return Some(tree.new_expr(id, ExprKind::Opaque(parts)));
        }
        let values = values.iter().copied().rev();
        values
            .reduce(|otherwise, then| tree.new_expr(id, ExprKind::Conditional { condition: subject, then, otherwise }))
    }

    pub(super) fn assignment(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let target = self.part(tree, id, Field::Left);
        let value = self.part(tree, id, Field::Right);
        let op = match tree.kind(id) {
            Kind::Assignment => None,
            _ => Some(match tree.child(id, Field::Operator).map_or("", |child| tree.text(child)) {
                "+=" => Op::Add,
                _ => Op::Other,
            }),
        };
        let definition = if op.is_some() { Definition::Changed(value) } else { Definition::Value(value) };
        let (at, scope) = (tree.span(id).start, tree.scope(id));
        match tree.b.module.kind(target) {
            ExprKind::Name(name) => self.blocks.assign(Declaration { scope, name, at, definition }),
            ExprKind::Field { base, name } if tree.b.module.kind(base) == ExprKind::This => {
                self.written.push((base, name, definition));
            }
            _ => {}
        }
        made(tree, id, ExprKind::Assign { target, value, op })
    }
}
