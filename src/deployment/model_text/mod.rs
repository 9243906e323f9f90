//! Text that a model reads, wherever it stands: what tools, parameters and servers say of themselves, and the files that
//! instruct an agent. Each piece knows whose it is and where its characters stand. Nothing is judged here.

mod handlers;
mod instructions;
mod lists;

pub use handlers::pieces_of_handlers;
pub use instructions::instruction_kind;
pub use lists::{LIST_MARKERS, pieces_of_lists};

use crate::document::{Document, Language, Quote, Text};
use crate::lower::characters;
use crate::text::Span;

/// Pieces of one file at most.
pub const MAX_PIECES: usize = 20_000;

/// Characters of an owner's name that are kept.
const MAX_OWNER: usize = 100;

/// What a piece of text is to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PieceKind {
    /// What a tool says of itself: its description, its title, the docstring behind it.
    Tool,
    /// What stands in a tool's schema: descriptions, defaults, choices.
    Parameter,
    /// The name of a tool or of a parameter.
    Name,
    /// What a server says of itself when a client connects.
    Server,
    Prompt,
    Resource,
    /// A file that instructs an agent: `AGENTS.md`, the rules of an editor, a command, a sub-agent.
    Instructions,
    /// A skill, which an agent may take from anywhere.
    Skill,
}

impl PieceKind {
    /// Every kind with its name in rule pages.
    pub const ALL: &'static [(Self, &'static str)] = &[
        (Self::Tool, "tool"),
        (Self::Parameter, "parameter"),
        (Self::Name, "name"),
        (Self::Server, "server"),
        (Self::Prompt, "prompt"),
        (Self::Resource, "resource"),
        (Self::Instructions, "instructions"),
        (Self::Skill, "skill"),
    ];

    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// Whether the text is there to instruct: it says what an agent is to do, and may.
    pub fn is_instructing(self) -> bool {
        matches!(self, Self::Instructions | Self::Skill)
    }
}

/// A stretch of the file that holds characters of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub content: Span,
    /// Backslashes mean themselves.
    pub is_raw: bool,
}

impl Part {
    pub fn of_text(text: &Text) -> Self {
        Self { content: text.span, is_raw: text.quote != Quote::Escaped }
    }
}

/// One piece of text that a model reads.
#[derive(Clone, Debug)]
pub struct Piece {
    pub kind: PieceKind,
    /// The tool, parameter, prompt or resource that it belongs to; empty for a file.
    pub owner: String,
    /// In order; strings that stand side by side are one text.
    pub parts: Vec<Part>,
}

impl Piece {
    pub fn new(kind: PieceKind, owner: &str, part: Part) -> Self {
        // A hostile file has names of megabytes above a thousand texts.
        Self { kind, owner: owner.chars().take(MAX_OWNER).collect(), parts: vec![part] }
    }

    /// The characters that the model reads, with the bytes that spell them.
    pub fn characters<'a>(&'a self, text: &'a str, language: Language) -> impl Iterator<Item = (char, Span)> + 'a {
        self.parts.iter().flat_map(move |part| characters(text, part.content, part.is_raw, language))
    }
}

/// The pieces of one file.
#[derive(Debug, Default)]
pub struct Pieces {
    pub pieces: Vec<Piece>,
    /// There are more than are read.
    pub cut: bool,
}

impl Pieces {
    pub fn push(&mut self, piece: Piece) {
        if self.pieces.len() < MAX_PIECES {
            self.pieces.push(piece);
        } else {
            self.cut = true;
        }
    }
}

/// What a model reads of a file that is no source code.
pub fn pieces_of_document(place: &str, document: &Document, text: &str) -> Pieces {
    let mut out = Pieces::default();
    if let Some(kind) = instruction_kind(place) {
        out.push(instructions::prose(kind, document, text));
    } else if let Some(tree) = &document.tree
        && document.language.is_data()
    {
        pieces_of_lists(tree, &mut out);
    }
    out
}
