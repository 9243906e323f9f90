//! Who may say that a finding does not count, until when, and whether every finding is accounted for.

use crate::common::{Tree, fields, token, word_page};
use mcp_picket::app::{Environment, ScanOptions, Scanned, Standard, scan};
use mcp_picket::finding::Status;

fn statuses(tree: &Tree, args: &[&str]) -> Vec<String> {
    let report = tree.tokens(&[args, &["--format", "json"]].concat()).json();
    let findings = report["findings"].as_array().unwrap();
    let shown = |field: &serde_json::Value| field.as_str().unwrap_or("-").to_owned();
    let one = |finding: &serde_json::Value| {
        format!("{} {} {}", shown(&finding["path"]), shown(&finding["status"]), shown(&finding["suppression"]["kind"]))
    };
    findings.iter().map(one).collect()
}

#[test]
fn comments_are_honoured_unless_the_tree_is_not_trusted() {
    let secret = token(1);
    let tree = Tree::of(&[
        ("file.sh", &format!("# picket: ignore-file[provider-token] all of it\na={secret}\nb={secret}\n")),
        ("line.py", &format!("# picket: ignore[provider-token] the next\na = '{secret}'\nb = '{secret}'\n")),
        ("same.yaml", &format!("a: {secret} # picket: ignore[provider-token] here\n")),
        ("without.yaml", &format!("a: {secret} # picket: ignore[provider-token]\n")),
        ("other.yaml", &format!("a: {secret} # picket: ignore[another-rule] why\n")),
    ]);
    let expected = [
        "file.sh suppressed file",
        "file.sh suppressed file",
        "line.py suppressed inline",
        "line.py new -",
        "other.yaml new -",
        "same.yaml suppressed inline",
        "without.yaml new -",
    ];
    assert_eq!(statuses(&tree, &[]), expected);
    assert!(statuses(&tree, &["--untrusted"]).iter().all(|status| status.ends_with("new -")));
    let only = ["file.sh", "same.yaml"];
    tree.tokens(&only).exits(0);
    tree.tokens(&[&only[..], &["--untrusted"]].concat()).exits(1);
}

#[test]
fn the_policy_is_honoured_until_its_day_unless_the_tree_is_not_trusted() {
    let tree = Tree::of(&[("a/x.env", &format!("A={}\n", token(1))), ("b/x.env", &format!("A={}\n", token(2)))]);
    let entry = |path: &str| {
        format!(
            "[[ignore]]\nrule = \"provider-token\"\npath = \"{path}\"\nreason = \"known\"\nuntil = \"2030-06-30\"\n"
        )
    };
    tree.write("picket.toml", entry("a/**"));
    let one = ["a/x.env suppressed policy", "b/x.env new -"];
    assert_eq!(statuses(&tree, &["--today", "2030-06-30"]), one);
    let none = ["a/x.env new -", "b/x.env new -"];
    assert_eq!(statuses(&tree, &["--today", "2030-07-01"]), none);
    assert_eq!(statuses(&tree, &["--today", "2030-06-30", "--untrusted"]), none);
    tree.write("picket.toml", entry("**"));
    tree.tokens(&["--today", "2030-06-30"]).exits(0);
    tree.tokens(&["--today", "2030-07-01"]).exits(1);
}

#[test]
fn a_finding_is_ignored_by_its_fingerprint() {
    let tree = Tree::of(&[(".env", &format!("A={}\nB={}\n", token(1), token(2)))]);
    let report = tree.tokens(&["--format", "json"]).exits(1).json();
    let prints = fields(&report, "fingerprint");
    tree.write("picket.toml", format!("[[ignore]]\nfingerprint = \"{}\"\nreason = \"known\"\n", prints[1]));
    assert_eq!(statuses(&tree, &[]), [".env new -", ".env suppressed policy"]);
}

#[test]
fn comments_beyond_the_limit_do_not_count_and_are_a_gap() {
    let line = format!("a: {} # picket: ignore[provider-token] why\n", token(1));
    let tree = Tree::of(&[("a.yaml", &format!("{}{line}", "k: 1 # picket: ignore[provider-token] x\n".repeat(1_000)))]);
    let report = tree.tokens(&["--format", "json"]).exits(1).json();
    assert_eq!((fields(&report, "status"), crate::common::gaps(&report)), (vec!["new"], vec!["a.yaml budget".into()]));
}

fn library_scan(tree: &Tree, options: ScanOptions) -> Scanned {
    let environment = Environment::without_terminal(tree.root(), jiff::civil::date(2030, 1, 1));
    let mut out = Vec::new();
    let standard = Standard { out: &mut out, progress: &|| (), finished: &|| () };
    scan(&ScanOptions { rule_dirs: vec![tree.aside("own")], ..options }, &environment, standard).unwrap()
}

#[test]
fn every_finding_is_accounted_for() {
    // Each line: two findings of one class, of which one gives way, and one that is doubted.
    let tree = Tree::of(&[("a.sh", "strong_word third\nstrong_word third # picket: ignore[own-strong] why\n")]);
    let class =
        |page: String, more: &str| page.replace("cwe = [798]", &format!("cwe = [798]\nclass = \"word\"\n{more}"));
    tree.page("own-strong", &class(word_page("own-strong", "high", "strong_word"), "supersedes = [\"own-weak\"]"));
    tree.page("own-weak", &class(word_page("own-weak", "high", "word"), ""));
    let third = word_page("own-third", "high", "third").replace("confidence = \"high\"", "confidence = \"low\"");
    tree.page("own-third", &third);
    let select = vec!["own".to_owned()];
    let all = library_scan(&tree, ScanOptions { select: select.clone(), ..ScanOptions::default() }).report;
    let tally = all.tally;
    let suppressed = all.findings.iter().filter(|finding| matches!(finding.status, Status::Suppressed(_))).count();
    assert_eq!((tally.found, tally.superseded, tally.cut, all.findings.len(), suppressed), (6, 2, 0, 4, 1));
    let min_confidence = Some(mcp_picket::finding::Confidence::High);
    let sure = library_scan(&tree, ScanOptions { select, min_confidence, ..ScanOptions::default() }).report;
    let tally = sure.tally;
    assert_eq!((tally.found, tally.superseded, tally.cut, sure.findings.len()), (6, 2, 2, 2));
}

#[test]
fn a_policy_means_the_same_from_every_directory() {
    let tree = Tree::of(&[("lab/a.txt", &token(1)), ("other/b.txt", &token(2)), ("sub/other/c.txt", &token(3))]);
    std::fs::create_dir_all(tree.at(".git")).unwrap();
    tree.write(
        "picket.toml",
        "[scan]\nexclude = [\"other/**\"]\n[[ignore]]\nrule = \"provider-token\"\npath = \"lab/**\"\nreason = \"why\"\n",
    );
    for (dir, path) in [("", "."), ("sub", ".."), ("lab", "../."), ("", tree.root().to_str().unwrap())] {
        let today = jiff::civil::date(2030, 1, 1);
        let environment = Environment::without_terminal(tree.root().join(dir), today);
        let mut out = Vec::new();
        let standard = Standard { out: &mut out, progress: &|| (), finished: &|| () };
        let options = ScanOptions { paths: vec![path.into()], ..ScanOptions::default() };
        let report = scan(&options, &environment, standard).unwrap().report;
        let new: Vec<&str> = report
            .findings
            .iter()
            .filter(|finding| finding.status == Status::New)
            .map(|finding| finding.path.rsplit('/').next().unwrap())
            .collect();
        assert_eq!(new, ["c.txt"], "from {dir:?}: {:?}", report.findings);
        assert_eq!(report.honoured.policy_ignores, 1);
    }
}
