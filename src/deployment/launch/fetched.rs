//! What a package runner on a command line fetches. Which programs are runners stands in `rules/knowledge/launchers.toml`.

use super::super::{Package, Pin};
use super::{Word, program_name};
use crate::rule::{Launchers, PackageRunner};
use crate::text::Span;

/// Packages besides the one that is run.
const MAX_EXTRAS: usize = 64;

/// The package that the line runs, then what is fetched besides it. Nothing, if the line begins with no runner.
pub(super) fn packages(words: &[Word], launchers: &Launchers) -> Vec<Package> {
    let line = launchers.runners.iter().find_map(|runner| Some((runner, after_command(words, runner)?)));
    line.map_or_else(Vec::new, |(runner, rest)| Reading::new(runner, rest).read())
}

/// One command line behind its runner.
struct Reading<'a> {
    runner: &'a PackageRunner,
    rest: &'a [Word],
    main: Option<Package>,
    extras: Vec<Package>,
    is_local: bool,
    yes: bool,
}

impl<'a> Reading<'a> {
    fn new(runner: &'a PackageRunner, rest: &'a [Word]) -> Self {
        Self { runner, rest, main: None, extras: Vec::new(), is_local: false, yes: false }
    }

    fn read(mut self) -> Vec<Package> {
        let mut at = 0;
        while let Some(word) = self.rest.get(at) {
            at += 1;
            if word.text == "--" {
                continue;
            }
            let Some(flag) = word.text.strip_prefix('-').map(|_| word.text.split('=').next().unwrap_or_default())
            else {
                if !self.runner.only_flags && self.main.is_none() {
                    self.main = Some(parse(self.runner, word, 0));
                }
                break;
            };
            let is = |flags: &[String]| flags.iter().any(|known| known == flag);
            let has_value = word.text.contains('=');
            self.yes |= matches!(flag, "-y" | "--yes");
            self.is_local |= is(&self.runner.local_flags);
            let names = is(&self.runner.package_flags);
            if names || is(&self.runner.extra_flags) {
                let named = if has_value { Some(word) } else { self.rest.get(at) };
                at += usize::from(!has_value);
                let skip = if has_value { flag.len() + 1 } else { 0 };
                if let Some(named) = named {
                    self.named(named, skip, names);
                }
            } else if is(&self.runner.shell_flags) {
                break;
            } else if !has_value && takes_value(self.runner, flag) {
                at += 1;
            }
        }
        self.looked_up(at);
        self.versioned(at);
        self.finish()
    }

    /// The value of a flag that names packages; several may stand in one, separated by commas.
    fn named(&mut self, word: &Word, skip: usize, is_main: bool) {
        let text = word.text.get(skip..).unwrap_or_default();
        let mut start = skip;
        for part in text.split(',').take(32) {
            let range = Span::new(start, start + part.len());
            start = range.end + 1;
            // `a>=1,<2` is one package.
            if part.is_empty() || part.starts_with(['<', '>', '=', '!', '~']) {
                continue;
            }
            let package = parse_range(self.runner, word, range);
            if is_main && self.main.is_none() {
                self.main = Some(package);
            } else if self.extras.len() < MAX_EXTRAS {
                self.extras.push(package);
            }
        }
    }

    /// A name behind a program that looks it up in a registry of its own, which knows no versions.
    fn looked_up(&mut self, at: usize) {
        let Some(main) = &self.main else { return };
        let resolves = |line: &&Vec<String>| line.first() == Some(&main.name);
        let Some(line) = self.runner.resolvers.iter().find(resolves) else { return };
        let sub = line.get(1..).unwrap_or_default();
        let rest = self.rest.get(at..).unwrap_or_default();
        if !rest.iter().map(|word| &word.text).take(sub.len()).eq(sub) {
            return;
        }
        let name = rest.get(sub.len()..).unwrap_or_default().iter().find(|word| !word.text.starts_with('-'));
        self.extras.extend(name.map(|word| {
            let is_known = !word.text.contains("${") && !word.text.starts_with(['<', '$']);
            let pin = if is_known { Pin::None } else { Pin::Unknown };
            Package { name: word.text.clone(), version: None, pin, ..parse(self.runner, word, 0) }
        }));
    }

    /// `--version 1.2.3` behind the package.
    fn versioned(&mut self, at: usize) {
        let flags = &self.runner.version_flags;
        let Some(main) = self.main.as_mut().filter(|main| main.version.is_none() && !flags.is_empty()) else { return };
        let words = self.rest.iter();
        let flag = words.take(at.saturating_add(8)).position(|word| {
            flags.iter().any(|flag| {
                word.text.strip_prefix(flag.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
            })
        });
        let Some((at, word)) = flag.and_then(|at| Some((at, self.rest.get(at)?))) else { return };
        let value = word.text.split_once('=').map(|(_, value)| value);
        let value = value.or_else(|| self.rest.get(at + 1).map(|word| word.text.as_str())).unwrap_or_default();
        let spec = format!("{}@{value}", main.name);
        let with_version = Package::parse(main.kind, &spec, main.span, &main.pointer);
        *main = Package { name: main.name.clone(), ..with_version };
    }

    fn finish(self) -> Vec<Package> {
        let is_fetched = |package: &Package| !package.name.is_empty();
        let is_tool = |package: &Package| {
            !self.yes && package.pin == Pin::None && self.runner.local_tools.contains(&package.name)
        };
        if self.is_local {
            return Vec::new();
        }
        let main = self.main.filter(|package| is_fetched(package) && !is_tool(package));
        main.into_iter().chain(self.extras.into_iter().filter(is_fetched)).collect()
    }
}

fn parse(runner: &PackageRunner, word: &Word, skip: usize) -> Package {
    parse_range(runner, word, Span::new(skip, word.text.len()))
}

fn parse_range(runner: &PackageRunner, word: &Word, range: Span) -> Package {
    let spec = range.slice(&word.text).unwrap_or_default();
    // In an escaped string the parts of a word have no places of their own.
    let span = if word.span.len() == word.text.len() { range.shifted(word.span.start) } else { word.span };
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
