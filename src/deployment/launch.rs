//! What a server declaration starts: the words of its command line, the program behind its wrappers, the package that a
//! runner fetches, the script that a shell is given.

mod fetched;

use super::{Package, Value};
#[cfg(test)]
use crate::document::{Quote, Text};
use crate::rule::{Launchers, ShellProgram};
use crate::text::Span;

/// Words of a command in one string that are told apart.
const MAX_WORDS: usize = 4_096;
/// Arguments that a shell joins to one script; more are not looked at.
const MAX_SCRIPT_WORDS: usize = 256;
/// Packages that the scripts of one server may name.
const MAX_PACKAGES: usize = 64;

/// One word of a command line with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub span: Span,
    pub pointer: String,
}

/// A command line, understood.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// The package that a runner fetches and runs.
    pub package: Option<Package>,
    /// What is fetched besides it: further packages for its environment, what it looks up in a registry of its own.
    pub extras: Vec<Package>,
    /// A script that a shell is given on the command line.
    pub script: Option<Word>,
    /// The program behind its wrappers, then its arguments.
    pub line: Vec<Word>,
    /// Where in the line the package is named.
    pub package_at: Option<usize>,
}

impl Launch {
    /// The program behind its wrappers, without folder and extension, in lower case: `npx` of `cmd /c C:/x/npx.cmd`.
    pub fn program(&self) -> Option<String> {
        self.line.first().map(|word| program_name(&word.text))
    }

    pub(super) fn understand(command: Option<&Value>, args: &[Value], source: &str, launchers: &Launchers) -> Self {
        let Some(command) = command else { return Self::default() };
        let mut words = split_command(command, source, launchers);
        words.extend(args.iter().map(whole));
        let script = find_script(&words, launchers).or_else(|| command_script(command, words.len()));
        let line = strip_wrappers(&words, launchers);
        let mut packages = fetched::packages(line, launchers);
        if packages.is_empty() {
            let values: Vec<&Value> = std::iter::once(command).chain(args).collect();
            let segments = script_segments(&words, &values, source, launchers);
            let found = segments.iter().flat_map(|line| fetched::packages(strip_wrappers(line, launchers), launchers));
            packages = found.take(MAX_PACKAGES).collect();
        }
        let mut packages = packages.into_iter();
        let package = packages.next();
        let named = package.as_ref().map(|package| package.pointer.as_str());
        let package_at = line.iter().position(|word| named == Some(word.pointer.as_str()));
        Self { package, extras: packages.collect(), script, line: line.to_vec(), package_at }
    }
}

fn whole(value: &Value) -> Word {
    Word { text: value.as_str().to_owned(), span: value.span(), pointer: value.pointer.clone() }
}

fn program_name(text: &str) -> String {
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text).to_ascii_lowercase();
    [".exe", ".cmd", ".bat"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name).to_owned()
}

/// `npx -y x` in one string is three words; a path with blanks is one.
fn split_command(command: &Value, source: &str, launchers: &Launchers) -> Vec<Word> {
    let text = command.as_str();
    let first = text.split_whitespace().next().unwrap_or_default();
    if first.len() == text.trim().len() || !is_known_program(&program_name(first), launchers) {
        return vec![whole(command)];
    }
    let mut at = 0;
    let parts = text.split_whitespace().take(MAX_WORDS).map(|word| {
        let start = text.get(at..).and_then(|rest| rest.find(word)).map_or(at, |offset| at + offset);
        at = start + word.len();
        Span::new(start, at)
    });
    let parts: Vec<Span> = parts.collect();
    let spans = command.text.source_spans(source, &parts).into_iter();
    let word = |(part, span): (&Span, Span)| {
        let text = part.slice(text).unwrap_or_default().trim_matches(['"', '\'']).to_owned();
        Word { text, span, pointer: command.pointer.clone() }
    };
    parts.iter().zip(spans).map(word).collect()
}

fn is_known_program(name: &str, launchers: &Launchers) -> bool {
    let runner = launchers
        .runners
        .iter()
        .flat_map(|runner| &runner.commands)
        .any(|line| line.first().is_some_and(|p| p == name));
    let named = |list: &[String]| list.iter().any(|known| known == name);
    runner
        || launchers.wrappers.iter().any(|wrapper| named(&wrapper.commands))
        || launchers.shells.iter().any(|shell| named(&shell.commands))
        || ["node", "python", "python3", "uv", "deno", "bun", "npm", "go", "java"].contains(&name)
}

/// The words behind `env`, `sudo`, `cmd /c` and the like.
fn strip_wrappers<'w>(words: &'w [Word], launchers: &Launchers) -> &'w [Word] {
    let mut rest = words;
    for _ in 0..4 {
        let Some((first, mut after)) = rest.split_first() else { return rest };
        let name = program_name(&first.text);
        let Some(wrapper) = launchers.wrappers.iter().find(|w| w.commands.contains(&name)) else { return rest };
        while let Some((word, tail)) = after.split_first() {
            let is_assignment =
                wrapper.assignments && word.text.split_once('=').is_some_and(|(name, _)| is_variable(name));
            if wrapper.value_flags.contains(&word.text) {
                after = tail.get(1..).unwrap_or_default();
            } else if wrapper.skip_flags.contains(&word.text) || is_assignment {
                after = tail;
            } else {
                break;
            }
        }
        rest = after;
    }
    rest
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The script behind a shell's flag. Looked for before wrappers are stripped: `cmd` is both.
fn find_script(words: &[Word], launchers: &Launchers) -> Option<Word> {
    let (shell, script) = script_words(words, launchers)?;
    let Some(regex) = &shell.script else { return script.first().cloned() };
    // Such a shell takes all words behind the flag for its script; the first that makes them one is pointed at.
    let word = script.iter().find(|word| regex.is_match(&word.text))?;
    let text = script.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    Some(Word { text, ..word.clone() })
}

/// The shell that the line starts and the words behind its flag.
fn script_words<'w, 'l>(words: &'w [Word], launchers: &'l Launchers) -> Option<(&'l ShellProgram, &'w [Word])> {
    for start in 0..words.len().min(4) {
        let name = program_name(&words.get(start)?.text);
        let Some(shell) = launchers.shells.iter().find(|shell| shell.commands.contains(&name)) else { continue };
        let after = words.get(start + 1..)?;
        let flag = after.iter().take(8).position(|word| shell.script_flag.is_match(&word.text))?;
        return Some((shell, after.get(flag + 1..)?));
    }
    None
}

/// The command lines of a script that stands on the command line. Quotes and operators are understood, no more.
fn script_segments(words: &[Word], values: &[&Value], source: &str, launchers: &Launchers) -> Vec<Vec<Word>> {
    let Some((shell, script)) = script_words(words, launchers) else { return Vec::new() };
    // Words behind a script are its parameters, unless the shell joins them or all of them came in one string.
    let is_split = words.first().zip(script.first()).is_some_and(|(first, script)| first.pointer == script.pointer);
    let count = if shell.script.is_some() || is_split { MAX_SCRIPT_WORDS } else { 1 };
    let mut segments = vec![Vec::new()];
    for word in script.iter().take(count) {
        let value = values.iter().find(|value| value.pointer == word.pointer && value.as_str() == word.text);
        let parts = split_script(&word.text);
        let ranges: Vec<Span> = parts.iter().flatten().copied().collect();
        let spans = value.map_or_else(|| vec![word.span; ranges.len()], |v| v.text.source_spans(source, &ranges));
        let mut spans = spans.into_iter();
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                segments.push(Vec::new());
            }
            for (range, span) in part.iter().zip(spans.by_ref()) {
                let text = range.slice(&word.text).unwrap_or_default();
                // Assignments before a program belong to its environment.
                let is_assignment = text.split_once('=').is_some_and(|(name, _)| is_variable(name));
                if let Some(segment) = segments.last_mut().filter(|segment| !(segment.is_empty() && is_assignment)) {
                    segment.push(Word { text: text.to_owned(), span, pointer: word.pointer.clone() });
                }
            }
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

/// The words of each command of a script, as ranges without their quotes.
fn split_script(text: &str) -> Vec<Vec<Span>> {
    let mut out = vec![Vec::new()];
    let mut start = None;
    let mut quote = None;
    let mut count = 0;
    for (at, c) in text.char_indices().chain(std::iter::once((text.len(), '\n'))) {
        let is_end = at == text.len();
        if quote == Some(c) && !is_end {
            quote = None;
            continue;
        }
        if quote.is_some() && !is_end {
            continue;
        }
        let is_break = matches!(c, ';' | '&' | '|' | '\n' | '(' | ')' | '`' | '{' | '}') && !in_expansion(text, at);
        if is_break || c.is_whitespace() {
            if let Some(from) = start.take()
                && let Some(words) = out.last_mut()
            {
                words.push(without_quotes(text, Span::new(from, at)));
                count += 1;
            }
            if is_break && !is_end {
                out.push(Vec::new());
            }
            if count >= MAX_WORDS || out.len() >= MAX_WORDS {
                break;
            }
            continue;
        }
        start = start.or(Some(at));
        if matches!(c, '"' | '\'') {
            quote = Some(c);
        }
    }
    out
}

/// Whether the brace at `at` belongs to `${NAME}`.
fn in_expansion(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    match text.as_bytes().get(at) {
        Some(b'{') => before.ends_with('$'),
        // A name is short; looking further back would be quadratic.
        Some(b'}') => {
            let name = before.bytes().rev().take(64).position(|byte| byte == b'{' || byte.is_ascii_whitespace());
            name.is_some_and(|back| before.as_bytes().get(before.len() - 1 - back) == Some(&b'{'))
        }
        _ => false,
    }
}

fn without_quotes(text: &str, span: Span) -> Span {
    let word = span.slice(text).unwrap_or_default();
    let start = word.len() - word.trim_start_matches(['"', '\'']).len();
    let trimmed = word.trim_matches(['"', '\'']);
    Span::new(span.start + start, span.start + start + trimmed.len())
}

/// A command that is itself a script: `a && b` in the field where a program belongs.
fn command_script(command: &Value, words: usize) -> Option<Word> {
    let operators = [" && ", " || ", " | ", "; ", "$("];
    (words > 0 && operators.iter().any(|operator| command.as_str().contains(operator))).then(|| whole(command))
}

/// The command line of a knowledge row's example, for its test.
#[cfg(test)]
pub(crate) fn understand_line(line: &str, launchers: &Launchers) -> Launch {
    let mut values = Vec::new();
    let mut quoted = false;
    for part in line.split('\'') {
        let words: Vec<&str> = if quoted { vec![part] } else { part.split_whitespace().collect() };
        quoted = !quoted;
        values.extend(words.into_iter().map(|word| Value {
            text: Text { decoded: word.to_owned(), span: Span::at(0), quote: Quote::Verbatim },
            pointer: String::new(),
        }));
    }
    let (command, args) = values.split_first().unwrap();
    Launch::understand(Some(command), args, "", launchers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Knowledge;

    #[test]
    fn every_row_resolves_its_example_and_leaves_its_near_miss() {
        let launchers = Knowledge::embedded().unwrap().launchers;
        for example in &launchers.examples {
            let launch = understand_line(&example.line, &launchers);
            let package = launch.package.as_ref().map(|package| package.name.clone());
            assert_eq!(package, example.package, "{}", example.line);
            assert_eq!(launch.script.is_some(), example.script, "{}", example.line);
            if example.version.is_some() {
                assert_eq!(launch.package.unwrap().version, example.version, "{}", example.line);
            }
        }
    }

    fn check(line: &str, package: Option<&str>) {
        let launchers = Knowledge::embedded().unwrap().launchers;
        let launch = understand_line(line, &launchers);
        assert_eq!(launch.package.as_ref().map(|package| package.name.as_str()), package, "{line}");
    }

    #[test]
    fn real_command_lines() {
        check("npx -y --registry https://r.example @acme/x --flag", Some("@acme/x"));
        check("npx --package=@acme/x acme-bin", Some("@acme/x"));
        check("npx -p @acme/x acme-bin", Some("@acme/x"));
        check("npx -- @acme/x", Some("@acme/x"));
        check("npx tsx src/server.ts", None);
        check("npx -y tsx src/server.ts", Some("tsx"));
        check("npx --no-install acme", None);
        check("C:/node/npx.cmd -y @acme/x", Some("@acme/x"));
        check("uvx --python 3.12 --with httpx mcp-x", Some("mcp-x"));
        check("uv tool run mcp-x", Some("mcp-x"));
        check("uv run server.py", None);
        check("docker run -i --rm -v /a:/b --mount type=bind,src=/a,dst=/b -eKEY=1 -it mcp/x arg", Some("mcp/x"));
        check("docker compose up", None);
        check("node build/index.js", None);
        check("bash -lc 'cd /srv/a && exec npx -y @acme/x --flag'", Some("@acme/x"));
        check("bash -c 'echo npx; LOG=1 uvx \"mcp-x\"'", Some("mcp-x"));
        check("powershell -Command npx -y @acme/x", Some("@acme/x"));
        check("cmd /c 'npx -y @acme/x'", Some("@acme/x"));
        check("bash -c 'exec ./run' npx -y @acme/x", None);
        check("uv run --with mcp-x mcp run server.py", Some("mcp-x"));
        check("uv run --directory /srv/a server.py", None);
        check("go run ./cmd/server", Some("./cmd/server"));
        check("go run example.com/acme/server@latest", Some("example.com/acme/server"));
        check("deno run -A --allow-net=x jsr:@acme/x stdio", Some("jsr:@acme/x"));
        check("deno run -A server.ts", Some("server.ts"));
        check("dnx -y Acme.Server --version 1.0.0", Some("Acme.Server"));
    }

    #[test]
    fn what_is_fetched_besides_the_package() {
        let launchers = Knowledge::embedded().unwrap().launchers;
        let extras = |line: &str| {
            let launch = understand_line(line, &launchers);
            launch.extras.iter().map(|package| package.name.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(extras("uvx --with httpx --with 'a>=1,<2,b' mcp-x==1"), "httpx a b");
        assert_eq!(extras("npx -y @smithery/cli@1.0.0 run acme-x --key k"), "acme-x");
        assert_eq!(extras("npx -y @smithery/cli@1.0.0 list clients"), "");
        assert_eq!(extras("npx -p @acme/a@1.0.0 -p @acme/b acme"), "@acme/b");
    }

    #[test]
    fn a_command_with_blanks_is_split_only_behind_a_known_program() {
        let launchers = Knowledge::embedded().unwrap().launchers;
        let value = |text: &str| Value {
            text: Text { decoded: text.to_owned(), span: Span::new(1, 1 + text.len()), quote: Quote::Verbatim },
            pointer: "/c".to_owned(),
        };
        let source = "\"npx -y @acme/x\"";
        let launch = Launch::understand(Some(&value("npx -y @acme/x")), &[], source, &launchers);
        assert_eq!(launch.package.unwrap().span.slice(source), Some("@acme/x"));
        let launch = Launch::understand(Some(&value("/opt/my server/run")), &[], "\"/opt/my server/run\"", &launchers);
        assert!(launch.package.is_none());
    }
}
