//! Trees that were made to stop, mislead or exhaust the walk.
#![cfg(unix)]

use super::*;
use std::time::{Duration, Instant};

impl Tree {
    fn pipe(&self, path: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        assert!(std::process::Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
    }
}

#[test]
fn pipes_and_sockets_are_never_opened() {
    let tree = Tree::of(&["a"]);
    tree.pipe("pipe");
    let _socket = std::os::unix::net::UnixListener::bind(tree.at("socket")).expect("a socket");
    let scan = tree.scan(&["."]);
    check(&scan, &["a"], &["pipe special 1", "socket special 1"]);
    assert_eq!(scan.detail("pipe", GapReason::Special), "named pipe");
    check(&tree.scan(&["pipe", "/dev/null"]), &[], &["/dev/null special 1", "pipe special 1"]);
}

#[test]
fn pipes_in_the_place_of_rules_and_indexes_stop_nothing() {
    let tree = Tree::of(&["a", "sub/b", "inner/c"]);
    for path in [".gitignore", ".ignore", ".git/index", ".git/info/exclude", ".git/commondir", "inner/.git"] {
        tree.pipe(path);
    }
    let gaps = [".git/index unreadable 1", ".gitignore special 1", ".ignore special 1", "inner/.git special 1"];
    check(&tree.scan(&["."]), &["a", "inner/c", "sub/b"], &gaps);
    assert_eq!(read_text(&tree.at(".gitignore"), 9).expect_err("a pipe").problem, ReadProblem::NotAFile);
}

#[test]
fn endless_files_in_the_place_of_rules_stop_nothing() {
    let tree = Tree::of(&["a", "inner/c"]);
    tree.link(".gitignore", "/dev/zero");
    tree.link("inner/.git", "/dev/zero");
    fs::create_dir(tree.at(".git")).expect("a directory");
    tree.link(".git/index", "/dev/zero");
    let scan = tree.scan(&["."]);
    let gaps = [".git/index unreadable 1", ".gitignore symlink 1", "inner/.git symlink 1"];
    check(&scan, &["a", "inner/c"], &gaps);
}

#[test]
fn an_oversized_ignore_file_hides_nothing() {
    let tree = Tree::of(&["a"]);
    tree.write(".gitignore", "*\n".repeat(200_000));
    check(&tree.scan(&["."]), &["a"], &[]);
    tree.write(".gitignore", "*?[b-z]*b?*[!x]*{b,c}\n".repeat(2_000));
    check(&tree.scan(&["."]), &["a"], &[]);
}

#[test]
fn many_large_ignore_files_are_all_honoured() {
    let tree = Tree::of(&[]);
    let rules = format!("no\nsub/deep\n{}", "# filling the memory\n".repeat(2_000));
    for directory in 0..60 {
        tree.write(&format!("{directory}/.gitignore"), &rules);
        for file in ["no", "yes", "sub/no", "sub/yes", "sub/deep/yes"] {
            tree.write(&format!("{directory}/{file}"), "");
        }
    }
    let alone = WalkOptions { threads: 1, ..tree.options() };
    for options in [alone, tree.options()] {
        let scan = tree.scan_with(&["."], &options);
        assert_eq!((scan.texts().len(), scan.gaps().len()), (120, 180));
    }
}

#[test]
fn ignore_files_count_together_along_a_path() {
    let tree = Tree::of(&["a/b/no", "a/no", "no"]);
    let rules = |name: &str| format!("/{name}\n{}", "# 20 bytes of text.\n".repeat(7_000));
    tree.write(".gitignore", rules("no"));
    tree.write("a/.gitignore", rules("no"));
    tree.write("a/b/.gitignore", "no\n");
    check(&tree.scan(&["."]), &["a/no"], &[". ignored 1", "a/b ignored 1"]);
}

#[test]
fn an_ignore_file_that_is_a_link_hides_nothing() {
    let tree = Tree::of(&["a"]);
    tree.write("rules", "a\n");
    tree.link(".gitignore", "rules");
    check(&tree.scan(&["."]), &["a", "rules"], &[]);
}

#[test]
fn links_are_told_and_not_followed() {
    let outside = Tree::of(&["secret"]);
    let tree = Tree::of(&["real/a", ".git/config", "file"]);
    tree.link("ok", "real/a");
    tree.link("directory", "real");
    tree.link("real/loop", "..");
    tree.link("dangling", "nowhere");
    tree.link("ping", "pong");
    tree.link("pong", "ping");
    tree.link("out", outside.at("secret"));
    tree.link("config", ".git/config");
    let scan = tree.scan(&["."]);
    let gaps = ["config", "dangling", "out", "ping", "pong"].map(|path| format!("{path} symlink 1"));
    check(&scan, &["file", "real/a"], &gaps.each_ref().map(String::as_str));
    assert_eq!(scan.artifact("real/loop").meta.link.as_deref(), Some(".."));
    assert!(matches!(scan.artifact("ok").kind, Kind::Symlink));
    assert_eq!(scan.detail("out", GapReason::Symlink), "its target is outside the scanned paths");
    // A link that was named is followed, and keeps its name.
    check(&tree.scan(&["directory", "ok"]), &["directory/a"], &["directory/loop symlink 1"]);
}

#[test]
fn a_huge_file_ends_at_once() {
    let tree = Tree::of(&[]);
    let file = fs::File::create(tree.at("big.txt")).expect("a file");
    file.set_len(1 << 30).expect("a sparse file");
    let start = Instant::now();
    let scan = tree.scan(&["."]);
    assert!(start.elapsed() < Duration::from_secs(5));
    check(&scan, &[], &["big.txt too-large 1"]);
    assert_eq!(scan.detail("big.txt", GapReason::TooLarge), "1 GiB, limit 16 MiB");
    assert_eq!(scan.artifact("big.txt").meta.bytes, 1 << 30);
}

#[test]
fn source_has_its_own_limit() {
    let tree = Tree::of(&[]);
    tree.write("a.py", "x".repeat(30));
    tree.write("a.txt", "x".repeat(30));
    let options = WalkOptions { max_source_bytes: Some(29), max_text_bytes: 30, ..tree.options() };
    check(&tree.scan_with(&["."], &options), &["a.txt"], &["a.py too-large 1"]);
    check(&tree.scan_with(&["."], &WalkOptions { max_source_bytes: None, ..options }), &["a.py", "a.txt"], &[]);
}

#[test]
fn what_cannot_be_read_keeps_its_metadata() {
    // The tests may run as root, whom no mode stops; this file refuses everybody.
    let path = "/proc/self/mem";
    if !Path::new(path).exists() {
        eprintln!("not tested: there is no {path}");
        return;
    }
    let tree = Tree::of(&[]);
    let scan = tree.scan(&[path]);
    let artifact = scan.artifacts.values().next().expect("an artifact");
    assert!(matches!(artifact.kind, Kind::Opaque) && artifact.meta.mode.is_some(), "{artifact:?}");
    assert_eq!(scan.walked.gaps.iter().map(|gap| gap.reason).collect::<Vec<_>>(), [GapReason::Unreadable]);
}

#[test]
fn a_directory_that_cannot_be_listed_is_a_gap() {
    use std::os::unix::fs::PermissionsExt;
    let tree = Tree::of(&["a", "closed/b", "mute"]);
    for path in ["closed", "mute"] {
        fs::set_permissions(tree.at(path), fs::Permissions::from_mode(0o0)).expect("a mode");
    }
    let refused = fs::read_dir(tree.at("closed")).is_err();
    let scan = tree.scan(&["."]);
    assert_eq!(scan.artifact("mute").meta.mode, Some(0));
    fs::set_permissions(tree.at("closed"), fs::Permissions::from_mode(0o755)).expect("a mode");
    if !refused {
        eprintln!("not tested: no mode stops root from reading");
        return;
    }
    check(&scan, &["a"], &["closed unreadable ?", "mute unreadable 1"]);
}

#[test]
fn a_path_beyond_the_limit_of_the_system_is_a_gap() {
    let tree = Tree::of(&["a"]);
    let mut directory = fs::File::open(&tree.path).expect("the directory");
    let name = "d".repeat(200);
    for _ in 0..25 {
        let mode = rustix::fs::Mode::from_raw_mode(0o755);
        rustix::fs::mkdirat(&directory, &name, mode).expect("a directory");
        let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY;
        directory = rustix::fs::openat(&directory, &name, flags, mode).expect("the directory").into();
    }
    let scan = tree.scan(&["."]);
    assert_eq!(scan.texts(), ["a"]);
    assert!(scan.walked.gaps.iter().any(|gap| gap.reason == GapReason::Unreadable), "{:?}", scan.walked.gaps);
}
