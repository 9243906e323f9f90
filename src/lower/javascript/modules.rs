//! What a file imports and exports, in the forms of modules of ECMAScript and of CommonJS.

use super::expressions::{content, plain_key};
use super::kinds::{Field, Kind};
use super::{Lowering, Tree};
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;
use crate::text::Span;

impl<'a> Lowering<'a> {
    pub(super) fn import(&mut self, tree: &mut Tree<'a>, id: SyntaxId, kind: Kind) -> Made {
        if kind == Kind::ImportAlias {
            return alias(tree, id);
        }
        let [source] = tree.pick(id, [Field::Source]);
        let mut module = source.map(|source| specifier(tree, source));
        let scope = tree.scope(id);
        let mut names: Vec<(&'a str, Span, Option<&'a str>)> = Vec::new();
        for clause in tree.children(id) {
            match tree.kind(clause) {
                Kind::ImportRequire => {
                    module = tree.pick(clause, [Field::Source])[0].map(|source| specifier(tree, source)).or(module);
                    let name = tree.children(clause).find(|child| tree.kind(*child) == Kind::Identifier);
                    names.extend(name.map(|name| (tree.text(name), tree.span(name), None)));
                }
                Kind::ImportClause => {
                    for child in tree.children(clause) {
                        imported(tree, child, &mut names);
                    }
                }
                _ => {}
            }
        }
        let Some(module) = module else { return Made::Nothing };
        for (local, span, name) in names {
            tree.b.declare(scope, local, span.start, Definition::Import { module, name, span });
        }
        Made::Nothing
    }

    pub(super) fn export(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let [declaration, value, source] = tree.pick(id, [Field::Declaration, Field::Value, Field::Source]);
        let is_outermost = tree.scope(id) == ScopeId(0);
        let made = self.block(tree, id);
        if let Some(class) = declaration.and_then(|declaration| tree.classes.get(&declaration).copied()) {
            // Decorators of an exported class may stand before the word.
            let decorators: Vec<_> = tree
                .children(id)
                .filter(|child| tree.kind(*child) == Kind::Decorator)
                .filter_map(|child| tree.expr(child))
                .collect();
            if let Some(it) = tree.b.module.classes.get_mut(class.index()) {
                it.decorators.extend(decorators);
            }
        }
        if is_outermost {
            let is_default = tree.children(id).any(|child| tree.text(child) == "default");
            let is_whole = tree.children(id).take(3).any(|child| tree.text(child) == "*");
            let source = source.map(|source| specifier(tree, source));
            if let Some(declaration) = declaration {
                export_declaration(tree, declaration, is_default);
            } else if let Some(value) = value.and_then(|value| tree.expr(value)) {
                tree.b.export("default", Exported::Value(value));
            } else if let Some(module) = source.filter(|_| is_whole) {
                tree.b.export("*", Exported::From { module, name: None });
            } else {
                export_names(tree, id, source);
            }
        }
        let at = tree.span(id).start;
        self.exports.extend(tree.b.module.exports.drain(..).map(|export| (at, export, None)));
        // Names in the clause are no statements.
        if declaration.is_some() || value.is_some() { Made::Block(made) } else { Made::Nothing }
    }

    fn exported(&mut self, tree: &Tree<'a>, name: &'a str, value: Exported<'a>, root: ExprId) {
        self.exports.push((tree.b.module.span(root).start, Export { name, value }, Some(root)));
    }

    /// `exports.name = value`, `module.exports.name = value`, `module.exports = value`.
    pub(super) fn exported_by_assignment(&mut self, tree: &mut Tree<'a>, base: ExprId, name: &'a str, value: ExprId) {
        let module = &tree.b.module;
        let root = match (module.kind(base), name) {
            (ExprKind::Name("exports"), _) => base,
            (ExprKind::Field { base: root, name: "exports" }, _)
                if matches!(module.kind(root), ExprKind::Name("module")) =>
            {
                root
            }
            (ExprKind::Name("module"), "exports") => {
                self.export_whole(tree, base, value);
                return;
            }
            _ => return,
        };
        // `exports.a = exports.b = void 0` comes before the values.
        if let ExprKind::Null | ExprKind::Assign { .. } = module.kind(value)
            && matches!(module.kind(module.value_of(value)), ExprKind::Null)
        {
            return;
        }
        self.exported(tree, name, Exported::Value(value), root);
    }

    fn export_whole(&mut self, tree: &Tree<'a>, root: ExprId, value: ExprId) {
        self.exported(tree, "default", Exported::Value(value), root);
        if let ExprKind::Object(list) = tree.b.module.kind(value) {
            for pair in tree.b.module.pairs(list) {
                if let Some(Key::Plain(name, _)) = pair.key {
                    self.exported(tree, name, Exported::Value(pair.value), root);
                }
            }
        }
    }

    /// `Object.defineProperty(exports, "name", { … })` and `__exportStar(require("module"), exports)`.
    pub(super) fn exported_by_call(&mut self, tree: &Tree<'a>, callee: ExprId, args: List) {
        let module = &tree.b.module;
        let name = match module.kind(callee) {
            ExprKind::Field { name, .. } | ExprKind::Name(name) => name,
            ExprKind::Binary { op: Op::Comma, right, .. } => match module.kind(right) {
                ExprKind::Field { name, .. } => name,
                _ => return,
            },
            _ => return,
        };
        match (name, module.args(args)) {
            ("defineProperty", [target, key, descriptor, ..]) => {
                let ExprKind::Name("exports") = module.kind(target.value) else { return };
                let ExprKind::Str { content, .. } = module.kind(key.value) else { return };
                let value = module.member(descriptor.value, "value").or_else(|| {
                    let ExprKind::Function(get) = module.kind(module.member(descriptor.value, "get")?) else {
                        return None;
                    };
                    let returned = module.block(module.function(get)?.body).last()?;
                    match returned.kind {
                        StmtKind::Return(value) => value,
                        _ => None,
                    }
                });
                let name = tree.b.text(content);
                if let Some(value) = value.filter(|_| name != "__esModule") {
                    self.exported(tree, name, Exported::Value(value), target.value);
                }
            }
            ("__exportStar", [source, target, ..]) => {
                let ExprKind::Name("exports") = module.kind(target.value) else { return };
                let ExprKind::Call { args, .. } = module.kind(source.value) else { return };
                let Some(first) = module.args(args).first() else { return };
                let ExprKind::Str { content, .. } = module.kind(first.value) else { return };
                let from = without_scheme(tree.b.text(content));
                let value = Exported::From { module: from, name: None };
                self.exported(tree, "*", value, target.value);
            }
            _ => {}
        }
    }
}

/// The module that a string names.
fn specifier<'a>(tree: &Tree<'a>, string: SyntaxId) -> &'a str {
    without_scheme(tree.b.text(content(tree.span(string))))
}

fn without_scheme(module: &str) -> &str {
    module.strip_prefix("node:").unwrap_or(module)
}

/// The names that a part of an import clause gives, with what they are called in the module.
fn imported<'a>(tree: &Tree<'a>, id: SyntaxId, names: &mut Vec<(&'a str, Span, Option<&'a str>)>) {
    match tree.kind(id) {
        Kind::Identifier => names.push((tree.text(id), tree.span(id), Some("default"))),
        Kind::NamespaceImport => {
            let name = tree.children(id).find(|child| tree.kind(*child) == Kind::Identifier);
            names.extend(name.map(|name| (tree.text(name), tree.span(name), None)));
        }
        Kind::NamedImports => {
            for specifier in tree.children(id).filter(|child| tree.kind(*child) == Kind::ImportSpecifier) {
                let [name, alias] = tree.pick(specifier, [Field::Name, Field::Alias]);
                let Some(name) = name else { continue };
                let local = alias.unwrap_or(name);
                names.push((tree.text(local), tree.span(specifier), Some(unquoted(tree, name))));
            }
        }
        _ => {}
    }
}

/// A name that may be written as a string.
fn unquoted<'a>(tree: &Tree<'a>, name: SyntaxId) -> &'a str {
    match plain_key(tree, name) {
        Some(Key::Plain(text, _)) => text,
        _ => tree.text(name),
    }
}

/// `import a = b.c`.
fn alias(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let mut exprs = tree.children(id).filter_map(|child| tree.expr(child));
    let (target, value) = (exprs.next(), exprs.next());
    drop(exprs);
    if let (Some(target), Some(value)) = (target, value) {
        let scope = tree.scope(id);
        tree.b.declare_target(scope, target, Definition::Value(value));
    }
    Made::Nothing
}

fn export_declaration(tree: &mut Tree<'_>, id: SyntaxId, is_default: bool) {
    match tree.kind(id) {
        Kind::VariableDeclaration | Kind::LexicalDeclaration => {
            let mut next = tree.after(id, None);
            while let Some(child) = next {
                next = tree.after(id, next);
                if tree.kind(child) != Kind::Declarator {
                    continue;
                }
                let Some(expr) = tree.expr(child) else { continue };
                let (target, value) = match tree.b.module.kind(expr) {
                    ExprKind::Assign { target, value, .. } => (target, Some(value)),
                    _ => (expr, None),
                };
                export_target(tree, target, value);
            }
        }
        Kind::Ambient => {
            let inner = tree.children(id).find(|child| tree.pick(*child, [Field::Name])[0].is_some());
            if let Some(inner) = inner {
                export_named(tree, inner, is_default);
            }
        }
        _ => export_named(tree, id, is_default),
    }
}

fn export_target(tree: &mut Tree<'_>, target: ExprId, value: Option<ExprId>) {
    let mut open = vec![(target, value)];
    while let Some((target, value)) = open.pop() {
        match tree.b.module.kind(target) {
            ExprKind::Name(name) => tree.b.export(name, Exported::Value(value.unwrap_or(target))),
            ExprKind::Assign { target, .. } | ExprKind::Spread(target) => open.push((target, None)),
            ExprKind::List(list) => {
                open.extend(tree.b.module.exprs_of(list).iter().rev().map(|element| (*element, None)));
            }
            ExprKind::Object(list) => {
                open.extend(tree.b.module.pairs(list).iter().rev().map(|pair| (pair.value, None)));
            }
            _ => {}
        }
    }
}

fn export_named(tree: &mut Tree<'_>, id: SyntaxId, is_default: bool) {
    let [name] = tree.pick(id, [Field::Name]);
    let expr = match (tree.functions.get(&id), tree.classes.get(&id)) {
        (Some(function), _) => tree.b.module.function(*function).and_then(|it| it.expr),
        (_, Some(class)) => tree.b.module.class(*class).and_then(|it| it.expr),
        _ => None,
    };
    let name = if is_default { Some("default") } else { name.map(|name| tree.text(name)) };
    if let (Some(name), Some(expr)) = (name, expr) {
        tree.b.export(name, Exported::Value(expr));
    }
}

/// `export { a, b as c }`, also from another module, and `export * as ns from`.
fn export_names<'a>(tree: &mut Tree<'a>, id: SyntaxId, source: Option<&'a str>) {
    let mut found = Vec::new();
    for child in tree.children(id) {
        match (tree.kind(child), source) {
            (Kind::NamespaceExport, Some(module)) => {
                let name = tree.children(child).find(|it| matches!(tree.kind(*it), Kind::Identifier | Kind::String));
                found.extend(name.map(|name| (unquoted(tree, name), Exported::From { module, name: None })));
            }
            (Kind::ExportClause, _) => {
                for specifier in tree.children(child).filter(|it| tree.kind(*it) == Kind::ExportSpecifier) {
                    let [name, alias] = tree.pick(specifier, [Field::Name, Field::Alias]);
                    let Some(name) = name else { continue };
                    let value = match source {
                        Some(module) => Exported::From { module, name: Some(unquoted(tree, name)) },
                        None => match tree.expr(name) {
                            Some(expr) => Exported::Value(expr),
                            None => continue,
                        },
                    };
                    found.push((unquoted(tree, alias.unwrap_or(name)), value));
                }
            }
            _ => {}
        }
    }
    for (name, value) in found {
        tree.b.export(name, value);
    }
}
