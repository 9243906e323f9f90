//! Matchers about code: `call`, `set` and `environment` over the lowered module of a file.

mod call;
mod callee;
mod environment;
mod fallback;
mod mention;
mod set;
mod skeleton;
mod source;
mod talk;
mod value;

pub use source::{Called, Code, Named, NamedKind};

use super::globs::Globs;
use super::{Output, Subject};
use crate::document::Language;
use crate::rule::{Problems, TableReader};

/// One of the matchers about code.
#[derive(Debug)]
pub enum CodeMatcher {
    Call(call::CallMatcher),
    Set(set::SetMatcher),
    Environment(environment::EnvironmentMatcher),
}

/// Languages that have a lowering.
pub const LANGUAGES: &[Language] = &[Language::Python, Language::JavaScript, Language::Go, Language::Rust];

/// In which files a matcher about code looks.
#[derive(Debug)]
pub(super) struct Scope {
    languages: Vec<Language>,
    files: Option<Globs>,
    except: Option<Globs>,
}

impl Scope {
    fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let mut languages = Vec::new();
        for name in table.strings("languages", problems) {
            match Language::from_name(name.value).filter(|language| LANGUAGES.contains(language)) {
                Some(language) => languages.push(language),
                None => problems.add(name.span, format!("`{}` is no language whose code is read", name.value)),
            }
        }
        if languages.is_empty() {
            languages = LANGUAGES.to_vec();
        }
        let files = Globs::read(table, "files", problems);
        let except = Globs::read(table, "except-files", problems);
        Self { languages, files, except }
    }

    fn holds(&self, subject: &Subject<'_>) -> bool {
        let place = &subject.artifact.place;
        self.languages.contains(&subject.language)
            && self.files.as_ref().is_none_or(|files| files.is_match(place))
            && !self.except.as_ref().is_some_and(|except| except.is_match(place))
    }
}

impl CodeMatcher {
    pub(super) fn read(name: &str, table: &mut TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        match name {
            "call" => call::CallMatcher::read(table, problems).map(Self::Call),
            "set" => set::SetMatcher::read(table, problems).map(Self::Set),
            _ => environment::EnvironmentMatcher::read(table, problems).map(Self::Environment),
        }
    }

    fn scope(&self) -> &Scope {
        match self {
            Self::Call(matcher) => matcher.scope(),
            Self::Set(matcher) => matcher.scope(),
            Self::Environment(matcher) => matcher.scope(),
        }
    }

    pub(super) fn languages(&self) -> &[Language] {
        &self.scope().languages
    }

    pub(super) fn anchors(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Call(matcher) => matcher.anchors(),
            Self::Set(matcher) => matcher.anchors(),
            Self::Environment(_) => environment::EnvironmentMatcher::anchors(),
        }
    }

    pub(super) fn captures(&self) -> &'static [&'static str] {
        match self {
            Self::Call(_) => call::CAPTURES,
            Self::Set(_) => set::CAPTURES,
            Self::Environment(_) => environment::CAPTURES,
        }
    }

    pub(super) fn run(&self, subject: &Subject<'_>, out: &mut Output) {
        if !self.scope().holds(subject) {
            return;
        }
        let code = subject.code();
        match self {
            Self::Call(matcher) => matcher.run(subject, code, out),
            Self::Set(matcher) => matcher.run(subject, code, out),
            Self::Environment(matcher) => matcher.run(subject, code, out),
        }
    }
}

/// A piece of source for a message: one line, not too long.
pub(super) fn captured(text: &str) -> String {
    const MOST: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
