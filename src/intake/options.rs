//! What a walk honours and how much it reads. No environment is consulted: the caller passes the directories in.

use globset::GlobSet;
use std::path::{Path, PathBuf};

const MIB: u64 = 1024 * 1024;

/// Endings of program source, which is parsed and therefore has a smaller limit than text that is only searched.
const SOURCE_EXTENSIONS: &[&str] =
    &["py", "pyi", "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "go", "rs"];

/// How to walk. Start from [`WalkOptions::new`] and change what differs.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    /// Honour `.gitignore`, `.ignore` and `.git/info/exclude`, also those of parent directories.
    pub respect_ignore_files: bool,
    /// Leave out third-party trees and build output.
    pub skip_vendored: bool,
    /// Bytes of a text file that are read; a larger file is a gap.
    pub max_text_bytes: u64,
    /// The same for program source (see [`is_source`]); `None` = as for text.
    pub max_source_bytes: Option<u64>,
    /// Threads that read; 0 = as many as the machine runs at once.
    pub threads: usize,
    /// Trees and files left out by policy, matched against paths relative to `excludes_base`. Named roots are not left
    /// out.
    pub excludes: GlobSet,
    /// Real path of the directory that `excludes` are relative to.
    pub excludes_base: PathBuf,
    /// The home directory, shown as `~`.
    pub home: Option<PathBuf>,
    /// Absolute path that relative roots and shown paths start from.
    pub current_dir: PathBuf,
    /// The roots are what clients on this machine read: named from the home directory, wherever the scan runs, and with
    /// modes that count, even where somebody keeps the files in a work tree.
    pub own_machine: bool,
    /// Real paths of files that this run writes: what they quote was found elsewhere.
    pub own_reports: Vec<PathBuf>,
}

impl WalkOptions {
    /// The defaults: ignore files honoured, third-party trees left out, 16 MiB of text, 5 MiB of source.
    pub fn new(current_dir: PathBuf, home: Option<PathBuf>) -> Self {
        Self {
            respect_ignore_files: true,
            skip_vendored: true,
            max_text_bytes: 16 * MIB,
            max_source_bytes: Some(5 * MIB),
            threads: 0,
            excludes: GlobSet::empty(),
            excludes_base: current_dir.clone(),
            home,
            current_dir,
            own_machine: false,
            own_reports: Vec::new(),
        }
    }

    /// Bytes of `path` that are read at most.
    pub(super) fn limit(&self, path: &Path) -> u64 {
        match self.max_source_bytes {
            Some(limit) if is_source(path) => limit,
            _ => self.max_text_bytes,
        }
    }

    pub(super) fn thread_count(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            count => count,
        }
    }
}

/// Whether the name of `path` is that of program source.
pub fn is_source(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| SOURCE_EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}
