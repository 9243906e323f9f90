//! The JSON report, version 1: a stable contract, described by `schema/report-v1.schema.json`.
//!
//! Within version 1 nothing is renamed, removed or added: readers may reject what they do not know.

use super::{Report, visible};
use crate::finding::{Change, Finding, Fix, Gap, Place, Region, Status, Suppression};
use serde::Serialize;
use std::io::{self, Write};

/// Write `report` with an indent of two blanks and a newline at the end.
///
/// # Errors
/// If `out` refuses to take it.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    visible::write(&document(report), out)
}

#[derive(Serialize)]
struct DocumentOut<'a> {
    schema: u32,
    tool: ToolOut<'a>,
    scanned: ScannedOut,
    gaps: Vec<GapOut<'a>>,
    findings: Vec<FindingOut<'a>>,
    summary: SummaryOut,
}

#[derive(Serialize)]
struct ToolOut<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct ScannedOut {
    files: u64,
    bytes: u64,
    rules: usize,
}

#[derive(Serialize)]
pub(super) struct GapOut<'a> {
    path: &'a str,
    reason: &'static str,
    detail: &'a str,
    files: Option<u64>,
}

#[derive(Serialize)]
struct FindingOut<'a> {
    rule: &'a str,
    family: &'a str,
    class: Option<&'a str>,
    severity: &'static str,
    confidence: &'static str,
    title: &'a str,
    message: &'a str,
    path: &'a str,
    region: Option<RegionOut>,
    pointer: Option<&'a str>,
    excerpt: Option<&'a str>,
    group: Option<&'a str>,
    trace: Option<Vec<PlaceOut<'a>>>,
    related: Vec<PlaceOut<'a>>,
    fix: Option<FixOut<'a>>,
    fingerprint: &'a str,
    status: &'static str,
    suppression: Option<SuppressionOut<'a>>,
}

#[derive(Serialize)]
struct RegionOut {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_start: usize,
    byte_end: usize,
}

#[derive(Serialize)]
struct PlaceOut<'a> {
    path: &'a str,
    region: Option<RegionOut>,
    note: &'a str,
}

#[derive(Serialize)]
struct FixOut<'a> {
    applicability: &'static str,
    description: &'a str,
    edits: Vec<EditOut<'a>>,
}

#[derive(Serialize)]
struct EditOut<'a> {
    path: &'a str,
    byte_start: usize,
    byte_end: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct SuppressionOut<'a> {
    kind: &'static str,
    reason: &'a str,
    until: Option<&'a str>,
    #[serde(rename = "where")]
    origin: &'a str,
}

#[derive(Serialize)]
struct SummaryOut {
    new: usize,
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    suppressed: usize,
    baseline: usize,
    gaps: usize,
}

fn document(report: &Report) -> DocumentOut<'_> {
    let sum = report.summary();
    DocumentOut {
        schema: 1,
        tool: ToolOut { name: "mcp-picket", version: &report.tool_version },
        scanned: ScannedOut { files: report.scanned.files, bytes: report.scanned.bytes, rules: report.scanned.rules },
        gaps: report.gaps.iter().map(gap).collect(),
        findings: report.findings.iter().map(finding).collect(),
        summary: SummaryOut {
            new: sum.new,
            critical: sum.critical,
            high: sum.high,
            medium: sum.medium,
            low: sum.low,
            suppressed: sum.suppressed,
            baseline: sum.baseline,
            gaps: sum.gaps,
        },
    }
}

pub(super) fn gap(gap: &Gap) -> GapOut<'_> {
    GapOut { path: &gap.path, reason: gap.reason.as_str(), detail: &gap.detail, files: gap.files }
}

fn finding(finding: &Finding) -> FindingOut<'_> {
    let (status, suppressed) = match &finding.status {
        Status::New => ("new", None),
        Status::Baseline => ("baseline", None),
        Status::Suppressed(by) => ("suppressed", Some(suppression(by))),
    };
    FindingOut {
        rule: &finding.rule,
        family: &finding.family,
        class: finding.class.as_deref(),
        severity: finding.severity.as_str(),
        confidence: finding.confidence.as_str(),
        title: &finding.title,
        message: &finding.message,
        path: &finding.path,
        region: finding.region.map(region),
        pointer: finding.pointer.as_deref(),
        excerpt: finding.excerpt.as_ref().map(|excerpt| excerpt.focus_text()),
        group: finding.group.as_deref(),
        trace: finding.trace.as_ref().map(|steps| steps.iter().map(place).collect()),
        related: finding.related.iter().map(place).collect(),
        fix: finding.fix.as_ref().map(|offer| fix(offer, &finding.path)),
        fingerprint: &finding.fingerprint,
        status,
        suppression: suppressed,
    }
}

fn region(region: Region) -> RegionOut {
    RegionOut {
        start_line: region.start.line,
        start_column: region.start.column,
        end_line: region.end.line,
        end_column: region.end.column,
        byte_start: region.span.start,
        byte_end: region.span.end,
    }
}

fn place(place: &Place) -> PlaceOut<'_> {
    PlaceOut { path: &place.path, region: place.region.map(region), note: &place.note }
}

/// A changed mode is no splice of bytes: the description alone tells it.
fn fix<'a>(fix: &'a Fix, path: &'a str) -> FixOut<'a> {
    let edits = fix.changes.iter().filter_map(|change| match change {
        Change::Text { edit, .. } => {
            Some(EditOut { path, byte_start: edit.span.start, byte_end: edit.span.end, text: &edit.text })
        }
        Change::Mode(_) => None,
    });
    FixOut { applicability: fix.safety.as_str(), description: &fix.description, edits: edits.collect() }
}

fn suppression(by: &Suppression) -> SuppressionOut<'_> {
    SuppressionOut { kind: by.kind.as_str(), reason: &by.reason, until: by.until.as_deref(), origin: &by.origin }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::GapReason;
    use crate::report::sample;
    use crate::text::{Edit, Span, is_hidden};
    use serde_json::{Value, json};

    const SCHEMA: &str = include_str!("../../schema/report-v1.schema.json");

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// A report with every feature in it.
    fn full() -> Value {
        serde_json::from_str(&text(&sample::everything())).unwrap()
    }

    fn validator() -> jsonschema::Validator {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        jsonschema::draft202012::new(&schema).unwrap()
    }

    /// The pointers of all values below `value`.
    fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(key, child)| (format!("{at}/{key}"), child)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(n, child)| (format!("{at}/{n}"), child)).collect(),
            _ => Vec::new(),
        };
        for (pointer, child) in children {
            pointers(child, &pointer, out);
            out.push(pointer);
        }
    }

    #[test]
    fn a_report_keeps_the_contract() {
        insta::assert_snapshot!(text(&sample::report(vec![sample::secret()])), @r#"
        {
          "schema": 1,
          "tool": {
            "name": "mcp-picket",
            "version": "0.1.0"
          },
          "scanned": {
            "files": 120,
            "bytes": 1204000,
            "rules": 14
          },
          "gaps": [],
          "findings": [
            {
              "rule": "secret-in-client-config",
              "family": "config",
              "class": null,
              "severity": "high",
              "confidence": "high",
              "title": "Title of secret-in-client-config",
              "message": "`GITHUB_TOKEN` of server `files` is written into the configuration",
              "path": ".mcp.json",
              "region": {
                "start_line": 6,
                "start_column": 33,
                "end_line": 6,
                "end_column": 60,
                "byte_start": 135,
                "byte_end": 162
              },
              "pointer": "/mcpServers/files/env/GITHUB_TOKEN",
              "excerpt": "      \"env\": { \"GITHUB_TOKEN\": \"***************************\" }",
              "group": null,
              "trace": null,
              "related": [],
              "fix": {
                "applicability": "unsafe",
                "description": "Replace the value by `${GITHUB_TOKEN}` and revoke the token",
                "edits": [
                  {
                    "path": ".mcp.json",
                    "byte_start": 135,
                    "byte_end": 162,
                    "text": "${GITHUB_TOKEN}"
                  }
                ]
              },
              "fingerprint": "10eb3f3e8a77a179823bb6e846e7bbd8",
              "status": "new",
              "suppression": null
            }
          ],
          "summary": {
            "new": 1,
            "critical": 0,
            "high": 1,
            "medium": 0,
            "low": 0,
            "suppressed": 0,
            "baseline": 0,
            "gaps": 0
          }
        }
        "#);
    }

    #[test]
    fn every_feature_is_in_the_schema() {
        let validator = validator();
        validator.validate(&full()).unwrap();
        for reason in GapReason::ALL {
            let mut report = sample::report(Vec::new());
            report.gaps = vec![sample::gap("", *reason, "", None)];
            validator.validate(&serde_json::from_str(&text(&report)).unwrap()).unwrap();
        }
    }

    #[test]
    fn the_schema_refuses_what_is_missing_added_or_of_another_type() {
        let (validator, full) = (validator(), full());
        let mut all = Vec::new();
        pointers(&full, "", &mut all);
        assert!(all.len() > 200, "{}", all.len());
        for pointer in &all {
            // No field is a boolean.
            let mut changed = full.clone();
            *changed.pointer_mut(pointer).unwrap() = json!(true);
            assert!(!validator.is_valid(&changed), "{pointer} of another type");
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let mut changed = full.clone();
            let Some(Value::Object(map)) = changed.pointer_mut(parent) else { continue };
            let value = map.remove(key).unwrap();
            assert!(!validator.is_valid(&changed), "{pointer} is missing");
            let Some(Value::Object(map)) = changed.pointer_mut(parent) else { continue };
            map.insert(key.to_owned(), value);
            map.insert("extra".to_owned(), json!(1));
            assert!(!validator.is_valid(&changed), "{parent} has another field");
        }
    }

    #[test]
    fn hidden_characters_are_escaped_and_come_back() {
        let hostile = "a\u{7f}b\u{202e}c\u{e0041}d\n\u{1b}";
        let mut found = sample::secret();
        let region = found.region.unwrap();
        let change = Change::Text { edit: Edit { span: Span::at(0), text: hostile.to_owned() }, region };
        found.fix = found.fix.map(|fix| Fix { changes: vec![change], ..fix });
        let text = text(&sample::report(vec![found]));
        assert!(!text.chars().any(|c| c != '\n' && is_hidden(c)));
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read.pointer("/findings/0/fix/edits/0/text"), Some(&json!(hostile)));
    }

    #[test]
    fn a_mode_is_told_and_is_no_edit() {
        let text = text(&sample::report(vec![sample::mode()]));
        let read: Value = serde_json::from_str(&text).unwrap();
        let fix = json!({ "applicability": "safe", "description": "Set mode 0600", "edits": [] });
        assert_eq!(read.pointer("/findings/0/fix"), Some(&fix));
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn only_new_findings_count_by_severity() {
        let sum = full().get("summary").cloned();
        let expected = json!({
            "new": 5, "critical": 1, "high": 1, "medium": 1, "low": 2, "suppressed": 1, "baseline": 1, "gaps": 5
        });
        assert_eq!(sum, Some(expected));
    }
}
