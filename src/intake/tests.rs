//! Whole trees on disk through [`walk`]: what is handed on, and what is told about the rest.
#![allow(clippy::print_stderr, reason = "a test that cannot run here says why")]

use super::*;
use crate::finding::{Gap, GapReason};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tempfile::TempDir;

mod bundles;
mod git;
mod hostile;
mod names;
mod skips;

/// A directory that is gone after the test; scans start inside it.
struct Tree {
    _directory: TempDir,
    path: PathBuf,
}

/// What a scan handed on, by path, and left behind.
#[derive(Debug)]
struct Scan {
    artifacts: BTreeMap<String, Artifact>,
    walked: Walked,
}

impl Tree {
    /// A tree with these files; each holds its own path.
    fn of(files: &[&str]) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let path = fs::canonicalize(directory.path()).expect("a real path");
        let tree = Self { _directory: directory, path };
        for file in files {
            tree.write(file, file);
        }
        tree
    }

    fn at(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        fs::write(path, content).expect("a file");
    }

    #[cfg(unix)]
    fn link(&self, path: &str, target: impl AsRef<Path>) {
        std::os::unix::fs::symlink(target, self.at(path)).expect("a link");
    }

    fn options(&self) -> WalkOptions {
        WalkOptions { threads: 2, ..WalkOptions::new(self.path.clone(), None) }
    }

    fn scan(&self, roots: &[&str]) -> Scan {
        self.scan_with(roots, &self.options())
    }

    fn scan_with(&self, roots: &[&str], options: &WalkOptions) -> Scan {
        self.try_scan(roots, options).expect("all roots exist")
    }

    fn try_scan(&self, roots: &[&str], options: &WalkOptions) -> Result<Scan, MissingPath> {
        let seen = Mutex::new(BTreeMap::new());
        let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
        let walked = walk(&roots, options, &|artifact: Artifact| {
            let twice = seen.lock().expect("no panic").insert(artifact.path.clone(), artifact);
            assert!(twice.is_none(), "visited twice: {twice:?}");
        })?;
        Ok(Scan { artifacts: seen.into_inner().expect("no panic"), walked })
    }
}

impl Scan {
    fn artifact(&self, path: &str) -> &Artifact {
        self.artifacts.get(path).unwrap_or_else(|| panic!("no {path} in {:?}", self.artifacts.keys()))
    }

    /// Paths of text files, but for ignore files, which are in most trees and about which the tests are not.
    fn texts(&self) -> Vec<&str> {
        let texts = self.artifacts.values().filter(|artifact| artifact.source().is_some());
        texts.map(|artifact| artifact.path.as_str()).filter(|path| !path.ends_with("ignore")).collect()
    }

    /// `path reason files`, with `?` for files that were not counted.
    fn gaps(&self) -> Vec<String> {
        let files = |gap: &Gap| gap.files.map_or("?".to_owned(), |files| files.to_string());
        self.walked.gaps.iter().map(|gap| format!("{} {} {}", gap.path, gap.reason, files(gap))).collect()
    }

    fn detail(&self, path: &str, reason: GapReason) -> &str {
        let gap = self.walked.gaps.iter().find(|gap| gap.path == path && gap.reason == reason);
        gap.map(|gap| gap.detail.as_str()).unwrap_or_else(|| panic!("no {reason} at {path}: {:?}", self.gaps()))
    }
}

#[track_caller]
fn check(scan: &Scan, texts: &[&str], gaps: &[&str]) {
    assert_eq!(scan.texts(), texts, "texts; gaps: {:?}", scan.walked.gaps);
    assert_eq!(scan.gaps(), gaps, "gaps: {:?}", scan.walked.gaps);
}
