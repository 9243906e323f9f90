//! Python to the common form.

mod definition;
mod expression;
mod statement;

use super::ir::*;
use super::nodes::{Made, Nodes, names};
use super::syntax::{Grammar, SyntaxId};
use crate::document::Language;
use crate::text::Span;
use definition::{class, decorated, docstring, function, import, outer};
use expression::expression;
use statement::statement;
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

#[cfg(test)]
mod tests;
