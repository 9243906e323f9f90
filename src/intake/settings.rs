//! Small files that the caller names itself: configuration and rule pages. They must be text; nothing is guessed.

use super::Artifact;
use super::files::{Failure, Links, open, size};
use super::paths::escape;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Bytes of a rule page at most.
const MAX_PAGE: u64 = 1024 * 1024;
/// Levels of directories below a rule directory.
const MAX_DEPTH: usize = 16;

/// A file that should have been read and was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The path as it was given, escaped.
    pub path: String,
    pub problem: ReadProblem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadProblem {
    Missing,
    NotAFile,
    /// Larger than this many bytes.
    TooLarge(u64),
    /// The first byte that is no UTF-8.
    NotUtf8(usize),
    /// What the system says.
    Refused(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.problem {
            ReadProblem::Missing => write!(f, "`{path}` does not exist"),
            ReadProblem::NotAFile => write!(f, "`{path}` is not a regular file"),
            ReadProblem::TooLarge(limit) => write!(f, "`{path}` is larger than {}", size(*limit)),
            ReadProblem::NotUtf8(at) => write!(f, "`{path}` is not UTF-8 (first invalid byte at offset {at})"),
            ReadProblem::Refused(why) => write!(f, "`{path}` cannot be read: {why}"),
        }
    }
}

impl std::error::Error for ReadError {}

/// The text of a configuration file of at most `limit` bytes.
///
/// # Errors
/// If it is missing, no regular file, too large, unreadable, or not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String, ReadError> {
    read(path, limit).map_err(|problem| ReadError { path: escape(path), problem })
}

/// A file that was examined, with its text once more; nothing if it changed its kind or cannot be read.
pub fn read_again(artifact: &Artifact, path: &Path, limit: u64) -> Option<Artifact> {
    let bytes = read_bytes(path, limit).ok()?;
    let again = super::from_bytes(&artifact.path, &artifact.place, bytes).ok()?;
    Some(Artifact { meta: artifact.meta.clone(), ..again })
}

/// All `*.md` files below `directory` with their paths, sorted; hidden ones are left out, links are followed.
///
/// # Errors
/// If the directory cannot be listed, or any page is larger than 1 MiB, unreadable, or not UTF-8.
pub fn read_pages(directory: &Path) -> Result<Vec<(String, String)>, ReadError> {
    let mut pages = Vec::new();
    let listing = WalkDir::new(directory).follow_links(true).max_depth(MAX_DEPTH).sort_by_file_name();
    for entry in listing.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
        let entry = entry.map_err(|error| ReadError {
            path: escape(error.path().unwrap_or(directory)),
            problem: error.io_error().map_or_else(|| ReadProblem::Refused("it links to itself".to_owned()), refused),
        })?;
        if entry.depth() == 0 && !entry.file_type().is_dir() {
            return Err(ReadError {
                path: escape(directory),
                problem: ReadProblem::Refused("not a directory".to_owned()),
            });
        }
        if !entry.file_type().is_dir() && entry.path().extension().is_some_and(|extension| extension == "md") {
            pages.push((escape(entry.path()), read_text(entry.path(), MAX_PAGE)?));
        }
    }
    pages.sort();
    Ok(pages)
}

/// The file `name` in `start` or the nearest directory above it, not beyond the one that holds `.git`; only in `start`
/// if there is no `.git` above.
pub fn find_upward(start: &Path, name: &str) -> Option<PathBuf> {
    let start = std::path::absolute(start).ok()?;
    let top = start.ancestors().find(|directory| directory.join(".git").symlink_metadata().is_ok()).unwrap_or(&start);
    let inside = start.ancestors().take_while(|directory| directory.starts_with(top));
    inside.map(|directory| directory.join(name)).find(|path| path.is_file())
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

fn read(path: &Path, limit: u64) -> Result<String, ReadProblem> {
    String::from_utf8(read_bytes(path, limit)?).map_err(|error| ReadProblem::NotUtf8(error.utf8_error().valid_up_to()))
}

fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, ReadProblem> {
    let (file, metadata) = open(path, Links::Follow).map_err(|failure| match failure {
        Failure::Special(_) => ReadProblem::NotAFile,
        Failure::Io(error) => refused(&error),
    })?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| refused(&error))?;
    if metadata.len() > limit || bytes.len() as u64 > limit {
        return Err(ReadProblem::TooLarge(limit));
    }
    Ok(bytes)
}

fn refused(error: &std::io::Error) -> ReadProblem {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => ReadProblem::Missing,
        kind => ReadProblem::Refused(kind.to_string()),
    }
}
