//! The same tree gives the same report, and the same finding keeps its fingerprint.

use crate::common::{FORMATS, Tree, fields, token, tokens};

fn forest() -> Tree {
    let tree = Tree::new();
    for (at, secret) in tokens(40).iter().enumerate() {
        tree.write(format!("d{}/f{at}.env", at % 5), format!("A={secret}\nB={secret}\n"));
        tree.write(format!("d{}/broken{at}/.mcp.json", at % 7), "{ \"mcpServers\": { ");
        tree.write(format!("d{}/image{at}.png", at % 3), b"\x89PNG\0");
    }
    tree
}

#[test]
fn a_report_depends_on_nothing_but_the_tree() {
    let tree = forest();
    for format in FORMATS {
        let scan = |args: &[&str]| tree.tokens(&[args, &["--format", format, "--verbose"]].concat()).exits(1).stdout;
        let one = scan(&["--jobs", "1"]);
        for _ in 0..3 {
            assert_eq!(scan(&["--jobs", "8"]), one);
        }
        let ordered = scan(&["d0", "d1", "d2", "d3", "d4", "d5", "d6"]);
        assert_eq!(scan(&["d6", "d3", "d0", "d1", "d5", "d2", "d4", "d0/f0.env", "d3"]), ordered);
    }
}

#[track_caller]
fn check(path: &str, first: &str, second: &str) {
    let tree = Tree::new();
    let prints = |text: &str| {
        tree.write(path, text);
        let report = tree.tokens(&["--format", "json"]).exits(1).json();
        let mut prints: Vec<String> = fields(&report, "fingerprint").into_iter().map(str::to_owned).collect();
        prints.sort();
        prints
    };
    assert_eq!(prints(first), prints(second), "{path}");
}

#[test]
fn fingerprints_survive_what_does_not_change_the_finding() {
    let (one, other) = (token(1), token(2));
    let json = |secret: &str| {
        format!(r#"{{"mcpServers":{{"a":{{"env":{{"T":"{secret}"}},"command":"x"}},"b":{{"url":"{secret}"}}}}}}"#)
    };
    let reordered = format!(
        "\n\n{{\n    \"mcpServers\": {{\n        \"b\": {{ \"url\": \"{one}\" }},\n        \"a\": {{\n            \"command\": \"x\",\n            \
         \"env\": {{ \"U\": \"1\", \"T\": \"{one}\" }}\n        }}\n    }}\n}}\n"
    );
    check(".mcp.json", &json(&one), &json(&other));
    check(".mcp.json", &json(&one), &reordered);
    check("c.yaml", &format!("a:\n  - x\n  - k: {one}\n"), &format!("# note\na:\n    - k: '{other}'\n"));
    let script = |secret: &str| format!("#!/bin/sh\ncurl -H 'X: {secret}' https://example.invalid\n");
    check("run.sh", &script(&one), &script(&other));
    check("run.sh", &script(&one), &script(&one).replace("curl ", "\n\n# why\n\t curl   "));
    check(".env", &format!("A={one}\nB={one}\n"), &format!("# x\nC=1\nB={other}\n\nA={other}\n"));
}

#[test]
fn fingerprints_tell_findings_apart() {
    let secret = token(1);
    let tree = Tree::of(&[
        (
            ".mcp.json",
            &format!(
                r#"{{"mcpServers":{{"a":{{"env":{{"T":"{secret}","U":"{secret}"}}}}}},"l":["{secret}","{secret}"]}}"#
            ),
        ),
        ("a.sh", &format!("x {secret}\nx {secret}\ny {secret} {secret}\n")),
        ("b.sh", &format!("x {secret}\n")),
    ]);
    let report = tree.tokens(&["--format", "json"]).exits(1).json();
    let mut prints = fields(&report, "fingerprint");
    assert_eq!(prints.len(), 9);
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), 9);
}
