//! Statements of Python that hold others, and ways out of a block.

use super::*;

pub(super) fn statement(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let kind = match tree.kind(id) {
        Kind::If | Kind::Elif => branches(tree, id),
        Kind::For => {
            let target = tree.expr_in_or_opaque(id, Field::Left);
            let source = tree.expr_in_or_opaque(id, Field::Right);
            let scope = declaring(tree, tree.scope(id));
            tree.b.declare_target(scope, target, Definition::Part(source));
            StmtKind::Loop { target: Some(target), source: Some(source), body: looped(tree, id) }
        }
        Kind::While => {
            let condition = tree.expr_in_or_opaque(id, Field::Condition);
            StmtKind::Loop { target: None, source: Some(condition), body: looped(tree, id) }
        }
        Kind::Try => tried(tree, id),
        Kind::With => return with(tree, id),
        Kind::Match => matched(tree, id),
        Kind::Return => StmtKind::Return(tree.children(id).find_map(|child| tree.expr(child))),
        Kind::Raise => StmtKind::Throw(tree.children(id).find_map(|child| tree.expr(child))),
        Kind::Assert => match tree.children(id).find_map(|child| tree.expr(child)) {
            Some(condition) => StmtKind::Assert(condition),
            None => return Made::Nothing,
        },
        _ => StmtKind::Leave,
    };
    tree.new_stmt(id, kind)
}

/// `if` with what follows: each `elif` was made before and takes what comes behind it.
fn branches(tree: &mut Tree<'_>, id: SyntaxId) -> StmtKind {
    let condition = tree.expr_in_or_opaque(id, Field::Condition);
    let then = tree.block_in(id, Field::Consequence);
    let mut otherwise = Block::default();
    if tree.kind(id) == Kind::If {
        // From the last to the first, each around the next.
        let clauses: Vec<_> = tree.children(id).filter(|child| tree.field(*child) == Field::Alternative).collect();
        for clause in clauses.into_iter().rev() {
            if tree.kind(clause) == Kind::Elif {
                let condition = tree.expr_in_or_opaque(clause, Field::Condition);
                let then = tree.block_in(clause, Field::Consequence);
                let stmt = tree.b.stmt(tree.span(clause), StmtKind::If { condition, then, otherwise });
                otherwise = tree.b.block(&[stmt]);
            } else {
                otherwise = tree.block_of(clause);
            }
        }
    }
    StmtKind::If { condition, then, otherwise }
}

/// The body of a loop; an `else` of it runs, too.
fn looped(tree: &mut Tree<'_>, id: SyntaxId) -> Block {
    let body = tree.block_in(id, Field::Body);
    match tree.child(id, Field::Alternative) {
        Some(otherwise) => {
            let otherwise = tree.block_of(otherwise);
            let span = tree.span(id);
            let stmts = [body, otherwise].map(|block| tree.b.stmt(span, StmtKind::Block(block)));
            tree.b.block(&stmts)
        }
        None => body,
    }
}

fn tried(tree: &mut Tree<'_>, id: SyntaxId) -> StmtKind {
    let mut body = tree.block_in(id, Field::Body);
    let mut finally = Block::default();
    let mut catches = Vec::new();
    let children: Vec<_> = tree.children(id).collect();
    for child in children {
        match tree.kind(child) {
            Kind::Except => catches.push(except(tree, child)),
            Kind::Finally => finally = tree.block_of(child),
            Kind::Else => {
                let more = tree.block_of(child);
                let span = tree.span(child);
                let stmts = [body, more].map(|block| tree.b.stmt(span, StmtKind::Block(block)));
                body = tree.b.block(&stmts);
            }
            _ => {}
        }
    }
    let catches = tree.b.catches(&catches);
    StmtKind::Try { body, catches, finally }
}

fn except(tree: &mut Tree<'_>, id: SyntaxId) -> Catch {
    let mut types = tree.expr_in(id, Field::Value);
    let mut name = tree.expr_in(id, Field::Alias);
    // `except E as e` is a pattern in some versions of the grammar.
    let pattern = tree.children(id).find(|child| tree.kind(*child) == Kind::AsPattern);
    if let Some(pattern) = pattern {
        types = tree.children(pattern).find_map(|child| tree.expr(child));
        name = tree.expr_in(pattern, Field::Alias);
    }
    if let Some(name) = name
        && let ExprKind::Name(text) = tree.b.module.kind(name)
    {
        let at = tree.b.module.span(name).start;
        let scope = tree.b.module.scope_of(name);
        tree.b.declare(scope, text, at, Definition::Caught);
    }
    let body = tree.children(id).find(|child| tree.kind(*child) == Kind::Block);
    let body = body.map_or(Block::default(), |body| tree.block_of(body));
    Catch { span: tree.span(id), types, name, body }
}

fn with(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let mut body = tree.block_in(id, Field::Body);
    let clause = tree.children(id).find(|child| tree.kind(*child) == Kind::WithClause);
    let items: Vec<_> = clause.map_or_else(Vec::new, |clause| {
        tree.children(clause).filter(|child| tree.kind(*child) == Kind::WithItem).collect()
    });
    let scope = declaring(tree, tree.scope(id));
    let mut outermost = Made::Nothing;
    for item in items.into_iter().rev() {
        let Some(node) = tree.child(item, Field::Value) else { continue };
        let (value, target) = if tree.kind(node) == Kind::AsPattern {
            let value = tree.children(node).find_map(|child| tree.expr(child));
            (value, tree.expr_in(node, Field::Alias))
        } else {
            (tree.expr(node), None)
        };
        let value = value.unwrap_or_else(|| tree.new_expr(item, ExprKind::Opaque(List::default())));
        if let Some(target) = target {
            tree.b.declare_target(scope, target, Definition::Value(value));
        }
        let stmt = tree.b.stmt(tree.span(id), StmtKind::With { value, target, body });
        body = tree.b.block(&[stmt]);
        outermost = Made::Stmt(stmt);
    }
    if outermost == Made::Nothing { Made::Block(body) } else { outermost }
}

fn matched(tree: &mut Tree<'_>, id: SyntaxId) -> StmtKind {
    let subject = tree.expr_in_or_opaque(id, Field::Subject);
    let scope = declaring(tree, tree.scope(id));
    let mut cases = Vec::new();
    let body = tree.child(id, Field::Body);
    let nodes: Vec<_> = body
        .map_or_else(Vec::new, |body| tree.children(body).filter(|child| tree.kind(*child) == Kind::Case).collect());
    for case in nodes {
        let patterns: Vec<_> = tree.children(case).filter(|child| tree.kind(*child) == Kind::CasePattern).collect();
        let mut tests = Vec::new();
        for pattern in patterns {
            tests.extend(tree.expr(pattern));
        }
        for test in &tests {
            captures(tree, scope, *test, subject);
        }
        let is_default = tests.iter().all(|test| matches!(tree.b.module.kind(*test), ExprKind::Name(_)));
        let guard = tree.child(case, Field::Guard).and_then(|guard| tree.children(guard).find_map(|it| tree.expr(it)));
        let tests = if is_default { Vec::from_iter(guard) } else { tests };
        let tests = tree.b.exprs(&tests);
        let body = tree.block_in(case, Field::Consequence);
        cases.push(Case { tests, body });
    }
    let cases = tree.b.cases(&cases);
    StmtKind::Switch { subject, cases }
}

/// Names that a pattern of a `case` binds.
fn captures(tree: &mut Tree<'_>, scope: ScopeId, pattern: ExprId, subject: ExprId) {
    let mut open = vec![pattern];
    let mut names = Vec::new();
    while let Some(id) = open.pop() {
        match tree.b.module.kind(id) {
            ExprKind::Name(name) if name != "_" => names.push((name, id)),
            ExprKind::List(_) | ExprKind::Opaque(_) | ExprKind::Spread(_) | ExprKind::Object(_) => {
                tree.b.module.parts(id, |part| open.push(part));
            }
            _ => {}
        }
        if names.len() > 64 {
            break;
        }
    }
    for (name, id) in names {
        let at = tree.b.module.span(id).start;
        tree.b.declare(scope, name, at, Definition::Part(subject));
    }
}
