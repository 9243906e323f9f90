//! `«finding»`, `«←source»`, `«»`: where a case says that a finding is. Marks are stripped before anything else happens.

use crate::text::Span;

/// A text without its marks, and what they enclosed, in the order of their ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Marked {
    pub text: String,
    pub findings: Vec<Span>,
    /// Places that the trace of a finding begins at.
    pub sources: Vec<Span>,
}

const OPEN: char = '«';
const CLOSE: char = '»';
const SOURCE: char = '←';

/// Strip the marks of `source`; they may nest.
///
/// # Errors
/// If a mark is not closed, or closed twice.
pub(super) fn strip(source: &str) -> Result<Marked, String> {
    let mut out = Marked::default();
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut characters = source.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            OPEN => {
                let is_source = characters.next_if_eq(&SOURCE).is_some();
                open.push((out.text.len(), is_source));
            }
            CLOSE => {
                let (start, is_source) = open.pop().ok_or("a `»` closes nothing")?;
                let span = Span::new(start, out.text.len());
                if is_source { out.sources.push(span) } else { out.findings.push(span) }
            }
            c => out.text.push(c),
        }
    }
    if open.is_empty() { Ok(out) } else { Err("a `«` is never closed".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_stripped_and_remembered() {
        let marked = strip("a «b «←c» d» e«»").unwrap();
        assert_eq!(marked.text, "a b c d e");
        assert_eq!(marked.findings, [Span::new(2, 7), Span::at(9)]);
        assert_eq!(marked.sources, [Span::new(4, 5)]);
    }

    #[test]
    fn unbalanced_marks_are_refused() {
        assert!(strip("«a").is_err() && strip("a»").is_err());
    }
}
