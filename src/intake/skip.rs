//! Which trees and files are third-party or generated, by their names and their neighbours, and how large they are.

use super::ledger::Tree;
use crate::finding::GapReason;
use std::path::Path;
use walkdir::WalkDir;

/// Files that are counted in one tree, and in all.
const COUNTED_PER_TREE: u64 = 20_000;
const COUNTED: u64 = 100_000;
/// Entries that are listed for each file that may still be counted, so that empty directories end too.
const ENTRIES_PER_FILE: u64 = 4;

/// Detail of the gap for minified files, which is one row for a whole root.
pub(super) const MINIFIED: &str = "minified files";

pub(super) const PACKAGES: &str = "third-party packages";
const ENVIRONMENT: &str = "Python environment";
const OUTPUT: &str = "build output";
const CACHE: &str = "tool cache";

/// Directories of version control: their content is no part of the deployment, and leaving them is no gap.
pub(super) fn is_version_control(directory: &Path) -> bool {
    directory.file_name().is_some_and(|name| name == ".git" || name == ".hg" || name == ".svn")
}

/// Why the directory is left out by default, if it is.
pub(super) fn tree(directory: &Path) -> Option<(GapReason, &'static str)> {
    let holds = |name: &str| directory.join(name).symlink_metadata().is_ok();
    let beside = |name: &str| directory.with_file_name(name).symlink_metadata().is_ok();
    let vendored = |detail| Some((GapReason::Vendored, detail));
    let generated = |detail| Some((GapReason::Generated, detail));
    match directory.file_name()?.to_str().unwrap_or_default() {
        "node_modules" | "bower_components" | "site-packages" => vendored(PACKAGES),
        ".venv" | ".tox" | ".nox" => vendored(ENVIRONMENT),
        "vendor" if holds("modules.txt") || holds("autoload.php") || holds("composer") || beside("composer.json") => {
            vendored(PACKAGES)
        }
        "_vendored" | "_vendor" => vendored(PACKAGES),
        "target" if beside("Cargo.toml") => generated(OUTPUT),
        "dist" | "build" | "out" if beside("src") => generated(OUTPUT),
        ".next" => generated(OUTPUT),
        "__pycache__" | ".mypy_cache" | ".pytest_cache" | ".ruff_cache" => generated(CACHE),
        _ if holds("pyvenv.cfg") => vendored(ENVIRONMENT),
        _ => None,
    }
}

/// Whether a path, which need not be one of the file system, leads through a folder of third-party packages.
pub fn is_inside_packages(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|folder| matches!(folder, "node_modules" | "site-packages" | "dist-packages"))
}

/// Whether a file was made from another that is easier to read.
pub(super) fn is_minified(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.as_encoded_bytes()).unwrap_or_default();
    [b".min.js".as_slice(), b".min.css", b".map"].iter().any(|ending| name.ends_with(ending))
}

/// Counts the files of skipped trees until it has counted enough.
#[derive(Debug)]
pub(super) struct Counter {
    left: u64,
}

impl Counter {
    pub(super) fn new() -> Self {
        Self { left: COUNTED }
    }

    /// Files below `tree`, and whether there are more.
    pub(super) fn count(&mut self, tree: &Tree) -> (u64, bool) {
        let limit = self.left.min(COUNTED_PER_TREE);
        let mut entries = 0;
        let mut files = 0;
        let mut more = false;
        let listing = WalkDir::new(&tree.path).min_depth(1).into_iter();
        for entry in listing.filter_entry(|entry| !is_version_control(entry.path())).flatten() {
            entries += 1;
            let is_file = !entry.file_type().is_dir();
            more = (is_file && files == limit) || entries > ENTRIES_PER_FILE * limit.max(1);
            if more {
                break;
            }
            files += u64::from(is_file);
        }
        self.left -= files;
        (files, more)
    }
}
