//! The paths that were asked for: each once, by its real path, with the name that it is shown under.

use super::ledger::{Ledger, Row};
use super::paths::{Naming, escape};
use crate::finding::GapReason;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// A path that was named but does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPath {
    pub path: String,
}

impl fmt::Display for MissingPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` does not exist", self.path)
    }
}

impl std::error::Error for MissingPath {}

/// Real path → path as it was named. No link is followed below a root, so a real root before a relative path names
/// every file once, and a root inside another is walked only as itself. Real paths are written in one way, so their
/// characters tell them apart; to compare them by components, for every file, would take several times as long.
#[derive(Debug, Default)]
pub(super) struct Roots {
    named: HashMap<OsString, PathBuf>,
}

impl Roots {
    /// Look all roots up. One that exists but cannot be reached becomes a gap.
    pub(super) fn find(
        paths: &[PathBuf],
        current_dir: &Path,
        naming: &Naming,
        ledger: &mut Ledger,
    ) -> Result<Self, MissingPath> {
        let here = fs::canonicalize(current_dir).unwrap_or_else(|_| current_dir.to_owned());
        let mut named = HashMap::new();
        for path in paths {
            match resolve(path, current_dir, &here) {
                Ok((real, name)) => {
                    named.entry(real.into_os_string()).or_insert(name);
                }
                Err(error) if is_missing(&error) => return Err(MissingPath { path: escape(path) }),
                Err(error) => {
                    let shown = naming.shown(&current_dir.join(path));
                    ledger.file(Row::new(shown, GapReason::Unreadable, error.kind().to_string()));
                }
            }
        }
        let mut roots = Self { named };
        roots.rename_inner();
        Ok(roots)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Path> {
        self.named.keys().map(Path::new)
    }

    pub(super) fn contains(&self, real: &Path) -> bool {
        self.named.contains_key(real.as_os_str())
    }

    /// The innermost root that holds `real`.
    pub(super) fn holding<'a>(&self, real: &'a Path) -> Option<&'a Path> {
        real.ancestors().find(|ancestor| self.contains(ancestor))
    }

    /// `real` by the name of the `root` that holds it.
    pub(super) fn name<'a>(&self, root: &Path, real: &'a Path) -> Cow<'a, Path> {
        match (self.named.get(root.as_os_str()), real.strip_prefix(root)) {
            (Some(name), Ok(_)) if name == root => Cow::Borrowed(real),
            (Some(name), Ok(inside)) if inside.as_os_str().is_empty() => Cow::Owned(name.clone()),
            (Some(name), Ok(inside)) => Cow::Owned(name.join(inside)),
            _ => Cow::Borrowed(real),
        }
    }

    /// A root inside another takes its name from there, so that a file has one name however often it is covered.
    fn rename_inner(&mut self) {
        let inner = self.iter().filter_map(|real| {
            let outer = real.ancestors().skip(1).filter(|ancestor| self.contains(ancestor)).last()?;
            Some((real.as_os_str().to_owned(), self.name(outer, real).into_owned()))
        });
        let renamed: Vec<_> = inner.collect();
        self.named.extend(renamed);
    }
}

/// The real path and the absolute name of a root.
fn resolve(path: &Path, current_dir: &Path, here: &Path) -> Result<(PathBuf, PathBuf), Error> {
    if path.as_os_str().is_empty() {
        return Err(ErrorKind::NotFound.into());
    }
    let name = without_dots(&current_dir.join(path))?;
    let real = fs::canonicalize(&name)?;
    match real.strip_prefix(here) {
        // The current directory by another name, as `/tmp` and `/private/tmp`.
        Ok(inside) if !name.starts_with(current_dir) => Ok((real.clone(), current_dir.join(inside))),
        _ => Ok((real, name)),
    }
}

/// `path` without `.` and `..`. What stands before a `..` may be a link, so only the file system knows its parent.
fn without_dots(path: &Path) -> Result<PathBuf, Error> {
    let components: Vec<Component<'_>> = path.components().collect();
    let Some(last) = components.iter().rposition(|component| *component == Component::ParentDir) else {
        return Ok(components.iter().collect());
    };
    let (before, after) = components.split_at(last + 1);
    let mut real = fs::canonicalize(before.iter().collect::<PathBuf>())?;
    real.extend(after);
    Ok(real)
}

fn is_missing(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput)
}
