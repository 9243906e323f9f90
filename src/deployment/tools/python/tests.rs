//! Handlers of Python servers.

use crate::deployment::tools::testing::lines;
use crate::deployment::tools::{Bound, Handler, Input, in_source};
use crate::document::Language;
use crate::lower::lower;

fn check(text: &str, expected: &[&str]) {
    assert_eq!(lines(Language::Python, "server.py", text), expected, "{text}");
}

fn one(text: &str) -> Handler {
    let module = lower(Language::Python, "server.py", text);
    let mut found = in_source(&module);
    assert_eq!(found.len(), 1, "{text}");
    found.remove(0)
}

#[test]
fn decorated_functions_are_tools() {
    check("@mcp.tool\ndef add(a: int, b: int = 1) -> int: ...", &["tool add(a: integer!, b: integer)"]);
    check("@mcp.tool()\nasync def f(): ...", &["tool f()"]);
    check("@mcp.tool('named')\ndef f(): ...", &["tool named()"]);
    check("@log\n@server.mcp.tool(name='x')\n@other()\ndef f(): ...", &["tool x()"]);
    check("NAME = 'x'\n@mcp.tool(name=NAME)\ndef f(): ...", &["tool x()"]);
    check("class S:\n    @mcp.tool()\n    def f(self, a: str): ...", &["tool f(a: string!)"]);
    check(
        "class S:\n    def __init__(self, mcp):\n        mcp.tool(name='x')(self.f)\n    def f(self, a: str): ...",
        &["tool x(a: string!)"],
    );
    check("import mcp\ndef f(a: str): ...\nserver.add_tool(f, name='x')", &["tool x(a: string!)"]);
    check("from mcp.server.fastmcp.tools import Tool\ndef f(a): ...\nTool.from_function(f)", &["tool f(a: untyped!)"]);
    check(
        "from a import f, g\nmcp.tool(name='x')(f)\nmcp.add_tool(g)\nmcp.add_tool(made)",
        &["tool x() elsewhere", "tool g() elsewhere"],
    );
    check(
        "@mcp.resource('a://b')\ndef f(): ...\n@mcp.resource('a://{x}')\ndef g(x: str): ...",
        &["resource f()", "resource-template g(x: string!)"],
    );
    check("@mcp.prompt()\ndef f(topic: str): ...", &["prompt f(topic: string!)"]);
}

#[test]
fn what_looks_like_a_tool_is_none() {
    check("@agent.tool\ndef f(ctx: RunContext, a: str): ... # mcp", &[]);
    check("from langchain.tools import tool\n@tool\ndef f(a: str): ... # mcp", &[]);
    check("@app.tool()\ndef f(a: str): ...", &[]);
    check("# mcp\nTool(name='x')\nTool(label='y', description='z')", &[]);
}

#[test]
fn the_framework_s_own_parameters_are_left_out() {
    let context = "from mcp.server.fastmcp import Context\n@mcp.tool()\ndef f(a: str, ctx: Context): ...";
    check(context, &["tool f(a: string!)"]);
    assert_eq!(one(context).tainted, [0]);
    check("@mcp.tool()\ndef f(ctx: Context[A, B] | None = None, a: str = ''): ...", &["tool f(a: string)"]);
    check("@mcp.tool()\ndef f(a: str, db: Db = Depends(get_db)): ...", &["tool f(a: string!)"]);
}

#[test]
fn type_hints_are_schemas() {
    let check_hint = |hint: &str, expected: &str| {
        check(&format!("@mcp.tool()\ndef f(a: {hint}): ..."), &[&format!("tool f(a: {expected}!)")]);
    };
    for (hint, expected) in [
        ("str | None", "string"),
        ("Optional[int]", "integer"),
        ("Union[str, list[str]]", "string|string[]"),
        ("list[str]", "string[]"),
        ("list", "untyped[]"),
        ("List[Dict[str, Any]]", "object[]"),
        ("dict", "object"),
        ("Any", "anything"),
        ("Literal['a', 'b']", "enum"),
        ("Literal[1, 2]", "integer"),
        ("datetime.date", "string:date"),
        ("'int'", "integer"),
        ("Annotated[str, Field(max_length=8)]", "string"),
        ("Elsewhere", "?"),
    ] {
        check_hint(hint, expected);
    }
}

#[test]
fn models_of_the_file_are_read() {
    check(
        "from pydantic import BaseModel, Field\nclass Base(BaseModel):\n    id: str\nclass A(Base):\n    n: int = Field(ge=1, le=9, description='How many')\n    kind: Kind = Kind.A\nclass Kind(str, Enum):\n    A = 'a'\n@mcp.tool()\ndef f(a: A): ...",
        &["tool f(a: object!, a.n: integer!, a.kind: enum, a.id: string!)"],
    );
    check(
        "class P(TypedDict):\n    x: float\n@mcp.tool()\ndef f(points: list[P]): ...",
        &["tool f(points: object[]!, points.x: number!)"],
    );
    check("class A(BaseModel):\n    a: 'A'\n    b: list[A]\n@mcp.tool()\ndef f(a: Elsewhere): ...", &["tool f(a: ?!)"]);
}

#[test]
fn fields_say_what_a_parameter_is() {
    let tool = one(
        "@mcp.tool(description='Does ' 'it.', annotations=ToolAnnotations(readOnlyHint=True, destructive_hint=False))\ndef f(\n    a: Annotated[str, Field(description='An a', max_length=MAX, pattern=r'^\\d+$')],\n    b: int = Field(default=3, ge=1, le=10, description='A b'),\n    c: Annotated[str, 'A c'] = 'x',\n):\n    '''Not this.'''\n",
    );
    assert_eq!(tool.description.as_ref().unwrap().text, "Does it.");
    let described: Vec<&str> =
        tool.parameters.iter().map(|it| it.description.as_ref().unwrap().text.as_str()).collect();
    assert_eq!(described, ["An a", "A b", "A c"]);
    assert_eq!(tool.parameters.iter().map(|it| it.is_required).collect::<Vec<_>>(), [true, false, false]);
    let [a, b, c] = tool.parameters.as_slice() else { panic!() };
    assert_eq!((a.schema.max_length, a.schema.pattern.as_deref()), (Some(Bound::Somewhere), Some("^\\d+$")));
    assert_eq!((b.schema.minimum, b.schema.maximum), (Some(Bound::At(1.0)), Some(Bound::At(10.0))));
    assert_eq!(c.default.as_ref().unwrap().text, "x");
    let hints: Vec<_> = tool.annotations.iter().map(|hint| (hint.name.as_str(), hint.value)).collect();
    assert_eq!(hints, [("readOnlyHint", true), ("destructiveHint", false)]);
}

#[test]
fn the_pieces_of_a_text_stand_where_they_are_written() {
    let text = "TAIL = 'last'\n@mcp.tool(description=('first ' f'and {x} ' + TAIL))\ndef f(): ...";
    let tool = one(text);
    let description = tool.description.unwrap();
    let pieces: Vec<&str> = description.pieces.iter().map(|piece| piece.span.slice(text).unwrap()).collect();
    assert_eq!((pieces.as_slice(), description.is_whole), (&["first ", "and ", " ", "last"][..], false));
    assert_eq!(one("@mcp.tool()\ndef f():\n    \"\"\"Said here.\"\"\"\n").description.unwrap().text, "Said here.");
}

#[test]
fn lists_of_tools_find_their_code() {
    let text = "from mcp.types import Tool\nclass Names(str, Enum):\n    ADD = 'add'\nclass Add(BaseModel):\n    a: int\n    b: int = 0\n@server.list_tools()\nasync def list_tools():\n    return [\n        Tool(name=Names.ADD, description='Adds', inputSchema=Add.model_json_schema()),\n        types.Tool(name='sub', description='', inputSchema={'type': 'object', 'properties': {'a': {'type': 'integer', 'minimum': 0}, 'o': {}}, 'required': ['a']}),\n        Tool(name='mul', inputSchema=SCHEMA),\n    ]\n@server.call_tool()\nasync def call_tool(name: str, arguments: dict):\n    match name:\n        case Names.ADD:\n            return 1\n    if name == 'sub':\n        return 2\n";
    check(
        text,
        &[
            "tool add(a: integer!, b: integer) arm",
            "tool sub(a: integer!, o: anything) arm",
            "tool mul() elsewhere",
            "dispatcher ()",
        ],
    );
    let module = lower(Language::Python, "server.py", text);
    let inputs: Vec<Input> = in_source(&module).iter().map(|it| it.input).collect();
    assert_eq!(inputs[..3], [Input::Declared, Input::Declared, Input::Unknown]);
    check(
        "import mcp\ndef add(a): ...\nTOOLS = [Tool(name='add', description='')]\nHANDLERS = {'add': add}",
        &["tool add()"],
    );
}

#[test]
fn hostile_texts_end() {
    let classes: String = (0..200)
        .map(|at| {
            let fields: String = (0..20).map(|field| format!("    f{field}: C{}\n", (at + field) % 200)).collect();
            format!("class C{at}(BaseModel):\n{fields}")
        })
        .collect();
    let tools: String = (0..200).map(|at| format!("@mcp.tool()\ndef t{at}(a: C{at}): ...\n")).collect();
    let found = lines(Language::Python, "server.py", &format!("{classes}{tools}"));
    assert_eq!(found.len(), 200);
    let deep = format!("@mcp.tool()\ndef f(a: {}str{}): ...", "list[".repeat(5_000), "]".repeat(5_000));
    // Nesting that nobody writes may end the parse; it ends.
    assert!(lines(Language::Python, "server.py", &deep).len() <= 1);
    let circle = "A = B\nB = A\n@mcp.tool(name=A, description=A + B)\ndef f(a: A): ...";
    assert_eq!(lines(Language::Python, "server.py", circle).len(), 1);
}
