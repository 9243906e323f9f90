//! Files at known places below a home directory or a root: which are there, which cannot be looked at, and the folders that
//! lead to them. Reads no content.

use super::paths::Naming;
use super::{Artifact, Kind, Meta, files};
use crate::finding::{Gap, GapReason};
use globset::{Glob, GlobMatcher};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Entries of one directory that are compared with a pattern.
const MAX_LISTED: usize = 10_000;

/// What was found at known places.
#[derive(Debug)]
pub struct KnownFiles {
    naming: Naming,
    files: BTreeSet<PathBuf>,
    /// What is in the way of a file that may be there.
    obstacles: BTreeSet<(PathBuf, GapReason, String)>,
}

impl KnownFiles {
    /// Nothing yet; `home` is what paths are named from.
    pub fn below(home: &Path) -> Self {
        Self { naming: Naming::new(None, Some(home)), files: BTreeSet::new(), obstacles: BTreeSet::new() }
    }

    /// Look for the files below `base` that `pattern` names. A segment may hold `*`, which stays inside it; links to files
    /// count, since whoever reads the path follows them.
    pub fn look(&mut self, base: &Path, pattern: &str) {
        let mut found = vec![base.to_owned()];
        for segment in pattern.split('/').filter(|segment| !segment.is_empty()) {
            found = match Glob::new(segment).map(|glob| glob.compile_matcher()) {
                Ok(glob) if segment.contains('*') => found.iter().flat_map(|dir| self.listed(dir, &glob)).collect(),
                _ => found.into_iter().map(|path| path.join(segment)).collect(),
            };
            found.truncate(MAX_LISTED);
        }
        found.into_iter().for_each(|path| self.take(base, path));
    }

    fn listed(&mut self, directory: &Path, glob: &GlobMatcher) -> Vec<PathBuf> {
        match fs::read_dir(directory) {
            Ok(entries) => {
                let entries = entries.take(MAX_LISTED).flatten();
                let named = entries.filter(|entry| glob.is_match(Path::new(&entry.file_name())));
                named.map(|entry| entry.path()).collect()
            }
            Err(error) => {
                if !is_absent(&error) {
                    self.obstruct(directory, GapReason::Unreadable, error.kind().to_string());
                }
                Vec::new()
            }
        }
    }

    fn take(&mut self, base: &Path, path: PathBuf) {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => {
                self.files.insert(path);
            }
            Ok(metadata) if metadata.is_dir() => self.obstruct(&path, GapReason::Special, "a directory".to_owned()),
            Ok(metadata) => {
                let name = files::special_name(metadata.file_type());
                self.obstruct(&path, GapReason::Special, name.to_owned());
            }
            Err(error) if is_absent(&error) => {
                if fs::symlink_metadata(&path).is_ok() {
                    self.obstruct(&path, GapReason::Symlink, "its target does not exist".to_owned());
                }
            }
            Err(error) => {
                let closed = closed_folder(base, &path).unwrap_or(path);
                self.obstruct(&closed, GapReason::Unreadable, error.kind().to_string());
            }
        }
    }

    fn obstruct(&mut self, path: &Path, reason: GapReason, detail: String) {
        self.obstacles.insert((path.to_owned(), reason, detail));
    }

    /// Sorted, each once.
    pub fn files(&self) -> Vec<PathBuf> {
        self.files.iter().cloned().collect()
    }

    /// What could not be looked at, named from the home directory.
    pub fn gaps(&self) -> Vec<Gap> {
        let gap = |(path, reason, detail): &(PathBuf, GapReason, String)| Gap {
            path: self.naming.shown(path),
            reason: *reason,
            detail: detail.clone(),
            files: Some(1),
        };
        self.obstacles.iter().map(gap).collect()
    }

    /// The folders from `home` down to the files, as artifacts: whoever may write one decides what is in it.
    pub fn folders(&self, home: &Path) -> Vec<Artifact> {
        let above = |file: &PathBuf| -> Vec<PathBuf> {
            file.ancestors().skip(1).take_while(|folder| folder.starts_with(home)).map(Path::to_path_buf).collect()
        };
        let folders: BTreeSet<PathBuf> = self.files.iter().flat_map(above).collect();
        let has_modes = files::has_modes(home);
        folders.iter().filter(|_| has_modes).filter_map(|folder| self.folder(home, folder)).collect()
    }

    fn folder(&self, home: &Path, folder: &Path) -> Option<Artifact> {
        let mode_of = |path: &Path| fs::metadata(path).ok().map(|metadata| files::meta(&metadata));
        let parent = folder.parent().filter(|_| folder != home);
        let parent_mode = parent.and_then(|parent| mode_of(parent)?.mode);
        let meta = Meta { parent_mode, ..mode_of(folder)? };
        Some(Artifact {
            path: self.naming.shown(folder),
            place: self.naming.place(folder),
            kind: Kind::Directory,
            meta,
        })
    }
}

fn is_absent(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The topmost folder between `base` and `path` that cannot be entered.
fn closed_folder(base: &Path, path: &Path) -> Option<PathBuf> {
    let between: Vec<&Path> = path.ancestors().skip(1).take_while(|folder| folder.starts_with(base)).collect();
    let is_closed = |folder: &&&Path| fs::symlink_metadata(folder.join(".")).is_err_and(|error| !is_absent(&error));
    between.iter().rev().find(is_closed).map(|folder| folder.to_path_buf())
}
