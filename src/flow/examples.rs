//! Every row of the tables is tried on its example and its near miss.

use super::{Found, Source, Unit, search};
use crate::deployment::tools;
use crate::document::Language;
use crate::lower::lower;
use crate::rule::{FlowExample, Flows, Kinds, Problems, TableReader, parse_toml};

/// What a test adds to the tables: a place that everything must reach.
const OWN: &str = "[[sink]]\nkind = \"command\"\ncall = [\"SINK\"]\nargument = 0\ndoes = \"gets it\"\n";

fn flows() -> Flows {
    let mut problems = Problems::default();
    let tree = parse_toml(OWN, 0, &mut problems);
    let mut table = TableReader::new(&tree, tree.roots()[0], 0);
    let flows = Flows::read_own(&mut table, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    flows
}

/// The line as the body of a tool that is sent `x`.
fn served(language: Language, code: &str) -> String {
    if language == Language::Python {
        let body: String = code.lines().map(|line| format!("    {line}\n")).collect();
        return format!(
            "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('a')\n\n@mcp.tool()\nasync def run(x):\n{body}"
        );
    }
    let (mut imports, mut rest) = (String::new(), code.trim_start());
    while rest.starts_with("import ") {
        let (first, after) = rest.split_once([';', '\n']).unwrap_or((rest, ""));
        imports.push_str(first);
        imports.push('\n');
        rest = after.trim_start();
    }
    format!(
        "import {{ McpServer }} from '@modelcontextprotocol/sdk/server/mcp.js'\nimport {{ z }} from 'zod'\n{imports}\
         const server = new McpServer({{ name: 'a', version: '1' }})\n\
         server.tool('run', {{ x: z.any() }}, async ({{ x }}) => {{\n{rest}\n}})\n"
    )
}

fn found(flows: &Flows, language: Language, text: &str) -> Vec<Found> {
    let place = if language == Language::Python { "a.py" } else { "a.ts" };
    let module = lower(language, place, text);
    let unit = Unit::of(&module, &tools::in_source(&module));
    search(vec![Source { place: place.to_owned(), language, unit }], flows, Kinds::ALL).found
}

/// Whether the engine says of a line what its row says.
fn is_right(example: &FlowExample, found: &[Found]) -> bool {
    let is_harmful = match example.section {
        "source" => found.iter().any(|it| matches!(it.source, "http" | "remote")),
        "propagator" => found.iter().any(|it| it.callee == "SINK"),
        // What is no sanitizer or guard there is found as something.
        "sanitizer" | "guard" if !example.expected => !found.is_empty(),
        _ => found.iter().any(|it| example.kind.has(it.kind)),
    };
    match example.section {
        "sanitizer" | "guard" => is_harmful != example.expected,
        _ => is_harmful == example.expected,
    }
}

fn mistakes(language: Language) -> Vec<String> {
    let flows = flows();
    let mut out = Vec::new();
    for example in &flows.of(language).unwrap().examples {
        let text = match example.section {
            "source" => example.code.clone(),
            _ => served(language, &example.code),
        };
        let found = found(&flows, language, &text);
        if !is_right(example, &found) {
            let kinds: Vec<&str> = found.iter().map(|it| it.kind.name()).collect();
            let key = if example.expected { "example" } else { "near_miss" };
            out.push(format!("{} ({key}, found {kinds:?}): {:?}", example.row, example.code));
        }
    }
    out
}

#[test]
fn every_row_of_the_table_for_python_holds_for_its_lines() {
    let mistakes = mistakes(Language::Python);
    assert!(mistakes.is_empty(), "{} lines:\n{}", mistakes.len(), mistakes.join("\n"));
}

#[test]
fn every_row_of_the_table_for_javascript_holds_for_its_lines() {
    let mistakes = mistakes(Language::JavaScript);
    assert!(mistakes.is_empty(), "{} lines:\n{}", mistakes.len(), mistakes.join("\n"));
}
