//! Which expressions are paths of the file system, as far as one file tells: by what made them, or by a clear name.

use crate::document::Language;
use crate::lower::{Definition, ExprId, ExprKind, Op, UnaryOp};
use crate::matcher::Code;

/// What made a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// Put together or made absolute; symbolic links are still in it.
    Lexical,
    /// Symbolic links are followed.
    Resolved,
}

const LEXICAL: &[&str] = &[
    "os.path.abspath",
    "os.path.normpath",
    "os.path.join",
    "os.path.expanduser",
    "os.path.normcase",
    "os.path.dirname",
    "os.getcwd",
    "pathlib.Path",
    "pathlib.PurePath",
    "pathlib.PosixPath",
    "pathlib.Path.cwd",
    "pathlib.Path.home",
    "tempfile.mkdtemp",
    "tempfile.gettempdir",
    "path.resolve",
    "path.join",
    "path.normalize",
    "path.dirname",
    "path.posix.resolve",
    "path.posix.join",
    "path.posix.normalize",
    "path.win32.resolve",
    "path/posix.resolve",
    "path/posix.join",
    "process.cwd",
    "os.homedir",
    "os.tmpdir",
    "url.fileURLToPath",
    "path/filepath.Join",
    "path/filepath.Clean",
    "path/filepath.Abs",
    "path/filepath.Dir",
    "path/filepath.FromSlash",
    "os.Getwd",
    "os.UserHomeDir",
];

const RESOLVED: &[&str] = &["realpath", "realpathSync", "EvalSymlinks", "canonicalize", "readlink"];

/// Methods that give the same path, written in another way.
const SAME: &[&str] = &[
    "toString",
    "lower",
    "toLowerCase",
    "as_posix",
    "replace",
    "replaceAll",
    "rstrip",
    "strip",
    "trim",
    "expanduser",
    "absolute",
    "joinpath",
    "with_suffix",
    "to_string_lossy",
    "to_str",
    "to_string",
    "unwrap",
    "unwrap_or_default",
    "unwrap_or",
    "display",
    "native",
];

/// What an expression's path was made by; links count as followed if any of several values followed them.
pub(super) fn origin(code: &Code<'_>, expr: ExprId) -> Option<Origin> {
    let module = &code.module;
    let mut open = vec![(expr, 0)];
    let mut best = None;
    let mut steps = 0;
    while let Some((id, depth)) = open.pop() {
        steps += 1;
        if steps > 64 || depth > 12 {
            break;
        }
        let mut follow = |id: ExprId| open.push((id, depth + 1));
        match module.kind(id) {
            ExprKind::Name(_) => {
                let definitions = module.binding(id).map_or(&[][..], |binding| module.definitions(binding));
                for definition in definitions {
                    match definition {
                        Definition::Value(value) => follow(*value),
                        Definition::Param { .. } | Definition::Typed(_) if module.path(id).starts_with("pathlib.") => {
                            best = best.max(Some(Origin::Lexical));
                        }
                        _ => {}
                    }
                }
            }
            ExprKind::Field { base, name } => {
                let attribute = module.class_of_self(base).and_then(|class| module.attribute(class, name));
                match attribute {
                    Some(Definition::Value(value)) => follow(value),
                    _ if name == "parent" => follow(base),
                    _ => {}
                }
            }
            ExprKind::Call { callee, .. } => {
                let path = module.path(callee);
                let last = path.rsplit(['.', '#', '?']).next().unwrap_or_default();
                let first = code.args(id).first().map(|arg| arg.value);
                let receiver = match module.kind(callee) {
                    ExprKind::Field { base, .. } => Some(base),
                    _ => None,
                };
                if RESOLVED.contains(&last) || is_pathlib_resolve(code, &path, last) {
                    best = Some(Origin::Resolved);
                } else if LEXICAL.contains(&path.as_str()) {
                    best = best.max(Some(Origin::Lexical));
                    // Links that were followed before stay followed where nothing is added.
                    if let (Some(first), "dirname" | "normpath" | "normalize" | "Path" | "Clean" | "Dir" | "abspath") =
                        (first, last)
                    {
                        follow(first);
                    }
                } else if let ("str" | "String" | "os.fspath" | "string", Some(first)) = (path.as_str(), first) {
                    follow(first);
                } else if let (true, Some(receiver)) = (SAME.contains(&last), receiver) {
                    follow(receiver);
                } else {
                    best = best.max(own_helper(last));
                }
            }
            ExprKind::Binary { op: Op::Other, left, .. } => follow(left),
            ExprKind::Binary { op: Op::Or | Op::Nullish, left, right } => [left, right].into_iter().for_each(follow),
            ExprKind::Conditional { then, otherwise, .. } => [then, otherwise].into_iter().for_each(follow),
            ExprKind::Await(inner)
            | ExprKind::Assign { value: inner, .. }
            | ExprKind::Unary { op: UnaryOp::Reference, operand: inner } => follow(inner),
            _ => {}
        }
    }
    best
}

fn is_pathlib_resolve(code: &Code<'_>, path: &str, last: &str) -> bool {
    last == "resolve" && code.module.language == Language::Python && !path.starts_with("importlib")
}

/// A function of the file's own whose name says that it makes paths: `normalizePath`, `expand_path`, `resolveSafePath`.
fn own_helper(name: &str) -> Option<Origin> {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if !has(&["path", "dir", "directory", "realpath", "file", "abspath"]) {
        return None;
    }
    if has(&["real", "realpath", "resolve", "resolved", "canonical", "canonicalize", "safe", "validate", "validated"]) {
        return Some(Origin::Resolved);
    }
    has(&["normalize", "normalise", "expand", "abs", "absolute", "abspath", "join"]).then_some(Origin::Lexical)
}

/// The words of an identifier, in small letters: `baseDir`, `base_dir` and `BASE_DIR` are `base` and `dir`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for c in name.chars() {
        let is_border = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && was_lower);
        if is_border && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        was_lower = c.is_ascii_lowercase();
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// Words of names that are no paths of the file system, or texts that end as they should.
const OTHER: &[&str] = &[
    "url",
    "uri",
    "route",
    "prefix",
    "pathname",
    "request",
    "req",
    "module",
    "package",
    "api",
    "endpoint",
    "href",
    "link",
    "mount",
    "key",
    "json",
    "pointer",
    "xpath",
    "import",
    "router",
    "http",
    "token",
    "prop",
    "property",
    "attr",
    "base64",
    "class",
    "type",
    "query",
    "line",
    "slash",
    "sep",
    "separator",
    "trailing",
    "namespace",
    "schema",
    "scope",
    "host",
    "origin",
    "ref",
    "branch",
    "topic",
    "issuer",
    "site",
    "locale",
    "tag",
    "field",
    "metadata",
    "node",
    "selector",
    "text",
    "content",
    "command",
    "cmd",
];

pub(super) fn is_named_otherwise(name: &str) -> bool {
    words(name).iter().any(|word| OTHER.contains(&word.as_str()))
}

pub(super) fn is_path_named(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "path",
        "filepath",
        "abspath",
        "realpath",
        "fullpath",
        "file",
        "filename",
        "dir",
        "directory",
        "folder",
        "resolved",
        "dest",
        "destination",
        "absolute",
        "real",
        "abs",
    ];
    !is_named_otherwise(name) && words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

pub(super) fn is_folder_named(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "root",
        "roots",
        "base",
        "dir",
        "dirs",
        "directory",
        "directories",
        "folder",
        "workspace",
        "sandbox",
        "cwd",
        "home",
        "basedir",
        "rootdir",
        "workdir",
        "basepath",
        "rootpath",
        "allowed",
        "vault",
        "repo",
        "jail",
        "storage",
    ];
    !is_named_otherwise(name) && words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// A literal that is the absolute path of something below the top.
pub(super) fn is_absolute(text: &str) -> bool {
    let rest = match text.as_bytes() {
        [b'/', rest @ ..] => rest,
        [drive, b':', b'\\' | b'/', rest @ ..] if drive.is_ascii_alphabetic() => rest,
        _ => return false,
    };
    rest.first().is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether the text of an expression ends in a separator of paths in every case that can be seen.
pub(super) fn ends_in_separator(code: &Code<'_>, expr: ExprId) -> bool {
    let module = &code.module;
    let mut open = vec![expr];
    let mut steps = 0;
    while let Some(id) = open.pop() {
        steps += 1;
        if steps > 48 {
            return true;
        }
        let ends = match module.kind(id) {
            ExprKind::Str { .. } => {
                module.string(id).is_some_and(|text| text.ends_with(['/', '\\']) || text.is_empty())
            }
            ExprKind::Concat(list) => {
                let Some(last) = module.exprs_of(list).last() else { return false };
                open.push(*last);
                continue;
            }
            ExprKind::Binary { op: Op::Add, right, .. } => {
                open.push(right);
                continue;
            }
            ExprKind::Conditional { then, otherwise, .. } => {
                // `root.endsWith(sep) ? root : root + sep` is right on both sides.
                let text = module.span(id).slice(module.text).unwrap_or_default();
                if text.contains("ends") || text.contains("[-1]") {
                    return true;
                }
                open.extend([then, otherwise]);
                continue;
            }
            ExprKind::Assign { value, .. } => {
                open.push(value);
                continue;
            }
            ExprKind::Field { name, .. } => is_separator_named(name),
            ExprKind::Name(name) if is_separator_named(name) => true,
            ExprKind::Name(_) => {
                let definitions = module.binding(id).map_or(&[][..], |binding| module.definitions(binding));
                let mut values = 0;
                for definition in definitions {
                    match definition {
                        Definition::Value(value) if values == 0 => {
                            values += 1;
                            open.push(*value);
                        }
                        // `if not base.endswith(os.sep): base += os.sep`
                        Definition::Changed(_) => return true,
                        Definition::Value(value) if ends_in_separator_now(code, *value) => return true,
                        _ => {}
                    }
                }
                if values > 0 {
                    continue;
                }
                false
            }
            ExprKind::Call { callee, .. } => {
                let args = code.args(id);
                let last_is_empty = || {
                    args.last()
                        .and_then(|arg| module.string(arg.value))
                        .is_some_and(|text| text.is_empty() || text == "/")
                };
                let path = module.path(callee);
                let name = path.rsplit(['.', '#', '?']).next().unwrap_or_default();
                match (name, args) {
                    ("string" | "str" | "String" | "Sprint", [only]) => {
                        open.push(only.value);
                        continue;
                    }
                    _ => {
                        is_separator_named(name)
                            || matches!(name, "join" | "Join") && last_is_empty()
                            || matches!(name, "replace" | "concat" | "sub") && adds_separator(code, args)
                    }
                }
            }
            _ => false,
        };
        if !ends {
            return false;
        }
    }
    true
}

/// `root.replace(/\/?$/, "/")`
fn adds_separator(code: &Code<'_>, args: &[crate::lower::Arg<'_>]) -> bool {
    args.iter().any(|arg| match code.module.kind(arg.value) {
        ExprKind::Str { .. } => code.module.string(arg.value).is_some_and(|text| text.ends_with(['/', '\\'])),
        ExprKind::Field { name, .. } | ExprKind::Name(name) => is_separator_named(name),
        _ => false,
    }) && args.len() < 3
        && args
            .first()
            .is_some_and(|arg| !matches!(code.module.kind(arg.value), ExprKind::Str { .. }) || args.len() == 1)
}

/// As [`ends_in_separator`], for what is written out at this place.
fn ends_in_separator_now(code: &Code<'_>, expr: ExprId) -> bool {
    match code.module.kind(expr) {
        ExprKind::Binary { op: Op::Add, right, .. } => match code.module.kind(right) {
            ExprKind::Str { .. } => code.module.string(right).is_some_and(|text| text.ends_with(['/', '\\'])),
            ExprKind::Field { name, .. } | ExprKind::Name(name) => is_separator_named(name),
            _ => false,
        },
        ExprKind::Concat(_) => {
            let text = code.module.span(expr).slice(code.module.text).unwrap_or_default();
            text.contains("sep}") || text.contains("/`") || text.contains("/\"") || text.contains("/'")
        }
        _ => false,
    }
}

fn is_separator_named(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["sep", "slash", "trailing", "prefix", "delimiter"].iter().any(|word| name.contains(word))
}

/// Whether a call opens, lists, changes or looks at a file.
pub(super) fn is_file_access(path: &str) -> bool {
    const EXACT: &[&str] =
        &["open", "io.open", "codecs.open", "aiofiles.open", "path/filepath.Walk", "path/filepath.WalkDir"];
    const MODULES: &[&str] = &[
        "fs.",
        "fs/promises.",
        "fs-extra.",
        "shutil.",
        "os.path.is",
        "os.path.exists",
        "os.path.getsize",
        "io/ioutil.",
        "std.fs.",
        "tokio.fs.",
    ];
    const OS: &[&str] = &[
        "open",
        "listdir",
        "scandir",
        "remove",
        "unlink",
        "stat",
        "mkdir",
        "makedirs",
        "rmdir",
        "rename",
        "replace",
        "walk",
        "ReadFile",
        "WriteFile",
        "Open",
        "OpenFile",
        "Create",
        "Remove",
        "RemoveAll",
        "ReadDir",
        "Mkdir",
        "MkdirAll",
        "Stat",
        "Rename",
    ];
    const METHODS: &[&str] = &[
        ".read_text",
        ".write_text",
        ".read_bytes",
        ".write_bytes",
        ".unlink",
        ".iterdir",
        ".is_file",
        ".is_dir",
        ".exists",
        ".mkdir",
        ".rglob",
        ".glob",
        ".rename",
        ".open",
        ".stat",
    ];
    EXACT.contains(&path)
        || MODULES.iter().any(|module| path.starts_with(module))
        || path.strip_prefix("os.").is_some_and(|name| OS.contains(&name))
        || METHODS.iter().any(|method| path.ends_with(method))
}

/// Whether the file has to do with files at all.
pub(super) fn touches_files(code: &Code<'_>) -> bool {
    code.all_calls().iter().any(|call| is_file_access(&call.path) || LEXICAL.contains(&call.path.as_str()))
}
