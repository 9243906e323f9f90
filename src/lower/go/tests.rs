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
fn packages_are_called_as_they_are_imported() {
    check(
        r#"package main
import (
    "os/exec"
    sys "syscall"
    _ "embed"
    . "strings"
    "github.com/mattn/go-sqlite3"
    "github.com/x/client-json/v3"
    "encoding/json"
)
func run(ctx context.Context, arg string) {
    exec.Command("sh", "-c", arg).Run()
    sys.Exec(arg)
    sqlite3.Version()
    client.New()
    json.Marshal(1)
    ToUpper(arg)
    local(arg)
}
func local(x string) {}
"#,
        &[
            ("exec.Command(\"sh\", \"-c\", arg).Run", "os/exec.Command().Run"),
            ("exec.Command", "os/exec.Command"),
            ("sys.Exec", "syscall.Exec"),
            ("sqlite3.Version", "github.com/mattn/go-sqlite3.Version"),
            ("client.New", "github.com/x/client-json/v3.New"),
            ("json.Marshal", "encoding/json.Marshal"),
            ("ToUpper", "ToUpper"),
            ("local", "#local"),
        ],
    );
}

#[test]
fn names_mean_what_their_block_says() {
    check(
        r#"package main
import ("os"; "database/sql"; "net/http"; "net/url")
func f(w http.ResponseWriter, r *http.Request) error {
    db, err := sql.Open("x", "y")
    db.Query("q")
    if cfg, ok := cache["a"]; ok { cfg.Use() } else { cfg.Drop() }
    url := url.Parse(r.URL)
    url.Hostname()
    var c *http.Client
    c.Get("x")
    c = other()
    run := func(os int) { os.Exit() }
    run(os.Args)
    for _, v := range r.Form { v.Use() }
    w.Write(nil)
    switch t := err.(type) {
    case *url.Error: t.Unwrap()
    }
    select { case m := <-ch: m.Done() }
    return err
}
"#,
        &[
            ("sql.Open", "database/sql.Open"),
            ("db.Query", "database/sql.Open().Query"),
            ("cfg.Use", "cache[].Use"),
            ("cfg.Drop", "cache[].Drop"),
            ("url.Parse", "net/url.Parse"),
            ("url.Hostname", "net/url.Parse().Hostname"),
            ("c.Get", "other().Get"),
            ("other", "other"),
            ("os.Exit", "?os.Exit"),
            ("run", "?run"),
            ("v.Use", "?v.Use"),
            ("w.Write", "net/http.ResponseWriter().Write"),
            ("t.Unwrap", "?err.Unwrap"),
            ("m.Done", "?m.Done"),
        ],
    );
}

#[test]
fn methods_know_their_type() {
    let text = r#"package main
import "net/http"
// Server serves.
// Much.
type Server struct {
    // Client asks.
    Client *http.Client `json:"client"`
    token, name string
    http.Handler
}

func (s *Server) Get(u string) (*http.Response, error) {
    s.cache = open()
    s.cache.Read()
    s.token = "a"
    go func() { s.other() }()
    return s.Client.Get(u)
}
"#;
    check(
        text,
        &[
            ("open", "open"),
            ("s.cache.Read", "open().Read"),
            ("func() { s.other() }", "#"),
            ("s.other", "#Server().other"),
            ("s.Client.Get", "net/http.Client().Get"),
        ],
    );
    let module = lower(text);
    let class = &module.classes[0];
    let slice = |span: Option<Span>| span.and_then(|span| span.slice(text)).unwrap_or_default();
    assert_eq!((class.name, class.methods.len(), class.bases.len()), (Some("Server"), 1, 1));
    assert_eq!(slice(class.doc_comment), "// Server serves.\n// Much.");
    let names: Vec<_> = class.fields.iter().map(|field| field.name).collect();
    assert_eq!(names, ["Client", "token", "name", "Handler"]);
    assert_eq!(slice(class.fields[0].doc_comment), "// Client asks.");
    let tag = module.exprs_of(class.fields[0].decorators)[0];
    assert_eq!(module.string(tag).unwrap(), r#"json:"client""#);
    let method = module.functions.iter().find(|it| it.name == Some("Get")).unwrap();
    assert_eq!((method.class, method.params.len()), (Some(ClassId(0)), 2));
    assert_eq!(method.params[0].kind, ParamKind::Receiver);
}

#[test]
fn literals_have_named_arguments_and_keys() {
    let text = r#"package main
import ("crypto/tls"; "net/http")
const Name, prefix = "a" + "b", `c\n`
var full = prefix + Name
var all = []Tool{{Name: "x", Args: map[string]any{"k": full, Name: 1}}, {Name: full}}
func f() {
    t := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
    http.Header{"Accept": {"a"}}
}
"#;
    let module = lower(text);
    let argument = |path: &str| {
        module.calls.iter().find_map(|call| match module.kind(*call) {
            ExprKind::Call { callee, args, form: CallForm::New } if module.path(callee) == path => {
                module.args(args).first().copied()
            }
            _ => None,
        })
    };
    let verify = argument("crypto/tls.Config").unwrap();
    assert_eq!((verify.name, module.truth(verify.value)), (Some("InsecureSkipVerify"), Some(true)));
    assert_eq!(argument("net/http.Transport").unwrap().name, Some("TLSClientConfig"));
    assert_eq!(argument("net/http.Header").unwrap().name, Some("Accept"));
    let value = |name: &str| {
        let binding = module.bindings.iter().find(|it| it.name == name).unwrap();
        match binding.definitions[0] {
            Definition::Value(value) => value,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(module.constant(value("full")).unwrap(), "c\\nab");
    let ExprKind::List(list) = module.kind(value("all")) else { panic!() };
    let tools = module.exprs_of(list);
    assert_eq!(module.constant(module.member(tools[1], "Name").unwrap()).unwrap(), "c\\nab");
    let args = module.member(tools[0], "Args").unwrap();
    assert!(module.member(args, "k").is_some() && module.member(args, "Name").is_none());
}

#[test]
fn statements_keep_their_order_and_kind() {
    let text = r#"package main
func f(xs []int) (n int, err error) {
    defer done()
    if x, err := g(); err != nil { return 0, err } else if x > 1 { h() }
    for i := 0; i < 3; i++ { a(i) }
    for { break }
    switch n { case 1, 2: b(); fallthrough; default: c() }
L:
    a, b := 1, 2
    ch <- a
    return
}
"#;
    let module = lower(text);
    let function = module.functions.iter().find(|it| it.name == Some("f")).unwrap();
    let kinds: Vec<_> = module
        .statements(function.body)
        .map(|stmt| match stmt.kind {
            StmtKind::Expr(expr) => format!("{:?}", module.kind(expr)).split([' ', '(']).next().unwrap().to_owned(),
            other => format!("{other:?}").split([' ', '(']).next().unwrap().to_owned(),
        })
        .collect();
    let expected = "With Block Assign If Return If Call Block Assign Loop Block Call Unary Loop Leave \
                    Switch Block Call Block Call Block Assign Assign Opaque Return";
    assert_eq!(kinds.join(" "), expected);
}

#[test]
fn hostile_text_is_read_in_linear_time() {
    for piece in [
        "func f() {",
        "if x {",
        "(",
        "a(",
        "T{",
        "[]T{{",
        "x := func() {",
        "switch {case x:",
        "a.",
        "a[",
        "type T struct {",
        "`",
        "\"",
        "/*",
        "x := x\n",
        "import \"a\"\n",
        "-",
        "a, ",
        "map[",
        "func (r *T) f() { r.x = ",
        "{ r.x = 1\n",
    ] {
        let text = format!("package a\nfunc (r *T) m() {{\n{}", piece.repeat(4_000));
        let module = lower(&text);
        assert!(module.exprs.len() < 100_000, "{piece}");
    }
}
