//! Rust to the common form, at the level of functions.

mod control;
mod items;
mod patterns;
mod scopes;
#[cfg(test)]
mod tests;
mod tokens;
mod uses;

use super::Module;
use super::blocks::Blocks;
use super::ir::*;
use super::nodes::{Made, Nodes, names};
use super::syntax::{Grammar, SyntaxId};
use crate::document::Language;
use crate::text::Span;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

names!(Kind {
    AbstractType = "abstract_type",
    Arguments = "arguments",
    ArrayExpression = "array_expression",
    ArrayType = "array_type",
    Assignment = "assignment_expression",
    AsyncBlock = "async_block",
    Attribute = "attribute",
    AttributeItem = "attribute_item",
    Await = "await_expression",
    BaseField = "base_field_initializer",
    Binary = "binary_expression",
    Block = "block",
    BlockComment = "block_comment",
    Boolean = "boolean_literal",
    BoundedType = "bounded_type",
    BracketedType = "bracketed_type",
    Break = "break_expression",
    Call = "call_expression",
    CapturedPattern = "captured_pattern",
    Char = "char_literal",
    Closure = "closure_expression",
    ClosureParameters = "closure_parameters",
    Compound = "compound_assignment_expr",
    Const = "const_item",
    ConstBlock = "const_block",
    Continue = "continue_expression",
    Crate = "crate",
    DeclarationList = "declaration_list",
    DynamicType = "dynamic_type",
    Else = "else_clause",
    Enum = "enum_item",
    EnumVariant = "enum_variant",
    EnumVariantList = "enum_variant_list",
    ExpressionStatement = "expression_statement",
    ExternCrate = "extern_crate_declaration",
    FieldDeclaration = "field_declaration",
    FieldDeclarationList = "field_declaration_list",
    FieldExpression = "field_expression",
    FieldIdentifier = "field_identifier",
    FieldInitializer = "field_initializer",
    FieldInitializerList = "field_initializer_list",
    FieldPattern = "field_pattern",
    Float = "float_literal",
    For = "for_expression",
    Function = "function_item",
    FunctionModifiers = "function_modifiers",
    FunctionSignature = "function_signature_item",
    FunctionType = "function_type",
    GenericFunction = "generic_function",
    GenericPattern = "generic_pattern",
    GenericType = "generic_type",
    GenericTurbofish = "generic_type_with_turbofish",
    Identifier = "identifier",
    If = "if_expression",
    Impl = "impl_item",
    Index = "index_expression",
    InnerAttribute = "inner_attribute_item",
    Integer = "integer_literal",
    Label = "label",
    LetChain = "let_chain",
    LetCondition = "let_condition",
    Let = "let_declaration",
    Lifetime = "lifetime",
    LineComment = "line_comment",
    Loop = "loop_expression",
    MacroInvocation = "macro_invocation",
    Match = "match_expression",
    MatchArm = "match_arm",
    MatchBlock = "match_block",
    MatchPattern = "match_pattern",
    Mod = "mod_item",
    MutPattern = "mut_pattern",
    NegativeLiteral = "negative_literal",
    OrPattern = "or_pattern",
    OrderedFields = "ordered_field_declaration_list",
    Parameter = "parameter",
    Parameters = "parameters",
    Parenthesized = "parenthesized_expression",
    PointerType = "pointer_type",
    PrimitiveType = "primitive_type",
    QualifiedType = "qualified_type",
    RawString = "raw_string_literal",
    RefPattern = "ref_pattern",
    Reference = "reference_expression",
    ReferencePattern = "reference_pattern",
    ReferenceType = "reference_type",
    Return = "return_expression",
    ScopedIdentifier = "scoped_identifier",
    ScopedType = "scoped_type_identifier",
    ScopedUseList = "scoped_use_list",
    SelfParameter = "self_parameter",
    SelfValue = "self",
    ShorthandField = "shorthand_field_identifier",
    ShorthandInitializer = "shorthand_field_initializer",
    SlicePattern = "slice_pattern",
    SourceFile = "source_file",
    Static = "static_item",
    String = "string_literal",
    StringContent = "string_content",
    Struct = "struct_item",
    StructExpression = "struct_expression",
    StructPattern = "struct_pattern",
    Super = "super",
    TokenRepetition = "token_repetition",
    TokenTree = "token_tree",
    Trait = "trait_item",
    TraitBounds = "trait_bounds",
    Try = "try_expression",
    TryBlock = "try_block",
    Tuple = "tuple_expression",
    TuplePattern = "tuple_pattern",
    TupleStructPattern = "tuple_struct_pattern",
    TupleType = "tuple_type",
    TypeArguments = "type_arguments",
    TypeCast = "type_cast_expression",
    TypeIdentifier = "type_identifier",
    TypeItem = "type_item",
    TypeParameters = "type_parameters",
    Unary = "unary_expression",
    Union = "union_item",
    Unit = "unit_expression",
    Unsafe = "unsafe_block",
    Use = "use_declaration",
    UseAs = "use_as_clause",
    UseList = "use_list",
    UseWildcard = "use_wildcard",
    Visibility = "visibility_modifier",
    WhereClause = "where_clause",
    While = "while_expression",
});

names!(Field {
    Alias = "alias",
    Alternative = "alternative",
    Argument = "argument",
    Arguments = "arguments",
    Body = "body",
    Condition = "condition",
    Consequence = "consequence",
    Member = "field",
    Function = "function",
    Left = "left",
    List = "list",
    Macro = "macro",
    Name = "name",
    Operator = "operator",
    Parameters = "parameters",
    Path = "path",
    Pattern = "pattern",
    ReturnType = "return_type",
    Right = "right",
    Trait = "trait",
    Type = "type",
    TypeArguments = "type_arguments",
    Value = "value",
});

type Tree<'a> = Nodes<'a, Kind, Field>;

/// What is known of the text beside its nodes.
#[derive(Debug, Default)]
struct State<'a> {
    blocks: Blocks<'a>,
    /// Blocks that are the body of a function and share its scope.
    bodies: HashSet<SyntaxId>,
    /// Scopes of the names that a declaration declares, where that is not the scope it stands in.
    declared_in: HashMap<SyntaxId, ScopeId>,
    /// Nodes that belong to the scope outside of the one they stand in.
    outside: HashMap<SyntaxId, ScopeId>,
    /// Types, so that what is implemented for one joins it.
    types: HashMap<(ScopeId, &'a str), ClassId>,
    pending: scopes::Pending,
    docs: HashMap<SyntaxId, Span>,
    /// The item that each attribute stands above, and the attributes of each item, the last first.
    attribute_of: HashMap<SyntaxId, SyntaxId>,
    decorators: HashMap<SyntaxId, Vec<ExprId>>,
    /// What statements such as `if` and `match` are worth as expressions.
    values: HashMap<SyntaxId, ExprId>,
    /// Statements inside of expressions, the last first, until a statement takes them.
    loose: Vec<(SyntaxId, StmtId)>,
    /// The arguments in token trees, until their macro takes them.
    trees: HashMap<SyntaxId, Vec<tokens::Piece<'a>>>,
    /// Values written to fields of `self`.
    written: Vec<(ExprId, &'a str, Definition<'a>)>,
}

pub(super) fn lower(text: &str) -> Module<'_> {
    static KINDS: OnceLock<Vec<Kind>> = OnceLock::new();
    static FIELDS: OnceLock<Vec<Field>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| Grammar::Rust.kinds(Kind::named));
    let fields = FIELDS.get_or_init(|| Grammar::Rust.fields(Field::named));
    let mut tree = Tree::new(Grammar::Rust, Language::Rust, text, kinds, fields);
    let mut state = State::default();
    tree.give_scopes(|tree, id, around| state.enter(tree, id, around));
    tree.make(|tree, id| state.make(tree, id));
    let body = tree.block_of(0);
    if let Some(module) = tree.b.module.functions.first_mut() {
        module.body = body;
    }
    state.finish(&mut tree);
    tree.b.finish()
}

impl<'a> State<'a> {
    fn make(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        if tree.is_error(id) {
            return tree.opaque(id);
        }
        match tree.kind(id) {
            Kind::LineComment | Kind::BlockComment => {
                let span = tree.span(id);
                tree.b.module.comments.push(span);
                Made::Nothing
            }
            Kind::Identifier | Kind::TypeIdentifier | Kind::PrimitiveType | Kind::Crate | Kind::Super => {
                self.name(tree, id)
            }
            Kind::ShorthandField => self.name(tree, id),
            Kind::SelfValue => made(tree, id, ExprKind::This),
            Kind::Boolean => {
                let value = tree.text(id) == "true";
                made(tree, id, ExprKind::Bool(value))
            }
            Kind::Integer | Kind::Float | Kind::NegativeLiteral => {
                let text = tree.text(id);
                made(tree, id, ExprKind::Number(text))
            }
            Kind::String | Kind::Char | Kind::RawString => string(tree, id),
            Kind::FieldExpression => {
                let base = self.part(tree, id, Field::Value);
                let name = tree.child(id, Field::Member).map_or("", |child| tree.text(child));
                made(tree, id, ExprKind::Field { base, name })
            }
            Kind::ScopedIdentifier | Kind::ScopedType => {
                let name = tree.child(id, Field::Name).map_or("", |child| tree.text(child));
                // `self::name` is a name of this module.
                let path = tree.child(id, Field::Path).filter(|path| tree.kind(*path) != Kind::SelfValue);
                match path.and_then(|path| tree.expr(path)) {
                    Some(base) => made(tree, id, ExprKind::Field { base, name }),
                    None => made(tree, id, ExprKind::Name(name)),
                }
            }
            Kind::GenericFunction => tree.expr_in(id, Field::Function).map_or(Made::Nothing, Made::Expr),
            Kind::GenericTurbofish => tree.expr_in(id, Field::Type).map_or(Made::Nothing, Made::Expr),
            Kind::GenericType => {
                let base = tree.expr_in_or_opaque(id, Field::Type);
                let types =
                    tree.child(id, Field::TypeArguments).map(|types| tree.child_exprs(types)).unwrap_or_default();
                let index = match types.as_slice() {
                    [only] => *only,
                    several => {
                        let list = tree.b.exprs(several);
                        tree.new_expr(id, ExprKind::List(list))
                    }
                };
                made(tree, id, ExprKind::Index { base, index })
            }
            Kind::ReferenceType | Kind::PointerType => match tree.expr_in(id, Field::Type) {
                Some(operand) => made(tree, id, ExprKind::Unary { op: UnaryOp::Reference, operand }),
                None => Made::Nothing,
            },
            Kind::DynamicType | Kind::AbstractType => tree.expr_in(id, Field::Trait).map_or(Made::Nothing, Made::Expr),
            Kind::QualifiedType => tree.expr_in(id, Field::Type).map_or(Made::Nothing, Made::Expr),
            Kind::BoundedType | Kind::BracketedType => first(tree, id),
            Kind::Call => {
                let callee = self.part(tree, id, Field::Function);
                let args = self.args(tree, id);
                made(tree, id, ExprKind::Call { callee, args, form: CallForm::Call })
            }
            Kind::MacroInvocation => self.macro_call(tree, id),
            Kind::TokenTree | Kind::TokenRepetition => {
                self.token_tree(tree, id);
                Made::Nothing
            }
            Kind::StructExpression => {
                let body = tree.child(id, Field::Body);
                let args = body.map(|body| self.initializers(tree, body)).unwrap_or_default();
                let callee = tree.expr_in_or_opaque(id, Field::Name);
                let args = tree.b.args(&args);
                made(tree, id, ExprKind::Call { callee, args, form: CallForm::New })
            }
            Kind::Binary => {
                let left = self.part(tree, id, Field::Left);
                let right = self.part(tree, id, Field::Right);
                let op = tree.child(id, Field::Operator).map_or(Op::Other, |child| binary(tree.text(child)));
                made(tree, id, ExprKind::Binary { op, left, right })
            }
            Kind::Unary => {
                let op = match tree.text(id).bytes().next() {
                    Some(b'!') => UnaryOp::Not,
                    Some(b'-') => UnaryOp::Negative,
                    _ => UnaryOp::Reference,
                };
                self.around(tree, id, |operand| ExprKind::Unary { op, operand })
            }
            Kind::Try | Kind::Reference | Kind::TypeCast => {
                self.around(tree, id, |operand| ExprKind::Unary { op: UnaryOp::Reference, operand })
            }
            Kind::Await => self.around(tree, id, ExprKind::Await),
            Kind::BaseField => self.around(tree, id, ExprKind::Spread),
            Kind::Parenthesized => match self.inner(tree, id).and_then(|inner| self.value(tree, inner)) {
                Some(value) => Made::Expr(value),
                None => Made::Nothing,
            },
            Kind::Index => match self.parts(tree, id).as_slice() {
                [base, index, ..] => made(tree, id, ExprKind::Index { base: *base, index: *index }),
                [base] => Made::Expr(*base),
                [] => Made::Nothing,
            },
            Kind::ArrayExpression | Kind::Tuple => {
                let parts = self.parts(tree, id);
                let parts = tree.b.exprs(&parts);
                made(tree, id, ExprKind::List(parts))
            }
            Kind::Unit => made(tree, id, ExprKind::Null),
            Kind::TupleType => {
                let parts = tree.child_exprs(id);
                let parts = tree.b.exprs(&parts);
                made(tree, id, ExprKind::List(parts))
            }
            Kind::Assignment | Kind::Compound => self.assignment(tree, id),
            Kind::AttributeItem => self.attribute_item(tree, id),
            Kind::Attribute => self.attribute(tree, id),
            Kind::Function | Kind::FunctionSignature | Kind::Closure | Kind::AsyncBlock => self.function(tree, id),
            Kind::Struct | Kind::Enum | Kind::Union | Kind::Impl | Kind::Trait => self.class(tree, id),
            Kind::Const | Kind::Static => self.constant(tree, id),
            Kind::TypeItem => {
                if let (Some(name), Some(value)) = (tree.child(id, Field::Name), tree.expr_in(id, Field::Type)) {
                    let (text, at, scope) = (tree.text(name), tree.span(name).start, tree.scope(id));
                    tree.b.declare(scope, text, at, Definition::Value(value));
                }
                Made::Nothing
            }
            Kind::Use
            | Kind::ExternCrate
            | Kind::UseAs
            | Kind::UseList
            | Kind::UseWildcard
            | Kind::ScopedUseList
            | Kind::InnerAttribute
            | Kind::Visibility
            | Kind::WhereClause
            | Kind::TypeParameters
            | Kind::TypeArguments
            | Kind::TraitBounds
            | Kind::Lifetime
            | Kind::Label
            | Kind::Arguments
            | Kind::Parameters
            | Kind::Parameter
            | Kind::SelfParameter
            | Kind::ClosureParameters
            | Kind::FunctionModifiers
            | Kind::FunctionType
            | Kind::FieldDeclaration
            | Kind::FieldDeclarationList
            | Kind::FieldInitializer
            | Kind::FieldInitializerList
            | Kind::ShorthandInitializer
            | Kind::EnumVariant
            | Kind::EnumVariantList
            | Kind::OrderedFields
            | Kind::MatchArm
            | Kind::MatchBlock => {
                if tree.kind(id) == Kind::MatchArm {
                    return self.match_arm(tree, id);
                }
                Made::Nothing
            }
            Kind::CapturedPattern
            | Kind::FieldPattern
            | Kind::GenericPattern
            | Kind::MatchPattern
            | Kind::MutPattern
            | Kind::OrPattern
            | Kind::RefPattern
            | Kind::ReferencePattern
            | Kind::SlicePattern
            | Kind::StructPattern
            | Kind::TuplePattern
            | Kind::TupleStructPattern => self.pattern(tree, id),
            _ => self.control(tree, id),
        }
    }

    fn name(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let name = match tree.text(id) {
            "" | "_" => return made(tree, id, ExprKind::Opaque(List::default())),
            "None" => return made(tree, id, ExprKind::Null),
            "Self" => self.own_type(tree, tree.scope(id)).unwrap_or("Self"),
            name => name,
        };
        made(tree, id, ExprKind::Name(name))
    }

    /// The type that `Self` is in a scope.
    fn own_type(&self, tree: &Tree<'a>, scope: ScopeId) -> Option<&'a str> {
        let module = &tree.b.module;
        let first = module.scopes.get(scope.index());
        let mut around = std::iter::successors(first, |it| it.parent.and_then(|id| module.scopes.get(id.index())));
        let class = around.by_ref().take(64).find_map(|it| match it.kind {
            ScopeKind::Class(class) => Some(class),
            _ => None,
        });
        class.and_then(|class| module.class(class)?.name)
    }

    /// The expression that a node is, or what it is worth as one.
    fn value(&self, tree: &Tree<'a>, id: SyntaxId) -> Option<ExprId> {
        tree.expr(id).or_else(|| self.values.get(&id).copied())
    }

    fn part(&self, tree: &mut Tree<'a>, id: SyntaxId, field: Field) -> ExprId {
        let child = tree.child(id, field);
        match child.and_then(|child| self.value(tree, child)) {
            Some(value) => value,
            None => tree.new_expr(child.unwrap_or(id), ExprKind::Opaque(List::default())),
        }
    }

    /// The values of the children, in order.
    fn parts(&self, tree: &Tree<'a>, id: SyntaxId) -> Vec<ExprId> {
        tree.children(id).filter_map(|child| self.value(tree, child)).collect()
    }

    /// The child that a node is about.
    fn inner(&self, tree: &Tree<'a>, id: SyntaxId) -> Option<SyntaxId> {
        tree.children(id).find(|child| self.value(tree, *child).is_some())
    }

    fn around(&self, tree: &mut Tree<'a>, id: SyntaxId, kind: impl FnOnce(ExprId) -> ExprKind<'a>) -> Made {
        match self.inner(tree, id).and_then(|inner| self.value(tree, inner)) {
            Some(inner) => made(tree, id, kind(inner)),
            None => Made::Nothing,
        }
    }

    fn args(&self, tree: &mut Tree<'a>, id: SyntaxId) -> List {
        let list = tree.child(id, Field::Arguments);
        let values = list.map(|list| self.parts(tree, list)).unwrap_or_default();
        let args: Vec<_> = values.into_iter().map(|value| Arg { name: None, value }).collect();
        tree.b.args(&args)
    }

    fn initializers(&self, tree: &mut Tree<'a>, body: SyntaxId) -> Vec<Arg<'a>> {
        let children: Vec<_> = tree.children(body).collect();
        let mut args = Vec::with_capacity(children.len() / 2);
        for child in children {
            match tree.kind(child) {
                Kind::FieldInitializer => {
                    let name = tree.child(child, Field::Member).map(|name| tree.text(name));
                    args.push(Arg { name, value: self.part(tree, child, Field::Value) });
                }
                Kind::ShorthandInitializer => {
                    let field = tree.children(child).find(|it| tree.kind(*it) == Kind::Identifier);
                    if let Some((field, value)) = field.and_then(|it| Some((it, tree.expr(it)?))) {
                        args.push(Arg { name: Some(tree.text(field)), value });
                    }
                }
                _ => args.extend(tree.expr(child).map(|value| Arg { name: None, value })),
            }
        }
        args
    }
}

fn made<'a>(tree: &mut Tree<'a>, id: SyntaxId, kind: ExprKind<'a>) -> Made {
    Made::Expr(tree.new_expr(id, kind))
}

/// What the first child is that is anything.
fn first(tree: &Tree<'_>, id: SyntaxId) -> Made {
    tree.children(id).map(|child| tree.made(child)).find(|made| *made != Made::Nothing).unwrap_or(Made::Nothing)
}

/// `"…"`, `b"…"`, `c"…"`, `'…'`, `r#"…"#`.
fn string(tree: &mut Tree<'_>, id: SyntaxId) -> Made {
    let (span, text) = (tree.span(id), tree.text(id));
    let open = text.find(['"', '\'']).map_or(0, |at| at + 1);
    let is_raw = tree.kind(id) == Kind::RawString;
    let close = text.rfind(['"', '\'']).filter(|at| *at >= open).unwrap_or(text.len());
    let content = Span::new(span.start + open, span.start + close);
    made(tree, id, ExprKind::Str { content, is_raw })
}

fn binary(text: &str) -> Op {
    match text {
        "+" => Op::Add,
        "%" => Op::Remainder,
        "==" => Op::Equal,
        "!=" => Op::NotEqual,
        "<" => Op::Less,
        "<=" => Op::LessEqual,
        ">" => Op::Greater,
        ">=" => Op::GreaterEqual,
        "&&" => Op::And,
        "||" => Op::Or,
        _ => Op::Other,
    }
}
