//! Where a client keeps its files: patterns over paths, found by the file's name, and the folders of each system.
//!
//! Not a general glob: a pattern is `**/` and segments in which `*` stands for anything within the segment. ASCII case
//! does not count, as on the file systems of macOS and Windows: `.vscode/MCP.json` is read there.

use std::collections::BTreeMap;

/// A configuration outside any project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFile {
    /// `None` on every system.
    pub os: Option<Os>,
    /// `~/…`, `%APPDATA%/…` and the like, or absolute; with `/` and `*`.
    pub pattern: String,
}

/// An operating system, as far as clients keep their files elsewhere on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Os {
    Linux,
    Macos,
    Windows,
}

impl Os {
    pub(super) const NAMES: &'static [(&'static str, Self)] =
        &[("linux", Self::Linux), ("macos", Self::Macos), ("windows", Self::Windows)];

    /// The system that this program was built for; what is none of the three keeps its files as Linux does.
    pub fn current() -> Self {
        if cfg!(target_os = "macos") {
            Self::Macos
        } else if cfg!(windows) {
            Self::Windows
        } else {
            Self::Linux
        }
    }
}

impl std::str::FromStr for Os {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, os)| *os).ok_or_else(|| format!("`{text}` is none of linux, macos, windows"))
    }
}

/// Folders that Windows names by a variable, below the home directory.
const WINDOWS_FOLDERS: &[(&str, &str)] =
    &[("%APPDATA%", "~/AppData/Roaming"), ("%LOCALAPPDATA%", "~/AppData/Local"), ("%USERPROFILE%", "~")];

impl UserFile {
    /// The pattern with `~` for the home directory in place of the variables of Windows.
    pub fn place(&self) -> String {
        for (variable, folder) in WINDOWS_FOLDERS {
            if let Some(rest) = self.pattern.strip_prefix(variable) {
                return format!("{folder}{rest}");
            }
        }
        self.pattern.clone()
    }

    /// The same file in a repository of dotfiles or a copied home directory.
    pub(super) fn anywhere(&self) -> String {
        let place = self.place();
        place.strip_prefix("~/").map_or_else(|| place.clone(), |rest| format!("**/{rest}"))
    }
}

/// A pattern over whole paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// It begins with `**/`: any folders may stand in front.
    is_anywhere: bool,
    /// From the file's name upwards.
    segments: Vec<String>,
}

impl std::str::FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("**/");
        let segments: Vec<String> = rest.unwrap_or(text).rsplit('/').map(str::to_ascii_lowercase).collect();
        let is_strange = |segment: &String| segment.contains("**") || segment.contains(['?', '[', ']', '{', '}', '\\']);
        if segments.iter().any(is_strange) || segments.first().is_none_or(String::is_empty) {
            return Err(format!("`{text}` is no path with `**/` in front and `*` within its segments"));
        }
        Ok(Self { is_anywhere: rest.is_some(), segments })
    }
}

impl Pattern {
    /// Whether the pattern names `path`, which is in lower case.
    pub(super) fn matches(&self, path: &str) -> bool {
        let mut folders = path.rsplit('/');
        let is_here =
            self.segments.iter().all(|segment| folders.next().is_some_and(|folder| segment_matches(segment, folder)));
        is_here && (self.is_anywhere || folders.next().is_none())
    }

    /// The file's name, if it is always the same.
    fn name(&self) -> Option<&str> {
        self.segments.first().map(String::as_str).filter(|name| !name.contains('*'))
    }
}

/// Whether a segment of a path is as its pattern says, where `*` stands for any characters.
fn segment_matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        let Some(at) = text.find(part) else { return false };
        text = text.get(at + part.len()..).unwrap_or_default();
    }
    true
}

/// Patterns with what each stands for, found by the name of a file.
#[derive(Debug)]
pub(super) struct Places<T> {
    patterns: Vec<(Pattern, T)>,
    by_name: BTreeMap<String, Vec<usize>>,
    /// Patterns whose file's name has a `*`.
    by_any_name: Vec<usize>,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self { patterns: Vec::new(), by_name: BTreeMap::new(), by_any_name: Vec::new() }
    }
}

impl<T: Copy + Ord> Places<T> {
    pub(super) fn add(&mut self, pattern: Pattern, owner: T) {
        let at = self.patterns.len();
        match pattern.name() {
            Some(name) => self.by_name.entry(name.to_owned()).or_default().push(at),
            None => self.by_any_name.push(at),
        }
        self.patterns.push((pattern, owner));
    }

    pub(super) fn has(&self, path: &str) -> bool {
        !self.at(path).is_empty()
    }

    /// What the patterns stand for that match, in order, each once.
    pub(super) fn at(&self, path: &str) -> Vec<T> {
        let path = path.to_ascii_lowercase();
        let named = self.by_name.get(path.rsplit('/').next().unwrap_or(&path)).into_iter().flatten();
        let all = named.chain(&self.by_any_name).filter_map(|at| self.patterns.get(*at));
        let mut found: Vec<T> = all.filter(|(pattern, _)| pattern.matches(&path)).map(|(_, owner)| *owner).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_whole_segments() {
        let check = |pattern: &str, path: &str, expected: bool| {
            assert_eq!(pattern.parse::<Pattern>().unwrap().matches(path), expected, "{pattern} {path}");
        };
        check("**/.cursor/mcp.json", ".cursor/mcp.json", true);
        check("**/.cursor/mcp.json", "~/a/.cursor/mcp.json", true);
        check("**/.cursor/mcp.json", "x.cursor/mcp.json", false);
        check("**/.cursor/mcp.json", "mcp.json", false);
        check("/etc/codex/config.toml", "/etc/codex/config.toml", true);
        check("/etc/codex/config.toml", "/srv/etc/codex/config.toml", false);
        check("~/.claude.json", "~/.claude.json", true);
        check("**/agents/*.md", "a/agents/x.md", true);
        check("**/agents/*.md", "a/agents/b/x.md", false);
        check("**/profiles/*/mcp.json", "profiles/-1a/mcp.json", true);
        check("**/mcpo*.json", "mcpo.json", true);
        check("**/a*b*c", "x/abbc", true);
        check("**/a*b*c", "x/acb", false);
        check("**/*.fastmcp.json", "x/.fastmcp.json", true);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "a/", "**/", "a/**/b", "a/{b,c}", "a/[b]", "a\\b", "a/?"] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn all_owners_are_found_in_order_and_once() {
        let mut places = Places::default();
        for (pattern, owner) in [("**/x.json", 2), ("**/*.json", 1), ("**/a/x.json", 2), ("**/y.json", 3)] {
            places.add(pattern.parse().unwrap(), owner);
        }
        assert_eq!(places.at("a/x.json"), [1, 2]);
        assert!(places.has("y.json") && places.has("Y.JSON") && !places.has("y.toml"));
    }

    #[test]
    fn the_folders_of_windows_are_below_the_home_directory() {
        let file = UserFile { os: Some(Os::Windows), pattern: "%APPDATA%/Zed/settings.json".to_owned() };
        assert_eq!(file.place(), "~/AppData/Roaming/Zed/settings.json");
        assert_eq!(file.anywhere(), "**/AppData/Roaming/Zed/settings.json");
    }
}
