//! What the code of a tool does: the calls inside of it, and where it reads a parameter.

use crate::deployment::tools::{Body, Handler};
use crate::lower::{Block, ExprId, ExprKind, Function, Key, Module, ParamKind, StmtKind};
use crate::matcher::code::{Called, Code};
use crate::text::Span;
use std::collections::HashMap;

/// Places of every name in a file.
#[derive(Debug, Default)]
pub(super) struct Mentions<'a> {
    places: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Mentions<'a> {
    pub(super) fn of(module: &Module<'a>) -> Self {
        let mut places: HashMap<&'a str, Vec<usize>> = HashMap::new();
        for expr in &module.exprs {
            if let ExprKind::Name(name) = expr.kind {
                places.entry(name).or_default().push(expr.span.start);
            }
        }
        places.values_mut().for_each(|all| all.sort_unstable());
        Self { places }
    }

    pub(super) fn has(&self, name: &str, within: Span) -> bool {
        let all = self.places.get(name).map_or(&[][..], Vec::as_slice);
        let next = all.partition_point(|at| *at < within.start);
        all.get(next).is_some_and(|at| *at < within.end)
    }
}

/// The code that runs for one tool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running<'s, 'a> {
    pub code: &'s Code<'a>,
    pub function: &'s Function<'a>,
    /// The statements, without the head of the function.
    pub span: Span,
    /// Whether the function is for this tool alone.
    pub is_own: bool,
}

impl<'s, 'a> Running<'s, 'a> {
    pub(super) fn of(code: &'s Code<'a>, tool: &Handler) -> Option<Self> {
        let function = code.module.function(tool.body.function()?)?;
        let (block, is_own) = match tool.body {
            Body::Arm { block, .. } => (block, false),
            _ => (function.body, true),
        };
        let span = span_of(&code.module, block)?;
        Some(Self { code, function, span, is_own })
    }

    /// The calls inside, also those of functions inside.
    pub(super) fn calls(&self) -> impl Iterator<Item = &'s Called> + use<'s, 'a> {
        let all = self.code.all_calls();
        let (code, within) = (self.code, self.span);
        let first = all.partition_point(|call| code.module.span(call.expr).start < within.start);
        all.iter()
            .skip(first)
            .take_while(move |call| code.module.span(call.expr).start < within.end)
            .filter(move |call| within.contains(code.module.span(call.expr)))
    }

    /// Whether there is more in it than a docstring and placeholders.
    pub(super) fn does_something(&self) -> bool {
        let module = &self.code.module;
        let does = |kind: StmtKind| match kind {
            StmtKind::Expr(expr) => !matches!(module.kind(expr), ExprKind::Str { .. } | ExprKind::Concat(_)),
            StmtKind::Throw(_) | StmtKind::Leave => false,
            _ => true,
        };
        module.block(self.function.body).any(|stmt| does(stmt.kind))
    }

    /// Whether an expression is the value that a parameter has: `path`, `args.path`, `args["path"]`.
    pub(super) fn is_parameter(&self, id: ExprId, parameter: &str) -> bool {
        let module = &self.code.module;
        match module.kind(id) {
            ExprKind::Name(name) => name == parameter,
            ExprKind::Field { base, name } => name == parameter && matches!(module.kind(base), ExprKind::Name(_)),
            ExprKind::Index { base, index } => {
                matches!(module.kind(base), ExprKind::Name(_)) && module.string(index).as_deref() == Some(parameter)
            }
            ExprKind::Await(inner) => self.is_parameter_once(inner, parameter),
            ExprKind::Binary { left, .. } => self.is_parameter_once(left, parameter),
            _ => false,
        }
    }

    fn is_parameter_once(&self, id: ExprId, parameter: &str) -> bool {
        matches!(self.code.module.kind(id), ExprKind::Name(name) if name == parameter)
    }

    /// Whether the code reads a parameter, as far as that can be said: `None` if it hands its arguments on as a whole.
    pub(super) fn reads(&self, parameter: &str, mentions: &Mentions<'a>) -> Option<bool> {
        if !self.is_own {
            return None;
        }
        let module = &self.code.module;
        if ["locals", "vars", "arguments", "kwargs"].iter().any(|name| mentions.has(name, self.span)) {
            return None;
        }
        for param in &self.function.params {
            if param.kind == ParamKind::Receiver {
                continue;
            }
            if param.name == Some(parameter) {
                return Some(mentions.has(parameter, self.span));
            }
            if let ExprKind::Object(list) = module.kind(param.target) {
                for pair in module.pairs(list) {
                    let Some(Key::Plain(name, _)) = pair.key else { return None };
                    let target = match module.kind(pair.value) {
                        ExprKind::Assign { target, .. } => target,
                        _ => pair.value,
                    };
                    if name == parameter {
                        return match module.kind(target) {
                            ExprKind::Name(local) => Some(mentions.has(local, self.span)),
                            _ => None,
                        };
                    }
                }
                // What is not taken out of the arguments is not read.
                return Some(false);
            }
        }
        None
    }

    /// Whether the code asks for the length of a parameter before a place.
    pub(super) fn measures(&self, parameter: &str, before: usize) -> bool {
        let module = &self.code.module;
        let is_measured = self.calls().any(|call| {
            let is_length = matches!(last_name(&call.path), "len" | "length" | "size" | "count");
            let first = self.code.args(call.expr).first();
            is_length
                && module.span(call.expr).start < before
                && first.is_some_and(|arg| self.is_parameter(arg.value, parameter))
        });
        // `values.length`: a name is written before its field.
        let text = Span::new(self.span.start, before.min(self.span.end)).slice(module.text).unwrap_or_default();
        let is_field = |field: &str| {
            text.match_indices(parameter)
                .any(|(at, _)| text.get(at + parameter.len()..).is_some_and(|rest| rest.starts_with(field)))
        };
        is_measured || [".length", "?.length", ".slice(", "[:"].iter().any(|field| is_field(field))
    }
}

/// From the first statement of a block to the last.
fn span_of(module: &Module<'_>, block: Block) -> Option<Span> {
    let first = module.block(block).next()?;
    let last = module.block(block).next_back()?;
    Some(Span::new(first.span.start, last.span.end))
}

/// The last name of a path.
pub(super) fn last_name(path: &str) -> &str {
    path.rsplit(['.', '#', '?']).next().unwrap_or_default()
}
