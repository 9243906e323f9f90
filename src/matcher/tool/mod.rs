//! `tool`: conditions on the tools that source code registers: what they take, what they are called, what they say of
//! themselves and what their code does.
//!
//! `tool = { is = "WORD" }` asks about the tool as a whole, `tool = { parameter = "WORD" }` about each parameter. The words
//! are in [`words`].

mod body;
mod hints;
mod inputs;
mod names;
mod words;

use super::{Capture, Match, Output, Subject};
use crate::deployment::tools::{Handler, HandlerKind};
use crate::rule::{Problems, TableReader};
use crate::text::Span;
pub use words::{TOOL_WORDS, ToolWord};

/// `parameter`: empty where a finding is about the whole tool. `what`: a phrase that follows the tool's name.
pub(super) const CAPTURES: &[&str] = &["tool", "parameter", "what"];

#[derive(Debug)]
pub struct ToolMatcher {
    word: &'static ToolWord,
}

/// What a word found.
#[derive(Debug)]
pub(super) struct Hit {
    span: Span,
    tool: String,
    parameter: String,
    what: String,
}

impl Hit {
    fn of(tool: &Handler, span: Span, parameter: &str, what: String) -> Self {
        Self { span, tool: tool.name().to_owned(), parameter: parameter.to_owned(), what }
    }
}

impl ToolMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let (is, parameter) = (table.str("is", problems), table.str("parameter", problems));
        let (text, is_parameter) = match (is, parameter) {
            (Some(text), None) => (text, false),
            (None, Some(text)) => (text, true),
            _ => {
                problems.add(table.span(), "`tool` needs either `is` or `parameter`");
                return None;
            }
        };
        let known = || TOOL_WORDS.iter().filter(|word| word.is_of_parameter == is_parameter);
        let word = known().find(|word| word.name == text.value);
        if word.is_none() {
            let names: Vec<_> = known().map(|word| word.name).collect();
            let message = format!("unknown word `{}`", text.value);
            problems.add_with_help(text.span, message, format!("words: {}", names.join(", ")));
        }
        Some(Self { word: word? })
    }

    pub(super) fn run(&self, subject: &Subject<'_>, out: &mut Output) {
        let tools: Vec<&Handler> = subject.tools().iter().filter(|it| it.kind == HandlerKind::Tool).collect();
        if tools.is_empty() {
            return;
        }
        let mut hits = Vec::new();
        (self.word.find)(subject, &tools, &mut hits);
        for hit in hits {
            let captures = vec![
                Capture::new("tool", hit.tool),
                Capture::new("parameter", hit.parameter),
                Capture::new("what", hit.what),
            ];
            out.push(Match { span: Some(hit.span), captures, ..Match::default() });
        }
    }
}
