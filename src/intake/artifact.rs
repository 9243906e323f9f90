//! One thing that is examined: its path, its metadata and its decoded content. Also built in memory, for rule cases.

use std::fmt;

/// A file, directory or link as the rules see it.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Where it is, for people and fingerprints: relative to the current directory with `/`, `~/…` below the home
    /// directory, absolute elsewhere. Control characters are escaped; user names are not yet hidden.
    pub path: String,
    /// Where it is, for classification: with `/`, absolute or `~/…` if known, so that `.vscode/mcp.json` is recognised
    /// when the scan starts inside `.vscode`. Never shown.
    pub place: String,
    pub kind: Kind,
    pub meta: Meta,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Text(Source),
    /// A file whose content was not decoded (binary, too large, unreadable); its metadata is still judged.
    Opaque,
    Directory,
    /// A symbolic link, not followed; the target is in the metadata.
    Symlink,
}

/// Decoded text. Offsets of findings are bytes into `text`.
#[derive(Clone, Debug)]
pub struct Source {
    pub text: String,
    pub encoding: Encoding,
}

/// How the bytes of the file became text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The text is the file, byte for byte; a byte order mark is its first character.
    Utf8,
    /// As UTF-8, but every invalid byte stands as U+001A, so that offsets still count the bytes of the file.
    Lossy,
    /// Decoded from UTF-16; offsets do not count the bytes of the file.
    Utf16,
}

impl Encoding {
    /// Whether edits at text offsets may be written back.
    pub fn allows_edits(self) -> bool {
        self == Self::Utf8
    }
}

/// What the file system and git say of an artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Size in bytes.
    pub bytes: u64,
    /// Unix permission bits with set-id and sticky bits (`0o7777`); `None` where the system has none.
    pub mode: Option<u32>,
    pub owner: Option<Owner>,
    /// Mode of the directory that it lies in; `None` for a scanned path itself.
    pub parent_mode: Option<u32>,
    /// Target of a symbolic link as written.
    pub link: Option<String>,
    /// Whether git tracks it; `None` outside a work tree.
    pub tracked: Option<bool>,
    /// Inside a git work tree, where modes mean little.
    pub in_work_tree: bool,
    /// Put there by a package manager: a dependency, below a folder into which it installs.
    pub installed: bool,
    /// Inside an archive, where nothing can be edited.
    pub packed: bool,
}

/// Numeric or named owner of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub user: String,
    pub group: String,
}

impl Artifact {
    /// A text artifact outside any file system.
    pub fn in_memory(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            place: path.to_owned(),
            kind: Kind::Text(Source { text: text.to_owned(), encoding: Encoding::Utf8 }),
            meta: Meta { bytes: text.len() as u64, ..Meta::default() },
        }
    }

    /// The same without its content.
    pub(crate) fn clone_without_text(&self) -> Self {
        Self { path: self.path.clone(), place: self.place.clone(), kind: Kind::Opaque, meta: self.meta.clone() }
    }

    pub fn source(&self) -> Option<&Source> {
        match &self.kind {
            Kind::Text(source) => Some(source),
            _ => None,
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.user, self.group)
    }
}
