//! What was not examined. A scan that skipped something never looks like a clean one.

use std::collections::BTreeMap;
use std::fmt;

/// One thing, or one tree of things, that was not (wholly) examined.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The file or the root of the skipped tree, in the form of finding paths.
    pub path: String,
    pub reason: GapReason,
    /// One phrase for a person: sizes, limits, the parser's message; redacted.
    pub detail: String,
    /// How many files it stands for; `None` if they were not counted.
    pub files: Option<u64>,
}

/// Why something was not examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapReason {
    /// Named by an ignore file.
    Ignored,
    /// A tree of third-party code.
    Vendored,
    /// Build output or a minified file.
    Generated,
    /// No text.
    Binary,
    /// Larger than the limit.
    TooLarge,
    /// The system refused to open or list it.
    Unreadable,
    /// It was there when the directory was listed, and then it was not, or it shrank while it was read.
    Vanished,
    /// A pipe, socket or device.
    Special,
    /// A symbolic link that was not followed.
    Symlink,
    /// A configuration document that does not parse; its text was searched all the same.
    Unparsable,
    /// An analysis that ended at its limit.
    Budget,
    /// A rule that failed; a defect of this tool.
    Internal,
}

impl GapReason {
    pub const ALL: &'static [Self] = &[
        Self::Ignored,
        Self::Vendored,
        Self::Generated,
        Self::Binary,
        Self::TooLarge,
        Self::Unreadable,
        Self::Vanished,
        Self::Special,
        Self::Symlink,
        Self::Unparsable,
        Self::Budget,
        Self::Internal,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Vendored => "vendored",
            Self::Generated => "generated",
            Self::Binary => "binary",
            Self::TooLarge => "too-large",
            Self::Unreadable => "unreadable",
            Self::Vanished => "vanished",
            Self::Special => "special",
            Self::Symlink => "symlink",
            Self::Unparsable => "unparsable",
            Self::Budget => "budget",
            Self::Internal => "internal",
        }
    }

    /// Whether the skip was a decision (of the project, or a default that can be lifted) rather than a failure.
    /// Decisions are listed; `--strict-gaps` fails on failures only, else every repository with an image would fail.
    pub fn is_by_choice(self) -> bool {
        matches!(self, Self::Ignored | Self::Vendored | Self::Generated | Self::Binary | Self::Special | Self::Symlink)
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Sort gaps and add up rows of one path, reason and detail.
pub fn merge_gaps(gaps: Vec<Gap>) -> Vec<Gap> {
    let mut rows: BTreeMap<(String, GapReason, String), Option<u64>> = BTreeMap::new();
    for gap in gaps {
        rows.entry((gap.path, gap.reason, gap.detail))
            .and_modify(|files| *files = files.zip(gap.files).map(|(a, b)| a.saturating_add(b)))
            .or_insert(gap.files);
    }
    rows.into_iter().map(|((path, reason, detail), files)| Gap { path, reason, detail, files }).collect()
}
