//! Source code as data: texts, objects and functions behind names, class fields and small helpers.

use super::data::{Budget, Data};
use super::model::{Piece, Prose, Spelling};
use super::schema::Schema;
use crate::document::Language;
use crate::lower::{
    Arg, CallForm, ClassId, Definition, ExprId, ExprKind, FunctionId, Key, List, Module, Op, ParamKind, UnaryOp,
};
use crate::text::Span;
use std::borrow::Cow;

/// Steps from name to value for one question.
const MAX_STEPS: u32 = 24;
/// Pieces of one text, and its bytes.
const MAX_PIECES: usize = 512;
const MAX_TEXT: usize = 256 * 1024;

/// What makes a schema out of an expression that is no plain object: zod, a model class.
pub(super) type Maker = for<'m, 'a> fn(Literal<'m, 'a>, u32) -> Option<Schema>;

#[derive(Debug)]
pub(super) struct Code<'m, 'a> {
    pub module: &'m Module<'a>,
    pub budget: Budget,
    pub maker: Maker,
}

/// An expression as data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Literal<'m, 'a> {
    pub code: &'m Code<'m, 'a>,
    pub id: ExprId,
}

/// A call, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'m, 'a> {
    pub id: ExprId,
    pub callee: ExprId,
    pub args: &'m [Arg<'a>],
}

impl<'m, 'a> Call<'m, 'a> {
    /// The argument with one of these keywords.
    pub(super) fn keyword(&self, names: &[&str]) -> Option<ExprId> {
        self.args.iter().find(|arg| arg.name.is_some_and(|name| names.contains(&name))).map(|arg| arg.value)
    }

    /// The argument at a place among those without keywords.
    pub(super) fn positional(&self, at: usize) -> Option<ExprId> {
        self.args.iter().filter(|arg| arg.name.is_none()).nth(at).map(|arg| arg.value)
    }
}

impl<'m, 'a> Code<'m, 'a> {
    pub(super) fn new(module: &'m Module<'a>, maker: Maker) -> Self {
        Self { module, budget: Budget::new(), maker }
    }

    pub(super) fn literal(&'m self, id: ExprId) -> Literal<'m, 'a> {
        Literal { code: self, id }
    }

    pub(super) fn call(&self, id: ExprId) -> Option<Call<'_, 'a>> {
        match self.module.kind(id) {
            ExprKind::Call { callee, args, .. } => Some(Call { id, callee, args: self.module.args(args) }),
            _ => None,
        }
    }

    /// The last name of what is called: `tool` of `mcp.tool(…)`, with what stands before it.
    pub(super) fn method(&self, callee: ExprId) -> Option<(Option<ExprId>, &'a str)> {
        match self.module.kind(callee) {
            ExprKind::Field { base, name } => Some((Some(base), name)),
            ExprKind::Name(name) => Some((None, name)),
            // `tool<Shape>(…)`
            ExprKind::Index { base, .. } => match self.module.kind(base) {
                ExprKind::Field { base, name } => Some((Some(base), name)),
                ExprKind::Name(name) => Some((None, name)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The expression behind names, fields of classes and objects, `await`, and what only wraps.
    pub(super) fn resolve(&self, id: ExprId) -> ExprId {
        let mut id = id;
        for _ in 0..MAX_STEPS {
            match self.step(id) {
                Some(next) if next != id => id = next,
                _ => break,
            }
        }
        id
    }

    fn step(&self, id: ExprId) -> Option<ExprId> {
        match self.module.kind(id) {
            ExprKind::Name(_) => match self.module.definition(self.module.binding(id)?)? {
                Definition::Value(value) => Some(value),
                Definition::Class(class) => self.module.class(class)?.expr,
                Definition::Function(function) => self.module.function(function)?.expr,
                _ => None,
            },
            ExprKind::Await(inner)
            | ExprKind::Assign { value: inner, op: None, .. }
            | ExprKind::Unary { op: UnaryOp::Reference, operand: inner } => Some(inner),
            ExprKind::Field { base, name } => self.field(base, name),
            ExprKind::Index { base, index } => {
                let key = self.module.constant(index)?;
                self.field(base, &key)
            }
            ExprKind::Call { callee, args, .. } => {
                let first = self.module.args(args).first().map(|arg| arg.value);
                match self.method(callee)? {
                    (Some(base), "freeze" | "assign") if matches!(self.module.kind(base), ExprKind::Name("Object")) => {
                        first
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The value of a field of a class, an enum, an object, or of `self`.
    fn field(&self, base: ExprId, name: &str) -> Option<ExprId> {
        if let Some(class) = self.module.class_of_self(base) {
            return match self.module.attribute(class, name)? {
                Definition::Value(value) => Some(value),
                _ => None,
            };
        }
        if name == "shape" {
            return self.shape(base);
        }
        let base = match self.module.kind(base) {
            // `Names.A.value` of an enum.
            ExprKind::Field { base: inner, name: member } if name == "value" => {
                let class = self.class(inner)?;
                return self.class_field(class, member);
            }
            ExprKind::Name(_) => base,
            ExprKind::Field { base: inner, name: member } => self.field_once(inner, member)?,
            ExprKind::Object(_) | ExprKind::Class(_) => base,
            _ => return None,
        };
        if let Some(class) = self.class(base) {
            return self.class_field(class, name);
        }
        self.module.member(base, name)
    }

    /// The object in `z.object({…}).strict()`.
    fn shape(&self, schema: ExprId) -> Option<ExprId> {
        let mut at = self.module.value_of(schema);
        for _ in 0..MAX_STEPS {
            let ExprKind::Call { callee, args, .. } = self.module.kind(at) else { return None };
            match self.method(callee)? {
                (_, "object" | "strictObject" | "looseObject") => return Some(self.module.args(args).first()?.value),
                (Some(base), "strict" | "passthrough" | "describe" | "refine" | "superRefine" | "loose") => {
                    at = self.module.value_of(base);
                }
                _ => return None,
            }
        }
        None
    }

    /// One field of a plain name, for `A.b.c`.
    fn field_once(&self, base: ExprId, name: &str) -> Option<ExprId> {
        match self.module.kind(base) {
            ExprKind::Name(_) => match self.class(base) {
                Some(class) => self.class_field(class, name),
                None => self.module.member(base, name),
            },
            _ => None,
        }
    }

    fn class_field(&self, class: ClassId, name: &str) -> Option<ExprId> {
        self.module.class(class)?.fields.iter().find(|field| field.name == name)?.value
    }

    /// The class that an expression names.
    pub(super) fn class(&self, id: ExprId) -> Option<ClassId> {
        match self.module.kind(id) {
            ExprKind::Class(class) => Some(class),
            ExprKind::Name(_) => match self.module.definition(self.module.binding(id)?)? {
                Definition::Class(class) => Some(class),
                Definition::Value(value) => match self.module.kind(value) {
                    ExprKind::Class(class) => Some(class),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// The function that an expression is, names, or wraps: `handler`, `self.run`, `guarded(run)`, `run.bind(this)`.
    pub(super) fn function(&self, id: ExprId) -> Option<FunctionId> {
        let mut id = id;
        for _ in 0..8 {
            match self.module.kind(id) {
                ExprKind::Function(function) => return Some(function),
                ExprKind::Name(_) => match self.module.definition(self.module.binding(id)?)? {
                    Definition::Function(function) => return Some(function),
                    Definition::Value(value) => id = value,
                    _ => return None,
                },
                ExprKind::Field { base, name } => {
                    if let Some(class) = self.module.class_of_self(base).or_else(|| self.instance(base))
                        && let Some(found) = self.method_of(class, name)
                    {
                        return Some(found);
                    }
                    id = self.step(id)?;
                }
                ExprKind::Call { callee, args, .. } => match self.method(callee)? {
                    (Some(base), "bind") => id = base,
                    // A function around functions: `guarded("name", logged(run))`.
                    _ => {
                        let args = || self.module.args(args).iter().map(|arg| arg.value);
                        let wrapped = |it: &ExprId| matches!(self.module.kind(*it), ExprKind::Call { .. });
                        id = args().find(|it| self.is_callable(*it)).or_else(|| args().find(wrapped))?;
                    }
                },
                _ => id = self.step(id)?,
            }
        }
        None
    }

    fn is_callable(&self, id: ExprId) -> bool {
        match self.module.kind(id) {
            ExprKind::Function(_) => true,
            ExprKind::Name(_) => matches!(
                self.module.binding(id).and_then(|it| self.module.definition(it)),
                Some(Definition::Function(_))
            ),
            ExprKind::Field { base, name } => {
                self.module.class_of_self(base).is_some_and(|class| self.method_of(class, name).is_some())
            }
            _ => false,
        }
    }

    /// The class that a name holds an instance of.
    fn instance(&self, id: ExprId) -> Option<ClassId> {
        match self.module.kind(self.resolve(id)) {
            ExprKind::Call { callee, .. } => self.class(callee),
            _ => None,
        }
    }

    pub(super) fn method_of(&self, class: ClassId, name: &str) -> Option<FunctionId> {
        let methods = &self.module.class(class)?.methods;
        methods.iter().copied().find(|id| self.module.function(*id).is_some_and(|it| it.name == Some(name)))
    }

    /// Indexes of the parameters of a function that are not its receiver.
    pub(super) fn inputs(&self, function: FunctionId) -> Vec<u32> {
        let params = self.module.function(function).map_or(&[][..], |it| it.params.as_slice());
        (0..).zip(params).filter(|(_, param)| param.kind != ParamKind::Receiver).map(|(at, _)| at).collect()
    }

    /// The text that an expression is, as far as this file says; `None` if nothing of it is known.
    pub(super) fn prose(&self, id: ExprId) -> Option<Prose> {
        let mut out = Prose { is_whole: true, ..Prose::default() };
        let mut open = vec![(id, 0_u32)];
        while let Some((id, steps)) = open.pop() {
            if out.pieces.len() > MAX_PIECES || out.text.len() > MAX_TEXT || steps > MAX_STEPS {
                out.is_whole = false;
                break;
            }
            let mut push = |parts: &[ExprId]| open.extend(parts.iter().rev().map(|part| (*part, steps + 1)));
            match self.module.kind(id) {
                ExprKind::Str { content, is_raw } => {
                    out.text.push_str(&self.module.string(id).unwrap_or(Cow::Borrowed("")));
                    out.pieces.push(Piece { span: content, spelling: Spelling::Literal { is_raw } });
                }
                ExprKind::Concat(list) => push(self.module.exprs_of(list)),
                ExprKind::Binary { op: Op::Add, left, right } => push(&[left, right]),
                ExprKind::Binary { op: Op::Or | Op::Nullish, left, right } => {
                    out.is_whole = false;
                    push(&[left, right]);
                }
                ExprKind::Conditional { then, otherwise, .. } => {
                    out.is_whole = false;
                    push(&[then, otherwise]);
                }
                ExprKind::Call { callee, args, .. } => match self.text_of_call(callee, args) {
                    Some(parts) => push(&parts),
                    None => out.is_whole = false,
                },
                _ => match self.step(id) {
                    Some(next) if next != id => push(&[next]),
                    _ => out.is_whole = false,
                },
            }
        }
        (!out.pieces.is_empty()).then_some(out)
    }

    /// The texts that a small helper hands on: `dedent(text)`, `text.trim()`, `[a, b].join("\n")`, a tagged template.
    fn text_of_call(&self, callee: ExprId, args: List) -> Option<Vec<ExprId>> {
        let args = self.module.args(args);
        let (base, name) = self.method(callee)?;
        match (base, name) {
            (Some(base), "join") => match self.module.kind(self.resolve(base)) {
                ExprKind::List(list) => Some(self.module.exprs_of(list).to_vec()),
                // Python: `"\n".join([a, b])`.
                _ => match self.module.kind(self.resolve(args.first()?.value)) {
                    ExprKind::List(list) => Some(self.module.exprs_of(list).to_vec()),
                    _ => None,
                },
            },
            (Some(base), "strip" | "trim" | "rstrip" | "lstrip" | "replace" | "format" | "toString" | "to_string") => {
                Some(vec![base])
            }
            (Some(base), "into" | "to_owned") if args.is_empty() => Some(vec![base]),
            // The text in the server's own language: `t("KEY", "Lists them.")`.
            (_, "t" | "T" | "tr" | "gettext") => Some(vec![args.get(1).or(args.first())?.value]),
            (_, "dedent" | "cleandoc" | "outdent" | "stripIndent" | "String" | "str" | "from" | "Some" | "into") => {
                Some(vec![args.first()?.value])
            }
            _ => None,
        }
    }

    /// What is inside of `ptr(true)`, which Go needs to point at a literal.
    fn pointed(&self, id: ExprId) -> ExprId {
        match self.module.kind(id) {
            ExprKind::Call { args, form: CallForm::Call, .. } if self.module.language == Language::Go => {
                match self.module.args(args) {
                    [only] => only.value,
                    _ => id,
                }
            }
            _ => id,
        }
    }

    /// The name that an expression is, if it is wholly known.
    pub(super) fn name(&self, id: ExprId) -> Option<Prose> {
        self.prose(id).filter(|prose| prose.is_whole && !prose.text.is_empty())
    }

    /// A comment above something, as it stands.
    pub(super) fn comment(&self, span: Option<Span>) -> Option<Prose> {
        let span = span?;
        Some(Prose::plain(span.slice(self.module.text)?, span))
    }
}

/// Whether a key is the one that is asked for; fields of Go begin with a capital.
fn is_key(module: &Module<'_>, name: &str, key: &str) -> bool {
    if name == key {
        return true;
    }
    let key = key.strip_prefix('$').unwrap_or(key);
    module.language == Language::Go
        && name.len() == key.len()
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.get(..1).zip(key.get(..1)).is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
        && name.get(1..) == key.get(1..)
}

impl<'m, 'a> Literal<'m, 'a> {
    fn at(self, id: ExprId) -> Self {
        Self { id, ..self }
    }
}

impl Data for Literal<'_, '_> {
    fn member(self, key: &str) -> Option<Self> {
        let module = self.code.module;
        let mut open = vec![self.code.resolve(self.id)];
        let mut steps = 0;
        while let Some(id) = open.pop() {
            steps += 1;
            if steps > MAX_STEPS {
                return None;
            }
            match module.kind(id) {
                ExprKind::Object(list) => {
                    for pair in module.pairs(list).iter().rev() {
                        match pair.key {
                            Some(Key::Plain(name, _)) if is_key(module, name, key) => return Some(self.at(pair.value)),
                            Some(Key::Computed(name)) if module.constant(name).as_deref() == Some(key) => {
                                return Some(self.at(pair.value));
                            }
                            None => open.push(self.code.resolve(spread(module, pair.value))),
                            _ => {}
                        }
                    }
                }
                // `dict(name=…)`, `ToolAnnotations(readOnlyHint=True)`, a composite literal.
                ExprKind::Call { args, .. } => {
                    let found =
                        module.args(args).iter().find(|arg| arg.name.is_some_and(|name| is_key(module, name, key)));
                    if let Some(found) = found {
                        return Some(self.at(found.value));
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn members(self) -> Vec<(Prose, Self)> {
        let module = self.code.module;
        let mut out = Vec::new();
        let mut open = vec![self.code.resolve(self.id)];
        let mut steps = 0;
        while let Some(id) = open.pop() {
            steps += 1;
            if steps > MAX_STEPS {
                break;
            }
            match module.kind(id) {
                ExprKind::Object(list) => {
                    for pair in module.pairs(list) {
                        match pair.key {
                            Some(Key::Plain(name, span)) => out.push((Prose::plain(name, span), self.at(pair.value))),
                            Some(Key::Computed(key)) => {
                                out.extend(self.code.name(key).map(|name| (name, self.at(pair.value))));
                            }
                            None => open.push(self.code.resolve(spread(module, pair.value))),
                        }
                    }
                }
                ExprKind::Call { args, .. } => {
                    for arg in module.args(args) {
                        let Some(name) = arg.name else { continue };
                        out.push((Prose::plain(name, module.span(arg.value)), self.at(arg.value)));
                    }
                }
                _ => {}
            }
        }
        out
    }

    fn items(self) -> Option<Vec<Self>> {
        match self.code.module.kind(self.code.resolve(self.id)) {
            ExprKind::List(list) => {
                let mut out = Vec::new();
                for item in self.code.module.exprs_of(list) {
                    match self.code.module.kind(*item) {
                        ExprKind::Spread(inner) => {
                            if let ExprKind::List(list) = self.code.module.kind(self.code.resolve(inner)) {
                                out.extend(self.code.module.exprs_of(list).iter().map(|id| self.at(*id)));
                            }
                        }
                        _ => out.push(self.at(*item)),
                    }
                }
                Some(out)
            }
            _ => None,
        }
    }

    fn text(self) -> Option<Prose> {
        self.code.prose(self.id)
    }

    fn number(self) -> Option<f64> {
        let id = self.code.resolve(self.code.pointed(self.id));
        let (id, sign) = match self.code.module.kind(id) {
            ExprKind::Unary { op: UnaryOp::Negative, operand } => (self.code.resolve(operand), -1.0),
            _ => (id, 1.0),
        };
        match self.code.module.kind(id) {
            ExprKind::Number(text) => text.replace('_', "").parse::<f64>().ok().map(|number| sign * number),
            _ => None,
        }
    }

    fn truth(self) -> Option<bool> {
        let id = self.code.resolve(self.code.pointed(self.id));
        match self.code.module.kind(id) {
            ExprKind::Bool(value) => Some(value),
            ExprKind::Unary { op: UnaryOp::Not, .. } => self.code.module.truth(id),
            _ => None,
        }
    }

    fn span(self) -> Span {
        self.code.module.span(self.id)
    }

    fn is_object(self) -> bool {
        match self.code.module.kind(self.code.resolve(self.id)) {
            ExprKind::Object(_) => true,
            ExprKind::Call { form: CallForm::New, .. } => self.code.module.language == Language::Go,
            _ => false,
        }
    }

    fn is_partial(self) -> bool {
        let module = self.code.module;
        match module.kind(self.code.resolve(self.id)) {
            ExprKind::Object(list) => module.pairs(list).iter().any(|pair| match pair.key {
                None => !self.at(spread(module, pair.value)).is_object(),
                Some(Key::Computed(_)) => true,
                Some(Key::Plain(..)) => false,
            }),
            _ => !self.is_object(),
        }
    }

    fn made(self, depth: u32) -> Option<Schema> {
        (self.code.maker)(self, depth)
    }
}

fn spread(module: &Module<'_>, id: ExprId) -> ExprId {
    match module.kind(id) {
        ExprKind::Spread(inner) => inner,
        _ => id,
    }
}
