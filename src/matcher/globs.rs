//! Globs of a page over whole paths, compiled when the first path is asked about.

use crate::rule::{Problems, TableReader};
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::sync::OnceLock;

/// A set of globs in which `*` stays inside one folder.
#[derive(Debug)]
pub(super) struct Globs {
    patterns: Vec<String>,
    compiled: OnceLock<GlobSet>,
}

impl Globs {
    /// What stands under `key`; `None` if nothing does. As with expressions, those that ship with the program are taken
    /// on trust.
    pub(super) fn read(table: &mut TableReader<'_>, key: &'static str, problems: &mut Problems) -> Option<Self> {
        let patterns = table.strings(key, problems);
        if !problems.trusts() {
            for pattern in &patterns {
                if let Err(error) = glob(pattern.value) {
                    problems.add(pattern.span, error.to_string());
                }
            }
        }
        let patterns: Vec<String> = patterns.iter().map(|pattern| pattern.value.to_owned()).collect();
        (!patterns.is_empty()).then(|| Self { patterns, compiled: OnceLock::new() })
    }

    pub(super) fn patterns(&self) -> &[String] {
        &self.patterns
    }

    pub(super) fn is_match(&self, path: &str) -> bool {
        self.compiled.get_or_init(|| glob_set(&self.patterns)).is_match(path)
    }
}

/// All of `patterns` as one set.
pub(crate) fn glob_set<'a>(patterns: impl IntoIterator<Item = &'a String>) -> GlobSet {
    let mut globs = GlobSetBuilder::new();
    for glob in patterns.into_iter().filter_map(|pattern| glob(pattern).ok()) {
        globs.add(glob);
    }
    globs.build().unwrap_or_default()
}

fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}
