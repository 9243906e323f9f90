//! What a Go import is called in the file.

use super::{Field, Kind, State, Tree};
use crate::lower::ir::*;
use crate::lower::syntax::SyntaxId;

impl<'a> State<'a> {
    pub(super) fn import(&mut self, tree: &mut Tree<'a>, id: SyntaxId) {
        let Some(path) = tree.child(id, Field::Path) else { return };
        let span = tree.span(path);
        let module = tree.text(path).trim_matches(['"', '`']);
        let definition = Definition::Import { module, name: None, span };
        if let Some(name) = tree.child(id, Field::Name) {
            if tree.kind(name) == Kind::PackageIdentifier {
                self.package(tree, tree.text(name), definition, span.start);
            }
            return;
        }
        match names_of(module).as_slice() {
            [certain] => self.package(tree, certain, definition, span.start),
            several => self.guesses.extend(several.iter().map(|name| (*name, definition, span.start))),
        }
    }

    fn package(&mut self, tree: &mut Tree<'a>, name: &'a str, definition: Definition<'a>, at: usize) {
        self.packages.insert(name);
        self.blocks.note(ScopeId(0), name);
        tree.b.declare(ScopeId(0), name, at, definition);
    }

    /// Names that a package may have by its path, as far as no other package is certain to have them.
    pub(super) fn declare_guesses(&mut self, tree: &mut Tree<'a>) {
        for (name, definition, at) in std::mem::take(&mut self.guesses) {
            if !self.packages.contains(name) {
                self.package(tree, name, definition, at);
            }
        }
    }
}

/// Names that a package may have by the last element of its path that is no version: `github.com/x/go-yaml/v3` is `yaml`.
fn names_of(module: &str) -> Vec<&str> {
    let is_version = |part: &str| {
        part.strip_prefix('v').is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut parts = module.rsplit('/');
    let mut last = parts.next().unwrap_or_default();
    if is_version(last) {
        last = parts.next().unwrap_or(last);
    }
    // `gopkg.in/yaml.v3`
    if let Some((name, version)) = last.rsplit_once('.')
        && is_version(version)
    {
        last = name;
    }
    let is_name = |name: &&str| !name.is_empty() && name.chars().all(|it| it.is_alphanumeric() || it == '_');
    if is_name(&last) {
        return vec![last];
    }
    let bare = last.strip_prefix("go-").unwrap_or(last);
    let bare = bare.strip_suffix("-go").or(bare.strip_suffix(".go")).unwrap_or(bare);
    if is_name(&bare) {
        return vec![bare];
    }
    let mut names: Vec<_> = bare.rsplit(['-', '.']).filter(is_name).take(4).collect();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_called_by_their_path() {
        for (module, names) in [
            ("os/exec", &["exec"][..]),
            ("github.com/x/y/v2", &["y"]),
            ("gopkg.in/yaml.v3", &["yaml"]),
            ("github.com/mattn/go-sqlite3", &["sqlite3"]),
            ("github.com/x/mcp-go", &["mcp"]),
            ("github.com/x/slog-multi-handler", &["handler", "multi", "slog"]),
            ("v2", &["v2"]),
            ("", &[]),
        ] {
            assert_eq!(names_of(module), names, "{module}");
        }
    }
}
