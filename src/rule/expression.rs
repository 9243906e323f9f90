//! Regular expressions of pages and tables, compiled when the first text is tried: compiling all of them would cost more
//! than the rest of start-up.

use super::diagnostic::Problems;
use super::table::Spanned;
use regex::{Regex, RegexBuilder};
use std::sync::OnceLock;

/// Bytes that a compiled expression may take. Refuses large counted repetitions and piles of Unicode classes, which
/// cost milliseconds each.
const SIZE_LIMIT: usize = 512 << 10;

/// An expression that is compiled when it is first asked. `^` and `$` stand at lines.
#[derive(Clone, Debug)]
pub struct Expression {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Expression {
    /// `source` as it stands in a page. An expression that ships with the program is taken on trust, because a test
    /// reads all pages without any; one of a user is compiled here, and a mistake is reported at its place.
    pub fn read(source: Spanned<&str>, problems: &mut Problems) -> Option<Self> {
        let expression = Self { source: source.value.to_owned(), compiled: OnceLock::new() };
        if !problems.trusts() {
            match compile(&expression.source) {
                Ok(regex) => {
                    let _ = expression.compiled.set(Some(regex));
                }
                Err(error) => {
                    problems.add(source.span, in_one_line(&error));
                    return None;
                }
            }
        }
        Some(expression)
    }

    /// The compiled expression.
    pub fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.source).ok()).as_ref()
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// The names of its groups, read from the syntax alone.
    pub fn group_names(&self) -> Vec<String> {
        group_names(&self.source)
    }
}

fn compile(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source).multi_line(true).size_limit(SIZE_LIMIT).build()
}

/// The crate draws the place in the expression over several lines; the last one says what is wrong.
fn in_one_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

fn group_names(source: &str) -> Vec<String> {
    let python = source.match_indices("(?P<").map(|(at, _)| at + 4);
    let plain = source.match_indices("(?<").map(|(at, _)| at + 3);
    let mut names: Vec<String> = python
        .chain(plain)
        .filter_map(|at| source.get(at..)?.split_once('>'))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    fn read(source: &str) -> (Option<Expression>, bool) {
        let mut problems = Problems::default();
        let expression = Expression::read(Spanned { value: source, span: Span::at(0) }, &mut problems);
        (expression, problems.is_empty())
    }

    #[test]
    fn group_names_are_read_from_the_syntax() {
        assert_eq!(group_names(r"(?P<url>x)(?<tool>y)(?:z)(?<=no)"), ["tool", "url"]);
    }

    #[test]
    fn what_does_not_compile_or_is_too_large_is_a_mistake() {
        for bad in ["a(", "[a-z]{0,60000}", r"(\w{1,200}){1,20}"] {
            let (expression, is_clean) = read(bad);
            assert!(expression.is_none() && !is_clean, "{bad}");
        }
        assert!(read("^a$").0.is_some_and(|expression| expression.is_match("b\na\nb")));
    }
}
