//! Names that a terminal, a report or a path type cannot hold as they are.

use super::{report, scan};
use crate::common::{TOKEN_RULE, Tree, fields, gaps, token};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

const NAMES: &[(&[u8], &str)] = &[
    (b"a\nb.env", "a\\nb.env"),
    (b"c\x1b[2J.env", "c\\u{1b}[2J.env"),
    ("d\u{202e}.env".as_bytes(), "d\\u{202e}.env"),
    (b"e\r\t.env", "e\\r\\t.env"),
    (b"f:1:2.env", "f:1:2.env"),
    (b"-g.env", "-g.env"),
    #[cfg(target_os = "linux")]
    (b"h\xff\xc3.env", "h\\xFF\\xC3.env"),
];

#[test]
fn names_are_escaped_and_their_files_examined() {
    let tree = Tree::new();
    for (name, _) in NAMES {
        tree.write(OsStr::from_bytes(name), format!("A={}\n", token(1)));
        tree.write(std::path::Path::new("large").join(OsStr::from_bytes(name)), "x".repeat(2_000));
    }
    let args = ["--select", TOKEN_RULE, "--max-file-size", "1000"];
    let report = report(&tree, &args);
    let mut expected: Vec<&str> = NAMES.iter().map(|(_, shown)| *shown).collect();
    expected.sort_unstable();
    assert_eq!(fields(&report, "path"), expected);
    let large: Vec<String> = expected.iter().map(|name| format!("large/{name} too-large")).collect();
    assert_eq!(gaps(&report), large);
    let text = scan(&tree, &args).stdout;
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{}", text.escape_debug());
}
