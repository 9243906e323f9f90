//! Which scripts start a server, and where: rules about launchers are silent in all others.

use super::reading::Reading;
use crate::lower::shell::{Command, Link, Piece, Pipeline, Redirect};
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
    pub speaks: Speech,
}

/// What is known of the way in which the server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speech {
    /// Over standard input and output: the command line says so.
    Stdio,
    /// Nothing says otherwise of an MCP server that takes the place of the script.
    Perhaps,
    /// An MCP server, and no more is known.
    Unknown,
    Otherwise,
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
pub(super) fn launch<'r>(reading: &'r Reading, text: &str, path: &str) -> Option<Launch<'r>> {
    let script = &reading.expanded;
    let last = script.pipelines.iter().rposition(|pipeline| {
        pipeline.commands.iter().any(|command| command.context.function.is_none() && !is_epilogue(command))
    });
    let mut found = None;
    for (at, pipeline) in script.pipelines.iter().enumerate() {
        // A server whose output is read here is only asked something.
        let is_alone = pipeline.commands.iter().skip(1).all(|command| command.name() == "tee");
        for command in pipeline.commands.iter().take(usize::from(is_alone)) {
            let Some(call) = Call::of(command) else { continue };
            let is_exec = call.wrappers.iter().any(|wrapper| wrapper == "exec");
            // Somewhere in the middle a program does its work and comes back.
            if !is_exec && (last != Some(at) || command.context.in_condition || command.context.in_loop) {
                continue;
            }
            if !starts_server(&call, path, is_exec) {
                continue;
            }
            let speaks = speech(&call, pipeline, text, path);
            found = Some(Launch { pipeline, command, call, at, is_exec, speaks });
        }
    }
    found
}

/// What may stand behind the start of a server without being one.
fn is_epilogue(command: &Command) -> bool {
    matches!(command.name(), "" | "exit" | "wait" | "echo" | "printf" | "trap" | "return" | "popd" | "deactivate")
}

/// Program and arguments; what is said in sentences says nothing about them.
fn words_of(call: &Call<'_>) -> String {
    let mut text = call.program.text.clone();
    for word in call.arguments.iter().take(32).filter(|word| word.text.len() < 120 && !word.text.contains(' ')) {
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
    let file = path.rsplit('/').next().unwrap_or(path);
    let hands_over =
        call.program.parts.iter().any(|part| matches!(&part.piece, Piece::Variable { name, .. } if name == "@"));
    if hands_over {
        // The entry point of an image: whatever it is told to start.
        let is_all = call.program.text.trim_matches(['{', '}', '$']) == "@";
        return is_exec && is_all && (file.contains("entrypoint") || sounds_like_server(file));
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
    if is_runner
        && operands
            .by_ref()
            .take(3)
            .any(|word| OTHER_WORK.contains(&word.text.as_str()) || word.text.starts_with("generate"))
    {
        return false;
    }
    let is_question = call
        .arguments
        .iter()
        .any(|word| matches!(word.text.as_str(), "--version" | "--help" | "-V" | "-h" | "-c" | "-e"));
    if is_question {
        return false;
    }
    is_program || sounds_like_server(&words_of(call)) || is_exec && (is_runner || is_path) && sounds_like_server(file)
}

fn speech(call: &Call<'_>, pipeline: &Pipeline, text: &str, path: &str) -> Speech {
    static OTHER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)--(?:https?|sse|port|host|listen|bind|web)(?:[^a-z]|$)|streamable|[= ](?:https?|sse)(?:\s|$)|uvicorn|gunicorn|hypercorn|http\.server|(?:^|\s)(?:-p|-d|--detach)(?:\s|$)",
        )
        .ok()
    });
    // Elsewhere in the script: a port, an address of this machine, another transport.
    static LISTENS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:^|[^a-z])port(?:[^a-z]|$)|localhost:|127\.0\.0\.1|0\.0\.0\.0|streamable|transport[= ]+.?(?:sse|http)")
            .ok()
    });
    let words = words_of(call);
    let file = path.rsplit('/').next().unwrap_or(path);
    let is_exec = call.wrappers.iter().any(|wrapper| wrapper == "exec");
    let is_away = pipeline.after == Link::Background
        || call.wrappers.iter().any(|wrapper| wrapper == "nohup" || wrapper == "setsid")
        || call.command.redirects.iter().any(Redirect::takes_output);
    let matches =
        |regex: &LazyLock<Option<Regex>>, text: &str| regex.as_ref().is_some_and(|regex| regex.is_match(text));
    let has = |part: &str| words.to_ascii_lowercase().contains(part) || file.to_ascii_lowercase().contains(part);
    match () {
        () if is_away || matches(&OTHER, &words) => Speech::Otherwise,
        () if has("stdio") => Speech::Stdio,
        () if !has("mcp") || matches(&LISTENS, text) => Speech::Otherwise,
        () if is_exec && words.to_ascii_lowercase().contains("mcp") => Speech::Perhaps,
        () => Speech::Unknown,
    }
}
