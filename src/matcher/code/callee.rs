//! Sets of patterns of dotted names, as pages write them.

use crate::rule::{PathPattern, Problems, TableReader};

#[derive(Debug, Default)]
pub(super) struct Callees(Vec<PathPattern>);

impl Callees {
    pub(super) fn read(table: &mut TableReader<'_>, key: &'static str, problems: &mut Problems) -> Self {
        let texts = table.strings(key, problems);
        Self(texts.into_iter().filter_map(|text| PathPattern::read(text, problems)).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn fits(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| pattern.fits(path))
    }

    /// The last names of all patterns, if each has one.
    pub(super) fn last_names(&self) -> Option<Vec<&str>> {
        let mut names: Vec<&str> = Vec::new();
        for pattern in &self.0 {
            let name = pattern.last_name()?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Some(names)
    }

    /// A literal for each pattern that every text with such a call holds: its longest name.
    pub(super) fn anchors(&self) -> Vec<Vec<u8>> {
        self.0.iter().map(|pattern| pattern.anchor().as_bytes().to_vec()).collect()
    }
}
