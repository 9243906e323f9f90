//! What an expression is called and what it is worth, as far as one module tells: dotted names through imports, aliases
//! and instances, and constants.

use super::ir::*;
use super::loads::Loaded;
use super::strings::cooked;
use crate::document::Language;
use std::borrow::Cow;

/// Steps from name to name and part to part for one question.
const MAX_STEPS: u32 = 64;
/// Characters of a name, and of a constant that is put together.
const MAX_PATH: usize = 512;
const MAX_CONSTANT: usize = 16 * 1024;
/// Members of an object that are looked through for one name.
const MAX_MEMBERS: usize = 512;

/// Functions that hand on what they are given, by their last name: making a module of CommonJS look like one of its own
/// kind, and making callbacks promises. Tagged results of these are still called what went in.
const TRANSPARENT: &[&str] = &[
    "__importDefault",
    "__importStar",
    "__toESM",
    "_interopRequireDefault",
    "_interopRequireWildcard",
    "_interopNamespace",
    "_interopNamespaceDefault",
    "_interopDefault",
    "_interopDefaultLegacy",
    "getDefaultExportFromCjs",
    "getAugmentedNamespace",
    "promisify",
    "denodeify",
    "pify",
    "promisifyAll",
    "partial",
    "cast",
];

/// Methods of Rust that give what they are called on, or what is in it.
const UNWRAPPING: &[&str] = &[
    "as_deref",
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "clone",
    "cloned",
    "context",
    "expect",
    "into",
    "map_err",
    "ok",
    "to_owned",
    "unwrap",
    "unwrap_or_default",
    "with_context",
];

impl<'a> Module<'a> {
    /// The dotted name of what an expression is, through imports and aliases of this file:
    ///
    /// - `os.system`, `child_process.exec`, `os/exec.Command`: something imported; a module is called as in the import,
    ///   without `node:`, with `.` for `::`; its default export is the module itself;
    /// - `eval`: a name that nothing in the file declares;
    /// - `sqlite3.connect().cursor().execute`: what is called gives an instance of what was called; so does a declared
    ///   type;
    /// - `os.environ[]`: an element;
    /// - `#run`, `#Client().get`: declared in this file;
    /// - `?request.params`: a name whose value is not known here; `?` alone for what has no name;
    /// - `str.format`, `list.append`, `dict.get`, `re.exec`: of a literal.
    pub fn path(&self, id: ExprId) -> String {
        let mut out = String::new();
        let mut steps = MAX_STEPS;
        self.write_path(id, &mut steps, &mut out);
        out
    }

    fn write_path(&self, id: ExprId, steps: &mut u32, out: &mut String) {
        if *steps == 0 || out.len() > MAX_PATH {
            out.push('?');
            return;
        }
        *steps -= 1;
        match self.kind(id) {
            ExprKind::Name(name) => self.write_name(id, name, steps, out),
            ExprKind::Field { base, name } => self.write_field(base, name, steps, out),
            ExprKind::Index { base, .. } => {
                self.write_path(base, steps, out);
                out.push_str("[]");
            }
            ExprKind::Call { callee, args, .. } => self.write_call(callee, args, steps, out),
            ExprKind::Await(inner)
            | ExprKind::Unary { op: UnaryOp::Reference, operand: inner }
            | ExprKind::Assign { value: inner, op: None, .. }
            | ExprKind::Binary { op: Op::Or | Op::Nullish, left: inner, .. }
            | ExprKind::Binary { op: Op::Comma, right: inner, .. }
            | ExprKind::Conditional { then: inner, .. } => self.write_path(inner, steps, out),
            ExprKind::Str { .. } | ExprKind::Concat(_) => out.push_str("str"),
            ExprKind::List(_) | ExprKind::Comprehension { .. } => out.push_str("list"),
            ExprKind::Object(_) => out.push_str("dict"),
            ExprKind::Regex(_) => out.push_str("re"),
            ExprKind::Function(function) => self.write_declared(self.function(function).and_then(|it| it.name), out),
            ExprKind::Class(class) => self.write_declared(self.class(class).and_then(|it| it.name), out),
            ExprKind::This => out.push_str("?this"),
            _ => out.push('?'),
        }
    }

    fn write_declared(&self, name: Option<&str>, out: &mut String) {
        out.push('#');
        out.push_str(name.unwrap_or_default());
    }

    fn write_name(&self, id: ExprId, name: &str, steps: &mut u32, out: &mut String) {
        let Some(binding) = self.binding(id) else {
            out.push_str(name);
            return;
        };
        match self.definition(binding) {
            Some(definition) => self.write_definition(definition, name, steps, out),
            None => unknown(name, out),
        }
    }

    fn write_definition(&self, definition: Definition<'a>, name: &str, steps: &mut u32, out: &mut String) {
        match definition {
            Definition::Import { module, name, .. } => {
                out.push_str(&module_path(module));
                if let Some(name) = name.filter(|name| *name != "default") {
                    out.push('.');
                    out.push_str(name);
                }
            }
            Definition::Value(value) => {
                let start = out.len();
                self.write_path(value, steps, out);
                if out.get(start..).is_some_and(|path| matches!(path, "?" | "#")) {
                    out.truncate(start);
                    unknown(name, out);
                }
            }
            Definition::Typed(annotation) => self.write_instance(annotation, name, steps, out),
            Definition::Param { function, index } => {
                let param = self.function(function).and_then(|it| it.params.get(index as usize));
                match param.and_then(|param| param.annotation) {
                    Some(annotation) => self.write_instance(annotation, name, steps, out),
                    None => unknown(name, out),
                }
            }
            Definition::Function(_) | Definition::Class(_) => self.write_declared(Some(name), out),
            Definition::Part(_) | Definition::Caught | Definition::Changed(_) => unknown(name, out),
        }
    }

    /// An instance of a declared type. A type of this file or of another package says what it is; `str` and `any` do not.
    fn write_instance(&self, annotation: ExprId, name: &str, steps: &mut u32, out: &mut String) {
        let start = out.len();
        let mut bare = self.bare_type(annotation);
        if let ExprKind::Index { base, .. } = self.kind(bare)
            && self.language == Language::JavaScript
        {
            bare = base;
        }
        self.write_path(bare, steps, out);
        let path = out.get(start..).unwrap_or_default();
        let is_imported = self
            .binding(bare)
            .and_then(|it| self.definition(it))
            .is_some_and(|definition| matches!(definition, Definition::Import { .. }));
        if path.contains('.') || path.starts_with('#') || is_imported {
            out.push_str("()");
        } else {
            out.truncate(start);
            unknown(name, out);
        }
    }

    /// The type inside of `Optional[T]`, `T | None`, `Annotated[T, …]`, `&T`.
    pub fn bare_type(&self, annotation: ExprId) -> ExprId {
        let mut id = annotation;
        for _ in 0..8 {
            id = match self.kind(id) {
                ExprKind::Index { base, index } if self.is_type_wrapper(base) => match self.kind(index) {
                    ExprKind::List(list) => self.exprs_of(list).first().copied().unwrap_or(index),
                    _ => index,
                },
                ExprKind::Binary { op: Op::Or | Op::Other, left, right } => {
                    if matches!(self.kind(left), ExprKind::Null) { right } else { left }
                }
                ExprKind::Unary { op: UnaryOp::Reference, operand } => operand,
                _ => return id,
            };
        }
        id
    }

    /// By the name alone: a path could lead through the very name that is asked for.
    fn is_type_wrapper(&self, base: ExprId) -> bool {
        let name = match self.kind(base) {
            ExprKind::Field { name, .. } => name,
            ExprKind::Name(name) => match self.binding(base).and_then(|it| self.definition(it)) {
                Some(Definition::Import { name: Some(name), .. }) => name,
                _ => name,
            },
            _ => return false,
        };
        matches!(
            name,
            "Optional" | "Annotated" | "Required" | "NotRequired" | "Final" | "ClassVar" | "Readonly" | "Promise"
                // Of Rust.
                | "Option" | "Arc" | "Rc" | "Box" | "Mutex" | "RwLock" | "RefCell" | "Cow" | "LazyLock" | "OnceLock"
        )
    }

    fn write_field(&self, base: ExprId, name: &str, steps: &mut u32, out: &mut String) {
        if let Some(class) = self.class_of_self(base)
            && let Some(definition) = self.attribute(class, name)
        {
            self.write_definition(definition, name, steps, out);
            return;
        }
        if self.language == Language::JavaScript
            && let Some(value) = self.small_member(base, name)
        {
            self.write_path(value, steps, out);
            return;
        }
        let start = out.len();
        self.write_path(base, steps, out);
        // What a module of CommonJS exports as its default is the module.
        let is_import = !out.get(start..).is_some_and(|path| path.starts_with(['?', '#']));
        if !(name == "default" && is_import) {
            out.push('.');
            out.push_str(name);
        }
    }

    fn write_call(&self, callee: ExprId, args: List, steps: &mut u32, out: &mut String) {
        let args = self.args(args);
        let first = args.first().map(|arg| arg.value);
        let start = out.len();
        if self.language == Language::Rust
            && let Some(same) = self.unwrapped(callee, first)
        {
            return self.write_path(same, steps, out);
        }
        self.write_path(callee, steps, out);
        let path = out.get(start..).unwrap_or_default();
        if self.language == Language::JavaScript
            && let Some(loaded) = self.loaded(callee, args, path)
        {
            out.truncate(start);
            match loaded {
                Loaded::Module(module) => out.push_str(&module_path(&module)),
                Loaded::Same(expr) => self.write_path(expr, steps, out),
            }
            return;
        }
        // What a call gave is called again: that has no name to look at.
        let last = if path.ends_with(')') { "" } else { path.rsplit(['.', '#', '?']).next().unwrap_or_default() };
        let is_loader =
            matches!(path, "require" | "import" | "__import__" | "importlib.import_module" | "import_module");
        let is_transparent = TRANSPARENT.contains(&last);
        let is_cast = last == "cast";
        if is_loader && let Some(module) = first.and_then(|first| self.string(first)) {
            out.truncate(start);
            out.push_str(&module_path(&module));
            return;
        }
        if is_transparent && let Some(first) = first {
            out.truncate(start);
            // `cast(Type, value)`
            let value = if is_cast { args.get(1).map_or(first, |arg| arg.value) } else { first };
            self.write_path(value, steps, out);
            return;
        }
        out.push_str("()");
    }

    /// The module that a call loads: `require("x")`, `await import("x")`, a loader of a bundle, `import_module("x")`.
    pub fn loads(&self, id: ExprId) -> Option<Cow<'a, str>> {
        let ExprKind::Call { callee, args, .. } = self.kind(id) else { return None };
        let args = self.args(args);
        let path = self.path(callee);
        if self.language == Language::JavaScript
            && let Some(loaded) = self.loaded(callee, args, &path)
        {
            return match loaded {
                Loaded::Module(module) => Some(module),
                Loaded::Same(_) => None,
            };
        }
        let is_loader =
            matches!(path.as_str(), "require" | "import" | "__import__" | "importlib.import_module" | "import_module");
        let first = args.first()?.value;
        if is_loader { self.string(first) } else { None }
    }

    /// What a call only hands on: `promisify(exec)`, `__toESM(require("x"))`, `run.bind(this)`.
    pub fn handed_on(&self, id: ExprId) -> Option<ExprId> {
        let ExprKind::Call { callee, args, .. } = self.kind(id) else { return None };
        let args = self.args(args);
        let path = self.path(callee);
        if self.language == Language::JavaScript
            && let Some(Loaded::Same(same)) = self.loaded(callee, args, &path)
        {
            return Some(same);
        }
        let last = if path.ends_with(')') { "" } else { path.rsplit(['.', '#', '?']).next().unwrap_or_default() };
        if !TRANSPARENT.contains(&last) {
            return None;
        }
        let first = args.first()?.value;
        Some(if last == "cast" { args.get(1).map_or(first, |arg| arg.value) } else { first })
    }

    /// What a call of Rust only unwraps, wraps or hands on.
    fn unwrapped(&self, callee: ExprId, first: Option<ExprId>) -> Option<ExprId> {
        match self.kind(callee) {
            ExprKind::Field { base, name } if UNWRAPPING.contains(&name) => Some(base),
            ExprKind::Name("Some" | "Ok") => first,
            _ => None,
        }
    }

    /// The binding that a name means, if the file declares it.
    pub fn binding(&self, name: ExprId) -> Option<BindingId> {
        self.binding_of.get(name.index()).copied().flatten()
    }

    pub fn definitions(&self, binding: BindingId) -> &[Definition<'a>] {
        self.bindings.get(binding.index()).map_or(&[], |binding| &binding.definitions)
    }

    /// The one definition that says what a name is: the only one, or the only one beside `None` and other literals that
    /// it begins with, or an import (`try: import x` has others for when there is none).
    pub fn definition(&self, binding: BindingId) -> Option<Definition<'a>> {
        let all = self.definitions(binding);
        if let [only] = all {
            return Some(*only);
        }
        let is_empty = |definition: &&Definition<'_>| match definition {
            Definition::Value(value) => matches!(self.kind(*value), ExprKind::Null),
            _ => false,
        };
        if let Some(import) = all.iter().find(|it| matches!(it, Definition::Import { .. })) {
            return Some(*import);
        }
        // A variable that is declared with a type is that, whatever is written to it afterwards.
        if let Some(typed) = all.iter().find(|it| matches!(it, Definition::Typed(_)))
            && self.language == Language::JavaScript
            && all.len() > 2
        {
            return Some(*typed);
        }
        let mut others = all.iter().filter(|it| !is_empty(it));
        let first = others.next()?;
        match (first, others.next()) {
            (_, None) => Some(*first),
            // `x: T = f()` is declared and written at once.
            (Definition::Value(_), Some(Definition::Typed(_))) if all.len() == 2 => Some(*first),
            (Definition::Typed(_), Some(value @ Definition::Value(_))) if all.len() == 2 => Some(*value),
            _ => None,
        }
    }

    /// The class whose instance an expression is because it is `this`, or the receiver of the method around it.
    pub fn class_of_self(&self, id: ExprId) -> Option<ClassId> {
        if !self.is_self(id) {
            return None;
        }
        let mut scopes = self.scopes_around(id).take(MAX_STEPS as usize);
        scopes.find_map(|scope| match scope.kind {
            ScopeKind::Class(class) => Some(class),
            // A function of Go or Rust stands outside of its type.
            ScopeKind::Function(function) => self.function(function).and_then(|it| it.class),
            _ => None,
        })
    }

    /// Whether an expression is `this`, or the receiver of a method.
    pub fn is_self(&self, id: ExprId) -> bool {
        if matches!(self.kind(id), ExprKind::This) {
            return true;
        }
        let Some([Definition::Param { function, index }]) = self.binding(id).map(|it| self.definitions(it)) else {
            return false;
        };
        let param = self.function(*function).and_then(|it| it.params.get(*index as usize));
        param.is_some_and(|param| param.kind == ParamKind::Receiver)
    }

    /// The one definition of an attribute of the instances of `class`, as for a name.
    pub fn attribute(&self, class: ClassId, name: &str) -> Option<Definition<'a>> {
        let mut found: Option<Definition<'a>> = None;
        let first = self.attributes.partition_point(|it| (it.class, it.name) < (class, name));
        let same = self.attributes.iter().skip(first).take_while(|it| it.class == class && it.name == name);
        for attribute in same.take(16) {
            let is_empty = match attribute.definition {
                Definition::Value(value) => matches!(self.kind(value), ExprKind::Null),
                _ => false,
            };
            match (found, attribute.definition) {
                _ if is_empty => {}
                (None, definition) => found = Some(definition),
                (Some(Definition::Typed(_)), definition @ Definition::Value(_)) => found = Some(definition),
                (Some(Definition::Value(_)), Definition::Typed(_)) => {}
                (Some(one), other) if one == other => {}
                (Some(_), _) => return None,
            }
        }
        found
    }

    /// The text of a string literal.
    pub fn string(&self, id: ExprId) -> Option<Cow<'a, str>> {
        match self.kind(id) {
            ExprKind::Str { content, is_raw } => Some(cooked(self.text, content, is_raw, self.language)),
            _ => None,
        }
    }

    /// The text that an expression always is: literals, names of such, pieces put together.
    pub fn constant(&self, id: ExprId) -> Option<Cow<'a, str>> {
        let mut steps = MAX_STEPS * 4;
        self.constant_within(id, &mut steps, 0)
    }

    fn constant_within(&self, id: ExprId, steps: &mut u32, depth: u32) -> Option<Cow<'a, str>> {
        if *steps == 0 || depth > MAX_STEPS {
            return None;
        }
        *steps -= 1;
        let mut join = |parts: &[ExprId]| {
            let mut out = String::new();
            for part in parts {
                out.push_str(&self.constant_within(*part, steps, depth + 1)?);
                if out.len() > MAX_CONSTANT {
                    return None;
                }
            }
            Some(Cow::Owned(out))
        };
        match self.kind(id) {
            ExprKind::Str { .. } => self.string(id),
            ExprKind::Number(text) => Some(Cow::Borrowed(text)),
            ExprKind::Concat(list) => join(self.exprs_of(list)),
            ExprKind::Binary { op: Op::Add, left, right } => join(&[left, right]),
            ExprKind::Name(_) => match self.definitions(self.binding(id)?) {
                [Definition::Value(value)]
                | [Definition::Value(value), Definition::Typed(_)]
                | [Definition::Typed(_), Definition::Value(value)] => self.constant_within(*value, steps, depth + 1),
                _ => None,
            },
            ExprKind::Field { base, name } => self.constant_within(self.fixed_member(base, name)?, steps, depth + 1),
            ExprKind::Assign { value, op: None, .. } | ExprKind::Binary { op: Op::Comma, right: value, .. } => {
                self.constant_within(value, steps, depth + 1)
            }
            _ => None,
        }
    }

    /// Whether all values that an expression can have are written in the file: a literal, a name of such, or something made
    /// of such, also if a condition or a loop chooses among them.
    pub fn is_constant(&self, id: ExprId) -> bool {
        let mut steps = 0;
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            steps += 1;
            if steps > 2_000 {
                return false;
            }
            match self.kind(id) {
                ExprKind::Str { .. }
                | ExprKind::Number(_)
                | ExprKind::Bool(_)
                | ExprKind::Null
                | ExprKind::Regex(_) => {}
                ExprKind::Name(_) => {
                    let Some(binding) = self.binding(id) else { return false };
                    // All of several definitions must be constant; one that depends on itself ends at the limit.
                    for definition in self.definitions(binding) {
                        match definition {
                            // A loop over a list that is written out sees nothing else.
                            Definition::Value(value) | Definition::Part(value) | Definition::Changed(value) => {
                                open.push(*value);
                            }
                            Definition::Typed(_) => {}
                            _ => return false,
                        }
                    }
                }
                ExprKind::Concat(_)
                | ExprKind::List(_)
                | ExprKind::Object(_)
                | ExprKind::Binary { .. }
                | ExprKind::Unary { .. }
                | ExprKind::Spread(_) => self.parts(id, |part| open.push(part)),
                ExprKind::Assign { value, op: None, .. } => open.push(value),
                ExprKind::Field { base, name } => match self.fixed_member(base, name) {
                    Some(value) => open.push(value),
                    None => return false,
                },
                ExprKind::Conditional { then, otherwise, .. } => open.extend([then, otherwise]),
                _ => return false,
            }
        }
        true
    }

    /// Whether a literal, or a name of one, is true or false.
    pub fn truth(&self, id: ExprId) -> Option<bool> {
        match self.kind(id) {
            ExprKind::Bool(value) => Some(value),
            ExprKind::Null => Some(false),
            ExprKind::Number(text) => Some(text != "0"),
            ExprKind::Unary { op: UnaryOp::Not, operand } => match self.kind(operand) {
                // `!0` and `!1` of minified code.
                ExprKind::Number(text) => Some(text == "0"),
                ExprKind::Bool(value) => Some(!value),
                _ => None,
            },
            ExprKind::Name(_) => match self.definitions(self.binding(id)?) {
                [Definition::Value(value)] if !matches!(self.kind(*value), ExprKind::Name(_)) => self.truth(*value),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value under a plain key of an object literal, also through a name of one. The last one counts.
    pub fn member(&self, object: ExprId, key: &str) -> Option<ExprId> {
        let list = match self.kind(self.value_of(object)) {
            ExprKind::Object(list) => list,
            _ => return None,
        };
        let found = self.pairs(list).iter().rev().find(|pair| match pair.key {
            Some(Key::Plain(name, _)) => name == key,
            _ => false,
        });
        found.map(|pair| pair.value)
    }

    /// The member of a named object of JavaScript that nothing in the file writes to.
    fn fixed_member(&self, base: ExprId, name: &str) -> Option<ExprId> {
        if self.language != Language::JavaScript || self.written.binary_search(&self.binding(base)?).is_ok() {
            return None;
        }
        let ExprKind::Object(list) = self.kind(self.value_of(base)) else { return None };
        let mut first = self.pairs(list).iter().take(MAX_MEMBERS);
        let is_whole = first.all(|pair| matches!(pair.key, Some(Key::Plain(..))));
        if is_whole { self.small_member(base, name) } else { None }
    }

    /// A member of an object that is no table of thousands: a name is asked for wherever it stands.
    fn small_member(&self, base: ExprId, name: &str) -> Option<ExprId> {
        match self.kind(self.value_of(base)) {
            ExprKind::Object(list) if list.len as usize <= MAX_MEMBERS => self.member(base, name),
            _ => None,
        }
    }

    /// The expression that a name is one word for; itself for anything else.
    pub fn value_of(&self, id: ExprId) -> ExprId {
        let mut id = id;
        for _ in 0..8 {
            id = match self.kind(id) {
                ExprKind::Name(_) => match self.binding(id).and_then(|it| self.definition(it)) {
                    Some(Definition::Value(value)) => value,
                    _ => return id,
                },
                ExprKind::Await(inner)
                | ExprKind::Assign { value: inner, op: None, .. }
                | ExprKind::Binary { op: Op::Comma, right: inner, .. } => inner,
                _ => return id,
            };
        }
        id
    }
}

fn unknown(name: &str, out: &mut String) {
    out.push('?');
    out.push_str(name);
}

/// A module as paths call it.
fn module_path(module: &str) -> Cow<'_, str> {
    let module = module.strip_prefix("node:").unwrap_or(module);
    if module.contains("::") { Cow::Owned(module.replace("::", ".")) } else { Cow::Borrowed(module) }
}
