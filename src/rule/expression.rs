//! Regular expressions of pages and tables, compiled when the first text is tried: compiling all of them would cost more
//! than the rest of start-up.

use super::diagnostic::Problems;
use super::table::Spanned;
use crate::text::Span;
use regex::RegexBuilder;
use regex_automata::util::{captures::Captures, primitives::PatternID, syntax};
use regex_automata::{Span as Range, meta};
use std::sync::OnceLock;

/// Bytes that a compiled expression may take. Refuses large counted repetitions and piles of Unicode classes, which
/// cost milliseconds each.
const SIZE_LIMIT: usize = 512 << 10;

/// An expression that is compiled when it is first asked. `^` and `$` stand at lines.
#[derive(Clone, Debug)]
pub struct Expression {
    source: String,
    compiled: OnceLock<Option<meta::Regex>>,
}

/// A place where an expression matches.
#[derive(Clone, Debug)]
pub struct Found<'t> {
    text: &'t str,
    groups: Captures,
}

/// What one of its groups matches, in the text that was searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group<'t> {
    pub text: &'t str,
    pub span: Span,
}

impl Expression {
    /// `source` as it stands in a page. An expression that ships with the program is taken on trust, because a test
    /// reads all pages without any; one of a user is compiled here, and a mistake is reported at its place.
    pub fn read(source: Spanned<&str>, problems: &mut Problems) -> Option<Self> {
        let expression = Self { source: source.value.to_owned(), compiled: OnceLock::new() };
        if !problems.trusts()
            && let Err(error) = check(&expression.source)
        {
            problems.add(source.span, in_one_line(&error));
            return None;
        }
        Some(expression)
    }

    fn regex(&self) -> Option<&meta::Regex> {
        self.compiled.get_or_init(|| compile(&self.source)).as_ref()
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// All matches, in order and without overlaps.
    pub fn matches<'t>(&self, text: &'t str) -> impl Iterator<Item = Found<'t>> {
        let all = self.regex().into_iter().flat_map(move |regex| regex.captures_iter(text));
        all.map(move |groups| Found { text, groups })
    }

    /// The names of its groups, read from the syntax alone.
    pub fn group_names(&self) -> Vec<String> {
        group_names(&self.source)
    }
}

impl<'t> Found<'t> {
    pub fn whole(&self) -> Option<Group<'t>> {
        self.group(self.groups.get_group(0)?)
    }

    pub fn name(&self, name: &str) -> Option<Group<'t>> {
        self.group(self.groups.get_group_by_name(name)?)
    }

    /// The groups with names that take part in the match.
    pub fn named(&self) -> impl Iterator<Item = (&str, Group<'t>)> {
        let names = self.groups.group_info().pattern_names(PatternID::ZERO).flatten();
        names.filter_map(|name| Some((name, self.name(name)?)))
    }

    fn group(&self, range: Range) -> Option<Group<'t>> {
        Some(Group { text: self.text.get(range.start..range.end)?, span: Span::new(range.start, range.end) })
    }
}

/// As the crate `regex` does it, but without its search for literals, which a prefilter has done, and without the tables
/// that pay on long texts only: both make up half of the time. The texts are lines and values.
fn compile(source: &str) -> Option<meta::Regex> {
    let config = meta::Config::new().auto_prefilter(false).dfa(false).onepass(false);
    let syntax = syntax::Config::new().multi_line(true);
    meta::Regex::builder().configure(config.nfa_size_limit(Some(SIZE_LIMIT))).syntax(syntax).build(source).ok()
}

/// Whether an expression compiles, in the words of the crate that people know.
fn check(source: &str) -> Result<(), regex::Error> {
    RegexBuilder::new(source).multi_line(true).size_limit(SIZE_LIMIT).build().map(|_| ())
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
