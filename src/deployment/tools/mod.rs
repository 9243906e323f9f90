//! The tools, resources and prompts that source code registers, and lists of tools in data: what each is called, what the
//! model is told of it, what it takes, and which code runs.
//!
//! One file at a time: a name that is imported stays unknown, and the registration is found all the same. Nothing is
//! judged here.

mod arms;
mod code;
mod data;
mod go;
mod javascript;
mod list;
mod model;
mod python;
mod rust;
mod schema;
#[cfg(test)]
mod testing;

pub use model::{Body, Handler, HandlerKind, Hint, Input, Parameter, Piece, Prose, Role, Spelling};
pub use schema::{Additional, Bound, Known, Schema, Types};

use crate::document::{Language, Tree};
use crate::lower::{ExprId, Module};

/// Handlers of one file that are looked at.
pub(crate) const MAX_HANDLERS: usize = 2_000;

/// Literals, one of which stands in every source file that registers a handler.
pub const MARKERS: &[&str] = &[
    ".tool",
    ".resource",
    ".prompt",
    "add_tool",
    "addTool",
    "AddTool",
    "NewTool",
    "Tool(",
    "Tool{",
    "from_function",
    "registerTool",
    "registerResource",
    "registerPrompt",
    "setRequestHandler",
    "inputSchema",
    "MCPTool",
    "#[tool",
    "call_tool",
    "read_resource",
    "get_prompt",
];

/// The handlers of a source file, in the order of its text.
pub fn in_source(module: &Module<'_>) -> Vec<Handler> {
    let mut found = match module.language {
        Language::Python => python::find(module),
        Language::Go => go::find(module),
        Language::Rust => rust::find(module),
        Language::JavaScript => javascript::find(module),
        _ => Vec::new(),
    };
    found.sort_by_key(|handler| (handler.whole.start, handler.span));
    found.truncate(MAX_HANDLERS);
    found
}

/// What an expression declares as a schema: a model class, an object of a library of schemas.
pub fn schema_of(module: &Module<'_>, expr: ExprId) -> Option<Schema> {
    match module.language {
        Language::Python => python::schema_of(module, expr),
        Language::JavaScript => javascript::schema_of(module, expr),
        _ => None,
    }
}

/// The tools that a document lists.
pub fn in_data(tree: &Tree) -> Vec<Handler> {
    list::find(tree)
}

/// Whether a text names the protocol at all.
pub fn mentions_protocol(text: &str) -> bool {
    ["mcp", "MCP", "modelcontextprotocol", "Mcp"].iter().any(|word| text.contains(word))
}
