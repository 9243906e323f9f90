//! Functions, classes and imports of Python.

use super::super::build::Outer;
use super::*;

pub(super) fn outer(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let to = if tree.kind(id) == Kind::Global { Outer::Module } else { Outer::Enclosing };
    let scope = declaring(tree, tree.scope(id));
    let names: Vec<_> = tree.children(id).filter(|child| tree.kind(*child) == Kind::Identifier).collect();
    for name in names {
        let name = tree.text(name);
        tree.b.outer.push((scope, name, to));
    }
    Made::Nothing
}

pub(super) fn function(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let Some(function) = tree.functions.get(&id).copied() else { return tree.opaque(id) };
    let scope = tree.b.module.function(function).map_or(ScopeId(0), |it| it.scope);
    let is_method = tree.b.module.function(function).is_some_and(|it| it.class.is_some());
    let params = tree.child(id, Field::Parameters).map_or_else(Vec::new, |list| params(tree, list, scope, is_method));
    for (index, param) in params.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let definition = Definition::Param { function, index };
        tree.b.declare_target(scope, param.target, definition);
    }
    let is_lambda = tree.kind(id) == Kind::Lambda;
    let body = if is_lambda {
        let value = tree.expr_in_or_opaque(id, Field::Body);
        let span = tree.b.module.span(value);
        let stmt = tree.b.stmt(span, StmtKind::Return(Some(value)));
        tree.b.block(&[stmt])
    } else {
        tree.block_in(id, Field::Body)
    };
    let name = tree.child(id, Field::Name);
    let returns = tree.expr_in(id, Field::ReturnType);
    let docstring = docstring(tree, body);
    let (name_text, name_span) = (name.map(|name| tree.text(name)), name.map(|name| tree.span(name)));
    // It stands in the scope around its own.
    let expr = tree.new_expr(id, ExprKind::Function(function));
    if let Some(it) = tree.b.module.functions.get_mut(function.index()) {
        it.name = name_text;
        it.name_span = name_span.unwrap_or(it.span);
        it.params = params;
        it.body = body;
        it.returns = returns;
        it.docstring = docstring;
        it.expr = Some(expr);
    }
    match (name, name_text) {
        (Some(name), Some(text)) if !is_lambda => define(tree, id, name, text, expr, Definition::Function(function)),
        _ => Made::Expr(expr),
    }
}

/// A definition as the assignment that it is.
fn define<'a>(
    tree: &mut Tree<'a>,
    id: SyntaxId,
    name: SyntaxId,
    text: &'a str,
    value: ExprId,
    definition: Definition<'a>,
) -> Made {
    let scope = tree.scope(id);
    let span = tree.span(name);
    let target = tree.b.expr(span, scope, ExprKind::Name(text));
    let declared = declaring(tree, scope);
    tree.b.declare(declared, text, span.start, definition);
    let assign = tree.new_expr(id, ExprKind::Assign { target, value, op: None });
    tree.new_stmt(id, StmtKind::Expr(assign))
}

/// The string that a body begins with.
pub(super) fn docstring(tree: &Tree<'_>, body: Block) -> Option<ExprId> {
    let first = tree.b.module.block(body).next()?;
    let StmtKind::Expr(expr) = first.kind else { return None };
    match tree.b.module.kind(expr) {
        ExprKind::Str { .. } => Some(expr),
        ExprKind::Concat(list) => {
            let all = tree.b.module.exprs_of(list);
            all.iter().all(|part| matches!(tree.b.module.kind(*part), ExprKind::Str { .. })).then_some(expr)
        }
        _ => None,
    }
}

fn params<'a>(tree: &mut Tree<'a>, list: SyntaxId, scope: ScopeId, is_method: bool) -> Vec<Param<'a>> {
    let children: Vec<_> = tree.children(list).collect();
    let mut out = Vec::new();
    let mut kind = ParamKind::Normal;
    for child in children {
        let named = match tree.kind(child) {
            Kind::KeywordSeparator => {
                kind = ParamKind::KeywordOnly;
                continue;
            }
            Kind::Identifier | Kind::TuplePattern | Kind::ListSplatPattern | Kind::DictionarySplatPattern => child,
            Kind::TypedParameter => match tree.children(child).next() {
                Some(first) => first,
                None => continue,
            },
            Kind::DefaultParameter | Kind::TypedDefaultParameter => match tree.child(child, Field::Name) {
                Some(name) => name,
                None => continue,
            },
            _ => continue,
        };
        let (inner, own_kind) = match tree.kind(named) {
            Kind::ListSplatPattern => (tree.children(named).nth(1).unwrap_or(named), ParamKind::Rest),
            Kind::DictionarySplatPattern => (tree.children(named).nth(1).unwrap_or(named), ParamKind::Keywords),
            _ if is_method && out.is_empty() => (named, ParamKind::Receiver),
            _ => (named, kind),
        };
        let is_name = tree.kind(inner) == Kind::Identifier;
        let name = is_name.then(|| tree.text(inner));
        let span = tree.span(inner);
        let target = match name {
            Some(name) => tree.b.expr(span, scope, ExprKind::Name(name)),
            None => tree.expr_or_opaque(inner),
        };
        let annotation = tree.expr_in(child, Field::Type);
        let default = tree.expr_in(child, Field::Value);
        out.push(Param { name, span, target, annotation, default, kind: own_kind });
        if own_kind == ParamKind::Rest {
            kind = ParamKind::KeywordOnly;
        }
    }
    out
}

pub(super) fn class(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let Some(class) = tree.classes.get(&id).copied() else { return tree.opaque(id) };
    let body = tree.block_in(id, Field::Body);
    let docstring = docstring(tree, body);
    let bases = tree.child(id, Field::Superclasses).map_or_else(Vec::new, |list| tree.child_exprs(list));
    let stmts: Vec<_> = tree.b.module.block(body).collect();
    let mut fields = Vec::new();
    let mut methods = Vec::new();
    for stmt in stmts {
        let StmtKind::Expr(expr) = stmt.kind else { continue };
        match tree.b.module.kind(expr) {
            ExprKind::Assign { target, value, op: None } => {
                let ExprKind::Name(name) = tree.b.module.kind(target) else { continue };
                if let ExprKind::Function(function) = tree.b.module.kind(value) {
                    methods.push(function);
                    continue;
                }
                let annotation = tree.annotations.get(&expr).copied();
                let span = tree.b.module.span(target);
                let is_bare = matches!(tree.b.module.kind(value), ExprKind::Opaque(List { len: 0, .. }));
                let value = (!is_bare).then_some(value);
                fields.push(FieldDecl {
                    name,
                    span,
                    annotation,
                    value,
                    doc_comment: None,
                    decorators: List::default(),
                });
                let definition = match (value, annotation) {
                    (Some(value), _) => Definition::Value(value),
                    (None, Some(annotation)) => Definition::Typed(annotation),
                    (None, None) => continue,
                };
                tree.b.module.attributes.push(Attribute { class, name, definition });
            }
            _ => continue,
        }
    }
    let name = tree.child(id, Field::Name);
    let (name_text, span) = (name.map(|name| tree.text(name)), tree.span(id));
    let expr = tree.new_expr(id, ExprKind::Class(class));
    if let Some(it) = tree.b.module.classes.get_mut(class.index()) {
        it.name = name_text;
        it.span = span;
        it.bases = bases;
        it.docstring = docstring;
        it.methods = methods;
        it.fields = fields;
        it.body = body;
        it.expr = Some(expr);
    }
    match (name, name_text) {
        (Some(name), Some(text)) => define(tree, id, name, text, expr, Definition::Class(class)),
        _ => Made::Expr(expr),
    }
}

pub(super) fn decorated(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let mut decorators = Vec::new();
    for child in tree.children(id).filter(|child| tree.kind(*child) == Kind::Decorator) {
        decorators.extend(tree.children(child).find_map(|inner| tree.expr(inner)));
    }
    let Some(definition) = tree.child(id, Field::Definition) else { return tree.opaque(id) };
    let function = tree.functions.get(&definition).copied();
    if let Some(it) = function.and_then(|function| tree.b.module.functions.get_mut(function.index())) {
        it.decorators.clone_from(&decorators);
    }
    let is_static = decorators.iter().any(|it| matches!(tree.b.module.kind(*it), ExprKind::Name("staticmethod")));
    if is_static && let Some(it) = function.and_then(|function| tree.b.module.functions.get_mut(function.index())) {
        it.is_static = true;
        if let Some(first) = it.params.first_mut() {
            first.kind = ParamKind::Normal;
        }
    }
    if let Some(class) = tree.classes.get(&definition).copied()
        && let Some(it) = tree.b.module.classes.get_mut(class.index())
    {
        it.decorators = decorators;
    }
    tree.made(definition)
}

pub(super) fn import(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let scope = declaring(tree, tree.scope(id));
    let is_from = tree.kind(id) == Kind::ImportFrom;
    let module = tree.child(id, Field::ModuleName).map(|module| tree.text(module));
    let names: Vec<_> = tree.children(id).filter(|child| tree.field(*child) == Field::Name).collect();
    for name in names {
        let (dotted, alias) = match tree.kind(name) {
            Kind::AliasedImport => (tree.child(name, Field::Name), tree.child(name, Field::Alias)),
            _ => (Some(name), None),
        };
        let Some(dotted) = dotted else { continue };
        let (text, span) = (tree.text(dotted), tree.span(name));
        let first = text.split('.').next().unwrap_or(text);
        let bound = alias.map_or(if is_from { text } else { first }, |alias| tree.text(alias));
        let definition = match (is_from, module) {
            (true, Some(module)) => Definition::Import { module, name: Some(text), span },
            // `import a.b` binds `a`, `import a.b as c` binds the inner module.
            _ => Definition::Import { module: if alias.is_some() { text } else { first }, name: None, span },
        };
        tree.b.declare(scope, bound, span.start, definition);
    }
    Made::Nothing
}
