//! What a page asks of an expression: words (`is`), a regular expression over its text (`matches`), its name (`named`), or
//! what it resolves to (`path`). The words are documented here and nowhere else.

use super::callee::Callees;
use super::skeleton::{holes, is_built, skeleton};
use super::source::Code;
use crate::lower::{Definition, ExprId, ExprKind, Op};
use crate::rule::{Expression, Knowledge, Problems, TableReader};

/// A word for pages, and what it means.
pub(super) struct Word {
    name: &'static str,
    test: fn(&Asked<'_, '_>) -> bool,
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// An expression that is asked about.
pub(super) struct Asked<'c, 'a> {
    pub code: &'c Code<'a>,
    pub expr: ExprId,
    pub knowledge: &'c Knowledge,
}

static WORDS: &[Word] = &[
    // The same in every run.
    Word { name: "constant", test: |asked| asked.code.module.is_constant(asked.expr) },
    // Known only at run time.
    Word { name: "dynamic", test: |asked| !asked.code.module.is_constant(asked.expr) },
    // Text that is put together with something known only at run time.
    Word { name: "built", test: |asked| is_built(asked.code, asked.expr) },
    Word { name: "string", test: |asked| asked.code.module.constant(asked.expr).is_some() },
    Word { name: "true", test: |asked| asked.code.module.truth(asked.expr) == Some(true) },
    Word { name: "false", test: |asked| asked.code.module.truth(asked.expr) == Some(false) && !is_null(asked) },
    Word { name: "none", test: is_null },
    Word { name: "number", test: |asked| matches!(asked.value(), ExprKind::Number(_)) },
    Word { name: "list", test: |asked| matches!(asked.value(), ExprKind::List(_)) },
    Word { name: "object", test: |asked| matches!(asked.value(), ExprKind::Object(_)) },
    Word { name: "function", test: |asked| matches!(asked.value(), ExprKind::Function(_)) },
    // Something whose name says that it is a credential, and no text about one.
    Word { name: "credential-named", test: is_credential },
    // The same, or a text, a list or an object with such a value in it.
    Word { name: "holds-credential", test: holds_credential },
    // Something that is just called a token, or the header in which one comes; for files that speak of authentication.
    Word { name: "holds-token", test: holds_token },
    // Address, headers or settings of the request that failed, as the exception knows them, in what an expression gives.
    Word { name: "failed-request", test: holds_failed_request },
    // What a catch clause caught, or something of it.
    Word { name: "caught", test: |asked| holds_caught(asked.code, asked.expr) },
];

impl<'a> Asked<'_, 'a> {
    fn value(&self) -> ExprKind<'a> {
        self.code.module.kind(self.code.module.value_of(self.expr))
    }
}

fn is_null(asked: &Asked<'_, '_>) -> bool {
    matches!(asked.value(), ExprKind::Null)
}

fn is_credential(asked: &Asked<'_, '_>) -> bool {
    let is_text = matches!(asked.code.module.kind(asked.expr), ExprKind::Str { .. });
    let called = if is_text { None } else { asked.code.called(asked.expr) };
    called.is_some_and(|name| asked.knowledge.values.is_credential_name(&name))
}

/// Whether a value whose name says that it is a credential is in what an expression gives as a text. A piece of it
/// (`key[:4]`), what it is compared with, and what a function makes of it (`mask(key)`, `len(key)`) are something else.
fn holds_credential(asked: &Asked<'_, '_>) -> bool {
    let Asked { code, knowledge, .. } = *asked;
    gives(code, asked.expr, true, |expr| {
        let is_piece =
            matches!(code.module.kind(expr), ExprKind::Index { index, .. } if code.module.string(index).is_none());
        let is_named = !is_piece && is_credential(&Asked { code, expr, knowledge });
        is_named && code.called(expr).is_some_and(|name| is_plain_secret(&name))
    })
}

/// Whether what is just called a token, and may be one of a parser, is in what an expression gives as a text.
fn holds_token(asked: &Asked<'_, '_>) -> bool {
    const NAMES: &[&str] = &["token", "authheader", "auth_header", "bearer"];
    let Asked { code, .. } = *asked;
    gives(code, asked.expr, true, |expr| {
        let is_text = matches!(code.module.kind(expr), ExprKind::Str { .. });
        let is_piece =
            matches!(code.module.kind(expr), ExprKind::Index { index, .. } if code.module.string(index).is_none());
        let called = if is_text || is_piece { None } else { code.called(expr) };
        called.is_some_and(|name| NAMES.contains(&name.to_ascii_lowercase().as_str()))
    })
}

/// Whether an expression gives, as it is, the request in which a library failed: `str(e.request.url)`, `error.config`.
/// What stands in an entry of an object is asked of the entry.
fn holds_failed_request(asked: &Asked<'_, '_>) -> bool {
    gives(asked.code, asked.expr, false, |expr| is_failed_request(asked.code, expr))
}

/// Whether what an expression gives, as it is or written as a text, has something in it: itself, a part of a text or a
/// list, an entry of an object.
fn gives(code: &Code<'_>, expr: ExprId, in_objects: bool, is_wanted: impl Fn(ExprId) -> bool) -> bool {
    const MAX_STEPS: u32 = 300;
    let module = &code.module;
    let mut open = vec![expr];
    for _ in 0..MAX_STEPS {
        let Some(expr) = open.pop() else { return false };
        match module.kind(expr) {
            ExprKind::Object(_) if !in_objects => {}
            ExprKind::Concat(_) | ExprKind::List(_) | ExprKind::Object(_) => module.parts(expr, |part| open.push(part)),
            ExprKind::Binary { op: Op::Add | Op::Remainder | Op::Or | Op::Nullish, left, right } => {
                open.extend([left, right]);
            }
            ExprKind::Conditional { then, otherwise, .. } => open.extend([then, otherwise]),
            ExprKind::Spread(inner) | ExprKind::Await(inner) => open.push(inner),
            ExprKind::Call { callee, .. } if is_text_of(code, callee) => {
                open.extend(code.args(expr).iter().map(|arg| arg.value));
            }
            _ if is_wanted(expr) => return true,
            _ => {}
        }
    }
    false
}

fn is_failed_request(code: &Code<'_>, expr: ExprId) -> bool {
    let module = &code.module;
    // From the last name to the first.
    let mut names = Vec::new();
    let mut at = expr;
    for _ in 0..8 {
        at = match module.kind(at) {
            ExprKind::Field { base, name } => {
                names.push(name);
                base
            }
            ExprKind::Index { base, .. } => base,
            ExprKind::Call { callee, .. } => match module.kind(callee) {
                ExprKind::Field { base, name: "toString" | "copy" | "items" | "toJSON" } => base,
                _ => return false,
            },
            _ => break,
        };
    }
    let is_telling = matches!(
        names.as_slice(),
        ["config" | "request", ..]
            | ["url", "request" | "config" | "response", ..]
            | ["headers" | "params" | "data" | "auth" | "content", "config" | "request", ..]
    );
    let value = module.value_of(at);
    let is_caught = |name: ExprId| {
        let definitions = module.binding(name).map_or(&[][..], |binding| module.definitions(binding));
        definitions.iter().any(|it| matches!(it, Definition::Caught))
    };
    is_telling && (is_caught(at) || is_caught(value))
}

/// Whether a name that ends like a credential means one wherever it stands. Parsers, progress reports and markets have
/// tokens too, tests pass, and patterns are called `pat`.
fn is_plain_secret(name: &str) -> bool {
    const OWNERS: &[&str] = &[
        "access",
        "refresh",
        "auth",
        "authorization",
        "bearer",
        "id",
        "api",
        "jwt",
        "bot",
        "oauth",
        "github",
        "gitlab",
        "slack",
        "service",
        "admin",
        "secret",
        "reset",
        "user",
        "device",
        "login",
        "client",
        "personal",
        "webhook",
        "verification",
    ];
    let mut words: Vec<String> = vec![String::new()];
    let mut is_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && is_lower) {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.iter_mut().last().into_iter().for_each(|word| word.extend(letter.to_lowercase()));
        }
        is_lower = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    let is_hidden = |word: &String| {
        matches!(
            word.as_str(),
            "accept"
                | "allow"
                | "enable"
                | "require"
                | "use"
                | "has"
                | "is"
                | "masked"
                | "redacted"
                | "hashed"
                | "encrypted"
                | "obfuscated"
                | "sanitized"
                | "truncated"
                | "safe"
        )
    };
    if words.iter().any(is_hidden) {
        return false;
    }
    let mut from_end = words.iter().rev().map(String::as_str);
    match (from_end.next(), from_end.next()) {
        (Some("pass" | "pat" | "auth" | "cookie" | "secrets"), _) | (Some("token"), None) => false,
        (Some("key"), Some("session" | "license" | "subscription" | "account")) => false,
        (Some("token"), Some(owner)) => OWNERS.contains(&owner),
        _ => true,
    }
}

/// Whether a function gives what it is given, as a text or as a copy.
fn is_text_of(code: &Code<'_>, callee: ExprId) -> bool {
    const NAMES: &[&str] = &[
        "format",
        "str",
        "repr",
        "dict",
        "list",
        "String",
        "dumps",
        "stringify",
        "inspect",
        "Sprintf",
        "Sprint",
        "Sprintln",
        "concat",
        "Errorf",
        "println",
    ];
    match code.module.kind(callee) {
        ExprKind::Name(name) | ExprKind::Field { name, .. } => NAMES.contains(&name),
        _ => false,
    }
}

/// Whether an expression is made of what a catch clause caught: the exception, its text, a text with it in.
pub(super) fn holds_caught(code: &Code<'_>, expr: ExprId) -> bool {
    let mut open = vec![(expr, 0)];
    let mut steps = 0;
    while let Some((id, depth)) = open.pop() {
        steps += 1;
        if steps > 500 {
            return false;
        }
        if let ExprKind::Name(_) = code.module.kind(id) {
            for definition in code.module.binding(id).map_or(&[][..], |binding| code.module.definitions(binding)) {
                match definition {
                    Definition::Caught => return true,
                    Definition::Value(value) if depth < 4 => open.push((*value, depth + 1)),
                    _ => {}
                }
            }
        }
        code.module.parts(id, |part| open.push((part, depth)));
    }
    false
}

/// What is asked of an expression. All that is said must hold.
#[derive(Debug)]
pub(super) struct ValueTest {
    words: Vec<&'static Word>,
    matches: Option<Expression>,
    except: Option<Expression>,
    named: Option<Expression>,
    paths: Callees,
    not_paths: Callees,
    /// What stands in each hole of a text that is put together: one of these, a number, or something constant.
    holes: Callees,
    /// What stands in one hole at least.
    hole: Callees,
    /// What is in it, whatever text, list or object is made of it.
    gives: Callees,
}

impl ValueTest {
    /// The keys `is`, `matches`, `except`, `named`, `path`, `not-path`, `holes`, `hole`, `gives` of a table; words of `also` are left to the caller,
    /// who gets those that the page uses.
    pub(super) fn read(
        table: &mut TableReader<'_>,
        also: &[&'static str],
        problems: &mut Problems,
    ) -> (Self, Vec<&'static str>) {
        let mut words = Vec::new();
        let mut others = Vec::new();
        for text in table.strings("is", problems) {
            let own = also.iter().find(|word| **word == text.value);
            match (own, WORDS.iter().find(|word| word.name == text.value)) {
                (Some(own), _) => others.push(*own),
                (None, Some(word)) => words.push(word),
                (None, None) => {
                    let known: Vec<_> = also.iter().copied().chain(WORDS.iter().map(|word| word.name)).collect();
                    let help = format!("words: {}", known.join(", "));
                    problems.add_with_help(text.span, format!("unknown word `{}`", text.value), help);
                }
            }
        }
        let matches = table.expression("matches", problems);
        let except = table.expression("except", problems);
        let named = table.expression("named", problems);
        let paths = Callees::read(table, "path", problems);
        let not_paths = Callees::read(table, "not-path", problems);
        let each = Callees::read(table, "holes", problems);
        let hole = Callees::read(table, "hole", problems);
        let gives = Callees::read(table, "gives", problems);
        (Self { words, matches, except, named, paths, not_paths, holes: each, hole, gives }, others)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
            && self.matches.is_none()
            && self.except.is_none()
            && self.named.is_none()
            && self.paths.is_empty()
            && self.not_paths.is_empty()
            && self.holes.is_empty()
            && self.hole.is_empty()
            && self.gives.is_empty()
    }

    pub(super) fn holds(&self, code: &Code<'_>, expr: ExprId, knowledge: &Knowledge) -> bool {
        let asked = Asked { code, expr, knowledge };
        if !self.words.iter().all(|word| (word.test)(&asked)) {
            return false;
        }
        if self.matches.is_some() || self.except.is_some() {
            let text = skeleton(code, expr).or_else(|| code.module.constant(expr).map(std::borrow::Cow::into_owned));
            let fits = |regex: &Expression| text.as_ref().is_some_and(|text| regex.is_match(text));
            if self.matches.as_ref().is_some_and(|regex| !fits(regex)) || self.except.as_ref().is_some_and(fits) {
                return false;
            }
        }
        if let Some(named) = &self.named
            && !code.called(expr).is_some_and(|name| named.is_match(&name))
        {
            return false;
        }
        if !self.gives.is_empty() && !gives(code, expr, true, |part| self.gives.fits(&code.module.path(part))) {
            return false;
        }
        if !self.hole.is_empty() && !holes(code, expr).iter().any(|hole| self.hole.fits(&code.module.path(*hole))) {
            return false;
        }
        if !self.holes.is_empty() {
            let found = holes(code, expr);
            if found.is_empty() || !found.iter().all(|hole| self.is_harmless(code, *hole)) {
                return false;
            }
        }
        if self.paths.is_empty() && self.not_paths.is_empty() {
            return true;
        }
        let path = code.module.path(expr);
        (self.paths.is_empty() || self.paths.fits(&path)) && !self.not_paths.fits(&path)
    }

    fn is_harmless(&self, code: &Code<'_>, hole: ExprId) -> bool {
        let module = &code.module;
        // `self.table` is also known by that name, whatever it was made of.
        let own = match module.kind(hole) {
            ExprKind::Field { base, name } if module.is_self(base) => Some(format!("self.{name}")),
            _ => None,
        };
        module.is_constant(hole)
            || is_number(code, hole)
            || code.called(hole).is_some_and(|name| is_written_as_constant(&name))
            || self.holes.fits(&module.path(hole))
            || own.is_some_and(|own| self.holes.fits(&own))
    }
}

/// `TABLE_NAME`, as everybody writes what never changes.
fn is_written_as_constant(name: &str) -> bool {
    name.len() > 1
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && name.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Whether a name is declared to be a number or a truth value.
fn is_number(code: &Code<'_>, expr: ExprId) -> bool {
    let module = &code.module;
    let Some(binding) = module.binding(expr) else { return false };
    let annotation = match module.definition(binding) {
        Some(Definition::Typed(annotation)) => Some(annotation),
        Some(Definition::Param { function, index }) => {
            module.function(function).and_then(|it| it.params.get(index as usize)).and_then(|it| it.annotation)
        }
        _ => None,
    };
    let Some(annotation) = annotation else { return false };
    let name = module.path(module.bare_type(annotation));
    matches!(
        name.as_str(),
        "int"
            | "float"
            | "bool"
            | "number"
            | "boolean"
            | "int32"
            | "int64"
            | "uint"
            | "uint32"
            | "uint64"
            | "float64"
            | "i32"
            | "i64"
            | "u8"
            | "u16"
            | "u32"
            | "u64"
            | "usize"
            | "f64"
    )
}
