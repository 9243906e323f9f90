//! How a launcher deals with errors, and how it starts its server.

use super::launch::Speech;
use super::{Hit, Site};
use crate::lower::shell::{Command, CommandKind, Options, Part, Piece, Pipeline, Script, Word};
use crate::matcher::script::Call;
use crate::text::Span;

pub(super) fn missing_options(site: &Site<'_>) -> Vec<Hit> {
    let Some(launch) = &site.launch else { return Vec::new() };
    let script = &site.reading.plain;
    let here = launch.command.context.options;
    let before = || script.pipelines.iter().take(launch.at + 1);
    let can_fail = before().take(launch.at).any(|pipeline| needs_check(pipeline) && !pipeline.is_asked());
    let has_pipe = before().any(|pipeline| pipeline.commands.len() > 1 && !pipeline.is_asked());
    let mut missing = Vec::new();
    if can_fail && !here.errexit {
        missing.push("errexit");
    }
    if !here.nounset && (can_fail || here.errexit) && before().any(|pipeline| uses_unset(pipeline, script)) {
        missing.push("nounset");
    }
    // Before POSIX of 2024 plain `sh` has no such option.
    if !here.pipefail && has_pipe && script.interpreter.as_deref() != Some("sh") {
        missing.push("pipefail");
    }
    if missing.is_empty() || !missing.contains(&"errexit") && here != Options::default() && missing.len() < 2 {
        return Vec::new();
    }
    let is_sourced = before().flat_map(|pipeline| &pipeline.commands).any(|command| {
        matches!(command.name(), "source" | ".") && !command.words.iter().any(|word| word.text.contains("activate"))
    });
    let first = site.text.lines().next().unwrap_or_default();
    let start = site.text.len() - site.text.trim_start_matches('\u{feff}').len();
    let span = if first.trim_start_matches('\u{feff}').starts_with("#!") {
        Span::new(start, first.trim_end().len().max(start))
    } else {
        script.commands().next().map_or(Span::at(0), |(_, _, command)| command.span)
    };
    let kind = match () {
        () if is_sourced => "sourced",
        () if !missing.contains(&"errexit") => "partial",
        () => "none",
    };
    vec![Hit { kind, ..Hit::new(span, missing.join(", ")) }]
}

/// Whether a pipeline does something that can fail and matters to what comes after it.
fn needs_check(pipeline: &Pipeline) -> bool {
    pipeline.commands.iter().any(|command| {
        command.kind == CommandKind::Simple
            && !command.words.is_empty()
            && !matches!(
                command.name(),
                "echo"
                    | "printf"
                    | "set"
                    | "export"
                    | "exit"
                    | "return"
                    | "trap"
                    | "test"
                    | "["
                    | ":"
                    | "true"
                    | "false"
                    | "local"
                    | "readonly"
                    | "declare"
                    | "typeset"
                    | "exec"
                    | "shift"
                    | "unset"
                    | "setopt"
                    | "shopt"
                    | "umask"
                    | "ulimit"
                    | "sleep"
                    | "clear"
                    | "wait"
                    | "read"
                    | "kill"
                    | "break"
                    | "continue"
                    | "log"
                    | "die"
                    | "command"
            )
            && !is_own_folder(command)
    })
}

/// Whether a variable is used that nobody has set and that has no default.
fn uses_unset(pipeline: &Pipeline, script: &Script) -> bool {
    let is_set = |name: &str| {
        script.commands().any(|(_, _, command)| {
            command.assignments.iter().any(|it| it.name == name)
                || command.kind == CommandKind::For && command.words.get(1).is_some_and(|word| word.text == name)
                || command.name() == "read" && command.words.iter().any(|word| word.text == name)
        })
    };
    let known = [
        "HOME",
        "PATH",
        "PWD",
        "USER",
        "SHELL",
        "BASH_SOURCE",
        "RANDOM",
        "LINENO",
        "EUID",
        "UID",
        "OSTYPE",
        "HOSTNAME",
    ];
    pipeline.commands.iter().flat_map(|command| &command.words).flat_map(|word| &word.parts).take(200).any(|part| {
        match &part.piece {
            Piece::Variable { name, operator, .. } => {
                operator.is_empty()
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                    && !name.starts_with('0')
                    && !known.contains(&name.as_str())
                    && !is_set(name)
            }
            _ => false,
        }
    })
}

/// `cd` to where the script itself stands cannot fail.
fn is_own_folder(command: &Command) -> bool {
    let names_itself = |word: &Word| {
        ["dirname", "BASH_SOURCE", "${0%", "$0", "${0:"].iter().any(|part| word.text.contains(part))
            || word.scripts().iter().any(|script| {
                script.nested().iter().flat_map(|(script, _)| script.commands()).any(|(_, _, command)| {
                    command.words.iter().any(|word| {
                        word.text.contains("BASH_SOURCE") || word.text.contains("$0") || word.text.contains("${0")
                    })
                })
            })
    };
    command.name() == "cd"
        && match command.words.get(1) {
            None => true,
            Some(word) => {
                matches!(
                    word.text.as_str(),
                    "-" | ".." | "." | "/" | "~" | "/tmp" | "$HOME" | "${HOME}" | "$OLDPWD" | "$PWD"
                ) || names_itself(word)
            }
        }
}

pub(super) fn unchecked_steps(site: &Site<'_>) -> Vec<Hit> {
    let Some(launch) = &site.launch else { return Vec::new() };
    let script = &site.reading.expanded;
    let mut found = Vec::new();
    for (at, pipeline) in script.pipelines.iter().enumerate().take(launch.at + 1) {
        let [command] = pipeline.commands.as_slice() else { continue };
        let Some(call) = Call::of(command) else { continue };
        let kind = match call.name.as_str() {
            "cd" | "pushd" if !is_own_folder(command) => "folder",
            "source" | "." | "conda" | "nvm" | "pyenv" => "activation",
            _ => continue,
        };
        if kind == "activation" && !call.arguments.iter().take(2).any(|word| word.text.contains("activate")) {
            continue;
        }
        let asks_later = script.pipelines.get(at + 1).is_some_and(asks_status);
        if pipeline.is_asked() || command.context.options.errexit || asks_later || is_tested(script, at, &call) {
            continue;
        }
        // The words as written, not as expanded.
        let span =
            site.reading.plain.pipelines.get(at).and_then(|it| it.commands.first()).map_or(command.span, words_of);
        found.push(Hit {
            kind,
            command: call.name.clone(),
            ..Hit::new(span, span.slice(site.text).unwrap_or_default())
        });
    }
    found
}

fn words_of(command: &Command) -> Span {
    let first = command.words.first().map_or(command.span, |word| word.span);
    Span::new(first.start, command.words.last().map_or(first.end, |word| word.span.end))
}

fn asks_status(pipeline: &Pipeline) -> bool {
    pipeline.commands.iter().any(|command| command.words.iter().any(|word| word.names().contains(&"?")))
}

/// Whether the folder or file was tested before: `[ -d "$DIR" ] || exit 1`, `if [ -f venv/bin/activate ]`.
fn is_tested(script: &Script, until: usize, call: &Call<'_>) -> bool {
    let Some(target) = call.operands().next().filter(|word| !word.text.is_empty()) else { return false };
    script.pipelines.iter().take(until).filter(|pipeline| pipeline.is_asked()).any(|pipeline| {
        pipeline.commands.iter().any(|command| {
            let is_test = matches!(command.name(), "[" | "[[" | "test");
            let asks = |flag: &str| command.words.iter().any(|word| word.text == flag);
            let is_of = |word: &Word| word.text == target.text || word.text.starts_with(&format!("{}/", target.text));
            is_test
                && ["-d", "-e", "-f", "-r", "-x", "-s"].iter().any(|flag| asks(flag))
                && command.words.iter().any(is_of)
        })
    })
}

/// Arguments of these are paths, each of them one word.
const TAKES_PATHS: &[&str] = &["cd", "pushd", "rm", "source", ".", "cp", "mv", "chmod", "chown", "ln", "rmdir"];

pub(super) fn unquoted(site: &Site<'_>) -> Vec<Hit> {
    let Some(launch) = &site.launch else { return Vec::new() };
    let script = &site.reading.plain;
    if script.interpreter.as_deref() == Some("zsh") || site.place.ends_with(".zsh") {
        // zsh does not split what it expands.
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, pipeline) in script.pipelines.iter().enumerate() {
        for command in &pipeline.commands {
            if command.kind != CommandKind::Simple {
                continue;
            }
            let Some(call) = Call::of(command) else { continue };
            let is_start = at == launch.at && launch.command.span == command.span;
            // `$VERBOSE && …`: a variable that holds `true` or `false`.
            let program = std::iter::once(call.program).filter(|_| !call.arguments.is_empty());
            let arguments = call.arguments.iter().filter(|_| is_start || TAKES_PATHS.contains(&call.name.as_str()));
            for part in program.chain(arguments).flat_map(Word::splitting) {
                if let Some(what) = means_one_word(part, script, site.text) {
                    found.push(Hit { command: call.name.clone(), ..Hit::new(part.span, what) });
                }
            }
        }
    }
    found
}

/// What is expanded, if its value is meant as one word, or as the words that the script was given.
fn means_one_word(part: &Part, script: &Script, text: &str) -> Option<String> {
    let what = part.span.slice(text).unwrap_or_default().to_owned();
    match &part.piece {
        Piece::Variable { name, operator, .. } => {
            if matches!(name.as_str(), "@" | "*") {
                return Some(what);
            }
            if operator.contains('+') || operator.starts_with('[') {
                return None;
            }
            let upper = name.to_ascii_uppercase();
            let is_list = [
                "ARG", "OPT", "FLAG", "PARAM", "CMD", "COMMAND", "EXTRA", "LIST", "FILES", "RUN", "PYTHON", "EXEC",
                "NODE",
            ]
            .iter()
            .any(|part| upper.contains(part));
            let is_number =
                ["PORT", "PID", "COUNT", "NUM", "LEVEL", "TIMEOUT", "VERSION", "ID", "UID", "GID", "SIZE", "MODE"]
                    .iter()
                    .any(|part| upper.split('_').any(|word| word == *part));
            // Values that stand in the script are what its author wanted, and so is one that may be empty.
            let assigned =
                || script.commands().flat_map(|(_, _, command)| &command.assignments).filter(|it| it.name == *name);
            let is_known = assigned().next().is_some() && assigned().all(|it| it.value.is_literal())
                || matches!(operator.as_str(), ":-" | "-") && part_argument_is_empty(part);
            (!is_list && !is_number && !is_known).then_some(what)
        }
        Piece::Script(script, _) => {
            let gives_path = script
                .commands()
                .last()
                .is_some_and(|(_, _, command)| matches!(command.name(), "pwd" | "dirname" | "readlink" | "realpath"));
            gives_path.then_some(what)
        }
        _ => None,
    }
}

fn part_argument_is_empty(part: &Part) -> bool {
    matches!(&part.piece, Piece::Variable { argument, .. } if argument.as_ref().is_none_or(|word| word.text.is_empty()))
}

pub(super) fn ambient_program(site: &Site<'_>) -> Vec<Hit> {
    let Some(launch) = &site.launch else { return Vec::new() };
    let call = &launch.call;
    let program = &call.program.text;
    if program.contains('/')
        || !call.program.is_literal()
        || !matches!(call.name.as_str(), "python" | "node" | "ruby" | "php" | "java")
    {
        return Vec::new();
    }
    let chooses =
        site.reading.expanded.pipelines.iter().take(launch.at).flat_map(|pipeline| &pipeline.commands).any(|command| {
            command.assignments.iter().any(|it| it.name == "PATH")
                || command.words.iter().any(|word| word.text.contains("activate") || word.text.contains("nvm.sh"))
                || matches!(command.name(), "source" | "." | "nvm" | "conda" | "module")
        }) || launch.command.assignments.iter().any(|it| it.name == "PATH");
    if chooses {
        return Vec::new();
    }
    vec![Hit { command: call.name.clone(), kind: "ambient", ..Hit::new(call.program.span, program.clone()) }]
}

pub(super) fn missing_exec(site: &Site<'_>) -> Vec<Hit> {
    let Some(launch) = &site.launch else { return Vec::new() };
    let script = &site.reading.expanded;
    let is_last = script.pipelines.len() == launch.at + 1;
    let cleans = script.commands().any(|(_, _, command)| command.name() == "trap");
    if launch.is_exec
        || !is_last
        || cleans
        || launch.speaks == Speech::Otherwise
        || launch.pipeline.commands.len() > 1
        || launch.command.context.is_conditional
        || launch.command.context.function.is_some()
    {
        return Vec::new();
    }
    let call = &launch.call;
    vec![Hit { command: call.name.clone(), kind: "child", ..Hit::new(call.program.span, call.program.text.clone()) }]
}

pub(super) fn elevated_start(site: &Site<'_>) -> Vec<Hit> {
    let Some(launch) = &site.launch else { return Vec::new() };
    let call = &launch.call;
    let Some(wrapper) = call.wrappers.iter().find(|name| matches!(name.as_str(), "sudo" | "doas" | "pkexec" | "gsudo"))
    else {
        return Vec::new();
    };
    if call.drops_rights() || matches!(call.name.as_str(), "docker" | "podman" | "systemctl" | "service") {
        return Vec::new();
    }
    let words = launch.command.words.iter().find(|word| word.text.rsplit('/').next() == Some(wrapper));
    let span = words.map_or(call.program.span, |word| Span::new(word.span.start, call.program.span.end));
    vec![Hit { command: call.name.clone(), ..Hit::new(span, wrapper.clone()) }]
}
