//! The source window of a finding, drawn by miette from the excerpt alone: never from the file.
//!
//! miette scans all it is given and panics on lines of many thousand columns, so it gets a few lines that fit the
//! terminal, and a label that cuts no character.

use super::layout::{crop, width};
use super::{Ink, Style};
use crate::finding::Severity;
use crate::text::{Excerpt, Position, Span, escape_controls};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, SourceCode, SourceSpan, SpanContents};
use std::fmt;

/// What miette draws around a line: blank, number, blank, bar, blank.
const GUTTER: usize = 4;
/// What it adds for a label of several lines.
const BRACKET: usize = 4;
/// What stands between an underline and its note.
const ELBOW: usize = 4;

/// What is drawn. `start` is the true place of the label, which the excerpt alone does not know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) path: &'a str,
    pub(super) start: Position,
    pub(super) excerpt: &'a Excerpt,
    /// Shown at the label if there is room.
    pub(super) note: Option<&'a str>,
    pub(super) severity: Severity,
}

/// The window with its frame, lines ended; a plain `at: path:line:column` if miette refuses.
pub(super) fn draw(scene: &Scene<'_>, style: Style) -> String {
    let name = escape_controls(scene.path);
    let excerpt = without_blank_edges(scene.excerpt);
    let (text, label) = fit(&excerpt, style);
    let note = scene.note.map(escape_controls).filter(|note| has_room(&excerpt, &text, label, note, style));
    let at =
        format!("  at: {}\n", style.paint(Ink::Place, &format!("{name}:{}:{}", scene.start.line, scene.start.column)));
    let snippet =
        Snippet { window: Window { name, text, first_line: excerpt.first_line, start: scene.start }, label, note };
    let mut drawn = String::new();
    if handler(scene.severity, style).render_report(&mut drawn, &snippet).is_err() {
        return at;
    }
    // The first line is miette's own head for the message, which the caller has written.
    drawn.lines().skip(1).flat_map(|line| [line.trim_end(), "\n"]).collect()
}

fn handler(severity: Severity, style: Style) -> GraphicalReportHandler {
    let mut theme = match (style.unicode, style.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    theme.styles.highlights = vec![match severity {
        Severity::Critical | Severity::High => theme.styles.error,
        Severity::Medium => theme.styles.warning,
        Severity::Low => theme.styles.advice,
    }];
    theme.styles.link = theme.styles.help;
    GraphicalReportHandler::new_themed(theme)
        .without_syntax_highlighting()
        .with_urls(false)
        .with_width(style.columns())
        .with_context_lines(1)
}

/// The excerpt without blank lines of context before and after the labelled lines: they say nothing.
fn without_blank_edges(excerpt: &Excerpt) -> Excerpt {
    let label = trim_line_end(excerpt.label.clamped(&excerpt.text), &excerpt.text);
    let before = excerpt.text.get(..label.start).unwrap_or_default();
    let first = before.rfind('\n').map_or(0, |at| at + 1);
    let context = before.get(..first).unwrap_or_default();
    let cut: usize = context.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    let skipped = context.get(..cut).unwrap_or_default().matches('\n').count();
    let after = excerpt.text.get(label.end..).unwrap_or_default();
    let kept = match after.split_once('\n') {
        Some((rest, context)) if context.trim().is_empty() => label.end + rest.len(),
        _ => label.end + after.trim_end_matches(['\n', ' ']).len(),
    };
    Excerpt {
        text: excerpt.text.get(cut..kept.max(cut)).unwrap_or_default().to_owned(),
        first_line: excerpt.first_line + skipped,
        label: Span::new(label.start - cut, label.end - cut),
        focus: Span::default(),
    }
}

/// The lines of the excerpt cut to the terminal, and the label in them. Each line is ended: miette draws no caret
/// behind the last character of a text.
fn fit(excerpt: &Excerpt, style: Style) -> (String, Span) {
    let label = excerpt.label;
    let marked = label.slice(&excerpt.text).unwrap_or_default();
    // What has no width is marked behind the last character.
    let extra = if marked.contains('\n') { BRACKET } else { usize::from(width(marked) == 0) };
    let taken = GUTTER + number_width(excerpt) + extra;
    let columns = style.columns().saturating_sub(taken);
    let mut out = String::with_capacity(excerpt.text.len() + 1);
    let (mut start, mut end) = (None, None);
    let mut offset = 0;
    for line in excerpt.text.split('\n') {
        let here = Span::new(offset, offset + line.len());
        let inside = |at: usize| at.clamp(here.start, here.end) - here.start;
        let touched = label.start <= here.end && here.start <= label.end;
        let part = if touched { Span::new(inside(label.start), inside(label.end)) } else { Span::default() };
        let (line, part) = visible(line, part);
        let (line, part) = crop(&line, part, columns, style.ellipsis());
        if touched {
            start = start.or(Some(out.len() + part.start));
            end = Some(out.len() + part.end);
        }
        out.push_str(&line);
        out.push('\n');
        offset = here.end + 1;
    }
    let start = start.unwrap_or(0);
    (out, Span::new(start, end.unwrap_or(start)))
}

/// The line without control characters. An excerpt holds none, unless someone builds it by hand.
fn visible(line: &str, part: Span) -> (String, Span) {
    let piece = |from: usize, to: usize| escape_controls(line.get(from..to).unwrap_or_default());
    let mut out = piece(0, part.start);
    let start = out.len();
    out.push_str(&piece(part.start, part.end));
    let end = out.len();
    out.push_str(&piece(part.end, line.len()));
    (out, Span::new(start, end))
}

/// A label that ends with a line end would be drawn into the next line.
fn trim_line_end(label: Span, text: &str) -> Span {
    let kept = label.slice(text).unwrap_or_default().trim_end_matches('\n').len();
    if kept == 0 { Span::at(label.start) } else { Span::new(label.start, label.start + kept) }
}

fn number_width(excerpt: &Excerpt) -> usize {
    (excerpt.first_line + excerpt.text.matches('\n').count()).to_string().len()
}

/// Whether `note` fits behind the elbow that miette draws under the middle of the label.
fn has_room(excerpt: &Excerpt, text: &str, label: Span, note: &str, style: Style) -> bool {
    let marked = label.slice(text).unwrap_or_default();
    let before = text.get(..label.start).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let elbow = if marked.contains('\n') { BRACKET } else { width(line) + width(marked) / 2 };
    GUTTER + number_width(excerpt) + elbow + ELBOW + width(note) <= style.columns()
}

/// A few lines of a file.
#[derive(Debug)]
struct Window {
    name: String,
    text: String,
    first_line: usize,
    start: Position,
}

impl SourceCode for Window {
    /// Always the whole window. miette asks without context for the place that it names in the frame, and with context
    /// for the lines that it draws.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let from =
            if before == 0 { self.start } else { Position { line: self.first_line, column: 1, utf16_column: 1 } };
        Ok(Box::new(Lines { window: self, span: (0, self.text.len()).into(), from }))
    }
}

struct Lines<'a> {
    window: &'a Window,
    span: SourceSpan,
    from: Position,
}

impl<'a> SpanContents<'a> for Lines<'a> {
    fn data(&self) -> &'a [u8] {
        self.window.text.as_bytes()
    }

    fn span(&self) -> &SourceSpan {
        &self.span
    }

    fn name(&self) -> Option<&str> {
        Some(&self.window.name)
    }

    fn line(&self) -> usize {
        self.from.line.saturating_sub(1)
    }

    fn column(&self) -> usize {
        self.from.column.saturating_sub(1)
    }

    fn line_count(&self) -> usize {
        self.window.text.matches('\n').count()
    }
}

/// A diagnostic without a message: a window and one label.
#[derive(Debug)]
struct Snippet {
    window: Window,
    label: Span,
    note: Option<String>,
}

impl fmt::Display for Snippet {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Snippet {}

impl miette::Diagnostic for Snippet {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.window)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new(self.note.clone(), self.label.start, self.label.len());
        Some(Box::new(std::iter::once(label)))
    }
}
