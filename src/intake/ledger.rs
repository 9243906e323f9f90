//! What one thread examined and what it left out, in rows that do not grow with the number of files.

use crate::finding::{Gap, GapReason, merge_gaps};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What rows are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub(super) path: String,
    pub(super) reason: GapReason,
    pub(super) detail: String,
}

impl Row {
    pub(super) fn new(path: impl Into<String>, reason: GapReason, detail: impl Into<String>) -> Self {
        Self { path: path.into(), reason, detail: detail.into() }
    }
}

/// A skipped directory, not yet counted. Several may belong to one row.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tree {
    pub(super) path: PathBuf,
    pub(super) row: Row,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    rows: BTreeMap<Row, Tally>,
    trees: Vec<Tree>,
    /// Text files that were handed on, and their bytes.
    pub(super) files: u64,
    pub(super) bytes: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    files: u64,
    /// Counting ended before the files did.
    more: bool,
    /// The files could not be counted.
    unknown: bool,
}

impl Ledger {
    /// One more file that was left out.
    pub(super) fn file(&mut self, row: Row) {
        self.add(row, Tally { files: 1, ..Tally::default() });
    }

    /// A whole directory that was left out.
    pub(super) fn tree(&mut self, path: PathBuf, row: Row) {
        self.trees.push(Tree { path, row });
    }

    /// A directory that could not be listed: nobody knows what it holds.
    pub(super) fn uncounted(&mut self, row: Row) {
        self.add(row, Tally { unknown: true, ..Tally::default() });
    }

    /// What another thread wrote.
    pub(super) fn merge(&mut self, other: Self) {
        for (row, tally) in other.rows {
            self.add(row, tally);
        }
        self.trees.extend(other.trees);
        self.files += other.files;
        self.bytes += other.bytes;
    }

    /// Count the skipped trees, always in the same order: `count` says how many files one has, and whether more.
    pub(super) fn count_trees(&mut self, mut count: impl FnMut(&Tree) -> (u64, bool)) {
        let mut trees = std::mem::take(&mut self.trees);
        trees.sort();
        for tree in trees {
            let (files, more) = count(&tree);
            self.add(tree.row, Tally { files, more, unknown: false });
        }
    }

    pub(super) fn into_gaps(self) -> Vec<Gap> {
        let gaps = self.rows.into_iter().map(|(Row { path, reason, detail }, tally)| {
            let detail = if tally.more { format!("{detail}, more than {} files", tally.files) } else { detail };
            Gap { path, reason, detail, files: (!tally.more && !tally.unknown).then_some(tally.files) }
        });
        merge_gaps(gaps.collect())
    }

    fn add(&mut self, row: Row, more: Tally) {
        let tally = self.rows.entry(row).or_default();
        tally.files = tally.files.saturating_add(more.files);
        tally.more |= more.more;
        tally.unknown |= more.unknown;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The trees `names` with room to count two files: what is told of them.
    fn counted(names: &[&str]) -> Vec<(String, Option<u64>)> {
        let mut ledger = Ledger::default();
        for name in names {
            ledger.tree(PathBuf::from(name), Row::new(*name, GapReason::Vendored, "packages"));
        }
        let mut left = 2;
        ledger.count_trees(|_| {
            let more = left == 0;
            left -= u64::from(!more);
            (u64::from(!more), more)
        });
        ledger.into_gaps().into_iter().map(|gap| (format!("{}: {}", gap.path, gap.detail), gap.files)).collect()
    }

    #[test]
    fn what_is_counted_does_not_depend_on_the_order_of_the_walk() {
        let expected = [("a: packages", Some(1)), ("b: packages", Some(1)), ("c: packages, more than 0 files", None)];
        let expected = expected.map(|(text, files)| (text.to_owned(), files));
        assert_eq!(counted(&["c", "a", "b"]), expected);
        assert_eq!(counted(&["b", "c", "a"]), expected);
    }
}
