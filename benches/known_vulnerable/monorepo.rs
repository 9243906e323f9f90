//! A monorepo of MCP servers that nobody wrote: as many packages as asked for, alike but for their names.
//!
//! In each the way from a tool to a command, a file and a URL crosses three files, modules import each other in circles, a
//! package uses the one before it, and most code has nothing to do with either.

use std::fs;
use std::io;
use std::path::Path;

/// Files of a package.
pub(crate) const PACKAGE: usize = 10;

/// Tools of a package, one file each.
const TOOLS: usize = 5;

/// Write `packages` packages below `root`, each with a manifest that says so or all as one; the bytes of the source.
///
/// # Errors
/// What the file system says.
pub(crate) fn write(root: &Path, packages: usize, has_manifests: bool) -> io::Result<usize> {
    let mut bytes = 0;
    for number in 0..packages {
        let files = if number % 2 == 0 { typescript(number) } else { python(number) };
        for (path, text) in files {
            let path = root.join(format!("packages/p{number}")).join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            bytes += text.len();
            fs::write(path, text)?;
        }
        if has_manifests {
            let (name, text) = match number % 2 {
                0 => ("package.json", format!("{{ \"name\": \"p{number}\", \"version\": \"1.0.0\" }}\n")),
                _ => ("pyproject.toml", format!("[project]\nname = \"p{number}\"\nversion = \"1.0.0\"\n")),
            };
            fs::write(root.join(format!("packages/p{number}/{name}")), text)?;
        }
    }
    Ok(bytes)
}

fn typescript(number: usize) -> Vec<(String, String)> {
    let mut index = String::from(
        "import { McpServer } from \"@modelcontextprotocol/sdk/server/mcp.js\";\nimport { z } from \"zod\";\n",
    );
    (0..TOOLS).for_each(|tool| index += &format!("import {{ handle{tool} }} from \"./tools/tool{tool}.js\";\n"));
    index += &format!("\nconst server = new McpServer({{ name: \"server-{number}\", version: \"1.0.0\" }});\n\n");
    for tool in 0..TOOLS {
        index += &format!(
            "server.tool(\n  \"tool_{number}_{tool}\",\n  \"Does the work of number {tool}.\",\n  {{ name: z.string(), address: z.string().optional() }},\n  async ({{ name, address }}) => {{\n    const out = await handle{tool}(name, address ?? \"\");\n    return {{ content: [{{ type: \"text\", text: out }}] }};\n  }},\n);\n\n"
        );
    }
    let mut out = vec![("src/index.ts".to_owned(), index + &filler_ts("index", number, 3))];
    for tool in 0..TOOLS {
        let text = format!(
            "import {{ run }} from \"../lib/run.js\";\nimport {{ inside }} from \"../lib/paths.js\";\nimport {{ Client }} from \"../lib/client.js\";\n\nconst client = new Client();\n\nexport async function handle{tool}(name: string, address: string): Promise<string> {{\n  const file = inside(name);\n  const listed = await run(`ls -l ${{file}}`);\n  const answer = address.length > {tool} ? await client.read(address) : \"\";\n  return [listed, answer].join(\"\\n\");\n}}\n\n"
        );
        out.push((format!("src/tools/tool{tool}.ts"), text + &filler_ts("tool", tool, 12)));
    }
    let (import, is_empty) = match number.checked_sub(2) {
        Some(before) => (
            format!("import {{ words as others }} from \"../../../p{before}/src/lib/run.js\";\n"),
            "others(command).length === 0",
        ),
        None => (String::new(), "command === \"\""),
    };
    let run = format!(
        "import {{ exec }} from \"child_process\";\nimport {{ promisify }} from \"util\";\nimport {{ root }} from \"./paths.js\";\n{import}\nconst execAsync = promisify(exec);\n\nexport async function run(command: string): Promise<string> {{\n  if ({is_empty}) return \"\";\n  const {{ stdout }} = await execAsync(command, {{ cwd: root() }});\n  return stdout;\n}}\n\n",
    );
    let run = run + "export function words(text: string): string[] {\n  return text.split(\" \");\n}\n\n";
    out.push(("src/lib/run.ts".to_owned(), run + &filler_ts("run", number, 12)));
    let paths = "import { readFileSync } from \"fs\";\nimport { join } from \"path\";\nimport { words } from \"./run.js\";\n\nexport function root(): string {\n  return process.cwd();\n}\n\nexport function inside(name: string): string {\n  const target = join(root(), words(name)[0] ?? name);\n  readFileSync(target, \"utf8\");\n  return target;\n}\n\n";
    out.push(("src/lib/paths.ts".to_owned(), paths.to_owned() + &filler_ts("paths", number, 12)));
    let client = "import { run } from \"./run.js\";\n\nexport class Client {\n  private seen = new Map<string, string>();\n\n  async read(address: string): Promise<string> {\n    const known = this.seen.get(address);\n    return known ?? this.fetchText(address);\n  }\n\n  private async fetchText(address: string): Promise<string> {\n    const answer = await fetch(address);\n    const text = await answer.text();\n    this.seen.set(address, text);\n    return text.length === 0 ? run(\"true\") : text;\n  }\n}\n\n";
    out.push(("src/lib/client.ts".to_owned(), client.to_owned() + &filler_ts("client", number, 12)));
    out.push(("src/lib/plain.ts".to_owned(), filler_ts("plain", number, 24)));
    out
}

fn python(number: usize) -> Vec<(String, String)> {
    let mut server = String::from("from mcp.server.fastmcp import FastMCP\n");
    (0..TOOLS).for_each(|tool| server += &format!("from .tool{tool} import handle{tool}\n"));
    server += &format!("\nmcp = FastMCP(\"server-{number}\")\n\n\n");
    for tool in 0..TOOLS {
        server += &format!(
            "@mcp.tool()\nasync def tool_{number}_{tool}(name: str, address: str = \"\") -> str:\n    \"\"\"Does the work of number {tool}.\"\"\"\n    return await handle{tool}(name, address)\n\n\n"
        );
    }
    let mut out = vec![
        ("server/__init__.py".to_owned(), String::new()),
        ("server/server.py".to_owned(), server + &filler_py("server", number, 3)),
    ];
    for tool in 0..TOOLS {
        let text = format!(
            "from .run import run\nfrom .paths import inside\nfrom .paths import Client\n\nclient = Client()\n\n\nasync def handle{tool}(name: str, address: str) -> str:\n    file = inside(name)\n    listed = run(f\"ls -l {{file}}\")\n    answer = client.read(address) if len(address) > {tool} else \"\"\n    return \"\\n\".join([listed, answer])\n\n\n"
        );
        out.push((format!("server/tool{tool}.py"), text + &filler_py("tool", tool, 14)));
    }
    let run = "import subprocess\n\nfrom . import paths\n\n\ndef run(command: str) -> str:\n    done = subprocess.run(command, shell=True, capture_output=True, cwd=paths.root(), timeout=10)\n    return done.stdout.decode()\n\n\ndef words(text: str) -> list[str]:\n    return text.split(\" \")\n\n\n";
    out.push(("server/run.py".to_owned(), run.to_owned() + &filler_py("run", number, 14)));
    let paths = "import os\n\nimport httpx\n\nfrom .run import words\n\n\ndef root() -> str:\n    return os.getcwd()\n\n\ndef inside(name: str) -> str:\n    target = os.path.join(root(), words(name)[0])\n    with open(target, encoding=\"utf-8\") as file:\n        file.read()\n    return target\n\n\nclass Client:\n    def __init__(self):\n        self.seen = {}\n\n    def read(self, address: str) -> str:\n        known = self.seen.get(address)\n        return known or self.fetch_text(address)\n\n    def fetch_text(self, address: str) -> str:\n        text = httpx.get(address, timeout=10).text\n        self.seen[address] = text\n        return text\n\n\n";
    out.push(("server/paths.py".to_owned(), paths.to_owned() + &filler_py("paths", number, 14)));
    out.push(("server/plain.py".to_owned(), filler_py("plain", number, 28)));
    out
}

/// Code that is only there.
fn filler_ts(name: &str, number: usize, functions: usize) -> String {
    let one = |at: usize| {
        format!(
            "/** Adds what number {at} holds, and says how much that is. */\nexport function {name}{number}Sum{at}(items: {{ size: number; title?: string }}[], limit = {at}): string {{\n  let total = 0;\n  for (const item of items) {{\n    if (item.size > limit) {{\n      total += item.size - limit;\n    }}\n  }}\n  const label = items.length > 0 ? items[0].title ?? \"none\" : \"none\";\n  return `${{label}}: ${{total}}`;\n}}\n\n"
        )
    };
    (0..functions).map(one).collect()
}

fn filler_py(name: &str, number: usize, functions: usize) -> String {
    let one = |at: usize| {
        format!(
            "def {name}_{number}_sum_{at}(items: list[dict], limit: int = {at}) -> str:\n    \"\"\"Adds what number {at} holds, and says how much that is.\"\"\"\n    total = 0\n    for item in items:\n        if item[\"size\"] > limit:\n            total += item[\"size\"] - limit\n    label = items[0].get(\"title\", \"none\") if items else \"none\"\n    return f\"{{label}}: {{total}}\"\n\n\n"
        )
    };
    (0..functions).map(one).collect()
}
