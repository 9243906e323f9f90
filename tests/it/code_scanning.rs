//! What GitHub's code scanning demands of a SARIF file beyond the schema, and what this project promises on top.
//!
//! Used by the tests of the binary and by those of the format.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail here")]

use serde_json::Value;
use std::collections::BTreeSet;

const SCHEMA: &str = include_str!("../../schema/sarif-2.1.0.schema.json");

/// Panics unless `log` is valid and complete.
#[track_caller]
pub(crate) fn check(log: &Value) {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    // Two patterns have a stray bracket, which not every dialect of expressions takes; the errata mended it like this.
    for owner in ["run", "toolComponent"] {
        schema["definitions"][owner]["properties"]["language"]["pattern"] = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
    }
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    let [run] = log["runs"].as_array().unwrap().as_slice() else { panic!("not one run") };
    assert_eq!((&log["version"], &run["columnKind"]), (&"2.1.0".into(), &"utf16CodeUnits".into()));
    let driver = &run["tool"]["driver"];
    for field in ["name", "semanticVersion", "informationUri"] {
        text(&driver[field]);
    }
    assert!(run["automationDetails"]["id"].as_str().unwrap().ends_with('/'));
    let rules = driver["rules"].as_array().unwrap();
    check_rules(rules, run);
    let results = run["results"].as_array().unwrap();
    assert!(results.len() <= 5_000);
    for result in results {
        check_result(result, rules);
    }
    check_uris(log);
    let tally = &run["properties"]["tally"];
    let count = |name: &str| tally[name].as_u64().unwrap();
    assert_eq!(count("found"), count("superseded") + count("cut") + count("reported"), "{tally}");
    let parts = ["results", "grouped", "outside", "beyond-limit", "suppressed-omitted"].map(count);
    assert_eq!(count("reported"), parts.iter().sum::<u64>(), "{tally}");
    let notices = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let kinds = driver["notifications"].as_array().unwrap();
    for notice in notices {
        text(&notice["message"]["text"]);
        let index = usize::try_from(notice["descriptor"]["index"].as_u64().unwrap()).unwrap();
        assert_eq!(kinds[index]["id"], notice["descriptor"]["id"]);
    }
    let says = |id: &str| notices.iter().any(|notice| notice["descriptor"]["id"] == id);
    assert_eq!(says("findings-outside"), count("outside") > 0);
    assert_eq!(says("findings-suppressed"), count("suppressed-omitted") > 0);
    assert_eq!(says("findings-cut"), count("beyond-limit") + count("cut") > 0);
}

/// An empty text counts as a missing one.
#[track_caller]
fn text(value: &Value) -> &str {
    let text = value.as_str().unwrap_or_else(|| panic!("no text but {value}"));
    assert!(!text.trim().is_empty());
    text
}

fn check_rules(rules: &[Value], run: &Value) {
    let ids: Vec<&str> = rules.iter().map(|rule| text(&rule["id"])).collect();
    assert!(ids.is_sorted());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    for rule in rules {
        let id = &rule["id"];
        assert!(text(&rule["name"]).len() <= 255, "{id}");
        for field in ["shortDescription", "fullDescription"] {
            assert!(text(&rule[field]["text"]).chars().count() <= 1_024, "{id}");
        }
        text(&rule["help"]["text"]);
        text(&rule["help"]["markdown"]);
        let severity: f64 = text(&rule["properties"]["security-severity"]).parse().unwrap();
        assert!(severity > 0.0 && severity <= 10.0, "{id}");
        assert!(["high", "medium", "low"].contains(&text(&rule["properties"]["precision"])), "{id}");
        let tags: Vec<&str> = rule["properties"]["tags"].as_array().unwrap().iter().map(text).collect();
        assert!(tags.len() <= 10 && tags.contains(&"security"), "{id}");
        assert_eq!(tags.iter().collect::<BTreeSet<_>>().len(), tags.len(), "{id}");
        for relationship in rule["relationships"].as_array().into_iter().flatten() {
            let target = &relationship["target"];
            let taxonomy = number(&target["toolComponent"]["index"]);
            assert_eq!(run["taxonomies"][taxonomy]["name"], target["toolComponent"]["name"], "{id}");
            assert_eq!(run["taxonomies"][taxonomy]["taxa"][number(&target["index"])]["id"], target["id"], "{id}");
        }
    }
}

#[track_caller]
fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or_else(|| panic!("no number but {value}"))).unwrap()
}

fn check_result(result: &Value, rules: &[Value]) {
    let said = text(&result["message"]["text"]);
    assert_eq!(rules[number(&result["ruleIndex"])]["id"], result["ruleId"], "{said}");
    assert!(["error", "warning", "note"].contains(&text(&result["level"])), "{said}");
    let [location] = result["locations"].as_array().unwrap().as_slice() else { panic!("not one location: {said}") };
    check_region(&location["physicalLocation"]["region"]);
    assert_eq!(text(&result["partialFingerprints"]["picket/v1"]).len(), 32, "{said}");
    if let Some(hash) = result["partialFingerprints"].get("primaryLocationLineHash") {
        let (hash, count) = text(hash).split_once(':').unwrap();
        assert!(u64::from_str_radix(hash, 16).is_ok() && count.parse::<u64>().unwrap() >= 1, "{said}");
    }
    let list = |name: &str| result[name].as_array().cloned().unwrap_or_default();
    let related = list("relatedLocations");
    assert!(related.len() <= 1_000, "{said}");
    for (at, place) in related.iter().enumerate() {
        assert_eq!(number(&place["id"]), at + 1, "{said}");
        check_region(&place["physicalLocation"]["region"]);
    }
    for flow in list("codeFlows").iter().flat_map(|flow| flow["threadFlows"].as_array().unwrap()) {
        assert!((1..=1_000).contains(&flow["locations"].as_array().unwrap().len()), "{said}");
    }
    for change in list("fixes").iter().flat_map(|fix| fix["artifactChanges"].as_array().unwrap()) {
        assert_eq!(change["artifactLocation"], location["physicalLocation"]["artifactLocation"], "{said}");
        for replacement in change["replacements"].as_array().unwrap() {
            check_region(&replacement["deletedRegion"]);
            assert!(replacement["insertedContent"]["text"].is_string(), "{said}");
        }
    }
    for suppression in list("suppressions") {
        text(&suppression["justification"]);
        assert_eq!(suppression["status"], "accepted");
    }
}

#[track_caller]
fn check_region(region: &Value) {
    let [start_line, start_column, end_line, end_column] =
        ["startLine", "startColumn", "endLine", "endColumn"].map(|name| number(&region[name]));
    assert!(start_line >= 1 && start_column >= 1 && end_column >= 1, "{region}");
    assert!((start_line, start_column) <= (end_line, end_column), "{region}");
}

/// Every URI below a `uriBaseId` is relative, goes nowhere up, and holds nothing that is not encoded.
fn check_uris(value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(check_uris),
        Value::Object(map) => {
            if map.contains_key("uriBaseId") {
                let uri = text(&map["uri"]);
                let parts: Vec<&str> = uri.split('/').collect();
                assert!(!parts.iter().any(|part| ["", ".."].contains(part)), "{uri}");
                assert!(uri == "." || !parts.contains(&"."), "{uri}");
                assert!(!parts[0].contains(':') && !uri.starts_with('~'), "{uri}");
                assert!(
                    uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>{}[]|^`#?".contains(&byte)),
                    "{uri}"
                );
            }
            map.values().for_each(check_uris);
        }
        _ => {}
    }
}
