//! Handlers as one line each, for tests.

use super::{Body, Handler, in_data, in_source};
use crate::document::{Language, parse};
use crate::lower::lower;

/// `name(parameter: type!, …)` of every handler, with `!` for what is required.
pub(super) fn lines(language: Language, path: &str, text: &str) -> Vec<String> {
    let module = lower(language, path, text);
    in_source(&module).iter().map(line).collect()
}

pub(super) fn lines_of_data(language: Language, text: &str) -> Vec<String> {
    in_data(&parse(language, text).tree.unwrap_or_default()).iter().map(line).collect()
}

fn line(handler: &Handler) -> String {
    let parameters: Vec<String> = handler
        .every_parameter()
        .iter()
        .map(|(path, it)| format!("{path}: {}{}", it.schema.summary(), if it.is_required { "!" } else { "" }))
        .collect();
    let body = match handler.body {
        Body::Elsewhere => " elsewhere",
        Body::Function(_) => "",
        Body::Arm { .. } => " arm",
    };
    format!("{} {}({}){body}", handler.kind.as_str(), handler.name(), parameters.join(", "))
}
