//! Markdown: its front matter, fenced code blocks and HTML comments. What is in a fence is not parsed here.

use super::{Document, Language, NoteKind, lines, mark_len, yaml};
use crate::text::Span;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

/// A fenced code block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The info string, e.g. `json`.
    pub info: String,
    /// The whole lines between the fences.
    pub content: Span,
    /// From the opening fence to the closing one, or to the end of what an unclosed one holds.
    pub whole: Span,
}

pub(super) fn parse(text: &str) -> Document {
    let base = mark_len(text);
    let mut document = Document::empty(Language::Markdown);
    let mut fence: Option<Fence> = None;
    let body = text.get(base..).unwrap_or_default();
    for (event, range) in Parser::new_ext(body, Options::empty()).into_offset_iter() {
        let span = Span::from(range).shifted(base);
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => fence = Some(opened(text, &info, span)),
            Event::Text(_) => {
                if let Some(fence) = &mut fence {
                    fence.content.end = fence.content.end.max(span.end);
                }
            }
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => document.fences.extend(fence.take()),
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => push_comments(text, span, &mut document.comments),
            _ => {}
        }
    }
    if let Some(end) = front_matter_end(text) {
        // The opening line is where a YAML document begins, so that offsets need no shift.
        let front = front_matter(text.get(..end).unwrap_or_default());
        document.tree = front.tree;
        document.notes = front.notes;
        document.comments.retain(|comment| comment.start >= end);
        document.comments.extend(front.comments);
    }
    document.comments.sort();
    document
}

/// Front matter, which people write as if a sentence needed no quotes: `description: Use when: asked`. The clients read
/// it all the same.
fn front_matter(text: &str) -> Document {
    let strict = yaml::parse(text);
    if strict.notes.iter().all(|note| note.kind != NoteKind::Broken) {
        return strict;
    }
    let mut lenient = yaml::parse(&without_colons_in_sentences(text));
    if let Some(tree) = &mut lenient.tree {
        tree.decode_again(text);
    }
    if lenient.notes.iter().any(|note| note.kind == NoteKind::Broken) { strict } else { lenient }
}

/// The text with another byte for each colon in the value of a line such as `key: sentence`, so that no place moves.
fn without_colons_in_sentences(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let value = line.split_once(": ").filter(|(key, value)| {
            let is_key =
                !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
            is_key && value.trim_start().starts_with(|first: char| first.is_alphanumeric())
        });
        match value {
            Some((key, value)) => out.extend([key, ": ", &value.replace(':', "_")]),
            None => out.push_str(line),
        }
    }
    out
}

/// Where the line begins that closes the YAML front matter; `None` if the text does not begin with one.
fn front_matter_end(text: &str) -> Option<usize> {
    let is_fence = |line: &str| line.trim_end() == "---";
    let mut all = lines(text.get(mark_len(text)..)?);
    let (_, first) = all.next()?;
    let (end, _) = is_fence(first).then(|| all.find(|(_, line)| is_fence(line)))??;
    Some(end + mark_len(text))
}

/// A fence of which only the first line was seen.
fn opened(text: &str, info: &str, whole: Span) -> Fence {
    let first_line = whole.slice(text).and_then(|block| block.find('\n')).map_or(whole.end, |at| whole.start + at + 1);
    Fence { info: info.to_owned(), content: Span::at(first_line), whole }
}

/// Find the comments in a piece of HTML.
fn push_comments(text: &str, html: Span, comments: &mut Vec<Span>) {
    let mut at = html.start;
    while let Some(open) = text.get(at..html.end).and_then(|rest| rest.find("<!--")) {
        let start = at + open;
        let close = text.get(start + 4..html.end).and_then(|rest| rest.find("-->"));
        let end = close.map_or(html.end, |close| start + 4 + close + 3);
        comments.push(Span::new(start, end));
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::slices;
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let fences = parse(text).fences;
        let found: Vec<_> = fences.iter().map(|f| (f.info.as_str(), f.content.slice(text).unwrap_or("cut"))).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn fences_hold_the_lines_between_them() {
        check("x\n\n```json title=a\n{\"ä\": 1}\n\n```\ny", &[("json title=a", "{\"ä\": 1}\n\n")]);
        check("\u{feff}~~~\r\na\r\n~~~\r\n", &[("", "a\r\n")]);
        check("```sh\n```\n", &[("sh", "")]);
        check("````md\n```\ninner\n```\n````\n", &[("md", "```\ninner\n```\n")]);
        check("```\nunclosed", &[("", "unclosed")]);
        check("    indented\n", &[]);
        check("- item\n  ```sh\n  a\n  b\n  ```\n", &[("sh", "  a\n  b\n")]);
    }

    #[test]
    fn the_whole_fence_is_kept() {
        let text = "a\n\n```sh\nx\n```\n\nb";
        assert_eq!(parse(text).fences.first().and_then(|fence| fence.whole.slice(text)), Some("```sh\nx\n```"));
    }

    #[test]
    fn front_matter_is_a_tree_with_the_places_of_the_file() {
        let check = |text: &str, expected: Option<&str>| {
            let tree = parse(text).tree;
            let found = tree.as_ref().and_then(|tree| {
                let name = tree.get(*tree.roots().first()?, "name")?;
                tree.text(name)?.span.slice(text)
            });
            assert_eq!(found, expected, "{text}");
        };
        check("---\nname: ä-bot\n---\nname: no\n", Some("ä-bot"));
        check("\u{feff}---\r\nname: 'x'\r\n---\r\n# T\r\n", Some("x"));
        check("---\nname: open\n", None);
        check("# T\n\n---\nname: rule\n---\n", None);
    }

    #[test]
    fn sentences_in_front_matter_need_no_quotes() {
        let text = "---\nname: a\ndescription: Use when: asked. Ex: ä # no\ntools:\n  - x: {y: 1}\n---\nBody\n";
        let document = parse(text);
        let tree = document.tree.unwrap();
        let value = |pointer: &str| {
            let found = tree.select(tree.roots()[0], pointer);
            tree.text(found[0].node).map(|text| text.decoded.clone())
        };
        assert!(document.notes.is_empty());
        assert_eq!(value("/description").unwrap(), "Use when: asked. Ex: ä");
        assert_eq!(tree.select(tree.roots()[0], "/tools/0/x/y").len(), 1);
        let broken = parse("---\nname: [a\n---\n");
        assert!(broken.notes.iter().any(|note| note.kind == NoteKind::Broken));
    }

    #[test]
    fn html_comments_are_found_outside_of_code() {
        let text = "<!-- one\n\ntwo --> text\n\nin <!-- line --> text `<!-- code -->`\n\n```\n<!-- fence -->\n```\n";
        assert_eq!(slices(&parse(text).comments, text), ["<!-- one\n\ntwo -->", "<!-- line -->"]);
    }
}
