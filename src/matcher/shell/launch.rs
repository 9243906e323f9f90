//! Which scripts start a server, and where: rules about launchers are silent in all others.

use super::reading::Reading;
use crate::lower::shell::{Command, Link, Piece, Pipeline};
use crate::matcher::script::Call;
use regex::Regex;
use std::sync::LazyLock;

/// The command that starts the server.
pub(super) struct Launch<'r> {
    pub pipeline: &'r Pipeline,
    pub command: &'r Command,
    pub call: Call<'r>,
    /// The number of its pipeline in the script.
    pub at: usize,
    pub is_exec: bool,
    /// The command line names an MCP server that speaks over standard input and output, as far as it says.
    pub is_stdio: bool,
}

/// Programs that are given the server as an argument.
const RUNNERS: &[&str] = &[
    "python", "node", "nodejs", "deno", "bun", "bunx", "uv", "uvx", "npx", "pnpx", "pipx", "poetry", "java", "dotnet",
    "ruby", "php", "docker", "podman", "go", "cargo", "tsx", "ts-node", "npm", "pnpm", "yarn", "pdm", "hatch", "conda",
    "perl",
];
/// Programs that are servers, or bring one along.
const SERVERS: &[&str] =
    &["uvicorn", "gunicorn", "hypercorn", "fastmcp", "mcp", "supergateway", "mcp-proxy", "mcpo", "mcp-remote"];
/// Arguments of runners that start something else.
const OTHER_WORK: &[&str] = &[
    "build",
    "test",
    "pytest",
    "install",
    "lint",
    "compose",
    "pull",
    "push",
    "exec",
    "stop",
    "rm",
    "logs",
    "ps",
    "inspect",
    "publish",
    "add",
    "ci",
    "unittest",
    "pip",
    "venv",
    "sync",
    "login",
    "network",
    "volume",
    "images",
    "config",
    "mypy",
    "ruff",
    "eslint",
    "vitest",
    "jest",
    "tsc",
    "kill",
    "restart",
    "clean",
    "check",
    "fmt",
    "clippy",
    "bench",
    "doc",
    "inspector",
    "@modelcontextprotocol/inspector",
    "get",
    "list",
    "mod",
    "vet",
    "version",
    "start-server-and-test",
    "image",
    "tag",
    "cp",
    "commit",
    "wait",
];

/// The start of a server, if the script ends in one.
pub(super) fn launch<'r>(reading: &'r Reading, path: &str) -> Option<Launch<'r>> {
    let script = &reading.expanded;
    let last = script.pipelines.iter().rposition(|pipeline| {
        pipeline.commands.iter().any(|command| command.context.function.is_none() && !is_epilogue(command))
    });
    let mut found = None;
    for (at, pipeline) in script.pipelines.iter().enumerate() {
        for command in &pipeline.commands {
            let Some(call) = Call::of(command) else { continue };
            let is_exec = call.wrappers.iter().any(|wrapper| wrapper == "exec");
            // Somewhere in the middle a program does its work and comes back.
            if !is_exec && (last != Some(at) || command.context.in_condition || command.context.in_loop) {
                continue;
            }
            if !starts_server(&call, path, is_exec) {
                continue;
            }
            let is_stdio = is_exec_of_stdio(&call, pipeline, path);
            found = Some(Launch { pipeline, command, call, at, is_exec, is_stdio });
        }
    }
    found
}

/// What may stand behind the start of a server without being one.
fn is_epilogue(command: &Command) -> bool {
    matches!(command.name(), "" | "exit" | "wait" | "echo" | "printf" | "trap" | "return" | "popd" | "deactivate")
}

fn words_of(call: &Call<'_>) -> String {
    let mut text = call.program.text.clone();
    for word in call.arguments.iter().take(32) {
        text.push(' ');
        text.push_str(&word.text);
    }
    text
}

fn sounds_like_server(text: &str) -> bool {
    static SERVER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)(?:^|[^a-z])(?:mcp|fastmcp|[a-z]*server|serve|stdio|daemon|uvicorn|gunicorn|hypercorn)(?:[^a-z]|$)|mcp[-_]|[-_]mcp",
        )
        .ok()
    });
    SERVER.as_ref().is_some_and(|regex| regex.is_match(text))
}

fn starts_server(call: &Call<'_>, path: &str, is_exec: bool) -> bool {
    let name = call.name.as_str();
    let hands_over =
        call.program.parts.iter().any(|part| matches!(&part.piece, Piece::Variable { name, .. } if name == "@"));
    if hands_over {
        // The entry point of an image: whatever it is told to start.
        return is_exec && call.program.text.trim_matches(['{', '}', '$']) == "@";
    }
    if call.is_shell() && call.inline().is_none() && call.operands().next().is_none() {
        return false;
    }
    let is_runner = RUNNERS.contains(&name);
    let is_program = SERVERS.contains(&name);
    let is_path = call.program.text.contains('/') || !call.program.is_literal();
    if !(is_runner || is_program || is_path) || name == "systemctl" {
        return false;
    }
    let mut operands = call.operands();
    if is_runner && operands.by_ref().take(2).any(|word| OTHER_WORK.contains(&word.text.as_str())) {
        return false;
    }
    let is_question = call
        .arguments
        .iter()
        .any(|word| matches!(word.text.as_str(), "--version" | "--help" | "-V" | "-h" | "-c" | "-e"));
    if is_question {
        return false;
    }
    let file = path.rsplit('/').next().unwrap_or(path);
    is_program || sounds_like_server(&words_of(call)) || is_exec && (is_runner || is_path) && sounds_like_server(file)
}

fn is_exec_of_stdio(call: &Call<'_>, pipeline: &Pipeline, path: &str) -> bool {
    static OTHER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)--(?:https?|sse|port|host|listen|bind|web)(?:[^a-z]|$)|streamable|[= ](?:https?|sse)(?:\s|$)|uvicorn|gunicorn|hypercorn|http\.server|(?:^|\s)(?:-p|-d|--detach)(?:\s|$)",
        )
        .ok()
    });
    let text = words_of(call);
    let names_mcp = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("mcp") || text.contains("stdio")
    };
    let file = path.rsplit('/').next().unwrap_or(path);
    (names_mcp(&text) || names_mcp(file))
        && !OTHER.as_ref().is_some_and(|regex| regex.is_match(&text))
        && pipeline.after != Link::Background
        && !call.wrappers.iter().any(|wrapper| wrapper == "nohup" || wrapper == "setsid")
        && !call.command.redirects.iter().any(crate::lower::shell::Redirect::takes_output)
}
