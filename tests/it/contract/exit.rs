//! Exit codes and the options that decide them.

use crate::common::{Tree, fields, token, word_page};

const FORMATS: &[&str] = &["text", "json"];

/// The same exit code in every format.
#[track_caller]
fn check(tree: &Tree, args: &[&str], code: i32) {
    for format in FORMATS {
        tree.tokens(&[args, &["--format", format]].concat()).exits(code);
    }
}

fn with_token() -> Tree {
    Tree::of(&[(".env", &format!("A={}\n", token(1)))])
}

#[test]
fn findings_are_1_and_none_are_0() {
    check(&Tree::of(&[("a.txt", "nothing")]), &[], 0);
    let tree = with_token();
    check(&tree, &[], 1);
    check(&tree, &["--exit-zero"], 0);
    check(&tree, &["--quiet"], 1);
    check(&tree, &[".env"], 1);
}

#[test]
fn wrong_usage_is_2_with_one_message() {
    let tree = with_token();
    for (args, expected) in [
        (&["--format", "xml"][..], "there are text, json"),
        (&["--format", "json="], "names no file"),
        (&["--format", "json", "--format", "text"], "only one report can go to standard output"),
        (&["--fail-on", "huge"], "none of low, medium, high, critical"),
        (&["--min-confidence", "sure"], "none of low, medium, high"),
        (&["--today", "soon"], "--today"),
        (&["--max-file-size", "many"], "K, M, G"),
        (&["--quiet", "--verbose"], "cannot be used with"),
        (&["--no-such-option"], "--no-such-option"),
        (&["--select", "provider-tokn"], "`mcp-picket rules list`"),
        (&["--ignore", "provider-tokn"], "neither a rule nor a family"),
        (&["-"], "--stdin-path"),
        (&["--stdin-path", ".env"], "path `-`"),
        (&["-", ".env", "--stdin-path", ".env"], "`-` stands alone"),
    ] {
        let run = tree.scan(args).exits(2);
        assert!(run.stderr.contains(expected), "{args:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{args:?}");
    }
}

#[test]
fn what_does_not_exist_is_3() {
    let tree = with_token();
    check(&tree, &["nowhere"], 3);
    check(&tree, &[".env", "nowhere"], 3);
    tree.scan(&["--config", "nowhere.toml"]).exits(3);
    tree.scan(&["--rules", "nowhere"]).exits(3);
    let run = tree.scan(&["no\nwhere\u{1b}"]).exits(3);
    assert_eq!(run.stderr, "mcp-picket: no\\nwhere\\u{1b}: no such file or directory\n");
    tree.picket(["rules", "test", "nowhere"]).exits(3);
}

#[test]
fn a_bad_page_is_4_with_its_place_and_nothing_is_scanned() {
    let tree = with_token();
    let good = word_page("own-word", "high", "prose_hit");
    for (from, to, place, message) in [
        ("severity = \"high\"", "severity = \"loud\"", "9:13", "none of low"),
        ("cwe = ", "cwf = ", "8:1", "unknown key"),
        ("text = {", "txt = {", "13:1", "unknown matcher"),
        ("regex = \"prose_hit\"", "regex = \"(prose_hit\"", "13:19", "unclosed group"),
        ("the word", "the {word}", "10:16", "unknown name `word`"),
    ] {
        let page = good.replace(from, to);
        assert_ne!(page, good);
        tree.page("own-word", &page);
        let run = tree.scan(&["--rules", &tree.rules(), "--format", "json=report.json"]).exits(4);
        assert!(run.stderr.contains(&format!("own-word.md:{place}")), "{place}: {}", run.stderr);
        assert!(run.stderr.contains(message), "{message}: {}", run.stderr);
        assert!(run.stdout.is_empty() && !tree.at("report.json").exists());
    }
}

#[test]
fn a_bad_policy_is_4_with_its_place() {
    for (policy, place, message) in [
        ("[rules]\nselct = []\n", "2:1", "unknown key `selct`"),
        ("[report]\nfail-on = \"loud\"\n", "2:12", "`loud` is none of"),
        ("[severity]\nno-such-rule = \"high\"\n", "2:1", "neither a rule nor a family"),
        ("[[ignore]]\nrule = \"provider-token\"\nuntil = \"soon\"\nreason = \"x\"\n", "3:10", "is no date"),
        ("[scan]\nexclude = [\"a[\"]\n", "2:13", "glob"),
        ("[[flow.sink]]\ncall = \"a.b\"\nargument = 0\nkind = \"comand\"\n", "4:9", "a kind of sink is one of"),
        ("[rules\n", "1:", "error"),
    ] {
        let tree = with_token();
        tree.write("picket.toml", policy);
        let run = tree.scan(&[]).exits(4);
        assert!(run.stderr.contains(&format!("picket.toml:{place}")), "{policy}: {}", run.stderr);
        assert!(run.stderr.contains(message), "{message}: {}", run.stderr);
        tree.tokens(&["--untrusted"]).exits(1);
    }
}

#[test]
fn the_threshold_is_a_severity() {
    let tree = Tree::of(&[("a.txt", "prose_hit\n")]);
    for (severity, fail_on, code) in [
        ("low", None, 0),
        ("medium", None, 1),
        ("low", Some("low"), 1),
        ("medium", Some("high"), 0),
        ("high", Some("high"), 1),
        ("high", Some("critical"), 0),
    ] {
        tree.page("own-word", &word_page("own-word", severity, "prose_hit"));
        let args = fail_on.map_or(vec![], |fail_on| vec!["--fail-on", fail_on]);
        let run = tree.own(&args).exits(code);
        assert!(run.stdout.contains("own-word"), "{}", run.stdout);
    }
}

#[test]
fn a_doubtful_finding_fails_only_where_it_is_asked_for() {
    let tree = Tree::of(&[("a.txt", "prose_hit\n")]);
    let page = |confidence: &str| {
        let to = format!("confidence = \"{confidence}\"");
        word_page("own-word", "high", "prose_hit").replace("confidence = \"high\"", &to)
    };
    for (confidence, least, code, findings) in [
        ("low", None, 0, 1),
        ("low", Some("low"), 1, 1),
        ("medium", None, 1, 1),
        ("medium", Some("high"), 0, 0),
        ("high", Some("high"), 1, 1),
    ] {
        tree.page("own-word", &page(confidence));
        let mut args = vec!["--format", "json"];
        args.extend(least.iter().flat_map(|least| ["--min-confidence", least]));
        let report = tree.own(&args).exits(code).json();
        assert_eq!(fields(&report, "rule").len(), findings, "{confidence} {least:?}");
    }
}

#[test]
fn only_failures_count_as_strict_gaps() {
    let tree = Tree::of(&[("a.txt", "nothing")]);
    tree.write("image.png", b"\x89PNG\0");
    tree.write("node_modules/a.txt", "x");
    check(&tree, &["--strict-gaps"], 0);
    tree.write("large.txt", "x".repeat(2_000));
    check(&tree, &["--max-file-size", "1000"], 0);
    check(&tree, &["--max-file-size", "1000", "--strict-gaps"], 1);
    check(&tree, &["--max-file-size", "1000", "--strict-gaps", "--exit-zero"], 0);
}

#[test]
fn rules_are_chosen_by_id_and_by_family() {
    let tree = with_token();
    tree.page("own-word", &word_page("own-word", "high", "A="));
    let rules = tree.rules();
    let found = |args: &[&str]| {
        let report = tree.scan(&[&["--rules", &rules, "--format", "json"], args].concat()).json();
        fields(&report, "rule").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found(&["--select", "own-word"]), ["own-word"]);
    assert_eq!(found(&["--select", "own"]), ["own-word"]);
    assert_eq!(found(&["--select", "own,provider-token"]), ["own-word", "provider-token"]);
    assert_eq!(found(&["--select", "own", "--select", "provider-token"]), ["own-word", "provider-token"]);
    assert_eq!(found(&["--select", "own,provider-token", "--ignore", "own"]), ["provider-token"]);
    assert!(!found(&["--ignore", "secrets"]).contains(&"provider-token".to_owned()));
}

#[test]
fn the_policy_decides_what_the_command_line_leaves_open() {
    let tree = Tree::of(&[("a.txt", "prose_hit\n"), ("docs/b.txt", "prose_hit\n")]);
    tree.page("own-word", &word_page("own-word", "low", "prose_hit"));
    let policy = format!(
        "[rules]\nselect = [\"own\"]\ndirectories = [{:?}]\n[severity]\nown-word = \"critical\"\n[report]\n\
         fail-on = \"critical\"\n[scan]\nexclude = [\"docs/**\"]\n",
        tree.rules()
    );
    let file = tree.aside("policy.toml");
    std::fs::write(&file, &policy).unwrap();
    let by_option = ["--config", file.to_str().unwrap(), "--format", "json"];
    let report = tree.scan(&by_option).exits(1).json();
    assert_eq!((fields(&report, "severity"), fields(&report, "path")), (vec!["critical"], vec!["a.txt"]));
    tree.write("picket.toml", &policy);
    assert_eq!(tree.scan(&["--format", "json"]).exits(1).json()["findings"], report["findings"]);
    tree.write("picket.toml", policy.replace("fail-on = \"critical\"", "fail-on = \"high\""));
    tree.write("picket.toml", policy.replace("own-word = \"critical\"", "own-word = \"low\""));
    tree.scan(&[]).exits(0);
    tree.scan(&["--fail-on", "low"]).exits(1);
}
