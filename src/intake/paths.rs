//! Two names for every path: one that people see, one that classification reads. Touches no file.

use crate::text::escape_controls;
use std::path::{Path, PathBuf};

/// Knows which directories are written shorter.
#[derive(Debug)]
pub(super) struct Naming {
    /// `None` if nothing is named from there.
    current_dir: Option<PathBuf>,
    home: Option<PathBuf>,
}

impl Naming {
    pub(super) fn new(current_dir: Option<&Path>, home: Option<&Path>) -> Self {
        // A home of `/`, as in some containers, would make every path start with `~`.
        let home = home.filter(|home| home.parent().is_some());
        Self { current_dir: current_dir.map(Path::to_owned), home: home.map(Path::to_owned) }
    }

    /// For people: relative to the current directory, else `~/…`, else absolute; with `/`, one line, no controls.
    pub(super) fn shown(&self, path: &Path) -> String {
        let inside = self.current_dir.as_ref().and_then(|current_dir| path.strip_prefix(current_dir).ok());
        if let Some(inside) = inside {
            return if inside.as_os_str().is_empty() { ".".to_owned() } else { marked(escape(inside)) };
        }
        match self.below_home(path) {
            Some(inside) if inside.as_os_str().is_empty() => "~".to_owned(),
            Some(inside) => format!("~/{}", escape(inside)),
            None => escape(path),
        }
    }

    /// For classification: `~/…` if below the home directory, else absolute; with `/`, nothing escaped.
    pub(super) fn place(&self, path: &Path) -> String {
        match self.below_home(path) {
            Some(inside) if inside.as_os_str().is_empty() => "~".to_owned(),
            Some(inside) => format!("~/{}", slashes(&inside.to_string_lossy())),
            None => slashes(&path.to_string_lossy()),
        }
    }

    fn below_home<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        path.strip_prefix(self.home.as_ref()?).ok()
    }
}

/// A path below the current directory, told from one that begins elsewhere: a folder may be called `~` or `C:`, and the
/// escape of a control character begins as a share does.
fn marked(inside: String) -> String {
    let has_drive = inside.as_bytes().get(1..3).is_some_and(|next| matches!(next, b":/" | b":\\"));
    if inside.starts_with(['~', '\\', '/']) || has_drive { format!("./{inside}") } else { inside }
}

/// `path` on one line: `/` between components, controls as escapes, bytes that are no UTF-8 as `\xNN`.
pub(super) fn escape(path: &Path) -> String {
    if let Some(text) = path.to_str() {
        let text = slashes(text);
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        return if plain { text } else { escape_controls(&text) };
    }
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        out.push_str(&escape_controls(&slashes(chunk.valid())));
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    out
}

/// Whether asking for `path` would ask another machine, as for `\\\\host\\share` on Windows. A scan stays offline.
pub(super) fn is_remote(path: &Path) -> bool {
    use std::path::{Component, Prefix};
    let prefix = path.components().next();
    matches!(prefix, Some(Component::Prefix(prefix)) if !matches!(prefix.kind(), Prefix::Disk(_) | Prefix::VerbatimDisk(_)))
}

fn slashes(text: &str) -> String {
    if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() }
}

/// The name of `path` for people, outside a walk.
pub fn display_path(path: &Path, current_dir: &Path, home: Option<&Path>) -> String {
    Naming::new(Some(current_dir), home).shown(path)
}
