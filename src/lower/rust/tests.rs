use super::*;
use crate::lower::testing::called;

/// What every call calls, as written and by its path.
fn check(text: &str, expected: &[(&str, &str)]) {
    let module = lower(text);
    let found = called(&module);
    let found: Vec<_> = found.iter().map(|(written, path)| (*written, path.as_str())).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn paths_go_through_use_trees() {
    check(
        r#"
use std::process::Command;
use std::{env, io::{self, Read as _}, fs as files, net::TcpStream};
use anyhow::{anyhow, Result};
use tokio::process::*;
extern crate libc as c;
mod inner { use reqwest::Client as Http; fn g() { Http::new(); } }
fn run(arg: &str) -> Result<()> {
    Command::new("sh").arg("-c").arg(arg).output()?;
    Some(Client::builder().build().unwrap()).as_ref().get();
    std::process::Command::new(arg);
    env::var("HOME").unwrap();
    io::stdin().read(1);
    files::read::<str>(arg);
    TcpStream::connect(arg);
    c::system(arg);
    anyhow!("x {arg}");
    tracing::info!(target: "a", %arg, "b {}", self::f(arg));
    Ok(())
}
"#,
        &[
            ("Http::new", "reqwest.Client.new"),
            ("Command::new(\"sh\").arg(\"-c\").arg(arg).output", "std.process.Command.new().arg().arg().output"),
            ("Command::new(\"sh\").arg(\"-c\").arg", "std.process.Command.new().arg().arg"),
            ("Command::new(\"sh\").arg", "std.process.Command.new().arg"),
            ("Command::new", "std.process.Command.new"),
            ("Some(Client::builder().build().unwrap()).as_ref().get", "Client.builder().build().get"),
            ("Some(Client::builder().build().unwrap()).as_ref", "Client.builder().build().as_ref"),
            ("Some", "Some"),
            ("Client::builder().build().unwrap", "Client.builder().build().unwrap"),
            ("Client::builder().build", "Client.builder().build"),
            ("Client::builder", "Client.builder"),
            ("std::process::Command::new", "std.process.Command.new"),
            ("env::var(\"HOME\").unwrap", "std.env.var().unwrap"),
            ("env::var", "std.env.var"),
            ("io::stdin().read", "std.io.stdin().read"),
            ("io::stdin", "std.io.stdin"),
            ("files::read", "std.fs.read"),
            ("TcpStream::connect", "std.net.TcpStream.connect"),
            ("c::system", "libc.system"),
            ("anyhow", "anyhow"),
            ("tracing::info", "tracing.info"),
            ("self::f", "f"),
            ("Ok", "Ok"),
        ],
    );
}

#[test]
fn names_mean_what_their_block_says() {
    check(
        r#"
fn f(path: String, client: &reqwest::Client, db: Arc<sqlx::PgPool>) {
    let path = path.trim();
    path.a();
    let path = std::fs::canonicalize(path)?;
    path.b();
    if let Some(path) = path.parent() { path.c(); }
    path.d();
    match std::env::var("A") { Ok(v) => v.e(), Err(e) => e.f() }
    let Ok(x) = open() else { return };
    x.g();
    client.h();
    db.i();
    let mut y; y = made(); y.j();
    for x in x.all() { x.k() }
    let run = |x: u8| x.l();
    let z = if a { open() } else { other() };
    z.m();
}
"#,
        &[
            ("path.trim", "?path.trim"),
            ("path.a", "?path.trim().a"),
            ("std::fs::canonicalize", "std.fs.canonicalize"),
            ("path.b", "std.fs.canonicalize().b"),
            ("path.parent", "std.fs.canonicalize().parent"),
            ("path.c", "std.fs.canonicalize().parent().c"),
            ("path.d", "std.fs.canonicalize().d"),
            ("std::env::var", "std.env.var"),
            ("v.e", "std.env.var().e"),
            ("e.f", "?e.f"),
            ("open", "open"),
            ("x.g", "open().g"),
            ("client.h", "reqwest.Client().h"),
            ("db.i", "sqlx.PgPool().i"),
            ("made", "made"),
            ("y.j", "made().j"),
            ("x.all", "open().all"),
            ("x.k", "?x.k"),
            ("x.l", "?x.l"),
            ("open", "open"),
            ("other", "other"),
            ("z.m", "open().m"),
        ],
    );
}

#[test]
fn types_fields_and_attributes_belong_together() {
    let text = r#"
/// Serves.
/// Much.
#[derive(Clone, JsonSchema)]
pub struct Server {
    /// Asks.
    #[schemars(description = "who", length(max = 3))]
    client: reqwest::Client,
    other: u8,
}

#[tool_router]
impl Server {
    pub fn new() -> Self { Self { other: 1, client: reqwest::Client::new() } }

    /// Gets.
    #[tool(name = "get", description = "Get it")]
    async fn get(&self, Parameters(args): Parameters<Args>, #[tool(param)] Extension(Foo { a, b: c }): E) -> String {
        self.client.get(args.url);
        Self::new();
        self.made = open();
        self.made.go();
        format!("{} {args:?} {{no}} {0}", a)
    }
}
impl ServerHandler for Server { fn info(&self) {} }
"#;
    check(
        text,
        &[
            ("derive", "derive"),
            ("schemars", "schemars"),
            ("length", "length"),
            ("Self", "#Server"),
            ("reqwest::Client::new", "reqwest.Client.new"),
            ("tool", "tool"),
            ("tool", "tool"),
            ("self.client.get", "reqwest.Client().get"),
            ("Self::new", "#Server.new"),
            ("open", "open"),
            ("self.made.go", "open().go"),
            ("format", "format"),
        ],
    );
    let module = lower(text);
    let slice = |span: Option<Span>| span.and_then(|span| span.slice(text)).unwrap_or_default();
    assert_eq!(module.classes.len(), 1);
    let class = &module.classes[0];
    assert_eq!((class.name, class.methods.len(), class.bases.len()), (Some("Server"), 3, 1));
    assert_eq!(slice(class.doc_comment), "/// Serves.\n/// Much.");
    assert_eq!(class.decorators.len(), 2);
    let field = class.fields[0];
    assert_eq!((field.name, slice(field.doc_comment)), ("client", "/// Asks."));
    let args = |expr| match module.kind(expr) {
        ExprKind::Call { args, form: CallForm::Macro, .. } => module.args(args).to_vec(),
        other => panic!("{other:?}"),
    };
    let schema = args(module.exprs_of(field.decorators)[0]);
    assert_eq!((schema[0].name, module.string(schema[0].value).unwrap().as_ref()), (Some("description"), "who"));
    let get = module.functions.iter().find(|it| it.name == Some("get")).unwrap();
    assert_eq!((get.class, get.is_static, slice(get.doc_comment)), (Some(ClassId(0)), false, "/// Gets."));
    let tool = args(get.decorators[0]);
    assert_eq!((tool[1].name, module.string(tool[1].value).unwrap().as_ref()), (Some("description"), "Get it"));
    let params: Vec<_> = get.params.iter().map(|param| (param.name, param.kind)).collect();
    assert_eq!(
        params,
        [(Some("self"), ParamKind::Receiver), (Some("args"), ParamKind::Normal), (None, ParamKind::Normal)]
    );
    let text_made = args(*module.calls.last().unwrap());
    let names: Vec<_> = text_made.iter().map(|arg| module.span(arg.value).slice(text).unwrap()).collect();
    assert_eq!(names, [r#""{} {args:?} {{no}} {0}""#, "a", "args"]);
}

#[test]
fn macros_are_read_as_far_as_they_look_like_expressions() {
    let text = r##"
const NAME: &str = "a";
static RAW: &str = r#"b"c"#;
fn f() {
    let v = vec![NAME, RAW];
    json!({"k": NAME, "n": {"m": [foo(x.y)?, Bar { z: 1 }]}, other: !a.b::<T>(2).await});
    sqlx::query!("select {x}", id);
    select! { m = rx.recv() => { handle(m) } }
    debug!("a" + &format!("{v}"), x = 3);
}
"##;
    check(
        text,
        &[
            ("json", "json"),
            ("foo", "foo"),
            ("Bar", "Bar"),
            ("a.b", "a.b"),
            ("sqlx::query", "sqlx.query"),
            ("select", "select"),
            ("rx.recv", "rx.recv"),
            ("handle", "handle"),
            ("debug", "debug"),
            ("format", "format"),
        ],
    );
    let module = lower(text);
    let args = |at: usize| match module.kind(module.calls[at]) {
        ExprKind::Call { args, .. } => module.args(args).to_vec(),
        other => panic!("{other:?}"),
    };
    let object = args(0)[0].value;
    assert_eq!(module.constant(module.member(object, "k").unwrap()).unwrap(), "a");
    let inner = module.member(module.member(object, "n").unwrap(), "m").unwrap();
    let ExprKind::List(list) = module.kind(inner) else { panic!() };
    assert_eq!(module.exprs_of(list).len(), 2);
    assert_eq!(args(4).len(), 2);
    let v = module.bindings.iter().find(|it| it.name == "v").unwrap();
    let Definition::Value(v) = v.definitions[0] else { panic!() };
    let ExprKind::List(list) = module.kind(v) else { panic!() };
    let values: Vec<_> = module.exprs_of(list).iter().map(|it| module.constant(*it).unwrap()).collect();
    assert_eq!(values, ["a", "b\"c"]);
}

#[test]
fn what_a_function_ends_with_is_returned() {
    let kinds = |text: &str| {
        let module = lower(text);
        let function = module.functions.iter().find(|it| it.name == Some("f")).unwrap();
        let kinds: Vec<_> = module
            .statements(function.body)
            .map(|stmt| match stmt.kind {
                StmtKind::Expr(expr) => format!("{:?}", module.kind(expr)).split([' ', '(']).next().unwrap().to_owned(),
                other => format!("{other:?}").split([' ', '(']).next().unwrap().to_owned(),
            })
            .collect();
        kinds.join(" ")
    };
    for (text, expected) in [
        ("fn f() { a(); b }", "Call Return"),
        ("fn f() { if a { b } else { c }; d(); }", "If Name Name Call"),
        ("fn f() { if a { b } else { c } }", "If Name Name Return"),
        (
            "fn f() { let x = match a { 1 => { g(); 2 } _ => return }; x }",
            "Block Switch Call Number Return Assign Return",
        ),
        ("fn f() { loop { break; } for x in y { continue } while let Some(z) = y {} }", "Loop Leave Loop Leave Loop"),
        ("fn f() { unsafe { g() } }", "Block Call Return"),
        ("fn f() { call(if a { return } else { c }, 1); }", "Block If Return Name Call"),
        ("fn f() { let Some(x) = y else { panic!() }; }", "Block Assign If Call"),
        ("fn f() -> T", ""),
    ] {
        assert_eq!(kinds(text), expected, "{text}");
    }
    let text = "fn f() { spawn(async move { g(); h }); xs.map(|x| x + 1) }";
    let module = lower(text);
    let bodies: Vec<_> = module.functions.iter().skip(1).map(|it| module.statements(it.body).count()).collect();
    assert_eq!(bodies, [2, 2, 1]);
}

#[test]
fn hostile_text_is_read_in_linear_time() {
    for piece in [
        "fn f() {",
        "if x {",
        "(",
        "a(",
        "T {",
        "m!(",
        "m!{a=",
        "|x| ",
        "match x { a => ",
        "a.",
        "a[",
        "struct T { a: ",
        "impl T { fn f(&self) {",
        "\"",
        "r#\"",
        "/*",
        "let x = x;\n",
        "use a::{",
        "use a::b;\n",
        "-",
        "a, ",
        "<",
        "T<",
        "#[a(",
        "/// a\n",
        "#[a]\n",
        "x?",
        "async {",
        "{ self.x = 1;\n",
        "if let Some(a) = a && ",
        "Self::",
        "'a'",
        "$(",
        "a::<",
        "a!",
        "let (",
        "Some(",
    ] {
        for before in ["impl T {{ fn m() {{\n", "m!("] {
            let text = format!("{before}{}", piece.repeat(4_000));
            let module = lower(&text);
            assert!(module.exprs.len() < 100_000, "{piece}");
        }
    }
}
