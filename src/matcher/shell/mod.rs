//! `shell`: conditions on the commands of a shell script, as the shell runs them.
//!
//! `is` names one of the words of [`SHELL_WORDS`]. Without it the conditions on a command hold for one and the same
//! command: its program (`command`), what stands before the program (`by`), an option (`option`), an argument
//! (`argument`), the whole command line (`line`), an assignment (`assigns`).

mod code;
mod launch;
mod outputs;
mod reading;
mod strict;
mod words;

use super::globs::Globs;
use super::script::Call;
use super::{Capture, Match, Output, Subject};
use crate::rule::{Expression, Knowledge, Problems, TableReader};
use crate::text::Span;
use launch::{Launch, launch};
pub(in crate::matcher) use reading::Reading;
use reading::Run;
pub use words::SHELL_WORDS;
use words::ShellWord;

/// `what`: the part that the finding is about. `setting`: the same, for pages about settings. `command`: the program.
/// `kind`: what a word says of its hit, for adjustments. `run`: the text under the finding. `argument` and `path` are the part and
/// the program again, for pages that judge programs in other languages as well.
const CAPTURES: &[&str] = &["what", "setting", "argument", "path", "command", "kind", "run"];

/// Characters of a captured text.
const MAX_CAPTURE: usize = 80;

#[derive(Debug)]
pub struct ShellMatcher {
    word: Option<&'static ShellWord>,
    commands: Vec<String>,
    wrappers: Vec<String>,
    options: Vec<String>,
    /// Short options that take a value: the rest of a bundle behind them is no option.
    valued: String,
    argument: Option<Expression>,
    line: Option<Expression>,
    /// Command lines that are no match.
    unless: Option<Expression>,
    assigns: Option<Assigns>,
    /// Only in scripts that start a server.
    launcher: bool,
    files: Option<Globs>,
    except: Option<Globs>,
}

#[derive(Debug)]
struct Assigns {
    name: Expression,
    value: Option<Expression>,
}

/// What a word found.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) span: Span,
    pub(super) what: String,
    pub(super) command: String,
    pub(super) kind: &'static str,
    /// Captures of the word's own.
    pub(super) more: Vec<Capture>,
}

impl Hit {
    fn new(span: Span, what: impl Into<String>) -> Self {
        Self { span, what: what.into(), command: String::new(), kind: "", more: Vec::new() }
    }
}

/// What a word is asked about.
pub(super) struct Site<'a> {
    text: &'a str,
    /// The path of the script.
    place: &'a str,
    knowledge: &'a Knowledge,
    reading: &'a Reading,
    launch: Option<Launch<'a>>,
}

impl ShellMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let word = match table.str("is", problems) {
            None => None,
            Some(word) => {
                let known = SHELL_WORDS.iter().find(|known| known.name == word.value);
                if known.is_none() {
                    let names: Vec<_> = SHELL_WORDS.iter().map(|word| word.name).collect();
                    problems.add_with_help(word.span, format!("unknown word `{}`", word.value), names.join(", "));
                    return None;
                }
                known
            }
        };
        let assigns = table.table("assigns", problems).and_then(|mut table| {
            let name = table.expression("name", problems);
            let value = table.expression("matches", problems);
            if name.is_none() {
                problems.add(table.span(), "`assigns` needs `name`");
            }
            table.finish(problems);
            Some(Assigns { name: name?, value })
        });
        let matcher = Self {
            word,
            commands: table.owned_strings("command", problems),
            wrappers: table.owned_strings("by", problems),
            options: table.owned_strings("option", problems),
            valued: table.str("valued", problems).map(|text| text.value.to_owned()).unwrap_or_default(),
            argument: table.expression("argument", problems),
            line: table.expression("line", problems),
            unless: table.expression("unless", problems),
            assigns,
            launcher: table.bool("launcher", problems) == Some(true),
            files: Globs::read(table, "files", problems),
            except: Globs::read(table, "except", problems),
        };
        let judges = !matcher.commands.is_empty()
            || matcher.argument.is_some()
            || matcher.line.is_some()
            || matcher.assigns.is_some();
        if matcher.word.is_none() && !judges {
            problems.add(table.span(), "`shell` needs `is`, `command`, `line` or `assigns`");
            return None;
        }
        if matcher.word.is_some() && judges {
            problems.add(table.span(), "`is` stands alone: a word has conditions of its own");
            return None;
        }
        Some(matcher)
    }

    pub(super) fn captures(&self) -> Vec<&str> {
        CAPTURES.iter().chain(self.word.iter().flat_map(|word| word.captures)).copied().collect()
    }

    pub(super) fn run(&self, subject: &Subject<'_>, out: &mut Output) {
        let place = &subject.artifact.place;
        if self.files.as_ref().is_some_and(|files| !files.is_match(place))
            || self.except.as_ref().is_some_and(|except| except.is_match(place))
        {
            return;
        }
        let reading = subject.script();
        let asks_launch = self.launcher || self.word.is_some_and(|word| word.is_of_launcher);
        // What a package manager writes there to start programs is nobody's launcher.
        let is_generated = place.contains("node_modules/");
        let launch = if asks_launch && !is_generated { launch(reading, subject.text, place) } else { None };
        if asks_launch && launch.is_none() {
            return;
        }
        let hits = match self.word {
            Some(word) => {
                (word.test)(&Site { text: subject.text, place, knowledge: subject.knowledge, reading, launch })
            }
            None => reading.runs().iter().filter_map(|run| self.judge(run)).collect(),
        };
        for hit in hits {
            let what: String = one_line(&hit.what);
            let run = hit.span.slice(subject.text).unwrap_or_default();
            let mut captures = vec![
                Capture::at("what", what.clone(), hit.span),
                Capture::at("setting", what.clone(), hit.span),
                Capture::at("argument", what, hit.span),
                // As `call` names what is called.
                Capture::new("path", hit.command.clone()),
                Capture::new("command", hit.command),
                Capture::new("kind", hit.kind),
                Capture::at("run", run, hit.span),
            ];
            captures.extend(hit.more);
            out.push(Match { span: Some(hit.span), captures, ..Match::default() });
        }
    }

    fn judge(&self, run: &Run<'_>) -> Option<Hit> {
        if let Some(assigns) = &self.assigns {
            return run.command.assignments.iter().find_map(|assignment| {
                let value = assignment.value.text.as_str();
                let holds = assigns.name.is_match(&assignment.name)
                    && assigns.value.as_ref().is_none_or(|wanted| wanted.is_match(value));
                let what = format!("{}={value}", assignment.name);
                holds.then(|| Hit::new(run.place(assignment.span), what))
            });
        }
        let call = Call::of(run.command)?;
        if !self.commands.is_empty() && !self.commands.contains(&call.name)
            || !self.wrappers.is_empty()
                && (call.drops_rights() || !call.wrappers.iter().any(|wrapper| self.wrappers.contains(wrapper)))
        {
            return None;
        }
        let mut part = None;
        if !self.options.is_empty() {
            let mut is_value = false;
            part = Some(call.arguments.iter().find(|word| {
                let was_value = std::mem::replace(&mut is_value, self.takes_next(&word.text));
                !was_value && self.is_option(&word.text)
            })?);
        }
        if let Some(argument) = &self.argument {
            part = Some(call.arguments.iter().find(|word| argument.is_match(&word.text))?);
        }
        let line = line_of(&call);
        if self.line.as_ref().is_some_and(|wanted| !wanted.is_match(&line))
            || self.unless.as_ref().is_some_and(|unless| unless.is_match(&line))
        {
            return None;
        }
        let span = part.map_or_else(|| run.words_span(&call), |word| run.place(word.span));
        let what = part.map_or(line, |word| word.text.clone());
        Some(Hit { command: call.name.clone(), ..Hit::new(span, what) })
    }

    /// Whether the next word is the value of this bundle's last option.
    fn takes_next(&self, text: &str) -> bool {
        let Some(bundle) = text.strip_prefix('-').filter(|rest| !rest.starts_with('-')) else { return false };
        bundle.find(|c| self.valued.contains(c)).is_some_and(|at| at + 1 == bundle.len())
    }

    /// Whether a word is one of the options: as it is, with `=value`, or as a letter of a bundle.
    fn is_option(&self, text: &str) -> bool {
        let name = text.split_once('=').map_or(text, |(name, _)| name);
        let is_in_bundle = |letter: char| {
            let Some(bundle) = text.strip_prefix('-').filter(|rest| !rest.starts_with('-')) else { return false };
            bundle.chars().take_while(|c| !self.valued.contains(*c)).any(|c| c == letter)
        };
        self.options.iter().any(|option| {
            option == text
                || option == name
                || option
                    .strip_prefix('-')
                    .and_then(|rest| {
                        let mut letters = rest.chars();
                        let letter = letters.next()?;
                        (letters.next().is_none() && letter != '-').then_some(letter)
                    })
                    .is_some_and(is_in_bundle)
        })
    }
}

/// The command line as the shell sees it: program and arguments, without quotes and without what stands before them.
fn line_of(call: &Call<'_>) -> String {
    let mut line = call.program.text.clone();
    for word in call.arguments.iter().take(256) {
        if line.len() > 16 * 1024 {
            break;
        }
        line.push(' ');
        line.push_str(&word.text);
    }
    line
}

fn one_line(text: &str) -> String {
    let mut out: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((at, _)) = out.char_indices().nth(MAX_CAPTURE) {
        out.truncate(at);
        out.push('…');
    }
    out
}
