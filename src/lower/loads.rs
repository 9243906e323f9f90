//! Which module a call loads, in the ways that JavaScript and its bundlers have.

use super::ir::*;
use std::borrow::Cow;

impl<'a> Module<'a> {
    /// What a call is called, where it is the loading of a module, or hands on what it loaded: the expression that it
    /// stands for, or the name of the module.
    pub(super) fn loaded(&self, callee: ExprId, args: &[Arg<'a>], path: &str) -> Option<Loaded<'a>> {
        let first = args.first().map(|arg| arg.value);
        let callee = self.last_of(callee);
        match (self.kind(callee), first) {
            // `__webpack_require__.n(module)` makes a function that gives the module.
            (ExprKind::Field { base, name: "n" }, Some(first)) if self.is_loader(base) => {
                return Some(Loaded::Same(first));
            }
            // `run.bind(that)`
            (ExprKind::Field { base, name: "bind" }, _) if !path.ends_with(").bind") => {
                return Some(Loaded::Same(base));
            }
            // `Promise.resolve().then(() => require("module"))`
            (ExprKind::Field { name: "then", .. }, Some(first)) if path == "Promise.resolve().then" => {
                return self.returned(first).map(Loaded::Same);
            }
            (ExprKind::Name(_), None) => return self.packed(callee),
            _ => {}
        }
        let first = first?;
        let is_loader = self.is_loader(callee)
            || path.ends_with("createRequire()")
            || matches!(path.rsplit('.').next(), Some("require" | "getBuiltinModule"));
        match self.kind(first) {
            ExprKind::Number(number)
                if !self.externals.is_empty() && matches!(self.kind(callee), ExprKind::Name(_)) =>
            {
                self.external(number).map(Loaded::Module)
            }
            ExprKind::Str { .. } if is_loader => {
                let name = self.string(first)?;
                Some(Loaded::Module(self.external(&name).unwrap_or(name)))
            }
            ExprKind::Str { .. } if !self.externals.is_empty() => {
                self.string(first).and_then(|name| self.external(&name)).map(Loaded::Module)
            }
            _ => None,
        }
    }

    fn external(&self, key: &str) -> Option<Cow<'a, str>> {
        let at = self.externals.binary_search_by(|(known, _)| known.as_ref().cmp(key)).ok()?;
        self.externals.get(at).map(|(_, module)| Cow::Borrowed(*module))
    }

    /// A name under which bundles have their `require`.
    fn is_loader(&self, id: ExprId) -> bool {
        let ExprKind::Name(name) = self.kind(id) else { return false };
        if name.ends_with("require__") || matches!(name, "require" | "__require" | "requireNative") {
            return true;
        }
        // The third parameter of the functions in a table of modules.
        !self.externals.is_empty()
            && matches!(
                self.binding(id).map(|it| self.definitions(it)),
                Some([Definition::Param { index: 2, .. }, ..] | [Definition::Function(_), ..])
            )
    }

    fn last_of(&self, id: ExprId) -> ExprId {
        match self.kind(id) {
            ExprKind::Binary { op: Op::Comma, right, .. } => right,
            _ => id,
        }
    }

    /// What a function of one statement returns.
    fn returned(&self, function: ExprId) -> Option<ExprId> {
        let ExprKind::Function(function) = self.kind(function) else { return None };
        match self.block(self.function(function)?.body).next()?.kind {
            StmtKind::Return(value) => value,
            _ => None,
        }
    }

    /// `require_name()` of a package that esbuild packed, and `name_default()` of webpack.
    fn packed(&self, callee: ExprId) -> Option<Loaded<'a>> {
        let Some(Definition::Value(value)) = self.binding(callee).and_then(|it| self.definition(it)) else {
            return None;
        };
        let ExprKind::Call { callee: made_by, args, .. } = self.kind(value) else { return None };
        match self.kind(made_by) {
            ExprKind::Field { base, name: "n" } if self.is_loader(base) => Some(Loaded::Same(value)),
            ExprKind::Name(name) if name.starts_with("__commonJS") => {
                let ExprKind::Object(list) = self.kind(self.args(args).first()?.value) else { return None };
                let Some(Key::Plain(path, _)) = self.pairs(list).first()?.key else { return None };
                package(path).map(|name| Loaded::Module(Cow::Borrowed(name)))
            }
            _ => None,
        }
    }
}

pub(super) enum Loaded<'a> {
    Module(Cow<'a, str>),
    Same(ExprId),
}

/// The package in a path such as `node_modules/@scope/name/lib/index.js`.
fn package(path: &str) -> Option<&str> {
    let (_, rest) = path.rsplit_once("node_modules/")?;
    let mut ends = rest.match_indices('/').map(|(at, _)| at);
    let end = if rest.starts_with('@') { ends.nth(1) } else { ends.next() };
    rest.get(..end?)
}
