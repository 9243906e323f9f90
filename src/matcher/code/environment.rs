//! `environment`: a read of an environment variable, with what stands in for it when it is not set.

use super::source::{Called, Code};
use super::value::ValueTest;
use super::{Scope, captured};
use crate::document::Language;
use crate::lower::{ExprId, ExprKind, Key, Op, StmtKind};
use crate::matcher::{Capture, Match, Output, Subject};
use crate::rule::{Expression, Problems, TableReader, last_name};
use crate::text::{Mask, Sensitive};

pub(super) const CAPTURES: &[&str] = &["name", "what", "default", "text"];

/// A read of the environment.
#[derive(Clone, Debug)]
pub struct Read {
    pub name: String,
    pub expr: ExprId,
    /// What it is when nobody sets it.
    pub default: Option<ExprId>,
}

#[derive(Debug)]
pub struct EnvironmentMatcher {
    scope: Scope,
    name: Option<Expression>,
    except: Option<Expression>,
    /// What the default must be; without conditions any read counts.
    default: ValueTest,
    is_insecure: bool,
}

/// Literals, one of which stands in every text that reads the environment.
const ANCHORS: &[&str] = &[
    "getenv",
    "environ",
    "process.env",
    "import.meta.env",
    "Deno.env",
    "Bun.env",
    "Getenv",
    "env::var",
    "BaseSettings",
    "env(",
    "Env(",
];

impl EnvironmentMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let scope = Scope::read(table, problems);
        let name = table.expression("name", problems);
        let except = table.expression("except-name", problems);
        let (default, also) = match table.has("default").then(|| table.table("default", problems)).flatten() {
            Some(mut inner) => {
                let read = ValueTest::read(&mut inner, &["insecure-default"], problems);
                inner.finish(problems);
                read
            }
            None => {
                problems.add(table.span(), "`default` is missing: what the default must be");
                return None;
            }
        };
        Some(Self { scope, name, except, default, is_insecure: !also.is_empty() })
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(super) fn anchors() -> Vec<Vec<u8>> {
        ANCHORS.iter().map(|anchor| anchor.as_bytes().to_vec()).collect()
    }

    pub(super) fn run(&self, subject: &Subject<'_>, code: &Code<'_>, out: &mut Output) {
        for read in code.reads() {
            let Some(default) = read.default else { continue };
            if self.name.as_ref().is_some_and(|regex| !regex.is_match(&read.name))
                || self.except.as_ref().is_some_and(|regex| regex.is_match(&read.name))
                || !self.default.holds(code, default, subject.knowledge)
            {
                continue;
            }
            let text = code.module.constant(default).unwrap_or_default();
            // What the variable called so becomes when nobody sets it, and lets in whoever has read the file.
            if self.is_insecure && !subject.knowledge.values.is_insecure_default(&read.name, &text) {
                continue;
            }
            let value = code.module.span(default);
            let shown = if self.is_insecure { "" } else { value.slice(code.module.text).unwrap_or_default() };
            let whole = code.module.span(read.expr).slice(code.module.text).unwrap_or_default();
            let sensitive = Sensitive { span: value, visible: 0, mask: Mask::Secret };
            out.push(Match {
                span: Some(if self.is_insecure { value } else { code.module.span(read.expr) }),
                captures: vec![
                    Capture::new("name", read.name.clone()),
                    Capture::new("what", if self.is_insecure { String::new() } else { captured(whole) }),
                    Capture::at("default", captured(shown), value),
                    Capture::new("text", if self.is_insecure { String::new() } else { captured(&text) }),
                ],
                sensitive: if self.is_insecure { vec![sensitive] } else { Vec::new() },
                ..Match::default()
            });
        }
    }
}

/// All reads of the environment of a module.
pub(super) fn reads(code: &Code<'_>) -> Vec<Read> {
    let module = &code.module;
    let mut out = Vec::new();
    for at in 0..module.exprs.len() {
        let id = ExprId(u32::try_from(at).unwrap_or(u32::MAX));
        match module.kind(id) {
            ExprKind::Binary { op: Op::Or | Op::Nullish, left, right } => {
                if let Some(name) = variable(code, left) {
                    out.push(Read { name, expr: id, default: Some(right) });
                }
            }
            ExprKind::Assign { target, value, op: None } => {
                // `const { PORT = 3000 } = process.env`
                if let ExprKind::Object(list) = module.kind(target)
                    && is_environment(&module.path(value))
                {
                    for pair in module.pairs(list) {
                        let Some(Key::Plain(name, _)) = pair.key else { continue };
                        if let ExprKind::Assign { value, .. } = module.kind(pair.value) {
                            out.push(Read { name: name.to_owned(), expr: pair.value, default: Some(value) });
                        }
                    }
                }
            }
            _ => {}
        }
    }
    out.extend(code.all_calls().iter().filter_map(|call| called(code, call)));
    out.extend(settings(code));
    out.sort_by_key(|read| module.span(read.expr));
    out
}

pub(super) fn is_environment(path: &str) -> bool {
    matches!(path, "process.env" | "import.meta.env" | "Bun.env" | "os.environ" | "process.env()")
}

/// The variable that an expression reads without a default.
fn variable(code: &Code<'_>, expr: ExprId) -> Option<String> {
    let module = &code.module;
    match module.kind(expr) {
        ExprKind::Field { base, name } => is_environment(&module.path(base)).then(|| name.to_owned()),
        ExprKind::Index { base, index } => {
            let name = module.constant(index)?;
            is_environment(&module.path(base)).then(|| name.into_owned())
        }
        ExprKind::Call { callee, .. } => {
            let path = module.path(callee);
            let is_read = matches!(
                path.as_str(),
                "os.getenv" | "os.environ.get" | "Deno.env.get" | "os.Getenv" | "std.env.var" | "env.var"
            );
            let [only] = code.args(expr) else { return None };
            if is_read { module.constant(only.value).map(std::borrow::Cow::into_owned) } else { None }
        }
        _ => None,
    }
}

fn called(code: &Code<'_>, called: &Called) -> Option<Read> {
    let module = &code.module;
    let Called { expr: call, callee, ref path } = *called;
    let args = code.args(call);
    let first = || args.first().and_then(|arg| module.constant(arg.value)).map(std::borrow::Cow::into_owned);
    let default = || {
        let named = args.iter().find(|arg| arg.name == Some("default"));
        named.or_else(|| args.get(1).filter(|arg| arg.name.is_none())).map(|arg| arg.value)
    };
    match path.as_str() {
        "os.getenv" | "os.environ.get" | "os.environ.setdefault" | "decouple.config" | "environs.Env().str" => {
            return Some(Read { name: first()?, expr: call, default: default() });
        }
        "cmp.Or" => {
            let name = variable(code, args.first()?.value)?;
            return Some(Read { name, expr: call, default: args.last().map(|arg| arg.value) });
        }
        _ => {}
    }
    // A helper of the project: `getEnv("NAME", "default")`.
    let last = last_name(path).to_ascii_lowercase().replace('_', "");
    const HELPERS: &[&str] = &[
        "getenv",
        "getenvor",
        "getenvordefault",
        "getenvdefault",
        "envor",
        "envordefault",
        "getenvstring",
        "envstring",
        "env",
    ];
    // `command.env("NAME", "value")` sets one for another program.
    let is_setter = last == "env" && matches!(module.kind(callee), ExprKind::Field { .. });
    if HELPERS.contains(&last.as_str()) && args.len() == 2 && !is_setter {
        let name = first()?;
        let is_variable =
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_');
        return is_variable.then(|| Read { name, expr: call, default: default() });
    }
    // `env::var("NAME").unwrap_or("default")`, `… .unwrap_or_else(|_| "default".into())`
    if let ExprKind::Field { base, name: "unwrap_or" | "unwrap_or_else" } = module.kind(callee)
        && module.language == Language::Rust
    {
        let name = variable(code, base)?;
        return Some(Read { name, expr: call, default: args.first().map(|arg| made_by(code, arg.value)) });
    }
    None
}

/// What a closure returns, without what turns it into an owned text; anything else is itself.
fn made_by(code: &Code<'_>, expr: ExprId) -> ExprId {
    let module = &code.module;
    let mut id = expr;
    if let ExprKind::Function(function) = module.kind(id) {
        let body = module.function(function).map(|it| it.body).unwrap_or_default();
        let returned = module.block(body).last().and_then(|stmt| match stmt.kind {
            StmtKind::Return(Some(value)) | StmtKind::Expr(value) => Some(value),
            _ => None,
        });
        id = returned.unwrap_or(id);
    }
    for _ in 0..2 {
        let ExprKind::Call { callee, .. } = module.kind(id) else { break };
        id = match (module.kind(callee), code.args(id)) {
            (ExprKind::Field { base, name: "into" | "to_string" | "to_owned" }, []) => base,
            (ExprKind::Field { name: "from", .. }, [only]) => only.value,
            _ => break,
        };
    }
    id
}

/// Fields of classes that take their values from the environment.
fn settings(code: &Code<'_>) -> Vec<Read> {
    let module = &code.module;
    let mut out = Vec::new();
    for class in &module.classes {
        let reads = |base: &ExprId| last_name(&module.path(*base)) == "BaseSettings";
        if !class.bases.iter().any(reads) {
            continue;
        }
        for field in &class.fields {
            let Some(value) = field.value else { continue };
            // `Field(default="…")`, `Field("…")`, `SecretStr("…")`
            let default = match module.kind(value) {
                ExprKind::Call { .. } => {
                    let args = code.args(value);
                    let named = args.iter().find(|arg| arg.name == Some("default"));
                    named.or_else(|| args.first().filter(|arg| arg.name.is_none())).map(|arg| arg.value)
                }
                _ => Some(value),
            };
            out.push(Read { name: field.name.to_ascii_uppercase(), expr: value, default });
        }
    }
    out
}
