//! What a script writes, and where to.

use super::launch::Speech;
use super::{Hit, Site};
use crate::lower::shell::{Command, CommandKind, Link, Part, Piece, Redirect, Word};
use crate::matcher::Capture;
use crate::matcher::script::Call;
use crate::text::Span;

/// Programs that report their progress on the standard output.
fn talks(call: &Call<'_>) -> bool {
    let has = |word: &str| call.arguments.iter().any(|it| it.text == word);
    let is_quiet = call
        .arguments
        .iter()
        .any(|it| matches!(it.text.as_str(), "-q" | "-qq" | "--quiet" | "--silent" | "-s" | "--progress-bar=off"));
    match call.name.as_str() {
        "echo" | "cat" => true,
        "printf" => !call.arguments.iter().any(|it| it.text == "-v"),
        "pip" | "pip3" | "npm" | "pnpm" | "yarn" => !is_quiet && (has("install") || has("ci") || has("run")),
        "python" => !is_quiet && has("pip") && has("install"),
        _ => false,
    }
}

pub(super) fn before_start(site: &Site<'_>) -> Vec<Hit> {
    let Some(launch) = &site.launch else { return Vec::new() };
    let kind = match launch.speaks {
        Speech::Stdio => "stdio",
        Speech::Perhaps => "perhaps",
        Speech::Unknown | Speech::Otherwise => return Vec::new(),
    };
    let script = &site.reading.plain;
    let mut found = Vec::new();
    for pipeline in script.pipelines.iter().take(launch.at) {
        let Some(command) = pipeline.commands.last() else { continue };
        // From here on the output goes elsewhere.
        if command.name() == "exec" && command.redirects.iter().any(Redirect::takes_output) {
            return found;
        }
        let Some(call) = Call::of(command) else { continue };
        let is_elsewhere = command.context.is_redirected
            || command.redirects.iter().any(Redirect::takes_output)
            || command.context.function.is_some()
            || pipeline.after == Link::Background;
        if talks(&call) && !is_elsewhere {
            let span = Span::new(
                call.program.span.start,
                command.words.last().map_or(call.program.span.end, |it| it.span.end),
            );
            let callee = vec![Capture::new("callee", call.name.clone())];
            found.push(Hit { command: call.name.clone(), more: callee, kind, ..Hit::new(span, call.name.clone()) });
        }
    }
    found
}

/// A variable whose whole value is a credential.
fn secret<'w>(word: &'w Word, site: &Site<'_>) -> Option<(&'w Part, &'w str)> {
    word.parts.iter().find_map(|part| match &part.piece {
        Piece::Variable { name, operator, .. } => {
            // A length, a part, or whether it is set at all.
            let is_whole = matches!(operator.as_str(), "" | ":-" | "-" | ":?" | "?");
            let is_file = ["_FILE", "_PATH", "_DIR", "_NAME", "_URL", "_ID", "_COUNT", "_LENGTH"]
                .iter()
                .any(|end| name.ends_with(end));
            // The folder, and the counter of a test's results.
            let text = word.text.to_ascii_lowercase();
            let is_other = name.eq_ignore_ascii_case("PWD")
                || name == "OLDPWD"
                || name.ends_with("SESSION_KEY")
                || name.to_ascii_uppercase().ends_with("PASS")
                    && ["fail", "passed", "warn"].iter().any(|part| text.contains(part))
                || name == "PASS";
            // The place of a file that holds it.
            let is_path = || {
                let commands = site.reading.plain.commands();
                let mut values =
                    commands.flat_map(|(_, _, command)| &command.assignments).filter(|it| it.name == *name);
                values.any(|it| {
                    let text = it.value.text.as_str();
                    text.starts_with(['/', '~', '.'])
                        || text.ends_with(".pem")
                        || text.ends_with(".key")
                        || text.starts_with('$') && it.value.scripts().is_empty() && text.contains('/')
                })
            };
            (is_whole && !is_file && !is_other && site.knowledge.values.is_credential_name(name) && !is_path())
                .then_some((part, name.as_str()))
        }
        _ => None,
    })
}

pub(super) fn secrets(site: &Site<'_>) -> Vec<Hit> {
    let script = &site.reading.plain;
    let mut found = Vec::new();
    let mut traced: Option<(Span, bool)> = None;
    for (pipeline, at, command) in script.commands() {
        if command.context.options.xtrace {
            let holds = |command: &Command| command.all_words().any(|word| secret(word, site).is_some());
            if let Some((_, is_told)) = traced.as_mut().filter(|(_, is_told)| !is_told)
                && (holds(command)
                    || command
                        .assignments
                        .iter()
                        .any(|it| site.knowledge.values.is_credential_name(&it.name) && !it.value.text.is_empty()))
            {
                *is_told = true;
                if let Some((span, _)) = traced {
                    found.push(Hit { kind: "trace", command: "set".to_owned(), ..Hit::new(span, "set -x") });
                }
            }
        }
        if matches!(command.name(), "set" | "setopt") && !command.context.options.xtrace {
            traced = Some((command.span, false));
        }
        let Some(call) = Call::of(command).filter(|_| command.kind == CommandKind::Simple) else { continue };
        if !matches!(call.name.as_str(), "echo" | "printf" | "logger") || at + 1 < pipeline.commands.len() {
            continue;
        }
        let goes_elsewhere = command.context.is_redirected
            || command
                .redirects
                .iter()
                .any(|to| to.takes_output() && to.target.text != "2" && to.target.text != "/dev/stderr");
        // A function that prints it returns it.
        let is_line =
            call.name != "printf" || call.arguments.first().is_some_and(|format| format.text.ends_with("\\n"));
        let is_returned = command.context.function.is_some()
            && (call.arguments.len() <= 1 && only_value(&call) || !is_line)
            || call.arguments.iter().any(|word| word.text.contains("::add-mask::"));
        if goes_elsewhere || is_returned {
            continue;
        }
        if let Some((part, name)) = call.arguments.iter().find_map(|word| secret(word, site)) {
            found.push(Hit { kind: "shown", command: call.name.clone(), ..Hit::new(part.span, name) });
        }
    }
    found
}

/// Whether nothing but one value is printed.
fn only_value(call: &Call<'_>) -> bool {
    call.arguments.first().is_some_and(|word| word.parts.len() == 1)
}

/// A path in a folder that everybody can write to, if somebody else can know it beforehand.
fn is_predictable(word: &Word) -> bool {
    let text = word.text.as_str();
    let Some(rest) =
        ["/tmp/", "/var/tmp/", "/dev/shm/", "${TMPDIR:-/tmp}/"].iter().find_map(|folder| text.strip_prefix(folder))
    else {
        return false;
    };
    let is_drawn = rest.contains("RANDOM") || rest.contains("XXX") || rest.to_ascii_lowercase().contains("uuid");
    // A folder that the script made for itself, or that a variable names.
    let has_folder = rest.contains('/');
    let only_process = word.parts.iter().all(|part| match &part.piece {
        Piece::Literal(_) => true,
        Piece::Variable { name, .. } => matches!(name.as_str(), "$" | "USER" | "UID" | "EUID" | "TMPDIR"),
        _ => false,
    });
    !rest.is_empty() && !is_drawn && !has_folder && only_process
}

pub(super) fn predictable_files(site: &Site<'_>) -> Vec<Hit> {
    let mut found = Vec::new();
    for run in &site.reading.runs() {
        for to in &run.command.redirects {
            if matches!(to.operator.as_str(), ">" | ">>" | ">|" | "&>" | "&>>") && is_predictable(&to.target) {
                found.push(Hit { kind: "redirect", ..Hit::new(run.place(to.target.span), to.target.text.clone()) });
            }
        }
        let Some(call) = Call::of(run.command) else { continue };
        let option: &[&str] = match call.name.as_str() {
            "curl" => &["-o", "--output"],
            "wget" => &["-O", "--output-document"],
            "mktemp" => {
                let unsafe_name =
                    call.arguments.iter().find(|word| matches!(word.text.as_str(), "-u" | "--dry-run" | "-ut" | "-du"));
                found.extend(unsafe_name.map(|word| {
                    let span = Span::new(run.place(call.program.span).start, run.place(word.span).end);
                    Hit { kind: "name", command: call.name.clone(), ..Hit::new(span, "mktemp -u") }
                }));
                continue;
            }
            _ => continue,
        };
        for pair in call.arguments.windows(2) {
            let [flag, target] = pair else { continue };
            let is_flag = option.contains(&flag.text.as_str())
                || flag.text.starts_with('-')
                    && !flag.text.starts_with("--")
                    && option.first().is_some_and(|short| flag.text.ends_with(short.trim_start_matches('-')));
            if is_flag && is_predictable(target) {
                found.push(Hit {
                    kind: "download",
                    command: call.name.clone(),
                    ..Hit::new(run.place(target.span), target.text.clone())
                });
            }
        }
    }
    found
}
