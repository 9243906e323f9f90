//! The closed set of matchers that rule pages name. Each is compiled once from its table and is then a pure function
//! from a [`Subject`] to matches and proofs.

mod code;
mod file;
mod flow;
mod globs;
mod model_text;
mod native;
mod script;
mod server;
mod setting;
mod shell;
mod shown;
mod subject;
mod text;
mod tool;

pub use code::{Called, Code, LANGUAGES as LOWERED, Named, NamedKind};
pub(crate) use globs::glob_set;
pub use native::{NATIVE_CHECKS, NativeCheck};
pub use server::{WORDS, Word};
pub use shell::SHELL_WORDS;
pub use subject::{Markers, Subject};
pub use tool::{TOOL_WORDS, ToolWord};

use crate::deployment::tools::MARKERS;
use crate::document::Language;
use crate::rule::{Diagnostic, Knowledge, MatchSpec, Problems, Rule, TableReader};
use crate::text::{Sensitive, Span};

/// One place where a rule applies.
#[derive(Clone, Debug, Default)]
pub struct Match {
    /// `None` for a match of the file itself.
    pub span: Option<Span>,
    /// Pointer into a configuration document, if the matcher knows it.
    pub pointer: Option<String>,
    pub captures: Vec<Capture>,
    /// Parts of the file that the matcher knows to be secret.
    pub sensitive: Vec<Sensitive>,
}

/// A named part of a match, for messages, adjustments and fixes.
#[derive(Clone, Debug)]
pub struct Capture {
    pub name: String,
    pub text: String,
    pub span: Option<Span>,
}

impl Capture {
    pub fn new(name: &str, text: impl Into<String>) -> Self {
        Self { name: name.to_owned(), text: text.into(), span: None }
    }

    pub fn at(name: &str, text: impl Into<String>, span: Span) -> Self {
        Self { name: name.to_owned(), text: text.into(), span: Some(span) }
    }
}

impl Match {
    pub fn capture(&self, name: &str) -> Option<&Capture> {
        self.captures.iter().find(|capture| capture.name == name)
    }
}

/// Something a matcher proved to be right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proof {
    pub kind: &'static str,
    pub span: Option<Span>,
    pub value: String,
}

/// What one matcher says of one file.
#[derive(Debug, Default)]
pub struct Output {
    pub matches: Vec<Match>,
    pub proofs: Vec<Proof>,
    /// The limit of matches was reached; the rest of the file was not examined by this rule.
    pub exhausted: bool,
}

/// Matches of one rule in one file at most. More say nothing more, and a hostile file could hold millions.
pub const MAX_MATCHES: usize = 1_000;

impl Output {
    pub fn push(&mut self, found: Match) {
        if self.matches.len() < MAX_MATCHES {
            self.matches.push(found);
        } else {
            self.exhausted = true;
        }
    }
}

/// What wakes a matcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// One of its literals in the text.
    Literals,
    /// One of its literals, wherever, in source that is the deployment's own or a server's.
    Code,
    /// A file in one of its languages.
    Language,
    /// A file that a client reads.
    Configuration,
    /// A file at a place that the matcher names.
    Place,
    /// A file that holds text for a model.
    ModelText,
    /// A file that the matcher lists or that a client reads, for its metadata; it is not parsed for that.
    Listed,
    /// Every artifact's metadata.
    Metadata,
    /// Raised elsewhere.
    Never,
}

/// A compiled `[[match]]`.
#[derive(Debug)]
pub enum Matcher {
    Text(Box<text::TextMatcher>),
    Server(server::ServerMatcher),
    Setting(Box<setting::SettingMatcher>),
    Shell(Box<shell::ShellMatcher>),
    File(file::FileMatcher),
    Code(Box<code::CodeMatcher>),
    Flow(flow::FlowMatcher),
    ModelText(Box<model_text::ModelTextMatcher>),
    Tool(tool::ToolMatcher),
    Native(&'static NativeCheck),
    Reported(String),
}

impl Matcher {
    /// Names of the matchers, as pages write them.
    pub const NAMES: &'static [&'static str] = &[
        "text",
        "server",
        "setting",
        "tool",
        "file",
        "call",
        "set",
        "environment",
        "flow",
        "shell",
        "model_text",
        "native",
        "reported",
    ];

    /// Compile every match of a rule.
    ///
    /// # Errors
    /// All mistakes, with their places in the page.
    pub fn compile_all(rule: &Rule, knowledge: &Knowledge) -> Result<Vec<Self>, Vec<Diagnostic>> {
        let mut problems = Problems::of_page(rule.front.is_embedded);
        let mut matchers = Vec::new();
        for spec in &rule.matches {
            let Some(matcher) = Self::compile(rule, spec, knowledge, &mut problems) else { continue };
            check_names(rule, &matcher, &mut problems);
            matchers.push(matcher);
        }
        if problems.is_empty() { Ok(matchers) } else { Err(rule.diagnostics(problems)) }
    }

    fn compile(rule: &Rule, spec: &MatchSpec, knowledge: &Knowledge, problems: &mut Problems) -> Option<Self> {
        let name = spec.matcher.as_str();
        if let "native" | "reported" = name {
            let Some(word) = rule.word(spec) else {
                problems.add(spec.span, format!("`{name}` is a name: {name} = \"…\""));
                return None;
            };
            if name == "reported" {
                return Some(Self::Reported(word.to_owned()));
            }
            let check = NATIVE_CHECKS.iter().find(|check| check.name == word);
            if check.is_none() {
                problems.add(spec.span, format!("there is no native check `{word}`"));
            }
            return check.map(Self::Native);
        }
        if !Self::NAMES.contains(&name) {
            let help = format!("matchers: {}", Self::NAMES.join(", "));
            problems.add_with_help(spec.span, format!("unknown matcher `{name}`"), help);
            return None;
        }
        let Some(mut table) = rule.parameters(spec) else {
            problems.add(spec.span, format!("`{name}` must be a table"));
            return None;
        };
        let matcher = Self::read(name, &mut table, knowledge, problems);
        table.finish(problems);
        matcher
    }

    fn read(name: &str, table: &mut TableReader<'_>, knowledge: &Knowledge, problems: &mut Problems) -> Option<Self> {
        match name {
            "text" => text::TextMatcher::read(table, knowledge, problems).map(|matcher| Self::Text(Box::new(matcher))),
            "server" => server::ServerMatcher::read(table, knowledge, problems).map(Self::Server),
            "setting" => {
                setting::SettingMatcher::read(table, knowledge, problems).map(|it| Self::Setting(Box::new(it)))
            }
            "model_text" => {
                let matcher = model_text::ModelTextMatcher::read(table, knowledge, problems);
                matcher.map(|matcher| Self::ModelText(Box::new(matcher)))
            }
            "flow" => flow::FlowMatcher::read(table, problems).map(Self::Flow),
            "file" => file::FileMatcher::read(table, problems).map(Self::File),
            "tool" => tool::ToolMatcher::read(table, problems).map(Self::Tool),
            "shell" => shell::ShellMatcher::read(table, problems).map(|it| Self::Shell(Box::new(it))),
            _ => code::CodeMatcher::read(name, table, problems).map(|it| Self::Code(Box::new(it))),
        }
    }

    pub fn trigger(&self) -> Trigger {
        match self {
            Self::Text(_) => Trigger::Literals,
            Self::Code(_) | Self::Tool(_) => Trigger::Code,
            Self::Native(check) => check.trigger,
            Self::Shell(_) => Trigger::Language,
            Self::Server(_) => Trigger::Configuration,
            Self::Setting(matcher) if matcher.patterns().is_empty() => Trigger::Configuration,
            Self::Setting(_) => Trigger::Place,
            Self::ModelText(_) => Trigger::ModelText,
            Self::File(matcher) if matcher.listed().is_none() => Trigger::Metadata,
            Self::File(_) => Trigger::Listed,
            // What a whole package gives.
            Self::Flow(_) | Self::Reported(_) => Trigger::Never,
        }
    }

    /// Literals, one of which every match holds.
    pub fn literals(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Text(matcher) => matcher.anchors().to_vec(),
            Self::Code(matcher) => matcher.anchors(),
            Self::Tool(_) => MARKERS.iter().map(|marker| marker.as_bytes().to_vec()).collect(),
            Self::Native(check) => check.anchors.iter().map(|anchor| anchor.to_vec()).collect(),
            _ => Vec::new(),
        }
    }

    /// The languages in which it can match; any if there are none.
    pub fn languages(&self) -> &[Language] {
        match self {
            Self::Text(matcher) => matcher.languages(),
            Self::Code(matcher) => matcher.languages(),
            Self::Tool(_) => LOWERED,
            Self::Native(check) => check.languages,
            Self::Shell(_) => &[Language::Shell],
            _ => &[],
        }
    }

    /// Globs of the files that a matcher of [`Trigger::Place`] or [`Trigger::Listed`] judges besides those that clients
    /// read.
    pub fn places(&self) -> &[String] {
        match self {
            Self::Setting(matcher) => matcher.patterns(),
            Self::File(matcher) => matcher.listed().unwrap_or_default(),
            _ => &[],
        }
    }

    /// Names that messages, adjustments and fixes of this matcher may use.
    pub fn captures(&self) -> Vec<&str> {
        match self {
            Self::Text(matcher) => matcher.captures(),
            Self::Server(matcher) => matcher.captures(),
            Self::Setting(_) => setting::CAPTURES.to_vec(),
            Self::Shell(matcher) => matcher.captures(),
            Self::File(_) => file::CAPTURES.to_vec(),
            Self::Flow(_) => flow::CAPTURES.to_vec(),
            Self::Code(matcher) => matcher.captures().to_vec(),
            Self::ModelText(matcher) => matcher.captures(),
            Self::Tool(_) => tool::CAPTURES.to_vec(),
            Self::Native(check) => check.captures.to_vec(),
            Self::Reported(_) => vec!["detail", "rule"],
        }
    }

    /// Judge one file. `hits` are the offsets of the matcher's literals, in order.
    pub fn run(&self, subject: &Subject<'_>, hits: &[usize], out: &mut Output) {
        match self {
            Self::Text(matcher) => matcher.run(subject, hits, out),
            Self::Server(matcher) => matcher.run(subject, out),
            Self::Setting(matcher) => matcher.run(subject, out),
            Self::Shell(matcher) => matcher.run(subject, out),
            Self::File(matcher) => matcher.run(subject, out),
            Self::Code(matcher) => matcher.run(subject, out),
            Self::ModelText(matcher) => matcher.run(subject, out),
            Self::Tool(matcher) => matcher.run(subject, out),
            Self::Native(check) => (check.run)(subject, hits, out),
            Self::Flow(_) | Self::Reported(_) => {}
        }
    }
}

/// Every name that the page uses is one that each of its matchers fills in.
fn check_names(rule: &Rule, matcher: &Matcher, problems: &mut Problems) {
    let known = matcher.captures();
    let mut check = |name: &str, span: Span| {
        if !known.contains(&name) {
            let help = format!("this matcher fills in: {}", known.join(", "));
            problems.add_with_help(span, format!("unknown name `{name}`"), help);
        }
    };
    rule.message.placeholders().for_each(|(name, span)| check(name, span));
    for condition in rule.adjusts.iter().flat_map(|adjust| &adjust.when) {
        if let crate::rule::Condition::Capture { name, span, .. } = condition {
            check(name, *span);
        }
    }
    if let Some(on) = rule.fix.as_ref().and_then(|fix| fix.on.as_ref()) {
        check(&on.value, on.span);
    }
}
