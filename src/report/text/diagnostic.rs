//! An error in a rule page, a policy or a configuration, shown as findings are: with its place and its line.

use super::layout::{paragraph, wrap};
use super::problem::detail;
use super::window::{Scene, draw};
use super::{Ink, Style};
use crate::finding::Severity;
use crate::text::{LineIndex, Redactor, Span, excerpt};

/// Lines around the error.
const CONTEXT: usize = 1;
/// Bytes around the error that are searched for what must not be shown: a file may have a hundred errors.
const NEAR: usize = 4_096;

/// What is wrong with a file that a person wrote for this tool. It may come with the tree that is scanned, and its
/// lines may hold what any other file holds.
#[derive(Clone, Copy, Debug)]
pub struct Diagnostic<'a> {
    pub path: &'a str,
    /// The whole text of the file.
    pub source: &'a str,
    /// Bytes of `source`; `None` if the error is about the file itself.
    pub span: Option<Span>,
    pub message: &'a str,
    pub help: Option<&'a str>,
}

/// The error as lines of text, the last one ended.
pub fn diagnostic(error: &Diagnostic<'_>, redactor: &Redactor, style: Style) -> String {
    let mut out = String::new();
    let lead = style.paint(Ink::Severity(Severity::Critical), "error:");
    let lines = wrap(&redactor.inline(error.message), style.columns().saturating_sub("error: ".len()));
    super::layout::hang(&mut out, &format!("{lead} "), "error: ".len(), &lines);
    match error.span {
        Some(span) => out.push_str(&window(error, span, redactor, style)),
        None => detail(&mut out, "at", &[style.paint(Ink::Place, &redactor.path(error.path))], style),
    }
    if let Some(help) = error.help {
        paragraph(&mut out, "  help: ", &redactor.inline(help), style.columns());
    }
    out
}

fn window(error: &Diagnostic<'_>, span: Span, redactor: &Redactor, style: Style) -> String {
    let index = LineIndex::new(error.source);
    let span = span.clamped(error.source);
    let near = Span::new(span.start.saturating_sub(NEAR), span.end.saturating_add(NEAR)).clamped(error.source);
    let mut sensitive = redactor.sensitive(near.slice(error.source).unwrap_or_default());
    sensitive.iter_mut().for_each(|part| part.span = part.span.shifted(near.start));
    let excerpt = excerpt(error.source, &index, span, &sensitive, CONTEXT);
    let start = index.position(error.source, span.start);
    let path = redactor.path(error.path);
    let scene = Scene { path: &path, start, excerpt: &excerpt, note: None, severity: Severity::High };
    draw(&scene, style)
}
