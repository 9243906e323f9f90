//! Expressions of Python.

use super::*;

pub(super) fn expression(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let kind = match tree.kind(id) {
        Kind::Identifier => ExprKind::Name(tree.text(id)),
        Kind::Integer | Kind::Float => ExprKind::Number(tree.text(id)),
        Kind::True => ExprKind::Bool(true),
        Kind::False => ExprKind::Bool(false),
        Kind::None => ExprKind::Null,
        Kind::String => return string(tree, id),
        Kind::ConcatenatedString => {
            let pieces = tree.child_exprs(id);
            ExprKind::Concat(tree.b.exprs(&pieces))
        }
        Kind::Assignment | Kind::AugmentedAssignment | Kind::NamedExpression => return assignment(tree, id),
        Kind::Call => call(tree, id),
        Kind::Attribute => {
            let base = tree.expr_in_or_opaque(id, Field::Object);
            let name = tree.child(id, Field::Attribute).map_or("", |name| tree.text(name));
            ExprKind::Field { base, name }
        }
        Kind::Subscript => {
            let base = tree.expr_in_or_opaque(id, Field::Value);
            let indexes: Vec<_> = tree.children(id).filter(|child| tree.field(*child) == Field::Subscript).collect();
            let indexes: Vec<_> = indexes.into_iter().map(|index| tree.expr_or_opaque(index)).collect();
            ExprKind::Index { base, index: one_or_list(tree, id, &indexes) }
        }
        Kind::GenericType => {
            let exprs = tree.child_exprs(id);
            match exprs.as_slice() {
                [base, index] => ExprKind::Index { base: *base, index: *index },
                _ => return tree.opaque(id),
            }
        }
        Kind::TypeParameter => {
            let exprs = tree.child_exprs(id);
            return if exprs.is_empty() { Made::Nothing } else { Made::Expr(one_or_list(tree, id, &exprs)) };
        }
        Kind::UnionType => match tree.child_exprs(id).as_slice() {
            [left, right] => ExprKind::Binary { op: Op::Other, left: *left, right: *right },
            _ => return tree.opaque(id),
        },
        Kind::BinaryOperator => {
            let left = tree.expr_in_or_opaque(id, Field::Left);
            let right = tree.expr_in_or_opaque(id, Field::Right);
            let op = match tree.child(id, Field::Operator).map(|it| tree.text(it)) {
                Some("+") => Op::Add,
                Some("%") => Op::Remainder,
                _ => Op::Other,
            };
            ExprKind::Binary { op, left, right }
        }
        Kind::BooleanOperator => {
            let left = tree.expr_in_or_opaque(id, Field::Left);
            let right = tree.expr_in_or_opaque(id, Field::Right);
            let is_and = tree.child(id, Field::Operator).is_some_and(|it| tree.text(it) == "and");
            ExprKind::Binary { op: if is_and { Op::And } else { Op::Or }, left, right }
        }
        Kind::ComparisonOperator => return comparison(tree, id),
        Kind::NotOperator => ExprKind::Unary { op: UnaryOp::Not, operand: tree.expr_in_or_opaque(id, Field::Argument) },
        Kind::UnaryOperator => {
            let op = match tree.child(id, Field::Operator).map(|it| tree.text(it)) {
                Some("-") => UnaryOp::Negative,
                _ => UnaryOp::Other,
            };
            ExprKind::Unary { op, operand: tree.expr_in_or_opaque(id, Field::Argument) }
        }
        Kind::ConditionalExpression => match tree.child_exprs(id).as_slice() {
            [then, condition, otherwise] => {
                ExprKind::Conditional { condition: *condition, then: *then, otherwise: *otherwise }
            }
            _ => return tree.opaque(id),
        },
        Kind::Await => match tree.child_exprs(id).first() {
            Some(inner) => ExprKind::Await(*inner),
            None => return Made::Nothing,
        },
        Kind::Yield => {
            let inner = tree.child_exprs(id).first().copied();
            ExprKind::Yield(inner.unwrap_or_else(|| tree.new_expr(id, ExprKind::Null)))
        }
        Kind::List
        | Kind::Tuple
        | Kind::Set
        | Kind::ExpressionList
        | Kind::PatternList
        | Kind::TuplePattern
        | Kind::ListPattern => {
            let elements = tree.child_exprs(id);
            ExprKind::List(tree.b.exprs(&elements))
        }
        Kind::Dictionary => dictionary(tree, id),
        Kind::ListSplat | Kind::DictionarySplat | Kind::ListSplatPattern | Kind::DictionarySplatPattern => {
            match tree.child_exprs(id).first() {
                Some(inner) => ExprKind::Spread(*inner),
                None => return Made::Nothing,
            }
        }
        Kind::ListComprehension | Kind::SetComprehension | Kind::DictionaryComprehension | Kind::Generator => {
            return comprehension(tree, id);
        }
        // What only wraps.
        Kind::Parenthesized
        | Kind::Type
        | Kind::AsPatternTarget
        | Kind::CasePattern
        | Kind::Interpolation
        | Kind::IfClause
        | Kind::WithItem => match tree.child_exprs(id).as_slice() {
            [only] => return Made::Expr(*only),
            [] => return Made::Nothing,
            _ => return tree.opaque(id),
        },
        Kind::DottedName => return dotted(tree, id),
        Kind::KeywordArgument => return tree.child(id, Field::Value).map_or(Made::Nothing, |value| tree.made(value)),
        _ => return tree.opaque(id),
    };
    Made::Expr(tree.new_expr(id, kind))
}

fn one_or_list(tree: &mut Tree<'_>, id: SyntaxId, exprs: &[ExprId]) -> ExprId {
    match exprs {
        [only] => *only,
        all => {
            let list = tree.b.exprs(all);
            tree.new_expr(id, ExprKind::List(list))
        }
    }
}

/// `a.b` in a pattern: its identifiers were made one by one.
fn dotted(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let parts: Vec<_> = tree.children(id).filter(|child| tree.kind(*child) == Kind::Identifier).collect();
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else { return Made::Nothing };
    let mut base = tree.expr_or_opaque(first);
    for part in parts {
        let name = tree.text(part);
        base = tree.new_expr(id, ExprKind::Field { base, name });
    }
    Made::Expr(base)
}

fn string(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let children: Vec<_> = tree.children(id).collect();
    let mut is_raw = false;
    let mut is_formatted = false;
    let mut content = Span::at(tree.span(id).start);
    let mut pieces = Vec::new();
    for child in &children {
        match tree.kind(*child) {
            Kind::StringStart => {
                let prefix = tree.text(*child);
                is_raw = prefix.contains(['r', 'R']);
                is_formatted = prefix.contains(['f', 'F', 't', 'T']);
                content = Span::at(tree.span(*child).end);
            }
            Kind::StringEnd => content = Span::new(content.start, tree.span(*child).start),
            Kind::StringContent if is_formatted => {
                let content = tree.span(*child);
                pieces.push(tree.b.expr(content, tree.scope(id), ExprKind::Str { content, is_raw }));
            }
            Kind::Interpolation => pieces.extend(tree.expr(*child)),
            _ => {}
        }
    }
    if !is_formatted {
        content = if content.end < content.start { Span::at(content.start) } else { content };
        return Made::Expr(tree.new_expr(id, ExprKind::Str { content, is_raw }));
    }
    let pieces = tree.b.exprs(&pieces);
    Made::Expr(tree.new_expr(id, ExprKind::Concat(pieces)))
}

fn assignment(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let kind = tree.kind(id);
    let (left, right) = match kind {
        Kind::NamedExpression => (Field::Name, Field::Value),
        _ => (Field::Left, Field::Right),
    };
    let target = tree.expr_in_or_opaque(id, left);
    let has_value = tree.child(id, right).is_some();
    let value = tree.expr_in_or_opaque(id, right);
    let op =
        (kind == Kind::AugmentedAssignment).then(|| match tree.child(id, Field::Operator).map(|it| tree.text(it)) {
            Some("+=") => Op::Add,
            Some("%=") => Op::Remainder,
            _ => Op::Other,
        });
    let annotation = tree.expr_in(id, Field::Type);
    let scope = declaring(tree, tree.scope(id));
    if has_value {
        let definition = if op.is_some() { Definition::Changed(value) } else { Definition::Value(value) };
        tree.b.declare_target(scope, target, definition);
        attribute(tree, target, definition);
    }
    if let Some(annotation) = annotation {
        tree.b.declare_target(scope, target, Definition::Typed(annotation));
        attribute(tree, target, Definition::Typed(annotation));
    }
    let assign = tree.new_expr(id, ExprKind::Assign { target, value, op });
    if let Some(annotation) = annotation {
        tree.annotations.insert(assign, annotation);
    }
    Made::Expr(assign)
}

/// `self.x = …` in a method is an attribute of the instances.
fn attribute<'a>(tree: &mut Tree<'a>, target: ExprId, definition: Definition<'a>) {
    let ExprKind::Field { base, name } = tree.b.module.kind(target) else { return };
    if !matches!(tree.b.module.kind(base), ExprKind::Name("self" | "cls")) {
        return;
    }
    let class = tree.b.module.scopes_around(target).find_map(|scope| match scope.kind {
        ScopeKind::Class(class) => Some(class),
        _ => None,
    });
    if let Some(class) = class {
        tree.b.module.attributes.push(Attribute { class, name, definition });
    }
}

fn call<'a>(tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
    let callee = tree.expr_in_or_opaque(id, Field::Function);
    let mut args = Vec::new();
    if let Some(list) = tree.child(id, Field::Arguments) {
        if tree.kind(list) == Kind::Generator {
            args.extend(tree.expr(list).map(|value| Arg { name: None, value }));
        }
        let children: Vec<_> = tree.children(list).collect();
        for child in children.into_iter().filter(|_| tree.kind(list) == Kind::ArgumentList) {
            let name = (tree.kind(child) == Kind::KeywordArgument)
                .then(|| tree.child(child, Field::Name).map(|name| tree.text(name)))
                .flatten();
            args.extend(tree.expr(child).map(|value| Arg { name, value }));
        }
    }
    ExprKind::Call { callee, args: tree.b.args(&args), form: CallForm::Call }
}

fn dictionary<'a>(tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
    let children: Vec<_> = tree.children(id).collect();
    let mut pairs = Vec::new();
    for child in children {
        match tree.kind(child) {
            Kind::Pair => {
                let Some(value) = tree.expr_in(child, Field::Value) else { continue };
                let key = tree.expr_in(child, Field::Key).map(|key| match tree.b.module.kind(key) {
                    ExprKind::Str { content, .. } => Key::Plain(tree.b.text(content), content),
                    _ => Key::Computed(key),
                });
                pairs.push(Pair { key, value });
            }
            Kind::DictionarySplat => pairs.extend(tree.expr(child).map(|value| Pair { key: None, value })),
            _ => {}
        }
    }
    ExprKind::Object(tree.b.pairs(&pairs))
}

fn comparison(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let children: Vec<_> = tree.children(id).collect();
    let mut left: Option<ExprId> = None;
    let mut op = Op::Other;
    let mut all: Option<ExprId> = None;
    for child in children {
        if tree.field(child) == Field::Operators {
            op = match tree.text(child) {
                "==" | "is" => Op::Equal,
                "!=" | "<>" => Op::NotEqual,
                "<" => Op::Less,
                "<=" => Op::LessEqual,
                ">" => Op::Greater,
                ">=" => Op::GreaterEqual,
                "in" => Op::In,
                text if text.starts_with("not") => Op::NotIn,
                text if text.starts_with("is") => Op::NotEqual,
                _ => Op::Other,
            };
            continue;
        }
        let Some(right) = tree.expr(child) else { continue };
        if let Some(left) = left {
            let one = tree.new_expr(id, ExprKind::Binary { op, left, right });
            all = Some(match all {
                Some(before) => tree.new_expr(id, ExprKind::Binary { op: Op::And, left: before, right: one }),
                None => one,
            });
        }
        left = Some(right);
    }
    all.map_or(Made::Nothing, Made::Expr)
}

fn comprehension(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    // The scope of its names is that of its parts.
    let Some(body) = tree.child(id, Field::Body) else { return tree.opaque(id) };
    let scope = tree.scope(body);
    let mut element = if tree.kind(body) == Kind::Pair {
        let parts: Vec<_> =
            [Field::Key, Field::Value].into_iter().filter_map(|field| tree.expr_in(body, field)).collect();
        let parts = tree.b.exprs(&parts);
        tree.b.expr(tree.span(body), scope, ExprKind::List(parts))
    } else {
        tree.expr_or_opaque(body)
    };
    let clauses: Vec<_> = tree.children(id).collect();
    for clause in clauses.into_iter().rev() {
        match tree.kind(clause) {
            Kind::IfClause => {
                let Some(condition) = tree.expr(clause) else { continue };
                let otherwise = tree.b.expr(tree.span(clause), scope, ExprKind::Null);
                let kind = ExprKind::Conditional { condition, then: element, otherwise };
                element = tree.b.expr(tree.span(body), scope, kind);
            }
            Kind::ForInClause => {
                let target = tree.expr_in_or_opaque(clause, Field::Left);
                let source = tree.expr_in_or_opaque(clause, Field::Right);
                tree.b.declare_target(scope, target, Definition::Part(source));
                element = tree.new_expr(id, ExprKind::Comprehension { target, source, element });
            }
            _ => {}
        }
    }
    Made::Expr(element)
}
