//! The verdict about a flow does not depend on how the program is written: a generator writes one small server in many
//! ways, and the same sink is found in all of them, or in none once a list of what is allowed stands before it.

use mcp_picket::engine::Engine;
use mcp_picket::intake::Artifact;
use mcp_picket::rule::{Catalogue, Knowledge};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Stands in a comment behind the sink, whatever the line says otherwise.
const HERE: &str = "here";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Tongue {
    Python,
    TypeScript,
    /// CommonJS.
    JavaScript,
}

/// What harm is done: also the id of the rule that says so.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Harm {
    Command,
    File,
    Url,
}

impl Harm {
    fn rule(self) -> &'static str {
        match self {
            Self::Command => "reaches-command",
            Self::File => "reaches-file",
            Self::Url => "reaches-url",
        }
    }
}

/// How a function that hands the value on is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Function,
    /// An arrow function, a lambda.
    Lambda,
    Async,
    Method,
    Static,
    /// Called through a table of functions.
    Table,
    /// The value is an entry of an object, a keyword.
    Options,
    /// The value is kept in the object that the method is called on.
    Field,
    /// The method is that of the class above.
    Inherited,
    /// The object is one of the module.
    Instance,
    /// The work is done by a function inside.
    Nested,
    /// The work is done by a function that is handed on where it is written.
    Callback,
    /// The work is done by a function that is handed on by its name.
    Named,
    /// Called through what calls functions: in another thread, with another `this`.
    Apart,
}

/// How the value is kept before it is used.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hold {
    Plain,
    Trimmed,
    /// In an object, a dictionary.
    Entry,
    /// In an array, a list.
    Element,
    /// A function gives it back.
    Returned,
    /// Something else stands for it where it is empty.
    Fallback,
    /// In a block that may fail.
    Tried,
    /// By a loop.
    Looped,
}

/// A function between the tool and the sink, in a file of its own or not.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    form: Form,
    is_elsewhere: bool,
}

/// What is asked about the value before it is used.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Check {
    None,
    /// What is not on the list ends the call.
    Throws,
    Returns,
    /// The use stands in the branch of what is on the list.
    Encloses,
    /// A function does it, in the same file and in another.
    Function,
    FunctionElsewhere,
    /// The list is a constant of the module.
    Constant,
    /// Compared with each.
    Equals,
    /// From the first character to the last, of harmless ones.
    Pattern,
    /// The tool declares it.
    Schema,
    /// In a branch that need not be taken.
    OtherBranch,
    /// The list is asked, and the answer only written down.
    Logs,
    /// The list is asked about something else.
    OtherValue,
    /// After the use.
    After,
    /// Something harmless is somewhere in it.
    LoosePattern,
    /// Some of what does harm is not in it.
    Denies,
    /// The tool declares that there is something.
    LooseSchema,
}

impl Check {
    fn silences(self) -> bool {
        matches!(
            self,
            Self::Throws
                | Self::Returns
                | Self::Encloses
                | Self::Function
                | Self::FunctionElsewhere
                | Self::Constant
                | Self::Equals
                | Self::Pattern
                | Self::Schema
        )
    }
}

/// How a tool is registered.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Register {
    /// `server.tool`, `@mcp.tool()`.
    Tool,
    /// `server.registerTool`, `mcp.add_tool`.
    Other,
    /// One handler for all tools, which tells them apart by name.
    Handler,
}

/// One way to write the program.
#[derive(Clone, Debug)]
struct Program {
    tongue: Tongue,
    harm: Harm,
    register: Register,
    tool: &'static str,
    parameter: &'static str,
    local: &'static str,
    /// What the functions between are called, with a number behind.
    name: &'static str,
    hold: Hold,
    steps: Vec<Step>,
    check: Check,
    /// Modules are imported whole, and their members named through them.
    is_whole: bool,
    /// Functions that have nothing to do with it, before and behind.
    noise: usize,
}

impl Program {
    fn plain(tongue: Tongue, harm: Harm) -> Self {
        Self {
            tongue,
            harm,
            register: Register::Tool,
            tool: "work",
            parameter: "name",
            local: "value",
            name: "step",
            hold: Hold::Plain,
            steps: Vec::new(),
            check: Check::None,
            is_whole: false,
            noise: 0,
        }
    }

    fn files(&self) -> Vec<(String, String)> {
        if self.tongue == Tongue::Python { python::files(self) } else { javascript::files(self) }
    }

    /// The step at `at` or one behind it waits.
    fn waits(&self, at: usize) -> bool {
        let waits = |form| form == Form::Async || (form == Form::Apart && self.tongue == Tongue::Python);
        self.steps.iter().skip(at).any(|step| waits(step.form))
    }

    /// The file of what calls the step at `at`: 0 is that of the tool.
    fn file_before(&self, at: usize) -> usize {
        self.steps.iter().take(at).filter(|step| step.is_elsewhere).count()
    }
}

/// A file while it is written.
#[derive(Clone, Default)]
struct File {
    imports: String,
    body: String,
}

mod javascript {
    use super::{Check, File, Form, HERE, Harm, Hold, Program, Register, Tongue};

    fn import(program: &Program, named: &str, module: &str) -> String {
        let is_script = program.tongue == Tongue::JavaScript;
        match (is_script, program.is_whole) {
            (false, false) => format!("import {{ {named} }} from \"{module}\";\n"),
            (false, true) => format!("import * as {} from \"{module}\";\n", alias(module)),
            (true, false) => format!("const {{ {named} }} = require(\"{module}\");\n"),
            (true, true) => format!("const {} = require(\"{module}\");\n", alias(module)),
        }
    }

    /// `./part1.js` → `part1Module`
    fn alias(module: &str) -> String {
        let word = module.trim_start_matches("./").trim_end_matches(".js");
        format!("{}Module", word.replace(|c: char| !c.is_ascii_alphanumeric(), ""))
    }

    fn named(program: &Program, name: &str, module: &str) -> String {
        if program.is_whole { format!("{}.{name}", alias(module)) } else { name.to_owned() }
    }

    /// The import that the sink needs, and the sink.
    fn sink(program: &Program, value: &str) -> (String, String) {
        let (name, module, argument) = match program.harm {
            Harm::Command => ("execSync", "child_process", format!("`ls ${{{value}}}`")),
            Harm::File => ("readFileSync", "fs", format!("{value}, \"utf8\"")),
            Harm::Url if !program.is_whole => return (String::new(), format!("fetch({value})")),
            Harm::Url => ("request", "undici", value.to_owned()),
        };
        (import(program, name, module), format!("{}({argument})", named(program, name, module)))
    }

    fn typed(program: &Program, name: &str) -> String {
        if program.tongue == Tongue::JavaScript { name.to_owned() } else { format!("{name}: string") }
    }

    pub(super) fn files(program: &Program) -> Vec<(String, String)> {
        let count = program.file_before(program.steps.len());
        let mut files = vec![File::default(); count + 1];
        let (needs, sink_of) = sink(program, "VALUE");
        files[count].imports += &needs;
        // From the sink to the tool: what is called stands before what calls it.
        let mut inner = sink_of;
        let mut is_sink = true;
        for (at, step) in program.steps.iter().enumerate().rev() {
            let file = program.file_before(at + 1);
            let name = format!("{}{at}", program.name);
            let export = match (step.is_elsewhere, program.tongue) {
                (true, Tongue::TypeScript) => "export ",
                _ => "",
            };
            let wait = if program.waits(at) { "async " } else { "" };
            let parameter = typed(program, program.local);
            let held = match step.form {
                Form::Field => format!("this.{}", program.local),
                Form::Callback => format!("{}It", program.local),
                _ => program.local.to_owned(),
            };
            let value = inner.replace("VALUE", &held);
            let body = if is_sink {
                format!("{{\n  const done = {value}; // {HERE}\n  return done;\n}}")
            } else {
                format!("{{\n  return {value};\n}}")
            };
            let text = match step.form {
                Form::Function | Form::Async => format!("{export}{wait}function {name}({parameter}) {body}\n\n"),
                Form::Lambda => {
                    let mark = if is_sink { format!(" // {HERE}") } else { String::new() };
                    format!("{export}const {name} = {wait}({parameter}) =>\n  {value};{mark}\n\n")
                }
                Form::Method => format!("{export}class {name} {{\n  {wait}run({parameter}) {body}\n}}\n\n"),
                Form::Static => format!("{export}class {name} {{\n  static {wait}run({parameter}) {body}\n}}\n\n"),
                Form::Options => {
                    let kind = if program.tongue == Tongue::JavaScript { "" } else { ": { inner: string }" };
                    format!("{export}{wait}function {name}({{ inner: {} }}{kind}) {body}\n\n", program.local)
                }
                Form::Field => format!(
                    "{export}class {name} {{\n  {0};\n  constructor({parameter}) {{\n    this.{0} = {0};\n  }}\n  {wait}run() {body}\n}}\n\n",
                    program.local
                ),
                Form::Inherited => format!(
                    "class {name}Base {{\n  {wait}run({parameter}) {body}\n}}\n\n{export}class {name} extends {name}Base {{}}\n\n"
                ),
                Form::Instance => format!(
                    "class {name}One {{\n  {wait}run({parameter}) {body}\n}}\n\n{export}const {name} = new {name}One();\n\n"
                ),
                Form::Nested => format!(
                    "{export}{wait}function {name}({parameter}) {{\n  const inside = {wait}() => {body};\n  return inside();\n}}\n\n"
                ),
                Form::Callback => format!(
                    "{export}{wait}function {name}({parameter}) {{\n  return Promise.resolve({}).then({wait}({}It) => {body});\n}}\n\n",
                    program.local, program.local
                ),
                Form::Named => format!(
                    "{wait}function {name}One({parameter}) {body}\n\n{export}{wait}function {name}({parameter}) {{\n  return Promise.all([{}].map({name}One));\n}}\n\n",
                    program.local
                ),
                Form::Apart => format!(
                    "{wait}function {name}One({parameter}) {body}\n\n{export}{wait}function {name}({parameter}) {{\n  return {name}One.call(null, {});\n}}\n\n",
                    program.local
                ),
                Form::Table => format!(
                    "{wait}function {name}One({parameter}) {body}\n\n{export}const {name} = {{ one: {name}One, other: () => \"\" }};\n\n"
                ),
            };
            files[file].body += &text;
            let module = format!("./part{file}.js");
            let callee = if step.is_elsewhere {
                files[program.file_before(at)].imports += &import(program, &name, &module);
                if program.tongue == Tongue::JavaScript {
                    files[file].body += &format!("module.exports.{name} = {name};\n\n");
                }
                named(program, &name, &module)
            } else {
                name
            };
            let call = match step.form {
                Form::Function
                | Form::Async
                | Form::Lambda
                | Form::Nested
                | Form::Callback
                | Form::Named
                | Form::Apart => {
                    format!("{callee}(VALUE)")
                }
                Form::Options => format!("{callee}({{ inner: VALUE }})"),
                Form::Field => format!("new {callee}(VALUE).run()"),
                Form::Method | Form::Inherited => format!("new {callee}().run(VALUE)"),
                Form::Static | Form::Instance => format!("{callee}.run(VALUE)"),
                Form::Table => format!("{callee}[process.env.MODE ?? \"one\"](VALUE)"),
            };
            inner = if program.waits(at) { format!("await {call}") } else { call };
            is_sink = false;
        }
        handler(program, &mut files, &inner, is_sink);
        let extension = if program.tongue == Tongue::JavaScript { "js" } else { "ts" };
        let noise: String = (0..program.noise)
            .map(|at| format!("function plain{at}(items) {{\n  let total = {at};\n  for (const item of items) {{\n    if (item.size > {at}) total += item.size;\n  }}\n  return total;\n}}\n\n"))
            .collect();
        let path = |at: usize| if at == 0 { "index".to_owned() } else { format!("part{at}") };
        let mut out: Vec<(String, String)> = files
            .into_iter()
            .enumerate()
            .map(|(at, file)| {
                (format!("src/{}.{extension}", path(at)), format!("{}\n{noise}{}{noise}", file.imports, file.body))
            })
            .collect();
        if program.check == Check::FunctionElsewhere {
            let export = if program.tongue == Tongue::JavaScript { "" } else { "export " };
            let tail = if program.tongue == Tongue::JavaScript { "module.exports = { check };\n" } else { "" };
            out.push((format!("src/check.{extension}"), format!("{export}{}{tail}", check_function(program))));
        }
        out
    }

    fn check_function(program: &Program) -> String {
        format!(
            "function check({}) {{\n  if (![\"a\", \"b\"].includes(text)) {{\n    throw new Error(\"not allowed\");\n  }}\n}}\n\n",
            typed(program, "text")
        )
    }

    fn handler(program: &Program, files: &mut [File], inner: &str, is_sink: bool) {
        let Program { tool, parameter, local, .. } = program;
        let main = &mut files[0];
        main.imports += &import_sdk(program);
        let mark = if is_sink { format!(" // {HERE}") } else { String::new() };
        let kept = match program.hold {
            Hold::Plain => format!("const {local}Used = {parameter};"),
            Hold::Trimmed => format!("const {local}Used = {parameter}.trim();"),
            Hold::Entry => {
                format!("const holder = {{ inner: {parameter}, other: \"x\" }};\n  const {local}Used = holder.inner;")
            }
            Hold::Element => {
                format!("const holder = [];\n  holder.push({parameter});\n  const {local}Used = holder[0];")
            }
            Hold::Returned => {
                main.body += "function keep(it) {\n  const kept = it;\n  return kept;\n}\n\n";
                format!("const {local}Used = keep({parameter});")
            }
            Hold::Fallback => format!("const {local}Used = {parameter} || \"none\";"),
            Hold::Tried => {
                format!(
                    "let {local}Used = \"\";\n  try {{\n    {local}Used = {parameter};\n  }} catch (error) {{\n    throw error;\n  }}"
                )
            }
            Hold::Looped => {
                format!("let {local}Used = \"\";\n  for (const one of [{parameter}]) {{\n    {local}Used = one;\n  }}")
            }
        };
        let used = format!("  {kept}\n  const out = {};{mark}\n", inner.replace("VALUE", &format!("{local}Used")));
        let list = format!("[\"a\", \"b\"].includes({parameter})");
        let body = match program.check {
            Check::None => used,
            Check::Throws => format!("  if (!{list}) {{\n    throw new Error(\"not allowed\");\n  }}\n{used}"),
            Check::Returns => format!("  if (!{list}) return {{ content: [] }};\n{used}"),
            Check::Encloses => format!("  let out;\n  if ({list}) {{\n  {}  }}\n", used.replace("const out", "out")),
            Check::Function => {
                main.body += &check_function(program);
                format!("  check({parameter});\n{used}")
            }
            Check::FunctionElsewhere => {
                main.imports += &import(program, "check", "./check.js");
                format!("  {}({parameter});\n{used}", named(program, "check", "./check.js"))
            }
            Check::OtherBranch => {
                format!("  if (verbose) {{\n    if (!{list}) throw new Error(\"not allowed\");\n  }}\n{used}")
            }
            Check::Logs => format!("  if (!{list}) {{\n    console.error(\"odd\");\n  }}\n{used}"),
            Check::OtherValue => {
                format!(
                    "  if (![\"a\", \"b\"].includes(other)) {{\n    throw new Error(\"not allowed\");\n  }}\n{used}"
                )
            }
            Check::After => format!("{used}  if (!{list}) {{\n    throw new Error(\"not allowed\");\n  }}\n"),
            Check::Constant => {
                main.body += "const ALLOWED = new Set([\"a\", \"b\"]);\n\n";
                refuse(&format!("!ALLOWED.has({parameter})")) + &used
            }
            Check::Equals => refuse(&format!("{parameter} !== \"a\" && {parameter} !== \"b\"")) + &used,
            Check::Pattern => refuse(&format!("!/^[a-z0-9]+$/.test({parameter})")) + &used,
            Check::LoosePattern => refuse(&format!("!/[a-z0-9]+/.test({parameter})")) + &used,
            Check::Denies => refuse(&format!("{parameter}.includes(\";\")")) + &used,
            Check::Schema | Check::LooseSchema => used,
        };
        let schema = match program.check {
            Check::Schema => "z.enum([\"a\", \"b\"])",
            Check::LooseSchema => "z.string().min(1).max(50)",
            _ => "z.string()",
        };
        let shape = format!("{{ {parameter}: {schema}, other: z.string(), verbose: z.boolean() }}");
        let body = format!("{body}  return {{ content: [{{ type: \"text\", text: String(out) }}] }};\n");
        let given = format!("{{ {parameter}, other, verbose }}");
        let new = "const server = new McpServer({ name: \"s\", version: \"1.0.0\" });\n\n";
        main.body += &match program.register {
            Register::Tool => {
                format!(
                    "{new}server.tool(\n  \"{tool}\",\n  \"Works.\",\n  {shape},\n  async ({given}) => {{\n{body}}});\n\n"
                )
            }
            Register::Other => format!(
                "{new}server.registerTool(\n  \"{tool}\",\n  {{ description: \"Works.\", inputSchema: {shape} }},\n  async ({given}) => {{\n{body}}});\n\n"
            ),
            Register::Handler => format!(
                "const server = new Server({{ name: \"s\", version: \"1.0.0\" }}, {{ capabilities: {{ tools: {{}} }} }});\n\nserver.setRequestHandler(CallToolRequestSchema, async (request) => {{\n  if (request.params.name !== \"{tool}\") throw new Error(\"no such tool\");\n  const {given} = request.params.arguments;\n{body}}});\n\n"
            ),
        };
    }

    fn refuse(condition: &str) -> String {
        format!("  if ({condition}) {{\n    throw new Error(\"not allowed\");\n  }}\n")
    }

    fn import_sdk(program: &Program) -> String {
        let sdk = "@modelcontextprotocol/sdk";
        let mut all = vec![("z", "zod".to_owned())];
        match program.register {
            Register::Handler => all.extend([
                ("Server", format!("{sdk}/server/index.js")),
                ("CallToolRequestSchema", format!("{sdk}/types.js")),
            ]),
            _ => all.push(("McpServer", format!("{sdk}/server/mcp.js"))),
        }
        let one = |(name, module): &(&str, String)| match program.tongue {
            Tongue::JavaScript => format!("const {{ {name} }} = require(\"{module}\");\n"),
            _ => format!("import {{ {name} }} from \"{module}\";\n"),
        };
        all.iter().map(one).collect()
    }
}

mod python {
    use super::{Check, File, Form, HERE, Harm, Hold, Program, Register};

    fn import(program: &Program, name: &str, module: &str) -> String {
        match (program.is_whole, module.strip_prefix('.')) {
            (false, _) => format!("from {module} import {name}\n"),
            (true, Some(sibling)) => format!("from . import {sibling}\n"),
            (true, None) => format!("import {module}\n"),
        }
    }

    fn named(program: &Program, name: &str, module: &str) -> String {
        if program.is_whole { format!("{}.{name}", module.trim_start_matches('.')) } else { name.to_owned() }
    }

    fn sink(program: &Program, value: &str) -> (String, String) {
        let (name, module) = match program.harm {
            Harm::Command => ("system", "os"),
            Harm::File => ("Path", "pathlib"),
            Harm::Url => ("get", "httpx"),
        };
        let callee = named(program, name, module);
        let call = match program.harm {
            Harm::Command => format!("{callee}(f\"ls {{{value}}}\")"),
            Harm::File => format!("{callee}({value}).read_text()"),
            Harm::Url => format!("{callee}({value}, timeout=5)"),
        };
        (import(program, name, module), call)
    }

    pub(super) fn files(program: &Program) -> Vec<(String, String)> {
        let count = program.file_before(program.steps.len());
        let mut files = vec![File::default(); count + 1];
        let (needs, mut inner) = sink(program, "VALUE");
        files[count].imports += &needs;
        let mut is_sink = true;
        for (at, step) in program.steps.iter().enumerate().rev() {
            let file = program.file_before(at + 1);
            let name = format!("{}{at}", program.name);
            let wait = if program.waits(at) { "async " } else { "" };
            let local = program.local;
            let held = match step.form {
                Form::Field => format!("self.{local}"),
                Form::Callback if wait.is_empty() => format!("{local}_it"),
                Form::Options => "options[\"inner\"]".to_owned(),
                _ => local.to_owned(),
            };
            // A text within a text has other quotes.
            let held = if is_sink && program.harm == Harm::Command { held.replace('"', "'") } else { held };
            let value = inner.replace("VALUE", &held);
            let mark = if is_sink { format!("  # {HERE}") } else { String::new() };
            let body = |indent: &str| format!("{indent}    done = {value}{mark}\n{indent}    return done\n");
            let text = match step.form {
                Form::Lambda if wait.is_empty() => format!("{name} = lambda {local}: (\n    {value}{mark}\n)\n\n\n"),
                Form::Callback if wait.is_empty() => format!(
                    "def {name}({local}: str):\n    return list(map(lambda {local}_it: (\n        {value}{mark}\n    ), [{local}]))\n\n\n"
                ),
                Form::Options => format!("{wait}def {name}(**options):\n{}\n\n", body("")),
                Form::Field => format!(
                    "class {name}:\n    def __init__(self, {local}: str):\n        self.{local} = {local}\n\n    {wait}def run(self):\n{}\n\n",
                    body("    ")
                ),
                Form::Inherited => format!(
                    "class {name}Base:\n    {wait}def run(self, {local}: str):\n{}\n\nclass {name}({name}Base):\n    pass\n\n\n",
                    body("    ")
                ),
                Form::Instance => format!(
                    "class {name}One:\n    {wait}def run(self, {local}: str):\n{}\n\n{name} = {name}One()\n\n\n",
                    body("    ")
                ),
                Form::Nested => {
                    let give = if wait.is_empty() { "inside()" } else { "await inside()" };
                    format!(
                        "{wait}def {name}({local}: str):\n    {wait}def inside():\n{}\n    return {give}\n\n\n",
                        body("    ")
                    )
                }
                Form::Named if wait.is_empty() => format!(
                    "def {name}_one({local}: str):\n{}\n\ndef {name}({local}: str):\n    return list(map({name}_one, [{local}]))\n\n\n",
                    body("")
                ),
                Form::Apart if !program.waits(at + 1) => {
                    files[file].imports += "import asyncio\n";
                    format!(
                        "def {name}_one({local}: str):\n{}\n\nasync def {name}({local}: str):\n    return await asyncio.to_thread({name}_one, {local})\n\n\n",
                        body("")
                    )
                }
                Form::Function | Form::Async | Form::Lambda | Form::Callback | Form::Named | Form::Apart => {
                    format!("{wait}def {name}({local}: str):\n{}\n\n", body(""))
                }
                Form::Method => format!("class {name}:\n    {wait}def run(self, {local}: str):\n{}\n\n", body("    ")),
                Form::Static => {
                    format!("class {name}:\n    @staticmethod\n    {wait}def run({local}: str):\n{}\n\n", body("    "))
                }
                Form::Table => format!(
                    "{wait}def {name}_one({local}: str):\n{}\n\n{name} = {{\"one\": {name}_one, \"other\": print}}\n\n\n",
                    body("")
                ),
            };
            files[file].body += &text;
            let module = format!(".part{file}");
            let callee = if step.is_elsewhere {
                files[program.file_before(at)].imports += &import(program, &name, &module);
                named(program, &name, &module)
            } else {
                name
            };
            let call = match step.form {
                Form::Function
                | Form::Async
                | Form::Lambda
                | Form::Nested
                | Form::Callback
                | Form::Named
                | Form::Apart => {
                    format!("{callee}(VALUE)")
                }
                Form::Options => format!("{callee}(inner=VALUE)"),
                Form::Field => format!("{callee}(VALUE).run()"),
                Form::Method | Form::Inherited => format!("{callee}().run(VALUE)"),
                Form::Static | Form::Instance => format!("{callee}.run(VALUE)"),
                Form::Table => {
                    let caller = &mut files[program.file_before(at)].imports;
                    *caller += "from sys import argv\n";
                    format!("{callee}[argv[1]](VALUE)")
                }
            };
            inner = if program.waits(at) { format!("await {call}") } else { call };
            is_sink = false;
        }
        handler(program, &mut files, &inner, is_sink);
        let noise: String = (0..program.noise)
            .map(|at| format!("def plain_{at}(items):\n    total = {at}\n    for item in items:\n        if item.size > {at}:\n            total += item.size\n    return total\n\n\n"))
            .collect();
        let path = |at: usize| if at == 0 { "main".to_owned() } else { format!("part{at}") };
        let mut out: Vec<(String, String)> = files
            .into_iter()
            .enumerate()
            .map(|(at, file)| {
                (format!("server/{}.py", path(at)), format!("{}\n\n{noise}{}{noise}", file.imports, file.body))
            })
            .collect();
        out.push(("server/__init__.py".to_owned(), String::new()));
        if program.check == Check::FunctionElsewhere {
            out.push(("server/check.py".to_owned(), CHECK.to_owned()));
        }
        out
    }

    const CHECK: &str = "def check(text: str) -> None:\n    if text not in (\"a\", \"b\"):\n        raise ValueError(\"not allowed\")\n\n\n";

    fn handler(program: &Program, files: &mut [File], inner: &str, is_sink: bool) {
        let Program { tool, parameter, local, .. } = program;
        let main = &mut files[0];
        let mark = if is_sink { format!("  # {HERE}") } else { String::new() };
        if program.hold == Hold::Returned {
            main.body += "def keep(it: str) -> str:\n    kept = it\n    return kept\n\n\n";
        }
        let kept: Vec<String> = match program.hold {
            Hold::Plain => vec![format!("{local}_used = {parameter}")],
            Hold::Trimmed => vec![format!("{local}_used = {parameter}.strip()")],
            Hold::Entry => vec![
                format!("holder = {{\"inner\": {parameter}, \"other\": \"x\"}}"),
                format!("{local}_used = holder[\"inner\"]"),
            ],
            Hold::Element => vec![
                "holder = []".to_owned(),
                format!("holder.append({parameter})"),
                format!("{local}_used = holder[0]"),
            ],
            Hold::Returned => vec![format!("{local}_used = keep({parameter})")],
            Hold::Fallback => vec![format!("{local}_used = {parameter} or \"none\"")],
            Hold::Tried => vec![
                "try:".to_owned(),
                format!("    {local}_used = {parameter}"),
                "except ValueError:".to_owned(),
                "    raise".to_owned(),
            ],
            Hold::Looped => vec![
                format!("{local}_used = \"\""),
                format!("for one in [{parameter}]:"),
                format!("    {local}_used = one"),
            ],
        };
        let used = |indent: &str| {
            let call = inner.replace("VALUE", &format!("{local}_used"));
            let kept: String = kept.iter().map(|line| format!("{indent}    {line}\n")).collect();
            format!("{kept}{indent}    out = {call}{mark}\n")
        };
        let odd = format!("{parameter} not in (\"a\", \"b\")");
        let body = match program.check {
            Check::None => used(""),
            Check::Throws => format!("    if {odd}:\n        raise ValueError(\"not allowed\")\n{}", used("")),
            Check::Returns => format!("    if {odd}:\n        return \"\"\n{}", used("")),
            Check::Encloses => format!("    out = \"\"\n    if {parameter} in (\"a\", \"b\"):\n{}", used("    ")),
            Check::Function => {
                main.body += CHECK;
                format!("    check({parameter})\n{}", used(""))
            }
            Check::FunctionElsewhere => {
                main.imports += &import(program, "check", ".check");
                format!("    {}({parameter})\n{}", named(program, "check", ".check"), used(""))
            }
            Check::OtherBranch => {
                format!(
                    "    if verbose:\n        if {odd}:\n            raise ValueError(\"not allowed\")\n{}",
                    used("")
                )
            }
            Check::Logs => format!("    if {odd}:\n        print(\"odd\")\n{}", used("")),
            Check::OtherValue => {
                format!("    if other not in (\"a\", \"b\"):\n        raise ValueError(\"not allowed\")\n{}", used(""))
            }
            Check::After => format!("{}    if {odd}:\n        raise ValueError(\"not allowed\")\n", used("")),
            Check::Constant => {
                main.body += "ALLOWED = frozenset({\"a\", \"b\"})\n\n\n";
                refuse(&format!("{parameter} not in ALLOWED")) + &used("")
            }
            Check::Equals => refuse(&format!("{parameter} != \"a\" and {parameter} != \"b\"")) + &used(""),
            Check::Pattern => {
                main.imports += "import re\n";
                refuse(&format!("not re.fullmatch(r\"[a-z0-9]+\", {parameter})")) + &used("")
            }
            Check::LoosePattern => {
                main.imports += "import re\n";
                refuse(&format!("not re.search(r\"[a-z0-9]+\", {parameter})")) + &used("")
            }
            Check::Denies => refuse(&format!("\";\" in {parameter}")) + &used(""),
            Check::Schema | Check::LooseSchema => used(""),
        };
        let annotation = match program.check {
            Check::Schema => {
                main.imports += "from typing import Literal\n";
                "Literal[\"a\", \"b\"]"
            }
            Check::LooseSchema => {
                main.imports += "from typing import Annotated\nfrom pydantic import Field\n";
                "Annotated[str, Field(min_length=1, description=\"What to do\")]"
            }
            _ => "str",
        };
        let head = format!("async def {tool}({parameter}: {annotation}, other: str, verbose: bool = False) -> str:\n");
        let body = format!("{body}    return str(out)\n");
        let fast = "from mcp.server.fastmcp import FastMCP\n";
        let new = "mcp = FastMCP(\"s\")\n\n\n";
        match program.register {
            Register::Tool => {
                main.imports += fast;
                main.body += &format!("{new}@mcp.tool()\n{head}    \"\"\"Works.\"\"\"\n{body}\n\n");
            }
            Register::Other => {
                main.imports += fast;
                main.body += &format!(
                    "{new}{head}    \"\"\"Works.\"\"\"\n{body}\n\nmcp.add_tool({tool}, name=\"{tool}\")\n\n\n"
                );
            }
            Register::Handler => {
                main.imports += "from mcp.server import Server\n";
                main.body += &format!(
                    "server = Server(\"s\")\n\n\n@server.call_tool()\nasync def call_tool(tool_name: str, arguments: dict):\n    if tool_name != \"{tool}\":\n        raise ValueError(\"no such tool\")\n    {parameter} = arguments[\"{parameter}\"]\n    other = arguments.get(\"other\")\n    verbose = arguments.get(\"verbose\", False)\n{body}\n\n"
                );
            }
        }
    }

    fn refuse(condition: &str) -> String {
        format!("    if {condition}:\n        raise ValueError(\"not allowed\")\n")
    }
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let page = |harm: Harm, kind: &str| {
            let id = harm.rule();
            let text = format!(
                "# {id}\n\n```toml\n[rule]\nseverity = \"high\"\nconfidence = \"high\"\nsince = \"0.1.0\"\nmessage = \"found\"\n\n[[match]]\nflow = {{ sink = [\"{kind}\"] }}\n```\n\nWhy.\n"
            );
            (format!("own/{id}.md"), Arc::from(text), false)
        };
        let pages = [page(Harm::Command, "command"), page(Harm::File, "file"), page(Harm::Url, "url")];
        let rules = Catalogue::from_pages(pages.into_iter()).unwrap().rules().to_vec();
        Engine::new(rules, Arc::new(Knowledge::embedded().unwrap()), BTreeMap::new()).unwrap()
    })
}

/// The rules that found something, and whether at the mark.
fn verdict(program: &Program) -> Vec<(String, bool)> {
    let files = program.files();
    let examined = files.iter().map(|(path, text)| engine().examine(&Artifact::in_memory(path, text))).collect();
    let outcome = engine().conclude(examined);
    assert!(outcome.gaps.is_empty(), "{:?}", outcome.gaps);
    let is_marked = |path: &str, line: u32| {
        let text = files.iter().find(|(it, _)| it == path).map_or("", |(_, text)| text.as_str());
        let line = usize::try_from(line).unwrap();
        text.lines().nth(line - 1).is_some_and(|line| line.ends_with(HERE))
    };
    let one = |finding: &mcp_picket::finding::Finding| {
        let last = finding.trace.as_ref().and_then(|trace| trace.last()).map(|place| place.path.clone());
        let at_mark =
            finding.region.is_some_and(|region| is_marked(&finding.path, u32::try_from(region.start.line).unwrap()));
        (finding.rule.clone(), at_mark && last.as_deref() == Some(finding.path.as_str()))
    };
    outcome.findings.iter().map(one).collect()
}

/// What is wrong with the verdict about a program, if anything.
fn wrong(program: &Program) -> Option<String> {
    let expected = match program.check.silences() {
        true => Vec::new(),
        false => vec![(program.harm.rule().to_owned(), true)],
    };
    let found = verdict(program);
    (found != expected).then(|| {
        let files = program.files();
        let text: String = files.iter().map(|(path, text)| format!("--- {path}\n{text}")).collect();
        format!("{program:?}\nexpected {expected:?}\nfound    {found:?}\n{text}")
    })
}

const TONGUES: &[Tongue] = &[Tongue::Python, Tongue::TypeScript, Tongue::JavaScript];
const HARMS: &[Harm] = &[Harm::Command, Harm::File, Harm::Url];
const FORMS: &[Form] = &[
    Form::Function,
    Form::Lambda,
    Form::Async,
    Form::Method,
    Form::Static,
    Form::Table,
    Form::Options,
    Form::Field,
    Form::Inherited,
    Form::Instance,
    Form::Nested,
    Form::Callback,
    Form::Named,
    Form::Apart,
];
const HOLDS: &[Hold] = &[
    Hold::Plain,
    Hold::Trimmed,
    Hold::Entry,
    Hold::Element,
    Hold::Returned,
    Hold::Fallback,
    Hold::Tried,
    Hold::Looped,
];
const CHECKS: &[Check] = &[
    Check::None,
    Check::Throws,
    Check::Returns,
    Check::Encloses,
    Check::Function,
    Check::FunctionElsewhere,
    Check::Constant,
    Check::Equals,
    Check::Pattern,
    Check::Schema,
    Check::OtherBranch,
    Check::Logs,
    Check::OtherValue,
    Check::After,
    Check::LoosePattern,
    Check::Denies,
    Check::LooseSchema,
];
const REGISTERS: &[Register] = &[Register::Tool, Register::Other, Register::Handler];
/// Names say nothing: neither that a value is dangerous nor that it was checked.
const NAMES: &[&str] = &["x", "command", "safe", "validated", "sanitized_name", "text", "argument"];
const FUNCTIONS: &[&str] = &["step", "validate", "sanitize", "escapeShell", "check_and_run", "q"];

/// Every change of the plain program, for every language and harm.
#[track_caller]
fn all(change: impl Fn(&Program) -> Vec<Program>) {
    let plain = TONGUES.iter().flat_map(|tongue| HARMS.iter().map(|harm| Program::plain(*tongue, *harm)));
    let programs: Vec<Program> = plain.flat_map(|program| change(&program)).collect();
    let failures: Vec<String> = programs.iter().filter_map(wrong).collect();
    let (failed, all) = (failures.len(), programs.len());
    assert!(failures.is_empty(), "{failed} of {all}:\n{}", failures.join("\n\n"));
}

#[test]
fn the_plain_program_is_found() {
    all(|plain| vec![plain.clone()]);
}

#[test]
fn names_change_nothing() {
    all(|plain| {
        let named = |name: &&'static str| Program { parameter: name, local: "it", ..plain.clone() };
        let held = |name: &&'static str| Program { parameter: "it", local: name, ..plain.clone() };
        NAMES.iter().map(named).chain(NAMES.iter().map(held)).collect()
    });
}

#[test]
fn extracting_a_function_changes_nothing() {
    all(|plain| {
        let named = |name: &&'static str| {
            let steps = vec![Step { form: Form::Function, is_elsewhere: false }];
            Program { name, steps, ..plain.clone() }
        };
        FUNCTIONS.iter().map(named).collect()
    });
}

#[test]
fn moving_it_to_another_file_changes_nothing() {
    all(|plain| {
        let moved = |is_whole: bool| {
            let steps = vec![Step { form: Form::Function, is_elsewhere: true }];
            Program { steps, is_whole, ..plain.clone() }
        };
        vec![moved(false), moved(true)]
    });
}

#[test]
fn the_form_of_a_function_changes_nothing() {
    all(|plain| {
        let formed = |(form, is_elsewhere): (Form, bool)| {
            let steps = vec![Step { form, is_elsewhere }];
            Program { steps, ..plain.clone() }
        };
        FORMS.iter().flat_map(|form| [(*form, false), (*form, true)]).map(formed).collect()
    });
}

#[test]
fn a_check_holds_whatever_the_form_of_a_function() {
    all(|plain| {
        let formed = |form: &Form| {
            let steps = vec![Step { form: *form, is_elsewhere: false }];
            Program { steps, check: Check::Throws, ..plain.clone() }
        };
        FORMS.iter().map(formed).collect()
    });
}

#[test]
fn the_form_of_an_import_changes_nothing() {
    all(|plain| vec![Program { is_whole: true, ..plain.clone() }]);
}

#[test]
fn code_around_it_changes_nothing() {
    all(|plain| vec![Program { noise: 6, ..plain.clone() }]);
}

#[test]
fn a_list_of_what_is_allowed_silences_where_it_must_be_passed_and_only_there() {
    all(|plain| CHECKS.iter().map(|check| Program { check: *check, ..plain.clone() }).collect());
}

#[test]
fn the_way_a_tool_is_registered_changes_nothing() {
    all(|plain| REGISTERS.iter().map(|register| Program { register: *register, ..plain.clone() }).collect());
}

#[test]
fn the_way_a_value_is_kept_changes_nothing() {
    all(|plain| HOLDS.iter().map(|hold| Program { hold: *hold, ..plain.clone() }).collect());
}

#[test]
fn a_check_holds_however_the_value_is_kept() {
    all(|plain| HOLDS.iter().map(|hold| Program { hold: *hold, check: Check::Throws, ..plain.clone() }).collect());
}

#[test]
fn a_long_way_through_many_files_changes_nothing() {
    all(|plain| {
        let steps = (0..12).map(|at| Step { form: FORMS[at % FORMS.len()], is_elsewhere: at % 2 == 0 }).collect();
        vec![Program { steps, ..plain.clone() }]
    });
}

/// The tools of a server, each in one line.
fn tools(lines: &[&str], head: &str, tool: impl Fn(usize, &str) -> String) -> Vec<bool> {
    let text: String = head.to_owned() + &lines.iter().enumerate().map(|(at, line)| tool(at, line)).collect::<String>();
    let path = if head.contains("FastMCP") { "server.py" } else { "index.js" };
    let outcome = engine().conclude(vec![engine().examine(&Artifact::in_memory(path, &text))]);
    let is_found = |line: &&str| {
        let at = text.find(*line).unwrap();
        let is_in = |span: mcp_picket::text::Span| span.start >= at && span.start < at + line.len();
        outcome.findings.iter().any(|it| it.region.is_some_and(|region| is_in(region.span)))
    };
    lines.iter().map(is_found).collect()
}

#[test]
fn functions_of_a_library_are_called_by_what_they_are_handed_to() {
    let lines = [
        "await asyncio.to_thread(os.system, x)",
        "await asyncio.to_thread(subprocess.run, x, shell=True)",
        "await asyncio.get_running_loop().run_in_executor(None, subprocess.getoutput, x)",
        "await asyncio.get_running_loop().run_in_executor(None, functools.partial(subprocess.run, x, shell=True))",
        "threading.Thread(target=os.system, args=(x,)).start()",
        "pool.submit(httpx.get, x)",
        // Neither what is called nor what it is called with.
        "await asyncio.to_thread(print, x)",
        "await asyncio.to_thread(os.system, 'ls')",
        "threading.Thread(target=os.system, args=('ls',), name=x).start()",
    ];
    let head = "import asyncio, functools, httpx, os, subprocess, threading\nfrom concurrent.futures import ThreadPoolExecutor\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('s')\npool = ThreadPoolExecutor()\n";
    let tool = |at: usize, line: &str| format!("\n@mcp.tool()\nasync def t{at}(x: str):\n    {line}\n");
    assert_eq!(tools(&lines, head, tool), [true, true, true, true, true, true, false, false, false]);
    let lines = [
        "execSync.call(null, x)",
        "execSync.apply(null, [x])",
        "execSync.bind(null, x)()",
        "client.call(x, 'ls')",
        "execSync.call(x, 'ls')",
    ];
    let head = "const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');\nconst { execSync } = require('child_process');\nconst { z } = require('zod');\nconst server = new McpServer({});\n";
    let tool = |at: usize, line: &str| {
        format!("server.tool('t{at}', 'd', {{ x: z.string() }}, async ({{ x }}) => {{\n  {line};\n}});\n")
    };
    assert_eq!(tools(&lines, head, tool), [true, true, true, false, false]);
}

fn step() -> impl Strategy<Value = Step> {
    (prop::sample::select(FORMS), any::<bool>()).prop_map(|(form, is_elsewhere)| Step { form, is_elsewhere })
}

fn program() -> impl Strategy<Value = Program> {
    let names = (prop::sample::select(NAMES), prop::sample::select(NAMES), prop::sample::select(FUNCTIONS));
    let shape = (prop::sample::select(TONGUES), prop::sample::select(HARMS), prop::sample::select(CHECKS));
    let how = (prop::sample::select(REGISTERS), prop::sample::select(HOLDS));
    let rest = (prop::collection::vec(step(), 0..5), any::<bool>(), 0..3_usize, how);
    let made = (names, shape, rest).prop_map(|((parameter, local, name), (tongue, harm, check), rest)| {
        let (steps, is_whole, noise, (register, hold)) = rest;
        Program { tongue, harm, register, tool: "work", parameter, local, name, hold, steps, check, is_whole, noise }
    });
    // A handler of all tools declares what they take elsewhere.
    let is_declared = |it: &Program| matches!(it.check, Check::Schema | Check::LooseSchema);
    made.prop_filter("a schema is declared", move |it| it.register != Register::Handler || !is_declared(it))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_changes_together_change_nothing(program in program()) {
        prop_assert_eq!(wrong(&program).unwrap_or_default(), "");
    }
}
