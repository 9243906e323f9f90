//! The rest of a rule page: its help text, its sections, its cases. Read only by `explain`, reports and tests.

use super::diagnostic::Problems;
use crate::text::Span;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};
use std::ops::Range;

/// What a page says in words, and the cases that prove it.
#[derive(Clone, Debug, Default)]
pub struct Prose {
    /// Markdown between the front table and the first section.
    pub help: String,
    /// The first paragraph of the help: why this is a problem.
    pub why: String,
    /// Markdown of `## Fix`.
    pub fix: String,
    /// The items of `## References`, as written.
    pub references: Vec<String>,
    pub cases: Vec<PageCase>,
}

/// One `###` heading under `## Flagged` or `## Accepted` with all its fences.
#[derive(Clone, Debug)]
pub struct PageCase {
    pub kind: CaseKind,
    pub name: String,
    /// The heading.
    pub span: Span,
    pub fences: Vec<PageFence>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseKind {
    Flagged,
    Accepted,
}

/// One file of a case.
#[derive(Clone, Debug)]
pub struct PageFence {
    /// `language path [key=value…]`.
    pub info: String,
    pub content: String,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Help,
    Fix,
    Cases(CaseKind),
    References,
}

impl Prose {
    /// Read a whole page. Mistakes of form (unknown sections, a fence without a case, a fence that swallows another)
    /// go to `problems`; the loader test demands that there are none.
    pub fn parse(source: &str, problems: &mut Problems) -> Self {
        let mut reader = Reader { source, prose: Self::default(), section: Section::Help, start: None, problems };
        let mut events = Parser::new(source).into_offset_iter();
        while let Some((event, range)) = events.next() {
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    let text = text_until(&mut events, |end| matches!(end, TagEnd::Heading(_)));
                    reader.heading(level, &text, &range);
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let content = text_until(&mut events, |end| matches!(end, TagEnd::CodeBlock));
                    reader.fence(&kind, content, &range);
                }
                _ => {}
            }
        }
        reader.close(source.len());
        reader.prose
    }
}

fn text_until<'a>(
    events: &mut impl Iterator<Item = (Event<'a>, Range<usize>)>,
    is_end: impl Fn(&TagEnd) -> bool,
) -> String {
    let mut text = String::new();
    for (event, _) in events.by_ref() {
        match event {
            Event::End(end) if is_end(&end) => break,
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            _ => {}
        }
    }
    text
}

struct Reader<'a> {
    source: &'a str,
    prose: Prose,
    section: Section,
    /// Where the running text of the current section begins.
    start: Option<usize>,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn heading(&mut self, level: HeadingLevel, text: &str, range: &Range<usize>) {
        let span = Span::from(range.clone());
        match level {
            HeadingLevel::H1 => {}
            HeadingLevel::H2 => {
                self.close(range.start);
                self.section = match text {
                    "Fix" => Section::Fix,
                    "Flagged" => Section::Cases(CaseKind::Flagged),
                    "Accepted" => Section::Cases(CaseKind::Accepted),
                    "References" => Section::References,
                    other => {
                        let help = "sections are Fix, Flagged, Accepted, References";
                        self.problems.add_with_help(span, format!("unknown section `{other}`"), help);
                        Section::Help
                    }
                };
                self.start = Some(range.end);
            }
            HeadingLevel::H3 => match self.section {
                Section::Cases(kind) => {
                    self.prose.cases.push(PageCase { kind, name: text.to_owned(), span, fences: Vec::new() });
                }
                _ => self.problems.add(span, "a `###` heading names a case, under Flagged or Accepted"),
            },
            _ => self.problems.add(span, "headings of a page are `#`, `##` and `###`"),
        }
    }

    fn fence(&mut self, kind: &CodeBlockKind<'_>, content: String, range: &Range<usize>) {
        let span = Span::from(range.clone());
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.to_string(),
            CodeBlockKind::Indented => String::new(),
        };
        let opening = self.source.get(range.clone()).unwrap_or_default();
        let marker = opening.chars().next().unwrap_or('`');
        // A closing fence that was forgotten shows as a fence inside a fence.
        let run: String = std::iter::repeat_n(marker, 3).collect();
        if content.lines().any(|line| line.trim_start().starts_with(&run)) {
            self.problems.add(span, "a fence holds a line that looks like a fence: is the closing one missing?");
        }
        if matches!(kind, CodeBlockKind::Fenced(_)) && !opening.trim_end().ends_with(&run) {
            self.problems.add(span, "a fence is never closed");
        }
        match self.section {
            Section::Cases(_) => match self.prose.cases.last_mut() {
                Some(case) => case.fences.push(PageFence { info, content, span }),
                None => self.problems.add(span, "a fence of a case stands under a `###` heading"),
            },
            Section::Help if self.start.is_none() => self.start = Some(range.end),
            _ => {}
        }
    }

    /// End the current section at `end` and keep its text.
    fn close(&mut self, end: usize) {
        let Some(start) = self.start.take() else { return };
        let text = self.source.get(start..end).unwrap_or_default().trim();
        match self.section {
            Section::Help => {
                self.prose.help = text.to_owned();
                self.prose.why = first_paragraph(text);
            }
            Section::Fix => self.prose.fix = text.to_owned(),
            Section::References => {
                let items = text.lines().filter_map(|line| line.trim().strip_prefix("- "));
                self.prose.references = items.map(str::to_owned).collect();
            }
            Section::Cases(_) => {}
        }
    }
}

fn first_paragraph(text: &str) -> String {
    text.lines().take_while(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# T\n\n```toml\n[rule]\n```\n\nWhy it\nhurts.\n\nMore.\n\n## Fix\n\nDo it.\n\n## Flagged\n\n### one\n```json a.json\n{}\n```\n```sh b.sh\nx\n```\n\n## Accepted\n\n### two\n```json a.json\n[]\n```\n\n## References\n- <https://example.com>\n";

    #[test]
    fn a_page_falls_into_its_parts() {
        let mut problems = Problems::default();
        let prose = Prose::parse(PAGE, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!((prose.why.as_str(), prose.fix.as_str()), ("Why it hurts.", "Do it."));
        assert_eq!(prose.references, ["<https://example.com>"]);
        let cases: Vec<_> = prose.cases.iter().map(|c| (c.kind, c.name.as_str(), c.fences.len())).collect();
        assert_eq!(cases, [(CaseKind::Flagged, "one", 2), (CaseKind::Accepted, "two", 1)]);
        assert_eq!(prose.cases[0].fences[0].content, "{}\n");
    }

    #[test]
    fn a_forgotten_closing_fence_is_a_problem() {
        for broken in [
            PAGE.replacen("{}\n```\n```sh", "{}\n```sh", 1),
            PAGE.replace("[]\n```\n\n## References\n- <https://example.com>\n", "[]\n"),
        ] {
            let mut problems = Problems::default();
            Prose::parse(&broken, &mut problems);
            assert!(!problems.is_empty());
        }
    }
}
