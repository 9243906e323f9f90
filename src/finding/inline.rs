//! A comment in a file that asks for silence, as the engine found it. Whether it is honoured is decided later.

use super::Region;
use crate::text::Excerpt;

/// One `picket: ignore[…]` comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineIgnore {
    /// In the form of finding paths.
    pub path: String,
    /// `ignore-file`: for all findings of the file.
    pub whole_file: bool,
    /// Ids as written; empty if the brackets are.
    pub rules: Vec<String>,
    /// Redacted; empty if there is none.
    pub reason: String,
    pub region: Region,
    pub excerpt: Excerpt,
    /// Of the comment's line, as for findings.
    pub line_hash: Option<String>,
    /// 1-based line of the comment.
    pub line: usize,
    /// 1-based line that it covers besides its own.
    pub covers: usize,
}

impl InlineIgnore {
    /// Whether it speaks of a finding of `rule` from one line to another: it stands on one of them, or above the first.
    pub fn covers(&self, rule: &str, lines: Option<(usize, usize)>) -> bool {
        let stands_by = |(first, last): (usize, usize)| (first..=last).contains(&self.line) || first == self.covers;
        self.rules.iter().any(|id| id == rule) && (self.whole_file || lines.is_some_and(stands_by))
    }
}
