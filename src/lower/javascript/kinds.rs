//! The kinds of nodes and the fields that this lowering tells apart.

use super::Tree;
use crate::lower::ir::{ExprId, ExprKind, List};
use crate::lower::nodes::names;
use crate::lower::syntax::{Grammar, SyntaxId};
use std::sync::OnceLock;

names!(Kind {
    Program = "program",
    Comment = "comment",
    Block = "statement_block",
    ExpressionStatement = "expression_statement",
    LexicalDeclaration = "lexical_declaration",
    VariableDeclaration = "variable_declaration",
    Using = "using_declaration",
    Declarator = "variable_declarator",
    Return = "return_statement",
    Throw = "throw_statement",
    If = "if_statement",
    Else = "else_clause",
    For = "for_statement",
    ForIn = "for_in_statement",
    While = "while_statement",
    Do = "do_statement",
    Switch = "switch_statement",
    SwitchBody = "switch_body",
    SwitchCase = "switch_case",
    SwitchDefault = "switch_default",
    Try = "try_statement",
    Catch = "catch_clause",
    Finally = "finally_clause",
    Labeled = "labeled_statement",
    With = "with_statement",
    Break = "break_statement",
    Continue = "continue_statement",
    Function = "function_declaration",
    FunctionExpression = "function_expression",
    GeneratorFunction = "generator_function_declaration",
    Generator = "generator_function",
    FunctionSignature = "function_signature",
    Arrow = "arrow_function",
    Method = "method_definition",
    MethodSignature = "method_signature",
    AbstractMethod = "abstract_method_signature",
    FormalParameters = "formal_parameters",
    RequiredParameter = "required_parameter",
    OptionalParameter = "optional_parameter",
    Accessibility = "accessibility_modifier",
    Class = "class",
    ClassDeclaration = "class_declaration",
    AbstractClass = "abstract_class_declaration",
    ClassBody = "class_body",
    ClassHeritage = "class_heritage",
    Extends = "extends_clause",
    ExtendsType = "extends_type_clause",
    Implements = "implements_clause",
    StaticBlock = "class_static_block",
    FieldDefinition = "field_definition",
    PublicField = "public_field_definition",
    Decorator = "decorator",
    Interface = "interface_declaration",
    InterfaceBody = "interface_body",
    TypeAlias = "type_alias_declaration",
    PropertySignature = "property_signature",
    Enum = "enum_declaration",
    EnumBody = "enum_body",
    EnumAssignment = "enum_assignment",
    Ambient = "ambient_declaration",
    InternalModule = "internal_module",
    NamedModule = "module",
    Import = "import_statement",
    ImportClause = "import_clause",
    NamedImports = "named_imports",
    ImportSpecifier = "import_specifier",
    NamespaceImport = "namespace_import",
    ImportRequire = "import_require_clause",
    ImportAlias = "import_alias",
    Export = "export_statement",
    ExportClause = "export_clause",
    ExportSpecifier = "export_specifier",
    NamespaceExport = "namespace_export",
    Identifier = "identifier",
    PropertyIdentifier = "property_identifier",
    PrivateIdentifier = "private_property_identifier",
    Shorthand = "shorthand_property_identifier",
    ShorthandPattern = "shorthand_property_identifier_pattern",
    NestedIdentifier = "nested_identifier",
    ComputedName = "computed_property_name",
    ImportKeyword = "import",
    Super = "super",
    This = "this",
    MetaProperty = "meta_property",
    String = "string",
    StringFragment = "string_fragment",
    Escape = "escape_sequence",
    Template = "template_string",
    TemplateSubstitution = "template_substitution",
    Number = "number",
    Regex = "regex",
    True = "true",
    False = "false",
    Null = "null",
    Undefined = "undefined",
    Array = "array",
    ArrayPattern = "array_pattern",
    Object = "object",
    ObjectPattern = "object_pattern",
    Pair = "pair",
    PairPattern = "pair_pattern",
    AssignmentPattern = "assignment_pattern",
    ObjectAssignmentPattern = "object_assignment_pattern",
    RestPattern = "rest_pattern",
    Spread = "spread_element",
    Call = "call_expression",
    New = "new_expression",
    Arguments = "arguments",
    Member = "member_expression",
    Subscript = "subscript_expression",
    Binary = "binary_expression",
    Unary = "unary_expression",
    Update = "update_expression",
    Assignment = "assignment_expression",
    AugmentedAssignment = "augmented_assignment_expression",
    Ternary = "ternary_expression",
    Await = "await_expression",
    Yield = "yield_expression",
    Sequence = "sequence_expression",
    Parenthesized = "parenthesized_expression",
    As = "as_expression",
    Satisfies = "satisfies_expression",
    NonNull = "non_null_expression",
    TypeAssertion = "type_assertion",
    Instantiation = "instantiation_expression",
    JsxElement = "jsx_element",
    JsxSelfClosing = "jsx_self_closing_element",
    JsxOpening = "jsx_opening_element",
    JsxClosing = "jsx_closing_element",
    JsxAttribute = "jsx_attribute",
    JsxExpression = "jsx_expression",
    JsxText = "jsx_text",
    JsxNamespaceName = "jsx_namespace_name",
    TypeAnnotation = "type_annotation",
    TypeIdentifier = "type_identifier",
    NestedTypeIdentifier = "nested_type_identifier",
    GenericType = "generic_type",
    TypeArguments = "type_arguments",
    TypeParameters = "type_parameters",
    UnionType = "union_type",
    IntersectionType = "intersection_type",
    ArrayType = "array_type",
    TupleType = "tuple_type",
    ObjectType = "object_type",
    LiteralType = "literal_type",
    PredefinedType = "predefined_type",
    ParenthesizedType = "parenthesized_type",
    ReadonlyType = "readonly_type",
    TypeQuery = "type_query",
    LookupType = "lookup_type",
    Static = " static",
});

names!(Field {
    Alias = "alias",
    Alternative = "alternative",
    Argument = "argument",
    Arguments = "arguments",
    Attribute = "attribute",
    Body = "body",
    Condition = "condition",
    Consequence = "consequence",
    Constructor = "constructor",
    Declaration = "declaration",
    Decorator = "decorator",
    Finalizer = "finalizer",
    Function = "function",
    Handler = "handler",
    Increment = "increment",
    Index = "index",
    Initializer = "initializer",
    Key = "key",
    Kind = "kind",
    Left = "left",
    Module = "module",
    Name = "name",
    Object = "object",
    OpenTag = "open_tag",
    Operator = "operator",
    Parameter = "parameter",
    Parameters = "parameters",
    Pattern = "pattern",
    Property = "property",
    ReturnType = "return_type",
    Right = "right",
    Source = "source",
    Type = "type",
    TypeArguments = "type_arguments",
    Value = "value",
});

/// The kinds and fields of a grammar by its numbers.
pub(super) fn tables(grammar: Grammar) -> (&'static [Kind], &'static [Field]) {
    static TABLES: [OnceLock<(Vec<Kind>, Vec<Field>)>; 3] = [const { OnceLock::new() }; 3];
    let [javascript, typescript, tsx] = &TABLES;
    let table = match grammar {
        Grammar::TypeScript => typescript,
        Grammar::Tsx => tsx,
        _ => javascript,
    };
    let (kinds, fields) = table.get_or_init(|| (grammar.kinds(Kind::named), grammar.fields(Field::named)));
    (kinds, fields)
}

impl Tree<'_> {
    /// The children in some fields, found in one go. Comments can stand in any field and are none.
    pub(super) fn pick<const N: usize>(&self, id: SyntaxId, wanted: [Field; N]) -> [Option<SyntaxId>; N] {
        let mut found = [None; N];
        for child in self.children(id) {
            let field = self.field(child);
            if field == Field::Other {
                continue;
            }
            for (slot, name) in found.iter_mut().zip(wanted) {
                if name == field && slot.is_none() && self.kind(child) != Kind::Comment {
                    *slot = Some(child);
                    break;
                }
            }
        }
        found
    }

    /// The first child that became an expression.
    pub(super) fn first_expr(&self, id: SyntaxId) -> Option<ExprId> {
        self.children(id).find_map(|child| self.expr(child))
    }

    /// The expression of a node, if there is one; else an opaque one in the place of `id`.
    pub(super) fn expr_or(&mut self, child: Option<SyntaxId>, id: SyntaxId) -> ExprId {
        match child {
            Some(child) => self.expr_or_opaque(child),
            None => self.new_expr(id, ExprKind::Opaque(List::default())),
        }
    }

    /// The child behind another one, the first without one: for loops that change the tree on the way.
    pub(super) fn after(&self, id: SyntaxId, child: Option<SyntaxId>) -> Option<SyntaxId> {
        let end = (self.syntax.node(id).next as usize).min(self.syntax.len());
        let next = child.map_or(id + 1, |child| (self.syntax.node(child).next as usize).max(child + 1));
        (next < end).then_some(next)
    }
}
