//! Whole renderings, as a person sees them.

#![allow(clippy::unwrap_used, reason = "a test may fail here")]

use super::*;
use crate::finding::GapReason;
use crate::report::Tally;
use crate::report::sample::{self, CLIENT, finding, gap, place, region};
use crate::text::{Span, is_hidden};
use insta::assert_snapshot;
use proptest::prelude::*;

const PLAIN: Style = Style { color: false, unicode: true, width: 80, verbose: false, quiet: false };

fn text(report: &Report, style: Style) -> String {
    let mut out = Vec::new();
    write(report, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The part of the text that stands before the closing lines.
fn body(findings: Vec<Finding>) -> String {
    let mut report = sample::everything();
    report.findings = findings;
    report.gaps.clear();
    let text = text(&report, PLAIN);
    text.rsplit_once("\n\n").unwrap().0.to_owned()
}

/// The drawing of one finding in `source`, without its head.
fn window(source: &str, needle: &str) -> String {
    let text = body(vec![finding("a-rule", Severity::Medium, "a/b.py", source, needle, "message")]);
    text.split_once('\n').unwrap().1.to_owned()
}

#[test]
fn a_finding_has_a_window_a_reason_and_a_fix() {
    assert_snapshot!(body(vec![sample::secret()]), @r#"
    high[secret-in-client-config] `GITHUB_TOKEN` of server `files` is written into
      the configuration
       ╭─[.mcp.json:6:33]
     5 │       "args": ["-y", "@acme/server-files"],
     6 │       "env": { "GITHUB_TOKEN": "***************************" }
       ·                                 ───────────────────────────
     7 │     },
       ╰────
      why: Client configurations are copied, committed and synchronised. A token in
           one is soon in places that nobody watches.
      fix: Replace the value by `${GITHUB_TOKEN}` and revoke the token
           Use a reference.
    "#);
}

#[test]
fn a_trace_is_told_step_by_step_and_the_label_says_what_happens_there() {
    assert_snapshot!(body(vec![sample::injection()]), @r#"
    critical[untrusted-input-in-shell] argument `host` of tool `ping` reaches
      `os.popen`
       ╭─[src/server.py:9:21]
     8 │     command = f"ping -c 1 {host}"
     9 │     return os.popen(command).read()
       ·                     ────┬───
       ·                         ╰── run by a shell
       ╰────
      why: What a model sends is written by whoever wrote the text that it read. A
           shell runs every command in it.
      fix: Pass the arguments as a list, without a shell:
             subprocess.run(["ping", "-c", "1", host])
      trace:
        1. src/server.py:7:10  argument `host` of tool `ping`
        2. src/server.py:8:15  joined into `command`
        3. src/server.py:9:21  run by a shell
    "#);
}

#[test]
fn a_long_trace_shows_its_ends() {
    let step = |line: usize| place(&format!("src/a{line}.py"), Some(region(CLIENT, "npx")), &format!("step {line}"));
    let found = Finding { trace: Some((1..=40).map(step).collect()), ..sample::mode() };
    assert_snapshot!(body(vec![found]), @"
    medium[config-writable-by-others] every user of this machine can change this
      file
      at: ~/.cursor/mcp.json
      why: Who can write this file decides which programs start.
      fix: Set mode 0600
      trace:
         1. src/a1.py:4:19   step 1
         2. src/a2.py:4:19   step 2
         3. src/a3.py:4:19   step 3
         4. src/a4.py:4:19   step 4
         5. src/a5.py:4:19   step 5
         6. src/a6.py:4:19   step 6
        … 28 more steps
        35. src/a35.py:4:19  step 35
        36. src/a36.py:4:19  step 36
        37. src/a37.py:4:19  step 37
        38. src/a38.py:4:19  step 38
        39. src/a39.py:4:19  step 39
        40. src/a40.py:4:19  step 40
    ");
}

#[test]
fn a_group_is_one_block_and_a_rule_is_explained_once() {
    let alone = Finding { group: None, ..sample::unpinned("@acme/mail") };
    let findings = vec![sample::unpinned("@acme/server-files"), alone, sample::unpinned("@acme/web@latest")];
    assert_snapshot!(body(findings), @r#"
    low[unpinned-package] `@acme/server-files` is started without a version
       ╭─[.mcp.json:5:23]
     4 │       "command": "npx",
     5 │       "args": ["-y", "@acme/server-files"],
       ·                       ──────────────────
     6 │       "env": { "GITHUB_TOKEN": "***************************" }
       ╰────
      why: `npx -y pkg` downloads and runs whatever the registry serves at start-up
           time.
      fix: Pin the exact version: `pkg@1.2.3`.
      and: 1 more here: line 8 (`@acme/web@latest`)

    low[unpinned-package] `@acme/mail` is started without a version
        ╭─[.mcp.json:9:49]
      8 │     "web": { "command": "npx", "args": ["-y", "@acme/web@latest"] },
      9 │     "mail": { "command": "npx", "args": ["-y", "@acme/mail"] }
        ·                                                 ──────────
     10 │   }
        ╰────
    "#);
}

#[test]
fn the_worst_comes_first_and_the_files_stay_in_order() {
    let of = |severity, path: &str| Finding { severity, path: path.to_owned(), group: None, ..sample::mode() };
    let findings =
        vec![of(Severity::Low, "a"), of(Severity::High, "b"), of(Severity::Low, "c"), of(Severity::Critical, "d")];
    let text = body(findings);
    let places: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("at: ")).collect();
    assert_eq!(places, ["d", "b", "a", "c"]);
}

#[test]
fn a_large_group_names_five_and_says_how_many() {
    let folded = |findings| body(findings).split_once("and:").unwrap().1.to_owned();
    let elsewhere = Finding { path: "b/.mcp.json".to_owned(), ..sample::unpinned("@acme/mail") };
    let mut findings = vec![sample::unpinned("@acme/server-files"), elsewhere];
    findings.extend((0..9).map(|_| sample::unpinned("@acme/web@latest")));
    assert_snapshot!(folded(findings), @"
    10 more here: b/.mcp.json:9:49 (`@acme/mail`), line 8
          (`@acme/web@latest`), line 8 (`@acme/web@latest`), line 8
          (`@acme/web@latest`), line 8 (`@acme/web@latest`), …
    ");
    assert_snapshot!(folded(findings_of_two_lines()), @" 1 more here: .mcp.json:4:7");
}

/// The label of the folded one spans lines, so it is not quoted.
fn findings_of_two_lines() -> Vec<Finding> {
    let block = "\"command\": \"npx\",\n      \"args\": [";
    let group = Some("g".to_owned());
    let first = Finding { group: group.clone(), ..sample::mode() };
    let second =
        Finding { group, ..finding("config-writable-by-others", Severity::Low, ".mcp.json", CLIENT, block, "m") };
    vec![first, second]
}

#[test]
fn a_finding_without_a_region_shows_its_path() {
    assert_snapshot!(body(vec![sample::mode()]), @"
    medium[config-writable-by-others] every user of this machine can change this
      file
      at: ~/.cursor/mcp.json
      why: Who can write this file decides which programs start.
      fix: Set mode 0600
    ");
}

#[test]
fn a_low_confidence_is_said() {
    let found = Finding { confidence: crate::finding::Confidence::Low, ..sample::mode() };
    assert_snapshot!(body(vec![found]).lines().take(2).collect::<Vec<_>>().join("\n"), @"
    medium[config-writable-by-others] every user of this machine can change this
      file (low confidence)
    ");
}

#[test]
fn a_long_line_is_cut_around_the_label_and_the_frame_tells_the_true_column() {
    let source = format!("{}\n{}needle{}\nshort\n", "z".repeat(400), "a".repeat(500), "b".repeat(600));
    assert_snapshot!(window(&source, "needle"), @"
      ╭─[a/b.py:2:501]
    1 │ zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz…
    2 │ …aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaneedlebbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
      ·                                ──────
    3 │ short
      ╰────
    ");
}

#[test]
fn wide_and_combining_characters_keep_labels_aligned() {
    assert_snapshot!(window("名前 = \"字字字字字字\" # 終わり\n", "字字字字字字"), @r#"
      ╭─[a/b.py:1:7]
    1 │ 名前 = "字字字字字字" # 終わり
      ·         ────────────
      ╰────
    "#);
    assert_snapshot!(window("e\u{301}e\u{301} x\n", "x"), @"
      ╭─[a/b.py:1:6]
    1 │ éé x
      ·    ─
      ╰────
    ");
}

#[test]
fn a_label_of_several_lines_is_a_bracket_and_blank_context_is_left_out() {
    assert_snapshot!(window("def f(a):\n    run(\n        a,\n    )\n\nx = 1\n", "run(\n        a,\n    )\n"), @"
      ╭─[a/b.py:2:5]
    1 │     def f(a):
    2 │ ╭─▶     run(
    3 │ │           a,
    4 │ ╰─▶     )
      ╰────
    ");
}

#[test]
fn an_empty_label_is_a_caret() {
    assert_snapshot!(window("abc\n", ""), @"
      ╭─[a/b.py:1:1]
    1 │ abc
      · ▲
      ╰────
    ");
}

#[test]
fn every_part_together() {
    assert_snapshot!(text(&sample::everything(), PLAIN), @r#"
    critical[untrusted-input-in-shell] argument `host` of tool `ping` reaches
      `os.popen`
       ╭─[src/server.py:9:21]
     8 │     command = f"ping -c 1 {host}"
     9 │     return os.popen(command).read()
       ·                     ────┬───
       ·                         ╰── run by a shell
       ╰────
      why: What a model sends is written by whoever wrote the text that it read. A
           shell runs every command in it.
      fix: Pass the arguments as a list, without a shell:
             subprocess.run(["ping", "-c", "1", host])
      trace:
        1. src/server.py:7:10  argument `host` of tool `ping`
        2. src/server.py:8:15  joined into `command`
        3. src/server.py:9:21  run by a shell

    high[secret-in-client-config] `GITHUB_TOKEN` of server `files` is written into
      the configuration
       ╭─[.mcp.json:6:33]
     5 │       "args": ["-y", "@acme/server-files"],
     6 │       "env": { "GITHUB_TOKEN": "***************************" }
       ·                                 ───────────────────────────
     7 │     },
       ╰────
      why: Client configurations are copied, committed and synchronised. A token in
           one is soon in places that nobody watches.
      fix: Replace the value by `${GITHUB_TOKEN}` and revoke the token
           Use a reference.
      see also:
        docs/setup.md  the same token in the instructions

    medium[config-writable-by-others] every user of this machine can change this
      file
      at: ~/.cursor/mcp.json
      why: Who can write this file decides which programs start.
      fix: Set mode 0600

    low[unpinned-package] `@acme/server-files` is started without a version
       ╭─[.mcp.json:5:23]
     4 │       "command": "npx",
     5 │       "args": ["-y", "@acme/server-files"],
       ·                       ──────────────────
     6 │       "env": { "GITHUB_TOKEN": "***************************" }
       ╰────
      why: `npx -y pkg` downloads and runs whatever the registry serves at start-up
           time.
      fix: Pin the exact version: `pkg@1.2.3`.
      and: 1 more here: line 8 (`@acme/web@latest`)

    not examined: 1 ignored tree, 1 vendored tree (1,204 files), 31 binary files
    not fully examined: 1 unparsable, 1 too large
      vendor/mcp.json: unparsable (expected `,` in line 3)
      data/dump.json: too large (40 MB, the limit is 8 MB)

    5 new findings: 1 critical, 1 high, 1 medium, 2 low
    1 suppressed · 1 in the baseline · scanned 120 files (1.2 MB) with 14 rules
    left out: 3 more findings, below the confidence asked for or beyond what a
    report holds
    honoured from the tree: 1 inline ignore
    next: mcp-picket rules explain untrusted-input-in-shell
    "#);
}

#[test]
fn every_part_together_without_unicode_on_a_narrow_terminal() {
    assert_snapshot!(text(&sample::everything(), Style { unicode: false, width: 60, ..PLAIN }), @r#"
    critical[untrusted-input-in-shell] argument `host` of tool
      `ping` reaches `os.popen`
       ,-[src/server.py:9:21]
     8 |     command = f"ping -c 1 {host}"
     9 |     return os.popen(command).read()
       :                     ^^^^|^^^
       :                         `-- run by a shell
       `----
      why: What a model sends is written by whoever wrote the
           text that it read. A shell runs every command in it.
      fix: Pass the arguments as a list, without a shell:
             subprocess.run(["ping", "-c", "1", host])
      trace:
        1. src/server.py:7:10  argument `host` of tool `ping`
        2. src/server.py:8:15  joined into `command`
        3. src/server.py:9:21  run by a shell

    high[secret-in-client-config] `GITHUB_TOKEN` of server
      `files` is written into the configuration
       ,-[.mcp.json:6:33]
     5 |       "args": ["-y", "@acme/server-files"],
     6 | ...": { "GITHUB_TOKEN": "***************************" }
       :                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^
     7 |     },
       `----
      why: Client configurations are copied, committed and
           synchronised. A token in one is soon in places that
           nobody watches.
      fix: Replace the value by `${GITHUB_TOKEN}` and revoke the
           token
           Use a reference.
      see also:
        docs/setup.md  the same token in the instructions

    medium[config-writable-by-others] every user of this
      machine can change this file
      at: ~/.cursor/mcp.json
      why: Who can write this file decides which programs start.
      fix: Set mode 0600

    low[unpinned-package] `@acme/server-files` is started
      without a version
       ,-[.mcp.json:5:23]
     4 |       "command": "npx",
     5 |       "args": ["-y", "@acme/server-files"],
       :                       ^^^^^^^^^^^^^^^^^^
     6 |       "env": { "GITHUB_TOKEN": "********************...
       `----
      why: `npx -y pkg` downloads and runs whatever the registry
           serves at start-up time.
      fix: Pin the exact version: `pkg@1.2.3`.
      and: 1 more here: line 8 (`@acme/web@latest`)

    not examined: 1 ignored tree, 1 vendored tree (1,204 files),
                  31 binary files
    not fully examined: 1 unparsable, 1 too large
      vendor/mcp.json: unparsable (expected `,` in line 3)
      data/dump.json: too large (40 MB, the limit is 8 MB)

    5 new findings: 1 critical, 1 high, 1 medium, 2 low
    1 suppressed - 1 in the baseline
    scanned 120 files (1.2 MB) with 14 rules
    left out: 3 more findings, below the confidence asked for or
    beyond what a report holds
    honoured from the tree: 1 inline ignore
    next: mcp-picket rules explain untrusted-input-in-shell
    "#);
}

#[test]
fn verbose_lists_what_does_not_count() {
    let text = text(&sample::everything(), Style { verbose: true, ..PLAIN });
    let end = text.find("\nsuppressed").unwrap();
    assert_snapshot!(text.get(end + 1..).unwrap(), @"
    suppressed low[unpinned-package] .mcp.json:9:49: pinned by the mirror (inline at .mcp.json:4 until 2027-01-31)
    baseline medium[config-writable-by-others] ~/.cursor/mcp.json

    not examined: 1 ignored tree, 1 vendored tree (1,204 files), 31 binary files
      assets: binary (31 files)
      node_modules: vendored (1,204 files)
      target: ignored
    not fully examined: 1 unparsable, 1 too large
      vendor/mcp.json: unparsable (expected `,` in line 3)
      data/dump.json: too large (40 MB, the limit is 8 MB)

    5 new findings: 1 critical, 1 high, 1 medium, 2 low
    1 suppressed · 1 in the baseline · 2 superseded
    scanned 120 files (1.2 MB) with 14 rules
    left out: 3 more findings, below the confidence asked for or beyond what a
    report holds
    honoured from the tree: 1 inline ignore
    next: mcp-picket rules explain untrusted-input-in-shell
    ");
}

#[test]
fn quiet_is_one_line_per_new_finding() {
    assert_snapshot!(text(&sample::everything(), Style { quiet: true, ..PLAIN }), @"
    src/server.py:9:21: critical[untrusted-input-in-shell] argument `host` of tool `ping` reaches `os.popen`
    .mcp.json:6:33: high[secret-in-client-config] `GITHUB_TOKEN` of server `files` is written into the configuration
    ~/.cursor/mcp.json: medium[config-writable-by-others] every user of this machine can change this file
    .mcp.json:5:23: low[unpinned-package] `@acme/server-files` is started without a version
    .mcp.json:8:48: low[unpinned-package] `@acme/web@latest` is started without a version
    ");
    assert_eq!(text(&sample::report(Vec::new()), Style { quiet: true, ..PLAIN }), "");
}

#[test]
fn without_findings_the_verdict_says_what_was_seen() {
    let check = |report: &Report| text(report, PLAIN);
    let mut report = sample::report(Vec::new());
    assert_snapshot!(check(&report), @"no findings · scanned 120 files (1.2 MB) with 14 rules");
    report.findings = vec![sample::suppressed()];
    assert_snapshot!(check(&report), @"no new findings · 1 suppressed · scanned 120 files (1.2 MB) with 14 rules");
    report.findings.clear();
    report.scanned.files = 0;
    report.honoured.untrusted = true;
    assert_snapshot!(check(&report), @"
    nothing was examined · scanned 0 files (1.2 MB) with 14 rules
    untrusted: the tree's own ignores, policy and baseline were not honoured
    ");
}

#[test]
fn gaps_alone_are_never_clean() {
    let failure = |n: usize| gap(&format!("f{n}"), GapReason::Unreadable, "permission denied", Some(1));
    let mut report = Report { gaps: sample::everything().gaps, ..sample::report(Vec::new()) };
    report.gaps.extend((0..12).map(failure));
    report.gaps.push(gap("", GapReason::Internal, "rule `a` failed", None));
    report.gaps.push(gap("a", GapReason::Vendored, "", None));
    report.gaps.push(gap("b", GapReason::Vendored, "", Some(1)));
    report.gaps.push(gap("c", GapReason::Symlink, "", None));
    report.tally = Tally { found: 3, superseded: 0, cut: 3 };
    assert_snapshot!(text(&report, PLAIN), @"
    not examined: 1 ignored tree, 2 vendored trees (at least 1,204 files),
                  1 vendored file, 31 binary files, 1 symbolic link
    not fully examined: 1 failed inside this tool, 1 unparsable, 12 unreadable,
                        1 too large
      failed inside this tool (rule `a` failed)
      vendor/mcp.json: unparsable (expected `,` in line 3)
      f0: unreadable (permission denied)
      f1: unreadable (permission denied)
      f2: unreadable (permission denied)
      f3: unreadable (permission denied)
      f4: unreadable (permission denied)
      f5: unreadable (permission denied)
      f6: unreadable (permission denied)
      f7: unreadable (permission denied)
      … 5 more

    no new findings shown · scanned 120 files (1.2 MB) with 14 rules
    left out: 3 more findings, below the confidence asked for or beyond what a
    report holds
    ");
}

#[test]
fn nothing_hidden_in_the_findings_reaches_the_terminal() {
    let evil = "a\u{1b}[2J\u{202e}b\nc\r\u{7}\u{9b}31m\u{e0041}";
    let source = format!("x = '{evil}needle{evil}'");
    let mut found = finding("a-rule", Severity::High, evil, &source, "needle", evil);
    found.trace = Some(vec![place(evil, found.region, evil), place(evil, None, "")]);
    found.related = vec![place(evil, None, evil)];
    let mut raw = finding(evil, Severity::High, evil, "needle", "needle", evil);
    raw.excerpt =
        raw.excerpt.map(|shown| crate::text::Excerpt { text: source.clone(), label: Span::new(4, 30), ..shown });
    let mut suppressed = sample::suppressed();
    suppressed.path = evil.to_owned();
    if let Status::Suppressed(by) = &mut suppressed.status {
        by.reason = evil.to_owned();
    }
    let mut report = sample::report(vec![found, raw, suppressed]);
    report.gaps = vec![gap(evil, GapReason::Unparsable, evil, None), gap(evil, GapReason::Binary, evil, None)];
    report.rules.insert("a-rule".to_owned(), sample::info(evil, &format!("```\n{evil}\n```\n{evil}")));
    for style in [PLAIN, Style { verbose: true, ..PLAIN }, Style { quiet: true, ..PLAIN }] {
        let shown = text(&report, style);
        assert_eq!(shown.chars().find(|c| *c != '\n' && is_hidden(*c)), None, "{shown}");
    }
    assert_snapshot!(text(&report, PLAIN), @r"
    high[a-rule] a\u{1b}[2J\u{202e}b\nc\r\u{7}\u{9b}31m\u{e0041}
       ╭─[a\u{1b}[2J\u{202e}b\nc\r\u{7}\u{9b}31m\u{e0041}:2:9]
     1 │ x = 'a\u{1b}[2J\u{202e}b
     2 │ c\u{d}\u{7}\u{9b}31m\u{e0041}needlea\u{1b}[2J\u{202e}b
       ·                              ──────
     3 │ c\u{d}\u{7}\u{9b}31m\u{e0041}'
       ╰────
      why: a\u{1b}[2J\u{202e}b c \u{7}\u{9b}31m\u{e0041}
      fix:   a\u{1b}[2J\u{202e}b
             c\r\u{7}\u{9b}31m\u{e0041}
           a\u{1b}[2J\u{202e}b c \u{7}\u{9b}31m\u{e0041}
      trace:
        1. a\u{1b}[2J\u{202e}b\nc\r\u{7}\u{9b}31m\u{e0041}:2:9
             a\u{1b}[2J\u{202e}b c \u{7}\u{9b}31m\u{e0041}
        2. a\u{1b}[2J\u{202e}b\nc\r\u{7}\u{9b}31m\u{e0041}
      see also:
        a\u{1b}[2J\u{202e}b\nc\r\u{7}\u{9b}31m\u{e0041}
          a\u{1b}[2J\u{202e}b c \u{7}\u{9b}31m\u{e0041}

    high[a\u{1b}[2J\u{202e}b\nc\r\u{7}\u{9b}31m\u{e0041}]
      a\u{1b}[2J\u{202e}b\nc\r\u{7}\u{9b}31m\u{e0041}
       ╭─[a\u{1b}[2J\u{202e}b\nc\r\u{7}\u{9b}31m\u{e0041}:1:1]
     1 │ ╭─▶ x = 'a\u{1b}[2J\u{202e}b
     2 │ ╰─▶ c\r\u{7}\u{9b}31m\u{e0041}needlea\u{1b}[2J\u{202e}b
     3 │     c\r\u{7}\u{9b}31m\u{e0041}'
       ╰────

    not examined: 1 binary file
    not fully examined: 1 unparsable
      a\u{1b}[2J\u{202e}b\nc\r\u{7}\u{9b}31m\u{e0041}: unparsable
        (a\u{1b}[2J\u{202e}b\nc\r\u{7}\u{9b}31m\u{e0041})

    2 new findings: 2 high · 1 suppressed · scanned 120 files (1.2 MB) with 14 rules
    next: mcp-picket rules explain a-rule
    ");
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let codes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    for style in [PLAIN, Style { unicode: false, ..PLAIN }, Style { quiet: true, ..PLAIN }] {
        let plain = text(&sample::everything(), style);
        let coloured = text(&sample::everything(), Style { color: true, ..style });
        assert!(!plain.contains('\u{1b}') && coloured.contains('\u{1b}'));
        let stripped: String =
            codes.replace_all(&coloured, "").lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
        assert_eq!(stripped, plain);
    }
}

#[test]
fn errors_in_rules_and_policies_are_shown_in_place() {
    let check = |source: &str, span: Option<Span>| {
        let help = Some("the keys are rule, path, fingerprint, reason and until");
        diagnostic(
            &Diagnostic { path: "picket.toml", source, span, message: "unknown key `reson`", help },
            &crate::text::Redactor::new(Vec::new()),
            PLAIN,
        )
    };
    assert_snapshot!(check("[[ignore]]\nrule = \"x\"\nreson = \"because\"\n", Some(Span::new(22, 27))), @r#"
    error: unknown key `reson`
       ╭─[picket.toml:3:1]
     2 │ rule = "x"
     3 │ reson = "because"
       · ─────
       ╰────
      help: the keys are rule, path, fingerprint, reason and until
    "#);
    assert_snapshot!(check("abc\n", Some(Span::at(4))), @"
    error: unknown key `reson`
       ╭─[picket.toml:2:1]
     1 │ abc
     2 │
       · ▲
       ╰────
      help: the keys are rule, path, fingerprint, reason and until
    ");
    assert_snapshot!(check("", Some(Span::new(7, 9))), @"
    error: unknown key `reson`
       ╭─[picket.toml:1:1]
     1 │
       · ▲
       ╰────
      help: the keys are rule, path, fingerprint, reason and until
    ");
    assert_snapshot!(check("", None), @"
    error: unknown key `reson`
      at: picket.toml
      help: the keys are rule, path, fingerprint, reason and until
    ");
}

proptest! {
    #[test]
    fn any_excerpt_is_drawn_within_the_width(
        // Characters on whose width all tables agree.
        text in "[\\x00-\\u{36f}一-龥🎉\\u{200b}-\\u{202e}\\u{e0000}-\\u{e007f}]{0,200}",
        a in 0usize..300, b in 0usize..300, first in 0usize..2000, width in 0usize..200,
        note in prop::option::of("[ -~ä-ü一-龥🎉]{0,40}"),
    ) {
        let mut found = finding("a-rule", Severity::Low, "p", "x", "x", "m");
        let label = Span::new(a, b);
        found.excerpt = Some(crate::text::Excerpt { text, first_line: first, label, focus: Span::default() });
        found.trace = note.map(|note| vec![place("p", found.region, &note)]);
        let style = Style { width, ..PLAIN };
        let shown = drawn(&found, style);
        for line in shown.lines() {
            prop_assert!(layout::width(line) <= style.columns(), "{line:?}");
        }
        prop_assert!(!shown.chars().any(|c| c != '\n' && is_hidden(c)));
    }
}

/// The window of `found` alone.
fn drawn(found: &Finding, style: Style) -> String {
    let note = found.trace.as_ref().and_then(|steps| steps.last()).map(|step| step.note.as_str());
    let (Some(region), Some(excerpt)) = (found.region, &found.excerpt) else { return String::new() };
    let scene = window::Scene { path: "p", start: region.start, excerpt, note, severity: found.severity };
    window::draw(&scene, style)
}
