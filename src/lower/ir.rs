//! The one form into which every source language is lowered: modules, functions, statements, expressions. It keeps what
//! rules and the flow of data need and drops the rest: what has no place in it is [`ExprKind::Opaque`] with its parts.
//!
//! All expressions lie in one arena, **parts before wholes**: the number of an expression is greater than those of its
//! parts, so that an analysis from below is a loop over the arena and never a recursion. Lists lie in pools.

use crate::document::Language;
use crate::text::Span;
use std::borrow::Cow;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// An expression.
    ExprId,
    StmtId,
    /// A function; 0 is the code of the module itself.
    FunctionId,
    ClassId,
    /// A region in which names are declared.
    ScopeId,
    /// A name in the scope that declares it.
    BindingId,
}

/// A run of entries in one of the module's pools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct List {
    pub start: u32,
    pub len: u32,
}

/// One file, lowered.
#[derive(Debug)]
pub struct Module<'a> {
    pub language: Language,
    pub text: &'a str,
    pub exprs: Vec<Expr<'a>>,
    pub(super) scope_of: Vec<ScopeId>,
    pub functions: Vec<Function<'a>>,
    pub classes: Vec<Class<'a>>,
    pub scopes: Vec<Scope>,
    pub bindings: Vec<Binding<'a>>,
    /// The binding that each name means; sorted by expression, only names that are declared in the file.
    pub(super) binding_of: Vec<Option<BindingId>>,
    /// What other modules may import, by its name there (`default` for a default export, `*` for a re-export of all).
    pub exports: Vec<Export<'a>>,
    /// All calls, in the order of the text.
    pub calls: Vec<ExprId>,
    /// Comments with their markers, in order.
    pub comments: Vec<Span>,
    pub(super) stmts: Vec<Stmt>,
    pub(super) stmt_pool: Vec<StmtId>,
    pub(super) catch_pool: Vec<Catch>,
    pub(super) case_pool: Vec<Case>,
    pub(super) expr_pool: Vec<ExprId>,
    pub(super) arg_pool: Vec<Arg<'a>>,
    pub(super) pair_pool: Vec<Pair<'a>>,
    /// Values written to attributes of instances: `self.client = …`, `this.client = …`, and declared types of fields.
    pub(super) attributes: Vec<Attribute<'a>>,
    /// Names of objects whose members are written to after they were made; sorted. Kept for JavaScript.
    pub(super) written: Vec<BindingId>,
    /// Modules from outside in a bundle of JavaScript, by their number or name there; sorted.
    pub(super) externals: Vec<(Cow<'a, str>, &'a str)>,
    /// Where the grammar could not go on for the first time.
    pub first_error: Option<Span>,
    /// A limit ended the parse or the lowering.
    pub is_cut: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Expr<'a> {
    pub span: Span,
    pub kind: ExprKind<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ExprKind<'a> {
    /// A string without interpolation. `content` is the span between the quotes; `is_raw`: backslashes mean themselves.
    Str {
        content: Span,
        is_raw: bool,
    },
    /// As written.
    Number(&'a str),
    Bool(bool),
    /// `None`, `null`, `undefined`, `nil`.
    Null,
    /// A regular expression literal, with its delimiters and flags.
    Regex(&'a str),
    Name(&'a str),
    /// `this`, and `self` in Rust. Python's `self` is an ordinary parameter; see [`Module::is_self`].
    This,
    /// `base.name`, `base?.name`, `Base::name`, and `base["name"]` where the key is a plain string in JavaScript.
    Field {
        base: ExprId,
        name: &'a str,
    },
    Index {
        base: ExprId,
        index: ExprId,
    },
    /// A call, a construction (`new X()`, Go's and Rust's composite literals with named arguments), a tagged template
    /// (its text is the one argument), a macro.
    Call {
        callee: ExprId,
        args: List,
        form: CallForm,
    },
    /// Text put together of pieces: a template, an f-string, strings that stand side by side.
    Concat(List),
    Binary {
        op: Op,
        left: ExprId,
        right: ExprId,
    },
    Unary {
        op: UnaryOp,
        operand: ExprId,
    },
    /// Array, list, tuple, set, also as a pattern. Elements may be [`ExprKind::Spread`].
    List(List),
    /// Object, dictionary, also as a pattern (there the values are targets, with defaults as [`ExprKind::Assign`]).
    Object(List),
    /// `*x`, `**x`, `...x`.
    Spread(ExprId),
    /// A function, method, lambda, closure where it stands.
    Function(FunctionId),
    Class(ClassId),
    Await(ExprId),
    Yield(ExprId),
    Conditional {
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
    },
    /// `target = value`, `target += value` (`op`), `:=`. Declarations are assignments, too.
    Assign {
        target: ExprId,
        value: ExprId,
        op: Option<Op>,
    },
    /// `element for target in source`, `if`s of it as conditionals around the element.
    Comprehension {
        target: ExprId,
        source: ExprId,
        element: ExprId,
    },
    /// Something else, with its parts.
    Opaque(List),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallForm {
    Call,
    New,
    /// A tagged template, whose tag sees pieces and values apart.
    Tagged,
    /// A macro of Rust.
    Macro,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Add,
    /// `%`: in Python also the formatting of text.
    Remainder,
    Equal,
    NotEqual,
    /// `<`, `<=`, `>`, `>=`.
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    And,
    Or,
    /// `??`.
    Nullish,
    /// `a, b`, `(0, f)`: the value is the right one.
    Comma,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    Not,
    Negative,
    TypeOf,
    /// `&x`, `*x`, `x?` of Rust and Go: the value itself.
    Reference,
    Other,
}

/// An argument of a call.
#[derive(Clone, Copy, Debug)]
pub struct Arg<'a> {
    /// The keyword, if it has one.
    pub name: Option<&'a str>,
    pub value: ExprId,
}

/// An entry of an object. A spread entry has no key.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    pub key: Option<Key<'a>>,
    pub value: ExprId,
}

#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// A name or a plain string, without quotes, as written; with its place.
    Plain(&'a str, Span),
    Computed(ExprId),
}

/// A statement.
#[derive(Clone, Copy, Debug)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

/// Statements in order: a run of the statement pool, for [`Module::block`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block(pub List);

#[derive(Clone, Copy, Debug)]
pub enum StmtKind {
    /// Also declarations and assignments, of functions and classes too.
    Expr(ExprId),
    Return(Option<ExprId>),
    /// `throw`, `raise`.
    Throw(Option<ExprId>),
    If {
        condition: ExprId,
        then: Block,
        otherwise: Block,
    },
    /// Each loop. `target` takes the elements of `source`; a loop over a condition has only `source`.
    Loop {
        target: Option<ExprId>,
        source: Option<ExprId>,
        body: Block,
    },
    /// `catches`: see [`Module::catches`].
    Try {
        body: Block,
        catches: List,
        finally: Block,
    },
    /// `with value as target`, `using`, `defer`; several items are nested.
    With {
        value: ExprId,
        target: Option<ExprId>,
        body: Block,
    },
    /// `switch`, `match`. `cases`: see [`Module::cases`].
    Switch {
        subject: ExprId,
        cases: List,
    },
    Block(Block),
    /// `assert condition`: what is behind it knows that it held.
    Assert(ExprId),
    /// `break`, `continue`, and other ways out of a block.
    Leave,
}

#[derive(Clone, Copy, Debug)]
pub struct Catch {
    pub span: Span,
    /// The types that are caught; none for all.
    pub types: Option<ExprId>,
    /// The name that the exception gets.
    pub name: Option<ExprId>,
    pub body: Block,
}

#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What the subject is compared with, as expressions; empty for the default.
    pub tests: List,
    pub body: Block,
}

/// A function, method, lambda, or the code of the module itself.
#[derive(Clone, Debug)]
pub struct Function<'a> {
    pub name: Option<&'a str>,
    pub span: Span,
    /// The name where there is one, else the whole.
    pub name_span: Span,
    pub scope: ScopeId,
    pub params: Vec<Param<'a>>,
    pub body: Block,
    /// Python's decorators, TypeScript's decorators, Rust's attributes (as calls or names).
    pub decorators: Vec<ExprId>,
    /// The declared type of what it returns.
    pub returns: Option<ExprId>,
    /// A docstring of Python, as an expression.
    pub docstring: Option<ExprId>,
    /// The doc comment above it, in languages where that is one.
    pub doc_comment: Option<Span>,
    pub class: Option<ClassId>,
    /// The expression that the function is, where it has one.
    pub expr: Option<ExprId>,
    pub is_static: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Param<'a> {
    /// The name, if it is one; a pattern stands in `target`.
    pub name: Option<&'a str>,
    pub span: Span,
    /// The name or pattern as an assignment target.
    pub target: ExprId,
    pub annotation: Option<ExprId>,
    pub default: Option<ExprId>,
    pub kind: ParamKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    Normal,
    /// Python: behind a bare `*`.
    KeywordOnly,
    /// `*args`, `...rest`, variadic.
    Rest,
    /// `**kwargs`.
    Keywords,
    /// `self`, `cls`, a receiver.
    Receiver,
}

/// A class, interface, struct or implementation block.
#[derive(Clone, Debug)]
pub struct Class<'a> {
    pub name: Option<&'a str>,
    pub span: Span,
    pub scope: ScopeId,
    pub bases: Vec<ExprId>,
    pub decorators: Vec<ExprId>,
    pub docstring: Option<ExprId>,
    pub doc_comment: Option<Span>,
    /// What runs when the class is made: its fields and methods as assignments.
    pub body: Block,
    pub methods: Vec<FunctionId>,
    /// Fields as they are declared, in order.
    pub fields: Vec<FieldDecl<'a>>,
    /// The expression that the class is, where it has one.
    pub expr: Option<ExprId>,
}

/// A field of a class, interface or struct.
#[derive(Clone, Copy, Debug)]
pub struct FieldDecl<'a> {
    pub name: &'a str,
    pub span: Span,
    pub annotation: Option<ExprId>,
    pub value: Option<ExprId>,
    /// The doc comment above it.
    pub doc_comment: Option<Span>,
    /// Attributes of Rust, the tag of Go as a string.
    pub decorators: List,
}

/// A value or type of an attribute of an instance of `class`.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    pub class: ClassId,
    pub name: &'a str,
    pub definition: Definition<'a>,
}

#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub parent: Option<ScopeId>,
    pub kind: ScopeKind,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// A function or the module (function 0).
    Function(FunctionId),
    Class(ClassId),
    /// A block with names of its own.
    Block,
    /// The body of a catch clause.
    Catch,
}

#[derive(Clone, Debug)]
pub struct Binding<'a> {
    pub name: &'a str,
    pub scope: ScopeId,
    /// All definitions, in the order of the text.
    pub definitions: Vec<Definition<'a>>,
}

/// Where a name gets its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Definition<'a> {
    /// `import module` (`name` is none) or `from module import name`. The module as written, without `node:`.
    Import {
        module: &'a str,
        name: Option<&'a str>,
        span: Span,
    },
    /// The whole of an expression.
    Value(ExprId),
    /// An instance of the type that the expression names: `x: Type`.
    Typed(ExprId),
    Param {
        function: FunctionId,
        index: u32,
    },
    /// Some part of an expression: an element of a loop, of a tuple, what a `with` opens.
    Part(ExprId),
    /// What a catch clause caught.
    Caught,
    /// `x += value`, and others that make more of what it was.
    Changed(ExprId),
    Function(FunctionId),
    Class(ClassId),
}

/// A name that other modules may import.
#[derive(Clone, Copy, Debug)]
pub struct Export<'a> {
    pub name: &'a str,
    pub value: Exported<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum Exported<'a> {
    /// An expression of this module.
    Value(ExprId),
    /// From another module, under a name there (`None` for all).
    From { module: &'a str, name: Option<&'a str> },
}
