//! What the flow of data knows of libraries: where foreign input enters, where it does harm, what makes it harmless, and
//! what hands it on. One table per language; users add rows of the same shape.

use super::super::diagnostic::Problems;
use super::super::expression::Expression;
use super::super::pattern::PathPattern;
use super::super::table::TableReader;
use crate::document::Language;
use std::collections::HashMap;
use std::ops::BitOr;
use std::sync::OnceLock;

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
        let embedded = |name: &'static str| super::read(name, true, FlowTable::read).table;
        let own = |table: FlowTable, language| self.own.iter().filter(|(it, _)| *it == language).fold(table, |all, (_, rows)| all.with(rows));
        match language {
            Language::Python => {
                Some(self.python.get_or_init(|| own(embedded("python.toml"), language)))
            }
            Language::JavaScript => {
                Some(self.javascript.get_or_init(|| own(embedded("javascript.toml"), language)))
            }
            _ => None,
        }
    }

    /// The same with rows of the user.
    #[must_use]
    pub fn with_own(own: Vec<(Language, FlowTable)>) -> Self {
        Self { own, ..Self::default() }
    }
}

/// Kinds of sinks, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kinds(pub u32);

impl Kinds {
    pub const COMMAND: Self = Self(1);
    pub const PROGRAM: Self = Self(1 << 1);
    pub const ARGV: Self = Self(1 << 2);
    pub const EVAL: Self = Self(1 << 3);
    pub const FILE: Self = Self(1 << 4);
    pub const URL: Self = Self(1 << 5);
    pub const OPEN: Self = Self(1 << 6);
    pub const QUERY: Self = Self(1 << 7);
    pub const DESERIALIZE: Self = Self(1 << 8);
    pub const TEMPLATE: Self = Self(1 << 9);
    pub const HTML: Self = Self(1 << 10);
    pub const LOG: Self = Self(1 << 11);
    pub const RESPONSE: Self = Self(1 << 12);
    pub const PROMPT: Self = Self(1 << 13);
    pub const ATTRIBUTE: Self = Self(1 << 14);
    pub const ALL: Self = Self((1 << 15) - 1);

    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("command", Self::COMMAND),
        ("program", Self::PROGRAM),
        ("argv", Self::ARGV),
        ("eval", Self::EVAL),
        ("file", Self::FILE),
        ("url", Self::URL),
        ("open", Self::OPEN),
        ("query", Self::QUERY),
        ("deserialize", Self::DESERIALIZE),
        ("template", Self::TEMPLATE),
        ("html", Self::HTML),
        ("log", Self::LOG),
        ("response", Self::RESPONSE),
        ("prompt", Self::PROMPT),
        ("attribute", Self::ATTRIBUTE),
    ];

    pub fn named(name: &str) -> Option<Self> {
        if name == "all" {
            return Some(Self::ALL);
        }
        Self::NAMES.iter().find(|(it, _)| *it == name).map(|(_, kinds)| *kinds)
    }

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The name of a single kind.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kinds)| *kinds == self).map_or("", |(name, _)| name)
    }

    fn read(table: &mut TableReader<'_>, key: &'static str, problems: &mut Problems) -> Self {
        let mut out = Self::default();
        for text in table.strings(key, problems) {
            match Self::named(text.value) {
                Some(kinds) => out = out | kinds,
                None => {
                    let names: Vec<&str> = Self::NAMES.iter().map(|(name, _)| *name).collect();
                    problems.add(text.span, format!("a kind of sink is one of {}", names.join(", ")));
                }
            }
        }
        if out == Self::default() {
            problems.add(table.span(), format!("`{key}` is missing"));
        }
        out
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Calls by their paths.
#[derive(Clone, Debug, Default)]
pub struct CallPatterns {
    patterns: Vec<PathPattern>,
    /// What stands before the last name must match.
    receiver: Option<Expression>,
}

impl CallPatterns {
    fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let patterns: Vec<_> =
            table.strings("call", problems).into_iter().filter_map(|text| PathPattern::read(text, problems)).collect();
        Self { patterns, receiver: table.expression("receiver", problems) }
    }

    pub fn fits(&self, path: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.fits(path))
            && self.receiver.as_ref().is_none_or(|regex| {
                let receiver = path.rsplit_once('.').map_or("", |(receiver, _)| receiver);
                regex.is_match(receiver)
            })
    }
}

/// Which arguments of a call.
#[derive(Clone, Debug, Default)]
pub struct Place {
    pub positions: Vec<u32>,
    pub keyword: Option<String>,
    pub is_all: bool,
    /// The entry of the argument, if it is an object; a dot goes further in.
    pub entry: Vec<String>,
}

impl Place {
    fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let positions = table.integers("argument", problems).into_iter().map(small).collect();
        let keyword = table.str("keyword", problems).map(|text| text.value.to_owned());
        let is_all = table.str("arguments", problems).is_some_and(|text| {
            if text.value != "all" {
                problems.add(text.span, "`arguments` is \"all\"");
            }
            true
        });
        let entry = table.str("entry", problems).map_or("", |text| text.value);
        let entry = entry.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Self { positions, keyword, is_all, entry }
    }

    fn is_empty(&self) -> bool {
        self.positions.is_empty() && self.keyword.is_none() && !self.is_all
    }
}

/// A condition on an argument that is written out.
#[derive(Clone, Debug)]
pub struct When {
    pub place: Place,
    pub is: Is,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Is {
    True,
    False,
    Text(String),
    Set,
    Unset,
}

#[derive(Clone, Debug)]
pub struct SinkRow {
    pub kind: Kinds,
    pub calls: CallPatterns,
    pub place: Place,
    pub when: Vec<When>,
    /// `runs it in a shell`.
    pub does: String,
    /// Whether the first element of the vector is the program.
    pub has_program: bool,
}

/// How the value that a call gives is made of what it was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Parts that follow each other.
    Text,
    /// Parts with separators.
    Path,
    #[default]
    Same,
    Elements,
}

#[derive(Clone, Debug)]
pub struct PropagatorRow {
    pub calls: CallPatterns,
    pub from_receiver: bool,
    /// All arguments if it is `None`.
    pub from: Option<Vec<u32>>,
    pub form: Form,
    pub keeps: bool,
    pub is_absolute: bool,
    pub callbacks: Vec<u32>,
}

#[derive(Clone, Debug)]
pub struct SanitizerRow {
    pub calls: CallPatterns,
    pub kinds: Kinds,
}

#[derive(Clone, Debug)]
pub struct GuardRow {
    pub calls: CallPatterns,
    /// The receiver if it is `None`.
    pub subject: Option<u32>,
    pub is_of_host: bool,
    pub when: GuardWhen,
    pub kinds: Kinds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuardWhen {
    True,
    False,
    Returns,
}

#[derive(Clone, Debug, Default)]
pub struct SourceRow {
    pub kind: String,
    pub register: Vec<PathPattern>,
    pub needs_path: bool,
    pub parameter: u32,
    pub annotations: Vec<String>,
    pub decorators: Vec<PathPattern>,
    pub globals: Vec<String>,
    pub methods: Vec<String>,
    pub fields: Vec<String>,
    pub says: String,
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
pub struct Rows {
    sinks: Vec<usize>,
    propagators: Vec<usize>,
    sanitizers: Vec<usize>,
    guards: Vec<usize>,
}

impl FlowTable {
    /// Read the rows of a table.
    pub fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let mut out = Self::default();
        let is_own = !problems.trusts();
        for mut row in tables(table, "sink", problems) {
            let kind = Kinds::read(&mut row, "kind", problems);
            let library = row.str("library", problems).map_or("", |text| text.value).to_owned();
            row.str("versions", problems);
            let calls = CallPatterns::read(&mut row, problems);
            let place = Place::read(&mut row, problems);
            if place.is_empty() {
                problems.add(row.span(), "`argument`, `keyword` or `arguments` is missing");
            }
            let when = row.tables_if_any("when", problems).into_iter().filter_map(|it| When::read(it, problems)).collect();
            let does = row.str("does", problems).map_or_else(|| "gets it".to_owned(), |text| text.value.to_owned());
            let has_program = row.bool("program", problems).unwrap_or(false);
            out.finish(row, problems, "sink", &library, kind, is_own);
            out.sinks.push(SinkRow { kind, calls, place, when, does, has_program });
        }
        for mut row in tables(table, "propagator", problems) {
            let calls = CallPatterns::read(&mut row, problems);
            let (mut from_receiver, mut from) = (false, None);
            if let Some(word) = row.word("from") {
                match word.as_str() {
                    "arguments" => {}
                    "receiver" => (from_receiver, from) = (true, Some(Vec::new())),
                    "both" => from_receiver = true,
                    "nothing" => from = Some(Vec::new()),
                    _ => problems.add(row.span(), "`from` is arguments, receiver, both, nothing or a list of positions"),
                }
            } else if row.has("from") {
                from = Some(row.integers("from", problems).into_iter().map(small).collect());
            }
            row.node("from");
            let form = match row.str("as", problems).map_or("same", |text| text.value) {
                "text" => Form::Text,
                "path" => Form::Path,
                "elements" => Form::Elements,
                "same" => Form::Same,
                _ => {
                    problems.add(row.span(), "`as` is text, path, same or elements");
                    Form::Same
                }
            };
            let keeps = row.bool("keeps", problems).unwrap_or(false);
            let is_absolute = row.bool("absolute", problems).unwrap_or(false);
            let callbacks = row.integers("callback", problems).into_iter().map(small).collect();
            out.finish(row, problems, "propagator", "", Kinds::COMMAND, is_own);
            out.propagators.push(PropagatorRow { calls, from_receiver, from, form, keeps, is_absolute, callbacks });
        }
        for mut row in tables(table, "sanitizer", problems) {
            let calls = CallPatterns::read(&mut row, problems);
            row.integer("argument", problems);
            row.bool("receiver", problems);
            let kinds = Kinds::read(&mut row, "for", problems);
            out.finish(row, problems, "sanitizer", "", kinds, is_own);
            out.sanitizers.push(SanitizerRow { calls, kinds });
        }
        for mut row in tables(table, "guard", problems) {
            let calls = CallPatterns::read(&mut row, problems);
            let subject = match row.word("subject").as_deref() {
                Some("receiver") => {
                    row.node("subject");
                    None
                }
                _ => Some(row.integer("subject", problems).map_or(0, small)),
            };
            let is_of_host = row.str("part", problems).is_some_and(|text| text.value == "host");
            let when = match row.str("when", problems).map_or("true", |text| text.value) {
                "true" => GuardWhen::True,
                "false" => GuardWhen::False,
                "returns" => GuardWhen::Returns,
                _ => {
                    problems.add(row.span(), "`when` is true, false or returns");
                    GuardWhen::True
                }
            };
            let kinds = Kinds::read(&mut row, "for", problems);
            out.finish(row, problems, "guard", "", kinds, is_own);
            out.guards.push(GuardRow { calls, subject, is_of_host, when, kinds });
        }
        for mut row in tables(table, "source", problems) {
            let mut patterns = |key| {
                let texts = row.strings(key, problems);
                texts.into_iter().filter_map(|text| PathPattern::read(text, problems)).collect::<Vec<_>>()
            };
            let (register, decorators) = (patterns("register"), patterns("decorator"));
            let source = SourceRow {
                kind: row.required_str("kind", problems).map_or("", |text| text.value).to_owned(),
                register,
                decorators,
                needs_path: row.bool("path", problems).unwrap_or(false),
                parameter: row.integer("parameter", problems).map_or(0, small),
                annotations: row.owned_strings("annotation", problems),
                globals: row.owned_strings("global", problems),
                methods: row.owned_strings("method", problems),
                fields: row.owned_strings("fields", problems),
                says: row.required_str("says", problems).map_or("", |text| text.value).to_owned(),
            };
            out.finish(row, problems, "source", "", Kinds::COMMAND, is_own);
            out.sources.push(source);
        }
        out.reindex();
        out
    }

    /// The examples of a row, and unknown keys. Rows of users need neither examples nor a reference.
    fn finish(
        &mut self,
        mut row: TableReader<'_>,
        problems: &mut Problems,
        section: &'static str,
        library: &str,
        kind: Kinds,
        is_own: bool,
    ) {
        if row.str("reference", problems).is_none() && !is_own {
            problems.add(row.span(), "`reference` is missing");
        }
        row.str("library", problems);
        row.str("versions", problems);
        let place = row.strings("call", problems).first().map_or(section, |text| text.value).to_owned();
        for (key, expected) in [("example", true), ("near_miss", false)] {
            let lines = row.owned_strings(key, problems);
            if lines.is_empty() && !is_own {
                problems.add(row.span(), format!("`{key}` is missing"));
            }
            let row = format!("{section} {library} {place}");
            self.examples.extend(lines.into_iter().map(|code| FlowExample { row: row.clone(), code, section, kind, expected }));
        }
        row.finish(problems);
    }

    fn with(mut self, own: &Self) -> Self {
        self.sinks.extend(own.sinks.iter().cloned());
        self.propagators.extend(own.propagators.iter().cloned());
        self.sanitizers.extend(own.sanitizers.iter().cloned());
        self.guards.extend(own.guards.iter().cloned());
        self.sources.extend(own.sources.iter().cloned());
        self.reindex();
        self
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
        self.propagators.iter().enumerate().for_each(|(at, row)| add(&mut index, &row.calls, |rows| rows.propagators.push(at)));
        self.sanitizers.iter().enumerate().for_each(|(at, row)| add(&mut index, &row.calls, |rows| rows.sanitizers.push(at)));
        self.guards.iter().enumerate().for_each(|(at, row)| add(&mut index, &row.calls, |rows| rows.guards.push(at)));
        self.index = index;
    }

    fn rows(&self, path: &str) -> impl Iterator<Item = &Rows> {
        let name = super::super::pattern::last_name(path);
        self.index.by_name.get(name).into_iter().chain([&self.index.others])
    }

    pub fn sinks_of(&self, path: &str) -> impl Iterator<Item = &SinkRow> {
        let rows = self.rows(path).flat_map(|rows| &rows.sinks).filter_map(|at| self.sinks.get(*at));
        rows.filter(move |row| row.calls.fits(path))
    }

    pub fn propagator_of(&self, path: &str) -> Option<&PropagatorRow> {
        let mut rows = self.rows(path).flat_map(|rows| &rows.propagators).filter_map(|at| self.propagators.get(*at));
        rows.find(|row| row.calls.fits(path))
    }

    /// For which kinds of sinks what a call gives is harmless.
    pub fn sanitized_by(&self, path: &str) -> Kinds {
        let rows = self.rows(path).flat_map(|rows| &rows.sanitizers).filter_map(|at| self.sanitizers.get(*at));
        rows.filter(|row| row.calls.fits(path)).fold(Kinds::default(), |all, row| all | row.kinds)
    }

    pub fn guards_of(&self, path: &str) -> impl Iterator<Item = &GuardRow> {
        let rows = self.rows(path).flat_map(|rows| &rows.guards).filter_map(|at| self.guards.get(*at));
        rows.filter(move |row| row.calls.fits(path))
    }
}

impl When {
    fn read(mut table: TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let place = Place::read(&mut table, problems);
        let is = match table.word("is").as_deref() {
            Some("set") => Some(Is::Set),
            Some("unset") => Some(Is::Unset),
            Some(text) => Some(Is::Text(text.to_owned())),
            None => table.bool("is", problems).map(|is| if is { Is::True } else { Is::False }),
        };
        table.node("is");
        if is.is_none() {
            problems.add(table.span(), "`is` is missing");
        }
        table.finish(problems);
        Some(Self { place, is: is? })
    }
}

fn tables<'a>(table: &mut TableReader<'a>, key: &'static str, problems: &mut Problems) -> Vec<TableReader<'a>> {
    table.tables_if_any(key, problems)
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
