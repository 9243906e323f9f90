//! How files are named, that each is visited once, and that threads change nothing.

use super::*;

#[test]
fn overlapping_roots_visit_everything_once() {
    let tree = Tree::of(&["a/x", "a/deep/y", "b"]);
    let once = ["a/deep/y", "a/x", "b"];
    for roots in [&[".", "./a"][..], &["a", "."], &[".", ".", "a/deep", "a/x"], &["b", "a", "a/../a/deep"]] {
        check(&tree.scan(roots), &once, &[]);
    }
    let absolute = tree.at("a").to_string_lossy().into_owned();
    check(&tree.scan(&["a", &absolute]), &["a/deep/y", "a/x"], &[]);
}

#[test]
fn a_file_may_be_a_root_and_a_missing_one_is_an_error() {
    let tree = Tree::of(&["a", "b"]);
    check(&tree.scan(&["./a"]), &["a"], &[]);
    for missing in ["nowhere", "a/below", "", "no\0name"] {
        let error = tree.try_scan(&["a", missing], &tree.options()).expect_err("an error");
        assert!(error.path == missing || missing.contains('\0'), "{error}");
    }
    check(&tree.scan(&[]), &[], &[]);
}

#[test]
fn paths_are_relative_then_below_home_then_absolute() {
    let tree = Tree::of(&["home/project/a", "home/other/b", "else/c"]);
    let options = WalkOptions { current_dir: tree.at("home/project"), home: Some(tree.at("home")), ..tree.options() };
    let scan = tree.scan_with(&[".", "../other", "../../else"], &options);
    let outside = format!("{}/else", tree.path.display());
    let c = format!("{outside}/c");
    let expected = [
        (".", "~/project"),
        ("a", "~/project/a"),
        ("~/other", "~/other"),
        ("~/other/b", "~/other/b"),
        (outside.as_str(), outside.as_str()),
        (c.as_str(), c.as_str()),
    ];
    for (path, place) in expected {
        assert_eq!(scan.artifact(path).place, place);
    }
    assert_eq!(scan.artifacts.len(), expected.len());
    assert_eq!(tree.scan_with(&[".."], &options).artifact("~").place, "~");
}

#[cfg(unix)]
#[test]
fn unprintable_names_are_escaped() {
    use std::os::unix::ffi::OsStrExt;
    let tree = Tree::of(&["line\nbreak", "esc\u{1b}[31m", "bidi\u{202e}", "größe"]);
    fs::write(tree.path.join(std::ffi::OsStr::from_bytes(b"bad\xFF\n")), "x").expect("a file");
    let scan = tree.scan(&["."]);
    check(&scan, &["bad\\xFF\\n", "bidi\\u{202e}", "esc\\u{1b}[31m", "größe", "line\\nbreak"], &[]);
    assert!(scan.artifact("line\\nbreak").place.ends_with("/line\nbreak"));
    assert!(scan.artifact("bad\\xFF\\n").place.ends_with("/bad\u{FFFD}\n"));
}

#[test]
fn text_is_decoded_and_counted() {
    let tree = Tree::of(&["utf8"]);
    tree.write("bom", b"\xEF\xBB\xBFx");
    tree.write("wide", b"\xFF\xFEh\0i\0");
    tree.write("lossy", b"a\xFFb");
    tree.write("empty", b"");
    let scan = tree.scan(&["."]);
    let of = |path: &str| scan.artifact(path).source().map(|source| (source.text.as_str(), source.encoding));
    assert_eq!(of("utf8"), Some(("utf8", Encoding::Utf8)));
    assert_eq!(of("bom"), Some(("\u{FEFF}x", Encoding::Utf8)));
    assert_eq!(of("wide"), Some(("\u{FEFF}hi", Encoding::Utf16)));
    assert_eq!(of("lossy"), Some(("a\u{1A}b", Encoding::Lossy)));
    assert_eq!(of("empty"), Some(("", Encoding::Utf8)));
    assert_eq!((scan.walked.files, scan.walked.bytes), (5, 4 + 4 + 6 + 3));
}

#[test]
fn threads_change_nothing() {
    let tree = Tree::of(&[]);
    for directory in 0..30 {
        for file in 0..10 {
            tree.write(&format!("{directory}/src/{file}.py"), format!("{directory} {file}"));
            tree.write(&format!("{directory}/dist/{file}.bin"), b"\0");
            tree.write(&format!("{directory}/{file}.tmp"), b"\0");
        }
        tree.write(&format!("{directory}/.gitignore"), "[1-4].tmp\n");
    }
    let with = |threads| {
        let scan = tree.scan_with(&[".", "7"], &WalkOptions { threads, ..tree.options() });
        (format!("{:?}", scan.artifacts), scan.walked)
    };
    let alone = with(1);
    assert_eq!(alone.1.files, 330);
    for _ in 0..5 {
        assert_eq!(with(8), alone);
    }
}

#[test]
fn settings_are_found_and_read() {
    let tree = Tree::of(&["picket.toml", "repo/picket.toml", "repo/a/b/c", "alone/x/y"]);
    assert_eq!(find_upward(&tree.at("repo/a/b"), "picket.toml"), None);
    fs::create_dir(tree.at("repo/.git")).expect("a directory");
    assert_eq!(find_upward(&tree.at("repo/a/b"), "picket.toml"), Some(tree.at("repo/picket.toml")));
    assert_eq!(find_upward(&tree.at("repo/a/b"), "absent"), None);
    assert_eq!(find_upward(&tree.path, "picket.toml"), Some(tree.at("picket.toml")));

    assert_eq!(read_text(&tree.at("picket.toml"), 11), Ok("picket.toml".to_owned()));
    let problem = |path: &str, limit| read_text(&tree.at(path), limit).expect_err("an error").problem;
    assert_eq!(problem("picket.toml", 10), ReadProblem::TooLarge(10));
    assert_eq!(problem("absent", 10), ReadProblem::Missing);
    assert_eq!(problem("repo", 10), ReadProblem::NotAFile);
    tree.write("bad", b"ab\xFF");
    assert_eq!(problem("bad", 10), ReadProblem::NotUtf8(2));
}

#[test]
fn pages_are_sorted_and_must_be_text() {
    let tree = Tree::of(&["rules/b/two.md", "rules/a/one.md", "rules/a/note.txt", "rules/.git/x.md"]);
    let pages = read_pages(&tree.at("rules")).expect("pages");
    let texts: Vec<&str> = pages.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["rules/a/one.md", "rules/b/two.md"]);
    tree.write("rules/a/zero.md", b"\xFF");
    let error = read_pages(&tree.at("rules")).expect_err("an error");
    assert!(error.path.ends_with("rules/a/zero.md") && error.problem == ReadProblem::NotUtf8(0), "{error}");
    assert_eq!(read_pages(&tree.at("absent")).expect_err("an error").problem, ReadProblem::Missing);
    assert!(read_pages(&tree.at("rules/a/one.md")).is_err());
}
