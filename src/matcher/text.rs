//! `text`: a regular expression, or a token format, at a literal anchor.
//!
//! No expression is compiled or run before one of its anchors was seen, and then only on the lines around it.

mod judge;

use super::globs::Globs;
use super::shown::is_shown;
use super::{Capture, Match, Output, Subject};
use crate::deployment::is_own;
use crate::document::{Document, Language};
use crate::rule::{Expression, Found, Knowledge, Problems, TableReader, TokenFormat, Tokens};
use crate::text::{Mask, Sensitive, Span};
use judge::Judges;

/// Bytes before an anchor and after it that an expression sees at most.
const BEFORE: usize = 1_024;
const AFTER: usize = 8_192;

#[derive(Debug)]
pub struct TextMatcher {
    pattern: Pattern,
    anchors: Vec<Vec<u8>>,
    place: Where,
    languages: Vec<Language>,
    files: Option<Globs>,
    except: Option<Globs>,
    /// Only files that git tracks, or only files that it does not.
    tracked: Option<bool>,
    /// Only files at the places where clients look, but for a person's own.
    project_config: bool,
    /// Matched texts that are no finding.
    allow: Vec<Expression>,
    /// Bits per character that the finding's text has at least.
    entropy: Option<f64>,
}

#[derive(Debug)]
enum Pattern {
    Regex(Box<Searched>),
    Tokens(Tokens),
}

#[derive(Debug)]
struct Searched {
    expression: Expression,
    groups: Vec<String>,
    /// The group that the finding points at.
    span: Option<String>,
    /// What groups must be.
    judges: Judges,
    /// Logical lines, from the one with the anchor, that the expression sees.
    lines: usize,
    /// Lines on which a match is none.
    unless: Option<Expression>,
}

/// Where in a file a match counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Any,
    /// Outside comments, strings and Markdown prose.
    Code,
    /// As code, and not in a line that only shows it: a message, a description, a comment of a script in a data file.
    Command,
    Comment,
    String,
    /// Markdown outside fenced code.
    Prose,
    /// A string value of a data format.
    Value,
    /// Outside comments and Markdown prose.
    Active,
}

impl Where {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("any", Self::Any),
        ("code", Self::Code),
        ("command", Self::Command),
        ("comment", Self::Comment),
        ("string", Self::String),
        ("prose", Self::Prose),
        ("value", Self::Value),
        ("active", Self::Active),
    ];

    fn holds(self, document: &Document, offset: usize) -> bool {
        let is_markdown = document.language == Language::Markdown;
        match self {
            Self::Any => true,
            Self::Comment => document.in_comment(offset),
            Self::String => document.in_string(offset),
            Self::Prose => is_markdown && document.fence_at(offset).is_none(),
            Self::Value => document.tree.as_ref().is_some_and(|tree| tree.in_string(offset)),
            Self::Active => !document.in_comment(offset) && (!is_markdown || document.fence_at(offset).is_some()),
            Self::Code | Self::Command => Self::Active.holds(document, offset) && !document.in_string(offset),
        }
    }
}

impl TextMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, knowledge: &Knowledge, problems: &mut Problems) -> Option<Self> {
        let place = match table.str("where", problems) {
            None => Where::Any,
            Some(word) => match Where::NAMES.iter().find(|(name, _)| *name == word.value) {
                Some((_, place)) => *place,
                None => {
                    let known: Vec<_> = Where::NAMES.iter().map(|(name, _)| *name).collect();
                    problems.add_with_help(word.span, format!("unknown place `{}`", word.value), known.join(", "));
                    return None;
                }
            },
        };
        let languages = languages(table, problems);
        let files = Globs::read(table, "files", problems);
        let except = Globs::read(table, "except", problems);
        let tracked = table.bool("tracked", problems);
        let project_config = table.bool("project-config", problems) == Some(true);
        let allow = table.strings("allow", problems);
        let allow = allow.into_iter().filter_map(|text| Expression::read(text, problems)).collect();
        let entropy = table.str("entropy", problems).and_then(|text| match text.value.parse() {
            Ok(bits) => Some(bits),
            Err(_) => {
                problems.add(text.span, "`entropy` is bits per character in a string, such as \"3.5\"");
                None
            }
        });
        let (pattern, anchors) = pattern(table, knowledge, problems)?;
        Some(Self { pattern, anchors, place, languages, files, except, tracked, project_config, allow, entropy })
    }

    pub(super) fn anchors(&self) -> &[Vec<u8>] {
        &self.anchors
    }

    pub(super) fn languages(&self) -> &[Language] {
        &self.languages
    }

    pub(super) fn captures(&self) -> Vec<&str> {
        match &self.pattern {
            Pattern::Regex(searched) => searched.groups.iter().map(String::as_str).collect(),
            Pattern::Tokens(_) => vec!["token"],
        }
    }

    pub(super) fn run(&self, subject: &Subject<'_>, hits: &[usize], out: &mut Output) {
        if !self.languages.is_empty() && !self.languages.contains(&subject.language) {
            return;
        }
        if self.files.as_ref().is_some_and(|files| !files.is_match(&subject.artifact.place)) {
            return;
        }
        let artifact = subject.artifact;
        if self.except.as_ref().is_some_and(|except| except.is_match(&artifact.place))
            || self.tracked.is_some_and(|tracked| artifact.meta.tracked != Some(tracked))
        {
            return;
        }
        let is_of_person = || is_own(&artifact.place, artifact.meta.in_work_tree);
        if self.project_config && (is_of_person() || !subject.knowledge.clients.knows(&artifact.place)) {
            return;
        }
        match &self.pattern {
            Pattern::Tokens(formats) => self.run_tokens(formats, subject, hits, out),
            Pattern::Regex(searched) => self.run_regex(searched, subject, hits, out),
        }
    }

    fn run_tokens(&self, formats: &Tokens, subject: &Subject<'_>, hits: &[usize], out: &mut Output) {
        let mut done = 0;
        for hit in hits {
            let Some(token) = formats.at(subject.text, *hit) else { continue };
            // A token can hold the anchor of another format.
            if token.span.start < done || !self.accepts(subject, token.span) {
                continue;
            }
            done = token.span.end;
            out.push(Match {
                span: Some(token.span),
                captures: vec![Capture::new("token", token.format.described())],
                sensitive: vec![Sensitive { span: token.span, visible: token.format.visible, mask: Mask::Secret }],
                ..Match::default()
            });
        }
    }

    fn run_regex(&self, searched: &Searched, subject: &Subject<'_>, hits: &[usize], out: &mut Output) {
        let mut done = 0;
        for hit in hits {
            if *hit < done {
                continue;
            }
            let window = window(subject.text, *hit, done, searched.lines);
            done = window.end;
            let Some(text) = window.slice(subject.text) else { continue };
            let mut is_refused = None;
            for found in searched.expression.matches(text) {
                let chosen = searched.span.as_ref().map_or_else(|| found.whole(), |group| found.name(group));
                let Some(chosen) = chosen else { continue };
                let span = chosen.span.shifted(window.start);
                let before = text.get(..chosen.span.start).unwrap_or_default();
                if self.place == Where::Command && is_shown(before) {
                    continue;
                }
                let Some(sensitive) = searched.judges.judge(&found, window.start, subject.knowledge) else {
                    continue;
                };
                let unless = || searched.unless.as_ref().is_some_and(|unless| unless.is_match(text));
                if *is_refused.get_or_insert_with(unless) || !self.accepts(subject, span) {
                    continue;
                }
                let captures = named(&found, window.start);
                out.push(Match { span: Some(span), captures, sensitive, ..Match::default() });
            }
        }
    }

    fn accepts(&self, subject: &Subject<'_>, span: Span) -> bool {
        let text = span.slice(subject.text).unwrap_or_default();
        !self.allow.iter().any(|regex| regex.is_match(text))
            && self.entropy.is_none_or(|least| entropy(text) >= least)
            && (self.place == Where::Any || self.place.holds(subject.document(), span.start))
    }
}

/// `regex` with `anchors`, or `token`.
fn pattern(
    table: &mut TableReader<'_>,
    knowledge: &Knowledge,
    problems: &mut Problems,
) -> Option<(Pattern, Vec<Vec<u8>>)> {
    let tokens = table.strings("token", problems);
    let source = table.str("regex", problems);
    let anchors = table.strings("anchors", problems);
    let group = table.str("span", problems);
    let lines = table.integer("lines", problems).and_then(|lines| usize::try_from(lines).ok()).unwrap_or(1);
    let unless = table.expression("unless", problems);
    if !tokens.is_empty() {
        let wants = |format: &TokenFormat| tokens.iter().any(|id| id.value == "any" || id.value == format.id);
        for id in tokens.iter().filter(|id| id.value != "any" && knowledge.tokens.get(id.value).is_none()) {
            problems.add(id.span, format!("there is no token format `{}`", id.value));
        }
        let formats = knowledge.tokens.only(wants);
        let anchors = formats
            .formats
            .iter()
            .flat_map(|format| &format.anchors)
            .map(|anchor| anchor.as_bytes().to_vec())
            .collect();
        return Some((Pattern::Tokens(formats), anchors));
    }
    let Some(source) = source else {
        problems.add(table.span(), "`text` needs `regex` with `anchors`, or `token`");
        return None;
    };
    if anchors.iter().all(|anchor| anchor.value.len() < 2) {
        problems
            .add(source.span, "`anchors` is missing: literals of two bytes or more, one of which every match holds");
        return None;
    }
    let expression = Expression::read(source, problems)?;
    let groups = expression.group_names();
    let judges = Judges::read(table, &groups, problems);
    if let Some(group) = group.filter(|group| !groups.iter().any(|name| name == group.value)) {
        problems.add(group.span, format!("the expression has no group `{}`", group.value));
    }
    let span = group.map(|group| group.value.to_owned());
    let pattern = Pattern::Regex(Box::new(Searched { expression, groups, span, judges, lines, unless }));
    Some((pattern, anchors.iter().map(|anchor| anchor.value.as_bytes().to_vec()).collect()))
}

fn named(found: &Found<'_>, offset: usize) -> Vec<Capture> {
    found.named().map(|(name, group)| Capture::at(name, group.text, group.span.shifted(offset))).collect()
}

/// The logical line around `hit` and those behind it, `lines` in all: lines joined by a trailing backslash or backtick
/// count as one. Bounded, and never before `floor`, where the window before it ended.
fn window(text: &str, hit: usize, floor: usize, lines: usize) -> Span {
    let bytes = text.as_bytes();
    let lowest = floor.max(hit.saturating_sub(BEFORE));
    let mut start = hit;
    while start > lowest && !ends_line(bytes, start - 1) {
        start -= 1;
    }
    let highest = bytes.len().min(hit + AFTER);
    let mut end = hit;
    let mut more = lines;
    while end < highest {
        more -= usize::from(ends_line(bytes, end));
        if more == 0 {
            break;
        }
        end += 1;
    }
    // A byte order mark is no part of the first line.
    if start == 0 && text.starts_with('\u{feff}') {
        start = '\u{feff}'.len_utf8().min(end);
    }
    Span::new(start, end).clamped(text)
}

/// Whether a logical line ends at `at`: a newline, unless what stands before it says that the line goes on.
fn ends_line(bytes: &[u8], at: usize) -> bool {
    if bytes.get(at) != Some(&b'\n') {
        return false;
    }
    let before = |by: usize| at.checked_sub(by).and_then(|i| bytes.get(i)).copied();
    let last = if before(1) == Some(b'\r') { before(2) } else { before(1) };
    !matches!(last, Some(b'\\' | b'`' | b'|'))
}

/// Shannon entropy in bits per byte.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a match is far shorter than 2^52 bytes")]
    let length = text.len().max(1) as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / length).map(|p| -p * p.log2()).sum()
}

fn languages(table: &mut TableReader<'_>, problems: &mut Problems) -> Vec<Language> {
    let mut out = Vec::new();
    for name in table.strings("languages", problems) {
        match Language::from_name(name.value) {
            Some(language) => out.push(language),
            None => problems.add(name.span, format!("unknown language `{}`", name.value)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_the_logical_line() {
        let text = "a\ncurl x \\\n  | sh\nb\n";
        let hit = text.find("curl").unwrap();
        assert_eq!(window(text, hit, 0, 1).slice(text), Some("curl x \\\n  | sh"));
        assert_eq!(window(text, hit + 9, 0, 1).slice(text), Some("curl x \\\n  | sh"));
    }

    #[test]
    fn a_window_of_several_lines_ends_with_the_last() {
        let text = "a\nname: x\n  value: y\nb\n";
        let hit = text.find("name").unwrap();
        assert_eq!(window(text, hit, 0, 2).slice(text), Some("name: x\n  value: y"));
        assert_eq!(window(text, hit, 0, 9).slice(text), Some("name: x\n  value: y\nb\n"));
    }

    #[test]
    fn a_window_of_a_huge_line_is_bounded() {
        let text = "x".repeat(100_000);
        assert_eq!(window(&text, 50_000, 0, 1).len(), BEFORE + AFTER);
    }

    #[test]
    fn entropy_tells_random_from_repeated() {
        assert!(entropy("aaaaaaaa") < 0.1 && entropy("abcdefgh") > 2.9);
    }
}
