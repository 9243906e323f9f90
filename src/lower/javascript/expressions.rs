//! Expressions and patterns.

use super::kinds::{Field, Kind};
use super::{Lowering, Tree};
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;
use crate::text::Span;

impl<'a> Lowering<'a> {
    pub(super) fn expression(&mut self, tree: &mut Tree<'a>, id: SyntaxId, kind: Kind) -> Option<Made> {
        let made = match kind {
            Kind::Identifier | Kind::Shorthand | Kind::ShorthandPattern | Kind::TypeIdentifier => {
                ExprKind::Name(tree.text(id))
            }
            Kind::PrivateIdentifier => match tree.field(id) {
                // `#x in this`.
                Field::Left => ExprKind::Name(tree.text(id)),
                _ => return Some(Made::Nothing),
            },
            Kind::Member | Kind::NestedIdentifier => member(tree, id),
            Kind::String => ExprKind::Str { content: content(tree.span(id)), is_raw: false },
            Kind::Call => self.call(tree, id),
            Kind::New => {
                let [constructor, arguments] = tree.pick(id, [Field::Constructor, Field::Arguments]);
                let callee = tree.expr_or(constructor, id);
                let args = arguments.map_or(List::default(), |list| self.arguments(tree, list));
                ExprKind::Call { callee, args, form: CallForm::New }
            }
            Kind::Number => ExprKind::Number(tree.text(id)),
            Kind::This => ExprKind::This,
            Kind::Super => ExprKind::Name("super"),
            Kind::ImportKeyword => ExprKind::Name("import"),
            Kind::MetaProperty => {
                if tree.text(id).starts_with("import") {
                    let base = tree.new_expr(id, ExprKind::Name("import"));
                    ExprKind::Field { base, name: "meta" }
                } else {
                    ExprKind::Opaque(List::default())
                }
            }
            Kind::True => ExprKind::Bool(true),
            Kind::False => ExprKind::Bool(false),
            Kind::Null | Kind::Undefined => ExprKind::Null,
            Kind::Regex => ExprKind::Regex(tree.text(id)),
            Kind::Template => self.template(tree, id),
            Kind::Array | Kind::ArrayPattern => ExprKind::List(self.child_list(tree, id)),
            Kind::Object | Kind::ObjectPattern => ExprKind::Object(self.object(tree, id)),
            Kind::Spread | Kind::RestPattern => match tree.first_expr(id) {
                Some(inner) => ExprKind::Spread(inner),
                None => return Some(Made::Nothing),
            },
            Kind::AssignmentPattern => assignment(tree, id),
            Kind::ObjectAssignmentPattern => assignment(tree, id),
            Kind::Subscript => subscript(tree, id),
            Kind::Binary => binary(tree, id),
            Kind::Unary => unary(tree, id),
            Kind::Update => {
                let [argument] = tree.pick(id, [Field::Argument]);
                let operand = tree.expr_or(argument, id);
                let scope = tree.scope(id);
                if let ExprKind::Name(_) = tree.b.module.kind(operand) {
                    tree.b.assign_target(scope, operand, Definition::Changed(operand));
                }
                ExprKind::Unary { op: UnaryOp::Other, operand }
            }
            Kind::Assignment => self.assign(tree, id),
            Kind::AugmentedAssignment => {
                let kind = augmented(tree, id);
                if let ExprKind::Assign { target, .. } = kind {
                    self.writes(tree, target);
                }
                kind
            }
            Kind::Ternary => {
                let [condition, then, otherwise] =
                    tree.pick(id, [Field::Condition, Field::Consequence, Field::Alternative]);
                let condition = tree.expr_or(condition, id);
                let then = tree.expr_or(then, id);
                ExprKind::Conditional { condition, then, otherwise: tree.expr_or(otherwise, id) }
            }
            Kind::Await => match tree.first_expr(id) {
                Some(inner) => ExprKind::Await(inner),
                None => return Some(Made::Nothing),
            },
            Kind::Yield => {
                let inner = match tree.first_expr(id) {
                    Some(inner) => inner,
                    None => tree.new_expr(id, ExprKind::Null),
                };
                ExprKind::Yield(inner)
            }
            Kind::Sequence => return Some(sequence(tree, id)),
            Kind::Parenthesized
            | Kind::As
            | Kind::Satisfies
            | Kind::NonNull
            | Kind::Instantiation
            | Kind::ComputedName
            | Kind::TemplateSubstitution
            | Kind::JsxExpression
            | Kind::Decorator => return Some(tree.first_expr(id).map_or(Made::Nothing, Made::Expr)),
            Kind::TypeAssertion => {
                let last = tree.children(id).filter_map(|child| tree.expr(child)).last();
                return Some(last.map_or(Made::Nothing, Made::Expr));
            }
            Kind::Pair | Kind::PairPattern => {
                let [key, value] = tree.pick(id, [Field::Key, Field::Value]);
                let value = tree.expr_or(value, id);
                if let Some(key) = key {
                    name_value(tree, value, key);
                }
                return Some(Made::Expr(value));
            }
            // Read by what they belong to.
            Kind::Arguments => return Some(Made::Nothing),
            Kind::JsxElement | Kind::JsxSelfClosing => self.element(tree, id),
            Kind::JsxAttribute | Kind::JsxNamespaceName => return Some(super::jsx::attribute(tree, id)),
            _ => return None,
        };
        Some(Made::Expr(tree.new_expr(id, made)))
    }

    /// The expressions of the children as a list.
    pub(super) fn child_list(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> List {
        let mut exprs = std::mem::take(&mut self.exprs);
        exprs.extend(tree.children(id).filter_map(|child| tree.expr(child)));
        let list = tree.b.exprs(&exprs);
        exprs.clear();
        self.exprs = exprs;
        list
    }

    fn arguments(&mut self, tree: &mut Tree<'a>, list: SyntaxId) -> List {
        let mut args = std::mem::take(&mut self.args);
        args.extend(tree.children(list).filter_map(|child| tree.expr(child)).map(|value| Arg { name: None, value }));
        let list = tree.b.args(&args);
        args.clear();
        self.args = args;
        list
    }

    fn call(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
        let [function, arguments] = tree.pick(id, [Field::Function, Field::Arguments]);
        let callee = awaited(tree, function).unwrap_or_else(|| tree.expr_or(function, id));
        let Some(arguments) = arguments else {
            return ExprKind::Call { callee, args: List::default(), form: CallForm::Call };
        };
        if tree.kind(arguments) == Kind::Template {
            let value = tree.expr_or_opaque(arguments);
            let args = tree.b.args(&[Arg { name: None, value }]);
            return ExprKind::Call { callee, args, form: CallForm::Tagged };
        }
        let args = self.arguments(tree, arguments);
        self.exported_by_call(tree, callee, args);
        ExprKind::Call { callee, args, form: CallForm::Call }
    }

    fn template(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
        let inside = content(tree.span(id));
        if !tree.children(id).any(|child| tree.kind(child) == Kind::TemplateSubstitution) {
            return ExprKind::Str { content: inside, is_raw: false };
        }
        let scope = tree.scope(id);
        let mut exprs = std::mem::take(&mut self.exprs);
        let mut from = inside.start;
        let mut next = tree.after(id, None);
        while let Some(child) = next {
            next = tree.after(id, next);
            if tree.kind(child) != Kind::TemplateSubstitution {
                continue;
            }
            let span = tree.span(child);
            exprs.extend(piece(tree, Span::new(from, span.start), scope));
            exprs.extend(tree.expr(child));
            from = span.end;
        }
        exprs.extend(piece(tree, Span::new(from, inside.end.max(from)), scope));
        let list = tree.b.exprs(&exprs);
        exprs.clear();
        self.exprs = exprs;
        ExprKind::Concat(list)
    }

    fn object(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> List {
        let mut pairs = std::mem::take(&mut self.pairs);
        for child in tree.children(id) {
            let Some(value) = tree.expr(child) else { continue };
            let key = match tree.kind(child) {
                Kind::Pair | Kind::PairPattern => {
                    tree.pick(child, [Field::Key])[0].and_then(|key| plain_key(tree, key))
                }
                Kind::Method => tree.pick(child, [Field::Name])[0].and_then(|key| plain_key(tree, key)),
                Kind::Shorthand | Kind::ShorthandPattern => Some(Key::Plain(tree.text(child), tree.span(child))),
                Kind::ObjectAssignmentPattern => match tree.b.module.kind(value) {
                    ExprKind::Assign { target, .. } => match tree.b.module.expr(target) {
                        Expr { span, kind: ExprKind::Name(name) } => Some(Key::Plain(name, span)),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            };
            pairs.push(Pair { key, value });
        }
        let list = tree.b.pairs(&pairs);
        pairs.clear();
        self.pairs = pairs;
        list
    }

    /// Remember that a member of a named object is written to.
    fn writes(&mut self, tree: &Tree<'a>, target: ExprId) {
        if let ExprKind::Field { base, .. } | ExprKind::Index { base, .. } = tree.b.module.kind(target)
            && matches!(tree.b.module.kind(base), ExprKind::Name(_))
        {
            self.written.push(base);
        }
    }

    fn assign(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
        let [left, right] = tree.pick(id, [Field::Left, Field::Right]);
        let target = tree.expr_or(left, id);
        let value = tree.expr_or(right, id);
        let scope = tree.scope(id);
        self.writes(tree, target);
        match tree.b.module.kind(target) {
            ExprKind::Field { base, name } => {
                let span = tree.b.module.span(target);
                let name_span = Span::new(span.end.saturating_sub(name.len()), span.end);
                name_function(tree, value, name, name_span);
                if matches!(tree.b.module.kind(base), ExprKind::This)
                    && let Some(class) = self.owner(scope)
                {
                    let definition = Definition::Value(value);
                    tree.b.module.attributes.push(Attribute { class, name, definition });
                }
                self.exported_by_assignment(tree, base, name, value);
            }
            ExprKind::Name(name) => {
                name_function(tree, value, name, tree.b.module.span(target));
                tree.b.assign_target(scope, target, Definition::Value(value));
            }
            _ => tree.b.assign_target(scope, target, Definition::Value(value)),
        }
        ExprKind::Assign { target, value, op: None }
    }
}

/// What is between the quotes.
pub(super) fn content(span: Span) -> Span {
    if span.end - span.start < 2 { Span::at(span.start) } else { Span::new(span.start + 1, span.end - 1) }
}

fn piece(tree: &mut Tree<'_>, content: Span, scope: ScopeId) -> Option<ExprId> {
    (content.start < content.end).then(|| tree.b.expr(content, scope, ExprKind::Str { content, is_raw: false }))
}

/// The key of an entry or member.
pub(super) fn plain_key<'a>(tree: &Tree<'a>, key: SyntaxId) -> Option<Key<'a>> {
    match tree.kind(key) {
        Kind::String => {
            let content = content(tree.span(key));
            Some(Key::Plain(tree.b.text(content), content))
        }
        Kind::ComputedName => match tree.expr(key) {
            Some(expr) => match tree.b.module.kind(expr) {
                ExprKind::Str { content, .. } => Some(Key::Plain(tree.b.text(content), content)),
                _ => Some(Key::Computed(expr)),
            },
            None => None,
        },
        _ => Some(Key::Plain(tree.text(key), tree.span(key))),
    }
}

/// A function or class without a name of its own is called like what it is written to.
fn name_value<'a>(tree: &mut Tree<'a>, value: ExprId, key: SyntaxId) {
    if tree.kind(key) == Kind::Number {
        return;
    }
    if let ExprKind::Function(_) | ExprKind::Class(_) = tree.b.module.kind(value)
        && let Some(Key::Plain(name, span)) = plain_key(tree, key)
    {
        name_function(tree, value, name, span);
    }
}

pub(super) fn name_function<'a>(tree: &mut Tree<'a>, value: ExprId, name: &'a str, span: Span) {
    match tree.b.module.kind(value) {
        ExprKind::Function(function) => {
            if let Some(it) = tree.b.module.functions.get_mut(function.index())
                && it.name.is_none()
            {
                it.name = Some(name);
                it.name_span = span;
            }
        }
        ExprKind::Class(class) => {
            if let Some(it) = tree.b.module.classes.get_mut(class.index()) {
                it.name = it.name.or(Some(name));
            }
        }
        _ => {}
    }
}

fn member<'a>(tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
    let [object, property] = tree.pick(id, [Field::Object, Field::Property]);
    let base = tree.expr_or(object, id);
    ExprKind::Field { base, name: property.map_or("", |property| tree.text(property)) }
}

fn subscript<'a>(tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
    let [object, index] = tree.pick(id, [Field::Object, Field::Index]);
    let base = tree.expr_or(object, id);
    let index = tree.expr_or(index, id);
    if let ExprKind::Str { content, .. } = tree.b.module.kind(index) {
        let name = tree.b.text(content);
        if !name.contains('\\') && !name.is_empty() {
            return ExprKind::Field { base, name };
        }
    }
    ExprKind::Index { base, index }
}

fn binary<'a>(tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
    let [left, operator, right] = tree.pick(id, [Field::Left, Field::Operator, Field::Right]);
    let op = match operator.map_or("", |operator| tree.text(operator)) {
        "+" => Op::Add,
        "%" => Op::Remainder,
        "==" | "===" => Op::Equal,
        "!=" | "!==" => Op::NotEqual,
        "<" => Op::Less,
        "<=" => Op::LessEqual,
        ">" => Op::Greater,
        ">=" => Op::GreaterEqual,
        "in" => Op::In,
        "&&" => Op::And,
        "||" => Op::Or,
        "??" => Op::Nullish,
        _ => Op::Other,
    };
    let left = tree.expr_or(left, id);
    ExprKind::Binary { op, left, right: tree.expr_or(right, id) }
}

fn unary<'a>(tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
    let [operator, argument] = tree.pick(id, [Field::Operator, Field::Argument]);
    let operand = tree.expr_or(argument, id);
    let kind = tree.b.module.kind(operand);
    let op = match (operator.map_or("", |operator| tree.text(operator)), kind) {
        // What minified code writes for words.
        ("!", ExprKind::Number(text @ ("0" | "1"))) => return ExprKind::Bool(text == "0"),
        ("void", ExprKind::Number(_)) => return ExprKind::Null,
        ("!", _) => UnaryOp::Not,
        ("-", _) => UnaryOp::Negative,
        ("typeof", _) => UnaryOp::TypeOf,
        _ => UnaryOp::Other,
    };
    ExprKind::Unary { op, operand }
}

fn assignment<'a>(tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
    let [left, right] = tree.pick(id, [Field::Left, Field::Right]);
    let target = tree.expr_or(left, id);
    ExprKind::Assign { target, value: tree.expr_or(right, id), op: None }
}

fn augmented<'a>(tree: &mut Tree<'a>, id: SyntaxId) -> ExprKind<'a> {
    let [left, operator, right] = tree.pick(id, [Field::Left, Field::Operator, Field::Right]);
    let op = match operator.map_or("", |operator| tree.text(operator)) {
        "+=" => Op::Add,
        "%=" => Op::Remainder,
        "&&=" => Op::And,
        "||=" => Op::Or,
        "??=" => Op::Nullish,
        _ => Op::Other,
    };
    let target = tree.expr_or(left, id);
    let value = tree.expr_or(right, id);
    let scope = tree.scope(id);
    if let ExprKind::Name(_) = tree.b.module.kind(target) {
        tree.b.assign_target(scope, target, Definition::Changed(value));
    }
    ExprKind::Assign { target, value, op: Some(op) }
}

/// `a, b, c`: the value is the last. Literals in front (`(0, f)`) are nothing.
fn sequence(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let mut all: Option<ExprId> = None;
    let mut next = tree.after(id, None);
    while let Some(child) = next {
        next = tree.after(id, next);
        let Some(right) = tree.expr(child) else { continue };
        all = Some(match all {
            Some(left) if !matches!(tree.b.module.kind(left), ExprKind::Number(_) | ExprKind::Null) => {
                tree.new_expr(id, ExprKind::Binary { op: Op::Comma, left, right })
            }
            _ => right,
        });
    }
    all.map_or(Made::Nothing, Made::Expr)
}

/// `f` of `await (f)(x)`: to the grammar of JavaScript, which knows `await` as a name too, that calls what `await(f)` gives.
fn awaited(tree: &Tree<'_>, function: Option<SyntaxId>) -> Option<ExprId> {
    let ExprKind::Call { callee, args, form: CallForm::Call } = tree.b.module.kind(tree.expr(function?)?) else {
        return None;
    };
    let is_await = matches!(tree.b.module.kind(callee), ExprKind::Name("await"));
    match tree.b.module.args(args) {
        [.., last] if is_await => Some(last.value),
        _ => None,
    }
}
