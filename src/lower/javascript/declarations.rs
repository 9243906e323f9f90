//! Functions, classes, and what TypeScript declares like them.

use super::expressions::{name_function, plain_key};
use super::kinds::{Field, Kind};
use super::{Lowering, Tree};
use crate::lower::build::Declaration;
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;

impl<'a> Lowering<'a> {
    pub(super) fn declaration(&mut self, tree: &mut Tree<'a>, id: SyntaxId, kind: Kind) -> Option<Made> {
        Some(match kind {
            Kind::Function
            | Kind::FunctionExpression
            | Kind::GeneratorFunction
            | Kind::Generator
            | Kind::Arrow
            | Kind::Method
            | Kind::FunctionSignature
            | Kind::StaticBlock => self.function(tree, id, kind),
            Kind::Class | Kind::ClassDeclaration | Kind::AbstractClass => self.class(tree, id, kind),
            // Their class reads them.
            Kind::ClassBody | Kind::FieldDefinition | Kind::PublicField | Kind::ClassHeritage => Made::Nothing,
            Kind::Extends | Kind::Implements | Kind::ExtendsType | Kind::AbstractMethod => Made::Nothing,
            Kind::Interface | Kind::TypeAlias => self.type_declaration(tree, id, kind),
            Kind::Enum => self.enumeration(tree, id),
            Kind::InternalModule | Kind::NamedModule => self.namespace(tree, id),
            Kind::Ambient => self.ambient(tree, id),
            Kind::Import | Kind::ImportAlias => self.import(tree, id, kind),
            Kind::Export => self.export(tree, id),
            _ => return None,
        })
    }

    /// The names of types count where no value has them.
    pub(super) fn declare_weakly(&mut self, tree: &Tree<'a>, id: SyntaxId, name: SyntaxId, definition: Definition<'a>) {
        let (scope, at) = (tree.scope(id), tree.span(name).start);
        self.weak.push(Declaration { scope, name: tree.text(name), at, definition });
    }

    fn function(&mut self, tree: &mut Tree<'a>, id: SyntaxId, kind: Kind) -> Made {
        let Some(function) = tree.functions.get(&id).copied() else { return tree.opaque(id) };
        let scope = tree.b.module.function(function).map_or(ScopeId(0), |it| it.scope);
        let [name, parameters, parameter, body, returns] =
            tree.pick(id, [Field::Name, Field::Parameters, Field::Parameter, Field::Body, Field::ReturnType]);
        let mut params = Vec::new();
        if let Some(list) = parameters {
            self.params(tree, list, function, scope, &mut params);
        }
        if let Some(only) = parameter {
            self.param(tree, only, only, function, scope, &mut params);
        }
        let body = match body.map(|body| (body, tree.made(body))) {
            Some((body, Made::Expr(value))) => {
                let span = tree.span(body);
                let stmt = tree.b.stmt(span, StmtKind::Return(Some(value)));
                tree.b.block(&[stmt])
            }
            Some((body, _)) => tree.block_of(body),
            None => Block::default(),
        };
        let returns = returns.and_then(|returns| tree.expr(returns));
        let decorators: Vec<_> = tree
            .children(id)
            .filter(|child| tree.field(*child) == Field::Decorator)
            .filter_map(|child| tree.expr(child))
            .collect();
        let is_static = kind == Kind::StaticBlock
            || kind == Kind::Method && tree.children(id).any(|child| tree.kind(child) == Kind::Static);
        let named = name.and_then(|name| match plain_key(tree, name) {
            Some(Key::Plain(text, span)) => Some((text, span)),
            _ => None,
        });
        let expr = (kind != Kind::FunctionSignature).then(|| tree.new_expr(id, ExprKind::Function(function)));
        if let Some(it) = tree.b.module.functions.get_mut(function.index()) {
            it.params = params;
            it.body = body;
            it.returns = returns;
            it.decorators = decorators;
            it.is_static = is_static;
            it.expr = expr;
            if let Some((text, span)) = named {
                it.name = Some(text);
                it.name_span = span;
            }
        }
        match (kind, expr, name) {
            (Kind::FunctionSignature, _, Some(name)) => {
                self.declare_weakly(tree, id, name, Definition::Function(function));
                Made::Nothing
            }
            (Kind::Function | Kind::GeneratorFunction, Some(expr), Some(name)) => {
                define(tree, id, name, expr, Definition::Function(function))
            }
            (Kind::FunctionExpression | Kind::Generator, Some(expr), Some(name)) => {
                // Its name is known inside of it.
                let (text, at) = (tree.text(name), tree.span(name).start);
                tree.b.declare(scope, text, at, Definition::Function(function));
                Made::Expr(expr)
            }
            (_, Some(expr), _) => Made::Expr(expr),
            _ => Made::Nothing,
        }
    }

    fn params(
        &mut self,
        tree: &mut Tree<'a>,
        list: SyntaxId,
        function: FunctionId,
        scope: ScopeId,
        params: &mut Vec<Param<'a>>,
    ) {
        let mut next = tree.after(list, None);
        while let Some(child) = next {
            next = tree.after(list, next);
            match tree.kind(child) {
                Kind::RequiredParameter | Kind::OptionalParameter => {
                    let [pattern, name] = tree.pick(child, [Field::Pattern, Field::Name]);
                    if let Some(pattern) = pattern.or(name) {
                        self.param(tree, child, pattern, function, scope, params);
                    }
                }
                _ if tree.expr(child).is_some() => self.param(tree, child, child, function, scope, params),
                _ => {}
            }
        }
    }

    fn param(
        &mut self,
        tree: &mut Tree<'a>,
        id: SyntaxId,
        pattern: SyntaxId,
        function: FunctionId,
        scope: ScopeId,
        params: &mut Vec<Param<'a>>,
    ) {
        let Some(mut target) = tree.expr(pattern) else { return };
        let mut kind = ParamKind::Normal;
        let mut default = None;
        match tree.b.module.kind(target) {
            ExprKind::Assign { target: inner, value, .. } => {
                target = inner;
                default = Some(value);
            }
            ExprKind::Spread(inner) => {
                target = inner;
                kind = ParamKind::Rest;
            }
            ExprKind::This => kind = ParamKind::Receiver,
            _ => {}
        }
        let mut annotation = None;
        let mut is_property = false;
        if id != pattern {
            let [annotated, value] = tree.pick(id, [Field::Type, Field::Value]);
            annotation = annotated.and_then(|annotated| tree.expr(annotated));
            default = value.and_then(|value| tree.expr(value)).or(default);
            is_property = tree
                .children(id)
                .take_while(|child| *child != pattern)
                .any(|child| tree.kind(child) == Kind::Accessibility || tree.text(child) == "readonly");
        }
        let index = u32::try_from(params.len()).unwrap_or(u32::MAX);
        let definition = Definition::Param { function, index };
        let Expr { span, kind: made } = tree.b.module.expr(target);
        let name = match made {
            ExprKind::Name(name) => Some(name),
            _ => None,
        };
        tree.b.declare_target(scope, target, definition);
        // `constructor(private client: Client)` makes an attribute of it.
        if is_property
            && let Some(name) = name
            && let Some(class) = self.owner(scope)
        {
            let definition = annotation.map_or(definition, Definition::Typed);
            tree.b.module.attributes.push(Attribute { class, name, definition });
        }
        params.push(Param { name, span, target, annotation, default, kind });
    }

    fn class(&mut self, tree: &mut Tree<'a>, id: SyntaxId, kind: Kind) -> Made {
        let Some(class) = tree.classes.get(&id).copied() else { return tree.opaque(id) };
        let [name, body] = tree.pick(id, [Field::Name, Field::Body]);
        let mut bases = Vec::new();
        for heritage in tree.children(id).filter(|child| tree.kind(*child) == Kind::ClassHeritage) {
            bases.extend(tree.child_exprs(heritage));
            for clause in tree.children(heritage) {
                match tree.kind(clause) {
                    Kind::Extends => {
                        let values = tree.children(clause).filter(|child| tree.field(*child) == Field::Value);
                        bases.extend(values.filter_map(|value| tree.expr(value)));
                    }
                    Kind::Implements => bases.extend(tree.child_exprs(clause)),
                    _ => {}
                }
            }
        }
        let decorators: Vec<_> = tree
            .children(id)
            .filter(|child| tree.kind(*child) == Kind::Decorator)
            .filter_map(|child| tree.expr(child))
            .collect();
        let mut members = Members::default();
        if let Some(body) = body {
            self.members(tree, body, class, &mut members);
        }
        let text = name.map(|name| tree.text(name));
        let body = tree.b.block(&members.stmts);
        let expr = tree.new_expr(id, ExprKind::Class(class));
        let mut scope = ScopeId(0);
        if let Some(it) = tree.b.module.classes.get_mut(class.index()) {
            it.name = text;
            it.bases = bases;
            it.decorators = decorators;
            it.methods = members.methods;
            it.fields = members.fields;
            it.body = body;
            it.expr = Some(expr);
            scope = it.scope;
        }
        match (kind, name) {
            (Kind::Class, Some(name)) => {
                let (text, at) = (tree.text(name), tree.span(name).start);
                tree.b.declare(scope, text, at, Definition::Class(class));
                Made::Expr(expr)
            }
            (Kind::Class, None) | (_, None) => Made::Expr(expr),
            (_, Some(name)) => define(tree, id, name, expr, Definition::Class(class)),
        }
    }

    fn members(&mut self, tree: &mut Tree<'a>, body: SyntaxId, class: ClassId, members: &mut Members<'a>) {
        // Decorators of methods stand in front of them in TypeScript.
        let mut decorators: Vec<ExprId> = Vec::new();
        let mut next = tree.after(body, None);
        while let Some(child) = next {
            next = tree.after(body, next);
            match tree.kind(child) {
                Kind::Decorator => decorators.extend(tree.expr(child)),
                Kind::Method | Kind::StaticBlock => {
                    let Some(expr) = tree.expr(child) else { continue };
                    if let ExprKind::Function(function) = tree.b.module.kind(expr) {
                        members.methods.push(function);
                        if let Some(it) = tree.b.module.functions.get_mut(function.index()) {
                            it.decorators.append(&mut decorators);
                        }
                    }
                    members.stmts.push(tree.b.stmt(tree.span(child), StmtKind::Expr(expr)));
                }
                Kind::FieldDefinition | Kind::PublicField => self.member(tree, child, class, &mut decorators, members),
                _ => {}
            }
        }
    }

    fn member(
        &mut self,
        tree: &mut Tree<'a>,
        id: SyntaxId,
        class: ClassId,
        decorators: &mut Vec<ExprId>,
        members: &mut Members<'a>,
    ) {
        let [property, name, annotation, value] =
            tree.pick(id, [Field::Property, Field::Name, Field::Type, Field::Value]);
        let Some(Key::Plain(name, span)) = property.or(name).and_then(|name| plain_key(tree, name)) else { return };
        let annotation = annotation.and_then(|annotation| tree.expr(annotation));
        let value = value.and_then(|value| tree.expr(value));
        let own = tree.children(id).filter(|child| tree.kind(*child) == Kind::Decorator);
        decorators.extend(own.filter_map(|child| tree.expr(child)));
        let decorated = tree.b.exprs(decorators);
        decorators.clear();
        if let Some(value) = value {
            name_function(tree, value, name, span);
            let definition = Definition::Value(value);
            tree.b.module.attributes.push(Attribute { class, name, definition });
            let inside = tree.b.module.class(class).map_or(ScopeId(0), |it| it.scope);
            let base = tree.b.expr(span, inside, ExprKind::This);
            let target = tree.b.expr(span, inside, ExprKind::Field { base, name });
            let assign = tree.new_expr(id, ExprKind::Assign { target, value, op: None });
            members.stmts.push(tree.b.stmt(tree.span(id), StmtKind::Expr(assign)));
        }
        if let Some(annotation) = annotation {
            let definition = Definition::Typed(annotation);
            tree.b.module.attributes.push(Attribute { class, name, definition });
        }
        let doc_comment = self.docs.get(&id).copied();
        members.fields.push(FieldDecl { name, span, annotation, value, doc_comment, decorators: decorated });
    }

    /// An enumeration is an object.
    fn enumeration(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let [name, body] = tree.pick(id, [Field::Name, Field::Body]);
        let (Some(name), Some(body)) = (name, body) else { return tree.opaque(id) };
        let mut pairs = Vec::new();
        let mut next = tree.after(body, None);
        while let Some(child) = next {
            next = tree.after(body, next);
            let (key, value) = match tree.kind(child) {
                Kind::EnumAssignment => {
                    let [key, value] = tree.pick(child, [Field::Name, Field::Value]);
                    (key, value.and_then(|value| tree.expr(value)))
                }
                _ if tree.field(child) == Field::Name => (Some(child), None),
                _ => continue,
            };
            let key = key.and_then(|key| plain_key(tree, key));
            let value = value.unwrap_or_else(|| tree.new_expr(child, ExprKind::Opaque(List::default())));
            pairs.push(Pair { key, value });
        }
        let pairs = tree.b.pairs(&pairs);
        let value = tree.new_expr(id, ExprKind::Object(pairs));
        define(tree, id, name, value, Definition::Value(value))
    }

    /// Its statements stand where it stands; its name has no value that is known.
    fn namespace(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let [name, body] = tree.pick(id, [Field::Name, Field::Body]);
        if let Some(name) = name.filter(|name| tree.kind(*name) == Kind::Identifier) {
            let value = tree.new_expr(id, ExprKind::Opaque(List::default()));
            self.declare_weakly(tree, id, name, Definition::Value(value));
        }
        body.map_or(Made::Nothing, |body| Made::Block(tree.block_of(body)))
    }

    fn ambient(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        Made::Block(self.block(tree, id))
    }
}

#[derive(Default)]
struct Members<'a> {
    methods: Vec<FunctionId>,
    fields: Vec<FieldDecl<'a>>,
    stmts: Vec<StmtId>,
}

/// A definition as the assignment that it is.
fn define<'a>(tree: &mut Tree<'a>, id: SyntaxId, name: SyntaxId, value: ExprId, definition: Definition<'a>) -> Made {
    let (scope, span, text) = (tree.scope(id), tree.span(name), tree.text(name));
    let target = tree.b.expr(span, scope, ExprKind::Name(text));
    tree.b.declare(scope, text, span.start, definition);
    let assign = tree.new_expr(id, ExprKind::Assign { target, value, op: None });
    tree.new_stmt(id, StmtKind::Expr(assign))
}
