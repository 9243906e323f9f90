//! The flow of data: from what a model, a client or another server sends to where it does harm, across functions and
//! files. A file becomes a graph of values while its tree is at hand; the graphs of a package are then searched together.
//!
//! [`Unit::of`] is called once per file, [`search`] once per package. Neither reads a file, names a rule or judges how bad
//! something is.

mod build;
mod callbacks;
mod charset;
#[cfg(test)]
mod examples;
mod facts;
mod graph;
mod maps;
mod paths;
mod project;
mod search;
mod sinks;
mod sources;
mod state;
mod values;

use crate::deployment::tools::{Body, Handler};
use crate::document::Language;
use crate::lower::Module;
use crate::rule::{Flows, Kinds};
use crate::text::Span;
use facts::Facts;
use project::{File, Project};
use search::Search;
use sources::Sources;
use std::collections::BTreeMap;

/// Languages whose flows are followed.
pub const LANGUAGES: &[Language] = &[Language::Python, Language::JavaScript];

/// What is left of a file for the search.
#[derive(Debug)]
pub struct Unit {
    graph: graph::Graph,
    handlers: Vec<Handler>,
    /// By handler: where its part of a dispatcher is.
    arms: Vec<Option<Span>>,
}

impl Unit {
    pub fn of(module: &Module<'_>, handlers: &[Handler]) -> Self {
        let arm = |handler: &Handler| match handler.body {
            Body::Arm { block, .. } => {
                let mut stmts = module.block(block);
                let first = stmts.next()?;
                let last = stmts.next_back().unwrap_or(first);
                Some(Span::new(first.span.start, last.span.end))
            }
            _ => None,
        };
        let arms = handlers.iter().map(arm).collect();
        Self { graph: build::build(module), handlers: handlers.to_vec(), arms }
    }

    /// Whether a limit ended the reading of the file.
    pub fn is_cut(&self) -> bool {
        self.graph.is_cut
    }
}

/// A file of a package.
#[derive(Debug)]
pub struct Source {
    /// From the root of the package, with `/`.
    pub place: String,
    pub language: Language,
    pub unit: Unit,
}

/// A sink that foreign input reaches, with the shortest way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Index of the file in which the sink is.
    pub file: usize,
    pub span: Span,
    pub kind: Kinds,
    /// As it is written, and by its path.
    pub callee: String,
    pub path: String,
    pub does: String,
    /// `tool`, `resource`, `prompt`, `http`, `remote`.
    pub source: &'static str,
    /// The tool, if it has a name.
    pub tool: String,
    pub parameter: String,
    /// `tool "read", parameter "path"`.
    pub entry: String,
    /// Whether what is sent is all of what the sink gets.
    pub is_whole: bool,
    /// Why a check on the way is not enough.
    pub weakness: Option<&'static str>,
    /// From the source to the sink: file, place, phrase.
    pub trace: Vec<(usize, Span, String)>,
    /// Other entry points that reach the same sink, each at its source.
    pub others: Vec<(usize, Span, String)>,
}

/// What was found in a package.
#[derive(Debug, Default)]
pub struct Analysis {
    pub found: Vec<Found>,
    /// The budget ended before everything was looked at.
    pub is_cut: bool,
}

/// Search one package for ways from sources to sinks of the kinds that are asked for.
pub fn search(sources: Vec<Source>, knowledge: &Flows, wants: Kinds) -> Analysis {
    let bytes = sources.iter().map(|source| source.unit.graph.nodes.len() * 8).sum();
    let files: Vec<File> = sources
        .into_iter()
        .map(|source| File {
            place: source.place,
            language: source.language,
            graph: source.unit.graph,
            handlers: source.unit.handlers,
            arms: source.unit.arms,
        })
        .collect();
    let project = Project::new(&files, knowledge);
    let sources = Sources::of(&project);
    if sources.is_empty() {
        return Analysis::default();
    }
    let facts = Facts::new(&project);
    let (flows, is_cut) = Search::new(&facts, &sources, bytes).run(wants);
    let mut by_sink: BTreeMap<(usize, Span, Kinds), Vec<search::Flow>> = BTreeMap::new();
    for flow in flows {
        let (file, span) = place_of(&project, &flow);
        by_sink.entry((file, span, flow.sink.kind)).or_default().push(flow);
    }
    let found = by_sink.into_iter().filter_map(|((file, span, _), flows)| found(file, span, flows)).collect();
    Analysis { found: by_entry(found), is_cut }
}

/// A path, an address or an argument that is not checked where it enters is one problem, however many calls get it: the
/// first is told of, the others beside it.
fn by_entry(all: Vec<Found>) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::new();
    for found in all {
        let is_checked_on_entry = (Kinds::FILE | Kinds::URL | Kinds::ARGV).has(found.kind);
        let first = found.trace.first().map(|(file, span, _)| (*file, *span));
        let same = out.iter_mut().find(|it| {
            is_checked_on_entry
                && it.kind == found.kind
                && (&it.tool, &it.parameter, it.source) == (&found.tool, &found.parameter, found.source)
                && it.trace.first().map(|(file, span, _)| (*file, *span)) == first
        });
        match same {
            Some(known) => {
                // The one without a doubt speaks for all.
                let note = format!("`{}` gets it, too", found.callee);
                if known.weakness.is_some() && found.weakness.is_none() {
                    let weak = std::mem::replace(known, found);
                    known.others.push((weak.file, weak.span, format!("`{}` gets it, too", weak.callee)));
                } else {
                    known.others.push((found.file, found.span, note));
                }
            }
            None => out.push(found),
        }
    }
    out
}

/// Where a flow is told of: at its sink. A query is built in one function and run in another that has nothing to mend, so
/// it is told of where it is built.
fn place_of(project: &Project<'_>, flow: &search::Flow) -> (usize, Span) {
    let sink = (flow.sink.file, flow.sink.span);
    if flow.sink.kind != Kinds::QUERY {
        return sink;
    }
    let function = |(file, span): (usize, Span)| {
        let around = project.graph(file).functions.iter().filter(|it| it.span.contains(span));
        (file, around.map(|it| it.span).min_by_key(|span| span.len()))
    };
    let built = flow.hops.iter().rev().find(|hop| hop.is_built).map(|hop| (hop.file, hop.span));
    built.filter(|place| function(*place) != function(sink)).unwrap_or(sink)
}

/// The ways to one sink as one: the one with the fewest doubts, then the shortest.
fn found(file: usize, span: Span, mut flows: Vec<search::Flow>) -> Option<Found> {
    let kind = flows.first()?.sink.kind;
    flows.sort_by(|a, b| {
        let key = |flow: &search::Flow| {
            (
                flow.state.weakness(kind).is_some(),
                flow.entered.kind,
                flow.hops.len(),
                flow.entered.tool.clone(),
                flow.entered.parameter.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
    let mut flows = flows.into_iter();
    let first = flows.next()?;
    let place = |hop: &search::Hop| (hop.file, hop.span, hop.note.clone());
    let others = flows.filter_map(|flow| flow.hops.first().map(place)).collect();
    let entered = first.entered;
    let entry = match (entered.tool.is_empty(), entered.says.is_empty()) {
        (false, _) => format!("{} \"{}\", parameter \"{}\",", entered.kind.as_str(), entered.tool, entered.parameter),
        (true, true) => format!("{} parameter \"{}\"", entered.kind.as_str(), entered.parameter),
        (true, false) => format!("`{}` of {}", entered.parameter, entered.says),
    };
    Some(Found {
        file,
        span,
        kind,
        callee: first.sink.callee,
        path: first.sink.path,
        does: first.sink.does,
        source: entered.kind.as_str(),
        tool: entered.tool,
        parameter: entered.parameter,
        entry,
        is_whole: !first.state.has(state::EMBEDDED),
        weakness: first.state.weakness(kind),
        trace: first.hops.iter().map(place).collect(),
        others,
    })
}
