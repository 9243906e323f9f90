//! Statements and declarations of Go.

use super::{Field, Kind, State, Tree, made, nothing};
use crate::lower::build::Declaration;
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;
use crate::text::Span;

/// Where the targets of an assignment get their values.
#[derive(Clone, Copy, Debug)]
enum Targets {
    DeclaredIn(ScopeId),
    /// Written to, wherever they are declared.
    Written,
}

impl<'a> State<'a> {
    pub(super) fn statement(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        match tree.kind(id) {
            Kind::SourceFile | Kind::StatementList => Made::Block(tree.child_block(id)),
            Kind::Block => {
                let made: Vec<_> =
                    tree.children(id).map(|it| tree.made(it)).filter(|it| *it != Made::Nothing).collect();
                match made.as_slice() {
                    [Made::Block(block)] => Made::Block(*block),
                    _ => Made::Block(tree.child_block(id)),
                }
            }
            Kind::Labeled => {
                let last = tree.children(id).filter(|child| tree.kind(*child) != Kind::LabelName).last();
                last.map_or(Made::Nothing, |child| tree.made(child))
            }
            Kind::ShortVar => {
                let scope = self.declared_in.get(&id).copied().unwrap_or(tree.scope(id));
                self.assignment(tree, id, Targets::DeclaredIn(scope))
            }
            Kind::Assignment => self.assignment(tree, id, Targets::Written),
            Kind::VarSpec | Kind::ConstSpec => self.declaration(tree, id),
            Kind::TypeSpec | Kind::TypeAlias => self.type_declaration(tree, id),
            Kind::Inc | Kind::Dec => {
                let Some(operand) = tree.child_exprs(id).first().copied() else { return Made::Nothing };
                self.write(tree, operand, Definition::Changed(operand));
                made(tree, id, ExprKind::Unary { op: UnaryOp::Other, operand })
            }
            Kind::Return => {
                let list = tree.children(id).find(|child| tree.kind(*child) == Kind::ExpressionList);
                let value = match list.map(|list| (list, tree.child_exprs(list))) {
                    Some((list, values)) => one_or_list(tree, list, &values),
                    None => None,
                };
                tree.new_stmt(id, StmtKind::Return(value))
            }
            Kind::Defer => {
                let value = tree.child_exprs(id).first().copied().unwrap_or_else(|| nothing(tree, id));
                tree.new_stmt(id, StmtKind::With { value, target: None, body: Block::default() })
            }
            Kind::Break | Kind::Continue | Kind::Goto => tree.new_stmt(id, StmtKind::Leave),
            Kind::Send => {
                let parts = tree.child_exprs(id);
                let parts = tree.b.exprs(&parts);
                made(tree, id, ExprKind::Opaque(parts))
            }
            Kind::If => {
                let condition = tree.expr_in_or_opaque(id, Field::Condition);
                let then = tree.block_in(id, Field::Consequence);
                let otherwise = tree.block_in(id, Field::Alternative);
                let made = tree.new_stmt(id, StmtKind::If { condition, then, otherwise });
                with_initializer(tree, id, made)
            }
            Kind::For => self.for_statement(tree, id),
            Kind::ExpressionSwitch => {
                let subject = match tree.expr_in(id, Field::Value) {
                    Some(subject) => subject,
                    None => tree.new_expr(id, ExprKind::Bool(true)),
                };
                let made = switch(tree, id, subject);
                with_initializer(tree, id, made)
            }
            Kind::TypeSwitch => {
                let subject = tree.expr_in_or_opaque(id, Field::Value);
                if let Some(alias) = tree.child(id, Field::Alias) {
                    let scope = tree.scope(alias);
                    for target in tree.child_exprs(alias) {
                        tree.b.declare_target(scope, target, Definition::Value(subject));
                    }
                }
                let made = switch(tree, id, subject);
                with_initializer(tree, id, made)
            }
            Kind::Select => {
                let subject = nothing(tree, id);
                switch(tree, id, subject)
            }
            Kind::Receive => {
                let source = tree.expr_in_or_opaque(id, Field::Right);
                match self.targets_of(tree, id, source) {
                    Some(target) => made(tree, id, ExprKind::Assign { target, value: source, op: None }),
                    None => Made::Expr(source),
                }
            }
            // A case is read by its switch; what it waits for is its first statement.
            Kind::ExpressionCase | Kind::DefaultCase | Kind::TypeCase | Kind::CommunicationCase => {
                let children: Vec<_> = tree.children(id).collect();
                let mut stmts = Vec::new();
                for child in children {
                    let is_first = tree.field(child) == Field::Communication;
                    match tree.made(child) {
                        made if is_first => stmts.extend(as_stmt(tree, child, made)),
                        Made::Block(block) => stmts.push(tree.b.stmt(tree.span(child), StmtKind::Block(block))),
                        Made::Stmt(stmt) => stmts.push(stmt),
                        _ => {}
                    }
                }
                Made::Block(tree.b.block(&stmts))
            }
            _ => tree.opaque(id),
        }
    }

    /// The names in front of a `range` or a receiving operation, declared or written.
    fn targets_of(&mut self, tree: &mut Tree<'a>, id: SyntaxId, source: ExprId) -> Option<ExprId> {
        let left = tree.child(id, Field::Left)?;
        let targets = tree.child_exprs(left);
        let declares = tree.children(id).any(|child| tree.kind(child) == Kind::Define);
        let scope = self.declared_in.get(&id).copied().unwrap_or(tree.scope(id));
        for target in &targets {
            let definition = Definition::Part(source);
            if declares {
                tree.b.declare_target(scope, *target, definition);
            } else {
                self.write(tree, *target, definition);
            }
        }
        one_or_list(tree, left, &targets)
    }

    fn for_statement(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let mut body = tree.block_in(id, Field::Body);
        let head = tree.children(id).find(|child| {
            tree.field(*child) != Field::Body
                && (tree.expr(*child).is_some() || matches!(tree.kind(*child), Kind::ForClause | Kind::RangeClause))
        });
        let Some(head) = head else {
            return tree.new_stmt(id, StmtKind::Loop { target: None, source: None, body });
        };
        match tree.kind(head) {
            Kind::RangeClause => {
                let source = tree.expr_in_or_opaque(head, Field::Right);
                let target = self.targets_of(tree, head, source);
                tree.new_stmt(id, StmtKind::Loop { target, source: Some(source), body })
            }
            Kind::ForClause => {
                let source = tree.expr_in(head, Field::Condition);
                if let Some(update) = tree.child(head, Field::Update) {
                    let inner = tree.b.stmt(tree.span(id), StmtKind::Block(body));
                    let mut stmts = vec![inner];
                    let made = tree.made(update);
                    stmts.extend(as_stmt(tree, update, made));
                    body = tree.b.block(&stmts);
                }
                let made = tree.new_stmt(id, StmtKind::Loop { target: None, source, body });
                with_initializer(tree, head, made)
            }
            _ => {
                let source = tree.expr(head);
                tree.new_stmt(id, StmtKind::Loop { target: None, source, body })
            }
        }
    }

    fn assignment(&mut self, tree: &mut Tree<'a>, id: SyntaxId, to: Targets) -> Made {
        let side =
            |tree: &Tree<'a>, field| tree.child(id, field).map(|list| tree.child_exprs(list)).unwrap_or_default();
        let (targets, values) = (side(tree, Field::Left), side(tree, Field::Right));
        let op = match tree.child(id, Field::Operator).map_or("", |child| tree.text(child)) {
            "" | "=" => None,
            "+=" => Some(Op::Add),
            _ => Some(Op::Other),
        };
        let two_values = tree.child(id, Field::Right).is_some_and(|list| gives_value_and_more(tree, list, &targets));
        self.assign(tree, (id, to, op), &targets, &values, two_values)
    }

    fn assign(
        &mut self,
        tree: &mut Tree<'a>,
        (id, to, op): (SyntaxId, Targets, Option<Op>),
        targets: &[ExprId],
        values: &[ExprId],
        two_values: bool,
    ) -> Made {
        if targets.len() == values.len() {
            let mut stmts = Vec::with_capacity(targets.len());
            for (target, value) in targets.iter().zip(values) {
                let whole = Span::new(tree.b.module.span(*target).start, tree.b.module.span(*value).end);
                let span = if targets.len() == 1 { tree.span(id) } else { whole };
                let kind = ExprKind::Assign { target: *target, value: *value, op };
                let expr = tree.b.expr(span, tree.scope(id), kind);
                let definition = if op.is_some() { Definition::Changed(*value) } else { Definition::Value(*value) };
                self.define(tree, *target, definition, to);
                if targets.len() == 1 {
                    return Made::Expr(expr);
                }
                stmts.push(tree.b.stmt(span, StmtKind::Expr(expr)));
            }
            return Made::Block(tree.b.block(&stmts));
        }
        let Some(value) = one_or_list(tree, id, values) else { return Made::Nothing };
        for (at, target) in targets.iter().enumerate() {
            let definition = if at == 0 && two_values { Definition::Value(value) } else { Definition::Part(value) };
            self.define(tree, *target, definition, to);
        }
        match one_or_list(tree, id, targets) {
            Some(target) => made(tree, id, ExprKind::Assign { target, value, op }),
            None => Made::Expr(value),
        }
    }

    fn define(&mut self, tree: &mut Tree<'a>, target: ExprId, definition: Definition<'a>, to: Targets) {
        match to {
            Targets::DeclaredIn(scope) => tree.b.declare_target(scope, target, definition),
            Targets::Written => self.write(tree, target, definition),
        }
    }

    fn write(&mut self, tree: &Tree<'a>, target: ExprId, definition: Definition<'a>) {
        let (span, scope) = (tree.b.module.span(target), tree.b.module.scope_of(target));
        match tree.b.module.kind(target) {
            ExprKind::Name(name) => self.blocks.assign(Declaration { scope, name, at: span.start, definition }),
            ExprKind::Field { base, name } => self.written.push((base, name, definition)),
            _ => {}
        }
    }

    /// `var` and `const`.
    fn declaration(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let scope = self.declared_in.get(&id).copied().unwrap_or(tree.scope(id));
        let names: Vec<_> = tree.children(id).filter(|it| tree.kind(*it) == Kind::Identifier).collect();
        let targets: Vec<_> = names.iter().filter_map(|name| tree.expr(*name)).collect();
        let annotation = tree.expr_in(id, Field::Type);
        let list = tree.child(id, Field::Value);
        let values = list.map(|list| tree.child_exprs(list)).unwrap_or_default();
        let two_values = list.is_some_and(|list| gives_value_and_more(tree, list, &targets));
        let made = if values.is_empty() {
            Made::Nothing
        } else {
            self.assign(tree, (id, Targets::DeclaredIn(scope), None), &targets, &values, two_values)
        };
        for target in targets {
            let definition = match annotation {
                Some(annotation) => Definition::Typed(annotation),
                // A constant that counts on from the one above.
                None if values.is_empty() => Definition::Part(target),
                None => continue,
            };
            tree.b.declare_target(scope, target, definition);
        }
        made
    }

    fn type_declaration(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let (Some(name), Some(value)) = (tree.child(id, Field::Name), tree.expr_in(id, Field::Type)) else {
            return tree.opaque(id);
        };
        let (text, span, scope) = (tree.text(name), tree.span(name), tree.scope(id));
        let mut definition = Definition::Value(value);
        if let ExprKind::Class(class) = tree.b.module.kind(value)
            && let Some(it) = tree.b.module.classes.get_mut(class.index())
        {
            it.name = Some(text);
            it.doc_comment = self.docs.get(&id).copied();
            definition = Definition::Class(class);
        }
        tree.b.declare(scope, text, span.start, definition);
        Made::Expr(value)
    }
}

/// Whether one value stands on the right whose first part is what matters, and the others say whether it went well:
/// `x, ok := m[k]`, `conn, err := open()`.
fn gives_value_and_more(tree: &Tree<'_>, right: SyntaxId, targets: &[ExprId]) -> bool {
    let is_status = |target: &ExprId| match tree.b.module.kind(*target) {
        ExprKind::Name(name) => {
            let name = name.to_ascii_lowercase();
            name.ends_with("err") || name.ends_with("error") || matches!(name.as_str(), "ok" | "found" | "exists")
        }
        ExprKind::Opaque(_) => true,
        _ => false,
    };
    let source = tree.children(right).next().map(|it| tree.kind(it));
    matches!(source, Some(Kind::TypeAssertion | Kind::IndexExpression | Kind::Unary))
        || targets.get(1..).is_some_and(|rest| rest.iter().all(is_status))
}

fn one_or_list(tree: &mut Tree<'_>, id: SyntaxId, exprs: &[ExprId]) -> Option<ExprId> {
    match exprs {
        [] => None,
        [only] => Some(*only),
        several => {
            let list = tree.b.exprs(several);
            Some(tree.new_expr(id, ExprKind::List(list)))
        }
    }
}

fn as_stmt(tree: &mut Tree<'_>, id: SyntaxId, made: Made) -> Option<StmtId> {
    let kind = match made {
        Made::Stmt(stmt) => return Some(stmt),
        Made::Expr(expr) => StmtKind::Expr(expr),
        Made::Block(block) => StmtKind::Block(block),
        Made::Nothing => return None,
    };
    Some(tree.b.stmt(tree.span(id), kind))
}

/// A statement behind the one that its head begins with.
fn with_initializer(tree: &mut Tree<'_>, id: SyntaxId, made: Made) -> Made {
    let Some(initializer) = tree.child(id, Field::Initializer) else { return made };
    let before = tree.made(initializer);
    let mut stmts = Vec::with_capacity(2);
    stmts.extend(as_stmt(tree, initializer, before));
    stmts.extend(as_stmt(tree, id, made));
    Made::Block(tree.b.block(&stmts))
}

fn switch(tree: &mut Tree<'_>, id: SyntaxId, subject: ExprId) -> Made {
    let mut cases = Vec::new();
    let children: Vec<_> = tree.children(id).collect();
    for child in children {
        let tests = match tree.kind(child) {
            Kind::ExpressionCase => {
                tree.child(child, Field::Value).map(|list| tree.child_exprs(list)).unwrap_or_default()
            }
            Kind::TypeCase => {
                let types = tree.children(child).filter(|it| tree.field(*it) == Field::Type);
                types.filter_map(|it| tree.expr(it)).collect()
            }
            Kind::DefaultCase | Kind::CommunicationCase => Vec::new(),
            _ => continue,
        };
        let tests = tree.b.exprs(&tests);
        let body = tree.block_of(child);
        cases.push(Case { tests, body });
    }
    let cases = tree.b.cases(&cases);
    tree.new_stmt(id, StmtKind::Switch { subject, cases })
}
