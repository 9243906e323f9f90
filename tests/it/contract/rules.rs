//! `rules list | explain | test`.

use crate::common::{TOKEN_RULE, Tree, word_page};

#[test]
fn the_list_is_json_too() {
    let tree = Tree::new();
    tree.page("own-word", &word_page("own-word", "high", "prose_hit"));
    let rules = tree.rules();
    let list = tree.picket(["rules", "list", "--rules", &rules, "--json"]).exits(0).json();
    let ids: Vec<&str> = list.as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&TOKEN_RULE) && ids.contains(&"own-word") && ids.is_sorted(), "{ids:?}");
    let text = tree.picket(["rules", "list", "--rules", &rules]).exits(0).stdout;
    assert_eq!(text.lines().count(), ids.len());
}

#[test]
fn a_rule_is_explained_and_an_unknown_one_suggests() {
    let tree = Tree::new();
    let text = tree.picket(["rules", "explain", TOKEN_RULE]).exits(0).stdout;
    assert!(text.contains("CWE-798") && text.contains("Fix\n---"), "{text}");
    let json = tree.picket(["rules", "explain", TOKEN_RULE, "--json"]).exits(0).json();
    assert_eq!(json["id"], TOKEN_RULE);
    assert!(json["fix"].as_str().is_some_and(|fix| !fix.is_empty()));
    let near = tree.picket(["rules", "explain", "provider-tokn"]).exits(2);
    assert!(near.stderr.contains("did you mean `provider-token`?"), "{}", near.stderr);
    let far = tree.picket(["rules", "explain", "zzzzzzzzzzzzzzz\u{1b}"]).exits(2);
    assert!(far.stderr.contains("rules list") && !far.stderr.contains('\u{1b}'), "{}", far.stderr);
}

#[test]
fn pages_are_tested_by_their_own_cases() {
    let tree = Tree::new();
    let good = word_page("own-word", "high", "prose_hit");
    tree.page("own-word", &good);
    let rules = tree.rules();
    let run = tree.picket(["rules", "test", &rules]).exits(0);
    assert!(run.stdout.contains("own-word (4 cases)") && run.stderr.is_empty(), "{}", run.shown());

    for (from, to, message) in [
        ("A=another", "A=prose_hit", "unexpected finding on \"prose_hit\""),
        ("A=«prose_hit»", "A=«prose_hi»t", "no finding on \"prose_hi\""),
        ("### four", "## Four", "own-word.md"),
    ] {
        let bad = good.replace(from, to);
        assert_ne!(bad, good);
        tree.page("own-word", &bad);
        let run = tree.picket(["rules", "test", &rules]).exits(1);
        assert!(run.stderr.contains(message) && run.stdout.contains("FAILED"), "{message}: {}", run.shown());
        let json = tree.picket(["rules", "test", &rules, "--json"]).exits(1).json();
        assert!(!json[0]["failures"].as_array().unwrap().is_empty());
    }
}

#[test]
fn a_page_that_does_not_load_is_4() {
    let tree = Tree::new();
    for page in ["", "no title\n", "# Title\n\nno fence\n"] {
        tree.page("own-word", page);
        let run = tree.picket(["rules", "test", &tree.rules()]).exits(4);
        assert!(run.stderr.contains("own-word.md"), "{}", run.stderr);
    }
    tree.page("own-word", &word_page("own-word", "high", "prose_hit"));
    tree.page(TOKEN_RULE, &word_page(TOKEN_RULE, "high", "prose_hit"));
    let run = tree.picket(["rules", "list", "--rules", &tree.rules()]).exits(4);
    assert!(run.stderr.contains("is taken by"), "{}", run.stderr);
}
