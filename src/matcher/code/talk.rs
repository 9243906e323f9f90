//! What a page asks of the whole file around a match: what it must speak of, must not speak of, and what is worth noting.

use super::source::Code;
use crate::rule::{Expression, Problems, TableReader};
use std::cell::OnceCell;

/// Regular expressions over each of the things that a file [mentions](super::mention::mentions).
#[derive(Debug, Default)]
pub(super) struct Talk {
    with: Option<Expression>,
    without: Option<Expression>,
    /// No condition: the first mention of it is the capture `noted`.
    notes: Option<Expression>,
}

/// What was said of one file, asked once however many places want to know.
#[derive(Debug, Default)]
pub(super) struct Said {
    holds: OnceCell<bool>,
    noted: OnceCell<String>,
}

impl Talk {
    /// The keys `mentions`, `without-mention`, `notes`.
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let with = table.expression("mentions", problems);
        let without = table.expression("without-mention", problems);
        Self { with, without, notes: table.expression("notes", problems) }
    }

    pub(super) fn holds(&self, code: &Code<'_>, said: &Said) -> bool {
        let is_said = |regex: &Expression| code.mentions().iter().any(|word| regex.is_match(word));
        let judge = || self.with.as_ref().is_none_or(is_said) && !self.without.as_ref().is_some_and(is_said);
        *said.holds.get_or_init(judge)
    }

    /// The first mention of what the page wants to know, or nothing.
    pub(super) fn noted(&self, code: &Code<'_>, said: &Said) -> String {
        let first = |regex: &Expression| code.mentions().iter().find(|word| regex.is_match(word)).copied();
        let noted = || self.notes.as_ref().and_then(first).unwrap_or_default().to_owned();
        said.noted.get_or_init(noted).clone()
    }
}
