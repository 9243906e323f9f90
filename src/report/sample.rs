//! Findings for the tests of the formats, built from source text as the engine builds them.

#![allow(clippy::unwrap_used, reason = "a test may fail here")]

use super::{Honoured, Report, RuleCard, RuleInfo, Scanned, Tally};
use crate::finding::{
    Change, Confidence, Finding, Fix, Gap, GapReason, Place, Region, Safety, Severity, Status, Suppression,
    SuppressionKind, fingerprint,
};
use crate::text::{Edit, LineIndex, Mask, Sensitive, Span, excerpt, line_hashes};

/// The region of the first `needle` in `source`.
pub(super) fn region(source: &str, needle: &str) -> Region {
    let start = source.find(needle).unwrap();
    let span = Span::new(start, start + needle.len());
    let index = LineIndex::new(source);
    Region { span, start: index.position(source, span.start), end: index.position(source, span.end) }
}

/// A new finding of `rule` at the first `needle` in `source`; the family is `config`, the confidence high.
pub(super) fn finding(
    rule: &str,
    severity: Severity,
    path: &str,
    source: &str,
    needle: &str,
    message: &str,
) -> Finding {
    let region = region(source, needle);
    let secret = source.find(SECRET).map(|at| Span::new(at, at + SECRET.len()));
    let secret: Vec<_> = secret.map(|span| Sensitive { span, visible: 0, mask: Mask::Secret }).into_iter().collect();
    let shown = excerpt(source, &LineIndex::new(source), region.span, &secret, 1);
    let line = region.start.line;
    let line_hash = line_hashes(source, &secret, &[line].into()).remove(&line);
    Finding { region: Some(region), excerpt: Some(shown), line_hash, ..bare(rule, severity, path, message) }
}

/// A new finding about a file as a whole.
pub(super) fn bare(rule: &str, severity: Severity, path: &str, message: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        family: "config".to_owned(),
        severity,
        title: format!("Title of {rule}"),
        message: message.to_owned(),
        fingerprint: fingerprint(rule, path, "", message, 0),
        ..Finding::blank(path)
    }
}

pub(super) fn place(path: &str, region: Option<Region>, note: &str) -> Place {
    Place { path: path.to_owned(), region, note: note.to_owned() }
}

pub(super) fn gap(path: &str, reason: GapReason, detail: &str, files: Option<u64>) -> Gap {
    Gap { path: path.to_owned(), reason, detail: detail.to_owned(), files }
}

pub(super) fn info(why: &str, fix: &str) -> RuleInfo {
    RuleInfo { title: String::new(), why: why.to_owned(), fix: fix.to_owned() }
}

/// A rule that ran, with a page of two paragraphs.
pub(super) fn card(id: &str, severity: Severity) -> RuleCard {
    let source = format!(
        "# Title of {id}\n\n```toml\n[rule]\n```\n\nWhy `{id}` hurts.\n\nMore.\n\n## Fix\n\nMend it.\n\n## Flagged\n\n\
         ### one\n```json .mcp.json\n{{ \"a\": \"«x»\" }}\n```\n\n## Accepted\n\n### other\n```json .mcp.json\n{{}}\n```\n\n\
         ## References\n- <https://example.com>\n"
    );
    RuleCard {
        id: id.to_owned(),
        family: "config".to_owned(),
        title: format!("Title of {id}"),
        severity,
        confidence: Confidence::High,
        cwe: vec![78, 1357],
        owasp_mcp: vec!["MCP05".to_owned()],
        ran: true,
        page: Some(format!("rules/config/{id}.md")),
        source: source.into(),
    }
}

/// A report of `findings` over 120 files.
pub(super) fn report(findings: Vec<Finding>) -> Report {
    Report {
        tool_version: "0.1.0".to_owned(),
        scanned: Scanned { files: 120, bytes: 1_204_000, rules: 14 },
        tally: Tally { found: findings.len(), ..Tally::default() },
        findings,
        ..Report::default()
    }
}

/// The value that no format may show.
pub(super) const SECRET: &str = "not-a-real-token-0123456789";

pub(super) const CLIENT: &str = r#"{
  "mcpServers": {
    "files": {
      "command": "npx",
      "args": ["-y", "@acme/server-files"],
      "env": { "GITHUB_TOKEN": "not-a-real-token-0123456789" }
    },
    "web": { "command": "npx", "args": ["-y", "@acme/web@latest"] },
    "mail": { "command": "npx", "args": ["-y", "@acme/mail"] }
  }
}
"#;

pub(super) const SERVER: &str = r#"import os
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("net")

@mcp.tool()
def ping(host: str) -> str:
    command = f"ping -c 1 {host}"
    return os.popen(command).read()
"#;

pub(super) fn secret() -> Finding {
    Finding {
        pointer: Some("/mcpServers/files/env/GITHUB_TOKEN".to_owned()),
        fix: Some(Fix {
            safety: Safety::Unsafe,
            description: "Replace the value by `${GITHUB_TOKEN}` and revoke the token".to_owned(),
            changes: vec![Change::Text {
                edit: Edit { span: region(CLIENT, SECRET).span, text: "${GITHUB_TOKEN}".to_owned() },
                region: region(CLIENT, SECRET),
            }],
        }),
        ..finding(
            "secret-in-client-config",
            Severity::High,
            ".mcp.json",
            CLIENT,
            SECRET,
            "`GITHUB_TOKEN` of server `files` is written into the configuration",
        )
    }
}

/// One of three findings of a group, by its package.
pub(super) fn unpinned(package: &str) -> Finding {
    let message = format!("`{package}` is started without a version");
    let group = Some("unpinned-package:.mcp.json".to_owned());
    Finding { group, ..finding("unpinned-package", Severity::Low, ".mcp.json", CLIENT, package, &message) }
}

pub(super) fn injection() -> Finding {
    let sink = region(SERVER, "command)");
    let sink = Region { span: Span::new(sink.span.start, sink.span.end - 1), ..sink };
    let step = |needle: &str, note: &str| place("src/server.py", Some(region(SERVER, needle)), note);
    Finding {
        class: Some("command-injection".to_owned()),
        trace: Some(vec![
            step("host: str", "argument `host` of tool `ping`"),
            step("f\"ping", "joined into `command`"),
            place("src/server.py", Some(sink), "run by a shell"),
        ]),
        region: Some(sink),
        ..finding(
            "untrusted-input-in-shell",
            Severity::Critical,
            "src/server.py",
            SERVER,
            "command)",
            "argument `host` of tool `ping` reaches `os.popen`",
        )
    }
}

pub(super) fn mode() -> Finding {
    let path = "~/.cursor/mcp.json";
    Finding {
        fix: Some(Fix {
            safety: Safety::Safe,
            description: "Set mode 0600".to_owned(),
            changes: vec![Change::Mode(0o600)],
        }),
        ..bare("config-writable-by-others", Severity::Medium, path, "every user of this machine can change this file")
    }
}

pub(super) fn suppressed() -> Finding {
    let suppression = Suppression {
        kind: SuppressionKind::Inline,
        reason: "pinned by the mirror".to_owned(),
        until: Some("2027-01-31".to_owned()),
        origin: ".mcp.json:4".to_owned(),
    };
    Finding { status: Status::Suppressed(suppression), ..unpinned("@acme/mail") }
}

/// A report that uses everything that a report can hold.
pub(super) fn everything() -> Report {
    let related = vec![place("docs/setup.md", None, "the same token in the instructions")];
    let mut report = report(vec![
        injection(),
        Finding { related, ..secret() },
        mode(),
        unpinned("@acme/server-files"),
        unpinned("@acme/web@latest"),
        suppressed(),
        Finding { status: Status::Baseline, ..mode() },
    ]);
    report.gaps = vec![
        gap("assets", GapReason::Binary, "", Some(31)),
        gap("data/dump.json", GapReason::TooLarge, "40 MB, the limit is 8 MB", Some(1)),
        gap("node_modules", GapReason::Vendored, "", Some(1204)),
        gap("target", GapReason::Ignored, "", None),
        gap("vendor/mcp.json", GapReason::Unparsable, "expected `,` in line 3", Some(1)),
    ];
    report.honoured = Honoured { inline_ignores: 1, policy_ignores: 0, untrusted: false };
    report.tally = Tally { found: 12, superseded: 2, cut: 3 };
    let rules = [
        (
            "untrusted-input-in-shell",
            "What a model sends is written by whoever wrote the text that it read. A shell runs every \
             command in it. And so on.",
            "Pass the arguments as a list, without a shell:\n\n\
             ```python\nsubprocess.run([\"ping\", \"-c\", \"1\", host])\n```",
        ),
        (
            "secret-in-client-config",
            "Client configurations are copied, committed and synchronised. A token in one is soon in \
             places that nobody watches.",
            "Use a reference.",
        ),
        (
            "unpinned-package",
            "`npx -y pkg` downloads and runs whatever the registry serves at start-up time.",
            "Pin the exact version: `pkg@1.2.3`.",
        ),
        ("config-writable-by-others", "Who can write this file decides which programs start.", ""),
    ];
    report.catalogue = vec![
        card("config-writable-by-others", Severity::Medium),
        card("secret-in-client-config", Severity::High),
        card("unpinned-package", Severity::Low),
        card("untrusted-input-in-shell", Severity::Critical),
    ];
    report.exit_code = 1;
    report.rules = rules.into_iter().map(|(id, why, fix)| (id.to_owned(), info(why, fix))).collect();
    report
}
