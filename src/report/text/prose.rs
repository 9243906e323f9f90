//! Markdown of a rule page as lines for a terminal: paragraphs wrapped, lists and code kept. No styling.

use super::layout::{crop, wrap};
use crate::text::{Span, escape_controls};

/// Lines of at most `columns`; list items keep their own lines, and so does code, cut with `mark`.
pub(super) fn lines(markdown: &str, columns: usize, mark: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut pending = String::new();
    let mut in_code = false;
    for line in markdown.lines() {
        let line = line.trim_end();
        if line.trim_start().starts_with("```") {
            flush(&mut pending, &mut out, columns);
            in_code = !in_code;
        } else if in_code {
            let line = escape_controls(line);
            out.push(format!("  {}", crop(&line, Span::default(), columns.saturating_sub(2), mark).0));
        } else if line.is_empty() {
            flush(&mut pending, &mut out, columns);
        } else {
            if is_list_item(line) {
                flush(&mut pending, &mut out, columns);
            }
            pending.push_str(line);
            pending.push(' ');
        }
    }
    flush(&mut pending, &mut out, columns);
    out
}

fn flush(pending: &mut String, out: &mut Vec<String>, columns: usize) {
    let indent = if is_list_item(pending) { "  " } else { "" };
    for (number, line) in wrap(pending, columns.saturating_sub(indent.len())).into_iter().enumerate() {
        out.push(if number == 0 { line } else { format!("{indent}{line}") });
    }
    pending.clear();
}

fn is_list_item(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("- ") || line.starts_with("* ")
}

/// The first two sentences.
pub(super) fn opening(paragraph: &str) -> &str {
    let mut ends = paragraph.char_indices().filter(|(at, c)| {
        let mut after = paragraph.get(at + c.len_utf8()..).unwrap_or_default().chars();
        // `e.g. this` goes on in lower case.
        matches!(c, '.' | '!' | '?')
            && after.next().is_some_and(char::is_whitespace)
            && after.next().is_some_and(|next| next.is_uppercase() || next == '`')
    });
    let end = ends.nth(1).map_or(paragraph.len(), |(at, _)| at + 1);
    paragraph.get(..end).unwrap_or(paragraph)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_wrap_while_lists_and_code_keep_their_lines() {
        let page = "Pin the exact\nversion:\n\n```json\n\"pkg@1.2.3\"\n```\n\n- one two three four\n- five";
        assert_eq!(
            lines(page, 18, "…"),
            ["Pin the exact", "version:", "  \"pkg@1.2.3\"", "- one two three", "  four", "- five"]
        );
    }

    #[test]
    fn an_opening_is_two_sentences() {
        assert_eq!(opening("One, e.g. this. Two! Three."), "One, e.g. this. Two!");
        assert_eq!(opening("One. `two` is code. Three."), "One. `two` is code.");
        assert_eq!(opening("Only one"), "Only one");
    }
}
