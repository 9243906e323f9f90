//! What a tool takes: without a type, without a bound.

use super::Hit;
use super::body::{Running, last_name};
use crate::deployment::tools::{Additional, Handler, Input, Known, Parameter, Schema, Types};
use crate::matcher::Subject;

/// Parameters that a finding names at most.
const MAX_NAMED: usize = 4;

/// Calls that turn a text into a number.
const NUMBERS: &[&str] = &["int", "float", "parseInt", "parseFloat", "Number", "Atoi", "ParseInt", "ParseFloat"];

/// Calls that read a whole text into a structure.
const PARSERS: &[&str] = &[
    "json.loads",
    "JSON.parse",
    "yaml.safe_load",
    "yaml.load",
    "js-yaml.load",
    "yaml.parse",
    "ast.literal_eval",
    "ast.parse",
    "xml.etree.ElementTree.fromstring",
    "defusedxml.ElementTree.fromstring",
    "lxml.etree.fromstring",
    "csv.reader",
    "tomllib.loads",
    "toml.loads",
    "orjson.loads",
    "base64.b64decode",
    "encoding/json.Unmarshal",
];

pub(super) fn untyped(subject: &Subject<'_>, tools: &[&Handler], out: &mut Vec<Hit>) {
    for tool in tools {
        let running = Running::of(subject.code(), tool);
        let said = tool.parameters.iter().filter_map(|it| Some((it, untyped_parameter(it, running.as_ref())?)));
        let found: Vec<(&Parameter, &str)> = said.collect();
        if let Some((first, _)) = found.first() {
            let what = phrase(&found);
            out.push(Hit::of(tool, first.span, &first.name.text, what));
            continue;
        }
        let whole = match tool.input {
            Input::Open => "takes properties that its schema does not name",
            Input::Missing => "has no schema for what it takes",
            Input::Unknown | Input::Declared => continue,
        };
        out.push(Hit::of(tool, tool.span, "", whole.to_owned()));
    }
}

fn untyped_parameter(parameter: &Parameter, running: Option<&Running<'_, '_>>) -> Option<&'static str> {
    let schema = &parameter.schema;
    match schema.known {
        Known::Unknown => return None,
        Known::Undeclared => return Some("has no type"),
        Known::Anything => return Some("may be anything"),
        Known::Typed => {}
    }
    if schema.types.is_only(Types::OBJECT) && is_open(schema) {
        return Some("may hold any keys and values");
    }
    if schema.types.is_only(Types::ARRAY) {
        let items = schema.items.as_ref()?;
        let is_loose = matches!(items.known, Known::Undeclared | Known::Anything);
        return is_loose.then_some("may hold items of any type");
    }
    let is_plain = schema.types.is_only(Types::STRING)
        && !schema.is_enumerated
        && schema.pattern.is_none()
        && schema.format.is_none();
    let running = running.filter(|_| is_plain)?;
    let is_read = running.calls().any(|call| {
        let args = running.code.args(call.expr);
        let path = call.path.as_str();
        NUMBERS.contains(&last_name(path))
            && (path == last_name(path) || path.starts_with("Number.") || path.starts_with("strconv."))
            && args.first().is_some_and(|arg| running.is_parameter(arg.value, &parameter.name.text))
    });
    is_read.then_some("is declared as a text and read as a number")
}

fn is_open(schema: &Schema) -> bool {
    match schema.additional {
        Additional::Anything => true,
        Additional::Unsaid => schema.properties.is_empty() && schema.known == Known::Typed,
        Additional::Closed | Additional::Typed => false,
    }
}

pub(super) fn unbounded(subject: &Subject<'_>, tools: &[&Handler], out: &mut Vec<Hit>) {
    for tool in tools {
        let running = Running::of(subject.code(), tool);
        let said = tool.parameters.iter().filter_map(|it| Some((it, unbounded_parameter(it, running.as_ref()?)?)));
        let found: Vec<(&Parameter, &str)> = said.collect();
        if let Some((first, _)) = found.first() {
            let what = phrase(&found);
            out.push(Hit::of(tool, first.span, &first.name.text, what));
        }
    }
}

fn unbounded_parameter(parameter: &Parameter, running: &Running<'_, '_>) -> Option<&'static str> {
    let (schema, name) = (&parameter.schema, parameter.name.text.as_str());
    if schema.known != Known::Typed || schema.is_enumerated {
        return None;
    }
    // A closed set of values bounds a list of them well enough.
    let has_few_values = schema.items.as_ref().is_some_and(|items| items.is_enumerated);
    if schema.types.has(Types::ARRAY) && schema.max_items.is_none() && !has_few_values {
        let is_measured = running.measures(name, usize::MAX);
        return (!is_measured).then_some("may hold any number of items");
    }
    if !schema.types.is_only(Types::STRING) || schema.max_length.is_some() || schema.format.is_some() {
        return None;
    }
    let parsed = running.calls().find(|call| {
        let args = running.code.args(call.expr);
        PARSERS.contains(&call.path.as_str()) && args.iter().any(|arg| running.is_parameter(arg.value, name))
    })?;
    let at = running.code.module.span(parsed.expr).start;
    (!running.measures(name, at)).then_some("may be of any length and is parsed")
}

/// "`a` has no type, `b` may be anything, and 2 more".
fn phrase(found: &[(&Parameter, &str)]) -> String {
    let named = found.iter().take(MAX_NAMED).map(|(parameter, what)| format!("`{}` {what}", parameter.name.text));
    let mut out = named.collect::<Vec<_>>().join(", ");
    if found.len() > MAX_NAMED {
        out.push_str(&format!(", and {} more", found.len() - MAX_NAMED));
    }
    out
}
