//! Tracked files, with indexes that git itself wrote.

use super::*;
use std::process::Command;

impl Tree {
    /// Run git in `directory`; false where there is none, so that the test says why it tests nothing.
    fn git(&self, directory: &str, arguments: &[&str]) -> bool {
        let mut command = Command::new("git");
        command.current_dir(self.at(directory)).args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "protocol.file.allow=always",
        ]);
        command.args(arguments).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        match command.output() {
            Ok(output) => {
                assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
                true
            }
            Err(error) => {
                eprintln!("not tested: git cannot be started ({error})");
                false
            }
        }
    }

    /// Make `directory` a repository that tracks `files`, ignored or not.
    fn track(&self, directory: &str, files: &[&str]) -> bool {
        self.git(directory, &["init", "-q", "."]) && self.git(directory, &[&["add", "-f"], files].concat())
    }
}

fn tracked(scan: &Scan, path: &str) -> Option<bool> {
    scan.artifact(path).meta.tracked
}

#[test]
fn a_tracked_file_is_examined_even_if_ignored() {
    let tree = Tree::of(&["a.py", "b.py", ".env", "out/x.env", "out/deep/y.env", "out/deep/z.env", "out/other/z.env"]);
    tree.write(".gitignore", "out/\n.env\n");
    for version in ["2", "4"] {
        if !tree.track(".", &["a.py", ".env", "out/deep/y.env"])
            || !tree.git(".", &["update-index", "--index-version", version])
        {
            return;
        }
        let scan = tree.scan(&["."]);
        check(&scan, &[".env", "a.py", "b.py", "out/deep/y.env"], &["out ignored 3"]);
        assert_eq!((tracked(&scan, "a.py"), tracked(&scan, "b.py")), (Some(true), Some(false)));
        assert_eq!((tracked(&scan, "."), tracked(&scan, "out/deep/y.env")), (Some(true), Some(true)));
        assert!(scan.artifact("b.py").meta.in_work_tree);
    }
    let below = tree.scan(&["out/deep"]);
    check(&below, &["out/deep/y.env", "out/deep/z.env"], &[]);
    assert_eq!((tracked(&below, "out/deep/y.env"), tracked(&below, "out/deep/z.env")), (Some(true), Some(false)));
    // Named inside a tree that is walked as well: each is judged by its own root, whichever comes first.
    let texts = [".env", "a.py", "b.py", "out/deep/y.env", "out/deep/z.env", "out/other/z.env"];
    for _ in 0..20 {
        check(&tree.scan(&[".", "out/other", "out/deep/z.env"]), &texts, &["out ignored 1"]);
    }
}

#[test]
fn tracked_files_in_skipped_trees_stay_skipped() {
    let tree = Tree::of(&["node_modules/m/x.js"]);
    tree.write(".gitignore", "node_modules\n");
    if tree.track(".", &["node_modules/m/x.js"]) {
        check(&tree.scan(&["."]), &[], &["node_modules vendored 1"]);
    }
}

#[test]
fn exclude_rules_of_git_hold() {
    let tree = Tree::of(&["a", "b", "sub/b"]);
    if tree.track(".", &["a"]) {
        tree.write(".git/info/exclude", "/b\n");
        check(&tree.scan(&["."]), &["a", "sub/b"], &[". ignored 1"]);
        check(&tree.scan(&["sub"]), &["sub/b"], &[]);
    }
}

#[test]
fn a_nested_repository_has_its_own_index_and_rules() {
    let tree = Tree::of(&["a", "inner/a", "inner/b", "inner/c"]);
    tree.write(".gitignore", "b\n");
    tree.write("inner/.gitignore", "a\nc\n");
    if tree.track(".", &["a"]) && tree.track("inner", &["a"]) {
        let scan = tree.scan(&["."]);
        check(&scan, &["a", "inner/a", "inner/b"], &["inner ignored 1"]);
        assert_eq!((tracked(&scan, "inner/a"), tracked(&scan, "inner/b")), (Some(true), Some(false)));
    }
}

#[test]
fn a_linked_work_tree_and_a_submodule_are_known() {
    let tree = Tree::of(&["main/a", "lib/x"]);
    let made = tree.track("lib", &["x"])
        && tree.git("lib", &["commit", "-qm", "x"])
        && tree.track("main", &["a"])
        && tree.git("main", &["submodule", "--quiet", "add", "../lib", "sub"])
        && tree.git("main", &["commit", "-qm", "x"])
        && tree.git("main", &["worktree", "add", "-q", "../linked"]);
    if !made {
        return;
    }
    tree.write("main/.gitignore", "sub\n");
    tree.write("main/sub/new", "");
    tree.write("linked/new", "");
    tree.write("linked/no", "");
    tree.write("main/.git/info/exclude", "no\n");
    let scan = tree.scan(&["main", "linked"]);
    assert_eq!(tracked(&scan, "main/sub/x"), Some(true));
    assert_eq!(tracked(&scan, "main/sub/new"), Some(false));
    assert_eq!(tracked(&scan, "linked/a"), Some(true));
    assert_eq!(tracked(&scan, "linked/new"), Some(false));
    assert_eq!(scan.gaps(), ["linked ignored 1"]);
}

#[test]
fn a_split_index_is_a_gap() {
    let tree = Tree::of(&["a", "b"]);
    if tree.track(".", &["a", "b"]) && tree.git(".", &["update-index", "--split-index"]) {
        let scan = tree.scan(&["."]);
        check(&scan, &["a", "b"], &[".git/index unreadable 1"]);
        assert!(scan.detail(".git/index", GapReason::Unreadable).starts_with("a split git index is not read"));
    }
}

#[test]
fn outside_a_work_tree_nothing_is_tracked_or_untracked() {
    let tree = Tree::of(&["a"]);
    let scan = tree.scan(&["."]);
    assert_eq!((tracked(&scan, "a"), scan.artifact("a").meta.in_work_tree), (None, false));
}

#[test]
fn an_index_that_cannot_be_read_is_a_gap() {
    let tree = Tree::of(&["a", "sub/b"]);
    if !tree.track(".", &["a"]) {
        return;
    }
    let good = fs::read(tree.at(".git/index")).expect("an index");
    for bytes in [b"DIRC\0\0\0\x02\xFF\xFF\xFF\xFF".as_slice(), b"", good.get(..good.len() - 3).unwrap_or_default()] {
        tree.write(".git/index", bytes);
        let scan = tree.scan(&[".", "sub"]);
        check(&scan, &["a", "sub/b"], &[".git/index unreadable 1"]);
        assert_eq!((tracked(&scan, "a"), scan.artifact("a").meta.in_work_tree), (None, true));
    }
    fs::remove_file(tree.at(".git/index")).expect("removed");
    assert_eq!(tracked(&tree.scan(&["."]), "a"), Some(false));
}
