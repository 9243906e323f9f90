//! Words and what they are made of.

use super::Script;
use crate::text::Span;

/// The operator of `${#NAME}`.
pub(super) const LENGTH: &str = "length";

#[derive(Clone, Debug, Default)]
pub struct Word {
    pub span: Span,
    /// Without quotes; expansions as they stand, `$(…)` and `<(…)` for what runs in it.
    pub text: String,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub struct Part {
    pub span: Span,
    pub quote: Quote,
    pub piece: Piece,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quote {
    #[default]
    None,
    Single,
    Double,
}

#[derive(Clone, Debug)]
pub enum Piece {
    /// With escapes resolved.
    Literal(String),
    /// `$NAME`, `${NAME…}`, `$1`, `$@`.
    Variable {
        name: String,
        /// What stands behind the name: `:-`, `##`, `[@]`; `#` for its length, `!` for the variable that it names.
        operator: String,
        /// Behind the operator.
        argument: Option<Box<Word>>,
    },
    Script(Box<Script>, Substitution),
    /// `$((…))`, with what is expanded in it.
    Arithmetic(Box<Word>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Substitution {
    /// `$(…)`, backticks.
    Output,
    /// `<(…)`, `>(…)`.
    File,
}

impl Word {
    pub fn literal(text: &str, span: Span) -> Self {
        let part = Part { span, quote: Quote::Single, piece: Piece::Literal(text.to_owned()) };
        Self { span, text: text.to_owned(), parts: vec![part] }
    }

    /// Whether it is a plain word without quotes, expansions and escapes, as keywords must be.
    pub(super) fn is_plain(&self) -> bool {
        self.parts.iter().all(|part| part.quote == Quote::None && matches!(part.piece, Piece::Literal(_)))
            && self.span.len() == self.text.len()
    }

    /// Whether nothing is expanded in it.
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part.piece, Piece::Literal(_)))
    }

    /// The names of the variables that are expanded in it, also in the defaults of others.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for part in &self.parts {
            if let Piece::Variable { name, argument, .. } = &part.piece {
                names.push(name.as_str());
                // Defaults nest as deep as the reader allows.
                names.extend(argument.iter().flat_map(|word| word.names()));
            }
        }
        names
    }

    /// What runs in it.
    pub fn scripts(&self) -> Vec<&Script> {
        let mut found = Vec::new();
        for part in &self.parts {
            match &part.piece {
                Piece::Script(script, _) => found.push(&**script),
                Piece::Variable { argument: Some(word), .. } | Piece::Arithmetic(word) => found.extend(word.scripts()),
                _ => {}
            }
        }
        found
    }

    /// The parts outside of quotes whose value becomes several words, or is matched against file names.
    pub fn splitting(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| {
            part.quote == Quote::None
                && match &part.piece {
                    Piece::Variable { name, operator, .. } => {
                        !matches!(name.as_str(), "?" | "#" | "$" | "!" | "-") && operator != LENGTH
                    }
                    Piece::Script(_, kind) => *kind == Substitution::Output,
                    Piece::Literal(_) | Piece::Arithmetic(_) => false,
                }
        })
    }

    pub fn splits(&self) -> bool {
        self.splitting().next().is_some()
    }

    pub(super) fn push_literal(&mut self, text: &str, span: Span, quote: Quote) {
        self.text.push_str(text);
        if let Some(Part { span: last, quote: same, piece: Piece::Literal(known) }) = self.parts.last_mut()
            && *same == quote
            && last.end == span.start
        {
            known.push_str(text);
            last.end = span.end;
            return;
        }
        self.parts.push(Part { span, quote, piece: Piece::Literal(text.to_owned()) });
    }

    pub(super) fn push(&mut self, text: &str, part: Part) {
        self.text.push_str(text);
        self.parts.push(part);
    }
}
