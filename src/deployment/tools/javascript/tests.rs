//! Handlers of JavaScript and TypeScript servers.

use crate::deployment::tools::testing::lines;
use crate::deployment::tools::{Additional, Handler, Known, in_source};
use crate::document::Language;
use crate::lower::lower;

const SDK: &str = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\n";

fn check(text: &str, expected: &[&str]) {
    assert_eq!(lines(Language::JavaScript, "server.ts", &format!("{SDK}{text}")), expected, "{text}");
}

fn one(text: &str) -> Handler {
    let text = format!("{SDK}{text}");
    let module = lower(Language::JavaScript, "server.ts", &text);
    let mut found = in_source(&module);
    assert_eq!(found.len(), 1, "{text}");
    found.remove(0)
}

#[test]
fn calls_register_tools() {
    check("server.tool('a', async () => ({}))", &["tool a()"]);
    check(
        "server.tool('a', 'Does it', { x: z.string(), y: z.number().optional() }, async ({ x }) => ({}))",
        &["tool a(x: string!, y: number)"],
    );
    check(
        "server.tool<typeof S.shape>(NAME, TEXT, S.shape, run);\nconst NAME = 'b';\nconst S = z.object({ x: z.string() }).strict();\nfunction run(args) {}",
        &["tool b(x: string!)"],
    );
    check(
        "server.registerTool('a', { title: 'A', description: 'D', inputSchema: { x: z.enum(['p', 'q']) } }, async (args) => ({}))",
        &["tool a(x: enum!)"],
    );
    check("import { run } from './run.js';\nserver.tool('a', 'D', {}, run)", &["tool a() elsewhere"]);
    check("import { A } from './a.js';\nserver.tool(A.name, A.description, A.shape, A.run)", &["tool () elsewhere"]);
    check(
        "server.registerResource('r', new ResourceTemplate('x://{y}', {}), {}, async (uri, { y }) => ({}))",
        &["resource-template r()"],
    );
    check("server.registerPrompt('p', { argsSchema: { t: z.string() } }, ({ t }) => ({}))", &["prompt p(t: string!)"]);
    check("this.server.tool('a', {}, guarded('a', logged(async (args) => ({}))))", &["tool a()"]);
}

#[test]
fn what_looks_like_a_tool_is_none() {
    check("agent.tool({ description: 'x', execute: async () => 1 })", &[]);
    check("for (const tool of tools) server.registerTool(tool.name, tool, tool.run)", &[]);
    check("const options = { name: 'x', schema: 'public', run: true }", &[]);
    check("client.callTool({ name: 'a', arguments: {} })", &[]);
    let plain = "server.tool('a', async () => ({}))";
    assert!(lines(Language::JavaScript, "a.ts", plain).is_empty());
}

#[test]
fn local_wrappers_are_followed() {
    check(
        "const tool = (name: string, description: string, shape: any, cb: (args: any) => Promise<string>) =>\n  server.registerTool(name, { description, inputSchema: shape }, async (args) => ({ content: await cb(args) }));\ntool('a', 'Does a', { x: z.string() }, async ({ x }) => x);\ntool('b', 'Does b', {}, async () => '');",
        &["tool a(x: string!)", "tool b()"],
    );
}

#[test]
fn objects_and_classes_are_tools() {
    check(
        "server.addTool({ name: 'a', description: 'D', parameters: z.object({ x: z.number().int() }), execute: async (args) => '' })",
        &["tool a(x: integer!)"],
    );
    check(
        "class A extends MCPTool {\n  name = 'a';\n  description = 'D';\n  schema = { x: { type: z.string().url(), description: 'The x' } };\n  async execute(input) {}\n}",
        &["tool a(x: string:uri!)"],
    );
}

#[test]
fn request_handlers_list_and_run_tools() {
    let body = "server.setRequestHandler(types_js_1.ListToolsRequestSchema, async () => ({ tools: [\n  { name: 'a', description: 'A', inputSchema: { type: 'object', properties: { x: { type: 'string' } }, required: ['x'] } },\n  { name: 'b', description: 'B', inputSchema: zodToJsonSchema(B) },\n  C,\n] }));\nconst B = z.object({ y: z.array(z.string()).max(3) });\nconst C = { name: Names.C, inputSchema: { type: 'object' } };\nenum Names { C = 'c' }\nserver.setRequestHandler(CallToolRequestSchema, async (request) => {\n  const { name, arguments: args } = request.params;\n  switch (name) {\n    case 'a':\n    case 'b': return 1;\n    default: throw 1;\n  }\n});";
    check(body, &["tool a(x: string!) arm", "tool b(y: string[]!) arm", "tool c() elsewhere", "dispatcher ()"]);
}

#[test]
fn zod_says_what_a_parameter_is() {
    let check_type = |zod: &str, expected: &str| {
        check(
            &format!("server.tool('a', {{ x: {zod} }}, async (args) => ({{}}))"),
            &[&format!("tool a(x: {expected})")],
        );
    };
    for (zod, expected) in [
        ("z.string().min(1).max(9)", "string!"),
        ("z.string().email()", "string:email!"),
        ("z.coerce.number().default(1)", "number"),
        ("z.union([z.string(), z.number()])", "string|number!"),
        ("z.array(z.object({ y: z.any() }))", "object[]!, x.y: anything!"),
        ("z.record(z.string(), z.any())", "object!"),
        ("z.nativeEnum(Elsewhere)", "enum!"),
        ("z.literal('on').nullable()", "enum!"),
        ("Shared.describe('d')", "?!"),
        ("z.object({ y: z.string() }).extend({ w: z.boolean() }).partial()", "object!, x.y: string, x.w: boolean"),
        ("z.string().array().optional()", "string[]"),
    ] {
        check_type(zod, expected);
    }
    let tool = one(
        "server.tool('a', { x: z.object({}).passthrough().describe('An ' + 'x'), y: z.unknown() }, async (args) => ({}))",
    );
    let [x, y] = tool.parameters.as_slice() else { panic!() };
    assert_eq!((x.schema.additional, y.schema.known), (Additional::Anything, Known::Anything));
    assert_eq!(x.description.as_ref().unwrap().text, "An x");
}

#[test]
fn hostile_texts_end() {
    let chain = format!("{SDK}server.tool('a', {{ x: z.string(){} }}, run)", ".optional()".repeat(20_000));
    assert_eq!(lines(Language::JavaScript, "a.ts", &chain).len(), 1);
    let circle = format!("{SDK}const A = B.extend({{}}), B = A.extend({{}});\nserver.tool('a', A.shape, run)");
    assert_eq!(lines(Language::JavaScript, "a.ts", &circle).len(), 1);
}
