//! Message templates: text with `{placeholders}` that a match fills in.

use super::Problems;
use crate::text::Span;

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder { name: String, span: Span },
}

impl Template {
    /// Parse `source`, which stands at `span` of its file. `{{` and `}}` are braces.
    pub fn parse(source: &str, span: Span, problems: &mut Problems) -> Self {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some(c) = rest.chars().next() {
            if rest.starts_with("{{") || rest.starts_with("}}") {
                text.push(c);
                rest = rest.get(2..).unwrap_or_default();
                continue;
            }
            if c != '{' {
                text.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                continue;
            }
            let Some((name, after)) = rest.get(1..).and_then(|inner| inner.split_once('}')) else {
                problems.add(span, "a `{` of the message is never closed");
                break;
            };
            let at = span.start + (source.len() - rest.len());
            pieces.push(Piece::Text(std::mem::take(&mut text)));
            let span = Span::new(at, at + name.len() + 2);
            pieces.push(Piece::Placeholder { name: name.to_owned(), span });
            rest = after;
        }
        pieces.push(Piece::Text(text));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Self { pieces }
    }

    /// The names that must be filled in, with their places.
    pub fn placeholders(&self) -> impl Iterator<Item = (&str, Span)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Placeholder { name, span } => Some((name.as_str(), *span)),
            Piece::Text(_) => None,
        })
    }

    /// Fill in; a name that `value` does not know becomes `?`, which the loader test makes impossible.
    pub fn fill(&self, mut value: impl FnMut(&str) -> Option<String>) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Placeholder { name, .. } => value(name).unwrap_or_else(|| "?".to_owned()),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_braces_kept() {
        let mut problems = Problems::default();
        let template = Template::parse("`{a}` is {{not}} {b}", Span::new(10, 30), &mut problems);
        assert!(problems.is_empty());
        assert_eq!(template.fill(|name| (name == "a").then(|| "x".to_owned())), "`x` is {not} ?");
        assert_eq!(
            template.placeholders().map(|(name, span)| (name, span.start)).collect::<Vec<_>>(),
            [("a", 11), ("b", 27)]
        );
    }

    #[test]
    fn an_open_brace_is_a_problem() {
        let mut problems = Problems::default();
        Template::parse("{a", Span::new(0, 2), &mut problems);
        assert!(!problems.is_empty());
    }
}
