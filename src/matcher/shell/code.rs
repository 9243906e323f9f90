//! Text that becomes commands.

use super::reading::Run;
use super::{Hit, Site};
use crate::lower::shell::{Piece, Pipeline, Script, Substitution, Word};
use crate::matcher::Capture;
use crate::matcher::script::Call;
use crate::text::Span;

const DOWNLOADERS: &[&str] = &["curl", "wget", "fetch", "aria2c", "http", "https", "xh"];

fn is_download(call: &Call<'_>) -> bool {
    let names_address = |word: &Word| {
        word.text.contains("://")
            || word.text.starts_with('$')
            || !word.text.starts_with('-') && word.text.contains('.') && !word.text.ends_with('.')
    };
    DOWNLOADERS.contains(&call.name.as_str()) && call.arguments.iter().any(names_address)
}

/// The first download in a script whose output the script gives.
fn download_in(script: &Script) -> Option<String> {
    script.commands().filter_map(|(_, _, command)| Call::of(command)).find(is_download).map(|call| call.name)
}

/// A substitution in a word that downloads, and the program that does.
fn download_of(word: &Word, wanted: Option<Substitution>) -> Option<(Span, String)> {
    word.parts.iter().find_map(|part| match &part.piece {
        Piece::Script(script, kind) if wanted.is_none_or(|wanted| wanted == *kind) => {
            download_in(script).map(|tool| (part.span, tool))
        }
        _ => None,
    })
}

pub(super) fn downloads(site: &Site<'_>) -> Vec<Hit> {
    let mut found = Vec::new();
    for run in site.reading.runs() {
        if let Some(call) = Call::of(run.command) {
            found.extend(piped(&run, &call).or_else(|| given(&run, &call)));
        }
    }
    found
}

fn hit(span: Span, tool: &str, interpreter: &str) -> Hit {
    let more = vec![Capture::new("tool", tool), Capture::new("interpreter", interpreter)];
    Hit { command: interpreter.to_owned(), more, ..Hit::new(span, tool) }
}

/// `curl … | sh`.
fn piped(run: &Run<'_>, call: &Call<'_>) -> Option<Hit> {
    if run.at == 0 || !call.runs_its_input() || run.command.redirects.iter().any(|to| to.operator.starts_with('<')) {
        return None;
    }
    let before = run.pipeline.commands.iter().take(run.at);
    let source = before.filter_map(Call::of).find(is_download)?;
    let end = run.place(call.program.span).end;
    let span = Span::new(run.place(source.program.span).start, end);
    Some(hit(span, &source.name, &call.name))
}

/// `bash <(curl …)`, `sh -c "$(curl …)"`, `eval "$(curl …)"`, `source <(curl …)`, `sh <<< "$(curl …)"`.
fn given(run: &Run<'_>, call: &Call<'_>) -> Option<Hit> {
    let is_source = matches!(call.name.as_str(), "source" | ".");
    let found = if call.name == "eval" {
        call.arguments.iter().find_map(|word| download_of(word, None))
    } else if call.is_interpreter() || is_source {
        let script = call.operands().next().and_then(|word| download_of(word, Some(Substitution::File)));
        let inline = call.inline();
        let fetches = inline.filter(|word| !call.is_shell() && fetches_and_runs(&word.text));
        script
            .or_else(|| {
                inline.filter(|word| is_code(word)).and_then(|word| download_of(word, Some(Substitution::Output)))
            })
            .or_else(|| {
                let input =
                    run.command.redirects.iter().filter(|to| to.operator.starts_with('<') && call.runs_its_input());
                input
                    .flat_map(|to| std::iter::once(&to.target).chain(&to.body))
                    .find_map(|word| download_of(word, None))
            })
            .or_else(|| fetches.map(|word| (word.span, call.name.clone())))
    } else {
        None
    };
    let (part, tool) = found?;
    let span = Span::new(run.place(call.program.span).start, run.place(part).end);
    Some(hit(span, &tool, &call.name))
}

/// Whether what is substituted in a program text stands where a command does, and not as an argument in it.
fn is_code(word: &Word) -> bool {
    word.parts.first().is_some_and(|part| match &part.piece {
        Piece::Literal(text) => text.trim().is_empty() || text.trim_end().ends_with([';', '&', '|', '\n']),
        _ => true,
    })
}

/// A program text that runs what it fetches.
fn fetches_and_runs(text: &str) -> bool {
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    has(&["exec(", "eval(", "new Function("])
        && has(&[
            "urlopen(",
            "requests.get(",
            "httpx.get(",
            "fetch(",
            "https.get(",
            "http.get(",
            "URI.open",
            "file_get_contents('http",
        ])
}

/// Where a text comes from that becomes commands.
fn origin(word: &Word, script: &Script, in_function: bool) -> Option<(&'static str, String)> {
    for part in &word.parts {
        let Piece::Variable { name, operator, .. } = &part.piece else { continue };
        let shown = format!("${name}");
        if is_positional(name) {
            return Some((if in_function { "function" } else { "argument" }, shown));
        }
        if operator == "length" || !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            continue;
        }
        for (_, _, command) in script.commands() {
            if command.name() == "read" && command.words.iter().skip(1).any(|word| word.text == *name) {
                return Some(("input", shown));
            }
            for assignment in command.assignments.iter().filter(|it| it.name == *name) {
                let value = &assignment.value;
                let is_of_script = command.context.function.is_none();
                let takes = |part: &crate::lower::shell::Part| matches!(&part.piece, Piece::Variable { name, .. } if is_positional(name));
                if is_of_script && value.parts.iter().any(takes) {
                    return Some(("argument", shown));
                }
                let reads = |script: &&Script| {
                    script.commands().any(|(pipeline, at, command)| {
                        let call = Call::of(command);
                        let name = call.as_ref().map_or("", |call| call.name.as_str());
                        matches!(name, "jq" | "cat" | "curl" | "wget")
                            && at + 1 == pipeline.commands.len()
                            && !command.redirects.iter().any(|to| to.body.is_some())
                    })
                };
                if value.scripts().iter().any(reads) {
                    return Some(("input", shown));
                }
            }
        }
    }
    None
}

/// `$1`, `$@`.
fn is_positional(name: &str) -> bool {
    matches!(name, "@" | "*") || !name.is_empty() && name != "0" && name.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn evaluates(site: &Site<'_>) -> Vec<Hit> {
    let script = &site.reading.plain;
    let mut found = Vec::new();
    for (pipeline, at, command) in script.commands() {
        let Some(call) = Call::of(command) else { continue };
        let in_function = command.context.function.is_some();
        let code: Vec<&Word> = match call.name.as_str() {
            "eval" => call.arguments.iter().collect(),
            _ if call.is_shell() && !call.by_xargs => call.inline().into_iter().collect(),
            "export" => {
                found.extend(exported_file(&call));
                continue;
            }
            "source" | "." => {
                found.extend(sourced(&call, script, in_function));
                continue;
            }
            _ => Vec::new(),
        };
        let judged = code.iter().find_map(|word| origin(word, script, in_function).map(|it| (word, it)));
        let span = |last: &Word| Span::new(call.program.span.start, last.span.end);
        // A function that is made for a name that its caller gives.
        let defines = code.first().is_some_and(|word| word.text.starts_with("function ") || word.text.contains("() {"));
        if let Some((word, (kind, what))) = judged.filter(|(_, (kind, _))| *kind != "function" || !defines) {
            found.push(Hit { kind, command: call.name.clone(), ..Hit::new(span(word), what) });
        } else if call.by_xargs && call.is_shell() && is_placed(pipeline, at, &call) {
            let word = call.inline().unwrap_or(call.program);
            found.push(Hit { kind: "xargs", command: call.name.clone(), ..Hit::new(span(word), "{}") });
        }
    }
    found
}

/// `xargs sh -c '… {} …'`: what is read stands in the middle of a program text.
fn is_placed(pipeline: &Pipeline, at: usize, call: &Call<'_>) -> bool {
    at > 0
        && pipeline.commands.len() > at
        && call.inline().is_some_and(|word| word.text.contains("{}"))
        && call.command.words.iter().any(|word| word.text.starts_with("-I") || word.text.starts_with("-i"))
}

/// `export $(cat .env | xargs)`: every word of a file becomes an assignment.
fn exported_file(call: &Call<'_>) -> Option<Hit> {
    let part = call.arguments.iter().flat_map(Word::splitting).find(|part| match &part.piece {
        Piece::Script(script, _) => script.commands().any(|(_, _, command)| {
            let reads = matches!(command.name(), "cat" | "grep" | "egrep" | "sed" | "awk");
            reads
                && command.words.iter().skip(1).any(|word| word.text.contains(".env") || word.text.contains("ENV_FILE"))
        }),
        _ => false,
    })?;
    let span = Span::new(call.program.span.start, part.span.end);
    Some(Hit { kind: "dotenv", command: call.name.clone(), ..Hit::new(span, "export $(…)") })
}

/// `. "$1"`.
fn sourced(call: &Call<'_>, script: &Script, in_function: bool) -> Option<Hit> {
    let word = call.operands().next()?;
    let (kind, what) = origin(word, script, in_function)?;
    // A variable inside of a path chooses a file, as any path does.
    if kind != "argument" || word.parts.len() != 1 {
        return None;
    }
    let span = Span::new(call.program.span.start, word.span.end);
    Some(Hit { kind: "file", command: call.name.clone(), ..Hit::new(span, what) })
}
