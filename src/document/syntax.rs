//! What comments and strings look like in each source language: a table, without the code that applies it.

use super::Language;

/// What a language's comments and strings look like.
pub(super) struct Syntax {
    pub(super) line_comments: &'static [(&'static str, Position)],
    pub(super) block_comments: &'static [(&'static str, &'static str)],
    /// Longer delimiters before those that they begin with.
    pub(super) strings: &'static [Delimiter],
    pub(super) dialect: Dialect,
}

/// Where a line comment may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    Anywhere,
    WordStart,
    LineStart,
}

pub(super) struct Delimiter {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// The character that takes its meaning from the next.
    pub(super) escape: Option<u8>,
    /// Whether the string may go over several lines; else it ends with its line.
    pub(super) multiline: bool,
}

/// What the table cannot say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Plain,
    /// Here-documents, and backslashes outside of strings.
    Shell,
    /// Regular expressions and nested templates.
    JavaScript,
    /// Raw strings, lifetimes, nested comments.
    Rust,
}

const fn single(open: &'static str) -> Delimiter {
    Delimiter { open, close: open, escape: Some(b'\\'), multiline: false }
}

const fn multi(open: &'static str, close: &'static str, escape: Option<u8>) -> Delimiter {
    Delimiter { open, close, escape, multiline: true }
}

const HASH: &[(&str, Position)] = &[("#", Position::WordStart)];
const SLASHES: &[(&str, Position)] = &[("//", Position::Anywhere)];
const C_BLOCK: &[(&str, &str)] = &[("/*", "*/")];

static SHELL: Syntax = Syntax {
    line_comments: HASH,
    block_comments: &[],
    strings: &[multi("$'", "'", Some(b'\\')), multi("'", "'", None), multi("\"", "\"", Some(b'\\'))],
    dialect: Dialect::Shell,
};

static DOCKERFILE: Syntax = Syntax {
    line_comments: &[("#", Position::LineStart)],
    block_comments: &[],
    strings: &[single("\""), single("'")],
    dialect: Dialect::Plain,
};

static POWERSHELL: Syntax = Syntax {
    line_comments: HASH,
    block_comments: &[("<#", "#>")],
    strings: &[
        multi("@\"", "\"@", None),
        multi("@'", "'@", None),
        multi("\"", "\"", Some(b'`')),
        multi("'", "'", None),
    ],
    dialect: Dialect::Plain,
};

static BATCH: Syntax = Syntax {
    line_comments: &[("rem", Position::LineStart), ("::", Position::LineStart)],
    block_comments: &[],
    strings: &[Delimiter { escape: None, ..single("\"") }],
    dialect: Dialect::Plain,
};

static PYTHON: Syntax = Syntax {
    line_comments: &[("#", Position::Anywhere)],
    block_comments: &[],
    strings: &[multi("\"\"\"", "\"\"\"", Some(b'\\')), multi("'''", "'''", Some(b'\\')), single("\""), single("'")],
    dialect: Dialect::Plain,
};

static JAVASCRIPT: Syntax = Syntax {
    line_comments: SLASHES,
    block_comments: C_BLOCK,
    strings: &[single("\""), single("'")],
    dialect: Dialect::JavaScript,
};

static GO: Syntax = Syntax {
    line_comments: SLASHES,
    block_comments: C_BLOCK,
    strings: &[single("\""), single("'"), multi("`", "`", None)],
    dialect: Dialect::Plain,
};

static RUST: Syntax = Syntax {
    line_comments: SLASHES,
    block_comments: C_BLOCK,
    strings: &[multi("\"", "\"", Some(b'\\'))],
    dialect: Dialect::Rust,
};

static HTML: Syntax =
    Syntax { line_comments: &[], block_comments: &[("<!--", "-->")], strings: &[], dialect: Dialect::Plain };

impl Syntax {
    pub(super) fn of(language: Language) -> Option<&'static Self> {
        match language {
            Language::Shell => Some(&SHELL),
            Language::Dockerfile => Some(&DOCKERFILE),
            Language::PowerShell => Some(&POWERSHELL),
            Language::Batch => Some(&BATCH),
            Language::Python => Some(&PYTHON),
            Language::JavaScript => Some(&JAVASCRIPT),
            Language::Go => Some(&GO),
            Language::Rust => Some(&RUST),
            Language::Html => Some(&HTML),
            Language::Plain
            | Language::Json
            | Language::Yaml
            | Language::Toml
            | Language::Dotenv
            | Language::Ini
            | Language::Markdown => None,
        }
    }

    /// Bytes at which something may begin; all others are passed over.
    pub(super) fn first_bytes(&self) -> [bool; 256] {
        let mut first = [false; 256];
        let markers = self.line_comments.iter().map(|(marker, _)| *marker);
        let blocks = self.block_comments.iter().map(|(open, _)| *open);
        let strings = self.strings.iter().map(|delimiter| delimiter.open);
        let own: &[&str] = match self.dialect {
            Dialect::Plain => &[],
            Dialect::Shell => &["\\", "<", "\n"],
            Dialect::JavaScript => &["`", "{", "}", "/"],
            Dialect::Rust => &["'", "r"],
        };
        for byte in markers.chain(blocks).chain(strings).chain(own.iter().copied()).filter_map(|s| s.bytes().next()) {
            for case in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
                if let Some(entry) = first.get_mut(usize::from(case)) {
                    *entry = true;
                }
            }
        }
        first
    }
}
