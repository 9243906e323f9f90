//! One lowered module with what all matchers about code ask of it, worked out once and only when somebody asks.

use super::environment::{Read, reads};
use super::fallback::fallbacks;
use super::mention::mentions;
use crate::document::Language;
use crate::lower::{
    Arg, BindingId, Block, ExprId, ExprKind, FunctionId, Key, Module, ScopeKind, StmtKind, UnaryOp, lower,
};
use crate::rule::last_name;
use crate::text::Span;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

/// A module under examination.
#[derive(Debug)]
pub struct Code<'a> {
    pub module: Module<'a>,
    calls: OnceCell<Calls>,
    parents: OnceCell<Vec<Option<ExprId>>>,
    returned: OnceCell<Vec<bool>>,
    returned_names: OnceCell<HashSet<BindingId>>,
    named: OnceCell<Vec<Named<'a>>>,
    reads: OnceCell<Vec<Read>>,
    mentions: OnceCell<Vec<&'a str>>,
}

#[derive(Debug, Default)]
struct Calls {
    all: Vec<Called>,
    /// Numbers of calls by the last name of what is called.
    by_name: HashMap<String, Vec<usize>>,
}

/// A call and what it calls.
#[derive(Debug)]
pub struct Called {
    pub expr: ExprId,
    pub callee: ExprId,
    /// See [`Module::path`].
    pub path: String,
}

/// A value that gets a name: an argument, an entry, an attribute, a variable, a field, a parameter's default.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    pub kind: NamedKind,
    pub name: &'a str,
    pub name_span: Span,
    pub value: ExprId,
    /// The call of an argument, the object of an entry, the base of an attribute.
    pub owner: Option<ExprId>,
    /// The whole: the assignment, or the value.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedKind {
    Keyword,
    Entry,
    Attribute,
    Variable,
    Field,
    Default,
    /// What stands in where a value is missing: `x || value`, `if x is None: x = value`, `.get("x", value)`.
    Fallback,
    /// What the function with this name gives back.
    Returned,
}

impl<'a> Code<'a> {
    pub fn new(language: Language, path: &str, text: &'a str) -> Self {
        Self {
            module: lower(language, path, text),
            calls: OnceCell::new(),
            parents: OnceCell::new(),
            returned: OnceCell::new(),
            returned_names: OnceCell::new(),
            named: OnceCell::new(),
            reads: OnceCell::new(),
            mentions: OnceCell::new(),
        }
    }

    fn calls(&self) -> &Calls {
        self.calls.get_or_init(|| {
            let mut out = Calls::default();
            for expr in &self.module.calls {
                let ExprKind::Call { callee, .. } = self.module.kind(*expr) else { continue };
                let path = self.module.path(callee);
                out.by_name.entry(last_name(&path).to_owned()).or_default().push(out.all.len());
                out.all.push(Called { expr: *expr, callee, path });
            }
            out
        })
    }

    /// All calls, in the order of the text.
    pub fn all_calls(&self) -> &[Called] {
        &self.calls().all
    }

    /// The calls of something with this last name.
    pub fn calls_of(&self, name: &str) -> impl Iterator<Item = &Called> {
        let calls = self.calls();
        calls.by_name.get(name).into_iter().flatten().filter_map(|at| calls.all.get(*at))
    }

    pub fn args(&self, call: ExprId) -> &[Arg<'a>] {
        match self.module.kind(call) {
            ExprKind::Call { args, .. } => self.module.args(args),
            _ => &[],
        }
    }

    /// The expression that a part belongs to.
    pub fn parent(&self, part: ExprId) -> Option<ExprId> {
        let parents = self.parents.get_or_init(|| {
            let mut parents = vec![None; self.module.exprs.len()];
            for at in 0..self.module.exprs.len() {
                let whole = ExprId(u32::try_from(at).unwrap_or(u32::MAX));
                // Of several the last: what is only left over of a list of arguments comes before its call.
                self.module.parts(whole, |part| {
                    if let Some(slot) = parents.get_mut(part.index()) {
                        *slot = Some(whole);
                    }
                });
            }
            parents
        });
        parents.get(part.index()).copied().flatten()
    }

    /// The expressions around a part, from the inside; at most as many as anybody writes.
    pub fn around(&self, part: ExprId) -> impl Iterator<Item = ExprId> {
        std::iter::successors(self.parent(part), |id| self.parent(*id)).take(256)
    }

    /// Whether an expression is what some `return` gives back, or a part of it.
    pub fn is_returned(&self, expr: ExprId) -> bool {
        let returned = self.returned.get_or_init(|| {
            let mut returned = vec![false; self.module.exprs.len()];
            for function in &self.module.functions {
                for stmt in self.module.statements(function.body) {
                    if let StmtKind::Return(Some(value)) = stmt.kind
                        && let Some(slot) = returned.get_mut(value.index())
                    {
                        *slot = true;
                    }
                }
            }
            returned
        });
        let is = |id: ExprId| returned.get(id.index()).copied().unwrap_or(false);
        is(expr) || self.around(expr).any(is)
    }

    /// Whether an expression is in what its function gives back, there or under a name that it gets.
    pub fn is_handed_back(&self, expr: ExprId) -> bool {
        if self.is_returned(expr) {
            return true;
        }
        let Some(whole) = self.around(expr).last() else { return false };
        let ExprKind::Assign { target, op: None, .. } = self.module.kind(whole) else { return false };
        let returned = self.returned_names.get_or_init(|| {
            let is_name = |id: &ExprId| matches!(self.module.kind(*id), ExprKind::Name(_));
            let ids = (0..self.module.exprs.len()).map(|at| ExprId(u32::try_from(at).unwrap_or(u32::MAX)));
            let names = ids.filter(|id| is_name(id) && self.is_returned(*id));
            names.filter_map(|id| self.module.binding(id)).collect()
        });
        self.module.binding(target).is_some_and(|binding| returned.contains(&binding))
    }

    /// All values that get a name.
    pub fn named(&self) -> &[Named<'a>] {
        self.named.get_or_init(|| named(&self.module))
    }

    /// The names and texts that the file speaks of.
    pub fn mentions(&self) -> &[&'a str] {
        self.mentions.get_or_init(|| mentions(&self.module))
    }

    /// All reads of the environment.
    pub fn reads(&self) -> &[Read] {
        self.reads.get_or_init(|| reads(self))
    }

    /// From the first to the last statement of the innermost block around an expression.
    pub fn block_around(&self, expr: ExprId) -> Option<Span> {
        let place = self.module.span(expr);
        let body = self.module.function(self.module.function_of(expr))?.body;
        let whole = |block: Block| {
            let mut stmts = self.module.block(block);
            let first = stmts.next()?;
            let last = stmts.next_back().unwrap_or(first);
            Some(Span::new(first.span.start, last.span.end))
        };
        let inside = self.module.statements(body).flat_map(|stmt| self.module.blocks_of(stmt)).filter_map(whole);
        inside.chain(whole(body)).filter(|span| span.contains(place)).min_by_key(|span| span.len())
    }

    /// Whether an expression stands in a catch clause of its own function.
    pub fn is_in_catch(&self, expr: ExprId) -> bool {
        self.catch_of(expr).is_some()
    }

    /// The innermost catch clause of its own function in which an expression stands.
    pub fn catch_of(&self, expr: ExprId) -> Option<Span> {
        let mut scopes = self.module.scopes_around(expr);
        scopes
            .find_map(|scope| match scope.kind {
                ScopeKind::Catch => Some(Some(scope.span)),
                ScopeKind::Function(_) => Some(None),
                _ => None,
            })
            .flatten()
    }

    /// The name of the function around, if it has one.
    pub fn function_name(&self, expr: ExprId) -> Option<&'a str> {
        let function = self.module.function_of(expr);
        (function != FunctionId(0)).then(|| self.module.function(function).and_then(|it| it.name)).flatten()
    }

    /// The last identifier of what an expression names: `x.token` is called `token`, and so are `x["token"]`,
    /// `str(x.token)` and `token.strip()`.
    pub fn called(&self, expr: ExprId) -> Option<String> {
        let mut id = expr;
        for _ in 0..8 {
            id = match self.module.kind(id) {
                ExprKind::Name(name) => return Some(name.to_owned()),
                ExprKind::Field { name, .. } => return Some(name.to_owned()),
                ExprKind::Index { base, index } => match self.module.string(index) {
                    Some(key) => return Some(key.into_owned()),
                    None => base,
                },
                ExprKind::Await(inner)
                | ExprKind::Spread(inner)
                | ExprKind::Unary { op: UnaryOp::Reference, operand: inner } => inner,
                ExprKind::Call { callee, .. } => match (self.module.kind(callee), self.args(id)) {
                    (ExprKind::Name("str" | "String" | "repr"), [only]) => only.value,
                    (ExprKind::Field { name: "get" | "getenv", .. }, [first, ..]) => {
                        return self.module.string(first.value).map(std::borrow::Cow::into_owned);
                    }
                    (
                        ExprKind::Field { base, name: "strip" | "trim" | "toString" | "decode" | "get_secret_value" },
                        [],
                    ) => base,
                    _ => return None,
                },
                _ => return None,
            };
        }
        None
    }
}

/// The last name of a path: what is called, without where it comes from.
fn named<'a>(module: &Module<'a>) -> Vec<Named<'a>> {
    let mut out = Vec::new();
    for at in 0..module.exprs.len() {
        let id = ExprId(u32::try_from(at).unwrap_or(u32::MAX));
        let whole = module.span(id);
        match module.kind(id) {
            ExprKind::Call { args, .. } => {
                for arg in module.args(args) {
                    let Some(name) = arg.name else { continue };
                    let value = module.span(arg.value);
                    // The name stands before the value.
                    let before = module.text.get(whole.start..value.start).unwrap_or_default();
                    let start = before.rfind(name).map_or(value.start, |start| whole.start + start);
                    let name_span = Span::new(start, start + name.len());
                    let span = Span::new(start, value.end);
                    out.push(Named {
                        kind: NamedKind::Keyword,
                        name,
                        name_span,
                        value: arg.value,
                        owner: Some(id),
                        span,
                    });
                }
            }
            ExprKind::Object(list) => {
                for pair in module.pairs(list) {
                    let Some(Key::Plain(name, name_span)) = pair.key else { continue };
                    let span = Span::new(name_span.start, module.span(pair.value).end.max(name_span.end));
                    out.push(Named {
                        kind: NamedKind::Entry,
                        name,
                        name_span,
                        value: pair.value,
                        owner: Some(id),
                        span,
                    });
                }
            }
            ExprKind::Assign { target, value, op: None } => {
                let name_span = module.span(target);
                match module.kind(target) {
                    ExprKind::Name(name) => {
                        out.push(Named { kind: NamedKind::Variable, name, name_span, value, owner: None, span: whole });
                    }
                    ExprKind::Field { base, name } => {
                        let kind = NamedKind::Attribute;
                        out.push(Named { kind, name, name_span, value, owner: Some(base), span: whole });
                    }
                    ExprKind::Index { base, index } => {
                        let ExprKind::Str { content, .. } = module.kind(index) else { continue };
                        let Some(name) = content.slice(module.text) else { continue };
                        let kind = NamedKind::Attribute;
                        out.push(Named { kind, name, name_span: content, value, owner: Some(base), span: whole });
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    for field in module.classes.iter().flat_map(|class| &class.fields) {
        let Some(value) = field.value else { continue };
        // Those of Python stand there as assignments, too.
        let span = Span::new(field.span.start, module.span(value).end.max(field.span.end));
        let kind = NamedKind::Field;
        out.push(Named { kind, name: field.name, name_span: field.span, value, owner: None, span });
    }
    for param in module.functions.iter().flat_map(|function| &function.params) {
        if let (Some(name), Some(value)) = (param.name, param.default) {
            let span = Span::new(param.span.start, module.span(value).end.max(param.span.end));
            out.push(Named { kind: NamedKind::Default, name, name_span: param.span, value, owner: None, span });
        }
    }
    for function in module.functions.iter().skip(1) {
        for stmt in module.statements(function.body) {
            if let StmtKind::Return(Some(value)) = stmt.kind {
                let (kind, name) = (NamedKind::Returned, function.name.unwrap_or_default());
                let span = module.span(value);
                out.push(Named { kind, name, name_span: span, value, owner: None, span });
            }
        }
    }
    fallbacks(module, &mut out);
    out.sort_by_key(|named| (named.name_span, named.value));
    out
}
