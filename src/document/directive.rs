//! Suppressions in comments: `picket: ignore[rule] reason`. It does not know which rules there are.

use super::{Document, Language, lines};
use crate::text::{LineIndex, Span};

/// Lines from the top in which a directive may speak for the whole file.
const FILE_SCOPE_LINES: usize = 10;
/// Directives of one file that count at most. Nobody writes more; a hostile file holds half a million.
pub const MAX_DIRECTIVES: usize = 1_000;
const MARKER: &str = "picket:";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectiveScope {
    Line,
    File,
}

/// A suppression as written. One without rules is a mistake of its writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub scope: DirectiveScope,
    /// Rule ids with the place of each.
    pub rules: Vec<(String, Span)>,
    /// Trimmed; empty if there is none.
    pub reason: String,
    /// From `picket:` to the end of the comment's text.
    pub span: Span,
    /// 0-based line of the directive.
    pub line: usize,
    /// The 0-based line that it speaks for besides its own: the next one with anything but comments if the comment
    /// stands alone, else its own.
    pub covers: usize,
}

/// The first directive of each comment, up to one more than [`MAX_DIRECTIVES`]. Those for the whole file are left out
/// below the first ten lines.
pub fn directives(document: &Document, text: &str) -> Vec<Directive> {
    if !text.contains(MARKER) {
        return Vec::new();
    }
    let index = LineIndex::new(text);
    let next_code = next_code_lines(document, text);
    let found = document.comments.iter().filter_map(|comment| {
        let mut directive = read(*comment, text)?;
        directive.line = index.line_of(directive.span.start);
        let alone = stands_alone(*comment, text, &index);
        if !alone && matches!(document.language, Language::Dotenv | Language::Ini) {
            return None;
        }
        let below = index.line_of(comment.end.max(1) - 1) + 1;
        let next = next_code.get(below).copied().flatten().filter(|_| alone);
        directive.covers = next.unwrap_or(directive.line);
        Some(directive)
    });
    let counting = found.filter(|found| found.scope == DirectiveScope::Line || found.line < FILE_SCOPE_LINES);
    counting.take(MAX_DIRECTIVES + 1).collect()
}

/// For each line, itself or the next below it that is neither blank nor a comment.
fn next_code_lines(document: &Document, text: &str) -> Vec<Option<usize>> {
    let mut next: Vec<Option<usize>> = lines(text)
        .enumerate()
        .map(|(number, (start, line))| {
            let first = start + line.len() - line.trim_start().len();
            let end = start + line.trim_end().len();
            let comment = document.comments.partition_point(|comment| comment.end <= first);
            let covered = document.comments.get(comment).is_some_and(|c| c.start <= first && end <= c.end);
            (!line.trim().is_empty() && !covered).then_some(number)
        })
        .collect();
    let mut below = None;
    for line in next.iter_mut().rev() {
        below = line.or(below);
        *line = below;
    }
    next
}

/// Whether nothing but white space stands beside a comment on its lines.
fn stands_alone(comment: Span, text: &str, index: &LineIndex) -> bool {
    let first = index.line_span(text, index.line_of(comment.start));
    let last = index.line_span(text, index.line_of(comment.end.max(1) - 1));
    let before = text.get(first.start..comment.start).unwrap_or_default();
    let behind = text.get(comment.end..last.end).unwrap_or_default();
    // A byte order mark is no white space.
    before.trim_start_matches('\u{feff}').trim().is_empty() && behind.trim().is_empty()
}

/// The directive in a comment; its lines are not known yet.
fn read(comment: Span, text: &str) -> Option<Directive> {
    let body = comment.slice(text)?;
    let start = marker(body)?;
    let written = strip_closer(body.get(start..)?);
    let span = Span::new(comment.start + start, comment.start + start + written.len());
    let command = written.strip_prefix(MARKER)?.trim_start();
    let (scope, rest) = match command.strip_prefix("ignore-file") {
        Some(rest) => (DirectiveScope::File, rest),
        None => (DirectiveScope::Line, command.strip_prefix("ignore")?),
    };
    if rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_')) {
        return None;
    }
    let list_start = span.end - rest.len();
    let rest = rest.trim_start();
    let list = rest.strip_prefix('[').and_then(|open| open.split_once(']'));
    let (rules, reason) = match list {
        Some((list, reason)) => (rule_ids(list, span.end - rest.len() + 1), reason),
        None => (Vec::new(), text.get(list_start..span.end).unwrap_or_default()),
    };
    Some(Directive { scope, rules, reason: reason.trim().to_owned(), span, line: 0, covers: 0 })
}

/// Where the marker stands in a comment as a word of its own.
fn marker(body: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    body.match_indices(MARKER).map(|(at, _)| at).find(|at| !body.get(..*at).unwrap_or_default().ends_with(is_word))
}

fn strip_closer(written: &str) -> &str {
    let written = written.trim_end();
    ["*/", "-->", "#>"].iter().find_map(|closer| written.strip_suffix(closer)).unwrap_or(written).trim_end()
}

/// The ids of a list that begins at `start`, without empty ones.
fn rule_ids(list: &str, start: usize) -> Vec<(String, Span)> {
    let mut at = start;
    let mut ids = Vec::new();
    for item in list.split(',') {
        let id = item.trim();
        let id_start = at + item.len() - item.trim_start().len();
        if !id.is_empty() {
            ids.push((id.to_owned(), Span::new(id_start, id_start + id.len())));
        }
        at += item.len() + 1;
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    /// Language, text, and each directive as `scope line covers [rules] reason`.
    fn check(language: Language, text: &str, expected: &[&str]) {
        let found: Vec<String> = directives(&parse(language, text), text)
            .iter()
            .map(|Directive { scope, rules, reason, line, covers, .. }| {
                let rules: Vec<&str> = rules.iter().map(|(id, _)| id.as_str()).collect();
                format!("{scope:?} {line} {covers} [{}] {reason}", rules.join(","))
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_directive_speaks_for_its_line_or_the_next() {
        check(Language::Yaml, "a: 1 # picket: ignore[x] why\n", &["Line 0 0 [x] why"]);
        check(Language::Yaml, "# picket:ignore[x, y-z]\n\n# note\nb: 1\n", &["Line 0 3 [x,y-z] "]);
        check(Language::Json, "{\n/* picket: ignore[a] b\n*/\n\"k\": 1}", &["Line 1 3 [a] b"]);
        check(Language::Shell, "# picket: ignore[a] at the end\n", &["Line 0 0 [a] at the end"]);
        check(Language::Markdown, "<!-- picket: ignore[a] so -->\ntext\n", &["Line 0 1 [a] so"]);
        check(Language::Python, "\u{feff}# picket: ignore[a] ü\r\nx = 1\r\n", &["Line 0 1 [a] ü"]);
    }

    #[test]
    fn only_comments_speak() {
        check(Language::Json, r#"{"a": "picket: ignore[a]"}"#, &[]);
        check(Language::Python, "x = '# picket: ignore[a]'\n", &[]);
        check(Language::Dotenv, "A=1 # picket: ignore[a]\n# picket: ignore[b]\nB=2\n", &["Line 1 2 [b] "]);
        check(Language::Plain, "# picket: ignore[a]\n", &[]);
    }

    #[test]
    fn a_file_directive_stands_at_the_top() {
        check(Language::Toml, "# picket: ignore-file[a] all\nx = 1\n", &["File 0 1 [a] all"]);
        check(Language::Toml, &format!("{}# picket: ignore-file[a]\n", "\n".repeat(10)), &[]);
        check(Language::Toml, &format!("{}# picket: ignore-file[a]\n", "\n".repeat(9)), &["File 9 9 [a] "]);
    }

    #[test]
    fn mistakes_have_no_rules_and_prose_is_none() {
        check(Language::Shell, "# picket: ignore[a why\n", &["Line 0 0 [] [a why"]);
        check(Language::Shell, "# picket: ignore[ , ] why\n", &["Line 0 0 [] why"]);
        check(Language::Shell, "# picket: ignore this\n", &["Line 0 0 [] this"]);
        check(Language::Shell, "# picket: see ignore[a]\n# picket: ignored[a]\n# mcp-picket: ignore[a]\n", &[]);
        check(
            Language::Shell,
            "# picket: ignore[a] one picket: ignore[b] two\n",
            &["Line 0 0 [a] one picket: ignore[b] two"],
        );
    }

    #[test]
    fn spans_leave_the_end_of_the_comment_out() {
        let text = "x(); /* picket: ignore[ä-b] c */";
        let found = directives(&parse(Language::JavaScript, text), text);
        assert_eq!(found[0].span.slice(text), Some("picket: ignore[ä-b] c"));
        assert_eq!(found[0].rules[0].1.slice(text), Some("ä-b"));
    }
}
