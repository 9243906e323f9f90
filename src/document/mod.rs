//! Parsed files with spans. Parsing returns a document and notes; it never fails, panics, recurses without bound, or
//! takes more than linear time and memory.
//!
//! All offsets are bytes into the text that was given, a byte order mark included.

mod builder;
mod directive;
mod dotenv;
mod ini;
mod json;
mod language;
mod lexical;
mod markdown;
mod places;
mod syntax;
#[cfg(test)]
mod testing;
mod toml;
mod tree;
mod yaml;

pub use directive::{Directive, DirectiveScope, MAX_DIRECTIVES, directives};
pub use language::{Language, original_path};
pub use markdown::Fence;
pub use tree::{MAX_POINTER, Member, Node, NodeId, Quote, Selected, Text, Tree, Value, push_token};

use crate::text::Span;

/// Nesting that is followed at most in any format. Deeper documents are noted and not built.
pub const MAX_DEPTH: usize = 255;

/// One file, parsed.
#[derive(Clone, Debug)]
pub struct Document {
    pub language: Language,
    /// Present for data formats (JSON, YAML, TOML, dotenv, INI) and the front matter of Markdown, also when only a part
    /// could be read.
    pub tree: Option<Tree>,
    /// Comment tokens including their markers, sorted, without overlaps.
    pub comments: Vec<Span>,
    /// String literals of source files including their quotes, sorted, without overlaps. Empty for data formats.
    pub strings: Vec<Span>,
    /// Fenced code blocks of Markdown.
    pub fences: Vec<Fence>,
    pub notes: Vec<Note>,
}

/// Something that the reader of a document should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub kind: NoteKind,
    pub span: Span,
    /// One phrase; may quote the document, so it is redacted before it is shown.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// The text does not follow the format; what was read before the error is in the tree.
    Broken,
    /// One object holds a key twice. Most readers keep the last.
    DuplicateKey,
    /// More than one JSON document in a file. All are in the tree.
    SecondDocument,
    /// A limit ended the parse.
    Limit,
}

impl Document {
    fn empty(language: Language) -> Self {
        Self { language, tree: None, comments: Vec::new(), strings: Vec::new(), fences: Vec::new(), notes: Vec::new() }
    }

    /// Whether `offset` lies in a comment.
    pub fn in_comment(&self, offset: usize) -> bool {
        covers(&self.comments, offset)
    }

    /// Whether `offset` lies in a string literal of a source file.
    pub fn in_string(&self, offset: usize) -> bool {
        covers(&self.strings, offset)
    }

    /// The fenced code block of a Markdown file that holds `offset`.
    pub fn fence_at(&self, offset: usize) -> Option<&Fence> {
        let next = self.fences.partition_point(|fence| fence.content.end <= offset);
        self.fences.get(next).filter(|fence| fence.content.contains_offset(offset))
    }
}

fn covers(sorted: &[Span], offset: usize) -> bool {
    let next = sorted.partition_point(|span| span.end <= offset);
    sorted.get(next).is_some_and(|span| span.contains_offset(offset))
}

/// The lines of a text with the offset of each, without their terminators.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = next;
        next += line.len();
        let line = line.strip_suffix('\n').unwrap_or(line);
        (start, line.strip_suffix('\r').unwrap_or(line))
    })
}

/// The length of the byte order mark that `text` begins with.
fn mark_len(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// Parse `text` as `language`.
pub fn parse(language: Language, text: &str) -> Document {
    match language {
        Language::Json => json::parse(text),
        Language::Yaml => yaml::parse(text),
        Language::Toml => toml::parse(text),
        Language::Dotenv => dotenv::parse(text),
        Language::Ini => ini::parse(text),
        Language::Markdown => markdown::parse(text),
        other => lexical::parse(other, text),
    }
}
