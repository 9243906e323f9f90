//! The walk over the roots: sets it up, runs it on several threads, and adds up what they left out.

use super::git::Unknown;
use super::ledger::{Ledger, Row};
use super::paths::Naming;
use super::roots::{MissingPath, Roots};
use super::scopes::Scopes;
use super::skip::Counter;
use super::visitor::Visitor;
use super::{Artifact, WalkOptions};
use crate::finding::{Gap, GapReason};
use ignore::{ParallelVisitor, ParallelVisitorBuilder, WalkBuilder};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// What a walk leaves behind besides artifacts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// Everything that was not examined, sorted, with a row for a tree rather than for each file in it.
    pub gaps: Vec<Gap>,
    /// Text files that were handed on.
    pub files: u64,
    /// Their size on disk.
    pub bytes: u64,
}

/// What all threads of a walk share.
pub(super) struct Walk<'a> {
    pub(super) options: &'a WalkOptions,
    pub(super) naming: Naming,
    pub(super) roots: Roots,
    pub(super) scopes: Scopes,
    pub(super) visit: &'a (dyn Fn(Artifact) + Sync),
    ledger: Mutex<Ledger>,
}

/// Visit every file, directory and symbolic link below `roots`, and the roots themselves, in no particular order and
/// from several threads. A root is examined even if it is ignored, third-party or excluded, and if it is a link, its
/// target is. Everything else about a link stays unfollowed.
///
/// # Errors
/// If a root does not exist; nothing was visited then.
pub fn walk(
    roots: &[PathBuf],
    options: &WalkOptions,
    visit: &(dyn Fn(Artifact) + Sync),
) -> Result<Walked, MissingPath> {
    let from = (!options.own_machine).then_some(options.current_dir.as_path());
    let naming = Naming::new(from, options.home.as_deref());
    let mut ledger = Ledger::default();
    let roots = Roots::find(roots, &options.current_dir, &naming, &mut ledger)?;
    let scopes = Scopes::new(options.respect_ignore_files);
    scopes.prepare(roots.iter());
    let walk = Walk { options, naming, roots, scopes, visit, ledger: Mutex::new(ledger) };
    walk.run();
    Ok(walk.finish())
}

impl<'a> Walk<'a> {
    fn run(&self) {
        let mut builder = WalkBuilder::empty();
        // The rules are applied by `Scope`: the crate would open an ignore file whatever it is, and would not say what
        // it left out.
        builder.standard_filters(false).follow_links(false).threads(self.options.thread_count());
        for root in self.roots.iter() {
            builder.add(root);
        }
        builder.build_parallel().visit(&mut Visitors(self));
    }

    /// Take over what a thread wrote.
    pub(super) fn hand_in(&self, ledger: Ledger) {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).merge(ledger);
    }

    fn finish(self) -> Walked {
        let mut ledger = self.ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut unknown = self.scopes.into_unknown();
        unknown.sort();
        unknown.dedup();
        for Unknown { path, detail } in unknown {
            let detail = format!("{detail}; which files are tracked is not known");
            ledger.file(Row::new(self.naming.shown(&path), GapReason::Unreadable, detail));
        }
        let mut counter = Counter::new();
        ledger.count_trees(|tree| counter.count(tree));
        Walked { files: ledger.files, bytes: ledger.bytes, gaps: ledger.into_gaps() }
    }
}

/// Makes the visitor of every thread.
struct Visitors<'a>(&'a Walk<'a>);

impl<'a> ParallelVisitorBuilder<'a> for Visitors<'a> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 'a> {
        Box::new(Visitor::new(self.0))
    }
}
