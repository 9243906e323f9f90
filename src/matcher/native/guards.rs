//! What a function does with what a condition says: whether it refuses, goes on, or hands the answer out. Assertions are
//! left out: they are for tests, and `python -O` takes them out.

use crate::lower::{Block, ExprId, ExprKind, FunctionId, Op, StmtKind, UnaryOp};
use crate::matcher::Code;
use crate::text::Span;
use std::collections::{HashMap, HashSet};

/// What an expression decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The function refuses where it does not hold.
    Required,
    /// The function refuses where it holds.
    Refused,
    /// A block runs where it holds.
    Allowed,
    /// It is the answer of the function, or a part of it.
    Returned,
    /// It gets a name.
    Kept,
    Other,
}

impl Role {
    /// Whether something happens only where the expression holds.
    pub(super) fn lets_pass(self) -> bool {
        matches!(self, Self::Required | Self::Allowed | Self::Returned | Self::Kept)
    }
}

/// All conditions and answers of one file.
pub(super) struct Guards<'c, 'a> {
    code: &'c Code<'a>,
    branches: HashMap<ExprId, (Block, Block)>,
    returned: HashSet<ExprId>,
}

/// How a block ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Refuses,
    Other,
}

impl<'c, 'a> Guards<'c, 'a> {
    pub(super) fn new(code: &'c Code<'a>) -> Self {
        let mut branches = HashMap::new();
        let mut returned = HashSet::new();
        for function in &code.module.functions {
            for stmt in code.module.statements(function.body) {
                match stmt.kind {
                    StmtKind::If { condition, then, otherwise } => {
                        branches.insert(condition, (then, otherwise));
                    }
                    StmtKind::Return(Some(value)) => {
                        returned.insert(value);
                    }
                    _ => {}
                }
            }
        }
        Self { code, branches, returned }
    }

    /// What hangs on an expression, through `not`, `and`, `or`, `all(…)`, `.every(…)`.
    pub(super) fn role(&self, expr: ExprId) -> Role {
        let module = &self.code.module;
        let mut at = expr;
        let mut is_negated = false;
        for _ in 0..48 {
            if let Some((then, otherwise)) = self.branches.get(&at) {
                return match (is_negated, self.end(*then), self.end(*otherwise)) {
                    (true, End::Refuses, _) | (false, End::Other, End::Refuses) => Role::Required,
                    (false, End::Refuses, _) => Role::Refused,
                    (false, ..) => Role::Allowed,
                    (true, ..) => Role::Other,
                };
            }
            if self.returned.contains(&at) {
                match self.tested_by(module.function_of(at)) {
                    Some(call) => {
                        at = call;
                        continue;
                    }
                    None => return self.answer(module.function_of(at), is_negated),
                }
            }
            let Some(parent) = self.code.parent(at) else { return Role::Other };
            match module.kind(parent) {
                ExprKind::Unary { op: UnaryOp::Not, .. } => is_negated = !is_negated,
                ExprKind::Binary { op: Op::And | Op::Or, .. } | ExprKind::Await(_) | ExprKind::List(_) => {}
                ExprKind::Comprehension { element, .. } if element == at => {}
                // `[x for x in all if …]` selects, and decides nothing.
                ExprKind::Conditional { .. } if self.is_in_comprehension(parent) => return Role::Other,
                ExprKind::Conditional { condition, .. } if condition == at => return Role::Allowed,
                ExprKind::Call { callee, .. } if callee != at && self.is_quantifier(callee) => {}
                ExprKind::Assign { value, .. } if value == at => return Role::Kept,
                _ => return Role::Other,
            }
            at = parent;
        }
        Role::Other
    }

    /// The outermost expression around one, inside of its statement.
    pub(super) fn whole(&self, expr: ExprId) -> ExprId {
        self.code.around(expr).last().unwrap_or(expr)
    }

    /// The blocks of the condition that an expression is a part of.
    pub(super) fn branch(&self, expr: ExprId) -> Option<(Block, Block)> {
        std::iter::once(expr).chain(self.code.around(expr)).find_map(|id| self.branches.get(&id).copied())
    }

    fn is_in_comprehension(&self, expr: ExprId) -> bool {
        let parent = self.code.parent(expr);
        parent.is_some_and(|id| matches!(self.code.module.kind(id), ExprKind::Comprehension { .. }))
    }

    fn is_quantifier(&self, callee: ExprId) -> bool {
        matches!(self.code.module.kind(callee), ExprKind::Name("all" | "any" | "bool" | "Boolean"))
    }

    /// A function that is asked of elements answers for the call that asks; one that selects elements answers nothing.
    fn tested_by(&self, function: FunctionId) -> Option<ExprId> {
        let call = self.taken_by(function)?;
        matches!(self.last_name(call), Some("some" | "every" | "all" | "any")).then_some(call)
    }

    /// The call that a function is an argument of.
    pub(super) fn taken_by(&self, function: FunctionId) -> Option<ExprId> {
        let expr = self.code.module.function(function)?.expr?;
        let call = self.code.parent(expr)?;
        matches!(self.code.module.kind(call), ExprKind::Call { .. }).then_some(call)
    }

    fn answer(&self, function: FunctionId, is_negated: bool) -> Role {
        let selects = self.taken_by(function).and_then(|call| self.last_name(call)).is_some_and(|name| {
            matches!(
                name,
                "filter" | "find" | "findIndex" | "findLast" | "map" | "flatMap" | "sort" | "forEach" | "reduce"
            )
        });
        match (selects, is_negated) {
            (true, _) => Role::Other,
            (false, true) => Role::Refused,
            (false, false) => Role::Returned,
        }
    }

    fn last_name(&self, call: ExprId) -> Option<&'a str> {
        let ExprKind::Call { callee, .. } = self.code.module.kind(call) else { return None };
        match self.code.module.kind(callee) {
            ExprKind::Name(name) | ExprKind::Field { name, .. } => Some(name),
            _ => None,
        }
    }

    fn end(&self, block: Block) -> End {
        let module = &self.code.module;
        let Some(last) = module.block(block).next_back() else { return End::Other };
        let refuses = match last.kind {
            StmtKind::Throw(_) | StmtKind::Return(None) => true,
            StmtKind::Return(Some(value)) => match module.truth(value) {
                Some(truth) => !truth,
                None => self.sounds_refusing(value),
            },
            StmtKind::Expr(expr) => self
                .last_name(expr)
                .is_some_and(|name| matches!(name, "exit" | "_exit" | "abort" | "fail" | "panic" | "Fatal" | "Fatalf")),
            StmtKind::Block(inner) => return self.end(inner),
            _ => false,
        };
        if refuses { End::Refuses } else { End::Other }
    }

    fn sounds_refusing(&self, value: ExprId) -> bool {
        const WORDS: &[&str] = &[
            "err",
            "denied",
            "invalid",
            "not allowed",
            "outside",
            "forbid",
            "unsafe",
            "refus",
            "reject",
            "false",
            "fail",
            "must",
            "disallow",
            "illegal",
            "400",
            "403",
            "404",
            "travers",
            "cannot",
            "can't",
            "not permitted",
        ];
        let text = text_of(self.code, value).to_ascii_lowercase();
        WORDS.iter().any(|word| text.contains(word))
    }
}

/// The source of an expression.
pub(super) fn text_of<'a>(code: &Code<'a>, expr: ExprId) -> &'a str {
    code.module.span(expr).slice(code.module.text).unwrap_or_default()
}

/// The source of the function around an expression, or what stands near it where that is very long.
pub(super) fn function_text<'a>(code: &Code<'a>, expr: ExprId) -> &'a str {
    let function = code.module.function_of(expr);
    let span = (function != FunctionId(0)).then(|| code.module.function(function).map(|it| it.span)).flatten();
    let span = span.unwrap_or(Span::new(0, code.module.text.len()));
    if span.end - span.start <= LONG {
        return span.slice(code.module.text).unwrap_or_default();
    }
    let here = code.module.span(expr);
    window(code.module.text, here.start.saturating_sub(LONG / 2).max(span.start), (here.end + LONG / 2).min(span.end))
}

/// The source of a function from its beginning.
pub(super) fn text_of_function<'a>(code: &Code<'a>, function: FunctionId) -> &'a str {
    let span = code.module.function(function).map_or(Span::at(0), |it| it.span);
    window(code.module.text, span.start, span.end.min(span.start + LONG))
}

/// The source of the beginning of a block.
pub(super) fn block_text<'a>(code: &Code<'a>, block: Block) -> &'a str {
    let module = &code.module;
    let ends = module.block(block).next().zip(module.block(block).next_back());
    ends.map_or("", |(first, last)| window(module.text, first.span.start, last.span.end.min(first.span.start + NEAR)))
}

/// What stands on either side of an expression inside of a larger one.
pub(super) fn sides<'a>(code: &Code<'a>, expr: ExprId, whole: ExprId) -> (&'a str, &'a str) {
    let (expr, whole, text) = (code.module.span(expr), code.module.span(whole), code.module.text);
    let before = window(text, expr.start.saturating_sub(NEAR).max(whole.start), expr.start);
    (before, window(text, expr.end, whole.end.min(expr.end + NEAR)))
}

/// Bytes of a function that are looked at for one question, and bytes around an expression.
const LONG: usize = 24 * 1024;
const NEAR: usize = 600;

/// A stretch of a text, made smaller to whole characters.
fn window(text: &str, start: usize, end: usize) -> &str {
    let start = (start..end).take(4).find(|at| text.is_char_boundary(*at)).unwrap_or(end);
    let end = (start..=end).rev().take(4).find(|at| text.is_char_boundary(*at)).unwrap_or(start);
    text.get(start..end).unwrap_or_default()
}

pub(super) fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}
