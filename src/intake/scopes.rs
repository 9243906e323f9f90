//! The scopes of all directories that a walk has entered, in bounded memory.

use super::git::{Repository, Unknown};
use super::scope::Scope;
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

/// What the kept scopes may weigh: bytes of their rules, and a little for each.
const MAX_KEPT: u64 = 1024 * 1024;
const WEIGHT: u64 = 512;

/// Directories that add nothing to the one above are not in here. A scope that was not used for long is dropped and
/// read again when it is needed, so that a tree full of ignore files does not fill the memory.
#[derive(Debug)]
pub(super) struct Scopes {
    respect_ignore_files: bool,
    base: Arc<Scope>,
    known: RwLock<HashMap<PathBuf, Known>>,
    /// The scopes that lead to the roots.
    pinned: Mutex<Vec<Arc<Scope>>>,
    recent: Mutex<Recent>,
    unknown: Mutex<Vec<Unknown>>,
}

/// Enough to build the scope of a directory again.
#[derive(Clone, Debug)]
struct Known {
    scope: Weak<Scope>,
    repository: Option<Arc<Repository>>,
    ignored: Option<Arc<Path>>,
}

#[derive(Debug, Default)]
struct Recent {
    scopes: VecDeque<Arc<Scope>>,
    weight: u64,
}

impl Scopes {
    pub(super) fn new(respect_ignore_files: bool) -> Self {
        Self {
            respect_ignore_files,
            base: Arc::default(),
            known: RwLock::default(),
            pinned: Mutex::default(),
            recent: Mutex::default(),
            unknown: Mutex::default(),
        }
    }

    /// The scope of `directory`, or of the nearest one above that has its own.
    pub(super) fn of(&self, directory: &Path) -> Arc<Scope> {
        let Some((nearest, known)) = self.nearest(directory) else { return Arc::clone(&self.base) };
        match known.scope.upgrade() {
            Some(scope) => scope,
            // Goes up at most as many levels as a path has.
            None => self.build(nearest, known.repository, known.ignored, true),
        }
    }

    /// Enter the directories that lead to the roots, and the roots that are directories.
    pub(super) fn prepare<'a>(&self, roots: impl Iterator<Item = &'a Path>) {
        let mut entered = HashSet::new();
        let mut roots: Vec<&Path> = roots.collect();
        roots.sort_unstable();
        for root in roots {
            let above: Vec<&Path> = root.ancestors().skip(1).take_while(|above| !entered.contains(above)).collect();
            for directory in above.into_iter().rev() {
                lock(&self.pinned).push(self.enter_at(directory, None, false));
                entered.insert(directory);
            }
            if root.is_dir() && entered.insert(root) {
                let scope = self.enter(root, None);
                // Known even if it adds nothing: a root may stand inside an ignored directory of another root.
                if self.nearest(root).is_none_or(|(nearest, _)| nearest != root) {
                    self.remember(root, &scope, None, None);
                }
                lock(&self.pinned).push(scope);
            }
        }
    }

    /// Enter `directory`, as part of the topmost ignored directory `ignored` if that is given.
    pub(super) fn enter(&self, directory: &Path, ignored: Option<Arc<Path>>) -> Arc<Scope> {
        self.enter_at(directory, ignored, true)
    }

    /// What was asked for by name was not put there unasked: directories above the roots say nothing about packages.
    fn enter_at(&self, directory: &Path, ignored: Option<Arc<Path>>, is_root_or_below: bool) -> Arc<Scope> {
        let repository = Repository::at(directory).map(|(repository, unknown)| {
            lock(&self.unknown).extend(unknown);
            Arc::new(repository)
        });
        self.build(directory, repository, ignored, is_root_or_below)
    }

    /// Indexes that could not be read.
    pub(super) fn into_unknown(self) -> Vec<Unknown> {
        self.unknown.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn build(
        &self,
        directory: &Path,
        repository: Option<Arc<Repository>>,
        ignored: Option<Arc<Path>>,
        is_root_or_below: bool,
    ) -> Arc<Scope> {
        let above = directory.parent().map_or_else(|| Arc::clone(&self.base), |parent| self.of(parent));
        let same = Arc::clone(&above);
        let respects = self.respect_ignore_files;
        let scope = Scope::below(above, directory, respects, repository.clone(), ignored.clone(), is_root_or_below);
        if !Arc::ptr_eq(&scope, &same) {
            self.remember(directory, &scope, repository, ignored);
            lock(&self.recent).push(Arc::clone(&scope));
        }
        scope
    }

    fn remember(
        &self,
        directory: &Path,
        scope: &Arc<Scope>,
        repository: Option<Arc<Repository>>,
        ignored: Option<Arc<Path>>,
    ) {
        let known = Known { scope: Arc::downgrade(scope), repository, ignored };
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(directory.to_owned(), known);
    }

    fn nearest<'a>(&self, directory: &'a Path) -> Option<(&'a Path, Known)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        directory.ancestors().find_map(|ancestor| Some((ancestor, known.get(ancestor)?.clone())))
    }
}

impl Recent {
    fn push(&mut self, scope: Arc<Scope>) {
        self.weight += scope.own_bytes() + WEIGHT;
        self.scopes.push_back(scope);
        while self.weight > MAX_KEPT {
            let Some(oldest) = self.scopes.pop_front() else { return };
            self.weight -= oldest.own_bytes() + WEIGHT;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
