//! The words of `tool`: what a tool or one of its parameters is. Documented here and nowhere else.

use super::{Hit, hints, inputs, names};
use crate::deployment::tools::Handler;
use crate::matcher::Subject;

/// One word.
#[derive(Debug)]
pub struct ToolWord {
    pub name: &'static str,
    pub help: &'static str,
    /// Whether it stands behind `parameter` and not behind `is`.
    pub is_of_parameter: bool,
    pub(super) find: fn(&Subject<'_>, &[&Handler], &mut Vec<Hit>),
}

/// All words.
pub static TOOL_WORDS: &[ToolWord] = &[
    ToolWord {
        name: "credential",
        help: "a parameter whose name is a credential's; references, page tokens and tools about secrets are none",
        is_of_parameter: true,
        find: names::credentials,
    },
    ToolWord {
        name: "side-channel",
        help: "a text with a name such as `context` or `sidenote` that the tool's code never reads",
        is_of_parameter: true,
        find: names::side_channels,
    },
    ToolWord {
        name: "untyped-input",
        help: "parameters without a type, of any type, with anything in them, or texts that are read as numbers; one \
               finding for a tool",
        is_of_parameter: false,
        find: inputs::untyped,
    },
    ToolWord {
        name: "unbounded-input",
        help: "lists without a most number of items and texts that are parsed at any length, where the code does not \
               ask for the length either; one finding for a tool",
        is_of_parameter: false,
        find: inputs::unbounded,
    },
    ToolWord {
        name: "colliding-name",
        help: "a name that another tool of the same server has, or one that cannot be told from it",
        is_of_parameter: false,
        find: names::collisions,
    },
    ToolWord {
        name: "malformed-name",
        help: "a name that the protocol does not allow: letters other than A-Z, a-z, 0-9, `_`, `-`, `.`, or too long",
        is_of_parameter: false,
        find: names::malformed,
    },
    ToolWord {
        name: "misleading-hint",
        help: "a hint that the tool only reads, or destroys nothing, beside a name or code that says otherwise",
        is_of_parameter: false,
        find: hints::misleading,
    },
];
