//! Patterns of dotted names, as pages write them.
//!
//! `os.system` is exactly that; `*.execute` is a method of whatever; `pickle.*` is everything of a module. What a path looks
//! like is said at [`crate::lower::Module::path`].

use super::source::last_name;
use crate::rule::{Problems, TableReader};

#[derive(Debug, Default)]
pub(super) struct Callees(Vec<Pattern>);

#[derive(Debug)]
enum Pattern {
    Exact(String),
    /// With the dot.
    Suffix(String),
    /// With the dot.
    Prefix(String),
}

impl Callees {
    pub(super) fn read(table: &mut TableReader<'_>, key: &'static str, problems: &mut Problems) -> Self {
        let mut out = Vec::new();
        for text in table.strings(key, problems) {
            let pattern = match (text.value.strip_prefix('*'), text.value.strip_suffix('*')) {
                (Some(rest), None) if rest.starts_with('.') => Pattern::Suffix(rest.to_owned()),
                (None, Some(rest)) if rest.ends_with('.') => Pattern::Prefix(rest.to_owned()),
                (None, None) => Pattern::Exact(text.value.to_owned()),
                _ => {
                    problems.add(text.span, "a pattern is `a.b`, `*.b` or `a.*`");
                    continue;
                }
            };
            out.push(pattern);
        }
        Self(out)
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
            match pattern {
                Pattern::Prefix(_) => return None,
                Pattern::Exact(path) | Pattern::Suffix(path) if names.contains(&last_name(path)) => {}
                Pattern::Exact(path) | Pattern::Suffix(path) => names.push(last_name(path)),
            }
        }
        Some(names)
    }

    /// A literal for each pattern that every text with such a call holds: its longest name.
    pub(super) fn anchors(&self) -> Vec<Vec<u8>> {
        let anchor = |pattern: &Pattern| match pattern {
            Pattern::Exact(path) | Pattern::Suffix(path) | Pattern::Prefix(path) => {
                let names = path.split(['.', '/', '(', ')', '[', ']', '#', '?']);
                names.max_by_key(|name| name.len()).unwrap_or_default().as_bytes().to_vec()
            }
        };
        self.0.iter().map(anchor).collect()
    }
}

impl Pattern {
    fn fits(&self, path: &str) -> bool {
        match self {
            Self::Exact(wanted) => path == wanted,
            Self::Suffix(end) => path.ends_with(end.as_str()),
            Self::Prefix(start) => path.starts_with(start.as_str()),
        }
    }
}
