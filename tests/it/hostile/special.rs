//! What is in the tree and is no ordinary file, or does not stay one.

use super::{PATIENCE, found, report, scan};
use crate::common::{BINARY, TOKEN_RULE, Tree, finish, gaps, token};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

fn pipe(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn pipes_sockets_and_loops_are_gaps() {
    let tree = Tree::of(&[("dir/a.txt", "x")]);
    pipe(&tree.at("pipe.env"));
    let _socket = UnixListener::bind(tree.at("socket")).unwrap();
    symlink("../dir", tree.at("dir/loop")).unwrap();
    symlink("one", tree.at("two")).unwrap();
    symlink("two", tree.at("one")).unwrap();
    symlink("/dev/zero", tree.at("endless.env")).unwrap();
    let expected = ["endless.env symlink", "one symlink", "pipe.env special", "socket special", "two symlink"];
    assert_eq!(gaps(&report(&tree, &[])), expected);
    assert_eq!(gaps(&report(&tree, &["pipe.env"])), ["pipe.env special"]);
}

#[test]
fn pipes_in_the_place_of_what_the_scan_itself_reads_stop_nothing() {
    let tree = Tree::of(&[("a.env", &format!("A={}\n", token(1)))]);
    for path in [".gitignore", ".ignore", ".git/index", ".git/info/exclude", "picket.toml", "rules/own/a-rule.md"] {
        pipe(&tree.at(path));
    }
    assert_eq!(found(&report(&tree, &[]), TOKEN_RULE), 1);
    scan(&tree, &["--config", "picket.toml"]).exits(4);
    scan(&tree, &["--rules", "rules"]).exits(4);
    scan(&tree, &["--format", "json=picket.toml"]).exits(2);
    let rules = Tree::of(&[("a.env", "")]);
    pipe(&rules.at("rules"));
    scan(&rules, &["--rules", "rules"]).exits(3);
}

#[test]
fn endless_files_in_the_place_of_what_the_scan_itself_reads_stop_nothing() {
    let tree = Tree::of(&[("a.env", &format!("A={}\n", token(1)))]);
    symlink("/dev/zero", tree.at("zero.toml")).unwrap();
    scan(&tree, &["--config", "zero.toml"]).exits(4);
    for (path, size) in [("picket.toml", 1 << 30), ("rules/own/a-rule.md", 1 << 30), (".gitignore", 1 << 30)] {
        tree.write(path, "");
        File::options().write(true).open(tree.at(path)).unwrap().set_len(size).unwrap();
    }
    scan(&tree, &[]).exits(4);
    fs::remove_file(tree.at("picket.toml")).unwrap();
    scan(&tree, &["--rules", "rules"]).exits(4);
    assert_eq!(found(&report(&tree, &[]), TOKEN_RULE), 1);
}

#[test]
fn a_policy_full_of_entries_ends() {
    let many = |line: &str, count: usize| (0..count).map(|at| line.replace('#', &at.to_string())).collect::<String>();
    for policy in [
        many("[[ignore]]\nrule = \"x#\"\nreason = \"b\"\n", 25_000),
        format!("[scan]\nexclude = [{}]\n", many("\"a*b?c#[x-z]**/*q\",", 40_000)),
        format!("[[ignore]]\nrule = \"x\"\nreason = \"b\"\npath = \"{}\"\n", "{a,b,c*}".repeat(100_000)),
        format!("[[ignore]]\nrule = \"x\"\nreason = \"b\"\npath = \"{}\"\n", "?".repeat(1_001)),
        format!("[rules]\nselect = [{}]\n", many("\"zz#\",", 80_000)),
        many("k# = 1\n", 80_000),
    ] {
        let tree = Tree::of(&[("picket.toml", &policy), ("a.txt", "")]);
        let run = scan(&tree, &[]).exits(4);
        assert!(run.stderr.lines().count() < 1_000, "{}", run.stderr.len());
    }
}

/// A tree that changes all the time is scanned without harm, and what was lost is a gap.
#[test]
fn files_that_vanish_or_shrink_are_gaps() {
    let tree = Tree::new();
    let line = format!("A={}\n", token(1));
    let (full, names) = (line.repeat(500), ["a", "b", "c", "d"]);
    names.iter().for_each(|name| tree.write(format!("{name}.env"), &full));
    let mut runs = Vec::new();
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for name in names {
                    let path = tree.at(format!("{name}.env"));
                    let _ = File::create(&path);
                    let _ = fs::remove_file(&path);
                    let _ = fs::create_dir(&path);
                    let _ = fs::remove_dir(&path);
                    let _ = symlink("/dev/zero", &path);
                    let _ = fs::remove_file(&path);
                    tree.write(format!("{name}.env"), &full);
                }
            }
        });
        // A panic in here would wait for the thread forever.
        runs.extend(
            (0..15)
                .map(|_| catch_unwind(AssertUnwindSafe(|| scan(&tree, &["--select", TOKEN_RULE, "--format", "json"])))),
        );
        done.store(true, Ordering::Relaxed);
    });
    for run in runs {
        let gaps = gaps(&run.unwrap_or_else(|panic| resume_unwind(panic)).json());
        let known = ["vanished", "symlink", "special", "unreadable"];
        assert!(gaps.iter().all(|gap| known.iter().any(|reason| gap.ends_with(reason))), "{gaps:?}");
    }
}

/// No mode stops root, so there the scan runs as nobody.
#[test]
fn what_may_not_be_read_is_a_gap() {
    let tree = Tree::of(&[("closed/a.env", "x"), ("mute.env", "x"), ("open.env", &token(1))]);
    for (path, mode) in [("closed", 0), ("mute.env", 0), ("", 0o755), ("open.env", 0o644)] {
        fs::set_permissions(tree.at(path), Permissions::from_mode(mode)).unwrap();
    }
    let top = tree.root().parent().unwrap().to_owned();
    fs::set_permissions(&top, Permissions::from_mode(0o755)).unwrap();
    let is_root = fs::read_dir(tree.at("closed")).is_ok();
    let mut command = match is_root {
        false => tree.command(BINARY),
        true => {
            let mut command = tree.command("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", BINARY]);
            command
        }
    };
    if is_root && !can_become_nobody() {
        eprintln!("NOT TESTED: the tests run as root, and the binary cannot be run as nobody here");
        return;
    }
    command.args(["scan", "--select", TOKEN_RULE, "--format", "json"]);
    let run = finish(command).exits(1);
    assert!(run.wall <= PATIENCE);
    assert_eq!(gaps(&run.json()), ["closed unreadable", "mute.env unreadable"]);
    fs::set_permissions(tree.at("closed"), Permissions::from_mode(0o755)).unwrap();
}

fn can_become_nobody() -> bool {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", BINARY, "--version"]);
    command.output().is_ok_and(|output| output.status.success())
}
