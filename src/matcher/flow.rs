//! `flow`: foreign input that reaches a sink. The engine searches a whole package at once; this says which of what it
//! found a page is about.

use super::{Capture, Match};
use crate::flow::Found;
use crate::rule::{Kinds, Problems, TableReader};

pub(super) const CAPTURES: &[&str] =
    &["callee", "path", "does", "source", "tool", "parameter", "entry", "shape", "guard"];

#[derive(Debug)]
pub struct FlowMatcher {
    kinds: Kinds,
    /// Names of kinds of sources; all if there are none.
    from: Vec<String>,
    /// Only what is all of what the sink gets, or only what is a part of it.
    is_whole: Option<bool>,
}

impl FlowMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let mut kinds = Kinds::default();
        for text in table.strings("sink", problems) {
            match Kinds::named(text.value) {
                Some(kind) => kinds = kinds | kind,
                None => {
                    let names: Vec<&str> = Kinds::NAMES.iter().map(|(name, _)| *name).collect();
                    problems.add(text.span, format!("a kind of sink is one of {}", names.join(", ")));
                }
            }
        }
        if kinds == Kinds::default() {
            problems.add(table.span(), "`sink` is missing");
            return None;
        }
        let mut from = Vec::new();
        for text in table.strings("from", problems) {
            if !["tool", "resource", "prompt", "http", "remote"].contains(&text.value) {
                problems.add(text.span, "a source is one of tool, resource, prompt, http, remote");
            }
            from.push(text.value.to_owned());
        }
        let is_whole = table.str("shape", problems).and_then(|text| match text.value {
            "whole" => Some(true),
            "part" => Some(false),
            _ => {
                problems.add(text.span, "`shape` is whole or part");
                None
            }
        });
        Some(Self { kinds, from, is_whole })
    }

    pub(crate) fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// Whether a page with this is about what was found.
    pub(crate) fn judge(&self, found: &Found) -> Option<Match> {
        let fits = self.kinds.has(found.kind)
            && (self.from.is_empty() || self.from.iter().any(|from| from == found.source))
            && self.is_whole.is_none_or(|wanted| wanted == found.is_whole);
        if !fits {
            return None;
        }
        let guard = found.weakness.map_or_else(String::new, |text| format!("; {text}"));
        let texts: [(&str, &str); 9] = [
            ("callee", &found.callee),
            ("path", &found.path),
            ("does", &found.does),
            ("source", found.source),
            ("tool", &found.tool),
            ("parameter", &found.parameter),
            ("entry", &found.entry),
            ("shape", if found.is_whole { "whole" } else { "part" }),
            ("guard", &guard),
        ];
        let captures = texts.into_iter().map(|(name, text)| Capture::new(name, text)).collect();
        Some(Match { span: Some(found.span), captures, ..Match::default() })
    }
}
