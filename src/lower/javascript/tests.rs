//! What JavaScript and TypeScript text becomes.

use crate::document::Language;
use crate::lower::*;

fn module<'a>(path: &str, text: &'a str) -> Module<'a> {
    lower(Language::JavaScript, path, text)
}

/// The paths of all calls of a text, in order.
fn calls_of(module: &Module<'_>) -> Vec<String> {
    let callee = |id: &ExprId| match module.kind(*id) {
        ExprKind::Call { callee, .. } => module.path(callee),
        _ => String::new(),
    };
    module.calls.iter().map(callee).collect()
}

/// A text with a call that has the path.
fn check(path: &str, text: &str, expected: &str) {
    let module = module(path, text);
    assert!(module.first_error.is_none(), "{text}: {:?}", module.first_error);
    let calls = calls_of(&module);
    assert!(calls.iter().any(|call| call == expected), "{text}: {calls:?}, not {expected}");
}

#[test]
fn imports_name_what_is_called() {
    for (text, expected) in [
        ("import cp from 'child_process'; cp.exec(x)", "child_process.exec"),
        ("import { exec } from 'node:child_process'; exec(x)", "child_process.exec"),
        ("import { exec as run } from \"child_process\"; run(x)", "child_process.exec"),
        ("import { 'exec' as run } from \"child_process\"; run(x)", "child_process.exec"),
        ("import * as cp from 'child_process'; cp.exec(x)", "child_process.exec"),
        ("import fs, { readFile } from 'fs'; fs.readFile; readFile(x)", "fs.readFile"),
        ("import 'side-effect'; exec(x)", "exec"),
        ("const cp = require('child_process'); cp.exec(x)", "child_process.exec"),
        ("const { exec: run } = require('child_process'); run(x)", "child_process.exec"),
        ("const { promises: { readFile } } = require('fs'); readFile(x)", "fs.promises.readFile"),
        ("const run = require('child_process').exec; run(x)", "child_process.exec"),
        ("var a = 1, cp = require('child_process'), b; cp['exec'](x)", "child_process.exec"),
        ("let cp; cp = require('child_process'); cp.exec(x)", "child_process.exec"),
        ("let cp; function f() { cp = require('child_process') } function g() { cp.exec(x) }", "child_process.exec"),
        ("async function f() { const { exec } = await import('node:child_process'); exec(x) }", "child_process.exec"),
        ("async function f() { (await import('child_process')).exec(x) }", "child_process.exec"),
        ("async () => { const m = await import('x'); m.default.run(y) }", "x.run"),
        (
            "import { createRequire } from 'module'; const require = createRequire(import.meta.url); const cp = require('child_process'); cp.exec(x)",
            "child_process.exec",
        ),
        (
            "import m from 'node:module'; const r = m.createRequire(import.meta.url); r('child_process').exec(x)",
            "child_process.exec",
        ),
        (
            "import { promisify } from 'util'; import { exec } from 'child_process'; const run = promisify(exec); run(x)",
            "child_process.exec",
        ),
        ("const run = require('util').promisify(require('child_process').exec); run(x)", "child_process.exec"),
        (
            "import util from 'util'; import cp from 'child_process'; class A { run = util.promisify(cp.exec); f() { this.run(x) } }",
            "child_process.exec",
        ),
        (
            "import cp from 'child_process'; const tools = { run: util.promisify(cp.exec), x: 1 }; tools.run(x)",
            "child_process.exec",
        ),
        ("import cp from 'child_process'; const run = cp.exec.bind(cp); run(x)", "child_process.exec"),
        ("import axios from 'axios'; const client = axios.create({}); client.get(x)", "axios.create().get"),
        (
            "import { Server } from './s.js'; const server = new Server(); server.setRequestHandler(x)",
            "./s.js.Server().setRequestHandler",
        ),
        ("eval(x)", "eval"),
        ("function eval() {} eval(x)", "#eval"),
        ("const run = (x) => x; run(x)", "#run"),
        ("function f(request) { request.params.run(x) }", "?request.params.run"),
        ("function f({ run }) { run(x) }", "?run"),
        ("`a${b}`.split(x)", "str.split"),
        ("fs?.readFile?.(x)", "fs.readFile"),
        ("new vm.Script(x)", "vm.Script"),
        ("sql`SELECT ${x}`", "sql"),
        ("import.meta.resolve(x)", "import.meta.resolve"),
        ("globalThis.require('child_process').exec(x)", "globalThis.require"),
        ("const run = process.env.X || require('a').b; run(x)", "process.env.X"),
        (
            "class A { constructor() { this.client = require('redis').createClient() } get() { return this.client.eval(x) } }",
            "redis.createClient().eval",
        ),
    ] {
        check("a.js", text, expected);
    }
}

#[test]
fn types_say_what_is_called() {
    for (text, expected) in [
        ("import cp = require('child_process'); cp.exec(x)", "child_process.exec"),
        ("import type { Client } from 'pg'; function f(c: Client) { c.query(x) }", "pg.Client().query"),
        (
            "import { type Client } from 'pg'; const f = async (c: Client | undefined) => c!.query(x)",
            "pg.Client().query",
        ),
        (
            "import pg from 'pg'; class A { constructor(private readonly client: pg.Client) {} f() { this.client.query(x) } }",
            "pg.Client().query",
        ),
        (
            "import pg from 'pg'; class A { private client: pg.Client; f() { this.client.query(x) } }",
            "pg.Client().query",
        ),
        ("import Redis from 'ioredis'; let c: Redis; c.eval(x)", "ioredis().eval"),
        ("import { Pool } from 'pg'; function f(p: Pool<Row>) { p.query(x) }", "pg.Pool().query"),
        ("import { exec } from 'child_process'; (exec as any)(x)", "child_process.exec"),
        ("import { exec } from 'child_process'; exec!(x)", "child_process.exec"),
        ("import { exec } from 'child_process'; (<any>exec)(x)", "child_process.exec"),
        ("import { exec } from 'child_process'; exec<string>(x)", "child_process.exec"),
        ("import * as ns from 'a'; import run = ns.b.run; run(x)", "a.b.run"),
        ("const x = { run: cp.exec } as const satisfies X; x.run(y)", "cp.exec"),
        ("namespace A { export function run() {} run(x) }", "#run"),
        ("function f(a: string): void; function f(a: any) { f(x) }", "#f"),
        ("interface A { run(): void } function f(a: A) { a.run(x) }", "#A().run"),
        ("const S = z.object({}); type S = z.infer<typeof S>; S.parse(x)", "z.object().parse"),
        ("abstract class A { abstract go(): void; run() { helper(this) } }", "helper"),
        ("enum E { A = 'a', B } f(E.A)", "f"),
        ("declare const y: number; declare function run(x: string): void; run(y)", "#run"),
    ] {
        check("a.ts", text, expected);
    }
}

#[test]
fn compiled_and_bundled_code_is_named_like_its_source() {
    for (text, expected) in [
        ("const child_process_1 = require(\"child_process\"); (0, child_process_1.exec)(x)", "child_process.exec"),
        ("const cp_1 = __importDefault(require(\"child_process\")); cp_1.default.exec(x)", "child_process.exec"),
        ("const fs = tslib_1.__importStar(require(\"node:fs\")); fs.readFileSync(x)", "fs.readFileSync"),
        (
            "var import_child_process = require('child_process'); (0, import_child_process.exec)(x)",
            "child_process.exec",
        ),
        (
            "var __toESM = (a, b, c) => c; var import_axios = __toESM(require(\"axios\"), 1); import_axios.default.get(x)",
            "axios.get",
        ),
        (
            "var __commonJS = (a, b) => b; var require_axios = __commonJS({ \"node_modules/axios/index.js\"(exports, module) { module.exports = 1 } }); var a = __toESM(require_axios()); a.get(x)",
            "axios.get",
        ),
        (
            "var __require = ((x) => x)(function() {}); var cp = __require(\"child_process\"); cp.exec(x)",
            "child_process.exec",
        ),
        (
            "import { createRequire as t } from 'module'; var __require = t(import.meta.url); __require('os').cpus(x)",
            "os.cpus",
        ),
        (
            "import require$$0 from 'child_process'; var cp = /*@__PURE__*/getDefaultExportFromCjs(require$$0); cp.exec(x)",
            "child_process.exec",
        ),
        (
            "({ 2081: ((module) => { 'use strict'; module.exports = require(\"child_process\") }), 5: (a, b, __webpack_require__) => { const r = __webpack_require__(2081); r.exec(x) } })",
            "child_process.exec",
        ),
        (
            "var m={81:e=>{\"use strict\";e.exports=require(\"child_process\")},5:(e,t,n)=>{var r=n(81),o=n.n(r);o().exec(x)}}",
            "child_process.exec",
        ),
        (
            "!function(e){}([function(e,t){e.exports=require(\"fs\")},function(e,t,n){n(0).readFileSync(x)}])",
            "fs.readFileSync",
        ),
        (
            "({ './a.js': (m, e, __webpack_require__) => { var child_process__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(/*! child_process */ \"child_process\"); (0,child_process__WEBPACK_IMPORTED_MODULE_0__.exec)(x) } })",
            "child_process.exec",
        ),
        (
            "const __nccwpck_require__ = f; ({ 17: (module) => { module.exports = require('fs') }, 1: (m, e, __nccwpck_require__) => { __nccwpck_require__(17).rmSync(x) } })",
            "fs.rmSync",
        ),
        (
            "async function f() { const m = await Promise.resolve().then(() => __importStar(require('child_process'))); m.exec(x) }",
            "child_process.exec",
        ),
        ("var a,b=(a=require(\"child_process\"),void 0);a.exec(x)", "child_process.exec"),
    ] {
        check("a.js", text, expected);
    }
}

#[test]
fn constants_are_followed() {
    let check = |text: &str, expected: Option<&str>| {
        let module = module("a.ts", text);
        let Some(ExprKind::Call { args, .. }) = module.calls.last().map(|id| module.kind(*id)) else {
            panic!("no call in {text}");
        };
        let value = module.args(args)[0].value;
        assert_eq!(module.constant(value).as_deref(), expected, "{text}");
        assert_eq!(module.is_constant(value), expected.is_some(), "{text}");
    };
    check("f('a')", Some("a"));
    check("f('')", Some(""));
    check("f(`a`)", Some("a"));
    check("const A = 'x'; f(`${A}y\\n${'z'}`)", Some("xy\nz"));
    check("const A = 'x'; const B = A + 'y'; f(B)", Some("xy"));
    check("var a = 'x'; a += g; f(a)", None);
    check("let i = 0; i++; f(i)", None);
    check("let a = 'x'; { let a = g(); f(a) }", None);
    check("let a = 'x'; { let a = g; } f(a)", Some("x"));
    check("let a = 'x'; function g() { a = h } f(a)", None);
    check("function g(a) { f('x' + a) }", None);
    check("const a: string = 'x'; f(a as string)", Some("x"));
    check("for (const a of b) f(a)", None);
    check("for (var i = 0; i < 3; i++) f(i)", None);
    check("try {} catch (e) { f(e) }", None);
    check("f((0, 'a'))", Some("a"));
    check("const C = { url: 'x', n: 1 }; f(C.url)", Some("x"));
    check("enum E { A = 'a', B = 'b' } f(E.B)", Some("b"));
    check("const C = { url: 'x' }; C.url = g; f(C.url)", None);
    check("const C = { url: 'x', ...g }; f(C.url)", None);
    check("let C = { url: 'x' }; C = g; f(C.url)", None);
}

#[test]
fn truth_is_known_of_short_spellings() {
    for (text, expected) in [
        ("f(!0)", Some(true)),
        ("f(!1)", Some(false)),
        ("f(void 0)", Some(false)),
        ("f(undefined)", Some(false)),
        ("f(null)", Some(false)),
        ("f(true)", Some(true)),
        ("const a = !1; f(a)", Some(false)),
        ("f(!a)", None),
    ] {
        let module = module("a.js", text);
        let ExprKind::Call { args, .. } = module.kind(module.calls[0]) else { panic!("{text}") };
        assert_eq!(module.truth(module.args(args)[0].value), expected, "{text}");
    }
}

#[test]
fn exports_are_what_others_may_import() {
    for (text, expected) in [
        ("export const a = 1, b = 2", vec!["a=1", "b=2"]),
        ("export const { a, b: [c] } = f()", vec!["a=a", "c=c"]),
        ("export function run() {}", vec!["run=function run() {}"]),
        ("export default class A {}", vec!["default=class A {}"]),
        ("export default function () {}", vec!["default=function () {}"]),
        ("export default 1 + 2", vec!["default=1 + 2"]),
        ("const a = 1; export { a, a as b }", vec!["a=a", "b=a"]),
        ("export * from 'x'", vec!["*<x.*"]),
        ("export * as ns from 'node:fs'", vec!["ns<fs.*"]),
        ("export { a, b as c, default as d } from './x'", vec!["a<./x.a", "c<./x.b", "d<./x.default"]),
        ("module.exports = { a, b: 1, c() {} }", vec!["default={ a, b: 1, c() {} }", "a=a", "b=1", "c=c() {}"]),
        ("module.exports = run", vec!["default=run"]),
        ("exports.a = exports.b = void 0; exports.a = 1; module.exports.c = 2", vec!["a=1", "c=2"]),
        ("function f(exports, module) { exports.a = 1; module.exports = 2 }", vec![]),
        (
            "Object.defineProperty(exports, '__esModule', { value: true }); Object.defineProperty(exports, 'a', { enumerable: true, get: function () { return x.a; } })",
            vec!["a=x.a"],
        ),
        ("__exportStar(require('./x'), exports)", vec!["*<./x.*"]),
        ("interface A {} export enum E { A }", vec![]),
    ] {
        let module = module("a.ts", text);
        let found: Vec<_> = module
            .exports
            .iter()
            .map(|export| match export.value {
                Exported::Value(value) => format!("{}={}", export.name, module.span(value).slice(text).unwrap()),
                Exported::From { module, name } => format!("{}<{module}.{}", export.name, name.unwrap_or("*")),
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn functions_have_names_parameters_and_comments() {
    let text = "\
/** Adds. */
export async function add(a: number, b = 1, { c, d: [e] }: Args = {}, ...rest: string[]): Promise<number> { return a }
/** Runs. */
const run = async () => {};
const tool = server.tool(/** Not this. */ x, () => {});
/* no doc */
function plain() {}
/** A class. */
@Injectable({})
export class A extends B implements C {
    /** The client. */
    @Inject() private client?: pg.Client = null;
    static x = () => 1;
    #secret;
    /** Gets. */
    @Get('/')
    static async get(@Body() body: string) {}
    static { init() }
    constructor(readonly a: X) { super() }
}
/** Args. */
interface Args extends Base<X> { /** The command. */ cmd: string; run?(x: string): void }
type More = Args & { other: 'a' | 'b' };
";
    let module = module("a.ts", text);
    assert_eq!(module.first_error, None);
    let doc = |span: Option<crate::text::Span>| span.and_then(|span| span.slice(text)).unwrap_or("-");
    let functions: Vec<_> = module
        .functions
        .iter()
        .skip(1)
        .map(|it| (it.name.unwrap_or("-"), doc(it.doc_comment), it.is_static, it.class.is_some()))
        .collect();
    assert_eq!(
        functions,
        [
            ("add", "/** Adds. */", false, false),
            ("run", "/** Runs. */", false, false),
            ("-", "-", false, false),
            ("plain", "-", false, false),
            ("x", "-", false, false),
            ("get", "/** Gets. */", true, true),
            ("-", "-", true, true),
            ("constructor", "-", false, true),
        ]
    );
    let add = &module.functions[1];
    assert_eq!(add.name_span.slice(text), Some("add"));
    let params: Vec<_> = add.params.iter().map(|it| (it.name.unwrap_or("-"), it.default.is_some(), it.kind)).collect();
    let normal = ParamKind::Normal;
    assert_eq!(
        params,
        [("a", false, normal), ("b", true, normal), ("-", true, normal), ("rest", false, ParamKind::Rest)]
    );
    assert_eq!(module.path(add.params[0].annotation.unwrap()), "number");
    assert_eq!(module.path(module.bare_type(add.returns.unwrap())), "number");
    assert!(add.params[2].annotation.is_some());

    let classes: Vec<_> = module
        .classes
        .iter()
        .map(|it| {
            let fields: Vec<_> = it.fields.iter().map(|field| (field.name, doc(field.doc_comment))).collect();
            (it.name.unwrap_or("-"), doc(it.doc_comment), it.bases.len(), it.methods.len(), fields)
        })
        .collect();
    assert_eq!(
        classes,
        [
            ("A", "/** A class. */", 2, 3, vec![("client", "/** The client. */"), ("x", "-"), ("#secret", "-")]),
            ("Args", "/** Args. */", 1, 0, vec![("cmd", "/** The command. */"), ("run", "-")]),
            ("More", "-", 1, 0, vec![("other", "-")]),
        ]
    );
    assert_eq!(module.classes[0].decorators.len(), 1);
    assert_eq!(module.functions[6].decorators.len(), 1);
    assert_eq!(module.exprs_of(module.classes[0].fields[0].decorators).len(), 1);
}

#[test]
fn statements_keep_their_structure() {
    let text = "\
function f(x) {
    if (x) a(); else if (y) { b() } else c();
    for (let i = 0; i < 3; i++) { d(i) }
    for (const y of x) e(y);
    while (x) { g() }
    do h(); while (x)
    switch (x) { case 1: case 'a': i(); break; default: j() }
    try { k() } catch ({ message }) { l() } finally { m() }
    outer: for (;;) { continue outer }
    n(), o();
    throw p(), new Error(q);
}
";
    let module = module("a.js", text);
    assert_eq!(module.first_error, None);
    let shape = |stmt: Stmt| match stmt.kind {
        StmtKind::Expr(_) => 'x',
        StmtKind::Return(_) => 'r',
        StmtKind::Throw(_) => 't',
        StmtKind::If { .. } => 'i',
        StmtKind::Loop { .. } => 'l',
        StmtKind::Try { .. } => 'y',
        StmtKind::Switch { .. } => 's',
        StmtKind::Leave => 'b',
        StmtKind::Block(_) => '{',
        StmtKind::With { .. } => 'w',
        StmtKind::Assert(_) => 'a',
    };
    let body = module.functions[1].body;
    assert_eq!(module.block(body).map(shape).collect::<String>(), "ixllllsylxxxt");
    assert_eq!(module.statements(body).map(shape).collect::<String>(), "ixixxxlxxlxlxlxsxbxyxxxlbxxxt");
}

#[test]
fn scopes_keep_names_apart() {
    for (text, expected) in [
        ("const run = a; { const run = b; run(x) }", "b"),
        ("const run = a; { const run = b } run(x)", "a"),
        ("const f = () => { if (y) { var run = a } run(x) }", "a"),
        ("function run() {} { run(x) }", "#run"),
        ("try {} catch (run) { run(x) }", "?run"),
        ("for (const run of all) run(x)", "?run"),
        ("switch (y) { case 1: const run = a; run(x) }", "a"),
        ("const run = a; function f(run) { run(x) }", "?run"),
        ("(function run() { run(x) })", "#run"),
        ("run = a; run(x)", "a"),
        ("let run = a; run = b; run(x)", "?run"),
        ("[run] = all; run(x)", "?run"),
        ("({ a: run } = require('m')); run(x)", "m.a"),
        ("const { run = other } = require('m'); run(x)", "?run"),
        ("const { ...m } = require('m'); m(x)", "?m"),
    ] {
        check("a.js", text, expected);
    }
}

#[test]
fn elements_are_calls_of_their_tag() {
    let text = "const a = <div dangerouslySetInnerHTML={{ __html: x }} hidden {...more}>text {y}<A.B c='d'/></div>;";
    for path in ["a.js", "a.tsx"] {
        let module = module(path, text);
        assert_eq!(module.first_error, None);
        assert_eq!(calls_of(&module), ["div", "A.B"]);
        let ExprKind::Call { args, .. } = module.kind(module.calls[0]) else { panic!() };
        let names: Vec<_> = module.args(args).iter().map(|arg| arg.name.unwrap_or("-")).collect();
        assert_eq!(names, ["dangerouslySetInnerHTML", "hidden", "-", "-", "-"]);
        let html = module.args(args)[0].value;
        assert_eq!(module.path(module.member(html, "__html").unwrap()), "x");
        assert_eq!(module.truth(module.args(args)[1].value), Some(true));
    }
}

#[test]
fn expressions_keep_their_form() {
    let kind = |text: &str| {
        let module = module("a.ts", text);
        assert_eq!(module.first_error, None, "{text}");
        let last = module.block(module.functions[0].body).next_back().unwrap();
        let StmtKind::Expr(expr) = last.kind else { panic!("{text}") };
        format!("{:?}", module.kind(expr))
    };
    for (text, expected) in [
        ("a + b", "Binary { op: Add"),
        ("a ?? b", "Binary { op: Nullish"),
        ("a !== b", "Binary { op: NotEqual"),
        ("'a' in b", "Binary { op: In"),
        ("!a", "Unary { op: Not"),
        ("typeof a", "Unary { op: TypeOf"),
        ("a += b", "Assign { target: ExprId("),
        ("a ? b : c", "Conditional"),
        ("a['b']", "Field { base: ExprId("),
        ("a[b]", "Index"),
        ("[a, ...b]", "List"),
        ("({ a, ...b, [c]: d, 'e': f })", "Object"),
        ("/a/g", "Regex(\"/a/g\")"),
        ("`a${b}c`", "Concat(List { start: 0, len: 3"),
        ("a`b`", "Call"),
        ("x => x", "Function"),
        ("(class {})", "Class"),
        ("async () => { await a }", "Function"),
        ("this", "This"),
        ("void 0", "Null"),
        ("1_000n", "Number(\"1_000n\")"),
    ] {
        let found = kind(text);
        assert!(found.starts_with(expected), "{text}: {found}");
    }
}

#[test]
fn broken_text_keeps_what_can_be_read() {
    let text = "import { exec } from 'child_process';\nexec(a);\nconst = = ;\nfunction f( { exec(b);\n";
    let module = module("a.ts", text);
    assert!(module.first_error.is_some());
    assert!(calls_of(&module).contains(&"child_process.exec".to_owned()));
    assert!(!module.is_cut);
}

#[test]
fn hostile_text_ends() {
    for piece in [
        "(",
        "[",
        "{",
        "f(",
        "a.b(",
        "!",
        "`${",
        "if (x) {",
        "a?b:",
        "x => ",
        "a<",
        "<a>",
        "class A {",
        "a,",
        "a+",
        "else if (x) {}",
        "case 1:",
        "a=",
        "...",
        "function f(){",
        "() => {",
        "var a=",
        "/** a */ ",
        "type A = B<",
    ] {
        for path in ["a.js", "a.ts", "a.tsx"] {
            let text = piece.repeat(500);
            let module = module(path, &text);
            calls_of(&module).truncate(1);
        }
    }
    let cases: String = (0..10_000).map(|at| format!("case {at}: f({at}); break;\n")).collect();
    let text = format!("switch (x) {{ {cases} }}");
    assert_eq!(module("a.js", &text).calls.len(), 10_000);
    let chain: String = (0..10_000).map(|at| format!("if (x == {at}) f({at}); else ")).collect();
    assert_eq!(module("a.js", &format!("{chain} g()")).calls.len(), 10_001);
}

#[test]
fn an_awaited_callee_in_brackets_is_called() {
    let text = "const c = require('child_process');\nasync function f(h) { await (0, c.exec)('ping ' + h); await (c.exec)(h); }\n";
    let calls = calls_of(&module("a.js", text));
    assert_eq!(calls.iter().filter(|path| *path == "child_process.exec").count(), 2, "{calls:?}");
}
