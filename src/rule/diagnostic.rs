//! What is wrong with a rule page, a knowledge table or a policy: a message with its own place. Rendering is elsewhere.

use crate::text::Span;
use std::sync::Arc;

/// One mistake in a file that a person wrote for this tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub path: String,
    pub source: Arc<str>,
    pub span: Option<Span>,
    pub message: String,
    pub help: Option<String>,
}

/// A mistake before it is known in which file it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub span: Option<Span>,
    pub message: String,
    pub help: Option<String>,
}

/// Mistakes that are kept at most: a person mends no more at once, and a hostile policy holds a hundred thousand.
const MAX_PROBLEMS: usize = 100;

/// Mistakes collected on the way; reading goes on after one, so that a person sees all of them at once.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    found: Vec<Problem>,
    /// Expressions and globs need not be compiled to see whether they are right: what is read ships with the program.
    is_embedded: bool,
}

impl Problems {
    /// For pages and tables: those that are compiled in are known to be right.
    pub fn of_page(is_embedded: bool) -> Self {
        Self { found: Vec::new(), is_embedded }
    }

    /// Whether expressions and globs are taken on trust and compiled when they are needed.
    pub fn trusts(&self) -> bool {
        self.is_embedded
    }

    pub fn add(&mut self, span: Span, message: impl Into<String>) {
        self.push(Problem { span: Some(span), message: message.into(), help: None });
    }

    pub fn add_with_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(Problem { span: Some(span), message: message.into(), help: Some(help.into()) });
    }

    /// A mistake of the file as a whole.
    pub fn add_unplaced(&mut self, message: impl Into<String>) {
        self.push(Problem { span: None, message: message.into(), help: None });
    }

    fn push(&mut self, problem: Problem) {
        if self.found.len() < MAX_PROBLEMS {
            self.found.push(problem);
        }
    }

    /// Take over the mistakes of a part, each with the part's name before it.
    pub fn add_all(&mut self, part: Self, name: &str) {
        self.found.extend(
            part.found
                .into_iter()
                .map(|problem| Problem { message: format!("{name}: {}", problem.message), ..problem }),
        );
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Name the file that the mistakes are in.
    pub fn in_file(self, path: &str, source: &Arc<str>) -> Vec<Diagnostic> {
        let place = |problem: Problem| Diagnostic {
            path: path.to_owned(),
            source: Arc::clone(source),
            span: problem.span,
            message: problem.message,
            help: problem.help,
        };
        self.found.into_iter().map(place).collect()
    }
}

/// "did you mean …" for a word that is none of `known`: the nearest of them, if one is near.
pub(crate) fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = |candidate: &str| {
        let distance = edit_distance(word, candidate);
        (distance <= 2.max(candidate.len() / 4)).then_some(distance)
    };
    known
        .into_iter()
        .filter_map(|candidate| Some((near(candidate)?, candidate)))
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}

/// Levenshtein distance over bytes; both words are short names of ours.
fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let cost = (diagonal + usize::from(x != y)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, cost);
            left = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        assert_eq!(suggestion("severty", ["severity", "status"]), Some("did you mean `severity`?".to_owned()));
        assert_eq!(suggestion("colour", ["severity", "status"]), None);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
