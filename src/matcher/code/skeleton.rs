//! The constant text of an expression, with holes where it is put together at run time.

use super::source::Code;
use crate::lower::{Definition, ExprId, ExprKind, Op, UnaryOp};

/// What stands for a part that is not constant.
pub(super) const HOLE: &str = "{}";
/// Expressions that are looked at for one text, and characters of it.
const MAX_STEPS: u32 = 400;
const MAX_TEXT: usize = 16 * 1024;

/// The text of an expression with a hole for each part that is known only at run time; `None` if it is no text, or all of
/// it is a hole. Names of such texts are followed, and what is added to them.
pub(super) fn skeleton(code: &Code<'_>, expr: ExprId) -> Option<String> {
    let builder = Builder::of(code, expr);
    builder.has_text.then_some(builder.out)
}

/// The expressions that stand in the holes of a text.
pub(super) fn holes(code: &Code<'_>, expr: ExprId) -> Vec<ExprId> {
    Builder::of(code, expr).holes
}

/// Whether an expression is a text with holes in it.
pub(super) fn is_built(code: &Code<'_>, expr: ExprId) -> bool {
    skeleton(code, expr).is_some_and(|text| text.contains(HOLE)) && !code.module.is_constant(expr)
}

struct Builder<'c, 'a> {
    code: &'c Code<'a>,
    steps: u32,
    out: String,
    has_text: bool,
    holes: Vec<ExprId>,
}

impl<'c, 'a> Builder<'c, 'a> {
    fn of(code: &'c Code<'a>, expr: ExprId) -> Self {
        let mut builder = Self { code, steps: MAX_STEPS, out: String::new(), has_text: false, holes: Vec::new() };
        builder.add(expr, 0);
        builder
    }

    fn hole(&mut self, expr: ExprId) {
        self.out.push_str(HOLE);
        self.holes.push(expr);
    }

    /// Forgets what came after a point.
    fn cut(&mut self, (text, holes): (usize, usize)) {
        self.out.truncate(text);
        self.holes.truncate(holes);
    }

    fn here(&self) -> (usize, usize) {
        (self.out.len(), self.holes.len())
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
        self.has_text = true;
    }

    fn add(&mut self, expr: ExprId, depth: u32) {
        if self.steps == 0 || depth > 48 || self.out.len() > MAX_TEXT {
            return self.hole(expr);
        }
        self.steps -= 1;
        let module = &self.code.module;
        match module.kind(expr) {
            ExprKind::Str { .. } => {
                let text = module.string(expr).unwrap_or_default().into_owned();
                self.text(&text);
            }
            ExprKind::Number(text) => self.out.push_str(text),
            ExprKind::Concat(list) => {
                let parts: Vec<_> = module.exprs_of(list).to_vec();
                parts.into_iter().for_each(|part| self.add(part, depth + 1));
            }
            ExprKind::Binary { op: Op::Add, left, right } => {
                self.add(left, depth + 1);
                self.add(right, depth + 1);
            }
            ExprKind::Binary { op: Op::Remainder, left, right } => {
                let values = match module.kind(right) {
                    ExprKind::List(list) => module.exprs_of(list).to_vec(),
                    _ => vec![right],
                };
                self.format(left, &values, depth, &["%s", "%d", "%r", "%i", "%f"])
            }
            ExprKind::Conditional { then, otherwise, .. } => {
                let start = self.here();
                self.add(then, depth + 1);
                if self.out.get(start.0..).is_some_and(|text| text == HOLE) {
                    self.cut(start);
                    self.add(otherwise, depth + 1);
                }
            }
            ExprKind::Assign { value, op: None, .. }
            | ExprKind::Await(value)
            | ExprKind::Unary { op: UnaryOp::Reference, operand: value } => self.add(value, depth + 1),
            ExprKind::Name(_) => self.name(expr, depth),
            ExprKind::Call { callee, args, .. } => {
                let args: Vec<_> = module.args(args).iter().map(|arg| arg.value).collect();
                self.call(expr, callee, &args, depth)
            }
            _ => self.hole(expr),
        }
    }

    /// `"… %s …" % x`, `"… {} …".format(x)`.
    fn format(&mut self, template: ExprId, values: &[ExprId], depth: u32, holes: &[&str]) {
        let start = self.out.len();
        self.add(template, depth + 1);
        let Some(text) = self.out.get(start..).map(str::to_owned) else { return };
        let mut filled = text;
        for hole in holes {
            filled = filled.replace(hole, HOLE);
        }
        self.out.truncate(start);
        self.out.push_str(&filled);
        self.holes.extend(values);
    }

    fn call(&mut self, whole: ExprId, callee: ExprId, args: &[ExprId], depth: u32) {
        let module = &self.code.module;
        let rest = args.get(1..).unwrap_or_default();
        match (module.kind(callee), args.first().copied()) {
            (ExprKind::Field { base, name: "format" }, _) if self.is_text(base) => self.braces(base, args, depth),
            (ExprKind::Field { base, name: "strip" | "trim" | "lower" | "toLowerCase" | "dedent" | "concat" }, _)
                if self.is_text(base) =>
            {
                self.add(base, depth + 1);
            }
            (ExprKind::Name("str" | "String"), Some(first)) => self.add(first, depth + 1),
            // `String::from("…")`, `format!("…")`, `fmt.Sprintf("…")`, `textwrap.dedent("…")`
            (ExprKind::Field { name: "Sprintf", .. }, Some(first)) => {
                self.format(first, rest, depth, &["%s", "%d", "%v", "%q"]);
            }
            (ExprKind::Name("format"), Some(first)) => self.braces(first, rest, depth),
            (ExprKind::Field { name: "dedent" | "from" | "to_string", .. }, Some(first)) => self.add(first, depth + 1),
            _ => self.hole(whole),
        }
    }

    /// A template whose holes are in braces: `{name}`, `{0:>3}`.
    fn braces(&mut self, template: ExprId, values: &[ExprId], depth: u32) {
        let start = self.out.len();
        self.add(template, depth + 1);
        let Some(text) = self.out.get(start..).map(str::to_owned) else { return };
        self.out.truncate(start);
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            self.out.push_str(before);
            let end = after.find('}').map_or(after.len(), |end| end + 1);
            self.out.push_str(HOLE);
            rest = after.get(end..).unwrap_or_default();
        }
        self.out.push_str(rest);
        self.holes.extend(values);
    }

    fn is_text(&self, base: ExprId) -> bool {
        let module = &self.code.module;
        matches!(
            module.kind(module.value_of(base)),
            ExprKind::Str { .. } | ExprKind::Concat(_) | ExprKind::Binary { .. }
        )
    }

    fn name(&mut self, expr: ExprId, depth: u32) {
        let module = &self.code.module;
        let Some(binding) = module.binding(expr) else { return self.hole(expr) };
        let definitions: Vec<_> = module.definitions(binding).to_vec();
        let values = |definition: &Definition<'_>| matches!(definition, Definition::Value(_) | Definition::Typed(_));
        match definitions.as_slice() {
            [Definition::Value(value)] => self.add(*value, depth + 1),
            // Written once and then added to.
            [Definition::Value(value), more @ ..] if more.iter().all(|it| matches!(it, Definition::Changed(_))) => {
                self.add(*value, depth + 1);
                for part in more {
                    if let Definition::Changed(value) = part {
                        self.add(*value, depth + 1);
                    }
                }
            }
            // One of several texts: the first one with a hole speaks for all.
            all if all.len() <= 8 && all.iter().all(values) => {
                let start = self.here();
                for definition in all {
                    let Definition::Value(value) = definition else { continue };
                    self.cut(start);
                    self.add(*value, depth + 1);
                    if self.out.get(start.0..).is_some_and(|text| text.contains(HOLE)) {
                        return;
                    }
                }
            }
            _ => self.hole(expr),
        }
    }
}
