//! Patterns of dotted names, as pages and tables write them.
//!
//! `os.system` is exactly that; `*.execute` is a method of whatever; `pickle.*` is everything of a module. What a path looks
//! like is said at [`crate::lower::Module::path`].

use super::diagnostic::Problems;
use super::table::Spanned;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPattern {
    Exact(String),
    /// With the dot.
    Suffix(String),
    /// With the dot.
    Prefix(String),
}

impl PathPattern {
    pub fn read(text: Spanned<&str>, problems: &mut Problems) -> Option<Self> {
        let pattern = Self::parse(text.value);
        if pattern.is_none() {
            problems.add(text.span, "a pattern is `a.b`, `*.b` or `a.*`");
        }
        pattern
    }

    fn parse(text: &str) -> Option<Self> {
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (Some(rest), None) if rest.starts_with('.') => Some(Self::Suffix(rest.to_owned())),
            (None, Some(rest)) if rest.ends_with('.') => Some(Self::Prefix(rest.to_owned())),
            (None, None) if !text.is_empty() => Some(Self::Exact(text.to_owned())),
            _ => None,
        }
    }

    pub fn fits(&self, path: &str) -> bool {
        match self {
            Self::Exact(wanted) => path == wanted,
            Self::Suffix(end) => path.ends_with(end.as_str()),
            Self::Prefix(start) => path.starts_with(start.as_str()),
        }
    }

    /// What every path that fits ends in, if there is one.
    pub fn last_name(&self) -> Option<&str> {
        match self {
            Self::Exact(path) | Self::Suffix(path) => Some(last_name(path)),
            Self::Prefix(_) => None,
        }
    }

    /// The longest name in it.
    pub fn anchor(&self) -> &str {
        let (Self::Exact(path) | Self::Suffix(path) | Self::Prefix(path)) = self;
        let names = path.split(['.', '/', '(', ')', '[', ']', '#', '?']);
        names.max_by_key(|name| name.len()).unwrap_or_default()
    }
}

/// The last name of a path.
pub fn last_name(path: &str) -> &str {
    path.rsplit(['.', '#', '?', '/']).next().unwrap_or_default()
}
