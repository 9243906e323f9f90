//! What Python text becomes.

use crate::document::Language;
use crate::lower::testing::called;
use crate::lower::{Module, lower};

fn module(text: &str) -> Module<'_> {
    lower(Language::Python, "a.py", text)
}

/// The paths of all calls of a text, in order.
fn calls(text: &str) -> Vec<String> {
    called(&module(text)).into_iter().map(|(_, path)| path).collect()
}

#[test]
fn calls_are_named_through_imports_aliases_and_instances() {
    for (text, expected) in [
        ("import os\nos.system(x)", vec!["os.system"]),
        ("from os import system as s\ns(x)", vec!["os.system"]),
        ("import os.path\nos.path.join(a)", vec!["os.path.join"]),
        ("import xml.etree.ElementTree as ET\nET.parse(f)", vec!["xml.etree.ElementTree.parse"]),
        ("eval(x)", vec!["eval"]),
        ("def eval(x): ...\neval(x)", vec!["#eval"]),
        ("run = subprocess.run\nrun(x)", vec!["subprocess.run"]),
        ("import subprocess as sp\ndef f(x):\n    r = sp.run\n    r(x)", vec!["subprocess.run"]),
        ("from .utils import run\nrun(x)", vec![".utils.run"]),
        (
            "import sqlite3\nc = sqlite3.connect(p)\nc.cursor().execute(q)",
            vec!["sqlite3.connect", "sqlite3.connect().cursor().execute", "sqlite3.connect().cursor"],
        ),
        (
            "import sqlite3\nwith sqlite3.connect(p) as c:\n    c.execute(q)",
            vec!["sqlite3.connect", "sqlite3.connect().execute"],
        ),
        ("def f(cursor): cursor.execute(q)", vec!["?cursor.execute"]),
        ("import httpx\ndef f(client: httpx.AsyncClient): client.get(u)", vec!["httpx.AsyncClient().get"]),
        ("from httpx import AsyncClient\ndef f(c: AsyncClient | None): c.get(u)", vec!["httpx.AsyncClient().get"]),
        (
            "import httpx\nasync def f():\n    async with httpx.AsyncClient() as c:\n        await c.get(u)",
            vec!["httpx.AsyncClient", "httpx.AsyncClient().get"],
        ),
        ("class A:\n    def run(self): ...\na = A()\na.run()", vec!["#A", "#A().run"]),
        (
            "import redis\nclass A:\n    def __init__(self):\n        self.db = redis.Redis()\n    def f(self):\n        self.db.eval(x)",
            vec!["redis.Redis", "redis.Redis().eval"],
        ),
        ("import importlib\nimportlib.import_module('os').system(x)", vec!["os.system", "importlib.import_module"]),
        ("__import__('builtins').eval(x)", vec!["builtins.eval", "__import__"]),
        (
            "from functools import partial\nimport subprocess\nsh = partial(subprocess.run, shell=True)\nsh(x)",
            vec!["functools.partial", "subprocess.run"],
        ),
        ("try:\n    import yaml\nexcept ImportError:\n    yaml = None\nyaml.load(x)", vec!["yaml.load"]),
        ("'{}'.format(x)", vec!["str.format"]),
        ("re = 1\ndef f():\n    import re\n    re.match(a, b)", vec!["re.match"]),
        ("[run(x) for x in y]", vec!["run"]),
        ("x = a if b else c()\n", vec!["c"]),
        ("@mcp.tool(name='x')\ndef f(): ...", vec!["mcp.tool"]),
    ] {
        assert_eq!(calls(text), expected, "{text}");
    }
}

#[test]
fn constants_are_followed_inside_of_a_module() {
    let check = |text: &str, expected: Option<&str>| {
        let module = module(text);
        let Some(crate::lower::ExprKind::Call { args, .. }) = module.calls.last().map(|id| module.kind(*id)) else {
            panic!("no call in {text}");
        };
        let value = module.args(args)[0].value;
        assert_eq!(module.constant(value).as_deref(), expected, "{text}");
        assert_eq!(module.is_constant(value), expected.is_some(), "{text}");
    };
    check("f('a')", Some("a"));
    check("f('a' 'b' f'c')", Some("abc"));
    check("A = 'x'\nB = A + 'y'\nf(B)", Some("xy"));
    check("f(f'{A}')\nA = 'x'\nf(f'a{A}b')", Some("axb"));
    check("A = input()\nf('x' + A)", None);
    check("A = 'x'\nA = 'y'\nf(A + g)", None);
    check("def g(a):\n    f('x' + a)", None);
    check("f('a\\x41\\n')", Some("aA\n"));
    check("A = A\nf(A)", None);
}

#[test]
fn definitions_have_names_parameters_and_docstrings() {
    let text = "@mcp.tool()\nasync def add(a: int, b: int = 1, *rest, key=None, **more) -> int:\n    \"Adds.\"\n    return a + b\n";
    let module = module(text);
    let add = &module.functions[1];
    assert_eq!(add.name, Some("add"));
    assert_eq!(add.name_span.slice(text), Some("add"));
    let names: Vec<_> = add.params.iter().map(|param| (param.name.unwrap(), param.kind)).collect();
    use crate::lower::ParamKind::*;
    assert_eq!(names, [("a", Normal), ("b", Normal), ("rest", Rest), ("key", KeywordOnly), ("more", Keywords)]);
    assert_eq!(module.string(add.docstring.unwrap()).as_deref(), Some("Adds."));
    assert_eq!(add.decorators.len(), 1);
    assert_eq!(module.path(add.params[0].annotation.unwrap()), "int");
    assert_eq!(module.constant(add.params[1].default.unwrap()).as_deref(), Some("1"));
    assert_eq!(module.block(add.body).count(), 2);
}

#[test]
fn statements_keep_their_structure() {
    let text = "\
def f(x):
    if x == 1:
        a()
    elif x == 2:
        b()
    else:
        c()
    for y in x:
        d(y)
    try:
        e()
    except (OSError, ValueError) as err:
        log(err)
        raise
    finally:
        g()
    with open(p) as one, open(q) as two:
        h()
    match x:
        case 'a' | 'b':
            i()
        case _:
            j()
    return None
";
    let module = module(text);
    let found: Vec<String> = module
        .statements(module.functions[1].body)
        .map(|stmt| {
            let kind = format!("{:?}", stmt.kind);
            kind.split([' ', '(', '{']).next().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        found.join(" "),
        "If Expr If Expr Expr Loop Expr Try Expr Expr Throw Expr With With Expr Switch Expr Expr Return"
    );
    let catch = module.catch_pool[0];
    assert_eq!(catch.name.map(|name| module.span(name).slice(text).unwrap()), Some("err"));
    assert!(matches!(
        module.definitions(module.binding(catch.name.unwrap()).unwrap()),
        [crate::lower::Definition::Caught]
    ));
}

#[test]
fn scopes_follow_the_language() {
    // A class's names are not seen from its methods; comprehensions have their own; `global` goes to the module.
    assert_eq!(calls("class A:\n    run = os.system\n    def f(self):\n        run(x)\n"), ["run"]);
    assert_eq!(calls("import os\ns = 1\ndef f():\n    global s\n    s = os.system\ndef g():\n    s(x)\n"), ["?s"]);
    assert_eq!(calls("import os\ndef f(os):\n    os.system(x)\n"), ["?os.system"]);
    assert_eq!(calls("import os\n[os for os in y]\nos.system(x)\n"), ["os.system"]);
    assert_eq!(calls("import os\ndef f(run=os.system):\n    run(x)\n"), ["?run"]);
}

#[test]
fn what_cannot_be_read_does_not_hide_what_can() {
    assert_eq!(calls("def f(:\n    os.system(x\n\neval(y)\n").last().map(String::as_str), Some("eval"));
    assert!(module("f(").first_error.is_some());
}

#[test]
fn hostile_texts_are_lowered_in_bounds() {
    let deep = 100_000;
    for text in [
        "[".repeat(deep),
        format!("{}1{}", "(".repeat(deep), ")".repeat(deep)),
        "not ".repeat(deep),
        "a.".repeat(deep),
        "a()".repeat(deep),
        format!("x = {}1", "1 + ".repeat(deep)),
        format!("x = {}1", "lambda: ".repeat(20_000)),
        (0..2_000).map(|depth| format!("{}if a:\n", " ".repeat(depth))).collect(),
        format!("if a:\n    b()\n{}", "elif a:\n    b()\n".repeat(10_000)),
        format!("match a:\n{}", "    case 'x':\n        b()\n".repeat(10_000)),
        "f'{".repeat(deep),
        "a = ".repeat(deep),
    ] {
        let module = module(&text);
        module.calls.iter().for_each(|call| drop(module.path(*call)));
    }
}
