//! The kinds of harm that a sink can do, as a set.

use super::super::super::diagnostic::Problems;
use super::super::super::table::TableReader;
use std::ops::BitOr;

/// Kinds of sinks, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kinds(pub u32);

impl Kinds {
    pub const COMMAND: Self = Self(1);
    pub const PROGRAM: Self = Self(1 << 1);
    pub const ARGV: Self = Self(1 << 2);
    pub const EVAL: Self = Self(1 << 3);
    pub const FILE: Self = Self(1 << 4);
    pub const URL: Self = Self(1 << 5);
    pub const OPEN: Self = Self(1 << 6);
    pub const QUERY: Self = Self(1 << 7);
    pub const DESERIALIZE: Self = Self(1 << 8);
    pub const TEMPLATE: Self = Self(1 << 9);
    pub const HTML: Self = Self(1 << 10);
    pub const LOG: Self = Self(1 << 11);
    pub const RESPONSE: Self = Self(1 << 12);
    pub const PROMPT: Self = Self(1 << 13);
    pub const ATTRIBUTE: Self = Self(1 << 14);
    pub const ALL: Self = Self((1 << 15) - 1);

    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("command", Self::COMMAND),
        ("program", Self::PROGRAM),
        ("argv", Self::ARGV),
        ("eval", Self::EVAL),
        ("file", Self::FILE),
        ("url", Self::URL),
        ("open", Self::OPEN),
        ("query", Self::QUERY),
        ("deserialize", Self::DESERIALIZE),
        ("template", Self::TEMPLATE),
        ("html", Self::HTML),
        ("log", Self::LOG),
        ("response", Self::RESPONSE),
        ("prompt", Self::PROMPT),
        ("attribute", Self::ATTRIBUTE),
    ];

    pub fn named(name: &str) -> Option<Self> {
        if name == "all" {
            return Some(Self::ALL);
        }
        Self::NAMES.iter().find(|(it, _)| *it == name).map(|(_, kinds)| *kinds)
    }

    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The name of a single kind.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kinds)| *kinds == self).map_or("", |(name, _)| name)
    }

    pub(super) fn read(table: &mut TableReader<'_>, key: &'static str, problems: &mut Problems) -> Self {
        let mut out = Self::default();
        let texts = table.strings(key, problems);
        if texts.is_empty() {
            problems.add(table.span(), format!("`{key}` is missing"));
        }
        for text in texts {
            match Self::named(text.value) {
                Some(kinds) => out = out | kinds,
                None => {
                    let names: Vec<&str> = Self::NAMES.iter().map(|(name, _)| *name).collect();
                    problems.add(text.span, format!("a kind of sink is one of {}", names.join(", ")));
                }
            }
        }
        out
    }
}

impl BitOr for Kinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
