//! A filter that takes secrets or personal data out of log records, and what it leaves in.

use super::guards::{has_any, text_of};
use crate::document::Language;
use crate::lower::{ExprKind, FunctionId};
use crate::matcher::{Capture, Code, Match, NamedKind, Output, Subject};

pub(super) static ANCHORS: &[&[u8]] = &[b".msg", b".message"];
pub(super) const CAPTURES: &[&str] = &["filter", "gaps"];

pub(super) fn run(subject: &Subject<'_>, _: &[usize], out: &mut Output) {
    let code = subject.code();
    match code.module.language {
        Language::Python => filters(code, out),
        Language::JavaScript => formats(code, out),
        _ => {}
    }
}

/// Subclasses of `logging.Filter` that write to the message of a record.
fn filters(code: &Code<'_>, out: &mut Output) {
    let module = &code.module;
    for class in &module.classes {
        if !class.bases.iter().any(|base| module.path(*base) == "logging.Filter") {
            continue;
        }
        let Some(text) = class.span.slice(module.text) else { continue };
        let written = code.named().iter().find(|named| {
            named.kind == NamedKind::Attribute
                && named.name == "msg"
                && class.span.start <= named.span.start
                && named.span.end <= class.span.end
        });
        let Some(written) = written else { continue };
        let value = text_of(code, written.value);
        if !has_any(text, &["replace(", ".sub(", "redact", "mask", "scrub", "sanitiz", "sanitis", "anonym"]) {
            continue;
        }
        let reads_all = has_any(text, &["getMessage()", ".args"]);
        let mut gaps = Vec::new();
        if !reads_all {
            gaps.push("the arguments of the record");
        }
        if !has_any(text, &["exc_info", "exc_text"]) && !reads_all {
            gaps.push("the text of exceptions");
        }
        if let Some(one) = only_home(code, text) {
            gaps.push(one);
        }
        if value.contains(".replace(") && !has_any(text, &["str(", "isinstance", "getMessage"]) {
            gaps.push("messages that are no text, at which it fails");
        }
        if gaps.is_empty() {
            continue;
        }
        let captures =
            vec![Capture::new("filter", class.name.unwrap_or("this filter")), Capture::new("gaps", gaps.join(", "))];
        out.push(Match { span: Some(written.span), captures, ..Match::default() });
    }
}

/// Formats and hooks of loggers of JavaScript that only take one spelling of a home folder out of a message.
fn formats(code: &Code<'_>, out: &mut Output) {
    for named in code.named() {
        let is_message = named.kind == NamedKind::Attribute && matches!(named.name, "message" | "msg");
        let (ExprKind::Call { .. }, true) = (code.module.kind(named.value), is_message) else { continue };
        let text = text_of(code, named.value);
        if text.len() > 2_000 || !text.contains(".replace") {
            continue;
        }
        let Some(gap) = only_home(code, text) else { continue };
        let function = code.module.function_of(named.value);
        let name = (function != FunctionId(0)).then(|| code.function_name(named.value)).flatten();
        let captures = vec![Capture::new("filter", name.unwrap_or("this format")), Capture::new("gaps", gap)];
        out.push(Match { span: Some(named.span), captures, ..Match::default() });
    }
}

/// What is left when only the folder of all homes is replaced, or those of one system.
fn only_home(code: &Code<'_>, text: &str) -> Option<&'static str> {
    let has_mac = text.contains("/Users");
    let has_linux = text.contains("/home");
    let has_windows = has_any(text, &["\\Users", "\\\\Users", ":\\", "expanduser", "Path.home"]);
    if !(has_mac || has_linux) {
        return None;
    }
    let quotes = ["'/Users/'", "\"/Users/\"", "'/home/'", "\"/home/\""];
    let is_python_expression =
        code.module.language == Language::Python && has_any(text, &["re.sub", ".sub(", "re.compile"]);
    if has_any(text, &quotes) && text.contains("replace") && !is_python_expression {
        return Some("the name of the user behind the folder");
    }
    match (has_mac, has_linux, has_windows) {
        (true, true, true) => None,
        _ => Some("the home folders of other systems"),
    }
}
