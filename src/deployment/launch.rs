//! What a server declaration starts: the words of its command line, the program behind its wrappers, the package that a
//! runner fetches, the script that a shell is given.

use super::{Package, Pin, Value};
#[cfg(test)]
use crate::document::{Quote, Text};
use crate::rule::{Launchers, PackageRunner};
use crate::text::Span;

/// Words of a command in one string that are told apart.
const MAX_WORDS: usize = 4_096;

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
    /// A script that a shell is given on the command line.
    pub script: Option<Word>,
    /// The program behind its wrappers, without folder and extension, in lower case: `npx` of `cmd /c C:/x/npx.cmd`.
    pub program: String,
}

impl Launch {
    pub(super) fn understand(command: Option<&Value>, args: &[Value], source: &str, launchers: &Launchers) -> Self {
        let Some(command) = command else { return Self::default() };
        let mut words = split_command(command, source, launchers);
        words.extend(args.iter().map(whole));
        let script = find_script(&words, launchers).or_else(|| command_script(command, words.len()));
        let behind = strip_wrappers(&words, launchers);
        let package = find_package(behind, launchers);
        let program = behind.first().map_or_else(String::new, |word| program_name(&word.text));
        Self { package, script, program }
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
    for start in 0..words.len().min(4) {
        let name = program_name(&words.get(start)?.text);
        let Some(shell) = launchers.shells.iter().find(|shell| shell.commands.contains(&name)) else { continue };
        let after = words.get(start + 1..)?;
        let flag = after.iter().take(8).position(|word| shell.script_flag.is_match(&word.text))?;
        let script = after.get(flag + 1..)?;
        let Some(regex) = &shell.script else { return script.first().cloned() };
        // Such a shell takes all words behind the flag for its script; the first that makes them one is pointed at.
        let word = script.iter().find(|word| regex.is_match(&word.text))?;
        let text = script.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        return Some(Word { text, ..word.clone() });
    }
    None
}

/// A command that is itself a script: `a && b` in the field where a program belongs.
fn command_script(command: &Value, words: usize) -> Option<Word> {
    let operators = [" && ", " || ", " | ", "; ", "$("];
    (words > 0 && operators.iter().any(|operator| command.as_str().contains(operator))).then(|| whole(command))
}

fn find_package(words: &[Word], launchers: &Launchers) -> Option<Package> {
    let (runner, rest) = launchers.runners.iter().find_map(|runner| Some((runner, after_command(words, runner)?)))?;
    let mut package: Option<Package> = None;
    let mut is_local = false;
    let mut yes = false;
    let mut at = 0;
    while let Some(word) = rest.get(at) {
        at += 1;
        if word.text == "--" {
            continue;
        }
        let Some(flag) = word.text.strip_prefix('-').map(|_| word.text.split('=').next().unwrap_or_default()) else {
            package = package.or_else(|| Some(parse(runner, word, None)));
            break;
        };
        let has_value = word.text.contains('=');
        yes |= matches!(flag, "-y" | "--yes");
        is_local |= runner.local_flags.iter().any(|known| known == flag);
        if runner.package_flags.iter().any(|known| known == flag) {
            let named = if has_value { Some(word) } else { rest.get(at) };
            at += usize::from(!has_value);
            let skip = has_value.then(|| flag.len() + 1);
            package = package.or_else(|| named.map(|named| parse(runner, named, skip)));
        } else if runner.shell_flags.iter().any(|known| known == flag) {
            return package;
        } else if !has_value && takes_value(runner, flag) {
            at += 1;
        }
    }
    let package = package.filter(|package| !package.name.is_empty())?;
    let is_tool = !yes && package.pin == Pin::None && runner.local_tools.contains(&package.name);
    (!is_local && !is_tool).then_some(package)
}

fn parse(runner: &PackageRunner, word: &Word, skip: Option<usize>) -> Package {
    let skip = skip.unwrap_or(0);
    let spec = word.text.get(skip..).unwrap_or_default();
    let span =
        if word.span.len() == word.text.len() { Span::new(word.span.start + skip, word.span.end) } else { word.span };
    Package::parse(runner.kind, spec, span, &word.pointer)
}

/// The words after the runner's command (`uv tool run` is three words), if the line begins with it.
fn after_command<'w>(words: &'w [Word], runner: &PackageRunner) -> Option<&'w [Word]> {
    runner.commands.iter().find_map(|command| {
        let (program, sub) = command.split_first()?;
        let (first, rest) = words.split_first()?;
        let fits = program_name(&first.text) == *program && rest.iter().map(|word| &word.text).take(sub.len()).eq(sub);
        fits.then(|| rest.get(sub.len()..)).flatten()
    })
}

fn takes_value(runner: &PackageRunner, flag: &str) -> bool {
    if runner.plain_flags.is_empty() {
        return runner.value_flags.iter().any(|known| known == flag);
    }
    if runner.plain_flags.iter().any(|known| known == flag) {
        return false;
    }
    let letters = flag.strip_prefix('-').filter(|letters| !letters.starts_with('-') && letters.len() > 1);
    // `-it` is a cluster of plain letters, `-eNAME=x` has its value attached: neither takes the next word.
    letters.is_none()
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
