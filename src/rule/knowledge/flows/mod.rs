//! What the flow of data knows of libraries: where foreign input enters, where it does harm, what makes it harmless, and
//! what hands it on. One table per language; users add rows of the same shape.

mod kinds;
mod rows;

use super::super::diagnostic::Problems;
use super::super::pattern::last_name;
use super::super::table::TableReader;
use crate::document::Language;
use rows::Row;
use std::collections::HashMap;
use std::sync::OnceLock;

pub use kinds::Kinds;
pub use rows::{
    CallPatterns, Form, GuardRow, GuardWhen, Is, Place, PropagatorRow, SanitizerRow, SinkRow, SourceRow, When,
};

/// Rows of one policy at most.
const MAX_OWN: usize = 1_000;

/// The tables, each read when somebody asks.
#[derive(Debug, Default)]
pub struct Flows {
    python: OnceLock<FlowTable>,
    javascript: OnceLock<FlowTable>,
    /// Rows of the user, by language.
    own: Vec<(Language, FlowTable)>,
}

impl Flows {
    /// What is known of a language; nothing of one that has no table.
    pub fn of(&self, language: Language) -> Option<&FlowTable> {
        let (slot, name) = match language {
            Language::Python => (&self.python, "python.toml"),
            Language::JavaScript => (&self.javascript, "javascript.toml"),
            _ => return None,
        };
        let read = || {
            let embedded = super::read(name, true, FlowTable::read).table;
            let mut own = self.own.iter().filter(|(it, _)| *it == language).map(|(_, rows)| rows.clone()).peekable();
            match own.peek().is_some() {
                true => FlowTable::joined(own.chain([embedded])),
                false => embedded,
            }
        };
        Some(slot.get_or_init(read))
    }

    /// The same with rows of the user.
    #[must_use]
    pub fn with_own(own: Vec<(Language, FlowTable)>) -> Self {
        Self { own, ..Self::default() }
    }

    /// Read rows of the user: those of the tables, each for one `language` or for all. What is not said of a library need
    /// be neither shown by examples nor by a reference.
    pub fn read_own(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let mut own = vec![(Language::Python, FlowTable::default()), (Language::JavaScript, FlowTable::default())];
        let mut count = 0;
        for section in Row::SECTIONS {
            for mut row in table.tables_if_any(section, problems) {
                count += 1;
                if count == MAX_OWN + 1 {
                    problems.add(row.span(), format!("more than {MAX_OWN} rows"));
                }
                if count > MAX_OWN {
                    break;
                }
                let language = language(&mut row, problems);
                let read = Row::read(section, &mut row, problems);
                for key in ["library", "versions", "reference", "example", "near_miss"] {
                    row.node(key);
                }
                if *section != "source" && !row.has("call") {
                    problems.add(row.span(), "`call` is missing");
                }
                row.finish(problems);
                for (_, table) in own.iter_mut().filter(|(it, _)| language.is_none_or(|language| *it == language)) {
                    table.push(read.clone());
                }
            }
        }
        Self::with_own(if count == 0 { Vec::new() } else { own })
    }

    /// Whether there are rows of the user.
    pub fn has_own(&self) -> bool {
        !self.own.is_empty()
    }
}

fn language(row: &mut TableReader<'_>, problems: &mut Problems) -> Option<Language> {
    let text = row.str("language", problems)?;
    match text.value {
        "python" => Some(Language::Python),
        "javascript" => Some(Language::JavaScript),
        _ => {
            problems.add(text.span, "`language` is python or javascript");
            None
        }
    }
}

/// A line of code that a row is tried on.
#[derive(Clone, Debug)]
pub struct FlowExample {
    pub row: String,
    pub code: String,
    pub section: &'static str,
    pub kind: Kinds,
    pub expected: bool,
}

/// All rows of one language.
#[derive(Clone, Debug, Default)]
pub struct FlowTable {
    pub sinks: Vec<SinkRow>,
    pub propagators: Vec<PropagatorRow>,
    pub sanitizers: Vec<SanitizerRow>,
    pub guards: Vec<GuardRow>,
    pub sources: Vec<SourceRow>,
    pub examples: Vec<FlowExample>,
    /// By last name of the path, and those without one.
    index: Index,
}

#[derive(Clone, Debug, Default)]
struct Index {
    by_name: HashMap<String, Rows>,
    others: Rows,
}

/// Rows that a call may be in.
#[derive(Clone, Debug, Default)]
struct Rows {
    sinks: Vec<usize>,
    propagators: Vec<usize>,
    sanitizers: Vec<usize>,
    guards: Vec<usize>,
}

impl FlowTable {
    /// Read the rows of a table that ships with the program.
    pub fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let mut out = Self::default();
        for section in Row::SECTIONS {
            for mut row in table.tables_if_any(section, problems) {
                let read = Row::read(section, &mut row, problems);
                out.read_examples(section, read.kinds(), &mut row, problems);
                row.finish(problems);
                out.push(read);
            }
        }
        out.reindex();
        out
    }

    fn push(&mut self, row: Row) {
        match row {
            Row::Sink(row) => self.sinks.push(row),
            Row::Propagator(row) => self.propagators.push(row),
            Row::Sanitizer(row) => self.sanitizers.push(row),
            Row::Guard(row) => self.guards.push(row),
            Row::Source(row) => self.sources.push(row),
        }
    }

    /// The lines that a row is tried on, and what it refers to.
    fn read_examples(
        &mut self,
        section: &'static str,
        kind: Kinds,
        row: &mut TableReader<'_>,
        problems: &mut Problems,
    ) {
        row.required_str("reference", problems);
        let library = row.str("library", problems).map_or("", |text| text.value);
        row.str("versions", problems);
        let place = row.strings("call", problems).first().map_or("", |text| text.value);
        let name = format!("{section} {library} {place}");
        for (key, expected) in [("example", true), ("near_miss", false)] {
            let lines = row.owned_strings(key, problems);
            if lines.is_empty() {
                problems.add(row.span(), format!("`{key}` is missing"));
            }
            let example = |code| FlowExample { row: name.clone(), code, section, kind, expected };
            self.examples.extend(lines.into_iter().map(example));
        }
    }

    /// Several tables as one; of two rows that speak of the same the first counts.
    fn joined(tables: impl Iterator<Item = Self>) -> Self {
        let mut out = Self::default();
        for table in tables {
            out.sinks.extend(table.sinks);
            out.propagators.extend(table.propagators);
            out.sanitizers.extend(table.sanitizers);
            out.guards.extend(table.guards);
            out.sources.extend(table.sources);
            out.examples.extend(table.examples);
        }
        out.reindex();
        out
    }

    fn reindex(&mut self) {
        let mut index = Index::default();
        fn add(index: &mut Index, calls: &CallPatterns, put: impl Fn(&mut Rows)) {
            for pattern in &calls.patterns {
                match pattern.last_name() {
                    Some(name) => put(index.by_name.entry(name.to_owned()).or_default()),
                    None => put(&mut index.others),
                }
            }
        }
        self.sinks.iter().enumerate().for_each(|(at, row)| add(&mut index, &row.calls, |rows| rows.sinks.push(at)));
        self.propagators
            .iter()
            .enumerate()
            .for_each(|(at, row)| add(&mut index, &row.calls, |rows| rows.propagators.push(at)));
        self.sanitizers
            .iter()
            .enumerate()
            .for_each(|(at, row)| add(&mut index, &row.calls, |rows| rows.sanitizers.push(at)));
        self.guards.iter().enumerate().for_each(|(at, row)| add(&mut index, &row.calls, |rows| rows.guards.push(at)));
        self.index = index;
    }

    fn rows(&self, path: &str) -> impl Iterator<Item = &Rows> {
        let name = last_name(path);
        self.index.by_name.get(name).into_iter().chain([&self.index.others])
    }

    pub fn sinks_of(&self, path: &str) -> impl Iterator<Item = &SinkRow> {
        let rows = self.rows(path).flat_map(|rows| &rows.sinks).filter_map(|at| self.sinks.get(*at));
        rows.filter(move |row| row.calls.fits(path))
    }

    /// What hands on; a row that names the path whole says more than one that only knows the method.
    pub fn propagator_of(&self, path: &str) -> Option<&PropagatorRow> {
        let rows = || self.rows(path).flat_map(|rows| &rows.propagators).filter_map(|at| self.propagators.get(*at));
        let whole = rows().find(|row| row.calls.names(path) && row.calls.fits(path));
        whole.or_else(|| rows().find(|row| row.calls.fits(path)))
    }

    pub fn sanitizers_of(&self, path: &str) -> impl Iterator<Item = &SanitizerRow> {
        let rows = self.rows(path).flat_map(|rows| &rows.sanitizers).filter_map(|at| self.sanitizers.get(*at));
        rows.filter(move |row| row.calls.fits(path))
    }

    pub fn guards_of(&self, path: &str) -> impl Iterator<Item = &GuardRow> {
        let rows = self.rows(path).flat_map(|rows| &rows.guards).filter_map(|at| self.guards.get(*at));
        rows.filter(move |row| row.calls.fits(path))
    }
}
