//! Python to the common form.

use super::build::Outer;
use super::ir::*;
use super::nodes::{Made, Nodes, names};
use super::syntax::{Grammar, SyntaxId};
use crate::document::Language;
use crate::text::Span;
use std::sync::OnceLock;

names!(Kind {
    Module = "module",
    Block = "block",
    ExpressionStatement = "expression_statement",
    Assignment = "assignment",
    AugmentedAssignment = "augmented_assignment",
    NamedExpression = "named_expression",
    Call = "call",
    ArgumentList = "argument_list",
    KeywordArgument = "keyword_argument",
    Attribute = "attribute",
    Subscript = "subscript",
    Slice = "slice",
    String = "string",
    StringStart = "string_start",
    StringContent = "string_content",
    StringEnd = "string_end",
    Interpolation = "interpolation",
    ConcatenatedString = "concatenated_string",
    BinaryOperator = "binary_operator",
    BooleanOperator = "boolean_operator",
    ComparisonOperator = "comparison_operator",
    NotOperator = "not_operator",
    UnaryOperator = "unary_operator",
    ConditionalExpression = "conditional_expression",
    Lambda = "lambda",
    LambdaParameters = "lambda_parameters",
    Await = "await",
    Yield = "yield",
    List = "list",
    Tuple = "tuple",
    Set = "set",
    ExpressionList = "expression_list",
    PatternList = "pattern_list",
    TuplePattern = "tuple_pattern",
    ListPattern = "list_pattern",
    Dictionary = "dictionary",
    Pair = "pair",
    ListSplat = "list_splat",
    DictionarySplat = "dictionary_splat",
    ListSplatPattern = "list_splat_pattern",
    DictionarySplatPattern = "dictionary_splat_pattern",
    Parenthesized = "parenthesized_expression",
    ListComprehension = "list_comprehension",
    SetComprehension = "set_comprehension",
    DictionaryComprehension = "dictionary_comprehension",
    Generator = "generator_expression",
    ForInClause = "for_in_clause",
    IfClause = "if_clause",
    Identifier = "identifier",
    Integer = "integer",
    Float = "float",
    True = "true",
    False = "false",
    None = "none",
    FunctionDefinition = "function_definition",
    DecoratedDefinition = "decorated_definition",
    Decorator = "decorator",
    ClassDefinition = "class_definition",
    Parameters = "parameters",
    TypedParameter = "typed_parameter",
    DefaultParameter = "default_parameter",
    TypedDefaultParameter = "typed_default_parameter",
    KeywordSeparator = "keyword_separator",
    PositionalSeparator = "positional_separator",
    Type = "type",
    GenericType = "generic_type",
    TypeParameter = "type_parameter",
    UnionType = "union_type",
    MemberType = "member_type",
    If = "if_statement",
    Elif = "elif_clause",
    Else = "else_clause",
    For = "for_statement",
    While = "while_statement",
    Try = "try_statement",
    Except = "except_clause",
    Finally = "finally_clause",
    With = "with_statement",
    WithClause = "with_clause",
    WithItem = "with_item",
    AsPattern = "as_pattern",
    AsPatternTarget = "as_pattern_target",
    Match = "match_statement",
    Case = "case_clause",
    CasePattern = "case_pattern",
    UnionPattern = "union_pattern",
    DottedName = "dotted_name",
    Return = "return_statement",
    Raise = "raise_statement",
    Assert = "assert_statement",
    Import = "import_statement",
    ImportFrom = "import_from_statement",
    AliasedImport = "aliased_import",
    RelativeImport = "relative_import",
    Global = "global_statement",
    Nonlocal = "nonlocal_statement",
    Break = "break_statement",
    Continue = "continue_statement",
    Delete = "delete_statement",
    TypeAlias = "type_alias_statement",
    Comment = "comment",
    In = " in",
});

names!(Field {
    Left = "left",
    Right = "right",
    Operator = "operator",
    Operators = "operators",
    Type = "type",
    Function = "function",
    Arguments = "arguments",
    Name = "name",
    Value = "value",
    Object = "object",
    Attribute = "attribute",
    Subscript = "subscript",
    Argument = "argument",
    Parameters = "parameters",
    Body = "body",
    ReturnType = "return_type",
    Superclasses = "superclasses",
    Definition = "definition",
    Condition = "condition",
    Consequence = "consequence",
    Alternative = "alternative",
    Alias = "alias",
    Key = "key",
    Expression = "expression",
    ModuleName = "module_name",
    Subject = "subject",
    Guard = "guard",
    Cause = "cause",
});

type Tree<'a> = Nodes<'a, Kind, Field>;

pub(super) fn lower(text: &str) -> Module<'_> {
    static KINDS: OnceLock<Vec<Kind>> = OnceLock::new();
    static FIELDS: OnceLock<Vec<Field>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| Grammar::Python.kinds(Kind::named));
    let fields = FIELDS.get_or_init(|| Grammar::Python.fields(Field::named));
    let mut tree = Tree::new(Grammar::Python, Language::Python, text, kinds, fields);
    tree.give_scopes(scope);
    tree.make(make);
    let body = match tree.made(0) {
        Made::Block(block) => block,
        _ => Block::default(),
    };
    let docstring = docstring(&tree, body);
    if let Some(module) = tree.b.module.functions.first_mut() {
        module.body = body;
        module.docstring = docstring;
    }
    tree.b.finish()
}

/// The scope inside of a node.
fn scope(tree: &mut Tree<'_>, id: SyntaxId, around: ScopeId) -> ScopeId {
    match tree.kind(id) {
        Kind::FunctionDefinition | Kind::Lambda => {
            let function = tree.b.function(around, tree.span(id));
            if let Some(it) = tree.b.module.functions.get_mut(function.index()) {
                // A function right inside of a class is its method.
                if let Some(Scope { kind: ScopeKind::Class(class), .. }) = tree.b.module.scopes.get(around.index()) {
                    it.class = Some(*class);
                }
            }
            tree.functions.insert(id, function);
            tree.b.module.function(function).map_or(around, |it| it.scope)
        }
        Kind::ClassDefinition => {
            let class = tree.b.class(around, tree.span(id));
            tree.classes.insert(id, class);
            tree.b.module.class(class).map_or(around, |it| it.scope)
        }
        Kind::ListComprehension | Kind::SetComprehension | Kind::DictionaryComprehension | Kind::Generator => {
            let span = tree.span(id);
            tree.b.scope(around, ScopeKind::Block, span)
        }
        Kind::Except => {
            let span = tree.span(id);
            tree.b.scope(around, ScopeKind::Catch, span)
        }
        // Annotations, defaults and bases are worked out where the definition stands.
        Kind::TypedParameter | Kind::DefaultParameter | Kind::TypedDefaultParameter => outside(tree, around),
        _ if matches!(tree.field(id), Field::Superclasses | Field::ReturnType) => outside(tree, around),
        _ => around,
    }
}

fn outside(tree: &Tree<'_>, scope: ScopeId) -> ScopeId {
    tree.b.module.scopes.get(scope.index()).and_then(|it| it.parent).unwrap_or(scope)
}

/// The scope in which an assignment in `scope` declares: a function, a class or the module.
fn declaring(tree: &Tree<'_>, scope: ScopeId) -> ScopeId {
    let mut at = scope;
    for _ in 0..64 {
        match tree.b.module.scopes.get(at.index()) {
            Some(Scope { kind: ScopeKind::Block | ScopeKind::Catch, parent: Some(parent), .. }) => at = *parent,
            _ => break,
        }
    }
    at
}

/// What a node becomes; its parts are made.
fn make(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    match tree.kind(id) {
        Kind::Module | Kind::Block => Made::Block(tree.child_block(id)),
        Kind::Comment => {
            let span = tree.span(id);
            tree.b.module.comments.push(span);
            Made::Nothing
        }
        Kind::ExpressionStatement => match tree.children(id).find_map(|child| tree.expr(child)) {
            Some(_) => expression_statement(tree, id),
            None => tree.opaque(id),
        },
        Kind::Global | Kind::Nonlocal => outer(tree, id),
        Kind::FunctionDefinition | Kind::Lambda => function(tree, id),
        Kind::ClassDefinition => class(tree, id),
        Kind::DecoratedDefinition => decorated(tree, id),
        Kind::Import | Kind::ImportFrom => import(tree, id),
        Kind::If
        | Kind::Elif
        | Kind::For
        | Kind::While
        | Kind::Try
        | Kind::With
        | Kind::Match
        | Kind::Return
        | Kind::Raise
        | Kind::Assert
        | Kind::Break
        | Kind::Continue => statement(tree, id),
        // Their parents read them.
        Kind::Except | Kind::Case => Made::Nothing,
        Kind::Else | Kind::Finally => {
            let body = tree.children(id).find(|child| tree.kind(*child) == Kind::Block);
            body.map_or(Made::Nothing, |body| Made::Block(tree.block_of(body)))
        }
        _ => expression(tree, id),
    }
}

/// A statement that is one expression, or several of them (`a, b`).
fn expression_statement(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let exprs = tree.child_exprs(id);
    let expr = match exprs.as_slice() {
        [only] => *only,
        all => {
            let list = tree.b.exprs(all);
            tree.new_expr(id, ExprKind::List(list))
        }
    };
    tree.new_stmt(id, StmtKind::Expr(expr))
}

fn outer(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let to = if tree.kind(id) == Kind::Global { Outer::Module } else { Outer::Enclosing };
    let scope = declaring(tree, tree.scope(id));
    let names: Vec<_> = tree.children(id).filter(|child| tree.kind(*child) == Kind::Identifier).collect();
    for name in names {
        let name = tree.text(name);
        tree.b.outer.push((scope, name, to));
    }
    Made::Nothing
}

fn function(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
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
fn docstring(tree: &Tree<'_>, body: Block) -> Option<ExprId> {
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

fn class(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
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

fn decorated(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
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

fn import(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
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

fn statement(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
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

fn expression(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
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

#[cfg(test)]
mod tests;
