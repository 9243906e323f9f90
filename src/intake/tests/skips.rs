//! What is left out by choice, and that it is told.

use super::*;
use globset::{Glob, GlobSetBuilder};

#[test]
fn ignored_trees_and_files_are_gaps() {
    let tree = Tree::of(&["a.py", "logs/1.log", "logs/deep/2.log", "x.tmp", "y.tmp", "sub/z.tmp", "sub/keep.tmp"]);
    tree.write(".gitignore", "logs/\n*.tmp\n");
    tree.write("sub/.gitignore", "!keep.tmp\n");
    let gaps = [". ignored 2", "logs ignored 2", "sub ignored 1"];
    check(&tree.scan(&["."]), &["a.py", "sub/keep.tmp"], &gaps);
    let all = WalkOptions { respect_ignore_files: false, ..tree.options() };
    assert_eq!(tree.scan_with(&["."], &all).texts().len(), 7);
}

#[test]
fn dot_ignore_wins_and_parents_count() {
    let tree = Tree::of(&["sub/a.txt", "sub/b.txt", "sub/c.txt"]);
    tree.write(".gitignore", "b.txt\nc.txt\n");
    tree.write("sub/.ignore", "!c.txt\n");
    check(&tree.scan(&["sub"]), &["sub/a.txt", "sub/c.txt"], &["sub ignored 1"]);
}

#[test]
fn a_named_root_is_examined_even_if_ignored_or_vendored() {
    let tree = Tree::of(&["build/a.py", "src/b.py", "node_modules/m/index.js"]);
    tree.write(".gitignore", "build/\nb.py\n");
    check(
        &tree.scan(&["build", "src/b.py", "node_modules"]),
        &["build/a.py", "node_modules/m/index.js", "src/b.py"],
        &[],
    );
}

#[test]
fn third_party_trees_are_one_row_each() {
    let tree = Tree::of(&[
        "a.py",
        "node_modules/m/index.js",
        "node_modules/m/lib/x.js",
        "env/pyvenv.cfg",
        "env/lib/x.py",
        "lib/site-packages/p/x.py",
        ".tox/x.py",
        "go/vendor/modules.txt",
        "php/vendor/x.php",
    ]);
    let gaps = [
        ".tox vendored 1",
        "env vendored 2",
        "go/vendor vendored 1",
        "lib/site-packages vendored 1",
        "node_modules vendored 2",
    ];
    check(&tree.scan(&["."]), &["a.py", "php/vendor/x.php"], &gaps);
    let all = WalkOptions { skip_vendored: false, ..tree.options() };
    check(&tree.scan_with(&["."], &all), &tree.scan_with(&["."], &all).texts(), &[]);
    assert_eq!(tree.scan_with(&["."], &all).texts().len(), 9);
}

#[test]
fn build_output_is_known_by_its_neighbours() {
    let tree = Tree::of(&[
        "js/src/a.ts",
        "js/dist/a.js",
        "plain/dist/b.js",
        "rust/Cargo.toml",
        "rust/target/x.rs",
        "target/y.rs",
        "py/__pycache__/z.txt",
        "py/.next/z.txt",
    ]);
    let gaps = ["js/dist generated 1", "py/.next generated 1", "py/__pycache__ generated 1", "rust/target generated 1"];
    check(&tree.scan(&["."]), &["js/src/a.ts", "plain/dist/b.js", "rust/Cargo.toml", "target/y.rs"], &gaps);
}

#[test]
fn minified_and_binary_files_are_one_row_for_a_root() {
    let tree = Tree::of(&["a.js", "a.min.js", "css/b.min.css", "css/b.css.map"]);
    tree.write("css/i.png", b"\x89PNG\0");
    tree.write("j.png", b"\x89PNG\0");
    let scan = tree.scan(&["."]);
    check(&scan, &["a.js"], &[". generated 3", ". binary 2"]);
    assert!(matches!(scan.artifact("css/i.png").kind, Kind::Opaque));
    check(&tree.scan(&["a.min.js"]), &["a.min.js"], &[]);
}

#[test]
fn version_control_is_passed_over_without_a_gap() {
    let tree = Tree::of(&["a", ".hg/x", "sub/.svn/x"]);
    check(&tree.scan(&["."]), &["a"], &[]);
    let all = WalkOptions { skip_vendored: false, respect_ignore_files: false, ..tree.options() };
    check(&tree.scan_with(&["."], &all), &["a"], &[]);
}

#[test]
fn policy_excludes_trees_and_files() {
    let tree = Tree::of(&["a.py", "docs/x.md", "docs/deep/y.md", "sub/b.lock", "sub/c.lock"]);
    let mut globs = GlobSetBuilder::new();
    for glob in ["docs/**", "**/*.lock"] {
        globs.add(Glob::new(glob).expect("a glob"));
    }
    let options = WalkOptions { excludes: globs.build().expect("globs"), ..tree.options() };
    let scan = tree.scan_with(&["."], &options);
    check(&scan, &["a.py"], &["docs ignored 2", "sub ignored 2"]);
    assert_eq!(scan.detail("docs", GapReason::Ignored), "excluded by picket.toml");
    check(&tree.scan_with(&["docs"], &options), &[], &["docs ignored 1", "docs/deep ignored 1"]);
}

#[test]
fn a_large_tree_is_not_counted_to_its_end() {
    let tree = Tree::of(&[]);
    for directory in 0..21 {
        let path = tree.at(&format!("node_modules/{directory}"));
        fs::create_dir_all(&path).expect("a directory");
        for file in 0..1_000 {
            fs::File::create(path.join(file.to_string())).expect("a file");
        }
    }
    let scan = tree.scan(&["."]);
    check(&scan, &[], &["node_modules vendored ?"]);
    assert_eq!(scan.detail("node_modules", GapReason::Vendored), "third-party packages, more than 20000 files");
}
