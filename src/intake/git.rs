//! Finds the git directory of a work tree and what it tracks. Starts no process and trusts nothing it reads.

use super::files::{Failure, Links, open, read_small};
use super::index::{self, Tracked};
use super::paths::is_remote;
use std::borrow::Cow;
use std::fs;
use std::io::{BufReader, ErrorKind};
use std::path::{Path, PathBuf};

/// Bytes of an index at most.
const MAX_INDEX: u64 = 512 * 1024 * 1024;
/// Bytes of the files that only name another path.
const MAX_POINTER: u64 = 4096;

/// A work tree and what its index says.
#[derive(Debug)]
pub(super) struct Repository {
    top: PathBuf,
    /// `None` if the index could not be read.
    tracked: Option<Tracked>,
    /// Rules that hold for the whole work tree but are not part of it.
    pub(super) exclude: PathBuf,
}

/// An index that is not known, and why.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unknown {
    pub(super) path: PathBuf,
    pub(super) detail: &'static str,
}

impl Repository {
    /// The repository whose work tree starts at `directory`, if there is one.
    pub(super) fn at(directory: &Path) -> Option<(Self, Option<Unknown>)> {
        let git = git_directory(directory)?;
        let common = pointer(&git.join("commondir"), "").map_or_else(|| git.clone(), |path| git.join(path));
        let path = git.join("index");
        let (tracked, unknown) = match read_index(&path) {
            Ok(tracked) => (Some(tracked), None),
            Err(detail) => (None, Some(Unknown { path, detail })),
        };
        Some((Self { top: directory.to_owned(), tracked, exclude: common.join("info/exclude") }, unknown))
    }

    /// Whether `path` is tracked; `None` if that is not known.
    pub(super) fn tracks(&self, path: &Path) -> Option<bool> {
        Some(self.tracked.as_ref()?.contains(&self.key(path)?))
    }

    /// Whether anything below the directory `path` is tracked; `None` if that is not known.
    pub(super) fn tracks_below(&self, path: &Path) -> Option<bool> {
        Some(self.tracked.as_ref()?.any_below(&self.key(path)?))
    }

    fn key<'a>(&self, path: &'a Path) -> Option<Cow<'a, [u8]>> {
        let bytes = path.strip_prefix(&self.top).ok()?.as_os_str().as_encoded_bytes();
        if cfg!(windows) {
            return Some(bytes.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect());
        }
        Some(Cow::Borrowed(bytes))
    }
}

/// `.git` itself, or where a `.git` file of a linked work tree or submodule points.
fn git_directory(directory: &Path) -> Option<PathBuf> {
    let git = directory.join(".git");
    let kind = fs::metadata(&git).ok()?.file_type();
    if kind.is_dir() {
        return Some(git);
    }
    let target = directory.join(pointer(&git, "gitdir:")?);
    target.is_dir().then_some(target)
}

/// The path in a one-line file, after `key`.
fn pointer(path: &Path, key: &str) -> Option<PathBuf> {
    let text = String::from_utf8(read_small(path, MAX_POINTER, Links::Follow)?).ok()?;
    let target = Path::new(text.strip_prefix(key)?.trim());
    (!target.as_os_str().is_empty() && !is_remote(target)).then(|| target.to_owned())
}

fn read_index(path: &Path) -> Result<Tracked, &'static str> {
    let (file, metadata) = match open(path, Links::Follow) {
        Ok(opened) => opened,
        // Nothing was ever added.
        Err(Failure::Io(error)) if error.kind() == ErrorKind::NotFound => return Ok(Tracked::default()),
        Err(Failure::Io(_)) => return Err("the git index cannot be opened"),
        Err(Failure::Special(_)) => return Err("the git index is not a regular file"),
    };
    if metadata.len() > MAX_INDEX {
        return Err("the git index is larger than 512 MiB");
    }
    index::read(BufReader::with_capacity(64 * 1024, file), metadata.len())
}
