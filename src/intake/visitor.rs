//! One thread of a walk: decides what an entry is, and turns it into an artifact or a row of the ledger.

use super::archive::{self, Reception};
use super::decode::{BINARY, decode};
use super::files::{self, Content, Failure, Links, meta, read_listed, size, special_name};
use super::ledger::{Ledger, Row};
use super::paths::{escape, is_remote};
use super::scope::{Scope, Standing};
use super::skip::{self, MINIFIED};
use super::walk::Walk;
use super::{Artifact, Kind, Meta};
use crate::finding::GapReason;
use ignore::{DirEntry, Error, ParallelVisitor, WalkState};
use std::fs::{self, FileType, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const IGNORED_TREE: &str = "named by an ignore file";
const IGNORED_FILES: &str = "files named by an ignore file";
const EXCLUDED: &str = "excluded by picket.toml";

pub(super) struct Visitor<'a> {
    walk: &'a Walk<'a>,
    ledger: Ledger,
    /// The directory of the last entry; the next one mostly has the same.
    last: Option<(PathBuf, Arc<Scope>)>,
    /// The directory of the last artifact with its mode, for the same reason.
    last_mode: Option<(PathBuf, Option<u32>)>,
    /// Whether the file systems of the roots keep modes.
    roots_with_modes: Vec<(PathBuf, bool)>,
}

/// What is known of an entry before it is opened.
struct Found<'a> {
    path: &'a Path,
    root: &'a Path,
    shown: String,
    kind: FileType,
    scope: Arc<Scope>,
}

impl<'a> Visitor<'a> {
    pub(super) fn new(walk: &'a Walk<'a>) -> Self {
        Self { walk, ledger: Ledger::default(), last: None, last_mode: None, roots_with_modes: Vec::new() }
    }

    fn entry(&mut self, entry: &DirEntry) -> WalkState {
        let (path, named) = (entry.path(), entry.depth() == 0);
        // The walker follows a named link and reports the type of its target.
        let (Some(kind), Some(root)) = (entry.file_type(), self.walk.roots.holding(path)) else {
            return WalkState::Skip;
        };
        if !named && (self.walk.roots.contains(path) || (kind.is_dir() && skip::is_version_control(path))) {
            return WalkState::Skip;
        }
        let found = Found { path, root, shown: self.shown(root, path), kind, scope: self.scope(path, named) };
        let standing = if named { Some(Standing::Examined) } else { self.standing(&found) };
        match standing {
            None | Some(Standing::Ignored(_)) => return WalkState::Skip,
            Some(Standing::Examined) if kind.is_dir() => self.enter(&found, None),
            Some(Standing::HoldsTracked(top)) => self.enter(&found, Some(top)),
            Some(Standing::Examined) if kind.is_symlink() => self.link(&found),
            Some(Standing::Examined) if kind.is_file() => self.file(&found),
            Some(Standing::Examined) => self.gap(&found, GapReason::Special, special_name(kind)),
        }
        WalkState::Continue
    }

    /// What is to be done with an entry that was not named; rows are written for what is left out.
    fn standing(&mut self, found: &Found<'_>) -> Option<Standing> {
        if self.is_excluded(found) {
            self.leave_out(found, EXCLUDED, EXCLUDED);
            return None;
        }
        if self.walk.options.skip_vendored && self.skip_by_default(found) {
            return None;
        }
        if !self.walk.options.respect_ignore_files {
            return Some(Standing::Examined);
        }
        let standing = found.scope.standing(found.path, found.kind.is_dir());
        match &standing {
            Standing::Ignored(None) => self.leave_out(found, IGNORED_TREE, IGNORED_FILES),
            Standing::Ignored(Some(top)) => {
                let row = Row::new(self.shown(found.root, top), GapReason::Ignored, IGNORED_TREE);
                self.leave_out_as(found, row);
            }
            Standing::Examined | Standing::HoldsTracked(_) => {}
        }
        Some(standing)
    }

    fn is_excluded(&self, found: &Found<'_>) -> bool {
        let options = self.walk.options;
        let Ok(inside) = found.path.strip_prefix(&options.excludes_base) else { return false };
        // `docs/**` means the directory too; written so, it is one row and is not even listed.
        options.excludes.is_match(inside) || (found.kind.is_dir() && options.excludes.is_match(inside.join("")))
    }

    fn skip_by_default(&mut self, found: &Found<'_>) -> bool {
        if found.kind.is_dir() {
            let Some((reason, detail)) = skip::tree(found.path) else { return false };
            self.ledger.tree(found.path.to_owned(), Row::new(found.shown.as_str(), reason, detail));
            return true;
        }
        let minified = found.kind.is_file() && skip::is_minified(found.path);
        if minified {
            self.ledger.file(Row::new(self.shown(found.root, found.root), GapReason::Generated, MINIFIED));
        }
        minified
    }

    /// A directory has a row of its own; files that are left out have one in each directory.
    fn leave_out(&mut self, found: &Found<'_>, tree: &str, files: &str) {
        let row = match found.path.parent() {
            Some(parent) if !found.kind.is_dir() => Row::new(self.shown(found.root, parent), GapReason::Ignored, files),
            _ => Row::new(found.shown.as_str(), GapReason::Ignored, tree),
        };
        self.leave_out_as(found, row);
    }

    fn leave_out_as(&mut self, found: &Found<'_>, row: Row) {
        if found.kind.is_dir() { self.ledger.tree(found.path.to_owned(), row) } else { self.ledger.file(row) }
    }

    fn enter(&mut self, found: &Found<'_>, ignored: Option<Arc<Path>>) {
        let scope = match self.walk.roots.contains(found.path) {
            true => Arc::clone(&found.scope),
            false => self.walk.scopes.enter(found.path, ignored),
        };
        let own = Found { path: found.path, root: found.root, shown: found.shown.clone(), kind: found.kind, scope };
        match fs::symlink_metadata(found.path) {
            Ok(metadata) => self.emit(&own, Kind::Directory, meta(&metadata)),
            Err(error) => self.failed(&own, &error),
        }
    }

    /// A link is never followed. What it leads to is examined if it lies inside the roots; otherwise it is a gap.
    fn link(&mut self, found: &Found<'_>) {
        let read = fs::symlink_metadata(found.path).and_then(|metadata| Ok((metadata, fs::read_link(found.path)?)));
        let (metadata, target) = match read {
            Ok(read) => read,
            Err(error) => return self.failed(found, &error),
        };
        if let Some(problem) = self.problem_of_link(found.path, &target) {
            self.gap(found, GapReason::Symlink, problem);
        }
        let link = Some(target.to_string_lossy().into_owned());
        self.emit(found, Kind::Symlink, Meta { link, ..meta(&metadata) });
    }

    fn problem_of_link(&self, path: &Path, target: &Path) -> Option<&'static str> {
        if is_remote(target) {
            return Some("its target is on another machine");
        }
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound => return Some("its target does not exist"),
            Err(_) => return Some("its target cannot be reached"),
        };
        let Some(root) = self.walk.roots.holding(&real) else { return Some("its target is outside the scanned paths") };
        let inside = real.ancestors().take_while(|ancestor| *ancestor != root);
        inside.into_iter().any(skip::is_version_control).then_some("its target is inside a version control directory")
    }

    fn file(&mut self, found: &Found<'_>) {
        if self.walk.options.own_reports.iter().any(|report| report == found.path) {
            return self.gap(found, GapReason::Ignored, "a report that this run writes");
        }
        if archive::is_bundle(found.path) {
            return self.bundle(found);
        }
        let limit = self.walk.options.limit(found.path);
        let (content, metadata) = match read_listed(found.path, limit) {
            Ok(read) => read,
            Err(Failure::Special(name)) => return self.gap(found, GapReason::Special, name),
            Err(Failure::Io(error)) => return self.unreadable(found, &error),
        };
        let kind = self.judge(found, content, limit, &metadata);
        self.emit(found, kind, meta(&metadata));
    }

    /// What is in a bundle is examined as if it lay in a folder of its name.
    fn bundle(&mut self, found: &Found<'_>) {
        let (file, metadata) = match files::open(found.path, Links::Refuse) {
            Ok(opened) => opened,
            Err(Failure::Special(name)) => return self.gap(found, GapReason::Special, name),
            Err(Failure::Io(error)) => return self.unreadable(found, &error),
        };
        self.emit(found, Kind::Opaque, meta(&metadata));
        archive::read(file, self.walk.options.max_text_bytes, &mut Unpacked { visitor: self, found });
    }

    fn judge(&mut self, found: &Found<'_>, content: Content, limit: u64, metadata: &Metadata) -> Kind {
        match content {
            Content::Binary => {
                self.ledger.file(Row::new(self.shown(found.root, found.root), GapReason::Binary, BINARY));
                Kind::Opaque
            }
            Content::TooLarge(bytes) => {
                let detail = format!("{}, limit {}", size(bytes), size(limit));
                self.gap(found, GapReason::TooLarge, &detail);
                Kind::Opaque
            }
            Content::Text { bytes, shrank } => {
                if shrank {
                    self.gap(found, GapReason::Vanished, "it shrank while it was read");
                }
                self.ledger.files += 1;
                self.ledger.bytes += metadata.len().max(bytes.len() as u64);
                Kind::Text(decode(bytes))
            }
        }
    }

    /// A file that cannot be read still has metadata to judge.
    fn unreadable(&mut self, found: &Found<'_>, error: &io::Error) {
        self.failed(found, error);
        if let Ok(metadata) = fs::symlink_metadata(found.path).and_then(|metadata| match metadata.is_file() {
            true => Ok(metadata),
            false => Err(ErrorKind::NotFound.into()),
        }) {
            self.emit(found, Kind::Opaque, meta(&metadata));
        }
    }

    fn failed(&mut self, found: &Found<'_>, error: &io::Error) {
        let (reason, detail) = failure(error);
        self.gap(found, reason, &detail);
    }

    fn gap(&mut self, found: &Found<'_>, reason: GapReason, detail: &str) {
        self.ledger.file(Row::new(found.shown.as_str(), reason, detail));
    }

    fn emit(&mut self, found: &Found<'_>, kind: Kind, meta: Meta) {
        let has_modes = self.has_modes(found.root);
        let parent_mode = self.parent_mode(found).filter(|_| has_modes);
        let mode = meta.mode.filter(|_| has_modes);
        let tracked = found.scope.tracked(found.path, found.kind.is_dir());
        let in_work_tree = found.scope.in_work_tree() && !self.walk.options.own_machine;
        (self.walk.visit)(Artifact {
            path: found.shown.clone(),
            place: self.walk.naming.place(&self.walk.roots.name(found.root, found.path)),
            kind,
            meta: Meta { mode, parent_mode, tracked, in_work_tree, installed: found.scope.installed(), ..meta },
        });
    }

    fn has_modes(&mut self, root: &Path) -> bool {
        if let Some((_, known)) = self.roots_with_modes.iter().find(|(path, _)| path == root) {
            return *known;
        }
        let known = files::has_modes(root);
        self.roots_with_modes.push((root.to_owned(), known));
        known
    }

    /// The mode of the directory that an entry lies in, inside the scanned paths.
    fn parent_mode(&mut self, found: &Found<'_>) -> Option<u32> {
        let parent = found.path.parent().filter(|_| found.path != found.root)?;
        if let Some((_, mode)) = self.last_mode.as_ref().filter(|(path, _)| path == parent) {
            return *mode;
        }
        let mode = fs::symlink_metadata(parent).ok().and_then(|metadata| files::meta(&metadata).mode);
        self.last_mode = Some((parent.to_owned(), mode));
        mode
    }

    fn shown(&self, root: &Path, path: &Path) -> String {
        self.walk.naming.shown(&self.walk.roots.name(root, path))
    }

    /// The scope that `path` is an entry of, or for a named directory its own.
    fn scope(&mut self, path: &Path, named: bool) -> Arc<Scope> {
        if named {
            // Not remembered: a walk that comes by may see the same directory as part of an ignored one.
            return self.walk.scopes.of(path);
        }
        let directory = path.parent().unwrap_or(path);
        match &self.last {
            Some((last, scope)) if last == directory => Arc::clone(scope),
            _ => {
                let scope = self.walk.scopes.of(directory);
                self.last = Some((directory.to_owned(), Arc::clone(&scope)));
                scope
            }
        }
    }

    /// The walker could not list a directory or read an entry of it.
    fn unlisted(&mut self, error: &Error) {
        let path = path_of(error).and_then(|path| Some((path, self.walk.roots.holding(path)?)));
        let shown = path.map_or_else(|| ".".to_owned(), |(path, root)| self.shown(root, path));
        let (reason, detail) = error.io_error().map_or((GapReason::Unreadable, "not listed".to_owned()), failure);
        self.ledger.uncounted(Row::new(shown, reason, format!("{detail}; its content is not known")));
    }
}

/// Takes what is in a bundle.
struct Unpacked<'a, 'v, 'f> {
    visitor: &'a mut Visitor<'v>,
    found: &'a Found<'f>,
}

impl Unpacked<'_, '_, '_> {
    fn shown(&self, name: &str) -> String {
        format!("{}{}{}", self.found.shown, archive::INSIDE, escape(Path::new(name)))
    }
}

impl Reception for Unpacked<'_, '_, '_> {
    fn text(&mut self, name: &str, bytes: Vec<u8>) {
        let walk = self.visitor.walk;
        self.visitor.ledger.files += 1;
        self.visitor.ledger.bytes += bytes.len() as u64;
        let place = walk.naming.place(&walk.roots.name(self.found.root, self.found.path));
        let meta = Meta { bytes: bytes.len() as u64, packed: true, ..Meta::default() };
        (walk.visit)(Artifact {
            path: self.shown(name),
            place: format!("{place}{}{name}", archive::INSIDE),
            kind: Kind::Text(decode(bytes)),
            meta,
        });
    }

    fn left_out(&mut self, name: &str, reason: GapReason, detail: &str) {
        let shown = if name.is_empty() { self.found.shown.clone() } else { self.shown(name) };
        self.visitor.ledger.file(Row::new(shown, reason, detail));
    }
}

impl ParallelVisitor for Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, Error>) -> WalkState {
        match entry {
            Ok(entry) => self.entry(&entry),
            Err(error) => {
                self.unlisted(&error);
                WalkState::Continue
            }
        }
    }
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        self.walk.hand_in(std::mem::take(&mut self.ledger));
    }
}

/// What a failure is called. What was listed and is gone, or became something else, has vanished.
fn failure(error: &io::Error) -> (GapReason, String) {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            (GapReason::Vanished, "gone when it was to be read".to_owned())
        }
        kind => (GapReason::Unreadable, kind.to_string()),
    }
}

fn path_of(error: &Error) -> Option<&Path> {
    let mut error = error;
    loop {
        match error {
            Error::WithPath { path, .. } => return Some(path),
            Error::WithDepth { err, .. } | Error::WithLineNumber { err, .. } => error = err,
            _ => return None,
        }
    }
}
