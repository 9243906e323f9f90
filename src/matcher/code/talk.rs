//! What a page asks of the whole file around a match: what it must speak of, must not speak of, and what is worth noting.

use super::source::Code;
use crate::rule::{Expression, Problems, TableReader};

/// Regular expressions over each of the things that a file [mentions](super::mention::mentions).
#[derive(Debug, Default)]
pub(super) struct Talk {
    with: Option<Expression>,
    without: Option<Expression>,
    /// No condition: the first mention of it is the capture `noted`.
    notes: Option<Expression>,
}

impl Talk {
    /// The keys `mentions`, `without-mention`, `notes`.
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Self {
        let with = table.expression("mentions", problems);
        let without = table.expression("without-mention", problems);
        Self { with, without, notes: table.expression("notes", problems) }
    }

    pub(super) fn holds(&self, code: &Code<'_>) -> bool {
        let is_said = |regex: &Expression| code.mentions().iter().any(|word| regex.is_match(word));
        self.with.as_ref().is_none_or(is_said) && !self.without.as_ref().is_some_and(is_said)
    }

    /// The first mention of what the page wants to know, or nothing.
    pub(super) fn noted(&self, code: &Code<'_>) -> String {
        let found = self.notes.as_ref().and_then(|regex| code.mentions().iter().find(|word| regex.is_match(word)));
        found.map_or_else(String::new, |word| (*word).to_owned())
    }
}
