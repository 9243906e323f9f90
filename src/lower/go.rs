//! Go to the common form, at the level of functions.

mod imports;
mod literals;
mod scopes;
mod statements;
#[cfg(test)]
mod tests;

use super::Module;
use super::blocks::{Blocks, functions_around};
use super::ir::*;
use super::nodes::{Made, Nodes, names};
use super::syntax::{Grammar, SyntaxId};
use crate::document::Language;
use crate::text::Span;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

names!(Kind {
    ArgumentList = "argument_list",
    ArrayType = "array_type",
    Assignment = "assignment_statement",
    Binary = "binary_expression",
    Block = "block",
    Break = "break_statement",
    Call = "call_expression",
    ChannelType = "channel_type",
    Comment = "comment",
    CommunicationCase = "communication_case",
    CompositeLiteral = "composite_literal",
    ConstSpec = "const_spec",
    Continue = "continue_statement",
    Dec = "dec_statement",
    DefaultCase = "default_case",
    Defer = "defer_statement",
    Define = " :=",
    ExpressionCase = "expression_case",
    ExpressionList = "expression_list",
    ExpressionStatement = "expression_statement",
    ExpressionSwitch = "expression_switch_statement",
    False = "false",
    FieldDeclaration = "field_declaration",
    FieldDeclarationList = "field_declaration_list",
    FieldIdentifier = "field_identifier",
    Float = "float_literal",
    For = "for_statement",
    ForClause = "for_clause",
    FunctionDeclaration = "function_declaration",
    FunctionLiteral = "func_literal",
    FunctionType = "function_type",
    GenericType = "generic_type",
    Go = "go_statement",
    Goto = "goto_statement",
    Identifier = "identifier",
    If = "if_statement",
    Imaginary = "imaginary_literal",
    ImplicitArrayType = "implicit_length_array_type",
    ImportSpec = "import_spec",
    Inc = "inc_statement",
    IndexExpression = "index_expression",
    Int = "int_literal",
    InterfaceType = "interface_type",
    Iota = "iota",
    KeyedElement = "keyed_element",
    Labeled = "labeled_statement",
    LabelName = "label_name",
    LiteralElement = "literal_element",
    LiteralValue = "literal_value",
    MapType = "map_type",
    MethodDeclaration = "method_declaration",
    Nil = "nil",
    PackageClause = "package_clause",
    PackageIdentifier = "package_identifier",
    ParameterDeclaration = "parameter_declaration",
    ParameterList = "parameter_list",
    Parenthesized = "parenthesized_expression",
    ParenthesizedType = "parenthesized_type",
    PointerType = "pointer_type",
    QualifiedType = "qualified_type",
    RangeClause = "range_clause",
    RawString = "raw_string_literal",
    Receive = "receive_statement",
    Return = "return_statement",
    Rune = "rune_literal",
    Select = "select_statement",
    Selector = "selector_expression",
    Send = "send_statement",
    ShortVar = "short_var_declaration",
    SliceExpression = "slice_expression",
    SliceType = "slice_type",
    SourceFile = "source_file",
    StatementList = "statement_list",
    String = "interpreted_string_literal",
    StructType = "struct_type",
    True = "true",
    TypeAlias = "type_alias",
    TypeAssertion = "type_assertion_expression",
    TypeCase = "type_case",
    TypeConversion = "type_conversion_expression",
    TypeDeclaration = "type_declaration",
    TypeElem = "type_elem",
    TypeIdentifier = "type_identifier",
    TypeInstantiation = "type_instantiation_expression",
    TypeParameterList = "type_parameter_list",
    TypeSpec = "type_spec",
    TypeSwitch = "type_switch_statement",
    Unary = "unary_expression",
    VarSpec = "var_spec",
    VariadicArgument = "variadic_argument",
    VariadicParameter = "variadic_parameter_declaration",
});

names!(Field {
    Alias = "alias",
    Alternative = "alternative",
    Arguments = "arguments",
    Body = "body",
    Channel = "channel",
    Communication = "communication",
    Condition = "condition",
    Consequence = "consequence",
    Member = "field",
    Function = "function",
    Index = "index",
    Initializer = "initializer",
    Key = "key",
    Left = "left",
    Name = "name",
    Operand = "operand",
    Operator = "operator",
    Package = "package",
    Parameters = "parameters",
    Path = "path",
    Receiver = "receiver",
    Result = "result",
    Right = "right",
    Tag = "tag",
    Type = "type",
    TypeArguments = "type_arguments",
    Update = "update",
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
    /// The last run of comments, and the comments above declarations.
    comment: Option<Span>,
    docs: HashMap<SyntaxId, Span>,
    /// Names of packages that are certain, and those that are guessed from a path.
    packages: HashSet<&'a str>,
    guesses: Vec<(&'a str, Definition<'a>, usize)>,
    /// Methods, with the name of the type they belong to.
    methods: Vec<(FunctionId, &'a str)>,
    /// Values written to fields: `base.name = value`.
    written: Vec<(ExprId, &'a str, Definition<'a>)>,
}

pub(super) fn lower(text: &str) -> Module<'_> {
    static KINDS: OnceLock<Vec<Kind>> = OnceLock::new();
    static FIELDS: OnceLock<Vec<Field>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| Grammar::Go.kinds(Kind::named));
    let fields = FIELDS.get_or_init(|| Grammar::Go.fields(Field::named));
    let mut tree = Tree::new(Grammar::Go, Language::Go, text, kinds, fields);
    let mut state = State::default();
    tree.give_scopes(|tree, id, around| state.enter(tree, id, around));
    state.declare_guesses(&mut tree);
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
            Kind::Comment => {
                let span = tree.span(id);
                tree.b.module.comments.push(span);
                Made::Nothing
            }
            Kind::Identifier | Kind::TypeIdentifier | Kind::PackageIdentifier | Kind::Iota => match tree.text(id) {
                "" | "_" => made(tree, id, ExprKind::Opaque(List::default())),
                name => made(tree, id, ExprKind::Name(name)),
            },
            Kind::Nil => made(tree, id, ExprKind::Null),
            Kind::True => made(tree, id, ExprKind::Bool(true)),
            Kind::False => made(tree, id, ExprKind::Bool(false)),
            Kind::Int | Kind::Float | Kind::Imaginary | Kind::Rune => {
                let text = tree.text(id);
                made(tree, id, ExprKind::Number(text))
            }
            Kind::String => string(tree, id, false),
            Kind::RawString => string(tree, id, true),
            Kind::Selector => {
                let base = tree.expr_in_or_opaque(id, Field::Operand);
                let name = tree.child(id, Field::Member).map_or("", |child| tree.text(child));
                made(tree, id, ExprKind::Field { base, name })
            }
            Kind::QualifiedType => {
                let base = tree.expr_in_or_opaque(id, Field::Package);
                let name = tree.child(id, Field::Name).map_or("", |child| tree.text(child));
                made(tree, id, ExprKind::Field { base, name })
            }
            Kind::GenericType => {
                let base = tree.expr_in_or_opaque(id, Field::Type);
                let index = tree.expr_in_or_opaque(id, Field::TypeArguments);
                made(tree, id, ExprKind::Index { base, index })
            }
            Kind::PointerType => {
                let inner = tree.child_exprs(id).first().copied();
                let operand = inner.unwrap_or_else(|| nothing(tree, id));
                made(tree, id, ExprKind::Unary { op: UnaryOp::Reference, operand })
            }
            // What is known of these is only that they are made of something.
            Kind::ArrayType | Kind::SliceType | Kind::ImplicitArrayType | Kind::MapType | Kind::ChannelType => {
                let parts = tree.child_exprs(id);
                let parts = tree.b.exprs(&parts);
                made(tree, id, ExprKind::Opaque(parts))
            }
            Kind::FunctionType => made(tree, id, ExprKind::Opaque(List::default())),
            Kind::StructType | Kind::InterfaceType => self.class(tree, id),
            Kind::Call => {
                let callee = tree.expr_in_or_opaque(id, Field::Function);
                let values = tree.child(id, Field::Arguments).map(|list| tree.child_exprs(list)).unwrap_or_default();
                let args: Vec<_> = values.into_iter().map(|value| Arg { name: None, value }).collect();
                let args = tree.b.args(&args);
                made(tree, id, ExprKind::Call { callee, args, form: CallForm::Call })
            }
            Kind::TypeConversion => {
                let callee = tree.expr_in_or_opaque(id, Field::Type);
                let value = tree.expr_in_or_opaque(id, Field::Operand);
                let args = tree.b.args(&[Arg { name: None, value }]);
                made(tree, id, ExprKind::Call { callee, args, form: CallForm::Call })
            }
            Kind::VariadicArgument => match tree.child_exprs(id).as_slice() {
                [inner, ..] => made(tree, id, ExprKind::Spread(*inner)),
                [] => Made::Nothing,
            },
            Kind::Binary => {
                let left = tree.expr_in_or_opaque(id, Field::Left);
                let right = tree.expr_in_or_opaque(id, Field::Right);
                let op = tree.child(id, Field::Operator).map_or(Op::Other, |child| binary(tree.text(child)));
                made(tree, id, ExprKind::Binary { op, left, right })
            }
            Kind::Unary => {
                let operand = tree.expr_in_or_opaque(id, Field::Operand);
                let op = match tree.child(id, Field::Operator).map_or("", |child| tree.text(child)) {
                    "&" | "*" => UnaryOp::Reference,
                    "!" => UnaryOp::Not,
                    "-" => UnaryOp::Negative,
                    _ => UnaryOp::Other,
                };
                made(tree, id, ExprKind::Unary { op, operand })
            }
            // The value itself, as another type.
            Kind::TypeAssertion => {
                let operand = tree.expr_in_or_opaque(id, Field::Operand);
                made(tree, id, ExprKind::Unary { op: UnaryOp::Reference, operand })
            }
            Kind::IndexExpression => {
                let base = tree.expr_in_or_opaque(id, Field::Operand);
                let index = tree.expr_in_or_opaque(id, Field::Index);
                made(tree, id, ExprKind::Index { base, index })
            }
            Kind::SliceExpression => {
                let base = tree.expr_in_or_opaque(id, Field::Operand);
                let bounds: Vec<_> = tree.child_exprs(id).into_iter().filter(|part| *part != base).collect();
                let bounds = tree.b.exprs(&bounds);
                let index = tree.new_expr(id, ExprKind::Opaque(bounds));
                made(tree, id, ExprKind::Index { base, index })
            }
            Kind::Parenthesized
            | Kind::ParenthesizedType
            | Kind::TypeInstantiation
            | Kind::LiteralElement
            | Kind::ExpressionStatement
            | Kind::Go => first(tree, id),
            Kind::LiteralValue => literals::untyped(tree, id),
            Kind::CompositeLiteral => literals::typed(tree, id),
            Kind::FunctionLiteral => self.function(tree, id),
            Kind::FunctionDeclaration | Kind::MethodDeclaration => self.function(tree, id),
            Kind::ExpressionList
            | Kind::KeyedElement
            | Kind::ArgumentList
            | Kind::ParameterList
            | Kind::ParameterDeclaration
            | Kind::VariadicParameter
            | Kind::TypeParameterList
            | Kind::FieldDeclaration
            | Kind::FieldDeclarationList
            | Kind::RangeClause
            | Kind::ForClause
            | Kind::PackageClause
            | Kind::ImportSpec => Made::Nothing,
            _ => self.statement(tree, id),
        }
    }

    fn function(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let Some(function) = tree.functions.get(&id).copied() else { return Made::Nothing };
        let scope = tree.b.module.function(function).map_or(ScopeId(0), |it| it.scope);
        let mut params = Vec::new();
        if let Some(list) = tree.child(id, Field::Receiver) {
            push_params(tree, list, (function, scope), ParamKind::Receiver, &mut params);
            if let Some(name) = self.receiver_type(tree, list) {
                self.methods.push((function, name));
            }
        }
        if let Some(list) = tree.child(id, Field::Parameters) {
            push_params(tree, list, (function, scope), ParamKind::Normal, &mut params);
        }
        let returns = tree.child(id, Field::Result).and_then(|result| returned(tree, result, scope));
        let body = tree.block_in(id, Field::Body);
        let name = tree.child(id, Field::Name);
        let (text, name_span) = (name.map(|name| tree.text(name)), name.map(|name| tree.span(name)));
        let Made::Expr(expr) = made(tree, id, ExprKind::Function(function)) else { return Made::Nothing };
        if let (Kind::FunctionDeclaration, Some(text), Some(span)) = (tree.kind(id), text, name_span) {
            let around = tree.scope(id);
            tree.b.declare(around, text, span.start, Definition::Function(function));
        }
        if let Some(it) = tree.b.module.functions.get_mut(function.index()) {
            it.name = text;
            it.name_span = name_span.unwrap_or(it.span);
            it.params = params;
            it.body = body;
            it.returns = returns;
            it.doc_comment = self.docs.get(&id).copied();
            it.expr = Some(expr);
        }
        Made::Expr(expr)
    }

    /// The name of the type of a receiver: `*Server`, `Server[T]`.
    fn receiver_type(&self, tree: &Tree<'a>, list: SyntaxId) -> Option<&'a str> {
        let end = tree.syntax.node(list).next as usize;
        (list..end).find(|id| tree.kind(*id) == Kind::TypeIdentifier).map(|id| tree.text(id))
    }

    /// A struct or an interface.
    fn class(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let Some(class) = tree.classes.get(&id).copied() else { return Made::Nothing };
        let mut bases = Vec::new();
        let mut fields = Vec::new();
        let list = tree.children(id).find(|child| tree.kind(*child) == Kind::FieldDeclarationList);
        let declared: Vec<_> = tree.children(list.unwrap_or(id)).collect();
        for child in declared {
            match tree.kind(child) {
                Kind::TypeElem => bases.extend(tree.child_exprs(child)),
                Kind::FieldDeclaration => {
                    let annotation = tree.expr_in(child, Field::Type);
                    let tag: Vec<_> = tree.expr_in(child, Field::Tag).into_iter().collect();
                    let decorators = tree.b.exprs(&tag);
                    let doc_comment = self.docs.get(&child).copied();
                    let mut names: Vec<_> = tree.children(child).filter(|it| tree.field(*it) == Field::Name).collect();
                    if names.is_empty() {
                        // An embedded type is a field with the name of the type.
                        bases.extend(annotation);
                        let end = tree.syntax.node(child).next as usize;
                        names.extend((child..end).rev().find(|it| tree.kind(*it) == Kind::TypeIdentifier));
                    }
                    for name in names {
                        let (name, span) = (tree.text(name), tree.span(name));
                        fields.push(FieldDecl { name, span, annotation, value: None, doc_comment, decorators });
                        if let Some(annotation) = annotation {
                            let definition = Definition::Typed(annotation);
                            tree.b.module.attributes.push(Attribute { class, name, definition });
                        }
                    }
                }
                _ => {}
            }
        }
        let Made::Expr(expr) = made(tree, id, ExprKind::Class(class)) else { return Made::Nothing };
        if let Some(it) = tree.b.module.classes.get_mut(class.index()) {
            it.bases = bases;
            it.fields = fields;
            it.expr = Some(expr);
        }
        Made::Expr(expr)
    }

    /// Join what lies apart: methods and their types, fields and what is written to them, and the names that other files
    /// of the package see.
    fn finish(self, tree: &mut Tree<'a>) {
        let mut types: HashMap<&str, ClassId> = HashMap::new();
        for declaration in tree.b.declarations.iter().filter(|it| it.scope == ScopeId(0)) {
            if let Definition::Class(class) = declaration.definition {
                types.insert(declaration.name, class);
            }
        }
        let module = &mut tree.b.module;
        // They were made backwards.
        for (id, name) in self.methods.into_iter().rev() {
            let Some(class) = types.get(name).copied() else { continue };
            if let Some(class) = module.classes.get_mut(class.index()) {
                class.methods.push(id);
            }
            if let Some(function) = module.functions.get_mut(id.index()) {
                function.class = Some(class);
            }
        }
        for (base, name, definition) in self.written.into_iter().rev() {
            let ExprKind::Name(receiver) = tree.b.module.kind(base) else { continue };
            let class = functions_around(&tree.b.module, base).find_map(|function| {
                let param = function.params.first().filter(|param| param.kind == ParamKind::Receiver)?;
                function.class.filter(|_| param.name == Some(receiver))
            });
            if let Some(class) = class {
                tree.b.module.attributes.push(Attribute { class, name, definition });
            }
        }
        for at in 0..tree.b.declarations.len() {
            let Some(declaration) = tree.b.declarations.get(at).copied().filter(|it| it.scope == ScopeId(0)) else {
                continue;
            };
            let module = &tree.b.module;
            let value = match declaration.definition {
                Definition::Value(value) => Some(value),
                Definition::Function(function) => module.function(function).and_then(|it| it.expr),
                Definition::Class(class) => module.class(class).and_then(|it| it.expr),
                _ => None,
            };
            if let Some(value) = value {
                tree.b.export(declaration.name, Exported::Value(value));
            }
        }
        self.blocks.finish(&mut tree.b);
    }
}

fn made<'a>(tree: &mut Tree<'a>, id: SyntaxId, kind: ExprKind<'a>) -> Made {
    Made::Expr(tree.new_expr(id, kind))
}

fn nothing(tree: &mut Tree<'_>, id: SyntaxId) -> ExprId {
    tree.new_expr(id, ExprKind::Opaque(List::default()))
}

/// What the first child is that is anything.
fn first(tree: &Tree<'_>, id: SyntaxId) -> Made {
    tree.children(id).map(|child| tree.made(child)).find(|made| *made != Made::Nothing).unwrap_or(Made::Nothing)
}

fn string(tree: &mut Tree<'_>, id: SyntaxId, is_raw: bool) -> Made {
    let span = tree.span(id);
    let has_end = span.len() >= 2;
    let content = Span::new((span.start + 1).min(span.end), if has_end { span.end - 1 } else { span.end });
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

fn push_params<'a>(
    tree: &mut Tree<'a>,
    list: SyntaxId,
    (function, scope): (FunctionId, ScopeId),
    kind: ParamKind,
    params: &mut Vec<Param<'a>>,
) {
    let declared: Vec<_> = tree.children(list).collect();
    for child in declared {
        let kind = match tree.kind(child) {
            Kind::ParameterDeclaration => kind,
            Kind::VariadicParameter => ParamKind::Rest,
            _ => continue,
        };
        let annotation = tree.expr_in(child, Field::Type);
        let names: Vec<_> = tree.children(child).filter(|it| tree.field(*it) == Field::Name).collect();
        if names.is_empty() {
            let (span, target) = (tree.span(child), nothing(tree, child));
            params.push(Param { name: None, span, target, annotation, default: None, kind });
        }
        for name in names {
            // Commas stand in the field, too.
            if tree.kind(name) != Kind::Identifier {
                continue;
            }
            let (text, span) = (tree.text(name), tree.span(name));
            let target = tree.expr_or_opaque(name);
            let index = u32::try_from(params.len()).unwrap_or(u32::MAX);
            tree.b.declare(scope, text, span.start, Definition::Param { function, index });
            params.push(Param { name: Some(text), span, target, annotation, default: None, kind });
        }
    }
}

/// The type that a function returns; a list where it returns several. Named results are declared.
fn returned<'a>(tree: &mut Tree<'a>, result: SyntaxId, scope: ScopeId) -> Option<ExprId> {
    if tree.kind(result) != Kind::ParameterList {
        return tree.expr(result);
    }
    let mut types = Vec::new();
    let declared: Vec<_> = tree.children(result).collect();
    for child in declared {
        let Some(annotation) = tree.expr_in(child, Field::Type) else { continue };
        let names: Vec<_> = tree.children(child).filter(|it| tree.kind(*it) == Kind::Identifier).collect();
        types.extend(std::iter::repeat_n(annotation, names.len().max(1)));
        for name in names {
            let (text, at) = (tree.text(name), tree.span(name).start);
            tree.b.declare(scope, text, at, Definition::Typed(annotation));
        }
    }
    match types.as_slice() {
        [] => None,
        [only] => Some(*only),
        several => {
            let several = tree.b.exprs(several);
            Some(tree.new_expr(result, ExprKind::List(several)))
        }
    }
}
