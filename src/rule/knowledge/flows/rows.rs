//! The rows of the tables of flows: what each section holds, and how it is read.

use super::super::super::diagnostic::Problems;
use super::super::super::expression::Expression;
use super::super::super::pattern::PathPattern;
use super::super::super::table::TableReader;
use super::Kinds;

/// Calls by their paths.
#[derive(Clone, Debug, Default)]
pub struct CallPatterns {
    pub(super) patterns: Vec<PathPattern>,
    /// What stands before the last name must match.
    receiver: Option<Expression>,
}

impl CallPatterns {
    /// Whether a path is named whole.
    pub(super) fn names(&self, path: &str) -> bool {
        self.patterns.iter().any(|pattern| matches!(pattern, PathPattern::Exact(it) if it == path))
    }

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
    /// What the method is called on.
    pub is_receiver: bool,
    /// The entry of the argument, if it is an object; a dot goes further in.
    pub entry: Vec<String>,
}

impl Place {
    fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let positions = table.integers("argument", problems).into_iter().map(small).collect();
        let keyword = table.str("keyword", problems).map(|text| text.value.to_owned());
        let arguments = table.str("arguments", problems);
        if let Some(text) = arguments.filter(|text| !matches!(text.value, "all" | "receiver")) {
            problems.add(text.span, "`arguments` is \"all\" or \"receiver\"");
        }
        let is_receiver = arguments.is_some_and(|text| text.value == "receiver");
        let is_all = arguments.is_some() && !is_receiver;
        let entry = table.str("entry", problems).map_or("", |text| text.value);
        let entry = entry.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Self { positions, keyword, is_all, is_receiver, entry }
    }

    fn is_empty(&self) -> bool {
        self.positions.is_empty() && self.keyword.is_none() && !self.is_all && !self.is_receiver
    }
}

/// A condition on an argument that is written out.
#[derive(Clone, Debug)]
pub struct When {
    pub place: Place,
    pub is: Is,
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

impl SinkRow {
    fn read(row: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let kind = Kinds::read(row, "kind", problems);
        if kind.0.count_ones() > 1 {
            problems.add(row.span(), "a sink is of one kind");
        }
        let calls = CallPatterns::read(row, problems);
        let place = Place::read(row, problems);
        if place.is_empty() {
            problems.add(row.span(), "`argument`, `keyword` or `arguments` is missing");
        }
        let when = row.tables_if_any("when", problems).into_iter().filter_map(|it| When::read(it, problems)).collect();
        let does = row.str("does", problems).map_or_else(|| "gets it".to_owned(), |text| text.value.to_owned());
        let has_program = row.bool("program", problems).unwrap_or(false);
        Self { kind, calls, place, when, does, has_program }
    }
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

impl PropagatorRow {
    fn read(row: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let calls = CallPatterns::read(row, problems);
        let (from_receiver, from) = Self::read_from(row, problems);
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
        Self { calls, from_receiver, from, form, keeps, is_absolute, callbacks }
    }

    fn read_from(row: &mut TableReader<'_>, problems: &mut Problems) -> (bool, Option<Vec<u32>>) {
        let Some(word) = row.word("from") else {
            let is_given = row.has("from");
            let positions = row.integers("from", problems).into_iter().map(small).collect();
            return (false, is_given.then_some(positions));
        };
        row.node("from");
        match word.as_str() {
            "arguments" => (false, None),
            "receiver" => (true, Some(Vec::new())),
            "both" => (true, None),
            "nothing" => (false, Some(Vec::new())),
            _ => {
                problems.add(row.span(), "`from` is arguments, receiver, both, nothing or a list of positions");
                (false, None)
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct SanitizerRow {
    pub calls: CallPatterns,
    pub kinds: Kinds,
    /// What it gives is made of this; of all arguments if nothing is said.
    pub place: Place,
}

impl SanitizerRow {
    fn read(row: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let calls = CallPatterns::read(row, problems);
        let mut place = Place::read(row, problems);
        place.is_all |= place.is_empty();
        Self { calls, kinds: Kinds::read(row, "for", problems), place }
    }
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

impl GuardRow {
    fn read(row: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let calls = CallPatterns::read(row, problems);
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
        Self { calls, subject, is_of_host, when, kinds: Kinds::read(row, "for", problems) }
    }
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

impl SourceRow {
    fn read(row: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let mut patterns = |key| {
            let texts = row.strings(key, problems);
            texts.into_iter().filter_map(|text| PathPattern::read(text, problems)).collect::<Vec<_>>()
        };
        let (register, decorators) = (patterns("register"), patterns("decorator"));
        let kind = row.required_str("kind", problems);
        if let Some(text) = kind.filter(|text| !matches!(text.value, "http" | "remote")) {
            problems.add(text.span, "a kind of source is http or remote");
        }
        Self {
            kind: kind.map_or("", |text| text.value).to_owned(),
            register,
            decorators,
            needs_path: row.bool("path", problems).unwrap_or(false),
            parameter: row.integer("parameter", problems).map_or(0, small),
            annotations: row.owned_strings("annotation", problems),
            globals: row.owned_strings("global", problems),
            methods: row.owned_strings("method", problems),
            fields: row.owned_strings("fields", problems),
            says: row.required_str("says", problems).map_or("", |text| text.value).to_owned(),
        }
    }
}

/// A row of whatever section.
#[derive(Clone, Debug)]
pub(super) enum Row {
    Sink(SinkRow),
    Propagator(PropagatorRow),
    Sanitizer(SanitizerRow),
    Guard(GuardRow),
    Source(SourceRow),
}

impl Row {
    pub(super) const SECTIONS: &[&str] = &["sink", "propagator", "sanitizer", "guard", "source"];

    pub(super) fn read(section: &str, row: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        match section {
            "sink" => Self::Sink(SinkRow::read(row, problems)),
            "propagator" => Self::Propagator(PropagatorRow::read(row, problems)),
            "sanitizer" => Self::Sanitizer(SanitizerRow::read(row, problems)),
            "guard" => Self::Guard(GuardRow::read(row, problems)),
            _ => Self::Source(SourceRow::read(row, problems)),
        }
    }

    /// The kinds of sinks that it is about.
    pub(super) fn kinds(&self) -> Kinds {
        match self {
            Self::Sink(row) => row.kind,
            Self::Sanitizer(row) => row.kinds,
            Self::Guard(row) => row.kinds,
            Self::Propagator(_) | Self::Source(_) => Kinds::ALL,
        }
    }
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
