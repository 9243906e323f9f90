//! What holds in one directory and below it: ignore rules and the repository. Who enters which directory is not decided
//! here.

use super::files::{Links, read_small};
use super::git::Repository;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::Path;
use std::sync::Arc;

/// Bytes of all ignore files that hold in one directory. What goes beyond is not honoured, so that more is examined,
/// not less: compiled rules take a hundred times the memory of their text.
const MAX_RULES: u64 = 256 * 1024;

/// The state of one directory, linked to that of the nearest directory above it that adds something.
#[derive(Debug, Default)]
pub(super) struct Scope {
    above: Option<Arc<Scope>>,
    rules: Rules,
    repository: Option<Arc<Repository>>,
    /// The topmost ignored directory around here. It was entered because of tracked files, and only they are examined.
    ignored: Option<Arc<Path>>,
    /// A package manager installs into this directory, or into one above it.
    installed: bool,
    /// Bytes of the rules of this directory and of all above.
    bytes: u64,
}

/// Entries of a directory that are looked at for what a package manager leaves there.
const MAX_ENTRIES: usize = 4_096;

/// Rules that stand in one directory.
#[derive(Debug, Default)]
struct Rules {
    ignore: Option<Gitignore>,
    gitignore: Option<Gitignore>,
    exclude: Option<Gitignore>,
    /// A work tree starts here: git's own rules of directories above do not hold.
    top: bool,
    bytes: u64,
}

/// What is to be done with an entry of a directory.
#[derive(Clone, Debug)]
pub(super) enum Standing {
    Examined,
    /// Ignored, as part of this topmost ignored directory if there is one.
    Ignored(Option<Arc<Path>>),
    /// An ignored directory, part of this topmost one, that holds tracked files.
    HoldsTracked(Arc<Path>),
}

impl Scope {
    /// The scope of `directory`, which is `above` if nothing changes. `repository` is the one that starts here.
    pub(super) fn below(
        above: Arc<Self>,
        directory: &Path,
        respect_ignore_files: bool,
        repository: Option<Arc<Repository>>,
        ignored: Option<Arc<Path>>,
        is_root_or_below: bool,
    ) -> Arc<Self> {
        let mut rules = Rules { top: repository.is_some(), ..Rules::default() };
        if respect_ignore_files {
            let exclude = repository.as_ref().map(|repository| repository.exclude.as_path());
            rules.read(directory, exclude, MAX_RULES.saturating_sub(above.bytes));
        }
        let installed = above.installed || is_root_or_below && is_installed_into(directory);
        if rules.bytes == 0 && repository.is_none() && above.ignored == ignored && above.installed == installed {
            return above;
        }
        let repository = repository.or_else(|| above.repository.clone());
        let bytes = above.bytes + rules.bytes;
        Arc::new(Self { above: Some(above), rules, repository, ignored, installed, bytes })
    }

    /// Bytes of the rules that stand in this directory.
    pub(super) fn own_bytes(&self) -> u64 {
        self.rules.bytes
    }

    /// Whether what lies here was put here by a package manager.
    pub(super) fn installed(&self) -> bool {
        self.installed
    }

    pub(super) fn in_work_tree(&self) -> bool {
        self.repository.is_some()
    }

    /// Whether git tracks the file, or anything in the directory; `None` outside a work tree or if it is not known.
    pub(super) fn tracked(&self, path: &Path, is_directory: bool) -> Option<bool> {
        let repository = self.repository.as_ref()?;
        if is_directory { repository.tracks_below(path) } else { repository.tracks(path) }
    }

    /// How `path`, an entry of this directory, stands to the ignore rules.
    pub(super) fn standing(&self, path: &Path, is_directory: bool) -> Standing {
        if self.ignored.is_none() && !self.ignores(path, is_directory) {
            return Standing::Examined;
        }
        let Some(repository) = &self.repository else { return Standing::Ignored(self.ignored.clone()) };
        // A tracked directory is a submodule.
        if repository.tracks(path) == Some(true) {
            return Standing::Examined;
        }
        if is_directory && repository.tracks_below(path) == Some(true) {
            return Standing::HoldsTracked(self.ignored.clone().unwrap_or_else(|| Arc::from(path)));
        }
        Standing::Ignored(self.ignored.clone())
    }

    /// `.ignore` wins over `.gitignore`, which wins over git's `info/exclude`; in each, the nearest directory wins.
    fn ignores(&self, path: &Path, is_directory: bool) -> bool {
        let nearest = |pick: fn(&Rules) -> Option<&Gitignore>, within_repository: bool| {
            let mut scope = Some(self);
            while let Some(here) = scope {
                match pick(&here.rules).map_or(Match::None, |rules| rules.matched(path, is_directory)) {
                    Match::Ignore(_) => return Some(true),
                    Match::Whitelist(_) => return Some(false),
                    Match::None if within_repository && here.rules.top => return None,
                    Match::None => scope = here.above.as_deref(),
                }
            }
            None
        };
        nearest(|rules| rules.ignore.as_ref(), false)
            .or_else(|| nearest(|rules| rules.gitignore.as_ref(), true))
            .or_else(|| nearest(|rules| rules.exclude.as_ref(), true))
            .unwrap_or(false)
    }
}

/// Whether a package manager installs into `directory`: by its name, or because several Python packages left their records
/// there, as `pip install --target` does. One alone is a wheel that somebody unpacked to look into it.
fn is_installed_into(directory: &Path) -> bool {
    let name = directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if matches!(name, "node_modules" | "site-packages" | "dist-packages") {
        return true;
    }
    let Ok(entries) = std::fs::read_dir(directory) else { return false };
    let is_record = |entry: &std::fs::DirEntry| entry.file_name().as_encoded_bytes().ends_with(b".dist-info");
    entries.take(MAX_ENTRIES).flatten().filter(is_record).nth(1).is_some()
}

impl Rules {
    fn read(&mut self, directory: &Path, exclude: Option<&Path>, limit: u64) {
        self.ignore = self.read_file(directory, &directory.join(".ignore"), limit);
        self.gitignore = self.read_file(directory, &directory.join(".gitignore"), limit);
        self.exclude = exclude.and_then(|exclude| self.read_file(directory, exclude, limit));
    }

    /// The rules in `file` that hold below `directory`; `None` if there are none. What does not parse does not hold.
    fn read_file(&mut self, directory: &Path, file: &Path, limit: u64) -> Option<Gitignore> {
        // Git does not follow an ignore file that is a link either.
        let bytes = read_small(file, limit.saturating_sub(self.bytes), Links::Refuse)?;
        let text = String::from_utf8_lossy(&bytes);
        let mut builder = GitignoreBuilder::new(directory);
        for line in text.trim_start_matches('\u{FEFF}').lines() {
            let _ = builder.add_line(None, line);
        }
        let rules = builder.build().ok().filter(|rules| !rules.is_empty())?;
        self.bytes += bytes.len() as u64;
        Some(rules)
    }
}
