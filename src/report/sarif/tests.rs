//! The format on reports that are built for it: every feature, none, and more than a file may hold.

#![allow(clippy::unwrap_used, reason = "a test may fail here")]

use super::*;
use crate::finding::{Change, Finding, Severity, Status};
use crate::report::sample;
use crate::text::{Edit, Span, apply_edits, is_hidden};

#[path = "../../../tests/it/code_scanning.rs"]
mod code_scanning;

/// The log as it is written, checked.
#[track_caller]
fn read(report: &Report) -> Value {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(!text.chars().any(|c| c != '\n' && is_hidden(c)));
    let log = serde_json::from_str(&text).unwrap();
    code_scanning::check(&log);
    log
}

/// The findings of `sample` with the rules that they are of.
fn with_rules(findings: Vec<Finding>) -> Report {
    let tally = crate::report::Tally { found: findings.len(), ..Default::default() };
    Report { findings, gaps: Vec::new(), tally, ..sample::everything() }
}

#[test]
fn every_feature_is_valid() {
    let log = read(&sample::everything());
    let kinds = |result: &Value| result.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let results = log["runs"][0]["results"].as_array().unwrap().iter();
    let notices = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().iter();
    let said = |notice: &Value| {
        format!("{} {}", notice["level"].as_str().unwrap(), notice["message"]["text"].as_str().unwrap())
    };
    let lines: Vec<String> = results.map(kinds).chain(notices.map(said)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    baselineState level locations message partialFingerprints properties rank relatedLocations ruleId ruleIndex
    baselineState fixes level locations message partialFingerprints properties rank relatedLocations ruleId ruleIndex
    level locations message partialFingerprints properties rank ruleId ruleIndex suppressions
    baselineState codeFlows level locations message partialFingerprints properties rank ruleId ruleIndex
    warning 2 findings outside the current directory are not in this report; the text and JSON reports have them
    note 3 findings were left out by a limit or by their confidence
    note not examined: assets (binary, 31 files)
    warning not examined: data/dump.json (too-large): 40 MB, the limit is 8 MB
    note not examined: node_modules (vendored, 1204 files)
    note not examined: target (ignored)
    warning not examined: vendor/mcp.json (unparsable): expected `,` in line 3
    "#);
}

#[test]
fn a_rule_and_a_result_look_like_this() {
    let mut finding = sample::secret();
    finding.related = vec![sample::place("docs/a b.md", None, "the same token in the instructions")];
    let log = read(&with_rules(vec![finding]));
    let run = &log["runs"][0];
    let both = json!([run["tool"]["driver"]["rules"][1], run["results"][0]]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&both).unwrap(), @r#"
    [
      {
        "defaultConfiguration": {
          "enabled": true,
          "level": "error",
          "rank": 80.0
        },
        "fullDescription": {
          "text": "Why `secret-in-client-config` hurts."
        },
        "help": {
          "markdown": "Why `secret-in-client-config` hurts.\n\nMore.\n\n## Fix\n\nMend it.\n\n## Flagged\n\none\n\n`.mcp.json`:\n\n```json\n{ \"a\": \"x\" }\n```\n\n## Accepted\n\nother\n\n`.mcp.json`:\n\n```json\n{}\n```\n\n## References\n\n- <https://example.com>",
          "text": "Why `secret-in-client-config` hurts.\n\nMore.\n\nFix: Mend it.\n\nReferences:\n<https://example.com>"
        },
        "helpUri": "https://github.com/mcp-picket/mcp-picket/blob/main/rules/config/secret-in-client-config.md",
        "id": "secret-in-client-config",
        "name": "SecretInClientConfig",
        "properties": {
          "precision": "high",
          "problem.severity": "error",
          "security-severity": "8.0",
          "tags": [
            "security",
            "mcp",
            "config",
            "external/cwe/cwe-078",
            "external/cwe/cwe-1357",
            "owasp-mcp/MCP05"
          ]
        },
        "relationships": [
          {
            "kinds": [
              "relevant"
            ],
            "target": {
              "id": "CWE-78",
              "index": 0,
              "toolComponent": {
                "index": 0,
                "name": "CWE"
              }
            }
          },
          {
            "kinds": [
              "relevant"
            ],
            "target": {
              "id": "CWE-1357",
              "index": 1,
              "toolComponent": {
                "index": 0,
                "name": "CWE"
              }
            }
          },
          {
            "kinds": [
              "relevant"
            ],
            "target": {
              "id": "MCP05",
              "index": 0,
              "toolComponent": {
                "index": 1,
                "name": "OWASP MCP Top 10"
              }
            }
          }
        ],
        "shortDescription": {
          "text": "Title of secret-in-client-config"
        }
      },
      {
        "fixes": [
          {
            "artifactChanges": [
              {
                "artifactLocation": {
                  "uri": ".mcp.json",
                  "uriBaseId": "SRCROOT"
                },
                "replacements": [
                  {
                    "deletedRegion": {
                      "endColumn": 60,
                      "endLine": 6,
                      "startColumn": 33,
                      "startLine": 6
                    },
                    "insertedContent": {
                      "text": "${GITHUB_TOKEN}"
                    }
                  }
                ]
              }
            ],
            "description": {
              "text": "Replace the value by `${GITHUB_TOKEN}` and revoke the token"
            }
          }
        ],
        "level": "error",
        "locations": [
          {
            "logicalLocations": [
              {
                "fullyQualifiedName": "/mcpServers/files/env/GITHUB_TOKEN",
                "kind": "value",
                "name": "GITHUB_TOKEN"
              }
            ],
            "physicalLocation": {
              "artifactLocation": {
                "uri": ".mcp.json",
                "uriBaseId": "SRCROOT"
              },
              "contextRegion": {
                "endLine": 7,
                "snippet": {
                  "text": "      \"args\": [\"-y\", \"@acme/server-files\"],\n      \"env\": { \"GITHUB_TOKEN\": \"***************************\" }\n    },"
                },
                "startLine": 5
              },
              "region": {
                "endColumn": 60,
                "endLine": 6,
                "snippet": {
                  "text": "***************************"
                },
                "startColumn": 33,
                "startLine": 6
              }
            }
          }
        ],
        "message": {
          "text": "`GITHUB_TOKEN` of server `files` is written into the configuration. Also: [docs/a b.md](1)."
        },
        "partialFingerprints": {
          "picket/v1": "10eb3f3e8a77a179823bb6e846e7bbd8",
          "primaryLocationLineHash": "7ba4c49a342ed6ab:1"
        },
        "properties": {
          "confidence": "high",
          "fix": {
            "applicability": "unsafe",
            "description": "Replace the value by `${GITHUB_TOKEN}` and revoke the token"
          },
          "severity": "high"
        },
        "rank": 80.0,
        "relatedLocations": [
          {
            "id": 1,
            "message": {
              "text": "the same token in the instructions"
            },
            "physicalLocation": {
              "artifactLocation": {
                "uri": "docs/a%20b.md",
                "uriBaseId": "SRCROOT"
              },
              "region": {
                "endColumn": 1,
                "endLine": 1,
                "startColumn": 1,
                "startLine": 1
              }
            }
          }
        ],
        "ruleId": "secret-in-client-config",
        "ruleIndex": 1
      }
    ]
    "#);
}

#[test]
fn nothing_found_is_a_whole_log() {
    let log = read(&with_rules(Vec::new()));
    assert_eq!(log["runs"][0]["results"], json!([]));
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len(), 4);
    read(&Report::default().with_version("0.1.0"));
}

impl Report {
    fn with_version(self, version: &str) -> Self {
        Self { tool_version: version.to_owned(), ..self }
    }
}

#[test]
fn what_is_outside_is_counted_and_named_nowhere() {
    let mut elsewhere = sample::secret();
    elsewhere.path = "~/.cursor/mcp.json".to_owned();
    let mut injection = sample::injection();
    injection.trace.as_mut().unwrap()[0].path = "/opt/other/server.py".to_owned();
    injection.related = vec![sample::place("~/.claude.json", None, "in the user's file ~/.claude.json")];
    let mut report = with_rules(vec![elsewhere, injection, sample::mode()]);
    report.gaps = vec![sample::gap("~/.codex/x", crate::finding::GapReason::TooLarge, "~/.codex is large", Some(1))];
    let log = read(&report);
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 1);
    let text = log.to_string();
    for name in [".cursor", "/opt", ".claude.json", ".codex"] {
        assert!(!text.contains(name), "{name}");
    }
    let notices = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notices.as_array().unwrap().len(), 2);
    assert!(notices[0]["message"]["text"].as_str().unwrap().starts_with("2 findings outside"), "{notices}");
}

#[test]
fn a_limit_keeps_the_most_severe_and_says_how_many_went() {
    let of = |rule: &str, severity, path: &str| sample::bare(rule, severity, path, "m");
    let (low, high) = ("unpinned-package", "secret-in-client-config");
    let report = with_rules(vec![
        of(low, Severity::Low, "a"),
        of(low, Severity::Low, "b"),
        Finding { status: Status::Baseline, ..of(high, Severity::High, "c") },
        of(high, Severity::High, "d"),
        of(low, Severity::Low, "e"),
    ]);
    let results = log(&report, 3);
    let run = results.runs.first().unwrap();
    let kept = run.results.as_ref().unwrap().iter();
    let uri = |result: &serde_sarif::sarif::Result| {
        let place = result.locations.as_ref().unwrap()[0].physical_location.clone().unwrap();
        place.artifact_location.unwrap().uri.unwrap()
    };
    assert_eq!(kept.map(uri).collect::<Vec<_>>(), ["a", "b", "d"]);
    let notices = run.invocations.as_ref().unwrap()[0].tool_execution_notifications.as_ref().unwrap();
    assert!(notices[0].message.text.as_ref().unwrap().starts_with("2 more findings"), "{notices:?}");
}

#[test]
fn a_replacement_does_what_the_edit_does() {
    let source = "{ \"a\": \"\u{1F600}ä«x»\",\r\n \"b\": 1 }";
    let region = sample::region(source, "«x»\",\r\n \"b\"");
    let edit = Edit { span: region.span, text: "\u{202e}".to_owned() };
    let mut finding = sample::secret();
    if let Some(fix) = &mut finding.fix {
        fix.changes = vec![Change::Text { edit: edit.clone(), region }];
    }
    let log = read(&with_rules(vec![finding]));
    let change = &log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    let number = |name: &str| usize::try_from(change["deletedRegion"][name].as_u64().unwrap()).unwrap();
    // As a viewer does it: lines, then UTF-16 units.
    let offset = |line: usize, column: usize| {
        let before: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let units: Vec<u16> = source[before..].encode_utf16().take(column - 1).collect();
        before + String::from_utf16(&units).unwrap().len()
    };
    let span =
        Span::new(offset(number("startLine"), number("startColumn")), offset(number("endLine"), number("endColumn")));
    let text = change["insertedContent"]["text"].as_str().unwrap().to_owned();
    assert_eq!(apply_edits(source, &[Edit { span, text }]), apply_edits(source, &[edit]));
}

#[test]
fn what_is_scanned_sets_no_links() {
    let mut finding = sample::secret();
    finding.message = "server `[click](https://example.invalid)`".to_owned();
    finding.related = vec![sample::place("a](b)", None, "x")];
    let log = read(&with_rules(vec![finding]));
    let said = &log["runs"][0]["results"][0]["message"]["text"];
    assert_eq!(said, "server `[click] (https://example.invalid)`. Also: [a)(b)](1).");
}

#[test]
fn a_long_trace_keeps_its_ends() {
    let mut finding = sample::injection();
    let step = |n: usize| sample::place("a.py", None, &format!("step {n}"));
    finding.trace = Some((1..=2_500).map(step).collect());
    let log = read(&with_rules(vec![finding]));
    let flow = &log["runs"][0]["results"][0]["codeFlows"][0];
    let steps = flow["threadFlows"][0]["locations"].as_array().unwrap();
    assert_eq!((steps.len(), &steps[999]["executionOrder"]), (1_000, &json!(2_500)));
    assert_eq!(flow["message"]["text"], "1500 steps in the middle are left out.");
}
