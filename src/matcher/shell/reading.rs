//! A script as rules ask about it: as it stands, with known values put in, and with the texts that it hands to shells.

use crate::lower::shell::{Command, Piece, Pipeline, Quote, Script, Word};
use crate::matcher::script::Call;
use crate::text::Span;

/// Pipelines of a script that are judged. Some judgements ask the whole script at each of its commands; what people write is
/// far shorter.
const MAX_PIPELINES: usize = 4_000;
/// Texts handed to shells that are read in one file, and how deep they may stand in each other.
const MAX_INNER: usize = 200;
const MAX_DEPTH: usize = 3;
/// Bytes of one such text at most.
const MAX_LENGTH: usize = 64 * 1024;

#[derive(Debug, Default)]
pub(in crate::matcher) struct Reading {
    /// As it stands.
    pub(super) plain: Script,
    /// With known values put in; pipelines and commands have the same numbers.
    pub(super) expanded: Script,
    /// `sh -c '…'`, `eval '…'`, here-documents fed to a shell.
    inner: Vec<Inner>,
    /// There was more than is read.
    pub(in crate::matcher) is_cut: bool,
}

#[derive(Debug)]
struct Inner {
    script: Script,
    place: Placing,
}

/// Where the places of a script are in the file.
#[derive(Clone, Copy, Debug)]
enum Placing {
    /// The script stands there letter by letter.
    At(usize),
    /// It was put together; all of it is this place.
    Whole(Span),
}

impl Placing {
    fn place(self, span: Span) -> Span {
        match self {
            Self::At(offset) => span.shifted(offset),
            Self::Whole(whole) => whole,
        }
    }
}

/// A command somewhere in a script.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'r> {
    pub pipeline: &'r Pipeline,
    /// Its place in the pipeline.
    pub at: usize,
    pub command: &'r Command,
    place: Placing,
}

impl Run<'_> {
    /// A place in the file.
    pub(super) fn place(&self, span: Span) -> Span {
        self.place.place(span)
    }

    /// From the program to its last argument.
    pub(super) fn words_span(&self, call: &Call<'_>) -> Span {
        let start = call.program.span.start;
        let end = call.arguments.iter().map(|word| word.span.end).max().unwrap_or(call.program.span.end);
        self.place(Span::new(start, end.max(call.program.span.end)))
    }
}

impl Reading {
    pub(in crate::matcher) fn of(text: &str) -> Self {
        let mut plain = Script::read(text);
        let is_cut = plain.is_cut || plain.pipelines.len() > MAX_PIPELINES;
        plain.pipelines.truncate(MAX_PIPELINES);
        let expanded = plain.values().expand_script(&plain);
        let mut inner = inner_texts(&expanded, Placing::At(0), text);
        let mut next = 0;
        for _ in 1..MAX_DEPTH {
            let last = inner.len();
            let found: Vec<Inner> =
                inner.iter().skip(next).flat_map(|it| inner_texts(&it.script, it.place, text)).collect();
            inner.extend(found);
            inner.truncate(MAX_INNER);
            next = last;
        }
        Self { plain, expanded, inner, is_cut }
    }

    /// All commands, with known values put in: of the script, of its substitutions, of texts for other shells.
    pub(super) fn runs(&self) -> Vec<Run<'_>> {
        let own = self.expanded.nested().into_iter().map(|(script, _)| (script, Placing::At(0)));
        let inner = self
            .inner
            .iter()
            .flat_map(|inner| inner.script.nested().into_iter().map(|(script, _)| (script, inner.place)));
        let mut all = Vec::new();
        for (script, place) in own.chain(inner) {
            all.extend(script.commands().map(|(pipeline, at, command)| Run { pipeline, at, command, place }));
        }
        all
    }
}

/// The quoted text behind the name of an alias.
fn value_of(word: &Word) -> Option<Word> {
    let last = word.parts.last().filter(|part| part.quote != Quote::None && word.parts.len() == 2)?;
    let Piece::Literal(text) = &last.piece else { return None };
    Some(Word { span: last.span, text: text.clone(), parts: vec![last.clone()] })
}

fn inner_texts(script: &Script, place: Placing, text: &str) -> Vec<Inner> {
    let mut found = Vec::new();
    for (script, _) in script.nested() {
        for (_, _, command) in script.commands() {
            let Some(call) = Call::of(command) else { continue };
            let mut words: Vec<&Word> = Vec::new();
            if call.is_shell() {
                words.extend(call.inline());
                if call.runs_its_input() {
                    words.extend(command.redirects.iter().filter_map(|to| to.body.as_ref()));
                }
            } else if call.name == "eval" {
                words.extend(call.arguments);
            } else if matches!(call.name.as_str(), "su" | "runuser") {
                let at = call.arguments.iter().position(|word| matches!(word.text.as_str(), "-c" | "--command"));
                words.extend(at.and_then(|at| call.arguments.get(at + 1)));
            }
            let body = command.redirects.iter().filter_map(|to| to.body.as_ref());
            match call.name.as_str() {
                // Elsewhere a shell reads it.
                "ssh" => words.extend(call.operands().skip(1).filter(|word| word.text.contains(' ')).chain(body)),
                "su" | "runuser" => words.extend(body),
                "trap" => words.extend(call.arguments.first()),
                _ => {}
            }
            let aliases: Vec<Word> =
                call.arguments.iter().filter(|_| call.name == "alias").filter_map(value_of).collect();
            words.extend(&aliases);
            for word in words.into_iter().filter(|word| word.text.len() <= MAX_LENGTH && !word.text.is_empty()) {
                let (first, last) = (word.parts.first(), word.parts.last());
                let inside = first.zip(last).map(|(first, last)| Span::new(first.span.start, last.span.end));
                let exact = inside.filter(|_| first.is_some_and(|part| part.quote != Quote::None)).and_then(|inside| {
                    let inside = if inside.is_empty() { word.span } else { inside };
                    let Placing::At(_) = place else { return None };
                    let inside = place.place(inside);
                    (inside.slice(text) == Some(word.text.as_str())).then_some(inside.start)
                });
                let place = exact.map_or_else(|| Placing::Whole(place.place(word.span)), Placing::At);
                found.push(Inner { script: Script::read(&word.text), place });
                if found.len() >= MAX_INNER {
                    return found;
                }
            }
        }
    }
    found
}
